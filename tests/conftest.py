from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mailer.ledger import Ledger, open_ledger
from tests.office import Desk, furnished
from tests.postgres import Postgres, running_postgres
from tests.servers import ScriptedServer, threaded_server

# No clock: a busy machine fails nothing. The same examples every time: what fails, fails for whoever looks at it, and
# `--hypothesis-profile=search` looks for others.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("house")


def pytest_configure() -> None:
    """Heed Ctrl-C, which a shell lets what it starts in the background ignore: the commands under test inherit that.

    While tests are collected, no garbage is looked for: there is none.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda each: not each.get_closest_marker("first"))


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but never through what was collected, which stays: that takes half a second."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def no_state_of_ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep every command, in this process or another, out of the tester's own state folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.delenv("COLUMNS", raising=False)  # what is piped keeps its lines whole, unless a test asks for a width
        yield


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
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
def server() -> Iterator[ScriptedServer]:
    """A relay on this machine, friendly until a test gives it a script."""
    with threaded_server() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, server: ScriptedServer) -> Iterator[Desk]:
    """A press office with a release, a list of five, and that relay; no process of it outlives the test."""
    with furnished(tmp_path, server) as made:
        yield made


@pytest.fixture(scope="session")
def _running_postgres() -> Iterator[Postgres | None]:
    with running_postgres(os.environ) as server:
        yield server


@pytest.fixture
def postgres(_running_postgres: Postgres | None) -> Postgres:
    """A real PostgreSQL, shared by all tests; skipped with a reason where there is none, a failure where required."""
    if _running_postgres is None:
        reason = "no PostgreSQL: neither initdb is found, nor does MAILER_TEST_POSTGRES_URL name a server"
        if "postgres" in os.environ.get("MAILER_TEST_REQUIRE", "").split(","):
            pytest.fail(f"{reason}, and MAILER_TEST_REQUIRE asks for it")
        pytest.skip(reason)
    return _running_postgres


@pytest.fixture
def shared_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a new, empty database, as staff would write it into mailer.toml."""
    with postgres.database() as url:
        yield url
