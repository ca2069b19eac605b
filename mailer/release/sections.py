"""Sections: what follows the story of a release.

Recognises the end mark, notes to editors and boilerplates («About …») by the words of `words`, whether their heading
is a heading, a line of its own, or the first words of a paragraph. Contacts have their own file.

A section «About» with ordinary headings behind it is part of the story (an exhibition, say) and stays there.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.release.inline import cut, join_lines, text_of
from mailer.release.pieces import Draft, Line, Piece, settle_piece
from mailer.release.values import Block, Boilerplate, Heading, Image, Inline, ListBlock, Paragraph, Quote, Table, plain
from mailer.release.words import pattern

_SIGNS = re.compile(r"#(?:\s*#){2,}|\*(?:\s*\*){2,}|[-–—]+\s*30\s*[-–—]+|X{3}|~(?:\s*~){2,}")
_ABBREVIATED = re.compile(r"\b(?:Inc|Ltd|Co|Corp|Bros|e\.\s?V)\.$")  # a heading may end in one of these
_HEADING_WORDS = 10


def is_end_mark(text: str) -> bool:
    """Say whether a line is a mark that the release ends here: ###, -30-, ENDS."""
    bare = text.strip().replace("\\", "")
    if _SIGNS.fullmatch(bare):
        return True
    match = pattern(r"[\s\-–—*#]*{end}[\s\-–—*#.]*").fullmatch(bare)
    return match is not None and (bare.isupper() or not bare.isalpha() or len(bare) > 3)


def is_notes_heading(text: str) -> bool:
    """Say whether a line is the heading of the notes to editors."""
    return pattern(r"\W*{notes}\s*:?\W*").fullmatch(text.strip()) is not None


def is_about_heading(text: str) -> bool:
    """Say whether a line is the heading of a boilerplate: `About Example Trust`."""
    bare = text.strip().strip("*_#").strip()
    whole = bare.endswith((".", "?", "!", ",")) and not _ABBREVIATED.search(bare)
    short = len(bare.split()) <= _HEADING_WORDS and not whole
    return short and pattern(r"{about}\s+(?!\d)\S.*").match(bare) is not None and bare[:1].isupper()


def recognise_end_mark(draft: Draft) -> None:
    """Take the last end mark, and note for every piece behind it that the story was over."""
    if not draft.wants("end_mark"):
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


def _parts_around(piece: Piece, line: Line) -> tuple[list[Piece], list[Piece]]:
    numbers = [one.number for one in piece.lines()]
    before = piece.without(number for number in numbers if number >= line.number)
    after = piece.without(number for number in numbers if number <= line.number)
    return [before] if before else [], [after] if after else []


def recognise_sections(draft: Draft) -> None:
    """Take notes to editors and boilerplates, from their heading to the next one."""
    index = 1 if draft.pieces and not draft.headline else 0
    while index < len(draft.pieces):
        kind, heading, first = _heading_at(draft.pieces[index])
        if not kind or not draft.wants(kind) or (kind == "boilerplate" and _story_goes_on(draft, index)):
            index += 1
            continue
        stop = _end_of_section(draft, index)
        content = [*([first] if first else []), *draft.pieces[index + 1 : stop]]
        if not content and kind == "boilerplate":
            index += 1
            continue
        line = draft.pieces[index].line
        _set_section(draft, kind, Line(line, heading), content)
        del draft.pieces[index:stop]
    _give_rest_a_place(draft)


def _heading_at(piece: Piece) -> tuple[str, str, Piece | None]:
    """Give the kind of section that begins with a piece, its heading, and what else is in the piece."""
    lines = piece.lines()
    if not lines:
        return "", "", None
    first = lines[0].text
    for kind, test in (("notes_to_editors", is_notes_heading), ("boilerplate", is_about_heading)):
        if test(first):
            return kind, first, piece.without([lines[0].number])
    run_in = pattern(r"(?:(?P<notes>{notes})|{about}\s[^.:]{2,60}):\s+(?=\S)").match(first)
    if run_in and isinstance(piece.block, Paragraph):
        kind = "notes_to_editors" if run_in.group("notes") else "boilerplate"
        raw = plain(piece.inline)
        return kind, run_in.group().rstrip(": "), piece.with_inline(cut(piece.inline, raw.index(":") + 1))
    return "", "", None


def _story_goes_on(draft: Draft, index: int) -> bool:
    """Say whether ordinary headings, or nearly the whole release, follow."""
    later = [piece for piece in draft.pieces[index + 1 :] if piece.is_heading]
    return index == 0 or any(not _heading_at(piece)[0] for piece in later)


def _end_of_section(draft: Draft, index: int) -> int:
    start = draft.pieces[index]
    for i in range(index + 1, len(draft.pieces)):
        piece = draft.pieces[i]
        if _heading_at(piece)[0] or piece.after_end != start.after_end:
            return i
        if _closes(piece.block, start.block):
            return i
    return len(draft.pieces)


def _closes(block: Block, opened: Block) -> bool:
    """Say whether a heading ends the section that another one opened."""
    return isinstance(block, Heading) and isinstance(opened, Heading) and block.level <= opened.level


def _set_section(draft: Draft, kind: str, heading: Line, content: list[Piece]) -> None:
    draft.found(kind.replace("_", " "), heading.text, heading.number)
    if kind == "notes_to_editors":
        draft.keep(kind, heading)
        draft.notes.extend(content)
        return
    draft.boilerplate.append(Boilerplate(paragraphs_of(content), heading.text))


def paragraphs_of(pieces: list[Piece]) -> tuple[Inline, ...]:
    """Give pieces as paragraphs; a list in a boilerplate becomes one an item, a table one a row."""
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
    draft.pieces = [piece for piece in draft.pieces if not piece.after_end]
    if draft.boilerplate and draft.wants("boilerplate"):
        last = draft.boilerplate[-1]
        draft.boilerplate[-1] = Boilerplate((*last.paragraphs, *paragraphs_of(rest)), last.heading)
    else:
        draft.notes.extend(rest)
    for piece in rest:
        draft.say("unsure-after-end", "stands after the end mark without a heading: taken as a note", piece.line)
