"""Mailgun: an HMAC over a timestamp and a token that stand in the body.

Owns the check. documentation.mailgun.com, «Securing webhooks».
The HMAC does not cover the event, so that whoever saw one request could put another event beside its signature. So a
token is good for one body: with another it is refused.
On time: Mailgun tells again for about eight hours what was not taken, and does not say whether it signs anew; the five
minutes of standards B9 could lose events. A replay of the same event changes nothing.
Gaps: which body a token came with is remembered by this process alone, and for the newest 100,000.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Final

from mailer.bounces.relay_events import parse_json
from mailer.public.webhooks.incoming import Incoming, Refused
from mailer.settings import Secret

OLDEST: Final = timedelta(hours=9)
_MOST_TOKENS: Final = 100_000


class MailgunGate:
    """Lets in what Mailgun signed."""

    def __init__(self, signing_key: Secret) -> None:
        """Take the HTTP webhook signing key."""
        self._key = signing_key
        self._bodies: dict[bytes, bytes] = {}

    async def admit(self, incoming: Incoming) -> bytes:
        """Return the event of a genuine request."""
        signed = parse_json(incoming.body)["signature"]
        stamp, token = signed["timestamp"], signed["token"]
        text = (stamp.text + token.text).encode()
        good = hmac.new(self._key.reveal().encode(), text, hashlib.sha256).hexdigest()
        if not token.text or not hmac.compare_digest(good.encode(), signed["signature"].text.lower().encode()):
            raise Refused("its signature is not genuine; is the signing key the HTTP webhook signing key?")
        incoming.refuse_stale(stamp.time, OLDEST)
        self._bind(token.text, incoming.body)
        return incoming.body

    def _bind(self, token: str, body: bytes) -> None:
        name, digest = hashlib.sha256(token.encode()).digest(), hashlib.sha256(body).digest()
        if self._bodies.setdefault(name, digest) != digest:
            raise Refused("its token came with another event before")
        if len(self._bodies) > _MOST_TOKENS:
            del self._bodies[next(iter(self._bodies))]
