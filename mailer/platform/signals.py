"""Signals: Ctrl-C and the polite kill, heeded at once by whatever runs.

Theory of operation. asyncio's own `add_signal_handler` exists on POSIX alone, so handlers are set with
`signal.signal`, as anywhere in Python, and what a loop is to do is put into it from there (`call_soon_threadsafe`,
which also wakes it). Such handlers outlive the loop, so all are set within `kept`, which puts the old ones back.

    SIGINT    Ctrl-C                  SIGHUP     the terminal was closed (POSIX)
    SIGTERM   kill, systemd, Docker   SIGBREAK   Ctrl-Break, or the window was closed (Windows)
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM)
STOPPING: Final = (*ENDING, *(getattr(signal, name) for name in ("SIGHUP", "SIGBREAK") if hasattr(signal, name)))


@contextmanager
def kept() -> Iterator[None]:
    """Put back, when the block ends, what was done about signals before it."""
    before = {number: signal.getsignal(number) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def on_end(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` at each Ctrl-C or polite kill while the block runs, wherever the program is just then."""
    with kept():
        for number in ENDING:
            signal.signal(number, lambda _number, _frame: act())
        yield


def stop_first(stop: Callable[[], None]) -> None:
    """Let the running loop call `stop` at a signal; a second one cancels the current task. To be set within `kept`.

    A third does what it would without us, for a task that does not end.
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
