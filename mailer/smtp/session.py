"""Session: one secured, logged-in connection to the relay.

Owns aiosmtplib, the order of commands, and the time-outs of RFC 5321 §4.5.3.2. Gives every reply with its stage, which
`sendmail()` hides: a drop at RCPT is safe to retry, a drop after the body is not (standards S5). Never decides what a
reply means, never falls back to clear text (standards S1), never writes a body before it is told that it may.
Raises `RelayRefusal` while connecting; afterwards what the relay says is a value.

MTA-STS and DANE are for servers among themselves; a submission client gains nothing from them (standards S2).
Gaps: one command at a time; AUTH is PLAIN, LOGIN or CRAM-MD5, whichever the relay offers.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import socket
import ssl
from collections.abc import Awaitable, Callable

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from mailer.envelope import Envelope
from mailer.errors import RelayUnavailable
from mailer.reply import Reply, Stage
from mailer.settings import Relay, Secret, Security

_DOTS = re.compile(rb"(?m)^\.")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class RelayRefusal(RelayUnavailable):
    """The relay could not be reached, secured or logged in to; `reply` has the stage and the relay's words."""

    def __init__(self, reply: Reply, message: str, *, hint: str = "") -> None:
        """Take the reply and a sentence for the operator."""
        super().__init__(message, hint=hint)
        self.reply = reply


class Session:
    """A connection that messages can be submitted on, made by `open_session`."""

    def __init__(self, client: aiosmtplib.SMTP, relay: Relay) -> None:
        """Take a client that is connected, secured and logged in."""
        self._client = client
        self._relay = relay
        self.sent = 0

    @property
    def usable(self) -> bool:
        """Say whether another message may be submitted on it."""
        return self._client.is_connected and self.sent < self._relay.messages_per_connection

    @property
    def takes_smtputf8(self) -> bool:
        """Say whether the relay can take a non-ASCII local part (RFC 6531)."""
        return self._client.supports_extension("smtputf8")

    @property
    def size_limit(self) -> int:
        """Give the largest message in bytes that the relay announced (RFC 1870); 0 for none."""
        text = self._client.esmtp_extensions.get("size", "")
        return int(text) if text.isdigit() else 0

    async def send(self, envelope: Envelope, *, may_write: Callable[[], Awaitable[bool]]) -> Reply | None:
        """Submit one message, and give the reply that settles it.

        `may_write` is awaited between the relay's 354 and the first body byte: it makes the attempt durable. Where it
        says no, the connection is closed without a final dot, so that the relay discards the message
        (RFC 5321 §4.1.1.10), and None is given. A reply with code 0 means that the relay said nothing.
        """
        self.sent += 1
        try:
            return await self._submit(envelope, may_write)
        except BaseException:
            # nobody knows where the relay is now; after a 354 even QUIT would be a line of the body
            self._client.close()
            raise

    async def _submit(self, envelope: Envelope, may_write: Callable[[], Awaitable[bool]]) -> Reply | None:
        for stage, command in self._commands(envelope):
            reply = await self._command(stage, command)
            if reply.code // 100 not in {2, 3}:
                await self._reset(reply)
                return reply
        if not await may_write():
            self._client.close()
            return None
        return await self._body(envelope.data)

    async def close(self) -> None:
        """Say goodbye, or just go where nobody listens any more."""
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await self._client.quit(timeout=self._relay.timeouts.connect_s)
        self._client.close()

    def abandon(self) -> None:
        """Close at once, without a word."""
        self._client.close()

    def _commands(self, envelope: Envelope) -> list[tuple[Stage, bytes]]:
        utf8 = " SMTPUTF8" if envelope.needs_smtputf8 else ""
        size = f" SIZE={len(envelope.data)}" if self._client.supports_extension("size") else ""
        return [
            (Stage.MAIL, f"MAIL FROM:<{_path(envelope.mail_from)}>{size}{utf8}".encode()),
            (Stage.RCPT, f"RCPT TO:<{_path(envelope.rcpt_to)}>".encode()),
            (Stage.DATA, b"DATA"),
        ]

    async def _command(self, stage: Stage, command: bytes) -> Reply:
        timeouts = self._relay.timeouts
        limit = timeouts.data_s if stage is Stage.DATA else timeouts.command_s
        try:
            answer = await self._client.execute_command(command, timeout=limit)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._client.close()
            return Reply(stage, 0, _said(error))
        if not _fits(stage, answer.code):
            self._client.close()
            return Reply(stage, 0, f"the relay answered {stage.upper()} out of step: {answer.code}")
        if self._said_more():
            self._client.close()
            return Reply(stage, 0, f"the relay answered {stage.upper()} twice")
        return Reply(stage, answer.code, _clean(answer.message))

    def _said_more(self) -> bool:
        """Say whether a reply is left over: it would be taken for the answer to the next command, about another person.

        aiosmtplib keeps it and has no question for it.
        """
        return bool(getattr(self._client.protocol, "_buffer", b""))

    async def _reset(self, reply: Reply) -> None:
        """Bring the connection back to where a new MAIL is welcome, or close it (standards S12)."""
        if (
            reply.code in {0, 421}
            or not self._client.is_connected
            or (await self._command(Stage.MAIL, b"RSET")).code // 100 != 2
        ):
            self._client.close()

    async def _body(self, data: bytes) -> Reply:
        """Write body and final dot; lines that begin with a dot get a second one (RFC 5321 §4.5.2, standards S16)."""
        protocol = self._client.protocol
        if protocol is None:
            # closed while the attempt was being written down: no byte went out
            return Reply(Stage.DATA, 0, "the connection was closed before the body")
        try:
            protocol.write(_DOTS.sub(b"..", data) + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"))
        except aiosmtplib.SMTPServerDisconnected as error:
            return Reply(Stage.DATA, 0, _said(error))  # the connection was gone before the first byte
        try:
            answer = await _reply_to_body(protocol, self._relay.timeouts.body_s)
        except aiosmtplib.SMTPResponseException as error:
            self._client.close()
            return Reply(Stage.BODY, 0, f"the relay's answer cannot be read: {error.message}")
        except (aiosmtplib.SMTPException, OSError) as error:
            self._client.close()
            return Reply(Stage.BODY, 0, _said(error))
        fits = _fits(Stage.BODY, answer.code)
        if answer.code == 421 or not fits or self._said_more():
            self._client.close()
        if not fits:
            return Reply(Stage.BODY, 0, f"the relay answered the body out of step: {answer.code}")
        return Reply(Stage.BODY, answer.code, _clean(answer.message))


def _fits(stage: Stage, code: int) -> bool:
    """Say whether a code can answer a command at all (RFC 5321 §4.3.2): to DATA yes is 354, to all others 2xx.

    What is out of step is no reply: it must neither settle a person's delivery nor let a body go out.
    """
    yes = code == 354 if stage is Stage.DATA else 200 <= code < 300
    return yes or 400 <= code < 600


async def _reply_to_body(protocol: SMTPProtocol, timeout_s: float) -> aiosmtplib.SMTPResponse:
    return await protocol.read_response(timeout=timeout_s)


async def open_session(relay: Relay, password: Secret | None) -> Session:
    """Connect to the relay, secure the connection and log in.

    Raises:
        RelayRefusal: with the stage at which it ended; nothing of a message was sent.
    """
    context = _tls_context(relay)
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
        await client.connect()
        stage = Stage.EHLO
        await client.ehlo()
        if relay.security is Security.STARTTLS:
            stage = Stage.STARTTLS
            await client.starttls()
            stage = Stage.EHLO
            await client.ehlo()  # RFC 3207 §4.2: what was offered in clear text is forgotten
        if relay.username and password is not None:
            stage = Stage.AUTH
            await _log_in(client, relay.username, password)
    except (aiosmtplib.SMTPException, OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot be one
        client.close()
        raise _refusal(relay, stage, error, password) from None
    except asyncio.CancelledError:
        client.close()
        raise
    return Session(client, relay)


async def _log_in(client: aiosmtplib.SMTP, username: str, password: Secret) -> None:
    """Log in once, with the first method that the relay offers.

    The library would try a refused password with every method, and a few wrong ones lock the account (standards S7).
    """
    methods = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [method for name, method in methods.items() if name in client.server_auth_methods]
    if not offered:
        # the code that RFC 4954 §4 has for a method that the server does not know
        raise aiosmtplib.SMTPAuthenticationError(504, f"it offers none of {', '.join(methods).upper()}")
    await offered[0](username, password.reveal())


def _tls_context(relay: Relay) -> ssl.SSLContext | None:
    if relay.security is Security.PLAIN:
        return None
    try:
        context = ssl.create_default_context(cafile=relay.ca_file or None)
    except (OSError, ssl.SSLError):
        reply = Reply(Stage.STARTTLS, 0, "ca_file")
        raise RelayRefusal(reply, f"relay {relay.key}: ca_file {relay.ca_file} is not a file of certificates") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refusal(relay: Relay, stage: Stage, error: Exception, password: Secret | None) -> RelayRefusal:
    """Say in one sentence what failed, and what the operator can do. Never repeats what was sent (standards S3)."""
    code, text = 0, _said(error)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        code, text = error.code if 200 <= error.code < 600 else 0, _clean(error.message)
    if password is not None:
        text = _without(text, relay.username, password.reveal())
    insecure = _tls_error(error) if stage in {Stage.CONNECT, Stage.STARTTLS} else None
    if insecure is not None:
        stage, text = Stage.STARTTLS, _tls_words(insecure)
    name = f"relay {relay.key} ({relay.host}:{relay.port_number})"
    sentence, hint = _SENTENCES[stage]
    said = f"{code} {text}".strip() if code else text
    return RelayRefusal(Reply(stage, code, text), f"{name} {sentence}: {' '.join(said.split())}", hint=hint)


def _without(text: str, username: str, password: str) -> str:
    """Blot out a password, also in the forms in which it was sent: some relays echo the line that they refuse."""
    forms = (password, f"\0{username}\0{password}")
    for form in (password, *(base64.b64encode(each.encode()).decode("ascii") for each in forms)):
        text = text.replace(form, "***")
    return text


_SENTENCES = {
    Stage.CONNECT: ("cannot be reached", "Check host, port and the network; then run the same command again."),
    Stage.EHLO: ("does not talk to us", "Try again later; if it stays so, ask whoever runs the relay."),
    Stage.STARTTLS: (
        "cannot be made secure, so nothing was sent",
        'security = "implicit" is for port 465, "starttls" for 587; a certificate of your own needs ca_file.',
    ),
    Stage.AUTH: ("refused the login", "Check username and password; some providers want an app password."),
}


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return f"no TLS handshake ({(error.reason or type(error).__name__).replace('_', ' ').lower()})"


_CAUSES: dict[type[Exception], str] = {
    ConnectionRefusedError: "nothing answers there (connection refused)",
    socket.gaierror: "this name is not known",
    ConnectionResetError: "the connection was cut",
}


def _said(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    known = next((words for kind, words in _CAUSES.items() if isinstance(cause, kind)), "")
    text = known or " ".join(str(error).split()) or type(error).__name__
    return _clean(text)


def _clean(text: str) -> str:
    """Make a relay's words storable and showable: no control characters, no bytes that are no UTF-8.

    aiosmtplib keeps the latter as lone surrogates; PostgreSQL takes no NUL, a terminal obeys an escape.
    """
    return _UNSTORABLE.sub("?", text)


def _path(address: str) -> str:
    """Let no control character or blank into a command (standards S16); addresses were checked long before."""
    if _CONTROL.search(address):
        raise ValueError("an address with control characters reached the wire")
    return address
