"""Decode: the bytes of a list to lines of text, as `text.encodings` reads them.

Owns the recognition of files that are no table at all, and what a guessed encoding is to a list: a warning that shows
how the words read, because a person looks at the people before they are mailed.
Raises `InputProblem`: empty, not text, no known encoding, a line without an end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from mailer.errors import InputProblem, Problem, Severity
from mailer.text import encodings
from mailer.text.encodings import Encoding, UnreadableText

_SAVE_AS: Final = "Open it in the spreadsheet program and save it as CSV (UTF-8) or XLSX."
# What people hand over by mistake, by how it begins.
_STRANGERS: Final = (
    (rb"%PDF", "is a PDF, not a spreadsheet"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "is a picture"),
    (rb"\{\\rtf", "is a text document (RTF)"),
    (rb"(version: ?1\s+)?dn::? \S", "is an address book in LDIF form; export it as vCard or CSV"),
    (rb"\s*(\[\s*)?\{\s*[\"\}]", "is JSON, no spreadsheet"),
)


def find_encoding(data: BinaryIO, *, name: str, chosen: str = "", declared: str = "") -> Encoding:
    """Settle the encoding of a list by reading it through once, in pieces. Leaves the file anywhere.

    Raises:
        InputProblem: the file is empty, no text, not in the encoding chosen, or in none that is known.
    """
    data.seek(0)
    head = data.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InputProblem(
            "is empty", source=name, hint="A list has a line of column names and a line for each person."
        )
    for pattern, what in _STRANGERS:
        if re.match(pattern, head, re.IGNORECASE):
            raise InputProblem(what, source=name, hint=_SAVE_AS)
    try:
        return encodings.find_encoding(data, chosen=chosen, declared=declared)
    except UnreadableText as error:
        hint = f"{_SAVE_AS} Or name its encoding: --encoding NAME"
        raise InputProblem(str(error), source=name, line=error.line, hint=hint) from None


def encoding_problems(encoding: Encoding, name: str) -> tuple[Problem, ...]:
    """Return what a person should look at where the encoding was guessed."""
    doubt = encoding.doubt
    if doubt is None:
        return ()
    code = "encoding-mixed" if doubt.is_mixed else "encoding-assumed"
    taken = "" if doubt.is_sure or doubt.is_mixed else ". Until then the first is taken"
    return (Problem(code, doubt.message + taken, Severity.WARNING, source=name, line=doubt.line),)


def read_lines(data: BinaryIO, encoding: Encoding, *, name: str) -> Iterator[str]:
    """Yield the lines of a list from its beginning, line ends kept as they are.

    Raises:
        InputProblem: a line has more than a million characters.
    """
    try:
        yield from encodings.read_lines(data, encoding)
    except UnreadableText as error:
        raise InputProblem(f"{error}: this is no list", source=name) from None
