"""Paragraph ends: text without blank lines, cut where its paragraphs end.

Owns telling a line that an editor wrapped (the next word would not have fitted) from one that ends a paragraph or is a
heading. Lines of a letterhead, of contacts and of headings that follow each other stay together.

Gaps: a paragraph whose last line happens to be full goes on into the next one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FEWEST = 6  # lines; a shorter block is one paragraph, or meant as it stands
_WIDTHS = range(45, 125)  # at which people and PDF readers wrap
_SLACK = 0.86  # of the width: letters of a PDF are not all as wide
_SHORT = 0.72
_ENDS = re.compile(r"[.!?:…。](?:[”\"»’')\]]|\[\d+\])*$")
_BEGINS = re.compile(r"[^\W_a-zß-öø-ÿœ]|[“\"„«»¿¡(\[]")
_PROSE_LINES = 3


def cut_paragraphs(lines: Sequence[str]) -> list[int]:
    """Give where the parts of a block begin: `[0]` where it is one."""
    width = max((len(line.strip()) for line in lines), default=0)
    if len(lines) < _FEWEST or width not in _WIDTHS:
        return [0]
    groups = _groups([line.strip() for line in lines], width)
    if not any(_is_prose(lines[start:stop]) for start, stop in groups):
        return [0]
    starts: list[int] = []
    before = True
    for start, stop in groups:
        prose = _is_prose(lines[start:stop])
        if prose or before or not starts:
            starts.append(start)
        before = prose
    return starts


def _groups(lines: Sequence[str], width: int) -> list[tuple[int, int]]:
    starts = [0]
    for i in range(1, len(lines)):
        if _ends(lines[i - 1], lines[i], width, alone=starts[-1] == i - 1):
            starts.append(i)
    return list(zip(starts, [*starts[1:], len(lines)], strict=True))


def _ends(line: str, following: str, width: int, *, alone: bool) -> bool:
    """Say whether a paragraph ends with a line; one that is `alone` so far may be a heading."""
    word = len(following.split(maxsplit=1)[0]) if following else 0
    if len(line) + 1 + word > width * _SLACK or not _BEGINS.match(following):
        return False
    return _ENDS.search(line) is not None or (alone and len(line) < width * _SHORT)


def _is_prose(lines: Sequence[str]) -> bool:
    ended = _ENDS.search(lines[-1].strip()) is not None
    return len(lines) >= _PROSE_LINES or (len(lines) > 1 and ended)
