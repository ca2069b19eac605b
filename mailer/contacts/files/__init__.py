"""Files: the bytes of a list, of whatever kind, to rows of text.

`table` is the way in, and reads objects and cards itself. Behind it `forms` knows the kinds of file and their
encodings; `delimited`, `typed`, `markup` and `workbook` (which of its sheets is the list; colours, links) read.
"""
