"""Purge: deletes what is older than `[retention]` allows, on request.

Owns the dates that follow from mailer.toml, what is deleted (from the ledger, undo copies, previews), and what is only
reported: contacts who have not been verified for long, or are past their own date. No list is changed, and no opt-out
is lost. A worker does it once a day if mailer.toml says so (`by_worker`): the ledger's part once for all hosts, and
files on each host. It reads no lists, since nobody would see the report.
Raises `InputProblem`.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from mailer.contacts.audience import read_day, retention_over
from mailer.errors import InputProblem, MailerError, Problem, gather
from mailer.frozen import dataclass, field
from mailer.ledger import Ledger
from mailer.ledger.connection import compact
from mailer.ledger.person import TOUCHED, Kept, Outdated, find_outdated, purge_outdated
from mailer.ledger.processes import claim_period, find_at_work, free_dead_processes, place_of
from mailer.runs.lists import contacts_of, open_list
from mailer.runs.office import Office
from mailer.settings import Retention

_MONTH_DAYS: Final = 30.44
_SHOWN: Final = 20
_LOCK: Final = "lock"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A contact to be checked: the row in a list, and the date of the last check or the end of retention."""

    list_name: str
    line: int
    email: str
    day: date | None


@dataclass(slots=True)
class OverdueContacts:
    """Contacts that are only reported: not verified for long (`day`: the last time), or kept past their own date."""

    unverified: list[Overdue] = field(default_factory=list)
    unverified_count: int = 0
    past_retention: list[Overdue] = field(default_factory=list)
    past_retention_count: int = 0
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Purged:
    """What is to be deleted, or was: in the ledger, undo copies, previews; and the contacts that are only reported."""

    ledger: Outdated = field(default_factory=Outdated)
    undo: list[Path] = field(default_factory=list)
    previews: list[Path] = field(default_factory=list)
    contacts: OverdueContacts = field(default_factory=OverdueContacts)
    is_compact: bool = True
    done: bool = False

    @property
    def is_nothing(self) -> bool:
        """Return whether there is nothing to delete."""
        return self.ledger.is_nothing and not self.undo and not self.previews

    def oldest(self, paths: list[Path]) -> Kept:
        """Count files, with the time when the oldest was written."""
        times = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in paths if path.exists()]
        return Kept(len(paths), min(times, default=None))


def look(office: Office) -> Purged:
    """Find what `purge` would delete; change nothing."""
    now = office.clock()
    found = Purged(contacts=_find_overdue(office, now))
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            found.ledger = find_outdated(connection, **_dates(office.settings.retention, now))
    _find_files(office, found)
    return found


def _find_files(office: Office, found: Purged) -> None:
    retention, now = office.settings.retention, office.clock()
    if before := _before(now, retention.undo_days):
        steps = sorted((office.workspace.machine / "undo").glob("*"))
        found.undo = [path for path in steps if path.name != _LOCK and _is_older(path, before)]
    if before := _before(now, retention.preview_days):
        folder = office.workspace.machine / "preview"
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        found.previews = [path for path in files if _is_older(path, before)]
        page = folder / "index.html"  # shows the previews, and is written again with the next one
        if found.previews and page.exists() and page not in found.previews:
            found.previews.append(page)


def purge(office: Office, ledger: Ledger) -> Purged:
    """Delete what is past its retention; return what was deleted.

    Raises InputProblem if mail is being sent right now; LedgerProblem if the ledger cannot be written.
    """
    found = look(office)
    _purge_ledger(office, ledger, found)
    _purge_files(found)
    found.done = True
    return found


def purge_daily(office: Office, ledger: Ledger) -> Purged | None:
    """Purge, if that has not been done today (UTC): the ledger unless another host has, and the files of this host.

    Return None, and do nothing, while mail is being sent. Raises as `purge`.
    """
    folder = office.workspace.make_machine_folder("run")
    here = hashlib.sha256(place_of(folder).encode()).hexdigest()[:16]
    with ledger.reading() as connection:
        if find_at_work(connection, folder, now=ledger.now()):
            return None
    claim = partial(claim_period, every=_DAY, owner=here, now=ledger.now(), ticks=False)
    with ledger.writing() as connection:
        purges_files, purges_ledger = claim(connection, f"purge {here}"), claim(connection, "purge")
    found = Purged(done=True)
    if purges_ledger:
        _purge_ledger(office, ledger, found)
    if purges_files:
        _find_files(office, found)
        _purge_files(found)
    return found


def _purge_ledger(office: Office, ledger: Ledger, found: Purged) -> None:
    stamp = office.stamp()
    folder = office.workspace.make_machine_folder("run")
    free_dead_processes(ledger, folder, now=stamp.at)
    with ledger.writing() as connection:
        if at_work := find_at_work(connection, folder, now=stamp.at):
            raise InputProblem(f"{at_work[0]} is being sent right now", hint="Purge when that is over.")
        found.ledger = purge_outdated(connection, **_dates(office.settings.retention, stamp.at), stamp=stamp)
    if not found.ledger.is_nothing:
        found.is_compact = compact(ledger, TOUCHED)


def _purge_files(found: Purged) -> None:
    for path in (*found.undo, *found.previews):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _dates(retention: Retention, now: datetime) -> dict[str, datetime | None]:
    raw, log = _before(now, retention.raw_days), _before(now, retention.log_months * _MONTH_DAYS)
    return {"raw_before": raw, "log_before": log}


def _before(now: datetime, days: float) -> datetime | None:
    return now - timedelta(days=days) if days else None


def _is_older(path: Path, before: datetime) -> bool:
    return path.stat().st_mtime < before.timestamp()


def _find_overdue(office: Office, now: datetime) -> OverdueContacts:
    """Return the overdue contacts of all lists that have a column for such dates."""
    found, today = OverdueContacts(), now.date()
    limit = _before(now, office.settings.retention.unverified_months * _MONTH_DAYS)
    for path in office.workspace.lists():
        try:
            with open_list(office.workspace, path) as list_file:
                columns = list_file.layout.columns
                has_verified = "last_verified_at" in columns
                for entry in contacts_of(list_file) if has_verified or "retention_until" in columns else ():
                    row = (entry.list_name, entry.line, str(entry.address))
                    over = retention_over(entry.fields, today=today)
                    verified = read_day(entry.fields["last_verified_at"])
                    if over is not None:
                        found.past_retention_count += 1
                        found.past_retention += [Overdue(*row, over)] if found.past_retention_count <= _SHOWN else []
                    if limit and has_verified and (verified is None or verified < limit.date()):
                        found.unverified_count += 1
                        found.unverified += [Overdue(*row, verified)] if found.unverified_count <= _SHOWN else []
        except MailerError as error:
            found.problems += gather(error)
    return found
