"""Ended is ended: whatever processes do in whatever order, one that was ended holds nothing, and no body goes twice.

A machine of hypothesis plays processes that claim, write bodies, hear answers, renew, wake up late, and end each other,
against a real ledger on each store; after each step nothing may be held by a process that has ended, and whom the
relay took is never sent to again unless staff asked for it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select, update

from mailer.events import EventKind
from mailer.ledger import Ledger
from mailer.ledger.connection import LEASE
from mailer.ledger.deliveries import Result, Step, allow_attempts, claim, move_idle, record, release
from mailer.ledger.mailings import Mailing, Stamp
from mailer.ledger.processes import end, free_dead_step, renew
from mailer.ledger.tables import delivery, event, process
from tests.ledger.rows import later, open_mailing, people, plan, start

_PEOPLE, _PROCESSES = 4, 3
_OWNERS = st.integers(0, _PROCESSES - 1)
_ENDS = st.sampled_from([EventKind.ACCEPTED, EventKind.REJECTED, EventKind.DEFERRED, EventKind.IN_DOUBT])


@dataclass
class Held:
    """What a process believes that it holds: claims with the attempts before them, and bodies on the wire."""

    claims: dict[int, int] = field(default_factory=dict)
    bodies: dict[int, int] = field(default_factory=dict)


class Processes(RuleBasedStateMachine):
    """Three processes of three hosts at one mailing; nobody can ask the kernel about another's lock."""

    ledger: Ledger
    _numbers = count()

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._root = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self._ledger = self.ledger
        self._now_s = 0.0
        self._wire: Counter[int] = Counter()  # bodies that were written, by delivery
        self._asked: Counter[int] = Counter()  # how often staff asked to send again, whatever comes of it
        self._back: Counter[int] = Counter()  # bodies that the relay did not keep, or that were never written
        with self._ledger.writing() as connection:
            self._mailing: Mailing = open_mailing(connection, f"seals-{next(self._numbers)}")
            plan(connection, self._mailing, people(_PEOPLE))
            self._owners: list[str] = []
            for number in range(_PROCESSES):
                folder = self._root / str(number)
                folder.mkdir()
                lock = start(connection, folder)
                self._stack.callback(lock.free)
                self._owners.append(lock.owner)
                connection.execute(update(process).where(process.c.id == lock.owner).values(host=f"host-{number}:/x"))
        self._held = [Held() for _ in self._owners]

    def teardown(self) -> None:
        with self._ledger.writing() as connection:
            for owner in self._owners:
                end(connection, owner, now=self._now)
        self._stack.close()

    @property
    def _now(self) -> datetime:
        return later(self._now_s)

    @property
    def _stamp(self) -> Stamp:
        return Stamp(self._now, "ada@desk")

    @rule(seconds=st.sampled_from([1.0, 20.0, LEASE.total_seconds() + 1]))
    def time_goes_by(self, seconds: float) -> None:
        self._now_s += seconds

    @rule(who=_OWNERS, limit=st.integers(1, 3))
    def claims(self, who: int, limit: int) -> None:
        with self._ledger.writing(sharing=True) as connection:
            taken, _ = claim(connection, self._mailing.id, self._owners[who], limit=limit, now=self._now)
        self._held[who].claims |= {each.id: each.attempts for each in taken}

    @rule(who=_OWNERS)
    def renews(self, who: int) -> None:
        with self._ledger.writing(sharing=True) as connection:
            renew(connection, self._owners[who], now=self._now)

    @precondition(lambda self: any(held.claims for held in self._held))
    @rule(who=_OWNERS)
    def writes_bodies(self, who: int) -> None:
        held = self._held[who]
        with self._ledger.writing(sharing=True) as connection:
            allowed = allow_attempts(connection, list(held.claims), self._owners[who], stamp=self._stamp)
        for each in allowed:
            held.bodies[each] = held.claims[each] + 1
            self._wire[each] += 1
        held.claims.clear()

    @precondition(lambda self: any(held.bodies for held in self._held))
    @rule(who=_OWNERS, kind=_ENDS)
    def hears_answers(self, who: int, kind: EventKind) -> None:
        held = self._held[who]
        again_at = self._now if kind is EventKind.DEFERRED else None
        results = [
            Result(each, kind, self._now, code=250, next_attempt_at=again_at, attempt=attempt)
            for each, attempt in held.bodies.items()
        ]
        with self._ledger.writing(sharing=True) as connection:
            record(connection, results, owner=self._owners[who], stamp=self._stamp)
        if kind is EventKind.DEFERRED:
            self._back.update(held.bodies)
        held.bodies.clear()

    @precondition(lambda self: any(held.claims for held in self._held))
    @rule(who=_OWNERS)
    def is_refused_before_the_body(self, who: int) -> None:
        held = self._held[who]
        results = [Result(each, EventKind.REJECTED, self._now, "userunknown", 550) for each in held.claims]
        with self._ledger.writing(sharing=True) as connection:
            record(connection, results, owner=self._owners[who], stamp=self._stamp)
        held.claims.clear()

    @rule(who=_OWNERS)
    def gives_back_what_it_holds(self, who: int) -> None:
        held = self._held[who]
        with self._ledger.writing() as connection:
            release(connection, [*held.claims, *held.bodies], self._owners[who])
        self._back.update(held.bodies)  # a live process knows that no byte was written
        held.claims.clear()
        held.bodies.clear()

    @rule(who=_OWNERS)
    def frees_who_is_dead(self, who: int) -> None:
        with self._ledger.writing() as connection:
            free_dead_step(connection, self._root / str(who), now=self._now)

    @rule(who=_OWNERS)
    def ends_in_order(self, who: int) -> None:
        with self._ledger.writing() as connection:
            end(connection, self._owners[who], now=self._now, reason="stopped")
        self._held[who].claims.clear()

    @rule()
    def staff_retry_who_is_in_doubt(self) -> None:
        with self._ledger.writing() as connection:
            ids = connection.execute(select(delivery.c.id).where(delivery.c.state == "in_doubt")).scalars().all()
            move_idle(connection, self._mailing.id, Step(EventKind.RETRIED, "retry_in_doubt"), stamp=self._stamp)
        self._asked.update(ids)

    @invariant()
    def nothing_is_held_by_a_process_that_has_ended(self) -> None:
        with self._ledger.reading() as connection:
            living = set(connection.execute(select(process.c.id).where(process.c.ended_at.is_(None))).scalars())
            rows = select(delivery.c.state, delivery.c.lease_owner).where(delivery.c.mailing_id == self._mailing.id)
            for state, owner in connection.execute(rows):
                assert (owner in living) if state in {"claimed", "attempted"} else owner is None

    @invariant()
    def nobody_gets_a_second_body_unasked(self) -> None:
        for each, times in self._wire.items():
            assert times <= 1 + self._asked[each] + self._back[each]

    @invariant()
    def every_body_was_written_down_before(self) -> None:
        with self._ledger.reading() as connection:
            attempted = select(event.c.delivery_id).where(
                event.c.mailing_id == self._mailing.id, event.c.kind == "attempted"
            )
            assert Counter(connection.execute(attempted).scalars()) == self._wire


@pytest.mark.slow
def test_nothing_is_ever_held_by_a_process_that_has_ended(ledger: Ledger) -> None:
    class Ours(Processes):
        pass

    Ours.ledger = ledger
    several = settings(max_examples=40, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ours, settings=several)
