"""Mail headers: what clings to a release that was copied out of a mail or a newsgroup.

Recognises header lines (Subject, From, X-…), the marks of forwarded and blind copies, and keeps their words as
structure; none of it is the release. The Date header is the date only where the release gives none.
"""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from mailer.release.pieces import Draft, Piece

_HEADER = re.compile(
    r"(?:Subject|From|To|Cc|Bcc|Date|Sent|Reply-To|Organization|Distribution|Lines|Message-ID|Original-Sender|Sender"
    r"|Newsgroups|Received|X-[\w-]+|Betreff|Von|An|Gesendet):(?:\s|$)",
    re.IGNORECASE,
)
_MARK = re.compile(r"-{3,}.*|_{5,}|={5,}|Begin forwarded message:?|Begin Forwarded Message:?")


def recognise_mail_headers(draft: Draft) -> None:
    """Take mail headers and forwarding marks out of the draft."""
    left: list[Piece] = []
    for piece in draft.pieces:
        lines = piece.lines()
        headers = [line for line in lines if _HEADER.match(line.text)]
        if len(headers) >= 2 and len(headers) * 2 > len(lines):
            taken = lines
        else:
            taken = tuple(line for line in lines if _MARK.fullmatch(line.text))
        for line in taken:
            draft.keep("mail-header", line)
        rest = piece.without(line.number for line in taken) if taken else piece
        left.extend([rest] if rest else [])
    draft.pieces = left


def use_mail_date(draft: Draft) -> None:
    """Take the date from a kept Date header where nothing else gave one."""
    if draft.date or not draft.wants("date"):
        return
    for kept in draft.kept:
        name, _, value = kept.text.partition(":")
        if kept.field != "mail-header" or name.lower() not in {"date", "sent"}:
            continue
        try:
            draft.date = parsedate_to_datetime(value.strip()).date()
        except ValueError:
            continue
        draft.say("unsure-date", "the date was taken from the mail's header: is it the release's?", kept.line)
