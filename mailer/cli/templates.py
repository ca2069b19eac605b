"""Templates: `mailer templates list | new | check | gallery`.

Trying families out is `runs.templates`' business.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_family, complete_release
from mailer.cli.office import current_settings, current_workspace, now
from mailer.cli.options import Open, ReleaseEncoding, argument, option
from mailer.errors import InputProblem, did_you_mean

if TYPE_CHECKING:
    from mailer.runs.templates.catalogue import Known
    from mailer.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Families = Annotated[list[str], argument("FAMILY", "Families to look at. Default: all.", complete=complete_family)]


@app.command("list")
def list_() -> None:
    """List the template families and what each is for.

    \b
    Example:
      mailer templates list
    """
    from mailer.runs.templates.catalogue import Families, known_families

    workspace = current_workspace()
    output.show(Families(known_families(workspace), workspace))


@app.command()
def new(
    name: str = argument("NAME", "What yours is called, for example house-style."),
    source: str = option("--from FAMILY", "The family to copy.", "release", complete_family),
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
    output.show(FamilyMade(name, source, files))


@app.command()
def check(families: Families = []) -> None:
    """Check template families with sample releases.

    Errors would stop a mailing (exit code 2), warnings do not.

    \b
    Examples:
      mailer templates check
      mailer templates check house-style
    """
    from mailer.runs.templates.checking import Verdicts, check_family
    from mailer.runs.templates.trials import read_samples, sample_ways

    workspace, samples, ways = current_workspace(), read_samples(), sample_ways(current_settings())
    known = _chosen(workspace, families)
    found = Verdicts(tuple(check_family(workspace, each.name, samples, ways, now=now()) for each in known))
    output.show(found)
    if not found.ok:
        raise typer.Exit(2)


@app.command()
def gallery(
    families: Families = [],
    release: str = option(
        "--release RELEASE",
        "A release of yours, or a sample (arabic, tables …). Default: the sample that suits each family.",
        "",
        complete_release,
    ),
    open_it: Open = False,
    _encoding: ReleaseEncoding = "",
) -> None:
    """Create a page that shows template families as readers see them.

    Light and dark, phone and desktop, with and without pictures, and as plain text.

    \b
    Examples:
      mailer templates gallery --open
      mailer templates gallery house-style --release harbour-seals --open
    """
    from mailer.runs.templates.catalogue import Gallery, exhibit, render_gallery, write_gallery
    from mailer.runs.templates.trials import read_own, read_samples, sample_ways

    workspace = current_workspace()
    ways = sample_ways(current_settings())
    releases = (read_own(workspace, release),) if release else read_samples()
    exhibits = exhibit(workspace, _chosen(workspace, families), releases, ways, now=now())
    made_of = f"With {releases[0].source}." if release else "With the samples that come with mailer."
    folder = workspace.make_machine_folder("gallery")
    path = write_gallery(folder, render_gallery(exhibits, told=f"{made_of} Made {now():%d %B %Y}."))
    output.show(Gallery(path, tuple(exhibits)))
    if open_it:
        output.open_page(path)
    if any(each.trial is None for each in exhibits):
        raise typer.Exit(2)


def _chosen(workspace: Workspace, wanted: Iterable[str]) -> list[Known]:
    """Return the families that were asked for, in that order, or all."""
    from mailer.runs.templates.catalogue import known_families

    known = {each.name: each for each in known_families(workspace)}
    names = list(dict.fromkeys(wanted)) or list(known)
    for name in names:
        if name not in known:
            near = did_you_mean(name, known) or f". There are: {', '.join(known)}"
            raise InputProblem(f'there is no template family "{name}"{near}', hint="mailer templates list")
    return [known[name] for name in names]
