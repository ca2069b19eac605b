"""Embargo lines: where a release sets its embargo, and the lines that belong to it.

Recognises them in the head, in one line or over a few, and further down where a line begins with the word and names a
day; else a sentence anywhere that asks for it (`held_words`), whose words stay where they are. A story about an embargo
is left alone. `embargo` reads the moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from mailer.errors import Severity
from mailer.release.head.held_words import find_held_words
from mailer.release.head.holds import LABEL_WORDS, find_ban, is_ban, is_bare_ban, is_leave, names_day, names_time
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.times.dates import find_date, find_day
from mailer.release.times.embargo import parse_embargo
from mailer.release.top import HEAD_LINES, head_range
from mailer.release.values import Heading, Image, Paragraph, block_inlines, plain
from mailer.release.words import pattern

# «Embargo: no publicar antes del 3 de marzo» sets one: words run on to a figure
RUNS_ON = r"(?!\s+\w[^,;(\d]*\d)"
NO_EMBARGO = re.compile(
    r".*?(?:\b(?:no|not|sin|sans|sem|geen|kein|keine|senza)\s+(?:embargo|sperrfrist)(?!\w)"
    rf"|\b(?:embargo|sperrfrist)\W+(?:none|no|n/a|keine|aucun|ninguno|nessuno|geen|nenhum|なし)(?!\w){RUNS_ON}).*",
    re.IGNORECASE,
)
_BEFORE = re.compile(LABEL_WORDS, re.IGNORECASE)
_FOLLOWS = re.compile(
    r"\s*(?:[:：!,(（\[–—-]|\d|$|(?:until|till|for|before|lifts?|ends?|expires?|is|bis|ab|am|vom|jusqu|au|le|du|hasta|el|al?|fino"
    r"|sino|alle|del|tot|t/m|op|até|às?|de|em|endet|gilt|läuft|beachten)(?!\w))",
    re.IGNORECASE,
)
_OPENS = re.compile(r"(?:until|till|bis|jusqu\S+|hasta|fino \S+|tot|até)$", re.IGNORECASE)
_FEW = 3  # words behind «embargo» in a line that names no day: «until:», «see below»
_WORDS = 30
_DAY_WORDS = 12  # of a line that has no other sign of an embargo than its day
NO_EMBARGO_LINE = re.compile(
    r"\W*(?:\w+\s+){0,3}(?:no|not|sin|sans|sem|geen|kein|keine|senza)\s+(?:embargo|sperrfrist)(?![\w,])(?:\W+\w+){0,2}\W*"
    r"|\W*(?:embargo|sperrfrist)\W+(?:none|no|n/a|keine|aucun|ninguno|nessuno|geen|nenhum|なし)\W*",
    re.IGNORECASE,
)
_LINES = 3
_PLEA = 15
_REFERENCE = re.compile(r"\s{2,}\S*\d[\w-]*-[\w-]+\s*$")
_TIMED = re.compile(
    r"\W*(?:not\s+)?for\s+(?:public\s+|press\s+)?(?:release|publication|broadcast|use)\b\W*(?:(?:at|on|after|from)\b)?",
    re.IGNORECASE,
)


def is_embargo_line(text: str) -> bool:
    """Say whether a line sets an embargo, or begins to."""
    if len(text.split()) > _WORDS or NO_EMBARGO.fullmatch(text):
        return False
    if is_bare_ban(text):
        return True
    if is_leave(text):
        return any(find_held_words(text))
    if is_ban(text):
        return not _is_about_another(text)
    found = pattern(r"(?<!\w){embargo}(?!\w)").search(text)
    if found is None:
        return bool(_TIMED.match(text)) and names_day(text) and names_time(text)
    return _says_embargo(text, found)


def _says_embargo(text: str, found: re.Match[str]) -> bool:
    """Say whether a line in which a word for an embargo stands sets one."""
    said = names_day(text) or names_time(text)
    if not found.group().isascii() and text[:1] in "※【＊*" and names_day(text) and names_time(text):
        return True  # ※3月3日午前10時まで情報解禁前につき…
    before, after = text[: found.start()], text[found.end() :]
    alone = _BEFORE.fullmatch(before) is not None
    opens = _OPENS.search(found.group()) is not None and not after[:1].isalpha()
    waits = opens and not names_day(text) and (not re.search(r"\w", after) or any(find_held_words(text)))
    if (alone or waits) and len(after.split()) <= _FEW:
        return True
    follows = alone or opens or _FOLLOWS.match(after) is not None or find_day(after[:25]) is not None
    return said and follows and not _is_about_another(text)


def _is_about_another(text: str) -> bool:
    """Say whether a line with a day and no time holds back something else: arms, prisoners, what was told long ago."""
    return names_day(text) and not names_time(text) and not any(held.is_plain for held in find_held_words(text))


def recognise_embargo(draft: Draft, *, day_first: bool) -> tuple[Line, ...]:
    """Take the embargo out of the draft; gives its lines."""
    if draft.embargo:
        return ()
    start, stop = head_range(draft)
    for index in (*range(start, stop), *range(start), *range(stop, len(draft.pieces))):
        piece = draft.pieces[index]
        lines = _embargo_lines(piece, day_first=day_first, head=start <= index < stop)
        if not lines:
            continue
        lines = _with_next_piece(draft, index, lines, day_first=day_first)
        _set_embargo(draft, lines, day_first=day_first)
        draft.take_lines(index, lines)
        return lines
    _set_spoken(draft, day_first=day_first)
    return ()


def _set_spoken(draft: Draft, *, day_first: bool) -> None:
    """Set the embargo that a sentence of the text, or of what stands beside it, asks for; its words stay there."""
    for number, text in _spoken(draft):
        held = next((one for one in find_held_words(text) if one.is_plain and names_day(one.text)), None)
        if held and not NO_EMBARGO.fullmatch(held.text):
            draft.embargo = parse_embargo(held.text, day_first=day_first)[0]
            draft.found("embargo", held.text, number)
            return


def _spoken(draft: Draft) -> Iterator[tuple[int, str]]:
    for piece in draft.pieces:
        block = piece.block
        yield from ((piece.line, plain(inline)) for inline in block_inlines(block))
        if isinstance(block, Image):
            yield from ((piece.line, words) for words in (block.alt, block.caption))
    yield from ((kept.line, kept.text) for kept in draft.kept)
    yield from ((one.line or 1, one.message) for one in draft.problems if one.code == "left-out")


def _embargo_lines(piece: Piece, *, day_first: bool, head: bool) -> tuple[Line, ...]:
    if not isinstance(piece.block, Paragraph | Heading):
        return ()
    lines = piece.lines()[:HEAD_LINES]
    begins = (i for i, line in enumerate(lines) if is_embargo_line(line.text))
    start = next(begins, None)
    if start is None or (piece.is_heading and not names_day(piece.text) and len(piece.text.split()) > 3):
        return ()
    if not head and not (names_day(piece.text) and _begins_so(lines[start].text)):
        return ()
    best = lines[start : start + 1]
    for stop in range(start + 1, min(start + _LINES, len(lines)) + 1):
        text = " ".join(_REFERENCE.sub("", line.text) for line in lines[start:stop])
        until = parse_embargo(text, near=date(2000, 1, 1), day_first=day_first)[0].until
        if until:
            best = lines[start:stop]
            break
    return _with_zone(lines, best)


def _with_zone(lines: tuple[Line, ...], best: tuple[Line, ...]) -> tuple[Line, ...]:
    """Take a last line as well that has nothing but the zone, the time elsewhere, or a plea to keep the embargo."""
    after = lines.index(best[-1]) + 1
    if after < len(lines):
        text = lines[after].text
        if names_day(text):
            return best
        is_time = names_time(text) and len(text.split()) <= 6
        if is_time or re.fullmatch(r"\(.{2,60}\)", text) or _is_plea(text):
            return (*best, lines[after])
    return best


def _is_plea(text: str) -> bool:
    """Say whether a line asks for what the line above it says: «No reporting before the embargo lifts, please»."""
    return find_ban(text) is not None and pattern(r"{embargo}").search(text) is not None and len(text.split()) <= _PLEA


def _begins_so(text: str) -> bool:
    return is_ban(text) or pattern(r"\W*(?:\w+\s+){0,2}?{embargo}(?!\w)").match(text) is not None


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
    if draft.date is None and draft.wants("date"):
        draft.date = embargo.until.date() if embargo.until else embargo.day


def _any_day(draft: Draft) -> date | None:
    """Give the first full date in the draft, which is near to the day of the release."""
    found = (find_date(piece.text) for piece in draft.pieces)
    return next((one.day for one in found if one), None)


def say_embargo(draft: Draft, reason: str, line: int) -> None:
    """Note what is unclear about an embargo; without a moment and a zone it stops a mailing (standards M4)."""
    if not reason or draft.embargo is None:
        return
    code = "embargo-no-zone" if draft.embargo.until else "embargo-unclear"
    if draft.embargo.has_zone:
        code = "embargo-year" if "no year" in reason else "embargo-weekday"
    draft.say(code, reason, line, Severity.WARNING)
