"""The ledger is never silently begun again, and text from outside cannot control a terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.office import Desk, finish
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


@pytest.mark.parametrize("how", ["gone", "emptied"])
def test_a_lost_ledger_stops_everything_and_nobody_gets_it_again(desk: Desk, server: ScriptedServer, how: str) -> None:
    assert desk.run(*SEND).code == 0
    for file in (desk.root / ".mailer").glob("ledger.db*"):
        file.unlink()
    if how == "emptied":
        (desk.root / ".mailer" / "ledger.db").touch()
    before = server.connections
    for words in (SEND, ("status",), ("optouts", "add", "ada@a.example.com")):
        refused = desk.run(*words)
        assert refused.code == 3
        assert "Restore .mailer/ledger.db" in refused.err
    assert server.connections == before


def test_a_test_is_not_sent_to_somebody_who_opted_out(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run("optouts", "add", "me@example.org").code == 0
    refused = desk.run("test", "lamps", "--to", "coast", "--inbox", "me@example.org")
    assert refused.code == 2
    assert "me@example.org is suppressed" in refused.err
    assert server.connections == 0


def test_a_true_bounce_counts_after_one_that_anybody_could_have_written(desk: Desk, server: ScriptedServer) -> None:
    assert desk.run(*SEND).code == 0
    taken = next(message for message in server.accepted if message.rcpt_to == ("ada@a.example.com",))
    report = """\
From: mailer-daemon@a.example.com
To: {to}
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; a.example.com

Final-Recipient: rfc822; ada@a.example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 \x1b[31mno such user

--b--
"""
    desk.write("weak.eml", report.format(to="bounces@example.org"))
    desk.write("true.eml", report.format(to=taken.mail_from))
    assert desk.run("bounces", "collect", str(desk.root / "weak.eml"), "--json").json["suppressed"] == []
    result = desk.run("bounces", "collect", str(desk.root / "true.eml"), "--json").json
    assert [each["email"] for each in result["suppressed"]] == ["ada@a.example.com"]
    assert desk.report()["bounced"] == {"hard": 1, "soft": 0}
    assert "\x1b" not in desk.run("bounces", "list").out


@pytest.mark.slow
def test_two_demos_at_once_have_a_folder_each(desk: Desk) -> None:
    command = [sys.executable, "-m", "mailer", "demo", "look", "--json"]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(command, cwd=desk.root, stdout=pipe, stderr=pipe, text=True) for _ in range(2)]
    done = [finish(each) for each in both]
    assert [each.code for each in done] == [0, 0], [each.err for each in done]
    assert len({each.json["workspace"] for each in done}) == 2
    assert [each.json["reports"][0]["accepted"] for each in done] == [11, 11]
