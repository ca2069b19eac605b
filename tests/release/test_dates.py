from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.release.dates import find_date, parse_date


@pytest.mark.parametrize(
    "text, day",
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("24 November 2026", date(2026, 11, 24)),
        ("Tuesday, 24 November 2026", date(2026, 11, 24)),
        ("24th of Nov. 2026", date(2026, 11, 24)),
        ("November 24, 2026", date(2026, 11, 24)),
        ("Sept. 1st, 2026", date(2026, 9, 1)),
        ("24.11.2026", date(2026, 11, 24)),
        ("25. Juni 2008", date(2008, 6, 25)),
        ("24/11/2026", date(2026, 11, 24)),
        ("11/24/26", date(2026, 11, 24)),
        ("5/5/2026", date(2026, 5, 5)),
        ("06 Apr 93", date(1993, 4, 6)),
    ],
)
def test_written_dates_are_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text, says",
    [
        ("31 November 2026", "no day"),
        ("2026-13-01", "no day"),
        ("4/6/2026", "which is the month"),
        ("next Tuesday", "2026-11-24"),
        ("24 November", "2026-11-24"),
        ("Monday 24 November 2026", "is a Tuesday, not a Monday"),
        ("", "is not a date"),
    ],
)
def test_what_is_no_day_says_why(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_date(text)


def test_first_date_in_a_line_is_found_where_it_stands() -> None:
    text = "Issued 3 March 2027, corrected 2027-03-05"
    found = find_date(text)
    assert found is not None
    assert (found.day, text[found.start : found.end]) == (date(2027, 3, 3), "3 March 2027")


def test_unclear_date_is_not_found_and_a_wrong_weekday_is_told() -> None:
    assert find_date("on 4/6/2026 or so") is None
    found = find_date("Monday 24 November 2026")
    assert found is not None
    assert "Tuesday" in found.doubt


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)))
def test_any_day_is_read_in_every_form(day: date) -> None:
    for form in ("%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%A, %d %B %Y", "%d.%m.%Y"):
        assert parse_date(day.strftime(form)) == day
