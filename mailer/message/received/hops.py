"""Hops: the servers that a mail came through, from the first to the last, as they wrote it themselves.

Owns the reading of Received fields (RFC 5321 §4.4), which each server words in its own way: what cannot be found is
left empty. Only what stands above the receiver's own servers is certain; below it anybody may have written. Never
judges. Raises nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailer.message.received.fields import Copy

_TLS = re.compile(r"\bTLS\s?v?[\d._]*|\bTLS\b|cipher[= ]", re.IGNORECASE)
_SECURE = {"ESMTPS", "ESMTPSA", "UTF8SMTPS", "UTF8SMTPSA", "LMTPS", "LMTPSA", "SMTPS", "HTTPS"}
_CLEAR = {"SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "UTF8SMTPA"}
_INSIDE = re.compile(
    r"\[?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1\]|(?:ipv6:)?f[cd]|2002:a)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: from whom, to whom, how; `secure` is None where it was no step between servers or nothing tells."""

    sender: str
    receiver: str
    protocol: str
    secure: bool | None
    at: datetime | None
    waited_s: float | None = None

    @property
    def said(self) -> str:
        """Return it in a few words."""
        return f"{self.sender or 'somebody'} to {self.receiver or 'somebody'}"


def read_hops(copy: Copy) -> tuple[Hop, ...]:
    """The steps from the first to the last, each with the seconds since the one before (the first since Date)."""
    hops: list[Hop] = []
    before = _moment(copy.first("Date"))
    for field in reversed(copy.all("Received")):
        hop = _parse(field.value)
        waited = (hop.at - before).total_seconds() if hop.at and before else None
        hops.append(Hop(hop.sender, hop.receiver, hop.protocol, hop.secure, hop.at, waited))
        before = hop.at or before
    return tuple(hops)


def _parse(text: str) -> Hop:
    front, _, date = text.rpartition(";")
    bare = re.sub(r"\([^()]*\)", " ", re.sub(r"\([^()]*\([^()]*\)[^()]*\)", " ", front))
    sender, receiver, protocol = (_word(bare, word) for word in ("from", "by", "with"))
    protocol = protocol.upper()
    return Hop(sender, receiver, protocol, _is_secure(front, sender, protocol), _moment(date))


def _is_secure(text: str, sender: str, protocol: str) -> bool | None:
    if protocol in _SECURE or (protocol not in {"", "HTTP"} and _TLS.search(text)):
        return True
    within = not sender or sender.lower() == "localhost" or _INSIDE.search(text.partition(" by ")[0])
    return None if within or protocol not in _CLEAR else False


def _word(text: str, word: str) -> str:
    found = re.search(rf"(?:^|\s){word}\s+([^\s;]+)", text, re.IGNORECASE)
    return found[1].rstrip(".,") if found else ""


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)  # -0000: UTC, of a place that is not told
