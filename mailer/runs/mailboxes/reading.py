"""Reading: the messages of all mailboxes as one stream, each read on from its cursor, whatever breaks.

Owns how one process opens one mailbox, with its password or with access tokens, and the second try where the server
refuses the token that we hold; the reconnecting where a connection breaks (a few tries, as long as nothing gets
further); the cursors; and that a mailbox which cannot be read is told and remembered, and keeps no other from being
read. A message is safe once its successor is asked for (`collect`); the cursor follows batch by batch, behind the marks
in the mailbox: a crash anywhere reads a batch again, and what is known counts once. Letters for people stay in their
folder, where others move. A dry run remembers and marks nothing.
Raises `LedgerProblem`, and to open a mailbox what `inbox.open_mailbox` raises.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from mailer.bounces.values import Kind
from mailer.errors import ConfigProblem, InputProblem, LedgerProblem, MailerError, Problem
from mailer.inbox.mailbox import open_mailbox
from mailer.inbox.values import ConnectionBroken, Entry, LoginRefused, Mailbox, Position
from mailer.ledger import Ledger
from mailer.ledger.returns import Cursor, find_kind, keep_cursor, note_failure, note_read, read_cursor
from mailer.runs.office import Office
from mailer.runs.office.access_tokens import AccessTokens, NoToken, TokenClient
from mailer.settings import Credential, Inbox, Secret

_WAITS_S = (1.0, 2.0, 4.0)  # before each try to connect again without having got further
_AGAIN = "Try again later; if it stays so, check token_url and the network."


class MailboxAccess:
    """Opens one mailbox, as often as needed; its password is fetched anew each time, as somebody may have mended it."""

    def __init__(
        self, inbox: Inbox, root: Path, credential: Callable[[], Credential | None], *, clock: Callable[[], datetime]
    ) -> None:
        """Take the mailbox, the workspace's folder, what fetches its password or refresh token, and the clock."""
        self.inbox = inbox
        self._root = root
        self._credential = credential
        self._clock = clock
        self._tokens: AccessTokens | None = None

    @property
    def notes(self) -> list[str]:
        """Return what the operator should hear of its tokens."""
        return self._tokens.notes if self._tokens else []

    def open(self) -> Mailbox:
        """Connect and log in.

        Raises:
            MailboxUnavailable, ConfigProblem, InputProblem: as `inbox.open_mailbox`; or there is no password or token.
        """
        if self.inbox.is_file:
            return open_mailbox(self.inbox, self._root, None)
        secret = self.secret()
        try:
            found = open_mailbox(self.inbox, self._root, secret)
        except LoginRefused:
            if self._tokens is None:
                raise
            try:
                other = asyncio.run(self._tokens.instead_of(secret))
            except NoToken as problem:
                raise ConnectionBroken(problem.message, hint=_AGAIN) from None
            if other is None:
                raise
            found = open_mailbox(self.inbox, self._root, other)
        if self._tokens is not None:
            self._tokens.worked()
        return found

    def secret(self) -> Secret:
        """Return the password, or an access token.

        Raises:
            ConfigProblem: there is none, or somebody has to sign in again.
            ConnectionBroken: the token endpoint cannot be reached.
        """
        if self._tokens is None:
            credential = self._credential()
            if credential is None:
                raise ConfigProblem(f"inbox {self.inbox.key}: no password")
            if isinstance(credential, Secret):
                return credential
            oauth = self.inbox.oauth
            scope = oauth.scope_for("imap" if self.inbox.is_imap else "pop3")
            client = TokenClient(f"inbox {self.inbox.key}", oauth, scope)
            self._tokens = AccessTokens(client, credential, self._root, self._clock)
        try:
            return asyncio.run(self._tokens.current())
        except NoToken as problem:  # none is to be had for now: a mailbox that cannot be reached
            raise ConnectionBroken(problem.message, hint=_AGAIN) from None


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


class Reader:
    """Reads one mailbox; the connection (`mailbox`) stays open for waiting, until it is closed."""

    def __init__(
        self,
        access: MailboxAccess,
        told: Told,
        *,
        progress: Callable[[str, int, int], None] = lambda _key, _done, _expected: None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Take how the mailbox is opened, and what hears of it.

        `progress` hears how far a reading is (mailbox, read, expected or 0), `pause` waits before it connects again.
        """
        self.inbox = access.inbox
        self.mailbox: Mailbox | None = None
        self._access = access
        self._told = told
        self._progress = progress
        self._pause = pause
        self._cursor = Cursor(access.inbox.cursor_name)
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
                self._pause(_WAITS_S[tries])
                tries += 1
            except BaseException:
                self.drop()
                raise
        if not dry_run:
            with ledger.writing() as connection:
                note_read(connection, self.inbox.cursor_name, at=office.clock())

    def _through(self, ledger: Ledger, *, dry_run: bool) -> Iterator[Entry]:
        """Read over one connection, from the cursor to the end."""
        mailbox = self.mailbox = self.mailbox or self._access.open()
        self._opened = True
        start = Position(self._cursor.validity, self._cursor.uid, self._cursor.seen)

        def is_letter(digest: bytes) -> bool:
            """Return whether a message is for people to read: it stays where they look for it."""
            with ledger.reading() as connection:
                return find_kind(connection, digest) == Kind.NONE

        for each in mailbox.read(start, is_letter):
            if isinstance(each, Position):
                reached = replace(self._cursor, validity=each.validity, uid=each.uid, seen=each.seen)
                if reached != self._cursor and not dry_run and not self.inbox.is_file:
                    with ledger.writing() as connection:
                        keep_cursor(connection, reached)
                self._cursor = reached
                continue
            yield each
            self._done += 1
            self._progress(self.inbox.key, self._done, max(mailbox.expected, self._done))
        self._told.note(self.inbox.key, [*mailbox.notes, *self._access.notes])

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait for news over the open connection; False where that is not possible, and the time has to pass by itself.

        Raises:
            MailboxUnavailable: the connection is gone.
        """
        if self.mailbox is None:
            return False
        try:
            waited = self.mailbox.wait(limit_s, is_over)
        except MailerError:
            self.drop()
            raise
        if not waited:
            self.close()
        return waited

    def close(self) -> None:
        """Leave in good order."""
        mailbox, self.mailbox = self.mailbox, None
        if mailbox is not None:
            mailbox.close()

    def drop(self) -> None:
        """Leave without a word."""
        mailbox, self.mailbox = self.mailbox, None
        if mailbox is not None:
            mailbox.drop()


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
