"""Decide: what staff decide on proposals, other than by an edit of the lists.

Owns that a decision is remembered and can be taken back. What was turned down is not proposed again. Never edits a list
(`runs.lists.accept_proposal` plans that).
Raises `InputProblem`.
"""

from __future__ import annotations

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.proposals import (
    ACCEPTED,
    FOLLOW,
    OPEN,
    REJECTED,
    NewProposal,
    Proposal,
    add_note,
    add_proposal,
    decide,
    find_proposal,
)
from mailer.runs.office import Office
from mailer.tokens import address_digest


def require_open(connection: Connection, number: int) -> Proposal:
    """Find an open proposal by its number.

    Raises:
        InputProblem: there is none, or it is decided.
    """
    found = require_proposal(connection, number)
    if found.state != OPEN:
        day = f" on {found.decided_at:%Y-%m-%d}" if found.decided_at else ""
        raise InputProblem(
            f"proposal {number} was {found.state}{day} by {found.decided_by}",
            hint=f"mailer lists proposals reopen {number}   puts it back among the open ones",
        )
    return found


def require_proposal(connection: Connection, number: int) -> Proposal:
    """Find a proposal by its number.

    Raises:
        InputProblem: there is none.
    """
    found = find_proposal(connection, number)
    if found is None:
        raise InputProblem(
            f"there is no proposal {number}", hint="mailer lists proposals   shows them with their numbers"
        )
    return found


def accept(office: Office, ledger: Ledger, number: int) -> Proposal:
    """Remember that staff did what was proposed.

    Raises:
        InputProblem: there is no such open proposal.
    """
    return _decide(office, ledger, number, ACCEPTED)


def reject(office: Office, ledger: Ledger, number: int, *, reason: str = "") -> Proposal:
    """Remember that staff turned a proposal down, and why: it does not come again.

    Raises:
        InputProblem: there is no such open proposal.
    """
    return _decide(office, ledger, number, REJECTED, note=reason)


def _decide(office: Office, ledger: Ledger, number: int, state: str, *, note: str = "") -> Proposal:
    with ledger.writing() as connection:
        found = require_open(connection, number)
        decide(connection, number, state, stamp=office.stamp())
        if note.strip():
            add_note(connection, found, note)
        return found


def reopen(office: Office, ledger: Ledger, number: int) -> Proposal:
    """Take a decision back; the lists stay as they are (`mailer lists undo` is for those).

    Raises:
        InputProblem: there is no such proposal, or it is open.
    """
    with ledger.writing() as connection:
        found = require_proposal(connection, number)
        if found.state == OPEN:
            raise InputProblem(f"proposal {number} is open")
        decide(connection, number, OPEN, stamp=office.stamp(), was=found.state)
        return found


def reject_follow(office: Office, ledger: Ledger, old: str, new: str) -> bool:
    """Remember that a contact is not the person that is not to be contacted; False where that is known already.

    Raises:
        InputProblem: one of them is no address.
    """
    before, after = parse_address(old), parse_address(new)
    turned_down = NewProposal(
        FOLLOW, address_digest(office.keys, before.key), str(before), str(after), "not the same person"
    )
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        return add_proposal(connection, turned_down, stamp=office.stamp(), state=REJECTED) is not None
