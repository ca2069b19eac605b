"""Records: one record of a person who stands on several lists, field by field.

Owns which list's word stands: the first list's; a field that is empty there is filled from the next. Tags of all lists
are joined. Names are taken together or not at all: behind news@ one list may have Ada and another one Bo, and nobody is
called Ada Bo. Only people who stand on more than one list are held, as a few hundred bytes each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mailer.contacts.digests import Seen, digest
from mailer.contacts.folding import NAMES, alike, joined_tags, may_be_one
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import Layout
from mailer.contacts.values import Contact, lean_fields

_JOINED: Final = "tags"


@dataclass(slots=True)
class Merged:
    """What merging did: how many people, fields filled by the list they came from, fields that lists differ about."""

    people: int = 0
    filled: dict[str, Counter[str]] = field(default_factory=dict)
    conflicts: Counter[str] = field(default_factory=Counter)


class Records:
    """What the second and further lists know of people whom an earlier list has."""

    def __init__(self, lists: Sequence[ListFile], excluded: Collection[bytes]) -> None:
        """Read the lists through; those of `excluded` are not held."""
        self._lists = lists
        self._columns = [_Columns(each.layout) for each in lists]
        self._held: dict[bytes, list[tuple[int, str]]] = {}
        self.told = Merged()
        if len(lists) > 1:
            self._gather(excluded)

    def _gather(self, excluded: Collection[bytes]) -> None:
        seen = Seen()
        for number, each in enumerate(self._lists):
            for entry in each.entries():
                if not isinstance(entry, Contact):
                    continue
                key = digest(entry.address.key)
                if seen.first(key, number + 1) is not None and key not in excluded:
                    kept = json.dumps(lean_fields(entry.fields), ensure_ascii=False)
                    self._held.setdefault(key, []).append((number, kept))

    def merge(self, contact: Contact, key: bytes) -> Contact:
        """Return a person of an earlier list with what later lists know; counts what it did."""
        held = self._held.get(key)
        if not held:
            return contact
        self.told.people += 1
        fields = dict(contact.fields)
        is_made = fields["name"] == _made_name(fields)
        for number, kept in held:
            self._add(fields, json.loads(kept), number, is_made=is_made)
        if is_made:
            fields["name"] = _longer(_made_name(fields), fields["name"])
        return replace(contact, fields=fields)

    def _add(self, fields: dict[str, str], theirs: Mapping[str, str], number: int, *, is_made: bool) -> None:
        columns = self._columns[number]
        agrees = may_be_one(fields, theirs)
        filled = self.told.filled.setdefault(self._lists[number].name, Counter())
        for name, value in theirs.items():
            mine = fields.setdefault(name, "")
            if name == "email" or not value:
                continue
            counts = name not in columns.aliases
            if not mine and (agrees or name not in columns.of_names):
                fields[name] = value
                filled[name] += counts
            elif name == "name" and agrees and is_made:
                fields[name] = _longer(mine, value)
            elif name == _JOINED and mine:
                fields[name] = joined_tags(mine, value)
            elif mine and counts and not alike(mine, value):
                self.told.conflicts[name] += 1


class _Columns:
    """Which merge fields of a list are a second name for a meaning, and which hold names of people."""

    def __init__(self, layout: Layout) -> None:
        at = {meaning: layout.fields[i] for meaning, i in layout.columns.items() if i < len(layout.fields)}
        self.aliases = frozenset(name for meaning, name in at.items() if name != meaning)
        self.of_names = frozenset((*NAMES, *(at[meaning] for meaning in NAMES if meaning in at)))


def _longer(one: str, other: str) -> str:
    return other if len(other.split()) > len(one.split()) else one


def _made_name(fields: Mapping[str, str]) -> str:
    return " ".join(part for part in (fields.get("first_name", ""), fields.get("last_name", "")) if part)
