"""Rendering: the parts of a page become lines of a terminal.

Words are never broken, and labels stand in one column. A command stays on its line, however long, since people copy it:
a line break inside its quotation marks would go along. Where a page is piped into another program all lines stay whole,
so that they can be searched.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Iterator
from typing import TextIO

from rich.cells import cell_len

from mailer.errors import Severity
from mailer.pages.layout import Bars, Fact, Line, Page, Part, Problems, Steps, Table, Verbatim

Row = tuple[str, ...]
Styled = tuple[str, str]
_WIDEST, _NARROWEST = 100, 40
_LABEL = 12
_BAR = 40
_COMMAND = "mailer "
_LONGEST_PROBLEM = 400  # a whole menu may have been left out; JSON has all of it
_TONES = {"": "", "strong": "bold", "quiet": "dim", "good": "green", "careful": "yellow", "bad": "red"}
_SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def width_of(stream: TextIO | None) -> int:
    """Return how wide lines may be: those of the terminal, or as COLUMNS says; 0 where they are not for people."""
    if "COLUMNS" not in os.environ and (stream is None or not stream.isatty()):
        return 0
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size().columns))


def label_width(page: Page) -> int:
    """Return the column in which the text of all facts of a page begins."""
    labels = (len(part.label) for part in page.parts if isinstance(part, (Fact, Steps)))
    return max(_LABEL, max(labels, default=0) + 2)


def lay_out(part: Part, *, width: int, label: int = _LABEL) -> Iterator[Styled]:
    """Yield the lines of a part, each with its style; `width` 0 leaves them as long as they are."""
    match part:
        case Line(text=text, tone=tone, depth=depth):
            for each in text.split("\n"):
                yield from ((line, _TONES[tone]) for line in _wrapped(each, width, "  " * depth))
        case Fact(label=name, lines=lines, tone=tone):
            for number, each in enumerate(lines):
                indent = " " * (len(each) - len(each.lstrip()))
                start = f"  {'' if number else name:{label}}{indent}"
                yield from ((line, _TONES[tone]) for line in _wrapped(each.lstrip(), width, start))
        case Table(rows=rows, head=head, right=right):
            yield from ((f"  {line}".rstrip(), "") for line in _rows(list(rows), head, right, width and width - 2))
        case Bars(rows=rows):
            top = max([number for _, number, _ in rows] + [1])
            figures = list(_rows([(name, str(n)) for name, n, _ in rows], (), frozenset({1}), 0))
            bar = _BAR if not width else max(8, min(_BAR, width - max(map(len, figures), default=0) - 6))
            for line, (_, number, tone) in zip(figures, rows, strict=True):
                yield f"    {line}  {'█' * round(bar * number / top)}", _TONES[tone]
        case Problems(problems=problems):
            for problem in problems:
                shown = str(problem)
                if len(shown) > _LONGEST_PROBLEM:
                    shown = shown[: _LONGEST_PROBLEM - 1].rstrip() + "…"
                start = f"  {problem.severity.value:8}"
                yield from ((line, _SEVERITIES[problem.severity]) for line in _wrapped(shown, width, start))
                for each in problem.hint.splitlines():
                    room = 0 if each.startswith(_COMMAND) else width
                    yield from ((line, "") for line in _wrapped(each, room, " " * len(start)))
        case Steps(label=name, steps=steps):
            commands = max(max(map(len, (command for command, _ in steps)), default=0), _BAR)
            for number, (command, what) in enumerate(steps):
                start = f"  {'' if number else name:{label}}"
                if width and len(start) + commands + 1 + len(what) > width:
                    yield f"{start}{command}", ""
                    yield from ((line, "dim") for line in _wrapped(what, width, " " * (label + 4)) if what)
                else:
                    yield f"{start}{command:{commands}} {what}".rstrip(), ""
        case Verbatim(text=text, tone=tone, depth=depth):
            yield from ((f"{'  ' * depth}{each}", _TONES[tone]) for each in text.split("\n"))


def _wrapped(text: str, width: int, start: str = "") -> list[str]:
    """Break a text on blanks; `start` stands before the first line, and as many blanks before the others."""
    if not width or cell_len(start) + cell_len(text) <= width:
        return [f"{start}{text}".rstrip()]
    room = max(_NARROWEST // 2, width - cell_len(start))
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return [f"{' ' * len(start) if number else start}{line}" for number, line in enumerate(lines)]


def _rows(rows: list[Row], head: Row, right: frozenset[int], width: int) -> Iterator[str]:
    """Yield the lines of a table; the widest column is broken where there is no room."""
    everything = [head, *rows] if head else rows
    if not everything:
        return
    widths = [max(cell_len(row[i]) for row in everything) for i in range(len(everything[0]))]
    over = sum(widths) + 2 * (len(widths) - 1) - width
    if width and over > 0:
        widest = max((i for i in range(len(widths)) if i not in right), key=lambda i: widths[i])
        longest = max((cell_len(word) for row in everything for word in row[widest].split()), default=0)
        widths[widest] = max(widths[widest] - over, longest, _NARROWEST // 2)
    for row in everything:
        cells = [
            _wrapped(text, each) if cell_len(text) > each else [text] for text, each in zip(row, widths, strict=True)
        ]
        for i in range(max(map(len, cells))):
            parts = [(cell[i] if i < len(cell) else "") for cell in cells]
            padded = [
                " " * (room - cell_len(text)) + text if at in right else text + " " * (room - cell_len(text))
                for at, (text, room) in enumerate(zip(parts, widths, strict=True))
            ]
            yield "  ".join(padded).rstrip()
