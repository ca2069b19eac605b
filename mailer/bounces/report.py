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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from mailer.bounces import delivery_status
from mailer.bounces.answers import Answer, read_answer
from mailer.bounces.delivery_status import parse_delivery_status
from mailer.bounces.fields import Fields, first_values, parse_groups, parse_recipient, parse_typed, strip_comments
from mailer.bounces.parts import Part, parse_message
from mailer.bounces.relay_events import parse_body, parse_notice
from mailer.bounces.shapes.believed import returned_recipients
from mailer.bounces.shapes.blocks import Block, cut_blocks
from mailer.bounces.shapes.prose import read_prose
from mailer.bounces.shapes.reading import Shape, read_shape
from mailer.bounces.shapes.said import without_stock_words
from mailer.bounces.values import Confidence, Kind, Notice, Report, ReportedRecipient
from mailer.bounces.wording import parse_addresses, parse_message_ids, parse_time, parse_words
from mailer.envelope import find_tokens
from mailer.words import read_section

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
    if automatic_reply(letter.root, letter.subject) not in {"", "auto-submitted"}:
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
    if from_mail_system(message):
        subject = parse_words(message.header("subject"))
        found = read_shape(message, message, returned=_returned(message), subject=subject)
    return found if found and found.names_someone else None


def _read_mail_system(letter: Letter) -> Finding | None:
    """Read a server's letter in no standard form. What answers for people has the null sender too (RFC 3834)."""
    if not from_mail_system(letter.root):
        return None
    marked = automatic_reply(letter.root, letter.subject)
    if marked and marked != "auto-submitted":
        return None
    answer = _answer(letter, marked)
    wanted = {Kind.MOVED, Kind.CHALLENGE} if named_mail_system(letter.root) else _BY_MACHINES
    if answer and answer.kind in wanted:
        return _finding(answer)
    return Finding(Kind.NONE, "a mail system's letter")


def _read_answer(letter: Letter) -> Finding | None:
    answer = _answer(letter, automatic_reply(letter.root, letter.subject))
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
    letter = Letter(root, report, _returned(report), parse_words(root.header("subject")), to_addresses(root))
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
        returned_to=to_addresses(returned) if returned else (),
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
    place, _ = optout_tokens(letter.to_addresses, letter.subject)
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
    if from_mail_system(root) and not types & (delivery_status.CONTENT_TYPES | CONTENT_TYPES):
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


# Enrich: a standard report whose fields say too little, made better by its own words.

_MAX_TOLD = 4_000
_FEW_WORDS = 8  # a text of less says nothing about anybody


class Told:
    """What the text for people says; it is read when the first is asked for."""

    def __init__(self, report: Part, returned: Part | None) -> None:
        """Take the report, and the header of the message it returns."""
        self._report = report
        self._returned = returned
        self._best: dict[str, Block] | None = None
        self._lines: tuple[str, ...] = ()

    def about(self, *addresses: str, only: bool) -> str:
        """Return the lines about a recipient with any of these addresses; `only`: the report is about nobody else.

        What stands with a server's code comes first. Where nobody is named, all of it is about the only one, but for
        what every report says.
        """
        named = self._read()
        best = next((named[address.lower()] for address in addresses if address.lower() in named), None)
        if best:
            return "\n".join(best.lines)[:_MAX_TOLD].strip()
        whole = without_stock_words("\n".join(self._lines)[:_MAX_TOLD]).strip() if only else ""
        return whole if len(whole.split()) >= _FEW_WORDS else ""

    def _read(self) -> dict[str, Block]:
        if self._best is None:
            self._lines = read_prose(self._report, self._returned).lines
            said = [block for block in cut_blocks(self._lines).blocks if block.lines]
            self._best = {}
            for block in sorted(said, key=lambda block: not block.refuses):
                self._best.setdefault(block.address.lower(), block)
                if block.original:
                    self._best.setdefault(block.original.lower(), block)
        return self._best


def as_sent(recipients: tuple[ReportedRecipient, ...], returned: Part | None) -> tuple[ReportedRecipient, ...]:
    """Return the recipients of a report, each once, with the address as sent where their own is none."""
    if any(not _is_public(one.as_sent) for one in recipients):
        to = returned_recipients(returned)
        recipients = tuple(_as_sent(one, to, only=len(recipients) == 1) for one in recipients)
    unique = {(one.address.lower(), one.original_address.lower(), one.action): one for one in reversed(recipients)}
    return tuple(reversed(unique.values()))


def _is_public(address: str) -> bool:
    return "." in address.rpartition("@")[2] and "@" in address


def _as_sent(one: ReportedRecipient, to: tuple[str, ...], *, only: bool) -> ReportedRecipient:
    if _is_public(one.as_sent):
        return one
    local = one.as_sent.partition("@")[0].lower()
    same = [address for address in to if address.partition("@")[0].lower() == local]
    found = same or (list(to) if only and len(to) == 1 else [])
    return replace(one, original_address=found[0]) if found else one


# Marks: what tells an automatic reply, a mail system and an opt-out mail from a person's letter.
#
# Gaps: an automatic reply that marks itself neither in a header nor in its subject: `answers` reads its text.


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# A field that is there at all, whatever it says
_AUTOMATIC_FIELDS = frozenset(
    {
        *("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply", "x-auto-reply"),
        *("auto-submitted-by", "x-vacation", "x-autoreply-to", "x-autoresponse", "x-otrs-loop"),
    }
)
# Exchange names the mailbox whose rule acted: the sender's own in a reply, but ours where our rule passed a letter on
_RULES_LOOP = "x-ms-exchange-inbox-rules-loop"
# RFC 3834 §5; `auto-generated` is no answer by itself, but Exchange marks its out-of-office replies so
_AUTOMATIC_VALUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("auto-submitted", _words(r"auto-replied|auto-notified")),
    ("precedence", _words(r"auto[_-]?reply")),
    ("x-precedence", _words(r"auto[_-]?reply")),
    ("preference", _words(r"auto[_-]?reply")),
    ("x-post-messageclass", _words(r"9;? *autoresponder")),
    ("delivered-to", _words(r"^autoresponder$")),
)
_SAID, _SAID_WEAKLY = ("|".join(read_section("bounces", "subjects")[name]) for name in ("said", "said_weakly"))
_GOES_ON = (
    r"\s*(?:$|[:：!]|\(|- |– |re:|(?:until|till|from|bis|vom|jusqu|du \d|hasta|fino|até|tot|van|do"
    r"|до|с \d|til|notice|notiz|temporaire|temporal)\b|\d)"
)
_AUTOMATIC_SUBJECT = _words(
    rf"\W{{0,3}}(?:{_SAID}|(?:{_SAID_WEAKLY}){_GOES_ON})"
    r"|.{0,200}[(\[【](?:abwesenheits\w+|abwesend|out[- ]of[- ](?:the[- ])?office|auto(?:matic"
    r"|mated)?[- ]?reply|ooo|automatische antwort|réponse automatique|自動返信|自动回复)[^)\]】]{0,30}[)\]】]"
)
_MAIL_SYSTEM = _words(r"(?:mailer[-_]?daemon|postmaster|mail[-_.]?system|mdaemon|microsoftexchange\w*)@")
_OPTOUT_SUBJECT = _words(r"(?:(?:re|aw|fwd?)\s*:\s*)*(?:unsubscribe\b\W*)?")
_TO_FIELDS = (
    *("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "x-forwarded-to"),
    *("apparently-to", "resent-to"),
)


def to_addresses(message: Part) -> tuple[str, ...]:
    """Return every address that the message says it was sent to, each once, To first."""
    values = [*message.headers_named("to"), *message.headers_named(*_TO_FIELDS)]
    return tuple(dict.fromkeys(address for value in values for address in parse_addresses(value)))


def automatic_reply(message: Part, subject: str) -> str:
    """Name the mark of an automatic reply, or give an empty string."""
    senders = parse_addresses(message.header("from").lower())
    for name, value in message.headers:
        if name in _AUTOMATIC_FIELDS or (name == _RULES_LOOP and value.strip().lower() in senders):
            return name
        if any(name == field and pattern.search(value) for field, pattern in _AUTOMATIC_VALUES):
            return name
    generated = message.header("auto-submitted").lower().startswith("auto-generated")
    if generated and (message.header("in-reply-to") or message.header("x-auto-response-suppress")):
        return "auto-submitted"
    return "subject" if _AUTOMATIC_SUBJECT.match(subject) else ""


def from_mail_system(message: Part) -> bool:
    """Return whether a mail server wrote it: by its name, or by the null sender (RFC 5321 §4.5.5)."""
    if any(value.strip() == "<>" for value in message.headers_named("return-path")):
        return True
    return bool(_MAIL_SYSTEM.search(message.header("from")))


def named_mail_system(message: Part) -> bool:
    """Return whether the name in its From field is that of a mail server."""
    return bool(_MAIL_SYSTEM.search(message.header("from")))


def optout_tokens(addresses: tuple[str, ...], subject: str) -> tuple[str, list[str]]:
    """Find what may be opt-out tokens: behind a plus in an address, or in the subject where nothing else stands.

    Return where they were found (`address`, `subject` or nothing) and the tokens.
    """
    tags = [address.rpartition("@")[0].partition("+")[2] for address in addresses]
    tagged = [token for tag in tags for token in find_tokens(tag) if token == tag.lower()]
    if tagged:
        return "address", tagged
    start = _OPTOUT_SUBJECT.match(subject)
    rest = subject[start.end() if start else 0 :].strip(" <>[]\"'.")
    named = [token for token in find_tokens(rest) if token == rest.lower()]
    return ("subject", named) if named else ("", [])


# Feedback: a complaint that a mailbox provider passes on.
#
# Gaps: in a report of plain text the returned message is not taken apart; X-ARF's JSON attachment is not read.

CONTENT_TYPES = frozenset({"message/feedback-report", "text/feedback-report", "application/feedback-report"})
MAX_RECIPIENTS = 50
_PLAIN_TYPES = frozenset({"text/plain", "application/octet-stream", "text/rfc822-headers"})
_RECIPIENT_FIELDS = ("original-rcpt-to", "removal-recipient", "x-original-rcpt-to", "x-hmxmroriginalrecipient")
_RETURNED_FIELDS = ("x-hmxmroriginalrecipient", "x-original-rcpt-to", "x-aol-recipient")
_REDACTED = re.compile(
    (
        r"^\W*(?:redact|unknown|undisclosed|removed|hidden|anonym|x{3,}@|\*|none@|nobody@|\[)"
        r"|@(?:redacted|xxx+)\b"
    ),
    re.IGNORECASE,
)
_TYPES = {
    **dict.fromkeys(("spam", "junk", "complaint", "tis", "abuse-report"), "abuse"),
    **dict.fromkeys(("not_spam", "notspam", "ham", "tins", "not-junk"), "not-spam"),
    **dict.fromkeys(("optout", "opt_out", "unsubscribe", "unsub"), "opt-out"),
    **dict.fromkeys(("phishing", "phish"), "fraud"),
    **dict.fromkeys(("authfailure", "auth_failure", "auth-fail", "dmarc", "authentication-failure"), "auth-failure"),
}
_PLAIN_REPORT = re.compile(r"^feedback-type[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE)
_PLAIN_WITNESS = re.compile(
    r"^(?:user-agent|version|source-ip|original-mail-from)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
_XARF_SPAM = re.compile(r"^report-type[ \t]*:[ \t]*['\"]?(?:spam|abuse|bulk)", re.IGNORECASE | re.MULTILINE)
_OUTLOOK_SENDER = re.compile(r"\bstaff@(?:hotmail|outlook|live|msn)\.com\b", re.IGNORECASE)
_OUTLOOK_SUBJECT = re.compile(r"complaint about (?:a )?message from\b", re.IGNORECASE)
_SPAMCOP = re.compile(r"@(?:reports|bounces|vmx\.reports)\.spamcop\.net\b", re.IGNORECASE)
_AGGREGATE_TYPES = frozenset(
    {
        "application/zip",
        "application/gzip",
        "application/x-gzip",
        "application/x-zip-compressed",
        "application/tlsrpt+gzip",
        "application/tlsrpt+json",
        "application/xml",
        "text/xml",
    }
)
_AGGREGATE = re.compile(
    r"report domain ?:|dmarc aggregate|submitter ?:.*report-id ?:|tls[- ]?rpt|tls report", re.IGNORECASE
)
_MAX_PLAIN = 20_000


@dataclass(frozen=True, slots=True)
class Feedback:
    """A feedback report: its type in one spelling (abuse, opt-out, not-spam, fraud …), its fields, its recipients.

    `rule` names the shape that it was read by.
    """

    feedback_type: str
    fields: Fields
    recipients: tuple[ReportedRecipient, ...]
    rule: str = "feedback report"


def read_feedback(message: Part, subject: str, returned: Part | None) -> Feedback | None:
    """Find the complaint in a message; `returned` is the mail complained about, where it is attached. Or give None.

    Standards first: RFC 5965, then its plain-text likeness, then the shapes of single providers.
    """
    parts = list(message.walk())
    report = next((part for part in parts if part.content_type in CONTENT_TYPES), None)
    if report is not None:
        return parse_feedback(report.text(), returned)
    plain = _plain_report(parts)
    if plain:
        return parse_feedback(plain, returned, rule="feedback report in plain text")
    return _outlook(message, subject, returned) or _by_mark(message, parts, returned)


def parse_feedback(text: str, returned: Part | None = None, *, rule: str = "feedback report") -> Feedback:
    """Read the text of a message/feedback-report part; a report without a type has an empty one.

    Where the report names nobody, the mail that it returns may (`To`, and Outlook's own field).
    """
    everything = [field for group in parse_groups(text) for field in group]
    named = [value for name, value in everything if name in _RECIPIENT_FIELDS]
    fields = first_values(everything)
    return Feedback(_type(fields), fields, _recipients(named, returned), rule)


def is_aggregate(message: Part, subject: str) -> bool:
    """Whether it is a daily statistic (DMARC RFC 7489 §7.2, TLS RFC 8460): about nobody, for programs to read."""
    if message.parameters.get("report-type", "").lower() == "tlsrpt":
        return True
    return bool(_AGGREGATE.search(subject)) and any(part.content_type in _AGGREGATE_TYPES for part in message.walk())


def _type(fields: Fields) -> str:
    """Return the type in one spelling; Yahoo's and others' words for a complaint are `abuse`."""
    named = strip_comments(fields.get("feedback-type", "")).strip(" \t\"';.").lower()
    if not named and "auth-failure" in fields:
        return "auth-failure"
    return _TYPES.get(named, named)


def _recipients(values: Iterable[str], returned: Part | None) -> tuple[ReportedRecipient, ...]:
    named = dict.fromkeys(address for value in values for address in _addresses(value))
    if not named and returned is not None:
        own = [address for value in returned.headers_named(*_RETURNED_FIELDS) for address in _addresses(value)]
        written_to = [address for address in parse_addresses(returned.header("to")) if not _REDACTED.search(address)]
        named = dict.fromkeys(own or (written_to if len(written_to) == 1 else []))
    return tuple(ReportedRecipient(address=address) for address in list(named)[:MAX_RECIPIENTS])


def _addresses(value: str) -> Iterator[str]:
    """Yield the addresses in a recipient field that are not made unreadable; some providers put several into one."""
    several = value.split(",") if value.count("@") > 1 and '"' not in value else [value]
    for one in several:
        address = parse_recipient(one)
        if "@" in address and address.partition("@")[2] and not _REDACTED.search(address):
            yield address


def _plain_report(parts: Iterable[Part]) -> str:
    for part in parts:
        if part.content_type in _PLAIN_TYPES and not part.parts:
            text = part.text()[:_MAX_PLAIN]
            found = _PLAIN_REPORT.search(text)
            if found and _PLAIN_WITNESS.search(text):
                return text[text.rfind("\n\n", 0, found.start()) + 1 :]
    return ""


def _outlook(message: Part, subject: str, returned: Part | None) -> Feedback | None:
    """Outlook's Junk Mail Reporting Program: the mail is attached, and nothing else says what happened."""
    if returned is None:
        return None
    known = _OUTLOOK_SENDER.search(message.header("from")) or _OUTLOOK_SUBJECT.match(subject)
    if not known and not (
        returned.header("x-hmxmroriginalrecipient") and "message/rfc822" in {p.content_type for p in message.parts}
    ):
        return None
    return Feedback("abuse", {}, _recipients([], returned), "complaint to Outlook")


def _by_mark(message: Part, parts: Iterable[Part], returned: Part | None) -> Feedback | None:
    if message.header("x-xarf") or message.header("x-arf"):
        texts = (part.text()[:_MAX_PLAIN] for part in parts if part.content_type.startswith("text/"))
        if any(_XARF_SPAM.search(text) for text in texts):
            return Feedback("abuse", {}, _recipients([], returned), "X-ARF report")
    if _SPAMCOP.search(message.header("from")):
        return Feedback("abuse", {}, _recipients([], returned), "SpamCop report")
    return None
