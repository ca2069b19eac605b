"""Check: a list's state as one document, for programs and for `lists check`.

Owns the shape of `lists check --json`, on which other programs rely: every row is in recipients, invalid, duplicates,
missing or suppressed. Never prints, never asks the DNS: it is handed the domains that are dead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeAlias

from mailer.contacts.digests import digest
from mailer.contacts.folding import several
from mailer.contacts.merging import folded
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import SEVERAL_ADDRESSES
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut, LeftOutReason
from mailer.errors import Severity

Keep: TypeAlias = Callable[[dict[str, Any]], object]

_SHELF = {
    LeftOutReason.INVALID: "invalid",
    LeftOutReason.MISSING: "missing",
    LeftOutReason.MARKED: "suppressed",
    LeftOutReason.DUPLICATE: "duplicates",
}


def check_document(
    list_file: ListFile,
    source: str,
    *,
    dead_domains: Mapping[str, str] = {},
    keep: Keep | None = None,
    refused: list[LeftOut] | None = None,
) -> dict[str, Any]:
    """Read a list through and give its state, ready for JSON.

    `source` is the file as people name it; `dead_domains` gives A-label domains that take no mail their reason. A
    recipient there stays a recipient (the DNS may be mended by tomorrow) and gets a warning. `keep` takes the
    recipients one by one in place of the document, which a list of a million needs; `refused` whoever is left out.
    """
    layout = list_file.layout
    document: dict[str, Any] = {
        "file": source,
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "sheet": layout.sheet,
        "header_row": layout.header_row,
        "columns": {meaning: _column(list_file, position) for meaning, position in layout.columns.items()},
        "fields": list(layout.fields),
        "rows": 0,
        "counts": {},
        "recipients": [],
        "invalid": [],
        "duplicates": [],
        "missing": [],
        "suppressed": [],
        "problems": [],
    }
    problems: list[dict[str, Any]] = []
    recipients = 0
    keep = keep or document["recipients"].append
    for entry in list_file.entries():
        document["rows"] += 1
        if isinstance(entry, Contact):
            recipients += 1
            keep(_recipient(entry))
            problems += _remarks(entry, dead_domains)
        else:
            document[_SHELF[entry.reason]].append(_left_out(entry))
            if refused is not None:
                refused.append(entry)
    for problem in list_file.problems:
        if problem.code != SEVERAL_ADDRESSES:  # each has a remark
            place = {"row": None, "line": problem.line, "value": None, "code": problem.code}
            said = {"severity": problem.severity.value, "message": problem.message, "hint": problem.hint}
            document["problems"].append({**place, **said})
    document["problems"] += problems
    document["counts"] = {"recipients": recipients, **{shelf: len(document[shelf]) for shelf in _SHELF.values()}}
    return document


def _column(list_file: ListFile, position: int) -> str | int:
    layout = list_file.layout
    named = layout.header_row is not None and position < len(layout.header)  # rows may be longer than the header
    return layout.header[position] if named else position


def _recipient(contact: Contact) -> dict[str, Any]:
    known = {meaning: contact.fields[meaning] for meaning in MEANINGS}
    return {"row": contact.row, "line": contact.line, **known, "email": str(contact.address), "name": contact.name}


def _left_out(entry: LeftOut) -> dict[str, Any] | int:
    if entry.reason is LeftOutReason.MISSING:
        return entry.row
    place: dict[str, Any] = {"row": entry.row, "line": entry.line}
    if entry.reason is LeftOutReason.INVALID:
        return {**place, "value": entry.value, "message": entry.message}
    if entry.reason is LeftOutReason.MARKED:
        email = str(entry.addresses[0]) if entry.addresses else entry.value
        mark = None if entry.mark is None else entry.mark.value
        return {**place, "email": email, "reason": entry.message, "mark": mark, "value": entry.value}
    return {**place, "email": entry.value, "first_row": entry.first_row, "message": entry.message}


def _remarks(contact: Contact, dead_domains: Mapping[str, str]) -> list[dict[str, Any]]:
    found = [(each.code, each.severity, each.message, each.value) for each in contact.remarks]
    address = contact.address
    if address.is_role:
        found.append(
            ("role-address", Severity.NOTE, f'"{address}" is a role address, read by several people', str(address))
        )
    if address.needs_smtputf8:
        text = f'"{address}" can only be reached over a relay that offers SMTPUTF8'
        found.append(("needs-smtputf8", Severity.WARNING, text, str(address)))
    if address.ascii_domain in dead_domains:
        text = f'"{address}" cannot be reached: {dead_domains[address.ascii_domain]}'
        found.append(("dead-domain", Severity.WARNING, text, str(address)))
    place = {"row": contact.row, "line": contact.line}
    return [
        {**place, "value": value, "code": code, "severity": severity.value, "message": text}
        for code, severity, text, value in found
    ]


# Figures: people, outlets, beats, languages, countries and role addresses, counted; the day is an argument.

UNVERIFIED_AFTER = timedelta(days=365)  # standards L10: flagged at 12 months
_COUNTED = ("beat", "language", "country")


@dataclass(slots=True)
class Tally:
    """How often each value stands there, whatever its case; values are shown as they were first written."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, str] = field(default_factory=dict)

    def add(self, value: str) -> None:
        """Count a value."""
        key = folded(value)
        if key:
            self.shown.setdefault(key, value.strip())
            self.counts[key] += 1

    def most_common(self) -> dict[str, int]:
        """Return the values, the commonest first."""
        return {self.shown[key]: count for key, count in self.counts.most_common()}


@dataclass(slots=True)
class Figures:
    """The figures of one list, or of several together (then a person counts once)."""

    people: int = 0
    roles: int = 0
    unverified: int = 0
    verified: int = 0
    outlets: Tally = field(default_factory=Tally)
    by: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in _COUNTED})
    left_out: Counter[LeftOutReason] = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)

    def add(self, entry: Entry, today: date) -> bool:
        """Count an entry; return False for a row that adds no person."""
        if not isinstance(entry, Contact):
            self.left_out[entry.reason] += 1
            return False
        key = digest(entry.address.key)
        if key in self.seen:
            return False
        self.seen.add(key)
        self.people += 1
        self.roles += entry.address.is_role
        self.outlets.add(entry.fields["outlet"])
        for name, tally in self.by.items():
            for part in set(several(entry.fields[name])):
                tally.add(part)
        self._verified(entry.fields["last_verified_at"], today)
        return True

    def _verified(self, cell: str, today: date) -> None:
        found = re.match(r"\d{4}-\d{2}-\d{2}", cell)
        try:
            fresh = bool(found) and date.fromisoformat(found[0]) >= today - UNVERIFIED_AFTER if found else False
        except ValueError:
            fresh = False
        self.verified += fresh
        self.unverified += not fresh
