"""Charts: counts over time as stacked bars, in numbers that a template draws as SVG.

Colours and words are the template's; the table beside a drawing has the same figures for readers who cannot see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from mailer.frozen import dataclass
from mailer.ledger.history import Course

WIDTH, HEIGHT = 720.0, 160.0
_MOST: Final = 60  # bars
_GAP: Final = 0.15  # of a bar's width
_STEPS: Final = {19: timedelta(seconds=1), 16: timedelta(minutes=1), 13: timedelta(hours=1), 10: timedelta(days=1)}
_FULL: Final = "2026-01-01 00:00:00"  # completes a time that is cut off: `2026-10-01 09` is nine o'clock
_NAMES: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar, placed from the top left."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of counts over time; `rows` has them as a table: the time, and the count of each of the `kinds`."""

    kinds: tuple[str, ...]
    bars: tuple[Bar, ...]
    rows: tuple[tuple[datetime, tuple[int, ...]], ...]
    most: int
    step: str  # the time that a bar covers: "minute", "5 minutes"
    start: datetime
    end: datetime
    width: float = WIDTH
    height: float = HEIGHT

    def seconds(self, at: datetime) -> str:
        """Return the seconds of a time if a bar is less than a minute: `:42`."""
        return f":{at:%S}" if self.step.endswith(("second", "seconds")) else ""


def draw_course(course: Course, kinds: Sequence[str]) -> Chart | None:
    """Draw counts over time, of these `kinds` from the bottom up; None without counts in at least two units of time."""
    counts: dict[datetime, dict[str, int]] = {}
    for time, kind, number in course:
        by_kind = counts.setdefault(datetime.fromisoformat(time + _FULL[len(time) :]).replace(tzinfo=UTC), {})
        by_kind[kind] = by_kind.get(kind, 0) + number
    found = tuple(each for each in kinds if any(each in by_kind for by_kind in counts.values()))
    if not found or len(counts) < 2:
        return None
    first, last = min(counts), max(counts)
    unit_s = _STEPS[len(course[0][0])]
    units = (last - first) // unit_s + 1
    per_bar = -(-units // _MOST)
    step, number = unit_s * per_bar, -(-units // per_bar)
    sums = [dict.fromkeys(found, 0) for _ in range(number)]
    for at, by_kind in counts.items():
        for kind in found:
            sums[(at - first) // step][kind] += by_kind.get(kind, 0)
    most = max(sum(each.values()) for each in sums)
    rows = [(first + step * at, tuple(each.values())) for at, each in enumerate(sums) if any(each.values())]
    step_s = int(step.total_seconds())
    length, unit = next(each for each in _NAMES if step_s % each[0] == 0)
    name = unit if step_s == length else f"{step_s // length} {unit}s"
    return Chart(found, tuple(_bars(sums, most)), tuple(rows), most, name, first, first + step * number)


def _bars(sums: Sequence[Mapping[str, int]], most: int) -> Iterator[Bar]:
    slot = WIDTH / len(sums)
    for at, by_kind in enumerate(sums):
        top, left, width = HEIGHT, round(at * slot, 2), round(slot * (1 - _GAP), 2)
        for kind, number in by_kind.items():
            if number:
                height = max(1.0, number * HEIGHT / most)  # even one of a million is visible
                top -= height
                yield Bar(kind, left, round(max(top, 0), 2), width, round(height, 2))
