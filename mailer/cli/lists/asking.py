"""Asking: whether to go on with what a command would write.

Owns the question and what is said where nobody is there to answer it.
"""

from __future__ import annotations

import sys

import typer

from mailer.cli import output
from mailer.errors import InputProblem


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
        raise InputProblem("nobody is here to say yes", hint="Add --yes once you have seen it with --dry-run.")
    return typer.confirm(f"  {question}", err=True)
