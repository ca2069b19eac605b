from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from mailer.address import parse_address
from mailer.contacts.traces import Traces
from mailer.events import OPTED_OUT, DeliveryState, EventKind
from mailer.ledger import Ledger
from mailer.ledger.connection import compact
from mailer.ledger.deliveries import Place, Result, add_deliveries, allow_attempts, record
from mailer.ledger.history import read_books
from mailer.ledger.mailings import add_planned, newest_edition, require_mailing
from mailer.ledger.person import TOUCHED, HeldRows, erase, find_held, read_person
from mailer.ledger.processes import ProcessLock
from mailer.ledger.returns import (
    MOVED,
    Finding,
    NewProposal,
    Sent,
    Taken,
    add_absence,
    add_inbound,
    add_proposal,
    add_return_event,
    find_sent,
    read_proposals,
)
from mailer.ledger.suppressions import find_suppression
from mailer.ledger.tables import (
    absence,
    blob,
    delivery,
    event_text,
    finding_text,
    inbound_raw,
    inbound_text,
    mailing,
    metadata,
    suppression,
)
from mailer.tokens import delivery_id
from tests.ledger.rows import KEYS, STAMP, claimed, digest, later, open_mailing, plan, planned, suppress

ADA, BO = "ada.kern@daily.example.com", "bo@daily.example.com"
TRACES = Traces(parse_address(ADA))


def kept(ledger: Ledger) -> list[str]:
    """Return every value of every row, as text."""
    with ledger.reading() as connection:
        return [
            repr(value)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        ]


@pytest.fixture(autouse=True)
def _story(ledger: Ledger, lock: ProcessLock) -> None:
    """Send to Ada and Bo; both come back in one report, a server names Ada to Bo, and Bo's row names Ada too."""
    with ledger.writing() as connection:
        first = open_mailing(connection)
        plan(connection, first, [ADA])
        row = planned(first, BO)
        place = Place(first.id, newest_edition(connection, first.id)[0])
        colleague = json.dumps({"first_name": "Bo", "assistant": f"Ada <{ADA.upper()}>"})
        values = {name: getattr(row, name) for name in type(row).__slots__} | {"merge_row": colleague}
        add_planned(connection, first.id, add_deliveries(connection, place, [type(row)(**values)]), {})
        ids = {each.address: each.id for each in claimed(connection, first, lock.owner)}
        allow_attempts(connection, list(ids.values()), lock.owner, stamp=STAMP)
        results = [
            Result(ids[ADA], EventKind.ACCEPTED, later(1), code=250, text="2.0.0 ok"),
            Result(ids[BO], EventKind.ACCEPTED, later(1), code=250, text=f"2.0.0 ok, also for <{ADA}>"),
        ]
        record(connection, results, owner=lock.owner, stamp=STAMP)
        sent = find_sent(connection, token_id=delivery_id(KEYS, "seals/release-1", ADA))
        found = Finding("bounce", ADA, f"550 5.1.1 <{ADA}>", "5.1.1", "userunknown", matched_by="token", sent=sent)
        unmatched = Finding("autoreply", ADA, "Away", unmatched="not-sent-to")
        for number, (finding, data) in enumerate(((found, b"x"), (unmatched, f"From: {ADA}".encode()))):
            taken = Taken(hashlib.sha256(data).digest(), f"mbox:{ADA}.mbox", data, "bounce", "rule", later(number))
            add_inbound(connection, taken, [finding])
        add_return_event(connection, found, EventKind.BOUNCED_HARD, at=later(9), actor="ada@desk")
        data = f"To: {BO}\r\n\r\nYour colleague {ADA} left.".encode()
        add_inbound(connection, Taken(hashlib.sha256(data).digest(), "new/3", data, "none", "", later(3)), [])
        add_inbound(connection, Taken(b"o" * 32, "new/4", b"about somebody else", "none", "", later(4)), [])
        _tell_more(connection, sent)
        suppress(connection, ADA, OPTED_OUT)
        connection.execute(update(suppression).values(note=f"wrote from {ADA}"))
        plan(connection, open_mailing(connection, "otters"), [ADA])
        connection.execute(update(mailing).where(mailing.c.slug == "otters").values(halt_reason=f"RCPT <{ADA}>: no"))


def _tell_more(connection: Connection, sent: Sent | None) -> None:
    """Let Ada answer, be away and move; Bo name her as who stands in for him; and somebody else do all of it too."""
    for number, (who, about, text) in enumerate(((sent, ADA, "Seals"), (None, BO, f"Re: {ADA}"), (None, BO, "Boats"))):
        values = (f"answer {number}".encode().ljust(32), f"new/{number}", b"", "none", "", later(5))
        findings = [Finding("reply", about, "", matched_by="message-id", sent=who)] if who else []
        inbound_id = add_inbound(connection, Taken(*values, sender=about, subject=text), findings)
    connection.execute(update(finding_text).where(finding_text.c.address == ADA).values(note=f"{ADA} it is"))
    assert sent is not None
    for who, until in ((sent, later(900)), (replace(sent, address_digest=digest(BO)), later(900))):
        assert add_absence(connection, who, inbound_id, said_at=later(5), until=until)
    for name, new in ((ADA, "a@new.example.net"), (BO, ADA), (BO, "b@new.example.net")):
        proposal = NewProposal(MOVED, digest(name), name, new, f"write to {new}", inbound_id=inbound_id)
        assert add_proposal(connection, proposal, stamp=STAMP)


def erased(ledger: Ledger) -> HeldRows:
    with ledger.writing() as connection:
        return erase(connection, digest(ADA), TRACES, stamp=STAMP)


def test_nothing_readable_is_left_and_a_second_time_finds_nothing(ledger: Ledger) -> None:
    assert any("ada.kern" in value.lower() for value in kept(ledger) if "seals/release" not in value)
    held = erased(ledger)
    assert (len(held.deliveries), len(held.colleagues), len(held.findings), len(held.sources), len(held.raw)) == (
        *(2, 1, 3, 2, 4),
    )
    assert (len(held.letters), len(held.absences), len(held.proposals)) == (2, 1, 2)
    assert held.open_in == ("otters/release-1",)
    left = [value for value in kept(ledger) if "ada.kern" in value.lower()]
    assert all(value.startswith("'<ada.kern@daily.example.com.") for value in left), left  # message ids of these tests
    with ledger.reading() as connection:
        again = find_held(connection, digest(ADA), TRACES)
        assert again.is_nothing
        assert list(connection.execute(select(inbound_raw.c.inbound_id)).scalars()) == [4, 6, 7]


def test_the_figures_and_the_block_stay(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        before = read_books(connection, require_mailing(connection, "seals"))
    erased(ledger)
    with ledger.reading() as connection:
        assert read_books(connection, require_mailing(connection, "seals")) == before
        found = find_suppression(connection, digest(ADA))
        person = read_person(connection, digest(ADA))
    assert found is not None
    assert (found.reason, found.address, found.note) == (OPTED_OUT, "", "")
    first = person.deliveries[0]
    assert (first.state, first.finished_at, first.address, first.fields, first.row) == (
        *("accepted", later(1), "", {}),
        0,
    )
    assert [each.kind for each in person.events][-2:] == ["forgotten", "forgotten"]


def test_what_is_proposed_of_others_and_says_nothing_of_the_person_stays(ledger: Ledger) -> None:
    erased(ledger)
    with ledger.reading() as connection:
        assert [(each.address, each.new_address) for each in read_proposals(connection)] == [(BO, "b@new.example.net")]
        away = connection.execute(select(absence.c.address_digest, absence.c.until)).all()
        assert [tuple(each) for each in away] == [(digest(BO), later(900))]
        assert connection.execute(select(inbound_text.c.subject)).scalars().all() == ["Boats"]


def test_a_colleague_keeps_what_is_theirs(ledger: Ledger) -> None:
    erased(ledger)
    with ledger.reading() as connection:
        bo = read_person(connection, digest(BO))
        texts = connection.execute(select(event_text.c.text)).scalars().all()
        findings = connection.execute(select(finding_text.c.address, finding_text.c.diagnostic)).all()
    (sent,) = bo.deliveries
    assert (sent.address, sent.fields) == (BO, {"first_name": "Bo", "assistant": "Ada <(forgotten)>"})
    assert texts == []
    assert {tuple(each) for each in findings} == {("", "")}


def test_a_colleagues_row_that_still_goes_out_is_told_and_left(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        where = delivery.c.address == BO
        connection.execute(update(delivery).where(where).values(state=DeliveryState.DEFERRED.value))
    held = erased(ledger)
    assert len(held.colleagues_open) == 1
    with ledger.reading() as connection:
        assert (
            "kern"
            in connection.execute(select(delivery.c.merge_row).where(delivery.c.address == BO)).scalar_one().lower()
        )


def test_a_release_that_names_the_person_is_told_and_left(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        old = connection.execute(select(blob.c.digest)).scalars().first()
        connection.execute(update(blob).where(blob.c.digest == old).values(data=f"Contact: {ADA}".encode()))
    assert set(erased(ledger).texts_of) == {"otters/release-1", "seals/release-1"}


def test_the_file_of_the_ledger_holds_nothing_once_it_is_compact(ledger: Ledger, tmp_path: Path) -> None:
    """On PostgreSQL the tables are written anew; whether its files hold anything is its administrator's to see."""
    erased(ledger)
    with ledger.writing() as connection:  # ids of these tests hold addresses; real ones are tokens
        connection.execute(update(delivery).values(message_id="<token@example.org>"))
    assert compact(ledger, TOUCHED)
    for path in (tmp_path / ".mailer").glob("ledger.db*"):
        assert b"ada.kern" not in path.read_bytes().lower()
    with ledger.writing() as connection:  # it can be used as before
        connection.execute(insert(blob).values(digest=b"n" * 32, data=b"new"))
