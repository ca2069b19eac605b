"""Providers: whose relay a host is, and what their customers publish in the DNS.

The facts are data (`mailer/words/doctor.toml`): one makes a sentence of advice, never a refusal. Never asks anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from mailer.lookup import Resolver
from mailer.message.records.dmarc import looks_like_dmarc
from mailer.message.records.spf import is_spf
from mailer.words import read_section


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: `include` goes into SPF; `selectors` are the DKIM keys it usually asks for.

    `own_return` says that it sets MAIL FROM to a domain of its own, unless a customer's is set up there.
    """

    name: str
    hosts: str
    include: str = ""
    selectors: tuple[str, ...] = ()
    own_return: bool = False
    free_mail: tuple[str, ...] = ()


def _provider(row: Mapping[str, Any]) -> Provider:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Provider(**values)


PROVIDERS: Final = tuple(map(_provider, read_section("doctor", "providers")["rows"]))


def provider_of(host: str) -> Provider | None:
    """Return the provider that a relay's host belongs to; None for any other."""
    return next((each for each in PROVIDERS if re.fullmatch(each.hosts, host.lower().rstrip("."))), None)


# Misplaced: a record that somebody published, and that nobody finds where it stands. The form added the domain once
# more (`_dmarc.example.org.example.org`), or it was pasted with quotation marks, or in other words than it has to
# begin with.

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
