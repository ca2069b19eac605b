"""Mails looked at in a real browser.

screen.py    one Chromium: a page, in a width and a colour scheme, becomes what was seen
seen.py      what was seen: text with its places, links, pictures, pixels
faults.py    what is wrong with it, as sentences
mails.py     the mails of every family
__main__.py  the pictures in docs/gallery/
"""
