"""Sending: what somebody did to a mailing from another terminal, or after a crash.

A mailing that stopped says why, and every page names the command that goes on with it.
"""

from __future__ import annotations

from mailer.events import MailingState
from mailer.pages import page
from mailer.pages.layout import Page, line, people
from mailer.runs.sending.steer import Settled, Steered


@page.register
def _(done: Steered) -> Page:
    found = done.mailing
    planning = f"The planning of {found.name} was stopped; nobody was added."
    if found.state is MailingState.PAUSED:
        then = f"{found.name} is paused. Go on with: mailer resume {found.name}"
    elif done.is_pause:
        then = f"There is nothing else to pause. To plan it anew: mailer send {found.slug} --to LIST"
    else:
        then = f"{found.name} is {found.state}; {people(done.cancelled)} will not get it."
    return Page(line(planning) if done.stopped_planning else None, line(then))


@page.register
def _(done: Settled) -> Page:
    again = f"is planned again. Send with: mailer resume {done.mailing}"
    return Page(line(f"{done.email} {'counts as accepted.' if done.accepted else again}"))
