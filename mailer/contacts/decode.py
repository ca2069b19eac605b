"""Decode: the bytes of a list to lines of text, a piece at a time.

Owns the ladder of encodings (byte-order mark, UTF-16 by its NULs, UTF-8, then Windows-1252, which is said to be
assumed) and the recognition of files that are no table at all. Never parses cells (`delimited` does), never holds the
file: a first pass in pieces settles the encoding, later passes read line by line.
Raises `InputProblem`: empty, not text, no known encoding, a line without an end.
Gaps: Mac Roman, Shift_JIS and the other Windows pages are one more rung in `FALLBACKS`; they need a content test.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final

from mailer.address import printable
from mailer.errors import InputProblem, Problem, Severity

PIECE: Final = 1 << 20
LONGEST_LINE: Final = 1_000_000  # characters; a person's row has hundreds
FALLBACKS: Final = ("cp1252",)
NAMES: Final = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAVE_AS: Final = "Open it in the spreadsheet program and save it as CSV (UTF-8) or XLSX."
# What people hand over by mistake, by how it begins.
_STRANGERS: Final = (
    (rb"%PDF", "is a PDF, not a spreadsheet"),
    (rb"\s*BEGIN:VCARD", "is an address book in vCard form, which cannot be read"),
    (rb"\s*(<!doctype html|<html|<table)", "is a web page, whatever its name says"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "is a picture"),
    (rb"\{\\rtf", "is a text document (RTF)"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec by Python's name, and the problems to tell: a warning where it was only assumed."""

    codec: str
    problems: tuple[Problem, ...] = ()


def find_encoding(data: BinaryIO, *, name: str, chosen: str = "") -> Encoding:
    """Settle the encoding of a text file by reading it through once, in pieces. Leaves the file anywhere.

    `chosen` is a codec that a person named: the file is in it, or it is an error.

    Raises:
        InputProblem: the file is empty, no text, not in the encoding chosen, or in none of the ladder.
    """
    data.seek(0)
    head = data.read(4096)
    _refuse_strangers(head, name)
    if chosen:
        return _as_chosen(data, chosen, name)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return _strict(data, codec, name)
    silent = _utf16_without_mark(head)
    if silent:
        return _strict(data, silent, name)
    _refuse_binary(head, name)
    bad = _first_bad_byte(data, "utf-8")
    if bad is None:
        return Encoding("utf-8")
    for codec in FALLBACKS:
        if _first_bad_byte(data, codec) is None:
            return Encoding(codec, (_assumed(data, codec, bad, name),))
    line = _line_number(data, bad)
    raise InputProblem("is in an encoding that cannot be recognised", source=name, line=line, hint=_SAVE_AS)


def read_lines(data: BinaryIO, codec: str, *, name: str) -> Iterator[str]:
    r"""Give the lines of a file from its beginning, line ends (`\n`, `\r\n`, `\r`) kept as they are.

    Raises:
        InputProblem: a line has more than a million characters.
    """
    data.seek(0)
    text = io.TextIOWrapper(data, encoding=codec, newline="")
    try:
        while line := text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise InputProblem("holds a line of more than a million characters: this is no list", source=name)
            yield line
    finally:
        with suppress(ValueError):  # closed already, where a person stopped the reading
            text.detach()  # or the wrapper would close a file that is not its own


def _refuse_strangers(head: bytes, name: str) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InputProblem(
            "is empty", source=name, hint="A list has a line of column names and a line for each person."
        )
    for pattern, what in _STRANGERS:
        if re.match(pattern, head, re.IGNORECASE):
            raise InputProblem(what, source=name, hint=_SAVE_AS)


def _utf16_without_mark(head: bytes) -> str:
    """Name the UTF-16 whose every second byte is NUL, as it is for text in Latin letters; or nothing."""
    half = len(head) // 2
    for offset, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        if half > 8 and head[offset::2].count(0) > 0.7 * half and head[1 - offset :: 2].count(0) < 0.1 * half:
            return codec
    return ""


def _refuse_binary(head: bytes, name: str) -> None:
    control = len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", head))
    if control > 0.05 * len(head) and control > 3:
        raise InputProblem("is neither text nor a spreadsheet that can be opened", source=name, hint=_SAVE_AS)


def _strict(data: BinaryIO, codec: str, name: str) -> Encoding:
    bad = _first_bad_byte(data, codec)
    if bad is not None:
        line = _line_number(data, bad)
        raise InputProblem(f"says that it is {codec.upper()} but is damaged", source=name, line=line, hint=_SAVE_AS)
    return Encoding(codec)


def _as_chosen(data: BinaryIO, codec: str, name: str) -> Encoding:
    bad = _first_bad_byte(data, codec)
    if bad is not None:
        raise InputProblem(f"cannot be read as {codec}", source=name, line=_line_number(data, bad))
    return Encoding(codec)


def _first_bad_byte(data: BinaryIO, codec: str) -> int | None:
    """Decode the whole file in pieces; give the position of the first byte that does not fit, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    data.seek(0)
    at = 0
    while True:
        piece = data.read(PIECE)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            return at - pending + error.start
        if not piece:
            return None
        at += len(piece)


def _line_number(data: BinaryIO, position: int) -> int:
    data.seek(0)
    line, left = 1, position
    while left > 0 and (piece := data.read(min(PIECE, left))):
        line += piece.count(b"\n")
        left -= len(piece)
    return line


def _assumed(data: BinaryIO, codec: str, bad: int, name: str) -> Problem:
    """Say that the encoding is a guess, and show how the first doubtful words read, so that a person can judge."""
    before = min(bad, 40)
    data.seek(bad - before)
    around = data.read(before + 40).decode(codec, "replace")
    left, right = re.split(r"[\r\n;,\t|]", around[:before])[-1], re.split(r"[\r\n;,\t|]", around[before:])[0]
    shown = printable((left + right).strip(' "'))
    return Problem(
        "encoding-assumed",
        f'is not UTF-8; {NAMES[codec]} was assumed, so that this reads "{shown}". If that is wrong, save as CSV UTF-8',
        Severity.WARNING,
        source=name,
        line=_line_number(data, bad),
    )
