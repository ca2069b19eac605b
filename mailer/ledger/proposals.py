"""Proposals: what a reply proposes for the lists, and what staff decided.

Owns the rows of `proposal` and `proposal_text`. Of one person and one new address there is one, whatever became of it:
what staff turned down is not proposed again by the next automatic reply. Never changes a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, insert, select, update

from mailer.events import MailingKind
from mailer.ledger.mailings import Stamp, full_name
from mailer.ledger.tables import AnyRow, delivery, inbound, mailing, proposal, proposal_text, value_of

LEFT, MOVED, STAND_IN, FOLLOW = "left", "moved", "stand_in", "follow"
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class NewProposal:
    """What is proposed of whom: `new_address` is empty where somebody left and named nobody.

    Kinds: `left` (take them off), `moved` (they are there now), `stand_in` (they left, write to this one instead),
    `follow` (somebody who is not to be contacted seems to have this address now; only kept once staff decide).
    """

    kind: str
    address_digest: bytes
    address: str
    new_address: str = ""
    words: str = ""
    delivery_id: int | None = None
    inbound_id: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as the ledger has it; `source` is where the message lay, `words` its sentence."""

    id: int
    kind: str
    address: str
    new_address: str
    words: str
    state: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str
    mailing: str
    source: str


def add_proposal(connection: Connection, new: NewProposal, *, stamp: Stamp, state: str = OPEN) -> int | None:
    """Keep a proposal; None where the same was proposed before, be it open, accepted or turned down."""
    if _is_known(connection, new):
        return None
    values = {
        "kind": new.kind,
        "address_digest": new.address_digest,
        "delivery_id": new.delivery_id,
        "inbound_id": new.inbound_id,
        "state": state,
        "created_at": stamp.at,
        **({} if state == OPEN else {"decided_at": stamp.at, "decided_by": stamp.actor}),
    }
    new_id: int = connection.execute(insert(proposal).values(**values).returning(proposal.c.id)).scalar_one()
    text = {"address": new.address, "new_address": new.new_address, "words": new.words[:LONGEST]}
    connection.execute(insert(proposal_text).values(proposal_id=new_id, **text))
    return new_id


def _is_known(connection: Connection, new: NewProposal) -> bool:
    """Return whether the same was proposed; `left` says less than an address does, and adds nothing to one."""
    rows = (
        select(proposal.c.kind, proposal.c.state, proposal_text.c.new_address)
        .join(proposal_text, proposal_text.c.proposal_id == proposal.c.id)
        .where(proposal.c.address_digest == new.address_digest)
    )
    wanted = new.new_address.casefold()
    for row in connection.execute(rows):
        if (row.kind == FOLLOW) != (new.kind == FOLLOW):
            continue
        if row.new_address.casefold() == wanted or (not wanted and row.state == OPEN):
            return True
    return False


def read_proposals(connection: Connection, *, states: Iterable[str] = (OPEN,)) -> list[Proposal]:
    """Return the proposals in these states, the oldest first; whoever was forgotten is not among them."""
    rows = _rows().where(proposal.c.state.in_(list(states))).order_by(proposal.c.id)
    return [_proposal(row) for row in connection.execute(rows)]


def read_proposals_of(connection: Connection, address_digest: bytes) -> list[Proposal]:
    """Return all that was proposed about a person, in the order in which it came."""
    rows = _rows().where(proposal.c.address_digest == address_digest).order_by(proposal.c.id)
    return [_proposal(row) for row in connection.execute(rows)]


def find_proposal(connection: Connection, proposal_id: int) -> Proposal | None:
    """Find a proposal by its number."""
    row = connection.execute(_rows().where(proposal.c.id == proposal_id)).first()
    return None if row is None else _proposal(row)


def decide(connection: Connection, proposal_id: int, state: str, *, stamp: Stamp, was: str = OPEN) -> bool:
    """Keep what staff decided; False where somebody was faster, and it is no longer `was`."""
    values = {"state": state, "decided_at": stamp.at, "decided_by": stamp.actor}
    if state == OPEN:
        values = {"state": state, "decided_at": None, "decided_by": None}
    where = (proposal.c.id == proposal_id, proposal.c.state == was)
    return bool(connection.execute(update(proposal).where(*where).values(values)).rowcount)


def add_note(connection: Connection, found: Proposal, note: str) -> None:
    """Keep why staff decided as they did, behind the words of the proposal."""
    words = f"{found.words} — {note.strip()}" if found.words else note.strip()
    where = proposal_text.c.proposal_id == found.id
    connection.execute(update(proposal_text).where(where).values(words=words[: 2 * LONGEST]))


def _rows() -> Select[*tuple[object, ...]]:
    return (
        select(
            proposal,
            proposal_text.c.address,
            proposal_text.c.new_address,
            proposal_text.c.words,
            inbound.c.source,
            mailing.c.slug,
            mailing.c.kind.label("mailing_kind"),
            mailing.c.sequence,
        )
        .join(proposal_text, proposal_text.c.proposal_id == proposal.c.id)
        .outerjoin(inbound, inbound.c.id == proposal.c.inbound_id)
        .outerjoin(delivery, delivery.c.id == proposal.c.delivery_id)
        .outerjoin(mailing, mailing.c.id == delivery.c.mailing_id)
    )


def _proposal(row: AnyRow) -> Proposal:
    name = full_name(row.slug, MailingKind(row.mailing_kind), row.sequence) if row.slug else ""
    return value_of(Proposal, row, mailing=name)
