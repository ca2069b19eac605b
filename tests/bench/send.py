"""Send: messages a second beside the others, in the same minutes, over the same sink.

The rounds are interleaved: whatever else the machine does, it does to all. What is compared is the delivering of a
confirmed mailing, with its ledger synced to disk; planning (reading the list, making and checking every message once,
writing the rows) is told apart.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.bench.children import python, run_together
from tests.bench.office import Shape, write_office
from tests.bench.rivals import Ran, Rivals
from tests.bench.wire import proxy, sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is measured: so many processes, signed or not, over so long a line; the ratios it should reach."""

    name: str
    targets: dict[str, float]
    processes: int = 1
    connections: int = 20
    rtt_ms: float = 0.0
    dkim_pem: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is sent: messages of ours and of the quick ones, of the slow one, rounds."""

    people: int
    slow: int
    rounds: int


class Bench:
    """One sink, one folder, the rivals."""

    def __init__(self, folder: Path, tools: Path, port: int, size: Size) -> None:
        """Take where things lie and whom they are sent to."""
        self._folder = folder
        self._port = port
        self._size = size
        self._offices = 0
        rivals = folder / "rivals"
        rivals.mkdir()
        self.rivals = Rivals(rivals, tools)

    def plan_once(self, connections: int = 20) -> dict[str, Any]:
        """Plan a mailing, so that the others have a text and a list."""
        office = self._office(Shape(people=1, port=self._port, connections=connections))
        said = run_together(python("driver", str(office), "plan"))[0]
        self.rivals.write(said, self._size.people)
        return said

    def run(self, variant: Variant) -> dict[str, list[dict[str, Any]]]:
        """Run the rounds of one variant; gives what each contestant said, round by round."""
        if not variant.rtt_ms:
            return self._rounds(variant, self._port)
        with proxy(self._port, rtt_ms=variant.rtt_ms) as (port, _):
            return self._rounds(variant, port)

    def turns(self, variant: Variant, count: int) -> float:
        """Give the round trips a message, counted on the wire in a pass of its own."""
        with proxy(self._port, rtt_ms=variant.rtt_ms) as (port, turns):
            self.ours(replace(variant, processes=1), port, count)
        return turns.count / count

    def ours(self, variant: Variant, port: int, count: int) -> dict[str, Any]:
        """Plan and deliver a new mailing."""
        shape = Shape(people=count, port=port, connections=variant.connections, dkim_pem=variant.dkim_pem)
        office = self._office(shape)
        if variant.processes == 1:
            said = run_together(python("driver", str(office), "plan,deliver"))[0]
            said["rate"] = count / said["deliver_s"]
        else:
            said = run_together(python("driver", str(office), "plan"))[0]
            several = run_together(*[python("driver", str(office), "deliver") for _ in range(variant.processes)])
            # who finds nothing left looks again after half a second: that is no work
            said["deliver_s"] = max(each["last"] for each in several) - min(each["began"] for each in several)
            said |= {"accepted": max(each["accepted"] for each in several), "rate": count / said["deliver_s"]}
            said["peak_mb"] = max(said["peak_mb"], sum(each["peak_mb"] for each in several))
        if said["accepted"] != count:
            raise RuntimeError(f"{said['accepted']} of {count} were accepted")
        return said

    def _rounds(self, variant: Variant, port: int) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        count, slow = self._size.people, self._size.slow
        rivals: dict[str, tuple[Callable[[int, int, int], Ran], int]] = {
            "a": (self.rivals.source, count),
            "b": (self.rivals.plain, max(count // 3, 1)),
            "c": (self.rivals.mailmerge, slow),
            "d": (self.rivals.nodemailer, max(count // 3, 1)),
        }
        for _ in range(self._size.rounds):
            found["mailer"].append(self.ours(variant, port, count))
            for key in variant.targets:
                if _NAMES[key] in self.rivals.missing:
                    continue
                rival, messages = rivals[key]
                ran = rival(port, messages, variant.connections)
                found[key].append({"rate": ran.rate, "peak_mb": ran.peak_mb})
        return found

    def _office(self, shape: Shape) -> Path:
        self._offices += 1
        place = self._folder / f"office-{self._offices}"
        write_office(place, shape)
        return place


_NAMES = {"a": "smtp-source", "b": "plain loop", "c": "mailmerge", "d": "nodemailer"}


def median(rounds: Sequence[dict[str, Any]], name: str) -> float:
    """Give the median of a figure over the rounds."""
    return statistics.median(float(each[name]) for each in rounds)


def report(variant: Variant, found: dict[str, list[dict[str, Any]]], turns: float) -> None:
    """Print one variant."""
    ours = found["mailer"]
    rate = median(ours, "rate")
    print(f"\n{variant.name}")
    print(f"  {'mailer':24} {rate:9.0f} messages/s   peak {median(ours, 'peak_mb'):.0f} MB   {_spread(ours)}")
    for key, least in variant.targets.items():
        name = f"({key}) {_NAMES[key]}"
        if key not in found:
            print(f"  {name:24}   left out")
            continue
        ratio = rate / median(found[key], "rate")
        verdict = "met" if ratio >= least else "MISSED"
        memory = median(found[key], "peak_mb")
        print(
            f"  {name:24} {median(found[key], 'rate'):9.0f} messages/s   we are {ratio:6.2f} x, "
            f"target {least:g} x: {verdict}   {_spread(found[key])}" + (f"   peak {memory:.0f} MB" if memory else "")
        )
    if "prepare_s" in ours[0]:
        prepare, confirm, deliver = (median(ours, f"{name}_s") for name in ("prepare", "confirm", "deliver"))
        whole = prepare + confirm + deliver
        print(f"  prepare {prepare:.2f} s, confirm {confirm:.2f} s, deliver {deliver:.2f} s, whole {whole:.2f} s")
    print(f"  {turns:.2f} round trips a message, {ours[0]['bytes']} bytes a message")


def _spread(rounds: Sequence[dict[str, Any]]) -> str:
    rates = sorted(each["rate"] for each in rounds)
    return f"({rates[0]:.0f} to {rates[-1]:.0f})"


def run(variants: Sequence[Variant], size: Size, tools: str) -> None:
    """Run the variants and print them."""
    with tempfile.TemporaryDirectory(prefix="mailer-bench-") as folder, sink() as port:
        bench = Bench(Path(folder), Path(tools or folder, "tools"), port, size)
        bench.plan_once()
        bench.rivals.install()
        for name, reason in bench.rivals.missing.items():
            print(f"left out: {name}: {reason}")
        for variant in variants:
            found = bench.run(variant)
            report(variant, found, bench.turns(variant, min(size.people, 400)))
