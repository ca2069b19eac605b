"""Offers: a notice that says what a release is about and until when it is held, and has nothing of its text.

The material is planned together with the offer, for the same people: all that could fail when somebody accepts fails
here, before anybody was asked. Its text is kept at once, as the edition of the release's own mailing, in which nobody
is yet; so what goes to whoever accepts is what was looked at on the day of the offer, and where a plan has to be
approved, that plan names the people of the offer and the bytes that each of them would get.

Somebody is offered a release once: the same command with a longer list reaches only who is new. Who broke an embargo is
left out. Raises `InputProblem`, `ConfigProblem`.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

from mailer.events import MailingKind
from mailer.frozen import dataclass, replace
from mailer.ledger import Ledger
from mailer.ledger.mailings import Mailing
from mailer.runs import approval
from mailer.runs.embargo.waves import WavesPlan, covered, hold_text, keep_waves, plan_waves, refuse_scheduled
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import Foreseen, Plan, foresee, prepare
from mailer.runs.planning.request import Moment, Request


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """An offer, planned: the notice, the material that it promises, and who gets that once the embargo is over."""

    offer: Foreseen
    material: Plan
    then: WavesPlan | None
    until: datetime
    has_page: bool

    def close(self) -> None:
        """Let go of what was planned."""
        self.offer.plan.spool.close()
        self.material.spool.close()
        if self.then is not None:
            self.then.close()


def plan_offer(office: Office, request: Request, *, is_dry_run: bool = False) -> OfferPlan:
    """Plan an offer to lists; `request.family` is that of the notice, `request.waves` who gets the release at the end.

    Raises:
        InputProblem: with every problem of the release and the lists; there is no embargo, or it is over.
    """
    with ExitStack() as unless_planned:
        offer = prepare(office, replace(request, kind=MailingKind.OFFER))
        unless_planned.callback(offer.spool.close)
        release = replace(request, kind=MailingKind.RELEASE, family="")
        promised = replace(release, by_offer=True, is_wave=True, despite_recent="offered under embargo")
        material = prepare(office, promised)
        unless_planned.callback(material.spool.close)
        refuse_scheduled(material.existing, now=office.clock())
        until = material.release.embargo.until if material.release.embargo else None
        assert until is not None  # noqa: S101 - an offer without one was refused
        then = None
        if request.waves:
            typed = f"{until:%Y-%m-%d %H:%M} {getattr(until.tzinfo, 'key', '') or until.tzname()}"
            waves = tuple(replace(each, at=Moment(until, typed)) for each in request.waves)
            then = plan_waves(office, replace(release, waves=waves, despite_recent="the embargo is over"))
        unless_planned.pop_all()
    foreseen = foresee(office, offer, is_dry_run=is_dry_run)
    return OfferPlan(foreseen, material, then, until, bool(office.settings.optout.base_url))


def whole_offer(office: Office, offered: OfferPlan) -> Plan:
    """Return an offer as one plan, which another person can approve with all that it promises."""
    then = [each.foreseen.plan for each in offered.then.waves] if offered.then else []
    return replace(offered.offer.plan, covers=covered(office, [offered.material, *then]))


def confirm_offer(office: Office, ledger: Ledger, plan: OfferPlan, plan_hash: bytes | None) -> Mailing:
    """Keep the text that is promised and who gets it afterwards, then the offer; return the mailing of the offer.

    `plan_hash` is that of the stored plan that it was held against. Raises as `confirm`.
    """
    offer = replace(plan.offer.plan, plan_hash=plan_hash)
    approval.require(office, ledger, MailingKind.OFFER, plan_hash)
    mailing = hold_text(office, ledger, plan.material)
    if plan.then is not None:
        keep_waves(office, ledger, mailing, plan.then)
    return confirm(office, ledger, offer)
