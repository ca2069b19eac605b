"""Duties: each once a period, however many workers there are and whatever their clocks say."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.fleet.worker import DUTIES
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.processes import claim_period, hold_duty, leave_duty
from mailer.ledger.rows import count_rows
from mailer.ledger.tables import duty

EVERY = timedelta(seconds=15)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def claims(ledger: Ledger, seconds: float, owner: str = "gull", name: str = "waves") -> bool:
    with ledger.writing() as connection:
        return claim_period(connection, name, every=EVERY, owner=owner, now=NOON + timedelta(seconds=seconds))


def test_a_duty_is_claimed_once_a_period_and_again_in_the_next(ledger: Ledger) -> None:
    assert [claims(ledger, seconds) for seconds in (0, 0.2, 7, 15, 16, 30)] == [True, False, False, True, False, True]
    assert claims(ledger, 0, name="plannings")


def test_a_day_begins_at_midnight_for_who_comes_at_any_time(ledger: Ledger) -> None:
    def claims_day(hours: float) -> bool:
        now = NOON + timedelta(hours=hours)
        with ledger.writing() as connection:
            return claim_period(connection, "purge", every=timedelta(days=1), owner="gull", now=now, ticks=False)

    assert [claims_day(hours) for hours in (-11.9, 0, 11.9, 12, 35, 36)] == [True, False, False, True, False, True]


def test_clocks_that_are_five_seconds_off_meet_the_same_period(ledger: Ledger) -> None:
    for tick in (0, 15, 30):
        assert [claims(ledger, tick + wrong, owner) for wrong, owner in ((-5, "auk"), (0, "gull"), (5, "tern"))] == [
            *(True, False, False)
        ]


@pytest.mark.usefixtures("ledger")
def test_of_many_who_claim_at_once_one_gets_it(ledger_url: str, tmp_path: Path) -> None:
    won: list[str] = []
    together = threading.Barrier(6)

    def claim(owner: str) -> None:
        opened = open_ledger(ledger_url, tmp_path)
        assert opened is not None
        together.wait(60)
        if claims(opened, 0, owner):
            won.append(owner)
        opened.close()

    threads = [threading.Thread(target=claim, args=(f"worker-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_what_was_claimed_long_ago_is_forgotten(ledger: Ledger) -> None:
    for seconds in (0, 15, 3600 + 60):
        assert claims(ledger, seconds)
    with ledger.reading() as connection:
        assert count_rows(connection, duty.c.name == "waves") == 1


def test_a_lease_is_renewed_by_its_owner_and_taken_by_others_when_it_is_over_or_left(ledger: Ledger) -> None:
    def holds(seconds: float, owner: str) -> bool:
        with ledger.writing() as connection:
            return hold_duty(connection, "collect main", owner=owner, now=NOON + timedelta(seconds=seconds))

    assert [holds(0, "gull"), holds(50, "auk"), holds(50, "gull"), holds(109, "auk"), holds(110, "auk")] == [
        *(True, False, True, False, True)
    ]
    assert not holds(111, "gull")
    for owner in ("gull", "auk"):
        with ledger.writing() as connection:
            leave_duty(connection, "collect main", owner)
        assert holds(112, "gull") is (owner == "auk")


def test_a_duty_is_held_for_as_long_as_the_office_calls_a_lease(ledger: Ledger) -> None:
    def holds(seconds: float, owner: str) -> bool:
        now, lease = NOON + timedelta(seconds=seconds), timedelta(seconds=4)
        with ledger.writing() as connection:
            return hold_duty(connection, "collect main", owner=owner, now=now, lease=lease)

    assert [holds(0, "gull"), holds(3, "auk"), holds(3, "gull"), holds(6, "auk"), holds(7, "auk")] == [
        *(True, False, True, False, True)
    ]


def test_every_duty_has_a_name_and_a_period_of_its_own() -> None:
    assert len({each.name for each in DUTIES}) == len(DUTIES)
    assert all(60 % each.every.total_seconds() == 0 for each in DUTIES)  # a cron can say it
