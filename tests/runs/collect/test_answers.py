"""Replies in the ledger: who answered a mailing or what followed it, and what two people may do to one reply."""

from __future__ import annotations

from sqlalchemy import update

from mailer.bounces.values import Kind
from mailer.events import MailingKind
from mailer.ledger.returns import Reply, answered, assign, awaiting_answer, finish, read_replies, reopen
from mailer.ledger.tables import delivery, mailing
from tests.ledger.rows import digest
from tests.runs.collect.past import ADA, BO, CY, Past, reply

ASKS = ("picture", "question")


def follow(past: Past, slug: str, people: list[str]) -> int:
    """Send a correction of the seals; return the number of the first mailing."""
    first, second = past.mailings["seals"], past.mail(slug, people, of=MailingKind.CORRECTION)
    with past.ledger.writing() as connection:
        connection.execute(update(mailing).where(mailing.c.id == second.id).values(parent_id=first.id))
    return first.id


def found(past: Past) -> list[Reply]:
    with past.ledger.reading() as connection:
        return read_replies(connection, mailing_id=past.mailings["seals"].id)


def test_an_answer_to_what_followed_a_mailing_is_one_to_the_mailing(past: Past) -> None:
    past.mail("seals", [ADA, BO, CY])
    first = follow(past, "seals-again", [ADA, BO])
    past.take(
        reply(Kind.NONE, ADA, original_message_id=past.message_id("seals-again", ADA), asks=ASKS),
        reply(Kind.NONE, CY, original_message_id=past.message_id("seals", CY), asks=("thanks",)),
        reply(Kind.AUTOREPLY, BO, original_message_id=past.message_id("seals", BO)),
    )
    with past.ledger.reading() as connection:
        assert answered(connection, first) == {digest(ADA), digest(CY)}
        assert awaiting_answer(connection, first) == {digest(ADA)}
        assert answered(connection, past.mailings["seals-again"].id) == {digest(ADA)}


def test_what_was_seen_before_somebody_else_acted_changes_nothing(past: Past) -> None:
    past.mail("seals", [ADA])
    past.take(reply(Kind.NONE, ADA, original_message_id=past.message_id("seals", ADA), asks=ASKS))
    (seen,), stamp = found(past), past.office.stamp()
    with past.ledger.writing() as connection:
        assert assign(connection, seen, "Ida", stamp=stamp)
        assert not assign(connection, seen, "Jonas", stamp=stamp)
        assert finish(connection, seen, stamp=stamp)
        assert not finish(connection, seen, stamp=stamp)
        assert not assign(connection, seen, "Jonas", stamp=stamp)
    (now,) = found(past)
    assert (now.assigned, now.done_by, now.is_open) == ("Ida", stamp.actor, False)
    with past.ledger.writing() as connection:
        assert reopen(connection, now)
        assert not reopen(connection, now)
        assert awaiting_answer(connection, past.mailings["seals"].id) == {digest(ADA)}


def test_who_was_forgotten_and_answers_is_counted_without_a_name(past: Past) -> None:
    past.mail("seals", [ADA])
    with past.ledger.writing() as connection:
        connection.execute(update(delivery).where(delivery.c.address_digest == digest(ADA)).values(address=None))
    letter = reply(Kind.NONE, ADA, original_message_id=past.message_id("seals", ADA), message_id="<x@a.example.com>")
    past.take(letter)
    (answer,) = found(past)
    assert (answer.address, answer.sender, answer.subject, answer.message_id, answer.who) == ("", "", "", "", "")


def test_a_date_that_cannot_be_is_the_time_of_reading(past: Past) -> None:
    past.mail("seals", [ADA, BO])
    past.at(3)
    for sender, when in ((ADA, past.at(2)), (BO, past.at(-700))):
        now = past.at(3)
        letter = reply(Kind.NONE, sender, original_message_id=past.message_id("seals", sender), sent_at=when)
        past.take(letter)
        (answer,) = [each for each in found(past) if each.address == sender]
        assert answer.written_at == (when if sender == ADA else now)
