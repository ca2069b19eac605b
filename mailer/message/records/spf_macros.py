"""Macros: what may stand in the domain names of an SPF record (RFC 7208 §7).

Never asks the DNS: the name of the client, which `%{p}` stands for, is looked up by `spf_verdict` where a record asks
for it, and is "unknown" elsewhere, as §7.3 has it. Raises nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote

_MACRO: Final = re.compile(r"%\{([slodiphvSLODIPHV])(\d*)([rR]?)([.\-+,/_=]*)\}|%([%_\-])")
_LONGEST: Final = 253


@dataclass(frozen=True, slots=True)
class Client:
    """Who delivers: an address, and the MAIL FROM and EHLO name that come with it."""

    address: IPv4Address | IPv6Address
    sender: str
    ehlo: str = "unknown"
    name: str = "unknown"  # %{p}

    @property
    def dotted(self) -> str:
        """Return the address as `%{i}` shows it: IPv6 as nibbles with dots between."""
        if isinstance(self.address, IPv4Address):
            return str(self.address)
        return ".".join(self.address.exploded.replace(":", ""))


def has_macro(text: str) -> bool:
    """Return whether a name depends on who delivers."""
    return "%" in text


def macro_fault(text: str) -> str:
    """Return what is wrong with the macros in a name; nothing where all is well."""
    left = _MACRO.sub("", text)
    if "%" not in left:
        return "%{…0…} keeps no part at all" if re.search(r"%\{[a-z]0+[^1-9]*\}", text, re.IGNORECASE) else ""
    known = re.search(r"%\{([^}]*)\}?", left)
    return f'there is no macro "{known[0]}"' if known else 'a "%" is written "%%"'


def expand(text: str, domain: str, client: Client) -> str:
    """Return the name with its macros filled in (§7.3), cut from the left to 253 characters (§7.3)."""
    local, _, sender_domain = client.sender.rpartition("@")
    values = {
        "s": client.sender,
        "l": local or "postmaster",
        "o": sender_domain,
        "d": domain,
        "i": client.dotted,
        "p": client.name,
        "h": client.ehlo,
        "v": "in-addr" if client.address.version == 4 else "ip6",
    }

    def filled(found: re.Match[str]) -> str:
        if found[5]:
            return {"%": "%", "_": " ", "-": "%20"}[found[5]]
        parts = re.split(f"[{re.escape(found[4] or '.')}]", values[found[1].lower()])
        if found[3]:
            parts.reverse()
        kept = ".".join(parts[-int(found[2]) :] if found[2] else parts)
        return quote(kept, safe="-._~@+=") if found[1].isupper() else kept

    name = _MACRO.sub(filled, text)
    while len(name) > _LONGEST and "." in name:
        name = name.partition(".")[2]
    return name
