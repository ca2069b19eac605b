"""Values: one event that a relay tells about a mail of ours, and by what that mail is found again.

Nothing here knows whether an event is genuine: whoever has checked its signature says so (`Report.vouched`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mailer.bounces.relay_events.reading import Node, canonical, digest_of
from mailer.bounces.values import Kind, Report, ReportedRecipient
from mailer.bounces.wording import parse_addresses, parse_message_ids
from mailer.envelope import find_tokens

MAX_TOKENS = 20
_MAX_RULE = 100


@dataclass(frozen=True, slots=True)
class RelayEvent:
    """What a relay tells. `id` is the same however often and in whatever company it is told; `data` is its JSON."""

    id: str
    report: Report
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trace:
    """By what the mail that an event is about can be found: our Message-ID, our tokens, `to`, its only recipient."""

    message_id: str = ""
    tokens: tuple[str, ...] = ()
    to: str = ""
    subject: str = ""
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    reporting_mta: str = ""


def message_id_of(text: str) -> str:
    """Return a Message-ID in its angle brackets; some relays write it without."""
    return next(iter(parse_message_ids(text)), "") or next(iter(parse_message_ids(f"<{text.strip()}>")), "")


def tokens_of(*texts: str) -> tuple[str, ...]:
    """Return what may be tokens of ours in these texts, each once."""
    return tuple(dict.fromkeys(token for text in texts for token in find_tokens(text)))[:MAX_TOKENS]


def address_of(node: Node) -> str:
    """Return an address bare; what is none stays as it stands."""
    return next(iter(parse_addresses(node.text)), node.text)


def only(people: Iterable[str]) -> str:
    """Return the only one, or nobody: of several it is not known whom an event means."""
    found = list(people)
    return found[0] if len(found) == 1 else ""


def person(address: str) -> tuple[ReportedRecipient, ...]:
    """Return somebody of whom no more is told than who they are."""
    return (ReportedRecipient(address=address),) if address else ()


def make_report(
    kind: Kind,
    rule: str,
    trace: Trace,
    recipients: tuple[ReportedRecipient, ...] = (),
    *,
    feedback_type: str = "",
) -> Report:
    """Make the report of an event; `rule` is the relay and its own words."""
    return Report(
        kind=kind,
        rule=" ".join(rule.split())[:_MAX_RULE],
        recipients=recipients,
        feedback_type=feedback_type,
        original_message_id=trace.message_id,
        returned_tokens=trace.tokens,
        subject=trace.subject,
        sent_at=trace.sent_at,
        arrived_at=trace.arrived_at,
        reporting_mta=trace.reporting_mta,
    )


def unknown_event(relay: str, name: str, node: Node, event_id: str = "") -> RelayEvent:
    """Keep what nobody here knows, to be looked at; it names nobody, so that nothing can follow from it."""
    rule = f"{relay}: {name or 'no event'}, kept"
    return RelayEvent(event_id or digest_of(node), make_report(Kind.NONE, rule, Trace()), canonical(node))
