"""Workbook edits: XLSX bytes with some rows of the list's sheet changed, and all else as it was.

Owns what the rest of a workbook must know of such a change: tables and named ranges keep their rows, a link goes where
its text says, and a text that no cell shows any more leaves the strings that the sheets share (a person who was removed
is in none of the parts). All other parts are copied as they are, so charts, images, macros, styles and rules stay. What
could not be kept right for certain is refused, with what it is. ECMA-376 part 1.
Raises `InputProblem`.
Gaps: a time of day is written as text; the removal of a row is refused beside comments or images, also where theirs
would not move.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Final

from mailer.contacts.edits.elements import Element, Patch, escaped, find_elements, patched, with_attributes
from mailer.contacts.edits.ranges import Move, cell_place, column_name
from mailer.contacts.edits.text_edits import Changes, export_hint
from mailer.contacts.files.table import Table
from mailer.errors import InputProblem

_MOVES: Final = frozenset({"table", "hyperlink", "printerSettings", "customProperty"})
_WORDS: Final = {
    "comments": "comments",
    "threadedComment": "comments",
    "vmlDrawing": "comments or controls",
    "drawing": "images or charts",
    "pivotTable": "a pivot table",
    "queryTable": "a query",
    "ctrlProp": "controls",
    "slicer": "slicers",
}
_FORMULA: Final = re.compile(rb"<(?:[\w.-]+:)?c\s[^<>]*>\s*<(?:[\w.-]+:)?f[\s>/]")
_SHARED: Final = re.compile(rb"""<(?:[\w.-]+:)?c\s[^<>]*\bt=["']s["'][^<>]*>\s*<(?:[\w.-]+:)?v>\s*(\d+)\s*<""")


def edit_workbook(data: bytes, table: Table, changes: Changes) -> bytes:
    """Return the bytes of a workbook with these changes.

    Raises:
        InputProblem: it is no XLSX, or something in it would be lost or wrong afterwards.
    """
    try:
        return _Workbook(data, table, changes).result()
    except InputProblem as problem:
        hint = f"It can be done in the spreadsheet program. {export_hint(table.name)}"
        raise InputProblem(problem.message, source=table.name, line=problem.line, hint=hint) from None


class _Workbook:
    def __init__(self, data: bytes, table: Table, changes: Changes) -> None:
        self._data = data
        self._package = Package(data)
        self._table = table
        self._changes = changes
        self._sheet_name = table.sheet or ""
        self._book, self._sheet = self._find_sheet()
        properties = find_elements(self._package.read(self._book), {"workbookPr"})
        self._counts_from_1904 = any(each.attributes.get("date1904") in {"1", "true"} for each in properties)

    def _find_sheet(self) -> tuple[str, str]:
        book = next((each.target for each in self._package.relations("") if each.kind == "officeDocument"), "")
        relations = {each.id: each.target for each in self._package.relations(book)}
        for each in find_elements(self._package.read(book) or b"<none/>", {"sheet"}):
            if each.attributes.get("name") == self._sheet_name:
                relation = next((value for key, value in each.attributes.items() if key.endswith(":id")), "")
                return book, relations.get(relation, "")
        raise InputProblem(f'has no sheet "{self._sheet_name}" that can be found in its parts')

    def result(self) -> bytes:
        plan = self._plan()
        if not (plan.cells or plan.added or plan.move.removed):
            return self._data
        if plan.move.moves or plan.move.removed:
            self._refuse_what_cannot_move()
        edited = edit_sheet(self._package.read(self._sheet), plan)
        self._package.put(self._sheet, without_empty_holders(edited.data))
        if plan.added or plan.move.removed:
            self._move_tables(plan.move)
            self._move_names(plan.move)
        self._relink(edited)
        self._forget_strings(edited)
        return self._package.result()

    def _plan(self) -> SheetChanges:
        """Put the changes by data row into rows of the sheet."""
        header = 0 if self._table.header_row is None else self._table.header_row + 1
        cells: dict[int, dict[int, str]] = {}
        old: dict[int, list[str]] = {}
        removed: list[int] = []
        last, last_texts, is_filled_below = header, list[str](), False
        for row, line, texts in self._table.numbered():
            if not row:
                is_filled_below |= line > last and any(texts)
                continue
            last, last_texts, is_filled_below = line, texts, False
            if row in self._changes.removed:
                removed.append(line)
            new = _different(self._changes.cells.get(row, {}), texts)
            if new:
                cells[line], old[line] = new, texts
        width = len(self._table.header)
        if self._changes.headers:
            cells[header] = dict(enumerate(self._changes.headers, start=width))
        tail = (len(self._changes.added) if is_filled_below else 0) - len(removed)
        return SheetChanges(
            name=self._sheet_name,
            cells=cells,
            old={header: [], **{line: self._known_days(texts) for line, texts in {**old, last: last_texts}.items()}},
            added=self._changes.added,
            header=header,
            above=last,
            move=Move(tuple(removed), last, len(self._changes.added), tail),
        )

    def _known_days(self, texts: Sequence[str]) -> list[str]:
        """Take out days that are counted from 1904, as old workbooks of a Mac do: theirs are written as text."""
        if not self._counts_from_1904:
            return list(texts)
        return ["" if DATE.fullmatch(text) else text for text in texts]

    def _refuse_what_cannot_move(self) -> None:
        for each in self._package.relations(self._sheet):
            if each.kind not in _MOVES:
                raise InputProblem(f"has {_WORDS.get(each.kind, each.kind)}, which would stand at other rows then")
        for name in sorted(self._package.names):
            if name.startswith("xl/worksheets/") and _FORMULA.search(self._package.read(name)):
                raise InputProblem("has formulas, which would belong to other rows then")
            if name.startswith(("xl/charts/", "xl/pivotCache/")) and self._names_sheet(self._package.read(name)):
                what = "a chart" if "chart" in name else "a pivot table"
                raise InputProblem(f"has {what} of these rows, which would show others then")

    def _names_sheet(self, part: bytes) -> bool:
        return escaped(self._sheet_name).encode() in part

    def _move_tables(self, move: Move) -> None:
        for each in self._package.relations(self._sheet):
            if each.kind != "table":
                continue
            part = self._package.read(each.target)
            found = find_elements(part, {"table", "autoFilter", "sortState", "sortCondition"})
            patches = [Patch(one.start, one.opened, _moved_tag(part, one, move)) for one in found]
            self._package.put(each.target, patched(part, patches))

    def _move_names(self, move: Move) -> None:
        """Let named ranges (also those of filters and of what is printed) keep their rows."""
        name = escaped(self._sheet_name)
        quoted = re.escape("'" + name.replace("'", "''") + "'!")
        pattern = re.compile(rf"((?:{quoted}|(?<![\w.']){re.escape(name)}!))(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")
        part = self._package.read(self._book)
        patches: list[Patch] = []
        for each in find_elements(part, {"definedName"}):
            end = part.rfind(b"</", each.opened, each.end)
            if end < 0:
                continue
            old = part[each.opened : end].decode()
            new = pattern.sub(lambda found: found[1] + self._moved_name(found[2], move), old)
            if new != old:
                patches.append(Patch(each.opened, end, new.encode()))
        if patches:
            self._package.put(self._book, patched(part, patches))

    def _moved_name(self, reference: str, move: Move) -> str:
        moved = move.range(reference, grows=True)
        if moved is None:
            raise InputProblem("has a name for rows that would be gone")
        return moved

    def _relink(self, edited: EditedSheet) -> None:
        """Let the link behind a cell go where its new text says; take out links whose row is gone."""
        if not edited.relinked and not edited.unlinked:
            return
        name = relations_of(self._sheet)
        part = self._package.read(name)
        left = {value for _, value in _relation_ids(self._package.read(self._sheet))}
        patches: list[Patch] = []
        for each in find_elements(part, {"Relationship"}):
            relation = each.attributes.get("Id", "")
            if relation in edited.unlinked and relation not in left:
                patches.append(Patch(each.start, each.end, b""))
            elif relation in edited.relinked and each.attributes.get("Target", "").lower().startswith("mailto:"):
                target = {"Target": f"mailto:{edited.relinked[relation]}"}
                patches.append(Patch(each.start, each.opened, with_attributes(part, each, target)))
        self._package.put(name, patched(part, patches))

    def _forget_strings(self, edited: EditedSheet) -> None:
        """Empty the shared strings that no cell shows any more; their numbers stay, as others count on them."""
        sheets = [name for name in self._package.names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        shown = {int(number) for name in sheets for number in _SHARED.findall(self._package.read(name))}
        freed = edited.freed - shown
        target = next((each.target for each in self._package.relations(self._book) if each.kind == "sharedStrings"), "")
        part = self._package.read(target) if freed else b""
        if not part:
            return
        texts = find_elements(part, {"si"})
        empty = {number: texts[number] for number in freed if number < len(texts)}
        patches = [Patch(si.start, si.end, f"<{si.tag}><{si.prefix}t/></{si.tag}>".encode()) for si in empty.values()]
        self._package.put(target, patched(part, patches))


def _different(texts: Mapping[int, str], old: Sequence[str]) -> dict[int, str]:
    return {at: text for at, text in texts.items() if text != (old[at] if at < len(old) else "")}


def _moved_tag(part: bytes, element: Element, move: Move) -> bytes:
    """Return the start tag of a table or its filter with its rows as they are then: a header and a row at least."""
    old = element.attributes.get("ref", "")
    first = old.partition(":")[0]
    top = cell_place(first)
    new = move.ranges(old, grows=element.name in {"table", "autoFilter"}) or old
    end = cell_place(new.rpartition(":")[2])
    if element.name in {"table", "autoFilter"} and top and end and end[0] <= top[0]:
        new = f"{first}:{column_name(end[1])}{top[0] + 1}"
    return with_attributes(part, element, {"ref": new})


def _relation_ids(sheet: bytes) -> Iterator[tuple[str, str]]:
    for each in find_elements(sheet, {"hyperlink"}):
        yield from ((key, value) for key, value in each.attributes.items() if key.endswith(":id"))


# Package: the parts of an XLSX file, of which some are replaced and all others copied as they are.

LARGEST: Final = 500_000_000  # bytes of one part, unpacked
_OLE: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Relation:
    """How one part names another: its id, kind (the last word of its type), and the part or, outside, the target."""

    id: str
    kind: str
    target: str
    is_outside: bool


class Package:
    """An XLSX file that is being changed."""

    def __init__(self, data: bytes) -> None:
        """Open it.

        Raises:
            InputProblem: it is an old workbook (XLS), an ODS or a binary one, signed, or damaged.
        """
        if data.startswith(_OLE):
            raise InputProblem("is an XLS workbook, which cannot be written back")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except zipfile.BadZipFile as error:
            raise InputProblem(f"is damaged: {error}") from None
        self._infos = self._zip.infolist()
        self._new: dict[str, bytes] = {}
        self.names = frozenset(info.filename for info in self._infos)
        if "mimetype" in self.names:
            raise InputProblem("is an ODS workbook, which cannot be written back")
        if "[Content_Types].xml" not in self.names or any(name.endswith("workbook.bin") for name in self.names):
            raise InputProblem("is a workbook of another kind than XLSX, which cannot be written back")
        if any(name.startswith("_xmlsignatures/") for name in self.names):
            raise InputProblem("is signed; a change would break the signature")
        if len(self.names) != len(self._infos):
            raise InputProblem("has two parts of one name, so it cannot be written back")

    def read(self, name: str) -> bytes:
        """Return a part as it is by now; nothing where there is none.

        Raises:
            InputProblem: it is damaged, or too large.
        """
        if name in self._new:
            return self._new[name]
        if name not in self.names:
            return b""
        try:
            if self._zip.getinfo(name).file_size > LARGEST:
                raise InputProblem(f"has a part of more than {LARGEST // 1_000_000} MB")
            return self._zip.read(name)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
            raise InputProblem(f"is damaged: {error}") from None

    def put(self, name: str, data: bytes) -> None:
        """Replace a part."""
        self._new[name] = data

    def relations(self, name: str) -> Iterator[Relation]:
        """Yield whatever a part names; the empty name stands for the package."""
        folder = name.rpartition("/")[0]
        for each in find_elements(self.read(relations_of(name)) or b"<none/>", {"Relationship"}):
            outside = each.attributes.get("TargetMode") == "External"
            target = each.attributes.get("Target", "")
            kind = each.attributes.get("Type", "").rpartition("/")[2]
            yield Relation(each.attributes.get("Id", ""), kind, target if outside else _joined(folder, target), outside)

    def result(self) -> bytes:
        """Return the file with the parts that were put; the others keep bytes, order, times and attributes."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as target:
            for info in self._infos:
                kept = copy(info)
                kept.extra = b""
                target.writestr(kept, self.read(info.filename), compress_type=info.compress_type)
        return file.getvalue()


def relations_of(name: str) -> str:
    """Return the part that holds the relations of a part."""
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}_rels/{file}.rels"


def _joined(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    parts = folder.split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


# Sheet edits: a worksheet's XML with rows changed, taken out and added, and every range in it where it then is.

_GROWING: Final = frozenset({"autoFilter", "conditionalFormatting", "dataValidation", "dimension"})
_RANGED: Final = _GROWING | {
    *("sortState", "sortCondition", "mergeCell", "hyperlink", "protectedRange", "ignoredError", "selection"),
}
_RULE_FORMULAS: Final = frozenset({"f", "formula", "formula1", "formula2"})
_HOLDERS: Final = {
    "mergeCell": "mergeCells",
    "hyperlink": "hyperlinks",
    "dataValidation": "dataValidations",
    "protectedRange": "protectedRanges",
    "ignoredError": "ignoredErrors",
}
_LOOKED_FOR: Final = frozenset({"row", "sheetData", "sqref", "brk", *_RULE_FORMULAS, *_RANGED, *_HOLDERS.values()})


@dataclass(frozen=True, slots=True)
class SheetChanges:
    """What becomes of a sheet, by its own row numbers.

    `old` holds what the rows in `cells` say, and the one above the new ones: by it numbers and days are known.
    """

    name: str
    cells: Mapping[int, Mapping[int, str]]
    old: Mapping[int, list[str]]
    added: Sequence[Mapping[int, str]]
    header: int  # 0: there is none
    above: int  # the row below which rows are added: the last of the data, or the header
    move: Move


@dataclass(slots=True)
class EditedSheet:
    """The new XML, and what the rest of the workbook must know."""

    data: bytes = b""
    freed: set[int] = field(default_factory=set)
    relinked: dict[str, str] = field(default_factory=dict)
    unlinked: set[str] = field(default_factory=set)


def edit_sheet(data: bytes, changes: SheetChanges) -> EditedSheet:
    """Return a worksheet with these changes.

    Raises:
        InputProblem: a formula would be overwritten, or something in it cannot move with the rows.
    """
    return _Sheet(data, changes).result()


class _Sheet:
    def __init__(self, data: bytes, changes: SheetChanges) -> None:
        self._data = data
        self._changes = changes
        self._move = changes.move
        self._elements = find_elements(data, _LOOKED_FOR)
        self._rows: dict[int, Element] = {}
        number = 0
        for each in self._elements:
            if each.name == "row":
                number = int(each.attributes.get("r", number + 1))
                self._rows[number] = each
        self._edited = EditedSheet()

    def result(self) -> EditedSheet:
        if self._move.moves or self._move.removed:
            self._refuse_what_cannot_move()
        self._relink()
        patches = [*self._row_patches(), *self._new_rows(), *self._range_patches()]
        self._edited.data = patched(self._data, patches)
        return self._edited

    def _refuse_what_cannot_move(self) -> None:
        for each in self._elements:
            text = self._data[each.opened : each.end].partition(b"</")[0]
            if each.name == "f" and each.parent == "c":
                raise InputProblem("has formulas, which would belong to other rows then")
            if each.name in _RULE_FORMULAS and re.search(rb"\$\d", text) and self._is_here(text):
                raise InputProblem("has a rule that names rows, which would be others then")
            if each.name == "brk" and each.parent == "rowBreaks":
                raise InputProblem("has page breaks, which would stand at other rows then")
            if each.name == "mergeCell" and self._is_torn(each.attributes.get("ref", "")):
                raise InputProblem("has cells merged over several rows, of which one would go")

    def _is_here(self, formula: bytes) -> bool:
        return b"!" not in formula or self._changes.name.encode() in formula

    def _is_torn(self, reference: str) -> bool:
        first, _, last = reference.partition(":")
        places = cell_place(first), cell_place(last or first)
        if places[0] is None or places[1] is None or places[0][0] == places[1][0]:
            return False
        return any(places[0][0] <= row <= places[1][0] for row in self._move.removed)

    def _bytes(self, element: Element) -> bytes:
        return self._data[element.start : element.end]

    def _row(self, number: int) -> SheetRow:
        return read_row(self._bytes(self._rows[number]), number)

    def _row_patches(self) -> Iterator[Patch]:
        first = self._first_new()
        new_rows = range(first, first + len(self._changes.added))
        for number, element in self._rows.items():
            after = self._move.row(number)
            if number in self._move.removed or (after in new_rows and number > self._changes.above):
                self._free(self._row(number))
                yield Patch(element.start, element.end, b"")
                continue
            texts = self._changes.cells.get(number)
            data = self._bytes(element) if texts is None else self._with_texts(number, texts)
            if after != number:
                data = renumbered(data, number, after)
            if after != number or texts is not None:
                yield Patch(element.start, element.end, data)

    def _with_texts(self, number: int, texts: Mapping[int, str]) -> bytes:
        row = self._row(number)
        self._free(row, set(texts))
        styles = {position: cell.style for position, cell in row.cells.items()}
        if number == self._changes.header and styles:  # a new header looks like the one before it
            styles |= {position: styles[max(styles)] for position in texts if position not in styles}
        return with_texts(row, texts, styles=styles, old=self._changes.old[number])

    def _free(self, row: SheetRow, positions: set[int] | None = None) -> None:
        for position, cell in row.cells.items():
            if cell.shared is not None and (positions is None or position in positions):
                self._edited.freed.add(cell.shared)

    def _first_new(self) -> int:
        above = self._changes.above
        return self._move.row(above) + (0 if above in self._move.removed else 1)

    def _new_rows(self) -> Iterator[Patch]:
        if not self._changes.added:
            return
        above = self._rows.get(self._changes.above)
        if above is None:
            raise InputProblem("has no row below which the new ones could stand")
        like = self._row(self._changes.above) if self._changes.above != self._changes.header else None
        numbered = enumerate(self._changes.added, start=self._first_new())
        rows = [self._new_row(number, texts, above, like) for number, texts in numbered]
        yield Patch(above.end, above.end, b"".join(rows))

    def _new_row(self, number: int, texts: Mapping[int, str], above: Element, like: SheetRow | None) -> bytes:
        cells: list[bytes] = []
        known = like.cells if like else {}
        for position in sorted({*(at for at, text in texts.items() if text), *known}):
            style = known[position].style if position in known else ""
            text = texts.get(position, "")
            if not text and not style:
                continue
            place = f"{column_name(position)}{number}"
            said = self._said_above(position) if position in known and known[position].is_number else ""
            cells.append(write_sheet_cell(above.prefix, place, text, style=style, like=said))
        return f'<{above.tag} r="{number}">'.encode() + b"".join(cells) + f"</{above.tag}>".encode()

    def _said_above(self, position: int) -> str:
        old = self._changes.old.get(self._changes.above, [])
        return old[position] if position < len(old) else ""

    def _relink(self) -> None:
        """Note the links of cells whose text changes, and of rows that go."""
        for each in self._elements:
            relation = next((v for k, v in each.attributes.items() if k.endswith(":id")), "")
            place = cell_place(each.attributes.get("ref", "").partition(":")[0]) if each.name == "hyperlink" else None
            if not place or not relation:
                continue
            if place[0] in self._move.removed:
                self._edited.unlinked.add(relation)
            elif place[1] in self._changes.cells.get(place[0], {}):
                self._edited.relinked[relation] = self._changes.cells[place[0]][place[1]]

    def _range_patches(self) -> Iterator[Patch]:
        gone: dict[str, int] = {}
        for each in self._elements:
            if each.name == "sqref":
                yield self._rule_patch(each)
            if each.name not in _RANGED:
                continue
            patch = self._range_patch(each)
            if patch and not patch.data and each.name in _HOLDERS:
                gone[_HOLDERS[each.name]] = gone.get(_HOLDERS[each.name], 0) + 1
            if patch:
                yield patch
        yield from self._holder_patches(gone)

    def _rule_patch(self, each: Element) -> Patch:
        """Let a rule of the kind that came with Excel 2010, which has its cells in an element, keep them."""
        end = self._data.rfind(b"</", each.opened, each.end)
        old = self._data[each.opened : end].decode()
        new = self._move.ranges(old, grows=True)
        if old.strip() and not new:
            raise InputProblem("has a rule for rows that would be gone")
        return Patch(each.opened, end, new.encode())

    def _range_patch(self, each: Element) -> Patch | None:
        key = "sqref" if "sqref" in each.attributes else "ref"
        changes: dict[str, str | None] = {}
        if each.name == "hyperlink" and self._is_relinked(each):
            changes |= {"display": None, "tooltip": None}
        old = each.attributes.get(key, "")
        new = self._move.ranges(old, grows=each.name in _GROWING)
        if not new and old and each.name != "selection":
            return Patch(each.start, each.end, b"")
        if each.name == "selection":
            active = each.attributes.get("activeCell", "")
            changes["activeCell"] = self._move.ranges(active, grows=False) or active
            new = new or old
        if new != old:
            changes[key] = new
        tag = with_attributes(self._data, each, changes)
        return Patch(each.start, each.opened, tag) if tag != self._data[each.start : each.opened] else None

    def _is_relinked(self, each: Element) -> bool:
        return any(key.endswith(":id") and value in self._edited.relinked for key, value in each.attributes.items())

    def _holder_patches(self, gone: Mapping[str, int]) -> Iterator[Patch]:
        """Take the count off a holder that lost some; one that lost all is taken out by `without_empty`."""
        for each in self._elements:
            if each.name in gone and not each.is_empty:
                yield Patch(each.start, each.opened, with_attributes(self._data, each, {"count": None}))


def without_empty_holders(data: bytes) -> bytes:
    """Return a sheet without holders (mergeCells, hyperlinks …) that hold nothing any more: Excel calls them damage."""
    elements = find_elements(data, {*_HOLDERS, *_HOLDERS.values()})
    full = {each.parent for each in elements}
    empty = [each for each in elements if each.name in _HOLDERS.values() and each.name not in full]
    return patched(data, [Patch(each.start, each.end, b"") for each in empty])


# Sheet cells: one row of a worksheet's XML with other texts in some cells.

DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_FIRST_DAY: Final = dt.date(1899, 12, 30)
_LEAP_DAY_THAT_NEVER_WAS: Final = 60  # Excel takes 1900 for a leap year; from March on the days agree
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})")


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell of a row: its column, its style, the shared string that it shows (None: none), and its element."""

    position: int
    style: str
    shared: int | None
    is_number: bool
    is_formula: bool
    element: Element


@dataclass(slots=True)
class SheetRow:
    """A row of the sheet: its number, its bytes from `<row` to its end, its cells by column."""

    number: int
    data: bytes
    element: Element
    cells: dict[int, SheetCell] = field(default_factory=dict)


def read_row(data: bytes, number: int) -> SheetRow:
    """Take the bytes of a row apart."""
    elements = find_elements(data, {"row", "c", "f", "v"})
    row = SheetRow(number, data, elements[0])
    position = -1
    for each in elements[1:]:
        if each.name != "c":
            continue
        place = cell_place(each.attributes.get("r", ""))
        position = place[1] if place else position + 1
        inside = [child for child in elements if each.start < child.start < each.end]
        value = next((child for child in inside if child.name == "v"), None)
        kind = each.attributes.get("t", "n")
        text = data[value.opened : value.end].partition(b"<")[0].decode("utf-8", "replace") if value else ""
        row.cells[position] = SheetCell(
            position=position,
            style=each.attributes.get("s", ""),
            shared=int(text) if kind == "s" and text.isdecimal() else None,
            is_number=kind == "n" and value is not None,
            is_formula=any(child.name == "f" for child in inside),
            element=each,
        )
    return row


def with_texts(row: SheetRow, texts: Mapping[int, str], *, styles: Mapping[int, str], old: list[str]) -> bytes:
    """Return the bytes of a row with these texts; `old` is what its cells say, `styles` is for cells that are new.

    Raises:
        InputProblem: a formula stands in one of the cells.
    """
    prefix = row.element.prefix
    patches: list[Patch] = []
    new: list[tuple[int, bytes]] = []
    for position, text in sorted(texts.items()):
        cell = row.cells.get(position)
        place = f"{column_name(position)}{row.number}"
        if cell is None:
            if text:
                new.append((position, write_sheet_cell(prefix, place, text, style=styles.get(position, ""))))
            continue
        if cell.is_formula:
            raise InputProblem(f"has a formula in {place}; change it in the spreadsheet program", line=row.number)
        like = old[position] if cell.is_number and position < len(old) else ""
        xml = write_sheet_cell(prefix, place, text, style=cell.style, like=like)
        patches.append(Patch(cell.element.start, cell.element.end, xml))
    patches += _inserted(row, new)
    tag = with_attributes(row.data, row.element, {"spans": None})
    if row.element.is_empty:
        body = b"".join(patch.data for patch in patches)
        return tag.removesuffix(b"/>").rstrip() + b">" + body + f"</{row.element.tag}>".encode()
    return patched(row.data, [Patch(0, row.element.opened, tag), *patches])


def _inserted(row: SheetRow, new: list[tuple[int, bytes]]) -> list[Patch]:
    """Put new cells between their neighbours; several at one place become one patch."""
    at: dict[int, bytes] = {}
    end = row.element.opened if row.element.is_empty else row.data.rfind(b"</", 0, row.element.end)
    for position, xml in new:
        after = [cell.element.start for column, cell in row.cells.items() if column > position]
        where = min(after, default=end)
        at[where] = at.get(where, b"") + xml
    return [Patch(where, where, xml) for where, xml in at.items()]


def write_sheet_cell(prefix: str, place: str, text: str, *, style: str, like: str = "") -> bytes:
    """Write the cell at a place (B7); empty where there is no text.

    `like` is what a number says that stood there, or stands above: a number or date is written as one then.
    """
    head = f'r="{place}"' + (f' s="{escaped(style)}"' if style else "")
    if not text:
        return f"<{prefix}c {head}/>".encode()
    number = _as_number(text, like)
    if number:
        return f"<{prefix}c {head}><{prefix}v>{number}</{prefix}v></{prefix}c>".encode()
    shown = escaped(text.replace("\r\n", "\n").replace("\r", "\n"))
    return (
        f'<{prefix}c {head} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{shown}'
        f"</{prefix}t></{prefix}is></{prefix}c>"
    ).encode()


def _as_number(text: str, like: str) -> str:
    """Return the number that is stored for a text, of the kind of `like`; nothing where it is no such text."""
    if _NUMBER.fullmatch(like) and _NUMBER.fullmatch(text):
        return text
    if DATE.fullmatch(like) and DATE.fullmatch(text):
        try:
            days = (dt.date.fromisoformat(text) - _FIRST_DAY).days
        except ValueError:  # 2026-02-30
            return ""
        return str(days) if days > _LEAP_DAY_THAT_NEVER_WAS else ""
    return ""


def renumbered(data: bytes, old: int, new: int) -> bytes:
    """Return the bytes of a row under another number."""
    head = re.compile(rb"""(<(?:[\w.-]+:)?(?:row|c)\s(?:[^<>]*?\s)?r=["'][A-Z]*)%d(?=["'])""" % old)
    return head.sub(rb"\g<1>%d" % new, data)
