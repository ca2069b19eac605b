from __future__ import annotations

import hashlib

import pytest

from mailer.events import OPTED_OUT, EventKind
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, allow_attempts, record
from mailer.ledger.person import Person, read_person
from mailer.ledger.processes import ProcessLock
from mailer.ledger.returns import Finding, Taken, add_inbound, add_return_event, find_sent
from mailer.ledger.suppressions import lift_suppression
from mailer.tokens import delivery_id
from tests.ledger.rows import KEYS, NOW, STAMP, claimed, digest, later, open_mailing, plan, suppress

ADA, BO = "ada@example.com", "bo@example.com"


@pytest.fixture(autouse=True)
def _story(ledger: Ledger, lock: ProcessLock) -> None:
    """Send to Ada, who bounces and opts out for a while; a second mailing waits, Bo got the first one too."""
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO])
        ids = [each.id for each in claimed(connection, mailing, lock.owner)]
        allow_attempts(connection, ids, lock.owner, stamp=STAMP)
        results = [
            Result(each, EventKind.ACCEPTED, later(1), code=250, text="2.0.0 queued", relay="main") for each in ids
        ]
        record(connection, results, owner=lock.owner, stamp=STAMP)
        sent = find_sent(connection, token_id=delivery_id(KEYS, "seals/release-1", ADA))
        found = Finding("bounce", ADA, "452 full", "4.2.2", "mailboxfull", matched_by="token", sent=sent)
        data = b"Subject: Undelivered\r\n\r\nfull\r\n"
        taken = Taken(hashlib.sha256(data).digest(), "Maildir/new/1", data, "bounce", "rfc3464", later(60))
        add_inbound(connection, taken, [found])
        add_return_event(connection, found, EventKind.BOUNCED_SOFT, at=later(60), actor="ada@desk")
        suppress(connection, ADA, OPTED_OUT)
        lift_suppression(connection, digest(ADA), reason="asked for it", stamp=STAMP, evidence="a letter")
        suppress(connection, ADA)
        plan(connection, open_mailing(connection, "otters"), [ADA])


def person(ledger: Ledger, address: str) -> Person:
    with ledger.reading() as connection:
        return read_person(connection, digest(address))


def test_a_person_is_told_with_everything_that_was_sent_and_came_back(ledger: Ledger) -> None:
    ada = person(ledger, ADA)
    first, second = ada.deliveries
    assert (first.mailing, first.state, first.code, first.relay, first.list_name, first.row) == (
        *("seals/release-1", "accepted", 250, "main"),
        *("coast", 1),
    )
    assert (first.text, first.attempted_at, first.finished_at) == ("452 full", NOW, later(1))
    assert (first.address, first.fields) == (ADA, {"first_name": "Ada"})
    assert (second.mailing, second.state, second.text) == ("otters/release-1", "pending", "")
    assert [(each.kind, each.text, each.mailing) for each in ada.events] == [
        ("attempted", "", "seals/release-1"),
        ("accepted", "2.0.0 queued", "seals/release-1"),
        ("bounced_soft", "452 full", "seals/release-1"),
    ]
    (back,) = ada.findings
    assert (back.kind, back.status, back.diagnostic, back.source, back.read_at, back.mailing) == (
        *("bounce", "4.2.2", "452 full"),
        *("Maildir/new/1", later(60), "seals/release-1"),
    )
    assert [each.lifted_evidence for each in ada.suppressions if each.lifted_at] == ["a letter"]
    assert [(each.reason, each.lifted_reason) for each in ada.suppressions] == [
        ("opted_out", "asked for it"),
        ("manual", ""),
    ]
    assert [each.reason for each in ada.active] == ["manual"]


def test_nobody_elses_story_is_told(ledger: Ledger) -> None:
    bo = person(ledger, BO)
    assert [each.address for each in bo.deliveries] == [BO]
    assert [each.text for each in bo.events if each.text] == ["2.0.0 queued"]
    assert not bo.findings
    assert not bo.suppressions
    assert bo.is_known
    assert person(ledger, "nobody@example.com") == Person()
    assert not person(ledger, "nobody@example.com").is_known
