"""`python -m tests.fleet`: a fleet on PostgreSQL sends through a storm, and the mail server's log is held against it.

Each round plans two mailings that go out at once over one relay, by workers on hosts with a network of their own.
Workers are killed, suspended and cut off, their clocks are moved, PostgreSQL is restarted: all drawn by a seed. Ends
with 1 where a promise is broken, names the seed, and keeps the folder with the logs.

  python -m tests.fleet --rounds 5 --seed 7
  python -m tests.fleet --rounds 2 --people 1500 --lease 8 --every 3
  python -m tests.fleet speed --rounds 3 --people 3000     two workers against one, and four
  python -m tests.fleet upgrade --people 1500              a worker of the commit before beside one of this
  python -m tests.fleet wake --rounds 10                   how soon a worker is at the relay, and what waiting costs
  python -m tests.fleet plan --rounds 1 --people 40000     a large plan alone, and with one worker and three
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.fleet import fleet_postgres
from tests.fleet.planning import measure_plans
from tests.fleet.rounds import Ended, Shape, run_round
from tests.fleet.speed import measure, print_ratios
from tests.fleet.upgrade import build, upgrade
from tests.fleet.wake import measure as measure_wake
from tests.postgres import Postgres


def main(words: Sequence[str] | None = None) -> int:
    """Run as asked for; return the exit code."""
    options = _parser().parse_args(words)
    folder = Path(tempfile.mkdtemp(prefix="mailer-fleet-rounds-"))
    with fleet_postgres() as server:
        if options.what == "speed":
            found = measure(folder, server, people=options.people, times=options.rounds, delay_s=options.delay)
            is_kept = print_ratios(found)
        elif options.what == "wake":
            measure_wake(folder, server[0], times=options.rounds, idle_s=options.idle)
            is_kept = True
        elif options.what == "plan":
            is_kept = measure_plans(folder, server[0], people=options.people, times=options.rounds)
        elif options.what == "upgrade":
            old, new = (build(commit, folder) for commit in (options.before, "HEAD"))
            (folder / "fleet").mkdir()
            ended = upgrade(folder / "fleet", server, old=old, new=new, people=options.people)
            is_kept = _print(ended)
        else:
            is_kept = _storms(options, folder, server)
    if not is_kept:
        what = "Slower together than wanted" if options.what == "speed" else "A promise is broken"
        print(f"\n{what}. What was left: {folder}")
        return 1
    if options.what != "wake":
        print("\nEvery promise held.")
    shutil.rmtree(folder)
    return 0


def _storms(options: argparse.Namespace, folder: Path, server: tuple[Postgres, Path]) -> bool:
    """Run the rounds; return whether every promise held."""
    shape = Shape(
        people=options.people,
        workers=options.workers,
        connections=options.connections,
        rate=options.rate,
        lease_s=options.lease,
        every_s=options.every,
    )
    is_kept = True
    for seed in range(options.seed, options.seed + options.rounds):
        place = folder / f"seed-{seed}"
        place.mkdir()
        print(f"seed {seed}: {shape.people} people, {shape.workers} workers, lease {shape.lease_s:.0f} s", flush=True)
        ended = run_round(place, server, seed=seed, shape=shape, say=_say)
        if _print(ended):
            shutil.rmtree(place)
        else:
            is_kept = False
            words = f"--people {shape.people} --workers {shape.workers} --connections {shape.connections} "
            words += f"--rate {shape.rate} --lease {shape.lease_s:g} --every {shape.every_s:g}"
            print(f"  to repeat it: python -m tests.fleet --rounds 1 --seed {ended.seed} {words}", flush=True)
    return is_kept


def _say(line: str) -> None:
    print(f"  {time.strftime('%H:%M:%S', time.gmtime())} {line}", flush=True)  # as in what workers say


def _print(ended: Ended) -> bool:
    """Print how a round ended; return whether every promise held."""
    states = " · ".join(f"{count} {state}" for state, count in sorted(ended.states.items()))
    print(f"  {ended.faults.total()} faults in {ended.seconds:.0f} s; {ended.taken} taken by the relay; {states}")
    why = ", ".join(f"{count} {reason}" for reason, count in sorted(ended.reasons.items())) or "none"
    print(f"  in doubt: {why}, at most {ended.allowed}; at once {ended.most_open} connections at most")
    print(f"  the busiest minute had {ended.busiest_minute} messages")
    for each in ended.broken:
        print(f"  BROKEN: {each[:2000]}")
    return not ended.broken


def _parser() -> argparse.ArgumentParser:
    shape = Shape()
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description="Send through a storm, and compare.")
    parser.add_argument("what", nargs="?", choices=("storm", "speed", "upgrade", "wake", "plan"), default="storm")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20261130, help="of the first round; the next one has the next")
    parser.add_argument("--people", type=int, default=shape.people, help="of each round, in two mailings")
    parser.add_argument("--workers", type=int, default=shape.workers)
    parser.add_argument("--connections", type=int, default=shape.connections, help="that the relay takes")
    parser.add_argument("--rate", type=int, default=shape.rate, help="messages a minute that the relay takes")
    parser.add_argument("--lease", type=float, default=shape.lease_s, help="seconds after which a host counts as dead")
    parser.add_argument("--every", type=float, default=shape.every_s, help="seconds between two faults, on average")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before the relay answers, for `speed`")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds that `wake` watches an idle worker")
    parser.add_argument("--before", default="HEAD~1", metavar="COMMIT", help="upgrade from this one")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C: nothing is left running
    sys.exit(main())
