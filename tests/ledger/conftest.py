from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.ledger import Ledger, open_ledger
from mailer.ledger.processes import ProcessLock
from tests.ledger.rows import start

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))]


@pytest.fixture(params=STORES)
def ledger_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a ledger that is new to each test, on each store."""
    if request.param == "postgres":
        return str(request.getfixturevalue("shared_url"))
    return "sqlite:///.mailer/ledger.db"


@pytest.fixture
def ledger(ledger_url: str, tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url, tmp_path)
    assert opened is not None
    yield opened
    opened.close()


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    folder = tmp_path / ".mailer" / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def lock(ledger: Ledger, run_folder: Path) -> Iterator[ProcessLock]:
    """Make this process one that sends."""
    with ledger.writing() as connection:
        held = start(connection, run_folder)
    yield held
    held.free()


@pytest.fixture
def other_lock(ledger: Ledger, run_folder: Path) -> Iterator[ProcessLock]:
    """Make a second one that sends."""
    with ledger.writing() as connection:
        held = start(connection, run_folder)
    yield held
    held.free()
