"""Owners: who this user is, and whether somebody else may read or change a file.

A file that can make a program run commands must be its user's, or root's. Whoever may write to it, or may put another
in its place, runs commands as the user (git's `safe.directory`, ssh's StrictModes). So four things are looked at: the
name (who made a symbolic link chose where it leads), what it leads to, and the folders of both.

A group of the user's own (Fedora and Ubuntu give everybody one, and files that it may write to) is nobody else. In a
folder like /tmp, whose sticky bit is set, nobody can replace what belongs to others. Whoever called `sudo` is not a
stranger to root.

Windows has no such owners and no such modes: what Python shows as a mode there is only whether a file may be written
to. A user's folders are their own by its access control lists, and nothing is found here.

Gaps: access control lists beyond the group bits, and folders further up, are not looked at.
"""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailer.platform.modules import find

_pwd, _grp = find("pwd"), find("grp")


def user() -> str:
    """Return the name of this user; where it has none (a container's number), the number is still somebody."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def home_of_account() -> str:
    """Return the home folder that the system has for this user; empty where it has none."""
    try:
        return str(_pwd.getpwuid(os.getuid()).pw_dir) if _pwd and hasattr(os, "getuid") else ""
    except KeyError:  # a container runs under a number that nobody has
        return ""


def is_mine(path: Path) -> bool:
    """Return whether a file belongs to this user.

    Raises:
        OSError: the file cannot be looked at.
    """
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def others_can_read(path: Path) -> bool:
    """Return whether anybody but its owner may do anything with a file or folder.

    Raises:
        OSError: it cannot be looked at.
    """
    return hasattr(os, "getuid") and bool(path.stat().st_mode & 0o077)


def as_nobody(folder: Path) -> dict[str, Any]:
    """Return what makes a process somebody without rights where root starts it; the folder becomes theirs."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or _pwd is None:
        return {}
    try:
        nobody = _pwd.getpwnam("nobody")
    except KeyError:
        return {}
    for place in (folder, *folder.rglob("*")):
        shutil.chown(place, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


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
    return next(_reasons(file, os.geteuid()), None) if hasattr(os, "geteuid") else None


def _reasons(file: Path, me: int) -> Iterator[Exposed]:
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
            yield Exposed(path, "everybody on this machine can write to it", f"chmod go-w {shlex.quote(str(path))}")
        if found.st_mode & stat.S_IWGRP and not is_sticky and not _is_own_group(found.st_gid, me):
            said = f"the group {_group_name(found.st_gid)} can write to it"
            yield Exposed(path, said, f"chmod g-w {shlex.quote(str(path))}")


def _is_own_group(gid: int, uid: int) -> bool:
    """Return whether a group is the one that a user has to themself: of their name, with nobody else in it."""
    try:
        group = _grp.getgrgid(gid)
    except KeyError:
        return False
    return group.gr_name in {_user_name(uid), "root"} and set(group.gr_mem) <= {_user_name(uid), "root"}


def _group_name(gid: int) -> str:
    try:
        return str(_grp.getgrgid(gid).gr_name)
    except KeyError:
        return str(gid)


def _user_name(uid: int) -> str:
    try:
        return str(_pwd.getpwuid(uid).pw_name)
    except KeyError:  # a container runs under a number that nobody has
        return str(uid)
