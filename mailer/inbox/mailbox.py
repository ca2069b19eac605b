"""Mailbox: whichever kind a mailbox is, opened for reading in one way.

Owns the choice by address, and the mailbox that is a file: it has no position, as what is known is known by its bytes.
Never knows a ledger: whoever reads remembers the positions.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import poplib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError
from imapclient.imapclient import IMAPClient

from mailer.errors import ConfigProblem
from mailer.inbox.imap_session import drop, leave, log_in
from mailer.inbox.messages import inbox_path, is_maildir, read_messages
from mailer.inbox.transport import (
    AGAIN,
    CONNECT_S,
    INSECURE,
    LOGIN_HINT,
    REACH_HINT,
    READ_S,
    hang_up,
    made_secure,
    said,
    server_name,
    tls_context,
    told,
)
from mailer.inbox.values import (
    MAX_MESSAGE_BYTES,
    Entry,
    LoginRefused,
    Position,
    RawMessage,
    Stays,
    nothing_stays,
    too_large,
    unreadable,
)
from mailer.settings import Inbox, Secret
from mailer.settings.inbox import After

# IMAP mailbox: what came back, read from a folder of an account, and marked once it is safe.

_BATCH_MESSAGES, _BATCH_BYTES = 100, 4_000_000
_LISTED = 500  # UIDs in one command: RFC 7162 §4 asks for lines below 8,192 bytes
_WINDOW = 50_000  # UIDs in one answer to SEARCH, which is one line
_IDLE_S = 28 * 60.0  # RFC 2177: a server may log out who idles for 30 minutes
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


_TICK_S = 1.0
_SETTLED_S = 2.0


class Mailbox(Protocol):
    """A mailbox that is open for reading; `notes` is for people, `expected` how many messages are new (0: unknown)."""

    notes: list[str]
    expected: int

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:
        """Return the messages behind a position; a `Position` among them says that all before it can be left behind.

        Whoever reads asks for the next entry once the last one is safe: what is asked on counts as taken. `stays` says
        of a message that was taken, by the SHA-256 of its bytes, that it is not to be moved.

        Raises:
            MailboxUnavailable, InputProblem: it cannot be read (on).
        """

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        """Wait for new mail; False at once where that has to be asked for.

        Raises:
            MailboxUnavailable: the connection is gone.
        """

    def look(self) -> str:
        """Return what is there, and what is done with what was read."""

    def close(self) -> None:
        """Leave in good order."""

    def drop(self) -> None:
        """Leave without a word, as the connection is broken."""

    def hang_up(self) -> None:
        """Let whoever reads or waits in another thread find the connection broken."""


def open_mailbox(inbox: Inbox, root: Path, secret: Secret | None) -> Mailbox:
    """Open a mailbox; `root` is the workspace's folder, `secret` the password or access token where it wants one.

    Raises:
        MailboxUnavailable: a server cannot be reached, secured or logged in to.
        ConfigProblem: there is no such folder, or `ca_file` is none.
        InputProblem: there is no such Maildir or mbox.
    """
    if inbox.is_file or secret is None:
        return _Files(inbox, root)
    return ImapMailbox(inbox, secret) if inbox.is_imap else Pop3Mailbox(inbox, secret)


class _Files:
    """A Maildir or an mbox. Read a second time, it gives what changed; waiting is looking at its times."""

    def __init__(self, inbox: Inbox, root: Path) -> None:
        self.notes: list[str] = []
        self.expected = 0
        self._path = inbox_path(inbox.url, root)
        self._given: set[str] = set()
        self._state: tuple[int, ...] = ()
        read_messages(self._path)  # tells where there is nothing

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        state = _state(self._path)
        if not state or state != self._state:
            for each in read_messages(self._path):
                name = Path(each.source).name.partition(":")[0]
                if name not in self._given:
                    yield each
                if is_maildir(
                    self._path
                ):  # its names are for ever (the part before the flags), an mbox has but numbers
                    self._given.add(name)
            self._state = state
        yield start

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:
        end = time.monotonic() + limit_s
        while not is_over() and time.monotonic() < end:
            time.sleep(_TICK_S)
            state = _state(self._path)
            if state and state != self._state:
                break
        return True

    def look(self) -> str:
        return f"{self._path} can be read; nothing in it is changed"

    def close(self) -> None:
        """Nothing is open."""

    def drop(self) -> None:
        """Nothing is open."""

    def hang_up(self) -> None:
        """Who waits looks every second whether it is over."""


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes when mail arrives; nothing while it may be changing: times are coarser than deliveries."""
    places = [each for each in (path, path / "new", path / "cur") if each.exists()]
    try:
        found = [each.stat() for each in places]
    except OSError:
        return ()
    if any(time.time() - each.st_mtime < _SETTLED_S for each in found):
        return ()
    return tuple(figure for each in found for figure in (each.st_mtime_ns, each.st_size))


# POP3: a mailbox that can only be taken from, read and left as it is.

# the library's own limit of 2,048 is for commands; lines of messages are longer (it calls that a protocol error)
poplib._MAXLINE = MAX_MESSAGE_BYTES  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
_BATCH = 50


class Pop3Mailbox:
    """A mailbox that is open for reading. `notes` has what people should hear, `expected` how many are new."""

    def __init__(self, inbox: Inbox, secret: Secret) -> None:
        """Connect, secure and log in.

        Raises:
            ConnectionBroken, LoginRefused, MailboxUnavailable: the server cannot be used.
            ConfigProblem: `ca_file` is none.
        """
        self._inbox = inbox
        self._client = _log_in(inbox, secret)
        self.notes: list[str] = []
        self.expected = 0

    def read(self, start: Position, stays: Stays = nothing_stays) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        """Yield the messages that are not among the seen ones, and between them which all are taken now.

        Raises:
            ConnectionBroken: the server broke off; what was given up to the last position is settled.
        """
        listed = self._listed()
        there = frozenset(listed.values())
        taken = set(start.seen & there)
        new = [number for number, name in listed.items() if name not in taken]
        self.expected = len(new)
        sizes = self._sizes() if new else {}
        for place, number in enumerate(new, start=1):
            source = f"{self._inbox.url}, message {number}"
            if sizes.get(number, 0) > MAX_MESSAGE_BYTES:
                yield too_large(source)
                taken.add(listed[number])
            else:
                entry = self._fetch(number, source)
                yield entry
                if isinstance(entry, RawMessage):
                    taken.add(listed[number])
            if place % _BATCH == 0:
                yield Position(seen=frozenset(taken))
        yield Position(seen=frozenset(taken))

    def wait(self, limit_s: float, is_over: Callable[[], bool]) -> bool:  # noqa: ARG002 - as every mailbox has it
        """Return False: POP3 shows what was there at the login, so that whoever waits logs in again."""
        return False

    def look(self) -> str:
        """Return what is done here with what was read."""
        return f"{len(self._listed())} messages there; what was read stays on the server"

    def close(self) -> None:
        """Log out."""
        with contextlib.suppress(OSError, EOFError, poplib.error_proto):
            self._client.quit()
            return
        self.drop()

    def drop(self) -> None:
        """Go without a word."""
        _close(self._client)

    def hang_up(self) -> None:
        """Wake the thread that reads."""
        hang_up(self._client.sock)

    def _listed(self) -> dict[int, bytes]:
        """Return the messages that are there by number, each with a digest of its name."""
        hint = "POP3 without UIDL cannot tell what was read; use imaps:// there."
        with told(server_name(self._inbox), "does not tell its messages apart", hint):
            _, lines, _ = self._client.uidl()
        pairs = (line.split(b" ", 1) for line in lines if b" " in line)
        return {int(number): hashlib.sha256(name.strip()).digest()[:16] for number, name in pairs if number.isdigit()}

    def _sizes(self) -> dict[int, int]:
        with told(server_name(self._inbox), "broke off", AGAIN):
            _, lines, _ = self._client.list()
        words = (line.split() for line in lines)
        return {
            int(each[0]): int(each[1]) for each in words if len(each) > 1 and each[0].isdigit() and each[1].isdigit()
        }

    def _fetch(self, number: int, source: str) -> Entry:
        with told(server_name(self._inbox), "broke off", AGAIN):
            try:
                _, lines, _ = self._client.retr(number)
            except poplib.error_proto as error:
                if not said(error).startswith("-ERR"):
                    raise
                return unreadable(source, said(error))
        return RawMessage(source, b"\r\n".join([*lines, b""]))


def _log_in(inbox: Inbox, secret: Secret) -> poplib.POP3:
    client = _connect(inbox)
    try:
        _secure(client, inbox)
        with told(server_name(inbox), "refused the login", LOGIN_HINT, secret, kind=LoginRefused):
            _authenticate(client, inbox, secret)
    except BaseException:
        _close(client)
        raise
    client.sock.settimeout(READ_S)
    return client


def _close(client: poplib.POP3) -> None:
    with contextlib.suppress(OSError):
        client.close()


def _connect(inbox: Inbox) -> poplib.POP3:
    place, name = inbox.server, server_name(inbox)
    context = tls_context(inbox) if place.implicit else None
    with told(name, "cannot be reached", REACH_HINT), made_secure(name):
        if context is None:
            return poplib.POP3(place.host, place.port, timeout=CONNECT_S)
        return poplib.POP3_SSL(place.host, place.port, timeout=CONNECT_S, context=context)


def _secure(client: poplib.POP3, inbox: Inbox) -> None:
    name = server_name(inbox)
    hint = "It offers no STLS? Then write pop3s://. A certificate of your own needs ca_file."
    if inbox.server.implicit:
        return
    with told(name, INSECURE, hint), made_secure(name):
        client.stls(tls_context(inbox))


def _authenticate(client: poplib.POP3, inbox: Inbox, secret: Secret) -> None:
    user, shown = inbox.server.user, secret.reveal()
    if re.search(r"[\r\n\0]", shown):
        raise ValueError("a password has one line")
    if not inbox.oauth.is_on:
        client.user(user)
        client.pass_(shown)
        return
    words = base64.b64encode(f"user={user}\x01auth=Bearer {shown}\x01\x01".encode()).decode()
    client._shortcmd("AUTH XOAUTH2")  # type: ignore[attr-defined]  # noqa: SLF001 - poplib has no AUTH (RFC 5034)
    answer: bytes = client._shortcmd(words)  # type: ignore[attr-defined]  # noqa: SLF001 - as above
    if not answer.startswith(b"+OK"):
        client._shortcmd("")  # type: ignore[attr-defined]  # noqa: SLF001 - a refusal is a question first
