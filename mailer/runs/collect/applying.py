"""Applying: what follows from a finding that is tied to a person.

Each kind of finding adds one event to a delivery's story, once, and may suppress somebody. A bounce is one bounce, in
whatever forms it comes: what the relay refused to our face is counted already, a late failure outranks the delay before
it, a dead address the full mailbox. An old bounce brings back nothing that staff have lifted: only a mail that went out
after that can (standards B7). Below: what automatic replies tell, and when soft bounces are enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from mailer.address import Address, parse_address, printable
from mailer.bounces import Kind
from mailer.bounces.values import Notice
from mailer.bounces.verdict import Verdict
from mailer.errors import InputProblem
from mailer.events import EventKind
from mailer.ledger import Connection
from mailer.ledger.returned import SOFT, Tried, read_lifted_at, read_tried
from mailer.ledger.returns import (
    BY_HAND,
    LEFT,
    MOVED,
    STAND_IN,
    Finding,
    NewProposal,
    Sent,
    add_absence,
    add_proposal,
    add_return_event,
    has_event,
)
from mailer.ledger.suppressions import COMPLAINED, DEAD_ADDRESS, NewSuppression
from mailer.runs.collect.alarms import sound
from mailer.runs.collect.matching import RECIPIENT, TOKEN, asks_for_tokens, feedback_kind, is_believed
from mailer.runs.collect.told import Message
from mailer.runs.suppressions.opt_out import honour_opt_out, suppress
from mailer.settings.returns import Bounces

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


# Notices: an automatic reply tells until when somebody is away, that they left, or where they are now. Who is away is
# held out of follow-ups until they are back; who left or moved is proposed to staff, who decide. Nobody is suppressed:
# a program wrote it, not the person.

_LONGEST: Final = timedelta(days=400)  # a leave of a year; what is later is a date of something else
_MOST: Final = 3
_WORDS: Final = 400


def keep_notice(message: Message, found: Finding) -> None:
    """Keep until when somebody is away, and what their reply proposes for the lists."""
    sent, notice, report = found.sent, message.report.notice, message.report
    if sent is None:
        return
    if notice is not None and is_believed(message.office, found):
        _keep_absence(message, sent, notice)
    if not sent.address:
        return  # forgotten: what is proposed of them would say again who they are
    for kind, new in _proposals(sent, report.kind, notice or Notice()):
        proposal = NewProposal(
            kind,
            sent.address_digest,
            sent.address,
            new,
            printable(report.words or report.subject, _WORDS),
            sent.delivery_id,
            message.inbound_id,
        )
        fresh = add_proposal(message.connection, proposal, stamp=message.office.stamp())
        if fresh and message.told.is_first(kind, sent.address, new):
            message.told.proposed.append((sent.address, new))


def _keep_absence(message: Message, sent: Sent, notice: Notice) -> None:
    now, sent_at, told = message.office.clock(), message.report.sent_at, message.told
    said_at = sent_at if sent_at is not None and sent_at <= now else now
    if notice.back_on is None or notice.has_left:
        return
    until = datetime.combine(notice.back_on, time(), UTC)
    if not said_at < until <= said_at + _LONGEST:
        return
    fresh = add_absence(message.connection, sent, message.inbound_id, said_at=said_at, until=until)
    if fresh and told.is_first(sent.address, until):
        told.away.append((sent.address, f"{until:%Y-%m-%d}"))


def _proposals(sent: Sent, kind: Kind, notice: Notice) -> Iterator[tuple[str, str]]:
    """Yield kind and new address of what a notice proposes; somebody who stands in for two weeks is no change."""
    if notice.new_address and (new := _other(notice.new_address, sent.address)):
        yield MOVED, str(new)
        return
    if not notice.has_left and kind is not Kind.MOVED:
        return
    others = [new for text in notice.stand_ins[:_MOST] if (new := _other(text, sent.address))]
    for new in others:
        yield STAND_IN, str(new)
    if not others:
        yield LEFT, ""


def _other(text: str, own: str) -> Address | None:
    """Return an address that is written in a letter; None where it is none, or the person's own."""
    try:
        found = parse_address(text)
        return None if found.key == parse_address(own).key else found
    except InputProblem:
        return None


# Counting: when an address that only fails for now is given up (standards B7). Mailings are counted, at most one a
# day, from the newest back to the last success: a mail that the relay took and from which nothing came back. While a
# mail is young its bounce may still be on its way, so the newest ones prove nothing until `quiet_days` are over; one
# between two failures has had its time. What bounced for a fault of ours, or for a reason that nobody can tell,
# neither counts nor is a success.


@dataclass(frozen=True, slots=True)
class SoftRow:
    """So many mailings in a row, on different days, failed for now: since when, over how long, and why."""

    mailings: int = 0
    since: datetime | None = None
    lasts: timedelta = timedelta()
    reasons: tuple[str, ...] = ()

    def is_enough(self, bounces: Bounces) -> bool:
        """Return whether the address is given up now."""
        return self.mailings >= bounces.soft_mailings and self.lasts >= timedelta(days=bounces.soft_days)


def count_row(tried: Sequence[Tried], bounces: Bounces, *, now: datetime) -> SoftRow:
    """Count the row of failures of a person, of their mails with the newest first."""
    counted = list(_in_a_row(tried, now - timedelta(days=bounces.quiet_days)))
    if not counted:
        return SoftRow()
    days = {each.at.date() for each in counted}
    reasons = Counter(each.reason for each in counted if each.reason)
    lasts = counted[0].at - counted[-1].at
    return SoftRow(len(days), counted[-1].at, lasts, tuple(reason for reason, _ in reasons.most_common()))


def _in_a_row(tried: Iterable[Tried], quiet_before: datetime) -> Iterable[Tried]:
    failed = False
    for each in tried:
        if each.came_back == SOFT:
            failed = True
            yield each
        elif not each.came_back and each.is_accepted and (failed or each.at <= quiet_before):
            return


def read_row(
    connection: Connection, address_digest: bytes, bounces: Bounces, *, now: datetime, with_recipients: bool
) -> SoftRow:
    """Count the row of failures of a person; what staff have lifted is forgiven."""
    since = read_lifted_at(connection, address_digest)
    tried = read_tried(connection, address_digest, with_recipients=with_recipients, since=since)
    return count_row(tried, bounces, now=now)


def say_row(row: SoftRow, bounces: Bounces) -> str:
    """Return how a row stands, for `why`; empty where there is none."""
    if not row.mailings or row.since is None:
        return ""
    many = f"{row.mailings} mailing{'' if row.mailings == 1 else 's in a row'}"
    why = f" ({', '.join(row.reasons)})" if row.reasons else ""
    days = f"{bounces.soft_days:g} days"
    limit = f"{bounces.soft_mailings} in a row over {days} or more suppress the address"
    return f"failed for now in {many} since {row.since:%Y-%m-%d}{why}; {limit}"


def note_of(row: SoftRow) -> str:
    """Return the note that a suppression keeps."""
    why = f": {', '.join(row.reasons)}" if row.reasons else ""
    return f"failed in {row.mailings} mailings in a row since {row.since:%Y-%m-%d}{why}"
