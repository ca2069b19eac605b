"""Logo: a picture that must be seen on white paper and on black.

Owns one question about a PNG file: is it all white, or all black, on nothing? Such a logo is not there for half of the
people who open the mail (standards H3). Never changes a picture.
Raises `InputProblem`.
Gaps: only PNG files of 8 bits a channel with an alpha channel, not interlaced, are looked at: the way in which programs
save a logo on a transparent ground.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from mailer.errors import InputProblem

_PNG: Final = b"\x89PNG\r\n\x1a\n"
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
    if not data.startswith(_PNG) or len(data) < 33:
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
