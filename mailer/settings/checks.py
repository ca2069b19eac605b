"""Checks: what this office wants to be told about its releases.

Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What `mailer release check` goes by, beside its own rules.

    `forbidden` are words that stand in no release (another client's name; an organisation's own sender may use its
    own name), `country` says where a telephone number without a country code belongs (two letters), `domains` are
    further domains that media contacts write from, `headline` the characters of a headline, `picture_kb` and
    `mail_kb` what one picture and all files of a release may weigh.
    """

    forbidden: tuple[str, ...] = ()
    country: str = ""
    domains: tuple[str, ...] = ()
    headline: int = 100
    picture_kb: int = 1_000
    mail_kb: int = 5_000

    def __post_init__(self) -> None:
        """Check that each value means something."""
        if self.country and not re.fullmatch(r"[A-Za-z]{2}", self.country):
            raise ValueError("country: two letters, such as GB or DE")
        if not all(word.strip() for word in self.forbidden):
            raise ValueError("forbidden: an empty word stands in every release")
        if any("@" in domain or "." not in domain for domain in self.domains):
            raise ValueError('domains: names such as "press.example.org"')
        if self.headline < 20:
            raise ValueError("headline: a number of characters from 20")
        if min(self.picture_kb, self.mail_kb) < 1:
            raise ValueError("picture_kb, mail_kb: a number of kilobytes from 1")
