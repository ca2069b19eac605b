"""Index: lists as the desk shows them, in memory, column by column.

Reading a list of a hundred thousand rows takes seconds, and a page must not wait for that. So a list is read once, in a
thread, and kept by the SHA-256 of its file (with the decisions about its columns): a file that has changed is read
again. A few lists are kept, depending on their number of cells; nothing of them is written. Equal texts are one object,
an order of rows is an array of numbers, and filtered and sorted orders are kept, too. The meaning of a row is not
decided here but by `entries()` of the list.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from mailer.address import parse_address
from mailer.contacts.audience import list_columns
from mailer.contacts.files.table import DataRow
from mailer.contacts.folding import fold, plain, plain_german
from mailer.contacts.reading import ListFile
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut
from mailer.contacts.where import make_filter
from mailer.desk.jobs import Job, let_pages_go_first
from mailer.errors import InputProblem
from mailer.frozen import dataclass, replace
from mailer.runs.lists import ReadList, open_list
from mailer.workspace import Workspace

_T = TypeVar("_T")
_AT_ONCE: Final = 128  # rows that are read in a few milliseconds
MOST_FOUND: Final = 500  # rows of a list that are searched for a contact
MOST_CELLS: Final = 12_000_000  # of all lists that are kept: a few hundred megabytes
_MOST_LISTS: Final = 40
_LARGE: Final = 1_000_000  # bytes; larger lists are read one at a time, and no page waits for them
_MOST_KNOWN: Final = 1000
_MOST_ORDERS: Final = 60  # of each list
_SHOWN_VALUES: Final = 12
_FIRST: Final = 30  # columns


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of a list: search words, an expression, only contacts or only rows left out, and the order."""

    find: str = ""
    where: str = ""
    only: str = ""
    sort: int | None = None
    down: bool = False


class BeingRead(InputProblem):
    """A list has not been read yet."""

    code = "being-read"


class ListIndex:
    """A whole list. Rows are numbered from 0 here; users see `row` and `line` of an entry."""

    def __init__(self, list_file: ListFile, sha: str, shown: str, *, most_cells: int, is_long: bool = False) -> None:
        """Read a list to its end; raise InputProblem if it has too many cells."""
        self.sha, self.shown, self.name, self.is_long = sha, shown, list_file.name, is_long
        self.layout, self.choices, self.barred = list_file.layout, list_file.choices, list_file.barred
        self.lines, self.columns = array("Q"), list[list[str]]()
        same: dict[str, str] = {}
        for _, line, cells in self._paced(list_file.rows()):
            for _ in range(len(self.columns), len(cells)):
                self.columns.append([""] * len(self.lines))
            if len(self.columns) * len(self.lines) > most_cells:
                hint = "mailer lists show, find and export work with lists of any size."
                raise InputProblem("is too large to be shown as a table", source=shown, hint=hint)
            for at, column in enumerate(self.columns):
                column.append(same.setdefault(cells[at], cells[at]) if at < len(cells) else "")
            self.lines.append(line)
        self.headers = [self.layout.header_at(at) or f"Column {at + 1}" for at in range(len(self.columns))]
        self.left_out = dict[int, LeftOut]()
        self.remarks = dict[int, str]()
        self.others = dict[int, list[Entry]]()  # a row may name several contacts
        self.fields = dict[str, list[str]]()
        self.contacts = 0
        seen = bytearray(len(self))
        for entry in self._paced(list_file.entries()):
            at = entry.row - 1
            self.contacts += isinstance(entry, Contact)
            if seen[at]:
                self.others.setdefault(at, []).append(entry)
                continue
            seen[at] = 1
            if isinstance(entry, LeftOut):
                self.left_out[at] = entry
                continue
            if entry.remarks:
                self.remarks[at] = ". ".join(each.message for each in entry.remarks)
            for name, value in entry.fields.items():
                if value:
                    column = self.fields.setdefault(name, [])
                    column.extend([""] * (at - len(column)))
                    column.append(same.setdefault(value, value))
        for column in self.fields.values():
            column.extend([""] * (len(self) - len(column)))
        self.found: Sequence[int] = range(len(self))
        self.problems = list_file.problems
        self.where_columns = list_columns(list_file)
        self.texts = [*map(_search_text, self._paced(zip(*self.columns, strict=True)))] if self.columns else []
        self.orders: OrderedDict[object, array[int]] = OrderedDict()
        self.known_values = dict[int, list[tuple[str, int]]]()
        for at in range(min(len(self.columns), _FIRST)):
            self.values(at)  # in advance

    def __len__(self) -> int:
        """Return the number of data rows."""
        return len(self.lines)

    @property
    def cells(self) -> int:
        """Return the number of cells, as a measure of memory."""
        return len(self) * max(1, len(self.columns))

    def row(self, at: int) -> list[str]:
        """Return the cells of a row."""
        return [column[at] for column in self.columns]

    def entry(self, at: int) -> Entry:
        """Return the entry of a row."""
        if found := self.left_out.get(at):
            return found
        fields = dict.fromkeys(MEANINGS, "") | {name: column[at] for name, column in self.fields.items()}
        return Contact(parse_address(fields["email"]), fields, self.name, at + 1, self.lines[at])

    def with_texts(self, sha: str, at: int, texts: Mapping[int, str]) -> ListIndex:
        """Return the list with other texts in a row; their meaning is not known before the list is read again."""
        made = copy(self)
        made.sha, made.columns, made.fields, made.orders = sha, [*self.columns], {**self.fields}, OrderedDict()
        made.texts, made.remarks, made.known_values = [*self.texts], {**self.remarks}, {}
        meanings = self.layout.meanings
        for column, text in texts.items():
            made.columns[column] = [*self.columns[column]]
            made.columns[column][at] = text.strip()
            for name in {self.layout.fields[column], meanings.get(column, "")} & self.fields.keys():
                made.fields[name] = [*self.fields[name]]
                made.fields[name][at] = text.strip()
        made.texts[at] = _search_text(tuple(made.row(at)))
        made.remarks.pop(at, None)
        return made

    def values(self, at: int) -> list[tuple[str, int]]:
        """Return the most frequent values of a column, if any occurs more than once."""
        if at not in self.known_values:
            counts = Counter(self.columns[at])
            del counts[""]
            most = counts.most_common(_SHOWN_VALUES)
            self.known_values[at] = most if most and most[0][1] > 1 else []
        return self.known_values[at]

    def select(self, view: View) -> array[int]:
        """Return the rows to be shown, in order.

        Raises:
            InputProblem: the expression is not valid.
        """
        return self._cached(view, lambda: self._sorted(view))

    def _cached(self, key: object, make: Callable[[], Iterable[int]]) -> array[int]:
        found = self.orders.get(key)
        if found is None:
            found = self.orders[key] = array("I", make())
            if len(self.orders) > _MOST_ORDERS:
                self.orders.popitem(last=False)
        return found

    def _paced(self, items: Iterable[_T]) -> Iterator[_T]:
        for number, item in enumerate(items, 1):
            if self.is_long and number % _AT_ONCE == 0:
                let_pages_go_first()
            yield item

    def sort(self) -> None:
        """Sort by each of the first columns in advance, which takes a second for a long list."""
        for at in range(min(len(self.columns), _FIRST)):
            let_pages_go_first()
            self._cached(at, partial(self._order, at))

    def _sorted(self, view: View) -> Iterable[int]:
        if view.sort is not None:
            among = set(self.select(replace(view, sort=None, down=False)))
            order = self._cached(view.sort, lambda: self._order(view.sort or 0))
            column = self.columns[view.sort]
            found = [at for at in order if at in among] if len(among) < len(self) else list(order)
            filled = [at for at in found if column[at]]
            return [*(reversed(filled) if view.down else filled), *(at for at in found if not column[at])]
        found = list(range(len(self)))
        if view.only:
            found = [at for at in found if (at in self.left_out) is (view.only == "left-out")]
        for term in map(plain, view.find.split()):
            found = [at for at in found if term in self.texts[at]]
        return self._filtered(view.where, found) if view.where.strip() else found

    def _filtered(self, where: str, found: Sequence[int]) -> Iterator[int]:
        test = make_filter(where, [self.where_columns], always=MEANINGS)
        columns = [self.fields.get(name) for name in test.fields]
        known: dict[tuple[str, ...], bool] = {}  # many rows have the same values
        for at in found:
            values = tuple(column[at] if column else "" for column in columns)
            if values not in known:
                known[values] = test.matches(dict(zip(test.fields, values, strict=True)))
            if known[values] and at not in self.left_out:
                yield at

    def _order(self, at: int) -> list[int]:
        column = self.columns[at]
        try:
            numbers = [float(text) if text else 0.0 for text in column]
        except ValueError:
            folded = {text: fold(text) for text in set(column)}
            keys = [folded[text] for text in column]
            return sorted(range(len(column)), key=keys.__getitem__)
        return sorted(range(len(column)), key=numbers.__getitem__)

    # A list that can be searched, as `runs.lists.ReadList`.

    def narrowed(self, find: str) -> ListIndex:
        """Return the list with only the first rows that contain a text."""
        made = copy(self)
        made.found = self.select(View(find=find))[:MOST_FOUND]
        return made

    def rows(self) -> Iterator[DataRow]:
        """Yield the rows."""
        return ((at + 1, self.lines[at], self.row(at)) for at in self.found)

    def entries(self) -> Iterator[Entry]:
        """Yield the entries."""
        for at in self.found:
            yield self.entry(at)
            yield from self.others.get(at, ())


def _search_text(cells: tuple[str, ...]) -> str:
    whole = "\n".join(cells)
    return plain(whole) if whole.isascii() else f"{plain(whole)}\n{plain_german(whole)}"


class Indexes:
    """The lists that were read most recently."""

    def __init__(self, *, most_cells: int = MOST_CELLS) -> None:
        """Keep lists up to so many cells."""
        self._most_cells = most_cells
        self._lock, self._reads = threading.Lock(), threading.Semaphore(1)
        self._readings: OrderedDict[str, Job[ListIndex]] = OrderedDict()
        self._figures: OrderedDict[str, tuple[int, int]] = OrderedDict()  # contacts, rows left out

    def find(self, workspace: Workspace, path: Path, *, wait_s: float) -> ListIndex | None:
        """Return a list as its file is now; None while it is still being read.

        Raises:
            InputProblem: it cannot be read.
        """
        reading = self._begin(workspace, path, *_digests(workspace, path))
        if not reading.is_done(wait_s=min(wait_s, 0.3) if reading.meanwhile else wait_s):
            return reading.meanwhile
        with reading.using() as index:
            return index

    def count(self, workspace: Workspace, path: Path, *, wait_s: float) -> tuple[int, int] | None:
        """Return the number of contacts and of rows left out; None while the list is being read."""
        _, key = _digests(workspace, path)
        if key in self._figures:
            return self._figures[key]
        found = self.find(workspace, path, wait_s=wait_s)
        return (found.contacts, len(found.left_out)) if found is not None else None

    def clear(self) -> None:
        """Forget all lists, because a person was erased from them."""
        with self._lock:
            self._readings.clear()

    def opening(self, workspace: Workspace, find: str) -> Callable[[Path], AbstractContextManager[ReadList]]:
        """Return a function that opens lists for a search, without reading them again."""
        wait_s = page_wait_s(*workspace.lists())

        def opened(path: Path) -> AbstractContextManager[ReadList]:
            found = self.find(workspace, path, wait_s=wait_s)
            if found is None:
                raise BeingRead("is being read; look again in a few seconds", source=workspace.show(path))
            return nullcontext(found.narrowed(find))

        return opened

    def patch(self, workspace: Workspace, path: Path, old: ListIndex, at: int, texts: Mapping[int, str]) -> None:
        """Show a row of a long list with its new texts at once, while the list is read again."""
        if at not in old.left_out and old.layout.columns["email"] not in texts:  # otherwise the result is not known yet
            sha, key = _digests(workspace, path)
            self._begin(workspace, path, sha, key).meanwhile = old.with_texts(sha, at, texts)

    def _begin(self, workspace: Workspace, path: Path, sha: str, key: str) -> Job[ListIndex]:
        with self._lock:
            if key not in self._readings:
                self._readings[key] = Job(lambda _: self._read(workspace, path, sha, key))
            self._readings.move_to_end(key)
            return self._readings[key]

    def _read(self, workspace: Workspace, path: Path, sha: str, key: str) -> ListIndex:
        with self._reads if is_large(path) else nullcontext(), open_list(workspace, path, may_be_empty=True) as found:
            index = ListIndex(found, sha, workspace.show(path), most_cells=self._most_cells, is_long=is_large(path))
        with self._lock:
            self._figures[key] = index.contacts, len(index.left_out)
            if len(self._figures) > _MOST_KNOWN:
                self._figures.popitem(last=False)
            cells = {each: held.value.cells for each, held in self._readings.items() if held.value is not None}
            cells[key] = index.cells
            for each, reading in [*self._readings.items()]:  # the least recently used come first
                is_full = sum(cells.values()) > self._most_cells or len(self._readings) > _MOST_LISTS
                if is_full and each != key and reading.is_done():
                    del self._readings[each]
                    cells.pop(each, None)
        if index.is_long:
            Job(lambda _: index.sort())
        return index


def is_large(*paths: Path, more: int = 0) -> bool:
    """Return whether lists, with `more` bytes, are too large for a page to wait for them."""
    return sum((path.stat().st_size for path in paths if path.is_file()), start=more) > _LARGE


def page_wait_s(*paths: Path) -> float:
    """Return for how many seconds a page waits for work on lists: with small ones, it is done at once."""
    return 0.0 if is_large(*paths) else 1.5


def _digests(workspace: Workspace, path: Path) -> tuple[str, str]:
    """Return the SHA-256 of a list's file, and a key that also covers the decisions about its columns."""
    try:
        with path.open("rb") as file:
            sha = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=workspace.show(path)) from None
    decided = path.parent / ".columns.toml"
    rest = hashlib.sha256(decided.read_bytes() if decided.is_file() else b"").hexdigest()
    return sha, f"{path.name} {sha} {rest}"
