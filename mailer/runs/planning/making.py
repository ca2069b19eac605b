"""Making: the mail of each person on a plan, made and looked at; where they are many, on all cores.

One process reads the lists, asks the ledger and writes the plan. Where there are more than a `FEW` people it starts
others, one for each further core. An idle one gets the next batch; where none is idle, a worker on another host may
get it (`distributing`), and else the planner makes it itself. The batches come back in their order, and which process
made a mail changes nothing in it: all of it derives from the text, the person and the keys. A helper gets these through
its standard input and answers on its standard output; one that dies is made up for here, and none outlives the plan.

The first mails, and the first of each stencil or manner, are looked at whole; the others are held against a mail that
was made in the same way and in which nothing was found. A million mails can be looked at only because that costs a
fraction.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from html import escape
from typing import IO, TYPE_CHECKING, TypeAlias, TypeVar

from mailer.address import Address
from mailer.errors import InputProblem, MailerError, Problem, gather
from mailer.events import MailingKind
from mailer.frozen import dataclass, field
from mailer.message.checks import check_message
from mailer.message.checks.each import Pattern
from mailer.message.stencil import Stencil
from mailer.message.values import Check
from mailer.runs.planning.merge import NOTICE, Manner, Merged, Merger
from mailer.runs.planning.text import Text
from mailer.tokens import Keys

if TYPE_CHECKING:  # it stands on this module
    from mailer.runs.planning.distributing import Parts

_T = TypeVar("_T")
WHOLE = 10  # mails of a plan that are looked at whole, whatever was looked at before
FEW = 2000  # a plan of so many people is made sooner than another process has started
MANY = 20_000  # and of so many sooner than other hosts have begun
_AHEAD = 150  # batches that may wait for one that another host makes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person whose mail is wanted; it is not looked at where it will not be sent."""

    address: Address
    fields: Mapping[str, str] = field(repr=False)
    is_sent: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """What a plan keeps of a mail, and what was found in it."""

    delivery: bytes
    message_id: str
    content_hash: bytes
    size: int
    manner: Manner
    looked: Looked | None


Result: TypeAlias = Made | tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """All that mails are made of beside the people; `size_limit` is what one may have in bytes."""

    text: Text = field(repr=False)
    mailing: str
    kind: MailingKind
    keys: Keys = field(repr=False)
    size_limit: int


@dataclass(frozen=True, slots=True)
class Looked:
    """What did not pass in one mail, and whether it was looked at whole."""

    faults: tuple[Check, ...]
    is_whole: bool


class Looker:
    """Looks at the mails of one plan, each cheaply where one like it was looked at whole."""

    def __init__(self, postal_address: str, *, size_limit: int = 0, whole: int = WHOLE) -> None:
        """Hold what must stand in every part, what a message may have in bytes (0: no bound), how many to see whole."""
        self._postal_address = postal_address
        self._size_limit = size_limit
        self._most_whole = whole
        self._patterns: dict[Manner | Stencil, Pattern] = {}
        self._clean: set[Manner | Stencil] = set()
        self._count = 0

    def look(self, merged: Merged) -> Looked:
        """Look at one person's mail."""
        data, filled = merged.envelope.data, merged.filled
        key = filled.stencil if filled else merged.manner
        pattern = self._patterns.get(key)
        own = (filled.own_text, filled.own_html) if filled else None
        is_whole = pattern is None or self._count < self._most_whole
        self._count += 1
        if pattern is not None and not is_whole:
            return Looked(pattern.look(merged.rendered, data, merged.optouts, own), is_whole=False)
        postal, most = self._postal_address, self._size_limit
        checks = check_message(data, postal_address=postal, optouts=merged.optouts, size_limit=most)
        faults = tuple(check for check in checks if not check.passed)
        if pattern is None or (not faults and key not in self._clean):
            self._patterns[key] = Pattern(merged.rendered, own=own, postal_address=postal, size_limit=most)
        if not faults:
            self._clean.add(key)
        return Looked(faults, is_whole=True)


class Maker:
    """Makes mails and looks at them; a slice of a plan can be made by any process that has the order."""

    def __init__(self, order: Order, *, whole: int = 0) -> None:
        text = order.text
        self._merger = Merger(text, mailing=order.mailing, kind=order.kind, keys=order.keys)
        self._looker = Looker(text.ways.sender.postal_address, size_limit=order.size_limit, whole=whole)
        self._privacy_url = text.ways.privacy.url
        self.first: Merged | None = None

    def make(self, people: Sequence[Wanted], date: datetime) -> list[Result]:
        """Return what was made for each, or what is wrong with a template where no mail could be made."""
        results: list[Result] = []
        for each in people:
            try:
                results.append(self._make(each, date))
            except MailerError as error:
                results.append(tuple(gather(error)))
        return results

    def _make(self, wanted: Wanted, date: datetime) -> Made:
        merged = self._merger.merge(wanted.address, wanted.fields, date=date)
        envelope, looked = merged.envelope, None
        if wanted.is_sent:
            rendered, url = merged.rendered, self._privacy_url
            if wanted.fields.get(NOTICE) and not (
                url in rendered.text and (not rendered.html or escape(url) in rendered.html)
            ):
                raise InputProblem(
                    "the template does not print the privacy notice of mailer.toml in both parts",
                    hint="It needs {{ notice }} and {{ notice_url }}, as docs/privacy.md has them.",
                )
            looked = self._looker.look(merged)
            self.first = self.first or merged
        size = len(envelope.data)
        return Made(envelope.delivery, envelope.message_id, merged.content_hash, size, merged.manner, looked)


def make_all(
    order: Order,
    maker: Maker,
    batches: Iterable[tuple[_T, Sequence[Wanted]]],
    clock: Callable[[], datetime],
    *,
    expected: int = 0,
    few: int = FEW,
    many: int = MANY,
    cores: int = 0,
    parts: Parts | None = None,
) -> Generator[tuple[_T, Sequence[Result]]]:
    """Make batch after batch; return each with what it came with, in their order.

    Where more than a `few` people are `expected`, or were made already, `cores` (0: all there are) are used; where they
    are more than `many`, so are the workers behind `parts`.
    """
    cores = cores or usable_cores()
    count, most = 0, 4 * cores + (_AHEAD if parts else 0)
    waiting: deque[tuple[_T, Sequence[Wanted], Future[list[Result]]]] = deque()
    helpers: Helpers | None = None

    def take() -> tuple[_T, Sequence[Result]]:
        about, people, future = waiting.popleft()
        if parts is not None:
            parts.wait_for(future)
        try:
            return about, future.result()
        except (OSError, EOFError, pickle.UnpicklingError):  # that process is gone
            return about, maker.make(people, clock())

    try:
        for about, people in batches:
            count += len(people)
            if helpers is None and max(count, expected) > few and maker.first is not None:
                helpers = Helpers(order, cores - 1)
            date = clock()
            future = helpers.submit(people, date) if helpers else None
            if future is None and parts is not None and max(count, expected) > many:
                future = parts.submit(people, date)
            if future is None:
                future = Future()
                future.set_result(maker.make(people, date))
            waiting.append((about, people, future))
            while waiting and (waiting[0][2].done() or len(waiting) > most):
                yield take()
        while waiting:
            yield take()
    finally:
        if helpers is not None:
            helpers.close()
        if parts is not None:
            parts.close()


def usable_cores() -> int:
    """Return how many cores this process may use; PYTHON_CPU_COUNT says fewer, as to Python itself from 3.13 on."""
    told = os.environ.get("PYTHON_CPU_COUNT", "")
    if told.isdecimal():
        return max(int(told), 1)
    allowed = getattr(os, "sched_getaffinity", None)  # Linux
    return len(allowed(0)) if allowed else os.cpu_count() or 1


class Helpers:
    """Other processes that make mails, each asked by a thread of its own; those in `idle` have nothing to do."""

    def __init__(self, order: Order, count: int) -> None:
        self.idle: deque[subprocess.Popen[bytes]] = deque()
        self._all: list[subprocess.Popen[bytes]] = []
        self._threads = ThreadPoolExecutor(max(count, 1), "mailer-planning")
        command = [sys.executable, "-P", "-c", "from mailer.runs.planning.making import help_out; help_out()"]
        for _ in range(count):
            with contextlib.suppress(OSError):  # no room for another process
                process = subprocess.Popen(  # noqa: S603 - ourselves
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
                self._all.append(process)
                self._threads.submit(self._start, process, order)

    def submit(self, people: Sequence[Wanted], date: datetime) -> Future[list[Result]] | None:
        """Let a process that has nothing to do make a batch; return None where there is none."""
        try:
            process = self.idle.popleft()
        except IndexError:
            return None
        return self._threads.submit(self._ask, process, (people, date))

    def close(self) -> None:
        """End all of them."""
        for process in self._all:
            process.kill()
        self._threads.shutdown()
        for process in self._all:
            with contextlib.suppress(OSError), process:  # what it was to be told last may still wait to be written
                pass

    def _start(self, process: subprocess.Popen[bytes], order: Order) -> None:
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            self._ask(process, order)

    def _ask(self, process: subprocess.Popen[bytes], given: object) -> list[Result]:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101 - see above
        _put(process.stdin, given)
        answer: list[Result] = pickle.load(process.stdout)  # noqa: S301 - of our own process
        self.idle.append(process)
        return answer


def help_out() -> None:
    """Make mails for the process that started this one, until it has no more, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who plans is told, and ends us
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    with contextlib.suppress(EOFError, BrokenPipeError):
        maker = Maker(pickle.load(given))  # noqa: S301 - from the process that started this one
        _put(answers, [])
        while True:
            people, date = pickle.load(given)  # noqa: S301 - from the process that started this one
            _put(answers, maker.make(people, date))


def _put(stream: IO[bytes], value: object) -> None:
    stream.write(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    stream.flush()
