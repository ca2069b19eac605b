"""Moments as people type them: `--at` and `--expires`."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import InputProblem
from mailer.runs.planning.when import describe, parse_at, parse_expiry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed, at, shown",
    [
        ("2026-12-01 09:00 Europe/Berlin", "2026-12-01T08:00", "2026-12-01 09:00 Europe/Berlin"),
        ("2026-07-01 09:00 Europe/Berlin", "2026-07-01T07:00", "2026-07-01 09:00 Europe/Berlin"),
        ("2026-12-01T09:00+01:00", "2026-12-01T08:00", "2026-12-01 09:00+01:00"),
        ("2026-12-01 09:00 -0530", "2026-12-01T14:30", "2026-12-01 09:00-05:30"),
        ("2026-12-01 09:00 UTC+2", "2026-12-01T07:00", "2026-12-01 09:00+02:00"),
        ("2026-12-01 9:00 Z", "2026-12-01T09:00", "2026-12-01 09:00 UTC"),
        ("  2026-12-01   09:00:30  UTC ", "2026-12-01T09:00:30", "2026-12-01 09:00:30 UTC"),
        ("2026-12-01 01:00 america/new york", "2026-12-01T06:00", "2026-12-01 01:00 America/New_York"),
    ],
)
def test_a_moment_is_read_in_its_zone_and_can_be_typed_again(typed: str, at: str, shown: str) -> None:
    moment = parse_at(typed, now=NOW)
    assert moment.at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert moment.text == shown
    assert parse_at(shown, now=NOW) == moment


@pytest.mark.parametrize(
    "typed, readings",
    [
        ("2026-10-25 02:30 Europe/Berlin", ("2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00")),
        ("2026-03-29 02:30 Europe/Berlin", ("2026-03-29 03:30+02:00", "2026-03-29 01:30+01:00")),
        ("2026-04-05 01:45 Australia/Lord_Howe", ("2026-04-05 01:45+11:00", "2026-04-05 01:45+10:30")),
    ],
    ids=["twice", "never", "half an hour"],
)
def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_with_both_readings(
    typed: str, readings: tuple[str, str]
) -> None:
    with pytest.raises(InputProblem, match="the clocks change") as caught:
        parse_at(typed, now=NOW)
    assert caught.value.hint.splitlines() == [f'--at "{each}"' for each in readings]
    moments = [parse_at(each, now=NOW).at for each in readings]  # ready to be pasted
    assert moments[0] != moments[1]


@pytest.mark.parametrize(
    "typed, why",
    [
        ("tomorrow", "is no moment"),
        ("2026-12-01", "is no moment"),
        ("2026-12-01 09:00", "names no time zone"),
        ("2026-12-01 09:00 CET", "CET does not say for certain"),
        ("2026-12-01 09:00 EST5EDT", "does not say for certain"),
        ("2026-12-01 09:00 Etc/GMT+1", "does not say for certain"),
        ("2026-12-01 09:00 Europe/Berln", 'did you mean "Europe/Berlin"'),
        ("2026-12-01 09:00 America/Argentina", "there is no zone"),
        ("2026-12-01 09:00 ../../etc/passwd", "there is no zone"),
        ("2026-12-01 09:00 +19:00", "no part of the world"),
        ("2026-02-30 09:00 UTC", "no such day or time"),
        ("2026-12-01 24:30 UTC", "no such day or time"),
        ("2026-03-01 12:00 UTC", "is over: that was 0 s ago"),
        ("2026-03-01 12:59 Europe/Berlin", "is over: that was 1 min ago"),
        ("2062-12-01 09:00 UTC", "at most a year ahead"),
        ("9999-12-31 23:59 -05:00", "at most a year ahead"),
        ("0001-01-01 00:00 +14:00", "at most a year ahead"),
    ],
)
def test_what_is_no_moment_to_come_is_refused_with_what_to_do(typed: str, why: str) -> None:
    with pytest.raises(InputProblem) as caught:
        parse_at(typed, now=NOW)
    assert why in str(caught.value)
    assert caught.value.hint


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused_in_words(typed: str) -> None:
    for text in (typed, f"2026-12-01 09:00 {typed}"):
        with contextlib.suppress(InputProblem):
            assert parse_at(text, now=NOW).at > NOW


@pytest.mark.parametrize(
    "text, at, told",
    [
        ("2026-03-01 14:30 UTC", "2026-03-01T14:30", "2026-03-01 14:30 UTC, in 2 h 30 min"),
        ("2026-03-07 13:00 Europe/Berlin", "2026-03-07T12:00", "2026-03-07 13:00 Europe/Berlin (12:00 UTC), in 6 days"),
        (
            "2026-03-02 00:30 Asia/Tokyo",
            "2026-03-01T15:30",
            "2026-03-02 00:30 Asia/Tokyo (2026-03-01 15:30 UTC), in 3 h 30 min",
        ),
        ("2026-03-01 11:59 UTC", "2026-03-01T11:59", "2026-03-01 11:59 UTC, 1 min ago"),
    ],
)
def test_a_moment_is_told_in_its_zone_in_utc_and_how_far_away(text: str, at: str, told: str) -> None:
    assert describe(text, datetime.fromisoformat(at).replace(tzinfo=UTC), now=NOW) == told


def test_a_span_until_too_late_counts_from_the_moment_of_sending() -> None:
    start = NOW + timedelta(days=3)
    assert parse_expiry("24h", now=NOW) == NOW + timedelta(days=1)
    assert parse_expiry("24h", now=NOW, start=start) == start + timedelta(days=1)
    assert parse_expiry("2026-03-04 13:00 UTC", now=NOW, start=start) == start + timedelta(hours=1)


@pytest.mark.parametrize("typed", ["2026-03-04 12:00 UTC", "2026-03-02 09:00 UTC"])
def test_what_is_too_late_before_it_is_sent_is_refused(typed: str) -> None:
    with pytest.raises(InputProblem, match="nobody would get it"):
        parse_expiry(typed, now=NOW, start=NOW + timedelta(days=3))


def test_a_span_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(InputProblem, match="longer than any calendar"):
        parse_expiry("99999999d", now=NOW)
