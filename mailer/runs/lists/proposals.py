"""Proposals: what a reply proposed (somebody moved, left, or has a stand-in), decided by staff.

Accepting has two halves that may be done apart: the edit of the lists, which is planned here and written by `rewrite`,
and the decision, which the ledger remembers. What was turned down is not proposed again; a decision can be taken back,
and the lists stay as they are then.

Somebody who moved keeps their row, with another address. Where somebody left and another stands in, the row is the
other's now: the old person's name, phone and consent go out of it, since they are not the new person's; theirs comes
from `--to "Di Field <di@…>"`, and where nobody says it, `EditPlan.nameless` tells. On a list that has the new address
already, the old row goes, and the name of somebody who moved stays with the other.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailer.address import parse_address
from mailer.contacts.edits.filling import fill, other_address
from mailer.contacts.rows import Layout
from mailer.contacts.values import CONSENT
from mailer.errors import InputProblem
from mailer.frozen import dataclass
from mailer.ledger import Connection, Ledger
from mailer.ledger.returns import (
    ACCEPTED,
    FOLLOW,
    MOVED,
    OPEN,
    REJECTED,
    NewProposal,
    Proposal,
    add_note,
    add_proposal,
    decide,
    find_proposal,
    read_proposals,
)
from mailer.runs.lists.editing import EditPlan, Found, follow_to, lists_with
from mailer.runs.office import Office
from mailer.tokens import address_digest

_NAMES: Final = ("name", "first_name", "last_name")
# What a row says of the person, and not of their desk: none of it is true of somebody else.
_PERSONAL: Final = (*_NAMES, "salutation", "phone", "note", "other_emails", "text_only", *CONSENT)
_OF_THE_DESK: Final = ("outlet", "beat", "country", "language", "time_zone", "tags")


@dataclass(frozen=True, slots=True)
class Proposals:
    """What replies propose for the lists."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A proposal that staff turned down, or opened again."""

    proposal: Proposal
    state: str


def read_proposed(office: Office, *, every: bool = False) -> Proposals:
    """Return the open proposals, or all."""
    if office.ledger is None:
        return Proposals(())
    with office.ledger.reading() as connection:
        return Proposals(tuple(read_proposals(connection, states=(OPEN, ACCEPTED, REJECTED) if every else (OPEN,))))


def plan_accept(
    office: Office, proposal: Proposal, *, to: str = "", add: bool = False, only: Sequence[str] = ()
) -> EditPlan:
    """Plan what a proposal asks for, on all lists or on `only` these; it changes nothing where nobody is on any.

    `to` is another address than the proposed one, or that one with a name before it. With `add` the old row stays, and
    the new address gets one beside it.

    Raises:
        InputProblem: the new address is none, or is the old one; or nothing says who to add.
    """
    who = parse_address(proposal.address)
    to_name = to.partition("<")[0].strip(' "') if "<" in to else ""
    text = to.partition("<")[2].strip(" >") if "<" in to else to or proposal.new_address
    new = parse_address(text) if text else None
    if new is not None and new.key == who.key:
        raise InputProblem(f"{new} is the address that is there already")
    if add and new is None:
        raise InputProblem("Name the new contact", hint=f"mailer lists proposals {proposal.id} --accept --to EMAIL")
    plan = EditPlan()
    is_moved = proposal.kind == MOVED
    for held, rows in lists_with(office.workspace, {who.key: who}, only, plan):
        columns = held.layout.columns
        at = columns["email"]
        there = next(held.find({new.key: new}), None) if new is not None else None
        name = _name_in(held.layout, rows[0]) if is_moved and not to_name else fill(held.layout, {"name": to_name})[0]
        if add and new is not None:
            if there is None:
                desk = (columns[each] for each in _OF_THE_DESK if each in columns)
                cells = {place: rows[0].cells[place] for place in desk if any(rows[0].cells[place : place + 1])}
                held.edit(who, None, cells | name | {at: str(new)})
        elif new is None or there is not None:
            for found in rows:
                held.edit(who, found, None)
            if there is not None and any(name.values()) and not any(_name_in(held.layout, there).values()):
                held.edit(there.who, there, name)
        else:
            for found in rows:
                if is_moved:
                    cells = {at: other_address(found.cells[at], who, str(who), new)}
                else:
                    cells = {columns[each]: "" for each in _PERSONAL if each in columns} | name | {at: str(new)}
                held.edit(who, found, cells)
        if held.edits and new is not None and not there and not new.is_role and set(_NAMES) & set(columns):
            plan.nameless = plan.nameless or ("" if any(name.values()) else str(new))
        plan.take(held)
    done = "added" if add else "removed" if new is None else "changed"
    plan.call(f"a proposal was accepted: 1 person {done}")
    if is_moved and new is not None and not add:  # the same person: what they said goes along
        follow_to(office, plan, who, new)
    return plan


def _name_in(layout: Layout, found: Found) -> dict[int, str]:
    places = (layout.columns[name] for name in _NAMES if name in layout.columns)
    return {at: found.cells[at] for at in places if at < len(found.cells)}


def find_open(office: Office, number: int) -> Proposal:
    """Return an open proposal by its number."""
    if office.ledger is None:
        raise InputProblem(f"there is no proposal {number}: nothing came back yet", hint="mailer bounces collect")
    with office.ledger.reading() as connection:
        return _find(connection, number, is_open=True)


def _find(connection: Connection, number: int, *, is_open: bool) -> Proposal:
    found = find_proposal(connection, number)
    if found is None:
        hint = "mailer lists proposals   shows them with their numbers"
        raise InputProblem(f"there is no proposal {number}", hint=hint)
    if is_open and found.state != OPEN:
        day = f" on {found.decided_at:%Y-%m-%d}" if found.decided_at else ""
        raise InputProblem(
            f"proposal {number} was {found.state}{day} by {found.decided_by}",
            hint=f"mailer lists proposals {number} --reopen   puts it back among the open ones",
        )
    if not is_open and found.state == OPEN:
        raise InputProblem(f"proposal {number} is open")
    return found


def decide_proposal(office: Office, ledger: Ledger, number: int, state: str, *, reason: str = "") -> Decided:
    """Remember that staff did what was proposed (ACCEPTED) or turned it down (REJECTED: it does not come again).

    OPEN takes a decision back; the lists stay as they are (`mailer lists undo` is for those).
    """
    with ledger.writing() as connection:
        found = _find(connection, number, is_open=state != OPEN)
        decide(connection, number, state, stamp=office.stamp(), was=found.state)
        if reason.strip():
            add_note(connection, found, reason)
    return Decided(found, state)


def reject_follow(office: Office, ledger: Ledger, old: str, new: str) -> bool:
    """Remember that a contact is not the person that is not to be contacted; False where that is known already."""
    before, after = parse_address(old), parse_address(new)
    turned_down = NewProposal(
        FOLLOW, address_digest(office.keys, before.key), str(before), str(after), "not the same person"
    )
    with office.writing(ledger) as connection:
        return add_proposal(connection, turned_down, stamp=office.stamp(), state=REJECTED) is not None
