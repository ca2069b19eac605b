"""Links: what a workbook's cells have only in their links and comments.

Owns the reading of `mailto:` targets out of XLSX (hyperlinks and HYPERLINK formulas) and ODS, of which the values of
cells say nothing, of the comments of XLSX, and the refusal of archives that unpack to more than a list can be. Never
reads values (`workbook` does), never writes.
ECMA-376 part 1 §18.3.1.47, OpenDocument 1.3 §6.1.8. openpyxl would make an object of every cell to tell the same; here
the sheet's text is searched once, in pieces.
Gaps: links in XLS, comments in XLS and ODS are not seen.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final
from urllib.parse import unquote

from mailer.errors import InputProblem

MAX_UNPACKED: Final = 2_000_000_000
_PIECE: Final = 1 << 20
_OVERLAP: Final = 4096  # no element that is looked for is longer

_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE: Final = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_HYPERLINK: Final = re.compile(rb"<(?:\w+:)?hyperlink\b[^>]*>")
_FORMULA: Final = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]+\d+)["'][^>]*>\s*<(?:\w+:)?f\b[^>]*>\s*(?:_xlfn\.)?HYPERLINK\(\s*"""
    rb"""(?:"|&quot;)mailto:([^"&<]{1,400})""",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(rb"""<(?:\w+:)?comment\s[^<>]*?\bref=["']([A-Z]+\d+)["'][^<>]*>""")
_COMMENT_END: Final = re.compile(rb"</(?:\w+:)?comment>")
_TEXT: Final = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_MOST_COMMENTS: Final = 4_000_000
_REFERENCE: Final = re.compile(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?")

Place = tuple[int, int]


def refuse_bombs(data: BinaryIO, name: str) -> None:
    """Refuse a zip archive that would unpack to more than memory is for.

    Raises:
        InputProblem: it would.
    """
    data.seek(0)
    try:
        with zipfile.ZipFile(data) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return  # the reader of workbooks says what is wrong with it
    if size > MAX_UNPACKED:
        raise InputProblem(
            f"unpacks to {size / 1e6:.0f} MB; workbooks of up to {MAX_UNPACKED / 1e6:.0f} MB can be read",
            source=name,
            hint="Save it as CSV (UTF-8), or split it.",
        )


def find_links(data: BinaryIO, sheet: str) -> Mapping[Place, str]:
    """Return the addresses behind the cells of a sheet: (row, column), both from 0, to what stands after `mailto:`."""
    data.seek(0)
    try:
        with zipfile.ZipFile(data) as archive:
            if "xl/workbook.xml" in archive.namelist():
                return dict(_of_xlsx(archive, sheet))
            if "content.xml" in archive.namelist():
                return dict(_of_ods(archive, sheet))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError):
        return {}  # what is damaged or locked has been told by the reader of values
    return {}


def find_comments(data: BinaryIO, sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the comments on the cells of a sheet of an XLSX: (C5, its text)."""
    data.seek(0)
    try:
        with zipfile.ZipFile(data) as archive:
            path, relations = _part_of(archive, sheet)
            for said in _elements(relations, _RELATION):
                if said.get("Type", "").endswith("/comments"):
                    target = said["Target"]
                    part = target.lstrip("/") if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
                    with archive.open(posixpath.normpath(part)) as file:
                        found = file.read(_MOST_COMMENTS)
                    for piece in _COMMENT_END.split(found):
                        if begin := _COMMENT.search(piece):
                            text = b"".join(_TEXT.findall(piece, begin.end())).decode("utf-8", "replace")
                            yield begin[1].decode("ascii"), html.unescape(text).strip()
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError, StopIteration):
        return  # as for links


def _of_xlsx(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[Place, str]]:
    path, relations = _part_of(archive, sheet)
    targets = {said["Id"]: said["Target"] for said in _elements(relations, _RELATION)}
    mails = {name: text for name, link in targets.items() if (text := address_in(link))}
    yield from _of_sheet(archive, path, mails)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> tuple[str, bytes]:
    """Return where a sheet's part is in the archive, and the XML of what it relates to."""
    parts = {said["Id"]: said["Target"] for said in _elements(archive.read("xl/_rels/workbook.xml.rels"), _RELATION)}
    named = {said["name"]: said for said in _elements(archive.read("xl/workbook.xml"), _SHEET)}
    relation = next(value for key, value in named[sheet].items() if key.rpartition(":")[2] == "id")
    target = parts[relation]
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    folder, _, file = path.rpartition("/")
    beside = f"{folder}/_rels/{file}.rels"
    return path, archive.read(beside) if beside in archive.namelist() else b""


def _of_sheet(archive: zipfile.ZipFile, path: str, mails: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    seen = b""
    with archive.open(path) as file:
        while piece := file.read(_PIECE):
            seen = seen[-_OVERLAP:] + piece
            if b"HYPERLINK(" in seen:
                for place, link in _FORMULA.findall(seen):
                    for at in _places(place.decode("ascii")):
                        yield at, _plain(link.decode("utf-8", "replace"))
            if mails and b"hyperlink" in seen:
                for said in _elements(seen, _HYPERLINK):
                    found = mails.get(next((v for k, v in said.items() if k.rpartition(":")[2] == "id"), ""))
                    for at in _places(said.get("ref", "")) if found else ():
                        yield at, found or ""


def _of_ods(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[Place, str]]:
    content = archive.read("content.xml").decode("utf-8", "replace")
    if "mailto:" not in content:
        return
    wanted = html.escape(sheet, quote=False)
    table = re.search(rf'<table:table\b[^>]*table:name="{re.escape(wanted)}".*?</table:table>', content, re.DOTALL)
    row = column = 0
    for found in re.finditer(r"<table:table-(row|cell)\b([^>]*)>|<text:a\b([^>]*)>", table[0] if table else ""):
        kind, said, link = found.groups()
        repeat = re.search(r'number-(?:rows|columns)-repeated="(\d+)"', said or "")
        count = int(repeat[1]) if repeat else 1
        if kind == "row":
            row, column = row + count, 0
        elif kind == "cell":
            column += count
        elif address := address_in(html.unescape((re.search(r'xlink:href="([^"]*)"', link) or ["", ""])[1])):
            yield (row - 1, column - 1), address


def _elements(xml: bytes, pattern: re.Pattern[bytes]) -> Iterator[dict[str, str]]:
    for element in pattern.findall(xml):
        found = _ATTRIBUTE.findall(element)
        yield {name.decode(): html.unescape((one or other).decode("utf-8", "replace")) for name, one, other in found}


def _places(reference: str) -> Iterator[Place]:
    """Yield the cells of a reference: B5, or B5:B9 where one link stands over several."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return
    first, last = _column(found[1]), _column(found[3] or found[1])
    top, bottom = int(found[2]), int(found[4] or found[2])
    for row in range(top, min(bottom, top + 1000) + 1):
        for column in range(first, min(last, first + 100) + 1):
            yield (row - 1, column)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def address_in(link: str) -> str:
    """Return what a `mailto:` link points to, without its subject; nothing for another link."""
    return _plain(link[7:]) if link[:7].lower() == "mailto:" else ""


def _plain(target: str) -> str:
    return unquote(target.partition("?")[0]).strip()
