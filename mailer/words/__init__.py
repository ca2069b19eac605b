"""Words: what things are called. Data: one file a language, named after its BCP 47 tag, and one a table of many.

A language's file has a section a room: `[release]` has the words by which the parts of a release are known (plain
phrases: blanks match any blanks, case does not matter), `[headlines]` and `[holding]` what may stand beside them, and
`[ban]` what holds a release back in a language of which no release is read; `[answers]` has those by which answers to a
mail are understood (regular expressions over text without accents; `{name}` stands for an entry of `[answers.parts]`).
What the keys of a section mean is said where it is read: `release.words.Words`, `release.head.holds` and
`bounces.language.Language`.

Other tables hold words of many languages that are asked in one order, or that several languages share: each is a file
of its own (`reply.toml`), whose sections and rows keep that order and say what they mean.

A list is an array. A long list of plain words is a text between three quotation marks, which is read faster than an
array is: its words are parted by commas and ends of lines. (Within a row of an array, such a text needs two lines to be
a list.) A section is parsed when it is asked for first, and no other with it: parsing is what takes the time.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from pkgutil import get_data
from typing import Any, Final, TypeVar

import ahocorasick

from mailer import lazy_re as re

Value = TypeVar("Value")
Finder = Callable[[str], set[Value]]

_HEADS: Final = re.compile(r"(?m)^(?=\[)")  # nothing but the head of a section begins a line with a bracket
_ENDS: Final = re.compile("[,\n]")
SIGNS: Final = "\u0900"  # from here on, scripts that part no words by blanks
_PIECES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]|[^\\\[()|]+")  # of a regular expression
_PART: Final = re.compile(r"\{([a-z_]+)\}")


@cache
def read_section(file: str, name: str) -> Mapping[str, Any]:
    """Return a section of a file, its arrays and lists of words as tuples and its parts filled in."""
    own = (block for block in _blocks(file) if block.startswith((f"[{name}]", f"[{name}.")))
    table: dict[str, Any] = tomllib.loads("".join(own))[name]
    parts: Mapping[str, str] = table.pop("parts", {})

    def frozen(value: object) -> object:
        if isinstance(value, list):
            return tuple(map(frozen, value))
        if not isinstance(value, str):
            return value
        if "\n" in value:
            return _listed(value)
        while parts and _PART.search(value):
            value = _PART.sub(lambda match: parts[match[1]], value)
        return value

    return {key: _listed(value) if isinstance(value, str) else frozen(value) for key, value in table.items()}


@cache
def read_patterns(file: str, name: str) -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of a section, the lines of each put together, the lists and pieces beside them filled in."""
    rows = dict(read_section(file, name))
    patterns: Mapping[str, str] = rows.pop("patterns")
    parts = {key: any_of(words) for key, words in rows.items()}
    whole = {key: "".join(line.strip() for line in text.split("\n")) for key, text in patterns.items()}
    return {key: re.compile(_PART.sub(lambda part: parts[part[1]], text)) for key, text in whole.items()}


def without_accents(text: str) -> str:
    """Return a text in small letters without accents, as the words of [evidence] are written: "ß" is "ss"."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def beginnings(words: Collection[str]) -> re.Pattern[str]:
    """Return what finds beginnings of words, whole words of up to three letters, and signs of scripts without blanks.

    The words, which may be regular expressions, and the text that is searched are without accents.
    """
    parted = [word + r"\b" * (len(word.split()[-1]) <= 3) for word in words if word[0] < SIGNS]
    signs = [word for word in words if word[0] >= SIGNS]
    return re.compile("|".join([rf"\b(?:{'|'.join(parted)})", *signs]))


def any_of(rows: Iterable[str]) -> str:
    """Return one regular expression out of many; out of none, one that never matches.

    Those that begin at the edge of a word share the question whether one is there: few letters of a text are at one.
    """
    edge = r"\b"
    ways = [way for row in rows for way in _ways(row)]
    inside = "|".join(way.removeprefix(edge) for way in ways if way.startswith(edge))
    others = [way for way in ways if not way.startswith(edge)]
    return "|".join([rf"{edge}(?:{inside})"] * bool(inside) + others) or "(?!)"


def _ways(row: str) -> Iterator[str]:
    """Yield the alternatives of a regular expression: what the bars outside all parentheses part."""
    depth, way = 0, ""
    for piece in _PIECES.findall(row):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            yield way
        way = "" if piece == "|" and not depth else way + piece
    yield way


def finder(pieces: Iterable[tuple[str, Value]]) -> Finder[Value]:
    """Return what tells which of thousands of pieces stand in a text, by the values beside them, in one pass over it.

    An automaton looks for all at once (Aho and Corasick, 1975), in hardly more time than the text takes to read.
    """
    values: dict[str, list[Value]] = {}
    for piece, value in pieces:
        values.setdefault(piece, []).append(value)
    found = _automaton(values)
    return lambda text: {value for _, beside in found(text) for value in beside}


def holder(pieces: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether any of many pieces stands in a text; it reads no further than the first."""
    found = _automaton(dict.fromkeys(pieces, True))
    return lambda text: next(found(text), None) is not None


def _automaton(values: Mapping[str, Any]) -> Callable[[str], Iterator[tuple[int, Any]]]:
    automaton = ahocorasick.Automaton()
    for piece, value in values.items():
        automaton.add_word(piece, value)
    automaton.make_automaton()
    return automaton.iter if values else lambda _: iter(())


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word for part in _ENDS.split(text) if (word := part.strip()))


@cache
def _blocks(file: str) -> list[str]:
    data = get_data(__name__, f"{file}.toml")
    assert data is not None  # noqa: S101 - for mypy: the loader of every package can read its files
    return _HEADS.split(data.decode("utf-8"))
