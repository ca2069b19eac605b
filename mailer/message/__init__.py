"""Message: a release and a person → the exact bytes of a mail.

    family.py    a set of templates, compiled once, rendered for each person (Jinja, css-inline)
    stencil.py   a mail that is rendered once, and filled in for all whose mails differ only in personal values
    context.py   the data for templates: the release, the sender, the person, dates and times; with script.py
    markup.py    a release's text as HTML and as plain text, in the lines of text.py
    compose.py   which files may go out, header fields, the MIME tree: once per mailing and once per person
    files.py     pictures inside the mail, and an event for a calendar
    sign.py      DKIM: keys, their DNS records, signing a mail
    checks/      checks of the finished bytes, read with parts.py
    records.py   DNS records about a domain's mail; received.py: a mail that arrived

Pure: no clock, no randomness (except for a new DKIM key), no files. Raises `InputProblem`; about keys `ConfigProblem`.
"""
