"""Completing: what the shell offers when the Tab key is pressed.

Reads the workspace's files with the csv module alone, since a keystroke must not wait for a database or a workbook.
Never raises or prints, as the shell would show it in the line: a workspace that cannot be read completes
nothing. Gaps: columns and addresses of workbooks are not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import typer

from mailer.cli.office import current_workspace, given_workspace
from mailer.workspace import Workspace

_READ_BYTES = 2_000_000  # of each list: enough for 20,000 contacts, and quick to read
_OFFERED = 200
_DELIMITERS = ",;\t|"

Completion = Callable[[typer.Context, str], list[str]]


def _offering(offer: Callable[[Workspace, str], Iterator[str]]) -> Completion:
    def complete(context: typer.Context, incomplete: str) -> list[str]:
        with suppress(Exception):
            # the callback of --workspace does not run while a line is being completed
            given_workspace.set(context.find_root().params.get("workspace") or "")
            return list(islice(offer(current_workspace(), incomplete), _OFFERED))
        return []

    return complete


def _starting(names: Callable[[Workspace], Iterator[str]]) -> Completion:
    return _offering(lambda workspace, typed: (name for name in names(workspace) if name.startswith(typed)))


def _mailings(workspace: Workspace) -> Iterator[str]:
    """Yield the mailings of a ledger in the workspace, newest first."""
    import sqlite3

    file = workspace.machine / "ledger.db"
    if not file.is_file():
        return
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.2)) as ledger:
        rows = ledger.execute("SELECT slug, kind, sequence FROM mailing ORDER BY id DESC LIMIT 500").fetchall()
    yield from (str(slug) if kind == "release" else f"{slug}/{kind}-{sequence}" for slug, kind, sequence in rows)


def _columns(workspace: Workspace, typed: str) -> Iterator[str]:
    """Yield the columns of the lists, as merge fields: a header is the fullest of the rows above the first address."""
    seen: set[str] = set()
    for path in workspace.lists():
        first = [row for row in islice(_rows(path), 10) if not any("@" in cell for cell in row)]
        header: list[str] = max(first, key=lambda row: sum(map(bool, row)), default=[])
        for name in (re.sub(r"[\W_]+", "_", cell).strip("_").lower() for cell in header):
            if name and name not in seen and name.startswith(typed):
                seen.add(name)
                yield name


def _last_word(workspace: Workspace, typed: str) -> Iterator[str]:
    word = re.split(r"\W", typed)[-1]
    return (typed.removesuffix(word) + name for name in _columns(workspace, word))


def _addresses(workspace: Workspace, typed: str) -> Iterator[str]:
    wanted, seen = typed.casefold(), set[str]()
    for path in workspace.lists():
        for row in _rows(path):
            for cell in row:
                if "@" in cell and cell.casefold().startswith(wanted) and not re.search(r"[\s,;<>]", cell):
                    if cell.casefold() not in seen:
                        yield typed + cell[len(typed) :]  # the shell accepts only what begins as it was typed
                    seen.add(cell.casefold())


def _rows(path: Path) -> Iterator[list[str]]:
    if path.suffix.lower() not in {".csv", ".tsv", ".txt"}:
        return
    import csv

    with path.open("rb") as file:
        data = file.read(_READ_BYTES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:  # a character cut off at the end of what was read is still UTF-8
            text = data.decode("utf-8-sig" if error.start > len(data) - 4 else "cp1252", "replace")
    lines = text.splitlines(keepends=True)
    delimiter = max(_DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines[:20]))
    with suppress(csv.Error):
        for row in csv.reader(lines, delimiter=delimiter):
            yield [cell.strip() for cell in row]


complete_list = _starting(lambda workspace: (path.stem for path in workspace.lists()))
complete_release = _starting(lambda workspace: (path.stem for path in workspace.releases()))
complete_family = _starting(lambda workspace: iter(workspace.families()))
complete_mailing = _starting(_mailings)
complete_column = _offering(_columns)
complete_setting = _offering(lambda workspace, typed: (f"{name}=" for name in _columns(workspace, typed)))
complete_where = _offering(_last_word)
complete_address = _offering(_addresses)
