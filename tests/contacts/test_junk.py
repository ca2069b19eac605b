"""What is no list, or hardly one: always an error in words or a sane reading, never a traceback, never a long wait."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from mailer.errors import InputProblem
from tests.contacts.exporting import read, xlsx

HEADER = b"Name,Outlet,Email\n"
ADA = b"Ada,Reed,ada@example.org\n"
WORKBOOK = xlsx([{"name": "S", "rows": [["Name", "Email"], ["Ada", "ada@example.org"]]}])
NOISE = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(600))


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return out.getvalue()


def damaged(content: bytes) -> bytes:
    return bytes(byte ^ 0xFF if at % 97 == 0 and at > 60 else byte for at, byte in enumerate(content))


def with_a_cell_at(place: str, row: int) -> bytes:
    """Return the workbook with a cell far away from the others, as a stray keystroke leaves it."""
    out = io.BytesIO()
    cell = f'<row r="{row}"><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", cell.encode())
            target.writestr(name, content)
    return out.getvalue()


NOTHING = {
    "no bytes.csv": b"",
    "no bytes.xlsx": b"",
    "blanks.csv": b"   \n\n  \r\n",
    "mark alone.csv": b"\xef\xbb\xbf",
    "utf-16 mark alone.csv": b"\xff\xfe",
    "a nul.csv": b"\x00",
    "nuls.csv": b"\x00" * 100_000,
    "delimiters.csv": (b";" * 500 + b"\n") * 500,
}
STRANGERS = {
    "picture.csv": b"\x89PNG\r\n\x1a\n" + NOISE,
    "photograph.xlsx": b"\xff\xd8\xff\xe0" + NOISE,
    "noise.csv": NOISE,
    "packed.csv": b"\x1f\x8b\x08" + NOISE,
    "report.csv": b"%PDF-1.7\n" + NOISE,
    "letter.csv": b"{\\rtf1 hello}",
    "half.xlsx": WORKBOOK[: len(WORKBOOK) // 2],
    "nearly whole.xlsx": WORKBOOK[:-30],
    "four bytes.xlsx": WORKBOOK[:4],
    "damaged.xlsx": damaged(WORKBOOK),
    "archive.xlsx": archive(readme="hello"),
    "document.xlsx": archive(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}),
    "old and empty.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000,
    "old and damaged.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE,
    "odd.csv": b"\xff\xfe" + "Email\nada@example.org\n".encode("utf-16-le") + b"\x00",
    "half a letter.csv": b"\xff\xfe" + "Email\n".encode("utf-16-le") + b"\x00\xd8\x00\xd8",
    "page.csv": b"<html><body>no table, mail ada@example.org</body></html>",
    "hidden list.xlsx": xlsx(
        [
            {"name": "Figures", "rows": [["Month", "Sent"], ["January", 12]]},
            {"name": "Old list", "rows": [["Name", "Email"], ["Bo", "bo@example.org"]], "hidden": True},
        ]
    ),
    "header alone.csv": HEADER,
    "header alone.xlsx": xlsx([{"name": "S", "rows": [["Name", "Email"]]}]),
    "sheet without cells.xlsx": xlsx([{"name": "S", "rows": []}]),
    "no addresses.csv": b"Name,Outlet\nAda,Reed\n",
    "one long line.csv": b"a" * 10_000_000,
    "one long row.csv": b"," * 10_000_000,
    "open card.vcf": b"BEGIN:VCARD\n" * 100_000,
}
ODDITIES = {
    "a cell of half a million letters.csv": HEADER + b'Ada,"' + b"x" * 500_000 + b'",ada@example.org\n',
    "a nul in a cell.csv": HEADER + b"A\x00da,Reed,a.da@example.org\n" + ADA,
    "columns of one name.csv": b",".join([b"c"] * 400) + b",Email\n" + b"v," * 400 + b"ada@example.org\n",
    "two thousand columns of many names.csv": b",".join(b"c%d" % number for number in range(2000))
    + b",Email\n"
    + b"v," * 2000
    + b"ada@example.org\n",
    "two thousand columns and no header.csv": (b"v," * 2000 + b"ada@example.org\n") * 20,
    "quotation marks.csv": HEADER + (b'"' * 9999 + b"\n") * 100 + ADA,
    "a long refused address.csv": HEADER + b"A,R," + b"a@b." * 200_000 + b"\n" + ADA,
    "dots.csv": HEADER + b"A,R," + b"." * 100_000 + b"@example.org\n" + ADA,
    "brackets.csv": HEADER + b"A,R," + b"<" * 100_000 + b"a@example.org\n" + ADA,
    "schemes.csv": HEADER + b"A,R," + b"mailto:" * 50_000 + b"\n" + ADA,
    "blanks in an address.csv": HEADER + b"A,R," + b"a " * 100_000 + b"@example.org\n" + ADA,
    "commas in a name.csv": HEADER + b'"' + b"x, " * 50_000 + b'",R,\n' + ADA,
    "labels.csv": HEADER + b"A,R,a@" + b"xn--" * 60 + b".com\nA,R,b@" + "ü".encode() * 3000 + b".com\n" + ADA,
    "digits.csv": b"Name,Phone,Email\nA," + b"1 " * 50_000 + b"x,ada@example.org\n",
    "a surrogate.csv": HEADER + b"A\xed\xa0\x80,R,ada@example.org\n",
    "a turned name.csv": HEADER + "\u202eevil,Reed,ada@example.org\n".encode(),
    "many empty lines.csv": b"\n" * 3000 + HEADER + ADA,
}


@pytest.mark.parametrize("name", [*NOTHING, *STRANGERS])
def test_what_is_no_list_is_refused_in_words(name: str) -> None:
    with pytest.raises(InputProblem) as caught:
        read((NOTHING | STRANGERS)[name], name)
    assert caught.value.source == name
    assert len(caught.value.message) < 300


@pytest.mark.slow
@pytest.mark.parametrize("name", ODDITIES)
def test_a_list_with_something_odd_in_it_still_gives_its_people(name: str) -> None:
    assert [each["email"] for each in read(ODDITIES[name], name)["recipients"]] == ["ada@example.org"]


def test_quotation_marks_that_are_never_closed_lose_nobody_silently() -> None:
    found = read(HEADER + b'"Ada,Reed,ada@example.org\n' * 4001, "open.csv")
    assert found["rows"] == sum(found["counts"].values())
    assert found["invalid"] or found["problems"]


def test_addresses_beyond_the_end_of_the_header_are_named_by_their_position() -> None:
    found = read(b"Name,Outlet\n" + ADA + b"Bo,Reed,bo@example.org\n", "short.csv")
    assert found["columns"] == {"email": 2, "name": "Name", "outlet": "Outlet"}
    assert [each["email"] for each in found["recipients"]] == ["ada@example.org", "bo@example.org"]


def test_workbook_locked_with_a_password_is_called_so() -> None:
    content = (Path(__file__).parent / "junk" / "locked.xlsx").read_bytes()
    with pytest.raises(InputProblem, match="locked with a password"):
        read(content, "locked.xlsx")


@pytest.mark.slow
@pytest.mark.parametrize("place, row", [("XFD1048576", 1_048_576), ("A200000", 200_000), ("XFD5", 5)])
def test_a_stray_cell_far_away_costs_no_memory(place: str, row: int) -> None:
    try:
        found = read(with_a_cell_at(place, row), "stray.xlsx")
    except InputProblem as problem:
        assert place in problem.message  # noqa: PT017 - both are sane; which of them it is, is no promise
    else:
        assert [each["email"] for each in found["recipients"]] == ["ada@example.org"]
