"""The next message may leave when the rate says so, whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailer.ledger import Ledger
from mailer.ledger.pacing import reserve
from mailer.settings import parse_rate

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_slots_follow_each_other_at_the_step_and_never_pile_up(ledger: Ledger) -> None:
    def slots(*seconds: float) -> list[float]:
        with ledger.writing() as connection:
            found = [reserve(connection, "relay:main", step_s=2, now=NOON + timedelta(seconds=s)) for s in seconds]
        return [(slot - NOON).total_seconds() for slot in found]

    assert slots(0, 0, 0, 1) == [0, 2, 4, 6]
    assert slots(7) == [8]
    assert slots(60, 60) == [60, 62]  # an hour of silence is no credit


def test_names_have_a_pace_of_their_own(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        first = reserve(connection, "relay:main", step_s=10, now=NOON)
        other = reserve(connection, "relay:spare", step_s=10, now=NOON)
    assert first == other == NOON


@pytest.mark.parametrize("text, step_s", [("30/min", 2), ("1/s", 1), ("120 / h", 30), ("86400/day", 1)])
def test_rates_are_read(text: str, step_s: float) -> None:
    assert parse_rate(text) == step_s


@pytest.mark.parametrize("text", ["", "30", "0/min", "fast", "30/minute", "-1/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        parse_rate(text)
