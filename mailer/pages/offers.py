"""Offers: what an offer would do, the answers to it, and a release in waves before it is confirmed.

Silent contacts are named like those who agreed: the press office will telephone them. Whatever waits for a person (a
reply to be confirmed, a wave without a worker) has its command beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mailer.events import DeliveryState
from mailer.ledger.offers import AGREED, Wave
from mailer.pages import page
from mailer.pages.documents import json_of, shape
from mailer.pages.layout import Fact, Page, Part, Steps, Tone, fact, gap, heading, line, undo
from mailer.pages.planning import describe_relay, first_people, left_out_counts, plan_checks, times_elsewhere
from mailer.pages.reports import wave_fact
from mailer.pages.words import FORGOTTEN, count, dotted, people
from mailer.runs.offers import (
    Broken,
    OfferPlan,
    OfferStatus,
    OfferStatuses,
    Person,
    PlannedWave,
    Recorded,
    WavesPlan,
)
from mailer.runs.planning.request import describe

_SHOWN = 12
_WAITS = "the release waits for `mailer worker`, or `mailer resume`"

shape(
    OfferPlan,
    "*offer until then:then.waves has_page material",
    material=lambda plan: {"headline": plan.material.release.headline, "largest": plan.material.tally.largest},
)
shape(
    PlannedWave,
    "number when:request.condition at lists:request.lists to_send:foreseen.plan.tally.to_send"
    " left_out:foreseen.plan.tally.left_out skipped_reasons:foreseen.plan.tally.skipped elsewhere",
)
shape(
    WavesPlan,
    "mailing:first.slug headline:first.release.headline waves to_send:recipients replaced dry_run:is_dry_run",
)
shape(Person, "email:email? at evidence? words? sent")
shape(
    OfferStatus,
    "release headline until offered accepted:agreed declined silent not_reached unconfirmed waves held?",
    silent=lambda found: [each.email or None for each in found.silent],
    not_reached=lambda found: [{"email": each.email or None, "state": each.evidence} for each in found.not_reached],
)
shape(OfferStatuses, "releases broken")
shape(Wave, "number state when:told at recipients started_at reason")


@page.register
def _(plan: OfferPlan) -> Page:
    offer, now = plan.offer.plan, plan.offer.now
    subject = offer.tally.first.rendered.subject if offer.tally.first else ""
    text, size = plan.material.release, max(1, round(plan.material.tally.largest / 1000))
    how = "a page, or a reply in words" if plan.has_page else "a reply in words; with [optout] base_url, a page as well"
    page_needs = "the page needs `mailer serve` on the machine with the ledger" if plan.has_page else ""
    return Page(
        gap(),
        heading(f"Offer under embargo: {offer.release.headline}"),
        line(bool(subject) and f"Subject: {subject}", depth=1),
        line(f"from {offer.sender.name} <{offer.sender.address}> · by {describe_relay(offer.request.relay)}", depth=1),
        gap(),
        fact("Lists", " + ".join(f"{name} {number}" for name, number in offer.tally.per_list.items()) or "none"),
        left_out_counts(offer),
        fact("Embargo", describe(f"{plan.until:%Y-%m-%d %H:%M %Z}", plan.until, now=now)),
        fact("Shows", "the subject, the embargo and the press contact; no text, pictures or files"),
        fact("Accept by", [how, page_needs]),
        fact("Then", f"contacts who accept get the release at once, as it is now ({size} kB at most)"),
        _waves(plan.then, now) if plan.then else fact("At the end", "nothing more; --then-to LIST sends it to others"),
        fact("To send", count(offer.tally.to_send, "offer")),
        first_people(offer),
        plan_checks(plan.material),
        line(text.headline != offer.release.headline and f"The release: {text.headline}", Tone.QUIET, depth=1),
        gap(),
        line(plan.offer.is_dry_run and "Dry run: nothing was sent.", depth=1),
    )


@page.register
def _(plan: WavesPlan) -> Page:
    first = plan.first
    return Page(
        gap(),
        heading(first.release.headline),
        line(f"from {first.sender.name} <{first.sender.address}> · by {describe_relay(first.request.relay)}", depth=1),
        gap(),
        _waves(plan, plan.now),
        fact("Replaces", plan.replaced and f"{count(plan.replaced, 'wave')} that had not started"),
        plan_checks(first),
        gap(),
        line(plan.is_dry_run and "Dry run: nothing was sent.", depth=1),
    )


def _waves(plan: WavesPlan, now: datetime) -> Iterator[Part | None]:
    """Yield each wave: its lists, its time, and that time in the time zones of its contacts."""
    for each in plan.waves:
        tally, at = each.foreseen.plan.tally, each.at
        lists = " + ".join(each.request.lists)
        chosen = f", where {each.request.selection.where}" if each.request.selection.where else ""
        when = each.request.condition
        if start := each.request.at:  # the time comes before a condition, which may be met first
            when = f"{describe(start.text, start.at, now=now)}{when.removeprefix(start.text)}"
        elif at is not None and at > now:
            when = f"{when}, about {at.astimezone():%a %d %b %H:%M}"
        lines = [f"{count(tally.to_send, 'message')} to {lists}{chosen}: {when}"]
        lines += times_elsewhere(at, each.elsewhere) if at is not None and at > now else ()
        out = left_out_counts(each.foreseen.plan)
        lines += [f"left out: {text}" for text in (out.lines[:1] if out else ())]
        yield fact(f"Wave {each.number}", lines)


@page.register
def _(found: OfferStatuses) -> Page:
    parts: list[Part | None] = []
    for each in found.releases:
        ahead = each.until is not None and each.until > found.now
        until = f"{each.until:%Y-%m-%d %H:%M %Z}" if each.until else ""
        parts += [
            heading(each.headline),
            fact("Release", each.release),
            fact("Embargo", until and f"until {until}" if ahead else until and f"ended {until}"),
            fact("Offered", people(each.offered)),
            _named("Accepted", each.agreed, Tone.GOOD, waits="" if each.held else _WAITS),
            fact("Held", each.held, Tone.BAD),
            _named("Declined", each.declined),
            _named("Silent", each.silent),
            _named("Not reached", each.not_reached, Tone.CAREFUL),
            *_to_confirm(each),
            *(wave_fact(json_of(one), found.now) for one in each.waves),
            gap(),
        ]
    broken = [f"{each.email or FORGOTTEN}  {each.at:%Y-%m-%d}  {each.words}" for each in found.broken if each.at]
    nothing = not parts and not broken
    parts += [fact("Broken", broken, Tone.BAD)]
    parts += [line(nothing and "Nothing has been offered yet: mailer embargo offer RELEASE --to LIST")]
    return Page(parts)


def _named(label: str, found: Sequence[Person], tone: Tone = Tone.PLAIN, *, waits: str = "") -> Fact | None:
    lines = [f"{len(found)}"] if found else []
    for each in found:
        at = f"{each.at.astimezone():%d %b %H:%M} by {each.evidence}" if each.at else each.evidence
        lines.append(f"  {dotted(each.email or FORGOTTEN, at, '' if each.sent else waits, each.words)}")
    return fact(label, lines, tone, most=_SHOWN)


def _to_confirm(each: OfferStatus) -> Iterator[Fact | None]:
    for one in each.unconfirmed:
        words = f"{one.email or FORGOTTEN} wrote: “{one.words}”"
        step = f"mailer embargo record {one.email} {one.verdict} --for {each.release}"
        yield fact("To confirm", [words, step], Tone.CAREFUL)


@page.register
def _(done: Recorded) -> Page:
    what = f"the embargo of {done.slug}" if done.under_embargo else done.slug
    gets = done.verdict == AGREED and done.state is None
    then = " A running `mailer worker` sends them the release." if gets else ""
    if gets and done.held:
        gets, then = False, f" It does not go out to them: {done.held}."
    if done.verdict == AGREED and done.state is not None:
        then = f" Their mail of the release: {done.state.replace('_', ' ')}."
        then = " The release was sent to them already." if done.state is DeliveryState.ACCEPTED else then
    return Page(
        line(f"{done.email} has {done.verdict} {what}.{then}"),
        Steps(((f"mailer resume {done.slug}", "sends it without a worker"),)) if gets else None,
    )


@page.register
def _(done: Broken) -> Page:
    if done.is_lifted:
        return Page(line(f"{done.email} can be offered releases under embargo again."))
    return Page(
        line(f"{done.email} broke an embargo and gets no more offers, and nothing under embargo."),
        undo(f'mailer embargo broken {done.email} --undo --why "…"'),
    )


shape(Recorded, "email release:slug verdict confirmed_reply")
