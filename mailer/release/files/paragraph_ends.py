"""Paragraph ends: text whose blank lines are missing, or doubled, cut where its paragraphs end.

Owns telling a line that an editor wrapped (the next word would not have fitted) from one that ends a paragraph or is a
heading. Lines of a letterhead, of contacts and of headings that follow each other stay together.

Gaps: a paragraph whose last line happens to be full goes on into the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mailer import lazy_re as re
from mailer.release.dateline_text import read_dateline_text

_DOUBLED = 4  # sentences that go on behind a blank line
_FEWEST = 6  # lines; a shorter block is one paragraph, or meant as it stands
_WIDTHS = range(45, 125)  # at which people and PDF readers wrap
_SLACK, _NEARLY = 0.86, 0.96  # of the width: letters of a PDF are not all as wide
_SHORT, _VERY_SHORT = 0.8, 0.5
_ENDS = re.compile(r"[.!?:…。](?:[”\"»’')\]]|\[\d+\])*$")
_BEGINS = re.compile(r"[^\W_a-zß-öø-ÿœ]|[“\"„«»¿¡(\[]")
_DATA = re.compile(r"(?:@[\w-]+\.[\w.-]+|\d{3}[\d ()/.-]{4,}\d)\W*$")  # a line that ends so is of a contact
_PROSE_LINES = 3
_HEADING_LINES = 3


def end_of_list(lines: Sequence[str], last: int) -> int:
    """Return where a block goes on behind its last item, which begins at `last`; its length where it does not."""
    width = max(len(line.strip()) for line in lines)
    if width not in _WIDTHS:
        return len(lines)
    for i in range(last + 1, len(lines)):
        if not lines[i][:1].isspace() and _ends(lines[i - 1].strip(), lines[i], width, before=_PROSE_LINES + 1):
            return i
    return len(lines)


def close_up(lines: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the numbered lines of a text without the blank line that a mail program put behind each of them.

    A text whose sentences go on behind single blank lines, and whose paragraphs have two, has them doubled.
    """
    full = [i for i, (_, line) in enumerate(lines) if line.strip()]
    pairs = list(pairwise(full))
    single = [(a, b) for a, b in pairs if b - a == 2]
    cut = [(a, b) for a, b in single if not _ENDS.search(lines[a][1].strip()) and lines[b][1].strip()[:1].islower()]
    if len(cut) < _DOUBLED or len(cut) * 3 < len(pairs) or any(b - a == 1 for a, b in pairs[len(pairs) // 3 :]):
        return list(lines)
    gone = {a + 1 for a, b in pairs if a >= cut[0][0] and b - a in {2, 3}}
    return [line for i, line in enumerate(lines) if i not in gone]


def cut_paragraphs(lines: Sequence[str]) -> list[int]:
    """Return where the parts of a block begin: `[0]` where it is one."""
    width = max((len(line.strip()) for line in lines), default=0)
    if len(lines) < _FEWEST or width not in _WIDTHS:
        return [0]
    begins = [0]
    for i in range(1, len(lines)):
        if _ends(lines[i - 1].strip(), lines[i].strip(), width, before=i - begins[-1]):
            begins.append(i)
    parts = [(stop - start, lines[stop - 1].strip()) for start, stop in pairwise([*begins, len(lines)])]
    proses = [count >= _PROSE_LINES or (count > 1 and _ENDS.search(last) is not None) for count, last in parts]
    # what is no prose goes on with what is none before it; the first part, and what follows prose, begin anew
    return [at for i, at in enumerate(begins) if i == 0 or proses[i] or proses[i - 1]] if any(proses) else [0]


def _ends(line: str, following: str, width: int, *, before: int) -> bool:
    """Return whether a paragraph ends with a line, the last of `before` lines; those of a heading are few and short."""
    if _BEGINS.match(following) and (_DATA.search(line) or read_dateline_text(following)):
        return True
    word = len(following.split(maxsplit=1)[0]) if following else 0
    ended = _ENDS.search(line) is not None
    if len(line) + 1 + word > width * (_NEARLY if ended else _SLACK) or not _BEGINS.match(following):
        return False
    if ended or (before == 1 and len(line) < width * _SHORT):
        return True
    return before <= _HEADING_LINES and len(line) < width * _VERY_SHORT
