"""Matching: which of our mails a message that came back is about.

Owns the order of the criteria: the token of the return address, the ENVID, one of our tokens in the
returned part, our Message-ID, then the address that we wrote to and the final one. The last two are only compared with
people who were really mailed in the last weeks, and not for mail that had not gone out when the report was written. The
reporting server is not considered: with forwarding and outbound filters it can be any.

A report with something like our token that does not verify is forged or damaged, and is not matched by anything else.
What cannot be matched changes nothing, and waits for staff with the reason.

Gaps: a Message-ID that a relay replaces is lost, and the token in the return address is then all that names a mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from mailer.address import address_of
from mailer.bounces.values import Action, Kind, Report, ReportedRecipient, Suppress
from mailer.frozen import dataclass, replace
from mailer.ledger import Connection
from mailer.ledger.history import DEAD, NOTHING, OURS, SOFT
from mailer.ledger.returns import Finding, Sent, find_sent, find_sent_by_address
from mailer.reply.values import COUNTED, Reason
from mailer.reply.values import DEAD as DEAD_FOR
from mailer.reply.values import OURS as OUR_FAULTS
from mailer.runs.collect.alarms import asks_for_tokens
from mailer.runs.office import Office
from mailer.tokens import Purpose, address_digest, find_tokens, parse_token

TOKEN, MESSAGE_ID, RECIPIENT = "token", "message-id", "recipient"
VOUCHED: Final = "relay"  # matched by its recipient alone, but signed by our relay: nobody else can have written it
REMEMBERED: Final = timedelta(days=60)  # a later bounce is about no release that anybody remembers
_OBJECTS: Final = timedelta(days=366)  # a person who opts out or complains has longer
_CLOCKS: Final = timedelta(hours=1)  # the clocks of two servers may differ by so much
_REPORTS: Final = frozenset({Kind.BOUNCE, Kind.DELAYED, Kind.DELIVERED})
_OPT_OUTS: Final = frozenset({Kind.FEEDBACK, Kind.OPTOUT})
_FROM_A_PERSON: Final = frozenset({Kind.AUTOREPLY, Kind.MOVED, Kind.CHALLENGE})


def find_findings(connection: Connection, office: Office, report: Report) -> list[Finding]:
    """Return the findings of a report, one for each person, matched to a delivery where possible."""
    matcher = _Matcher(connection, office, report)
    if report.kind is Kind.OPTOUT and not report.vouched:
        return [matcher.opt_out()]
    if report.kind in _REPORTS:
        return list(matcher.reported())
    if report.kind in _OPT_OUTS:  # a reader who unsubscribed at the relay has no token of ours to show
        return [matcher.about(next(iter(report.recipients), ReportedRecipient(address="")))]
    if report.kind in _FROM_A_PERSON:
        return [matcher.about(ReportedRecipient(address=report.from_address))]
    if report.vouched:  # an unknown event of a relay is shown to staff, and is about nobody
        return [Finding("event", "", report.rule, unmatched="unknown-event")]
    # a letter that answers one of our mails: its words are not kept, it is for people to read
    sent = matcher.answered()
    return [Finding("reply", sent.address, "", matched_by=MESSAGE_ID, sent=sent)] if sent and sent.kind.is_real else []


def is_trusted(office: Office, found: Finding) -> bool:
    """Return whether a finding may have consequences for the person.

    A report that names an address can be forged. If our mails ask for reports at an address with a token, a report
    without a token is counted and changes nothing.
    """
    return found.matched_by != RECIPIENT or not asks_for_tokens(office)


def feedback_kind(feedback_type: str) -> str:
    """Return the kind of a finding for a type of feedback (RFC 5965 §7.3), cut to the ledger's 20 characters."""
    return f"feedback-{feedback_type}"[:20]


def _key(text: str) -> str:
    address = address_of(text)
    return address.key if address else ""


@dataclass(frozen=True, slots=True)
class _Matcher:
    """One report, and the ledger in which its mails are looked up."""

    connection: Connection
    office: Office
    report: Report

    def reported(self) -> Iterator[Finding]:
        """Yield one finding for each delivery: a mail that a desk passes on to three people is one mail of ours."""
        by_delivery: dict[int, list[tuple[ReportedRecipient, Finding]]] = {}
        for recipient in self.report.recipients or (ReportedRecipient(address=""),):
            found = self.about(recipient)
            if found.sent is None:
                yield found
            else:
                by_delivery.setdefault(found.sent.delivery_id, []).append((recipient, found))
        gravity = (None, Suppress.NEVER, Suppress.COUNT, Suppress.NOW)  # None: it did not fail
        for several in by_delivery.values():
            # the address we wrote to, else the one with the mildest result: if a desk passes mail on and one of its
            # readers has left, the desk is not dead
            key = next((_key(found.sent.address) for _, found in several if found.sent), "")
            ours = (each for each in several if key and key in {_key(each[0].as_sent), _key(each[0].address)})
            _, found = next(ours, None) or min(
                several, key=lambda each: gravity.index(each[0].suppress if each[0].action is Action.FAILED else None)
            )
            yield found

    def answered(self) -> Sent | None:
        """Return our mail whose Message-ID the report names."""
        message_id = self.report.original_message_id
        return find_sent(self.connection, message_id=message_id) if message_id else None

    def opt_out(self) -> Finding:
        """Match an opt-out by its token, or one in words by the mail it answers or by its From.

        A bounce token opts nobody out. A From can be forged: it counts if its owner was really mailed, and staff have
        to confirm it.
        """
        report = self.report
        found = Finding("optout", report.from_address, report.subject)
        sent, how = self._by_token(report.tokens, (Purpose.OPT_OUT,)), TOKEN
        if sent is None and report.tokens:
            return replace(found, unmatched="bad-token")
        if sent is None and report.words:
            own = self._digest(report.from_address)
            sent = self.answered() or self._by_token(report.returned_tokens, (Purpose.OPT_OUT,))
            how = MESSAGE_ID if sent else RECIPIENT
            if sent is None and own:
                sent = find_sent_by_address(self.connection, own, since=self.office.clock() - _OBJECTS)
            # if the words name someone who is neither the writer nor the recipient, only staff can ask them
            known = {own, sent.address_digest if sent else None}
            named = [recipient.address for recipient in report.recipients]
            if named and not any(self._digest(each) in known for each in named):
                return replace(found, address=named[0], unmatched="names-another")
        if sent is None:
            return replace(found, unmatched="no-token")
        if not sent.kind.is_real:
            return replace(found, unmatched="of-a-test")
        return replace(found, sent=sent, address=sent.address, matched_by=how)

    def _finding(self, recipient: ReportedRecipient, sent: Sent | None, how: str = "", *, why_not: str = "") -> Finding:
        """Return the finding about one recipient: its delivery, how that was matched, or the word why it was not."""
        report = self.report
        kind = report.kind.value
        if report.kind is Kind.FEEDBACK:
            kind = feedback_kind(report.feedback_type or "unknown")
        elif report.kind in _REPORTS and recipient.action is Action.DELAYED:  # of several recipients each has its own
            kind = Kind.DELAYED.value
        elif report.kind in _REPORTS and recipient.action in {Action.DELIVERED, Action.RELAYED, Action.EXPANDED}:
            kind = Kind.DELIVERED.value
        elif report.kind is Kind.BOUNCE:
            kind = judge(recipient, self.office.settings.bounces.verdicts)
        return Finding(
            kind=kind,
            address=recipient.address or (sent.address if sent else ""),
            diagnostic=recipient.diagnostic or report.subject,
            status=recipient.status,
            reason=recipient.reason,
            permanent=recipient.permanent,
            matched_by=how,
            unmatched=why_not,
            sent=sent,
        )

    def about(self, recipient: ReportedRecipient) -> Finding:
        """Find the delivery that a report about one recipient is about."""
        report, is_report = self.report, self.report.kind in _REPORTS
        if report.tokens and not self._ids(report.tokens, (Purpose.BOUNCE,)):
            return self._finding(recipient, None, why_not="bad-token")
        sent = (
            self._by_token(report.tokens, (Purpose.BOUNCE,))
            or self._by_token(find_tokens(report.envelope_id), Purpose)
            or self._by_token(report.returned_tokens, Purpose)
        )
        how = TOKEN if sent else MESSAGE_ID
        sent = sent or self.answered()
        if sent is None:
            sent, why_not = self._by_recipient(recipient)
            # a Message-ID that is none of ours: staff write to the same people from the same mailbox. Where our mails
            # carry no token, the relay may well have given them another Message-ID too
            is_another = is_report and bool(report.original_message_id) and asks_for_tokens(self.office)
            if sent is None or (is_another and not report.vouched):
                return self._finding(recipient, None, why_not=why_not or "other-mail")
            return self._finding(recipient, sent, VOUCHED if report.vouched else RECIPIENT)
        if not sent.kind.is_real:  # a bounce of a test says nothing about the people of the real mailing
            return self._finding(recipient, None, how, why_not="of-a-test")
        if is_report and sent.attempted_at is not None:
            now, stated = self.office.clock(), report.arrived_at or report.sent_at
            # a date before the mail is a wrong clock, not a proof
            written = stated if stated is not None and sent.attempted_at <= stated <= now else now
            if written - sent.attempted_at > REMEMBERED:
                return self._finding(recipient, None, how, why_not="too-late")
        return self._finding(recipient, sent, how)

    def _by_recipient(self, recipient: ReportedRecipient) -> tuple[Sent | None, str]:
        """Return the last mail to a recipient, or the word why there is none."""
        report, now = self.report, self.office.clock()
        stated = report.arrived_at or report.sent_at
        latest = None if stated is None else min(stated, now) + _CLOCKS  # not later than now, whatever date it states
        since = now - (_OBJECTS if report.vouched and report.kind in _OPT_OUTS else REMEMBERED)
        was_sent = False
        for digest in filter(None, map(self._digest, (recipient.original_address, recipient.address))):
            sent = find_sent_by_address(self.connection, digest, since=since, before=latest)
            if sent is not None:
                return sent, ""
            was_sent = was_sent or find_sent_by_address(self.connection, digest, since=since) is not None
        return None, "before-sent" if was_sent else "not-sent-to" if recipient.address else "no-trace"

    def _ids(self, tokens: Iterable[str], purposes: Iterable[Purpose]) -> list[bytes]:
        pairs = ((token, purpose) for token in tokens for purpose in purposes)
        found = (parse_token(self.office.keys, purpose, token) for token, purpose in pairs)
        return [each for each in found if each is not None]

    def _by_token(self, tokens: Iterable[str], purposes: Iterable[Purpose]) -> Sent | None:
        found = (find_sent(self.connection, token_id=each) for each in self._ids(tokens, purposes))
        return next((sent for sent in found if sent is not None), None)

    def _digest(self, text: str) -> bytes | None:
        key = _key(text)
        return address_digest(self.office.keys, key) if key else None


# A bounce means one of three things. The address is dead, and nobody writes there again; or it failed for now, which is
# counted over several mailings; or the refusal is about us (our server, our text, our pace): then it counts against the
# mailing and not against the person. A blocklist must never wipe a media list, so our own faults come first and no
# setting changes them. `AT_MOST` limits what each reason may lead to, by the sets of `reply.values`.
AT_MOST: Final[Mapping[str, Suppress]] = {
    **{reason.value: Suppress.COUNT for reason in COUNTED},
    **{reason.value: Suppress.NOW for reason in DEAD_FOR},
    Reason.ONHOLD.value: Suppress.NEVER,  # greylisting: the mail is delivered later
}
_ORDER: Final = (Suppress.NEVER, Suppress.COUNT, Suppress.NOW)


def judge(recipient: ReportedRecipient, verdicts: Mapping[str, str]) -> str:
    """Return the kind of the finding that a report about one recipient leads to.

    `verdicts` is `[bounces.verdicts]`: from a reason to now, after or never.
    """
    reason = recipient.reason
    if reason in OUR_FAULTS:
        return OURS
    if reason in verdicts:
        found = Suppress(verdicts[reason])
    else:
        found = min(recipient.suppress, AT_MOST.get(reason, Suppress.NOW), key=_ORDER.index)
    return {Suppress.NOW: DEAD, Suppress.COUNT: SOFT}.get(found, NOTHING)
