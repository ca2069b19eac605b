"""A new key comes while a mailing waits: it goes on as it was approved, and every mail can be answered."""

from __future__ import annotations

import secrets

import pytest

from tests.office import BODY, Desk, in_the_ledger, let_pass, mail_of, times_taken
from tests.servers import Accepted, Act, ScriptedServer

ADA = "ada@a.example.com"
SEND = ("send", "lamps", "--to", "coast", "--yes")
LATER = "[retry]\ndelays_s = [3600]\nstay_s = 0\n"


def add_key(desk: Desk) -> None:
    path = desk.root / ".mailer" / "keys"
    path.write_text(f"{path.read_text('ascii')}2 {secrets.token_hex(32)}\n", "ascii")


def mail_to(server: ScriptedServer, address: str) -> Accepted:
    return next(message for message in server.accepted if message.rcpt_to == (address,))


def opt_out(desk: Desk, mail: Accepted) -> None:
    link = str(mail_of(mail)["List-Unsubscribe"]).partition("<")[2].partition(">")[0]
    done = desk.run("optouts", "add", "--token", link)
    assert done.code == 0, done.said


@pytest.fixture
def waiting(desk: Desk, server: ScriptedServer) -> Desk:
    """Return an office where Ada's mail was put off, and everybody else has got theirs."""
    server.recipients = {ADA: [Act("450 4.2.0 Later")]}
    toml = desk.root / "mailer.toml"
    toml.write_text(toml.read_text("utf-8").replace("[retry]\ndelays_s = [0.1]\n", LATER), "utf-8")
    assert desk.run(*SEND).code == 1
    assert desk.states()[ADA] == "deferred"
    add_key(desk)
    let_pass(desk, hours=2)
    return desk


@pytest.mark.slow
def test_who_was_planned_before_gets_what_was_approved(waiting: Desk, server: ScriptedServer) -> None:
    planned = in_the_ledger(waiting, f"SELECT message_id FROM delivery WHERE address = '{ADA}'")  # noqa: S608 - our own words
    done = waiting.run("resume", "lamps")
    assert done.code == 0, done.said
    assert set(waiting.states().values()) == {"accepted"}
    mail = mail_to(server, ADA)
    assert [(mail_of(mail)["Message-ID"],)] == planned
    opt_out(waiting, mail)


@pytest.mark.slow
def test_nobody_is_planned_again_who_is_in_the_mailing(waiting: Desk, server: ScriptedServer) -> None:
    waiting.people("late", [ADA, "fay@f.example.com"])
    assert waiting.run("send", "lamps", "--to", "late", "--to", "coast", "--yes").code == 0
    assert sorted(times_taken(server).values()) == [1] * 6
    for address in (ADA, "fay@f.example.com", "bo@b.example.com"):
        opt_out(waiting, mail_to(server, address))


@pytest.mark.slow
def test_another_text_for_who_still_waits_can_be_opted_out_of_by_its_token(
    waiting: Desk, server: ScriptedServer
) -> None:
    waiting.release(body=BODY.replace("four hundred", "five hundred"))
    done = waiting.run(*SEND, "--changed", "they were counted again")
    assert done.code == 0, done.said
    mail = mail_to(server, ADA)
    kept = in_the_ledger(waiting, f"SELECT message_id FROM delivery WHERE address = '{ADA}'")  # noqa: S608 - our own words
    assert kept == [(mail_of(mail)["Message-ID"],)]
    opt_out(waiting, mail)
    assert waiting.run("optouts", "list", "--json").json["suppressed"][0]["email"] == ADA
