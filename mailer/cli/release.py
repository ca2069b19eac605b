"""Release: `mailer release`: start, import, show and check releases.

Owns reading from a pipe. `runs.manuscripts` decides where a release is written and what happens to an existing one;
the checks are in `runs.reviewing`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from mailer.cli import output
from mailer.cli.office import actor, current_settings, current_workspace, now, reading_office
from mailer.cli.options import Reader, ReleaseEncoding, ReleaseFile, argument, flag, grouped, option
from mailer.cli.progress import counting
from mailer.errors import InputProblem

app = typer.Typer(help="Write, import, show and check press releases.", no_args_is_help=True)


@app.command()
def new(slug: str = argument("NAME", "The name of the file, for example harbour-seals.")) -> None:
    """Start a release.

    Writes releases/NAME.md, a template to fill in.

    \b
    Example:
      mailer release new harbour-seals
    """
    from mailer.runs.manuscripts.keeping import start_release

    output.show(start_release(current_workspace(), slug, now=now()))


@app.command("import")
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
        source, named = "standard input", workspace.encoding
        if output.is_interactive():
            output.echo("Paste the release, then press Ctrl-D on a line of its own.", to_stderr=True)
        data = sys.stdin.buffer.read(MAX_RELEASE_BYTES + 1)
        data = text_as_utf8(data, named, source=source) if named else data
    else:
        path = workspace.find_release(file)
        source, data, folder = workspace.show(path), workspace.read_release(path), path.parent
    found = recognise(data, source=source, name=slug or ("" if file == "-" else Path(file).stem), folder=folder)
    way_out = "Use --as NAME for another name, or --force to replace the old one (a copy is kept)."
    added = add_release(workspace, found.name, found.text, found.pictures, now=now(), force=force, way_out=way_out)
    if added.kept:
        output.echo(f"The old file is kept: {added.kept}", to_stderr=True)
    output.show(ReleaseImported(added.name, added.file, source, found.findings, found.release, added.pictures))


@app.command()
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


@app.command()
@grouped
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
    from mailer.runs.reviewing import Desk, ReviewRequest, review

    if waive and not reason.strip():
        raise InputProblem("--waive needs a reason", hint='--reason "why it is acceptable": it is kept in the release')
    if reason and not waive:
        raise InputProblem("--reason needs --waive", hint="--waive CODE, as shown by the check")
    workspace = current_workspace()
    # without readable settings, the check would pass by rules that are not the office's own
    settings = current_settings()
    moment = parse_at(at, now=now(), zone=settings.office.time_zone) if at else None
    mailing = reader.request(
        file, PREVIEW_RELAY, "release", lists=tuple(reader.lists), selection=reader.selection, at=moment
    )
    desk = Desk(workspace, settings, workspace.release_path(file), now, actor(), reading_office, counting)
    request = ReviewRequest(mailing, reader.person, spam, online)
    found = review(desk, request, waive=waive, reason=reason)
    if output.is_json() and found.kept_in:
        output.echo(f"Kept in {found.kept_in}.", to_stderr=True)
    output.show(found)
    if not found.ok:
        raise typer.Exit(2)
