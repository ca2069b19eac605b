"""Report: `mailer status` and `mailer report`, what became of everybody.

Both only read; what a mailing is and became is in `runs.reports`, and how it is shown in `pages.reports`.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import reading_office
from mailer.cli.options import AsJson

Mailing = Annotated[
    str, typer.Argument(metavar="MAILING", help="A release's name, or name/kind-N.", autocompletion=complete_mailing)
]
Deliveries = Annotated[bool, typer.Option("--deliveries", help="Include every recipient.")]


def status(mailing: Mailing = "", deliveries: Deliveries = False, as_json: AsJson = False) -> None:
    """Show the state of one mailing, or of all.

    \b
    Examples:
      mailer status
      mailer status harbour-seals --json
    """
    from mailer.runs.reports import read_overview, read_status

    with reading_office() as office:
        found = read_status(office, mailing, deliveries=deliveries) if mailing else read_overview(office)
    output.show(found, as_json=as_json)


def report(
    mailing: Mailing = "",
    deliveries: Deliveries = False,
    unheard: Annotated[
        bool, typer.Option("--unheard", help="List recipients without any response, one a line.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every recipient as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Report what happened to each recipient of a mailing (default: the newest).

    \b
    Examples:
      mailer report harbour-seals
      mailer report harbour-seals --deliveries
      mailer report harbour-seals --csv > harbour-seals.csv
      mailer report harbour-seals --unheard      who got it, and has not been heard of in any way
    """
    from mailer.runs.reports import read_csv, read_report, read_silent

    with reading_office() as office:
        if as_csv:
            sys.stdout.writelines(read_csv(office, mailing))
        elif unheard:
            output.show(read_silent(office, mailing), as_json=as_json)
        else:
            output.show(read_report(office, mailing, deliveries=deliveries), as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("status")(status)
    app.command("report", short_help="Report what happened to each recipient.")(report)
