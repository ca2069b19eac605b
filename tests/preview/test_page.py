"""The preview page, read back with a second parser: what a browser would build from it."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import Severity
from mailer.preview.page import Checks, Mail, PreviewPage, in_scheme, parse_mail, render_mail, without_web_pictures
from mailer.preview.server import append_to_maildir

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EVIL = '</title></iframe></details></pre><script>alert(1)</script><img src=x onerror="alert(1)">\'"><svg onload=a()>'
OURS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "p",
        "details",
        "summary",
        "strong",
        "span",
        "div",
    ),
    *("iframe", "pre", "ul", "li", "b", "a"),
}


def write_page(folder: Path, *, checks: Checks = lambda _: ()) -> Path:
    page = PreviewPage(folder, checks=checks)
    page.write()
    return page.path


def mail(*, subject: str = "Seals return", html: str = "<p>Hello</p>", text: str = "Hello") -> bytes:
    return (
        f"From: Press Office <press@example.org>\r\nTo: a@example.com\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="=_1"\r\n\r\n'
        f"--=_1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        f"--=_1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--=_1--\r\n"
    ).encode()


def put(folder: Path, *mails: bytes) -> None:
    for number, data in enumerate(mails):
        append_to_maildir(folder / "Maildir", data, now=NOW + timedelta(seconds=number))


def tree(path: Path) -> Element:
    root = html5lib.parse(path.read_bytes(), transport_encoding="utf-8", namespaceHTMLElements=False)
    assert isinstance(root, Element)
    return root


def subjects(root: Element) -> list[str]:
    return [element.text or "" for element in root.iter("strong")]


def hostile() -> bytes:
    head = f"From: {EVIL}\r\nTo: {EVIL}\r\nSubject: {EVIL}\r\nX-Evil: {EVIL}\r\n"
    body = mail(html=EVIL, text=EVIL).decode().partition("MIME-Version")[2]
    attached = (
        f'--=_1\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="{EVIL[:40]}"\r\n\r\nx\r\n'
    )
    return f"{head}MIME-Version{body}".replace("--=_1--", attached + "--=_1--").encode()


def test_a_mail_shows_subject_people_size_parts_header_and_checks(tmp_path: Path) -> None:
    put(tmp_path, mail(subject="=?utf-8?q?Z=C3=BCrich?=", text="Plain < words"))
    path = write_page(tmp_path, checks=lambda _: [(None, "one From"), (Severity.WARNING, "over ten bytes")])
    root = tree(path)
    shown = "".join(root.itertext())
    assert path == tmp_path / "index.html"
    assert subjects(root) == ["Zürich"]
    for words in ("a@example.com", "Press Office", "Plain < words", "MIME-Version: 1.0", "1 warning in 2 checks"):
        assert words in shown
    (frame,) = root.iter("iframe")
    assert frame.get("srcdoc") == "<p>Hello</p>"
    (link,) = root.iter("a")
    assert (tmp_path / (link.get("href") or "")).read_bytes().startswith(b"From: Press Office")


def test_a_note_is_shown_as_a_note_and_alarms_nobody(tmp_path: Path) -> None:
    put(tmp_path, mail())
    root = tree(write_page(tmp_path, checks=lambda _: [(None, "one From"), (Severity.NOTE, "nine pictures")]))
    assert "note · nine pictures" in ["".join(row.itertext()) for row in root.iter("li")]
    assert "1 note in 2 checks" in "".join(root.itertext())
    assert not [element for element in root.iter() if element.get("class") == "bad"]


def test_a_hostile_mail_cannot_leave_its_frame(tmp_path: Path) -> None:
    put(tmp_path, hostile())
    root = tree(write_page(tmp_path, checks=lambda _: [(Severity.ERROR, EVIL)]))
    assert {element.tag for element in root.iter()} == OURS
    for element in root.iter():
        assert not [name for name in element.attrib if name.startswith("on")]
    frames = list(root.iter("iframe"))
    assert [frame.get("sandbox") for frame in frames] == [""]
    assert [frame.get("srcdoc") for frame in frames] == [EVIL]
    assert subjects(root) == [EVIL]


@pytest.mark.slow
@given(
    st.builds(Mail, *[st.text() for _ in range(6)], st.lists(st.text()).map(tuple), st.integers(0, 10**9)), st.text()
)
def test_no_text_in_a_mail_makes_an_element_of_the_page(shown: Mail, words: str) -> None:
    block = render_mail(
        shown, arrived_at=NOW, file=f"Maildir/new/{words}", checks=[(None, words), (Severity.ERROR, words)]
    )
    root = html5lib.parse(block, namespaceHTMLElements=False)
    assert {element.tag for element in root.iter()} <= OURS


def test_the_page_runs_no_script_and_loads_nothing_but_pictures(tmp_path: Path) -> None:
    root = tree(write_page(tmp_path))
    (policy,) = [meta.get("content") or "" for meta in root.iter("meta") if meta.get("http-equiv")]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "https: data:"
    assert "script-src" not in rules
    assert list(root.iter("script")) == []


def test_an_empty_inbox_says_so(tmp_path: Path) -> None:
    assert "Nothing has arrived yet." in "".join(tree(write_page(tmp_path)).itertext())


@pytest.mark.slow
def test_the_newest_two_hundred_are_shown_newest_first_and_the_rest_counted(tmp_path: Path) -> None:
    put(tmp_path, *(mail(subject=f"Number {number}") for number in range(203)))
    root = tree(write_page(tmp_path))
    assert subjects(root) == [f"Number {number}" for number in range(202, 2, -1)]
    assert "203 mails arrived here" in "".join(root.itertext())
    assert "The newest 200 are shown" in "".join(root.itertext())


def test_the_newest_mail_is_open(tmp_path: Path) -> None:
    put(tmp_path, mail(subject='<details class="mail">'), mail())
    mails = [details for details in tree(write_page(tmp_path)).iter("details") if details.get("class") == "mail"]
    assert [details.get("open") for details in mails] == ["", None]


def test_mail_of_earlier_runs_is_listed_too(tmp_path: Path) -> None:
    put(tmp_path, mail(subject="Before"))
    page = PreviewPage(tmp_path)
    page.changed()
    append_to_maildir(tmp_path / "Maildir", mail(subject="Now"), now=NOW + timedelta(hours=1))
    page.changed()
    assert subjects(tree(page.flush())) == ["Now", "Before"]


def test_many_arrivals_rewrite_the_page_once_a_second_and_once_at_the_end(tmp_path: Path) -> None:
    taken_apart: list[int] = []

    def checks(data: bytes) -> Sequence[tuple[Severity | None, str]]:
        taken_apart.append(len(data))
        return ()

    page = PreviewPage(tmp_path, checks=checks, every_s=3600.0)
    for number in range(5):
        append_to_maildir(tmp_path / "Maildir", mail(subject=str(number)), now=NOW + timedelta(seconds=number))
        page.changed()
    assert subjects(tree(page.path)) == ["0"]
    assert subjects(tree(page.flush())) == ["4", "3", "2", "1", "0"]
    assert len(taken_apart) == 5


def test_a_page_that_is_up_to_date_is_not_written_again(tmp_path: Path) -> None:
    page = PreviewPage(tmp_path)
    page.changed()
    before = page.path.stat().st_ino
    assert page.flush().stat().st_ino == before


def test_only_the_owner_can_read_the_page_and_no_scrap_is_left(tmp_path: Path) -> None:
    path = write_page(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["index.html"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?b?!!!?= =?x-none?q?a?=\n\nx",
        b"Content-Type: text/html; charset=no-such\n\n\xff<b>x</b>",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 3000,
    ],
    ids=["empty", "no header", "bad words", "bad charset", "deep"],
)
def test_a_broken_mail_is_shown_as_far_as_it_can_be(data: bytes, tmp_path: Path) -> None:
    put(tmp_path, data)
    assert len(subjects(tree(write_page(tmp_path)))) == 1


@given(st.binary(max_size=300).map(lambda tail: b"Subject: x\nContent-Type: " + tail))
def test_no_bytes_stop_the_reading_of_a_mail(data: bytes) -> None:
    assert parse_mail(data).size == len(data)


MAIL = """\
<html><head><meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark; }
@media ( Prefers-Color-Scheme: DARK ) { a { color: white } } @media (prefers-color-scheme:light) { b { color: red } }
</style></head><body><p>@media (prefers-color-scheme: dark) is how it is written; color-scheme: light dark</p>
<img alt="a > b" src="https://www.example.org/a.png"><img src='data:image/png;base64,AA=='></body></html>"""


def test_a_mail_is_seen_in_the_scheme_that_is_asked_for_and_its_words_stay() -> None:
    head, _, body = in_scheme(MAIL, "dark").partition("</style>")
    assert 'content="dark"' in head
    assert ":root { color-scheme: dark; }" in head
    assert "@media (min-width: 0) { a {" in head
    assert "@media (max-width: 0) { b {" in head
    assert body == MAIL.partition("</style>")[2]
    assert "@media (max-width: 0) { a {" in in_scheme(MAIL, "light")


def test_a_picture_on_the_web_is_its_words_alone() -> None:
    page = without_web_pictures(MAIL)
    assert "<img alt=\"a > b\"><img src='data:image/png;base64,AA=='>" in page
    assert page.partition("<img")[0] == MAIL.partition("<img")[0]
