"""Place: where an SQLite ledger may be kept.

Owns the knowledge about filesystems and synced folders. SQLite's WAL needs memory shared by all processes, and reliable
locks and fsync; a network filesystem, or one shared into a virtual machine, guarantees neither, and fails silently
(https://sqlite.org/wal.html: "WAL does not work over a network filesystem"; on virtiofs and 9p shares databases were
damaged within minutes). A program that syncs a folder may copy the file in the middle of a write, or restore an older
one.

The resolved path is judged, since `.mailer` may be a link out of a synced folder. Containers' own filesystems (overlay,
tmpfs, volumes) are local. 9p and virtiofs are accepted if the whole system is on them (a sandbox or a small virtual
machine, which has no better place), and so is 9p as gVisor mounts it (`rfdno=`: a single kernel serves it).

Gaps: iCloud's "Desktop & Documents" cannot be recognised, nor can a renamed synced folder without its program's marker.
If the list of mounts cannot be read, everything is accepted.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mailer import lazy_re as re
from mailer.errors import LedgerProblem
from mailer.frozen import dataclass

_MOUNTS = Path("/proc/self/mountinfo")
# Kinds as the kernel or, after `fuse.`, the program calls them. The last two rows: a folder of the host, shared into a
# virtual machine or a container on one.
_NETWORK = re.compile(
    r"""(?x)(?:fuse\.)?(?:
    nfs | nfs4 | cifs | smb3 | smbfs | smbnetfs | afpfs | afs | coda | ncpfs | webdav | davfs | davfs2 |
    ceph | ceph-fuse | glusterfs | lustre | gpfs | beegfs | orangefs | pvfs2 | juicefs | seadrive |
    sshfs | rclone | s3fs | gcsfuse | gvfsd-fuse | google-drive-ocamlfuse | onedriver |
    9p | virtiofs | drvfs | vboxsf | prl_fs | prl_fsd | vmhgfs | vmhgfs-fuse |
    grpcfuse | osxfs | fakeowner
    )"""
)
_OF_SANDBOXES = frozenset({"9p", "virtiofs"})
_URL = re.compile(r"(?i)^https?://")  # davfs2 and similar ones have the kind `fuse`, and their server as the source

# The names of synced folders. Case counts: “dropbox” in lower case is someone's source code.
_SYNCED = re.compile(
    r"(?:Dropbox|OneDrive|iCloud ?Drive|iCloudDrive|Google ?Drive|My Drive|Nextcloud|ownCloud|pCloud ?Drive|MEGAsync|"
    r"SynologyDrive|Proton Drive|Box Sync|Seafile)(?: - .+| \(.+\)|-.+)?"
)
_APPLE = (("Library", "Mobile Documents"), ("Library", "CloudStorage"))  # iCloud; every other provider on macOS
_MARKS = (
    (".stfolder", "Syncthing"),
    (".dropbox.cache", "Dropbox"),
    (".owncloudsync.log", "ownCloud"),
    (".nextcloudsync.log", "Nextcloud"),
)


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of the list of mounts: the mount point, the kind, the source, and its own options."""

    point: str
    kind: str
    source: str = ""
    options: str = ""


def place_problem(url: str, root: Path) -> LedgerProblem | None:
    """Return why the ledger of a workspace must not be where `[ledger] url` puts it; None if it may, or is no file."""
    path = ledger_file(url, root)
    if path is None:
        return None
    fault = judge_path(str(path), read_mounts()) or judge_markers(path)
    local = Path("~").expanduser() / ".local" / "share" / "mailer" / root.name
    hint = f"""\
There it can be damaged, or replaced by an older one, and recipients would get messages twice. Keep it on a disk of
this machine, in mailer.toml:
  [ledger]
  url = "sqlite:///{local}/ledger.db"
or on a server: url = "postgresql://…". The rest of the folder may stay where it is. A ledger that is there already
moves along, while nothing runs:
  mkdir -p {shlex.quote(str(local))} && mv .mailer/ledger.db* {shlex.quote(str(local))}/"""
    return LedgerProblem(f"the ledger must not be in {path.parent}: {fault}", hint=hint) if fault else None


def ledger_file(url: str, root: Path) -> Path | None:
    """Return the file of an SQLite ledger, links resolved; None for a ledger that is no file."""
    with contextlib.suppress(ArgumentError):
        target = make_url(url)
        if target.get_backend_name() == "sqlite" and target.database and target.database != ":memory:":
            return (root / target.database).resolve()
    return None


def judge_path(path: str, mounts: Iterable[Mount]) -> str:
    """Return why a file must not be at this path, by its mount and the names of its folders; empty if it may."""
    if path.startswith("\\\\"):
        return "that is a network share"
    mount = mount_of(path, mounts)
    # 9p and virtiofs can carry the whole system, and then there is nothing else
    is_all = mount and mount.kind in _OF_SANDBOXES and (mount.point == "/" or "rfdno=" in mount.options)
    is_dav = mount and mount.kind.startswith("fuse") and _URL.match(mount.source)
    if mount and not is_all and (is_dav or _NETWORK.fullmatch(mount.kind)):
        return f"that is a network or shared filesystem ({mount.kind} at {mount.point})"
    parts = PurePath(path).parts[:-1]
    for name in parts:
        if _SYNCED.fullmatch(name):
            return f'that is a folder that another program syncs ("{name}")'
    if any(pair in _APPLE for pair in itertools.pairwise(parts)):
        return "that is a folder that another program syncs (iCloud or another provider)"
    return ""


def judge_markers(path: Path) -> str:
    """Return which program syncs a folder above a file, by the files that it leaves there; empty if none does."""
    for folder in path.parents:
        for name, program in _MARKS:
            if (folder / name).exists():
                return f"{program} syncs {folder}"
        if (folder / ".dropbox").is_file():  # in a home folder it is a folder, and means nothing
            return f"Dropbox syncs {folder}"
    return ""


def mount_of(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """Return the mount of a path: the longest mount point that it begins with; of two with the same, the later."""
    above = [mount for mount in mounts if f"{path}/".startswith(f"{mount.point.rstrip('/')}/")]
    return max(reversed(above), key=lambda mount: len(mount.point), default=None)


@functools.cache
def read_mounts(*, platform: str = sys.platform) -> tuple[Mount, ...]:
    """Read what is mounted on this machine, once a process; nothing where that cannot be known."""
    try:
        if platform == "darwin":
            done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=True, timeout=10)
            return tuple(parse_mount_output(done.stdout))
        return tuple(parse_mountinfo(_MOUNTS.read_text("utf-8", "surrogateescape")))
    except (OSError, subprocess.SubprocessError):
        return ()


def parse_mountinfo(text: str) -> Iterator[Mount]:
    r"""Read Linux' /proc/self/mountinfo (proc_pid_mountinfo(5)): blanks within a field are \040."""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, own = before.split(" "), after.split(" ")
        if len(fields) >= 6 and len(own) >= 2:
            kind, source, *options = own
            point, source = (re.sub(r"\\([0-7]{3})", lambda o: chr(int(o[1], 8)), each) for each in (fields[4], source))
            yield Mount(point, kind, source, " ".join(options))


def parse_mount_output(text: str) -> Iterator[Mount]:
    """Read what `mount` prints on macOS: `SOURCE on POINT (KIND, option, …)`."""
    for found in re.finditer(r"(?m)^(.+?) on (/.*) \(([\w.]+)(?:, ([^()\n]*))?\)$", text):
        yield Mount(found[2], found[3], found[1], found[4] or "")
