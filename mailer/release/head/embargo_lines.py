"""Embargo lines: where a release sets its embargo, and the lines that belong to it.

The first step of reading. A line that is a hold (`holds`) and nothing else is taken out of the text wherever it stands,
before anything looks for a contact, a dateline or a quote in it; of several the one with a moment is the embargo, and
all are kept, so that a check can hold them against each other. Else a sentence that is sure sets it, and its words stay
where they are. What is neither is told by a check. `times.embargo` reads the moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from mailer.errors import Severity
from mailer.release.head.holds import (
    NO_EMBARGO_LABEL,
    find_holds,
    is_plea,
    names_day,
    names_time,
    says_only_such,
    words_left_out,
)
from mailer.release.holding import OPEN
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.times.dates import find_date
from mailer.release.times.moments import parse_embargo
from mailer.release.top import head_range, language_of
from mailer.release.values import Embargo, Heading, Image, Paragraph, block_inlines, plain
from mailer.release.words import pattern

_WORDS = 30
_DAY_WORDS = 12  # of a line that has no other sign of an embargo than its day
NO_EMBARGO_LINE = re.compile(
    r"\W*(?:\w+\s+){0,3}(?:no|not|sin|sans|sem|geen|kein|keine|senza)\s+(?:embargo|sperrfrist)(?![\w,])(?:\W+\w+){0,2}\W*"
    r"|\W*(?:embargo|sperrfrist)\W+(?:none|no|n/a|keine|aucun|ninguno|nessuno|geen|nenhum|なし)\W*",
    re.IGNORECASE,
)
_LINES = 3
_PROSE = 60  # characters of a line that an editor wrapped
_REACHED = re.compile(r"@\S+$|\d[\d ()/-]{5,}\d$")  # a line of contacts ends with an address or a number
_REFERENCE = re.compile(r"\s{2,}\S*\d[\w-]*-[\w-]+\s*$")


@dataclass(frozen=True, slots=True)
class _Found:
    """Lines of one piece that are an embargo, what they say, and how good that is: a moment, a day, words alone."""

    index: int
    lines: tuple[Line, ...]
    embargo: Embargo

    @property
    def rank(self) -> int:
        """Return 2 for a moment, 1 for a day."""
        return 2 if self.embargo.until else 1 if self.embargo.day else 0

    def agrees_with(self, best: _Found) -> bool:
        """Return whether it says no other end than the best one."""
        mine, other = self.embargo, best.embargo
        same = mine.until == other.until if mine.until and other.until else mine.day in {None, other.day}
        return same and not OPEN.search(mine.text)


def is_embargo_line(text: str, *, edge: bool = True) -> bool:
    """Return whether a line is an embargo; `edge` says that it stands in the head."""
    if len(text.split()) > _WORDS or NO_EMBARGO_LINE.fullmatch(text) or pattern(NO_EMBARGO_LABEL).fullmatch(text):
        return False
    text = _REFERENCE.sub("", text)
    holds = [hold for hold in find_holds(text, edge=edge) if hold.is_sure or not hold.is_leave]
    if not holds:
        return False
    if says_only_such(text):
        return True
    opens = holds[0].is_whole and text.lstrip(" *[(【").startswith(holds[0].text[:5])
    return opens and holds[0].is_named and (holds[0].is_dated or (edge and names_time(text)))


def recognise_embargo(draft: Draft) -> None:
    """Take the embargo out of the draft, before anything else is looked for."""
    if "embargo" in draft.given or draft.embargo:
        return
    day_first = language_of(draft) != "en"
    start, stop = head_range(draft)
    found = [
        one
        for index, piece in enumerate(draft.pieces)
        if (one := _in_piece(piece, index, edge=start <= index < stop, day_first=day_first))
    ]
    if not found:
        _set_spoken(draft, day_first=day_first)
        return
    best = max(found, key=lambda one: (one.rank, -one.index))
    for one in reversed(found):
        lines = one.lines
        if one is best:
            lines = _with_next_piece(draft, one.index, lines, day_first=day_first)
            _set_embargo(draft, lines, day_first=day_first)
        elif not one.agrees_with(best):
            continue  # it stays in the text, where a check finds it
        else:
            for line in lines:
                draft.keep("embargo", line)
        draft.take_lines(one.index, lines)


def _set_spoken(draft: Draft, *, day_first: bool) -> None:
    """Set the embargo that a sentence asks for; its words stay there.

    One of the text has to be sure. One beside it (the subject of a mail, what was left out) counts as it is, since
    nobody who works on with the text would see it.
    """
    for number, text, beside in _spoken(draft):
        for hold in find_holds(text, edge=beside):
            read = parse_embargo(hold.text, day_first=day_first, near=date(2000, 1, 1))[0]
            if (hold.is_sure and hold.is_dated and read.until) or (beside and not hold.is_leave):
                draft.embargo = parse_embargo(hold.text, day_first=day_first)[0]
                draft.found("embargo", hold.text, number)
                return


def _spoken(draft: Draft) -> Iterator[tuple[int, str, bool]]:
    for piece in draft.pieces:
        block = piece.block
        if isinstance(block, Paragraph | Heading):
            yield piece.line, piece.text, False
        else:
            yield from ((piece.line, plain(inline), False) for inline in block_inlines(block))
        if isinstance(block, Image):
            yield from ((piece.line, words, False) for words in (block.alt, block.caption))
    yield from ((kept.line, kept.text, True) for kept in draft.kept)
    yield from ((one.line or 1, words_left_out(one), True) for one in draft.problems if one.code == "left-out")


def _in_piece(piece: Piece, index: int, *, edge: bool, day_first: bool) -> _Found | None:
    """Find the lines of a piece that are an embargo."""
    if not isinstance(piece.block, Paragraph | Heading):
        return None
    lines = piece.lines()
    if piece.is_heading and not names_day(piece.text) and len(piece.text.split()) > 3:
        return None
    first = next(
        (i for i, line in enumerate(lines) if is_embargo_line(line.text, edge=edge) and _opens(lines, i)), None
    )
    if first is None:
        return None
    best = lines[first : first + 1]
    for end in range(first + 1, min(first + _LINES, len(lines)) + 1):
        text = " ".join(_REFERENCE.sub("", line.text) for line in lines[first:end])
        if parse_embargo(text, near=date(2000, 1, 1), day_first=day_first)[0].until:
            best = lines[first:end]
            break
    best = _with_zone(lines, best)
    words = " ".join(line.text for line in best)
    return _Found(index, best, parse_embargo(words, near=date(2000, 1, 1), day_first=day_first)[0])


def _opens(lines: tuple[Line, ...], at: int) -> bool:
    """Return whether a line begins something: it is not the second half of a sentence that an editor wrapped."""
    before = lines[at - 1].text if at else ""
    ended = before.endswith((".", "!", "?", ":", "。", "”", '"')) or _REACHED.search(before) is not None
    return len(before) < _PROSE or ended or lines[at].text.split()[0].isupper()


def _with_zone(lines: tuple[Line, ...], best: tuple[Line, ...]) -> tuple[Line, ...]:
    """Take a last line as well that has nothing but the zone, the time elsewhere, or a plea to keep the embargo."""
    after = lines.index(best[-1]) + 1
    if after < len(lines):
        text = lines[after].text
        if names_day(text):
            return best
        is_time = names_time(text) and len(text.split()) <= 6
        if is_time or re.fullmatch(r"\(.{2,60}\)", text) or is_plea(text):
            return (*best, lines[after])
    return best


def _with_next_piece(draft: Draft, index: int, lines: tuple[Line, ...], *, day_first: bool) -> tuple[Line, ...]:
    """Take the first line of the next piece as well where it brings the day that this one lacks."""
    text = " ".join(line.text for line in lines)
    if names_day(text) or index + 1 >= len(draft.pieces):
        return lines
    after = draft.pieces[index + 1]
    first = after.lines()[:1]
    if not first or not isinstance(after.block, Paragraph | Heading):
        return lines
    if len(first[0].text.split()) > (_WORDS if is_embargo_line(first[0].text) else _DAY_WORDS):
        return lines
    whole = f"{text} {first[0].text}"
    if (
        names_day(first[0].text)
        and (names_time(first[0].text) or names_time(text))
        and parse_embargo(whole, near=date(2000, 1, 1), day_first=day_first)[0].until
    ):
        draft.take_lines(index + 1, first)
        return (*lines, *first)
    return lines


def _set_embargo(draft: Draft, lines: tuple[Line, ...], *, day_first: bool) -> None:
    whole = " ".join(line.text for line in lines)
    references = [(line, match) for line in lines for match in _codes(line.text)]
    text = whole
    for _, code in references:
        text = text.replace(code, " ")
    text = " ".join(text.split())
    draft.embargo = parse_embargo(text, day_first=day_first)[0]
    draft.label = draft.label or text
    draft.found("embargo", text, lines[0].number)
    for line, code in references:
        draft.keep("reference", Line(line.number, code))


def _codes(text: str) -> list[str]:
    return re.findall(r"(?<!\S)[A-Z]{2,}-\d[\w-]+(?!\S)", text)


def finish_embargo(draft: Draft, *, day_first: bool) -> None:
    """Read the embargo when the day of the release is known, and say what is unclear; date a release by it alone."""
    if draft.embargo is None or "embargo" in draft.given:
        return
    line = next((found.line for found in draft.findings if found.field == "embargo"), 1)
    near = draft.date or _any_day(draft)
    embargo, reason = parse_embargo(draft.embargo.text, near=near, day_first=day_first)
    draft.embargo = replace(embargo, text=draft.embargo.text)
    say_embargo(draft, reason, line)
    if draft.date is None and draft.wants("date") and (day := embargo.until.date() if embargo.until else embargo.day):
        draft.date = day
        draft.say("unsure-date", f"no date is given: the day of the embargo, {day}, was taken as the date", line)


def _any_day(draft: Draft) -> date | None:
    """Return the first full date in the draft, which is near to the day of the release."""
    found = (find_date(piece.text) for piece in draft.pieces)
    return next((one.day for one in found if one), None)


def say_embargo(draft: Draft, reason: str, line: int) -> None:
    """Note what is unclear about an embargo; without a moment and a zone it stops a mailing (standards M4)."""
    if not reason or draft.embargo is None:
        return
    code = "embargo-no-zone" if draft.embargo.until else "embargo-unclear"
    if draft.embargo.has_zone:
        code = "embargo-year" if "no year" in reason else "embargo-weekday"
    draft.say(code, f"embargo: {reason}", line, Severity.WARNING)
