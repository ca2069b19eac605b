"""IMAP mailbox: what came back, read from a folder of an account, and marked once it is safe.

Owns the order of things: messages above the last UID, in bounded batches, each given in turn; when the whole batch was
taken (whoever reads asks for the next entry), it is marked as the settings want it, and the new position is given. So a
crash at any point at worst reads a batch again. Messages are fetched with PEEK: nothing becomes seen, nothing is ever
deleted. A folder that nothing is to be done in is opened with EXAMINE (RFC 9051 §6.3.3), which could not even.
Another UIDVALIDITY is another numbering: all is read again, and what is known counts once.
A message that the server lists and cannot deliver holds the position before it, so that it is asked for again, until
somebody looked at it; one that was deleted meanwhile is passed over, one over the limit is told and not fetched.
Raises `ConnectionBroken`, `LoginRefused`, `MailboxUnavailable`, and `ConfigProblem` where there is no such folder.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError
from imapclient.imapclient import IMAPClient

from mailer.errors import ConfigProblem
from mailer.inbox.imap_session import drop, leave, log_in
from mailer.inbox.transport import AGAIN, hang_up, said, server_name, told
from mailer.inbox.values import (
    MAX_MESSAGE_BYTES,
    Entry,
    Position,
    RawMessage,
    Stays,
    nothing_stays,
    too_large,
    unreadable,
)
from mailer.settings import Inbox, Secret
from mailer.settings.inbox import After

_BATCH_MESSAGES, _BATCH_BYTES = 100, 4_000_000
_LISTED = 500  # UIDs in one command: RFC 7162 §4 asks for lines below 8,192 bytes
_WINDOW = 50_000  # UIDs in one answer to SEARCH, which is one line
_IDLE_S = 28 * 60.0  # RFC 2177: a server may log out who idles for 30 minutes
_TICK_S = 1.0
_SHOWN_FOLDERS = 30


class ImapMailbox:
    """A folder that is open for reading. `notes` has what people should hear, `expected` how many messages are new."""

    def __init__(self, inbox: Inbox, secret: Secret) -> None:
        """Connect, secure, log in and open the folder.

        Raises:
            ConnectionBroken, LoginRefused, MailboxUnavailable: the server cannot be used.
            ConfigProblem: there is no such folder, or `ca_file` is none.
        """
        self._inbox = inbox
        self._folder = inbox.server.folder or "INBOX"
        self.notes: list[str] = []
        self.expected = 0
        self._held = 0
        self._client = log_in(inbox, secret)
        try:
            self._validity, self._marking = self._open()
        except BaseException:
            drop(self._client)
            raise

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:
        """Yield the messages above a position, and between them how far all is taken.

        Raises:
            ConnectionBroken: the server broke off; what was given up to the last position is settled.
        """
        uid = start.uid if start.validity == self._validity else 0
        if start.validity not in {0, self._validity}:
            self.notes.append("the server numbers its messages anew: all are read again, what is known counts once")
        self._held, self.expected = 0, 0
        reached = Position(self._validity, uid)
        while found := self._above(uid):
            self.expected += len(found)
            for batch in self._batches(found):
                yield from self._take(batch, stays)
                uid = batch[-1][0]
                reached = Position(self._validity, min(uid, self._held - 1) if self._held else uid)
                yield reached
            uid = max(uid, found[-1])
        yield reached

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait for new mail (IDLE), until something came, the time is up, or it is over; False: the server has no IDLE.

        Raises:
            ConnectionBroken: the server broke off.
        """
        if not self._client.has_capability("IDLE"):
            return False
        end = time.monotonic() + min(limit_s, _IDLE_S)
        with self._told("broke off"):
            # what came before the server began to listen may lie unseen in a buffer: the end of IDLE brings it out
            if not self._idle(min(time.monotonic() + _TICK_S, end), is_over) and not is_over():
                self._idle(end, is_over)
        return True

    def _idle(self, end: float, is_over: Callable[[], bool]) -> bool:
        """Listen until a moment; return whether mail came."""
        self._client.idle()
        came = False
        while not came and not is_over() and (left := end - time.monotonic()) > 0:
            before, tick_s = time.monotonic(), min(left, _TICK_S)
            answers = self._client.idle_check(timeout=tick_s)
            came = _tells_of_mail(answers)
            if not answers and time.monotonic() - before < tick_s / 2:
                break  # woken by nothing: the connection is closed, as the next line finds
        _, answers = self._client.idle_done()
        return came or _tells_of_mail(answers)

    def look(self) -> str:
        """Return what is done here with what was read, and why where that is not what was asked for."""
        words = {"keep": "left as it is", "keyword": "marked $Processed"}.get(
            self._marking.how, f"moved to {self._marking.folder}"
        )
        there = f"{self._opened.get(b'EXISTS', 0)} messages in {self._folder}"
        return "; ".join([there, f"what was read is {words}", *self.notes])

    def close(self) -> None:
        """Log out."""
        leave(self._client)

    def drop(self) -> None:
        """Go without a word."""
        drop(self._client)

    def hang_up(self) -> None:
        """Wake the thread that reads or waits."""
        hang_up(self._client.socket())

    def _open(self) -> tuple[int, Marking]:
        with self._told("broke off"):
            if "/" in self._folder:
                self._folder = as_server_writes(self._client, self._folder)[0]
            try:
                opened = self._select()
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                message = f'{server_name(self._inbox)} does not open the folder "{self._folder}": {said(error)}'
                hint = f"The name stands behind the host: imaps://USER@HOST/FOLDER.{self._folders()}"
                raise ConfigProblem(message, hint=hint) from None
            marking = choose_marking(self._client, self._inbox, opened)
        if marking.note:
            self.notes.append(marking.note)
        self._opened, self._fresh = opened, True
        self._next = int(opened.get(b"UIDNEXT", 0))
        self._many = int(opened.get(b"EXISTS", 0)) > _WINDOW and self._next > 0
        return int(opened.get(b"UIDVALIDITY", 0)), marking

    def _select(self) -> Mapping[bytes, Any]:
        found: Mapping[bytes, Any]
        try:
            found = self._client.select_folder(self._folder, readonly=self._inbox.what_after == "keep")
        except IMAPClientReadOnlyError:
            found = self._client.select_folder(self._folder, readonly=True)
        return found

    def _folders(self) -> str:
        names = [str(name) for _, _, name in islice(self._client.list_folders(), _SHOWN_FOLDERS)]
        return f" There are: {', '.join(names)}" if names else ""

    def _told(self, what: str) -> AbstractContextManager[None]:
        return told(server_name(self._inbox), what, AGAIN)

    def _above(self, uid: int) -> list[int]:
        """Return the UIDs above one, in order; `n:*` names the last message also where it is below n (RFC 9051 §9)."""
        with self._told("broke off"):
            self._client.noop()  # what arrived since the last command shows itself only with the next
            found: set[int] = set()
            if self._many:
                for first in range(uid + 1, self._next, _WINDOW):
                    found |= set(self._client.search(["UID", f"{first}:{min(first + _WINDOW, self._next) - 1}"]))
            found |= set(self._client.search(["UID", f"{max(uid + 1, self._next if self._many else 0)}:*"]))
        return sorted(each for each in found if each > uid)

    def _batches(self, uids: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
        """Yield UIDs with their sizes, so many together that a batch is one answer of a bounded size."""
        for start in range(0, len(uids), _LISTED):
            batch: list[tuple[int, int]] = []
            filled = 0
            for uid, size in self._sizes(uids[start : start + _LISTED]):
                fetched = size if size <= MAX_MESSAGE_BYTES else 0
                if batch and (len(batch) >= _BATCH_MESSAGES or filled + fetched > _BATCH_BYTES):
                    yield batch
                    batch, filled = [], 0
                batch.append((uid, size))
                filled += fetched
            if batch:
                yield batch

    def _sizes(self, uids: Sequence[int]) -> list[tuple[int, int]]:
        with self._told("broke off"):
            answers = self._client.fetch(uids, ["RFC822.SIZE"])
            return [(uid, int(answers[uid].get(b"RFC822.SIZE", 0))) for uid in uids if uid in answers]

    def _take(self, batch: Sequence[tuple[int, int]], stays: Stays) -> Iterator[Entry]:
        """Yield the messages of a batch; when all of them were taken, mark them, or move those that do not stay."""
        for uid, size in batch:
            if size > MAX_MESSAGE_BYTES:
                yield too_large(self._source(uid))
        wanted = [uid for uid, size in batch if size <= MAX_MESSAGE_BYTES]
        bodies = self._bodies(wanted)
        taken: dict[int, bytes] = {}
        for uid in wanted:
            body = bodies.pop(uid, None)  # each is let go once it was given
            if isinstance(body, str):
                self._held = self._held or uid
                yield unreadable(self._source(uid), body)
            elif body is not None:
                taken[uid] = hashlib.sha256(body).digest()
                yield RawMessage(self._source(uid), body)
        moving = self._marking.how == "move"
        marked = [uid for uid, digest in taken.items() if not (moving and stays(digest))]
        if marked:
            self._mark(marked)

    def _mark(self, uids: Sequence[int]) -> None:
        with self._told("broke off"):
            self._marking = prepare(self._client, self._marking, self._opened) if self._fresh else self._marking
            trouble = self._marking.mark(self._client, uids)
        self._fresh = False
        self.notes += [each for each in (self._marking.note, trouble) if each and each not in self.notes]

    def _bodies(self, uids: Sequence[int]) -> dict[int, bytes | str]:
        """Fetch messages together, in one command, or one by one where the server refuses that; a text says why not."""
        together = self._fetched(uids)
        if isinstance(together, dict):
            return together
        found: dict[int, bytes | str] = {}
        for uid in uids:
            alone = self._fetched([uid])
            found |= alone if isinstance(alone, dict) else {uid: alone}
        return found

    def _fetched(self, uids: Sequence[int]) -> dict[int, bytes | str] | str:
        """Return the messages that are still there, or what the server says against giving them."""
        with self._told("broke off"):
            try:
                answers = self._client.fetch(uids, ["BODY.PEEK[]"])
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                return said(error)
        bodies = {uid: each.get(b"BODY[]") for uid, each in answers.items()}
        return {uid: body if isinstance(body, bytes) else "the server gives no body" for uid, body in bodies.items()}

    def _source(self, uid: int) -> str:
        return f"{self._inbox.url.rstrip('/')}{'' if self._inbox.server.folder else '/INBOX'}, UID {uid}"


def _tells_of_mail(answers: Iterable[object]) -> bool:
    return any(b"EXISTS" in each for each in answers if isinstance(each, tuple))


# IMAP marking: what is done in the folder with messages that are safe in the ledger.

KEYWORD = b"$Processed"


@dataclass(frozen=True, slots=True)
class Marking:
    """What is done, made by `choose_marking`; `note` says where that is not what was asked for."""

    how: After
    folder: str = ""
    note: str = ""

    def mark(self, client: IMAPClient, uids: Sequence[int]) -> str:
        """Mark messages; return what the server has against it, or an empty text.

        Raises:
            IMAPClientAbortError: the connection is gone.
        """
        if not uids or self.how == "keep":
            return ""
        try:
            if self.how == "move":
                client.move(uids, self.folder)
            else:
                client.add_flags(uids, [KEYWORD], silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            done = f"moved to {self.folder}" if self.how == "move" else "marked"
            return f"what was read could not be {done}: {said(error)}"
        return ""


def choose_marking(client: IMAPClient, inbox: Inbox, opened: Mapping[bytes, Any]) -> Marking:
    """Return what can be done in a folder; `opened` is what the server said when it was selected. Changes nothing yet.

    Raises:
        IMAPClientAbortError: the connection is gone.
    """
    wanted = inbox.what_after
    if wanted == "keep":
        return Marking("keep")
    if b"READ-ONLY" in opened:
        return Marking("keep", note="the folder can only be read: what was read is left as it is")
    if wanted == "keyword":
        return _keyword(opened)
    if not client.has_capability("MOVE"):
        return _keyword(opened, "the server cannot move messages without deleting them")
    return Marking("move", inbox.folder)


def prepare(client: IMAPClient, marking: Marking, opened: Mapping[bytes, Any]) -> Marking:
    """Find or make the folder to move to; where that cannot be, the keyword takes its place.

    Raises:
        IMAPClientAbortError: the connection is gone.
    """
    if marking.how != "move":
        return marking
    folder, why = _find_or_make(client, marking.folder)
    return _keyword(opened, why) if why else Marking("move", folder)


def _keyword(opened: Mapping[bytes, Any], instead: str = "") -> Marking:
    """Mark with the keyword where the server keeps it; `instead` says why nothing moves."""
    flags = opened.get(b"PERMANENTFLAGS")
    # without the answer all flags are kept (RFC 9051 §6.3.2)
    if flags is None or b"\\*" in flags or KEYWORD.lower() in {bytes(each).lower() for each in flags}:
        note = f"{instead}: what was read gets the keyword $Processed instead" if instead else ""
        return Marking("keyword", note=note)
    kept = "the server keeps no keywords: what was read is left as it is, and known by its number"
    return Marking("keep", note=f"{instead}; {kept}" if instead else kept)


def as_server_writes(client: IMAPClient, name: str) -> tuple[str, ...]:
    """Return the ways a folder's name may stand on this server, what people wrote with `/` with its own separator.

    Some servers have all folders of a person below a prefix, `INBOX.` mostly (RFC 2342).

    Raises:
        IMAPClientError: it does not say.
    """
    if not client.has_capability("NAMESPACE"):
        return (name,)
    for prefix, separator in client.namespace().personal or ():
        own = name.replace("/", separator) if separator and separator not in name else name
        below = f"{prefix}{own}" if prefix and not own.startswith(prefix) and own.upper() != "INBOX" else own
        return tuple(dict.fromkeys((own, below)))
    return (name,)


def _find_or_make(client: IMAPClient, name: str) -> tuple[str, str]:
    """Return the folder's full name, and why there is none."""
    names = as_server_writes(client, name)
    for each in names:
        if client.folder_exists(each):
            return each, ""
    why = ""
    for each in names:
        try:
            client.create_folder(each)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            why = f'the folder "{name}" cannot be made ({said(error)})'
        else:
            return each, ""
    return "", why
