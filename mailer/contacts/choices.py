"""Choices: what a person says about a list's file, where the file itself leaves it open.

Never guesses; what is not said here (`--encoding`, `--sheet`, `--map`, `lists decide` …) is recognised from the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.text.encodings import check_codec

_NAMED_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "bar": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was said; empty and None mean: recognise it.

    `encoding` is a codec of Python's, `delimiter` one character, `header_row` the row as the spreadsheet shows it (from
    1; 0: there is none). `columns` gives meanings their column: its header, or its number from 1 where there is none.
    `wishes` says of the words of a cell, folded, whether they ask not to be mailed.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    wishes: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no file could be read with, in words for the person who typed it."""
        if self.encoding:
            check_codec(self.encoding)
        object.__setattr__(self, "delimiter", _NAMED_DELIMITERS.get(self.delimiter, self.delimiter))
        if len(self.delimiter) > 1:
            raise InputProblem(f'"{self.delimiter}" is no delimiter: give one character, or comma, semicolon, tab')

    def over(self, remembered: Choices) -> Choices:
        """Return what was said now, and what was said before of all that is not said now."""
        said = {name: getattr(self, name) or getattr(remembered, name) for name in ("encoding", "delimiter", "sheet")}
        return Choices(
            **said,
            header_row=remembered.header_row if self.header_row is None else self.header_row,
            columns={**remembered.columns, **self.columns},
            wishes={**remembered.wishes, **self.wishes},
        )


AS_FOUND: Final = Choices()
