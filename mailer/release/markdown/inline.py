"""Render inline: running text as Markdown.

Owns the escapes. Three degrees, tried in order by `writing`: `light` escapes what could be read as a sign, `escaped`
every punctuation mark, `bare` leaves the looks out and keeps words and links.
"""

from __future__ import annotations

import re
import string

from mailer.release.inline import find_links, merge
from mailer.release.values import Inline, Span

LOOKS = ("light", "escaped", "bare")
_ALWAYS = re.compile(r"[\\`*\[<]|&(?=#?\w{1,40};)")
_IN_LINK = re.compile(r"[\\`*\[\]<]|&(?=#?\w{1,40};)")
_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)")
_LINE_START = re.compile(r"^(\s*)(?:([#>+\-=|:~])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)
_EVERY = re.compile("[" + re.escape(string.punctuation) + "]")


def render_inline(inline: Inline, looks: str = "light") -> str:
    """Write running text as Markdown; `looks` is one of LOOKS. A line break becomes a backslash break."""
    spans = merge(inline)
    text = "".join(_render_span(span, looks) for span in spans)
    text = _LINE_START.sub(_escape_start, text)
    return text.strip().replace("\n", "\\\n")


def _escape_start(match: re.Match[str]) -> str:
    blank, sign, number, stop = match.groups()
    return f"{blank}\\{sign}" if sign else f"{blank}{number}\\{stop}"


def _render_span(span: Span, looks: str) -> str:
    if span.url:
        return _render_link(span, looks)
    if span.code:
        return _render_code(span.text)
    return _with_looks(_escaped(span.text, looks), span, looks)


def _render_link(span: Span, looks: str) -> str:
    plain_span = Span(span.text, span.strong, span.emphasis)
    if looks == "light" and find_links((plain_span,)) == (span,):
        return _with_looks(span.text, span, looks)
    words = _render_code(span.text) if span.code else _IN_LINK.sub(r"\\\g<0>", span.text)
    if looks != "light" and not span.code:
        words = _EVERY.sub(r"\\\g<0>", span.text)
    url = re.sub(r"[\\<>]|&(?=#?\w{1,40};)", lambda match: "\\" + match.group(), span.url)
    inside = words.strip()
    lead, tail = _edges(span.text)
    target = url if re.fullmatch(r"[\w:/.,?=%+~@-]+", url) else f"<{url}>"
    return lead + _with_looks(f"[{inside}]({target})", span, looks) + tail


def _render_code(text: str) -> str:
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _escaped(text: str, looks: str) -> str:
    if looks != "light":
        return _EVERY.sub(r"\\\g<0>", text)
    return _UNDERSCORE.sub(r"\\_", _ALWAYS.sub(r"\\\g<0>", text))


def _with_looks(text: str, span: Span, looks: str) -> str:
    marks = "" if looks == "bare" else "**" * span.strong + "*" * span.emphasis
    inside = text.strip()
    if not marks or not inside:
        return text
    lead, tail = _edges(text)
    return f"{lead}{marks}{inside}{marks[::-1]}{tail}"


def _edges(text: str) -> tuple[str, str]:
    """Return the blanks at both ends: a mark must touch the word it belongs to."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
