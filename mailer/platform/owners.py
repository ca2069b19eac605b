"""Owners: whether somebody else than this user may change a file.

A file that can make a program run commands must be its user's, or root's. Whoever may write to it, or may put another
in its place, runs commands as the user (git's `safe.directory`, ssh's StrictModes). So four things are looked at: the
name (who made a symbolic link chose where it leads), what it leads to, and the folders of both.

A group of the user's own (Fedora and Ubuntu give everybody one, and files that it may write to) is nobody else. In a
folder like /tmp, whose sticky bit is set, nobody can replace what belongs to others. Whoever called `sudo` is not a
stranger to root. Windows has no such owners, and nothing is found there.

Gaps: access control lists beyond the group bits, and folders further up, are not looked at.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Exposed:
    """A path that others may change: which, what is wrong with it, and the command that puts it right."""

    path: Path
    said: str
    fix: str


def find_exposed(file: Path) -> Exposed | None:
    """Return the first reason why others than this user and root may change a file; None where there is none.

    Raises:
        OSError: the file cannot be looked at.
    """
    if not hasattr(os, "geteuid"):
        return None
    return next(_reasons(file), None)


def _reasons(file: Path) -> Iterator[Exposed]:
    me = os.geteuid()
    sudo = os.environ.get("SUDO_UID", "") if me == 0 else ""
    mine = {me, 0} | ({int(sudo)} if sudo.isdecimal() else set())
    target = file.resolve()
    for path in dict.fromkeys((file, target, file.parent, target.parent)):
        found = path.lstat()
        if found.st_uid not in mine:
            said = f"belongs to {_user_name(found.st_uid)}"
            yield Exposed(path, said, f"sudo chown -h {_user_name(me)} {shlex.quote(str(path))}")
        if stat.S_ISLNK(found.st_mode):
            continue  # its permissions mean nothing
        is_sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        if found.st_mode & stat.S_IWOTH and not is_sticky:
            yield Exposed(path, "everybody on this machine may write to it", f"chmod go-w {shlex.quote(str(path))}")
        if found.st_mode & stat.S_IWGRP and not is_sticky and not _is_own_group(found.st_gid, me):
            said = f"the group {_group_name(found.st_gid)} may write to it"
            yield Exposed(path, said, f"chmod g-w {shlex.quote(str(path))}")


def _is_own_group(gid: int, uid: int) -> bool:
    """Return whether a group is the one that a user has to themself: of their name, with nobody else in it."""
    import grp  # noqa: PLC0415 - Windows has none

    try:
        group = grp.getgrgid(gid)
    except KeyError:
        return False
    return group.gr_name in {_user_name(uid), "root"} and set(group.gr_mem) <= {_user_name(uid), "root"}


def _group_name(gid: int) -> str:
    import grp  # noqa: PLC0415 - Windows has none

    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _user_name(uid: int) -> str:
    import pwd  # noqa: PLC0415 - Windows has none

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container runs under a number that nobody has
        return str(uid)
