"""Lexer: the text of a `--where` expression in words.

Owns what a word is, and how an error points at its place. Never knows which word may follow which.
Raises `InputProblem`, its hint the expression with a caret under the place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from mailer.address import printable
from mailer.contacts.audience.where.tree import KEYWORDS
from mailer.errors import InputProblem

LONGEST: Final = 4000
_SHOWN: Final = 76
_BEFORE: Final = 46

_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
_TOKEN: Final = re.compile(
    rf"""
    (?P<blank>\s+)
  | (?P<date>{_DATE}(?!\w))
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?!\w))
  | (?P<name>[^\W\d]\w*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<heading>`(?:[^`]|``)+`)
  | (?P<sign>==|!=|<>|<=|>=|<|>|=|≠|≤|≥|\(|\)|,)
    """,
    re.VERBOSE | re.DOTALL,
)
_SIGNS: Final = {"=": "==", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">="}
_INSTEAD: Final = {
    "&": "write and",
    "|": "write or",
    "!": "write not, or != for «other than»",
    "“": 'write straight quotation marks: "health"',
    "”": 'write straight quotation marks: "health"',
    "„": 'write straight quotation marks: "health"',
    "«": 'write straight quotation marks: "health"',
    "»": 'write straight quotation marks: "health"',
    "‘": 'write straight quotation marks: "health"',
    "’": 'write straight quotation marks: "health"',
    '"': "this quotation mark is never closed",
    "'": "this quotation mark is never closed",
    "`": "this backtick is never closed, or holds nothing",
    "[": "lists stand in round brackets",
    "{": "lists stand in round brackets",
    ";": "values in brackets are separated by commas",
    ".": "columns have no dots in their names; `Heading as it stands` in backticks is fine",
}


class Kind(Enum):
    """What a word is."""

    NAME = auto()
    KEYWORD = auto()
    TEXT = auto()
    NUMBER = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A word: what it is, what it says, and where it stands."""

    kind: Kind
    said: str
    at: int
    end: int


def tokenise(text: str) -> Iterator[Token]:
    """Yield the words of an expression, and one that says where it ends.

    Raises:
        InputProblem: a sign belongs to nothing, or the text is longer than anybody writes.
    """
    if len(text) > LONGEST:
        raise InputProblem(f"--where has {len(text)} characters; more than {LONGEST} nobody can look over")
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            sign = text[at]
            said = _INSTEAD.get(sign, f'"{printable(sign)}" belongs to nothing here')
            raise wrong(text, said, [(at, at + 1)])
        if found.lastgroup != "blank":
            yield _token(found)
        at = found.end()
    yield Token(Kind.END, "", len(text), len(text))


def _token(found: re.Match[str]) -> Token:
    said, place = found[0], found.span()
    match found.lastgroup:
        case "name":
            return (
                Token(Kind.KEYWORD, said.lower(), *place)
                if said.lower() in KEYWORDS
                else Token(Kind.NAME, said, *place)
            )
        case "heading":
            return Token(Kind.NAME, said[1:-1].replace("``", "`"), *place)
        case "text":
            return Token(Kind.TEXT, re.sub(r"\\([\\\"'])", r"\1", said[1:-1]), *place)
        case "date":
            return Token(Kind.TEXT, said, *place)
        case "number":
            return Token(Kind.NUMBER, said, *place)
        case _:
            return Token(Kind.SIGN, _SIGNS.get(said, said), *place)


def wrong(text: str, message: str, places: Sequence[tuple[int, int]]) -> InputProblem:
    """Return the error that says what is wrong at these places (from, to), with carets under them."""
    return InputProblem(f"--where, character {places[0][0] + 1}: {message}", hint=_pointed(text, places))


def _pointed(text: str, places: Sequence[tuple[int, int]]) -> str:
    """Show the part of an expression round its first place, and carets below."""
    start = max(0, places[0][0] - _BEFORE) if len(text) > _SHOWN else 0
    end = start + _SHOWN
    ahead, behind = "… " if start else "", " …" if len(text) > end else ""
    under = {at for first, last in places for at in range(first, max(last, first + 1))}
    shown = "".join(_visible(sign) for sign in text[start:end])
    carets = "".join(
        ("^" if at in under else " ") * _width(_visible(text[at])) for at in range(start, min(end, len(text)))
    )
    at_end = "^" if any(first >= len(text) for first, _ in places) else ""
    return f"  {ahead}{shown}{behind}\n  {' ' * len(ahead)}{carets}{at_end}".rstrip()


def _visible(sign: str) -> str:
    return sign if sign.isprintable() else " "


def _width(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1
