"""Platform: what differs between Linux, macOS and Windows, behind one answer for all of them.

No other room imports a module that not every system has, or looks which system it is to decide how to do something.
Here are files (locks that processes hold, files that are put in place whole, names that last, what large patterns were
compiled to), limits (how much time and memory a process may take) and owners (who this user is, and who else may read
or change a file). What touches a file raises `OSError` where that cannot be done. Beside it:

    signals.py  Ctrl-C and the polite kill, also of several processes of one work
    clocks.py   the time that is believed, whatever someone sets the clock to
    network.py  what all clients share: certificates, words for what failed
"""

from __future__ import annotations

import atexit
import contextlib
import getpass
import marshal
import os
import shlex
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from mailer import lazy_re
from mailer.frozen import dataclass

_AGAIN_S: Final = 0.02


def _find(name: str) -> Any:  # noqa: ANN401 - type checkers know `fcntl` on some systems and `msvcrt` on others
    """Return a module, None if this system has none: an answer, and not a crash."""
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl, _msvcrt, _resource, _pwd, _grp = map(_find, ("fcntl", "msvcrt", "resource", "pwd", "grp"))


def loop_factory() -> Callable[[], Any] | None:
    """Return what makes uvloop's event loop, where the extra `fast` is installed; None for asyncio's own."""
    found = _find("uvloop")
    return found.new_event_loop if found else None


# Files. A lock is one of the kernel's, on an open file: it ends with the process that holds it, however that ends, so a
# lock file that is left after a crash locks nobody out. What is locked is always a file of its own, never a folder,
# which Windows cannot lock, and never a file that is replaced, since a lock stays with the old one.
#
# POSIX has `flock`. Windows has `msvcrt.locking`: it locks bytes, here the first one, though the file has none; it
# knows no shared locks, and does not wait for longer than ten seconds, so waiting is asking again.


def hold(path: Path) -> int:
    """Acquire the lock of a file (0600, made where it is missing); return a handle that holds it until it is closed.

    Raises BlockingIOError if another holds it; OSError where the file cannot be opened.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not _take(handle):
        os.close(handle)
        raise BlockingIOError(f"{path} is locked")
    return handle


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file while the block runs, once all who came before are done."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _take(handle, wait=True):
            time.sleep(_AGAIN_S)
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; nobody holds that of one that is not there."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _take(handle, shared=True)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove the file of a lock that nobody holds. Where Windows keeps it, since someone looks, it means nothing."""
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)


def _take(handle: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Acquire a lock; `shared` is for a look: two who look at the same time must not take each other for the owner.

    On Windows they do, and find out at the next look.
    """
    try:
        if _fcntl is None:
            _msvcrt.locking(handle, _msvcrt.LK_NBLCK, 1)
        else:
            mode = _fcntl.LOCK_SH if shared else _fcntl.LOCK_EX
            _fcntl.flock(handle, mode if wait else mode | _fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # as POSIX says it, and as Windows does
        return False
    return True


def replace_file(path: Path, data: bytes | Iterable[bytes], *, mode: int = 0o600, new: bool = False) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one; it is on disk when this returns.

    Raises FileExistsError if it is to be `new`, and there is one already; OSError where it cannot be written: the
    old one is there unharmed.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mailer-", suffix=".tmp")  # mkstemp makes it 0600
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        if mode != 0o600:
            beside.chmod(mode)
        if new:
            os.link(beside, path)  # refuses to replace
        else:
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk: else a power loss could take that of a new file. Windows does so by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Limits. POSIX has `setrlimit`, Linux says how much memory is taken already. Where there is none of that (Windows; for
# memory, macOS), nothing is limited: the caller's own clock is what is left.


def limit(*, seconds: int, megabytes: int) -> None:
    """Allow this process so much on top of what it has used."""
    if _resource is None:
        return
    used = _resource.getrusage(_resource.RUSAGE_SELF)
    wanted = {_resource.RLIMIT_CORE: 0, _resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + 1 + seconds}
    with contextlib.suppress(OSError):  # macOS has no such file, and keeps no such limit
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        wanted[_resource.RLIMIT_AS] = pages * _resource.getpagesize() + (megabytes << 20)
    for which, soft in wanted.items():
        _, hard = _resource.getrlimit(which)
        _resource.setrlimit(which, (soft if hard == _resource.RLIM_INFINITY else min(soft, hard), hard))


def ended_for_time(code: int) -> bool:
    """Return whether a process that ended with this code was ended by the kernel for the processor time it took."""
    return _resource is not None and code == -getattr(signal, "SIGXCPU", 0)


# Owners. A file that can make a program run commands must be its user's, or root's: who may write to it, or put
# another in its place, runs commands as the user (git's `safe.directory`, ssh's StrictModes). So four things are looked
# at: the name (who made a symbolic link chose where it leads), what it leads to, and the folders of both.
#
# A group of the user's own (Fedora and Ubuntu give everybody one, and files that it may write to) is nobody else. In a
# folder like /tmp, whose sticky bit is set, nobody can replace what belongs to others. The caller of `sudo` is not a
# stranger to root.
#
# Windows has no such owners and no such modes: what Python shows as a mode there is only whether a file may be written
# to. A user's folders are their own by its access control lists, and nothing is found here.
#
# Gaps: access control lists beyond the group bits, and folders further up, are not looked at.


def user() -> str:
    """Return the name of this user; where it has none (a container's number), the number is still someone."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def home_of_account() -> str:
    """Return the home folder that the system has for this user; empty if it has none."""
    try:
        return str(_pwd.getpwuid(os.getuid()).pw_dir) if _pwd and hasattr(os, "getuid") else ""
    except KeyError:  # a container runs under a number that nobody has
        return ""


def is_mine(path: Path) -> bool:
    """Return whether a file belongs to this user."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def others_can_read(path: Path) -> bool:
    """Return whether anybody but its owner may do anything with a file or folder."""
    return hasattr(os, "getuid") and bool(path.stat().st_mode & 0o077)


def as_nobody(folder: Path) -> dict[str, Any]:
    """Return what makes a process someone without rights where root starts it; the folder becomes theirs."""
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
    """Return the first reason why others than this user and root may change a file; None if there is none."""
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
        if found.st_mode & stat.S_IWGRP and not is_sticky:
            try:
                group = _grp.getgrgid(found.st_gid)
                name, is_own = str(group.gr_name), {group.gr_name, *group.gr_mem} <= {_user_name(me), "root"}
            except KeyError:
                name, is_own = str(found.st_gid), False
            if not is_own:  # a user's own group has their name, and nobody else in it
                said = f"the group {name} can write to it"
                yield Exposed(path, said, f"chmod g-w {shlex.quote(str(path))}")


def _user_name(uid: int) -> str:
    try:
        return str(_pwd.getpwuid(uid).pw_name)
    except KeyError:  # a container runs under a number that nobody has
        return str(uid)


# Patterns: what large patterns were compiled to, in a file beside the bytecode (`lazy_re` says why). A process reads it
# when it meets the first one, and adds at its end what it had to compile. It is put in place whole, so that nobody
# reads half of it; of two processes that end at once one is forgotten, and adds it another time. Where nothing can be
# written, or Python is told to write no bytecode, there is none.

_PATTERNS: Final = Path(lazy_re.__file__).parent / "__pycache__" / f"lazy_re.{sys.implementation.cache_tag}.patterns"
_MOST: Final = 5000  # more than there are; after tables of words were changed many times it begins anew


@cache
def read_patterns(place: Path = _PATTERNS) -> lazy_re.Kept:
    """Return what is kept, and keep at the end of this process what it had to compile."""
    atexit.register(keep_patterns, place)
    return _load_patterns(place)


def _load_patterns(place: Path) -> lazy_re.Kept:
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
        found = marshal.loads(place.read_bytes())  # noqa: S302 - as Python reads the bytecode beside it
        return found if isinstance(found, dict) and len(found) < _MOST else {}
    return {}


def keep_patterns(place: Path = _PATTERNS) -> None:
    """Add what was compiled; nobody is told where that cannot be."""
    if not lazy_re.new or sys.dont_write_bytecode or not place.parent.is_dir():
        return
    own = place.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        own.write_bytes(marshal.dumps({**_load_patterns(place), **lazy_re.new}))
        own.replace(place)
    with contextlib.suppress(OSError):
        own.unlink(missing_ok=True)
    lazy_re.new.clear()
