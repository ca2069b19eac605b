"""Figures: what the rounds of a variant gave, as a table with the ratios that it should reach."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.rivals import NAMES, Ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is measured: so many processes, signed or not, over so long a line; the ratios it should reach."""

    name: str
    targets: Mapping[str, float]
    processes: int = 1
    connections: int = 20
    rtt_ms: float = 0.0
    dkim_pem: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What each contestant did, round by round, and what planning said."""

    ran: Mapping[str, Sequence[Ran]]
    plans: Sequence[Mapping[str, Any]]


def print_variant(variant: Variant, found: Found) -> None:
    """Print one variant."""
    ours = found.ran["mailer"]
    rate, cpu_us = (statistics.median(getattr(ran, name) for ran in ours) for name in ("rate", "cpu_us"))
    print(f"\n{variant.name} (median of {len(ours)}, {found.plans[0]['bytes']} bytes a message)")
    print(
        f"  {'':18}{'messages/s':>11}{'lowest-highest':>16}{'CPU us each':>13}{'peak MB':>9}"
        f"{'we are':>10}{'target':>8}{'':>8}{'by CPU':>9}"
    )
    print(_line("mailer", ours))
    for key, least in variant.targets.items():
        name = f"({key}) {NAMES[key]}"
        if key not in found.ran:
            print(f"  {name:18} left out")
            continue
        ratio = rate / statistics.median(ran.rate for ran in found.ran[key])
        by_cpu = statistics.median(ran.cpu_us for ran in found.ran[key]) / cpu_us
        verdict = "met" if ratio >= least else "missed"
        print(f"{_line(name, found.ran[key])}{ratio:8.2f} x{least:6g} x{verdict:>8}{by_cpu:7.2f} x")
    seconds = {name: statistics.median(plan[f"{name}_s"] for plan in found.plans) for name in ("prepare", "confirm")}
    seconds["deliver"] = statistics.median(ran.seconds for ran in ours)
    said = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    print(f"  {ours[0].messages} messages: {said}, whole {sum(seconds.values()):.2f} s")


def _line(name: str, rounds: Sequence[Ran]) -> str:
    rates = sorted(ran.rate for ran in rounds)
    spread = f"{rates[0]:.0f}-{rates[-1]:.0f}"
    peak = statistics.median(ran.peak_mb for ran in rounds)
    cpu = statistics.median(ran.cpu_us for ran in rounds)
    return f"  {name:18}{statistics.median(rates):11.0f}{spread:>16}{cpu:13.0f}{f'{peak:.0f}' if peak else '-':>9}"
