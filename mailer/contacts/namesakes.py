"""Namesakes: whether what two rows say under one address can be one person, and what they say together.

Owns that rule for mailings and for lists that are merged. Names are taken together or not at all: behind news@ one list
may have Ada and another one Bo, and nobody is called Ada Bo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mailer.contacts.folding import fold

NAMES: Final = ("salutation", "first_name", "last_name", "name")


def alike(one: str, other: str) -> bool:
    """Return whether two cells do not contradict each other."""
    return not one or not other or fold(one) == fold(other)


def may_be_one(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether the names of two rows can be one person's: none contradicts, one may be part of the other."""
    parts = all(alike(one.get(name, ""), other.get(name, "")) for name in NAMES if name != "name")
    mine, theirs = (set(fold(each.get("name", "")).split()) for each in (one, other))
    return parts and (mine <= theirs or theirs <= mine)


def joined_tags(mine: str, theirs: str) -> str:
    """Return the tags of both cells, each once."""
    tags: dict[str, str] = {}
    for tag in re.split(r"[,;|\n]", f"{mine},{theirs}"):
        if tag.strip():
            tags.setdefault(fold(tag), tag.strip())
    return ", ".join(tags.values())
