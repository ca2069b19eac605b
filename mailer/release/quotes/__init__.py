"""Quotes: what is said in a release, and by whom.

quoting.py      the quotes of a draft: what counts as said, and who the words beside it name, by tables of rules
marks.py        where quotation marks open and close        speakers.py  the people that a text names
statements.py   paragraphs that are a quote as a whole, joined with who says them
"""
