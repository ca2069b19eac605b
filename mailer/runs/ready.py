"""Ready: anything that can be sent, planned so that it can be reviewed, and confirmed as a whole.

A release, its waves, an offer under embargo, and mailings about a release are planned and confirmed by different use
cases. Here they have a common form, with a page, a number of recipients, and a plan that another person can approve;
and a stored plan of any kind takes that form again. Nothing is sent from here: what was confirmed is due, and the
process that delivers (a command, a worker) finds it.
"""

from __future__ import annotations

from typing import Any

from mailer.errors import InputProblem
from mailer.events import MAY_COME, MailingKind, MailingState
from mailer.frozen import dataclass
from mailer.ledger import Ledger
from mailer.ledger.deliveries import open_count
from mailer.ledger.mailings import Mailing, read_mailing
from mailer.ledger.plans import KeptPlan
from mailer.runs import offers
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import Foreseen, Plan, foresee, prepare
from mailer.runs.planning.request import NO_RELAY, PREVIEW_RELAY, Request, is_span, parse_at, parse_expiry
from mailer.runs.planning.stored import take_plan
from mailer.runs.planning.updates import prepare_update
from mailer.settings import PREVIEW, Relay

_ABOUT_RELEASE = (MailingKind.FOLLOW_UP, MailingKind.CORRECTION, MailingKind.RETRACTION)


@dataclass(frozen=True, slots=True)
class Ready:
    """What would be sent: `shown` has a page, `plan` is everything as one plan.

    `skipped` are those of a stored plan who have been suppressed since.
    """

    shown: Foreseen | offers.WavesPlan | offers.OfferPlan
    plan: Plan
    skipped: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Return how many messages a confirmation sends, now or later, including those already waiting."""
        match self.shown:
            case offers.WavesPlan():
                return self.shown.recipients
            case offers.OfferPlan():
                return self.shown.offer.plan.tally.to_send
        return self.plan.tally.to_send + self.shown.waiting

    @property
    def is_anything(self) -> bool:
        """Return whether there is something to confirm, even if only a text for those who are waiting."""
        shown, more = self.shown, self.plan.request.kind in {MailingKind.CORRECTION, MailingKind.RETRACTION}
        if isinstance(shown, offers.OfferPlan):
            more = shown.material.is_changed or (shown.then is not None and self.plan.existing is not None)
        return bool(self.count or self.plan.request.renews or more)

    @property
    def what(self) -> str:
        """Return in a few words what a confirmation does."""
        request, messages = self.plan.request, _counted(self.count, "message")
        if isinstance(self.shown, offers.OfferPlan):
            then = self.shown.then
            more = f", and send it to {then.recipients:,} when the embargo ends" if then else ""
            return f"offer it to {self.count:,}{more}"
        if isinstance(self.shown, offers.WavesPlan):
            return f"send {messages} in {_counted(len(request.waves), 'wave')}"
        if request.renews:
            return f"use the new text of {self.plan.slug} from now on"
        if request.kind is MailingKind.RETRACTION:
            return f"withdraw {self.plan.slug} for good, and send {messages} now"
        return f"schedule {messages} for {request.at.text}" if request.at else f"send {messages} now"

    def close(self) -> None:
        """Close the files of what was planned."""
        if not isinstance(self.shown, Foreseen):
            self.shown.close()
        self.plan.spool.close()


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def is_plain(request: Request) -> bool:
    """Return whether this is a release (or a preview of one) that goes out as a whole."""
    return not request.waves and request.kind not in {*_ABOUT_RELEASE, MailingKind.OFFER}


def sending_fields(office: Office, *, relay: str, at: str, expires: str, is_dry_run: bool = False) -> dict[str, Any]:
    """Return how and when a mailing goes out, from typed options, as fields of a `Request`.

    Raises InputProblem if a time cannot be read; ConfigProblem if there is no such relay.
    """
    at_once = at.strip().lower() == "now"
    zone, now = office.settings.office.time_zone, office.clock()
    time = parse_at(at, now=now, zone=zone) if at and not at_once else None
    return {
        "relay": PREVIEW_RELAY if relay == PREVIEW else relay_of(office, relay, is_dry_run=is_dry_run),
        "pinned": bool(relay),
        "kind": MailingKind.PREVIEW if relay == PREVIEW else MailingKind.RELEASE,
        "expires_at": parse_expiry(expires, now=now, start=time.at if time else None, zone=zone),
        "expires": expires.strip() if is_span(expires) else "",
        "at": time,
        "at_once": at_once,
    }


def relay_of(office: Office, name: str, *, is_dry_run: bool = False) -> Relay:
    """Return a relay by its name, or the first; for a dry run there need not be one. Raises ConfigProblem."""
    return NO_RELAY if is_dry_run and not name and not office.settings.relays else office.relay(name)


def make_ready(office: Office, request: Request, *, is_dry_run: bool = False) -> Ready:
    """Plan any kind of request; the caller closes the result. Raises as `prepare` and the like."""
    if request.kind is MailingKind.OFFER or request.waves:
        make = offers.plan_offer if request.kind is MailingKind.OFFER else offers.plan_waves
        made = make(office, request, is_dry_run=is_dry_run)
        return Ready(made, offers.as_one_plan(office, made))
    plan = (prepare_update if request.kind in _ABOUT_RELEASE or request.renews else prepare)(office, request)
    waiting = 0
    if plan.existing is not None and office.ledger is not None:
        with office.ledger.reading() as connection:
            waiting = open_count(connection, plan.existing.id, MAY_COME)
    return Ready(foresee(office, plan, waiting=waiting, is_dry_run=is_dry_run), plan)


def take_ready(office: Office, ledger: Ledger, kept: KeptPlan, *, is_dry_run: bool = False) -> Ready:
    """Plan a stored plan once more. Raises NotApproved if it is invalid, or would not be sent as it was planned."""
    made: list[Ready] = []

    def make(office: Office, request: Request) -> Plan:
        made.append(make_ready(office, request, is_dry_run=is_dry_run))
        return made[0].plan

    try:
        plan, skipped = take_plan(office, ledger, kept, make)
    except BaseException:
        for each in made:
            each.close()
        raise
    return Ready(made[0].shown, plan, skipped)


def confirm_ready(office: Office, ledger: Ledger, ready: Ready) -> Mailing:
    """Confirm everything; return the mailing, which is due at once or at its time.

    Raises NotApproved if it needs an approved plan and is none; InputProblem if it was paused or cancelled, another
    user has changed the mailing meanwhile, or nobody would get it.
    """
    refuse_stopped(ready.plan)
    if not (ready.is_anything or ready.plan.tally.skipped):
        raise InputProblem("there are no recipients", hint="Nothing was sent.")
    match ready.shown:
        case offers.OfferPlan():
            return offers.confirm_offer(office, ledger, ready.shown, ready.plan.plan_hash)
        case offers.WavesPlan():
            mailing = offers.confirm_waves(office, ledger, ready.shown, ready.plan.plan_hash)
            offers.start_now(office, ledger, mailing.slug)
            with ledger.reading() as connection:
                return read_mailing(connection, mailing.id)
    return confirm(office, ledger, ready.plan)


def refuse_stopped(plan: Plan) -> None:
    """Refuse to add to a mailing that was paused or cancelled. Raises InputProblem."""
    before = plan.existing
    if before is None or plan.request.renews:
        return
    if before.state is MailingState.PAUSED:
        raise InputProblem(f"{before.name} is paused", hint=f"mailer resume {before.name}   goes on with it")
    if before.state is MailingState.CANCELLED:
        hint = 'To send it after all, give the release another name and use --new-mailing "why".'
        raise InputProblem(f"{before.name} was cancelled; nobody else gets it", hint=hint)
