from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.errors import InputProblem, Severity
from mailer.release.document import document_words
from mailer.release.pieces import count_words
from mailer.release.source import MAX_TEXT, choose_format, parse_release, read_source
from mailer.release.values import Paragraph, Release, plain
from mailer.text.encodings import repair_mojibake

TEXT = (
    "Seals are back\n\nThe seals of Eastport slept on the pier last night, and nobody woke them up "
    "before the morning came around.\n"
)


def read(data: bytes, source: str = "seals.txt") -> Release:
    return parse_release(data, source=source, slug="seals")


def codes(release: Release) -> list[str]:
    return [problem.code for problem in release.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_read_without_a_word(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    release = read(mark + TEXT.replace("Seals", "Séaños “früh”").encode(encoding))
    assert release.headline == "Séaños “früh” are back"
    assert codes(release) == []


def test_windows_1252_is_read_with_a_warning_that_names_the_line() -> None:
    release = read(TEXT.replace("nobody", "“Jörg”").encode("cp1252"))
    assert "“Jörg”" in plain(release.body[0].inline) if isinstance(release.body[0], Paragraph) else False
    problem = release.problems[0]
    assert (problem.code, problem.severity, problem.line) == ("encoding", Severity.WARNING, 3)
    assert "“Jörg”" in problem.message


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\u2028", "\x0b", "\x0c", "\x85"])
def test_every_line_end_is_a_line_end(ends: str) -> None:
    release = read(TEXT.replace("\n", ends).encode())
    assert release.headline == "Seals are back"


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"abc\x00def", "not text"),
        (b"PK\x03\x04" + b"word/document.xml" * 9, "Word"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 50, ".doc"),
        (b"\xd0\xcf\x11\xe0" + "__properties_version1.0".encode("utf-16-le"), "an Outlook message"),
        (b"{\\rtf1 \\u99999999 hello}", "RTF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\xff\xfea", "damaged"),
        (b"a" * (MAX_TEXT + 1), "1.0 MB"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(data: bytes, message: str) -> None:
    with pytest.raises(InputProblem, match=message) as caught:
        read(data)
    assert caught.value.source == "seals.txt"


def test_a_list_of_people_is_not_read_as_a_release() -> None:
    with pytest.raises(InputProblem, match="mailer lists import"):
        parse_release(b"email,name\nada@example.com,Ada\n", source="coast.csv", slug="coast")


def test_release_without_headline_can_be_shown_and_not_be_sent() -> None:
    release = read(b"---\ndate: 2026-11-24\n---\n\nOnly a text.\n", "seals.md")
    (problem,) = release.problems
    assert (problem.code, problem.source, problem.line) == ("no-headline", "seals.md", 1)
    assert problem.severity is Severity.ERROR
    assert release.headline == ""


def test_all_errors_are_told_at_once_each_with_its_line() -> None:
    data = b"---\nheadlien: Seals\ndate: 31 November 2026\ncontacts:\n- name: Ada\n  phon: 1\n---\n\nText.\n"
    with pytest.raises(InputProblem) as caught:
        read(data, "seals.md")
    found = {(problem.code, problem.line) for problem in caught.value.problems}
    assert found == {("no-headline", 1), ("unknown-key", 2), ("bad-date", 3), ("unknown-key", 6)}
    assert "4 things have" in caught.value.message


@pytest.mark.parametrize(
    "source, text, kind",
    [
        ("a.md", "anything", "markdown"),
        ("a.markdown", "anything", "markdown"),
        ("a.html", "anything", "html"),
        ("a.HTM", "anything", "html"),
        ("a.txt", TEXT, "text"),
        ("a.txt", "---\nheadline: A\n---\ntext", "markdown"),
        ("standard input", "<!doctype html><h1>A</h1>", "html"),
        ("standard input", "<!-- saved -->\n<html><body>", "html"),
        ("standard input", "# A\n\n> quote\n", "markdown"),
        ("standard input", TEXT, "text"),
        ("standard input", "# 1 in town, they say\n\nPlain text.", "text"),
    ],
)
def test_format_is_chosen_by_ending_then_by_content(source: str, text: str, kind: str) -> None:
    assert choose_format(source, text) == kind


def test_each_quote_is_told_with_its_speaker_and_line() -> None:
    text = """\
Seals return to the pier

Eastport, 24 November 2026 – Harbour seals rest below the pier again.

"We had given up hope years ago," said Ines Aldridge, director of the trust.

Nobody had counted them for a long time.

"The harbour is theirs now, and so it shall be."
Oskar Lindgren, harbour master
"""
    findings = read_source(text.encode(), source="-", slug="x").findings
    assert [(one.text, one.line) for one in findings if one.field == "quote"] == [
        ("Ines Aldridge: We had given up hope years ago", 5),
        ("Oskar Lindgren: The harbour is theirs now, and so it shall be.", 9),
    ]


def test_findings_name_field_words_and_line() -> None:
    text = "PRESS RELEASE\n\nSeals are back\n\nContact: Ada Brook, 020 7946 0001\n\nThe seals slept.\n"
    findings = read_source(text.encode(), source="-", slug="x").findings
    assert [(one.field, one.text, one.line) for one in findings] == [
        ("label", "PRESS RELEASE", 1),
        ("headline", "Seals are back", 3),
        ("contact", "Ada Brook, 020 7946 0001", 5),
    ]


LINES = st.sampled_from(
    [
        *("", "FOR IMMEDIATE RELEASE", "Contact: Ada Brook 020 7946 0001", "ada@example.org", "ENDS", "###", "-30-"),
        *(
            "About the Trust",
            "Notes to editors:",
            "EASTPORT, 3 May – The seals",
            "“We are glad,” said Ada Brook.",
            "About",
        ),
        *(
            "Statement from Ada Brook, head, Trust:",
            "“All of us are very glad of it.”",
            "— Ada Brook, head",
            "• one",
            "1. two",
        ),
        *(
            "EMBARGOED UNTIL 09:00 BST 3 May 2027",
            "3 May 2027",
            "Photo: A seal. © Trust",
            "Sign up for more.",
            "\tx\ty",
        ),
        *(
            "Seals slept on the pier of the harbour and nobody woke any of them before the sun came up over the town "
            * 2,
        ),
        *("Subject: hello", "From: ada@example.org", "------", "Media contact", "| a | b |", "RELEASE: 12-3", "  - x"),
    ]
)


@pytest.mark.slow
@given(st.lists(LINES | st.text(max_size=30), min_size=1, max_size=14))
@settings(max_examples=250)
def test_no_word_of_any_text_is_lost_whatever_is_recognised(lines: list[str]) -> None:
    text = "\n".join(["Seals are back", *lines])
    try:
        release = read(text.encode("utf-8", "ignore"))
    except InputProblem:
        return  # no headline, or not text at all
    clean = text.encode("utf-8", "ignore").decode().replace("\u200b", "").replace("\ufeff", "")
    mended, _ = repair_mojibake(re.sub(r"[\r\x0b\x0c\x85\u2028\u2029]", "\n", clean))
    assert not count_words(mended) - document_words(release)


@pytest.mark.slow
@given(st.binary(max_size=200), st.sampled_from(["a.md", "a.html", "a.txt", "a"]))
@settings(max_examples=200)
def test_any_bytes_are_a_release_or_a_sentence(data: bytes, source: str) -> None:
    try:
        release = read(data, source)
    except InputProblem:
        return
    assert release.headline.strip() or any(problem.code == "no-headline" for problem in release.problems)


TAGS = st.sampled_from(
    [
        *("<p>", "</p>", "<h1>", "</h1>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>", "<th>", "</table>"),
        *("<blockquote>", "</blockquote>", "<b>", "</b>", "<a href='x:y'>", "<a href='https://a.example.org'>", "</a>"),
        *(
            "<br>",
            "<pre>",
            "</pre>",
            "<div class=nav>",
            "</div>",
            "<nav>",
            "<script>",
            "</script>",
            "&amp;",
            "&#0;",
            "<",
        ),
        *(
            "<img src=a.png alt=seal>",
            "<!--",
            "seal",
            "“We are all glad of it”",
            "— Ada Brook",
            "\n",
            "About the trust",
        ),
        *("Contact: Ada Brook 020 7946 0001", "###"),
    ]
)


@pytest.mark.slow
@given(st.lists(TAGS, max_size=40))
@settings(max_examples=250)
def test_any_soup_of_tags_is_read(tags: list[str]) -> None:
    release = read(("<h1>Seals</h1>" + "".join(tags)).encode(), "a.html")
    assert release.headline.startswith("Seals")


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_signature_of_a_mail_is_no_word_of_the_release_and_told(kind: str) -> None:
    text = "Ferry runs again\n\nPORT, 3 March 2027 - The ferry to the island runs again from today.\n"
    below = f"{text}\n-- \nJo Finch\nThis mail is confidential.\n"
    if kind == "html":
        lines = "".join(f"<p>{line}</p>" for line in text.split("\n\n"))
        below = f'{lines}<div class="gmail_signature">Jo Finch<br>This mail is confidential.</div>'
    data = f"From: jo@example.org\nMIME-Version: 1.0\nContent-Type: text/{kind}\n\n{below}".encode()
    release = parse_release(data, source="ferry.eml", slug="ferry")
    assert len(release.body) == 1
    assert any("confidential" in one.message for one in release.problems if one.code == "left-out")


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "contacts" / "exports").glob("*.txt")), ids=str)
def test_a_list_of_contacts_that_somebody_takes_for_a_release_is_read(path: Path) -> None:
    read = parse_release(path.read_bytes(), source=path.name, slug="list")
    assert read.slug == "list"
