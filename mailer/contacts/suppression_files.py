"""Suppression files: suppressed addresses, read from the exports of other tools.

Owns which rows of a file are suppressed, for which reason and since when: suppression lists (every row), exports of
contacts with a status or flags (rows that have them), one address or `*@domain` per line, JSON from APIs, and a zip of
such files (Mailchimp's). The words are `suppressions.toml` of `mailer.words`. Never asks the ledger. Rows are streamed.
Raises `InputProblem`: the file has no addresses, hashed addresses, or it is a list of contacts without any opt-out.
Gaps: dates such as 03/04/2026 are not kept; JSON files, and each file of an archive, are held in memory.
"""

from __future__ import annotations

import io
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from typing import BinaryIO, Final, NamedTuple, TypeAlias

from mailer import lazy_re as re
from mailer.address import printable
from mailer.contacts.files import Choices, delimited, find_encoding, read_lines, workbook
from mailer.contacts.files.table import open_table, read_objects
from mailer.contacts.meaning.columns import HEADER_WORDS, compact
from mailer.errors import InputProblem, Problem, Severity
from mailer.events import DEAD_ADDRESS, OPTED_OUT, REASONS
from mailer.words import read_section

ACTIVE: Final = ""  # may be mailed
OTHER: Final = "other"  # the file of an unknown tool

_COLUMNS: Final = read_section("suppressions", "columns")
_STATES: Final = read_section("suppressions", "states")
_TOOLS: Final = read_section("suppressions", "tools")["rows"]
# the values of --format: `csv` takes every row, whatever its status. A tool's name is otherwise recognised; giving it
# changes how Mailtrain's numbers and Mailchimp's files without a status are read
FORMATS: Final = ("auto", "csv", *dict.fromkeys(name for name, *_ in _TOOLS))
_FLAGS: Final = {
    word: reason for reason, words in read_section("suppressions", "flags").items() for word in words if reason != "no"
}
# headings of media lists; a name or a date is in lists of opt-outs, too
_OF_CONTACTS: Final = frozenset(word for meaning in ("outlet", "role", "beat") for word in HEADER_WORDS[meaning])
_NO: Final = frozenset(read_section("suppressions", "flags")["no"])
_MEANT: Final = tuple((reason.replace("active", ACTIVE), re.compile(pattern)) for reason, pattern in _STATES["rows"])
_TEMPORARY: Final = _MEANT[0][1]  # a soft bounce, a block for a time: it passes by itself
_SMTP_CODE: Final = re.compile(r"(?P<class>[245])(?:\d\d|\.\d{1,3}\.\d{1,3})(?:\D.*)?")
_SAMPLE: Final = 60
_MOST_UNPACKED: Final = 2_000_000_000
_HASHED: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_SUBJECT: Final = re.compile(r"\S*@\S+|outlet:.+", re.IGNORECASE)

_Rows: TypeAlias = Iterator[tuple[int, list[str]] | Problem]


class Listed(NamedTuple):  # a million are pickled, which takes ten times as long for a dataclass
    """One row that means "do not mail". `text` is an address, `*@domain` or `outlet:NAME`, as written."""

    source: str
    line: int
    text: str
    reason: str
    since: datetime | None = None
    note: str = ""
    scope: str = ""


class Subscribed(NamedTuple):
    """A row, or a whole file, of contacts who may be mailed: it suppresses nobody."""

    source: str
    line: int


Entry: TypeAlias = Listed | Subscribed | Problem


def is_plain(head: bytes) -> bool:
    """Return whether a file with these first bytes is rows of text, and not an archive, a workbook or JSON."""
    return not workbook.is_workbook(head) and not _is_json(head)


def read_packed(content: bytes, *, name: str, format_: str, default: str) -> Iterator[str | bytes]:
    """Yield the format of a file that is large or not plain, then its entries (`read_suppressions`) in pickled batches.

    The parent process stores these as they are.
    """
    found, entries = read_suppressions(io.BytesIO(content), name=name, format_=format_, default=default)
    yield found
    while batch := list(islice(entries, workbook.BATCH)):
        yield pickle.dumps(batch, protocol=5)


def read_suppressions(
    data: BinaryIO, *, name: str, format_: str = "auto", default: str = ""
) -> tuple[str, Iterator[Entry]]:
    """Return the tool that seems to have made the file (`OTHER`: unknown), and the entry of each of its rows.

    `default` is the reason of rows that name none; without one it is taken from the file's name.
    """
    opened = ((source, *_open(part, source)) for source, part in _files(data, name))
    source, header, rows = next(opened)
    found = _tool(header) if format_ == "auto" else format_
    files = chain([(source, header, rows)], opened)
    return found, chain.from_iterable(_read(*each, format_=format_, default=default) for each in files)


def _files(data: BinaryIO, name: str) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the file itself, or the tables in it if it is an archive of them (a workbook is not)."""
    data.seek(0)
    if data.read(4) == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(data) as archive:
                tables = [each for each in archive.infolist() if each.filename.lower().endswith((".csv", ".txt"))]
                if tables and "[Content_Types].xml" not in archive.namelist():
                    if sum(each.file_size for each in tables) > _MOST_UNPACKED:
                        raise InputProblem("would unpack to more than 2 GB", source=name)
                    for each in tables:
                        yield f"{name}/{each.filename}", io.BytesIO(archive.read(each))
                    return
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error, lzma.LZMAError):
            message = "is a zip archive that cannot be read (damaged, or with a password)"
            raise InputProblem(message, source=name) from None
    yield name, data


def _open(data: BinaryIO, source: str) -> tuple[list[str], _Rows]:
    """Return the header of a file, empty if it has none, and its rows below."""
    data.seek(0)
    head = data.read(64)
    if workbook.is_workbook(head):
        table = open_table(data, name=source, choices=Choices())
        return list(table.header), ((line, cells) for _, line, cells in table.rows())
    encoding = find_encoding(data, name=source)
    if _is_json(head):
        header, *found = read_objects("".join(read_lines(data, encoding, name=source)), name=source)
        return header, iter(enumerate(found, start=1))
    dialect = delimited.find_dialect(list(islice(read_lines(data, encoding, name=source), _SAMPLE)))

    def read() -> _Rows:
        problems: list[Problem] = []
        for row in delimited.read_rows(read_lines(data, encoding, name=source), dialect, problems.append):
            if problems:
                yield from (Problem("suppression", each.message, each.severity, source, each.line) for each in problems)
                problems.clear()
            if any(row[1]):
                yield row

    rows = read()
    first = next(rows, None)
    if first is None:
        raise InputProblem("is empty", source=source)
    cells = [] if isinstance(first, Problem) else first[1]
    is_data = any(_SUBJECT.fullmatch(cell) or _HASHED.fullmatch(cell) for cell in cells)
    known = {*_COLUMNS["email"], *_COLUMNS["hash"]}
    if not is_data and any(word in known or "mail" in word for word in map(compact, cells)):
        return cells, rows
    return [], chain([first], rows)


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def _tool(header: Sequence[str]) -> str:
    names = {*map(compact, header)}
    return next((name for name, *columns in _TOOLS if names.issuperset(columns)), OTHER)


def _read(source: str, header: Sequence[str], rows: _Rows, *, format_: str, default: str) -> Iterator[Entry]:
    """Yield the entries of the rows of one file, by its columns."""
    first = list(islice(rows, _SAMPLE))
    names = tuple(map(compact, header))
    tool = _tool(header) if format_ == "auto" else format_
    cells_of_first = [each[1] for each in first if not isinstance(each, Problem)]
    email = _email_column(names, cells_of_first, source)

    nowhere = max(len(names), email + 1)  # behind all columns, where each row gets an empty cell

    def column(meaning: str) -> int:
        return next((i for i, each in enumerate(names) if i != email and each in _COLUMNS[meaning]), nowhere)

    is_plain_list = format_ == "csv"
    status = nowhere if is_plain_list else column("status")
    flags = [(i, _FLAGS[each]) for i, each in enumerate(names) if i != email and each in _FLAGS and not is_plain_list]
    reason_at, note, scope = column("reason"), column("note"), column("scope")
    times = [names.index(each) for each in _COLUMNS["since"] if each in names]
    default = default or reason_of(re.sub(r"\.\w+$", "", re.split(r"[/\\]", source)[-1])) or ACTIVE
    # an archive of Mailchimp's has a file of subscribers beside the others
    has_states = status != nowhere or bool(flags)
    is_of_subscribers = tool == "mailchimp" and not has_states
    reasons = {cells[reason_at] for cells in cells_of_first if reason_at < len(cells)}
    has_reasons = reason_at != nowhere and ("reason" in names[reason_at] or any(map(reason_of, reasons)))
    if tool == OTHER and not (default or has_states or has_reasons):
        _refuse_contacts([heading for i, heading in enumerate(header) if i != email], source)
    default = default or OPTED_OUT
    for row in chain(first, rows):
        if isinstance(row, Problem):
            yield row
            continue
        line, cells = row[0], row[1][:nowhere]
        cells += [""] * (nowhere + 1 - len(cells))
        text, stated, why = cells[email].removeprefix("'"), cells[status], cells[reason_at]
        reason: str | None = next((each for i, each in flags if is_set(cells[i])), ACTIVE) if flags else ACTIVE
        is_open = not reason
        if is_open and stated:
            reason = reason_of(stated, numbers=tool == "mailtrain")
            is_open = reason == OPTED_OUT
        elif is_open:
            is_open = not has_states
        # the reason is more exact than the state, or the only one
        if is_open and (reason or not why or not _TEMPORARY.search(compact(why))):
            reason = reason_of(why) or reason or default
        if is_of_subscribers:
            yield Subscribed(source, line)
        elif not text or reason is None:
            unknown = f'"{printable(stated)}" is not a known status: {printable(text)} not taken'
            message = unknown if text else "there is no address in this row"
            if any(row[1]):
                yield Problem("suppression", message, Severity.WARNING, source, line)
        elif reason == ACTIVE:
            yield Subscribed(source, line)
        else:
            since = next((found for i in times if (found := when(cells[i]))), None) if times else None
            yield Listed(source, line, text, reason, since, cells[note], cells[scope])


def _refuse_contacts(headings: Sequence[str], source: str) -> None:
    """Raise InputProblem if a file without any opt-outs has the columns of a list of contacts."""
    found = [f'"{printable(each)}"' for each in headings if compact(each) in _OF_CONTACTS]
    if found:
        raise InputProblem(
            f"looks like a list of contacts ({', '.join(found[:3])}); nothing in it says who opted out",
            source=source,
            hint="To suppress everybody in it, add --format csv. To import its contacts: mailer lists import FILE",
        )


def _email_column(names: Sequence[str], sample: Sequence[Sequence[str]], source: str) -> int:
    width = max((len(cells) for cells in sample), default=len(names))
    columns = [[cells[i] for cells in sample if i < len(cells) and cells[i]] for i in range(width)]
    counts = [sum(_SUBJECT.fullmatch(cell.lstrip("'")) is not None for cell in cells) for cells in columns]
    hashed = any(_HASHED.fullmatch(cell) for cells in columns for cell in cells)
    named = [i for i, each in enumerate(names) if each in _COLUMNS["email"] and i < width]
    best = max(named or range(width), key=lambda i: counts[i], default=None)
    if best is not None and (counts[best] or (named and not hashed)):
        return best
    if hashed:
        raise InputProblem(
            "contains hashes of addresses (MD5 or SHA), not addresses; they cannot be matched",
            source=source,
            hint="Export the addresses themselves; most tools offer both.",
        )
    raise InputProblem("contains no e-mail addresses", source=source, hint='Give their column the header "email".')


@lru_cache(maxsize=4096)
def reason_of(text: str, *, numbers: bool = False) -> str | None:
    """Return the reason that a state (or one of Mailtrain's `numbers`) means, None if it is unknown."""
    state = text.strip()
    if state in REASONS:
        return state
    if numbers and state in dict(_STATES["numbers"]):
        return str(dict(_STATES["numbers"])[state]).replace("active", ACTIVE)
    code = _SMTP_CODE.fullmatch(state)
    if code:
        return DEAD_ADDRESS if code["class"] == "5" else ACTIVE
    word = compact(state)
    return next((reason for reason, pattern in _MEANT if pattern.search(word)), None)


@lru_cache(maxsize=4096)
def is_set(text: str) -> bool:
    """Return whether a cell in a column of flags means yes."""
    word = compact(text)
    return bool(word) and word not in _NO


@lru_cache(maxsize=4096)
def when(text: str) -> datetime | None:
    """Read a time as tools write it: ISO, with a blank for the T, or seconds or milliseconds since 1970."""
    stamp = text.strip().removesuffix(" UTC")
    if stamp.isdecimal() and len(stamp) in {10, 13}:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(stamp) * (1 if len(stamp) == 13 else 1000))
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
