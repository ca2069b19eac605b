"""Figures for Prometheus: what is counted, that it can be read as its text format, and that nobody is named."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest

from mailer.cli.office import given_workspace, reading_office
from mailer.ledger import open_ledger
from mailer.ledger.processes import WorkerStatus, record_worker
from mailer.public.metrics import read_metrics, serving_metrics
from tests.office import Desk, finish, in_the_ledger, interrupt, let_pass, wait_until
from tests.ports import free_port, listens
from tests.public.hosts import Host, serving
from tests.servers import Act, ScriptedServer

# prometheus.io/docs/instrumenting/exposition_formats: a name, labels in quotation marks, a number
SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')
WORKING = f'mailer_workers{{version="{version("mailer")}",state="working"}}'
SEND = ("send", "lamps", "--to", "coast", "--yes")


def parsed(text: str) -> dict[str, float]:
    """Read the text format as strictly as it is meant: each family once, with HELP and TYPE before its samples."""
    found, kinds, family = dict[str, float](), dict[str, str](), ""
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
            assert family not in kinds
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert (name, kind in {"gauge", "counter"}, name.endswith("_total")) == (family, True, kind == "counter")
            kinds[name] = kind
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample is not None, line
            name, labels, value = sample.groups()
            assert name == family
            key = f"{name}{{{labels}}}" if labels else name
            assert key not in found
            found[key] = float(value)
    return found


@pytest.fixture
def figures(desk: Desk) -> Iterator[Desk]:
    """The desk, as the workspace of what reads in this process."""
    token = given_workspace.set(str(desk.root))
    yield desk
    given_workspace.reset(token)


def read() -> dict[str, float]:
    return parsed(read_metrics(reading_office))


@pytest.mark.slow
def test_what_was_sent_is_counted_by_state_and_a_test_is_not(figures: Desk, server: ScriptedServer) -> None:
    people = figures.people("coast", 5)
    server.at = {"rcpt": [Act(reply="550 5.1.1 no such user")]}
    assert figures.run("test", "lamps", "--to", "coast").code == 0
    assert figures.run(*SEND).code == 1
    found = read()
    assert found["mailer_ledger_up"] == 1
    assert found[f'mailer_info{{version="{version("mailer")}"}}'] == 1
    assert found['mailer_mailings{state="finished"}'] == 1
    assert found['mailer_deliveries{state="accepted"}'] == found["mailer_accepted_total"] == len(people) - 1
    assert found['mailer_deliveries{state="rejected"}'] == 1
    assert (found["mailer_due"], found["mailer_oldest_due_seconds"], found["mailer_in_doubt"]) == (0, 0, 0)


def test_what_is_due_is_counted_from_when_it_was(figures: Desk) -> None:
    figures.people("coast", 3)
    at = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%d %H:%M} UTC"
    assert figures.run(*SEND, "--at", at).code == 0
    assert (read()["mailer_due"], read()['mailer_deliveries{state="pending"}']) == (0, 3)
    let_pass(figures, hours=3)
    found = read()
    assert found["mailer_due"] == 3
    assert 3600 - 60 <= found["mailer_oldest_due_seconds"] < 3600 + 600


def test_workers_are_told_by_version_and_whether_they_are_silent(figures: Desk) -> None:
    assert figures.run(*SEND).code == 0
    ledger = open_ledger(f"sqlite:///{figures.root}/.mailer/ledger.db", figures.root)
    assert ledger is not None
    now = datetime.now(UTC)
    with contextlib.closing(ledger), ledger.writing() as connection:
        for name, of, seen_s in (("a", "1.0", 5), ("b", "1.0", 9), ("c", "1.1", 3), ("d", "1.0", 90)):
            seen = now - timedelta(seconds=seen_s)
            record_worker(connection, WorkerStatus(name, "north.example.org", 7, of, seen, seen, "lamps", 40))
    found = read()
    assert {key: value for key, value in found.items() if key.startswith("mailer_workers")} == {
        'mailer_workers{version="1.0",state="silent"}': 1,
        'mailer_workers{version="1.0",state="working"}': 2,
        'mailer_workers{version="1.1",state="working"}': 1,
    }
    assert found["mailer_accepted_per_minute"] == 120


def test_nobody_and_no_mailing_is_named(figures: Desk) -> None:
    figures.people("coast", ["ada@daily.example.com", "news@daily.example.com"])
    assert figures.run(*SEND).code == 0
    text = read_metrics(reading_office)
    assert not re.search(r"@|lamps|coast|example|127\.0\.0\.1", text)
    assert set(re.findall(r'(\w+)="', text)) == {"state", "version"}


def test_a_ledger_that_is_not_there_or_does_not_balance_is_down_and_nothing_is_zero(figures: Desk) -> None:
    assert set(read()) == {f'mailer_info{{version="{version("mailer")}"}}', "mailer_ledger_up"}
    assert read()["mailer_ledger_up"] == 0
    assert figures.run(*SEND).code == 0
    assert read()["mailer_ledger_up"] == 1
    in_the_ledger(figures, "UPDATE mailing SET planned = planned + 1")
    assert (read()["mailer_ledger_up"], len(read())) == (0, 2)


def test_they_are_served_beside_the_opt_out_page_and_only_where_that_is_asked_for(
    desk: Desk, server: ScriptedServer
) -> None:
    port = free_port()
    desk.settings(server, more=f'[fleet]\nmetrics = "127.0.0.1:{port}"\n')
    assert desk.run(*SEND).code == 0
    with serving(desk) as host:
        figures = Host(port)
        wait_until(lambda: listens(port))
        answer = figures.ask("GET", "/metrics")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
        assert parsed(answer.text)["mailer_ledger_up"] == 1
        assert json.loads(figures.ask("GET", "/health").text) == {"status": "ok"}
        assert [figures.ask("GET", path).status for path in ("/", "/o/x", "/ready")] == [404] * 3
        assert figures.ask("POST", "/metrics").status == 405
        assert "mailer_" not in host.ask("GET", "/metrics").text
        assert host.stop() == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


def test_a_worker_serves_them_too_and_stops_as_ever(desk: Desk, server: ScriptedServer) -> None:
    port = free_port()
    desk.settings(server, more=f'[fleet]\nmetrics = "127.0.0.1:{port}"\n')
    assert desk.run(*SEND).code == 0
    worker = desk.start("worker")
    wait_until(lambda: listens(port))
    wait_until(lambda: parsed(Host(port).ask("GET", "/metrics").text).get(WORKING) == 1)
    interrupt(worker, signal.SIGTERM)
    done = finish(worker)
    assert (done.code, "stopped" in done.err) == (0, True)
    assert not listens(port)


@pytest.mark.slow
@pytest.mark.usefixtures("figures")
def test_a_port_that_another_has_is_told_once_and_taken_when_it_is_free() -> None:
    lines: list[str] = []
    with contextlib.ExitStack() as others:
        port = others.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        with serving_metrics(("127.0.0.1", port), reading_office, lines.append):
            wait_until(lambda: bool(lines))
            others.close()
            wait_until(lambda: listens(port))
            assert parsed(Host(port).ask("GET", "/metrics").text)["mailer_ledger_up"] == 0
    assert [f"cannot listen on 127.0.0.1, port {port}" in each for each in lines] == [True]


@pytest.mark.usefixtures("figures")
def test_without_a_word_of_it_nothing_is_served() -> None:
    lines: list[str] = []
    with serving_metrics(None, reading_office, lines.append):
        assert not lines
