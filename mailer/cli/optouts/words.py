"""Words: how suppressions are written for people and for programs.

Owns the words of reasons, the line and the JSON of one suppression and of one proposal, and the options that several
commands share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.ledger.suppressions import Suppression
    from mailer.runs.lists.follow import Move

WORDS = {
    "opted_out": "opted out",
    "complained": "complained",
    "do_not_contact": "do not contact",
    "dead_address": "address dead",
    "manual": "by staff",
}

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
ScopeChoice = Annotated[
    str, typer.Option("--scope", metavar="SCOPE", help="everywhere, list:NAME or kind:KIND (release, follow-up …).")
]
HEAD = ("ADDRESS", "WHY", "SCOPE", "BY", "SINCE", "WHO", "NOTE")


def document_of(each: Suppression) -> dict[str, Any]:
    """Return a suppression as JSON."""
    return {
        "email": each.address or None,
        "subject": each.subject,
        "reason": each.reason,
        "scope": each.scope,
        "source": each.source,
        "note": each.note or None,
        "since": each.created_at.isoformat(timespec="seconds"),
        "actor": each.actor,
        "unconfirmed": each.unconfirmed,
        "import": each.import_id,
        "lifted_at": each.lifted_at.isoformat(timespec="seconds") if each.lifted_at else None,
        "lifted_by": each.lifted_by or None,
        "lifted_reason": each.lifted_reason or None,
        "lifted_evidence": each.lifted_evidence or None,
    }


def row_of(each: Suppression) -> tuple[str, ...]:
    """Return a suppression as a row of a table with the columns of `HEAD`."""
    state = " (lifted)" if each.lifted_at else " (confirm?)" if each.unconfirmed else ""
    return (
        each.address or "(forgotten)",
        WORDS[each.reason] + state,
        each.scope,
        each.source,
        f"{each.created_at:%Y-%m-%d}",
        each.actor,
        each.note,
    )


def moves_json(moves: Iterable[Move]) -> list[dict[str, Any]]:
    """Return as JSON who may be a person that is not to be contacted."""
    keys = ("old", "new", "why", "list_name", "line", "since")
    return [{key: getattr(each, key) for key in keys} for each in moves]


def say_moves(moves: Iterable[Move]) -> None:
    """Say who may be a person that is not to be contacted, and what to do if they are."""
    for each in moves:
        output.say(f"  {each.list_name} line {each.line}   {each.new}   may be {each.old}, not to be contacted")
        output.say(f"      since {each.since}: {each.why}", style="dim")
        output.say(f"      If so: mailer optouts add {each.new} --follows {each.old}")
