"""Optouts: `mailer optouts add|remove|list`, whom nobody writes to.

Owns how suppressions are shown and asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.office import reading_office, writing_office
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger.suppressions import Suppression

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_HELP = {
    "add": """Never write to somebody again: by address, or by the token, link or address that their mail carried.

\b
Examples:
  mailer optouts add ada@daily.example.com --note "on the phone, 3 March"
  mailer optouts add --token optout+TOKEN@example.org
  mailer optouts add desk@evening.example.com --reason manual
""",
    "remove": """Lift a suppression. A person's own opt-out needs a reason.

\b
Example:
  mailer optouts remove ada@daily.example.com --reason "wrote to us on 5 March, asks for it again"
""",
    "list": """List everybody who is suppressed, and why.

\b
Example:
  mailer optouts list --json
""",
}
_WORDS = {"opted_out": "opted out", "complained": "complained", "dead_address": "address dead", "manual": "by staff"}

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@app.command("add", help=_HELP["add"])
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address.")] = "",
    token: Annotated[str, typer.Option(metavar="TOKEN", help="The token, link or address of their mail.")] = "",
    reason: Annotated[str, typer.Option(help="opted_out, manual or dead_address.")] = "opted_out",
    note: Annotated[str, typer.Option(metavar="TEXT", help="How you know; kept with it.")] = "",
    as_json: AsJson = False,
) -> int:
    """Suppress somebody."""
    from mailer.runs.opt_out import opt_out_by_hand, opt_out_by_token

    if bool(email) == bool(token):
        raise InputProblem("give an address or --token, one of them")
    with writing_office() as (office, ledger):
        if token:
            sent, fresh = opt_out_by_token(office, ledger, token, note=note)
            who = sent.address
        else:
            address, fresh = opt_out_by_hand(office, ledger, email, reason=reason, note=note)
            who = str(address)
    if as_json:
        output.print_json({"email": who, "new": fresh, "reason": "opted_out" if token else reason})
    elif fresh:
        output.say(f"{who} will not be written to again. Undo: mailer optouts remove {who}")
    else:
        output.say(f"{who} was suppressed already; the first reason stands.")
    return 0


@app.command("remove", help=_HELP["remove"])
def remove(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address.")],
    reason: Annotated[str, typer.Option(metavar="WHY", help="How you know that they want it.")] = "",
    as_json: AsJson = False,
) -> int:
    """Lift a suppression."""
    from mailer.runs.opt_out import lift

    with writing_office() as (office, ledger):
        lifted = lift(office, ledger, email, reason=reason)
    if as_json:
        output.print_json({"email": lifted.address or email, "was": lifted.reason, "lifted": True})
    else:
        output.say(f"{lifted.address or email} can be written to again (was: {_WORDS[lifted.reason]}).")
    return 0


@app.command("list", help=_HELP["list"])
def list_optouts(
    lifted: Annotated[bool, typer.Option("--lifted", help="Those that were lifted, too.")] = False,
    as_json: AsJson = False,
) -> int:
    """List suppressions."""
    from mailer.ledger.suppressions import read_suppressions

    found: list[Suppression] = []
    with reading_office() as office:
        if office.ledger is not None:
            with office.ledger.reading() as connection:
                found = read_suppressions(connection, lifted=lifted)
    if as_json:
        output.print_json({"suppressed": [_document(each) for each in found]})
    elif not found:
        output.say("Nobody is suppressed.")
    else:
        rows = [
            (
                each.address or "(forgotten)",
                _WORDS[each.reason] + (" (lifted)" if each.lifted_at else ""),
                each.source,
                f"{each.created_at:%Y-%m-%d}",
                each.actor,
                each.note,
            )
            for each in found
        ]
        for line in output.table(rows, head=("ADDRESS", "WHY", "BY", "SINCE", "WHO", "NOTE")):
            output.say(f"  {line}")
    return 0


def _document(each: Suppression) -> dict[str, str | None]:
    return {
        "email": each.address or None,
        "reason": each.reason,
        "source": each.source,
        "note": each.note or None,
        "since": each.created_at.isoformat(timespec="seconds"),
        "actor": each.actor,
        "lifted_at": each.lifted_at.isoformat(timespec="seconds") if each.lifted_at else None,
        "lifted_reason": each.lifted_reason or None,
    }
