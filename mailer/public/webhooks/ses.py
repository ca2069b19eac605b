"""SES: its events come through Amazon SNS, whose signature is checked here before anything in them is believed.

Owns the check (topic, time, where the certificate lies, certificate, signature, in that order: nothing is fetched for a
topic that is not ours) and the confirmation of a subscription, which SNS asks for once, for listed topics alone.
docs.aws.amazon.com/sns, «Verifying the signatures of Amazon SNS messages».

On time: SNS tries a message again for an hour, and its Timestamp stays that of the publication, so that the five
minutes of standards B9 would lose every event that was told while this server was restarted. An event is known by its
id for good, so that telling it again changes nothing; two hours bound for how long a stranger's copy is looked at.
Gaps: with «raw message delivery» SNS signs nothing; such requests are refused.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from mailer.bounces.relay_events import Node, parse_json
from mailer.fetch import Answer, Unreachable
from mailer.public.webhooks.incoming import Incoming, NotNow, Refused
from mailer.public.webhooks.signatures import Certificate, load_certificate, require_cryptography

OLDEST: Final = timedelta(hours=2)
_HOST: Final = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?")
_PEM: Final = re.compile(r"/[A-Za-z0-9_-]{1,100}\.pem")
_MOST_KEPT: Final = 20
_NOT_AGAIN_S: Final = 60.0

_NOTICE: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_INVITATION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED: Final = {
    "Notification": _NOTICE,
    "SubscriptionConfirmation": _INVITATION,
    "UnsubscribeConfirmation": _INVITATION,
}

Get = Callable[[str], Awaitable[Answer]]


@dataclass(slots=True)
class SesGate:
    """Lets in what SNS signed for one of these topics; `get` fetches an address over https."""

    topics: tuple[str, ...]
    get: Get
    _certificates: dict[str, Certificate] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """See that signatures can be checked."""
        require_cryptography("ses")

    async def admit(self, incoming: Incoming) -> bytes:
        """Return the event of a genuine notification; confirm a subscription that was asked for."""
        node = parse_json(incoming.body)
        kind = node["Type"].text
        if kind not in SIGNED:
            raise Refused("it is no notification of SNS; is «raw message delivery» off?")
        refuse_what_sns_never_sends(node)
        if node["TopicArn"].text not in self.topics:
            raise Refused("its topic is not in [webhooks.ses] topics")
        incoming.refuse_stale(node["Timestamp"].time, OLDEST)
        await self._check_signature(node, incoming)
        if kind == "SubscriptionConfirmation":
            await self._confirm(node)
            return b""
        # the link by which anybody could end the subscription, or begin it again, is not kept
        return node["Message"].long_text.encode() if kind == "Notification" else _ended(node)

    async def _check_signature(self, node: Node, incoming: Incoming) -> None:
        url = node["SigningCertURL"].long_text
        if not is_signing_certificate(url):
            raise Refused("its certificate does not lie at SNS")
        certificate = self._certificates.get(url) or await self._fetch(url)
        if not certificate.not_before <= incoming.now <= certificate.not_after:
            raise Refused("its certificate does not hold today")
        verify = certificate.verify.get(node["SignatureVersion"].text)
        try:
            signature = base64.b64decode(node["Signature"].long_text, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("its signature cannot be read") from None
        if verify is None or not verify(signature, signed_text(node)):
            raise Refused("its signature is not genuine")

    async def _fetch(self, url: str) -> Certificate:
        """Get a certificate and keep it; one at a time, so that nobody can make this server ask the web in a loop."""
        async with self._one_at_a_time:
            known = self._certificates.get(url)
            if known is not None:
                return known
            if time.monotonic() < self._failed.get(url, 0.0):
                raise NotNow("the certificate of SNS could not be fetched a moment ago")
            answer = await self._got(url)
            certificate = load_certificate(answer.body) if answer.status == 200 else None
            if certificate is None:
                self._remember_failure(url)
                raise NotNow("what lies at SNS is no certificate")
            if len(self._certificates) >= _MOST_KEPT:
                self._certificates.clear()
            self._certificates[url] = certificate
            return certificate

    async def _got(self, url: str) -> Answer:
        try:
            return await self.get(url)
        except Unreachable as error:
            self._remember_failure(url)
            raise NotNow(f"SNS cannot be reached: {error}") from None

    def _remember_failure(self, url: str) -> None:
        if len(self._failed) >= _MOST_KEPT:
            self._failed.clear()
        self._failed[url] = time.monotonic() + _NOT_AGAIN_S

    async def _confirm(self, node: Node) -> None:
        url = node["SubscribeURL"].long_text
        if not is_at_sns(url):
            raise Refused("the confirmation that it asks for does not lie at SNS")
        try:
            answer = await self.get(url)
        except Unreachable as error:
            raise NotNow(f"SNS cannot be reached: {error}") from None
        if answer.status != 200:
            raise NotNow(f"SNS did not take the confirmation ({answer.status})")


def _ended(node: Node) -> bytes:
    """Tell that the subscription ended, in an event of our own."""
    names = {"eventType": "Type", "topic": "TopicArn", "at": "Timestamp", "id": "MessageId"}
    return json.dumps({ours: node[theirs].text for ours, theirs in names.items()}).encode()


def refuse_what_sns_never_sends(node: Node) -> None:
    """Refuse a message with a field that is missing or is not a string; the subject alone may be missing.

    What is signed is names and values in one text. A field left out of it would stand unsigned beside the signature,
    and its name and value could stand inside the value of the field before it.

    Raises:
        Refused: it has such a field.
    """
    for name in (*SIGNED[node["Type"].text], "Signature", "SignatureVersion", "SigningCertURL"):
        if not isinstance(node[name].value, str) and not (name == "Subject" and not node.has(name)):
            raise Refused(f"its {name} is not a string")


def signed_text(node: Node) -> bytes:
    """What SNS signs: the names and values of some fields, each on a line of its own; the subject if there is one.

    «Verifying the signatures of Amazon SNS messages», step «string to sign».
    """
    names = [name for name in SIGNED[node["Type"].text] if node.has(name)]
    return "".join(f"{name}\n{node[name].value}\n" for name in names).encode("utf-8", "replace")


def is_signing_certificate(url: str) -> bool:
    """Return whether an address is one of SNS's own, of a certificate and nothing beside."""
    parts = urlsplit(url) if is_at_sns(url) else None
    return parts is not None and bool(_PEM.fullmatch(parts.path)) and not parts.query and not parts.fragment


def is_at_sns(url: str) -> bool:
    """Return whether an address is https, at a host that is exactly SNS's, without port or name before it."""
    if len(url) > 2_000 or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc))
