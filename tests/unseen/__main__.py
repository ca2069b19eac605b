"""`python -m tests.unseen [SET] [--misses]`: how well each part of each set is read."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.unseen.scores import HALVES, HERE, NEXT, SETS, score


def main() -> None:
    """Print a table for each set: a figure a line, the parts of the set beside each other."""
    parser = argparse.ArgumentParser(prog="python -m tests.unseen", description=__doc__)
    parser.add_argument("set", nargs="*", default=SETS, choices=[*SETS, SETS], help="default: all")
    parser.add_argument("--misses", action="store_true", help="list what is misread, but for the sealed half")
    asked = parser.parse_args()
    tell: Callable[[str], None] = print if asked.misses else lambda _: None
    for name in asked.set:
        parts = [*HALVES, *([NEXT] if (HERE / name / NEXT).is_dir() else [])]
        figures = [score(name, part, (lambda _: None) if part == "sealed" else tell) for part in parts]
        print(f"\n{name:28}{''.join(f'{part:>10}' for part in parts)}")
        for figure in dict.fromkeys(each for found in figures for each in found):
            shares = (found.get(figure, float("nan")) for found in figures)
            print(f"  {figure:26}{''.join(f'{share:10.1f}' for share in shares)}")


main()
