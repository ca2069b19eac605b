"""Lines: where in its file a passage of a release stands.

Owns finding the line of words that went through a reader: the marks of Markdown, the tags of HTML and the wrapping of
lines are in between, so words are looked for, not characters. Never reads a format, and never guesses: words that are
not found have no line.

Gaps: of a passage that stands twice in a file, the first is told. A file that is no text (Word) has no lines.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import defaultdict
from functools import cached_property
from html import unescape

from mailer.text.encodings import UnreadableText, decode_text

_CJK = "\u3040-\u30ff\u3400-\u9fff"  # has no blanks between words: each sign is one
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_TAG = re.compile(r"<(?:!--.*?--|[/!?]?[a-zA-Z][^<>]*)>", re.DOTALL)
_ESCAPE = re.compile(r"\\(?=[^\w\s])")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")  # as `source` counts lines
_WINDOW = 6  # words on each side that tell one place from another
_GLANCE = 120  # characters in which so many words stand as a rule
_FEWEST_SIGNS = 4  # of a script without blanks
_HEAD = re.compile(r"<head\b.*?</head>", re.DOTALL | re.IGNORECASE)  # its title is not where a headline is read


class Lines:
    """The text of a release's file, to be asked for lines."""

    def __init__(self, text: str = "", *, is_html: bool = False) -> None:
        """Take the text as it was decoded; empty where the file has no lines."""
        self._raw = text
        self._is_html = is_html
        self._found: dict[tuple[str, ...], int | None] = {}
        self.first = 1 if text else None

    @cached_property
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self._raw)]

    @cached_property
    def _words(self) -> tuple[list[str], list[int]]:
        text = self._raw
        if self._is_html:
            for tags in (_HEAD, _TAG):
                text = tags.sub(lambda match: _blanked(match.group()), text)
        text = _ESCAPE.sub("", text)
        words: list[str] = []
        lines: list[int] = []
        for number, line in enumerate(text.split("\n"), 1):
            found = _WORD.findall(unescape(line).casefold())
            words.extend(found)
            lines.extend([number] * len(found))
        return words, lines

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for index, word in enumerate(self._words[0]):
            places[word].append(index)
        return places

    def of_exactly(self, text: str) -> int | None:
        """Return the line on which characters stand as they are (an address of the web, a file's name)."""
        if not text or not self._raw:
            return None
        at = self._raw.find(text)
        if at < 0 and "&" in text:
            at = self._raw.find(text.replace("&", "&amp;"))
        return bisect_right(self._ends, at - 1) + 1 if at >= 0 else None

    def of(self, text: str, start: int = 0) -> int | None:
        """Return the line of the word that stands at a character of a passage, by the words around it."""
        before = _last_words(text, start)
        after = _first_words(text, start)
        if not after:  # marks alone: the word before them
            before, after = before[:-1], before[-1:]
        if not after:
            return self.of_exactly(text[start:].strip())
        for left, right in ((_WINDOW, _WINDOW), (0, _WINDOW), (_WINDOW, 1), (2, 2), (0, 2), (1, 1), (0, 1)):
            index = self._index(before[-left:] if left else [], after[:right])
            if index is not None:
                return self._words[1][index]
        return self.of_exactly(text[start:].strip())

    def _index(self, before: list[str], after: list[str]) -> int | None:
        wanted = (*before, *after)
        if len(wanted) < _FEWEST_SIGNS and re.match(f"[{_CJK}]", after[0]):
            return None
        if wanted not in self._found:
            self._found[wanted] = self._first(wanted)
        at = self._found[wanted]
        return None if at is None else at + len(before)

    def _first(self, wanted: tuple[str, ...]) -> int | None:
        """Find words that stand side by side, by the one of them that stands in the fewest places."""
        words = self._words[0]
        rarest = min(range(len(wanted)), key=lambda i: len(self._places.get(wanted[i], ())))
        for place in self._places.get(wanted[rarest], ()):
            at = place - rarest
            if at >= 0 and tuple(words[at : at + len(wanted)]) == wanted:
                return at
        return None


def _last_words(text: str, end: int) -> list[str]:
    """Return the last words before a character, without reading the whole of a long text."""
    size = _GLANCE
    while True:
        start = max(0, end - size)
        words = list(_WORD.finditer(text, start, end))
        cut = start > 0 and words and words[0].start() == start
        if start == 0 or len(words) > _WINDOW + 1:
            return [word for one in words[bool(cut) :] for word in _WORD.findall(one.group().casefold())]
        size *= 4


def _first_words(text: str, start: int) -> list[str]:
    found = itertools.islice(_WORD.finditer(text, start), _WINDOW)
    return [word for one in found for word in _WORD.findall(one.group().casefold())]


def _blanked(tag: str) -> str:
    """A tag parts words, and its line ends count."""
    return " " + "\n" * tag.count("\n")


def read_lines(data: bytes, name: str) -> Lines:
    """Take the bytes of a release's file for its lines; what is no text has none."""
    if data.startswith((b"PK\x03\x04", b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0")):
        return Lines()
    try:
        text = decode_text(data)[0].removeprefix("\ufeff")
    except UnreadableText:
        return Lines()
    text = _LINE_END.sub("\n", text)
    is_html = name.lower().endswith((".html", ".htm", ".xhtml")) or bool(
        re.match(r"\s*<(?:!doctype|html)\b", text, re.IGNORECASE)
    )
    return Lines(text, is_html=is_html)
