"""Meaning: what columns, headings and cells say, in the languages that lists are kept in.

`columns` decides, from what a heading and the cells below say; `words` are the tables. `cells` finds the addresses in a
cell, `marks` the no, `answers` yes and no, a language, a time zone.
"""
