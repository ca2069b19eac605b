"""Files: the bytes of a list, of whatever kind, to rows of text.

`table` is the way in. Behind it `forms` knows the kinds of file: `text` (decode: in which encoding; delimited, pasted,
vcard, markup) and `workbook` (sheets: which one is the list; links, extents). `asides` are rows about the list.
"""
