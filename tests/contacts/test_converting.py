"""People from cards and pasted text as a list: clear headers, read again as they were."""

from __future__ import annotations

import io

from mailer.contacts.exporting import render_list
from mailer.contacts.reading import parse_list
from mailer.contacts.values import Contact
from tests.contacts.conftest import open_bytes


def people(content: str) -> list[Contact]:
    return [entry for entry in open_bytes(content).entries() if isinstance(entry, Contact)]


def test_columns_are_those_that_somebody_has_and_umlauts_survive() -> None:
    mine = people("Mail;Name;Telefon;Ort\nada@x.example;Ada Brück;+49 (30) 1;Ulm\n")
    data = render_list(mine)
    assert data.decode("utf-8-sig").splitlines()[0] == "email,name,outlet,phone"
    (ada,) = parse_list(io.BytesIO(data), name="x.csv").entries()
    assert isinstance(ada, Contact)
    assert (ada.name, ada.fields["phone"]) == ("Ada Brück", "+49 (30) 1")


def test_plain_ascii_has_no_byte_order_mark() -> None:
    assert render_list(people("Mail,Name\nada@x.example,Ada\n")).startswith(b"email,name")


def test_what_a_spreadsheet_would_compute_is_only_text() -> None:
    mine = people('email,name,role\nada@x.example,"=HYPERLINK(""x"")","+cmd|\'/C calc\'!A0"\n')
    assert render_list(mine).splitlines()[1].split(b",")[1].startswith(b"\"'=HYPER")
    assert b"'+cmd" in render_list(mine)
