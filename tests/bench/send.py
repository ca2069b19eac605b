"""Send: messages a second beside the others, in the same minutes, over the same sink.

The rounds are interleaved: whatever else the machine does, it does to all. What is compared is the delivering of a
confirmed mailing, with its ledger synced to disk; planning (reading the list, making and checking every message once,
writing the rows) is told apart.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.bench.children import mailer, python, run_together
from tests.bench.figures import Found, Variant, print_variant
from tests.bench.office import LIST, SLUG, Shape, write_office
from tests.bench.rivals import NAMES, Ran, Rivals
from tests.bench.wire import proxy, sink

_CEILING_TIMES = 4  # smtp-source is done so soon that it gets more to do
_PER_FAR_CONNECTION = 150  # messages a connection over a long line: a round shall not take minutes
_COUNTED_PER_CONNECTION = 100


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
        self.rivals.write(run_together(python("driver", str(office), "plan"))[0], size.people)

    def run(self, variant: Variant) -> Found:
        """Run the rounds of one variant."""
        if not variant.rtt_ms:
            return self._rounds(variant, self._port)
        with proxy(self._port, rtt_ms=variant.rtt_ms) as (port, _):
            return self._rounds(variant, port)

    def turns(self, variant: Variant) -> float:
        """Return the round trips a message, counted on the wire in a pass of its own."""
        count = min(self._size.people, _COUNTED_PER_CONNECTION * variant.connections)
        with proxy(self._port, rtt_ms=variant.rtt_ms) as (port, turns):
            self._ours(replace(variant, processes=1), port, count)
        return turns.count / count

    def command_s(self, variant: Variant) -> float:
        """Return the seconds that the command itself takes, from the shell and back."""
        office = self._office(Shape(people=self._size.people, port=self._port, connections=variant.connections))
        begin = time.monotonic()
        mailer("--workspace", str(office), "send", SLUG, "--to", LIST, "--yes")
        return time.monotonic() - begin

    def _ours(self, variant: Variant, port: int, count: int) -> tuple[Ran, dict[str, Any]]:
        """Plan and deliver a new mailing."""
        shape = Shape(people=count, port=port, connections=variant.connections, dkim_pem=variant.dkim_pem)
        office = str(self._office(shape))
        if variant.processes == 1:
            said = run_together(python("driver", office, "plan,deliver"))[0]
            parts = [said]
            seconds = said["deliver_s"]
        else:
            said = run_together(python("driver", office, "plan"))[0]
            parts = run_together(*[python("driver", office, "deliver") for _ in range(variant.processes)])
            # who finds nothing left looks again after half a second: that is no work
            seconds = max(part["last"] for part in parts) - min(part["began"] for part in parts)
        accepted = max(part["accepted"] for part in parts)
        if accepted != count:
            raise RuntimeError(f"{accepted} of {count} were accepted")
        cpu_s = sum(part["deliver_cpu_s"] for part in parts)
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


def run(variants: Sequence[Variant], size: Size, tools: str) -> None:
    """Run the variants and print them."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
        bench = Bench(Path(folder), Path(tools or folder, "tools"), port, size)
        bench.rivals.install({key for variant in variants for key in variant.targets})
        for name, reason in bench.rivals.missing.items():
            print(f"left out: {name}: {reason}")
        for variant in variants:
            print_variant(variant, bench.run(variant))
            print(f"  {bench.turns(variant):.2f} round trips a message", flush=True)
            if not variant.rtt_ms and variant.processes == 1 and not variant.dkim_pem:
                print(f"  `mailer send --yes` itself, from the shell and back: {bench.command_s(variant):.2f} s")
