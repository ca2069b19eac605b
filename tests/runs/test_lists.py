"""The staff's lists, small and large: the process that reads their bytes, and its progress."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailer.contacts.edits import RemoveRow
from mailer.contacts.edits import edit_list as edit_here
from mailer.contacts.files import Choices
from mailer.contacts.files.table import Text
from mailer.contacts.reading import parse_list
from mailer.contacts.suppression_files import read_suppressions as read_here
from mailer.runs.lists import as_file
from mailer.runs.untrusted.lists import edit_list, read_suppressions
from mailer.sandbox import SANDBOX

_LARGE = 1_000_001


def _csv() -> str:
    rows = "".join(
        f'p{number}@outlet.example;"Pat;\n {number}";{"do not email" if number % 99 == 7 else ""}\n'
        for number in range(28_000)
    )
    return f"# exported on Monday\n\nemail;name;notes\n{rows}Totals: 28000\n"


def _tabs() -> str:
    return "E-Mail\tName\n" + "".join(f"p{number}@outlet.example\t“Zoë” {number}\n" for number in range(32_000))


def _cards() -> str:
    return "".join(
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat {number}\r\nEMAIL:p{number}@outlet.example\r\nEND:VCARD\r\n"
        for number in range(12_900)
    )


def _pasted() -> str:
    lines = (
        "; ".join(f'"Pat, {number}" <p{number}@outlet.example>' for number in range(at, at + 50))
        for at in range(0, 30_000, 50)
    )
    return ";\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("made, codec", [(_csv, "utf-8"), (_tabs, "cp1252"), (_cards, "utf-8"), (_pasted, "utf-8")])
def test_a_text_over_a_megabyte_is_read_in_the_child_and_reads_as_it_would_here(
    made: Callable[[], str], codec: str
) -> None:
    data = made().encode(codec)
    assert len(data) > _LARGE
    SANDBOX.close()
    elsewhere = as_file(data, name="big.csv")
    assert isinstance(elsewhere, Text)
    there, here = parse_list(elsewhere, name="big.csv"), parse_list(io.BytesIO(data), name="big.csv")
    assert list(there.entries()) == list(here.entries())
    assert there.problems == here.problems
    assert there.examples == here.examples
    assert there.layout == here.layout
    assert replace(there.table.raw, rows=here.table.raw.rows) == here.table.raw


@pytest.mark.slow
def test_what_is_chosen_for_a_large_text_is_chosen_in_the_child() -> None:
    data = _tabs().encode("cp1250", "replace")
    elsewhere = as_file(data, name="big.csv")
    for choices in (Choices(encoding="mac_roman", header_row=1), Choices(encoding="cp1250", delimiter="tab")):
        there = parse_list(elsewhere, name="big.csv", choices=choices)
        here = parse_list(io.BytesIO(data), name="big.csv", choices=choices)
        assert list(there.entries()) == list(here.entries())


@pytest.mark.slow
def test_a_large_text_is_edited_as_a_small_one() -> None:
    data = _csv().encode()
    edits = [RemoveRow(3), RemoveRow(27_000)]
    assert edit_list(data, name="big.csv", edits=edits) == edit_here(data, name="big.csv", edits=edits)


@pytest.mark.slow
def test_large_optouts_are_read_as_small_ones() -> None:
    data = "email,reason\n" + "".join(f"p{number}@outlet.example,unsubscribed\n" for number in range(30_000))
    found, entries = read_suppressions(io.BytesIO(data.encode()), name="noes.csv", format_="auto", default="")
    assert found == "other"
    assert list(entries) == list(read_here(io.BytesIO(data.encode()), name="noes.csv")[1])


@pytest.mark.slow
def test_bytes_say_how_far_they_were_read_and_read_like_a_file() -> None:
    people = "".join(f"p{number}@outlet.example,Pat {number}\n" for number in range(40_000))
    data = f"email,name\n{people}".encode()
    progress: list[tuple[int, int]] = []
    list_file = parse_list(
        as_file(data, lambda done, total: progress.append((done, total)), name="big.csv"), name="big.csv"
    )
    assert sum(1 for _ in list_file.entries()) == 40_000
    assert {total for _, total in progress} == {len(data)}
    assert max(done for done, _ in progress) == len(data)
    assert any(0 < done < len(data) for done, _ in progress)
