"""Feedback: a complaint that a mailbox provider passes on.

Owns RFC 5965 (message/feedback-report) with its extensions (RFC 6430 not-spam, RFC 6591 auth-failure), and the shapes
that are none: a report typed as plain text, Outlook's (JMRP: the mail attached, without a report part), X-ARF and
SpamCop. Gives the type in one spelling and whom it is about. Never decides what follows: `auth-failure` is a
server's report about signatures and no person's complaint, `not-spam` is praise. Providers often redact the recipient;
then the token in the returned headers says who it was. Never raises.

Gaps: in a report of plain text the returned message is not taken apart; X-ARF's JSON attachment is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailer.bounces.fields import Fields, first_values, parse_groups, parse_recipient, strip_comments
from mailer.bounces.parts import Part
from mailer.bounces.values import ReportedRecipient
from mailer.bounces.wording import parse_addresses

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
