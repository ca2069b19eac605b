"""Workers on PostgreSQL: woken by what happens in the ledger, duties done once, and jobs that may be lost."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from mailer.ledger.migrations import NEWEST
from mailer.preview.server import compose_dsn
from tests.kill.clocks import clock_of, find_faketime, set_clock
from tests.office import Desk, finish, put_into_maildir, times_taken, wait_until
from tests.postgres import PASSWORD, Postgres, find_programs, own_postgres
from tests.servers import Act, Moment, ScriptedServer

pytestmark = pytest.mark.service("postgres")

DEAD = (550, "5.1.1 unknown user")
SEND = ("send", "lamps", "--to", "coast", "--yes")
KEYS = {"MAILER_KEYS": f"1 {'ab' * 32}"}
HAND_OVER = "UPDATE {}mailing SET state = 'sending', handed_over = true, started_at = now()"


@pytest.fixture
def env(shared_url: str) -> dict[str, str]:
    return {**KEYS, "MAILER_LEDGER__URL": shared_url}


def schedule(desk: Desk, env: dict[str, str]) -> None:
    at = f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%d %H:%M} UTC"
    done = desk.run(*SEND, "--at", at, env=env)
    assert done.code == 0, done.err


def is_finished(postgres: Postgres, url: str, schema: str = "") -> bool:
    return postgres.rows(url, f"SELECT DISTINCT state FROM {schema}mailing") == [("finished",)]  # noqa: S608 - our own words


def start(desk: Desk, env: dict[str, str], postgres: Postgres) -> subprocess.Popen[str]:
    """Start a worker; it listens, and would look by itself again in 15 s."""
    worker = desk.start("worker", env=env)
    database = make_url(env["MAILER_LEDGER__URL"]).database
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = "
    before = postgres.run(f"{listening}'{database}'")

    def listens() -> bool:
        assert worker.poll() is None, finish(worker)
        return postgres.run(f"{listening}'{database}'") > before

    wait_until(listens)
    time.sleep(1.5)
    return worker


def stop(*workers: subprocess.Popen[str]) -> list[str]:
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    done = [finish(worker) for worker in workers]
    assert [each.code for each in done] == [0] * len(workers), done
    assert not any("Traceback" in each.err or PASSWORD in each.err for each in done), done
    return [each.err for each in done]


@pytest.fixture
def first_came(server: ScriptedServer) -> list[float]:
    """When somebody came to the relay, by `monotonic`."""
    came: list[float] = []

    def note(_: Moment) -> None:
        came.append(time.monotonic())

    server.answer = note
    return came


@pytest.mark.parametrize("schema", ["", "office."])
def test_a_mailing_that_is_left_to_workers_begins_at_once(
    desk: Desk, first_came: list[float], server: ScriptedServer, postgres: Postgres, shared_url: str, schema: str
) -> None:
    url = shared_url
    if schema:
        postgres.rows(shared_url, "CREATE SCHEMA office")
        url += "?options=-csearch_path%3Doffice"
    env = {**KEYS, "MAILER_LEDGER__URL": url}
    schedule(desk, env)
    worker = start(desk, env, postgres)
    postgres.rows(shared_url, HAND_OVER.format(schema))
    began = time.monotonic()
    wait_until(lambda: is_finished(postgres, shared_url, schema))
    assert first_came[0] - began < 5  # a tenth of a second where nothing else is done, and 15 s without a job
    stop(worker)
    assert set(times_taken(server).values()) == {1}


def test_a_worker_keeps_its_sessions_from_one_look_to_the_next(
    desk: Desk, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    schedule(desk, env)
    worker = start(desk, env, postgres)
    with psycopg.connect(shared_url, autocommit=True) as connection:

        def count(what: str) -> int:
            (found,) = connection.execute(f"SELECT {what}".encode()).fetchall()
            return int(found[0])

        def begun() -> int:
            """Return how many sessions there were, once a round of duties is over."""
            before = count("max(period) FROM duty WHERE name = 'waves'")
            wait_until(lambda: count("max(period) FROM duty WHERE name = 'waves'") > before)
            time.sleep(3)
            return count("sessions FROM pg_stat_database WHERE datname = current_database()")

        wait_until(lambda: count("count(*) FROM duty WHERE name = 'waves'") > 0)
        before = begun()
        assert begun() - before < 3
    stop(worker)


def test_a_mailing_whose_moment_is_soon_begins_then(
    desk: Desk, first_came: list[float], env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    schedule(desk, env)
    worker = start(desk, env, postgres)
    postgres.rows(shared_url, "UPDATE mailing SET scheduled_at = now() + interval '3 s'")
    began = time.monotonic()
    wait_until(lambda: is_finished(postgres, shared_url))
    assert 2.9 < first_came[0] - began < 9
    stop(worker)


SECONDS = "SELECT extract(epoch FROM {})::float FROM event JOIN delivery ON delivery.id = delivery_id WHERE kind "


def test_later_tries_and_what_is_too_late_are_looked_at_when_it_is_time(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    toml = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", toml.replace("delays_s = [0.1]", "delays_s = [3, 3600]"))
    server.recipients = {"cy@c.example.com": [Act("450 4.2.0 later")], "di@d.example.com": [Act("450 4.2.0 later")] * 9}
    schedule(desk, env)
    worker = start(desk, env, postgres)
    postgres.rows(shared_url, "UPDATE delivery SET expires_at = now() + interval '8 s' WHERE address ^@ 'di@'")
    postgres.rows(shared_url, HAND_OVER.format(""))
    wait_until(lambda: is_finished(postgres, shared_url))
    tries = f"{SECONDS.format('max(at) - min(at)')} IN ('deferred', 'accepted') AND address ^@ 'cy@'"
    ((again_s,),) = postgres.rows(shared_url, tries)
    ((late_s,),) = postgres.rows(shared_url, f"{SECONDS.format('at - expires_at')} = 'expired'")
    assert 3 <= again_s < 9
    assert 0 <= late_s < 6  # 15 s where nobody knows when to look
    stop(worker)


ALL = "TRUNCATE public_jobs.procrastinate_jobs CASCADE"
WHEN_BEGUN = """
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql SET search_path = public_jobs AS
$$ BEGIN DELETE FROM procrastinate_jobs WHERE status = 'doing'; RETURN NULL; END $$;
CREATE TRIGGER lose AFTER INSERT ON duty FOR EACH ROW EXECUTE FUNCTION lose()
"""


@pytest.mark.parametrize("lost", [ALL, WHEN_BEGUN, "DROP SCHEMA public_jobs CASCADE"], ids=["all", "begun", "tables"])
def test_jobs_that_are_lost_cost_time_alone(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres, shared_url: str, lost: str
) -> None:
    schedule(desk, env)
    worker = start(desk, env, postgres)
    postgres.rows(shared_url, "ALTER TABLE mailing DISABLE TRIGGER mailing_wakes_workers")
    postgres.rows(shared_url, lost)
    postgres.rows(shared_url, HAND_OVER.format(""))
    began = time.monotonic()
    wait_until(lambda: is_finished(postgres, shared_url))
    assert time.monotonic() - began < 60
    time.sleep(15)  # so that duties come round
    stop(worker)
    assert set(times_taken(server).values()) == {1}


def test_a_second_worker_joins_what_the_first_one_sends_and_none_what_a_person_does(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    people = desk.people("coast", 900)
    at_work = "SELECT count(DISTINCT lease_owner) FROM delivery WHERE lease_owner IS NOT NULL"
    server.at = {"body": Act(delay_s=0.5)}
    person = desk.start(*SEND, env=env)
    wait_until(lambda: len(server.accepted) > 2)
    workers = [start(desk, env, postgres) for _ in range(2)]
    time.sleep(18)
    assert postgres.rows(shared_url, at_work) == [(1,)]
    person.send_signal(signal.SIGINT)
    finish(person)
    postgres.rows(shared_url, HAND_OVER.format("") + ", stopped_at = NULL")
    wait_until(lambda: postgres.rows(shared_url, at_work) == [(2,)], timeout_s=60)
    server.at = {}
    wait_until(lambda: is_finished(postgres, shared_url))
    stop(*workers)
    assert times_taken(server) == dict.fromkeys(people, 1)
    assert server.most_open <= 2


def test_a_command_goes_on_where_no_job_can_be_made(
    desk: Desk, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    schedule(desk, env)
    postgres.rows(shared_url, "DROP TABLE public_jobs.procrastinate_jobs CASCADE")
    assert desk.run("pause", "lamps", env=env).code == 0
    assert desk.run("resume", "lamps", env=env).code == 0
    assert desk.run("status", "lamps", "--json", env=env).json["state"] == "scheduled"


def test_what_a_dead_worker_took_is_taken_by_another(
    desk: Desk, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    schedule(desk, env)
    job = "INSERT INTO public_jobs.procrastinate_jobs (queue_name, task_name, args, status) VALUES "
    postgres.rows(shared_url, f"{job} ('default', 'send', '{{\"mailing_id\": 1}}', 'doing')")
    worker = start(desk, env, postgres)
    doing = "SELECT count(*) FROM public_jobs.procrastinate_jobs WHERE task_name = 'send'"
    wait_until(lambda: postgres.rows(shared_url, doing) == [(0,)], timeout_s=90)
    stop(worker)


def test_workers_whose_clocks_differ_do_each_duty_once_a_period(
    desk: Desk, env: dict[str, str], postgres: Postgres, shared_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    library = find_faketime()
    if library is None:
        assert "faketime" not in os.environ.get("MAILER_TEST_REQUIRE", "").split(",")
        pytest.skip("libfaketime is not installed")
    schedule(desk, env)
    control = tmp_path_factory.mktemp("clock") / "clock"
    set_clock(control, "+5s")
    workers = [start(desk, each, postgres) for each in (env, env | clock_of(control, library))]
    time.sleep(65)
    stop(*workers)
    rows = postgres.rows(shared_url, "SELECT name, period FROM duty ORDER BY 1, 2")
    for name, least in (("waves", 4), ("plannings", 4), ("stalled_jobs", 2)):
        periods = [period for of, period in rows if of == name]
        assert len(periods) >= least, rows
        assert periods == list(range(periods[0], periods[0] + len(periods))), "one was left out"


def test_one_worker_reads_a_mailbox_and_the_next_one_does_when_it_has_ended(
    desk: Desk, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    for part in ("cur", "new", "tmp"):
        (desk.root / "returned" / part).mkdir(parents=True)
    schedule(desk, env)

    def owners() -> list[tuple[str]]:
        return postgres.rows(shared_url, "SELECT owner FROM duty WHERE period = 0 AND until > now()")

    first = start(desk, env, postgres)
    wait_until(lambda: len(owners()) == 1)
    held = owners()
    second = start(desk, env, postgres)
    time.sleep(8)  # it tries every five
    assert owners() == held
    stop(first)
    wait_until(lambda: len(owners()) == 1 and owners() != held, timeout_s=60)
    stop(second)
    assert owners() == []


def test_a_host_that_cannot_read_a_mailbox_leaves_it_to_one_that_can(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres, shared_url: str, tmp_path: Path
) -> None:
    assert desk.run(*SEND, env=env).code == 0
    (message,) = (each for each in server.accepted if each.rcpt_to == ("cy@c.example.com",))
    bounce = compose_dsn(message.mail_from, "cy@c.example.com", message.data, answer=DEAD, now=datetime.now(UTC))
    first = start(desk, env, postgres)
    wait_until(lambda: postgres.rows(shared_url, "SELECT 1 FROM inbox_cursor WHERE failure <> ''") == [(1,)])
    wait_until(lambda: postgres.rows(shared_url, "SELECT name FROM duty WHERE period = 0") == [])
    other = Desk(tmp_path / "other")
    put_into_maildir(other.root / "returned", [bounce])
    other.settings(server)
    second = start(other, env, postgres)
    wait_until(lambda: postgres.rows(shared_url, "SELECT reason FROM suppression") == [("dead_address",)])
    wait_until(lambda: postgres.rows(shared_url, "SELECT failure FROM inbox_cursor") == [("",)])
    first_output, second_output = stop(first, second)
    assert first_output.count("no such file or folder") == 1
    assert "inbox main: 1 new message · 1 bounced: the address is dead" in second_output


def test_hosts_purge_the_ledger_once_a_day_and_each_its_own_copies(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres, shared_url: str, tmp_path: Path
) -> None:
    assert desk.run(*SEND, env=env).code == 0
    postgres.rows(shared_url, "UPDATE delivery SET finished_at = '2020-01-01', attempted_at = '2020-01-01'")
    other = Desk(tmp_path / "other")
    other.write("lists/coast.csv", "email\n")
    other.settings(server)
    copies = [each.write(".mailer/undo/000001/0-coast.csv", "ada@a.example.com").parent for each in (desk, other)]
    for each in copies:
        os.utime(each, (0, 0))
    env |= {"MAILER_RETENTION__BY_WORKER": "true"}
    workers = [each.start("worker", env=env) for each in (desk, desk, other)]
    wait_until(lambda: not any(each.exists() for each in copies))
    purged = "SELECT count(*) FROM event WHERE kind = 'purged'"
    wait_until(lambda: postgres.rows(shared_url, purged) == [(1,)])
    time.sleep(3)
    text = "".join(stop(*workers))
    assert (text.count("purged · "), text.count("(figures stay): 5"), text.count("copies for undo: 1")) == (2, 1, 2)
    assert postgres.rows(shared_url, purged) == [(1,)]
    assert postgres.rows(shared_url, "SELECT count(address) FROM delivery") == [(0,)]


def test_a_worker_whose_ledger_gets_a_newer_shape_gives_back_what_it_holds_and_ends(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    people = desk.people("coast", 300)
    server.at = {"body": Act(delay_s=0.2)}
    schedule(desk, env)
    worker = start(desk, env, postgres)
    postgres.rows(shared_url, HAND_OVER.format(""))
    wait_until(lambda: len(server.accepted) > 4)
    postgres.rows(shared_url, "UPDATE alembic_version SET version_num = '99'")
    done = finish(worker)
    assert (done.code, done.err.count("this worker ends"), "Traceback" in done.err) == (3, 1, False), done.err
    assert done.err.endswith("pip install --upgrade mailer\n")
    states = postgres.rows(shared_url, "SELECT DISTINCT state FROM delivery ORDER BY state")
    assert states == [("accepted",), ("pending",)]
    assert postgres.rows(shared_url, "SELECT count(*) FROM worker") == [(0,)]
    again = desk.run("worker", env=env)
    assert (again.code, "pip install --upgrade mailer" in again.err) == (3, True)
    postgres.rows(shared_url, f"UPDATE alembic_version SET version_num = '{NEWEST}'")  # noqa: S608 - our own words
    server.at = {}
    worker = start(desk, env, postgres)
    wait_until(lambda: is_finished(postgres, shared_url))
    stop(worker)
    assert times_taken(server) == dict.fromkeys(people, 1)


def test_a_worker_that_does_not_know_the_jobs_refuses_to_start(
    desk: Desk, env: dict[str, str], postgres: Postgres, shared_url: str
) -> None:
    schedule(desk, env)
    postgres.rows(shared_url, "UPDATE ledger_info SET value = '99.00.00_50_post_of_the_future+1' WHERE name = 'jobs'")
    done = desk.run("worker", env=env)
    assert (done.code, "newer mailer" in done.err, "mailer[fleet]" in done.err) == (3, True, True)


@pytest.fixture
def own() -> Iterator[Postgres]:
    """A PostgreSQL that a test may stop."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL of our own: initdb is not found")
    with own_postgres(programs) as server:
        yield server


def test_a_worker_outlives_a_restart_of_the_server_and_is_woken_as_before(
    desk: Desk, first_came: list[float], own: Postgres
) -> None:
    with own.database() as url:
        env = {**KEYS, "MAILER_LEDGER__URL": url}
        schedule(desk, env)
        worker = start(desk, env, own)
        own.stop()
        time.sleep(3)
        own.start()
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        wait_until(lambda: own.run(listening) == [(1,)])
        time.sleep(3)
        own.rows(url, HAND_OVER.format(""))
        began = time.monotonic()
        wait_until(lambda: is_finished(own, url))
        assert first_came[0] - began < 5
        stop(worker)


def test_a_worker_that_is_started_while_its_server_is_away_waits_for_it(
    desk: Desk, server: ScriptedServer, own: Postgres
) -> None:
    with own.database() as url:
        env = {**KEYS, "MAILER_LEDGER__URL": url}
        schedule(desk, env)
        own.stop()
        assert desk.run("worker", "--once", env=env).code == 3
        worker = desk.start("worker", env=env)
        assert worker.stderr is not None
        while "looking again in" not in worker.stderr.readline():
            assert worker.poll() is None
        own.start()
        own.rows(url, HAND_OVER.format(""))
        wait_until(lambda: is_finished(own, url))
        (output,) = stop(worker)
        assert "the ledger can be read again" in output
        assert set(times_taken(server).values()) == {1}


@pytest.mark.parametrize("part", [f":{PASSWORD}@", "/mailer_test_"], ids=["password", "database"])
def test_a_worker_that_its_server_refuses_ends(desk: Desk, shared_url: str, part: str) -> None:
    wrong = shared_url.replace(part, f"{part[0]}wrong{part[-1]}")
    done = desk.run("worker", env={**KEYS, "MAILER_LEDGER__URL": wrong})
    assert (done.code, "the ledger cannot be used" in done.err) == (3, True)


def test_a_worker_says_which_secrets_its_host_lacks(
    desk: Desk, server: ScriptedServer, env: dict[str, str], postgres: Postgres
) -> None:
    schedule(desk, env)
    desk.settings(server, more='[inbox.other]\nurl = "imaps://press@127.0.0.1:9/INBOX"\npassword_env = "NOT_HERE"\n')
    (output,) = stop(start(desk, env, postgres))
    (lacking,) = (line for line in output.splitlines() if "this host lacks a secret" in line)
    assert "NOT_HERE" in lacking
