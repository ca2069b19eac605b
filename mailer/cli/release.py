"""Release: `mailer release new | import | show`; `check` is in `release_check`.

Owns where a release is written, and what becomes of one that is there already.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output, release_check
from mailer.cli.context import current_workspace, now
from mailer.cli.options import AsJson, ReleaseEncoding
from mailer.errors import InputProblem

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


@app.command("new")
def new(
    slug: Annotated[str, typer.Argument(metavar="NAME", help="The name of the file, for example harbour-seals.")],
) -> None:
    """Start a release.

    Writes releases/NAME.md, a template to fill in.

    \b
    Example:
      mailer release new harbour-seals
    """
    from mailer.runs.manuscripts import ReleaseStarted

    name = _checked_slug(slug)
    headline = name.replace("-", " ").capitalize()
    path = _write(
        name, _STARTER.format(headline=headline, date=now().date().isoformat()), way_out="or choose another name."
    )
    output.show(ReleaseStarted(name, path), as_json=False)


@app.command("import")
def import_(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="A Word file, text, web page, mail …; - reads from a pipe.")
    ],
    slug: Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the new file. Default: FILE's name.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a release of that name (a copy is kept).")] = False,
    _encoding: ReleaseEncoding = "",
) -> None:
    """Turn a document into a release.

    Reads Word (.docx), saved web pages, Markdown, text, RTF and mails. Writes
    releases/NAME.md, the pictures to releases/NAME/, and says what was
    recognised and what it is unsure of.

    \b
    Examples:
      mailer release import harbour-seals.docx
      mailer release import statement.txt
      pbpaste | mailer release import - --as harbour-seals
    """
    from mailer.release.document import kept_apart
    from mailer.release.markdown.writing import render_markdown
    from mailer.runs.manuscripts import ReleaseImported, gather_pictures, write_pictures
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
    shown = tuple(map(current_workspace().show, written))
    release = replace(release, problems=(*release.problems, *missing))
    output.show(ReleaseImported(name, path, source, reading.findings, release, shown), as_json=False)


@app.command("show")
def show(
    file: Annotated[str, _FILE],
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> None:
    """Show how a release is read, field by field.

    \b
    Examples:
      mailer release show harbour-seals
      mailer release show statement.txt --json
    """
    from mailer.runs.manuscripts import ReleaseShown
    from mailer.runs.untrusted.releases import parse_release

    workspace = current_workspace()
    path = workspace.release_path(file)
    release = parse_release(workspace.read_release(path), source=workspace.show(path), slug=path.stem, strict=False)
    output.show(ReleaseShown(release), as_json=as_json)


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


release_check.register(app)
