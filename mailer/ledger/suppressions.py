"""Suppressions: who is no longer mailed, in which scope, and why.

Owns the rows of `suppression` and `suppression_import`, the names of scopes, and the query for suppressed people. Rows
are keyed by the HMAC of the address: a new spreadsheet with the same person finds the same row. Lifting a suppression
keeps its row, with who lifted it, why, and the evidence.

For each subject and scope only the first suppression is in force: a bounce after an opt-out does not make it liftable.
Suppressions in several scopes are independent, and lifting one leaves the others.

Any scope narrower than "this person, everywhere" is matched when planning and claiming. Between a claim and its
`attempted`, where each message costs time, only a mark is compared: each new suppression of that kind changes it, and a
delivery that was claimed under an older mark is refused once and claimed again.

Files of other tools are added in thousands, with one event for each file, since a million equal lines are of no use. A
suppression that comes only from a file belongs to its import and is undone with it; one that also has another source
stays.
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
# an outlet that wants no mail to anyone means all of it), or an outlet by its name in the lists. Its scope is
# everywhere, one list, or one kind of mailing. An opt-out from a list concerns the mail sent by that list.
#
# People are identified by a keyed digest (`tokens.address_digest`): addresses can be guessed, and must be erasable.
# Domains and outlets are not persons: their digest is a plain one, which the ledger can compute without the key.
# Gaps: a list whose file is renamed begins anew; an outlet is known by its name alone.

EVERYWHERE: Final = "everywhere"
PERSON, DOMAIN, OUTLET = "person", "domain", "outlet"
KINDS: Final = ("release", "follow-up", "correction")
LONGEST: Final = 200

_LIST, _KIND = "list:", "kind:"
_DOMAIN_TEXT = re.compile(r"\*?@(?P<domain>[^@\s]+)")
_OUTLET_TEXT = re.compile(r"outlet:\s*(?P<name>\S.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a suppression is about: `kind` is person, domain or outlet, `text` is its written form."""

    kind: str
    digest: bytes
    text: str


@dataclass(frozen=True, slots=True)
class SuppressionQuery:
    """The query about one person: their digest, those of their domains and outlet, the scopes that concern them."""

    address_digest: bytes
    wider: tuple[bytes, ...] = ()
    scopes: tuple[str, ...] = (EVERYWHERE,)


def parse_scope(text: str) -> str:
    """Read a scope: `everywhere`, `list:NAME` or `kind:KIND`; return it as the ledger stores it.

    Raises InputProblem if it is not one of them.
    """
    value = text.strip()
    head, _, name = value.partition(":")
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
            raise InputProblem(f'"{value}" is not a scope; there are: everywhere, list:NAME and kind:KIND')


def list_scope(name: str) -> str:
    """Return the scope of a list, whether it is called by its name, its file or its path."""
    file = re.split(r"[/\\]", name.strip())[-1]
    stem = re.sub(r"\.(csv|tsv|txt|xlsx|xls|ods|vcf)$", "", file, flags=re.IGNORECASE)
    return (_LIST + unicodedata.normalize("NFC", stem).lower())[:LONGEST]


@lru_cache(maxsize=4096)
def scopes_of(list_name: str = "", kind: str = "") -> tuple[str, ...]:
    """Return the scopes that concern a mail of this list and kind; a preview counts as the release that it shows."""
    scopes = [EVERYWHERE]
    if list_name:  # people leave out the ending of a file, whatever it is
        scopes += dict.fromkeys((list_scope(list_name), list_scope(list_name.rpartition(".")[0] or list_name)))
    if kind:
        scopes.append(_KIND + (MailingKind.RELEASE.value if kind == MailingKind.PREVIEW.value else kind))
    return tuple(scopes)


def parse_subject(keys: Keys, text: str) -> Subject:
    """Read what a suppression is about: an address, `*@outlet.example`, or `outlet:The Daily`.

    In the name of an outlet, case and punctuation do not matter. Raises InputProblem if it is none of them, or a whole
    country (`*@uk`).
    """
    value = text.strip()
    if found := _DOMAIN_TEXT.fullmatch(value):
        domain = found["domain"]
        try:
            address = parse_address(f"x@{domain}")
        except InvalidAddress as problem:
            why = str(problem).replace(f'"x@{domain}" is not an e-mail address', f'"*@{domain}" is not a whole domain')
            raise InputProblem(why, hint="Write it as *@outlet.example") from None
        return Subject(DOMAIN, _plain_digest(DOMAIN, address.ascii_domain), f"*@{address.domain}")
    if found := _OUTLET_TEXT.fullmatch(value):
        name = " ".join(found["name"].split())
        if not _compact(name):
            raise InputProblem(f'"{name}" is not the name of an outlet')
        return Subject(OUTLET, _plain_digest(OUTLET, _compact(name)), f"outlet:{name}")
    address = parse_address(value)
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


def query_for(
    keys: Keys, address: Address, *, outlet: str = "", scopes: Sequence[str] = (EVERYWHERE,)
) -> SuppressionQuery:
    """Return the query about one person; `scopes_of` returns the scopes of a list and a kind of mailing."""
    digest = address_digest(keys, address.key)
    return SuppressionQuery(digest, wider_digests(address.ascii_domain, outlet), tuple(scopes))


def person_digest(keys: Keys, name: str, outlet: str) -> bytes | None:
    """Return the keyed digest of a person by name and outlet, whatever their address; None if one is missing."""
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

# The reason for lifting a suppression whose finding was matched to the wrong person: it is no evidence about them.
SETTLED_ANEW = "settled_anew"

ACTIVE = suppression.c.lifted_at.is_(None)
_AT_ONCE = 5_000
_PAGE = 2_000
_MARK = "scoped_suppressions"
NO_MARK = "0"  # there is no suppression narrower than everywhere
_FOUND = select(
    *(suppression.c[name] for name in ("address_digest", "scope", "reason", "subject")),
    suppression.c.address.is_(None).label("is_nameless"),
).where(suppression.c.address_digest.in_(bindparam("digests", expanding=True)), ACTIVE)

_ACTIVE_ROWS = select(*(suppression.c[name] for name in ("id", "address_digest", "scope", "reason", "import_id")))
_ACTIVE_OF = _ACTIVE_ROWS.where(suppression.c.address_digest.in_(bindparam("digests", expanding=True)), ACTIVE)
_ACTIVE_BETWEEN = _ACTIVE_ROWS.where(
    suppression.c.address_digest.between(bindparam("first"), bindparam("last")), ACTIVE
).limit(bindparam("most"))
REPLACED = "a stronger reason takes its place"
REINSTATED = {"lifted_at": None, "lifted_by": None, "lifted_reason": None}

# A claimed delivery stores the mark, and `attempted` compares it.
SCOPES_MARK = func.coalesce(
    select(ledger_info.c.value).where(ledger_info.c.name == _MARK).scalar_subquery(), literal(NO_MARK)
)


class NewSuppression(NamedTuple):  # a dataclass takes five times as long to make, and a million come at once
    """A suppression to be added: who, the reason, the source, and the delivery that is its evidence.

    `person_digest` identifies the person whatever their address (see the function of that name). `unconfirmed`: one of
    several readers of a role address asked for it. `created_at` is when it was asked for, where that is not now.
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
        """Return whether it is anything but one person everywhere: a narrower scope, or a domain or an outlet."""
        return self.scope != EVERYWHERE or self.subject != PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One suppression as the ledger has it; `address` is empty once the person is erased."""

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
    """Why one person is not mailed: the reason and the scope. `is_nameless`: their address was erased."""

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


def active_suppressions(connection: Connection, queries: Iterable[SuppressionQuery]) -> dict[bytes, ActiveSuppression]:
    """Return, by digest, those who are suppressed now in the scopes of their query, and why.

    Each person has one query. Of several suppressions the one that reaches everywhere is returned.
    """
    recipients = list(queries)
    digests = {each.address_digest for each in recipients}.union(*(each.wider for each in recipients))
    by_digest: dict[bytes, list[ActiveSuppression]] = {}
    for part in in_parts(digests, _AT_ONCE):
        for row in connection.execute(_FOUND, {"digests": part}):
            by_digest.setdefault(row.address_digest, []).append(value_of(ActiveSuppression, row))
    if not by_digest:
        return {}
    active: dict[bytes, ActiveSuppression] = {}
    for each in recipients:
        for digest in (each.address_digest, *each.wider):
            fitting = [one for one in by_digest.get(digest, ()) if one.scope in each.scopes]
            if fitting:
                active[each.address_digest] = min(fitting, key=lambda one: one.scope != EVERYWHERE)
                break
    return active


def add_suppression(connection: Connection, new: NewSuppression, *, mailing_id: int | None, stamp: Stamp) -> bool:
    """Suppress someone, with an event. False if they already are in that scope: the first reason remains."""
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
        return False  # another process was faster
    if new_id is None:
        return False
    if new.is_scoped:
        _renew_mark(connection, new_id)
    kind = EventKind.SUPPRESSED
    add_event(connection, kind, stamp, mailing_id=mailing_id, delivery_id=new.delivery_id, reason=new.reason)
    return True


def _renew_mark(connection: Connection, newest_id: int) -> None:
    """Change the mark, so that whoever holds claims checks again for suppressions of this kind.

    The row is locked until the transaction ends, and no id is used twice: no two states have the same mark.
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

    `word` is the reason in the event, for programs.
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
    """Lift all active suppressions that match, keeping the rows, each with its event; `more` are columns to set."""
    lifted = _lifted(stamp, reason) | {"unconfirmed": False} | more
    rows = connection.execute(update(suppression).where(*where, ACTIVE).values(lifted).returning(suppression)).all()
    common = {"kind": EventKind.LIFTED, "at": stamp.at, "actor": stamp.actor, "reason": word}
    if rows:
        connection.execute(insert(event), [{**common, "delivery_id": row.delivery_id} for row in rows])
    return [value_of(Suppression, row) for row in rows]


def _lifted(stamp: Stamp, reason: str) -> dict[str, object]:
    return {"lifted_at": stamp.at, "lifted_by": stamp.actor, "lifted_reason": reason}


def keep_for_good(connection: Connection, address_digest: bytes, scope: str) -> None:
    """Record that a suppression has another source than a file: undoing its import no longer lifts it."""
    where = (*_of(address_digest, scope), suppression.c.import_id.is_not(None))
    connection.execute(update(suppression).where(*where).values(import_id=None))


def confirm_suppression(connection: Connection, address_digest: bytes, scope: str) -> bool:
    """Record that staff have confirmed an opt-out of a role address; False if nothing was unconfirmed."""
    where = (*_of(address_digest, scope), suppression.c.unconfirmed.is_(True))
    return bool(connection.execute(update(suppression).where(*where).values(unconfirmed=False)).rowcount)


def find_suppression(connection: Connection, address_digest: bytes, *, scope: str = EVERYWHERE) -> Suppression | None:
    """Return the active suppression of one scope."""
    return read_one(connection, Suppression, select(suppression).where(*_of(address_digest, scope)))


def find_suppressions(connection: Connection, digests: Sequence[bytes], *, lifted: bool = False) -> list[Suppression]:
    """Return all suppressions of these subjects, of every scope, in the order in which they came."""
    rows = select(suppression).where(suppression.c.address_digest.in_(digests)).order_by(suppression.c.id)
    return read_all(connection, Suppression, rows if lifted else rows.where(ACTIVE))


def find_persons(
    connection: Connection, names: Sequence[bytes], addresses: Sequence[bytes]
) -> tuple[dict[bytes, Suppression], dict[bytes, Suppression]]:
    """Return the do-not-contact suppressions of these people by name (`person_digest`), and of those by address."""
    rows = select(suppression).where(suppression.c.reason == DO_NOT_CONTACT, ACTIVE)
    by_name = rows.where(suppression.c.person_digest.in_(names))
    by_address = rows.where(suppression.c.address_digest.in_(addresses))
    return (
        {row.person_digest: value_of(Suppression, row) for row in connection.execute(by_name)} if names else {},
        {row.address_digest: value_of(Suppression, row) for row in connection.execute(by_address)} if addresses else {},
    )


def _of(address_digest: bytes, scope: str) -> tuple[ColumnElement[bool], ...]:
    return (suppression.c.address_digest == address_digest, suppression.c.scope == scope, ACTIVE)


# Blocklist: many at once, from a file of another tool, and read again without holding them all.


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: its name, its SHA-256, the format that it was read as, and the scope of its entries."""

    name: str
    digest: bytes
    format: str
    scope: str


@dataclass(frozen=True, slots=True)
class Import(Source):
    """One imported file; `added` counts the suppressions that were new."""

    id: int
    at: datetime
    actor: str
    added: int
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which suppressions to read; an empty field does not filter. `find` is a part of the address.

    `before` is the id of the last one that was read: only older ones follow. It does not affect counts.
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
    """The result of a batch: the new ones, and how many of them replaced a weaker reason."""

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

    A suppression that is active in the same scope stays, unless the new reason has the higher `rank`. Without a `stamp`
    nothing is written, and the result is what would be.
    """
    best: dict[tuple[bytes, str], NewSuppression] = {}
    for each in entries:
        other = best.get((each.address_digest, each.scope))
        if other is None or rank[each.reason] > rank[other.reason]:
            best[each.address_digest, each.scope] = each
    active = _active_at(connection, sorted(best)) if best else {}
    new: list[NewSuppression] = []
    weaker: list[int] = []
    repeated: list[int] = []
    for key, each in best.items():
        row = active.get(key)
        if row is None:
            new.append(each)
        elif rank[each.reason] > rank[row.reason]:
            weaker.append(row.id)
            new.append(each)
        elif row.import_id is not None and row.import_id != import_id:
            repeated.append(row.id)
    if stamp is not None:
        if weaker:
            replaced = update(suppression).where(suppression.c.id.in_(weaker))
            connection.execute(replaced.values(_lifted(stamp, _replaced_by(import_id))))
        if repeated:
            connection.execute(update(suppression).where(suppression.c.id.in_(repeated)).values(import_id=None))
        if new:
            new = _insert_many(connection, new, import_id, stamp)
    return Added(tuple(new), len(weaker))


def _active_at(connection: Connection, keys: list[tuple[bytes, str]]) -> dict[tuple[bytes, str], AnyRow]:
    """Return the active rows of these keys, which are sorted: neighbours are read in one query."""
    between = {"first": keys[0][0], "last": keys[-1][0], "most": len(keys) + 1}
    rows = connection.execute(_ACTIVE_BETWEEN, between).all()
    if len(rows) > len(keys):  # they are spread among others
        parts = in_parts({digest for digest, _ in keys}, _AT_ONCE)
        rows = [row for part in parts for row in connection.execute(_ACTIVE_OF, {"digests": part})]
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
    # for bytes, sqlite3 looks up an adapter each time
    columns["address_digest"] = [bytearray(each.address_digest) for each in in_order]
    columns["created_at"] = [each.created_at or stamp.at for each in in_order]
    columns |= {"actor": [stamp.actor] * len(new), "import_id": [import_id] * len(new)}
    try:
        with connection.begin_nested():
            insert_columns(connection, suppression, columns)
            if any(each.is_scoped for each in new):
                _renew_mark(connection, connection.execute(select(func.max(suppression.c.id))).scalar_one())
    except IntegrityError:  # another process was faster with one of them
        return [each for each in new if add_suppression(connection, each, mailing_id=None, stamp=stamp)]
    return new


_MOSTLY_EMPTY: Final = ("delivery_id", "person_digest", "unconfirmed", "note")


def _replaced_by(import_id: int | None) -> str:
    return REPLACED if import_id is None else f"replaced by import {import_id}"


def begin_import(connection: Connection, source: Source, *, stamp: Stamp) -> int:
    """Open an import; return its id. The same file again, if not undone meanwhile, is the same import."""
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
    """Close an import: record how many were new, and the one event about them."""
    change(connection, suppression_import, import_id, added=suppression_import.c.added + added)
    if added:
        add_event(connection, EventKind.SUPPRESSED, stamp, reason=f"import {import_id}: {added}")


def read_imports(connection: Connection) -> list[Import]:
    """Return all imports, the newest first."""
    return read_all(connection, Import, select(suppression_import).order_by(suppression_import.c.id.desc()))


def count_import(connection: Connection, import_id: int) -> int:
    """Return how many active suppressions have no source but this import."""
    return count_rows(connection, suppression.c.import_id == import_id, ACTIVE)


def undo_import(connection: Connection, import_id: int, *, stamp: Stamp) -> int:
    """Lift what has no source but this import, and reinstate what it replaced. Return how many were lifted."""
    imported = update(suppression).where(suppression.c.import_id == import_id, ACTIVE)
    lifted = connection.execute(imported.values(_lifted(stamp, f"import {import_id} was undone"))).rowcount
    other = suppression.alias("other")
    is_active_again = exists().where(
        other.c.address_digest == suppression.c.address_digest,
        other.c.scope == suppression.c.scope,
        other.c.lifted_at.is_(None),
    )
    change(connection, suppression_import, import_id, undone_at=stamp.at)
    undone = select(suppression_import.c.id).where(suppression_import.c.undone_at.is_not(None))
    still_valid = or_(suppression.c.import_id.is_(None), suppression.c.import_id.not_in(undone))
    replaced = (suppression.c.lifted_reason == _replaced_by(import_id), ~is_active_again, still_valid)
    connection.execute(update(suppression).where(*replaced).values(REINSTATED))
    add_event(connection, EventKind.LIFTED, stamp, reason=f"import {import_id} undone: {lifted}")
    return lifted


def stream_suppressions(connection: Connection, wanted: Wanted, *, limit: int | None = None) -> Iterator[Suppression]:
    """Yield the suppressions wanted, the newest first, a page at a time: a million need no memory."""
    where = _fitting(wanted) + ([] if wanted.before is None else [suppression.c.id < wanted.before])
    rows = select(suppression).where(*where).order_by(suppression.c.id.desc()).limit(limit)
    for row in connection.execute(rows.execution_options(yield_per=_PAGE)):
        yield value_of(Suppression, row)


def count_suppressions(connection: Connection, wanted: Wanted) -> int:
    """Return how many suppressions `stream_suppressions` would yield without a limit."""
    return count_rows(connection, *_fitting(wanted))


def count_nameless(connection: Connection, wanted: Wanted) -> int:
    """Return how many of them have no address any more: they were erased, and stay suppressed."""
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
# A misconfigured relay answers "no such user" for every recipient, and one evening of that must not empty a media
# list. So a dead refusal is only recorded at first (`dead_refusal`): it is no suppression, and no recipient is skipped
# for it. Three rules hold:
#
# 1. It is confirmed, and suppresses, once at least half of its mailing was accepted: then the relay tells one address
#    from another. That is checked when a run begins and ends, for all mailings, so that a killed run loses nothing.
# 2. The refusals for which the breaker halted a mailing are dropped, and so are those that a process started before
#    that halt reports later: its messages were on the wire to the same relay.
# 3. Nothing here decides when a mailing is halted (`runs.sending.relays` does); `read_dead_tally` has the figures,
#    from the ledger, so that they hold over several processes and over a restart.

_CONFIRMED_AT_ONCE = 200  # confirmed in one transaction: no lock is held for long
_LOOKED_BACK = 50  # outcomes


@dataclass(frozen=True, slots=True)
class DeadTally:
    """What is known of the dead addresses of a mailing, as far as `breaker` needs it.

    `sendable` (all but the skipped) and `settled` are counted up to a bound that the caller sets; `in_a_row` has the
    domains of the newest outcomes as long as all of them are dead, `replies` the newest texts of such refusals.
    """

    sendable: int
    settled: int
    dead: int
    in_a_row: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()


def add_dead_refusals(connection: Connection, mailing_id: int, ids: Sequence[int], *, owner: str) -> None:
    """Record deliveries that a relay refused as dead addresses, unless `owner` began before the mailing halted.

    What is recorded already, or was settled otherwise meanwhile, stays as it is.
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
    """Count the dead addresses of a mailing; the settled ones up to `settled_each` times the dead."""
    dead = count_rows(connection, dead_refusal.c.mailing_id == mailing_id)
    of_mailing = delivery.c.mailing_id == mailing_id
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
    settlements: dict[int, tuple[str, bool, str]] = {}  # one each: a delivery that staff sent again was settled twice
    for delivery_id, domain, is_dead, text in connection.execute(newest):
        settlements.setdefault(delivery_id, (domain, bool(is_dead), text or ""))
    return DeadTally(
        sendable=count_rows(connection, of_mailing, delivery.c.state != DeliveryState.SKIPPED, most=most_sendable),
        settled=count_rows(connection, of_mailing, settled, most=settled_each * max(dead, 1)),
        dead=dead,
        in_a_row=tuple(domain for domain, *_ in takewhile(lambda each: each[1], settlements.values())),
        replies=tuple(text for _, is_dead, text in reversed(settlements.values()) if is_dead),
    )


def confirm_dead_refusals(ledger: Ledger, *, stamp: Stamp) -> None:
    """Suppress refused recipients of mailings in which at least half of those not skipped are accepted by now.

    Raises LedgerProblem if the ledger cannot be written.
    """
    waiting = select(dead_refusal.c.mailing_id).where(dead_refusal.c.confirmed_at.is_(None)).distinct()
    with ledger.reading() as connection:
        ready: list[int] = []
        for each in connection.scalars(waiting):
            of_mailing = delivery.c.mailing_id == each
            accepted = count_rows(connection, of_mailing, delivery.c.state == DeliveryState.ACCEPTED)
            if 2 * accepted >= count_rows(connection, of_mailing, delivery.c.state != DeliveryState.SKIPPED):
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
        if row.address is not None:  # an erased recipient is suppressed already
            new = NewSuppression(row.address_digest, row.address, DEAD_ADDRESS, "smtp", delivery_id=row.id)
            add_suppression(connection, new, mailing_id=mailing_id, stamp=stamp)
    confirmed = update(dead_refusal).where(dead_refusal.c.delivery_id.in_([row.id for row in rows]))
    connection.execute(confirmed.values(confirmed_at=stamp.at))
    return bool(rows)


def drop_dead_refusals(connection: Connection, mailing_id: int) -> int:
    """Drop the unconfirmed refusals of a mailing: nobody will be suppressed for them. Return how many."""
    unconfirmed = (dead_refusal.c.mailing_id == mailing_id, dead_refusal.c.confirmed_at.is_(None))
    return connection.execute(delete(dead_refusal).where(*unconfirmed)).rowcount


def count_dead_refusals(connection: Connection, mailing_id: int) -> tuple[int, int]:
    """Return how many of those a mailing's relay called dead are suppressed now, and how many wait to be confirmed."""
    of_mailing = dead_refusal.c.mailing_id == mailing_id
    person = (delivery.c.id == dead_refusal.c.delivery_id, is_suppressed(delivery.c.address_digest))
    confirmed = count_rows(connection, of_mailing, dead_refusal.c.confirmed_at.is_not(None), *person)
    return confirmed, count_rows(connection, of_mailing, dead_refusal.c.confirmed_at.is_(None))


def lift_dead_addresses(connection: Connection, mailing_id: int, *, reason: str, stamp: Stamp) -> list[Suppression]:
    """Lift each suppression of a dead address that came from a delivery of this mailing; drop the unconfirmed refusals.

    Opt-outs, complaints and what staff suppressed stay.
    """
    drop_dead_refusals(connection, mailing_id)
    of_mailing = select(delivery.c.id).where(delivery.c.mailing_id == mailing_id)
    where = (suppression.c.reason == DEAD_ADDRESS, suppression.c.delivery_id.in_(of_mailing))
    return lift_found(connection, where, reason=reason, stamp=stamp)
