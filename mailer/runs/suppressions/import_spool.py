"""Import spool: the opt-outs that a small host has taken become suppressions here, each line once.

Owns the reading of a spool's files in the order of time, and what is told of them. A line is known by the SHA-256 of
its bytes and its place in no file: a spool may be copied, joined and read any number of times, also while it grows, and
what staff lift afterwards is not suppressed again. Each batch is one transaction; a crash loses and doubles nothing.

Every token is verified again, with the ledger's own keys: the host is believed in nothing but the hour, and that only
backwards. A last line without its end is not there yet (the host has not answered it). Nothing is deleted.
Raises `InputProblem`.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from mailer.errors import InputProblem, Problem
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys, verify_keys
from mailer.ledger.returns import find_linked, known_among, note_lines
from mailer.runs.office import Office
from mailer.runs.suppressions.link_optouts import Act, Honoured, LinkMethod, Wish, honour_acts, tidy_reason
from mailer.tokens import TOKEN_LENGTH, Purpose, parse_token

PATTERN: Final = "optouts-*.jsonl"
LATE: Final = timedelta(hours=48)  # standards P5, L3
_BATCH: Final = 500
_MOST_PROBLEMS: Final = 50
_FORGED: Final = "the token is none of this ledger's keys: forged, damaged, or another office's"


@dataclass(frozen=True, slots=True)
class _Read:
    """A line that was read: its digest, where it stands, and what was done."""

    digest: bytes
    source: str
    act: Act


@dataclass(slots=True)
class SpoolTold:
    """What a spool brought. `waited` is how long the oldest line that was new had lain there."""

    files: int = 0
    lines: int = 0
    known: int = 0
    done: Honoured = field(default_factory=Honoured)
    bad: int = 0
    unfinished: int = 0
    waited: timedelta = timedelta()
    problems: list[Problem] = field(default_factory=list)
    written: bool = False

    @property
    def undone(self) -> int:
        """Return how many undid their opt-out themselves."""
        return len(self.done.undone)

    @property
    def waited_s(self) -> int:
        """Return how long the oldest new line had waited, in seconds."""
        return round(self.waited.total_seconds())

    def add(self, done: Honoured, acts: Sequence[Act], *, now: datetime) -> None:
        """Add up what a batch did."""
        for name in ("new", "again", "of_tests", "unknown"):
            setattr(self.done, name, getattr(self.done, name) + getattr(done, name))
        self.done.undone |= done.undone
        if acts:
            self.waited = max(self.waited, now - min(act.at for act in acts))

    def note(self, source: str, line: int | None, message: str) -> None:
        """Count a line that cannot be used; the first of them are kept."""
        self.bad += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem("spool", message, source=source, line=line))


def import_spool(office: Office, ledger: Ledger, folder: Path) -> SpoolTold:
    """Take in what lies in a spool.

    Raises:
        InputProblem: there is no such folder, or no spool in it.
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    told = SpoolTold()
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
    lines = _lines(office, folder, told)
    while batch := list(islice(lines, _BATCH)):
        with ledger.writing() as connection:
            known = known_among(connection, [each.digest for each in batch])
            fresh = list({each.digest: each for each in batch if each.digest not in known}.values())
            told.known += len(batch) - len(fresh)
            # a clock there that runs ahead must not open the hour of the undo any longer
            acts = [replace(each.act, at=min(each.act.at, office.clock())) for each in fresh]
            told.add(honour_acts(connection, office, acts), acts, now=office.clock())
            mail_is_known = find_linked(connection, {act.delivery for act in acts})
            # a line about a mail that this ledger does not know is asked for again: the right one may be put back
            taken = [each for each in fresh if each.act.delivery in mail_is_known]
            note_lines(connection, [(each.digest, each.source) for each in taken], at=office.clock())
    told.written = True
    return told


def foresee_spool(office: Office, folder: Path) -> SpoolTold:
    """Return how many lines lie in a spool, and how many of them are new; nothing is written.

    Raises:
        InputProblem: there is no such folder, or no spool in it.
    """
    told = SpoolTold()
    lines = _lines(office, folder, told)
    while batch := list(islice(lines, _BATCH)):
        known: set[bytes] = set()
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                verify_keys(connection, office.keys)
                known = known_among(connection, [each.digest for each in batch])
        fresh = {each.digest: each.act for each in batch if each.digest not in known}
        told.known += len(batch) - len(fresh)
        told.done.new += sum(act.wish is Wish.OPT_OUT for act in fresh.values())
        told.done.undone |= {act.delivery for act in fresh.values() if act.wish is Wish.UNDO}
    return told


def _lines(office: Office, folder: Path, told: SpoolTold) -> Iterator[_Read]:
    """Yield the usable lines of all files by their time: an undo may lie in another process's file."""
    try:
        files = sorted(folder.glob(PATTERN)) if folder.is_dir() else None
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(folder)) from None
    if files is None:
        raise InputProblem("there is no such folder", source=str(folder), hint="mailer serve --spool DIR makes it")
    told.files = len(files)
    yield from heapq.merge(*(_read(office, path, told) for path in files), key=lambda each: each.act.at)


def _read(office: Office, path: Path, told: SpoolTold) -> Iterator[_Read]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 2), b""), start=1):
                if not line.endswith(b"\n") and not _is_passed_over(file):
                    told.unfinished += 1
                    return
                try:
                    whole = line.rstrip(b"\r\n")
                    spooled = parse_line(whole)
                    delivery = parse_token(office.keys, Purpose.OPT_OUT, spooled.token)
                    if delivery is None:
                        told.note(str(path), number, _FORGED)
                    else:
                        digest = hashlib.sha256(b"spool\0" + whole).digest()
                        yield _Read(digest, f"{path.name}:{number}", replace(spooled.act, delivery=delivery))
                except ValueError as problem:
                    told.note(str(path), number, str(problem))
                told.lines += 1
    except OSError as error:
        told.note(str(path), None, f"cannot be read: {error.strerror or error}")


def _is_passed_over(file: BinaryIO) -> bool:
    """Pass over the rest of a line that is too long; False where the file ends before it does."""
    while piece := file.readline(LONGEST_LINE):
        if piece.endswith(b"\n"):
            return True
    return False


# Spool lines: an act at the opt-out link as one line of text, and back. A line is JSON without line breaks in it, so a
# file of them can be appended to, cut, joined and read with any tool. The token is kept as it came, since only the
# host with the ledger can say whom it names.

LONGEST_LINE = 8192  # bytes; a reason of 500 characters, all of them escaped, fits


@dataclass(frozen=True, slots=True)
class Spooled:
    """One line: the token as it came, and what was done by it; `act.delivery` is what the host read out of it."""

    token: str
    act: Act


def line_of(spooled: Spooled) -> bytes:
    """Return the line of an act, with its line end."""
    act = spooled.act
    told: dict[str, Any] = {
        "at": act.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "do": act.wish.value,
        "token": spooled.token.lower(),
        "by": act.method.value,
    }
    if not act.everywhere:
        told["scope"] = "list"
    if act.reason:
        told["reason"] = act.reason
    return json.dumps(told).encode("ascii") + b"\n"


def parse_line(line: bytes) -> Spooled:
    """Read a line (without its end). The token is not verified here, and `act.delivery` is empty.

    Raises:
        ValueError: it is none of ours.
    """
    if len(line) > LONGEST_LINE:
        raise ValueError("the line is too long")
    try:
        told = json.loads(line)
        at, do, token, by = (str(told[name]) for name in ("at", "do", "token", "by"))
        scope, reason = str(told.get("scope", "everywhere")), str(told.get("reason", ""))
        moment = datetime.fromisoformat(at)
        act = Act(b"", moment.astimezone(UTC), Wish(do), LinkMethod(by), scope != "list", tidy_reason(reason))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise ValueError("this is no line of an opt-out spool") from None
    if moment.tzinfo is None:
        raise ValueError("this is no line of an opt-out spool: without a zone the time is unknown")
    if len(token) != TOKEN_LENGTH:
        raise ValueError("the token is damaged")
    return Spooled(token, act)
