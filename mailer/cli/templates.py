"""Templates: `mailer templates list`, `new` and `check`.

The families are read and checked in `runs.templates`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_family, complete_release
from mailer.cli.office import current_settings, current_workspace, now
from mailer.cli.options import Open, ReleaseEncoding, argument, flag, option

app = typer.Typer(help="Template families: list, check, preview, create.", no_args_is_help=True)

Families = Annotated[list[str], argument("FAMILY", "Families to look at. Default: all.", complete=complete_family)]


@app.command("list")
def list_(
    families: Families = [],
    gallery: bool = flag("--gallery", "Create a page that shows the families as readers see them."),
    open_it: Open = False,
    release: str = option(
        "--release RELEASE",
        "For the page: a release of yours, or a sample (arabic, tables …). Default: the sample that suits each family.",
        "",
        complete_release,
    ),
    _encoding: ReleaseEncoding = "",
) -> None:
    """List the template families, or show them on a page.

    The page (--gallery or --open) shows each family in light and dark, on a phone and a desktop, with and without
    pictures, and as plain text.

    \b
    Examples:
      mailer templates list
      mailer templates list --open
      mailer templates list house-style --release harbour-seals --open
    """
    from mailer.runs import templates

    workspace = current_workspace()
    if not (gallery or open_it or release):
        output.show(templates.Families(tuple(templates.choose_families(workspace, families)), workspace))
        return
    made = templates.make_gallery(workspace, current_settings(), families, release, now=now())
    output.show(made)
    if open_it:
        output.open_page(made.page)
    if any(each.trial is None for each in made.exhibits):
        raise typer.Exit(2)


@app.command()
def new(
    name: str = argument("NAME", "The name of the new family, for example house-style."),
    source: str = option("--from FAMILY", "The family to copy.", "release", complete_family),
) -> None:
    """Create your own template family from an existing one.

    Writes templates/NAME. Existing files are not overwritten.

    \b
    Examples:
      mailer templates new house-style
      mailer templates new house-letter --from pitch
    """
    from mailer.runs.templates import copy_family

    output.show(copy_family(current_workspace(), name, source=source))


@app.command()
def check(families: Families = []) -> None:
    """Check template families with sample releases.

    Errors would stop a mailing (exit code 2), warnings do not.

    \b
    Examples:
      mailer templates check
      mailer templates check house-style
    """
    from mailer.runs.templates import check_families

    found = check_families(current_workspace(), current_settings(), families, now=now())
    output.show(found)
    if not found.ok:
        raise typer.Exit(2)
