"""A release is imported, reviewed, edited beside its mail, saved and restored; nothing is overwritten."""

from __future__ import annotations

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import html5lib
import pytest

from mailer.ledger import open_ledger
from mailer.ledger.users import Session, add_session
from tests.desk.opened import Answer, Fields, Opened, opened
from tests.office import HEADLINE, Desk

REGION = {"desk-region": "preview"}
EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} "quoted" & so on'


def fields_of(answer: Answer, form: str) -> dict[str, list[str]]:
    """Return the fields that a browser would send of the form with this id, without its buttons."""
    root = html5lib.parse(answer.html, namespaceHTMLElements=False)
    found: dict[str, list[str]] = {}
    (element,) = (each for each in root.iter("form") if each.get("id") == form)
    for each in element.iter():
        name, kind, value = each.get("name"), each.get("type", ""), None
        if each.tag == "textarea":
            value = (each.text or "").removeprefix("\n") if (each.text or "").startswith("\n\n") else each.text or ""
        elif each.tag == "select":
            options = list(each.iter("option"))
            chosen = next((one for one in options if one.get("selected") is not None), options[0] if options else None)
            value = chosen.get("value", chosen.text or "") if chosen is not None else None
        elif each.tag == "input" and (kind not in {"radio", "checkbox"} or each.get("checked") is not None):
            value = each.get("value", "") if kind != "file" else None
        if name and value is not None:
            found.setdefault(name, []).append(value)
    return found


def edited(answer: Answer, **changes: str) -> Fields:
    """Return the fields of the editor with some of them changed."""
    return {**fields_of(answer, "editor"), **changes}


def log_in(page: Opened, desk: Desk, name: str, role: str) -> Opened:
    """Return the desk as another user has it open, with a ledger that keeps their login."""
    desk.run("optouts", "add", "nobody@nowhere.example")
    cookie, now = f"cookie-of-{name}", datetime.now(UTC)
    ledger = open_ledger("sqlite:///.mailer/ledger.db", desk.root)
    assert ledger is not None
    with ledger.writing() as connection:
        digest = hashlib.sha256(cookie.encode()).digest()
        add_session(connection, Session(digest, name, name, role, None, now, now + timedelta(hours=1)))
    ledger.close()
    return replace(page, cookies={next(iter(page.cookies)): cookie})


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header, pixels = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0), zlib.compress((b"\0" + b"\xff\0\0" * 2) * 2)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def had_in(answer: Answer) -> str:
    """Return the results of the extra checks that the form carries."""
    found = re.search(r'name="had" value="([^"]*)"', answer.html)
    assert found, answer.text
    return found[1]


def mail_in(page: Opened, answer: Answer, *, look: str = "light") -> str:
    """Return the mail that the frame of a page shows."""
    found = re.search(r'<iframe[^>]* sandbox src="([^"]+)"', answer.html)
    assert found, answer.text
    mail = page.get(found[1].replace("&amp;", "&").replace("look=light", f"look={look}"))
    assert mail.headers["content-security-policy"].endswith("sandbox")
    assert "script-src" not in mail.headers["content-security-policy"]
    return mail.html


@pytest.mark.slow
def test_a_document_is_looked_through_before_it_is_saved(desk: Desk) -> None:
    text = (
        "Eastport counts its lanterns\n\n24 November 2026\n\nEASTPORT – Volunteers counted 400 lanterns on Monday.\n\n"
        f"“Nobody had counted them,” said Ida Marlow, keeper of lamps. {EVIL}\n\n"
        "Press contact: Jonas Feld, +44 20 7946 0111\n"
    )
    with opened(desk) as page:  # one desk for everything: starting takes longest
        brought = page.post("/releases", {"text": ""}, {"file": ("Lantern count!.txt", text.encode())})
        assert brought.title == "Look through it"
        assert [each.name for each in (desk.root / "releases").iterdir()] == ["lamps.md"]
        form = fields_of(brought, "import")
        assert form["name"] == ["lantern-count"]
        assert form["headline"] == ["Eastport counts its lanterns"]
        assert form["date"] == ["2026-11-24"]
        assert form["contact_name"] == ["Jonas Feld", ""]
        assert "<script>alert(1)" not in brought.html
        assert re.search(r"headline Eastport counts its lanterns line 1", brought.text)
        assert "What the document says Eastport counts its lanterns headline Why" in brought.text
        path = brought.path
        taken = page.post(path, {**form, "name": "lamps"})
        assert taken.status == 422
        assert "releases/lamps.md is there already" in taken.text
        saved = page.post(path, {**form, "subhead": "Four hundred: a record", "dateline": "EASTPORT"})
        assert saved.title == "Eastport counts its lanterns"
        assert "Saved as releases/lantern-count.md." in saved.text
        written = (desk.root / "releases" / "lantern-count.md").read_text("utf-8")
        assert "subhead: 'Four hundred: a record'\n" in written
        assert page.get(path).status == 422
        assert "Eastport counts its lanterns" in page.get("/releases").text

        word = page.post("/releases", {"text": "# A pasted one\n\nIts text, with **bold** words.\n"})
        assert fields_of(word, "import")["name"] == ["a-pasted-one"]
        started = page.post("/releases", {"name": "Night lights"})
        assert started.title == "Night lights"
        assert "It cannot be sent like this" in page.get("/releases/night-lights").text
        assert page.post("/releases", {"name": "lamps"}).status == 422


def test_what_is_typed_is_previewed_and_only_a_save_writes_it(page: Opened, desk: Desk) -> None:
    path = desk.root / "releases" / "lamps.md"
    text = path.read_text("utf-8").replace("date:", "# kept by the archive\ndate:").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    shown = page.get("/releases/lamps")
    assert shown.title == HEADLINE
    assert HEADLINE in mail_in(page, shown)
    form = edited(shown, headline="Lamps: one <script>", body="\nA text that nobody has seen. TBC\n", look="light")
    preview = page.post("/releases/lamps/preview", form, headers=REGION)
    assert "<h1" not in preview.html
    assert "Lamps: one &lt;script&gt;" in mail_in(page, preview)
    assert "@media (min-width: 0)" in mail_in(page, preview, look="dark")
    assert "nobody has seen" in mail_in(page, preview)
    assert re.search(r'href="#f-body" data-line="2">line \d+', preview.html)
    assert path.read_bytes() == b"\xef\xbb\xbf" + text.encode()
    assert not (desk.root / ".mailer").exists()

    preview_path, as_bo = "/releases/lamps/preview", {**form, "list": "coast", "reader": "bo@b.example.com"}
    of_bo = page.post(preview_path, {**as_bo, "look": "text"})
    assert of_bo.title == "Lamps: one <script>"
    assert "To Pat2 Brook" in of_bo.text
    assert "is not on these lists" in page.post(preview_path, {**as_bo, "reader": "x@y.example"}).text
    unreadable = {"tab": "text", "text": "---\nfoo: [\n---\n", "base": "x"}
    broken = page.post(preview_path, unreadable, headers=REGION)
    assert broken.status == 200
    assert "The mail cannot be shown" in broken.text

    fields = {**form, "body": f"{form['body']}\nSee <https://localhost/cellar>.\n", "also": "online"}
    found = page.post(preview_path, fields, headers={"desk-region": "checks"})
    while "data-again" in found.html:  # typing on in the meantime would start nothing again
        assert "links and pictures are being opened" in found.text
        assert "are being opened" not in page.post(preview_path, {**form, "had": had_in(found)}).text
        found = page.post(preview_path, {**fields, "also": "", "had": had_in(found)}, headers={"desk-region": "checks"})
    assert "links and pictures were opened" in found.text
    assert re.search("https://localhost/cellar", found.text)
    assert "mailer release check lamps --online" in page.post(preview_path, {**fields, "had": had_in(found)}).text
    again = page.post(preview_path, {**form, "had": had_in(found)}, headers={"desk-region": "checks"})
    assert "localhost/cellar" not in again.text  # nothing is known about another text

    saved = page.post("/releases/lamps", form)
    assert "Saved. Undo" in saved.text
    head = text.partition("\r\n\r\n")[0].replace(f"headline: {HEADLINE}", "headline: 'Lamps: one <script>'")
    body = "\r\n\r\nA text that nobody has seen. TBC\r\n"
    assert path.read_bytes() == b"\xef\xbb\xbf" + (head + body).encode()
    again = page.post("/releases/lamps", edited(saved))
    assert "Nothing has changed." in again.text


def test_a_quote_has_its_fields_and_nothing_else_of_the_text_changes(page: Opened, desk: Desk) -> None:
    path = desk.release(body="One.\n\n> Two  \n> words.\n> — Ida Marlow, keeper\n\n\nThree.\n")
    before = path.read_text("utf-8")
    form = fields_of(page.get("/releases/lamps"), "editor")
    assert form["quote_speaker"] == ["Ida Marlow", ""]
    again = page.post("/releases/lamps", form)
    assert "Nothing has changed." in again.text
    changed = {**form, "quote_role": ["head of lamps", "diver"], "quote_words": [form["quote_words"][0], "Deep."]}
    changed |= {"quote_speaker": ["Ida Marlow", "Ed Moor"], "quote_after": ["Three."]}
    assert "Deep." in mail_in(page, page.post("/releases/lamps/preview", changed, headers=REGION))
    saved = page.post("/releases/lamps", changed, headers={"desk-region": "status"})
    assert saved.title  # the whole page: its text has changed
    assert fields_of(saved, "editor")["quote_speaker"] == ["Ida Marlow", "Ed Moor", ""]
    head = before.partition("> Two")[0]
    written = path.read_text("utf-8")
    assert written.startswith(head)
    assert written.removeprefix(head).partition("\n\n\n")[2] == "Three.\n\n> Deep.\n>\n> — Ed Moor, diver\n"
    gone = {**fields_of(saved, "editor")}
    gone["quote_words"] = ["", "", ""]
    page.post("/releases/lamps", gone)
    assert ">" not in path.read_text("utf-8")
    refused = page.post("/releases/lamps", {**form, "quote_role": ["nobody", ""], "base": "x", "body": "> Other."})
    assert refused.status == 422
    assert "changed in the text as well" in refused.text


@pytest.mark.slow
def test_what_somebody_else_saved_is_not_overwritten(page: Opened, desk: Desk) -> None:
    path = desk.root / "releases" / "lamps.md"
    ada, bo = log_in(page, desk, "Ada", "writer"), log_in(page, desk, "Bo", "writer")
    of_ada, of_bo = ada.get("/releases/lamps"), bo.get("/releases/lamps")
    assert "has had this release open" not in of_ada.text
    assert re.search(r"Ada has had this release open since \d\d:\d\d \.", of_bo.text)
    address = re.search(r'data-from="([^"]+)"', of_bo.html[of_bo.html.index('id="others"') :])
    assert address
    ada.post("/releases/lamps", edited(of_ada, subhead="The one of Ada"))
    others = bo.get(address[1], headers={"desk-region": "others", "desk-live": "1"})
    assert "Ada saved this release since you opened it." in others.text
    assert "Bo has had" in ada.get("/releases/lamps").text

    mine = edited(of_bo, subhead="The one of Bo", headline="By Bo")
    refused = bo.post("/releases/lamps", mine, headers={"desk-region": "status"})
    assert "Not saved: Ada saved this release since you opened it." in refused.text
    assert "The one of Ada" in path.read_text("utf-8")
    both = bo.post("/releases/lamps", mine)
    assert both.title == "Two versions of releases/lamps.md"
    assert "subhead: The one of Ada" in both.text
    assert "subhead: The one of Bo" in both.text
    more = {**mine, "waive": "no-date", "why no-date": "x"}
    for step in ("/waive", "/pictures"):
        answer = bo.post(
            f"/releases/lamps{step}", more, {"picture": ("a.png", png())}, headers={"desk-region": "problems"}
        )
        assert answer.status == 422
        assert "another user saved this release" in answer.text
    assert "The one of Ada" in path.read_text("utf-8")
    base, text = re.findall(r'name="(?:base|text)" value="([^"]*)"', both.html)[:2]
    taken = bo.post("/releases/lamps", {"base": base, "text": text.replace("&#39;", "'").replace("&gt;", ">")})
    assert taken.title == "By Bo"
    versions = ada.get("/releases/lamps/versions")
    earlier = re.findall(r'versions\?version=([^"&]+)"', versions.html)
    assert len(earlier) == 2
    differences = ada.get(f"/releases/lamps/versions?version={earlier[0]}")
    assert "<del>Ada</del>" in differences.html
    assert "<ins>Bo</ins>" in differences.html
    digest = re.search(r'name="base" value="(\w+)"', differences.html)
    assert digest
    assert ada.post("/releases/lamps/versions", {"base": base, "back": earlier[0]}).status == 422
    back = ada.post("/releases/lamps/versions", {"base": digest[1], "back": earlier[0]})
    assert back.title == HEADLINE
    assert "The one of Ada" in path.read_text("utf-8")
    copy = re.findall(r'name="back" value="([^"]+)"', back.html)[0]
    undone = ada.post("/releases/lamps/versions", {**edited(back), "back": copy})
    assert undone.title == "By Bo"
    assert re.search(r"Undone: the text is as it was until \d\d:\d\d \. Undo", undone.text)
    assert ada.post("/releases/lamps/versions", {"base": "x", "back": "../../mailer.toml"}).status == 422


@pytest.mark.slow
def test_a_warning_is_accepted_with_a_reason_and_a_picture_has_its_words(page: Opened, desk: Desk) -> None:
    path = desk.root / "releases" / "lamps.md"
    desk.release(headline=" ".join(["A headline that is long"] * 5))
    shown = page.get("/releases/lamps")
    assert "headline-long" in shown.html
    form = {**edited(shown, subhead="Saved with it"), "waive": "headline-long"}
    assert page.post("/releases/lamps/waive", form).status == 422
    form["why headline-long"] = "It is their title"
    accepted = page.post("/releases/lamps/waive", form)
    assert "1 accepted" in accepted.text
    assert re.search(r"Accepted: the headline has \d+ characters", accepted.text)
    assert "Accepted: It is their title" in accepted.text
    assert "subhead: Saved with it\n" in path.read_text("utf-8")
    assert "  waive:\n    headline-long: It is their title\n" in path.read_text("utf-8")
    opened_again = page.post("/releases/lamps/waive", {**edited(accepted), "unwaive": "headline-long"})
    assert re.search(r"No longer accepted: the headline has \d+ characters", opened_again.text)
    assert "checks" not in path.read_text("utf-8")

    words = {"picture_alt": "A lamp", "picture_caption": "A lamp", "picture_credit": "Photo: Jo"}
    form = {**edited(opened_again), **words, "picture_after": "Visitors may"}
    assert page.post("/releases/lamps/pictures", form).status == 422
    for data in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"MZ\x90", b"RIFF\0\0\0\0WEBPVP8 "):
        assert page.post("/releases/lamps/pictures", form, {"picture": ("lamp.png", data)}).status == 422
    assert not (desk.root / "releases" / "lamps").exists()
    added = page.post("/releases/lamps/pictures", form, {"picture": ("..\\..\\Pier Lamp.PNG", png())})
    assert "The picture was added to the text." in added.text
    assert (desk.root / "releases" / "lamps" / "pier-lamp.png").read_bytes() == png()
    assert path.read_text("utf-8").endswith('guide.\n\n![A lamp](<lamps/pier-lamp.png> "A lamp | Photo: Jo")\n')
    assert "data:image/png;base64," in mail_in(page, added)
    gone = page.post("/releases/lamps/pictures", {**edited(added), "remove": "lamps/pier-lamp.png"})
    assert "The file stays." in gone.text
    assert "pier-lamp" not in path.read_text("utf-8")
    assert (desk.root / "releases" / "lamps" / "pier-lamp.png").exists()


def bomb() -> bytes:
    """Return a Word file that unpacks to 320 MB."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        with file.open("word/document.xml", "w") as part:
            for _ in range(20):
                part.write(b" " * (16 << 20))
    return data.getvalue()


@pytest.mark.slow
def test_a_hostile_release_is_a_problem_and_never_a_fault(page: Opened, desk: Desk) -> None:
    folder = desk.root / "releases"
    files: Mapping[str, bytes] = {
        "evil.md": f"---\nheadline: '{EVIL}'\nsubhead: |\n  {EVIL}\nlabel: {EVIL}\n---\n{EVIL}\n\n> {EVIL}\n".encode(),
        "broken.md": b"---\nheadline: [\n  x: {\n---\n\xff\xfe\x00\x01",
        "sixteen.md": "---\nheadline: Sixteen\n---\n\nbits\n".encode("utf-16"),
        "latin.txt": "Über den Fluß\n\nDer Text.\n".encode("cp1252"),
        "nul.md": b"---\nheadline: \x00\x07\n---\n\x00\x00",
        "deep.md": b"---\nheadline: a\n" + b"- " * 3000 + b"\n---\n" + b"> " * 3000,
        "bomb.docx": bomb(),
        "page.html": f"<html><body><h1>{EVIL}</h1><p>{EVIL}</p><script>alert(1)</script></body></html>".encode(),
        "empty.md": b"",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    assert page.get("/releases").status == 200
    for name, data in files.items():
        slug = Path(name).stem
        for path in (f"/releases/{slug}", f"/releases/{slug}?tab=text&look=source", f"/releases/{slug}/mail.html"):
            answer = page.get(path)
            assert answer.status in {200, 422}, (path, answer.text)
            assert "<script>alert(1)" not in answer.html.replace("&lt;script", "")
            assert "onerror=alert(2)>" not in answer.html
        brought = page.post("/releases", {}, {"file": (name, data)})
        assert brought.status in {200, 422}, (name, brought.text)
        assert "<script>alert(1)" not in brought.html
    page_of_web = page.post("/releases", {"from": "page.html"})
    assert page_of_web.title == "Look through it"
    sixteen = page.get("/releases/sixteen")
    assert "not in UTF-8" in sixteen.text
    page.post("/releases/sixteen", edited(sixteen, subhead="Now it is"))
    assert (folder / "sixteen.md").read_text("utf-8") == "---\nheadline: Sixteen\nsubhead: Now it is\n---\n\nbits\n"


def test_a_reader_looks_at_releases_alone_and_changes_nothing(page: Opened, desk: Desk) -> None:
    form = edited(page.get("/releases/lamps"), headline="Not theirs")
    reader = log_in(page, desk, "Cy", "reader")
    shown = reader.get("/releases/lamps?look=text&list=coast")
    assert "To Pat1 Brook" in shown.text
    assert ">Save" not in shown.html
    assert "Drop a document" not in reader.get("/releases").text
    for path in ("", "/waive", "/pictures", "/versions", "/merge"):
        assert reader.post(f"/releases/lamps{path}", form).status == 403
    assert reader.post("/releases", {"name": "x"}).status == 403
    assert reader.post("/releases", {"text": "x"}).status == 403
    for name in ("mailer.toml", "..", "%2e%2e%2fmailer.toml", "nothing", "releases%2flamps.md", "%00"):
        answer = reader.get(f"/releases/{name}")
        assert answer.status in {404, 422}, name
        assert "postal_address" not in answer.html
    assert HEADLINE in (desk.root / "releases" / "lamps.md").read_text("utf-8")
