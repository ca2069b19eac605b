"""Text: a text file to the rows of a table, whatever it is that stands in it.

Owns the choice between a delimited table, vCards and a line of recipients. The readers are `delimited`, `vcard` and
`pasted`; `decode` gives the lines.
Raises `InputProblem`: see `decode`, and for `--sheet` where there are no sheets.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from mailer.contacts.choices import Choices
from mailer.contacts.files import decode, delimited, pasted, vcard
from mailer.contacts.files.forms import Form, RawRow, RawTable, Tell

_SAMPLE_LINES: Final = 400


def read_text(data: BinaryIO, *, name: str, choices: Choices) -> RawTable:
    """Read a text file that is a list.

    Raises:
        InputProblem: it is no text, or in no encoding that can be recognised.
    """
    encoding = decode.find_encoding(data, name=name, chosen=choices.encoding)
    problems = decode.encoding_problems(encoding, name)

    def lines() -> Iterator[str]:
        return decode.read_lines(data, encoding, name=name)

    first = list(islice(lines(), _SAMPLE_LINES))
    if vcard.is_vcard(first):
        return RawTable(
            form=Form.CARDS,
            rows=lambda tell: vcard.read_cards(lines(), tell),
            encoding=encoding.codec,
            header=vcard.HEADER,
            problems=problems,
            examples=encoding.examples,
        )
    is_table = bool(choices.delimiter or choices.columns or choices.header_row is not None)
    if not is_table and pasted.is_pasted(first):
        return RawTable(
            form=Form.PASTED,
            rows=lambda _tell: pasted.read_recipients(lines()),
            encoding=encoding.codec,
            header=pasted.HEADER,
            problems=problems,
            examples=encoding.examples,
        )
    given = delimited.separator_line(first[0])
    dialect = delimited.find_dialect(first[1:] if given else first, chosen=choices.delimiter or given)

    def rows(tell: Tell) -> Iterator[RawRow]:
        found = delimited.read_rows(lines(), dialect, tell)
        return ((line, [] if given and line == 1 else cells) for line, cells in found) if given else found

    return RawTable(
        form=Form.WRAPPED if dialect.wrapped else Form.TEXT,
        rows=rows,
        encoding=encoding.codec,
        delimiter=dialect.cell_delimiter,
        manner=dialect,
        problems=problems,
        examples=encoding.examples,
    )
