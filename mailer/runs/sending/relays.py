"""Relays: over which relay the next connection goes, and when one that is down is tried again.

Owns how many connections each relay has, of those that all processes share, which relays are up, what one was seen to
take (so many messages a connection, one command at a time), and standing in for one that is down. A relay stands in
before anybody's text was sent and at no other time: a message whose fate is unknown is nobody's to send again.
Never submits a message, never decides what a reply means (`reply` does), nor how much is whose share (`ledger.pacing`).
Raises `NoRelay` where none is left.

A relay that refuses our login or has no TLS is out for the whole run: a few wrong passwords lock an account.

A share is ours as long as the ledger says so. After a quarter of a lease without its word nothing is sent over a
connection before it was asked again (we may have been asleep, and others have our share), and after half of one nothing
is ours: the shortest that is left of a lease is three quarters.

Gap: a process that is asleep closes nothing; until it wakes the relay sees its connections beside those of the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailer.ledger.pacing import RelayLimit, Use
from mailer.platform.clocks import boot_s
from mailer.reply import Reply, Scope, classify, is_used_up
from mailer.settings import Relay
from mailer.smtp.pipeline import Session, Together
from mailer.smtp.session import RelayRefusal

_BACKOFF_S = (0.5, 2.0, 5.0)  # between tries to connect while nothing else can be done
_REVIVE_S = (5.0, 15.0, 30.0, 60.0)  # and in the background
_TRIES = 4  # connections in a row that fail before a relay counts as down
_LOOK_S = 1.0
_FEWER_FOR_S = 60.0
_TOLD_AT = 5
_GOODBYE_S = 1.0


@dataclass(slots=True)
class Route:
    """A relay, how to connect to it, and how it does in this run."""

    relay: Relay
    connect: Callable[[], Awaitable[Session]] = field(repr=False)
    open: int = 0  # also those that are opened or closed at the moment
    closing: int = 0
    most: int = 0  # connections that it was seen to take, until `most_until` (0: not known to be fewer)
    most_until: float = 0.0
    failures: int = 0
    refusal: RelayRefusal | None = None  # why it is not up
    is_out: bool = False  # for this whole run
    is_told: bool = False  # people know that it takes fewer messages a connection
    spare: list[Session] = field(default_factory=list)
    looks: int = 0  # connections that are being opened to see whether it is back
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


@dataclass(slots=True, eq=False)
class Channel:
    """A connection at work, over one relay."""

    route: Route
    session: Session
    is_closed: bool = False

    @property
    def key(self) -> str:
        """Return the key of its relay."""
        return self.route.key


class NoRelay(Exception):
    """No relay is left; `refusal` is the first one's, `message` tells of all."""

    def __init__(self, refusals: Sequence[RelayRefusal]) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusal = refusals[0]


class Relays:
    """The relays of one run, the first one preferred."""

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        limit: Callable[[str], int],
        on_refusal: Callable[[str, Reply, int], Awaitable[None]],
        say: Callable[[str], None],
        limits: Mapping[str, RelayLimit] | None = None,
        on_limit: Callable[[str, RelayLimit], Awaitable[None]] | None = None,
        share: Callable[[Mapping[str, Use]], Awaitable[Mapping[str, int]]] | None = None,
        lease_s: float = 60.0,
        clock_s: Callable[[], float] = boot_s,
        backoff_s: Sequence[float] = _BACKOFF_S,
        revive_s: Sequence[float] = _REVIVE_S,
    ) -> None:
        """Hold the routes in their order, how many connections each takes by its key, and who wants to hear.

        `on_refusal` hears of each connection that was refused: key, reply, how many were open; `say` of what people
        should know. `limits` has what is known of relays by their `place`, and `on_limit` hears what is learned.
        `share` gives how many connections are ours by the keys of relays; without it, all are.
        """
        self._routes = routes
        for route in routes:
            route.limit = (limits or {}).get(route.place, RelayLimit())
        self._on_limit = on_limit
        self._limit = limit
        self._on_refusal = on_refusal
        self._say = say
        self._backoff_s = backoff_s
        self._revive_s = revive_s
        self._rounds = asyncio.Lock()
        self._ended: NoRelay | None = None
        self._coming = 0  # connections for which there is room, and which are not opened yet
        self._share = share
        self._shares: Mapping[str, int] = {}
        self._shared_for = ""  # the relay that was to be used when that was asked
        self._shared_s = 0.0  # when it was
        self._lease_s = lease_s
        self._clock_s = clock_s
        self._sharing = asyncio.Lock()
        self._short = 0  # times that none was ours

    def current(self) -> str:
        """Return the key of the relay over which the next connection goes."""
        return next(self._up(), self._routes[0]).key

    def is_to_leave(self, channel: Channel) -> bool:
        """Whether a connection should be closed once it is idle: it is one too many, or a better relay is back."""
        route = channel.route
        return route.open - route.closing > self._most(route) or route.key != self.current()

    async def has_room(self, finished: asyncio.Event) -> bool:
        """Wait until another connection may be opened; False where there is nothing left to open it for.

        Room for it is kept until `open`: a delivery without a connection must not take a turn of the relay.
        """
        while not finished.is_set():
            route = next(self._up(), None)
            await self.share_anew()
            if route is None or route.open + self._coming < self._most(route):
                self._coming += 1
                return True
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(finished.wait(), timeout=_LOOK_S)
        return False

    async def open(self) -> Channel | None:
        """Open a connection to the first relay that is up; None where it takes no more than it has.

        Raises NoRelay where none can be reached, or none lets us in.
        """
        self._coming = max(0, self._coming - 1)
        channel, is_known = await self._first_up()
        if is_known:
            return channel
        async with self._rounds:  # one of the connections tries for all of them
            if self._ended is not None:
                raise self._ended
            for wait_s in self._backoff_s:
                if all(route.is_out for route in self._routes):
                    break
                if next(self._up(), None) is None:
                    await asyncio.sleep(wait_s)
                    for route in self._routes:
                        self._try_again(route)
                channel, is_known = await self._first_up()
                if is_known:
                    return channel
            self._ended = NoRelay([route.refusal for route in self._routes if route.refusal is not None])
            raise self._ended

    async def close(self, channel: Channel) -> None:
        """Close a connection, where nobody has; it counts as open until the relay has seen that."""
        if channel.is_closed:
            return
        channel.is_closed = True
        channel.route.closing += 1
        try:
            await channel.session.close()
        finally:
            channel.route.closing -= 1
            channel.route.open -= 1

    async def close_idle(self, idle: Collection[Channel | None]) -> None:
        """Close those that are too many, of the connections that are `idle`: others wait for them.

        Looked at again for each: while one is closed, another may get somebody to send to, and is idle no more.
        """
        for channel in tuple(idle):
            if channel is not None and channel in idle and self.is_to_leave(channel):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_GOODBYE_S):
                        await self.close(channel)

    async def share(self, *, is_idle: bool) -> None:
        """Ask anew how many connections are ours; who is idle wants none, and keeps what nobody waits for."""
        # since the ledger's last word, also where we slept meanwhile
        left_s = self._lease_s / 2 - (self._clock_s() - self._shared_s if self._shares else 0.0)
        try:
            async with asyncio.timeout(max(left_s, _LOOK_S)), self._sharing:
                await self._ask(is_idle=is_idle)
        except TimeoutError:
            self._shares = {}
            return
        if self._share is None or is_idle or any(self._shares.values()):
            return
        self._short += 1
        if self._short == _TOLD_AT:
            used = "all of its connections are in use by other mailings or machines"
            self._say(f"relay {self._shared_for}: {used}; waiting for one")

    def is_sure(self) -> bool:
        """Return whether it was asked of late how many connections are ours."""
        return self._share is None or self._clock_s() - self._shared_s < self._lease_s / 4

    async def share_anew(self) -> None:
        """Ask at once how many connections are ours, where that is not known, or not of the relay to be used now."""
        if self._share is None or (self.current() == self._shared_for and self.is_sure()):
            return
        async with self._sharing:
            if self.current() != self._shared_for or not self.is_sure():
                await self._ask(is_idle=False)

    async def succeeded(self, channel: Channel) -> None:
        """Record that a relay answered a message, and that one command at a time helped where that was tried."""
        route = channel.route
        route.failures = 0
        route.answered |= channel.session.answered
        if route.is_tried and not route.limit.one_at_a_time:
            await self._learn(route, replace(route.limit, one_at_a_time=True))

    async def learns(self, channel: Channel, reply: Reply) -> bool:
        """Record what a reply that ended a connection shows of the relay; False where it shows nothing new.

        Then nothing has failed: the next connection keeps to it.
        """
        route, session = channel.route, channel.session
        if session.stalled and session.stalled not in route.answered:
            if not route.is_tried:
                self._say(
                    f"relay {route.key}: it stopped answering after several commands at once; it gets one at a time "
                    f'now (pipelining = "off" in [relays.{route.key}] does so from the start)'
                )
            route.is_tried = True
            return True
        had = session.sent - 1  # messages before the one that was turned away
        if not is_used_up(reply) or had < max(1, route.limit.messages):
            return False  # sooner than it was seen to say it: that is about our speed
        if not route.limit.messages:
            await self._learn(route, replace(route.limit, messages=had))
            self._say(f"relay {route.key}: it takes {had} message{'' if had == 1 else 's'} a connection (“{reply}”)")
        return True

    async def _learn(self, route: Route, limit: RelayLimit) -> None:
        route.limit = limit
        if self._on_limit is not None:
            await self._on_limit(route.place, limit)

    def failed(self, channel: Channel, reply: Reply) -> float | None:
        """Record that a connection broke or was turned away before anybody's text; return how long to wait.

        None where the relay fails again and again, and none stands in: then the run is over.
        """
        route = channel.route
        route.failures += 1
        if route.is_tried and not route.limit.one_at_a_time:  # it was not that
            route.is_tried, route.answered = False, set(Together)
        stands_in = any(other is not route and other.refusal is None for other in self._routes)
        if stands_in and route.failures >= 2:
            message = f"relay {route.key} turned us away: {reply}"
            self._put_down(route, RelayRefusal(reply, message))
            return 0.0
        if route.failures >= max(_TRIES, 2 * route.relay.connections):
            return None
        return self._backoff_s[min(route.failures, len(self._backoff_s)) - 1]

    async def revive(self) -> None:
        """Try again and again those that are down, until cancelled."""
        tries = 0
        try:
            while True:
                await asyncio.sleep(self._revive_s[min(tries, len(self._revive_s) - 1)])
                down = [route for route in self._routes if route.refusal is not None and not route.is_out]
                tries = tries + 1 if down else 0
                for route in down:
                    if self._share is not None and self._has(route) >= self._most(route):
                        continue  # others have all of its connections
                    route.looks += 1
                    try:
                        route.spare.append(await route.connect())
                        self._try_again(route)
                        self._say(f"relay {route.key} is back")
                    except RelayRefusal:
                        continue
                    finally:
                        route.looks -= 1
        finally:
            for route in self._routes:
                for session in route.spare:
                    session.abandon()

    async def _first_up(self) -> tuple[Channel | None, bool]:
        """Connect to the first relay that is up; the second value is False where none is."""
        while (route := next(self._up(), None)) is not None:
            await self.share_anew()
            if route.open >= self._most(route):
                return None, True
            channel = await self._connect(route)
            if channel is not None or route.open:
                return channel, True
        return None, False

    def _up(self) -> Iterator[Route]:
        return (route for route in self._routes if route.refusal is None)

    async def _ask(self, *, is_idle: bool) -> None:
        if self._share is None:
            return
        now, now_s = self.current(), self._clock_s()
        uses: dict[str, Use] = {}
        for route in self._routes:
            wants = self._takes(route) if route.key == now and not is_idle else 0
            if route.refusal is not None and not route.is_out:
                wants = max(wants, 1)  # to see whether it is there again
            has = max(self._has(route), self._shares.get(route.key, 0))
            uses[route.key] = Use(has, wants, self._limit(route.key))
        self._shares = await self._share(uses)
        self._shared_for, self._shared_s = now, now_s
        for route in self._routes:
            while route.spare and self._has(route) > self._most(route):
                route.spare.pop().abandon()  # nothing needed it, and others wait

    def _has(self, route: Route) -> int:
        return route.open + len(route.spare) + route.looks

    def _most(self, route: Route) -> int:
        return self._takes(route) if self._share is None else min(self._takes(route), self._shares.get(route.key, 0))

    def _takes(self, route: Route) -> int:
        limit = self._limit(route.key)
        if route.most and asyncio.get_running_loop().time() > route.most_until:
            route.most = 0
        return min(limit, route.most) if route.most else limit

    async def _connect(self, route: Route) -> Channel | None:
        """Connect; where it cannot be, note what that says of the relay."""
        route.open += 1
        try:
            session = route.spare.pop() if route.spare else await route.connect()
        except RelayRefusal as refusal:
            route.open -= 1
            await self._on_refusal(route.key, refusal.reply, route.open)
            route.is_out = classify(refusal.reply).scope is Scope.RUN
            if route.open and not route.is_out:
                route.most = route.open  # fewer connections are still connections
                route.most_until = asyncio.get_running_loop().time() + _FEWER_FOR_S
            else:
                self._put_down(route, refusal)
            return None
        except BaseException:
            route.open -= 1
            raise
        asked = route.relay.messages_per_connection
        if 0 < session.mail_limit < asked and not route.is_told:  # once, not for each connection
            route.is_told = True
            self._say(f"relay {route.key}: it takes {session.mail_limit} messages a connection, not {asked}")
        limit = route.limit
        session.restrain(messages=limit.messages, one_at_a_time=limit.one_at_a_time or route.is_tried)
        return Channel(route, session)

    def _put_down(self, route: Route, refusal: RelayRefusal) -> None:
        route.refusal = refusal
        other = next(self._up(), None)
        if other is not None:
            self._say(f"{refusal.message}; relay {other.key} takes over")

    def _try_again(self, route: Route) -> None:
        if not route.is_out:
            route.refusal, route.failures, route.most = None, 0, 0
