"""Markdown: the form in which staff continue to work on a release, read and written.

reading.py      a file to a release, also one that another program wrote       frontmatter.py  the fields on top
writing.py      a release to the file, and one field of it changed
"""
