"""The corpus: `corpus/NN-name.eml` and what a careful person reads out of it, `NN-name.toml`.

A case is two files and no Python. A key of the .toml is a field of the report, or `recipients` a list of tables whose
keys are fields of a recipient as `report_document` gives them, or `notice` a table in the same form; what a .toml does
not name is not compared. All mail here is invented.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailer.bounces.report import parse_report, report_document
from mailer.bounces.values import Report, ReportedRecipient

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.eml"))


def said(report: Report, name: str, wanted: Any) -> Any:
    """Return a field as a .toml would have it; of a notice, what the .toml names."""
    if name == "notice":
        notice = report_document(report, "")["notice"] or {}
        return {key: notice.get(key) for key in wanted}
    value = getattr(report, name)
    return list(value) if isinstance(value, tuple) else value


def recipient_said(recipient: ReportedRecipient, document: dict[str, Any], name: str) -> Any:
    return document[name] if name in document else getattr(recipient, name)


@pytest.mark.slow
def test_a_case_is_read_as_a_careful_person_reads_it() -> None:
    for file in CORPUS:
        wanted = tomllib.loads(file.with_suffix(".toml").read_text("utf-8"))
        people, reached = wanted.pop("recipients", None), wanted.pop("reached", [])
        report = parse_report(file.read_bytes())
        assert {name: said(report, name, value) for name, value in wanted.items()} == wanted, file.name
        if people is not None:
            document = report_document(report, file.name)
            documents = document["recipients"]
            assert document["reached"] == reached, file.name
            about = [recipient for recipient in report.recipients if recipient.as_sent not in reached]
            addresses = [document["address"] for document in documents]
            assert addresses == [person["address"] for person in people], file.name
            for recipient, said_of, person in zip(about, documents, people, strict=True):
                assert {name: recipient_said(recipient, said_of, name) for name in person} == person, file.name


def test_every_message_has_its_expectation_and_the_corpus_is_large_enough() -> None:
    folder = Path(__file__).parent / "corpus"
    assert {file.stem for file in folder.glob("*.toml")} == {file.stem for file in CORPUS}
    assert len(CORPUS) >= 40


@pytest.mark.slow
def test_line_ends_do_not_matter() -> None:
    for file in CORPUS:
        data = file.read_bytes().replace(b"\r\n", b"\n")
        read = [parse_report(data.replace(b"\n", eol)) for eol in (b"\n", b"\r\n", b"\r")]
        assert read[0] == read[1] == read[2], file.name


@pytest.mark.slow
def test_a_document_is_json_of_the_promised_shape() -> None:
    for file in CORPUS:
        document = json.loads(json.dumps(report_document(parse_report(file.read_bytes()), file.name)))
        assert document["file"] == file.name
        assert {"kind", "recipients", "feedback_type", "original_message_id", "rule"} <= set(document), file.name
        for recipient in document["recipients"]:
            assert isinstance(recipient["address"], str), file.name
            assert isinstance(recipient["permanent"], bool), file.name
            assert {"action", "status", "reason"} <= set(recipient), file.name
