"""Exchange: importing and exporting suppressions as files of other tools.

A file is imported in batches, each in its own transaction, so that a sender only waits briefly. After a crash, what was
written stays, and importing the same file again adds the rest: existing suppressions are kept, so a second import adds
nothing. An import has a number and is undone as a whole, except for suppressions that have another source since.
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
from mailer.config.secrets import OptOutKeyFile, write_opt_out_key_file
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
# Most of a million addresses are this plain and need no parsing; a false match does no harm here.
_PLAIN = re.compile(r"[A-Za-z0-9._%+-]{1,64}@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})")


@dataclass(frozen=True, slots=True)
class ImportWanted:
    """A file to be imported; an empty `scope` or `reason` is taken from the rows.

    If the file was uploaded, `data` has its bytes, and `path` is only its name.
    """

    path: Path
    format: str = "auto"
    scope: str = ""
    reason: str = ""
    data: bytes | None = field(default=None, repr=False)


@dataclass(slots=True)
class Imported:
    """What an import did, or would do: counts by reason, and the first problems."""

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
        """Count a row that could not be used; the first problems are kept."""
        self.invalid += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)


def import_optouts(office: Office, request: ImportWanted, ledger: Ledger | None = None) -> Imported:
    """Import a file; without a `ledger` to write to, return what that would do.

    Raises InputProblem if the file is no list of suppressions, or its reason or scope is unknown; LedgerProblem
    if the keys are not the ledger's own.
    """
    if request.reason:
        check_reason(request.reason)
    scope = parse_scope(request.scope) if request.scope else ""
    with open_file(request.path, str(request.path)) if request.data is None else io.BytesIO(request.data) as data:
        digest = hashlib.file_digest(data, "sha256").digest()
        format_, rows = read_suppressions(data, name=request.path.name, format_=request.format, default=request.reason)
        done = Imported(format_)
        source = Source(request.path.name, digest, format_, request.scope or EVERYWHERE)
        for batch in filter(None, _in_order(_read(office, rows, done, scope))):
            if ledger is not None:
                if done.import_id is None:
                    with office.writing(ledger) as connection:
                        done.import_id = begin_import(connection, source, stamp=office.stamp())
                take = partial(add_many, entries=batch, rank=RANK, stamp=office.stamp(), import_id=done.import_id)
                added = ledger.step(take)
            elif office.ledger is not None:
                with office.reading(office.ledger) as connection:
                    added = add_many(connection, batch, rank=RANK, stamp=None)
            else:
                added = Added(tuple({(each.address_digest, each.scope): each for each in batch}.values()))
            done.new.update(each.reason for each in added.new)
            done.known += len(batch) - len(added.new)
            done.replaced += added.replaced
    if done.import_id is not None and ledger is not None:
        with ledger.writing() as connection:
            end_import(connection, done.import_id, added=done.new.total(), stamp=office.stamp())
    done.written = ledger is not None
    return done


def _in_order(entries: Iterator[NewSuppression]) -> Iterator[list[NewSuppression]]:
    """Yield entries in batches, those of a person together; many entries in the order of the ledger's index.

    Each batch then touches its own pages of the index and not all of them. Until then the entries are in a file.
    """
    if len(batch := list(islice(entries, _BATCH))) < _BATCH:
        yield batch
        return
    offsets: list[list[int]] = [[] for _ in range(_PARTS)]
    with TemporaryFile() as file:
        while batch:
            parts: list[list[tuple[object, ...]]] = [[] for _ in offsets]
            for each in batch:
                parts[each.address_digest[0]].append(tuple(each))
            for starts, part in zip(offsets, parts, strict=True):
                starts.append(file.tell())
                pickle.dump(part, file, protocol=5)
            batch = list(islice(entries, _BATCH))
        for starts in offsets:
            for start in starts:
                file.seek(start)
                batch += map(NewSuppression._make, pickle.load(file))  # noqa: S301 - written above
            if len(batch) >= _BATCH // 2 or starts is offsets[-1]:
                yield batch
                batch = []


def _read(office: Office, rows: Iterable[Entry], done: Imported, scope: str) -> Iterator[NewSuppression]:
    now = office.clock()
    for row in rows:
        done.rows += 1
        if isinstance(row, Subscribed):
            done.subscribed += 1
        elif isinstance(row, Problem):
            done.note(row)
        else:
            try:
                yield _suppression(office, row, scope, now)
            except InputProblem as error:
                done.note(Problem("suppression", error.message, Severity.WARNING, row.source, row.line))


def _suppression(office: Office, row: Listed, scope: str, now: datetime) -> NewSuppression:
    """Return the suppression in a row; a date in the future is replaced with now."""
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
    """An import, how many suppressions have no other source, and how many of them were lifted (`is_plan`: none yet)."""

    import_id: int
    file: str
    at: datetime
    suppressed: int
    lifted: int = 0
    is_plan: bool = True


def list_imports(office: Office) -> tuple[Import, ...]:
    """Return all imports, the newest first, with those that were undone."""
    if office.ledger is None:
        return ()
    with office.ledger.reading() as connection:
        return tuple(read_imports(connection))


def undo_import(office: Office, import_id: int, ledger: Ledger | None = None) -> ImportUndone:
    """Undo an import: lift the suppressions that have no other source. Without a `ledger` to write to, only count."""
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


# Export: Listmonk knows neither domains nor scopes, so suppressions with these are counted and reported as left out.
# Suppressions whose address was erased are in no file.

FORMS: Final = ("csv", "listmonk", "json")
_WITH_SCOPES: Final = ("csv", "json")
_HEAD: Final = ("email", "reason", "scope", "since", "source", "note")


@dataclass(frozen=True, slots=True)
class Exported:
    """How many suppressions an export has, how many are missing, and its file (empty: it was printed)."""

    format: str
    file: str
    suppressed: int
    forgotten: int
    left_out: int


def export_optouts(office: Office, wanted: Wanted, *, form: str) -> Iterator[str]:
    """Yield the text of the file, a piece at a time; `form` is one of `FORMS`. Without a ledger: the header alone."""
    rows = (
        (each.address, each.reason, each.scope, each.created_at.isoformat(timespec="seconds"), each.source, each.note)
        for each in stream_rows(office, wanted)
        if each.address and _fits(each, form)
    )
    if form == "csv":
        yield from render_csv(chain([_HEAD], rows))
    elif form == "listmonk":
        # the columns of Listmonk's import in the mode "blocklist"; with the status, other tools and we can read it too
        blocked = ((address, "", json.dumps({"reason": reason}), "blocklisted") for address, reason, *_ in rows)
        yield from render_csv(chain([("email", "name", "attributes", "status")], blocked))
    else:
        yield '{"suppressed": ['
        for number, each in enumerate(rows):
            yield ("," if number else "") + "\n " + json.dumps(dict(zip(_HEAD, each, strict=True)), ensure_ascii=False)
        yield "\n]}\n"


def count_exported(office: Office, wanted: Wanted, *, form: str, file: str) -> Exported:
    """Count the suppressions in an export, those that its form cannot express, and those whose address was erased."""
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
    write_opt_out_key_file(
        path, OptOutKeyFile(office.keys.for_opt_outs(), sender.organisation, reply_to, base_url=base_url)
    )
    return KeyWritten(path, tuple(sorted(office.keys.secrets)), base_url)
