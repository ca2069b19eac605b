"""Plans: plans to be approved, and their approvals and rejections.

A plan is a text, canonical JSON, and its name is the SHA-256 of that text: a change of one byte makes it another plan,
which nobody has approved. It identifies its recipients by their delivery ids, meaningless without the keys; the
addresses beside it (`plan_person`) can be erased without changing the plan.

Rows are only ever added: a person who rejected a plan may approve it later, and both are kept. Everybody who makes the
same plan again is recorded as well (`plan_maker`), and none of them can approve it. Whether the approvals are
sufficient is decided in `runs.approval`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from mailer import lazy_re as re
from mailer.errors import InputProblem, LedgerProblem
from mailer.events import DeliveryState
from mailer.frozen import dataclass, field
from mailer.ledger.mailings import Stamp, keep_blob
from mailer.ledger.rows import change, has_row, read_all, read_one, value_of, values_of
from mailer.ledger.tables import approval, blob, delivery, event, mailing, plan, plan_maker, plan_person
from mailer.words import read_section

APPROVED, REJECTED = "approved", "rejected"
SSH, LOCAL, DESK = "ssh", "local", "desk"  # how an approver was identified
_SHORTEST = 4  # hexadecimal digits by which a plan may be called
_WORDS = 8
# states of recipients who have not had a mailing, and may still be sent it
MAY_GO = (
    *(DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED),
    *(DeliveryState.IN_DOUBT, DeliveryState.EXPIRED, DeliveryState.REJECTED),
)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan to store: its release, the number of recipients, its planner; `details` is JSON that may name people."""

    slug: str
    kind: str
    headline: str
    recipients: int
    planner: str
    details: str = field(default="{}", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan(NewPlan):
    """A plan as the ledger has it; once it is sent, with the mailing it became part of, when, and who approved it."""

    hash: bytes
    created_at: datetime
    actor: str
    mailing_id: int | None = None
    sent_at: datetime | None = None
    approver: str = ""

    @property
    def name(self) -> str:
        """Return the short name that commands take."""
        return self.hash.hex()[:12]


@dataclass(frozen=True, slots=True)
class Maker:
    """Someone who made a plan, and when."""

    name: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """A recipient of a plan; the address is empty if it was erased."""

    token_id: bytes
    address_digest: bytes
    address: str
    list_name: str
    row: int
    merge_row: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's verdict on a plan, by `ssh`, `local` or `desk`.

    By `ssh`, `key` is the fingerprint, and the signature is the person's. By `desk`, `key` is the user
    (`DeskUser.key`), and the signature is the desk's own, made with the keys of the office (`runs.approval`).
    """

    plan_hash: bytes
    verdict: str
    name: str
    method: str
    at: datetime
    actor: str
    key: str = ""
    signature: bytes | None = field(default=None, repr=False)
    reason: str = ""


# Names: a plan is named by its hash, by the beginning of it, or by eight words, for the telephone.


def words_of(digest: bytes) -> str:
    """Return eight words that stand for the first 64 bits of a hash: two people can read them to each other."""
    known = read_section("plans", "spoken")["words"]
    return " ".join(known[byte] for byte in digest[:_WORDS])


def require_plan(connection: Connection, name: str) -> KeptPlan:
    """Find a plan by its hash in hexadecimal, by the beginning of it, or by its eight words.

    Raises InputProblem if there is none, or several begin like this.
    """
    wanted = name.strip().lower()
    spoken = [word for word in re.split(r"[\s,.-]+", wanted) if word]
    byte_of = {word: number for number, word in enumerate(read_section("plans", "spoken")["words"])}
    if len(spoken) == _WORDS and all(word in byte_of for word in spoken):
        wanted = bytes(byte_of[word] for word in spoken).hex()
    found = [each for each in read_plans(connection) if each.hash.hex().startswith(wanted)]
    if len(wanted) < _SHORTEST or len(found) != 1:
        fault = f"{len(found)} plans begin with" if len(found) > 1 and len(wanted) >= _SHORTEST else "there is no plan"
        raise InputProblem(f'{fault} "{name}"', hint="mailer plans list   lists them all")
    return found[0]


# Plans.


def add_plan(connection: Connection, new: NewPlan, text: bytes, *, stamp: Stamp) -> bytes:
    """Store a plan, canonical JSON in UTF-8, and who made it; return its hash. An existing plan stays as it is."""
    digest = keep_blob(connection, text)
    if not has_row(connection, plan.c.hash == digest):
        values = {**values_of(new), "hash": digest, "created_at": stamp.at, "actor": stamp.actor}
        connection.execute(insert(plan).values(**values))
    made = {"plan_hash": digest, "name": new.planner, "actor": stamp.actor, "at": stamp.at}
    connection.execute(insert(plan_maker).values(**made))
    return digest


def add_people(connection: Connection, digest: bytes, people: Sequence[PlannedPerson]) -> None:
    """Store recipients of a plan; existing ones stay as they are."""
    ids = [each.token_id for each in people]
    existing = (plan_person.c.plan_hash == digest, plan_person.c.token_id.in_(ids))
    present = set(connection.scalars(select(plan_person.c.token_id).where(*existing)))
    rows = [{**values_of(each), "plan_hash": digest} for each in people if each.token_id not in present]
    if rows:
        connection.execute(insert(plan_person), [{**row, "address": row["address"] or None} for row in rows])


def read_people(
    connection: Connection, digest: bytes, ids: Collection[bytes] | None = None, *, shown: bool = False
) -> Iterator[PlannedPerson]:
    """Yield the recipients of a plan by list and row; `ids` are some of them, `shown` those whose mail is shown."""
    wanted = select(plan_person).where(plan_person.c.plan_hash == digest)
    if ids is not None:
        wanted = wanted.where(plan_person.c.token_id.in_(ids))
    if shown:
        wanted = wanted.where(plan_person.c.merge_row.is_not(None))
    rows = wanted.order_by(plan_person.c.id).execution_options(yield_per=500)
    for row in connection.execute(rows):
        yield value_of(PlannedPerson, row)


def read_plans(connection: Connection) -> list[KeptPlan]:
    """Return all plans, the newest first."""
    return read_all(connection, KeptPlan, select(plan).order_by(plan.c.created_at.desc(), plan.c.hash))


def read_plan(connection: Connection, digest: bytes) -> KeptPlan | None:
    """Return the plan with this hash, if there is one."""
    return read_one(connection, KeptPlan, select(plan).where(plan.c.hash == digest))


def read_makers(connection: Connection, digest: bytes) -> list[Maker]:
    """Return who made a plan, the first one first."""
    wanted = select(plan_maker).where(plan_maker.c.plan_hash == digest)
    return read_all(connection, Maker, wanted.order_by(plan_maker.c.id))


def read_plan_text(connection: Connection, digest: bytes) -> bytes:
    """Return the canonical JSON of a plan.

    Raises LedgerProblem if it is gone or not what it was: someone has edited the ledger.
    """
    text = read_file(connection, digest)
    if text is None or hashlib.sha256(text).digest() != digest:
        raise LedgerProblem(f"plan {digest.hex()[:12]} in the ledger is not what was planned; make a new plan")
    return text


def read_file(connection: Connection, digest: bytes) -> bytes | None:
    """Return the bytes that are stored under a SHA-256, if there are any."""
    return connection.scalar(select(blob.c.data).where(blob.c.digest == digest))


def read_plans_sent(connection: Connection, mailing_id: int) -> list[KeptPlan]:
    """Return the plans by which a mailing was sent, the oldest first: a mailing that was extended has several.

    The plan of a correction is one of the release's, too: it has the new text for those who still wait for it.
    """
    around = select(mailing.c.id).where(mailing.c.parent_id == mailing_id)
    wanted = select(plan).where(or_(plan.c.mailing_id == mailing_id, plan.c.mailing_id.in_(around)))
    return read_all(connection, KeptPlan, wanted.order_by(plan.c.sent_at, plan.c.created_at))


def mark_sent(connection: Connection, digest: bytes, mailing_id: int, approver: str, *, stamp: Stamp) -> None:
    """Record which mailing a plan became part of, and who approved it."""
    sent = update(plan).where(plan.c.hash == digest)
    connection.execute(sent.values(mailing_id=mailing_id, sent_at=stamp.at, approver=approver[:200]))
    change(connection, mailing, mailing_id, plan_hash=digest, approver=approver[:200])


def mark_unplanned(connection: Connection, mailing_id: int) -> None:
    """Record that the newest part of a mailing went out without a plan."""
    change(connection, mailing, mailing_id, mailing.c.plan_hash.is_not(None), plan_hash=None, approver=None)


def has_had(connection: Connection, mailing_id: int, ids: Collection[bytes]) -> frozenset[bytes]:
    """Return which of these deliveries of a mailing are not to be sent any more: sent already, or given up."""
    where = (delivery.c.mailing_id == mailing_id, delivery.c.token_id.in_(ids), delivery.c.state.not_in(MAY_GO))
    return frozenset(connection.scalars(select(delivery.c.token_id).where(*where)))


def newest_time(connection: Connection) -> datetime | None:
    """Return the time of the newest event: a clock well before it is wrong."""
    return connection.scalar(select(event.c.at).order_by(event.c.id.desc()).limit(1))


# Approvals.


def add_approval(connection: Connection, decision: Approval) -> None:
    """Store a person's verdict on a plan."""
    connection.execute(insert(approval).values(**values_of(decision)))


def read_approvals(connection: Connection, digest: bytes) -> list[Approval]:
    """Return the verdicts on a plan, the oldest first."""
    wanted = select(approval).where(approval.c.plan_hash == digest)
    return read_all(connection, Approval, wanted.order_by(approval.c.id))


def same_account(makers: Iterable[Maker], decision: Approval) -> str:
    """Return the account, `user@host`, from which a plan was both made and approved; empty if they differ."""
    return decision.actor if decision.verdict == APPROVED and decision.actor in {each.actor for each in makers} else ""


def find_same_account(connection: Connection, digest: bytes) -> str:
    """Return the account from which a plan was both made and approved; empty if none was."""
    makers, decisions = read_makers(connection, digest), read_approvals(connection, digest)
    return next(filter(None, (same_account(makers, each) for each in decisions)), "")
