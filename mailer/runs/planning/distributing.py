"""Distributing: a large plan in parts, which workers make in parallel with the planner. Only on PostgreSQL.

Theory of operation. The planner fills a part with batches of people and puts it into the ledger (`ledger.planning`). A
worker claims it, makes the mails on all its cores, and stores the results beside it, where the planner fetches them.
Whatever the workers do, the plan is the same and does not fail:

1. People, text and results are exchanged as JSON, since anyone who can write to the ledger must not be able to run code
   on its hosts. Keys are never exchanged: a worker makes parts only if its own keys are the ledger's, and its version
   is the planner's.
2. A result counts if each mail has the delivery id that our keys give the person in its place, and the last mail, made
   here again, is the same. Any other part is made here, and so is a part with a mail that cannot be made.
3. The planner waits for a part only when it has nothing else to do, and not for long: then it makes the part itself. So
   parts need no lease. The planner has a lease, so that others can tell what a dead planner has left behind.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

from mailer.address import known_address
from mailer.errors import ConfigProblem, LedgerProblem, MailerError, Severity
from mailer.events import MailingKind
from mailer.ledger import Connection, Ledger
from mailer.ledger.mailings import Edition
from mailer.ledger.planning import (
    collect_parts,
    drop_abandoned_parts,
    drop_parts,
    exchange_parts,
    find_planner,
    offer_part,
    read_order,
)
from mailer.ledger.processes import read_workers
from mailer.ledger.rows import values_of
from mailer.message.values import Check
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Helpers, Looked, Made, Maker, Manner, Order, Result, Wanted, usable_cores
from mailer.tokens import Keys, delivery_id

_T = TypeVar("_T")
_PEOPLE = 2000  # in a part
_WAITING = 2  # parts that no worker has claimed: with more, they have enough to do
_POLL_S = 0.1
_WAIT_S = 5.0  # a part takes less than a second if its mails are cheap to render
_UNREADABLE = (MailerError, ValueError, LookupError, TypeError, AttributeError, zlib.error)


class Parts:
    """The parts of one plan, as its planner sees them; `made` counts the mails that workers made, by their hosts."""

    def __init__(self, ledger: Ledger, order: Order, edition: Edition, maker: Maker) -> None:
        """Hold the ledger, what mails are made of, its edition, and the maker of mails in this process."""
        self.made: Counter[str] = Counter()
        self._ledger = ledger
        self._order = order
        self._edition = edition
        self._maker = maker
        self._planner = secrets.token_hex(8)
        self._people: dict[int, list[Wanted]] = {}  # of parts that are open, by number
        self._batches: dict[Future[list[Result]], tuple[int, slice]] = {}  # the part of each, and where in it
        self._unclaimed: set[int] = set()
        self._filling = 0  # the part that is not complete yet; 0: there is none yet
        self._polled_at = 0.0
        self._is_over = False

    def submit(self, people: Sequence[Wanted], date: datetime) -> Future[list[Result]] | None:
        """Leave a batch to workers; return None if there are none, or they have enough to do."""
        if not self._filling:
            self._filling = 1
            self._step(self._open)
        self._poll()
        number = self._filling
        if self._is_over or (number not in self._people and len(self._unclaimed) >= _WAITING):
            return None
        self._unclaimed.add(number)
        part = self._people.setdefault(number, [])
        batch = Future[list[Result]]()
        self._batches[batch] = (number, slice(len(part), len(part) + len(people)))
        part += people
        if len(part) >= _PEOPLE:
            self._filling += 1
            rows = [[str(each.address), dict(each.fields), each.is_sent] for each in part]
            self._step(partial(offer_part, planner=self._planner, number=number, data=_pack([date.isoformat(), rows])))
        return batch

    def wait_for(self, batch: Future[list[Result]]) -> None:
        """Wait for the next batch; if no worker makes it, or it takes too long, this process has to make it."""
        self._polled_at, until = 0.0, time.monotonic() + _WAIT_S
        while batch in self._batches:
            self._poll()
            number, _ = self._batches.get(batch, (0, None))
            if number in self._unclaimed or (number and time.monotonic() > until):
                self._is_over |= not self.made and number != self._filling  # the workers return nothing
                self._settle(number)
                self._step(partial(drop_parts, planner=self._planner, number=number))
            elif number:
                time.sleep(_POLL_S)

    def close(self) -> None:
        """Remove all parts from the ledger."""
        if self._filling:
            self._step(partial(drop_parts, planner=self._planner))

    def _step(self, step: Callable[[Connection], _T]) -> _T | None:
        """Take a step in the ledger; if that fails, leave nothing more to workers."""
        try:
            with self._ledger.writing(sharing=True) as connection:
                return step(connection)
        except LedgerProblem:
            self._is_over = True
            return None

    def _open(self, connection: Connection) -> None:
        """Offer workers what the mails are made of, if there are workers other than this process."""
        now, lease, this_process = self._ledger.now(), self._ledger.lease, (socket.gethostname(), os.getpid())
        drop_abandoned_parts(connection, now=now)
        if all(each.is_silent(now) or (each.host, each.pid) == this_process for each in read_workers(connection)):
            self._is_over = True
            return
        order, files = self._order, list(self._edition.files.items())
        order_data = [version("mailer"), order.keys.current, order.mailing, order.kind, order.size_limit, files]
        offer_part(connection, self._planner, 0, _pack(order_data), until=now + lease)

    def _poll(self) -> None:
        if (self._is_over and not self._people) or time.monotonic() < self._polled_at + _POLL_S:
            return
        self._polled_at = time.monotonic()
        found = self._step(
            partial(collect_parts, planner=self._planner, now=self._ledger.now(), lease=self._ledger.lease)
        )
        if found is None:
            return
        made, is_claimed = found
        for number, worker, data in made:
            if people := self._people.get(number):
                if results := self._read(people, data):
                    self.made[worker.rpartition(":")[0]] += len(people)
                self._settle(number, results)
        self._unclaimed = {each for each in self._people if not is_claimed.get(each)}
        for number in self._people.keys() - is_claimed.keys() - {self._filling}:  # this planner was silent for too long
            self._settle(number)

    def _read(self, people: Sequence[Wanted], data: bytes) -> list[Result] | None:
        """Return the results of a worker for a part; None if they are wrong."""
        keys, mailing = self._order.keys, self._order.mailing
        ids = [delivery_id(keys, mailing, each.address.key) for each in people]
        (own,) = self._maker.make(people[-1:], self._ledger.now())
        try:
            results = [_read_result(each) for each in json.loads(zlib.decompress(data))]
        except _UNREADABLE:
            return None
        if [each.delivery for each in results] != ids or not isinstance(own, Made):
            return None
        return [*results] if own.content_hash == results[-1].content_hash else None

    def _settle(self, number: int, results: list[Result] | None = None) -> None:
        """Complete the batches of a part, or fail them without results, so that this process makes them."""
        del self._people[number]
        self._unclaimed.discard(number)
        self._filling += number == self._filling
        for batch, (of, place) in list(self._batches.items()):
            if of == number:
                del self._batches[batch]
                if results is None:
                    batch.set_exception(EOFError("no worker made it"))
                else:
                    batch.set_result(results[place])


def make_parts(office: Office, ledger: Ledger, *, is_stopped: Callable[[], bool], but_for: set[str]) -> None:
    """Make parts, as a worker, for all running planners, until there are none, or it is stopped.

    `but_for` are the planners that this worker leaves to others; those whose mails it cannot make are added. Raises
    LedgerProblem, also if the keys are not the ledger's.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}"
    while not is_stopped():
        with office.reading(ledger) as connection:
            planner = find_planner(connection, now=ledger.now(), but_for=but_for)
            order = read_order(connection, planner)
        if order is None:
            return
        running, helpers = dict[Future[list[Result]], int](), None
        try:
            helpers = Helpers(_read_order(order, office.keys), usable_cores())
            while planner not in but_for and not is_stopped():
                made = dict[int, bytes | None]()
                for batch in [each for each in running if each.done()]:
                    is_whole = not batch.exception() and all(isinstance(each, Made) for each in batch.result())
                    made[running.pop(batch)] = _pack(batch.result()) if is_whole else b""
                    if not is_whole:
                        but_for.add(planner)
                with ledger.writing(sharing=True) as connection:
                    most = len(helpers.idle)
                    claimed = exchange_parts(connection, planner, worker, made, most=most, now=ledger.now())
                if claimed is None:
                    break
                for number, data in claimed:
                    date, people = json.loads(zlib.decompress(data))
                    wanted = [Wanted(known_address(address), *more) for address, *more in people]
                    if future := helpers.submit(wanted, datetime.fromisoformat(date)):
                        running[future] = number
                if not claimed:
                    time.sleep(_POLL_S)
        except _UNREADABLE:
            but_for.add(planner)
        finally:
            if helpers is not None:
                helpers.close()
            with ledger.writing(sharing=True) as connection:
                exchange_parts(connection, planner, worker, dict.fromkeys(running.values()), most=0, now=ledger.now())


# What is exchanged: values as compressed JSON.


def _pack(value: object) -> bytes:
    def plain(item: object) -> object:
        return item.hex() if isinstance(item, bytes) else values_of(item)

    return zlib.compress(json.dumps(value, default=plain).encode(), 1)


def _read_order(data: bytes, keys: Keys) -> Order:
    """Return what the mails of a plan are made of. Raises ConfigProblem if they could come out differently here."""
    made_by, current, mailing, kind, size_limit, files = json.loads(zlib.decompress(data))
    if (made_by, current) != (version("mailer"), keys.current):
        raise ConfigProblem("the planner has another version, or another key")
    text = unpack(Edition({(role, name): bytes.fromhex(content) for (role, name), content in files}, b"", b""))
    return Order(text, mailing, MailingKind(kind), keys, size_limit)


def _read_result(data: dict[str, Any]) -> Made:
    looked = data["looked"]
    if looked is not None:
        for each in looked["faults"]:
            each.update(severity=Severity(each["severity"]), faults=tuple(each["faults"]))
        looked = Looked(tuple(Check(**each) for each in looked["faults"]), looked["is_whole"])
    delivery, content_hash = (bytes.fromhex(data[name]) for name in ("delivery", "content_hash"))
    parsed = {"delivery": delivery, "content_hash": content_hash, "manner": Manner(**data["manner"]), "looked": looked}
    return Made(**data | parsed)
