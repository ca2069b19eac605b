"""Shapes: delivery reports in no standard form, read as people read them.

What is a line's file here?

    said.py       the words for “not delivered”, “late”, “arrived”, and the subjects, in some twenty languages
    prose.py      what the mail system wrote, apart from what it returns
    openers.py    the lines that begin what is said about one recipient: tables
    blocks.py     lines → what is said about whom
    believed.py   which of the addresses found are recipients, and which are somebody else's
    reading.py    all of it in order

A new server's shape is a row in a table of `openers` or `said`; a new file is for a new kind of row. Never raises,
never reads a returned message's body, never judges the meaning of a text (that is `diagnosis`).
"""
