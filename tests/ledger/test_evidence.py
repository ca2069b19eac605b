from __future__ import annotations

import hashlib

from sqlalchemy import insert

from mailer.events import OPTED_OUT, EventKind
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, allow_attempts, record
from mailer.ledger.history import read_editions, read_origin, read_recipients, read_steps
from mailer.ledger.mailings import add_edition, add_event
from mailer.ledger.processes import ProcessLock
from mailer.ledger.returns import Finding, Taken, add_inbound, add_return_event, find_sent
from mailer.ledger.tables import event
from mailer.tokens import delivery_id
from tests.ledger.rows import KEYS, STAMP, claimed, edition, later, open_mailing, people, plan, suppress

ADA, BO = "ada@example.com", "bo@example.com"


def test_a_recipient_comes_with_each_step_with_what_came_back_and_what_stands_against_them(
    ledger: Ledger, lock: ProcessLock
) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO])
        first, second = (each.id for each in claimed(connection, mailing, lock.owner))
        allow_attempts(connection, [first, second], lock.owner, stamp=STAMP)
        deferred = Result(
            first, EventKind.DEFERRED, later(1), code=450, text="450 later", relay="main", next_attempt_at=later(2)
        )
        taken = Result(second, EventKind.ACCEPTED, later(1), code=250, text="250 ok", relay="main")
        record(connection, [deferred, taken], owner=lock.owner, stamp=STAMP)
        sent = find_sent(connection, token_id=delivery_id(KEYS, mailing.full_name, BO))
        found = Finding("bounce", BO, "452 full", "4.2.2", "mailboxfull", matched_by="token", sent=sent)
        data = b"Subject: Undelivered\r\n\r\nfull\r\n"
        copy = Taken(hashlib.sha256(data).digest(), "Maildir/new/1", data, "bounce", "rfc3464", later(60))
        add_inbound(connection, copy, [found])
        add_return_event(connection, found, EventKind.BOUNCED_SOFT, at=later(60), actor="ada@desk")
        suppress(connection, ADA, OPTED_OUT)
        plan(connection, open_mailing(connection, "otters"), [ADA])
    with ledger.reading() as connection:
        ada, bo = read_recipients(connection, mailing.id)
        assert read_origin(connection, mailing.id) == ("ada@desk", later(60))
    assert [(step["kind"], step["code"], step["text"]) for step in ada["history"]] == [
        ("attempted", None, ""),
        ("deferred", 450, "450 later"),
    ]
    assert [step["kind"] for step in bo["history"]] == ["attempted", "accepted", "bounced_soft"]
    assert [(each["reason"], each["diagnostic"], each["matched_by"]) for each in bo["returned"]] == [
        ("mailboxfull", "452 full", "token")
    ]
    assert ([each["reason"] for each in ada["suppressions"]], bo["suppressions"]) == ([OPTED_OUT], [])
    assert (ada["address"], ada["merge_row"], ada["edition"]) == (ADA, '{"first_name": "Ada"}', 1)
    assert ada["delivery"] == delivery_id(KEYS, mailing.full_name, ADA)


def test_everybody_of_a_long_mailing_comes_once_and_in_the_order_of_planning(ledger: Ledger) -> None:
    addresses = people(1203)
    with ledger.writing() as connection:
        mailing, other = open_mailing(connection), open_mailing(connection, "otters")
        for half in (addresses[:600], addresses[600:]):
            plan(connection, mailing, half)
            plan(connection, other, half)
    with ledger.reading() as connection:
        assert [each["address"] for each in read_recipients(connection, mailing.id)] == addresses


def test_a_mailing_has_its_own_events_and_each_change_of_who_must_approve(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing, other = open_mailing(connection), open_mailing(connection, "otters")
        add_event(connection, EventKind.PAUSED, STAMP, mailing_id=mailing.id, reason="by_hand")
        add_event(connection, EventKind.PAUSED, STAMP, mailing_id=other.id)
        add_event(connection, EventKind.PURGED, STAMP)
        connection.execute(insert(event).values(at=later(5), kind="policy", actor="ada@desk", reason="approval"))
    with ledger.reading() as connection:
        found = read_steps(connection, mailing.id)
    assert [(each["kind"], each["reason"]) for each in found] == [("paused", "by_hand"), ("policy", "approval")]


def test_each_edition_says_why_it_was_made(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        add_edition(connection, mailing.id, edition("Seals are grey"), reason="a wrong colour", stamp=STAMP)
    with ledger.reading() as connection:
        found = read_editions(connection, mailing.id)
    assert [(each["number"], each["reason"]) for each in found] == [(1, ""), (2, "a wrong colour")]
