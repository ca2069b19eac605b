"""Templates: `mailer templates list | new | check | gallery`.

Owns the words in which families are shown to people. Trying them out is `runs.templates`' business.
"""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_release
from mailer.cli.context import current_workspace, now
from mailer.cli.options import AsJson, ReleaseEncoding
from mailer.errors import InputProblem, did_you_mean

if TYPE_CHECKING:
    from mailer.runs.templates.catalogue import Known
    from mailer.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


def complete_family(incomplete: str) -> list[str]:
    """Offer the families that there are; nothing where anything fails, because the shell would print it."""
    try:
        return [name for name in current_workspace().families() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - whatever is wrong, a press of the tab key says nothing
        return []


Families = Annotated[
    list[str],
    typer.Argument(metavar="FAMILY", help="Families to look at. Default: all.", autocompletion=complete_family),
]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the template families and what each is for.

    \b
    Example:
      mailer templates list
    """
    from mailer.runs.templates.catalogue import Families, known_families

    workspace = current_workspace()
    output.show(Families(known_families(workspace), workspace), as_json=as_json)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What yours is called, for example house-style.")],
    source: Annotated[
        str, typer.Option("--from", metavar="FAMILY", help="The family to copy.", autocompletion=complete_family)
    ] = "release",
    as_json: AsJson = False,
) -> None:
    """Create your own template family from an existing one.

    Writes templates/NAME. Existing files are not overwritten.

    \b
    Examples:
      mailer templates new house-style
      mailer templates new house-letter --from pitch
    """
    from mailer.runs.templates.catalogue import FamilyMade, copy_family

    workspace = current_workspace()
    files = tuple(workspace.show(path) for path in copy_family(workspace, name, source=source))
    output.show(FamilyMade(name, source, files), as_json=as_json)


@app.command("check")
def check(families: Families = [], as_json: AsJson = False) -> None:  # noqa: B006 - typer copies it
    """Check template families with sample releases.

    Errors would stop a mailing (exit code 2), warnings do not.

    \b
    Examples:
      mailer templates check
      mailer templates check house-style
    """
    from mailer.config import read_settings
    from mailer.runs.templates.checking import Verdicts, check_family
    from mailer.runs.templates.trials import read_samples, sample_ways

    workspace = current_workspace()
    ways = sample_ways(read_settings(workspace.root, os.environ))
    samples = read_samples()
    names = [each.name for each in _chosen(workspace, families)]
    found = Verdicts(tuple(check_family(workspace, name, samples, ways, now=now()) for name in names))
    output.show(found, as_json=as_json)
    if not found.ok:
        raise typer.Exit(2)


@app.command("gallery")
def gallery(
    families: Families = [],  # noqa: B006 - typer copies it
    release: Annotated[
        str,
        typer.Option(
            "--release",
            metavar="RELEASE",
            help="A release of yours, or a sample (arabic, tables …). Default: the sample that suits each family.",
            autocompletion=complete_release,
        ),
    ] = "",
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> None:
    """Create a page that shows template families as readers see them.

    Light and dark, phone and desktop, with and without pictures, and as plain text.

    \b
    Examples:
      mailer templates gallery --open
      mailer templates gallery house-style --release harbour-seals --open
    """
    from mailer.config import read_settings
    from mailer.runs.templates.catalogue import Gallery, exhibit, render_gallery, write_gallery
    from mailer.runs.templates.trials import read_own, read_samples, sample_ways

    workspace = current_workspace()
    ways = sample_ways(read_settings(workspace.root, os.environ))
    releases = (read_own(workspace, release),) if release else read_samples()
    exhibits = exhibit(workspace, _chosen(workspace, families), releases, ways, now=now())
    told = f"With {releases[0].source}." if release else "With the samples that come with mailer."
    folder = workspace.make_machine_folder("gallery")
    path = write_gallery(folder, render_gallery(exhibits, told=f"{told} Made {now():%d %B %Y}."))
    output.show(Gallery(path, tuple(exhibits)), as_json=as_json)
    if open_it and not webbrowser.open(path.as_uri()):
        output.say(f"No browser could be opened; open it yourself: {path.as_uri()}", to_stderr=True)
    if any(each.trial is None for each in exhibits):
        raise typer.Exit(2)


def _chosen(workspace: Workspace, wanted: Iterable[str]) -> list[Known]:
    """Return the families that were asked for, in that order, or all.

    Raises:
        InputProblem: there is none of that name.
    """
    from mailer.runs.templates.catalogue import known_families

    known = {each.name: each for each in known_families(workspace)}
    names = list(dict.fromkeys(wanted)) or list(known)
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f". There are: {', '.join(known)}"
            raise InputProblem(f'there is no template family "{name}"{near}', hint="mailer templates list")
    return [known[name] for name in names]
