"""`mailer bounces collect` and `list`: returned mail is matched to a recipient, or changes nothing and is shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailer.preview.server import compose_dsn, compose_optout
from tests.office import Desk, mail_of, put_into_maildir, times_taken
from tests.servers import Accepted, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
CY = "cy@c.example.com"
NOW = datetime.now(UTC) + timedelta(hours=12)  # a report must not be older than the mail, whenever its test runs
DEAD = (550, "5.1.1 unknown user")
FULL = (552, "5.2.2 mailbox full")


@pytest.fixture
def sent(desk: Desk) -> Desk:
    assert desk.run(*SEND).code == 0
    return desk


def mail_to(server: ScriptedServer, address: str) -> Accepted:
    return next(message for message in server.accepted if message.rcpt_to == (address,))


def dsn(server: ScriptedServer, address: str = CY, *, to: str = "", answer: tuple[int, str] = DEAD) -> bytes:
    """Compose the report about a person's mail; `to` replaces the mail's own return address."""
    message = mail_to(server, address)
    return compose_dsn(to or message.mail_from, address, message.data, answer=answer, now=NOW)


def without_headers_of(report: bytes) -> bytes:
    """Remove the returned headers, and with them the Message-ID and the tokens of the mail."""
    head, mark, _ = report.partition(b"Content-Type: text/rfc822-headers")
    assert mark
    boundary = head.rstrip().rpartition(b"\r\n")[2]
    return head.rstrip().removesuffix(boundary) + boundary + b"--\r\n"


def collect(desk: Desk, *messages: bytes) -> dict[str, Any]:
    put_into_maildir(desk.root / "returned", messages)
    done = desk.run("bounces", "collect", "--json")
    assert done.code == 0, done.said
    document: dict[str, Any] = done.json
    return document


def unmatched(desk: Desk) -> list[str]:
    return [each["unmatched"] for each in desk.run("bounces", "list", "--unmatched", "--json").json["unmatched"]]


def suppressed(desk: Desk) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


@pytest.mark.slow
def test_a_bounce_is_matched_by_the_token_of_its_return_address(sent: Desk, server: ScriptedServer) -> None:
    result = collect(sent, without_headers_of(dsn(server)))
    assert result["people"] == {"bounced_hard": 1}
    assert sent.report()["bounced"] == {"hard": 1, "soft": 0}
    assert suppressed(sent) == {CY: "dead_address"}
    found = sent.run("bounces", "list", "--json").json["bounces"]
    assert [(each["email"], each["mailing"], each["matched_by"]) for each in found] == [
        (CY, "lamps/release-1", "token")
    ]
    # it was accepted, and stays so
    assert sent.report()["accepted"] == 5
    delivery = next(each for each in sent.report()["deliveries"] if each["address"] == CY)
    assert delivery["came_back"] == ["bounced_hard"]


def test_a_bounce_to_another_address_is_matched_by_the_message_id(desk: Desk, server: ScriptedServer) -> None:
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write(
        "mailer.toml", text.replace('address = "bounces@example.org"', 'address = "bounces@example.org"\nverp = "off"')
    )
    desk.run(*SEND)
    report = dsn(server)
    optout_line = next(line for line in report.split(b"\r\n") if line.startswith(b"List-Unsubscribe:"))
    result = collect(desk, report.replace(optout_line, b"X-Gone: 1"))
    assert result["people"] == {"bounced_hard": 1}
    assert [each["matched_by"] for each in desk.run("bounces", "list", "--json").json["bounces"]] != ["recipient"]
    assert suppressed(desk) == {CY: "dead_address"}


@pytest.mark.slow
def test_a_bounce_without_any_trace_of_ours_is_matched_by_its_recipient(desk: Desk, server: ScriptedServer) -> None:
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write(
        "mailer.toml", text.replace('address = "bounces@example.org"', 'address = "bounces@example.org"\nverp = "off"')
    )
    desk.run(*SEND)
    result = collect(desk, without_headers_of(dsn(server)))
    assert result["people"] == {"bounced_hard": 1}
    assert [each["matched_by"] for each in desk.run("bounces", "list", "--json").json["bounces"]] == ["recipient"]
    assert suppressed(desk) == {CY: "dead_address"}


def test_a_bounce_that_anybody_could_have_written_counts_and_suppresses_nobody(
    sent: Desk, server: ScriptedServer
) -> None:
    """We asked for bounces at an address with a token, and this one came without."""
    result = collect(sent, without_headers_of(dsn(server, to="bounces@example.org")))
    assert result["people"] == {"bounced_hard": 1}
    assert suppressed(sent) == {}


def test_a_full_mailbox_is_a_soft_bounce_and_suppresses_nobody(sent: Desk, server: ScriptedServer) -> None:
    result = collect(sent, dsn(server, answer=FULL))
    assert result["people"] == {"bounced_soft": 1}
    assert sent.report()["bounced"] == {"hard": 0, "soft": 1}
    assert suppressed(sent) == {}


@pytest.mark.slow
def test_a_message_counts_once_however_often_it_is_read(sent: Desk, server: ScriptedServer) -> None:
    report = dsn(server)
    first = collect(sent, report, report)
    assert (first["messages"], first["known"]) == (2, 1)
    second = sent.run("bounces", "collect", "--json").json
    assert (second["messages"], second["known"], second["people"]) == (2, 2, {})
    assert sent.report()["bounced"] == {"hard": 1, "soft": 0}
    # two reports about one mail count as one recipient
    assert collect(sent, report.replace(b"unknown user", b"unknown user!"))["people"] == {}
    assert sent.report()["bounced"] == {"hard": 1, "soft": 0}


def test_what_was_read_lies_where_it_lay(sent: Desk, server: ScriptedServer) -> None:
    folder = put_into_maildir(sent.root / "returned", [dsn(server), b"Subject: hello\r\n\r\nA letter.\r\n"])
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    sent.run("bounces", "collect")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def forged(server: ScriptedServer) -> bytes:
    token = mail_to(server, CY).mail_from.partition("+")[2].partition("@")[0]
    return without_headers_of(dsn(server, to=f"bounces+{'a' if token[0] != 'a' else 'b'}{token[1:]}@example.org"))


def of_a_stranger(_: ScriptedServer) -> bytes:
    mail = b"From: x@example.net\r\nMessage-ID: <1@example.net>\r\n\r\nHi\r\n"
    return compose_dsn("bounces@example.org", "stranger@s.example.net", mail, answer=DEAD, now=NOW)


def of_nobody(server: ScriptedServer) -> bytes:
    report = without_headers_of(dsn(server, to="bounces@example.org"))
    return report.replace(f"rfc822; {CY}".encode(), b"rfc822; ").replace(CY.encode(), b"somebody")


@pytest.mark.slow
@pytest.mark.parametrize(
    "make, why",
    [(forged, "bad-token"), (of_a_stranger, "not-sent-to"), (of_nobody, "no-trace")],
    ids=["forged", "stranger", "nobody"],
)
def test_what_cannot_be_tied_to_a_mail_of_ours_changes_nothing_and_is_listed(
    sent: Desk, server: ScriptedServer, make: Callable[[ScriptedServer], bytes], why: str
) -> None:
    before = sent.report()
    result = collect(sent, make(server))
    assert (result["unmatched"], result["people"], result["suppressed"]) == (1, {}, [])
    assert sent.report() == before
    assert suppressed(sent) == {}
    assert unmatched(sent) == [why]
    assert sent.run("bounces", "list", "--json").json["bounces"] == []


def test_somebody_on_the_list_who_was_never_sent_to_cannot_bounce(sent: Desk, server: ScriptedServer) -> None:
    sent.run("optouts", "add", "flo@f.example.com", "--reason", "manual")
    sent.people("more", ["flo@f.example.com"])
    sent.run("send", "lamps", "--to", "more", "--yes")
    report = compose_dsn("bounces@example.org", "flo@f.example.com", b"Subject: x\r\n\r\n", answer=DEAD, now=NOW)
    assert collect(sent, report)["people"] == {}
    assert unmatched(sent) == ["not-sent-to"]
    assert suppressed(sent) == {"flo@f.example.com": "manual"}
    assert server.accepted


def test_a_bounce_of_a_test_says_nothing_about_people(desk: Desk, server: ScriptedServer) -> None:
    desk.run("test", "lamps", "--inbox", CY)
    result = collect(desk, dsn(server))
    assert (result["people"], result["unmatched"]) == ({}, 1)
    assert unmatched(desk) == ["of-a-test"]
    assert suppressed(desk) == {}


def optout(server: ScriptedServer, address: str = CY) -> bytes:
    letter = compose_optout(address, mail_to(server, address).data, now=NOW)
    assert letter is not None
    return letter


@pytest.mark.slow
def test_an_opt_out_by_mail_is_honoured_once(sent: Desk, server: ScriptedServer) -> None:
    letter = optout(server)
    result = collect(sent, letter, letter)
    assert (result["people"], result["known"]) == ({"opted_out": 1}, 1)
    assert result["suppressed"] == [{"email": CY, "reason": "opted out"}]
    assert sent.report()["opted_out"] == 1
    sent.release("wicks", headline="Wicks, and where they came from", body="A second text about wicks.\n")
    second = sent.run("send", "wicks", "--to", "coast", "--yes", "--json").json
    assert second["skipped_reasons"] == {"opted_out": 1}
    assert times_taken(server)[CY] == 1


def test_an_opt_out_from_another_mailbox_of_the_reader_is_theirs(sent: Desk, server: ScriptedServer) -> None:
    """The token identifies the person, who may read their mail at another address."""
    letter = optout(server).replace(f"From: {CY}".encode(), b"From: c.private@mail.example.net")
    assert collect(sent, letter)["people"] == {"opted_out": 1}
    assert suppressed(sent) == {CY: "opted_out"}


def optout_address(server: ScriptedServer) -> str:
    """Return the address to which Cy would write to opt out."""
    return str(mail_of(mail_to(server, CY))["List-Unsubscribe"]).partition("mailto:")[2].partition(">")[0]


def test_an_opt_out_with_a_forged_token_changes_nothing_whoever_it_says_it_is_from(
    sent: Desk, server: ScriptedServer
) -> None:
    address, letter = optout_address(server), optout(server)
    token = address.partition("+")[2].partition("@")[0]
    result = collect(sent, letter.replace(address.encode(), f"optout+b{token[1:]}@example.org".encode()))
    assert (result["people"], result["kinds"]) == ({}, {"optout": 1})
    assert suppressed(sent) == {}
    assert unmatched(sent) == ["bad-token"]


def test_an_opt_out_without_a_token_holds_at_once_and_waits_to_be_confirmed(sent: Desk, server: ScriptedServer) -> None:
    letter = optout(server).replace(optout_address(server).encode(), b"optout@example.org")
    stranger = letter.replace(f"From: {CY}".encode(), b"From: stranger@s.example.net")
    result = collect(sent, letter, stranger)
    assert result["people"] == {"opted_out": 1}
    (waiting,) = sent.run("optouts", "list", "--unconfirmed", "--json").json["suppressed"]
    assert (waiting["email"], waiting["reason"]) == (CY, "opted_out")
    assert "take me off this list" in waiting["note"]
    assert unmatched(sent) == ["no-token"]
    assert sent.run("optouts", "add", CY, "--confirm").code == 0
    assert sent.run("optouts", "list", "--unconfirmed", "--json").json["suppressed"] == []


def test_a_bounce_address_cannot_opt_anybody_out(sent: Desk, server: ScriptedServer) -> None:
    token = mail_to(server, CY).mail_from.partition("+")[2].partition("@")[0]
    letter = optout(server)
    address = str(mail_of(mail_to(server, CY))["List-Unsubscribe"]).partition("mailto:")[2].partition(">")[0]
    collect(sent, letter.replace(address.encode(), f"optout+{token}@example.org".encode()))
    assert suppressed(sent) == {}
    assert unmatched(sent) == ["bad-token"]


@pytest.mark.slow
def test_mail_can_come_as_a_path_or_on_standard_input(sent: Desk, server: ScriptedServer) -> None:
    place = sent.root / "mail"
    place.mkdir()
    (place / "one.eml").write_bytes(dsn(server))
    by_path = sent.run("bounces", "collect", str(place), "--json").json
    assert by_path["people"] == {"bounced_hard": 1}
    command = [sys.executable, "-m", "mailer", "--workspace", str(sent.root), "bounces", "collect", "-", "--json"]
    done = subprocess.run(command, input=optout(server, "bo@b.example.com"), capture_output=True, check=True)
    assert b'"opted_out": 1' in done.stdout
    assert suppressed(sent) == {CY: "dead_address", "bo@b.example.com": "opted_out"}


def test_without_a_mailbox_the_command_says_how_to_name_one(sent: Desk) -> None:
    text = (sent.root / "mailer.toml").read_text("utf-8").replace('[inbox.main]\nurl = "maildir:returned"\n', "")
    sent.write("mailer.toml", text)
    done = sent.run("bounces", "collect")
    assert done.code == 3
    assert "[inbox.main]" in done.err


def test_a_letter_for_people_is_counted_and_not_copied(sent: Desk) -> None:
    result = collect(
        sent, b"From: ada@a.example.com\r\nSubject: Re: lamps\r\n\r\nMay I call you about secret-4711?\r\n"
    )
    assert result["kinds"] == {"none": 1}
    assert result["people"] == {}
    assert not any(b"secret-4711" in data for name, data in sent.files().items() if name.startswith(".mailer"))


def test_people_read_what_came_back_in_words(sent: Desk, server: ScriptedServer) -> None:
    assert "No mail has come back yet" in sent.run("bounces", "list").out
    put_into_maildir(sent.root / "returned", [dsn(server), optout(server, "bo@b.example.com"), forged(server)])
    text = sent.run("bounces", "collect").out
    for words in ("3 messages read", "1 bounced: the address is dead", "1 opted out", "matched no recipient"):
        assert words in text
    assert CY in sent.run("bounces", "list").out
    assert "forged or damaged" in sent.run("bounces", "list", "--unmatched").out
