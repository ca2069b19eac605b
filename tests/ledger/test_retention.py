from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mailer.events import DeliveryState, EventKind
from mailer.ledger import Ledger, offers
from mailer.ledger.deliveries import Result, allow_attempts, record
from mailer.ledger.history import read_books
from mailer.ledger.mailings import require_mailing
from mailer.ledger.person import Outdated, find_outdated, purge_outdated
from mailer.ledger.plans import NewPlan, add_plan
from mailer.ledger.processes import ProcessLock
from mailer.ledger.returns import (
    MOVED,
    Finding,
    NewProposal,
    Taken,
    add_absence,
    add_inbound,
    add_proposal,
    find_sent,
    read_proposals,
)
from mailer.ledger.suppressions import find_suppression
from mailer.ledger.tables import (
    absence,
    delivery,
    embargo_answer,
    event_text,
    finding_text,
    inbound_raw,
    inbound_text,
    wave,
    wave_recipient,
)
from mailer.ledger.tables import plan as plan_table
from mailer.tokens import delivery_id
from tests.ledger.rows import KEYS, NOW, STAMP, claimed, digest, events, later, open_mailing, plan, planned, suppress

ADA, BO = "ada@example.com", "bo@example.com"
DAY = 86_400


@pytest.fixture(autouse=True)
def _story(ledger: Ledger, lock: ProcessLock) -> None:
    """Send to Ada, whose mail bounces at once; Bo waits in the same mailing. Ada is suppressed."""
    with ledger.writing() as connection:
        mailing = open_mailing(connection)
        plan(connection, mailing, [ADA, BO])
        (first,) = claimed(connection, mailing, lock.owner, limit=1)
        allow_attempts(connection, [first.id], lock.owner, stamp=STAMP)
        results = [Result(first.id, EventKind.ACCEPTED, later(1), code=250, text="2.0.0 ok")]
        record(connection, results, owner=lock.owner, stamp=STAMP)
        sent = find_sent(connection, token_id=delivery_id(KEYS, "seals/release-1", ADA))
        found = Finding("bounce", ADA, "550 no", "5.1.1", "userunknown", matched_by="token", sent=sent)
        taken = Taken(hashlib.sha256(b"x").digest(), "new/1", b"x", "bounce", "rule", later(2), ADA, "Re: Seals")
        inbound_id = add_inbound(connection, taken, [found])
        assert sent is not None
        add_absence(connection, sent, inbound_id, said_at=later(2), until=later(3600))
        proposal = NewProposal(MOVED, sent.address_digest, ADA, "ada@new.example.net", inbound_id=inbound_id)
        add_proposal(connection, proposal, stamp=STAMP)
        suppress(connection, ADA)


def purged(ledger: Ledger, *, raw_days: float | None = None, log_days: float | None = None) -> Outdated:
    """Purge as if it were so many days after all of it."""
    raw = NOW + timedelta(days=raw_days) if raw_days else None
    log = NOW + timedelta(days=log_days) if log_days else None
    with ledger.writing() as connection:
        assert find_outdated(connection, raw_before=raw, log_before=log) == purge_outdated(
            connection, raw_before=raw, log_before=log, stamp=STAMP
        )
        return find_outdated(connection, raw_before=raw, log_before=log)


def test_mail_that_came_back_goes_first_and_what_it_said_stays(ledger: Ledger) -> None:
    assert purged(ledger, raw_days=1).is_nothing
    with ledger.reading() as connection:
        assert connection.execute(select(inbound_raw)).first() is None
        assert connection.execute(select(inbound_text)).first() is None
        assert connection.execute(select(absence)).first() is None
        assert len(read_proposals(connection)) == 1
        assert connection.execute(select(finding_text.c.address)).scalar_one() == ADA
        assert connection.execute(select(delivery.c.address).order_by(delivery.c.id)).scalars().all() == [ADA, BO]
    assert events(ledger)[-1] == "purged"


def test_names_go_from_the_log_and_figures_and_the_block_stay(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        before = read_books(connection, require_mailing(connection, "seals"))
    assert purged(ledger, log_days=1).is_nothing
    with ledger.reading() as connection:
        assert read_books(connection, require_mailing(connection, "seals")) == before
        names = connection.execute(select(delivery.c.address, delivery.c.merge_row).order_by(delivery.c.id)).all()
        assert connection.execute(select(event_text)).first() is None
        assert connection.execute(select(finding_text.c.address, finding_text.c.diagnostic)).one() == ("", "")
        assert connection.execute(select(inbound_raw)).first() is not None
        assert read_proposals(connection) == []
        assert find_suppression(connection, digest(ADA)) is not None
    # whoever still waits is never old
    assert [tuple(each) for each in names] == [(None, None), (BO, '{"first_name": "Ada"}')]


def test_nothing_goes_that_is_young_or_that_is_to_be_kept(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        connection.execute(update(delivery).values(state=DeliveryState.REJECTED.value))
    assert purged(ledger).is_nothing
    with ledger.writing() as connection:
        long_before = NOW - timedelta(days=1)
        found = purge_outdated(connection, raw_before=long_before, log_before=long_before, stamp=STAMP)
    assert found.is_nothing
    assert "purged" not in events(ledger)
    with ledger.reading() as connection:
        found = find_outdated(connection, raw_before=later(DAY), log_before=later(DAY))
    assert (found.raw.count, found.names.count, found.answers.count, found.reports.count) == (1, 2, 1, 1)
    assert (found.letters.count, found.absences.count, found.proposals.count) == (1, 1, 1)
    assert (found.raw.oldest, found.names.oldest) == (later(2), NOW)


def test_plans_answers_and_waves_are_counted_and_go_but_for_waves_that_wait(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        seals = require_mailing(connection, "seals")
        new = NewPlan("seals", "release", "Seals", 1, "ada", details='{"lists": ["coast"]}')
        add_plan(connection, new, b"a plan", stamp=STAMP)
        response = offers.EmbargoAnswer(
            "seals", digest(ADA), ADA, offers.DECLINED, offers.LINK, NOW, note="by telephone"
        )
        offers.add_embargo_answer(connection, response, stamp=STAMP)
        for number, state in enumerate((offers.STARTED, offers.CANCELLED, offers.WAITING), start=1):
            values = {"at": None, "after_h": None, "on_event": "", "told": "at nine", "request": "{}", "recipients": 1}
            made = offers.add_wave(connection, seals.id, stamp=STAMP, number=number, **values)
            offers.add_recipients(connection, made, [planned(seals, ADA)])
            connection.execute(update(wave).where(wave.c.id == made).values(state=state))
        connection.execute(update(wave).where(wave.c.number == 1).values(started_at=later(60)))
        found = find_outdated(connection, raw_before=None, log_before=later(DAY))
        assert (found.details.count, found.embargoes.count, found.waves.count) == (1, 1, 2)
    assert purged(ledger, log_days=1).is_nothing
    with ledger.reading() as connection:
        assert connection.scalars(select(wave_recipient.c.wave_id)).all() == [made]
        assert connection.execute(select(embargo_answer.c.address, embargo_answer.c.note)).one() == (None, "")
        assert connection.scalar(select(plan_table.c.details)) == "{}"
        assert [each.verdict for each in offers.read_answers(connection, "seals")] == [offers.DECLINED]


def test_an_answer_to_an_embargo_alone_is_enough_to_purge(ledger: Ledger) -> None:
    assert purged(ledger, raw_days=1, log_days=1).is_nothing
    with ledger.writing() as connection:
        said = offers.EmbargoAnswer("seals", digest(BO), BO, offers.AGREED, offers.LINK, NOW)
        offers.add_embargo_answer(connection, said, stamp=STAMP)
        assert not find_outdated(connection, raw_before=None, log_before=later(DAY)).is_nothing
