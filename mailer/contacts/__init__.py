"""Contacts: reading the staff's lists, and deciding who on them gets a mailing. Pure.

reading.py    bytes of a list → contacts, with every row accounted for (rows, values)
files/        bytes of a list of any kind → rows of text, and the user's choices about the file
meaning/      what columns, headings and cells mean, in the languages of the lists
audience.py   who on the chosen lists gets a mailing, who is left out and why, and the legal basis
where.py      the language of --where
edits.py      bytes of a list with some rows changed, all others as they were (workbooks: workbook_edits)
merging.py    comparing lists: merging, splitting, importing, duplicates
exporting.py  people as a file for other programs
suppression_files.py  suppressed addresses from other tools
check.py      a list's state as one document, and in figures; traces finds an address in any spelling
folding.py    whether two texts, or two people, are the same; the people seen so far
"""
