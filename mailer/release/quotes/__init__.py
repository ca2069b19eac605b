"""Quotes: the quotes in a release, and their speakers.

quoting.py      the quotes of a draft: marks, what counts as speech, and its attribution, by tables of rules
speakers.py     the people named in a text
statements.py   paragraphs that are quotes as a whole, with their speakers
"""
