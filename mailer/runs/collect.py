"""Collect: what came back enters the ledger, each message once.

Owns the order in which a report is matched (our token, our Message-ID, then a recipient among those really sent to)
and what each kind of report does. Nothing is deleted, moved or marked where it lay. What cannot be matched changes
nothing and is kept to be looked at (standards B2, B5).

A report that carries something like a token of ours which does not verify is forged or damaged: it is not matched by
anything else. A report matched by its recipient alone, although our mail asked for bounces at an address with a token,
is counted but suppresses nobody: anybody could have written it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mailer.address import parse_address
from mailer.bounces import Kind, Report, ReportedRecipient, Suppress, parse_report
from mailer.errors import InputProblem, Problem
from mailer.events import EventKind, MailingKind
from mailer.inbox import RawMessage
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.returns import (
    Finding,
    Sent,
    Taken,
    add_inbound,
    add_return_event,
    find_sent_by_address,
    find_sent_by_message_id,
    find_sent_by_token,
    has_event,
    is_known,
)
from mailer.ledger.suppressions import COMPLAINED, DEAD_ADDRESS, NewSuppression
from mailer.runs.office import Office
from mailer.runs.people.opt_out import honour_opt_out, suppress
from mailer.runs.reconcile import settle_by_return
from mailer.tokens import Purpose, address_digest, parse_token

_REMEMBERED = timedelta(days=60)  # a bounce after that is not about a release that anybody remembers
_TOKEN, _MESSAGE_ID, _RECIPIENT = "token", "message-id", "recipient"


@dataclass(slots=True)
class Collected:
    """What one reading of a mailbox brought; `people` counts by what happened to persons."""

    messages: int = 0
    known: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    unmatched: int = 0
    suppressed: list[tuple[str, str]] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def collect(office: Office, ledger: Ledger, entries: Iterable[RawMessage | Problem]) -> Collected:
    """Take messages into the ledger; each is one transaction, so that a crash loses and doubles nothing.

    The next entry is asked for when the one before is committed: whoever gives them may mark it as read then.

    Raises:
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    told = Collected()
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
    for entry in entries:
        if isinstance(entry, Problem):
            told.problems.append(entry)
            continue
        with ledger.writing() as connection:
            take_in(connection, office, entry, told)
    return told


def take_in(
    connection: Connection, office: Office, raw: RawMessage, told: Collected, *, report: Report | None = None
) -> bool:
    """Take one message in, inside the transaction that is given; False where it is known already.

    `report` is its reading, where the bytes are no mail (an event of a relay); else it is read here.
    """
    told.messages += 1
    digest = hashlib.sha256(raw.data).digest()
    if is_known(connection, digest):
        told.known += 1
        return False
    report = parse_report(raw.data) if report is None else report
    told.kinds[report.kind.value] += 1
    findings = list(_findings(connection, office, report))
    now = office.clock()
    forgotten = any(each.sent is not None and not each.sent.address for each in findings)
    if forgotten:  # what comes back about them says again who they are
        findings = [replace(each, address="", diagnostic="") for each in findings]
    # mail for people to read is theirs: it is remembered, not copied
    data = b"" if forgotten or report.kind is Kind.NONE else raw.data
    add_inbound(connection, Taken(digest, raw.source, data, report.kind.value, report.rule, now), findings)
    for found in findings:
        if found.sent is None:
            told.unmatched += 1
            continue
        # at once, so that nobody sends again to who is known to have it
        if settle_by_return(connection, office, found, source=raw.source, at=now):
            told.settled.append(found.sent.address)
        _apply(connection, office, found, told, said_by=report.from_address)
    return True


def _findings(connection: Connection, office: Office, report: Report) -> Iterator[Finding]:
    """Give what the report says about each person, matched to a delivery where it can be."""
    match report.kind:
        case Kind.OPTOUT:
            yield _opt_out(connection, office, report)
        case Kind.BOUNCE | Kind.DELAYED | Kind.DELIVERED:
            for recipient in report.recipients or (ReportedRecipient(address=""),):
                yield _about(connection, office, report, recipient)
        case Kind.FEEDBACK:
            recipient = next(iter(report.recipients), ReportedRecipient(address=""))
            yield _about(connection, office, report, recipient)
        case Kind.AUTOREPLY:
            yield _about(connection, office, report, ReportedRecipient(address=report.from_address))
        case _:
            yield from _reply(connection, report)


def _reply(connection: Connection, report: Report) -> Iterator[Finding]:
    """Give that a letter answers a mail of ours; of what it says nothing is kept, it is for people to read."""
    message_id = report.original_message_id
    sent = find_sent_by_message_id(connection, message_id) if message_id else None
    if sent is not None and sent.kind is MailingKind.RELEASE:
        yield Finding("reply", sent.address, "", matched_by=_MESSAGE_ID, sent=sent)


def _opt_out(connection: Connection, office: Office, report: Report) -> Finding:
    found = Finding("optout", report.from_address, report.subject)
    genuine = [parse_token(office.keys, Purpose.OPT_OUT, token) for token in report.tokens]
    sents = [find_sent_by_token(connection, each) for each in genuine if each is not None]
    sent = next((each for each in sents if each is not None), None)
    if sent is None:
        return replace(found, unmatched="bad-token" if report.tokens else "no-token")
    if sent.kind is not MailingKind.RELEASE:
        return replace(found, unmatched="of-a-test")
    return replace(found, sent=sent, address=sent.address, matched_by=_TOKEN)


def _about(connection: Connection, office: Office, report: Report, recipient: ReportedRecipient) -> Finding:
    sent, how, why_not = _match(connection, office, report, recipient)
    return Finding(
        kind=_kind(report, recipient),
        address=recipient.address or (sent.address if sent else ""),
        diagnostic=recipient.diagnostic or report.subject,
        status=recipient.status,
        reason=recipient.reason,
        permanent=recipient.permanent,
        matched_by=how,
        unmatched=why_not,
        sent=sent,
    )


def _kind(report: Report, recipient: ReportedRecipient) -> str:
    if report.kind is Kind.FEEDBACK:
        return f"feedback-{report.feedback_type or 'unknown'}"[:20]
    if report.kind is Kind.BOUNCE and recipient.suppress is Suppress.NOW:
        return "bounce-dead"
    return report.kind.value


def _match(
    connection: Connection, office: Office, report: Report, recipient: ReportedRecipient
) -> tuple[Sent | None, str, str]:
    """Give the delivery, by what it was found, and why not where it was not."""
    genuine = [parse_token(office.keys, Purpose.BOUNCE, token) for token in report.tokens]
    if report.tokens and not any(genuine):
        return None, "", "bad-token"
    returned = [parse_token(office.keys, each, token) for token in report.returned_tokens for each in Purpose]
    for each in (*genuine, *returned):
        sent = find_sent_by_token(connection, each) if each is not None else None
        if sent is not None:
            return _real(sent, _TOKEN)
    if report.original_message_id:
        sent = find_sent_by_message_id(connection, report.original_message_id)
        if sent is not None:
            return _real(sent, _MESSAGE_ID)
    for address in (recipient.original_address, recipient.address):
        sent = _by_address(connection, office, address)
        if sent is not None:
            return _real(sent, _RECIPIENT)
    return None, "", "not-sent-to" if recipient.address else "no-trace"


def _real(sent: Sent, how: str) -> tuple[Sent | None, str, str]:
    """A bounce of a test or preview says nothing about the people of the real mailing."""
    return (sent, how, "") if sent.kind is MailingKind.RELEASE else (None, how, "of-a-test")


def _by_address(connection: Connection, office: Office, text: str) -> Sent | None:
    try:
        key = parse_address(text).key
    except InputProblem:
        return None
    digest = address_digest(office.keys, key)
    return find_sent_by_address(connection, digest, since=office.clock() - _REMEMBERED)


def _apply(connection: Connection, office: Office, found: Finding, told: Collected, *, said_by: str) -> None:
    sent = found.sent
    if sent is None:
        return
    if found.kind == "optout":
        honoured = honour_opt_out(connection, office, sent, source="mail", said_by=said_by)
        told.people["opted_out"] += honoured.fresh
        if honoured.fresh:
            waits = ", said by somebody at this desk: confirm it" if honoured.unconfirmed else ""
            told.suppressed.append((honoured.address, f"opted out{waits}"))
        return
    event, reason = _CONSEQUENCES.get(found.kind, (None, ""))
    if event is None:
        return
    stamp = office.stamp()
    if not has_event(connection, sent.delivery_id, event):
        add_return_event(connection, found, event, at=stamp.at, actor=stamp.actor)
        told.people[event.value] += 1
    # also where the event is there already: a report that anybody could have written must not shield from the true one
    if reason and _may_suppress(office, found):
        new = NewSuppression(
            sent.address_digest,
            sent.address,
            reason,
            "bounce" if reason == DEAD_ADDRESS else "complaint",
            delivery_id=sent.delivery_id,
        )
        if suppress(connection, new, mailing_id=sent.mailing_id, stamp=stamp):
            told.suppressed.append((sent.address, reason.replace("_", " ")))


_CONSEQUENCES: dict[str, tuple[EventKind | None, str]] = {
    "bounce-dead": (EventKind.BOUNCED_HARD, DEAD_ADDRESS),
    "bounce": (EventKind.BOUNCED_SOFT, ""),
    "delayed": (EventKind.DELAYED, ""),
    "feedback-abuse": (EventKind.COMPLAINED, COMPLAINED),
    "feedback-opt-out": (EventKind.COMPLAINED, COMPLAINED),
    "autoreply": (EventKind.AUTO_REPLIED, ""),
}


def _may_suppress(office: Office, found: Finding) -> bool:
    bounces = office.settings.bounces
    asked_for_a_token = bool(bounces.address) and bounces.verp == "on"
    return found.matched_by != _RECIPIENT or not asked_for_a_token
