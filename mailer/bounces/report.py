"""Report reading: one message in, one report out.

Owns the order of the questions: is it a complaint, a delivery report, a read receipt, a mail system's letter, an
automatic reply, an opt-out, or mail for people? The first reader that has an answer decides, and its name is the
report's rule. Standards first (RFC 5965, 3464, 8098, 3834), so that nothing cleverer can overrule them; vendors' own
shapes, read by their words, come behind those.
Never raises on any bytes; `parts` bounds the work.

Gaps: a mail system's letter that names nobody and speaks a language that `shapes.said` does not know is `none`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from mailer.bounces import delivery_status, feedback, marks
from mailer.bounces.answers import Answer, read_answer
from mailer.bounces.delivery_status import parse_delivery_status
from mailer.bounces.feedback import is_aggregate, read_feedback
from mailer.bounces.fields import parse_typed
from mailer.bounces.parts import Part, parse_message
from mailer.bounces.relay_events import parse_body, parse_notice
from mailer.bounces.shapes.believed import returned_recipients
from mailer.bounces.shapes.enrich import Told, as_sent
from mailer.bounces.shapes.reading import Shape, read_shape
from mailer.bounces.values import Confidence, Kind, Notice, Report, ReportedRecipient
from mailer.bounces.wording import parse_addresses, parse_message_ids, parse_time, parse_words
from mailer.envelope import find_tokens

_RETURNED_TYPES = frozenset(
    {
        *("message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers"),
        *("message/global-headers", "text/rfc822"),
    }
)
_RETURNED_TOKEN_FIELDS = ("return-path", "message-id", "list-unsubscribe", "x-original-message-id")
_BY_MACHINES = frozenset({Kind.AUTOREPLY, Kind.MOVED, Kind.CHALLENGE})
MAX_TOKENS = 20
_REJECTED = re.compile(r"\breject", re.IGNORECASE)  # sieve's `reject` answers with a receipt (RFC 5429 §2.1)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with what every reader asks for; `report` is the message itself, or the report wrapped in it."""

    root: Part
    report: Part
    returned: Part | None
    subject: str
    to_addresses: tuple[str, ...]

    def parts(self, types: frozenset[str]) -> Iterator[Part]:
        """Return the parts of these types, in order."""
        return (part for part in self.report.walk() if part.content_type in types)


@dataclass(frozen=True, slots=True)
class Finding:
    """A reader's answer; `fields` are the report's own about the message."""

    kind: Kind
    rule: str
    recipients: tuple[ReportedRecipient, ...] = ()
    feedback_type: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    confidence: Confidence = Confidence.CERTAIN
    returned: Part | None = None  # where the reader found the returned message's header itself
    notice: Notice | None = None
    words: str = ""


Reader: TypeAlias = Callable[[Letter], Finding | None]


def _read_feedback(letter: Letter) -> Finding | None:
    found = read_feedback(letter.report, letter.subject, letter.returned)
    if found:
        return Finding(Kind.FEEDBACK, found.rule, found.recipients, found.feedback_type, found.fields)
    statistic = is_aggregate(letter.report, letter.subject)
    return Finding(Kind.NONE, "a statistic for programs") if statistic else None


def _read_delivery_status(letter: Letter) -> Finding | None:
    told = Told(letter.report, letter.returned)
    for part in letter.parts(delivery_status.CONTENT_TYPES):
        found = parse_delivery_status(part.text(), fallback=_only_recipient(letter), told=told)
        if found.kind is not Kind.NONE:
            recipients = as_sent(found.recipients, letter.returned)
            return Finding(found.kind, "delivery status", recipients, fields=found.message)
    return None


def _read_receipt(letter: Letter) -> Finding | None:
    if not any(letter.parts(frozenset({"message/disposition-notification"}))):
        return None
    rejected = _read_shape(letter) if _REJECTED.search(letter.subject) else None
    return rejected or Finding(Kind.NONE, "read receipt")


def _read_shape(letter: Letter) -> Finding | None:
    if marks.automatic_reply(letter.root, letter.subject) not in {"", "auto-submitted"}:
        return None
    found = read_shape(letter.root, letter.report, returned=letter.returned, subject=letter.subject)
    if found is None:
        return None
    if not found.names_someone and (inner := _inner_shape(letter.report)):
        found = inner
    fields = {"reporting-mta": found.reporting_mta, "arrival-date": found.arrival_date}
    return Finding(
        found.kind, found.rule, found.recipients, fields=fields, confidence=found.confidence, returned=found.returned
    )


def _inner_shape(report: Part) -> Shape | None:
    """Read the report in a mail system's own words that another one passes on without a word about anybody."""
    inner = next((part for part in report.walk() if part.content_type == "message/rfc822"), None)
    if inner is None:
        return None
    message = parse_message(inner.content())
    found = None
    if marks.from_mail_system(message):
        subject = parse_words(message.header("subject"))
        found = read_shape(message, message, returned=_returned(message), subject=subject)
    return found if found and found.names_someone else None


def _read_mail_system(letter: Letter) -> Finding | None:
    """Read a server's letter in no standard form. What answers for people has the null sender too (RFC 3834)."""
    if not marks.from_mail_system(letter.root):
        return None
    marked = marks.automatic_reply(letter.root, letter.subject)
    if marked and marked != "auto-submitted":
        return None
    answer = _answer(letter, marked)
    wanted = {Kind.MOVED, Kind.CHALLENGE} if marks.named_mail_system(letter.root) else _BY_MACHINES
    if answer and answer.kind in wanted:
        return _finding(answer)
    return Finding(Kind.NONE, "a mail system's letter")


def _read_answer(letter: Letter) -> Finding | None:
    answer = _answer(letter, marks.automatic_reply(letter.root, letter.subject))
    return _finding(answer) if answer else None


READERS: tuple[Reader, ...] = (
    _read_feedback,
    _read_delivery_status,
    _read_receipt,
    _read_shape,
    _read_mail_system,
    _read_answer,
)
_NOTHING = Finding(Kind.NONE, "no rule")


def parse_report(data: bytes) -> Report:
    """Read one message as it lay in the mailbox (any bytes, any line ends) into a report. Never raises.

    A file that is an event of a relay, as JSON, is read like the mail that the relay could have sent instead.
    """
    event = parse_notice(data)
    if event is not None:
        return event
    root = parse_message(data)
    report = _unwrapped(root)
    letter = Letter(root, report, _returned(report), parse_words(root.header("subject")), marks.to_addresses(root))
    event = _event(root)
    if event is not None:
        return replace(event, to_addresses=letter.to_addresses, subject=letter.subject)
    finding = next((found for reader in READERS if (found := reader(letter))), _NOTHING)
    returned = letter.returned or finding.returned
    senders = parse_addresses(root.header("from"))
    return Report(
        kind=finding.kind,
        rule=finding.rule,
        confidence=finding.confidence,
        recipients=finding.recipients,
        feedback_type=finding.feedback_type,
        notice=finding.notice,
        words=finding.words,
        original_message_id=_original_message_id(letter.root, returned),
        envelope_id=finding.fields.get("original-envelope-id", ""),
        reporting_mta=parse_typed(finding.fields.get("reporting-mta", ""))[1],
        to_addresses=letter.to_addresses,
        tokens=_tokens(*letter.to_addresses, letter.subject),
        returned_to=marks.to_addresses(returned) if returned else (),
        returned_tokens=_tokens(
            *(returned.headers_named(*_RETURNED_TOKEN_FIELDS) if returned else ()),
            finding.fields.get("original-mail-from", ""),
            finding.fields.get("original-envelope-id", ""),
        ),
        subject=letter.subject,
        from_address=senders[-1] if senders else "",
        sent_at=parse_time(root.header("date")),
        arrived_at=parse_time(finding.fields.get("arrival-date") or finding.fields.get("received-date", "")),
    )


def _event(root: Part) -> Report | None:
    """Read the event of a relay that is all of a letter's body; most bodies begin otherwise, also in base64."""
    if root.parts or root.body[:64].lstrip()[:1] not in {b"{", b"e"}:
        return None
    return parse_body(root.text())


def _answer(letter: Letter, mark: str) -> Answer | None:
    place, _ = marks.optout_tokens(letter.to_addresses, letter.subject)
    known = (*letter.to_addresses, *parse_addresses(letter.root.header("from")))
    return read_answer(letter.root, letter.subject, mark=mark, token_place=place, known=known)


def _finding(answer: Answer) -> Finding:
    named = tuple(ReportedRecipient(address=address) for address in answer.named)
    return Finding(
        answer.kind, answer.rule, named, confidence=answer.confidence, notice=answer.notice, words=answer.words
    )


def _unwrapped(root: Part) -> Part:
    """Return the report inside a mail system's letter: virus scanners put a whole report into one of their own.

    Only there: a person who forwards us a bounce tells of somebody else's mail.
    """
    types = {part.content_type for part in root.walk()}
    if marks.from_mail_system(root) and not types & (delivery_status.CONTENT_TYPES | feedback.CONTENT_TYPES):
        inner = (parse_message(part.content()) for part in root.walk() if part.content_type == "message/rfc822")
        return next((part for part in inner if part.content_type == "multipart/report"), root)
    return root


def _returned(root: Part) -> Part | None:
    """Return the headers of the message that a report returns."""
    part = next((part for part in root.walk() if part is not root and part.content_type in _RETURNED_TYPES), None)
    return part.embedded() if part else None


def _original_message_id(root: Part, returned: Part | None) -> str:
    """Return the Message-ID of the mail that this one is about: the returned one, or the one that was answered."""
    if returned and (named := parse_message_ids(returned.header("message-id"))):
        return named[0]
    answered = parse_message_ids(root.header("in-reply-to"))
    return next(iter(answered or parse_message_ids(root.header("references"))[-1:]), "")


def _only_recipient(letter: Letter) -> str:
    """Return whom the returned mail was for, where that is one person."""
    failed = [
        address for value in letter.root.headers_named("x-failed-recipients") for address in parse_addresses(value)
    ]
    named = failed or returned_recipients(letter.returned)
    return named[0] if len(named) == 1 else ""


def _tokens(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(token for text in texts for token in find_tokens(text)))[:MAX_TOKENS]
