"""Edits: bytes of a list with some rows changed, and all others unchanged to the byte.

Owns the kinds of changes (`SetCells`, `RemoveRow`, `AddRow`, `AddColumn`), how the bytes of a delimited file change,
and the check after each change: the new bytes are read like any list, and must give the old rows with exactly these
changes, or the edit is refused. Workbooks are edited in `workbook_edits`. Rows are numbered by `Table.numbered`. A cell
stays as typed: formulas are neutralised only in exports. A delimited file is spliced: unchanged rows are copied as
bytes; a changed or new row is written in the file's dialect, with quotes like the last row's.
Raises `InputProblem`: the format cannot be written back without loss, its encoding cannot hold a text, or the file
would be read differently afterwards.
"""

from __future__ import annotations

import codecs
import csv
import io
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, zip_longest
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.address import Address, printable
from mailer.contacts.files import AS_FOUND, Choices, Dialect, Form
from mailer.contacts.files.table import Table, open_table
from mailer.contacts.meaning.cells import ONE_LINE, find_control
from mailer.contacts.meaning.columns import compact
from mailer.contacts.rows import Layout
from mailer.contacts.values import MEANINGS
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass, field
from mailer.text.encodings import encoding_name

_FORMS: Final = {
    Form.WRAPPED: "a table that was saved as a table a second time",
    Form.PAGE: "a web page",
    Form.CARDS: "an address book in vCard form",
    Form.PASTED: "a line of recipients",
}


class ReadOtherwise(InputProblem):
    """An edit after which the list would not be read as it should be."""

    code = "read-otherwise"


@dataclass(frozen=True, slots=True)
class SetCells:
    """New texts for cells of a data row: `row` from 1, as `Contact.row`; positions of columns from 0."""

    row: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class RemoveRow:
    """Delete a data row."""

    row: int


@dataclass(frozen=True, slots=True)
class AddRow:
    """Add a row below the last data row."""

    cells: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AddColumn:
    """Add a column with this header behind the last one: the first gets the position of the header's width."""

    header: str


Edit: TypeAlias = SetCells | RemoveRow | AddRow | AddColumn


class Added:
    """The rows that are added, made anew on each iteration, since an import may have a hundred thousand."""

    def __init__(self, edits: Iterable[Edit] = ()) -> None:
        """Find them among `edits`, which can be iterated more than once."""
        self._edits = edits
        self._count = sum(isinstance(edit, AddRow) for edit in edits)

    def __len__(self) -> int:
        """Return the number of added rows."""
        return self._count

    def __iter__(self) -> Iterator[dict[int, str]]:
        """Yield their texts by position."""
        return (_stripped(edit.cells) for edit in self._edits if isinstance(edit, AddRow))


@dataclass(frozen=True, slots=True)
class Changes:
    """All edits together: new texts by row and position, removed rows, rows added below the last, new headers."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    added: Added = field(default_factory=Added)
    headers: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, edits: Iterable[Edit]) -> Changes:
        """Combine edits; a row that is removed has no other changes."""
        changes = cls(added=Added(edits))
        for edit in edits:
            if isinstance(edit, SetCells):
                changes.cells.setdefault(edit.row, {}).update(_stripped(edit.cells))
            elif isinstance(edit, RemoveRow):
                changes.removed.add(edit.row)
            elif isinstance(edit, AddColumn):
                changes.headers.append(edit.header.strip())
        for row in changes.removed:
            changes.cells.pop(row, None)
        return changes

    def applied(self, row: int, cells: list[str]) -> list[str]:
        """Return the cells of a row after the changes."""
        return _filled(cells, self.cells[row]) if row in self.cells else cells


def _stripped(cells: Mapping[int, str]) -> dict[int, str]:
    return {position: text.strip() for position, text in cells.items()}


def _filled(cells: list[str], texts: Mapping[int, str]) -> list[str]:
    """Return cells with these texts at their positions, as many as there were or as are filled now."""
    width = max(len(cells), max((at + 1 for at, text in texts.items() if text), default=0))
    return [texts.get(at, cells[at] if at < len(cells) else "") for at in range(width)]


def edit_list(data: bytes, *, name: str, edits: Iterable[Edit], choices: Choices = AS_FOUND) -> bytes:
    """Return the bytes of a list with these changes; every other row keeps its bytes, a changed row its other cells.

    All rows of the edits are numbered as before any edit; edits that change no cell give the same bytes.
    """
    table = open_table(io.BytesIO(data), name=name, choices=choices, may_be_empty=True)
    changes = Changes.of(edits)
    if not (changes.cells or changes.removed or changes.added or changes.headers):
        return data
    if table.raw.form in _FORMS:
        raise InputProblem(f"is {_FORMS[table.raw.form]}, which is only read", source=name, hint=export_hint(name))
    if any(each.code == "encoding-mixed" for each in table.raw.problems):
        raise InputProblem("is in more than one encoding, which is only read", source=name, hint=export_hint(name))
    _check_rows(table, changes)
    if table.raw.form is Form.WORKBOOK:
        from mailer.contacts import workbook_edits  # noqa: PLC0415 - a reader does not wait for openpyxl

        edited = workbook_edits.edit_workbook(data, table, changes)
    else:
        edited = _edit_text(data, table, changes)
    if edited != data:
        _prove(edited, table, changes, choices)
    return edited


def export_hint(name: str) -> str:
    """Return the hint how a list that cannot be written back becomes one that can."""
    stem = name.rpartition(".")[0] or name
    return (
        "A CSV of it can be edited; take the old file out of lists/ then:\n"
        f"mailer lists export {stem} --format csv --output lists/{stem}.csv"
    )


def _check_rows(table: Table, changes: Changes) -> None:
    """Check the edits against the table before anything is written."""
    if changes.headers and table.header_row is None:
        raise InputProblem("has no header, so no column can be added", source=table.name)
    touched = (*changes.cells, *changes.removed)
    rows, furthest, width = 0, max(touched, default=0), len(table.header)
    for row, line, cells in table.rows() if changes.headers or touched else ():
        rows = row
        if changes.headers and any(cells[width:]):
            message = "has more cells than the header, so no column can be added after it; correct this row first"
            raise InputProblem(message, source=table.name, line=line)
        if row == furthest and not changes.headers:
            break
    for row in touched:
        if not 1 <= row <= rows:
            if row > rows and table.raw.others:
                hint = "Change it in a spreadsheet program. To stop mail to a person: mailer optouts add EMAIL"
                raise InputProblem(
                    "has it on a further sheet; only the first can be changed", source=table.name, hint=hint
                )
            raise InputProblem(f"has no row {row}: it has {rows}", source=table.name)


def _prove(edited: bytes, table: Table, changes: Changes, choices: Choices) -> None:
    """Read the new bytes as any list, and check that each row is as expected."""
    line: int | None = None
    try:
        after = open_table(io.BytesIO(edited), name=table.name, choices=choices, may_be_empty=True)
        is_same = _trimmed(after.header) == _trimmed((*table.header, *changes.headers))
        is_same &= (after.header_row is None) == (table.header_row is None)
        rows = (each for each in table.rows() if each[0] not in changes.removed)
        kept = ((line, changes.applied(row, cells)) for row, line, cells in rows)
        added = ((None, _filled([], texts)) for texts in changes.added)
        for expected, found in zip_longest(chain(kept, added), after.rows()) if is_same else ():
            if expected is None or found is None or _trimmed(expected[1]) != _trimmed(found[2]):
                is_same, line = False, expected[0] if expected else None
                break
    except InputProblem:
        is_same = False
    if not is_same:
        raise ReadOtherwise(
            "cannot be changed like this: the list would be read differently afterwards, so it was not changed",
            source=table.name,
            line=line,
            hint="Is a quotation mark missing, a row empty, or a total taken for a person? "
            "mailer lists check shows more.",
        )


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Return cells without the empty ones at the end, and with all line breaks as newlines."""
    kept = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    return kept


# The bytes of a delimited file.

_MARKS: Final = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"), (b"", "utf-8")),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"", "utf-16-le")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (b"", "utf-32-le")),
}


@dataclass(frozen=True, slots=True)
class _RowSpan:
    """The position of a row: its line (from 1), its bytes from `start` to `end`; and its cells as read."""

    line: int
    start: int
    end: int
    cells: list[str]


def _edit_text(data: bytes, table: Table, changes: Changes) -> bytes:
    named = table.raw.encoding or "utf-8"
    marks = _MARKS.get(codecs.lookup(named).name, ((b"", named),))
    mark, codec = next(each for each in marks if data.startswith(each[0]))
    data = data[len(mark) :]
    starts = _line_starts(data, codec)
    dialect = table.raw.dialect or Dialect(",")
    header: _RowSpan | None = None
    last: _RowSpan | None = None
    splices: list[tuple[int, int, int, list[str], str]] = []  # from, to, line, the new cells, the new text

    def row_text(span: _RowSpan) -> tuple[str, str]:
        """Return the text of a row, and its line end, which a file's last row may not have."""
        text = data[span.start : span.end].decode(codec)
        end = _line_end(text)
        return text.removesuffix(end), end

    def render(cells: list[str], *, like: _RowSpan) -> str:
        """Return the text of a row, with all cells quoted if an existing row is written in this way."""
        return _write_row(cells, dialect, quoted=_write_row(like.cells, dialect, quoted=True) == row_text(like)[0])

    rows = chain(table.numbered(), [(0, len(starts), list[str]())])
    for number, ((row, line, cells), (_, next_line, _)) in enumerate(pairwise(rows)):
        if not row and number != table.header_row:
            continue
        last = _RowSpan(line, starts[line - 1], starts[next_line - 1], cells)
        header = header if row else last
        new = changes.applied(row, cells)
        if row in changes.removed:
            splices.append((last.start, last.end, line, [], ""))
        elif row and new != cells:
            splices.append((last.start, last.end, line, new, render(new, like=last) + row_text(last)[1]))
    if changes.headers and header is not None:
        at = header.end - len(row_text(header)[1].encode(codec))
        more = render([*header.cells, *changes.headers], like=header)[len(render(header.cells, like=header)) :]
        splices.append((at, at, header.line, changes.headers, more))
    if changes.added and last is not None:
        width = max(len(table.header) + len(changes.headers), len(last.cells))
        line_end = row_text(last)[1]
        is_gone = last.start in {start for start, _, _, new, _ in splices if not new}
        more_rows: list[str] = []
        for number, texts in enumerate(changes.added):
            text = render(_filled([""] * width, texts), like=last) + line_end
            if not line_end and (number or not is_gone):
                # the file still ends without a line end; a row that is removed leaves the one before it
                before = starts[starts.index(last.start) - 1] if last.start else 0
                text = (_line_end(data[before : last.start].decode(codec)) or "\r\n") + text
            more_rows.append(text)
        splices.append((last.end, last.end, last.line + 1, [], "".join(more_rows)))
    parts, at = [mark], 0
    for start, end, line, cells, text in sorted(splices, key=lambda each: each[:2]):
        try:
            parts += [data[at:start], text.encode(codec)]
        except UnicodeEncodeError as error:
            sign = text[error.start]
            new_cells = cells or chain.from_iterable(each.values() for each in changes.added)
            cell = next((f' of "{printable(cell)}"' for cell in new_cells if sign in cell), "")
            message = f'is in {encoding_name(codec)}, which has no sign for "{printable(sign)}"{cell}'
            raise InputProblem(message, source=table.name, line=line, hint=export_hint(table.name)) from None
        at = end
    return b"".join([*parts, data[at:]])


def _line_end(text: str) -> str:
    return next((end for end in ("\r\n", "\n", "\r") if text.endswith(end)), "")


def _line_starts(data: bytes, codec: str) -> array[int]:
    r"""Return the byte where each line starts, and at the end the length: lines end with `\n`, `\r\n` or `\r`."""
    width = len("\n".encode(codec))
    carriage, feed = re.escape("\r".encode(codec)), re.escape("\n".encode(codec))
    pattern = re.compile(b"%b(?:%b)?|%b" % (carriage, feed, feed))
    starts = array("Q", [0])
    at = 0
    while found := pattern.search(data, at):
        if found.start() % width:  # halves of two characters that look like a line end
            at = found.start() + 1
            continue
        at = found.end()
        starts.append(at)
    if starts[-1] != len(data):
        starts.append(len(data))
    return starts


def _write_row(cells: Sequence[str], dialect: Dialect, *, quoted: bool) -> str:
    """Return cells as a row without its line end: all of them quoted, or only those that need it."""
    page = io.StringIO(newline="")
    csv.writer(
        page,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL,
    ).writerow(cells)
    return page.getvalue().removesuffix("\r\n")


# Filling: which column of a list a text goes to, by its name (its header, a meaning, a merge field), and what its cells
# may contain.

_FULL_NAME: Final = "name"


def find_column(layout: Layout, word: str) -> int | None:
    """Return the position of a column by its header, a meaning, a merge field, a similar header, else by its number."""
    wanted, like = word.strip().casefold(), compact(word)
    headers = [cell.strip().casefold() for cell in layout.header]
    if wanted not in headers and wanted in layout.columns:
        return layout.columns[wanted]
    for name, names in ((wanted, headers), (wanted, layout.fields), (like, [compact(cell) for cell in layout.header])):
        if name and name in names:
            return names.index(name)
    if layout.header_row is None and wanted.isdecimal() and 1 <= int(wanted) <= len(layout.fields):
        return int(wanted) - 1
    return None


def column_hint(layout: Layout, word: str) -> str:
    """Return `; did you mean "outlet"?`, or how to give a full name to a list with first and last names."""
    if word == _FULL_NAME and {"first_name", "last_name"} <= set(layout.columns):
        return '; it has "first_name" and "last_name"'
    return did_you_mean(word, [*filter(None, (cell.strip() for cell in layout.header)), *layout.columns])


def check_text(word: str, text: str) -> None:
    """Raise InputProblem for a text that would break a mail or a table."""
    control = find_control((text,), frozenset({0}) if word in ONE_LINE else frozenset())
    if control:
        raise InputProblem(f"{printable(word)}: the text has {control[1]}, which a cell may not have")


def fill(layout: Layout, texts: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """Return the cells for these texts, given by column or meaning, and the words without a column."""
    cells: dict[int, str] = {}
    without: list[str] = []
    meanings = layout.meanings
    for word, text in texts.items():
        position = find_column(layout, word)
        check_text(word if position is None else meanings.get(position, word), text)
        if meanings.get(-1 if position is None else position) == "email":
            raise InputProblem(f'"{printable(word)}" is the column of the address', hint="--set email=… changes it.")
        parts = text.split()
        if position is not None:
            cells[position] = text
        elif word == _FULL_NAME and len(parts) == 2 and {"first_name", "last_name"} <= set(layout.columns):
            cells[layout.columns["first_name"]], cells[layout.columns["last_name"]] = parts
        else:
            without.append(word)
    return cells, without


def new_header(word: str) -> str:
    """Return the header of a column that is added for this word."""
    check_text("name", word)
    if not word.strip() or "@" in word:
        raise InputProblem(f'"{printable(word)}" is not a valid column name')
    return word.strip()


def other_address(cell: str, old: Address, typed: str, new: Address) -> str:
    """Return an address cell with the new address instead of the old one; the text around it stays."""
    for text in (typed.strip(), str(old)):
        at = cell.casefold().find(text.casefold()) if text else -1
        if at >= 0 and len(cell.casefold()) == len(cell):
            return f"{cell[:at]}{new}{cell[at + len(text) :]}"
    return str(new)


def known_words(layouts: Sequence[Layout]) -> list[str]:
    """Return all names of columns of these lists, and of new ones."""
    headers = [cell.strip() for layout in layouts for cell in layout.header if cell.strip()]
    return [*headers, *MEANINGS]
