"""A workbook reads as people see it: merged cells, links, several sheets."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import openpyxl.styles
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from mailer.contacts.edits import SetCells, edit_list
from mailer.contacts.files import Choices, workbook
from mailer.contacts.reading import ListFile, parse_list
from mailer.contacts.values import Contact
from mailer.errors import InputProblem

Open = Callable[..., ListFile]
HEAD = ["Outlet", "Name", "Email"]


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(rows: list[list[Any]]) -> tuple[openpyxl.Workbook, Any]:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    return book, sheet


def people(found: ListFile) -> list[tuple[str, str]]:
    entries = [entry for entry in found.entries() if isinstance(entry, Contact)]
    return [(str(entry.address), entry.fields["outlet"]) for entry in entries]


def codes(found: ListFile) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_cell_merged_over_rows_stands_in_each_of_them(listed: Open) -> None:
    book, sheet = filled(
        [HEAD, ["Daily", "Ada", "ada@d.example.com"], [None, "Bo", "bo@d.example.com"], ["P", "Cy", "cy@p.example.com"]]
    )
    sheet.merge_cells("A2:A3")
    assert people(listed(saved(book), "a.xlsx")) == [
        ("ada@d.example.com", "Daily"),
        ("bo@d.example.com", "Daily"),
        ("cy@p.example.com", "P"),
    ]


def test_a_header_of_two_rows_with_merged_cells_is_one(listed: Open) -> None:
    book, sheet = filled([["Outlet", "Person", None], [None, "Name", "Email"], ["Daily", "Ada", "ada@d.example.com"]])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    found = listed(saved(book), "a.xlsx")
    assert people(found) == [("ada@d.example.com", "Daily")]
    assert found.layout.header == ("Outlet", "Name", "Email")


def test_an_address_that_is_only_in_a_link_is_used_and_told(listed: Open) -> None:
    book, sheet = filled([HEAD, ["Daily", "Ada", "Email Ada"], ["Post", "Bo", "bo@p.example.com"]])
    sheet["C2"].hyperlink = "mailto:ada%40d.example.com?subject=Hello"
    sheet["C3"].hyperlink = "mailto:old@p.example.com"
    found = listed(saved(book), "a.xlsx")
    assert people(found) == [("ada@d.example.com", "Daily"), ("bo@p.example.com", "Post")]
    assert codes(found) == ["linked-address"]


def test_the_address_in_a_hyperlink_formula_is_used(listed: Open) -> None:
    book, sheet = filled([HEAD, ["Daily", "Ada", None], ["Post", "Bo", "bo@p.example.com"]])
    sheet["C2"] = '=HYPERLINK("mailto:ada@d.example.com","Email Ada")'
    assert [address for address, _ in people(listed(saved(book), "a.xlsx"))] == [
        "ada@d.example.com",
        "bo@p.example.com",
    ]


def test_a_link_to_a_page_is_no_address(listed: Open) -> None:
    book, sheet = filled([HEAD, ["Daily", "Ada", "ada@d.example.com"]])
    sheet["A2"].hyperlink = "https://daily.example.com/mailto:x@y.example.com"
    found = listed(saved(book), "a.xlsx")
    assert people(found) == [("ada@d.example.com", "Daily")]
    assert codes(found) == []


def test_links_of_a_sheet_of_people_to_leave_alone_bar_them(listed: Open) -> None:
    book, _ = filled([HEAD, ["Daily", "Ada", "ada@d.example.com"], ["Post", "Bo", "bo@p.example.com"]])
    out = book.create_sheet("Do not contact")
    out.append(["Name"])
    out.append(["Ada, off the list: Ada B <ADA@d.example.com>"])
    out.append(["Bo"])
    out["A3"].hyperlink = "mailto:bo@p.example.com"
    out.sheet_state = "hidden"
    assert people(listed(saved(book), "a.xlsx")) == []


def test_the_list_is_the_sheet_with_addresses_though_another_explains_the_columns(listed: Open) -> None:
    book, sheet = filled([["Column", "Meaning"], ["Email", "Where to write to"], ["Name", "Who"]])
    sheet.title = "Read me"
    people_sheet = book.create_sheet("People")
    people_sheet.append(HEAD)
    people_sheet.append(["Daily", "Ada", "ada@d.example.com"])
    found = listed(saved(book), "a.xlsx")
    assert found.layout.sheet == "People"
    assert people(found) == [("ada@d.example.com", "Daily")]


def test_an_unknown_sheet_is_refused_with_the_ones_there_are() -> None:
    book, _ = filled([HEAD, ["Daily", "Ada", "ada@d.example.com"]])
    book.create_sheet("Regional")
    with pytest.raises(InputProblem, match="Its sheets: Sheet, Regional"):
        parse_list(io.BytesIO(saved(book)), name="a.xlsx", choices=Choices(sheet="Regoinal"))


@pytest.mark.parametrize("choices", [Choices(encoding="cp1252"), Choices(delimiter=";")])
def test_what_means_nothing_for_a_workbook_is_refused(choices: Choices) -> None:
    book, _ = filled([HEAD, ["Daily", "Ada", "ada@d.example.com"]])
    with pytest.raises(InputProblem, match="is a workbook"):
        parse_list(io.BytesIO(saved(book)), name="a.xlsx", choices=choices)


def test_an_archive_that_unpacks_to_gigabytes_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    size = len("<workbook/>").to_bytes(4, "little")
    bomb = out.getvalue().replace(size, (4_000_000_000).to_bytes(4, "little"))
    with pytest.raises(InputProblem, match="unpacks to 4000 MB"):
        workbook.refuse_bombs(io.BytesIO(bomb), "a.xlsx")


def ods(table: str) -> bytes:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' office:version="1.2"><office:body><office:spreadsheet>'
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest'
        ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" '
        'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", f"{head}{table}</office:spreadsheet></office:body></office:document-content>")
    return out.getvalue()


def test_an_ods_is_read_with_the_addresses_behind_its_links(listed: Open) -> None:
    def cell(text: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    link = '<text:a xlink:href="mailto:ada@d.example.com">Email Ada</text:a>'
    rows = [(cell("Outlet"), cell("Email")), (cell("Daily"), cell(link)), (cell("Post"), cell("bo@p.example.com"))]
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    found = listed(ods(f'<table:table table:name="People">{body}</table:table>'), "a.ods")
    assert people(found) == [("ada@d.example.com", "Daily"), ("bo@p.example.com", "Post")]


def test_who_is_crossed_out_by_the_format_of_their_cells_is_not_mailed(listed: Open) -> None:
    book, sheet = filled(
        [
            ["Name", "Email", "Phone"],
            ["Ada", "ada@daily.example.com", "1"],
            ["Bo", "bo@daily.example.com", "01353 496011"],
            ["Cy", "cy@daily.example.com", ""],
        ]
    )
    for place in ("A2", "B2", "C3"):  # Bo has a new telephone number, and stays
        sheet[place].font = openpyxl.styles.Font(strike=True)
    found = listed(saved(book), "list.xlsx")
    assert people(found) == [("bo@daily.example.com", ""), ("cy@daily.example.com", "")]
    assert list(found.marked.values()) == ['line 2 of the list says "Name: ~~Ada~~"']
    edited = edit_list(saved(book), name="list.xlsx", edits=[SetCells(3, {0: "Cyril"})])
    assert [entry.name for entry in listed(edited, "list.xlsx").entries() if isinstance(entry, Contact)] == [
        "Bo",
        "Cyril",
    ]


@pytest.mark.parametrize("is_shared", [False, True])
def test_a_text_that_is_crossed_out_in_part_is_out_in_part(listed: Open, *, is_shared: bool) -> None:
    struck, plain = (
        TextBlock(InlineFont(strike=True), "bo@old.example.com"),
        TextBlock(InlineFont(), " bo@d.example.com"),
    )
    book, sheet = filled([["Name", "Email"], ["Ada", "ada@d.example.com"], ["Bo", ""], ["Cy", "bo@old.example.com"]])
    sheet["B3"] = CellRichText(struck, plain)
    found = saved(book)
    if is_shared:  # as Excel keeps texts
        with zipfile.ZipFile(io.BytesIO(found)) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        part = "xl/worksheets/sheet1.xml"
        (text,) = re.findall(r"<is>(<r>.*?)</is>", parts[part])
        parts[part] = parts[part].replace(f't="inlineStr"><is>{text}</is>', 't="s"><v>0</v>')
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        types = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", types)
        of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        related = "xl/_rels/workbook.xml.rels"
        relation = f'<Relationship Id="rId99" Type="{of}" Target="sharedStrings.xml"/></Relationships>'
        parts[related] = parts[related].replace("</Relationships>", relation)
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}" count="1" uniqueCount="1"><si>{text}</si></sst>'
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        found = out.getvalue()
    assert people(listed(found, "list.xlsx")) == [("ada@d.example.com", ""), ("bo@d.example.com", "")]


@pytest.mark.parametrize("note, out", [("now at the Heron", False), ("retired", True)])
def test_an_address_that_is_crossed_out_beside_a_newer_one_is_out_alone(note: str, *, out: bool) -> None:
    rows = [["Name", "Email", "New email", "Notes"], ["Ada", "ada@old.example.org", "ada@new.example.org", note]]
    book, sheet = filled([*rows, ["Bo", "bo@old.example.org", "", ""], ["Cy", "cy@old.example.org", "", ""]])
    for place in ("B2", "B3"):
        sheet[place].font = openpyxl.styles.Font(strike=True)
    found = people(parse_list(io.BytesIO(saved(book)), name="coast.xlsx"))
    assert [address for address, _ in found] == [*([] if out else ["ada@new.example.org"]), "cy@old.example.org"]


RED, GREY, GREEN = "FFFF9999", "FFBFBFBF", "FFCCFFCC"


@pytest.mark.parametrize(
    "legend, mailed",
    [
        ([("red = do not email", ""), ("green = always first", "")], "plain grey green"),
        ([("asked us to stop", RED), ("gone", GREY), ("send first", GREEN)], "plain green"),
        ([("", RED), ("unsubscribed", ""), ("", GREEN), ("television", "")], "plain grey green"),
        ([("grau: nicht anschreiben, grün: zuerst", "")], "plain red green"),
        ([("(rouge = à relancer)", "")], "plain red grey green"),
        ([("Contacts", "")], "plain red grey green"),
        ([("Rows in grey have left", "")], "plain red green"),
    ],
)
def test_a_colour_leaves_out_whom_the_legend_says(legend: list[tuple[str, str]], mailed: str) -> None:
    rows = [["Quay", name, f"{name}@quay.example.org"] for name in ("plain", "red", "grey", "green")]
    book, sheet = filled([[text for text, _ in legend], [""], HEAD, *rows])
    colours = [
        *((1, at, colour) for at, (_, colour) in enumerate(legend, start=1) if colour),
        *((3, at, GREY) for at in (1, 2, 3)),
    ]
    for row, column, colour in (*colours, (5, 1, RED), (6, 2, GREY), (7, 3, GREEN)):
        sheet.cell(row, column).fill = openpyxl.styles.PatternFill("solid", fgColor=colour)
    found = people(parse_list(io.BytesIO(saved(book)), name="coast.xlsx"))
    assert [address.partition("@")[0] for address, _ in found] == mailed.split()


def test_a_heading_that_speaks_of_opting_out_explains_no_colour() -> None:
    book, sheet = filled(
        [["Name", "Email", "Unsubscribed"], ["Ada", "ada@example.org", ""], ["Bo", "bo@example.org", "yes"]]
    )
    for row in (1, 2):
        for column in (1, 2, 3):
            sheet.cell(row, column).fill = openpyxl.styles.PatternFill("solid", fgColor=GREY)
    assert people(parse_list(io.BytesIO(saved(book)), name="coast.xlsx")) == [("ada@example.org", "")]


@pytest.mark.parametrize("name", ["Archive", "Old 2023", "Inaktiv", "Removed 2023"])
def test_an_older_list_is_not_the_list(name: str) -> None:
    book, sheet = filled([HEAD, ["Quay", "Ada", "ada@quay.example.org"]])
    sheet.title = name
    now = book.create_sheet("Press")
    for row in (HEAD, ["Quay", "Bo", "bo@quay.example.org"]):
        now.append(row)
    assert people(parse_list(io.BytesIO(saved(book)), name="coast.xlsx")) == [("bo@quay.example.org", "Quay")]
