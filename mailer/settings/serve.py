"""Serve: where the opt-out page and the webhooks listen, and behind what.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

_MOST_PROCESSES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """Where `mailer serve` listens. It speaks plain HTTP: TLS is the work of the proxy before it.

    `prefix` is a path that the proxy passes on without cutting it off. `proxies` are the addresses and networks whose
    X-Forwarded-For is believed; anybody else could write there what they like.
    """

    host: str = "127.0.0.1"
    port: int = 8025
    processes: int = 1
    prefix: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")

    def __post_init__(self) -> None:
        """Check that each can be meant."""
        if not 0 <= self.port <= 65535:
            raise ValueError("port: a number up to 65535")
        if not 1 <= self.processes <= _MOST_PROCESSES:
            raise ValueError(f"processes: 1 to {_MOST_PROCESSES}; two a core are enough")
        if self.prefix and not re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", self.prefix):
            raise ValueError('prefix: a path such as "/press", without a slash at its end')
        for each in self.proxies:
            try:
                ip_network(each, strict=False)
            except ValueError:
                raise ValueError(f'proxies: "{each}" is no IP address or network; a name could change') from None
