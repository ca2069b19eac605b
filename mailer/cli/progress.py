"""Progress: the display during long work, and the clean stop on Ctrl-C.

Owns the live line on a terminal, the plain lines elsewhere, and the signals. Counts nothing itself. Everything goes to
stderr, so that stdout has only the result of the command.
"""

from __future__ import annotations

import contextlib
import sys
import textwrap
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from mailer.cli import output
from mailer.platform import loop_factory
from mailer.platform.signals import kept, stop_first

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from mailer.runs.sending.deliver import Progress, Run

_PLAIN_EVERY_S = 5.0
_BIG_FILE = 4_000_000  # bytes; a smaller one is read before a bar could be seen

Result = TypeVar("Result")


@contextmanager
def _bar(words: str, *, width: int = 0, before: str = "", **fields: Any) -> Iterator[tuple[Bar, TaskID] | None]:  # noqa: ANN401 - passed on to rich
    """Draw a line that changes while the block runs; yield None without a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn

    indicator: ProgressColumn = BarColumn(bar_width=width) if width else SpinnerColumn("line")
    columns = [*([TextColumn(before)] if before else []), indicator, TextColumn(words)]
    with Progress(*columns, console=output.console(to_stderr=True), transient=True) as bar:
        yield bar, bar.add_task("", **fields)


class ProgressDisplay:
    """Shows the progress of a mailing."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._started = self._last_plain = time.monotonic()
        self._live: tuple[Bar, TaskID] | None = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Draw the live line while the block runs, if there is a terminal."""
        words = "{task.completed} of {task.total}   {task.fields[text]}"
        with _bar(words, width=32, total=self._total, text="") as self._live:
            if self._live:
                output.echo("  Ctrl-C stops cleanly. Nobody will get it twice.", style="dim", to_stderr=True)
            yield
        self._live = None

    def update(self, progress: Progress) -> None:
        """Show the newest figures."""
        from mailer.reply.values import Verdict

        order = (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.DEFERRED, Verdict.IN_DOUBT)
        elapsed = max(time.monotonic() - self._started, 0.001)
        done = progress.total()
        shown = [each for each in order if progress[each] or each is Verdict.ACCEPTED]
        counts = " · ".join(f"{each.value.replace('_', ' ')} {progress[each]}" for each in shown)
        left_s = (self._total - done) * elapsed / done if done else 0
        left = f" · {left_s / 60:.0f} min left" if left_s >= 90 else f" · {left_s:.0f} s left" if left_s >= 1 else ""
        figures = f"{counts}   {done * 60 / elapsed:.0f}/min{left}"
        if self._live:
            bar, task = self._live
            bar.update(task, completed=min(done, self._total), text=figures)
        elif time.monotonic() - self._last_plain >= _PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            with contextlib.suppress(OSError):  # a closed pipe must not end the sending
                output.echo(f"  {done} of {self._total}   {figures}", to_stderr=True)

    def note(self, text: str) -> None:
        """Print a note above the live line."""
        with contextlib.suppress(OSError):
            if self._live:
                self._live[0].console.print(output.plain(f"  {text}", style="yellow"))
            else:
                output.echo(f"  {text}", style="yellow", to_stderr=True)


@contextmanager
def reading(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how much of a big file has been read while the block runs; yield a function to report it."""
    before, visible = f"  Reading {name}", False
    with _bar("{task.percentage:3.0f} %", width=32, before=before, total=None, visible=visible) as live:

        def report(done: int, total: int) -> None:
            if live:
                live[0].update(live[1], completed=done, total=total, visible=total > _BIG_FILE)

        yield report if live else None


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Show a count while the block runs; yield a function to report it."""
    with _bar(f"{{task.completed}} {what}", total=None) as live:
        yield lambda done: live[0].update(live[1], completed=done) if live else None


@contextmanager
def checking() -> Iterator[Callable[[int, int, Sequence[str]], None] | None]:
    """Show which checks are still running while the block runs; yield a function to report it."""
    with _bar("{task.fields[text]}", width=24, before="  Looking", total=None, text="") as live:

        def report(done: int, total: int, running: Sequence[str]) -> None:
            if live:
                names = textwrap.shorten(", ".join(running), 50, placeholder=" …")
                text = f"{done} of {total}   waiting for {names}"
                live[0].update(live[1], completed=done, total=total, text=text)

        yield report if live else None


@contextmanager
def status_line(first: str, *, plainly: bool = False) -> Iterator[Callable[[str], None]]:
    """Yield a function that replaces the line shown; without a terminal, it prints `plainly` or does nothing."""
    if sys.stderr.isatty():
        with output.console(to_stderr=True).status("", refresh_per_second=4) as shown:
            shown.update(output.plain(first))
            yield lambda text: shown.update(output.plain(text))
    elif plainly:
        yield lambda text: output.echo(text, to_stderr=True)
    else:
        yield lambda _: None


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl-C or SIGTERM end the block cleanly; a second one cancels its task."""
    with kept():
        stop_first(stop)
        yield


def run_interruptible(work: Coroutine[Any, Any, Result], stops: Run | None = None) -> Result:
    """Run to the end and return the result.

    Ctrl-C (or SIGTERM) lets the run that it `stops` finish what is on the wire; a second one cancels everything. Raises
    KeyboardInterrupt in that case. Python itself would raise it wherever the program happens to be, even inside its own
    library, which then prints a useless traceback.
    """

    def stop(run: Run) -> None:
        run.stop()
        with contextlib.suppress(OSError):
            output.echo("\n  Stopping: what is on the wire is finished first …", to_stderr=True)

    import asyncio

    async def run() -> Result:
        with kept() if stops is None else stopping(partial(stop, stops)):
            return await work

    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(run())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
