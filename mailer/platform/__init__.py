"""Platform: what differs between Linux, macOS and Windows, behind one interface.

No other room imports a module that some systems lack, or asks which system it runs on to decide how to do something.
Here are files (locks that processes hold, atomic replacement, durable names, the cache of compiled patterns), limits
(how much time and memory a process may take) and owners (who this user is, and who else may read or change a file).
Functions on files raise `OSError` where they fail. Beside it:

    signals.py  Ctrl-C and SIGTERM, also for several processes of one job
    clocks.py   a time that can be trusted, whatever the clock is set to
    network.py  what all clients share: certificates, texts for errors
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
    """Return a module, None if this system does not have it."""
    try:
        return import_module(name)
    except ImportError:
        return None


_fcntl, _msvcrt, _resource, _pwd, _grp = map(_find, ("fcntl", "msvcrt", "resource", "pwd", "grp"))


def loop_factory() -> Callable[[], Any] | None:
    """Return the factory of uvloop's event loop, if the extra `fast` is installed; None for asyncio's own."""
    found = _find("uvloop")
    return found.new_event_loop if found else None


# Files. A lock is one of the kernel's, on an open file: it ends with the process that holds it, however that ends, so a
# lock file that is left after a crash locks nobody out. It is always on a file of its own, never on a folder, which
# Windows cannot lock, and never on a file that is replaced, since a lock stays with the old one.
#
# POSIX has `flock`. Windows has `msvcrt.locking`: it locks bytes, here the first one, even of an empty file; it has no
# shared locks, and waits no longer than ten seconds, so waiting means trying again.


def hold(path: Path) -> int:
    """Acquire the lock of a file (0600, made if missing); return a handle that holds it until it is closed.

    Raises BlockingIOError if another holds it; OSError where the file cannot be opened.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if not _take(handle):
        os.close(handle)
        raise BlockingIOError(f"{path} is locked")
    return handle


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file while the block runs; wait for others that hold it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _take(handle, wait=True):
            time.sleep(_AGAIN_S)
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock of a file; False if there is no file."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _take(handle, shared=True)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove the file of a lock that nobody holds. On Windows it stays while another has it open, which is harmless."""
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)


def _take(handle: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Acquire a lock; `shared` is for a check: two that check at the same time must not take each other for the holder.

    On Windows they do, until the next check.
    """
    try:
        if _fcntl is None:
            _msvcrt.locking(handle, _msvcrt.LK_NBLCK, 1)
        else:
            mode = _fcntl.LOCK_SH if shared else _fcntl.LOCK_EX
            _fcntl.flock(handle, mode if wait else mode | _fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # raised on POSIX, and on Windows
        return False
    return True


def replace_file(path: Path, data: bytes | Iterable[bytes], *, mode: int = 0o600, new: bool = False) -> None:
    """Write a file so that a reader, or a crash, sees the old one or the new one; it is on disk when this returns.

    Raises FileExistsError if it is to be `new` and exists already; OSError if it cannot be written: then the old one is
    unharmed.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".mailer-", suffix=".tmp")  # mkstemp makes it 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        if mode != 0o600:
            temporary.chmod(mode)
        if new:
            os.link(temporary, path)  # refuses to replace
        else:
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sync a folder's names to disk: else a power loss could lose that of a new file. Windows does so by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Limits. POSIX has `setrlimit`, Linux shows how much memory is used already. Without these (Windows; for memory, macOS)
# there is no limit but the caller's own clock.


def limit(*, seconds: int, megabytes: int) -> None:
    """Limit this process to so much more than it has used already."""
    if _resource is None:
        return
    used = _resource.getrusage(_resource.RUSAGE_SELF)
    wanted = {_resource.RLIMIT_CORE: 0, _resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime) + 1 + seconds}
    with contextlib.suppress(OSError):  # macOS has no such file, and does not enforce this limit
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        wanted[_resource.RLIMIT_AS] = pages * _resource.getpagesize() + (megabytes << 20)
    for which, soft in wanted.items():
        _, hard = _resource.getrlimit(which)
        _resource.setrlimit(which, (soft if hard == _resource.RLIM_INFINITY else min(soft, hard), hard))


def ended_for_time(code: int) -> bool:
    """Return whether this exit code means that the kernel ended the process for its processor time."""
    return _resource is not None and code == -getattr(signal, "SIGXCPU", 0)


# Owners. A file that can make a program run commands must belong to its user, or to root: whoever may write to it, or
# replace it, runs commands as the user (git's `safe.directory`, ssh's StrictModes). So four things are checked: the
# name (whoever made a symbolic link chose its target), its target, and the folders of both.
#
# A group of the user's own (Fedora and Ubuntu give everybody one, and files that it may write to) has no other member.
# In a folder like /tmp, whose sticky bit is set, nobody can replace what belongs to others. The caller of `sudo` is
# trusted by root.
#
# Windows has no such owners and no such modes: what Python shows as a mode there is only whether a file may be written
# to. A user's folders are protected by access control lists, and these functions find nothing.
#
# Gaps: access control lists beyond the group bits, and folders further up, are not checked.


def user() -> str:
    """Return the name of this user; the number where there is no name, as in a container."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "user"


def home_of_account() -> str:
    """Return the home folder of this user's account; empty if it has none."""
    try:
        return str(_pwd.getpwuid(os.getuid()).pw_dir) if _pwd and hasattr(os, "getuid") else ""
    except KeyError:  # a container may run under a number without an account
        return ""


def is_mine(path: Path) -> bool:
    """Return whether a file belongs to this user."""
    return not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()


def others_can_read(path: Path) -> bool:
    """Return whether anybody but its owner may do anything with a file or folder."""
    return hasattr(os, "getuid") and bool(path.stat().st_mode & 0o077)


def as_nobody(folder: Path) -> dict[str, Any]:
    """Return the arguments that start a process as `nobody`, if this one is root's; the folder becomes theirs."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or _pwd is None:
        return {}
    try:
        nobody = _pwd.getpwnam("nobody")
    except KeyError:
        return {}
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Exposed:
    """A path that others may change, the fault, and the command that fixes it."""

    path: Path
    fault: str
    fix: str


def find_exposed(file: Path) -> Exposed | None:
    """Return the first reason why anyone but this user and root may change a file; None if there is none."""
    return next(_reasons(file, os.geteuid()), None) if hasattr(os, "geteuid") else None


def _reasons(file: Path, me: int) -> Iterator[Exposed]:
    sudo = os.environ.get("SUDO_UID", "") if me == 0 else ""
    mine = {me, 0} | ({int(sudo)} if sudo.isdecimal() else set())
    target = file.resolve()
    for path in dict.fromkeys((file, target, file.parent, target.parent)):
        found = path.lstat()
        if found.st_uid not in mine:
            fault = f"belongs to {_user_name(found.st_uid)}"
            yield Exposed(path, fault, f"sudo chown -h {_user_name(me)} {shlex.quote(str(path))}")
        if stat.S_ISLNK(found.st_mode):
            continue  # the permissions of a link mean nothing
        is_sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        if found.st_mode & stat.S_IWOTH and not is_sticky:
            yield Exposed(path, "everybody on this machine can write to it", f"chmod go-w {shlex.quote(str(path))}")
        if found.st_mode & stat.S_IWGRP and not is_sticky:
            try:
                group = _grp.getgrgid(found.st_gid)
                name, is_own = str(group.gr_name), {group.gr_name, *group.gr_mem} <= {_user_name(me), "root"}
            except KeyError:
                name, is_own = str(found.st_gid), False
            if not is_own:  # a user's own group has their name, and no other member
                fault = f"the group {name} can write to it"
                yield Exposed(path, fault, f"chmod g-w {shlex.quote(str(path))}")


def _user_name(uid: int) -> str:
    try:
        return str(_pwd.getpwuid(uid).pw_name)
    except KeyError:  # a container may run under a number without an account
        return str(uid)


# Patterns: a cache of large compiled patterns, in a file beside the bytecode (`lazy_re` explains why). A process reads
# it at the first such pattern, and adds at its end what it had to compile. The file is replaced atomically; of two
# processes that end at once, one is lost, and is added another time. Where nothing can be written, or Python is set to
# write no bytecode, there is no cache.

_PATTERNS: Final = Path(lazy_re.__file__).parent / "__pycache__" / f"lazy_re.{sys.implementation.cache_tag}.patterns"
_MOST: Final = 5000  # more than there are: after many changes of the word tables the cache starts anew


@cache
def read_patterns(path: Path = _PATTERNS) -> lazy_re.Kept:
    """Return the cached patterns; at the end of this process, add what it had to compile."""
    atexit.register(keep_patterns, path)
    return _load_patterns(path)


def _load_patterns(path: Path) -> lazy_re.Kept:
    with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
        found = marshal.loads(path.read_bytes())  # noqa: S302 - as Python reads the bytecode beside it
        return found if isinstance(found, dict) and len(found) < _MOST else {}
    return {}


def keep_patterns(path: Path = _PATTERNS) -> None:
    """Add what was compiled to the cache; a failure is ignored."""
    if not lazy_re.new or sys.dont_write_bytecode or not path.parent.is_dir():
        return
    own = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        own.write_bytes(marshal.dumps({**_load_patterns(path), **lazy_re.new}))
        own.replace(path)
    with contextlib.suppress(OSError):
        own.unlink(missing_ok=True)
    lazy_re.new.clear()
