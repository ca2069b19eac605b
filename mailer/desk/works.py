"""Works: what takes longer than a page may, done once, in a thread beside the pages that wait for it.

A plan for a hundred thousand recipients is made in a minute, and looked at for several. A work is known by a key that
has all it depends on (who asks, what for, the files as they are), so that a page that is loaded again finds it, and so
does the form that confirms what was looked at. What was quick is made anew for each look; the rest is kept for half an
hour, and only so many. A desk that ends forgets what came of them; what a form wrote is in its file or the ledger.
"""

from __future__ import annotations

import contextvars
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

_T = TypeVar("_T")
_MOST: Final = 24
_KEPT_S: Final = 1800.0
_QUICK_S: Final = 3.0
_JUST_NOW_S: Final = 2.0  # what a page shows and the frames in it are the same work
_GIVE_WAY_S: Final = 0.02  # each time: where pages never end, a work still gets on
_pages, _changed = set[int](), threading.Condition()  # the threads in which pages are being made


@contextmanager
def making_page() -> Iterator[None]:
    """Mark this thread as one that makes a page."""
    here = threading.get_ident()
    _pages.add(here)
    try:
        yield
    finally:
        with _changed:
            _pages.discard(here)
            _changed.notify_all()


def let_pages_go_first(*, most_s: float = _GIVE_WAY_S) -> None:
    """Wait a little while pages are made: one interpreter does both, and nobody waits for a work as for a page."""
    with _changed:
        _changed.wait_for(lambda: not _pages, most_s)


class Work(Generic[_T]):
    """One thing to be done, and what came of it."""

    def __init__(self, make: Callable[[Work[_T]], _T], group: Hashable = None) -> None:
        """Begin it."""
        self.group = group
        self.progress = 0  # how far it is, as whoever does it counts
        self.what = self.title = ""  # of the page that waits: what is going on
        self.began = time.monotonic()
        self.took_s = 0.0
        self.sent = ""  # the mailing that was confirmed by it
        self.is_stale = False
        self.was_seen = False  # somebody has had what came of it
        self.meanwhile: _T | None = None  # what can be shown until it is done
        self.value: _T | None = None
        self.error: Exception | None = None
        self._done = threading.Event()
        self._lock = threading.RLock()
        self._is_dropped = False
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._run, make), name="desk-work", daemon=True)
        self.thread.start()

    def _run(self, make: Callable[[Work[_T]], _T]) -> None:
        try:
            self.value = make(self)
        except Exception as error:  # noqa: BLE001 - raised where somebody asks for the result
            self.error = error
        self.took_s = time.monotonic() - self.began
        with self._lock:
            self._done.set()
            self._close()

    def is_done(self, *, wait_s: float | None = 0.0) -> bool:
        """Return whether it is done, after waiting for it a little (None: until it is)."""
        return self._done.wait(wait_s)

    def tell(self, progress: int) -> None:
        """Hear how far it is; raises where nobody waits for it any more."""
        self.progress = progress
        if progress:  # the first time somebody may wait for it
            let_pages_go_first()
        if self._is_dropped:
            raise InterruptedError("nobody waits for this any more")

    @property
    def waited_s(self) -> int:
        """Return for how many seconds it has been going on."""
        return round(self.took_s or time.monotonic() - self.began)

    @contextmanager
    def using(self) -> Iterator[_T]:
        """Wait for what came of it, and have it for oneself. Raises what went wrong."""
        self._done.wait()
        with self._lock:
            self.was_seen = True
            if self.error is not None:
                raise self.error
            assert self.value is not None  # noqa: S101 - it is done
            try:
                yield self.value
            finally:
                self._close()

    def drop(self) -> None:
        """Let go of it; whoever has it in use goes on first."""
        self._is_dropped = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def _close(self) -> None:
        if self._is_dropped and self._done.is_set():
            getattr(self.value, "close", lambda: None)()


class Works:
    """All works of a desk."""

    def __init__(self) -> None:
        """Begin with none; a page that is made beside one has its turn after half a millisecond, not after five."""
        sys.setswitchinterval(0.0005)
        self._works: dict[Hashable, Work[Any]] = {}
        self._lock = threading.Lock()

    def get(
        self,
        key: Hashable,
        make: Callable[[Work[_T]], _T],
        *,
        anew: bool = False,
        once: bool = False,
        group: Hashable = None,
    ) -> Work[_T]:
        """Return the work of a key, begun where there is none; `anew` does what was quick, failed or is over again.

        With `once` all is over that was not done just now. What goes on in the same group is dropped: somebody has
        typed on.
        """
        now, old = time.monotonic(), list[Work[Any]]()
        with self._lock:
            work = self._works.get(key)
            if work is not None and work.is_done():
                is_long_ago = now - work.began - work.took_s > _JUST_NOW_S
                is_over = work.sent or work.is_stale or work.error or (is_long_ago and work.took_s < _QUICK_S)
                if (anew and work.was_seen and is_over) or (once and is_long_ago):
                    old.append(self._works.pop(key))
                    work = None
            if work is None:
                if group is not None:
                    same = (each for each, held in self._works.items() if held.group == group and not held.is_done())
                    old += [self._works.pop(each) for each in [*same]]
                work = self._works[key] = Work(make, group)
            late = [each for each, held in self._works.items() if now - held.began > _KEPT_S]
            old += [self._works.pop(each) for each in {*late, *list(self._works)[:-_MOST]}]
        for each in old:
            each.drop()
        return work

    def find(self, key: Hashable) -> Work[Any] | None:
        """Return the work of a key, None where there is none."""
        return self._works.get(key)

    def clear(self, key: Hashable = None) -> None:
        """Let go of all but what calls this: somebody was erased, and is in none of it any more; or of one alone."""
        here = threading.current_thread()
        with self._lock:
            gone = [each for each, held in self._works.items() if key in {None, each} and held.thread is not here]
            old = [self._works.pop(each) for each in gone]
        for each in old:
            each.drop()


def print_of(root: Path, files: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return by what one sees that a mailing would be made of other files: these, releases, templates and settings."""
    folders = (path for name in ("releases", "templates") for path in (root / name).rglob("*"))
    found = []
    for path in sorted({root / "mailer.toml", root / "lists" / ".columns.toml", *folders, *files}):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)
