"""Pictures: what a source holds inside itself, as values.

Owns `Picture` (name, bytes, alternative text) and the names under which pictures are written beside a release. The
pure room never writes one: `mailer release import` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.errors import Problem, Severity
from mailer.frozen import dataclass, replace
from mailer.release.values import Block, Image, Release

MAX_PICTURES = 200
MAX_PICTURE_BYTES = 20_000_000
_ENDINGS = {
    **{f"image/{kind}": kind for kind in ("png", "jpg", "gif", "webp", "bmp")},
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/x-emf": "emf",
    "image/x-wmf": "wmf",
}
_SIGNATURES = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif"), (b"BM", "bmp"))
SHOWN_IN_MAIL = frozenset({"png", "jpg", "gif"})  # what every mail program shows


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came inside a source; `name` is also the `src` of the `Image` that shows it."""

    name: str
    data: bytes
    alt: str = ""

    @property
    def ending(self) -> str:
        """Return the ending of its name, without the dot."""
        return self.name.rpartition(".")[2]


def name_picture(number: int, data: bytes, media_type: str) -> str:
    """Return a picture its name: by its first bytes, else by the type that the source tells."""
    shown = next((ending for mark, ending in _SIGNATURES if data.startswith(mark)), "")
    return f"picture-{number}.{shown or _ENDINGS.get(media_type.lower(), 'bin')}"


def place_pictures(release: Release, folder: str, names: frozenset[str]) -> Release:
    """Let the release show these pictures out of a folder; with no folder they have words only."""

    def placed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(
            replace(block, src=f"{folder}/{block.src}" if folder else "")
            if isinstance(block, Image) and block.src in names
            else block
            for block in blocks
        )

    return replace(release, body=placed(release.body), notes_to_editors=placed(release.notes_to_editors))


def is_local(src: str) -> bool:
    """Return whether a picture lies in a file beside the source: no scheme, no root, no way out of the folder."""
    return bool(src) and not re.match(r"[a-z][a-z0-9+.-]*:|/|\\", src, re.IGNORECASE) and ".." not in src.split("/")


def inner_pictures(release: Release, names: frozenset[str], source: str) -> Iterator[Problem]:
    """Yield a problem for each picture that is only inside the source that a mail cannot show it from there."""
    for image in release.images():
        if image.src in names:
            words = f' "{image.alt or image.caption}"' if image.alt or image.caption else ""
            message = (
                f"the picture{words} is only inside this file, and its words alone are sent;"
                f" mailer release import {source} writes it out"
            )
            yield Problem("picture-inside", message, Severity.WARNING, source)
