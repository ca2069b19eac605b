"""Embargo: finding a release's embargo, other holds that it mentions, and removing an embargo that is over.

Setting it is the first step of reading. A line that is only a hold (`holds`) is taken out of the text wherever it is,
before anything looks for a contact, a dateline or a quote in it; of several, the one with a date and time is the
embargo, and all are kept, so that a check can compare them. Otherwise a certain sentence sets it, and stays in the
text. `times` reads the date and time.

A check reports all others (`find_unset_holds`). It searches everything that was read: the text of the mail, lines kept
beside it (the subject of the source mail, a letterhead), and text left out. Nothing found there is used: a person
writes it into `embargo:`, changes the words, or waives the finding with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.release.head.holds import NO_EMBARGO_LABEL, Hold, find_holds, has_only_hold_words, names_day, names_time
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.times import NO_DATE, OPEN, find_date, parse_embargo
from mailer.release.top import head_length, language_of
from mailer.release.values import Embargo, Heading, Image, Paragraph, Release, block_inlines, plain
from mailer.release.words import pattern, written

_WORDS = 40
_DAY_WORDS = 12  # words of a line whose only sign of an embargo is its day
_FOREIGN_WORDS = 18
_BARS = re.compile(r"\s[|•·]\s|\t")
NO_EMBARGO_LINE = written("embargo", "no_embargo_line")
_LINES = 3
_PROSE = 60  # characters of a line that an editor wrapped
_CONTACT_END = re.compile(r"@\S+$|\d[\d ()/-]{5,}\d$")  # a line of contacts ends like this
_REFERENCE = re.compile(r"\s{2,}\S*\d[\w-]*-[\w-]+\s*$")
_CODE = re.compile(r"(?<!\S)[A-Z]{2,}-\d[\w-]+(?!\S)")
_ANY_DAY = date(2000, 1, 1)  # for a year that is not known yet
_LEFT_OUT = frozenset({"left-out", "hidden-text", "comment", "out-of-sight"})
_EDGES = frozenset(
    {"label", "date", "embargo", "mail-header", "page-head", "page-foot", "letterhead", "reference", "covering-note"}
)
_SUBJECT = written("embargo", "subject")


def is_embargo_line(text: str, *, edge: bool = True) -> bool:
    """Return whether a line is an embargo; `edge` says that it is in the head."""
    if len(text.split()) > _WORDS or NO_EMBARGO_LINE.fullmatch(text) or pattern(NO_EMBARGO_LABEL).fullmatch(text):
        return False
    text = _REFERENCE.sub("", text)
    timed = edge and names_time(text) and len(text.split()) <= _FOREIGN_WORDS
    holds = [one for one in find_holds(text, edge=edge) if one.is_sure or not one.is_permit or (timed and one.is_whole)]
    if not holds:
        return False
    if edge and pattern(r"\W*(?:{embargo})\s?[:：]").match(text) and names_day(text):
        return True  # whatever words follow the label
    if edge and holds[0].is_foreign and len(text.split()) <= _FOREIGN_WORDS:
        return names_day(text)
    opens = holds[0].is_whole and text.lstrip(" *[(【").startswith(holds[0].text[:5])
    known = opens and holds[0].is_named and (holds[0].is_dated or (edge and names_time(text)))
    asks = edge and holds[0].is_whole and holds[0].is_dated and (timed or not holds[0].is_permit)
    return known or has_only_hold_words(text) or (asks and parse_embargo(text, near=_ANY_DAY)[0].until is not None)


def recognise_embargo(draft: Draft) -> None:
    """Extract the embargo from the draft, before anything else is looked for."""
    if "embargo" in draft.given or draft.embargo:
        return
    day_first = language_of(draft) != "en"
    stop = head_length(draft)
    found: list[tuple[int, tuple[Line, ...], Embargo]] = []
    for index, piece in enumerate(draft.pieces):
        if lines := _embargo_lines(piece, edge=index < stop, last=index == stop, day_first=day_first):
            found.append((index, lines, _read(lines, day_first=day_first)))
    if not found:
        _set_from_text(draft, day_first=day_first)
        return
    chosen, _, main = max(found, key=lambda one: (one[2].until is not None, one[2].day is not None, -one[0]))
    for index, lines, embargo in reversed(found):
        both = embargo.until and main.until
        agrees = embargo.until == main.until if both else embargo.day in {None, main.day}
        if index == chosen:
            whole = _with_next_piece(draft, index, lines, day_first=day_first)
            _set_embargo(draft, whole, day_first=day_first)
            draft.take_lines(index, whole)
        elif agrees and not OPEN.search(embargo.text):  # otherwise it stays in the text, where a check finds it
            for line in lines:
                draft.keep("embargo", line, "says again what the embargo is")
            draft.take_lines(index, lines)


def _read(lines: tuple[Line, ...], *, day_first: bool) -> Embargo:
    return parse_embargo(_field(" ".join(line.text for line in lines))[0], near=_ANY_DAY, day_first=day_first)[0]


def _field(text: str) -> tuple[str, str]:
    """Return the embargo's field of a line with bars, and the others: `2 March | EMBARGOED UNTIL 9 March`."""
    fields = _BARS.split(text)
    own = next((one for one in fields if is_embargo_line(one) and names_day(one)), text)
    return own, " ".join(one for one in fields if one != own)


def _embargo_lines(piece: Piece, *, edge: bool, last: bool, day_first: bool) -> tuple[Line, ...]:
    """Return the lines of a piece that are an embargo: the first such line, and the next ones up to its time.

    `last` says that the head ends right before it: it may be an embargo as a whole, wrapped by an editor.
    """
    if not isinstance(piece.block, Paragraph | Heading):
        return ()
    lines = piece.lines()
    if piece.is_heading and not names_day(piece.text) and len(piece.text.split()) > 3:
        return ()
    embargoes = (i for i, line in enumerate(lines) if is_embargo_line(line.text, edge=edge) and _opens(lines, i))
    first = next(embargoes, None)
    if first is None:
        is_wrapped = (edge or last) and len(lines) > 1 and len(lines[0].text) >= _PROSE
        return lines if is_wrapped and is_embargo_line(piece.text) else ()
    stop = first + 1
    for end in range(first + 1, min(first + _LINES, len(lines)) + 1):
        bare = tuple(Line(line.number, _REFERENCE.sub("", line.text)) for line in lines[first:end])
        if _read(bare, day_first=day_first).until:
            stop = end
            break
    # a last line with only the zone, the time elsewhere, or a plea to keep the embargo
    after = lines[stop].text if stop < len(lines) else ""
    is_time = names_time(after) and len(after.split()) <= 6
    is_plea = any("says nothing else" in hold.evidence for hold in find_holds(after, edge=True))
    more = not names_day(after) and (is_time or re.fullmatch(r"\(.{2,60}\)", after) is not None or is_plea)
    return lines[first : stop + more]


def _opens(lines: tuple[Line, ...], at: int) -> bool:
    """Return whether a line begins a sentence, and is not the second half of one that an editor wrapped."""
    before = lines[at - 1].text if at else ""
    ended = before.endswith((".", "!", "?", ":", "。", "”", '"')) or _CONTACT_END.search(before) is not None
    return len(before) < _PROSE or ended or lines[at].text.split()[0].isupper()


def _with_next_piece(draft: Draft, index: int, lines: tuple[Line, ...], *, day_first: bool) -> tuple[Line, ...]:
    """Add the first line of the next piece if it has the day that this one lacks."""
    text = " ".join(line.text for line in lines)
    after = next(iter(draft.pieces[index + 1 : index + 2]), None)
    first = after.lines()[:1] if after and isinstance(after.block, Paragraph | Heading) else ()
    if names_day(text) or not first:
        return lines
    below = first[0].text
    if len(below.split()) > (_WORDS if is_embargo_line(below) else _DAY_WORDS) or not names_day(below):
        return lines
    timed = names_time(below) or names_time(text)
    if not timed or not _read((*lines, *first), day_first=day_first).until:
        return lines
    draft.take_lines(index + 1, first)
    return (*lines, *first)


def _set_embargo(draft: Draft, lines: tuple[Line, ...], *, day_first: bool) -> None:
    text, beside = _field(" ".join(_CODE.sub(" ", " ".join(line.text for line in lines)).split()))
    if beside:
        draft.keep("label", Line(lines[0].number, beside), "beside the embargo")
    if draft.date is None and draft.wants("date") and (day := find_date(beside, day_first=day_first)):
        draft.date = day.day
        draft.note("date", day.day.isoformat(), lines[0].number, "beside the embargo")
    draft.embargo = parse_embargo(text, day_first=day_first)[0]
    draft.label = draft.label or text
    evidence = [sign for hold in find_holds(text, edge=True) for sign in hold.evidence]
    draft.note("embargo", text, lines[0].number, *dict.fromkeys(evidence))
    for line in lines:
        for code in _CODE.findall(line.text):
            draft.keep("reference", Line(line.number, code))


def _set_from_text(draft: Draft, *, day_first: bool) -> None:
    """Set the embargo that a sentence asks for; the sentence stays.

    A sentence of the text has to be certain. One beside it (the subject of a mail, text left out) always counts, since
    nobody who continues to work on the text would see it.
    """
    for number, text, beside in _all_texts(draft):
        for hold in find_holds(text, edge=beside):
            read = parse_embargo(hold.text, day_first=day_first, near=_ANY_DAY)[0]
            if (hold.is_sure and hold.is_dated and read.until) or (beside and not hold.is_permit):
                draft.embargo = parse_embargo(hold.text, day_first=day_first)[0]
                draft.note("embargo", hold.text, number, *hold.evidence)
                return


def _all_texts(draft: Draft) -> Iterator[tuple[int, str, bool]]:
    """Yield the texts of a draft with their lines, and whether each is beside the text."""
    for piece in draft.pieces:
        whole = isinstance(piece.block, Paragraph | Heading)
        texts = [piece.text] if whole else [plain(inline) for inline in block_inlines(piece.block)]
        if isinstance(piece.block, Image):
            texts += [piece.block.alt, piece.block.caption]
        yield from ((piece.line, text, False) for text in texts)
    yield from ((kept.line, kept.text, True) for kept in draft.kept)
    yield from ((one.line or 1, _left_out_words(one), True) for one in draft.problems if one.code == "left-out")


def _left_out_words(problem: Problem) -> str:
    """Return the text that a note quotes as left out, one part a line, without the note's own words."""
    words = problem.message.partition('"')[2].rpartition('"')[0]
    return words.replace('", "', "\n") or problem.message


def finish_embargo(draft: Draft, *, day_first: bool) -> None:
    """Read the embargo once the day of the release is known, and report what is unclear; it may date the release."""
    if draft.embargo is None or "embargo" in draft.given:
        return
    line = next((found.line for found in draft.findings if found.field == "embargo"), 1)
    days = (find_date(piece.text) for piece in draft.pieces)  # the first full date is near the day of the release
    near = draft.date or next((one.day for one in days if one), None)
    embargo, reason = parse_embargo(draft.embargo.text, near=near, day_first=day_first)
    if NO_DATE in reason and draft.date:  # the release's day is shown, but a person has to write it beside the time
        embargo = parse_embargo(f"{draft.embargo.text} {draft.date}")[0]
    draft.embargo = replace(embargo, text=draft.embargo.text)
    report_embargo(draft, reason, line)
    if draft.date is None and draft.wants("date") and (day := embargo.until.date() if embargo.until else embargo.day):
        draft.date = day
        draft.report("unsure-date", f"no date is given: the day of the embargo, {day}, was taken as the date", line)


def report_embargo(draft: Draft, reason: str, line: int) -> None:
    """Report what is unclear about an embargo: a warning here, which `checks` turns into an error."""
    if not reason or draft.embargo is None:
        return
    code = "embargo-no-zone" if draft.embargo.until and NO_DATE not in reason else "embargo-unclear"
    if draft.embargo.has_zone and code != "embargo-unclear":
        code = "embargo-year" if "no year" in reason else "embargo-weekday"
    draft.report(code, f"embargo: {reason}", line, Severity.WARNING)


def lift_embargo(release: Release) -> Release:
    """Return a release as it reads after its embargo: without it, and without a label that mentions one."""
    if release.embargo is None:
        return release
    texts = [re.sub(r"\W+", " ", text).casefold() for text in (release.label, release.embargo.text)]
    has_word = pattern(r"(?<!\w){embargo}(?!\w)").search(release.label) is not None
    mentions = has_word or any(find_holds(release.label, edge=True)) or texts[0] == texts[1]
    return replace(release, embargo=None, label="" if mentions else release.label)


def find_unset_holds(release: Release, *, now: datetime, shown: bool = False) -> Iterator[Hold]:
    """Find the sentences with which a release asks to be held back, each once; `now` is aware.

    A hold until a past day is part of the story. With `shown`, only the texts that a mail shows are searched.
    """
    seen: set[str] = set()
    near, day_first = release.date or now.date(), release.language != "en"
    for hold in _holds_of(release, shown=shown):
        if hold.text in seen:
            continue
        found = parse_embargo(hold.text, near=near, day_first=day_first)[0]
        if found.day is None and hold.is_permit and not hold.is_dated and names_time(hold.text):
            found = parse_embargo(f"{hold.text} {near.isoformat()}")[0]  # "For release at 9 a.m. GMT", on its day
        if found.until:
            is_ahead = (found.until if found.until.tzinfo else found.until.replace(tzinfo=UTC)) > now
        else:
            today = now.date()
            is_ahead = found.day is None or found.day > today or (found.day == today and not hold.is_permit)
        if is_ahead:
            seen.add(hold.text)
            yield hold


def find_later_holds(release: Release) -> Iterator[Hold]:
    """Find the holds that last longer than the embargo of a release; none without an embargo with a zone."""
    embargo = release.embargo
    if embargo is None or embargo.until is None or embargo.until.tzinfo is None:
        return
    seen: set[str] = set()
    for hold in _holds_of(release):
        if hold.text in seen or hold.text in embargo.text:
            continue
        seen.add(hold.text)
        near, day_first = embargo.until.date(), release.language != "en"
        until = parse_embargo(hold.text, near=near, day_first=day_first)[0].until
        later = until and (until if until.tzinfo else until.replace(tzinfo=embargo.until.tzinfo)) > embargo.until
        if later or "names no end" in hold.evidence:
            yield hold


def _holds_of(release: Release, *, shown: bool = False) -> Iterator[Hold]:
    """Yield the holds in the texts that a mail shows, and in those beside it: kept lines, text left out."""
    edges = [release.label, release.headline, release.subhead]
    texts = [plain(release.call_to_action), release.extras.pitch]
    for block in (*release.body, *release.notes_to_editors):
        texts += [block.alt, block.caption, block.credit] if isinstance(block, Image) else []
        texts += map(plain, block_inlines(block))
    texts += [text for one in release.boilerplate for text in (one.heading, *map(plain, one.paragraphs))]
    for contact in release.contacts:
        texts += [contact.name, contact.role, contact.organisation, contact.note]
    read = [*((text, True) for text in edges), *((text, False) for text in texts)]
    if not shown:
        read += [(_SUBJECT.sub("", kept.text), kept.field in _EDGES) for kept in release.kept]
        read += [(_left_out_words(one), False) for one in release.problems if one.code in _LEFT_OUT]
    for text, edge in read:
        yield from find_holds(text, edge=edge)
