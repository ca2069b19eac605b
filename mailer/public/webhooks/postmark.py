"""Postmark: it signs nothing, and shows a name and a password instead (RFC 7617, HTTP basic authentication).

Owns the check, in constant time. Both go over https alone: whoever serves this puts TLS before it.
postmarkapp.com/developer/webhooks/webhooks-overview, «Protecting your webhook».
There is no time in it, and no need of one: whoever could replay a request could as well write one, and an event that is
told again changes nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from mailer.public.webhooks.incoming import Incoming, Refused
from mailer.settings import Secret


class PostmarkGate:
    """Lets in who shows the name and the password."""

    def __init__(self, username: str, password: Secret) -> None:
        """Take both."""
        self._good = _digest(f"{username}:{password.reveal()}".encode())

    async def admit(self, incoming: Incoming) -> bytes:
        """Return the event of a request with the right name and password."""
        scheme, _, shown = incoming.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(shown.strip(), validate=True)
        except (binascii.Error, ValueError):
            given = b""
        if not hmac.compare_digest(_digest(given), self._good) or scheme.lower() != "basic":
            raise Refused("it shows no name and password, or others than [webhooks.postmark] has", status=401)
        return incoming.body


def _digest(shown: bytes) -> bytes:
    """Return what is compared: of one length, whatever was shown."""
    return hashlib.sha256(shown).digest()
