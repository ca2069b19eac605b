"""Matching: which of our mails a message that came back is about.

Owns the order of the questions (standards B2): the token of the return address, the ENVID, a token of ours in the
returned part, our Message-ID, then the address that we wrote to and the final one, these two only among people who were
really sent to in the last weeks, and not about a mail that had not gone out when the report was written. A reporting
server may be anything and is not asked: forwarding and outbound filters are everybody's.

A report that carries something like a token of ours which does not verify is forged or damaged: it is not matched by
anything else. What cannot be matched changes nothing and waits for staff, with the word why.

Gaps: a Message-ID that a relay replaces is lost, and the token in the return address is then all that names a mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from mailer.address import parse_address
from mailer.bounces import Kind, Report, ReportedRecipient
from mailer.bounces.values import Action, Suppress
from mailer.bounces.verdict import judge
from mailer.envelope import find_tokens
from mailer.errors import InputProblem
from mailer.ledger import Connection
from mailer.ledger.returns import Finding, Sent, find_sent_by_address, find_sent_by_message_id, find_sent_by_token
from mailer.runs.office import Office
from mailer.tokens import Purpose, address_digest, parse_token

TOKEN, MESSAGE_ID, RECIPIENT = "token", "message-id", "recipient"
VOUCHED: Final = "relay"  # by its recipient alone, and our relay signed for it: nobody else can have written it
REMEMBERED: Final = timedelta(days=60)  # a bounce after that is not about a release that anybody remembers
_OBJECTS: Final = timedelta(days=366)  # a person who says no has longer
_CLOCKS: Final = timedelta(hours=1)  # two servers' clocks may differ so far
_REPORTS: Final = frozenset({Kind.BOUNCE, Kind.DELAYED, Kind.DELIVERED})
_NOES: Final = frozenset({Kind.FEEDBACK, Kind.OPTOUT})
_FROM_A_PERSON: Final = frozenset({Kind.AUTOREPLY, Kind.MOVED, Kind.CHALLENGE})


@dataclass(frozen=True, slots=True)
class Match:
    """The delivery, by what it was found, and the word why not where it was not."""

    sent: Sent | None
    how: str = ""
    why_not: str = ""


def find_findings(connection: Connection, office: Office, report: Report) -> list[Finding]:
    """Return what a report says about each person, matched to a delivery where it can be."""
    if report.kind is Kind.OPTOUT and not report.vouched:
        return [_opt_out(connection, office, report)]
    if report.kind in _REPORTS:
        return list(_reported(connection, office, report))
    if report.kind in _NOES:  # whoever unsubscribed at the relay has no token of ours to show
        recipient = next(iter(report.recipients), ReportedRecipient(address=""))
        return [_about(connection, office, report, recipient)]
    if report.kind in _FROM_A_PERSON:
        return [_about(connection, office, report, ReportedRecipient(address=report.from_address))]
    if report.vouched:  # what a relay tells and nobody here knows is shown to staff, and is about nobody
        return [Finding("event", "", report.rule, unmatched="unknown-event")]
    return list(_reply(connection, report))


def is_believed(office: Office, found: Finding) -> bool:
    """Return whether a finding may have consequences for the person.

    Anybody can write a report that names an address. Where our mail asked for reports at an address with a token, one
    that came without is counted and changes nothing.
    """
    return found.matched_by != RECIPIENT or not asks_for_tokens(office)


def asks_for_tokens(office: Office) -> bool:
    """Return whether our mails carry a token in their return address."""
    bounces = office.settings.bounces
    return bool(bounces.address) and bounces.verp == "on"


def _reported(connection: Connection, office: Office, report: Report) -> Iterator[Finding]:
    """Yield one finding for each delivery: a desk's mail that is passed on to three people is one mail of ours."""
    by_delivery: dict[int, list[tuple[ReportedRecipient, Match]]] = {}
    for recipient in report.recipients or (ReportedRecipient(address=""),):
        match = match_report(connection, office, report, recipient)
        if match.sent is None:
            yield _finding(office, report, recipient, match)
        else:
            by_delivery.setdefault(match.sent.delivery_id, []).append((recipient, match))
    for each in by_delivery.values():
        recipient, match = _deciding(each)
        yield _finding(office, report, recipient, match)


def _deciding(found: list[tuple[ReportedRecipient, Match]]) -> tuple[ReportedRecipient, Match]:
    """Choose of several recipients of one mail: the one we wrote to, else the one with whom it went best.

    Where a desk passes mail on and one of its readers has left, the desk is not dead.
    """
    for recipient, match in found:
        if match.sent and _same(match.sent.address, recipient.as_sent, recipient.address):
            return recipient, match
    return min(found, key=lambda each: _gravity(each[0]))


def _gravity(recipient: ReportedRecipient) -> int:
    if recipient.action is not Action.FAILED:
        return 0
    return 1 + (Suppress.NEVER, Suppress.COUNT, Suppress.NOW).index(recipient.suppress)


def _same(ours: str, *theirs: str) -> bool:
    key = _key(ours)
    return bool(key) and key in {_key(text) for text in theirs}


def _about(connection: Connection, office: Office, report: Report, recipient: ReportedRecipient) -> Finding:
    return _finding(office, report, recipient, match_report(connection, office, report, recipient))


def _finding(office: Office, report: Report, recipient: ReportedRecipient, match: Match) -> Finding:
    return Finding(
        kind=_kind(office, report, recipient),
        address=recipient.address or (match.sent.address if match.sent else ""),
        diagnostic=recipient.diagnostic or report.subject,
        status=recipient.status,
        reason=recipient.reason,
        permanent=recipient.permanent,
        matched_by=match.how,
        unmatched=match.why_not,
        sent=match.sent,
    )


def _kind(office: Office, report: Report, recipient: ReportedRecipient) -> str:
    """Return the word of a finding; of several recipients each has its own action."""
    if report.kind is Kind.FEEDBACK:
        return feedback_kind(report.feedback_type or "unknown")
    if report.kind not in _REPORTS:
        return report.kind.value
    if recipient.action is Action.DELAYED:
        return Kind.DELAYED.value
    if recipient.action in {Action.DELIVERED, Action.RELAYED, Action.EXPANDED}:
        return Kind.DELIVERED.value
    if report.kind is Kind.BOUNCE:
        return judge(recipient, office.settings.bounces.verdicts).value
    return report.kind.value


def feedback_kind(feedback_type: str) -> str:
    """Return the word of a finding that is feedback of a type (RFC 5965 §7.3), as long as the ledger keeps it."""
    return f"feedback-{feedback_type}"[:20]


def match_report(connection: Connection, office: Office, report: Report, recipient: ReportedRecipient) -> Match:
    """Find the delivery that a report about one recipient is about."""
    genuine = _ids(office, report.tokens, (Purpose.BOUNCE,))
    if report.tokens and not genuine:
        return Match(None, "", "bad-token")
    known = [*genuine, *_ids(office, find_tokens(report.envelope_id), Purpose)]
    for token_id in (*known, *_ids(office, report.returned_tokens, Purpose)):
        sent = find_sent_by_token(connection, token_id)
        if sent is not None:
            return _real(office, report, sent, TOKEN)
    sent = find_sent_by_message_id(connection, report.original_message_id) if report.original_message_id else None
    if sent is not None:
        return _real(office, report, sent, MESSAGE_ID)
    match = _by_recipient(connection, office, report, recipient)
    if match.how == RECIPIENT and _is_about_another(office, report):
        return Match(None, "", "other-mail")
    return match


def _is_about_another(office: Office, report: Report) -> bool:
    """Return whether a report names a Message-ID, none of ours: staff write to the same people from the same mailbox.

    Where our mails carry no token, the relay may well have given them another Message-ID too.
    """
    return report.kind in _REPORTS and bool(report.original_message_id) and asks_for_tokens(office)


def _ids(office: Office, tokens: Iterable[str], purposes: Iterable[Purpose]) -> list[bytes]:
    chosen = tuple(purposes)
    found = (parse_token(office.keys, purpose, token) for token in tokens for purpose in chosen)
    return [each for each in found if each is not None]


def _real(office: Office, report: Report, sent: Sent, how: str) -> Match:
    """A bounce of a test says nothing about the people of the real mailing, and none comes months later."""
    if not sent.is_real:
        return Match(None, how, "of-a-test")
    if report.kind in _REPORTS and _is_too_late(office, report, sent):
        return Match(None, how, "too-late")
    return Match(sent, how)


def _is_too_late(office: Office, report: Report, sent: Sent) -> bool:
    """Return whether a report was written long after the mail; a date before the mail is a wrong clock, not a proof."""
    if sent.attempted_at is None:
        return False
    now = office.clock()
    said = _said_at(report)
    written = said if said is not None and sent.attempted_at <= said <= now else now
    return written - sent.attempted_at > REMEMBERED


def _said_at(report: Report) -> datetime | None:
    return report.arrived_at or report.sent_at


def _by_recipient(connection: Connection, office: Office, report: Report, recipient: ReportedRecipient) -> Match:
    said = _said_at(report)
    latest = None if said is None else min(said, office.clock()) + _CLOCKS  # it may claim the last hour of time
    was_sent = False
    for text in (recipient.original_address, recipient.address):
        digest = _digest(office, text)
        if digest is None:
            continue
        since = office.clock() - (_OBJECTS if report.vouched and report.kind in _NOES else REMEMBERED)
        sent = find_sent_by_address(connection, digest, since=since, before=latest)
        if sent is not None:
            return Match(sent, VOUCHED if report.vouched else RECIPIENT)
        was_sent = was_sent or find_sent_by_address(connection, digest, since=since) is not None
    if was_sent:
        return Match(None, "", "before-sent")
    return Match(None, "", "not-sent-to" if recipient.address else "no-trace")


def _key(text: str) -> str:
    try:
        return parse_address(text).key
    except InputProblem:
        return ""


def _digest(office: Office, text: str) -> bytes | None:
    key = _key(text)
    return address_digest(office.keys, key) if key else None


def _reply(connection: Connection, report: Report) -> Iterator[Finding]:
    """Yield that a letter answers a mail of ours; of what it says nothing is kept, it is for people to read."""
    message_id = report.original_message_id
    sent = find_sent_by_message_id(connection, message_id) if message_id else None
    if sent is not None and sent.is_real:
        yield Finding("reply", sent.address, "", matched_by=MESSAGE_ID, sent=sent)


def _opt_out(connection: Connection, office: Office, report: Report) -> Finding:
    """Match an opt-out by its token, or where a person said it in words by the mail they answer, or by who they are.

    A bounce token opts nobody out (standards U3). A From anybody can write: it counts where its owner was really
    mailed, and staff are shown it to be confirmed.
    """
    found = Finding("optout", report.from_address, report.subject)
    match = _no_by_token(connection, office, report)
    if match.sent is None and not match.why_not and report.words:
        match = _no_in_words(connection, office, report)
        if other := _another(office, report, match.sent):
            return replace(found, address=other, unmatched="names-another")
    sent = match.sent
    if sent is None:
        return replace(found, unmatched=match.why_not or "no-token")
    if not sent.is_real:
        return replace(found, unmatched="of-a-test")
    return replace(found, sent=sent, address=sent.address, matched_by=match.how)


def _another(office: Office, report: Report, sent: Sent | None) -> str:
    """Return whose address a no in words names, where it is neither the writer's nor whom the mail was for.

    Whether they want it, only staff can ask.
    """
    own = {_digest(office, report.from_address), sent.address_digest if sent else None}
    named = [recipient.address for recipient in report.recipients]
    return "" if any(_digest(office, each) in own for each in named) else next(iter(named), "")


def _no_by_token(connection: Connection, office: Office, report: Report) -> Match:
    for token_id in _ids(office, report.tokens, (Purpose.OPT_OUT,)):
        sent = find_sent_by_token(connection, token_id)
        if sent is not None:
            return Match(sent, TOKEN)
    return Match(None, "", "bad-token" if report.tokens else "")


def _no_in_words(connection: Connection, office: Office, report: Report) -> Match:
    if report.original_message_id:
        sent = find_sent_by_message_id(connection, report.original_message_id)
        if sent is not None:
            return Match(sent, MESSAGE_ID)
    for token_id in _ids(office, report.returned_tokens, (Purpose.OPT_OUT,)):
        sent = find_sent_by_token(connection, token_id)
        if sent is not None:
            return Match(sent, MESSAGE_ID)
    digest = _digest(office, report.from_address)
    sent = find_sent_by_address(connection, digest, since=office.clock() - _OBJECTS) if digest else None
    return Match(sent, RECIPIENT) if sent is not None else Match(None)
