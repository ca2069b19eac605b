"""Contacts: what the staff's lists say of people, and who of them gets a mailing. Pure.

reading.py    a list's bytes to people, with every row accounted for (rows, values)
files/        the bytes of a list, of whatever kind, to rows of text, and what a person says about the file
meaning/      what columns, headings and cells say, in the languages that lists are kept in
audience.py   who of the chosen lists gets a mailing, who is left out and why, and the grounds for writing to them
where.py      the language of --where
edits.py      a list's bytes with some rows changed, all others as they were (workbook_edits those of a workbook)
merging.py    lists held against each other: several as one, a list in parts, an import, doubles
exporting.py  people as a file for other programs
suppression_files.py  addresses that another tool does not mail
check.py      a list's state as one document, and in figures; traces knows an address in any disguise
folding.py    what is the same text, and the same person; who has been seen
"""
