"""Sending: how a mailing was steered from another terminal or after a crash, and how a run ended.

The page of a mailing that stopped gives the reason and the command that continues it.
"""

from __future__ import annotations

from mailer.events import MailingState
from mailer.pages import page, sentence
from mailer.pages.layout import Page, Tone, fact, line, lines
from mailer.pages.words import count, people
from mailer.runs.sending.deliver import Ended
from mailer.runs.sending.steer import Moved, Settled, Steered


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


_AGAIN = "is planned again. Send with: mailer resume"
sentence(Settled, lambda done: f"{done.email} {'counts as accepted.' if done.accepted else f'{_AGAIN} {done.mailing}'}")


def _moved(done: Moved) -> str:
    found = done.mailing
    when = f"goes out at {found.scheduled_text}" if found.state is MailingState.SCHEDULED else "goes out now"
    return f"{found.name} {when}. A running mailer worker sends it; without one, it is not sent."


sentence(Moved, _moved)
