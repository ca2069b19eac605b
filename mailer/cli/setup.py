"""Setup: `mailer init` and `mailer demo`, the two ways to begin.

Owns what they print: where things lie, and what to type next.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import given_workspace
from mailer.cli.report import say_report
from mailer.cli.summary import say_line

if TYPE_CHECKING:
    from mailer.runs.demo import Told

_INIT_HELP = """Create a workspace: mailer.toml, templates, sample releases and a sample list.

Existing files are not changed.

\b
Example:
  mailer init press-office
"""
_DEMO_HELP = """Run the whole job on this machine. No account is needed and nothing leaves it.

\b
Examples:
  mailer demo
  mailer demo /tmp/look --json
"""
Folder = Annotated[str, typer.Argument(metavar="DIR", help="The folder.")]


def init(folder: Folder = ".") -> int:
    """Create a workspace."""
    from mailer.runs.demo import make_workspace

    place = Path(folder).expanduser()
    made = make_workspace(place)
    for path in made:
        output.say(f"  {path.relative_to(place)}")
    output.say(f"{len(made)} new files in {place.resolve()}" if made else "Everything was there already.")
    move = "" if folder == "." else f"cd {shlex.quote(folder)}; "
    output.say("Next:")
    for line in _activation():
        say_line("", line, to_stderr=False)
    say_line("", f"{move}edit mailer.toml: who you are, and your relay", to_stderr=False)
    release = next((path.stem for path in sorted((place / "releases").glob("*.md"))), "RELEASE")
    say_line("", f"mailer preview {release} --to journalists --open", to_stderr=False)
    return 0


def demo(
    folder: Folder = "mailer-demo",
    as_json: Annotated[bool, typer.Option("--json", help="Print the two reports as one JSON document.")] = False,
) -> int:
    """Play the whole job on this machine."""
    from mailer.cli.office import writing_office
    from mailer.runs.demo import free_folder, make_workspace, run_demo

    place = free_folder(Path(folder).expanduser())
    make_workspace(place)
    given_workspace.set(str(place))

    def step(sentence: str) -> None:
        output.say(f"{sentence} …", style="bold", to_stderr=as_json)

    with writing_office(lasting=False) as (office, ledger):
        told = asyncio.run(run_demo(office, ledger, on_step=step))
    if as_json:
        output.print_json({"workspace": str(place.resolve()), "reports": list(told.reports)})
    else:
        _tell(place, told)
    return 0


def _tell(place: Path, told: Told) -> None:
    first, second = told.reports
    _say(first, "The first release")
    _say(second, "The second release: opted-out and dead addresses were skipped")
    output.say()
    output.say("Results", style="bold")
    say_line("The mails", told.page.resolve().as_uri(), to_stderr=False)
    say_line("The list", str(place / "lists" / "journalists.csv"), to_stderr=False)
    say_line("The ledger", str(place / ".mailer" / "ledger.db"), to_stderr=False)
    output.say("What to type next", style="bold")
    for command in (
        *_activation(),
        f"cd {shlex.quote(str(place))}",
        f"mailer report {first['mailing']} --deliveries",
        "mailer optouts list",
        f"mailer preview {second['mailing']} --to journalists --open",
    ):
        say_line("", command, to_stderr=False)


def _activation() -> list[str]:
    """Return the line that makes `mailer` a command in this terminal, where it is not one yet."""
    if shutil.which("mailer") or sys.prefix == sys.base_prefix:
        return []
    return [f"source {shlex.quote(str(Path(sys.prefix) / 'bin' / 'activate'))}"]


def _say(report: dict[str, Any], title: str) -> None:
    output.say()
    output.say(title, style="bold")
    say_report(report)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("demo", help=_DEMO_HELP, short_help="Run the whole job on this machine; nothing leaves it.")(demo)
    app.command("init", help=_INIT_HELP, short_help="Create a workspace.")(init)
