"""Two hosts with one ledger on PostgreSQL: everybody once, whoever dies and whatever connection is lost.

A host is a workspace of its own here: what it holds is guarded by a lock file in its own folder, so that nobody in the
other one can ask the kernel about it, and a lease that is over is the only proof of death.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.office import Desk, finish, times_taken, wait_until
from tests.postgres import PASSWORD, Postgres, find_programs, own_postgres
from tests.servers import Act, Moment, ScriptedServer

pytestmark = pytest.mark.service("postgres")

SEND = ("send", "lamps", "--to", "coast", "--yes")
KEYS = {"MAILER_KEYS": f"1 {'ab' * 32}"}


@dataclass(frozen=True, slots=True)
class Hosts:
    """Two press offices that share keys, lists, releases and the ledger, and nothing else."""

    here: Desk
    there: Desk
    url: str

    def env(self) -> dict[str, str]:
        return {**KEYS, "MAILER_LEDGER__URL": self.url}

    def people(self, count: int) -> list[str]:
        self.there.people("coast", count)
        return self.here.people("coast", count)

    def settings(self, server: ScriptedServer, **keys: Any) -> None:
        for desk in (self.here, self.there):
            desk.settings(server, **keys)

    def states(self) -> dict[str, str]:
        done = self.here.run("report", "lamps", "--deliveries", "--json", env=self.env())
        assert done.code == 0, done.said
        return {each["address"]: each["state"] for each in done.json["deliveries"]}


@pytest.fixture
def hosts(shared_url: str, tmp_path: Path, server: ScriptedServer) -> Iterator[Hosts]:
    desks = [Desk(tmp_path / name) for name in ("here", "there")]
    for desk in desks:
        desk.release()
    made = Hosts(desks[0], desks[1], shared_url)
    made.people(5)
    made.settings(server)
    yield made
    for desk in desks:
        desk.end()


def test_two_hosts_that_send_one_mailing_at_once_reach_everybody_once(hosts: Hosts, server: ScriptedServer) -> None:
    people = hosts.people(80)
    server.at = {"body": Act(delay_s=0.03)}
    started = [desk.start(*SEND, env=hosts.env()) for desk in (hosts.here, hosts.there)]
    done = [finish(process) for process in started]
    assert [each.code for each in done] == [0, 0], [each.err for each in done]
    assert times_taken(server) == dict.fromkeys(people, 1)
    reports = [desk.run("report", "lamps", "--json", env=hosts.env()).json for desk in (hosts.here, hosts.there)]
    assert reports[0] == reports[1]
    assert (reports[0]["state"], reports[0]["planned"], reports[0]["accepted"]) == ("finished", 80, 80)
    assert not list(hosts.here.root.rglob("ledger.db"))


def test_a_second_host_helps_with_what_the_first_one_sends(
    hosts: Hosts, server: ScriptedServer, postgres: Postgres
) -> None:
    people = hosts.people(150)
    server.at = {"body": Act(delay_s=0.5)}
    first = hosts.here.start(*SEND, env=hosts.env())
    wait_until(lambda: len(server.accepted) >= 2)
    second = hosts.there.start("resume", "lamps", env=hosts.env())
    wait_until(lambda: postgres.rows(hosts.url, "SELECT held FROM relay_share") == [(1,), (1,)])
    server.at = {}
    assert [finish(process).code for process in (first, second)] == [0, 0]
    assert times_taken(server) == dict.fromkeys(people, 1)


def test_what_a_dead_host_held_comes_back_when_its_lease_is_over_and_not_before(
    hosts: Hosts, server: ScriptedServer, postgres: Postgres
) -> None:
    people = hosts.people(40)
    hosts.settings(server, connections=1)
    gate = threading.Event()  # which nobody opens
    server.at = {"data": [Act(), Act(), Act(until=gate)]}
    first = hosts.here.start(*SEND, env=hosts.env())
    wait_until(lambda: server.commands.count("DATA") == 3)
    first.kill()
    first.communicate()
    here = f"host LIKE '%{hosts.here.root}%' AND ended_at IS NULL"
    move = f"UPDATE process SET lease_until = lease_until + interval '{{}}' WHERE {here}"  # noqa: S608 - our own words
    postgres.rows(hosts.url, move.format("1 hour"))  # however slow this machine is, it is not over before we say so
    held = {
        address for address, state in hosts_view(hosts.there, hosts.env()).items() if state in {"claimed", "attempted"}
    }
    assert held
    server.at = {}
    second = hosts.there.start("resume", "lamps", env=hosts.env())
    assert second.stderr is not None
    while "waiting for one" not in second.stderr.readline():  # the dead one has the only connection
        assert second.poll() is None
    states = hosts_view(hosts.there, hosts.env())
    assert {address for address, state in states.items() if state in {"claimed", "attempted"}} == held
    assert len(server.accepted) == 2

    postgres.rows(hosts.url, move.format("-2 hours"))
    done = finish(second)
    states = hosts_view(hosts.there, hosts.env())
    assert set(states) == set(people)
    assert set(states.values()) <= {"accepted", "in_doubt"}
    in_doubt = [address for address, state in states.items() if state == "in_doubt"]
    assert len(in_doubt) <= 1
    assert done.code == (1 if in_doubt else 0), done.err
    assert set(times_taken(server).values()) == {1}
    assert set(people) - set(times_taken(server)) <= set(in_doubt)


def hosts_view(desk: Desk, env: dict[str, str]) -> dict[str, str]:
    """Return the states as they are told on one host."""
    done = desk.run("report", "lamps", "--deliveries", "--json", env=env)
    assert done.code == 0, done.said
    return {each["address"]: each["state"] for each in done.json["deliveries"]}


def test_a_host_that_was_asleep_closes_what_is_anothers_by_now_before_it_is_used(
    hosts: Hosts, server: ScriptedServer, postgres: Postgres
) -> None:
    people = hosts.people(150)
    hosts.settings(server, pipelining="off")  # else what comes next is on the wire already
    moments: list[tuple[str, int]] = []

    def note(moment: Moment) -> Act | None:
        moments.append((moment.stage, moment.connection))
        return Act(delay_s=0.2) if moment.stage == "body" else None

    server.answer = note
    first = hosts.here.start(*SEND, env=hosts.env())
    wait_until(lambda: len(server.accepted) >= 6)
    first.send_signal(signal.SIGSTOP)
    asleep = {number for _, number in moments}
    over = f"UPDATE process SET lease_until = lease_until - interval '1 hour' WHERE host LIKE '%{hosts.here.root}%'"  # noqa: S608 - our own words
    postgres.rows(hosts.url, over)
    second = hosts.there.start("resume", "lamps", env=hosts.env())
    wait_until(lambda: len({number for _, number in moments} - asleep) == 2)
    before = len(server.accepted)
    wait_until(lambda: len(server.accepted) > before + 4)  # all that the first one had on the wire is over
    time.sleep(16)  # it takes its share for its own for 15 s, which is shorter than any lease
    awake = len(moments)
    first.send_signal(signal.SIGCONT)
    wait_until(lambda: server.open <= 2)
    done = [finish(each) for each in (first, second)]
    assert [stage for stage, number in moments[awake:] if number in asleep and stage != "quit"] == []
    assert "Another process has taken over" in done[0].err
    states = Counter(hosts_view(hosts.there, hosts.env()).values())
    assert states["accepted"] + states["in_doubt"] == len(people)
    assert set(times_taken(server).values()) == {1}


def test_connections_to_the_ledger_that_are_lost_in_the_middle_stop_nobody_and_double_nobody(
    hosts: Hosts, server: ScriptedServer, postgres: Postgres
) -> None:
    people = hosts.people(200)
    server.at = {"body": Act(delay_s=0.02)}
    process = hosts.here.start(*SEND, env=hosts.env())
    wait_until(lambda: len(server.accepted) >= 6)
    cut = 0
    while process.poll() is None and len(server.accepted) < 150:
        cut += postgres.hang_up(hosts.url)
        time.sleep(0.1)
    done = finish(process)
    assert cut > 8, "nothing was ever in the middle of anything"
    assert "Traceback" not in done.err
    assert PASSWORD not in done.said
    assert done.code == 0, done.err
    assert hosts.states() == dict.fromkeys(people, "accepted")
    assert times_taken(server) == dict.fromkeys(people, 1)


@contextmanager
def own_server(server: ScriptedServer, tmp_path: Path) -> Iterator[tuple[Postgres, str, Desk, list[str]]]:
    """Run a PostgreSQL that a test may stop; yield it, the address of its ledger, and an office with sixty people."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL of our own: initdb is not found")
    with own_postgres(programs) as own, own.database() as url:
        desk = Desk(tmp_path / "office")
        desk.release()
        people = desk.people("coast", 60)
        desk.settings(server)
        yield own, url, desk, people


def test_a_server_that_is_stopped_and_started_again_under_a_run_stops_nobody(
    server: ScriptedServer, tmp_path: Path
) -> None:
    with own_server(server, tmp_path) as (own, url, desk, people):
        server.at = {"body": Act(delay_s=0.05)}
        process = desk.start(*SEND, env={**KEYS, "MAILER_LEDGER__URL": url})
        wait_until(lambda: len(server.accepted) >= 6)
        own.stop()
        assert process.stderr is not None
        said = ""
        while "Waiting for it" not in said:
            said += process.stderr.readline()
            assert process.poll() is None, said
        assert "nothing new is sent meanwhile" in said
        own.start()
        done = finish(process)
        assert done.code == 0, done.err
        assert "the ledger can be used again" in done.err
        report = desk.run("report", "lamps", "--json", env={**KEYS, "MAILER_LEDGER__URL": url}).json
    assert (report["accepted"], report["in_doubt"]) == (60, 0)
    assert times_taken(server) == dict.fromkeys(people, 1)


def test_a_host_that_is_cut_off_from_the_ledger_keeps_no_connection_for_as_long_as_its_lease(
    server: ScriptedServer, tmp_path: Path
) -> None:
    with own_server(server, tmp_path) as (own, url, desk, people):
        env = {**KEYS, "MAILER_LEDGER__URL": url}
        server.at = {"body": Act(delay_s=0.05)}
        process = desk.start(*SEND, env=env)
        wait_until(lambda: len(server.accepted) >= 6)
        own.stop()
        began = time.monotonic()
        wait_until(lambda: server.open == 0)
        assert time.monotonic() - began < 45  # 60 s, and it is renewed every 15
        assert process.poll() is None
        own.start()
        done = finish(process)
        assert done.code == 0, done.err
        assert Counter(hosts_view(desk, env).values()) == {"accepted": 60}
    assert times_taken(server) == dict.fromkeys(people, 1)


def test_a_worker_that_is_stopped_does_not_wait_long_for_a_ledger_that_is_gone(
    server: ScriptedServer, tmp_path: Path
) -> None:
    with own_server(server, tmp_path) as (own, url, desk, people):
        env = {**KEYS, "MAILER_LEDGER__URL": url}
        soon = f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%d %H:%M} UTC"
        assert desk.run(*SEND, "--at", soon, env=env).code == 0
        own.rows(url, "UPDATE mailing SET scheduled_at = now()")
        server.at = {"body": Act(delay_s=0.3)}
        worker = desk.start("worker", env=env)
        wait_until(lambda: len(server.accepted) >= 6)
        own.stop()
        assert worker.stderr is not None
        while "Waiting for it" not in worker.stderr.readline():
            assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        done = finish(worker, timeout_s=60)  # where it would wait for ten minutes
        own.start()
        assert (done.code, "Traceback" in done.err) == (0, False)
        assert "lamps: the ledger " in done.err
        server.at = {}
        assert desk.run("worker", "--once", env=env).code == 0
        states = Counter(hosts_view(desk, env).values())
    assert set(states) <= {"accepted", "in_doubt"}
    assert states["in_doubt"] <= 2
    assert times_taken(server) <= Counter(people)


def test_the_ledger_can_be_named_in_the_settings_and_another_one_is_refused(
    hosts: Hosts, server: ScriptedServer, postgres: Postgres
) -> None:
    desk = hosts.here
    desk.settings(server, more=f'[ledger]\nurl = "{hosts.url}"\n')
    assert desk.run(*SEND, env=KEYS).code == 0
    assert len(server.accepted) == 5
    with postgres.database() as other:
        done = desk.run(*SEND, env={**KEYS, "MAILER_LEDGER__URL": other})
    assert done.code == 3
    assert "the ledger" in done.err
    assert len(server.accepted) == 5


def test_looking_at_an_empty_database_makes_nothing_in_it(hosts: Hosts, postgres: Postgres) -> None:
    done = hosts.here.run("status", "--json", env=hosts.env())
    assert (done.code, done.json["mailings"]) == (0, [])
    assert hosts.here.run(*SEND, "--dry-run", env=hosts.env()).code == 0
    assert postgres.rows(hosts.url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_a_ledger_that_cannot_be_reached_is_told_without_its_password(hosts: Hosts, server: ScriptedServer) -> None:
    wrong = hosts.url.replace(PASSWORD, "puffin-on-a-rock", 1)
    for words in (SEND, ("status",), ("report", "lamps")):
        done = hosts.here.run(*words, "--json", env={**KEYS, "MAILER_LEDGER__URL": wrong})
        assert done.code == 3, done.said
        error = json.loads(done.out)["error"]
        assert error["code"] == "ledger"
        assert "password authentication failed" in error["message"]
        assert "puffin-on-a-rock" not in done.said
    assert server.commands == []
