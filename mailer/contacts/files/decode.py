"""Decode: the bytes of a list to lines of text, a piece at a time.

Owns the ladder of encodings (byte-order mark, UTF-16 by its NULs, ISO-2022-JP by its escapes, UTF-8, then what `guess`
finds likeliest, which is said to be assumed and shown with lines that depend on it) and the recognition of files that
are no table at all. Never parses cells (`delimited` does), never holds the file: a first pass in pieces settles the
encoding, later passes read line by line.
Raises `InputProblem`: empty, not text, no known encoding, a line without an end.
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
from mailer.contacts.files.guess import NAMES, guess_codec
from mailer.errors import InputProblem, Problem, Severity

PIECE: Final = 1 << 20
LONGEST_LINE: Final = 1_000_000  # characters; a person's row has hundreds
EXAMPLES: Final = 5
_SAMPLE_BYTES: Final = 24_000

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_AS_WINDOWS: Final = "mailer-windows"
_JAPANESE_ESCAPE: Final = re.compile(rb"\x1b\$[@B]")
_SAVE_AS: Final = "Open it in the spreadsheet program and save it as CSV (UTF-8) or XLSX."
# What people hand over by mistake, by how it begins.
_STRANGERS: Final = (
    (rb"%PDF", "is a PDF, not a spreadsheet"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "is a picture"),
    (rb"\{\\rtf", "is a text document (RTF)"),
    (rb"(version: ?1\s+)?dn::? \S", "is an address book in LDIF form; export it as vCard or CSV"),
    (rb"\s*(\[\s*)?\{\s*[\"\}]", "is JSON, no spreadsheet"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec by Python's name, and the problems to tell: a warning where it was only assumed.

    `examples` are then the first lines that read otherwise in another encoding, with their numbers. `errors` is the
    handler by which a file of mixed encodings is read.
    """

    codec: str
    problems: tuple[Problem, ...] = ()
    examples: tuple[tuple[int, str], ...] = ()
    errors: str = "strict"


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
    if _JAPANESE_ESCAPE.search(head) and head.isascii() and _first_bad_byte(data, "iso2022_jp") is None:
        return Encoding("iso2022_jp")
    _refuse_binary(head, name)
    bad = _first_bad_byte(data, "utf-8")
    return Encoding("utf-8") if bad is None else _guessed(data, name)


def read_lines(data: BinaryIO, encoding: Encoding, *, name: str) -> Iterator[str]:
    r"""Give the lines of a file from its beginning, line ends (`\n`, `\r\n`, `\r`) kept as they are.

    Raises:
        InputProblem: a line has more than a million characters.
    """
    data.seek(0)
    text = io.TextIOWrapper(data, encoding=encoding.codec, errors=encoding.errors, newline="")
    try:
        while line := text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise InputProblem("holds a line of more than a million characters: this is no list", source=name)
            yield line
    finally:
        with suppress(ValueError):  # closed already, where a person stopped the reading
            text.detach()  # or the wrapper would close a file that is not its own


def read_pieces(data: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """Give the text of a file from its beginning in pieces, where lines are not what counts."""
    data.seek(0)
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    while piece := data.read(PIECE):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _refuse_strangers(head: bytes, name: str) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InputProblem(
            "is empty", source=name, hint="A list has a line of column names and a line for each person."
        )
    for pattern, what in _STRANGERS:
        if re.match(pattern, head, re.IGNORECASE):
            raise InputProblem(what, source=name, hint=_SAVE_AS)


def _utf16_without_mark(head: bytes) -> str:
    """Name the UTF-16 in which a list has its line ends, delimiters and @-signs, whatever its script; or nothing."""
    if head.count(0) < 4:
        return ""
    even = head[: len(head) // 2 * 2]
    found = {codec: _signs_of_a_list(even.decode(codec, "replace")) for codec in ("utf-16-le", "utf-16-be")}
    likeliest = max(found, key=lambda codec: found[codec])
    return likeliest if found[likeliest] > 0 else ""


def _signs_of_a_list(text: str) -> int:
    return sum(map(text.count, "@.,;\t\n\r")) - 10 * text.count("\0")


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


def _guessed(data: BinaryIO, name: str) -> Encoding:
    """Take the likeliest of the old encodings that can read the whole file; say so, and show what depends on it."""
    lines = _telling_lines(data)
    broken = [(number, line) for number, line in lines if not _is_utf8(line)]
    if len(lines) >= 2 * len(broken):  # words of another encoding are hardly ever valid UTF-8
        return Encoding("utf-8", (_mixed(broken, name),), errors=_AS_WINDOWS)
    ranked = guess_codec(b"\n".join(line for _, line in lines))
    spoken = [codec for codec, score in ranked if score > 0]
    for codec in (*spoken, "cp1252"):
        if _first_bad_byte(data, codec) is None:
            shown = tuple((number, line.decode(codec, "replace").strip()) for number, line in lines[:EXAMPLES])
            return Encoding(codec, (_assumed(codec, shown[0], name),), shown)
    hint = f"{_SAVE_AS} Or name it: --encoding NAME"
    raise InputProblem("is in an encoding that cannot be recognised", source=name, line=broken[0][0], hint=hint)


def _is_utf8(line: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        return bool(line.decode() or True)
    return False


def _telling_lines(data: BinaryIO) -> list[tuple[int, bytes]]:
    """Give the first lines with bytes beyond ASCII, with their numbers: by them an encoding is judged."""
    found: list[tuple[int, bytes]] = []
    size, number, rest = 0, 1, b""
    data.seek(0)
    while size < _SAMPLE_BYTES and (piece := data.read(PIECE)):
        *whole, rest = re.split(rb"\r\n|\n|\r", rest + piece)
        for line in whole:
            if size < _SAMPLE_BYTES and not line.isascii():
                found.append((number, line))
                size += len(line)
            number += 1
    if size < _SAMPLE_BYTES and not rest.isascii():
        found.append((number, rest))
    return found


def _assumed(codec: str, example: tuple[int, str], name: str) -> Problem:
    """Say that the encoding is a guess, and show how the first doubtful words read, so that a person can judge."""
    line, text = example
    cells = re.split(r"[;,\t|]", text)
    shown = printable(next((cell for cell in cells if not cell.isascii()), text).strip(' "'))
    return Problem(
        "encoding-assumed",
        f'is not UTF-8; {NAMES.get(codec, codec)} was assumed, so that this reads "{shown}". '
        "If that is wrong, name the right one: --encoding NAME",
        Severity.WARNING,
        source=name,
        line=line,
    )


def _mixed(broken: list[tuple[int, bytes]], name: str) -> Problem:
    number, line = broken[0]
    shown = printable(line.decode("utf-8", _AS_WINDOWS).strip())
    return Problem(
        "encoding-mixed",
        f'is UTF-8 but for some bytes, which were read as Windows-1252, so that this line reads "{shown}"',
        Severity.WARNING,
        source=name,
        line=number,
    )


def _windows(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Windows-1252: a row of another file was pasted there."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_WINDOWS, _windows)
