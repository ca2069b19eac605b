"""Standing: at what pace a mailing goes just now, and what everybody who waits is waiting for.

Owns the `pace` and the `waiting` of `status`. Reads only; what is lowered and how full the day is stand in the ledger,
what was asked for in the settings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailer.events import DeliveryState
from mailer.ledger import Connection
from mailer.ledger.deliveries import next_due_at, open_count
from mailer.ledger.mailings import Mailing
from mailer.ledger.pacing import Lowered, Pace, read_day, read_lowered, read_pace, waiting_by_domain
from mailer.runs.sending.pacer import domain_pace, relay_pace
from mailer.settings import DomainPace, Relay, Settings, say_rate


def standing_document(connection: Connection, settings: Settings, mailing: Mailing, *, now: datetime) -> dict[str, Any]:
    """Return `pace` and `waiting` of a mailing as JSON; empty where nobody waits."""
    pending = open_count(connection, mailing.id, (DeliveryState.PENDING,))
    deferred = open_count(connection, mailing.id, (DeliveryState.DEFERRED,))
    relay = settings.relays.get(mailing.relay)
    if not pending + deferred or relay is None:
        return {}
    domains = _domains(connection, settings, mailing, now)
    day = read_day(connection, relay_pace(relay), now=now)
    due = next_due_at(connection, mailing.id) if deferred else None
    return {
        "pace": {
            "relay": _pace(connection, relay, now),
            "day": {"used": day.used, "most": day.most, "more_at": _iso(day.more_at)} if day.most else None,
            "domains": domains,
        },
        "waiting": {
            "turn": pending - sum(domain["waiting"] for domain in domains),
            "domains": {domain["domain"]: domain["waiting"] for domain in domains if domain["waiting"]},
            "deferred": deferred,
            "next_attempt_at": _iso(due),
        },
    }


def _pace(connection: Connection, relay: Relay, now: datetime) -> dict[str, Any]:
    pace = relay_pace(relay)
    lowered = read_pace(connection, pace, now=now)
    return {"key": relay.key, "connections": lowered.connections, **_rates(pace, lowered)}


def _domains(connection: Connection, settings: Settings, mailing: Mailing, now: datetime) -> list[dict[str, Any]]:
    """Return the domains that have a pace of their own, by mailer.toml or by their words, and people who wait."""
    rules = settings.pacing.by_domain()
    known = {pace.name: pace for pace in (domain_pace(domain, rule) for domain, rule in rules.items())}
    found = read_lowered(connection, known, now=now)
    slowed = {name.removeprefix("domain:") for name in found if name.startswith("domain:")}
    names = sorted({*rules, *slowed})
    waiting = waiting_by_domain(connection, mailing.id, names) if names else {}
    documents = []
    for domain in names:
        rule = rules.get(domain, DomainPace())
        pace = domain_pace(domain, rule)
        lowered = read_pace(connection, pace, now=now)
        if waiting.get(domain):
            documents.append(
                {
                    "domain": domain,
                    "waiting": waiting[domain],
                    "in_flight": rule.in_flight or None,
                    "next_at": _iso(lowered.next_at) if lowered.next_at and lowered.next_at > now else None,
                    **_rates(pace, lowered),
                }
            )
    return documents


def _rates(pace: Pace, lowered: Lowered) -> dict[str, Any]:
    """Return the rate as it is, as it was asked for, and until when it is lower."""
    return {
        "rate": say_rate(lowered.step_s) if lowered.step_s else None,
        "asked_rate": say_rate(pace.step_s) if pace.step_s else None,
        "asked_connections": pace.connections or None,
        "lowered_for": lowered.reason if lowered.raise_at else None,
        "raise_at": _iso(lowered.raise_at),
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None
