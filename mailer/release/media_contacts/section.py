"""Contact section: where in a release the people stand whom journalists may ring.

Recognises a section by the line that announces it (“Media contact”, “For interviews please contact”), alone or with
the data behind it; where nothing announces anybody, a block of short lines with a number and a name, or an office for
the press; and sentences that ask to reach somebody, which stay where they are. `people` makes people of the lines.

A line whose words are not all in the people that came of it is kept beside them. Numbers for the public (tickets,
donations, witnesses) are no contacts.
Gaps: what a page holds in its margin (`<aside>`) is left out before anybody looks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mailer.release.head.labels import is_label_line
from mailer.release.inline import BREAK, count_words, split_lines
from mailer.release.media_contacts.headings import (
    Announcement,
    asks_to_reach,
    behind_asking,
    ends_in_contact,
    is_office,
    names_other,
    names_press,
    opts_out,
    read_announcement,
)
from mailer.release.media_contacts.people import People
from mailer.release.people.contact_line import ContactLine, find_phones, is_label, parse_contact_line
from mailer.release.people.names import (
    has_name,
    is_japanese,
    is_surely_name,
    looks_like_name,
    names_organisation,
    names_role,
    read_person,
)
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.sections.sections import is_about_heading, is_end_mark, is_notes_heading
from mailer.release.values import Heading, Inline, ListBlock, Paragraph, Table, plain

_LINE_WORDS, _SHORT = 20, 10
_SENTENCE_LINES = 4  # a sentence that asks whoever reads to get in touch has fewer lines
_WRAP_FROM = 50  # characters: a line of wrapped text has at least so many
_NEAR = 7  # rows under an announcement, in which somebody has to be reached
_SENTENCE_WORDS = 60
_WORDS_OF_A_LINE = 8
_TITLES = "".join(rf"(?<!{title}\.)" for title in ("Prof", "Dott", "Dipl", "Arch", "Magg", "phil"))
_SENTENCES = re.compile(rf"(?<=[^\W\d_A-ZÀ-Þ]{{3}}[.!?]){_TITLES}\s+(?=[^\W\d_a-zß-ÿ])|(?<=[.!?][”\"»)])\s+|(?<=。)")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the source: the piece it is in, its place in that piece, and what it holds.

    `gap` says that it begins a piece, `heading` that the source calls it one, `strong` that all of it is bold.
    """

    piece: int
    place: int
    line: Line
    data: ContactLine
    gap: bool
    heading: bool
    kind: str
    strong: bool = False

    @property
    def text(self) -> str:
        return self.line.text

    @property
    def words(self) -> int:
        """Count the words, without numbers and addresses; four signs of Japanese make one."""
        signs = sum(1 for sign in self.text if "\u3040" <= sign <= "\u9fff")
        return sum(1 for word in self.text.split() if "@" not in word and any(map(str.isalpha, word))) + signs // 4

    @property
    def is_full_sentence(self) -> bool:
        return self.text.endswith((".", "。")) and self.words > 5


def recognise_contacts(draft: Draft) -> None:
    """Extract the contacts from the draft."""
    if not draft.wants("contacts"):
        return
    rows = [row for index, piece in enumerate(draft.pieces) for row in _rows(index, piece)]
    taken: list[_Row] = []
    at = 0
    while at < len(rows):
        stop = at + 1
        if _opens(rows, at):
            end = _end(rows, at)
            section = rows[_lead(rows, at, taken) : end]
            if any(row.data.reaches for row in section):
                _set_contacts(draft, section)
                taken += section
                stop = end
        at = stop
    if draft.guess:
        _read_sentences(draft, [row for row in rows if row not in taken])
        if not draft.contacts:
            taken += _take_unheaded(draft, rows)
    gone: dict[int, set[int]] = {}
    for row in taken:
        gone.setdefault(row.piece, set()).add(row.place)
    parts = (_without(piece, gone[index]) if index in gone else piece for index, piece in enumerate(draft.pieces))
    draft.pieces = [piece for piece in parts if piece]


# Where a section begins and ends.


def _lead(rows: Sequence[_Row], at: int, taken: Sequence[_Row]) -> int:
    """Return where a section begins that opens with an office or a role: with the name or the body right above it."""
    announced = read_announcement(rows[at].text)
    start = at
    office = not announced.strong or names_role(announced.words)
    while start and office and not rows[start].gap and rows[start - 1] not in taken[-1:]:
        above = rows[start - 1]
        if above.words > 6 or _starts_something_else(above) or not _names_person(above.text):
            break
        start -= 1
    return start


def _opens(rows: Sequence[_Row], at: int) -> bool:
    """Return whether a row opens a section: it announces somebody who can be reached in it or under it."""
    row, above = rows[at], rows[max(0, at - 1)]
    announced = read_announcement(row.text)
    told = announced.strong or announced.press
    long = row.words > _LINE_WORDS or row.kind == "quote" or (not announced.closed and _is_sentence(rows, at))
    # it goes on with a sentence that began in the line above, of running text that was wrapped
    wrapped = not row.gap and not above.data.reaches and len(above.text) >= _WRAP_FROM and above.words > 7
    wrapped = wrapped and not above.text.endswith((".", ":", "!", "?", "。", "：", "”", '"'))
    if long or wrapped or _is_public(announced, row) or _starts_something_else(row):
        return False
    if not announced.says:  # a short line that names an office: “Example Trust Press Office”, “Gallery contact:”
        office = row.words <= _SHORT and names_press(row.text) and asks_to_reach(row.text) and row.text[-1:] != "."
        return (office or (row.words <= 5 and ends_in_contact(row.text))) and _is_reached(rows, at, 4)
    if not announced.whole:
        if row.data.reaches:
            return told or (announced.closed and has_name(announced.rest))
        rest = announced.rest.rstrip(":")
        ends = announced.closed or row.text.rstrip().endswith(":") or has_name(rest) or names_organisation(rest)
        return told and ends and _is_reached(rows, at, 5)
    if announced.strong:
        return _is_reached(rows, at, _NEAR)
    # “Media” alone opens one as a heading, or late, or right above somebody
    below = rows[at + 1] if at + 1 < len(rows) else None
    named = below is not None and below.data.reaches and has_name(below.text)
    if announced.closed and asks_to_reach(announced.words) and named:
        return True
    beside = below is not None and not below.gap and named
    office = announced.closed and below is not None and not below.gap and names_press(below.text)
    shown = announced.closed or row.heading or row.strong or at > len(rows) // 2 or beside
    return ((announced.press and shown) or office) and _is_reached(rows, at, 5)


def _is_sentence(rows: Sequence[_Row], at: int) -> bool:
    """Return whether a row is running text: an item of a list, or a paragraph that an editor wrapped."""
    last = at
    while rows[at].kind == "paragraph" and last + 1 < len(rows) and rows[last + 1].piece == rows[at].piece:
        last += 1
        if last - at == _SENTENCE_LINES:
            return False
    return rows[last].text.endswith(".") and sum(one.words for one in rows[at : last + 1]) > 5


def _is_reached(rows: Sequence[_Row], at: int, near: int) -> bool:
    """Return whether somebody can be reached in a row or the next ones, before something else begins."""
    for i, row in enumerate(rows[at : at + near + 1]):
        if row.data.reaches:
            return row.words <= _LINE_WORDS + 15 and not (i and _is_public(read_announcement(row.text), row))
        if row.words > _LINE_WORDS or (i and _starts_something_else(row)):
            return False
    return False


def _end(rows: Sequence[_Row], at: int) -> int:
    """Return the row at which a section ends."""
    reached = rows[at].data.reaches
    for i in range(at + 1, len(rows)):
        row = rows[i]
        announced = read_announcement(row.text)
        if row.kind == "quote" or _starts_something_else(row) or _is_public(announced, row) or _asks_elsewhere(row):
            return i
        if row.data.reaches or row.data.labelled:
            if row.words > _LINE_WORDS + (15 if announced.says else 0):
                return i
            reached = True
        elif announced.whole and announced.says and _opens(rows, i):
            reached = False
        elif not _goes_on(rows, i, reached=reached):
            return i
    return len(rows)


def _goes_on(rows: Sequence[_Row], at: int, *, reached: bool) -> bool:
    """Return whether a row of words alone belongs to a section."""
    row, below = rows[at], rows[min(at + 1, len(rows) - 1)]
    prose = row.words > _SHORT + 8 * is_japanese(row.text) or row.is_full_sentence
    if prose or (row.heading and not looks_like_name(row.text)):
        return False
    if not reached or (is_label(row.text) and below.data.reaches):
        return True
    soon = not below.heading and _is_reached(rows, at + 1, 3)
    if row.words <= 4 and has_name(below.text) and (below.data.reaches or soon):
        return True  # a town or a subject, with somebody under it
    person = _names_person(row.text)
    return (soon and (person or not row.gap)) or (not row.gap and person)


def _names_person(text: str) -> bool:
    """Return whether a row begins with a name, or names a role or a body."""
    first = re.split(r"[,;(|]|\s[–/&-]\s", text, maxsplit=1)[0].strip()
    return looks_like_name(first) or names_role(text) or names_organisation(text) or bool(read_person(first)[0])


def _is_public(announced: Announcement, row: _Row) -> bool:
    """Return whether a row is for the public, or about getting no more mail, and not for the press."""
    public = announced.other or names_other(row.text)
    return opts_out(row.text) or (public and not (announced.press or names_press(row.text)))


_PURPOSE = re.compile(r"(?:for|to|pour|per|para|für|um|zum|zur|om|voor)\s[^:@\d]{3,60}(?=:\s)", re.IGNORECASE)


def _asks_elsewhere(row: _Row) -> bool:
    """Return whether a row says before its number that it is for something else: “For travel information: 0870 …”."""
    told = _PURPOSE.match(row.text)
    if told is None or not row.data.reaches or names_press(told.group()) or read_announcement(told.group()).whole:
        return False
    return not any(read_person(word)[0] for word in row.data.words)


def _starts_something_else(row: _Row) -> bool:
    """Return whether a row begins what is no contact: notes, a boilerplate, the end, a release label."""
    if row.data.reaches:
        return False
    first, mark, _ = re.split(r"(\s[·|•–—]\s|$)", row.text, maxsplit=1)  # “Press release · Example Trust”
    tests = (is_end_mark, is_notes_heading, is_about_heading, is_label_line)
    return any(test(row.text) for test in tests) or (bool(mark) and is_label_line(first))


# Making people of the rows.


def _set_contacts(draft: Draft, section: Sequence[_Row]) -> None:
    """Read the people of a section, and keep the lines whose words are not all in them."""
    reader = People()
    is_over = False
    for i, row in enumerate(section):
        announced = read_announcement(row.text)
        text = row.text
        if announced.says and (i == 0 or announced.strong or announced.press):
            # the words of an announcement may be those of an office or a role, and so of a contact too
            title = names_role(text) or (names_organisation(text) and not announced.strong)
            if announced.closed or row.data.reaches or not title or (announced.strong and i == 0):
                text = announced.rest
            is_over = is_over or bool(reader.people and reader.people[-1].reaches)  # somebody else is announced
        if reader.awaits_number and is_office(row.text):
            text = row.text
        if text:
            if is_over:
                reader.begin(row.line)
                is_over = False
            prose = row.words > _LINE_WORDS or (row.is_full_sentence and row.words > 8)
            reader.add(Line(row.line.number, _asked_for(text)), sentence=prose)
    known = ""
    for person in reader.finish():
        for contact in person.contacts():
            draft.contacts.append(contact)
            words = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
            known = " ".join((known, contact.note, *words))
            shown = ", ".join(filter(None, words))
            draft.found("contact", shown, person.line)
            if not contact.name:
                draft.say("unsure-contact", f"no name is given for {shown}", person.line)
    for row in section:
        if count_words(row.text) - count_words(known):
            draft.keep("contacts", row.line)


def _asked_for(text: str) -> str:
    """Return a line from the words on that ask to reach somebody, where those say who it is before the first number."""
    reached = [part.text for part in parse_contact_line(text).parts if part.kind != "word"]
    first = len(text) - min((text.find(one) for one in reached if one in text), default=0)
    rests = [rest for rest in behind_asking(text) if len(rest) >= first]
    words = [(rest, next((part.text for part in parse_contact_line(rest).parts), "")) for rest in rests]
    for tells in (has_name, names_organisation):
        for rest, word in words:
            if tells(word):
                return rest
    return text


def _take_unheaded(draft: Draft, rows: Sequence[_Row]) -> list[_Row]:
    """Take a short block in which somebody can be reached, where nothing announces any; return its rows."""
    at = 0
    while at < len(rows):
        row = rows[at]
        said = row.kind == "quote" or row.text[:1] in '“"«„「' or (row.text.endswith(".") and row.words > 8)
        if not row.data.reaches or row.words > _SHORT + 4 or said or _asks_elsewhere(row):
            at += 1
            continue
        start = at  # the short lines above a number, up to a name over a gap
        for i in range(at - 1, max(-1, at - 6), -1):
            above, below = rows[i], rows[i + 1]
            ended = above.text.endswith(".") or above.data.reaches or above.heading or _starts_something_else(above)
            if above.words > 8 or ended:
                break
            if below.gap and not (looks_like_name(above.text) or names_role(above.text)):
                break
            start = i
        stop = max(_end(rows, start), at + 1)
        block = list(rows[start:stop])
        titled = len(block) > 2 and looks_like_name(block[0].text) and names_role(block[1].text)
        press = any(names_press(one.text) for one in block)
        public = any(opts_out(one.text) for one in block) or (any(names_other(one.text) for one in block) and not press)
        if not public and (titled or any(map(_names_somebody, block))):
            draft.say("unsure-contact", "taken as a media contact, though no heading says so", block[0].line.number)
            _set_contacts(draft, block)
            return block
        at = stop  # judged as a whole
    return []


def _names_somebody(row: _Row) -> bool:
    """Return whether a row has a word for the press, or a name for certain."""
    words = row.data.words
    if any(map(names_press, (*words, *(email.partition("@")[0] for email in row.data.emails)))):
        return True
    named = any(is_surely_name(word) or is_surely_name(read_person(word)[0]) for word in words)
    return named or (bool(words) and looks_like_name(words[0]) and row.data.reaches)


def _read_sentences(draft: Draft, rows: Sequence[_Row]) -> None:
    """Read contacts from sentences that ask to reach somebody: “For interviews please contact Ann Bell on …”.

    Where a section names contacts, only a sentence for the press adds to them.
    """
    sure = not draft.contacts
    pieces: dict[int, list[_Row]] = {}
    for row in rows:
        pieces.setdefault(row.piece * 1000 + (row.place if row.kind == "list" else 0), []).append(row)
    for group in pieces.values():
        if not any(row.data.reaches for row in group) or group[0].kind == "quote":
            continue
        whole = " ".join(row.text for row in group)
        lines = len(group) > 1 and all(row.words <= _WORDS_OF_A_LINE for row in group)
        if lines and not whole.endswith((".", "。")):
            continue  # a block of short lines is no sentence
        for text in _SENTENCES.split(whole):
            press = names_press(text)
            public = opts_out(text) or (names_other(text) and not press)
            asks = asks_to_reach(text) and not public and (press or sure)
            if asks and len(text.split()) <= _SENTENCE_WORDS and text[:1] not in '“"«„「':
                _read_sentence(draft, Line(group[0].line.number, text), press=press)


def _read_sentence(draft: Draft, line: Line, *, press: bool) -> None:
    reader = People()
    reader.add(Line(line.number, _asked_for(line.text)), sentence=True)
    people = [person for person in reader.finish() if person.reaches]
    named = [person for person in people if person.names]
    for contact in (
        one for person in named or (people if press and not draft.contacts else []) for one in person.contacts()
    ):
        draft.contacts.append(contact)
        draft.found("contact", line.text, line.number)
        shown = contact.name or (*contact.phones, *contact.emails)[0]
        draft.say("unsure-contact", f'"{shown}" was read from a sentence: is it the media contact?', line.number)


# A draft as rows, and taking them out again.


def _rows(index: int, piece: Piece) -> Iterator[_Row]:
    first = True
    for place, number, inline in _inlines(piece):
        shown = _written_out(inline).replace(BREAK, " ").strip()
        if not shown:
            continue
        text = "\t".join(" ".join(field.split()) for field in shown.split("\t") if field.strip())
        strong = all(span.strong for span in inline if span.text.strip())
        data, heading = parse_contact_line(shown), isinstance(piece.block, Heading)
        yield _Row(index, place, Line(number, text), data, first, heading, piece.block.kind, strong)
        first = False


def _inlines(piece: Piece) -> Iterator[tuple[int, int, Inline]]:
    """Yield the running texts of a piece with the place that `_without` knows them by, and their line."""
    block = piece.block
    if isinstance(block, Paragraph | Heading):
        yield from ((number, number, inline) for number, inline in enumerate(split_lines(piece.inline), piece.line))
        return
    items: Sequence[Sequence[Inline]] = ()
    if isinstance(block, ListBlock):
        items = [(item,) for item in block.items]
    elif isinstance(block, Table):
        items = (block.head, *block.rows)
    placed = [(place, at, cell) for place, cells in enumerate(items) for at, cell in enumerate(cells)]
    # people stand beside each other in a table where all cells of a row hold a number, or all an address
    kinds = [[parse_contact_line(plain(cell)) for cell in row if plain(cell).strip()] for row in items]
    if any(len(row) > 1 and (all(one.phones for one in row) or all(one.emails for one in row)) for row in kinds):
        placed.sort(key=lambda one: one[1])
    yield from ((place, piece.line + place, inline) for place, _, cell in placed for inline in split_lines(cell))


def _written_out(inline: Inline) -> str:
    """Return a text with the address behind each link whose words do not show it: “E-mail Ann”."""
    whole = plain(inline)
    parts: list[str] = []
    for span in inline:
        scheme, _, address = span.url.partition(":")
        hidden = (scheme == "mailto" and "@" not in whole) or (scheme == "tel" and not find_phones(whole))
        shown = span.text if not hidden or looks_like_name(span.text.strip()) else ""
        parts.append(f"{shown} {address.split('?')[0]}" if hidden else span.text)
    return "".join(parts)


def _without(piece: Piece, places: set[int]) -> Piece | None:
    """Return a piece without the rows at some places; None where none is left."""
    block = piece.block
    if isinstance(block, ListBlock):
        items = tuple(item for place, item in enumerate(block.items) if place not in places)
        return replace(piece, block=replace(block, items=items)) if items else None
    if isinstance(block, Table):
        rows = tuple(row for place, row in enumerate(block.rows, 1) if place not in places)
        return replace(piece, block=replace(block, head=() if 0 in places else block.head, rows=rows)) if rows else None
    return piece.without(places)
