"""SPF verdicts against the RFC 7208 test suite of OpenSPF, where it lies beside the project; skipped elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailer.message.records import Ask, client_at, judge_spf

SUITE = Path(__file__).resolve().parents[4] / "shared" / "samples" / "spf" / "rfc7208-tests.yml"


def cases() -> Iterator[Any]:
    if not SUITE.exists():
        yield pytest.param({}, {}, marks=pytest.mark.skip(reason="the RFC 7208 test suite is not beside the project"))
        return
    for scenario in yaml.safe_load_all(SUITE.read_text("latin-1")):
        zone = {name.lower(): records for name, records in scenario["zonedata"].items()}
        for name, case in scenario["tests"].items():
            yield pytest.param(zone, case, id=name)


def dns_of(zone: Mapping[str, Any]) -> Ask:
    """Return the DNS that a scenario describes, as the suite's own driver reads it."""

    def ask(name: str, kind: str, *, hops: int = 0) -> tuple[str, ...] | None:
        entries = zone.get(name.rstrip(".").lower(), [])
        pairs = [next(iter(entry.items())) for entry in entries if isinstance(entry, dict)]
        if kind == "TXT" and not any(type_ == "TXT" for type_, _ in pairs):
            pairs = [("TXT" if type_ == "SPF" else type_, value) for type_, value in pairs]
        values = [value for type_, value in pairs if type_ == kind and value != "NONE"]
        if not values and "TIMEOUT" in entries:
            return None
        target = next((value for type_, value in pairs if type_ == "CNAME"), None)
        if not values and target is not None:
            return ask(target, kind, hops=hops + 1) if hops < 8 else None
        if kind == "MX":
            return tuple(host for _, host in sorted(values, key=lambda pair: int(pair[0])))
        return tuple("".join(value) if isinstance(value, list) else str(value) for value in values)

    return ask


@pytest.mark.parametrize("zone, case", list(cases()))
def test_a_record_is_judged_as_the_suite_of_rfc_7208_says(zone: Mapping[str, Any], case: Mapping[str, Any]) -> None:
    sender = case["mailfrom"] or f"postmaster@{case['helo']}"
    found = judge_spf(sender.rpartition("@")[2], client_at(str(case["host"]), sender, case["helo"]), dns_of(zone))
    expected = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert found in expected
