"""Link: what people do by the opt-out link of a mail, whichever host took it.

Owns the acts (one-click, the page, its undo), and taking many of them into the ledger in one transaction. The reason,
its rank and who is meant are those of `opt_out`. Repeating an act changes nothing. A token of a test or preview opts
nobody out. A genuine token of a mail that this ledger does not know is kept among what is unmatched, for staff to look
at: the person said no, and only the ledger is the wrong one.

The undo belongs to the link that opted out, for an hour. It lifts what this link did and nothing else; once the person
said it in another way too (a mail, a complaint), it lifts nothing.

*Spools.* A small host without a ledger keeps acts as lines of text (JSON without line breaks), so that a file of them
can be appended to, cut, joined and read with any tool. They are taken in here in the order of time. A line is known by
the SHA-256 of its bytes and its place in no file: a spool may be copied, joined and read any number of times, also
while it grows, and what staff lift afterwards is not suppressed again. Each batch is one transaction; a crash loses and
doubles nothing. Every token is verified again, with the ledger's own keys: the host is believed in nothing but the
hour, and that only backwards. A last line without its end is not there yet (the host has not answered it). Nothing is
deleted. Raises `InputProblem`.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Final

from mailer.address import address_of
from mailer.errors import InputProblem, Problem
from mailer.events import EventKind
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger, returns
from mailer.ledger.deliveries import Result, add_delivery_events
from mailer.ledger.returns import Finding, Linked, Taken
from mailer.ledger.scopes import EVERYWHERE, list_scope
from mailer.ledger.suppressions import OPTED_OUT, NewSuppression, add_many, lift_suppression
from mailer.ledger.tables import in_parts
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.runs.suppressions.opt_out import AT_DESK, RANK
from mailer.tokens import TOKEN_LENGTH, Purpose, parse_token

UNDO_FOR: Final = timedelta(hours=1)
LONGEST_REASON: Final = 500
_UNDONE: Final = "undone on the page"


class LinkMethod(StrEnum):
    """How an act came: a mail program's one-click (RFC 8058), or the page."""

    ONE_CLICK = "one-click"
    PAGE = "page"


class Wish(StrEnum):
    """What is wanted."""

    OPT_OUT = "opt-out"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did by the link of a delivery (its token's 8 bytes), and when."""

    delivery: bytes
    at: datetime
    wish: Wish = Wish.OPT_OUT
    method: LinkMethod = LinkMethod.ONE_CLICK
    everywhere: bool = True
    reason: str = ""


@dataclass(slots=True)
class Honoured:
    """What a batch of acts did; `undone` names the deliveries of whom something is lifted by an undo."""

    new: int = 0
    again: int = 0
    undone: set[bytes] = field(default_factory=set)
    of_tests: int = 0
    unknown: int = 0


def tidy_reason(text: str) -> str:
    """Return what somebody wrote as a reason in one line of printable characters, cut to what is kept."""
    words = "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(words.split())[:LONGEST_REASON]


def honour_acts(connection: Connection, office: Office, acts: Sequence[Act], told: Honoured) -> None:
    """Do what people asked for, in their order, inside the transaction that is given; `told` counts it."""
    linked = returns.find_linked(connection, {act.delivery for act in acts})
    for wish, group in groupby(acts, key=lambda act: act.wish):
        real: list[tuple[Act, Linked]] = []
        for act in group:
            link = linked.get(act.delivery)
            if link is None:
                told.unknown += 1
                digest = hashlib.sha256(b"link\0" + act.delivery).digest()
                if wish is Wish.OPT_OUT and not returns.is_known(connection, digest):
                    finding = Finding("optout", "", f"by the link of a mail ({act.method})", unmatched="not-sent-to")
                    taken = Taken(digest, f"link {act.delivery.hex()}", b"", "optout", "link", office.clock())
                    returns.add_inbound(connection, taken, [finding])
            elif not link.sent.kind.is_real:
                told.of_tests += 1
            else:
                real.append((act, link))
        if wish is Wish.UNDO:
            told.undone |= {act.delivery for act, link in real if _undo(connection, office, act, link)}
        else:
            _opt_out(connection, office, real, told)


def _opt_out(connection: Connection, office: Office, known: Sequence[tuple[Act, Linked]], told: Honoured) -> None:
    stamp = office.stamp()
    entries: list[NewSuppression] = []
    for act, link in known:
        sent, address = link.sent, address_of(link.sent.address)
        is_desk = address is not None and address.is_role
        entries.append(
            NewSuppression(
                sent.address_digest,
                sent.address,
                OPTED_OUT,
                act.method.value,
                act.reason or (AT_DESK if is_desk else ""),
                sent.delivery_id,
                scope=EVERYWHERE if act.everywhere or not link.list_name else list_scope(link.list_name),
                unconfirmed=is_desk,
                created_at=min(act.at, stamp.at),
            )
        )
    added = add_many(connection, entries, rank=RANK, stamp=stamp)
    told.new += len(added.new)
    told.again += len(entries) - len(added.new)
    mailings = {link.sent.delivery_id: link.sent.mailing_id for _, link in known}
    ids = dict.fromkeys(each.delivery_id for each in added.new if each.delivery_id is not None)
    events = [
        (mailings[id_], Result(id_, kind, stamp.at, reason=OPTED_OUT if kind is EventKind.SUPPRESSED else ""))
        for id_ in ids
        for kind in (EventKind.SUPPRESSED, EventKind.OPTED_OUT)
    ]
    add_delivery_events(connection, events, stamp.actor)
    for act, link in known:
        if link.is_unsettled:  # the link was in the mail: it did arrive
            sign = Finding("optout", link.sent.address, "", matched_by="token", sent=link.sent)
            settle_by_return(connection, office, sign, source=f"by its link ({act.method})", at=stamp.at)


def _undo(connection: Connection, office: Office, act: Act, link: Linked) -> bool:
    standing = returns.find_made_by_link(connection, link.sent, tuple(LinkMethod), since=act.at - UNDO_FOR)
    evidence = f"{_UNDONE}, by the link that had opted out, at {act.at:%Y-%m-%d %H:%M} UTC"
    stamp, digest = office.stamp(), link.sent.address_digest
    for each in standing:
        lift_suppression(connection, digest, reason=_UNDONE, stamp=stamp, scope=each.scope, evidence=evidence)
        returns.let_stand_again(connection, digest, each)
    # a second click on “undo” is told what the first one did
    return bool(standing) or returns.was_lifted_for(connection, link.sent, _UNDONE, since=act.at - UNDO_FOR)


def standing_by_link(connection: Connection, link: Linked, *, now: datetime) -> str:
    """Return how far that reaches which the undo of this link would lift now: `everywhere`, `list`, or nothing."""
    found = returns.find_made_by_link(connection, link.sent, tuple(LinkMethod), since=now - UNDO_FOR)
    if not found:
        return ""
    return EVERYWHERE if any(each.scope == EVERYWHERE for each in found) else "list"


# Spools.

PATTERN: Final = "optouts-*.jsonl"
LATE: Final = timedelta(hours=48)  # standards P5, L3
_MOST_PROBLEMS: Final = 50
_FORGED: Final = "the token is none of this ledger's keys: forged, damaged, or another office's"
LONGEST_LINE = 8192  # bytes; a reason of 500 characters, all of them escaped, fits


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

    def note(self, source: str, line: int | None, message: str) -> None:
        """Count a line that cannot be used; the first of them are kept."""
        self.bad += 1
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem("spool", message, source=source, line=line))


def import_spool(office: Office, folder: Path, ledger: Ledger | None = None) -> SpoolTold:
    """Import what is in a spool; without a `ledger` to write to, return how many lines are there, and are new.

    Raises InputProblem where there is no such folder, or no spool in it; LedgerProblem where the ledger cannot be
    written, or the keys are not its own.
    """
    told = SpoolTold(written=ledger is not None)
    if ledger is not None:
        with office.writing(ledger):
            pass  # also where the spool is empty, keys that are not the ledger's are told
    for batch in in_parts(_lines(office, folder, told)):
        with ExitStack() as stack:
            known: set[bytes] = set()
            if office.ledger is not None:
                connection = stack.enter_context(office.writing(ledger) if ledger else office.reading(office.ledger))
                known = returns.known_among(connection, [each.digest for each in batch])
            fresh = list({each.digest: each for each in batch if each.digest not in known}.values())
            told.known += len(batch) - len(fresh)
            if ledger is None:
                told.done.new += sum(each.act.wish is Wish.OPT_OUT for each in fresh)
                told.done.undone |= {each.act.delivery for each in fresh if each.act.wish is Wish.UNDO}
                continue
            now = office.clock()
            # a clock there that runs ahead must not open the hour of the undo any longer
            acts = [replace(each.act, at=min(each.act.at, now)) for each in fresh]
            honour_acts(connection, office, acts, told.done)
            told.waited = max([told.waited, *(now - act.at for act in acts)])
            mail_is_known = returns.find_linked(connection, {act.delivery for act in acts})
            # a line about a mail that this ledger does not know is asked for again: the right one may be put back
            taken = [each for each in fresh if each.act.delivery in mail_is_known]
            returns.note_lines(connection, [(each.digest, each.source) for each in taken], at=now)
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

    Raises ValueError where it is none of ours.
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
