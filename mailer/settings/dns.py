"""Dns: whom the DNS is asked, and how long an answer is waited for.

Never asks anybody. Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

_PORT: Final = 53
_LONGEST_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dns:
    """The name server to ask, `192.0.2.53` or `127.0.0.1:5353` (empty: this machine's own), and seconds a question."""

    nameserver: str = ""
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        """Check that it is an address, as a name would have to be asked for first."""
        if self.nameserver and self.address is None:
            raise ValueError('nameserver: an IP address, with its port if it is not 53: "127.0.0.1:5353"')
        if not 0 < self.timeout_s <= _LONGEST_S:
            raise ValueError(f"timeout_s: seconds to wait for an answer, up to {_LONGEST_S:.0f}")

    @property
    def address(self) -> tuple[str, int] | None:
        """Return the address and the port; None for this machine's own name server (or where this is no address)."""
        text = self.nameserver.strip()
        bracketed = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?", text)
        plain = re.fullmatch(r"([0-9.]+)(?::(\d{1,5}))?", text)
        found = bracketed or plain
        host, port = (found[1], int(found[2] or _PORT)) if found else (text, _PORT)
        try:
            ip_address(host)
        except ValueError:
            return None
        return (host, port) if 0 < port <= 65_535 else None
