"""Signatures: DKIM-Signature fields taken apart, and what they cover.

Owns the reading (RFC 6376 §3.5). The unsubscribe button appears only where a good signature covers both fields that it
is made of (RFC 8058 §4, standards F17). Never verifies: `verifying` does. Raises nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from mailer.message.received.fields import Copy, Field
from mailer.message.records.tags import parse_tags

OPT_OUT = ("list-unsubscribe", "list-unsubscribe-post")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Signature:
    """One field: who signed, with which key, and which fields of the header."""

    field: Field
    domain: str
    selector: str
    algorithm: str
    header_form: str
    body_form: str
    names: tuple[str, ...]
    body_hash: str
    value: str
    length: int | None
    made_at: int
    ends_at: int
    wrong: tuple[str, ...] = ()

    def uncovered(self, copy: Copy) -> list[str]:
        """Return which of the opt-out fields of a mail it leaves out."""
        return [name for name in OPT_OUT if copy.all(name) and name not in self.names]

    @property
    def seals_from(self) -> bool:
        """Return whether nobody can add a second From (it is listed once more than it stands there)."""
        return Counter(self.names)["from"] > 1


def read_signatures(copy: Copy) -> tuple[Signature, ...]:
    """Return the topmost signatures of a mail: each costs a question to the DNS, and no mail has so many."""
    return tuple(_parse(field) for field in copy.all("DKIM-Signature")[:_MOST])


def _parse(field: Field) -> Signature:
    tags = parse_tags(field.value)
    forms = (tags.get("c") or "simple").lower().split("/")
    wrong = [f"it has no {name}=" for name in ("v", "a", "b", "bh", "d", "h", "s") if name not in tags.values]
    return Signature(
        field=field,
        domain=tags.get("d").lower().rstrip("."),
        selector=tags.get("s"),
        algorithm=tags.get("a").lower(),
        header_form=forms[0],
        body_form=forms[1] if len(forms) > 1 else "simple",
        names=tuple(name.strip().lower() for name in tags.get("h").split(":") if name.strip()),
        body_hash=re.sub(r"\s", "", tags.get("bh")),
        value=re.sub(r"\s", "", tags.get("b")),
        length=_number(tags.get("l")) if tags.get("l") else None,
        made_at=_number(tags.get("t")),
        ends_at=_number(tags.get("x")),
        wrong=tuple(wrong),
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,12}", text) else 0
