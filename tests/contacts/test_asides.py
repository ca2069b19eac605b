"""Rows about the list are not counted as people, and no person is taken for one of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason

Open = Callable[..., ListFile]
HEADER = "Name,Email,Outlet,City\n"
ADA = "Ada Brook,ada@daily.example.com,The Daily,Leeds\n"
BO = "Bo Lind,bo@post.example.org,Post,Ulm\n"


def read(found: ListFile) -> tuple[list[tuple[int, str]], list[LeftOut]]:
    entries = list(found.entries())
    people = [(entry.row, str(entry.address)) for entry in entries if isinstance(entry, Contact)]
    return people, [entry for entry in entries if isinstance(entry, LeftOut)]


@pytest.mark.parametrize(
    "row",
    [
        "Exported on 2026-03-01 by the desk,,,",
        "Exported on 2026-03-01",
        "Erstellt am 01.03.2026,,,",
        "Généré le 1er mars 2026;;;".replace(";", ","),
        "Total: 2,,,",
        "Total,2,,",
        "2 contacts,,,",
        "Anzahl Datensätze,2,,",
        "# made by hand,,,",
        "© 2026 Contact House,,,",
        "Confidential. For internal use only.,,,",
        "Page 1 of 1,,,",
        "Questions? Write to help@house.example.com at any time,,,",
        "PRINT,,,",
        "Radio:,,,",
        "--- Berlin ---,,,",
        "Nachrichtenagenturen,,,",
        "Any single cell outside the table",
        "Name,Email,Outlet,City",
        "name,E-MAIL,Outlet,CITY",
        "合計,2,,",
    ],
)
def test_a_row_about_the_list_is_no_person_and_is_told(listed: Open, row: str) -> None:
    found = listed(f"{HEADER}{ADA}{row}\n{BO}")
    people, left_out = read(found)
    assert people == [(1, "ada@daily.example.com"), (2, "bo@post.example.org")]
    assert left_out == []
    assert [(problem.code, problem.line) for problem in found.problems] == [("heading", 3)]


@pytest.mark.parametrize(
    "row",
    [
        "Total Media,total@media.example.com,Total,Ulm",
        "Exported Goods,goods@trade.example.com,Trade,Ulm",
        "PRINT,print@post.example.org,,",
        ",only@post.example.org,,",
        "#1 Radio,one@radio.example.org,,",
    ],
)
def test_a_row_with_an_address_is_always_somebodys(listed: Open, row: str) -> None:
    people, _ = read(listed(f"{HEADER}{ADA}{row}\n"))
    assert len(people) == 2


@pytest.mark.parametrize("row", ["Cy Dee,,The Daily,Leeds", "Cy Dee,,,", "cy dee,none,,"])
def test_a_person_without_an_address_is_still_counted(listed: Open, row: str) -> None:
    people, left_out = read(listed(f"{HEADER}{ADA}{row}\n{BO}"))
    assert [number for number, _ in people] == [1, 3]
    assert [(each.row, each.line) for each in left_out] == [(2, 3)]


def test_in_a_narrow_list_a_single_cell_may_be_a_person(listed: Open) -> None:
    _, left_out = read(listed("Name,Email\nAda,ada@daily.example.com\nTHE DAILY,\n"))
    assert [each.reason for each in left_out] == [LeftOutReason.MISSING]
