"""Files: a source of whatever kind, cut into pieces.

docx.py      a Word file (docx_package its ZIP, docx_revisions tracked changes, docx_sizes headings by size alone)
rtf.py       an RTF file (rtf_tokens its syntax, rtf_words what they mean, rtf_page its paragraphs)
office.py    what word processors keep beside the text: changes, comments, head and foot of the page
html.py      a saved web page (page_blocks its text, page_tables its tables, page_furniture menus and the like)
text.py      pasted text (paper the traces of printed pages, columns side by side, paragraph_ends missing blank lines)
"""
