"""Noes: what is said and kept where people who said no to one list are brought to another one.

Owns the line and the document that tell whose no goes along, and the keeping. Never decides whose
(`runs.lists.list_noes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.address import printable
from mailer.cli import output
from mailer.cli.office import writing_office

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.ledger.suppressions import NewSuppression


def say_noes(noes: Sequence[NewSuppression], where: str) -> None:
    """Tell whose no goes along."""
    if noes:
        who = ", ".join(dict.fromkeys(each.address for each in noes))
        text = f"{printable(who, 300)}: suppressed for the list that they come from, and for {where} too"
        output.say(f"  Suppressed  {text}", style="yellow")


def noes_json(noes: Sequence[NewSuppression]) -> list[dict[str, str]]:
    """Return them as a document has them."""
    return [{"email": each.address, "reason": each.reason, "scope": each.scope} for each in noes]


def keep_noes(noes: Sequence[NewSuppression]) -> None:
    """Keep them, before any list is written: should that fail, nobody is written to by mistake."""
    from mailer.runs.lists.list_noes import record_noes

    if noes:
        with writing_office() as (office, ledger):
            record_noes(office, ledger, noes)
