"""Settling: `mailer bounces settle`, what could be tied to nobody is tied by hand, or set aside.

Owns how that is asked for and told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address
from mailer.cli.office import writing_office
from mailer.cli.options import AsJson
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.collect import Collected

_HELP = """Assign an unmatched message to a recipient, or set it aside.

It then takes effect: a dead address is suppressed, an opt-out is honoured.

\b
Examples:
  mailer bounces list --unmatched
  mailer bounces settle 12 --as ada@daily.example.com --reason "her old address passes mail on"
  mailer bounces settle 13 --ignore
  mailer bounces settle 12 --undo
"""


def register(bounces: typer.Typer) -> None:
    """Add the command to `mailer bounces`."""
    bounces.command("settle", help=_HELP, short_help="Tie what could be tied to nobody to somebody by hand.")(settle)


def settle(
    number: Annotated[int, typer.Argument(metavar="ID", help="The number that `bounces list --unmatched` shows.")],
    email: Annotated[
        str, typer.Option("--as", metavar="EMAIL", help="The recipient.", autocompletion=complete_address)
    ] = "",
    ignore: Annotated[bool, typer.Option("--ignore", help="It concerns no recipient.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Undo the assignment.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="How you know, kept with it.")] = "",
    as_json: AsJson = False,
) -> int:
    """Settle a finding by hand."""
    from mailer.runs.collect.settling import settle_as, settle_aside, undo_settling

    if sum((bool(email), ignore, undo)) != 1:
        raise InputProblem("say one of --as EMAIL, --ignore and --undo", hint=f"mailer bounces show {number}")
    with writing_office() as (office, ledger):
        if email:
            told = settle_as(office, ledger, number, email, reason=reason)
            return _say_settled(number, email, told, as_json=as_json)
        if ignore:
            settle_aside(office, ledger, number, reason=reason)
            lifted: list[str] = []
        else:
            lifted = undo_settling(office, ledger, number)
    if as_json:
        output.print_json({"id": number, "settled": "ignored" if ignore else None, "lifted": lifted})
        return 0
    output.say(f"Finding {number} is set aside." if ignore else f"Finding {number} waits again.")
    for address in lifted:
        output.say(f"{address or '(forgotten)'} can be written to again.")
    return 0


def _say_settled(number: int, email: str, told: Collected, *, as_json: bool) -> int:
    if as_json:
        output.print_json(
            {
                "id": number,
                "settled": "hand",
                "email": email,
                "people": dict(told.people),
                "suppressed": [{"email": address, "reason": why} for address, why in told.suppressed],
            }
        )
        return 0
    output.say(f"Finding {number} is about {email}.")
    for address, why in told.suppressed:
        output.say(f"{address or '(forgotten)'} will not be written to again ({why}).")
    output.say(f"Undo: mailer bounces settle {number} --undo")
    return 0
