"""Files made to hang, fill or break their reader: each costs one message that names it, and the rest goes on."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from mailer.contacts.edits import RemoveRow
from mailer.runs.untrusted.lists import edit_list
from mailer.sandbox import ParseStopped
from tests.office import Desk

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def workbook(row: bytes) -> bytes:
    """Write a workbook with one person and, below, a row as written with an XML editor."""
    book = openpyxl.Workbook()
    book.active.append(["email", "name"])
    book.active.append(["ada@example.org", "Ada"])
    plain, made = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(b"</sheetData>", row + b"</sheetData>")
            target.writestr(name, data)
    return made.getvalue()


def old_workbook() -> bytes:
    """Write an XLS whose sectors follow each other in a circle ([MS-CFB] 2.3)."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<5H", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<2I", head, 44, 1, 1)
    struct.pack_into("<5I", head, 56, 4096, end, 0, end, 0)
    struct.pack_into("<110I", head, 72, 0, 0, *[free] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 1, 2, *[free] * 125)

    def entry(name: str, kind: int, start: int, size: int) -> bytes:
        made = bytearray(128)
        text = f"{name}\0".encode("utf-16-le")
        made[: len(text)] = text
        struct.pack_into("<HBB3I", made, 64, len(text), kind, 1, free, free, free)
        struct.pack_into("<IQ", made, 116, start, size)
        return bytes(made)

    entries = entry("Root Entry", 5, end, 0) + entry("Workbook", 2, 2, 8192)
    return bytes(head) + table + entries.ljust(512, b"\0") + bytes(512)


def cell(place: str, row: str) -> bytes:
    return f'<row r="{row}"><c r="{place}" t="n"><v>1</v></c></row>'.encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, data",
    [
        ("cycle.xls", old_workbook),
        ("far.xlsx", lambda: workbook(cell("XFD1048576", "1048576"))),
        ("beyond.xlsx", lambda: workbook(cell("A4294967295", "4294967295"))),
        ("beyond-columns.xlsx", lambda: workbook(cell("ZZZZZZZ3", "3"))),
        ("damaged.xlsx", lambda: workbook(b"<row")),
    ],
)
def test_a_workbook_that_breaks_its_reader_is_named_and_the_other_lists_are_read(
    desk: Desk, name: str, data: Callable[[], bytes]
) -> None:
    bad = desk.root / "lists" / name
    bad.write_bytes(data())
    done = desk.run("lists", "check", str(bad))
    assert done.code == 2
    assert done.said.count(name) == 1
    assert "panicked" not in done.said
    listed = desk.run("lists", "list", "--json")
    assert listed.code == 0
    found = {Path(each["file"]).name: each for each in listed.json["lists"]}
    assert found[name]["problem"].startswith(name)
    assert found["coast.csv"]["people"] > 0
    assert desk.run("lists", "import", str(bad), "--as", "taken", "--yes").code == 2
    assert not (desk.root / "lists" / "taken.csv").exists()


def test_a_cell_as_long_as_a_book_is_cut_where_excel_would_cut_it(desk: Desk) -> None:
    text = b"a" * 3_000_000
    row = b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + text + b"</t></is></c></row>"
    (desk.root / "lists" / "long.xlsx").write_bytes(workbook(row))
    done = desk.run("lists", "check", "long", "--json")
    assert [each["email"] for each in done.json["recipients"]] == ["ada@example.org"]
    assert len(done.json["invalid"][0]["value"]) == 32_767


def test_a_workbook_is_read_as_before_whether_its_rows_fit_one_frame_or_many(desk: Desk) -> None:
    book = openpyxl.Workbook()
    book.active.append(["email", "name"])
    for number in range(1_700):
        book.active.append([f"p{number}@example.org", f"Pat {number}"] if number % 7 else [None, None])
    book.save(desk.root / "lists" / "long.xlsx")
    done = desk.run("lists", "check", "long", "--json")
    wanted = [(number + 2, f"p{number}@example.org", f"Pat {number}") for number in range(1_700) if number % 7]
    assert [(each["line"], each["email"], each["name"]) for each in done.json["recipients"]] == wanted


def test_a_word_file_of_four_hundred_thousand_paragraphs_is_refused_by_their_number(desk: Desk) -> None:
    body = "<w:p><w:r><w:t>a b</w:t></w:r></w:p>" * 400_000
    with zipfile.ZipFile(desk.root / "releases" / "long.docx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml", f'<Types><Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
        )
        package.writestr("word/document.xml", f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>')
    done = desk.run("release", "show", "releases/long.docx")
    assert done.code == 2
    assert "releases/long.docx: has 400,000 paragraphs" in done.said


def test_a_word_file_that_unpacks_to_gigabytes_is_refused(desk: Desk) -> None:
    with zipfile.ZipFile(desk.root / "releases" / "bomb.docx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        package.writestr("word/document.xml", bytes(40_000_000))
    done = desk.run("release", "show", "releases/bomb.docx")
    assert done.code == 2
    assert "releases/bomb.docx: unpacks to more than 30 MB" in done.said


@pytest.mark.slow
def test_an_rtf_file_nested_a_million_deep_is_read_or_refused_and_named(desk: Desk) -> None:
    (desk.root / "releases" / "deep.rtf").write_bytes(b"{\\rtf1 Lamps" + b"{\\b" * 400_000)
    done = desk.run("release", "show", "releases/deep.rtf")
    assert done.code in {0, 2}
    assert "Traceback" not in done.said


def test_a_report_with_one_long_word_for_a_diagnostic_is_read(desk: Desk, tmp_path: Path) -> None:
    head = "From: MAILER-DAEMON@example.com\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n"
    head += "Content-Type: message/delivery-status\n\nReporting-MTA: dns; example.com\n\n"
    head += "Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; "
    (tmp_path / "long.eml").write_text(f"{head}{'a' * 250_000}\n\n--b--\n")
    done = desk.run("bounces", "classify", str(tmp_path / "long.eml"), "--json")
    (message,) = done.json["messages"]
    assert (message["kind"], message["recipients"][0]["address"]) == ("bounce", "a@example.com")


_ARRIVED = "From: press@example.org\nReceived: from a by b; Mon, 1 Jun 2026 09:00:00 +0000\nSubject: Lamps\n"


def nested(depth: int) -> str:
    """Write a mail whose parts are each within the one before."""
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(depth))
    return f"{_ARRIVED}{head}\nWords\n" + "".join(f"\n--b{at}--\n" for at in reversed(range(depth)))


def test_a_copy_that_arrived_with_parts_nested_too_deep_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "deep.eml").write_text(nested(1_500))
    done = desk.run("doctor", "--offline", "--message", str(tmp_path / "deep.eml"))
    assert (done.code, done.out) == (2, "")
    assert done.err.strip().endswith("deep.eml: cannot be read: its parts are nested too deep")


@pytest.mark.parametrize(
    "lines",
    [
        "X-MS-Exchange-Organization-SCL: ²\n",
        f"X-MS-Exchange-Organization-SCL: {'9' * 5_000}\n",
        "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=press; h=from; l=²; bh=x; b=y\n",
        "Subject: =?utf-8?B?é?=\n",
        """Content-Type: multipart/mixed; boundary=b\n\n--b
Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nabc\n--b--\n""",
        f'Content-Type: text/html\n\n<html><table width="²"><table width="{"9" * 5_000}">\n',
    ],
)
def test_a_copy_that_arrived_is_read_whatever_stands_in_its_fields(desk: Desk, tmp_path: Path, lines: str) -> None:
    (tmp_path / "odd.eml").write_text(_ARRIVED + lines + "\nWords\n", "utf-8")
    done = desk.run("doctor", "--offline", "--json", "--message", str(tmp_path / "odd.eml"))
    assert "checks" in done.json, done.said


@pytest.mark.parametrize(
    "name, text",
    [
        ("span.html", f'<table><tr><td>email<tr><td colspan="{"9" * 5_000}">ada@example.org</table>'),
        ("card.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Ada\nEMAIL;PREF=²:ada@example.org\nEND:VCARD\n"),
    ],
)
def test_a_number_that_is_none_keeps_nobody_off_a_list(desk: Desk, name: str, text: str) -> None:
    (desk.root / "lists" / name).write_text(text, "utf-8")
    done = desk.run("lists", "check", str(desk.root / "lists" / name), "--json")
    assert [each["email"] for each in done.json["recipients"]] == ["ada@example.org"], done.said


def packed(*members: tuple[str, bytes], broken: bytes = b"") -> bytes:
    """Write a zip archive; the bytes `broken` are damaged in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if not broken else zipfile.ZIP_STORED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return made.getvalue().replace(broken, bytes(len(broken))) if broken else made.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, data, words",
    [
        ("cycle.xls", old_workbook, "cannot be"),
        ("far.xlsx", lambda: workbook(cell("XFD1048576", "1048576")), "far away"),
        ("damaged.xlsx", lambda: workbook(b"<row"), "cannot be opened"),
        ("bomb.zip", lambda: packed(("out.csv", b"email\n" + bytes(1_200_000_000))), "memory"),
        ("broken.zip", lambda: packed(("out.csv", b"email\nada@example.org\n"), broken=b"ada@"), "cannot be read"),
        ("cut.zip", lambda: packed(("out.csv", b"email\n"))[:40], "cannot be read"),
        ("deep.json", lambda: b"[" * 500_000, "is JSON that cannot be read"),
        ("long.csv", lambda: b"email\n" + b"a" * 1_500_000, "million characters"),
    ],
)
def test_opt_outs_that_break_their_reader_are_named_and_nothing_is_written(
    desk: Desk, tmp_path: Path, name: str, data: Callable[[], bytes], words: str
) -> None:
    (tmp_path / name).write_bytes(data())
    done = desk.run("optouts", "import", str(tmp_path / name), "--yes")
    assert (done.code, done.out) == (2, "")
    assert name in done.err.splitlines()[0]
    assert words in done.err
    assert "fault" not in done.err


def test_opt_outs_that_come_packed_or_as_json_are_read_as_before(desk: Desk, tmp_path: Path) -> None:
    people = [f"p{number}@example.org" for number in range(1_200)]
    book, made = openpyxl.Workbook(), io.BytesIO()
    for each in ("email", *people):
        book.active.append([each])
    book.save(made)
    files = {
        "out.zip": packed(("unsubscribed.csv", "\n".join(["email", *people]).encode())),
        "out.json": f'{{"items": [{", ".join(f"""{{"email": "{each}"}}""" for each in people)}]}}'.encode(),
        "out.xlsx": made.getvalue(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        result = desk.run("optouts", "import", str(tmp_path / name), "--dry-run", "--json").json
        assert (result["rows"], result["new"]) == (1_200, 1_200), name


@pytest.mark.slow
def test_a_workbook_or_a_page_that_breaks_its_reader_is_not_edited_and_is_named() -> None:
    with pytest.raises(ParseStopped, match=r"cycle\.xls: cannot be read"):
        edit_list(old_workbook(), name="cycle.xls", edits=[RemoveRow(1)])


@pytest.mark.slow
def test_a_page_is_read_as_before_also_where_its_encoding_has_to_be_guessed(desk: Desk) -> None:
    rows = "".join(f"<tr><td>p{number}@example.org<td>M\u00fcller {number}" for number in range(4_000))
    page = f"<html><table><tr><td>email<td>name{rows}</table></html>"
    for name, data in (
        ("a.html", page.encode()),
        ("b.html", page.encode("cp1252")),
        ("c.html", page.encode("utf-16")),
        ("d.html", page.encode().replace(b"M\xc3\xbcller 7<", b"M\xfcller 7<")),
    ):
        (desk.root / "lists" / name).write_bytes(data)
        done = desk.run("lists", "check", str(desk.root / "lists" / name), "--json")
        found = [each["name"] for each in done.json["recipients"]]
        assert found == [f"M\u00fcller {number}" for number in range(4_000)], name


@pytest.mark.parametrize("name", ["lists/comments.csv", "releases/comments.txt"])
def test_a_text_that_begins_with_comments_is_no_page_and_is_told_so_at_once(desk: Desk, name: str) -> None:
    (desk.root / name).write_text("<!---->" * 400 + "x")
    done = desk.run(name.partition("/")[0].replace("releases", "release"), "check", str(desk.root / name))
    assert "fault" not in done.said
