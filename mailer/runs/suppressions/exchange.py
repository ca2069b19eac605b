"""Exchange: importing and exporting suppressions as files of other tools.

A file is imported in batches, each in its own transaction, so that a sender only waits briefly. After a crash, what was
written stays, and importing the same file again adds the rest: existing suppressions are kept, so a second import adds
nothing. An import has a number and is undone as a whole, except for suppressions that others have asked for since.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from mailer import lazy_re as re
from mailer.address import printable
from mailer.config.secrets import DoorKey, write_door_key
from mailer.contacts.exporting import render_csv
from mailer.contacts.suppression_files import Entry, Listed, Subscribed
from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, field
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.suppressions import (
    EVERYWHERE,
    PERSON,
    Added,
    Import,
    NewSuppression,
    Source,
    Suppression,
    Wanted,
    add_many,
    begin_import,
    count_import,
    count_nameless,
    count_suppressions,
    end_import,
    parse_scope,
    parse_subject,
    read_imports,
    stream_suppressions,
)
from mailer.ledger.suppressions import undo_import as lift_import
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import RANK, check_reason, stream_rows
from mailer.runs.untrusted.lists import open_file, read_suppressions
from mailer.tokens import address_digest

_BATCH = 20_000
_PARTS: Final = 256  # by the first byte of the digest
_MOST_PROBLEMS: Final = 50
# Most of a million are this plain, and need not be parsed: what is not an address after all does no harm here.
_PLAIN = re.compile(r"[A-Za-z0-9._%+-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})")


@dataclass(frozen=True, slots=True)
class ImportWanted:
    """What is to be imported, and what was said about it; an empty `scope` or `reason` is what the rows say.

    Of a file that was uploaded `data` has the bytes, and `path` no more than its name.
    """

    path: Path
    format: str = "auto"
    scope: str = ""
    reason: str = ""
    data: bytes | None = field(default=None, repr=False)


@dataclass(slots=True)
class Imported:
    """What an import does, or did: counts by reason, and the first problems."""

    format: str
    rows: int = 0
    new: Counter[str] = field(default_factory=Counter)
    known: int = 0
    replaced: int = 0
    subscribed: int = 0
    invalid: int = 0
    problems: list[Problem] = field(default_factory=list)
    import_id: int | None = None
    written: bool = False

    def note(self, problem: Problem) -> None:
        """Count a row that could not be used; the first of them are kept."""
        self.invalid += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)


def import_optouts(office: Office, given: ImportWanted, ledger: Ledger | None = None) -> Imported:
    """Import a file; without a `ledger` to write to, return what that would do.

    Raises InputProblem if the file is no list of suppressions, or what was said about it is wrong; LedgerProblem
    where the keys are not the ledger's own.
    """
    if given.reason:
        check_reason(given.reason)
    scope = parse_scope(given.scope) if given.scope else ""
    with open_file(given.path, str(given.path)) if given.data is None else io.BytesIO(given.data) as data:
        digest = hashlib.file_digest(data, "sha256").digest()
        format_, rows = read_suppressions(data, name=given.path.name, format_=given.format, default=given.reason)
        told = Imported(format_)
        source = Source(given.path.name, digest, format_, given.scope or EVERYWHERE)
        for batch in filter(None, _in_order(_read(office, rows, told, scope))):
            if ledger is not None:
                if told.import_id is None:
                    with office.writing(ledger) as connection:
                        told.import_id = begin_import(connection, source, stamp=office.stamp())
                take = partial(add_many, entries=batch, rank=RANK, stamp=office.stamp(), import_id=told.import_id)
                added = ledger.step(take)
            elif office.ledger is not None:
                with office.reading(office.ledger) as connection:
                    added = add_many(connection, batch, rank=RANK, stamp=None)
            else:
                added = Added(tuple({(each.address_digest, each.scope): each for each in batch}.values()))
            told.new.update(each.reason for each in added.new)
            told.known += len(batch) - len(added.new)
            told.replaced += added.replaced
    if told.import_id is not None and ledger is not None:
        with ledger.writing() as connection:
            end_import(connection, told.import_id, added=told.new.total(), stamp=office.stamp())
    told.written = ledger is not None
    return told


def _in_order(entries: Iterator[NewSuppression]) -> Iterator[list[NewSuppression]]:
    """Yield entries in batches, those of a person in one; a million in the order in which the ledger's index has them.

    Each batch then touches its own pages of the index, and not all of them; meanwhile they are in a file.
    """
    if len(batch := list(islice(entries, _BATCH))) < _BATCH:
        yield batch
        return
    places: list[list[int]] = [[] for _ in range(_PARTS)]
    with TemporaryFile() as file:
        while batch:
            parts: list[list[tuple[object, ...]]] = [[] for _ in places]
            for each in batch:
                parts[each.address_digest[0]].append(tuple(each))
            for known, part in zip(places, parts, strict=True):
                known.append(file.tell())
                pickle.dump(part, file, protocol=5)
            batch = list(islice(entries, _BATCH))
        for known in places:
            for place in known:
                file.seek(place)
                batch += map(NewSuppression._make, pickle.load(file))  # noqa: S301 - written above
            if len(batch) >= _BATCH // 2 or known is places[-1]:
                yield batch
                batch = []


def _read(office: Office, rows: Iterable[Entry], told: Imported, scope: str) -> Iterator[NewSuppression]:
    now = office.clock()
    for row in rows:
        told.rows += 1
        if isinstance(row, Subscribed):
            told.subscribed += 1
        elif isinstance(row, Problem):
            told.note(row)
        else:
            try:
                yield _suppression(office, row, scope, now)
            except InputProblem as error:
                told.note(Problem("suppression", error.message, Severity.WARNING, row.source, row.line))


def _suppression(office: Office, row: Listed, scope: str, now: datetime) -> NewSuppression:
    """Return a suppression of a row; a time to come is not believed."""
    plain = _PLAIN.fullmatch(row.text)
    if plain and "xn--" not in plain[1].lower():
        kind, text = PERSON, row.text
        digest = address_digest(office.keys, text.lower())
    else:
        subject = parse_subject(office.keys, row.text)
        kind, digest, text = subject.kind, subject.digest, subject.text
    return NewSuppression(
        digest,
        text,
        row.reason,
        "import",
        printable(row.note, 200),
        scope=scope or (parse_scope(row.scope) if row.scope else EVERYWHERE),
        subject=kind,
        created_at=row.since if row.since is not None and row.since <= now else now,
    )


@dataclass(frozen=True, slots=True)
class ImportUndone:
    """An import, how many suppressions rest on it alone, and how many of them were lifted: none yet where `is_plan`."""

    import_id: int
    file: str
    at: datetime
    suppressed: int
    lifted: int = 0
    is_plan: bool = True


def list_imports(office: Office) -> tuple[Import, ...]:
    """Return the imports, the newest first, those that were undone among them."""
    if office.ledger is None:
        return ()
    with office.ledger.reading() as connection:
        return tuple(read_imports(connection))


def undo_import(office: Office, import_id: int, ledger: Ledger | None = None) -> ImportUndone:
    """Undo an import: what nothing but it says is lifted. Without a `ledger` to write to, only count it."""
    if office.ledger is None:
        raise InputProblem(f"there is no import {import_id} that could be undone")
    with ledger.writing() if ledger else office.ledger.reading() as connection:
        known = [each for each in read_imports(connection) if each.undone_at is None]
        found = next((each for each in known if each.id == import_id), None)
        if found is None:
            others = ", ".join(f"{each.id} ({each.name})" for each in known)
            hint = f"There are: {others}" if others else ""
            raise InputProblem(f"there is no import {import_id} that could be undone", hint=hint)
        suppressed, lifted = count_import(connection, import_id), 0
        if ledger is not None:
            check_keys(connection, office.keys)
            lifted = lift_import(connection, import_id, stamp=office.stamp())
    return ImportUndone(import_id, found.name, found.at, suppressed, lifted, is_plan=ledger is None)


# Export: a file says no more than its form can: Listmonk knows neither domains nor scopes, so those are counted, and
# told as left out. Suppressions whose address was forgotten are in no file.

FORMS: Final = ("csv", "listmonk", "json")
_WITH_SCOPES: Final = ("csv", "json")
_HEAD: Final = ("email", "reason", "scope", "since", "source", "note")


@dataclass(frozen=True, slots=True)
class Exported:
    """How many suppressions an export has, how many it cannot have, and where it went (empty: it was printed)."""

    format: str
    file: str
    suppressed: int
    forgotten: int
    left_out: int


def export_optouts(office: Office, wanted: Wanted, *, form: str) -> Iterator[str]:
    """Yield the text of the file, a piece at a time; `form` is one of `FORMS`. Without a ledger it is the header."""
    said = (
        (each.address, each.reason, each.scope, each.created_at.isoformat(timespec="seconds"), each.source, each.note)
        for each in stream_rows(office, wanted)
        if each.address and _fits(each, form)
    )
    if form == "csv":
        yield from render_csv(chain([_HEAD], said))
    elif form == "listmonk":
        # what its import in the mode "blocklist" takes; the state lets others, and us, read it too
        blocked = ((address, "", json.dumps({"reason": reason}), "blocklisted") for address, reason, *_ in said)
        yield from render_csv(chain([("email", "name", "attributes", "status")], blocked))
    else:
        yield '{"suppressed": ['
        for number, each in enumerate(said):
            yield ("," if number else "") + "\n " + json.dumps(dict(zip(_HEAD, each, strict=True)), ensure_ascii=False)
        yield "\n]}\n"


def count_exported(office: Office, wanted: Wanted, *, form: str, file: str) -> Exported:
    """Count what an export has, and the suppressions that its form cannot express or whose address was forgotten."""
    if office.ledger is None:
        return Exported(form, file, 0, 0, 0)
    with office.ledger.reading() as connection:
        rows = () if form in _WITH_SCOPES else stream_suppressions(connection, wanted)
        left_out = sum(1 for each in rows if each.address and not _fits(each, form))
        forgotten = count_nameless(connection, wanted)
        return Exported(form, file, count_suppressions(connection, wanted) - forgotten - left_out, forgotten, left_out)


def _fits(each: Suppression, form: str) -> bool:
    return form in _WITH_SCOPES or (each.subject == PERSON and each.scope == EVERYWHERE)


# The key that a small host needs to take opt-outs (`mailer serve --spool`).


@dataclass(frozen=True, slots=True)
class KeyWritten:
    """Where the key of the opt-out links was written, the ids of the keys it covers, and where the links lead."""

    file: Path
    keys: tuple[int, ...]
    base_url: str


def write_key(office: Office, ledger: Ledger, path: Path) -> KeyWritten:
    """Write the file with the opt-out key, the organisation's name and its address, readable only by its owner."""
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
    sender, base_url = office.sender(), office.settings.optout.base_url
    reply_to = sender.reply_to or sender.address
    write_door_key(path, DoorKey(office.keys.for_opt_outs(), sender.organisation, reply_to, base_url=base_url))
    return KeyWritten(path, tuple(sorted(office.keys.secrets)), base_url)
