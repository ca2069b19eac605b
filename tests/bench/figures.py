"""Figures: what the rounds of a bench gave, as ratios beside a peer, with what must be reached and what is aimed at.

A bench hands over `Figure`s; `table` writes those of all benches as one. A ratio is that of the medians of rounds that
took turns, so that whatever else the machine does, it does to both.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.rivals import NAMES, Ran

PLAIN_LOOP, CEILING = "× the plain loop", "× smtp-source"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured, the value and what it is counted in (`× its peer`, `MB`, `s` …), and its bounds.

    `at_most` says that less is better. `by_cpu` is the same comparison made with CPU time, which a busy machine
    changes least.
    """

    name: str
    value: float
    unit: str
    must: float | None = None
    aim: float | None = None
    at_most: bool = False
    by_cpu: float | None = None

    @property
    def verdict(self) -> str:
        """Return whether the value reaches its bounds."""
        sign = -1 if self.at_most else 1
        if self.must is not None and sign * self.value < sign * self.must:
            return "missed"
        if self.aim is not None and sign * self.value >= sign * self.aim:
            return "aim"
        return "" if self.must is None else "met"


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    lines = ["| | measured | by CPU | must | aim | |", "| --- | ---: | ---: | ---: | ---: | --- |"]
    for each in figures:
        sign = "≤" if each.at_most else "≥"
        must, aim = ("" if bound is None else f"{sign} {bound:g}" for bound in (each.must, each.aim))
        by_cpu = "" if each.by_cpu is None else said(each.by_cpu)
        lines.append(f"| {each.name} | {said(each.value)} {each.unit} | {by_cpu} | {must} | {aim} | {each.verdict} |")
    return "\n".join(lines)


def said(value: float) -> str:
    """Return a value with two decimal places, a large one without."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def beside(ours: Sequence[Ran], theirs: Sequence[Ran]) -> tuple[float, float]:
    """Return how many times as fast we are as a peer, by the clock and by CPU time."""
    rate, cpu_us = (
        [statistics.median(getattr(ran, name) for ran in rounds) for rounds in (ours, theirs)]
        for name in ("rate", "cpu_us")
    )
    return rate[0] / rate[1], cpu_us[1] / cpu_us[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is measured: so many processes, signed or not, over so long a line; the ratios it should reach.

    `targets` are what must be reached beside each rival, `aims` what is aimed at.
    """

    name: str
    targets: Mapping[str, float]
    aims: Mapping[str, float] = field(default_factory=dict)
    processes: int = 1
    connections: int = 20
    rtt_ms: float = 0.0
    dkim_pem: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What each contestant did, round by round, and what planning said."""

    ran: Mapping[str, Sequence[Ran]]
    plans: Sequence[Mapping[str, Any]]


def figures_of(variant: Variant, found: Found) -> list[Figure]:
    """Return the ratios of one variant beside each rival that could be had."""
    figures = []
    for key, least in variant.targets.items():
        if key in found.ran:
            ratio, by_cpu = beside(found.ran["mailer"], found.ran[key])
            unit = {"a": CEILING, "b": PLAIN_LOOP}.get(key, f"× {NAMES[key]}")
            name = f"delivering, {variant.name}"
            figures.append(Figure(name, ratio, unit, least, variant.aims.get(key), by_cpu=by_cpu))
    return figures


def print_variant(variant: Variant, found: Found) -> None:
    """Print what each contestant did in one variant."""
    ours = found.ran["mailer"]
    print(f"\n{variant.name} (median of {len(ours)}, {found.plans[0]['bytes']} bytes a message)")
    print(f"  {'':18}{'messages/s':>11}{'lowest-highest':>16}{'CPU us each':>13}{'peak MB':>9}")
    print(_line("mailer", ours))
    for key in variant.targets:
        name = f"({key}) {NAMES[key]}"
        print(_line(name, found.ran[key]) if key in found.ran else f"  {name:18} left out")
    seconds = {name: statistics.median(plan[f"{name}_s"] for plan in found.plans) for name in ("prepare", "confirm")}
    seconds["deliver"] = statistics.median(ran.seconds for ran in ours)
    phases = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    print(f"  {ours[0].messages} messages: {phases}")


def _line(name: str, rounds: Sequence[Ran]) -> str:
    rates = sorted(ran.rate for ran in rounds)
    spread = f"{rates[0]:.0f}-{rates[-1]:.0f}"
    peak = statistics.median(ran.peak_mb for ran in rounds)
    cpu = statistics.median(ran.cpu_us for ran in rounds)
    return f"  {name:18}{statistics.median(rates):11.0f}{spread:>16}{cpu:13.0f}{f'{peak:.0f}' if peak else '-':>9}"
