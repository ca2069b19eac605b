"""`mailer bounces classify` reads what SNS and SES write, as a file, through a pipe, and in a folder beside mail."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.office import Desk
from tests.relays import ses_bounce, ses_complaint

CY = "cy@c.example.com"


@pytest.mark.slow
def test_events_of_ses_are_classified_like_mail(desk: Desk) -> None:
    wrapped = json.dumps({"Type": "Notification", "MessageId": "1", "Message": ses_bounce(CY).decode()}, indent=2)
    desk.write("told/a.json", wrapped)
    desk.write("told/b.json", ses_complaint(CY).decode())
    desk.write("told/c.eml", "From: pat@b.example.com\n\nThank you.\n")
    lines = desk.run("bounces", "classify", str(desk.root / "told"), "--jsonl").out.splitlines()
    bounce, complaint, letter = map(json.loads, lines)
    assert (bounce["kind"], complaint["kind"], letter["kind"]) == ("bounce", "feedback", "none")
    (recipient,) = bounce["recipients"]
    assert {key: recipient[key] for key in ("address", "action", "status", "permanent", "reason")} == {
        "address": CY,
        "action": "failed",
        "status": "5.1.1",
        "permanent": True,
        "reason": "userunknown",
    }
    assert (complaint["feedback_type"], complaint["recipients"][0]["address"]) == ("abuse", CY)
    alone = desk.run("bounces", "classify", str(desk.root / "told" / "a.json"), "--jsonl").out
    assert json.loads(alone)["recipients"] == bounce["recipients"]
    piped = subprocess.run(
        [sys.executable, "-m", "mailer", "bounces", "classify", "--jsonl", "-"],
        input=wrapped.encode(),
        capture_output=True,
        check=True,
    )
    assert json.loads(piped.stdout)["recipients"] == bounce["recipients"]
