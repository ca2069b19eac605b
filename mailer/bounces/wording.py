"""Wording: what stands in header values, made readable.

Owns encoded-words (RFC 2047), bare addresses, Message-IDs and times out of header values. Never raises, never checks
whether an address is deliverable: what a stranger's server wrote is kept as it stands.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailer.bounces.parts import decode_base64, decode_charset

_ENCODED = re.compile(r"=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([bq])\?([^?\s]{0,2000})\?=", re.IGNORECASE)
_BETWEEN = re.compile(r"(\?=)[ \t]+(=\?)")
# bounded repeats, so that a long line without an @ costs no more than its length
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,128}@[^\s<>,;:\"()\[\]@]{1,255}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_MAX_ADDRESSES = 50
_MAX_DATE = 100


def parse_words(value: str) -> str:
    """Return a header value as people read it: encoded-words decoded, blanks made single."""
    joined = _BETWEEN.sub(r"\1\2", value)
    return " ".join(_ENCODED.sub(lambda found: _decoded(found[1], found[2], found[3]), joined).split())


def parse_addresses(value: str) -> list[str]:
    """Return the bare addresses in a header value, without names and angle brackets, each once."""
    return list(dict.fromkeys(_ADDRESS.findall(value)))[:_MAX_ADDRESSES]


def parse_message_ids(value: str) -> list[str]:
    """Return the Message-IDs in a header value, angle brackets included."""
    return _MESSAGE_ID.findall(value)


def parse_time(value: str) -> datetime | None:
    """Read a date of RFC 5322; a time without a zone is taken as UTC. What is no date is None."""
    try:
        at = parsedate_to_datetime(value[:_MAX_DATE])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _decoded(charset: str, encoding: str, text: str) -> str:
    raw = text.encode("utf-8", "replace")
    data = decode_base64(raw) if encoding in "bB" else binascii.a2b_qp(raw, header=True)
    return decode_charset(data, charset)
