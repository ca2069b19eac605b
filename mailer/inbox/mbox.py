"""Mbox: many messages in one file, each behind a line that begins with `From `.

Owns splitting and unquoting (mboxrd: one `>` is taken off `>From `, `>>From ` …; RFC 4155 names the variants). Streams:
a file of many gigabytes is read line by line, and a message over the limit is dropped while it is read.
Gaps: mboxcl, which counts lengths instead of quoting, is read like the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from mailer.inbox.values import MAX_MESSAGE_BYTES, Entry, RawMessage, too_large

# a sender and a time of day: a sentence that begins with «From» has none
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
