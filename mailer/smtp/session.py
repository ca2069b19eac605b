"""Session: one secured, logged-in connection to the relay, on which one message after the other is submitted.

aiosmtplib connects, secures and logs in; then its transport is taken over. The order of commands, which command each
reply answers, and the rules of RFC 2920 are here: where the relay offers PIPELINING, MAIL+RCPT+DATA are one segment
(two round trips a message), and those of the next envelope ride behind the final dot of this one (one round trip).
Otherwise, one command at a time. Never decides what a reply means for a recipient, never falls back to clear text
(RFC 8314), never writes a body before its caller allows it, never writes anything behind DATA before its reply.
Raises `RelayRefusal` while connecting; afterwards a relay's reply is a value. Every reply comes with its stage, which
`sendmail()` hides: a drop at RCPT is safe to retry, a drop after the body is not (RFC 5321 §4.5.3.2.6).

Whatever the relay answers, a message gets one reply, with its own stage, or code 0: no reply that can be trusted.
Replies are matched to commands by their order alone, so a group of replies is trusted only as a whole: where one cannot
answer its command (250 to DATA), another may have been surplus, and none of them settles a delivery.

MTA-STS and DANE are for servers among themselves; a submission client gains nothing from them.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TypeAlias, cast

import aiosmtplib

from mailer import lazy_re as re
from mailer.errors import ConfigProblem, RelayUnavailable
from mailer.frozen import dataclass
from mailer.platform.network import CAUSES, tls_context
from mailer.reply.values import Reply, Stage
from mailer.settings import Relay, Secret, Security
from mailer.smtp.wire import Nonsense, Silence, TimedOut, Wire, abort, clean, fits
from mailer.tokens import Envelope

MayWrite: TypeAlias = Callable[[], Awaitable[bool]]
_Command: TypeAlias = tuple[Stage | None, bytes]  # None is RSET, whose reply settles no delivery
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_DOTS = re.compile(rb"\n\.")
_GOODBYE_S = 1.0  # for the end of TLS, which nothing depends on
_CLOSING = 421  # RFC 5321 §3.8: may come at any point, to any command


class Together(Enum):
    """The ways in which several commands share one segment."""

    COMMANDS = auto()  # those of one message
    RIDE = auto()  # those of a message behind the body of the one before


class Step(Enum):
    """The next step after the answers so far."""

    ASK_ON = auto()
    WRITE_BODY = auto()
    RESET = auto()
    BARE_DOT = auto()
    CUT = auto()


def select_step(answers: Sequence[Reply]) -> Step:
    """Return the next step after answers that fit their commands, in the order of the commands.

    A 354 after a refusal is a body that the relay waits for. With no recipient accepted a dot ends it, and the answer
    to that dot means nothing (RFC 2920 §3.1); with one accepted, a dot would send an empty message.
    """
    by_stage = {answer.stage: answer for answer in answers}
    ready = Stage.DATA in by_stage and not _refuses(by_stage[Stage.DATA])
    if not any(map(_refuses, answers)):
        return Step.WRITE_BODY if ready else Step.ASK_ON
    if not ready:
        return Step.RESET
    return Step.BARE_DOT if _refuses(by_stage[Stage.RCPT]) else Step.CUT


class Session:
    """A connection on which messages are submitted, one `send` at a time; `open_session` makes it."""

    def __init__(self, wire: Wire, relay: Relay, offers: Mapping[str, str], greeting: str = "") -> None:
        """Hold a wire that is secured and logged in, and the extensions that the relay offers there, in lower case.

        `greeting` is the text of its first reply, which often begins with the relay's name.
        """
        self.wire = wire
        self.offers = offers
        self.greeting = greeting
        self.sent = 0
        self.takes_smtputf8 = "smtputf8" in offers  # a non-ASCII local part (RFC 6531)
        # the largest message in bytes that the relay announced (RFC 1870); 0 for none
        self.size_limit = int(offers["size"]) if offers.get("size", "").isdigit() else 0
        # how many messages the relay takes on one connection, as it announced (RFC 9422 §4.1); 0 for any
        limit = re.search(r"\bMAILMAX=(\d{1,6})\b", offers.get("limits", ""), re.IGNORECASE)
        self.mail_limit = int(limit[1]) if limit else 0
        self.answered: set[Together] = set()  # what the relay was seen to answer completely
        self.stalled: Together | None = None  # what it stopped answering, with the connection still there
        self._most = min(relay.messages_per_connection, self.mail_limit or relay.messages_per_connection)
        self._together = relay.pipelining == "auto" and "pipelining" in offers
        self._timeouts = relay.timeouts
        self._transaction = False  # a MAIL may be pending that must be reset before the next
        self._ridden: tuple[Envelope, list[_Command]] | None = None

    @property
    def usable(self) -> bool:
        """Return whether another message may be submitted on it."""
        return self._is_ready and self.sent < self._most

    @property
    def _is_ready(self) -> bool:
        return self.wire.alive and self.wire.surplus is None

    def restrain(self, *, messages: int = 0, one_at_a_time: bool = False) -> None:
        """Keep to what the relay was seen to take: so many messages (0: as before), one command at a time."""
        self._most = min(self._most, messages or self._most)
        self._together = self._together and not one_at_a_time

    async def send(self, envelope: Envelope, *, may_write: MayWrite, then: Envelope | None = None) -> Reply | None:
        """Submit one message, and return the reply that settles it.

        `may_write` is awaited between the relay's 354 and the first body byte: it makes the attempt durable. If it
        returns False, the connection is closed without a final dot, so that the relay discards the message
        (RFC 5321 §4.1.1.10), and the result is None. A reply with code 0 means that there was none that can be trusted.

        `then` is the envelope that will be sent next on this session: where the relay allows it, its commands ride
        behind this body. While the session is usable, the next `send` must then be of that same object; to send nothing
        more, close. Its body waits for a `may_write` of its own, after this message's reply.

        Raises:
            ValueError: an address holds a control character, or another envelope was announced; the connection is gone.
        """
        self.sent += 1
        try:
            return await self._submit(envelope, may_write, then if self.sent < self._most else None)
        except BaseException:
            # the relay's state is unknown now; after a 354 even QUIT would be a line of the body
            self.wire.cut()
            raise

    async def close(self) -> None:
        """Send QUIT where that can be understood, and close."""
        if not self._is_ready or self._ridden:
            self.wire.cut()
            return
        try:
            self.wire.write(b"QUIT\r\n", replies=1)
            await self.wire.answer(self._timeouts.connect_s)
            await self.wire.close(min(self._timeouts.connect_s, _GOODBYE_S))
        except (Silence, Nonsense):
            pass
        finally:  # also if the caller no longer waits for the end
            self.wire.cut()

    def abandon(self) -> None:
        """Close at once, without QUIT."""
        self.wire.cut()

    async def _submit(self, envelope: Envelope, may_write: MayWrite, then: Envelope | None) -> Reply | None:
        ridden, self._ridden = self._ridden, None
        if ridden is not None and ridden[0] is not envelope:
            raise ValueError("the commands of another envelope are on the wire")
        commands = ridden[1] if ridden else self._commands(envelope)
        following = self._commands(then) if then and self._together else []
        ride = b"".join([line for _, line in following])
        reply = self._unsolicited(()) or await self._ask(commands, written=ridden is not None) or self._trouble()
        if reply is not None:
            return reply
        if not await may_write():
            # without a final dot the relay discards the message (RFC 5321 §4.1.1.10)
            self.wire.cut()
            return None
        reply = self._trouble() or await self._body(envelope.data, ride)
        self._ridden = (then, following) if then and following and self.wire.alive else None
        return reply

    def _commands(self, envelope: Envelope) -> list[_Command]:
        utf8 = " SMTPUTF8" if envelope.needs_smtputf8 else ""
        size = f" SIZE={len(envelope.data)}" if "size" in self.offers else ""
        return [
            (Stage.MAIL, f"MAIL FROM:<{_path(envelope.mail_from)}>{size}{utf8}\r\n".encode()),
            (Stage.RCPT, f"RCPT TO:<{_path(envelope.rcpt_to)}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        ]

    async def _ask(self, commands: list[_Command], *, written: bool) -> Reply | None:
        """Write the commands, unless they rode, and read the answers; None if the relay waits for the body."""
        if self._transaction:
            commands.insert(0, (None, b"RSET\r\n"))
        self._transaction = False
        answers: list[Reply] = []
        for group in [commands] if self._together else [[command] for command in commands]:
            reply = await self._exchange(group, answers, written=written)
            if reply is not None:
                return reply
            step = select_step(answers)
            if step is Step.WRITE_BODY:
                return None
            if step is not Step.ASK_ON:
                await self._recover(step)
                return next(filter(_refuses, answers))
        raise AssertionError("DATA always brings a decision")

    async def _exchange(self, group: Sequence[_Command], answers: list[Reply], *, written: bool) -> Reply | None:
        """Write a group of commands, and append their answers; return a reply if the message ends here."""
        stage = group[0][0] or Stage.MAIL
        together = None if len(group) == 1 else Together.RIDE if written else Together.COMMANDS
        try:
            if not written:
                self.wire.write(b"".join(line for _, line in group), replies=len(group))
            for expected, _ in group:
                stage = expected or Stage.MAIL
                await self._answer(expected, answers)
            if together:
                self.answered.add(together)
        except Silence as failure:
            self.stalled = together if isinstance(failure, TimedOut) else None
            # an earlier refusal counts: some relays hang up after an address that they refuse
            self.wire.cut()
            return next(filter(_refuses, answers), None) or Reply(stage, 0, str(failure))
        except Nonsense as failure:
            self.wire.cut()
            return Reply(stage, 0, str(failure))
        return self._unsolicited(answers)

    async def _answer(self, stage: Stage | None, answers: list[Reply]) -> None:
        """Read the answer to one command, and append it, unless the command is RSET."""
        limit_s = self._timeouts.data_s if stage is Stage.DATA else self._timeouts.command_s
        reply = await self.wire.answer(limit_s)
        if stage is None:
            if reply.code // 100 != 2:
                raise Silence(f"the relay did not reset the previous message: {reply.code} {reply.text}")
            return
        if not fits(stage, reply.code):
            raise Nonsense(f"the relay answered {stage.upper()} out of step: {reply.code}")
        answers.append(Reply(stage, reply.code, reply.text))
        if reply.code == _CLOSING:
            raise Silence  # nothing will follow

    def _unsolicited(self, answers: Sequence[Reply]) -> Reply | None:
        """Return a reply if the relay sent more than was asked: a 421 may come at any point, all else is void."""
        extra = self.wire.surplus
        if extra is None:
            return None
        self.wire.cut()
        last = answers[-1] if answers else Reply(Stage.MAIL, 0)
        if extra.code == _CLOSING:
            return next(filter(_refuses, answers), None) or Reply(last.stage, _CLOSING, extra.text)
        return Reply(last.stage, 0, "the relay sent more than was asked")

    def _trouble(self) -> Reply | None:
        """Return a reply if something came after the 354, so that no body may be written; None if all is well."""
        if self.wire.surplus is not None:
            return self._unsolicited([Reply(Stage.DATA, 354)])
        return None if self.wire.alive else Reply(Stage.DATA, 0, "the connection was closed before the body")

    async def _recover(self, step: Step) -> None:
        """Bring the connection back to where a new MAIL is allowed, or close it."""
        self._transaction = step is Step.RESET  # RSET goes out with the next envelope
        if step is Step.CUT:
            self.wire.cut()
        if step is not Step.BARE_DOT:
            return
        try:
            self.wire.write(b".\r\n", replies=1)
            reply = await self.wire.answer(self._timeouts.command_s)
        except (Silence, Nonsense):
            self.wire.cut()
            return
        if reply.code == _CLOSING or not fits(Stage.BODY, reply.code):
            self.wire.cut()

    async def _body(self, data: bytes, ride: bytes) -> Reply:
        """Write body, final dot and what rides behind it, and read the reply to the dot."""
        limit_s, replies = self._timeouts.block_s, 4 if ride else 1
        try:
            whole = await self.wire.write_body(render_body(data) + ride, replies=replies, limit_s=limit_s)
            reply = await self.wire.answer(self._timeouts.body_s)
        except (Silence, Nonsense) as failure:
            self.stalled = Together.RIDE if ride and isinstance(failure, TimedOut) else None
            self.wire.cut()
            return Reply(Stage.BODY, 0, str(failure))
        # acceptance of a message whose end is not written yet is no answer to it; a refusal may come early
        if not fits(Stage.BODY, reply.code) or (reply.code < 300 and not whole):
            self.wire.cut()
            return Reply(Stage.BODY, 0, f"the relay answered the body out of step: {reply.code}")
        if not whole or reply.code == _CLOSING or self.wire.surplus is not None:
            self.wire.cut()
        return Reply(Stage.BODY, reply.code, reply.text)


def render_body(data: bytes) -> bytes:
    """Return a body as it goes on the wire: lines that begin with a dot get a second one, and the final dot follows.

    RFC 5321 §4.5.2; dots behind a bare LF too, for servers that take one for a line end.
    """
    # without any, as is usual, `replace` takes three times as long before Python 3.13
    stuffed = (b"." if data.startswith(b".") else b"") + _DOTS.sub(b"\n..", data)
    return stuffed + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")


def _refuses(reply: Reply) -> bool:
    return reply.code // 100 not in {2, 3}


def _path(address: str) -> str:
    """Return an address, refusing control characters and blanks; addresses were checked long before."""
    if _CONTROL.search(address):
        raise ValueError("an address with control characters reached the wire")
    return address


# Opening: a connection to the relay, secured and logged in.


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
        local_hostname=relay.ehlo_name or "[127.0.0.1]",  # not the laptop's own name
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
    # aiosmtplib keeps what the relay sent beyond the last reply, and has no method to read it
    already = bytes(getattr(protocol, "_buffer", b""))
    wire = Wire(cast("asyncio.Transport", transport), already)  # uvloop's transports are no subclass of it
    client.transport = None
    client.close()
    return Session(wire, relay, offers, greeting)


def _refusal(relay: Relay, stage: Stage, error: Exception, password: Secret | None) -> RelayRefusal:
    """Return an error with one sentence on what failed, and a hint. It never repeats what was sent."""
    code, text = 0, _error_text(error)
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
    words = f"{code} {text}".strip() if code else text
    return RelayRefusal(Reply(stage, code, text), f"{name} {sentence}: {' '.join(words.split())}", hint=hint)


_SENTENCES = {
    Stage.CONNECT: ("cannot be reached", "Check host, port and the network; then run the same command again."),
    Stage.EHLO: ("does not respond properly", "Try again later; if it persists, ask the relay's operator."),
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
    """Return what is wrong with TLS, if that is what failed; else nothing."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return f"no TLS handshake ({(error.reason or type(error).__name__).replace('_', ' ').lower()})" if error else ""


def _error_text(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    known = next((words for kind, words in CAUSES.items() if isinstance(cause, kind)), "")
    text = known or " ".join(str(error).split()) or type(error).__name__
    return clean(text)


# Login: SASL with the relay, once, with one method that it offers.

_LINE = 510  # octets of a command without CRLF, RFC 5321 §4.5.3.1.4
_CONTINUE, _DONE = 334, 235


async def log_in(client: aiosmtplib.SMTP, relay: Relay, secret: Secret) -> None:
    """Log in with a password, or with an access token where the relay's settings have OAuth.

    Raises:
        SMTPAuthenticationError: the relay offers no method of ours (504, RFC 4954 §4), or refused the credentials.
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


async def _show(client: aiosmtplib.SMTP, method: str, credentials: bytes, acknowledgement: bytes) -> None:
    """Send the credentials. A refusal is a challenge first; its code follows the `acknowledgement`."""
    token, command = base64.b64encode(credentials), f"AUTH {method}".encode()
    if len(command) + 1 + len(token) <= _LINE:
        response = await client.execute_command(command, token)
    else:
        # RFC 4954 §4: a response too long for the command goes on a line of its own
        response = await client.execute_command(command)
        if response.code == _CONTINUE:
            response = await client.execute_command(token)
    if response.code == _CONTINUE:
        response = await client.execute_command(acknowledgement)
    if response.code != _DONE:
        raise aiosmtplib.SMTPAuthenticationError(response.code, response.message)


# Probe: a check of a relay over an open session, which submits nothing: never RCPT or DATA.


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of a probe: `expires_at` is None without TLS, `sender` is None if no address was offered."""

    session: Session
    address: str = ""
    tls: str = ""
    expires_at: datetime | None = None
    names: tuple[str, ...] = ()
    sender: Reply | None = None


async def probe_session(session: Session, *, mail_from: str = "", limit_s: float = 30.0) -> Probed:
    """Check a relay, and close the session. `mail_from`, if given, is offered to it (answered, then RSET)."""
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
            answer = await session.wire.answer(limit_s)
            session.wire.write(b"RSET\r\n", replies=1)
            await session.wire.answer(limit_s)
            sender = Reply(Stage.MAIL, answer.code, answer.text)
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
