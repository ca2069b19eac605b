"""Who has which edition of a release, by the release's own mailing and those around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from mailer.errors import InputProblem
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Place, add_deliveries
from mailer.ledger.mailings import (
    Has,
    Mailing,
    NewMailing,
    add_edition,
    add_mailing,
    count_behind,
    count_editions,
    find_carrier,
    newest_edition,
    read_away,
    read_has,
    read_open_around,
    read_text_numbers,
    read_threads,
    refuse_retracted,
    set_state,
)
from mailer.ledger.tables import absence, delivery, inbound
from mailer.ledger.tables import mailing as mailings
from tests.ledger.rows import NOW, STAMP, digest, edition, open_mailing, plan, planned

ADA, BO, CY = "ada@example.com", "bo@example.com", "cy@example.com"
_S = DeliveryState


def around(connection: Connection, release: Mailing, kind: MailingKind, sequence: int, brings: int | None) -> Mailing:
    """Add a mailing around a release, which brings an edition of it."""
    new = NewMailing(release.slug, kind, sequence, "Seals are back", "main", release.id)
    made = add_mailing(connection, new, stamp=STAMP)
    content = replace(edition(f"{kind} {sequence}"), brings=brings)
    add_edition(connection, made.id, content, reason="a wrong day", stamp=STAMP)
    set_state(connection, made.id, MailingState.SENDING, stamp=STAMP)
    return made


def settle(connection: Connection, of: Mailing, states: Mapping[str, DeliveryState]) -> None:
    for address, state in states.items():
        where = (delivery.c.mailing_id == of.id, delivery.c.address_digest == digest(address))
        connection.execute(delivery.update().where(*where).values(state=state.value, finished_at=NOW))


@pytest.fixture
def corrected(ledger: Ledger) -> tuple[Ledger, Mailing, Mailing]:
    """Ada and Bo got the first text, Cy waits for the second; the correction reached Ada, and Bo refused it."""
    with ledger.writing() as connection:
        release = open_mailing(connection)
        plan(connection, release, [ADA, BO])
        settle(connection, release, {ADA: _S.ACCEPTED, BO: _S.IN_DOUBT})
        second = add_edition(connection, release.id, edition("Sunday"), reason="a wrong day", stamp=STAMP)
        add_deliveries(connection, Place(release.id, second), [planned(release, CY)])
        correction = around(connection, release, MailingKind.CORRECTION, 1, second)
        plan(connection, correction, [ADA, BO])
        settle(connection, correction, {ADA: _S.ACCEPTED, BO: _S.REJECTED})
    return ledger, release, correction


def test_each_has_the_newest_text_that_they_may_have_got(corrected: tuple[Ledger, Mailing, Mailing]) -> None:
    ledger, release, correction = corrected
    with ledger.reading() as connection:
        second, _ = newest_edition(connection, release.id)
        assert count_editions(connection, release.id) == {1: 1, 2: 1}
        assert set(read_text_numbers(connection, release.id).values()) == {1, 2}
        assert list(read_text_numbers(connection, correction.id).values()) == [2]
        assert (count_behind(connection, release.id, None), count_behind(connection, release.id, second)) == (2, 2)
        assert read_has(connection, digest(ADA)) == [Has("seals", 2, 2)]
        assert read_has(connection, digest(BO)) == [Has("seals", 1, 2)]
        assert read_has(connection, digest(CY)) == []
        people = {each[0].address: each for each in read_threads(connection, release.id)}
    assert {address: [(c.kind.value, c.text, c.may_be_had) for c in copies] for address, copies in people.items()} == {
        ADA: [("release", 1, True), ("correction", 2, True)],
        BO: [("release", 1, True), ("correction", 2, False)],
        CY: [("release", 2, False)],
    }
    assert people[ADA][1].mailing == "seals/correction-1"
    assert people[ADA][0].fields == {"first_name": "Ada"}


def test_another_release_a_test_and_what_is_only_staged_are_no_part_of_it(
    corrected: tuple[Ledger, Mailing, Mailing],
) -> None:
    ledger, release, _ = corrected
    with ledger.writing() as connection:
        other = open_mailing(connection, "lamps")
        test = open_mailing(connection, kind=MailingKind.TEST)
        for each in (other, test):
            plan(connection, each, [BO])
            settle(connection, each, {BO: _S.ACCEPTED})
        connection.execute(mailings.update().where(mailings.c.id == release.id).values(staged_after=0))
    with ledger.reading() as connection:
        found = {each[0].address: [c.mailing for c in each] for each in read_threads(connection, release.id)}
        assert read_has(connection, digest(BO)) == [Has("lamps", 1, 1), Has("seals", 1, 2)]
    assert found == {ADA: ["seals/correction-1"], BO: ["seals/correction-1"]}


def test_the_correction_that_brings_a_text_is_found_unless_it_was_cancelled(
    corrected: tuple[Ledger, Mailing, Mailing],
) -> None:
    ledger, release, correction = corrected
    with ledger.writing() as connection:
        second, _ = newest_edition(connection, release.id)
        follow_up = around(connection, release, MailingKind.FOLLOW_UP, 1, second)
        found = find_carrier(connection, release.id, second)
        assert found is not None
        assert found.id == correction.id
        assert {each.id for each in read_open_around(connection, release.id)} == {correction.id, follow_up.id}
        set_state(connection, correction.id, MailingState.CANCELLED, stamp=STAMP)
        assert find_carrier(connection, release.id, second) is None
        assert [each.id for each in read_open_around(connection, release.id)] == [follow_up.id]


def test_a_release_is_withdrawn_once_its_retraction_was_planned(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        release = open_mailing(connection)
        retraction = around(connection, release, MailingKind.RETRACTION, 1, None)
        planning = {"state": MailingState.PLANNING.value}
        connection.execute(mailings.update().where(mailings.c.id == retraction.id).values(planning))
        refuse_retracted(connection, "seals")
        set_state(connection, retraction.id, MailingState.FINISHED, stamp=STAMP)
        refuse_retracted(connection, "lamps")
        with pytest.raises(InputProblem, match="seals was withdrawn on 2026-03-01 at 09:30 UTC: a wrong day"):
            refuse_retracted(connection, "seals")


def test_who_is_away_is_away_until_their_last_day(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        row = {"digest": b"d" * 32, "source": "x", "kind": "autoreply", "rule": "x", "read_at": NOW}
        number = connection.execute(inbound.insert().values(row).returning(inbound.c.id)).scalar_one()
        for address, days in ((ADA, 1), (ADA, 3), (BO, -1)):
            row = {"address_digest": digest(address), "inbound_id": number, "said_at": NOW}
            connection.execute(absence.insert().values(until=NOW + timedelta(days=days), **row))
        assert read_away(connection, now=NOW) == {digest(ADA): NOW + timedelta(days=3)}
        for address, days in ((ADA, 0), (BO, 13), (CY, 15)):  # who does not say until when
            at = NOW - timedelta(days=days)
            row = {"address_digest": digest(address), "inbound_id": number, "said_at": at}
            connection.execute(absence.insert().values(until=at, **row))
        assert read_away(connection, now=NOW) == {digest(ADA): NOW + timedelta(days=3), digest(BO): None}
