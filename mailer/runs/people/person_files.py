"""Person files: which files of a workspace have a person.

Owns the search of every file for one address, and which files are the machine's own copies (undo, previews, the
details of a fault), so that they may be removed. The ledger's pages are searched as they lie on the disk, with its log.
Never changes anything.

Gaps: what lies behind a link to another folder, and the packed history of a version control system, is not searched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from mailer.contacts.traces import Traces
from mailer.ledger.place import ledger_file
from mailer.platform import is_mine
from mailer.runs.office import Office

_PART: Final = 50_000_000
_OVERLAP: Final = 1_000
_NOT_OURS_TO_READ: Final = frozenset({".git", ".hg", ".svn"})
_KEPT: Final = frozenset({"keys", "ledger-id", "run"})


def find_files(office: Office, traces: Traces) -> Iterator[Path]:
    """Yield every file of the workspace, but for the ledger's, that has the person's address in any spelling."""
    pages = _pages(office)
    for path in _files(office.workspace.root):
        if path.resolve() not in pages and (traces.in_name(path.name) or _has(path, traces)):
            yield path


def ledger_has(office: Office, traces: Traces, *, but_for: Iterable[str] = ()) -> list[Path]:
    """Return the files of the ledger, its log and what lies beside them, whose bytes have the address.

    `but_for` are longer addresses of other people that contain it. Nothing is given for a ledger that is no file.
    """
    return [path for path in sorted(_pages(office)) if _pages_have(path, traces, but_for=tuple(but_for))]


def _pages(office: Office) -> set[Path]:
    database = ledger_file(office.settings.ledger.url, office.workspace.root)
    return set(database.parent.glob(f"{database.name}*")) if database else set()


def copies_of(office: Office, traces: Traces) -> tuple[Path, ...]:
    """Return what the machine made that has the person: steps of undo as a whole, previews, details of faults."""
    machine = office.workspace.machine
    pages = _pages(office)
    found: dict[Path, None] = {}
    for path in _files(machine):
        ours = path.relative_to(machine).parts
        if ours[0] in _KEPT or path.resolve() in pages:
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
    """Yield the details of faults that this account has kept (`cli.app` writes them)."""
    for path in Path(tempfile.gettempdir()).glob("mailer-fault-*.txt"):
        if path.is_file() and not path.is_symlink() and is_mine(path):
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


def _pages_have(path: Path, traces: Traces, *, but_for: tuple[str, ...] = ()) -> bool:
    try:
        with path.open("rb") as file:
            before = b""
            while part := file.read(_PART):
                if traces.in_pages(before + part, but_for=but_for):
                    return True
                before = part[-_OVERLAP:]
    except OSError:
        return False
    return False
