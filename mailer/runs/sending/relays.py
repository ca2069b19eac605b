"""Relays: over which relay the next connection goes, and when one that is down is tried again.

Owns how many connections each relay has, which relays are up, what one was seen to take (so many messages a connection,
one command at a time), and standing in for one that is down. A relay stands in before anybody's text was sent and at no
other time: a message whose fate is unknown is nobody's to send again.
Never submits a message, never decides what a reply means (`reply` does).
Raises `NoRelay` where none is left.

A relay that refuses our login or has no TLS is out for the whole run: a few wrong passwords lock an account.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailer.ledger.pacing import RelayLimit
from mailer.reply import Reply, Scope, classify, is_used_up
from mailer.settings import Relay
from mailer.smtp.pipeline import Session, Together
from mailer.smtp.session import RelayRefusal

_BACKOFF_S = (0.5, 2.0, 5.0)  # between tries to connect while nothing else can be done
_REVIVE_S = (5.0, 15.0, 30.0, 60.0)  # and in the background
_TRIES = 4  # connections in a row that fail before a relay counts as down
_LOOK_S = 1.0
_FEWER_FOR_S = 60.0


@dataclass(slots=True)
class Door:
    """A relay, how to connect to it, and how it does in this run."""

    relay: Relay
    connect: Callable[[], Awaitable[Session]] = field(repr=False)
    open: int = 0
    most: int = 0  # connections that it was seen to take, until `most_until` (0: not known to be fewer)
    most_until: float = 0.0
    failures: int = 0
    refusal: RelayRefusal | None = None  # why it is not up
    is_out: bool = False  # for this whole run
    is_told: bool = False  # people know that it takes fewer messages a connection
    spare: list[Session] = field(default_factory=list)
    limit: RelayLimit = field(default_factory=RelayLimit)  # what it was seen to take
    answered: set[Together] = field(default_factory=set)  # several commands in one segment that it answered
    is_tried: bool = False  # one command at a time, once; not known to help yet

    @property
    def key(self) -> str:
        """Return the relay's name in mailer.toml."""
        return self.relay.key

    @property
    def place(self) -> str:
        """Return the name by which the ledger knows what the relay takes: another host is another relay."""
        return f"{self.relay.host}:{self.relay.port_number}"[:300]


@dataclass(slots=True)
class Lane:
    """A connection at work, over one relay."""

    door: Door
    session: Session

    @property
    def key(self) -> str:
        """Return the key of its relay."""
        return self.door.key


class NoRelay(Exception):
    """No relay is left; `refusal` is the first one's, `message` tells of all."""

    def __init__(self, refusals: Sequence[RelayRefusal]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusal = refusals[0]


class Relays:
    """The relays of one run, the first one preferred."""

    def __init__(
        self,
        doors: Sequence[Door],
        *,
        limit: Callable[[str], int],
        on_refusal: Callable[[str, Reply, int], Awaitable[None]],
        say: Callable[[str], None],
        limits: Mapping[str, RelayLimit] | None = None,
        on_limit: Callable[[str, RelayLimit], Awaitable[None]] | None = None,
        backoff_s: Sequence[float] = _BACKOFF_S,
        revive_s: Sequence[float] = _REVIVE_S,
    ) -> None:
        """Take the doors in their order, how many connections each takes by its key, and who wants to hear.

        `on_refusal` hears of each connection that was refused: key, reply, how many were open; `say` of what people
        should know. `limits` has what is known of relays by their `place`, and `on_limit` hears what is learned.
        """
        self._doors = doors
        for door in doors:
            door.limit = (limits or {}).get(door.place, RelayLimit())
        self._on_limit = on_limit
        self._limit = limit
        self._on_refusal = on_refusal
        self._say = say
        self._backoff_s = backoff_s
        self._revive_s = revive_s
        self._rounds = asyncio.Lock()
        self._ended: NoRelay | None = None

    def current(self) -> str:
        """Return the key of the relay over which the next connection goes."""
        return next(self._up(), self._doors[0]).key

    def is_to_leave(self, lane: Lane) -> bool:
        """Whether a connection should be closed once it is idle: it is one too many, or a better relay is back."""
        return lane.door.open > self._most(lane.door) or lane.key != self.current()

    async def has_room(self, finished: asyncio.Event) -> bool:
        """Wait until another connection may be opened; False where there is nothing left to open it for."""
        while not finished.is_set():
            door = next(self._up(), None)
            if door is None or door.open < self._most(door):
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(finished.wait(), timeout=_LOOK_S)
        return False

    async def open(self) -> Lane | None:
        """Open a connection to the first relay that is up; None where it takes no more than it has.

        Raises:
            NoRelay: none can be reached, or none lets us in.
        """
        lane, is_known = await self._first_up()
        if is_known:
            return lane
        async with self._rounds:  # one of the connections tries for all of them
            if self._ended is not None:
                raise self._ended
            for wait_s in self._backoff_s:
                if all(door.is_out for door in self._doors):
                    break
                if next(self._up(), None) is None:
                    await asyncio.sleep(wait_s)
                    for door in self._doors:
                        self._try_again(door)
                lane, is_known = await self._first_up()
                if is_known:
                    return lane
            self._ended = NoRelay([door.refusal for door in self._doors if door.refusal is not None])
            raise self._ended

    async def close(self, lane: Lane) -> None:
        """Close a connection."""
        lane.door.open -= 1
        await lane.session.close()

    async def succeeded(self, lane: Lane) -> None:
        """Record that a relay answered a message, and that one command at a time helped where that was tried."""
        door = lane.door
        door.failures = 0
        door.answered |= lane.session.answered
        if door.is_tried and not door.limit.one_at_a_time:
            await self._learn(door, replace(door.limit, one_at_a_time=True))

    async def learns(self, lane: Lane, reply: Reply) -> bool:
        """Record what a reply that ended a connection shows of the relay; False where it shows nothing new.

        Then nothing has failed: the next connection keeps to it.
        """
        door, session = lane.door, lane.session
        if session.stalled and session.stalled not in door.answered:
            if not door.is_tried:
                self._say(
                    f"relay {door.key}: it stopped answering after several commands at once; it gets one at a time "
                    f'now (pipelining = "off" in [relays.{door.key}] does so from the start)'
                )
            door.is_tried = True
            return True
        had = session.sent - 1  # messages before the one that was turned away
        if not is_used_up(reply) or had < max(1, door.limit.messages):
            return False  # sooner than it was seen to say it: that is about our speed
        if not door.limit.messages:
            await self._learn(door, replace(door.limit, messages=had))
            self._say(f"relay {door.key}: it takes {had} message{'' if had == 1 else 's'} a connection (“{reply}”)")
        return True

    async def _learn(self, door: Door, limit: RelayLimit) -> None:
        door.limit = limit
        if self._on_limit is not None:
            await self._on_limit(door.place, limit)

    def failed(self, lane: Lane, reply: Reply) -> float | None:
        """Record that a connection broke or was turned away before anybody's text; return how long to wait.

        None where the relay fails again and again, and none stands in: then the run is over.
        """
        door = lane.door
        door.failures += 1
        if door.is_tried and not door.limit.one_at_a_time:  # it was not that
            door.is_tried, door.answered = False, set(Together)
        stands_in = any(other is not door and other.refusal is None for other in self._doors)
        if stands_in and door.failures >= 2:
            message = f"relay {door.key} turned us away: {reply}"
            self._put_down(door, RelayRefusal(reply, message))
            return 0.0
        if door.failures >= max(_TRIES, 2 * door.relay.connections):
            return None
        return self._backoff_s[min(door.failures, len(self._backoff_s)) - 1]

    async def revive(self) -> None:
        """Try again and again those that are down, until cancelled."""
        tries = 0
        try:
            while True:
                await asyncio.sleep(self._revive_s[min(tries, len(self._revive_s) - 1)])
                down = [door for door in self._doors if door.refusal is not None and not door.is_out]
                tries = tries + 1 if down else 0
                for door in down:
                    with contextlib.suppress(RelayRefusal):
                        door.spare.append(await door.connect())
                        self._try_again(door)
                        self._say(f"relay {door.key} is back")
        finally:
            for door in self._doors:
                for session in door.spare:
                    session.abandon()

    async def _first_up(self) -> tuple[Lane | None, bool]:
        """Connect to the first relay that is up; the second value is False where none is."""
        while (door := next(self._up(), None)) is not None:
            if door.open >= self._most(door):
                return None, True
            lane = await self._connect(door)
            if lane is not None or door.open:
                return lane, True
        return None, False

    def _up(self) -> Iterator[Door]:
        return (door for door in self._doors if door.refusal is None)

    def _most(self, door: Door) -> int:
        limit = self._limit(door.key)
        if door.most and asyncio.get_running_loop().time() > door.most_until:
            door.most = 0
        return min(limit, door.most) if door.most else limit

    async def _connect(self, door: Door) -> Lane | None:
        """Connect; where it cannot be, note what that says of the relay."""
        door.open += 1
        try:
            session = door.spare.pop() if door.spare else await door.connect()
        except RelayRefusal as refusal:
            door.open -= 1
            await self._on_refusal(door.key, refusal.reply, door.open)
            door.is_out = classify(refusal.reply).scope is Scope.RUN
            if door.open and not door.is_out:
                door.most = door.open  # fewer connections are still connections
                door.most_until = asyncio.get_running_loop().time() + _FEWER_FOR_S
            else:
                self._put_down(door, refusal)
            return None
        except BaseException:
            door.open -= 1
            raise
        asked = door.relay.messages_per_connection
        if 0 < session.mail_limit < asked and not door.is_told:  # once, not for each connection
            door.is_told = True
            self._say(f"relay {door.key}: it takes {session.mail_limit} messages a connection, not {asked}")
        limit = door.limit
        session.restrain(messages=limit.messages, one_at_a_time=limit.one_at_a_time or door.is_tried)
        return Lane(door, session)

    def _put_down(self, door: Door, refusal: RelayRefusal) -> None:
        door.refusal = refusal
        other = next(self._up(), None)
        if other is not None:
            self._say(f"{refusal.message}; relay {other.key} takes over")

    def _try_again(self, door: Door) -> None:
        if not door.is_out:
            door.refusal, door.failures, door.most = None, 0, 0
