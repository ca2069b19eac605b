"""Message: from a release and a person to the exact bytes of a mail.

    family.py    a set of templates, compiled once, rendered for each person (Jinja, css-inline)
    stencil.py   a mail that was rendered once, filled in for all who have the same one but for their own words
    context.py   what templates may say: the release, the sender, the person, dates and times; with script.py
    markup.py    a release's text as HTML and as plain text, in the lines of text.py
    compose.py   which files may go out, header fields, the MIME tree: once a mailing and once a person
    files.py     pictures that stand inside the mail, an event for a calendar
    sign.py      DKIM: keys, their DNS record, signatures in front of a mail
    checks/      what is looked at in the finished bytes, read with parts.py
    records.py   what domains say about their mail in the DNS; received.py: what a copy that arrived tells

Pure: no clock, no randomness (but for a new DKIM key), no files. Raises `InputProblem`; about keys `ConfigProblem`.
"""
