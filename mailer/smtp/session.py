"""Session: how one secured, logged-in connection to the relay comes about.

Owns aiosmtplib, which connects, secures and logs in; then `pipeline` takes the transport over and submits. Every reply
comes with its stage, which `sendmail()` hides: a drop at RCPT is safe to retry, a drop after the body is not
(standards S5). Never decides what a reply means, never falls back to clear text (standards S1).
Raises `RelayRefusal` while connecting; afterwards what the relay says is a value.

MTA-STS and DANE are for servers among themselves; a submission client gains nothing from them (standards S2).
`login` has the methods of AUTH.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import cast

import aiosmtplib

from mailer.errors import ConfigProblem, RelayUnavailable
from mailer.frozen import dataclass
from mailer.platform.network import CAUSES, tls_context
from mailer.reply import Reply, Stage
from mailer.settings import Relay, Secret, Security
from mailer.smtp.pipeline import Session
from mailer.smtp.wire import Nonsense, Silence, Wire, abort, clean


class RelayRefusal(RelayUnavailable):
    """The relay could not be reached, secured or logged in to; `reply` has the stage and the relay's words."""

    def __init__(self, reply: Reply, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reply = reply


async def open_session(relay: Relay, password: Secret | None) -> Session:
    """Connect to the relay, secure the connection and log in: with a password, or an access token (`Relay.oauth`).

    Raises:
        RelayRefusal: with the stage at which it ended; nothing of a message was sent.
    """
    context = None
    try:
        if relay.security is not Security.PLAIN:
            context = tls_context(relay.ca_file, f"relay {relay.key}: ")
    except ConfigProblem as problem:
        raise RelayRefusal(Reply(Stage.STARTTLS, 0, "ca_file"), problem.message) from None
    client = aiosmtplib.SMTP(
        hostname=relay.host.strip("[]"),
        port=relay.port_number,
        use_tls=relay.security is Security.IMPLICIT,
        start_tls=False,  # done below, so that its failure is known as one of STARTTLS
        tls_context=context,
        local_hostname=relay.ehlo_name or "[127.0.0.1]",  # not the laptop's own name (standards S17)
        timeout=relay.timeouts.connect_s,
    )
    stage = Stage.CONNECT
    try:
        greeting = clean((await client.connect()).message)
        stage = Stage.EHLO
        await client.ehlo()
        if relay.security is Security.STARTTLS:
            stage = Stage.STARTTLS
            await client.starttls()
            stage = Stage.EHLO
            await client.ehlo()  # RFC 3207 §4.2: what was offered in clear text is forgotten
        if relay.username and password is not None:
            stage = Stage.AUTH
            await log_in(client, relay, password)
        session = _take_over(client, relay, greeting)
    except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot be one
        _drop(client)
        raise _refusal(relay, stage, error, password) from None
    except asyncio.CancelledError:
        _drop(client)
        raise
    return session


def _drop(client: aiosmtplib.SMTP) -> None:
    """Close at once: the end of TLS in good order would wait for a relay that may never answer it."""
    transport = client.transport
    client.close()
    if transport is not None:
        abort(cast("asyncio.Transport", transport))


def _take_over(client: aiosmtplib.SMTP, relay: Relay, greeting: str) -> Session:
    """Detach the transport from the client, which reads one reply at a time, and leave it nothing to close or read.

    Raises:
        SMTPServerDisconnected: the relay hung up meanwhile.
    """
    transport, protocol = client.transport, client.protocol
    if transport is None or transport.is_closing():
        raise aiosmtplib.SMTPServerDisconnected("the relay closed the connection")
    offers = dict(client.esmtp_extensions)
    # aiosmtplib keeps what was said beyond its last question, and has no question for it
    already = bytes(getattr(protocol, "_buffer", b""))
    wire = Wire(cast("asyncio.Transport", transport), already)  # uvloop's transports are no subclass of it
    client.transport = None
    client.close()
    return Session(wire, relay, offers, greeting)


def _refusal(relay: Relay, stage: Stage, error: Exception, password: Secret | None) -> RelayRefusal:
    """Return in one sentence what failed and what the operator can do. Never repeats what was sent (standards S3)."""
    code, text = 0, _said(error)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        code, text = error.code if 200 <= error.code < 600 else 0, clean(error.message)
    if password is not None:
        text = password.hide_in(text)  # some relays echo the line that they refuse
    insecure = _tls_words(error) if stage in {Stage.CONNECT, Stage.STARTTLS} else ""
    if insecure:
        stage, text = Stage.STARTTLS, insecure
    name = f"relay {relay.key} ({relay.host}:{relay.port_number})"
    sentence, hint = _SENTENCES[stage]
    if stage is Stage.AUTH and relay.oauth.is_on:
        hint = _TOKEN_HINT
    said = f"{code} {text}".strip() if code else text
    return RelayRefusal(Reply(stage, code, text), f"{name} {sentence}: {' '.join(said.split())}", hint=hint)


_SENTENCES = {
    Stage.CONNECT: ("cannot be reached", "Check host, port and the network; then run the same command again."),
    Stage.EHLO: ("does not talk to us", "Try again later; if it persists, ask the relay's operator."),
    Stage.STARTTLS: (
        "cannot be made secure, so nothing was sent",
        'security = "implicit" is for port 465, "starttls" for 587; a certificate of your own needs ca_file.',
    ),
    Stage.AUTH: ("refused the login", "Check username and password; some providers want an app password."),
}
_TOKEN_HINT = (
    "The access token is good, but not for this: check username and scope, and that the provider lets this mailbox "
    "send by SMTP AUTH."
)


def _tls_words(error: BaseException | None) -> str:
    """Return what is wrong with TLS, where that is what failed; empty where it is not."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return f"no TLS handshake ({(error.reason or type(error).__name__).replace('_', ' ').lower()})" if error else ""


def _said(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    known = next((words for kind, words in CAUSES.items() if isinstance(cause, kind)), "")
    text = known or " ".join(str(error).split()) or type(error).__name__
    return clean(text)


# Login: SASL with the relay, once, with one method that it offers.

_LINE = 510  # octets of a command without CRLF, RFC 5321 §4.5.3.1.4
_CONTINUE, _DONE = 334, 235


async def log_in(client: aiosmtplib.SMTP, relay: Relay, secret: Secret) -> None:
    """Log in with a password, or with an access token where the relay's settings speak of OAuth.

    Raises:
        SMTPAuthenticationError: the relay offers no method of ours (504, RFC 4954 §4), or refused what it was shown.
    """
    methods: Mapping[str, Callable[[], Awaitable[object]]]
    if relay.oauth.is_on:
        bearer = f"auth=Bearer {secret.reveal()}\x01\x01"
        xoauth2 = f"user={relay.username}\x01{bearer}"  # developers.google.com/gmail/imap/xoauth2-protocol
        name = relay.username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 §4
        where = f"host={relay.host.strip('[]')}\x01port={relay.port_number}"
        oauthbearer = f"n,a={name},\x01{where}\x01{bearer}"  # RFC 7628 §3.1
        # XOAUTH2 first: Google and Microsoft document it, and some servers offer OAUTHBEARER in name only
        methods = {
            "xoauth2": lambda: _show(client, "XOAUTH2", xoauth2.encode(), b""),
            "oauthbearer": lambda: _show(client, "OAUTHBEARER", oauthbearer.encode(), b"AQ=="),
        }
    else:
        name, password = relay.username, secret.reveal()
        methods = {
            "plain": lambda: client.auth_plain(name, password),
            "login": lambda: client.auth_login(name, password),
            "cram-md5": lambda: client.auth_crammd5(name, password),
        }
    offered = [method for name, method in methods.items() if name in client.server_auth_methods]
    if not offered:
        raise aiosmtplib.SMTPAuthenticationError(504, f"it offers none of {', '.join(methods).upper()}")
    await offered[0]()


async def _show(client: aiosmtplib.SMTP, method: str, words: bytes, surrender: bytes) -> None:
    """Send the words. A refusal comes as a question, and as a code once that is answered with `surrender`."""
    said, command = base64.b64encode(words), f"AUTH {method}".encode()
    if len(command) + 1 + len(said) <= _LINE:
        response = await client.execute_command(command, said)
    else:
        # RFC 4954 §4: what is too long for a command goes on a line of its own
        response = await client.execute_command(command)
        if response.code == _CONTINUE:
            response = await client.execute_command(said)
    if response.code == _CONTINUE:
        response = await client.execute_command(surrender)
    if response.code != _DONE:
        raise aiosmtplib.SMTPAuthenticationError(response.code, response.message)


# Probe: a look at a relay over an open session, which submits nothing: never RCPT or DATA.


@dataclass(frozen=True, slots=True)
class Probed:
    """What a look found beside what the session has: `expires_at` is None without TLS, `sender` if nobody asked."""

    session: Session
    address: str = ""
    tls: str = ""
    expires_at: datetime | None = None
    names: tuple[str, ...] = ()
    sender: Reply | None = None


async def probe_session(session: Session, *, mail_from: str = "", limit_s: float = 30.0) -> Probed:
    """Check a relay, and say goodbye. `mail_from` is offered to it where given (answered, then RSET)."""
    peer, secured = (session.wire.about(what) for what in ("peername", "ssl_object"))
    tls, expires_at, sender = "", None, None
    names: tuple[str, ...] = ()
    if isinstance(secured, ssl.SSLObject):
        found = secured.getpeercert() or {}
        until = found.get("notAfter")
        tls = secured.version() or ""
        expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None
        alternatives = found.get("subjectAltName", ())
        names = tuple(str(pair[1]) for pair in alternatives if isinstance(pair, tuple) and len(pair) == 2)
    if mail_from:
        try:
            session.wire.write(b"MAIL FROM:<%b>\r\n" % mail_from.encode("utf-8"), replies=1)
            said = await session.wire.answer(limit_s)
            session.wire.write(b"RSET\r\n", replies=1)
            await session.wire.answer(limit_s)
            sender = Reply(Stage.MAIL, said.code, said.text)
        except (Silence, Nonsense) as error:
            sender = Reply(Stage.MAIL, 0, str(error))
    await session.close()
    return Probed(
        session,
        str(peer[0]) if isinstance(peer, tuple) else "",
        tls=tls,
        expires_at=expires_at,
        names=names,
        sender=sender,
    )
