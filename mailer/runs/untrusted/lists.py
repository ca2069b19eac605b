"""Lists: reads and edits workbooks, pages, archives of opt-outs and anything large in the sandbox.

Owns the limits, which grow with the file, and the temporary file that holds the rows while they are used: it has no
name, is in memory if it is small, and is gone after the last use of the list. A list of a million rows takes no memory
here, and is read once. Small texts are read in this process, since their readers are linear and a child process takes
time to start.
Raises `InputProblem`, of which `ParseStopped` is one.
"""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from io import BufferedReader
from itertools import chain
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, TypeAlias

from mailer.contacts import edits as list_edits
from mailer.contacts import suppression_files
from mailer.contacts.edits import Edit
from mailer.contacts.files import AS_FOUND, Choices, RawRow, RawTable, Tell
from mailer.contacts.files.markup import Page, TableRow, is_markup, read_tables
from mailer.contacts.files.table import HEAD, ListData, Text, read_in_batches
from mailer.contacts.files.workbook import Batch, Sheet, SheetHead, Workbook, is_workbook, read_workbook
from mailer.contacts.suppression_files import Entry, is_plain
from mailer.errors import InputProblem
from mailer.sandbox import SANDBOX, Limits
from mailer.text.encodings import Encoding, read_pieces
from mailer.workspace import MAX_LIST_BYTES

_LARGE: Final = 1_000_000  # bytes
_IN_MEMORY: Final = 1_000_000  # bytes of a file, or of each sheet of a workbook
_SECONDS: Final = 30
_SECONDS_A_MB: Final = 2
_MEMORY_MB: Final = 1024
_MEMORY_A_MB: Final = 32  # MB for each MB of the file
_EDITING: Final = 4  # times the limit for reading

# Called while a file is read, with the number of bytes read and the total.
Watch: TypeAlias = Callable[[int, int], None]


class _Rows:
    """Batches of rows, kept in order; `watch` is called with the progress of each iteration.

    The spooled file is in memory while it is small, and is closed when nothing refers to this object any more.
    """

    def __init__(self, size: int = 0, watch: Watch | None = None) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the finalizer
        self._offsets: list[int] = []
        self._size, self._watch = size, watch
        weakref.finalize(self, self._file.close)

    def add(self, batch: Sequence[Any] | bytes) -> None:
        """Add the next batch, which may be pickled already."""
        self._offsets.append(self._file.seek(0, 2))
        self._file.write(batch if isinstance(batch, bytes) else pickle.dumps(batch, protocol=5))

    def __iter__(self) -> Iterator[Any]:
        for number, offset in enumerate(self._offsets, start=1):
            self._file.seek(offset)
            yield pickle.load(self._file)  # noqa: S301 - written above
            if self._watch is not None:
                self._watch(self._size * number // len(self._offsets), self._size)


def unpack(data: BinaryIO, *, name: str, watch: Watch | None = None) -> ListData:
    """Return a small text as it is, a workbook that was read, or a page or text to be read with its choices.

    `watch` is called with the progress of a file that is read in the sandbox. Raises InputProblem if it is a workbook
    that cannot be opened, or not within its limits.
    """
    data.seek(0)
    head = data.read(HEAD)
    if is_workbook(head):
        return _workbook(_content(data), name, watch)
    if is_markup(head):
        return _page(data, name, watch)
    return _text(data, name, watch) if data.seek(0, 2) > _LARGE else data


def open_file(path: Path, shown: str) -> BufferedReader:
    """Open a list, or another tool's file of addresses, that is not larger than a list may be; `shown` is its name."""
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise InputProblem(f"is larger than {MAX_LIST_BYTES / 1e6:.0f} MB", source=shown)
        return path.open("rb")
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=shown) from None


def edit_list(data: bytes, *, name: str, edits: Iterable[Edit], choices: Choices = AS_FOUND) -> bytes:
    """Edit a list as `contacts.edits.edit_list` does."""
    if len(data) <= _LARGE and not is_workbook(data) and not is_markup(data[:HEAD]):
        return list_edits.edit_list(data, name=name, edits=edits, choices=choices)
    function, limits = list_edits.edit_list, _limits(data)
    if is_workbook(data):  # openpyxl makes an object of every cell, and saves twice
        limits = Limits(limits.seconds * _EDITING, limits.megabytes * 2)
    return SANDBOX.call(limits, name, function, data, name=name, edits=edits, choices=choices)


def read_suppressions(data: BinaryIO, *, name: str, format_: str, default: str) -> tuple[str, Iterator[Entry]]:
    """Return the format of an opt-out file, and what `contacts.suppression_files` reads in it."""
    data.seek(0)
    if is_plain(data.read(HEAD)) and data.seek(0, 2) <= _LARGE:
        return suppression_files.read_suppressions(data, name=name, format_=format_, default=default)
    formats: list[str] = []
    batches = _Rows()

    def take(each: str | bytes) -> None:
        if isinstance(each, str):
            formats.append(each)
        else:
            batches.add(each)

    content, function = _content(data), suppression_files.read_packed
    SANDBOX.stream(_limits(content), name, take, function, content, name=name, format_=format_, default=default)
    return formats[0], chain.from_iterable(batches)


def _content(data: BinaryIO) -> bytes:
    data.seek(0)
    return data.read()


def _limits(content: bytes) -> Limits:
    size = len(content) // 1_000_000
    return Limits(_SECONDS + _SECONDS_A_MB * size, _MEMORY_MB + _MEMORY_A_MB * size)


def _page(data: BinaryIO, name: str, watch: Watch | None) -> Page:
    known: dict[tuple[str, str], _Rows] = {}

    def read(encoding: Encoding) -> Iterator[TableRow]:
        key = encoding.codec, encoding.errors
        if key not in known:
            content = _content(data)
            batches = _Rows(len(content), watch)
            SANDBOX.stream(_limits(content), name, batches.add, read_tables, "".join(read_pieces(data, encoding)))
            known[key] = batches
        return chain.from_iterable(known[key])

    return Page(data, read)


def _text(data: BinaryIO, name: str, watch: Watch | None) -> Text:
    known: dict[tuple[object, ...], RawTable] = {}

    def read(choices: Choices) -> RawTable:
        key = (choices.encoding, choices.delimiter, choices.header_row, *choices.columns.items())
        if key not in known:
            content = _content(data)
            heads: list[RawTable] = []
            batches = _Rows(len(content), watch)

            def take(each: RawTable | bytes) -> None:
                if isinstance(each, RawTable):
                    heads.append(each)
                else:
                    batches.add(each)

            SANDBOX.stream(_limits(content), name, take, read_in_batches, content, name=name, choices=choices)

            def rows(tell: Tell) -> Iterator[RawRow]:
                for problems, batch in batches:
                    for problem in problems:
                        tell(problem)
                    yield from batch

            known[key] = replace(heads[0], rows=rows)
        return known[key]

    return Text(read)


def _workbook(content: bytes, name: str, watch: Watch | None) -> Workbook:
    read: list[tuple[SheetHead, _Rows]] = []

    def take(each: SheetHead | Batch) -> None:
        if isinstance(each, SheetHead):
            read.append((each, _Rows(len(content), watch)))
        else:
            read[-1][1].add(each)

    SANDBOX.stream(_limits(content), name, take, read_workbook, content, name=name)
    return Workbook(tuple(Sheet(head, batches) for head, batches in read))
