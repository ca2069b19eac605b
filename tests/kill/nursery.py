"""Nursery: a process that has imported mailer once, and forks a sender for each command.

A kill test starts a sender for each kill, and of a start nearly all is importing. Owns both sides: `Nursery` for who
asks (with `Sender`, the part of `Popen` that a kill test needs), and the loop that forks, which runs as
`python -m tests.kill.nursery`. Before a fork there is no thread, no loop and no ledger: what is killed is a process
like one that Python started anew. Never kills.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol


class Sender(Protocol):
    """A process that can be killed: one of `subprocess`, or one that a nursery forked."""

    pid: int

    def poll(self) -> int | None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


@dataclass(slots=True)
class Forked:
    """A process that a nursery forked; its death is told by the nursery, which is its parent."""

    pid: int
    code: int | None = None
    over: threading.Event = field(default_factory=threading.Event)

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):  # buried since, and its number is not used again so soon
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if not self.over.wait(timeout) or self.code is None:
            raise subprocess.TimeoutExpired("a sender", timeout or 0)
        return self.code


class Nursery(AbstractContextManager["Nursery"]):
    """Forks senders until the block ends."""

    def __init__(self) -> None:
        """Start the process that forks."""
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.kill.nursery"]
        env = {key: value for key, value in os.environ.items() if not key.startswith("MAILER_")}
        env["PYTHONPATH"] = os.pathsep.join((str(Path(__file__).parents[2]), env.get("PYTHONPATH", "")))
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env)
        self._born: list[int] = []
        self._turn = threading.Lock()
        self._known: dict[int, Forked] = {}
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="nursery")
        self._reader.start()

    def start(self, words: Sequence[str], *, out: Path, err: Path, env: Mapping[str, str]) -> Forked:
        """Fork a sender that runs a command of mailer."""
        assert self._process.stdin is not None
        with self._turn, self._news:
            self._process.stdin.write(json.dumps([list(words), str(out), str(err), dict(env)]) + "\n")
            self._process.stdin.flush()
            if not self._news.wait_for(lambda: bool(self._born), timeout=60):
                raise RuntimeError("the nursery forks no more")
            return self._known[self._born.pop()]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; its senders are over by now."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            what, pid, code = line.split()
            with self._news:
                if what == "born":
                    self._known[int(pid)] = Forked(int(pid))
                    self._born.append(int(pid))
                else:
                    known = self._known[int(pid)]
                    known.code = int(code)
                    known.over.set()
                self._news.notify_all()


def main() -> None:
    """Fork a sender for each line that comes, and tell of each death, until no more lines come."""
    import mailer  # the other side of this file does without

    for module in pkgutil.walk_packages(mailer.__path__, "mailer."):
        if not module.name.endswith(("__main__", "postgres", "proofs.verify")) and ".migrations." not in module.name:
            importlib.import_module(module.name)
    children: set[int] = set()
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker)
    with selectors.DefaultSelector() as selector:
        selector.register(wake, selectors.EVENT_READ)
        selector.register(0, selectors.EVENT_READ)
        pending = b""
        while True:
            for key, _ in selector.select():
                data = os.read(key.fd, 65536)
                if key.fd == wake:
                    _bury(children)
                elif not data:
                    return
                else:
                    *lines, pending = (pending + data).split(b"\n")
                    children.update(_fork(line) for line in lines)


def _bury(children: set[int]) -> None:
    for pid in list(children):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            children.discard(pid)
            os.write(1, f"dead {pid} {os.waitstatus_to_exitcode(status)}\n".encode())


def _fork(line: bytes) -> int:
    words, out, err, env = json.loads(line)
    pid = os.fork()
    if pid:
        os.write(1, f"born {pid} 0\n".encode())
        return pid
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, name in enumerate((os.devnull, out, err)):
        file = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.update(env)
    from mailer.cli import main as mailer_main  # imported long ago

    mailer_main(words)  # leaves as every command does, through all that is above
    raise AssertionError("a command ends by leaving")


if __name__ == "__main__":
    main()
