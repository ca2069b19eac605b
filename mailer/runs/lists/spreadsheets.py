"""Spreadsheets: does a spreadsheet program have this file open?

Owns what those programs leave beside an open file. LibreOffice writes `.~lock.coast.csv#` with the user's name, login,
host and time between commas; Excel writes `~$coast.xlsx` that begins with the length of the user's name, the name in
the code page of its machine, and at byte 55 its length again and the name in UTF-16 (as its files show; no document).
Gap: Excel leaves nothing beside an open CSV file; there the comparison with what was read is what notices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mailer.address import printable
from mailer.errors import InputProblem
from mailer.workspace import Workspace

_LIMIT: Final = 4096
_WIDE_NAME_AT: Final = 55


def refuse_opened(workspace: Workspace, path: Path) -> None:
    """Refuse a file that a spreadsheet program has open: it would overwrite our change when it saves.

    Raises:
        InputProblem: it is open, with who has it and what to do.
    """
    real = path.resolve()
    for lock, who in ((real.parent / f".~lock.{real.name}#", _libreoffice), (real.parent / f"~${real.name}", _excel)):
        try:
            with lock.open("rb") as file:
                head = file.read(_LIMIT)
        except FileNotFoundError:
            continue
        except OSError:  # Excel keeps its own locked: it is there
            head = b""
        name = printable(who(head).strip())
        raise InputProblem(
            f"is open in a spreadsheet program{f' ({name})' if name else ''}; nothing was changed",
            source=workspace.show(path),
            hint=f"Save and close it there, then run this again. If nobody has it open, delete {lock.name} beside it.",
        )


def _libreoffice(head: bytes) -> str:
    """Return the name, or the login, and the host."""
    fields = head.decode("utf-8", "replace").replace("\\,", "\x00").split(",")
    name, login, host = (field.replace("\x00", ",").strip() for field in [*fields, "", "", ""][:3])
    return ", ".join(part for part in (name or login, host) if part)


def _excel(head: bytes) -> str:
    """Return the user's name."""
    wide = head[_WIDE_NAME_AT:]
    if len(wide) > 2 and 0 < 2 * wide[0] <= len(wide) - 2:
        return wide[2 : 2 + 2 * wide[0]].decode("utf-16-le", "replace")
    return head[1 : 1 + head[0]].decode("cp1252", "replace") if head else ""
