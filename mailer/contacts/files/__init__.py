"""Files: the bytes of a list, of whatever kind, to rows of text.

`table` is the way in. Behind it `forms` knows the kinds of file and their encodings, and each kind has its reader:
`delimited`, `vcard`, `markup` and `workbook` (which of its sheets is the list; links, comments, extents).
"""
