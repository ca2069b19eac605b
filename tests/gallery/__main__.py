"""The pictures in docs/gallery/, made anew: python3 -m tests.gallery [FOLDER] [PART OF A NAME].

Owns which pictures there are, and how small they become: a palette instead of millions of colours, which text on paper
does not need. A picture that still looks the same is not written, so that a repository keeps its history small.
Needs Chromium. Letters that the machine has no font for become boxes: Debian's fonts-liberation, fonts-hosny-amiri and
fonts-ipaexfont-mincho have all that the samples use.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from mailer.runs.templates import DESKTOP, PHONE
from tests.gallery.mails import FAMILIES, mail, page
from tests.gallery.screen import open_screen

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"
COLOURS = 96


@dataclass(frozen=True)
class Shot:
    """One picture: a family with a sample, in a view."""

    name: str
    family: str
    sample: str = ""
    width: int = DESKTOP
    dark: bool = False
    pictures: bool = True


def shots() -> Iterator[Shot]:
    """Every family by day and by night, on a desktop and on a phone; and what a family must also bear."""
    for family in FAMILIES:
        for dark, width in ((False, DESKTOP), (True, DESKTOP), (False, PHONE), (True, PHONE)):
            name = f"{family}-{'dark' if dark else 'light'}-{'phone' if width == PHONE else 'desktop'}"
            yield Shot(name, family, width=width, dark=dark)
    yield Shot("release-arabic", "release", "arabic")
    yield Shot("release-arabic-dark-phone", "release", "arabic", PHONE, dark=True)
    yield Shot("statement-japanese", "statement", "japanese")
    yield Shot("release-embargo", "release", "embargo")
    yield Shot("release-contacts", "release", "contacts")
    yield Shot("release-tables-phone", "release", "tables", PHONE)
    yield Shot("release-hostile-phone", "release", "hostile", PHONE)
    yield Shot("release-without-pictures", "release", pictures=False)
    yield Shot("statement-without-pictures-dark-phone", "statement", width=PHONE, dark=True, pictures=False)


def small(png: bytes) -> bytes:
    """Return a picture in few colours."""
    kept = io.BytesIO()
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        kept, "PNG", optimize=True
    )
    return kept.getvalue()


def is_alike(path: Path, png: bytes) -> bool:
    """Return whether a picture that is there shows the same."""
    if not path.exists():
        return False
    there, new = Image.open(path).convert("RGB"), Image.open(io.BytesIO(png)).convert("RGB")
    return there.size == new.size and ImageChops.difference(there, new).getbbox() is None


def main(folder: Path, wanted: str) -> None:
    chromium = shutil.which("chromium") or sys.exit("chromium is not there")
    folder.mkdir(parents=True, exist_ok=True)
    with open_screen(chromium) as screen:
        for shot in (each for each in shots() if wanted in each.name):
            html = page(mail(shot.family, shot.sample), pictures=shot.pictures)
            png = small(screen.look(html, width=shot.width, dark=shot.dark).png)
            path = folder / f"{shot.name}.png"
            if is_alike(path, png):
                continue
            path.write_bytes(png)
            print(f"{path.name}  {len(png) / 1000:.0f} kB")


main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, sys.argv[2] if len(sys.argv) > 2 else "")
