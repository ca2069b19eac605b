"""Replies and returned mail at the desk: letters as text, assigned to one person; bounces matched by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mailer.ledger import open_ledger
from mailer.ledger.history import Wanted, read_returned
from mailer.ledger.returns import read_replies
from mailer.preview.server import compose_dsn
from tests.answers import ADA, ASKS, BO, CY, THANKS, answer
from tests.desk.opened import Opened, opened
from tests.office import Desk, put_into_maildir
from tests.servers import ScriptedServer

HOSTILE = "<script>alert(1)</script> May I call you today?"


@pytest.fixture
def office(desk: Desk, server: ScriptedServer) -> Desk:
    """A mailing has gone out; three letters and two bounces, one with a forged token, wait in the mailbox."""
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    di, ed = server.accepted_for("di@d.example.com")[0], server.accepted_for("ed@e.example.com")[0]
    bounces = [
        compose_dsn(
            each.mail_from, each.rcpt_to[0], each.data, answer=(550, "5.1.1 <b>gone</b>"), now=datetime.now(UTC)
        )
        for each in (di, ed)
    ]
    token = ed.mail_from.partition("+")[2].partition("@")[0]
    forged = bounces[1].replace(token.encode(), f"b{token[1:]}".encode())
    letters = [answer(server, ADA), answer(server, BO, THANKS), answer(server, CY, HOSTILE)]
    put_into_maildir(desk.root / "returned", [*letters, bounces[0], forged])
    return desk


@pytest.mark.slow
def test_replies_are_taken_and_answered_and_what_matched_nobody_is_settled(office: Desk) -> None:
    with opened(office) as page:
        assert "never" in page.get("/inbox/mailboxes").text
        read = page.post("/inbox/mailboxes")
        assert "5 messages read" in read.text
        assert "never" not in read.text

        inbox = page.get("/inbox")
        assert "needs an answer" in inbox.text
        assert "Could you send me photos" not in inbox.text  # the letter stays in its mailbox
        assert len(_numbers(inbox.html)) == 2
        everything = page.get("/inbox?which=")
        assert len(_numbers(everything.html)) == 3
        cy, bo, ada = _by_sender(page)

        shown = page.get(f"/inbox/{ada}")
        assert "photos in print quality" not in shown.text
        letter = page.get(f"/inbox/{ada}/letter")
        assert ASKS in letter.text
        assert "wrote:" not in letter.text
        assert "wrote:" in page.get(f"/inbox/{ada}/letter?whole=1").text
        region = page.get(f"/inbox/{cy}/letter", headers={"desk-region": "letter"})
        assert "&lt;script&gt;" in region.html
        assert "<script" not in region.html

        assert "is assigned to" in page.post(f"/inbox/{ada}", {"step": "take"}).text
        assert _numbers(page.get("/inbox?which=mine").html) == [ada]
        refused = page.post(f"/inbox/{ada}", {"step": "assign", "name": "Jonas"})
        assert "To take it over" in refused.text
        assert "to Jonas" in page.post(f"/inbox/{ada}", {"step": "assign", "name": "Jonas", "take-over": "1"}).text
        assert "No reply is assigned to you" in page.get("/inbox?which=mine").text
        noted = page.post(f"/inbox/{ada}", {"step": "note", "note": "Called back <i>at five</i>"})
        assert "Called back <i>at five</i>" in noted.text
        assert "&lt;i&gt;" in noted.html
        assert "done on" in page.post(f"/inbox/{ada}", {"step": "done"}).text
        assert ada not in _numbers(page.get("/inbox").html)
        assert _numbers(page.get("/inbox?which=done").html) == [ada]
        assert "is open again" in page.post(f"/inbox/{ada}", {"step": "reopen"}).text
        assert "Called back" not in page.post(f"/inbox/{ada}", {"step": "unnote"}).text
        assert page.post(f"/inbox/{ada}", {"step": "note", "note": " "}).status == 422
        assert page.get("/inbox/999999").status == 422
        assert str(bo) in _numbers(everything.html)

        # Returned mail: by reason; unmatched messages are settled by hand.
        returned = page.get("/inbox/returned")
        assert "di@d.example.com" in returned.text
        assert "5.1.1 <b>gone</b>" in returned.text
        assert "<b>gone" not in returned.html
        reason = re.search(r"reason=(\w+)", returned.html)
        assert reason
        assert "di@d.example.com" in page.get(f"/inbox/returned?reason={reason[1]}").text
        assert "Nothing came back" in page.get("/inbox/returned?reason=mailboxfull").text

        waiting = page.get("/inbox/returned?unmatched=1")
        (number,) = re.findall(r"/inbox/returned/(\d+)", waiting.html)
        message = page.get(f"/inbox/returned/{number}")
        assert "It changed nothing" in message.text
        assert "Final-Recipient" in message.text
        assert page.post(f"/inbox/returned/{number}", {"step": "as", "email": "x@nowhere.example"}).status == 422
        settled = page.post(f"/inbox/returned/{number}", {"step": "as", "email": "ed@e.example.com"})
        assert "is suppressed from now on" in settled.text
        assert "Nothing is unmatched" in page.get("/inbox/returned?unmatched=1").text
        back = page.post(f"/inbox/returned/{number}", {"step": "undo"})
        assert "is unmatched again" in back.text
        assert "ed@e.example.com can be mailed again" in back.text
        assert "set aside" in page.post(f"/inbox/returned/{number}", {"step": "aside"}).text


@pytest.mark.slow
def test_many_replies_and_returns_are_read_page_by_page(office: Desk) -> None:
    assert office.run("bounces", "collect").code == 0
    ledger = open_ledger("sqlite:///.mailer/ledger.db", office.root)
    assert ledger is not None
    with ledger.reading() as connection:
        every = [each.id for each in read_replies(connection)]
        paged: list[int] = []
        while found := read_replies(connection, before=paged[-1] if paged else 0, most=1):
            paged += [each.id for each in found]
        assert paged == every
        assert len(every) == 3
        assert {each.is_open for each in read_replies(connection, is_open=True)} == {True}
        assert read_replies(connection, is_done=True) == []
        (newest,) = read_returned(connection, Wanted(most=1))
        assert newest.id not in {each.id for each in read_returned(connection, Wanted(before=newest.id))}
    ledger.close()


def _numbers(html: str) -> list[str]:
    return re.findall(r'/inbox/(\d+)"', html)


def _by_sender(page: Opened) -> tuple[str, str, str]:
    """Return the numbers of the replies by Cy, Bo and Ada; a list names them as their list does, a page by address."""
    numbers = dict[str, str]()
    for number in _numbers(page.get("/inbox?which=").html):
        text = page.get(f"/inbox/{number}").text
        numbers |= {each: number for each in (CY, BO, ADA) if each in text}
    return numbers[CY], numbers[BO], numbers[ADA]
