"""Release: `mailer release`, `templates` and `newsroom`: what is written, how it looks, and where it is on the web.

Owns reading from a pipe. `runs.manuscripts` decides where a release is written and what happens to an existing one; its
checks are in `runs.reviewing`, those of template families in `runs.templates`. `runs.newsroom` decides what is on the
pages.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.office import actor, current_settings, current_workspace, now, reading_office, run_reading
from mailer.cli.options import Open, Reader, ReleaseEncoding, ReleaseFile, argument, flag, option
from mailer.cli.progress import counting
from mailer.errors import InputProblem

release = typer.Typer(help="Write, import, show and check press releases.", no_args_is_help=True)


@release.command()
def new(slug: str = argument("NAME", "The name of the file, for example harbour-seals.")) -> None:
    """Start a release.

    Writes releases/NAME.md, a template to fill in.

    \b
    Example:
      mailer release new harbour-seals
    """
    from mailer.runs.manuscripts.keeping import start_release

    output.show(start_release(current_workspace(), slug, now=now()))


@release.command("import")
def import_(
    file: str = argument("FILE|-", "A Word file, text, web page, mail …; - for a pipe."),
    slug: str = option("--as NAME", "Name of the new file. Default: FILE's name.", ""),
    force: bool = flag("--force", "Replace a release of that name (a copy is kept)."),
    _encoding: ReleaseEncoding = "",
) -> None:
    """Turn a document into a release.

    Reads Word (.docx), saved web pages, Markdown, text, RTF and mails. Writes
    releases/NAME.md and the pictures to releases/NAME/, and shows what was
    recognised and what is uncertain.

    \b
    Examples:
      mailer release import harbour-seals.docx
      mailer release import statement.txt --encoding cp1250
      pbpaste | mailer release import - --as harbour-seals
    """
    from mailer.runs.manuscripts import ReleaseImported
    from mailer.runs.manuscripts.keeping import add_release, recognise
    from mailer.workspace import MAX_RELEASE_BYTES, text_as_utf8

    workspace, folder = current_workspace(), None
    if file == "-":
        source, encoding = "standard input", workspace.encoding
        if output.is_interactive():
            output.echo("Paste the release, then press Ctrl-D on a line of its own.", to_stderr=True)
        data = sys.stdin.buffer.read(MAX_RELEASE_BYTES + 1)
        data = text_as_utf8(data, encoding, source=source) if encoding else data
    else:
        path = workspace.find_release(file)
        source, data, folder = workspace.show(path), workspace.read_release(path), path.parent
    found = recognise(data, source=source, name=slug or ("" if file == "-" else Path(file).stem), folder=folder)
    way_out = "use --as NAME for another name, or --force to replace the old one (a copy is kept)."
    added = add_release(workspace, found.name, found.text, found.pictures, now=now(), force=force, way_out=way_out)
    if added.kept:
        output.echo(f"The old file is kept: {added.kept}", to_stderr=True)
    output.show(ReleaseImported(added.name, added.file, source, found.findings, found.release, added.pictures))


@release.command()
def show(
    file: ReleaseFile,
    why: str = option("--why LINE", "Explain how this line (its number, or words in it) was read.", ""),
    _encoding: ReleaseEncoding = "",
) -> None:
    """Show how a release is read, field by field.

    \b
    Examples:
      mailer release show harbour-seals
      mailer release show statement.txt --json
      mailer release show statement.txt --why 4
      mailer release show statement.txt --why "Press Office"     the first line with these words
    """
    from mailer.runs.manuscripts import ReleaseShown, explain_line
    from mailer.runs.untrusted import parse_release, read_source

    workspace = current_workspace()
    path = workspace.release_path(file)
    data, source = workspace.read_release(path), workspace.show(path)
    if why:
        reading = read_source(data, source=source, slug=path.stem, strict=False)
        output.show(explain_line(reading, why, source))
    else:
        output.show(ReleaseShown(parse_release(data, source=source, slug=path.stem, strict=False)))


@release.command()
def check(
    file: ReleaseFile,
    online: bool = flag("--online", "Also open every link and picture of the release."),
    at: str = option("--at WHEN", 'Check it for this time: "2026-12-01 09:00 Europe/Berlin".', ""),
    reader: Reader = Reader(),
    spam: bool = flag("--spam", "Also run SpamAssassin and rspamd, if installed."),
    waive: str = option("--waive CODE", "Accept a warning, by the name that the check shows.", ""),
    reason: str = option("--reason TEXT", "With --waive: why the warning is acceptable.", ""),
) -> None:
    """Check a release as an editor would. Errors stop a mailing (exit code 2), warnings do not.

    The mail is made and checked, too: with --to, every recipient's; otherwise that of an invented reader.

    A warning can be accepted, with a reason that is kept in the release. It is not shown again before sending.
    docs/checks.md lists all checks.

    \b
    Examples:
      mailer release check harbour-seals
      mailer release check harbour-seals --online     also opens the links
      mailer release check harbour-seals --to coast   makes and checks every recipient's mail
      mailer release check harbour-seals --spam       asks the spam filters on this machine
      mailer release check harbour-seals --at "2026-12-01 09:00 Europe/Berlin"     against its embargo
      mailer release check harbour-seals --waive headline-long --reason "it is their title"
      mailer release check harbour-seals --waive 'leftover "TBC"' --reason "the ship's name"
    """
    from mailer.runs.planning.request import PREVIEW_RELAY, parse_at
    from mailer.runs.reviewing import ReviewRequest, ReviewTools, review

    if waive and not reason.strip():
        raise InputProblem("--waive needs a reason", hint='--reason "why it is acceptable": it is kept in the release')
    if reason and not waive:
        raise InputProblem("--reason needs --waive", hint="--waive CODE, as shown by the check")
    workspace = current_workspace()
    # without readable settings, the check would pass by rules that are not the office's own
    settings = current_settings()
    zone = settings.office.time_zone
    time = parse_at(at, now=now(), zone=zone, without="to check it as of now") if at else None
    mailing = reader.request(
        file, PREVIEW_RELAY, "release", lists=tuple(reader.lists), selection=reader.selection, at=time
    )
    tools = ReviewTools(workspace, settings, workspace.release_path(file), now, actor(), reading_office, counting)
    request = ReviewRequest(mailing, reader.person, spam, online)
    found = review(tools, request, waive=waive, reason=reason)
    if output.is_json() and found.kept_in:
        output.echo(f"Kept in {found.kept_in}.", to_stderr=True)
    output.show(found)
    if not found.ok:
        raise typer.Exit(2)


templates = typer.Typer(help="Template families: list, check, preview, create.", no_args_is_help=True)

FamilyNames = Annotated[list[str], argument("FAMILY", "Families to look at. Default: all.", complete="family")]


@templates.command("list")
def list_families(
    families: FamilyNames = [],
    gallery: bool = flag("--gallery", "Create a page that shows the families as readers see them."),
    open_it: Open = False,
    release: str = option(
        "--release RELEASE",
        "For the page: a release of yours, or a sample (arabic, tables …). Default: the sample that suits each family.",
        "",
        "release",
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
    from mailer.runs.templates import Families, choose_families, make_gallery

    workspace = current_workspace()
    if not (gallery or open_it or release):
        output.show(Families(tuple(choose_families(workspace, families)), workspace))
        return
    made = make_gallery(workspace, current_settings(), families, release, now=now())
    output.show(made)
    if open_it:
        output.open_page(made.page)
    if any(each.trial is None for each in made.exhibits):
        raise typer.Exit(2)


@templates.command("new")
def new_family(
    name: str = argument("NAME", "The name of the new family, for example house-style."),
    source: str = option("--from FAMILY", "The family to copy.", "release", "family"),
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


@templates.command("check")
def check_families(families: FamilyNames = []) -> None:
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


newsroom = typer.Typer(help="Your releases as web pages.", no_args_is_help=True)
_HOST = "127.0.0.1"


@newsroom.command()
def build(
    folder: str = argument("DIR", "Output folder. Default: [newsroom] folder in mailer.toml, else newsroom/.", ""),
    serve: bool = flag("--serve", "Then serve it on this machine, until Ctrl-C."),
    port: int = option(
        "--port N", "With --serve: the port. Default: any free one.", 0, min=0, max=65_535, show_default=False
    ),
    open_it: bool = flag("--open", "As --serve, and open it in the browser."),
) -> None:
    """Build a page for every release that went out.

    Creates a folder for any web server: a page for each release in its languages, with a press kit, an index by year
    and topic, a feed, a sitemap, and each release for editorial systems (ninjs 3.1). The text is the one that was sent,
    with its corrections on top. A release under embargo is not there until the embargo ends.

    In a release, `topics: [sea, harbour]` names its topics, `newsroom: false` means no page, and `newsroom: true` means
    a page even if it was not mailed. With [newsroom] in mailer.toml, mails link to the pages, and `mailer worker` keeps
    them up to date.

    \b
    Examples:
      mailer newsroom build
      mailer newsroom build --open
      mailer newsroom build /srv/www/news
    """
    if output.is_json() and (serve or open_it):
        raise InputProblem("--json cannot be combined with --serve or --open")
    from mailer.runs.newsroom import build_newsroom

    built = run_reading(build_newsroom, folder)
    output.show(built)
    if not (serve or open_it):
        return
    from mailer.public.server import bind, make_static_app, serve_here

    bound = bind(_HOST, port, hint="--port, or leave it out: any free port is used")
    address = f"http://{_HOST}:{bound.getsockname()[1]}/"
    output.echo(f"The newsroom is at {address}, on this machine only. Ctrl-C stops.", to_stderr=True)
    if open_it:
        import webbrowser

        webbrowser.open(address)
    serve_here(make_static_app(built.folder), bound)
