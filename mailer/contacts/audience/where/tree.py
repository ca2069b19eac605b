"""Tree: what a `--where` expression says, as values, and back as text.

Owns the shapes and their one canonical spelling: parsing what `say` gives gives the same tree. A column knows where it
stood, for an error to point at; that is no part of what the expression says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias

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
