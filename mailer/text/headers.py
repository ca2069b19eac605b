"""Header values: encoded-words (RFC 2047), and the base64 and charsets in them and in the bodies of reports.

Broken values, and those without a charset, are read as far as possible: mail comes from machines that may send
anything. Pure; raises nothing; only codecs that are cheap for any bytes are used.
"""

from __future__ import annotations

import binascii
import functools

from mailer import lazy_re as re
from mailer.words import read_section

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_SURROGATE = re.compile("[\ud800-\udfff]")  # UTF-7 and UTF-16 can bring in halves, which cannot be encoded again

# Codecs that turn bytes into text in one cheap pass; a name from a stranger must not reach “punycode” or “idna”.
_ASCII = re.compile(r"(?:us-?)?ascii$", re.IGNORECASE)
_CHARSETS = read_section("encodings", "charsets")
_CHARSET = re.compile(rf"(?:{'|'.join(_CHARSETS['known'])})$", re.IGNORECASE)
_ALIASES = {name: codec for codec, names in _CHARSETS.items() for name in names if codec != "known"}

_ENCODED = re.compile(r"=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([bq])\?([^?\s]{0,2000})\?=", re.IGNORECASE)
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")


def decode_words(value: str) -> str:
    """Decode a header value: encoded-words decoded (blanks between two are dropped, §6.2), other blanks single."""

    def decoded(found: re.Match[str]) -> str:
        raw = found[3].encode("utf-8", "replace")
        data = decode_base64(raw) if found[2] in "bB" else binascii.a2b_qp(raw, header=True)
        return decode_charset(data, found[1])

    value = _ENCODED.sub(decoded, _BETWEEN.sub(r"\1\2", value)) if "=?" in value else value
    return " ".join(value.split())


def decode_base64(raw: bytes) -> bytes:
    """Decode base64, ignoring all other characters; a broken end is dropped."""
    letters = _NOT_BASE64.sub(b"", raw)
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def decode_charset(raw: bytes, charset: str) -> str:
    """Decode text in the named charset, else in UTF-8, else byte by byte.

    OpenSMTPD declares us-ascii for any text of another server, so that name is not trusted.
    """
    for name, errors in _codecs(charset):
        try:
            text = raw.decode(name, errors)
        except (LookupError, UnicodeError):
            continue
        return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
    return raw.decode("latin-1")


@functools.lru_cache(maxsize=64)
def _codecs(charset: str) -> list[tuple[str, str]]:
    named = charset.strip().lower()
    known = [name for name in (_ALIASES.get(named, named), "utf-8") if _CHARSET.match(name)]
    return [(name, "strict" if name == "utf-8" or _ASCII.match(name) else "replace") for name in known]
