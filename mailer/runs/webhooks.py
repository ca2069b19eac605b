"""Webhooks: what a relay tells enters the ledger like mail that came back, each event once.

Owns the order: all events of a request are committed before the relay may be told “taken”; where one cannot be, it must
tell everything again. An event is known by its relay and its id: told twice, in another batch, or in another order, it
counts once, so that a large batch can be committed in pieces. Between them others get their turn: a thousand events
take seconds, and whoever sends or opts out meanwhile is not to wait for all of them.
Never checks a signature: whoever calls this has (`public.webhooks`), and says so by calling.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Final

from mailer.bounces.relay_events import RelayEvent
from mailer.inbox import RawMessage
from mailer.ledger import Ledger
from mailer.ledger.connection import check_keys
from mailer.runs.collect import Collected, take_in
from mailer.runs.office import Office

_PIECE: Final = 100
_TURN_S: Final = 0.12  # SQLite looks again after 100 ms at most whether it is somebody's turn


def take_events(office: Office, ledger: Ledger, relay: str, events: Iterable[RelayEvent]) -> Collected:
    """Take the events of one genuine request of a relay (`ses`, `sendgrid` …) into the ledger. Committed at return.

    Raises:
        LedgerProblem: the ledger is busy, cannot be written, or the keys are not its own; not all was taken.
    """
    told = Collected()
    rest = iter(events)
    while piece := list(islice(rest, _PIECE)):
        if told.messages:
            time.sleep(_TURN_S)
        with ledger.writing() as connection:
            check_keys(connection, office.keys)
            for event in piece:
                raw = RawMessage(f"webhook {relay}", event.data, known_by=f"webhook {relay} {event.id}")
                take_in(connection, office, raw, told, report=replace(event.report, vouched=True))
    return told
