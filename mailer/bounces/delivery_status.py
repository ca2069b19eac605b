"""Delivery status: the machine-readable part of a delivery report.

Owns RFC 3464 (message/delivery-status) and RFC 6533 (message/global-delivery-status): one group of fields about the
message, one for each recipient. The part for people is asked, through `Told`, only for what the fields leave out: this
file never reads it. Never raises; missing pieces stay empty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

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
_ACTUAL = "x-actual-recipient"
_WORDS = re.compile(r"[^\W\d_]{2}\W+[^\W\d_]{2}")  # less than two words tell no reason
_WHAT = ("action", "status", "diagnostic-code")


class Told(Protocol):
    """What the part for people says."""

    def about(self, *addresses: str, only: bool) -> str:
        """Return the lines about a recipient with any of these addresses; `only`: the report is about nobody else."""
        ...


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


def parse_delivery_status(text: str, *, fallback: str = "", told: Told | None = None) -> DeliveryStatus:
    """Read the text of a message/delivery-status part.

    `fallback` is the address to name where exactly one recipient is reported, and without an address. `told` gives what
    the report says in words about a recipient, for where the fields say nothing.
    """
    message: dict[str, str] = {}
    people: list[dict[str, str]] = []
    for group in parse_groups(text):
        for piece in split_repeats(group, *_WHO):
            _sort(dict(first_values(piece)), message, people)
    only = len(people) == 1
    if only and not any(parse_recipient(people[0].get(name, "")) for name in (*_WHO, _ACTUAL)):
        people[0]["final-recipient"] = fallback
    recipients = tuple(_recipient(fields, told, only=only) for fields in people[:MAX_RECIPIENTS])
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


def _recipient(fields: Fields, told: Told | None, *, only: bool) -> ReportedRecipient:
    final = parse_recipient(fields.get("final-recipient", ""))
    original = parse_recipient(fields.get("original-recipient", ""))
    actual = parse_recipient(fields.get(_ACTUAL, ""))
    words = told.about(final, original, actual, only=only) if told else ""
    diagnostic, status = fields.get("diagnostic-code", ""), fields.get("status", "")
    if not _WORDS.search(parse_typed(diagnostic)[1]) and not _WORDS.search(status):
        diagnostic = " ".join(words.split()) or diagnostic
    read = diagnose(parse_action(fields.get("action", "")), status, diagnostic, context=words)
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
