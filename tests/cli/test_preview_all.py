"""`mailer preview --all`: everybody's mail on a contact sheet."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mailer.message.compose import content_hash
from mailer.preview.page import Seen, render_sheet
from mailer.workspace import shipped
from tests.office import BODY, Desk
from tests.servers import ScriptedServer

ALL = ("preview", "lamps", "--to", "desk", "--all")
LIST = """\
email,name,outlet,language,text only
ada@a.example.com,Ada Brook,The Daily,,
bo@b.example.com,,Kustnytt,de,
cy@c.example.com,Cy <b>Noor</b>,Radio,,yes
"""


@pytest.mark.slow
def test_everybody_is_walked_and_each_mail_is_the_one_they_would_get(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/desk.csv", LIST)
    assert desk.run("optouts", "add", "cy@c.example.com").code == 0
    done = desk.run(*ALL, "--json")
    assert done.code == 0, done.err
    ada, bo, cy = done.json["people"]
    assert (ada["name"], ada["manner"], bo["manner"]) == ("Ada Brook", "en", "en")
    assert (cy["skipped"], cy["source"]) == ("opted out", None)
    page = Path(done.json["page"]).read_text("utf-8")
    assert "2 of 3 get it" in page
    assert "Cy &lt;b&gt;Noor&lt;/b&gt;" in page
    assert desk.run("send", "lamps", "--to", "desk", "--yes").code == 0
    sent = {message.rcpt_to[0]: content_hash(message.data) for message in server.accepted}
    assert sent == {each["email"]: content_hash(Path(each["source"]).read_bytes()) for each in (ada, bo)}


def test_the_sheet_shows_pictures_and_says_who_waits_for_the_end_of_an_embargo(desk: Desk) -> None:
    desk.release(
        label="Press release\nembargo: 2999-03-02 09:00 UTC",
        body=BODY + '\n![A pier](pier.png "Low water. | A. Lund")\n',
    )
    shutil.copyfile(shipped("templates", "samples") / "pier.png", desk.root / "releases" / "pier.png")
    desk.write("lists/desk.csv", LIST.replace("text only", "embargo agreed"))
    done = desk.run(*ALL, "--json")
    assert done.code == 0, done.err
    assert [each["waits_for_embargo"] for each in done.json["people"]] == [True, True, False]
    folder = Path(done.json["page"]).parent
    assert "2 of them not before the embargo ends" in (folder / "index.html").read_text("utf-8")
    assert 'src="picture-1.png"' in (folder / "00001.html").read_text("utf-8")
    assert (folder / "picture-1.png").read_bytes() == (desk.root / "releases" / "pier.png").read_bytes()
    assert desk.run(*ALL).code == 0


def test_a_fault_of_one_row_is_told_of_that_person_and_the_others_are_made(desk: Desk) -> None:
    desk.write("lists/desk.csv", LIST)
    desk.run("init", str(desk.root))
    path = desk.root / "templates" / "release" / "subject.txt"
    path.write_text('{% if contact.language == "de" %}{{ nothing }}{% endif %}{{ release.headline }}\n', "utf-8")
    done = desk.run(*ALL)
    assert done.code == 2
    assert "Made        2 of 3 mails" in done.out
    assert "bo@b.example.com" in done.out
    assert "nothing" in done.out


def test_a_sheet_is_made_anew_and_nothing_strange_is_taken_away(desk: Desk) -> None:
    desk.write("lists/desk.csv", LIST)
    folder, words = desk.root / ".mailer" / "preview" / "lamps-everybody", ALL
    assert desk.run(*words).code == 0
    before = sorted(each.name for each in folder.iterdir())
    assert desk.run(*words).code == 0
    assert sorted(each.name for each in folder.iterdir()) == before
    (folder / "mine.txt").write_text("mine")
    refused = desk.run(*words)
    assert refused.code == 2
    assert "mine.txt" in refused.err
    assert (folder / "mine.txt").read_text() == "mine"


def test_all_needs_a_list(desk: Desk) -> None:
    assert desk.run("preview", "lamps", "--all").code == 2


def test_whoever_something_is_wrong_with_stands_first() -> None:
    people = [Seen(f"p{number}@example.com", "", "list", text="t.txt") for number in range(3)]
    page = render_sheet("Lamps", [*people, Seen("bad@example.com", "", "list", problems=("no <name>",))])
    assert page.index("bad@example.com") < page.index("p0@example.com")
    assert "no &lt;name&gt;" in page
    assert page.count('<li class="person') == 4
