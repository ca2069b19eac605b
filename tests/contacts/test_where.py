"""`--where`: what expressions mean, how they are spelt, and where their errors point."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.audience.where import (
    DEEPEST,
    And,
    Column,
    Compare,
    Contains,
    EndsWith,
    Expression,
    In,
    IsEmpty,
    IsSet,
    ListColumns,
    Not,
    Or,
    StartsWith,
    make_filter,
    parse_where,
    say,
)
from mailer.contacts.folding import fold
from mailer.contacts.values import MEANINGS
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
    return make_filter(expression, parse_where(expression), [columns], always=MEANINGS).matches(fields)


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


def test_and_binds_closer_than_or_and_not_closest() -> None:
    a, b, c = (IsSet(Column(name)) for name in "abc")
    assert parse_where("a or b and not c") == Or((a, And((b, Not(c)))))
    assert parse_where("(a or b) and c") == And((Or((a, b)), c))


def test_a_heading_stands_in_backticks_and_is_found_in_each_list() -> None:
    lists = [
        ListColumns("a.csv", {"email": "E-Mail", "kontakt_telefon": "Kontakt Telefon"}),
        ListColumns("b.csv", {"email": "E-Mail", "kontakt_telefon_2": "KONTAKT  TELEFON"}),
    ]
    text = '`kontakt telefon` == "1"'
    made = make_filter(text, parse_where(text), lists, always=MEANINGS)
    assert made.matches({"kontakt_telefon": "1"})
    assert made.matches({"kontakt_telefon": "", "kontakt_telefon_2": " 1 "})
    assert made.missing == ()


def test_a_column_that_only_some_lists_have_is_empty_in_the_others_and_said_once() -> None:
    lists = [ListColumns("a.csv", {"email": "", "twitter": ""}), ListColumns("b.csv", {"email": ""})]
    text = "twitter is empty or twitter or beat"
    made = make_filter(text, parse_where(text), lists, always=MEANINGS)
    assert made.matches({"email": "ada@example.org"})
    assert [(each.column, each.lists) for each in made.missing] == [
        ("twitter", ("b.csv",)),
        ("beat", ("a.csv", "b.csv")),
    ]


def failure(expression: str) -> InputProblem:
    columns = [
        ListColumns("coast.csv", {"email": "", "beat": "Ressort", "country": ""}),
        ListColumns("b.csv", {"x": ""}),
    ]
    with pytest.raises(InputProblem) as caught:
        make_filter(expression, parse_where(expression), columns, always=MEANINGS)
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
    "expression, at, said",
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
        ('"beat" == 1', 1, "begins with its column"),
        ("beat.x", 5, "dots"),
        ("beat % 3", 6, "belongs to nothing"),
        ("beat == 1 2", 11, "and, or, or the end"),
        ("beat contains yes", 15, "text is missing"),
    ],
)
def test_an_error_points_at_its_place(expression: str, at: int, said: str) -> None:
    error = failure(expression)
    assert f"character {at}:" in error.message
    assert said in error.message
    assert error.hint.splitlines()[1].index("^") == at + 1


def test_the_caret_stands_below_wide_letters_and_far_to_the_right() -> None:
    wide = failure("ビート == 健康")
    assert wide.hint.splitlines()[1] == "  " + " " * len("ビビーート") + "     ^^^^"
    far = failure(" and ".join(["country"] * 40) + " and &")
    shown, carets = far.hint.splitlines()
    assert shown[carets.index("^")] == "&"
    assert len(shown) < 90


def test_depth_and_length_are_bounded() -> None:
    assert parse_where("(" * DEEPEST + "a" + ")" * DEEPEST) == IsSet(Column("a"))
    assert "deep" in failure("(" * 1000 + "a" + ")" * 1000).message
    assert "deep" in failure("not " * 900 + "a").message
    assert "look over" in failure("a or " * 1000 + "a").message


names = st.one_of(st.from_regex(r"[a-zé_][\wß]{0,8}", fullmatch=True), st.text(min_size=1, max_size=8)).filter(
    lambda name: fold(name) != "" and "\r" not in name
)
columns = names.map(Column)
texts = st.text(max_size=12)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
values = st.one_of(texts, numbers, st.booleans())
tests: st.SearchStrategy[Expression] = st.one_of(
    st.builds(IsSet, columns),
    st.builds(IsEmpty, columns),
    st.builds(Compare, columns, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), values),
    st.builds(In, columns, st.lists(values, min_size=1, max_size=4).map(tuple)),
    st.builds(Contains, columns, st.lists(texts, min_size=1, max_size=4).map(tuple)),
    st.builds(StartsWith, columns, texts),
    st.builds(EndsWith, columns, texts),
)


def joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(And, several), st.builds(Or, several))


@given(st.recursive(tests, joined, max_leaves=12))
def test_what_is_printed_is_parsed_as_the_same(tree: Expression) -> None:
    spelt = say(tree)
    if len(spelt) <= 4000 and unicodedata.is_normalized("NFC", spelt):
        assert parse_where(spelt) == tree


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
        tree = parse_where(text)
        assert parse_where(say(tree)) == tree


@given(tests, st.text(max_size=20))
def test_every_test_has_an_answer_for_every_cell(test: Expression, cell: str) -> None:
    if isinstance(test, (And, Or, Not)):
        return
    text, name = say(test), test.column.name
    made = make_filter(text, test, [ListColumns("a.csv", {name: ""})], always=())
    assert made.matches({name: cell}) in {True, False}
    assert made.matches({}) in {True, False}


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_numbers_are_as_exact_as_they_are_typed() -> None:
    assert holds("score == 12345678901234567890", {"score": "12345678901234567890"})
    assert not holds("score == 12345678901234567890", {"score": "12345678901234567891"})
