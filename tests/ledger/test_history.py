"""The figures of a mailing: they balance, or nothing is told."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from mailer.errors import LedgerProblem
from mailer.events import DeliveryState, EventKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Place, Result, add_deliveries, add_delivery_events, allow_attempts, record
from mailer.ledger.history import Books, keep_counts, read_books, read_deliveries, read_refusals
from mailer.ledger.mailings import Mailing, Stamp, add_planned, require_mailing, set_state
from mailer.ledger.processes import ProcessLock
from mailer.ledger.tables import event, events_beside
from tests.ledger.rows import NOW, STAMP, claimed, later, open_mailing, people, plan, planned


@pytest.fixture
def mailing(ledger: Ledger, lock: ProcessLock) -> Mailing:
    """Make a mailing of seven: two accepted, two rejected, one deferred, one pending, one skipped."""
    with ledger.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(6))
        skipped = planned(made, "out@example.com", spread=9, row=7, skipped="opted_out")
        add_planned(connection, made.id, add_deliveries(connection, Place(made.id, 1), [skipped]), {})
        batch = claimed(connection, made, lock.owner, limit=5)
        allow_attempts(connection, [each.id for each in batch], lock.owner, stamp=STAMP)
        a, b, c, d, e = (each.id for each in batch)
        results = [
            Result(a, EventKind.ACCEPTED, NOW, code=250, text="250 Queued"),
            Result(b, EventKind.ACCEPTED, NOW, code=250),
            Result(c, EventKind.REJECTED, NOW, "userunknown", 550, "5.1.1", "550 5.1.1 Nobody"),
            Result(d, EventKind.REJECTED, NOW, "userunknown", 550, "5.1.1", "550 5.1.1 Nobody either"),
            Result(e, EventKind.DEFERRED, NOW, "onhold", 450, "4.7.1", "450 4.7.1 Grey", later(60), "main"),
        ]
        record(connection, results, owner=lock.owner, stamp=STAMP)
        return require_mailing(connection, "seals")


def test_the_books_have_every_state_and_balance(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.reading() as connection:
        books = read_books(connection, mailing)
    assert set(books.states) == {state.value for state in DeliveryState}
    assert {state: count for state, count in books.states.items() if count} == {
        "accepted": 2,
        "rejected": 2,
        "deferred": 1,
        "pending": 1,
        "skipped": 1,
    }
    assert books.skipped_reasons == {"opted_out": 1}
    assert books.bytes_accepted == 2000
    assert books.retried == 0


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM delivery WHERE state = 'pending'",
        "UPDATE mailing SET planned = 8",
        "UPDATE delivery SET state = 'gone' WHERE state = 'pending'",
        "UPDATE delivery SET state = '' WHERE state = 'accepted'",
    ],
)
def test_books_that_do_not_balance_are_not_told(ledger: Ledger, mailing: Mailing, tampering: str) -> None:
    with ledger.writing() as connection:
        connection.execute(text(tampering))
    with (
        ledger.reading() as connection,
        pytest.raises(LedgerProblem, match="the books of seals/release-1 do not balance"),
    ):
        read_books(connection, require_mailing(connection, mailing.name))


def test_what_came_back_is_counted_by_people_not_by_messages(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        for kind in (EventKind.BOUNCED_HARD, EventKind.BOUNCED_HARD, EventKind.AUTO_REPLIED):
            add_delivery_events(connection, [(mailing.id, Result(1, kind, NOW))], "ada@desk")
        add_delivery_events(connection, [(mailing.id, Result(2, EventKind.OPTED_OUT, NOW))], "ada@desk")
        books = read_books(connection, mailing)
        after = {each.address: each.after for each in read_deliveries(connection, mailing.id)}
    assert books.after == {
        "hard": 1,
        "soft": 0,
        "complained": 0,
        "opted_out": 1,
        "auto_replied": 1,
        "moved": 0,
        "challenged": 0,
        "replied": 0,
    }
    assert after["p0@d0.example.com"] == ("bounced_hard", "auto_replied")
    assert after["p1@d1.example.com"] == ("opted_out",)
    assert after["p2@d2.example.com"] == ()


def test_a_dead_address_that_was_full_before_is_one_bounce_and_what_was_set_aside_is_none(
    ledger: Ledger, mailing: Mailing
) -> None:
    with ledger.writing() as connection:
        for kind in (EventKind.BOUNCED_SOFT, EventKind.BOUNCED_HARD):
            add_delivery_events(connection, [(mailing.id, Result(1, kind, NOW))], "ada@desk")
        add_delivery_events(connection, [(mailing.id, Result(2, EventKind.BOUNCED_SOFT, NOW))], "ada@desk")
        aside = Result(2, EventKind.SET_ASIDE, NOW, reason=EventKind.BOUNCED_SOFT.value)
        add_delivery_events(connection, [(mailing.id, aside)], "ada@desk")
        after = read_books(connection, mailing).after
    assert (after["hard"], after["soft"]) == (1, 0)


def test_each_delivery_is_told_with_the_servers_newest_words(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.reading() as connection:
        reported = list(read_deliveries(connection, mailing.id))
        refused = list(read_deliveries(connection, mailing.id, states=(DeliveryState.REJECTED,)))
    assert [each.row for each in reported] == [1, 2, 3, 4, 5, 6, 7]
    deferred = next(each for each in reported if each.state == "deferred")
    assert (deferred.reason, deferred.code, deferred.enhanced, deferred.text) == (
        *("onhold", 450, "4.7.1"),
        "450 4.7.1 Grey",
    )
    assert (deferred.next_attempt_at, deferred.attempts, deferred.relay, deferred.list_name) == (
        *(later(60), 1),
        *("main", "coast"),
    )
    assert [each.text for each in refused] == ["550 5.1.1 Nobody", "550 5.1.1 Nobody either"]
    pending = next(each for each in reported if each.state == "pending")
    assert (pending.text, pending.code, pending.attempted_at) == ("", None, None)


def test_refusals_are_grouped_with_an_example(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.reading() as connection:
        found = read_refusals(connection, mailing.id)
    assert found == [
        ("rejected", "userunknown", 2, "p2@d2.example.com", "550 5.1.1 Nobody"),
        ("deferred", "onhold", 1, "p4@d1.example.com", "450 4.7.1 Grey"),
    ]


def test_another_mailing_does_not_come_into_the_figures(ledger: Ledger, mailing: Mailing) -> None:
    with ledger.writing() as connection:
        before = read_books(connection, mailing)
        plan(connection, open_mailing(connection, "ferry"), people(3))
        assert read_books(connection, mailing) == before
        assert sum(read_books(connection, require_mailing(connection, "ferry")).states.values()) == 3


# What a finished mailing counts is kept.


@pytest.fixture
def finished(ledger: Ledger, lock: ProcessLock) -> Mailing:
    """Make a mailing of two, both accepted, that has finished, and keep its counts."""
    with ledger.writing() as connection:
        made = open_mailing(connection)
        plan(connection, made, people(2))
        batch = [each.id for each in claimed(connection, made, lock.owner)]
        allow_attempts(connection, batch, lock.owner, stamp=STAMP)
        record(connection, [Result(each, EventKind.ACCEPTED, NOW) for each in batch], owner=lock.owner, stamp=STAMP)
    return finish(ledger)


def finish(ledger: Ledger, at: Stamp = STAMP) -> Mailing:
    with ledger.writing() as connection:
        set_state(connection, require_mailing(connection, "seals").id, MailingState.FINISHED, stamp=at)
    keep_counts(ledger, 1)
    with ledger.reading() as connection:
        return require_mailing(connection, "seals")


def change(ledger: Ledger, statement: str) -> None:
    with ledger.writing() as connection:
        connection.execute(text(statement))


def overview(ledger: Ledger) -> Books:
    with ledger.reading() as connection:
        return read_books(connection, require_mailing(connection, "seals"), as_kept=True)


@pytest.mark.usefixtures("finished")
def test_a_finished_mailing_is_not_counted_again_for_an_overview(ledger: Ledger) -> None:
    before = overview(ledger)
    assert (before.states["accepted"], before.bytes_accepted) == (2, 2000)
    change(ledger, "UPDATE delivery SET size = 7")
    assert overview(ledger) == before


def test_a_report_holds_what_was_kept_against_the_rows(ledger: Ledger, finished: Mailing) -> None:
    change(ledger, "UPDATE delivery SET state = 'rejected' WHERE id = 1")
    with ledger.reading() as connection:
        assert read_books(connection, finished).states["rejected"] == 1
        assert read_books(connection, finished).bytes_accepted == 1000
    change(ledger, "UPDATE delivery SET state = 'gone' WHERE id = 1")
    with ledger.reading() as connection, pytest.raises(LedgerProblem, match="do not balance"):
        read_books(connection, finished)


def test_what_comes_back_later_is_counted_beside_what_was_kept(ledger: Ledger, finished: Mailing) -> None:
    with ledger.writing() as connection:
        add_delivery_events(connection, [(finished.id, Result(1, EventKind.BOUNCED_HARD, NOW))], "ada@desk")
    assert overview(ledger).after["hard"] == 1


def test_a_mailing_that_was_opened_anew_is_counted_anew(ledger: Ledger, finished: Mailing) -> None:
    with ledger.writing() as connection:
        plan(connection, finished, ["late@example.com"])
    assert overview(ledger).states["pending"] == 1
    with ledger.writing() as connection:
        set_state(connection, finished.id, MailingState.SENDING, stamp=STAMP)
    change(ledger, "UPDATE delivery SET state = 'rejected' WHERE id = 3")
    with ledger.writing() as connection:  # finished again, by a process that came no further
        set_state(connection, finished.id, MailingState.FINISHED, stamp=Stamp(later(60), "ada@desk"))
    assert overview(ledger).states["rejected"] == 1
    finish(ledger, Stamp(later(120), "ada@desk"))
    change(ledger, "UPDATE delivery SET size = 7")
    assert overview(ledger).bytes_accepted == 2000


@pytest.mark.usefixtures("finished")
def test_counts_that_may_change_in_a_finished_mailing_are_not_kept(ledger: Ledger) -> None:
    change(ledger, "UPDATE delivery SET state = 'in_doubt' WHERE id = 1")
    finish(ledger, Stamp(later(60), "ada@desk"))
    change(ledger, "UPDATE delivery SET state = 'accepted' WHERE id = 1")
    assert overview(ledger).states["accepted"] == 2


def test_what_came_back_is_found_without_a_walk_through_all_that_was_sent(ledger: Ledger) -> None:
    reasons = select(event.c.reason).where(*events_beside(1, EventKind.BOUNCED_HARD))
    with ledger.reading() as connection:
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect.name != "sqlite":  # whose planner goes by how many rows there are
            explain = "EXPLAIN"
            connection.exec_driver_sql("SET LOCAL enable_seqscan TO off")
        query = reasons.compile(connection, compile_kwargs={"literal_binds": True})
        plan_of = connection.exec_driver_sql(f"{explain} {query}").all()
    assert "ix_event_beside" in str(plan_of)
