"""Embargoes in the ledger: which answer counts, who is due, and that a wave starts once."""

from __future__ import annotations

from mailer.events import MailingKind
from mailer.ledger import Connection, Ledger, offers
from mailer.ledger.mailings import Mailing, NewMailing, Stamp, add_mailing
from mailer.ledger.offers import AGREED, BROKEN, DECLINED, FORGIVEN, HELD, LINK, PLANNED, REPLY, WAITING
from tests.ledger.rows import NOW, digest, later, planned

ADA, BO = "ada@daily.example.com", "bo@evening.example.com"
STAMP = Stamp(NOW, "press@desk")


def say(connection: Connection, address: str, verdict: str, *, slug: str = "seals", confirmed: bool = True) -> None:
    evidence = LINK if confirmed else REPLY
    response = offers.EmbargoAnswer(slug, digest(address), address, verdict, evidence, NOW, confirmed=confirmed)
    offers.add_embargo_answer(connection, response, stamp=STAMP)


def released(connection: Connection) -> Mailing:
    return add_mailing(connection, NewMailing("seals", MailingKind.RELEASE, 1, "Seals", "main"), stamp=STAMP)


def test_the_newest_confirmed_answer_of_a_person_counts_for_each_release(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        say(connection, ADA, AGREED)
        say(connection, ADA, DECLINED)
        say(connection, BO, DECLINED)
        say(connection, BO, AGREED)
        say(connection, ADA, AGREED, confirmed=False)
        say(connection, ADA, AGREED, slug="pier")
        found = {each.address: each.verdict for each in offers.read_answers(connection, "seals")}
        assert found == {ADA: DECLINED, BO: AGREED}
        assert offers.agreed_digests(connection, "seals") == {digest(BO)}
        assert offers.agreed_digests(connection, "seals", [digest(ADA)]) == frozenset()
        assert [each.address for each in offers.read_unconfirmed(connection, "seals")] == [ADA]
        assert sorted(offers.due_answer_slugs(connection)) == ["pier", "seals"]
        offers.mark_released(connection, "seals", [digest(BO)], at=NOW)
        assert offers.due_answer_slugs(connection) == ["pier"]
        say(connection, ADA, DECLINED)
        assert offers.read_unconfirmed(connection, "seals") == []


def test_a_broken_embargo_holds_for_every_release_until_it_is_forgiven(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        say(connection, ADA, BROKEN)
        say(connection, ADA, AGREED, slug="pier")
        assert set(offers.read_broken(connection)) == {digest(ADA)}
        assert offers.read_broken(connection, [digest(BO)]) == {}
        say(connection, ADA, FORGIVEN, slug="")
        assert offers.read_broken(connection, [digest(ADA)]) == {}


def test_a_wave_counts_once_it_is_written_whole_and_starts_once(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        mailing = released(connection)
        wave = offers.add_wave(
            connection,
            mailing.id,
            stamp=STAMP,
            number=1,
            at=later(60),
            after_h=None,
            on_event="",
            told="at nine",
            request="{}",
            recipients=2,
        )
        people = [planned(mailing, address) for address in (ADA, BO)]
        offers.add_recipients(connection, wave, people)
        assert offers.read_waiting(connection) == []
        assert not offers.start_wave(connection, wave, at=NOW)
        assert offers.move_waves(connection, mailing.id, (PLANNED,), WAITING) == 1
        assert offers.move_waves(connection, mailing.id, (WAITING,), HELD) == 1
        assert not offers.start_wave(connection, wave, at=NOW)
        offers.move_waves(connection, mailing.id, (HELD,), WAITING)
    with ledger.reading() as connection:
        assert [each.number for each in offers.read_waiting(connection)] == [1]
        first = offers.read_recipients(connection, wave, after=0, limit=1)
        rest = offers.read_recipients(connection, wave, after=first[0].id, limit=5)
        assert [each.address for each in (*first, *rest)] == [ADA, BO]
        assert offers.wave_digests(connection, wave) == {digest(ADA), digest(BO)}
    with ledger.writing() as connection:
        assert offers.start_wave(connection, wave, at=NOW)
        assert not offers.start_wave(connection, wave, at=NOW)
        assert offers.drop_waves(connection, mailing.id) == 0
        assert [each.started_at for each in offers.read_waves(connection, mailing.id)] == [NOW]
