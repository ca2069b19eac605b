"""Boilerplates without a heading: a last paragraph that says what an organisation is.

Recognised by its place (after the story, before or behind the end mark), its first words (a name that the release has
spoken of) and what it says of it («is a», «was founded», «ist eine»). A guess, so it is told to the person. Says also
whether a paragraph under a bare name tells since when something is, or how many it has (`sections` asks).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mailer.release.pieces import Draft, Piece
from mailer.release.top import count_length, is_all
from mailer.release.values import Boilerplate, Inline, Paragraph
from mailer.release.words import pattern

_Paragraphs = Callable[[list[Piece]], tuple[Inline, ...]]
_IS = re.compile(
    r"(?:\s*\([^()]{2,40}\))?(?:,[^,.]{2,60},)?\s(?:\w+\s)?(?:is\s+(?:an?|the|one\s+of|part\s+of|dedicated)"
    r"|was\s+(?:founded|established)|are\s+(?:an?|the)|has\s+been"
    r"|(?:founded|established|headquartered|based)\s+in|exists\s+to|ist\s+(?:ein|eine|einer|eines|der|die|das)\b"
    r"|wurde\s+\d{4}"
    r"|gegründet|hat\s+ihren\s+sitz|vertritt|est\s+(?:un|une|le|la|l['’])|fondée?\s+en|créée?\s+en|regroupe|rassemble"
    r"|es\s+(?:un|una|el|la)|fundad[ao]\s+en|nace\s+en|agrupa|è\s+(?:un|una|il|la|l['’])|fondat[ao]\s+nel"
    r"|nasce\s+nel|riunisce"
    r"|is\s+(?:een|de|het)|opgericht|werd\s+in\s+\d{4}|vertegenwoordigt|é\s+(?:um|uma|o|a)|fundad[ao]\s+em|reúne"
    r"|provides|offers|represents|develops|operates|mission\s+is\s+to|purpose\s+is\s+to)(?!\w)",
    re.IGNORECASE,
)
_DOES = re.compile(  # what stories say of somebody as well
    r"\s(?:entwickelt|betreibt|bietet|produziert|erforscht|fertigt|développe|conçoit|accompagne|propose|exploite"
    r"|fabrique|desarrolla|ofrece|gestiona|fabrica|sviluppa|offre|produce|gestisce|ontwikkelt|biedt|produceert"
    r"|desenvolve|oferece)(?!\w)"
)
_NAME = re.compile(
    r"(?:(?:The|Die|Der|Das|Le|La|Les|L['’]|El|Los|Il|Lo|De|Het|O|A)\s*)?"
    r"(?P<name>[^\W\d_a-zß-öø-ÿ][\w&.'’-]*(?:\s(?:[^\W\d_a-zß-öø-ÿ][\w&.'’-]*|of|for|and|the|de|des|du|der|für|und|y"
    r"|e|del|van|voor|per)(?!\w)){0,8})"
)
_NAMES = re.compile(
    r"[^\W\d_a-zß-öø-ÿ][\w&.'’-]+(?:\s(?:(?:de|du|des|della|van|für|of|the|do|da)\s)?[^\W\d_a-zß-öø-ÿ][\w&.'’-]+)+"
)
_FIRST_SENTENCE = re.compile(r".{20,}?[.!?](?=\s|$)")
_FOUNDED = re.compile(
    r"(?<!\w)(?:founded|established|created|opened|since|born|eröffnet|inaugur(?:at[oa]|ad[oa]|ée?)|gegründet|entstanden|seit|fondée?|créée?|née?|depuis"
    r"|fundad[ao]|cread[ao]"
    r"|nacid[ao]|desde|fondat[ao]|nat[ao]|dal|opgericht|sinds|criad[ao]|nascid[ao])(?!\w).{0,14}?\b(?:1[6-9]|20)\d\d\b",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\d[\d.,\s\u00a0\u202f’']*\s?(?:employees|people|staff|members|customers|students|volunteers|countries"
    r"|mitarbeit\w*"
    r"|beschäftigte\w*|mitglieder\w*|vereine\w*|studierende\w*|menschen|ländern|salariés|personnes|employés|collabora\w+"
    r"|adhérents"
    r"|professionnels|membres|pays|emplead[oa]s|personas|soci[oa]s|países|trabajador\w+|dipendenti|persone|addetti|società|tesserati"
    r"|soci|paesi"
    r"|medewerkers|personeelsleden|leden|studenten|landen|funcionários|colaboradores|pessoas|associados|名)(?!\w)",
    re.IGNORECASE,
)
_ENOUGH = 3
_SPOKEN = re.compile(r"[“”\"„«»「」]")
_OPENING = 4  # pieces in which a release names who issues it
_WORDS = (10, 220)
_TAIL = 3
_HEADING_WORDS = 5
_BEGINNING = 150  # characters; a sentence cannot be told from «e. V.»


def recognise_unheaded(draft: Draft, paragraphs_of: _Paragraphs) -> None:
    """Take a boilerplate that has no heading from the end of the draft."""
    last = len(draft.pieces) - 1
    behind = [i for i, piece in enumerate(draft.pieces) if piece.after_end]
    indexes = behind[:_TAIL] or list(range(last, max(last - 2, 1), -1))
    if not any(_take(draft, draft.pieces, i, paragraphs_of) for i in indexes) and len(draft.notes) > 1:
        _take(draft, draft.notes, len(draft.notes) - 1, paragraphs_of)


def says_since_when(pieces: list[Piece]) -> bool:
    """Return whether what follows the end mark is a heading and, under it, since when something is: «Der Verein»."""
    if len(pieces) < 2 or not pieces[0].is_heading or any(piece.is_heading for piece in pieces[1:]):
        return False
    return count_length(pieces[0].text) <= _HEADING_WORDS and opens_with_year(pieces[1])


def opens_with_year(piece: Piece) -> bool:
    """Return whether a paragraph says where it begins since when something is."""
    return _FOUNDED.search(piece.text[:_BEGINNING]) is not None


def tells_size(piece: Piece) -> bool:
    """Return whether a paragraph says how many people or bodies something has."""
    return _SIZE.search(piece.text) is not None


def _take(draft: Draft, pieces: list[Piece], at: int, paragraphs_of: _Paragraphs) -> bool:
    """Take a paragraph of the story, or the last one of the notes, where it says what an organisation is."""
    piece = pieces[at]
    if not isinstance(piece.block, Paragraph) or not _says_what_it_is(draft, piece):
        return False
    draft.boilerplate.append(Boilerplate(paragraphs_of([piece])))
    draft.found("boilerplate", piece.text[:100], piece.line)
    draft.say("unsure-boilerplate", "taken as a boilerplate, though no heading says so", piece.line)
    del pieces[at]
    return True


def _says_what_it_is(draft: Draft, piece: Piece) -> bool:
    """Weigh a paragraph: its look, its place, what it says of a name that the release has spoken of."""
    text = piece.text.strip("*_ ")
    if not _WORDS[0] <= count_length(text) <= _WORDS[1] or _SPOKEN.search(text):
        return False
    first = _FIRST_SENTENCE.match(text)
    sentence = first.group() if first else text
    match = _NAME.match(text)
    opens = match is not None and _is_known(draft, match.group("name").split(",")[0])
    if opens and match is not None and _IS.match(text, match.end()):
        return True
    names = [part for name in _NAMES.findall(sentence) for part in (name, name.partition(" ")[2])]
    known = opens or any(_is_known(draft, name) for name in names)
    weight = 2 * (is_all(piece, "emphasis") or is_all(piece, "strong")) + (
        piece in draft.pieces[-1:] or piece.after_end
    )
    weight += 2 * (_FOUNDED.search(sentence) is not None) + (_SIZE.search(text) is not None)
    weight += opens and match is not None and _DOES.match(text, match.end()) is not None
    return known and weight >= _ENOUGH


def _is_known(draft: Draft, name: str) -> bool:
    """Return whether a release has spoken of a name before, in its head or where the story opens."""
    name = re.sub(r"['’]s?$", "", name.strip(" .'’"))
    if pattern(r"(?:{stop})").fullmatch(name) or len(name) < 3:
        return False
    before = [piece.text for piece in draft.pieces[:_OPENING]]
    bodies = [contact.organisation for contact in draft.contacts]
    known = " ".join([draft.headline, draft.subhead, *(kept.text for kept in draft.kept), *bodies, *before])
    return name.casefold() in known.casefold()
