"""Processes: several of one work, forked, each replaced when it dies, until Ctrl-C or a polite kill.

Theory of operation. A forked process shares what was open, here a socket, and nothing else is passed between them. A
signal waits (`pthread_sigmask`) while one is forked: until the parent knows the child, or the child stands on its own.
Windows cannot fork, and is told so.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Final, NoReturn

from mailer.errors import ConfigProblem
from mailer.platform.signals import ENDING, on_end

_AGAIN_S: Final = 1.0
_AT_ONCE_S: Final = 10.0


def serve_in_processes(serve: Callable[[], int], count: int, *, announce: Callable[[], None] = lambda: None) -> int:
    """Run `serve` in so many forked processes, and replace those that die, until SIGTERM or Ctrl-C.

    `announce` is called once a signal would be heeded: whatever is told that it runs may stop it. `serve` tells itself
    what is wrong, and gives an exit code; one that fails at once ends all. Return the worst code.

    Raises:
        ConfigProblem: this system cannot fork.
    """
    if sys.platform == "win32":
        raise ConfigProblem("several processes cannot share the work on Windows", hint="[serve] processes = 1")
    else:  # noqa: RET506 - a type checker knows by this that Windows never comes here
        family = _Family(serve)
        with on_end(family.stop):
            announce()
            for _ in range(count):
                family.fork()
            return family.tend()


if sys.platform != "win32":

    class _Family:
        """The processes, and what becomes of them."""

        def __init__(self, serve: Callable[[], int]) -> None:
            self._serve = serve
            self._children: dict[int, float] = {}
            self._stopping = False

        def fork(self) -> None:
            """Fork one more, unless all are to stop. A signal waits until the child is known, or stands on its own."""
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
