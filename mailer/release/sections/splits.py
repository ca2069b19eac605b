"""Section splits: paragraphs cut where a section begins inside them.

Recognises a heading on a line of its own that no blank line sets apart, and «About Example Trust Example Trust is …»
glued into running text. Only cuts: what the parts are, `sections` says.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.release.inline import cut, split_lines
from mailer.release.pieces import Piece
from mailer.release.sections.headings import is_about_heading, is_notes_heading
from mailer.release.values import Paragraph, plain

_GLUED = re.compile(
    r"(?<=[.!?”\"»)])\s+(?=(?:About|Über|À propos de|Acerca de|Sobre|Over)\s"
    r"(?P<name>[A-Z][\w&.'’-]*(?:\s[A-Z&][\w&.'’-]*){0,5})(?:\s|:\s|\s[–-]\s)(?:The\s)?(?P=name)(?!\w))"
)
_HEAD_OF_GLUED = re.compile(
    r"\w[\w ]*?\s(?P<name>[A-Z][\w&.'’-]*(?:\s[A-Z&][\w&.'’-]*){0,5})(?=(?:\s|:\s|\s[–-]\s)(?:The\s)?(?P=name)(?!\w))"
)


def split_sections(pieces: list[Piece], language: str) -> list[Piece]:
    """Cut every paragraph in which a section begins."""
    return [part for piece in pieces for glued in _at_glue(piece) for part in _at_headings(glued, language)]


def _at_headings(piece: Piece, language: str) -> list[Piece]:
    lines = split_lines(piece.inline) if isinstance(piece.block, Paragraph) else []
    if len(lines) < 2:
        return [piece]
    texts = [" ".join(plain(line).split()) for line in lines]
    cuts = [i for i in range(1, len(lines)) if _is_heading(texts, i, language)]
    if not cuts:
        return [piece]
    starts = [0, *cuts]
    edges = [sum(len(plain(line)) + 1 for line in lines[:start]) for start in starts]
    parts = zip(starts, edges, [edge - 1 for edge in edges[1:]] + [len(plain(piece.inline))], strict=True)
    return [replace(piece.with_inline(cut(piece.inline, a, b)), line=piece.line + at) for at, a, b in parts if b > a]


def _is_heading(texts: list[str], index: int, language: str) -> bool:
    """Return whether a line inside a paragraph is a heading: the line above it ends, and the one below begins anew."""
    text = texts[index]
    if not (is_notes_heading(text) or is_about_heading(text, language)):
        return False
    above = next((one for one in reversed(texts[:index]) if one), "")
    below = next((one for one in texts[index + 1 :] if one), "")
    ended = not above or above.endswith((".", "!", "?", ":", "”", '"', "。", "»", ")")) or len(above) < len(text)
    return ended and not below[:1].islower() and bool(below)


def _at_glue(piece: Piece) -> list[Piece]:
    if not isinstance(piece.block, Paragraph):
        return [piece]
    raw = plain(piece.inline)
    cuts = [match.end() for match in _GLUED.finditer(raw)]
    if not cuts:
        return [piece]
    parts = [piece.with_inline(cut(piece.inline, 0, cuts[0]))]
    for start, stop in zip(cuts, [*cuts[1:], len(raw)], strict=True):
        head = _HEAD_OF_GLUED.match(raw[start:stop])
        edge = start + (head.end() if head else 0)
        parts.extend(piece.with_inline(cut(piece.inline, a, b)) for a, b in ((start, edge), (edge, stop)) if b > a)
    return parts
