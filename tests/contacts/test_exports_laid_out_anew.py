"""The same exports laid out anew: other order, delimiter, encoding, language, format. The people stay the same.

Above all nobody whom a list says not to mail becomes a recipient, however it is laid out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from tests.contacts.exporting import Export, exports, key, read, xlsx

Rows = list[list[str]]

# What the columns are called elsewhere; the meanings are those of `columns` in what is expected of a list.
ELSEWHERE = {
    "en": {"email": "E-mail address", "name": "Full name", "outlet": "Outlet", "phone": "Phone", "role": "Job title"},
    "de": {"email": "E-Mail-Adresse", "name": "Ansprechpartner", "outlet": "Medium", "phone": "Telefon"},
    "fr": {"email": "Adresse e-mail", "name": "Nom complet", "outlet": "Média", "phone": "Téléphone"},
    "es": {"email": "Correo electrónico", "name": "Nombre completo", "outlet": "Medio", "phone": "Teléfono"},
    "it": {"email": "Indirizzo e-mail", "name": "Nome completo", "outlet": "Testata", "phone": "Telefono"},
    "nl": {"email": "E-mailadres", "name": "Volledige naam", "outlet": "Medium", "phone": "Telefoon"},
    "pt": {"email": "Endereço de e-mail", "name": "Nome completo", "outlet": "Veículo", "phone": "Telefone"},
    "pl": {"email": "Adres e-mail", "name": "Imię i nazwisko", "outlet": "Redakcja", "phone": "Telefon"},
    "ja": {"email": "メールアドレス", "name": "氏名", "outlet": "媒体名", "phone": "電話番号"},
}


def text_exports() -> list[Export]:
    """Return the lists that are delimited text, with or without a header."""
    return [each for each in exports() if each.expected["encoding"] and each.expected.get("delimiter")]


def rows_of(export: Export) -> Rows:
    """Return the cells of a list as its own tool would read them back."""
    text = export.content.decode(export.expected["encoding"]).replace("\r\n", "\n").replace("\r", "\n")
    lines = text.splitlines(keepends=True)
    first = 1 if lines[0].casefold().startswith("sep=") else 0
    return list(csv.reader(lines[first:], delimiter=export.expected["delimiter"], skipinitialspace=True))


def written(rows: Rows, delimiter: str = ",", eol: str = "\r\n") -> str:
    out = io.StringIO()
    rows = [[cell.replace("\n", eol) for cell in row] for row in rows]
    csv.writer(out, delimiter=delimiter, lineterminator=eol).writerows(rows)
    return out.getvalue()


def squared(rows: Rows) -> Rows:
    """Return the rows all as wide as the widest."""
    width = max(map(len, rows))
    return [[*row, *[""] * (width - len(row))] for row in rows]


def header_at(export: Export) -> int:
    header: int = export.expected["header_row"]
    text = export.content.decode(export.expected["encoding"])
    return header - 1 if header and text.casefold().startswith("sep=") else header


def check(export: Export, content: bytes, name: str = "") -> None:
    """Check a list in another layout against the original: its people, and nobody who must not be mailed."""
    found = {key(each["email"]) for each in read(content, name or export.name)["recipients"]}
    optional = {key(each) for each in export.expected.get("optional", [])}
    assert not found & export.barred, export.name
    assert found - optional == {key(each["email"]) for each in export.expected["recipients"]} - optional, export.name


def _plain(export: Export) -> bool:
    """Return whether the cells survive a rewriting: no quotation mark that is never closed, no NUL."""
    return export.name not in {"uneven-quotes.csv", "control-characters.csv"}


PLAIN = [each for each in text_exports() if _plain(each)]
HEADED = [each for each in PLAIN if each.expected["header_row"] is not None]
HEADED_TWICE = {"repeated-header.csv"}
ORDER_COUNTS = {"group-nicht-anschreiben.csv"}  # a heading among the rows speaks of those below it


@pytest.mark.slow
@pytest.mark.parametrize("delimiter", ",;\t|")
def test_people_stay_the_same_under_every_delimiter(delimiter: str) -> None:
    for export in PLAIN:
        check(export, written(rows_of(export), delimiter).encode("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mac_roman", "cp932", "cp1250"])
def test_people_stay_the_same_in_every_encoding_that_holds_them(encoding: str) -> None:
    for export in PLAIN:
        text = written(rows_of(export), export.expected["delimiter"], "\n")
        try:
            content = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        if encoding == "cp932" and export.name == "labelled-cells.csv":
            continue  # two signs of Japanese in a whole file are too few to know it by
        check(export, content)


@pytest.mark.slow
@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
def test_people_stay_the_same_under_every_line_end(eol: str) -> None:
    for export in PLAIN:
        check(export, written(rows_of(export), ";", eol).encode("utf-8"))


@pytest.mark.slow
def test_people_stay_the_same_in_a_workbook() -> None:
    for export in PLAIN:
        cells: list[list[object]] = [list(row) for row in rows_of(export)]
        check(export, xlsx([{"name": "Sheet1", "rows": cells}]), "list.xlsx")


def _reversed(rows: Rows, _header: int) -> Rows:
    return [row[::-1] for row in squared(rows)]


def _odd_ones_first(rows: Rows, _header: int) -> Rows:
    return [row[1::2] + row[::2] for row in squared(rows)]


def _under_titles(rows: Rows, _header: int) -> Rows:
    return [["Media list (confidential)"], ["As of 2026-03-01, questions to office@example.org"], [], *rows]


def _blank_column_first(rows: Rows, _header: int) -> Rows:
    return [["", *row] for row in rows]


def _blank_rows_between(rows: Rows, header: int) -> Rows:
    return [*rows[: header + 1], *[each for row in rows[header + 1 :] for each in ([], row)]]


def _people_the_other_way_round(rows: Rows, header: int) -> Rows:
    return rows[: header + 1] + rows[header + 1 :][::-1]


def _headings_in_capitals(rows: Rows, header: int) -> Rows:
    return [[cell.upper() for cell in row] if at == header else row for at, row in enumerate(rows)]


def _headings_with_signs(rows: Rows, header: int) -> Rows:
    return [[f" {cell} * :" if cell else "" for cell in row] if at == header else row for at, row in enumerate(rows)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        _reversed,
        _odd_ones_first,
        _under_titles,
        _blank_column_first,
        _blank_rows_between,
        _people_the_other_way_round,
        _headings_in_capitals,
        _headings_with_signs,
    ],
)
def test_people_stay_the_same_laid_out_anew(change: Callable[[Rows, int], Rows]) -> None:
    for export in HEADED:
        if change is not _people_the_other_way_round or export.name not in ORDER_COUNTS:
            rows = change(rows_of(export), header_at(export))
            check(export, written(rows, export.expected["delimiter"]).encode("utf-8"))


@pytest.mark.slow
def test_people_stay_the_same_under_headings_of_another_language() -> None:
    for at, export in enumerate(HEADED):
        header, rows = header_at(export), rows_of(export)
        language = list(ELSEWHERE)[at % len(ELSEWHERE)]
        for meaning, column in export.expected["columns"].items():
            if column in rows[header] and meaning in ELSEWHERE[language]:
                rows[header][rows[header].index(column)] = ELSEWHERE[language][meaning]
        check(export, written(rows, export.expected["delimiter"]).encode("utf-8"))


def test_without_its_header_a_list_gives_the_same_people() -> None:
    """Lists with a heading about who is not mailed are left out: the layout loses it."""
    for export in HEADED:
        if not export.barred and export.name not in HEADED_TWICE:
            rows = rows_of(export)[header_at(export) + 1 :]
            check(export, written(rows, export.expected["delimiter"]).encode("utf-8"))
