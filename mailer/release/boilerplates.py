"""Boilerplates without a heading: a last paragraph that says what an organisation is.

Recognised by its place (after the story, before or behind the end mark), its first words (a name that the release has
spoken of) and what it says of it («is a», «was founded», «ist eine»). A guess, so it is told to the person.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mailer.release.head import count_length
from mailer.release.pieces import Draft, Piece
from mailer.release.values import Boilerplate, Inline, Paragraph
from mailer.release.words import pattern

_IS = re.compile(
    r"(?:\s*\([^()]{2,40}\))?(?:,[^,.]{2,60},)?\s(?:\w+\s)?(?:is\s+(?:an?|the|one\s+of|part\s+of|dedicated)|was\s+(?:founded|established)|are\s+(?:an?|the)|has\s+been"
    r"|(?:founded|established|headquartered|based)\s+in|exists\s+to|ist\s+(?:ein|eine|einer|eines|der|die|das)\b|wurde\s+\d{4}"
    r"|gegründet|hat\s+ihren\s+sitz|vertritt|est\s+(?:un|une|le|la|l['’])|fondée?\s+en|créée?\s+en|regroupe|rassemble"
    r"|es\s+(?:un|una|el|la)|fundad[ao]\s+en|nace\s+en|agrupa|è\s+(?:un|una|il|la|l['’])|fondat[ao]\s+nel|nasce\s+nel|riunisce"
    r"|is\s+(?:een|de|het)|opgericht|werd\s+in\s+\d{4}|vertegenwoordigt|é\s+(?:um|uma|o|a)|fundad[ao]\s+em|reúne"
    r"|provides|offers|represents|develops|operates)(?!\w)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:(?:The|Die|Der|Das|Le|La|Les|L['’]|El|Los|Il|Lo|De|Het|O|A)\s*)?"
    r"(?P<name>[^\W\d_a-zß-öø-ÿ][\w&.'’-]*(?:\s(?:[^\W\d_a-zß-öø-ÿ][\w&.'’-]*|of|for|and|the|de|des|du|der|für|und|y|e|del|van|voor|per)){0,8})"
)
_SPOKEN = re.compile(r"[“”\"„«»「」]")
_OPENING = 4  # pieces in which a release names who issues it
_WORDS = (18, 220)
_TAIL = 3


def recognise_unheaded(draft: Draft, paragraphs_of: Callable[[list[Piece]], tuple[Inline, ...]]) -> None:
    """Take a boilerplate that has no heading from the end of the draft."""
    last = len(draft.pieces) - 1
    behind = [i for i, piece in enumerate(draft.pieces) if piece.after_end]
    indexes = behind[:_TAIL] or list(range(last, max(last - 2, 2), -1))
    for i in indexes:
        piece = draft.pieces[i]
        if isinstance(piece.block, Paragraph) and _says_what_it_is(draft, piece):
            draft.boilerplate.append(Boilerplate(paragraphs_of([piece])))
            draft.found("boilerplate", piece.text[:100], piece.line)
            draft.say("unsure-boilerplate", "taken as a boilerplate, though no heading says so", piece.line)
            del draft.pieces[i]
            return


def _says_what_it_is(draft: Draft, piece: Piece) -> bool:
    text = piece.text
    if not _WORDS[0] <= count_length(text) <= _WORDS[1] or _SPOKEN.search(text):
        return False
    match = _NAME.match(text)
    if match is None or not _IS.match(text, match.end()):
        return False
    name = match.group("name").split(",")[0].strip(" .'’")
    if pattern(r"(?:{stop})").fullmatch(name) or len(name) < 3:
        return False
    before = [piece.text for piece in draft.pieces[:_OPENING]]
    known = " ".join([draft.headline, draft.subhead, *(kept.text for kept in draft.kept), *before])
    return name.casefold() in known.casefold()
