"""Workbook edits: XLSX bytes with some rows changed.

Owns what may be written back into a workbook. Raises `InputProblem`.
"""

from __future__ import annotations

from mailer.contacts.changes import Changes
from mailer.contacts.table import Table
from mailer.errors import InputProblem


def edit_workbook(data: bytes, table: Table, changes: Changes) -> bytes:
    """Give the bytes of a workbook with these changes.

    Raises:
        InputProblem: it cannot be written back without loss.
    """
    del data, changes
    raise InputProblem(
        "is a workbook, which cannot be changed in place",
        source=table.name,
        hint=f"mailer lists export {table.name.rpartition('.')[0]} --format csv   makes a CSV of it",
    )
