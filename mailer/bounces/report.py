"""Report: reads one message into one report, also as JSON.

Owns the order of the readers: a complaint, a delivery report, a read receipt, a mail system's letter, an automatic
reply, an opt-out, or mail for people. The first reader that has an answer decides, and its name is the report's rule.
Standards come first (RFC 5965, 3464, 8098, 3834), so that no heuristic can overrule them; vendors' own formats, read by
their words, come after that. The JSON is described in docs/json.md; further keys may be added. Never raises on any
bytes; `parts` bounds the work.

Gaps: a mail system's letter that names nobody and is in a language that `prose` does not know is `none`; so is an
automatic reply that is not marked in a header or its subject, has no words that `answers` knows, and weighs too little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

from mailer import lazy_re as re
from mailer.bounces.answers import new_text, parse_answer, read_answer, read_embargo_answer, weigh_answer
from mailer.bounces.diagnosis import STATUS_TYPES, ReportText, as_sent, parse_delivery_status
from mailer.bounces.language import parse_sentences
from mailer.bounces.letter import weigh
from mailer.bounces.parts import (
    Fields,
    Part,
    parse_addresses,
    parse_groups,
    parse_header_block,
    parse_message,
    parse_message_ids,
    parse_recipient,
    parse_time,
    parse_typed,
    strip_comments,
)
from mailer.bounces.prose import ANSWERED, FAILURE, FIELDS, read_prose, returned_recipients
from mailer.bounces.relay_events import parse_body, parse_notice
from mailer.bounces.shapes import read_shape
from mailer.bounces.values import Action, Kind, Report, ReportedRecipient
from mailer.frozen import dataclass, field, replace
from mailer.reply.values import Reason
from mailer.text.headers import decode_words
from mailer.tokens import find_tokens
from mailer.words import read_patterns, read_section

_RETURNED_TOKEN_FIELDS = ("return-path", "message-id", "list-unsubscribe", "x-original-message-id")
_BY_MACHINES = frozenset({Kind.AUTOREPLY, Kind.MOVED, Kind.CHALLENGE})
_RECEIPT = "message/disposition-notification"
MAX_TOKENS = 20
_REACHED = frozenset({Action.DELIVERED, Action.RELAYED, Action.EXPANDED})
_REJECTED = re.compile(r"\breject", re.IGNORECASE)  # sieve's `reject` answers with a receipt (RFC 5429 §2.1)


@dataclass(slots=True)
class Letter:
    """A message with what every reader needs; `report` is the message itself, or the report wrapped in it.

    `mark` is the name of its mark as an automatic reply, or empty. `returned` is the header of the message that it
    returns, which a reader may find if no part has it; `fields` are those of a report about the message, as its reader
    finds them.
    """

    root: Part
    report: Part
    returned: Part | None
    subject: str
    to_addresses: tuple[str, ...]
    mark: str
    fields: Fields = field(default_factory=dict)


def _read_delivery_status(letter: Letter) -> Report | None:
    parts = [part for part in letter.report.all_parts if part.content_type in STATUS_TYPES]
    if not parts:  # or one that lost its type
        parts = [part for part in letter.report.all_parts if part.content_type == "application/octet-stream"]
        parts = [part for part in parts if part.text[:40].lower().lstrip().startswith("reporting-mta")]
    if not parts:
        return None
    values = letter.root.headers_named("x-failed-recipients")
    declared = [address for value in values for address in parse_addresses(value)]
    to = returned_recipients(letter.returned)
    named = declared or to
    prose = ReportText(letter.report, letter.returned)
    for part in parts:
        found = parse_delivery_status(part.text, fallback=named[0] if len(named) == 1 else "", prose=prose)
        if found.kind is not Kind.NONE:
            letter.fields = found.message
            recipients = as_sent(found.recipients, to, declared=declared, prose=prose)
            return Report(kind=found.kind, rule="delivery status", recipients=recipients)
    return None


def _read_receipt(letter: Letter) -> Report | None:
    if all(part.content_type != _RECEIPT for part in letter.report.all_parts):
        return None
    rejected = _read_shape(letter) if _REJECTED.search(letter.subject) else None
    return rejected or Report(kind=Kind.NONE, rule="read receipt")


def _read_shape(letter: Letter, *, doubtful: bool = False) -> Report | None:
    if letter.mark not in {"", "auto-submitted"}:
        return None
    root, report = letter.root, letter.report
    found = read_shape(root, report, letter.returned, letter.subject, doubtful=doubtful)
    message = None if found and found.names_someone else next(_inner(letter.report), None)
    # a report in its own words, passed on by one that names nobody
    if message and (found or from_mail_system(root)) and from_mail_system(message):
        other = read_shape(message, message, _returned(message), decode_words(message.header("subject")))
        found = other if other and other.names_someone else found
    if found is None:
        return None
    letter.returned = letter.returned or found.returned
    return found.report


def _read_letter(letter: Letter) -> Report | None:
    """Read a message in no known form: an answer, or a report in words that no table has.

    An automatic reply has the null sender, too (RFC 3834), but a mail system's own name is in few answers.
    """
    root = letter.root
    optout_place = token_place(letter.to_addresses, letter.subject)
    sender_fields = root.headers_named("from", "reply-to", "sender")
    known = (*letter.to_addresses, *(address for value in sender_fields for address in parse_addresses(value)))
    parsed = parse_answer(root, letter.subject, mark=letter.mark, place=optout_place, known=known)
    answer = read_answer(parsed) if parsed else None
    is_system = from_mail_system(root) and letter.mark in {"", "auto-submitted"}
    is_named = is_system and bool(_SUBJECTS["mail_system"].search(root.header("from")))
    # if a mail system says who has moved, or the null sender that a mail has failed, that is why it came back
    failed = _read_shape(letter, doubtful=True) if answer and answer.kind is Kind.MOVED and not letter.mark else None
    if failed and ("a mail system's name" in failed.evidence or _FAILED.issubset(failed.evidence)):
        return failed
    if answer and (not is_system or answer.kind in ({Kind.MOVED, Kind.CHALLENGE} if is_named else _BY_MACHINES)):
        return answer
    is_reply = root.header("in-reply-to") or root.header("references") or ANSWERED.match(letter.subject)
    if is_reply and not (is_system or letter.mark):
        answered, words = read_embargo_answer(parse_sentences(new_text(root)))
        if answered:
            return Report(kind=Kind.NONE, rule="no rule", words=words, embargo_answer=answered)
    doubtful = _read_shape(letter, doubtful=True) if is_system or not (letter.mark or is_reply) else None
    if doubtful or is_system:
        return doubtful or Report(kind=Kind.NONE, rule="a mail system's letter")
    return weigh_answer(parsed) if parsed else None


_FAILED = {"no sender to answer", "words for a failure"}
_WHY = read_section("bounces", "why")
_NOTHING = Report(kind=Kind.NONE, rule="no rule")


def parse_report(data: bytes) -> Report:
    """Read one message as it was in the mailbox (any bytes, any line ends) into a report. Never raises.

    A file that is an event of a relay, as JSON, is read like the mail that the relay could have sent instead.
    """
    event = parse_notice(data)
    if event is not None:
        return event
    root = parse_message(data)
    inner, subject = _unwrapped(root), decode_words(root.header("subject"))
    letter = Letter(root, inner, _returned(inner), subject, to_addresses(root), automatic_reply(root, subject))
    # an event of a relay may be the whole body of a letter; other bodies begin differently, also in base64
    if not root.parts and root.body[:64].lstrip()[:1] in {b"{", b"e"}:
        event = parse_body(root.text)
        if event is not None:
            return replace(event, to_addresses=letter.to_addresses, subject=letter.subject)
    report = next((found for reader in READERS if (found := reader(letter))), _NOTHING)
    fields, returned = letter.fields, letter.returned
    envelope_id = fields.get("original-envelope-id", "")
    about = parse_message_ids(returned.header("message-id")) if returned else []
    about = about or parse_message_ids(root.header("in-reply-to")) or parse_message_ids(root.header("references"))[-1:]
    senders = parse_addresses(root.header("from"))
    arrival = fields.get("arrival-date") or fields.get("received-date", "")
    return replace(
        report,
        original_message_id=about[0] if about else "",
        envelope_id=envelope_id,
        reporting_mta=report.reporting_mta or parse_typed(fields.get("reporting-mta", ""))[1],
        to_addresses=letter.to_addresses,
        tokens=_tokens(*letter.to_addresses, letter.subject),
        returned_to=to_addresses(returned) if returned else (),
        returned_tokens=_tokens(
            *(returned.headers_named(*_RETURNED_TOKEN_FIELDS) if returned else ()),
            fields.get("original-mail-from", ""),
            envelope_id,
        ),
        subject=letter.subject,
        from_address=senders[-1] if senders else "",
        sent_at=parse_time(root.header("date")),
        arrived_at=report.arrived_at or parse_time(arrival),
        message_id=next(iter(parse_message_ids(root.header("message-id"))), ""),
        asks=tuple(weigh(root)) if about and report.kind is Kind.NONE else (),
    )


def parse_document(data: bytes) -> dict[str, Any]:
    """Return the report of a message as JSON values, without the name of its file."""
    return report_document(parse_report(data), "")


def explained_document(data: bytes) -> dict[str, Any]:
    """Return the report of a message as JSON values, with the evidence for each reading under `why`."""
    report = parse_report(data)
    document = report_document(report, "")
    by = f"{report.rule} ({report.confidence.value})"
    document["why"] = {"kind": f"{by}: “{report.words}”" if report.words else by}
    document["why"] |= {"for it": list(report.evidence)} if report.evidence else {}
    for each, recipient in zip(_about(report)[0], document["recipients"], strict=True):
        reason = f"{Reason[each.reason.upper()].meaning}, by {each.reason_by}" if each.reason else ""
        status = f"; status {each.status} {_WHY['status'][each.status_from]}" if each.status else ""
        follows = _WHY["suppress"][each.suppress] if each.action is Action.FAILED else "nothing"
        recipient["why"] = {"address": each.named_by, "reason": reason}
        if each.action:
            recipient["why"] |= {"permanent": f"{each.action.value}{status}", "suppress": follows}
    return document


def report_document(report: Report, file: str) -> dict[str, Any]:
    """Return a report as JSON values; `file` is the file of the message. What is not known is an empty string."""
    notice = report.notice
    about, reached = _about(report)
    return {
        "file": file,
        "kind": report.kind.value,
        "recipients": [
            {
                "address": each.as_sent,
                "final_address": each.address,
                "action": each.action.value if each.action else "",
                "status": each.status,
                "status_from": each.status_from.value,
                "code": each.code or None,
                "permanent": each.permanent,
                "suppress": each.suppress.value,
                "reason": each.reason,
                "diagnostic": each.diagnostic,
                "remote_mta": each.remote_mta,
            }
            for each in about
        ],
        "reached": [each.as_sent for each in reached],
        "feedback_type": report.feedback_type or None,
        "original_message_id": report.original_message_id or None,
        "rule": report.rule,
        "confidence": report.confidence.value,
        "subject": report.subject,
        "from": report.from_address,
        "reporting_mta": report.reporting_mta,
        "sent_at": report.sent_at.isoformat() if report.sent_at else None,
        "arrived_at": report.arrived_at.isoformat() if report.arrived_at else None,
        "to": list(report.to_addresses),
        "tokens": list(report.tokens),
        "notice": {
            "is_away": notice.is_away,
            "back_on": notice.back_on.isoformat() if notice.back_on else None,
            "has_left": notice.has_left,
            "stand_ins": list(notice.stand_ins),
            "new_address": notice.new_address or None,
        }
        if notice
        else None,
        "words": report.words or None,
    }


def _about(report: Report) -> tuple[list[ReportedRecipient], list[ReportedRecipient]]:
    """Return the recipients that a report is about, and those that the mail reached although it failed for others."""
    is_mixed = report.kind in {Kind.BOUNCE, Kind.DELAYED}
    reached = [each for each in report.recipients if is_mixed and each.action in _REACHED]
    return [each for each in report.recipients if each not in reached], reached


def _unwrapped(root: Part) -> Part:
    """Return the report inside a mail system's letter: virus scanners put a whole report into one of their own.

    A bounce that a person forwards to us is about someone else's mail.
    """
    types = {part.content_type for part in root.all_parts}
    if "message/rfc822" not in types or types & STATUS_TYPES:
        return root
    if from_mail_system(root) and not types & FEEDBACK_TYPES:
        return next((part for part in _inner(root) if part.content_type == "multipart/report"), root)
    # or one about a mail of ours that is passed on to us by the address to which it came (a list's, a shared mailbox's)
    ours, senders = set(to_addresses(root)), set(parse_addresses(root.header("from")))
    for part in _inner(root):
        returned = _returned(part) if part.content_type == "multipart/report" else None
        about_ours = returned is not None and ours & set(parse_addresses(returned.header("from")))
        if about_ours and senders & set(to_addresses(part)):
            return part
    return root


def _inner(root: Part) -> Iterator[Part]:
    return (parse_message(part.content()) for part in root.all_parts if part.content_type == "message/rfc822")


def _returned(root: Part) -> Part | None:
    """Return the headers of the message that a report returns."""
    part = next((part for part in root.all_parts if part is not root and part.content_type in FIELDS["returned"]), None)
    return part.embedded() if part else None


def _tokens(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(find_tokens("\n".join(texts))))[:MAX_TOKENS]


# Marks: what distinguishes an automatic reply, a mail system and an opt-out mail from a person's letter.

# Exchange names the mailbox whose rule acted: the sender's own in a reply, but ours if our rule passed a letter on
_RULES_LOOP = "x-ms-exchange-inbox-rules-loop"
# RFC 3834 §5; `auto-generated` is no answer by itself, but Exchange marks its out-of-office replies so
_AUTOMATIC_VALUES = {
    "auto-submitted": re.compile(r"(?i)auto-replied|auto-notified"),
    **dict.fromkeys(("precedence", "x-precedence", "preference"), re.compile(r"(?i)auto[_-]?reply")),
    "x-post-messageclass": re.compile(r"(?i)9;? *autoresponder"),
    "delivered-to": re.compile(r"(?i)^autoresponder$"),
}
_MARKS = FIELDS["automatic"] | {_RULES_LOOP, *_AUTOMATIC_VALUES}
_SUBJECTS = read_patterns("bounces", "subjects")


def to_addresses(message: Part) -> tuple[str, ...]:
    """Return every address in the header that the message was sent to, each once, To first."""
    values = [*message.headers_named("to"), *message.headers_named(*FIELDS["sent_to"])]
    return tuple(dict.fromkeys(chain.from_iterable(map(parse_addresses, values))))


def automatic_reply(message: Part, subject: str) -> str:
    """Return the name of the field that marks an automatic reply (or `subject`), or an empty string."""
    for name, value in message.headers if not _MARKS.isdisjoint(message.first) else ():
        if name in FIELDS["automatic"] or (name in _AUTOMATIC_VALUES and _AUTOMATIC_VALUES[name].search(value)):
            return name
        if name == _RULES_LOOP and value.strip().lower() in parse_addresses(message.header("from").lower()):
            return name
    answers = message.header("in-reply-to") or message.header("x-auto-response-suppress")
    if message.header("auto-submitted").lower().startswith("auto-generated") and (
        answers or _SUBJECTS["ticket"].search(subject)
    ):
        return "auto-submitted"
    return "subject" if _SUBJECTS["automatic_subject"].match(subject) else ""


def from_mail_system(message: Part) -> bool:
    """Return whether a mail server wrote it: by its name, or by the null sender (RFC 5321 §4.5.5)."""
    if any(value.strip() == "<>" for value in message.headers_named("return-path")):
        return True
    return bool(_SUBJECTS["mail_system"].search(message.header("from")))


def token_place(addresses: tuple[str, ...], subject: str) -> str:
    """Return what makes a mail an opt-out: an `address` with a token or such a name, or a `subject` that is a token."""
    tags = [address.rpartition("@")[0].partition("+")[2] for address in addresses]
    if any(token == tag.lower() for tag in tags for token in find_tokens(tag)):
        return "address"
    start = _SUBJECTS["optout_subject"].match(subject)
    rest = subject[start.end() if start else 0 :].strip(" <>[]\"'.")
    if rest.lower() in find_tokens(rest):
        return "subject"
    return "address" if any(map(_SUBJECTS["optout_address"].match, addresses)) else ""


# Feedback: a complaint that a mailbox provider passes on.
#
# RFC 5965, the same in plain text, and the formats of single providers; standards first. Gaps: in a report of plain
# text the returned message is not parsed; X-ARF's JSON attachment is not read.

FEEDBACK_TYPES = frozenset({"message/feedback-report", "text/feedback-report", "application/feedback-report"})
MAX_RECIPIENTS = 50
_MAX_PLAIN = 20_000
_PLAIN_TYPES = frozenset({"text/plain", "application/octet-stream", "text/rfc822-headers"})
_PATTERNS = read_patterns("bounces", "complaint")
_TYPES = {word: kind for kind, words in read_section("bounces", "feedback").items() for word in words}


def _read_feedback(letter: Letter) -> Report | None:
    """Read a complaint. A daily statistic (DMARC RFC 7489 §7.2, TLS RFC 8460) is about nobody."""
    message, subject, returned = letter.report, letter.subject, letter.returned
    types = {part.content_type for part in message.all_parts}
    report = next((part for part in message.all_parts if part.content_type in FEEDBACK_TYPES), None)
    if report is not None:
        return _read_fields(letter, report.text, "feedback report")
    for part in message.all_parts:
        if part.content_type in _PLAIN_TYPES and not part.parts:
            text = part.text[:_MAX_PLAIN]
            found = _PATTERNS["plain_report"].search(text) if "feedback-type" in text.lower() else None
            if found and _PATTERNS["plain_witness"].search(text):
                own = text[text.rfind("\n\n", 0, found.start()) + 1 :]
                return _read_fields(letter, own, "feedback report in plain text")
    sender = message.header("from")
    signs = {name for name in ("outlook_sender", "abuse_desk", "spamcop") if _PATTERNS[name].search(sender)}
    signs |= {name for name in ("outlook_subject", "spam_report") if _PATTERNS[name].search(subject)}
    if returned is None and {"outlook_sender", "outlook_subject"} <= signs:
        returned = parse_header_block(message.text.lstrip())  # older complaints do not attach it
    is_desk = not signs.isdisjoint({"abuse_desk", "spam_report"})
    if returned is None and is_desk and not (message.header("in-reply-to") or ANSWERED.match(subject)):
        # the mail complained about may be in the text; mail that was refused as spam is no complaint
        prose = read_prose(message, None, ours=frozenset(map(str.lower, letter.to_addresses)))
        returned = None if FAILURE.search(" ".join(prose.lines).lower()) else prose.returned
    if rule := _vendor(message, subject, returned, signs):
        people = _recipients([], returned)
        return Report(kind=Kind.FEEDBACK, rule=rule, recipients=people, feedback_type="abuse")
    is_tls = message.parameters.get("report-type", "").lower() == "tlsrpt"
    if is_tls or (types & FIELDS["aggregate"] and _PATTERNS["aggregate"].search(subject)):
        return Report(kind=Kind.NONE, rule="a statistic for programs")
    return None


def _vendor(message: Part, subject: str, returned: Part | None, signs: set[str]) -> str:
    """Return the name of the provider's format that passes a complaint on with hardly a word, or an empty string."""
    if returned is not None:  # Outlook's Junk Mail Reporting Program attaches the mail, and writes nothing else
        attached = "message/rfc822" in {part.content_type for part in message.parts}
        by_outlook = not signs.isdisjoint({"outlook_sender", "outlook_subject"})
        if by_outlook or (attached and returned.header("x-hmxmroriginalrecipient")):
            return "complaint to Outlook"
    if message.header("x-xarf") or message.header("x-arf"):
        texts = (part.text[:_MAX_PLAIN] for part in message.all_parts if part.content_type.startswith("text/"))
        if any(_PATTERNS["xarf_spam"].search(text) for text in texts):
            return "X-ARF report"
    desk = "abuse_desk" in signs and (returned is not None or _PATTERNS["complains"].search(subject))
    if (desk or (returned is not None and "spam_report" in signs)) and any(
        _PATTERNS["complains"].search(part.text[:_MAX_PLAIN]) for part in message.all_parts if not part.parts
    ):
        return "an abuse desk's letter"
    return "SpamCop report" if "spamcop" in signs or subject.startswith("[SpamCop (") else ""


def _read_fields(letter: Letter, text: str, rule: str) -> Report:
    """Read the fields of a feedback report; one without a type has an empty one."""
    everything = [field for group in parse_groups(text) for field in group]
    letter.fields = fields = dict(reversed(everything))  # the first value of each field
    named = strip_comments(fields.get("feedback-type", "")).strip(" \t\"';.").lower()
    if not named and "auth-failure" in fields:
        named = "auth-failure"
    people = _recipients([value for name, value in everything if name in FIELDS["complained"]], letter.returned)
    return Report(kind=Kind.FEEDBACK, rule=rule, recipients=people, feedback_type=_TYPES.get(named, named))


def _recipients(values: list[str], returned: Part | None) -> tuple[ReportedRecipient, ...]:
    """Return the named recipients; if the report names none, those of the returned mail (`To`, Outlook's own field)."""
    named = dict.fromkeys(address for value in values for address in _addresses(value))
    if not named and returned is not None:
        own = [address for value in returned.headers_named(*FIELDS["complained"]) for address in _addresses(value)]
        written_to = [each for each in parse_addresses(returned.header("to")) if not _PATTERNS["redacted"].search(each)]
        named = dict.fromkeys(own or (written_to if len(written_to) == 1 else []))
    return tuple(ReportedRecipient(address=address) for address in list(named)[:MAX_RECIPIENTS])


def _addresses(value: str) -> Iterator[str]:
    """Yield the addresses in a recipient field that are not redacted; some providers put several into one."""
    several = value.split(",") if value.count("@") > 1 and '"' not in value else [value]
    for one in several:
        address = parse_recipient(one)
        if "@" in address and address.partition("@")[2] and not _PATTERNS["redacted"].search(address):
            yield address


# the readers, in the order in which they are called
READERS: Final[tuple[Callable[[Letter], Report | None], ...]] = (
    _read_feedback,
    _read_delivery_status,
    _read_receipt,
    _read_shape,
    _read_letter,
)
