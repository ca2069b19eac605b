"""Long texts: the work of reading grows as the text does. Calls are counted, since time depends on the machine."""

from __future__ import annotations

import sys

import pytest

from mailer.release.checks.lines import Lines
from mailer.release.source import read_source
from mailer.release.words import pattern

HEAD = "PRESS RELEASE\n\nEastport opens its school\n\nEASTPORT, 3 March 2027 - The harbour opens.\n\n"


def calls(text: str) -> int:
    counted = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        read_source((HEAD + text).encode(), source="harbour.txt", slug="harbour")
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize(
    "part, count",
    [
        ("“We opened door {n} and nobody came at all,” said Ann Bell, a pilot.\n\n", 60),
        ("“Door {n} opens.” The pilot Ann Bell nods. ", 60),
        ("“The door {n} opens for everybody.\n\n", 60),
        ("About Harbour Trust {n}\n\n", 60),
        ("door {n} *opens*\n", 200),
    ],
)
def test_twice_the_text_is_twice_the_work(part: str, count: int) -> None:
    once, twice = ("".join(part.format(n=n) for n in range(count * many)) for many in (1, 2))
    calls(once)  # the patterns are compiled once a process

    assert calls(twice) < 2.5 * calls(once)


@pytest.mark.parametrize(
    "field, text, found",
    [
        ("title", "Vice  President of it", "Vice  President"),
        ("email", "E-MAIL: ann", "E-MAIL"),
        ("email", "メールアドレス", "メールアドレス"),
        ("said", "ÄUSSERT", None),
        ("said", "äußert sich", "äußert sich"),
        ("weekday", "any", None),
    ],
)
def test_of_phrases_that_begin_alike_the_longest_is_found(field: str, text: str, found: str | None) -> None:
    match = pattern(f"{{{field}}}").match(text)

    assert (match and match.group()) == found


def test_a_line_is_found_by_the_words_around_a_place_far_into_a_paragraph() -> None:
    text = " ".join(f"door {n}" for n in range(5000))
    lines = Lines(text.replace(" door 4000 ", "\ndoor 4000 "))

    assert lines.of(text, text.index("4000")) == 2
    assert lines.of(text, text.index("3999")) == 1
