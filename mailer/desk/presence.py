"""Presence: who has what open at the desk, and things kept between two requests.

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
_AWAY: Final = timedelta(minutes=30)
_MOST_NAMES: Final = 500


@dataclass(frozen=True, slots=True)
class Here:
    """A user who has something open: since when, and the time of their last request."""

    name: str
    since: datetime
    seen: datetime


@dataclass(slots=True)
class Presence:
    """Who has what open, and who saved what."""

    _here: dict[str, dict[bytes, Here]] = field(default_factory=dict)
    _savers: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def touch(self, what: str, user: User, now: datetime) -> bool:
        """Record that a user has something open; return whether that is new."""
        with self._lock:
            people = self._here.setdefault(what, {})
            for session in [each for each, here in people.items() if now - here.seen > _AWAY]:
                del people[session]
            known = people.get(user.session)
            people[user.session] = replace(known, seen=now) if known else Here(user.name or user.actor, now, now)
            return known is None

    def others(self, what: str, user: User, now: datetime) -> list[Here]:
        """Return who else has something open."""
        with self._lock:
            people = dict(self._here.get(what, {}))
        return [each for session, each in people.items() if session != user.session and now - each.seen <= _AWAY]

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
    """Keeps a few things for a short time between requests, each for its session."""

    most: int  # for a session; eight times as many for all
    minutes: float
    _things: dict[tuple[bytes, str], tuple[float, _T]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, user: User, thing: _T) -> str:
        """Keep a thing; return its key for this session."""
        key, now = secrets.token_urlsafe(12), time.monotonic()
        with self._lock:
            self._things[user.session, key] = (now, thing)
            own = [each for each in self._things if each[0] == user.session]
            gone = {*own[: -self.most], *list(self._things)[: -8 * self.most]}
            gone |= {each for each, (at, _) in self._things.items() if now - at > self.minutes * 60}
            for each in gone:
                del self._things[each]
        return key

    def get(self, user: User, key: str) -> _T | None:
        """Return a thing of a session, None if it is gone."""
        with self._lock:
            at, thing = self._things.get((user.session, key), (0.0, None))
        return thing if thing is not None and time.monotonic() - at <= self.minutes * 60 else None

    def find(self, user: User, key: str) -> _T:
        """Return a thing of a session.

        Raises:
            InputProblem: it is gone.
        """
        thing = self.get(user, key)
        if thing is None:
            raise InputProblem("This file is no longer kept here", hint="Choose it again. Nothing was changed.")
        return thing

    def clear(self) -> None:
        """Forget all things of all sessions."""
        with self._lock:
            self._things.clear()

    def drop(self, user: User, key: str) -> None:
        """Forget a thing."""
        with self._lock:
            self._things.pop((user.session, key), None)
