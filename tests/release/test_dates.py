from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.release.times import complete, find_date, find_day, parse_date
from mailer.release.words import LANGUAGES, guess_language, months, weekdays


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
        ("3 March, 2027", date(2027, 3, 3)),
        ("March 3rd, 2027", date(2027, 3, 3)),
        ("March 3,2027", date(2027, 3, 3)),
        ("3-Mar-2027", date(2027, 3, 3)),
        ("3.März 2027", date(2027, 3, 3)),
        ("Mittwoch, den 3. März 2027", date(2027, 3, 3)),
        ("Mi., 3.3.27", date(2027, 3, 3)),
        ("1er mars 2027", date(2027, 3, 1)),
        ("mercredi 3 mars 2027", date(2027, 3, 3)),
        ("miércoles, 3 de marzo de 2027", date(2027, 3, 3)),
        ("3 de marzo del 2027", date(2027, 3, 3)),
        ("5 de diciembre, 2006", date(2006, 12, 5)),
        ("mercoledi' 3 marzo 2027", date(2027, 3, 3)),
        ("1° marzo 2027", date(2027, 3, 1)),
        ("woensdag 3 maart 2027", date(2027, 3, 3)),
        ("quarta-feira, 3 de março de 2027", date(2027, 3, 3)),
        ("1.º de março de 2027", date(2027, 3, 1)),
        ("2027年3月3日", date(2027, 3, 3)),
        ("２０２７年３月３日（水）", date(2027, 3, 3)),
        ("2027年3月3日 水曜日", date(2027, 3, 3)),
        ("令和9年3月3日", date(2027, 3, 3)),
        ("令和元年5月1日（水）", date(2019, 5, 1)),
        ("令和９（2027）年３月３日", date(2027, 3, 3)),
        ("2027年（令和9年）3月3日", date(2027, 3, 3)),
        ("2027/3/3", date(2027, 3, 3)),
        ("2027.03.03", date(2027, 3, 3)),
    ],
)
def test_written_dates_are_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text, message",
    [
        ("31 November 2026", "no day"),
        ("2026-13-01", "no day"),
        ("4/6/2026", "which is the month"),
        ("next Tuesday", "2026-11-24"),
        ("24 November", "2026-11-24"),
        ("Monday 24 November 2026", "is a Tuesday, not a Monday"),
        ("2027年3月3日(木)", "is a Wednesday, not a Thursday"),
        ("", "is not a date"),
    ],
)
def test_what_is_no_day_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
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


def test_language_that_puts_the_day_first_makes_a_pair_of_numbers_clear() -> None:
    found = find_date("le 04/06/2027", day_first=True)
    assert found is not None
    assert found.day == date(2027, 6, 4)
    assert find_date("on 04/06/2027") is None


@pytest.mark.parametrize(
    "text, month, day, weekday",
    [
        ("Tuesday 3 March", 3, 3, 1),
        ("3. März, 10 Uhr", 3, 3, None),
        ("March 3 at 10:00", 3, 3, None),
        ("le 1er mars", 3, 1, None),
        ("3月3日（水）", 3, 3, 2),
        ("am 3.3. um 9 Uhr", 3, 3, None),
    ],
)
def test_day_without_a_year_is_found(text: str, month: int, day: int, weekday: int | None) -> None:
    found = find_day(text)
    assert found is not None
    assert (found.month, found.day, found.weekday) == (month, day, weekday)


@pytest.mark.parametrize("text", ["March 2027", "version 3.3", "10.30 in the morning", "31 days"])
def test_what_is_no_day_is_not_found(text: str) -> None:
    assert find_day(text) is None


@pytest.mark.parametrize(
    "text, near, day, message",
    [
        ("3 March", date(2027, 3, 1), date(2027, 3, 3), "the nearest to 2027-03-01"),
        ("2 January", date(2026, 12, 28), date(2027, 1, 2), "2027 was taken"),
        ("Wednesday 3 March", date(2027, 3, 1), date(2027, 3, 3), "when that day is a Wednesday"),
        ("Tuesday 3 March", date(2027, 3, 1), date(2027, 3, 3), "is a Wednesday, not a Tuesday"),
        ("Tuesday 3 November", date(2027, 5, 5), date(2026, 11, 3), "when that day is a Tuesday"),
        ("29 February", date(2027, 12, 1), date(2028, 2, 29), "2028 was taken"),
    ],
)
def test_year_comes_from_the_day_nearby_and_is_told(text: str, near: date, day: date, message: str) -> None:
    found = find_day(text)
    assert found is not None
    completed, doubt = complete(found, near)
    assert completed == day
    assert message in doubt


def test_every_name_of_a_month_and_a_weekday_means_one_thing() -> None:
    for words in LANGUAGES.values():
        assert all(months()[name] == number for number, names in enumerate(words.months, 1) for name in names)
        assert all(weekdays()[name] == number for number, names in enumerate(words.weekdays) for name in names)


@pytest.mark.parametrize(
    "language, text",
    [
        ("en", "The museum opens its doors in March with an exhibition for children."),
        ("de", "Das Museum öffnet im März seine Türen mit einer Ausstellung für Kinder."),
        ("fr", "Le musée ouvre ses portes en mars avec une exposition pour les enfants."),
        ("es", "El museo abre sus puertas en marzo con una exposición para los niños."),
        ("it", "Il museo apre le porte a marzo con una mostra per i bambini."),
        ("nl", "Het museum opent in maart de deuren met een tentoonstelling voor kinderen."),
        ("pt", "O museu abre as portas em março com uma exposição para as crianças."),
        ("ja", "博物館は3月に子ども向けの展覧会を開催します。"),
        ("ja", "株式会社Example（本社：東京都）は、新しいアプリ「Example App」の提供を開始しました。"),
        ("de", "Press Release. Das Museum öffnet im März seine Türen, sagte die Leiterin von Example Arts."),
        ("en", "Museum"),
        ("en", ""),
    ],
)
def test_language_is_guessed_by_small_words_and_by_letters(language: str, text: str) -> None:
    assert guess_language(text) == language
