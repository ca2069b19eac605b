from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.release.embargo import AMBIGUOUS, parse_embargo


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    "text, moment, zone",
    [
        ("2026-12-01T09:00+01:00", "2026-12-01T08:00Z", "UTC+01:00"),
        ("2026-12-01T09:00:00Z", "2026-12-01T09:00Z", "UTC"),
        ("2026-12-01 09:00 Z", "2026-12-01T09:00Z", "UTC"),
        ("2026-12-01 09:00 Europe/Berlin", "2026-12-01T08:00Z", "CET"),
        ("2026-07-01 09:00 Europe/Berlin", "2026-07-01T07:00Z", "CEST"),
        ("2026-12-01 09:00 BST", "2026-12-01T08:00Z", "BST"),
        ("2026-12-01 09:00 GMT", "2026-12-01T09:00Z", "GMT"),
        ("2026-12-01 09:00 UTC-5", "2026-12-01T14:00Z", "UTC-05:00"),
        ("2026-12-01 09:00 GMT+5:30", "2026-12-01T03:30Z", "UTC+05:30"),
        ("2026-12-01 09:00 EST", "2026-12-01T14:00Z", "EST"),
        ("EMBARGOED UNTIL 00:01 GMT, Wednesday 3 March 2027", "2027-03-03T00:01Z", "GMT"),
        ("EMBARGOED UNTIL 09:00 BST (08:00 UTC), Sat 3 Apr 2027", "2027-04-03T08:00Z", "BST"),
        ("Strictly embargoed until 00.01 BST 3 March 2027", "2027-03-02T23:01Z", "BST"),
        ("8:30 a.m. (ET) Friday, April 4, 2025", "2025-04-04T12:30Z", "EDT"),
        ("until 10 a.m. EST March 3, 2027", "2027-03-03T15:00Z", "EST"),
        ("12 noon Eastern Time on 3 January 2027", "2027-01-03T17:00Z", "EST"),
        ("12:30 a.m. UTC, Dec. 1, 2026", "2026-12-01T00:30Z", "UTC"),
        ("12:30 pm UTC, 1 December 2026", "2026-12-01T12:30Z", "UTC"),
        ("0900 hrs GMT, 3 March 2027", "2027-03-03T09:00Z", "GMT"),
        ("9am London time, 3 July 2027", "2027-07-03T08:00Z", "BST"),
        ("Sperrfrist: 3. März 2027, 9 Uhr MEZ", "2027-03-03T08:00Z", "MEZ"),
    ],
)
def test_moment_with_zone_is_understood(text: str, moment: str, zone: str) -> None:
    embargo, doubt = parse_embargo(text)
    assert doubt == ""
    assert embargo.has_zone
    assert embargo.until == at(moment)
    assert embargo.until is not None
    assert embargo.until.tzname() == zone


@pytest.mark.parametrize(
    "text, naive, says",
    [
        ("2026-12-01 09:00", "2026-12-01T09:00", "names no time zone"),
        ("EMBARGOED UNTIL 9 a.m., 3 March 2027", "2027-03-03T09:00", "names no time zone"),
        ("2026-12-01 09:00 CST", "2026-12-01T09:00", "Chicago or Shanghai"),
        ("2026-12-01 09:00 Europe/Nowhere", "2026-12-01T09:00", "Europe/Nowhere"),
        ("2027-03-28 02:30 Europe/Berlin", "2027-03-28T02:30", "does not exist"),
        ("2026-10-25 02:30 Europe/Berlin", "2026-10-25T02:30", "comes twice"),
        ("2026-11-01 1:30 a.m. ET", "2026-11-01T01:30", "comes twice"),
        ("2026-12-01 09:00 +25:00", "2026-12-01T09:00", "no part of the world"),
    ],
)
def test_moment_without_a_clear_zone_stays_naive_and_says_why(text: str, naive: str, says: str) -> None:
    embargo, doubt = parse_embargo(text)
    assert embargo.until == at(naive)
    assert not embargo.has_zone
    assert says in doubt


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "no date"),
        ("soon", "no date"),
        ("2026-12-01", "no time"),
        ("midnight GMT, 3 March 2027", "00:01"),
        ("25:00 GMT 3 March 2027", "25:00 is not a time"),
        ("13 p.m. GMT 3 March 2027", "13 p.m. is not a time"),
        ("2026-02-30 09:00 GMT", "no day"),
        ("09:00 GMT 4/3/2027", "no date"),
    ],
)
def test_what_is_no_moment_has_no_until_and_says_what_to_write(text: str, says: str) -> None:
    embargo, doubt = parse_embargo(text)
    assert embargo.until is None
    assert says in doubt


def test_every_ambiguous_abbreviation_is_refused() -> None:
    for name in AMBIGUOUS:
        assert not parse_embargo(f"2026-12-01 09:00 {name}")[0].has_zone


def test_weekday_that_does_not_fit_is_told_and_the_moment_stays() -> None:
    embargo, doubt = parse_embargo("EMBARGOED UNTIL 00:01 GMT, Tuesday 3 March 2027")
    assert embargo.until == datetime(2027, 3, 3, 0, 1, tzinfo=UTC)
    assert "is a Wednesday, not a Tuesday" in doubt


def test_text_stays_as_it_stands_on_one_line() -> None:
    assert (
        parse_embargo("EMBARGOED  UNTIL\n00:01 GMT, 3 March 2027")[0].text == "EMBARGOED UNTIL 00:01 GMT, 3 March 2027"
    )


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_iso_with_any_offset_is_the_same_moment(naive: datetime, minutes: int) -> None:
    moment = naive.replace(second=0, microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_embargo(moment.isoformat(timespec="minutes"))[0].until == moment
