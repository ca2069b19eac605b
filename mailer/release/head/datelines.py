"""Datelines: the place, and perhaps the day, that opens the first paragraph.

Recognises it by `dateline_text` and takes it off the paragraph. A day that is alone there is the date, and no dateline.
"""

from __future__ import annotations

from dataclasses import replace

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.release.dateline_text import DatelineText, is_place, read_dateline_text
from mailer.release.head.embargo import finish_embargo
from mailer.release.pieces import Draft, Line, Piece, say_lost_links
from mailer.release.times.dates import complete, find_date, find_day
from mailer.release.top import count_length, is_prose, language_of
from mailer.release.values import Dateline, ListBlock, Paragraph, plain

_ALONE_WORDS = 8
_WITHIN = 10  # the dateline is in one of the first pieces of the story
_STANDFIRST, _STANDFIRST_WORDS = 2, 6
_ENDED = re.compile(r"[.!?。][”\"»」]?$")
_SENTENCE = re.compile(r"\s*(?P<place>[^\W\d_a-z][^.,:;!?–—]{2,40}?)(?:\.|\s[–—-])\s+(?=[^\W\d_a-z])")


def recognise_dateline(draft: Draft) -> None:
    """Strip the dateline from the first paragraph that has one; with it, all days of the release are known."""
    for i, piece in enumerate(draft.pieces[:_WITHIN] if draft.wants("dateline") else ()):
        found = _read_piece(draft, piece, draft.pieces[i + 1 : i + 2]) if isinstance(piece.block, Paragraph) else None
        if found:
            _use(draft, i, piece, found)
            _keep_standfirst_above(draft, i)
            break
    finish_embargo(draft, day_first=language_of(draft) != "en")


def _read_piece(draft: Draft, piece: Piece, follows: list[Piece]) -> DatelineText | None:
    """Read the dateline that opens a paragraph, what its source set bold or italic there as set apart; or is all of it.

    One with an agency's mark, or a day, may have a paragraph of its own above the story. `Eastport. The council …` is
    one where the head names the place as well.
    """
    text, apart = plain(piece.inline), 0
    for span in piece.inline:
        if span.text.strip() and not (span.strong or span.emphasis):
            break
        apart += len(span.text)
    if found := read_dateline_text(text, apart=apart if apart < len(text) else 0):
        return found
    match = _SENTENCE.match(text)
    place = match.group("place") if match else ""
    spoken = " ".join([draft.headline, draft.subhead, *(kept.text for kept in draft.kept)])
    if match and is_place(place) and place.casefold() in spoken.casefold():
        return DatelineText((place,), place, match.end())
    bare = text.rstrip(" -–—:")
    goes_on = follows and (is_prose(follows[0]) or isinstance(follows[0].block, ListBlock))
    found = read_dateline_text(f"{bare} – Story") if goes_on and len(bare.split()) <= _ALONE_WORDS else None
    told = found and found.names and found.end > len(bare) and (found.has_day or bare.endswith((")", "/")))
    return replace(found, end=len(text)) if found and told else None


def _keep_standfirst_above(draft: Draft, story: int) -> None:
    """Use as the subhead a paragraph or two above the dateline: in the mail the story begins with place and day."""
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


def _use(draft: Draft, index: int, piece: Piece, found: DatelineText) -> None:
    """Strip a dateline from its paragraph; its day is the date, or is held against it."""
    line = piece.line
    if found.names:
        draft.dateline = Dateline(found.names[0], ", ".join(found.names[1:]), found.text)
        told = (f"names {', '.join(found.names)}", "and a day" if found.has_day else "and no day", "opens a paragraph")
        draft.found("dateline", draft.dateline.text, line, *told)
    else:
        draft.keep("date", Line(line, found.text))
    rest = piece.after(found.end)
    draft.pieces[index : index + 1] = [rest] if rest.text else []
    if whole := find_date(found.text, day_first=language_of(draft) != "en"):
        if draft.posted and draft.date != whole.day and draft.wants("date"):
            message = f"the page was published on {draft.date}; the day of the dateline was taken"
            draft.say("dates-differ", message, line)
            draft.date = None
        if draft.date is None and draft.wants("date"):
            draft.date = whole.day
            draft.found("date", whole.day.isoformat(), line)
            if whole.doubt:
                draft.say("date-weekday", whole.doubt, line, Severity.WARNING)
            return
    part = None if whole or not draft.date else find_day(found.text)
    day = whole.day if whole else complete(part, draft.date)[0] if part and draft.date else draft.date
    if draft.date and day != draft.date:
        draft.say("dates-differ", f"the dateline says {day}, the release {draft.date}", line, Severity.WARNING)
