"""Mail source: a release that came as a mail (.eml) or as a page saved in one file (.mhtml).

Owns choosing the part that is the text, its encoding, its signature, and the pictures that came with it. The parts
that are files are named and not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from mailer.release.files.mail_headers import is_passed_on
from mailer.release.pictures import MAX_PICTURE_BYTES, MAX_PICTURES, Picture, name_picture
from mailer.text.encodings import Doubt, decode_text

_START = re.compile(
    rb"(?:From |[A-Za-z][A-Za-z0-9-]*:[ \t]).*(?:\r?\n[ \t].*|\r?\n[A-Za-z][A-Za-z0-9-]*:.*)*\r?\n\r?\n", re.ASCII
)
_MIME = re.compile(rb"^(?:MIME-Version|Content-Type|Content-Transfer-Encoding):", re.IGNORECASE | re.MULTILINE)
_SHOWN = ("From", "To", "Cc", "Date", "Subject", "Reply-To")
_MAX_PARTS = 500
_SIGNATURE = re.compile(r"(?m)^-- \r?\n")
_SIGNATURE_LINES = 20


@dataclass(frozen=True, slots=True)
class MailSource:
    """What a mail holds: one text, and what came with it."""

    text: str
    doubt: Doubt | None = None
    is_html: bool = False
    headers: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)  # of the pictures, by their address in the page
    pictures: tuple[Picture, ...] = ()
    files: tuple[str, ...] = ()
    signature: str = ""


def looks_like_mail(data: bytes, ending: str) -> bool:
    """Return whether bytes are a mail or a page saved in one file: by the name, else by headers that only MIME has."""
    head = _START.match(data)
    if ending in {"eml", "mhtml", "mht"}:
        return head is not None
    return head is not None and _MIME.search(head.group()) is not None


def read_mail(data: bytes) -> MailSource:
    """Read the text of a mail, HTML before plain text, as whoever got it saw it."""
    message = message_from_bytes(data, policy=policy.default)
    parts = [part for _, part in zip(range(_MAX_PARTS), _parts(message), strict=False)]
    texts = [part for part in parts if part.get_content_type() in {"text/html", "text/plain"} and not _is_file(part)]
    page = next((part for part in texts if part.get_content_type() == "text/html"), None)
    chosen = page or next(iter(texts), None)
    if chosen is None:
        return MailSource("")
    charset = chosen.get_content_charset() or ""
    text, doubt = decode_text(_content(chosen), declared=charset)
    names, pictures = _pictures(parts)
    files = tuple(name for part in parts if _is_file(part) and (name := part.get_filename()))
    text, signature = (text, "") if page else _without_signature(text)
    return MailSource(text, doubt, page is not None, tuple(_headers(message)), names, pictures, files, signature)


def _without_signature(text: str) -> tuple[str, str]:
    """Take off what the sender's mail program sets below every mail, told by its line "-- " (RFC 3676 §4.3)."""
    marks = list(_SIGNATURE.finditer(text))
    if not marks:
        return text, ""
    below = text[marks[-1].end() :]
    if below.strip().count("\n") >= _SIGNATURE_LINES or is_passed_on(below) or not text[: marks[-1].start()].strip():
        return text, ""
    return text[: marks[-1].start()], " ".join(below.split())


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    return (part for part in message.walk() if not part.is_multipart())


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _is_file(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or (
        part.get_content_maintype() not in {"text", "image"} and bool(part.get_filename())
    )


def _headers(message: EmailMessage) -> Iterator[str]:
    for name in _SHOWN:
        try:
            value = " ".join(str(message.get(name, "")).split())
        except (ValueError, IndexError, AttributeError, TypeError):  # a header that the stdlib's parser stumbles over
            value = ""
        if value:
            yield f"{name}: {value}"


def _pictures(parts: list[EmailMessage]) -> tuple[dict[str, str], tuple[Picture, ...]]:
    names: dict[str, str] = {}
    pictures: list[Picture] = []
    for part in parts:
        if part.get_content_maintype() != "image" or _is_file(part) or len(pictures) >= MAX_PICTURES:
            continue
        content = _content(part)
        if not content or len(content) > MAX_PICTURE_BYTES:
            continue
        name = name_picture(len(pictures) + 1, content, part.get_content_type())
        pictures.append(Picture(name, content))
        identity = str(part.get("Content-ID", "")).strip(" <>")
        places = (str(part.get("Content-Location", "")).strip(), f"cid:{identity}" if identity else "")
        names.update({place: name for place in places if place})
    return names, tuple(pictures)
