"""Compose: the exact bytes of a message.

Owns the MIME tree and the header fields. A `Frame` holds what all messages of a mailing share (fixed fields, pictures
and attachments already encoded); for each person only To, Message-ID, Date, List-Unsubscribe, Subject and the two
bodies are made. The bytes are final: CRLF, 7-bit, not dot-stuffed; nothing may parse and write them again (F6).
Never draws randomness: boundaries come from a seed, so that dry run, run and retry agree. They contain `=_`, which
neither quoted-printable nor base64 can.
Raises `InputProblem` for values that must not stand in a header and for files that must not go out.
RFC 5322, RFC 2045-2047, RFC 2046 §5.1, RFC 2183, RFC 2387, RFC 2392; standards F1-F19, F23.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.frozen import dataclass, field
from mailer.message.files import attachment_name, check_attachment, check_total_size
from mailer.message.headers import (
    check_header_value,
    compose_list_unsubscribe,
    compose_mailbox_field,
    compose_parameter,
    compose_phrase_field,
    compose_structured_field,
    compose_text_field,
)
from mailer.message.values import Addressee, Attachment, Bodies, InlineImage, Rendered
from mailer.settings import Sender

_DATE_LINE = re.compile(rb"^Date:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", re.MULTILINE | re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all messages of a mailing share, as bytes that go around each person's own."""

    head: bytes = field(repr=False)  # From, Reply-To
    before_text: bytes = field(repr=False)  # List-Id, Content-Language, MIME-Version, Content-Type …
    before_html: bytes = field(repr=False)
    after: bytes = field(repr=False)
    has_html: bool = True


_HERE = b"\0"  # where a body goes into the tree; nothing else in it has this byte


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
    The tree is mixed(alternative(plain, related(html, images)), attachments), without wrappers around one thing (F12).
    For people who want plain text (`has_html` is false) there is one text/plain part: an alternative with one way to
    read it is none (RFC 2046 §5.1.4), and pictures that belong to the HTML stay out.
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

    `date` is aware; it becomes the Date field, in its own offset (F8). The same values give the same bytes.

    Raises:
        InputProblem: subject, name or a URI may not stand in a header.
        ValueError: `date` is naive or the Message-ID has no angle brackets: a mistake in our own code.
    """
    html = compose_text_body(rendered.html) if frame.has_html else (b"", b"")
    bodies = Bodies(*compose_text_body(rendered.text), *html)
    return compose_parts(frame, rendered.subject, bodies, addressee, date=date)


def compose_parts(frame: Frame, subject: str, bodies: Bodies, addressee: Addressee, *, date: datetime) -> bytes:
    """Compose one person's message of a subject and bodies that are encoded already.

    Raises:
        InputProblem, ValueError: as `compose_message`.
    """
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
    del offset  # part of the key: one moment in two zones is equal, and is written in two ways
    return format_datetime(second)


def content_hash(data: bytes) -> bytes:
    """Return the SHA-256 of a message without its Date field: equal for what was approved and what is sent later."""
    end = data.index(b"\r\n\r\n")
    digest = hashlib.sha256(_DATE_LINE.sub(b"", data[: end + 2], count=1))
    digest.update(memoryview(data)[end:])
    return digest.digest()


# Body: text and files in a form that every server carries unchanged: 7-bit, lines of at most 76 characters with CRLF
# (RFC 2045 §6.7, §6.8; standards F1, F11). Dot-stuffing is the wire's business.
#
# `binascii.b2a_qp` is the fastest encoder there is, with two traps: its soft breaks follow the first line end that it
# sees (hence CRLF first), and a blank at the end of a full line makes that line 77 characters long (hence the re-wrap).

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

    Quoted-printable; base64 where most of the text is not Latin, since it is then the shorter one. Never 7bit: in
    either encoding `=_` cannot occur, which boundaries contain.
    """
    lines = normalise_text(text)
    if not text.isascii():
        data = lines.encode("utf-8")
        if len(data.translate(None, ASCII)) * 6 > len(data):  # n + 2·beyond > n·4/3
            return b"base64", compose_base64(data)
    return b"quoted-printable", b"".join(map(encode_line, lines.split("\r\n")[:-1]))


def compose_base64(data: bytes) -> bytes:
    """Encode bytes as base64 in lines of 76, each with CRLF."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


@lru_cache(maxsize=_LINES)
def encode_line(line: str) -> bytes:
    """Encode one line, without its end, as quoted-printable; return it with CRLF, in several lines where it is long.

    The mails of a mailing have most of their lines in common, so the last few thousand are remembered.
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
    """Cut an over-long line where no `=XX` is cut; a soft break is `=` at the end of a line."""
    pieces = []
    while len(line) > LINE_LIMIT:
        # never in the middle of `=XX`: step back before an `=` in the last two places
        cut = LINE_LIMIT - 1
        cut -= next((back for back in (1, 2) if line[cut - back : cut - back + 1] == b"="), 0)
        pieces.append(line[:cut])
        line = line[cut:]
    return b"=\r\n".join([*pieces, line])
