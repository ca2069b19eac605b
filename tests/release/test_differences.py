"""The differences that a correction shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailer.release.differences import Pieces, compare, compare_lines
from mailer.release.values import Embargo, Event, Extras, MediaContact, Paragraph, Release, Span


def release(*paragraphs: str, headline: str = "Seals return") -> Release:
    return Release(slug="seals", headline=headline, body=tuple(Paragraph((Span(each),)) for each in paragraphs))


def shown(pieces: Pieces) -> str:
    """Return the text that a reader sees, with the differences in brackets."""
    return "".join(f"[{text}]" if differs else text for text, differs in pieces)


def changes(old: Release, new: Release) -> list[tuple[str, str]]:
    return [(shown(each.was), shown(each.now)) for each in compare(old, new)]


COUNTED = "The Trust counted 1,200 seals on Monday."


def test_nothing_differs_between_two_that_say_the_same() -> None:
    one = release(COUNTED)
    looks = replace(one, body=(Paragraph((Span("The Trust counted "), Span("1,200 seals on\nMonday.", strong=True))),))
    held = replace(one, embargo=Embargo("until Friday"), label="EMBARGOED")
    assert not compare(one, one)
    assert not compare(one, looks)
    assert not compare(one, held)


def test_a_number_is_one_word_and_words_between_stay_unmarked() -> None:
    new = release("The Trust counted 2,100 seals on Tuesday.")
    assert changes(release(COUNTED), new) == [
        ("The Trust counted [1,200] seals on [Monday].", "The Trust counted [2,100] seals on [Tuesday].")
    ]


def test_words_that_are_only_parted_by_a_blank_are_one_difference() -> None:
    old, new = (
        release("It opens at the old pier tomorrow morning."),
        release("It opens at the new mole tomorrow morning."),
    )
    assert changes(old, new) == [
        ("It opens at the [old pier] tomorrow morning.", "It opens at the [new mole] tomorrow morning.")
    ]


def test_headline_comes_first_and_a_paragraph_that_moved_nothing_else_along_is_found() -> None:
    old = release("One stays here.", COUNTED, "Three stays here too.", headline="Ten seals return")
    new = release("One stays here.", "Three stays here too.", "A new end.", headline="Two seals return")
    assert changes(old, new) == [
        ("[Ten] seals return", "[Two] seals return"),
        (f"[{COUNTED}]", ""),
        ("", "[A new end.]"),
    ]


def test_a_long_paragraph_is_shown_around_what_differs() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    ((was, now),) = changes(release(f"{words} in 1985 {words}"), release(f"{words} in 1986 {words}"))
    assert was == now.replace("1986", "1985")
    assert was[0] == was[-1] == "…"
    assert len(was) < 120
    assert "word99 in [1985] word0" in was


def test_japanese_is_compared_sign_by_sign_and_arabic_by_words() -> None:
    assert changes(release("月曜日に十二頭を確認した。"), release("火曜日に十二頭を確認した。")) == [
        ("[月]曜日に十二頭を確認した。", "[火]曜日に十二頭を確認した。")
    ]
    assert changes(release("أحصت الجمعية فقمتين يوم الاثنين"), release("أحصت الجمعية فقمتين يوم الثلاثاء")) == [
        ("أحصت الجمعية فقمتين يوم [الاثنين]", "أحصت الجمعية فقمتين يوم [الثلاثاء]")
    ]


def test_a_telephone_number_and_the_time_of_an_event_are_shown() -> None:
    event = Event(starts=datetime(2026, 12, 5, 10, tzinfo=UTC), where="Eastern Pier")
    old = replace(
        release(COUNTED), contacts=(MediaContact("Ann Bell", phones=("+44 20 7946 0111",)),), extras=Extras(event=event)
    )
    new = replace(
        old,
        contacts=(MediaContact("Ann Bell", phones=("+44 20 7946 0119",)),),
        extras=Extras(event=replace(event, starts=datetime(2026, 12, 5, 11, tzinfo=UTC))),
    )
    assert changes(old, new) == [
        ("2026-12-05 [10:00]", "2026-12-05 [11:00]"),
        ("Ann Bell, +44 20 7946 [0111]", "Ann Bell, +44 20 7946 [0119]"),
    ]


def test_a_rewritten_release_of_a_thousand_paragraphs_is_compared_in_a_moment() -> None:
    old = release(*(f"The {number}th paragraph says {number * 7} things about seals." for number in range(1000)))
    new = release(*(f"{number} other words stand in place {number * 3}, and no more." for number in range(1000)))
    assert len(compare(old, new)) == 2000


def side_by_side(old: str, new: str) -> list[list[tuple[int, str, int, str]]]:
    return [
        [(row.was_line, shown(row.was), row.now_line, shown(row.now)) for row in rows]
        for rows in compare_lines(old, new)
    ]


def test_two_texts_stand_side_by_side_with_the_words_that_differ() -> None:
    old = "\n".join(["one", "two", "three", "The Trust counted 1,200 seals.", "five", *"abcdefgh", "last"])
    new = old.replace("1,200", "2,100").replace("\nlast", "\nmore\nlast")
    assert side_by_side(old, new) == [
        [
            (2, "two", 2, "two"),
            (3, "three", 3, "three"),
            (4, "The Trust counted [1,200] seals.", 4, "The Trust counted [2,100] seals."),
            (5, "five", 5, "five"),
            (6, "a", 6, "a"),
        ],
        [(12, "g", 12, "g"), (13, "h", 13, "h"), (0, "[]", 14, "[more]"), (14, "last", 15, "last")],
    ]
    assert not compare_lines(old, old)
