"""Mailboxes: fetches returned mail: opens mailboxes, reads on from their cursors, and watches them.

*Reading.* One process opens one mailbox, with its password or with access tokens, and tries a second time if the server
refuses our token; it reconnects if a connection breaks (a few tries, as long as there is no progress). A mailbox that
cannot be read is reported and recorded, and does not keep the others from being read. A message is safe once the next
one is requested (`collect`); the cursor follows batch by batch, after the marks in the mailbox: after a crash at any
point a batch is read again, and known messages count once. If messages are moved, letters for people stay in their
folder. A dry run records and marks nothing.

*Watching.* Every mailbox is read repeatedly, beside a worker that sends or for `--watch`: in one thread per mailbox
(IDLE keeps a connection waiting), and under a lock, so that one process at a time reads a mailbox. A mailbox that
cannot be read is tried again and again; it is reported once, and again when it works. If several machines share the
ledger, a lease in it does the same: it is renewed while mail is read, and released if the mailbox cannot be read, since
another host may have the password that this one lacks. Settings and the ledger are read for each round, so corrections
take effect at once. A worker reads slowly (a short pause after each message leaves the ledger to the senders), and
leaves alone the mailboxes that mailer.toml excludes (`by_worker`).

Raises `LedgerProblem`, and to open a mailbox what `inbox.open_mailbox` raises.
Gaps: each process discovers by itself that a mailbox cannot be read. If a server is silent for longer than the lease, a
second reading can begin, which does no harm, since messages are recognised by their bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from pathlib import Path

from mailer.bounces.values import Kind
from mailer.errors import ConfigProblem, InputProblem, LedgerProblem, MailerError, Problem, did_you_mean
from mailer.frozen import dataclass, field, replace
from mailer.inbox.mailbox import find_copies, open_mailbox
from mailer.inbox.values import ConnectionBroken, Entry, LoginRefused, Mailbox, Position
from mailer.ledger import Ledger
from mailer.ledger.processes import hold_duty, leave_duty
from mailer.ledger.returns import Cursor, find_kind, keep_cursor, note_failure, note_read, read_cursor
from mailer.platform import hold
from mailer.runs.collect.taking import Collected, Reading, collect
from mailer.runs.office import Office
from mailer.runs.office.access_tokens import AccessTokens, NoToken
from mailer.runs.reconcile import Archive
from mailer.settings import Credential, Inbox, Secret

_WAITS_S = (1.0, 2.0, 4.0)  # before each attempt to reconnect without progress in between
_TRY_AGAIN = "Try again later; if it persists, check token_url and the network."


@dataclass(slots=True)
class MailboxAccess:
    """Opens one mailbox, as often as needed; `root` is the workspace's folder.

    `credential` fetches its password or refresh token again each time, since someone may have corrected it.
    """

    inbox: Inbox
    root: Path
    credential: Callable[[], Credential | None]
    clock: Callable[[], datetime] = field(kw_only=True)
    tokens: AccessTokens | None = field(default=None, init=False)

    def open(self) -> Mailbox:
        """Connect and log in.

        Raises:
            MailboxUnavailable, ConfigProblem, InputProblem: as `inbox.open_mailbox`, or without password or token.
        """
        if self.inbox.is_file:
            return open_mailbox(self.inbox, self.root, None)
        secret = self.secret()
        try:
            found = open_mailbox(self.inbox, self.root, secret)
        except LoginRefused:
            if self.tokens is None:
                raise
            try:
                other = asyncio.run(self.tokens.instead_of(secret))
            except NoToken as problem:
                raise ConnectionBroken(problem.message, hint=_TRY_AGAIN) from None
            if other is None:
                raise
            found = open_mailbox(self.inbox, self.root, other)
        if self.tokens is not None:
            self.tokens.worked()
        return found

    def secret(self) -> Secret:
        """Return the password, or an access token.

        Raises ConfigProblem if there is none, or someone has to sign in again; ConnectionBroken if the token endpoint
        cannot be reached.
        """
        if self.tokens is None:
            credential = self.credential()
            if credential is None:
                raise ConfigProblem(f"inbox {self.inbox.key}: no password")
            if isinstance(credential, Secret):
                return credential
            self.tokens = AccessTokens(self.inbox, credential, self.root, self.clock)
        try:
            return asyncio.run(self.tokens.current())
        except NoToken as problem:  # no token for now: treated like a mailbox that cannot be reached
            raise ConnectionBroken(problem.message, hint=_TRY_AGAIN) from None


def sent_archives(office: Office, credential: Callable[[Office, Inbox], Credential | None]) -> list[Archive]:
    """Return the mailboxes of mailer.toml that hold copies of sent mail, to be searched."""
    root, found = office.workspace.root, []
    for inbox in office.settings.inbox.values():
        if inbox.holds == "sent":
            access = MailboxAccess(inbox, root, partial(credential, office, inbox), clock=office.clock)
            found.append(Archive(inbox.url, partial(find_copies, inbox, root, access.secret)))
    return found


@dataclass(slots=True)
class Reader:
    """Reads one mailbox; the connection (`mailbox`) stays open for waiting, until it is closed.

    `notes` are for people, in addition to the messages. `progress` is called with the mailbox, the messages read and
    those expected (0: not known), `pause` before it reconnects.
    """

    access: MailboxAccess
    notes: list[str]
    progress: Callable[[str, int, int], None] = lambda _key, _done, _expected: None
    pause: Callable[[float], object] = time.sleep
    mailbox: Mailbox | None = field(default=None, init=False)

    @property
    def inbox(self) -> Inbox:
        """Return the settings of the mailbox in mailer.toml."""
        return self.access.inbox

    def entries(self, ledger: Ledger, office: Office, *, dry_run: bool = False) -> Iterator[Entry]:
        """Yield new messages, from the cursor to the end; the cursor follows.

        Raises MailerError if the mailbox cannot be read (further); LedgerProblem if the cursor cannot be read or kept.
        """
        with ledger.reading() as connection:
            cursor = read_cursor(connection, self.inbox.cursor_name)
        done, tries, was_opened = 0, 0, False
        while True:
            before = cursor
            try:
                mailbox = self.mailbox = self.mailbox or self.access.open()
                was_opened = True
                start = Position(cursor.validity, cursor.uid, cursor.seen)
                for each in mailbox.read(start, lambda digest: _is_letter(ledger, digest)):
                    if isinstance(each, Position):
                        reached = replace(cursor, validity=each.validity, uid=each.uid, seen=each.seen)
                        if not dry_run and reached != cursor and not self.inbox.is_file:
                            with ledger.writing() as connection:
                                keep_cursor(connection, reached)
                        cursor = reached
                        continue
                    yield each
                    done += 1
                    self.progress(self.inbox.key, done, max(mailbox.expected, done))
                notes = [*mailbox.notes, *(self.access.tokens.notes if self.access.tokens else ())]
                named = (f"{self.inbox.key}: {note}" for note in notes)
                self.notes += [each for each in dict.fromkeys(named) if each not in self.notes]
                break
            except ConnectionBroken:
                self.close(broken=True)
                tries = 0 if cursor != before else tries
                if not was_opened or tries >= len(_WAITS_S):
                    raise
                self.pause(_WAITS_S[tries])
                tries += 1
            except BaseException:
                self.close(broken=True)
                raise
        if not dry_run:
            with ledger.writing() as connection:
                note_read(connection, self.inbox.cursor_name, at=office.clock())

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait for new mail on the open connection; return False if the caller has to sleep instead."""
        if self.mailbox is None:
            return False
        try:
            waited = self.mailbox.wait(limit_s, is_over)
        except MailerError:
            self.close(broken=True)
            raise
        if not waited:
            self.close()
        return waited

    def close(self, *, broken: bool = False) -> None:
        """Log out and disconnect; `broken`: only disconnect."""
        mailbox, self.mailbox = self.mailbox, None
        if mailbox is not None:
            mailbox.close(broken=broken)


def _is_letter(ledger: Ledger, digest: bytes) -> bool:
    """Return whether a message is a letter for people, which stays in its folder."""
    with ledger.reading() as connection:
        return find_kind(connection, digest) == Kind.NONE


def _record_failure(office: Office, ledger: Ledger, inbox: Inbox, error: MailerError) -> None:
    with ledger.writing() as connection:
        note_failure(connection, inbox.cursor_name, str(error), at=office.clock())


# Reading once, while someone waits; and the state of each mailbox.

_HINT = '[inbox.main] with url = "imaps://USER@HOST/INBOX", "maildir:PATH" …; or: mailer bounces collect PATH'


@dataclass(frozen=True, slots=True)
class MailboxState:
    """A mailbox in mailer.toml; the cursor has when it was last read to its end, and since when and why it fails."""

    inbox: Inbox
    cursor: Cursor


def choose_mailboxes(office: Office, key: str = "") -> list[Inbox]:
    """Return the mailboxes for returned mail, or the one of that name.

    Raises ConfigProblem if mailer.toml has none, or none of that name.
    """
    found = {key: each for key, each in office.settings.inbox.items() if each.holds == "returns"}
    if not found:
        raise ConfigProblem("mailer.toml names no mailbox to read", hint=_HINT)
    if key and key not in found:
        raise ConfigProblem(f'there is no inbox "{key}" in mailer.toml that is read{did_you_mean(key, found)}')
    return [found[key]] if key else list(found.values())


def collect_mailboxes(
    office: Office,
    ledger: Ledger,
    credential: Callable[[Office, Inbox], Credential | None],
    *,
    only: str = "",
    dry_run: bool = False,
    progress: Callable[[str, int, int], None] = lambda _key, _done, _expected: None,
) -> Reading:
    """Read every mailbox, or `only` one, from its cursor, and record new messages."""
    failures, notes, root = list[MailerError](), list[str](), office.workspace.root

    def entries() -> Iterator[Entry]:
        """Yield the messages of one mailbox after the other; a mailbox that cannot be read becomes a `Problem`."""
        for each in choose_mailboxes(office, only):
            inbox = each.replace(after="keep") if dry_run else each
            access = MailboxAccess(inbox, root, partial(credential, office, each), clock=office.clock)
            reader = Reader(access, notes, progress=progress)
            try:
                yield from reader.entries(ledger, office, dry_run=dry_run)
            except LedgerProblem:
                raise
            except MailerError as error:
                failures.append(error)
                if not dry_run:
                    _record_failure(office, ledger, each, error)
                source = error.source if isinstance(error, InputProblem) else ""
                yield Problem(error.code, error.message, source=source)
            finally:
                reader.close()

    found = collect(office, ledger, entries(), dry_run=dry_run)
    hints = tuple(hint for error in failures for hint in error.hint.splitlines())
    return Reading(found, tuple(notes), hints, max((error.exit_code for error in failures), default=0))


def read_mailbox_states(office: Office) -> tuple[MailboxState, ...]:
    """Return the state of each mailbox for returned mail; none is opened."""
    inboxes = [each for each in office.settings.inbox.values() if each.holds == "returns"]
    if office.ledger is None:
        return tuple(MailboxState(each, Cursor(each.cursor_name)) for each in inboxes)
    with office.ledger.reading() as connection:
        return tuple(MailboxState(each, read_cursor(connection, each.cursor_name)) for each in inboxes)


# Watching.

_LOOK_S = 30.0  # how soon a mailbox that was added to mailer.toml is read
_REST_S = 0.005
_BACKOFF_S = (5.0, 15.0, 60.0, 300.0)


@dataclass(slots=True)
class _Watched:
    key: str
    reader: Reader | None = None
    notes: list[str] = field(default_factory=list)
    notes_reported: int = 0
    failing: str = ""
    tries: int = 0
    lease: str = ""  # its name, if we hold one
    renew_s: float = math.inf
    renew_at: float = 0.0  # by `monotonic`


def _named(key: str, error: MailerError | None) -> str:
    """Return the error of a mailbox, with its name once."""
    return str(error) if str(error).startswith(f"inbox {key}") else f"inbox {key}: {error}"


@dataclass(slots=True, kw_only=True)
class Watch:
    """Reads mailboxes until it is stopped. `failures` are those of the last reading of each.

    `office` is opened for each reading, `credential` fetches passwords. `tell` is called with the name of a mailbox and
    the result of each reading, `say` with problems; both from threads. `only` names the one mailbox to read (empty:
    all); `by_worker`: it runs beside a worker that sends.
    """

    office: Callable[[], AbstractContextManager[Office]]
    credential: Callable[[Office, Inbox], Credential | None]
    tell: Callable[[str, Collected], None]
    say: Callable[[str], None]
    only: str = ""
    by_worker: bool = True
    failures: list[MailerError] = field(default_factory=list)
    _owner: str = field(default_factory=lambda: secrets.token_hex(8))
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: dict[str, threading.Thread] = field(default_factory=dict)  # by mailbox; "": looks for new mailboxes
    _watched: dict[str, _Watched] = field(default_factory=dict)
    _unreadable: str = ""

    def start(self) -> None:
        """Start the threads."""
        self._threads[""] = self._thread("mailboxes", self._find_mailboxes)

    def stop(self) -> None:
        """Stop all threads at once: what is in the ledger is safe, and the rest is read the next time."""
        self._over.set()
        for each in list(self._watched.values()):
            mailbox = each.reader.mailbox if each.reader is not None else None
            if mailbox is not None:
                mailbox.hang_up()

    def join(self, limit_s: float = 5.0) -> None:
        """Wait until all threads have ended; those that wait for a server that does not answer are abandoned."""
        until = time.monotonic() + limit_s
        for thread in list(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def once(self) -> None:
        """Read every mailbox once, one after the other."""
        for key in self._keys():
            if self._over.is_set():
                return
            watched = self._watched.setdefault(key, _Watched(key))
            error = self._round(watched)
            self._close(watched)
            if error is not None:
                self.failures.append(error)
                self.say(_named(key, error))

    def _find_mailboxes(self) -> None:
        while not self._over.is_set():
            for key in self._keys():
                thread = self._threads.get(key)
                if thread is None or not thread.is_alive():
                    self._watched[key] = _Watched(key)
                    self._threads[key] = self._thread(f"inbox {key}", partial(self._watch, self._watched[key]))
            self._over.wait(_LOOK_S)

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        # the workspace is in the context, and a thread begins with an empty one
        context = contextvars.copy_context()
        made = threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
        made.start()
        return made

    def _keys(self) -> list[str]:
        """Return the keys of the mailboxes in mailer.toml; settings that cannot be read are reported once."""
        try:
            with self.office() as office:
                found = [each for each in office.settings.inbox.values() if self._is_ours(each)]
        except MailerError as error:
            if str(error) != self._unreadable:
                self.say(f"no mailbox is read: {error}")
            self._unreadable = str(error)
            return []
        self._unreadable = ""
        return [each.key for each in found if self.only in {"", each.key}]

    def _is_ours(self, inbox: Inbox) -> bool:
        return inbox.holds == "returns" and (inbox.by_worker or not self.by_worker)

    def _watch(self, watched: _Watched) -> None:
        """Read one mailbox until the watch is stopped, or it is no longer in mailer.toml."""
        try:
            while not self._over.is_set():
                error = self._round(watched)
                if error is None and watched.reader is None:
                    return
                if error is None and watched.reader is not None:
                    self._wait(watched, watched.reader)
                    continue
                self._release(watched)
                wait_s = _BACKOFF_S[min(watched.tries, len(_BACKOFF_S) - 1)]
                watched.tries += 1
                if str(error) != watched.failing and not self._over.is_set():
                    watched.failing = str(error)
                    self.say(f"{_named(watched.key, error)}; trying again, in {wait_s:.0f} s first")
                self._over.wait(wait_s)
        finally:
            self._close(watched)

    def _wait(self, watched: _Watched, reader: Reader) -> None:
        if watched.failing:
            self.say(f"inbox {watched.key} can be read again")
        watched.failing, watched.tries = "", 0
        every_s = float(reader.inbox.every_s)
        if reader.mailbox is None:  # another process was reading it, and may end soon
            self._over.wait(min(every_s, _BACKOFF_S[0]))
            return
        try:
            if not reader.wait(every_s, partial(self._renew_or_end, watched)):
                end = time.monotonic() + every_s
                while not self._renew_or_end(watched) and (left_s := end - time.monotonic()) > 0:
                    self._over.wait(min(left_s, watched.renew_s))
        except MailerError:
            self._over.wait(_BACKOFF_S[0])  # if it cannot be reached, the next reading will report that

    def _round(self, watched: _Watched) -> MailerError | None:
        """Read a mailbox once; return the error if that fails."""
        try:
            with self.office() as office:
                inbox = office.settings.inbox.get(watched.key)
                inbox = inbox if inbox is not None and self._is_ours(inbox) else None
                if watched.reader is not None and watched.reader.inbox != inbox:  # its settings have changed
                    watched.reader.close()
                    watched.reader = None
                if watched.reader is None and inbox is not None:
                    credential = partial(self.credential, office, inbox)
                    access = MailboxAccess(inbox, office.workspace.root, credential, clock=office.clock)
                    watched.reader = Reader(access, watched.notes, pause=self._over.wait)
                if watched.reader is None or office.ledger is None:
                    return None  # removed from mailer.toml; or nothing was ever sent that could come back
                name = hashlib.sha256(watched.reader.inbox.cursor_name.encode()).hexdigest()[:16]
                try:
                    lock = hold(office.workspace.make_machine_folder("run") / f"inbox-{name}.lock")
                except BlockingIOError:  # another process of this machine reads it
                    return None
                try:
                    if office.ledger.on_this_machine or self._holds(watched, office.ledger, f"collect {name}"):
                        return self._read(watched, watched.reader, office, office.ledger)
                    watched.reader.close()
                    return None
                finally:
                    os.close(lock)
        except MailerError as error:
            return error

    def _holds(self, watched: _Watched, ledger: Ledger, lease: str) -> bool:
        """Take the lease of a mailbox, or renew it; return False if another machine has it."""
        take = partial(hold_duty, name=lease, owner=self._owner, now=ledger.now(), lease=ledger.lease)
        is_held = ledger.step(take)
        watched.lease = lease if is_held else ""
        watched.renew_s = ledger.lease.total_seconds() / 4
        watched.renew_at = time.monotonic() + watched.renew_s
        return is_held

    def _close(self, watched: _Watched) -> None:
        if watched.reader is not None:
            watched.reader.close()
        self._release(watched)

    def _release(self, watched: _Watched) -> None:
        """Release the lease of a mailbox if it is ours. The connection stays open, since logging in is expensive."""
        if watched.lease:
            with contextlib.suppress(MailerError), self.office() as office:
                if office.ledger is not None:
                    office.ledger.step(partial(leave_duty, name=watched.lease, owner=self._owner))
        watched.lease = ""

    def _renew_or_end(self, watched: _Watched) -> bool:
        """Renew the lease if that is due; return whether the watch is to end."""
        if watched.lease and time.monotonic() > watched.renew_at:
            with contextlib.suppress(MailerError), self.office() as office:
                if office.ledger is not None:
                    self._holds(watched, office.ledger, watched.lease)
        return self._over.is_set()

    def _read(self, watched: _Watched, reader: Reader, office: Office, ledger: Ledger) -> MailerError | None:
        failed: list[MailerError] = []
        collected = collect(office, ledger, self._until_over(watched, reader.entries(ledger, office), failed))
        if collected.messages > collected.known or collected.problems:
            self.tell(watched.key, collected)
        if collected.messages > collected.known:
            with contextlib.suppress(LedgerProblem):  # the guard only warns of an older copy
                office.guard(ledger).count(office.stamp())
        for note in watched.notes[watched.notes_reported :]:
            self.say(f"inbox {note}")
        watched.notes_reported = len(watched.notes)
        if failed and not self._over.is_set():
            _record_failure(office, ledger, reader.inbox, failed[0])
        return failed[0] if failed else None

    def _until_over(self, watched: _Watched, entries: Iterator[Entry], failed: list[MailerError]) -> Iterator[Entry]:
        """Yield the entries until one fails; the error goes into `failed`, so that earlier entries still count."""
        try:
            for each in entries:
                yield each
                if self._renew_or_end(watched):
                    return
                if self.by_worker:
                    self._over.wait(_REST_S)
        except LedgerProblem:
            raise
        except MailerError as error:
            failed.append(error)
