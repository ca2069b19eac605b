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
VOUCHED: Final = "relay"  # by its recipient alone, and our relay signed for it: nobody else can have written it
REMEMBERED: Final = timedelta(days=60)  # a bounce after that is not about a release that anybody remembers
_OBJECTS: Final = timedelta(days=366)  # a person who says no has longer
_CLOCKS: Final = timedelta(hours=1)  # two servers' clocks may differ so far
_REPORTS: Final = frozenset({Kind.BOUNCE, Kind.DELAYED, Kind.DELIVERED})
_NOES: Final = frozenset({Kind.FEEDBACK, Kind.OPTOUT})
_FROM_A_PERSON: Final = frozenset({Kind.AUTOREPLY, Kind.MOVED, Kind.CHALLENGE})


def find_findings(connection: Connection, office: Office, report: Report) -> list[Finding]:
    """Return what a report says about each person, matched to a delivery where it can be."""
    matcher = _Matcher(connection, office, report)
    if report.kind is Kind.OPTOUT and not report.vouched:
        return [matcher.opt_out()]
    if report.kind in _REPORTS:
        return list(matcher.reported())
    if report.kind in _NOES:  # a reader who unsubscribed at the relay has no token of ours to show
        return [matcher.about(next(iter(report.recipients), ReportedRecipient(address="")))]
    if report.kind in _FROM_A_PERSON:
        return [matcher.about(ReportedRecipient(address=report.from_address))]
    if report.vouched:  # what a relay tells and nobody here knows is shown to staff, and is about nobody
        return [Finding("event", "", report.rule, unmatched="unknown-event")]
    # a letter that answers one of our mails: of what it says nothing is kept, it is for people to read
    sent = matcher.answered()
    return [Finding("reply", sent.address, "", matched_by=MESSAGE_ID, sent=sent)] if sent and sent.kind.is_real else []


def is_believed(office: Office, found: Finding) -> bool:
    """Return whether a finding may have consequences for the person.

    Anybody can write a report that names an address. Where our mail asked for reports at an address with a token, one
    that came without is counted and changes nothing.
    """
    return found.matched_by != RECIPIENT or not asks_for_tokens(office)


def feedback_kind(feedback_type: str) -> str:
    """Return the word of a finding that is feedback of a type (RFC 5965 §7.3), as long as the ledger keeps it."""
    return f"feedback-{feedback_type}"[:20]


def _key(text: str) -> str:
    address = address_of(text)
    return address.key if address else ""


@dataclass(frozen=True, slots=True)
class _Matcher:
    """One report, and where our mails are looked up."""

    connection: Connection
    office: Office
    report: Report

    def reported(self) -> Iterator[Finding]:
        """Yield one finding for each delivery: a desk's mail that is passed on to three people is one mail of ours."""
        by_delivery: dict[int, list[tuple[ReportedRecipient, Finding]]] = {}
        for recipient in self.report.recipients or (ReportedRecipient(address=""),):
            found = self.about(recipient)
            if found.sent is None:
                yield found
            else:
                by_delivery.setdefault(found.sent.delivery_id, []).append((recipient, found))
        gravity = (None, Suppress.NEVER, Suppress.COUNT, Suppress.NOW)  # None: it did not fail
        for several in by_delivery.values():
            # the one we wrote to, else the one it went best with: where a desk passes mail on and one of its
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
        """Match an opt-out by its token, or where a person said it in words by the mail they answer, or who they are.

        A bounce token opts nobody out. A From anybody can write: it counts where its owner was really
        mailed, and staff are shown it to be confirmed.
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
            # where the words name someone who is neither the writer nor the recipient, only staff can ask them
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
        """Return what is said of one recipient: of which delivery, by what it was found, or the word why not."""
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
            now, said = self.office.clock(), report.arrived_at or report.sent_at
            # a date before the mail is a wrong clock, not a proof
            written = said if said is not None and sent.attempted_at <= said <= now else now
            if written - sent.attempted_at > REMEMBERED:
                return self._finding(recipient, None, how, why_not="too-late")
        return self._finding(recipient, sent, how)

    def _by_recipient(self, recipient: ReportedRecipient) -> tuple[Sent | None, str]:
        """Return what was sent lately to a recipient, or the word why nothing is meant."""
        report, now = self.report, self.office.clock()
        said = report.arrived_at or report.sent_at
        latest = None if said is None else min(said, now) + _CLOCKS  # it may claim the last hour of time
        since = now - (_OBJECTS if report.vouched and report.kind in _NOES else REMEMBERED)
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


# A bounce means one of three things. The address is dead, and nobody writes there again; or it
# failed for now, which is counted over several mailings; or the refusal is about us (our server, our text, our pace):
# then it counts against the mailing and says nothing of the person. A blocklist must never wipe a media list, so the
# our own faults stand before all else and no setting reaches them. What a reason may lead to at most, whatever is said
# of one bounce, are the vocabulary's own sets (`reply.values`).
AT_MOST: Final[Mapping[str, Suppress]] = {
    **{reason.value: Suppress.COUNT for reason in COUNTED},
    **{reason.value: Suppress.NOW for reason in DEAD_FOR},
    Reason.ONHOLD.value: Suppress.NEVER,  # greylisting: it comes later
}
_ORDER: Final = (Suppress.NEVER, Suppress.COUNT, Suppress.NOW)


def judge(recipient: ReportedRecipient, verdicts: Mapping[str, str]) -> str:
    """Return the kind of a finding in the ledger: what a report on one recipient leads to.

    `verdicts` is `[bounces.verdicts]`: reason to now, after, never.
    """
    reason = recipient.reason
    if reason in OUR_FAULTS:
        return OURS
    if reason in verdicts:
        found = Suppress(verdicts[reason])
    else:
        found = min(recipient.suppress, AT_MOST.get(reason, Suppress.NOW), key=_ORDER.index)
    return {Suppress.NOW: DEAD, Suppress.COUNT: SOFT}.get(found, NOTHING)
