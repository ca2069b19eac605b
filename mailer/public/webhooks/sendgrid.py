"""SendGrid: its signed event webhook, ECDSA over the timestamp and the body as it came.

Owns the check. twilio.com/docs/sendgrid, «Getting Started with the Event Webhook Security Features».
On time: SendGrid tells again for 24 hours what was not taken. Whether it signs anew each time is not said, so that the
five minutes of standards B9 could lose a day's events; each is known by its id for good, so that a replay changes
nothing.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Final

from mailer.bounces.relay_events import Node
from mailer.public.webhooks.incoming import Incoming, Refused
from mailer.public.webhooks.signatures import load_public_key

OLDEST: Final = timedelta(hours=25)
SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


class SendGridGate:
    """Lets in what SendGrid signed."""

    def __init__(self, public_key: str) -> None:
        """Take the key as SendGrid shows it.

        Raises:
            ConfigProblem: it is no such key, or `cryptography` is missing.
        """
        self._verify = load_public_key(public_key)

    async def admit(self, incoming: Incoming) -> bytes:
        """Return the events of a genuine request."""
        stamp = incoming.headers.get(TIMESTAMP, "")
        try:
            signature = base64.b64decode(incoming.headers.get(SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError):
            raise Refused("its signature cannot be read") from None
        if not signature:
            raise Refused("it is not signed; is the Signed Event Webhook enabled at SendGrid?")
        if not self._verify(signature, stamp.encode("latin-1", "replace") + incoming.body):
            raise Refused("its signature is not genuine; is public_key the one that SendGrid shows now?")
        incoming.refuse_stale(Node(stamp).time, OLDEST)
        return incoming.body
