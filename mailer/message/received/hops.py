"""Hops: the servers that a mail came through, from the first to the last, as they wrote it themselves.

Owns the reading of Received fields (RFC 5321 §4.4), which each server words in its own way: what cannot be found is
left empty. Only what stands above the receiver's own servers is certain; below it anybody may have written. Never
judges. Raises nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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

    @property
    def said(self) -> str:
        """Return it in a few words."""
        return f"{self.sender or 'somebody'} to {self.receiver or 'somebody'}"


def read_hops(copy: Copy) -> tuple[Hop, ...]:
    """Return the steps from the first to the last."""
    return tuple(_parse(field.value) for field in reversed(copy.all("Received")))


def _parse(text: str) -> Hop:
    front = text.rpartition(";")[0]
    bare = re.sub(r"\([^()]*\)", " ", re.sub(r"\([^()]*\([^()]*\)[^()]*\)", " ", front))
    sender, receiver, protocol = (_word(bare, word) for word in ("from", "by", "with"))
    return Hop(sender, receiver, protocol.upper(), _is_secure(front, sender, protocol.upper()))


def _is_secure(text: str, sender: str, protocol: str) -> bool | None:
    if protocol in _SECURE or (protocol not in {"", "HTTP"} and _TLS.search(text)):
        return True
    within = not sender or sender.lower() == "localhost" or _INSIDE.search(text.partition(" by ")[0])
    return None if within or protocol not in _CLEAR else False


def _word(text: str, word: str) -> str:
    found = re.search(rf"(?:^|\s){word}\s+([^\s;]+)", text, re.IGNORECASE)
    return found[1].rstrip(".,") if found else ""
