"""Inline: running text while it is being read.

Owns the small operations on tuples of `Span`s: joining, cutting, splitting into source lines, settling blanks, and
finding links that stand as bare addresses. Never reads a format.

While a source is read, a line end of the source is a newline, and a break that its author asked for (`<br>`, two
blanks in Markdown) is `BREAK`. `settle` turns both into what `values.Inline` promises: a newline is a break, the rest
is one blank.
"""

from __future__ import annotations

import itertools
import operator
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from mailer import lazy_re as re
from mailer.release.values import Inline, Span

BREAK = "\u2028"
_LINE_END = re.compile(rf"[\n{BREAK}]")
_LOOKS = operator.attrgetter("strong", "emphasis", "code", "url")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
# Japanese and Chinese have no blanks: a line that ends between two of their signs ends nowhere
_SIGNS = r"[\u3001-\u30ff\u3400-\u9fff\uff00-\uffef]"
_BETWEEN_SIGNS = re.compile(rf"(?<={_SIGNS})\n(?={_SIGNS})")
_AROUND_BREAK = re.compile(r" *\n *")
# standards H8: these schemes and no others; a blank, a control character or an angle bracket ends an address
_LINK = re.compile(
    r"(?:https?://[^\s<>\"\x00-\x1f\x7f/]+[^\s<>\"\x00-\x1f\x7f]*"
    r"|mailto:[^\s<>\"\x00-\x1f\x7f@]+@[^\s<>\"\x00-\x1f\x7f@]+|tel:[+()\d][\d().\-]*)",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?P<web>https?://[^\s<>\"”“»«\x00-\x1f\x7f]+)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<www>(?<![\w./@-])www\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"”“»«\x00-\x1f\x7f]*)?)",
    re.IGNORECASE,
)
# signs of Japanese are counted one by one: its lines are put together without a blank
_SIGN = r"\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_SIGN}]|[^\W{_SIGN}]+")


def is_link_target(url: str) -> bool:
    """Return whether a link may go there: http, https, mailto or tel, and nothing that could break out of it."""
    return _LINK.fullmatch(url) is not None


def text_of(text: str) -> Inline:
    """Return plain words as running text."""
    return (Span(text),) if text else ()


def merge(spans: Iterable[Span]) -> Inline:
    """Join neighbours of one look, and drop the empty ones: equal texts then are equal values."""
    groups = itertools.groupby((span for span in spans if span.text), key=_LOOKS)
    return tuple(Span("".join(span.text for span in alike), *looks) for looks, alike in groups)


def cut(inline: Inline, start: int, end: int | None = None) -> Inline:
    """Return the characters from `start` to `end`, with their looks."""
    parts: list[Span] = []
    at = 0
    for span in inline:
        stop = None if end is None else max(0, end - at)
        parts.append(replace(span, text=span.text[max(0, start - at) : stop]))
        at += len(span.text)
    return merge(parts)


def split_lines(inline: Inline) -> list[Inline]:
    """Return the lines of the source that running text came from."""
    lines: list[list[Span]] = [[]]
    for span in inline:
        first, *others = _LINE_END.split(span.text)
        lines[-1].append(replace(span, text=first))
        lines.extend([replace(span, text=text)] for text in others)
    return [merge(line) for line in lines]


def join_lines(lines: Iterable[Inline], end: str = "\n") -> Inline:
    """Put lines together again; the inverse of `split_lines`."""
    parts = [span for line in lines for span in (Span(end), *line)]
    return merge(parts[1:])


def settle(inline: Inline, *, soft: str = " ") -> Inline:
    """Return text as `values` promises it: blanks single, none at the ends; a soft line end becomes `soft`."""
    parts: list[Span] = []
    for span in inline:
        text = span.text if span.code else _BETWEEN_SIGNS.sub("", span.text).replace("\n", soft)
        text = text.replace(BREAK, "\n")
        if not span.code:
            text = _AROUND_BREAK.sub("\n", _BLANKS.sub(" ", text))
        if parts and parts[-1].text[-1:] in {" ", "\n"} and not span.code:
            text = text.lstrip(" ")
        if text.startswith("\n") and parts:
            parts[-1] = replace(parts[-1], text=parts[-1].text.rstrip(" "))
        if text:
            parts.append(replace(span, text=text))
    settled = "".join(span.text for span in parts)
    start = len(settled) - len(settled.lstrip())
    return cut(tuple(parts), start, max(start, len(settled.rstrip())))


def find_links(inline: Inline) -> Inline:
    """Turn bare web and mail addresses in running text into links."""
    parts: list[Span] = []
    for span in inline:
        at = 0
        for match in () if span.url or span.code else _BARE.finditer(span.text):
            # the stop, the comma or the closing bracket belongs to the sentence
            shown = match.group().rstrip(".,;:!?'’*_")
            while shown.endswith(")") and shown.count("(") < shown.count(")"):
                shown = shown[:-1].rstrip(".,;:!?'’*_")
            url = {"mail": "mailto:", "www": "https://"}.get(match.lastgroup or "", "") + shown
            if is_link_target(url):
                parts += [replace(span, text=span.text[at : match.start()]), replace(span, text=shown, url=url)]
                at = match.start() + len(shown)
        parts.append(replace(span, text=span.text[at:]))
    return merge(parts)


def count_words(text: str) -> Counter[str]:
    """Count the words of a text, whatever their case and marks: what “nothing lost” is measured in."""
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
