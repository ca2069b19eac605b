"""Elements: where the elements of an XML part stand in its bytes.

Owns the finding (expat tells the places, so nothing is guessed by pattern) and the putting of other bytes in their
place: all else in the part stays as it is, with prefixes, order and extensions that we have never heard of.
Raises `InputProblem`: no XML, another encoding than UTF-8, or a DTD.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from mailer.errors import InputProblem

_TAG: Final = re.compile(rb"""<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its name with prefix, attributes, the byte of its `<`, the one behind its start tag, its end."""

    tag: str
    attributes: Mapping[str, str]
    start: int
    opened: int
    end: int
    parent: str

    @property
    def name(self) -> str:
        """Return the name without prefix."""
        return self.tag.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """Return the prefix with its colon, or nothing."""
        return "".join(self.tag.rpartition(":")[:2])

    @property
    def is_empty(self) -> bool:
        """Return whether it is written `<a/>`."""
        return self.opened == self.end


class _Finder:
    def __init__(self, data: bytes, wanted: Collection[str] | None) -> None:
        self.found: list[Element] = []
        self._data = data
        self._wanted = wanted
        self._open: list[tuple[str, int, int, dict[str, str]]] = []
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def run(self) -> list[Element]:
        self._parser.Parse(self._data, True)
        self.found.sort(key=lambda each: each.start)
        return self.found

    def _doctype(self, *_: object) -> None:
        raise InputProblem("has a part with a document type of its own")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open.append((tag, self._parser.CurrentByteIndex, 0, attributes))

    def _end(self, tag: str) -> None:
        _, start, _, attributes = self._open.pop()
        if self._wanted is not None and tag.rpartition(":")[2] not in self._wanted:
            return
        match = _TAG.match(self._data, start)
        if match is None:
            raise InputProblem("has a part that cannot be taken apart")
        opened = end = match.end()
        if not match[0].endswith(b"/>"):
            end = self._data.index(b">", self._parser.CurrentByteIndex) + 1
        parent = self._open[-1][0].rpartition(":")[2] if self._open else ""
        self.found.append(Element(tag, attributes, start, opened, end, parent))


def find_elements(data: bytes, wanted: Collection[str] | None = None) -> list[Element]:
    """Return the elements of these names (without prefix; None: all), in the order in which they begin.

    Raises:
        InputProblem: the part is not XML in UTF-8, or has a DTD.
    """
    declared = re.match(rb"<\?xml[^>]*encoding=[\"']([\w-]+)", data)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or (declared and declared[1].lower() not in {b"utf-8", b"utf8"}):
        raise InputProblem("has a part that is not in UTF-8")
    try:
        return _Finder(data, wanted).run()
    except (expat.ExpatError, ValueError) as error:
        raise InputProblem(f"has a part that is damaged: {error}") from None


@dataclass(frozen=True, slots=True)
class Patch:
    """Other bytes for a place."""

    start: int
    end: int
    data: bytes


def patched(data: bytes, patches: Iterable[Patch]) -> bytes:
    """Return the bytes with these patches; one within an element that another takes out is gone with it."""
    parts: list[bytes] = []
    at = 0
    for each in sorted(patches, key=lambda patch: (patch.start, patch.end)):
        if each.start < at:
            continue
        parts += [data[at : each.start], each.data]
        at = each.end
    return b"".join([*parts, data[at:]])


def with_attributes(data: bytes, element: Element, changes: Mapping[str, str | None]) -> bytes:
    """Return the start tag with other values of attributes that it has (None: without it)."""
    tag = data[element.start : element.opened]
    for name, value in changes.items():
        pattern = re.compile(rb"""\s+%b\s*=\s*(?:"[^"]*"|'[^']*')""" % re.escape(name.encode()))
        found = pattern.search(tag)
        if found:
            text = b"" if value is None else b' %b="%b"' % (name.encode(), escaped(value).encode())
            tag = tag[: found.start()] + text + tag[found.end() :]
    return tag


def escaped(text: str) -> str:
    """Return text as it may stand in an element or an attribute in double quotes.

    Raises:
        InputProblem: it holds a character that XML cannot.
    """
    bad = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", text)
    if bad:
        raise InputProblem(f"a workbook cannot hold the character {bad[0]!r}")
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(sign, entity)
    return text
