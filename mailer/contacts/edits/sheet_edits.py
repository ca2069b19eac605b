"""Sheet edits: a worksheet's XML with rows changed, taken out and added, and every range in it where it then is.

Owns the order of a sheet's elements and what moves with its rows. Whatever could not be moved for certain (formulas,
rules that name rows) is refused before anything moves. What it gives: the new XML, the shared strings that no cell of
these rows shows any more, links whose text changed or whose row is gone. Never opens the file.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailer.contacts.edits.elements import Element, Patch, find_elements, patched, with_attributes
from mailer.contacts.edits.ranges import Move, cell_place, column_name
from mailer.contacts.edits.sheet_cells import SheetRow, read_row, renumbered, with_texts, write_sheet_cell
from mailer.errors import InputProblem

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
