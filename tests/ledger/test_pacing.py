"""The next message may leave when rate, day and the server's own words say so, whoever asks."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from mailer.ledger import Ledger, open_ledger
from mailer.ledger.pacing import (
    DAY,
    RAISE_AFTER,
    SLOWEST_S,
    Day,
    Lowered,
    Pace,
    Slots,
    fewer_connections,
    give_back_slots,
    leased_by_domain,
    read_day,
    read_pace,
    slow_down,
    take_slots,
)
from mailer.ledger.processes import ProcessLock
from mailer.ledger.tables import pace, pace_day, warm_up
from mailer.settings import parse_rate
from tests.ledger.rows import claimed, open_mailing, plan

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def since_noon(moments: Sequence[datetime]) -> list[float]:
    return [(at - NOON).total_seconds() for at in moments]


def take(ledger: Ledger, wanted: Pace, *, now: datetime = NOON, count: int = 1, until: datetime | None = None) -> Slots:
    with ledger.writing() as connection:
        return take_slots(connection, wanted, now=now, count=count, until=until)


def day(ledger: Ledger, wanted: Pace, now: datetime) -> Day:
    with ledger.reading() as connection:
        return read_day(connection, wanted, now=now)


def seen(ledger: Ledger, wanted: Pace, now: datetime) -> Lowered:
    with ledger.reading() as connection:
        return read_pace(connection, wanted, now=now)


def test_slots_follow_each_other_at_the_step_and_never_pile_up(ledger: Ledger) -> None:
    def slots(*seconds: float) -> list[float]:
        with ledger.writing() as connection:
            return since_noon([take_slots(connection, Pace("relay:main", 2), now=at(s)).at[0] for s in seconds])

    assert slots(0, 0, 0, 1) == [0, 2, 4, 6]
    assert slots(7) == [8]
    assert slots(60, 60) == [60, 62]  # an hour of silence is no credit


def test_many_slots_are_taken_at_once_up_to_a_moment(ledger: Ledger) -> None:
    paced = Pace("relay:main", step_s=2)
    taken = take(ledger, paced, count=10, until=at(5))
    assert since_noon(taken.at) == [0, 2, 4]
    assert since_noon([taken.next_at]) == [6]
    assert take(ledger, paced, count=10, until=at(5)) == Slots((), at(6))
    assert since_noon(take(ledger, paced, now=at(6), count=2).at) == [6, 8]


def test_names_have_a_pace_of_their_own(ledger: Ledger) -> None:
    for name in ("relay:main", "relay:spare", "domain:gmail.com"):
        assert take(ledger, Pace(name, step_s=10)).at == (NOON,)


def test_what_nothing_bounds_goes_at_once_and_leaves_no_row(ledger: Ledger) -> None:
    assert take(ledger, Pace("relay:main"), count=3) == Slots((NOON, NOON, NOON), NOON)
    with ledger.reading() as connection:
        assert connection.execute(select(pace)).all() == []


@pytest.mark.parametrize("text, step_s", [("30/min", 2), ("1/s", 1), ("120 / h", 30), ("86400/day", 1)])
def test_rates_are_read(text: str, step_s: float) -> None:
    assert parse_rate(text) == step_s


@pytest.mark.parametrize("text", ["", "30", "0/min", "fast", "30/minute", "-1/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        parse_rate(text)


ASKS = st.lists(
    st.tuples(st.floats(0, 30), st.integers(0, 5), st.none() | st.floats(0, 20), st.integers(0, 5)), max_size=25
)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(step_s=st.floats(0.01, 7), asks=ASKS)
@example(step_s=60 / 7, asks=[(0, 5, None, 0), (0.5, 5, 3, 4), (0, 5, None, 5)])
def test_no_span_of_time_has_more_than_the_rate_and_one(
    ledger: Ledger, step_s: float, asks: list[tuple[float, int, float | None, int]]
) -> None:
    """Whoever asks when, for however many, and gives some of them back."""
    used: list[datetime] = []
    now, paced = NOON, Pace("relay:main", step_s=step_s)
    with ledger.writing() as connection:
        for table in (pace, pace_day, warm_up):
            connection.execute(delete(table))
        for after_s, count, until_s, unused in asks:
            now += timedelta(seconds=after_s)
            until = None if until_s is None else now + timedelta(seconds=until_s)
            taken = take_slots(connection, paced, now=now, count=count, until=until)
            assert all(each >= now for each in taken.at)
            assert all(until is None or each <= until for each in taken.at)
            back = taken.at[max(0, len(taken.at) - unused) :]
            give_back_slots(connection, paced, back, now=now)
            used += taken.at[: len(taken.at) - len(back)]
    used.sort()
    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(used)]
    assert min(gaps, default=step_s) >= step_s - 1e-9


def test_slots_given_back_are_taken_again_where_nobody_took_later_ones(ledger: Ledger) -> None:
    paced = Pace("relay:main", step_s=2, per_day=10)
    taken = take(ledger, paced, count=4)
    with ledger.writing() as connection:
        give_back_slots(connection, paced, taken.at[2:], now=at(1))
    assert day(ledger, paced, at(1)).used == 2
    assert since_noon(take(ledger, paced, count=2).at) == [4, 6]
    with ledger.writing() as connection:
        give_back_slots(connection, paced, taken.at[:1], now=at(1))  # others have gone on since: that moment is lost
    assert since_noon(take(ledger, paced).at) == [8]
    assert day(ledger, paced, at(1)).used == 4


# Days


def test_a_day_is_any_24_hours_and_survives_a_restart(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    paced = Pace("relay:main", per_day=5)
    assert len(take(ledger, paced, count=3).at) == 3
    later = NOON + 30 * MINUTE
    assert take(ledger, paced, now=later, count=9) == Slots((later, later), NOON + DAY + 10 * MINUTE, by_day=True)
    again = open_ledger(ledger_url, tmp_path)
    assert again is not None
    full = take(again, paced, now=NOON + 23 * 60 * MINUTE, count=9)
    again.close()
    assert (full.at, full.by_day, full.next_at) == ((), True, NOON + DAY + 10 * MINUTE)
    assert len(take(ledger, paced, now=full.next_at, count=9).at) == 3  # what went first is a day old
    assert day(ledger, paced, full.next_at) == Day(5, 5, later + DAY + 10 * MINUTE, number=1)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    per_day=st.integers(1, 40),
    asks=st.lists(st.tuples(st.integers(0, 15 * 60), st.integers(1, 30)), min_size=1, max_size=30),
)
def test_no_24_hours_have_more_than_the_day_allows(ledger: Ledger, per_day: int, asks: list[tuple[int, int]]) -> None:
    sent: list[datetime] = []
    now, paced = NOON, Pace("relay:main", per_day=per_day)
    with ledger.writing() as connection:
        for table in (pace, pace_day, warm_up):
            connection.execute(delete(table))
        for minutes, count in asks:
            now += minutes * MINUTE
            taken = take_slots(connection, paced, now=now, count=count)
            sent += taken.at
            assert taken.at or taken.next_at > now
            if not taken.at:  # what it says of the future holds
                assert take_slots(connection, paced, now=taken.next_at - timedelta(seconds=1)).at == ()
    for start in sent:
        assert sum(start <= at <= start + DAY for at in sent) <= per_day


def test_a_relay_warms_up_by_the_days_on_which_mail_goes(ledger: Ledger) -> None:
    paced = Pace("relay:main", per_day=50, warm_up=(5, 20))
    first = take(ledger, paced, count=99)
    assert (len(first.at), first.by_day) == (5, True)
    assert first.next_at == NOON + DAY  # the second day has more room
    assert len(take(ledger, paced, now=NOON + DAY, count=99).at) == 15  # the first five are still of these 24 hours
    week = NOON + 7 * DAY
    assert len(take(ledger, paced, now=week, count=99).at) == 50  # the third day of sending, a week later


# What the server's own words lower


def test_a_complaint_halves_the_pace_for_everybody_until_ten_quiet_minutes_have_gone(ledger: Ledger) -> None:
    paced = Pace("relay:main", step_s=2)
    with ledger.writing() as connection:
        lowered = slow_down(connection, paced, now=NOON, reason="rate")
    assert (lowered.step_s, lowered.reason, lowered.raise_at) == (4, "rate", NOON + RAISE_AFTER)
    assert since_noon(take(ledger, paced, count=3).at) == [4, 8, 12]
    with ledger.writing() as connection:
        slow_down(connection, paced, now=at(20), reason="rate")
    assert seen(ledger, paced, at(20)).step_s == 8
    raised = at(20) + RAISE_AFTER
    assert seen(ledger, paced, raised - MINUTE).step_s == 8
    assert seen(ledger, paced, raised).step_s == 4
    quiet = raised + RAISE_AFTER
    assert seen(ledger, paced, quiet) == Lowered("relay:main", 2, 0, at(28))  # as mailer.toml has it
    assert since_noon(take(ledger, paced, now=quiet, count=2).at) == [1220, 1222]


def test_a_relay_without_a_rate_gets_one_from_how_fast_it_was_when_it_complained(ledger: Ledger) -> None:
    free = Pace("relay:main")
    with ledger.writing() as connection:
        assert slow_down(connection, free, now=NOON, reason="rate", current_s=0.1).step_s == pytest.approx(0.4)
    assert since_noon(take(ledger, free, count=2).at) == [0.4, 0.8]
    assert take(ledger, free, now=NOON + DAY, count=2).at == (NOON + DAY, NOON + DAY)


def test_no_number_of_complaints_stops_a_relay_for_ever(ledger: Ledger) -> None:
    free = Pace("relay:main")
    for _ in range(30):
        with ledger.writing() as connection:
            lowered = slow_down(connection, free, now=NOON, reason="rate", current_s=1)
    assert lowered.step_s == SLOWEST_S
    assert seen(ledger, free, NOON + 400 * DAY).raise_at is None  # and a year later all is as it was


def test_a_complaint_never_makes_a_slow_relay_faster(ledger: Ledger) -> None:
    slow = Pace("relay:main", step_s=300)
    with ledger.writing() as connection:
        assert slow_down(connection, slow, now=NOON, reason="rate").step_s == 300
    assert since_noon(take(ledger, slow, count=2).at) == [300, 600]


def test_connections_are_taken_back_one_by_one_and_come_again(ledger: Ledger) -> None:
    relay = Pace("relay:main", connections=5)

    def complain(open_now: int, now: datetime = NOON) -> int:
        with ledger.writing() as connection:
            return fewer_connections(connection, relay, now=now, open_now=open_now, reason="connections").connections

    assert [complain(5), complain(5), complain(2), complain(1)] == [4, 3, 1, 1]
    assert seen(ledger, relay, NOON + RAISE_AFTER - MINUTE).connections == 1
    assert seen(ledger, relay, NOON + RAISE_AFTER).connections == 2
    assert seen(ledger, relay, NOON + 6 * RAISE_AFTER) == Lowered("relay:main", 0, 5, NOON)


def test_a_slower_pace_keeps_the_fewer_connections_and_the_other_way_round(ledger: Ledger) -> None:
    relay = Pace("relay:main", step_s=1, connections=4)
    with ledger.writing() as connection:
        fewer_connections(connection, relay, now=NOON, open_now=4, reason="connections")
        slowed = slow_down(connection, relay, now=NOON, reason="rate")
        assert (slowed.connections, slowed.step_s, slowed.reason) == (3, 2, "rate")
        fewer = fewer_connections(connection, relay, now=NOON, open_now=3, reason="connections")
        assert (fewer.connections, fewer.step_s) == (2, 2)


# Who is on the way


def test_what_is_leased_is_counted_by_domain_over_all_mailings(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        for slug in ("seals", "gulls"):
            mailing = open_mailing(connection, slug)
            plan(connection, mailing, ["a@gmail.com", "b@gmail.com", "c@d.example"])
            claimed(connection, mailing, lock.owner, limit=2)
        assert leased_by_domain(connection) == {"gmail.com": 4}


def _ask(url: str, root: Path, barrier: object, queue: object) -> None:
    opened = open_ledger(url, root)
    assert opened is not None
    barrier.wait()  # type: ignore[attr-defined]  # multiprocessing gives its types in a roundabout way
    found: list[datetime] = []
    for _ in range(40):
        with opened.writing() as connection:
            wanted = Pace("relay:main", step_s=0.5, per_day=300)
            found += take_slots(connection, wanted, now=datetime.now(UTC), count=5).at
    opened.close()
    queue.put(found)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_processes_share_one_pace_and_one_day(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier, queue = spawn.Barrier(2), spawn.Queue()
    processes = [spawn.Process(target=_ask, args=(ledger_url, tmp_path, barrier, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    taken = sorted(at for _ in processes for at in queue.get(timeout=300))
    for process in processes:
        process.join()
    assert len(taken) == 300
    gaps = {(later - earlier).total_seconds() for earlier, later in itertools.pairwise(taken)}
    assert min(gaps) >= 0.5
    with ledger.reading() as connection:
        assert read_day(connection, Pace("relay:main", per_day=300), now=datetime.now(UTC)).used == 300


def test_a_moment_that_a_clock_which_was_ahead_has_left_holds_nobody_up(ledger: Ledger) -> None:
    wanted = Pace("relay:main", step_s=6, per_day=5)
    tomorrow = NOON + timedelta(days=1)
    with ledger.writing() as connection:
        assert take_slots(connection, wanted, now=tomorrow, count=3, until=tomorrow).at == (tomorrow,)
        slow_down(connection, wanted, now=tomorrow, reason="toofast")
        taken = take_slots(connection, wanted, now=NOON, count=2, until=NOON)
        assert taken.at == (NOON,)
        assert read_pace(connection, wanted, now=NOON).step_s == 6
        full = take_slots(connection, replace(wanted, per_day=2), now=NOON, count=5)
        assert (full.at, full.by_day) == ((), True)
        assert full.next_at <= NOON + timedelta(hours=24, minutes=10)
