"""Who is in doubt, with the last words of their own attempt and all that came back about them."""

from __future__ import annotations

import hashlib

import pytest

from mailer.events import EventKind
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, allow_attempts, record
from mailer.ledger.history import Doubt, read_doubts
from mailer.ledger.mailings import require_mailing
from mailer.ledger.processes import ProcessLock
from mailer.ledger.returns import Finding, Taken, add_inbound, add_return_event, find_sent
from tests.ledger.rows import NOW, STAMP, claimed, later, open_mailing, plan

ADA, BO, CY = "ada@example.com", "bo@example.com", "cy@example.com"


@pytest.fixture(autouse=True)
def _sent(ledger: Ledger, lock: ProcessLock) -> None:
    """Ada was put off, and is in doubt since the second try; Bo is in the middle of it; Cy got it, and bounced."""
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO, CY])
        ada, bo, cy = claimed(connection, mailing, lock.owner, limit=3)
        later_again = Result(ada.id, EventKind.DEFERRED, NOW, code=450, text="450 busy", next_attempt_at=NOW)
        allow_attempts(connection, [ada.id, bo.id, cy.id], lock.owner, stamp=STAMP)
        record(connection, [later_again, Result(cy.id, EventKind.ACCEPTED, NOW)], owner=lock.owner, stamp=STAMP)
        (again,) = claimed(connection, mailing, lock.owner)
        allow_attempts(connection, [again.id], lock.owner, stamp=STAMP)
        record(
            connection, [Result(ada.id, EventKind.IN_DOUBT, NOW, reason="x", relay="b")], owner=lock.owner, stamp=STAMP
        )
    for address in (ADA, BO, CY):
        come_back(ledger, address)


def come_back(ledger: Ledger, address: str) -> None:
    with ledger.writing() as connection:
        sent = find_sent(connection, message_id=f"<{address}.seals/release-1>")
        found = Finding("bounce", address, "", status="5.1.1", matched_by="token", sent=sent)
        data = address.encode()
        taken = Taken(hashlib.sha256(data).digest(), f"Maildir/{address}", data, "bounce", "rfc3464", NOW)
        add_inbound(connection, taken, [found])
        add_return_event(connection, found, EventKind.OPTED_OUT, at=later(60), actor="ada@desk")


def doubts(ledger: Ledger, *dead: str) -> list[Doubt]:
    with ledger.reading() as connection:
        return read_doubts(connection, require_mailing(connection, "seals").id, dead=dead)


def test_words_of_an_earlier_try_are_not_taken_for_the_end_of_this_one(ledger: Ledger) -> None:
    (ada,) = doubts(ledger)
    assert (ada.address, ada.text, ada.reason, ada.relay, ada.attempts) == (ADA, "", "x", "b", 2)
    assert (ada.attempted_at, ada.message_id) == (NOW, f"<{ADA}.seals/release-1>")


def test_what_came_back_is_told_of_each_alone(ledger: Ledger) -> None:
    (ada,) = doubts(ledger)
    assert [(sign.kind, sign.matched_by, sign.status, sign.source) for sign in ada.signs] == [
        ("bounce", "token", "5.1.1", f"Maildir/{ADA}"),
        ("optout", "token", "", "the ledger"),
    ]


def test_what_a_dead_process_had_attempted_is_in_doubt_before_it_is_freed(ledger: Ledger, lock: ProcessLock) -> None:
    assert [each.address for each in doubts(ledger, "another")] == [ADA]
    ada, bo = doubts(ledger, lock.owner)
    assert (ada.reason, bo.address, bo.reason, bo.relay, len(bo.signs)) == ("x", BO, "process_died", "main", 2)
