"""Optouts: `mailer optouts`, whom nobody writes to.

Owns the order in which the commands are shown; each module here adds its own.
"""

from __future__ import annotations

import typer

from mailer.cli.optouts import exchange, looking, saying

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

for commands in (saying, looking, exchange):
    commands.register(app)
