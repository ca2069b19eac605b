"""Checking: what `release check` finds beyond the text: the web, every mail of a list, this machine's spam filters.

Stands above `planning`, since a mail is made before it can be looked at. The text with its files is examined by
`manuscripts`, which planning needs too.

online.py    whether the links lead somewhere; only when asked to
mails.py     every mail of a list, made and looked at whole
spam.py      what the spam filters of this machine think of one
"""
