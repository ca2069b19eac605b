"""Contact section: the people whom journalists may ring, wherever they stand in a release.

Recognises a section by its heading («Media contact», alone on a line or with the data behind it) or, where there is
no heading, by short lines with a number or an address in them; then makes people of its lines. `people` reads a line.

A line whose words are not all in the people that came of it is kept beside them. A sentence («For more information
contact … on …») stays in the body as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailer.release.contact_people import People
from mailer.release.inline import count_words
from mailer.release.labels import is_label_line
from mailer.release.people import ContactLine, looks_like_name, names_role, parse_contact_line
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.sections import is_about_heading, is_end_mark, is_notes_heading
from mailer.release.values import Heading, MediaContact, Paragraph
from mailer.release.words import pattern

_LINE_WORDS = 20
_SENTENCE = re.compile(r"\b[Cc]ontact\s+(?P<name>[^\W\d_a-z][\w'’.-]+(?:\s+[^\W\d_a-z][\w'’.-]+){1,3})")


def recognise_contacts(draft: Draft) -> None:
    """Take the contacts out of the draft."""
    if not draft.wants("contacts"):
        return
    while (start := _find_heading(draft)) is not None:
        _take_section(draft, *start)
    if draft.guess and not draft.contacts:
        _read_sentences(draft)
    if draft.guess and not draft.contacts:
        _take_unheaded(draft)


def _heading_rest(text: str) -> str | None:
    """Give what stands behind a contact heading on its line; None where the line is no heading."""
    match = pattern(
        r"\W*(?:{contacts})(?:\(s\))?(?:,?\s*(?:please\s+)?contact)?\s*(?:[:–—]\s*|\s-\s|\s{2,}|$)(?P<rest>.*)"
    ).fullmatch(text.strip())
    return match.group("rest") if match else None


def _find_heading(draft: Draft) -> tuple[int, int] | None:
    """Give the piece and the line in it of the first heading with somebody under it."""
    for i, piece in enumerate(draft.pieces):
        for j, line in enumerate(piece.lines()):
            rest = _heading_rest(line.text)
            if rest is None or len(rest.split()) > _LINE_WORDS:
                continue
            if parse_contact_line(rest).reaches or _somebody_under(draft, i, j):
                return i, j
    return None


def _somebody_under(draft: Draft, index: int, line: int) -> bool:
    near = [*draft.pieces[index].lines()[line + 1 :]]
    for piece in draft.pieces[index + 1 : index + 5]:
        near.extend(piece.lines())
    for one in near[:6]:
        if len(one.text.split()) > _LINE_WORDS:
            return False
        if parse_contact_line(one.text).reaches:
            return True
    return False


def _take_section(draft: Draft, index: int, first: int) -> None:
    heading = draft.pieces[index].lines()[first]
    reader = People()
    rest = _heading_rest(heading.text) or ""
    if rest:
        reader.add(Line(heading.number, rest), gap=False)
    taken: list[Line] = [heading]
    within = _contact_lines(draft.pieces[index].lines()[first + 1 :], reader)
    taken.extend(within)
    whole = len(within) == len(draft.pieces[index].lines()) - first - 1
    pieces_before = len(draft.pieces)
    draft.take_lines(index, taken)
    if len(draft.pieces) == pieces_before:
        index += 1  # something stays of the piece in which the heading was
    while whole and index < len(draft.pieces) and _belongs(draft.pieces[index], reader):
        piece = draft.pieces[index]
        lines = _contact_lines(piece.lines(), reader, gap=True)
        if not lines:
            break
        taken.extend(lines)
        whole = len(lines) == len(piece.lines())
        draft.take_lines(index, lines)
    _set_contacts(draft, reader, taken)


def _belongs(piece: Piece, reader: People) -> bool:
    """Say whether the next piece goes on with the contacts."""
    if not isinstance(piece.block, Paragraph | Heading):
        return False
    lines = [parse_contact_line(line.text) for line in piece.lines()]
    if any(one.reaches or one.labelled for one in lines):
        return all(len(line.text.split()) <= _LINE_WORDS for line in piece.lines()[:1])
    short = all(len(line.text.split()) <= 8 and not line.text.endswith(".") for line in piece.lines())
    return short and not reader.complete and not piece.is_heading


def _contact_lines(lines: Iterable[Line], reader: People, *, gap: bool = False) -> list[Line]:
    """Read lines as long as they are contact data; gives those that were."""
    taken: list[Line] = []
    for line in lines:
        if (
            _starts_something_else(line.text)
            or _heading_rest(line.text) is not None
            or len(line.text.split()) > _LINE_WORDS
        ):
            break
        data = parse_contact_line(line.text)
        plain_words = not (data.reaches or data.labelled)
        if plain_words and reader.complete and not _person_words(line.text):
            break
        reader.add(line, gap=gap and not taken)
        taken.append(line)
    return taken


def _person_words(text: str) -> bool:
    return looks_like_name(text) or names_role(text) or looks_like_name(text.split(",", maxsplit=1)[0])


def _starts_something_else(text: str) -> bool:
    tests = (is_end_mark, is_notes_heading, is_about_heading, is_label_line)
    return any(test(text) for test in tests)


def _set_contacts(draft: Draft, reader: People, lines: list[Line]) -> None:
    found = [(person.contact(), person.line) for person in reader.people if person.name or person.reaches]
    for contact, line in found:
        draft.contacts.append(contact)
        words = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
        shown = ", ".join(filter(None, words))
        draft.found("contact", shown, line)
        if not contact.name:
            draft.say("unsure-contact", f"nobody is named beside {shown}", line)
    _keep_words(draft, [contact for contact, _ in found], lines)


def _keep_words(draft: Draft, contacts: list[MediaContact], lines: list[Line]) -> None:
    known = count_words(" ".join(_contact_words(contacts)))
    for line in lines:
        if count_words(line.text) - known:
            draft.keep("contacts", line)


def _contact_words(contacts: list[MediaContact]) -> Iterable[str]:
    for contact in contacts:
        yield from (contact.name, contact.role, contact.organisation, contact.note, *contact.phones, *contact.emails)


def _read_sentences(draft: Draft) -> None:
    """Read contacts from sentences that name somebody with a number; the sentence stays where it is."""
    for piece in draft.pieces:
        match = _SENTENCE.search(piece.text)
        data = parse_contact_line(piece.text) if match and len(piece.text.split()) <= 45 else ContactLine()
        if match and data.reaches:
            contact = MediaContact(match.group("name").rstrip("."), phones=data.phones, emails=data.emails)
            draft.contacts.append(contact)
            draft.found("contact", piece.text, piece.line)
            draft.say(
                "unsure-contact", f'"{contact.name}" was read from a sentence: is it the media contact?', piece.line
            )


def _take_unheaded(draft: Draft) -> None:
    """Take a short block in which somebody can be reached, where no heading announces any."""
    for i, piece in enumerate(draft.pieces):
        lines = piece.lines()
        data = [parse_contact_line(line.text) for line in lines]
        short = len(lines) <= 6 and all(len(line.text.split()) <= 12 for line in lines)
        if not (short and any(one.reaches for one in data) and any(one.words for one in data)):
            continue
        if not looks_like_name(next((one.words[0] for one in data if one.words), "")):
            continue
        reader = People()
        for line in lines:
            reader.add(line, gap=False)
        draft.say("unsure-contact", "taken as a media contact, though no heading says so", piece.line)
        draft.pieces[i : i + 1] = []
        _set_contacts(draft, reader, list(lines))
        return
