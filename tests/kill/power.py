"""Power: what of a ledger would still be on the disk if the power failed when a body's first byte leaves.

Owns the reading of a log of strace (`COMMAND` writes one), and a disk that forgets: a write counts only once a sync of
its file has begun after it and ended well. For each body it gives the ledger as it would be found, from which SQLite
itself says whether the attempt is known.

Stricter than most disks, which keep some of what was never synced. Not modelled: that a directory forgets a new file
(SQLite syncs the directory itself), and torn sectors (WAL frames have checksums).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_WRITES = ("pwrite64", "write", "writev", "sendto", "sendmsg")
_SYNCS = ("fdatasync", "fsync")
_OTHER = ("ftruncate", "unlink", "unlinkat")
# every string in hex, and long enough for a page of the database and a frame's head
COMMAND = ("strace", "-f", "-qq", "-y", "-xx", "-s", "70000", "-e", f"trace={','.join(_WRITES + _SYNCS + _OTHER)}")

_LINE = re.compile(r"(?P<thread>\d+)\s+(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()(?P<rest>.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FILE = re.compile(r"\d+<([^>]*)>")
_OFFSET = re.compile(r", (\d+)\)?\s*(?:= -?\d+.*|<unfinished.*)?$")
_RESULT = re.compile(r"\)\s*= (-?\d+)")
_ID = re.compile(rb"\r\nMessage-ID: (<[^>]+>)")
_KNOWN = """
SELECT 1 FROM delivery JOIN event ON event.delivery_id = delivery.id
WHERE delivery.message_id = ? AND event.kind = 'attempted' AND delivery.state NOT IN ('pending', 'claimed')
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call as strace wrote it; `file` is a path, or socket:[…]."""

    name: str
    file: str
    data: bytes
    offset: int


@dataclass(slots=True)
class Disk:
    """The files of a ledger: what is safe, and what was only written."""

    safe: dict[str, bytearray] = field(default_factory=dict)
    written: dict[str, list[Call]] = field(default_factory=dict)
    syncing: dict[str, int] = field(default_factory=dict)

    def begin(self, thread: str, call: Call) -> None:
        """Take note that a call has begun: a sync covers what was written before this."""
        if call.name in _SYNCS:
            self.syncing[thread] = len(self.written.get(_base(call.file), ()))

    def end(self, thread: str, call: Call, result: int) -> None:
        """Take note of how a call ended."""
        name = _base(call.file)
        if result < 0 or not name.startswith("ledger.db") or name.endswith("-shm"):
            return
        if call.name in _SYNCS:
            covered = self.written.get(name, [])[: self.syncing[thread]]
            del self.written.setdefault(name, [])[: len(covered)]
            for each in covered:
                _put(self.safe.setdefault(name, bytearray()), each)
        elif call.name.startswith("unlink"):
            self.safe.pop(name, None)
            self.written.pop(name, None)
        elif call.name in _WRITES:
            self.written.setdefault(name, []).append(call)


@dataclass(frozen=True, slots=True)
class Moment:
    """The first bytes of a body leave: its Message-ID, and the files that a power cut would leave."""

    message_id: str
    files: Mapping[str, bytes]


def read_moments(log: Iterable[str]) -> Iterator[Moment]:
    """Read a log of strace, and give each moment at which a body's first bytes go to the relay."""
    disk, begun = Disk(), dict[str, Call]()
    for line in log:
        found = _LINE.match(line)
        if found is None:
            continue
        thread, rest = found["thread"], found["rest"]
        if found["call"]:
            begun[thread] = call = _read_call(found["call"], rest)
            if call.file.startswith(("socket:", "TCP")):
                yield from (Moment(each.decode("ascii"), _files(disk)) for each in _ID.findall(call.data))
            disk.begin(thread, call)
        result = _RESULT.search(rest)
        if result is not None and thread in begun:
            disk.end(thread, begun.pop(thread), int(result[1]))


def is_remembered(moment: Moment, folder: Path) -> bool:
    """Return whether SQLite, given the files that are left, knows that this mail was attempted."""
    for name, data in moment.files.items():
        (folder / name).write_bytes(data)
    database = sqlite3.connect(folder / "ledger.db")
    try:
        return database.execute(_KNOWN, (moment.message_id,)).fetchone() is not None
    except sqlite3.DatabaseError:  # not even its tables are left
        return False
    finally:
        database.close()


def _files(disk: Disk) -> dict[str, bytes]:
    return {name: bytes(data) for name, data in disk.safe.items()}


def _read_call(name: str, rest: str) -> Call:
    texts = list(_TEXT.finditer(rest))
    file = _FILE.match(rest)
    path = _decoded(file[1]).decode() if file else _decoded(texts[0][1]).decode() if texts else ""
    data = b"".join(_decoded(each[1]) for each in texts)
    if name == "pwrite64" and texts and texts[0][2]:
        raise ValueError("strace cut what was written: it needs a longer -s")
    offset = _OFFSET.search(rest) if name == "pwrite64" else None
    return Call(name, path, data, int(offset[1]) if offset else 0)


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _put(target: bytearray, call: Call) -> None:
    if len(target) < call.offset:
        target.extend(bytes(call.offset - len(target)))
    target[call.offset : call.offset + len(call.data)] = call.data
