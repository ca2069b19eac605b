"""Reading: the messages of all mailboxes as one stream, each read on from its cursor, whatever breaks.

Owns the reconnecting where a connection breaks (a few tries, as long as nothing gets further), the cursors, and that a
mailbox which cannot be read is told and remembered, and keeps no other from being read. A message is safe once its
successor is asked for (`collect`); the cursor follows batch by batch, behind the marks in the mailbox: a crash anywhere
reads a batch again, and what is known counts once. Letters for people stay in their folder, where others move. A dry
run remembers and marks nothing.
Raises `LedgerProblem`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from mailer.bounces import Kind
from mailer.errors import InputProblem, LedgerProblem, MailerError, Problem
from mailer.inbox import ConnectionBroken, Entry, Mailbox, Position
from mailer.ledger import Ledger
from mailer.ledger.returns import Cursor, find_kind, keep_cursor, note_failure, note_read, read_cursor
from mailer.runs.mailboxes.door import Door
from mailer.runs.office import Office
from mailer.settings import Inbox

_WAITS_S = (1.0, 2.0, 4.0)  # before each try to connect again without having got further


@dataclass(slots=True)
class Told:
    """What one reading has to say beside its messages: what failed, and what people should hear."""

    failures: list[MailerError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, key: str, texts: Iterable[str]) -> None:
        """Take what a mailbox says, each once."""
        for text in texts:
            said = f"{key}: {text}"
            if said not in self.notes:
                self.notes.append(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Who hears how far a reading is (mailbox, read, expected or 0), and how it waits before it connects again."""

    progress: Callable[[str, int, int], None] = lambda _key, _done, _expected: None
    pause: Callable[[float], None] = time.sleep


class Reader:
    """Reads one mailbox; the connection stays open for waiting, until it is closed."""

    def __init__(self, door: Door, told: Told, ears: Ears | None = None) -> None:
        """Take how the mailbox is opened, and who hears of it."""
        self.inbox = door.inbox
        self._door = door
        self._told = told
        self._ears = ears or Ears()
        self._mailbox: Mailbox | None = None
        self._cursor = Cursor(door.inbox.cursor_name)
        self._opened = False
        self._done = 0

    def entries(self, ledger: Ledger, office: Office, *, dry_run: bool = False) -> Iterator[Entry]:
        """Yield what is new, from the cursor to the end; the cursor follows.

        Raises:
            MailerError: it cannot be read (on).
            LedgerProblem: the cursor cannot be read or kept.
        """
        with ledger.reading() as connection:
            self._cursor = read_cursor(connection, self.inbox.cursor_name)
        self._opened, self._done, tries = False, 0, 0
        while True:
            before = self._cursor
            try:
                yield from self._through(ledger, dry_run=dry_run)
                break
            except ConnectionBroken:
                self.drop()
                tries = 0 if self._cursor != before else tries
                if not self._opened or tries >= len(_WAITS_S):
                    raise
                self._ears.pause(_WAITS_S[tries])
                tries += 1
            except BaseException:
                self.drop()
                raise
        if not dry_run:
            with ledger.writing() as connection:
                note_read(connection, self.inbox.cursor_name, at=office.clock())

    def _through(self, ledger: Ledger, *, dry_run: bool) -> Iterator[Entry]:
        """Read over one connection, from the cursor to the end."""
        mailbox = self._open()
        self._opened = True
        start = Position(self._cursor.validity, self._cursor.uid, self._cursor.seen)
        for each in mailbox.read(start, partial(_is_letter, ledger)):
            if isinstance(each, Position):
                self._reach(ledger, each, dry_run=dry_run)
                continue
            yield each
            self._done += 1
            self._ears.progress(self.inbox.key, self._done, max(mailbox.expected, self._done))
        self._told.note(self.inbox.key, [*mailbox.notes, *self._door.notes])

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait for news over the open connection; False where that is not possible, and the time has to pass by itself.

        Raises:
            MailboxUnavailable: the connection is gone.
        """
        if self._mailbox is None:
            return False
        try:
            waited = self._mailbox.wait(limit_s, is_over)
        except MailerError:
            self.drop()
            raise
        if not waited:
            self.close()
        return waited

    @property
    def is_open(self) -> bool:
        """Return whether the connection of the last reading is still there."""
        return self._mailbox is not None

    def close(self) -> None:
        """Leave in good order."""
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.close()

    def drop(self) -> None:
        """Leave without a word."""
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.drop()

    def hang_up(self) -> None:
        """Wake whoever reads or waits, from another thread."""
        mailbox = self._mailbox
        if mailbox is not None:
            mailbox.hang_up()

    def _open(self) -> Mailbox:
        if self._mailbox is None:
            self._mailbox = self._door.open()
        return self._mailbox

    def _reach(self, ledger: Ledger, position: Position, *, dry_run: bool) -> None:
        reached = replace(self._cursor, validity=position.validity, uid=position.uid, seen=position.seen)
        if reached != self._cursor and not dry_run and not self.inbox.is_file:
            with ledger.writing() as connection:
                keep_cursor(connection, reached)
        self._cursor = reached


def _is_letter(ledger: Ledger, digest: bytes) -> bool:
    """Return whether a message is for people to read: it stays where they look for it."""
    with ledger.reading() as connection:
        return find_kind(connection, digest) == Kind.NONE


def read_all(
    office: Office, ledger: Ledger, readers: Iterable[Reader], told: Told, *, dry_run: bool = False
) -> Iterator[Entry]:
    """Yield the messages of all mailboxes, one after the other; one that cannot be read is a `Problem` among them.

    Raises:
        LedgerProblem: the ledger cannot be used.
    """
    for reader in readers:
        try:
            yield from reader.entries(ledger, office, dry_run=dry_run)
        except LedgerProblem:
            raise
        except MailerError as error:
            told.failures.append(error)
            yield fail(office, ledger, reader.inbox, error, dry_run=dry_run)
        finally:
            reader.close()


def fail(office: Office, ledger: Ledger, inbox: Inbox, error: MailerError, *, dry_run: bool = False) -> Problem:
    """Remember that a mailbox cannot be read, and give that as a problem."""
    said = str(error)
    if not dry_run:
        with ledger.writing() as connection:
            note_failure(connection, inbox.cursor_name, said, at=office.clock())
    return Problem(error.code, error.message, source=error.source if isinstance(error, InputProblem) else "")
