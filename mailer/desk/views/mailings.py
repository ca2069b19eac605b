"""Mailings: all of them, and one mailing: its state, the relays' answers, its recipients, and steering it.

Nothing is sent from here. Pausing, resuming and other steps are written into the ledger by the same functions as on the
command line; the worker beside the desk, or one elsewhere, acts on them. So closing a page, or killing a sender,
changes nothing: the page shows the state of the mailing, and whether a process is sending it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from mailer.desk.access import Right
from mailer.desk.charts import draw_course
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.errors import InputProblem
from mailer.events import DeliveryState, MailingKind, MailingState
from mailer.ledger.following import Place, WantedMailings, WantedRecipients
from mailer.ledger.planning import hand_over
from mailer.pages import Page, page
from mailer.pages.layout import Tone, lines
from mailer.pages.reports import about, alarms, approval, pace_facts, state_in_words, wave_fact, why_not
from mailer.pages.words import WHY, people, reason_words, to_do, why
from mailer.runs.following import (
    WAITING,
    Afterwards,
    Mailings,
    Now,
    list_mailings,
    list_recipients,
    read_afterwards,
    read_now,
    read_to_come,
)
from mailer.runs.mailboxes import sent_archives
from mailer.runs.office import Office
from mailer.runs.planning.request import describe_schedule, distance, parse_at, parse_expiry
from mailer.runs.reconcile import reconcile
from mailer.runs.reports import read_settlement
from mailer.runs.sending import steer
from mailer.settings import PREVIEW
from mailer.words import read_section

# In the order in which a recipient goes through them, with explanations.
STATES: Final = {DeliveryState(state): words for state, words in read_section("desk", "states")["rows"]}
_DONE: Final = frozenset(STATES) - {*WAITING}
_LINES: Final = 6  # of the worker's log


class _Name(StringConvertor):
    """A mailing's name in a path: its slug, or `slug/kind-N`; so `/mailings/lamps/follow-up` is another page's."""

    regex = r"[^/]+(?:/[a-z-]+-[0-9]{1,9})?"


register_url_convertor("mailing", _Name())


def list_all(request: DeskRequest) -> Response:
    """Show all mailings, newest first."""
    wanted = WantedMailings(
        state=request.one("state"), kind=request.one("kind"), text=request.one("q"), before=request.number("before")
    )

    def look(office: Office) -> tuple[Mailings, Mapping[int, Mapping[str, int]]]:
        return list_mailings(office, wanted), read_to_come(office)

    found, to_come = request.desk.shared.get(f"mailings {wanted}", look)
    return request.render(
        "mailings.html",
        found=found,
        to_come=to_come,
        wanted=wanted,
        kinds=[("", "every kind"), *((each.value, each.value) for each in MailingKind)],
        states=[("", "every state"), *((each.value, each.value) for each in MailingState)],
        command=("status",),
    )


# One mailing.


def show_mailing(request: DeskRequest) -> Response:
    """Show the state of a mailing; once it is over, its report."""
    now, afterwards = read_mailing(request)
    figures, worker = now.figures, request.desk.worker
    own_lines = (f"{now.mailing.name}:", f"relay {now.mailing.relay}", "the ledger", "Warning")
    log = [each for each in worker.log_lines() if each.strip().startswith(own_lines)] if worker is not None else []
    waves = [part for each in figures["waves"] if (part := wave_fact(each, now.now)) is not None]
    return request.render(
        "mailing.html",
        **mailing_context(now),
        now=now,
        states=STATES,
        done=sum(now.states[each] for each in _DONE),
        status_now=_status(now, has_worker=worker is not None and worker.is_running),
        facts=Page(pace_facts(figures), why_not(figures), waves, approval(figures), alarms(figures)),
        why_words=WHY,
        log=log[-_LINES:],
        distance=distance,
        **({} if afterwards is None else report_context(now, afterwards)),
        command=("status", now.mailing.name),
    )


def read_mailing(request: DeskRequest, *, whole: bool = False) -> tuple[Now, Afterwards | None]:
    """Return the state of a mailing and, once it is over or with `whole`, its report."""
    name = request.params["name"]

    def look(office: Office) -> tuple[Now, Afterwards | None]:
        now = read_now(office, name)
        return now, read_afterwards(office, name) if whole or now.is_over else None

    topic = f"{'whole ' if whole else ''}mailing {name}"
    return request.desk.shared.get(topic, look, lambda found: f"mailing {found[0].mailing.full_name}")


def mailing_context(now: Now, here: str = "") -> dict[str, Any]:
    """Return the context for the head of a mailing's page; `here` is the page below the mailing."""
    mailing = now.mailing
    path = f"/mailings/{mailing.name}"
    link, is_over = quote(path), now.is_over
    report = (link if is_over else f"{link}/report", "Report", here == "report" or (is_over and not here))
    recipients = (f"{link}/deliveries", "Recipients", here == "deliveries")
    return {
        "mailing": mailing,
        "path": path,
        "state": state_in_words(now.figures),
        "subpages": [
            *((report, recipients) if is_over else ((link, "Now", not here), recipients, report)),
            *([(f"/mailings/{quote(mailing.slug)}/embargo", "Embargo", False)] if now.has_offers else []),
        ],
    }


def report_context(now: Now, found: Afterwards) -> dict[str, Any]:
    """Return the context for a report: figures, their course over time, and bounces with their remedies."""
    figures = found.report.figures
    return {
        "figures": figures,
        "course": draw_course(found.course, ("accepted", "deferred", "rejected", "in_doubt")),
        "returned": draw_course(
            [(at, "bounced" if kind.startswith("bounced") else kind, number) for at, kind, number in found.back],
            ("bounced", "complained", "opted_out", "auto_replied", "moved", "challenged", "replied"),
        ),
        "bounces": [(why(reason), number, to_do(reason)) for reason, number in figures["bounce_reasons"].items()],
        "explained": Page(why_not(figures), about(figures), alarms(figures)),
        "downloads": now.mailing.was_planned,
    }


def _status(now: Now, *, has_worker: bool) -> tuple[str, str]:
    """Return what is happening with a mailing now, in a sentence, and its tone."""
    mailing, waiting = now.mailing, now.waiting
    match mailing.state:
        case MailingState.SENDING if now.at_work:
            return "good", f"by {' and '.join(now.at_work)}."
        case MailingState.SENDING if not waiting:
            return "careful", "no recipients are left; it is about to be closed."
        case MailingState.SENDING if not mailing.kind.is_real:
            return "bad", f"nobody is sending it, and no worker does: mailer resume {mailing.name}"
        case MailingState.SENDING if mailing.stopped_at is not None:
            return "bad", "nobody is sending it: the command that did was stopped. It waits until you resume it."
        case MailingState.SENDING if not has_worker:
            start = f"A running mailer worker sends it, or: mailer resume {mailing.name}"
            return "bad", f"nobody is sending it, and no worker runs beside this desk. {start}"
        case MailingState.SENDING if waiting == now.states[DeliveryState.DEFERRED]:
            return "careful", "the others are retried later, by the worker beside this desk."
        case MailingState.SENDING:
            return "careful", "nobody is sending it at the moment. The worker beside this desk will continue it."
        case MailingState.PAUSED | MailingState.HALTED if now.at_work:
            return "careful", f"what is on the wire is being finished, by {' and '.join(now.at_work)}."
        case MailingState.PAUSED:
            return "careful", "nothing is sent until it is resumed."
        case MailingState.HALTED:
            return "bad", "nobody else gets it until the cause is fixed and it is resumed."
        case MailingState.SCHEDULED:
            by = "The worker beside this desk" if has_worker else "A running mailer worker"
            when = describe_schedule(mailing, now=now.now)
            return "plain" if has_worker else "careful", f"it goes out at {when}. {by} sends it then."
        case MailingState.PLANNING if mailing.planner:
            return "plain", f"{people(mailing.planned)} so far. Nothing has been sent."
        case MailingState.PLANNING:
            return "careful", "it was interrupted: it has no recipients. Send the release again, or cancel."
        case MailingState.FINISHED:
            return "good", ""
        case MailingState.CANCELLED:
            return "plain", "recipients who had not received it will not receive it."
        case _:
            return "plain", "nothing has been sent."


# Steering.


def steer_mailing(request: DeskRequest) -> Response:
    """Carry out a step with a mailing, as the commands do."""
    done = _STEPS.get(request.one("do"))
    if done is None:
        raise InputProblem("there is no such step")
    name = request.params["name"]
    return request.go(f"/mailings/{name}", done(request, name))


def _stop(request: DeskRequest, name: str) -> object:
    return request.write(steer.pause if request.one("do") == "pause" else steer.cancel, name)


def _resume(request: DeskRequest, name: str) -> object:
    do, only = request.one("do"), tuple(request.many("only"))
    if do == "retry-chosen" and not only:
        raise InputProblem("no recipient is ticked", hint="Tick the recipients who should get it again.")
    too_late = do == "expired" or bool(request.one("expired"))
    with request.writing(mails=True) as (office, ledger):
        found, relay = steer.find_relay(office, ledger, name, request.one("relay"))
        if relay.key == PREVIEW:
            raise InputProblem(
                f"{found.name} goes to the preview inbox, which only the command can resume",
                hint=f"mailer resume {found.name}",
            )
        request.desk.offices.password(office, relay)  # raises now if it is missing
        until = parse_expiry(request.one("expires") or "24h", now=office.clock()) if too_late else None
        resume = steer.Resume(
            found,
            relay,
            pinned=bool(request.one("relay")),
            in_doubt=do.startswith("retry"),
            only=only if do == "retry-chosen" else (),
            expires_at=until,
            refused=do == "refused",
        )
        scheduled = steer.resume_mailing(office, ledger, resume)
        if scheduled is not None:
            return f"{scheduled.name} is scheduled again: {describe_schedule(scheduled, now=office.clock())}."
        steer.resume_waves(office, ledger, found)
        with ledger.writing() as connection:
            hand_over(connection, found.id)
    worker = request.desk.worker
    by = "the worker beside this desk" if worker is not None and worker.is_running else "a running mailer worker"
    return f"{found.name} is resumed; {by} sends it."


def _settle(request: DeskRequest, name: str) -> object:
    chosen = request.many("only")
    if not chosen:
        raise InputProblem("no recipient is ticked", hint="Tick the recipients whose result you know.")
    is_accepted, note = request.one("do") == "accepted", request.one("note").strip()
    by_hand = [steer.Settled(name, email, accepted=is_accepted, evidence=note) for email in chosen]
    with request.writing() as (office, ledger):
        for each in by_hand:
            steer.settle(office, ledger, each)
    return Page(*(page(each).parts for each in by_hand))


def _search(request: DeskRequest, name: str) -> object:
    with request.writing() as (office, ledger):
        found = reconcile(office, ledger, name, sent_archives(office, request.desk.offices.password))
        result = read_settlement(ledger, found, dry_run=False)
    return Page(page(result).parts, lines((str(each) for each in found.errors), Tone.BAD))


def _reschedule(request: DeskRequest, name: str) -> object:
    with request.writing(mails=True) as (office, ledger):
        now, zone = office.clock(), office.settings.office.time_zone
        at = None if request.one("do") == "now" else parse_at(request.one("at"), now=now, zone=zone)
        until = parse_expiry(request.one("expires") or "24h", now=now, start=at.at if at else None, zone=zone)
        return steer.reschedule(office, ledger, name, at, until)


_STEPS: Final[Mapping[str, Callable[[DeskRequest, str], object]]] = {
    **dict.fromkeys(("pause", "cancel"), _stop),
    **dict.fromkeys(("resume", "retry", "retry-chosen", "expired", "refused"), _resume),
    **dict.fromkeys(("accepted", "not-sent"), _settle),
    "search": _search,
    **dict.fromkeys(("now", "at"), _reschedule),
}


# Recipients.


def show_recipients(request: DeskRequest) -> Response:
    """Show the recipients of a mailing by state, with what happened to each."""
    name, state = request.params["name"], request.one("state")
    wanted = WantedRecipients(
        states=(DeliveryState(state),) if state in set(DeliveryState) else (),
        text=request.one("q").strip(),
        after=_place(request.one("after")),
    )
    now, _ = read_mailing(request)
    found = request.read(list_recipients, name, wanted)
    return request.render(
        "mailing_recipients.html",
        **mailing_context(now, "deliveries"),
        found=found,
        wanted=wanted,
        chosen=state,
        states=STATES,
        why=lambda reason: WHY.get(reason) or reason_words(reason),
        counts=now.states,
        command=("report", now.mailing.name, "--deliveries"),
    )


def _place(text: str) -> Place | None:
    spread, _, number = text.partition("-")
    parts = (spread, number)
    return (int(spread), int(number)) if all(each.isdecimal() and len(each) < 19 for each in parts) else None


ROUTES = (
    DeskRoute("/mailings", get=list_all),
    DeskRoute("/mailings/{name:mailing}/deliveries", get=show_recipients),
    DeskRoute("/mailings/{name:mailing}", get=show_mailing, post=steer_mailing, changes=Right.SEND),
)
