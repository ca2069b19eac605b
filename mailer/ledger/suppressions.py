"""Suppressions: who is no longer mailed, in which scope, and why.

Owns the rows of `suppression` and `suppression_import`, the names of scopes, and the query for suppressed people. Rows
are keyed by the HMAC of the address: a new spreadsheet with the same person finds the same row. Lifting
keeps the row, with who lifted it, why, and the evidence.

For each subject and scope only the first suppression is in force: a bounce after an opt-out does not make it liftable.
Suppressions in several scopes are independent, and lifting one leaves the others.

Any scope narrower than "this person, everywhere" is matched when planning and claiming. Between a claim and its
`attempted`, where each message costs time, only a mark is compared: each new suppression of that kind changes it, and a
delivery that was claimed under an older mark is refused once and claimed again.

Files of other tools are added in thousands, with one event for each file, since a million equal lines help nobody. A
suppression that comes only from a file belongs to its import and is undone with it; one that was requested in another
way as well stays.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from mailer import lazy_re as re
from mailer.address import Address, InvalidAddress, parse_address
from mailer.errors import InputProblem, did_you_mean
from mailer.events import COMPLAINED, DEAD_ADDRESS, DO_NOT_CONTACT, OPTED_OUT, DeliveryState, EventKind, MailingKind
from mailer.frozen import dataclass
from mailer.ledger.connection import Ledger, insert_columns
from mailer.ledger.mailings import HALTED_AS_DEAD, Stamp, add_event
from mailer.ledger.rows import AnyRow, change, count_rows, in_parts, put, read_all, read_one, value_of, values_of
from mailer.ledger.tables import (
    dead_refusal,
    delivery,
    event,
    event_text,
    events_beside,
    ledger_info,
    process,
    suppression,
    suppression_import,
)
from mailer.tokens import Keys, address_digest

# Scopes: how far a suppression reaches, and what it can be about. Nothing here asks the database.
#
# A suppression is about a person, a whole domain with its subdomains (`*@outlet.example` is also `desk.outlet.example`:
# who says "nobody here" means the house), or an outlet by the name that lists give it. It reaches everywhere, one list,
# or one kind of mailing. A list's opt-out concerns the mail that comes by that list.
#
# People are named by a keyed digest (`tokens.address_digest`), since addresses can be guessed and must be forgettable.
# Domains and outlets are no persons: their digest is a plain one, so that the ledger can ask by itself.
# Gaps: a list whose file someone renames begins anew; an outlet is known by its name alone.

EVERYWHERE: Final = "everywhere"
PERSON, DOMAIN, OUTLET = "person", "domain", "outlet"
KINDS: Final = ("release", "follow-up", "correction")
LONGEST: Final = 200

_LIST, _KIND = "list:", "kind:"
_DOMAIN_TEXT = re.compile(r"\*?@(?P<domain>[^@\s]+)")
_OUTLET_TEXT = re.compile(r"outlet:\s*(?P<name>\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a suppression is about: `kind` is person, domain or outlet, `text` is how people write it."""

    kind: str
    digest: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The person asked about: their digest, those of their domains and outlet, the scopes that concern them."""

    address_digest: bytes
    wider: tuple[bytes, ...] = ()
    scopes: tuple[str, ...] = (EVERYWHERE,)


def parse_scope(text: str) -> str:
    """Read a scope: `everywhere`, `list:NAME` or `kind:KIND`; return it as the ledger keeps it.

    Raises InputProblem if it is none.
    """
    said = text.strip()
    head, _, name = said.partition(":")
    match head.lower():
        case "everywhere" if not name:
            return EVERYWHERE
        case "list" if name.strip():
            return list_scope(name)
        case "kind" if name.strip().lower() in KINDS:
            return _KIND + name.strip().lower()
        case "kind":
            near = did_you_mean(name.strip(), KINDS)
            raise InputProblem(f'"{name.strip()}" is not a kind of mailing{near}; there are: {", ".join(KINDS)}')
        case _:
            raise InputProblem(f'"{said}" is not a scope; there are: everywhere, list:NAME and kind:KIND')


def list_scope(name: str) -> str:
    """Return the scope of a list, whether it is called by its name, its file or its path."""
    file = re.split(r"[/\\]", name.strip())[-1]
    stem = re.sub(r"\.(csv|tsv|txt|xlsx|xls|ods|vcf)$", "", file, flags=re.IGNORECASE)
    return (_LIST + unicodedata.normalize("NFC", stem).lower())[:LONGEST]


@lru_cache(maxsize=4096)
def scopes_of(list_name: str = "", kind: str = "") -> tuple[str, ...]:
    """Return the scopes that concern a mail by this list, of this kind; a preview is asked as the release it shows."""
    scopes = [EVERYWHERE]
    if list_name:  # people leave out the ending of a file, whatever it is
        scopes += dict.fromkeys((list_scope(list_name), list_scope(list_name.rpartition(".")[0] or list_name)))
    if kind:
        scopes.append(_KIND + (MailingKind.RELEASE.value if kind == MailingKind.PREVIEW.value else kind))
    return tuple(scopes)


def parse_subject(keys: Keys, text: str) -> Subject:
    """Read what a suppression is about: an address, `*@outlet.example`, or `outlet:The Daily`.

    In the name of an outlet case and signs say nothing. Raises InputProblem if it is none of them, or a whole
    country (`*@uk`).
    """
    said = text.strip()
    if found := _DOMAIN_TEXT.fullmatch(said):
        domain = found["domain"]
        try:
            address = parse_address(f"x@{domain}")
        except InvalidAddress as problem:
            why = str(problem).replace(f'"x@{domain}" is not an e-mail address', f'"*@{domain}" is not a whole domain')
            raise InputProblem(why, hint="Write it as *@outlet.example") from None
        return Subject(DOMAIN, _plain_digest(DOMAIN, address.ascii_domain), f"*@{address.domain}")
    if found := _OUTLET_TEXT.fullmatch(said):
        name = " ".join(found["name"].split())
        if not _compact(name):
            raise InputProblem(f'"{name}" is not the name of an outlet')
        return Subject(OUTLET, _plain_digest(OUTLET, _compact(name)), f"outlet:{name}")
    address = parse_address(said)
    return Subject(PERSON, address_digest(keys, address.key), str(address))


@lru_cache(maxsize=16384)
def wider_digests(ascii_domain: str, outlet: str) -> tuple[bytes, ...]:
    """Return the digests of what a person belongs to: their domain, those above it, and their outlet."""
    labels = ascii_domain.split(".") if ascii_domain else []
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    found = [_plain_digest(DOMAIN, domain) for domain in domains]
    if compact := _compact(outlet):
        found.append(_plain_digest(OUTLET, compact))
    return tuple(found)


def asked_about(keys: Keys, address: Address, *, outlet: str = "", scopes: Sequence[str] = (EVERYWHERE,)) -> Asked:
    """Return the question about one person; `scopes_of` gives those of a list and a kind of mailing."""
    digest = address_digest(keys, address.key)
    return Asked(digest, wider_digests(address.ascii_domain, outlet), tuple(scopes))


def person_digest(keys: Keys, name: str, outlet: str) -> bytes | None:
    """The keyed name of a person whatever their address: by name and outlet, None if one of them is missing."""
    if not _compact(name) or not _compact(outlet):
        return None
    return address_digest(keys, f"person\0{_compact(name)}\0{_compact(outlet)}")


def _plain_digest(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind}\0{text}".encode()).digest()


def _compact(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


# A person's own word is only lifted with a reason and evidence.
PERSONS_WORD = frozenset({OPTED_OUT, COMPLAINED})

# Why a suppression is lifted that came from a finding tied to the wrong person: it says nothing of their address.
SETTLED_ANEW = "settled_anew"

ACTIVE = suppression.c.lifted_at.is_(None)
_AT_ONCE = 5_000
_PAGE = 2_000
_MARK = "scoped_suppressions"
NO_MARK = "0"  # nothing reaches less far than everywhere
_FOUND = select(
    *(suppression.c[name] for name in ("address_digest", "scope", "reason", "subject")),
    suppression.c.address.is_(None).label("is_nameless"),
).where(suppression.c.address_digest.in_(bindparam("digests", expanding=True)), ACTIVE)

_STANDING = select(*(suppression.c[name] for name in ("id", "address_digest", "scope", "reason", "import_id")))
_STANDING_OF = _STANDING.where(suppression.c.address_digest.in_(bindparam("digests", expanding=True)), ACTIVE)
_STANDING_BETWEEN = _STANDING.where(
    suppression.c.address_digest.between(bindparam("first"), bindparam("last")), ACTIVE
).limit(bindparam("most"))
REPLACED = "a stronger reason takes its place"
STANDING_AGAIN = {"lifted_at": None, "lifted_by": None, "lifted_reason": None}

# What is claimed keeps it, and `attempted` compares it.
SCOPES_MARK = func.coalesce(
    select(ledger_info.c.value).where(ledger_info.c.name == _MARK).scalar_subquery(), literal(NO_MARK)
)


class NewSuppression(NamedTuple):  # a dataclass takes five times as long to make, and a million come at once
    """A suppression to be added: who, why (a word of this file), by which door, with which delivery as evidence.

    `person_digest` is the person's name whatever their address (`person_digest`). `unconfirmed`: someone of a
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One suppression as the ledger has it; `address` is empty once the person is forgotten."""

    id: int
    address_digest: bytes
    address: str
    reason: str
    source: str
    note: str
    delivery_id: int | None
    scope: str
    subject: str
    person_digest: bytes | None
    unconfirmed: bool
    created_at: datetime
    actor: str
    import_id: int | None
    lifted_at: datetime | None
    lifted_by: str
    lifted_reason: str
    lifted_evidence: str


@dataclass(frozen=True, slots=True)
class ActiveSuppression:
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


def active_suppressions(connection: Connection, asked: Iterable[Asked]) -> dict[bytes, ActiveSuppression]:
    """Return, by their digest, those of these people who are suppressed now for what was asked, and why.

    Each person is asked about once. Of several suppressions the one that reaches everywhere is reported.
    """
    people = list(asked)
    digests = {each.address_digest for each in people}.union(*(each.wider for each in people))
    found: dict[bytes, list[ActiveSuppression]] = {}
    for part in in_parts(digests, _AT_ONCE):
        for row in connection.execute(_FOUND, {"digests": part}):
            found.setdefault(row.address_digest, []).append(value_of(ActiveSuppression, row))
    if not found:
        return {}
    held: dict[bytes, ActiveSuppression] = {}
    for each in people:
        for digest in (each.address_digest, *each.wider):
            fitting = [one for one in found.get(digest, ()) if one.scope in each.scopes]
            if fitting:
                held[each.address_digest] = min(fitting, key=lambda one: one.scope != EVERYWHERE)
                break
    return held


def add_suppression(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress someone, with an event. False if they already are in that scope: the first reason stands."""
    values = {**new._asdict(), "created_at": new.created_at or stamp.at, "actor": stamp.actor}
    literals = [literal(value, suppression.c[name].type) for name, value in values.items()]
    absent = ~exists().where(*_of(new.address_digest, new.scope))
    added = insert(suppression).from_select(list(values), select(*literals).where(absent)).returning(suppression.c.id)
    try:
        with connection.begin_nested():  # a refusal by the database must not take the transaction with it
            new_id = connection.execute(added).scalar()
    except IntegrityError:
        if find_suppression(connection, new.address_digest, scope=new.scope) is None:
            raise
        return False  # someone at work beside us was faster
    if new_id is None:
        return False
    if new.is_scoped:
        _renew_mark(connection, new_id)
    kind = EventKind.SUPPRESSED
    add_event(connection, kind, stamp, mailing_id=mailing_id, delivery_id=new.delivery_id, reason=new.reason)
    return True


def _renew_mark(connection: Connection, newest_id: int) -> None:
    """Notify all who hold claims that there is a new suppression of the sort that they have to ask about.

    The row is locked until the transaction ends, and no id comes twice: no two states have the same mark.
    """
    put(connection, ledger_info, {"name": _MARK}, {}, value=str(newest_id))


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
    """Lift the suppression of one scope, keeping the row; return it, or None if there is none.

    `word` is in the event, for programs.
    """
    values = {"lifted_evidence": evidence or None}
    lifted = lift_found(connection, _of(address_digest, scope), reason=reason, stamp=stamp, word=word, **values)
    return lifted[0] if lifted else None


def lift_found(
    connection: Connection,
    where: Sequence[ColumnElement[bool]],
    *,
    reason: str,
    stamp: Stamp,
    word: str = "",
    **more: object,
) -> list[Suppression]:
    """Lift all suppressions that stand and fit, keeping the rows, each with its event; `more` are values of theirs."""
    lifted = _lifted(stamp, reason) | {"unconfirmed": False} | more
    rows = connection.execute(update(suppression).where(*where, ACTIVE).values(lifted).returning(suppression)).all()
    said = {"kind": EventKind.LIFTED, "at": stamp.at, "actor": stamp.actor, "reason": word}
    if rows:
        connection.execute(insert(event), [{**said, "delivery_id": row.delivery_id} for row in rows])
    return [value_of(Suppression, row) for row in rows]


def _lifted(stamp: Stamp, reason: str) -> dict[str, object]:
    return {"lifted_at": stamp.at, "lifted_by": stamp.actor, "lifted_reason": reason}


def keep_for_good(connection: Connection, address_digest: bytes, scope: str) -> None:
    """Record that not only a file says so: undoing its import no longer lifts this."""
    where = (*_of(address_digest, scope), suppression.c.import_id.is_not(None))
    connection.execute(update(suppression).where(*where).values(import_id=None))


def confirm_suppression(connection: Connection, address_digest: bytes, scope: str) -> bool:
    """Record that the staff have confirmed what someone of a desk said; False if nothing waited for that."""
    where = (*_of(address_digest, scope), suppression.c.unconfirmed.is_(True))
    return bool(connection.execute(update(suppression).where(*where).values(unconfirmed=False)).rowcount)


def find_suppression(connection: Connection, address_digest: bytes, *, scope: str = EVERYWHERE) -> Suppression | None:
    """Return the suppression of one scope that stands."""
    return read_one(connection, Suppression, select(suppression).where(*_of(address_digest, scope)))


def find_suppressions(connection: Connection, digests: Sequence[bytes], *, lifted: bool = False) -> list[Suppression]:
    """Return all suppressions of these subjects, of every scope, in the order in which they came."""
    rows = select(suppression).where(suppression.c.address_digest.in_(digests)).order_by(suppression.c.id)
    return read_all(connection, Suppression, rows if lifted else rows.where(ACTIVE))


def find_persons(
    connection: Connection, names: Sequence[bytes], addresses: Sequence[bytes]
) -> tuple[dict[bytes, Suppression], dict[bytes, Suppression]]:
    """Return who is not to be contacted, of these people by name (`person_digest`) and of those by address."""
    rows = select(suppression).where(suppression.c.reason == DO_NOT_CONTACT, ACTIVE)
    by_name = rows.where(suppression.c.person_digest.in_(names))
    by_address = rows.where(suppression.c.address_digest.in_(addresses))
    return (
        {row.person_digest: value_of(Suppression, row) for row in connection.execute(by_name)} if names else {},
        {row.address_digest: value_of(Suppression, row) for row in connection.execute(by_address)} if addresses else {},
    )


def _of(address_digest: bytes, scope: str) -> tuple[ColumnElement[bool], ...]:
    return (suppression.c.address_digest == address_digest, suppression.c.scope == scope, ACTIVE)


# Blocklist: many at once, from a file of another tool, and read out again without holding them all.


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is taken in: its name, its SHA-256, what it was read as, and the scope that it is given."""

    name: str
    digest: bytes
    format: str
    scope: str


@dataclass(frozen=True, slots=True)
class Import(Source):
    """One file that was taken in; `added` counts the suppressions that were new."""

    id: int
    at: datetime
    actor: str
    added: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which suppressions are asked for; what is empty does not matter. `find` is a part of the address.

    `before` is the id of the last one that was seen: those that are older are read then. It does not count.
    """

    reason: str = ""
    scope: str = ""
    since: datetime | None = None
    find: str = ""
    lifted: bool = False
    unconfirmed: bool = False
    before: int | None = None


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
    stamp: Stamp | None,
    import_id: int | None = None,
) -> Added:
    """Suppress many, up to some thousands, in few statements; return those that were new.

    Who is suppressed in the same scope already stays as they are, unless the new reason has the higher `rank`.
    Without a `stamp` nothing is done, and what would be is returned.
    """
    best: dict[tuple[bytes, str], NewSuppression] = {}
    for each in entries:
        other = best.get((each.address_digest, each.scope))
        if other is None or rank[each.reason] > rank[other.reason]:
            best[each.address_digest, each.scope] = each
    standing = _standing(connection, sorted(best)) if best else {}
    new: list[NewSuppression] = []
    weaker: list[int] = []
    said_again: list[int] = []
    for place, each in best.items():
        row = standing.get(place)
        if row is None:
            new.append(each)
        elif rank[each.reason] > rank[row.reason]:
            weaker.append(row.id)
            new.append(each)
        elif row.import_id is not None and row.import_id != import_id:
            said_again.append(row.id)
    if stamp is not None:
        if weaker:
            replaced = update(suppression).where(suppression.c.id.in_(weaker))
            connection.execute(replaced.values(_lifted(stamp, _replaced_by(import_id))))
        if said_again:
            connection.execute(update(suppression).where(suppression.c.id.in_(said_again)).values(import_id=None))
        if new:
            new = _insert_many(connection, new, import_id, stamp)
    return Added(tuple(new), len(weaker))


def _standing(connection: Connection, places: list[tuple[bytes, str]]) -> dict[tuple[bytes, str], AnyRow]:
    """Return what stands at these places, which are in order: neighbours are asked for all at once."""
    between = {"first": places[0][0], "last": places[-1][0], "most": len(places) + 1}
    rows = connection.execute(_STANDING_BETWEEN, between).all()
    if len(rows) > len(places):  # they are scattered among others
        parts = in_parts({digest for digest, _ in places}, _AT_ONCE)
        rows = [row for part in parts for row in connection.execute(_STANDING_OF, {"digests": part})]
    return {(row.address_digest, row.scope): row for row in rows}


def _insert_many(
    connection: Connection, new: list[NewSuppression], import_id: int | None, stamp: Stamp
) -> list[NewSuppression]:
    """Insert them with their import. Return those that another process had not added meanwhile."""
    in_order = sorted(new, key=itemgetter(0))  # neighbours in the index are written together
    columns: dict[str, Sequence[object]] = dict(zip(NewSuppression._fields, zip(*in_order, strict=True), strict=True))
    for name in _MOSTLY_EMPTY:  # a column that is empty in all rows costs as much as one that is not
        if not any(columns[name]):
            del columns[name]
    # of bytes sqlite3 looks each time whether someone adapts them
    columns["address_digest"] = [bytearray(each.address_digest) for each in in_order]
    columns["created_at"] = [each.created_at or stamp.at for each in in_order]
    columns |= {"actor": [stamp.actor] * len(new), "import_id": [import_id] * len(new)}
    try:
        with connection.begin_nested():
            insert_columns(connection, suppression, columns)
            if any(each.is_scoped for each in new):
                _renew_mark(connection, connection.execute(select(func.max(suppression.c.id))).scalar_one())
    except IntegrityError:  # someone at work beside us was faster with one of them
        return [each for each in new if add_suppression(connection, each, mailing_id=None, stamp=stamp)]
    return new


_MOSTLY_EMPTY: Final = ("delivery_id", "person_digest", "unconfirmed", "note")


def _replaced_by(import_id: int | None) -> str:
    return REPLACED if import_id is None else f"replaced by import {import_id}"


def begin_import(connection: Connection, source: Source, *, stamp: Stamp) -> int:
    """Open an import; return its id. The same file again, not undone meanwhile, is the same import."""
    known = select(suppression_import.c.id).where(
        suppression_import.c.digest == source.digest,
        suppression_import.c.scope == source.scope,
        suppression_import.c.undone_at.is_(None),
    )
    if (found := connection.scalar(known)) is not None:
        return int(found)
    values = {**values_of(source), "at": stamp.at, "actor": stamp.actor, "added": 0}
    made = insert(suppression_import).values(values).returning(suppression_import.c.id)
    return int(connection.execute(made).scalar_one())


def end_import(connection: Connection, import_id: int, *, added: int, stamp: Stamp) -> None:
    """Close an import: how many were new, and the one event that tells of them."""
    change(connection, suppression_import, import_id, added=suppression_import.c.added + added)
    if added:
        add_event(connection, EventKind.SUPPRESSED, stamp, reason=f"import {import_id}: {added}")


def read_imports(connection: Connection) -> list[Import]:
    """Return all imports, the newest first."""
    return read_all(connection, Import, select(suppression_import).order_by(suppression_import.c.id.desc()))


def count_import(connection: Connection, import_id: int) -> int:
    """Return how many suppressions stand that nothing but this import says."""
    return count_rows(connection, suppression.c.import_id == import_id, ACTIVE)


def undo_import(connection: Connection, import_id: int, *, stamp: Stamp) -> int:
    """Lift what only this import says, and let stand again what it took the place of. Return how many were lifted."""
    theirs = update(suppression).where(suppression.c.import_id == import_id, ACTIVE)
    lifted = connection.execute(theirs.values(_lifted(stamp, f"import {import_id} was undone"))).rowcount
    other = suppression.alias("other")
    stands = exists().where(
        other.c.address_digest == suppression.c.address_digest,
        other.c.scope == suppression.c.scope,
        other.c.lifted_at.is_(None),
    )
    change(connection, suppression_import, import_id, undone_at=stamp.at)
    undone = select(suppression_import.c.id).where(suppression_import.c.undone_at.is_not(None))
    still_said = or_(suppression.c.import_id.is_(None), suppression.c.import_id.not_in(undone))
    replaced = (suppression.c.lifted_reason == _replaced_by(import_id), ~stands, still_said)
    connection.execute(update(suppression).where(*replaced).values(STANDING_AGAIN))
    add_event(connection, EventKind.LIFTED, stamp, reason=f"import {import_id} undone: {lifted}")
    return lifted


def stream_suppressions(connection: Connection, wanted: Wanted, *, limit: int | None = None) -> Iterator[Suppression]:
    """Yield what is asked for, the newest first, a page at a time: a million need no memory."""
    where = _fitting(wanted) + ([] if wanted.before is None else [suppression.c.id < wanted.before])
    rows = select(suppression).where(*where).order_by(suppression.c.id.desc()).limit(limit)
    for row in connection.execute(rows.execution_options(yield_per=_PAGE)):
        yield value_of(Suppression, row)


def count_suppressions(connection: Connection, wanted: Wanted) -> int:
    """Count what is asked for."""
    return count_rows(connection, *_fitting(wanted))


def count_nameless(connection: Connection, wanted: Wanted) -> int:
    """Count those whose address is not kept: they were forgotten, and stay suppressed."""
    return count_rows(connection, *_fitting(wanted), suppression.c.address.is_(None))


def _fitting(wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [] if wanted.lifted else [ACTIVE]
    where += [suppression.c.reason == wanted.reason] if wanted.reason else []
    where += [suppression.c.scope == wanted.scope] if wanted.scope else []
    where += [suppression.c.created_at >= wanted.since] if wanted.since else []
    where += [suppression.c.address.icontains(wanted.find, autoescape=True)] if wanted.find else []
    where += [suppression.c.unconfirmed.is_(True)] if wanted.unconfirmed else []
    return where


# Refused: recipients whose address a relay called dead, and which of them become suppressions.
#
# A relay that is set up wrongly says "no such user" about everybody, and one evening of that must not empty a media
# list. So a dead refusal is only remembered at first (`dead_refusal`): it is no suppression, and nobody is skipped for
# it. Three rules hold:
#
# 1. It is confirmed, and suppresses, once at least half of its mailing was accepted: then the relay knows one address
#    from another. That is looked at when a run begins and ends, for all mailings, so that a killed run loses nothing.
# 2. What the breaker halted a mailing for is dropped, and so is what a process brings that had begun before that halt:
#    its messages were on the wire to the same relay.
# 3. Nothing here decides when a mailing is halted (`runs.sending.relays` does); `read_dead_tally` has the figures,
#    from the ledger, so that they hold over several processes and over a restart.

_CONFIRMED_AT_ONCE = 200  # confirmed in one transaction: no lock is held for long
_LOOKED_BACK = 50  # outcomes


@dataclass(frozen=True, slots=True)
class DeadTally:
    """What is known of the dead addresses of a mailing, as far as `breaker` needs it.

    `sendable` (who was not skipped) and `settled` are counted up to a bound that the caller names; `in_a_row` has the
    domains of the newest outcomes as long as all of them are dead, `said` the relay's newest words to such.
    """

    sendable: int
    settled: int
    dead: int
    in_a_row: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def add_dead_refusals(connection: Connection, mailing_id: int, ids: Sequence[int], *, owner: str) -> None:
    """Remember deliveries that a relay refused as dead addresses, unless `owner` began before the mailing halted.

    What is remembered already, or was settled otherwise meanwhile, stays as it is.
    """
    halted_since = exists().where(
        *events_beside(mailing_id, EventKind.HALTED),
        event.c.reason == HALTED_AS_DEAD,
        event.c.at >= select(process.c.started_at).where(process.c.id == owner).scalar_subquery(),
    )
    known = exists().where(dead_refusal.c.delivery_id == delivery.c.id)
    is_refused = delivery.c.state == DeliveryState.REJECTED
    rows = select(delivery.c.id, delivery.c.mailing_id).where(delivery.c.id.in_(ids), is_refused, ~known, ~halted_since)
    connection.execute(insert(dead_refusal).from_select(["delivery_id", "mailing_id"], rows))


def read_dead_tally(connection: Connection, mailing_id: int, *, most_sendable: int, settled_each: int) -> DeadTally:
    """Count a mailing; who is settled, up to `settled_each` times the dead."""
    dead = count_rows(connection, dead_refusal.c.mailing_id == mailing_id)
    theirs = delivery.c.mailing_id == mailing_id
    settled = delivery.c.state.in_((DeliveryState.ACCEPTED, DeliveryState.REJECTED))
    newest = (
        select(event.c.delivery_id, delivery.c.domain, dead_refusal.c.mailing_id.is_not(None), event_text.c.text)
        .select_from(event)
        .join(delivery, delivery.c.id == event.c.delivery_id)
        .outerjoin(dead_refusal, dead_refusal.c.delivery_id == event.c.delivery_id)
        .outerjoin(event_text, event_text.c.event_id == event.c.id)
        .where(event.c.mailing_id == mailing_id, event.c.kind.in_((EventKind.ACCEPTED, EventKind.REJECTED)))
        .order_by(event.c.id.desc())
        .limit(_LOOKED_BACK)
    )
    people: dict[int, tuple[str, bool, str]] = {}  # each once: a delivery that staff sent again was settled twice
    for delivery_id, domain, is_dead, text in connection.execute(newest):
        people.setdefault(delivery_id, (domain, bool(is_dead), text or ""))
    return DeadTally(
        sendable=count_rows(connection, theirs, delivery.c.state != DeliveryState.SKIPPED, most=most_sendable),
        settled=count_rows(connection, theirs, settled, most=settled_each * max(dead, 1)),
        dead=dead,
        in_a_row=tuple(domain for domain, *_ in takewhile(lambda each: each[1], people.values())),
        said=tuple(text for _, is_dead, text in reversed(people.values()) if is_dead),
    )


def confirm_dead_refusals(ledger: Ledger, *, stamp: Stamp) -> None:
    """Suppress those the relays refused, of mailings of which at least half of those not skipped is accepted by now.

    Raises LedgerProblem if the ledger cannot be written.
    """
    waiting = select(dead_refusal.c.mailing_id).where(dead_refusal.c.confirmed_at.is_(None)).distinct()
    with ledger.reading() as connection:
        ready: list[int] = []
        for each in connection.scalars(waiting):
            theirs = delivery.c.mailing_id == each
            accepted = count_rows(connection, theirs, delivery.c.state == DeliveryState.ACCEPTED)
            if 2 * accepted >= count_rows(connection, theirs, delivery.c.state != DeliveryState.SKIPPED):
                ready.append(each)
    for mailing_id in ready:
        while True:
            with ledger.writing() as connection:
                if not _confirm_some(connection, mailing_id, stamp):
                    break


def _confirm_some(connection: Connection, mailing_id: int, stamp: Stamp) -> bool:
    """Confirm a batch; False if nothing was left to confirm."""
    rows = connection.execute(
        select(delivery.c.id, delivery.c.address_digest, delivery.c.address)
        .join(dead_refusal, dead_refusal.c.delivery_id == delivery.c.id)
        .where(dead_refusal.c.mailing_id == mailing_id, dead_refusal.c.confirmed_at.is_(None))
        .order_by(delivery.c.address_digest)  # the same order everywhere: no two processes wait for each other
        .limit(_CONFIRMED_AT_ONCE)
    ).all()
    for row in rows:
        if row.address is not None:  # who was forgotten is blocked already
            new = NewSuppression(row.address_digest, row.address, DEAD_ADDRESS, "smtp", delivery_id=row.id)
            add_suppression(connection, new, mailing_id=mailing_id, stamp=stamp)
    confirmed = update(dead_refusal).where(dead_refusal.c.delivery_id.in_([row.id for row in rows]))
    connection.execute(confirmed.values(confirmed_at=stamp.at))
    return bool(rows)


def drop_dead_refusals(connection: Connection, mailing_id: int) -> int:
    """Forget the refusals of a mailing that are not confirmed: nobody will be suppressed for them. Return how many."""
    unconfirmed = (dead_refusal.c.mailing_id == mailing_id, dead_refusal.c.confirmed_at.is_(None))
    return connection.execute(delete(dead_refusal).where(*unconfirmed)).rowcount


def count_dead_refusals(connection: Connection, mailing_id: int) -> tuple[int, int]:
    """Return how many of those a mailing's relay called dead are suppressed now, and how many wait to be confirmed."""
    theirs = dead_refusal.c.mailing_id == mailing_id
    person = (delivery.c.id == dead_refusal.c.delivery_id, is_suppressed(delivery.c.address_digest))
    confirmed = count_rows(connection, theirs, dead_refusal.c.confirmed_at.is_not(None), *person)
    return confirmed, count_rows(connection, theirs, dead_refusal.c.confirmed_at.is_(None))


def lift_dead_addresses(connection: Connection, mailing_id: int, *, reason: str, stamp: Stamp) -> list[Suppression]:
    """Lift each suppression of a dead address that a delivery of this mailing brought, and drop what waits.

    What the people themselves said, or staff did, stays.
    """
    drop_dead_refusals(connection, mailing_id)
    theirs = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id)
    where = (suppression.c.reason == DEAD_ADDRESS, suppression.c.delivery_id.in_(theirs))
    return lift_found(connection, where, reason=reason, stamp=stamp)
