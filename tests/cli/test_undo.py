"""Every undo that a command prints works as it is printed."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import mailer.pages
from mailer.preview.server import compose_dsn
from tests.answers import answer, take_in
from tests.office import Desk, put_into_maildir
from tests.servers import ScriptedServer

ADA = "ada@a.example.com"
PRINTED = re.compile(r"(?:Undo:?|To reverse it:|To redo it:)\s+mailer (.+?)(?:\s{3}|$)", re.MULTILINE)
ADD = ("optouts", "add")
# The commands that change something and print its undo.
COMMANDS: dict[str, tuple[str, ...]] = {
    "opted_out": (*ADD, ADA),
    "complained": (*ADD, ADA, "--reason", "complained"),
    "do_not_contact": (*ADD, ADA, "--reason", "do_not_contact"),
    "manual": (*ADD, ADA, "--reason", "manual"),
    "dead_address": (*ADD, ADA, "--reason", "dead_address"),
    "list": (*ADD, ADA, "--scope", "list:coast"),
    "kind": (*ADD, ADA, "--scope", "kind:release"),
    "domain": (*ADD, "*@a.example.com"),
    "outlet": (*ADD, """outlet:The "Daily" & $HOME's `Post`!"""),
    "odd address": (*ADD, "o'brien+$HOME&co@a.example.com"),
    "import": ("optouts", "import", "gone.txt", "--yes"),
    "lists add": ("lists", "add", "coast", "new@n.example.com", "--yes"),
    "lists remove": ("lists", "remove", "--everywhere", ADA, "--yes"),
    "lists update": ("lists", "update", ADA, "--set", "last_name=Reed", "--yes"),
    "lists move": ("lists", "add", "science", ADA, "--from", "coast", "--yes"),
    "lists import": ("lists", "import", "export.csv", "--into", "coast", "--yes"),
    "lists merge": ("lists", "merge", "coast", "science", "--into", "both", "--yes"),
    "lists split": ("lists", "export", "coast", "--split-by", "outlet", "--yes"),
    "lists dedupe": ("lists", "dedupe", "doubles", "--yes"),
}


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.people("science", ["zoe@z.example.com"])
    desk.people("doubles", ["eve@e.example.com", "eve@e.example.com"])
    desk.write("gone.txt", "gone@g.example.com\n")
    desk.write("export.csv", "email,first_name\nivy@i.example.com,Ivy\n")
    return desk


def state(desk: Desk) -> Any:
    """Return what the commands change: the lists, and who is suppressed."""
    files = {name: data for name, data in desk.files().items() if name.startswith("lists/")}
    return files, desk.run("optouts", "list", "--json").json


def printed_undos(text: str) -> list[list[str]]:
    return [shlex.split(command) for command in PRINTED.findall(text)]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_printed_undo_works_as_printed_and_leaves_everything_as_it_was(
    office: Desk, command: tuple[str, ...]
) -> None:
    before = state(office)
    done = office.run(*(str(office.root / word) if word in {"gone.txt", "export.csv"} else word for word in command))
    assert done.code == 0, done.said
    assert state(office) != before
    (back,) = printed_undos(done.said)
    undone = office.run(*back)
    assert undone.code == 0, undone.said
    assert state(office) == before


@pytest.mark.slow
def test_the_undo_of_an_undo_works_as_printed(office: Desk) -> None:
    before = state(office)
    text = office.run("lists", "remove", "--everywhere", ADA, "--yes").said
    changed = state(office)
    for expected in (before, changed, before):
        (back,) = printed_undos(text)
        done = office.run(*back)
        assert done.code == 0, done.said
        assert state(office) == expected
        text = done.said
    (back,) = printed_undos(office.run("lists", "undo", "--list").said)
    assert office.run(*back).code == 0
    assert state(office) == changed


@pytest.mark.slow
def test_the_undo_of_a_token_works_as_printed(office: Desk, server: ScriptedServer) -> None:
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 0
    mail = next(message for message in server.accepted if message.rcpt_to == (ADA,))
    token = re.search(rb"optout\+([a-z2-7]{40})@", mail.data)
    assert token is not None
    (back,) = printed_undos(office.run(*ADD, "--token", token[1].decode()).said)
    assert office.run(*back).code == 0
    assert office.run("optouts", "list", "--json").json == {"suppressed": []}


def test_what_an_opt_out_took_the_place_of_can_be_put_back_as_printed(office: Desk) -> None:
    office.run(*ADD, ADA, "--reason", "do_not_contact")
    text = office.run(*ADD, ADA).said
    (back,) = printed_undos(text)
    assert office.run(*back).code == 0
    (again,) = re.findall(r"after the undo: mailer (.+)", text)
    assert office.run(*shlex.split(again)).code == 0
    (found,) = office.run("optouts", "list", "--json").json["suppressed"]
    assert (found["email"], found["reason"]) == (ADA, "do_not_contact")


def test_the_undo_of_a_settled_finding_works_as_printed(office: Desk, server: ScriptedServer) -> None:
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 0
    mail = server.accepted[0]
    report = compose_dsn("bounces@example.org", ADA, b"Subject: x\r\n\r\n", answer=(550, "5.1.1 unknown user"), now=NOW)
    assert mail.rcpt_to
    put_into_maildir(office.root / "returned", [report])
    office.run("bounces", "collect")
    (finding,) = office.run("bounces", "list", "--unmatched", "--json").json["unmatched"]
    settled = office.run("bounces", "show", str(finding["id"]), "--as", ADA)
    assert settled.code == 0, settled.said
    (back,) = printed_undos(settled.said)
    assert office.run(*back).code == 0
    assert office.run("optouts", "list", "--json").json == {"suppressed": []}
    assert office.run("bounces", "list", "--unmatched", "--json").json["unmatched"]


@pytest.mark.parametrize("words", [("assign", "1", "Ida"), ("done", "1"), ("note", "1", "Sent three photos")])
def test_the_undo_of_what_was_done_about_a_reply_works_as_printed(
    office: Desk, server: ScriptedServer, words: tuple[str, ...]
) -> None:
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 0
    take_in(office, [answer(server, ADA)])
    before = office.run("replies", "--json").json
    when = {"assigned_at", "assigned_by"}  # who unassigned it is known
    done = office.run("replies", *words)
    assert done.code == 0, done.said
    assert office.run("replies", "--json").json != before
    (back,) = printed_undos(done.said)
    assert office.run(*back).code == 0
    after = office.run("replies", "--json").json
    pairs = zip(before["replies"], after["replies"], strict=True)
    assert [{name for name in old | new if old.get(name) != new.get(name)} - when for old, new in pairs] == [set()]


NOW = datetime(2026, 10, 3, 8, tzinfo=UTC)


def test_no_command_prints_a_way_back_that_is_not_tried_here() -> None:
    package = Path(mailer.pages.__file__).parent
    telling = [path for path in package.glob("*.py") if re.search(r"[ (]undo\(", path.read_text("utf-8"))]
    # what defines it; approvals and rejections (tests/services/test_approval.py); broken embargoes (test_embargo.py)
    elsewhere = {"layout", "plans", "offers"}
    assert {path.stem for path in telling} == {"lists", "suppressions", "collect"} | elsewhere
