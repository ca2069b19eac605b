"""Columns: what all tables of the ledger share.

Owns the one `metadata`, the types that both databases understand, and partial indexes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, MetaData, Row, TypeDecorator, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

# SQLite numbers rows by itself only for the exact type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it without a zone, in a text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive times: they are somebody's, and the ledger cannot know whose."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the ledger takes aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 - SQLAlchemy's signature
        """Return an aware UTC time."""
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def where(condition: str) -> dict[str, Any]:
    """Return what makes an index hold only some rows, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def new_id() -> Column[int]:
    """Return the column by which a row is known."""
    return Column("id", RowId, primary_key=True, autoincrement=True)
