"""Top: where the head of a release lies, from its beginning to the first paragraph of the story.

Owns where the head begins and ends, what counts as running text, and how long a text is in a language without blanks.
Never takes anything out of a draft.
"""

from __future__ import annotations

from mailer import lazy_re as re
from mailer.release.dateline_text import read_dateline_text
from mailer.release.pieces import Draft, Piece
from mailer.release.values import Heading, Image, ListBlock, Paragraph, Table, plain
from mailer.release.words import JAPANESE, guess_language

HEAD_PIECES = 15  # what stands further down is the story, however short its paragraphs are
HEAD_LINES = 20  # a letterhead has no more lines in one block
_PROSE_WORDS = 25
_SENTENCE_END = re.compile(r"[.!?。](?:[”\"»」』).）]|\[\d+\])*$|[”\"]$")
_STORY_WORDS = 8  # fewer words behind a dateline are a line of the letterhead
_SIGNS_A_WORD = 2.2
_LATER_SHARE = 0.1  # of a text, changed after its look was given


def count_length(text: str) -> int:
    """Count words; where a language has no blanks between them, about two signs make one."""
    signs = len(JAPANESE.findall(text))
    if not signs:
        return len(text.split())
    return round(signs / _SIGNS_A_WORD) + len(JAPANESE.sub(" ", text).split())


def language_of(draft: Draft) -> str:
    """Return the language of a draft: what its source says, else what its words tell."""
    return draft.language or guess_language(" ".join(piece.text for piece in draft.pieces))


def is_prose(piece: Piece) -> bool:
    """Whether a piece is a paragraph of running text: too long for a line of the letterhead, or with a dateline."""
    if piece.is_heading:
        return False
    if opens_story(piece):
        return True
    longest = max((count_length(line.text) for line in piece.lines()), default=0)
    words = count_length(piece.text)
    ended = _SENTENCE_END.search(piece.text) is not None
    return longest >= _PROSE_WORDS + 10 or (words >= _PROSE_WORDS and longest >= 9 and ended)


def opens_story(piece: Piece) -> bool:
    """Return whether a dateline with a sentence behind it opens a paragraph."""
    found = read_dateline_text(plain(piece.inline)) if isinstance(piece.block, Paragraph) else None
    words = count_length(plain(piece.inline)[found.end :]) if found else 0
    return words >= _PROSE_WORDS or (words >= _STORY_WORDS and _SENTENCE_END.search(piece.text) is not None)


def head_length(draft: Draft) -> int:
    """Return how many pieces stand before the first prose, list, table or quote under the one main heading."""
    tops = [i for i, piece in enumerate(draft.pieces) if isinstance(piece.block, Heading) and piece.block.level == 1]
    for i in range(tops[0] if tops else 0, len(draft.pieces)):
        piece = draft.pieces[i]
        if i >= HEAD_PIECES or is_prose(piece) or _is_long(piece):
            return i
    return len(draft.pieces)


def _is_long(piece: Piece) -> bool:
    """Return whether a list, table or quote belongs to the story; a menu of single words does not."""
    block = piece.block
    if isinstance(block, Paragraph | Heading | Image):
        return False
    if isinstance(block, ListBlock):
        return any(count_length(plain(item)) > 6 for item in block.items)
    if isinstance(block, Table):
        return any(count_length(plain(cell)) > 12 for row in (block.head, *block.rows) for cell in row)
    return True


def is_all(piece: Piece, look: str) -> bool:
    """Whether all words of a piece have a look: `strong` or `emphasis`; a word that came in later may lack it."""
    spans = [span for span in piece.inline if span.text.strip()]
    bare = sum(len(span.text) for span in spans if not getattr(span, look))
    return bool(spans) and bare <= _LATER_SHARE * sum(len(span.text) for span in spans)
