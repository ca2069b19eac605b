"""Manuscripts: release files: shown, imported with their pictures, and (in `examining`) checked.

The pictures of an imported release are put beside it; missing ones are reported.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mailer.errors import InputProblem, Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.release.pieces import MAX_PICTURE_BYTES, MAX_PICTURES, Picture, Reason, is_local, place_pictures
from mailer.release.values import Block, Image, Kept, Release
from mailer.workspace import read_bytes, write_atomically

if TYPE_CHECKING:
    from mailer.release.source import Reading


@dataclass(frozen=True, slots=True)
class ReleaseShown:
    """A release as it was read."""

    release: Release


@dataclass(frozen=True, slots=True)
class LineExplained:
    """A line of a release: what it was read as, and why; and the same for the lines around it."""

    source: str
    line: int
    reasons: tuple[Reason, ...]
    around: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAdded:
    """A new release: its file, its pictures, and the copy of the file that it replaced."""

    name: str
    file: str
    pictures: tuple[str, ...]
    kept: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseImported:
    """A release that was made from a document: what was recognised in it, and the files that were written."""

    name: str
    file: str
    source: str
    findings: tuple[Kept, ...]
    release: Release
    pictures: tuple[str, ...]


def explain_line(reading: Reading, wanted: str, source: str) -> LineExplained:
    """Return why a line was read as it was; `wanted` is its number, or words that are in it.

    Raises InputProblem if nothing was read in such a line.
    """
    bare = " ".join(wanted.split()).casefold()
    named = (one.line for one in reading.reasons if bare in " ".join(one.text.split()).casefold())
    number = int(wanted) if wanted.isdecimal() else min(named, default=0)
    own = tuple(dict.fromkeys(one for one in reading.reasons if one.line == number))
    if not own:
        hint = "Name a line that has words, by its number or by some of its words."
        raise InputProblem(_describe_unread(reading, wanted), source=source, hint=hint)
    above = max((one.line for one in reading.reasons if one.line < number), default=0)
    below = min((one.line for one in reading.reasons if one.line > number), default=0)
    last = {one.line: one for one in reading.reasons if one.line in {above, below} and one.line}
    return LineExplained(source, number, own, tuple(last[line] for line in sorted(last)))


def _describe_unread(reading: Reading, wanted: str) -> str:
    """Return, as a clause, what is in a line in which nothing was read."""
    lines = reading.text.split("\n")
    number = int(wanted) if wanted.isdecimal() else 0
    if not number:
        return f'no line has the words "{wanted}"'
    if not reading.text:
        return f"nothing was read in line {number}"
    if number > len(lines):
        return f"there is no line {number}: there are {len(lines)}"
    words = lines[number - 1].strip()
    return f'line {number} is "{words}", which was not read as anything' if words else f"line {number} is empty"


# Pictures of an imported release: from inside the document or from beside it, each with a unique name.


def gather_pictures(
    reading: Reading, name: str, folder: Path | None, source: str
) -> tuple[Release, tuple[Picture, ...], tuple[Problem, ...]]:
    """Return a release whose pictures are in `NAME/`, the pictures to be written there, and what is missing.

    `folder` is that of the source; None if it came through a pipe.
    """
    inner = {picture.name for picture in reading.pictures}
    taken = set(inner)
    beside: dict[str, Picture] = {}  # by their address in the source
    missing = []
    for image in reading.release.images():
        if image.src in inner or not is_local(image.src) or image.src in beside:
            continue
        data: bytes | None = None
        path = Path(unquote(image.src.split("?", maxsplit=1)[0]))
        if folder is not None and len(beside) < MAX_PICTURES:
            # never one outside that folder
            with suppress(InputProblem, OSError, ValueError):
                if (folder / path).is_file() and (folder / path).resolve().is_relative_to(folder.resolve()):
                    data = read_bytes(folder / path, limit=MAX_PICTURE_BYTES)
        if data is None:
            message = f'the picture "{image.src}" is not there: put it into releases/{name}/, or take it out'
            missing.append(Problem("picture-missing", message, Severity.WARNING, source))
            continue
        stem, ending = path.stem.replace(" ", "-"), path.suffix.lower()
        names = (f"{stem}{f'-{n}' if n else ''}{ending}" for n in range(MAX_PICTURES + 1))
        beside[image.src] = Picture(next(each for each in names if each not in taken), data)
        taken.add(beside[image.src].name)

    def renamed(block: Block) -> Block:
        return replace(block, src=beside[block.src].name) if isinstance(block, Image) and block.src in beside else block

    body, notes = (tuple(map(renamed, part)) for part in (reading.release.body, reading.release.notes_to_editors))
    release = replace(reading.release, body=body, notes_to_editors=notes)
    pictures = (*reading.pictures, *beside.values())
    return place_pictures(release, name, frozenset(each.name for each in pictures)), pictures, tuple(missing)


def write_pictures(folder: Path, pictures: tuple[Picture, ...]) -> list[Path]:
    """Write pictures into a folder, which is created if necessary; return their paths.

    Raises InputProblem if the folder or a picture cannot be written.
    """
    for picture in pictures:
        write_atomically(folder / picture.name, picture.data, makes_folder=True)
    return [folder / picture.name for picture in pictures]
