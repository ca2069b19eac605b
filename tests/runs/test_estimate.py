"""How long it takes is told before anybody says yes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.ledger import open_ledger
from mailer.ledger.pacing import relay_pace, slow_down, take_slots
from mailer.runs.planning.prepare import Estimate, estimate_time
from mailer.settings import DomainPace, Relay, format_rate

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24)
DAY_MIN = 24 * 60 + 10  # a day is counted in steps of ten minutes, and the last one is waited for


def relay(**changes: object) -> Relay:
    return Relay(key="main", host="smtp.example.org", **changes)  # type: ignore[arg-type]


def reckoned(
    to: Relay, people: dict[str, int] | int, *, expires_h: float | None = None, **rules: DomainPace
) -> Estimate | None:
    there = {"d.example": people} if isinstance(people, int) else people
    expires_at = None if expires_h is None else NOW + HOUR * expires_h
    named = {name.replace("_", "."): rule for name, rule in rules.items()}
    return estimate_time(None, to, there, named, now=NOW, expires_at=expires_at)


def test_where_nothing_bounds_the_speed_there_is_nothing_to_say() -> None:
    assert reckoned(relay(), 1_000_000) is None
    assert reckoned(relay(rate="30/min", per_day=5), 0) is None


@pytest.mark.parametrize(
    "changes, people, done_min, days, bound",
    [
        ({"rate": "30/min"}, 1801, 60, 1, "30/min"),
        ({"per_day": 2000}, 2000, 0, 1, "2,000/day"),
        ({"per_day": 2000}, 4500, 2 * DAY_MIN, 3, "2,000/day"),
        ({"rate": "60/min", "per_day": 60}, 61, DAY_MIN, 2, "60/day"),
        ({"rate": "1/min", "per_day": 60}, 60, 59, 1, "1/min"),
        ({"warm_up": (10, 20)}, 31, 2 * DAY_MIN, 3, "10/day while it warms up"),
        ({"warm_up": (10, 20), "per_day": 15}, 40, 2 * DAY_MIN, 3, "10/day while it warms up"),
    ],
)
def test_rate_day_and_warming_up_are_reckoned_together(
    changes: dict[str, object], people: int, done_min: float, days: int, bound: str
) -> None:
    found = reckoned(relay(**changes), people)
    assert found is not None
    assert (found.done_at, found.days, found.bound) == (NOW + MINUTE * done_min, days, bound)


def test_the_slowest_domain_is_waited_for() -> None:
    found = reckoned(relay(rate="60/min"), {"gmail.com": 101, "d.example": 60}, gmail_com=DomainPace(rate="1/min"))
    assert found == Estimate(NOW + timedelta(minutes=100), "gmail.com at 1/min")


@pytest.mark.parametrize(
    "changes, people, expires_h, late",
    [
        ({"per_day": 2000}, 4500, 25, 500),
        ({"per_day": 2000}, 4500, 24, 2500),
        ({"per_day": 2000}, 2000, 24, 0),
        ({"rate": "60/h"}, 121, 2, 0),
        ({"rate": "60/h"}, 121, 1, 60),
    ],
)
def test_who_would_be_too_late_is_counted(changes: dict[str, object], people: int, expires_h: float, late: int) -> None:
    found = reckoned(relay(**changes), people, expires_h=expires_h)
    assert found is not None
    assert found.late == late


def test_what_went_today_and_what_was_asked_of_us_count(tmp_path: Path) -> None:
    ledger = open_ledger("sqlite:///.mailer/ledger.db", tmp_path)
    assert ledger is not None
    to = relay(per_day=100, rate="1/s")
    with ledger.writing() as connection:
        take_slots(connection, relay_pace(to), now=NOW - HOUR, count=90)
        slow_down(connection, relay_pace(to), now=NOW, reason="rate")
        found = estimate_time(connection, to, {"d.example": 10}, {}, now=NOW)
        assert found == Estimate(NOW + timedelta(seconds=18), "30/min")
        found = estimate_time(connection, to, {"d.example": 20}, {}, now=NOW)
        assert found is not None
        assert (found.days, found.bound) == (2, "100/day")
        take_slots(connection, relay_pace(to), now=NOW, count=10)
        full = estimate_time(connection, to, {"d.example": 1}, {}, now=NOW)
    ledger.close()
    assert full == Estimate(NOW - HOUR + DAY + timedelta(minutes=10), "100/day")


@pytest.mark.parametrize(
    "step_s, text",
    [(2, "30/min"), (1, "60/min"), (0.5, "2/s"), (0.01, "100/s"), (120, "30/h"), (3600, "1/h"), (7200, "12/day")],
)
def test_a_pace_is_said_in_the_unit_that_reads_best(step_s: float, text: str) -> None:
    assert format_rate(step_s) == text
