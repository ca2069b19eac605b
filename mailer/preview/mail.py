"""Mail: one message, taken apart for people to look at.

Owns reading a message's header, text part and HTML part out of any bytes, and putting the pictures that travel inside
it into its page, where a browser finds them. Never changes a message, never judges it (the checks are the caller's).
Never raises: what cannot be read is shown as far as it can.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from html import escape, unescape
from typing import Final

MAX_PARSED_BYTES = 3_000_000
MAX_SHOWN = 300_000  # characters of one part
MAX_PICTURES: Final = 400_000  # bytes of the pictures of one mail, where many mails are on a page
_IMAGE: Final = re.compile(r"<img\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"""\ssrc=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
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
    pictures: Mapping[str, tuple[str, bytes]] = field(
        default_factory=dict, repr=False
    )  # as `pictures_inside` gives them


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
    pictures = _pictures(parts)
    bodies = [part for part in parts if not part.is_multipart() and not part.get_filename()]
    return Mail(
        subject=_words(message, "subject"),
        to=_words(message, "to"),
        sender=_words(message, "from"),
        header=_clean(header),
        html=_first(bodies, "text/html"),
        text=_first(bodies, "text/plain"),
        attachments=tuple(_clean(str(name)) for part in parts if _is_attached(part) and (name := part.get_filename())),
        size=len(data),
        pictures=pictures if _weight(pictures) <= MAX_PICTURES else {},
    )


def pictures_inside(data: bytes) -> dict[str, tuple[str, bytes]]:
    """Return the pictures that travel inside a message: media type and bytes, by Content-ID."""
    return _pictures(list(message_from_bytes(data).walk()))


def with_pictures(html: str, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """Return a page that needs nothing beside it: the pictures that travel inside the mail stand in it."""
    return with_sources(
        html,
        {name: f"data:{kind};base64,{b64encode(data).decode('ascii')}" for name, (kind, data) in pictures.items()},
    )


def with_sources(html: str, addresses: Mapping[str, str]) -> str:
    """Return a page whose pictures inside the mail are at these addresses instead, by Content-ID."""
    return _IMAGE.sub(lambda found: _with_source(found[0], addresses), html) if addresses else html


def _with_source(tag: str, addresses: Mapping[str, str]) -> str:
    source = _SOURCE.search(tag)
    url = unescape((source[1] or source[2] or "") if source else "")
    if source is None or not url.lower().startswith("cid:") or url[4:] not in addresses:
        return tag
    return tag[: source.start()] + f' src="{escape(addresses[url[4:]])}"' + tag[source.end() :]


def _pictures(parts: list[Message]) -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for part in parts:
        data = part.get_payload(decode=True) if part.get_content_maintype() == "image" else None
        if isinstance(data, bytes) and part.get("Content-ID"):
            found[str(part["Content-ID"]).strip().strip("<>")] = (part.get_content_type(), data)
    return found


def _weight(pictures: Mapping[str, tuple[str, bytes]]) -> int:
    return sum(len(data) for _, data in pictures.values())


def _is_attached(part: Message) -> bool:
    """Return whether a part is a file that people see as one: a picture of the page is none."""
    return not (part.get_content_maintype() == "image" and part.get("Content-ID"))


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
