"""Faults: what is wrong with a page that was seen, as sentences; each rule is one function.

Standards H2 (no horizontal scroll), H3 (contrast by day and by night), H4 (size of text), H5 (complete without
pictures); WCAG 2.2 §1.4.3, §2.5.8 (targets of 24 pixels).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from tests.gallery.seen import Seen

ENOUGH = 4.5
SMALLEST = 14
TARGET = 24
ICON = 20  # at the beginning of its line, a browser shows a torn picture


def faults(seen: Seen) -> list[str]:
    """Return everything that is wrong."""
    rules = (sticking_out, pale, small, hidden, overlapping, hard_to_tap, silent_pictures)
    return [fault for rule in rules for fault in rule(seen)]


def sticking_out(seen: Seen) -> Iterator[str]:
    if seen.scroll_width > seen.width:
        yield f"the page is {seen.scroll_width} wide on a screen of {seen.width}"
    for run in seen.runs:
        for box in run.boxes:
            if box.x < -0.5 or box.right > seen.width + 0.5:
                yield f"{run.short} sticks out: {box.x:.0f}-{box.right:.0f}"


def pale(seen: Seen) -> Iterator[str]:
    for run in seen.runs:
        measured = max(seen.contrast(box) for box in run.boxes)
        if measured < ENOUGH:
            yield f"{run.short} is pale: {measured:.2f} to 1"


def small(seen: Seen) -> Iterator[str]:
    yield from (f"{run.short} has {run.size:.1f} pixels" for run in seen.runs if run.size < SMALLEST)


def hidden(seen: Seen) -> Iterator[str]:
    yield from (f"something lies over {run.short}" for run in seen.runs if run.covered)
    yield from (f"{run.short} is cut off" for run in seen.runs if run.clipped)


def overlapping(seen: Seen) -> Iterator[str]:
    boxes = [(number, run, box) for number, run in enumerate(seen.runs) for box in run.boxes]
    for (one, first, a), (two, second, b) in combinations(boxes, 2):
        if one == two or a.bottom <= b.y or b.bottom <= a.y:
            continue
        wide, high = a.overlap(b)
        if wide > 1 and high > 2:
            yield f"{first.short} and {second.short} lie over each other by {wide:.0f} x {high:.0f}"


def hard_to_tap(seen: Seen) -> Iterator[str]:
    """Telephones and the way out; links within running text are as high as their line (WCAG excepts them)."""
    alone = [link for link in seen.links if link.href.startswith("tel:") or "/o/" in link.href or "optout" in link.href]
    for link in alone:
        if link.box.height < TARGET or link.box.width < TARGET:
            yield f'"{link.text}" is {link.box.width:.0f} x {link.box.height:.0f} pixels to tap'
    for one, two in combinations(alone, 2):
        wide, high = one.box.overlap(two.box)
        if wide > 0 and high > 0.5:
            yield f'"{one.text}" and "{two.text}" are tapped at the same place'


def silent_pictures(seen: Seen) -> Iterator[str]:
    """A picture that is not shown has its alternative text in its box, to be read there."""
    for picture in seen.pictures:
        if picture.shown or not picture.alt:
            continue
        box = replace(picture.box, x=picture.box.x + ICON, width=picture.box.width - 2 * ICON)
        if (measured := seen.contrast(box)) < ENOUGH:
            yield f'the alternative text "{picture.alt[:40]}" cannot be read: {measured:.2f} to 1'
