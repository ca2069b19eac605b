"""Plans: what somebody is asked to approve, and who approved it or said no.

A plan is a text, canonical JSON, and its name is the SHA-256 of that text: whoever changes one byte of it has another
plan, which nobody has approved. Rows are only ever added: a person who said no may say yes later, and both stay.
Whether what stands here is enough to send is not decided here (`runs.approval`).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mailer.errors import InputProblem, LedgerProblem
from mailer.frozen import dataclass, field
from mailer.ledger.mailings import Stamp
from mailer.ledger.tables import approval, blob, has_row, plan, read_all, read_one, values_of

APPROVED, REJECTED = "approved", "rejected"
_SHORTEST = 4  # hexadecimal digits by which a plan may be called


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan to be kept: what it is of, for how many recipients, and by whom."""

    slug: str
    kind: str
    headline: str
    recipients: int
    planner: str


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as the ledger has it; `mailing_id` once it was sent."""

    hash: bytes
    slug: str
    kind: str
    headline: str
    recipients: int
    planner: str
    created_at: datetime
    actor: str
    mailing_id: int | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person said of a plan, by `ssh` (with `key`, its fingerprint, and a signature), `local` or `desk`."""

    plan_hash: bytes
    verdict: str
    name: str
    method: str
    at: datetime
    actor: str
    key: str = ""
    signature: bytes | None = field(default=None, repr=False)
    reason: str = ""


def add_plan(connection: Connection, new: NewPlan, text: bytes, *, stamp: Stamp) -> bytes:
    """Keep a plan, canonical JSON in UTF-8, and return its hash; one that is there already stays as it is."""
    digest = hashlib.sha256(text).digest()
    if not has_row(connection, blob.c.digest == digest):
        connection.execute(insert(blob).values(digest=digest, data=text))
    if not has_row(connection, plan.c.hash == digest):
        values = {**values_of(new), "hash": digest, "created_at": stamp.at, "actor": stamp.actor}
        connection.execute(insert(plan).values(**values))
    return digest


def read_plans(connection: Connection) -> list[KeptPlan]:
    """Return all plans, the newest first."""
    return read_all(connection, KeptPlan, select(plan).order_by(plan.c.created_at.desc(), plan.c.hash))


def require_plan(connection: Connection, name: str) -> KeptPlan:
    """Find a plan by its hash in hexadecimal, or by how that begins.

    Raises:
        InputProblem: there is none, or several begin so.
    """
    wanted = name.strip().lower()
    found = [each for each in read_plans(connection) if each.hash.hex().startswith(wanted)]
    if len(wanted) < _SHORTEST or len(found) != 1:
        why = f"{len(found)} plans begin with" if len(found) > 1 and len(wanted) >= _SHORTEST else "there is no plan"
        raise InputProblem(f'{why} "{name}"', hint="mailer plans list   lists them all")
    return found[0]


def read_plan(connection: Connection, digest: bytes) -> KeptPlan | None:
    """Return the plan with this hash, if there is one."""
    return read_one(connection, KeptPlan, select(plan).where(plan.c.hash == digest))


def read_plan_text(connection: Connection, digest: bytes) -> bytes:
    """Return the canonical JSON of a plan.

    Raises:
        LedgerProblem: it is gone, or it is not what it was: somebody has edited the ledger.
    """
    text: bytes | None = connection.scalar(select(blob.c.data).where(blob.c.digest == digest))
    if text is None or hashlib.sha256(text).digest() != digest:
        raise LedgerProblem(f"plan {digest.hex()[:12]} in the ledger is not what was planned; make a new plan")
    return text


def read_plans_sent(connection: Connection, mailing_id: int) -> list[KeptPlan]:
    """Return the plans that a mailing was sent by, the oldest first: one that is extended has several."""
    wanted = select(plan).where(plan.c.mailing_id == mailing_id)
    return read_all(connection, KeptPlan, wanted.order_by(plan.c.created_at))


def mark_sent(connection: Connection, digest: bytes, mailing_id: int) -> None:
    """Remember of which mailing a plan became part."""
    connection.execute(update(plan).where(plan.c.hash == digest).values(mailing_id=mailing_id))


def add_approval(connection: Connection, said: Approval) -> None:
    """Keep what a person said of a plan."""
    connection.execute(insert(approval).values(**values_of(said)))


def read_approvals(connection: Connection, digest: bytes) -> list[Approval]:
    """Return what was said of a plan, the oldest first."""
    return read_all(
        connection, Approval, select(approval).where(approval.c.plan_hash == digest).order_by(approval.c.id)
    )
