"""`mailer optouts`: who is suppressed, for which reason, and how that is lifted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailer.errors import InputProblem
from mailer.runs.suppressions.opt_out import read_evidence
from mailer.tokens import find_tokens
from tests.office import Desk, mail_of, times_taken
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
CY = "cy@c.example.com"


@pytest.fixture
def sent(desk: Desk) -> Desk:
    assert desk.run(*SEND).code == 0
    return desk


def suppressed(desk: Desk) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


def offered(server: ScriptedServer, address: str) -> tuple[str, str]:
    """Return the link and the mailbox in the List-Unsubscribe of a person's mail."""
    mail = mail_of(next(message for message in server.accepted if message.rcpt_to == (address,)))
    link, mailto = re.findall(r"<([^>]+)>", str(mail["List-Unsubscribe"]))
    return link, mailto.removeprefix("mailto:")


def send_another(desk: Desk) -> dict[str, int]:
    desk.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    done = desk.run("send", "wicks", "--to", "coast", "--yes", "--json")
    assert done.code == 0, done.said
    reasons: dict[str, int] = done.json["skipped_reasons"]
    return reasons


def test_who_is_opted_out_by_hand_is_skipped_whatever_the_spelling(desk: Desk, server: ScriptedServer) -> None:
    done = desk.run("optouts", "add", "CY@C.example.COM", "--note", "on the phone", "--json")
    assert done.code == 0
    assert done.json.items() >= {"email": "CY@c.example.com", "new": True, "reason": "opted_out"}.items()
    listed = desk.run("optouts", "list", "--json").json["suppressed"]
    assert [(each["source"], each["note"], each["reason"]) for each in listed] == [
        ("staff", "on the phone", "opted_out")
    ]
    sent = desk.run(*SEND, "--json")
    assert sent.code == 0
    assert sent.json["skipped_reasons"] == {"opted_out": 1}
    assert CY not in times_taken(server)


def test_the_same_person_twice_is_one_suppression_and_the_first_reason_stands(desk: Desk) -> None:
    desk.run("optouts", "add", CY)
    again = desk.run("optouts", "add", CY, "--reason", "manual", "--json")
    assert again.json["new"] is False
    assert suppressed(desk) == {CY: "opted_out"}


@pytest.mark.slow
def test_a_new_spreadsheet_with_the_same_person_does_not_bring_them_back(sent: Desk, server: ScriptedServer) -> None:
    sent.run("optouts", "add", CY)
    (sent.root / "lists" / "coast.csv").unlink()
    sent.write("lists/coast.csv", 'E-Mail;Name\n"Cy@C.Example.Com";Cyril\nnew@n.example.com;New\n')
    assert send_another(sent) == {"opted_out": 1}
    assert times_taken(server)[CY] == 1
    assert times_taken(server)["new@n.example.com"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("form", ["token", "link", "address", "mailto"])
def test_the_token_of_a_mail_opts_its_reader_out(sent: Desk, server: ScriptedServer, form: str) -> None:
    link, mailbox = offered(server, CY)
    text = {"token": find_tokens(link)[0].upper(), "link": link, "address": mailbox, "mailto": f"mailto:{mailbox}"}
    done = sent.run("optouts", "add", "--token", text[form], "--json")
    assert done.code == 0
    assert done.json.items() >= {"email": CY, "new": True, "reason": "opted_out"}.items()
    assert sent.report()["opted_out"] == 1
    assert send_another(sent) == {"opted_out": 1}
    assert times_taken(server)[CY] == 1


def test_a_token_that_was_tampered_with_opts_nobody_out(sent: Desk, server: ScriptedServer) -> None:
    token = find_tokens(offered(server, CY)[0])[0]
    for spoiled in (token[:-1] + ("a" if token[-1] != "a" else "b"), "b" + token[1:], token[:-1], "a" * 40):
        done = sent.run("optouts", "add", "--token", spoiled)
        assert done.code == 2
        assert "not one of our opt-out tokens" in done.err
    assert suppressed(sent) == {}


def test_a_bounce_token_and_a_message_id_opt_nobody_out(sent: Desk, server: ScriptedServer) -> None:
    message = server.accepted[0]
    for text in (message.mail_from, str(mail_of(message)["Message-ID"])):
        assert find_tokens(text)
        assert sent.run("optouts", "add", "--token", text).code == 2
    assert suppressed(sent) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("test", "lamps", "--inbox", CY), (*SEND, "--relay", "preview")], ids=["test", "preview"]
)
def test_a_token_of_a_test_or_a_preview_opts_nobody_out(
    desk: Desk, server: ScriptedServer, words: tuple[str, ...]
) -> None:
    assert desk.run(*words).code == 0
    if server.accepted:
        link, _ = offered(server, CY)
    else:
        mails = (desk.root / ".mailer" / "preview" / "Maildir" / "new").iterdir()
        text = next(data for path in mails if b"<cy@c.example.com>" in (data := path.read_bytes())).decode()
        link = re.findall(r"List-Unsubscribe: <([^>]+)>", text)[0]
    done = desk.run("optouts", "add", "--token", link)
    assert done.code == 2
    assert "unsubscribe nobody" in done.err
    assert suppressed(desk) == {}


def test_a_persons_own_word_is_lifted_with_a_reason_alone(desk: Desk, server: ScriptedServer) -> None:
    desk.run("optouts", "add", CY)
    without = ((), ("--reason", "  "), ("--reason", "wrote to us"), ("--evidence", "a letter"))
    for reason in without:
        refused = desk.run("optouts", "remove", CY, *reason)
        assert refused.code == 2
        assert f"{CY} opted out on" in refused.err
        assert "their own word" in refused.err
    assert suppressed(desk) == {CY: "opted_out"}
    words = ("--reason", "wrote to us, wants it again", "--evidence", "her mail of 5 March")
    lifted = desk.run("optouts", "remove", CY, *words)
    assert lifted.code == 0
    assert suppressed(desk) == {}
    kept = desk.run("optouts", "list", "--lifted", "--json").json["suppressed"]
    assert [each["lifted_reason"] for each in kept] == ["wrote to us, wants it again"]
    assert [each["lifted_evidence"] for each in kept] == ["her mail of 5 March"]
    assert desk.run(*SEND).code == 0
    assert times_taken(server)[CY] == 1


@pytest.mark.parametrize(
    "name", ["/nowhere/file.eml", "letter.eml", "My Letters/of March.PDF", "~/letter", "C:\\mail\\ada", "mail/ada"]
)
def test_a_file_that_is_not_there_is_nobodys_word(name: str) -> None:
    with pytest.raises(InputProblem, match="there is no file"):
        read_evidence(name)


def test_words_are_no_file(tmp_path: Path) -> None:
    for words in (
        "her mail of 5/3",
        "yes/no: yes",
        "3/4/2026",
        "https://desk.example.org/ticket/7",
        "…",
        "x" * 5000,
        "",
    ):
        assert read_evidence(words) == words
    letter = tmp_path / "letter of March.eml"
    letter.write_text("yes")
    assert read_evidence(str(letter)).startswith("file letter of March.eml, SHA-256 ")


def test_a_dead_address_is_lifted_without_a_reason(desk: Desk, server: ScriptedServer) -> None:
    server.recipients = {CY: Act("550 5.1.1 no such user")}
    desk.run(*SEND)
    assert suppressed(desk) == {CY: "dead_address"}
    assert desk.run("optouts", "remove", CY).code == 0
    assert desk.run("optouts", "remove", CY).code == 2


def test_an_opt_out_takes_the_place_of_a_weaker_reason(desk: Desk) -> None:
    """Otherwise lifting a bounce would lift what the person said."""
    desk.run("optouts", "add", CY, "--reason", "dead_address")
    assert desk.run("optouts", "add", CY, "--json").json["new"] is True
    assert suppressed(desk) == {CY: "opted_out"}
    assert desk.run("optouts", "remove", CY).code == 2


def test_an_opt_out_by_link_counts_for_somebody_whom_staff_had_blocked(sent: Desk, server: ScriptedServer) -> None:
    sent.run("optouts", "add", CY, "--reason", "manual")
    sent.run("optouts", "add", "--token", offered(server, CY)[0])
    assert suppressed(sent) == {CY: "opted_out"}
    assert sent.report()["opted_out"] == 1


def test_a_reason_that_does_not_exist_is_refused_with_those_that_do(desk: Desk) -> None:
    done = desk.run("optouts", "add", CY, "--reason", "whatever")
    assert done.code == 2
    assert "opted_out, complained, do_not_contact, manual, dead_address" in done.err


def test_an_address_and_a_token_at_once_are_refused(desk: Desk) -> None:
    assert desk.run("optouts", "add", CY, "--token", "x").code == 2
    assert desk.run("optouts", "add").code == 2


def test_people_see_who_is_suppressed_and_why(desk: Desk) -> None:
    assert "Nothing is suppressed" in desk.run("optouts", "list").out
    assert not (desk.root / ".mailer").exists()
    desk.run("optouts", "add", CY, "--note", "a letter")
    shown = desk.run("optouts", "list").out
    assert CY in shown
    assert "opted out" in shown
    assert "a letter" in shown
