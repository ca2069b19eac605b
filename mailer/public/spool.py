"""Spool: opt-outs on a host without a ledger, each a line in an append-only file.

Owns the files (one for each process and day, 0600, synced before a request is answered), what they contain for the last
hour, and the desk that writes them. It has only the opt-out keys: no addresses, no ledger.
It reads back no more than necessary and never deletes. Raises `OSError` if a line cannot be stored.

After a write that failed half-way, a new file is begun, so that a torn line is always the last line of a file, which
the import skips: it was never answered.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from mailer.platform import sync_folder
from mailer.public.desks import Recorder
from mailer.runs.people.link_page import House, OfferShown, Shown
from mailer.runs.suppressions.opt_out import PATTERN, UNDO_FOR, Act, Spooled, Wish, line_of, parse_line
from mailer.tokens import OptOutKeys, Purpose, parse_token

_ROOM: Final = 1 << 20  # bytes free, below which a disk counts as full
_SAME: Final = timedelta(seconds=10)  # the same act within this time is a second click, which needs no line
_MOST_REMEMBERED: Final = 100_000
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class SpoolFile:
    """The file that this process appends to, a new one each day."""

    folder: Path
    _handle: int = -1
    _day: str = ""

    def append(self, lines: Sequence[bytes], day: str) -> None:
        """Append lines and sync them to disk.

        Raises:
            OSError: not all of them were written.
        """
        if self._handle < 0 or day != self._day:
            self.close()
            path = self.folder / PATTERN.replace("*", f"{day}-{secrets.token_hex(4)}")
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            self._day = day
            sync_folder(self.folder)
        data = b"".join(lines)
        written = os.write(self._handle, data)  # if this fails, nothing is written, and the file stays in use
        whole = False
        try:
            os.fsync(self._handle)
            whole = written == len(data)
        finally:
            if not whole:
                self.close()
        if not whole:
            raise OSError(errno.ENOSPC, "there was room for only a part", str(self.folder))

    def close(self) -> None:
        """Close the file; the next line begins another."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


@dataclass(slots=True)
class _History:
    """The times of the newest opt-out of each scope, and of the newest undo, by one link."""

    opted_out: dict[bool, datetime] = field(default_factory=dict)
    undone: datetime = _LONG_AGO

    def note(self, act: Act) -> None:
        """Record an act; the order does not matter."""
        if act.wish is Wish.UNDO:
            self.undone = max(self.undone, act.at)
        else:
            self.opted_out[act.everywhere] = max(self.opted_out.get(act.everywhere, _LONG_AGO), act.at)

    def standing(self, since: datetime) -> dict[bool, datetime]:
        """Return the opt-outs since a time that were not undone."""
        return {reach: at for reach, at in self.opted_out.items() if at > since and at > self.undone}


@dataclass(slots=True)
class LastHour:
    """The acts of the last hour by each link, from all processes; reads only what is new."""

    folder: Path
    keys: OptOutKeys = field(repr=False)
    _read_to: dict[str, int] = field(default_factory=dict, repr=False)
    _history: dict[bytes, _History] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def refresh(self, now: datetime) -> None:
        """Read the new lines in all files.

        Raises:
            OSError: one cannot be read.
        """
        with self._lock:
            for path in self.folder.glob(PATTERN):
                found = path.stat()
                read_to = self._read_to.get(path.name, 0)
                if found.st_size > read_to and found.st_mtime > (now - UNDO_FOR).timestamp():
                    self._read_on(path, read_to)

    def note(self, act: Act) -> None:
        """Record an act that is on disk."""
        with self._lock:
            self._history.setdefault(act.delivery, _History()).note(act)
            if (
                len(self._history) > _MOST_REMEMBERED
            ):  # the oldest can no longer be undone here; their lines are on disk
                self._history.pop(next(iter(self._history)))

    def out(self, delivery: bytes, now: datetime) -> str:
        """Return the scope of the opt-out that an undo would lift now: `everywhere`, `list`, or empty."""
        standing = self._standing(delivery, now)
        return ("everywhere" if True in standing else "list") if standing else ""

    def was_undone(self, delivery: bytes, now: datetime) -> bool:
        """Return whether the opt-outs of the last hour were undone."""
        with self._lock:
            history = self._history.get(delivery)
            return history is not None and history.undone > now - UNDO_FOR and not history.standing(now - UNDO_FOR)

    def has_just(self, act: Act) -> bool:
        """Return whether the same act came seconds ago."""
        at = self._standing(act.delivery, act.at).get(act.everywhere)
        return at is not None and abs(act.at - at) < _SAME

    def _standing(self, delivery: bytes, now: datetime) -> dict[bool, datetime]:
        with self._lock:
            history = self._history.get(delivery)
            return history.standing(now - UNDO_FOR) if history else {}

    def _read_on(self, path: Path, start: int) -> None:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_to[path.name] = start + len(whole)
        for line in whole.splitlines():
            try:
                spooled = parse_line(line)
            except ValueError:
                continue
            delivery = parse_token(self.keys, Purpose.OPT_OUT, spooled.token)
            if delivery is not None:
                self.note(replace(spooled.act, delivery=delivery))


@dataclass(slots=True)
class SpoolDesk:
    """A desk on a host without a ledger."""

    folder: Path
    keys: OptOutKeys = field(repr=False)
    house: House
    now: Callable[[], datetime]
    _recorder: Recorder = field(init=False, repr=False)
    _file: SpoolFile = field(init=False, repr=False)
    _last_hour: LastHour = field(init=False, repr=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the recorder, the file and the last hour."""
        self._recorder = Recorder(self._commit)
        self._file = SpoolFile(self.folder)
        self._last_hour = LastHour(self.folder, self.keys)

    async def open(self) -> None:
        """Begin."""
        self._recorder.start()

    async def close(self) -> None:
        """Write the pending requests, and stop."""
        await self._recorder.stop()
        self._file.close()

    async def look(self, delivery: bytes) -> Shown:
        """Return the contents of the page: all that is known here is whether the link was just used."""
        now = self.now()
        async with self._reading:
            await asyncio.to_thread(self._last_hour.refresh, now)
        return Shown(self.house, out=self._last_hour.out(delivery, now))

    async def take(self, order: Spooled) -> bool:
        """Append an act, together with those that came at the same time."""
        return await self._recorder.put(order)

    async def look_offer(self, delivery: bytes) -> OfferShown | None:  # noqa: ARG002 - the protocol's
        """Return None: offers are in the ledger, and their tokens cannot be read here."""
        return None

    async def answer_offer(self, delivery: bytes, verdict: str) -> None:
        """Do nothing: no answer can come."""

    async def is_well(self) -> bool:
        """Return whether the folder can be written to, and has room."""
        return os.access(self.folder, os.W_OK | os.X_OK) and shutil.disk_usage(self.folder).free > _ROOM

    def _commit(self, orders: Sequence[Spooled]) -> list[bool]:
        if any(each.act.wish is Wish.UNDO for each in orders):
            self._last_hour.refresh(self.now())
        # a second click and an undo of nothing need no line
        hour = self._last_hour
        kept = [
            each
            for each in orders
            if (hour.out(each.act.delivery, each.act.at) if each.act.wish is Wish.UNDO else not hour.has_just(each.act))
        ]
        if kept:
            self._file.append([line_of(each) for each in kept], f"{self.now():%Y-%m-%d}")
        for each in kept:
            self._last_hour.note(each.act)
        return [self._last_hour.was_undone(each.act.delivery, each.act.at) for each in orders]
