"""Envelope: one message as the relay gets it, and the addresses that carry a token out and back.

Owns the envelope value and VERP and opt-out addresses in both directions. Never opens a socket, never looks at the
message's bytes.

VERP (variable envelope return path): the bounce comes back to `bounces+TOKEN@example.org`, so that whose it is does
not depend on what a foreign server quotes. The null sender `<>` is for bounces only (standards S15).
"""

from __future__ import annotations

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.tokens import TOKEN_LENGTH

_TOKEN = re.compile(rf"(?<![a-z0-9])[a-z2-7]{{{TOKEN_LENGTH}}}(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM, the one RCPT TO (standards F3), and the exact bytes: CRLF line ends, 7-bit, not dot-stuffed."""

    mail_from: str
    rcpt_to: str
    data: bytes
    delivery: bytes
    message_id: str
    needs_smtputf8: bool = False


def tagged_address(address: str, token: str) -> str:
    """Put a token into an address: `bounces@x.org` becomes `bounces+TOKEN@x.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def optout_mailto(address: str, token: str, *, token_in: str = "address") -> str:
    """Return the mailto URI of an opt-out; `token_in` is `address` or `subject` (relays without plus addressing)."""
    if token_in == "subject":
        return f"mailto:{address}?subject={token}"
    return f"mailto:{tagged_address(address, token)}"


def optout_url(base_url: str, token: str) -> str:
    """Return the https URI of an opt-out: the token and nothing else identifies the delivery (standards U3)."""
    return f"{base_url.rstrip('/')}/{token}"


def find_tokens(text: str) -> list[str]:
    """Return what may be tokens in an address, a subject or a header, in order; `tokens.parse_token` judges them."""
    return [match.lower() for match in _TOKEN.findall(text)] if len(text) >= TOKEN_LENGTH else []
