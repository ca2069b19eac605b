"""Headlines: headline and subhead of a source that does not name them.

A source with headings says which one it is; in plain text it is the first line that nothing else has taken. Called
after labels, embargo, dates and contacts are out of the way.

Gaps: a headline over three or more lines is cut after the second.
"""

from __future__ import annotations

from mailer.release.head import head_length, is_prose
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.values import Heading
from mailer.release.words import pattern

_HEADLINE_WORDS = 40
_SUBHEAD_WORDS = 35


def recognise_headline(draft: Draft) -> None:
    """Take the headline, then the subhead that stands right under it."""
    index = _headline_at(draft)
    if index is None:
        return
    piece = draft.pieces[index]
    lines = piece.lines()
    own = lines[:2] if len(lines) > 1 and _goes_on(lines[0].text, lines[1].text) else lines[:1]
    if piece.is_heading:
        own = lines
    draft.headline = " ".join(line.text for line in own)
    draft.found("headline", draft.headline, own[0].number)
    if not piece.is_heading and index > 0:
        draft.say("unsure-headline", f'"{draft.headline}" was taken as the headline', own[0].number)
    before = len(draft.pieces)
    draft.take_lines(index, own)
    rest_stays = len(draft.pieces) == before
    _recognise_subhead(draft, index, same_piece=rest_stays)


def _headline_at(draft: Draft) -> int | None:
    if not draft.wants("headline"):
        return None
    headings = [
        (piece.block.level, i)
        for i, piece in enumerate(draft.pieces)
        if isinstance(piece.block, Heading) and piece.text
    ]
    first = min(headings, default=None)
    if first and (first[0] == 1 or first[1] < head_length(draft)):
        return first[1]
    for i, piece in enumerate(draft.pieces[: head_length(draft)]):
        if piece.lines() and len(piece.lines()[0].text.split()) <= _HEADLINE_WORDS:
            return i
    return None


def _goes_on(first: str, second: str) -> bool:
    """Say whether a headline goes on in the next line."""
    if first.endswith((".", "!", "?", ":")):
        return False
    small = pattern(r".*\b(?:{stop}|and|as|at|after|but|or|und|,)").fullmatch(first) is not None
    return (
        small or first.endswith((",", "-", "–", "&")) or second[:1].islower() or (first.isupper() and second.isupper())
    )


def _recognise_subhead(draft: Draft, index: int, *, same_piece: bool) -> None:
    if not draft.wants("subhead") or index >= len(draft.pieces):
        return
    piece = draft.pieces[index]
    lines = piece.lines()
    if not lines or not _can_be_subhead(draft, index, piece):
        return
    own: tuple[Line, ...] = lines if piece.is_heading or not same_piece else lines[:1]
    draft.subhead = " ".join(line.text for line in own)
    draft.found("subhead", draft.subhead, own[0].number)
    draft.take_lines(index, own)


def _can_be_subhead(draft: Draft, index: int, piece: Piece) -> bool:
    text = piece.text
    if is_prose(piece) or len(text.split()) > _SUBHEAD_WORDS or text.endswith((".", ":", "”", '"', "?")):
        return False
    if pattern(r"{statement}\s").match(text):
        return False
    follows = draft.pieces[index + 1 :]
    if piece.is_heading:
        return bool(follows) and not follows[0].is_heading and index == 0
    return any(is_prose(later) or not later.lines() for later in follows[:3])
