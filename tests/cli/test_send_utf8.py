"""`mailer send` to addresses that not every relay accepts (RFC 6531): both cases, as the relay sees them."""

from __future__ import annotations

from tests.office import Desk
from tests.servers import EXTENSIONS, ScriptedServer

LIST = """email,first_name
zoë@daily.example.com,Zoë
ada@küste.example.org,Ada
bo@evening.example.net,Bo
"""
SEND = ("send", "lamps", "--to", "coast", "--yes")


def test_relay_with_smtputf8_takes_everybody(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", LIST)
    done = desk.run(*SEND)
    assert done.code == 0, done.said
    took = {message.rcpt_to[0]: message.parameters for message in server.accepted}
    assert set(took) == {"zoë@daily.example.com", "ada@xn--kste-0ra.example.org", "bo@evening.example.net"}
    assert [to for to, parameters in took.items() if "SMTPUTF8" in parameters] == ["zoë@daily.example.com"]


def test_relay_without_smtputf8_leaves_out_that_one_person_saying_why(desk: Desk, server: ScriptedServer) -> None:
    server.extensions = [each for each in EXTENSIONS if each != "SMTPUTF8"]
    desk.write("lists/coast.csv", LIST)
    done = desk.run(*SEND)
    assert done.code == 1, done.said
    assert "the relay does not support this address" in done.said
    assert {message.rcpt_to[0] for message in server.accepted} == {
        "ada@xn--kste-0ra.example.org",
        "bo@evening.example.net",
    }
    report = desk.run("report", "lamps", "--deliveries", "--json").json
    assert report["accepted"] == 2
    (left,) = [each for each in report["deliveries"] if each["state"] != "accepted"]
    assert (left["address"], left["state"], left["reason"]) == ("zoë@daily.example.com", "rejected", "smtputf8")
    assert all(command.isascii() for command in server.commands)
