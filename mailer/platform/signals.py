"""Signals: Ctrl-C and SIGTERM, handled at once by whatever runs, and by several processes of one job.

Theory of operation. asyncio's own `add_signal_handler` exists only on POSIX, so handlers are set with `signal.signal`,
as anywhere in Python, and hand their work to the loop (`call_soon_threadsafe`, which also wakes it). Such handlers
outlive the loop, so all are set within `kept`, which restores the old ones.

    SIGINT    Ctrl-C                  SIGHUP     the terminal was closed (POSIX)
    SIGTERM   kill, systemd, Docker   SIGBREAK   Ctrl-Break, or the window was closed (Windows)
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

from mailer.errors import ConfigProblem

ENDING: Final = (signal.SIGINT, signal.SIGTERM)
STOPPING: Final = (*ENDING, *(getattr(signal, name) for name in ("SIGHUP", "SIGBREAK") if hasattr(signal, name)))


@contextmanager
def kept() -> Iterator[None]:
    """Restore the signal handlers when the block ends."""
    before = {number: signal.getsignal(number) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def on_end(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` at each Ctrl-C or SIGTERM while the block runs, wherever the program is at that time."""
    with kept():
        for number in ENDING:
            signal.signal(number, lambda _number, _frame: act())
        yield


def stop_first(stop: Callable[[], None]) -> None:
    """Let the running loop call `stop` at a signal; a second one cancels the current task. To be set within `kept`.

    A third has its default effect, for a task that does not end.
    """
    import asyncio  # noqa: PLC0415 - most commands never wait for anything

    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def first(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, second)
        loop.call_soon_threadsafe(stop)

    def second(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        if task is not None:
            loop.call_soon_threadsafe(task.cancel)

    for number in STOPPING:
        signal.signal(number, first)


# Processes: several of one job, forked, each replaced when it dies. They share what was open, here a socket, and
# nothing else is passed between them. Signals are blocked (`pthread_sigmask`) while one is forked: until the parent has
# recorded the child, or the child has its own handlers. Windows cannot fork, which is an error.

_AGAIN_S: Final = 1.0
_AT_ONCE_S: Final = 10.0


def serve_in_processes(serve: Callable[[], int], count: int, *, announce: Callable[[], None] = lambda: None) -> int:
    """Run `serve` in so many forked processes, and replace those that die, until SIGTERM or Ctrl-C.

    `announce` is called once signals are handled: whoever learns that it runs may stop it. `serve` reports its own
    errors, and returns an exit code; one that fails at once ends all. Return the worst code. Raises ConfigProblem if
    this system cannot fork.
    """
    if sys.platform == "win32":
        raise ConfigProblem("several processes cannot share the work on Windows", hint="[serve] processes = 1")
    else:  # noqa: RET506 - shows a type checker that Windows never comes here
        family = _Family(serve)
        with on_end(family.stop):
            announce()
            for _ in range(count):
                family.fork()
            return family.tend()


if sys.platform != "win32":

    class _Family:
        """The processes, with the time when each was started."""

        def __init__(self, serve: Callable[[], int]) -> None:
            self._serve = serve
            self._children: dict[int, float] = {}
            self._stopping = False

        def fork(self) -> None:
            """Fork one more, unless all are to stop. Signals are blocked meanwhile (see above)."""
            if self._stopping:
                return
            sys.stdout.flush()
            sys.stderr.flush()
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            child = os.fork()
            if child == 0:
                self._live()
            self._children[child] = time.monotonic()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

        def _live(self) -> NoReturn:
            code = 1
            try:
                for number in ENDING:
                    signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
                code = self._serve()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)

        def tend(self) -> int:
            worst = 0
            while self._children:
                child, status = os.wait()
                began = self._children.pop(child, time.monotonic())
                code = os.waitstatus_to_exitcode(status)
                if self._stopping:
                    worst = max(worst, code)
                elif code > 0 and time.monotonic() - began < _AT_ONCE_S:
                    worst = max(worst, code)
                    self.stop()
                else:
                    time.sleep(_AGAIN_S)
                    self.fork()
            return worst

        def stop(self) -> None:
            self._stopping = True
            for child in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGTERM)
