"""Summary: a line with its label, for what is not a page yet."""

from __future__ import annotations

from mailer.cli import output

_LABEL = 12


def say_line(label: str, text: str, *, to_stderr: bool = True) -> None:
    """Print a line with its label in the left column."""
    output.say(f"  {label:{_LABEL}}{text}", to_stderr=to_stderr)
