"""Jobs: work that takes too long for a page, done once, in a thread, while pages wait for it.

Making a plan for a hundred thousand recipients takes a minute, and reviewing it several. The key of a job has
everything it depends on (the user, the request, the state of the files), so that a reloaded page finds it, and so does
the form that confirms a review. Quick jobs are done again each time; the others are kept for half an hour, up to a
limit.
When the desk ends, results are forgotten; what a form wrote is in its file or the ledger.
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
_JUST_NOW_S: Final = 2.0  # a page and the frames in it share a job
_GIVE_WAY_S: Final = 0.02  # each time, so that a job proceeds even if there are always pages
_pages, _changed = set[int](), threading.Condition()  # the threads in which pages are being made


@contextmanager
def making_page() -> Iterator[None]:
    """Mark this thread as one that makes a page."""
    this = threading.get_ident()
    _pages.add(this)
    try:
        yield
    finally:
        with _changed:
            _pages.discard(this)
            _changed.notify_all()


def let_pages_go_first(*, most_s: float = _GIVE_WAY_S) -> None:
    """Wait a little while pages are made: they share the interpreter, and a page is more urgent than a job."""
    with _changed:
        _changed.wait_for(lambda: not _pages, most_s)


class Job(Generic[_T]):
    """A job in a thread, and its result."""

    def __init__(self, make: Callable[[Job[_T]], _T], group: Hashable = None) -> None:
        """Start the job."""
        self.group = group
        self.progress = 0  # as counted by the job itself
        self.what = self.title = ""  # for the waiting page
        self.began = time.monotonic()
        self.took_s = 0.0
        self.sent = ""  # the mailing that was confirmed
        self.is_stale = False
        self.was_used = False  # the result was used
        self.meanwhile: _T | None = None  # to be shown until it is done
        self.value: _T | None = None
        self.error: Exception | None = None
        self._done = threading.Event()
        self._lock = threading.RLock()
        self._is_dropped = False
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._run, make), name="desk-job", daemon=True)
        self.thread.start()

    def _run(self, make: Callable[[Job[_T]], _T]) -> None:
        try:
            self.value = make(self)
        except Exception as error:  # noqa: BLE001 - raised where the result is used
            self.error = error
        self.took_s = time.monotonic() - self.began
        with self._lock:
            self._done.set()
            self._close()

    def is_done(self, *, wait_s: float | None = 0.0) -> bool:
        """Return whether it is done, after waiting so many seconds at most (None: until it is done)."""
        return self._done.wait(wait_s)

    def report(self, progress: int) -> None:
        """Record the progress; raises InterruptedError if the result is no longer wanted."""
        self.progress = progress
        if progress:  # a page may wait for the first report
            let_pages_go_first()
        if self._is_dropped:
            raise InterruptedError("nobody is waiting for this any longer")

    @property
    def waited_s(self) -> int:
        """Return for how many seconds it has been running."""
        return round(self.took_s or time.monotonic() - self.began)

    @contextmanager
    def using(self) -> Iterator[_T]:
        """Wait for the result and use it exclusively. Raises the error of the job."""
        self._done.wait()
        with self._lock:
            self.was_used = True
            if self.error is not None:
                raise self.error
            assert self.value is not None  # noqa: S101 - it is done
            try:
                yield self.value
            finally:
                self._close()

    def drop(self) -> None:
        """Discard the result, after its current use."""
        self._is_dropped = True
        if self._lock.acquire(blocking=False):
            try:
                self._close()
            finally:
                self._lock.release()

    def _close(self) -> None:
        if self._is_dropped and self._done.is_set():
            getattr(self.value, "close", lambda: None)()


class Jobs:
    """All jobs of a desk."""

    def __init__(self) -> None:
        """Start without jobs; threads switch after half a millisecond, not five, so that pages get their turn."""
        sys.setswitchinterval(0.0005)
        self._jobs: dict[Hashable, Job[Any]] = {}
        self._lock = threading.Lock()

    def get(
        self,
        key: Hashable,
        make: Callable[[Job[_T]], _T],
        *,
        anew: bool = False,
        once: bool = False,
        group: Hashable = None,
    ) -> Job[_T]:
        """Return the job of a key, started if there is none; `anew` repeats one that was quick, failed or is over.

        With `once`, a job is over unless it was done just now. Unfinished jobs of the same group are dropped: the
        user has typed on.
        """
        now, old = time.monotonic(), list[Job[Any]]()
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and job.is_done():
                is_long_ago = now - job.began - job.took_s > _JUST_NOW_S
                is_over = job.sent or job.is_stale or job.error or (is_long_ago and job.took_s < _QUICK_S)
                if (anew and job.was_used and is_over) or (once and is_long_ago):
                    old.append(self._jobs.pop(key))
                    job = None
            if job is None:
                if group is not None:
                    same = (each for each, other in self._jobs.items() if other.group == group and not other.is_done())
                    old += [self._jobs.pop(each) for each in [*same]]
                job = self._jobs[key] = Job(make, group)
            late = [each for each, other in self._jobs.items() if now - other.began > _KEPT_S]
            old += [self._jobs.pop(each) for each in {*late, *list(self._jobs)[:-_MOST]}]
        for each in old:
            each.drop()
        return job

    def find(self, key: Hashable) -> Job[Any] | None:
        """Return the job of a key, or None."""
        return self._jobs.get(key)

    def clear(self, key: Hashable = None) -> None:
        """Drop one job, or all except the caller's, because a person was erased from them."""
        current = threading.current_thread()
        with self._lock:
            gone = [each for each, other in self._jobs.items() if key in {None, each} and other.thread is not current]
            old = [self._jobs.pop(each) for each in gone]
        for each in old:
            each.drop()


def fingerprint(root: Path, files: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Return a fingerprint of the files that a mailing is made of: these, releases, templates and settings."""
    folders = (path for name in ("releases", "templates") for path in (root / name).rglob("*"))
    found = []
    for path in sorted({root / "mailer.toml", root / "lists" / ".columns.toml", *folders, *files}):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)
