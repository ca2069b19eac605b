"""Tally: what happened at the door, as figures.

Owns the counts and the sentence that tells of them, once a minute where there is something to tell. This is all that is
logged: no token, no address, neither of mail nor of a client (standards U3, L12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

_WORDS: Final = {
    "one-click": "opted out by one-click",
    "page": "opted out on the page",
    "undone": "undone",
    "shown": "pages shown",
    "forged": "with a link that is not ours",
    "refused": "refused (too large, too slow, too often)",
    "failed": "could not be written: see the ledger or the disk",
    "fault": "met a fault of ours",
}


@dataclass(slots=True)
class Tally:
    """Counts, and tells by `say`."""

    say: Callable[[str], None]
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, what: str) -> None:
        """Count one; `what` is a word of this file."""
        self.counts[what] += 1

    def tell(self) -> None:
        """Tell what was counted since the last time."""
        counts, self.counts = self.counts, Counter()
        said = [f"{counts[what]} {words}" for what, words in _WORDS.items() if counts[what]]
        if said:
            self.say(" · ".join(said))
