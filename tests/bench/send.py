"""Send: the delivering of a mailing, and the whole command, beside the others, in the same minutes, over the same sink.

The rounds are interleaved: whatever else the machine does, it does to all. Delivering is what comes after a mailing is
confirmed, from the first outcome to the last by a monotonic clock, with the ledger synced to disk. The whole command is
`mailer send --yes` as a child, from the shell and back: reading the list, making and checking every message, writing
the rows, delivering. The plain loop's whole is its child, from the shell and back.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.bench.children import mailer, python, run_together
from tests.bench.figures import PLAIN_LOOP, Figure, Found, Variant, beside, figures_of, print_variant, table
from tests.bench.machine import cpu_of_children_s
from tests.bench.office import LIST, SLUG, Shape, write_office
from tests.bench.rivals import NAMES, Ran, Rivals
from tests.bench.wire import proxy, sink

_CEILING_TIMES = 4  # smtp-source is done so soon that it gets more to do
_PER_FAR_CONNECTION = 150  # messages a connection over a long line: a round shall not take minutes
_COUNTED_PER_CONNECTION = 100
_PLAIN_PEOPLE = 8000  # as many as the plain loop is given where we get more: it is no slower for it
# What holds the whole command to one process: planning takes all cores by itself.
ONE_PROCESS: Mapping[str, str] = MappingProxyType({"PYTHON_CPU_COUNT": "1"})
# what the whole command must reach and aims at, by how many people it sends to at least
_WHOLE = {
    0: {"one process": (2.6, 3.5), "all cores": (3.0, 4.5)},
    100_000: {"all cores": (3.2, 5.0)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is sent: messages of ours, of the slowest, rounds."""

    people: int
    slow: int
    rounds: int


class Bench:
    """One sink, one folder, the rivals."""

    def __init__(self, folder: Path, tools: Path, port: int, size: Size) -> None:
        """Take where things lie and whom they are sent to; the others get a text and a list."""
        self._folder = folder
        self._port = port
        self._size = size
        self._offices = 0
        rivals = folder / "rivals"
        rivals.mkdir()
        self.rivals = Rivals(rivals, tools)
        office = self._office(Shape(people=1, port=port))
        said = run_together(python("driver", str(office), "plan"))[0]
        self.rivals.write(said, size.people)
        self.bytes = said["bytes"]

    def run(self, variant: Variant) -> Found:
        """Run the rounds of one variant, and print what each did."""
        if not variant.rtt_ms:
            found = self._rounds(variant, self._port)
        else:
            with proxy(self._port, rtt_ms=variant.rtt_ms) as (port, _):
                found = self._rounds(variant, port)
        print_variant(variant, found)
        return found

    def turns(self, variant: Variant) -> float:
        """Return the round trips a message, counted on the wire in a pass of its own."""
        count = min(self._size.people, _COUNTED_PER_CONNECTION * variant.connections)
        with proxy(self._port, rtt_ms=variant.rtt_ms) as (port, turns):
            self._ours(replace(variant, processes=1), port, count)
        return turns.count / count

    def whole(self) -> list[Figure]:
        """Return the figures of the whole command beside the plain loop, in one process and as it comes."""
        people, plain = self._size.people, min(self._size.people, _PLAIN_PEOPLE)
        bounds = _WHOLE[max(size for size in _WHOLE if size <= people)]
        ran: dict[str, list[Ran]] = defaultdict(list)
        for _ in range(self._size.rounds):
            for name in bounds:
                ran[name].append(self._command(people, ONE_PROCESS if name == "one process" else {}))
            ran["plain loop"].append(_whole(plain, lambda: self.rivals.plain(self._port, plain, 20)))
        print(f"\nthe whole command, {self.bytes} bytes a message")
        for name, rounds in ran.items():
            seconds = ", ".join(f"{each.seconds:.1f}" for each in rounds)
            print(f"  {name:12} {rounds[0].messages:9,} messages: {seconds} s", flush=True)
        figures = []
        for name, (must, aim) in bounds.items():
            ratio, by_cpu = beside(ran[name], ran["plain loop"])
            called = f"`mailer send` to {people:,}, {name}"
            figures.append(Figure(called, ratio, PLAIN_LOOP, must, aim, by_cpu=by_cpu))
        return figures

    def _command(self, people: int, env: Mapping[str, str]) -> Ran:
        office = self._office(Shape(people=people, port=self._port))
        words = ("--workspace", str(office), "send", SLUG, "--to", LIST, "--yes")
        return _whole(people, lambda: mailer(*words, env=env))

    def _ours(self, variant: Variant, port: int, count: int) -> tuple[Ran, dict[str, Any]]:
        """Plan and deliver a new mailing."""
        together = variant.connections * variant.processes  # a relay's connections are for all who send over it
        shape = Shape(people=count, port=port, connections=together, dkim_pem=variant.dkim_pem)
        office = str(self._office(shape))
        if variant.processes == 1:
            said = run_together(python("driver", office, "plan,deliver"))[0]
            parts = [said]
        else:
            said = run_together(python("driver", office, "plan"))[0]
            parts = run_together(*[python("driver", office, "deliver") for _ in range(variant.processes)])
        moments = [moment for part in parts for moment in part["moments"]]
        seconds = max(moments) - min(moments)
        accepted = max(part["accepted"] for part in parts)
        if accepted != count:
            raise RuntimeError(f"{accepted} of {count} were accepted")
        cpu_s = sum(part["wire_cpu_s"] for part in parts)
        peak_mb = max(said["peak_mb"], sum(part["peak_mb"] for part in parts))
        return Ran(count, seconds, cpu_s, peak_mb), said

    def _rounds(self, variant: Variant, port: int) -> Found:
        ran: dict[str, list[Ran]] = defaultdict(list)
        plans: list[dict[str, Any]] = []
        count = self._size.people
        if variant.rtt_ms:
            count = min(count, _PER_FAR_CONNECTION * variant.connections)
        third = max(count // 3, 1)
        rivals: dict[str, tuple[Callable[[int, int, int], Ran], int]] = {
            "a": (self.rivals.source, count * _CEILING_TIMES),
            "b": (self.rivals.plain, third),
            "c": (self.rivals.mailmerge, min(self._size.slow, count)),
            "d": (self.rivals.nodemailer, third),
        }
        for _ in range(self._size.rounds):
            ours, said = self._ours(variant, port, count)
            ran["mailer"].append(ours)
            plans.append(said)
            for key in variant.targets:
                if NAMES[key] not in self.rivals.missing:
                    rival, messages = rivals[key]
                    ran[key].append(rival(port, messages, variant.connections))
        return Found(ran, plans)

    def _office(self, shape: Shape) -> Path:
        self._offices += 1
        place = self._folder / f"office-{self._offices}"
        write_office(place, shape)
        return place


def _whole(messages: int, work: Callable[[], object]) -> Ran:
    """Measure what a child does from its start to its end."""
    begin, cpu = time.monotonic(), cpu_of_children_s()
    work()
    return Ran(messages, time.monotonic() - begin, cpu_of_children_s() - cpu)


@contextmanager
def bench(size: Size, tools: str = "", rivals: str = "") -> Iterator[Bench]:
    """Set a bench up; `rivals` are the keys of those that are to be installed."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
        made = Bench(Path(folder), Path(tools or folder, "tools"), port, size)
        made.rivals.install(rivals)
        for name, reason in made.rivals.missing.items():
            print(f"left out: {name}: {reason}")
        yield made


def run(variants: Sequence[Variant], size: Size, tools: str) -> None:
    """Run the variants and print them."""
    figures: list[Figure] = []
    with bench(size, tools, "".join(key for variant in variants for key in variant.targets)) as made:
        for variant in variants:
            figures += figures_of(variant, made.run(variant))
            print(f"  {made.turns(variant):.2f} round trips a message", flush=True)
    print(f"\n{table(figures)}")
