"""Evidence: all that the ledger has of a mailing, for those who want proof of it.

Owns the questions behind `mailer proof`. Rows come as columns by name, since that is how they are handed on; a page of
500 recipients at a time, so that a mailing to a million needs no more memory than one to a thousand. Never changes
anything, never decides what a step proves. Who was forgotten has no address and no merge row; the digest stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, or_, select

from mailer.ledger.tables import (
    delivery,
    edition,
    event,
    event_text,
    finding,
    finding_text,
    inbound,
    mailing,
    suppression,
)

_AT_ONCE: Final = 500
_STEPS = select(
    *(event.c.at, event.c.kind, event.c.actor.label("by"), event.c.code, event.c.enhanced, event.c.reason),
    func.coalesce(event_text.c.text, "").label("text"),
).outerjoin(event_text, event_text.c.event_id == event.c.id)
_RETURNED = (
    select(inbound.c.read_at, finding.c.kind, finding.c.status, finding.c.reason, finding_text.c.diagnostic)
    .add_columns(finding.c.matched_by, finding.c.delivery_id)
    .join(inbound, inbound.c.id == finding.c.inbound_id)
    .outerjoin(finding_text, finding_text.c.finding_id == finding.c.id)
    .where(finding.c.unmatched == "")
)
_AGAINST = select(
    *(suppression.c.address_digest, suppression.c.reason, suppression.c.scope),
    *(suppression.c.created_at.label("since"), suppression.c.lifted_at),
)
_RECIPIENTS = select(
    *(delivery.c.address, delivery.c.address_digest.label("digest"), delivery.c.token_id.label("delivery")),
    *(delivery.c[name] for name in ("state", "reason", "code", "enhanced", "relay", "attempts", "attempted_at")),
    *(delivery.c[name] for name in ("finished_at", "next_attempt_at", "expires_at", "message_id")),
    *(delivery.c.content_hash.label("content_sha256"), delivery.c.size, edition.c.number.label("edition")),
    *(delivery.c.list_name.label("list"), delivery.c.row, delivery.c.id, delivery.c.edition_id, delivery.c.merge_row),
).join(edition, edition.c.id == delivery.c.edition_id)


def read_recipients(connection: Connection, mailing_id: int) -> Iterator[dict[str, Any]]:
    """Yield every delivery of a mailing in the order of planning.

    Beside its columns each has `history` (all that happened to it), `returned` (what came back about it) and
    `suppressions` (what stands or stood against writing to the person).
    """
    last = 0
    page = _RECIPIENTS.where(delivery.c.mailing_id == mailing_id).order_by(delivery.c.id).limit(_AT_ONCE)
    while rows := connection.execute(page.where(delivery.c.id > last)).mappings().all():
        last = rows[-1]["id"]
        ids, digests = [row["id"] for row in rows], [row["digest"] for row in rows]
        steps = _STEPS.add_columns(event.c.delivery_id).where(event.c.delivery_id.in_(ids)).order_by(event.c.id)
        history = _grouped(connection, steps, "delivery_id")
        returned = _RETURNED.where(finding.c.delivery_id.in_(ids)).order_by(finding.c.id)
        came_back = _grouped(connection, returned, "delivery_id")
        against = _AGAINST.where(suppression.c.address_digest.in_(digests)).order_by(suppression.c.id)
        suppressions = _grouped(connection, against, "address_digest")
        for row in rows:
            more = {"history": history[row["id"]], "returned": came_back[row["id"]]}
            yield {**row, **more, "suppressions": suppressions[row["digest"]]}


def _grouped(connection: Connection, wanted: Select[Any], by: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(wanted).mappings():
        found[row[by]].append({name: value for name, value in row.items() if name != by})
    return found


def read_steps(connection: Connection, mailing_id: int) -> list[dict[str, Any]]:
    """Return what happened to a mailing as a whole, with each change of who must approve what is sent from here."""
    whole = and_(event.c.mailing_id == mailing_id, event.c.delivery_id.is_(None))
    policy = and_(event.c.mailing_id.is_(None), event.c.kind == "policy")
    return [dict(row) for row in connection.execute(_STEPS.where(or_(whole, policy)).order_by(event.c.id)).mappings()]


def read_editions(connection: Connection, mailing_id: int) -> list[dict[str, Any]]:
    """Return the editions of a mailing's text, the first one first: id, number, since when, by whom and why."""
    columns = (edition.c.id, edition.c.number, edition.c.created_at, edition.c.actor.label("by"), edition.c.reason)
    # one that was given up has a number below zero
    wanted = select(*columns).where(edition.c.mailing_id == mailing_id, edition.c.number > 0)
    return [dict(row) for row in connection.execute(wanted.order_by(edition.c.number)).mappings()]


def read_origin(connection: Connection, mailing_id: int) -> tuple[str, datetime | None]:
    """Return who made a mailing (`user@host`), and when the newest of all that happened to it happened."""
    newest = select(func.max(event.c.at)).where(event.c.mailing_id == mailing_id)
    by = connection.execute(select(mailing.c.actor).where(mailing.c.id == mailing_id)).scalar_one()
    return by, connection.scalar(newest)
