"""Release: `mailer release new | import | show`; `check` is in `release_check`.

Owns the words in which a release is shown to people. Reading, checking and writing are `release`'s.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output, release_check
from mailer.cli.context import current_workspace, now
from mailer.cli.options import ReleaseEncoding
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.release.pieces import Finding
    from mailer.release.values import Release

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_STARTER = """\
---
headline: {headline}
subhead: What it means, in one sentence
date: {date}
dateline: CITY
contacts:
- name: Name of the press officer
  phone: "+00 00 0000 0000"
  email: press@example.org
# embargo: 2026-12-01 09:00 Europe/Berlin
---

[insert the news here: who, what, when, where, and why it matters, in two sentences]

> [insert the quote here, without quotation marks]
>
> — [name], [role], [organisation]

ENDS

## Notes to editors

1. [insert what an editor may ask]

## About [name of the organisation]

[insert who you are, in two sentences]
"""
# \b keeps the lines of the paragraph as they are.
_HELP = {
    "new": """Start a release.

Writes releases/NAME.md with everything a release needs, to be filled in.

\b
Example:
  mailer release new harbour-seals
""",
    "import": """Make a release of a text as it comes.

Reads Word (.docx), saved web pages, Markdown, text, RTF and mails. Writes
releases/NAME.md, the pictures to releases/NAME/, and says what was
recognised and what it is unsure of.

\b
Examples:
  mailer release import harbour-seals.docx
  mailer release import statement.txt
  pbpaste | mailer release import - --as harbour-seals
""",
    "show": """Show what is read out of a release, field by field.

\b
Examples:
  mailer release show harbour-seals
  mailer release show statement.txt --json
""",
}
_MAX_SLUG = 60
_FILE = typer.Argument(metavar="FILE", help="A path, or the name of a file in releases/ without its ending.")


def slug_of(text: str) -> str:
    """Return the name of a release's file for a text: small letters and digits of any script, joined by hyphens."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:_MAX_SLUG]
        if len(longer) > _MAX_SLUG:
            break
        slug = longer
    return slug


def _checked_slug(text: str) -> str:
    slug = slug_of(text.removesuffix(".md"))
    if not slug:
        raise InputProblem(f'"{text}" cannot name a release; use letters and digits')
    return slug


@app.command("new", help=_HELP["new"])
def new(
    slug: Annotated[str, typer.Argument(metavar="NAME", help="The name of the file, for example harbour-seals.")],
) -> None:
    """Start a release: writes releases/NAME.md with everything a release needs, to be filled in."""
    name = _checked_slug(slug)
    headline = name.replace("-", " ").capitalize()
    path = _write(
        name, _STARTER.format(headline=headline, date=now().date().isoformat()), way_out="or choose another name."
    )
    output.say("Fill it in, then:", to_stderr=True)
    output.say(f"  mailer release check {name}", to_stderr=True)
    output.say(path)


@app.command("import", help=_HELP["import"])
def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A Word file, text, web page, mail …; - reads from a pipe.")
    ],
    slug: Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the new file. Default: FILE's name.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a release of that name (a copy is kept).")] = False,
    _encoding: ReleaseEncoding = "",
) -> None:
    """Make a release of a text as it comes: writes releases/NAME.md and says what was recognised."""
    from mailer.cli.release_pictures import gather_pictures, write_pictures
    from mailer.release.document import kept_apart
    from mailer.release.markdown.writing import render_markdown
    from mailer.runs.untrusted.releases import read_source

    source, data = _read_any(file)
    reading = read_source(data, source=source, slug="release")
    name = _checked_slug(slug or (reading.release.headline if file == "-" else Path(file).stem))
    folder = None if file == "-" else current_workspace().find_release(file).parent
    release, pictures, missing = gather_pictures(reading, name, folder, source)
    way_out = "--as NAME gives the new one another name, --force replaces the old one (a copy is kept)."
    text = render_markdown(replace(release, kept=kept_apart(release)))
    path = _write(name, text, way_out=way_out, force=force)
    written = write_pictures(current_workspace().root / "releases" / name, pictures)
    _say_recognised(source, reading.findings, replace(release, problems=(*release.problems, *missing)))
    for picture in written:
        output.say(f"Picture: {current_workspace().show(picture)}", to_stderr=True)
    output.say("Look through it, then:", to_stderr=True)
    output.say(f"  mailer release check {name}", to_stderr=True)
    output.say(path)


@app.command("show", help=_HELP["show"])
def show(
    file: Annotated[str, _FILE],
    _encoding: ReleaseEncoding = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show what is read out of a release, field by field."""
    from mailer.release.document import release_document

    release = _read_release(file)
    if as_json:
        output.print_json(release_document(release))
        return
    from mailer.cli.release_page import page_lines

    for line, style in page_lines(release):
        output.say(line, style=style)
    output.say_problems(release.problems)


def _read_release(file: str) -> Release:
    from mailer.runs.untrusted.releases import parse_release

    workspace = current_workspace()
    path = workspace.release_path(file)
    data = workspace.read_release(path)
    return parse_release(data, source=workspace.show(path), slug=path.stem, strict=False)


def _read_any(file: str) -> tuple[str, bytes]:
    from mailer.workspace import MAX_RELEASE_BYTES, text_as_utf8

    workspace = current_workspace()
    if file == "-":
        if sys.stdin.isatty():
            output.say("Paste the release, then press Ctrl-D on a line of its own.", to_stderr=True)
        data = sys.stdin.buffer.read(MAX_RELEASE_BYTES + 1)
        named = workspace.encoding
        return "standard input", text_as_utf8(data, named, source="standard input") if named else data
    path = workspace.find_release(file)
    return workspace.show(path), workspace.read_release(path)


def _write(slug: str, text: str, *, way_out: str, force: bool = False) -> str:
    """Write a release of the staff's; return its path as they know it."""
    from mailer.workspace import write_atomically

    workspace = current_workspace()
    path = workspace.root / "releases" / f"{slug}.md"
    shown = workspace.show(path)
    if path.exists():
        if not force:
            raise InputProblem(
                f"{shown} is there already",
                hint=f"mailer release show {slug} shows it; {way_out}",
            )
        copy = workspace.keep_for_undo(path, now())
        output.say(f"The old one is kept: {workspace.show(copy)}", to_stderr=True)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=workspace.show(path.parent)) from None
    write_atomically(path, text.encode("utf-8"))
    return shown


def _say_recognised(source: str, findings: tuple[Finding, ...], release: Release) -> None:
    if findings:
        output.say(f"Recognised in {source}:", to_stderr=True)
    place = "paragraph" if source.lower().endswith((".docx", ".rtf")) else "line"
    rows = [(f"{place} {one.line}", one.field, _short(one.text)) for one in findings]
    for line in output.table(rows, right=(0,)):
        output.say(f"  {line}", to_stderr=True)
    if release.problems:
        output.say("Look at these, it may have been understood wrongly:", to_stderr=True)
        output.say_problems(release.problems)
    if not release.contacts:
        output.say(
            "  No media contact was found; add one under `contacts:` at the top.", style="yellow", to_stderr=True
        )


def _short(text: str, limit: int = 72) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


release_check.register(app)
