"""Person files: which files of a workspace have a person.

Owns the search of every file for one address, and which files are the machine's own copies (undo, previews, the
details of a fault), so that they may be removed. The ledger's pages are searched as they lie on the disk, with its log.
Never changes anything.

Gaps: what lies behind a link to another folder, and the packed history of a version control system, is not searched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mailer.contacts.traces import Traces
from mailer.ledger.place import ledger_file
from mailer.runs.office import Office

_PART: Final = 50_000_000
_OVERLAP: Final = 1_000
_NOT_OURS_TO_READ: Final = frozenset({".git", ".hg", ".svn"})
_KEPT: Final = frozenset({"keys", "ledger-id", "run"})


def find_files(office: Office, traces: Traces) -> Iterator[Path]:
    """Give every file of the workspace, and of its ledger, that has the person's address in any spelling."""
    database = ledger_file(office.settings.ledger.url, office.workspace.root)
    pages = set(database.parent.glob(f"{database.name}*")) if database else set()
    for path in sorted({*_files(office.workspace.root), *pages}):
        if path in pages:
            if _pages_have(path, traces):
                yield path
        elif traces.in_name(path.name) or _has(path, traces):
            yield path


def copies_of(office: Office, traces: Traces) -> tuple[Path, ...]:
    """Give what the machine made that has the person: steps of undo as a whole, previews, details of faults."""
    machine = office.workspace.machine
    database = ledger_file(office.settings.ledger.url, office.workspace.root)
    found: dict[Path, None] = {}
    for path in _files(machine):
        ours = path.relative_to(machine).parts
        if ours[0] in _KEPT or (database and path.name.startswith(database.name)):
            continue
        if traces.in_name(path.name) or _has(path, traces):
            whole = machine / ours[0] / ours[1] if ours[0] == "undo" and len(ours) > 1 else path
            found[whole] = None
    return (*found, *(path for path in _faults() if _has(path, traces)))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_OURS_TO_READ)
        yield from (Path(place) / name for name in sorted(names))


def _faults() -> Iterator[Path]:
    """Give the details of faults that this account has kept (`cli.app` writes them)."""
    for path in Path(tempfile.gettempdir()).glob("mailer-fault-*.txt"):
        if path.is_file() and not path.is_symlink() and path.stat().st_uid == os.getuid():
            yield path


def _has(path: Path, traces: Traces) -> bool:
    try:
        if not path.is_file():
            return False
        if path.stat().st_size > _PART:
            return _pages_have(path, traces)
        return traces.in_bytes(path.read_bytes())
    except OSError:  # gone meanwhile, or not ours to read: then nobody here reads it
        return False


def _pages_have(path: Path, traces: Traces) -> bool:
    try:
        with path.open("rb") as file:
            before = b""
            while part := file.read(_PART):
                if traces.in_pages(before + part):
                    return True
                before = part[-_OVERLAP:]
    except OSError:
        return False
    return False
