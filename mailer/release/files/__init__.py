"""Files: a source of any kind, cut into pieces.

docx.py      a Word file: its ZIP, its tracked changes, headings by size alone
rtf.py       an RTF file
office.py    what word processors keep beside the text: changes, comments, page headers and footers
html.py      a saved web page (page_furniture menus and the like)
text.py      pasted text, and traces of its origin: headers of a mail, remains of printed pages
"""
