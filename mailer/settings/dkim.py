"""Dkim: with what mail is signed.

Never reads a key: `config` does. Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.address import parse_address
from mailer.settings.mailbox import check_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """With what mail is signed: the domain that answers for it, and private keys in files relative to the workspace.

    Each selector names the DNS record in which the public half of its key stands (RFC 6376 §3.1).
    """

    domain: str = ""
    selector: str = ""
    key_file: str = ""
    ed25519_selector: str = ""
    ed25519_key_file: str = ""

    def __post_init__(self) -> None:
        """Check that all is there, or nothing, and that the names can stand in the DNS."""
        if any((self.domain, self.selector, self.key_file, self.ed25519_selector, self.ed25519_key_file)):
            for what in ("domain", "selector", "key_file"):
                if not getattr(self, what):
                    raise ValueError(f"{what}: is missing; `mailer dkim new-key` makes a key and says what stands here")
            check_address(f"dkim@{self.domain}", "domain")
        for what, text in (("selector", self.selector), ("ed25519_selector", self.ed25519_selector)):
            if text and not is_selector(text):
                raise ValueError(f"{what}: letters, digits and hyphens, such as press2026")
        if bool(self.ed25519_selector) != bool(self.ed25519_key_file):
            raise ValueError("ed25519_selector: it goes with ed25519_key_file; give both or neither")
        if self.ed25519_selector and self.ed25519_selector.lower() == self.selector.lower():
            raise ValueError("ed25519_selector: each key has a DNS record, so a selector, of its own")

    @property
    def is_on(self) -> bool:
        """Return whether mail is signed."""
        return bool(self.domain)

    @property
    def ascii_domain(self) -> str:
        """Return the domain in A-labels, as it stands in `d=`."""
        return parse_address(f"dkim@{self.domain}").ascii_domain

    def covers(self, domain: str) -> bool:
        """Whether a signature counts for mail From this domain: the same, or one below the other (RFC 7489 §3.1.1).

        Gap: two domains side by side (news.example.org, mail.example.org) may belong to one organisation too, which
        only the Public Suffix List knows; signing for example.org covers both.
        """
        ours, other = self.ascii_domain, domain.lower()
        return ours == other or other.endswith(f".{ours}") or ours.endswith(f".{other}")


def is_selector(text: str) -> bool:
    """Return whether this can be a selector: labels of a domain name, 63 characters each (RFC 6376 §3.1)."""
    label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    return bool(re.fullmatch(rf"{label}(?:\.{label})*", text))
