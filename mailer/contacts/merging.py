"""Merging: comparing lists: merging several, splitting one, importing, and rows that may be the same person.

Owns merging field by field: a person on several lists becomes one row, the first list with a value wins, and
differences are reported. Tags of all lists are joined, and names are filled in only if they can be one person's
(`folding`). A person marked in any of the lists as not to be mailed gets no row. Never writes a file, never asks the
ledger.
Raises `InputProblem`: there is no such column, it has too many values to split a list by, or the record of an import
cannot be read.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from itertools import chain
from typing import Final, Generic, TypeVar

from mailer.address import known_address
from mailer.contacts.edits import AddColumn, AddRow, Edit, RemoveRow, SetCells
from mailer.contacts.edits import find_column as column_position
from mailer.contacts.folding import NAMES, digest, fold, joined_tags, may_be_one, several
from mailer.contacts.meaning.columns import compact
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout, Shared, share_columns
from mailer.contacts.values import Contact, LeftOut, LeftOutReason, left_out, made_name, whole_fields
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Differs:
    """A field in which two lists differ: the value that is kept, its list, and the other list's value."""

    email: str
    column: str
    kept: str
    kept_from: str
    other: str
    other_from: str


@dataclass(slots=True)
class Joined:
    """A person on the merged list: the cells under its columns, the lists they come from, and the person's names."""

    email: str
    cells: list[str]
    origins: list[str]
    lists: list[str]
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """Several lists as one: its columns, a row for each person, what differed, and who is left out."""

    columns: tuple[Shared, ...]
    people: dict[bytes, Joined] = field(default_factory=dict)
    differs: list[Differs] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def header(self) -> list[str]:
        """Return the headers of the columns."""
        return [column.header for column in self.columns]

    def rows(self) -> list[list[str]]:
        """Return the header and a row for each person."""
        return [self.header, *(person.cells for person in self.people.values())]


def merge_lists(lists: Sequence[ListFile]) -> Merged:
    """Merge lists, the first before the second: every person once, an empty field filled from the next list."""
    columns = share_columns([each.layout for each in lists])
    if not any(column.meaning == "other_emails" for column in columns):
        columns = (*columns, Shared("other_emails", "other_emails", (None,) * len(lists)))
    merged = Merged(columns)
    barred: dict[bytes, str] = {}
    for each in lists:
        for key, where in each.marked.items():
            barred.setdefault(key, f"{each.name}: {where}")
    for number, each in enumerate(lists):
        for entry in each.entries():
            if isinstance(entry, LeftOut):
                merged.left_out.append(entry)
                continue
            key = digest(entry.address.key)
            if key in barred:
                merged.left_out.append(replace(left_out(entry, LeftOutReason.MARKED, barred[key]), addresses=()))
                continue
            cells = row_of(entry, each.layout, columns, number)
            if key in merged.people:
                _join(merged, merged.people[key], entry, cells)
            else:
                names = {each: entry.fields[each] for each in NAMES}
                origins = [each.name] * len(cells)
                merged.people[key] = Joined(str(entry.address), cells, origins, [each.name], names)
    last = merged.columns[-1]
    if any(place is not None for place in last.places) or any(p.cells[-1] for p in merged.people.values()):
        return merged
    for person in merged.people.values():  # no person has a further address, and no list had the column
        person.cells.pop()
    return replace(merged, columns=merged.columns[:-1])


def _join(merged: Merged, person: Joined, contact: Contact, cells: list[str]) -> None:
    name = contact.list_name
    person.lists.append(name)
    is_one = may_be_one(person.names, contact.fields)
    for at, (kept, new, column) in enumerate(zip(person.cells, cells, merged.columns, strict=True)):
        if not new or column.meaning == "email":
            continue
        if column.meaning == "tags":
            person.cells[at] = joined_tags(kept, new)
        elif not kept and (is_one or column.meaning not in NAMES):
            person.cells[at], person.origins[at] = new, name
        elif kept and folded(kept) != folded(new):
            difference = Differs(person.email, column.header, kept, person.origins[at], new, name)
            merged.differs.append(difference)


def folded(text: str) -> str:
    """Return a cell in the form in which lists are compared: without differences of blanks and case."""
    return " ".join(text.split()).casefold()


def row_of(contact: Contact, layout: Layout, columns: Sequence[Shared], number: int) -> list[str]:
    """Return a person of list `number` as a row under shared columns, with the values that were read."""
    places = ((column.meaning, column.places[number]) for column in columns)
    names = (meaning or ("" if place is None else layout.fields[place]) for meaning, place in places)
    return [contact.fields.get(name, "") for name in names]


# Parts: a list split by the values of one column. Rows stay as they are, also marked and invalid ones.

REST = "other"
MOST = 100


@dataclass(slots=True)
class Part:
    """A part: the value as it was first written, the slug of its file, and its rows."""

    value: str
    slug: str
    rows: set[int] = field(default_factory=set)


def find_column(layout: Layout, wanted: str) -> int:
    """Return the position of a column by its header, meaning or merge field, or its number from 1 without header."""
    found = column_position(layout, wanted)
    if found is None:
        known = list(dict.fromkeys((*layout.columns, *filter(None, layout.header))))
        message = f'there is no column "{wanted.strip()}"{did_you_mean(wanted.strip(), known)}'
        raise InputProblem(message, hint=f"It has: {', '.join(known)}")
    return found


def find_parts(list_file: ListFile, column: int) -> tuple[list[Part], int]:
    """Return the parts of a list, those with most rows first and the rest last, and how many rows it has."""
    parts: dict[str, Part] = {}
    total = 0
    for row, _, cells in list_file.rows():
        total += 1
        for value in several(cells[column] if column < len(cells) else "") or [""]:
            part = parts.setdefault(fold(value), Part(value, slug_of(value)))
            part.rows.add(row)
        if len(parts) > MOST:
            raise InputProblem(
                f"{list_file.layout.column_name(column)} has more than {MOST} different values",
                hint="Choose a column with few values: beat, country, language, a tag.",
            )
    ordered = sorted(parts.values(), key=lambda part: (not part.value, -len(part.rows), part.slug))
    taken: set[str] = set()
    for part in ordered:
        slugs = (part.slug, *(f"{part.slug}-{count}" for count in range(2, MOST + 2)))
        part.slug = next(slug for slug in slugs if slug not in taken)
        taken.add(part.slug)
    return ordered, total


def slug_of(value: str) -> str:
    """Return the part of a file's name for a value: "Arts & Culture" is `arts-culture`, no value is `other`."""
    plain = unicodedata.normalize("NFC", value.casefold())
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:60] or REST


def others(part: Part, total: int) -> list[RemoveRow]:
    """Return the edits that leave only the rows of a part."""
    return [RemoveRow(row) for row in range(1, total + 1) if row not in part.rows]


# Matching: an incoming file compared with a list, person by person and field by field: which incoming column goes into
# which column of the list (by meaning, then by header), what is new, changed, kept and gone, and the edits of the
# import. The list is staff's: an empty incoming cell overwrites nothing, and a field that staff changed since the last
# import stays as it is. Gaps: the people of the list are in memory while it is compared, a few hundred bytes each, and
# so are the differences.

_T = TypeVar("_T")
KNOWN, ALL, NONE = "known", "all", "none"
_SHOWN: Final = ("name", "outlet", "other_emails")  # merge fields that a plan shows, or looks up in the ledger
_SIGN: Final = "\x1f"
_HEAD: Final = 4 + len(_SHOWN)
_NAMES: Final = frozenset({"name", "first_name", "last_name"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Where an incoming column goes: its meaning or (without one) its position in the file, and the list's column."""

    key: str
    meaning: str
    source: int | None
    place: int | None  # None: the list does not have it yet
    header: str


@dataclass(frozen=True, slots=True)
class Change:
    """One field: the column's header, the list's value, the incoming value; `place` is the list's column."""

    column: str
    was: str
    new: str
    place: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A person on the list with fields that the import changes, or that stay as staff have them."""

    contact: Contact
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person who is not on the list; `resembles` is the line of someone with their address as a further one."""

    contact: Contact
    cells: dict[int, str]
    resembles: int | None = None


@dataclass(frozen=True, slots=True)
class Packed(Generic[_T]):
    """People in their order, each stored as one text, a tenth of the memory of objects, which are made on iteration."""

    made: Callable[[str], _T]
    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of people."""
        return len(self.texts)

    def __iter__(self) -> Iterator[_T]:
        """Yield the people, each made anew."""
        return map(self.made, self.texts)


def pack_newcomer(contact: Contact, cells: Mapping[int, str], resembles: int | None = None) -> str:
    """Return a newcomer as one text; no cell contains the sign that separates its parts."""
    numbered = chain.from_iterable((str(at), text) for at, text in cells.items())
    return _SIGN.join((*_head(contact), "" if resembles is None else str(resembles), *numbered))


def _newcomer(packed: str) -> Newcomer:
    line, *numbered = packed.split(_SIGN)[_HEAD:]
    cells = dict(zip(map(int, numbered[::2]), numbered[1::2], strict=True))
    return Newcomer(_contact(packed), cells, int(line) if line else None)


def _head(contact: Contact) -> tuple[str, ...]:
    """Return the position of a person on their list, and the fields that are shown."""
    shown = (contact.fields[name] for name in _SHOWN)
    list_name = contact.list_name.replace(_SIGN, "")  # a file may have any name
    return str(contact.row), str(contact.line), list_name, str(contact.address), *shown


def _contact(packed: str) -> Contact:
    row, line, list_name, address, *rest = packed.split(_SIGN)
    return Contact(known_address(address), dict(zip(_SHOWN, rest, strict=False)), list_name, int(row), int(line))


@dataclass(slots=True)
class Comparison:
    """What an import would do; people of the incoming file in its order."""

    people: int = 0
    new: Packed[Newcomer] = field(default_factory=lambda: Packed(_newcomer))
    changed: list[Changed] = field(default_factory=list)
    kept: list[Changed] = field(default_factory=list)
    gone: Packed[Contact] = field(default_factory=lambda: Packed(_contact))
    added: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    marked_here: list[Contact] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def edits(self, *, prune: bool) -> Edits:
        """Return the edits of the import; with `prune`, they also remove people who are gone."""
        edits: list[Edit] = [AddColumn(header) for header in self.added]
        edits += [
            SetCells(each.contact.row, {change.place: change.new for change in each.changes}) for each in self.changed
        ]
        if prune:
            edits += [RemoveRow(contact.row) for contact in self.gone]
        return Edits(edits, self.new)


@dataclass(frozen=True, slots=True)
class Edits:
    """The edits of an import; that of a newcomer is made on iteration, in the sandbox, too."""

    few: list[Edit]
    new: Packed[Newcomer]

    def __len__(self) -> int:
        """Return the number of edits."""
        return len(self.few) + len(self.new)

    def __iter__(self) -> Iterator[Edit]:
        """Yield the edits in their order."""
        return chain(self.few, (AddRow(each.cells) for each in self.new))


def pair_columns(incoming: Layout, target: Layout, wanted: str) -> tuple[list[Pair], list[str]]:
    """Return where each incoming column goes, and the headers of those left out; `wanted` may be added to the list."""
    names = [] if wanted in {KNOWN, ALL, NONE} else [*filter(None, map(str.strip, wanted.split(",")))]
    headers = {compact(cell): cell for cell in incoming.header if cell}
    for each in names:
        if compact(each) not in headers:
            message = f'--columns: the file has no column "{each}"{did_you_mean(each, headers.values())}'
            hint = 'There are also "known" (columns whose meaning is known), "all" and "none".'
            raise InputProblem(message, hint=hint)
    chosen = [*map(compact, names)]
    meant = incoming.meanings
    file_names, list_names = _NAMES & set(incoming.columns), _NAMES & set(target.columns)

    def pair(place: int, taken: Collection[int | None]) -> Pair:
        """Pair a column by its meaning, or else with one of the same header that is not taken."""
        meaning = meant.get(place, "")
        header = incoming.header_at(place) or meaning
        position = target.columns.get(meaning)
        if position is None and header:  # the same header is the same column, even if its meaning was not recognised
            same = (i for i, cell in enumerate(target.header) if compact(cell) == compact(header))
            position = next((i for i in same if i not in taken), None)
        shown = header or f"column {place + 1}"
        named = shown if position is None else target.header_at(position) or meaning
        return Pair(meaning or compact(header) or shown, meaning, place, position, named)

    pairs = [pair(place, target.columns.values()) for place in sorted(meant)]
    derived: list[str] = []  # names that the list has in another form than the file: together, or in two columns
    if "name" in list_names and "name" not in file_names and file_names:
        derived = ["name"]
    elif file_names == {"name"} and list_names == {"first_name", "last_name"}:
        derived = ["first_name", "last_name"]
    for name in derived:
        at = target.columns[name]
        pairs.append(Pair(name, name, None, at, target.header_at(at) or name))
    for place in range(len(incoming.fields)):
        if place not in meant:
            pairs.append(pair(place, {each.place for each in pairs}))
    allowed, unused = [], []
    for column in pairs:
        # a name without a column in the list may be in its other columns of names
        is_name = column.place is None and column.meaning in _NAMES
        is_covered = "name" in list_names or (column.meaning == "name" and file_names != {"name"} and bool(list_names))
        if column.meaning == "email" or (is_name and is_covered):
            continue
        may_be_added = wanted == ALL or (wanted == KNOWN and bool(column.meaning))
        if chosen:
            may_be_added = compact(column.header) in chosen
        if column.place is not None or (target.header and may_be_added):
            allowed.append(column)
        else:
            unused.append(column.header)
    return allowed, unused


def source_values(fields: Mapping[str, str], pairs: Sequence[Pair], layout: Layout) -> dict[str, str]:
    """Return the value of the incoming row with these merge fields for each pair, by its key."""
    values = {}
    for pair in pairs:
        if pair.meaning:
            values[pair.key] = fields[pair.meaning]
        elif pair.source is not None:
            values[pair.key] = fields.get(layout.fields[pair.source], "")
    # a name of two words is split if the list has two columns for it; any other stays whole, and is not guessed
    derived = [pair.meaning for pair in pairs if pair.source is None]
    words = values.get("name", "").split()
    if "first_name" in derived and len(words) == 2:
        values["first_name"], values["last_name"] = words
        values["name"] = ""
    return values


def carry_over(source: Layout, cells: Sequence[str], target: Layout) -> tuple[dict[int, str], dict[str, str]]:
    """Return a row of one list as cells of another, and the texts without a column there, by header."""
    fields = dict(zip(source.fields, cells, strict=False))
    fields |= {meaning: cells[at] for meaning, at in source.columns.items() if at < len(cells)}
    fields = whole_fields(fields)
    fields["name"] = fields["name"] or made_name(fields)
    pairs, unused = pair_columns(source, target, ALL)
    values = source_values(fields, pairs, source)
    found = {target.columns["email"]: fields["email"]}
    found |= {pair.place: values[pair.key] for pair in pairs if pair.place is not None and values.get(pair.key)}
    without = {pair.header: values[pair.key] for pair in pairs if pair.place is None and values.get(pair.key)}
    for at, text in enumerate(cells):  # a list without a header takes no new columns
        header = source.header_at(at) or f"column {at + 1}"
        if text and header in unused:
            without[header] = text
    return found, without


class Matcher:
    """The comparison of one incoming file with one list."""

    def __init__(self, target: ListFile, pairs: Sequence[Pair], former: Former | None) -> None:
        """Read the whole list; `former` is the last import of the same source."""
        self._layout = target.layout
        self._pairs = pairs
        self._former = former
        self._barred = target.marked
        self._people: dict[bytes, str] = {}  # one text each, a tenth of the memory of a contact
        self._others: dict[bytes, int] = {}
        self._rows = 0
        self._width = len(target.layout.fields)
        self._added: dict[str, int] = {}
        for entry in target.entries():
            if isinstance(entry, Contact):
                # a person as one text, with what each pair has; no cell has the sign
                packed = _SIGN.join((*_head(entry), *map(partial(self._list_value, entry), self._pairs)))
                self._people[digest(entry.address.key)] = packed
                self._rows = entry.row
                for other in several(entry.fields["other_emails"]):
                    self._others[digest(other.lower())] = entry.line

    def _list_value(self, contact: Contact, pair: Pair) -> str:
        if pair.place is None:
            return contact.fields["name"] if pair.meaning == "name" else ""
        if pair.meaning in self._layout.columns:
            return contact.fields[pair.meaning]
        return contact.fields.get(self._layout.fields[pair.place], "")

    def compare(self, incoming: ListFile, unused: list[str]) -> Comparison:
        """Compare every incoming person with the list, once: a person who was found is dropped from memory."""
        found = Comparison(unused=unused)
        met = bytearray(self._rows + 1)  # the rows of the list
        for entry in incoming.entries():
            if isinstance(entry, LeftOut):
                found.left_out.append(entry)
                continue
            key = digest(entry.address.key)
            found.people += 1
            values = source_values(entry.fields, self._pairs, incoming.layout)
            if known := self._people.pop(key, ""):
                met[_row_number(known)] = True
                self._compare_person(known, values, found)
            elif key in self._barred:
                found.marked_here.append(entry)
            else:
                cells = {self._layout.columns["email"]: str(entry.address)}
                cells |= {self._place(pair): values[pair.key] for pair in self._pairs if values.get(pair.key)}
                found.new.texts.append(pack_newcomer(entry, cells, self._others.get(key)))
        for known in filter(None, (self._people.pop(key, "") for key in incoming.marked)):
            met[_row_number(known)] = True
        # a person that the source did not have before came from elsewhere, and stays
        former = self._former
        missing = (known for known in self._people.values() if not met[_row_number(known)])  # a row may be several's
        found.gone.texts.extend(known for known in missing if not former or former.knows(_contact(known).address.key))
        found.added = list(self._added)
        return found

    def _compare_person(self, packed: str, values: dict[str, str], found: Comparison) -> None:
        changes, kept, contact = [], [], None
        for pair, was in zip(self._pairs, packed.split(_SIGN)[_HEAD:], strict=True):
            new = values.get(pair.key, "")
            if not new or new == was or " ".join(new.split()) == " ".join(was.split()):
                continue
            contact = contact or _contact(packed)
            if self._former and self._former.had(contact.address.key, pair.key, was) is False:
                kept.append(Change(pair.header, was, new, self._width if pair.place is None else pair.place))
            else:
                changes.append(Change(pair.header, was, new, self._place(pair)))
        if contact and changes:
            found.changed.append(Changed(contact, tuple(changes)))
        if contact and kept:
            found.kept.append(Changed(contact, tuple(kept)))

    def _place(self, pair: Pair) -> int:
        """Return the column of a pair; a new one is added with its first value."""
        if pair.place is not None:
            return pair.place
        if pair.header not in self._added:
            self._added[pair.header] = self._width + len(self._added)
        return self._added[pair.header]


def _row_number(packed: str) -> int:
    return int(packed.partition(_SIGN)[0])


# Former: the values of a source at its last import, as fingerprints.

_ID_BYTES = 8
_KEPT = 8  # imports of a list that are remembered


@dataclass(slots=True)
class Former:
    """One import of one source: the hashes of its fields by person; `before` is the hash of the list before it."""

    source: str
    header: str
    before: str
    salt: bytes = field(repr=False)
    columns: list[str] = field(default_factory=list)
    people: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def person(self, address_key: str) -> bytes:
        """Return the name under which a person is remembered here."""
        return blake2b(address_key.encode(), key=self.salt, digest_size=_ID_BYTES).digest()

    def knows(self, address_key: str) -> bool:
        """Return whether the source had this person."""
        return self.person(address_key) in self.people

    def had(self, address_key: str, column: str, value: str) -> bool | None:
        """Return whether the source had this value for the person; None if it had no such person or column."""
        person = self.person(address_key)
        if person not in self.people or column not in self.columns:
            return None
        at = self.columns.index(column) * _ID_BYTES
        return self.people[person][at : at + _ID_BYTES] == self._value(person, column, value)

    def remember(self, address_key: str, values: Mapping[str, str]) -> None:
        """Remember the source's present values for a person; `values` has every column."""
        person = self.person(address_key)
        self.people[person] = b"".join(self._value(person, column, values[column]) for column in self.columns)

    def forget(self, address_key: str) -> bool:
        """Forget a person; return whether they were known."""
        return self.people.pop(self.person(address_key), None) is not None

    def _value(self, person: bytes, column: str, value: str) -> bytes:
        text = f"{person.hex()}\0{column}\0{' '.join(value.split())}"
        return blake2b(text.encode(), key=self.salt, digest_size=_ID_BYTES).digest()


def parse_formers(data: bytes) -> list[Former]:
    """Read the record of a list's imports, the newest last."""
    try:
        formers = json.loads(data)["imports"]
        for each in formers:
            each["salt"] = bytes.fromhex(each["salt"])
            each["people"] = {bytes.fromhex(key): bytes.fromhex(values) for key, values in each["people"].items()}
        return [Former(**each) for each in formers]
    except (ValueError, KeyError, TypeError) as error:
        raise InputProblem(f"the record of earlier imports cannot be read: {error}") from None


def render_formers(formers: Iterable[Former]) -> Iterator[bytes]:
    """Yield the bytes of the record: the newest imports, two for each source (the newest may be undone)."""
    kept: list[Former] = []
    for each in reversed(list(formers)):
        if sum(1 for other in kept if (other.source, other.header) == (each.source, each.header)) < 2:
            kept.append(each)
    yield b'{"imports": ['
    for number, each in enumerate(reversed(kept[:_KEPT])):
        known = {"source": each.source, "header": each.header, "before": each.before, "columns": each.columns}
        yield (", " * bool(number) + json.dumps({**known, "salt": each.salt.hex()})[:-1] + ', "people": {').encode()
        for place, (person, values) in enumerate(each.people.items()):
            yield f'{", " * bool(place)}"{person.hex()}": "{values.hex()}"'.encode()
        yield b"}}"
    yield b"]}"


def find_former(formers: list[Former], *, source: str, header: str, now: str) -> Former | None:
    """Return the last import of this source and header, else of this header; one whose `before` is `now` was undone."""
    usable = [each for each in formers if each.before != now and each.header == header]
    named = [each for each in usable if each.source == source]
    return next(reversed(named or usable), None)


# Doubles: rows that may be one person, and the edits that make one row of two. The same address twice on one list is
# certain; across the lists, one person at two addresses, by name and outlet, by a further address, or by name and
# telephone, is for staff to decide. Role addresses are nobody's double. Gaps: a few words of every person are in
# memory.

SAME_ADDRESS, SAME_PERSON = "same-address", "same-person"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that may be a person's second one: where it is, and whose it is."""

    list_name: str
    row: int
    line: int
    email: str
    key: str
    name: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Double:
    """Rows that may be one person, and why; `id` stays the same as long as the addresses do."""

    id: str
    kind: str
    why: str
    rows: tuple[Row, ...]


def find_doubles(lists: Sequence[ListFile]) -> list[Double]:
    """Return the doubles of these lists: first those of one address, then those of one person."""
    people: dict[str, Row] = {}
    signs: dict[tuple[str, str, str], dict[str, None]] = {}
    sure: list[Double] = []
    for each in lists:
        firsts: dict[int, list[Row]] = {}
        for entry in each.entries():
            if isinstance(entry, Contact):
                address, outlet = entry.address, entry.fields["outlet"]
                row = Row(each.name, entry.row, entry.line, str(address), address.key, entry.name, outlet)
                firsts[entry.row] = [row]
                people.setdefault(row.key, row)
                for sign in _signs(entry):
                    signs.setdefault(sign, {})[row.key] = None
            elif entry.reason is LeftOutReason.DUPLICATE and entry.first_row in firsts:
                rows = firsts[entry.first_row]
                rows.append(replace(rows[0], row=entry.row, line=entry.line))
        sure += [_double(SAME_ADDRESS, "the same address", rows) for rows in firsts.values() if len(rows) > 1]
    pairs: dict[tuple[str, str], str] = {}
    for (why, _, _), (first, *others) in signs.items():
        for other in others:
            pairs.setdefault((first, other), why)
    maybe = (_double(SAME_PERSON, why, [people[a], people[b]]) for (a, b), why in pairs.items() if b in people)
    return [*sure, *maybe]


def _signs(contact: Contact) -> Iterator[tuple[str, str, str]]:
    """Yield the signs by which a person can be recognised: (why, one word, another)."""
    if contact.address.is_role:
        return
    name, outlet = fold(contact.name), fold(contact.fields["outlet"])
    yield "one has the other's address as a further one", contact.address.key, ""
    for other in several(contact.fields["other_emails"]):
        yield "one has the other's address as a further one", other.lower(), ""
    if " " not in name:
        return  # "Ada" alone is many people
    if outlet:
        yield "the same name and outlet", name, outlet
    phone = re.sub(r"\D", "", contact.fields["phone"])[-8:]
    if len(phone) >= 6:
        yield "the same name and telephone", name, phone


def _double(kind: str, why: str, rows: Sequence[Row]) -> Double:
    words = [kind, *sorted({row.key for row in rows})]
    if kind == SAME_ADDRESS:
        words.append(rows[0].list_name)
    name = blake2b("\0".join(words).encode(), digest_size=4).hexdigest()
    return Double(name, kind, why, tuple(rows))


FoundRow = tuple[int, str, list[str]]  # row, address, cells


def rows_of(list_file: ListFile, wanted: Mapping[bytes, str]) -> dict[str, list[FoundRow]]:
    """Return every row with one of these addresses, by the id that `wanted` gives its digest; in one pass."""
    found: dict[int, tuple[str, str]] = {}
    for entry in list_file.entries() if wanted else ():
        if isinstance(entry, Contact):
            key = digest(entry.address.key)
            if key in wanted:
                found[entry.row] = (wanted[key], str(entry.address))
        elif entry.reason is LeftOutReason.DUPLICATE and entry.first_row in found:
            found[entry.row] = found[entry.first_row]
    rows: dict[str, list[FoundRow]] = {}
    for row, _, cells in list_file.rows() if found else ():
        if row in found:
            name, address = found[row]
            rows.setdefault(name, []).append((row, address, cells))
    return rows


def merge_rows(layout: Layout, rows: Sequence[FoundRow], keep: str) -> tuple[list[Edit], list[tuple[str, str, str]]]:
    """Return the edits that make one row of a person's rows, and the losses: (column, kept value, lost value).

    `keep` is the address that stays; others go to the list's column of further addresses, if it has one.
    """
    email, further = layout.columns["email"], layout.columns.get("other_emails")
    first, *rest = sorted(rows, key=lambda row: (row[1] != keep, row[0]))
    number, _, cells = first
    merged = list(cells)
    lost: list[tuple[str, str, str]] = []
    for _, _, other_cells in rest:
        merged += [""] * (len(other_cells) - len(merged))
        for at, cell in enumerate(other_cells):
            if not cell or at in {email, further}:
                continue
            if not merged[at]:
                merged[at] = cell
            elif fold(merged[at]) != fold(cell):
                lost.append((layout.column_name(at), merged[at], cell))
    if further is not None:
        merged = [*merged, *[""] * (further + 1 - len(merged))]
        known = [*several(merged[further]), *(address for _, address, _ in rows)]
        merged[further] = ", ".join(address for address in dict.fromkeys(known) if address.lower() != keep.lower())
    if first[1] != keep:
        merged[email] = keep
    was = [*cells, *[""] * (len(merged) - len(cells))]
    changed = {at: cell for at, cell in enumerate(merged) if cell != was[at]}
    edits: list[Edit] = [SetCells(number, changed)] if changed else []
    return [*edits, *(RemoveRow(row) for row, _, _ in rest)], lost
