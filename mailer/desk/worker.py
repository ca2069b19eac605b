"""Worker: the process beside the desk that does the sending.

Owns one child process, `mailer worker`, which could also be started by hand: it sends what was confirmed at the desk,
what is scheduled and what is due again, and reads the mailboxes. It is restarted when it dies, with growing delays. It
is a process of its own so that its work does not slow down the browser. Its input is a pipe that the desk holds open:
when the desk is closed or killed, the pipe ends, and the worker finishes what is on the wire and ends.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

_BACKOFF_S: Final = (0.5, 2.0, 5.0, 15.0, 60.0)
_TAIL: Final = 8_000  # bytes at the end of its log
_LINES: Final = 20


class WorkerProcess:
    """Keeps a worker running until it is closed."""

    def __init__(self, root: Path) -> None:
        """Take the workspace; starts nothing yet."""
        self._root = root
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        handle, name = tempfile.mkstemp(prefix="mailer-worker-", suffix=".log")  # for this account alone
        os.close(handle)
        self._log = Path(name)
        self._thread = threading.Thread(target=self._keep, name="desk-worker", daemon=True)

    def start(self) -> None:
        """Start it, and keep it running."""
        self._thread.start()

    def close(self) -> None:
        """Ask it to finish what is on the wire and end; does not wait for that."""
        self._closed.set()
        self._end()
        with contextlib.suppress(OSError):  # on Windows, the child has it open
            self._log.unlink()

    @property
    def is_running(self) -> bool:
        """Return whether the process is running."""
        return self._child is not None and self._child.poll() is None

    def log_lines(self) -> list[str]:
        """Return the last lines of its log."""
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - _TAIL))
            return log.read().decode("utf-8", "replace").splitlines()[-_LINES:]
        return []

    def _end(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    def _keep(self) -> None:
        tries = 0
        while not self._closed.is_set():
            with self._log.open("ab") as log:
                self._child = subprocess.Popen(  # noqa: S603 - this program itself
                    [sys.executable, "-m", "mailer", "--workspace", str(self._root), "worker", "--until-eof"],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C at the desk must not reach it
                )
            if self._closed.is_set():
                self._end()
            self._child.wait()
            self._end()
            self._closed.wait(_BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)])
            tries += 1
