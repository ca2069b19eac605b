"""Pictures, attachments and the press kit: what a relay gets of the files beside a release."""

from __future__ import annotations

import shutil
import zipfile
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from mailer.workspace import shipped
from tests.office import BODY, HEAD, HEADLINE, Desk, mail_of
from tests.servers import ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
LOCAL = '![Four lamps on a shelf](lamp.png "Lamps of 1921. | Photo: Lantern Museum, free for editorial use")\n'
LINKED = '![A cellar](https://www.example.org/cellar.jpg "The cellar. | Photo: Lantern Museum")\n'
EVENT = """\
event:
  what: A walk with lamps
  where: Lantern Museum, 4 Wick Lane
  starts: 2027-12-05 19:00 Europe/Berlin
  ends: 21:00
"""


def write_release(desk: Desk, *, fields: str = "", body: str = BODY) -> None:
    head = HEAD.format(headline=HEADLINE, label="FOR IMMEDIATE RELEASE")
    desk.write("releases/lamps.md", f"---\n{head}{fields}---\n\n{body}")


def picture(desk: Desk, name: str = "lamp.png") -> bytes:
    target = desk.root / "releases" / name
    shutil.copyfile(shipped("templates", "samples") / "pier.png", target)
    return target.read_bytes()


def mail_to_first(desk: Desk, server: ScriptedServer) -> EmailMessage:
    done = desk.run(*SEND)
    assert done.code == 0, done.said
    return mail_of(server.accepted[0])


def tree(part: EmailMessage) -> object:
    if part.is_multipart():
        return part.get_content_subtype(), [tree(each) for each in part.iter_parts()]  # type: ignore[arg-type] # as parsed
    return part.get_content_type()


def page_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_without_being_asked_nothing_is_attached_and_a_picture_on_the_web_stays_there(
    desk: Desk, server: ScriptedServer
) -> None:
    picture(desk)  # beside the release, and not named in it
    write_release(desk, body=f"{BODY}\n{LINKED}")
    mail = mail_to_first(desk, server)
    assert tree(mail) == ("alternative", ["text/plain", "text/html"])
    assert 'src="https://www.example.org/cellar.jpg" alt="A cellar" width="552"' in page_of(mail)
    text = mail.get_body(("plain",))
    assert text is not None
    assert "<https://www.example.org/cellar.jpg>" in text.get_content()


def test_a_picture_beside_the_release_travels_inside_and_an_attachment_under_its_own_name(
    desk: Desk, server: ScriptedServer
) -> None:
    data = picture(desk)
    (desk.root / "releases" / "Zählung der Lampen – 2026.pdf").write_bytes(PDF)
    write_release(
        desk,
        fields="attachments: Zählung der Lampen – 2026.pdf\npress_kit: https://www.example.org/press\n",
        body=f"{BODY}\n{LOCAL}",
    )
    mail = mail_to_first(desk, server)
    related = ("related", ["text/html", "image/png"])
    assert tree(mail) == ("mixed", [("alternative", ["text/plain", related]), "application/pdf"])
    inside = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert inside.get_content_disposition() == "inline"
    assert inside.get_payload(decode=True) == data
    assert f'src="cid:{inside["Content-ID"].strip("<>")}"' in page_of(mail)
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Zählung der Lampen – 2026.pdf"
    assert b"filename*" in server.accepted[0].data
    assert attached.get_payload(decode=True) == PDF
    assert 'href="https://www.example.org/press"' in page_of(mail)


def test_a_preview_shows_the_picture_that_the_mail_finds_by_its_content_id(desk: Desk, server: ScriptedServer) -> None:
    picture(desk)
    write_release(desk, body=f"{BODY}\n{LOCAL}")
    written = desk.run("preview", "lamps", "--to", "coast", "--json").json
    assert 'src="data:image/png;base64,' in Path(written["html"]).read_text("utf-8")
    assert b"cid:" in Path(written["source"]).read_bytes()
    assert b"Content-ID:" in Path(written["source"]).read_bytes()
    assert server.connections == 0


def test_the_preview_inbox_shows_it_too_and_tells_of_no_attachment(desk: Desk) -> None:
    picture(desk)
    write_release(desk, body=f"{BODY}\n{LOCAL}")
    assert desk.run("test", "lamps", "--to", "coast").code == 0
    page = (desk.root / ".mailer" / "preview" / "index.html").read_text("utf-8")
    assert "data:image/png;base64," in page
    assert "Attached:" not in page


def test_who_wants_plain_text_gets_no_picture_and_every_attachment(desk: Desk, server: ScriptedServer) -> None:
    picture(desk)
    (desk.root / "releases" / "figures.csv").write_text("year,lamps\n2026,400\n")
    write_release(desk, fields="attachments: [figures.csv]\n", body=f"{BODY}\n{LOCAL}")
    desk.write("lists/coast.csv", "email,first_name,text_only\nada@daily.example.com,Ada,yes\n")
    mail = mail_to_first(desk, server)
    assert tree(mail) == ("mixed", ["text/plain", "text/csv"])
    assert "Four lamps on a shelf" in str(next(mail.iter_parts()).get_content())


def test_a_word_file_may_go_though_its_type_is_longer_than_a_line(desk: Desk, server: ScriptedServer) -> None:
    with zipfile.ZipFile(desk.root / "releases" / "facts.docx", "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    write_release(desk, fields="attachments: [facts.docx]\n")
    (attached,) = mail_to_first(desk, server).iter_attachments()
    assert attached.get_content_type().endswith("wordprocessingml.document")


@pytest.mark.slow
def test_an_advisory_brings_the_date_for_calendars(desk: Desk, server: ScriptedServer) -> None:
    write_release(desk, fields=f"template: advisory\n{EVENT}")
    mail = mail_to_first(desk, server)
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("lamps.ics", "text/calendar")
    calendar = attached.get_payload(decode=True)
    assert isinstance(calendar, bytes)
    assert b"DTSTART:20271205T180000Z\r\nDTEND:20271205T200000Z\r\n" in calendar
    assert "Sunday 5 December 2027, 19:00 to 21:00 CET" in page_of(mail)


def test_an_event_while_the_clocks_change_is_told_in_both_zones(desk: Desk) -> None:
    night = EVENT.replace("2027-12-05 19:00", "2027-03-28 01:30").replace("ends: 21:00", 'ends: "04:00"')
    write_release(desk, fields=f"template: advisory\n{night}")
    assert "Sunday 28 March 2027, 01:30 CET to 04:00 CEST" in desk.run("preview", "lamps").out


def test_the_calendar_of_an_embargoed_invitation_tells_the_embargo(desk: Desk) -> None:
    write_release(desk, fields=f"template: advisory\nembargo: 2027-11-01 09:00 Europe/Berlin\n{EVENT}")
    held = (desk.root / "releases/lamps.md").read_text("utf-8").replace("FOR IMMEDIATE RELEASE", "MEDIA ADVISORY")
    desk.write("releases/lamps.md", held)
    desk.run("preview", "lamps")
    (source,) = desk.root.glob(".mailer/preview/*.eml")
    (attached,) = message_from_bytes(source.read_bytes(), policy=default).iter_attachments()
    calendar = attached.get_payload(decode=True)
    assert isinstance(calendar, bytes)
    calendar = calendar.replace(b"\r\n ", b"")
    assert rb"DESCRIPTION:EMBARGOED UNTIL 09:00 CET (08:00 UTC)\, Monday 1 November 2027\n" in calendar


def test_an_event_in_another_family_is_told_and_not_attached(desk: Desk, server: ScriptedServer) -> None:
    write_release(desk, fields=EVENT)
    assert tree(mail_to_first(desk, server)) == ("alternative", ["text/plain", "text/html"])


@pytest.mark.parametrize(
    "name, data, why",
    [
        ("pictures.zip", b"PK\x03\x04rest", "is an archive"),
        ("lamps.exe", b"MZrest", "is a program"),
        ("lamps.docm", b"PK\x03\x04vbaProject.bin", "with macros"),
        ("lamps.pdf", b"<html>", "is not a PDF file"),
        ("lamps.csv", b"x" * 8_000_000, "10.9 MB in the mail"),
    ],
)
def test_what_newsrooms_refuse_is_refused_before_anything_is_sent(
    desk: Desk, server: ScriptedServer, name: str, data: bytes, why: str
) -> None:
    (desk.root / "releases" / name).write_bytes(data)
    write_release(desk, fields=f"attachments: {name}\n")
    done = desk.run(*SEND)
    assert done.code == 2
    assert why in done.err
    assert "press_kit: https://" in done.err
    assert server.connections == 0


@pytest.mark.parametrize(
    "way, body, phrase",
    [
        ("link", LOCAL, '"lamp.png" is a file, and travels inside the mail; to link it, put it on your site'),
        ("inline", LINKED, "https://www.example.org/cellar.jpg stays a link; put the file beside the release"),
    ],
)
def test_a_wish_that_cannot_be_followed_is_told(
    desk: Desk, server: ScriptedServer, way: str, body: str, phrase: str
) -> None:
    picture(desk)
    write_release(desk, fields=f"pictures: {way}\n", body=f"{BODY}\n{body}")
    done = desk.run("preview", "lamps", "--to", "coast")
    assert done.code == 0
    assert phrase in " ".join(done.err.split())
    assert server.connections == 0


def test_a_portrait_that_is_not_there_stops_the_mailing_with_its_name(desk: Desk, server: ScriptedServer) -> None:
    write_release(desk, fields="template: statement\nportrait: marlow.png\n")
    done = desk.run(*SEND)
    assert done.code == 2
    assert "marlow.png" in done.err
    assert server.connections == 0


def test_a_portrait_is_checked_as_every_picture_is(desk: Desk) -> None:
    picture(desk, "marlow.png")
    write_release(desk, fields="portrait: marlow.png\n")
    codes = {each["code"] for each in desk.run("release", "check", "lamps", "--json").json["problems"]}
    assert {"image-alt", "image-credit"} <= codes
    assert "image-caption" not in codes
