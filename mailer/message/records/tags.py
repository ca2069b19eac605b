"""Tags: a list of `name=value` with semicolons between, the form that DKIM and DMARC share (RFC 6376 §3.2).

Never knows what a tag means. Raises nothing: what is wrong is told in sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags in their order, names in lower case, and what is wrong with the list."""

    values: Mapping[str, str]
    wrong: tuple[str, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """Return a tag's value, without blanks around it."""
        return self.values.get(name, default)

    @property
    def first(self) -> str:
        """Return the name of the tag that stands first."""
        return next(iter(self.values), "")


def parse_tags(text: str) -> Tags:
    """Take a list of tags apart; of a tag that stands there twice, the first counts."""
    values: dict[str, str] = {}
    wrong: list[str] = []
    for piece in re.split(r"\\?;", text):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not piece.strip():
            continue
        if not equals or not re.fullmatch(r"[A-Za-z]\w*", name):
            wrong.append(f'"{piece.strip()[:40]}" is no tag; a semicolon may be missing before it')
        elif name.lower() in values:
            wrong.append(f"{name}= stands there twice")
        else:
            values[name.lower()] = value
    if "\\;" in text:
        wrong.append(r'it has "\;" in it: a backslash from a zone file was pasted into a web form')
    if text.startswith(('"', "“")) or text.endswith(('"', "”")):
        wrong.append("quotation marks were pasted into the value; take them out")
    return Tags(values, tuple(wrong))
