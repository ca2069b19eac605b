"""Labels: the lines above a release that say what it is, when it was issued and when it may be used.

Recognises the release label (FOR IMMEDIATE RELEASE), the date, a place beside the date, and a reference number, in
the lines before the first paragraph of prose (`embargo_lines` takes the embargo). A line counts only if nothing but
these is in it; of a line in columns (“Example Trust      PRESS RELEASE”) one column is enough. A date that stands
alone further down is taken where the head has none.

Gaps: an English date such as 4/6/2027 is told as unclear, since two countries read it differently.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.errors import Severity
from mailer.release.dateline_text import read_dateline_text
from mailer.release.head.embargo_lines import NO_EMBARGO_LINE, is_embargo_line
from mailer.release.head.holds import NO_EMBARGO_LABEL, find_holds, names_day
from mailer.release.head.label_line import MAX_WORDS, LabelLine, read_label_line
from mailer.release.inline import BREAK, join_lines
from mailer.release.known_names import is_city
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.places import is_place, parse_place
from mailer.release.times.dates import FoundDate, find_date
from mailer.release.top import HEAD_LINES, head_length, head_range, language_of, raw_lines
from mailer.release.values import Heading, Paragraph, Quote, Table, plain
from mailer.release.words import pattern
from mailer.words import read_section

__all__ = ["is_label_line", "recognise_labels"]

_FIELD_LINE = re.compile(r"[^\W\d_][\w ]{1,24}:\s")
_PROPERTIES = "|".join(read_section("pages", "properties")["names"])
_PROPERTY = re.compile(rf"(?:{_PROPERTIES})\s*:\s", re.IGNORECASE)
_COLUMNS = re.compile(r"\s{3,}|\t+|\s[|•·]\s")
_DASHES = re.compile(r"\s[-–—]\s")  # a row of fields has two of them at least
_COLUMN_WORDS = 8
_TOP = 5  # pieces among which a label may be set off as a quote
_SECTION_WORDS = 3
_ISSUED_WORDS, _ISSUED_WITHIN = 12, 30
_TAIL = 10  # pieces from the end in which a place and a date may stand as in a letter
_UNCLEAR = re.compile(r"(?<![\d/])(?:0?[1-9]|1[0-2])/(?:0?[1-9]|1[0-2])/\d{4}(?![\d/])")  # 22/04 is one day


def is_label_line(text: str) -> bool:
    """Return whether a line is a release label, an embargo or a date, and nothing else."""
    line = read_label_line(text)
    return is_embargo_line(text) or (not line.rest and line.tells and not line.place)


def recognise_labels(draft: Draft) -> None:
    """Take label, date and reference out of the head."""
    day_first = language_of(draft) != "en"
    if draft.guess:
        leave_out_counts(draft)
    _take_properties(draft)
    index = head_range(draft)[0]
    while index < min(head_length(draft), len(draft.pieces)):
        index = _take_from(draft, index, day_first=day_first)
    if draft.date is None and draft.wants("date"):
        _take_lone_date(draft, day_first=day_first)


def unquote_labels(draft: Draft) -> None:
    """Make a paragraph of a block quote at the top that only sets off a label or an embargo."""
    for i, piece in enumerate(draft.pieces[:_TOP]):
        block = piece.block
        if (
            isinstance(block, Quote)
            and not block.speaker
            and all(is_label_line(plain(one)) for one in block.paragraphs)
        ):
            draft.pieces[i] = replace(piece, block=Paragraph(join_lines(block.paragraphs, BREAK)), hard=True)


def _take_properties(draft: Draft) -> None:
    """Keep what an office's database (Notion, Airtable) writes under the title of a page it exports."""
    for i in reversed(range(*head_range(draft))):
        lines = draft.pieces[i].lines()
        gone = [line for line in lines if _PROPERTY.match(line.text)]
        if len(gone) > 1 and all(_FIELD_LINE.match(line.text) for line in lines):
            for line in gone:
                draft.keep("letterhead", line)
            draft.take_lines(i, gone)


def _take_from(draft: Draft, index: int, *, day_first: bool) -> int:
    """Take the label lines of a piece; return where the next one stands."""
    piece = draft.pieces[index]
    if isinstance(piece.block, Table):
        return _take_table(draft, index, piece.block, day_first=day_first)
    if not isinstance(piece.block, Paragraph | Heading):
        return index + 1
    lines = piece.lines()[:HEAD_LINES]
    raw = dict(zip((line.number for line in lines), raw_lines(piece), strict=False))
    gone = [
        line for line in lines if _take_line(draft, line, raw.get(line.number, line).text, piece, day_first=day_first)
    ]
    if not gone:
        return index + 1
    before = len(draft.pieces)
    draft.take_lines(index, gone)
    return index + 1 - (before - len(draft.pieces))


def _take_table(draft: Draft, index: int, table: Table, *, day_first: bool) -> int:
    """Take a table of the head in which a day or a label stands: its rows are all letterhead."""
    rows = [[" ".join(plain(cell).split()) for cell in row] for row in (table.head, *table.rows) if row]
    read = [read_label_line(" ".join(row), day_first=day_first) for row in rows]
    read += [read_label_line(cell, day_first=day_first) for row in rows for cell in row]
    if not any(one.tells and not one.rest for one in read):
        return index + 1
    number = draft.pieces[index].line
    for one in read:
        if not one.rest and one.tells:
            _use(draft, one, Line(number, ""))
    for row in rows:
        draft.keep("label", Line(number, " ".join(row)))
    del draft.pieces[index]
    return index


def _take_line(draft: Draft, line: Line, raw: str, piece: Piece, *, day_first: bool) -> bool:
    """Take a line that is nothing but label, date, reference, or a place and a date; say whether it was one."""
    if len(line.text.split()) > MAX_WORDS:
        return False
    none = pattern(NO_EMBARGO_LABEL).fullmatch(line.text)
    read = read_label_line(none.group("label") if none else line.text, day_first=day_first)
    day_follows = line.text.endswith(":") and read.dated and not read.rest
    again = draft.embargo and draft.guess and is_embargo_line(line.text) and names_day(line.text)
    if day_follows or again or NO_EMBARGO_LINE.fullmatch(line.text):
        draft.keep("label", line)
        return True
    issued = bool(read.rest) and _is_issued(read, line.text)
    if read.rest and not issued:
        if _take_columns(draft, line, raw, day_first=day_first):
            return True
        return _take_place_line(draft, line, piece, day_first=day_first) or _take_section_line(draft, line, piece, read)
    if not read.tells or (read.yearless and not (read.label or read.place or read.dated) and piece.is_heading):
        return False
    _use(draft, replace(read, label="") if issued else read, line)
    draft.keep("date" if read.date else "label", line)
    return True


def _take_columns(draft: Draft, line: Line, raw: str, *, day_first: bool) -> bool:
    """Take a line whose columns, or whose fields between dashes, are labels, dates and places."""
    parts = [read_label_line(part, day_first=day_first) for part in _COLUMNS.split(raw) if part.strip()]
    fields = [read_label_line(part, day_first=day_first) for part in _DASHES.split(raw)]
    if not _are_columns(parts) and len(fields) > 2 and any(part.date for part in fields):
        parts = fields
    if not _are_columns(parts):
        return False
    for part in parts:
        place = part.rest and not part.label and is_place(part.rest) and _is_told(draft, line, part.rest)
        _use(draft, replace(part, place=part.rest) if place else part, line)
    draft.keep("label", line)
    return True


def _are_columns(parts: list[LabelLine]) -> bool:
    """Return whether the columns of a line are labels and dates, and beside them a short name."""
    others = [part for part in parts if part.rest]
    known = [part for part in parts if not part.rest and part.tells]
    return len(parts) > 1 and bool(known) and all(len(part.rest.split()) <= _COLUMN_WORDS for part in others)


def _use(draft: Draft, read: LabelLine, line: Line) -> None:
    """Put what a line tells into its fields."""
    both = draft.embargo is not None and read.immediate  # which a check stops, so that it has to be seen
    if (
        read.label
        and draft.wants("label")
        and (not draft.label or both or (read.immediate and not _is_now(draft.label)))
    ):
        draft.label = read.label
        draft.found("label", draft.label, line.number)
    if read.date and read.updated:  # the day it was changed is better than none
        draft.published = draft.published or read.date.day.isoformat()
    elif read.date:
        _set_date(draft, read.date, line.number, posted=read.posted)
    if read.place and draft.wants("dateline") and not draft.dateline:
        _set_place(draft, read.place, line)


def _is_now(label: str) -> bool:
    return pattern(r"(?<!\w){immediate}(?!\w)|{embargo}").search(label) is not None or any(find_holds(label, edge=True))


def _set_date(draft: Draft, found: FoundDate, number: int, *, posted: bool = False) -> None:
    """Set the date of the release; one right under its label is better than the day a page was put up."""
    label = next((one.line for one in reversed(draft.findings) if one.field == "label"), -9)
    beside = 0 <= number - label <= 2 and pattern(r"{immediate}").search(draft.label) is not None
    first = next((one.line for one in draft.findings if one.field == "date"), 0)
    if draft.wants("date") and (draft.date is None or (beside and first < label)):
        draft.date = found.day
        draft.posted = posted
        draft.found("date", found.day.isoformat(), number)
        if found.doubt:
            draft.say("date-weekday", found.doubt, number, Severity.WARNING)


def _set_place(draft: Draft, place: str, line: Line) -> None:
    draft.dateline = parse_place(place)
    draft.found("dateline", place, line.number)


def _is_issued(read: LabelLine, text: str) -> bool:
    """Return whether a line says who issued the release when: `Issued by Example Trust on 4 February 2027`."""
    begins = pattern(
        r"\W*(?:{date_label}|by|von|par|por|door|{genre}\s(?:des|der|von|du|del|della|van|of|by|do|da))(?!\w)"
    ).match(text)
    day = find_date(text, day_first=True)
    if read.date is None or begins is None or day is None:
        return False
    if day.end >= len(text) - 1 and len(text.split()) <= _ISSUED_WORDS:
        return True
    posted = pattern(r"\W*{date_label}(?!\w)").match(text) is not None and read.date.start <= _ISSUED_WITHIN
    return posted and len(text.split()) <= 2 * _ISSUED_WORDS and not text.endswith((".", "!", "?"))


def _take_place_line(draft: Draft, line: Line, piece: Piece, *, day_first: bool) -> bool:
    """Take a place that stands on the line before a date, or that shares one with it: `Eastport, 5 December 2018`."""
    lines = piece.lines()
    if piece.is_heading or not draft.wants("dateline") or draft.dateline or len(lines) > 3:
        return False
    own = find_date(line.text, day_first=day_first)
    dates = [one for one in lines if _is_only_date(one.text, day_first=day_first)]
    place = line.text[: own.start].strip(" ,–—-|") if own and own.end >= len(line.text) - 1 else line.text
    above = bool(dates) and line.number == dates[0].number - 1 and _is_told(draft, line, place)
    shares = bool(own and place) or above
    if not shares or len(place.split()) > 6 or not all(word[:1].isupper() for word in place.split()):
        return False
    if not is_place(place) and "," not in place:
        return False
    _set_place(draft, place, line)
    draft.keep("dateline", line)
    if own:
        _set_date(draft, own, line.number)
    return True


def _take_section_line(draft: Draft, line: Line, piece: Piece, read: LabelLine) -> bool:
    """Take a day with the section of the site behind it, right above the one main heading: `03.03.2027 Sport`."""
    at = draft.pieces.index(piece) + 1
    above = any(isinstance(one.block, Heading) and one.block.level == 1 for one in draft.pieces[at : at + 1])
    if not above or not read.date or read.date.start > 0 or len(read.rest.split()) > _SECTION_WORDS:
        return False
    _set_date(draft, read.date, line.number, posted=True)
    draft.keep("date", line)
    return True


def _is_told(draft: Draft, line: Line, place: str) -> bool:
    """Return whether a name above a date is a place: a city that is known, one with its region, or one of the story."""
    told = (piece.text for piece in draft.pieces if piece.line > line.number)
    return is_city(place) or "," in place or any(place.casefold() in text.casefold() for text in told)


def _is_only_date(text: str, *, day_first: bool) -> bool:
    read = read_label_line(text, day_first=day_first)
    return read.date is not None and not read.rest


def _take_lone_date(draft: Draft, *, day_first: bool) -> None:
    """Take the date from a line further down that has nothing but it: told as one, or with its place as in a letter.

    Where a dateline names the day, such a line is that of an event.
    """
    openings = [read_dateline_text(plain(piece.inline)) for piece in draft.pieces[: head_length(draft) + 1]]
    if any(one is not None and one.has_day and find_date(one.text) for one in openings):
        return
    for i, piece in enumerate(draft.pieces):
        near_end = i >= len(draft.pieces) - _TAIL
        for line in piece.lines() if isinstance(piece.block, Paragraph) else ():
            read = read_label_line(line.text, day_first=day_first)
            if read.rest or not read.date or not (read.dated or ((read.place or read.reference) and near_end)):
                continue
            _use(draft, read, line)
            draft.keep("date", line)
            draft.take_lines(i, [line])
            return
    for piece in draft.pieces[: head_length(draft)]:
        match = _UNCLEAR.search(piece.text)
        if match:
            message = f"{match.group()} may be two days: write the date as 2026-11-24"
            draft.say("date-unclear", message, piece.line, Severity.WARNING)
            return


# Counts: a line in which an office says how long its text is, `Zeichen (mit Leerzeichen): 912`.

_UNIT = (
    r"(?:zeichen(?:zahl)?|anschläge|wörter|worte|wort(?:an)?zahl|char(?:acter)?s?|words?|keystrokes|signes|caractères"
    r"|mots|caracteres|palabras|matrices|battute|caratteri|parole|tekens|woorden|aanslagen|palavras|文字数?|字)"
)
_BLANKS = r"(?:leerzeichen|spaces?|espaces?|espacios|spazi|spaties|espaços|空白)"
_WITH = (
    rf"(?:[\w.]+\s){{0,3}}{_BLANKS}(?:\s(?:compris|inclus|inclusi|esclusi|incluidos|incluídos|included|excluded)e?s?)?"
)
_ABOUT = rf"(?:\s?[(（\[]\s?{_WITH}\s?[)）\]]|,?\s{_WITH})?"
_LEAD = (
    r"(?:(?:an)?zahl(?: der)?|number of|nombre(?: total)? de|número(?: total)? de|numero(?: di)?|aantal|total(?: de)?"
    r"|length|länge|umfang|longueur|longitud|extensión|lunghezza|lengte|extensão)"
)
_NUMBER = r"(?:(?:ca|env|circa|about|approx|rund|約)\.?\s?)?\d{1,3}(?:[.,'’\s]?\d{3})*"
_NAMED = (
    rf"(?:{_LEAD}\s?[:：]?\s?)?{_UNIT}(?:\s(?:count|gesamt|total))?{_ABOUT}\s?[:：=]\s?{_NUMBER}(?:\s?{_UNIT})?{_ABOUT}"
)
_COUNTED = rf"(?:{_LEAD}\s?[:：]\s?)?{_NUMBER}\s?{_UNIT}{_ABOUT}"
_PART = rf"(?:{_NAMED}|{_COUNTED})"
_LINE = re.compile(
    rf"[\s(（\[*–—-]*{_PART}(?:\s?(?:[,;|/·•–—-]|\(|und|and|et|y|e|en)\s?{_PART}\)?)*[\s.)）\]*]*", re.IGNORECASE
)
_MOST = 100  # characters of such a line


def is_count_line(text: str) -> bool:
    """Return whether a line tells nothing but how many characters or words a text has."""
    return len(text) <= _MOST and _LINE.fullmatch(text) is not None


def leave_out_counts(draft: Draft) -> None:
    """Take the lines out that only count the text, and tell them."""
    for i in reversed(range(len(draft.pieces))):
        piece = draft.pieces[i]
        gone = [line for line in piece.lines() if is_count_line(line.text)]
        if not gone or not isinstance(piece.block, Paragraph):
            continue
        for line in gone:
            draft.keep("count", line)
            draft.say("left-out", f'left out: how long the text is, "{line.text}"', line.number)
        draft.take_lines(i, gone)
