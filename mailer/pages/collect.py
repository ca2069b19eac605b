"""Collect: what came back: read into the ledger, listed by reason, matched to a recipient by hand; and replies.

Each reason has its remedy beside it: people read a list of bounces to get fewer of them. A guess about a reply is shown
with its grounds, so that a wrong one can be recognised.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

from mailer.address import printable
from mailer.bounces.letter import ENOUGH, TOPICS, WEIGHTS, WISH
from mailer.ledger.history import Returned
from mailer.ledger.returns import AnswerNote, Reply
from mailer.pages import page
from mailer.pages.answers import mid_link
from mailer.pages.documents import pairs, shape
from mailer.pages.layout import Page, Part, Steps, Tone, Verbatim, fact, gap, heading, line, lines, problems, undo
from mailer.pages.words import ASIDE, FORGOTTEN, KINDS, LATER, PEOPLE, UNMATCHED, count, dotted, short, to_do, why
from mailer.runs.collect.by_hand import Classified, ListedReturns, SetAside, SettledAs, WholeMessage, count_people
from mailer.runs.collect.taking import Collected, Reading
from mailer.runs.replies import Handled, Replies, ShownReply
from mailer.words import read_section

_NAMED = 3
_SHOWN_DOMAINS = 8
_SHOWN_LINES = 60


# A reading of a mailbox.

shape(
    Collected,
    "messages known kinds people unmatched suppressed settled paused away proposed consents problems",
    suppressed=pairs("suppressed", "email reason"),
    paused=pairs("paused", "mailing why"),
    away=pairs("away", "email until"),
    proposed=pairs("proposed", "email new?"),
    consents=pairs("embargo_answers", "email verdict release"),
)
shape(Reading, "*collected dry_run:collected.dry_run notes")


@page.register
def _(reading: Reading) -> Page:
    found, letters = reading.collected, reading.collected.kinds.get("none", 0)
    known = f", {found.known} of them already known" if found.known else ""
    unmatched = "matched no recipient and changed nothing: mailer bounces list --unmatched"
    return Page(
        line(f"{count(found.messages, 'message')} read{known}", depth=1),
        lines((f"{number:4} {PEOPLE.get(kind, kind)}" for kind, number in found.people.items() if number), depth=1),
        lines((f"     {each}" for each in happened(found)), depth=1),
        line(found.unmatched and f"{found.unmatched:4} {unmatched}", depth=1),
        line(letters and f"{letters:4} for you to read; left in the mailbox", depth=1),
        line(found.people["replied"] and "     For letters that need an answer: mailer replies --open", depth=1),
        problems(found.problems),
        lines(reading.notes, Tone.QUIET, depth=1),
        lines(reading.hints, depth=5, aside=True),
        line(found.dry_run and "Dry run: nothing was recorded or marked as read.", Tone.QUIET, depth=1),
    )


def in_a_line(found: Collected) -> str:
    """Return what is new in one reading, for a worker's log; empty if nothing is new."""
    new = found.messages - found.known
    people = (f"{number} {PEOPLE.get(kind, kind)}" for kind, number in found.people.items() if number)
    unmatched = f"{found.unmatched} matched no recipient" if found.unmatched else ""
    return dotted(count(new, "new message"), *people, unmatched) if new else ""


def happened(found: Collected) -> Iterator[str]:
    """Yield what happened to each recipient, and the consequences for mailings and lists, a clause each."""
    for address, reason in found.suppressed:
        yield f"{address or FORGOTTEN} is suppressed from now on ({reason})"
    for address in found.settled:
        yield f"{address or FORGOTTEN} was in doubt and now counts as accepted: this proves that the relay took it"
    for mailing, cause in found.paused:
        name = short(mailing)
        yield f"{name} is paused: {cause}. Once that is fixed: mailer resume {name}"
    for address, until in found.away:
        yield f"{address or FORGOTTEN} is away until {until}"
    for address, verdict, slug in found.embargo_answers:
        step = f"mailer embargo record {address} {verdict} --for {slug}"
        yield f"{address or FORGOTTEN} seems to have {verdict} the embargo of {slug}; if so:\n{step}"
    if found.proposed:
        many = count(len(found.proposed), "proposal")
        yield f"{many} for the lists, about contacts who left or moved: mailer lists proposals"


# Messages that are read without being recorded.

shape(Classified, "messages:documents")


@page.register
def _(found: Classified) -> Page:
    counts = Counter[str]()
    parts: list[Part | None] = []
    for each in found.documents:
        kind = "not read" if "problem" in each else each["kind"]
        counts[kind] += 1
        text = printable(each.get("problem") or each["subject"], limit=110)
        parts.append(line(f"{kind:10} {PurePath(each['file']).name}   {text}"))
        parts += _why(each)
        for recipient in each["recipients"]:
            words = [*(recipient[name] for name in ("address", "action", "status", "reason"))]
            words += ["permanent"] if recipient["permanent"] else []
            texts = ("  ".join(filter(None, words)), recipient["diagnostic"] and f"  “{recipient['diagnostic']}”")
            parts += lines(f"           {printable(text, limit=110)}" for text in texts if text)
            parts += _why(recipient)
        parts += lines(f"           {printable(address, limit=110)}  delivered" for address in each["reached"])
    by_kind = dotted(*(f"{number} {kind}" for kind, number in counts.most_common()))
    total = count(counts.total(), "message")
    return Page(parts, gap(), line(f"{total}   {by_kind}" if by_kind else total))


def _why(document: Mapping[str, Any]) -> Iterator[Part | None]:
    """Yield the evidence for a classification, if it was asked for, a line each."""
    for name, value in document.get("why", {}).items():
        texts = value if isinstance(value, list) else [value] if value else []
        heads = (name, *[""] * len(texts))
        yield from lines(
            (f"           {head:10} {printable(text, limit=110)}" for head, text in zip(heads, texts, strict=False)),
            Tone.QUIET,
        )


# Returned mail by reason, domain and mailing.

shape(
    Returned,
    "id kind email:address? mailing? status? reason? permanent matched_by? unmatched? diagnostic? source read_at"
    " suppressed:is_suppressed",
)


shape(
    ListedReturns,
    "*rows *counts",
    rows=lambda found: {"unmatched" if found.is_unmatched else "bounces": found.rows},
    counts=lambda found: count_people(found.rows),
)


@page.register
def _(found: ListedReturns) -> Page:
    if not found.rows:
        none_yet = "No mail has come back yet. To check: mailer bounces collect"
        return Page(line(none_yet if found.is_all else "No mail matches."))
    parts: list[Part | None] = []
    if found.is_unmatched:
        for each in found.rows:
            reason = UNMATCHED.get(each.unmatched, each.unmatched)
            parts.append(line(f"{each.id:>5}  {dotted(each.kind, each.address or 'nobody named', reason)}", depth=1))
            parts += _small(each.diagnostic, each.source)
        one = ["mailer bounces show ID   the whole message", "mailer bounces show ID --as EMAIL   or   --ignore"]
        return Page(parts, gap(), fact("More", one))
    if found.one_by_one:
        for each in found.rows:
            words = (short(each.mailing), f"{each.read_at:%d %b %H:%M}", meaning(each)[0])
            parts.append(line(f"{each.id:>5}  {dotted(each.address or FORGOTTEN, *words)}", depth=1))
            parts += _small(each.diagnostic)
        return Page(parts)
    return Page(_groups(found))


def _small(*texts: str) -> Iterator[Part | None]:
    return lines((f" {' '.join(text.split())[:200]}" for text in texts if text), Tone.QUIET, depth=4)


def meaning(each: Returned) -> tuple[str, str]:
    """Return the heading for a returned mail, and what to do about it."""
    if each.kind.startswith("bounce"):
        words = why(each.reason)
        # a soft bounce with the same words is too uncertain to suppress the address at once
        advice = LATER if each.kind == "bounce-soft" else to_do(each.reason, suppressed=each.is_suppressed)
        return f"{words[0].upper()}{words[1:]}", advice
    if each.kind.startswith("feedback-"):
        kind = each.kind.removeprefix("feedback-")
        return ("Complained" if kind in {"abuse", "opt-out"} else f"Reported: {kind}"), ""
    return KINDS.get(each.kind, each.kind), ASIDE.get(each.kind, "")


def _groups(found: ListedReturns) -> Iterator[Part | None]:
    groups: dict[tuple[str, str], dict[str, Returned]] = {}
    for each in found.rows:
        groups.setdefault(meaning(each), {}).setdefault(each.address or f"({each.id})", each)
    first = min(each.read_at for each in found.rows)
    messages = count(len({each.inbound_id for each in found.rows}), "message")
    yield line(f"{messages} came back since {first:%d %B %Y}", depth=1)
    firsts = {key: next(iter(group.values())) for key, group in groups.items()}
    order = sorted(groups.items(), key=lambda each: (not firsts[each[0]].kind.startswith("bounce"), -len(each[1])))
    width = max(len(title) for (title, _), _ in order)
    for (title, advice), people in order:
        names = [each.address or FORGOTTEN for each in people.values()]
        rest = f" … and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        yield gap()
        yield heading(f"{title:{width}}  {len(people):>5}")
        yield line(f"{', '.join(names[:_NAMED])}{rest}", depth=2)
        yield line(advice, Tone.QUIET, depth=2)
    yield gap()
    counts = count_people(found.rows)
    for label, name in (("By domain", "domains"), ("By mailing", "mailings")):
        shown = [f"{short(each)} {number}" for each, number in list(counts[name].items())[:_SHOWN_DOMAINS]]
        rest = f"and {len(counts[name]) - len(shown)} more" if len(counts[name]) > len(shown) else ""
        yield fact(label, dotted(*shown, rest))
    yield fact("More", "mailer bounces list --people   every recipient, with the server's words")


# One message.

shape(
    WholeMessage,
    "id kind:found.kind rule:found.rule source:found.source read_at:found.read_at from:found.sender?"
    " subject:found.subject? findings:found.findings raw",
    raw=lambda each: each.found.data.decode("utf-8", "replace") if each.found.data else None,
)


@page.register
def _(shown: WholeMessage) -> Page:
    found = shown.found
    raw = re.split(r"\r\n|\r|\n", found.data.decode("utf-8", "replace"))
    rest = len(raw) - _SHOWN_LINES
    not_kept = "The message itself is not stored (it was a letter, or is past its retention date)."
    return Page(
        heading(f"{shown.id} · {found.kind} · classified by the rule “{found.rule}”"),
        fact("Found in", found.source),
        fact("Read", f"{found.read_at:%Y-%m-%d %H:%M} UTC"),
        (part for each in found.findings for part in _finding(each)),
        gap(),
        Verbatim("\n".join(raw[:_SHOWN_LINES]), depth=3) if found.data else line(not_kept, Tone.QUIET, depth=1),
        line(rest > 0 and f"… {rest} more lines: mailer bounces show {shown.id} --raw", Tone.QUIET, depth=1),
    )


def _finding(each: Returned) -> Iterator[Part | None]:
    title, advice = meaning(each)
    sign = f"matched by our {each.matched_by}" if each.matched_by != "recipient" else "matched only by the address"
    if each.unmatched:
        sign = f"changed nothing: {UNMATCHED.get(each.unmatched, each.unmatched)}"
    yield fact("About", f"{each.address or 'nobody named'}{f' in {short(each.mailing)}' if each.mailing else ''}")
    yield fact("Means", [f"{title}{f' ({each.status})' if each.status else ''}", sign])
    yield fact("Diagnostic", " ".join(each.diagnostic.split())[:200])
    yield fact("To do", advice)


# Matching by hand.

shape(
    SettledAs,
    "id settled email people:collected.people suppressed",
    suppressed=pairs("collected.suppressed", "email reason"),
)
shape(SetAside, "id settled lifted", settled=lambda done: "ignored" if done.is_ignored else None)


@page.register
def _(done: SettledAs) -> Page:
    return Page(
        line(f"Finding {done.id} is about {done.email}."),
        lines(f"{each or FORGOTTEN} is suppressed from now on ({why})." for each, why in done.collected.suppressed),
        undo(f"mailer bounces show {done.id} --undo"),
    )


@page.register
def _(done: SetAside) -> Page:
    return Page(
        line(f"Finding {done.id} is set aside." if done.is_ignored else f"Finding {done.id} is unmatched again."),
        lines(f"{address or FORGOTTEN} can be mailed again." for address in done.lifted),
    )


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
    text=lambda shown: _text(shown),  # noqa: PLW0108 - defined below
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
    is_own = reply.sender.casefold() in {"", reply.address.casefold()}
    return dotted(f"{reply.who or FORGOTTEN}{'' if is_own else f' (from {reply.sender})'}", short(reply.mailing))


def _noted(note: AnswerNote) -> str:
    return f"{note.at:%Y-%m-%d} {note.actor}: {note.text}"


def reply_state(reply: Reply) -> str:
    """Return whether a reply needs an answer or is done, and to whom it is assigned."""
    if reply.done_at is not None:
        return f"done on {reply.done_at:%Y-%m-%d} by {reply.done_by}"
    # a topic is more specific than a sign of a question
    topics = [kind for kind in reply.asks if kind in (WISH, *TOPICS)]
    topics = topics or [kind for kind in reply.asks if WEIGHTS.get(kind, 0) > 0]
    grounds = ", ".join(_KINDS.get(kind, kind) for kind in topics)
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
    signs = (letter.asks if letter else {}).items()
    reasons = (f"{_KINDS.get(kind, kind)}: “{words}”" for kind, words in signs if words)
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


_STATES: Final = {
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
        lines(f"Reply {each.id} ({_head(each)}) {_STATES[done.what].format(each.assigned)}" for each in done.replies),
        lines((f"Reply {number} {why}" for number, why in done.refused), Tone.BAD, aside=True),
        undo(f"mailer replies {_UNDO[done.what]} {numbers} --undo") if is_undone else None,
    )
