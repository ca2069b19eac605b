"""What people type: the moments of `--at` and `--expires`, and reasons."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import InputProblem
from mailer.release.times import parse_embargo
from mailer.runs.planning.request import PREVIEW_RELAY, Request, describe, parse_at, parse_expiry

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
        ("tomorrow", "names no time zone"),
        ("tomorrow UTC", "a day is named, but no time"),
        ("soon", "names no date that can be read"),
        ("2026-12-01", "a day is named, but no time"),
        ("2026-12-01 09:00", "names no time zone"),
        ("2026-12-01 09:00 CST", "CST may be Chicago or Shanghai"),
        ("2026-07-01 09:00 CET", "CET is winter time"),
        ("2026-12-01 09:00 EST5EDT", "names no time zone"),
        ("2026-12-01 09:00 Etc/GMT+1", "Etc/GMT+1 is not clear"),
        ("2026-12-01 09:00 Europe/Berln", 'did you mean "Europe/Berlin"'),
        ("2026-12-01 09:00 America/Argentina", "there is no time zone"),
        ("2026-12-01 09:00 ../../etc/passwd", "names no time zone"),
        ("2026-12-01 09:00 +19:00", "no part of the world"),
        ("2026-02-30 09:00 UTC", "there is no day"),
        ("2026-12-01 24:30 UTC", "24:30 is not a time"),
        ("2026-12-01 25:00 UTC", "25:00 is not a time"),
        ("01/12/26 09:00 UTC", "writes the year in two digits"),
        ("Tuesday 2 December 2026 09:00 UTC", "is a Wednesday, not a Tuesday"),
        ("2026-03-01 12:00 UTC", "is over: that was 0 s ago"),
        ("2026-03-01 12:59 Europe/Berlin", "is over: that was 1 min ago"),
        ("2023-12-01 09:00 UTC", "is over: that was in 2023"),
        ("0002-01-01 09:00 Europe/Berlin", "is over: that was in 2"),
        ("2062-12-01 09:00 UTC", "at most a year ahead"),
        ("9999-12-31 23:59 -05:00", "beyond the calendar"),
        ("0001-01-01 00:00 +14:00", "beyond the calendar"),
    ],
)
def test_what_is_no_moment_to_come_is_refused_with_what_to_do(typed: str, why: str) -> None:
    with pytest.raises(InputProblem) as caught:
        parse_at(typed, now=NOW)
    assert why in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        *("2026-12-01 00:01 GMT", "2026-12-01 09:00 CET", "2026-07-01 09:00 BST", "9 a.m. ET, 1 December 2026"),
        *("1. Dezember 2026, 9 Uhr MEZ", "mardi 1er décembre 2026 à 9h (heure de Paris)", "2026年12月1日 10時 JST"),
        *("2026-12-01 09:00 Europe/Berlin", "2026-12-01 09:00", "2026-12-01 09:00 CST", "2026-07-01 09:00 CET"),
        *("01/12/26 09:00 GMT", "9 a.m. GMT", "midnight GMT, 1 December 2026", "2026-10-25 02:30 Europe/Berlin"),
    ],
)
def test_a_moment_means_the_same_for_at_and_for_the_embargo_of_a_release(text: str) -> None:
    embargo, doubt = parse_embargo(text)
    if embargo.has_zone and not doubt:
        moment = parse_at(text, now=NOW)
        assert moment.at == embargo.until
        assert parse_at(moment.text, now=NOW).at == moment.at
        assert parse_expiry(text, now=NOW) == embargo.until
    else:
        with pytest.raises(InputProblem):
            parse_at(text, now=NOW)
        with pytest.raises(InputProblem):
            parse_expiry(text, now=NOW)


@pytest.mark.parametrize(
    "typed, zone, at",
    [
        ("tomorrow 9:00", "Europe/Berlin", "2026-03-02T08:00"),
        ("tomorrow 9am", "America/New_York", "2026-03-02T14:00"),
        ("tomorrow 9:00", "Asia/Tokyo", "2026-03-02T00:00"),
        ("tomorrow 9:00 Asia/Tokyo", "Europe/Berlin", "2026-03-02T00:00"),
        ("today 18:00", "Europe/Berlin", "2026-03-01T17:00"),
        ("2026-12-01 09:00", "Europe/Berlin", "2026-12-01T08:00"),
        ("2026-12-01 09:00 GMT", "Europe/Berlin", "2026-12-01T09:00"),
    ],
)
def test_tomorrow_and_a_time_without_a_zone_are_those_of_the_office(typed: str, zone: str, at: str) -> None:
    expected = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert parse_at(typed, now=NOW, zone=zone).at == expected
    assert parse_expiry(typed, now=NOW, zone=zone) == expected


def test_tomorrow_is_the_day_after_where_the_office_is() -> None:
    late = datetime(2026, 3, 1, 23, tzinfo=UTC)  # already 2 March in Tokyo
    assert parse_at("tomorrow 9:00", now=late, zone="Asia/Tokyo").text == "2026-03-03 09:00 Asia/Tokyo"


@pytest.mark.slow
@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused_in_words(typed: str) -> None:
    for text in (typed, f"2026-12-01 09:00 {typed}"):
        with contextlib.suppress(InputProblem):
            assert parse_at(text, now=NOW).at > NOW


@pytest.mark.parametrize(
    "text, at, expected",
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
def test_a_moment_is_told_in_its_zone_in_utc_and_how_far_away(text: str, at: str, expected: str) -> None:
    assert describe(text, datetime.fromisoformat(at).replace(tzinfo=UTC), now=NOW) == expected


def test_a_span_until_too_late_counts_from_the_moment_of_sending() -> None:
    start = NOW + timedelta(days=3)
    assert parse_expiry("24h", now=NOW) == NOW + timedelta(days=1)
    assert parse_expiry("24h", now=NOW, start=start) == start + timedelta(days=1)
    assert parse_expiry("2026-03-04 13:00 UTC", now=NOW, start=start) == start + timedelta(hours=1)


@pytest.mark.parametrize("typed", ["2026-03-04 12:00 UTC", "2026-03-02 09:00 UTC"])
def test_what_is_too_late_before_it_is_sent_is_refused(typed: str) -> None:
    with pytest.raises(InputProblem, match="nothing would be sent"):
        parse_expiry(typed, now=NOW, start=NOW + timedelta(days=3))


def test_a_span_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(InputProblem, match="longer than any calendar"):
        parse_expiry("99999999d", now=NOW)


@pytest.mark.parametrize("name", ["changed", "new_mailing", "despite_recent", "not_agreed"])
def test_blanks_are_no_reason(name: str) -> None:
    def kept(text: str) -> object:
        return getattr(Request(release="lamps", relay=PREVIEW_RELAY, **{name: text}), name)  # type: ignore[arg-type] # one of its texts

    assert (kept(" \t"), kept(" a recall "), kept("")) == ("", "a recall", "")
