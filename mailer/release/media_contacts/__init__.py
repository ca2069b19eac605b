"""Media contacts: whom a journalist may ring.

section.py  where in a release they stand (headings the words that announce them, row_words what a line says by itself,
            sentences running text that does)
people.py   lines of contact data made into persons (rows the lines of a draft, asides what says nothing of them)
"""
