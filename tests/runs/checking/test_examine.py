"""A release file with everything around it: real files, real documents, and a web server of the tests' own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document
from PIL import Image

from mailer.errors import Problem, Severity
from mailer.release.checks import Checked
from mailer.release.source import parse_release
from mailer.runs.manuscripts.examining import Manuscript, examine
from mailer.settings import Checks, Sender, Settings
from mailer.workspace import Workspace

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD = """\
---
headline: Seals are back
date: 2026-11-24
dateline: EASTPORT
contacts:
- name: Ada Brook
  role: press officer, out of hours
  phone: +44 20 7946 0182
  email: ada@example.org
{more}---

{body}

ENDS

## About the Seal Trust

We watch over seals.
"""
SENDER = Sender(
    key="main", name="Press", address="press@example.org", organisation="Seal Trust", postal_address="1 Example Street"
)
PICTURE = '![Two seals on a stone]({src} "Seals on Saturday. | Photo: Ada Brook")'


class Office:
    """A workspace with one release."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "releases").mkdir()

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def release(self, *, body: str = "One seal.", more: str = "", name: str = "releases/seals.md") -> Path:
        return self.write(name, HEAD.format(body=body, more=more))

    def check(
        self, path: Path, *, told_online: Sequence[Problem] | None = None, rules: Checks | None = None
    ) -> Checked:
        data = path.read_bytes()
        release = parse_release(data, source=path.name, slug=path.stem)
        settings = Settings(senders={"main": SENDER}, checks=rules or Checks())
        manuscript = Manuscript(path=path, data=data, release=release)
        return examine(Workspace(self.root), settings, manuscript, now=NOW, told_online=told_online)

    def codes(self, path: Path, *, rules: Checks | None = None) -> list[str]:
        return [problem.code for problem in self.check(path, rules=rules).problems]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def jpeg(*, pixels: int = 9) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (pixels, pixels)).save(data, "JPEG")
    return data.getvalue()


def word(author: str) -> bytes:
    document = Document()
    document.core_properties.author = author
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def test_a_release_with_nothing_wrong_is_fine_with_all_that_is_around_it(office: Office) -> None:
    path = office.release(body=PICTURE.format(src="seal.jpg") + "\n\nOne seal.", more="attachments: [facts.docx]\n")
    office.write("releases/seal.jpg", jpeg())
    office.write("releases/facts.docx", word("Ada Brook"))  # who is in the release anyway
    office.write("boilerplates/seal-trust.md", "# About the Seal Trust\n\nWe watch over seals.\n")
    assert office.check(path).problems == ()


def test_pictures_are_looked_into(office: Office) -> None:
    body = "\n\n".join(PICTURE.format(src=f"{name}.jpg") for name in ("none", "phone", "web", "page", "heavy"))
    path = office.release(body=f"One seal.\n\n{body}\n\n{PICTURE.format(src='../../outside.jpg')}")
    office.write("releases/phone.jpg", jpeg())
    office.write("releases/web.jpg", b"RIFF\0\0\0\0WEBPVP8 ")
    office.write("releases/page.jpg", b"<!DOCTYPE html><p>404")
    office.write("releases/heavy.jpg", jpeg() + b"\0" * 3000)
    found = {
        (problem.code, problem.about, problem.line)
        for problem in office.check(path, rules=Checks(picture_kb=2)).problems
    }
    assert found == {
        ("image-missing", "none.jpg", 14),
        ("image-format", "web.jpg", 18),
        ("image-format", "page.jpg", 20),
        ("image-heavy", "heavy.jpg", 22),
        ("image-missing", "../../outside.jpg", 24),
    }
    assert "files-heavy" in office.codes(path, rules=Checks(mail_kb=1))


def test_a_portrait_is_looked_into_as_every_picture_is(office: Office) -> None:
    path = office.release(more="portrait:\n  src: ada.jpg\n  alt: Ada Brook on the pier\n  credit: 'Photo: Bo Lind'\n")
    assert office.codes(path) == ["image-missing"]
    office.write("releases/ada.jpg", b"<!DOCTYPE html><p>404")
    assert office.codes(path) == ["image-format"]
    office.write("releases/ada.jpg", jpeg())
    assert office.codes(path) == []


def test_a_missing_picture_that_stands_twice_is_told_once(office: Office) -> None:
    path = office.release(body="![Ada on the pier](ada.jpg)", more="portrait: {src: ada.jpg, alt: Ada on the pier}\n")
    assert office.codes(path).count("image-missing") == 1


def test_attachments_are_looked_into(office: Office) -> None:
    path = office.release(more="attachments: [facts_draft.docx, none.pdf, torn.pdf]\n")
    office.write("releases/facts_draft.docx", word("Bo Lind, Gannet Foods"))
    office.write("releases/torn.pdf", b"%PDF-1.7 torn")
    found = {problem.code for problem in office.check(path, rules=Checks(forbidden=("Gannet Foods",))).problems}
    assert found == {"attachment-name", "attachment-author", "attachment-missing", "forbidden"}


def test_an_attachment_that_breaks_its_reader_is_named_and_the_others_are_looked_into(office: Office) -> None:
    path = office.release(more="attachments: [broken.docx, facts.docx]\n")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "words " * 100)
    head = 30 + len("word/document.xml")  # of the local header (APPNOTE 4.3.7); the data of the part begin behind it
    office.write("releases/broken.docx", packed.getvalue()[:head] + b"\xff" * 8 + packed.getvalue()[head + 8 :])
    office.write("releases/facts.docx", word("Bo Lind"))
    unread, author = office.check(path).problems
    assert (unread.code, author.code) == ("attachment-unread", "attachment-author")
    assert unread.message.startswith("the attachment broken.docx cannot be read")


def test_boilerplates_of_the_workspace_are_held_against_the_release(office: Office) -> None:
    path = office.release()
    office.write("boilerplates/seal-trust.md", "# About the Seal Trust\n\nWe watch over all seals.\n")
    checked = office.check(path)
    assert [(problem.code, problem.line) for problem in checked.problems] == [("boilerplate-differs", 16)]
    assert checked.differences[0].lines == ("- We watch over seals.", "+ We watch over all seals.")
    office.write("boilerplates/old/seal-trust-2025.md", "# About the Seal Trust\n\nWe watch over seals.\n")
    assert office.codes(path) == ["boilerplate-old"]
    office.write("boilerplates/seal-trust.md", b"\xff\xfe\x00")  # it cannot be read, and keeps nobody from checking
    assert office.codes(path) == []


def test_other_languages_beside_the_release_are_held_against_it(office: Office) -> None:
    path = office.release(body="They counted 12 seals on Saturday 21 November 2026.")
    french = office.release(body="Ils ont compté 12 phoques le dimanche 22 novembre 2026.", name="releases/seals.fr.md")
    (problem,) = office.check(path).problems
    assert (problem.code, problem.line) == ("version-dates", 12)
    assert "version-dates" in office.codes(french)
    office.write("releases/seals.de.md", "---\nheadlien: x\n---\n")
    assert "version-unreadable" in office.codes(path)


def test_a_name_with_a_dot_is_no_language_version(office: Office) -> None:
    path = office.release(name="releases/vote.no.md")
    office.release(name="releases/vote.no.2026.md", body="41 seals.")
    assert office.codes(path) == []


def test_what_the_web_told_is_waved_through_like_the_rest(office: Office) -> None:
    path = office.release(more="checks:\n  waive:\n    link-dead: the page comes at noon\n")
    problem = Problem("link-dead", "the link leads nowhere", Severity.WARNING)
    assert office.check(path).problems == ()
    assert [each.reason for each in office.check(path, told_online=[problem]).waived] == ["the page comes at noon"]
    (unused,) = office.check(path, told_online=[]).problems
    assert unused.code == "waiver-unused"
