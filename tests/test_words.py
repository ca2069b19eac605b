"""A translator adds a language by one file: what is missing in it, unknown or there twice is told by these tests."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import mailer.words
from mailer.bounces.answers.language import Language
from mailer.release.words import LANGUAGES, Words
from mailer.words import read_section

FILES = sorted(Path(mailer.words.__file__).parent.glob("*.toml"))
SHAPES: dict[str, type[Any]] = {"release": Words, "answers": Language}
SECTIONS = [(file.stem, name) for file in FILES for name in SHAPES if f"\n[{name}]\n" in f"\n{file.read_text('utf-8')}"]


def test_every_file_has_a_section_that_somebody_reads() -> None:
    assert {tag for tag, _ in SECTIONS} == {file.stem for file in FILES}
    heads = {head for file in FILES for head in re.findall(r"(?m)^\[([a-z.]+)\]$", file.read_text("utf-8"))}
    assert heads <= {*SHAPES, *(f"{name}.parts" for name in SHAPES)}


@pytest.mark.parametrize("tag, name", SECTIONS)
def test_a_section_has_known_fields_and_no_entry_twice(tag: str, name: str) -> None:
    section = read_section(tag, name)
    assert set(section) <= {field.name for field in fields(SHAPES[name])}
    for field, entries in section.items():
        words = [entry for each in entries for entry in ([each] if isinstance(each, str) else each)]
        assert [word for word, count in Counter(words).items() if count > 1] == [], field


@pytest.mark.parametrize("tag, name", SECTIONS)
def test_every_part_is_there_and_used(tag: str, name: str) -> None:
    text = (FILES[0].parent / f"{tag}.toml").read_text("utf-8")
    _, _, parts = text.partition(f"[{name}.parts]")
    for part in re.findall(r"(?m)^([a-z_]+) = ", parts):
        assert f"{{{part}}}" in text
    entries = [each for field in read_section(tag, name).values() for each in field if isinstance(each, str)]
    assert [each for each in entries if re.search(r"\{[a-z_]+\}", each)] == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_calendar_is_whole_and_no_month_is_another_one_too(tag: str) -> None:
    words = LANGUAGES[tag]
    assert (len(words.months), len(words.weekdays)) in {(12, 7), (0, 0)}
    for names in (words.months, words.weekdays):
        assert max(Counter(name for each in names for name in set(each)).values(), default=1) == 1


@pytest.mark.parametrize("tag", [tag for tag, name in SECTIONS if name == "answers"])
def test_every_row_of_answers_is_a_pattern(tag: str) -> None:
    for field, rows in read_section(tag, "answers").items():
        if field not in {"stems", "alone", "filler"}:
            for row in rows:
                re.compile(row)
