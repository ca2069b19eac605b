"""Nursery: a process that has imported mailer once, and forks a command of mailer whenever a test starts one.

Of a command that is started, nine tenths of the work is importing. Owns both sides: `Nursery` for who asks, with
`Forked`, which is the `Popen` of such a process; and the loop that forks, which runs as `python -m tests.nursery FD`.
Before a fork there is no thread, no loop and no ledger, and the child goes through `mailer.__main__` like one that
Python started anew, so what is stopped or killed is the same process. Tests of the start itself start Python anew.

Each command is asked for by one message on a socket, which carries the ends of three pipes: what it prints, on either
stream, and what the nursery tells of it, its number at once and its code when it has ended. Never kills.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Final

_LONGEST: Final = 1 << 17  # bytes of a command and its environment


class Forked(subprocess.Popen[str]):
    """A process that a nursery forked, and which therefore is not waited for here: the nursery tells how it ended."""

    def __init__(self, words: Sequence[str], told: int, out: int | None, err: int | None) -> None:
        """Take what was asked for, and the ends to read: what is told, and what is printed where that is a pipe."""
        self._told = told
        self.args = list(words)
        self.returncode: int | None = None
        self.stdin = None
        self.stdout = None if out is None else os.fdopen(out, encoding="utf-8")
        self.stderr = None if err is None else os.fdopen(err, encoding="utf-8")
        self.text_mode = True
        self._input = None
        self._communication_started = False
        self._child_created = True
        self._sigint_wait_secs = 0.25
        self._waitpid_lock = threading.Lock()
        self.pid = int(self._read())

    def _read(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            if not (read := os.read(self._told, 1)):
                raise RuntimeError("the nursery is gone")
            line += read
        return line.decode()

    def _internal_poll(self, **_: object) -> int | None:
        """Return the code where it is known by now; called by `poll`, with which all else begins."""
        with self._waitpid_lock:
            if self.returncode is None and select.select([self._told], [], [], 0)[0]:
                self.returncode = int(self._read())
                os.close(self._told)
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        """Wait for the code; called by `wait` and `communicate`."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self._internal_poll()) is None:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            with contextlib.suppress(ValueError, OSError):  # another thread has read it, and closed it
                select.select([self._told], [], [], 0.5 if left is None else min(left, 0.5))
        return code


class Nursery(AbstractContextManager["Nursery"]):
    """Forks commands until the block ends."""

    def __init__(self) -> None:
        """Start the process that forks."""
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAILER_")}
        env["PYTHONPATH"] = os.pathsep.join((str(Path(__file__).parents[1]), env.get("PYTHONPATH", "")))
        command = [sys.executable, "-m", "tests.nursery", str(there.fileno())]
        nothing = subprocess.DEVNULL
        with there:
            self._process = subprocess.Popen(command, stdin=nothing, stdout=nothing, env=env, pass_fds=[there.fileno()])
        self._asking = here

    def start(self, words: Sequence[str], *, env: Mapping[str, str], said: Path | None = None) -> Forked:
        """Fork a command with this whole environment; it prints into pipes, or into files named `said`.out and .err."""
        tell, told = os.pipe()[::-1]
        if said is None:
            (read_out, write_out), (read_err, write_err) = os.pipe(), os.pipe()
            ends: tuple[int | None, int | None] = read_out, read_err
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            write_out, write_err = (os.open(said.with_suffix(end), flags, 0o600) for end in (".out", ".err"))
            ends = None, None
        message = json.dumps([list(words), dict(env), os.getcwd()]).encode()  # noqa: PTH109 - as a process has it
        socket.send_fds(self._asking, [message], [write_out, write_err, tell])
        for each in (write_out, write_err, tell):
            os.close(each)
        return Forked(words, told, *ends)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; what it forked is over by now."""
        self._asking.close()
        self._process.wait(60)


def main() -> None:
    """Fork a command for each message that comes, and tell of each death, until no more messages come."""
    import mailer  # the other side of this file does without

    for module in pkgutil.walk_packages(mailer.__path__, "mailer."):
        if not module.name.endswith("proofs.verify") and ".migrations." not in module.name:
            with contextlib.suppress(ImportError):  # of an extra that is not installed
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # no child looks through it, and copies its pages
    tell_of: dict[int, int] = {}
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.set_wakeup_fd(waker)
    asked = socket.socket(fileno=int(sys.argv[1]))
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        selector.register(asked, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == wake:
                    os.read(wake, 65536)
                    _bury(tell_of)
                    continue
                message, ends, _flags, _from = socket.recv_fds(asked, _LONGEST, 3)
                if not message:
                    return
                pid = os.fork()
                if not pid:
                    for mine in (wake, waker, asked.detach(), *tell_of.values(), ends.pop()):
                        os.close(mine)
                    selector.close()
                    _become(message, ends)
                tell_of[pid] = ends.pop()
                os.write(tell_of[pid], b"%d\n" % pid)
                for each in ends:
                    os.close(each)


def _bury(tell_of: dict[int, int]) -> None:
    for pid in list(tell_of):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            tell = tell_of.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # a test that failed reads no more
                os.write(tell, b"%d\n" % os.waitstatus_to_exitcode(status))
            os.close(tell)


def _become(message: bytes, ends: Sequence[int]) -> None:
    """Be a command of mailer that was started with these words, environment, folder and streams."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    words, env, folder = json.loads(message)
    for number, end in enumerate(ends, start=1):
        os.dup2(end, number)
        os.close(end)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - knows that it is no file
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv = ["mailer", *words]
    from mailer.__main__ import main as begin  # imported long ago

    begin()  # leaves as every command does, through all that is above
    raise AssertionError("a command ends by leaving")


if __name__ == "__main__":
    main()
