"""Suppressions: whom nobody writes to, how far that reaches, and why.

Owns the rows of `suppression`, one at a time (`blocklist` takes many), and the question who is suppressed. They are
keyed by the HMAC of the address: a new spreadsheet with the same person finds the same row (standards L6). Lifting
keeps the row, with who, why and by which evidence.

Of one subject and one scope one suppression stands, the first: a bounce after an opt-out does not make it liftable.
Several scopes stand beside each other, and lifting one leaves the others.

Whatever reaches less far than "this person, everywhere" is matched when planning and claiming. Between a claim and its
`attempted`, when every message counts, only a mark is compared: each new one of that sort changes it, and what was
claimed under an older mark is refused once and claimed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from mailer.events import EventKind
from mailer.ledger.mailings import Stamp
from mailer.ledger.scopes import EVERYWHERE, PERSON, Asked
from mailer.ledger.tables import AnyRow, event, ledger_info, suppression, value_of

OPTED_OUT = "opted_out"
COMPLAINED = "complained"
DEAD_ADDRESS = "dead_address"
DO_NOT_CONTACT = "do_not_contact"
MANUAL = "manual"
REASONS = (OPTED_OUT, COMPLAINED, DO_NOT_CONTACT, MANUAL, DEAD_ADDRESS)

# A person's own word is only lifted with a reason and evidence (standards B7).
PERSONS_WORD = frozenset({OPTED_OUT, COMPLAINED})

# Why a suppression is lifted that came from a finding tied to the wrong person: it says nothing of their address.
SETTLED_ANEW = "settled_anew"

ACTIVE = suppression.c.lifted_at.is_(None)
_AT_ONCE = 5_000
_MARK = "scoped_suppressions"
_NO_MARK = "0"
_FOUND = select(
    *(suppression.c[name] for name in ("address_digest", "scope", "reason", "subject")),
    suppression.c.address.is_(None).label("is_nameless"),
).where(suppression.c.address_digest.in_(bindparam("digests", expanding=True)), ACTIVE)

# What is claimed keeps it, and `attempted` compares it.
SCOPES_MARK = func.coalesce(
    select(ledger_info.c.value).where(ledger_info.c.name == _MARK).scalar_subquery(), literal(_NO_MARK)
)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One suppression as the ledger has it; `address` is empty once the person is forgotten."""

    address: str
    reason: str
    source: str
    note: str
    created_at: datetime
    actor: str
    lifted_at: datetime | None = None
    lifted_reason: str = ""
    scope: str = EVERYWHERE
    subject: str = PERSON
    lifted_by: str = ""
    lifted_evidence: str = ""
    unconfirmed: bool = False
    import_id: int | None = None
    person_digest: bytes | None = None
    id: int = 0

    @property
    def is_imported(self) -> bool:
        """Return whether nothing but one file says so."""
        return self.import_id is not None


@dataclass(frozen=True, slots=True)
class NewSuppression:
    """A suppression to be added: who, why (a word of this file), by which door, with which delivery as evidence.

    `person_digest` is the person's name whatever their address (`scopes.person_digest`). `unconfirmed`: somebody of a
    desk said so. `created_at` is when they said so, where that is not now.
    """

    address_digest: bytes
    address: str
    reason: str
    source: str
    note: str = ""
    delivery_id: int | None = None
    scope: str = EVERYWHERE
    subject: str = PERSON
    person_digest: bytes | None = None
    unconfirmed: bool = False
    created_at: datetime | None = None

    @property
    def is_scoped(self) -> bool:
        """Return whether it reaches less far, or is about more, than one person everywhere."""
        return self.scope != EVERYWHERE or self.subject != PERSON


@dataclass(frozen=True, slots=True)
class Held:
    """Why one person is not written to: the reason, and how far it reaches. `is_nameless`: they were forgotten."""

    reason: str
    scope: str = EVERYWHERE
    subject: str = PERSON
    is_nameless: bool = False

    @property
    def word(self) -> str:
        """Return both as one word for a skipped delivery: `opted_out`, `opted_out list:coast`, `manual domain`."""
        reach = () if self.scope == EVERYWHERE else (self.scope,)
        about = () if self.subject == PERSON else (self.subject,)
        return " ".join((self.reason, *about, *reach))[:200]


def is_suppressed(address_digest: ColumnElement[bytes]) -> ColumnElement[bool]:
    """Return the SQL condition that a person is suppressed everywhere, by their address, now."""
    return exists().where(suppression.c.address_digest == address_digest, suppression.c.scope == EVERYWHERE, ACTIVE)


def may_attempt(address_digest: ColumnElement[bytes], mark: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the SQL condition that nothing stands against a claimed delivery that its claim (`mark`) has not seen."""
    return and_(~is_suppressed(address_digest), mark == SCOPES_MARK)


def has_scopes(mark: str) -> bool:
    """Return whether this mark, read from the ledger, tells of suppressions that reach less far than everywhere."""
    return mark != _NO_MARK


def active_suppressions(connection: Connection, asked: Iterable[Asked]) -> dict[bytes, Held]:
    """Give, by their digest, whoever of these people is suppressed now for what was asked, and why.

    Each person is asked about once. Of several suppressions the one that reaches everywhere is told.
    """
    people = list(asked)
    digests = {each.address_digest for each in people}.union(*(each.wider for each in people))
    found: dict[bytes, list[Held]] = {}
    for row in _rows(connection, list(digests)):
        found.setdefault(row.address_digest, []).append(Held(row.reason, row.scope, row.subject, row.is_nameless))
    if not found:
        return {}
    held: dict[bytes, Held] = {}
    for each in people:
        for digest in (each.address_digest, *each.wider):
            fitting = [one for one in found.get(digest, ()) if one.scope in each.scopes]
            if fitting:
                held[each.address_digest] = min(fitting, key=lambda one: one.scope != EVERYWHERE)
                break
    return held


def _rows(connection: Connection, digests: Sequence[bytes]) -> Iterator[AnyRow]:
    for start in range(0, len(digests), _AT_ONCE):
        yield from connection.execute(_FOUND, {"digests": digests[start : start + _AT_ONCE]})


def add_suppression(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress somebody, with an event. False where they already are in that scope: the first reason stands."""
    values = row_values(new, stamp)
    columns = [suppression.c[name] for name in values]
    literals = [literal(value, suppression.c[name].type) for name, value in values.items()]
    absent = ~exists().where(*_of(new.address_digest, new.scope))
    added = insert(suppression).from_select(columns, select(*literals).where(absent)).returning(suppression.c.id)
    try:
        with connection.begin_nested():  # a refusal by the database must not take the transaction with it
            new_id = connection.execute(added).scalar()
    except IntegrityError:
        if find_suppression(connection, new.address_digest, scope=new.scope) is None:
            raise
        return False  # somebody at work beside us was faster
    if new_id is None:
        return False
    if new.is_scoped:
        renew_mark(connection, new_id)
    values = {
        "kind": EventKind.SUPPRESSED.value,
        "at": stamp.at,
        "actor": stamp.actor,
        "mailing_id": mailing_id,
        "delivery_id": new.delivery_id,
        "reason": new.reason,
    }
    connection.execute(insert(event).values(**values))
    return True


def row_values(new: NewSuppression, stamp: Stamp) -> dict[str, object]:
    """Return the values of a new row."""
    return {
        "address_digest": new.address_digest,
        "address": new.address,
        "scope": new.scope,
        "reason": new.reason,
        "source": new.source,
        "note": new.note,
        "delivery_id": new.delivery_id,
        "created_at": new.created_at or stamp.at,
        "actor": stamp.actor,
        "subject": new.subject,
        "person_digest": new.person_digest,
        "unconfirmed": new.unconfirmed,
    }


def renew_mark(connection: Connection, newest_id: int) -> None:
    """Tell all who hold claims that there is a new suppression of the sort that they have to ask about.

    The row is locked until the transaction ends, and no id comes twice: no two states have the same mark.
    """
    renewed = update(ledger_info).where(ledger_info.c.name == _MARK).values(value=str(newest_id))
    if connection.execute(renewed).rowcount:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(ledger_info).values(name=_MARK, value=str(newest_id)))
    except IntegrityError:  # somebody beside us made the first one
        connection.execute(renewed)


def lift_suppression(
    connection: Connection,
    address_digest: bytes,
    *,
    reason: str,
    stamp: Stamp,
    scope: str = EVERYWHERE,
    evidence: str = "",
    word: str = "",
) -> Suppression | None:
    """Lift the suppression of one scope, keeping the row; return it, or None where there is none.

    `word` stands in the event, for programs.
    """
    where = _of(address_digest, scope)
    lifted = lift_found(connection, where, reason=reason, stamp=stamp, evidence=evidence, word=word)
    return lifted[0] if lifted else None


def lift_found(
    connection: Connection,
    where: Sequence[ColumnElement[bool]],
    *,
    reason: str,
    stamp: Stamp,
    evidence: str = "",
    word: str = "",
) -> list[Suppression]:
    """Lift all suppressions that stand and fit, keeping the rows, each with its event."""
    values = {
        "lifted_at": stamp.at,
        "lifted_by": stamp.actor,
        "lifted_reason": reason,
        "lifted_evidence": evidence or None,
        "unconfirmed": False,
    }
    rows = connection.execute(update(suppression).where(*where, ACTIVE).values(values).returning(suppression)).all()
    said = {"kind": EventKind.LIFTED.value, "at": stamp.at, "actor": stamp.actor, "reason": word}
    if rows:
        connection.execute(insert(event), [{**said, "delivery_id": row.delivery_id} for row in rows])
    return [suppression_of(row) for row in rows]


def keep_for_good(connection: Connection, address_digest: bytes, scope: str) -> None:
    """Take note that not only a file says so: undoing its import no longer lifts this."""
    where = (*_of(address_digest, scope), suppression.c.import_id.is_not(None))
    connection.execute(update(suppression).where(*where).values(import_id=None))


def confirm_suppression(connection: Connection, address_digest: bytes, scope: str) -> bool:
    """Take note that the staff have confirmed what somebody of a desk said; False where nothing waited for that."""
    where = (*_of(address_digest, scope), suppression.c.unconfirmed.is_(True))
    return bool(connection.execute(update(suppression).where(*where).values(unconfirmed=False)).rowcount)


def read_suppressions(connection: Connection, *, lifted: bool = False) -> list[Suppression]:
    """Return all suppressions that stand (or also the lifted ones), the newest first."""
    rows = select(suppression).order_by(suppression.c.id.desc())
    return [suppression_of(row) for row in connection.execute(rows if lifted else rows.where(ACTIVE))]


def find_suppression(connection: Connection, address_digest: bytes, *, scope: str = EVERYWHERE) -> Suppression | None:
    """Return the suppression of one scope that stands."""
    row = connection.execute(select(suppression).where(*_of(address_digest, scope))).first()
    return None if row is None else suppression_of(row)


def find_suppressions(connection: Connection, digests: Sequence[bytes], *, lifted: bool = False) -> list[Suppression]:
    """Return all suppressions of these subjects, of every scope, in the order in which they came."""
    rows = select(suppression).where(suppression.c.address_digest.in_(digests)).order_by(suppression.c.id)
    return [suppression_of(row) for row in connection.execute(rows if lifted else rows.where(ACTIVE))]


def find_by_person(connection: Connection, digests: Sequence[bytes]) -> list[tuple[bytes, Suppression]]:
    """Return all that stands about these people, each with whom it is about, in the order in which it came."""
    rows = select(suppression).where(suppression.c.address_digest.in_(digests), ACTIVE).order_by(suppression.c.id)
    return [(row.address_digest, suppression_of(row)) for row in connection.execute(rows)]


def find_persons(
    connection: Connection, names: Sequence[bytes], addresses: Sequence[bytes]
) -> tuple[dict[bytes, Suppression], dict[bytes, Suppression]]:
    """Return who is not to be contacted, of these people by name (`scopes.person_digest`) and of those by address."""
    rows = select(suppression).where(suppression.c.reason == DO_NOT_CONTACT, ACTIVE)
    by_name = rows.where(suppression.c.person_digest.in_(names))
    by_address = rows.where(suppression.c.address_digest.in_(addresses))
    return (
        {row.person_digest: suppression_of(row) for row in connection.execute(by_name)} if names else {},
        {row.address_digest: suppression_of(row) for row in connection.execute(by_address)} if addresses else {},
    )


def _of(address_digest: bytes, scope: str) -> tuple[ColumnElement[bool], ...]:
    return (suppression.c.address_digest == address_digest, suppression.c.scope == scope, ACTIVE)


def suppression_of(row: AnyRow) -> Suppression:
    """Make a suppression of a row of the table."""
    return value_of(Suppression, row)
