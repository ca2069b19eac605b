"""Exports of many tools, languages and encodings, each read as a careful press officer reads it."""

from __future__ import annotations

import pytest

from tests.contacts.exporting import Export, differences, exports, read


@pytest.mark.parametrize("export", exports(), ids=lambda export: export.name)
def test_export_reads_as_a_careful_press_officer_reads_it(export: Export) -> None:
    assert differences(export.expected, read(export.content, export.name)) == []


@pytest.mark.parametrize(
    "heading, said",
    [
        ("Observaciones", "baja voluntaria el 3 de febrero"),
        ("Remarks", "STOP"),
        ("Remarks", "wishes to be taken off our list"),
        ("Status", "rezygnacja"),
        ("RGPD", "refus"),
        ("Empfang gewünscht", "nein"),
    ],
)
def test_a_wish_that_no_tool_writes_holds_too(heading: str, said: str) -> None:
    text = f"Name,Email,{heading}\nAda,ada@example.org,\nBo,bo@example.org,{said}\nCy,cy@example.org,\n"
    assert [each["email"] for each in read(text.encode(), "list.csv")["recipients"]] == [
        "ada@example.org",
        "cy@example.org",
    ]
