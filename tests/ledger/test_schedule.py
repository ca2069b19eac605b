"""When a mailing begins, and what a worker finds to do."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.ledger import Connection, Ledger
from mailer.ledger.deliveries import read_pending
from mailer.ledger.mailings import Mailing, Stamp, require_mailing, set_state
from mailer.ledger.planning import (
    has_reached,
    note_stopped,
    read_agenda,
    renew_expiry,
    schedule,
    schedule_again,
    start_due,
    unschedule,
)
from mailer.ledger.processes import ProcessLock
from mailer.ledger.tables import delivery
from tests.ledger.rows import NOW, STAMP, claimed, events, later, open_mailing, people, plan


def waiting(connection: Connection, *, slug: str = "seals", seconds: float = 60) -> Mailing:
    mailing = open_mailing(connection, slug, state=MailingState.PLANNED)
    plan(connection, mailing, people(3), expires_at=later(seconds + 3600))
    assert schedule(connection, mailing.id, later(seconds), "in a minute", stamp=STAMP)
    return require_mailing(connection, slug)


def due(connection: Connection, seconds: float = 0) -> list[tuple[str, int, bool]]:
    return [(each.mailing.slug, each.waiting, each.is_left) for each in read_agenda(connection, now=later(seconds)).due]


def put(connection: Connection, state: DeliveryState, **values: object) -> None:
    connection.execute(update(delivery).values(state=state.value, **values))


def test_a_scheduled_mailing_begins_at_its_moment_and_once(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = waiting(connection)
        assert (mailing.state, mailing.scheduled_at, mailing.scheduled_text) == ("scheduled", later(60), "in a minute")
        assert due(connection, 59.9) == []
        assert not start_due(connection, mailing.id, stamp=Stamp(later(59.9), "w"))
        assert due(connection, 60) == [("seals", 3, False)]
        assert start_due(connection, mailing.id, stamp=Stamp(later(60), "w"))
        assert not start_due(connection, mailing.id, stamp=Stamp(later(61), "x"))
        assert require_mailing(connection, "seals").started_at == later(60)
    assert "scheduled" in events(ledger)


@pytest.mark.parametrize("state", [MailingState.PAUSED, MailingState.CANCELLED])
def test_what_people_decided_stands(ledger: Ledger, state: MailingState) -> None:
    with ledger.writing() as connection:
        mailing = waiting(connection)
        set_state(connection, mailing.id, state, stamp=STAMP)
        assert not start_due(connection, mailing.id, stamp=Stamp(later(60), "w"))
        assert not schedule(connection, mailing.id, later(90), "later", stamp=STAMP)
        assert due(connection, 600) == []
        assert schedule_again(connection, mailing.id, stamp=STAMP) is (state is MailingState.PAUSED)


def test_the_next_moment_is_the_nearest_that_lies_ahead(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        assert read_agenda(connection, now=NOW).begins_at is None
        for slug, seconds in (("a", 300.0), ("b", 60.0), ("c", 120.0)):
            waiting(connection, slug=slug, seconds=seconds)
        assert read_agenda(connection, now=NOW).begins_at == later(60)
        assert read_agenda(connection, now=later(60)).begins_at == later(120)
        unschedule(connection, require_mailing(connection, "c").id)
        assert read_agenda(connection, now=later(60)).begins_at == later(300)


def test_what_is_left_is_due_when_nobody_is_at_it(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, people(3))
        assert due(connection) == [("seals", 3, True)]
        claimed(connection, mailing, lock.owner, limit=1)
        assert due(connection) == []


def test_whoever_was_put_off_is_due_when_it_is_time(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        plan(connection, open_mailing(connection), people(2), expires_at=later(500))
        put(connection, DeliveryState.DEFERRED, next_attempt_at=later(100))
        assert due(connection, 99) == []
        assert due(connection, 100) == [("seals", 2, True)]
        assert due(connection, 500) == [("seals", 0, True)]  # to be given up


def test_the_next_change_is_the_nearest_retry_or_end_of_what_nobody_works_on(ledger: Ledger, lock: ProcessLock) -> None:
    def change(connection: Connection, seconds: float = 0) -> float | None:
        at = read_agenda(connection, now=later(seconds)).changes_at
        return None if at is None else (at - NOW).total_seconds()

    with ledger.writing() as connection:
        waiting(connection, slug="scheduled", seconds=5)
        mailing = open_mailing(connection)
        plan(connection, mailing, people(3), expires_at=later(500))
        assert change(connection) == 500
        put(connection, DeliveryState.DEFERRED, next_attempt_at=later(100))
        assert (change(connection), change(connection, 100), change(connection, 500)) == (100, 500, None)
        put(connection, DeliveryState.DEFERRED, next_attempt_at=later(600))
        assert change(connection) == 500
        put(connection, DeliveryState.ACCEPTED)
        assert change(connection) is None
        put(connection, DeliveryState.PENDING, next_attempt_at=None)
        claimed(connection, mailing, lock.owner, limit=1)
        assert change(connection) is None  # its process looks by itself
        note_stopped(connection, mailing.id, stamp=STAMP)
        put(connection, DeliveryState.PENDING, lease_owner=None)
        assert change(connection) is None


def test_a_mailing_with_nothing_left_is_due_to_be_finished(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        plan(connection, open_mailing(connection), people(2))
        put(connection, DeliveryState.IN_DOUBT)
        assert due(connection) == [("seals", 0, True)]


def test_a_mailing_that_a_person_stopped_is_due_only_when_somebody_goes_on(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, people(2))
        note_stopped(connection, mailing.id, stamp=STAMP)
        assert due(connection) == []
        set_state(connection, mailing.id, MailingState.SENDING, stamp=STAMP)
        assert due(connection) == [("seals", 2, True)]


@pytest.mark.parametrize("kind", [MailingKind.TEST, MailingKind.PREVIEW])
def test_tests_and_previews_are_never_due(ledger: Ledger, kind: MailingKind) -> None:
    with ledger.writing() as connection:
        plan(connection, open_mailing(connection, kind=kind), people(2))
        assert read_agenda(connection, now=NOW).due == []


@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_mailing_has_begun_once_anybody_was_tried_with(ledger: Ledger, state: DeliveryState) -> None:
    untouched = {DeliveryState.PENDING, DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED}
    with ledger.writing() as connection:
        mailing = waiting(connection)
        put(connection, state)
        assert has_reached(connection, mailing.id) is (state not in untouched)


def test_too_late_moves_with_the_moment_for_all_that_wait(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = waiting(connection)
        ids = [each.id for each in read_pending(connection, mailing.id, after=0, limit=10)]
        renew_expiry(connection, ids, later(30), later=True)
        assert due(connection, 60) == [("seals", 3, False)]
        renew_expiry(connection, ids, later(30), later=False)
        assert due(connection, 60) == [("seals", 0, False)]
