"""Pipeline: MAIL, RCPT, DATA and the body of one message after the other, on a wire.

Owns the order of commands, which command each reply answers, and the rules of RFC 2920: where the relay offers
PIPELINING, MAIL+RCPT+DATA are one segment (two round trips a message), and those of the next envelope ride behind the
final dot of this one (one round trip). Otherwise, one command at a time. Never decides what a reply means for a
person, never writes a body before it is told that it may, never writes anything behind DATA before its reply.

Whatever the relay answers, a message gets one reply, of its own stage, or code 0: nothing was said that can be trusted.
Replies are counted, not named, so a group of replies is believed only as a whole: where one cannot answer its command
(250 to DATA), another may have been surplus, and nobody is settled by any of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum, auto
from typing import TypeAlias

from mailer import lazy_re as re
from mailer.reply import Reply, Stage
from mailer.settings import Relay
from mailer.smtp.wire import Nonsense, Said, Silence, TimedOut, Wire, fits
from mailer.tokens import Envelope

MayWrite: TypeAlias = Callable[[], Awaitable[bool]]
_Command: TypeAlias = tuple[Stage | None, bytes]  # None is RSET, whose reply is about nobody
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_DOTS = re.compile(rb"\n\.")
_GOODBYE_S = 1.0  # for the end of TLS, which nothing depends on
_CLOSING = 421  # RFC 5321 §3.8: at any point, to any command


class Together(Enum):
    """How several commands came to be in one segment."""

    COMMANDS = auto()  # those of one message
    RIDE = auto()  # those of a message behind the body of the one before


class Step(Enum):
    """What the answers so far ask for."""

    ASK_ON = auto()
    WRITE_BODY = auto()
    RESET = auto()
    BARE_DOT = auto()
    CUT = auto()


def select_step(answers: Sequence[Reply]) -> Step:
    """Return how it goes on after answers that fit their commands, in the order of the commands.

    A 354 after a refusal is a body that the relay waits for. With no recipient accepted a dot ends it, and the answer
    to that dot means nothing (RFC 2920 §3.1); with one accepted, a dot would send an empty message.
    """
    said = {answer.stage: answer for answer in answers}
    ready = Stage.DATA in said and not _refuses(said[Stage.DATA])
    if not any(map(_refuses, answers)):
        return Step.WRITE_BODY if ready else Step.ASK_ON
    if not ready:
        return Step.RESET
    return Step.BARE_DOT if _refuses(said[Stage.RCPT]) else Step.CUT


class Session:
    """A connection that messages can be submitted on, one `send` at a time; `open_session` makes it."""

    def __init__(self, wire: Wire, relay: Relay, offers: Mapping[str, str], greeting: str = "") -> None:
        """Hold a wire that is secured and logged in, and the extensions that the relay offers there, in lower case.

        `greeting` are its first words, which some begin with their name and the time.
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
        self.answered: set[Together] = set()  # what the relay was seen to answer whole
        self.stalled: Together | None = None  # what it stopped answering, with the connection still there
        self._most = min(relay.messages_per_connection, self.mail_limit or relay.messages_per_connection)
        self._together = relay.pipelining == "auto" and "pipelining" in offers
        self._timeouts = relay.timeouts
        self._transaction = False  # a MAIL may stand that must be taken back before the next
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
        """Submit one message, and give the reply that settles it.

        `may_write` is awaited between the relay's 354 and the first body byte: it makes the attempt durable. Where it
        says no, the connection is closed without a final dot, so that the relay discards the message
        (RFC 5321 §4.1.1.10), and None is given. A reply with code 0 means that the relay said nothing that can be
        trusted.

        `then` is the envelope that will be sent next on this session: where the relay allows it, its commands ride
        behind this body. It is no promise: while the session is usable, the next `send` must be of that same object;
        to send nothing more, close. Its body waits for a `may_write` of its own, after this message's reply.

        Raises:
            ValueError: an address holds a control character, or another envelope was announced; the connection is gone.
        """
        self.sent += 1
        try:
            return await self._submit(envelope, may_write, then if self.sent < self._most else None)
        except BaseException:
            # nobody knows where the relay is now; after a 354 even QUIT would be a line of the body
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
        finally:  # also where nobody waits for the goodbye any more
            self.wire.cut()

    def abandon(self) -> None:
        """Close at once, without a word."""
        self.wire.cut()

    async def _submit(self, envelope: Envelope, may_write: MayWrite, then: Envelope | None) -> Reply | None:
        ridden, self._ridden = self._ridden, None
        if ridden is not None and ridden[0] is not envelope:
            raise ValueError("the commands of another envelope are on the wire")
        commands = ridden[1] if ridden else self._commands(envelope)
        following = self._commands(then) if then and self._together else []
        ride = b"".join([line for _, line in following])
        reply = self._unasked(()) or await self._ask(commands, written=ridden is not None) or self._trouble()
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
        """Write the commands, unless they rode, and read the answers; None where the relay waits for the body."""
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
        """Write a group of commands, and add the answers to those before; a reply where there is no going on."""
        stage = group[0][0] or Stage.MAIL
        together = None if len(group) == 1 else Together.RIDE if written else Together.COMMANDS
        try:
            if not written:
                self.wire.write(b"".join(line for _, line in group), replies=len(group))
            for asked, _ in group:
                stage = asked or Stage.MAIL
                await self._answer(asked, answers)
            if together:
                self.answered.add(together)
        except Silence as silence:
            self.stalled = together if isinstance(silence, TimedOut) else None
            # a refusal stands: many a relay hangs up on an address that it does not like
            self.wire.cut()
            return next(filter(_refuses, answers), None) or Reply(stage, 0, str(silence))
        except Nonsense as nonsense:
            self.wire.cut()
            return Reply(stage, 0, str(nonsense))
        return self._unasked(answers)

    async def _answer(self, stage: Stage | None, answers: list[Reply]) -> None:
        """Read the answer to one command, and add it; that to RSET is about nobody."""
        said = await self.wire.answer(self._limit(stage))
        if stage is None:
            if said.code // 100 != 2:
                raise Silence(f"the relay did not forget the message before: {said.code} {said.text}")
            return
        if not fits(stage, said.code):
            raise Nonsense(f"the relay answered {stage.upper()} out of step: {said.code}")
        answers.append(Reply(stage, said.code, said.text))
        if said.code == _CLOSING:
            raise Silence  # nothing will follow

    def _limit(self, stage: Stage | None) -> float:
        if stage is Stage.BODY:
            return self._timeouts.body_s
        return self._timeouts.data_s if stage is Stage.DATA else self._timeouts.command_s

    def _unasked(self, answers: Sequence[Reply]) -> Reply | None:
        """A reply where the relay sent more than was asked: a 421 is welcome at any point, else all is void."""
        extra = self.wire.surplus
        if extra is None:
            return None
        self.wire.cut()
        last = answers[-1] if answers else Reply(Stage.MAIL, 0)
        if extra.code == _CLOSING:
            return next(filter(_refuses, answers), None) or Reply(last.stage, _CLOSING, extra.text)
        return Reply(last.stage, 0, "the relay sent more than was asked")

    def _trouble(self) -> Reply | None:
        """Return a reply where something came after the 354, so that no body may be written; None where all is well."""
        if self.wire.surplus is not None:
            return self._unasked([Reply(Stage.DATA, 354)])
        return None if self.wire.alive else Reply(Stage.DATA, 0, "the connection was closed before the body")

    async def _recover(self, step: Step) -> None:
        """Bring the connection back to where a new MAIL is welcome, or close it (standards S12)."""
        self._transaction = step is Step.RESET  # RSET goes out with the next envelope
        if step is Step.CUT:
            self.wire.cut()
        if step is not Step.BARE_DOT:
            return
        try:
            self.wire.write(b".\r\n", replies=1)
            said = await self.wire.answer(self._timeouts.command_s)
        except (Silence, Nonsense):
            self.wire.cut()
            return
        if said.code == _CLOSING or not fits(Stage.BODY, said.code):
            self.wire.cut()

    async def _body(self, data: bytes, ride: bytes) -> Reply:
        """Write body, final dot and what rides behind it, and read the reply to the dot."""
        try:
            said, whole = await self._body_answer(render_body(data) + ride, replies=4 if ride else 1)
        except (Silence, Nonsense) as nothing:
            self.stalled = Together.RIDE if ride and isinstance(nothing, TimedOut) else None
            self.wire.cut()
            return Reply(Stage.BODY, 0, str(nothing))
        if not whole or said.code == _CLOSING or self.wire.surplus is not None:
            self.wire.cut()
        return Reply(Stage.BODY, said.code, said.text)

    async def _body_answer(self, text: bytes, *, replies: int) -> tuple[Said, bool]:
        whole = await self.wire.write_body(text, replies=replies, limit_s=self._timeouts.block_s)
        said = await self.wire.answer(self._limit(Stage.BODY))
        # yes to a message whose end was not written yet is no answer to it; a no may come early
        if not fits(Stage.BODY, said.code) or (said.code < 300 and not whole):
            raise Nonsense(f"the relay answered the body out of step: {said.code}")
        return said, whole


def render_body(data: bytes) -> bytes:
    """Return a body as it goes on the wire: lines that begin with a dot get a second one, and the final dot follows.

    RFC 5321 §4.5.2; dots behind a bare LF too, for servers that take one for a line end (standards S16).
    """
    # where there are none, as mostly, `replace` takes three times as long before Python 3.13
    stuffed = (b"." if data.startswith(b".") else b"") + _DOTS.sub(b"\n..", data)
    return stuffed + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")


def _refuses(reply: Reply) -> bool:
    return reply.code // 100 not in {2, 3}


def _path(address: str) -> str:
    """Let no control character or blank into a command (standards S16); addresses were checked long before."""
    if _CONTROL.search(address):
        raise ValueError("an address with control characters reached the wire")
    return address
