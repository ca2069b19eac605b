"""Everything: the figures of all benches as one table, and the picture of them.

A part is a function that measures and returns its figures; a new one is a line in `PARTS`.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import ledger, lists, memory, startup
from tests.bench.figures import PLAIN_LOOP, Figure, beside, figures_of, table
from tests.bench.picture import draw
from tests.bench.rivals import NAMES
from tests.bench.send import Size, bench
from tests.bench.variants import PLAIN, TWO


def wire(asked: Namespace) -> list[Figure]:
    """Measure delivering alone, in one process and in two, and how fast the others are."""
    with bench(Size(people=asked.people[0], slow=300, rounds=asked.rounds), asked.tools, "cd") as made:
        alone = made.run(PLAIN)
        figures = [*figures_of(PLAIN, alone), *figures_of(TWO, made.run(TWO))]
    for key, ran in alone.ran.items():
        if key in {"a", "c", "d"}:
            ratio, by_cpu = beside(ran, alone.ran["b"])
            figures.append(Figure(NAMES[key], ratio, PLAIN_LOOP, by_cpu=by_cpu))
    return figures


def send(asked: Namespace) -> list[Figure]:
    """Measure the whole command."""
    figures: list[Figure] = []
    for people in asked.people:
        with bench(Size(people=people, slow=0, rounds=asked.rounds)) as made:
            figures += made.whole()
    return figures


def million(asked: Namespace) -> list[Figure]:
    """Measure a real run of a million, and of the sizes below."""
    return memory.run([*[size for size in (10**3, 10**4, 10**5) if size < asked.up_to], asked.up_to])


PARTS: Mapping[str, Callable[[Namespace], list[Figure]]] = {
    "send": send,
    "wire": wire,
    "startup": lambda asked: startup.run(asked.rounds),
    "lists": lambda _: lists.commands(10**5),
    "ledger": lambda asked: ledger.run(asked.up_to, 10),
    "million": million,
}
BY_REQUEST = frozenset({"million"})  # it takes an hour


def run(asked: Namespace) -> None:
    """Measure the parts that are asked for, and print one table; write the picture where a file is named."""
    names = asked.only.split(",") if asked.only else [name for name in PARTS if name not in BY_REQUEST]
    unknown = ", ".join(set(names) - PARTS.keys())
    if unknown:
        sys.exit(f"no such part: {unknown}; there are {', '.join(PARTS)}")
    figures: list[Figure] = []
    for name in names:
        figures += PARTS[name](asked)
    print(f"\n{table(figures)}")
    if asked.svg:
        Path(asked.svg).write_text(draw(figures), "utf-8")
