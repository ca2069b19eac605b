"""Absences are kept with the date of return; people who have left or moved become a proposal, once."""

from __future__ import annotations

from datetime import date

import pytest

from mailer.bounces.values import Kind, Notice
from mailer.ledger.returns import REJECTED, decide, read_absences, read_proposals, read_replies
from mailer.pages import document
from mailer.pages.collect import happened
from tests.runs.collect.past import ADA, BO, START, Past, reply

BACK = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def _seals(past: Past) -> None:
    past.mail("seals", [ADA, BO])


def away(
    past: Past, notice: Notice | None, *, kind: Kind = Kind.AUTOREPLY, slug: str = "seals", proven: bool = True
) -> None:
    more = {"original_message_id": past.message_id(slug, ADA)} if proven else {}
    past.take(reply(kind, ADA, sent_at=past.office.clock(), notice=notice, words="I am not here", **more))


def absences(past: Past, slug: str = "seals") -> list[tuple[str, date]]:
    with past.ledger.reading() as connection:
        found = read_absences(connection, past.mailings[slug].id)
    return [(each.address, each.until.date()) for each in found]


def proposals(past: Past, *states: str) -> list[tuple[str, str, str]]:
    with past.ledger.reading() as connection:
        found = read_proposals(connection, states=states or ("open",))
    return [(each.kind, each.address, each.new_address) for each in found]


def test_who_is_away_is_known_with_the_day_they_are_back(past: Past) -> None:
    away(past, Notice(back_on=BACK))
    assert absences(past) == [(ADA, BACK)]
    assert past.suppression(ADA) is None
    assert proposals(past) == []


def test_a_newer_notice_with_another_day_is_known_beside_the_first(past: Past) -> None:
    away(past, Notice(back_on=BACK))
    past.at(1)
    past.mail("boats", [ADA])
    away(past, Notice(back_on=date(2026, 3, 5)), slug="boats")
    assert (absences(past), absences(past, "boats")) == ([(ADA, BACK)], [(ADA, date(2026, 3, 5))])


@pytest.mark.parametrize("day", [None, date(2026, 3, 1), date(2028, 1, 1)], ids=["none", "over", "far off"])
def test_a_date_that_cannot_be_meant_is_no_absence(past: Past, day: date | None) -> None:
    away(past, Notice(back_on=day))
    assert absences(past) == []
    assert past.events(ADA) == ["auto_replied"]


def test_a_notice_that_anybody_could_have_written_is_no_absence(past: Past) -> None:
    away(past, Notice(back_on=BACK), proven=False)
    assert past.events(ADA) == ["auto_replied"]
    assert absences(past) == []


@pytest.mark.parametrize(
    "notice, kind, wanted",
    [
        (Notice(new_address="ada@new.example.net"), Kind.MOVED, [("moved", ADA, "ada@new.example.net")]),
        (Notice(has_left=True, stand_ins=("di@a.example.com",)), Kind.MOVED, [("stand_in", ADA, "di@a.example.com")]),
        (Notice(has_left=True), Kind.AUTOREPLY, [("left", ADA, "")]),
        (None, Kind.MOVED, [("left", ADA, "")]),
        (Notice(has_left=True, stand_ins=("not an address", ADA)), Kind.MOVED, [("left", ADA, "")]),
        (Notice(stand_ins=("di@a.example.com",), back_on=BACK), Kind.AUTOREPLY, []),
        (Notice(), Kind.AUTOREPLY, []),
    ],
)
def test_who_left_or_moved_is_proposed_and_who_stands_in_for_a_fortnight_is_not(
    past: Past, notice: Notice | None, kind: Kind, wanted: list[tuple[str, str, str]]
) -> None:
    away(past, notice, kind=kind)
    assert proposals(past) == wanted
    assert past.suppression(ADA) is None


def test_the_same_is_proposed_once_and_what_was_turned_down_does_not_come_again(past: Past) -> None:
    moved = Notice(new_address="ada@new.example.net")
    away(past, moved, kind=Kind.MOVED)
    past.at(3)
    past.mail("boats", [ADA])
    away(past, moved, kind=Kind.MOVED, slug="boats")
    assert len(proposals(past)) == 1
    with past.ledger.writing() as connection:
        (found,) = read_proposals(connection)
        assert decide(connection, found, REJECTED, stamp=past.office.stamp())
        assert not decide(connection, found, REJECTED, stamp=past.office.stamp())
    away(past, moved, kind=Kind.MOVED, slug="boats")
    away(past, Notice(new_address="ADA@new.example.net"), kind=Kind.MOVED, slug="boats")
    assert proposals(past) == []
    away(past, Notice(new_address="ada@third.example.net"), kind=Kind.MOVED, slug="boats")
    assert proposals(past) == [("moved", ADA, "ada@third.example.net")]


def test_that_somebody_left_adds_nothing_to_a_proposal_that_says_where_to(past: Past) -> None:
    away(past, Notice(new_address="ada@new.example.net"), kind=Kind.MOVED)
    away(past, None, kind=Kind.MOVED)
    assert len(proposals(past)) == 1


def test_a_reading_tells_who_is_away_and_what_is_proposed(past: Past) -> None:
    more = {"original_message_id": past.message_id("seals", ADA), "sent_at": START}
    collected = past.take(
        reply(Kind.AUTOREPLY, ADA, notice=Notice(back_on=BACK), **more),
        reply(Kind.MOVED, ADA, notice=Notice(new_address="ada@new.example.net"), **more),
    )
    assert list(happened(collected)) == [
        f"{ADA} is away until 2026-03-16",
        "1 proposal for the lists, about contacts who left or moved: mailer lists proposals",
    ]
    shown = document(collected)
    assert shown["paused"] == []
    assert shown["away"] == [{"email": ADA, "until": "2026-03-16"}]
    assert shown["proposed"] == [{"email": ADA, "new": "ada@new.example.net"}]


def test_a_reply_is_told_with_sender_and_subject_and_nothing_else_of_it_is_kept(past: Past) -> None:
    letter = reply(Kind.NONE, "ada.home@mail.example.net", original_message_id=past.message_id("seals", ADA))
    past.take(letter, data=b"From: x\r\n\r\nsecret-4711\r\n")
    with past.ledger.reading() as connection:
        (answer,) = read_replies(connection, mailing_id=past.mailings["seals"].id)
    assert (answer.address, answer.sender, answer.subject) == (ADA, "ada.home@mail.example.net", "Re: Seals")
    assert answer.written_at == START
