"""Lists: workbooks are read in the sandbox, and their rows kept in a file while they are used.

Owns the limits, which grow with the file, and the file of rows: it has no name, small ones are in memory, and it ends
with the last use of the workbook. A list of a million rows takes no memory here, and is read from the workbook once.
Raises `InputProblem`, of which `ParseStopped` is one.
"""

from __future__ import annotations

import marshal
import weakref
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Final

from mailer.contacts.files.table import ListData
from mailer.contacts.files.workbook import Batch, Sheet, SheetHead, Workbook, is_workbook, read_workbook
from mailer.sandbox import SANDBOX, Limits

_IN_MEMORY: Final = 8_000_000
_SECONDS: Final = 30
_SECONDS_A_MB: Final = 2
_MEMORY_MB: Final = 1024
_MEMORY_A_MB: Final = 32  # as many MB for each of the file


class _Rows:
    """The file of rows; it is written once, in the order in which rows come."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when nobody has it any more
        weakref.finalize(self, self._file.close)

    def add(self, batch: Batch) -> int:
        """Add a batch, and return where it is."""
        at = self._file.seek(0, 2)
        marshal.dump(batch, self._file)
        return at

    def read(self, at: int) -> Batch:
        """Return a batch."""
        self._file.seek(at)
        found: Batch = marshal.load(self._file)  # noqa: S302 - written above
        return found


class _Batches:
    """The batches of one sheet."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows
        self._places: list[int] = []

    def add(self, batch: Batch) -> None:
        """Add the next."""
        self._places.append(self._rows.add(batch))

    def __iter__(self) -> Iterator[Batch]:
        return map(self._rows.read, self._places)


def unpack(data: ListData, *, name: str) -> ListData:
    """Return a file as it is, or the workbook that it holds.

    Raises:
        InputProblem: it is a workbook, and cannot be opened, or not within its limits.
    """
    if isinstance(data, Workbook):
        return data
    data.seek(0)
    if not is_workbook(data.read(8)):
        return data
    data.seek(0)
    content = data.read()
    rows = _Rows()
    read: list[tuple[SheetHead, _Batches]] = []

    def take(each: SheetHead | Batch) -> None:
        if isinstance(each, SheetHead):
            read.append((each, _Batches(rows)))
        else:
            read[-1][1].add(each)

    size = len(content) // 1_000_000
    limits = Limits(_SECONDS + _SECONDS_A_MB * size, _MEMORY_MB + _MEMORY_A_MB * size)
    SANDBOX.stream(limits, name, take, read_workbook, content, name=name)
    return Workbook(tuple(Sheet(head, batches) for head, batches in read))
