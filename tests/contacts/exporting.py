"""The corpus of exports: invented lists, laid out as the tools of press offices write them, with what they say.

Each list has `NAME.expected.json` beside it. A text file holds the bytes as the tool writes them, line ends and
encoding too; a workbook is built from `NAME.json` (cells, links, merged and hidden parts). All is invented.
A value `{"any": [...]}` is one where careful people differ; `optional` are addresses that may be recipients or not.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl

from mailer.address import InvalidAddress, parse_address
from mailer.contacts.check import check_document
from mailer.contacts.files import Choices
from mailer.contacts.reading import parse_list

FOLDER = Path(__file__).parent / "exports"
SUFFIX = ".expected.json"
# Names of one and the same encoding, where it makes no difference to anybody.
SAME = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16", "shift_jis": "cp932"}


@dataclass(frozen=True)
class Export:
    """A list of the corpus: its file name, and what a careful press officer reads out of it."""

    name: str

    @cached_property
    def expected(self) -> dict[str, Any]:
        """Return the list's expected reading."""
        found: dict[str, Any] = json.loads((FOLDER / (self.name + SUFFIX)).read_text("utf-8"))
        return found

    @cached_property
    def content(self) -> bytes:
        """Return the bytes of the file."""
        path = FOLDER / self.name
        if path.exists():
            return path.read_bytes()
        sheets = json.loads((FOLDER / f"{self.name}.json").read_text("utf-8"))["sheets"]
        return ods(sheets) if path.suffix == ".ods" else xlsx(sheets)

    @property
    def is_text(self) -> bool:
        """Return whether the list is delimited text with a header, which can be laid out anew."""
        return bool(self.expected["encoding"]) and "delimiter" in self.expected

    @property
    def barred(self) -> set[str]:
        """Return the keys of the addresses that must not be mailed whatever happens."""
        return {key(each) for each in (*self.expected["never"], *self.expected["suppressed"])}


def exports() -> list[Export]:
    """Return every list of the corpus, by name."""
    return [Export(path.name.removesuffix(SUFFIX)) for path in sorted(FOLDER.glob(f"*{SUFFIX}"))]


def read(content: bytes, name: str, choices: Choices | None = None) -> dict[str, Any]:
    """Read a list as `lists check --json` does."""
    list_file = parse_list(io.BytesIO(content), name=name, choices=choices or Choices())
    return check_document(list_file, name)


def key(text: str) -> str:
    """Return an address for comparison, or the text in its place."""
    try:
        return parse_address(text).key
    except InvalidAddress:
        return text.casefold()


def agrees(wanted: Any, got: Any) -> bool:
    """Return whether a value is the one wanted, or one of them; blanks and None count as nothing."""
    if isinstance(wanted, dict):
        return any(agrees(each, got) for each in wanted["any"])
    if isinstance(wanted, int):
        return bool(wanted == got)
    return " ".join(str(wanted or "").split()) == " ".join(str(got or "").split())


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Say in words where a reading is not what was wanted: the address, the field, both values."""
    return [
        *_people(expected, found),
        *_rows(expected, found),
        *_layout(expected, found),
    ]


def _people(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    wanted = {key(each["email"]): each for each in expected["recipients"]}
    got = {key(each["email"]): each for each in found["recipients"]}
    barred = {key(each) for each in (*expected["never"], *expected["suppressed"])}
    optional = {key(each) for each in expected.get("optional", [])}
    differences = [f"MUST NEVER BE MAILED: {each}" for each in got if each in barred]
    differences += [f"not a recipient: {each}" for each in got if each not in wanted.keys() | barred | optional]
    differences += [f"missing: {each}" for each in wanted.keys() - got.keys() - optional]
    for address in [each for each in wanted if each in got]:
        differences += [
            f"{address}: {field} is {got[address][field]!r}, not {wanted[address][field]!r}"
            for field in ("name", "outlet")
            if not agrees(wanted[address][field], got[address][field])
        ]
    return differences


def _rows(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    differences = []
    if "rows" in expected and expected["rows"] != found["rows"]:
        differences.append(f"{found['rows']} rows, not {expected['rows']}")
    optional = {key(each) for each in expected.get("optional", [])}
    if not optional and "rows" in expected:
        invalid = [(each["row"], " ".join(each["value"].split())) for each in found["invalid"]]
        if [tuple(each) for each in expected["invalid"]] != invalid:
            differences.append(f"invalid are {invalid}, not {expected['invalid']}")
        if expected["missing"] != found["missing"]:
            differences.append(f"rows without an address are {found['missing']}, not {expected['missing']}")
    duplicates = [(each["row"], key(each["email"])) for each in found["duplicates"]]
    if [(row, key(email)) for row, email in expected["duplicates"]] != duplicates:
        differences.append(f"duplicates are {duplicates}, not {expected['duplicates']}")
    wanted = {key(each) for each in expected["suppressed"]}
    marked = {key(each["email"]) for each in found["suppressed"]} - optional
    if wanted != marked:
        differences.append(f"marked as not to be mailed are {sorted(marked)}, not {sorted(wanted)}")
    return differences


def _layout(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    differences = [
        f"{meaning} is column {found['columns'].get(meaning)!r}, not {wanted!r}"
        for meaning, wanted in expected["columns"].items()
        if not agrees(wanted, found["columns"].get(meaning))
    ]
    for field in ("header_row", "encoding", "delimiter"):
        if field in expected:
            wanted, got = expected[field], found[field]
            if SAME.get(wanted, wanted) != SAME.get(got, got):
                differences.append(f"{field} is {got!r}, not {wanted!r}")
    return differences


def _value(cell: Any) -> Any:
    is_date = isinstance(cell, str) and cell.startswith("@20")
    return dt.datetime.fromisoformat(cell[1:]) if is_date else cell


def xlsx(sheets: list[dict[str, Any]]) -> bytes:
    """Write an XLSX; a cell that begins with "@20" is a date."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for each in sheets:
        sheet = book.create_sheet(each["name"])
        for row in each["rows"]:
            sheet.append([_value(cell) for cell in row])
        for place, target in each.get("links", {}).items():
            sheet[place].hyperlink = target
        for cells in each.get("merged", []):
            sheet.merge_cells(cells)
        sheet.sheet_state = "hidden" if each.get("hidden") else "visible"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(sheets: list[dict[str, Any]]) -> bytes:
    """Write an ODS of texts alone (OpenDocument 1.2, the parts that readers ask for)."""
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{display}"/>'
        "</style:style>"
        for name, display in (("shown", "true"), ("hidden", "false"))
    )
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{name}="{names}{name}:1.0"' for name in ("office", "table", "text", "style"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2" {spaces}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
        f"{''.join(map(_ods_sheet, sheets))}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{names}manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def _ods_sheet(sheet: dict[str, Any]) -> str:
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in sheet["rows"])
    style = "hidden" if sheet.get("hidden") else "shown"
    return f'<table:table table:name={quoteattr(sheet["name"])} table:style-name="{style}">{rows}</table:table>'


def _ods_cell(cell: str) -> str:
    if not cell:
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
