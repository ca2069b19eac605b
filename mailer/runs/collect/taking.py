"""Taking: messages that came back enter the ledger, each once.

Owns the order of things: is it known, what does it say, who is it about, what is kept, what follows. Nothing is
deleted, moved or marked where it lay. What cannot be matched changes nothing and is kept to be looked at (standards
B2, B5). A dry run does the same and takes each change back.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from itertools import islice
from typing import Any, Final, TypeVar, cast

from mailer.address import printable
from mailer.bounces.asking import needs_answer
from mailer.bounces.relay_events import RelayEvent
from mailer.bounces.values import Kind, Notice, Report, ReportedRecipient
from mailer.errors import Problem, Severity
from mailer.inbox.values import RawMessage
from mailer.ledger import Connection, Ledger
from mailer.ledger.returns import Taken, add_answer, add_inbound, known_among
from mailer.runs.collect.applying import Collected, Message, apply, find_consent
from mailer.runs.collect.matching import find_findings
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.runs.untrusted import read_report
from mailer.sandbox import ParseStopped

_SHOWN = 200
T = TypeVar("T")
_NOT_READ = Report(kind=Kind.NONE, rule="not read")


class _TakenBack(Exception):
    """What a dry run did is not to stay."""


def collect(
    office: Office,
    ledger: Ledger,
    entries: Iterable[RawMessage | Problem],
    *,
    dry_run: bool = False,
    read: Callable[[RawMessage], Report] = read_report,
) -> Collected:
    """Record messages in the ledger; each is one transaction, so that a crash loses and doubles nothing.

    The next entry is asked for when the one before is committed: the caller may mark it as read then, but not
    in a `dry_run`, which only tells what would happen.

    Raises:
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    told = Collected(dry_run=dry_run)
    with office.reading(ledger) if dry_run else office.writing(ledger):
        pass  # the keys are held against the ledger's own before anything is read
    for entry in entries:
        if isinstance(entry, Problem):
            told.problems.append(entry)
            continue
        report = _NOT_READ
        with ledger.reading() as connection:
            known = known_among(connection, [_digest(entry)])
        if not known:  # read before the transaction, which locks out every sender
            try:
                report = read(entry)
            except ParseStopped as stopped:  # taken in as a letter for people, so that it is tried once
                text = f"{stopped.message}. It stays where it is and is not tried again; look at it with a mail program"
                told.problems.append(Problem(stopped.code, text, Severity.WARNING, entry.source))
        with contextlib.suppress(_TakenBack), ledger.writing() as connection:
            take_in(connection, office, entry, told, report=report)
            if dry_run:
                raise _TakenBack
    return told


def _digest(raw: RawMessage) -> bytes:
    return hashlib.sha256(raw.known_by.encode() or raw.data).digest()


def take_in(connection: Connection, office: Office, raw: RawMessage, told: Collected, *, report: Report) -> bool:
    """Record one message with its reading, inside the transaction that is given; False where it is known already."""
    told.messages += 1
    digest = _digest(raw)
    if known_among(connection, [digest]) or not told.is_first(digest):
        told.known += 1
        return False
    report = storable(report)
    told.kinds[report.kind.value] += 1
    findings = find_findings(connection, office, report)
    forgotten = any(each.sent is not None and not each.sent.address for each in findings)
    if forgotten:  # what comes back about them says again who they are
        findings = [replace(each, address="", diagnostic="") for each in findings]
        report = replace(report, words="", subject="", from_address="", message_id="")
    # mail for people to read is theirs: it is remembered, not copied; what a relay tells is nobody's letter
    kept = b"" if forgotten or (report.kind is Kind.NONE and not report.vouched) else raw.data
    replies = [each.sent for each in findings if each.kind == "reply" and each.sent] if report.kind is Kind.NONE else []
    taken = Taken(digest, storable(raw.source), kept, report.kind.value, report.rule, office.clock())
    if replies:  # for the press office to find it: who wrote, about what, and what they want
        sender, subject = printable(report.from_address, _SHOWN), printable(report.subject, _SHOWN)
        taken = replace(taken, sender=sender, subject=subject, message_id=report.message_id)
        taken = replace(taken, written_at=report.sent_at)
    inbound_id = add_inbound(connection, taken, findings)
    for sent in replies:
        consent = (report.consent,) if find_consent(connection, report, sent) else ()  # which staff have to confirm
        asks = (*consent, *report.asks)
        add_answer(connection, replace(taken, asks=asks), inbound_id, sent, needs_answer=needs_answer(asks))
    message = Message(connection, office, told, report, inbound_id)
    for found in findings:
        if found.sent is None:
            told.unmatched += 1
            continue
        # at once, so that nobody sends again to who is known to have it
        settled = settle_by_return(connection, office, found, source=taken.source, at=taken.read_at)
        if settled and told.is_first(found.sent.delivery_id, "settled"):
            told.settled.append(found.sent.address)
        apply(message, found)
    return True


def storable(value: T) -> T:
    """Return a reading of any bytes as every database keeps it: no NUL, and a mark in place of what is no character.

    Words from a closed set (kinds) stay.
    """
    found: Any = value
    if type(value) is str:
        found = str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    elif isinstance(value, tuple):
        found = tuple(map(storable, value))
    elif isinstance(value, Report | ReportedRecipient | Notice):
        found = replace(value, **{each.name: storable(getattr(value, each.name)) for each in fields(value)})
    return cast("T", found)


# Webhooks: a relay's event enters the ledger like mail that came back. It is known by relay and id, so told twice, in
# another batch or another order, it counts once. That lets a request be committed in pieces: a thousand events take
# seconds, and nobody who sends or opts out meanwhile is to wait for all of them. The relay may be told “taken” only
# when all are committed; else it must tell everything again. No signature is checked here: `public.webhooks` has.

_PIECE: Final = 100
_TURN_S: Final = 0.12  # SQLite looks again after 100 ms at most whether it is somebody's turn


def take_events(office: Office, ledger: Ledger, relay: str, events: Iterable[RelayEvent]) -> Collected:
    """Record the events of one genuine request of a relay (`ses`, `sendgrid` …) in the ledger. Committed at return.

    Raises:
        LedgerProblem: the ledger is busy, cannot be written, or the keys are not its own; not all was taken.
    """
    told = Collected()
    rest = iter(events)
    while piece := list(islice(rest, _PIECE)):
        if told.messages:
            time.sleep(_TURN_S)
        with office.writing(ledger) as connection:
            for event in piece:
                raw = RawMessage(f"webhook {relay}", event.data, known_by=f"webhook {relay} {event.id}")
                take_in(connection, office, raw, told, report=replace(event.report, vouched=True))
    return told
