"""What else comes back through a real mail server: an opt-out by mail, a long mail whole, an address beyond ASCII.

The mails are sent by `mailer send` over the server, as in `test_real_bounces`.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.office import BODY, Desk, mail_of, put_into_maildir, wait_until
from tests.servers import Act, Moment
from tests.services.bouncing import CAUSES, ENV, SEND, SERVERS, all_came_back, desk_at, reports, running
from tests.services.mail_servers import HOST, PASSWORD, USER, RealServer
from tests.services.neighbourhood import Neighbourhood

READER = "rae@reads.example.com"
DEAD = CAUSES["unknown user"].address
POSTFIX = [each for each in SERVERS if each.values == ("postfix",)]
NOT_ASCII = [each for each in SERVERS if each.values != ("opensmtpd",)]  # which offers no SMTPUTF8
Place = tuple[RealServer, Neighbourhood]


@pytest.fixture(scope="module")
def standing(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Run the server that the tests name, in its neighbourhood."""
    with running(request.param, request) as both:
        yield both


@pytest.fixture
def place(standing: Place) -> Place:
    """Return the server with an empty mailbox."""
    for path in (standing[0].box / "new").glob("*"):
        path.unlink()
    standing[1].taking.accepted.clear()
    return standing


def sent(place: Place, folder: Path, *people: str, body: str = BODY) -> Desk:
    """Return a press office that has written to these people."""
    desk = desk_at(place[0], folder, people)
    desk.release(body=body)
    done = desk.run(*SEND, "--json", env=ENV)
    assert done.code == 0, done.said[:3000]
    assert done.json["accepted"] == len(people)
    return desk


def returned(place: Place, who: str) -> bytes:
    """Wait for the report about somebody."""
    wait_until(all_came_back(place[0], [who]))
    (raw,) = reports(place[0])[who]
    return raw


def collect(desk: Desk, *path: str) -> Any:
    done = desk.run("bounces", "collect", *path, "--json")
    assert done.code == 0, done.said
    return done.json


def suppressed(desk: Desk) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


def write_through(server: RealServer, *, sender: str, to: str, text: str) -> None:
    """Let a person's mail program write a mail through the server."""
    letter = f"From: {sender}\r\nTo: {to}\r\nSubject: hello\r\nMessage-ID: <hello@example.org>\r\n\r\n{text}\r\n"
    with smtplib.SMTP(HOST, server.port) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(server.ca_file)))
        client.login(USER, PASSWORD)
        client.sendmail(sender, [to], letter)


def refuse_from(place: Place, sender: str) -> None:
    """Let the other server know nobody when this sender writes; the release, which may be on its way yet, it takes."""
    usual = place[1].taking.answer

    def answer(moment: Moment) -> Act | None:
        refused = (moment.stage, moment.argument) == ("mail", sender)
        return Act(f"550 5.1.1 <{READER}>: User unknown") if refused else usual(moment)

    place[1].taking.answer = answer


@pytest.mark.parametrize("standing", SERVERS, indirect=True)
def test_a_mailed_opt_out_finds_its_way_through_the_server_and_is_honoured(place: Place, tmp_path: Path) -> None:
    server, around = place
    desk = sent(place, tmp_path, READER)
    wait_until(lambda: bool(around.taking.accepted_for(READER)))
    mail = around.taking.accepted_for(READER)[0]
    to = re.findall(r"<mailto:([^>]+)>", str(mail_of(mail)["List-Unsubscribe"]))[0]
    assert re.fullmatch(r"optout\+[a-z2-7]{40}@example\.org", to)
    write_through(server, sender=READER, to=to, text="")
    wait_until(lambda: any((server.box / "new").glob("*")))
    assert collect(desk)["people"] == {"opted_out": 1}
    assert suppressed(desk) == {READER: "opted_out"}
    assert collect(desk)["known"] == 1
    assert desk.report()["opted_out"] == 1


@pytest.mark.parametrize("standing", SERVERS, indirect=True)
def test_nothing_that_a_long_returned_mail_says_itself_counts(place: Place, tmp_path: Path) -> None:
    """Its text speaks of bounces, names addresses and offers its own opt-out, as a release may."""
    lines = [
        f"The museum writes to somebody{number}@other.example.com: 550 5.1.1 User unknown." for number in range(380)
    ]
    desk = sent(place, tmp_path, DEAD, body=f"{BODY}\n" + "\n\n".join(lines))
    raw = returned(place, DEAD)
    told = collect(desk)
    assert told["people"] == {"bounced_hard": 1}
    assert suppressed(desk) == {DEAD: "dead_address"}
    assert (len(raw) > 100_000) == (place[0].name != "opensmtpd")  # that one returns no more than the header
    listed = desk.run("bounces", "list", "--json").json["bounces"]
    assert [(each["email"], each["reason"], each["matched_by"]) for each in listed] == [(DEAD, "userunknown", "token")]


@pytest.mark.parametrize("standing", NOT_ASCII, indirect=True)
def test_an_address_that_is_not_ascii_comes_back_as_it_was_written(place: Place, tmp_path: Path) -> None:
    zoe = "zoë@fern.example.com"
    place[1].taking.recipients = {zoe: Act(f"550 5.1.1 <{zoe}>: User unknown")}
    desk = sent(place, tmp_path, zoe)
    raw = returned(place, zoe)
    assert b"message/global-delivery-status" in raw
    collect(desk)
    listed = desk.run("bounces", "list", "--json").json["bounces"]
    assert [(each["email"], each["reason"], each["matched_by"]) for each in listed] == [(zoe, "userunknown", "token")]
    assert suppressed(desk) == {zoe: "dead_address"}


@pytest.mark.parametrize("standing", POSTFIX, indirect=True)
def test_a_token_that_an_old_server_wrote_in_capitals_is_the_same_token(place: Place, tmp_path: Path) -> None:
    desk = sent(place, tmp_path, DEAD)
    raw = returned(place, DEAD)
    token = re.findall(rb"bounces\+([a-z2-7]{40})@", raw)[0]
    head = raw.partition(b"Content-Description: Undelivered Message")[0]
    shouted = head.replace(b"bounces+" + token, b"BOUNCES+" + token.upper()).replace(DEAD.encode(), b"nobody")
    assert shouted.count(token.upper()) >= 2
    told = collect(desk, str(put_into_maildir(tmp_path / "old", [shouted])))
    assert (told["people"], told["unmatched"]) == ({"bounced_hard": 1}, 0)
    assert suppressed(desk) == {DEAD: "dead_address"}
    assert collect(desk)["people"] == {}  # the same once more, as it really came
    assert desk.report()["bounced"] == {"hard": 1, "soft": 0}


@pytest.mark.parametrize("standing", SERVERS, indirect=True)
def test_a_mail_of_our_own_to_the_same_person_that_comes_back_is_not_the_release(place: Place, tmp_path: Path) -> None:
    """Staff write to journalists too, from the mailbox that bounces come to."""
    desk = sent(place, tmp_path, READER)
    refuse_from(place, "press@example.org")
    write_through(place[0], sender="press@example.org", to=READER, text="May I call you?")
    returned(place, READER)
    told = collect(desk)
    assert (told["people"], told["unmatched"], suppressed(desk)) == ({}, 1, {})
    (listed,) = desk.run("bounces", "list", "--unmatched", "--json").json["unmatched"]
    assert (listed["email"], listed["unmatched"]) == (READER, "other-mail")
    assert "about other mail to one of our recipients" in desk.run("bounces", "list", "--unmatched").out
    assert desk.report()["bounced"] == {"hard": 0, "soft": 0}


@pytest.mark.parametrize("standing", POSTFIX, indirect=True)
def test_a_bounce_that_cannot_be_delivered_itself_is_about_nobody_of_ours(place: Place, tmp_path: Path) -> None:
    """What a server writes to its own postmaster then tells of a report, and not of a mail to a person."""
    server, _ = place
    desk = sent(place, tmp_path, READER)
    refuse_from(place, "")
    write_through(server, sender=READER, to=CAUSES["mailbox full"].address, text="Hello.")
    wait_until(lambda: any((server.box / "new").glob("*")))
    (raw,) = [path.read_bytes() for path in (server.box / "new").glob("*")]
    assert b"X-Postfix-Sender: rfc822; MAILER-DAEMON" in raw
    collect(desk)
    assert suppressed(desk) == {}
    assert desk.report()["bounced"] == {"hard": 0, "soft": 0}
