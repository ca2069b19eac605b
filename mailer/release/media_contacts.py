"""Media contacts: the words that announce contacts, where a release names them, and who they are.

A line is an announcement (“For all media enquiries please contact”) if all its words are words of announcements and one
of them means “contact”, so no list of whole headings is needed. Recognises a section by the line that announces it,
alone or followed by the data; without an announcement, a block of short lines with a number and a name, or a press
office; and sentences that ask to contact someone, which stay in the text. Each source line is a `_Row`, with its data
and its announcement; `_People` makes people from rows.

A line whose words are not all used for people is kept beside them. Numbers for the public (tickets, donations,
witnesses) are not contacts.
Gaps: the margin of a page (`<aside>`) is left out before this is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from mailer import lazy_re as re
from mailer.frozen import dataclass, field, replace
from mailer.release.head.headlines import TITLE_MARKS
from mailer.release.head.labels import is_label_line
from mailer.release.people import (
    CITIES,
    GIVEN_NAMES,
    SHORTENED,
    ContactLine,
    Part,
    find_phones,
    from_addressed,
    has_name,
    is_addressed,
    is_label,
    is_short_name,
    is_surely_name,
    looks_like_name,
    names_organisation,
    names_role,
    parse_contact_line,
    read_person,
    sort_words,
    split_client,
    trim,
    without_title,
)
from mailer.release.pieces import BREAK, Draft, Line, Piece, count_words, split_lines
from mailer.release.sections import OPT_OUT, is_about_heading, is_end_mark, is_notes_heading
from mailer.release.values import Heading, Inline, ListBlock, MediaContact, Paragraph, Table, plain
from mailer.release.words import pattern, written

# The words that announce someone.

_BETWEEN = r"(?:[\s/&,'’\-–()\u3000・*_#]|\(s\))*"
_FRAME = r"[\s\W_]*(?:\d{1,2}[.)]\s+)?"
# a word that is the local part of an address, of 64 characters at most, does not count
_BORDER = r"(?:(?<=['’])|(?!\w))(?![\w.+-]{0,64}(?:@|\s?[\[({](?:at|ät)[\])}]))"
_PRESS_CORE = written("contacts", "press_core").pattern
_COMPOUND = r"[a-zà-ÿ-]{3,20}kontakte?"  # “Agenturkontakt”
_CAPITAL = re.compile(r"\s[^\W\d_a-zß-öø-ÿ]")  # “Press contact Una Bell”: her name is an article in other languages
_STRONG = rf"{{core}}|{{contacts}}|{_COMPOUND}"
_ASKS = written("contacts", "asks")


@dataclass(frozen=True, slots=True)
class Announcement:
    """The words at the front of a line that announce a contact, empty if there are none, and the rest of the line.

    `strong` says that “contact” is among them, `press` that they are for the press; `closed` that a colon or a bracket
    ends them.
    """

    words: str = ""
    rest: str = ""
    strong: bool = False
    press: bool = False
    closed: bool = False

    @property
    def is_present(self) -> bool:
        """Return whether there is an announcement."""
        return bool(self.words)

    @property
    def is_whole(self) -> bool:
        """Return whether the line has nothing else."""
        return self.is_present and not self.rest


def read_announcement(text: str) -> Announcement:
    """Read the announcement at the front of a line."""
    word = rf"(?:{{core}}|{{contacts}}|{{ask}}|{{press}}|{{info}}|{{around}}|{{phone_kind}}|{_COMPOUND})"
    follows = pattern(rf"(?:\A{_FRAME}|(?!\A){_BETWEEN})(?P<word>(?<!\w){word}{_BORDER})")  # it has many words
    first = match = follows.match(text)
    if first is None:
        return Announcement()
    end = first.end()
    while (match := follows.match(text, end)) and not (_is_given(match["word"]) and _CAPITAL.match(text, match.end())):
        end = match.end()
    words, rest = text[first.start("word") : end], text[end:]
    mark = re.match(
        r"(?:\(s\))?\s*[:：\])】〉》＞>』」]+\s*|\s*\([^)]{1,40}\)\s*:\s*|\s*[.·|–—*_#-]+\s+|[\s\W_]+$", rest
    )
    closed = mark is not None and re.search(r"[:：\])】〉》＞>』」]", mark.group()) is not None
    rest = rest[mark.end() :] if mark else rest
    if not any(map(str.isalnum, rest)):
        rest = ""
    return Announcement(words.strip(), rest.strip(), _has(_STRONG, words), names_press(words), closed)


def is_public(text: str) -> bool:
    """Return whether a text is for the public (tickets, donations, witnesses), not for the press, or is an opt-out."""
    other = pattern(r"(?<!\w)(?:{other})(?!\w)").search(text) is not None
    return OPT_OUT.search(text) is not None or (other and not names_press(text))


def names_press(text: str) -> bool:
    """Return whether a text has a word for the press."""
    return _has("{press}", text) or _has(_PRESS_CORE, text)


def asks_to_reach(text: str) -> bool:
    """Return whether a text has a word that asks to reach someone."""
    return _has(f"{_STRONG}|{{ask}}|{{info}}", text)


def names_office(text: str) -> bool:
    """Return whether a short line names an office: “Example Trust Press Office”, “Gallery contact:”."""
    ends = pattern(rf"(?<!\w)(?:{_STRONG})\W*$").search(text) is not None
    return ends or (names_press(text) and asks_to_reach(text) and text[-1:] != ".")


def is_office(text: str) -> bool:
    """Return whether a text is only an office or a field, which may be someone's role: “Press Office”, “Prensa”."""
    announced = read_announcement(text)
    alone = announced.is_whole and announced.press and not announced.closed
    return alone and text[:1].isupper() and not _ASKS.search(text)


def texts_after_request(text: str, first: int) -> tuple[str, ...]:
    """Return the text behind each word, before a character, that asks to reach someone; the last such word first."""
    matches = pattern(rf"(?<!\w)(?:{{core}}|{{contacts}}|{{ask}}){_BORDER}").finditer(text[:first])
    rests = [text[match.end() :] for match in matches]
    return tuple(rest for rest in reversed(rests) if rest.strip(" .,:;"))


def _has(fields: str, text: str) -> bool:
    return pattern(rf"(?<!\w)(?:{fields}){_BORDER}").search(text) is not None


# The section.

_LINE_WORDS, _SHORT = 20, 10
_FIELDS = re.compile(r"\t|\s{3,}")
_LEADERS = re.compile(r"(?<=\w)\s*(?:(?:\s?\.){4,}+|…{2,}+|_{4,}+)[\s._…]*+(?=\S)")  # “Contact ........ Ann Bell”
_FIELD_ENDS = re.compile(r"\s*[,;|\t(،]|\s[·•–—-]\s")
_WRAP_FROM = 50  # characters: a line of wrapped text is at least so long
_NEAR = 7  # rows under an announcement, one of which must have a number or an address
_SOON = 4  # the same for an announcement that may mean something else
_ABOVE = 6  # rows above a number that may belong to it without an announcement
_SENTENCE_WORDS = 60
_MENTIONS = 3  # times that a release, contacts included, names a body; a person is named less often
_WORDS_OF_A_LINE = 8
_TITLES = "".join(rf"(?<!{title}\.)" for title in ("Prof", "Dott", "Dipl", "Arch", "Magg", "phil"))
_SENTENCES = re.compile(  # also behind a telephone number
    rf"(?:(?<=[^\W\d_A-ZÀ-Þ]{{3}}[.!?]){_TITLES}|(?<=\d{{3}}[.!?]))\s+(?=[^\W\d_a-zß-ÿ])|(?<=[.!?][”\"»)])\s+|(?<=。)"
)
_RUNG = re.compile(
    r"(?P<name>(?:(?:Dr|Prof)\.\s){0,2}[A-ZÀ-Þ][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+){0,3})"
    r"(?:,|:|\s\(|\s(?:on|at|unter|au|al|op|no|pelo))\s?(?=[+(\d][\d\s()/+-]{6})"
)
_AND = re.compile(r"\s+(?:and|und|et|y|e|ed|en|&|or|oder|ou|o|of|\+)\s+|\s*/\s*|、|・", re.IGNORECASE)
_SIGN = re.compile("[\u3040-\u9fff]")
# “Gull Point, PH1 2AB”, “Alte Werft, 28195 Bremen”: a house or a street is before it
_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$|\d{4,6}(?: ?[A-Z]{2})? [^\W\d_]|\b[A-Z]{2} \d{5}(?:-\d{4})?$"
)
_HOURS = written("contacts", "hours")  # hours, or the reading of a Japanese name


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the source: its piece and its place there, its contact data and its announcement.

    `gap` says that it begins a piece, `kind` is the kind of that block, `strong` says that all of it is bold; `words`
    counts without numbers and addresses, four Japanese characters as one.
    """

    piece: int
    place: int
    line: Line
    data: ContactLine
    announced: Announcement
    words: int
    gap: bool
    kind: str
    strong: bool
    label: bool

    @property
    def text(self) -> str:
        return self.line.text

    @property
    def is_full_sentence(self) -> bool:
        ended = self.text.endswith((".", "。")) and not SHORTENED.search(self.text[:-1])  # “Badeverein e. V.”
        return ended and self.words > 5


def recognise_contacts(draft: Draft) -> None:
    """Extract the contacts from the draft."""
    if not draft.wants("contacts"):
        return
    rows = [row for index, piece in enumerate(draft.pieces) for row in _rows(index, piece)]
    for at, row in enumerate(rows):
        # “Presse” is a label, but an office right above a number
        is_office_line = row.label and (row.words == 1 or names_role(row.text))
        if is_office_line and any(one.piece == row.piece and one.data.reaches for one in rows[at + 1 : at + 3]):
            rows[at] = replace(row, label=False)
    taken: list[_Row] = []
    stop = 0
    for at in range(len(rows)):
        if at < stop or not _opens(rows, at):
            continue
        end = _end(rows, at)
        section = rows[_start(rows, at, end, stop) : end]
        if any(row.data.reaches for row in section):
            _set_contacts(draft, section)
            taken += section
            stop = end
    if draft.guess:
        _read_sentences(draft, [row for row in rows if row not in taken])
        taken += _take_unheaded(draft, rows, taken)
    gone: dict[int, set[int]] = {}
    for row in taken:
        gone.setdefault(row.piece, set()).add(row.place)
    parts = (_without(piece, gone[index]) if index in gone else piece for index, piece in enumerate(draft.pieces))
    draft.pieces = [piece for piece in parts if piece]


# Where a section begins and ends.


def _opens(rows: Sequence[_Row], at: int) -> bool:
    """Return whether a row opens a section: it announces a contact with a number or address in it or under it."""
    row, above, announced = rows[at], rows[max(0, at - 1)], rows[at].announced
    # it continues a wrapped sentence from the line above
    wrapped = not row.gap and len(above.text) >= _WRAP_FROM and above.words >= _WORDS_OF_A_LINE
    wrapped = wrapped and not above.text.endswith((".", ":", "!", "?", "。", "：", "”", '"'))
    is_long = row.words > _LINE_WORDS or row.kind == "quote" or (not announced.closed and _is_sentence(rows, at))
    if wrapped or is_long or is_public(row.text) or _starts_something_else(row):
        return False
    below = rows[at + 1] if at + 1 < len(rows) else row
    # “Head of Press”, between her name and her number
    is_role = below.data.reaches and names_press(row.text) and names_role(row.text) and is_surely_name(above.text)
    if not announced.is_present:
        return row.words <= _SHORT and (names_office(row.text) or is_role) and _is_reached(rows, at, _SOON)
    if not announced.is_whole:
        rest = announced.rest.rstrip(":")
        ends = announced.closed or row.text.rstrip().endswith(":") or has_name(rest) or names_organisation(rest)
        is_for_contacts = announced.strong or announced.press
        return is_for_contacts and (row.data.reaches or ends) and _is_reached(rows, at, _SOON)
    # “Media” alone opens one as a heading, late in the release, or right above a name
    named = below.data.reaches and has_name(below.text)
    shown = announced.closed or row.kind == "heading" or row.strong or at > len(rows) // 2 or (named and not below.gap)
    has_request = asks_to_reach(announced.words)
    # “Investors:”, “Ann Bell”; “For more information”, “Ann Bell”
    is_led = (announced.closed or has_request or row.strong) and has_name(below.text) and below.words <= _SHORT
    return (announced.strong or is_led or (announced.press and (shown or is_role))) and _is_reached(rows, at, _NEAR)


def _start(rows: Sequence[_Row], at: int, end: int, least: int) -> int:
    """Return the first row of a section: the name of its office or person may be right above the row that opens it."""
    is_office_line = not rows[at].announced.strong or names_role(rows[at].announced.words)
    reached = next((i for i in range(at, end) if rows[i].data.reaches), end)  # a name behind it may be another's
    unnamed = not any(map(has_name, (rows[at].announced.rest, *(row.text for row in rows[at + 1 : reached + 1]))))
    start = at
    while start > least:
        above, is_close = rows[start - 1], not rows[start].gap
        belongs = is_office_line and above.words <= _SHORT // 2 and _names_someone(above.text)
        belongs = belongs or (above.data.reaches and above.words <= _SHORT and has_name(above.text))
        named = is_surely_name(above.text) or (is_close and looks_like_name(above.text))
        if not (is_close and belongs and not _starts_something_else(above)) and not (start == at and unnamed and named):
            break
        start -= 1
    return start


def _is_sentence(rows: Sequence[_Row], at: int) -> bool:
    """Return whether a row is running text: an item of a list, or a paragraph of few lines that an editor wrapped."""
    is_wrapped = rows[at].kind == "paragraph"
    lines = [row for row in rows[at : at + 5] if row.piece == rows[at].piece] if is_wrapped else [rows[at]]
    return len(lines) < 5 and lines[-1].text.endswith(".") and sum(row.words for row in lines) > 5


def _is_reached(rows: Sequence[_Row], at: int, near: int) -> bool:
    """Return whether a row or one of the next has a number or address, before something else begins."""
    for i, row in enumerate(rows[at : at + near + 1]):
        if row.data.reaches:
            return not is_public(row.text)
        if row.words > _LINE_WORDS or (i and _starts_something_else(row)):
            return False
    return False


def _end(rows: Sequence[_Row], at: int) -> int:
    reached = rows[at].data.reaches
    for i in range(at + 1, len(rows)):
        row = rows[i]
        long = row.words > _LINE_WORDS and not row.announced.is_present
        if row.kind == "quote" or long or _starts_something_else(row) or is_public(row.text) or _is_elsewhere(row):
            return i
        if row.data.reaches or row.data.labelled:
            reached = True
        elif row.announced.is_whole and _opens(rows, i):
            reached = False
        elif row.words > _SHORT or row.is_full_sentence or (row.kind == "heading" and not looks_like_name(row.text)):
            return i
        elif reached and not is_label(row.text) and trim(row.text):  # “or” separates two people
            # a row of words continues the section if two things suggest it: its words, the row below, no gap
            under = rows[min(i + 1, len(rows) - 1)]
            titled = any(without_title(word) != word for word in under.data.words)  # “Bildstelle, Frau Glocke”
            below = row.words <= _SHORT // 2 and (titled or has_name(under.text))
            signs = (_names_someone(row.text), _is_reached(rows, i + 1, 3), not row.gap, below)
            if sum(signs) < 2 or (row.gap and not _is_reached(rows, i + 1, _NEAR)):
                return i
            reached = not (has_name(row.text) and _is_reached(rows, i + 1, _SOON))  # or another person begins
    return len(rows)


def _names_someone(text: str) -> bool:
    """Return whether a row begins with a name, or has a role or the name of a body."""
    return has_name(text) or names_role(text) or names_organisation(text)


def _starts_something_else(row: _Row) -> bool:
    """Return whether a row begins something other than contacts: notes, a boilerplate, the end, a release label."""
    tests = (is_end_mark, is_notes_heading, is_about_heading)
    title = TITLE_MARKS.fullmatch(row.text)  # but `Title: Press Officer`
    is_titled = title is not None and (row.words > _WORDS_OF_A_LINE // 2 or not names_role(row.text))
    if row.words > _WORDS_OF_A_LINE and pattern(r"\W*{notes}\s?[:：]").match(row.text):
        return True  # “Note to editors: Pictures are available on …”
    return not row.data.reaches and (is_titled or row.label or any(test(row.text) for test in tests))


_PURPOSE = re.compile(r"(?:for|to|pour|per|para|für|um|zum|zur|om|voor)\s[^:@\d]{3,60}(?=:\s)", re.IGNORECASE)


def _is_elsewhere(row: _Row) -> bool:
    """Return whether a row names another purpose before its number: “For travel information: 0870 …”."""
    match = _PURPOSE.match(row.text)
    if match is None or not row.data.reaches or names_press(match.group()) or read_announcement(match.group()).is_whole:
        return False
    return not any(read_person(word)[0] for word in row.data.words)


def _take_unheaded(draft: Draft, rows: Sequence[_Row], taken: Iterable[_Row]) -> list[_Row]:
    """Read short blocks with a number or address that nothing announces; return their rows.

    After a section with contacts, or the first such block, only a person in the head or right beside them counts.
    """
    taken_places = {(row.piece, row.place) for row in taken}
    story = next((i for i, row in enumerate(rows) if row.words > _LINE_WORDS), len(rows))
    found: list[_Row] = []
    stop = 0
    for at, row in enumerate(rows):
        other = row.kind == "quote" or row.text[:1] in '“"«„「'
        other = other or (row.text.endswith(".") and row.words > _WORDS_OF_A_LINE)
        known = {number for contact in draft.contacts for number in (*contact.phones, *contact.emails)}
        other = other or not known.isdisjoint((*row.data.phones, *row.data.emails))  # of a sentence
        if at < stop or not row.data.reaches or row.words > _LINE_WORDS or other or _is_elsewhere(row):
            continue
        start = at
        while start > max(stop, at - _ABOVE):
            above = rows[start - 1]
            is_end = above.is_full_sentence or above.kind == "heading" or _starts_something_else(above)
            is_gap = rows[start].gap and (not _names_someone(above.text) or looks_like_name(rows[start].text))
            if above.words > _WORDS_OF_A_LINE or is_end or is_gap:
                break
            start -= 1
        end = next((i for i in range(start, len(rows)) if (rows[i].piece, rows[i].place) in taken_places), len(rows))
        end = min(max(_end(rows, start), at + 1), end)
        if at >= end:
            continue
        block = list(rows[start:end])
        words = [word for one in block for word in one.data.words]
        boxes = [email.partition("@")[0] for one in block for email in one.data.emails]
        people = [name for word in words if (name := read_person(word)[0])]
        is_beside = start < story or rows[start - 1] in found[-1:]
        is_sure = is_beside and (any(map(is_surely_name, people)) or (people and any(map(names_role, words))))
        is_sure = is_sure or (is_beside and looks_like_name(block[0].text))
        is_first = not draft.contacts and (people or any(map(names_press, (*words, *boxes))))
        if (is_first or is_sure) and not is_public(" ".join(one.text for one in block)):
            draft.report("unsure-contact", "taken as a media contact, though no heading says so", block[0].line.number)
            _set_contacts(draft, block)
            found += block
            stop = end
    return found


def _read_sentences(draft: Draft, rows: Sequence[_Row]) -> None:
    """Read contacts from sentences that ask to reach someone: “For interviews please contact Ann Bell on …”.

    Where a section names contacts, only a sentence for the press adds to them.
    """
    sure = not draft.contacts
    pieces: dict[tuple[int, int], list[_Row]] = {}
    for row in rows:
        pieces.setdefault((row.piece, row.place if row.kind == "list" else 0), []).append(row)
    for group in pieces.values():
        whole, line = " ".join(row.text for row in group), group[0].line.number
        is_block = len(group) > 1 and all(row.words <= _WORDS_OF_A_LINE for row in group)
        # a block of short lines is not a sentence
        if not any(row.data.reaches for row in group) or (is_block and not whole.endswith((".", "。"))):
            continue
        for text in _SENTENCES.split(whole):
            is_for_press = names_press(text)
            is_short = len(text.split()) <= _SENTENCE_WORDS
            rung = _RUNG.search(text)  # “Ann Bell on 0161 496 0222”
            data, asks = parse_contact_line(text), asks_to_reach(text)
            # a person with a number and an address of their own may be a contact
            before, addressed = from_addressed(text, data.emails) if (sure and data.phones) or asks else ("", "")
            if addressed and parse_contact_line(before).reaches:
                addressed = f"{_requested(before)} {addressed}"  # another person comes before
            is_request = (is_for_press or sure) and (asks or addressed)
            if not (is_request or (rung and is_surely_name(rung["name"]))) or not is_short or is_public(text):
                continue
            reader = _ContactReader()
            reader.add(Line(line, addressed or _requested(text)), sentence=True)
            people = [person for person in reader.finish() if person.reaches]
            named = [person for person in people if person.names]
            for person in named or (people if is_for_press and not draft.contacts else []):
                for contact in person.contacts():
                    draft.contacts.append(contact)
                    draft.note("contact", text, line, "a sentence that names a contact")
                    shown = contact.name or (*contact.phones, *contact.emails)[0]
                    draft.report(
                        "unsure-contact", f'"{shown}" was read from a sentence: is it the media contact?', line
                    )


# Making people of the rows.


def _set_contacts(draft: Draft, section: Sequence[_Row]) -> None:
    """Read the contacts of a section, and keep the lines with words that no contact has."""
    reader = _ContactReader()
    is_over = False
    first = section[0]
    opened = f"in the block that line {first.line.number} opens: "
    opened += (
        f'it announces "{first.announced.words}"'
        if first.announced.is_present
        else "no heading, but an address or a number"
    )
    for i, row in enumerate(section):
        announced, text = row.announced, row.text
        if announced.is_present and (i == 0 or announced.strong or announced.press):
            # an announcement may also be an office or a role, and so part of a contact
            title = names_role(text) or (names_organisation(text) and not announced.strong)
            if announced.closed or row.data.reaches or not title or (announced.strong and i == 0):
                text = announced.rest
            is_over = True  # another person is announced
        under = () if row.data.reaches or not row.gap else section[i + 1 : i + 2]  # of “Evenings and weekends”
        is_over = is_over or any(looks_like_name(word) for one in under for word in one.data.words[:1])
        is_over = is_over and any(person.reaches for person in reader.people[-1:])
        if reader.awaits_number and is_office(row.text):
            text = row.text
        if text:
            if is_over:
                reader.begin(row.line)
                is_over = False
            prose = row.is_full_sentence and row.words > _WORDS_OF_A_LINE
            named = not prose and looks_like_name(_FIELD_ENDS.split(text, maxsplit=1)[0])  # “Ann Bell, press contact”
            reader.add(Line(row.line.number, text if named else _requested(text)), sentence=prose)
    known = ""
    text = " ".join(piece.text for piece in draft.pieces).casefold()
    for person in reader.finish(lambda name: text.count(name.casefold())):
        for contact in person.contacts():
            draft.contacts.append(contact)
            words = (contact.name, contact.role, contact.organisation, *contact.phones, *contact.emails)
            known = " ".join((known, contact.note, *words))
            shown = ", ".join(filter(None, words))
            draft.note("contact", shown, person.line, opened)
            if not contact.name:
                draft.report("unsure-contact", f"no name is given for {shown}", person.line)
    for row in section:
        if count_words(row.text) - count_words(known):
            draft.keep("contacts", row.line, opened)
        else:
            draft.explain("contacts", row.line, opened, *(f"{part.kind}: {part.text}" for part in row.data.parts))


def _requested(text: str) -> str:
    """Return the part of a line behind a request to reach someone, if it names them before the first number."""
    entities = [part.text for part in parse_contact_line(text).parts if part.kind != "word"]
    first = min((text.find(one) for one in entities if one in text), default=0)
    rests = texts_after_request(text, first)
    words = [(rest, next((part.text for part in parse_contact_line(rest).parts), "")) for rest in rests]
    for matches in (lambda word: has_name(word) or _is_given(word), names_organisation):
        for rest, word in words:
            if matches(word):
                return rest
    return text


@dataclass(slots=True)
class _Person:
    names: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    line: int = 0
    row: int = 0  # of the name, or else of the first words
    end: int = 0  # the line of the last number or address

    @property
    def reaches(self) -> bool:
        return bool(self.phones or self.emails)

    def settle(self, count: Callable[[str], int]) -> None:
        """Choose the name if none is certain: by the address, and by how often the release mentions each."""
        if any(map(is_surely_name, self.names)):
            return
        candidates = [*self.names, *self.words]
        likely = [each for each in candidates if is_addressed(each, self.emails)]
        if not likely and (not self.names or count(self.names[0]) >= _MENTIONS):
            likely = [each for each in self.words if looks_like_name(each) and count(each) < _MENTIONS]
        if likely and likely[0] not in self.names:
            self.words = [each for each in candidates if each != likely[0]]
            self.names = likely[:1]

    def contacts(self) -> Iterable[MediaContact]:
        """Yield one contact for each name; names on one line share its numbers and addresses."""
        words = tuple(dict.fromkeys(self.words))
        offices = [word for word in words if self.names and is_office(word) and not names_role(word)]
        role, organisation = sort_words(tuple(word for word in words if word not in offices))
        role = ", ".join(filter(None, (role, *offices)))
        notes = [note for note in dict.fromkeys(self.notes) if note]
        if len(self.phones) == 1:  # with only one number, the note that it is a mobile is dropped
            notes = [note for note in notes if self.phones[0] != note.partition(": ")[2] or "hours" in note.lower()]
        for name in self.names or [""]:
            reached = tuple(dict.fromkeys(self.phones)), tuple(dict.fromkeys(self.emails))
            yield MediaContact(name, role, organisation, *reached, "; ".join(notes))


@dataclass(slots=True)
class _ContactReader:
    """Builds people from lines of contact data, one line after the other."""

    people: list[_Person] = field(default_factory=list)
    _row: int = 0
    _numbered: bool = False  # a number or an address came earlier on this row

    @property
    def awaits_number(self) -> bool:
        """Return whether the last person has a name, but neither number nor address."""
        return bool(self.people) and bool(self.people[-1].names) and not self.people[-1].reaches

    def begin(self, line: Line) -> _Person:
        """Begin the next person."""
        self.people.append(_Person(line=line.number, row=self._row))
        return self.people[-1]

    def add(self, line: Line, *, sentence: bool = False) -> None:
        """Read a line; `sentence` says that it is running text."""
        self._row += 1
        self._numbered = False
        parts = parse_contact_line(line.text).parts
        last = max((i for i, part in enumerate(parts) if part.kind != "word"), default=-1)
        for i, part in enumerate(parts):
            if part.kind != "word":
                person = self.people[-1] if self.people else self.begin(line)
                person.end = line.number
                (person.phones if part.kind == "phone" else person.emails).append(part.text)
                person.notes += [f"{part.note}: {part.text}"] if part.note else []
                self._numbered = True
                continue
            if sentence and i > last:
                continue
            names, words = _judge(part, sentence=sentence)
            sure, follows = any(map(is_surely_name, names)), i + 1 < len(parts)
            behind = parts[i + 1].text if follows and (part.apart or (names_role(part.text) and not sure)) else ""
            labels = part.apart and not follows and not sure
            if labels and names:
                names, words = (), (part.text,)  # “For Example Foods:”, above the person
            if looks_like_name(behind) and is_surely_name(behind) >= (is_surely_name(part.text) or not part.apart):
                names, words = (), (part.text,)  # the body of the person behind the colon, though written as a name
            if follows and _POSTCODE.search(parts[i + 1].text) and not sure:
                (self.people[-1] if self.people else self.begin(line)).notes.append(part.text)
                continue
            for name in names:
                self._name(name, line, part)
            for word in words:
                if names:
                    self.people[-1].words.append(word)
                elif not sentence or _is_description(word, sentence=True):
                    self._other(word, line, follows=i < last, aside=part.aside and self._numbered)

    def _name(self, name: str, line: Line, part: Part) -> None:
        person = self.people[-1] if self.people else self.begin(line)
        if name.casefold() in map(str.casefold, person.names):
            return
        if person.names and not person.reaches:
            # a second name before any number shares it; a doubtful one is taken as a body's
            sure = part.named or is_surely_name(name)
            if sure and person.row != self._row and not any(map(is_surely_name, person.names)):
                person.words[:0], person.names = person.names, []
            (person.names if sure else person.words).append(name)
            return
        late = not person.names and (part.named or (person.row == self._row and not person.words))
        if person.reaches and not late:
            person = self.begin(line)
        person.names.append(name)
        person.row = self._row

    def _other(self, word: str, line: Line, *, follows: bool, aside: bool) -> None:
        person = self.people[-1] if self.people else self.begin(line)
        if _HOURS.search(word) and not names_role(word) and not looks_like_name(word):
            person.notes.append(word)
            return
        word, client = split_client(word)
        person.notes.extend([client] if client else [])
        is_known = names_role(word) or names_organisation(word)
        announced = read_announcement(word)
        if aside and (person.names or person.words) and not is_known:
            person.notes.append(word)  # “(WhatsApp only)”
        elif not word or pattern("{press}").fullmatch(word) or (announced.is_whole and not is_known):
            if person.reaches:
                self.begin(line)
        elif person.reaches and word[:1].islower() and not is_known:
            person.notes.append(word)  # neither a name nor a body begins like this
        else:
            if person.reaches and (not self._numbered or follows):
                person = self.begin(line)
            person.words.append(word)

    def finish(self, count: Callable[[str], int] = lambda _: 0) -> list[_Person]:
        """Return the people; words behind a person's last number, without a number of their own, go to that person."""
        found: list[_Person] = []
        for at, person in enumerate(self.people, 1):
            person.settle(count)
            last = found[-1] if found else _Person()
            is_sure = any(map(is_surely_name, person.names))
            is_other = person.names or person.words or last.names or (last.words and last.phones and person.phones)
            office = last.reaches and not last.names and person.line == last.end + 1  # right above a person
            lacks_number = not person.phones and not (person.emails and last.emails)
            is_shared = any(one.emails and not one.phones for one in self.people[at : at + 1])
            if office and lacks_number and not is_shared and (is_sure or (person.names and person.emails)):
                found[-1] = person
                person.words[:0], person.notes[:0] = last.words, last.notes
                person.phones[:0], person.emails[:0] = last.phones, last.emails
            elif not person.reaches and not is_sure and last.reaches:
                last.notes.extend((*person.words, *person.names))
            elif found and not is_other:
                last.phones.extend(person.phones)  # one office, whose number and address are apart
                last.emails.extend(person.emails)
                last.notes.extend(person.notes)
            elif person.names or person.reaches:
                found.append(person)
        for at, person in enumerate(found):  # all addresses may be at the end
            last = next((one for one in found[at + 1 : at + _NEAR] if one.emails), person)
            own_emails = [email for email in last.emails if any(is_addressed(name, [email]) for name in person.names)]
            if not person.emails and last.phones and not any(is_addressed(name, own_emails) for name in last.names):
                person.emails, last.emails = own_emails, [email for email in last.emails if email not in own_emails]
        return found


def _judge(part: Part, *, sentence: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names in a run of words, and the other words."""
    text = part.text
    several = [one.strip() for one in _AND.split(text)]
    named = part.named or any(map(looks_like_name, several))
    if sentence and named:  # “further details from Ann Bell or Bo Lind”
        several[0] = read_person(several[0])[0] or several[0]
    if len(several) > 1 and named and all(looks_like_name(one) or is_short_name(one) for one in several):
        return tuple(several), ()
    titled = without_title(text) != text and is_short_name(text)  # “Dr. Bell”
    if titled or (part.named and (is_short_name(text) or looks_like_name(text))) or (sentence and _is_given(text)):
        return (text,), ()
    name, words = read_person(text)
    if name:
        return (name,), tuple(word for word in words if _is_description(word, sentence=sentence))
    # the text behind an announcement: “please contact our press officer Ann Bell”
    announced = read_announcement(text)
    is_role_or_body = names_role(text) or names_organisation(text)
    if is_role_or_body and not sentence and (not announced.strong or names_role(text)):
        return (), (text,)
    rest = announced.rest if announced.is_present else next(iter(texts_after_request(text, len(text))), text)
    behind = trim(rest)
    if behind and behind != text:
        inner = _judge(Part("word", behind, named=announced.strong), sentence=sentence)
        kept = inner[0] or sentence or any(names_role(word) or names_organisation(word) for word in inner[1])
        return inner if kept or not is_role_or_body else ((), (text,))
    if sentence:  # a name in running text: only one whose first word is a given name, or that has a title
        parts = text.split()
        runs = (" ".join(parts[at : at + size]) for at in range(len(parts)) for size in (4, 3, 2))
        if found := next(filter(is_surely_name, runs), ""):
            return (found,), ()
    return (), (text,)


def _is_given(word: str) -> bool:
    """Return whether a word is a given name, and not a city: “call Helen on …”."""
    return word.casefold() in GIVEN_NAMES and word[:1].isupper() and word.casefold() not in CITIES


def _is_description(word: str, *, sentence: bool) -> bool:
    """Return whether words beside a name describe the person, and do not only announce them."""
    if sentence or read_announcement(word).is_whole or asks_to_reach(word):
        return names_role(word) or (names_organisation(word) and not word[:1].islower())
    return True


def merge_contacts(contacts: Iterable[MediaContact]) -> tuple[MediaContact, ...]:
    """Merge contacts of the same name (at the top and the end of a release) into one with all numbers."""
    merged: dict[str, MediaContact] = {}
    for number, contact in enumerate(contacts):
        key = contact.name.casefold() or f"\0{number}"
        first = merged.setdefault(key, contact)
        if first is not contact:
            merged[key] = replace(
                first,
                role=first.role or contact.role,
                organisation=first.organisation or contact.organisation,
                phones=tuple(dict.fromkeys((*first.phones, *contact.phones))),
                emails=tuple(dict.fromkeys((*first.emails, *contact.emails))),
                note="; ".join(filter(None, dict.fromkeys((first.note, contact.note)))),
            )
    return tuple(merged.values())


# A draft as rows, and taking them out again.


def _rows(index: int, piece: Piece) -> Iterator[_Row]:
    first = True
    for place, number, inline in _inlines(piece):
        shown = _LEADERS.sub(": ", _written_out(inline).replace(BREAK, " ")).strip()
        if not shown:
            continue
        text = "\t".join(" ".join(field.split()) for field in _FIELDS.split(shown) if field.strip())
        is_strong = all(span.strong for span in inline if span.text.strip())
        sign_count = len(_SIGN.findall(text))
        plain_words = (word for word in text.split() if "@" not in word and not _SIGN.search(word))
        words = sum(any(map(str.isalpha, word)) for word in plain_words) + sign_count // 4
        line, data, announced = Line(number, text), parse_contact_line(shown), read_announcement(text)
        yield _Row(index, place, line, data, announced, words, first, piece.block.kind, is_strong, is_label_line(text))
        first = False


def _inlines(piece: Piece) -> Iterator[tuple[int, int, Inline]]:
    """Yield the running texts of a piece with their place, as `_without` counts it, and their line."""
    block = piece.block
    if isinstance(block, Paragraph | Heading):
        yield from ((number, number, inline) for number, inline in enumerate(split_lines(piece.inline), piece.line))
        return
    items: Sequence[Sequence[Inline]] = ()
    if isinstance(block, ListBlock):
        items = [(item,) for item in block.items]
    elif isinstance(block, Table):
        items = (block.head, *block.rows)
    cells = [(place, at, cell) for place, row in enumerate(items) for at, cell in enumerate(row)]
    # people are beside each other in a table if all cells of a row have a number, or all an address
    kinds = [[parse_contact_line(plain(cell)) for cell in row if plain(cell).strip()] for row in items]
    if any(len(row) > 1 and (all(one.phones for one in row) or all(one.emails for one in row)) for row in kinds):
        cells.sort(key=lambda one: one[1])
    yield from ((place, piece.line + place, inline) for place, _, cell in cells for inline in split_lines(cell))


def _written_out(inline: Inline) -> str:
    """Return a text with the address added behind each link whose words do not show it: “E-mail Ann”."""
    whole = plain(inline)
    parts: list[str] = []
    for span in inline:
        scheme, _, address = span.url.partition(":")
        hidden = (scheme == "mailto" and "@" not in whole) or (scheme == "tel" and not find_phones(whole))
        shown = span.text if not hidden or looks_like_name(span.text.strip()) else ""
        parts.append(f"{shown} {address.split('?')[0]}" if hidden else span.text)
    return "".join(parts)


def _without(piece: Piece, places: set[int]) -> Piece | None:
    """Return a piece without some of its rows; None if none is left."""
    block = piece.block
    if isinstance(block, ListBlock):
        items = tuple(item for place, item in enumerate(block.items) if place not in places)
        return replace(piece, block=replace(block, items=items)) if items else None
    if isinstance(block, Table):
        rows = tuple(row for place, row in enumerate(block.rows, 1) if place not in places)
        return replace(piece, block=replace(block, head=() if 0 in places else block.head, rows=rows)) if rows else None
    return piece.without(places)
