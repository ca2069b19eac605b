"""Presence: who has what open at the desk, and items kept between two requests.

Both are in memory, and gone when the desk is closed: nothing depends on them. A user who is shown as present may have
left, since a closed page sends nothing, so the time of their last request is kept, too. A file is protected by the
digest that its editor sends, never by this.
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from mailer.desk.access import User
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field, replace

_T = TypeVar("_T")
_AWAY_AFTER: Final = timedelta(minutes=30)
_MOST_NAMES: Final = 500


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user who has something open: since when, and the time of their last request."""

    name: str
    since: datetime
    seen: datetime


@dataclass(slots=True)
class Presence:
    """Who has what open, and who saved what."""

    _viewers: dict[str, dict[bytes, Viewer]] = field(default_factory=dict)
    _savers: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def touch(self, what: str, user: User, now: datetime) -> bool:
        """Record that a user has something open; return whether that is new."""
        with self._lock:
            viewers = self._viewers.setdefault(what, {})
            for session in [each for each, viewer in viewers.items() if now - viewer.seen > _AWAY_AFTER]:
                del viewers[session]
            known = viewers.get(user.session)
            viewers[user.session] = replace(known, seen=now) if known else Viewer(user.name or user.actor, now, now)
            return known is None

    def others(self, what: str, user: User, now: datetime) -> list[Viewer]:
        """Return who else has something open."""
        with self._lock:
            viewers = dict(self._viewers.get(what, {}))
        return [each for session, each in viewers.items() if session != user.session and now - each.seen <= _AWAY_AFTER]

    def saved(self, digest: str, user: User) -> None:
        """Record who wrote the file with this digest."""
        with self._lock:
            self._savers.pop(digest, None)
            self._savers[digest] = user.name or user.actor
            for old in list(self._savers)[:-_MOST_NAMES]:
                del self._savers[old]

    def saver(self, digest: str) -> str:
        """Return who wrote a file at this desk; empty if it was not written here."""
        with self._lock:
            return self._savers.get(digest, "")


@dataclass(slots=True)
class Shelf(Generic[_T]):
    """A few items, each kept for its session for a short time between requests."""

    most: int  # for a session; eight times as many for all
    minutes: float
    _items: dict[tuple[bytes, str], tuple[float, _T]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, user: User, item: _T) -> str:
        """Keep an item; return its key for this session."""
        key, now = secrets.token_urlsafe(12), time.monotonic()
        with self._lock:
            self._items[user.session, key] = (now, item)
            own = [each for each in self._items if each[0] == user.session]
            expired = {*own[: -self.most], *list(self._items)[: -8 * self.most]}
            expired |= {each for each, (at, _) in self._items.items() if now - at > self.minutes * 60}
            for each in expired:
                del self._items[each]
        return key

    def get(self, user: User, key: str) -> _T | None:
        """Return an item of a session, None if it is gone."""
        with self._lock:
            at, item = self._items.get((user.session, key), (0.0, None))
        return item if item is not None and time.monotonic() - at <= self.minutes * 60 else None

    def find(self, user: User, key: str) -> _T:
        """Return an item of a session.

        Raises:
            InputProblem: it is gone.
        """
        item = self.get(user, key)
        if item is None:
            raise InputProblem("This file is no longer kept here", hint="Choose it again. Nothing was changed.")
        return item

    def clear(self) -> None:
        """Forget all items of all sessions."""
        with self._lock:
            self._items.clear()

    def drop(self, user: User, key: str) -> None:
        """Forget an item."""
        with self._lock:
            self._items.pop((user.session, key), None)
