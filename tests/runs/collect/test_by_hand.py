"""Unmatched findings are matched by hand, set aside, and undone; what waits too long is reported."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from mailer.bounces.values import Kind
from mailer.errors import InputProblem, Problem
from mailer.inbox.values import RawMessage
from mailer.ledger.history import Wanted, find_overdue, read_books, read_returned
from mailer.ledger.tables import inbox_cursor
from mailer.runs.collect.by_hand import settle_as, settle_aside, undo_settling
from mailer.runs.collect.taking import collect
from mailer.runs.suppressions.opt_out import Grounds, lift
from tests.runs.collect.past import ADA, BO, CY, DAY, START, Past, bounce, reply


@pytest.fixture(autouse=True)
def _seals(past: Past) -> None:
    past.mail("seals", [ADA, BO])


def waiting(past: Past) -> list[int]:
    with past.ledger.reading() as connection:
        return [each.id for each in read_returned(connection, Wanted(unmatched=True))]


def hard(past: Past) -> int:
    mailing = past.state("seals")
    with past.ledger.reading() as connection:
        return read_books(connection, mailing).after["hard"]


def forwarded(past: Past) -> int:
    """Record a bounce that names an unknown address; return its number."""
    past.take(bounce("ada.private@mail.example.net"))
    (number,) = waiting(past)
    return number


def test_tied_by_hand_a_bounce_has_the_same_verdict(past: Past) -> None:
    number = forwarded(past)
    collected = settle_as(past.office, past.ledger, number, ADA, reason="she passes her mail on").collected
    assert collected.suppressed == [(ADA, "dead address")]
    assert past.findings() == [("bounce-dead", "hand", "")]
    assert (past.events(ADA), hard(past), waiting(past)) == (["bounced_hard"], 1, [])
    with past.ledger.reading() as connection:
        (found,) = read_returned(connection, Wanted())
    assert (found.settled_as, found.address) == ("hand:not-sent-to", ADA)


def test_undone_it_waits_again_and_counts_nowhere(past: Past) -> None:
    number = forwarded(past)
    settle_as(past.office, past.ledger, number, ADA)
    assert undo_settling(past.office, past.ledger, number).lifted == (ADA,)
    assert past.findings() == [("bounce-dead", "", "not-sent-to")]
    assert (past.suppression(ADA), hard(past), waiting(past)) == (None, 0, [number])
    settle_as(past.office, past.ledger, number, BO)
    assert (past.events(BO), hard(past)) == (["bounced_hard"], 1)


def test_settled_again_as_the_same_person_it_counts_again(past: Past) -> None:
    number = forwarded(past)
    settle_as(past.office, past.ledger, number, ADA)
    undo_settling(past.office, past.ledger, number)
    past.at(1)
    past.mail("boats", [ADA])
    past.take(bounce("third@mail.example.net"))
    again = waiting(past)[0]
    settle_as(past.office, past.ledger, again, ADA)
    assert past.suppression(ADA) is not None


def test_what_was_settled_wrongly_says_nothing_of_the_address(past: Past) -> None:
    number = forwarded(past)
    settle_as(past.office, past.ledger, number, ADA)
    past.at(1)
    undo_settling(past.office, past.ledger, number)
    past.bounce("seals", ADA)  # their own, of the same mail
    assert past.suppression(ADA) is not None
    past.at(2)
    lift(past.office, past.ledger, ADA, Grounds())
    settle_as(past.office, past.ledger, number, ADA)  # somebody at the desk insists
    assert past.suppression(ADA) is not None


def test_undoing_leaves_what_something_else_says_too(past: Past) -> None:
    number = forwarded(past)
    past.bounce("seals", ADA)
    settle_as(past.office, past.ledger, number, ADA)
    assert not undo_settling(past.office, past.ledger, number).lifted
    assert past.suppression(ADA) is not None
    assert hard(past) == 1


def test_an_opt_out_is_honoured_by_hand_and_taken_back_by_hand(past: Past) -> None:
    past.take(reply(Kind.OPTOUT, CY, words="take me off"))
    (number,) = waiting(past)
    settle_as(past.office, past.ledger, number, BO)
    found = past.suppression(BO)
    assert found is not None
    assert found.reason == "opted_out"
    assert undo_settling(past.office, past.ledger, number).lifted == (BO,)
    assert past.suppression(BO) is None


def test_what_is_about_nobody_is_set_aside_and_waits_no_more(past: Past) -> None:
    number = forwarded(past)
    assert settle_aside(past.office, past.ledger, number, reason="spam").is_ignored
    assert (waiting(past), past.events(ADA)) == ([], [])
    assert not undo_settling(past.office, past.ledger, number).lifted
    assert waiting(past) == [number]


def test_what_cannot_be_settled_says_why(past: Past) -> None:
    number = forwarded(past)
    with pytest.raises(InputProblem, match=f"nothing was ever sent to {CY}"):
        settle_as(past.office, past.ledger, number, CY)
    with pytest.raises(InputProblem, match="there is no finding 4711"):
        settle_aside(past.office, past.ledger, 4711)
    with pytest.raises(InputProblem, match="was not decided by hand"):
        undo_settling(past.office, past.ledger, number)
    settle_aside(past.office, past.ledger, number)
    with pytest.raises(InputProblem, match="settled already"):
        settle_as(past.office, past.ledger, number, ADA)
    past.bounce("seals", ADA)
    with pytest.raises(InputProblem, match="is matched to"):
        settle_aside(past.office, past.ledger, number + 1)


READ = {"main": "main", "other": "other"}


def test_an_opt_out_that_waits_for_two_days_and_a_mailbox_that_cannot_be_read_are_overdue(past: Past) -> None:
    past.take(reply(Kind.OPTOUT, CY, words="take me off"), bounce("x@mail.example.net"))
    past.take(reply(Kind.OPTOUT, ADA, words="take me off"))  # honoured, and waits for nothing but a look
    with past.ledger.writing() as connection:
        for name, since in (("main", START), ("other", START + 2 * DAY), ("of last year", START)):
            values = {"name": name, "validity": 1, "uid": 1, "failed_since": since, "failure": "no route"}
            connection.execute(insert(inbox_cursor).values(**values))
    with past.ledger.reading() as connection:
        assert not find_overdue(connection, START + timedelta(hours=47), mailboxes=READ)
        overdue = find_overdue(connection, START + timedelta(hours=49), mailboxes=READ)
    assert [(each.address, each.unmatched) for each in overdue.opt_outs] == [(CY, "no-token")]
    assert [(each.name, each.failure) for each in overdue.mailboxes] == [("main", "no route")]
    settle_aside(past.office, past.ledger, overdue.opt_outs[0].id)
    with past.ledger.reading() as connection:
        assert find_overdue(connection, START + timedelta(hours=49), mailboxes=READ).opt_outs == ()


DSN = """\
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {who}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 {words}

--=_b--
"""


def raw(past: Past, address: str, words: str = "unknown user") -> RawMessage:
    text = DSN.format(to=f"bounces+{past.token('seals', address)}@example.org", who=address, words=words)
    return RawMessage("test/1", text.replace("\n", "\r\n").encode())


def test_a_dry_run_tells_the_same_and_changes_nothing(past: Past) -> None:
    entries: list[RawMessage | Problem] = [
        raw(past, ADA),
        raw(past, ADA),
        raw(past, ADA, "no such person"),
        raw(past, BO),
        Problem("x", "broken"),
    ]
    before = past.findings()
    would = collect(past.office, past.ledger, entries, dry_run=True)
    assert past.findings() == before == []
    assert (past.suppression(ADA), past.events(ADA)) == (None, [])
    done = collect(past.office, past.ledger, entries)
    assert replace(would, dry_run=False, _seen=set()) == done
    assert dict(done.people) == {"bounced_hard": 2}
    assert done.known == 1
    assert past.suppression(ADA) is not None


HOSTILE = [
    b"From: ada@a.example.com\r\nSubject: x\x00y =?utf-8?q?=00z?= \xff\r\nIn-Reply-To: <a\x00@b>\r\n\r\nHello \x00\r\n",
    b"From: ada@a.example.com\r\nSubject: no\r\nIn-Reply-To: <a\x00@b>\r\n\r\nPlease take me off your list\x00.\r\n",
    DSN.format(to="bounces@example.org", who="ada\0@a.example.com", words="\0 gone").replace("\n", "\r\n").encode(),
]


def test_a_letter_that_no_database_could_keep_stops_nothing(past: Past) -> None:
    """Otherwise a stranger's NUL would stop every reading at the same message, for ever."""
    entries = [RawMessage(f"new/\udcff{number}", data) for number, data in enumerate(HOSTILE)]
    collected = collect(past.office, past.ledger, [*entries, raw(past, BO)])
    assert collected.messages == 4
    assert past.events(BO) == ["bounced_hard"]
