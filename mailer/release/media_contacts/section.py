"""Contact section: where in a release the people stand whom journalists may ring.

Recognises a section by the line that announces it (“Media contact”, “For interviews please contact”), alone or with
the data behind it, and, where nothing announces anybody, a block of short lines with a number and a name, or an office
for the press. `sentences` reads running text; `people` makes people of the lines.

A line whose words are not all in the people that came of it is kept beside them. Numbers for the public (tickets,
donations, witnesses) are no contacts.
Gaps: what a page holds in its margin (`<aside>`) is left out before anybody looks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
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
from mailer.release.values import Heading, Inline, ListBlock, MediaContact, Paragraph, Table, plain

_LINE_WORDS = 20
_SENTENCE_LINES = 4  # a sentence that asks whoever reads to get in touch has fewer lines
_WRAP_FROM = 50  # characters: a line of wrapped text has at least so many
_NEAR = 7  # rows under an announcement, in which somebody has to be reached


def recognise_contacts(draft: Draft) -> None:
    """Take the contacts out of the draft."""
    if not draft.wants("contacts"):
        return
    rows = rows_of(draft)
    found = _sections(rows)
    for section in found:
        _set_contacts(draft, _read(section), [row.line for row in section])
    taken = [row for section in found for row in section]
    if draft.guess:
        read_sentences(draft, [row for row in rows if row not in taken])
    if draft.guess and not draft.contacts:
        taken.extend(_take_unheaded(draft, rows))
    take_rows(draft, taken)


def _sections(rows: Sequence[Row]) -> list[list[Row]]:
    found: list[list[Row]] = []
    at = 0
    while at < len(rows):
        if not _opens(rows, at):
            at += 1
            continue
        stop = _end(rows, at)
        section = list(rows[_lead(rows, at, found) : stop])
        if any(row.data.reaches for row in section):
            found.append(section)
            at = stop
        else:
            at += 1
    return found


def _lead(rows: Sequence[Row], at: int, found: Sequence[Sequence[Row]]) -> int:
    """Return where a section begins that opens with an office or a role: with the name or the body right above it."""
    announced = read_announcement(rows[at].text)
    taken = found[-1][-1] if found else None
    start = at
    office = not announced.strong or names_role(announced.words)
    while start and office and not rows[start].gap and rows[start - 1] is not taken:
        above = rows[start - 1]
        if above.words > 6 or starts_something_else(above) or not person_words(above.text):
            break
        start -= 1
    return start


def _opens(rows: Sequence[Row], at: int) -> bool:
    """Return whether a row opens a section: it announces somebody who can be reached in it or under it."""
    row = rows[at]
    announced = read_announcement(row.text)
    long = row.words > _LINE_WORDS or row.kind == "quote" or (not announced.closed and _is_sentence(rows, at))
    if long or _continues(rows, at) or is_public(announced, row) or starts_something_else(row):
        return False
    if announced.says and announced.whole:
        return _opens_alone(rows, at, announced)
    if announced.says:
        return _opens_with_rest(rows, at, announced)
    office = names_office(row) or (row.words <= 5 and ends_in_contact(row.text))
    return office and _reached_near(rows, at, 4)


def _continues(rows: Sequence[Row], at: int) -> bool:
    """Return whether a row goes on with a sentence that began in the line above, of running text that was wrapped."""
    row, above = rows[at], rows[max(0, at - 1)]
    if row.gap or above.data.reaches or len(above.text) < _WRAP_FROM:
        return False
    return not above.text.endswith((".", ":", "!", "?", "。", "：", "”", '"')) and above.words > 7


def _opens_alone(rows: Sequence[Row], at: int, announced: Announcement) -> bool:
    """Return whether a line that only announces opens a section; “Media” alone does so as a heading, or late."""
    row = rows[at]
    if announced.strong:
        return _reached_near(rows, at, _NEAR)
    below = rows[at + 1] if at + 1 < len(rows) else row
    if announced.closed and not below.gap and below.words <= SHORT and names_press(below.text):
        return _reached_near(rows, at, 5)
    if announced.closed and asks_to_reach(announced.words) and below.data.reaches and has_name(below.text):
        return True
    beside = below is not row and not below.gap and below.data.reaches and has_name(below.text)
    shown = announced.closed or row.heading or row.strong or at > len(rows) // 2 or beside
    return announced.press and shown and _reached_near(rows, at, 5)


def _is_sentence(rows: Sequence[Row], at: int) -> bool:
    """Return whether a row is running text: an item of a list, or a paragraph that an editor wrapped."""
    row = rows[at]
    last = at
    while row.kind == "paragraph" and last + 1 < len(rows) and rows[last + 1].piece == row.piece:
        last += 1
        if last - at == _SENTENCE_LINES:
            return False
    return rows[last].text.endswith(".") and sum(one.words for one in rows[at : last + 1]) > 5


def _opens_with_rest(rows: Sequence[Row], at: int, announced: Announcement) -> bool:
    row = rows[at]
    told = announced.strong or announced.press
    if row.data.reaches:
        return told or (announced.closed and has_name(announced.rest))
    if not told:
        return False
    rest = announced.rest.rstrip(":")
    named = has_name(rest) or names_organisation(rest)
    return (announced.closed or row.text.rstrip().endswith(":") or named) and _reached_near(rows, at, 5)


def _reached_near(rows: Sequence[Row], at: int, near: int) -> bool:
    for row in rows[at : at + near + 1]:
        if row.words > _LINE_WORDS + 15 or (row is not rows[at] and starts_something_else(row)):
            return False
        if row is not rows[at] and row.words > _LINE_WORDS and not row.data.reaches:
            return False
        if row.data.reaches:
            return not (row is not rows[at] and is_public(read_announcement(row.text), row))
    return False


def _end(rows: Sequence[Row], at: int) -> int:
    """Return the row at which a section ends."""
    reached = rows[at].data.reaches
    for i in range(at + 1, len(rows)):
        row = rows[i]
        if row.kind == "quote" or starts_something_else(row):
            return i
        announced = read_announcement(row.text)
        if is_public(announced, row) or asks_elsewhere(row):
            return i
        if row.data.reaches or row.data.labelled:
            if row.words > _LINE_WORDS + (15 if announced.says else 0):
                return i
            reached = True
            continue
        if announced.whole and announced.says and _opens(rows, i):
            reached = False
            continue
        if not _goes_on(rows, i, reached=reached):
            return i
    return len(rows)


def _goes_on(rows: Sequence[Row], at: int, *, reached: bool) -> bool:
    """Return whether a row of words alone belongs to a section."""
    row = rows[at]
    prose = row.words > (SHORT + 8 if is_japanese(row.text) else SHORT) or (
        row.text.endswith((".", "。")) and row.words > 5
    )
    if prose or (row.heading and not looks_like_name(row.text)):
        return False
    if not reached:
        return True
    below = rows[at + 1] if at + 1 < len(rows) else row
    if is_label(row.text) and below.data.reaches:
        return True
    if row.words <= 4 and has_name(below.text) and (below.data.reaches or _reached_soon(rows, at)):
        return True  # a town or a subject, with somebody under it
    if person_words(row.text) or not row.gap:
        return _reached_soon(rows, at) or (not row.gap and person_words(row.text))
    return False


def _reached_soon(rows: Sequence[Row], at: int) -> bool:
    for row in rows[at + 1 : at + 5]:
        if row.words > _LINE_WORDS or starts_something_else(row) or (row.heading and not row.data.reaches):
            return False
        if row.data.reaches:
            return not is_public(read_announcement(row.text), row)
    return False


def _read(section: Sequence[Row]) -> People:
    reader = People()
    for i, row in enumerate(section):
        announced = read_announcement(row.text)
        text = row.text
        if announced.says and (i == 0 or announced.strong or announced.press):
            text = text if _is_title(announced, row, first=i == 0) else announced.rest
            if reader.complete:
                reader.part()
        text = row.text if i and reader.awaits_number and is_office(row.text) else text
        if text:
            prose = row.words > _LINE_WORDS or (row.words > 8 and row.text.endswith((".", "。")))
            reader.add(Line(row.line.number, asked_for(text)), sentence=prose)
    return reader


def _is_title(announced: Announcement, row: Row, *, first: bool) -> bool:
    """Return whether the words of an announcement are those of an office or a role, and so of a contact too."""
    if announced.closed or row.data.reaches:
        return False
    if announced.strong:
        return not first and names_role(row.text)
    return names_role(row.text) or names_organisation(row.text)


def _set_contacts(draft: Draft, reader: People, lines: Sequence[Line]) -> None:
    found = [(contact, person.line) for person in reader.finish() for contact in person.contacts()]
    for contact, line in found:
        draft.contacts.append(contact)
        words = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
        shown = ", ".join(filter(None, words))
        draft.found("contact", shown, line)
        if not contact.name:
            draft.say("unsure-contact", f"nobody is named beside {shown}", line)
    _keep_words(draft, [contact for contact, _ in found], lines)


def _keep_words(draft: Draft, contacts: Sequence[MediaContact], lines: Sequence[Line]) -> None:
    known = count_words(" ".join(_contact_words(contacts)))
    for line in lines:
        if count_words(line.text) - known:
            draft.keep("contacts", line)


def _contact_words(contacts: Iterable[MediaContact]) -> Iterable[str]:
    for contact in contacts:
        yield from (contact.name, contact.role, contact.organisation, contact.note, *contact.phones, *contact.emails)


def _take_unheaded(draft: Draft, rows: Sequence[Row]) -> list[Row]:
    """Take a short block in which somebody can be reached, where nothing announces any; return its rows."""
    at = 0
    while at < len(rows):
        row = rows[at]
        if not row.data.reaches or row.words > SHORT + 4 or is_said(row) or asks_elsewhere(row):
            at += 1
            continue
        start = _start(rows, at)
        stop = max(_end(rows, start), at + 1)
        block = list(rows[start:stop])
        titled = len(block) > 2 and looks_like_name(block[0].text) and names_role(block[1].text)
        if not _is_for_public(block) and (titled or any(map(names_somebody, block))):
            draft.say("unsure-contact", "taken as a media contact, though no heading says so", block[0].line.number)
            _set_contacts(draft, _read(block), [row.line for row in block])
            return block
        at = stop  # judged as a whole
    return []


def _start(rows: Sequence[Row], at: int) -> int:
    """Return where a block begins that nothing announces: the short lines above a number, up to a name over a gap."""
    start = at
    for i in range(at - 1, max(-1, at - 6), -1):
        row, below = rows[i], rows[i + 1]
        if row.words > 8 or row.data.reaches or row.heading or starts_something_else(row) or row.text.endswith("."):
            break
        if below.gap and not (looks_like_name(row.text) or names_role(row.text)):
            break
        start = i
    return start


def _is_for_public(block: Sequence[Row]) -> bool:
    if any(opts_out(row.text) for row in block):
        return True
    return any(names_other(row.text) for row in block) and not any(names_press(row.text) for row in block)


# Contact row words: what a row says by itself, without the rows around it.

SHORT = 10  # words
_PURPOSE = re.compile(r"(?:for|to|pour|per|para|für|um|zum|zur|om|voor)\s[^:@\d]{3,60}(?=:\s)", re.IGNORECASE)


def is_public(announced: Announcement, row: Row) -> bool:
    """Return whether a row is for the public, or about getting no more mail, and not for the press."""
    public = announced.other or names_other(row.text)
    return opts_out(row.text) or (public and not (announced.press or names_press(row.text)))


def asks_elsewhere(row: Row) -> bool:
    """Return whether a row says before its number that it is for something else: “For travel information: 0870 …”."""
    told = _PURPOSE.match(row.text)
    if told is None or not row.data.reaches or names_press(told.group()) or read_announcement(told.group()).whole:
        return False
    return not any(read_person(word)[0] for word in row.data.words)


def names_office(row: Row) -> bool:
    """Return whether a short line names an office for the press: “Example Trust Press Office”."""
    return row.words <= SHORT and names_press(row.text) and asks_to_reach(row.text) and not row.text.endswith(".")


def person_words(text: str) -> bool:
    """Return whether a row begins with a name, or names a role or a body."""
    first = re.split(r"[,;(|]|\s[–/&-]\s", text, maxsplit=1)[0].strip()
    return looks_like_name(first) or names_role(text) or names_organisation(text) or bool(read_person(first)[0])


def starts_something_else(row: Row) -> bool:
    """Return whether a row begins what is no contact: notes, a boilerplate, the end."""
    if row.data.reaches:
        return False
    tests = (is_end_mark, is_notes_heading, is_about_heading, is_label_line)
    return any(test(row.text) for test in tests) or _is_masthead(row)


def _is_masthead(row: Row) -> bool:
    """Return whether a row is the release label with who issues it beside: “Press release · Example Trust”."""
    first, mark, _ = re.split(r"(\s[·|•–—]\s|$)", row.text, maxsplit=1)
    return bool(mark) and is_label_line(first)


def is_said(row: Row) -> bool:
    """Return whether a row is somebody's words, or a sentence: no block of contact data."""
    return row.kind == "quote" or row.text[:1] in '“"«„「' or (row.text.endswith(".") and row.words > 8)


def names_somebody(row: Row) -> bool:
    """Return whether a row has a word for the press, or a name for certain."""
    words = row.data.words
    if any(names_press(word) for word in words) or any(
        names_press(email.partition("@")[0]) for email in row.data.emails
    ):
        return True
    return any(is_surely_name(word) or is_surely_name(read_person(word)[0]) for word in words) or (
        bool(words) and looks_like_name(words[0]) and row.data.reaches
    )


# Contact sentences: people whom running text asks a journalist to reach.
#
# Recognises “For interviews please contact Ann Bell on …”; the sentence stays where it is. Where a section names
# contacts, only a sentence for the press adds to them.

_SENTENCE_WORDS = 60
_WORDS_OF_A_LINE = 8
_TITLES = "".join(rf"(?<!{title}\.)" for title in ("Prof", "Dott", "Dipl", "Arch", "Magg", "phil"))
_SENTENCES = re.compile(rf"(?<=[^\W\d_A-ZÀ-Þ]{{3}}[.!?]){_TITLES}\s+(?=[^\W\d_a-zß-ÿ])|(?<=[.!?][”\"»)])\s+|(?<=。)")


def read_sentences(draft: Draft, rows: Sequence[Row]) -> None:
    """Read contacts from sentences that ask to reach somebody; the sentence stays where it is."""
    sure = not draft.contacts
    for text, line in _sentences(rows):
        press = names_press(text)
        public = opts_out(text) or (names_other(text) and not press)
        if not asks_to_reach(text) or public or not (press or sure):
            continue
        reader = People()
        reader.add(Line(line, asked_for(text)), sentence=True)
        people = [person for person in reader.finish() if person.reaches]
        named = [person for person in people if person.names]
        chosen = named or (people if press and not draft.contacts else [])
        for contact in (contact for person in chosen for contact in person.contacts()):
            draft.contacts.append(contact)
            draft.found("contact", text, line)
            shown = contact.name or (*contact.phones, *contact.emails)[0]
            draft.say("unsure-contact", f'"{shown}" was read from a sentence: is it the media contact?', line)


def asked_for(text: str) -> str:
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


def _sentences(rows: Sequence[Row]) -> Iterable[tuple[str, int]]:
    """Yield the sentences in which there is a number or an address, with their lines."""
    pieces: dict[int, list[Row]] = {}
    for row in rows:
        pieces.setdefault(row.piece * 1000 + (row.place if row.kind == "list" else 0), []).append(row)
    for group in pieces.values():
        if not any(row.data.reaches for row in group) or group[0].kind == "quote":
            continue
        text = " ".join(row.text for row in group)
        lines = len(group) > 1 and all(row.words <= _WORDS_OF_A_LINE for row in group)
        if lines and not text.endswith((".", "。")):
            continue  # a block of short lines is no sentence
        for sentence in _SENTENCES.split(text):
            if len(sentence.split()) <= _SENTENCE_WORDS and sentence[:1] not in '“"«„「':
                yield sentence, group[0].line.number


# Contact rows: a draft as lines in which contacts can be looked for, and taking them out again.


@dataclass(frozen=True, slots=True)
class Row:
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
        """Return the words of the row."""
        return self.line.text

    @property
    def words(self) -> int:
        """Count the words of the row, without numbers and addresses; four signs of Japanese make one."""
        signs = sum(1 for sign in self.text if "\u3040" <= sign <= "\u9fff")
        return sum(1 for word in self.text.split() if "@" not in word and any(map(str.isalpha, word))) + signs // 4


def rows_of(draft: Draft) -> list[Row]:
    """Return all rows of a draft, from top to bottom."""
    return [row for index, piece in enumerate(draft.pieces) for row in _rows(index, piece)]


def _rows(index: int, piece: Piece) -> Iterator[Row]:
    first = True
    for place, number, inline in _inlines(piece):
        text = " ".join(_written_out(inline).replace(BREAK, " ").split(" "))
        if not text.strip():
            continue
        shown = text.strip()
        yield Row(
            index,
            place,
            Line(number, "\t".join(" ".join(field.split()) for field in shown.split("\t") if field.strip())),
            parse_contact_line(shown),
            gap=first,
            heading=isinstance(piece.block, Heading),
            kind=piece.block.kind,
            strong=all(span.strong for span in inline if span.text.strip()),
        )
        first = False


def _inlines(piece: Piece) -> Iterator[tuple[int, int, Inline]]:
    """Yield the running texts of a piece with the place that `take_rows` knows them by, and their line."""
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
    if isinstance(block, Table) and _is_beside(items):
        placed.sort(key=lambda one: one[1])
    yield from ((place, piece.line + place, inline) for place, _, cell in placed for inline in split_lines(cell))


def _is_beside(rows: Sequence[Sequence[Inline]]) -> bool:
    """Return whether people stand beside each other in a table: all cells of a row hold a number, or all an address."""
    kinds = [[parse_contact_line(plain(cell)) for cell in row if plain(cell).strip()] for row in rows]
    return any(len(row) > 1 and (all(cell.phones for cell in row) or all(cell.emails for cell in row)) for row in kinds)


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


def take_rows(draft: Draft, rows: Iterable[Row]) -> None:
    """Take rows out of a draft; a piece without rows goes."""
    gone: dict[int, set[int]] = {}
    for row in rows:
        gone.setdefault(row.piece, set()).add(row.place)
    left: list[Piece] = []
    for index, piece in enumerate(draft.pieces):
        rest = _without(piece, gone[index]) if index in gone else piece
        left.extend([rest] if rest else [])
    draft.pieces = left


def _without(piece: Piece, places: set[int]) -> Piece | None:
    block = piece.block
    if isinstance(block, ListBlock):
        items = tuple(item for place, item in enumerate(block.items) if place not in places)
        return replace(piece, block=replace(block, items=items)) if items else None
    if isinstance(block, Table):
        rows = tuple(row for place, row in enumerate(block.rows, 1) if place not in places)
        return replace(piece, block=replace(block, head=() if 0 in places else block.head, rows=rows)) if rows else None
    return piece.without(places)
