"""Columns: text that blanks or tabs set beside each other.

Owns finding the gap that runs down a block of lines, and reading what stands on either side of it one after the other:
a letterhead with its contact at the right, two people in two columns. A block with figures in columns is a table.

Gaps: three columns are read as two where the gaps are not the same in all lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailer.release.head.labels import is_label_line
from mailer.release.people.contact_line import parse_contact_line

Numbered = tuple[int, str]
_GAP = re.compile(r"(?<=\S)(?: {3,}|\t+ *| *\t+)(?=\S)")
_TAB = 8


def split_columns(lines: Sequence[Numbered]) -> list[list[Numbered]]:
    """Return the columns of a block, each with its numbered lines; the block itself where it has no two columns."""
    wide = [(number, line.expandtabs(_TAB).rstrip()) for number, line in lines]
    if not any(_GAP.search(line) for _, line in wide):
        return [list(lines)]
    at = _river([line for _, line in wide])
    if at is None:
        return _part_ragged(wide) or [list(lines)]
    left = [(number, line[:at].rstrip()) for number, line in wide if line[:at].strip()]
    right = [(number, line[at:].strip()) for number, line in wide if line[at:].strip()]
    if not _is_letterhead(left, right):
        return [list(lines)]
    return [column for part in (left, right) for column in split_columns(part)]


def _part_ragged(lines: Sequence[Numbered]) -> list[list[Numbered]]:
    """Part lines at a gap of their own, where an address is longer than its column; nothing where these are none.

    Two people stand side by side for certain where somebody is reached on both sides of one line.
    """
    rows = [(number, _GAP.split(line)) for number, line in lines]
    pairs = [halves for _, halves in rows if len(halves) == 2]
    if len(pairs) < 2 or any(len(halves) > 2 or halves[0][:1] == " " for _, halves in rows):
        return []
    if not any(all(parse_contact_line(half).reaches for half in halves) for halves in pairs):
        return []
    left = [(number, halves[0].strip()) for number, halves in rows]
    return [left, [(number, halves[1].strip()) for number, halves in rows if len(halves) == 2]]


def _river(lines: Sequence[str]) -> int | None:
    """Return the column at which the right half begins: blank in all lines before it, with words on both sides."""
    starts = {match.end() for line in lines for match in _GAP.finditer(line)}
    best: tuple[int, int] | None = None
    for at in sorted(starts):
        if all(len(line) <= at - 2 or not line[max(0, at - 2) : at].strip() for line in lines) and all(
            not (line[at - 1 : at].strip() and line[at : at + 1].strip()) for line in lines
        ):
            both = sum(bool(line[:at].strip()) and bool(line[at:].strip()) for line in lines)
            if both and (best is None or both > best[0]):
                best = (both, at)
    return best[1] if best else None


def _is_letterhead(left: Sequence[Numbered], right: Sequence[Numbered]) -> bool:
    """Return whether two columns are to be read one after the other: somebody is reached, or a label or date stands."""
    sides = (left, right)
    if any(len(line.split()) > 14 for side in sides for _, line in side):
        return False
    if any(parse_contact_line(line).reaches for side in sides for _, line in side):
        return _reads_down(left, right)
    return any(is_label_line(line) for side in sides for _, line in side)


def _reads_down(left: Sequence[Numbered], right: Sequence[Numbered]) -> bool:
    """Return whether a number belongs to the column it stands in, and not to the name in its line."""
    reached = [{n for n, line in side if parse_contact_line(line).reaches} for side in (left, right)]
    labels_left = any(is_label_line(line) for _, line in left)
    names_only = not labels_left and len(left) > 1 and not reached[0] and {n for n, _ in left} <= reached[1]
    labels = bool(left) and all(re.fullmatch(r"[\w .-]{1,14}:?", line) for _, line in left) and not reached[0]
    return not names_only and not (labels and len(left) > 1)
