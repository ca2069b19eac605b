"""Feedback: a complaint that a mailbox provider passes on.

Owns RFC 5965, its plain-text likeness, and the shapes of single providers; standards first. Never raises.
Gaps: in a report of plain text the returned message is not taken apart; X-ARF's JSON attachment is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailer.bounces.parts import Part, first_values, parse_addresses, parse_groups, parse_recipient, strip_comments
from mailer.bounces.values import Finding, Kind, Report, ReportedRecipient

CONTENT_TYPES = frozenset({"message/feedback-report", "text/feedback-report", "application/feedback-report"})
MAX_RECIPIENTS = 50
_MAX_PLAIN = 20_000
_PLAIN_TYPES = frozenset({"text/plain", "application/octet-stream", "text/rfc822-headers"})
_RECIPIENT_FIELDS = ("original-rcpt-to", "removal-recipient", "x-original-rcpt-to", "x-hmxmroriginalrecipient")
_RETURNED_FIELDS = ("x-hmxmroriginalrecipient", "x-original-rcpt-to", "x-aol-recipient")
_REDACTED = re.compile(
    r"^\W*(?:redact|unknown|undisclosed|removed|hidden|anonym|x{3,}@|\*|none@|nobody@|\[)|@(?:redacted|xxx+)\b",
    re.IGNORECASE,
)
_TYPES = {  # Yahoo's and others' words, in one spelling
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
        *("application/zip", "application/gzip", "application/x-gzip", "application/x-zip-compressed"),
        *("application/tlsrpt+gzip", "application/tlsrpt+json", "application/xml", "text/xml"),
    }
)
_AGGREGATE = re.compile(
    r"report domain ?:|dmarc aggregate|submitter ?:.*report-id ?:|tls[- ]?rpt|tls report", re.IGNORECASE
)


def read_feedback(message: Part, subject: str, returned: Part | None) -> Finding | None:
    """Read a complaint; `returned` is the mail complained about, where it is attached. None where it is none.

    A daily statistic (DMARC RFC 7489 §7.2, TLS RFC 8460) is about nobody, and for programs to read.
    """
    parts = list(message.walk())
    types = {part.content_type for part in parts}
    report = next((part for part in parts if part.content_type in CONTENT_TYPES), None)
    if report is not None:
        return _read_fields(report.text(), returned, "feedback report")
    for part in parts:
        if part.content_type in _PLAIN_TYPES and not part.parts:
            text = part.text()[:_MAX_PLAIN]
            found = _PLAIN_REPORT.search(text)
            if found and _PLAIN_WITNESS.search(text):
                own = text[text.rfind("\n\n", 0, found.start()) + 1 :]
                return _read_fields(own, returned, "feedback report in plain text")
    if rule := _vendor(message, subject, returned):
        return _finding("abuse", {}, _recipients([], returned), rule)
    is_tls = message.parameters.get("report-type", "").lower() == "tlsrpt"
    if is_tls or (_AGGREGATE.search(subject) and types & _AGGREGATE_TYPES):
        return Finding(Report(kind=Kind.NONE, rule="a statistic for programs"))
    return None


def _vendor(message: Part, subject: str, returned: Part | None) -> str:
    """Name the provider's shape in which the mail complained about is passed on with hardly a word."""
    if returned is not None:  # Outlook's Junk Mail Reporting Program: the mail is attached, and nothing else said
        attached = "message/rfc822" in {part.content_type for part in message.parts}
        known = _OUTLOOK_SENDER.search(message.header("from")) or _OUTLOOK_SUBJECT.match(subject)
        if known or (attached and returned.header("x-hmxmroriginalrecipient")):
            return "complaint to Outlook"
    if message.header("x-xarf") or message.header("x-arf"):
        texts = (part.text()[:_MAX_PLAIN] for part in message.walk() if part.content_type.startswith("text/"))
        if any(_XARF_SPAM.search(text) for text in texts):
            return "X-ARF report"
    return "SpamCop report" if _SPAMCOP.search(message.header("from")) else ""


def _read_fields(text: str, returned: Part | None, rule: str) -> Finding:
    """Read the fields of a feedback report; one without a type has an empty one."""
    everything = [field for group in parse_groups(text) for field in group]
    fields = first_values(everything)
    named = strip_comments(fields.get("feedback-type", "")).strip(" \t\"';.").lower()
    if not named and "auth-failure" in fields:
        named = "auth-failure"
    people = _recipients([value for name, value in everything if name in _RECIPIENT_FIELDS], returned)
    return _finding(_TYPES.get(named, named), fields, people, rule)


def _finding(
    feedback_type: str, fields: Mapping[str, str], people: tuple[ReportedRecipient, ...], rule: str
) -> Finding:
    report = Report(kind=Kind.FEEDBACK, rule=rule, recipients=people, feedback_type=feedback_type)
    return Finding(report, fields)


def _recipients(values: list[str], returned: Part | None) -> tuple[ReportedRecipient, ...]:
    """Return who is named; where the report names nobody, the mail that it returns may (`To`, Outlook's own field)."""
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
