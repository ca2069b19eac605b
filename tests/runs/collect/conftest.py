from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.ledger import open_ledger
from tests.ledger.rows import start
from tests.runs.collect.past import Past, make_office

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))]


@pytest.fixture(params=STORES)
def past(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Past]:
    """Yield an office with nothing in its past, on each store."""
    url = str(request.getfixturevalue("shared_url")) if request.param == "postgres" else "sqlite:///.mailer/ledger.db"
    ledger = open_ledger(url, tmp_path)
    assert ledger is not None
    folder = tmp_path / ".mailer" / "run"
    folder.mkdir(parents=True, exist_ok=True)
    with ledger.writing() as connection:
        lock = start(connection, folder)
    yield Past(make_office(ledger, tmp_path), ledger, lock)
    lock.free()
    ledger.close()
