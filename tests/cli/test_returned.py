"""`mailer bounces list` and `show`, and returned mail in `report`, as text."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from mailer.pages.words import TO_DO, to_do, why
from mailer.preview.server import compose_dsn
from mailer.reply.values import OURS, Reason
from tests.office import Desk, put_into_maildir
from tests.returned import out_of_office
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
NOW = datetime(2026, 10, 3, 8, tzinfo=UTC)
ANSWER = """\
From: Di Fen <di@d.example.com>
To: press@example.org
Subject: Re: four hundred lamps
In-Reply-To: {message_id}

May I come on Thursday?
"""


@pytest.fixture
def returned(desk: Desk, server: ScriptedServer) -> Desk:
    """A mailing with a dead address, a full mailbox, a mail rejected for its text, an out-of-office and a reply."""
    assert desk.run(*SEND).code == 0
    texts = {
        "ada@a.example.com": (550, "5.1.1 unknown user"),
        "bo@b.example.com": (552, "5.2.2 mailbox full"),
        "cy@c.example.com": (554, "5.7.1 message looks like spam"),
    }
    mails = {message.rcpt_to[0]: message for message in server.accepted}
    reports = [
        compose_dsn(mails[who].mail_from, who, mails[who].data, answer=answer, now=NOW) for who, answer in texts.items()
    ]
    ids = {each["address"]: each["message_id"] for each in desk.report()["deliveries"]}
    answer = ANSWER.format(message_id=ids["di@d.example.com"]).replace("\n", "\r\n").encode()
    away = out_of_office("ed@e.example.com", ids["ed@e.example.com"])
    put_into_maildir(desk.root / "returned", [*reports, away, answer])
    assert desk.run("bounces", "collect").code == 0
    return desk


@pytest.mark.slow
def test_the_text_of_a_delivery_is_the_relays_answer_whatever_came_back(returned: Desk) -> None:
    states = {
        each["address"]: (each["code"], each["text"], each["came_back"]) for each in returned.report()["deliveries"]
    }
    assert states["ada@a.example.com"] == (250, "250 2.0.0 Queued", ["bounced_hard"])
    assert {(code, text) for code, text, _ in states.values()} == {(250, "250 2.0.0 Queued")}


@pytest.mark.slow
def test_bounces_are_grouped_by_reason_with_a_sentence_and_what_to_do(returned: Desk) -> None:
    text = returned.run("bounces", "list").out
    assert "The address does not exist" in text
    assert "The address is suppressed." in text
    assert "The mailbox is full" in text
    assert "Refused as spam" in text
    assert "Check SPF, DKIM and DMARC" in " ".join(text.split())
    assert "By domain   a.example.com 1 · b.example.com 1 · c.example.com 1" in text
    assert "By mailing  lamps 5" in text
    assert text.index("does not exist") < text.index("Answered automatically")


@pytest.mark.slow
def test_after_a_suppression_is_lifted_the_list_of_bounces_no_longer_says_that_it_stands(returned: Desk) -> None:
    found = {each["email"]: each["suppressed"] for each in returned.run("bounces", "list", "--json").json["bounces"]}
    assert found["ada@a.example.com"] is True
    assert found["bo@b.example.com"] is False
    assert returned.run("optouts", "remove", "ada@a.example.com").code == 0
    text = returned.run("bounces", "list").out
    assert "The address is suppressed" not in text
    assert "Not suppressed. Find the new address" in text
    document = returned.run("bounces", "list", "--json").json["bounces"]
    assert not any(each["suppressed"] for each in document)
    number = next(str(each["id"]) for each in document if each["email"] == "ada@a.example.com")
    assert "The address is suppressed" not in returned.run("bounces", "show", number).out


def test_one_reason_or_domain_shows_everybody_with_their_servers_words(returned: Desk) -> None:
    text = returned.run("bounces", "list", "--reason", "mailboxfull").out
    assert "bo@b.example.com · lamps" in text
    assert "mailbox full" in text
    assert "cy@" not in text
    assert "cy@c.example.com" in returned.run("bounces", "list", "--domain", "c.example.com").out
    assert returned.run("bounces", "list", "lamps", "--people").out.count("@") >= 5
    assert returned.run("bounces", "list", "no-such-mailing").code == 2


def test_programs_get_the_counts_beside_the_list(returned: Desk) -> None:
    document = returned.run("bounces", "list", "--json").json
    assert document["reasons"] == {"userunknown": 1, "mailboxfull": 1, "spamdetected": 1}
    assert document["domains"] == {"a.example.com": 1, "b.example.com": 1, "c.example.com": 1}
    assert document["mailings"] == {"lamps/release-1": 5}
    assert {each["kind"] for each in document["bounces"]} == {
        "bounce-dead",
        "bounce-soft",
        "bounce-ours",
        "autoreply",
        "reply",
    }


@pytest.mark.slow
def test_a_message_is_shown_whole(returned: Desk) -> None:
    found = returned.run("bounces", "list", "--json").json["bounces"]
    number = next(str(each["id"]) for each in found if each["email"] == "bo@b.example.com")
    text = returned.run("bounces", "show", number).out
    assert "About       bo@b.example.com in lamps" in text
    assert "The mailbox is full (5.2.2)" in text
    assert "matched by our token" in text
    assert "      Final-Recipient: rfc822; bo@b.example.com" in text
    document = returned.run("bounces", "show", number, "--json").json
    assert document["kind"] == "bounce"
    assert "Undelivered Mail" in document["raw"]
    missing = returned.run("bounces", "show", "4711")
    assert (missing.code, "has the number 4711" in missing.err) == (2, True)


def test_what_a_stranger_wrote_does_not_steer_the_terminal(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND)
    mail = server.accepted[0]
    answer = (550, "5.1.1 unknown \x1b[2Juser")
    report = compose_dsn(mail.mail_from, mail.rcpt_to[0], mail.data, answer=answer, now=NOW)
    put_into_maildir(desk.root / "returned", [report])
    desk.run("bounces", "collect")
    number = str(desk.run("bounces", "list", "--json").json["bounces"][0]["id"])
    for words in (("list", "--people"), ("show", number)):
        assert "\x1b" not in desk.run("bounces", *words).out


def test_the_report_tells_why_it_came_back_who_answered_and_who_was_not_heard_of(returned: Desk) -> None:
    report = returned.report()
    assert report["bounce_reasons"] == {"userunknown": 1, "mailboxfull": 1, "spamdetected": 1}
    assert (report["replied"], report["auto_replied"], report["unheard"]) == (1, 1, 0)
    assert [(each["address"], each["subject"]) for each in report["answers"]] == [
        ("di@d.example.com", "Re: four hundred lamps")
    ]
    text = returned.run("report").out
    assert "Came back   1 " in text
    assert "1 the address does not exist" in text
    assert "Re: four hundred lamps" in text
    assert "letters" in text


def test_whoever_was_not_heard_of_is_listed(desk: Desk) -> None:
    desk.run(*SEND)
    assert desk.run("report", "--unheard").out.split() == [each["address"] for each in desk.report()["deliveries"]]
    assert len(desk.run("report", "--unheard", "--json").json["unheard"]) == 5


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_for_people_and_says_what_to_do(reason: Reason) -> None:
    assert why(reason) != reason.value
    assert reason.value in TO_DO
    assert ("nobody is suppressed for it" in to_do(reason)) == (reason in OURS)


def age_three_days(desk: Desk, table: str, column: str) -> None:
    """Set all times of a column in the ledger to three days ago."""
    with sqlite3.connect(desk.root / ".mailer" / "ledger.db") as ledger:
        at = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S.000000")
        assert ledger.execute(f"UPDATE {table} SET {column} = ?", (at,)).rowcount  # noqa: S608 - our own words
    ledger.close()


@pytest.mark.slow
def test_an_opt_out_that_nobody_could_be_found_for_is_an_alarm_after_48_hours(desk: Desk) -> None:
    desk.run(*SEND)
    stranger = b"From: somebody@elsewhere.example.net\r\nTo: press@example.org\r\nSubject: unsubscribe\r\n\r\n"
    put_into_maildir(desk.root / "returned", [stranger])
    desk.run("bounces", "collect")
    none: dict[str, list[str]] = {"opt_outs": [], "mailboxes": []}
    assert desk.run("status", "--json").json["overdue"] == none
    age_three_days(desk, "inbound", "read_at")
    overdue = desk.run("status", "--json").json["overdue"]
    assert [each["from"] for each in overdue["opt_outs"]] == ["somebody@elsewhere.example.net"]
    assert desk.report()["overdue"] == overdue
    for words in (("status",), ("status", "lamps"), ("report",)):
        assert "An opt-out has been waiting to be matched" in desk.run(*words).out
    doctor = desk.run("doctor", "--offline", "--json")
    assert doctor.code == 3
    assert next(each for each in doctor.json["checks"] if each["name"] == "opt-outs")["code"] == "optouts-waiting"
    desk.run("bounces", "show", str(overdue["opt_outs"][0]["id"]), "--ignore", "--reason", "a stranger")
    assert desk.run("status", "--json").json["overdue"] == none


@pytest.mark.slow
def test_a_mailbox_that_cannot_be_read_is_an_alarm_after_48_hours(desk: Desk) -> None:
    desk.run(*SEND)
    with sqlite3.connect(desk.root / ".mailer" / "ledger.db") as ledger:
        ledger.execute(
            "INSERT INTO inbox_cursor (name, validity, uid, failed_since, failure) VALUES (?, 1, 1, ?, 'no')",
            ("main maildir:returned", datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.000000")),
        )
    ledger.close()
    assert desk.report()["overdue"]["mailboxes"] == []
    age_three_days(desk, "inbox_cursor", "failed_since")
    assert [each["name"] for each in desk.report()["overdue"]["mailboxes"]] == ["main"]
    assert "The mailbox main has been unreadable since" in desk.run("report").out
    (finding,) = (
        each for each in desk.run("doctor", "--offline", "--json").json["checks"] if each["name"] == "mailbox"
    )
    assert (finding["code"], "main has been unreadable since" in finding["message"]) == ("mailbox-failing", True)


@pytest.mark.slow
def test_too_much_that_is_our_own_fault_is_told_as_such(desk: Desk, server: ScriptedServer) -> None:
    desk.people("many", 30)
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace("[bounces]", "[bounces]\nalarm_people = 2\nalarm_sent = 5"))
    assert desk.run("send", "lamps", "--to", "many", "--yes").code == 0
    mails = list(server.accepted)[:4]
    answer = (554, "5.7.1 message looks like spam")
    spam = [compose_dsn(each.mail_from, each.rcpt_to[0], each.data, answer=answer, now=NOW) for each in mails]
    put_into_maildir(desk.root / "returned", spam)
    desk.run("bounces", "collect")
    assert any("about us, not about them" in each for each in desk.report()["alarms"])
    assert "about us, not about them" in desk.run("report").out
    assert desk.run("optouts", "list", "--json").json["suppressed"] == []
