"""A message that cannot be read within its limits is reported and tried once, and the others are recorded."""

from __future__ import annotations

import pytest

from mailer.bounces.values import Report
from mailer.errors import Problem
from mailer.inbox.values import RawMessage
from mailer.runs.collect.taking import collect
from mailer.runs.untrusted import read_documents
from mailer.sandbox import Limits, Sandbox
from tests.runs.collect.past import ADA, Past
from tests.sandboxed import BAD, document_or_spin, report_or_spin

LIMITS = Limits(seconds=1, megabytes=200)
BOUNCE = f"""\
From: MAILER-DAEMON@example.com
To: bounces@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.com

Final-Recipient: rfc822; {ADA}
Action: failed
Status: 5.1.1

--b--
""".encode()
HOSTILE = RawMessage("returned/2.eml", BAD + b"\n" + BOUNCE)
FINE = [
    RawMessage("returned/1.eml", b"X-Number: 1\n" + BOUNCE),
    RawMessage("returned/3.eml", b"X-Number: 3\n" + BOUNCE),
]


@pytest.mark.slow
def test_a_message_that_cannot_be_read_is_named_and_not_tried_again_and_the_others_are_taken_in(past: Past) -> None:
    past.at(0)
    past.mail("seals", [ADA])
    past.at(1)
    sandbox, tried = Sandbox(), []

    def read(message: RawMessage) -> Report:
        tried.append(message.source)
        with past.ledger.writing():  # whoever sends must not wait for a mail to be read
            return sandbox.call(LIMITS, message.source, report_or_spin, message.data)

    entries = [FINE[0], HOSTILE, FINE[1]]
    try:
        collected = collect(past.office, past.ledger, entries, read=read)
        again = collect(past.office, past.ledger, entries, read=read)
    finally:
        sandbox.close()
    assert collected.kinds == {"bounce": 2, "none": 1}
    (problem,) = collected.problems
    assert (problem.source, problem.code) == ("returned/2.eml", "parse-stopped")
    assert "takes longer than 1 seconds" in problem.message
    assert "not tried again" in problem.message
    assert collected.people["bounced_hard"] == 1
    assert (again.known, again.problems) == (3, [])
    assert tried == ["returned/1.eml", "returned/2.eml", "returned/3.eml"]


@pytest.mark.slow
def test_classifying_goes_on_behind_a_message_that_cannot_be_read_and_keeps_the_order() -> None:
    large = Problem("message-too-large", "skipped", source="returned/0.eml")
    found = dict(read_documents([large, FINE[0], HOSTILE, FINE[1]], limits=LIMITS, parse=document_or_spin))
    assert list(found) == ["returned/0.eml", "returned/1.eml", "returned/2.eml", "returned/3.eml"]
    stopped = found["returned/2.eml"]
    assert isinstance(stopped, Problem)
    assert "takes longer than 1 seconds" in stopped.message
    kinds = [each["kind"] for each in found.values() if isinstance(each, dict)]
    assert kinds == ["bounce", "bounce"]
