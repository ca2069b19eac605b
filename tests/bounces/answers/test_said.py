"""What people say, one letter a row: `said.tsv` (kind, language, text) and `back.tsv` (day, language, text).

A row is a case, and no Python; `\\n` is a line end. In `back.tsv` a zone behind the text is that of the mail,
which was sent on 3 March 2026. All of it is invented.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from mailer.bounces import Confidence, Kind, Report, parse_report

FOLDER = Path(__file__).parent
KINDS = {"optout", "none", "autoreply", "moved", "challenge"}


def rows(name: str) -> list[tuple[str, str, str]]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    found = [line.split("\t") for line in lines if line.strip()]
    return [(first, language, text.replace("\\n", "\n")) for first, language, text in found]


SAID, BACK = rows("said.tsv"), rows("back.tsv")


def answered(text: str, *headers: str, subject: str = "Re: Harbour seals return", zone: str = "+0100") -> Report:
    head = [
        "From: Ada Brook <ada@example.com>",
        "To: Press Office <press@example.org>",
        f"Subject: {subject}",
        f"Date: Tue, 3 Mar 2026 10:00:00 {zone}",
        "In-Reply-To: <one@example.org>",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
    ]
    return parse_report("\n".join([*head, "", text, ""]).encode())


@pytest.mark.parametrize("kind, language, text", SAID)
def test_a_letter_is_understood_as_it_was_meant(kind: str, language: str, text: str) -> None:
    report = answered(text)
    assert report.kind == kind, f"{language}: {report.rule}: {report.words}"
    if report.kind is not Kind.NONE:
        assert report.confidence is not Confidence.CERTAIN  # nothing but words says so
        assert report.words


@pytest.mark.parametrize("kind, language, text", [row for row in SAID if row[0] == "optout"])
def test_a_wish_that_is_only_quoted_is_nobodys(kind: str, language: str, text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert answered(f"Merci, thanks, danke!\n\n{quoted}").kind is Kind.NONE, (kind, language)


@pytest.mark.parametrize("kind, language, text", [row for row in SAID if row[0] == "optout"])
def test_an_automatic_reply_opts_nobody_out_whatever_its_footer_says(kind: str, language: str, text: str) -> None:
    report = answered(f"I am out of the office until 14 March.\n\n{text}", "Auto-Submitted: auto-replied")
    assert report.kind in {Kind.AUTOREPLY, Kind.MOVED}, (kind, language)


@pytest.mark.parametrize("day, language, text", BACK)
def test_the_day_of_the_return_is_read(day: str, language: str, text: str) -> None:
    zone = re.search(r" ([+-]\d{4})$", text)
    words = text[: zone.start()] if zone else text
    report = answered(words, "Auto-Submitted: auto-replied", zone=zone[1] if zone else "+0100")
    back_on = report.notice.back_on if report.notice else None
    assert (back_on.isoformat() if back_on else "none") == day, language


def test_the_tables_are_large_and_every_language_has_its_near_misses() -> None:
    kinds = Counter(kind for kind, _, _ in SAID)
    assert set(kinds) == KINDS
    assert kinds["optout"] >= 250
    assert kinds["none"] >= 150
    languages = {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh"}
    for kind in ("optout", "none", "autoreply", "moved"):
        assert languages <= {language for each, language, _ in SAID if each == kind}


def test_a_day_without_a_year_is_unknown_where_the_mail_has_no_date() -> None:
    data = b"From: a@example.com\nSubject: Out of office\n\nI am away until 14 March."
    assert parse_report(data).notice is None
    report = parse_report(data.replace(b"14 March", b"14 March 2026"))
    assert report.notice is not None
    assert str(report.notice.back_on) == "2026-03-14"
