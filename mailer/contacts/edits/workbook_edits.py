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

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mailer.contacts.edits.changes import Changes, export_hint
from mailer.contacts.edits.elements import Element, Patch, escaped, find_elements, patched, with_attributes
from mailer.contacts.edits.package import Package, relations_of
from mailer.contacts.edits.ranges import Move, cell_place, column_name
from mailer.contacts.edits.sheet_cells import DATE
from mailer.contacts.edits.sheet_edits import EditedSheet, SheetChanges, edit_sheet, without_empty_holders
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
