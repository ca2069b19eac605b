"""`python -m tests.kill`: senders are killed at thousands of moments, and the relay's log is held against the ledger.

Each mailing has a workspace and a relay of its own: its senders are killed and started again until everybody is dealt
with; then another mailing begins, until there were as many kills as were asked for. Half of the relays offer
PIPELINING. Ends with 1 where a promise is broken, and keeps the folder with the relay's log and the ledger.

  python -m tests.kill --kills 300 --seed 7
  python -m tests.kill --kills 300 --processes 2        two senders of one mailing at a time
  python -m tests.kill --scenes                         a sender put to sleep, a locked ledger, a full disk … (`scenes`)
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.kill.kills import ANEW_S, FORKED_S, Kind, draw_kills
from tests.kill.scenes import play
from tests.kill.series import Ended, Series, Shape
from tests.nursery import Nursery

PER_MAILING = 75  # kills at most: so many that a mailing of 400 has somebody left for each


def main(words: Sequence[str] | None = None) -> int:
    """Run as asked for; return the exit code."""
    options = _parser().parse_args(words)
    folder = Path(options.keep or tempfile.mkdtemp(prefix="mailer-kill-"))
    start = time.monotonic()
    if options.scenes is not None:
        broken = play(options.scenes, folder)
        print(f"\nA promise is broken. What was left: {folder}" if broken else "\nEvery promise held.")
        return int(bool(broken))
    with contextlib.nullcontext() if options.anew else Nursery() as nursery:
        all_ended = _run_all(options, folder, nursery)
    _print_table(all_ended, seconds=time.monotonic() - start, seed=options.seed)
    if any(each.broken for each in all_ended):
        print(f"\nA promise is broken. Relay's logs and ledgers: {folder}")
        return 1
    if not options.keep:
        shutil.rmtree(folder)
    return 0


def _run_all(options: argparse.Namespace, folder: Path, nursery: Nursery | None) -> list[Ended]:
    """Make one mailing after the other until there were kills enough."""
    chance = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    start = time.monotonic()
    all_ended: list[Ended] = []

    def on_kill() -> None:
        done, broken = (sum(each.kills.total() for each in all_ended), sum(len(each.broken) for each in all_ended))
        done += series.ended.kills.total()
        took = time.monotonic() - start
        print(f"{done} of {options.kills} kills, {took:.0f} s, {broken} promises broken", file=sys.stderr)

    while (left := options.kills - sum(each.kills.total() for each in all_ended)) > 0:
        number = len(all_ended) + 1
        shape = Shape(options.people, options.connections, options.processes, pipelining=number % 2 == 1)
        place = folder / f"mailing-{number:03}"
        series = Series(place, shape, chance, nursery=nursery)
        start_s = ANEW_S if options.anew else FORKED_S
        plan = draw_kills(min(PER_MAILING, left), chance, spread=2 * options.connections, start_s=start_s)
        ended = series.run(plan, on_kill=on_kill)
        all_ended.append(ended)
        if not ended.kills:
            raise SystemExit(f"{place}: the mailing was over before anybody could be killed")
        for each in ended.broken:
            print(f"{place.name}: {each}", file=sys.stderr)
        if not ended.broken and not options.keep:
            shutil.rmtree(place)
    return all_ended


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.kill", description="Kill senders, and count what became of it."
    )
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--scenes", nargs="*", metavar="NAME", help="play these scenes, or all, instead of killing")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--people", type=int, default=400, help="of each mailing")
    parser.add_argument("--connections", type=int, default=4, help="of each sender")
    parser.add_argument("--processes", type=int, default=1, help="senders of one mailing at a time")
    parser.add_argument(
        "--anew", action="store_true", help="start Python anew for each sender, instead of forking: slower"
    )
    parser.add_argument("--keep", metavar="DIR", help="an empty folder for all workspaces and logs, which stay")
    return parser


def _print_table(all_ended: Sequence[Ended], *, seconds: float, seed: int) -> None:
    kills = sum((each.kills for each in all_ended), Counter[Kind]())
    print(f"\n{'kills':48}{kills.total():>8}")
    for kind in Kind:
        print(f"  {kind.value:46}{kills[kind]:>8}")
    total = {
        "mailings": len(all_ended),
        "people": sum(each.people for each in all_ended),
        "taken by the relay, before anybody was sent to again": sum(each.taken for each in all_ended),
        "bodies cut in their midst": sum(each.bodies_cut for each in all_ended),
        "accepted in the ledger": sum(each.accepted for each in all_ended),
        "in doubt": sum(each.in_doubt for each in all_ended),
        "  at most (connections x kills)": sum(each.allowed for each in all_ended),
        "  most unsettled at one death": max(each.most_at_once for each in all_ended),
        "sent again with --retry-in-doubt": sum(each.sent_again for each in all_ended),
        "LOST": sum(each.lost for each in all_ended),
        "DUPLICATES": sum(each.twice for each in all_ended),
        "other broken promises": sum(len(each.broken) for each in all_ended),
        "seconds": round(seconds),
        "seed": seed,
    }
    for what, figure in total.items():
        print(f"{what:52}{figure:>8}" if len(what) > 47 else f"{what:48}{figure:>8}")


if __name__ == "__main__":
    sys.exit(main())
