"""Differences: what differs between two versions of a release, in a few words, as a correction shows it.

Words are compared, not letters: “12” became “21”. Numbers stay whole; scripts without blanks between words are compared
character by character. A long paragraph is shown around its differences. Formatting, links and pictures are not
compared, nor is the line that says when a release may be used. Nothing here judges whether a difference matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.values import Image, Quote, Release, block_inlines, plain

_TOKEN: Final = re.compile(r"\d[\d.,:\u2009\u202f]*\d|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\w+|\s+|[^\w\s]")
_AROUND: Final = 12  # tokens, blanks included, shown on each side of a difference
_ALIKE: Final = 0.5  # similarity below which two texts are not versions of one
_NEAR: Final = 20  # how many texts further down are searched for the changed one
_LONGEST: Final = 1000  # tokens of a text that are compared
_LINES_AROUND: Final = 2  # of a text that is compared line by line
_MANY_LINES: Final = 6000
_MOST: Final = 60  # tokens shown of a text that is new or removed
Pieces: TypeAlias = tuple[tuple[str, bool], ...]  # a text, and whether it is one of the words that differ


@dataclass(frozen=True, slots=True)
class Change:
    """One text that differs; `was` is empty for a new text, `now` for a removed one."""

    was: Pieces
    now: Pieces


@dataclass(frozen=True, slots=True)
class Row:
    """A line of two texts side by side, with its number in each (0 if it is missing there)."""

    was_line: int
    was: Pieces
    now_line: int
    now: Pieces

    @property
    def is_same(self) -> bool:
        """Return whether the line is the same in both."""
        return self.was == self.now


def compare_lines(old: str, new: str) -> tuple[tuple[Row, ...], ...]:
    """Return what differs between two texts, side by side: one group of lines a difference, with its context."""
    before, after = old.split("\n"), new.split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > _MANY_LINES)
    groups = []
    for group in matcher.get_grouped_opcodes(_LINES_AROUND):
        rows: list[Row] = []
        for kind, low, high, start, end in group:
            for at in range(max(high - low, end - start)):
                was = before[low + at] if low + at < high else None
                now = after[start + at] if start + at < end else None
                both = (((was or "", False),), ((now or "", False),)) if kind == "equal" else _marked(was, now)
                numbers = (low + at + 1 if was is not None else 0, start + at + 1 if now is not None else 0)
                rows.append(Row(numbers[0], both[0], numbers[1], both[1]))
        groups.append(tuple(rows))
    return tuple(groups)


def _marked(was: str | None, now: str | None) -> tuple[Pieces, Pieces]:
    """Mark the words that differ in two lines; a line without a counterpart is marked whole."""
    one, other = _TOKEN.findall(was or "")[:_LONGEST], _TOKEN.findall(now or "")[:_LONGEST]
    if was is None or now is None or not _are_alike(was, now) or _LONGEST in {len(one), len(other)}:
        return ((was or "", True),), ((now or "", True),)
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    left = (("".join(one[low:high]), kind != "equal") for kind, low, high, _, _ in codes if low < high)
    right = (("".join(other[start:end]), kind != "equal") for kind, _, _, start, end in codes if start < end)
    return tuple(left), tuple(right)


def compare(old: Release, new: Release) -> tuple[Change, ...]:
    """Return what differs between two versions of a release, in the order of the newer one."""
    found = [_change(old.headline, new.headline)] if old.headline != new.headline else []
    before, after = list(_texts(old)), list(_texts(new))
    for kind, low, high, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            found += [_change(was, now) for was, now in _paired(before[low:high], after[start:end])]
    return tuple(found)


def _texts(release: Release) -> Iterator[str]:
    """Yield every text below the headline, without its line breaks."""
    event = release.extras.event
    runs = [release.subhead, release.dateline.text if release.dateline else ""]
    if event:
        ends = f" – {event.ends:%Y-%m-%d %H:%M}" if event.ends else ""
        runs += [event.what, event.who, f"{event.starts:%Y-%m-%d %H:%M}{ends}", event.where, event.register, event.url]
    for block in (*release.body, *release.notes_to_editors):
        runs += map(plain, block_inlines(block))
        if isinstance(block, Quote):
            runs.append(", ".join(filter(None, (block.speaker, block.role, block.organisation))))
        elif isinstance(block, Image):
            runs += [block.caption, block.credit]
    for one in release.contacts:
        runs.append(", ".join(filter(None, (one.name, one.role, one.organisation, *one.phones, *one.emails, one.note))))
    runs += [plain(each) for about in release.boilerplate for each in about.paragraphs]
    runs.append(plain(release.call_to_action))
    return filter(None, (" ".join(each.split()) for each in runs))


def _paired(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pair texts with their new versions, in order; the other side of a new or removed text is empty."""
    left = list(before)
    for now in after:
        near = next((place for place, was in enumerate(left[:_NEAR]) if _are_alike(was, now)), None)
        if near is not None:
            yield from ((was, "") for was in left[:near])
            yield left[near], now
            del left[: near + 1]
        else:
            yield "", now
    yield from ((was, "") for was in left)


def _are_alike(was: str, now: str) -> bool:
    one, other = _TOKEN.findall(was)[:_LONGEST], _TOKEN.findall(now)[:_LONGEST]
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _change(was: str, now: str) -> Change:
    one, other = (_TOKEN.findall(text)[:_LONGEST] for text in (was, now))
    if not one or not other:
        return Change(_beginning(one), _beginning(other))
    runs: list[tuple[bool, list[str], list[str]]] = []
    for kind, low, high, start, end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        is_same = kind == "equal"
        if is_same and runs and not any(each.isalnum() for each in one[low:high]) and end < len(other):
            is_same = False  # only a blank or a sign between two differences makes them one
        if runs and runs[-1][0] == is_same:
            runs[-1][1].extend(one[low:high])
            runs[-1][2].extend(other[start:end])
        else:
            runs.append((is_same, one[low:high], other[start:end]))
    pieces: tuple[list[tuple[str, bool]], list[tuple[str, bool]]] = ([], [])
    for number, (is_same, *both) in enumerate(runs):
        for into, tokens in zip(pieces, both, strict=True):
            if tokens:
                text = _around(tokens, first=number == 0, last=number == len(runs) - 1) if is_same else "".join(tokens)
                into.append((text, not is_same))
    return Change(tuple(pieces[0]), tuple(pieces[1]))


def _beginning(tokens: Sequence[str]) -> Pieces:
    return (("".join(tokens[:_MOST]) + ("…" if len(tokens) > _MOST else ""), True),) if tokens else ()


def _around(tokens: Sequence[str], *, first: bool, last: bool) -> str:
    """Return the part of an unchanged text that is beside a difference."""
    before, after = ([] if last else tokens[-_AROUND:]), ([] if first else tokens[:_AROUND])
    if len(tokens) <= len(before) + len(after) + 2:
        return "".join(tokens)
    return f"{''.join(after)}…{''.join(before)}"
