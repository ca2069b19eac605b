"""Uploads: a file between the page that shows what it would do and the click that does it.

Kept in memory, by a random name that is good for the session that sent it alone. A few, for half an hour: who comes
later drops the file again.
"""

from __future__ import annotations

import secrets
import threading
import time
from typing import Final

from mailer.desk.routing import DeskRequest, File
from mailer.errors import InputProblem

_MOST: Final = 8
_KEPT_S: Final = 1800.0


class Uploads:
    """The files that were sent and wait for a word."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[str, tuple[bytes, float, File]] = {}
        self._lock = threading.Lock()

    def keep(self, asked: DeskRequest, file: File) -> str:
        """Keep a file; return the name by which the same session finds it."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._drop_old()
            while len(self._kept) >= _MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = asked.user.session, time.monotonic(), file
        return name

    def find(self, asked: DeskRequest, name: str) -> File:
        """Return a file that this session sent.

        Raises:
            InputProblem: it is not kept any more.
        """
        with self._lock:
            self._drop_old()
            session, _, file = self._kept.get(name, (b"", 0.0, None))
        if file is None or session != asked.user.session:
            raise InputProblem("The file is not kept here any more", hint="Choose it once more; nothing was changed.")
        return file

    def drop(self, name: str) -> None:
        """Forget a file that was used."""
        with self._lock:
            self._kept.pop(name, None)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()

    def _drop_old(self) -> None:
        now = time.monotonic()
        for name, (_, since, _) in list(self._kept.items()):
            if now - since > _KEPT_S:
                del self._kept[name]
