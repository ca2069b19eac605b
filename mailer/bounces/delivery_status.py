"""Delivery status: the machine-readable part of a delivery report.

Owns RFC 3464 (message/delivery-status) and RFC 6533 (message/global-delivery-status): one group of fields about the
message, one for each recipient. Never looks at the human-readable part. Never raises; missing pieces stay empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailer.bounces.diagnosis import diagnose
from mailer.bounces.fields import (
    Fields,
    first_values,
    parse_action,
    parse_groups,
    parse_recipient,
    parse_typed,
    split_repeats,
)
from mailer.bounces.values import Action, Kind, ReportedRecipient
from mailer.reply import MAX_TEXT

CONTENT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status", "message/xdelivery-status"})
MAX_RECIPIENTS = 500
_WHO = ("final-recipient", "original-recipient")
_WHAT = ("action", "status", "diagnostic-code")


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """A delivery report: fields about the message, and its recipients."""

    message: Fields
    recipients: tuple[ReportedRecipient, ...]

    @property
    def kind(self) -> Kind:
        """Only `failed` is a bounce (standards B1); a report about nobody is none."""
        actions = {recipient.action for recipient in self.recipients}
        if Action.FAILED in actions:
            return Kind.BOUNCE
        if Action.DELAYED in actions:
            return Kind.DELAYED
        return Kind.DELIVERED if actions - {None} else Kind.NONE


def parse_delivery_status(text: str, *, fallback: str = "") -> DeliveryStatus:
    """Read the text of a message/delivery-status part.

    `fallback` is the address to name where exactly one recipient is reported, and without an address.
    """
    message: dict[str, str] = {}
    people: list[dict[str, str]] = []
    for group in parse_groups(text):
        for piece in split_repeats(group, *_WHO):
            _sort(dict(first_values(piece)), message, people)
    recipients = tuple(_recipient(fields) for fields in people[:MAX_RECIPIENTS])
    if len(recipients) == 1 and not recipients[0].address:
        recipients = (_recipient({**people[0], "final-recipient": fallback}),)
    return DeliveryStatus(message, tuple(r for r in recipients if r.address or r.action))


def _sort(fields: dict[str, str], message: dict[str, str], people: list[dict[str, str]]) -> None:
    """Put a group where it belongs: the message's, a new recipient's, or the rest of the last one's.

    A stray blank line tears a recipient in two, and a report on one person may come as a single group.
    """
    names_someone = any(name in fields for name in _WHO)
    says_something = any(name in fields for name in _WHAT)
    if people and not names_someone and not any(name in people[-1] for name in fields):
        people[-1].update(fields)
    elif names_someone or says_something:
        people.append(fields)
        if "reporting-mta" in fields:
            message.update(fields)
    else:
        message.update({name: value for name, value in fields.items() if name not in message})


def _recipient(fields: Fields) -> ReportedRecipient:
    final = parse_recipient(fields.get("final-recipient", ""))
    original = parse_recipient(fields.get("original-recipient", ""))
    actual = parse_recipient(fields.get("x-actual-recipient", ""))
    diagnostic = fields.get("diagnostic-code", "")
    read = diagnose(parse_action(fields.get("action", "")), fields.get("status", ""), diagnostic)
    return ReportedRecipient(
        address=next((one for one in (final, original, actual) if "@" in one), final or original or actual),
        original_address=original,
        action=read.action,
        status=read.status,
        status_from=read.status_from,
        code=read.code,
        permanent=read.permanent,
        reason=read.reason,
        suppress=read.suppress,
        diagnostic=parse_typed(diagnostic)[1][:MAX_TEXT],
        remote_mta=parse_typed(fields.get("remote-mta", ""))[1],
    )
