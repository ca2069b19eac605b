"""Casting: who meets which fault in a rehearsal.

Owns the choice, which is the same each time for the same lists: by address, by domain, by number, or by a digest of the
address. Never plays a fault (`preview` does).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailer.address import Address, known_address, parse_address
from mailer.preview import Cast
from mailer.settings import Fault, ascii_domain


def cast_faults(faults: Sequence[Fault], people: Iterable[str]) -> tuple[Cast, Counter[Fault]]:
    """Choose whom each fault meets; return that, and how many it is for each.

    `people` are the addresses that would be sent to, in the order of the lists: `nth` and `every` count them from 1.
    """
    entries = [_Entry.of(number, fault) for number, fault in enumerate(faults) if not fault.is_of_nobody]
    chosen: dict[str, list[Fault]] = defaultdict(list)
    counts: Counter[Fault] = Counter()
    for number, text in enumerate(people, start=1):
        address = known_address(text)
        for entry in entries:
            if entry.meets(number, address):
                chosen[address.key].append(entry.fault)
                counts[entry.fault] += 1
    return Cast(people=dict(chosen), of_nobody=[fault for fault in faults if fault.is_of_nobody]), counts


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a faults file, by its number, with the address or the domain as they are compared."""

    number: int
    fault: Fault
    key: str
    domain: str

    @classmethod
    def of(cls, number: int, fault: Fault) -> _Entry:
        key = parse_address(fault.address).key if fault.address else ""
        return cls(number, fault, key, ascii_domain(fault.domain, "domain") if fault.domain else "")

    def meets(self, number: int, address: Address) -> bool:
        """Return whether it is for this person."""
        if self.key:
            return self.key == address.key
        if self.domain:
            return f".{address.ascii_domain}".endswith(f".{self.domain}")
        share = self.fault.share
        return _lot(self.number, address.key) < share if share else self.fault.counts(number)


def _lot(entry: int, key: str) -> float:
    """A number from 0 to 1 that belongs to a person and an entry, so that two entries choose different people."""
    digest = hashlib.sha256(f"{entry}\0{key}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
