"""Parts of a plan: each is claimed by one worker, and what a planner or a worker has lost is nobody's any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mailer.ledger import Ledger
from mailer.ledger.planning import (
    collect_parts,
    drop_abandoned_parts,
    drop_parts,
    exchange_parts,
    find_planner,
    offer_part,
    read_order,
)
from mailer.ledger.rows import count_rows
from mailer.ledger.tables import plan_part

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
GULL, AUK = "gull:1", "auk:1"


def begin(ledger: Ledger, planner: str = "wren", parts: int = 2) -> None:
    with ledger.writing() as connection:
        offer_part(connection, planner, 0, b"order", until=NOON + LEASE)
        for number in range(1, parts + 1):
            offer_part(connection, planner, number, b"%d" % number)


def ask(ledger: Ledger, worker: str, made: dict[int, bytes | None] | None = None, *, most: int = 1) -> object:
    with ledger.writing(sharing=True) as connection:
        return exchange_parts(connection, "wren", worker, made or {}, most=most, now=NOON)


def look(ledger: Ledger, seconds: float = 0) -> object:
    with ledger.writing(sharing=True) as connection:
        return collect_parts(connection, "wren", now=NOON + timedelta(seconds=seconds), lease=LEASE)


def find(ledger: Ledger, seconds: float, but_for: tuple[str, ...] = ()) -> object:
    with ledger.reading() as connection:
        planner = find_planner(connection, now=NOON + timedelta(seconds=seconds), but_for=but_for)
        return planner, read_order(connection, planner)


def test_a_part_is_claimed_once_and_fetched_once(ledger: Ledger) -> None:
    begin(ledger)
    assert [ask(ledger, GULL), ask(ledger, AUK, most=5), ask(ledger, AUK)] == [[(1, b"1")], [(2, b"2")], []]
    assert look(ledger) == ([], {1: True, 2: True})
    ask(ledger, GULL, {1: b"made"})
    assert look(ledger) == ([(1, GULL, b"made")], {2: True})
    assert look(ledger) == ([], {2: True})


def test_a_part_that_is_given_back_is_claimed_again(ledger: Ledger) -> None:
    begin(ledger, parts=1)
    assert ask(ledger, GULL) == [(1, b"1")]
    assert ask(ledger, GULL, {1: None}, most=0) == []
    assert look(ledger) == ([], {1: False})
    assert ask(ledger, AUK) == [(1, b"1")]


def test_what_comes_late_changes_nothing(ledger: Ledger) -> None:
    begin(ledger, parts=1)
    ask(ledger, GULL)
    ask(ledger, AUK, {1: b"of another"})
    assert look(ledger) == ([], {1: True})
    with ledger.writing() as connection:
        drop_parts(connection, "wren", 1)
    ask(ledger, GULL, {1: b"late"})
    assert look(ledger) == ([], {})


def test_a_planner_is_alive_as_long_as_it_looks(ledger: Ledger) -> None:
    begin(ledger)
    assert find(ledger, 59) == ("wren", b"order")
    assert find(ledger, 59, ("wren",)) == ("", None)
    assert find(ledger, 61) == ("", None)
    look(ledger, 30)
    assert find(ledger, 89) == ("wren", b"order")


def test_what_dead_planners_left_goes_and_what_others_plan_stays(ledger: Ledger) -> None:
    begin(ledger)
    begin(ledger, "tern")
    look(ledger, 30)
    with ledger.writing(sharing=True) as connection:
        drop_abandoned_parts(connection, now=NOON + timedelta(seconds=70))
        assert count_rows(connection, plan_part.c.planner == "tern") == 0
        assert count_rows(connection, plan_part.c.planner == "wren") == 3
        drop_parts(connection, "wren")
        assert exchange_parts(connection, "wren", GULL, {}, most=1, now=NOON) is None
