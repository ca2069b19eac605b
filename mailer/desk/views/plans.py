"""Plans: reviewed by another person, approved or rejected, and sent exactly as they are.

The page of a plan has the same parts as the file of `mailer plans show --html`. An approval counts by a login that an
OpenID provider vouches for, or by a signature that was made elsewhere and uploaded here, as `runs.approval` decides.
The planner never approves.
"""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from mailer.desk.access import Right
from mailer.desk.html import as_file, mail_page
from mailer.desk.jobs import Job
from mailer.desk.planned import Planned, confirming, planned, send, show, without_heading
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.errors import InputProblem, MailerError
from mailer.ledger.plans import DESK, LOCAL, KeptPlan, words_of
from mailer.pages import Page, page
from mailer.pages.layout import Line, Steps, Tone
from mailer.pages.words import reason_words
from mailer.preview.page import Mail, with_pictures
from mailer.runs import plans
from mailer.runs.office import Office
from mailer.runs.plans import find_plan
from mailer.runs.ready import Ready, take_ready

_PAGE: Final = 100


def show_plans(request: DeskRequest) -> Response:
    """Show all plans and their states, newest first."""
    found = request.read(plans.list_plans).plans
    return request.render("plans.html", plans=found, command=("plans", "list"))


def show_difference(request: DeskRequest) -> Response:
    """Show how two plans differ."""
    old, new = request.one("old"), request.one("new")
    found = request.read(plans.diff_plans, old, new)
    return request.render("plans_diff.html", found=found, command=("plans", "diff", found.old.name, found.new.name))


def _mails(request: DeskRequest, name: str) -> Job[tuple[Mail, ...]]:
    """Return the sample mails of a plan, which never change: made once for the page and its frames."""
    return request.job(("mails of", name), lambda office: plans.show_plan(office, name, with_mails=True).mails)


def _find_plan(request: DeskRequest) -> KeptPlan:
    return request.read(find_plan, request.params["plan"])[1]


def show_one(request: DeskRequest) -> Response:
    """Show a plan to its approver."""
    after, name = request.number("after"), _find_plan(request).name
    with request.reading() as office:
        policy, shown = office.settings.approval, plans.show_plan(office, name)
    mails: tuple[Mail, ...] = ()
    problem: MailerError | None = None
    try:
        with _mails(request, name).using() as made:
            mails = made
    except MailerError as error:  # the rest can be reviewed even if a mail cannot be made again
        problem = error
    return request.render(
        "plan.html",
        plan=shown,
        page=_without_people(page(shown)),
        mails=mails,
        words=words_of(shown.kept.hash),
        problem=problem,
        login_counts=request.user.user_id is not None or policy.trust_local,
        has_signers=bool(policy.allowed_signers),
        recipients=shown.recipients[after : after + _PAGE],
        after=after,
        page_size=_PAGE,
        reason_words=reason_words,
        command=("plans", "show", name),
    )


def _without_people(shown: Page) -> Page:
    """Return the page of a plan without its headline and its recipients, which the desk shows separately."""
    parts = without_heading(shown).parts
    people = next(
        (at for at, part in enumerate(parts) if isinstance(part, Line) and part.tone is Tone.STRONG), len(parts)
    )
    return Page(*parts[:people], *(part for part in parts[people:] if isinstance(part, Steps)))


def show_plan_mail(request: DeskRequest) -> Response:
    """Return a mail of a plan, for a frame that runs and loads nothing."""
    number = request.params["number"]
    with _mails(request, _find_plan(request).name).using() as mails:
        mail = mails[int(number)] if number.isdecimal() and int(number) < len(mails) else None
    return mail_page(with_pictures(mail.html, mail.pictures) if mail else "")


def download_text(request: DeskRequest) -> Response:
    """Return the file that an approver elsewhere signs."""
    name = _find_plan(request).name
    text = request.read(plans.plan_text, name)
    return Response(text, media_type="application/octet-stream", headers=as_file(f"plan-{name}.json"))


def approve_plan(request: DeskRequest) -> Response:
    """Record an approval: by the user who is logged in, or by the uploaded signature."""
    file, name = request.file("signature"), request.params["plan"]
    if "signed" in request.form and file is None:
        raise InputProblem("choose the signature first", hint="ssh-keygen writes it beside the plan: plan.json.sig")
    with request.writing() as (office, _):
        user = None if file else request.user.user_id
        result = plans.approve(office, plans.Approve(plan=name, signature=file.data if file else b"", user_id=user))
    return request.go(f"/plans/{result.kept.name}", result, announce="plans")


def reject_plan(request: DeskRequest) -> Response:
    """Record a rejection, which withdraws every earlier approval."""
    by, method = (request.user.name, DESK) if request.user.user_id is not None else ("", LOCAL)
    with request.writing() as (office, _):
        result = plans.reject(office, request.params["plan"], by, request.one("why"), method=method)
    return request.go(f"/plans/{result.kept.name}", result, announce="plans")


def _stored_plan(request: DeskRequest) -> Job[Planned]:
    name = _find_plan(request).name

    def make(office: Office) -> Ready:
        ledger, kept = find_plan(office, name)
        return take_ready(office, ledger, kept)

    return planned(request, ("stored", name), make)


def show_sending(request: DeskRequest) -> Response:
    """Show what a stored plan would send, prepared again and compared with what was approved."""
    kept = _find_plan(request)
    return show(request, "plan_send.html", _stored_plan(request), kept=kept, command=("send", "--plan", kept.name))


_send: Final = confirming(lambda request: send(request, _stored_plan(request)))
ROUTES = (
    DeskRoute("/plans", get=show_plans),
    DeskRoute("/plans/diff", get=show_difference),
    DeskRoute("/plans/{plan}", get=show_one),
    DeskRoute("/plans/{plan}/mails/{number}", get=show_plan_mail),
    DeskRoute("/plans/{plan}/plan.json", get=download_text),
    DeskRoute("/plans/{plan}/approve", post=approve_plan, changes=Right.APPROVE),
    DeskRoute("/plans/{plan}/reject", post=reject_plan, changes=Right.APPROVE),
    DeskRoute("/plans/{plan}/send", get=show_sending, post=_send, changes=Right.SEND),
)
