r"""RTF tokens: the bytes of an RTF file as words, signs, braces and bytes of text.

Owns the syntax (Rich Text Format 1.9.1, "Conventions of an RTF Reader") and which encoding a font or a file means.
Knows no meaning of a word but that of `\bin`, whose bytes are no text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+", re.DOTALL
)
SYMBOL = "symbol"
_CHARSETS: Mapping[int, str] = {
    0: "cp1252",
    2: SYMBOL,
    77: "mac_roman",
    78: "cp932",
    79: "big5",
    80: "cp949",
    83: "mac_greek",
    84: "mac_cyrillic",
    88: "cp874",
    89: "mac_latin2",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_SYMBOLS = {0xA7: "▪", 0xA8: "◦", 0xB7: "•", 0xD8: "➢", 0xFC: "✓"}  # bullets of the fonts Symbol and Wingdings


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an RTF file: `kind` is open, close, word, sign, hex, text or binary; a word may have a number."""

    kind: str
    word: str = ""
    number: int | None = None
    data: bytes = b""


def read_tokens(data: bytes) -> Iterator[Token]:
    """Read the tokens of a file in their order; the line ends between them mean nothing."""
    at = 0
    while (match := _TOKEN.match(data, at)) is not None:
        at = match.end()
        token = _token(match)
        if token is not None and token.word == "bin" and token.kind == "word":
            stop = at + max(0, token.number or 0)
            token, at = Token("binary", data=data[at:stop]), stop
        if token is not None:
            yield token


def _token(match: re.Match[bytes]) -> Token | None:
    word, number, code, sign, brace, text = match.groups()
    if word is not None:
        return Token("word", word.decode("ascii"), int(number) if number is not None else None)
    if code is not None:
        return Token("hex", data=bytes.fromhex(code.decode("ascii")))
    if sign is not None:
        return Token("sign", sign.decode("latin-1"))
    if brace is not None:
        return Token("open" if brace == b"{" else "close")
    return Token("text", data=text) if text is not None else None


def charset_encoding(number: int) -> str:
    """Return the encoding that a font of this character set is written in; empty where that is the file's own."""
    return _CHARSETS.get(number, "")


def page_encoding(number: int) -> str:
    """Return the encoding of a code page; that of Western Europe where it is not known."""
    name = {65001: "utf-8", 10000: "mac_roman", 10001: "cp932"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name


def decode_bytes(data: bytes, encoding: str) -> str:
    """Decode bytes of text; one that cannot be is the sign for it, and a bullet of a font of signs is one."""
    if encoding == SYMBOL:
        return "".join(_SYMBOLS.get(byte, chr(byte)) for byte in data)
    return data.decode(encoding, errors="replace")
