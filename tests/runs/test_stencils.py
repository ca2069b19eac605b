"""Stencils in use: whatever a template does with a field, the mail is the approved one, filled in or rendered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar

import pytest

from mailer.cli.office import writing_office
from mailer.ledger.deliveries import read_open
from mailer.ledger.mailings import newest_edition, require_mailing
from mailer.message.compose import content_hash
from mailer.message.context import Context
from mailer.message.family import Family
from mailer.message.stencil import Recorded
from mailer.message.values import Rendered
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Merger
from mailer.workspace import shipped
from tests.office import Desk, mail_of, text_of, times_taken
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes", "--template", "own")
TRICKS = """\
{% if contact.outlet == "Outlet 3" %}Only for you: {% endif %}{{ contact.first_name|upper }} {{ contact.last_name[:2] }}
{{ ("For " ~ contact.outlet ~ " and everybody there who reads what we write about lamps on the coast")|wrap }}
{{ contact.note|wrap_paragraphs }}
{{ greeting }} {{ optout_address }}
"""
PEOPLE = [
    "ada@a.example.com,Ada,Brook,Outlet 1,",
    "bea@b.example.com,Beá,O'Hara & Söhne,Outlet 2,Seen you at the pier.",
    "cy@c.example.com,Cy,<Brook>,Outlet 3,",
    "di@d.example.com,,,Outlet 4,",
    "ed@e.example.com,日本語日本語日本語,Brook,Outlet 5,Dear Ed",
    'fay@f.example.com,Fay,Brook,Outlet 6,"A first paragraph that is longer than a line of a mail.\n\nAnd\na second."',
]


@pytest.fixture
def tricky(desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A workspace whose template does all that a stencil cannot know, and a mailing that waits in its ledger."""
    monkeypatch.setenv("MAILER_WORKSPACE", str(desk.root))
    own = desk.root / "templates" / "own"
    shutil.copytree(shipped("templates") / "release", own)
    (own / "subject.txt").write_text("{{ contact.first_name }}: {{ release.headline }}\n", "utf-8")
    text = f"{{% block letterhead %}}\n{TRICKS}{{{{ super() }}}}{{% endblock %}}\n"
    (own / "email.txt").write_text((own / "email.txt").read_text("utf-8") + text, "utf-8")
    tricks = "".join(f"<p>{line}</p>\n" for line in TRICKS.splitlines())
    block = f"{{% block letterhead %}}\n{tricks}{{{{ super() }}}}{{% endblock %}}\n"
    (own / "email.html").write_text((own / "email.html").read_text("utf-8") + block, "utf-8")
    desk.write("lists/coast.csv", "\n".join(["email,first name,last name,outlet,note", *PEOPLE, ""]))
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND).code == 4
    server.at = {}
    return desk


@pytest.mark.slow
@pytest.mark.usefixtures("tricky")
def test_each_mail_is_the_approved_one() -> None:
    with writing_office() as (office, ledger), ledger.reading() as connection:
        mailing = require_mailing(connection, "lamps")
        _, edition = newest_edition(connection, mailing.id)
        merger = Merger(unpack(edition), mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)
        waiting = read_open(connection, mailing.id)
        assert len(waiting) == len(PEOPLE)
        for each in waiting:
            made = [
                merger.merge_again(each.address, each.merge_row, date=office.clock(), approved=each.content_hash)
                for _ in range(3)
            ]
            assert [content_hash(envelope.data) for envelope in made if envelope] == [each.content_hash] * 3
            wrong = merger.merge_again(each.address, each.merge_row, date=office.clock(), approved=bytes(32))
            assert wrong is None


class Counted(Family):
    """A family that counts how often it is rendered, or recorded."""

    __slots__ = ()
    renders: ClassVar[list[str]] = []

    def render(self, context: Context, *, language: str = "", text_only: bool = False) -> Rendered:
        self.renders.append("rendered")
        return super().render(context, language=language, text_only=text_only)

    def record(
        self, shared: Context, values: Mapping[str, Any], *, language: str = "", text_only: bool = False
    ) -> Recorded:
        self.renders.append("recorded")
        return super().record(shared, values, language=language, text_only=text_only)


def test_people_with_the_same_fields_cost_one_rendering(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_WORKSPACE", str(desk.root))
    note = "a note of {} that is longer than a line of a mail is since it has so much to say"
    rows = [f"p{n}@x.example.com,Pat{n},Brook,Outlet {n},{note.format(n)}" for n in range(20)]
    desk.write("lists/coast.csv", "\n".join(["email,first name,last name,outlet,note", *rows, ""]))
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND[:-2]).code == 4
    with writing_office() as (office, ledger), ledger.reading() as connection:
        mailing = require_mailing(connection, "lamps")
        text = unpack(newest_edition(connection, mailing.id)[1])
        counted = replace(text, family=Counted(*(getattr(text.family, each.name) for each in fields(text.family))))
        merger = Merger(counted, mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)
        waiting = read_open(connection, mailing.id)
        Counted.renders.clear()
        for each in waiting:
            assert merger.merge_again(each.address, each.merge_row, date=office.clock(), approved=each.content_hash)
    assert (len(waiting), len(Counted.renders)) == (20, 1)


@pytest.mark.slow
def test_people_get_it_whatever_the_template_does(tricky: Desk, server: ScriptedServer) -> None:
    done = tricky.run("resume", "lamps", "--json")
    assert done.code == 0
    assert json.loads(done.out)["accepted"] == len(PEOPLE)
    assert set(times_taken(server).values()) == {1}
    texts = {message.rcpt_to[0]: message.data for message in server.accepted}
    only = [address for address, data in texts.items() if b"Only for you" in data]
    assert only == ["cy@c.example.com"]


@pytest.mark.slow
def test_each_language_and_plain_text_cost_one_rendering_and_are_the_approved_mails(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_WORKSPACE", str(desk.root))
    wishes = [("de", ""), ("de-AT", ""), ("", ""), ("fr", "yes"), ("", "yes"), ("pl", "")]
    rows = [
        f"p{n}-{i}@x.example.com,Pat{n},Outlet {n},{wish[0]},{wish[1]}"
        for n in range(5)
        for i, wish in enumerate(wishes)
    ]
    desk.write("lists/coast.csv", "\n".join(["email,name,outlet,language,text only", *rows, ""]))
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND[:-2]).code == 4
    with writing_office() as (office, ledger), ledger.reading() as connection:
        mailing = require_mailing(connection, "lamps")
        text = unpack(newest_edition(connection, mailing.id)[1])
        counted = replace(text, family=Counted(*(getattr(text.family, each.name) for each in fields(text.family))))
        merger = Merger(counted, mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)
        Counted.renders.clear()
        for each in read_open(connection, mailing.id):
            assert merger.merge_again(each.address, each.merge_row, date=office.clock(), approved=each.content_hash)
    assert len(Counted.renders) <= len(wishes)
    server.at = {}
    assert desk.run("resume", "lamps").code == 0
    mails = {message.rcpt_to[0]: mail_of(message) for message in server.accepted}
    assert len(mails) == len(rows)
    assert {mails[f"p0-{i}@x.example.com"].get_content_type() for i in (3, 4)} == {"text/plain"}
    assert {mails[f"p0-{i}@x.example.com"].get_content_type() for i in (0, 1, 2, 5)} == {"multipart/alternative"}
    assert not any("Aus dem Verteiler austragen" in text_of(message) for message in server.accepted)
