"""Applying: what follows from a finding that is tied to a person.

Owns the event that each kind of finding adds to a delivery's story, once; who is suppressed; and which of the other
files here is asked. A bounce is one bounce, in whatever forms it comes: what the relay refused to our face is counted
already, a late failure outranks the delay before it, a dead address the full mailbox. An old bounce brings back nothing
that staff have lifted: only a mail that went out after that can (standards B7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mailer.address import printable
from mailer.bounces.verdict import Verdict
from mailer.events import EventKind
from mailer.ledger.returns import Finding, Sent, add_return_event, has_event
from mailer.ledger.settled import BY_HAND
from mailer.ledger.softness import read_lifted_at
from mailer.ledger.suppressions import COMPLAINED, DEAD_ADDRESS, NewSuppression
from mailer.runs.collect.alarms import sound
from mailer.runs.collect.counting import note_of, read_row
from mailer.runs.collect.matching import RECIPIENT, TOKEN, asks_for_tokens, feedback_kind, is_believed
from mailer.runs.collect.notices import keep_notice
from mailer.runs.collect.told import Message
from mailer.runs.people.opt_out import honour_opt_out, suppress

EVENTS: Final[Mapping[str, EventKind]] = {
    Verdict.DEAD.value: EventKind.BOUNCED_HARD,
    Verdict.SOFT.value: EventKind.BOUNCED_SOFT,
    Verdict.OURS.value: EventKind.BOUNCED_SOFT,
    Verdict.NOTHING.value: EventKind.BOUNCED_SOFT,
    "delayed": EventKind.DELAYED,
    **{feedback_kind(each): EventKind.COMPLAINED for each in ("abuse", "fraud", "opt-out", "opt-out-list")},
    "autoreply": EventKind.AUTO_REPLIED,
    "moved": EventKind.MOVED,
    "challenge": EventKind.CHALLENGED,
    "reply": EventKind.REPLIED,
}
# What the ledger has from the sending itself, where the relay refused at once.
_OF_SENDING: Final = frozenset({EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT, EventKind.DELAYED})


def apply(message: Message, found: Finding) -> None:
    """Let follow what follows from one finding of a message."""
    sent = found.sent
    if sent is None:
        return
    if found.kind == "optout":
        _opt_out(message, found, sent)
        return
    event = EVENTS.get(found.kind)
    if event is None:
        return
    _add_event(message, found, sent, event)
    # also where the event is there already: a report that anybody could have written must not shield from the true one
    if is_believed(message.office, found):
        _suppress(message, found, sent)
        if found.kind in {Verdict.OURS, Verdict.DEAD} and not sent.is_refused:
            sound(message.connection, message.office, found, sent, told=message.told)
    if event in {EventKind.AUTO_REPLIED, EventKind.MOVED}:
        keep_notice(message, found)


def _add_event(message: Message, found: Finding, sent: Sent, event: EventKind) -> None:
    if sent.is_refused and event in _OF_SENDING:
        return
    graver = EventKind.BOUNCED_HARD if event is EventKind.BOUNCED_SOFT else event
    if any(has_event(message.connection, sent.delivery_id, each) for each in {event, graver}):
        return
    stamp = message.office.stamp()
    add_return_event(message.connection, found, event, at=stamp.at, actor=stamp.actor)
    message.told.people[event.value] += message.told.is_first(sent.delivery_id, event)


def _suppress(message: Message, found: Finding, sent: Sent) -> None:
    reason, source, note = COMPLAINED, "complaint", ""
    if found.kind in {Verdict.DEAD, Verdict.SOFT}:
        reason, source = DEAD_ADDRESS, "bounce"
        if found.matched_by != BY_HAND and _is_settled(message, sent):
            return
        if found.kind == Verdict.SOFT and not (note := _soft_note(message, sent)):
            return
    elif EVENTS.get(found.kind) is not EventKind.COMPLAINED:
        return
    new = NewSuppression(sent.address_digest, sent.address, reason, source, note, sent.delivery_id)
    fresh = suppress(message.connection, new, mailing_id=sent.mailing_id, stamp=message.office.stamp())
    if fresh and message.told.is_first(sent.address_digest, reason):
        message.told.suppressed.append((sent.address, note or reason.replace("_", " ")))


def _is_settled(message: Message, sent: Sent) -> bool:
    """Return whether staff have lifted what a bounce had led to since this mail went out."""
    lifted_at = read_lifted_at(message.connection, sent.address_digest)
    return lifted_at is not None and (sent.attempted_at is None or sent.attempted_at <= lifted_at)


def _soft_note(message: Message, sent: Sent) -> str:
    """Return the note of a suppression where an address has failed often enough, else nothing."""
    office = message.office
    bounces, everything = office.settings.bounces, not asks_for_tokens(office)
    row = read_row(message.connection, sent.address_digest, bounces, now=office.clock(), with_recipients=everything)
    return note_of(row) if row.is_enough(bounces) else ""


def _opt_out(message: Message, found: Finding, sent: Sent) -> None:
    """Honour an opt-out at once; one that a person said in words waits to be confirmed, with their words."""
    report, in_words = message.report, ""
    if found.matched_by != TOKEN and report.words:
        alone = " (known by their address alone)" if found.matched_by == RECIPIENT else ""
        in_words = f"{report.from_address} wrote: “{printable(report.words, 300)}”{alone}"
    source = "relay" if report.vouched else "mail"
    honoured = honour_opt_out(
        message.connection, message.office, sent, source=source, said_by=report.from_address, in_words=in_words
    )
    if not honoured.fresh or not message.told.is_first(sent.address_digest, "opted_out"):
        return
    message.told.people["opted_out"] += 1
    who = "in words: look at it, and" if in_words else "said by somebody at this desk:"
    waits = f", {who} confirm it" if honoured.unconfirmed else ""
    message.told.suppressed.append((honoured.address, f"opted out{waits}"))
