"""Collect: what came back: read into the ledger, listed by reason, shown whole, tied to somebody by hand.

A reason stands with what one can do about it: a list of bounces is read by somebody who wants fewer of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from mailer.address import printable
from mailer.ledger.returned import Returned
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import QUIET, Page, Part, Verbatim, count, fact, gap, heading, line, listed, problems, undo
from mailer.pages.words import FORGOTTEN, LATER, to_do, why
from mailer.runs.collect.applying import Collected, Reading
from mailer.runs.collect.settling import SetAside, SettledAs
from mailer.runs.collect.showing import CameBack, Classified, WholeMessage, count_people, is_bounce

_PEOPLE = {
    "bounced_hard": "bounced: the address is dead",
    "bounced_soft": "bounced for another reason",
    "delayed": "delayed, their server is still trying",
    "complained": "complained",
    "auto_replied": "answered automatically",
    "moved": "say that they are not there any more",
    "challenged": "have a machine that asks whether a person wrote",
    "replied": "answered: their mail is for people to read",
    "opted_out": "opted out",
}
_UNMATCHED = {
    "bad-token": "carries a token that is not ours: forged or damaged",
    "no-token": "an opt-out without our token: read it, and use mailer optouts add",
    "names-another": "somebody wants another person taken off: ask, and use mailer bounces show ID --as EMAIL",
    "of-a-test": "about a test or preview",
    "not-sent-to": "about somebody we did not write to",
    "no-trace": "says nothing by which it could be matched",
    "before-sent": "written before our mail went out",
    "other-mail": "about another mail than ours, to somebody whom we wrote to",
    "too-late": "written months after our mail went out",
    "unknown-event": "told by the relay, and nobody here knows what it means: look at it with mailer bounces show",
}
_KINDS = {
    "delayed": "Delayed: their server was still trying",
    "delivered": "Delivered, as their server says",
    "autoreply": "Answered automatically",
    "challenge": "A machine wants proof that a person wrote",
    "moved": "Not there any more, as a reply says",
    "optout": "Opted out",
    "reply": "Answered by people",
}
_ASIDE = {
    "moved": "mailer lists proposals   shows what the replies propose",
    "reply": "They are in your mailbox, to be answered.",
}
_SHOWN_DOMAINS = 8
_SHOWN_LINES = 60


# A reading of a mailbox.

shape(
    Collected,
    "messages known kinds people unmatched suppressed settled paused away proposed problems",
    suppressed=lambda told: [{"email": address, "reason": reason} for address, reason in told.suppressed],
    paused=lambda told: [{"mailing": mailing, "why": cause} for mailing, cause in told.paused],
    away=lambda told: [{"email": address, "until": until} for address, until in told.away],
    proposed=lambda told: [{"email": address, "new": new or None} for address, new in told.proposed],
)
shape(Reading, "*told dry_run:told.dry_run notes")


@page.register
def _(reading: Reading) -> Page:
    told = reading.told
    known = f", {told.known} of them known already" if told.known else ""
    unmatched = "could not be tied to anybody and changed nothing: mailer bounces list --unmatched"
    letters = told.kinds.get("none", 0)
    return Page(
        line(f"{count(told.messages, 'message')} read{known}", depth=1),
        (line(f"{number:4} {_PEOPLE.get(kind, kind)}", depth=1) for kind, number in told.people.items() if number),
        (line(f"     {each}", depth=1) for each in happened(told)),
        line(f"{told.unmatched:4} {unmatched}", depth=1) if told.unmatched else None,
        line(f"{letters:4} to read yourself; left in the mailbox", depth=1) if letters else None,
        problems(told.problems),
        (line(note, QUIET, depth=1) for note in reading.notes),
        (line(hint, depth=5, aside=True) for hint in reading.hints),
        line("This was a dry run: nothing was remembered, nothing was marked.", QUIET, depth=1)
        if told.dry_run
        else None,
    )


def in_a_line(told: Collected) -> str:
    """Return what one reading brought that is new, for the lines of a worker; nothing where it brought nothing."""
    new = told.messages - told.known
    people = [f"{number} {_PEOPLE.get(kind, kind)}" for kind, number in told.people.items() if number]
    unmatched = [f"{told.unmatched} could not be tied to anybody"] if told.unmatched else []
    return " · ".join([count(new, "new message"), *people, *unmatched]) if new else ""


def happened(told: Collected) -> Iterator[str]:
    """Yield what happened to whom, and what followed for mailings and lists, a sentence each."""
    for address, reason in told.suppressed:
        yield f"{address or FORGOTTEN} is suppressed from now on ({reason})"
    for address in told.settled:
        yield f"{address or FORGOTTEN} was in doubt, and counts as accepted now: this proves that the relay took it"
    for mailing, cause in told.paused:
        name = _short(mailing)
        yield f"{name} is paused: {cause}. Once that is fixed: mailer resume {name}"
    for address, until in told.away:
        yield f"{address or FORGOTTEN} is away until {until}"
    if told.proposed:
        many = count(len(told.proposed), "proposal")
        yield f"{many} for the lists, of people who left or moved: mailer lists proposals"


# Messages that are read and not remembered.

shape(Classified, "messages:documents")


@page.register
def _(found: Classified) -> Page:
    counts: dict[str, int] = {}
    parts: list[Part] = []
    for each in found.documents:
        kind = "not read" if "problem" in each else each["kind"]
        counts[kind] = counts.get(kind, 0) + 1
        text = printable(each.get("problem") or each["subject"], limit=110)
        parts.append(line(f"{kind:10} {PurePath(each['file']).name}   {text}"))
        parts += (line(f"           {said}") for recipient in each["recipients"] for said in _classified(recipient))
    by_kind = " · ".join(f"{number} {kind}" for kind, number in sorted(counts.items(), key=lambda item: -item[1]))
    total = count(sum(counts.values()), "message")
    return Page(parts, gap(), line(f"{total}   {by_kind}" if by_kind else total))


def _classified(recipient: dict[str, Any]) -> Iterator[str]:
    words = (*(recipient[name] for name in ("address", "action", "status", "reason")), recipient["permanent"])
    yield printable("  ".join("for good" if word is True else word for word in words if word), limit=110)
    if recipient["diagnostic"]:
        yield printable(f"  “{recipient['diagnostic']}”", limit=110)


# What came back, by reason, domain and mailing.

shape(
    Returned,
    "id kind email:address? mailing? status? reason? permanent matched_by? unmatched? diagnostic? source read_at"
    " suppressed:is_suppressed",
)


def _listed(found: CameBack) -> dict[str, Any]:
    return {"unmatched" if found.is_unmatched else "bounces": found.rows}


shape(CameBack, "*rows *counts", rows=_listed, counts=lambda found: count_people(found.rows))


@page.register
def _(found: CameBack) -> Page:
    if not found.rows:
        nothing = "Nothing came back yet. To look: mailer bounces collect"
        return Page(line(nothing if found.is_all else "Nothing."))
    if found.is_unmatched:
        unmatched = [_UNMATCHED.get(each.unmatched, each.unmatched) for each in found.rows]
        return Page(
            (part for each, said in zip(found.rows, unmatched, strict=True) for part in _unmatched(each, said)),
            gap(),
            fact(
                "More",
                ["mailer bounces show ID   one of them, whole", "mailer bounces show ID --as EMAIL   or   --ignore"],
            ),
        )
    if found.one_by_one:
        return Page(part for each in found.rows for part in _one(each))
    return Page(_groups(found))


def _unmatched(each: Returned, said: str) -> Iterator[Part]:
    yield line(f"{each.id:>5}  {each.kind} · {each.address or 'nobody named'} · {said}", depth=1)
    yield from _small(each.diagnostic, each.source)


def _one(each: Returned) -> Iterator[Part]:
    parts = (each.address or FORGOTTEN, _short(each.mailing), f"{each.read_at:%d %b %H:%M}", _meaning(each)[0])
    yield line(f"{each.id:>5}  {' · '.join(filter(None, parts))}", depth=1)
    yield from _small(each.diagnostic)


def _small(*texts: str) -> Iterator[Part]:
    return (line(f" {' '.join(text.split())[:200]}", QUIET, depth=4) for text in texts if text)


def _meaning(each: Returned) -> tuple[str, str]:
    """Return under which heading something stands, and what one can do about it."""
    if is_bounce(each):
        words = why(each.reason)
        # the same words may be too uncertain to end an address at once
        advice = LATER if each.kind == "bounce-soft" else to_do(each.reason, suppressed=each.is_suppressed)
        return f"{words[0].upper()}{words[1:]}", advice
    if each.kind.startswith("feedback-"):
        kind = each.kind.removeprefix("feedback-")
        return ("Complained" if kind in {"abuse", "opt-out"} else f"Reported: {kind}"), ""
    return _KINDS.get(each.kind, each.kind), _ASIDE.get(each.kind, "")


def _groups(found: CameBack) -> Iterator[Part | None]:
    groups: dict[tuple[str, str], dict[str, Returned]] = {}
    for each in found.rows:
        groups.setdefault(_meaning(each), {}).setdefault(each.address or f"({each.id})", each)
    first = min(each.read_at for each in found.rows)
    messages = count(len({each.inbound_id for each in found.rows}), "message")
    yield line(f"{messages} came back since {first:%d %B %Y}", depth=1)
    order = sorted(groups.items(), key=lambda group: (not is_bounce(next(iter(group[1].values()))), -len(group[1])))
    width = max(len(title) for (title, _), _ in order)
    for (title, advice), people in order:
        yield gap()
        yield heading(f"{title:{width}}  {len(people):>5}")
        yield line(listed([each.address or FORGOTTEN for each in people.values()]), depth=2)
        if advice:
            yield line(advice, QUIET, depth=2)
    yield gap()
    counts = count_people(found.rows)
    for label, name in (("By domain", "domains"), ("By mailing", "mailings")):
        shown = [f"{_short(each)} {number}" for each, number in list(counts[name].items())[:_SHOWN_DOMAINS]]
        rest = len(counts[name]) - len(shown)
        yield fact(label, " · ".join([*shown, *([f"and {rest} more"] if rest else [])]))
    yield fact("More", "mailer bounces list --people   everybody, with their server's words")


def _short(mailing: str) -> str:
    """Return a mailing's name as people type it: the release itself needs no kind."""
    return mailing.removesuffix("/release-1")


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
    lines = re.split(r"\r\n|\r|\n", found.data.decode("utf-8", "replace"))
    more = len(lines) - _SHOWN_LINES
    not_kept = "The message itself is not kept here (it was for people to read, or its time is over)."
    return Page(
        heading(f"{shown.id} · {found.kind} · read by the rule “{found.rule}”"),
        fact("Found in", found.source),
        fact("Read", f"{found.read_at:%Y-%m-%d %H:%M} UTC"),
        (part for each in found.findings for part in _finding(each)),
        gap(),
        Verbatim("\n".join(lines[:_SHOWN_LINES]), depth=3) if found.data else line(not_kept, QUIET, depth=1),
        line(f"… {more} more lines: mailer bounces show {shown.id} --raw", QUIET, depth=1) if more > 0 else None,
    )


def _finding(each: Returned) -> Iterator[Part | None]:
    title, advice = _meaning(each)
    sign = f"matched by our {each.matched_by}" if each.matched_by != "recipient" else "matched by the address alone"
    if each.unmatched:
        sign = f"changed nothing: {_UNMATCHED.get(each.unmatched, each.unmatched)}"
    yield fact("About", f"{each.address or 'nobody named'}{f' in {_short(each.mailing)}' if each.mailing else ''}")
    yield fact("Means", [f"{title}{f' ({each.status})' if each.status else ''}", sign])
    yield fact("They said", " ".join(each.diagnostic.split())[:200])
    yield fact("To do", advice)


# By hand.

shape(
    SettledAs,
    "id settled email people:told.people suppressed",
    suppressed=lambda done: [{"email": address, "reason": reason} for address, reason in done.told.suppressed],
)
shape(SetAside, "id settled lifted", settled=lambda done: "ignored" if done.is_ignored else None)


@page.register
def _(done: SettledAs) -> Page:
    return Page(
        line(f"Finding {done.id} is about {done.email}."),
        (line(f"{who or FORGOTTEN} is suppressed from now on ({cause}).") for who, cause in done.told.suppressed),
        undo(f"mailer bounces show {done.id} --undo"),
    )


@page.register
def _(done: SetAside) -> Page:
    return Page(
        line(f"Finding {done.id} is set aside." if done.is_ignored else f"Finding {done.id} waits again."),
        (line(f"{address or FORGOTTEN} can be mailed again.") for address in done.lifted),
    )
