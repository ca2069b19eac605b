"""Maildir: a folder with new/ and cur/, one message a file.

Owns reading it beside whatever mail program uses it at the same time: a file that is moved from new/ to cur/ between
listing and reading is found again, one that was deleted is passed over. Never moves, marks or deletes anything; what
lies in tmp/ is not mail yet.
Gaps: Maildir++ subfolders (`.Junk`) are mailboxes of their own and are read only when named.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mailer.errors import InputProblem
from mailer.inbox.values import MAX_MESSAGE_BYTES, Entry, RawMessage, too_large, unreadable


def is_maildir(path: Path) -> bool:
    """Return whether a folder is a Maildir."""
    return (path / "new").is_dir() or (path / "cur").is_dir()


def read_maildir(path: Path) -> Iterator[Entry]:
    """Read the messages of a Maildir, oldest name first (names begin with the time of arrival).

    Raises:
        InputProblem: at once: the folder cannot be listed.
    """
    try:
        names = [name for part in ("new", "cur") if (path / part).is_dir() for name in (path / part).iterdir()]
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    files = sorted((name for name in names if not name.name.startswith(".")), key=lambda name: (name.name, name.parent))
    return _read(files)


def _read(files: list[Path]) -> Iterator[Entry]:
    for file in files:
        try:
            found = file if file.is_file() else _moved(file)
            if found is None:
                continue
            yield _message(found)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield unreadable(str(file), error)


def _message(file: Path) -> Entry:
    if file.stat().st_size > MAX_MESSAGE_BYTES:
        return too_large(str(file))
    return RawMessage(str(file), file.read_bytes())


def _moved(file: Path) -> Path | None:
    """Find a message under the name that another program gave it: same start, other folder or flags."""
    start = file.name.partition(":")[0]
    current = file.parent.parent / "cur"
    return next((name for name in current.iterdir() if name.name.partition(":")[0] == start and name.is_file()), None)
