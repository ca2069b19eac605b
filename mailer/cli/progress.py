"""Progress: what people see while a mailing goes out or a big list is read, and the clean stop on Ctrl-C.

Owns the live line on a terminal, the plain lines elsewhere, and the signals. Never counts by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from mailer.cli import output
from mailer.platform import kept, stop_first
from mailer.reply import Verdict

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from mailer.runs.sending.deliver import Progress, Run

_PLAIN_EVERY_S = 5.0
_BIG_FILE = 4_000_000  # bytes; a smaller one is read before a bar could be seen
_SHOWN = (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.DEFERRED, Verdict.IN_DOUBT)

Result = TypeVar("Result")


class Show:
    """Shows how far a run is; everything goes to stderr, so that stdout stays what the command is asked for."""

    def __init__(self, total: int) -> None:
        """Take how many messages are to go out."""
        self._total = total
        self._started = time.monotonic()
        self._last_plain = self._started
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def update(self, progress: Progress) -> None:
        """Show the newest figures."""
        done = progress.total()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=min(done, self._total), said=self._figures(progress))
        elif time.monotonic() - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            with contextlib.suppress(OSError):  # a reader that went away must not end the sending
                output.say(f"  {done} of {self._total}   {self._figures(progress)}", to_stderr=True)

    def note(self, text: str) -> None:
        """Tell people what they should know, above the live line."""
        with contextlib.suppress(OSError):
            if self._bar is not None:
                self._bar.console.print(output.plain(f"  {text}", style="yellow"))
            else:
                output.say(f"  {text}", style="yellow", to_stderr=True)

    def _figures(self, progress: Progress) -> str:
        elapsed = max(time.monotonic() - self._started, 0.001)
        done = progress.total()
        counts = " · ".join(
            f"{verdict.value.replace('_', ' ')} {progress[verdict]}"
            for verdict in _SHOWN
            if progress[verdict] or verdict is Verdict.ACCEPTED
        )
        left_s = (self._total - done) * elapsed / done if done else 0
        left = f" · {left_s / 60:.0f} min left" if left_s >= 90 else f" · {left_s:.0f} s left" if left_s >= 1 else ""
        return f"{counts}   {done * 60 / elapsed:.0f}/min{left}"

    @contextmanager
    def live(self) -> Iterator[None]:
        """Draw the live line while the block runs, where there is a terminal."""
        if not sys.stderr.isatty():
            yield
            return
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (BarColumn(bar_width=32), TextColumn("{task.completed} of {task.total}   {task.fields[said]}"))
        output.say("  Ctrl-C stops cleanly. Nobody will get it twice.", style="dim", to_stderr=True)
        with Progress(*columns, console=output.console(to_stderr=True), transient=True) as bar:
            self._bar = bar
            self._task = bar.add_task("", total=self._total, said="")
            yield
        self._bar = None


@contextmanager
def reading(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far a big file was read while the block runs, where there is a terminal; give who is to be told."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(f"  Reading {name}"), BarColumn(bar_width=32), TextColumn("{task.percentage:3.0f} %"))
    with Progress(*columns, console=output.console(to_stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, visible=False)

        def watch(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total > _BIG_FILE)

        yield watch


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show how many there are by now while the block runs, where there is a terminal; give who is to be told."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn("line"), TextColumn(f"{{task.completed}} {what}"))
    with Progress(*columns, console=output.console(to_stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done: bar.update(task, completed=done)


def stop_on_signals(run: Run) -> None:
    """Let Ctrl-C (or a polite kill) finish what is on the wire; a second one cancels the task that asks for this."""

    def stop() -> None:
        run.stop()
        with contextlib.suppress(OSError):
            output.say("\n  Stopping: what is on the wire is finished first …", to_stderr=True)

    stop_first(stop)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C, or a polite kill, end the block cleanly; a second one cancels the task that it runs in."""
    with kept():
        stop_first(stop)
        yield


def run_interruptible(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end and return what comes of it.

    Raises:
        KeyboardInterrupt: a second Ctrl-C cancelled it. Python itself would raise that wherever the program stands,
            also in the middle of its own library, which then prints what nobody can use.
    """

    async def run() -> Result:
        with kept():
            return await work

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
