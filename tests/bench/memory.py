"""Memory: how much a mailing takes, and what the ledger costs a delivery, from a thousand people to a million.

The release is one paragraph, so that a million fits into an evening. Each size is planned and delivered by one child.
The ledger's cost is the CPU time spent in its room, SQLAlchemy and SQLite included, as the sampler saw it; beside it
stands the whole by the clock.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.children import python, run_together
from tests.bench.office import Shape, write_office
from tests.bench.profile import ledger_s
from tests.bench.wire import sink

LIMIT_MB = 250
_PHASES = ("prepare", "confirm", "deliver")


def run(sizes: list[int], *, deliver: bool = True) -> None:
    """Print the curve."""
    phases = _PHASES if deliver else _PHASES[:2]
    memory, clock = f"{'peak MB':^{9 * len(phases)}}", f"{'us each, by the clock':^{10 * len(phases)}}"
    print(f"\n{'':9} |{memory}|{clock}|  ledger, us of CPU each")
    names = "".join(f"{name:>9}" for name in phases) + " |" + "".join(f"{name:>10}" for name in phases)
    print(f"{'people':>9} {names} |{'confirm':>10}{'deliver':>10}   ledger MB")
    peak = 0.0
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
            place = Path(folder, "office")
            write_office(place, Shape(people=size, port=port, paragraphs=1))
            said = run_together(python("driver", str(place), "plan,deliver" if deliver else "plan", "sampled"))[0]
            machine = place / ".mailer"
            stored = sum(file.stat().st_size for file in machine.glob("ledger.db*")) / 1e6
        peak = max(peak, said["peak_mb"])
        memory = "".join(f"{said[f'{name}_mb']:9.0f}" for name in phases)
        clock = "".join(f"{said[f'{name}_s'] * 1e6 / size:10.0f}" for name in phases)
        ledger = "".join(f"{ledger_s(said, name) * 1e6 / size:10.0f}" for name in phases[1:])
        print(f"{size:9} {memory} |{clock} |{ledger}{stored:12.1f}", flush=True)
    print(f"peak {peak:.0f} MB, {LIMIT_MB} allowed: {'met' if peak <= LIMIT_MB else 'missed'}")
