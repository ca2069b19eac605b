"""Webhooks: what a relay tells enters the ledger like mail that came back, each event once.

Owns the order: all events of one request are one transaction, so that the relay may be told «taken» when it is
committed, and must tell everything again when it is not. An event is known by its relay and its id: told twice, in
another batch, or in another order, it counts once.
Never checks a signature: whoever calls this has (`public.webhooks`), and says so by calling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailer.bounces.relay_events import RelayEvent
from mailer.inbox import RawMessage
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.runs.collect import Collected, take_in
from mailer.runs.office import Office


def take_events(office: Office, ledger: Ledger, relay: str, events: Iterable[RelayEvent]) -> Collected:
    """Take the events of one genuine request of a relay (`ses`, `sendgrid` …) into the ledger. Committed at return.

    Raises:
        LedgerProblem: the ledger is busy, cannot be written, or the keys are not its own; nothing of it was taken.
    """
    told = Collected()
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        for event in events:
            raw = RawMessage(f"webhook {relay}", event.data, known_by=f"webhook {relay} {event.id}")
            take_in(connection, office, raw, told, report=replace(event.report, vouched=True))
    return told
