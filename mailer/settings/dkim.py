"""Dkim: with what mail is signed.

Never reads a key: `config` does.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import model_validator

from mailer.address import parse_address
from mailer.settings.table import Table, check_address, matching

_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_SELECTOR: Final = rf"{_LABEL}(?:\.{_LABEL})*"  # labels of a domain name, 63 characters each (RFC 6376 §3.1)


def is_selector(text: str) -> bool:
    """Return whether this can be a selector."""
    return bool(re.fullmatch(_SELECTOR, text))


_Selector = Annotated[str, matching(_SELECTOR, "letters, digits and hyphens, such as press2026")]


class Dkim(Table):
    """With what mail is signed: the domain that answers for it, and private keys in files relative to the workspace.

    Each selector names the DNS record in which the public half of its key stands (RFC 6376 §3.1).
    """

    domain: str = ""
    selector: _Selector = ""
    key_file: str = ""
    ed25519_selector: _Selector = ""
    ed25519_key_file: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check that all is there, or nothing."""
        if any(value for _, value in self):
            for what in ("domain", "selector", "key_file"):
                if not getattr(self, what):
                    raise ValueError(f"{what}: is missing; `mailer dkim new-key` shows what to write here")
            check_address(f"dkim@{self.domain}", "domain")
        if bool(self.ed25519_selector) != bool(self.ed25519_key_file):
            raise ValueError("ed25519_selector: it goes with ed25519_key_file; give both or neither")
        if self.ed25519_selector and self.ed25519_selector.lower() == self.selector.lower():
            raise ValueError("ed25519_selector: each key has a DNS record, so a selector, of its own")
        return self

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
