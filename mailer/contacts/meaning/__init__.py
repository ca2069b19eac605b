"""Meaning: what columns, headings and cells say, in the languages that lists are kept in.

`columns` decides, from what a heading and the cells below say, and has the tables of words. `cells` finds the addresses
in a cell, `marks` the no, `legends` what the list says of itself, `answers` yes and no, a language, a time zone.
"""
