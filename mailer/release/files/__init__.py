"""Files: a source of whatever kind, cut into pieces.

docx.py      a Word file: its ZIP, its tracked changes, headings by size alone
rtf.py       an RTF file
office.py    what word processors keep beside the text: changes, comments, head and foot of the page
html.py      a saved web page (page_furniture menus and the like)
text.py      pasted text, and what clings to it: headers of a mail, traces of printed pages
"""
