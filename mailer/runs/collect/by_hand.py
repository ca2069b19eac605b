"""By hand: returned messages, listed or whole, and what staff decide about those that could not be matched.

Owns matching a finding by hand to a recipient who was really mailed, with the same consequences as an automatic match;
setting it aside; and undoing both: consequences that only this finding had are lifted, and no figure counts it any
more. Messages that are read without being recorded are read here, too. Raises `InputProblem`.

Gap: an absence or a proposal that resulted from it stays; staff decide on proposals anyway.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from mailer.address import parse_address
from mailer.bounces.report import explained_document, parse_document, report_document
from mailer.bounces.values import Kind, Report
from mailer.errors import InputProblem, Problem
from mailer.events import EventKind
from mailer.frozen import dataclass, replace
from mailer.inbox.values import Entry, RawMessage
from mailer.ledger import Connection, Ledger
from mailer.ledger.history import Message as Whole
from mailer.ledger.history import Returned, Wanted, count_returned, find_message, read_returned
from mailer.ledger.mailings import require_mailing
from mailer.ledger.returns import (
    BY_HAND,
    Kept,
    Sent,
    add_set_aside,
    find_finding,
    find_sent,
    find_sent_by_address,
    has_event,
    has_other_finding,
    settle,
    unsettle,
)
from mailer.ledger.suppressions import SETTLED_ANEW, find_suppression, lift_suppression
from mailer.runs.collect.taking import EVENTS, Collected, Message, apply
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import FROM_REPLY
from mailer.runs.untrusted import read_documents, read_report
from mailer.tokens import address_digest

LETTER: Final = "reply"  # the kind of finding that a person wrote
_OF_A_FINDING: Final = frozenset({"bounce", "complaint", "mail", FROM_REPLY})  # sources of a suppression
_EVER: Final = timedelta(days=3660)
_LIST: Final = "mailer bounces list --unmatched   shows what waits, with its numbers"


# What came back, shown.


@dataclass(frozen=True, slots=True)
class Classified:
    """Messages in the form of `bounces.report_document`; one that could not be read has its `problem`."""

    documents: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ListedReturns:
    """The requested findings, newest first; `is_all` if no filter was set."""

    rows: tuple[Returned, ...]
    is_unmatched: bool
    one_by_one: bool
    is_all: bool
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """One returned message, by the number of a finding in it."""

    id: int
    found: Whole


def classify(entries: Iterable[Entry], *, explain: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the report of each message and record nothing; `explain`: with the evidence for it."""
    for source, found in read_documents(entries, parse=explained_document if explain else parse_document):
        if isinstance(found, Problem):
            yield {**report_document(Report(kind=Kind.NONE, rule="not read"), source), "problem": found.message}
        else:
            yield {**found, "file": source}


def read_came_back(
    office: Office,
    mailing: str,
    *,
    reason: str,
    domain: str,
    unmatched: bool,
    one_by_one: bool,
    letters: bool = True,
    before: int = 0,
    most: int | None = None,
) -> ListedReturns:
    """Return findings, of one mailing, reason or domain if given, with or without the `letters` that people wrote.

    At most `most` are returned, those after the one with the number `before`.
    """
    is_all = not (unmatched or mailing or reason or domain)
    found: tuple[Returned, ...] = ()
    if office.ledger is None and mailing:
        raise InputProblem("nothing was sent from here yet", hint="mailer send RELEASE --to LIST --dry-run")
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            mailing_id = require_mailing(connection, mailing).id if mailing else None
            wanted = Wanted(
                mailing_id=mailing_id,
                reason=reason,
                domain=domain.lower(),
                unmatched=unmatched,
                but_for="" if letters else LETTER,
                before=before,
                most=None if most is None else most + 1,
            )
            found = tuple(read_returned(connection, wanted))
    has_more = most is not None and len(found) > most
    return ListedReturns(found[:most], unmatched, one_by_one or bool(reason or domain), is_all, has_more)


def count_came_back(office: Office) -> Mapping[str, int]:
    """Count the recipients whose mail came back, by reason, and under "" the findings that were not matched."""
    if office.ledger is None:
        return {"": 0}
    with office.ledger.reading() as connection:
        return count_returned(connection)


def count_people(found: Sequence[Returned]) -> Mapping[str, Mapping[str, int]]:
    """Count recipients (not messages) by reason, domain and mailing, the most frequent first."""
    people = {(each.address, each.mailing, each.kind): each for each in reversed(found)}.values()
    return {
        "reasons": dict(Counter(each.reason for each in people if each.reason).most_common()),
        "domains": dict(Counter(each.domain for each in people if each.reason and each.domain).most_common()),
        "mailings": dict(Counter(each.mailing for each in people if each.mailing).most_common()),
    }


def read_whole(office: Office, number: int) -> WholeMessage:
    """Return one returned message. Raises InputProblem if there is none with this number."""
    found = None
    if office.ledger is not None:
        with office.ledger.reading() as connection:
            found = find_message(connection, number)
    if found is None:
        raise InputProblem(f"no returned message has the number {number}", hint="mailer bounces list --people")
    return WholeMessage(number, found)


# Decided by hand.


@dataclass(frozen=True, slots=True)
class SettledAs:
    """A finding that was matched to a recipient by hand, and its consequences."""

    id: int
    email: str
    collected: Collected
    settled: str = "hand"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A finding that is ignored, or waits again, and the addresses whose suppression was lifted."""

    id: int
    is_ignored: bool
    lifted: tuple[str, ...] = ()


def settle_as(office: Office, ledger: Ledger, number: int, email: str, *, reason: str = "") -> SettledAs:
    """Match a finding to someone who was really mailed, with all consequences.

    Raises:
        InputProblem: no such finding waits, or nobody was mailed at that address.
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    address = parse_address(email)
    collected = Collected()
    with office.writing(ledger) as connection:
        kept = _require(connection, number, waiting=True)
        digest = address_digest(office.keys, address.key)
        since = office.clock() - _EVER
        sent = find_sent_by_address(connection, digest, since=since, before=kept.read_at)
        sent = sent or find_sent_by_address(connection, digest, since=since)
        if sent is None:
            raise InputProblem(
                f"nothing was ever sent to {address}, so nothing can have come back from there",
                hint=f"mailer lists find {address}   or   mailer optouts add {address}",
            )
        settle(connection, kept, sent, note=reason.strip(), stamp=office.stamp())
        found = replace(kept.finding, sent=sent, matched_by=BY_HAND, unmatched="")
        # the message is read again if it was kept: an automatic reply holds more than its kind
        report = read_report(RawMessage("", kept.data)) if kept.data else None
        if report is None or report.kind.value != kept.message_kind:
            kind = Kind(kept.message_kind) if kept.message_kind in set(Kind) else Kind.NONE
            report = Report(kind=kind, rule="settled by hand", from_address=kept.finding.address)
        apply(Message(connection, office, collected, report, kept.inbound_id), found)
    return SettledAs(number, email, collected)


def settle_aside(office: Office, ledger: Ledger, number: int, *, reason: str = "") -> SetAside:
    """Set a finding aside: it is about nobody, and no longer waits."""
    with ledger.writing() as connection:
        kept = _require(connection, number, waiting=True)
        settle(connection, kept, None, note=reason.strip(), stamp=office.stamp())
    return SetAside(number, is_ignored=True)


def undo_settling(office: Office, ledger: Ledger, number: int) -> SetAside:
    """Let a finding wait again as before it was settled, and lift the suppressions that only it had led to."""
    with ledger.writing() as connection:
        kept = _require(connection, number)
        if not kept.settled_as:
            raise InputProblem(f"finding {number} was not decided by hand", hint=_LIST)
        sent = find_sent(connection, id=kept.delivery_id) if kept.delivery_id is not None else None
        event = EventKind.OPTED_OUT if kept.finding.kind == "optout" else EVENTS.get(kept.finding.kind)
        lifted = _take_back(connection, office, kept, sent, event) if sent is not None and event is not None else ()
        unsettle(connection, kept)
    return SetAside(number, is_ignored=False, lifted=lifted)


def _take_back(connection: Connection, office: Office, kept: Kept, sent: Sent, event: EventKind) -> tuple[str, ...]:
    kinds = frozenset(kind for kind, each in EVENTS.items() if each is event) or frozenset({kept.finding.kind})
    if has_other_finding(connection, kept, kinds):
        return ()  # another finding has the same consequence
    stamp = office.stamp()
    if has_event(connection, sent.delivery_id, event):
        add_set_aside(connection, sent, event, stamp=stamp)
    suppression = find_suppression(connection, sent.address_digest)
    if suppression is None or suppression.source not in _OF_A_FINDING:
        return ()
    if kept.settled_at is None or suppression.created_at < kept.settled_at:
        return ()
    why = "its source was matched again"
    lift_suppression(connection, sent.address_digest, reason=why, stamp=stamp, word=SETTLED_ANEW)
    return (sent.address,)


def _require(connection: Connection, number: int, *, waiting: bool = False) -> Kept:
    """Return a finding; `waiting`: it must not be matched or settled yet."""
    kept = find_finding(connection, number)
    if kept is None:
        raise InputProblem(f"there is no finding {number}", hint=_LIST)
    if waiting and kept.settled_as:
        hint = f"mailer bounces show {number} --undo   takes that back"
        raise InputProblem(f"finding {number} is settled already", hint=hint)
    if waiting and not kept.finding.unmatched:
        raise InputProblem(f"finding {number} is matched to {kept.finding.address} already", hint=_LIST)
    return kept
