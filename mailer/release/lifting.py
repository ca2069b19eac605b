"""Lifting: a release whose embargo is over by the time it goes out.

Owns what is taken out of it: the embargo itself, and the label that announced it. Never decides whether it is over, and
never touches the text of the release.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.release.head.holds import find_holds
from mailer.release.values import Release
from mailer.release.words import pattern


def lift_embargo(release: Release) -> Release:
    """Return a release as it reads once it may be used: no embargo, and no label that speaks of one."""
    if release.embargo is None:
        return release
    speaks = (
        pattern(r"(?<!\w){embargo}(?!\w)").search(release.label)
        or any(find_holds(release.label, edge=True))
        or _same(release.label, release.embargo.text)
    )
    return replace(release, embargo=None, label="" if speaks else release.label)


def _same(one: str, other: str) -> bool:
    return bool(one) and re.sub(r"\W+", " ", one).casefold() == re.sub(r"\W+", " ", other).casefold()
