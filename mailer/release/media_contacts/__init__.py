"""Media contacts: whom a journalist may ring.

section.py  where in a release they stand (headings the words that announce them, sentences running text that does)
people.py   lines of contact data made into persons (rows the lines of a draft)
"""
