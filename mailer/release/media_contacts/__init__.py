"""Media contacts: the people a journalist may ring.

headings.py the words that announce them        section.py  where in a release they stand, in lines and in sentences
people.py   lines of contact data made into persons
"""
