"""Photos: what the bytes of a picture tell: its kind, and where it was taken.

Owns the reading of EXIF in JPEG, PNG and WebP, and of a place in XMP. Never decodes a picture.

Gaps: the EXIF of HEIC, which no mail program shows anyway.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

_GPS = 0x8825  # the tag of the GPS directory (Exif 2.3)
_XMP = re.compile(rb"exif:GPSLatitude(?:=\"|>)([\d.,]+[NS]).{0,400}?exif:GPSLongitude(?:=\"|>)([\d.,]+[EW])", re.DOTALL)


def place_of(data: bytes) -> str:
    """Return where a photo says that it was taken, as degrees; empty where it says nothing."""
    for tiff in _exif(data):
        try:
            found = _gps(tiff)
        except (struct.error, IndexError, ZeroDivisionError, OverflowError):
            continue
        if found:
            return found
    xmp = _XMP.search(data)
    return f"{xmp[1].decode()} {xmp[2].decode()}" if xmp else ""


def _exif(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF blocks of a JPEG (APP1), a PNG (eXIf) or a WebP (EXIF)."""
    if data.startswith(b"\xff\xd8"):
        yield from _exif_of_jpeg(data)
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        at = 8
        while at + 8 <= len(data):
            length, kind = struct.unpack(">I4s", data[at : at + 8])
            if kind == b"eXIf":
                yield data[at + 8 : at + 8 + length]
            at += 12 + length
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        at = 12
        while at + 8 <= len(data):
            kind, length = struct.unpack("<4sI", data[at : at + 8])
            if kind == b"EXIF":
                yield data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
            at += 8 + length + length % 2


def _exif_of_jpeg(data: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in {0xDA, 0xD9}:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        if data[at + 1] == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            yield data[at + 10 : at + 2 + length]
        at += 2 + length


def _gps(tiff: bytes) -> str:
    """Read latitude and longitude of the GPS directory (Exif 2.3 §4.6.6)."""
    order = "<" if tiff[:2] == b"II" else ">"
    first = struct.unpack(f"{order}I", tiff[4:8])[0]
    entries = _entries(tiff, order, first)
    if _GPS not in entries:
        return ""
    gps = _entries(tiff, order, struct.unpack(f"{order}I", entries[_GPS])[0])
    if 2 not in gps or 4 not in gps:
        return ""
    north, east = (_degrees(tiff, order, gps[tag]) for tag in (2, 4))
    signs = gps.get(1, b"N")[:1].decode("ascii", "replace"), gps.get(3, b"E")[:1].decode("ascii", "replace")
    return f"{north:.4f}° {signs[0]}, {east:.4f}° {signs[1]}" if north or east else ""


def _entries(tiff: bytes, order: str, at: int) -> dict[int, bytes]:
    """Return the entries of a directory: tag, and the four bytes that are the value or say where it is."""
    count = struct.unpack(f"{order}H", tiff[at : at + 2])[0]
    rows = (tiff[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(min(count, 200)))
    return {struct.unpack(f"{order}H", row[:2])[0]: row[8:12] for row in rows if len(row) == 12}


def _degrees(tiff: bytes, order: str, where: bytes) -> float:
    at = struct.unpack(f"{order}I", where)[0]
    parts = struct.unpack(f"{order}6I", tiff[at : at + 24])
    return float(sum(parts[2 * i] / (parts[2 * i + 1] or 1) / 60**i for i in range(3)))


def picture_kind(data: bytes) -> str:
    """Return the kind of a picture that its first bytes tell, as the ending of a name; empty where they tell none."""
    if data[4:8] == b"ftyp":
        return {b"heic": "heic", b"heix": "heic", b"mif1": "heic", b"avif": "avif"}.get(data[8:12], "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    begin = data[:512].lstrip().lower()
    if begin.startswith(b"<svg") or (begin.startswith(b"<?xml") and b"<svg" in begin):
        return "svg"
    if begin.startswith((b"<!doctype html", b"<html")):
        return "html"
    return next((kind for mark, kind in _MARKS if data.startswith(mark)), "")


_MARKS = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tif"),
    (b"MM\0*", "tif"),
    (b"BM", "bmp"),
    (b"8BPS", "psd"),
    (b"%!PS", "eps"),
    (b"%PDF", "pdf"),
)
