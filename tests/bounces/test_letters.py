"""Letters of mail systems in no standard form: `letters.toml` has whom each is about, and what only looks so."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailer.bounces.report import explained_document, parse_report
from mailer.bounces.values import Kind

LETTERS = tomllib.loads(Path(__file__).with_name("letters.toml").read_text("utf-8"))["letter"]


@pytest.mark.parametrize("letter", LETTERS, ids=[each["name"] for each in LETTERS])
def test_a_letter_is_about_whom_a_careful_person_reads_in_it(letter: dict[str, Any]) -> None:
    head = {
        "Return-Path": letter.get("return_path", "<>"),
        "From": letter["from"],
        "To": "press@ferry.example.org",
        "Subject": letter["subject"],
        "Content-Type": letter.get("type", "text/plain; charset=utf-8"),
    }
    fields = "".join(f"{name}: {value}\n" for name, value in head.items())
    report = parse_report(f"{fields}\n{letter['body']}\n".encode())
    if "kind" not in letter:
        assert report.kind not in {Kind.BOUNCE, Kind.DELAYED}
        return
    assert report.kind == letter["kind"]
    assert [each.as_sent for each in report.recipients] == letter["about"]


def test_what_is_weighed_is_told_with_its_evidence() -> None:
    head = "Return-Path: <>\nFrom: Router <router@dock.example.com>\nTo: press@ferry.example.org\nSubject: Note\n\n"
    told = explained_document(f"{head}Not reached: kran@dock.example.com\n".encode())
    assert told["kind"] == "bounce"
    assert {"a machine's name", "no sender to answer", "words for a failure"} <= set(told["why"]["for it"])
