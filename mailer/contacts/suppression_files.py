"""Suppression files: whom another tool does not mail, read out of what it exports.

Owns which rows of a file say so, for which reason and since when: suppression lists (every row), exports of contacts
with a status or flags (those rows), one address or `*@domain` a line, JSON as APIs give it, and a zip of such files
(Mailchimp's). The words are tables, below. Never asks the ledger. Rows are read one after the other:
a million need no memory.
Raises `InputProblem`: no addresses in it, hashed addresses, a file of people who are subscribed.

Gaps: dates such as 03/04/2026 can be read in two ways and are not kept. JSON files, and each file of an archive, are
held in memory.
"""

from __future__ import annotations

import csv
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain, islice
from typing import Any, BinaryIO, Final, TypeAlias

from mailer.address import printable
from mailer.contacts.choices import Choices
from mailer.contacts.files import forms, workbook
from mailer.contacts.files.table import open_table
from mailer.contacts.meaning.words import compact
from mailer.errors import InputProblem, Problem, Severity

_SAMPLE: Final = 60
_MOST_UNPACKED: Final = 2_000_000_000
_HASHED: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_SUBJECT: Final = re.compile(r"\S*@\S+|outlet:.+", re.IGNORECASE)

Row = tuple[int, list[str]]
Opened: TypeAlias = BinaryIO | workbook.Workbook


@dataclass(frozen=True, slots=True)
class Listed:
    """One row that says: do not mail. `text` is an address, `*@domain` or `outlet:NAME`, as it stands."""

    source: str
    line: int
    text: str
    reason: str
    since: datetime | None = None
    note: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A row, or a whole file, of somebody who may be mailed: it suppresses nobody."""

    source: str
    line: int


Entry: TypeAlias = Listed | Subscribed | Problem


def is_plain(head: bytes) -> bool:
    """Return whether a file that begins so is rows of text, and not an archive, a workbook or JSON."""
    return not workbook.is_workbook(head) and not _is_json(head)


def read_packed(content: bytes, *, name: str, format_: str, default: str) -> Iterator[str | list[Entry]]:
    """Read a file that is large or not plain: yield its format, and then what `read_suppressions` yields, in batches.

    Raises:
        InputProblem: nothing in it is a list of suppressions, or it cannot be opened.
    """
    data: Opened = io.BytesIO(content)
    if workbook.is_workbook(content) and not is_archive(io.BytesIO(content), name=name):
        data = workbook.load_workbook(io.BytesIO(content), name=name)
    yield find_format(data, name=name) if format_ == "auto" else format_
    entries = read_suppressions(data, name=name, format_=format_, default=default)
    while batch := list(islice(entries, workbook.BATCH)):
        yield batch


def read_suppressions(data: Opened, *, name: str, format_: str = "auto", default: str = "") -> Iterator[Entry]:
    """Yield every row that suppresses, every one that does not, and what could not be used, with file and line.

    `default` is the reason of rows that name none; without one it is taken from the file's name.

    Raises:
        InputProblem: nothing in it is a list of suppressions.
    """
    for source, part in _parts(data, name):
        header, rows = _open(part, source)
        sample = list(islice(rows, _SAMPLE))
        reader = _Reader(header, [cells for _, cells in sample], source, format_, default)
        for line, cells in chain(sample, rows):
            found = Subscribed(source, line) if reader.is_of_subscribers else reader.read(line, cells)
            if found is not None:
                yield found


def find_format(data: Opened, *, name: str) -> str:
    """Name the tool whose file this seems to be; `csv` where it could be anybody's."""
    for source, part in _parts(data, name):
        header, _ = _open(part, source)
        return _format(tuple(map(compact, header)))
    return "csv"


def is_archive(data: BinaryIO, *, name: str) -> bool:
    """Return whether a file is a zip archive of text tables, which a workbook is not.

    Raises:
        InputProblem: it is a damaged archive.
    """
    data.seek(0)
    if data.read(4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(data) as archive:
            return bool(_tables(archive)) and "[Content_Types].xml" not in archive.namelist()
    except zipfile.BadZipFile:
        raise _unreadable(name) from None


def _parts(data: Opened, name: str) -> Iterator[tuple[str, Opened]]:
    """Yield the file itself, or the tables in it where it is an archive of them."""
    if isinstance(data, workbook.Workbook) or not is_archive(data, name=name):
        yield name, data
        return
    try:
        with zipfile.ZipFile(data) as archive:
            if sum(each.file_size for each in _tables(archive)) > _MOST_UNPACKED:
                raise InputProblem("would unpack to more than 2 GB", source=name)
            for each in _tables(archive):
                with archive.open(each) as member:
                    yield f"{name}/{each.filename}", io.BytesIO(member.read())
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError, zlib.error, lzma.LZMAError):
        raise _unreadable(name) from None


def _tables(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [each for each in archive.infolist() if each.filename.lower().endswith((".csv", ".txt"))]


def _unreadable(name: str) -> InputProblem:
    return InputProblem("is a zip archive that cannot be read (damaged, or with a password)", source=name)


def _open(data: Opened, source: str) -> tuple[list[str], Iterator[Row]]:
    """Return the header of a file, empty where it has none, and its rows below."""
    head = b""
    if not isinstance(data, workbook.Workbook):
        data.seek(0)
        head = data.read(64)
    if isinstance(data, workbook.Workbook) or workbook.is_workbook(head[:8]):
        table = open_table(data, name=source, choices=Choices())
        return list(table.header), ((line, cells) for _, line, cells in table.rows())
    if _is_json(head):
        return _open_json(data, source)
    encoding = forms.find_encoding(data, name=source)
    sample = list(islice(forms.read_lines(data, encoding, name=source), _SAMPLE))
    delimiter = max(",;\t|", key=lambda each: sum(line.count(each) for line in sample))
    rows = _cells(forms.read_lines(data, encoding, name=source), delimiter, source)
    first = next(rows, None)
    if first is None:
        raise InputProblem("is empty", source=source)
    if not any(_SUBJECT.fullmatch(cell) or _HASHED.fullmatch(cell) for cell in first[1]) and any(
        compact(cell) in EMAIL | HASH or "mail" in compact(cell) for cell in first[1]
    ):
        return first[1], rows
    return [], chain([first], rows)


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}


def _cells(lines: Iterable[str], delimiter: str, source: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:  # a cell of more than 131,072 characters: mostly a quotation mark that is never closed
        line = reader.line_num
        raise InputProblem(
            "has a cell without an end: is a quotation mark missing?", source=source, line=line
        ) from None


def _open_json(data: BinaryIO, source: str) -> tuple[list[str], Iterator[Row]]:
    data.seek(0)
    try:
        found = _objects(json.loads(data.read()))
    except (ValueError, RecursionError):
        raise InputProblem("is no JSON that can be read", source=source) from None
    header = list(dict.fromkeys(key for each in found for key in each))
    if not header:
        raise InputProblem("holds no list of addresses", source=source)
    rows = ([_text(each.get(key)) for key in header] for each in found)
    return header, ((number, cells) for number, cells in enumerate(rows, start=1))


def _objects(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - what JSON holds
    """Return the first list of objects (or of bare addresses) in what an API answers."""
    if isinstance(found, list):
        return [each if isinstance(each, dict) else {"email": each} for each in found]
    for each in found.values() if isinstance(found, dict) else ():
        if isinstance(each, list) and each:
            return _objects(each)
    return []


def _text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value).strip()


def _format(header: tuple[str, ...]) -> str:
    """Name the tool by its column names."""
    has = frozenset(header).issuperset
    for columns, name in (
        ({"unsubtime"}, "mailchimp"),
        ({"cleantime"}, "mailchimp"),
        ({"memberrating", "optintime"}, "mailchimp"),
        ({"uuid", "status", "attributes"}, "listmonk"),
        ({"email", "name", "attributes"}, "listmonk"),
        ({"emailaddress", "suppressionreason"}, "postmark"),
        ({"emailaddress", "reason", "lastupdatetime"}, "ses"),
        ({"cid", "email", "status"}, "mailtrain"),
        ({"address", "code", "error"}, "mailgun"),
        ({"unsubscribedfromallemail"}, "hubspot"),
        ({"optedoutofallemail"}, "hubspot"),
        ({"emailblacklisted"}, "brevo"),
        ({"emailblocklisted"}, "brevo"),
        ({"email", "created", "reason"}, "sendgrid"),
    ):
        if has(columns):
            return name
    return "csv"


def _email_column(names: Sequence[str], sample: Sequence[Sequence[str]], source: str) -> int:
    width = max((len(cells) for cells in sample), default=len(names))
    columns = [[cells[i] for cells in sample if i < len(cells) and cells[i]] for i in range(width)]
    counts = [sum(_SUBJECT.fullmatch(cell.lstrip("'")) is not None for cell in cells) for cells in columns]
    hashed = [sum(_HASHED.fullmatch(cell) is not None for cell in cells) for cells in columns]
    named = [i for i, each in enumerate(names) if each in EMAIL and i < width]
    best = max(named or range(width), key=lambda i: counts[i], default=None)
    if best is not None and (counts[best] or (named and not any(hashed))):
        return best
    if any(hashed):
        raise InputProblem(
            "holds hashes of addresses (MD5 or SHA), not addresses; they cannot be matched",
            source=source,
            hint="Export the addresses themselves; most tools offer both.",
        )
    raise InputProblem("holds no e-mail addresses", source=source, hint='Give their column the header "email".')


class _Reader:
    """What the rows of one file say, by where its columns stand."""

    def __init__(
        self, header: Sequence[str], sample: Sequence[Sequence[str]], source: str, format_: str, default: str
    ) -> None:
        names = tuple(map(compact, header))
        tool = _format(names) if format_ == "auto" else format_
        is_plain_list = format_ == "csv"
        email = _email_column(names, sample, source)
        others = [(i, each) for i, each in enumerate(names) if i != email]

        def at(known: frozenset[str]) -> int | None:
            return next((i for i, each in others if each in known), None)

        self._source = source
        self._default = default or reason_of(re.sub(r"\.\w+$", "", re.split(r"[/\\]", source)[-1])) or OPTED_OUT
        self._email, self._why, self._note, self._scope = email, at(REASON), at(NOTE), at(SCOPE)
        self._status = None if is_plain_list else at(STATUS)
        self._flags = [] if is_plain_list else [(i, FLAGS[each]) for i, each in others if each in FLAGS]
        self._since = [names.index(each) for each in SINCE if each in names]
        self._numbers = tool == "mailtrain"
        # an archive of Mailchimp's has a file of people who are subscribed beside the others
        self.is_of_subscribers = tool == "mailchimp" and self._status is None and not self._flags

    def read(self, line: int, cells: list[str]) -> Listed | Subscribed | Problem | None:
        """Read one row; None where nothing stands in it."""

        def cell(position: int | None) -> str:
            return cells[position] if position is not None and position < len(cells) else ""

        text, message = cell(self._email).removeprefix("'"), ""
        reason = self._reason(cell)
        if not text:
            if not any(cells):
                return None
            message = "there is no address in this row"
        elif reason is None:
            message = f'"{printable(cell(self._status))}" is no status that is known: {printable(text)} not taken'
        if message or reason is None:
            return Problem("suppression", message, Severity.WARNING, self._source, line)
        if reason == ACTIVE:
            return Subscribed(self._source, line)
        since = next((found for i in self._since if (found := when(cell(i)))), None)
        return Listed(self._source, line, text, reason, since, cell(self._note), cell(self._scope))

    def _reason(self, cell: Callable[[int | None], str]) -> str | None:
        """Return the reason, `ACTIVE` where the row suppresses nobody, None where its status is unknown."""
        flagged = next((reason for i, reason in self._flags if is_set(cell(i))), "")
        if flagged:
            return flagged
        known: str | None = ACTIVE
        if cell(self._status):
            known = reason_of(cell(self._status), numbers=self._numbers)
            if known != OPTED_OUT:
                return known
        elif self._status is not None or self._flags:
            return ACTIVE
        why = cell(self._why)
        if not known and _TEMPORARY.search(compact(why)):  # a soft bounce will pass by itself
            return ACTIVE
        return reason_of(why) or known or self._default


# Suppression words: how other tools say that an address must not be mailed.
#
# A soft bounce, a block for a time, and "non-subscribed" (never asked) are no suppressions. A status that stands in
# no table is said, and suppresses nobody.

OPTED_OUT, COMPLAINED, DEAD_ADDRESS = "opted_out", "complained", "dead_address"
DO_NOT_CONTACT, MANUAL = "do_not_contact", "manual"
ACTIVE: Final = ""

FORMATS: Final = (
    *("auto", "csv", "listmonk", "mailchimp", "mailtrain", "brevo", "hubspot", "sendgrid", "postmark", "ses"),
    "mailgun",
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EMAIL: Final = _words("email emailaddress emailadresse address recipient mail emails primaryemail subscriberemail")
STATUS: Final = _words(
    "status subscriptionstatus subscriberstatus emailstatus state marketingstatus emailmarketingstatus code"
)
REASON: Final = _words("reason suppressionreason type cause category bouncetype")
SCOPE: Final = _words("scope")
# the time of the no itself rather than that of the row; of a contact, its last change rather than its making
SINCE: Final = (
    *("unsubtime", "cleantime", "unsubscribedat", "unsubscribedate", "optouttime", "optoutdate", "bouncedat"),
    *("suppressedat", "blockedat", "since", "lastupdatetime", "lastchanged", "updatedat", "addedat", "added"),
    *("created", "createdat", "createtime", "timestamp", "time", "date"),
)
NOTE: Final = _words("note unsubreasonother unsubreason unsubcampaigntitle cleancampaigntitle error description")
HASH: Final = _words("hash emailhash md5 sha1 sha256 emailmd5 emailsha256 leid")
# a filled-in cell says it by itself: a yes, or the time when it happened
FLAGS: Final = {
    **dict.fromkeys(
        _words(
            "optedoutofallemail unsubscribedfromallemail unsubscribed optout optedout emailoptout hasoptedoutofemail "
            "blocklisted blacklisted emailblacklisted emailblocklisted blacklist blocklist globallyunsubscribed "
            "globalunsubscribe unsubtime unsubscribedat unsubscribetime optouttime optoutdate unsubscribedate"
        ),
        OPTED_OUT,
    ),
    **dict.fromkeys(_words("cleantime hardbounced hardbounce cleaned emailhardbouncereason bounced"), DEAD_ADDRESS),
    **dict.fromkeys(_words("complained spamcomplaint spamreport markedasspam"), COMPLAINED),
    **dict.fromkeys(_words("donotcontact donotemail donotmail"), DO_NOT_CONTACT),
}
_NO: Final = _words("no false 0 n nein non nej never none null")

_TEMPORARY: Final = re.compile(r"soft|transient|temporar|deferred|undetermined")
# in this order: "unsubscribed" has "subscribed" in it, and "soft bounce" a bounce
_STATES: Final = (
    (_TEMPORARY, ACTIVE),
    (re.compile(r"donotcontact|donotmail"), DO_NOT_CONTACT),
    (re.compile(r"spam|complain|abuse|junk"), COMPLAINED),
    (re.compile(r"bounce|clean|invalid|undeliver|dead|unknownuser|notexist|nosuch|mailboxunavailable"), DEAD_ADDRESS),
    (
        re.compile(r"unsub|optout|optedout|opteddown|blocklist|blacklist|optsout|désinscri|desinscri|abgemeldet"),
        OPTED_OUT,
    ),
    (re.compile(r"^(manualsuppression|recipient|user|customer|removed|suppressed|blocked)$"), OPTED_OUT),
    (re.compile(r"^(manual|bystaff|admin|disabled)$"), MANUAL),
    (
        re.compile(r"^(|non?subscribed|transactional|subscribed|enabled|active|confirmed|ok|valid)$"),
        ACTIVE,
    ),
    (re.compile(r"^(delivered|pending|unconfirmed|imported|new|inactive|archived|open|true|yes|0)$"), ACTIVE),
)
_MAILTRAIN: Final = {"1": ACTIVE, "2": OPTED_OUT, "3": DEAD_ADDRESS, "4": COMPLAINED}
_SMTP_CODE: Final = re.compile(r"(?P<class>[245])(?:\d\d|\.\d{1,3}\.\d{1,3})(?:\D.*)?")
_OWN: Final = frozenset({OPTED_OUT, COMPLAINED, DEAD_ADDRESS, DO_NOT_CONTACT, MANUAL})


@lru_cache(maxsize=4096)
def reason_of(text: str, *, numbers: bool = False) -> str | None:
    """Return the reason that a state means, `ACTIVE` for somebody who may be mailed, None where nobody knows it.

    `numbers`: the states are Mailtrain's numbers.
    """
    said = text.strip()
    if said in _OWN:
        return said
    if numbers and said in _MAILTRAIN:
        return _MAILTRAIN[said]
    code = _SMTP_CODE.fullmatch(said)
    if code:
        return DEAD_ADDRESS if code["class"] == "5" else ACTIVE
    word = compact(said)
    return next((reason for pattern, reason in _STATES if pattern.search(word)), None)


@lru_cache(maxsize=4096)
def is_set(text: str) -> bool:
    """Return whether a cell of a column that is a flag says yes."""
    word = compact(text)
    return bool(word) and word not in _NO


def when(text: str) -> datetime | None:
    """Read a time as tools write it: ISO, with a blank for the T, or seconds or milliseconds since 1970."""
    said = text.strip().removesuffix(" UTC")
    if not said:
        return None
    if said.isdecimal() and len(said) in {10, 13}:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(said) * (1 if len(said) == 13 else 1000))
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
