"""Layout: the parts that a page is made of.

A page is a sequence of parts. A part is a value that states what it is (a fact with its label, a table, a figure, a
problem, a next step), never how it looks: the terminal aligns labels and wraps at its width, the desk makes a
definition list of the same facts. Lower-case functions make parts; they return None for a part without content, and
`Page(…)` leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from mailer.errors import Problem
from mailer.frozen import dataclass


class Tone(StrEnum):
    """The tone of a part; how it looks is up to the renderer."""

    PLAIN = ""
    STRONG = "strong"
    QUIET = "quiet"
    GOOD = "good"
    CAREFUL = "careful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or two, wrapped on words; `depth` is its indent."""

    text: str
    tone: Tone = Tone.PLAIN
    depth: int = 0
    aside: bool = False  # not part of the result itself: a terminal prints it to stderr


@dataclass(frozen=True, slots=True)
class Fact:
    """A label with its lines; an indented line is a detail of the one before it."""

    label: str
    lines: tuple[str, ...]
    tone: Tone = Tone.PLAIN
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the columns numbered in `right` are aligned right."""

    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts, drawn as bars."""

    rows: tuple[tuple[str, int, Tone], ...]
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Problems:
    """Problems, each with severity, place, text and remedy."""

    problems: tuple[Problem, ...]
    aside: bool = True


@dataclass(frozen=True, slots=True)
class Steps:
    """Commands that can come next, each with its purpose."""

    steps: tuple[tuple[str, str], ...]
    label: str = "Next"
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text whose lines and blanks are kept."""

    text: str
    depth: int = 0
    aside: bool = False


Part = Line | Fact | Table | Bars | Problems | Steps | Verbatim


class Page:
    """The parts of a page, in order."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Part | Iterable[Part | None] | None) -> None:
        """Collect parts, one by one or several at once; None is left out."""
        found: list[Part] = []
        for each in parts:
            if isinstance(each, Part):
                found.append(each)
            elif each is not None:
                found += [part for part in each if part is not None]
        self.parts: tuple[Part, ...] = tuple(found)


Text = str | int | None  # a text, or a false value for no text: `line(more > 0 and f"… {more} more")`


def line(text: Text, tone: Tone = Tone.PLAIN, *, depth: int = 0, aside: bool = False) -> Line | None:
    """Return a line, None without text."""
    return Line(text, tone, depth, aside) if isinstance(text, str) and text else None


def lines(
    texts: Iterable[Text], tone: Tone = Tone.PLAIN, *, depth: int = 0, aside: bool = False
) -> Iterator[Line | None]:
    """Yield a line for each text."""
    return (line(text, tone, depth=depth, aside=aside) for text in texts)


def more(number: int, what: str = " more", *, depth: int = 1, aside: bool = False) -> Line | None:
    """Return a line with the number of entries that are not shown; None if all are."""
    return line(number > 0 and f"… and {number}{what}", depth=depth, aside=aside)


def heading(text: str) -> Line:
    """Return a heading."""
    return Line(text, Tone.STRONG, 1)


def gap() -> Line:
    """Return an empty line."""
    return Line("")


def fact(
    label: str, lines: Text | Iterable[str], tone: Tone = Tone.PLAIN, *, aside: bool = False, most: int = 0
) -> Fact | None:
    """Return a fact, None without lines; if there are more than `most` lines, the first ones and a count."""
    if lines is None or isinstance(lines, (str, int)):
        found: tuple[str, ...] = (str(lines),) if lines else ()
    else:
        found = tuple(lines)
    if most and len(found) > most:
        found = (*found[:most], f"… and {len(found) - most:,} more (--json has all)")
    return Fact(label, found, tone, aside) if any(found) else None


def table(
    rows: Iterable[Iterable[str]], *, head: Sequence[str] = (), right: Iterable[int] = (), aside: bool = False
) -> Table | None:
    """Return a table, None without rows."""
    found = tuple(map(tuple, rows))
    return Table(found, tuple(head), frozenset(right), aside=aside) if found else None


def problems(found: Iterable[Problem], *, aside: bool = True) -> Problems | None:
    """Return problems as a part, None without any."""
    listed = tuple(found)
    return Problems(listed, aside) if listed else None


def undo(command: str, what: str = "") -> Steps:
    """Return the command that undoes what was done."""
    return Steps(((command, what),), "Undo")
