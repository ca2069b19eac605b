"""DKIM record: the public key that a selector names, judged as a receiver would (RFC 6376 §3.6.1).

Owns the form that DKIM and DMARC share (`v=DKIM1; p=…`, §3.2), the tags of a key, and its length: an RSA key's is read
out of its DER, so no library is needed to judge one. Never asks the DNS. Raises nothing: what is wrong is told in
sentences. RFC 8301 (RSA from 1024 bits, 2048 recommended; SHA-1 is dead), RFC 8463 (Ed25519).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LEAST_BITS: Final = 1024
GOOD_BITS: Final = 2048
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags in their order, names in lower case, values without blanks around, and what is wrong with the list."""

    values: Mapping[str, str]
    wrong: tuple[str, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """Return a tag's value."""
        return self.values.get(name, default)

    def words(self, name: str) -> list[str]:
        """Return the words of a tag that has colons between them, in lower case."""
        return [each.strip().lower() for each in self.get(name).split(":") if each.strip()]


def parse_tags(text: str) -> Tags:
    """Parse a list of tags; of a tag that stands there twice, the first counts."""
    values: dict[str, str] = {}
    wrong: list[str] = []
    for piece in re.split(r"\\?;", text):
        name, equals, value = (part.strip() for part in piece.partition("="))
        if not piece.strip():
            continue
        if not equals or not re.fullmatch(r"[A-Za-z]\w*", name):
            wrong.append(f'"{piece.strip()[:40]}" is no tag; a semicolon may be missing before it')
        elif name.lower() in values:
            wrong.append(f"{name}= appears twice")
        else:
            values[name.lower()] = value
    if "\\;" in text:
        wrong.append(r'it has "\;" in it: a backslash from a zone file was pasted into a web form')
    if text.startswith(('"', "“")) or text.endswith(('"', "”")):
        wrong.append("quotation marks were pasted into the value; take them out")
    return Tags(values, tuple(wrong))


@dataclass(frozen=True, slots=True)
class DkimRecord:
    """A key: `bits` is 0 where it cannot be read; `public` are the bytes of p=, empty where the key is revoked."""

    kind: str
    public: bytes
    bits: int
    revoked: bool
    testing: bool
    wrong: tuple[str, ...] = ()


def is_dkim(text: str) -> bool:
    """Return whether a TXT record looks like a key: the version is optional (§3.6.1), the key is not."""
    return bool(re.match(r'\s*["“]?\s*v\s*=\s*DKIM', text, re.IGNORECASE) or re.search(r"(?:^|;)\s*[pk]\s*=", text))


def parse_dkim_record(text: str) -> DkimRecord:
    """Parse a key record."""
    tags = parse_tags(text.strip().strip('"“”'))
    wrong = [*parse_tags(text).wrong]
    if "v" in tags.values and (next(iter(tags.values)) != "v" or tags.get("v") != "DKIM1"):
        wrong.append("v=DKIM1 must come first, in exactly this form")
    kind, key, public = tags.get("k", "rsa").lower(), re.sub(r"\s+", "", tags.get("p")), b""
    if "p" not in tags.values:
        wrong.append("it has no p=, so no key")
    elif re.search(r"BEGIN|PUBLIC", key):
        wrong.append("p= holds the lines -----BEGIN … and -----END …; only what is between them belongs there")
    else:
        try:
            public = base64.b64decode(key, validate=True)
        except ValueError:  # not base64, or not even ASCII
            wrong.append("p= is damaged (no base64); part of it may be missing")
    bits = _bits(kind, public)
    if public and not bits:
        known = kind in {"rsa", "ed25519"}
        unread = f"p= holds no {kind} key; part of it may be missing"
        wrong.append(unread if known else f"k={kind}: DKIM knows rsa and ed25519")
    if tags.words("h") and "sha256" not in tags.words("h"):
        wrong.append(f"h={tags.get('h')} allows no SHA-256, with which mail is signed")
    if tags.words("s") and not set(tags.words("s")) & {"*", "email"}:
        wrong.append(f"s={tags.get('s')} is for something else than mail")
    is_revoked = "p" in tags.values and not tags.get("p")
    return DkimRecord(kind, public, bits, is_revoked, "y" in tags.words("t"), tuple(wrong))


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
    """Parse the first element: its tag, its content, and what is behind it."""
    head, size = 2, der[1]
    if size >= 0x80:  # then it is how many bytes the size has
        head += size & 0x7F
        size = int.from_bytes(der[2:head])
    if len(der) < head + size or (wanted and der[0] != wanted):
        raise ValueError("cut off, or something else")
    return der[0], der[head : head + size], der[head + size :]
