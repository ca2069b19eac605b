"""Files: the bytes of a list, of whatever kind, to rows of text.

`table` is the way in, and reads cards and lines of recipients itself. Behind it `forms` knows the kinds of file and
their encodings; `delimited`, `markup` and `workbook` (which of its sheets is the list; links, comments, extents) read.
"""
