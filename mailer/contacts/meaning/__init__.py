"""Meaning: what columns, headings and cells say, in the languages that lists are kept in.

`columns` decides, from what `headers` make of a heading and `evidence` of the cells; `words` are the tables. `cells`
finds the addresses in a cell, `names` the name, `marks` the no (`wishes` are its words); flags, dates and tongues read
yes and no, days and languages.
"""
