"""Message: from a release and a person to the exact bytes of a mail.

    family.py       a set of templates, compiled once, rendered for each person (Jinja, css-inline)
    context.py      what templates may say: the release, the sender, the person; with moments.py and script.py
    markup.py       a release's text as HTML and as plain text, in the lines of text.py
    compose.py      the MIME tree, once a mailing and once a person, with the fields of headers.py
    attachments.py  which files may go out; pictures.py: those that stand inside the mail; calendar.py: an event's
    sign.py         DKIM signatures in front of it, with the keys of dkim_key.py
    checks/         what is looked at in the finished bytes, read with parts.py and page.py
    records.py      what domains say about their mail in the DNS; received.py: what a copy that arrived tells

Pure: no clock, no randomness (but for a new DKIM key), no files. Raises `InputProblem`; about keys `ConfigProblem`.
"""
