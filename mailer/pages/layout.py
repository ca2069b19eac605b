"""Layout: what a page is made of.

A page is a sequence of parts. A part is a value that says what it is (a fact with its label, a table, a figure, a
problem, a next step), never how it looks: the terminal aligns labels and wraps at its width, a browser makes a
definition list of the same facts. Functions in small letters make parts; a part that has nothing to say is None, and
`Page(…)` leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from mailer.errors import Problem
from mailer.frozen import dataclass


class Tone(StrEnum):
    """How a part is meant; what that looks like is the renderer's business."""

    PLAIN = ""
    STRONG = "strong"
    QUIET = "quiet"
    GOOD = "good"
    CAREFUL = "careful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or two, wrapped on words; `depth` says how far it is below what stands before it."""

    text: str
    tone: Tone = Tone.PLAIN
    depth: int = 0
    aside: bool = False  # not what was asked for, but to be known: a terminal prints it to stderr


@dataclass(frozen=True, slots=True)
class Fact:
    """Lines that belong to a label; one that begins with blanks is a detail of the line before it."""

    label: str
    lines: tuple[str, ...]
    tone: Tone = Tone.PLAIN
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; columns whose numbers are in `right` are set right."""

    rows: tuple[tuple[str, ...], ...]
    head: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Bars:
    """Counts, drawn so that they can be compared at a glance."""

    rows: tuple[tuple[str, int, Tone], ...]
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong: how bad, where, what, and what to do."""

    problems: tuple[Problem, ...]
    aside: bool = True


@dataclass(frozen=True, slots=True)
class Steps:
    """Commands that can come next, each with what it is for."""

    steps: tuple[tuple[str, str], ...]
    label: str = "Next"
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text whose lines and blanks are its own."""

    text: str
    depth: int = 0
    aside: bool = False


Part = Line | Fact | Table | Bars | Problems | Steps | Verbatim


class Page:
    """What a person is shown of a result."""

    __slots__ = ("parts",)

    def __init__(self, *parts: Part | Iterable[Part | None] | None) -> None:
        """Hold the parts in their order, single or several at once; None is left out."""
        found: list[Part] = []
        for each in parts:
            if isinstance(each, Part):
                found.append(each)
            elif each is not None:
                found += [part for part in each if part is not None]
        self.parts: tuple[Part, ...] = tuple(found)


Said = str | int | None  # a text, or what is false where there is nothing to say: `line(more > 0 and f"… {more} more")`


def line(text: Said, tone: Tone = Tone.PLAIN, *, depth: int = 0, aside: bool = False) -> Line | None:
    """Return a sentence, None without one."""
    return Line(text, tone, depth, aside) if isinstance(text, str) and text else None


def lines(
    texts: Iterable[Said], tone: Tone = Tone.PLAIN, *, depth: int = 0, aside: bool = False
) -> Iterator[Line | None]:
    """Yield a line for each sentence."""
    return (line(text, tone, depth=depth, aside=aside) for text in texts)


def more(number: int, what: str = " more", *, depth: int = 1, aside: bool = False) -> Line | None:
    """Return how many more there are than are shown, None where all are."""
    return line(number > 0 and f"… and {number}{what}", depth=depth, aside=aside)


def heading(text: str) -> Line:
    """Return what the lines below it are about."""
    return Line(text, Tone.STRONG, 1)


def gap() -> Line:
    """Return an empty line."""
    return Line("")


def fact(
    label: str, lines: Said | Iterable[str], tone: Tone = Tone.PLAIN, *, aside: bool = False, most: int = 0
) -> Fact | None:
    """Return lines with their label, None without any; of more than `most` the first ones and a count."""
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
    """Return the command that takes back what was done."""
    return Steps(((command, what),), "Undo")
