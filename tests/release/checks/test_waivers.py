"""Waivers: which findings are waived, and mistakes in a waiver."""

from __future__ import annotations

import pytest

from mailer.errors import Severity
from mailer.release.checks import Checked, check_case
from mailer.release.checks.case import Case, Input
from mailer.release.markdown.frontmatter import parse_waiver_key, waiver_key
from mailer.release.markdown.writing import add_waiver, render_markdown
from mailer.release.source import parse_release
from mailer.release.values import Waiver
from tests.release.checks.desk import NOW, good, paragraph


def checked(*waivers: Waiver, text: str = "One TBC, one TBD.", inputs: tuple[Input, ...] = (Input.TEXT,)) -> Checked:
    release = good(headline="Seals are back!", body=(paragraph(text),), waivers=waivers)
    return check_case(Case(release=release, now=NOW), inputs=inputs)


def open_codes(*waivers: Waiver, text: str = "One TBC, one TBD.") -> list[str]:
    return sorted(problem.code for problem in checked(*waivers, text=text).problems)


BOTH = ["headline-exclamation", "leftover", "leftover"]


@pytest.mark.parametrize(
    "waiver, left",
    [
        (Waiver("headline-exclamation", "they are glad"), ["leftover", "leftover"]),
        (Waiver("leftover", "the ship's name", "TBC"), ["headline-exclamation", "leftover"]),
        (Waiver("leftover", "the ship's name", "tbc"), ["headline-exclamation", "leftover"]),
        (Waiver("leftover", "the ship's name", "TB…"), ["headline-exclamation"]),
        (Waiver("leftover", "a crossword", "*"), ["headline-exclamation"]),
        (Waiver("leftover", "which?"), [*BOTH, "waiver-unclear"]),
        (Waiver("leftover", "gone", "TK"), [*BOTH, "waiver-unused"]),
        (Waiver("headline-long", "gone"), [*BOTH, "waiver-unused"]),
        (Waiver("headline-exclamation", " "), [*BOTH, "waiver-reason"]),
        (Waiver("headlin-exclamation", "x"), [*BOTH, "waiver-unknown"]),
        (Waiver("no-headline", "x"), [*BOTH, "waiver-error"]),
        (Waiver("no-end-mark", "x"), [*BOTH, "waiver-unused"]),
        (Waiver("waiver-unclear", "x"), [*BOTH, "waiver-error"]),
        (Waiver("link-dead", "the page comes at noon"), BOTH),  # the web was not checked
    ],
)
def test_one_warning_at_a_time_is_waved_through(waiver: Waiver, left: list[str]) -> None:
    assert open_codes(waiver) == left


def test_a_waiver_for_the_web_is_unused_once_somebody_has_looked() -> None:
    found = checked(Waiver("link-dead", "x"), inputs=(Input.TEXT, Input.WEB))
    assert "waiver-unused" in {problem.code for problem in found.problems}


def test_a_warning_beside_an_error_of_its_name_needs_no_words_to_be_waved_through() -> None:
    assert open_codes(Waiver("leftover", "the ship's name"), text="The TBC sails, [insert name].") == [
        *("headline-exclamation", "leftover")
    ]


def test_an_error_stays_whatever_a_waiver_says() -> None:
    found = checked(Waiver("leftover", "x", "[insert name]"), text="[insert name]")
    assert {problem.code: problem.severity for problem in found.problems}["leftover"] is Severity.ERROR
    assert "waiver-error" in {problem.code for problem in found.problems}


def test_what_is_waved_through_keeps_its_reason_and_unknown_names_the_nearest() -> None:
    found = checked(Waiver("headline-exclamation", "they are glad"), Waiver("leftovers", "x", line=7))
    assert [(each.problem.code, each.reason) for each in found.waived] == [("headline-exclamation", "they are glad")]
    unknown = next(problem for problem in found.problems if problem.code == "waiver-unknown")
    assert ('did you mean "leftover"?' in unknown.message, unknown.line) == (True, 7)


TEXT = """---
headline: Seals are back!
checks:
  waive:
    headline-exclamation: "they: are glad"
    leftover "TBC": the ship's name
date: 2026-11-24
---

The TBC came.
"""


def test_front_matter_holds_waivers_and_an_import_keeps_them() -> None:
    release = parse_release(TEXT.encode(), source="a.md", slug="a")
    assert release.waivers == (
        Waiver("headline-exclamation", "they: are glad"),
        Waiver("leftover", "the ship's name", "TBC"),
    )
    assert [waiver.line for waiver in release.waivers] == [5, 6]
    again = parse_release(render_markdown(release).encode(), source="a.md", slug="a")
    assert again.waivers == release.waivers


REASONS = ["it is so", 'a "quoted": reason # here', "l'heure", "- x", "yes", "日本", "[1]: a"]
KEYS = [
    "headline-long",
    'leftover "TBC"',
    'link-dead "https://www.example.org/a?b=c#d"',
    'image-credit "*"',
    'x "it\'s"',
]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "head",
    [
        "headline: A\n",
        "headline: A\nchecks:\n  waive:\n",
        "headline: A\nchecks:\n  waive:\n    date-far: it is old\ndate: 2026-11-24\n",
        "checks:\n    waive:\n        date-far: it is\n          old\n\nheadline: A\n",
    ],
)
def test_a_waiver_that_is_written_reads_back_and_moves_nothing_else(head: str, key: str, reason: str) -> None:
    before = f"---\n{head}---\n\nText: TBC\n"
    text = add_waiver(before, key, reason)
    release = parse_release(text.encode(), source="a.md", slug="a")
    code, about = parse_waiver_key(key)
    assert Waiver(code, reason, about) in release.waivers
    assert len(release.waivers) == 1 + ("date-far" in head)
    assert [line for line in text.split("\n") if line in before.split("\n")] == before.split("\n")
    twice = add_waiver(text, key, "another reason")
    waivers = parse_release(twice.encode(), source="a.md", slug="a").waivers
    assert [waiver.reason for waiver in waivers if waiver.code == code] == ["another reason"]


@pytest.mark.parametrize(
    "text",
    [
        "# Headline\n\nText.\n",
        "---\nheadline: A\n",
        "---\nchecks: {waive: {a: b}}\n---\n",
        "---\nchecks: []\n---\n",
        "---\nchecks:\n  - a\n---\n",
        "---\nchecks:\n  waive:\n    - a\n---\n",
    ],
)
def test_what_cannot_keep_a_waiver_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be added to|no fields"):
        add_waiver(text, "headline-long", "x")


def test_windows_line_ends_stay() -> None:
    text = add_waiver("---\r\nheadline: A\r\n---\r\n\r\nText.\r\n", "date-far", "old")
    assert text == "---\r\nheadline: A\r\nchecks:\r\n  waive:\r\n    date-far: old\r\n---\r\n\r\nText.\r\n"


def test_a_key_is_as_it_is_typed() -> None:
    assert [parse_waiver_key(key) for key in ('leftover "TBC"', "leftover “TBC”", "leftover TBC", "no-date")] == [
        *[("leftover", "TBC")] * 3,
        ("no-date", ""),
    ]
    assert waiver_key("leftover", "TBC") == 'leftover "TBC"'
