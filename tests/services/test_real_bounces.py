"""What Postfix, Exim and OpenSMTPD write when mail of ours comes back: each cause is read for what it is.

`mailer send` submits to the real server with VERP; the server finds each person's domain, is refused there, and writes
its own report into the Maildir that `mailer bounces collect` reads. Nothing of a report is made by us.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest

from mailer.bounces.report import parse_report, report_document
from tests.office import Desk, wait_until
from tests.services.bouncing import (
    CAUSES,
    ENV,
    FINAL,
    GONE,
    LATE,
    SEND,
    SERVERS,
    all_came_back,
    desk_at,
    reports,
    running,
)
from tests.services.mail_servers import RealServer
from tests.services.neighbourhood import Neighbourhood

OUTSIDE = re.compile(rb"\+[a-z2-7]{40}(?=@)|\b[a-z2-7]{40}\b")
PEOPLE = {cause.address: name for name, cause in CAUSES.items()}


@dataclass(frozen=True, slots=True)
class Read:
    """How a report has to be read; `permanent` follows the class of the status that the server writes."""

    reason: str
    suppress: str = "never"
    permanent: bool = True


WANTED: Mapping[str, Read] = {
    "unknown user": Read("userunknown", "now"),
    "unknown user, no enhanced code": Read("userunknown", "now"),
    "unknown domain": Read("hostunknown", "after"),
    "mailbox full": Read("mailboxfull", "after"),
    "too big": Read("mesgtoobig"),
    "spam after data": Read("spamdetected"),
    "disabled": Read("suspend", "now"),
    "deferred till it expires": Read("expired", "after", permanent=False),
    "full till it expires": Read("mailboxfull", "after", permanent=False),
    "relaying denied": Read("norelaying"),
    "sender not authenticated": Read("authfailure"),
    "moved": Read("hasmoved", "now"),
    "refused till it expires": Read("expired", "after", permanent=False),
    "no mail there": Read("notaccept", "now"),
    "forwarded to a dead address": Read("userunknown", "now"),
    "loop": Read("expired", "after"),
    "listed": Read("blocked"),
    "unknown user, in German": Read("userunknown", "after"),
}
# Postfix repeats the last answer when it gives up, OpenSMTPD says 5.4.7 and no more. An MX that is the machine itself
# is a loop here and no host there. OpenSMTPD does not tell at which command somebody said «no such user»: a filter may
# say so after the text, which proves nothing.
OWN_WAYS: Mapping[str, Mapping[str, Read]] = {
    "postfix": {
        "deferred till it expires": Read("systemerror", "after", permanent=False),
        "refused till it expires": Read("networkerror", "after", permanent=False),
        "loop": Read("networkerror", "after"),
    },
    "exim": {"loop": Read("hostunknown", "after")},
    "opensmtpd": {
        "unknown user, no enhanced code": Read("filtered", "after"),
        **dict.fromkeys(LATE, Read("expired", "after")),
    },
}


@dataclass(frozen=True, slots=True)
class Bounced:
    """A mailing whose every mail came back, and what lay in the mailbox then."""

    desk: Desk
    server: RealServer
    around: Neighbourhood
    raws: Mapping[str, list[bytes]]

    def final(self, cause: str) -> bytes:
        """Return the report that gave the person up."""
        (raw,) = [raw for raw in self.raws[CAUSES[cause].address] if FINAL.search(raw)]
        return raw

    def wanted(self) -> dict[str, Read]:
        return {**WANTED, **OWN_WAYS[self.server.name]}


@pytest.fixture(scope="module", params=SERVERS)
def bounced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bounced]:
    """Send to everybody, and wait until the server has given up on them all; then collect."""
    with running(request.param, request) as (server, around):
        desk = desk_at(server, tmp_path_factory.mktemp(request.param), [cause.address for cause in CAUSES.values()])
        done = desk.run(*SEND, "--json", env=ENV)
        assert (done.code, done.json["accepted"]) == (0, len(CAUSES)), done.said
        late = [CAUSES[cause].address for cause in LATE]
        wait_until(all_came_back(server, PEOPLE, warned=late))
        server.down()  # so that no further warning comes in between
        raws = reports(server)
        told = desk.run("bounces", "collect", "--json").json
        assert (told["known"], told["unmatched"], told["problems"]) == (0, 0, [])
        assert told["messages"] == sum(len(each) for each in raws.values())
        yield Bounced(desk, server, around, raws)


def read(raw: bytes) -> dict[str, Any]:
    return report_document(parse_report(raw), "")


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is not as it should be, by cause: [wanted, found]."""
    return {name: [each, found.get(name)] for name, each in wanted.items() if each != found.get(name)}


def test_each_cause_is_read_for_what_it_is(bounced: Bounced) -> None:
    found = {}
    for cause in CAUSES:
        document = read(bounced.final(cause))
        (person,) = document["recipients"]
        assert (document["kind"], person["action"]) == ("bounce", "failed"), cause
        found[cause] = Read(person["reason"], person["suppress"], person["permanent"])
    assert differences(bounced.wanted(), found) == {}


def test_each_is_tied_to_the_person_by_the_token_and_counted_once(bounced: Bounced) -> None:
    listed = bounced.desk.run("bounces", "list", "--json").json["bounces"]
    assert {each["matched_by"] for each in listed} == {"token"}
    assert {each["mailing"] for each in listed} == {"lamps/release-1"}
    given_up = {each["email"]: each["reason"] for each in listed if each["kind"] != "delayed"}
    wanted = {CAUSES[cause].address: how.reason for cause, how in bounced.wanted().items()}
    assert differences(wanted, given_up) == {}
    assert len([each for each in listed if each["kind"] != "delayed"]) == len(CAUSES)
    again = bounced.desk.run("bounces", "collect", "--json").json
    assert (again["messages"], again["known"], again["people"]) == (len(listed), len(listed), {})
    assert len(bounced.desk.run("bounces", "list", "--json").json["bounces"]) == len(listed)


def test_only_the_dead_are_written_to_no_more(bounced: Bounced) -> None:
    dead = {CAUSES[cause].address for cause, how in bounced.wanted().items() if how.suppress == "now"}
    suppressed = bounced.desk.run("optouts", "list", "--json").json["suppressed"]
    assert {each["email"]: each["reason"] for each in suppressed} == dict.fromkeys(dead, "dead_address")


def test_the_report_has_every_person_as_accepted_and_come_back(bounced: Bounced) -> None:
    report = bounced.desk.report()
    wanted = bounced.wanted()
    hard = [CAUSES[cause].address for cause, how in wanted.items() if how.suppress == "now"]
    assert report["accepted"] == len(CAUSES)
    assert report["bounced"] == {"hard": len(hard), "soft": len(CAUSES) - len(hard)}
    came_back = {each["address"]: each["came_back"] for each in report["deliveries"]}
    assert came_back == {who: ["bounced_hard" if who in hard else "bounced_soft"] for who in PEOPLE}
    assert report["bounce_reasons"] == Counter(how.reason for how in wanted.values())


def test_a_warning_that_it_is_delayed_is_no_bounce(bounced: Bounced) -> None:
    for cause in LATE:
        warnings = [raw for raw in bounced.raws[CAUSES[cause].address] if not FINAL.search(raw)]
        assert warnings, cause
        for raw in warnings:
            document = read(raw)
            (person,) = document["recipients"]
            assert (document["kind"], person["action"], person["permanent"]) == ("delayed", "delayed", False)
            assert person["suppress"] != "now"
    listed = bounced.desk.run("bounces", "list", "--json").json["bounces"]
    assert {CAUSES[cause].address for cause in LATE} <= {
        each["email"] for each in listed if each["kind"] == "delayed" and each["matched_by"] == "token"
    }


def test_without_our_token_the_recipient_is_still_right(bounced: Bounced) -> None:
    for cause, who in ((cause, CAUSES[cause].address) for cause in CAUSES):
        raw = OUTSIDE.sub(b"", bounced.final(cause))
        report = parse_report(raw)
        assert (report.tokens, report.returned_tokens) == ((), ()), cause
        (person,) = report_document(report, "")["recipients"]
        # OpenSMTPD says only where the club's mail went: without a token nobody could know more
        assert person["address"] in ({who} if cause != "forwarded to a dead address" else {who, GONE})


def test_the_words_for_people_alone_say_whom_and_why(bounced: Bounced) -> None:
    """Gateways strip the parts that are for machines."""
    found = {}
    for cause in CAUSES:
        document = read(words_alone(bounced.final(cause)))
        assert document["kind"] == "bounce", cause
        (person,) = document["recipients"]
        assert person["address"] in {CAUSES[cause].address, GONE}
        found[cause] = person["reason"]
    assert differences({cause: how.reason for cause, how in bounced.wanted().items()}, found) == {}


def words_alone(raw: bytes) -> bytes:
    """Return the report without its machine-readable parts: its head, and the notification as its text."""
    message = BytesParser(policy=policy.default.clone(max_line_length=0)).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert isinstance(text, bytes)
    head = [f"{name}: {value}" for name, value in message.items() if not name.lower().startswith("content-")]
    return "\n".join([*head, "Content-Type: text/plain; charset=utf-8", "", ""]).encode() + text


def test_every_domain_was_asked_of_our_own_name_server_and_nobody_took_the_mail(bounced: Bounced) -> None:
    asked = {name.rstrip(".") for name, kind in bounced.around.asked if kind == "MX"}
    assert asked >= {cause.address.rpartition("@")[2] for cause in CAUSES.values()} - {"alias.example.com"}
    assert bounced.around.taking.accepted == bounced.around.small.accepted == []
