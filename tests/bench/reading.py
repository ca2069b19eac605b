"""Reading: what a release costs by its length: time must grow as the text does, whatever the text is.

Each kind of text is read at one length and at twice that; the ratio of the two is what counts: 2 is linear, 4 a square.
`show` is reading and the JSON of it, `more` what `import` and `check` do besides. CPU of this process, one core.
"""

from __future__ import annotations

import fnmatch
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from mailer.errors import InputProblem
from mailer.release.document import release_document
from mailer.release.markdown.writing import render_markdown
from mailer.release.source import read_source
from tests.bench.texts import KINDS
from tests.release.checks.desk import check_release

WORST = 2.8  # a ratio above it is marked
SLOW_S = 6.0  # for 200 kB; above it is marked
_SHORT_S = 0.08  # a ratio of less says nothing
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


class _TooLong(Exception):
    """The time that a text may take is over."""


def run(size: int, *, most_s: float, names: str, every: bool) -> None:
    """Print the figures of each kind of text, of `size` and twice as many characters."""
    kinds = [kind for kind in KINDS if fnmatch.fnmatch(kind, names)]
    _read(KINDS["one paragraph, en"](500), most_s)  # compiles the patterns
    print(f"\n{size / 1e3:.0f} kB and {size * 2 / 1e3:.0f} kB, in seconds of CPU; ratio above {WORST}: marked")
    print(f"  {'text':34}{'show':>8}{'':8}{'ratio':>7}{'more':>8}{'':8}{'ratio':>7}")
    marked = 0
    for kind in kinds:
        once, twice = (_read(KINDS[kind](length), most_s) for length in (size, size * 2))
        cells, bad = [], False
        for one, two in zip(once, twice, strict=True):
            ratio = two / max(one, 1e-4)
            bad = bad or two >= most_s or (two > _SHORT_S and ratio > WORST) or one > SLOW_S * size / 200_000
            cells.append(f"{one:8.2f}{two:8.2f}{ratio:7.1f}")
        marked += bad
        if bad or every:
            print(f"  {kind:34}{''.join(cells)}{'   <-' * bad}", flush=True)
    print(f"  {len(kinds)} kinds, {marked} marked")


def _read(source: tuple[bytes, str], most_s: float) -> tuple[float, float]:
    """Read a text; return what showing it took, and what writing and checking it took besides."""
    data, name = source
    began = time.process_time()
    shown = most_s
    try:
        with _at_most(most_s):
            release = read_source(data, source=name, slug="long").release
            release_document(release)
            shown = time.process_time() - began
            render_markdown(release)
            check_release(release, now=NOW)
    except InputProblem:
        return time.process_time() - began, 0.0
    except _TooLong:
        return (most_s, 0.0) if shown == most_s else (shown, most_s)
    return shown, time.process_time() - began - shown


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
