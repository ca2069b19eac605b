"""Setup: `mailer demo`, `init`, `dkim new-key` and `purge`, the house around the work.

Owns what they ask, and how `mailer` becomes a command in this terminal.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace, given_workspace, now
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.errors import InputProblem

Folder = Annotated[str, typer.Argument(metavar="DIR", help="The folder.")]


def init(folder: Folder = ".") -> None:
    """Create a workspace: mailer.toml, templates, sample releases and a sample list.

    Existing files are not changed.

    \b
    Example:
      mailer init press-office
    """
    from mailer.runs.demo import WorkspaceMade, make_workspace

    place = Path(folder).expanduser()
    output.show(WorkspaceMade(place, folder, tuple(make_workspace(place)), _activation()), as_json=False)


def demo(
    folder: Folder = "mailer-demo",
    as_json: Annotated[bool, typer.Option("--json", help="Print the two reports as one JSON document.")] = False,
) -> None:
    """Run the whole job on this machine. No account is needed and nothing leaves it.

    \b
    Examples:
      mailer demo
      mailer demo /tmp/look --json
    """
    from mailer.runs.demo import Played, free_folder, make_workspace, run_demo

    place = free_folder(Path(folder).expanduser())
    make_workspace(place)
    given_workspace.set(str(place))

    def step(sentence: str) -> None:
        output.say(f"{sentence} …", style="bold", to_stderr=as_json)

    with writing_office(lasting=False) as (office, ledger):
        told = asyncio.run(run_demo(office, ledger, on_step=step))
        output.show(Played(told, place, _activation(), office.clock()), as_json=as_json)


def _activation() -> tuple[str, ...]:
    """Return the line that makes `mailer` a command in this terminal, where it is not one yet."""
    if shutil.which("mailer") or sys.prefix == sys.base_prefix:
        return ()
    return (f"source {shlex.quote(str(Path(sys.prefix) / 'bin' / 'activate'))}",)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("demo", short_help="Run the whole job on this machine; nothing leaves it.")(demo)
    app.command("init", short_help="Create a workspace.")(init)
    app.command("purge", short_help="Delete what is past its retention date.")(purge)


# Purge: `mailer purge`, what has been kept long enough goes.


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted; delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Delete what is past its retention date ([retention] in mailer.toml). Shows it first.

    Mail that came back, names in the log of past mailings (the figures stay), copies for undo, previews. Contacts that
    nobody has verified for long, or whose own date is over, are only told. Nothing is ever purged by itself.

    \b
    Examples:
      mailer purge --dry-run
      mailer purge --yes
    """
    from mailer.runs.purge import look
    from mailer.runs.purge import purge as purge_office

    with reading_office() as office:
        found = look(office)
    if not dry_run and not found.is_nothing and not yes:
        output.show(found, as_json=False, to_stderr=True)
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputProblem("cannot ask for confirmation here", hint="It cannot be undone. Add --yes to go ahead.")
        if not typer.confirm("  Take it away for good?", err=True):
            output.say("  Nothing was changed.", to_stderr=True)
            return 1
    if not dry_run and found.is_nothing:
        found.done = True
    elif not dry_run:
        with writing_office() as (office, ledger):
            found = purge_office(office, ledger)
    output.show(found, as_json=as_json)
    return 0 if found.is_compact else 1


# Dkim: `mailer dkim new-key`, from nothing to a key, the DNS record to publish and the lines for mailer.toml.

dkim_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@dkim_app.callback()
def root() -> None:
    """Sign your mail (DKIM)."""


@dkim_app.command("new-key")
def new_key(
    selector: Annotated[
        str, typer.Option(metavar="NAME", help="The key's name in the DNS. Default: press + year.")
    ] = "",
    domain: Annotated[
        str, typer.Option(metavar="D", help="The domain. Default: that of [dkim], else of the first sender.")
    ] = "",
    ed25519: Annotated[bool, typer.Option("--ed25519", help="Create the second, short key (RFC 8463).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> None:
    """Create a DKIM key that signs your mail.

    Shows the DNS record to publish and the lines for mailer.toml.

    \b
    Examples:
      mailer dkim new-key
      mailer dkim new-key --selector press2027 --domain example.org
      mailer dkim new-key --ed25519      a second key beside the RSA key
    """
    from mailer.config import read_settings
    from mailer.runs.office.signing import make_key

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    name = selector or f"press{now():%Y}{'-ed' if ed25519 else ''}"
    output.show(make_key(workspace, settings, name, domain, ed25519=ed25519), as_json=as_json)
