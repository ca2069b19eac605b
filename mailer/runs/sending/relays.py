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
from mailer.smtp.pipeline import Together
from mailer.smtp.session import RelayRefusal, Session

_BACKOFF_S = (0.5, 2.0, 5.0)  # between tries to connect while nothing else can be done
_REVIVE_S = (5.0, 15.0, 30.0, 60.0)  # and in the background
_TRIES = 4  # connections in a row that fail before a relay counts as down
_LOOK_S = 1.0
_FEWER_FOR_S = 60.0


@dataclass(frozen=True, slots=True)
class Door:
    """A relay, and how to connect to it."""

    relay: Relay
    connect: Callable[[], Awaitable[Session]] = field(repr=False)

    @property
    def place(self) -> str:
        """Return the name by which the ledger knows what the relay takes: another host is another relay."""
        return f"{self.relay.host}:{self.relay.port_number}"[:300]


@dataclass(slots=True)
class Lane:
    """A connection at work, and the key of its relay."""

    key: str
    session: Session


class NoRelay(Exception):
    """No relay is left; `refusal` is the first one's, `message` tells of all."""

    def __init__(self, refusals: Sequence[RelayRefusal]) -> None:
        """Take why each cannot be used, in the order of the relays."""
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusal = refusals[0]


@dataclass(slots=True)
class _State:
    door: Door
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
        return self.door.relay.key

    @property
    def is_up(self) -> bool:
        return self.refusal is None


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
        self._states = [_State(door, limit=(limits or {}).get(door.place, RelayLimit())) for door in doors]
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
        return next(self._up(), self._states[0]).key

    def count_open(self, key: str) -> int:
        """Count the connections to a relay."""
        return self._state(key).open

    def is_to_leave(self, lane: Lane) -> bool:
        """Whether a connection should be closed once it is idle: it is one too many, or a better relay is back."""
        state = self._state(lane.key)
        return state.open > self._most(state) or lane.key != self.current()

    async def has_room(self, finished: asyncio.Event) -> bool:
        """Wait until another connection may be opened; False where there is nothing left to open it for."""
        while not finished.is_set():
            state = next(self._up(), None)
            if state is None or state.open < self._most(state):
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
                if all(state.is_out for state in self._states):
                    break
                if next(self._up(), None) is None:
                    await asyncio.sleep(wait_s)
                    for state in self._states:
                        self._try_again(state)
                lane, is_known = await self._first_up()
                if is_known:
                    return lane
            self._ended = NoRelay([state.refusal for state in self._states if state.refusal is not None])
            raise self._ended

    async def close(self, lane: Lane, *, politely: bool = True) -> None:
        """Close a connection."""
        self._state(lane.key).open -= 1
        if politely:
            await lane.session.close()
        else:
            lane.session.abandon()

    async def succeeded(self, lane: Lane) -> None:
        """Take note that a relay answered a message, and that one command at a time helped where that was tried."""
        state = self._state(lane.key)
        state.failures = 0
        state.answered |= lane.session.answered
        if state.is_tried and not state.limit.one_at_a_time:
            await self._learn(state, replace(state.limit, one_at_a_time=True))

    async def learns(self, lane: Lane, reply: Reply) -> bool:
        """Take note of what a reply that ended a connection shows of the relay; False where it shows nothing new.

        Then nothing has failed: the next connection keeps to it.
        """
        state, session = self._state(lane.key), lane.session
        if session.stalled and session.stalled not in state.answered:
            if not state.is_tried:
                self._say(
                    f"relay {state.key}: it stopped answering after several commands at once; it gets one at a time "
                    f'now (pipelining = "off" in [relays.{state.key}] says so from the start)'
                )
            state.is_tried = True
            return True
        had = session.sent - 1  # messages before the one that was turned away
        if not is_used_up(reply) or had < max(1, state.limit.messages):
            return False  # sooner than it was seen to say it: that is about our speed
        if not state.limit.messages:
            await self._learn(state, replace(state.limit, messages=had))
            self._say(f"relay {state.key}: it takes {had} message{'' if had == 1 else 's'} a connection (“{reply}”)")
        return True

    async def _learn(self, state: _State, limit: RelayLimit) -> None:
        state.limit = limit
        if self._on_limit is not None:
            await self._on_limit(state.door.place, limit)

    def failed(self, lane: Lane, reply: Reply) -> float | None:
        """Take note that a connection broke or was turned away before anybody's text; return how long to wait.

        None where the relay fails again and again, and none stands in: then the run is over.
        """
        state = self._state(lane.key)
        state.failures += 1
        if state.is_tried and not state.limit.one_at_a_time:  # it was not that
            state.is_tried, state.answered = False, set(Together)
        stands_in = any(other is not state and other.is_up for other in self._states)
        if stands_in and state.failures >= 2:
            message = f"relay {state.key} turned us away: {reply}"
            self._put_down(state, RelayRefusal(reply, message))
            return 0.0
        if state.failures >= max(_TRIES, 2 * state.door.relay.connections):
            return None
        return self._backoff_s[min(state.failures, len(self._backoff_s)) - 1]

    async def revive(self) -> None:
        """Try again and again those that are down, until cancelled."""
        tries = 0
        try:
            while True:
                await asyncio.sleep(self._revive_s[min(tries, len(self._revive_s) - 1)])
                down = [state for state in self._states if not state.is_up and not state.is_out]
                tries = tries + 1 if down else 0
                for state in down:
                    with contextlib.suppress(RelayRefusal):
                        state.spare.append(await state.door.connect())
                        self._try_again(state)
                        self._say(f"relay {state.key} is back")
        finally:
            for state in self._states:
                for session in state.spare:
                    session.abandon()

    async def _first_up(self) -> tuple[Lane | None, bool]:
        """Connect to the first relay that is up; the second value is False where none is."""
        while (state := next(self._up(), None)) is not None:
            if state.open >= self._most(state):
                return None, True
            lane = await self._connect(state)
            if lane is not None or state.open:
                return lane, True
        return None, False

    def _up(self) -> Iterator[_State]:
        return (state for state in self._states if state.is_up)

    def _state(self, key: str) -> _State:
        return next(state for state in self._states if state.key == key)

    def _most(self, state: _State) -> int:
        limit = self._limit(state.key)
        if state.most and asyncio.get_running_loop().time() > state.most_until:
            state.most = 0
        return min(limit, state.most) if state.most else limit

    async def _connect(self, state: _State) -> Lane | None:
        """Connect; where it cannot be, note what that says of the relay."""
        state.open += 1
        try:
            session = state.spare.pop() if state.spare else await state.door.connect()
        except RelayRefusal as refusal:
            state.open -= 1
            await self._on_refusal(state.key, refusal.reply, state.open)
            state.is_out = classify(refusal.reply).scope is Scope.RUN
            if state.open and not state.is_out:
                state.most = state.open  # fewer connections are still connections
                state.most_until = asyncio.get_running_loop().time() + _FEWER_FOR_S
            else:
                self._put_down(state, refusal)
            return None
        except BaseException:
            state.open -= 1
            raise
        asked = state.door.relay.messages_per_connection
        if 0 < session.mail_limit < asked and not state.is_told:  # once, not for each connection
            state.is_told = True
            self._say(f"relay {state.key}: it takes {session.mail_limit} messages a connection, not {asked}")
        limit = state.limit
        session.restrain(messages=limit.messages, one_at_a_time=limit.one_at_a_time or state.is_tried)
        return Lane(state.key, session)

    def _put_down(self, state: _State, refusal: RelayRefusal) -> None:
        state.refusal = refusal
        other = next(self._up(), None)
        if other is not None:
            self._say(f"{refusal.message}; relay {other.key} stands in")

    def _try_again(self, state: _State) -> None:
        if not state.is_out:
            state.refusal, state.failures, state.most = None, 0, 0
