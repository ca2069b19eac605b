"""Taking: records returned messages in the ledger, each once, and applies their consequences.

Owns the order of the steps: is the message known, what does it report, about which delivery, what is kept, what
follows. Nothing is deleted, moved or marked in its mailbox. What cannot be matched changes nothing and is kept for
review. A dry run does the same and rolls each change back.

*Consequences.* Each kind of finding adds one event to a delivery's history, once, and may suppress the recipient. A
bounce counts once, whatever forms it takes: a refusal by the relay during the session is counted already, a later
failure outranks the earlier delay, and a dead address outranks a full mailbox. An old bounce does not restore a
suppression that staff have lifted; only a mail that went out after that can.

*Notices.* An automatic reply says how long someone is away, that they have left, or where they are now. People who are
away get no follow-ups until they are back; for people who left or moved, a change is proposed to staff, who decide.
Nobody is suppressed: a program wrote it, not the person.

*Soft bounces in a row*. Mailings are counted, at most one a day, from the newest back to the last success: a mail
that the relay took and that did not come back. The bounce of a recent mail may still be on its way, so the newest mails
prove nothing until `quiet_days` are over; a mail between two failures has had enough time. Bounces that were our own
fault, or whose reason is unknown, count neither as failures nor as successes.

Gaps: a full mailbox that the relay refuses in its reply is not part of the row: only mails that a relay took, and what
came back about them, are counted (`history.read_tried`).
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from time import sleep
from typing import Any, Final, TypeVar, cast

from mailer.address import address_of, printable
from mailer.bounces.letter import needs_answer
from mailer.bounces.relay_events import RelayEvent
from mailer.bounces.values import Kind, Notice, Report, ReportedRecipient
from mailer.errors import Problem, Severity
from mailer.events import COMPLAINED, DEAD_ADDRESS, EventKind, MailingState
from mailer.frozen import dataclass, field
from mailer.inbox.values import RawMessage
from mailer.ledger import Connection, Ledger
from mailer.ledger.history import DEAD, NOTHING, OURS, SOFT, Tried, read_bounced, read_lifted_at, read_tried
from mailer.ledger.mailings import HALTED_AS_DEAD, HALTED_AS_OLD, pause_for, read_paused_for, state_of, was_halted
from mailer.ledger.offers import Offered
from mailer.ledger.returns import (
    BY_HAND,
    LEFT,
    MOVED,
    STAND_IN,
    Finding,
    NewProposal,
    Sent,
    Taken,
    add_absence,
    add_answer,
    add_inbound,
    add_proposal,
    add_return_event,
    has_event,
    known_among,
)
from mailer.ledger.suppressions import NewSuppression
from mailer.runs.collect.alarms import asks_for_tokens, read_alarms
from mailer.runs.collect.matching import RECIPIENT, TOKEN, feedback_kind, find_findings, is_trusted
from mailer.runs.offers import find_offered, note_unconfirmed
from mailer.runs.office import Office
from mailer.runs.reconcile import settle_by_return
from mailer.runs.suppressions.opt_out import honour_opt_out, suppress
from mailer.runs.untrusted import read_report
from mailer.sandbox import ParseStopped
from mailer.settings import Bounces

_SHOWN = 200
T = TypeVar("T")
_NOT_READ = Report(kind=Kind.NONE, rule="not read")


class _RolledBack(Exception):
    """Rolls back what a dry run did."""


def collect(
    office: Office,
    ledger: Ledger,
    entries: Iterable[RawMessage | Problem],
    *,
    dry_run: bool = False,
    read: Callable[[RawMessage], Report] = read_report,
) -> Collected:
    """Record messages in the ledger; each is one transaction, so that a crash loses and repeats nothing.

    The next entry is fetched when the one before is committed: the caller may then mark that one as read, but not
    in a `dry_run`, which only reports what would happen.

    Raises:
        LedgerProblem: the ledger cannot be written, or the keys are not its own.
    """
    collected = Collected(dry_run=dry_run)
    with office.reading(ledger) if dry_run else office.writing(ledger):
        pass  # the keys are compared with the ledger's own before anything is read
    for entry in entries:
        if isinstance(entry, Problem):
            collected.problems.append(entry)
            continue
        report = _NOT_READ
        with ledger.reading() as connection:
            known = known_among(connection, [_digest(entry)])
        if not known:  # read before the transaction, which locks out everyone who sends
            try:
                report = read(entry)
            except ParseStopped as stopped:  # recorded as a letter for people, so that it is tried only once
                text = f"{stopped.message}. It stays where it is and is not tried again; look at it with a mail program"
                collected.problems.append(Problem(stopped.code, text, Severity.WARNING, entry.source))
        with contextlib.suppress(_RolledBack), ledger.writing() as connection:
            take_in(connection, office, entry, collected, report=report)
            if dry_run:
                raise _RolledBack
    return collected


def _digest(raw: RawMessage) -> bytes:
    return hashlib.sha256(raw.known_by.encode() or raw.data).digest()


def take_in(connection: Connection, office: Office, raw: RawMessage, collected: Collected, *, report: Report) -> bool:
    """Record one message with its report, inside the given transaction; return False if it is known already."""
    collected.messages += 1
    digest = _digest(raw)
    if known_among(connection, [digest]) or not collected.is_first(digest):
        collected.known += 1
        return False
    report = storable(report)
    collected.kinds[report.kind.value] += 1
    findings = find_findings(connection, office, report)
    forgotten = any(each.sent is not None and not each.sent.address for each in findings)
    if forgotten:  # a message about an erased person must not bring their data back
        findings = [replace(each, address="", diagnostic="") for each in findings]
        report = replace(report, words="", subject="", from_address="", message_id="")
    # mail for people to read is noted, not copied; an event of a relay is no private letter
    kept = b"" if forgotten or (report.kind is Kind.NONE and not report.vouched) else raw.data
    replies = [each.sent for each in findings if each.kind == "reply" and each.sent] if report.kind is Kind.NONE else []
    taken = Taken(digest, storable(raw.source), kept, report.kind.value, report.rule, office.clock())
    if replies:  # so that the press office finds it: who wrote, about what, and what they ask for
        sender, subject = printable(report.from_address, _SHOWN), printable(report.subject, _SHOWN)
        taken = replace(taken, sender=sender, subject=subject, message_id=report.message_id)
        taken = replace(taken, written_at=report.sent_at)
    inbound_id = add_inbound(connection, taken, findings)
    for sent in replies:
        is_offered = find_answered_offer(connection, report, sent) is not None
        answered = (report.embargo_answer,) if is_offered else ()  # which staff have to confirm
        asks = (*answered, *report.asks)
        add_answer(connection, replace(taken, asks=asks), inbound_id, sent, needs_answer=needs_answer(asks))
    message = Message(connection, office, collected, report, inbound_id)
    for found in findings:
        if found.sent is None:
            collected.unmatched += 1
            continue
        # at once, so that nobody sends it again to a recipient who has it
        settled = settle_by_return(connection, office, found, source=taken.source, at=taken.read_at)
        if settled and collected.is_first(found.sent.delivery_id, "settled"):
            collected.settled.append(found.sent.address)
        apply(message, found)
    return True


def storable(value: T) -> T:
    """Return a value as every database can keep it: without NUL, and with a mark in place of invalid characters.

    Values of a closed set (kinds) stay as they are.
    """
    found: Any = value
    if type(value) is str:
        found = str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    elif isinstance(value, tuple):
        found = tuple(map(storable, value))
    elif isinstance(value, Report | ReportedRecipient | Notice):
        found = replace(value, **{each.name: storable(getattr(value, each.name)) for each in fields(value)})
    return cast("T", found)


# Webhooks: an event of a relay enters the ledger like mail that came back. It is identified by relay and id, so that it
# counts once, even if it comes again in another batch or order. That is why a request can be committed in pieces: a
# thousand events take seconds, and nobody who sends or opts out meanwhile should wait for all of them. The relay may
# get a success only when all are committed; otherwise it must send them all again. `public.webhooks` has checked the
# signature.

_PIECE: Final = 100
_TURN_S: Final = 0.12  # SQLite tries again for the lock after 100 ms at most


def take_events(office: Office, ledger: Ledger, relay: str, events: Iterable[RelayEvent]) -> Collected:
    """Record the events of one genuine request of a relay (`ses`, `sendgrid` …) in the ledger, committed on return.

    Raises:
        LedgerProblem: the ledger is busy, cannot be written, or the keys are not its own; some events are missing then.
    """
    collected = Collected()
    rest = iter(events)
    while piece := list(islice(rest, _PIECE)):
        if collected.messages:
            sleep(_TURN_S)
        with office.writing(ledger) as connection:
            for event in piece:
                raw = RawMessage(f"webhook {relay}", event.data, known_by=f"webhook {relay} {event.id}")
                take_in(connection, office, raw, collected, report=replace(event.report, vouched=True))
    return collected


# The consequences of a finding that is matched to a person.


@dataclass(slots=True)
class Collected:
    """What one reading of a mailbox found; `people` counts recipients by what happened to them.

    `suppressed` has addresses and reasons, `settled` the addresses that were in doubt, `paused` mailings and why they
    pause, `away` addresses and their date of return, `proposed` the old and new addresses of proposals for the lists,
    `embargo_answers` addresses that answered an offer under embargo in words, the answer, and the release.
    """

    messages: int = 0
    known: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    unmatched: int = 0
    suppressed: list[tuple[str, str]] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    paused: list[tuple[str, str]] = field(default_factory=list)
    away: list[tuple[str, str]] = field(default_factory=list)
    proposed: list[tuple[str, str]] = field(default_factory=list)
    embargo_answers: list[tuple[str, str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dry_run: bool = False
    _seen: set[Hashable] = field(default_factory=set)

    def is_first(self, *what: Hashable) -> bool:
        """Return whether this was not reported before; always True outside a dry run, where the ledger keeps that."""
        if not self.dry_run:
            return True
        if what in self._seen:
            return False
        self._seen.add(what)
        return True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reading found, notes about the mailboxes, and what to do about those that failed."""

    collected: Collected
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """The message to be recorded: its transaction, its report, its number in the ledger, and the results so far."""

    connection: Connection
    office: Office
    collected: Collected
    report: Report
    inbound_id: int


EVENTS: Final[Mapping[str, EventKind]] = {
    DEAD: EventKind.BOUNCED_HARD,
    SOFT: EventKind.BOUNCED_SOFT,
    OURS: EventKind.BOUNCED_SOFT,
    NOTHING: EventKind.BOUNCED_SOFT,
    "delayed": EventKind.DELAYED,
    **{feedback_kind(each): EventKind.COMPLAINED for each in ("abuse", "fraud", "opt-out", "opt-out-list")},
    "autoreply": EventKind.AUTO_REPLIED,
    "moved": EventKind.MOVED,
    "challenge": EventKind.CHALLENGED,
    "reply": EventKind.REPLIED,
}
# Events that the ledger has from the sending itself if the relay refused at once.
_OF_SENDING: Final = frozenset({EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT, EventKind.DELAYED})


def apply(message: Message, found: Finding) -> None:
    """Apply the consequences of one finding of a message."""
    sent, event = found.sent, EVENTS.get(found.kind)
    if sent is None:
        return
    if found.kind == "optout":
        _opt_out(message, found, sent)
        return
    if event is None:
        return
    graver = EventKind.BOUNCED_HARD if event is EventKind.BOUNCED_SOFT else event
    is_counted = sent.is_refused and event in _OF_SENDING
    if not is_counted and not any(has_event(message.connection, sent.delivery_id, each) for each in {event, graver}):
        stamp = message.office.stamp()
        add_return_event(message.connection, found, event, at=stamp.at, actor=stamp.actor)
        message.collected.people[event.value] += message.collected.is_first(sent.delivery_id, event)
    # also if the event is there already: a forged report must not keep the genuine one from having an effect
    if is_trusted(message.office, found):
        _suppress(message, found, sent)
        if found.kind in {OURS, DEAD} and not sent.is_refused:
            _raise_alarm(message, found, sent)
    if found.kind == "reply" and (offered := find_answered_offer(message.connection, message.report, sent)):
        words, answer = printable(message.report.words, 300), message.report.embargo_answer
        if note_unconfirmed(message.connection, message.office, offered, answer, words):
            message.collected.embargo_answers.append((sent.address, answer, offered.slug))
    if event in {EventKind.AUTO_REPLIED, EventKind.MOVED}:
        _keep_notice(message, found, sent)


def find_answered_offer(connection: Connection, report: Report, sent: Sent) -> Offered | None:
    """Return the offer that a reply accepts or declines in words; None if it does neither, or nothing was offered."""
    return find_offered(connection, sent.delivery_id, sent.mailing.partition("/")[0]) if report.embargo_answer else None


def _suppress(message: Message, found: Finding, sent: Sent) -> None:
    reason, source, note = COMPLAINED, "complaint", ""
    if found.kind in {DEAD, SOFT}:
        reason, source = DEAD_ADDRESS, "bounce"
        lifted_at = read_lifted_at(message.connection, sent.address_digest)
        # whether staff have lifted the suppression after this mail went out
        is_settled = lifted_at is not None and (sent.attempted_at is None or sent.attempted_at <= lifted_at)
        if is_settled and found.matched_by != BY_HAND:
            return
        if found.kind == SOFT:
            row = read_row(message.connection, message.office, sent.address_digest)
            if not row.is_enough(message.office.settings.bounces):
                return
            why = f": {', '.join(row.reasons)}" if row.reasons else ""
            note = f"failed in {row.mailings} mailings in a row since {row.since:%Y-%m-%d}{why}"
    elif EVENTS.get(found.kind) is not EventKind.COMPLAINED:
        return
    new = NewSuppression(sent.address_digest, sent.address, reason, source, note, sent.delivery_id)
    fresh = suppress(message.connection, new, mailing_id=sent.mailing_id, stamp=message.office.stamp())
    if fresh and message.collected.is_first(sent.address_digest, reason):
        message.collected.suppressed.append((sent.address, note or reason.replace("_", " ")))


def _opt_out(message: Message, found: Finding, sent: Sent) -> None:
    """Honour an opt-out at once; one that a person wrote in words waits for confirmation, with the words."""
    report, quote = message.report, ""
    if found.matched_by != TOKEN and report.words:
        alone = " (known by their address alone)" if found.matched_by == RECIPIENT else ""
        quote = f"{report.from_address} wrote: “{printable(report.words, 300)}”{alone}"
    source = "relay" if report.vouched else "mail"
    honoured = honour_opt_out(
        message.connection, message.office, sent, source=source, from_address=report.from_address, quote=quote
    )
    if not honoured.is_new or not message.collected.is_first(sent.address_digest, "opted_out"):
        return
    message.collected.people["opted_out"] += 1
    ask = "in words: look at it, and" if quote else "from somebody at this desk:"
    waits = f", {ask} confirm it" if honoured.unconfirmed else ""
    message.collected.suppressed.append((honoured.email, f"opted out{waits}"))


_LONGEST: Final = timedelta(days=400)  # a leave of a year; a later date is about something else
_MOST_STAND_INS: Final = 3


def _keep_notice(message: Message, found: Finding, sent: Sent) -> None:
    """Keep how long someone is away, and which changes to the lists their reply suggests."""
    report, collected = message.report, message.collected
    notice = report.notice or Notice()
    is_away = notice.is_away or notice.back_on is not None
    if is_trusted(message.office, found) and is_away and not notice.has_left:
        now = message.office.clock()
        said_at = report.sent_at if report.sent_at is not None and report.sent_at <= now else now
        until = datetime.combine(notice.back_on, time(), UTC) if notice.back_on else None
        if until is None or said_at < until <= said_at + _LONGEST:
            fresh = add_absence(message.connection, sent, message.inbound_id, said_at=said_at, until=until)
            if fresh and until is not None and collected.is_first(sent.address, until):
                collected.away.append((sent.address, f"{until:%Y-%m-%d}"))
    if not sent.address:
        return  # an erased person: a proposal would bring their data back
    own = sent.address
    proposed = [(MOVED, new) for new in _others([notice.new_address], own)]
    if not proposed and (notice.has_left or report.kind is Kind.MOVED):
        # a stand-in for two weeks is no change
        proposed = [(STAND_IN, new) for new in _others(notice.stand_ins[:_MOST_STAND_INS], own)] or [(LEFT, "")]
    words = printable(report.words or report.subject, 400)
    for kind, new in proposed:
        proposal = NewProposal(kind, sent.address_digest, own, new, words, sent.delivery_id, message.inbound_id)
        added = add_proposal(message.connection, proposal, stamp=message.office.stamp())
        if added and collected.is_first(kind, own, new):
            collected.proposed.append((own, new))


def _others(texts: Iterable[str], own: str) -> list[str]:
    """Return the addresses among the texts, except for the person's own."""
    person = address_of(own)
    return [str(found) for found in map(address_of, texts) if found and person and found.key != person.key]


@dataclass(frozen=True, slots=True)
class SoftRow:
    """A row of soft bounces: how many mailings on different days, since when, over how long, and why."""

    mailings: int = 0
    since: datetime | None = None
    lasts: timedelta = timedelta()
    reasons: tuple[str, ...] = ()

    def is_enough(self, bounces: Bounces) -> bool:
        """Return whether the row is long enough to suppress the address."""
        return self.mailings >= bounces.soft_mailings and self.lasts >= timedelta(days=bounces.soft_days)


def count_row(tried: Sequence[Tried], bounces: Bounces, *, now: datetime) -> SoftRow:
    """Count the soft bounces in a row among the mails to a person, the newest first."""
    quiet_before = now - timedelta(days=bounces.quiet_days)
    counted: list[Tried] = []
    for each in tried:
        if each.came_back == SOFT:
            counted.append(each)
        elif not each.came_back and each.is_accepted and (counted or each.at <= quiet_before):
            break
    if not counted:
        return SoftRow()
    days = {each.at.date() for each in counted}
    reasons = Counter(each.reason for each in counted if each.reason)
    lasts = counted[0].at - counted[-1].at
    return SoftRow(len(days), counted[-1].at, lasts, tuple(reason for reason, _ in reasons.most_common()))


def read_row(connection: Connection, office: Office, address_digest: bytes) -> SoftRow:
    """Count the soft bounces in a row of a person, since staff last lifted a suppression."""
    since, by_recipient = read_lifted_at(connection, address_digest), not asks_for_tokens(office)
    tried = read_tried(connection, address_digest, with_recipients=by_recipient, since=since)
    return count_row(tried, office.settings.bounces, now=office.clock())


def describe_row(row: SoftRow, bounces: Bounces) -> str:
    """Return a row in words, for `why`; empty if there is none."""
    if not row.mailings or row.since is None:
        return ""
    many = f"{row.mailings} mailing{'' if row.mailings == 1 else 's in a row'}"
    why = f" ({', '.join(row.reasons)})" if row.reasons else ""
    days = f"{bounces.soft_days:g} days"
    limit = f"{bounces.soft_mailings} in a row over {days} or more suppress the address"
    return f"failed for now in {many} since {row.since:%Y-%m-%d}{why}; {limit}"


_EACH_UP_TO: Final = 50


def _raise_alarm(message: Message, found: Finding, sent: Sent) -> None:
    """Pause the mailing of a bounce that just came in, if it is one too many and its cause is new.

    Bounces are counted after each of the first `_EACH_UP_TO`, then whenever there are a tenth more: counting a mailing
    to a million after each of thousands would take longer than reading them.
    """
    office, connection, mailing_id = message.office, message.connection, sent.mailing_id
    if not office.settings.bounces.pause or state_of(connection, mailing_id) is not MailingState.SENDING:
        return
    by_recipient = not asks_for_tokens(office)
    people = len(read_bounced(connection, mailing_id, found.kind, with_recipients=by_recipient))
    if people > _EACH_UP_TO and people % (people // 10):
        return
    known = read_paused_for(connection, mailing_id)
    alarms = [each for each in read_alarms(office, connection, mailing_id) if each.cause not in known]
    if any(was_halted(connection, mailing_id, cause) for cause in (HALTED_AS_DEAD, HALTED_AS_OLD)):
        alarms = [each for each in alarms if not each.is_dead]  # the breaker has shown them already
    text = "; ".join(str(each) for each in alarms)
    causes = " ".join(each.cause for each in alarms)[:200]
    if alarms and pause_for(connection, mailing_id, reason=causes, text=text, stamp=office.stamp()):
        message.collected.paused.append((sent.mailing, text))
