"""Selection: which of the people on the lists are meant, as somebody asked for it.

Owns the value that `--where`, `--limit`, `--sample` and `--seed` become, and the drawing of a sample. Nothing here
depends on the clock or on what was sent before: the same command again is about nobody else.
A sample of N is the N people whose address has the smallest digest under the seed. A contact who joins or leaves a list
changes at most one place of it. Raises `InputProblem`: nobody can be meant by what was asked for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from hashlib import blake2b

from mailer.contacts.audience.where import parse_where
from mailer.errors import InputProblem
from mailer.frozen import dataclass

DEFAULT_SEED = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was asked for: an expression, and the most people to be taken in order, or by lot."""

    where: str = ""
    limit: int | None = None
    sample: int | None = None
    seed: str = DEFAULT_SEED

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.limit is not None and self.sample is not None:
            raise InputProblem("use --limit (the first contacts) or --sample (a random choice), not both")
        if min(self.limit or 1, self.sample or 1) < 1 or 0 in {self.limit, self.sample}:
            raise InputProblem("--limit and --sample need a number of contacts, 1 or more")
        if self.where:
            parse_where(self.where)

    @property
    def is_everybody(self) -> bool:
        """Return whether nothing was asked for."""
        return not self.where and self.limit is None and self.sample is None

    def __str__(self) -> str:
        """Return it as the options that were typed."""
        said = [f"--where '{self.where}'"] if self.where else []
        said += [f"--limit {self.limit}"] if self.limit is not None else []
        said += [f"--sample {self.sample} --seed {self.seed}"] if self.sample is not None else []
        return " ".join(said)


def lot(seed: str, address_key: str) -> int:
    """Return the number that an address draws under a seed: 64 bits, the same on every machine."""
    secret = blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    return int.from_bytes(blake2b(address_key.encode(), key=secret, digest_size=8).digest(), "big")


def highest_lot(lots: Iterable[int], places: int) -> int:
    """Return the highest number that still gets one of the places; holds as many numbers as there are places."""
    return max(heapq.nsmallest(places, lots), default=-1)


EVERYBODY = Selection()
