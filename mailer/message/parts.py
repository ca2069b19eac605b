"""Parts: a message's bytes taken apart again, for checking them.

Owns a small reader of header fields and MIME parts, which keeps their bytes as they stand: a signature is over those.
It shares no code with what composes messages, nor with the standard library's parser, so that a mistake in either shows
(standards F2). It reads what this product sends, also where it arrived; mail from strangers is another room's.
RFC 5322 §2.2, RFC 2046 §5.1.1, RFC 2045 §6.
"""

from __future__ import annotations

import base64
import binascii
import quopri
from collections.abc import Iterator

from mailer import lazy_re as re
from mailer.frozen import dataclass

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: its name as written, and all of its bytes, folds and last line end with them."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        """Return the value on one line, encoded words as they stand."""
        return " ".join(self.raw.partition(b":")[2].decode("utf-8", "replace").split())


@dataclass(frozen=True, slots=True)
class Part:
    """A message or a part of one: its fields in order; its body as it stands; the parts inside."""

    fields: tuple[Field, ...]
    body: bytes
    parts: tuple[Part, ...] = ()

    def all(self, name: str) -> list[str]:
        """Return the values of a field, whatever the case of its name."""
        return [field.value for field in self.fields if field.name.lower() == name.lower()]

    def first(self, name: str) -> str:
        """Return the first value of a field, or nothing."""
        return next(iter(self.all(name)), "")

    @property
    def media_type(self) -> str:
        """Return the media type in lower case, `text/plain` where none is said."""
        return (self.first("Content-Type") or "text/plain").partition(";")[0].strip().lower()

    def decoded(self) -> bytes:
        """Return the body without its transfer encoding; what cannot be decoded is given as it stands."""
        encoding = self.first("Content-Transfer-Encoding").strip().lower()
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        if encoding == "base64":
            try:
                return base64.b64decode(self.body)
            except binascii.Error:
                return self.body
        return self.body

    def walk(self) -> Iterator[Part]:
        """Yield this part and all parts inside, in the order of the bytes."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def text(self, media_type: str) -> str:
        """Return the text of the first part of a type that is no attachment, as UTF-8; nothing where there is none."""
        for part in self.walk():
            if part.media_type == media_type and not part.first("Content-Disposition").startswith("attachment"):
                return part.decoded().decode("utf-8", "replace")
        return ""


def decode_words(value: str) -> str:
    """Return a header value as people read it, its encoded-words decoded (RFC 2047 §2; blanks between two go, §6.2)."""
    joined = re.sub(r"(\?=)\s+(?==\?)", r"\1", value)
    return re.sub(r"=\?([\w-]+)(?:\*[\w-]*)?\?([bBqQ])\?([^?]*)\?=", _decoded_word, joined)


def _decoded_word(found: re.Match[str]) -> str:
    charset, encoding, text = found.groups()
    try:
        if encoding in "bB":
            return base64.b64decode(text).decode(charset, "replace")
        return quopri.decodestring(text.encode("ascii", "replace"), header=True).decode(charset, "replace")
    except (ValueError, LookupError):  # no base64, or no bytes of that charset
        return found.group()


def parse_parts(data: bytes) -> Part:
    """Parse a message. Lines must end in CRLF; what is malformed is read as far as it goes."""
    head, _, body = data.partition(b"\r\n\r\n")
    if data.startswith(b"\r\n"):
        head, body = b"", data[2:]
    fields = tuple(Field(found[1].decode("ascii"), found[0]) for found in _FIELD.finditer(head + b"\r\n"))
    part = Part(fields, body)
    boundary = re.search(r'boundary="?([^";]+)"?', part.first("Content-Type"), re.IGNORECASE)
    if not part.media_type.startswith("multipart/") or boundary is None:
        return part
    delimiter = rb"(?:^|\r\n)--" + re.escape(boundary[1].strip().encode("utf-8", "replace"))
    inside = re.split(delimiter + rb"--[ \t]*(?:\r\n|\Z)", body, maxsplit=1)[0]
    return Part(fields, body, tuple(map(parse_parts, re.split(delimiter + rb"[ \t]*\r\n", inside)[1:])))
