"""Who may go now, and when the next may: relays by their rate and day, domains by theirs, over a real ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import update

from mailer.ledger import Connection, Ledger, open_ledger
from mailer.ledger.deliveries import claim, release
from mailer.ledger.mailings import Mailing, Stamp
from mailer.ledger.pacing import read_day, relay_pace
from mailer.ledger.tables import delivery
from mailer.reply.policy import Complaint, Slower
from mailer.reply.values import Reply, Stage
from mailer.runs.sending.relays import Domains, Pacer, Turn
from mailer.settings import DomainPace, Pacing, Relay
from tests.ledger.rows import NOW, events, open_mailing, plan, start

_T = TypeVar("_T")
TOO_FAST, TOO_MANY = Complaint(Slower.RATE), Complaint(Slower.CONNECTIONS)
TOO_FAST_THERE = Complaint(Slower.RATE, by_domain=True)


@dataclass
class Setup:
    """A ledger, and a clock that is set by hand."""

    ledger: Ledger
    now: datetime = NOW
    repeats: bool = False  # each transaction is lost at its end, once

    async def run_in_ledger(self, work: Callable[[Connection], _T]) -> _T:
        with self.ledger.engine.connect() as lost:
            if self.repeats:
                work(lost)
                lost.rollback()
        with self.ledger.writing() as connection:
            return work(connection)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def pacer(
        self,
        *relays: Relay,
        pacing: Pacing | None = None,
        mailing_id: int = 0,
        say: Callable[[str], None] = lambda _: None,
    ) -> Pacer:
        bounds = (relays, pacing or Pacing())
        return Pacer(self, *bounds, mailing_id=mailing_id, stamp=lambda: Stamp(self.clock(), "ada@desk"), say=say)

    def look(self, pacer: Pacer) -> None:
        with self.ledger.reading() as connection:
            pacer.read_lowered(connection)


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    ledger = open_ledger("sqlite:///.mailer/ledger.db", tmp_path)
    assert ledger is not None
    yield Setup(ledger)
    ledger.close()


def relay(**changes: object) -> Relay:
    return Relay(key="main", host="smtp.example.org", **changes)  # type: ignore[arg-type]


async def go(setup: Setup, pacer: Pacer, seconds: float) -> list[float]:
    """Send whatever may go for so many seconds; return when each went."""
    until, sent = setup.now + timedelta(seconds=seconds), []
    while setup.now < until:
        turn = await pacer.turn("main")
        if turn.wait_s:
            setup.wait(min(turn.wait_s, 1.0))
        else:
            sent.append(round((setup.now - NOW).total_seconds(), 3))
    return sent


async def test_a_relay_that_nothing_bounds_is_free(setup: Setup) -> None:
    pacer = setup.pacer(relay())
    assert pacer.is_free("main")
    assert [await pacer.turn("main") for _ in range(1000)] == [Turn(0)] * 1000


async def test_a_relays_rate_is_kept_to_the_second(setup: Setup) -> None:
    pacer = setup.pacer(relay(rate="2/s"))
    assert not pacer.is_free("main")
    assert await go(setup, pacer, 3) == [0, 0.5, 1, 1.5, 2, 2.5]
    setup.wait(100)  # the laptop slept: what was missed does not come in a heap
    assert len(await go(setup, pacer, 1)) == 2


async def test_what_was_taken_and_not_used_is_there_for_the_next(setup: Setup) -> None:
    first = setup.pacer(relay(rate="2/s", per_day=100))
    assert (await first.turn("main")).wait_s == 0
    await first.close()
    with setup.ledger.reading() as connection:
        assert read_day(connection, relay_pace(relay(per_day=100)), now=setup.now).used == 1
    assert (await setup.pacer(relay(rate="2/s", per_day=100)).turn("main")).wait_s == 0.5


async def test_what_a_lost_transaction_took_is_not_used_beside_what_its_repetition_took(setup: Setup) -> None:
    setup.repeats = True
    assert await go(setup, setup.pacer(relay(rate="2/s")), 4) == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]


async def test_a_full_day_is_told_with_its_end(setup: Setup) -> None:
    pacer = setup.pacer(relay(per_day=3))
    assert await go(setup, pacer, 1) == [0, 0, 0]
    turn = await pacer.turn("main")
    assert turn.by_day
    assert timedelta(hours=23) < timedelta(seconds=turn.wait_s) <= timedelta(hours=24, minutes=10)


async def test_a_complaint_slows_this_process_and_the_next(setup: Setup) -> None:
    pacer = setup.pacer(relay())
    for _ in range(5):
        await pacer.turn("main")
        setup.wait(0.1)
    before, lowered = await pacer.lower("main", TOO_FAST, domain="", open_now=3)
    assert before.step_s == 0
    assert lowered.step_s == pytest.approx(0.4)
    assert (await pacer.turn("main")).wait_s == pytest.approx(0.4)
    other = setup.pacer(relay())
    setup.look(other)
    assert not other.is_free("main")
    setup.wait(601)
    setup.look(other)
    setup.wait(1200)
    setup.look(other)
    setup.wait(60000)
    setup.look(other)
    assert other.is_free("main")


async def test_too_many_connections_become_fewer_here_and_for_the_next(setup: Setup) -> None:
    pacer = setup.pacer(relay(connections=5))
    assert pacer.connections("main") == 5
    await pacer.lower("main", TOO_MANY, domain="", open_now=4)
    assert pacer.connections("main") == 3
    assert pacer.is_free("main")  # it asked for fewer connections, not for less mail
    other = setup.pacer(relay(connections=5))
    setup.look(other)
    assert other.connections("main") == 3


async def test_what_was_begun_before_a_complaint_was_heeded_is_no_second_one(setup: Setup) -> None:
    """Twenty messages are in flight when the first is told to slow down, and all of them get the same reply."""
    with setup.ledger.writing() as connection:
        mailing = open_mailing(connection)
    reports = list[str]()
    pacer = setup.pacer(relay(rate="8/s"), mailing_id=mailing.id, say=reports.append)
    begun_at = setup.now
    slow_down = Reply(Stage.BODY, 450, "4.7.0 slow down")
    setup.wait(1)
    assert await pacer.heed("main", slow_down, begun_at) is False
    assert await pacer.heed("main", slow_down, begun_at) is True
    assert await pacer.heed("main", Reply(Stage.BODY, 250, "2.0.0 ok"), begun_at) is False
    assert reports == ["relay main: 4/s instead of 8/s, because we were too fast for it (“450 4.7.0 slow down”)"]
    setup.wait(1)
    await pacer.heed("main", slow_down, setup.now)
    assert reports[1].startswith("relay main: 2/s instead of 4/s")
    assert events(setup.ledger).count("slowed") == 2


# Domains


def claimed(
    setup: Setup, domains: Domains, mailing: Mailing, owner: str, limit: int = 20
) -> tuple[list[tuple[float, str]], set[str]]:
    """Claim as the feed does; return the recipients with their times, and the domains that were left out."""
    with setup.ledger.writing() as connection:
        full = domains.full(connection, now=setup.now)
        taken, _ = claim(connection, mailing.id, owner, limit=limit, now=setup.now, without_domains=full)
        assert not {each.domain for each in taken} & full.keys()
        chosen, returned = domains.admit(connection, taken, now=setup.now)
        release(connection, returned, owner)
    kept = [((moment - setup.now).total_seconds(), each.address) for moment, each in chosen]
    return kept, set(full)


def settle(setup: Setup, address: str) -> None:
    with setup.ledger.writing() as connection:
        done = update(delivery).where(delivery.c.address == address)
        connection.execute(done.values(state="accepted", lease_owner=None))


@pytest.fixture
def mailing(setup: Setup, tmp_path: Path) -> Iterator[tuple[Mailing, str]]:
    with setup.ledger.writing() as connection:
        found = open_mailing(connection)
        plan(connection, found, [f"{name}@{domain}" for name in "abcd" for domain in ("gmail.com", "d.example")])
        lock = start(connection, tmp_path / ".mailer")
    yield found, lock.owner
    lock.free()


def test_without_a_bound_all_are_kept(setup: Setup, mailing: tuple[Mailing, str]) -> None:
    kept, full = claimed(setup, Domains({}, 0), *mailing)
    assert ([moment for moment, _ in kept], full) == ([0] * 8, set())


def test_no_more_are_on_their_way_to_a_domain_than_it_takes(setup: Setup, mailing: tuple[Mailing, str]) -> None:
    domains = Domains({"gmail.com": DomainPace(in_flight=2)}, 0)
    kept, _ = claimed(setup, domains, *mailing)
    assert [address for _, address in kept if "gmail" in address] == ["a@gmail.com", "b@gmail.com"]
    assert len(kept) == 6
    assert claimed(setup, domains, *mailing) == ([], {"gmail.com"})
    settle(setup, "a@gmail.com")
    assert claimed(setup, domains, *mailing) == ([(0, "c@gmail.com")], set())


def test_a_relays_bound_holds_for_every_domain_that_has_none(setup: Setup, mailing: tuple[Mailing, str]) -> None:
    domains = Domains({"gmail.com": DomainPace(in_flight=1)}, 3)
    kept, _ = claimed(setup, domains, *mailing)
    assert [address for _, address in kept] == ["a@gmail.com", *(f"{name}@d.example" for name in "abc")]
    assert claimed(setup, domains, *mailing) == ([], {"gmail.com", "d.example"})


def test_a_domains_rate_is_kept_by_the_moments_of_its_people(setup: Setup, mailing: tuple[Mailing, str]) -> None:
    domains = Domains({"gmail.com": DomainPace(rate="1/s")}, 0)
    kept, _ = claimed(setup, domains, *mailing)
    assert [each for each in kept if "gmail" in each[1]] == [(0, "a@gmail.com"), (1, "b@gmail.com"), (2, "c@gmail.com")]
    assert [moment for moment, address in kept if "gmail" not in address] == [0] * 4
    with setup.ledger.reading() as connection:
        full = domains.full(connection, now=setup.now)
    assert full == {"gmail.com": setup.now + timedelta(seconds=1)}  # then the fourth is two seconds away
    setup.wait(1)
    assert claimed(setup, domains, *mailing) == ([(2, "d@gmail.com")], set())


async def test_a_domain_that_complains_is_slowed_and_the_others_are_not(
    setup: Setup, mailing: tuple[Mailing, str]
) -> None:
    pacer = setup.pacer(relay())
    _, lowered = await pacer.lower("main", TOO_FAST_THERE, domain="gmail.com", open_now=3)
    assert (lowered.name, lowered.step_s) == ("domain:gmail.com", 1)
    assert pacer.is_free("main")
    kept, _ = claimed(setup, pacer.domains, *mailing)
    assert [each for each in kept if "gmail" in each[1]] == [(1, "a@gmail.com"), (2, "b@gmail.com")]
    assert len(kept) == 6
