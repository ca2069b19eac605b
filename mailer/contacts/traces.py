"""Traces: one address, in all the forms in which files may contain it.

Owns finding an address in text and in bytes (upper and lower case, composed and decomposed letters, the domain in its
own script or as A-labels, %40, &#64;, UTF-16, quoted-printable, base64, the parts of a zip) and replacing it in a text.
A longer address that only contains it (nada@) belongs to someone else and is left alone. Never changes a file.
Gaps: pictures of an address, encrypted files, and a PDF's compressed pages are not searched.
"""

from __future__ import annotations

import base64
import gzip
import io
import lzma
import quopri
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from mailer import lazy_re as re
from mailer.address import Address

FORGOTTEN = "(forgotten)"
_MOST_UNPACKED = 200_000_000
_LEAST = 10_000  # bytes that the smallest part counts as
_AT = r"""(?:@|\uff20|%40|=40|\\u0040|&\#64;|&\#x40;|&commat;|\s?[\[(]\s?at\s?[\])]\s?)"""
# not after a letter of a longer local part; an escape that ends in a letter is none
_BEFORE = r"(?:(?<![\w.+-])|(?<=%[0-9a-f]{2})|(?<=\\u[0-9a-f]{4})|(?<=\\[nrt]))"
# a domain that goes on is another; the ending of a file's name is none
_AFTER = r"(?![\w-])(?!\.(?!(?:eml|mbox|mbx|msg|txt|html?|csv|tsv|xlsx?|json|vcf|pdf|log)\b)\w)"
_UTF_16 = ("utf-16-le", "utf-16-be")


class Traces:
    """A search for one address."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._locals = _both_forms(address.local)
        self._domains = {*_both_forms(address.domain), address.ascii_domain}
        either = "|".join(re.escape(each) for each in sorted(self._locals | {quote(address.local)}, key=len))
        domain = "|".join(re.escape(each) for each in sorted(self._domains, key=len))
        # a bounce address of other tools: bounce+ada=daily.example.com@relay.example.net
        verp = rf"(?<=[+=-])(?:{either})=(?:{domain})(?=@)"
        self._pattern = re.compile(rf"{_BEFORE}(?:{either}){_AT}(?:{domain}){_AFTER}|{verp}", re.IGNORECASE)
        # no shorter run of base64 can contain it, and nearly every word of a text is one
        least = min(len(f"{part}@{end}") for part in self._locals for end in self._domains) * 4 // 3 - 3
        self._base64 = re.compile(rb"[A-Za-z0-9+/][A-Za-z0-9+/\r\n]{%d,}={0,2}" % max(least, 7))
        self._needles = tuple(_needles(address))
        self._is_plain = address.local.isascii() and address.domain.isascii()

    def in_text(self, text: str) -> bool:
        """Return whether the address is in a text."""
        return self._pattern.search(text) is not None

    def blotted(self, text: str, put: str = FORGOTTEN) -> str:
        """Return the text with the address replaced everywhere."""
        return self._pattern.sub(lambda _: put, text)

    def in_bytes(self, data: bytes) -> bool:
        """Return whether the address is in the bytes of a file or a mail, however they encode it.

        The unpacked size of all archives together is limited: archives within archives can be a bomb, too.
        """
        left, waiting = _MOST_UNPACKED, [data]
        while waiting:
            one = waiting.pop()
            if any(self.in_text(text) for text in self._texts(one)):
                return True
            for part in _unpacked(one, left):
                left -= max(len(part), _LEAST)
                waiting.append(part)
        return False

    def in_name(self, name: str) -> bool:
        """Return whether a file is named after the address, as the files of a preview are."""
        return self.in_text(name) or self.address.wire.replace("@", "-at-").replace("/", "_").lower() in name.lower()

    def in_pages(self, data: bytes, *, but_for: Iterable[str] = ()) -> bool:
        """Return whether the address is in a database's pages, other than in longer ones (`but_for`)."""
        lower = data.lower()
        for longer in but_for:
            lower = lower.replace(longer.lower().encode(), b"")
        every = [f"{local}@{domain}".lower() for local in self._locals for domain in self._domains]
        return any(each.encode(encoding) in lower for each in every for encoding in ("utf-8", *_UTF_16))

    def _texts(self, data: bytes) -> Iterator[str]:
        """Yield the bytes as every text that they may encode."""
        yield from self._decoded(data)
        if b"=" in data:
            yield from self._decoded(quopri.decodestring(data))
        for found in self._base64.finditer(data):
            run = found[0].translate(None, b"\r\n=")
            for start in range(4):  # a word before it (a header's last one) may look like its beginning
                end = len(run) - (len(run) - start) % 4
                yield from self._decoded(base64.b64decode(run[start:end]))

    def _decoded(self, data: bytes) -> Iterator[str]:
        lower = data.lower()
        if self._needles and not any(needle in lower for needle in self._needles):
            return
        yield data.decode("utf-8", "replace")
        if not self._is_plain:
            yield from (data.decode(encoding, "replace") for encoding in ("cp1252", "mac_roman", *_UTF_16))
            yield data[1:].decode("utf-16-le", "replace")
        elif b"\0" in data:
            yield data.replace(b"\0", b"").decode("utf-8", "replace")  # UTF-16, in either byte order


def _needles(address: Address) -> Iterator[bytes]:
    """Yield bytes that every spelling contains: a run of ASCII in the domain (with zeros between, in UTF-16)."""
    stretch = max(re.findall(r"[a-z0-9.-]+", address.domain) or [""], key=len)
    if len(stretch) < 3:
        return
    for needle in {stretch.encode(), address.ascii_domain.encode()}:
        yield needle
        yield b"\0".join(needle[at : at + 1] for at in range(len(needle)))


def _both_forms(text: str) -> set[str]:
    return {unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}


def _unpacked(data: bytes, most: int) -> Iterator[bytes]:
    """Yield the files in a zip (a workbook, a document) or a gzip; one with more than `most` bytes is not unpacked."""
    try:
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(max(each.file_size, _LEAST) for each in archive.infolist()) <= most:
                    yield from (archive.read(each) for each in archive.infolist())
        elif data.startswith(b"\x1f\x8b"):
            yield gzip.GzipFile(fileobj=io.BytesIO(data)).read(max(most, 0))
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return  # damaged, or locked with a password
