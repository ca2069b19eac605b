"""Contacts: what the staff's lists say of people, and who of them gets a mailing. Pure.

reading.py    a list's bytes to people, with every row accounted for (rows, values); choices is what a person says about
the file, where the file leaves it open
files/        the bytes of a list, of whatever kind, to rows of text
meaning/      what columns, headings and cells say, in the languages that lists are kept in
audience/     who of the chosen lists gets a mailing, and who is left out and why; where is --where
edits/        a list's bytes with some rows changed, all others as they were
merging/      lists held against each other: several as one, a list in parts, an import, doubles
exporting.py  people as a file for other programs
suppression_files.py  addresses that another tool does not mail
check.py      a list's state as one document, and in figures; traces knows an address in any disguise
consent.py    what a row says of the grounds for writing to somebody
digests.py    who has been seen; folding says what is the same text, and the same person
"""
