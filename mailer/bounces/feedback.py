"""Feedback: a complaint that a mailbox provider passes on.

Owns RFC 5965 (message/feedback-report): its type and whom it is about. Never decides what follows from it. Providers
often redact the recipient; then the token in the returned headers says who it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailer.bounces.fields import Fields, first_values, parse_groups, parse_recipient
from mailer.bounces.values import ReportedRecipient

CONTENT_TYPES = frozenset({"message/feedback-report"})
MAX_RECIPIENTS = 50
_RECIPIENT_FIELDS = ("original-rcpt-to", "removal-recipient")
_REDACTED = ("redacted", "unknown")


@dataclass(frozen=True, slots=True)
class Feedback:
    """A feedback report: its type in lower case (abuse, opt-out, not-spam, fraud …), its fields, its recipients."""

    feedback_type: str
    fields: Fields
    recipients: tuple[ReportedRecipient, ...]


def parse_feedback(text: str) -> Feedback:
    """Read the text of a message/feedback-report part; a report without a type has an empty one."""
    everything = [field for group in parse_groups(text) for field in group]
    addresses = dict.fromkeys(parse_recipient(value) for name, value in everything if name in _RECIPIENT_FIELDS)
    known = [address for address in addresses if "@" in address and not address.lower().startswith(_REDACTED)]
    fields = first_values(everything)
    return Feedback(
        fields.get("feedback-type", "").strip().lower(),
        fields,
        tuple(ReportedRecipient(address=address) for address in known[:MAX_RECIPIENTS]),
    )
