"""Watching: every mailbox read again and again, beside a worker that sends or for somebody who looks on.

Owns one thread a mailbox (IDLE keeps a connection waiting), patience with a mailbox that cannot be read (it is told
once, and once more when it can be), and the lock by which one process at a time reads a mailbox. Settings and ledger
are opened for each reading anew: what was mended counts at once. Two that read the same mailbox from two machines do
no harm, as a message is known by its bytes; on one machine they take turns.

What is read in the background goes gently: a short rest after each message leaves the ledger to who sends.
Gaps: a mailbox that cannot be read is noticed anew by each process; on a ledger that several machines share, all of
them read all mailboxes.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mailer.errors import LedgerProblem, MailerError
from mailer.inbox.values import Entry
from mailer.ledger import Ledger
from mailer.platform import hold
from mailer.runs.collect.applying import Collected
from mailer.runs.collect.taking import collect
from mailer.runs.mailboxes.reading import MailboxAccess, Reader, Told, fail
from mailer.runs.office import Office
from mailer.settings import Credential, Inbox

_LOOK_S = 30.0  # how soon a mailbox that mailer.toml names anew is read
_REST_S = 0.005
_BACKOFF_S = (5.0, 15.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDependencies:
    """What a watch depends on: the office (opened each time anew), passwords, and who hears of it.

    `tell` hears what each reading brought (the mailbox's name, and what), `say` what goes wrong; both from threads.
    `only` names the one mailbox to read, else all are; `gently`: others need the ledger more.
    """

    office: Callable[[], AbstractContextManager[Office]]
    credential: Callable[[Office, Inbox], Credential | None]
    tell: Callable[[str, Collected], None]
    say: Callable[[str], None]
    only: str = ""
    gently: bool = True


@dataclass(slots=True)
class _Watched:
    """What one thread knows of its mailbox."""

    key: str
    reader: Reader | None = None
    told: Told = field(default_factory=Told)
    said: int = 0
    failing: str = ""
    tries: int = 0


class Watch:
    """Reads mailboxes until it is stopped. `failures` are those of the last reading of each."""

    def __init__(self, dependencies: WatchDependencies) -> None:
        self._dependencies = dependencies
        self._over = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._watched: dict[str, _Watched] = {}
        self._looking: threading.Thread | None = None
        self._unreadable = ""
        self.failures: list[MailerError] = []

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._looking = self._thread("mailboxes", self._look_on)

    def stop(self) -> None:
        """Let all end at once: what is in the ledger is safe, and the rest is read the next time."""
        self._over.set()
        for each in list(self._watched.values()):
            mailbox = each.reader.mailbox if each.reader is not None else None
            if mailbox is not None:
                mailbox.hang_up()

    def join(self, limit_s: float = 5.0) -> None:
        """Wait until all have ended; who waits for a server that does not answer is left behind."""
        for thread in [each for each in (self._looking, *self._threads.values()) if each is not None]:
            thread.join(limit_s)

    def once(self) -> None:
        """Read every mailbox once, one after the other."""
        for key in self._keys():
            if self._over.is_set():
                return
            watched = self._watched.setdefault(key, _Watched(key))
            error = self._round(watched)
            if watched.reader is not None:
                watched.reader.close()
            if error is not None:
                self.failures.append(error)
                self._dependencies.say(f"inbox {key}: {error}")

    def _look_on(self) -> None:
        while not self._over.is_set():
            for key in self._keys():
                thread = self._threads.get(key)
                if thread is None or not thread.is_alive():
                    self._watched[key] = _Watched(key)
                    self._threads[key] = self._thread(f"inbox {key}", partial(self._watch, self._watched[key]))
            self._over.wait(_LOOK_S)

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        # which workspace is meant stands in the context; a thread begins with an empty one
        context = contextvars.copy_context()
        made = threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
        made.start()
        return made

    def _keys(self) -> list[str]:
        """Return the mailboxes that mailer.toml names; settings that cannot be read are told once."""
        try:
            with self._dependencies.office() as office:
                found = [key for key, each in office.settings.inbox.items() if each.holds == "returns"]
        except MailerError as error:
            if str(error) != self._unreadable:
                self._dependencies.say(f"no mailbox is read: {error}")
            self._unreadable = str(error)
            return []
        self._unreadable = ""
        return [key for key in found if self._dependencies.only in {"", key}]

    def _watch(self, watched: _Watched) -> None:
        """Read one mailbox until it is over, or mailer.toml no longer names it."""
        try:
            while not self._over.is_set():
                error = self._round(watched)
                if error is None and watched.reader is None:
                    return
                self._wait(watched, error)
        finally:
            if watched.reader is not None:
                watched.reader.close()

    def _wait(self, watched: _Watched, error: MailerError | None) -> None:
        """Wait for news, or until trying again is worth it."""
        if error is None and watched.reader is not None:
            if watched.failing:
                self._dependencies.say(f"inbox {watched.key} can be read again")
            watched.failing, watched.tries = "", 0
            every_s = float(watched.reader.inbox.every_s)
            if watched.reader.mailbox is None:  # another process was reading it, and may not be there for long
                self._over.wait(min(every_s, _BACKOFF_S[0]))
                return
            try:
                if not watched.reader.wait(every_s, self._over.is_set):
                    self._over.wait(every_s)
            except MailerError:
                self._over.wait(_BACKOFF_S[0])  # whether it can be reached shows itself when it is read again
            return
        wait_s = _BACKOFF_S[min(watched.tries, len(_BACKOFF_S) - 1)]
        watched.tries += 1
        if error is not None and str(error) != watched.failing and not self._over.is_set():
            watched.failing = str(error)
            self._dependencies.say(f"inbox {watched.key}: {error}; trying again, in {wait_s:.0f} s first")
        self._over.wait(wait_s)

    def _round(self, watched: _Watched) -> MailerError | None:
        """Read a mailbox once; return why that failed."""
        try:
            with self._dependencies.office() as office:
                inbox = office.settings.inbox.get(watched.key)
                if watched.reader is not None and watched.reader.inbox != inbox:  # mailer.toml has it otherwise now
                    watched.reader.close()
                    watched.reader = None
                if watched.reader is None and inbox is not None:
                    credential = partial(self._dependencies.credential, office, inbox)
                    access = MailboxAccess(inbox, office.workspace.root, credential, clock=office.clock)
                    watched.reader = Reader(access, watched.told, pause=self._over.wait)
                if watched.reader is None or office.ledger is None:
                    return None  # gone from mailer.toml; or nothing was ever sent that could come back
                with _alone(office, watched.reader.inbox) as is_mine:
                    if is_mine:
                        return self._read(watched, watched.reader, office, office.ledger)
        except MailerError as error:
            return error
        return None

    def _read(self, watched: _Watched, reader: Reader, office: Office, ledger: Ledger) -> MailerError | None:
        failed: list[MailerError] = []
        collected = collect(office, ledger, self._gently(reader.entries(ledger, office), failed))
        if collected.messages > collected.known or collected.problems:
            self._dependencies.tell(watched.key, collected)
        if collected.messages > collected.known:
            with contextlib.suppress(LedgerProblem):  # an older copy is not counted on
                office.guard(ledger).count(office.stamp())
        for note in watched.told.notes[watched.said :]:
            self._dependencies.say(f"inbox {note}")
        watched.said = len(watched.told.notes)
        if failed and not self._over.is_set():
            fail(office, ledger, reader.inbox, failed[0])
        return failed[0] if failed else None

    def _gently(self, entries: Iterator[Entry], failed: list[MailerError]) -> Iterator[Entry]:
        """Yield the entries up to where they fail: what came before is told all the same."""
        try:
            for each in entries:
                yield each
                if self._over.is_set():
                    return
                if self._dependencies.gently:
                    self._over.wait(_REST_S)
        except LedgerProblem:
            raise
        except MailerError as error:
            failed.append(error)


@contextlib.contextmanager
def _alone(office: Office, inbox: Inbox) -> Iterator[bool]:
    """Hold the kernel lock of a mailbox while the block runs; False where another process of this machine reads it."""
    name = hashlib.sha256(inbox.cursor_name.encode()).hexdigest()[:16]
    path = Path(office.workspace.make_machine_folder("run")) / f"inbox-{name}.lock"
    try:
        handle = hold(path)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        os.close(handle)
