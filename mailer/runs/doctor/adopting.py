"""Adopting: a ledger that is refused becomes the right one here, or an empty one does, after somebody said so.

Owns what that means, gathered before it is done. Never asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailer.config.memory import Memory
from mailer.errors import LedgerProblem
from mailer.events import DeliveryState
from mailer.ledger import Ledger
from mailer.ledger.connection import Identity
from mailer.ledger.deliveries import open_count
from mailer.ledger.mailings import Stamp, read_mailings
from mailer.runs.office import forget_ledger, hold_to_ledger, mark_ledger
from mailer.runs.office.guard import Found, Guard, Standing, find_gone, refusal
from mailer.workspace import Workspace

_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What adopting the ledger of a workspace means, before it is done."""

    workspace: Workspace
    guard: Guard
    found: Found
    refused: LedgerProblem | None
    still_open: list[tuple[str, int]]

    def do(self, stamp: Stamp) -> tuple[Identity, bool]:
        """Make this ledger the right one here; return it, and False where nothing can be remembered of it."""
        identity, remembered = self.guard.adopt(stamp)
        mark_ledger(self.workspace, identity.ledger_id)
        return identity, remembered


def find_loss(workspace: Workspace, memory: Memory) -> LedgerProblem | None:
    """Return why nothing can be sent from a workspace without a ledger; None where it never had one."""
    try:
        hold_to_ledger(workspace, None)
    except LedgerProblem as problem:
        return find_gone(memory, workspace.root) or problem
    return find_gone(memory, workspace.root)


def begin_anew(workspace: Workspace, memory: Memory) -> None:
    """Let a workspace whose ledger is gone have an empty one: made with the next mailing."""
    forget_ledger(workspace)
    memory.forget_place(workspace.root)


def plan_adoption(workspace: Workspace, ledger: Ledger, memory: Memory) -> Adoption:
    """Why a ledger is refused (None: it is not), and in which mailings it knows of people still to be sent to."""
    guard = Guard(ledger, memory, workspace.root)
    found = guard.look()
    refused = refusal(found) if found.standing is not Standing.GOOD else None
    try:
        hold_to_ledger(workspace, ledger)
    except LedgerProblem as problem:
        refused = refused or problem
    with ledger.reading() as connection:
        counts = [(each.name, open_count(connection, each.id, _OPEN)) for each in read_mailings(connection)]
    return Adoption(workspace, guard, found, refused, [(name, count) for name, count in counts if count])
