"""Whoever is in doubt is settled by what came back, with the evidence; what proves nothing settles nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailer.preview.server import compose_dsn, compose_optout
from tests.office import Desk, finish, put_into_maildir, times_taken, wait_until
from tests.returned import complaint, out_of_office
from tests.servers import Accepted, Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
ADA = "ada@a.example.com"
NOW = datetime.now(UTC) + timedelta(hours=12)  # a report is not older than the mail, whenever its test has its turn


@pytest.fixture
def doubtful(desk: Desk, server: ScriptedServer) -> Desk:
    """Five were sent to; the relay took the mail to the first, and died before it said so."""
    desk.settings(server, connections=1)
    server.at = {"body": [Act(drop="before", taken=True)]}
    assert desk.run(*SEND).code == 1
    server.at = {}
    assert desk.states()[ADA] == "in_doubt"
    return desk


def mail_to(server: ScriptedServer, address: str = ADA) -> Accepted:
    return next(message for message in server.accepted if message.rcpt_to == (address,))


def delivery_of(desk: Desk, address: str = ADA) -> dict[str, Any]:
    found: dict[str, Any] = {each["address"]: each for each in desk.report()["deliveries"]}[address]
    return found


def dead(server: ScriptedServer) -> bytes:
    mail = mail_to(server)
    return compose_dsn(mail.mail_from, ADA, mail.data, answer=(550, "5.1.1 unknown user"), now=NOW)


def still_trying(server: ScriptedServer) -> bytes:
    return dead(server).replace(b"Action: failed", b"Action: delayed").replace(b"Status: 5.1.1", b"Status: 4.4.1")


def message_id(server: ScriptedServer) -> str:
    lines = mail_to(server).data.decode().split("\r\n")
    return next(line.partition(": ")[2] for line in lines if line.lower().startswith("message-id:"))


def away(server: ScriptedServer) -> bytes:
    return out_of_office(ADA, message_id(server))


def answer(server: ScriptedServer) -> bytes:
    head = (
        f"From: ada.home@mail.example.net\r\nSubject: Re: lamps\r\nReferences: <x@example.net> {message_id(server)}\r\n"
    )
    return head.encode() + b"\r\nMay I call you about secret-4711?\r\n"


def spam_button(server: ScriptedServer) -> bytes:
    return complaint("abuse@example.org", mail_to(server).data)


def no_more(server: ScriptedServer) -> bytes:
    letter = compose_optout(ADA, mail_to(server).data, now=NOW)
    assert letter is not None
    return letter


Make = Callable[[ScriptedServer], bytes]
RETURNS: list[tuple[Make, str]] = [
    (dead, "a bounce (5.1.1) with our token"),
    (still_trying, "a notice of delay (4.4.1) with our token"),
    (away, "an automatic reply with our Message-ID"),
    (answer, "an answer with our Message-ID"),
    (spam_button, "a complaint with our token"),
    (no_more, "an opt-out with our token"),
]


@pytest.mark.slow
@pytest.mark.parametrize("make, evidence", RETURNS, ids=lambda each: getattr(each, "__name__", ""))
def test_what_comes_back_settles_who_was_in_doubt_at_once_and_says_why(
    doubtful: Desk, server: ScriptedServer, make: Make, evidence: str
) -> None:
    put_into_maildir(doubtful.root / "returned", [make(server)])
    collected = doubtful.run("bounces", "collect", "--json").json
    assert collected["settled"] == [ADA]
    delivery = delivery_of(doubtful)
    assert (delivery["state"], delivery["reason"]) == ("accepted", "by_return")
    document = doubtful.run("status", "lamps", "--json").json
    assert (document["accepted"], document["in_doubt"], document["in_doubt_people"]) == (5, 0, [])
    again = doubtful.run("resume", "lamps", "--retry-in-doubt")
    assert again.code == 0
    assert times_taken(server)[ADA] == 1
    assert evidence in evidence_of(doubtful)


def evidence_of(desk: Desk) -> str:
    """Return the words beside the step that settled somebody, from the ledger itself."""
    ledger = sqlite3.connect(desk.root / ".mailer" / "ledger.db")
    query = (
        "SELECT text FROM event JOIN event_text ON event_id = event.id WHERE kind = 'accepted' AND reason LIKE 'by_%'"
    )
    texts = [row[0] for row in ledger.execute(query)]
    ledger.close()
    assert len(texts) == 1
    return str(texts[0])


def test_a_bounce_counts_beside_the_acceptance_that_it_proves(doubtful: Desk, server: ScriptedServer) -> None:
    put_into_maildir(doubtful.root / "returned", [dead(server)])
    out = doubtful.run("bounces", "collect").out
    assert f"{ADA} was in doubt and now counts as accepted" in out
    report = doubtful.report()
    assert (report["accepted"], report["bounced"]) == (5, {"hard": 1, "soft": 0})
    assert delivery_of(doubtful)["came_back"] == ["bounced_hard"]


def test_an_answer_is_remembered_without_its_words(doubtful: Desk, server: ScriptedServer) -> None:
    put_into_maildir(doubtful.root / "returned", [answer(server)])
    doubtful.run("bounces", "collect")
    kept = [data for name, data in doubtful.files().items() if name.startswith(".mailer")]
    assert kept
    assert not any(b"secret-4711" in data for data in kept)
    assert any(b"ada.home" in data for data in kept)  # who wrote, so that somebody answers


def of_somebody_unknown(server: ScriptedServer) -> bytes:
    """Write a bounce that anybody could have written: it names the address, and nothing that the mail alone tells."""
    mail = b"From: x@example.net\r\n\r\nHi\r\n"
    assert server.accepted
    return compose_dsn("bounces@example.org", ADA, mail, answer=(550, "5.1.1 unknown user"), now=NOW)


def answer_to_something_else(server: ScriptedServer) -> bytes:
    return answer(server).replace(message_id(server).encode(), b"<other@example.org>")


@pytest.mark.slow
@pytest.mark.parametrize("make", [of_somebody_unknown, answer_to_something_else])
def test_what_proves_nothing_settles_nobody(doubtful: Desk, server: ScriptedServer, make: Make) -> None:
    put_into_maildir(doubtful.root / "returned", [make(server)])
    assert doubtful.run("bounces", "collect", "--json").json["settled"] == []
    done = doubtful.run("reconcile", "lamps", "--json")
    assert (done.code, done.json["settled"]) == (1, [])
    assert doubtful.states()[ADA] == "in_doubt"


@pytest.mark.slow
def test_whoever_is_left_is_shown_with_what_is_known_and_what_to_do(doubtful: Desk, server: ScriptedServer) -> None:
    put_into_maildir(doubtful.root / "returned", [of_somebody_unknown(server)])
    doubtful.run("bounces", "collect")
    for words in (("reconcile", "lamps"), ("status", "lamps")):
        out = doubtful.run(*words).out
        for known in (ADA, "attempted 20", "by relay main", message_id(server), "with only their address in it"):
            assert known in out
    assert "--retry-in-doubt" in doubtful.run("reconcile", "lamps").out
    person = doubtful.run("status", "lamps", "--json").json["in_doubt_people"][0]
    assert (person["relay"], person["attempts"], person["reason"]) == ("main", 1, "networkerror")
    assert [sign["matched_by"] for sign in person["came_back"]] == ["recipient"]


@pytest.mark.slow
def test_a_bounce_that_was_read_while_the_process_still_seemed_alive_is_found_later(
    desk: Desk, server: ScriptedServer
) -> None:
    """The relay takes the mail, `mailer` is killed while it waits for the answer, and the bounce is read before a
    command notices that."""
    server.at = {"body": Act(silent=True, taken=True)}
    process = desk.start(*SEND)
    wait_until(lambda: any(message.rcpt_to == (ADA,) for message in server.accepted))
    process.kill()
    finish(process)
    server.at = {}
    put_into_maildir(desk.root / "returned", [dead(server)])
    assert desk.run("bounces", "collect", "--json").json["settled"] == []
    assert ADA in desk.run("status", "lamps").out
    first = desk.run("reconcile", "lamps", "--dry-run", "--json").json
    assert [each["address"] for each in first["settled"]] == [ADA]
    assert desk.states()[ADA] == "in_doubt"
    second = desk.run("reconcile", "lamps", "--json").json
    assert second["settled"] == first["settled"]
    assert "a bounce (5.1.1) with our token came back" in second["settled"][0]["evidence"]
    assert desk.states()[ADA] == "accepted"
    assert delivery_of(desk)["reason"] == "by_return"


def test_an_opt_out_token_given_by_hand_settles_too(doubtful: Desk, server: ScriptedServer) -> None:
    link = next(word for word in mail_to(server).data.decode().split("<") if word.startswith("https://press"))
    assert doubtful.run("optouts", "add", "--token", link.partition(">")[0]).code == 0
    assert doubtful.states()[ADA] == "accepted"


def test_a_mailing_without_doubt_says_so(desk: Desk) -> None:
    assert desk.run(*SEND).code == 0
    done = desk.run("reconcile", "lamps")
    assert (done.code, "No delivery of lamps is in doubt" in done.out) == (0, True)
    refused = desk.run("reconcile", "lumps")
    assert refused.code == 2
    assert desk.run("reconcile", "lamps", "--accepted", ADA, "--dry-run").code == 2


JOURNAL = '[inbox.journal]\nurl = "maildir:journal"\nholds = "sent"\n'


@pytest.mark.slow
def test_a_copy_in_the_journal_of_a_gateway_settles_and_an_answer_lying_there_does_not(
    doubtful: Desk, server: ScriptedServer
) -> None:
    doubtful.settings(server, connections=1, more=JOURNAL)
    put_into_maildir(doubtful.root / "journal", [answer(server)])
    assert doubtful.run("reconcile", "lamps").code == 1
    assert doubtful.states()[ADA] == "in_doubt"
    put_into_maildir(doubtful.root / "journal", [message.data for message in server.accepted])
    done = doubtful.run("reconcile", "lamps", "--json")
    assert done.code == 0
    assert [(each["address"], each["reason"]) for each in done.json["settled"]] == [(ADA, "by_copy")]
    delivery = delivery_of(doubtful)
    assert (delivery["state"], delivery["text"]) == ("accepted", done.json["settled"][0]["evidence"])
    assert "a copy with its Message-ID is in " in delivery["text"]
    assert "maildir:journal" in done.json["looked_in"]
    # copies of what went out are not what comes back
    assert doubtful.run("bounces", "collect", "--json").code == 2  # maildir:returned is not there
    put_into_maildir(doubtful.root / "returned", [])
    assert doubtful.run("bounces", "collect", "--json").json["messages"] == 0


@pytest.mark.slow
def test_one_mailbox_that_cannot_be_searched_keeps_no_other_from_it(doubtful: Desk, server: ScriptedServer) -> None:
    gone = '[inbox.gone]\nurl = "imaps://press@127.0.0.1:1/Sent"\nholds = "sent"\npassword_env = "SENT_PASSWORD"\n'
    doubtful.settings(server, connections=1, more=gone + JOURNAL)
    put_into_maildir(doubtful.root / "journal", [mail_to(server).data])
    done = doubtful.run("reconcile", "lamps", "--json", env={"SENT_PASSWORD": "gannet"})
    assert done.code == 4
    assert [each["address"] for each in done.json["settled"]] == [ADA]
    assert [each["code"] for each in done.json["errors"]] == ["mailbox"]
    assert "gannet" not in done.said
    # where nobody is in doubt, no mailbox is opened
    assert doubtful.run("reconcile", "lamps").code == 0


@pytest.mark.slow
def test_status_lists_whom_a_killed_process_leaves_in_doubt_and_still_writes_nothing(
    desk: Desk, server: ScriptedServer
) -> None:
    server.at = {"body": Act(silent=True, taken=True)}
    process = desk.start(*SEND)
    wait_until(lambda: any(message.rcpt_to == (ADA,) for message in server.accepted))
    alive = desk.run("status", "lamps", "--json").json
    assert (alive["in_doubt_people"], alive["in_doubt"]) == ([], 0)
    process.kill()
    finish(process)
    shown = desk.run("status", "lamps")
    document = desk.run("status", "lamps", "--json").json
    found = {person["address"]: person["reason"] for person in document["in_doubt_people"]}
    assert found[ADA] == "process_died"
    assert len(found) == document["attempted"]
    assert document["in_doubt"] == 0  # nothing was written: the next command that writes does that
    for words in (ADA, "unfinished", "mailer was stopped while it was sending", "mailer reconcile lamps"):
        assert words in shown.out
    assert desk.run("reconcile", "lamps").code == 1
    assert desk.states()[ADA] == "in_doubt"
