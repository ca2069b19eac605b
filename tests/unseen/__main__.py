"""`python -m tests.unseen [SET] [--misses]`: how well both halves of each set are read; `--misses` tells open ones."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.unseen.scores import HALVES, SETS, score


def main() -> None:
    """Print a table for each set: a figure a line, the two halves beside each other."""
    parser = argparse.ArgumentParser(prog="python -m tests.unseen", description=__doc__)
    parser.add_argument("set", nargs="*", default=SETS, choices=[*SETS, SETS], help="default: all")
    parser.add_argument("--misses", action="store_true", help="list what is misread in the open half")
    asked = parser.parse_args()
    tell: Callable[[str], None] = print if asked.misses else lambda _: None
    for name in asked.set:
        print(f"\n{name:28}{'open':>10}{'sealed':>10}")
        figures = {half: score(name, half, tell if half == "open" else lambda _: None) for half in HALVES}
        for figure in dict.fromkeys(each for half in HALVES for each in figures[half]):
            shares = [figures[half].get(figure, float("nan")) for half in HALVES]
            print(f"  {figure:26}{shares[0]:10.1f}{shares[1]:10.1f}")


main()
