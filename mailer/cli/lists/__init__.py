"""Lists: `mailer lists`, the press office's media lists.

Owns the order in which the commands are shown; each module here adds its own.
"""

from __future__ import annotations

import typer

from mailer.cli.lists import (
    deciding,
    deduping,
    editing,
    exporting,
    finding,
    importing,
    looking,
    mapping,
    proposing,
    tidying,
    undoing,
)

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

for commands in (
    looking,
    mapping,
    deciding,
    importing,
    finding,
    exporting,
    editing,
    tidying,
    deduping,
    proposing,
    undoing,
):
    commands.register(app)
