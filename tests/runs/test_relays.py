"""Several relays: the first one that can be reached, fewer connections where it wants fewer, and back again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import pytest

from mailer.ledger.pacing import Use
from mailer.reply.values import Reply, Stage
from mailer.runs.sending.relays import Channel, NoRelay, Relays, Route, share_with_nobody
from mailer.settings import Relay, Secret, Security
from mailer.smtp.session import open_session
from tests.servers import Act, ScriptedServer, scripted_server

BACKOFF_S, REVIVE_S = (0.01, 0.01), (0.01,)
BUSY = Act("421 4.3.2 not now", drop="after")


def route(key: str, server: ScriptedServer, connections: int = 2, password: str = "") -> Route:
    # a password in clear text is what settings refuse; a server that wants one refuses us at AUTH all the same
    relay = Relay(key=key, host=server.host, port=server.port, security=Security.PLAIN, connections=connections)
    return Route(relay, lambda: open_session(relay, Secret(password) if password else None))


@dataclass
class Watched:
    """Relays, and what they reported."""

    routes: list[Route]
    limits: dict[str, int] = field(default_factory=dict)
    refusals: list[tuple[str, int, int]] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    shares: dict[str, int] | None = None  # what is ours of each relay; None: all of it
    requests: list[dict[str, Use]] = field(default_factory=list)
    is_ledger_away: bool = False
    seconds: float = 100.0

    def __post_init__(self) -> None:
        self.relays = Relays(
            self.routes,
            limit=lambda key: self.limits.get(key, 2),
            on_refusal=self._refused,
            say=self.reports.append,
            ask_shares=share_with_nobody if self.shares is None else self._share,
            clock_s=lambda: self.seconds,
            backoff_s=BACKOFF_S,
            revive_s=REVIVE_S,
        )

    async def _refused(self, key: str, reply: Reply, open_now: int) -> None:
        self.refusals.append((key, reply.code, open_now))

    async def _share(self, uses: Mapping[str, Use]) -> Mapping[str, int]:
        self.requests.append(dict(uses))
        if self.is_ledger_away:
            await asyncio.Event().wait()
        return dict(self.shares or {})

    async def channel(self) -> Channel:
        found = await self.relays.open()
        assert found is not None
        return found


@pytest.fixture
async def two() -> AsyncIterator[tuple[ScriptedServer, ScriptedServer]]:
    async with scripted_server() as main, scripted_server() as spare:
        yield main, spare


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in the server and in real time
            await asyncio.sleep(0.01)


async def test_the_first_relay_is_used_while_it_is_there(two: tuple[ScriptedServer, ScriptedServer]) -> None:
    watched = Watched([route("main", two[0]), route("spare", two[1])])
    channels = [await watched.channel(), await watched.channel()]
    assert [channel.key for channel in channels] == ["main", "main"]
    assert await watched.relays.open() is None  # as many as it takes; the spare one is for when it is down
    assert not any(watched.relays.should_close(channel) for channel in channels)
    for channel in channels:
        await watched.relays.close(channel)
    assert (two[1].connections, watched.reports) == (0, [])


async def test_another_stands_in_for_one_that_is_busy_and_is_left_when_it_is_back(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    main, spare = two
    main.at = {"connect": BUSY}
    watched = Watched([route("main", main), route("spare", spare)])
    assert watched.relays.current() == "main"
    channel = await watched.channel()
    assert (channel.key, watched.relays.current(), watched.refusals) == ("spare", "spare", [("main", 421, 0)])
    assert "relay main" in watched.reports[0]
    assert watched.reports[0].endswith("; relay spare takes over")
    assert not watched.relays.should_close(channel)
    reviving = asyncio.create_task(watched.relays.revive())
    await until(lambda: main.connections > 2)  # tried in the background, and still busy
    assert watched.relays.current() == "spare"
    main.at = {}
    await until(lambda: watched.relays.current() == "main")
    assert watched.reports[-1] == "relay main is back"
    assert watched.relays.should_close(channel)
    await watched.relays.close(channel)
    before = main.connections
    back = await watched.channel()
    assert (back.key, main.connections) == ("main", before)  # over the connection that showed it
    await watched.relays.close(back)
    reviving.cancel()
    await asyncio.gather(reviving, return_exceptions=True)


async def test_one_that_refuses_us_for_good_is_not_tried_again(two: tuple[ScriptedServer, ScriptedServer]) -> None:
    main, spare = two
    main.at = {"connect": Act("554 5.7.1 no service for you")}
    watched = Watched([route("main", main), route("spare", spare)])
    channel = await watched.channel()
    reviving = asyncio.create_task(watched.relays.revive())
    await asyncio.sleep(0.1)  # ten chances to do it
    reviving.cancel()
    await asyncio.gather(reviving, return_exceptions=True)
    assert (channel.key, main.connections) == ("spare", 1)
    await watched.relays.close(channel)


async def test_where_none_is_left_all_are_named_and_the_first_gives_the_reason(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    for server in two:
        server.at = {"connect": BUSY}
    watched = Watched([route("main", two[0]), route("spare", two[1])])
    results = await asyncio.gather(*(watched.relays.open() for _ in range(2)), return_exceptions=True)
    ended = [result for result in results if result is not None]
    for result in ended:
        assert isinstance(result, NoRelay)
        assert "relay main" in str(result)
        assert "relay spare" in str(result)
        assert result.refusal.reply.code == 421
    assert ended
    # each connection found out for itself, and one of them tried twice more for all
    assert two[0].connections <= 2 + len(BACKOFF_S)


async def test_one_that_is_down_for_a_moment_is_waited_for(two: tuple[ScriptedServer, ScriptedServer]) -> None:
    main, _ = two
    main.at = {"connect": [BUSY, BUSY]}
    watched = Watched([route("main", main)])
    channel = await watched.channel()
    assert (channel.key, main.connections, watched.reports) == ("main", 3, [])
    await watched.relays.close(channel)


async def test_fewer_connections_are_still_connections(two: tuple[ScriptedServer, ScriptedServer]) -> None:
    main, spare = two
    watched = Watched([route("main", main, connections=3), route("spare", spare)], limits={"main": 3})
    channel = await watched.channel()
    main.at = {"connect": Act("421 4.7.0 too many connections")}
    assert await watched.relays.open() is None
    assert watched.refusals == [("main", 421, 1)]
    assert (watched.reports, spare.connections) == ([], 0)
    finished = asyncio.Event()
    waiting = asyncio.create_task(watched.relays.has_room(finished))
    await asyncio.sleep(0)
    assert not waiting.done()
    await watched.relays.close(channel)
    finished.set()
    assert await waiting is False


async def test_a_lowered_limit_sends_one_connection_home(two: tuple[ScriptedServer, ScriptedServer]) -> None:
    watched = Watched([route("main", two[0])])
    channels = [await watched.channel(), await watched.channel()]
    watched.limits["main"] = 1
    assert watched.relays.should_close(channels[0])
    await watched.relays.close(channels[0])
    assert not watched.relays.should_close(channels[1])
    assert not await _has_room_soon(watched)
    watched.limits["main"] = 2
    assert await _has_room_soon(watched)
    await watched.relays.close(channels[1])


async def _has_room_soon(watched: Watched) -> bool:
    with contextlib.suppress(TimeoutError):
        return await asyncio.wait_for(watched.relays.has_room(asyncio.Event()), timeout=0.05)
    return False


async def test_turned_away_twice_before_a_text_the_other_stands_in(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    watched = Watched([route("main", two[0]), route("spare", two[1])])
    away = Reply(Stage.MAIL, 451, "4.3.0 try later")
    channel = await watched.channel()
    assert watched.relays.failed(channel, away) == BACKOFF_S[0]
    await watched.relays.succeeded(channel)
    assert watched.relays.failed(channel, away) == BACKOFF_S[0]
    assert watched.relays.current() == "main"
    assert watched.relays.failed(channel, away) == 0
    assert watched.relays.current() == "spare"
    assert watched.reports == ["relay main turned us away: 451 4.3.0 try later; relay spare takes over"]
    await watched.relays.close(channel)


async def test_where_nobody_stands_in_being_turned_away_ends_the_run(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    watched = Watched([route("main", two[0], connections=1)])
    away = Reply(Stage.MAIL, 451, "4.3.0 try later")
    channel = await watched.channel()
    waits = [watched.relays.failed(channel, away) for _ in range(4)]
    assert waits == [0.01, 0.01, 0.01, None]
    await watched.relays.close(channel)


async def test_fewer_messages_a_connection_than_asked_for_are_told_once(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    two[0].extensions = ("PIPELINING", "LIMITS MAILMAX=7 RCPTMAX=1")
    watched = Watched([route("main", two[0])])
    for channel in [await watched.channel(), await watched.channel()]:
        await watched.relays.close(channel)
    assert watched.reports == ["relay main: it takes 7 messages a connection, not 50"]


async def test_a_share_that_was_not_asked_for_of_late_is_asked_for_before_it_is_used(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    """A process that slept finds its connections open, and what it had may be another's by then."""
    watched = Watched([route("main", two[0])], shares={"main": 2})
    channels = [await watched.channel(), await watched.channel()]
    assert (watched.relays.is_share_current(), len(watched.requests)) == (True, 1)
    watched.seconds += 14
    assert watched.relays.is_share_current()
    watched.seconds += 60
    watched.shares = {"main": 1}
    assert not watched.relays.is_share_current()
    assert [watched.relays.should_close(each) for each in channels] == [False, False]  # it knows nothing of it yet
    await asyncio.gather(watched.relays.refresh_shares(), watched.relays.refresh_shares())
    assert (watched.relays.is_share_current(), len(watched.requests)) == (True, 2)
    assert watched.relays.should_close(channels[0])
    await watched.relays.close(channels[0])
    assert not watched.relays.should_close(channels[1])
    watched.seconds += 60
    watched.shares = {"main": 0}
    assert await watched.relays.open() is None  # asked anew here too
    assert watched.relays.should_close(channels[1])
    await watched.relays.close(channels[1])
    await watched.relays.share(is_idle=True)
    await watched.relays.share(is_idle=True)
    assert watched.requests[-1] == {"main": Use(0, 0, 2)}


async def test_who_wakes_while_the_ledger_is_away_gives_up_its_connections_at_once(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    watched = Watched([route("main", two[0])], shares={"main": 2})
    channels = [await watched.channel(), await watched.channel()]
    watched.is_ledger_away = True
    watched.seconds += 60  # asleep, for longer than half a lease
    async with asyncio.timeout(20):
        await watched.relays.share(is_idle=False)
    assert all(map(watched.relays.should_close, channels))
    watched.is_ledger_away = False
    await watched.relays.share(is_idle=False)
    assert not any(map(watched.relays.should_close, channels))


async def test_a_connection_that_is_idle_no_more_is_not_closed_behind_another_one(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    watched = Watched([route("main", two[0])], shares={"main": 2})
    channels = [await watched.channel(), await watched.channel()]
    two[0].at = {"quit": Act(silent=True)}
    watched.shares = {"main": 0}
    await watched.relays.share(is_idle=False)
    idle: set[Channel | None] = {None, *channels}
    closing = asyncio.create_task(watched.relays.close_idle(idle))
    await until(lambda: "QUIT" in two[0].commands)
    at_work = next(each for each in channels if not each.is_closed)
    idle.discard(at_work)
    await closing  # after a second: a relay that says no goodbye keeps nobody waiting
    assert not at_work.is_closed
    assert at_work.session.usable
    await until(lambda: two[0].open == 1)
    two[0].at = {}
    await watched.relays.close_idle(channels)
    await until(lambda: two[0].open == 0)


async def test_a_connection_that_showed_a_relay_to_be_back_is_closed_where_others_wait_for_it(
    two: tuple[ScriptedServer, ScriptedServer],
) -> None:
    main, spare = two
    main.at = {"connect": BUSY}
    watched = Watched([route("main", main), route("spare", spare)], shares={"main": 1, "spare": 2})
    channel = await watched.channel()
    reviving = asyncio.create_task(watched.relays.revive())
    main.at = {"connect": Act(delay_s=0.2)}
    before = main.connections
    await until(lambda: main.connections > before)
    await watched.relays.share(is_idle=False)
    assert watched.requests[-1]["main"] == Use(1, 1, 2)  # also while it is opened
    await until(lambda: watched.relays.current() == "main")
    await watched.relays.share(is_idle=True)
    assert (watched.requests[-1]["main"], main.open) == (Use(1, 0, 2), 1)
    watched.shares = {"main": 0, "spare": 2}
    await watched.relays.share(is_idle=True)
    await until(lambda: main.open == 0)
    await watched.relays.share(is_idle=True)
    assert watched.requests[-1]["main"] == Use(0, 0, 2)
    await watched.relays.close(channel)
    reviving.cancel()
    await asyncio.gather(reviving, return_exceptions=True)
