"""A workbook is changed row by row, and all else in it stays; where something would be lost, it is refused."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo

from mailer.contacts.edits import AddColumn, AddRow, Edit, RemoveRow, SetCells, edit_list
from mailer.contacts.files import Choices
from mailer.contacts.files.table import open_table
from mailer.errors import InputProblem

PEOPLE = (
    ("ada@daily.example.com", "Ada Brook", "The Daily", 4930123456),
    ("bo@kust.example.net", "Bo Lind", "Kust & Hav", 4930654321),
    ("cy@evening.example.org", "Cy Dell", "The Evening", None),
)


def made(change: Callable[[Any], None] = lambda _: None) -> bytes:
    """Return a workbook with a title, a blank row, a styled header, three people, and a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Coast & Sea"
    sheet.append(["Coast desk, spring"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["E-Mail", "Name", "Outlet", "Phone"])
    for person in PEOPLE:
        sheet.append(person)
    for cell in sheet[3]:
        cell.font = Font(bold=True)
    for row in sheet["A4:D6"]:
        for cell in row:
            cell.fill = PatternFill("solid", fgColor="FFEEDD")
        row[3].number_format = "0"
    sheet.column_dimensions["A"].width = 40
    book.create_sheet("Notes").append(["nothing here"])
    change(sheet)
    file = io.BytesIO()
    book.save(file)
    return as_excel_writes(file.getvalue())


def as_excel_writes(data: bytes) -> bytes:
    """Return the workbook with its texts in the strings that all sheets share, as Excel keeps them."""
    texts: list[bytes] = []

    def shared(found: re.Match[bytes]) -> bytes:
        if found[2] not in texts:
            texts.append(found[2])
        return b'%b t="s"><v>%d</v></c>' % (found[1], texts.index(found[2]))

    inline = re.compile(rb'(<c r="[A-Z]+\d+"(?: s="\d+")?) t="inlineStr"><is>(<t[^>]*>[^<]*</t>)</is></c>')
    parts = {
        name: inline.sub(shared, part) if name.startswith("xl/worksheets/") else part
        for name, part in parts_of(data).items()
    }
    assert texts
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = b"".join(b"<si>%b</si>" % text for text in texts)
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%b" count="%d">%b</sst>' % (main, len(texts), items)
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>", b'<Relationship Id="strings" Type="%b" Target="sharedStrings.xml"/></Relationships>' % kind
    )
    content = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%b"/></Types>' % content
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def edited(data: bytes, *edits: Edit) -> bytes:
    return edit_list(data, name="coast.xlsx", edits=edits)


def refusal(data: bytes, *edits: Edit, name: str = "coast.xlsx") -> InputProblem:
    with pytest.raises(InputProblem) as caught:
        edit_list(data, name=name, edits=edits)
    return caught.value


def rows_of(data: bytes) -> list[list[str]]:
    table = open_table(io.BytesIO(data), name="coast.xlsx", choices=Choices())
    return [cells for _, _, cells in table.rows()]


def sheet_of(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))["Coast & Sea"]


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_no_change_gives_the_same_bytes() -> None:
    data = made()
    assert edited(data) == data
    assert edited(data, SetCells(1, {1: "Ada Brook", 3: "4930123456"})) == data


def test_a_cell_changes_and_all_others_stay() -> None:
    data = made()
    new = edited(data, SetCells(2, {1: "Bo <L> & Söhne"}))
    before, after = (openpyxl.load_workbook(io.BytesIO(each)) for each in (data, new))
    assert before.sheetnames == after.sheetnames
    for sheet in before:
        for row in sheet:
            for cell in row:
                other = after[sheet.title][cell.coordinate]
                wanted = "Bo <L> & Söhne" if cell.coordinate == "B5" and sheet is before.active else cell.value
                assert other.value == wanted
                assert [repr(other.font), repr(other.fill), other.number_format] == [
                    *(repr(cell.font), repr(cell.fill), cell.number_format)
                ]
    assert after.active.column_dimensions["A"].width == 40


def test_a_number_stays_a_number_where_it_can() -> None:
    new = edited(made(), SetCells(1, {3: "4930777777"}), SetCells(2, {3: "+49 30 1"}), SetCells(3, {3: "030"}))
    assert [sheet_of(new)[f"D{row}"].value for row in (4, 5, 6)] == [4930777777, "+49 30 1", "030"]
    assert sheet_of(new)["D4"].number_format == "0"


def _dated(sheet: Any) -> None:
    sheet["E3"] = "Last verified"
    for row in (4, 6):
        sheet[f"E{row}"] = dt.date(2026, 1, row)
        sheet[f"E{row}"].number_format = "dd.mm.yyyy"


def test_a_day_stays_a_day() -> None:
    new = edited(made(_dated), SetCells(1, {4: "2026-11-24"}), AddRow({0: "di@x.example.com", 4: "1999-12-31"}))
    assert [row[4] for row in (rows_of(new)[0], rows_of(new)[3])] == ["2026-11-24", "1999-12-31"]
    assert [sheet_of(new)[place].value.date() for place in ("E4", "E7")] == [
        dt.date(2026, 11, 24),
        dt.date(1999, 12, 31),
    ]
    for text in ("soon", "2026-02-30", "1900-01-05"):
        assert sheet_of(edited(made(_dated), SetCells(1, {4: text})))["E4"].value == text


def test_a_day_counted_from_1904_stays_a_day() -> None:
    def on_a_mac(sheet: Any) -> None:
        sheet.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        _dated(sheet)

    new = edited(made(on_a_mac), SetCells(1, {4: "2026-11-24"}))
    assert rows_of(new)[0][4] == "2026-11-24"
    assert [sheet_of(new)[place].value.date() for place in ("E4", "E6")] == [dt.date(2026, 11, 24), dt.date(2026, 1, 6)]


def test_a_row_is_added_in_the_style_of_the_last_one() -> None:
    new = edited(made(), AddRow({0: "di@x.example.com", 3: "49301"}))
    assert rows_of(new)[3] == ["di@x.example.com", "", "", "49301"]
    sheet = sheet_of(new)
    assert sheet["A7"].fill.fgColor.rgb == "00FFEEDD"
    assert sheet["B7"].fill.fgColor.rgb == "00FFEEDD"
    assert sheet.dimensions == "A1:D7"


def test_a_row_goes_and_those_below_move_up() -> None:
    new = edited(made(), RemoveRow(2))
    assert [row[0] for row in rows_of(new)] == [PEOPLE[0][0], PEOPLE[2][0]]
    assert sheet_of(new)["A5"].value == PEOPLE[2][0]
    assert sheet_of(new)["A6"].value is None
    assert sheet_of(new)["A1"].value == "Coast desk, spring"


def test_whoever_is_removed_is_in_no_part_any_more() -> None:
    def linked(sheet: Any) -> None:
        sheet["A5"].hyperlink = "mailto:bo@kust.example.net"

    new = edited(made(linked), RemoveRow(2))
    assert b"bo@kust" not in b"".join(parts_of(new).values())
    assert sheet_of(new)["A5"].hyperlink is None


def test_a_text_that_others_still_show_stays() -> None:
    def same(sheet: Any) -> None:
        sheet["C6"] = "The Daily"

    assert rows_of(edited(made(same), RemoveRow(1)))[1][2] == "The Daily"


def test_all_rows_can_go_and_others_come() -> None:
    new = edited(made(), RemoveRow(1), RemoveRow(2), RemoveRow(3), AddRow({0: "new@x.example.com"}))
    assert [row[0] for row in rows_of(new)] == ["new@x.example.com"]
    assert sheet_of(new)["A4"].value == "new@x.example.com"
    empty = edited(made(), RemoveRow(1), RemoveRow(2), RemoveRow(3))
    assert sheet_of(edited(empty, AddRow({0: "n@x.example.com"})))["A4"].value == "n@x.example.com"


def test_a_total_moves_down() -> None:
    def total(sheet: Any) -> None:
        sheet["A7"] = "Total"
        sheet["B7"] = 3

    new = edited(made(total), AddRow({0: "di@x.example.com"}), AddRow({0: "ed@x.example.com"}))
    assert [sheet_of(new)[f"A{row}"].value for row in (7, 8, 9)] == ["di@x.example.com", "ed@x.example.com", "Total"]


def test_a_table_its_filter_and_names_keep_their_rows() -> None:
    def tabled(sheet: Any) -> None:
        table = Table(displayName="People", ref="A3:D6")
        table.tableStyleInfo = TableStyleInfo(name="TableStyleMedium9", showRowStripes=True)
        sheet.add_table(table)
        sheet.parent.defined_names["Everybody"] = DefinedName("Everybody", attr_text="'Coast & Sea'!$A$4:$D$6")

    def found(data: bytes) -> tuple[str, str, str]:
        sheet = sheet_of(data)
        table = sheet.tables["People"]
        return table.ref, table.autoFilter.ref, sheet.parent.defined_names["Everybody"].attr_text

    data = made(tabled)
    longer = edited(data, AddRow({0: "di@x.example.com"}))
    assert found(longer) == ("A3:D7", "A3:D7", "'Coast & Sea'!$A$4:$D$7")
    shorter = edited(data, RemoveRow(1), RemoveRow(3))
    assert found(shorter) == ("A3:D4", "A3:D4", "'Coast & Sea'!$A$4:$D$4")


def test_a_table_keeps_one_row_at_least() -> None:
    def tabled(sheet: Any) -> None:
        sheet.add_table(Table(displayName="People", ref="A3:D6"))

    new = edited(made(tabled), RemoveRow(1), RemoveRow(2), RemoveRow(3))
    assert sheet_of(new).tables["People"].ref == "A3:D4"


def test_rules_and_filters_follow_their_rows() -> None:
    def ruled(sheet: Any) -> None:
        sheet.auto_filter.ref = "A3:D6"
        sheet.freeze_panes = "A4"
        choice = DataValidation(type="list", formula1='"sea,air"')
        choice.add("B4:B6")
        alone = DataValidation(type="list", formula1='"x,y"')
        alone.add("C5")
        sheet.add_data_validation(choice)
        sheet.add_data_validation(alone)
        sheet.conditional_formatting.add("C4:C6", CellIsRule(operator="equal", formula=['"X"'], font=Font(bold=True)))

    data = made(ruled)
    sheet = sheet_of(edited(data, AddRow({0: "di@x.example.com"})))
    assert sheet.auto_filter.ref == "A3:D7"
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["B4:B7", "C5"]
    assert [str(each.sqref) for each in sheet.conditional_formatting] == ["C4:C7"]
    sheet = sheet_of(edited(data, RemoveRow(2)))
    assert sheet.auto_filter.ref == "A3:D5"
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["B4:B5"]
    assert [str(each.sqref) for each in sheet.conditional_formatting] == ["C4:C5"]
    assert sheet.freeze_panes == "A4"


def test_a_rule_for_whole_columns_stays_so() -> None:
    def ruled(sheet: Any) -> None:
        sheet["A7"] = "Total"
        choice = DataValidation(type="list", formula1='"sea,air"')
        choice.add("B1:B1048576")
        sheet.add_data_validation(choice)

    for edit in (AddRow({0: "di@x.example.com"}), RemoveRow(1)):
        sheet = sheet_of(edited(made(ruled), edit))
        assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["B1:B1048576"]


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the workbook with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, part in {name: b"", **parts_of(data)}.items():
            archive.writestr(each, change(part) if each == name else part)
    return file.getvalue()


def test_a_title_below_that_is_merged_moves_with_its_row() -> None:
    def merged(sheet: Any) -> None:
        sheet["A8"] = "Kept by the desk"
        sheet.merge_cells("A8:D8")

    sheet = sheet_of(edited(made(merged), AddRow({0: "di@x.example.com"})))
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:D1", "A9:D9"]


def test_a_merge_whose_row_goes_goes_and_an_empty_holder_too() -> None:
    def merged(sheet: Any) -> None:
        sheet.unmerge_cells("A1:D1")
        sheet.merge_cells("B5:C5")

    new = edited(made(merged), RemoveRow(2))
    assert b"mergeCell" not in parts_of(new)["xl/worksheets/sheet1.xml"]


def test_a_link_goes_where_the_new_address_is() -> None:
    def linked(sheet: Any) -> None:
        sheet["A4"].hyperlink = "mailto:ada@daily.example.com"

    new = edited(made(linked), SetCells(1, {0: "ada@evening.example.com"}))
    assert sheet_of(new)["A4"].hyperlink.target == "mailto:ada@evening.example.com"
    assert b"ada@daily" not in b"".join(parts_of(new).values())


def test_a_column_is_added_in_the_style_of_the_header() -> None:
    new = edited(made(), AddColumn("Beat"), SetCells(2, {4: "sea"}))
    sheet = sheet_of(new)
    assert (sheet["E3"].value, sheet["E3"].font.bold, sheet["E5"].value) == ("Beat", True, "sea")


def _charted(sheet: Any) -> None:
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=4, min_row=3, max_row=6))
    sheet.add_chart(chart, "H2")


def _commented(sheet: Any) -> None:
    sheet["B6"].comment = Comment("likes tea", "desk")


def _pictured(sheet: Any) -> None:
    file = io.BytesIO()
    PIL.Image.new("RGB", (2, 2)).save(file, "png")
    sheet.add_image(openpyxl.drawing.image.Image(file), "H2")


@pytest.mark.parametrize("change", [_charted, _commented, _pictured])
def test_what_stands_beside_the_list_stays_when_cells_change_and_rows_come(change: Callable[[Any], None]) -> None:
    data = made(change)
    new = edited(data, SetCells(2, {1: "Bea"}), AddRow({0: "di@x.example.com"}))
    kinds = re.compile(r"/(charts|media|comments)/")
    before, after = (
        {name: part for name, part in parts_of(each).items() if kinds.search(name)} for each in (data, new)
    )
    assert before
    assert before == after
    assert rows_of(new)[3][0] == "di@x.example.com"


@pytest.mark.parametrize("change,words", [(_charted, "chart"), (_commented, "comments"), (_pictured, "charts or draw")])
def test_a_row_does_not_go_where_something_would_be_wrong_then(change: Callable[[Any], None], words: str) -> None:
    problem = refusal(made(change), RemoveRow(1))
    assert words in problem.message
    assert "mailer lists export coast --format csv" in problem.hint


def _ruled_by_rows(sheet: Any) -> None:
    choice = DataValidation(type="list", formula1="$F$4:$F$6")
    choice.add("B4:B6")
    sheet.add_data_validation(choice)


def _ruled_from_elsewhere(sheet: Any) -> None:
    choice = DataValidation(type="list", formula1="'Coast & Sea'!$A$4:$A$6")
    choice.add("B4:B6")
    sheet.parent["Notes"].add_data_validation(choice)


@pytest.mark.parametrize("change", [_ruled_by_rows, _ruled_from_elsewhere])
def test_a_row_does_not_go_where_a_rule_names_it(change: Callable[[Any], None]) -> None:
    assert "rule that names rows" in refusal(made(change), RemoveRow(1)).message
    edited(made(change), SetCells(1, {1: "Ada B."}))


SHEET = "xl/worksheets/sheet1.xml"
NEWER = (
    b'<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}" '
    b'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    b'<x14:dataValidations count="1" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
    b'<x14:dataValidation type="list"><x14:formula1><xm:f>Notes!$A$1:$A$3</xm:f></x14:formula1>'
    b"<xm:sqref>C4:C6</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst></worksheet>"
)


@pytest.mark.parametrize(
    "name,old,new,words",
    [
        (SHEET, b"</worksheet>", NEWER, "newer versions of Excel"),
        (SHEET, b"<pageMargins", b'<protectedRange name="a" sqref="A1"/><pageMargins', "ranges that some may edit"),
        (SHEET, b"<sheetData>", b"<sheetData><row r='9'><c r='F9'><f>1+1</f><v>2</v></c></row>", "formulas"),
        ("xl/worksheets/sheet2.xml", b"<sheetData>", b"<sheetData><row><c r='F9'><f>A1</f></c></row>", "formulas"),
        ("xl/sharedStrings.xml", b"</si>", b'<rPh sb="0" eb="1"><t>a</t></rPh></si>', "readings"),
    ],
)  # fmt: skip
def test_what_would_be_lost_in_a_part_is_named_and_nothing_is_written(
    name: str, old: bytes, new: bytes, words: str
) -> None:
    data = with_part(made(), name, lambda part: part.replace(old, new, 1))
    problem = refusal(data, SetCells(1, {1: "Ada B."}))
    assert words in problem.message
    assert "mailer lists export coast --format csv" in problem.hint


@pytest.mark.parametrize(
    "name,content",
    [
        ("xl/slicers/slicer1.xml", "application/vnd.ms-excel.slicer+xml"),
        ("_xmlsignatures/sig1.xml", "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"),
        ("customXml/item1.xml", "application/xml"),
        ("xl/richData/rdarray.xml", "application/vnd.ms-excel.rdarray+xml"),
        ("xl/media/image1.png", "image/png"),
    ],
)
def test_a_part_that_would_be_lost_is_refused_whatever_it_is(name: str, content: str) -> None:
    types = f'<Override PartName="/{name}" ContentType="{content}"/></Types>'.encode()
    data = with_part(made(), "[Content_Types].xml", lambda part: part.replace(b"</Types>", types))
    data = with_part(data, name, lambda _: b"<any/>")
    assert "which would be lost" in refusal(data, SetCells(1, {1: "Ada B."})).message


def test_what_nobody_misses_is_no_reason_to_refuse() -> None:
    odd = b'<ignoredErrors><ignoredError sqref="A1:D9" numberStoredAsText="1"/></ignoredErrors></worksheet>'
    data = with_part(made(), SHEET, lambda part: part.replace(b"</worksheet>", odd))
    data = with_part(data, "docProps/thumbnail.jpeg", lambda _: b"\xff\xd8")
    assert rows_of(edited(data, RemoveRow(1)))[0][1] == "Bo Lind"


def test_macros_and_words_in_bold_stay() -> None:
    types = b'<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    main = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    data = with_part(made(), "[Content_Types].xml", lambda part: part.replace(b"</Types>", types).replace(main, macro))
    data = with_part(data, "xl/vbaProject.bin", lambda _: b"\xd0\xcf macro")
    rich = b"<si><r><rPr><b/></rPr><t>Bo</t></r><r><t xml:space='preserve'> Lind</t></r></si>"
    data = with_part(data, "xl/sharedStrings.xml", lambda part: part.replace(b"<si><t>Bo Lind</t></si>", rich))
    new = edited(data, RemoveRow(1))
    assert parts_of(new)["xl/vbaProject.bin"] == b"\xd0\xcf macro"
    assert rows_of(new)[0][1] == "Bo Lind"
    assert b"<b" in parts_of(new)[SHEET]


def test_text_that_begins_like_a_formula_is_text() -> None:
    new = edited(made(), SetCells(1, {1: "=1+2"}))
    assert rows_of(new)[0][1] == "=1+2"
    assert b"<f>" not in parts_of(new)["xl/worksheets/sheet1.xml"]


def test_other_workbooks_are_refused_with_the_way_out() -> None:
    ods = io.BytesIO()
    with zipfile.ZipFile(ods, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", CONTENT)
    problem = refusal(ods.getvalue(), SetCells(1, {0: "b@x.example.com"}), name="coast.ods")
    assert "is an ODS workbook" in problem.message
    assert "--format csv" in problem.hint


MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_ROWS = "".join(
    f'<table:table-row><table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    "</table:table-row>"
    for text in ("email", "a@x.example.com")
)
CONTENT = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    f'<table:table table:name="List">{_ROWS}</table:table></office:spreadsheet></office:body></office:document-content>'
)

TEXT = st.text(st.sampled_from("abc <>&\"'=\u00e9\u65e5_x0041_\n"), max_size=12).map(str.strip)


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4), TEXT), max_size=4),
    st.sets(st.integers(1, 5), max_size=3),
    TEXT,
)
def test_any_edit_reads_back_and_all_other_cells_stay(
    cells: list[tuple[int, int, str]], removed: set[int], added: str
) -> None:
    def more(sheet: Any) -> None:
        sheet.append(["di@x.example.com", "Di", "", 5])
        sheet.append(["ed@x.example.com", None, "E"])

    data = made(more)
    rows = rows_of(data)
    edits: list[Edit] = [SetCells(row, {position: text}) for row, position, text in cells]
    edits += [RemoveRow(row) for row in removed]
    edits.append(AddRow({0: "new@x.example.com", 2: added}))
    for row, position, text in cells:
        rows[row - 1] += [""] * (position + 1 - len(rows[row - 1]))
        rows[row - 1][position] = text
    wanted = [cells for number, cells in enumerate(rows, start=1) if number not in removed]
    wanted.append(["new@x.example.com", "", added])
    new = edited(data, *edits)
    assert [_trimmed(each) for each in rows_of(new)] == [_trimmed(each) for each in wanted]
    openpyxl.load_workbook(io.BytesIO(new))


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells
