"""A translator adds a language by one file: what is missing in it, unknown, empty or there twice, these tests tell.

Tables of many languages have files of their own, whose sections are named here; the same is told of them.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import mailer.words
from mailer.bounces.language import Language
from mailer.bounces.letter import LANGUAGES as ASKING
from mailer.release.words import LANGUAGES, Words
from mailer.words import any_of, finder, holder, read_section

FOLDER = Path(mailer.words.__file__).parent
TEXTS = {file.stem: file.read_text("utf-8") for file in sorted(FOLDER.glob("*.toml"))}
READ_AS: dict[str, type[Any]] = {"release": Words, "answers": Language}
SHAPES = {
    **{name: {field.name for field in fields(shape)} for name, shape in READ_AS.items()},
    "ban": {
        *("no", "must", "use", "loose", "never", "bare", "leave", "until", "only", "free", "secret", "term", "asks"),
        "day",
    },
    "holding": {"small", "asking", "matter"},
    "headlines": {"bodies", "body_ends", "small"},
}
# Files of many languages: their sections
TABLES = {
    "asking": {"screen", "weights", *ASKING},
    "bounces": {
        *("said", "openers", "subjects", "months", "weekdays", "days"),
        *(
            "quoted",
            "stages",
            "sentences",
            "returned",
            "wish",
            "notice",
            "around",
            "why",
            "fields",
            "feedback",
        ),
        *("complaint", "weights"),
    },
    "desk": {"pages", "options", "reasons", "phrases", "fields", "modes", "conditions", "left_out", "states"},
    "encodings": {"pairs", "small_words", "one_letter", "letters", "signs", "apostrophes", "names", "charsets"},
    "contacts": {
        *("headings", "heading_words", "cells", "rows", "flags", "tongues", "plain_text", "names"),
        *("consent", "countries", "wheel", "tags", "workbooks", "where", "cards", "desks"),
    },
    "frontmatter": {"fields", "keys", "languages", "contact", "event", "picture", "site", "site_fields", "texts"},
    "wishes": {"columns", "phrases", "evidence", "beside", "hues", "cells", "weights", "rules"},
    "holding": {"words", "signs", "japanese", "bans", "evidence"},
    "heads": {"labels", "contacts", "people", "titles", "embargo", "moments", "holds", "paper", "weights"},
    "names": {"places", "given", "words"},
    "leftovers": {"gaps", "remarks", "mail"},
    "page_furniture": {"names", "lines", "links", "mail", "invitation", "counts"},
    "checks": {
        *("rules", "reading", "mail", "shown_again", "words", "clients", "media_types", "files", "colours", "hiding"),
    },
    "links": {"links"},
    "plans": {"spoken"},
    "quotes": {"weights", "rules", "before", "abbreviations", "japanese"},
    "sections": {"patterns", "weights"},
    "release_files": {"docx", "rtf", "html", "markdown", "pictures", "office", "other_files"},
    "doctor": {"bulk", "codes", "good", "phrases", "providers", "rewriting", "shared", "verdicts"},
    "newsroom": {"says"},
    "optout_page": {"says"},
    "embargo_answers": {"says"},
    "screen": {"reasons", "came_back"},
    "spam": {"rules", "rspamd"},
    "scripts": {"scripts"},
    "zones": {"places", "phrases", "abbreviations", "hours"},
    "webhooks": {"guides"},
    "relays": {"names"},
    "settings": {"tables", "keys", "shared", "presets", "oauth"},
    "suppressions": {"columns", "flags", "states", "tools"},
    "reply": {
        *("vendors", "accounts", "identity", "messages", "blunt", "programs", "addresses", "systems"),
        *(
            "european",
            "eastern",
            "leanings",
            "hosts",
            "classes",
            "codes",
            "subjects",
            "replies",
            "stems",
            "pairs",
            "policy",
            "rules",
            "pace",
        ),
    },
}
SECTIONS = [(tag, name) for tag, text in TEXTS.items() for name in SHAPES if f"\n[{name}]\n" in f"\n{text}"]
ALL = [*SECTIONS, *((table, name) for table, names in TABLES.items() for name in sorted(names))]


def test_every_file_has_a_section_that_somebody_reads() -> None:
    assert {tag for tag, _ in SECTIONS} == set(TEXTS) - set(TABLES)
    heads = {head for tag in set(TEXTS) - set(TABLES) for head in re.findall(r"(?m)^\[([a-z.]+)\]$", TEXTS[tag])}
    assert heads <= {*SHAPES, *(f"{name}.parts" for name in SHAPES)}


@pytest.mark.parametrize("table, sections", TABLES.items(), ids=TABLES)
def test_a_table_has_its_sections_and_no_others(table: str, sections: set[str]) -> None:
    assert set(tomllib.loads(TEXTS[table])) == sections


@pytest.mark.parametrize("tag, name", SECTIONS)
def test_a_section_has_known_fields_and_no_entry_twice(tag: str, name: str) -> None:
    section = read_section(tag, name)
    assert set(section) <= SHAPES[name]
    for field, entries in section.items():
        words = [entry for each in entries for entry in ([each] if isinstance(each, str) else each)]
        assert [word for word, count in Counter(words).items() if count > 1] == [], field


def lists(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the lists in a section, those in others too."""
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ():
        yield from lists(each)
    if isinstance(value, tuple):
        yield value


@pytest.mark.parametrize("file, name", ALL)
def test_no_list_is_empty_or_has_an_empty_entry_or_one_twice(file: str, name: str) -> None:
    section = read_section(file, name)
    assert section
    for entries in lists(section):
        assert entries
        # at the desk, some words become none, and some fields have no example
        assert file == "desk" or all(entry.strip() if isinstance(entry, str) else entry for entry in entries), entries
        assert [entry for entry, count in Counter(map(repr, entries)).items() if count > 1] == []


@pytest.mark.parametrize("name", sorted(TABLES["wishes"]))
def test_no_word_stands_for_two_reasons(name: str) -> None:
    for field, rows in read_section("wishes", name).items():
        by_reason = [row for row in rows if not isinstance(row, str)]
        assert all(isinstance(words, tuple) for _, words in by_reason), field  # a text of one line is no list here
        words = [word for _, each in by_reason for word in each]
        assert [word for word, count in Counter(words).items() if count > 1] == [], field


@pytest.mark.parametrize("file", TEXTS)
def test_no_comma_in_a_long_list_parts_nothing(file: str) -> None:
    for text in re.findall(r"(?s)'''(.*?)'''", TEXTS[file]):
        assert ",," not in re.sub(r"\s", "", text)


@pytest.mark.parametrize("tag, name", SECTIONS)
def test_every_part_is_there_and_used(tag: str, name: str) -> None:
    text = TEXTS[tag]
    parts = text.partition(f"\n[{name}.parts]")[2].partition("\n[")[0]
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


PATTERNS = [(tag, name) for tag, name in SECTIONS if name in {"answers", "ban"}]
OTHER_PATTERNS = [
    *(("bounces", name) for name in ("said", "openers", "subjects", "quoted", "days", "sentences", "returned")),
    *(("page_furniture", name) for name in ("names", "lines", "mail", "invitation")),
    *(("heads", name) for name in ("labels", "contacts", "people", "titles", "embargo", "moments", "holds", "paper")),
    *(("holding", "signs"), ("leftovers", "gaps"), ("leftovers", "remarks")),
]


@pytest.mark.parametrize("file, name", [*PATTERNS, *OTHER_PATTERNS])
def test_every_row_of_these_is_a_pattern(file: str, name: str) -> None:
    for field, rows in read_section(file, name).items():
        if field not in {"frequent", "stems", "alone", "filler", "delay_stems", "arrived_stems"}:
            for row in rows:
                re.compile(row)


def test_any_of_many_is_found_where_one_of_them_is() -> None:
    rows = [r"\bbell\b|\bring(?:s|ing)?", r"a[|(]b", r"^on|oo$", r"(?:x|y)z"]
    found = re.compile(any_of(rows))
    for text in ("a bell", "it rings", "a|b", "a(b", "only", "too", "yz"):
        assert found.search(text), text
    for text in ("bells", "spring", "ab", "noon.", "x"):
        assert not found.search(text), text
    assert any_of([rf"\b{row}" for row in ("a", "b", "c")]) == r"\b(?:a|b|c)"
    assert not re.search(any_of([]), "")


def test_a_holder_tells_whether_any_piece_stands_in_a_text() -> None:
    holds = holder(["quota", "full"])
    assert holds("over quota")
    assert not holds("quot a")
    assert not holder([])("anything")


def test_a_finder_tells_all_pieces_of_a_text_by_what_stands_beside_them() -> None:
    find = finder([("harbour", 1), ("our", 2), ("r s", 3), ("harbour", 4), ("crane", 5)])
    assert find("a harbour school") == {1, 2, 3, 4}
    assert find("") == set()
    assert finder(())("a harbour school") == set()
