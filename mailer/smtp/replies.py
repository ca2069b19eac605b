"""Replies: an SMTP server's words, cut out of its bytes in whatever pieces they come.

Owns the grammar of a reply (RFC 5321 §4.2) and its bounds, so that a server cannot fill our memory with a line that
never ends. Never reads a socket, never knows which command a reply answers: `pipeline` does.
Raises nothing: what is no reply ends the reading, and `garbage` says why.

Lines may end in a bare LF, as some servers' do. All lines of one reply must have one code (§4.2.1): two codes could be
read as yes or as no, so they are read as neither.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

from mailer.reply import Stage

MAX_LINE = 4096  # octets; RFC 5321 §4.5.3.1.5 has 512
MAX_LINES = 100
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ \t-])(.*))?", re.DOTALL)
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Said(NamedTuple):
    """A reply without its stage: three digits, and the text of its lines."""

    code: int
    text: str


class ReplyReader:
    """Takes bytes, gives replies: `whole` has those that are complete, in order; whoever uses one takes it out."""

    def __init__(self) -> None:
        self.whole: deque[Said] = deque()
        self.garbage = ""
        self._buffer = bytearray()
        self._code = 0
        self._lines: list[bytes] = []

    @property
    def begun(self) -> bool:
        """Return whether a part of a reply is there, or something that is none."""
        return bool(self._buffer or self._lines or self.garbage)

    def feed(self, data: bytes) -> None:
        """Take what came; after garbage nothing more is read, as nobody knows what it answers."""
        self._buffer += data
        start = 0
        while not self.garbage and (end := self._buffer.find(b"\n", start)) >= 0:
            self._line(bytes(self._buffer[start:end]).rstrip(b"\r"))
            start = end + 1
        del self._buffer[:start]
        if not self.garbage and len(self._buffer) > MAX_LINE:
            self.garbage = "a line without end"
        if self.garbage:
            self._buffer.clear()

    def _line(self, line: bytes) -> None:
        match = _LINE.fullmatch(line)
        if match is None or len(line) > MAX_LINE:
            self.garbage = clean(line[:100].decode("utf-8", "replace")) or "an empty line"
            return
        code = int(match[1])
        if self._code not in {0, code} or len(self._lines) == MAX_LINES:
            self.garbage = f"{self._code} and {code} in one reply" if self._code != code else "lines without end"
            return
        self._code = code
        self._lines.append((match[3] or b"").strip(b" \t"))
        if match[2] != b"-":
            self.whole.append(Said(code, clean(b"\n".join(self._lines).decode("utf-8", "replace"))))
            self._code = 0
            self._lines = []


def fits(stage: Stage, code: int) -> bool:
    """Return whether a code can answer a command at all (RFC 5321 §4.3.2): to DATA yes is 354, to all others 2xx.

    What is out of step is no reply: it must neither settle a person's delivery nor let a body go out.
    """
    yes = code == 354 if stage is Stage.DATA else 200 <= code < 300
    return yes or 400 <= code < 600


def clean(text: str) -> str:
    """Make a relay's words storable and showable: PostgreSQL takes no NUL, a terminal obeys an escape."""
    return _UNSTORABLE.sub("?", text)
