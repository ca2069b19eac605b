"""Word: what a page holds for Outlook on Windows alone, whose pages Word sets.

Owns the reading of conditional comments (`<!--[if mso]>…<![endif]-->`) and the rules that keep them whole: each has
its end, the tables that they open around the page are closed again, such a table says its width. Every other program
takes them for comments, so nothing else notices when one is broken. Never looks at the rest of the page.
Pure. Standards H2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING = re.compile(r"<!--\[if[^\]]*\]>", re.IGNORECASE)
_CLOSING = re.compile(r"<!\[endif\]-->", re.IGNORECASE)
_BLOCK = re.compile(r"<!--\[if ([^\]]*)\]>(?!<!-->|-->)(.*?)<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)(table|tr|td|th|div|p|span|center)\b([^>]*)>", re.IGNORECASE)
_WIDTH = re.compile(r"""\bwidth\s*[:=]\s*["']?\d+""", re.IGNORECASE)
_OWN_STYLE = re.compile(r"<(style|xml)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TOO_WIDE = 640


def blocks_for_word(html: str) -> tuple[str, ...]:
    """Return what stands in the conditional comments that Word reads, in their order."""
    return tuple(found[2] for found in _BLOCK.finditer(html) if "!mso" not in found[1].replace(" ", ""))


def faults_for_word(html: str) -> tuple[str, ...]:
    """Return what is wrong with the conditional comments of a page, as sentences; mostly nothing."""
    opened, closed = len(_OPENING.findall(html)), len(_CLOSING.findall(html))
    if opened != closed:
        return (f"{opened} comments for Outlook begin (<!--[if mso]>) and {closed} end (<![endif]-->)",)
    blocks = blocks_for_word(html)
    inside = tuple(block for block in blocks if _OPENING.search(block))
    if inside:
        return ("a comment for Outlook begins inside another one",)
    return tuple(_faults_of_tables(_OWN_STYLE.sub("", "".join(blocks))))


def _faults_of_tables(text: str) -> Iterator[str]:
    """Read all blocks as one text: what the first one opens around the page, a later one closes."""
    still_open: list[str] = []
    for slash, name, rest in _TAG.findall(text):
        tag = name.lower()
        if not slash:
            still_open.append(tag)
            if tag == "table":
                yield from _faults_of_width(rest)
        elif not still_open or still_open.pop() != tag:
            yield f"what is written for Outlook closes a <{tag}> that is not open there"
            return
    if still_open:
        yield f"what is written for Outlook opens <{'>, <'.join(still_open)}> and never closes it"


def _faults_of_width(attributes: str) -> Iterator[str]:
    if not _WIDTH.search(attributes):
        yield "a table for Outlook says no width, and Word makes it as wide as the window"
    found = re.search(r"""\bwidth\s*=\s*["']?(\d+)(?!\d*%)""", attributes)
    if found and int(found[1]) > _TOO_WIDE:
        yield f"a table for Outlook is {found[1]} pixels wide; {_TOO_WIDE} fit beside its list of mails"
