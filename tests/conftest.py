from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.servers import ScriptedServer, threaded_server


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A relay on this machine, friendly until a test gives it a script."""
    with threaded_server() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: ScriptedServer) -> Iterator[Desk]:
    """A press office with a release, a list of five, and that relay; no process of it outlives the test."""
    made = Desk(tmp_path)
    made.release()
    made.people("coast", [f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "cy", "di", "ed")])
    made.settings(server)
    yield made
    made.end()
