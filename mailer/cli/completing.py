"""Completing: what the shell offers when somebody presses the tab key.

Owns the completion of list names, columns, addresses, releases and mailings. Reads the workspace's files with the csv
module alone: a press of a key must not wait for a database or a workbook. Never raises and never prints: a workspace
that cannot be read completes nothing.
Gaps: columns and addresses of workbooks are not offered.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import typer

from mailer.cli.context import current_workspace, given_workspace
from mailer.workspace import Workspace

_READ_BYTES = 2_000_000  # of each list: enough for 20,000 people, and read in a blink
_OFFERED = 200
_DELIMITERS = ",;\t|"


def _quietly(offer: Callable[[Workspace, str], Iterator[str]], context: typer.Context, typed: str) -> list[str]:
    """Return what is offered; nothing where anything fails, because the shell would print it into the line."""
    with suppress(Exception):
        # the callback of --workspace does not run while a line is being completed
        given_workspace.set(context.find_root().params.get("workspace") or "")
        return list(islice(offer(current_workspace(), typed), _OFFERED))
    return []


def complete_list(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the names in lists/."""
    return _quietly(_lists, context, incomplete)


def complete_release(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the slugs in releases/."""
    return _quietly(_releases, context, incomplete)


def complete_mailing(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the mailings of a ledger in the workspace, newest first."""
    return _quietly(_mailings, context, incomplete)


def complete_column(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the columns of the lists, as merge fields."""
    return _quietly(_columns, context, incomplete)


def complete_setting(context: typer.Context, incomplete: str) -> list[str]:
    """Offer `column=`, for --set and the like."""
    return _quietly(_settings, context, incomplete)


def complete_where(context: typer.Context, incomplete: str) -> list[str]:
    """Offer columns for the last word of an expression, for --where."""
    return _quietly(_last_word, context, incomplete)


def complete_address(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the addresses on the lists."""
    return _quietly(_addresses, context, incomplete)


def _lists(workspace: Workspace, typed: str) -> Iterator[str]:
    return (path.stem for path in workspace.lists() if path.stem.startswith(typed))


def _releases(workspace: Workspace, typed: str) -> Iterator[str]:
    return (path.stem for path in workspace.releases() if path.stem.startswith(typed))


def _mailings(workspace: Workspace, typed: str) -> Iterator[str]:
    file = workspace.machine / "ledger.db"
    if not file.is_file():
        return
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.2)) as ledger:
        rows = ledger.execute("SELECT slug, kind, sequence FROM mailing ORDER BY id DESC LIMIT 500").fetchall()
    for slug, kind, sequence in rows:
        name = str(slug) if kind == "release" else f"{slug}/{kind}-{sequence}"
        if name.startswith(typed):
            yield name


def _settings(workspace: Workspace, typed: str) -> Iterator[str]:
    return (f"{name}=" for name in _columns(workspace, typed))


def _last_word(workspace: Workspace, typed: str) -> Iterator[str]:
    word = re.split(r"\W", typed)[-1]
    return (typed.removesuffix(word) + name for name in _columns(workspace, word))


def _columns(workspace: Workspace, typed: str) -> Iterator[str]:
    seen: set[str] = set()
    for path in workspace.lists():
        rows = _rows(path)
        for name in (re.sub(r"[\W_]+", "_", cell).strip("_").lower() for cell in _header(rows)):
            if name and name not in seen and name.startswith(typed):
                seen.add(name)
                yield name


def _addresses(workspace: Workspace, typed: str) -> Iterator[str]:
    wanted, seen = typed.casefold(), set[str]()
    for path in workspace.lists():
        for row in _rows(path):
            for cell in row:
                if "@" in cell and cell.casefold().startswith(wanted) and not re.search(r"[\s,;<>]", cell):
                    if cell.casefold() not in seen:
                        yield typed + cell[len(typed) :]  # the shell takes only what begins as it was typed
                    seen.add(cell.casefold())


def _header(rows: Iterator[list[str]]) -> list[str]:
    """Return the row above the first address that looks like a header: the fullest of the first ten."""
    first = [row for row in islice(rows, 10) if not any("@" in cell for cell in row)]
    return max(first, key=lambda row: sum(map(bool, row)), default=[])


def _rows(path: Path) -> Iterator[list[str]]:
    if path.suffix.lower() not in {".csv", ".tsv", ".txt"}:
        return
    with path.open("rb") as file:
        data = file.read(_READ_BYTES)
    text = _decoded(data)
    lines = text.splitlines(keepends=True)
    delimiter = max(_DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines[:20]))
    with suppress(csv.Error):
        for row in csv.reader(lines, delimiter=delimiter):
            yield [cell.strip() for cell in row]


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return data.decode("utf-8-sig" if error.start > len(data) - 4 else "cp1252", "replace")
