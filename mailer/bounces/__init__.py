"""Bounces: reads one returned message into one report. Pure.

The files:

    values.py        a report as values, and the words used in it
    parts.py         bytes → MIME parts, bounded; header values and the fields of reports
    diagnosis.py     status and text → permanent or not, why, and what follows (by the tables in `mailer.reply`);
                     delivery reports (RFC 3464)
    report.py        the order in which the readers are called; complaints (RFC 5965); a report as JSON

    shapes.py        a reader: reports in a mail system's own words, cut out by prose.py
    answers.py       a reader: away, back on …, has left, prove yourself, no more mail, or yes to an embargo, from
                     the text that is not quoted; language.py: sentences, and the words of each language
    letter.py        a letter to be read: who, when, the text as lines; whether it waits for an answer
    relay_events.py  what relays report by HTTP, as JSON, into the same reports

Never raises on any bytes, never judges a token (this needs a key: `tokens.parse_token`). A report states
what it would lead to at most (`Suppress`); `runs.collect` decides who is suppressed. A new kind of message needs a new
reader in `report.READERS`; a new wording is a row in `mailer.words`.
"""
