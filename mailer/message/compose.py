"""Compose: the exact bytes of a message.

Owns the MIME tree and the header fields. A `Frame` holds what all messages of a mailing share (fixed fields, pictures
and attachments already encoded); for each person only To, Message-ID, Date, List-Unsubscribe, Subject and the two
bodies are made. The bytes are final: CRLF, 7-bit, not dot-stuffed; nothing may parse and rewrite them. Never uses
randomness: boundaries come from a seed, so that dry run, run and retry agree. They contain `=_`, which neither
quoted-printable nor base64 can.

Header fields are made from values: nothing here parses text into fields, so a newline in a name is an error and never
adds a recipient. Encoded words stay out of addresses, List-* and Message-ID.
Raises `InputProblem` for values that must not be in a header, naming the field, and for files that must not go out.
RFC 5322, RFC 2045-2047, RFC 2046 §5.1, RFC 2183, RFC 2231, RFC 2387, RFC 2392, RFC 6532.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from mailer import lazy_re as re
from mailer.address import Address, parse_address, printable
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.message.values import Addressee, Attachment, Bodies, InlineImage, Rendered
from mailer.settings import Sender
from mailer.words import read_section

_DATE_LINE = re.compile(rb"^Date:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", re.MULTILINE | re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all messages of a mailing share, as bytes around each person's own."""

    head: bytes = field(repr=False)  # From, Reply-To
    before_text: bytes = field(repr=False)  # List-Id, Content-Language, MIME-Version, Content-Type …
    before_html: bytes = field(repr=False)
    after: bytes = field(repr=False)
    has_html: bool = True


_HERE = b"\0"  # the place of a body in the tree; nothing else in it has this byte


def compose_frame(
    sender: Sender,
    *,
    language: str,
    seed: bytes,
    images: Sequence[InlineImage] = (),
    attachments: Sequence[Attachment] = (),
    has_html: bool = True,
) -> Frame:
    """Compose what all messages of a mailing share.

    `language` is a BCP 47 tag; `seed` names the mailing (its name as bytes will do) and decides the boundaries.
    The tree is mixed(alternative(plain, related(html, images)), attachments), without wrappers around one
    thing (RFC 2046 §5.1.4).
    For people who want plain text (`has_html` is false) there is one text/plain part: an alternative needs at least two
    (RFC 2046 §5.1.4), and pictures that belong to the HTML stay out.
    """
    for attachment in attachments:
        check_attachment(attachment)
    check_total_size(attachments, images if has_html else ())

    def multipart(kind: str, parts: Sequence[bytes], *parameters: str) -> bytes:
        boundary = f"=_{hashlib.sha256(kind.encode() + bytes(1) + seed).hexdigest()[:32]}"
        top = compose_structured_field("Content-Type", f"multipart/{kind}", [*parameters, f'boundary="{boundary}"'])
        # the line end before a delimiter belongs to it (RFC 2046 §5.1.1), so the part before keeps its own; behind a
        # header it is the empty line
        delimiter = f"\r\n--{boundary}".encode("ascii")
        return top + b"".join(delimiter + b"\r\n" + part for part in parts) + delimiter + b"--\r\n"

    tree = b'Content-Type: text/plain; charset="utf-8"\r\n' + _HERE
    if has_html:
        html = b'Content-Type: text/html; charset="utf-8"\r\n' + _HERE
        if images:
            html = multipart("related", [html, *map(_compose_file, images)], 'type="text/html"')
        tree = multipart("alternative", [tree, html])
    if attachments:
        tree = multipart("mixed", [tree, *map(_compose_file, attachments)])
    head = compose_mailbox_field("From", sender.name, parse_address(sender.address))
    if sender.reply_to:
        head += compose_mailbox_field("Reply-To", "", parse_address(sender.reply_to))
    if not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", language):
        raise InputProblem(f'language: "{language}" is not a language tag such as en or de-AT')
    fixed = f"Content-Language: {language}\r\nMIME-Version: 1.0\r\n".encode("ascii")
    if sender.list_id:
        if not re.fullmatch(r"[A-Za-z0-9._-]+", sender.list_id):
            raise InputProblem(f'list_id: "{sender.list_id}" is not a name such as press.example.org (RFC 2919)')
        fixed = compose_phrase_field("List-Id", sender.organisation, f"<{sender.list_id}>") + fixed
    before_text, *before_html, after = (fixed + tree).split(_HERE)
    return Frame(head, before_text, b"".join(before_html), after, has_html=has_html)


def _compose_file(file: InlineImage | Attachment) -> bytes:
    kind, parameters, named = file.media_type, list[str](), b""
    if not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        raise InputProblem(f'"{kind}" is not the media type of a file, such as application/pdf')
    if isinstance(file, InlineImage):
        disposition, name = "inline", check_header_value(file.name, "picture name")
        named = f"Content-ID: <{check_header_value(file.content_id, 'Content-ID')}>\r\n".encode("ascii")
    else:
        disposition, name = "attachment", attachment_name(file)
        if kind.startswith("text/") and not file.data.isascii():
            with suppress(UnicodeDecodeError):  # programs take it for ASCII otherwise (RFC 2046 §4.1.2)
                file.data.decode("utf-8")
                parameters = ['charset="utf-8"']
    filename = compose_parameter("filename", name) if name else []
    return (
        compose_structured_field("Content-Type", kind, parameters)
        + named
        + compose_structured_field("Content-Disposition", disposition, filename)
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + compose_base64(file.data)
    )


def compose_message(frame: Frame, rendered: Rendered, addressee: Addressee, *, date: datetime) -> bytes:
    """Compose one person's message.

    `date` is aware; it becomes the Date field, in its own offset (RFC 5322 §3.3). The same values give the same bytes.
    Raises InputProblem if subject, name or a URI is not allowed in a header, and ValueError for a mistake in our own
    code: a naive `date`, or a Message-ID without angle brackets.
    """
    html = compose_text_body(rendered.html) if frame.has_html else (b"", b"")
    bodies = Bodies(*compose_text_body(rendered.text), *html)
    return compose_parts(frame, rendered.subject, bodies, addressee, date=date)


def compose_parts(frame: Frame, subject: str, bodies: Bodies, addressee: Addressee, *, date: datetime) -> bytes:
    """Compose one person's message from a subject and encoded bodies; errors as of `compose_message`."""
    if date.utcoffset() is None:
        raise ValueError("the date of a message needs its zone")
    for each in (addressee.message_id, *addressee.references):
        if not _MESSAGE_ID.fullmatch(each):
            raise ValueError(f"not a Message-ID with its angle brackets: {each!r}")
    thread = ""
    if before := addressee.references:  # RFC 5322 §3.6.4: the newest is answered, and all are named, one a line
        folded = "\r\n ".join(before)
        thread = f"In-Reply-To: {before[-1]}\r\nReferences: {folded}\r\n"
    return b"".join(
        (
            frame.head,
            compose_mailbox_field("To", addressee.name, addressee.to),
            compose_text_field("Subject", subject),
            f"Date: {_date_in_words(date.replace(microsecond=0), date.utcoffset())}\r\n".encode("ascii"),
            f"Message-ID: {addressee.message_id}\r\n{thread}".encode("ascii"),
            compose_list_unsubscribe(addressee.list_unsubscribe),
            frame.before_text,
            b"Content-Transfer-Encoding: %b\r\n\r\n" % bodies.text_encoding,
            bodies.text,
            frame.before_html,
            b"Content-Transfer-Encoding: %b\r\n\r\n" % bodies.html_encoding if frame.has_html else b"",
            bodies.html,
            frame.after,
        )
    )


@lru_cache(maxsize=16)
def _date_in_words(second: datetime, offset: timedelta | None) -> str:
    del offset  # part of the key: one time in two zones compares equal, but is written in two ways
    return format_datetime(second)


def content_hash(data: bytes) -> bytes:
    """Return the SHA-256 of a message without its Date field: the same at its approval and when it is sent later."""
    end = data.index(b"\r\n\r\n")
    digest = hashlib.sha256(_DATE_LINE.sub(b"", data[: end + 2], count=1))
    digest.update(memoryview(data)[end:])
    return digest.digest()


# Body: text and files in a form that every server carries unchanged: 7-bit, lines of at most 76 characters with CRLF
# (RFC 2045 §6.7, §6.8). Dot-stuffing is done on the wire.
#
# `binascii.b2a_qp` is the fastest encoder there is, with two traps: its soft breaks copy the first line end in the text
# (hence CRLF first), and a blank at the end of a full line makes that line 77 characters long (hence the re-wrap).

LINE_LIMIT = 76
_LINES = 4096
ASCII = bytes(range(128))
_FROM = re.compile(rb"^From ", re.MULTILINE)


def normalise_text(text: str) -> str:
    """Return the text with every line end as CRLF, and one at its end."""
    # three replacements are ten times as fast as one regular expression
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.replace("\n", "\r\n")
    return lines if lines.endswith("\r\n") else f"{lines}\r\n"


def compose_text_body(text: str) -> tuple[bytes, bytes]:
    """Encode text; return the transfer encoding's name and the encoded bytes.

    Quoted-printable; base64 where most of the text is not Latin, since it is shorter then. Never 7bit: in the other two
    `=_` cannot occur, which boundaries contain.
    """
    lines = normalise_text(text)
    if not text.isascii():
        data = lines.encode("utf-8")
        if len(data.translate(None, ASCII)) * 6 > len(data):  # n + 2·(bytes beyond ASCII) > n·4/3
            return b"base64", compose_base64(data)
    return b"quoted-printable", b"".join(map(encode_line, lines.split("\r\n")[:-1]))


def compose_base64(data: bytes) -> bytes:
    """Encode bytes as base64 in lines of 76, each with CRLF."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


@lru_cache(maxsize=_LINES)
def encode_line(line: str) -> bytes:
    """Encode one line, without its end, as quoted-printable; return it with CRLF, in several lines where it is long.

    The mails of a mailing have most of their lines in common, so the last few thousand are cached.
    """
    encoded = binascii.b2a_qp(line.encode("utf-8") + b"\r\n", quotetabs=False, istext=True)
    # "From " at a line's start becomes ">From " in mbox files and breaks signatures
    if b"From " in encoded:
        encoded = _FROM.sub(b"=46rom ", encoded)
    lines = encoded.split(b"\r\n")
    if max(map(len, lines)) <= LINE_LIMIT:
        return encoded
    return b"\r\n".join(each if len(each) <= LINE_LIMIT else _rewrap(each) for each in lines)


def _rewrap(line: bytes) -> bytes:
    """Cut an over-long line, but never within `=XX`; a soft break is `=` at the end of a line."""
    pieces = []
    while len(line) > LINE_LIMIT:
        # never in the middle of `=XX`: step back before an `=` in the last two places
        cut = LINE_LIMIT - 1
        cut -= next((back for back in (1, 2) if line[cut - back : cut - back + 1] == b"="), 0)
        pieces.append(line[:cut])
        line = line[cut:]
    return b"=\r\n".join([*pieces, line])


# Header fields.

FOLD_AT = 78
_WORD_LIMIT = 75  # RFC 2047 §2: an encoded word has at most 75 characters
_FORBIDDEN = re.compile("[\\x00-\\x1f\\x7f\\x85\\u2028\\u2029\\ud800-\\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ASCII_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*")
# RFC 2047 §5 (3): the characters that need no encoding in a phrase, the strictest of the three places
_SAFE_IN_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_OPTOUT_URI = re.compile(r"(?:https:|mailto:)[!#-;=?-~]+")
_Q = {byte: (chr(byte) if byte in _SAFE_IN_WORD else "_" if byte == 0x20 else f"={byte:02X}") for byte in range(256)}
_OVERHEAD = len("=?utf-8?q??=")


def check_header_value(value: str, field: str) -> str:
    """Return the value, or refuse it for a control character, a line break or a lone surrogate."""
    found = _FORBIDDEN.search(value)
    if found is None:
        return value
    what = "a line break" if found[0] in "\r\n\v\f\x85\u2028\u2029" else "a character that cannot be sent"
    raise InputProblem(
        f'{field}: "{_shown(value)}" contains {what} ({_shown(found[0])}), which a mail header must not contain',
        hint="Remove it where the text was typed; nothing is removed silently.",
    )


def _shown(value: str) -> str:
    return printable(value.encode("utf-8", "backslashreplace").decode("utf-8"))


@lru_cache(maxsize=16)  # most subjects are the same for everybody
def compose_text_field(name: str, value: str) -> bytes:
    """Compose a field of free text (Subject): plain ASCII where that is enough, else encoded words; folded, CRLF."""
    check_header_value(value, name)
    if not value:
        return f"{name}:\r\n".encode("ascii")
    if _ASCII_WORDS.fullmatch(value) and "=?" not in value:
        words = value.split(" ")
        # a word longer than a line cannot be folded: encoded words can be cut anywhere
        if max(map(len, words)) < FOLD_AT - len(name) - 2:
            return _field(f"{name}:", words)
    return _field(f"{name}:", list(_encoded_words(value, FOLD_AT - len(name) - 2)))


def compose_mailbox_field(name: str, display: str, address: Address) -> bytes:
    """Compose a field with one mailbox (From, To, Reply-To), with CRLF.

    The address is never encoded: its domain is A-labels, and a local part beyond ASCII stays UTF-8 (RFC 6532).
    """
    wire = check_header_value(address.wire, name)
    return compose_phrase_field(name, display, f"<{wire}>" if display.strip() else wire)


def compose_phrase_field(name: str, display: str, tail: str) -> bytes:
    """Compose a field of a display name and an address or id in angle brackets (also List-Id, RFC 2919), with CRLF."""
    display, room = check_header_value(display, name).strip(), FOLD_AT - len(name) - 2
    short = display.isascii() and len(display) <= room - 12 and "=?" not in display and "  " not in display
    # the words of an RFC 5322 phrase: atoms, one quoted string, or encoded words
    if not display:
        words = []
    elif short and _ATOMS.fullmatch(display):
        words = display.split(" ")
    elif short:
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        words = [f'"{escaped}"']
    else:
        words = list(_encoded_words(display, room))
    return _field(f"{name}:", [*words, tail])


def compose_list_unsubscribe(uris: tuple[str, ...]) -> bytes:
    """Compose List-Unsubscribe, plain ASCII and never encoded, one URI a line; with https, the one-click field, too.

    Return nothing without a URI. RFC 2369, RFC 8058. Raises InputProblem if a URI has characters that it must not have,
    or two are https ones.
    """
    for uri in uris:
        if not _OPTOUT_URI.fullmatch(uri):
            raise InputProblem(f'List-Unsubscribe: "{_shown(uri)}" is not an https or mailto address in plain ASCII')
    one_click = [uri for uri in uris if uri.startswith("https:")]
    if len(one_click) > 1:
        raise InputProblem("List-Unsubscribe: RFC 8058 allows one https address, and there are two")
    if not uris:
        return b""
    lines = "List-Unsubscribe: " + ",\r\n ".join(f"<{uri}>" for uri in uris) + "\r\n"
    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if one_click else ""
    return (lines + post).encode("ascii")


def compose_parameter(name: str, value: str) -> list[str]:
    """Return a parameter as `name="value"`, or as the pieces of RFC 2231 where it is long or beyond ASCII."""
    if re.fullmatch(r"[\w .()+,=/@&!#$~^-]{1,60}", value, re.ASCII):
        return [f'{name}="{value}"']
    encoded = quote(value, safe="!#$&+-.^_`~")
    pieces = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,18}", encoded)
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{encoded}"]
    pieces[0] = f"utf-8''{pieces[0]}"
    return [f"{name}*{number}*={piece}" for number, piece in enumerate(pieces)]


def compose_structured_field(name: str, value: str, parameters: list[str]) -> bytes:
    """Compose a field such as Content-Type, its parameters behind semicolons, folded, with CRLF."""
    return _field(f"{name}:", [f"{part};" for part in (value, *parameters)[:-1]] + [(value, *parameters)[-1]])


def _encoded_words(text: str, first_room: int) -> Iterator[str]:
    """Cut text into encoded words of whole characters (RFC 2047 §5), in base64 where most of it is not Latin."""
    as_q = {character: "".join(_Q[byte] for byte in character.encode()) for character in set(text)}
    use_q = sum(len(as_q[c]) for c in text) <= 2 * len(text.encode())
    room, piece, size = min(first_room, _WORD_LIMIT) - _OVERHEAD, "", 0
    for character in text:
        cost = len(as_q[character]) if use_q else len(character.encode())
        if piece and (size + cost if use_q else -(-(size + cost) // 3) * 4) > room:
            yield _encoded_word(piece, as_q if use_q else None)
            room, piece, size = _WORD_LIMIT - _OVERHEAD, "", 0
        piece += character
        size += cost
    yield _encoded_word(piece, as_q if use_q else None)


def _encoded_word(piece: str, as_q: dict[str, str] | None) -> str:
    if as_q is None:
        return f"=?utf-8?b?{base64.b64encode(piece.encode()).decode('ascii')}?="
    return f"=?utf-8?q?{''.join(as_q[character] for character in piece)}?="


def fold(head: str, pieces: Iterable[str], *, room: int = 0) -> str:
    """Return pieces behind a field name, folded wherever a line, with `room` for what follows, would exceed 78."""
    lines, current = [], head
    for piece in pieces:
        if len(current) + len(piece) + room > FOLD_AT and current != head:
            lines.append(current)
            current = f" {piece.removeprefix(' ')}"
        else:
            current += piece
    return "\r\n".join([*lines, current])


def _field(head: str, words: Iterable[str]) -> bytes:
    return (fold(head, (f" {word}" for word in words)) + "\r\n").encode()


# Files: which may be attached to a mail, and their names there. Newsrooms' gateways refuse programs, archives and
# documents with macros; a path never leaves this machine. Documents are searched for Office's macro container, not for
# viruses.

MAX_ENCODED_BYTES = 10_000_000
_REFUSED = read_section("checks", "files")
_MACROS_INSIDE = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))  # of today's Office, and in old .doc and .xls
_SIGNATURES = {
    "pdf": b"%PDF",
    "png": b"\x89PNG",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "gif": b"GIF8",
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt"), b"PK\x03\x04"),
}
# what a file is, whatever it is called: Windows, Linux and macOS programs, scripts, archives
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"#!")
_ARCHIVE_STARTS = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_ZIP_INSIDE = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"})


def attachment_name(attachment: Attachment) -> str:
    """Return the name under which a file travels: no path, no blanks or dots at the end."""
    bare = check_header_value(attachment.name, "attachment name").replace("\\", "/").rpartition("/")[2].strip(" ")
    name = bare.rstrip(" .")
    if not name:
        raise InputProblem(f'attachment name: "{attachment.name}" names no file')
    return name


def check_attachment(attachment: Attachment) -> None:
    """Refuse a file that newsrooms' gateways refuse, with the reason."""
    name, data, reason = attachment_name(attachment), attachment.data, ""
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    expected = _SIGNATURES.get(kind, b"")
    if kind in _REFUSED["programs"] or data.startswith(_PROGRAM_STARTS):
        reason = "is a program; mail servers refuse these"
    elif kind in _REFUSED["archives"] or data.startswith(_ARCHIVE_STARTS):
        reason = "is an archive; many newsrooms refuse these"
    elif kind in _REFUSED["macros"] or any(mark in data for mark in _MACROS_INSIDE):
        reason = "is a document with macros; mail servers refuse these"
    elif not data:
        reason = "is empty"
    elif not data.startswith(expected):
        reason = f"is not a {kind.upper()} file, despite its name"
    elif data.startswith(b"PK\x03\x04") and kind not in _ZIP_INSIDE:
        reason = "is an archive; many newsrooms refuse these"
    if reason:
        raise InputProblem(
            f'the attachment "{name}" {reason}',
            hint="Put the file on your site and name the page in the release: `press_kit: https://…`.",
        )


def check_total_size(attachments: Iterable[Attachment], images: Iterable[InlineImage]) -> None:
    """Refuse more than `MAX_ENCODED_BYTES` of files in one mail, counted as they travel (base64 in lines)."""
    sizes = [len(item.data) for item in attachments] + [len(item.data) for item in images]
    encoded = sum(-(-size // 57) * 78 for size in sizes)
    if encoded > MAX_ENCODED_BYTES:
        raise InputProblem(
            f"attachments and pictures take {encoded / 1e6:.1f} MB in the mail; "
            f"up to {MAX_ENCODED_BYTES / 1e6:.0f} MB pass most servers",
            hint="Put large files on your site and name the page in the release: `press_kit: https://…`.",
        )
