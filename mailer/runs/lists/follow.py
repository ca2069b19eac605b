"""Follow: a person who is not to be contacted stays so at their next address, when the staff say so.

Owns how it is noticed that a contact may be such a person (one of their other addresses is theirs, or name and outlet
are), and what following does. Nothing is decided here: a proposal is shown, and somebody says
`optouts add NEW --follows OLD`. A person's no never reaches a desk (`news@`): others read it.

Gap: a name that is written otherwise is not recognised.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from mailer.address import Address, InvalidAddress, parse_address
from mailer.contacts.digests import digest
from mailer.contacts.values import Contact
from mailer.errors import InputProblem, Problem, Severity
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys, verify_keys
from mailer.ledger.history import read_person
from mailer.ledger.returns import FOLLOW, REJECTED, read_proposals
from mailer.ledger.scopes import PERSON, Asked, asked_about, parse_scope, person_digest
from mailer.ledger.suppressions import (
    DEAD_ADDRESS,
    DO_NOT_CONTACT,
    Held,
    NewSuppression,
    Suppression,
    active_suppressions,
    find_persons,
    find_suppressions,
)
from mailer.runs.lists import opened_lists
from mailer.runs.lists.editing import EditPlan
from mailer.runs.lists.looking import unreached
from mailer.runs.office import Office
from mailer.runs.suppressions.opt_out import Said, Suppressed, opt_out_by_hand, suppress
from mailer.runs.suppressions.suppressed import Against, find_in_any_scope
from mailer.tokens import address_digest

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Followed:
    """Whose suppressions hold for a second address now; `new` counts those that did not before."""

    old: str
    email: str
    new: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Contacts who may be suppressed under an old address."""

    proposals: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A contact who may be somebody that is not to be contacted: the address then, the address now, and why."""

    old: str
    new: str
    why: str
    list_name: str
    line: int
    since: str


def find_moves(office: Office, connection: Connection, contacts: Iterable[Contact]) -> Iterator[Move]:
    """Give, for contacts of any list, who may be a person that is not to be contacted, under a new address."""
    rows = (each for each in contacts if not each.address.is_role)
    turned_down = {
        (each.address.casefold(), each.new_address.casefold())
        for each in read_proposals(connection, states=(REJECTED,))
        if each.kind == FOLLOW
    }
    while chunk := list(islice(rows, _CHUNK)):
        for move in _moves(office, connection, chunk):
            if (move.old.casefold(), move.new.casefold()) not in turned_down:
                yield move


def _moves(office: Office, connection: Connection, chunk: Sequence[Contact]) -> Iterator[Move]:
    keys = office.keys
    names = {id(each): person_digest(keys, each.name, each.fields.get("outlet", "")) for each in chunk}
    others = {id(each): [address_digest(keys, one.key) for one in _others(each)] for each in chunk}
    asked = {id(each): asked_about(keys, each.address) for each in chunk}
    wanted = {name for name in names.values() if name}
    by_name, by_address = find_persons(
        connection, list(wanted), list({one for found in others.values() for one in found})
    )
    if not by_name and not by_address:
        return
    blocked = active_suppressions(connection, (Asked(each.address_digest) for each in asked.values()))
    for each in chunk:
        if asked[id(each)].address_digest in blocked:
            continue
        found = next((by_address[one] for one in others[id(each)] if one in by_address), None)
        why = "the list has both addresses for this person"
        if found is None:
            found, why = by_name.get(names[id(each)] or b""), "same name at the same outlet"
        if found is not None:
            since = f"{found.created_at:%Y-%m-%d}"
            yield Move(found.address or "(forgotten)", str(each.address), why, each.list_name, each.line, since)


def _others(contact: Contact) -> Iterator[Address]:
    for text in contact.fields.get("other_emails", "").split(","):
        try:
            yield parse_address(text)
        except InvalidAddress:
            continue


def read_moves(office: Office, lists: Sequence[str] = ()) -> list[Move]:
    """Search lists, or all of the workspace, for people who may have moved; what cannot be read is passed."""
    if office.ledger is None:
        return []
    names = lists or [str(path) for path in office.workspace.lists()]
    found: list[Move] = []
    with opened_lists(office, names) as (opened, _), office.ledger.reading() as connection:
        verify_keys(connection, office.keys)
        for each in opened:
            people = (entry for entry in each.entries() if isinstance(entry, Contact))
            found += find_moves(office, connection, people)
    return list({(move.old, move.new): move for move in found}.values())


def known_as(office: Office, text: str) -> bytes | None:
    """Return the name of a person whatever their address, as the mails to them or else the lists know it."""
    try:
        address = parse_address(text)
    except InvalidAddress:
        return None  # a domain or an outlet
    names = chain(_names_in_mails(office, address), _names_in_lists(office, address))
    return next((found for found in names if found is not None), None)


def _names_in_mails(office: Office, address: Address) -> Iterator[bytes | None]:
    if office.ledger is None:
        return
    with office.ledger.reading() as connection:
        verify_keys(connection, office.keys)
        person = read_person(connection, address_digest(office.keys, address.key))
    for sent in reversed(person.deliveries):
        fields = sent.fields
        name = fields.get("name", "") or f"{fields.get('first_name', '')} {fields.get('last_name', '')}"
        yield person_digest(office.keys, name, fields.get("outlet", ""))


def _names_in_lists(office: Office, address: Address) -> Iterator[bytes | None]:
    with opened_lists(office, [str(path) for path in office.workspace.lists()]) as (lists, _):
        for entry in chain.from_iterable(each.entries() for each in lists):
            if isinstance(entry, Contact) and entry.address.key == address.key:
                yield person_digest(office.keys, entry.name, entry.fields.get("outlet", ""))


def find_taken_along(office: Office, old: Address, new: Address) -> list[Suppression]:
    """Return what stands about a person at one address, in every scope, and would be new at another.

    Nothing where one of the two is a desk's: others read it.
    """
    if office.ledger is None or old.is_role or new.is_role or old.key == new.key:
        return []
    with office.ledger.reading() as connection:
        verify_keys(connection, office.keys)
        before, after = (_about_person(connection, address_digest(office.keys, each.key)) for each in (old, new))
    known = {each.scope for each in after}
    return [each for each in before if each.scope not in known]


def _about_person(connection: Connection, address: bytes) -> list[Suppression]:
    """Return what a person takes along; a dead address is about the address alone."""
    found = find_suppressions(connection, [address])
    return [each for each in found if each.subject == PERSON and each.reason != DEAD_ADDRESS]


def suppress_by_staff(office: Office, ledger: Ledger, text: str, said: Said) -> Suppressed:
    """Suppress an address, a domain or an outlet; whoever is not to be contacted is known by name and outlet as well.

    Raises:
        InputProblem: see `opt_out_by_hand`.
    """
    person = known_as(office, text) if said.reason == DO_NOT_CONTACT else None
    done = opt_out_by_hand(office, ledger, text, replace(said, person_digest=person))
    return replace(done, warning=unreached(office, done.kind, done.email, parse_scope(said.scope)))


def follow(office: Office, ledger: Ledger, old: str, new: str, *, note: str = "") -> Followed:
    """Let what stands about a person at one address stand at another too.

    Raises:
        InputProblem: nothing stands about the old one that belongs to a person, or one of them is a desk's.
    """
    before, after = parse_address(old), parse_address(new)
    for address in (before, after):
        if address.is_role:
            raise InputProblem(f"{address} is a role address; a person's suppression does not apply to it")
    new_digest = address_digest(office.keys, after.key)
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        standing = _about_person(connection, address_digest(office.keys, before.key))
        if not standing:
            raise InputProblem(
                f"{before} has no suppression that follows the person", hint=f"mailer optouts list {before}"
            )
        fresh = 0
        for each in standing:
            entry = NewSuppression(
                new_digest,
                str(after),
                each.reason,
                "follow",
                note or f"the same person as {before}",
                scope=each.scope,
                person_digest=each.person_digest,
            )
            fresh += suppress(connection, entry, mailing_id=None, stamp=office.stamp())
    return Followed(str(before), str(after), fresh)


# Edits of people who must not be mailed: told with the plan, and followed to a new address.


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who must not be mailed, and gets another address."""

    old: Address
    new: Address


def warn_of_suppressed(office: Office, plan: EditPlan, addresses: Sequence[Address]) -> None:
    """Add to a plan who of these people is suppressed, and how far that reaches."""
    found = find_in_any_scope(office, addresses)
    for address in addresses:
        against = found.get(digest(address.key))
        if against:
            note = f' "{against.note}"' if against.note else ""
            reach = "as far as that reaches" if ":" in against.reason else "on whatever list"
            message = f"{address} is suppressed ({against.words}{note}): they get no mail, {reach}"
            plan.remarks.append(Problem("suppressed", message, Severity.WARNING))


def find_follower(office: Office, plan: EditPlan, old: Address, text: str) -> Follower | None:
    """Add to a plan what stands against somebody's old address; return them where that goes on for the new one.

    Raises:
        InputProblem: the new one is no address.
    """
    if not text:
        return None
    new = parse_address(text)
    along = find_taken_along(office, old, new)
    if not along:
        warn_of_suppressed(office, plan, [old, new])
        return None
    words = "; ".join(Against(Held(each.reason, each.scope).word, each.created_at).words for each in along)
    message = f"{old} is suppressed ({words}): it is about the person, so it applies to {new} too"
    plan.remarks.append(Problem("follows-person", message, Severity.WARNING))
    return Follower(old, new)
