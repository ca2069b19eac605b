"""Dedupe lists: doubles are found, and those that somebody agreed to are made one.

Owns the order: find, ask the ledger, merge the rows in every list, one step for undo. One person at two addresses is
never merged while one of the addresses is suppressed, be it for one list alone: the other would get the mail that the
person refused.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer.address import parse_address
from mailer.contacts.digests import digest
from mailer.contacts.merging.doubles import SAME_ADDRESS, SAME_PERSON, Double, find_doubles, merge_rows, rows_of
from mailer.errors import InputProblem
from mailer.runs.lists import open_list, opened_lists
from mailer.runs.lists.rewrite import Rewrite, bytes_of, rewrite_lists
from mailer.runs.lists.steps import Step
from mailer.runs.office import Office
from mailer.runs.suppressions.suppressed import Against, find_in_any_scope
from mailer.runs.untrusted.lists import edit_list


@dataclass(frozen=True, slots=True)
class Proposal:
    """A double as it is offered: who is suppressed of it (by address), and what merging its rows would lose."""

    double: Double
    against: dict[str, Against]
    lost: tuple[tuple[str, str, str], ...] = ()


def propose(office: Office, paths: Sequence[Path]) -> list[Proposal]:
    """Find the doubles of these lists.

    Raises:
        InputProblem: a list cannot be read.
    """
    with opened_lists(office, map(str, paths)) as (lists, problems):
        if problems:
            raise InputProblem(str(problems[0]), problems=problems[1:])
        doubles = find_doubles(lists)
        sure = [double for double in doubles if double.kind == SAME_ADDRESS]
        keep = {double.id: double.rows[0].email for double in sure}
        lost: dict[str, tuple[tuple[str, str, str], ...]] = {}
        for each in lists:
            wanted = {digest(double.rows[0].key): double.id for double in sure if double.rows[0].list_name == each.name}
            for name, rows in rows_of(each, wanted).items():
                lost[name] = tuple(merge_rows(each.layout, rows, keep[name])[1])
    everybody = {row.key: parse_address(row.email) for double in doubles for row in double.rows}
    against = find_in_any_scope(office, everybody.values())
    return [
        Proposal(
            double,
            {row.email: against[digest(row.key)] for row in double.rows if digest(row.key) in against},
            lost.get(double.id, ()),
        )
        for double in doubles
    ]


def apply_proposals(
    office: Office, paths: Sequence[Path], chosen: Iterable[tuple[Proposal, str]]
) -> tuple[Step | None, list[str]]:
    """Merge the rows of the proposals that were agreed to; `chosen` has each with the address that stays.

    Return the step, and the ids that were left for another time because an earlier one touches the same rows.

    Raises:
        InputProblem: one of the addresses is suppressed, or a list changed since it was read.
    """
    wanted: dict[Path, dict[bytes, str]] = {path: {} for path in paths}
    keeps: dict[str, str] = {}
    touched: set[str] = set()
    later: list[str] = []
    was = {path: bytes_of(office.workspace, path) or b"" for path in paths}
    for proposal, keep in chosen:
        double = proposal.double
        if double.kind == SAME_PERSON and proposal.against:
            raise _refused(proposal)
        keys = {row.key for row in double.rows}
        lists = {row.list_name for row in double.rows}
        marks = {f"{name}\0{key}" for name in lists for key in keys} if double.kind == SAME_ADDRESS else keys
        if touched & (marks | keys):
            later.append(double.id)
            continue
        touched |= marks
        keeps[double.id] = keep
        for path in paths:
            if double.kind == SAME_PERSON or path.name in lists:
                wanted[path].update(dict.fromkeys(map(digest, keys), double.id))
    changes = [_rewrite(office, Rewrite(path, was[path], was[path]), wanted[path], keeps) for path in paths]
    step = rewrite_lists(office.workspace, changes, what="doubles were merged", now=office.clock())
    return step, later


def _rewrite(office: Office, file: Rewrite, wanted: dict[bytes, str], keeps: dict[str, str]) -> Rewrite:
    """Return what becomes of a list whose rows of these people are merged."""
    if not wanted:
        return file
    with open_list(office.workspace, file.path) as list_file:
        found = rows_of(list_file, wanted)
        edits = [edit for name, rows in found.items() for edit in merge_rows(list_file.layout, rows, keeps[name])[0]]
        data = edit_list(file.was or b"", name=file.path.name, edits=edits, choices=list_file.choices)
    return Rewrite(file.path, file.was, data)


def _refused(proposal: Proposal) -> InputProblem:
    address, against = next(iter(proposal.against.items()))
    other = next((row.email for row in proposal.double.rows if row.email != address), "EMAIL")
    return InputProblem(
        f"{proposal.double.id}: {address} is suppressed ({against.words}); merged, the person would be mailed at "
        f"{other} instead",
        hint=f"If they want no mail at all: mailer optouts add {other}   then remove the row.",
    )
