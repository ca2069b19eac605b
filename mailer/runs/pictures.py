"""Pictures: those of an imported release, put beside it.

What lay inside a document or beside it comes along under a name of its own; what is not there is told. Nothing outside
the folder of the source is read. Raises `InputProblem`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from mailer.errors import InputProblem, Problem, Severity
from mailer.release.pictures import MAX_PICTURE_BYTES, MAX_PICTURES, Picture, is_local, place_pictures
from mailer.release.source import Reading
from mailer.release.values import Block, Image, Release
from mailer.workspace import read_bytes, write_atomically


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
