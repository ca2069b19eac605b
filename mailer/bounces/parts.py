"""Parts: a message's bytes as a tree of MIME parts.

Owns headers, boundaries and transfer encodings, as far as reports need them. Never raises; the work is bounded for any
bytes: size, depth, number of parts and header fields all have a limit, and what lies beyond one is not looked at.

Why not the standard library's parser: its time grows with depth times lines, it recurses once a level, and reports
come from machines that are free to send anything. This one cuts bytes at boundaries and decodes only what is asked for.
RFC 2045, 2046 §5.1.
Gaps: a boundary written in RFC 2231 pieces is not put together; message/partial is not joined.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_BYTES = 8_000_000
MAX_DEPTH = 8
MAX_PARTS = 100
MAX_HEADER_BYTES = 128_000
MAX_FIELDS = 500
MAX_VALUE = 8_000
MAX_TEXT_BYTES = 256_000

_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_FOLD = re.compile(r"\n[ \t]+")
_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))')
_ANY_BOUNDARY = re.compile(rb"(?m)^--(\S{1,200})[ \t]*$")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

# Exim writes what is not ASCII in a server's words as octal numbers: “Empf\303\244nger”
_OCTAL = re.compile(r"(?:\\[23][0-7]{2})+")
_SURROGATE = re.compile("[\ud800-\udfff]")  # UTF-7 and UTF-16 can smuggle halves in; nothing could write them again

# Only codecs that turn bytes into text in one cheap pass; a name from a stranger must not reach “punycode” or “idna”.
_ASCII = re.compile(r"(?:us-?)?ascii$", re.IGNORECASE)
_CHARSET = re.compile(
    r"(?:us-?)?ascii$|utf[-_]?(?:7|8|16|32)(?:[-_]?[lb]e)?$|iso[-_]?(?:8859|2022)[\w-]*$|(?:windows|cp|ibm)[-_]?\d+$"
    r"|koi8[-_][ru]$|latin[-_]?\d+$|gb(?:k|2312|18030)$|big5[\w-]*$|euc[-_]\w+$|shift[-_]jis$|sjis$|tis-?620$|hz$",
    re.IGNORECASE,
)
# names that servers use and Python does not know
_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-sjis": "cp932",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "ms932": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc-jp",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ansi_x3.4-1968": "ascii",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One MIME part: header fields (names in lower case, values unfolded), its raw body, and the parts inside it."""

    headers: tuple[tuple[str, str], ...]
    content_type: str
    parameters: dict[str, str]
    body: bytes
    parts: tuple[Part, ...] = ()

    def header(self, name: str) -> str:
        """Return the first value of a field, or an empty string; `name` in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    def headers_named(self, *names: str) -> list[str]:
        """Return all values of these fields, in their order in the message."""
        return [value for key, value in self.headers if key in names]

    def walk(self) -> Iterator[Part]:
        """Yield this part and all inside it; a returned message is one part, its own parts are not ours."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def content(self) -> bytes:
        """Return the body with its transfer encoding undone, at most `MAX_TEXT_BYTES` of it."""
        encoding = self.header("content-transfer-encoding").strip().lower()
        raw = self.body[: 2 * MAX_TEXT_BYTES]
        if encoding == "base64":
            raw = decode_base64(raw)
        elif encoding == "quoted-printable":
            raw = binascii.a2b_qp(raw)
        return raw[:MAX_TEXT_BYTES]

    def text(self) -> str:
        """Return the content as text, its line ends made one newline each."""
        text = decode_charset(self.content(), self.parameters.get("charset", ""))
        return _OCTAL.sub(_from_octal, text).replace("\r\n", "\n").replace("\r", "\n")

    def embedded(self) -> Part:
        """Read the content as a message of its own: its header fields, and its body as one piece."""
        return _leaf(self.content().replace(b"\r\n", b"\n").lstrip(b"\n"))


def parse_message(data: bytes) -> Part:
    """Read a message (any bytes, any line ends) into its parts."""
    text = data[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _parse(text, depth=0, budget=[MAX_PARTS])


def parse_header_block(text: str) -> Part:
    """Read text that begins with a message's header as that message: its fields, and what follows as one piece."""
    return _leaf(text.encode("utf-8", "replace"))


def decode_base64(raw: bytes) -> bytes:
    """Decode base64 whatever stands between its letters; a broken end is dropped."""
    letters = _NOT_BASE64.sub(b"", raw)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def decode_charset(raw: bytes, charset: str) -> str:
    """Decode text in the charset it names, else in UTF-8, else byte by byte.

    OpenSMTPD says us-ascii of whatever another server said: a name of so little promises nothing.
    """
    named = charset.strip().lower()
    for name in (_ALIASES.get(named, named), "utf-8"):
        if not _CHARSET.match(name):
            continue
        try:
            text = raw.decode(name, "strict" if name == "utf-8" or _ASCII.match(name) else "replace")
        except (LookupError, UnicodeError):
            continue
        return _SURROGATE.sub("\ufffd", text)
    return raw.decode("latin-1")


def _from_octal(found: re.Match[str]) -> str:
    return decode_charset(bytes(int(number, 8) for number in found[0].split("\\")[1:]), "utf-8")


def parse_parameters(value: str) -> dict[str, str]:
    """Read `; name=value; name="value"` behind a Content-Type; names in lower case."""
    found = _PARAMETER.finditer(value[:MAX_VALUE])
    return {match[1].lower(): match[3] if match[2] is None else match[2].replace("\\", "") for match in found}


def _parse(data: bytes, *, depth: int, budget: list[int]) -> Part:
    part = _leaf(data)
    if depth >= MAX_DEPTH or not part.content_type.startswith("multipart/"):
        return part
    inner = []
    for piece in _pieces(part.body, part.parameters.get("boundary", "")):
        if budget[0] <= 0:
            break
        budget[0] -= 1
        inner.append(_parse(piece, depth=depth + 1, budget=budget))
    return Part(part.headers, part.content_type, part.parameters, part.body, tuple(inner))


def _leaf(data: bytes) -> Part:
    if data.startswith(b"\n"):
        head, body = b"", data[1:]
    else:
        head, _, body = data.partition(b"\n\n")
    headers = tuple(_fields(head[:MAX_HEADER_BYTES]))
    value = next((value for key, value in headers if key == "content-type"), "")
    found = _TYPE.match(value)
    return Part(headers, found[1].lower() if found else "text/plain", parse_parameters(value), body)


def _fields(head: bytes) -> Iterator[tuple[str, str]]:
    """Read header fields. What is none (an mbox's From_ line, a stray line) is passed over."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    for line in _FOLD.sub(" ", text).split("\n")[:MAX_FIELDS]:
        if found := _FIELD.match(line):
            yield found[1].lower(), _OCTAL.sub(_from_octal, found[2][:MAX_VALUE]).strip()


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """Cut a multipart body at its boundary; one that names none is cut at the first line that looks like one."""
    mark = boundary.encode("utf-8", "replace").rstrip()
    if not mark:
        guess = _ANY_BOUNDARY.search(body)
        if not guess:
            return
        mark = guess[1]
    start = -1
    for found in re.finditer(rb"(?m)^--" + re.escape(mark) + rb"(--)?[ \t]*$", body):
        if start >= 0:
            yield body[start : max(start, found.start() - 1)]
        start = found.end() + 1
        if found[1]:
            return
    if start >= 0:
        yield body[start:]
