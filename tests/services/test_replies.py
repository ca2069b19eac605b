"""`mailer replies show` from a real Dovecot: a letter is found wherever staff filed it, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.answers import ADA, ASKS, BO, THANKS, answer
from tests.mailboxes import PASSWORD, Dovecot
from tests.office import Desk
from tests.servers import ScriptedServer
from tests.services.bounced import COLLECT, ENV, inbox_table, use

pytestmark = pytest.mark.service("dovecot")

ODD = '<a (b)c\\d"e*f%g+möwe@daily.example.com>'.replace(" ", "")


@pytest.fixture
def mail(dovecot: Dovecot) -> Iterator[Dovecot]:
    dovecot.empty()
    yield dovecot
    dovecot.empty()


def collected(
    desk: Desk, server: ScriptedServer, mail: Dovecot, *, scheme: str = "imaps", message_id: str = ""
) -> None:
    """Let Ada's and Bo's answers come back, behind a mail that is none of ours."""
    use(desk, server, inbox_table(mail, scheme=scheme))
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    others = [f"From: x@example.net\r\nSubject: {number}\r\n\r\nhello\r\n".encode() for number in range(3)]
    letters = [answer(server, ADA, message_id=message_id), answer(server, BO, THANKS)]
    mail.append(*others, *letters, folder="INBOX")
    assert desk.run(*COLLECT, env=ENV).code == 0


def number_of(desk: Desk, address: str) -> str:
    found = desk.run("replies", "--json").json["replies"]
    return str(next(each["id"] for each in found if each["email"] == address))


@pytest.mark.parametrize("scheme", ["imaps", "imap", "pop3s", "pop3"])
def test_a_letter_is_read_over_every_door_and_stays_as_it_was(
    desk: Desk, server: ScriptedServer, mail: Dovecot, scheme: str
) -> None:
    collected(desk, server, mail, scheme=scheme)
    before = mail.inbox()
    shown = desk.run("replies", "show", number_of(desk, ADA), env=ENV)
    assert shown.code == 0, shown.said
    assert ASKS in shown.out
    assert PASSWORD not in shown.said
    assert mail.inbox() == before  # still unseen


@pytest.mark.parametrize("message_id", ["", ODD])
def test_a_letter_that_staff_have_filed_is_found_in_its_folder(
    desk: Desk, server: ScriptedServer, mail: Dovecot, message_id: str
) -> None:
    collected(desk, server, mail, message_id=message_id)
    with mail.client() as client:
        client.create_folder("Zu beantworten")
        client.select_folder("INBOX")
        client.move(client.search(["FROM", ADA]), "Zu beantworten")
    shown = desk.run("replies", "show", number_of(desk, ADA), "--json", env=ENV)
    assert (shown.code, shown.json["text"]) == (0, ASKS)
    assert shown.json["found_in"] == "the folder Zu beantworten"


def test_a_deleted_letter_and_a_wrong_password_are_said(desk: Desk, server: ScriptedServer, mail: Dovecot) -> None:
    collected(desk, server, mail)
    number = number_of(desk, ADA)
    wrong = desk.run("replies", "show", number, env={"BOUNCES_PASSWORD": "wrong"})
    assert (wrong.code, "refused the login" in wrong.err, ADA in wrong.out) == (4, True, True)
    with mail.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search(["FROM", ADA]))
        client.expunge()
    gone = desk.run("replies", "show", number, env=ENV)
    assert (gone.code, "no longer has it" in gone.out) == (0, True)
    assert THANKS in desk.run("replies", "show", number_of(desk, BO), env=ENV).out
