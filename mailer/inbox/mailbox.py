"""Mailbox: mail from any kind of mailbox, as one stream of raw messages; and the choice of how a mailbox is opened.

Owns the recognition of the kind (Maildir, mbox, folder of .eml files, one message, a pipe) and the mailbox that is a
file: it has no position, since known messages are recognised by their bytes. One message is in memory at a time. Never
writes, never knows a ledger: the reader stores the positions.
Raises `InputProblem` for a path that cannot be read at all; a single message that cannot is a `Problem` in the stream,
so that one bad file never hides the others.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from imapclient.imapclient import SENT, IMAPClient

from mailer import lazy_re as re
from mailer.errors import ConfigProblem, InputProblem, Problem
from mailer.inbox.accounts import ImapMailbox, Pop3Mailbox, as_mailbox_errors, log_in, log_out, name_of, select
from mailer.inbox.values import (
    MAX_MESSAGE_BYTES,
    Copies,
    Entry,
    Mailbox,
    Position,
    RawMessage,
    Stays,
    message_id_of,
    too_large,
    unreadable,
)
from mailer.settings import Inbox, Secret

_TICK_S = 1.0
_SETTLED_S = 2.0
_SINGLE = frozenset({".eml", ".json"})  # one message a file; an event of a relay is one too


def inbox_path(url: str, root: Path) -> Path:
    """Return the path of a `maildir:PATH` or `mbox:PATH` (`settings.Inbox.url`); `root` is the workspace's folder."""
    scheme, _, path = url.partition(":")
    if scheme not in {"maildir", "mbox"} or not path:
        raise InputProblem(f'"{url}" is not a mailbox that can be read', hint="write maildir:PATH or mbox:PATH")
    return root / Path(path).expanduser()


def read_messages(path: Path) -> Iterator[Entry]:
    """Read every message at a path, oldest file name first, one at a time.

    `path` is a Maildir, an mbox file, a folder of .eml files or one message. The source of each message names the file
    (and for an mbox the message's number, from 1: `returned.mbox#3`).

    Raises:
        InputProblem: at once, not while iterating: there is nothing at the path, or nothing that is mail.
    """
    try:
        if is_maildir(path):  # names begin with the time of arrival
            names = [name for part in ("new", "cur") if (path / part).is_dir() for name in (path / part).iterdir()]
            files = (name for name in names if not name.name.startswith("."))
            return _each(sorted(files, key=lambda name: (name.name, name.parent)), _read_delivered)
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if file.suffix.lower() in _SINGLE and file.is_file())
            if found:
                return _each(found, lambda each: _read_file(each.open("rb"), each))
            raise InputProblem(
                "is neither a Maildir (it has no new/ or cur/ in it) nor a folder of .eml files",
                source=str(path),
                hint="Name the folder that holds new/ and cur/, or the mbox file itself.",
            )
        if path.exists():
            file = path.open("rb")  # at once, and once: it may be a pipe
            return _each([path], lambda _: _read_file(file, path))
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    raise InputProblem(
        "there is no such file or folder",
        source=str(path),
        hint="Name a Maildir (a folder with new/ and cur/), an mbox, a folder of .eml files, or an .eml file.",
    )


def is_maildir(path: Path) -> bool:
    """Return whether a folder is a Maildir."""
    return (path / "new").is_dir() or (path / "cur").is_dir()


def _each(files: list[Path], read: Callable[[Path], Iterator[Entry]]) -> Iterator[Entry]:
    for file in files:
        try:
            yield from read(file)
        except OSError as error:
            yield unreadable(str(file), error)


def _read_delivered(file: Path) -> Iterator[Entry]:
    """Read a message of a Maildir; another program may have renamed it, to another folder or other flags."""
    start, found = file.name.partition(":")[0], [file]
    with contextlib.suppress(FileNotFoundError):
        if not file.is_file():
            now = (file.parent.parent / "cur").iterdir()
            found = [name for name in now if name.name.partition(":")[0] == start and name.is_file()][:1]
        for each in found:
            is_small = each.stat().st_size <= MAX_MESSAGE_BYTES
            yield RawMessage(str(each), each.read_bytes()) if is_small else too_large(str(each))


def _read_file(file: BinaryIO, path: Path) -> Iterator[Entry]:
    """Read one file, and close it. An .eml file is one message even if it begins with a From_ line."""
    with file:
        if path.suffix.lower() != ".eml":
            yield from read_stream(file, str(path))
            return
        data = file.read(MAX_MESSAGE_BYTES + 1)
    yield too_large(str(path)) if len(data) > MAX_MESSAGE_BYTES else RawMessage(str(path), data)


def read_stream(stream: BinaryIO, source: str = "-") -> Iterator[Entry]:
    """Read a pipe: an mbox when it begins with a From_ line, else one message. An empty pipe has none."""
    first = stream.readline(_MAX_LINE_BYTES)
    if _FROM_LINE.match(first):
        yield from _read_mbox(first, stream, source)
        return
    data = first + stream.read(MAX_MESSAGE_BYTES + 1 - len(first))
    if len(data) > MAX_MESSAGE_BYTES:
        yield too_large(source)
    elif data.strip():
        yield RawMessage(source, data)


# Mbox: many messages in one file, each behind a line that begins with `From `.

# a sender and a time of day: a sentence that begins with “From” has none
_FROM_LINE = re.compile(rb"From [^\r\n]{0,150}?\d\d:\d\d")
_QUOTED = re.compile(rb">+From ")
_MAX_LINE_BYTES = 65_536


def _read_mbox(first: bytes, stream: BinaryIO, source: str) -> Iterator[Entry]:
    """Read an mbox; `first` is its first line, already read from the stream. Sources are `source#1`, `source#2`, on."""
    message = bytearray()
    number, overflow, blank, line_start = 0, False, True, True
    for line in chain([first], iter(lambda: stream.readline(_MAX_LINE_BYTES), b"")):
        starts = line_start and blank and _FROM_LINE.match(line) is not None
        if starts:
            if number:
                yield _entry(message, f"{source}#{number}", overflow=overflow)
            number, overflow, message = number + 1, False, bytearray()
        elif not overflow:
            message += line[1:] if line_start and _QUOTED.match(line) else line
            if len(message) > MAX_MESSAGE_BYTES:
                overflow, message = True, bytearray()
        blank = line_start and line in {b"\n", b"\r\n"}
        line_start = line.endswith(b"\n")
    if number:
        yield _entry(message, f"{source}#{number}", overflow=overflow)


def _entry(message: bytearray, source: str, *, overflow: bool) -> Entry:
    """Return the message without the blank line that follows it in an mbox."""
    if overflow:
        return too_large(source)
    data = bytes(message)
    for end in (b"\r\n\r\n", b"\n\n"):
        if data.endswith(end):
            return RawMessage(source, data[: -len(end) // 2])
    return RawMessage(source, data)


# A mailbox, whichever kind it is.


def open_mailbox(inbox: Inbox, root: Path, secret: Secret | None) -> Mailbox:
    """Open a mailbox; `root` is the workspace's folder, `secret` the password or access token where it wants one.

    Raises:
        MailboxUnavailable: a server cannot be reached, secured or logged in to.
        ConfigProblem: there is no such folder, or `ca_file` is not a file of certificates.
        InputProblem: there is no such Maildir or mbox.
    """
    if inbox.is_file or secret is None:
        return _Files(inbox, root)
    return ImapMailbox(inbox, secret) if inbox.is_imap else Pop3Mailbox(inbox, secret)


class _Files(Mailbox):
    """A Maildir or an mbox. Read again, it yields what is new; waiting means checking its times."""

    def __init__(self, inbox: Inbox, root: Path) -> None:
        super().__init__()
        self._path = inbox_path(inbox.url, root)
        self._given: set[str] = set()
        self._state: tuple[int, ...] = ()
        read_messages(self._path)  # raises if there is nothing

    def read(self, start: Position, stays: Stays | None = None) -> Iterator[Entry | Position]:  # noqa: ARG002 - as `Mailbox` asks
        state = _state(self._path)
        if not state or state != self._state:
            for each in read_messages(self._path):
                name = Path(each.source).name.partition(":")[0]
                if name not in self._given:
                    yield each
                # a Maildir's file names never change (before the flags); an mbox has only numbers
                if is_maildir(self._path):
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


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes when mail arrives; nothing just after a change: file times are coarser than deliveries."""
    places = [each for each in (path, path / "new", path / "cur") if each.exists()]
    try:
        found = [each.stat() for each in places]
    except OSError:
        return ()
    if any(time.time() - each.st_mtime < _SETTLED_S for each in found):
        return ()
    return tuple(figure for each in found for figure in (each.st_mtime_ns, each.st_size))


# Copies: which of our messages are in a mailbox that keeps copies of sent mail, by Message-ID; a message that only
# quotes a Message-ID (a reply, a bounce) is no copy.
# Gaps: a journal that wraps each mail in a report of its own (Exchange) is not read.

_TOGETHER: Final = 20  # Message-IDs in one search: RFC 7162 §4 asks for command lines below 8,192 bytes
_HEADER: Final = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


def find_copies(inbox: Inbox, root: Path, password: Callable[[], Secret], wanted: Sequence[str]) -> Copies:
    """Search a mailbox for messages with these Message-IDs (`<…>`).

    `root` is the workspace's folder. `password` is called only if the mailbox needs one.

    Raises:
        InputProblem: the Maildir or mbox cannot be read.
        ConfigProblem: there is no password, or no such folder.
        MailboxUnavailable: the server cannot be reached, secured, logged in to or searched.
    """
    if inbox.is_file:
        missing, where, problems = set(wanted), dict[str, str](), list[Problem]()
        for entry in read_messages(inbox_path(inbox.url, root)):
            if isinstance(entry, Problem):  # returned, since it may be one of them
                problems.append(entry)
            elif (own := message_id_of(entry.data)) in missing:
                missing.discard(own)
                where[own] = entry.source
                if not missing:
                    break
        return Copies(where, tuple(problems))
    client = log_in(inbox, password())
    place, hint = name_of(inbox), "Put the name after the host: imaps://USER@HOST/FOLDER."
    try:
        with as_mailbox_errors(place, "cannot list its folders", hint):
            # an address without a folder means the one that the server marks as the folder of sent mail (RFC 6154)
            folder: str | None = inbox.server.folder or client.find_special_folder(SENT)
        if not folder:
            raise ConfigProblem(f"{place} marks no folder as the one for sent mail", hint=hint)
        with as_mailbox_errors(place, "broke off"):
            select(client, inbox, folder, hint, readonly=True)
        name = inbox.url if inbox.server.folder else f"{inbox.url.rstrip('/')}/{folder}"
        found: dict[str, int] = {}
        with as_mailbox_errors(name, "could not be searched"):
            for start in range(0, len(wanted), _TOGETHER):
                found |= _find_over_imap(client, wanted[start : start + _TOGETHER])
    finally:
        log_out(client)
    return Copies({each: f"{name}, UID {uid}" for each, uid in found.items()})


def _find_over_imap(client: IMAPClient, wanted: Sequence[str]) -> dict[str, int]:
    """Return which of these Message-IDs are on messages in the folder, each with the message's UID.

    A search by header returns UIDs, not which Message-ID matched, and a server may match loosely (RFC 9051 §6.4.4:
    “contains”): the headers of what it finds are fetched and compared. The angle brackets are left out of the search,
    as some servers keep and others strip them.
    """
    each = [["HEADER", "Message-ID", text.strip("<>")] for text in wanted]
    uids = client.search([*(word for criterion in each[:-1] for word in ("OR", *criterion)), *each[-1]])
    headers = client.fetch(uids, [_HEADER]) if uids else {}
    ids = {
        message_id_of(value): uid
        for uid, answer in headers.items()
        for key, value in answer.items()
        if key.startswith(b"BODY[HEADER") and value
    }
    return {text: ids[text] for text in wanted if text in ids}
