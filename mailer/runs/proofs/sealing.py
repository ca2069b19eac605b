"""Sealing: who made a file, and that it was there at a time, said so that everybody can check it.

The first is an SSH signature by `ssh-keygen -Y sign`, so that keys with a passphrase, in an agent or on a token work as
they do for git. The second is an RFC 3161 time stamp. Owns its request, and the reading of its answer: it must be
granted, and of this digest and this nonce (§2.4.2), so that no older one passes for ours. Whether an authority's
certificate holds is for whoever relies on it (`openssl ts -verify`). Gap: an answer in BER with lengths that are left
open, where §2.4.2 asks for DER, is refused.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mailer import lazy_re as re
from mailer.errors import InputProblem

NAMESPACE: Final = "mailer-proof"
REQUEST_TYPE: Final = "application/timestamp-query"  # §3.4
_INTEGER, _OCTETS, _SEQUENCE, _TIME, _EXPLICIT = 0x02, 0x04, 0x30, 0x18, 0xA0
_SHA256: Final = bytes.fromhex("300d06096086480165030402010500")  # AlgorithmIdentifier: 2.16.840.1.101.3.4.2.1, NULL
_NO_STAMP: Final = "what it answered is no time stamp (RFC 3161)"
_TIMES = re.compile(r"(\d{14})(?:\.\d+)?Z")
_FINGERPRINT = re.compile(rb"SHA256:[A-Za-z0-9+/=]+")


def sign(file: Path, key: Path, *, asks: bool) -> str:
    """Sign a file, with the signature beside it (.sig), and return the fingerprint of the key.

    `asks`: somebody can type a passphrase or touch a token. Raises InputProblem where the key cannot be used.
    """
    program, made = shutil.which("ssh-keygen"), file.with_name(f"{file.name}.sig")
    if program is None:
        hint = "It comes with OpenSSH: openssh-client on Linux, an optional feature of Windows. Or leave --key out."
        raise InputProblem("ssh-keygen is not installed, so nothing can be signed", hint=hint)
    quiet = None if asks else subprocess.PIPE
    words = [program, "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(file)]
    signed = subprocess.run(words, stdin=quiet and subprocess.DEVNULL, stderr=quiet, check=False)  # noqa: S603 - no shell
    if signed.returncode or not made.exists():
        said = (signed.stderr or b"").decode(errors="replace").strip().splitlines()
        raise InputProblem(f"this key cannot sign{f': {said[-1]}' if said else ''}", source=str(key))
    made.chmod(0o600)
    words = [program, "-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(made)]
    checked = subprocess.run(words, input=file.read_bytes(), capture_output=True, check=False)  # noqa: S603 - no shell
    found = _FINGERPRINT.search(checked.stdout)
    return found[0].decode() if found else ""


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
