"""Exchange: `mailer optouts import|export`.

Owns how suppressions come in from files of other tools and go out again.
"""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add these commands."""
