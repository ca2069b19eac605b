"""Where: a small language that selects people from the lists.

`beat in ("health", "science") and country == "DE" and not text_only`. Parsed by hand: nothing is ever evaluated by
Python, no expression can loop, and its length and depth are limited. Three steps, from top to bottom: split the text
into words, parse the words as a test of one person (`parse_where`), and find its columns in the lists (`make_filter`).

    or       = and { "or" and }
    and      = not { "and" not }
    not      = "not" not | "(" or ")" | test
    test     = column [ operator value | ["not"] "in" "(" value { "," value } ")"
                      | ["not"] "contains" ( text | "(" text { "," text } ")" )
                      | ["not"] ("starts" | "ends") "with" text | "is" ["not"] "empty" ]
    operator = "==" | "!=" | "<" | "<=" | ">" | ">="          value = text | number | date | "yes" | "no"

Text is compared folded (`folding`). Two numbers are compared as numbers, two ISO dates as dates, everything else as
text. A missing cell is empty; an empty cell is neither smaller nor greater than anything, and equals only "".
Raises `InputProblem`, with carets under the error.
Gaps: no regular expressions, no arithmetic, no comparison of one column with another.
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, Final, TypeAlias, TypeVar

from mailer import lazy_re as re
from mailer.address import printable
from mailer.contacts.folding import fold
from mailer.contacts.meaning.answers import is_set
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass
from mailer.words import read_section

Value: TypeAlias = "str | Decimal | bool"
CellTest: TypeAlias = Callable[[str], bool]
Cells: TypeAlias = Callable[[str], str]  # the cell of one person under a name, as it was typed
Fields: TypeAlias = Mapping[str, str]

LONGEST: Final = 4000
DEEPEST: Final = 40
_SHOWN: Final = 76
_BEFORE: Final = 46
_KEPT: Final = 4096

# The text in words.

_KEYWORDS: Final = frozenset(
    ("and", "or", "not", "in", "contains", "starts", "ends", "with", "is", "empty", "yes", "no", "true", "false")
)
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
_INSTEAD: Final = dict(read_section("contacts", "where")["instead"])


@dataclass(frozen=True, slots=True)
class _Token:
    """A word: what it is (keyword, name, text, number, sign or end), what it says, and where it stands."""

    kind: str
    said: str
    place: tuple[int, int]


def _tokens(text: str) -> Iterator[_Token]:
    if len(text) > LONGEST:
        raise InputProblem(f"--where has {len(text)} characters; at most {LONGEST} are allowed")
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            said = _INSTEAD.get(text[at], f'"{printable(text[at])}" belongs to nothing here')
            raise _wrong(text, said, [(at, at + 1)])
        at, said, place = found.end(), found[0], found.span()
        match found.lastgroup:
            case "name" if said.lower() in _KEYWORDS:
                yield _Token("keyword", said.lower(), place)
            case "heading":
                yield _Token("name", said[1:-1].replace("``", "`"), place)
            case "text":
                yield _Token("text", re.sub(r"\\([\\\"'])", r"\1", said[1:-1]), place)
            case "date":
                yield _Token("text", said, place)
            case "sign":
                yield _Token("sign", _SIGNS.get(said, said), place)
            case "name" | "number" as kind:
                yield _Token(kind, said, place)
    yield _Token("end", "", (len(text), len(text)))


def _wrong(text: str, message: str, places: Sequence[tuple[int, int]]) -> InputProblem:
    """Return the error that says what is wrong at these places (from, to), with carets under them and what is near."""
    first = places[0][0]
    start = max(0, first - _BEFORE) if len(text) > _SHOWN else 0
    end = start + _SHOWN
    ahead, behind = "… " if start else "", " …" if len(text) > end else ""
    under = {at for begin, last in places for at in range(begin, max(last, begin + 1))}
    shown = [sign if sign.isprintable() else " " for sign in text[start:end]]
    carets = "".join(("^" if at in under else " ") * _width(sign) for at, sign in enumerate(shown, start=start))
    carets += "^" if max(under) >= len(text) else ""
    hint = f"  {ahead}{''.join(shown)}{behind}\n  {' ' * len(ahead)}{carets}".rstrip()
    return InputProblem(f"--where, character {first + 1}: {message}", hint=hint)


def _width(sign: str) -> int:
    return 0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


# The words as a test.

_Read = TypeVar("_Read")
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Expression:
    """What was typed, as a test of one person's cells, and each place where it names a column."""

    holds: Callable[[Cells], bool]
    columns: tuple[tuple[str, tuple[int, int]], ...]


def parse_where(text: str) -> Expression:
    """Parse an expression."""
    if not text.strip():
        raise _wrong(text, "there is nothing in it; write --where 'country == \"DE\"'", [(0, 0)])
    parser = _Parser(text)
    holds = parser.joined(0, 0)
    if parser.now.kind != "end":
        raise parser.after_test()
    return Expression(holds, tuple(parser.columns))


class _Parser:
    """One pass over the words, looking at one of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self.now = next(self._tokens)
        self.columns: list[tuple[str, tuple[int, int]]] = []

    def joined(self, level: int, depth: int) -> Callable[[Cells], bool]:
        """Read what the words of `_JOINS` from this level on join, the weakest first."""
        if level == len(_JOINS):
            return self._single(depth)
        word, join = _JOINS[level]
        parts = [self.joined(level + 1, depth)]
        while self._took(word):
            parts.append(self.joined(level + 1, depth))
        return parts[0] if len(parts) == 1 else lambda cells: join(part(cells) for part in parts)

    def _single(self, depth: int) -> Callable[[Cells], bool]:
        if depth > DEEPEST:
            raise self._error(f"it is nested more than {DEEPEST} deep")
        if self._took("not"):
            part = self._single(depth + 1)
            return lambda cells: not part(cells)
        opened = self.now
        if self._took("("):
            inside = self.joined(0, depth + 1)
            if not self._took(")"):
                raise self._never_closed(opened) if self.now.kind == "end" else self.after_test()
            return inside
        if self.now.kind != "name":
            raise self._error(
                "a test begins with a column; put a name with blanks in backticks: `Kontakt E-Mail`"
                if self.now.kind == "text"
                else f"here a column is missing; put a column called {self.now.said} in backticks"
                if self.now.kind == "keyword"
                else "here a column is missing"
            )
        name = self.now.said
        self.columns.append((name, self.now.place))
        self._next()
        test = self._test()
        return lambda cells: test(cells(name))

    def _test(self) -> CellTest:
        """Read what is said of a cell, behind the name of its column."""
        if sign := self._took(*_COMPARED):
            value, compared = self._value(), _COMPARED[sign]
            return lambda cell: compared(cell, value)
        if self._took("is"):
            wanted = bool(self._took("not"))
            if not self._took("empty"):
                raise self._error('after is comes empty or not empty; with a value, write == "…"')
            return lambda cell: bool(cell) is wanted
        ahead = self.now
        is_negated = bool(self._took("not"))
        test = self._worded()
        if test is None and is_negated:
            message = "after not comes in, contains, starts with or ends with"
            raise _wrong(self._text, message, [ahead.place])
        found = test or is_set
        return (lambda cell: not found(cell)) if is_negated else found

    def _worded(self) -> CellTest | None:
        if self._took("in"):
            if not self._is("("):
                raise self._error('after in comes a list in brackets: in ("health", "science")')
            values = self._listed(self._value)
            return lambda cell: any(_equal(cell, value) for value in values)
        if self._took("contains"):
            texts = self._listed(self._words) if self._is("(") else [self._words()]
            wanted = [f" {fold(text)} " for text in texts]
            return lambda cell: any(word in part for part in values_of(cell) for word in wanted)
        word = self._took("starts", "ends")
        if not word:
            return None
        if not self._took("with"):
            raise self._error(f"write {word} with")
        end = fold(self._words())
        return lambda cell: fold(cell).startswith(end) if word == "starts" else fold(cell).endswith(end)

    def _listed(self, read: Callable[[], _Read]) -> list[_Read]:
        opened = self._next()
        values = [read()]
        while self._took(","):
            values.append(read())
        if not self._took(")"):
            at_end = self.now.kind == "end"
            raise self._never_closed(opened) if at_end else self._error("separate values with a comma")
        return values

    def _value(self) -> Value:
        if self.now.kind == "keyword" and self.now.said in _FLAGS:
            return _FLAGS[self._next().said]
        if self.now.kind == "number":
            return Decimal(self._next().said)
        return self._words('here a value is missing: "text", a number, a date as 2026-11-24, yes or no')

    def _words(self, missing: str = 'here text is missing: "…"') -> str:
        if self.now.kind in {"number", "text"}:
            return self._next().said
        if self.now.kind == "name":
            raise self._error(f'put text in quotation marks: "{printable(self.now.said)}"')
        raise self._error(missing)

    def after_test(self) -> InputProblem:
        """Return what could have come where something else stands."""
        if self._is(")"):
            return self._error("this bracket was never opened")
        if self.now.kind == "name":
            return self._error("join two tests with and or or; put a name with blanks in backticks")
        return self._error('"and", "or" or the end of the test is expected here')

    def _is(self, *said: str) -> bool:
        return self.now.kind in {"keyword", "sign"} and self.now.said in said

    def _took(self, *said: str) -> str:
        """Go past a keyword or a sign if it is one of these, and return it; nothing where it is not."""
        return self._next().said if self._is(*said) else ""

    def _next(self) -> _Token:
        taken, self.now = self.now, next(self._tokens, self.now)
        return taken

    def _never_closed(self, opened: _Token) -> InputProblem:
        return _wrong(self._text, "this bracket is never closed", [opened.place])

    def _error(self, message: str) -> InputProblem:
        return _wrong(self._text, message, [self.now.place])


# The columns of the lists.


@dataclass(frozen=True, slots=True)
class ListColumns:
    """What a list has: its name, and each of its merge fields with its heading (empty if it has none)."""

    list_name: str
    headings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression that is ready to be compared with people's merge fields."""

    matches: Callable[[Fields], bool]
    missing: Mapping[str, tuple[str, ...]]  # by column the lists that have none, for whose people it is empty
    fields: tuple[str, ...] = ()  # the merge fields on which alone it depends


def make_filter(text: str, lists: Sequence[ListColumns], *, always: Collection[str]) -> Filter:
    """Parse an expression and find its columns in the lists; `always` are merge fields that everybody has."""
    expression = parse_where(text)
    unknown: dict[str, tuple[int, int]] = {}
    fields_of: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    for name, place in expression.columns:
        found = [_find(name, each) for each in lists]
        fields_of[name] = tuple(dict.fromkeys([*filter(None, found), *({name.lower()} & {*always})]))
        if not fields_of[name]:
            unknown.setdefault(name, place)
        if without := tuple(each.list_name for each, field in zip(lists, found, strict=True) if not field):
            missing[name] = without
    if unknown:
        known = {name for each in lists for pair in each.headings.items() for name in pair if name} | {*always}
        has = "the list has no column" if len(lists) == 1 else "none of the lists has a column"
        said = [f'{has} "{printable(name)}"{did_you_mean(name, sorted(known))}' for name in unknown]
        raise _wrong(text, ". ".join(said), list(unknown.values()))

    def matches(fields: Fields) -> bool:
        def cell(name: str) -> str:
            return next((said for field in fields_of[name] if (said := fields.get(field, "").strip())), "")

        return expression.holds(cell)

    return Filter(matches, missing, tuple(dict.fromkeys(chain.from_iterable(fields_of.values()))))


def _find(name: str, columns: ListColumns) -> str:
    """Return the merge field that a name means in a list: by its own name, else by the heading."""
    wanted, known = fold(name), columns.headings.items()
    own = (field for field, _ in known if fold(field) == wanted)
    headed = (field for field, heading in known if heading and fold(heading) == wanted)
    return name if name in columns.headings else next(chain(own, headed), "")


# What is said of a cell.

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_WRITTEN_DATE: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_BETWEEN: Final = re.compile(r"[,;|\n\r、，；]")


@lru_cache(maxsize=_KEPT)
def values_of(cell: str) -> tuple[str, ...]:
    """Return the values of a cell that holds several, folded, each with a blank before and after it."""
    return tuple(f" {said} " for part in _BETWEEN.split(cell) if (said := fold(part)))


def _pair(cell: str, value: Value) -> tuple[Any, Any] | None:
    """Return a cell and a value as what is compared: as the value is a yes, a time, a number or a text; None if not."""
    if isinstance(value, bool):
        return is_set(cell), value
    if isinstance(value, str) and (moment := _moment(value)) is not None:
        there = _moment(cell)
        return None if there is None else _alike(there, moment)
    if (number := value if isinstance(value, Decimal) else _number(value)) is not None:
        said = _number(cell)
        return None if said is None else (said, number)
    return fold(cell), fold(value)


def _equal(cell: str, value: Value) -> bool:
    pair = _pair(cell, value)
    return pair is not None and bool(pair[0] == pair[1])


def _by_order(compared: Callable[..., bool]) -> Callable[[str, Value], bool]:
    def holds(cell: str, value: Value) -> bool:
        pair = None if not cell or isinstance(value, bool) else _pair(cell, value)
        return pair is not None and compared(*pair)

    return holds


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
        return date(one.year, one.month, one.day), date(other.year, other.month, other.day)
    if (one.tzinfo is None) != (other.tzinfo is None):
        return one.replace(tzinfo=None), other.replace(tzinfo=None)
    return one, other


_JOINS: Final[tuple[tuple[str, Callable[[Iterable[bool]], bool]], ...]] = (("or", any), ("and", all))
_COMPARED: Final[Mapping[str, Callable[[str, Value], bool]]] = {
    "==": _equal,
    "!=": lambda cell, value: not _equal(cell, value),
    "<": _by_order(operator.lt),
    "<=": _by_order(operator.le),
    ">": _by_order(operator.gt),
    ">=": _by_order(operator.ge),
}
