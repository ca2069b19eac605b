"""Planning, claiming, attempting and recording: each step once, by who may, or not at all."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text, update

from mailer.errors import LedgerProblem
from mailer.events import DeliveryState, EventKind, MailingKind, MailingState
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.connection import LEASE
from mailer.ledger.deliveries import (
    Content,
    Place,
    Result,
    Step,
    add_deliveries,
    allow_attempts,
    claim,
    leased_by_others,
    move_idle,
    next_due_at,
    open_count,
    planned_digests,
    read_open,
    record,
    release,
    release_all,
    replace_content,
)
from mailer.ledger.history import notified_people, read_books
from mailer.ledger.mailings import Mailing, add_edition, newest_edition, require_mailing, set_state
from mailer.ledger.processes import ProcessLock, end, renew
from mailer.ledger.tables import delivery, event, event_text, process
from tests.ledger.rows import (
    NOW,
    STAMP,
    claimed,
    digest,
    edition,
    events,
    later,
    open_mailing,
    people,
    plan,
    planned,
    start,
    states,
    suppress,
)


@pytest.fixture
def mailing(ledger: Ledger) -> Mailing:
    with ledger.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(6))
    return made


def attempt(connection: Connection, ids: list[int], owner: str) -> frozenset[int]:
    return allow_attempts(connection, ids, owner, stamp=STAMP)


def test_nobody_is_planned_twice_in_a_mailing(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        rows = [planned(mailing, address) for address in [*people(6), "new@example.com"]]
        assert add_deliveries(connection, Place(mailing.id, 1), rows) == 1
        assert planned_digests(connection, mailing.id, [digest("new@example.com"), b"x"]) == {digest("new@example.com")}
    assert states(ledger) == {"pending": 7}


def test_the_database_itself_refuses_a_second_delivery_to_one_person(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.reading() as connection:
        row = dict(connection.execute(select(delivery).limit(1)).mappings().one())
    del row["id"]
    with pytest.raises(LedgerProblem, match=r"(?i)unique"), ledger.writing() as connection:
        connection.execute(insert(delivery).values({**row, "token_id": b"another!"}))
    assert states(ledger) == {"pending": 6}
    assert mailing.id == row["mailing_id"]


def test_the_same_person_is_in_another_mailing_again(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        for slug in ("seals", "ferry"):
            plan(connection, open_mailing(connection, slug), people(2))
    assert states(ledger) == {"pending": 4}


def test_who_is_suppressed_is_planned_as_skipped_with_the_reason(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        add_deliveries(connection, Place(mailing.id, 1), [planned(mailing, "bo@example.com", skipped="opted_out")])
        found = connection.execute(select(delivery.c.reason).where(delivery.c.state == "skipped")).scalar_one()
    assert found == "opted_out"


def test_claims_are_spread_over_the_domains(ledger: Ledger, lock: ProcessLock) -> None:
    addresses = [*(f"a{i}@big.example.com" for i in range(5)), "b@small.example.org", "c@tiny.example.net"]
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        rows = [planned(mailing, a, spread=i if "big" in a else 0) for i, a in enumerate(addresses)]
        add_deliveries(connection, Place(mailing.id, 1), rows)
        taken = claimed(connection, mailing, lock.owner, limit=4)
    assert [each.domain for each in taken] == [
        "big.example.com",
        "small.example.org",
        "tiny.example.net",
        "big.example.com",
    ]


def test_a_claim_has_all_that_makes_a_message(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        (first,) = claimed(connection, mailing, lock.owner, limit=1)
    assert (first.address, first.domain, first.merge_row) == (
        "p0@d0.example.com",
        "d0.example.com",
        {"first_name": "Ada"},
    )
    assert (first.mailing_id, first.list_name, first.row, first.attempts) == (mailing.id, "coast", 1, 0)
    assert (len(first.token_id), first.content_hash) == (8, b"c" * 32)


def test_what_is_claimed_is_not_claimed_again(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, other_lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        first = claimed(connection, mailing, lock.owner, limit=4)
        second = claimed(connection, mailing, other_lock.owner, limit=4)
        third = claimed(connection, mailing, other_lock.owner, limit=4)
        assert leased_by_others(connection, mailing.id, lock.owner)
    assert (len(first), len(second), len(third)) == (4, 2, 0)
    assert not {each.id for each in first} & {each.id for each in second}
    assert events(ledger) == []  # a lease is no history


@pytest.mark.parametrize("state", [state for state in MailingState if state is not MailingState.SENDING])
def test_only_a_mailing_that_is_sending_is_claimed_and_attempted(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, state: MailingState
) -> None:
    with ledger.writing() as connection:
        (one,) = claimed(connection, mailing, lock.owner, limit=1)
        set_state(connection, mailing.id, state, stamp=STAMP)
        assert claimed(connection, mailing, lock.owner) == []
        assert attempt(connection, [one.id], lock.owner) == frozenset()
    assert states(ledger) == {"claimed": 1, "pending": 5}


def test_who_was_suppressed_after_the_planning_is_skipped_when_claimed(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        suppress(connection, "p1@d1.example.com")
        taken, skipped = claim(connection, mailing.id, lock.owner, limit=4, now=NOW)
    assert ([each.address[:2] for each in taken], skipped) == (["p0", "p2", "p3"], 1)
    assert states(ledger) == {"claimed": 3, "pending": 2, "skipped": 1}
    assert events(ledger) == ["suppressed", "skipped"]
    with ledger.reading() as connection:
        row = connection.execute(select(delivery).where(delivery.c.state == "skipped")).one()
    assert (row.address, row.reason, row.lease_owner) == ("p1@d1.example.com", "manual", None)


def test_a_test_send_goes_also_to_who_is_suppressed(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection, kind=MailingKind.TEST)
        plan(connection, mailing, ["press@example.org"])
        suppress(connection, "press@example.org")
        (one,) = claimed(connection, mailing, lock.owner)
        assert attempt(connection, [one.id], lock.owner) == {one.id}


@pytest.mark.parametrize("kind", [MailingKind.RELEASE, MailingKind.PREVIEW])
def test_an_opt_out_between_claim_and_body_stops_the_body(ledger: Ledger, lock: ProcessLock, kind: MailingKind) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection, kind=kind)
        plan(connection, mailing, people(3))
        taken = claimed(connection, mailing, lock.owner)
        suppress(connection, taken[1].address)
        assert attempt(connection, [each.id for each in taken], lock.owner) == {taken[0].id, taken[2].id}
    assert states(ledger) == {"attempted": 2, "claimed": 1}


def test_an_attempt_is_counted_and_told(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        (one,) = claimed(connection, mailing, lock.owner, limit=1)
        assert attempt(connection, [one.id], lock.owner) == {one.id}
        row = connection.execute(select(delivery).where(delivery.c.id == one.id)).one()
        written = connection.execute(select(event)).one()
    assert (row.state, row.attempts, row.attempted_at) == ("attempted", 1, NOW)
    assert (written.kind, written.delivery_id, written.mailing_id, written.actor, written.at) == (
        *("attempted", one.id, mailing.id),
        *("ada@desk", NOW),
    )


def _someone_elses(connection: Connection, ids: list[int], owner: str) -> None:
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(lease_owner=f"not {owner}"))


def _given_back(connection: Connection, ids: list[int], owner: str) -> None:
    release(connection, ids, owner)


def _lease_over(connection: Connection, _ids: list[int], owner: str) -> None:
    renew(connection, owner, now=NOW - LEASE)


def _process_over(connection: Connection, _ids: list[int], owner: str) -> None:
    end(connection, owner, now=NOW)


def _attempted_already(connection: Connection, ids: list[int], owner: str) -> None:
    attempt(connection, ids, owner)


def _too_late(connection: Connection, ids: list[int], _owner: str) -> None:
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(expires_at=NOW))


@pytest.mark.parametrize(
    "happened", [_someone_elses, _given_back, _lease_over, _process_over, _attempted_already, _too_late]
)
def test_without_a_living_claim_there_is_no_body(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, happened: Callable[[Connection, list[int], str], None]
) -> None:
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=2)]
        happened(connection, ids, lock.owner)
        before = len(connection.execute(select(event)).all())
        assert attempt(connection, ids, lock.owner) == frozenset()
        assert len(connection.execute(select(event)).all()) == before


def test_a_process_that_the_ledger_does_not_know_claims_and_attempts_nothing(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        assert claimed(connection, mailing, "nobody", limit=1) == []
        (one, *_) = connection.execute(select(delivery.c.id)).scalars()
        connection.execute(update(delivery).values(state="claimed", lease_owner="nobody"))
        assert attempt(connection, [one], "nobody") == frozenset()


@pytest.mark.parametrize("state", [state for state in MailingState if state is not MailingState.SENDING])
def test_a_mailing_that_stops_gets_no_body_though_another_one_is_sending(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, state: MailingState
) -> None:
    """The last gate before a body asks about this delivery's own mailing, not about any."""
    with ledger.writing() as connection:
        other = open_mailing(connection, "ferry")
        plan(connection, other, people(1))
        ids = [each.id for one in (mailing, other) for each in claimed(connection, one, lock.owner, limit=1)]
        set_state(connection, mailing.id, state, stamp=STAMP)
        assert attempt(connection, ids, lock.owner) == {ids[1]}


def test_the_text_of_a_test_send_that_is_on_lets_nobody_suppressed_into_a_release(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        trial = open_mailing(connection, kind=MailingKind.TEST)
        plan(connection, trial, ["press@example.org"])
        ids = [each.id for one in (mailing, trial) for each in claimed(connection, one, lock.owner, limit=1)]
        suppress(connection, "p0@d0.example.com")
        suppress(connection, "press@example.org")
        assert attempt(connection, ids, lock.owner) == {ids[1]}


def test_a_process_that_was_ended_claims_nothing_though_its_lease_runs(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        end(connection, lock.owner, now=NOW)
        connection.execute(update(process).values(lease_until=later(3600)))
        assert not renew(connection, lock.owner, now=NOW)
        assert claimed(connection, mailing, lock.owner) == []
    assert states(ledger) == {"pending": 6}


def test_a_process_that_was_ended_attempts_nothing_that_it_still_holds(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    """As older versions left it: ended by another, renewed by itself, and with people claimed."""
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=2)]
        assert attempt(connection, ids[:1], lock.owner) == {ids[0]}
        connection.execute(update(process).values(ended_at=NOW, lease_until=later(3600)))
        assert attempt(connection, ids, lock.owner) == frozenset()
    assert states(ledger) == {"attempted": 1, "claimed": 1, "pending": 4}


def test_what_a_process_hears_after_it_was_ended_settles_who_is_in_doubt_by_that_attempt(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=4)]
        attempt(connection, ids[:3], lock.owner)
        assert end(connection, lock.owner, now=NOW) == 3
    assert states(ledger) == {"in_doubt": 3, "pending": 3}
    received = [
        Result(ids[0], EventKind.ACCEPTED, later(9), code=250, attempt=1, relay="main"),
        Result(ids[1], EventKind.REJECTED, later(9), "contenterror", 554, attempt=1),
        Result(ids[2], EventKind.DEFERRED, later(9), code=451, next_attempt_at=later(60), attempt=1),
        Result(ids[3], EventKind.REJECTED, later(9), "userunknown", 550),  # at RCPT, of a claim that is no more
    ]
    with ledger.writing() as connection:
        record(connection, received, owner=lock.owner, stamp=STAMP)
        row = connection.execute(select(delivery).where(delivery.c.id == ids[0])).one()
    assert states(ledger) == {"accepted": 1, "rejected": 1, "deferred": 1, "pending": 3}
    assert (row.reason, row.code, row.relay, row.attempts, row.finished_at) == ("", 250, "main", 1, later(9))
    assert events(ledger) == ["attempted"] * 3 + ["in_doubt"] * 3 + ["accepted", "rejected", "deferred"]


def test_what_a_process_hears_after_it_was_ended_overwrites_nothing_newer(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, other_lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=3)]
        attempt(connection, ids[:2], lock.owner)
        end(connection, lock.owner, now=NOW)
        move_idle(connection, mailing.id, Step(EventKind.RETRIED, "retry_in_doubt"), stamp=STAMP)
        connection.execute(update(delivery).where(delivery.c.id.not_in(ids)).values(state="cancelled"))
        claimed(connection, mailing, other_lock.owner)
        attempt(connection, ids, other_lock.owner)
        end(connection, other_lock.owner, now=NOW)  # all three are in doubt: by a second attempt, or another's first
        record(connection, [Result(ids[0], EventKind.ACCEPTED, NOW, attempt=1)], owner=lock.owner, stamp=STAMP)
        refused = [Result(each, EventKind.REJECTED, NOW, "userunknown", 550) for each in ids[1:]]  # at RCPT
        record(connection, refused, owner=lock.owner, stamp=STAMP)
    assert states(ledger) == {"in_doubt": 3, "cancelled": 3}
    assert "accepted" not in events(ledger)


def test_what_was_written_and_is_written_again_is_written_once(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    """A connection to a server can end between a commit and its answer."""
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=2)]
        attempt(connection, ids[:1], lock.owner)
        results = [
            Result(ids[0], EventKind.ACCEPTED, NOW, code=250, attempt=1),
            Result(ids[1], EventKind.REJECTED, NOW, "userunknown", 550),
        ]
        for again in (False, True, True):
            record(connection, results, owner=lock.owner, stamp=STAMP, again=again)
    assert states(ledger) == {"accepted": 1, "rejected": 1, "pending": 4}
    assert sorted(events(ledger)) == ["accepted", "attempted", "rejected"]


def test_all_that_a_process_claimed_goes_back_and_what_it_attempted_stays(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, other_lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=3)]
        claimed(connection, mailing, other_lock.owner, limit=1)
        attempt(connection, ids[:1], lock.owner)
        assert release_all(connection, lock.owner) == 2
        assert release_all(connection, lock.owner) == 0
    assert states(ledger) == {"attempted": 1, "claimed": 1, "pending": 4}


def test_nothing_to_attempt_is_nothing(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        assert attempt(connection, [], lock.owner) == frozenset()


def test_an_outcome_is_kept_with_its_event_and_the_servers_words_beside_it(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        (one,) = claimed(connection, mailing, lock.owner, limit=1)
        attempt(connection, [one.id], lock.owner)
        result = Result(
            *(one.id, EventKind.REJECTED, later(5), "userunknown", 550, "5.1.1", "550 5.1.1 nobody"), relay="main"
        )
        record(connection, [result], owner=lock.owner, stamp=STAMP)
        row = connection.execute(select(delivery).where(delivery.c.id == one.id)).one()
        written = connection.execute(select(event).order_by(event.c.id.desc()).limit(1)).one()
        words = connection.execute(select(event_text)).one()
    assert (row.state, row.reason, row.code, row.enhanced, row.relay) == (
        "rejected",
        "userunknown",
        550,
        "5.1.1",
        "main",
    )
    assert (row.lease_owner, row.finished_at, row.attempts) == (None, later(5), 1)
    assert (written.kind, written.code, written.enhanced, written.reason) == ("rejected", 550, "5.1.1", "userunknown")
    assert (words.event_id, words.text) == (written.id, "550 5.1.1 nobody")
    assert "nobody" not in repr(result)


def test_a_refusal_before_the_body_counts_as_a_try(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        (one,) = claimed(connection, mailing, lock.owner, limit=1)
        result = Result(one.id, EventKind.DEFERRED, NOW, code=450, next_attempt_at=later(60))
        record(connection, [result], owner=lock.owner, stamp=STAMP)
        row = connection.execute(select(delivery).where(delivery.c.id == one.id)).one()
    assert (row.state, row.attempts, row.attempted_at, row.finished_at) == ("deferred", 1, NOW, None)


def test_who_is_deferred_is_due_when_the_time_has_come(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, people(1))
        (one,) = claimed(connection, mailing, lock.owner)
        attempt(connection, [one.id], lock.owner)
        result = Result(one.id, EventKind.DEFERRED, NOW, code=451, next_attempt_at=later(60))
        record(connection, [result], owner=lock.owner, stamp=STAMP)
        assert next_due_at(connection, mailing.id) == later(60)
        assert claim(connection, mailing.id, lock.owner, limit=9, now=later(59.9)) == ([], 0)
        ((again,), _) = claim(connection, mailing.id, lock.owner, limit=9, now=later(60))
        assert (again.id, again.attempts) == (one.id, 1)
        assert next_due_at(connection, mailing.id) is None


def test_old_news_is_not_claimed(ledger: Ledger, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, people(1), expires_at=later(60))
        assert claim(connection, mailing.id, lock.owner, limit=9, now=later(60)) == ([], 0)
        assert len(claim(connection, mailing.id, lock.owner, limit=9, now=later(59))[0]) == 1


@pytest.mark.parametrize(
    "kind", [EventKind.ACCEPTED, EventKind.IN_DOUBT, EventKind.CANCELLED, EventKind.EXPIRED, EventKind.RETRIED]
)
def test_an_outcome_that_does_not_fit_is_refused_and_nothing_of_its_batch_is_kept(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, kind: EventKind
) -> None:
    """Nobody is accepted who was not attempted: the whole transaction goes back."""
    with ledger.writing() as connection:
        first, second = claimed(connection, mailing, lock.owner, limit=2)
        attempt(connection, [first.id], lock.owner)
    good = Result(first.id, EventKind.ACCEPTED, NOW, code=250)

    def write() -> None:
        with ledger.writing() as connection:
            record(connection, [good, Result(second.id, kind, NOW)], owner=lock.owner, stamp=STAMP)

    with pytest.raises(LedgerProblem, match=f"delivery {second.id} cannot become {kind}"):
        write()
    assert states(ledger) == {"attempted": 1, "claimed": 1, "pending": 4}
    assert events(ledger) == ["attempted"]


def test_nobody_settles_what_another_holds_or_settles_twice(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        (one,) = claimed(connection, mailing, lock.owner, limit=1)
        attempt(connection, [one.id], lock.owner)
        accepted = Result(one.id, EventKind.ACCEPTED, NOW)
        with pytest.raises(LedgerProblem, match="no longer ours"):
            record(connection, [accepted], owner="another", stamp=STAMP)
        record(connection, [accepted], owner=lock.owner, stamp=STAMP)
        with pytest.raises(LedgerProblem, match="no longer ours"):
            record(connection, [accepted], owner=lock.owner, stamp=STAMP)
        with pytest.raises(LedgerProblem, match="no longer ours"):
            record(connection, [Result(999, EventKind.ACCEPTED, NOW)], owner=lock.owner, stamp=STAMP)


def test_what_is_given_back_is_pending_as_if_nothing_had_been(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        ids = [each.id for each in claimed(connection, mailing, lock.owner, limit=3)]
        release(connection, ids[:1], "another")
        release(connection, ids[1:], lock.owner)
    assert states(ledger) == {"claimed": 1, "pending": 5}
    assert events(ledger) == []


def test_what_is_settled_cannot_be_given_back(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        (one,) = claimed(connection, mailing, lock.owner, limit=1)
        attempt(connection, [one.id], lock.owner)
        record(connection, [Result(one.id, EventKind.ACCEPTED, NOW)], owner=lock.owner, stamp=STAMP)
        release(connection, [one.id], lock.owner)
    assert states(ledger) == {"accepted": 1, "pending": 5}


def test_who_has_got_nothing_yet_can_get_another_edition(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        claimed(connection, mailing, lock.owner, limit=2)
        waiting = read_open(connection, mailing.id)
        newer = add_edition(connection, mailing.id, edition("Corrected"), reason="a wrong date", stamp=STAMP)
        replace_content(connection, [Content(waiting[0].id, b"n" * 32, 7, "<n>")], edition_id=newer)
        found = read_open(connection, mailing.id)
    assert len(waiting) == 4
    assert (found[0].edition_id, found[0].content_hash) == (newer, b"n" * 32)
    assert found[1:] == waiting[1:]


@pytest.mark.parametrize("has_notice", [True, False])
def test_a_text_without_the_notice_tells_nobody_and_one_with_it_tells_whom_it_was_planned_for(
    ledger: Ledger, mailing: Mailing, lock: ProcessLock, *, has_notice: bool
) -> None:
    address = "new@d.example.com"
    with ledger.writing() as connection:
        newest = newest_edition(connection, mailing.id)[0]
        add_deliveries(
            connection, Place(mailing.id, newest, None), [replace(planned(mailing, address), carries_notice=True)]
        )
        mine = next(each for each in read_open(connection, mailing.id) if each.address == address)
        newer = add_edition(connection, mailing.id, edition("Corrected"), reason="a wrong date", stamp=STAMP)
        replace_content(connection, [Content(mine.id, b"n" * 32, 7, "<n>")], edition_id=newer, has_notice=has_notice)
        claimed(connection, mailing, lock.owner)
        allow_attempts(connection, [mine.id], lock.owner, stamp=STAMP)
        assert not notified_people(connection, [digest(address)])
        record(connection, [Result(mine.id, EventKind.ACCEPTED, NOW)], owner=lock.owner, stamp=STAMP)
        assert notified_people(connection, [digest(address)]) == ({digest(address)} if has_notice else frozenset())


def test_open_deliveries_are_counted_by_state(ledger: Ledger, mailing: Mailing, lock: ProcessLock) -> None:
    with ledger.writing() as connection:
        claimed(connection, mailing, lock.owner, limit=2)
        assert open_count(connection, mailing.id, [DeliveryState.PENDING]) == 4
        assert open_count(connection, mailing.id, [DeliveryState.PENDING, DeliveryState.CLAIMED]) == 6
        assert open_count(connection, mailing.id, []) == 0
        assert not leased_by_others(connection, mailing.id, lock.owner)


def _work(url: str, root: str, barrier: Barrier, done: multiprocessing.Queue[list[int]]) -> None:
    """Claim, attempt and settle until nothing is left, as a process that sends does."""
    ledger = open_ledger(url, Path(root))
    assert ledger is not None
    with ledger.writing() as connection:
        lock = start(connection, Path(root) / ".mailer" / "run")
        mailing = require_mailing(connection, "seals")
    mine: list[int] = []
    barrier.wait()
    while True:
        with ledger.writing() as connection:
            batch = claimed(connection, mailing, lock.owner, limit=random.randint(1, 60))  # noqa: S311 - no secret
            ids = [each.id for each in batch]
            allowed = allow_attempts(connection, ids, lock.owner, stamp=STAMP)
        if not batch:
            break
        with ledger.writing() as connection:
            results = [Result(each, EventKind.ACCEPTED, NOW, code=250) for each in allowed]
            record(connection, results, owner=lock.owner, stamp=STAMP)
        mine += allowed
        time.sleep(0.01)  # here a relay would be talked to
    lock.free()
    ledger.close()
    done.put(mine)


@pytest.mark.slow
@pytest.mark.usefixtures("run_folder")
def test_four_processes_take_everybody_once(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    addresses = people(2000, domains=40)
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        ids = plan(connection, mailing, addresses)
    context = multiprocessing.get_context("spawn")
    barrier, done = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_work, args=(ledger_url, str(tmp_path), barrier, done)) for _ in range(4)]
    for worker in workers:
        worker.start()
    taken = [done.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    assert sorted(each for batch in taken for each in batch) == sorted(ids)
    assert len([batch for batch in taken if batch]) > 1  # they did work side by side
    with ledger.reading() as connection:
        books = read_books(connection, replace(mailing, planned=2000))
        counted = connection.execute(text("SELECT kind, count(*), count(DISTINCT delivery_id) FROM event GROUP BY 1"))
        assert {tuple(row) for row in counted} == {("attempted", 2000, 2000), ("accepted", 2000, 2000)}
    assert books.states["accepted"] == 2000
