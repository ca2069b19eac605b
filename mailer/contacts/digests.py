"""Digests: who has been seen, in few bytes a person.

Owns the 8-byte digest of an address key, and `Seen`, the table by which a list of a million is deduplicated in some
30 MB. Never holds an address. At a million people two of them share a digest with probability 1 to 37 million; the
digests live no longer than a run, so they need no secret (the ledger's names of people do: `tokens.address_digest`).
"""

from __future__ import annotations

from array import array
from hashlib import blake2b


def digest(address_key: str) -> bytes:
    """Return the 8 bytes by which an address is known within a run; `address_key` is `Address.key`."""
    return blake2b(address_key.encode(), digest_size=8).digest()


class Seen:
    """Remember for each digest the first value that came with it (1 up to 2^64-1): 16 bytes a slot, no objects."""

    def __init__(self) -> None:
        self._size, self._count = 1024, 0
        self._keys, self._values = (array("Q", bytes(8 * self._size)) for _ in range(2))

    def first(self, key: bytes, value: int) -> int | None:
        """Return the value that came first with this digest, or None and remember this one."""
        number = int.from_bytes(key, "big")
        at = self._slot(number)
        if self._values[at]:
            return self._values[at]
        self._keys[at], self._values[at] = number, value
        self._count += 1
        if 3 * self._count > 2 * self._size:
            self._grow()
        return None

    def _slot(self, number: int) -> int:
        """Find the slot of a digest, or the free one where it belongs; value 0 marks a free slot."""
        mask = self._size - 1
        at = number & mask
        while self._values[at] and self._keys[at] != number:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        old = zip(self._keys, self._values, strict=True)
        self._size *= 2
        self._keys, self._values = (array("Q", bytes(8 * self._size)) for _ in range(2))
        for number, value in old:
            if value:
                at = self._slot(number)
                self._keys[at], self._values[at] = number, value
