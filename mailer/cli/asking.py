"""Asking: whether to go on with what a command would write.

Owns the question and what is said where nobody is there to answer it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.office import writing_office
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.ledger.suppressions import NewSuppression


def is_somebody_here() -> bool:
    """Return whether somebody sits at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def say_unchanged() -> None:
    """Say that all of this was only shown."""
    output.say("  Nothing was changed.", to_stderr=True)


def agreed(question: str, *, yes: bool) -> bool:
    """Ask, where --yes was not given; return what was answered.

    Raises:
        InputProblem: nobody is here to answer.
    """
    if yes:
        return True
    if not is_somebody_here():
        raise InputProblem("cannot ask for confirmation here", hint="Check it with --dry-run, then add --yes.")
    return typer.confirm(f"  {question}", err=True)


def keep_noes(noes: Sequence[NewSuppression]) -> None:
    """Keep whose no goes along to another list, before any is written: if that fails, nobody is mailed by mistake."""
    from mailer.runs.lists.noes import record_noes

    if noes:
        with writing_office() as (office, ledger):
            record_noes(office, ledger, noes)
