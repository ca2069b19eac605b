"""The connections of a relay are shared by those who send over it: equal parts, and never more than there are."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mailer.ledger import Ledger
from mailer.ledger.pacing import TURN_S, Pace, Use, fewer_connections, share_connections
from mailer.ledger.processes import ProcessLock, end
from mailer.ledger.rows import count_rows
from mailer.ledger.tables import relay_share
from tests.ledger.rows import NOW, later, start

RELAY = "relay:main"


@pytest.fixture
def senders(ledger: Ledger, run_folder: Path) -> Iterator[list[str]]:
    """Let three processes be at work."""
    with ledger.writing() as connection:
        locks: list[ProcessLock] = [start(connection, run_folder) for _ in range(3)]
    yield sorted(lock.owner for lock in locks)
    for lock in locks:
        lock.free()


def take(ledger: Ledger, owner: str, has: int, wants: int = 10, *, most: int = 10, now: datetime = NOW) -> int:
    with ledger.writing() as connection:
        return share_connections(connection, RELAY, owner, Use(has, wants, most), now=now)


def finish(ledger: Ledger, owner: str) -> None:
    with ledger.writing() as connection:
        end(connection, owner, now=NOW)


def test_the_second_gets_its_part_as_the_first_closes_what_is_too_many(ledger: Ledger, senders: list[str]) -> None:
    first, second, _ = senders
    assert take(ledger, first, 0) == 10
    assert take(ledger, second, 0) == 0  # all are another's, until it has closed some
    assert take(ledger, first, 10) == 5
    assert take(ledger, second, 0) == 0
    assert take(ledger, first, 6) == 5
    assert take(ledger, second, 0) == 4
    assert take(ledger, first, 5) == 5
    assert take(ledger, second, 4) == 5


def test_who_wants_less_leaves_the_rest_to_others(ledger: Ledger, senders: list[str]) -> None:
    first, second, _ = senders
    assert take(ledger, first, 0, 2) == 2
    assert take(ledger, second, 0) == 8
    assert take(ledger, first, 2, 10) == 2
    assert take(ledger, second, 8) == 5


def test_who_is_idle_keeps_what_nobody_waits_for(ledger: Ledger, senders: list[str]) -> None:
    first, second, _ = senders
    assert take(ledger, first, 0) == 10
    assert take(ledger, first, 10, 0) == 10
    assert take(ledger, second, 0) == 0
    assert take(ledger, first, 10, 0) == 0
    assert take(ledger, first, 0, 0) == 0
    assert take(ledger, second, 0) == 10


def test_where_there_are_fewer_connections_than_processes_they_take_turns(ledger: Ledger, senders: list[str]) -> None:
    got: list[set[str]] = []
    has = dict.fromkeys(senders, 0)
    for turn in range(3):
        for _ in range(3):  # who has one too many closes it, says so, and then another opens it
            for each in senders:
                has[each] = take(ledger, each, has[each], most=2, now=later(turn * TURN_S))
                assert sum(has.values()) <= 2
        got.append({each for each in senders if has[each]})
    assert [len(each) for each in got] == [2, 2, 2]
    assert set.union(*got) == set(senders)
    assert not set.intersection(*got)


def test_where_settings_differ_the_smaller_number_is_for_all(ledger: Ledger, senders: list[str]) -> None:
    first, second, _ = senders
    assert take(ledger, first, 0, 10) == 10
    assert take(ledger, second, 0, 3, most=3) == 0
    assert take(ledger, first, 10, 10) == 1
    assert take(ledger, first, 1, 10) == 1
    assert take(ledger, second, 0, 3, most=3) == 2
    finish(ledger, second)
    assert take(ledger, first, 1, 10) == 10


def test_what_a_process_had_is_free_when_it_is_ended_and_it_gets_nothing_more(
    ledger: Ledger, senders: list[str]
) -> None:
    first, second, _ = senders
    assert take(ledger, first, 0) == 10
    assert take(ledger, second, 0) == 0
    finish(ledger, first)
    assert take(ledger, second, 0) == 10
    assert take(ledger, first, 10) == 0  # it was asleep, and wakes
    finish(ledger, second)
    with ledger.reading() as connection:
        assert count_rows(connection, relay_share.c.held >= 0) == 0


def test_a_relay_that_wants_fewer_is_asked_for_one_less_than_all_have(ledger: Ledger, senders: list[str]) -> None:
    first, second, _ = senders
    assert (take(ledger, first, 0, 2), take(ledger, second, 0, 2)) == (2, 2)
    with ledger.writing() as connection:
        wanted = Pace(RELAY, connections=10)
        fewer = fewer_connections(connection, wanted, now=NOW, open_now=2, reason="connections", owner=second)
    assert fewer.connections == 3
    assert take(ledger, second, 2, 2, most=3) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_whatever_processes_do_there_are_never_more_and_who_wants_some_gets_some(
    ledger: Ledger, run_folder: Path, seed: int
) -> None:
    """They come, are busy or idle, are slow to close, and die; each opens what it was given, and not before."""
    drawn = random.Random(seed)  # noqa: S311 - the same each time
    most = drawn.choice([1, 2, 3, 10])
    may: dict[str, int] = {}
    open_: Counter[str] = Counter()
    locks: list[ProcessLock] = []
    waits: Counter[str] = Counter()
    for second in range(400):
        now = later(second)
        if len(may) < 2 or (len(may) < 5 and drawn.random() < 0.02):
            with ledger.writing() as connection:
                locks.append(start(connection, run_folder))
            may[locks[-1].owner] = 0
        if len(may) > 1 and drawn.random() < 0.01:
            gone = drawn.choice(sorted(may))
            finish(ledger, gone)  # its sockets were closed by the kernel before anybody could see it dead
            del may[gone], open_[gone], waits[gone]
        for each in sorted(may, key=lambda _: drawn.random()):
            wants = 0 if drawn.random() < 0.1 else most
            # what it says it has is what it may open meanwhile, and what it has not closed yet
            has = max(open_[each], may[each])
            may[each] = take(ledger, each, has, wants, most=most, now=now)
            if open_[each] > may[each]:
                open_[each] -= drawn.randint(0, open_[each] - may[each])  # some are busy
            elif wants:
                open_[each] = drawn.randint(open_[each], may[each]) if drawn.random() < 0.2 else may[each]
            waits[each] = 0 if open_[each] or not wants else waits[each] + 1
            assert open_.total() <= most
            assert waits[each] < TURN_S * (len(may) + 2)
    for lock in locks:
        lock.free()


def test_processes_that_ask_at_once_get_no_more_than_there_are(ledger: Ledger, senders: list[str]) -> None:
    got: list[int] = []
    ready = threading.Barrier(len(senders))

    def ask(owner: str) -> None:
        ready.wait()
        got.append(take(ledger, owner, 0, 2, most=3))

    threads = [threading.Thread(target=ask, args=(each,)) for each in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0, 1, 2]
