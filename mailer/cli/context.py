"""Context: what every command needs to know about where it runs.

Owns the workspace that `--workspace` (or MAILER_WORKSPACE) chose, the clock, and the name written into the ledger as
the actor. Never prints.
"""

from __future__ import annotations

import os
import socket
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailer.errors import InputProblem
from mailer.platform import user, watch_of
from mailer.workspace import Workspace, find_workspace

given_workspace: ContextVar[str] = ContextVar("given_workspace", default="")
given_encoding: ContextVar[str] = ContextVar("given_encoding", default="")  # of the release that a command reads


def current_workspace() -> Workspace:
    """Find the workspace of this command.

    Raises:
        InputProblem: the folder given does not exist, or the current one is gone.
    """
    given = given_workspace.get() or os.environ.get("MAILER_WORKSPACE", "")
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise InputProblem(
            "the folder that this terminal is in does not exist any more", hint="cd to another"
        ) from None
    return replace(find_workspace(here, given=given), encoding=given_encoding.get())


def now() -> datetime:
    """Return the time, aware, in UTC; one to which somebody set the clock a moment ago is not believed yet."""
    return watch_of("here").believe(datetime.now(UTC))


def actor() -> str:
    """Return who is at the keyboard, `user@host`: what the ledger keeps beside each event (standards L11)."""
    return f"{user()}@{socket.gethostname()}"
