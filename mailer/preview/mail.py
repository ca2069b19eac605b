"""Mail: one message, taken apart for people to look at.

Owns reading a message's header, text part and HTML part out of any bytes. Never changes a message, never judges it
(the checks are the caller's). Never raises: what cannot be read is shown as far as it can.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

MAX_PARSED_BYTES = 3_000_000
MAX_SHOWN = 300_000  # characters of one part
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Mail:
    """What people see of a message. `html` and `text` are empty where it has no such part, `header` is as it stands."""

    subject: str
    to: str
    sender: str
    header: str
    html: str
    text: str
    attachments: tuple[str, ...]
    size: int


def parse_mail(data: bytes) -> Mail:
    """Take a message apart (any bytes)."""
    shown = data[:MAX_PARSED_BYTES]
    header = shown.replace(b"\r\n", b"\n").partition(b"\n\n")[0][:MAX_SHOWN].decode("utf-8", "replace")
    try:
        message = message_from_bytes(shown)
        parts = list(message.walk())
    except RecursionError:  # thousands of parts, one in the other
        message = message_from_bytes(header.encode("utf-8", "replace"))
        parts = []
    bodies = [part for part in parts if not part.is_multipart() and not part.get_filename()]
    return Mail(
        subject=_words(message, "subject"),
        to=_words(message, "to"),
        sender=_words(message, "from"),
        header=_clean(header),
        html=_first(bodies, "text/html"),
        text=_first(bodies, "text/plain"),
        attachments=tuple(_clean(str(name)) for part in parts if (name := part.get_filename())),
        size=len(data),
    )


def _first(parts: list[Message], content_type: str) -> str:
    part = next((part for part in parts if part.get_content_type() == content_type), None)
    raw = part.get_payload(decode=True) if part else None
    if part is None or not isinstance(raw, bytes):
        return ""
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, UnicodeError):
        text = raw.decode("utf-8", "replace")
    return _clean(text)[:MAX_SHOWN]


def _words(message: Message, name: str) -> str:
    value = str(message.get(name, ""))
    try:
        return _clean(" ".join(str(make_header(decode_header(value))).split()))
    except (LookupError, ValueError, HeaderParseError):
        return _clean(value)


def _clean(text: str) -> str:
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
