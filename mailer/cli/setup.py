"""Setup: `mailer demo`, `init`, `dkim new-key` and `purge`.

Owns their questions, and the line that makes `mailer` a command in this terminal.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.office import (
    current_settings,
    current_workspace,
    given_workspace,
    now,
    run_reading,
    run_writing,
    writing_office,
)
from mailer.cli.options import Yes, argument, flag, option
from mailer.errors import InputProblem

app = typer.Typer()
dkim = typer.Typer(help="DKIM keys that sign your mail.", no_args_is_help=True)

Folder = Annotated[str, argument("DIR", "The folder.")]


@app.command(short_help="Run the whole job on this machine; nothing leaves it.")
def demo(
    folder: Folder = "mailer-demo", desk: bool = flag("--desk", "Then open the desk there, in the browser.")
) -> int:
    """Run the whole job on this machine. No account is needed and nothing leaves it.

    With --desk, the browser shows what was sent and what came back, and a third release is ready to be sent to the
    preview inbox, which needs no account either.

    \b
    Examples:
      mailer demo
      mailer demo --desk
      mailer demo /tmp/look --json
    """
    import asyncio

    from mailer.runs.demo import add_unsent, free_folder, make_workspace, run_demo

    if desk and output.is_json():
        raise InputProblem("--json cannot be combined with --desk, which keeps running")
    place = free_folder(Path(folder).expanduser())
    make_workspace(place)
    given_workspace.set(str(place))

    def step(sentence: str) -> None:
        output.echo(f"{sentence} …", style="bold", to_stderr=output.is_json() or desk)

    with writing_office(lasting=False) as (office, ledger):
        output.show(asyncio.run(run_demo(office, ledger, activation=_activation(), on_step=step)), to_stderr=desk)
    if not desk:
        return 0
    from mailer.cli.desk import open_desk

    add_unsent(current_workspace())
    return open_desk(current_settings().desk.replace(port=0), opens=True)


@app.command(short_help="Create a workspace.")
def init(
    folder: Folder = ".",
    fleet: bool = flag("--fleet", "Also write deploy/: units, containers and a web server for several hosts."),
) -> None:
    """Create a workspace: mailer.toml, templates, sample releases and a sample list.

    Existing files are not changed. In an existing workspace, --fleet writes only deploy/.

    \b
    Examples:
      mailer init press-office
      mailer init --fleet        for several hosts that share a ledger on PostgreSQL
    """
    from mailer.runs.demo import WorkspaceMade, make_workspace

    place = Path(folder).expanduser()
    output.show(WorkspaceMade(place, folder, tuple(make_workspace(place, fleet=fleet)), _activation(), fleet))


def _activation() -> tuple[str, ...]:
    """Return the line that makes `mailer` a command in this terminal, if it is not one yet."""
    if shutil.which("mailer") or sys.prefix == sys.base_prefix:
        return ()
    return (f"source {shlex.quote(str(Path(sys.prefix) / 'bin' / 'activate'))}",)


@app.command(short_help="Delete what is past its retention date.")
def purge(dry_run: bool = flag("--dry-run", "Show what would be deleted; delete nothing."), yes: Yes = False) -> int:
    """Delete what is past its retention date ([retention] in mailer.toml). Shows it first.

    Deletes returned mail, names in the log of past mailings (the figures stay), undo copies and previews. Contacts that
    have not been verified for a long time, or are past their own date, are only listed. Nothing is purged
    automatically, unless mailer.toml lets a worker do it once a day: [retention] by_worker = true.

    \b
    Examples:
      mailer purge --dry-run
      mailer purge --yes
    """
    from mailer.runs.purge import look
    from mailer.runs.purge import purge as purge_office

    found = run_reading(look)
    if not dry_run and not found.is_nothing:
        if not yes:
            output.show_page(found, to_stderr=True)
        hint = "It cannot be undone. Add --yes to go ahead."
        if not output.agreed("Delete it for good?", yes=yes, hint=hint):
            output.print_unchanged()
            return 1
        found = run_writing(purge_office)
    elif not dry_run:
        found.done = True
    output.show(found)
    return 0 if found.is_compact else 1


@dkim.callback()
def root() -> None:
    """Sign your mail (DKIM)."""


@dkim.command("new-key")
def new_key(
    selector: str = option("--selector NAME", "The key's name in the DNS. Default: press + year.", ""),
    domain: str = option("--domain D", "The domain. Default: that of [dkim], else of the first sender.", ""),
    ed25519: bool = flag("--ed25519", "Create the second, short key (RFC 8463)."),
) -> None:
    """Create a DKIM key that signs your mail.

    Shows the DNS record to publish and the lines for mailer.toml.

    \b
    Examples:
      mailer dkim new-key
      mailer dkim new-key --selector press2027 --domain example.org
      mailer dkim new-key --ed25519      a second key beside the RSA key
    """
    from mailer.runs.office.signing import make_key

    name = selector or f"press{now():%Y}{'-ed' if ed25519 else ''}"
    output.show(make_key(current_workspace(), current_settings(), name, domain, ed25519=ed25519))
