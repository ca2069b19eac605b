"""Where: a small language that selects contacts from the lists.

`beat in ("health", "science") and country == "DE" and not text_only`. Parsed by hand: nothing is ever evaluated by
Python, no expression can loop, and its length and depth are limited. Three steps, from top to bottom: split the text
into words, parse the words as a test of one contact (`parse_where`), and find its columns in the lists (`make_filter`).

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
Cells: TypeAlias = Callable[[str], str]  # returns a contact's cell by the name of its column, as it was typed
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
    """A word: its kind (keyword, name, text, number, sign or end), its text, and its span in the expression."""

    kind: str
    text: str
    span: tuple[int, int]


def _tokens(text: str) -> Iterator[_Token]:
    if len(text) > LONGEST:
        raise InputProblem(f"--where has {len(text)} characters; at most {LONGEST} are allowed")
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            message = _INSTEAD.get(text[at], f'"{printable(text[at])}" belongs to nothing here')
            raise _wrong(text, message, [(at, at + 1)])
        at, word, span = found.end(), found[0], found.span()
        match found.lastgroup:
            case "name" if word.lower() in _KEYWORDS:
                yield _Token("keyword", word.lower(), span)
            case "heading":
                yield _Token("name", word[1:-1].replace("``", "`"), span)
            case "text":
                yield _Token("text", re.sub(r"\\([\\\"'])", r"\1", word[1:-1]), span)
            case "date":
                yield _Token("text", word, span)
            case "sign":
                yield _Token("sign", _SIGNS.get(word, word), span)
            case "name" | "number" as kind:
                yield _Token(kind, word, span)
    yield _Token("end", "", (len(text), len(text)))


def _wrong(text: str, message: str, spans: Sequence[tuple[int, int]]) -> InputProblem:
    """Return the error at these spans (from, to), with the text around them and carets under them."""
    first = spans[0][0]
    start = max(0, first - _BEFORE) if len(text) > _SHOWN else 0
    end = start + _SHOWN
    ahead, behind = "… " if start else "", " …" if len(text) > end else ""
    under = {at for begin, last in spans for at in range(begin, max(last, begin + 1))}
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
    """An expression as a test of one contact's cells, with the name and the span of each column in it."""

    holds: Callable[[Cells], bool]
    columns: tuple[tuple[str, tuple[int, int]], ...]


def parse_where(text: str) -> Expression:
    """Parse an expression."""
    if not text.strip():
        raise _wrong(text, "there is nothing in it; write --where 'country == \"DE\"'", [(0, 0)])
    parser = _Parser(text)
    holds = parser.joined(0, 0)
    if parser.token.kind != "end":
        raise parser.after_test()
    return Expression(holds, tuple(parser.columns))


class _Parser:
    """One pass over the words of an expression, with one word of lookahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self.token = next(self._tokens)
        self.columns: list[tuple[str, tuple[int, int]]] = []

    def joined(self, level: int, depth: int) -> Callable[[Cells], bool]:
        """Read tests joined by the words of `_JOINS` from this level on, the weakest first."""
        if level == len(_JOINS):
            return self._single(depth)
        word, join = _JOINS[level]
        parts = [self.joined(level + 1, depth)]
        while self._accept(word):
            parts.append(self.joined(level + 1, depth))
        return parts[0] if len(parts) == 1 else lambda cells: join(part(cells) for part in parts)

    def _single(self, depth: int) -> Callable[[Cells], bool]:
        if depth > DEEPEST:
            raise self._error(f"it is nested more than {DEEPEST} deep")
        if self._accept("not"):
            part = self._single(depth + 1)
            return lambda cells: not part(cells)
        opened = self.token
        if self._accept("("):
            inside = self.joined(0, depth + 1)
            if not self._accept(")"):
                raise self._never_closed(opened) if self.token.kind == "end" else self.after_test()
            return inside
        if self.token.kind != "name":
            raise self._error(
                "a test begins with a column; put a name with blanks in backticks: `Kontakt E-Mail`"
                if self.token.kind == "text"
                else f"here a column is missing; put a column called {self.token.text} in backticks"
                if self.token.kind == "keyword"
                else "here a column is missing"
            )
        name = self.token.text
        self.columns.append((name, self.token.span))
        self._next()
        test = self._test()
        return lambda cells: test(cells(name))

    def _test(self) -> CellTest:
        """Read the test of a cell, which follows the name of its column."""
        if sign := self._accept(*_COMPARED):
            value, compared = self._value(), _COMPARED[sign]
            return lambda cell: compared(cell, value)
        if self._accept("is"):
            is_filled = bool(self._accept("not"))
            if not self._accept("empty"):
                raise self._error('after is comes empty or not empty; with a value, write == "…"')
            return lambda cell: bool(cell) is is_filled
        ahead = self.token
        is_negated = bool(self._accept("not"))
        test = self._worded()
        if test is None and is_negated:
            message = "after not comes in, contains, starts with or ends with"
            raise _wrong(self._text, message, [ahead.span])
        found = test or is_set
        return (lambda cell: not found(cell)) if is_negated else found

    def _worded(self) -> CellTest | None:
        if self._accept("in"):
            if not self._is("("):
                raise self._error('after in comes a list in brackets: in ("health", "science")')
            values = self._list(self._value)
            return lambda cell: any(_equal(cell, value) for value in values)
        if self._accept("contains"):
            texts = self._list(self._words) if self._is("(") else [self._words()]
            wanted = [f" {fold(text)} " for text in texts]
            return lambda cell: any(word in part for part in values_of(cell) for word in wanted)
        word = self._accept("starts", "ends")
        if not word:
            return None
        if not self._accept("with"):
            raise self._error(f"write {word} with")
        end = fold(self._words())
        return lambda cell: fold(cell).startswith(end) if word == "starts" else fold(cell).endswith(end)

    def _list(self, read: Callable[[], _Read]) -> list[_Read]:
        opened = self._next()
        values = [read()]
        while self._accept(","):
            values.append(read())
        if not self._accept(")"):
            at_end = self.token.kind == "end"
            raise self._never_closed(opened) if at_end else self._error("separate values with a comma")
        return values

    def _value(self) -> Value:
        if self.token.kind == "keyword" and self.token.text in _FLAGS:
            return _FLAGS[self._next().text]
        if self.token.kind == "number":
            return Decimal(self._next().text)
        return self._words('here a value is missing: "text", a number, a date as 2026-11-24, yes or no')

    def _words(self, missing: str = 'here text is missing: "…"') -> str:
        if self.token.kind in {"number", "text"}:
            return self._next().text
        if self.token.kind == "name":
            raise self._error(f'put text in quotation marks: "{printable(self.token.text)}"')
        raise self._error(missing)

    def after_test(self) -> InputProblem:
        """Return the error for an unexpected word after a test."""
        if self._is(")"):
            return self._error("this bracket was never opened")
        if self.token.kind == "name":
            return self._error("join two tests with and or or; put a name with blanks in backticks")
        return self._error('"and", "or" or the end of the test is expected here')

    def _is(self, *texts: str) -> bool:
        return self.token.kind in {"keyword", "sign"} and self.token.text in texts

    def _accept(self, *texts: str) -> str:
        """Go past a keyword or a sign if it is one of these, and return it, else nothing."""
        return self._next().text if self._is(*texts) else ""

    def _next(self) -> _Token:
        taken, self.token = self.token, next(self._tokens, self.token)
        return taken

    def _never_closed(self, opened: _Token) -> InputProblem:
        return _wrong(self._text, "this bracket is never closed", [opened.span])

    def _error(self, message: str) -> InputProblem:
        return _wrong(self._text, message, [self.token.span])


# The columns of the lists.


@dataclass(frozen=True, slots=True)
class ListColumns:
    """A list's name, and each of its merge fields with its heading (empty if it has none)."""

    list_name: str
    headings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression whose columns were found, ready to test a contact's merge fields."""

    matches: Callable[[Fields], bool]
    missing: Mapping[str, tuple[str, ...]]  # column → the lists without it, for whose contacts it is empty
    fields: tuple[str, ...] = ()  # the only merge fields that it depends on


def make_filter(text: str, lists: Sequence[ListColumns], *, always: Collection[str]) -> Filter:
    """Parse an expression and find its columns in the lists; `always` are the merge fields that every contact has."""
    expression = parse_where(text)
    unknown: dict[str, tuple[int, int]] = {}
    fields_of: dict[str, tuple[str, ...]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    for name, span in expression.columns:
        found = [_find(name, each) for each in lists]
        fields_of[name] = tuple(dict.fromkeys([*filter(None, found), *({name.lower()} & {*always})]))
        if not fields_of[name]:
            unknown.setdefault(name, span)
        if without := tuple(each.list_name for each, field in zip(lists, found, strict=True) if not field):
            missing[name] = without
    if unknown:
        known = {name for each in lists for pair in each.headings.items() for name in pair if name} | {*always}
        has = "the list has no column" if len(lists) == 1 else "none of the lists has a column"
        messages = [f'{has} "{printable(name)}"{did_you_mean(name, sorted(known))}' for name in unknown]
        raise _wrong(text, ". ".join(messages), list(unknown.values()))

    def matches(fields: Fields) -> bool:
        def cell(name: str) -> str:
            return next((value for field in fields_of[name] if (value := fields.get(field, "").strip())), "")

        return expression.holds(cell)

    return Filter(matches, missing, tuple(dict.fromkeys(chain.from_iterable(fields_of.values()))))


def _find(name: str, columns: ListColumns) -> str:
    """Return the merge field that a name means in a list: by the field's own name, else by its heading."""
    wanted, known = fold(name), columns.headings.items()
    own = (field for field, _ in known if fold(field) == wanted)
    headed = (field for field, heading in known if heading and fold(heading) == wanted)
    return name if name in columns.headings else next(chain(own, headed), "")


# The tests of a cell.

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_WRITTEN_DATE: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_BETWEEN: Final = re.compile(r"[,;|\n\r、，；]")


@lru_cache(maxsize=_KEPT)
def values_of(cell: str) -> tuple[str, ...]:
    """Return the values of a cell that holds several, folded, each with a blank before and after it."""
    return tuple(f" {value} " for part in _BETWEEN.split(cell) if (value := fold(part)))


def _pair(cell: str, value: Value) -> tuple[Any, Any] | None:
    """Return a cell and a value in the value's type (yes or no, time, number, text); None if the cell has another."""
    if isinstance(value, bool):
        return is_set(cell), value
    if isinstance(value, str) and (time := _read_time(value)) is not None:
        cell_time = _read_time(cell)
        return None if cell_time is None else _alike(cell_time, time)
    if (number := value if isinstance(value, Decimal) else _number(value)) is not None:
        cell_number = _number(cell)
        return None if cell_number is None else (cell_number, number)
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


Time: TypeAlias = "date | datetime"


@lru_cache(maxsize=_KEPT)
def _read_time(text: str) -> Time | None:
    """Return an ISO date, or a date with its time (aware where it names a zone, which is then put into UTC)."""
    found = _WRITTEN_DATE.fullmatch(text.strip())
    if found is None:
        return None
    try:
        if found[2] is None:
            return date.fromisoformat(found[1])
        time = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or '').replace('Z', '+00:00')}")
        return time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError):
        return None


def _alike(one: Time, other: Time) -> tuple[Time, Time]:
    """Reduce two times to what both have: to the day if one has no time of day, to no zone if one has none."""
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
