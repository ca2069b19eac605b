"""Mail headers: what clings to a release that was copied out of a mail or a newsgroup.

Recognises header lines (Subject, From, X-…), the marks of forwarded and blind copies, and keeps their words as
structure; none of it is the release. The Date header is the date only where the release gives none.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from mailer import lazy_re as re
from mailer.release.head.headlines import GREETING
from mailer.release.head.labels import is_label_line
from mailer.release.pieces import Draft, Piece
from mailer.release.sections.sections import is_end_mark
from mailer.release.times.dates import find_date
from mailer.words import read_section

_MAIL = read_section("pages", "mail")
_HEADER = re.compile(rf"(?:{'|'.join(_MAIL['headers'])})\s?[:：](?:\s|$)", re.IGNORECASE)
_FORWARDED = re.compile(rf"(?:[-_]{{2,}}\s*)?(?:{'|'.join(_MAIL['forwarded'])})\s*:?\s*(?:[-_]{{2,}})?", re.IGNORECASE)
_REPLY_MARK = re.compile(r"^> ?")
_MARKED_LINES = 5
_LABEL = 50  # characters at most
_MARK = re.compile(r"-{3,}.*|_{5,}|={5,}|Begin forwarded message:?|Begin Forwarded Message:?")
_DATES = frozenset(read_section("heads", "paper")["dates"])


def without_reply_marks(text: str) -> str:
    """Return a text without the `>` before its lines, where mail programs put one or more before nearly each."""
    lines = text.split("\n")
    while True:
        marked = sum(line.startswith(">") for line in lines)
        if marked < _MARKED_LINES or marked * 4 < 3 * sum(bool(line.strip()) for line in lines):
            return "\n".join(lines)
        lines = [_REPLY_MARK.sub("", line) for line in lines]


def recognise_mail_headers(draft: Draft) -> None:
    """Move mail headers, forwarding marks and what was written above the last of them out of the draft."""
    marks = [i for i, piece in enumerate(draft.pieces) if any(_FORWARDED.fullmatch(one.text) for one in piece.lines())]
    top = marks[-1] if marks else 0
    if any(GREETING.fullmatch(line.text) for piece in draft.pieces[top : top + 4] for line in piece.lines()):
        # a covering note ends at a rule, or where the label of the release stands
        ends = ((i, line.text) for i in range(top + 1, len(draft.pieces)) for line in draft.pieces[i].lines()[:1])
        marks += [
            i
            for i, text in ends
            if _MARK.fullmatch(text) or (len(text) < _LABEL and is_label_line(text) and not find_date(text))
        ][:1]
    above, below = (draft.pieces[: marks[-1]], draft.pieces[marks[-1] :]) if marks else ([], draft.pieces)
    if marks and 2 * sum(len(piece.text) for piece in above) <= sum(len(piece.text) for piece in below):
        note = [line for piece in above for line in piece.lines() if not _HEADER.match(line.text)]
        for line in note:
            draft.keep("covering-note", line)
        if note:
            words = " ".join(line.text for line in note)
            draft.say("left-out", f'left out as written above a mail that was passed on: "{words}"', note[0].number)
        rest_above = (piece.without(line.number for line in note) for piece in above)
        draft.pieces = [*(piece for piece in rest_above if piece and piece.inline), *below]
    left: list[Piece] = []
    for piece in draft.pieces:
        lines = piece.lines()
        headers = [line for line in lines if _HEADER.match(line.text)]
        if len(headers) < 2 or len(headers) * 2 <= len(lines):
            lines = tuple(line for line in lines if _MARK.fullmatch(line.text) and not is_end_mark(line.text))
        for line in lines:
            draft.keep("mail-header", line)
        rest = piece.without(line.number for line in lines) if lines else piece
        left.extend([rest] if rest else [])
    draft.pieces = left


def is_passed_on(text: str) -> bool:
    """Return whether a mail that was passed on stands in a text."""
    return any(_FORWARDED.fullmatch(line.strip()) for line in text.splitlines())


def use_mail_date(draft: Draft) -> None:
    """Use the date of a kept Date header where nothing else gave one."""
    if draft.date or not draft.wants("date"):
        return
    for kept in draft.kept:
        name, _, value = kept.text.partition(":")
        if kept.field != "mail-header" or name.strip().lower() not in _DATES:
            continue
        try:
            draft.date = parsedate_to_datetime(value.strip()).date()
        except ValueError:
            found = find_date(value.strip(), day_first=True)
            draft.date = found.day if found else None
        if draft.date:
            draft.say("unsure-date", "the date was taken from the mail's header: is it the release's?", kept.line)
            return
