"""Limits: who calls, and how often anybody may fail.

Owns the client's address behind proxies, and budgets of failures. What fails (a forged token, an undo again and again)
is limited; what succeeds never is: a large provider sends the opt-outs of all its people from few addresses, and every
one has to be honoured (RFC 8058, standards L3).
Never keeps an address longer than it counts. Gaps: each process counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Networks = Sequence[IPv4Network | IPv6Network]
NOBODY = "nobody"  # the other end of a socket file: nobody but the proxy reaches it
_V6_HOUSE = 64  # what one customer has
_MOST_PROXIES = 20


def parse_networks(texts: Iterable[str]) -> Networks:
    """Read addresses and networks.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(each, strict=False) for each in texts)


def client_of(peer: str, forwarded: Sequence[str], proxies: Networks) -> str:
    """Return whom a request comes from: an IPv4 address, or the /64 of an IPv6 one.

    `forwarded` are the X-Forwarded-For fields. They are read from the right, and only as far as our own proxies wrote
    them: what stands left of a stranger is the stranger's word.
    """
    here = _address(peer)
    if here is None:
        return NOBODY
    hops = ",".join(forwarded).split(",")[-_MOST_PROXIES:]
    while hops and _is_ours(here, proxies):
        before = _address(hops.pop().strip())
        if before is None:
            break
        here = before
    if isinstance(here, IPv6Address):
        return str(ip_network((here, _V6_HOUSE), strict=False))
    return str(here)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_ours(address: IPv4Address | IPv6Address, proxies: Networks) -> bool:
    return any(address.version == each.version and address in each for each in proxies)


@dataclass(slots=True)
class Budget:
    """So many a minute for each client, `burst` of them at once; remembers the last `most` clients."""

    per_minute: float
    burst: int
    most: int = 20_000
    _until: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def spend(self, client: str, now: float) -> float:
        """Take one; return 0, or after how many seconds there is one again (the generic cell rate algorithm)."""
        step = 60 / self.per_minute
        at = max(self._until.get(client, now), now)
        wait = at + step - now - self.burst * step
        if wait > 0:
            return wait
        self._until[client] = at + step
        self._until.move_to_end(client)
        if len(self._until) > self.most:
            self._until.popitem(last=False)
        return 0.0
