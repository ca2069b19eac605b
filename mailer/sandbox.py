"""Sandbox: runs a parser of untrusted bytes in a child process with limits of time and memory.

Theory of operation. A parser that loops for ever, takes all memory or aborts its process must cost one file, not the
run. So it runs in a child process: `call` and `stream` name a module-level function, the child imports it, and its
results come back pickled. One child serves the whole process: it starts with the first call, and ends when its input
does, that is with its parent. Four rules:

1. Limits are for each result, not for a lifetime: a mailbox is measured mail by mail, a workbook frame by frame. The
   kernel counts processor time and address space from the start of a process, so each limit is set anew, as what is
   used already plus what is allowed.
2. Processor time is what counts (`RLIMIT_CPU`), because a busy machine must not make a good file a bad one. The wall
   clock, `_PATIENCE` times as long, is for code that waits without computing, and for Windows, which has nothing else.
   It counts from when the child reports that it has started: on a busy machine Python alone may take seconds.
3. Whatever ends the child is a `ParseStopped` about the file under way; the next call gets a new child.
4. What libraries print (Rust panics) is discarded, and the child inherits no secret from the environment.

A `MailerError` arrives as it was raised; any other exception becomes a `ParseStopped`. The child keeps a bad file from
doing harm by its size. It is no protection against hostile code: results are unpickled.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Final, ParamSpec, TypeVar, cast

from mailer import lazy_re
from mailer.errors import InputProblem, MailerError
from mailer.frozen import dataclass
from mailer.platform import ended_for_time, keep_patterns, limit, read_patterns

_P = ParamSpec("_P")
_T = TypeVar("_T")

_PATIENCE: Final = 6
_START_S: Final = 120
_LOOK_S: Final = 0.1
_BATCH: Final = 50
_BATCH_BYTES: Final = 4_000_000
_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[1:]; from mailer.sandbox import serve; serve()"
_KEPT: Final = ("PYTHON", "LC_", "LANG", "PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TZ")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much processor time (seconds), and memory beyond what is used already (MB), one result may take."""

    seconds: int
    megabytes: int


class ParseStopped(InputProblem):
    """A file that could not be read within its limits, or that broke its reader."""

    code = "parse-stopped"


class Sandbox:
    """A child process that is started when it is needed, and replaced when a file breaks it."""

    def __init__(self) -> None:
        """Start no child yet."""
        self._lock = threading.Lock()  # one call at a time, from whichever thread
        self._child: _Child | None = None

    def call(
        self, limits: Limits, source: str, function: Callable[_P, _T], /, *args: _P.args, **named: _P.kwargs
    ) -> _T:
        """Return what a module-level function returns; `source` names the file in errors.

        Raises ParseStopped if it ran past its limits, or broke off; MailerError as the function raises it.
        """
        (found,) = self._ask(limits, function, [(source, args, named)])
        if isinstance(found, MailerError):
            raise found
        return cast("_T", found)

    def stream(
        self,
        limits: Limits,
        source: str,
        take: Callable[[_T], object],
        function: Callable[_P, Iterator[_T]],
        /,
        *args: _P.args,
        **named: _P.kwargs,
    ) -> None:
        """Pass each value that a module-level generator yields to `take`; the limits are for each of them.

        Raises ParseStopped if it ran past its limits, or broke off; MailerError as the function raises it.
        """
        (found,) = self._ask(limits, function, [(source, args, named)], take)
        if isinstance(found, MailerError):
            raise found

    def map(
        self, limits: Limits, function: Callable[[bytes], _T], items: Iterable[tuple[str, bytes]]
    ) -> Iterator[tuple[str, _T | MailerError]]:
        """Yield for each (source, bytes) the source, and what the function returns for the bytes, or the error.

        Items are read ahead and sent in batches: the child works on the next while the caller takes the last result.
        """
        for batch in _batches(items):
            found = self._ask(limits, function, [(source, (data,), {}) for source, data in batch])
            for (source, _), each in zip(batch, found, strict=True):
                yield source, cast("_T | MailerError", each)

    def start(self) -> None:
        """Start the child now, so that it is ready when the first call comes."""
        with self._lock:
            self._ready()

    def close(self) -> None:
        """End the child; the next call starts another."""
        with self._lock:
            self._end()

    def _ready(self) -> _Child:
        if self._child is None or self._child.process.poll() is not None:
            self._end()
            self._child = _Child()
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _ask(
        self,
        limits: Limits,
        function: Callable[..., Any],
        questions: Sequence[tuple[str, tuple[Any, ...], dict[str, Any]]],
        take: Callable[[Any], object] = lambda _: None,
    ) -> list[object]:
        """Return for each question (source, arguments) what the function returned, or the error.

        The call under way when the child ends is the bad one; those behind it go to the next child.
        """
        found: list[object] = []
        with self._lock:
            while (done := len(found)) < len(questions):
                child, kind = self._ready(), ""
                try:
                    calls = [(args, named) for _, args, named in questions[done:]]
                    child.ask((function.__module__, function.__qualname__, calls, limits))
                    while len(found) < len(questions) and kind != "memory":  # after that, the child is not reused
                        kind, value = child.answer(limits)
                        if kind == "next":
                            take(value)
                        elif kind in {"end", "raised"}:
                            found.append(value)
                        else:
                            found.append(_stopped(kind, str(value), limits, questions[len(found)][0]))
                except (EOFError, OSError, pickle.UnpicklingError):
                    if child.is_at_work():
                        raise  # the fault is not the child's
                    kind = "late" if ended_for_time(child.process.wait()) or child.is_late else "broke"
                    found.append(_stopped(kind, "", limits, questions[len(found)][0]))
                finally:
                    if kind not in {"end", "raised", "failed", "deep"}:
                        self._end()
        return found


def _batches(items: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    for each in items:
        batch.append(each)
        size += len(each[1])
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Child:
    """The process, and the thread that ends it when a result is late."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name.upper().startswith(_KEPT)}
        paths = [str(Path(path).absolute()) for path in sys.path if path]
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _PROGRAM, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._calls = cast("BinaryIO", self.process.stdin)
        self._answers = cast("BinaryIO", self.process.stdout)
        self.is_late = False
        self._has_started = False
        self._deadline = float("inf")
        self._waiting = threading.Event()
        self._ended = False
        threading.Thread(target=self._watch, name="sandbox", daemon=True).start()

    def ask(self, question: object) -> None:
        """Send a call; the child reads all of it before it answers, so that neither waits for the other."""
        with contextlib.suppress(BrokenPipeError):  # the cause shows when the answer is read
            pickle.dump(question, self._calls, protocol=5)
            self._calls.flush()

    def answer(self, limits: Limits) -> tuple[str, object]:
        """Return the next answer: its kind, and its value."""
        if not self._has_started:
            self._read(_START_S)
            self._has_started = True
        return self._read(limits.seconds * _PATIENCE)

    def _read(self, seconds: float) -> tuple[str, object]:
        self._deadline = time.monotonic() + seconds
        self._waiting.set()
        try:
            found: tuple[str, object] = pickle.load(self._answers)  # noqa: S301 - written by our own code
        finally:
            self._waiting.clear()
            self._deadline = float("inf")
        return found

    def is_at_work(self) -> bool:
        """Return whether the process still runs, after a pipe failed."""
        if self.is_late:
            return False
        with contextlib.suppress(subprocess.TimeoutExpired):  # its pipes close a little before it is gone
            self.process.wait(1)
        return self.process.returncode is None

    def end(self) -> None:
        self._ended = True
        self._waiting.set()
        self.process.kill()
        self.process.wait()
        for pipe in (self._calls, self._answers):
            with contextlib.suppress(OSError):  # unwritten data is of no use any more
                pipe.close()

    def _watch(self) -> None:
        while self._waiting.wait() and not self._ended:
            if time.monotonic() > self._deadline:
                self.is_late = True
                self.process.kill()
                return
            time.sleep(_LOOK_S)


def _stopped(kind: str, value: str, limits: Limits, source: str) -> ParseStopped:
    sentences = {
        "late": f"reading was stopped: it takes longer than {limits.seconds} seconds to read",
        "memory": f"reading was stopped: it takes more than {limits.megabytes} MB of memory to read",
        "broke": "cannot be read: it is damaged, or takes too much memory",
        "deep": "cannot be read: its parts are nested too deep",
        "failed": f"cannot be read: its reader failed ({value})",
    }
    return ParseStopped(sentences[kind], source=source)


def serve() -> None:
    """Answer the calls on standard input until it ends: the main loop of the child process."""
    gc.set_threshold(50_000)  # what readers load stays
    lazy_re.read_kept = read_patterns
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which decides when this ends
    calls = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not become part of an answer

    def send(kind: str, value: object = None) -> None:
        answers.write(pickle.dumps((kind, value), protocol=5))
        answers.flush()

    send("there")
    while True:
        try:
            module, name, questions, limits = pickle.load(calls)  # noqa: S301 - written by our own code
        except EOFError:
            gc.freeze()  # a last garbage collection takes as long as a small file
            return
        for args, named in questions:
            limit(seconds=limits.seconds, megabytes=limits.megabytes)
            try:
                result = getattr(import_module(module), name)(*args, **named)
                if isinstance(result, Iterator):
                    for each in result:
                        send("next", each)
                        limit(seconds=limits.seconds, megabytes=limits.megabytes)
                    result = None
                send("end", result)
            except MailerError as error:
                send("raised", error)
            except MemoryError:
                send("memory")
            except RecursionError:
                send("deep")
            except BaseException as error:  # noqa: BLE001 - a Rust panic is no Exception; the next file is read
                send("failed", f"{type(error).__name__}: {error}"[:200])
        keep_patterns()  # now, since this process is killed when it is no longer needed


SANDBOX: Final = Sandbox()
atexit.register(SANDBOX.close)
