"""Parts of a large plan that workers make: the same mails as alone, whatever becomes of a worker or of the planner."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from mailer.address import known_address, parse_address
from mailer.cli.office import writing_office
from mailer.contacts.values import MEANINGS
from mailer.events import MailingKind
from mailer.ledger import Ledger
from mailer.ledger.planning import exchange_parts, find_planner
from mailer.runs.planning.distributing import Parts
from mailer.runs.planning.edition import pack, read_sources, unpack
from mailer.runs.planning.making import Made, Maker, Order, Result, Wanted, make_all
from mailer.runs.planning.request import Request
from tests.fleet.test_jobs import KEYS, stop
from tests.office import Desk, environment, wait_until
from tests.postgres import Postgres

pytestmark = pytest.mark.service("postgres")

NOW = datetime(2026, 10, 2, 8, tzinfo=UTC)
BATCH = 200
PART = 10  # batches
PRESS_2 = "INSERT INTO worker VALUES ('1', 'press-2', 1, '1.0', now(), now(), '', 0)"
Batch = tuple[int, Sequence[Wanted]]


def wanted(number: int) -> Wanted:
    address = parse_address(f"p{number}@outlet-{number % 7}.example.com")
    note = "" if number % 3 else f"Seen you on pier {number} – grüß Gott."
    return Wanted(
        address, {**dict.fromkeys(MEANINGS, ""), "email": str(address), "name": f"Pat {number}", "note": note}
    )


def batch(number: int) -> Batch:
    return number, [wanted(each) for each in range(number * BATCH, (number + 1) * BATCH)]


class Planner:
    """A plan of a mailing that grows until a test has seen enough; this process makes it alone, or with workers."""

    def __init__(self, desk: Desk, env: dict[str, str], postgres: Postgres, url: str) -> None:
        self.desk, self.env, self.postgres, self.url = desk, env, postgres, url
        self.rows_left = -1
        self.made: dict[str, int] = {}

    def rows(self, where: str = "number > 0") -> int:
        ((count,),) = self.postgres.rows(self.url, f"SELECT count(*) FROM plan_part WHERE {where}")  # noqa: S608 - our own words
        return int(count)

    def plan(self, enough: Callable[[Parts, Ledger], bool], *, most: int = 400) -> dict[int, Sequence[Result]]:
        """Plan until it is enough; return what was made of each batch, which must be in their order."""
        with environment(self.env | {"MAILER_WORKSPACE": str(self.desk.root)}), writing_office() as (office, ledger):
            request = Request(release="lamps", relay=office.relay(), lists=("coast",))
            edition = pack(read_sources(office, request), is_lifted=False)
            self.order = Order(unpack(edition), "lamps/release-7", MailingKind.RELEASE, office.keys, 10**7)
            maker = Maker(self.order)
            parts = Parts(ledger, self.order, edition, maker)

            def batches() -> Iterator[Batch]:
                for number in range(most):
                    if number > 2 * PART and enough(parts, ledger):
                        return
                    yield batch(number)

            with closing(make_all(self.order, maker, batches(), lambda: NOW, many=0, cores=1, parts=parts)) as made:
                found = list(made)
            self.rows_left, self.made = self.rows("true"), dict(parts.made)
        assert [number for number, _ in found] == list(range(len(found)))
        assert len(found) < most, "nothing came of it"
        return dict(found)

    def is_as_alone(self, made: dict[int, Sequence[Result]], batches: Sequence[int]) -> bool:
        """Return whether these batches are what one process makes of them."""
        alone = Maker(self.order)

        def known(results: Sequence[Result]) -> list[object]:
            return [(each.delivery, each.message_id, each.content_hash, each.size, each.manner)
                    for each in results if isinstance(each, Made)]  # fmt: skip

        return all(
            len(known(made[number])) == BATCH and known(made[number]) == known(alone.make(batch(number)[1], NOW))
            for number in batches
        )


@pytest.fixture
def planner(desk: Desk, postgres: Postgres, shared_url: str) -> Planner:
    env = {**KEYS, "MAILER_LEDGER__URL": shared_url}
    assert desk.run("optouts", "add", "somebody@else.example.com", env=env).code == 0  # an office that has a ledger
    return Planner(desk, env, postgres, shared_url)


def seen(planner: Planner) -> bool:
    return planner.postgres.rows(planner.url, "SELECT count(*) FROM worker") == [(1,)]


def test_what_workers_make_is_what_one_host_makes(planner: Planner) -> None:
    worker = planner.desk.start("worker", env=planner.env)
    wait_until(lambda: seen(planner))
    made = planner.plan(lambda parts, _: parts.made.total() >= 2 * PART * BATCH)
    assert sum(planner.made.values()) >= 2 * PART * BATCH
    assert planner.is_as_alone(made, range(2 * PART))  # the first parts, which had to wait for the worker
    assert planner.rows_left == 0
    stop(worker)


def test_parts_whose_jobs_are_lost_are_found_by_a_look(planner: Planner) -> None:
    planner.postgres.rows(planner.url, PRESS_2)
    started = list[subprocess.Popen[str]]()

    def enough(parts: Parts, _: Ledger) -> bool:
        if not started and planner.rows() == 2:
            planner.postgres.rows(planner.url, "TRUNCATE public_jobs.procrastinate_jobs CASCADE")
            started.append(planner.desk.start("worker", env=planner.env))
        return bool(parts.made)

    planner.plan(enough)
    assert planner.made.keys() == {socket.gethostname()}
    stop(*started)


def test_a_large_plan_is_the_same_and_says_who_made_it(planner: Planner) -> None:
    desk = planner.desk
    desk.people("many", 20_400)
    words = ("plan", "lamps", "--to", "many", "--json")
    alone = desk.run(*words, env=planner.env).json
    worker = desk.start("worker", env=planner.env)
    wait_until(lambda: seen(planner))
    together = desk.run(*words, env=planner.env).json
    assert (together["hash"], alone["made_by"]) == (alone["hash"], None)
    assert sum(together["made_by"].values()) == 20_400
    assert {"this host", socket.gethostname()} == together["made_by"].keys()
    stop(worker)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_what_a_worker_that_ends_has_begun_is_made_here(planner: Planner, number: signal.Signals) -> None:
    worker = planner.desk.start("worker", env=planner.env)
    wait_until(lambda: seen(planner))
    claimed = "worker IS NOT NULL AND result IS NULL"

    def has_ended(*_: object) -> bool:
        if not planner.rows(claimed):
            return False
        worker.send_signal(number)
        assert worker.wait(30) == (0 if number is signal.SIGTERM else -number)
        assert bool(planner.rows(claimed)) == (number is signal.SIGKILL)  # one that is stopped gives it back
        return True

    made = planner.plan(has_ended)
    assert planner.is_as_alone(made, range(0, len(made), 5))
    assert planner.rows_left == 0


def test_a_worker_with_other_keys_makes_nothing(planner: Planner) -> None:
    worker = planner.desk.start("worker", env=planner.env | {"MAILER_KEYS": f"1 {'cd' * 32}"})
    wait_until(lambda: seen(planner))
    until = time.monotonic() + 4
    made = planner.plan(lambda *_: time.monotonic() > until and planner.rows("worker IS NULL AND number > 0") == 2)
    assert (planner.made, planner.rows_left) == ({}, 0)
    assert planner.is_as_alone(made, range(0, len(made), 9))
    stop(worker)


SPOILT: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "nothing": lambda _: [],
    "one too few": lambda made: made[:-1],
    "of others": lambda made: [made[1], made[0], *made[2:]],
    "another mail": lambda made: [*made[:-1], made[-1] | {"content_hash": "00" * 32}],
    "another form": lambda made: [each | {"hats": 7} for each in made],
    "no JSON": lambda _: None,
    "right": lambda made: made,
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_what_cannot_be_of_a_part_is_made_again_here(planner: Planner, spoil: str) -> None:
    planner.postgres.rows(planner.url, PRESS_2)
    answered = list[int]()

    def answer(_: Parts, ledger: Ledger) -> bool:
        """Answer for press-2; then all of it is enough."""
        with ledger.writing(sharing=True) as connection:
            found = find_planner(connection, now=ledger.now(), but_for=())
            assert found
            for number, data in exchange_parts(connection, found, "press-2:1", {}, most=1, now=ledger.now()) or ():
                people = [Wanted(known_address(one), *more) for one, *more in json.loads(zlib.decompress(data))[1]]
                made = Maker(planner.order).make(people, NOW)
                right = [asdict(each) | {"looked": None} for each in made if isinstance(each, Made)]
                told = SPOILT[spoil](json.loads(json.dumps(right, default=bytes.hex)))
                said = b"not compressed" if told is None else zlib.compress(json.dumps(told).encode())
                exchange_parts(connection, found, "press-2:1", {number: said}, most=0, now=ledger.now())
                answered.append(number)
        return bool(answered)

    made = planner.plan(answer)
    assert answered == [1]
    assert planner.is_as_alone(made, range(PART))
    assert (planner.made, planner.rows_left) == ({"press-2": PART * BATCH} if spoil == "right" else {}, 0)


def test_what_a_planner_that_is_killed_leaves_is_removed_by_a_worker(planner: Planner) -> None:
    desk = planner.desk
    desk.people("many", 21_000)
    planner.postgres.rows(planner.url, PRESS_2)
    process = desk.start("send", "lamps", "--to", "many", "--dry-run", env=planner.env)
    wait_until(lambda: planner.rows() > 0)
    process.kill()
    process.wait()
    assert desk.run("worker", "--once", env=planner.env).code == 0
    assert planner.rows() > 0, "its lease is not over"
    planner.postgres.rows(planner.url, "UPDATE plan_part SET until = now() WHERE number = 0")
    assert desk.run("worker", "--once", env=planner.env).code == 0
    assert planner.rows("true") == 0
