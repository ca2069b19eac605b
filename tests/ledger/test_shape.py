"""The shape of the ledger: what the migrations make, and what the tables say, are the same on both databases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from mailer.ledger import Ledger, open_ledger
from mailer.ledger.migrations import NEWEST
from mailer.ledger.tables import ledger_info, metadata
from tests.ledger.shapes import shape_of


def test_a_new_ledger_has_the_newest_shape_and_every_table(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        tables = set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == NEWEST
        assert connection.execute(select(ledger_info.c.value).where(ledger_info.c.name == "ledger_id")).scalar_one()
    assert tables == {*metadata.tables, "alembic_version"}


def test_the_migrations_make_what_the_tables_say(ledger: Ledger) -> None:
    with ledger.engine.begin() as connection:
        made = shape_of(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert made == shape_of(connection)


def test_the_first_step_is_written_out_as_soon_as_there_is_a_release() -> None:
    """Until then it reads the tables; afterwards a table that changes must not change what the step makes."""
    root = Path(__file__).parents[2]
    step = (root / "mailer" / "ledger" / "migrations" / "versions" / "0001_first.py").read_text("utf-8")
    is_released = re.search(r"^## (?!\[Unreleased\])", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert not is_released or "mailer.ledger.tables" not in step


def test_a_ledger_from_before_workers_shared_their_duties_is_completed(
    ledger: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    with ledger.engine.begin() as connection:
        made = shape_of(connection)
        for statement in (
            "DROP TABLE plan_part",
            "DROP TABLE duty",
            "DROP TABLE worker",
            "ALTER TABLE mailing DROP COLUMN handed_over",
            "UPDATE alembic_version SET version_num = '1'",
        ):
            connection.execute(text(statement))
    opened = open_ledger(ledger_url, tmp_path)
    assert opened is not None
    with opened.reading() as connection:
        assert shape_of(connection) == made
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == NEWEST
    opened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE blob ADD COLUMN extra TEXT",
        "DROP INDEX ix_delivery_leased",
        "CREATE INDEX ix_delivery_early ON delivery (expires_at) WHERE expires_at IS NOT NULL",
        "ALTER TABLE mailing RENAME COLUMN planned TO counted",
    ],
)
def test_a_shape_that_differs_is_noticed(ledger: Ledger, statement: str) -> None:
    with ledger.engine.begin() as connection:
        made = shape_of(connection)
        connection.execute(text(statement))
        assert made != shape_of(connection)


def test_a_ledger_from_before_plans_had_parts_is_completed(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    with ledger.engine.begin() as connection:
        made = shape_of(connection)
        connection.execute(text("DROP TABLE plan_part"))
        connection.execute(text("UPDATE alembic_version SET version_num = '2'"))
    opened = open_ledger(ledger_url, tmp_path)
    assert opened is not None
    with opened.reading() as connection:
        assert shape_of(connection) == made
    opened.close()
