"""Marks: how a list itself says that somebody must not be mailed.

Owns the reading of columns such as "Unsubscribed", "Désinscrit", "Status", "Opt-in", of tags, of notes, and of a plain
wish in any other cell; the words are tables in `wishes`. Never drops a row (`reading` does). In doubt a filled-in cell
under "Opt-out" means out: a person too few can be asked, a person too many has been mailed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from mailer.address import printable
from mailer.contacts.meaning import wishes, words
from mailer.contacts.meaning.headers import LONGEST
from mailer.contacts.values import MarkReason


class MarkKind(Enum):
    """How a column speaks: a flag by being filled in, a status or tag by a word, prose by a wish, consent by a no.

    SUBSCRIPTION is a status about mail, in which "pending" and "inactive" are answers. BARE is any other column: it
    speaks by a cell that is a wish and nothing else.
    """

    FLAG = auto()
    STATUS = auto()
    SUBSCRIPTION = auto()
    TAG = auto()
    PROSE = auto()
    CONSENT = auto()
    ATTRIBUTES = auto()
    BARE = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A column that may say "do not mail": its position, its header, how it speaks, and what a flag means."""

    position: int
    header: str
    kind: MarkKind
    reason: MarkReason = MarkReason.DO_NOT_CONTACT


_NOT_MARKS: Final = ("email", "name", "first_name", "last_name", "salutation", "phone", "other_emails", "outlet")


def find_marks(
    header: Sequence[str], columns: Mapping[str, int], sample: Sequence[Sequence[str]] = ()
) -> tuple[Mark, ...]:
    """Find the columns that may say "do not mail" by their heading or meaning; `sample` holds the first data rows."""
    named = (_named(position, cell[:LONGEST].strip(), columns, sample) for position, cell in enumerate(header))
    return tuple(mark for mark in named if mark is not None)


def bare_marks(
    header: Sequence[str], columns: Mapping[str, int], named: Sequence[Mark], width: int
) -> tuple[Mark, ...]:
    """Give the other columns, but those of names and addresses: a cell there may be a wish and nothing else."""
    busy = {columns[meaning] for meaning in _NOT_MARKS if meaning in columns} | {mark.position for mark in named}
    free = (position for position in range(max(len(header), width)) if position not in busy)
    return tuple(Mark(i, header[i].strip() if i < len(header) else "", MarkKind.BARE) for i in free)


def marked(cells: Sequence[str], marks: Sequence[Mark]) -> tuple[MarkReason, str] | None:
    """Give why a row's person must not be mailed, with what says so (`Unsubscribed: yes`), or None."""
    for mark in marks:
        value = cells[mark.position] if mark.position < len(cells) else ""
        if not value:
            continue
        reason = _bare(value) if mark.kind is MarkKind.BARE else _said(value, mark.kind, mark.reason)
        if reason is not None:
            return reason, printable(f"{mark.header}: {value}" if mark.header else value)
    return None


class Section:
    """The part of a list that a row stands in: below a heading such as "Do not contact:" nobody is written to.

    It ends at the next heading. In a text file a heading is a row like any other, and nothing tells "The Lantern" as a
    heading from an outlet without an address: there it ends at a cell with a colon at its end.
    """

    def __init__(self) -> None:
        """Begin above the first heading."""
        self.reason: MarkReason | None = None
        self.heading = ""

    def see(self, row: int, cells: Sequence[str]) -> None:
        """Take the next row of the list; `row` is 0 where it is no data."""
        filled = [cell for cell in cells if cell]
        if len(filled) != 1 or "@" in filled[0]:
            return
        reason = out_reason(filled[0])
        if reason is not None or row == 0 or filled[0].endswith(":"):
            self.reason, self.heading = reason, printable(filled[0])


def says_out(text: str) -> bool:
    """Say whether a status or a sheet's name means "do not mail": "Unsubscribed", "Cleaned", "Do not contact"."""
    return out_reason(text) is not None


def out_reason(text: str) -> MarkReason | None:
    """Give the reason in a status or a sheet's name, None where it says nothing of the kind."""
    said = words.compact(text)
    if said in wishes.OUT_WORDS:
        return wishes.OUT_WORDS[said]
    return _beginning(said, wishes.OUT_PHRASES) or _beginning(said, wishes.OUT_STATES) or _wish(text)


def _beginning(said: str, table: wishes.Table) -> MarkReason | None:
    return next((reason for part, reason in table.items() if said.startswith(part)), None)


def _named(position: int, cell: str, columns: Mapping[str, int], sample: Sequence[Sequence[str]]) -> Mark | None:
    """Give the mark that a column is by its heading or its meaning; None where neither says so."""
    said = words.compact(wishes.FILL_IN.sub(" ", cell)) or words.compact(cell)
    reason = None if said in wishes.CONSENT_HEADERS else _flag(cell, said)
    if reason is not None:
        return Mark(position, cell, MarkKind.FLAG, reason)
    if wishes.ANOTHER_WAY.intersection(words.tokens(cell)):
        return None
    kind = _kind(said, _answers(position, sample), is_question=cell.endswith(("?", "？", ";")))
    if kind is None and position in {columns.get("tags"), columns.get("beat")}:
        kind = MarkKind.TAG
    if kind is None and (position == columns.get("note") or said in {"note", *words.PRIVATE_NOTES}):
        kind = MarkKind.PROSE
    if kind is None:
        return None
    return Mark(position, cell, kind, MarkReason.NO_CONSENT if kind is MarkKind.CONSENT else MarkReason.DO_NOT_CONTACT)


def _kind(said: str, answers: float, *, is_question: bool) -> MarkKind | None:
    """Give how a column speaks by its heading, or by its cells where all are states of a subscription."""
    if said in wishes.CONSENT_HEADERS:
        return MarkKind.CONSENT
    if "bounc" not in said and any(part in said for part in wishes.CONSENT_PARTS):
        return MarkKind.CONSENT
    if is_question and "bounc" not in said and any(part in said for part in wishes.ASKED_PARTS):
        return MarkKind.CONSENT
    if any(part in said for part in wishes.STATUS_PARTS):
        about_mail = answers > 0 or any(part in said for part in wishes.SUBSCRIPTION_PARTS)
        return MarkKind.SUBSCRIPTION if about_mail else MarkKind.STATUS
    if answers == 1:
        return MarkKind.SUBSCRIPTION
    return MarkKind.ATTRIBUTES if said in {"attributes", "attribs", "properties", "custom"} else None


def _flag(cell: str, said: str) -> MarkReason | None:
    if wishes.NO_FLAG.intersection(words.tokens(cell)):
        return None
    if said in wishes.FLAG_HEADERS:
        return wishes.FLAG_HEADERS[said]
    spoken = f" {words.plain(cell)}"
    for part, reason in wishes.FLAG_PARTS.items():
        if f" {part}" in spoken or (" " not in part and len(part) > 4 and part in spoken):
            return reason
        if not part.isascii() and part in spoken:
            return reason
    return _wish(cell)


def _answers(position: int, sample: Sequence[Sequence[str]]) -> float:
    """Give the share of a column's different cells that are states of a subscription, "subscribed" or the like first.

    0 where none says that somebody is in: a column of "removed" and "spam" may be about anything.
    """
    cells = {words.compact(row[position]) for row in sample if position < len(row) and 0 < len(row[position]) < 40}
    if not cells & wishes.SUBSCRIPTION_WORDS:
        return 0.0
    return len(cells & _STATES) / len(cells)


_STATES: Final = wishes.SUBSCRIPTION_WORDS | set(wishes.OUT_WORDS) | set(wishes.OUT_OF_USE)


@lru_cache(maxsize=8192)
def _said(value: str, kind: MarkKind, flag: MarkReason) -> MarkReason | None:
    if kind is MarkKind.FLAG:
        return flag if _is_filled(value) else None
    if kind is MarkKind.CONSENT:
        return flag if _is_refused(value) else out_reason(value)
    if kind is MarkKind.PROSE:
        return _wish(value)
    if kind is MarkKind.ATTRIBUTES:
        return _in_attributes(value)
    return next((found for part in _parts(value) if (found := _word(part, kind)) is not None), None)


def _is_refused(value: str) -> bool:
    said = words.compact(value)
    if not said:
        return bool(set(value) & wishes.NO_SIGNS)
    if words.compact(re.split(r"[,.;:!–]", value)[0]) in wishes.NO_VALUES:  # "Nein, danke"
        return True
    if said in wishes.NO_VALUES or said in wishes.NO_CONSENT_VALUES:
        return True
    return any(len(word) > 5 and said.startswith(word) for word in wishes.NO_CONSENT_VALUES)


def _is_filled(value: str) -> bool:
    """Say whether a cell under "Opt-out" or the like means yes."""
    said = words.compact(value)
    if value.startswith(("http://", "https://")):  # a way out, nobody's wish
        return False
    if not any(c.isalnum() for c in value):
        return not set(value) - {" ", "\ufe0f"} <= wishes.EMPTY_SIGNS
    if said.startswith("soft") or set(said) == {"0"}:
        return False
    return said not in wishes.NO_VALUES and said not in wishes.STILL_IN_VALUES


def _parts(value: str) -> Iterator[str]:
    return (part for part in re.split(r'[,;|"/\n]|:::', value) if part.strip())


def _word(part: str, kind: MarkKind) -> MarkReason | None:
    said = words.compact(part)
    if kind is MarkKind.TAG:
        return wishes.TAG_WORDS.get(said) or _beginning(said, wishes.OUT_PHRASES)
    if kind is MarkKind.SUBSCRIPTION and said in wishes.OUT_OF_USE:
        return wishes.OUT_OF_USE[said]
    return out_reason(part)


def _wish(text: str) -> MarkReason | None:
    """Find a wish anywhere in prose that the words round it do not undo."""
    said = words.compact(text)
    if said in wishes.TAG_WORDS:
        return wishes.TAG_WORDS[said]
    spoken = words.plain(text)
    hits = (hit for hit in _hits(spoken) if _is_meant(spoken, hit[1], hit[1] + len(hit[2]), wishes.OUT_TYPED[hit[2]]))
    first = min(hits, default=None)
    return wishes.OUT_TYPED[first[2]] if first else None


_BY_BEGINNING: Final[dict[str, list[tuple[int, str]]]] = {}
_ANYWHERE: Final[list[tuple[int, str]]] = []
for _number, _phrase in enumerate(wishes.OUT_TYPED):
    (_BY_BEGINNING.setdefault(_phrase[:3], []) if _phrase.isascii() else _ANYWHERE).append((_number, _phrase))
_WORD: Final = re.compile(r"\w+")


def _hits(spoken: str) -> Iterator[tuple[int, int, str]]:
    """Give where phrases stand: (place in the table, position, phrase); ASCII ones at the beginning of a word."""
    for word in _WORD.finditer(spoken):
        at = word.start()
        for number, phrase in _BY_BEGINNING.get(spoken[at : at + 3], ()):
            if spoken.startswith(phrase, at):
                yield number, at, phrase
    for number, phrase in () if spoken.isascii() else _ANYWHERE:
        at = spoken.find(phrase)
        while at >= 0:
            yield number, at, phrase
            at = spoken.find(phrase, at + 1)


def _is_meant(spoken: str, start: int, end: int, reason: MarkReason) -> bool:
    if spoken[start:end].isascii() and start and spoken[start - 1].isalnum():
        return False
    before = spoken[:start].split()[-1:]
    after = re.sub(r"^\w+", "", spoken[end:])
    following = re.split(r"[.;,!?()/]", after)[0].split()
    if before and before[0] in wishes.UNDONE_BY:
        return False
    other = wishes.NOT_OUT_OF if reason is MarkReason.OPTED_OUT else wishes.NOT_THEN
    return not {*following[:1], "".join(following[:2])} & other


def _in_attributes(value: str) -> MarkReason | None:
    """Read the attributes that some systems export as JSON: each is a column of its own."""
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    for name, content in found.items():
        mark = _named(0, str(name), {}, ())
        text = str(content) if isinstance(content, str | int | float | bool) else ""
        if mark is not None and text and mark.kind is not MarkKind.ATTRIBUTES:
            reason = _said(text, mark.kind, mark.reason)
            if reason is not None:
                return reason
    return None


def _bare(value: str) -> MarkReason | None:
    return wishes.BARE_WISHES.get(value.lower().strip(" .!*()[]-–—")) if len(value) <= 40 else None
