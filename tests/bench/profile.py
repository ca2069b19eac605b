"""Profile: where a message's microseconds go, while it is prepared, confirmed and delivered."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.children import CHECKOUT, python, run_together
from tests.bench.office import Shape, write_office
from tests.bench.wire import sink

_SHOWN = 25
_CALLS = ("fsync", "fdatasync", "pwrite64", "pread64", "fcntl", "sendto", "sendmsg", "recvfrom", "epoll_wait", "futex")


def run(people: int, *, dkim_pem: bytes = b"") -> None:
    """Send one mailing with the sampler at work, and print the tables."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
        shape = Shape(people=people, port=port, dkim_pem=dkim_pem)
        place = Path(folder, "office")
        write_office(place, shape)
        said = run_together(python("driver", str(place), "plan,deliver", "sampled"))[0]
        for phase in ("prepare", "confirm", "deliver"):
            _print(phase, said, people)
        _print_syncs(Path(folder), shape)


def _print(phase: str, said: Mapping[str, Any], people: int) -> None:
    wall, cpu = (said[f"{phase}_{what}"] * 1e6 / people for what in ("s", "cpu_s"))
    print(f"\n{phase}: {wall:.0f} us a message by the clock, {cpu:.0f} us of CPU")
    places = said[f"{phase}_places"]
    _table("room", _sum(places, lambda place, _: place.partition("/")[0].partition(".")[0]), people)
    _table("function of ours, with what it calls outside", _sum(places, lambda place, _: place), people)
    _table("outside", _sum(places, lambda _, called: called), people)


def _sum(places: Sequence[tuple[str, str, float]], key: Callable[[str, str], str]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for place, called, seconds in places:
        found[key(place, called)] += seconds
    return found


def _table(title: str, seconds: Mapping[str, float], people: int) -> None:
    whole = sum(seconds.values()) or 1.0
    print(f"  {'us':>7} {'share':>6}  {title}")
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1])[:_SHOWN]:
        if name and spent / whole >= 0.01:
            print(f"  {spent * 1e6 / people:7.1f} {spent / whole:6.1%}  {name}")


def _print_syncs(folder: Path, shape: Shape) -> None:
    """Count, in a pass of its own, the syncs to disk and other calls to the system, where strace is present."""
    if not shutil.which("strace"):
        print("\nleft out: calls to the system a message (strace is not installed)")
        return
    place, count = folder / "traced", min(shape.people, 1000)
    write_office(place, Shape(people=count, port=shape.port))
    run_together(python("driver", str(place), "plan"))
    log = folder / "strace"
    command = ["strace", "-f", "-c", "-o", str(log), *python("driver", str(place), "deliver")]
    subprocess.run(command, cwd=CHECKOUT, input="go\n", text=True, check=True, capture_output=True)
    print(f"\ncalls to the system a message, while {count} are delivered")
    found = {row[-1]: int(row[3]) for row in map(str.split, log.read_text().splitlines()) if _is_row(row)}
    for name in _CALLS:
        if name in found:
            print(f"  {found[name] / count:7.3f}  {name}")


def _is_row(row: list[str]) -> bool:
    return len(row) >= 5 and bool(re.fullmatch(r"\d+", row[3])) and row[-1] != "total"
