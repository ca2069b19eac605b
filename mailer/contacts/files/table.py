"""Table: bytes of a list → rows of text under a header, for all kinds of file.

Owns the choice of the reader for a file, the position of the header, and the numbering of data rows (blank rows and
those found by `find_aside` are not data). Knows nothing of what a row means. Rows are read again from the file each
time they are requested, so that a list of a million needs no memory; the caller keeps the file open.
Raises `InputProblem` as the readers do, and for a list without rows.
"""

from __future__ import annotations

import io
import json
import pickle
import quopri
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain, islice
from typing import BinaryIO, Final, TypeAlias

from mailer import lazy_re as re
from mailer.address import printable
from mailer.contacts.files import (
    Choices,
    Form,
    RawRow,
    RawTable,
    Tell,
    barred_problems,
    delimited,
    encoding_problems,
    find_encoding,
    read_lines,
    typed,
    workbook,
)
from mailer.contacts.files.markup import Page, is_markup, read_markup
from mailer.contacts.files.workbook import read_sheets
from mailer.contacts.meaning.columns import (
    HEADER_WORDS,
    PRIVATE_NOTES,
    TOTAL_WORDS,
    compact,
    email_rank,
    find_header,
    is_address_like,
    recognised,
)
from mailer.contacts.meaning.marks import FILL_IN, MarkKind, asks_no_mail, find_marks, is_out_heading, names_press
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.words import read_section

SAMPLE_ROWS: Final = 50
HEAD: Final = 4096  # bytes by which a file is known

DataRow = tuple[int, int, list[str]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text file, and the function that reads it by the choices: in another process, if the file is large."""

    read: Callable[[Choices], RawTable]


ListData: TypeAlias = BinaryIO | workbook.Workbook | Page | Text
TextBatch: TypeAlias = tuple[list[Problem], list[RawRow]]  # the problems found on the way to these rows, and the rows


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table: the rows of its file, and which of them (from 0) is the header, if any."""

    name: str
    raw: RawTable
    header_row: int | None
    header: tuple[str, ...]

    def rows(self, tell: Tell = lambda _: None) -> Iterator[DataRow]:
        """Return the data rows: (row from 1; line as shown; cells); `tell` gets problems about other rows."""
        return (each for each in self.numbered(tell) if each[0])

    def numbered(self, tell: Tell = lambda _: None) -> Iterator[DataRow]:
        """Yield every row of the file as `rows` does, with row 0 for those that are no data.

        No data are: rows above the header, the header itself, blank rows, headings, totals, notes. An edit finds its
        rows by this numbering, too.
        """
        row = 0
        above = -1 if self.header_row is None else self.header_row
        headings = self.raw.headings
        for number, (line, cells) in enumerate(self.raw.rows(tell)):
            if number <= above or not any(cells):
                yield 0, line, cells
                continue
            aside = Aside.HEADING if number in headings else None
            is_typed_heading = self.raw.form is Form.PASTED and len(cells) == 1
            if aside is None and (self.raw.header is None or is_typed_heading):
                aside = find_aside(cells, self.header, padded=self.raw.padded)
                aside = Aside.COMMENT if aside is None and is_typed_heading else aside
            if aside is not None:
                shown = printable(next(cell for cell in cells if cell))
                tell(Problem("heading", f'"{shown}" is {aside.value}, not a person', Severity.NOTE, line=line))
                yield 0, line, cells
                continue
            row += 1
            yield row, line, cells


def open_table(data: ListData, *, name: str, choices: Choices, may_be_empty: bool = False) -> Table:
    """Open a list of any kind: a file that stays open as long as rows are read, or one that is read elsewhere.

    `name` is its name in problems; for adding rows it may be empty except for its header.
    """
    return as_table(_raw_table(data, name, choices), name=name, choices=choices, may_be_empty=may_be_empty)


def as_table(raw: RawTable, *, name: str, choices: Choices, may_be_empty: bool = False) -> Table:
    """Return the rows of a file as a table, with the header found."""
    first = [cells for _, cells in islice(raw.rows(lambda _: None), SAMPLE_ROWS)]
    if choices.header_row is not None and choices.header_row > len(first):
        raise InputProblem(f"has no header in row {choices.header_row}: the header is further up", source=name)
    header_row = find_header(first) if choices.header_row is None else choices.header_row - 1
    if raw.header or header_row == -1:
        header_row = None
    header = raw.header or (() if header_row is None else _header(first[max(0, header_row - 1) : header_row + 1]))
    table = Table(name=name, raw=raw, header_row=header_row, header=header)
    if next(table.rows(), None) is None and not (may_be_empty and any(table.header)):
        shown = ", ".join(f'"{printable(cell)}"' for cell in table.header if cell)
        message = f"has a header and no rows below it: {shown}" if shown else "is empty"
        raise InputProblem(message, source=name, hint="Add a row for each contact.")
    return table


def _header(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the last of one or two rows, with the headings above its columns: "Opt-out" over "yes/no"."""
    above, lower = rows[0] if len(rows) > 1 else (), rows[-1]
    found, group = list[str](), ""
    is_wide = sum(map(bool, above)) > 1
    for position, cell in enumerate(lower):
        over = above[position] if position < len(above) else ""
        is_own = compact(cell) in _KNOWN  # and in no group, if nothing is above it
        group = over or ("" if is_own or not position else group)  # a cell above the first column is a title
        is_bare = (not cell and is_wide and position > 0) or (cell and not compact(FILL_IN.sub("", cell)))
        kinds = {mark.kind for mark in find_marks([group], {})} if group and is_wide else set()
        is_marked = MarkKind.FLAG in kinds or (kinds and names_press(cell))  # "Mailing", over "PM" and "Events"
        whole = f"{group} {cell}" if is_marked else cell
        found.append(f"{over} {cell}".strip() if over and is_bare else whole)
    return tuple(found)


_KNOWN: Final = PRIVATE_NOTES.union(*HEADER_WORDS.values())


def sample_rows(table: Table) -> list[list[str]]:
    """Return the cells of the first data rows, which decide the meaning of columns."""
    return [cells for _, _, cells in islice(table.rows(), SAMPLE_ROWS)]


def _raw_table(data: ListData, name: str, choices: Choices) -> RawTable:
    if isinstance(data, workbook.Workbook):
        return read_sheets(data, name=name, choices=choices)
    head = b""
    if not isinstance(data, (Page, Text)):
        data.seek(0)
        head = data.read(HEAD)
        if workbook.is_workbook(head):
            return read_sheets(workbook.load_workbook(data, name=name), name=name, choices=choices)
    if choices.sheet:
        raise InputProblem(f'is not a workbook, so it has no sheet "{printable(choices.sheet)}"', source=name)
    if isinstance(data, Text):
        return data.read(choices)
    if isinstance(data, Page) or is_markup(head):
        return read_markup(data, name=name, choices=choices)
    return read_text(data, name=name, choices=choices)


# Text: from a text file of any kind to the rows of a table.

_SAMPLE_LINES: Final = 400


def read_text(data: BinaryIO, *, name: str, choices: Choices) -> RawTable:
    """Read a text file that is a list."""
    encoding = find_encoding(data, name=name, chosen=choices.encoding)
    problems = encoding_problems(encoding, name)
    letter, is_page = _letter(data)
    if is_page:
        return read_markup(io.BytesIO("".join(letter).encode()), name=name, choices=choices)

    def lines() -> Iterator[str]:
        return iter(letter) if letter else read_lines(data, encoding, name=name)

    first = list(islice(lines(), _SAMPLE_LINES))
    found = re.fullmatch(r'"?sep=(.)"?', first[0].rstrip("\r\n"), re.IGNORECASE)  # a line of Excel's
    given = found[1] if found else ""
    is_table = bool(choices.delimiter or choices.columns or choices.header_row is not None)
    book = CardBook()
    raw = RawTable(
        form=Form.CARDS,
        rows=lambda tell: read_cards(lines(), tell, book),
        encoding=encoding.codec,
        problems=problems,
        examples=encoding.examples,
    )
    if _OBJECTS.match("".join(first)[:1000]):
        barred: dict[str, list[str]] = {}
        objects = [*enumerate(read_objects("".join(lines()), name=name, barred=barred), start=1)]
        problems += barred_problems(barred, name)
        raw = replace(raw, problems=problems, barred=tuple(chain.from_iterable(barred.values())))
        return replace(raw, form=Form.PAGE, rows=lambda _: iter(objects), padded=True, examples=())
    # an address book: its first line with anything in it begins a card
    if _BEGIN.fullmatch(next((line for line in first if line.strip("\ufeff \t\r\n")), "").lstrip("\ufeff")):
        book = scan_cards(lines())
        return replace(raw, header=(*CARD_HEADER, *(name[2:].replace("-", " ").capitalize() for name in book.own)))
    dialect = delimited.find_dialect(first[1:] if given else first, chosen=choices.delimiter or given)
    sample = [cells for _, cells in islice(delimited.read_rows(first, dialect), SAMPLE_ROWS)]
    if not (is_table or given) and (labels := typed.find_labels(first)):
        header = (*typed.explained(labels, first), "Further notes")
        out = typed.find_barred(lines(), labels)
        return replace(raw, form=Form.PASTED, header=header, rows=lambda _: typed.read_records(lines(), labels, out))
    if not (is_table or given) and typed.is_typed(first, sample):
        manner = typed.find_manner(first)
        return replace(raw, form=Form.PASTED, header=typed.HEADER, rows=lambda _: typed.read_typed(lines(), manner))

    def rows(tell: Tell) -> Iterator[RawRow]:
        every = delimited.read_rows(lines(), dialect, tell)
        return ((line, [] if given and line == 1 else cells) for line, cells in every) if given else every

    form = Form.WRAPPED if dialect.wrapped else Form.TEXT
    delimiter = dialect.wrapped or dialect.delimiter
    return replace(raw, form=form, rows=rows, delimiter=delimiter, dialect=dialect)


_ENCODED: Final = re.compile(
    rb"[\w-]{1,60}:.*^content-(?:transfer-encoding:\s*(?:base64|quoted-printable)|type:\s*(?:multipart/|text/html))",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


def _letter(data: BinaryIO) -> tuple[list[str], bool]:
    """Return the decoded lines of a saved mail with encoded text (RFC 2045), and whether they are HTML; else none.

    The text follows its header, which shows that its sender and recipients are not part of the list.
    """
    data.seek(0)
    head = data.read(HEAD).replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if not _ENCODED.match(head):
        return [], False
    import email.policy  # noqa: PLC0415 - few lists are mails

    data.seek(0)
    mail = email.message_from_binary_file(data, policy=email.policy.default)
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    texts = [(str(part.get_content()), part) for part in parts]
    text, part = max(texts, key=lambda each: each[0].count("@"), default=("", None))  # the first of equals
    if part is None or "@" not in text:
        return [], False
    if part.get_content_subtype() == "html":
        return [f"<html>{text}</html>"], True
    header = "" if part.is_attachment() else f"{head.decode('utf-8', 'replace')}\n"
    return f"{header}\n{text}".lstrip("\n").splitlines(keepends=True), False


def read_in_batches(content: bytes, *, name: str, choices: Choices) -> Iterator[RawTable | bytes]:
    """Read a text file as `read_text` does: yield the table without its rows, then each `TextBatch` pickled.

    The parent process stores the batches as they are, without unpickling and pickling them again.
    """
    raw = read_text(io.BytesIO(content), name=name, choices=choices)
    yield replace(raw, rows=_no_rows)  # a function by name: this goes from a child process to its parent
    problems: list[Problem] = []
    rows = raw.rows(problems.append)
    while batch := list(islice(rows, workbook.BATCH)):
        yield pickle.dumps((problems, batch), protocol=5)
        problems.clear()
    yield pickle.dumps((problems, []), protocol=5)


def _no_rows(_tell: Tell) -> Iterator[RawRow]:
    return iter(())


# Objects: a list in JSON, as programs export one (RFC 8259): a list of objects, an object a line, or an object for each
# address. A name within a name is a heading of both ("organization name"); several values are joined by semicolons. An
# object without an address that has a list of people, as an outlet has, applies to each of them. Of several lists in a
# file the longest is read; the addresses in one with a name such as "blocklist" are left out everywhere.

_Json: TypeAlias = object
_Barred: TypeAlias = dict[str, list[str]] | None  # addresses, by the name of their part of the file; None: all are read
_OBJECTS: Final = re.compile(r"\s*(?:\[\s*)?\{\s*[\"}]")


def read_objects(text: str, *, name: str, barred: _Barred = None) -> list[list[str]]:
    """Return the headings of all objects, and a row for each; `barred` is filled with addresses that are not mailed."""
    try:
        try:
            found: _Json = json.loads(text)
        except json.JSONDecodeError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        raise InputProblem("is JSON that cannot be read", source=name, hint="Export it once more, or as CSV.") from None
    objects = max(_lists(found, barred), key=len, default=[])
    rows = [dict(_flat(each)) for each in objects]
    header = list(dict.fromkeys(key for row in rows for key in row))
    if not header:
        raise InputProblem("is JSON without a list of people", source=name)
    return [header, *([row.get(key, "") for key in header] for row in rows)]


def _lists(value: _Json, barred: _Barred, depth: int = 0, of: str = "") -> Iterator[list[_Json]]:
    """Yield the lists of objects in a value, which may be the only object; `of` is the name of the value."""
    if isinstance(value, list):
        yield [person for each in value for person in _people(each, of, barred)]
    elif isinstance(value, dict) and depth < 4:
        if value and all(map(is_address_like, value)):
            yield [{"email": key, **(each if isinstance(each, dict) else {of: each})} for key, each in value.items()]
            return
        for key, each in value.items():
            if not _is_barred(key, each, barred):
                yield from _lists(each, barred, depth + 1, key)
        yield [] if depth else [value]


def _is_barred(key: str, value: _Json, barred: _Barred) -> bool:
    if barred is None or not isinstance(value, (dict, list)) or not is_out_heading(key, is_past=True):
        return False
    barred.setdefault(key, []).extend(_ADDRESS.findall(json.dumps(value, ensure_ascii=False)))
    return True


_ADDRESS: Final = re.compile(r'(?<![^\s"])[^\s"@]++@[^\s"@]++')


def _people(value: _Json, of: str, barred: _Barred) -> Iterator[dict[str, _Json]]:
    """Yield the people in a member of a list: itself, or those in its own lists, with the values they share."""
    if isinstance(value, str):
        yield {"email": value}
    elif isinstance(value, dict):
        inner = {key: each for key, each in value.items() if _is_of_people(key, each)}
        if not inner or any(isinstance(each, str) and is_address_like(each) for each in value.values()):
            yield value
            return
        shared = {name: each for name, each in value.items() if name not in inner}
        for key, members in inner.items():
            found = () if _is_barred(key, members, barred) else (_people(each, key, barred) for each in members)
            for person in chain.from_iterable(found):
                yield {**{f"{of} {name}" if name in person else name: each for name, each in shared.items()}, **person}


def _is_of_people(key: str, value: _Json) -> bool:
    if not isinstance(value, list) or email_rank(key) is not None:  # several addresses of one person
        return False
    return any(isinstance(each, dict) and any("@" in text for _, text in _flat(each)) for each in value)


def _flat(value: _Json, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each heading of an object with its text."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{name} {key}".strip())
    elif isinstance(value, list):
        together: dict[str, list[str]] = {}
        for each in value:
            for key, text in _flat(each, name):
                together.setdefault(key, []).append(text)
        yield from ((key, "; ".join(filter(None, texts))) for key, texts in together.items())
    else:
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        yield name, text.strip()


# Asides: rows about the list itself, without a contact.


class Aside(StrEnum):
    """The kind of a row without a contact, in plain words."""

    HEADING = "a heading or a total"
    FOOTER = "a note about the file"
    HEADER_AGAIN = "the header again"
    COMMENT = "commented out"


_BEGINNING: Final = 200  # characters of a cell that are examined
_NARROW: Final = 3  # with fewer columns, a row of one cell may be a contact
_ROWS: Final = read_section("contacts", "rows")
_ABOUT: Final = re.compile(rf"\W*({'|'.join(_ROWS['notes'])})", re.IGNORECASE)
_COUNT: Final = re.compile(rf"\W*({'|'.join(_ROWS['counts'])})", re.IGNORECASE)
_COMMENTED: Final = re.compile(r"(?:#|//|;)\s+\D|(?:#|//|;)\s*[^\s@]+@")
_LINE: Final = re.compile(r":?[-=_]{2,}:?")  # a line under the headings: |------|:----:|


def find_aside(cells: Sequence[str], header: Sequence[str], *, padded: bool) -> Aside | None:
    """Return the kind of a row that is not blank and has no contact, else None; `padded`: short rows are filled up."""
    filled = [cell for cell in cells if cell]
    first = filled[0]
    if any(map(is_address_like, filled)):
        return Aside.COMMENT if _COMMENTED.match(first) else None
    if (len(first) < 80 and compact(first) in TOTAL_WORDS) or all(map(_LINE.fullmatch, filled)):
        return Aside.HEADING
    again, names = [compact(cell) for cell in filled], {compact(cell) for cell in header if cell}
    alike = sum(word in names for word in again)
    if alike > 1 and alike >= 0.6 * len(again) and (alike == len(names) or recognised(cells) > 0):
        return Aside.HEADER_AGAIN
    if first.startswith("# ") and not header:
        return Aside.FOOTER
    if header and len(header) < _NARROW:
        return None
    begins = first[:_BEGINNING]
    if len(filled) <= 2 and (_ABOUT.match(begins) or begins.startswith("#")):
        return Aside.FOOTER
    if len(filled) <= 3 and _COUNT.match(begins):
        return Aside.HEADING
    if len(filled) > 1:
        return None
    if "@" in first:
        return Aside.FOOTER if len(first.split()) > 3 and len(header) >= _NARROW else None
    outside = not padded and len(cells) == 1 and len(header) >= _NARROW
    return Aside.HEADING if outside or (cells[0] and len(first) <= 60 and typed.heads(first)) else None


# Cards: an address book in vCard form to rows, a card a row: vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350). The preferred
# address is the contact's, else the one at work, else the first; the others are kept beside it, except for one whose
# label says not to use it. An office's own properties ("X-PRESS-MAILING") are columns. A card of a group is no contact;
# its name may mean that its members are not mailed. Gaps: photos, keys and related people are ignored; of several
# telephone numbers one is used.

CARD_HEADER: Final = (
    *("Email", "Other emails", "Name", "First name", "Last name", "Outlet", "Role", "Phone", "Country", "Language"),
    *("Tags", "Notes", "Time zone", "Beat", "Department", "City", "URL"),
)
_BEGIN: Final = re.compile(r"\s*BEGIN:VCARD\s*", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"(?:([\w-]+)\.)?([\w-]+)((?:;(?:[^:;\"]++|\"[^\"]*+\")*+)*+):", re.ASCII)
_PARAMETER: Final = re.compile(r';(?:([\w-]+)=)?((?:"[^"]*+"|[^;"]++)*+)')


@dataclass(frozen=True, slots=True)
class _Line:
    """A property of a card: its name in capitals, its parameters (names in capitals, values in lower case)."""

    name: str
    parameters: dict[str, set[str]]
    value: str
    group: str = ""  # of properties that belong together: "item1" of "item1.EMAIL"

    @property
    def rank(self) -> tuple[int, int]:
        """Return the order among several of a kind: preferred first, then at work, then the others, home last."""
        kinds = self.parameters.get("TYPE", set())
        numbers = [int(value) for value in self.parameters.get("PREF", set()) if re.fullmatch("[0-9]{1,3}", value)]
        preferred = 0 if "pref" in kinds else min(numbers, default=101)
        return preferred, 0 if "work" in kinds else 2 if "home" in kinds else 1


@dataclass(frozen=True, slots=True)
class CardBook:
    """A book as a whole: its own properties, and the members of its groups that are not mailed."""

    own: tuple[str, ...] = ()
    barred: frozenset[str] = frozenset()


def scan_cards(lines: Iterable[str]) -> CardBook:
    """Read a book once, for what must be known before its first card is read."""
    own, barred = dict[str, None](), set[str]()
    for _, card in _cards(lines):
        own |= {line.name: None for line in card if _OWN.match(line.name) and len(own) < _MOST_OWN}
        if _is_group(card) and typed.group_is_out(_plain(_first(card, "FN", "N")), _plain(_first(card, "NOTE"))):
            barred |= {_member(line.value) for line in card if line.name.endswith("MEMBER")}
    return CardBook(tuple(own), frozenset(barred))


def _is_group(card: list[_Line]) -> bool:
    return "group" in {_first(card, name).lower() for name in ("KIND", "X-ADDRESSBOOKSERVER-KIND")}


def _member(uri: str) -> str:
    return uri.strip().casefold().removeprefix("urn:uuid:").removeprefix("mailto:")


_OWN: Final = re.compile(r"X-(?!AB|ADDRESSBOOK|APPLE|BEAT$|EVOLUTION|GOOGLE|IMAGE|MOZILLA|MS-|PHONETIC|SOCIAL|\w+ID$)")
_MOST_OWN: Final = 40


def read_cards(lines: Iterable[str], tell: Tell, book: CardBook) -> Iterator[RawRow]:
    """Yield each card as (line where it begins; cells under `CARD_HEADER`); `tell` gets problems about groups."""
    for start, card in _cards(lines):
        if _is_group(card):
            tell(Problem("heading", "this card is a group, not a contact", Severity.NOTE, line=start))
        else:
            yield start, _row(card, book)


def _cards(lines: Iterable[str]) -> Iterator[tuple[int, list[_Line]]]:
    card: list[_Line] = []
    start = 0
    for number, line in _unfolded(lines):
        found = _parsed(line)
        if found is None:
            continue
        value = found.value.strip().upper()
        if found.name == "BEGIN" and value == "VCARD":
            card, start = [], number
        elif found.name == "END" and value == "VCARD":
            yield start, card
            card = []
        else:
            card.append(found)
    if card:
        yield start, card


def _unfolded(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Join folded lines (RFC 6350 §3.2), and the further lines of a quoted-printable value of vCard 2.1."""
    pending, start = "", 0
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r\n")
        soft = pending.endswith("=") and "QUOTED-PRINTABLE" in pending.partition(":")[0].upper()
        if soft:
            pending = pending[:-1] + line
        elif line[:1] in {" ", "\t"} and pending:
            pending += line[1:]
        else:
            if pending:
                yield start, pending
            pending, start = line, number
    if pending:
        yield start, pending


def _parsed(line: str) -> _Line | None:
    found = _PROPERTY.match(line)
    if found is None:
        return None
    parameters: dict[str, set[str]] = {}
    for name, value in _PARAMETER.findall(found[3]):
        key = name.upper() or ("ENCODING" if value.upper() in {"QUOTED-PRINTABLE", "BASE64"} else "TYPE")
        parameters.setdefault(key, set()).update(value.strip('"').lower().split(","))
    value = line[found.end() :]
    if "quoted-printable" in parameters.get("ENCODING", ()):
        octets = quopri.decodestring(value.encode("utf-8", "replace"))
        try:
            value = octets.decode(next(iter(parameters.get("CHARSET", {"utf-8"}))))
        except (LookupError, UnicodeDecodeError):
            value = octets.decode("cp1252", "replace")
    return _Line(found[2].upper(), parameters, value, (found[1] or "").lower())


def _row(card: list[_Line], book: CardBook) -> list[str]:
    emails: list[str] = []
    dead: list[str] = []
    labels = {line.group: _plain(line.value) for line in card if line.name == "X-ABLABEL" and line.group}
    for line in _all(card, "EMAIL"):
        found = re.search(r"<([^<>]+)>", line.value)
        address = _plain(found[1] if found else line.value).removeprefix("mailto:").strip()
        types = (labels.get(line.group, ""), *line.parameters.get("TYPE", ()))
        if any(map(is_out_heading, types)) or any(asks_no_mail(each, surely=True) for each in types):
            dead.append(f"~~{address}~~")
        elif address and address not in emails:
            emails.append(address)
    emails = emails or dead
    notes = [_plain(line.value) for line in _all(card, "NOTE")]
    if not book.barred.isdisjoint({_member(_first(card, "UID")), *map(str.casefold, emails)} - {""}):
        notes.append("do not mail")
    first, last, name = _names(card)
    outlet, *units = [part for part in _parts(_first(card, "ORG"), ";") if part] or [""]
    place = _parts(_first(card, "ADR"), ";")
    cells = {
        "Email": emails[0] if emails else "",
        "Other emails": ", ".join(emails[1:]),
        "Name": name,
        "First name": first,
        "Last name": last,
        "Outlet": outlet,
        "Phone": _plain(_first(card, "TEL")).removeprefix("tel:"),
        "Country": place[6] if len(place) > 6 else "",
        "Tags": ", ".join(tag for line in _all(card, "CATEGORIES") for tag in _parts(line.value, ",") if tag),
        "Notes": "\n".join(notes),
        "Department": ", ".join(units),
        "City": place[3] if len(place) > 3 else "",
        "Role": _plain(_first(card, "TITLE", "ROLE")),
        "Language": _plain(_first(card, "LANG", "LANGUAGE")),
        "Time zone": _plain(_first(card, "TZ")),
        "Beat": _plain(_first(card, "EXPERTISE", "X-BEAT")),
        "URL": _plain(_first(card, "URL")),
    }
    own = (_plain(_first(card, name)) for name in book.own)
    return [*(cells[heading].strip() for heading in CARD_HEADER), *own]


def _names(card: list[_Line]) -> tuple[str, str, str]:
    """Return first name, last name and full name; the card of a company has none."""
    last, first, *_ = (*_parts(_first(card, "N"), ";"), "", "")
    name = _plain(_first(card, "FN"))
    company = _plain(_parts(_first(card, "ORG"), ";")[0])
    is_company = _first(card, "KIND").lower() == "org" or _first(card, "X-ABSHOWAS").upper() == "COMPANY"
    if is_company or (name == company and not first and not last):
        return "", "", ""
    if "@" in name:  # some programs fill FN, which the standard demands, with the address
        name = ""
    return first, last, name


def _all(card: list[_Line], name: str) -> list[_Line]:
    return sorted((line for line in card if line.name == name), key=lambda line: line.rank)


def _first(card: list[_Line], *names: str) -> str:
    return next((line.value for name in names for line in _all(card, name) if line.value.strip(" ;")), "")


def _parts(value: str, sign: str) -> list[str]:
    r"""Cut a value at a sign without a backslash before it."""
    return [_plain(part) for part in re.split(rf"(?<!\\){sign}", value)]


def _plain(value: str) -> str:
    r"""Undo the escapes: `\,` `\;` `\\` and `\n` (RFC 6350 §3.4)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
