"""Extents: how far the cells of a workbook reach, before anything is made of them.

Owns the refusal of sheets that a stray cell far away makes larger than memory: the reader of workbooks lays a sheet out
as a rectangle of cells, and a value in XFD1048576 makes that rectangle 17 thousand million cells. Never reads values
(`workbook` does). ECMA-376 part 1 §18.3.1.4.
Gaps: ODS and XLS are not looked at; XLS holds no more than 65,536 rows of 256 columns.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from mailer.errors import InputProblem

LARGEST: Final = 50_000_000  # cells of a sheet's rectangle; a million people have 20 columns
_PIECE: Final = 1 << 20
_OVERLAP: Final = 4096  # no opening tag is longer

_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_ROW: Final = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,7})["']""")
_TAIL: Final = 1 << 16  # of each piece, where its last row is looked for
# Columns of two letters and of three; a pattern that begins with plain letters is searched much faster.
_WIDE: Final = tuple(
    (count, tuple(re.compile(rb"r=%s[A-Z]{%d}\d" % (mark, count)) for mark in (b'"', b"'"))) for count in (2, 3)
)
# A cell with something in it: one without has no end tag.
_FILLED: Final = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")


def refuse_vast(data: BinaryIO, name: str) -> None:
    """Refuse an XLSX with a cell so far away that its sheet cannot be laid out.

    Raises:
        InputProblem: it has one; the message names the cell.
    """
    data.seek(0)
    try:
        with zipfile.ZipFile(data) as archive:
            far = next(
                filter(None, (_far_cell(archive, part) for part in archive.namelist() if _SHEET.match(part))), ""
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return  # the reader of workbooks says what is wrong with it
    if far:
        raise InputProblem(
            f"has a cell far away from all others, {far}",
            source=name,
            hint="Go there in the spreadsheet program, delete the row and the column, and save.",
        )


def _far_cell(archive: zipfile.ZipFile, part: str) -> str:
    """Name the last cell of a sheet whose rectangle is too large; nothing where it is not."""
    if _at_most(archive, part) <= LARGEST:
        return ""
    top = left = 1 << 30
    bottom = right = 0
    last = b""
    for piece in _pieces(archive, part):
        for letters, digits in _FILLED.findall(piece):
            row, column = int(digits), _column(letters)
            if row > bottom or column > right:
                last = letters + digits
            top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, column)
    return last.decode("ascii") if (bottom - top + 1) * (right - left + 1) > LARGEST else ""


def _at_most(archive: zipfile.ZipFile, part: str) -> int:
    """A bound for the cells of a sheet, at little cost: the last row, times what columns of one letter can be."""
    bottom, wide = 1, 1
    for piece in _pieces(archive, part):
        rows = _ROW.findall(piece[-_TAIL:]) or _ROW.findall(piece)
        bottom = max([bottom, *map(int, rows[-1:])])
        for letters, forms in _WIDE:
            if letters > wide and any(form.search(piece) for form in forms):
                wide = letters
    return bottom * int(26**wide)


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    seen = b""
    with archive.open(part) as file:
        while piece := file.read(_PIECE):
            seen = seen[-_OVERLAP:] + piece
            yield seen


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
