"""Lists: `mailer lists`, the press office's media lists.

Owns the order in which the commands are shown; each module here adds its own.
"""

from __future__ import annotations

import typer

from mailer.cli.lists import deciding, editing, finding, importing, looking, proposing, tidying

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

for commands in (looking, deciding, importing, finding, editing, tidying, proposing):
    commands.register(app)
