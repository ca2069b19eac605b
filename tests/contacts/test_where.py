"""`--where`: what expressions mean, how they are spelt, and where their errors point."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.folding import fold
from mailer.contacts.values import MEANINGS
from mailer.contacts.where import DEEPEST, ListColumns, make_filter, parse_where
from mailer.errors import InputProblem

ADA = {
    "email": "ada@example.org",
    "beat": "Health",
    "country": "DE",
    "text_only": "",
    "tags": "VIP, Nord-Süd; keeps embargoes",
    "role": "Science editor",
    "outlet": "Société  générale",
    "score": "10",
    "added": "2026-03-01",
    "seen": "2026-03-01T10:00:00+02:00",
    "newsletter": "Ja",
    "phone": "",
    "street": "Große Straße 1",
}


def holds(expression: str, fields: Mapping[str, str] = ADA) -> bool:
    columns = ListColumns("coast.csv", dict.fromkeys(ADA, ""))
    return make_filter(expression, [columns], always=MEANINGS).matches(fields)


@pytest.mark.parametrize(
    "expression",
    [
        'beat in ("health", "science") and country == "DE" and not text_only',
        "country = 'de'",
        "country != 'FR'",
        "country <> 'FR'",
        'outlet == "SOCIETE GENERALE"',
        'street starts with "GROSSE strasse"',
        'outlet starts with "société"',
        'outlet ends with "ÉRALE"',
        'tags contains "vip"',
        'tags contains ("nobody", "nord-sud")',
        'tags contains "embargoes"',
        'tags not contains "embargo"',
        'not tags contains "sud"',
        'role contains "editor"',
        'beat not in ("sport", "art")',
        "newsletter",
        "newsletter == yes",
        "text_only == no",
        "text_only != true",
        "phone is empty and role is not empty",
        "score > 9",
        'score > "9"',
        "score == 10.0",
        "score <= 10",
        "score in (9, 10)",
        "added >= 2026-02-28",
        'added < "2026-03-02"',
        "added == 2026-03-01",
        "seen == 2026-03-01",
        "seen < 2026-03-01T08:30:00Z",
        "seen > 2026-03-01T07:59Z",
        'beat < "i"',
        'country == "DE" or country == "FR" and beat == "sport"',
        'not (country == "FR" or beat == "sport")',
        "not not newsletter",
        'COUNTRY == "DE" AND NOT Text_Only',
        'country == "de\u0301" or country == "DE"',
    ],
)
def test_it_holds(expression: str) -> None:
    assert holds(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "text_only",
        "phone",
        'country == "D"',
        'tags contains "nord"',
        'tags == "VIP"',
        'role contains "edit"',
        'tags contains ""',
        "score < 9",
        'score < "9"',
        "phone > 3",
        "phone < 3",
        'phone < "zzz"',
        "role > 3",
        "role > 2026-01-01",
        "added > 2026-03-01",
        "seen < 2026-03-01T07:00:00Z",
        "score > yes",
        '(country == "DE" or country == "FR") and beat == "sport"',
    ],
)
def test_it_does_not_hold(expression: str) -> None:
    assert not holds(expression)


@pytest.mark.parametrize("word", ["ja", "OUI", "sí", "Sì", "sim", "tak", "はい", "x", "1", "TRUE", "✓", "since March"])
def test_a_flag_is_set_in_any_language(word: str) -> None:
    assert holds("text_only", {"text_only": word})


@pytest.mark.parametrize("word", ["", " ", "nein", "NON", "no", "não", "Nie", "いいえ", "0", "false", "-"])
def test_a_flag_is_not_set_by_a_no_in_any_language(word: str) -> None:
    assert not holds("text_only", {"text_only": word})


@pytest.mark.parametrize("between", [",", ";", "|", "\n", "\r\n", "、"])
def test_a_cell_holds_several_values(between: str) -> None:
    assert holds('tags contains "b"', {"tags": f"a{between} B {between}c"})


@pytest.mark.parametrize("cells", [*product(("", "x"), repeat=3)])
def test_and_binds_closer_than_or_and_not_closest(cells: tuple[str, str, str]) -> None:
    a, b, c = map(bool, cells)
    lists = [ListColumns("a.csv", dict.fromkeys("abc", ""))]
    for text, wanted in (("a or b and not c", a or (b and not c)), ("(a or b) and c", (a or b) and c)):
        assert make_filter(text, lists, always=()).matches(dict(zip("abc", cells, strict=True))) is wanted


def test_a_heading_stands_in_backticks_and_is_found_in_each_list() -> None:
    lists = [
        ListColumns("a.csv", {"email": "E-Mail", "kontakt_telefon": "Kontakt Telefon"}),
        ListColumns("b.csv", {"email": "E-Mail", "kontakt_telefon_2": "KONTAKT  TELEFON"}),
    ]
    text = '`kontakt telefon` == "1"'
    made = make_filter(text, lists, always=MEANINGS)
    assert made.matches({"kontakt_telefon": "1"})
    assert made.matches({"kontakt_telefon": "", "kontakt_telefon_2": " 1 "})
    assert made.missing == {}


def test_a_column_that_only_some_lists_have_is_empty_in_the_others_and_said_once() -> None:
    lists = [ListColumns("a.csv", {"email": "", "twitter": ""}), ListColumns("b.csv", {"email": ""})]
    text = "twitter is empty or twitter or beat"
    made = make_filter(text, lists, always=MEANINGS)
    assert made.matches({"email": "ada@example.org"})
    assert list(made.missing.items()) == [
        ("twitter", ("b.csv",)),
        ("beat", ("a.csv", "b.csv")),
    ]


def failure(expression: str) -> InputProblem:
    columns = [
        ListColumns("coast.csv", {"email": "", "beat": "Ressort", "country": ""}),
        ListColumns("b.csv", {"x": ""}),
    ]
    with pytest.raises(InputProblem) as caught:
        make_filter(expression, columns, always=MEANINGS)
    return caught.value


def test_unknown_columns_are_all_told_with_the_nearest_one() -> None:
    error = failure('beet == "a" and cuontry == "DE" and ressrot')
    assert 'did you mean "beat"' in error.message
    assert 'did you mean "country"' in error.message
    assert 'did you mean "Ressort"' in error.message
    shown, carets = error.hint.splitlines()
    assert [shown[found.start() : found.end()] for found in re.finditer(r"\^+", carets)] == [
        "beet",
        "cuontry",
        "ressrot",
    ]


@pytest.mark.parametrize(
    "expression, at, message",
    [
        ("", 1, "nothing in it"),
        ("  ", 1, "nothing in it"),
        ("country == DE", 12, 'quotation marks: "DE"'),
        ("country ==", 11, "value is missing"),
        ("country == 'DE", 12, "never closed"),
        ("country == “DE”", 12, "straight quotation marks"),
        ("(country == 'DE'", 1, "never closed"),
        ("country == 'DE')", 16, "never opened"),
        ("beat in 'a'", 9, "brackets"),
        ("beat in ('a' 'b')", 14, "comma"),
        ("beat in ('a'", 9, "never closed"),
        ("beat in ()", 10, "value is missing"),
        ("beat starts 'a'", 13, "starts with"),
        ("beat is 'a'", 9, "empty or not empty"),
        ("beat not 'a'", 6, "after not"),
        ("beat contains 'a' country", 19, "and or or"),
        ("beat && country", 6, "write and"),
        ("beat || country", 6, "write or"),
        ("! beat", 1, "write not"),
        ("and beat", 1, "column is missing"),
        ("beat and", 9, "column is missing"),
        ('"beat" == 1', 1, "begins with a column"),
        ("beat.x", 5, "dots"),
        ("beat % 3", 6, "belongs to nothing"),
        ("beat == 1 2", 11, '"and", "or" or the end'),
        ("beat contains yes", 15, "text is missing"),
    ],
)
def test_an_error_points_at_its_place(expression: str, at: int, message: str) -> None:
    error = failure(expression)
    assert f"character {at}:" in error.message
    assert message in error.message
    assert error.hint.splitlines()[1].index("^") == at + 1


def test_the_caret_stands_below_wide_letters_and_far_to_the_right() -> None:
    wide = failure("ビート == 健康")
    assert wide.hint.splitlines()[1] == "  " + " " * len("ビビーート") + "     ^^^^"
    far = failure(" and ".join(["country"] * 40) + " and &")
    shown, carets = far.hint.splitlines()
    assert shown[carets.index("^")] == "&"
    assert len(shown) < 90


def test_depth_and_length_are_bounded() -> None:
    assert holds("(" * DEEPEST + "newsletter" + ")" * DEEPEST)
    assert "deep" in failure("(" * 1000 + "a" + ")" * 1000).message
    assert "deep" in failure("not " * 900 + "a").message
    assert "at most" in failure("a or " * 1000 + "a").message


@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    *"()`'\",=<>!&|.;- \\",
                    "and",
                    "or",
                    "not",
                    "in",
                    "is",
                    "empty",
                    "contains",
                    "starts",
                    "with",
                    "yes",
                    "a",
                    "2026-13-45",
                    "7",
                    "é",
                    "\ud800",
                    "\n",
                ]
            ),
            max_size=25,
        ).map(" ".join),
    )
)
def test_no_text_crashes_it(text: str) -> None:
    with contextlib.suppress(InputProblem):
        parse_where(text)


TESTS = (
    "",
    " is empty",
    " is not empty",
    ' in ("a", 1, no)',
    ' contains "a"',
    ' starts with "a"',
    ' not ends with "a"',
)
SIGNS, VALUES = ("==", "!=", "<", "<=", ">", ">="), ('"a"', "7", "2026-03-01", "yes")
COMPARED = (f" {sign} {value}" for sign in SIGNS for value in VALUES)


@pytest.mark.parametrize("test", [*TESTS, *COMPARED])
@given(cell=st.text(max_size=20) | st.sampled_from(["7", "-0.5", "2026-03-01", "2026-03-01T10:00Z", "9" * 90]))
def test_every_test_has_an_answer_for_every_cell(test: str, cell: str) -> None:
    made = make_filter(f"a{test}", [ListColumns("a.csv", {"a": ""})], always=())
    assert made.matches({"a": cell}) in {True, False}
    assert made.matches({}) in {True, False}


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_numbers_are_as_exact_as_they_are_typed() -> None:
    assert holds("score == 12345678901234567890", {"score": "12345678901234567890"})
    assert not holds("score == 12345678901234567890", {"score": "12345678901234567891"})
