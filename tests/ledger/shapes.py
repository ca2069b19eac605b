"""The shape of a ledger, as its database has it: every column, default, key and index in the database's own words.

Two ledgers of the same shape give the same value, in whatever order their columns were made. Triggers, which the tables
do not know, are tested by what they do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection

_POSTGRES = """\
SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity
FROM information_schema.columns WHERE table_schema = current_schema();
SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema();
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = current_schema()::regnamespace;
SELECT relname, relkind::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace"""
_NOT_IN_BRACKETS = r",(?![^()]*\))"


def shape_of(connection: Connection) -> set[tuple[object, ...]]:
    """Return all that the database says of its tables but the version that alembic keeps."""
    if connection.dialect.name == "sqlite":
        rows = list(_of_sqlite(connection))
    else:
        rows = [tuple(row) for each in _POSTGRES.split(";") for row in connection.exec_driver_sql(each)]
    return {row for row in rows if "alembic_version" not in str(row)}


def _of_sqlite(connection: Connection) -> Iterator[tuple[object, ...]]:
    found = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type != 'trigger'"
    ).all()
    for kind, name, table, sql in found:
        words = " ".join((sql or "").replace('"', "").split())
        head, _, body = words.partition("(") if kind == "table" else (words, "", "")
        yield kind, name, table, head.strip()
        for part in re.split(_NOT_IN_BRACKETS, body.removesuffix(")")):
            yield name, part.strip()
