"""Relay events: what Amazon SES, SendGrid, Mailgun and Postmark tell as JSON, read into the same reports as mail. Pure.

    reading.py   JSON that answers every question, bounded
    values.py    one event, and by what the mail that it is about is found
    judging.py   what a relay's own word is worth beside the words of the recipient's server
    ses.py …     one file a relay: the names of its events, in tables

Never raises on any bytes, never checks a signature (`public.webhooks`), never follows an open or a click: those are not
ours to know. What nobody here knows is a report of kind `none` that names nobody.
"""

import re

from mailer.bounces.relay_events.mailgun import is_mailgun, parse_mailgun
from mailer.bounces.relay_events.postmark import is_postmark, parse_postmark
from mailer.bounces.relay_events.reading import Node, canonical, parse_first_json, parse_json
from mailer.bounces.relay_events.sendgrid import parse_sendgrid
from mailer.bounces.relay_events.ses import is_ses, parse_ses
from mailer.bounces.relay_events.values import RelayEvent
from mailer.bounces.values import Report

__all__ = [
    "Node",
    "RelayEvent",
    "parse_json",
    "parse_mailgun",
    "parse_notice",
    "parse_postmark",
    "parse_sendgrid",
    "parse_ses",
]

_BROKEN = re.compile(r"!\n ")  # a long line as sendmail breaks it (its document “op”, mailer field L)
_SHAPES = ((is_ses, parse_ses), (is_mailgun, parse_mailgun), (is_postmark, parse_postmark))


def parse_body(text: str) -> Report | None:
    """Read the body of a mail that is one event of a relay: SNS can be told to write mail. None where it is none."""
    if text.lstrip()[:1] != "{":
        return None
    node = parse_first_json(_BROKEN.sub("", text).lstrip())
    return _read(node)


def parse_notice(data: bytes) -> Report | None:
    """Read a file that is one event of a relay, as JSON; None where it is none (SendGrid's come as lists, by many)."""
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{"):
        return None
    return _read(parse_json(data.removeprefix(b"\xef\xbb\xbf")))


def _read(node: Node) -> Report | None:
    parse = next((parse for is_its, parse in _SHAPES if is_its(node)), None)
    events = parse(canonical(node)) if parse else ()
    return events[0].report if events else None
