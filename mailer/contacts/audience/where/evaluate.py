"""Evaluate: a `--where` expression held against people.

Owns what each test means, and which cells a column's name means in which list. Every test has an answer for every
cell; nothing raises once the columns are known.

Text is compared folded (`folding`). Two numbers are compared as numbers, two ISO dates as dates, everything else as
text. A cell that is missing is empty; an empty cell is smaller and greater than nothing, and equal to "" alone.
Raises `InputProblem` for a column that none of the lists has.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias

from mailer.address import printable
from mailer.contacts.audience.where.lexer import wrong
from mailer.contacts.audience.where.tree import (
    And,
    Column,
    Compare,
    Contains,
    Expression,
    In,
    IsEmpty,
    IsSet,
    Not,
    Or,
    StartsWith,
    Test,
    Value,
    columns_of,
)
from mailer.contacts.folding import fold
from mailer.contacts.meaning.flags import is_set
from mailer.errors import did_you_mean

Fields: TypeAlias = Mapping[str, str]
Predicate: TypeAlias = Callable[[Fields], bool]

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")
_DATE: Final = re.compile(
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
    for field in columns.headings:
        if fold(field) == wanted:
            return field
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
    found = _DATE.fullmatch(text.strip())
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
