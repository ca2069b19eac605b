"""Check: a list's state as one document, for programs and for `lists check`.

Owns the shape of `lists check --json`, on which other programs rely: every row is in recipients, invalid, duplicates,
missing or suppressed; rows that another sheet leaves out are under its name. Never prints, never asks the DNS: the dead
domains are passed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import compress
from typing import Any, TypeAlias

from mailer.contacts.audience import read_day
from mailer.contacts.folding import digest, several
from mailer.contacts.merging import folded
from mailer.contacts.reading import ListFile
from mailer.contacts.rows import SEVERAL_ADDRESSES
from mailer.contacts.values import MEANINGS, Contact, Entry, LeftOut, LeftOutReason, Remark
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
    counting: bool = False,
    refused: list[LeftOut] | None = None,
) -> dict[str, Any]:
    """Return the state of a list, ready for JSON, by reading it once; `source` is the name of the file.

    `dead_domains` has the reason for each A-label domain that takes no mail: its recipients stay, with a warning.
    `keep` takes the recipients one by one instead of the document, for lists of a million; with `counting` none is
    described. `refused` takes every entry that is left out.
    """
    layout = list_file.layout
    headed = layout.header if layout.header_row is not None else ()  # rows may have more cells
    document: dict[str, Any] = {
        "file": source,
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "sheet": layout.sheet,
        "header_row": layout.header_row,
        "columns": {meaning: headed[at] if at < len(headed) else at for meaning, at in layout.columns.items()},
        "fields": list(layout.fields),
        "rows": 0,
        "counts": {},
        "recipients": [],
        **{shelf: [] for shelf in _SHELF.values()},
        "problems": [],
        "sheets": {},  # the same for each further sheet; its recipients are among the others
    }
    sheets = {"": document}
    for further in list_file.others:
        sheet_name = further.layout.sheet or ""
        document["sheets"][sheet_name] = sheets[sheet_name] = {"rows": 0, **{shelf: [] for shelf in _SHELF.values()}}
    problems: list[dict[str, Any]] = []
    recipients = before = 0
    keep = keep or document["recipients"].append
    for entry in list_file.entries():
        within = sheets[entry.sheet]
        within["rows"] += entry.row != before
        before = entry.row
        if isinstance(entry, Contact):
            recipients += 1
            place: dict[str, Any] = {"row": entry.row, "line": entry.line}
            place |= {"sheet": entry.sheet} if entry.sheet else {}
            if not counting:
                known = {meaning: entry.fields[meaning] for meaning in MEANINGS}
                keep({**place, **known, "email": str(entry.address), "name": entry.name})
            for each in _remarks(entry, dead_domains):
                details = {"code": each.code, "severity": each.severity.value, "message": each.message}
                problems.append({**place, "value": each.value, **details})
        else:
            within[_SHELF[entry.reason]].append(_left_out(entry))
            if refused is not None:
                refused.append(entry)
    for problem in list_file.problems:
        if problem.code != SEVERAL_ADDRESSES:  # each has a remark
            details = {"code": problem.code, "severity": problem.severity.value, "message": problem.message}
            document["problems"].append(
                {"row": None, "line": problem.line, "value": None, **details, "hint": problem.hint}
            )
    document["problems"] += problems
    document["counts"] = {
        "recipients": recipients,
        **{shelf: sum(len(within[shelf]) for within in sheets.values()) for shelf in _SHELF.values()},
    }
    return document


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


def _remarks(contact: Contact, dead_domains: Mapping[str, str]) -> list[Remark]:
    found, address, shown = list(contact.remarks), contact.address, str(contact.address)
    if address.is_role:
        found.append(Remark("role-address", f'"{shown}" is a role address, read by several people', shown))
    if address.needs_smtputf8:
        text = f'"{shown}" can only be reached over a relay that offers SMTPUTF8'
        found.append(Remark("needs-smtputf8", text, shown, Severity.WARNING))
    if address.ascii_domain in dead_domains:
        text = f'"{shown}" cannot be reached: {dead_domains[address.ascii_domain]}'
        found.append(Remark("dead-domain", text, shown, Severity.WARNING))
    return found


# Figures: people, outlets, beats, languages, countries and role addresses, counted; the day is an argument.

UNVERIFIED_AFTER = timedelta(days=365)  # flagged at 12 months
_COUNTED = ("beat", "language", "country")


@dataclass(slots=True)
class Tally:
    """How often each value occurs, in any case; values are shown as they were first written."""

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
    outlets: Tally = field(default_factory=Tally)
    by: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in _COUNTED})
    left_out: Counter[LeftOutReason] = field(default_factory=Counter)
    seen: set[bytes] = field(default_factory=set)


def count_entry(entry: Entry, today: date, figures: Sequence[Figures]) -> tuple[bool, ...]:
    """Count an entry in each of these figures; return for each whether it adds a person."""
    if not isinstance(entry, Contact):
        for each in figures:
            each.left_out[entry.reason] += 1
        return (False,) * len(figures)
    key = digest(entry.address.key)
    is_new = tuple(key not in each.seen for each in figures)
    verified = read_day(entry.fields["last_verified_at"])
    is_fresh = verified is not None and verified >= today - UNVERIFIED_AFTER
    parts = [(name, part) for name in _COUNTED for part in several(entry.fields[name])]
    for each in compress(figures, is_new):
        each.seen.add(key)
        each.people += 1
        each.roles += entry.address.is_role
        each.outlets.add(entry.fields["outlet"])
        for name, part in parts:
            each.by[name].add(part)
        each.unverified += not is_fresh
    return is_new
