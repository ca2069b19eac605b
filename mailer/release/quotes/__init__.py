"""Quotes: what is said in a release, and by whom.

quoting.py      the quotes of a draft: marks, what counts as said, and who the words beside it name, by tables of rules
speakers.py     the people that a text names
statements.py   paragraphs that are a quote as a whole, joined with who says them
"""
