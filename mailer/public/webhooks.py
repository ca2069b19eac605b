"""Webhooks: what relays (Amazon SES, SendGrid, Mailgun, Postmark) post about the mail that they accepted.

Owns where they post, the limits of a request (size, time, concurrency), a gate for each relay, which checks the
signature of the raw body before anything is read from it, and the answers: 200 once it is committed, 403 (401 for a
password) if it is not genuine, 503 if the relay should post it again. An answer contains nothing else.
`bounces.relay_events` reads an event, and `runs.collect` acts on it. A genuine event can do no more than a bounce: it
does not affect an address that was never mailed from here.
Raises `ConfigProblem` when the routes are made, for an invalid key or a missing package.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mailer import lazy_re as re
from mailer.bounces.relay_events import Node, parse_json, parse_mailgun, parse_postmark, parse_sendgrid, parse_ses
from mailer.config.secrets import HookSecrets, read_hook_secrets
from mailer.errors import ConfigProblem, LedgerProblem
from mailer.fetch import Fetched, Unreachable, get
from mailer.frozen import dataclass, field
from mailer.ledger import Ledger
from mailer.public.app import TooLarge, read_body
from mailer.runs.collect.taking import take_events
from mailer.runs.office import Office
from mailer.settings import Secret, Settings, Webhooks
from mailer.words import read_section

MOST_BYTES: Final = 1_000_000  # SendGrid posts at 768 KB, SNS allows 256 KB
READ_S: Final = 20.0
FETCH_S: Final = 8.0  # SNS waits 15 s for an answer
_AT_ONCE: Final = 2  # the ledger takes one at a time, and opt-outs must get through in between
_WAIT_S: Final = 10.0
_WARN_AGAIN: Final = timedelta(minutes=1)
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="webhook", charset="UTF-8"'}

_PARSERS: Final = {"ses": parse_ses, "sendgrid": parse_sendgrid, "mailgun": parse_mailgun, "postmark": parse_postmark}

Routes: TypeAlias = list[Route]
Say = Callable[[str], None]
# Verifies a request and returns its JSON, or nothing if it was only a formality; raises Refused if it is not genuine,
# and NotNow if that cannot be verified.
Gate: TypeAlias = "Callable[[Incoming], Awaitable[bytes]]"


def make_gates(webhooks: Webhooks, secrets: HookSecrets, get_over_https: Get) -> dict[str, Gate]:
    """Build the gate for each relay that mailer.toml names."""
    gates: dict[str, Gate] = {}
    if webhooks.ses.is_on:
        require_cryptography("ses")
        gates["ses"] = SesGate(webhooks.ses.topics, get_over_https).admit
    if webhooks.sendgrid.is_on:
        gates["sendgrid"] = sendgrid_gate(webhooks.sendgrid.public_key)
    if secrets.mailgun is not None:
        gates["mailgun"] = mailgun_gate(secrets.mailgun)
    if secrets.postmark is not None:
        gates["postmark"] = postmark_gate(webhooks.postmark.username, secrets.postmark)
    return gates


def webhook_routes(
    office: Office,
    ledger: Ledger,
    secrets: HookSecrets,
    *,
    say: Say = lambda _: None,
    get_over_https: Get | None = None,
) -> Routes:
    """Return a route for each relay that mailer.toml names, at `/hooks/ses`, `/hooks/sendgrid` and so on.

    `say` gets the reason why a request was refused, the same one at most once a minute. `get_over_https` fetches an
    address (default: `fetch.get`).
    """
    gates = make_gates(office.settings.webhooks, secrets, get_over_https or partial(get, limit_s=FETCH_S))
    turn = asyncio.Semaphore(_AT_ONCE)
    hooks = [_Hook(office, ledger, relay, gate, turn, say) for relay, gate in gates.items()]
    return [Route(f"/hooks/{hook.relay}", hook.answer, methods=["POST"]) for hook in hooks]


@dataclass(slots=True)
class _Hook:
    """The endpoint of a relay."""

    office: Office
    ledger: Ledger
    relay: str
    gate: Gate
    turn: asyncio.Semaphore
    say: Say
    warned_at: dict[str, float] = field(default_factory=dict)

    async def answer(self, request: Request) -> Response:
        try:
            async with asyncio.timeout(READ_S):
                body = await read_body(request.receive, largest=MOST_BYTES)
        except TimeoutError:
            return Response(status_code=408)
        except ClientDisconnect:
            return Response(status_code=400)
        except TooLarge:
            self._warn("it is larger than any that this relay sends")
            return Response(status_code=413)
        try:
            events = await self.gate(Incoming(dict(request.headers), body, self.office.clock()))
            if events:
                async with asyncio.timeout(_WAIT_S):
                    await self.turn.acquire()
                try:  # in a thread, since a thousand events take time, and other requests are waiting
                    await asyncio.to_thread(
                        lambda: take_events(self.office, self.ledger, self.relay, _PARSERS[self.relay](events))
                    )
                finally:
                    self.turn.release()
        except Refused as refusal:
            self._warn(str(refusal))
            return Response(status_code=refusal.status, headers=_CHALLENGE if refusal.status == 401 else None)
        except (NotNow, TimeoutError, LedgerProblem) as problem:
            reason = "too much comes in at once" if isinstance(problem, TimeoutError) else str(problem)
            self._warn(f"{reason}; the relay will send it again")
            return Response(status_code=503, headers={"Retry-After": "60"})
        return Response()

    def _warn(self, reason: str) -> None:
        """Warn the operator, at most once a minute, so that strangers cannot fill a disk."""
        now = self.office.clock().timestamp()
        if now - self.warned_at.get(reason, 0.0) >= _WARN_AGAIN.total_seconds():
            self.warned_at = {**self.warned_at, reason: now} if len(self.warned_at) < 100 else {reason: now}
            self.say(f"A request to /hooks/{self.relay} was refused: {reason}")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


# Postmark: signs nothing, but sends a name and a password (RFC 7617, HTTP basic authentication).


def postmark_gate(username: str, password: Secret) -> Gate:
    """Return the gate that admits requests with the name and the password."""
    expected = hashlib.sha256(f"{username}:{password.reveal()}".encode()).digest()

    async def admit(incoming: Incoming) -> bytes:
        scheme, _, credentials = incoming.headers.get("authorization", "").partition(" ")
        digest = hashlib.sha256(_decoded(credentials.strip()) or b"").digest()  # of the same length as the right one
        if not hmac.compare_digest(digest, expected) or scheme.lower() != "basic":
            raise Refused("its name and password are not those of [webhooks.postmark]", status=401)
        return incoming.body

    return admit


# SendGrid: its signed event webhook, ECDSA over the timestamp and the body as it came.

SENDGRID_OLDEST: Final = timedelta(hours=25)
SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


def sendgrid_gate(public_key: str) -> Gate:
    """Return the gate that admits requests that SendGrid signed; the key is as SendGrid shows it."""
    verify = load_public_key(public_key)

    async def admit(incoming: Incoming) -> bytes:
        stamp = incoming.headers.get(TIMESTAMP, "")
        signature = _decoded(incoming.headers.get(SIGNATURE, ""))
        if signature is None:
            raise Refused("its signature cannot be read")
        if not signature:
            raise Refused("it is not signed; is the Signed Event Webhook enabled at SendGrid?")
        if not verify(signature, stamp.encode("latin-1", "replace") + incoming.body):
            raise Refused("its signature is not genuine; is public_key the one that SendGrid shows now?")
        incoming.refuse_stale(Node(stamp).time, SENDGRID_OLDEST)
        return incoming.body

    return admit


# Mailgun: an HMAC over a timestamp and a token in the body.

MAILGUN_OLDEST: Final = timedelta(hours=9)
_MOST_TOKENS: Final = 100_000


def mailgun_gate(signing_key: Secret) -> Gate:
    """Return the gate that admits requests that Mailgun signed, each token with one body only."""
    bodies: dict[bytes, bytes] = {}

    async def admit(incoming: Incoming) -> bytes:
        signed = parse_json(incoming.body)["signature"]
        stamp, token = signed["timestamp"], signed["token"]
        text = (stamp.text + token.text).encode()
        expected = hmac.new(signing_key.reveal().encode(), text, hashlib.sha256).hexdigest()
        if not token.text or not hmac.compare_digest(expected.encode(), signed["signature"].text.lower().encode()):
            raise Refused("its signature is not genuine; is the signing key the HTTP webhook signing key?")
        incoming.refuse_stale(stamp.time, MAILGUN_OLDEST)
        name, digest = hashlib.sha256(token.text.encode()).digest(), hashlib.sha256(incoming.body).digest()
        if bodies.setdefault(name, digest) != digest:
            raise Refused("its token came with another event before")
        if len(bodies) > _MOST_TOKENS:
            del bodies[next(iter(bodies))]
        return incoming.body

    return admit


# SES: its events come through Amazon SNS, whose signature is checked before anything in them is trusted.
#
# On time: SNS repeats a message for an hour with the Timestamp of its publication, so with the five minutes of
# events would be lost while this server is restarted. An event is identified by its id for good, so a
# repetition changes nothing; two hours limit how long a stranger's copy is accepted.
# Gap: with “raw message delivery” SNS signs nothing; such requests are refused.

SNS_OLDEST: Final = timedelta(hours=2)
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

Get = Callable[[str], Awaitable[Fetched]]


@dataclass(slots=True)
class SesGate:
    """Admits messages that SNS signed for one of these topics; `get` fetches an address over https."""

    topics: tuple[str, ...]
    get: Get
    _certificates: dict[str, Certificate] = field(default_factory=dict)
    _failed: dict[str, float] = field(default_factory=dict)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def admit(self, incoming: Incoming) -> bytes:
        """Return the event of a genuine notification; confirm a subscription to one of our topics."""
        node = parse_json(incoming.body)
        kind = node["Type"].text
        if kind not in SIGNED:
            raise Refused("it is not an SNS notification; is “raw message delivery” off?")
        # The signed text is a sequence of names and values. A missing field would be unsigned, and its name and value
        # could be inside the value of the field before it. Only the subject may be missing.
        for name in (*SIGNED[kind], "Signature", "SignatureVersion", "SigningCertURL"):
            if not isinstance(node[name].value, str) and not (name == "Subject" and not node.has(name)):
                raise Refused(f"its {name} is not a string")
        if node["TopicArn"].text not in self.topics:
            raise Refused("its topic is not in [webhooks.ses] topics")
        incoming.refuse_stale(node["Timestamp"].time, SNS_OLDEST)
        await self._check_signature(node, incoming)
        if kind == "SubscriptionConfirmation":
            if not is_at_sns(url := node["SubscribeURL"].long_text):
                raise Refused("the confirmation address is not at SNS")
            answer = await self._get(url)
            if answer.status != 200:
                raise NotNow(f"SNS did not take the confirmation ({answer.status})")
            return b""
        if kind == "Notification":  # without the link to end the subscription
            return node["Message"].long_text.encode()
        ended = {"eventType": "Type", "topic": "TopicArn", "at": "Timestamp", "id": "MessageId"}
        return json.dumps({key: node[name].text for key, name in ended.items()}).encode()

    async def _check_signature(self, node: Node, incoming: Incoming) -> None:
        url = node["SigningCertURL"].long_text
        if not is_signing_certificate(url):
            raise Refused("its certificate is not at SNS")
        certificate = self._certificates.get(url) or await self._fetch(url)
        if not certificate.not_before <= incoming.now <= certificate.not_after:
            raise Refused("its certificate is not valid today")
        verify = certificate.verify.get(node["SignatureVersion"].text)
        signature = _decoded(node["Signature"].long_text)
        if signature is None:
            raise Refused("its signature cannot be read")
        # “Verifying the signatures of Amazon SNS messages”, step “string to sign”: names and values, a line each
        names = [name for name in SIGNED[node["Type"].text] if node.has(name)]  # the subject if there is one
        signed = "".join(f"{name}\n{node[name].value}\n" for name in names).encode("utf-8", "replace")
        if verify is None or not verify(signature, signed):
            raise Refused("its signature is not genuine")

    async def _fetch(self, url: str) -> Certificate:
        """Fetch and cache a certificate; one at a time, so that a stranger cannot make this server fetch in a loop."""
        async with self._one_at_a_time:
            known = self._certificates.get(url)
            if known is not None:
                return known
            if time.monotonic() < self._failed.get(url, 0.0):
                raise NotNow("the certificate of SNS could not be fetched just now")
            if len(self._failed) >= _MOST_KEPT:
                self._failed.clear()
            self._failed[url] = time.monotonic() + _NOT_AGAIN_S  # unless it succeeds
            answer = await self._get(url)
            certificate = load_certificate(answer.body) if answer.status == 200 else None
            if certificate is None:
                raise NotNow("what SNS serves is not a certificate")
            del self._failed[url]
            if len(self._certificates) >= _MOST_KEPT:
                self._certificates.clear()
            self._certificates[url] = certificate
            return certificate

    async def _get(self, url: str) -> Fetched:
        try:
            return await self.get(url)
        except Unreachable as error:
            raise NotNow(f"SNS cannot be reached: {error}") from None


def is_signing_certificate(url: str) -> bool:
    """Return whether an address is that of a certificate at SNS."""
    parts = urlsplit(url) if is_at_sns(url) else None
    return parts is not None and bool(_PEM.fullmatch(parts.path)) and not parts.query and not parts.fragment


def is_at_sns(url: str) -> bool:
    """Return whether an address is https and exactly at a host of SNS, without a port or user."""
    if len(url) > 2_000 or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc))


# Incoming: a request that has not been verified yet, and the two reasons to refuse it.
#
# The caller gets only the status. The reason is a sentence for the operator, and contains nothing of the
# request.

AHEAD = timedelta(minutes=5)  # clocks differ


class Refused(Exception):
    """The request is not genuine, or not for us. The text is for the operator."""

    def __init__(self, reason: str, *, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


class NotNow(Exception):
    """The request cannot be verified now, and should be posted again. The text is for the operator."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The headers (names in lower case), the raw body, and the time of arrival."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    now: datetime

    def refuse_stale(self, at: datetime | None, oldest: timedelta) -> None:
        """Refuse a request that was signed too long ago, or in the future. Raises Refused: it was, or has no time."""
        if at is None:
            raise Refused("its time cannot be read")
        if at < self.now - oldest:
            raise Refused("it was signed too long ago; is this machine's clock right?")
        if at > self.now + AHEAD:
            raise Refused("it was signed in the future; is this machine's clock right?")


# Signatures, verified with `cryptography`, an extra that is imported only here, when the server starts.

_INSTALL = "pip install 'mailer[webhooks]'"
Verify = Callable[[bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's validity, and its signature checks by SignatureVersion: `1` SHA-1, `2` SHA-256.

    SNS signs with SHA-1 unless a topic is set otherwise; a forger would need a second text for a digest that SNS chose,
    which is not feasible.
    """

    not_before: datetime
    not_after: datetime
    verify: dict[str, Verify] = field(repr=False)


def require_cryptography(relay: str) -> None:
    """Raise `ConfigProblem`, whose hint names the extra, if signatures cannot be verified at all."""
    try:
        import cryptography  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise ConfigProblem(f"[webhooks.{relay}] needs one more package to check signatures", hint=_INSTALL) from None


def load_public_key(text: str) -> Verify:
    """Return the check of a DER signature over bytes, by a P-256 public key in base64 (SubjectPublicKeyInfo, DER).

    Raises ConfigProblem: the key is not valid, or the library is missing.
    """
    require_cryptography("sendgrid")
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - an extra

    try:
        key = serialization.load_der_public_key(_decoded(text) or b"")
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigProblem(
            "[webhooks.sendgrid] public_key: this is not SendGrid's key",
            hint="Copy the whole Verification Key: SendGrid → Settings → Mail Settings → Event Webhook.",
        )
    return _verify_by(lambda signature, data: key.verify(signature, data, ec.ECDSA(hashes.SHA256())))


def _verify_by(check: Callable[[bytes, bytes], None]) -> Verify:
    """Return a check that returns whether a signature is genuine, instead of raising."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    def verify(signature: bytes, data: bytes) -> bool:
        try:
            check(signature, data)
        except InvalidSignature:
            return False
        return True

    return verify


def load_certificate(pem: bytes) -> Certificate | None:
    """Parse a certificate with an RSA key; None if it could not sign for SNS."""
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415 - an extra

    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        return None

    def by(algorithm: hashes.HashAlgorithm) -> Verify:
        return _verify_by(lambda signature, data: key.verify(signature, data, padding.PKCS1v15(), algorithm))

    checks = {"1": by(hashes.SHA1()), "2": by(hashes.SHA256())}  # noqa: S303 - see the class: SNS's own choice
    return Certificate(found.not_valid_before_utc, found.not_valid_after_utc, checks)


# Checking: what to enter at each relay so that it posts events, and what is missing here. Contacts no relay. The steps
# at each relay are data (`words/webhooks.toml`).

_SHORT: Final = 16  # characters of a password that only a machine sends


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide for a relay: its name, the steps ({url} and {user} are filled in), events to choose or leave out."""

    name: str
    steps: Sequence[str]
    choose: Sequence[str]
    leave: Sequence[str]
    table: str


GUIDES: Final[Mapping[str, Guide]] = {
    relay: Guide(**guide) for relay, guide in read_section("webhooks", "guides").items()
}
# Relays by a part of their host, or by their preset.
_HOSTS: Final[Mapping[str, str]] = {
    "amazonaws.com": "ses",
    "amazon-ses": "ses",
    "sendgrid": "sendgrid",
    "mailgun": "mailgun",
    "postmark": "postmark",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A relay: the address to enter there (empty if unknown), its steps, what was found, and what is wrong here."""

    relay: str
    url: str
    steps: tuple[str, ...]
    found: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def guide(self) -> Guide:
        """Return the guide for this relay."""
        return GUIDES[self.relay]


def hook_url(base_url: str, relay: str) -> str:
    """Return the address that a relay posts to, beside the opt-out page at `[optout] base_url`; empty without one."""
    base = base_url.rstrip("/").removesuffix("/o")
    return f"{base}/hooks/{relay}" if base else ""


def check_webhooks(settings: Settings, root: Path, environ: Mapping[str, str]) -> tuple[Check, ...]:
    """Check each relay with webhooks in mailer.toml; `root` is the workspace's folder.

    Reads secrets and keeps none; calls no relay and changes nothing.
    """
    base_url = settings.optout.base_url
    checks: list[Check] = []
    for relay, hook in settings.webhooks:
        if not hook.is_on:
            continue
        alone = Webhooks(**{relay: hook})  # so that a problem of one hides no other
        url = hook_url(base_url, relay)
        shown = {"url": url or "https://YOUR-HOST/hooks/" + relay, "user": alone.postmark.username}
        steps = tuple(step.format(**shown) for step in GUIDES[relay].steps)
        wrong = [] if url else ['no public address is known: [optout] base_url = "https://YOUR-HOST/o"']
        found: tuple[str, ...] = ()
        try:
            secrets = read_hook_secrets(alone, root=root, environ=environ)
            make_gates(alone, secrets, get)  # fetches nothing before a request comes
        except ConfigProblem as problem:
            wrong.append(f"{problem.message}. {problem.hint}" if problem.hint else problem.message)
        else:
            found = {  # without showing any secret
                "ses": tuple(f"topic {topic}" for topic in alone.ses.topics),
                "sendgrid": ("public_key is a valid SendGrid key",),
                "mailgun": ("the signing key is there",),
                "postmark": (f"username {alone.postmark.username}, and the password is there",),
            }[relay]
            if secrets.postmark is not None and len(secrets.postmark.reveal()) < _SHORT:
                wrong.append(f"the password has fewer than {_SHORT} characters: it could be guessed")
        checks.append(Check(relay, url, steps, found, tuple(wrong)))
    return tuple(checks)


def likely_relays(settings: Settings) -> tuple[str, ...]:
    """Return the relays of mailer.toml that could post events but have no webhooks set up."""
    names = [f"{relay.host} {relay.preset}".lower() for relay in settings.relays.values()]
    likely = (relay for part, relay in _HOSTS.items() if any(part in name for name in names))
    return tuple(dict.fromkeys(relay for relay in likely if relay not in settings.webhooks.names))
