"""Memory: what a mailing takes, phase by phase, from a thousand people to a million.

The release is one paragraph, so that a million fits into an evening. Each size is planned and delivered by one child.
The cost of a delivery is the CPU time of the sender between the first outcome and the last, so that the start is not
divided by the people. A short run catches the machine in one of its moods, which differ by a quarter: below the largest
size the median of several counts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.bench.children import python, run_together
from tests.bench.figures import Figure
from tests.bench.office import Shape, write_office
from tests.bench.wire import sink

_PHASES = ("prepare", "confirm", "deliver")
_TIMES = 3


def run(sizes: Sequence[int], *, deliver: bool = True) -> list[Figure]:
    """Print the curve; return its peak of memory, and how far the cost of a delivery is from flat."""
    phases = _PHASES if deliver else _PHASES[:2]
    memory, clock = f"{'peak MB':^{9 * len(phases)}}", f"{'seconds':^{10 * len(phases)}}"
    print(f"\n{'':9} |{memory}|{clock}|      ledger      | us of CPU")
    names = "".join(f"{name:>9}" for name in phases) + " |" + "".join(f"{name:>10}" for name in phases)
    print(f"{'people':>9} {names} |{'MB':>8} {'B each':>8} | a delivery")
    peak, costs = 0.0, dict[int, list[float]]()
    for size in [*list(sizes[:-1]) * _TIMES, sizes[-1]]:
        with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
            place = Path(folder, "office")
            write_office(place, Shape(people=size, port=port, paragraphs=1))
            said = run_together(python("driver", str(place), "plan,deliver" if deliver else "plan"))[0]
            stored = sum(file.stat().st_size for file in (place / ".mailer").glob("ledger.db*"))
        peak = max(peak, said["peak_mb"])
        cost = said.get("wire_cpu_s", 0.0) * 1e6 / size
        costs.setdefault(size, []).append(cost)
        memory = "".join(f"{said[f'{name}_mb']:9.0f}" for name in phases)
        clock = "".join(f"{said[f'{name}_s']:10.2f}" for name in phases)
        print(f"{size:9} {memory} |{clock} |{stored / 1e6:8.1f} {stored / size:8.0f} |{cost:10.0f}", flush=True)
    figures = [Figure(f"peak of memory, {sizes[-1]:,} people", peak, "MB", 250, at_most=True)]
    if deliver:
        usual = [median(each) for each in costs.values()]
        apart = 100 * (max(usual) / min(usual) - 1)
        name = f"cost of a delivery, {sizes[0]:,} people to {sizes[-1]:,}: highest over lowest"
        figures.append(Figure(name, apart, "%", 15, at_most=True))
    return figures
