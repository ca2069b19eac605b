"""Settling: what could be tied to nobody, and staff know better.

Owns how a finding is tied by hand to somebody who was really mailed, with the same verdict as if it had been matched;
how it is set aside; and how both are taken back: what it alone had led to is lifted, and no figure counts it any more.
Raises `InputProblem`.

Gap: an absence or a proposal that it made stays; staff decide on proposals anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from mailer.address import parse_address
from mailer.bounces.values import Kind, Report
from mailer.errors import InputProblem
from mailer.events import EventKind
from mailer.inbox.values import RawMessage
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.returns import (
    BY_HAND,
    Finding,
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
from mailer.runs.collect.applying import EVENTS, Collected, Message, apply
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import IN_WORDS
from mailer.runs.untrusted.mails import read_report
from mailer.tokens import address_digest

_OF_A_FINDING: Final = frozenset({"bounce", "complaint", "mail", IN_WORDS})  # where such a suppression comes from
_EVER: Final = timedelta(days=3660)
_LIST: Final = "mailer bounces list --unmatched   shows what waits, with its numbers"


@dataclass(frozen=True, slots=True)
class SettledAs:
    """A finding that was tied to somebody by hand, and all that followed from it."""

    id: int
    email: str
    told: Collected
    settled: str = "hand"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A finding that is ignored, or waits again; whose suppressions were lifted for it."""

    id: int
    is_ignored: bool
    lifted: tuple[str, ...] = ()


def settle_as(office: Office, ledger: Ledger, number: int, email: str, *, reason: str = "") -> Collected:
    """Tie a finding to somebody who was really mailed, with all that follows from it; return what that was.

    Raises:
        InputProblem: there is no such finding that waits, or nobody was mailed at that address.
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    address = parse_address(email)
    told = Collected()
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
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
        apply(Message(connection, office, told, _report_of(kept), kept.inbound_id), found)
    return told


def settle_aside(office: Office, ledger: Ledger, number: int, *, reason: str = "") -> Finding:
    """Set a finding aside: it is about nobody, and waits no more. Return it.

    Raises:
        InputProblem: there is no such finding that waits.
        LedgerProblem: the ledger cannot be written.
    """
    with ledger.writing() as connection:
        kept = _require(connection, number, waiting=True)
        settle(connection, kept, None, note=reason.strip(), stamp=office.stamp())
        return kept.finding


def undo_settling(office: Office, ledger: Ledger, number: int) -> list[str]:
    """Let a finding wait again as before it was settled; return who can be written to again because of that.

    Raises:
        InputProblem: nobody settled it.
        LedgerProblem: the ledger cannot be written.
    """
    with ledger.writing() as connection:
        kept = _require(connection, number)
        if not kept.settled_as:
            raise InputProblem(f"finding {number} was not decided by hand", hint=_LIST)
        sent = find_sent(connection, id=kept.delivery_id) if kept.delivery_id is not None else None
        event = EventKind.OPTED_OUT if kept.finding.kind == "optout" else EVENTS.get(kept.finding.kind)
        lifted = _take_back(connection, office, kept, sent, event) if sent is not None and event is not None else []
        unsettle(connection, kept)
        return lifted


def _take_back(connection: Connection, office: Office, kept: Kept, sent: Sent, event: EventKind) -> list[str]:
    alike = frozenset(kind for kind, each in EVENTS.items() if each is event) or frozenset({kept.finding.kind})
    if has_other_finding(connection, kept, alike):
        return []  # something else says the same, and stands
    stamp = office.stamp()
    if has_event(connection, sent.delivery_id, event):
        add_set_aside(connection, sent, event, stamp=stamp)
    standing = find_suppression(connection, sent.address_digest)
    if standing is None or kept.settled_at is None or standing.created_at < kept.settled_at:
        return []
    if standing.source not in _OF_A_FINDING:
        return []
    why = "what it came from was settled anew"
    lift_suppression(connection, sent.address_digest, reason=why, stamp=stamp, word=SETTLED_ANEW)
    return [sent.address]


def _require(connection: Connection, number: int, *, waiting: bool = False) -> Kept:
    """Return a finding; `waiting`: one that is tied to nobody yet."""
    kept = find_finding(connection, number)
    if kept is None:
        raise InputProblem(f"there is no finding {number}", hint=_LIST)
    if waiting and kept.settled_as:
        hint = f"mailer bounces show {number} --undo   takes that back"
        raise InputProblem(f"finding {number} is settled already", hint=hint)
    if waiting and not kept.finding.unmatched:
        raise InputProblem(f"finding {number} is tied to {kept.finding.address} already", hint=_LIST)
    return kept


def _report_of(kept: Kept) -> Report:
    """Read the message again, where it is kept: an automatic reply tells of more than its kind."""
    if kept.data:
        found = read_report(RawMessage("", kept.data))
        if found.kind.value == kept.message_kind:
            return found
    kind = Kind(kept.message_kind) if kept.message_kind in set(Kind) else Kind.NONE
    return Report(kind=kind, rule="settled by hand", from_address=kept.finding.address)
