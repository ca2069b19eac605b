"""Where: a small language that says which people of the lists are meant.

    lexer.py     text → words; how an error points at its place
    parser.py    words → tree, with the grammar
    tree.py      the tree, and back to text
    evaluate.py  the tree held against a contact's merge fields

`beat in ("health", "science") and country == "DE" and not text_only`. Parsed by hand: nothing is ever evaluated by
Python, no expression can loop, and its length and depth are bounded. Pure. Raises `InputProblem`.
Gaps: no regular expressions, no arithmetic, no comparison of one column with another.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from typing import Final, TypeAlias, TypeVar

from mailer.address import printable
from mailer.contacts.folding import fold
from mailer.contacts.meaning.flags import is_set
from mailer.errors import InputProblem, did_you_mean

__all__ = ["Expression", "Filter", "ListColumns", "Missing", "make_filter", "parse_where", "say"]


# Tree: what a `--where` expression says, as values, and back as text.

KEYWORDS: Final = frozenset(
    ("and", "or", "not", "in", "contains", "starts", "ends", "with", "is", "empty", "yes", "no", "true", "false")
)
ORDERINGS: Final = frozenset({"<", "<=", ">", ">="})
OPERATORS: Final = frozenset({"==", "!=", *ORDERINGS})
NAME: Final = re.compile(r"[^\W\d]\w*")

Value: TypeAlias = "str | Decimal | bool"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, by its merge field or its heading; `at` and `end` say where it stood."""

    name: str
    at: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class IsSet:
    """A column alone: filled in, and not with a no."""

    column: Column


@dataclass(frozen=True, slots=True)
class IsEmpty:
    """Nothing stands in the cell."""

    column: Column


@dataclass(frozen=True, slots=True)
class Compare:
    """A cell beside a value."""

    column: Column
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """The cell is one of these."""

    column: Column
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """One of these is among the values of the cell."""

    column: Column
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartsWith:
    """The cell begins so."""

    column: Column
    text: str


@dataclass(frozen=True, slots=True)
class EndsWith:
    """The cell ends so."""

    column: Column
    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Expression


@dataclass(frozen=True, slots=True)
class And:
    """All of them; at least two."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them; at least two."""

    parts: tuple[Expression, ...]


Test: TypeAlias = IsSet | IsEmpty | Compare | In | Contains | StartsWith | EndsWith
Expression: TypeAlias = Test | Not | And | Or


def say(expression: Expression) -> str:
    """Return an expression as text, in its canonical spelling."""
    match expression:
        case Or(parts):
            return " or ".join(_inside(part, (Or,)) for part in parts)
        case And(parts):
            return " and ".join(_inside(part, (Or, And)) for part in parts)
        case Not(part):
            return f"not {_inside(part, (Or, And))}"
        case _:
            return _say_test(expression)


def _inside(part: Expression, wrapped: tuple[type, ...]) -> str:
    return f"({say(part)})" if isinstance(part, wrapped) else say(part)


def _say_test(test: Test) -> str:
    name = _say_name(test.column.name)
    match test:
        case IsSet():
            return name
        case IsEmpty():
            return f"{name} is empty"
        case Compare(_, operator, value):
            return f"{name} {operator} {say_value(value)}"
        case In(_, values):
            return f"{name} in {_say_list(values)}"
        case Contains(_, texts):
            return f"{name} contains {_say_list(texts) if len(texts) > 1 else say_value(texts[0])}"
        case _:
            return f"{name} {'starts' if isinstance(test, StartsWith) else 'ends'} with {say_value(test.text)}"


def _say_list(values: Sequence[Value]) -> str:
    return f"({', '.join(map(say_value, values))})"


def say_value(value: Value) -> str:
    """Return a value as it is typed."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _say_name(name: str) -> str:
    if NAME.fullmatch(name) and name.lower() not in KEYWORDS:
        return name
    return f"`{name.replace('`', '``')}`"


def columns_of(expression: Expression) -> list[Column]:
    """Return every column that an expression names, in the order of the text."""
    match expression:
        case Or(parts) | And(parts):
            return [column for part in parts for column in columns_of(part)]
        case Not(part):
            return columns_of(part)
        case _:
            return [expression.column]


# Lexer: the text of a `--where` expression in words.

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


# Parser: the words of a `--where` expression as a tree.
#
#     or       = and { "or" and }
#     and      = not { "and" not }
#     not      = "not" not | "(" or ")" | test
#     test     = column [ operator value | ["not"] "in" "(" value { "," value } ")"
#                       | ["not"] "contains" ( text | "(" text { "," text } ")" )
#                       | ["not"] ("starts" | "ends") "with" text | "is" ["not"] "empty" ]
#     operator = "==" | "!=" | "<" | "<=" | ">" | ">="          value = text | number | date | "yes" | "no"

DEEPEST: Final = 40
_Read = TypeVar("_Read")
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}


def parse_where(text: str) -> Expression:
    """Parse an expression.

    Raises:
        InputProblem: it is none; the message says where and what, the hint shows the place.
    """
    text = unicodedata.normalize("NFC", text)
    parser = _Parser(text)
    if parser.is_at_end():
        raise wrong(text, "there is nothing in it; write --where 'country == \"DE\"'", [(0, 0)])
    tree = parser.either(0)
    if not parser.is_at_end():
        raise parser.error_after_test()
    return tree


class _Parser:
    """One pass over the words, looking at one of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenise(text)
        self.now = next(self._tokens)

    def is_at_end(self) -> bool:
        """Return whether all words are read."""
        return self.now.kind is Kind.END

    def either(self, depth: int) -> Expression:
        """Read `… or …`."""
        parts = [self._both(depth)]
        while self._took(Kind.KEYWORD, "or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self, depth: int) -> Expression:
        parts = [self._single(depth)]
        while self._took(Kind.KEYWORD, "and"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise self._error(f"it is nested more than {DEEPEST} deep")
        if self._took(Kind.KEYWORD, "not"):
            return Not(self._single(depth + 1))
        opened = self.now
        if self._took(Kind.SIGN, "("):
            inside = self.either(depth + 1)
            if not self._took(Kind.SIGN, ")"):
                if self.now.kind is Kind.END:
                    raise wrong(self._text, "this bracket is never closed", [(opened.at, opened.end)])
                raise self.error_after_test()
            return inside
        return self._test()

    def _test(self) -> Expression:
        column = self._column()
        if self.now.kind is Kind.SIGN and self.now.said in OPERATORS:
            return Compare(column, self._next().said, self._value())
        if self._took(Kind.KEYWORD, "is"):
            return self._is_empty(column)
        negated = self.now
        is_not = self._took(Kind.KEYWORD, "not")
        test = self._worded(column)
        if test is None:
            if is_not:
                raise wrong(
                    self._text, "after not comes in, contains, starts with or ends with", [self._place(negated)]
                )
            return IsSet(column)
        return Not(test) if is_not else test

    def _worded(self, column: Column) -> Expression | None:
        if self._took(Kind.KEYWORD, "in"):
            if not (self.now.kind is Kind.SIGN and self.now.said == "("):
                raise self._error('after in comes a list in brackets: in ("health", "science")')
            return In(column, self._listed(self._value))
        if self._took(Kind.KEYWORD, "contains"):
            bracket = self.now.kind is Kind.SIGN and self.now.said == "("
            return Contains(column, self._listed(self._words) if bracket else (self._words(),))
        for word, made in (("starts", StartsWith), ("ends", EndsWith)):
            if self._took(Kind.KEYWORD, word):
                if not self._took(Kind.KEYWORD, "with"):
                    raise self._error(f"write {word} with")
                return made(column, self._words())
        return None

    def _is_empty(self, column: Column) -> Expression:
        is_not = self._took(Kind.KEYWORD, "not")
        if not self._took(Kind.KEYWORD, "empty"):
            raise self._error('after is comes empty or not empty; with a value, write == "…"')
        return Not(IsEmpty(column)) if is_not else IsEmpty(column)

    def _listed(self, read: Callable[[], _Read]) -> tuple[_Read, ...]:
        opened = self._next()
        values = [read()]
        while self._took(Kind.SIGN, ","):
            values.append(read())
        if not self._took(Kind.SIGN, ")"):
            if self.now.kind is Kind.END:
                raise wrong(self._text, "this bracket is never closed", [self._place(opened)])
            raise self._error("between values stands a comma")
        return tuple(values)

    def _column(self) -> Column:
        token = self.now
        if token.kind is Kind.NAME:
            self._next()
            return Column(token.said, token.at, token.end)
        if token.kind is Kind.TEXT:
            raise self._error(
                "a test begins with its column; one whose name has blanks stands in backticks: `Kontakt E-Mail`"
            )
        if token.kind is Kind.KEYWORD:
            raise self._error(f"here a column is missing; one that is called {token.said} stands in backticks")
        raise self._error("here a column is missing")

    def _value(self) -> Value:
        token = self.now
        if token.kind is Kind.TEXT:
            return self._next().said
        if token.kind is Kind.NUMBER:
            return Decimal(self._next().said)
        if token.kind is Kind.KEYWORD and token.said in _FLAGS:
            return _FLAGS[self._next().said]
        if token.kind is Kind.NAME:
            raise self._error(f'text stands in quotation marks: "{printable(token.said)}"')
        raise self._error('here a value is missing: "text", a number, a date as 2026-11-24, yes or no')

    def _words(self) -> str:
        if self.now.kind is Kind.NUMBER:
            return self._next().said
        if self.now.kind is Kind.TEXT:
            return self._next().said
        if self.now.kind is Kind.NAME:
            raise self._error(f'text stands in quotation marks: "{printable(self.now.said)}"')
        raise self._error('here text is missing: "…"')

    def error_after_test(self) -> InputProblem:
        """Return what could have come where something else stands."""
        if self.now.kind is Kind.SIGN and self.now.said == ")":
            return self._error("this bracket was never opened")
        if self.now.kind is Kind.NAME:
            return self._error("between two tests stands and or or; a name with blanks stands in backticks")
        return self._error("here should be and, or, or the end")

    def _took(self, kind: Kind, said: str) -> bool:
        if self.now.kind is kind and self.now.said == said:
            self._next()
            return True
        return False

    def _next(self) -> Token:
        taken = self.now
        if taken.kind is not Kind.END:
            self.now = next(self._tokens)
        return taken

    @staticmethod
    def _place(token: Token) -> tuple[int, int]:
        return token.at, token.end

    def _error(self, message: str) -> InputProblem:
        return wrong(self._text, message, [self._place(self.now)])


# Evaluate: a `--where` expression held against people.
#
# Text is compared folded (`folding`). Two numbers are compared as numbers, two ISO dates as dates, everything else as
# text. A cell that is missing is empty; an empty cell is smaller and greater than nothing, and equal to "" alone.

Fields: TypeAlias = Mapping[str, str]
Predicate: TypeAlias = Callable[[Fields], bool]

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_WRITTEN_DATE: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_BETWEEN: Final = re.compile(r"[,;|\n\r、，；]")
_ORDER: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class ListColumns:
    """What a list has: its name, and each of its merge fields with its heading (empty where it has none)."""

    list_name: str
    headings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that some of the lists have not; for their people it is empty."""

    column: str
    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression that is ready to be held against people, and what is to be said about its columns."""

    matches: Predicate
    missing: tuple[Missing, ...]


def make_filter(text: str, expression: Expression, lists: Sequence[ListColumns], *, always: Iterable[str]) -> Filter:
    """Find the columns of an expression in the lists, and make it ready.

    `text` is the expression as it was typed, `always` are merge fields that people have whatever their list has.

    Raises:
        InputProblem: a column is in none of the lists and no meaning that columns can have; all of them at once.
    """
    everywhere = tuple(always)
    unknown: dict[str, Column] = {}
    cells: dict[str, tuple[str, ...]] = {}
    missing: dict[str, Missing] = {}
    for column in columns_of(expression):
        found = [_find(column.name, each) for each in lists]
        named = tuple(dict.fromkeys(name for name in found if name))
        without = tuple(each.list_name for each, name in zip(lists, found, strict=True) if not name)
        known = next((name for name in everywhere if name == column.name.lower()), "")
        if not named and not known:
            unknown.setdefault(column.name, column)
        cells[column.name] = (*named, *([known] if known and known not in named else []))
        if without and column.name not in missing:
            missing[column.name] = Missing(column.name, without)
    if unknown:
        raise _unknown(text, unknown, lists, everywhere)
    return Filter(_compile(expression, cells), tuple(missing.values()))


def _find(name: str, columns: ListColumns) -> str:
    """Return the merge field that a name means in a list: by its own name, else by the heading."""
    if name in columns.headings:
        return name
    wanted = fold(name)
    for own in columns.headings:
        if fold(own) == wanted:
            return own
    return next((field for field, heading in columns.headings.items() if heading and fold(heading) == wanted), "")


def _unknown(
    text: str, unknown: Mapping[str, Column], lists: Sequence[ListColumns], always: Sequence[str]
) -> Exception:
    known = {name for each in lists for pair in each.headings.items() for name in pair if name} | set(always)
    which = "the list has" if len(lists) == 1 else "none of the lists has"
    no = "no column" if len(lists) == 1 else "a column"
    said = [f'{which} {no} "{printable(name)}"{did_you_mean(name, sorted(known))}' for name in unknown]
    return wrong(text, ". ".join(said), [(column.at, column.end) for column in unknown.values()])


def _compile(expression: Expression, cells: Mapping[str, tuple[str, ...]]) -> Predicate:
    match expression:
        case Or(parts):
            any_of = [_compile(part, cells) for part in parts]
            return lambda fields: any(each(fields) for each in any_of)
        case And(parts):
            all_of = [_compile(part, cells) for part in parts]
            return lambda fields: all(each(fields) for each in all_of)
        case Not(part):
            inner = _compile(part, cells)
            return lambda fields: not inner(fields)
        case _:
            test, names = _compile_test(expression), cells[expression.column.name]
            return lambda fields: test(_cell(fields, names))


def _cell(fields: Fields, names: tuple[str, ...]) -> str:
    """Return the first cell that is filled in, without the blanks round it."""
    return next((said for name in names if (said := fields.get(name, "").strip())), "")


def _compile_test(test: Test) -> Callable[[str], bool]:
    match test:
        case IsSet():
            return is_set
        case IsEmpty():
            return operator.not_
        case Compare(_, sign, value):
            return _comparison(sign, value)
        case In(_, values):
            return lambda cell: any(_equal(cell, value) for value in values)
        case Contains(_, texts):
            wanted = [f" {fold(text)} " for text in texts]
            return lambda cell: any(word in part for part in values_of(cell) for word in wanted)
        case _:
            end = fold(test.text)
            at_start = isinstance(test, StartsWith)
            return lambda cell: fold(cell).startswith(end) if at_start else fold(cell).endswith(end)


def _comparison(sign: str, value: Value) -> Callable[[str], bool]:
    if sign == "==":
        return lambda cell: _equal(cell, value)
    if sign == "!=":
        return lambda cell: not _equal(cell, value)
    compared = _ORDER[sign]
    return lambda cell: _ordered(cell, value, compared)


@lru_cache(maxsize=_KEPT)
def values_of(cell: str) -> tuple[str, ...]:
    """Return the values of a cell that holds several, folded, each with a blank before and after it."""
    return tuple(f" {said} " for part in _BETWEEN.split(cell) if (said := fold(part)))


def _equal(cell: str, value: Value) -> bool:
    if isinstance(value, bool):
        return is_set(cell) is value
    if isinstance(value, Decimal):
        number = _number(cell)
        return number is not None and number == value
    if fold(cell) == fold(value):
        return True
    one, other = _moment(cell), _moment(value)
    if one is not None and other is not None:
        return bool(operator.eq(*_alike(one, other)))
    number = _number(cell)
    return number is not None and number == _number(value)


def _ordered(cell: str, value: Value, compared: Callable[..., bool]) -> bool:
    if not cell or isinstance(value, bool):
        return False
    if isinstance(value, Decimal):
        number = _number(cell)
        return number is not None and compared(number, value)
    one, other = _moment(cell), _moment(value)
    if other is not None:
        return one is not None and compared(*_alike(one, other))
    numbers = _number(cell), _number(value)
    if numbers[1] is not None:
        return numbers[0] is not None and compared(*numbers)
    return compared(fold(cell), fold(value))


@lru_cache(maxsize=_KEPT)
def _number(text: str) -> Decimal | None:
    found = _NUMBER.fullmatch(text.strip())
    return Decimal(found[0]) if found else None


Moment: TypeAlias = "date | datetime"


@lru_cache(maxsize=_KEPT)
def _moment(text: str) -> Moment | None:
    """Return an ISO date, or a date with its time (aware where it names a zone, which is then put into UTC)."""
    found = _WRITTEN_DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        if found[2] is None:
            return date.fromisoformat(found[1])
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '').replace('Z', '+00:00')}")
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def _alike(one: Moment, other: Moment) -> tuple[Moment, Moment]:
    """Bring two moments to what both say: the day where one has no time, the time without zone where one has none."""
    if not isinstance(one, datetime) or not isinstance(other, datetime):
        return _day(one), _day(other)
    if (one.tzinfo is None) != (other.tzinfo is None):
        return one.replace(tzinfo=None), other.replace(tzinfo=None)
    return one, other


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
