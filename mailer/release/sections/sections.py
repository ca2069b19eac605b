"""Sections: what follows the story of a release.

Recognises the end mark, notes to editors and boilerplates (“About …”), whether their heading is a heading, a line of
its own, or the first words of a paragraph; and a boilerplate whose heading is only the name with which it begins.
`headings` knows the words. Contacts have their own file.

A section “About” with much of the story behind it is part of that (an exhibition, say) and stays there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from mailer.release.inline import cut, join_lines, split_lines, text_of
from mailer.release.pieces import Draft, Line, Piece, settle_piece
from mailer.release.sections.headings import (
    is_about_heading,
    is_contact_heading,
    is_end_mark,
    is_notes_heading,
    is_reprint_terms,
    is_tail_heading,
    split_end_mark,
)
from mailer.release.top import count_length, is_all, is_prose, language_of
from mailer.release.values import Block, Boilerplate, Heading, Image, Inline, ListBlock, Paragraph, Quote, Table, plain
from mailer.release.words import pattern

__all__ = [
    "is_about_heading",
    "is_end_mark",
    "is_notes_heading",
    "paragraphs_of",
    "recognise_end_mark",
    "recognise_sections",
]

_NAME_WORDS = 8
_NAMED_WITHIN = 120  # characters of a boilerplate in which the name over it comes again
_ABOUT_WORDS = 8
_SHOWN = 50  # characters by which a person finds a paragraph again
_TERMS_WITHIN = 4  # pieces from the end in which terms of reprinting can stand
_MOST_ABOUTS = 12  # of its partners has hardly a release more; each is held against all that follows it
_ARTICLE = re.compile(r"^(?:(?:the|der|die|das|le|la|les|el|los|las|il|lo|gli|i|de|het|o|a|os|as)\s|l['’])")
_STORY_SHARE = 0.25  # of the story, behind a section: then the section is part of it


def recognise_end_mark(draft: Draft) -> None:
    """Take the last end mark, and note for every piece behind it that the story was over."""
    if not draft.wants("end_mark") or draft.end_mark:
        return
    for i in range(len(draft.pieces) - 1, -1, -1):
        piece = draft.pieces[i]
        for line in piece.lines():
            if is_end_mark(line.text) and i + (line.number > piece.line) > 0:
                draft.end_mark = line.text
                draft.found("end mark", line.text, line.number)
                before, after = _parts_around(piece, line)
                behind = [*after, *draft.pieces[i + 1 :]]
                draft.pieces[i:] = [*before, *(replace(one, after_end=True) for one in behind)]
                return
    _take_glued_mark(draft)


def _take_glued_mark(draft: Draft) -> None:
    """Take an end mark off the end of the paragraph to which it is glued."""
    for i, piece in enumerate(draft.pieces):
        mark = split_end_mark(plain(piece.inline)) if isinstance(piece.block, Paragraph) else ""
        if mark and (i or draft.headline):
            draft.end_mark = mark
            draft.found("end mark", mark, piece.line)
            raw = plain(piece.inline).rstrip()
            draft.pieces[i] = piece.with_inline(cut(piece.inline, 0, len(raw) - len(mark)))
            draft.pieces[i + 1 :] = [replace(one, after_end=True) for one in draft.pieces[i + 1 :]]
            return


def _parts_around(piece: Piece, line: Line) -> tuple[list[Piece], list[Piece]]:
    numbers = [one.number for one in piece.lines()]
    before = piece.without(number for number in numbers if number >= line.number)
    after = piece.without(number for number in numbers if number <= line.number)
    return [before] if before else [], [after] if after else []


def recognise_sections(draft: Draft) -> None:
    """Take notes to editors and boilerplates, from their heading to the next one."""
    language = language_of(draft)
    _keep_reprint_terms(draft)
    draft.pieces = split_sections(draft.pieces, language)
    index = 1 if draft.pieces and not draft.headline else 0
    abouts = 0
    while index < len(draft.pieces) and abouts < _MOST_ABOUTS:
        kind, heading, first = _heading_at(draft, index, language)
        abouts += kind == "boilerplate"
        goes_on = kind == "boilerplate" and _story_goes_on(draft, index, language)
        if kind not in {"notes_to_editors", "boilerplate"} or not draft.wants(kind) or goes_on:
            index += 1
            continue
        stop = _end_of_section(draft, index, language)
        content = [*([first] if first else []), *draft.pieces[index + 1 : stop]]
        if not content:
            index += 1
            continue
        _set_section(draft, kind, Line(draft.pieces[index].line, heading), content)
        del draft.pieces[index:stop]
    if not draft.boilerplate and draft.wants("boilerplate") and draft.guess:
        recognise_unheaded(draft, paragraphs_of)
    _give_rest_a_place(draft)


def _keep_reprint_terms(draft: Draft) -> None:
    """Keep beside the release, at its end, on what terms it may be printed: they are no words of the issuer."""
    for piece in draft.pieces[-_TERMS_WITHIN:]:
        if draft.guess and isinstance(piece.block, Paragraph) and is_reprint_terms(piece.text):
            draft.keep("reprint", Line(piece.line, piece.text))
            draft.say(
                "reprint-terms", f'kept beside the release, for it is addressed to editors: "{piece.text}"', piece.line
            )
            draft.pieces = [one for one in draft.pieces if one is not piece]


def _heading_at(draft: Draft, index: int, language: str) -> tuple[str, str, Piece | None]:
    """Return the kind of section that begins with a piece, its heading, and what else is in the piece."""
    piece = draft.pieces[index]
    lines = piece.lines()
    if not lines:
        return "", "", None
    first = lines[0].text
    rest = piece.without([lines[0].number])
    kind = _kind_of(first, language) or ("contacts" if is_contact_heading(first) else "")
    if kind:
        return kind, first, rest
    if isinstance(piece.block, Paragraph):
        run_in = _before_a_colon(piece, language) or _set_bold(piece, first, language)
        if run_in:
            return run_in
    return ("boilerplate", first, rest) if _names_itself(draft, index, first, rest) else ("", "", None)


def _kind_of(heading: str, language: str) -> str:
    if is_notes_heading(heading):
        return "notes_to_editors"
    return "boilerplate" if is_about_heading(heading, language) else ""


def _before_a_colon(piece: Piece, language: str) -> tuple[str, str, Piece] | None:
    """Read a heading that is the first words of its paragraph, before a colon or a dash."""
    raw = plain(piece.inline)
    match = pattern(
        r"\W*(?:{notes}(?:\s*\([^)]{2,40}\))?|{about}\s[^.:：]{2,60}|{about_alone})\s*(?:[:：]|\s[–—]\s)\s*(?=\S)"
    ).match(raw)
    heading = " ".join(match.group().split()).rstrip(" :：–—") if match else ""
    kind = _kind_of(heading, language) if match else ""
    return (kind, heading, piece.with_inline(cut(piece.inline, match.end()))) if match and kind else None


def _set_bold(piece: Piece, first: str, language: str) -> tuple[str, str, Piece] | None:
    """Read a heading that is the first words of its paragraph, set bold."""
    raw = plain(piece.inline)
    bold = 0
    for span in piece.inline:
        if span.text.strip() and not span.strong:
            break
        bold += len(span.text)
    heading = " ".join(raw[:bold].split())
    apart = 0 < bold < len(raw.rstrip()) and heading and heading in first
    kind = _kind_of(heading.rstrip("."), language) if apart else ""
    return (kind, heading, piece.with_inline(cut(piece.inline, bold))) if kind else None


def _names_itself(draft: Draft, index: int, first: str, rest: Piece | None) -> bool:
    """Return whether a short line is the name with which the paragraph under it begins, near the end of a release."""
    follows = rest or next(iter(draft.pieces[index + 1 : index + 2]), None)
    if index < len(draft.pieces) // 2 or follows is None or not isinstance(follows.block, Paragraph):
        return False
    name = first.rstrip(":：").strip()
    if count_length(name) > _NAME_WORDS or len(name) < 4 or not name[:1].isupper() or name.endswith((".", "!", "?")):
        return False
    text = follows.text.casefold()
    begins = text.startswith(name.casefold())
    piece = draft.pieces[index]
    bold = is_all(piece.with_inline(split_lines(piece.inline)[0]), "strong") if piece.inline else False
    apart = piece.is_heading or bold or first.isupper()
    begins = begins or (apart and _bare(text).startswith(_bare(name.casefold())))
    since = opens_with_year(follows) and (apart or name.casefold() in text[:_NAMED_WITHIN])
    since = since and any(
        _bare(name.casefold()) in one.text.casefold() for one in (*draft.pieces[:index], *_head(draft))
    )
    since = since or (piece.after_end and apart and tells_size(follows))
    spoken_of = apart and name.casefold() in text[:_NAMED_WITHIN] and name.casefold() in draft.pieces[0].text.casefold()
    return (begins or spoken_of or since) and count_length(text) >= _ABOUT_WORDS


def _bare(text: str) -> str:
    return _ARTICLE.sub("", text)


def _head(draft: Draft) -> list[Piece]:
    """Return the headline as a piece, for a name that only it has."""
    return [Piece(Paragraph(text_of(draft.headline)), 0)] if draft.headline else []


def _story_goes_on(draft: Draft, index: int, language: str) -> bool:
    """Return whether ordinary headings with much of the story under them, or nearly the whole release, follow."""
    if index == 0:
        return True
    ordinary = [
        i
        for i in range(index + 1, len(draft.pieces))
        if _is_ordinary(draft.pieces, i)
        and not _heading_at(draft, i, language)[0]
        and not is_tail_heading(draft.pieces[i].text)
    ]
    if not ordinary:
        return _length(draft.pieces[index + 1 :]) > 3 * max(_length(draft.pieces[:index]), 60)
    behind = sum(_length(draft.pieces[i : _end_of_section(draft, i, language)]) for i in ordinary)
    return behind > _STORY_SHARE * _length(draft.pieces[:index])


def _is_ordinary(pieces: list[Piece], index: int) -> bool:
    """Return whether a piece is a heading, or a short line that stands above a paragraph as one."""
    piece = pieces[index]
    if piece.is_heading or not isinstance(piece.block, Paragraph) or index + 1 >= len(pieces):
        return piece.is_heading
    short = len(piece.lines()) == 1 and 0 < count_length(piece.text) <= _NAME_WORDS and piece.text[:1].isalpha()
    ended = piece.text.endswith((".", "!", "?", ":", ",", ")", "”", '"', "。"))
    return short and not ended and is_prose(pieces[index + 1])


def _length(pieces: list[Piece]) -> int:
    return sum(count_length(plain(inline)) for piece in pieces for inline in paragraphs_of([piece]))


def _end_of_section(draft: Draft, index: int, language: str) -> int:
    start = draft.pieces[index]
    for i in range(index + 1, len(draft.pieces)):
        piece = draft.pieces[i]
        if _heading_at(draft, i, language)[0] or piece.after_end != start.after_end:
            return i
        if _closes(piece, start) or (piece.is_heading and is_tail_heading(piece.text)):
            return i
    return len(draft.pieces)


def _closes(piece: Piece, start: Piece) -> bool:
    """Return whether a heading ends the section that another one opened; a bold line is one among bold lines."""
    block: Block = piece.block
    if isinstance(block, Heading) and isinstance(start.block, Heading):
        return block.level <= start.block.level
    if isinstance(block, Heading) or not isinstance(block, Paragraph):
        return isinstance(block, Heading)
    short = len(piece.lines()) == 1 and len(piece.text.split()) <= _NAME_WORDS and not piece.text.endswith((".", ":"))
    return short and is_all(piece, "strong")


def _set_section(draft: Draft, kind: str, heading: Line, content: list[Piece]) -> None:
    draft.found(kind.replace("_", " "), heading.text, heading.number)
    if kind == "notes_to_editors":
        draft.keep(kind, heading)
        draft.notes.extend(content)
        return
    draft.boilerplate.append(Boilerplate(paragraphs_of(content), heading.text))


def paragraphs_of(pieces: list[Piece]) -> tuple[Inline, ...]:
    """Return pieces as paragraphs; a list in a boilerplate becomes one an item, a table one a row."""
    found: list[Inline] = []
    for piece in pieces:
        block = piece.block
        if isinstance(block, ListBlock):
            found.extend(block.items)
        elif isinstance(block, Table):
            found.extend(join_lines(row, " · ") for row in (block.head, *block.rows) if row)
        elif isinstance(block, Quote):
            found.extend(block.paragraphs)
        elif isinstance(block, Image):
            found.append(text_of(" ".join(filter(None, (block.alt, block.caption, block.credit)))))
        else:
            found.append(settle_piece(piece))
    return tuple(inline for inline in found if plain(inline).strip())


def _give_rest_a_place(draft: Draft) -> None:
    """Put what follows the end mark without a heading to the boilerplate or, failing that, to the notes."""
    rest = [piece for piece in draft.pieces if piece.after_end]
    for piece in rest:
        if is_notes_heading(piece.text):  # what stood under it went elsewhere: contacts, mostly
            draft.keep("notes_to_editors", Line(piece.line, piece.text))
    rest = [piece for piece in rest if not is_notes_heading(piece.text)]
    draft.pieces = [piece for piece in draft.pieces if not piece.after_end]
    if draft.wants("boilerplate") and says_since_when(rest):
        heading = Line(rest[0].line, rest[0].text)
        _set_section(draft, "boilerplate", heading, rest[1:])
        return
    if draft.boilerplate and draft.wants("boilerplate"):
        last = draft.boilerplate[-1]
        draft.boilerplate[-1] = Boilerplate((*last.paragraphs, *paragraphs_of(rest)), last.heading)
    else:
        draft.notes.extend(rest)
    if rest:
        words = ", ".join(f'"{_begin(piece)}"' for piece in rest)
        message = f"stands after the end mark without a heading, and was taken as a note: {words}"
        draft.say("unsure-after-end", message, rest[0].line)


def _begin(piece: Piece) -> str:
    text = " ".join(plain(inline) for inline in paragraphs_of([piece]))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"


# Section splits: paragraphs cut where a section begins inside them.
#
# Recognises a heading on a line of its own that no blank line sets apart. Only cuts: what the parts are,
# `recognise_sections` says.


def split_sections(pieces: list[Piece], language: str) -> list[Piece]:
    """Cut every paragraph in which a section begins."""
    return [part for piece in pieces for part in _at_headings(piece, language)]


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


# Boilerplates without a heading: a last paragraph that says what an organisation is.
#
# Recognised by its place (after the story, before or behind the end mark), its first words (a name that the release
# has spoken of) and what it says of it (“is a”, “was founded”, “ist eine”). A guess, so it is told to the person.
# Says also whether a paragraph under a bare name tells since when something is, or how many it has (`sections` asks).

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
_BEGINNING = 150  # characters; a sentence cannot be told from “e. V.”


def recognise_unheaded(draft: Draft, paragraphs_of: _Paragraphs) -> None:
    """Take a boilerplate that has no heading from the end of the draft."""
    last = len(draft.pieces) - 1
    behind = [i for i, piece in enumerate(draft.pieces) if piece.after_end]
    indexes = behind[:_TAIL] or list(range(last, max(last - 2, 1), -1))
    if not any(_take(draft, draft.pieces, i, paragraphs_of) for i in indexes) and len(draft.notes) > 1:
        _take(draft, draft.notes, len(draft.notes) - 1, paragraphs_of)


def says_since_when(pieces: list[Piece]) -> bool:
    """Return whether what follows the end mark is a heading and, under it, since when something is: “Der Verein”."""
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
