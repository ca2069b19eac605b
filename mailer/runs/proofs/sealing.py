"""Sealing: that a file was there at a time, said by an RFC 3161 time stamp, so that everybody can check it.

Owns the request, and the reading of its answer: it must be granted, and of this digest and this nonce (§2.4.2), so that
no older one passes for ours. Whether an authority's certificate holds is for whoever relies on it (`openssl ts
-verify`). Gap: an answer in BER with lengths that are left open, where §2.4.2 asks for DER, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from mailer import lazy_re as re

REQUEST_TYPE: Final = "application/timestamp-query"  # §3.4
_INTEGER, _OCTETS, _SEQUENCE, _TIME, _EXPLICIT = 0x02, 0x04, 0x30, 0x18, 0xA0
_SHA256: Final = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier: 2.16.840.1.101.3.4.2.1, NULL
_NO_STAMP: Final = "what it answered is no time stamp (RFC 3161)"
_TIMES = re.compile(r"(\d{14})(?:\.\d+)?Z")


def make_request(digest: bytes, nonce: int) -> bytes:
    """Return a TimeStampReq (§2.4.1) for a SHA-256; `nonce` is above zero."""
    imprint = _tagged(_SEQUENCE, _SHA256 + _tagged(_OCTETS, digest))
    number = _tagged(_INTEGER, nonce.to_bytes(nonce.bit_length() // 8 + 1))
    return _tagged(_SEQUENCE, b"\x02\x01\x01" + imprint + number + b"\x01\x01\xff")  # version 1; certificate wanted


def read_answer(answer: bytes, digest: bytes, nonce: int) -> datetime:
    """Return the time that a TimeStampResp says.

    Raises ValueError where it was not granted, is of another request, or cannot be read.
    """
    about, *token = (content for _, content in _parts(_inside(answer, _SEQUENCE)))
    status = int.from_bytes(_inside(about, _INTEGER))
    if status > 1 or not token:  # 0: granted; 1: granted with modifications
        texts = [text for tag, text in _parts(about) if tag == _SEQUENCE]
        said = ", ".join(part.decode("utf-8", "replace") for text in texts for _, part in _parts(text))
        raise ValueError(f"it was refused: {said or f'status {status}, without a reason'}")
    # ContentInfo, SignedData, EncapsulatedContentInfo, TSTInfo (RFC 5652 §5, RFC 3161 §2.4.2)
    stamp = _inside(token[0], _EXPLICIT, _SEQUENCE, _SEQUENCE, _EXPLICIT, _OCTETS, _SEQUENCE)
    numbers = [int.from_bytes(part) for tag, part in _parts(stamp) if tag == _INTEGER]  # version, serial, nonce
    at = _TIMES.fullmatch(_inside(stamp, _TIME).decode("ascii", "replace"))
    if at is None or _inside(stamp, _SEQUENCE, _OCTETS) != digest or numbers[2:] != [nonce]:
        raise ValueError("it is a time stamp of something else, or an older one")
    return datetime.strptime(at[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _tagged(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content  # nothing here has 128 bytes


def _inside(data: bytes, *tags: int) -> bytes:
    """Return what is in the first value with a tag, in that the first with the next one, and so on."""
    for wanted in tags:
        found = next((content for tag, content in _parts(data) if tag == wanted), None)
        if found is None:
            raise ValueError(_NO_STAMP)
        data = found
    return data


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of one value after the other (X.690 §8.1)."""
    while data:
        size, start = int.from_bytes(data[1:2]), 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[2:start])
        if data[1:2] in {b"", b"\x80"} or start + size > len(data):
            raise ValueError(_NO_STAMP)
        yield data[0], data[start : start + size]
        data = data[start + size :]
