"""Quote marks: where in a text something stands between quotation marks.

Owns the marks of every language, typed well or badly: “ ”, „ “, « », » «, ‘ ’, ' ', " ", 「 」, << >>, and what nests
inside them. Never judges whether somebody says it: a term and a title are stretches as well (`quoting` tells them).

A mark's side is told by its place: one that follows a blank opens, one that follows a word closes. A single mark is an
apostrophe first; it closes only where no word goes on behind it, and best after a stop (‘…,’ said Ann).
Gaps: a double mark inside the same double mark where neither has a side and no blank tells.
"""

from __future__ import annotations

from functools import cache

from mailer import lazy_re as re
from mailer.frozen import dataclass

_BLANK = frozenset(" \t\n\r\u00a0\u202f\u2009\u3000")
_BEFORE_OPENING = _BLANK | frozenset("([{—–-―:;,/>…*_|=。、：，！？")
_PAIRS = ['“”"“‟″', "””", '„“”"‟', "‟”“", '""”“', "＂＂", "«»", "»«»", "「」", "『』", "〝〟〞", "‹›", "›‹"]
_DOUBLE = {pair[0]: pair[1:] for pair in _PAIRS}  # each that opens, with those that close it
_SIDED = frozenset("„«「『〝‹“")  # opens wherever it stands
_SINGLE = {"‘": "’'", "‚": "‘’'", "'": "'’", "`": "'’´", "´": "'´’"}
_MARK = re.compile(f"[{''.join([*_DOUBLE, *_SINGLE])}]")
_APOSTROPHES = re.compile(r"['‘](?:\d\ds?\b|tis\b|twas\b|em\b|til\b|cause\b|n['’]|s\b|t\b|k\b|ns\b|n\s)", re.IGNORECASE)
_FAR = 8000  # characters: nobody's words go on so long in one paragraph
_NEAR = 1500  # within single marks, of which most are apostrophes: each is looked behind so far
_TYPED = re.compile(r"<<\s?(?=\S)|\s?>>|(?<!\S),,(?=\w)|``(?=\w)|''(?=[\s.,;:!?)]|$)")
_TYPED_MARKS = {"<": "«", ">": "»", ",": "„", "`": "“", "'": "”"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """What stands between two marks; `start` and `end` with the marks. It is open where the second one is missing."""

    start: int
    end: int
    text: str
    is_open: bool = False
    mark: str = ""


def typed_marks(text: str) -> str:
    """Return a text with << >> ,, '' `` as the marks that they stand for, at the same places."""

    def written(match: re.Match[str]) -> str:
        sign = match.group().strip()[0]
        mark = _TYPED_MARKS[sign]
        return match.group().replace(sign * 2, f"{mark}\u2060" if mark in "«„“" else f"\u2060{mark}")

    return _TYPED.sub(written, text)


def find_stretches(text: str) -> tuple[Stretch, ...]:
    """Find what stands in quotation marks, the outermost level alone, in order."""
    text = typed_marks(text)
    found: list[Stretch] = []
    at = 0
    while match := _MARK.search(text, at):
        at, mark = match.start(), match.group()
        end: int | None = None
        if _opens(text, at):
            end = _single_end(text, at) if mark in _SINGLE else _double_end(text, at)
            # a single mark without its other half is an apostrophe, but for the first sign of all
            if end is not None or mark not in _SINGLE or not text[:at].strip():
                stop = len(text) if end is None else end
                inside = text[at + 1 : stop].replace("\u2060", "").strip()
                found.append(Stretch(at, min(stop + 1, len(text)), inside, is_open=end is None, mark=mark))
                at = stop
        at += 1
    return tuple(found)


def find_carried(text: str, mark: str) -> Stretch | None:
    """Find the end of what an earlier paragraph left open with a mark; None where this one does not end it."""
    text = typed_marks(text)
    closers = _DOUBLE.get(mark) or _SINGLE.get(mark, "")
    for at, character in enumerate(text):
        if character == mark and _opens(text, at):
            return None
        if character in closers and at and _closes(text, at):
            return Stretch(0, at + 1, text[:at].strip(), mark=mark)
    return None


def _opens(text: str, at: int) -> bool:
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if not after or (after in _BLANK and mark not in "«„“»"):
        return False
    apart = not before or before in _BEFORE_OPENING or before in _DOUBLE or (not before.isalnum() and before in "’'")
    if mark == "»":
        # a text in French or Spanish that goes on repeats it; German books turn the marks round
        return apart and after not in _BLANK and re.search("[«»]", text[at + 1 :]) is not None
    if mark in _SINGLE:
        return apart and (after.isalnum() or after in '«“"¿¡[(…') and not _APOSTROPHES.match(text, at)
    if mark == "“" and before and not apart and (after in _BLANK or after in ".,;:!?)"):
        return False
    return apart or (mark in _SIDED and mark != "“") or (mark == "“" and after.isalnum())


def _closes(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] in "»«」』〟〞›‹”":
        return True
    return before not in _BLANK and not (after and (after.isalnum() and after.isascii()))


def _double_end(text: str, at: int) -> int | None:
    """Return the place of the closing mark: of the same depth, else the first that may close."""
    mark = text[at]
    closers = _DOUBLE[mark]
    depth, first = 0, None
    for i in range(at + 1, min(len(text), at + _FAR)):
        character = text[i]
        if character in closers and _closes(text, i) and not (character == mark and _nests(text, i)):
            first = i if first is None else first
            if depth == 0:
                return i
            depth -= 1
        elif character == mark and mark != "»":
            depth += _nests(text, i)
    return first


def _nests(text: str, at: int) -> bool:
    return text[at] in "«„「『‹" or (_opens(text, at) and text[at - 1 : at] in _BEFORE_OPENING)


def _single_end(text: str, at: int) -> int | None:
    """The place of the closing single mark: one after a stop rather than one after a word (the members’ view)."""
    weak: int | None = None
    for match in _may_close(_SINGLE[text[at]]).finditer(text, at + 1, at + _NEAR):
        i = match.start()
        if match["opens"] is not None:
            if weak is not None and _opens(text, i):
                return weak
        elif text[i - 1] in ".,!?…;" or not text[i + 1 : i + 2]:
            return i
        else:
            weak = i if weak is None else weak
            if not (text[i - 1] in "sxzSXZ" and re.match(r"\s\w", text[i + 1 : i + 3])):
                return weak
            # perhaps the apostrophe of a plural: an s before it, a word right behind
    return weak


@cache
def _may_close(closers: str) -> re.Pattern[str]:
    """Build the pattern of a mark behind no blank and before no word, or of one that `opens` another stretch."""
    return re.compile(rf"(?<![{''.join(_BLANK)}])[{closers}](?![^\W_])|(?P<opens>[‘'])")
