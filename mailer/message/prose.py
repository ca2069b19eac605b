"""Prose: running text and blocks of a release as plain text that is a pleasure to read.

Owns the shape of the text part's body: wrapped at 72, quotes indented, lists as lists, tables in columns, links as
`label <url>` in full. Says everything that `markup` says (standards H7). Never renders a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailer.message.markup import attribution, list_depth, picture_words, quoted, safe_url
from mailer.message.text import columns, underline, wrap
from mailer.release.values import Block, Heading, Image, Inline, ListBlock, Paragraph, Quote, Table
from mailer.settings import Tongue

_INDENT = "    "


def text_of(inline: Inline) -> str:
    """Return running text with its links in full; a link that shows its own address shows it once."""
    said = ""
    for span in inline:
        said += span.text
        url = safe_url(span.url)
        if url and not url.lower().startswith("tel:"):
            target = re.sub(r"^mailto:", "", url, flags=re.IGNORECASE)
            shown, goes = (
                re.sub(r"^(?:https?://)?(?:www\.)?|/$", "", each.strip().lower()) for each in (span.text, target)
            )
            said += f" <{target}>" if shown != goes else "" if shown else target
    return said


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
            parts = [wrap(part, first=_INDENT) for part in quoted(block, tongue, text_of)]
            by = attribution(block, tongue)
            who = f"\n{wrap(by, first=f'{_INDENT}– ', rest=f'{_INDENT}  ')}" if by else ""
            return "\n\n".join(parts) + who
        case ListBlock():
            lines, number, last = [], block.start, block.start + len(block.items) - 1
            for item in block.items:
                depth = list_depth(item)
                mark = f"{number}.".rjust(len(str(last)) + 1) if block.ordered and not depth else "-"
                lead = f"  {'  ' * depth}{mark} "
                lines.append(wrap(text_of(item), first=lead, rest=" " * len(lead)))
                number += not depth
            return "\n".join(lines)
        case Table():
            return columns([text_of(cell) for cell in block.head], [[text_of(c) for c in row] for row in block.rows])
        case Image():
            url = f"\n<{block.src}>" if re.match(r"https?://", block.src, re.IGNORECASE) else ""
            return wrap(picture_words(block, tongue, with_alt=True)) + url
