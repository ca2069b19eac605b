"""Contacts: what the staff's lists say of people, and who of them gets a mailing. Pure.

reading.py    a list's bytes to people, with every row accounted for (rows, layout, fields, values); choices is what a
person says about the file, where the file leaves it open
files/        the bytes of a list, of whatever kind, to rows of text
meaning/      what columns, headings and cells say, in the languages that lists are kept in
audience/     who of the chosen lists gets a mailing, and who is left out and why; where/ is --where
edits/        a list's bytes with some rows changed, all others as they were, to the byte
merging/      lists held against each other: an import, several as one, doubles, a list in parts
exporting/    people as a file for other programs
suppression_files/  whom another tool does not mail
check.py      a list's state as one document; figures counts, searching finds, traces knows an address in any disguise
consent.py    what a row says of the grounds for writing to somebody; notes: how long the words above a release are
digests.py    who has been seen; folding and namesakes say what is the same text, and the same person
"""
