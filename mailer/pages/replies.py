"""Replies: what people wrote back, whether it needs an answer, and who has taken it.

A guess is shown with its grounds, so that a wrong one can be recognised.
"""

from __future__ import annotations

from typing import Final

from mailer.bounces.asking import ENOUGH, TOPICS, WEIGHTS, WISH
from mailer.ledger.answers import AnswerNote, Reply
from mailer.pages import page
from mailer.pages.answers import mid_link
from mailer.pages.documents import pairs, shape
from mailer.pages.layout import Page, Part, Steps, Tone, Verbatim, fact, gap, heading, line, lines, problems, undo
from mailer.pages.words import FORGOTTEN, count, dotted, short
from mailer.runs.replies import Handled, Replies, ShownReply
from mailer.words import read_section

_KINDS: Final = read_section("asking", "screen")["kinds"]
_NONE: Final = {
    "": "Nobody has replied yet. To check: mailer bounces collect",
    "open": "No reply waits for an answer.",
    "done": "No reply is done yet.",
    "mine": "No reply is assigned to you.",
}


shape(Replies, "replies open", open=lambda found: sum(each.is_open for each in found.replies))
shape(
    ShownReply,
    "*reply found_in? text? attachments missing? problems",
    text=lambda shown: _text(shown),  # noqa: PLW0108 - it stands below
    attachments=lambda shown: shown.letter.attachments if shown.letter else (),
)
shape(Handled, "what replies refused", refused=pairs("refused", "id why"))


@page.register
def _(found: Replies) -> Page:
    waiting = [each for each in found.replies if each.is_open]
    free = sum(not each.assigned for each in waiting)
    total = f"{count(len(found.replies), 'reply', 'replies')}: {len(waiting)} to be answered"
    parts: list[Part | None] = [line(f"{total}{f', {free} assigned to nobody' if free else ''}", depth=1)]
    for each in found.replies:
        tone = Tone.CAREFUL if each.is_open else Tone.QUIET
        parts += [gap(), line(f"{each.id:>3}  {_head(each)} · {each.written_at:%Y-%m-%d %H:%M} UTC", depth=1)]
        parts += lines((each.subject or "(no subject)", reply_state(each)), tone, depth=4)
        parts += lines((found.explain and reply_grounds(each), *map(_noted, each.notes)), Tone.QUIET, depth=4)
    if not found.replies:
        return Page(line(_NONE[found.which]))
    if not waiting:
        return Page(parts)
    steps = (
        (f"mailer replies show {waiting[0].id}", "read it"),
        (f"mailer replies assign {waiting[0].id}", "take it, or add a name"),
        (f"mailer replies done {waiting[0].id}", "once it is answered"),
    )
    return Page(parts, gap(), Steps(steps))


def _head(reply: Reply) -> str:
    is_theirs = reply.sender.casefold() in {"", reply.address.casefold()}
    return dotted(f"{reply.who or FORGOTTEN}{'' if is_theirs else f' (from {reply.sender})'}", short(reply.mailing))


def _noted(note: AnswerNote) -> str:
    return f"{note.at:%Y-%m-%d} {note.actor}: {note.text}"


def reply_state(reply: Reply) -> str:
    """Return whether a reply needs an answer or is done, and who has taken it."""
    if reply.done_at is not None:
        return f"done on {reply.done_at:%Y-%m-%d} by {reply.done_by}"
    # a topic says more than that there is a question
    asked = [kind for kind in reply.asks if kind in (WISH, *TOPICS)]
    asked = asked or [kind for kind in reply.asks if WEIGHTS.get(kind, 0) > 0]
    grounds = ", ".join(_KINDS.get(kind, kind) for kind in asked)
    needs = f"needs an answer: {grounds}" if reply.needs_answer else "needs no answer"
    return dotted(needs, f"assigned to {reply.assigned}" if reply.assigned else "")


def reply_grounds(reply: Reply) -> str:
    """Return the grounds for the guess that a reply needs an answer, with the weight of each sign."""
    signs = ", ".join(f"{_KINDS.get(kind, kind)} ({WEIGHTS.get(kind, 0):+})" for kind in reply.asks)
    weight = sum(WEIGHTS.get(kind, 0) for kind in reply.asks)
    return f"Why: {signs}. Together {weight:+}; at {ENOUGH:+} or more it needs an answer."


@page.register
def _(shown: ShownReply) -> Page:
    reply, letter = shown.reply, shown.letter
    asked = (letter.asks if letter else {}).items()
    reasons = (f"{_KINDS.get(kind, kind)}: “{words}”" for kind, words in asked if words)
    more = letter is not None and not shown.is_whole and _text(shown) != letter.whole
    may_object = WISH in reply.asks and bool(reply.address) and reply.done_at is None
    objects = f"If this asks for no more mail: mailer optouts add {reply.address}; then: mailer replies done {reply.id}"
    return Page(
        heading(f"{reply.id} · {_head(reply)}"),
        fact("From", (letter.sender if letter else "") or reply.sender or FORGOTTEN),
        fact("Subject", (letter.subject if letter else "") or reply.subject or "(no subject)"),
        fact("Written", f"{reply.written_at:%Y-%m-%d %H:%M} UTC"),
        fact("State", reply_state(reply)),
        fact("Why", reasons),
        fact("Notes", map(_noted, reply.notes)),
        fact("Attached", letter.attachments if letter else ()),
        fact("Found in", shown.found_in or reply.source),
        fact("Open it", mid_link(reply.message_id)),
        gap(),
        Verbatim(_text(shown), depth=2) if letter else line(shown.missing, Tone.CAREFUL, depth=1),
        (gap(), line(f"With the quoted mail: mailer replies show {reply.id} --whole", depth=1)) if more else None,
        (gap(), line(objects, depth=1)) if may_object else None,
        problems(shown.problems),
    )


def _text(shown: ShownReply) -> str:
    if shown.letter is None:
        return ""
    return (not shown.is_whole and shown.letter.text) or shown.letter.whole or "(no text)"


_SAID: Final = {
    "assigned": "is assigned to {}.",
    "unassigned": "is no longer assigned.",
    "done": "is done.",
    "reopened": "is open again.",
    "noted": "has a note.",
    "unnoted": "has lost its newest note.",
}
_UNDO: Final = {"assigned": "assign", "done": "done", "noted": "note"}


@page.register
def _(done: Handled) -> Page:
    numbers = " ".join(str(each.id) for each in done.replies)
    is_undone = bool(numbers) and done.what in _UNDO
    return Page(
        lines(f"Reply {each.id} ({_head(each)}) {_SAID[done.what].format(each.assigned)}" for each in done.replies),
        lines((f"Reply {number} {why}" for number, why in done.refused), Tone.BAD, aside=True),
        undo(f"mailer replies {_UNDO[done.what]} {numbers} --undo") if is_undone else None,
    )
