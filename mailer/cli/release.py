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
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from mailer.errors import Problem, Severity
from mailer.release.document import block_text, kept_apart
from mailer.release.pictures import MAX_PICTURE_BYTES, MAX_PICTURES, Picture, is_local, place_pictures
from mailer.release.source import Reading
from mailer.release.values import Block, Heading, Image, ListBlock, MediaContact, Quote, Release, Table, plain
from mailer.workspace import read_bytes, write_atomically

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

Writes releases/NAME.md, a template to fill in.

\b
Example:
  mailer release new harbour-seals
""",
    "import": """Turn a document into a release.

Reads Word (.docx), saved web pages, Markdown, text, RTF and mails. Writes
releases/NAME.md, the pictures to releases/NAME/, and says what was
recognised and what it is unsure of.

\b
Examples:
  mailer release import harbour-seals.docx
  mailer release import statement.txt
  pbpaste | mailer release import - --as harbour-seals
""",
    "show": """Show how a release is read, field by field.

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
    """Show how a release is read, field by field."""
    from mailer.release.document import release_document

    release = _read_release(file)
    if as_json:
        output.print_json(release_document(release))
        return

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


# Release pictures: the pictures of an imported release, put beside it.


@dataclass(slots=True)
class _Beside:
    """What lay beside a source: pictures by the address that the source has for them."""

    found: dict[str, Picture]
    missing: list[Problem]


def gather_pictures(
    reading: Reading, name: str, folder: Path | None, source: str
) -> tuple[Release, tuple[Picture, ...], tuple[Problem, ...]]:
    """Return a release whose pictures lie in `NAME/`, the pictures to be put there, and what is missing.

    `folder` is where the source lies; None where it came through a pipe.
    """
    inner = {picture.name for picture in reading.pictures}
    taken = set(inner)
    beside = _Beside({}, [])
    for image in reading.release.images():
        if image.src in inner or not is_local(image.src) or image.src in beside.found:
            continue
        picture = _read_beside(folder, image.src, taken) if len(beside.found) < MAX_PICTURES else None
        if picture is None:
            message = f'the picture "{image.src}" is not there: put it into releases/{name}/, or take it out'
            beside.missing.append(Problem("picture-missing", message, Severity.WARNING, source))
        else:
            taken.add(picture.name)
            beside.found[image.src] = picture
    release = _renamed(reading.release, {src: picture.name for src, picture in beside.found.items()})
    pictures = (*reading.pictures, *beside.found.values())
    names = frozenset(picture.name for picture in pictures)
    return place_pictures(release, name, names), pictures, tuple(beside.missing)


def _read_beside(folder: Path | None, src: str, taken: set[str]) -> Picture | None:
    """Read a picture beside the source, under a name that no other one has; never one outside that folder."""
    if folder is None:
        return None
    path = folder / unquote(src.split("?", maxsplit=1)[0])
    try:
        if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            return None
        data = read_bytes(path, limit=MAX_PICTURE_BYTES)
    except (InputProblem, OSError, ValueError):
        return None
    stem, ending = path.stem.replace(" ", "-"), path.suffix.lower()
    names = (f"{stem}{f'-{n}' if n else ''}{ending}" for n in range(MAX_PICTURES + 1))
    return Picture(next(name for name in names if name not in taken), data)


def _renamed(release: Release, names: dict[str, str]) -> Release:
    def renamed(block: Block) -> Block:
        return replace(block, src=names[block.src]) if isinstance(block, Image) and block.src in names else block

    return replace(
        release,
        body=tuple(map(renamed, release.body)),
        notes_to_editors=tuple(map(renamed, release.notes_to_editors)),
    )


def write_pictures(folder: Path, pictures: tuple[Picture, ...]) -> list[Path]:
    """Write pictures into a folder, which is made where it is needed; return their paths.

    Raises:
        InputProblem: the folder or a picture cannot be written.
    """
    if not pictures:
        return []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=str(folder)) from None
    for picture in pictures:
        write_atomically(folder / picture.name, picture.data)
    return [folder / picture.name for picture in pictures]


# Release page: a release laid out for a terminal, calm and complete.

_WIDTH = 78
_LABEL_WIDTH = 11

StyledLine = tuple[str, str]


def page_lines(release: Release) -> Iterator[StyledLine]:
    """Yield the lines of a release with their styles (rich's words, empty for none)."""
    yield from _head(release)
    yield "", ""
    for block in release.body:
        yield from _block(block)
    for name, text in _tail(release):
        yield from _field(name, text)
    for contact in release.contacts:
        yield from _field("Contact", _contact(contact))
    for kept in kept_apart(release):
        yield from _field("Kept", f"line {kept.line}: {kept.text}", style="dim")


def _head(release: Release) -> Iterator[StyledLine]:
    yield from ((line, "bold") for line in _wrapped(release.headline))
    yield from ((line, "") for line in _wrapped(release.subhead))
    yield "", ""
    yield from _field("Label", release.label)
    if release.embargo:
        until = release.embargo.until
        yield from _field(
            "Embargo", f"{until:%Y-%m-%d %H:%M %Z}".strip() if until else f"not understood: {release.embargo.text}"
        )
    yield from _field("Date", release.date.isoformat() if release.date else "none")
    yield from _field("Dateline", release.dateline.text if release.dateline else "")
    yield from _field("Language", release.language)
    yield from _field("Sender", release.sender)
    yield from _field("Template", release.template)
    yield from _field("Attached", ", ".join(release.attachments))


def _tail(release: Release) -> Iterator[tuple[str, str]]:
    yield "Call", plain(release.call_to_action)
    yield "End mark", release.end_mark
    yield "Notes", "\n\n".join(block_text(block) for block in release.notes_to_editors)
    for one in release.boilerplate:
        yield "About", "\n\n".join(filter(None, (one.heading, *(plain(inline) for inline in one.paragraphs))))


def _field(name: str, text: str, *, style: str = "") -> Iterator[StyledLine]:
    lines = _wrapped(text, _WIDTH - _LABEL_WIDTH)
    for number, line in enumerate(lines):
        label = name if number == 0 else ""
        yield f"{label:{_LABEL_WIDTH}}{line}".rstrip(), style


def _block(block: Block) -> Iterator[StyledLine]:
    text = block_text(block)
    if isinstance(block, Quote):
        yield from ((line, "dim") for line in _wrapped(block.lead_in))
        yield from ((f"    {line}".rstrip(), "") for line in _wrapped(text, _WIDTH - 4))
        who = ", ".join(filter(None, (block.speaker, block.role, block.organisation)))
        yield f"    — {who or 'nobody is named'}", ""
    elif isinstance(block, Image):
        words = " ".join(filter(None, (block.src, block.caption or block.alt, block.credit)))
        yield from ((line, "") for line in _wrapped(f"[Picture: {words}]"))
    elif isinstance(block, Table):
        rows = [block.head, *block.rows] if block.head else list(block.rows)
        yield from ((line, "") for line in output.table([[plain(cell) for cell in row] for row in rows]))
    elif isinstance(block, ListBlock):
        yield from (
            (line, "") for item in text.split("\n") for line in textwrap.wrap(item, _WIDTH, subsequent_indent="  ")
        )
    else:
        style = "bold" if isinstance(block, Heading) else ""
        yield from ((line, style) for line in _wrapped(text))
    yield "", ""


def _contact(contact: MediaContact) -> str:
    who = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
    note = f" ({contact.note})" if contact.note else ""
    return ", ".join(filter(None, who)) + note


def _wrapped(text: str, width: int = _WIDTH) -> list[str]:
    if not text:
        return []
    return [line for part in text.split("\n") for line in (textwrap.wrap(part, width) or [""])]
