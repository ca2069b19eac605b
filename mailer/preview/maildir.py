"""Maildir: putting a message into one.

Owns the delivery of one file: written under tmp/, then moved to new/, so that a reader sees a whole message or none.
Files are 0600, folders 0700 (standards L12). Never reads, moves or deletes what is there (`inbox` reads).
The data is not forced to the disk: what lies in a preview can be made again.
Raises `InputProblem` where the folder cannot be written to.
"""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

from mailer.errors import InputProblem

PARTS = ("tmp", "new", "cur")


def make_maildir(folder: Path) -> Path:
    """Make a Maildir (and the folders above it), or leave it as it is.

    Raises:
        InputProblem: it cannot be made.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (folder, *(folder / part for part in PARTS)):
            path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=str(folder)) from None
    return folder


def append_to_maildir(folder: Path, data: bytes, *, now: datetime) -> Path:
    """Put a message into a Maildir, which is made where it is missing; return its path in new/.

    Names begin with the time of arrival (`now`, aware), so that they sort by it, and end in what nobody else draws.

    Raises:
        InputProblem: the folder cannot be written to.
    """
    make_maildir(folder)
    name = f"{int(now.timestamp())}.M{now.microsecond:06}P{os.getpid()}R{secrets.token_hex(6)}.mailer"
    waiting, arrived = folder / "tmp" / name, folder / "new" / name
    try:
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            waiting.rename(arrived)
        except BaseException:
            waiting.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputProblem(f"cannot be written: {error.strerror or error}", source=str(folder)) from None
    return arrived
