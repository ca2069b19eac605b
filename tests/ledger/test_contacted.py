"""When people were last written to: by what the relay took or may have taken, in real mailings alone."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Connection

from mailer.events import DeliveryState, MailingKind
from mailer.ledger import Ledger
from mailer.ledger.history import last_mailed
from mailer.ledger.mailings import Mailing
from mailer.ledger.tables import delivery
from tests.ledger.rows import NOW, digest, later, open_mailing, people, plan

ADA, BO = "ada@example.com", "bo@example.com"


def settle(connection: Connection, mailing: Mailing, state: DeliveryState, at: datetime | None = NOW) -> None:
    """Give every delivery of a mailing the state that it has after a run."""
    values = {"state": state.value, "attempted_at": at}
    connection.execute(delivery.update().where(delivery.c.mailing_id == mailing.id).values(values))


def sent(connection: Connection, slug: str, addresses: list[str], *, seconds: float = 0) -> Mailing:
    mailing = open_mailing(connection, slug)
    plan(connection, mailing, addresses)
    settle(connection, mailing, DeliveryState.ACCEPTED, later(seconds))
    return mailing


def test_the_newest_of_several_mailings_counts(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        sent(connection, "seals", [ADA, BO])
        sent(connection, "lamps", [ADA], seconds=60)
        sent(connection, "wicks", [ADA], seconds=30)
        found = last_mailed(connection, [digest(ADA), digest(BO), digest("cy@example.com")])
    assert found == {digest(ADA): later(60), digest(BO): NOW}


@pytest.mark.parametrize(
    "state, counts", [(state, state in {"accepted", "in_doubt", "attempted"}) for state in DeliveryState]
)
def test_whoever_has_it_or_may_have_it_counts(ledger: Ledger, state: DeliveryState, *, counts: bool) -> None:
    with ledger.writing() as connection:
        mailing = sent(connection, "seals", [ADA])
        settle(connection, mailing, state)
        assert last_mailed(connection, [digest(ADA)]) == ({digest(ADA): NOW} if counts else {})


@pytest.mark.parametrize("kind", [MailingKind.TEST, MailingKind.PREVIEW])
def test_what_only_the_office_saw_does_not_count(ledger: Ledger, kind: MailingKind) -> None:
    with ledger.writing() as connection:
        mailing = open_mailing(connection, kind=kind)
        plan(connection, mailing, [ADA])
        settle(connection, mailing, DeliveryState.ACCEPTED)
        assert last_mailed(connection, [digest(ADA)]) == {}


def test_a_mailing_that_is_gone_on_with_does_not_count_itself(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        sent(connection, "seals", [ADA])
        lamps = sent(connection, "lamps", [ADA, BO], seconds=60)
        assert last_mailed(connection, [digest(ADA), digest(BO)], but_for=lamps.id) == {digest(ADA): NOW}


def test_more_people_can_be_asked_for_than_a_statement_takes(ledger: Ledger) -> None:
    many = people(1200)
    with ledger.writing() as connection:
        sent(connection, "seals", many)
        assert last_mailed(connection, [digest(each) for each in many]) == {digest(each): NOW for each in many}
        assert last_mailed(connection, []) == {}


def test_settled_by_hand_without_an_attempt_has_the_time_of_the_settling(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = sent(connection, "seals", [ADA])
        settle(connection, mailing, DeliveryState.ACCEPTED, None)
        connection.execute(delivery.update().values(finished_at=later(5)))
        assert last_mailed(connection, [digest(ADA)]) == {digest(ADA): later(5)}
