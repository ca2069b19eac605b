"""Misplaced: a record that somebody published, and that nobody finds where it stands.

Owns where such records usually lie: the form added the domain once more (`_dmarc.example.org.example.org`), or the
record was pasted with quotation marks, or in other words than it has to begin with.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from mailer.lookup import Resolver
from mailer.message.records.dmarc import looks_like_dmarc
from mailer.message.records.spf import is_spf

_SHOWN: Final = 60


def doubled(resolver: Resolver, name: str, domain: str, begins: str) -> str:
    """Return the name at which a record stands with the domain twice, where there is one."""
    twice = f"{name}.{domain}"
    found = resolver.ask(twice, "TXT").records
    return twice if any(re.match(rf"\W*{re.escape(begins)}", text, re.IGNORECASE) for text in found) else ""


def meant_spf(resolver: Resolver, *names: str) -> str:
    """Return a record of SPF as it was meant, out of its quotation marks, from where it should not be; else nothing.

    It names whoever else sends for the domain: a record made anew would leave them out.
    """
    texts = (text for name in names if name for text in resolver.ask(name, "TXT").records)
    return next((bare for text in texts if is_spf(bare := text.strip("\"'\\“”„ "))), "")


def near_misses(resolver: Resolver, name: str, kind: Literal["spf", "dmarc"]) -> str:
    """Return a record that was meant to be one of this kind, and begins so that nobody reads it as one."""
    meant = {"spf": _looks_like_spf, "dmarc": looks_like_dmarc}[kind]
    return next((f'"{text[:_SHOWN]}"' for text in resolver.ask(name, "TXT").records if meant(text)), "")


def _looks_like_spf(text: str) -> bool:
    return not is_spf(text) and bool(re.match(r"\W*(?:v\s*=\s*)?spf\s?[12]?\b", text, re.IGNORECASE))
