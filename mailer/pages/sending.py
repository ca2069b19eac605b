"""Sending: how a run ended, how a mailing was controlled from another terminal, and how a rehearsed run would end.

The page of a mailing that stopped has the reason and the command that continues it. That of a rehearsal begins with the
result, followed by the time it would take, the deliveries that would be tried again, and the faults that were played.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from mailer.events import MailingState
from mailer.pages import page, sentence
from mailer.pages.documents import rows, shape
from mailer.pages.layout import Page, Tone, fact, heading, line, lines
from mailer.pages.reports import outcome
from mailer.pages.words import WHY, clock, count, people
from mailer.runs.planning.request import distance
from mailer.runs.rehearse import PlayedFault, Rehearsed, Retried
from mailer.runs.sending.deliver import Ended
from mailer.runs.sending.steer import Moved, Settled, Steered
from mailer.settings import Fault


@page.register
def _(done: Steered) -> Page:
    found = done.mailing
    planning = f"The planning of {found.name} was stopped; no recipients were added."
    waves = f"{count(done.waves, 'wave')} to come {'held' if done.is_pause else 'cancelled'}." if done.waves else ""
    if done.waves and done.is_pause and found.state is not MailingState.PAUSED:
        then = f"Go on with: mailer resume {found.name}"
    elif found.state is MailingState.PAUSED:
        then = f"{found.name} is paused. Go on with: mailer resume {found.name}"
    elif done.is_pause:
        then = f"There is nothing else to pause. To plan it again: mailer send {found.slug} --to LIST"
    else:
        then = f"{found.name} is {found.state}; {people(done.cancelled)} will not get it."
        then = "" if done.waves and not done.cancelled else then
    return Page(line(done.stopped_planning and planning), line(waves), line(then))


@page.register
def _(ended: Ended) -> Page:
    go_on = f"mailer resume {ended.mailing}"
    parts = [*lines(ended.notes, depth=1)]
    if ended.halted:
        parts.append(line(ended.halted, Tone.BAD, depth=1))
        parts.append(line(f"The rest waits, untouched. When it is fixed: {go_on}", depth=1))
    elif ended.stopped:
        parts.append(line(f"Stopped. Go on with: {go_on}", depth=1))
    elif ended.lost:
        lost = "Stopped: this command was suspended or had no ledger for too long. Another process has taken over"
        parts.append(line(f"{lost} its recipients. Go on with: {go_on}", Tone.BAD, depth=1))
    elif ended.full_until is not None:
        when = f"{ended.full_until.astimezone():%A %H:%M}"
        full = f"Relay {ended.relay} has reached its limit for 24 hours; it has room again on {when}."
        parts.append(line(full, depth=1))
        parts.append(line(f"The rest waits: {go_on}, or a running mailer worker.", depth=1))
    return Page(parts, fact("Look at it", ended.page.as_uri() if ended.page else ""))


_RETRY = "is planned again. Send with: mailer resume"
sentence(Settled, lambda done: f"{done.email} {'counts as accepted.' if done.accepted else f'{_RETRY} {done.mailing}'}")


def _moved(done: Moved) -> str:
    found = done.mailing
    when = f"at {found.scheduled_text}" if found.state is MailingState.SCHEDULED else "now"
    return f"{found.name} goes out {when}. A running mailer worker sends it; without one, it is not sent."


sentence(Moved, _moved)


_MOST_SHOWN = 9

shape(
    Retried,
    "address:delivery.address attempt:delivery.attempts reason:delivery.reason code:delivery.code"
    " enhanced:delivery.enhanced? text:delivery.text after_s at state",
)
shape(
    Rehearsed,
    "*document halted? suppressed estimate last_try_at:last_at retries left_to_resume:later faults rehearsed_in_s page",
    estimate=lambda rehearsed: (
        rehearsed.estimate
        and {
            "done_at": rehearsed.estimate.done_at,
            "takes_s": round((rehearsed.estimate.done_at - rehearsed.started_at).total_seconds(), 1),
            "bound": rehearsed.estimate.bound,
            "days": rehearsed.estimate.days,
            "late": rehearsed.estimate.late,
        }
    ),
    faults=lambda rehearsed: rows(
        "faults",
        "stage:fault.stage who reply:fault.reply? delay_s:fault.delay_s drop:fault.drop times:fault.times people played"
        " not_played_because",
        who=lambda met: _target(met.fault),
        people=lambda met: None if met.fault.is_before_rcpt else met.people,
        not_played_because=lambda met: None if met.played else _why_not(met, rehearsed.recipients),
    )(rehearsed),
    rehearsed_in_s=lambda rehearsed: round(rehearsed.elapsed_s, 2),
)


@page.register
def _(rehearsed: Rehearsed) -> Page:
    figures, estimate = rehearsed.document, rehearsed.estimate
    late = estimate.late if estimate else 0
    waits = f"{figures['pending']} would wait, untouched, for: mailer resume {figures['mailing']}"
    when = "once half of the mailing was accepted" if figures["dead_addresses"]["unconfirmed"] else "from now on"
    over = f"over {count(rehearsed.connections, 'connection')}"
    takes = f"as long as the relay takes, {over}: mailer.toml sets no rate"
    if estimate is not None:
        took = distance(estimate.done_at - rehearsed.started_at)
        days = f" over {estimate.days} days" if estimate.days > 1 else ""
        takes = f"{took}{days} at {estimate.bound}, {over}: done by {clock(estimate.done_at, rehearsed.now)}"
    played, unplayed = [], []
    for met in rehearsed.faults:
        target = _target(met.fault) if met.fault.is_before_rcpt else f"{people(met.people)} ({_target(met.fault)})"
        times = {0: "never", 1: "once", 2: "twice"}.get(met.played, f"{met.played} times")
        what = [f"answer “{met.fault.reply}”"] if met.fault.reply else []
        what += [f"{met.fault.delay_s:g} s of silence"] if met.fault.delay_s else []
        what += ["the connection dropped"] if met.fault.drop else []
        fault = f"{' and '.join(what)} at {met.fault.stage.upper()}"
        if met.played:
            played.append(f"{fault}: {target}, played {times}")
        else:
            unplayed.append(f"{fault}: {_why_not(met, rehearsed.recipients)}")
    return Page(
        heading("Rehearsed; nothing was sent. A real run would end like this:"),
        outcome(figures, rehearsed.now),
        fact("Halted", [rehearsed.halted, waits]) if rehearsed.halted else None,
        fact("Takes", takes),
        fact("Too late", late and f"{late} attempts would come after --expires, so they are not made"),
        fact("Retries", _retries(rehearsed)),
        fact("Suppressed", rehearsed.suppressed and f"{rehearsed.suppressed} would be skipped {when}"),
        fact("Faults", played or "none were played"),
        fact("Not played", unplayed),
        fact("Look at it", rehearsed.page.resolve().as_uri() if rehearsed.page else ""),
    )


def _retries(rehearsed: Rehearsed) -> list[str]:
    counts = Counter((each.delivery.attempts, each.after_s, each.delivery.reason) for each in rehearsed.retries)
    groups = sorted(counts.items())
    lines = []
    for (attempt, after_s, reason), number in groups:
        nth = "" if attempt == 1 else f", for the {_ordinal(attempt)} time"
        lines.append(f"{number} again after {distance(timedelta(seconds=after_s))}{nth}: {WHY.get(reason, reason)}")
    if len(lines) > _MOST_SHOWN + 1:
        lines = [*lines[: _MOST_SHOWN + 1], f"… {len(rehearsed.retries)} in all (--json has them)"]
    if rehearsed.retries:
        lines.append(f"the last attempt is at {clock(rehearsed.last_at, rehearsed.now)}")
    if rehearsed.later:
        stay = f"`mailer send`, which runs for {distance(timedelta(seconds=rehearsed.stay_s))}, has ended by then"
        lines.append(f"for {rehearsed.later} of them {stay}: `mailer resume` or a running `mailer worker` continues")
    return lines


def _why_not(met: PlayedFault, recipients: int) -> str:
    """Return why a fault was not played, usually because the audience is too small for it."""
    fault = met.fault
    if met.people:
        return f"the rehearsal ended before it reached {_target(fault)}"
    if fault.is_before_rcpt:
        what = "connection" if fault.stage == "connect" else "message"
        return f"it is for {_target(fault)} {what}, and there were fewer"
    if fault.address or fault.domain:
        return f"this mailing has no recipient at {_target(fault)}"
    only = count(recipients, "recipient")
    if fault.share:
        return f"it is for {_target(fault)}, which is none of {only}"
    return f"it is for {_target(fault)}, and there {'is' if recipients == 1 else 'are'} only {only}"


def _target(fault: Fault) -> str:
    if fault.address or fault.domain:
        return fault.address or fault.domain
    if fault.share:
        return f"{fault.share:.3g} of all"
    if fault.every:
        return f"every {_ordinal(fault.every)}, from the {_ordinal(fault.first or fault.every)}"
    return "the " + ", ".join(_ordinal(number) for number in fault.nth)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
