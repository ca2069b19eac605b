"""Heads and tails in the forms of press offices and web pages: a kicker, a deck of bullets, a pasted page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailer.release.document import document_words, release_document
from mailer.release.pieces import count_words
from mailer.release.source import parse_release
from mailer.release.values import Release
from tests.release.test_heads import BEGINS, EMPTY, page

SHAPES = Path(__file__).parent / "shapes"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SHAPES / "expected.json").read_text("utf-8"))


def text_of(name: str) -> str:
    return (SHAPES / f"{name}.txt").read_text("utf-8")


def read(text: str, ending: str) -> Release:
    return parse_release(text.encode(), source=f"shape.{ending}", slug="shape")


def fields(release: Release) -> dict[str, Any]:
    document = release_document(release)
    return {
        "headline": document["headline"],
        "subhead": document["subhead"],
        "date": document["date"],
        "embargo": document["embargo_until"],
        "city": (document["dateline"] or {}).get("city"),
        "end": document["end_mark"],
        "notes": document["notes_to_editors"],
        "boilerplate": document["boilerplate"][0]["text"] if document["boilerplate"] else None,
    }


def check(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for field, value in expected.items():
        if field in BEGINS:
            assert value in (found[field] or ""), field
        else:
            assert found[field] == value, field
    nothing = EMPTY - set(expected)
    assert {field: found[field] for field in nothing} == dict.fromkeys(nothing)


@pytest.mark.parametrize("name", EXPECTED)
def test_shape_is_read_from_text(name: str) -> None:
    check(fields(read(text_of(name), "txt")), EXPECTED[name])


# a web page has no columns and running heads; the other samples have their headline as a heading of its own
PAGES = [
    name for name in EXPECTED if EXPECTED[name]["headline"] in text_of(name).split("\n") and "||" not in text_of(name)
]


@pytest.mark.parametrize("name", PAGES)
def test_shape_is_read_from_a_page(name: str) -> None:
    check(fields(read(page(text_of(name), EXPECTED[name]["headline"]), "html")), EXPECTED[name])


@pytest.mark.parametrize("name", EXPECTED)
def test_every_word_of_a_shape_is_in_some_field(name: str) -> None:
    text = text_of(name)
    release = read(text, "txt")
    reported = " ".join(one.message for one in release.problems if one.code == "left-out")
    assert not count_words(text) - document_words(release) - count_words(reported)
    assert "unsure-line" not in {one.code for one in release.problems}
