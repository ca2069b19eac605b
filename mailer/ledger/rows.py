"""Rows: querying, changing and counting the rows of any table, and turning each into a value.

Owns the few lines of SQL that every query needs. Knows no particular table.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa

from mailer.events import DeliveryState, MailingKind, MailingState

AnyRow: TypeAlias = sa.Row[*tuple[Any, ...]]
_T = TypeVar("_T")


def value_of(made: Callable[..., _T], row: AnyRow, /, **more: object) -> _T:
    """Return a value of a dataclass, from the columns that are named as its fields; `more` are those that differ.

    A text that is not there, since it was never told or is forgotten, is an empty one, where the field is a `str`.
    Words of `events` and JSON become what the field is.
    """
    found = row._asdict()
    for name, read in _fields(made):
        if name in found and name not in more:
            value = found[name]
            more[name] = value if read is None else (value or "") if read is str else read(value)
    return made(**more)


# What makes of a column what a field is, by the field's type as it is written.
_READ: dict[Any, Callable[[Any], Any]] = {
    "str": str,
    "DeliveryState": DeliveryState,
    "MailingKind": MailingKind,
    "MailingState": MailingState,
    "MailingState | None": lambda word: MailingState(word) if word else None,
    "Mapping[str, str]": lambda text: json.loads(text or "{}"),
    "Mapping[str, int]": json.loads,
}


@functools.cache
def _fields(made: Any) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:  # noqa: ANN401 - any dataclass
    """Return the names of a dataclass's fields, each with what reads it out of its column, where that is needed."""
    return tuple((each.name, _READ.get(each.type)) for each in dataclasses.fields(made))


def values_of(value: Any, *, without: Iterable[str] = ()) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """Return the fields of a dataclass by name: the values of a row whose columns are named as they are."""
    return {name: getattr(value, name) for name, _ in _fields(value.__class__) if name not in without}


def read_all(connection: sa.Connection, made: Callable[..., _T], rows: sa.Select[*tuple[Any, ...]]) -> list[_T]:
    """Return all rows that are asked for as values of a dataclass."""
    return [value_of(made, row) for row in connection.execute(rows)]


def read_one(connection: sa.Connection, made: Callable[..., _T], rows: sa.Select[*tuple[Any, ...]]) -> _T | None:
    """Return the first row that is asked for as a value of a dataclass; None if there is none."""
    row = connection.execute(rows).first()
    return None if row is None else value_of(made, row)


def put(connection: sa.Connection, into: sa.Table, key: dict[str, Any], start: dict[str, Any], **values: Any) -> None:  # noqa: ANN401 - any column's
    """Change the row of a key, or begin it: then `start` has what `values` do not say, or say by the row's own columns.

    Someone at work beside us may be faster to begin it, which must not take the transaction with it.
    """
    changed = sa.update(into).where(*(into.c[name] == value for name, value in key.items())).values(values)
    if connection.execute(changed).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(into).values(values | start | key))
    except sa.exc.IntegrityError:
        if not connection.execute(changed).rowcount:  # nobody was faster: the row itself is refused
            raise


def change(connection: sa.Connection, into: sa.Table, id_: int, *where: sa.ColumnElement[bool], **values: Any) -> bool:  # noqa: ANN401 - any column's
    """Change the row of a number, if all of this holds of it; False if it does not."""
    return bool(connection.execute(sa.update(into).where(into.c.id == id_, *where).values(values)).rowcount)


def has_row(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> bool:
    """Return whether there is a row for which all of this holds."""
    return bool(connection.scalar(sa.select(sa.exists().where(*where))))


def count_rows(connection: sa.Connection, *where: sa.ColumnElement[bool], most: int | None = None) -> int:
    """Count the rows for which all of this holds, up to `most`: a look at a million stays a look."""
    if most is None:
        return connection.execute(sa.select(sa.func.count()).where(*where)).scalar_one()
    some = sa.select(sa.literal(1)).where(*where).limit(most).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def count_by(
    connection: sa.Connection, column: sa.Column[Any], *where: sa.ColumnElement[bool], of: sa.Column[Any] | None = None
) -> dict[Any, int]:
    """Count the rows for which all of this holds, by what stands in a column, or `of` another its different values."""
    number = sa.func.count() if of is None else sa.func.count(of.distinct())
    rows = sa.select(column, number).where(*where).group_by(column)
    return {row[0]: row[1] for row in connection.execute(rows)}


def in_parts(items: Iterable[_T], size: int = 500) -> Iterator[list[_T]]:
    """Yield items in lists of at most `size`: a statement takes only so many values."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
