"""Exports: each format, read back by somebody else's reader, and nothing in them that computes."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from mailer.contacts.exporting import render_card, render_export
from mailer.contacts.folding import digest
from mailer.contacts.merging import Merged, merge_lists
from mailer.contacts.reading import parse_list
from mailer.errors import InputProblem
from tests.contacts.conftest import open_bytes

PEOPLE = """email,name,outlet,phone,beat,note
ada@daily.example.com,Ada Brook,"Daily; North, South",+49 30 1,"health, science","=HYPERLINK(""http://x.example"")"
zoe@z.example.org,Zoë Ødegård,@desk,007,#N/A,-2+3
"""
ZOE = {digest("zoe@z.example.org"): "opted out, 2026-03-03"}


@pytest.fixture
def people() -> Merged:
    return merge_lists([open_bytes(PEOPLE)])


def test_csv_has_the_columns_of_the_list_and_neutral_formulas(people: Merged) -> None:
    header, ada, zoe = csv.reader(io.StringIO(render_export(people, {}, "csv").decode()))
    assert header == ["email", "name", "outlet", "phone", "beat", "note"]
    assert ada[5] == '\'=HYPERLINK("http://x.example")'
    assert [zoe[2], zoe[3], zoe[5]] == ["'@desk", "007", "'-2+3"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_who_is_suppressed_is_marked_and_every_reader_of_lists_leaves_them_out(people: Merged, form: str) -> None:
    data = render_export(people, ZOE, form)
    again = parse_list(io.BytesIO(data), name=f"again.{form}")
    reasons = [getattr(entry, "message", "") for entry in again.entries()]
    assert reasons == ["", 'the list says "do_not_mail: opted out, 2026-03-03"']


def test_workbook_cells_are_text_so_no_zero_is_lost_and_nothing_is_computed(people: Merged) -> None:
    book = load_workbook(io.BytesIO(render_export(people, {}, "xlsx")))
    rows = [list(row) for row in book.active.iter_rows()]
    assert rows[2][3].value == "007"
    assert rows[1][3].value == "+49 30 1"
    assert rows[1][5].value == '\'=HYPERLINK("http://x.example")'
    assert {cell.data_type for row in rows for cell in row if cell.value} == {"s"}


def test_json_has_meanings_columns_lists_and_the_reason(people: Merged) -> None:
    ada, zoe = json.loads(render_export(people, ZOE, "json"))["people"]
    assert (ada["name"], ada["columns"]["phone"], ada["suppressed"]) == ("Ada Brook", "+49 30 1", None)
    assert (zoe["lists"], zoe["suppressed"]) == (["coast.csv"], "opted out, 2026-03-03")


def test_unknown_format_is_refused_with_those_there_are(people: Merged) -> None:
    with pytest.raises(InputProblem, match='did you mean "xlsx"'):
        render_export(people, {}, "xlsm")


def read_card(text: str) -> dict[str, str]:
    """Read a card by RFC 6350: unfold, then split at the first colon."""
    unfolded = re.sub(r"\r\n[ \t]", "", text)
    return dict(line.split(":", 1) for line in unfolded.split("\r\n") if line)


def test_a_card_escapes_and_marks_who_is_not_mailed(people: Merged) -> None:
    ada, zoe = re.findall(r"BEGIN:VCARD.*?END:VCARD\r\n", render_export(people, ZOE, "vcf").decode(), re.DOTALL)
    card = read_card(ada)
    assert card["ORG"] == r"Daily\; North\, South"
    assert card["FN"] == "Ada Brook"
    assert card["TEL;VALUE=text"] == "+49 30 1"
    assert re.findall(r"EXPERTISE:(\w+)", ada) == ["health", "science"]
    assert read_card(zoe)["CATEGORIES"] == "do not mail"
    assert "CATEGORIES" not in card


def test_further_addresses_of_a_person_stand_behind_the_first() -> None:
    card = render_card({"email": "a@x.example", "other_emails": "b@x.example, c@x.example"}, "")
    assert re.findall(r"EMAIL;PREF=(\d):(\S+)", card) == [
        ("1", "a@x.example"),
        ("2", "b@x.example"),
        ("3", "c@x.example"),
    ]


@example("ä" * 90)
@example("a" * 74)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: bool(text.strip())))
def test_no_line_of_a_card_is_longer_than_75_octets_and_no_character_is_lost(text: str) -> None:
    card = render_card({"email": "a@x.example", "note": text}, "")
    assert max(len(line.encode()) for line in card.split("\r\n")) <= 75
    note = read_card(card)["NOTE"]
    assert re.sub(r"\\(.)", r"\1", note) == text.strip()
