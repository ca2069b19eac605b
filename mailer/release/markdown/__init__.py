"""Markdown: the form in which staff go on working with a release, both directions.

reading.py   a file to a release (frontmatter its fields, yaml_fields the YAML, extras what goes beside the text)
writing.py   a release to the file (inline its running text)
waiving.py   warnings that are meant      site_matter.py  the fields that other programs put on top
"""
