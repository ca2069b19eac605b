"""A table of HTML or XML that calls itself `.xls` is a list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mailer.contacts.files import Form
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact
from mailer.errors import InputProblem

Open = Callable[..., ListFile]
HEAD = "<tr><th>Name</th><th>Email</th><th>Outlet</th></tr>"


def people(found: ListFile) -> list[tuple[str, str, str]]:
    entries = [entry for entry in found.entries() if isinstance(entry, Contact)]
    return [(entry.name, str(entry.address), entry.fields["outlet"]) for entry in entries]


def page(rows: str, *, head: str = "<html><head><style>td {color: red}</style></head><body>") -> str:
    return f"{head}<table>{rows}</table></body></html>"


def test_a_page_with_a_table_is_read_with_its_entities_and_line_breaks(listed: Open) -> None:
    head = "<tr><th>Name</th><th>Email</th><th>Outlet</th><th>Note</th></tr>"
    row = "<td>Zo&euml; <b>Hale</b></td><td>zoe@daily.example.com</td><td>Day &amp; Night</td><td>One<br>Two</td>"
    found = listed(page(f"{head}<tr>{row}</tr>"), "export.xls")
    (zoe,) = [entry for entry in found.entries() if isinstance(entry, Contact)]
    assert (zoe.name, zoe.fields["outlet"], zoe.fields["note"]) == ("Zoë Hale", "Day & Night", "One\nTwo")
    assert (found.table.raw.form, found.layout.header_row) == (Form.PAGE, 0)


def test_an_address_that_is_only_in_a_link_is_taken(listed: Open) -> None:
    row = '<tr><td>Ada</td><td><a href="mailto:ada@daily.example.com?subject=Hi">Email Ada</a></td><td>Daily</td></tr>'
    assert people(listed(page(HEAD + row), "export.xls")) == [("Ada", "ada@daily.example.com", "Daily")]


def test_a_cell_over_several_rows_stands_in_each_of_them(listed: Open) -> None:
    rows = (
        "<tr><td rowspan=2>Daily</td><td>Ada</td><td>ada@daily.example.com</td></tr>"
        "<tr><td>Bo</td><td>bo@daily.example.com</td></tr><tr><td>Post</td><td>Cy</td><td>cy@post.example.org</td></tr>"
    )
    found = listed(page("<tr><th>Outlet</th><th>Name</th><th>Email</th></tr>" + rows), "export.xls")
    assert [outlet for _, _, outlet in people(found)] == ["Daily", "Daily", "Post"]


def test_of_several_tables_the_one_with_the_addresses_is_the_list(listed: Open) -> None:
    layout = "<table><tr><td>Menu</td><td>help@house.example.com</td></tr></table>"
    rows = "".join(f"<tr><td>P{n}</td><td>p{n}@daily.example.com</td><td>D</td></tr>" for n in range(3))
    found = listed(f"<html><body>{layout}{page(HEAD + rows, head='')}", "export.xls")
    assert len(people(found)) == 3


@pytest.mark.parametrize(
    "encoding, charset",
    [("utf-8", "utf-8"), ("cp1252", "windows-1252"), ("cp1252", "iso-8859-1"), ("cp932", "shift_jis")],
)
def test_the_page_names_its_encoding(listed: Open, encoding: str, charset: str) -> None:
    name = "田中花子" if encoding == "cp932" else "Zoë Hale"
    head = f'<html><meta http-equiv="Content-Type" content="text/html; charset={charset}"><body>'
    text = page(f"{HEAD}<tr><td>{name}</td><td>zoe@daily.example.com</td><td>D</td></tr>", head=head)
    found = listed(text.encode(encoding), "export.xls")
    assert [each[0] for each in people(found)] == [name]
    assert found.problems == ()


def test_utf16_pages_are_read(listed: Open) -> None:
    text = page(f"{HEAD}<tr><td>Zoë</td><td>zoe@daily.example.com</td><td>D</td></tr>")
    assert people(listed(text.encode("utf-16"), "export.xls")) == [("Zoë", "zoe@daily.example.com", "D")]


def test_a_page_that_was_cut_off_is_read_as_far_as_it_goes(listed: Open) -> None:
    text = page(f"{HEAD}<tr><td>Ada</td><td>ada@daily.example.com</td><td>D")
    assert len(people(listed(text[: text.index("</table")], "export.xls"))) == 1


def test_xml_of_excel_2003_is_read_with_its_gaps_and_barred_sheets(listed: Open) -> None:
    def row(*cells: str) -> str:
        return "<Row>" + "".join(f"<Cell{cell}</Data></Cell>" for cell in cells) + "</Row>"

    data = '><Data ss:Type="String">'
    second = f' ss:Index="2"{data}'
    text = (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:x">'
        f'<Worksheet ss:Name="People"><Table>{row(data + "Name", data + "Email", data + "Outlet")}'
        f"{row(data + 'Ada', data + 'ada@daily.example.com', data + 'Daily')}"
        f"{row(second + 'bo@daily.example.com', data + 'Post')}"
        f"{row(data + 'Cy', data + 'cy@daily.example.com', data + 'Post')}</Table></Worksheet>"
        f'<Worksheet ss:Name="Unsubscribed"><Table>{row(data + "cy@daily.example.com")}</Table></Worksheet></Workbook>'
    )
    found = listed(text, "export.xls")
    assert people(found) == [("Ada", "ada@daily.example.com", "Daily"), ("", "bo@daily.example.com", "Post")]


def test_a_page_without_a_table_is_refused(listed: Open) -> None:
    with pytest.raises(InputProblem, match="without a table"):
        listed("<html><body>ada@daily.example.com</body></html>", "export.xls")


def test_who_is_crossed_out_on_a_page_is_not_mailed(listed: Open) -> None:
    struck = "<tr><td><s>Ada</s></td><td><del>ada@daily.example.com</del></td><td>Daily</td></tr>"
    text = page(f"{HEAD}{struck}<tr><td>Bo</td><td>bo@daily.example.com</td><td><s>Daily</s></td></tr>")
    assert [each[:2] for each in people(listed(text, "export.xls"))] == [("Bo", "bo@daily.example.com")]


def test_what_is_crossed_out_within_a_cell_is_out_and_nothing_else_in_it(listed: Open) -> None:
    rows = [
        "<tr><td>Ada</td><td><s><a href='mailto:ada@old.example.com'>ada@old.example.com</a></s> ada@daily.example.com",
        "<tr><td><span class=x>Tom</span> Bo</td><td>bo@daily.example.com<br><span class=x>bo@old.example.com</span>",
        "<tr><td>Cy</td><td><del>cy@</del><del>daily.example.com</del></td><td>Daily</td></tr>",
        "<tr><td>Di</td><td>di@daily.example.com</td><td>Tue<p style='text-decoration:line-through'>Wed</p></td></tr>",
        "<tr><td>Tom</td><td>bo@old.example.com</td><td></td></tr>",
    ]
    found = listed(page(f"<style>.x {{text-decoration: line-through}}</style>{HEAD}{''.join(rows)}"), "list.html")
    assert [each[:2] for each in people(found)] == [
        ("Ada", "ada@daily.example.com"),
        ("Bo", "bo@daily.example.com"),
        ("Di", "di@daily.example.com"),
    ]


def test_paragraphs_of_a_page_without_a_table_are_a_typed_list(listed: Open) -> None:
    lines = [
        '<p class=x>Ada Brook, The\nLantern, <a href="mailto:ada@lantern.example.com">ada@lantern.example.com</a></p>',
        "<p><s>Bo Lind, Radio Quay, bo@quay.example.org</s></p>",
        '<p><a href="mailto:cy@lantern.example.com">Cy Vane</a></p><p>Di Nash, di@nash.example.net (unsubscribed)</p>',
        "<div><s>Eve Orr, eve@orr.example.net<br>Flo Pym, flo@orr.example.net</s><br>",
        "<span style='text-decoration:line-through'>Gus Quay, gus@quay.example.org</span></div>",
    ]
    found = listed(f"<html><style>p{{}}</style><body>{''.join(lines)}</body></html>".encode(), "list.html")
    contacts = [(str(e.address), e.fields["name"]) for e in found.entries() if isinstance(e, Contact)]
    assert contacts == [("ada@lantern.example.com", "Ada Brook"), ("cy@lantern.example.com", "Cy Vane")]
