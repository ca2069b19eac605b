"""Contact section: where in a release the people stand whom journalists may ring.

Recognises a section by the line that announces it («Media contact», «For interviews please contact»), alone or with
the data behind it, and, where nothing announces anybody, a block of short lines with a number and a name, or an office
for the press. `sentences` reads running text; `people` makes people of the lines.

A line whose words are not all in the people that came of it is kept beside them. Numbers for the public (tickets,
donations, witnesses) are no contacts.
Gaps: what a page holds in its margin (`<aside>`) is left out before anybody looks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailer.release.inline import count_words
from mailer.release.media_contacts.headings import (
    Announcement,
    asks_to_reach,
    ends_in_contact,
    is_office,
    names_other,
    names_press,
    opts_out,
    read_announcement,
)
from mailer.release.media_contacts.people import People
from mailer.release.media_contacts.row_words import (
    SHORT,
    asks_elsewhere,
    is_duty_number,
    is_public,
    is_said,
    labels_name,
    names_office,
    names_somebody,
    person_words,
    starts_something_else,
)
from mailer.release.media_contacts.rows import Row, rows_of, take_rows
from mailer.release.media_contacts.sentences import asked_for, read_sentences
from mailer.release.people.contact_line import is_label
from mailer.release.people.names import (
    has_name,
    is_japanese,
    is_surely_name,
    looks_like_name,
    names_organisation,
    names_role,
)
from mailer.release.pieces import Draft, Line
from mailer.release.values import MediaContact

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
    return _block_above(rows, start, taken) if office else start


def _block_above(rows: Sequence[Row], start: int, taken: Row | None) -> int:
    """Return where the block begins that holds somebody right above a section that no heading opens."""
    first = start
    while first and rows[first - 1].data.reaches and rows[first - 1].words <= SHORT and not is_said(rows[first - 1]):
        first -= 1
    if first == start or rows[start - 1] is taken:
        return start
    block = rows[_start(rows, first) : start]
    named = any(is_surely_name(word) for row in block for word in row.data.words)
    return start - len(block) if named and not _is_for_public(block) else start


def _opens(rows: Sequence[Row], at: int) -> bool:
    """Return whether a row opens a section: it announces somebody who can be reached in it or under it."""
    row = rows[at]
    announced = read_announcement(row.text)
    long = row.words > _LINE_WORDS or row.kind == "quote" or (not announced.closed and _is_sentence(rows, at))
    if long or _continues(rows, at) or is_public(announced, row) or starts_something_else(row):
        return False
    if labels_name(row) and _reached_near(rows, at, 3):
        return True
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
    """Return whether a line that only announces opens a section; «Media» alone does so as a heading, or late."""
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
        if not (_goes_on(rows, i, reached=reached) or (i == at + 1 and _leads_to(rows, i))):
            return i
    return len(rows)


def _leads_to(rows: Sequence[Row], at: int) -> bool:
    """Return whether a sentence under an announcement only sends the press to the number below it."""
    below = rows[at + 1] if at + 1 < len(rows) else rows[at]
    sends = names_press(rows[at].text) or asks_to_reach(rows[at].text)
    return sends and rows[at].words <= _LINE_WORDS and below.data.reaches and below.words <= SHORT


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
            if text == announced.rest and not row.data.reaches and _is_only_asked(announced):
                text = ""
            if reader.complete and (reader.is_named or not is_duty_number(row)):
                reader.part(headed=not row.data.reaches)
            reader.speak_for(text.rstrip(" :") if text == announced.rest and not row.data.reaches else "")
            if text == announced.rest and _is_scope(announced, section[i : i + 2]):
                reader.add_body(row.line, text.rstrip(" :"))
                text = ""
        text = row.text if i and reader.awaits_number and is_office(row.text) else text
        if text:
            prose = row.words > _LINE_WORDS or (row.words > 8 and row.text.endswith((".", "。")))
            reader.add(Line(row.line.number, asked_for(text)), sentence=prose)
    return reader


def _is_scope(announced: Announcement, rows: Sequence[Row]) -> bool:
    """Whether the words behind an announcement only say for what it is: «Press contact North Bay», over a name."""
    row, below = rows[0], rows[-1]
    alone = bool(announced.rest) and not announced.closed and not row.data.reaches and below is not row
    named = is_surely_name(next(iter(below.data.words), ""))
    return alone and named and not below.data.reaches and not is_surely_name(announced.rest)


def _is_only_asked(announced: Announcement) -> bool:
    """Return whether the words behind an announcement name nobody: «For orders and press contact», «To learn more:»."""
    rest = announced.rest.rstrip(" :")
    if has_name(rest):
        return False
    return ends_in_contact(rest) or (
        announced.rest != rest and rest[:1].islower() and not (names_role(rest) or names_organisation(rest))
    )


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
        if not _is_for_public(block) and (any(map(names_somebody, block)) or _is_name_over_role(block)):
            draft.say("unsure-contact", "taken as a media contact, though no heading says so", block[0].line.number)
            _set_contacts(draft, _read(block), [row.line for row in block])
            return block
        at = stop  # judged as a whole
    return []


def _may_stand_above(row: Row) -> bool:
    """Return whether a row may stand over a number: a name, a role, an address, a few words."""
    return person_words(row.text) or row.words <= 3 or any(map(str.isdigit, row.text))


def _start(rows: Sequence[Row], at: int) -> int:
    """Return where a block begins that nothing announces: the short lines above a number, up to a name over a gap."""
    start = at
    for i in range(at - 1, max(-1, at - 6), -1):
        row, below = rows[i], rows[i + 1]
        if row.words > 8 or row.data.reaches or row.heading or starts_something_else(row) or row.text.endswith("."):
            break
        if below.gap and not (looks_like_name(row.text) or names_role(row.text)):
            break
        if not below.gap and row.kind == "paragraph" and not (row.gap or _may_stand_above(row)):
            break
        start = i
    return start


def _is_name_over_role(block: Sequence[Row]) -> bool:
    return len(block) > 2 and looks_like_name(block[0].text) and names_role(block[1].text)


def _is_for_public(block: Sequence[Row]) -> bool:
    if any(opts_out(row.text) for row in block):
        return True
    return any(names_other(row.text) for row in block) and not any(names_press(row.text) for row in block)
