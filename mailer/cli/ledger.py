"""Ledger: `mailer ledger migrate`, for the administrator of a database that several hosts share.

Owns the page of versions before and after, for the ledger's own tables and for those of the workers' jobs.
"""

from __future__ import annotations

import typer

from mailer.cli import output
from mailer.cli.office import current_settings, current_workspace, writing_office
from mailer.cli.options import flag
from mailer.errors import ConfigProblem
from mailer.pages.layout import Page, Tone, fact, line

app = typer.Typer(help="The ledger: upgrade its tables.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Upgrade the ledger's tables."""


@app.command()
def migrate(dry_run: bool = flag("--dry-run", "Show the versions; change nothing.")) -> None:
    """Upgrade the ledger to the version of this mailer.

    Every command that writes upgrades the ledger if needed; this one does only that, ahead of time. On PostgreSQL the
    workers' jobs have tables too, in a schema of their own.

    \b
    Examples:
      mailer ledger migrate --dry-run
      mailer ledger migrate
    """
    from mailer.fleet.schema import bring_up, newest_version, read_versions
    from mailer.ledger import open_ledger
    from mailer.ledger.migrations import NEWEST

    url, before = current_settings().ledger.url, ("", "")
    found = open_ledger(url, current_workspace().root, create=False, as_it_is=True)
    if found is not None:
        before = read_versions(found)
        found.close()
    after, missing = "", ""
    if not url.startswith("sqlite"):
        try:
            after = newest_version()
        except ConfigProblem as problem:
            missing = problem.hint
    if not dry_run:
        with writing_office() as (_, opened):
            if after:
                bring_up(opened)
    tables = {"ledger": (before[0], NEWEST)} | ({"jobs": (before[1], after)} if after else {})
    if output.is_json():
        steps = {name: {"before": was, "after": now} for name, (was, now) in tables.items()}
        output.print_json({"dry_run": dry_run, "jobs": None} | steps)
        return
    changes = {name: (was, now) for name, (was, now) in tables.items() if was != now}
    done = "would be upgraded" if dry_run else "upgraded"
    output.print_page(
        Page(
            *(
                fact(name.capitalize(), f"{done} from {was or 'nothing'} to {now}")
                for name, (was, now) in changes.items()
            ),
            None if changes else line("Everything is up to date."),
            line(f"Workers need one more package: {missing}", Tone.CAREFUL) if missing else None,
        )
    )
