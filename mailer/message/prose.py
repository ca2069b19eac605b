"""Prose: running text and blocks of a release as plain text that is a pleasure to read.

Owns the shape of the text part's body: wrapped at 72, quotes indented, lists as lists, tables in columns, links as
`label <url>` in full. Says everything that `markup` says (standards H7). Never renders a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailer.message.markup import attribution, list_depth, picture_words, quoted, safe_url
from mailer.message.text import columns, underline, wrap
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Span, Table
from mailer.settings import Tongue

_INDENT = "    "


def text_of(inline: Inline) -> str:
    """Return running text with its links in full; a link that shows its own address shows it once."""
    return "".join(_text_of_span(span) for span in inline)


def _text_of_span(span: Span) -> str:
    url = safe_url(span.url)
    if not url or url.lower().startswith("tel:"):
        return span.text
    target = re.sub(r"^mailto:", "", url, flags=re.IGNORECASE)
    if _bare(span.text) == _bare(target):
        return span.text if span.text.strip() else target
    return f"{span.text} <{target}>"


def _bare(text: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", text.strip().lower())


def render_text_blocks(blocks: Iterable[Block], *, tongue: Tongue) -> list[str]:
    """Return each block as plain text, without line ends around it."""
    return [_render_block(block, tongue) for block in blocks]


def _render_block(block: Block, tongue: Tongue) -> str:
    match block:
        case Paragraph():
            return wrap(text_of(block.inline))
        case Heading():
            return underline(text_of(block.inline))
        case Quote():
            return _render_quote(block, tongue)
        case ListBlock():
            return _render_list(block)
        case Table():
            return columns([text_of(cell) for cell in block.head], [[text_of(c) for c in row] for row in block.rows])
        case Image():
            return _render_image(block, tongue)


def _render_quote(quote: Quote, tongue: Tongue) -> str:
    said = quoted(quote, tongue, text_of)
    parts = [wrap(part, first=_INDENT) for part in said]
    by = attribution(quote, tongue)
    who = f"\n{wrap(by, first=f'{_INDENT}– ', rest=f'{_INDENT}  ')}" if by else ""
    return "\n\n".join(parts) + who


def _render_list(block: ListBlock) -> str:
    lines, number = [], block.start
    last = block.start + len(block.items) - 1
    for item in block.items:
        depth = list_depth(item)
        mark = f"{number}.".rjust(len(str(last)) + 1) if block.ordered and not depth else "-"
        lead = f"  {'  ' * depth}{mark} "
        lines.append(wrap(text_of(item), first=lead, rest=" " * len(lead)))
        number += not depth
    return "\n".join(lines)


def _render_image(image: Image, tongue: Tongue) -> str:
    url = f"\n<{image.src}>" if re.match(r"https?://", image.src, re.IGNORECASE) else ""
    return wrap(picture_words(image, tongue, with_alt=True)) + url
