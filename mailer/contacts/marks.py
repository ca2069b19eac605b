"""Marks: how a list itself says that somebody must not be mailed.

Owns the reading of columns such as "Unsubscribed", "Désinscrit", "Status", "Opt-in" and of tags; the words are tables
in `words`. Never drops a row (`reading` does). In doubt a filled-in cell under "Opt-out" means out: a person too few
can be asked, a person too many has been mailed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from mailer.address import printable
from mailer.contacts import words


class MarkKind(Enum):
    """How a column speaks: a flag by being filled in, a status by a word, prose by a wish, consent by a no."""

    FLAG = auto()
    STATUS = auto()
    PROSE = auto()
    CONSENT = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A column that may say "do not mail": its position, its header and how it speaks."""

    position: int
    header: str
    kind: MarkKind


def find_marks(header: Sequence[str], columns: Mapping[str, int]) -> tuple[Mark, ...]:
    """Find the columns of a list that may say "do not mail"; tags and notes say it like a status."""
    marks = [Mark(i, cell.strip(), kind) for i, cell in enumerate(header) if (kind := _kind(cell)) is not None]
    known = {mark.position for mark in marks}
    tags, note = columns.get("tags"), columns.get("note")
    for position, cell in enumerate(header):
        if position in known:
            continue
        if position == tags:
            marks.append(Mark(position, cell.strip(), MarkKind.STATUS))
        elif position == note or words.compact(cell) in words.PRIVATE_NOTES:
            marks.append(Mark(position, cell.strip(), MarkKind.PROSE))
    return tuple(marks)


def marked(cells: Sequence[str], marks: Sequence[Mark]) -> str:
    """Give what in a row says that the person must not be mailed, `Unsubscribed: yes`, or an empty string."""
    for mark in marks:
        value = cells[mark.position] if mark.position < len(cells) else ""
        if value and _speaks(value, mark.kind):
            return printable(f"{mark.header}: {value}")
    return ""


def says_out(text: str) -> bool:
    """Say whether a status or a sheet's name means "do not mail": "Unsubscribed", "Cleaned", "Do not contact"."""
    said = words.compact(text)
    return said.startswith((*words.OUT_PHRASES, *words.OUT_STATES)) or said in words.OUT_WORDS


def _kind(header: str) -> MarkKind | None:
    said = words.compact(header)
    if said in words.CONSENT_HEADERS:
        return MarkKind.CONSENT
    if said in words.FLAG_HEADERS or any(part in said for part in words.FLAG_PARTS):
        return MarkKind.FLAG
    return MarkKind.STATUS if any(part in said for part in words.STATUS_PARTS) else None


@lru_cache(maxsize=8192)
def _speaks(value: str, kind: MarkKind) -> bool:
    said = words.compact(value)
    if kind is MarkKind.CONSENT:
        return said in words.NO_VALUES or says_out(value)
    if kind is MarkKind.PROSE:
        return said.startswith(words.OUT_PHRASES) or said in words.OUT_WORDS
    if kind is MarkKind.STATUS:
        return any(says_out(part) for part in re.split(r'[,;|"/]', value))
    is_link = value.startswith(("http://", "https://"))  # "Unsubscribe link" is a way out, nobody's wish
    return bool(said) and not is_link and said not in words.NO_VALUES and said not in words.STILL_IN_VALUES
