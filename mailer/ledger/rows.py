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
    """Return a value of a dataclass, from the columns that have the names of its fields; `more` are the other fields.

    NULL, for a text that was never known or was erased, becomes an empty text where the field is a `str`. The values of
    the enums in `events` and JSON are converted to the type of the field.
    """
    found = row._asdict()
    for name, read in _fields(made):
        if name in found and name not in more:
            value = found[name]
            more[name] = value if read is None else (value or "") if read is str else read(value)
    return made(**more)


# How a column is converted to a field, by the annotation of the field.
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
    """Return the names of a dataclass's fields, each with the conversion of its column, if it needs one."""
    return tuple((each.name, _READ.get(each.type)) for each in dataclasses.fields(made))


def values_of(value: Any, *, without: Iterable[str] = ()) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    """Return the fields of a dataclass by name: the values of a row whose columns have the same names."""
    return {name: getattr(value, name) for name, _ in _fields(value.__class__) if name not in without}


def read_all(connection: sa.Connection, made: Callable[..., _T], rows: sa.Select[*tuple[Any, ...]]) -> list[_T]:
    """Return all rows of a query as values of a dataclass."""
    return [value_of(made, row) for row in connection.execute(rows)]


def read_one(connection: sa.Connection, made: Callable[..., _T], rows: sa.Select[*tuple[Any, ...]]) -> _T | None:
    """Return the first row of a query as a value of a dataclass; None if there is none."""
    row = connection.execute(rows).first()
    return None if row is None else value_of(made, row)


def put(connection: sa.Connection, into: sa.Table, key: dict[str, Any], start: dict[str, Any], **values: Any) -> None:  # noqa: ANN401 - any column's
    """Update the row of a key, or insert it, with `start` for columns that `values` lack or compute from the row.

    Another process may insert it first, which must not abort the transaction.
    """
    changed = sa.update(into).where(*(into.c[name] == value for name, value in key.items())).values(values)
    if connection.execute(changed).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(into).values(values | start | key))
    except sa.exc.IntegrityError:
        if not connection.execute(changed).rowcount:  # no other process was faster: the row itself is refused
            raise


def change(connection: sa.Connection, into: sa.Table, id_: int, *where: sa.ColumnElement[bool], **values: Any) -> bool:  # noqa: ANN401 - any column's
    """Change the row with an id, if all of these conditions hold for it; False if they do not."""
    return bool(connection.execute(sa.update(into).where(into.c.id == id_, *where).values(values)).rowcount)


def has_row(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> bool:
    """Return whether there is a row for which all of these conditions hold."""
    return bool(connection.scalar(sa.select(sa.exists().where(*where))))


def count_rows(connection: sa.Connection, *where: sa.ColumnElement[bool], most: int | None = None) -> int:
    """Count the rows for which all of these conditions hold, up to `most`, so that a million need not be read."""
    if most is None:
        return connection.execute(sa.select(sa.func.count()).where(*where)).scalar_one()
    some = sa.select(sa.literal(1)).where(*where).limit(most).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def count_by(
    connection: sa.Connection, column: sa.Column[Any], *where: sa.ColumnElement[bool], of: sa.Column[Any] | None = None
) -> dict[Any, int]:
    """Count the rows that match all conditions by the value of a column, or the distinct values of the column `of`."""
    number = sa.func.count() if of is None else sa.func.count(of.distinct())
    rows = sa.select(column, number).where(*where).group_by(column)
    return {row[0]: row[1] for row in connection.execute(rows)}


def in_parts(items: Iterable[_T], size: int = 500) -> Iterator[list[_T]]:
    """Yield items in lists of at most `size`: a statement takes only so many values."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
