"""DKIM record: the public key that a selector names, judged as a receiver would (RFC 6376 §3.6.1).

Owns the tags, and the length of the key: an RSA key's is read out of its DER, so no library is needed to judge one.
Never asks the DNS. Raises nothing: what is wrong is told in sentences.
RFC 8301 (RSA from 1024 bits, 2048 recommended; SHA-1 is dead), RFC 8463 (Ed25519).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final

from mailer.message.records.tags import Tags, parse_tags

LEAST_BITS: Final = 1024
GOOD_BITS: Final = 2048
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03


@dataclass(frozen=True, slots=True)
class DkimRecord:
    """A key: `bits` is 0 where it cannot be read; `public` are the bytes of p=, empty where the key is revoked."""

    kind: str
    public: bytes
    bits: int
    revoked: bool
    testing: bool
    strict: bool
    wrong: tuple[str, ...] = ()


def is_dkim(text: str) -> bool:
    """Return whether a TXT record looks like a key: the version is optional (§3.6.1), the key is not."""
    return bool(re.match(r'\s*["“]?\s*v\s*=\s*DKIM', text, re.IGNORECASE) or re.search(r"(?:^|;)\s*[pk]\s*=", text))


def parse_dkim_record(text: str) -> DkimRecord:
    """Take a key record apart."""
    tags = parse_tags(text.strip().strip('"“”'))
    wrong = [*parse_tags(text).wrong]
    if "v" in tags.values and (tags.first != "v" or tags.get("v") != "DKIM1"):
        wrong.append("v=DKIM1 has to stand first, written like that")
    kind = tags.get("k", "rsa").lower()
    public, said = _public(tags)
    wrong += said
    bits = _bits(kind, public)
    if public and not bits:
        wrong.append(_unreadable(kind))
    wrong += _limits(tags)
    return DkimRecord(
        kind=kind,
        public=public,
        bits=bits,
        revoked="p" in tags.values and not tags.get("p"),
        testing="y" in _listed(tags.get("t")),
        strict="s" in _listed(tags.get("t")),
        wrong=tuple(wrong),
    )


def _unreadable(kind: str) -> str:
    if kind not in {"rsa", "ed25519"}:
        return f"k={kind}: DKIM knows rsa and ed25519"
    return f"p= holds no {kind} key; part of it may be missing"


def _public(tags: Tags) -> tuple[bytes, list[str]]:
    if "p" not in tags.values:
        return b"", ["it has no p=, so no key"]
    text = re.sub(r"\s+", "", tags.get("p"))
    if re.search(r"BEGIN|PUBLIC", text):
        return b"", ["p= holds the lines -----BEGIN … and -----END …; only what is between them belongs there"]
    try:
        return base64.b64decode(text, validate=True), []
    except ValueError:  # not base64, or not even ASCII
        return b"", ["p= is damaged (no base64); part of it may be missing"]


def _limits(tags: Tags) -> list[str]:
    wrong = []
    hashes, services = _listed(tags.get("h")), _listed(tags.get("s"))
    if hashes and "sha256" not in hashes:
        wrong.append(f"h={tags.get('h')} allows no SHA-256, with which mail is signed")
    if services and not set(services) & {"*", "email"}:
        wrong.append(f"s={tags.get('s')} is for something else than mail")
    return wrong


def _listed(text: str) -> list[str]:
    return [each.strip().lower() for each in text.split(":") if each.strip()]


def _bits(kind: str, public: bytes) -> int:
    if kind == "ed25519":
        return 256 if len(public) == 32 else 0
    if kind != "rsa":
        return 0
    try:
        return _modulus(public).bit_length()
    except (ValueError, IndexError):
        return 0


def _modulus(der: bytes) -> int:
    """Read the modulus out of a SubjectPublicKeyInfo, or of a bare RSAPublicKey, which RFC 6376 means too."""
    tag, first, rest = _element(_element(der, _SEQUENCE)[1])
    if tag == _SEQUENCE:  # the algorithm; the key is in the bit string behind it, after a byte for unused bits
        return _modulus(_element(rest, _BITS)[1][1:])
    if tag != _INTEGER:
        raise ValueError("no number")
    return int.from_bytes(first)


def _element(der: bytes, wanted: int = 0) -> tuple[int, bytes, bytes]:
    """Take the first element apart: its tag, its content, and what is behind it."""
    head, size = 2, der[1]
    if size >= 0x80:  # then it is how many bytes the size has
        head += size & 0x7F
        size = int.from_bytes(der[2:head])
    if len(der) < head + size or (wanted and der[0] != wanted):
        raise ValueError("cut off, or something else")
    return der[0], der[head : head + size], der[head + size :]
