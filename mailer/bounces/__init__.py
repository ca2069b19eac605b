"""Bounces: one message that came back, read into one report. Pure.

What is a line's file here?

    parts.py            bytes → MIME parts, bounded
    wording.py          header values → text, addresses, Message-IDs, times
    fields.py           the field groups of RFC 3464 and RFC 5965, and their values
    delivery_status.py  message/delivery-status → what happened to each recipient
    diagnosis.py        status and text → permanent or not, and why (by the table in `mailer.reply`)
    shapes/             reports in no standard form: a mail system's own words, read as people read them
    answers/            what people and their programs write back: away, has left, prove yourself, no more mail
    relay_events/       what relays tell by HTTP, as JSON, into the same reports
    report.py           the order in which all of this is asked
    document.py         a report as JSON

Never raises on any bytes, never judges a token (that needs a key: `tokens.parse_token`), never decides who is
suppressed. A new kind of message is a new reader in `report.READERS`.
"""

from mailer.bounces.document import parse_document, report_document
from mailer.bounces.report import parse_report
from mailer.bounces.values import (
    Action,
    Confidence,
    Kind,
    Notice,
    Report,
    ReportedRecipient,
    StatusFrom,
    Suppress,
)

__all__ = [
    "Action",
    "Confidence",
    "Kind",
    "Notice",
    "Report",
    "ReportedRecipient",
    "StatusFrom",
    "Suppress",
    "parse_document",
    "parse_report",
    "report_document",
]
