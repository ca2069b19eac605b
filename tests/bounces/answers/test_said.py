"""Answers of people, one letter a row: `said.tsv` (kind, language, text) and `back.tsv` (day, language, text).

A row is a case, and no Python; `\\n` is a line end. In `back.tsv` a zone behind the text is that of the mail,
which was sent on 3 March 2026. All of it is invented.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from mailer.bounces.report import parse_report
from mailer.bounces.values import Confidence, Kind, Notice, Report

FOLDER = Path(__file__).parent
KINDS = {"optout", "none", "autoreply", "moved", "challenge"}


def rows(name: str) -> list[tuple[str, str, str]]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    found = [line.split("\t") for line in lines if line.strip()]
    return [(first, language, text.replace("\\n", "\n")) for first, language, text in found]


SAID, BACK = rows("said.tsv"), rows("back.tsv")
LANGUAGES = sorted({language for _, language, _ in [*SAID, *BACK]})


def in_language(table: list[tuple[str, str, str]], language: str) -> list[tuple[str, str, str]]:
    return [row for row in table if row[1] == language]


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_understood_as_it_was_meant(language: str) -> None:
    for kind, _, text in in_language(SAID, language):
        report = answered(text)
        assert report.kind == kind, f"{text!r}: {report.rule}: {report.words}"
        if report.kind is not Kind.NONE:
            assert report.confidence is not Confidence.CERTAIN, text  # nothing but words says so
            assert report.words, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wish_that_is_only_quoted_is_nobodys(language: str) -> None:
    for kind, _, text in in_language(SAID, language):
        quoted = "\n".join(f"> {line}" for line in text.split("\n"))
        assert kind != "optout" or answered(f"Merci, thanks, danke!\n\n{quoted}").kind is Kind.NONE, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_automatic_reply_opts_nobody_out_whatever_its_footer_says(language: str) -> None:
    for kind, _, text in in_language(SAID, language):
        if kind == "optout":
            report = answered(f"I am out of the office until 14 March.\n\n{text}", "Auto-Submitted: auto-replied")
            assert report.kind in {Kind.AUTOREPLY, Kind.MOVED}, text


def test_a_button_that_sends_its_wish_in_the_subject_opts_out_though_a_machine_wrote_it() -> None:
    text = "This is an automatic message: the reader pressed a button in the mail program."
    for subject, kind in (("Unsubscribe-7c1e", Kind.OPTOUT), ("unsubscribe", Kind.OPTOUT), ("News", Kind.AUTOREPLY)):
        assert answered(text, subject=subject).kind is kind


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_day_of_the_return_is_read(language: str) -> None:
    for day, _, text in in_language(BACK, language):
        zone = re.search(r" ([+-]\d{4})$", text)
        words = text[: zone.start()] if zone else text
        report = answered(words, "Auto-Submitted: auto-replied", zone=zone[1] if zone else "+0100")
        back_on = report.notice.back_on if report.notice else None
        assert (back_on.isoformat() if back_on else "none") == day, text


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
    assert parse_report(data).notice == Notice(is_away=True)
    report = parse_report(data.replace(b"14 March", b"14 March 2026"))
    assert report.notice is not None
    assert str(report.notice.back_on) == "2026-03-14"


@pytest.mark.parametrize(
    "head, kind",
    [
        ("Subject: Seals", Kind.NONE),
        ("Subject: Re: Seals", Kind.OPTOUT),
        ("Subject: Seals\nIn-Reply-To: <one@example.org>", Kind.OPTOUT),
    ],
)
def test_words_that_no_table_has_are_weighed_where_they_answer_a_mail(head: str, kind: Kind) -> None:
    text = "My inbox is not your billboard. Find some other use for your afternoon."
    found = parse_report(f"From: ada@example.com\nTo: press@example.org\n{head}\n\n{text}\n".encode())
    assert found.kind == kind
    assert kind is Kind.NONE or (found.rule, found.confidence) == ("opt-out weight", Confidence.GUESS)


@pytest.mark.parametrize(
    "text, head, kind, notice",
    [
        ("I shall be halfway up a mountain until the 14th and won't look at this.", "", Kind.AUTOREPLY, None),
        (
            "Wilma hat den Schreibtisch geräumt und macht jetzt Käse. Bitte an post@example.net schreiben.",
            *("", Kind.MOVED, Notice(has_left=True, stand_ins=("post@example.net",))),
        ),
        (
            "Het slot op deze brievenbus gaat open als u het getal uit het plaatje naar mij terugstuurt.",
            *("", Kind.CHALLENGE, None),
        ),
        # a program sent it: which notice it is takes less
        (
            "Die Redaktion hat den Betrieb eingestellt.",
            "Auto-Submitted: auto-replied",
            Kind.MOVED,
            Notice(has_left=True),
        ),
        ("Bin am See, mit dem Hund.", "Auto-Submitted: auto-replied", Kind.AUTOREPLY, None),
        # others' mail that a quarantine keeps from us
        (
            "Your spam digest: 2 messages are held. Reply or click to release them, or prove who you are.",
            *("", Kind.NONE, None),
        ),
        # answering machines call their mail bulk; what a list or a mass mailing says is nobody's answer
        ("I shall be halfway up a mountain until the 14th.", "Precedence: bulk", Kind.AUTOREPLY, None),
        ("I shall be halfway up a mountain until the 14th.", "Precedence: list", Kind.NONE, None),
        ("Send me no more of these.", "Precedence: bulk", Kind.NONE, None),
    ],
)
def test_a_notice_that_no_table_knows_is_weighed(text: str, head: str, kind: Kind, notice: Notice | None) -> None:
    mail = f"From: ada@example.com\nTo: press@example.org\nSubject: Re: Seals\n{head}".strip()
    found = parse_report(f"{mail}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode())
    assert (found.kind, found.notice) == (kind, notice)
    assert kind is Kind.NONE or found.rule.endswith(" weight") or found.rule.startswith("automatic reply")


def test_who_answers_a_mail_of_ours_is_taken_for_a_machine_only_by_more() -> None:
    """A notice is not among what waits for an answer, as a person's letter is."""
    text = "Bis Dienstag hüte ich die Ziegen."
    loose = parse_report(f"From: ada@example.com\nTo: press@example.org\nSubject: AW: Seals\n\n{text}\n".encode())
    assert (loose.kind, answered(text).kind) == (Kind.AUTOREPLY, Kind.NONE)
