"""Templates: `mailer templates list | new | check | gallery`.

Owns the words in which families are shown to people. Trying them out is `runs.templates`' business.
"""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_release
from mailer.cli.context import current_workspace, now
from mailer.cli.options import AsJson, ReleaseEncoding
from mailer.errors import InputProblem, Severity, did_you_mean

if TYPE_CHECKING:
    from mailer.runs.templates.catalogue import Known
    from mailer.runs.templates.checking import Verdict
    from mailer.runs.templates.gallery import Exhibit
    from mailer.workspace import Workspace

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_HELP = {
    "list": """List the template families and what each is for.

\b
Example:
  mailer templates list
""",
    "new": """Create your own template family from an existing one.

Writes templates/NAME. Existing files are not overwritten.

\b
Examples:
  mailer templates new house-style
  mailer templates new house-letter --from pitch
""",
    "check": """Check template families with sample releases.

Errors would stop a mailing (exit code 2), warnings do not.

\b
Examples:
  mailer templates check
  mailer templates check house-style
""",
    "gallery": """Create a page that shows template families as readers see them.

Light and dark, phone and desktop, with and without pictures, and as plain text.

\b
Examples:
  mailer templates gallery --open
  mailer templates gallery house-style --release harbour-seals --open
""",
}
_ORIGINS = {"shipped": "shipped", "own": "yours", "changed": "shipped, changed by you"}


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


@app.command("list", help=_HELP["list"])
def list_(as_json: AsJson = False) -> None:
    """List the template families and what each is for."""
    from mailer.runs.templates.catalogue import known_families

    workspace = current_workspace()
    families = known_families(workspace)
    if as_json:
        output.print_json({"families": [_family_json(workspace, each) for each in families]})
        return
    width = max(len(each.name) for each in families) + 2
    for each in families:
        output.say(f"  {each.name:{width}}{each.about or each.problem or 'It does not say what it is for.'}")
        base = f", based on {each.based_on}" if each.based_on else ""
        output.say(f"  {'':{width}}{_ORIGINS[each.origin]}{base}; {_speaks(each)}", style="dim")
    output.say()
    output.say("  mailer templates gallery --open   shows them", to_stderr=True)


def _speaks(family: Known) -> str:
    if not family.languages:
        return "its own words in one language"
    return f"its own words in {' '.join(family.languages)}"


def _family_json(workspace: Workspace, family: Known) -> dict[str, object]:
    return {
        "name": family.name,
        "about": family.about,
        "origin": family.origin,
        "based_on": family.based_on or None,
        "languages": list(family.languages),
        "folder": workspace.show(family.folder),
        "problem": family.problem or None,
    }


@app.command("new", help=_HELP["new"])
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What yours is called, for example house-style.")],
    source: Annotated[
        str, typer.Option("--from", metavar="FAMILY", help="The family to copy.", autocompletion=complete_family)
    ] = "release",
    as_json: AsJson = False,
) -> None:
    """Create your own template family from an existing one."""
    from mailer.runs.templates.catalogue import copy_family

    workspace = current_workspace()
    files = [workspace.show(path) for path in copy_family(workspace, name, source=source)]
    if as_json:
        output.print_json({"family": name, "from": source, "files": files})
        return
    for file in files:
        output.say(file)
    for line in (
        "",
        f"A copy of {source}. Whatever you leave as it is stays that of the layout that all families share.",
        f"  Colours, fonts, logo      templates/{name}/template.toml",
        f"  What stands where         templates/{name}/email.html and email.txt; docs/templates.md explains",
        f"  Is anything wrong         mailer templates check {name}",
        f"  See it                    mailer templates gallery {name} --open",
        f"  Use it                    mailer send … --template {name}, or `template: {name}` in a release",
    ):
        output.say(line, to_stderr=True)


@app.command("check", help=_HELP["check"])
def check(families: Families = [], as_json: AsJson = False) -> None:  # noqa: B006 - typer copies it
    """Check template families with sample releases."""
    from mailer.config import read_settings
    from mailer.runs.templates.checking import check_family
    from mailer.runs.templates.samples import read_samples, sample_ways

    workspace = current_workspace()
    ways = sample_ways(read_settings(workspace.root, os.environ))
    samples = read_samples()
    names = [each.name for each in _chosen(workspace, families)]
    verdicts = [check_family(workspace, name, samples, ways, now=now()) for name in names]
    if as_json:
        output.print_json({"ok": not any(each.errors for each in verdicts), "families": list(map(_json, verdicts))})
    else:
        for verdict in verdicts:
            _say_verdict(verdict)
    if any(each.errors for each in verdicts):
        raise typer.Exit(2)


def _json(verdict: Verdict) -> dict[str, object]:
    found = [output.problem_json(problem) for problem in verdict.problems]
    return {"name": verdict.family, "ok": not verdict.errors, "mails": verdict.mails, "problems": found}


def _say_verdict(verdict: Verdict) -> None:
    warnings = sum(problem.severity is Severity.WARNING for problem in verdict.problems)
    counts = [
        f"{n} {word}{'s' if n != 1 else ''}" for n, word in ((verdict.errors, "error"), (warnings, "warning")) if n
    ]
    found = " and ".join(counts) or "no problems"
    made = f"{verdict.mails} mails of {verdict.releases} releases" if verdict.mails else "no mail could be made"
    output.say(f"{verdict.family}: {made}, {found}", style="red" if verdict.errors else "")
    output.say_problems(verdict.problems, to_stderr=False)


@app.command("gallery", help=_HELP["gallery"])
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
    """Create a page that shows template families as readers see them."""
    from mailer.config import read_settings
    from mailer.runs.templates.gallery import exhibit, render_gallery, write_gallery
    from mailer.runs.templates.samples import read_own, read_samples, sample_ways

    workspace = current_workspace()
    ways = sample_ways(read_settings(workspace.root, os.environ))
    releases = (read_own(workspace, release),) if release else read_samples()
    exhibits = exhibit(workspace, _chosen(workspace, families), releases, ways, now=now())
    told = f"With {releases[0].source}." if release else "With the samples that come with mailer."
    path = write_gallery(
        workspace.make_machine_folder("gallery"), render_gallery(exhibits, told=f"{told} Made {now():%d %B %Y}.")
    )
    broken = [each for each in exhibits if each.trial is None]
    if as_json:
        output.print_json({"page": str(path), "families": [_exhibit_json(each) for each in exhibits]})
    else:
        _say_gallery(path, exhibits)
    if open_it and not webbrowser.open(path.as_uri()):
        output.say(f"No browser could be opened; open it yourself: {path.as_uri()}", to_stderr=True)
    if broken:
        raise typer.Exit(2)


def _exhibit_json(each: Exhibit) -> dict[str, object]:
    found = [output.problem_json(problem) for problem in each.problems]
    return {"name": each.family.name, "release": each.release, "shown": each.trial is not None, "problems": found}


def _say_gallery(path: Path, exhibits: Iterable[Exhibit]) -> None:
    for each in exhibits:
        output.say_problems(each.problems)
    output.say(str(path))
    names = ", ".join(each.family.name for each in exhibits if each.trial is not None)
    output.say(f"Shown: {names or 'none'}", to_stderr=True)


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
