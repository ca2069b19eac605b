"""Labels: the lines above a release with its genre, its date and the time from which it may be used; and its dateline.

Recognises the release label (FOR IMMEDIATE RELEASE), the date, a place beside the date, and a reference number, in
the lines before the first paragraph of prose (`embargo` takes the embargo). A line counts only if it contains nothing
else (`read_label_line`); in a line with columns (“Example Trust      PRESS RELEASE”) one column is enough. A date on a
line of its own further down is used if the head has none.

The dateline, the place and perhaps the day at the start of the first paragraph, is read by `top` and removed from the
paragraph. A day alone there is the date, not a dateline.

Gaps: an English date such as 4/6/2027 is reported as unclear, since it is read differently in different countries.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.frozen import dataclass, replace
from mailer.release.head.embargo import NO_EMBARGO_LINE, finish_embargo, is_embargo_line
from mailer.release.head.holds import NO_EMBARGO_LABEL, find_holds, names_day
from mailer.release.people import names_organisation
from mailer.release.pieces import BREAK, Draft, Line, Piece, join_lines, report_lost_links
from mailer.release.times import FIXED, FoundDate, complete, find_date, find_day, find_month, narrow, times_in
from mailer.release.top import (
    HEAD_LINES,
    DatelineText,
    count_length,
    head_length,
    is_city,
    is_place,
    is_prose,
    language_of,
    parse_place,
    read_dateline_text,
)
from mailer.release.values import Dateline, Heading, ListBlock, Paragraph, Quote, plain
from mailer.release.words import LANGUAGES, WIRE, pattern, phrases, primary, weekdays, written
from mailer.words import read_section

_WORDS = 25
_REFERENCE = written("labels", "reference", 0)
_OF_ISSUER = re.compile(r"(?:des|der|von|du|del|della|van|of|do|da)\s", re.IGNORECASE)
_OFFICE = re.compile(r"\)?\s*[,|(–—]")  # behind it: “Polizei Eastport (ots), 03.02.2026 - 13:20”
_BYLINE = written("labels", "byline")
_PUNCTUATION = re.compile(r"[\s.,:;|/–—―()!*•·\-_\[\]{}<>«»【】（）：、。■●◆▼「」＜＞~#+=\"'“”]+")
_TIMED_LABEL = re.compile(r"\W*for\s+(?:immediate\s+|public\s+|press\s+)?release\b", re.IGNORECASE)
_ADDRESSEE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\w・\s　]{2,30}(?:各位|御中)")
_TIMES = re.compile(rf"(?<!\w)(?:{'|'.join(FIXED)}|{written('labels', 'time_words').pattern})(?!\w)", re.IGNORECASE)
# how long a page takes to read, which is beside its date
_READING = written("labels", "reading")


@dataclass(frozen=True, slots=True)
class LabelLine:
    """The contents of a line of the head; `rest` is the text that is none of these."""

    label: str = ""
    immediate: bool = False
    date: FoundDate | None = None
    yearless: bool = False
    place: str = ""
    rest: str = ""
    reference: bool = False
    dated: bool = False  # a word such as “issued” marks the day as that of the release
    updated: bool = False  # a word marks the day as that of a change to the page
    posted: bool = False  # the same for the day on which it was put up

    @property
    def is_label(self) -> bool:
        """Return whether the line has a label, a day or a reference number."""
        return bool(self.label or self.date or self.yearless or self.reference)

    @property
    def evidence(self) -> Iterator[str]:
        """Yield what was recognised by which words of the line."""
        yield from [f'label "{self.label}"'] * bool(self.label)
        yield from [f"day {self.date.day}" + " behind a word for its date" * self.dated] if self.date else []
        yield from ["a day without its year"] * self.yearless + ["a reference number"] * self.reference
        yield from [f'place "{self.place}"'] * bool(self.place) + [f'beside it "{self.rest}"'] * bool(self.rest)


def read_label_line(text: str, *, day_first: bool = False) -> LabelLine:
    """Read a line; `rest` is empty if it has only label, date, place and reference."""
    letters = text.split()
    if len(letters) > _WORDS:
        return LabelLine(rest=text)
    # spread by blanks alone: `P R E S S   R E L E A S E`, 報 道 資 料
    spread = len(letters) > 2 and all(len(letter) == 1 for letter in letters)
    text = _READING.sub(" ", "".join(letters) if spread else text)
    if _ADDRESSEE.fullmatch(text):
        return LabelLine(label=text)
    now, genre = (pattern(rf"(?<!\w)(?:{{{name}}})(?!\w)") for name in ("immediate", "genre"))
    immediate = now.search(text)
    unlabelled = now.sub(" ", text, count=2)
    label = immediate or genre.search(unlabelled)
    unlabelled = genre.sub(" ", unlabelled, count=2)

    date, left = find_date(unlabelled, day_first=day_first), unlabelled
    day, month = (None, None) if date else (find_day(left), find_month(left))
    first = (date.start, date.end) if date else (day.start, day.end) if day else month
    if first:
        left = f"{left[: first[0]]} {left[first[1] :]}"
    second_date = find_date(left, day_first=day_first) if date else None
    if date and second_date and (second_date.day == date.day or _is_labelled(left[: second_date.start], "date_label")):
        if _is_labelled(unlabelled[: date.start], "date_updated"):
            date = replace(second_date, start=0)  # “Updated 5 March | Published 4 March”
        left = f"{left[: second_date.start]} {left[second_date.end :]}"  # 3 March 2027 (03.03.2027)

    dated = pattern(r"(?<!\w)(?:{date_label})(?!\w)")
    left = pattern(r"^\W*(?:{date_label})\s*[:：]|(?<!\w)(?:{date_label})\W*$").sub(" ", left)
    left, references = _REFERENCE.subn(" ", left)
    if first or _TIMED_LABEL.match(text):
        left = dated.sub(" ", left)
        times = times_in(narrow(left))
        for time in reversed(times):
            left = f"{left[: time.start]} {left[time.end :]}"
        left = _TIMES.sub(" ", left) if times else left
        lead_pattern = r"^(?:\W*(?<!\w){date_lead}(?!\w))+\W*$|(?<!\w){date_lead}\W*$"
        left = pattern(lead_pattern).sub(" ", left)
    bare = " ".join(left.strip(" \t,;:|/–—-()[]*.•·【】（）「」、　").split())
    bare = "" if bare.casefold() in weekdays() else bare  # behind its day
    before = unlabelled[: date.start] if date else ""
    line = LabelLine(
        label=label.group() if label else "",
        immediate=immediate is not None,
        date=date,
        yearless=first is not None and date is None,
        rest=bare if _PUNCTUATION.sub("", bare) else "",
        reference=references > 0,
        dated=dated.search(unlabelled) is not None,
        updated=_is_labelled(before, "date_updated"),
        posted=_is_labelled(before, "date_posted"),
    )
    place = re.sub(r"\s*\((?:[A-Z]{2,3}|[A-Z][a-zà-ü]+)\)?$", "", bare)  # with its county: Portalbo (PB)
    alone = line.yearless and (label is not None or unlabelled.lstrip().startswith(f"{place},"))
    if not line.rest or not (date or immediate or alone) or not is_place(place):
        return line
    # the place is right before the date, or a known one
    above = " ".join(before.split()) + " "
    beside = re.search(rf"{re.escape(place)}\s*(?:\([\w ]+\)\s*)?[,，、|/–—(-]\s*(?:\w{{1,4}}\s)?$", above)
    known = beside or is_city(place.partition(",")[0]) or (label and " " not in place and not place.isupper())
    return replace(line, place=place, rest="") if not date or known else line


def _is_labelled(before: str, kind: str) -> bool:
    """Return whether the words before a date end with a label of that kind: a page was changed, or put up, then."""
    return pattern(rf"(?<!\w)(?:{{{kind}}})\W*(?:{{date_lead}}\W*)?$").search(before) is not None


# Taking the labels out of the head.

_COLUMNS = (re.compile(r"\s{3,}|\t+|\s[|•·♦◆*~]\s"), re.compile(r"\s[-–—]\s"))
_COLUMN_WORDS = 8
_TAIL = 10  # pieces from the end that may have place and date, as a letter has
_UNCLEAR = re.compile(r"(?<![\d/])(?:0?[1-9]|1[0-2])/(?:0?[1-9]|1[0-2])/\d{4}(?![\d/])")  # 22/04 is one day
_COUNTED = read_section("page_furniture", "counts")
_UNITS = frozenset(_COUNTED["units"])
_COUNT_WORDS = _UNITS | frozenset(_COUNTED["beside"])
_JAPANESE_COUNT = re.compile(r"\W*(?:文字数?|字数)\W*\d[\d,]*(?:文字|字)?\W*|\W*\d[\d,]*(?:文字|字)\W*")


def is_label_line(text: str) -> bool:
    """Return whether a line is a release label, an embargo or a date, and nothing else."""
    line = read_label_line(text, day_first=True)  # 4/6/2027 is a day in any case
    return is_embargo_line(text) or (not line.rest and line.is_label and not line.place)


def recognise_labels(draft: Draft) -> None:
    """Move label, date and reference out of the head."""
    day_first = language_of(draft) != "en"
    if draft.guess:
        _leave_out_counts(draft)
    index = 0
    while index < min(head_length(draft), len(draft.pieces)):
        piece, before = draft.pieces[index], len(draft.pieces)
        if isinstance(piece.block, Paragraph | Heading):
            # with the blanks inside them, which separate columns
            raw = dict(enumerate(plain(piece.inline).replace(BREAK, "\n").split("\n"), piece.line))
            lines = [(line, raw[line.number].strip()) for line in piece.lines()[:HEAD_LINES]]
            taken = [line for line, shown in lines if _take_line(draft, line, shown, piece, day_first=day_first)]
            if taken:
                draft.take_lines(index, taken)
        index += 1 - (before - len(draft.pieces))
    if draft.date is None and draft.wants("date"):
        _take_lone_date(draft, day_first=day_first)


def unquote_labels(draft: Draft) -> None:
    """Turn a block quote at the top that only sets off a label or an embargo into a paragraph."""
    for i, piece in enumerate(draft.pieces[:5]):
        block = piece.block
        if isinstance(block, Quote) and not block.speaker and all(map(is_label_line, map(plain, block.paragraphs))):
            draft.pieces[i] = replace(piece, block=Paragraph(join_lines(block.paragraphs, BREAK)), hard=True)


def _take_line(draft: Draft, line: Line, raw: str, piece: Piece, *, day_first: bool) -> bool:
    """Read a line that is only label, date, reference, or place and date; return whether it was one."""
    none = pattern(NO_EMBARGO_LABEL).fullmatch(line.text)
    read = read_label_line(none.group("label") if none else line.text, day_first=day_first)
    day_follows = line.text.endswith(":") and read.dated and not read.rest
    again = draft.embargo and draft.guess and is_embargo_line(line.text) and names_day(line.text)
    if day_follows or again or NO_EMBARGO_LINE.fullmatch(line.text):
        draft.keep("label", line)
        return True
    # “4 octobre 2022, par Service de presse”, “Pressemitteilung des Bundes vom 3. März 2027”
    is_by_issuer = _BYLINE.fullmatch(read.rest) or (read.label and _OF_ISSUER.match(read.rest))
    before = line.text.startswith(read.rest) and _OFFICE.match(line.text, len(read.rest))
    office = before and (names_organisation(read.rest) or WIRE.search(read.rest))
    category = read.posted and read.rest.isupper() and len(read.rest.split()) <= 2  # of its page
    if read.rest and read.date and (is_by_issuer or category or (office and not is_place(read.rest))):
        read = replace(read, label="", rest="")
    elif read.rest:
        return _take_columns(draft, line, raw, day_first=day_first) or _take_place_line(
            draft, line, piece, day_first=day_first
        )
    if not read.is_label or (read.yearless and not (read.label or read.place or read.dated) and piece.is_heading):
        return False
    _apply(draft, read, line)
    draft.keep("date" if read.date else "label", line, "nothing else is in the line", *read.evidence)
    return True


def _take_columns(draft: Draft, line: Line, raw: str, *, day_first: bool) -> bool:
    """Read a line with columns, or fields between dashes, that are labels, dates and places beside a short name."""
    for fewest, marks in enumerate(_COLUMNS, 2):
        texts = [text.strip() for text in marks.split(raw) if text.strip()]
        parts = [read_label_line(text, day_first=day_first) for text in texts]
        known = any(one.is_label and not one.rest for one in parts) and (fewest == 2 or any(one.date for one in parts))
        named = any(part.rest and text.endswith(":") for part, text in zip(parts, texts, strict=True))  # `WHEN:`
        if len(parts) < fewest or not known or named or any(len(one.rest.split()) > _COLUMN_WORDS for one in parts):
            continue
        for part in parts:
            placed = part.rest and not part.label and is_place(part.rest) and _is_known(draft, line, part.rest)
            _apply(draft, replace(part, place=part.rest) if placed else part, line)
        draft.keep("label", line, *(f"column {i}: {sign}" for i, part in enumerate(parts, 1) for sign in part.evidence))
        return True
    return False


def _apply(draft: Draft, read: LabelLine, line: Line) -> None:
    # one for immediate use is preferred, and must stay visible beside an embargo, for a check to stop
    now = pattern(r"(?<!\w){immediate}(?!\w)|{embargo}").search(draft.label) or any(find_holds(draft.label, edge=True))
    better = not draft.label or (read.immediate and (draft.embargo is not None or not now))
    if read.label and draft.wants("label") and better:
        draft.label = read.label
        draft.note("label", draft.label, line.number)
    if read.date and read.updated:  # the day of the last change is better than none
        draft.published = draft.published or read.date.day.isoformat()
    elif read.date:
        _set_date(draft, read.date, line.number, posted=read.posted)
    if read.place and draft.wants("dateline") and not draft.dateline:
        draft.dateline = parse_place(read.place)
        draft.note("dateline", read.place, line.number)


def _set_date(draft: Draft, found: FoundDate, number: int, *, posted: bool = False) -> None:
    """Set the date of the release; one right under its label is preferred to the day a page was put up."""
    label = next((one.line for one in reversed(draft.findings) if one.field == "label"), -9)
    beside = 0 <= number - label <= 2 and pattern(r"{immediate}").search(draft.label) is not None
    first = next((one.line for one in draft.findings if one.field == "date"), 0)
    if draft.wants("date") and (draft.date is None or (beside and first < label)):
        draft.date = found.day
        draft.posted = posted
        draft.note("date", found.day.isoformat(), number)
        if found.doubt:
            draft.report("date-weekday", found.doubt, number, Severity.WARNING)


def _take_place_line(draft: Draft, line: Line, piece: Piece, *, day_first: bool) -> bool:
    """Read a place on the line above a date, or on the same line: `Eastport, 5 December 2018`."""
    lines = piece.lines()
    if piece.is_heading or not draft.wants("dateline") or draft.dateline or len(lines) > 3:
        return False
    own = find_date(line.text, day_first=day_first)
    read = [(one, read_label_line(one.text, day_first=day_first)) for one in lines]
    date = next((one.number for one, day in read if day.date and not day.rest), 0)
    place = line.text[: own.start].strip(" ,–—-|") if own and own.end >= len(line.text) - 1 else line.text
    # `V Praze dne 5. března`, `г. Казань, 5 марта`
    place = re.sub(rf"^(?:V|Ve|W|г\.|гр\.|м\.)\s|\s{phrases('date_lead')}$", "", place)
    above = line.number == date - 1 and _is_known(draft, line, place)
    # “Eastport, 5 March 2018” is a place by its form; “Bulletin 5 March 2018” is not
    parted = re.search(rf"[,–—|(-]\s*$|\s{phrases('date_lead')}\s*$", line.text[: own.start]) if own else None
    # a language whose days have no comma before them: “Tisková zpráva”, and under it “Dolní Lhotka 14. 2. 2026”
    labelled = any(one.field == "label" and 0 <= line.number - one.line <= 2 for one in draft.findings)
    bare = labelled and is_place(place) and primary(language_of(draft)) not in LANGUAGES
    if own and not parted and not bare and not _is_known(draft, line, place):
        if " " not in place and place[:1].isupper():  # but the office's name for its releases
            _apply(draft, LabelLine(date=own), line)
            draft.keep("date", line, "one word and a day: what the office calls its releases")
            return True
        own = None
    capitals = len(place.split()) <= 6 and all(word[:1].isupper() for word in place.split())
    if not ((own and place) or above) or not (is_place(place) or ("," in place and capitals)):
        return False
    _apply(draft, LabelLine(place=place, date=own), line)
    draft.keep("dateline", line, "a place beside its day" if own else "a place above the day")
    return True


def _is_known(draft: Draft, line: Line, place: str) -> bool:
    """Return whether a name beside a date is a place: a known city, one with its region, or one in the story."""
    story = "\n".join(piece.text for piece in draft.pieces if piece.line > line.number)
    there = rf"(?<!\w)(?:in|at|near|from|à|en|a|em|te|bei|zu|nach|aus|ad|di|de|van|von)\s{re.escape(place)}(?!\w)"
    if " " in place:  # with another ending: “Brod nad Lesnou”, “u Brodu nad Lesnou”
        first, rest = place.split(" ", 1)
        there += rf"|\s{re.escape(first)}\w{{1,4}}\s{re.escape(rest)}"
    there += rf"|^{re.escape(place)}\s*[,(–—.-]"
    apart = read_dateline_text(f"{place} – Story") is not None or is_place(place)
    return is_city(place) or "," in place or (apart and bool(re.search(there, story, re.IGNORECASE | re.MULTILINE)))


def _take_lone_date(draft: Draft, *, day_first: bool) -> None:
    """Read the date from a line further down that has only a date.

    It is labelled, beside a label, right above the story, or with its place as in a letter. If a dateline names the
    day, such a line belongs to an event.
    """
    openings = [read_dateline_text(plain(piece.inline)) for piece in draft.pieces[: head_length(draft) + 1]]
    if any(one is not None and one.has_day and find_date(one.text) for one in openings):
        return
    for i, piece in enumerate(draft.pieces):
        begins, near_end = i <= head_length(draft) + 2, i >= len(draft.pieces) - _TAIL
        for line in piece.lines() if isinstance(piece.block, Paragraph) else ():
            read = read_label_line(line.text, day_first=day_first)
            is_release_date = read.dated or read.label or begins or ((read.place or read.reference) and near_end)
            if not read.rest and read.date and is_release_date:
                _apply(draft, read, line)
                draft.keep("date", line)
                draft.take_lines(i, [line])
                above = next(iter(draft.pieces[i - 1 : i]), piece).lines()[-1:]  # “Published on:”, alone above it
                if above and above[0].text.endswith(":") and _take_line(draft, above[0], "", piece, day_first=False):
                    draft.take_lines(i - 1, above)
                return
    for piece in draft.pieces[: head_length(draft)]:
        if match := _UNCLEAR.search(piece.text):
            message = f"{match.group()} can be read as two dates: write the date as 2026-11-24"
            draft.report("date-unclear", message, piece.line, Severity.WARNING)
            return


def _leave_out_counts(draft: Draft) -> None:
    """Remove lines that only count the words of the text, and report them."""
    for i in reversed(range(len(draft.pieces))):
        counts: list[Line] = []
        for line in draft.pieces[i].lines() if isinstance(draft.pieces[i].block, Paragraph) else ():
            words = set(re.findall(r"[^\W\d_]+", line.text.casefold()))
            is_count = bool(words & _UNITS) and words <= _COUNT_WORDS and any(map(str.isdigit, line.text))
            if is_count or _JAPANESE_COUNT.fullmatch(line.text):
                counts.append(line)
                draft.keep("count", line)
                draft.report("left-out", f'left out, as the length of the text: "{line.text}"', line.number)
        if counts:
            draft.take_lines(i, counts)


# Datelines.

_ALONE_WORDS = 8
_WITHIN = 10  # the dateline is in one of the first pieces of the story
_STANDFIRST, _STANDFIRST_WORDS = 2, 6
_INFLECTED = 5  # letters of a name without its ending
_ENDED = re.compile(r"[.!?。][”\"»」]?$")
_SENTENCE = re.compile(r"\s*(?P<place>[^\W\d_a-z][^.,:;!?–—]{2,40}?)(?:\.|\s[–—-])\s+(?=[^\W\d_a-z])")


def recognise_dateline(draft: Draft) -> None:
    """Strip the dateline from the first paragraph that has one; after that, all days of the release are known."""
    for i, piece in enumerate(draft.pieces[:_WITHIN] if draft.wants("dateline") else ()):
        found = _dateline_in(draft, piece, draft.pieces[i + 1 : i + 2]) if isinstance(piece.block, Paragraph) else None
        if found:
            _use_dateline(draft, i, piece, found)
            _keep_standfirst_above(draft, i)
            break
    finish_embargo(draft, day_first=language_of(draft) != "en")


def _dateline_in(draft: Draft, piece: Piece, follows: list[Piece]) -> DatelineText | None:
    """Read the dateline that opens a paragraph, or is all of it; bold or italic type in the source sets it apart.

    One with an agency's mark, or a day, may be a paragraph of its own above the story. `Eastport. The council …` has
    one if the head also names the place.
    """
    text = plain(piece.inline)
    marked_spans = takewhile(lambda span: span.strong or span.emphasis or not span.text.strip(), piece.inline)
    apart = sum(len(span.text) for span in marked_spans)
    if found := read_dateline_text(text, apart=apart if apart < len(text) else 0):
        return found
    match = _SENTENCE.match(text)
    place = match.group("place") if match else ""
    head_text = " ".join([draft.headline, draft.subhead, *(kept.text for kept in draft.kept)])
    there = match and " " not in place and len(place) >= _INFLECTED and _is_known(draft, Line(0, ""), place)
    # a long name may have another ending there: “soud v Borovicích”
    named = rf"(?<!\w)(?:{re.escape(place)}(?!\w){f'|{re.escape(place[:-1])}' if len(place) > _INFLECTED else ''})"
    if match and is_place(place) and (there or re.search(named, head_text, re.IGNORECASE)):
        return DatelineText((place,), place, match.end())
    bare = text.rstrip(" -–—:")
    goes_on = follows and (is_prose(follows[0]) or isinstance(follows[0].block, ListBlock))
    found = read_dateline_text(f"{bare} – Story") if goes_on and len(bare.split()) <= _ALONE_WORDS else None
    is_dateline = found and found.names and found.end > len(bare) and (found.has_day or bare.endswith((")", "/")))
    return replace(found, end=len(text)) if found and is_dateline else None


def _keep_standfirst_above(draft: Draft, story: int) -> None:
    """Use a paragraph or two above the dateline as the subhead: in the mail, the story begins with place and day."""
    above = [piece for piece in draft.pieces[:story] if isinstance(piece.block, Paragraph)]
    if not draft.dateline or not draft.wants("subhead") or not 0 < len(above) <= _STANDFIRST:
        return
    if any(count_length(piece.text) < _STANDFIRST_WORDS for piece in above):
        return
    if draft.guess and not all(_ENDED.search(piece.text) for piece in above):  # it may be a letterhead
        return
    draft.subhead = " ".join(filter(None, (draft.subhead, *(piece.text for piece in above))))
    for piece in above:
        draft.note("subhead", piece.text, piece.line)
        report_lost_links(draft, "subhead", plain(piece.inline), piece.inline, piece.line)
        draft.pieces.remove(piece)


def _use_dateline(draft: Draft, index: int, piece: Piece, found: DatelineText) -> None:
    """Strip a dateline from its paragraph; its day is the date, or is compared with it."""
    line = piece.line
    if found.names:
        draft.dateline = Dateline(found.names[0], ", ".join(found.names[1:]), found.text)
        signs = (
            f"names {', '.join(found.names)}",
            "and a day" if found.has_day else "and no day",
            "opens a paragraph",
        )
        draft.note("dateline", draft.dateline.text, line, *signs)
    else:
        draft.keep("date", Line(line, found.text))
    rest = piece.after(found.end)
    draft.pieces[index : index + 1] = [rest] if rest.text else []
    if full_date := find_date(found.text, day_first=language_of(draft) != "en"):
        if draft.posted and draft.date != full_date.day and draft.wants("date"):
            message = f"the page was published on {draft.date}; the day of the dateline was taken"
            draft.report("dates-differ", message, line)
            draft.date = None
        if draft.date is None and draft.wants("date"):
            draft.date = full_date.day
            draft.note("date", full_date.day.isoformat(), line)
            if full_date.doubt:
                draft.report("date-weekday", full_date.doubt, line, Severity.WARNING)
            return
    day_only = None if full_date or not draft.date else find_day(found.text)
    day = full_date.day if full_date else complete(day_only, draft.date)[0] if day_only and draft.date else draft.date
    if draft.date and day != draft.date:
        draft.report("dates-differ", f"the dateline says {day}, the release {draft.date}", line, Severity.WARNING)
