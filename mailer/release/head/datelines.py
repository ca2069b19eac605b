"""Datelines: the place, and perhaps the day, that opens the first paragraph.

Recognises it by `dateline_text` and takes it off the paragraph. A day that stands there alone is the date, and no
dateline.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.errors import Severity
from mailer.release.dateline_text import DatelineText, read_dateline_text
from mailer.release.head.embargo import finish_embargo
from mailer.release.pieces import Draft, Line, Piece, say_lost_links
from mailer.release.places import is_place
from mailer.release.times.dates import complete, find_date, find_day
from mailer.release.top import count_length, is_prose, language_of
from mailer.release.values import Dateline, ListBlock, Paragraph, plain

_ALONE_WORDS = 8
_WITHIN = 10  # the dateline stands in one of the first pieces of the story
_STANDFIRST, _STANDFIRST_WORDS = 2, 6
_ENDED = re.compile(r"[.!?。][”\"»」]?$")
_SENTENCE = re.compile(r"\s*(?P<place>[^\W\d_a-z][^.,:;!?]{2,40})\.\s+(?=[^\W\d_a-z])")


def recognise_dateline(draft: Draft) -> None:
    """Strip the dateline from the first paragraph that has one; with it, all days of the release are known."""
    for i, piece in enumerate(draft.pieces[:_WITHIN] if draft.wants("dateline") else ()):
        if not isinstance(piece.block, Paragraph):
            continue
        found = _read_piece(piece) or _place_of_the_head(draft, piece) or _alone(piece, draft.pieces[i + 1 : i + 2])
        if found:
            _use(draft, i, piece, found)
            _keep_standfirst_above(draft, i)
            break
    finish_embargo(draft, day_first=language_of(draft) != "en")


def _keep_standfirst_above(draft: Draft, story: int) -> None:
    """Make the subhead of a paragraph or two above the dateline: in the mail the story begins with place and day."""
    above = [piece for piece in draft.pieces[:story] if isinstance(piece.block, Paragraph)]
    if not draft.dateline or not draft.wants("subhead") or not 0 < len(above) <= _STANDFIRST:
        return
    if any(count_length(piece.text) < _STANDFIRST_WORDS for piece in above):
        return
    if draft.guess and not all(_ENDED.search(piece.text) for piece in above):  # it may be a letterhead
        return
    draft.subhead = " ".join(filter(None, (draft.subhead, *(piece.text for piece in above))))
    for piece in above:
        draft.found("subhead", piece.text, piece.line)
        say_lost_links(draft, "subhead", plain(piece.inline), piece.inline, piece.line)
        draft.pieces.remove(piece)


def _read_piece(piece: Piece) -> DatelineText | None:
    """Read the dateline that opens a paragraph; what its source set bold or italic there counts as set apart."""
    apart = 0
    for span in piece.inline:
        if span.text.strip() and not (span.strong or span.emphasis):
            return read_dateline_text(plain(piece.inline), apart=apart)
        apart += len(span.text)
    return read_dateline_text(plain(piece.inline))


def _alone(piece: Piece, follows: list[Piece]) -> DatelineText | None:
    """Read a dateline with an agency's mark, or a day, that has a paragraph of its own above the story."""
    text = plain(piece.inline).rstrip(" -–—:")
    goes_on = follows and (is_prose(follows[0]) or isinstance(follows[0].block, ListBlock))
    if not goes_on or len(text.split()) > _ALONE_WORDS:
        return None
    found = read_dateline_text(f"{text} – Story", apart=0)
    told = found is not None and found.end > len(text) and (found.has_day or text.endswith((")", "/")))
    return replace(found, end=len(plain(piece.inline))) if found and told and found.names else None


def _place_of_the_head(draft: Draft, piece: Piece) -> DatelineText | None:
    """Read `Eastport. The council …` where the letterhead names the place as well."""
    match = _SENTENCE.match(plain(piece.inline))
    place = match.group("place") if match else ""
    head = " ".join(kept.text for kept in draft.kept).casefold()
    return (
        DatelineText((place,), place, match.end()) if match and is_place(place) and place.casefold() in head else None
    )


def _use(draft: Draft, index: int, piece: Piece, found: DatelineText) -> None:
    """Strip a dateline from its paragraph; its day is the date, or is held against it."""
    line = piece.line
    if found.names:
        draft.dateline = Dateline(found.names[0], ", ".join(found.names[1:]), found.text)
        draft.found("dateline", draft.dateline.text, line)
    else:
        draft.keep("date", Line(line, found.text))
    rest = piece.after(found.end)
    draft.pieces[index : index + 1] = [rest] if rest.text else []
    if not found.has_day:
        return
    whole = find_date(found.text, day_first=language_of(draft) != "en")
    part = None if whole else find_day(found.text)
    day = whole.day if whole else complete(part, draft.date)[0] if part and draft.date else None
    if day is None:
        return
    if whole and draft.posted and draft.date != day and draft.wants("date"):
        draft.say("dates-differ", f"the page was published on {draft.date}; the day of the dateline was taken", line)
        draft.date = None
    if whole and draft.date is None and draft.wants("date"):
        draft.date = day
        draft.found("date", day.isoformat(), line)
        if whole.doubt:
            draft.say("date-weekday", whole.doubt, line, Severity.WARNING)
    elif draft.date and draft.date != day:
        draft.say("dates-differ", f"the dateline says {day}, the release {draft.date}", line, Severity.WARNING)
