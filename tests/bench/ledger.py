"""Ledger: what commands that look cost, on a ledger that has sent for years; and how long opt-outs take to come in.

A first mailing is planned as the command plans it; what a million others left behind is written beside it in the shapes
that sending leaves: a delivery, its attempt and its outcome, and of some what came back. Each command is a child, and
what it costs beyond the same on a ledger of ten deliveries is what the ledger costs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, literal, select, update

from mailer.cli.office import given_workspace, writing_office
from mailer.ledger import Ledger
from mailer.ledger.history import keep_counts
from mailer.ledger.mailings import require_mailing
from mailer.ledger.tables import delivery, edition, event, event_text, mailing
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import prepare
from mailer.runs.planning.request import Request
from mailer.tokens import address_digest, delivery_id
from tests.bench.children import measured, median_of, python
from tests.bench.figures import Figure
from tests.bench.office import LIST, SLUG, Shape, write_office

_AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
_AT_ONCE = 10_000
_SENT = {"state": "accepted", "attempts": 1, "attempted_at": _AT, "finished_at": _AT, "code": 250, "enhanced": "2.0.0"}


ROUNDS = 5
MORE_S = {"status": 0.2, "report": 0.5, "why": 0.5}
IMPORT_S, IMPORT_MB = 20, 150


def run(people: int, mailings: int) -> list[Figure]:
    """Print and return what looking costs on a ledger of so many deliveries beyond one of ten, and opt-outs."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder:
        small, large = Path(folder, "small"), Path(folder, "large")
        for place, count, of in ((small, 10, 1), (large, people, mailings)):
            write_office(place, Shape(people=5, port=2525, paragraphs=1))
            given_workspace.set(str(place))
            with writing_office() as (office, ledger):
                fill(office, ledger, count, of)
        print(f"\n{people} deliveries in {mailings} finished mailings (median of {ROUNDS}, start-up and all)")
        figures = []
        for name, most in MORE_S.items():
            words = ("why", "reader0@outlet-0.example.com") if name == "why" else (name,)
            used = median_of(
                ROUNDS,
                {
                    str(place): (sys.executable, "-m", "mailer", "--workspace", str(place), *words)
                    for place in (small, large)
                },
            )
            before, after = used[str(small)].cpu_s, used[str(large)].cpu_s
            print(f"  {name:8}{after:6.2f} s CPU, on a ledger of ten {before:.2f}", flush=True)
            figures.append(Figure(f"`{name}`, {people:,} deliveries", after - before, "s more", most, at_most=True))
        return figures + _import(small, people)


def _import(place: Path, people: int) -> list[Figure]:
    path = place / "optouts.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("email,reason,date\n")
        file.writelines(
            f"out{number}@outlet-{number % 2011}.example.com,unsubscribed,2026-03-01\n" for number in range(people)
        )
    plain = measured(python("listing", "plain", str(path)))
    words = ("--workspace", str(place), "optouts", "import", str(path), "--yes")
    used = measured((sys.executable, "-m", "mailer", *words))
    print(f"\nmailer optouts import of {people} addresses")
    print(f"  {'csv.DictReader and email-validator':38}{plain.cpu_s:7.1f} s CPU{plain.peak_mb:7.0f} MB")
    print(f"  {'mailer optouts import':38}{used.cpu_s:7.1f} s CPU{used.peak_mb:7.0f} MB")
    name = f"`optouts import` of {people:,}"
    return [
        Figure(name, used.cpu_s / plain.cpu_s, "× csv and email-validator"),
        Figure(name, used.cpu_s, "s of CPU", IMPORT_S, at_most=True),
        Figure(name, used.peak_mb, "MB", IMPORT_MB, at_most=True),
    ]


def fill(office: Office, ledger: Ledger, people: int, mailings: int) -> None:
    """Write as many deliveries as there are `people`, in so many finished mailings."""
    confirm(office, ledger, prepare(office, Request(release=SLUG, relay=office.relay(), lists=(LIST,))))
    with ledger.reading() as connection:
        first = require_mailing(connection, SLUG)
        like = dict(connection.execute(select(delivery).where(delivery.c.mailing_id == first.id)).mappings().all()[0])
    each = people // mailings
    for number in range(mailings):
        with ledger.writing() as connection:
            place = _add_mailing(connection, first.id, number, each)
        rows = _rows(office, like | _SENT | place, number * each, each)
        while batch := list(islice(rows, _AT_ONCE)):
            with ledger.writing() as connection:
                connection.execute(insert(delivery), batch)
        with ledger.writing() as connection:
            _add_events(connection, place["mailing_id"])
        keep_counts(ledger, place["mailing_id"])


def _add_mailing(connection: Connection, like: int, number: int, planned: int) -> dict[str, int]:
    ids: dict[str, int] = {}
    for table, condition in ((mailing, mailing.c.id == like), (edition, edition.c.mailing_id == like)):
        row = dict(connection.execute(select(table).where(condition)).mappings().one())
        del row["id"]
        if table is mailing:
            at = _AT + timedelta(days=number)
            row |= {"slug": f"{SLUG}-{number}", "planned": planned, "created_at": at, "finished_at": at}
            row["state"] = "finished"
        else:
            row["mailing_id"] = ids["mailing_id"]
        ids[f"{table.name}_id"] = connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    return ids


def _rows(office: Office, like: dict[str, Any], start: int, count: int) -> Iterator[dict[str, Any]]:
    del like["id"]
    for number in range(start, start + count):
        address = f"reader{number % 100_000}@outlet-{number % 211}.example.com"
        yield like | {
            "token_id": delivery_id(office.keys, f"{SLUG}-{like['mailing_id']}/release-1", address),
            "address_digest": address_digest(office.keys, address),
            "address": address,
            "domain": address.partition("@")[2],
            "row": number,
            "message_id": f"<{number}.bench@example.org>",
        }


def _add_events(connection: Connection, mailing_id: int) -> None:
    """Add what happened: each was attempted and accepted, one in 200 refused, and one in 50 came back."""
    refused = delivery.c.id % 200 == 0
    theirs = delivery.c.mailing_id == mailing_id
    answer = {"state": "rejected", "code": 550, "enhanced": "5.1.1", "reason": "dead_address"}
    connection.execute(update(delivery).where(theirs, refused).values(answer))
    for kind, condition in (
        ("attempted", theirs),
        ("accepted", theirs & (delivery.c.state == "accepted")),
        ("rejected", theirs & (delivery.c.state == "rejected")),
        ("bounced_hard", theirs & (delivery.c.id % 50 == 1)),
    ):
        columns = ("at", "kind", "actor", "mailing_id", "delivery_id", "code", "enhanced", "reason")
        values = (literal(_AT), literal(kind), literal("press@bench"), delivery.c.mailing_id, delivery.c.id)
        rows = select(*values, delivery.c.code, delivery.c.enhanced, delivery.c.reason).where(condition)
        connection.execute(insert(event).from_select(columns, rows))
    words = select(event.c.id, literal("550 5.1.1 no such user")).where(event.c.kind == "rejected")
    connection.execute(
        insert(event_text).from_select(("event_id", "text"), words.where(event.c.mailing_id == mailing_id))
    )
