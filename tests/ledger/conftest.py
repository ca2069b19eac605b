from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.ledger import Ledger
from mailer.ledger.processes import ProcessLock
from tests.ledger.rows import start


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
