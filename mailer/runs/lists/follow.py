"""Follow: suppressions that follow a row to another list, and a person to another address.

*Lists.* A contact whose row is moved, copied, merged or split must not get mail that they, their domain or their outlet
opted out of. Someone who was on the other list already gets that list's mail, and keeps getting it.

*People.* A do-not-contact suppression applies to a person's next address if staff confirm it. A contact who may be such
a person (the same further address, or the same name and outlet) is only proposed, and staff decide: they run `optouts
add NEW --follows OLD`. A person's suppression never applies to a desk (`news@`), which others read.

Writes no list. Raises `InputProblem`, and `LedgerProblem` where the keys are not the ledger's own.
Gaps: a name that is written differently is not recognised; a file that is renamed or copied by hand, without `lists
import`, is a new list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import chain

from mailer.address import Address, address_of, parse_address
from mailer.contacts.values import Contact
from mailer.errors import InputProblem
from mailer.events import DEAD_ADDRESS, DO_NOT_CONTACT
from mailer.frozen import dataclass, replace
from mailer.ledger import Connection, Ledger
from mailer.ledger.person import read_person
from mailer.ledger.returns import FOLLOW, REJECTED, read_proposals
from mailer.ledger.rows import in_parts
from mailer.ledger.suppressions import (
    PERSON,
    NewSuppression,
    Suppression,
    SuppressionQuery,
    active_suppressions,
    find_persons,
    find_suppressions,
    list_scope,
    parse_scope,
    person_digest,
    query_for,
)
from mailer.runs.lists import contacts_of, opened_lists
from mailer.runs.lists.changes import Plan, Rewrite, rewrite_lists
from mailer.runs.lists.looking import unreached
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import StatedReason, Suppressed, opt_out_by_hand, suppress
from mailer.tokens import address_digest
from mailer.workspace import Workspace

FOLLOWED = "follow"  # the source of a suppression that followed a person to their next address


def find_carried(office: Office, people: Iterable[Contact], *, source: str, target: str) -> Iterator[NewSuppression]:
    """Yield the suppressions of people on the list `source` that are to apply to the list `target`, too."""
    if office.ledger is None:
        return
    other, scope = list_scope(source), list_scope(target)
    with office.reading(office.ledger) as connection:
        for batch in in_parts(people):
            pairs = [(query_for(office.keys, c.address, outlet=c.fields["outlet"], scopes=[other]), c) for c in batch]
            addresses = {query.address_digest: contact.address for query, contact in pairs}
            for digest, held in active_suppressions(connection, (query for query, _ in pairs)).items():
                about = "" if held.subject == PERSON else f", as a whole {held.subject}"
                note = f"said about {other}{about}; brought along from there"
                yield NewSuppression(digest, str(addresses[digest]), held.reason, "staff", note, scope=scope)


def _record_carried(office: Office, ledger: Ledger, carried: Iterable[NewSuppression]) -> int:
    """Record carried suppressions, unless there is a stronger reason already; return how many are new."""
    fresh = 0
    for batch in in_parts(carried):
        with office.writing(ledger) as connection:
            fresh += sum(suppress(connection, each, mailing_id=None, stamp=office.stamp()) for each in batch)
    return fresh


def write_plan(
    workspace: Workspace,
    plan: Plan,
    writing: Callable[[], AbstractContextManager[tuple[Office, Ledger]]],
    *,
    now: datetime,
    by: str,
) -> bool:
    """Write a plan that staff have agreed to; return whether any list has changed.

    Carried suppressions are recorded first, so that nobody is mailed by mistake if the lists cannot be written. The
    ledger is opened (by `writing`) only for that.
    """
    if plan.carried:
        with writing() as (office, ledger):
            _record_carried(office, ledger, plan.carried)
    plan.written = rewrite_lists(workspace, plan.changes, what=plan.what, now=now, by=by) is not None
    # release the bytes, which may be many; the paths of the written files stay
    plan.rewrites = [Rewrite(each.path, None, b"") for each in plan.changes]
    return plan.written


# A person's next address.


@dataclass(frozen=True, slots=True)
class Followed:
    """Suppressions that now apply to a second address; `new` counts those that did not before."""

    old: str
    email: str
    new: int


@dataclass(frozen=True, slots=True)
class Move:
    """A contact who may be a person not to be contacted: the old address, the new one, and why."""

    old: str
    new: str
    why: str
    list_name: str
    line: int
    since: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Contacts who may be suppressed under an old address."""

    proposals: tuple[Move, ...]


def find_moves(office: Office, connection: Connection, contacts: Iterable[Contact]) -> Iterator[Move]:
    """Yield contacts who may be a person not to be contacted, at a new address."""
    keys = office.keys
    rows = (each for each in contacts if not each.address.is_role)
    rejected = {
        (each.address.casefold(), each.new_address.casefold())
        for each in read_proposals(connection, states=(REJECTED,))
        if each.kind == FOLLOW
    }
    for chunk in in_parts(rows):
        names = [person_digest(keys, each.name, each.fields.get("outlet", "")) for each in chunk]
        listed = (map(address_of, each.fields.get("other_emails", "").split(",")) for each in chunk)
        others = [[address_digest(keys, one.key) for one in addresses if one] for addresses in listed]
        known_names, known_addresses = {name for name in names if name}, {*chain.from_iterable(others)}
        by_name, by_address = find_persons(connection, list(known_names), list(known_addresses))
        if not by_name and not by_address:
            continue
        digests = [query_for(keys, each.address).address_digest for each in chunk]
        blocked = active_suppressions(connection, map(SuppressionQuery, digests))
        for each, own, name, further in zip(chunk, digests, names, others, strict=True):
            found = next((by_address[one] for one in further if one in by_address), None)
            why = "the list has both addresses for this person"
            if found is None:
                found, why = by_name.get(name or b""), "same name at the same outlet"
            if found is None or own in blocked:
                continue
            old, new, since = found.address or "(forgotten)", str(each.address), f"{found.created_at:%Y-%m-%d}"
            if (old.casefold(), new.casefold()) not in rejected:
                yield Move(old, new, why, each.list_name, each.line, since)


def read_moves(office: Office, lists: Sequence[str] = ()) -> Moves:
    """Search lists, by default all, for people who may have moved; skip lists that cannot be read."""
    if office.ledger is None:
        return Moves(())
    names = lists or map(str, office.workspace.lists())
    with opened_lists(office, names) as (opened, _), office.reading(office.ledger) as connection:
        found = (move for each in opened for move in find_moves(office, connection, contacts_of(each)))
        return Moves(tuple({(move.old, move.new): move for move in found}.values()))


def suppress_by_staff(office: Office, ledger: Ledger, text: str, stated: StatedReason) -> Suppressed:
    """Suppress an address, a domain or an outlet; DO_NOT_CONTACT also keeps a digest of the name and outlet."""
    person = _person_digest(office, text) if stated.reason == DO_NOT_CONTACT else None
    done = opt_out_by_hand(office, ledger, text, replace(stated, person_digest=person))
    return replace(done, warning=unreached(office, done.kind, done.email, parse_scope(stated.scope)))


def _person_digest(office: Office, text: str) -> bytes | None:
    """Return the digest of a person's name and outlet, from the mails to them or else from the lists."""
    address = address_of(text)
    if address is None:  # a domain or an outlet
        return None
    if office.ledger is not None:
        with office.reading(office.ledger) as connection:
            person = read_person(connection, address_digest(office.keys, address.key))
        for fields in (each.fields for each in reversed(person.deliveries)):
            name = fields.get("name", "") or f"{fields.get('first_name', '')} {fields.get('last_name', '')}"
            if found := person_digest(office.keys, name, fields.get("outlet", "")):
                return found
    with opened_lists(office, map(str, office.workspace.lists())) as (lists, _):
        for each in chain.from_iterable(map(contacts_of, lists)):
            digest = person_digest(office.keys, each.name, each.fields.get("outlet", ""))
            if each.address.key == address.key and digest:
                return digest
    return None


def find_followed(office: Office, connection: Connection, address: Address) -> list[Suppression]:
    """Return the suppressions that follow a person from an address, in every scope; a dead address does not."""
    found = find_suppressions(connection, [address_digest(office.keys, address.key)])
    return [each for each in found if each.subject == PERSON and each.reason != DEAD_ADDRESS]


def at_address(office: Office, found: Suppression, old: Address, new: Address, note: str = "") -> NewSuppression:
    """Return a person's suppression for their next address."""
    about = (str(new), found.reason, FOLLOWED, note or f"the same person as {old}")
    scope, person = found.scope, found.person_digest
    return NewSuppression(address_digest(office.keys, new.key), *about, scope=scope, person_digest=person)


def follow(office: Office, ledger: Ledger, old: str, new: str, *, note: str = "") -> Followed:
    """Apply a person's suppressions at one address to another, too.

    Raises InputProblem if the old address has none that belongs to a person, or one of the two is a desk's.
    """
    before, after = parse_address(old), parse_address(new)
    for address in (before, after):
        if address.is_role:
            raise InputProblem(f"{address} is a role address; a person's suppression does not apply to it")
    with office.reading(ledger) as connection:
        found = find_followed(office, connection, before)
    if not found:
        raise InputProblem(f"{before} has no suppression that follows the person", hint=f"mailer optouts list {before}")
    fresh = _record_carried(office, ledger, (at_address(office, each, before, after, note) for each in found))
    return Followed(str(before), str(after), fresh)
