"""Pictures: files that stand inside the mail.

Owns what kinds of picture mail programs show, their sizes in pixels read from the first bytes, and the name
(Content-ID) under which the HTML finds them. Never reads a file, never changes a picture.
Raises `InputProblem`. Standards F13, H2 (no SVG, no WebP), H5 (width and height are known before it loads).
"""

from __future__ import annotations

import hashlib
import struct

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
