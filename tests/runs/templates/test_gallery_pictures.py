"""The pictures in docs/gallery/: they exist, are small, and each has a sentence beside it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.gallery.mails import FAMILIES

DOCS = Path(__file__).parents[3] / "docs"


def test_every_picture_is_shown_and_every_family_is_there_in_four_views() -> None:
    shown = re.findall(r'src="gallery/([\w-]+)\.png" alt="[^"]+"', (DOCS / "gallery.md").read_text("utf-8"))
    there = {path.stem: path.stat().st_size for path in (DOCS / "gallery").iterdir()}
    assert sorted(shown) == sorted(there)
    views = {
        f"{family}-{scheme}-{device}"
        for family in FAMILIES
        for scheme in ("light", "dark")
        for device in ("desktop", "phone")
    }
    assert views <= set(shown)
    assert sum(there.values()) < 2_500_000
