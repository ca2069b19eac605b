"""Planned: a mailing under review, and the step to sending it.

The plan under review is kept (`jobs`) under its hash, and the form that sends it has that hash, so exactly that plan
is confirmed, like the question at the terminal. If it is no longer kept, or a file has changed, it is planned again,
and confirmed only if it is still the same. Two clicks find the same plan, and the second leads to the mailing that the
first has begun; the ledger prevents two people from sending it twice.

Mail to the preview inbox is delivered from here, since no worker does that.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Hashable
from typing import Any, Final

from starlette.responses import Response

from mailer.desk.background import in_background
from mailer.desk.index import page_wait_s
from mailer.desk.jobs import Job
from mailer.desk.routing import DeskRequest
from mailer.errors import InputProblem, LedgerProblem, MailerError
from mailer.events import MailingKind
from mailer.frozen import dataclass, field
from mailer.ledger.mailings import require_mailing
from mailer.ledger.planning import hand_over
from mailer.ledger.plans import words_of
from mailer.pages import Page, page
from mailer.pages.layout import Line, Tone
from mailer.runs.approval import is_needed, name_planner
from mailer.runs.office import Office
from mailer.runs.planning.confirm import settle_plannings
from mailer.runs.planning.request import NO_RELAY
from mailer.runs.planning.stored import hash_of, store_plan
from mailer.runs.plans import since_sent
from mailer.runs.ready import Ready, confirm_ready, refuse_stopped
from mailer.runs.sending.deliver import Run
from mailer.settings import PREVIEW
from mailer.tokens import Keys
from mailer.words import read_section

# for views that confirm or store a plan, which may take a while
confirming: Final = in_background("The recipients are being written into the ledger.")
storing: Final = in_background("The plan is being saved.")
_WAIT_S: Final = 20.0
_PREVIEW_WAIT_S: Final = 10.0
Since = tuple[tuple[str, tuple[str, ...]], ...]
# the fields that let a user continue after a refusal: the option that the refusal names, and its label and hint
REASONS: Final = read_section("desk", "reasons")


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan under review; `since` is what changed since the version sent last, None if none was sent.

    `needs_planner`: without logins, and with approval by key, the planner has to give a name.
    """

    ready: Ready
    hash: bytes
    keys: Keys = field(repr=False)
    since: Since | None
    needs_approval: bool
    refused: MailerError | None
    needs_planner: bool
    blocker: LedgerProblem | None = None

    @property
    def name(self) -> str:
        """Return the plan's name, which is its hash in hexadecimal."""
        return self.hash.hex()

    @property
    def words(self) -> str:
        """Return the eight words that stand for the hash."""
        return words_of(self.hash)

    @property
    def is_preview(self) -> bool:
        """Return whether it goes to the preview inbox on this machine."""
        return self.ready.plan.request.relay.key == PREVIEW

    @property
    def has_relay(self) -> bool:
        """Return whether there is a relay to send it by."""
        return self.ready.plan.request.relay.key != NO_RELAY.key

    @property
    def page(self) -> Page:
        """Return the page that the terminal shows before it asks, without the headline, which the desk shows itself."""
        return without_heading(page(self.ready.shown))

    @property
    def done_text(self) -> str:
        """Return the message for when it is confirmed."""
        plan_request = self.ready.plan.request
        if plan_request.renews:
            return "Recipients who are waiting get the new text."
        if plan_request.kind is MailingKind.OFFER:
            return "The offer is on its way."
        return f"It is scheduled for {plan_request.at.text}." if plan_request.at else "It is on its way."

    def close(self) -> None:
        """Release the plan."""
        self.ready.close()


def planned(request: DeskRequest, key: Hashable, make: Callable[[Office], Ready]) -> Job[Planned]:
    """Return the plan under review, which may still be in the making; a new review plans again."""

    def make_planned(office: Office) -> Planned:
        ready = make(office)
        try:
            plan, since, stopped = ready.plan, None, None
            if office.ledger is not None and plan.around is None:
                with office.ledger.reading() as connection:
                    since = since_sent(connection, plan.slug, plan.edition)
            try:
                refuse_stopped(plan)
            except InputProblem as error:
                stopped = error
            plan_hash = plan.plan_hash or hash_of(office, plan)
            needs_approval = is_needed(office, plan.request.kind) and plan.plan_hash is None
            blocker = request.desk.offices.refusal(office)
            by_key = bool(office.settings.approval.allowed_signers)
            needs_planner = needs_approval and by_key and request.user.user_id is None
            return Planned(ready, plan_hash, office.keys, since, needs_approval, stopped, needs_planner, blocker)
        except BaseException:
            ready.close()
            raise

    return request.job((request.user.session, "plan", key), make_planned, anew=request.method == "GET")


def show(request: DeskRequest, template: str, job: Job[Planned] | None, **context: Any) -> Response:  # noqa: ANN401 - of any template
    """Show a plan once it is made, its error, or that it is in the making; None if it is not requested."""
    error: MailerError | None = None
    if job is not None and job.is_done(wait_s=page_wait_s(*request.workspace.lists())):
        try:
            with job.using() as made:
                return request.render(template, **context, made=made, error=None, reasons={}, waited=0)
        except MailerError as problem:
            error = problem
    waited = job.waited_s if job is not None else -1
    return request.render(template, **context, made=None, error=error, reasons=fields_named_in(error), waited=waited)


def send(request: DeskRequest, job: Job[Planned]) -> Response:
    """Confirm the plan under review, if the number of recipients was typed; raises if something prevents it.

    Writing a large plan into the ledger takes a minute. The page of the mailing shows that, and an error after that is
    shown on the next page.
    """
    began = time.monotonic()

    def write(_: Job[str]) -> str:
        try:
            name = job.sent
            if not name:
                name = _write_plan(request, job)
                if is_preview:
                    with request.writing() as (office, ledger):
                        with ledger.reading() as connection:
                            mailing = require_mailing(connection, name)
                        asyncio.run(Run(office, ledger, mailing).to_preview())
        except MailerError as error:
            if time.monotonic() - began > _WAIT_S:
                request.keep(str(error))
            raise
        return name

    with job.using() as made:
        is_preview, done_text = made.is_preview, made.done_text
    key = (request.user.session, "confirm", request.one("plan"), request.one("number"))
    sending = request.desk.jobs.get(key, write, anew=True)
    is_done = sending.is_done(wait_s=_PREVIEW_WAIT_S if is_preview else _WAIT_S)
    if is_preview and not is_done:
        return request.go("/preview-inbox", "The mails are being written. Load this page again to see all of them.")
    if not is_done:
        return request.go("/mailings", "The recipients are being written into the ledger. Then it goes out.")
    with sending.using() as mailing:
        if is_preview:
            return request.go("/preview-inbox", "It is in the preview inbox. Nothing left this machine.")
        return request.go(f"/mailings/{mailing.removesuffix('/release-1')}", done_text)


def _write_plan(request: DeskRequest, job: Job[Planned]) -> str:
    with job.using() as made:
        if job.sent:  # by the first of two clicks
            return job.sent
        _require_reviewed(request, job, made, made.keys)
        typed = re.sub(r"[\s,.'’]", "", request.one("number"))
        if made.ready.count and typed != str(made.ready.count):
            raise InputProblem(
                f'"{request.one("number")}" is not the number of recipients. Nothing was sent.',
                hint=f"Type {made.ready.count:,} to {made.ready.what}.",
            )
        with request.writing(mails=True, new_keys=made.keys) as (office, ledger):
            if not made.is_preview:  # raises if the password cannot be found, before anything is done
                request.desk.offices.password(office, made.ready.plan.request.relay)
            _require_reviewed(request, job, made, office.keys)
            settle_plannings(office, ledger)
            mailing = confirm_ready(office, ledger, made.ready)
            job.sent = mailing.full_name
            if not made.is_preview:
                with ledger.writing() as connection:
                    hand_over(connection, mailing.id)
            return job.sent


def store(request: DeskRequest, job: Job[Planned]) -> Response:
    """Store the plan under review, for another person to approve."""
    with job.using() as made:
        _require_reviewed(request, job, made, made.keys)
        with request.writing(new_keys=made.keys) as (office, ledger):
            _require_reviewed(request, job, made, office.keys)
            settle_plannings(office, ledger)
            plan, planner = made.ready.plan, ""
            if request.user.user_id is None:  # without logins, the planner gives a name
                planner = name_planner(office, plan.request.kind, request.one("planner"))
            kept = store_plan(office, ledger, plan, planner).kept
    done = "The plan is stored. Another person can now approve it, here or with the command."
    return request.go(f"/plans/{kept.name}", done, announce="plans")


def _require_reviewed(request: DeskRequest, job: Job[Planned], made: Planned, keys: Keys) -> None:
    """Refuse a plan that was not reviewed, or that was made with other keys because a ledger was begun since."""
    if keys != made.keys:
        job.is_stale = True
    if keys != made.keys or made.name != request.one("plan"):
        raise InputProblem(
            "What would be sent is not what you reviewed: a file, a list or the ledger has changed. Nothing was sent.",
            hint="Review it again, then send it.",
        )


def without_heading(shown: Page) -> Page:
    """Return a page without its headline."""
    at = next((at for at, part in enumerate(shown.parts) if isinstance(part, Line) and part.tone is Tone.STRONG), -1)
    return Page(*shown.parts[:at], *shown.parts[at + 1 :]) if at >= 0 else shown


def fields_named_in(error: MailerError | None) -> dict[str, tuple[str, str]]:
    """Return the fields that would let a user continue after a refusal, by the options that it names."""
    if error is None:
        return {}
    text = "\n".join([error.message, error.hint, *(f"{each.message}\n{each.hint}" for each in error.problems)])
    return {name: label for name, label in REASONS.items() if f"--{name.replace('_', '-')}" in text}
