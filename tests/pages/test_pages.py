"""A page is data: it is laid out for any width, and its result becomes JSON with documented names."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace

import pytest

import mailer.pages
from mailer.cli.output import lay_out
from mailer.errors import Problem, Severity
from mailer.pages import FILES, document, page
from mailer.pages.documents import json_of, pairs, rows, shape
from mailer.pages.layout import Bars, Line, Page, Part, Problems, Steps, Table, Tone, fact, line, undo
from mailer.pages.reports import state_in_words

LONG = "ines.halloran-and-the-whole-of-her-desk@harbour-courier.example.com opted out on the telephone, twice, in May"
PARTS = (
    Line(LONG, depth=2),
    fact("Not mailed", [LONG, f"  {LONG}"]),
    Table((("coast line 14", LONG, "left out"), ("coast line 1500", "short", "warning")), right=frozenset({0})),
    Problems((Problem("code", LONG, Severity.WARNING, "lists/coast.csv", 14, f"Do this:\n{LONG}"),)),
    Steps((("mailer resume harbour-seals --retry-in-doubt", "send again, with the same Message-ID as before"),)),
    Bars((("accepted by the relay", 12, Tone.GOOD), ("rejected", 1, Tone.BAD))),
)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("width", [0, 60, 80, 100])
def test_no_word_is_broken_or_lost_at_any_width(part: Part, width: int) -> None:
    whole = " ".join(text for text, _ in lay_out(part, width=0)).split()
    lines = [text for text, _ in lay_out(part, width=width)]
    assert sorted(" ".join(lines).split()) == sorted(whole) or isinstance(part, Bars)
    longest = max(len(word) for word in whole)
    assert not width or max(map(len, lines)) <= max(width, longest + 30)


def test_lines_fit_eighty_columns_where_their_words_do() -> None:
    text = " ".join(["word"] * 60)
    for part in (Line(text, depth=3), fact("Label", [text, f"   {text}"]), Table((("a", text, "b"),))):
        assert part is not None
        assert max(len(each) for each, _ in lay_out(part, width=80)) <= 80
    several = Table((("of a release", text[:34], text[:39], text[:44]),), ("WHAT", "LIST", "UNTIL", "BY"))
    assert max(len(each) for each, _ in lay_out(several, width=80)) <= 80


def test_a_table_whose_words_are_too_long_has_the_rest_of_a_row_below_its_name() -> None:
    rows = (
        ("gwenllian.parry@ynys-post.example.com", "address dead", "everywhere", "bounce", "2026-12-01", "ann@desk"),
    )
    table = Table(rows, ("ADDRESS", "WHY", "SCOPE", "BY", "SINCE", "WHO"))
    lines = [text for text, _ in lay_out(table, width=80)]
    assert lines[2:] == [f"  {rows[0][0]}", "      address dead  everywhere  bounce  2026-12-01  ann@desk"]


@pytest.mark.parametrize("start", ["advisory    ", "      2  ", "        "])
def test_a_wrapped_line_keeps_the_column_in_which_its_text_begins(start: str) -> None:
    first, *others = [text for text, _ in lay_out(Line(start + "words of it " * 20, depth=1), width=80)]
    assert first.startswith(f"  {start}words")
    assert all(re.match(rf" {{{len(start) + 2}}}\S", each) for each in others)


def test_what_differs_stays_a_line_each_at_any_width() -> None:
    problem = Problem("changed", f"lamps.md changed\n--- as planned\n+++ now\n-{LONG}\n+Another line", Severity.ERROR)
    for width in (0, 60, 80):
        lines = [text.strip() for text, _ in lay_out(Problems((problem, problem, problem)), width=width)]
        assert lines.count("+++ now") == lines.count("+Another line") == 3


def test_a_command_stays_on_its_line_at_any_width_so_that_it_can_be_copied() -> None:
    command = 'mailer optouts remove ada@daily.example.com --reason "added by mistake" --evidence "our own slip of May"'
    hint = Problem("code", "It is not there.", Severity.ERROR, "x.csv", 2, command)
    for part in (
        undo(command),
        Steps(((command, "takes it back"),)),
        Problems((hint,)),
        Line(f"Do:\n{command}"),
        fact("To do", ["x", command]),
    ):
        assert part is not None
        assert any(each.endswith(command) for each, _ in lay_out(part, width=60))


def test_a_page_leaves_out_what_has_nothing_to_say() -> None:
    assert Page(fact("Known", ""), None, [line("x"), None]).parts == (Line("x"),)


class _Kind(StrEnum):
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class _Inner:
    at: datetime
    kind: _Kind = _Kind.GOOD


@dataclass(frozen=True, slots=True)
class _Outer:
    inner: _Inner
    path: Path
    note: str = ""


def test_a_document_is_made_of_any_result_under_the_names_of_its_shape() -> None:
    found = _Outer(_Inner(datetime(2026, 12, 1, 9, tzinfo=UTC)), Path("lists/coast.csv"))
    inner = {"at": "2026-12-01T09:00:00+00:00", "kind": "good"}
    assert document(found) == {"inner": inner, "path": "lists/coast.csv", "note": ""}
    shape(_Outer, "file:path note? since:inner.at")
    assert json_of([found]) == [{"file": "lists/coast.csv", "note": None, "since": "2026-12-01T09:00:00+00:00"}]


def test_values_in_a_list_and_tuples_can_have_names_of_their_own_there() -> None:
    found = SimpleNamespace(
        all=[_Outer(_Inner(datetime(2026, 12, 1, 9, tzinfo=UTC)), Path("coast.csv"))], two=[(1, "")]
    )
    named = rows("all", "list:path kind:inner.kind note? words", words=lambda each: len(each.path.name))
    assert named(found) == [{"list": "coast.csv", "kind": "good", "note": None, "words": 9}]
    assert pairs("two", "number why?")(found) == [{"number": 1, "why": None}]


def test_what_nobody_has_laid_out_is_refused() -> None:
    with pytest.raises(TypeError, match="_Outer has no page"):
        page(_Outer(_Inner(datetime(2026, 12, 1, tzinfo=UTC)), Path("x")))


@pytest.mark.parametrize(
    "state, waves, words",
    [
        ("finished", (), "finished"),
        ("finished", ("started", "cancelled"), "finished"),
        ("finished", ("started", "waiting", "waiting"), "2 waves to come"),
        ("finished", ("waiting", "held"), "1 wave to come, 1 wave held"),
        ("paused", ("started", "held"), "paused"),
    ],
)
def test_a_mailing_with_waves_to_come_is_not_called_finished(state: str, waves: tuple[str, ...], words: str) -> None:
    figures = {"state": state, "waves": [{"state": each} for each in waves], "in_doubt_people": [], "in_doubt": 0}
    assert state_in_words(figures) == words


def test_the_pages_of_a_noun_are_found_by_the_room_of_its_results() -> None:
    for each in pkgutil.iter_modules(mailer.pages.__path__):
        importlib.import_module(f"mailer.pages.{each.name}")
    for of in page.registry:
        if of is not object:
            noun = of.__module__.split(".")[2]
            assert page.registry[of].__module__ == f"mailer.pages.{FILES.get(noun, noun)}", of
