from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from mailer.errors import LedgerProblem
from mailer.events import COMPLAINED, DEAD_ADDRESS, MANUAL, OPTED_OUT
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.suppressions import (
    ActiveSuppression,
    NewSuppression,
    SuppressionQuery,
    active_suppressions,
    add_suppression,
    find_suppression,
    lift_suppression,
)
from mailer.ledger.tables import event, suppression
from tests.ledger.rows import NOW, STAMP, digest, events, read_suppressions, suppress
from tests.office import wait_until

ADA, BO = "ada@example.com", "bo@example.com"


def test_the_first_reason_stands(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        assert suppress(connection, ADA, OPTED_OUT)
        assert not suppress(connection, ADA, DEAD_ADDRESS)
        assert not suppress(connection, ADA, OPTED_OUT)
        (found,) = read_suppressions(connection)
    assert (found.address, found.reason, found.source, found.created_at, found.actor) == (
        *(ADA, OPTED_OUT, "hand", NOW),
        "ada@desk",
    )
    assert events(ledger) == ["suppressed"]


def test_people_are_found_by_their_digest_alone(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        suppress(connection, ADA, COMPLAINED)
        connection.execute(suppression.update().values(address=None))  # forgotten
        found = active_suppressions(connection, [SuppressionQuery(digest(ADA)), SuppressionQuery(digest(BO))])
        forgotten = find_suppression(connection, digest(ADA))
        assert not suppress(connection, ADA, MANUAL)
    assert found == {digest(ADA): ActiveSuppression(COMPLAINED, is_nameless=True)}
    assert forgotten is not None
    assert forgotten.address == ""


def test_nobody_asked_for_nobody_found(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert active_suppressions(connection, []) == {}
        assert find_suppression(connection, digest(ADA)) is None


def test_lifting_keeps_the_row_with_who_and_why(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        suppress(connection, ADA, DEAD_ADDRESS)
        suppress(connection, BO, DEAD_ADDRESS)
        lifted = lift_suppression(connection, digest(ADA), reason="new mailbox, by telephone", stamp=STAMP)
        assert lift_suppression(connection, digest(ADA), reason="again", stamp=STAMP) is None
        queries = [SuppressionQuery(digest(ADA)), SuppressionQuery(digest(BO))]
        assert active_suppressions(connection, queries) == {digest(BO): ActiveSuppression(DEAD_ADDRESS)}
        active, everything = read_suppressions(connection), read_suppressions(connection, lifted=True)
        row = connection.execute(select(suppression).where(suppression.c.address == ADA)).one()
    assert lifted is not None
    assert (lifted.lifted_at, lifted.lifted_reason) == (NOW, "new mailbox, by telephone")
    assert not lifted.unconfirmed
    assert (row.lifted_by, row.lifted_reason) == ("ada@desk", "new mailbox, by telephone")
    assert [each.address for each in active] == [BO]
    assert [each.address for each in everything] == [BO, ADA]
    assert events(ledger) == ["suppressed", "suppressed", "lifted"]


def test_who_was_lifted_can_be_suppressed_again(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        suppress(connection, ADA, DEAD_ADDRESS)
        lift_suppression(connection, digest(ADA), reason="back", stamp=STAMP)
        assert suppress(connection, ADA, OPTED_OUT)
        found = find_suppression(connection, digest(ADA))
        assert len(read_suppressions(connection, lifted=True)) == 2
    assert found is not None
    assert found.reason == OPTED_OUT


def test_the_database_itself_refuses_a_second_suppression_that_stands(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        suppress(connection, ADA)
        row = dict(connection.execute(select(suppression)).mappings().one())
    del row["id"]
    with pytest.raises(LedgerProblem, match=r"(?i)unique"), ledger.writing() as connection:
        connection.execute(insert(suppression).values(row))


def test_two_who_suppress_one_person_at_the_same_moment_suppress_them_once(ledger: Ledger) -> None:
    """Two mailings get the same refusal at once: neither may stop for that, and the first reason stands."""
    found: list[bool] = []

    def second() -> None:
        with ledger.writing(sharing=True) as connection:
            found.append(suppress(connection, ADA, OPTED_OUT))

    with ledger.writing(sharing=True) as connection:
        found.append(suppress(connection, ADA))
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)  # it is waiting for us by now, or will find the row later: both must end the same
    thread.join()
    assert found == [True, False]
    with ledger.reading() as connection:
        assert [each.reason for each in read_suppressions(connection, lifted=True)] == [MANUAL]


@pytest.mark.service("postgres")
def test_whoever_loses_the_race_for_a_suppression_does_not_report_it_as_new(shared_url: str, tmp_path: Path) -> None:
    """The loser waits for the winner's row to be committed, and is refused by the index: it has added nothing."""
    opened = open_ledger(shared_url, tmp_path)
    assert opened is not None
    found: list[bool] = []
    waits = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%suppression%'"
    )
    with closing(opened) as ledger:

        def second() -> None:
            with ledger.writing(sharing=True) as connection:
                found.append(suppress(connection, ADA, OPTED_OUT))

        def is_waiting() -> bool:
            with ledger.reading() as looking:  # anew each time: a transaction sees one state of the server
                return bool(looking.execute(waits).scalar_one())

        with ledger.writing(sharing=True) as connection:
            assert suppress(connection, ADA)
            thread = threading.Thread(target=second)
            thread.start()
            wait_until(is_waiting, timeout_s=60)
        thread.join()
        assert found == [False]
        assert events(ledger) == ["suppressed"]
        with ledger.reading() as connection:
            assert [each.reason for each in read_suppressions(connection, lifted=True)] == [MANUAL]


def test_what_somebody_said_earlier_keeps_its_own_date(ledger: Ledger) -> None:
    said_at = NOW - timedelta(days=90)
    new = NewSuppression(digest(ADA), ADA, OPTED_OUT, "file", created_at=said_at)
    with ledger.writing() as connection:
        assert add_suppression(connection, new, mailing_id=None, stamp=STAMP)
        found = find_suppression(connection, digest(ADA))
    assert found is not None
    assert found.created_at == said_at


def test_events_of_a_suppression_hold_no_address(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        suppress(connection, ADA, OPTED_OUT)
        lift_suppression(connection, digest(ADA), reason=f"{ADA} asked for it", stamp=STAMP)
        assert ADA not in str([tuple(row) for row in connection.execute(select(event))])
