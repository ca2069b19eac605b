"""Pictures: files that stand inside the mail.

Owns what kinds of picture mail programs show, their sizes in pixels read from the first bytes, and the name
(Content-ID) under which the HTML finds them. Never reads a file, never changes a picture.
Raises `InputProblem`. Standards F13, H2 (no SVG, no WebP), H5 (width and height are known before it loads).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import Final

from mailer.errors import InputProblem
from mailer.message.values import InlineImage

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# markers without a length behind them, and those that carry the size (start of frame)
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xDA)})
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def make_inline_image(src: str, data: bytes, *, domain: str) -> InlineImage:
    """Make a picture that travels inside the mail from the bytes of a file.

    `src` is its path as the release names it, `domain` the sender's. The same bytes get the same Content-ID.

    Raises:
        InputProblem: it is no PNG, JPEG or GIF: the kinds that every mail program shows.
    """
    name = src.replace("\\", "/").rpartition("/")[2]
    content_id = f"{hashlib.sha256(data).hexdigest()[:24]}@{domain}"
    if data.startswith(_PNG) and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return InlineImage(content_id, "image/png", data, name, width, height)
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return InlineImage(content_id, "image/gif", data, name, width, height)
    if data.startswith(_JPEG):
        width, height = _jpeg_size(data)
        return InlineImage(content_id, "image/jpeg", data, name, width, height)
    raise InputProblem(
        f'the picture "{name}" is not a PNG, JPEG or GIF file',
        hint="Save it as one of these: several mail programs show no other kind.",
    )


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height from the first frame header, or zeros where there is none (ITU-T T.81 §B.2.2)."""
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

_PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {4: 2, 6: 4}  # by colour type: grey and alpha, red green blue and alpha
_MOST_PIXELS: Final = 600_000
_SEEN: Final = 96  # of 255: what is more transparent says nothing
_WHITE, _BLACK = 235, 20


def refuse_white_logo(data: bytes, *, source: str, line: int | None = None) -> None:
    """Refuse a logo that is only white, or only black, on a transparent ground.

    Raises:
        InputProblem: with what to do.
    """
    lightest, darkest = _extremes(data)
    if darkest >= _WHITE:
        what, lost = "white", "on white paper"
    elif lightest <= _BLACK:
        what, lost = "black", "in dark mode"
    else:
        return
    raise InputProblem(
        f"logo: the picture is {what} on a transparent ground, and cannot be seen {lost}",
        source=source,
        line=line,
        hint="Save it with a ground of its own, or with an outline that shows on both.",
    )


def _extremes(data: bytes) -> tuple[int, int]:
    """Return the lightest and the darkest value of what is seen; 255 and 0 where the picture has a ground."""
    undecided = 255, 0
    if not data.startswith(_PNG_MAGIC) or len(data) < 33:
        return undecided
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    count = _CHANNELS.get(kind, 0)
    if depth != 8 or not count or interlaced or not 0 < width * height <= _MOST_PIXELS:
        return undecided
    try:
        raw = zlib.decompressobj().decompress(_pixels(data), (width * count + 1) * height)
    except zlib.error:
        return undecided
    if len(raw) < (width * count + 1) * height:
        return undecided
    lightest, darkest, clear = 0, 255, False
    for row in _rows(raw, width * count, count):
        for at in range(0, len(row), count):
            if row[at + count - 1] < _SEEN:
                clear = True
            else:
                values = row[at : at + count - 1]
                lightest, darkest = max(lightest, *values), min(darkest, *values)
    return (lightest, darkest) if clear and lightest >= darkest else undecided


def _pixels(data: bytes) -> bytes:
    at, found = 8, []
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            found.append(data[at + 8 : at + 8 + length])
        at += length + 12
    return b"".join(found)


def _rows(raw: bytes, length: int, step: int) -> list[bytearray]:
    """Undo the filters of PNG (ISO 15948 §9): each byte is a difference to its neighbours."""
    rows: list[bytearray] = []
    above = bytearray(length)
    for start in range(0, len(raw), length + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + length])
        for at in range(length) if kind else ():
            left = row[at - step] if at >= step else 0
            corner = above[at - step] if at >= step else 0
            row[at] = (row[at] + _predicted(kind, left, above[at], corner)) & 255
        rows.append(row)
        above = row
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    match kind:
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case _:
            guess = left + up - corner
            return min((left, up, corner), key=lambda each: abs(guess - each))
