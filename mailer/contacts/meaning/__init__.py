"""Meaning: what columns, headings and cells mean, in the languages of the lists.

`columns` decides what a column means, from its heading and its cells, and has the tables of words. `cells` finds the
addresses in a cell, `marks` the wishes for no mail, `legends` the list's own explanations, `answers` yes and no, a
language, a time zone.
"""
