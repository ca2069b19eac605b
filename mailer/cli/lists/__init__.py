"""Lists: `mailer lists`, the press office's media lists.

Owns the order in which the commands are shown; each module here adds its own.
"""

from __future__ import annotations

import typer

from mailer.cli.lists import editing, importing, looking, tidying

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

for register in (
    looking.register,
    tidying.register_deciding,
    importing.register,
    looking.register_finding,
    editing.register,
    tidying.register,
    editing.register_proposals,
):
    register(app)
