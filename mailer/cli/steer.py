"""Steer: `mailer pause` and `cancel`, from another terminal or after a crash.

Owns the asking before a mailing is cancelled for good.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import writing_office
from mailer.errors import InputProblem

_PAUSE_HELP = """Pause a mailing. Messages already on the wire are finished first.

If recipients are being planned at the moment, that stops too, and none of them is added.

\b
Example:
  mailer pause harbour-seals       then: mailer resume harbour-seals
"""
_CANCEL_HELP = """Cancel a mailing for good. Whoever has not received it will not receive it.

If recipients are being planned at the moment, that stops too.

\b
Example:
  mailer cancel harbour-seals
"""
MailingName = Annotated[
    str, typer.Argument(metavar="MAILING", help="A release's name, or name/kind-N.", autocompletion=complete_mailing)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the mailing as one JSON document.")]


def pause(mailing: MailingName, as_json: AsJson = False) -> int:
    """Pause a mailing."""
    from mailer.events import MailingState
    from mailer.runs.sending.steer import pause as pause_mailing

    with writing_office() as (office, ledger):
        done = pause_mailing(office, ledger, mailing)
    if as_json:
        return _print(mailing)
    found = done.mailing
    if done.stopped_planning:
        output.say(f"The planning of {found.name} was stopped; nobody was added.")
    if found.state is MailingState.PAUSED:
        output.say(f"{found.name} is paused. Go on with: mailer resume {found.name}")
    else:
        output.say(f"There is nothing else to pause. To plan it anew: mailer send {found.slug} --to LIST")
    return 0


def cancel(
    mailing: MailingName,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Cancel a mailing for good."""
    from mailer.runs.sending.steer import cancel as cancel_mailing

    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputProblem("cannot ask for confirmation here", hint="Cancelling cannot be undone. Add --yes.")
        if not typer.confirm(f"Cancel {mailing} for good?", err=True):
            return 1
    with writing_office() as (office, ledger):
        done = cancel_mailing(office, ledger, mailing)
    if as_json:
        return _print(mailing)
    found, count = done.mailing, done.cancelled
    if done.stopped_planning:
        output.say(f"The planning of {found.name} was stopped; nobody was added.")
    output.say(f"{found.name} is {found.state}; {count} {'person' if count == 1 else 'people'} will not get it.")
    return 0


def _print(mailing: str) -> int:
    from mailer.cli.report import status

    return status(mailing, as_json=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("pause", help=_PAUSE_HELP, short_help="Pause a mailing.")(pause)
    app.command("cancel", help=_CANCEL_HELP, short_help="Cancel a mailing for good.")(cancel)
