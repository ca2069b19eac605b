"""Driver: the child process that sends one mailing through the real code path and tells how long each phase took.

A driver, and not `python -m mailer send --yes`, because the phases are to be measured apart, two processes are to begin
at the same moment, and the peak of memory is to be read before the process is gone. It does what the command does:
the office of `cli`, `prepare`, `confirm`, `Run.to_relay`. The command itself is measured as well (`send.Bench.whole`).

Called as `python -m tests.bench.driver WORKSPACE PHASES [sampled]`, PHASES being `plan`, `deliver`, or `plan,deliver`.
It says `ready`, waits for a line, works, and prints one JSON document.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from mailer.cli.office import given_workspace, writing_office
from mailer.ledger import Ledger
from mailer.ledger.mailings import require_mailing
from mailer.platform import loop_factory
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import prepare
from mailer.runs.planning.request import Request
from mailer.runs.reports import mailing_document
from mailer.runs.sending.deliver import Progress, Run
from tests.bench.machine import forget_peak, peak_mb
from tests.bench.office import LIST, SLUG
from tests.bench.sampler import Sampler


class Phases:
    """Seconds and peak of memory, by phase."""

    def __init__(self, *, sampled: bool) -> None:
        """Begin with nothing; `sampled` says whether to look where the time goes."""
        self.said: dict[str, Any] = {}
        self._sampled = sampled

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Measure what is done inside."""
        forget_peak()
        sampler = Sampler()
        begin, cpu = time.monotonic(), time.process_time()
        with sampler if self._sampled else nullcontext():
            yield
        self.said[f"{name}_s"] = time.monotonic() - begin
        self.said[f"{name}_cpu_s"] = time.process_time() - cpu
        self.said[f"{name}_mb"] = peak_mb()
        self.said[f"{name}_places"] = [[*place, seconds] for place, seconds in sampler.seconds.items()]


def plan(office: Office, ledger: Ledger, phases: Phases) -> None:
    """Prepare and confirm the mailing."""
    request = Request(release=SLUG, relay=office.relay(), lists=(LIST,))
    with phases.measure("prepare"):
        made = prepare(office, request)
    first = made.tally.first
    if first is not None:
        phases.said |= {"bytes": len(first.envelope.data), "html": first.rendered.html, "text": first.rendered.text}
        phases.said["message"] = first.envelope.data.decode("ascii")
    with phases.measure("confirm"):
        confirm(office, ledger, made)
    made.spool.close()


def deliver(office: Office, ledger: Ledger, phases: Phases) -> None:
    """Deliver what is due of the mailing."""
    with ledger.reading() as connection:
        mailing = require_mailing(connection, SLUG)
    moments: list[tuple[float, float]] = []

    def note(_: Progress) -> None:
        moments[1:] = [(time.monotonic(), time.process_time())]

    run = Run(office, ledger, mailing, on_progress=note)
    with phases.measure("deliver"), asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run.to_relay(office.relay(), None))
    # of the wire alone: from the first outcome to the last; none, where another process was quicker to have them all
    phases.said["moments"] = [moment for moment, _ in moments]
    phases.said["wire_cpu_s"] = moments[-1][1] - moments[0][1] if moments else 0.0
    with ledger.reading() as connection:
        document = mailing_document(connection, mailing)
    phases.said["accepted"] = document["accepted"]


def main() -> None:
    """Run the phases that are asked for."""
    workspace, names, *more = sys.argv[1:]
    given_workspace.set(workspace)
    phases = Phases(sampled=bool(more))
    with writing_office() as (office, ledger):
        print("ready", flush=True)
        sys.stdin.readline()
        for name in names.split(","):
            {"plan": plan, "deliver": deliver}[name](office, ledger, phases)
    phases.said["peak_mb"] = max(value for name, value in phases.said.items() if name.endswith("_mb"))
    print(json.dumps(phases.said), flush=True)


if __name__ == "__main__":
    main()
