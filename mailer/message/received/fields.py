"""Fields: the header of a mail that arrived, as it stands.

Owns the taking apart of a file that a mail program saved: CRLF or LF, perhaps with the "From " line of an mbox before
it. Keeps the bytes of each field, which a signature is over. Raises nothing.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header

_POSTMARK = re.compile(rb">?From [^\r\n:]+\r\n|From [^\r\n]* \d\d:\d\d(?::\d\d)?\b[^\r\n]*\r\n")
_NEXT = re.compile(rb"\r\n\r\nFrom [^\r\n]* \d\d:\d\d(?::\d\d)?\b[^\r\n]*\r\n")


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: its name as written, and all of its bytes, folds and last line end with them."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        """Return the value on one line, encoded words as they stand."""
        text = self.raw.partition(b":")[2].decode("utf-8", "replace")
        return " ".join(text.replace("\r\n", " ").split())

    @property
    def words(self) -> str:
        """Return the value for people, encoded words read; what cannot be read stands as it is."""
        try:
            return str(make_header(decode_header(self.value)))
        except (LookupError, UnicodeError, ValueError, MessageError):
            return self.value


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail that arrived: its fields from the top, its body, and all of it with CRLF line ends.

    `others` is how many mails stood behind it in an mbox.
    """

    fields: tuple[Field, ...]
    body: bytes
    data: bytes
    others: int = 0

    def all(self, name: str) -> tuple[Field, ...]:
        """Return the fields of a name, from the top."""
        return tuple(field for field in self.fields if field.name.lower() == name.lower())

    def first(self, name: str) -> str:
        """Return the value of the topmost field of a name, or nothing."""
        return next((field.value for field in self.all(name)), "")

    @property
    def from_domain(self) -> str:
        """Return the domain of From in lower case; nothing where there is no address in it."""
        found = re.findall(r"@([\w.-]+)", self.first("From"))
        return found[-1].lower().rstrip(".") if found else ""


def parse_copy(data: bytes) -> Copy:
    """Take a mail apart."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    data = re.sub(rb"\r?\n|\r", b"\r\n", data)
    others = 0
    if _POSTMARK.match(data):
        data, *more = _NEXT.split(data.partition(b"\r\n")[2])
        others = len(more)
    data = data.lstrip(b"\r\n")
    head, _, body = data.partition(b"\r\n\r\n")
    lines: list[list[bytes]] = []
    for line in head.split(b"\r\n"):
        if line[:1] in {b" ", b"\t"} and lines:
            lines[-1].append(line)
        elif re.match(rb"[!-9;-~]+[ \t]*:", line):
            lines.append([line])
    fields = tuple(
        Field(pieces[0].partition(b":")[0].strip().decode("ascii"), b"\r\n".join(pieces) + b"\r\n") for pieces in lines
    )
    return Copy(fields, body, data, others)


def attached_copy(copy: Copy) -> Copy | None:
    """Return the mail that another brings whole (message/rfc822), as "Forward as attachment" does; None where none is.

    It is cut out by hand: a signature is over the bytes as they stand.
    """
    boundary = re.search(r'multipart/.*?;\s*boundary="?([^";]+)', copy.first("Content-Type"), re.IGNORECASE)
    if boundary is None:
        return None
    for part in copy.body.split(b"--" + boundary[1].strip().encode("utf-8", "replace"))[1:]:
        inner = parse_copy(part)
        if inner.first("Content-Type").lower().startswith("message/rfc822"):
            body = inner.body.removesuffix(b"\r\n")
            is_coded = inner.first("Content-Transfer-Encoding").lower() == "base64"
            with suppress(ValueError):  # no base64: then it is the mail around it that is read
                return parse_copy(a2b_base64(body) if is_coded else body)
    return None
