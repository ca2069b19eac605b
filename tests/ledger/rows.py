"""What the tests of this room share: a mailing with people in it, and times and keys that stay the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from mailer.events import MANUAL, Delivery, DeliveryState, MailingKind, MailingState
from mailer.ledger import Ledger
from mailer.ledger.deliveries import Place, Planned, add_deliveries, claim
from mailer.ledger.mailings import (
    Edition,
    Mailing,
    NewMailing,
    Stamp,
    add_edition,
    add_mailing,
    add_planned,
    newest_edition,
    set_state,
)
from mailer.ledger.processes import ProcessLock, hold_lock, register
from mailer.ledger.suppressions import NewSuppression, Suppression, Wanted, add_suppression, stream_suppressions
from mailer.ledger.tables import delivery, event
from mailer.tokens import Keys, address_digest, delivery_id

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
STAMP = Stamp(NOW, "ada@desk")
KEYS = Keys(1, {1: bytes(range(32))})


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def digest(address: str) -> bytes:
    return address_digest(KEYS, address)


def edition(body: str = "Seals are back", headline: str = "Seals") -> Edition:
    files = {("release", "seals.md"): body.encode(), ("template", "email.html"): b"<p>{{ release.headline }}</p>"}
    return Edition(files, headline.encode().ljust(32, b"h"), body.encode().ljust(32, b"b")[:32])


def open_mailing(
    connection: Connection,
    slug: str = "seals",
    *,
    kind: MailingKind = MailingKind.RELEASE,
    state: MailingState = MailingState.SENDING,
    sequence: int = 1,
) -> Mailing:
    mailing = add_mailing(connection, NewMailing(slug, kind, sequence, "Seals are back", "main"), stamp=STAMP)
    add_edition(connection, mailing.id, edition(), reason="", stamp=STAMP)
    set_state(connection, mailing.id, state, stamp=STAMP)
    return mailing


def planned(mailing: Mailing, address: str, *, spread: int = 0, row: int = 1, skipped: str = "") -> Planned:
    return Planned(
        token_id=delivery_id(KEYS, mailing.full_name, address),
        address_digest=digest(address),
        address=address,
        domain=address.rpartition("@")[2],
        spread=spread,
        merge_row='{"first_name": "Ada"}',
        list_name="coast",
        row=row,
        content_hash=b"c" * 32,
        size=1000,
        message_id=f"<{address}.{mailing.full_name}>",
        skipped=skipped,
    )


def plan(
    connection: Connection, mailing: Mailing, addresses: Iterable[str], *, expires_at: datetime | None = None
) -> list[int]:
    """Plan people as they come, and give the ids of their deliveries."""
    rows = [planned(mailing, address, spread=i, row=i + 1) for i, address in enumerate(addresses)]
    new = add_deliveries(connection, Place(mailing.id, newest_edition(connection, mailing.id)[0], expires_at), rows)
    add_planned(connection, mailing.id, new, {})
    return list(connection.execute(select(delivery.c.id).where(delivery.c.mailing_id == mailing.id)).scalars())


def people(count: int, domains: int = 3) -> list[str]:
    return [f"p{i}@d{i % domains}.example.com" for i in range(count)]


def start(connection: Connection, folder: Path) -> ProcessLock:
    """Make this process known to the ledger, as one that may claim."""
    lock = hold_lock(folder)
    register(connection, lock, now=NOW)
    return lock


def claimed(connection: Connection, mailing: Mailing, owner: str, limit: int = 100) -> list[Delivery]:
    return claim(connection, mailing.id, owner, limit=limit, now=NOW)[0]


def suppress(connection: Connection, address: str, reason: str = MANUAL) -> bool:
    new = NewSuppression(digest(address), address, reason, "hand")
    return add_suppression(connection, new, mailing_id=None, stamp=STAMP)


def read_suppressions(connection: Connection, *, lifted: bool = False) -> list[Suppression]:
    return list(stream_suppressions(connection, Wanted(lifted=lifted)))


def states(ledger: Ledger) -> dict[str, int]:
    """Count the deliveries by state."""
    with ledger.reading() as connection:
        rows = connection.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))
        return {DeliveryState(state).value: count for state, count in rows}


def events(ledger: Ledger) -> list[str]:
    with ledger.reading() as connection:
        return list(connection.execute(select(event.c.kind).order_by(event.c.id)).scalars())
