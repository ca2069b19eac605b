"""Messages: whatever place mail lies in, as one stream of raw messages.

Owns the recognition of a place (Maildir, mbox, folder of .eml files, one message, a pipe) and the size limit. One
message is in memory at a time. Never writes.
Raises `InputProblem` for a place that cannot be read at all; a single message that cannot is a `Problem` in the stream,
so that one bad file never hides the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from mailer.errors import InputProblem
from mailer.inbox.values import MAX_MESSAGE_BYTES, Entry, RawMessage, too_large, unreadable

__all__ = ["MAX_MESSAGE_BYTES", "Entry", "RawMessage", "inbox_path", "read_messages", "read_stream"]


_SINGLE = frozenset({".eml", ".json"})  # one message a file; what a relay tells is one too


def inbox_path(url: str, root: Path) -> Path:
    """Return the path of a `maildir:PATH` or `mbox:PATH` (`settings.Inbox.url`); `root` is the workspace's folder.

    Raises:
        InputProblem: the url has another form.
    """
    scheme, _, path = url.partition(":")
    if scheme not in {"maildir", "mbox"} or not path:
        raise InputProblem(f'"{url}" is no mailbox that can be read', hint="write maildir:PATH or mbox:PATH")
    return root / Path(path).expanduser()


def read_messages(path: Path) -> Iterator[Entry]:
    """Read every message at a path, oldest file name first, one at a time.

    `path` is a Maildir, an mbox file, a folder of .eml files or one message. The source of each message names the file
    (and for an mbox the message's number, from 1: `returned.mbox#3`).

    Raises:
        InputProblem: at once, not while iterating: there is nothing at the path, or nothing that is mail.
    """
    if is_maildir(path):
        return read_maildir(path)
    if path.is_dir():
        return _read_folder(path)
    if not path.exists():
        raise InputProblem(
            "there is no such file or folder",
            source=str(path),
            hint="Name a Maildir (a folder with new/ and cur/), an mbox, a folder of .eml files, or an .eml file.",
        )
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    return _read_closing(file, path)


def read_stream(stream: BinaryIO, source: str = "-") -> Iterator[Entry]:
    """Read a pipe: an mbox when it begins with a From_ line, else one message. An empty pipe has none."""
    first = stream.readline(MAX_LINE_BYTES)
    if FROM_LINE.match(first):
        yield from read_mbox(first, stream, source)
        return
    data = first + stream.read(MAX_MESSAGE_BYTES + 1 - len(first))
    if len(data) > MAX_MESSAGE_BYTES:
        yield too_large(source)
    elif data.strip():
        yield RawMessage(source, data)


def _read_closing(file: BinaryIO, path: Path) -> Iterator[Entry]:
    """Read one file. An .eml file is one message even where a From_ line was saved with it."""
    with file:
        try:
            if path.suffix.lower() != ".eml":
                yield from read_stream(file, str(path))
                return
            data = file.read(MAX_MESSAGE_BYTES + 1)
        except OSError as error:
            yield unreadable(str(path), error)
            return
    yield too_large(str(path)) if len(data) > MAX_MESSAGE_BYTES else RawMessage(str(path), data)


def _read_folder(path: Path) -> Iterator[Entry]:
    try:
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _SINGLE and file.is_file())
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    if not found:
        raise InputProblem(
            "is neither a Maildir (it has no new/ or cur/ in it) nor a folder of .eml files",
            source=str(path),
            hint="Name the folder that holds new/ and cur/, or the mbox file itself.",
        )
    return _read_files(found)


def _read_files(files: list[Path]) -> Iterator[Entry]:
    for file in files:
        try:
            yield from _read_closing(file.open("rb"), file)
        except OSError as error:
            yield unreadable(str(file), error)


# Mbox: many messages in one file, each behind a line that begins with `From `.

# a sender and a time of day: a sentence that begins with “From” has none
FROM_LINE = re.compile(rb"From [^\r\n]{0,150}?\d\d:\d\d")
_QUOTED = re.compile(rb">+From ")
MAX_LINE_BYTES = 65_536


def read_mbox(first: bytes, stream: BinaryIO, source: str) -> Iterator[Entry]:
    """Read an mbox; `first` is its first line, already read from the stream. Sources are `source#1`, `source#2`, on."""
    message = bytearray()
    number, overflow, blank, line_start = 0, False, True, True
    for line in chain([first], iter(lambda: stream.readline(MAX_LINE_BYTES), b"")):
        starts = line_start and blank and FROM_LINE.match(line) is not None
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
    """Return the message without the blank line that an mbox puts behind it."""
    if overflow:
        return too_large(source)
    data = bytes(message)
    for end in (b"\r\n\r\n", b"\n\n"):
        if data.endswith(end):
            return RawMessage(source, data[: -len(end) // 2])
    return RawMessage(source, data)


# Maildir: a folder with new/ and cur/, one message a file.


def is_maildir(path: Path) -> bool:
    """Return whether a folder is a Maildir."""
    return (path / "new").is_dir() or (path / "cur").is_dir()


def read_maildir(path: Path) -> Iterator[Entry]:
    """Read the messages of a Maildir, oldest name first (names begin with the time of arrival).

    Raises:
        InputProblem: at once: the folder cannot be listed.
    """
    try:
        names = [name for part in ("new", "cur") if (path / part).is_dir() for name in (path / part).iterdir()]
    except OSError as error:
        raise InputProblem(f"cannot be read: {error.strerror or error}", source=str(path)) from None
    files = sorted((name for name in names if not name.name.startswith(".")), key=lambda name: (name.name, name.parent))
    return _read(files)


def _read(files: list[Path]) -> Iterator[Entry]:
    for file in files:
        try:
            found = file if file.is_file() else _moved(file)
            if found is None:
                continue
            yield _message(found)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield unreadable(str(file), error)


def _message(file: Path) -> Entry:
    if file.stat().st_size > MAX_MESSAGE_BYTES:
        return too_large(str(file))
    return RawMessage(str(file), file.read_bytes())


def _moved(file: Path) -> Path | None:
    """Find a message under the name that another program gave it: same start, other folder or flags."""
    start = file.name.partition(":")[0]
    current = file.parent.parent / "cur"
    return next((name for name in current.iterdir() if name.name.partition(":")[0] == start and name.is_file()), None)
