"""Relays that post: the routes on a real socket, keys made for the test, and SNS's certificates over real TLS."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from mailer.cli.office import writing_office
from mailer.config.secrets import read_hook_secrets
from mailer.fetch import Fetched, get
from mailer.public.app import Guard, Manner, Tally
from mailer.public.webhooks import webhook_routes
from tests.office import Desk, environment
from tests.servers import HOST, Certificates, make_certificates

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
CERT_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-7741.pem"
SUBSCRIBE_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=wick"
MAILGUN_KEY = "key-of-wick-and-oil"
POSTMARK = ("postmark", "Möwe: wick")
_SENDGRID_KEY = generate_private_key(SECP256R1())
_RSA = generate_rsa(public_exponent=65537, key_size=2048)


def sendgrid_public_key() -> str:
    der = _SENDGRID_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def toml() -> str:
    """Return the tables of all four relays."""
    return f"""
[webhooks.ses]
topics = ["{TOPIC}"]

[webhooks.sendgrid]
public_key = "{sendgrid_public_key()}"

[webhooks.mailgun]
signing_key_env = "MAILGUN_KEY"

[webhooks.postmark]
username = "{POSTMARK[0]}"
password_env = "POSTMARK_PASSWORD"
"""


ENVIRON = {"MAILGUN_KEY": MAILGUN_KEY, "POSTMARK_PASSWORD": POSTMARK[1]}


def make_pem(*, key: RSAPrivateKey = _RSA, days: tuple[int, int] = (-1, 30)) -> bytes:
    """Make a certificate that holds from so many days to so many days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.example.org")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7741)
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM)


@dataclass(slots=True)
class Sns:
    """SNS's own server: what lies there by path, what was asked, and the way to it for `get_over_https`."""

    certificates: Certificates
    ca_file: str
    lies: dict[str, bytes] = field(default_factory=lambda: {"/SimpleNotificationService-7741.pem": make_pem()})
    asked: list[str] = field(default_factory=list)
    port: int = 0
    status: int = 200

    async def get(self, url: str) -> Fetched:
        """Ask for an address of SNS here instead."""
        assert url.startswith("https://sns.eu-west-1.amazonaws.com/")
        rest = url.removeprefix("https://sns.eu-west-1.amazonaws.com")
        return await get(f"https://{HOST}:{self.port}{rest}", ca_file=self.ca_file, limit_s=60)


@contextlib.contextmanager
def running_sns(folder: Path) -> Iterator[Sns]:
    certificates = make_certificates()
    certificates.authority.cert_pem.write_to_path(folder / "sns-ca.pem")
    state = Sns(certificates, str(folder / "sns-ca.pem"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = state.lies.get(self.path.partition("?")[0], b"<ConfirmSubscriptionResponse/>")
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.socket = certificates.server.wrap_socket(server.socket, server_side=True)
    state.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), name="sns")
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(slots=True)
class Hooks:
    """The routes, listening; `said` is what the operator was told."""

    port: int
    said: list[str]

    def post(self, relay: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST") -> int:
        """Post as a relay does, and give the status."""
        return self.ask(relay, body, headers, method)[0]

    def ask(
        self, relay: str, body: bytes, headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> tuple[int, dict[str, str], bytes]:
        """Post, and give status, headers and body of the answer."""
        client = http.client.HTTPConnection(HOST, self.port, timeout=120)
        with contextlib.closing(client):
            client.request(method, f"/hooks/{relay}", body, dict(headers or {}))
            answer = client.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@contextlib.contextmanager
def running_hooks(desk: Desk, sns: Sns | None = None, *, environ: Mapping[str, str] = ENVIRON) -> Iterator[Hooks]:
    """Serve a workspace's hooks until the block ends."""
    said: list[str] = []
    with environment({**environ, "MAILER_WORKSPACE": str(desk.root)}), writing_office() as (office, ledger):
        secrets = read_hook_secrets(office.settings.webhooks, desk.root, dict(environ))
        over_https = sns.get if sns is not None else None
        routes: list[BaseRoute] = [*webhook_routes(office, ledger, secrets, say=said.append, get_over_https=over_https)]
        with serving(Guard(Starlette(routes=routes), Tally(said.append), Manner())) as port:
            yield Hooks(port, said)


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[int]:
    """Run an app on uvicorn, in a thread; return the port."""
    with socket.create_server((HOST, 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="uvicorn")
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def now_stamp(back: timedelta = timedelta()) -> str:
    return str(int((datetime.now(UTC) - back).timestamp()))


def sns_message(
    message: bytes | str,
    *,
    key: RSAPrivateKey = _RSA,
    version: str = "1",
    back: timedelta = timedelta(),
    **changes: Any,
) -> dict[str, Any]:
    """Write a message of SNS and sign it; what is changed is changed before the signature."""
    at = (datetime.now(UTC) - back).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else message.decode(),
        "Timestamp": at,
        "SignatureVersion": version,
        "SigningCertURL": CERT_URL,
        **changes,
    }
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{told[name]}\n" for name in names if told.get(name) is not None)
    signature = key.sign(text.encode(), PKCS1v15(), SHA1() if version == "1" else SHA256())  # noqa: S303 - SNS's own
    return told | {"Signature": base64.b64encode(signature).decode()}


def sns_invitation(kind: str = "SubscriptionConfirmation", **changes: Any) -> dict[str, Any]:
    more = {"Type": kind, "Token": "wick", "SubscribeURL": SUBSCRIBE_URL, **changes}
    return sns_message("You have chosen to subscribe.", **more)


def sendgrid_headers(body: bytes, *, back: timedelta = timedelta()) -> dict[str, str]:
    stamp = now_stamp(back)
    signature = _SENDGRID_KEY.sign(stamp.encode() + body, ECDSA(SHA256()))
    return {
        "Content-Type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def mailgun_body(event: Mapping[str, Any], *, token: str = "t-1", back: timedelta = timedelta()) -> bytes:
    stamp = now_stamp(back)
    signature = hmac.new(MAILGUN_KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return json.dumps(
        {"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": event}
    ).encode()


def basic(username: str = POSTMARK[0], password: str = POSTMARK[1]) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}
