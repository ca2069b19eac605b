"""Locks: how long anybody else waits for the ledger while a large mailing is planned, moved, changed and broken off.

The rows are invented and planned as the command plans them, without their messages, which are made before any lock is
taken; only the new text is made for everybody. Beside the planner a process writes as often as it can: how long its
longest write took is what a sender beside a planning feels. `held` is the longest transaction of the planner itself.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event

from mailer.cli.office import given_workspace, writing_office
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import require_mailing
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import Plan, Spool, prepare
from mailer.runs.planning.request import Moment, Request
from mailer.runs.sending.steer import cancel
from mailer.tokens import address_digest, delivery_id
from tests.bench.office import LIST, SLUG, Shape, write_office

MOST_S = 1.0
_TEXT = "with a new text"


def run(people: int, url: str, *, text: bool = True) -> None:
    """Print the longest waits; `url` names a ledger elsewhere, else it is a file; a new `text` takes by far longest."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        place = Path(folder, "office")
        write_office(place, Shape(people=5, port=2525, paragraphs=1))
        if url:
            toml = place / "mailer.toml"
            toml.write_text(f'{toml.read_text("utf-8")}\n[ledger]\nurl = "{url}"\n', "utf-8")
        given_workspace.set(str(place))
        with writing_office() as (office, ledger):
            print(f"\n{people} recipients, {ledger.engine.dialect.name}")
            print(f"{'':28}{'took':>10}{'held':>12}{'others waited':>16}")
            worst = 0.0
            for name, work in _phases(office, ledger, place, people):
                if name == _TEXT and not text:
                    continue
                worst = max(worst, _measure(ledger, place, office.settings.ledger.url, name, work))
    print(f"longest {worst:.3f} s, {MOST_S:.0f} s allowed: {'met' if worst <= MOST_S else 'missed'}")


def _phases(office: Office, ledger: Ledger, place: Path, people: int) -> Iterator[tuple[str, Callable[[], object]]]:
    now = office.clock()
    request = Request(release=SLUG, relay=office.relay(), lists=(LIST,), expires_at=now + timedelta(days=3))

    def plan(days: int, changed: str = "") -> Plan:
        at = Moment(now + timedelta(days=days), f"in {days} days")
        return prepare(office, replace(request, at=at, expires_at=at.at + timedelta(days=1), changed=changed))

    yield "planned", lambda: confirm(office, ledger, _many(office, plan(10), people))
    yield "moved to a later day", lambda: confirm(office, ledger, plan(20))
    yield "moved to an earlier day", lambda: confirm(office, ledger, plan(15))
    release = place / "releases" / f"{SLUG}.md"
    release.write_text(release.read_text("utf-8").replace("Volunteers", "Many volunteers"), "utf-8")
    yield _TEXT, lambda: confirm(office, ledger, plan(15, changed="they came"))
    yield "cancelled", lambda: cancel(office, ledger, SLUG)
    with ledger.reading() as connection:
        assert require_mailing(connection, SLUG).planned == people + 5


def _many(office: Office, plan: Plan, people: int) -> Plan:
    """Return a plan to so many more invented recipients."""
    spool = Spool()
    first, *_ = known = list(plan.spool.read())
    for each in known:
        spool.append(each)
    name = f"{plan.slug}/{plan.request.kind}-{plan.sequence}"
    for number in range(people):
        spool.append(_invented(office, first, name, number))
    return replace(plan, spool=spool)


def _invented(office: Office, like: Planned, name: str, number: int) -> Planned:
    address = f"reader{number}@outlet-{number % 211}.example.com"
    return replace(
        like,
        token_id=delivery_id(office.keys, name, address),
        address_digest=address_digest(office.keys, address),
        address=address,
        domain=f"outlet-{number % 211}.example.com",
        spread=number // 211,
        row=number + 6,
        message_id=f"<{number}.{like.message_id[1:]}",
    )


def _measure(ledger: Ledger, place: Path, url: str, name: str, work: Callable[[], object]) -> float:
    command = [sys.executable, "-m", "tests.bench.locks", str(place), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        begin = time.monotonic()
        with _longest(ledger) as held:
            work()
        took = time.monotonic() - begin
        waited = float(json.loads(other.communicate("enough\n")[0]))
    print(f"  {name:26}{took:8.1f} s{held[0]:10.3f} s{waited:14.3f} s", flush=True)
    return max(held[0], waited)


@contextmanager
def _longest(ledger: Ledger) -> Iterator[list[float]]:
    """Measure the longest time that a connection of this process was in a transaction that writes."""
    longest, began = [0.0], {}

    def on_begin(connection: object) -> None:
        began[id(connection.connection.dbapi_connection)] = (  # type: ignore[attr-defined]
            time.monotonic(),
            connection.get_execution_options().get("readonly", False),  # type: ignore[attr-defined]
        )

    def on_return(dbapi: object, _: object) -> None:
        since, reads = began.pop(id(dbapi), (0.0, True))
        if not reads:
            longest[0] = max(longest[0], time.monotonic() - since)

    event.listen(ledger.engine, "begin", on_begin)
    event.listen(ledger.engine, "checkin", on_return)
    try:
        yield longest
    finally:
        event.remove(ledger.engine, "begin", on_begin)
        event.remove(ledger.engine, "checkin", on_return)


def _write_beside(place: str, url: str) -> None:
    """Write again and again until there is something to read; print how long the longest write took."""
    ledger = open_ledger(url, Path(place))
    assert ledger is not None
    print("ready", flush=True)
    longest = 0.0
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        begin = time.monotonic()
        with ledger.writing() as connection:
            connection.exec_driver_sql("UPDATE mailing SET relay = relay WHERE id = 0")
        longest = max(longest, time.monotonic() - begin)
    print(json.dumps(longest))


if __name__ == "__main__":
    _write_beside(*sys.argv[1:])
