"""Blocklist: many suppressions at once: from a file of another tool, and read out again.

Owns the rows of `suppression_import`, adding by thousands, undoing an import, and reading all of them in order without
holding them. An import has one event for all of it: a million lines that say the same help nobody.

What a file alone says is tied to its import, and undone with it; what somebody says again by another door stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from mailer.events import EventKind
from mailer.ledger.mailings import Stamp
from mailer.ledger.suppressions import (
    ACTIVE,
    NewSuppression,
    Suppression,
    add_suppression,
    renew_mark,
    row_values,
    suppression_of,
)
from mailer.ledger.tables import AnyRow, event, suppression, suppression_import

_PAGE = 2_000
_AT_ONCE = 5_000
_STANDING = select(
    suppression.c.id, suppression.c.address_digest, suppression.c.scope, suppression.c.reason, suppression.c.import_id
).where(suppression.c.address_digest.in_(bindparam("digests", expanding=True)), ACTIVE)


@dataclass(frozen=True, slots=True)
class Import:
    """One file that was taken in; `added` counts the suppressions that were new, `digest` is its SHA-256."""

    id: int
    at: datetime
    actor: str
    name: str
    format: str
    scope: str
    added: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which suppressions are asked for; what is empty does not matter. `find` is a part of the address."""

    reason: str = ""
    scope: str = ""
    since: datetime | None = None
    find: str = ""
    lifted: bool = False
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch: the new ones, and how many of them took the place of a weaker reason."""

    new: tuple[NewSuppression, ...] = ()
    replaced: int = 0


def add_many(
    connection: Connection,
    entries: Sequence[NewSuppression],
    *,
    rank: Mapping[str, int],
    stamp: Stamp,
    import_id: int | None = None,
) -> Added:
    """Suppress many, up to some thousands, in few statements; return those that were new.

    Who is suppressed in the same scope already stays as they are, unless the new reason has the higher `rank`.
    """
    plan = _Batch(connection, entries, rank, import_id)
    if plan.weaker:
        lifted = {"lifted_at": stamp.at, "lifted_by": stamp.actor, "lifted_reason": _replaced_by(import_id)}
        connection.execute(update(suppression).where(suppression.c.id.in_(plan.weaker)).values(lifted))
    if plan.said_again:
        again = suppression.c.id.in_(plan.said_again)
        connection.execute(update(suppression).where(again).values(import_id=None))
    if not plan.new:
        return Added()
    in_order = sorted(plan.new, key=lambda each: each.address_digest)  # neighbours in the index are written together
    values = [row_values(each, stamp) | {"import_id": import_id} for each in in_order]
    try:
        with connection.begin_nested():
            if any(each.is_scoped for each in plan.new):
                ids = connection.execute(insert(suppression).returning(suppression.c.id), values).scalars()
                renew_mark(connection, max(ids))
            else:
                connection.execute(insert(suppression), values)
    except IntegrityError:  # somebody at work beside us was faster with one of them
        added = [each for each in plan.new if add_suppression(connection, each, mailing_id=None, stamp=stamp)]
        return Added(tuple(added), len(plan.weaker))
    return Added(tuple(plan.new), len(plan.weaker))


def foresee_many(connection: Connection, entries: Sequence[NewSuppression], *, rank: Mapping[str, int]) -> Added:
    """Return what `add_many` would do, and do nothing."""
    plan = _Batch(connection, entries, rank, None)
    return Added(tuple(plan.new), len(plan.weaker))


class _Batch:
    """What is to be done with a batch, held against what stands."""

    def __init__(
        self, connection: Connection, entries: Sequence[NewSuppression], rank: Mapping[str, int], import_id: int | None
    ) -> None:
        best: dict[tuple[bytes, str], NewSuppression] = {}
        for each in entries:
            other = best.get((each.address_digest, each.scope))
            if other is None or rank[each.reason] > rank[other.reason]:
                best[each.address_digest, each.scope] = each
        standing = _standing(connection, list({digest for digest, _ in best}))
        self.new: list[NewSuppression] = []
        self.weaker: list[int] = []
        self.said_again: list[int] = []
        for place, each in best.items():
            row = standing.get(place)
            if row is None:
                self.new.append(each)
            elif rank[each.reason] > rank[row.reason]:
                self.weaker.append(row.id)
                self.new.append(each)
            elif row.import_id is not None and row.import_id != import_id:
                self.said_again.append(row.id)


def _standing(connection: Connection, digests: Sequence[bytes]) -> dict[tuple[bytes, str], AnyRow]:
    found: dict[tuple[bytes, str], AnyRow] = {}
    for start in range(0, len(digests), _AT_ONCE):
        rows = connection.execute(_STANDING, {"digests": digests[start : start + _AT_ONCE]})
        found.update(((row.address_digest, row.scope), row) for row in rows)
    return found


def _replaced_by(import_id: int | None) -> str:
    return "a stronger reason takes its place" if import_id is None else f"replaced by import {import_id}"


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is taken in: its name, its SHA-256, what it was read as, and the scope that it is given."""

    name: str
    digest: bytes
    format: str
    scope: str


def begin_import(connection: Connection, source: Source, *, stamp: Stamp) -> int:
    """Open an import; return its id. The same file again, not undone meanwhile, is the same import."""
    known = select(suppression_import.c.id).where(
        suppression_import.c.digest == source.digest,
        suppression_import.c.scope == source.scope,
        suppression_import.c.undone_at.is_(None),
    )
    found = connection.execute(known).scalar()
    if found is not None:
        return int(found)
    values = {
        "at": stamp.at,
        "actor": stamp.actor,
        "name": source.name,
        "digest": source.digest,
        "format": source.format,
        "scope": source.scope,
        "added": 0,
    }
    made = insert(suppression_import).values(values).returning(suppression_import.c.id)
    return int(connection.execute(made).scalar_one())


def end_import(connection: Connection, import_id: int, *, added: int, stamp: Stamp) -> None:
    """Close an import: how many were new, and the one event that tells of them."""
    more = suppression_import.c.added + added
    connection.execute(update(suppression_import).where(suppression_import.c.id == import_id).values(added=more))
    if added:
        reason = f"import {import_id}: {added}"
        values = {"kind": EventKind.SUPPRESSED.value, "at": stamp.at, "actor": stamp.actor, "reason": reason}
        connection.execute(insert(event).values(**values))


def read_imports(connection: Connection) -> list[Import]:
    """Return all imports, the newest first."""
    rows = connection.execute(select(suppression_import).order_by(suppression_import.c.id.desc()))
    return [
        Import(row.id, row.at, row.actor, row.name, row.format, row.scope, row.added, row.undone_at) for row in rows
    ]


def count_import(connection: Connection, import_id: int) -> int:
    """Return how many suppressions stand that nothing but this import says."""
    where = (suppression.c.import_id == import_id, ACTIVE)
    return connection.execute(select(func.count()).select_from(suppression).where(*where)).scalar_one()


def undo_import(connection: Connection, import_id: int, *, stamp: Stamp) -> int:
    """Lift what only this import says, and let stand again what it took the place of. Return how many were lifted."""
    values = {"lifted_at": stamp.at, "lifted_by": stamp.actor, "lifted_reason": f"import {import_id} was undone"}
    lifted = connection.execute(
        update(suppression).where(suppression.c.import_id == import_id, ACTIVE).values(values)
    ).rowcount
    other = suppression.alias("other")
    stands = exists().where(
        other.c.address_digest == suppression.c.address_digest,
        other.c.scope == suppression.c.scope,
        other.c.lifted_at.is_(None),
    )
    back = {"lifted_at": None, "lifted_by": None, "lifted_reason": None}
    connection.execute(
        update(suppression_import).where(suppression_import.c.id == import_id).values(undone_at=stamp.at)
    )
    undone = select(suppression_import.c.id).where(suppression_import.c.undone_at.is_not(None))
    still_said = or_(suppression.c.import_id.is_(None), suppression.c.import_id.not_in(undone))
    replaced = (suppression.c.lifted_reason == _replaced_by(import_id), ~stands, still_said)
    connection.execute(update(suppression).where(*replaced).values(back))
    reason = f"import {import_id} undone: {lifted}"
    values = {"kind": EventKind.LIFTED.value, "at": stamp.at, "actor": stamp.actor, "reason": reason}
    connection.execute(insert(event).values(**values))
    return lifted


def stream_suppressions(connection: Connection, wanted: Wanted, *, limit: int | None = None) -> Iterator[Suppression]:
    """Yield what is asked for, the newest first, a page at a time: a million need no memory."""
    rows = select(suppression).where(*_fitting(wanted)).order_by(suppression.c.id.desc()).limit(limit)
    for row in connection.execution_options(yield_per=_PAGE).execute(rows):
        yield suppression_of(row)


def count_suppressions(connection: Connection, wanted: Wanted) -> int:
    """Count what is asked for."""
    return connection.execute(select(func.count()).select_from(suppression).where(*_fitting(wanted))).scalar_one()


def count_nameless(connection: Connection, wanted: Wanted) -> int:
    """Count those of whom no address is kept: they were forgotten, and stay suppressed."""
    where = (*_fitting(wanted), suppression.c.address.is_(None))
    return connection.execute(select(func.count()).select_from(suppression).where(*where)).scalar_one()


def _fitting(wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    where: list[ColumnElement[bool]] = [] if wanted.lifted else [ACTIVE]
    if wanted.reason:
        where.append(suppression.c.reason == wanted.reason)
    if wanted.scope:
        where.append(suppression.c.scope == wanted.scope)
    if wanted.since is not None:
        where.append(suppression.c.created_at >= wanted.since)
    if wanted.find:
        where.append(suppression.c.address.icontains(wanted.find, autoescape=True))
    if wanted.unconfirmed:
        where.append(suppression.c.unconfirmed.is_(True))
    return tuple(where)
