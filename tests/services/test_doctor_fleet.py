"""`mailer doctor --fleet` on a real PostgreSQL: each fault that it can find, made."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.kill.clocks import clock_of, set_clock
from tests.office import Desk, finish, wait_until
from tests.ports import free_port, listens
from tests.postgres import PASSWORD, Postgres, account_of_server

pytestmark = pytest.mark.service("postgres")

KEYS = {"MAILER_KEYS": f"1 {'ab' * 32}"}
LOOK = ("doctor", "--fleet", "--offline", "--only", "ledger", "--json")


@pytest.fixture
def env(desk: Desk, shared_url: str) -> dict[str, str]:
    """The environment of a host whose ledger is on a server, and knows its keys."""
    made = {**KEYS, "MAILER_LEDGER__URL": shared_url}
    assert desk.run("optouts", "add", "ada@a.example.com", env=made).code == 0
    return made


def found(document: Any) -> dict[str, Any]:
    """Return what was said of the fleet, by name."""
    return {each["name"]: each for each in document["checks"] if each["group"] == "The fleet"}


def codes(desk: Desk, env: dict[str, str]) -> set[str]:
    return {each["code"] for each in found(desk.run(*LOOK, env=env).json).values() if each["code"]}


def test_a_host_with_nothing_wrong_is_good_and_told_in_full(desk: Desk, env: dict[str, str]) -> None:
    told = found(desk.run(*LOOK, env=env).json)
    assert {each["state"] for each in told.values()} == {"ok"}
    assert set(told) == {"secrets", "shared ledger", "host clock", "keys of all", "workers", "versions", "connections"}
    assert abs(told["host clock"]["ahead_s"]) < 2
    assert 0 < told["connections"]["in_use"] <= told["connections"]["most"] == 57  # 60, of which 3 are the superuser's
    shown = desk.run("doctor", "--only", "fleet", env=env)
    assert "The fleet" in shown.out
    assert PASSWORD not in shown.said


def test_it_is_looked_at_only_where_that_is_asked_for(desk: Desk, env: dict[str, str]) -> None:
    assert found(desk.run("doctor", "--offline", "--json", env=env).json) == {}


def test_a_database_without_a_ledger_is_no_fault(desk: Desk, shared_url: str) -> None:
    told = found(desk.run(*LOOK, env={**KEYS, "MAILER_LEDGER__URL": shared_url}).json)
    assert (told["shared ledger"]["state"], "none yet" in told["shared ledger"]["message"]) == ("ok", True)


def test_a_clock_that_differs_from_the_servers_is_told(
    desk: Desk, env: dict[str, str], tmp_path: Path, faketime: Path
) -> None:
    control = tmp_path / "clock"
    set_clock(control, "-9")
    done = finish(desk.start(*LOOK, env={**env, **clock_of(control, faketime)}))
    told = found(json.loads(done.out))["host clock"]
    assert (told["code"], round(told["ahead_s"])) == ("fleet-clock", 9)
    assert "this host is 9.0 s behind the server" in told["message"]


def test_a_key_that_only_this_host_has_is_told(desk: Desk, env: dict[str, str]) -> None:
    more = {**env, "MAILER_KEYS": f"{env['MAILER_KEYS']},2 {'cd' * 32}"}
    told = found(desk.run(*LOOK, env=more).json)["keys of all"]
    assert (told["code"], told["new"]) == ("fleet-keys", [2])


@pytest.mark.parametrize("seen_s, of, code", [(300, "mine", "fleet-silent"), (5, "0.0.9", "fleet-versions")])
def test_workers_that_are_silent_or_of_another_version_are_told(
    desk: Desk, env: dict[str, str], postgres: Postgres, seen_s: int, of: str, code: str
) -> None:
    from importlib.metadata import version

    seen = datetime.now(UTC) - timedelta(seconds=seen_s)
    row = f"'a', 'north', 7, '{version('mailer') if of == 'mine' else of}', '{seen}', '{seen}', 'lamps', 40"
    postgres.rows(env["MAILER_LEDGER__URL"], f"INSERT INTO worker VALUES ({row})")  # noqa: S608 - our own words
    assert codes(desk, env) == {code}


def test_a_server_that_may_run_out_of_connections_is_told(desk: Desk, env: dict[str, str], postgres: Postgres) -> None:
    name = make_url(env["MAILER_LEDGER__URL"]).database
    postgres.run(f"ALTER DATABASE {name} CONNECTION LIMIT 9")
    assert codes(desk, env) == {"fleet-connections"}


@pytest.mark.parametrize(
    "mode, settings, told",
    [
        ("session", "", set[str]()),
        ("transaction", "", {"fleet-pooler"}),
        ("transaction", "server_round_robin = 1\nmin_pool_size = 4\n", {"fleet-pooler"}),
    ],
)
def test_a_pooler_that_hands_sessions_on_is_told(
    desk: Desk, env: dict[str, str], pooler: Callable[[str, str, str], Any], mode: str, settings: str, told: set[str]
) -> None:
    with pooler(env["MAILER_LEDGER__URL"], mode, settings) as url:
        for _ in range(2):  # the second time it has sessions that are free
            assert codes(desk, {**env, "MAILER_LEDGER__URL": url}) == told


@pytest.fixture
def pooler(pgbouncer: Path, tmp_path: Path) -> Callable[[str, str, str], Any]:
    """Return what runs PgBouncer before a database, in a mode and with more settings, and yields the URL to use."""

    @contextlib.contextmanager
    def run(url: str, mode: str, settings: str) -> Iterator[str]:
        behind, port = make_url(url), free_port()
        at = f"host={behind.host} port={behind.port} user={behind.username} password={behind.password}"
        config = tmp_path / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n{behind.database} = {at}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\n{settings}",
            "utf-8",
        )
        config.chmod(0o644)
        for folder in [each for each in config.parents if each.is_relative_to("/tmp")][:-1]:  # noqa: S108 - pytest's own
            folder.chmod(0o755)
        libraries = ":".join(str(each.parent) for each in pgbouncer.parents[2].rglob("libcares.so*"))
        environ = {**os.environ, "LD_LIBRARY_PATH": libraries}
        user, group = (account_of_server().get(what) for what in ("user", "group"))
        with subprocess.Popen([pgbouncer, "-q", config], env=environ, user=user, group=group) as running:
            try:
                wait_until(lambda: listens(port) or running.poll() is not None)
                assert running.poll() is None
                yield behind.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
            finally:
                running.terminate()

    return run
