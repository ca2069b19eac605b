"""Files: the files inside a mail: pictures, and an event as a file for any calendar.

In order: which kinds of picture mail programs show, their sizes in pixels read from the first bytes, and the name
(Content-ID) by which the HTML names them (no SVG, no WebP; width and height are known before
it loads); a logo that must be seen on white paper and on black; and iCalendar (RFC 5545) with METHOD:PUBLISH (RFC
5546 §3.2). Which files may be attached is in `compose`. Never reads a file, changes a picture, or reads a clock. Raises
`InputProblem` with a sentence for the person who attached it.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from datetime import UTC, datetime, time
from typing import Final

from mailer.errors import InputProblem
from mailer.message.values import Attachment, InlineImage
from mailer.release.values import Event, Release
from mailer.settings import Sender
from mailer.text.content_lines import escape_text, fold_line

# Pictures: files inside the mail.

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# markers without a length, and those with the size of the picture (start of frame)
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xDA)})
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def make_inline_image(src: str, data: bytes, *, domain: str) -> InlineImage:
    """Build a picture that travels inside the mail from the bytes of a file.

    `src` is its path as the release names it, `domain` the sender's. The same bytes get the same Content-ID.
    """
    name = src.replace("\\", "/").rpartition("/")[2]
    if data.startswith(_PNG) and len(data) >= 24:
        kind, (width, height) = "png", struct.unpack(">II", data[16:24])
    elif data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        kind, (width, height) = "gif", struct.unpack("<HH", data[6:10])
    elif data.startswith(_JPEG):
        kind, (width, height) = "jpeg", _jpeg_size(data)
    else:
        raise InputProblem(
            f'the picture "{name}" is not a PNG, JPEG or GIF file',
            hint="Save it as one of these: several mail programs show no other kind.",
        )
    content_id = f"{hashlib.sha256(data).hexdigest()[:24]}@{domain}"
    return InlineImage(content_id, f"image/{kind}", data, name, width, height)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height from the first frame header, or zeros if there is none (ITU-T T.81 §B.2.2)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAME_MARKERS:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in _BARE_MARKERS:
            at += 2
        else:
            at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return 0, 0


# Logo: a picture that must be seen on white paper and on black.

_ALPHA: Final = {4: 2, 6: 4}  # channels by colour type: grey and alpha, red green blue and alpha
_MOST_PIXELS: Final = 600_000
_SEEN: Final = 96  # of 255: pixels more transparent than this cannot be seen
_WHITE, _BLACK = 235, 20


def refuse_white_logo(data: bytes, *, source: str, line: int | None = None) -> None:
    """Refuse a logo that is only white, or only black, on a transparent background."""
    seen = _values_on_transparent(data)
    if not seen or (min(seen) < _WHITE and max(seen) > _BLACK):
        return
    what, lost = ("white", "on white paper") if min(seen) >= _WHITE else ("black", "in dark mode")
    raise InputProblem(
        f"logo: the picture is {what} on a transparent background, and cannot be seen {lost}",
        source=source,
        line=line,
        hint="Save it with a background of its own, or with an outline that shows on both.",
    )


def _values_on_transparent(data: bytes) -> set[int]:
    """Return the values of the visible pixels; none where the picture has a background or cannot be read here."""
    if not data.startswith(_PNG) or len(data) < 33:
        return set()
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    count = _ALPHA.get(kind, 0)
    if depth != 8 or not count or interlaced or not 0 < width * height <= _MOST_PIXELS:
        return set()
    at, packed, length = 8, b"", width * count
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        packed += data[at + 8 : at + 8 + size] if data[at + 4 : at + 8] == b"IDAT" else b""
        at += size + 12
    try:
        raw = zlib.decompressobj().decompress(packed, (length + 1) * height)
    except zlib.error:
        return set()
    seen, clear, above = set[int](), False, bytearray(length)
    for start in range(0, len(raw) - length, length + 1):
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + length]), above, count)
        for pixel in range(0, length, count):
            if above[pixel + count - 1] < _SEEN:
                clear = True
            else:
                seen.update(above[pixel : pixel + count - 1])
    return seen if clear else set()


def _unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """Return a row of pixels without the filter of PNG (ISO 15948 §9): each byte is a difference to its neighbours."""
    for at in range(len(row)) if kind else ():
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = left + above[at] - corner
        nearest = min((left, above[at], corner), key=lambda each: abs(guess - each))
        row[at] = (row[at] + (left, above[at], (left + above[at]) // 2, nearest)[kind - 1]) & 255
    return row


# Calendar: one event, its times in UTC, the same bytes for the same event: the stamp is the day of the release, so that
# what was approved is what is sent.


def make_calendar(release: Release, event: Event, *, sender: Sender, notice: str = "") -> Attachment:
    """Build the file that goes with an advisory; the same release has the same UID, so that a correction replaces it.

    `notice` goes above the description: the embargo, since calendars are shared with people who never see the mail.
    """
    stamp = datetime.combine(release.date or event.starts.date(), time(), tzinfo=UTC)
    about = "\n\n".join(part for part in (notice, release.headline, event.who, event.register, event.url) if part)
    organiser = sender.organisation.replace('"', "'")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//mailer//press release//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{release.slug}@{sender.domain}",
        f"DTSTAMP:{_utc(stamp)}",
        f"DTSTART:{_utc(event.starts)}",
        f"DTEND:{_utc(event.ends)}" if event.ends else "",
        f"SUMMARY;LANGUAGE={release.language}:{escape_text(event.what or release.headline)}",
        f"LOCATION:{escape_text(event.where)}" if event.where else "",
        f"DESCRIPTION:{escape_text(about)}",
        f"URL:{event.url}" if event.url else "",
        f'ORGANIZER;CN="{organiser}":mailto:{sender.reply_to or sender.address}',
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    data = "".join(map(fold_line, filter(None, lines))).encode("utf-8")
    return Attachment(f"{release.slug or 'event'}.ics", "text/calendar", data)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
