"""Parts: bytes of a message → a tree of MIME parts, header values, and the fields of reports.

Owns headers, boundaries and transfer encodings, as far as reports need them; bare addresses, Message-IDs and times;
RFC 3464 §2.1 (groups of fields between blank lines), its typed values (`rfc822; ann@example.org`), statuses and
actions, and the xtext of RFC 3461 and RFC 6533. Real reports have blanks, comments and line breaks in odd places, and
pieces missing. Never raises; the work is bounded for any bytes: size, depth, number of parts and header fields all have
a limit, and anything beyond a limit is ignored. Does not check whether an address is deliverable.

The standard library's parser is not used, since its time grows with depth times lines, it recurses once per level, and
reports come from machines that can send anything. This parser cuts bytes at boundaries and decodes only what is
requested. RFC 2045, 2046 §5.1.
Gaps: a boundary in RFC 2231 pieces is not assembled; message/partial is not joined.
"""

from __future__ import annotations

import binascii
import functools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailer import lazy_re as re
from mailer.bounces.values import Action
from mailer.frozen import dataclass, replace
from mailer.text.headers import decode_base64, decode_charset

MAX_BYTES = 8_000_000
MAX_DEPTH = 8
MAX_PARTS = 100
MAX_HEADER_BYTES = 128_000
MAX_FIELDS = 500
MAX_VALUE = 8_000
MAX_TEXT_BYTES = 256_000

_FIELD = re.compile(r"^([!-9;-~]{1,100})[ \t]*:(.*)", re.MULTILINE)
_FOLD = re.compile(r"\n[ \t]+")
_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]*))')
_ANY_BOUNDARY = re.compile(rb"(?m)^--(\S{1,200})[ \t]*$")

# Exim writes what is not ASCII in a server's words as octal numbers: “Empf\303\244nger”
_OCTAL = re.compile(r"(?:\\[23][0-7]{2})+")
# bounded repeats, so that a long line without an @ costs no more than its length
_ADDRESS = re.compile(r"(?<![^\s<>,;:\"()\[\]@])[^\s<>,;:\"()\[\]@]{1,128}+@[^\s<>,;:\"()\[\]@]{1,255}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_MAX_ADDRESSES = 50
_MAX_DATE = 100
_SHORT = 500  # a longer value is not worth caching


@dataclass(frozen=True)
class Part:
    """One MIME part: header fields (names in lower case, values unfolded), its raw body, and the parts inside it.

    `first` has the first value of each field. Every reader asks for the same few texts, which are decoded once.
    """

    headers: tuple[tuple[str, str], ...]
    first: dict[str, str]
    content_type: str
    parameters: Mapping[str, str]
    body: bytes
    parts: tuple[Part, ...] = ()

    def header(self, name: str) -> str:
        """Return the first value of a field, or an empty string; `name` in lower case."""
        return self.first.get(name, "")

    def headers_named(self, *names: str) -> list[str]:
        """Return all values of these fields, in their order in the message."""
        present = self.first.keys() & names
        return [value for key, value in self.headers if key in present] if present else []

    @functools.cached_property
    def all_parts(self) -> tuple[Part, ...]:
        """Return this part and all parts inside it; a returned message is one part, without the parts inside it."""
        return (self, *(inner for part in self.parts for inner in part.all_parts))

    def content(self) -> bytes:
        """Return the body with its transfer encoding undone, at most `MAX_TEXT_BYTES` of it."""
        encoding = self.header("content-transfer-encoding").strip().lower()
        raw = self.body[: 2 * MAX_TEXT_BYTES]
        if encoding == "base64":
            raw = decode_base64(raw)
        elif encoding == "quoted-printable":
            raw = binascii.a2b_qp(raw)
        return raw[:MAX_TEXT_BYTES]

    @functools.cached_property
    def text(self) -> str:
        """Return the content as text, its line ends made one newline each."""
        text = _without_octal(decode_charset(self.content(), self.parameters.get("charset", "")))
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def embedded(self) -> Part:
        """Read the content as a message of its own: its header fields, and its body as one piece."""
        return _leaf(self.content().replace(b"\r\n", b"\n").lstrip(b"\n"))


def parse_message(data: bytes) -> Part:
    """Read a message (any bytes, any line ends) into its parts."""
    text = data[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _parse(text, depth=0, budget=[MAX_PARTS])


def parse_header_block(text: str) -> Part:
    """Read text that begins with a message's header as that message: its fields, and the rest as one piece."""
    return _leaf(text.encode("utf-8", "replace"))


def _without_octal(text: str) -> str:
    def decoded(found: re.Match[str]) -> str:
        return decode_charset(bytes(int(number, 8) for number in found[0].split("\\")[1:]), "utf-8")

    return _OCTAL.sub(decoded, text) if "\\" in text else text


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
    return replace(part, parts=tuple(inner))


def _leaf(data: bytes) -> Part:
    if data.startswith(b"\n"):
        head, body = b"", data[1:]
    else:
        head, _, body = data.partition(b"\n\n")
    headers = _fields(head[:MAX_HEADER_BYTES])
    first = dict(reversed(headers))
    return Part(headers, first, *_content_type(first.get("content-type", "")), body)


@functools.lru_cache(maxsize=64)
def _content_type(value: str) -> tuple[str, Mapping[str, str]]:
    found = _TYPE.match(value)
    parameters = {  # `; name=value; name="value"` behind the type
        match[1].lower(): match[3] if match[2] is None else match[2].replace("\\", "")
        for match in (_PARAMETER.finditer(value[:MAX_VALUE]) if ";" in value else ())
    }
    return found[1].lower() if found else "text/plain", parameters


def _fields(head: bytes) -> tuple[tuple[str, str], ...]:
    """Read header fields; other lines (an mbox's From_ line, a stray line) are ignored."""
    text = decode_charset(head, "")
    folded = _FOLD.sub(" ", text) if "\n " in text or "\n\t" in text else text
    found = _FIELD.findall(folded)[:MAX_FIELDS]
    if "\\" in text:
        found = [(name, _without_octal(value)) for name, value in found]
    return tuple([(name.lower(), value[:MAX_VALUE].strip()) for name, value in found])


def _pieces(body: bytes, boundary: str) -> Iterator[bytes]:
    """Cut a multipart body at its boundary, or, if it has none, at the first line that looks like one."""
    mark = boundary.encode("utf-8", "replace").rstrip()
    if not mark:
        guess = _ANY_BOUNDARY.search(body)
        if not guess:
            return
        mark = guess[1]
    start, line = -1, b"--" + mark
    at = 0 if body.startswith(line) else body.find(b"\n" + line) + 1 or -1
    while at >= 0:
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        rest = body[at + len(line) : end].rstrip(b" \t")
        if rest in {b"", b"--"}:
            if start >= 0:
                yield body[start : max(start, at - 1)]
            if rest:
                return
            start = end + 1
        at = body.find(b"\n" + line, end) + 1 or -1
    if start >= 0:
        yield body[start:]


def parse_addresses(value: str) -> list[str]:
    """Return the bare addresses in a header value, without names and angle brackets, each once."""
    if "@" not in value:
        return []
    return list(_bare(value) if len(value) <= _SHORT else _bare.__wrapped__(value))


@functools.lru_cache(maxsize=64)  # each value of a message is needed about twice
def _bare(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ADDRESS.findall(value)))[:_MAX_ADDRESSES]


def parse_message_ids(value: str) -> list[str]:
    """Return the Message-IDs in a header value, angle brackets included."""
    return _MESSAGE_ID.findall(value) if value else []


def parse_time(value: str) -> datetime | None:
    """Read a date of RFC 5322; a time without a zone is taken as UTC. None if it is no date."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value[:_MAX_DATE])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


# Fields: the groups that reports are made of, and their values.

Fields = Mapping[str, str]

MAX_GROUPS = 1_000
_MAX_FIELD_VALUE = 4_000
_GROUP_FIELD = re.compile(r"([A-Za-z][\w-]{1,60})[ \t]*:(?!//)[ \t]*(.*)")
_BLANK = re.compile(r"\n[ \t]*(?=\n)")
_COMMENT = re.compile(r"\([^()]*\)")
# the lookbehind comes after the first character, so that the search can jump to such characters
_STATUS = re.compile(r"([245])(?<![\d.].)\s*\.\s*(\d{1,3})\s*\.\s*(\d{1,3})(?!\.?\d)")
_TYPE_NAME = re.compile(r"[\w./-]*")
_XTEXT = re.compile(r"\+(2B|3D)")  # the two printable characters that RFC 3461 §4 makes a sender encode
_PLAIN = re.compile(r"[\w.=-]{1,64}@[\w.-]{1,255}")  # as nearly all are: bare, and not encoded
_X400 = re.compile(r"/RFC-?822=([^/;()@\s]{1,64})\(a\)([^/;()@\s]{1,255})/", re.IGNORECASE)  # RFC 2156 §4.3.4
# RFC 6533 §3; none beyond Unicode, and no half of a character
_UNICODE_XTEXT = re.compile(r"(?i)\\x\{(?!0{0,2}D[89A-F]..\})(10[0-9A-F]{4}|0?[0-9A-F]{2,5})\}")
_ACTIONS = {
    **dict.fromkeys(("fail", "expire", "undeliver", "bounce", "reject", "error"), Action.FAILED),  # OpenSMTPD's `error`
    **dict.fromkeys(("delay", "defer", "warn"), Action.DELAYED),
    "deliver": Action.DELIVERED,
    "relay": Action.RELAYED,
    "expand": Action.EXPANDED,
}


def parse_groups(text: str) -> list[list[tuple[str, str]]]:
    """Cut text into groups of fields: names in lower case, folded lines joined, in order, repeats kept.

    A line that is neither a field nor folded goes on with the field before it: some servers break a diagnostic
    without an indent.
    """
    groups = []
    for block in re.split(r"\n\n+", _BLANK.sub("\n", text))[:MAX_GROUPS]:
        group: list[tuple[str, str]] = []
        for line in block.split("\n"):
            found = None if line[:1] in {" ", "\t"} else _GROUP_FIELD.match(line)
            if found:
                group.append((found[1].lower(), found[2].strip()[:_MAX_FIELD_VALUE]))
            elif group and line.strip():
                name, value = group[-1]
                group[-1] = (name, f"{value} {line.strip()}".strip()[:_MAX_FIELD_VALUE])
        if group:
            groups.append(group)
    return groups


def parse_typed(value: str) -> tuple[str, str]:
    """Split `type; value`; a value without a type has an empty one. The type is in lower case."""
    head, mark, rest = value.partition(";")
    kind = strip_comments(head).lower() if mark else ""
    return (kind, rest.strip()) if mark and _TYPE_NAME.fullmatch(kind) else ("", value.strip())


def parse_recipient(value: str) -> str:
    """Return the bare address in a recipient field; a value that is no address stays as it is."""
    if not value:
        return ""
    kind, rest = parse_typed(value)
    if _PLAIN.fullmatch(rest) and kind != "utf-8":
        return rest
    if found := _X400.search(rest):
        return f"{found[1]}@{found[2]}"
    text = rest if rest.startswith('"') else strip_comments(rest)
    text = re.sub(r"^mailto:", "", text.strip(" \t'"), flags=re.IGNORECASE)
    inside = re.search(r"<([^<>]*)>", text)
    text = (inside[1] if inside else text).strip(" \t<>'")
    text = text.rstrip(" ;,:")
    if text.count('"') == 1 or (text.startswith('"') and text.endswith('"')):  # quotes around it, or one of the two
        text = text.strip('" ')
    if kind == "utf-8":
        return _UNICODE_XTEXT.sub(lambda found: chr(int(found[1], 16)), text)
    return _XTEXT.sub(lambda found: "+" if found[1] == "2B" else "=", text)


def parse_status(value: str) -> str:
    """Return the enhanced status code in a value, `5.1.1`, or an empty string."""
    found = _STATUS.search(value) if value else None
    return ".".join(str(int(number)) for number in found.groups()) if found else ""


def parse_action(value: str) -> Action | None:
    """Read an action; servers that write `failure` or `Delayed (will retry)` are understood."""
    word = strip_comments(value).lower()
    return next((action for start, action in _ACTIONS.items() if word.startswith(start)), None)


def strip_comments(value: str) -> str:
    """Return a value without its comments in parentheses, nested up to five deep."""
    for _ in range(5):
        value, dropped = _COMMENT.subn(" ", value[:_MAX_FIELD_VALUE]) if "(" in value else (value, 0)
        if not dropped:
            break
    return value[:_MAX_FIELD_VALUE].strip()


def split_repeats(group: list[tuple[str, str]], *names: str) -> Iterator[list[tuple[str, str]]]:
    """Cut a group where one of these fields is repeated: some servers forget the blank line."""
    piece: list[tuple[str, str]] = []
    for name, value in group:
        if name in names and any(name == key for key, _ in piece):
            yield piece
            piece = []
        piece.append((name, value))
    yield piece
