from __future__ import annotations

import hashlib
import zlib

import pytest
from sqlalchemy import select

from mailer.errors import LedgerProblem
from mailer.events import EventKind, MailingKind
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Result, allow_attempts, record
from mailer.ledger.history import Wanted, read_returned
from mailer.ledger.processes import ProcessLock
from mailer.ledger.returns import (
    Finding,
    Sent,
    Taken,
    add_inbound,
    add_return_event,
    find_sent,
    find_sent_by_address,
    has_event,
    known_among,
)
from mailer.ledger.tables import delivery, event, inbound_raw
from mailer.tokens import delivery_id
from tests.ledger.rows import KEYS, NOW, STAMP, claimed, digest, events, later, open_mailing, plan

ADA, BO, CY = "ada@example.com", "bo@example.com", "cy@example.com"
MAIL = b"Subject: Undelivered\r\n\r\nNobody here.\r\n"


def taken(data: bytes = MAIL) -> Taken:
    return Taken(hashlib.sha256(data).digest(), "Maildir/new/1", data, "bounce", "rfc3464", NOW)


@pytest.fixture(autouse=True)
def _sent(ledger: Ledger, lock: ProcessLock) -> None:
    """Send to Ada, leave Bo in the middle of it and Cy waiting; a test went to Ada too, after the release."""
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO, CY])
        first, second = claimed(connection, mailing, lock.owner, limit=2)
        allow_attempts(connection, [first.id, second.id], lock.owner, stamp=STAMP)
        record(connection, [Result(first.id, EventKind.ACCEPTED, NOW, code=250)], owner=lock.owner, stamp=STAMP)
        test = open_mailing(connection, kind=MailingKind.TEST)
        plan(connection, test, [ADA])
        (copy,) = claimed(connection, test, lock.owner)
        allow_attempts(connection, [copy.id], lock.owner, stamp=STAMP)


def sent_to(ledger: Ledger, address: str, mailing: str = "seals/release-1") -> Sent | None:
    with ledger.reading() as connection:
        return find_sent(connection, token_id=delivery_id(KEYS, mailing, address))


def test_a_token_names_its_delivery(ledger: Ledger) -> None:
    found = sent_to(ledger, ADA)
    assert found is not None
    assert (found.mailing, found.kind, found.address, found.address_digest) == (
        *("seals/release-1", MailingKind.RELEASE),
        *(ADA, digest(ADA)),
    )
    copy = sent_to(ledger, ADA, "seals/test-1")
    assert copy is not None
    assert (copy.kind, copy.mailing) == (MailingKind.TEST, "seals/test-1")


def test_only_what_may_have_gone_out_can_come_back(ledger: Ledger) -> None:
    assert sent_to(ledger, BO) is not None
    assert sent_to(ledger, CY) is None
    with ledger.reading() as connection:
        assert find_sent(connection, token_id=b"unknown!") is None
        assert find_sent(connection, message_id=f"<{CY}.seals/release-1>") is None
        assert find_sent_by_address(connection, digest(CY), since=NOW) is None


def test_a_message_id_names_its_delivery(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        found = find_sent(connection, message_id=f"<{BO}.seals/release-1>")
        assert find_sent(connection, message_id="<other@example.org>") is None
    assert found == sent_to(ledger, BO)


def test_an_address_names_its_newest_real_delivery(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert find_sent_by_address(connection, digest(ADA), since=NOW) == sent_to(ledger, ADA)
        assert find_sent_by_address(connection, digest(ADA), since=later(1)) is None


def test_a_message_is_taken_once_and_kept_whole(ledger: Ledger) -> None:
    found = Finding("bounce", ADA, "550 Nobody", "5.1.1", "userunknown", permanent=True, matched_by="token")
    with ledger.writing() as connection:
        assert not known_among(connection, [taken().digest])
        add_inbound(connection, taken(), [found])
        assert known_among(connection, [taken().digest])
        assert zlib.decompress(connection.execute(select(inbound_raw.c.data)).scalar_one()) == MAIL
    with pytest.raises(LedgerProblem, match=r"(?i)unique"), ledger.writing() as connection:
        add_inbound(connection, taken(), [])


def test_findings_are_read_back_matched_or_not_the_newest_first(ledger: Ledger) -> None:
    known = Finding(
        *("bounce", ADA, "550 Nobody", "5.1.1", "userunknown"),
        permanent=True,
        matched_by="token",
        sent=sent_to(ledger, ADA),
    )
    stranger = Finding("autoreply", "x@example.net", "Away", unmatched="not sent to")
    with ledger.writing() as connection:
        add_inbound(connection, taken(), [known, Finding("delayed", BO, "Later", "4.4.1", matched_by="address")])
        add_inbound(connection, taken(b"other"), [stranger])
        matched = list(read_returned(connection, Wanted()))
        unmatched = list(read_returned(connection, Wanted(unmatched=True)))
    assert [each.kind for each in matched] == ["delayed", "bounce"]
    assert (matched[1].address, matched[1].diagnostic, matched[1].permanent) == (*(ADA, "550 Nobody"), True)
    assert [each.mailing for each in matched] == ["", "seals/release-1"]
    assert [(each.kind, each.unmatched, each.source) for each in unmatched] == [
        ("autoreply", "not sent to", "Maildir/new/1")
    ]


def test_what_came_back_is_added_to_the_story_and_the_delivery_stays_as_it_is(ledger: Ledger) -> None:
    sent = sent_to(ledger, ADA)
    assert sent is not None
    found = Finding("bounce", ADA, "550 5.1.1 Nobody", "5.1.1", "userunknown", permanent=True, sent=sent)
    with ledger.writing() as connection:
        assert not has_event(connection, sent.delivery_id, EventKind.BOUNCED_HARD)
        add_return_event(connection, found, EventKind.BOUNCED_HARD, at=later(9), actor="ada@desk")
        assert has_event(connection, sent.delivery_id, EventKind.BOUNCED_HARD)
        written = connection.execute(select(event).order_by(event.c.id.desc()).limit(1)).one()
        state = connection.execute(select(delivery.c.state).where(delivery.c.id == sent.delivery_id)).scalar_one()
    assert (written.kind, written.code, written.enhanced, written.reason, written.at) == (
        *("bounced_hard", 550, "5.1.1"),
        *("userunknown", later(9)),
    )
    assert state == "accepted"


def test_a_stranger_has_no_story(ledger: Ledger) -> None:
    before = events(ledger)
    with ledger.writing() as connection:
        add_return_event(connection, Finding("bounce", CY, ""), EventKind.BOUNCED_HARD, at=NOW, actor="x")
    assert events(ledger) == before


@pytest.mark.parametrize("status, code", [("5.1.1", 550), ("4.2.2", 450), ("2.0.0", None), ("", None)])
def test_an_event_has_the_class_of_its_status(ledger: Ledger, status: str, code: int | None) -> None:
    with ledger.writing() as connection:
        found = Finding("bounce", ADA, "", status, sent=sent_to(ledger, ADA))
        add_return_event(connection, found, EventKind.BOUNCED_SOFT, at=NOW, actor="x")
        assert connection.execute(select(event.c.code).order_by(event.c.id.desc()).limit(1)).scalar_one() == code


def test_a_status_of_any_length_is_kept_as_far_as_it_goes(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        found = Finding("bounce", ADA, "", "5.1.1 and a long story", sent=sent_to(ledger, ADA))
        add_inbound(connection, taken(), [found])
        (read,) = read_returned(connection, Wanted())
    assert read.status == "5.1.1 and a "
