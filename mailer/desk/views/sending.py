"""Sending: from a release to a mailing, in four steps that can be gone back: who, what, when and how, look it over.

All that was chosen stands in the address of the page, so that a reload, Back or a colleague who is sent the address
loses nothing. The steps only gather what the options of `mailer send` say; what it means is decided where the command
has it decided (`runs.ready`, `runs.planning`), and what is refused names the field that goes on.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from mailer.contacts.audience.selection import DEFAULT_SEED, Selection
from mailer.desk.access import MAIL_POLICY, Act
from mailer.desk.html import command_line
from mailer.desk.planned import Planned, asked_for, planned, send, store
from mailer.desk.routing import DeskRequest, Way
from mailer.desk.works import Work, print_of
from mailer.errors import InputProblem, MailerError, did_you_mean
from mailer.events import MailingKind
from mailer.frozen import dataclass
from mailer.ledger.mailings import require_mailing
from mailer.pages.planning import describe_relay
from mailer.pages.words import reason_words
from mailer.runs.embargo.waves import ask_exclusive, ask_waves
from mailer.runs.lists.looking import choose_contact
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.plan import Load, estimate_at
from mailer.runs.planning.request import PREVIEW_RELAY, AskedWave, Request
from mailer.runs.planning.surveying import Surveyed, glance, survey
from mailer.runs.previews import Looked, Tested, look_at_mails, prepare_test, read_preview_inbox
from mailer.runs.ready import Ready, make_ready, way_of
from mailer.runs.reports import read_outcome
from mailer.runs.sending.deliver import Run
from mailer.settings import PREVIEW
from mailer.workspace import Workspace, read_text

STEPS: Final = {"who": "Who gets it", "what": "What they get", "how": "When and how", "look": "Look it over"}
MODES: Final = {
    "now": "Now",
    "at": "At a date and time",
    "waves": "In waves, each with a condition of its own",
    "exclusive": "To one contact first, as an exclusive",
    "offer": "As an offer under embargo: those who accept get the release",
}
CONDITIONS: Final = {
    "at": "at a date and time",
    "after_h": "hours after the wave before it",
    "accepted": "once somebody in the wave before it accepts",
    "declined": "once everybody in the wave before it declines",
    "previous-done": "once the wave before it has been sent",
}
_MOST_WAVES: Final = 6
_WHO: Final = ("to", "except", "where", "limit", "sample", "seed", "check_domains")
_WHAT: Final = ("template", "sender", "as")
_HOW: Final = (
    *("mode", "at", "relay", "expires", "exclusive", "until", "then_to", "waves_file", "waves"),
    *(f"w{number}_{name}" for number in range(1, _MOST_WAVES + 1) for name in ("to", "where", "when", "at", "after_h")),
)
_REASONS: Final = ("changed", "new_mailing", "despite_recent", "not_agreed", "under_embargo")
_FIELDS: Final = (*_WHO, *_WHAT, *_HOW, *_REASONS)
_PAGE: Final = 100
_WAIT_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for one release, as it stands in the address of the page."""

    slug: str
    values: Mapping[str, Sequence[str]]

    def one(self, name: str, default: str = "") -> str:
        """Return a field."""
        return self.values[name][-1].strip() if name in self.values else default

    def many(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return tuple(self.values.get(name, ()))

    @property
    def mode(self) -> str:
        """Return when it goes, as one of `MODES`."""
        return self.one("mode", "now")

    def query(self, *, without: Sequence[str] = (), **more: str) -> str:
        """Return it as the query of an address."""
        kept = {name: each for name, each in self.values.items() if name not in without}
        return urlencode({**kept, **more}, doseq=True)

    def hidden(self, *but: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield what a form has to carry along; not the fields that it has itself."""
        own = {name for each in but for name in each}
        return ((name, each) for name, every in self.values.items() if name not in own for each in every)

    def selection(self) -> Selection:
        """Return which contacts are meant. Raises InputProblem where a number is none, or nobody could be meant."""
        limit, sample = (self._number(name) for name in ("limit", "sample"))
        return Selection(where=self.one("where"), limit=limit, sample=sample, seed=self.one("seed") or DEFAULT_SEED)

    def _number(self, name: str) -> int | None:
        text = self.one(name)
        if text and not text.isdecimal():
            raise InputProblem(f'--{name}: "{text}" is not a number')
        return int(text) if text else None

    def request(self, office: Office, *, is_dry_run: bool = True) -> Request:
        """Return what was asked for, as `mailer send` would. Raises InputProblem, ConfigProblem."""
        lists = self.many("to")
        if self.mode == "waves" and not lists:
            lists = tuple(dict.fromkeys(name for each in self._waves(office) for name in each.lists))
        elif not lists:
            raise InputProblem("no list is chosen", hint="Choose one or more lists in step 1.")
        known = list_names(office.workspace)
        for name in (*lists, *self.many("except"), *self.many("then_to")):
            if name not in known:
                raise InputProblem(f'there is no list "{name}"{did_you_mean(name, known)}')
        at = self.one("at")
        if self.mode == "at" and not at:
            raise InputProblem("no date and time was given", hint="Fill in when it goes, in step 3.")
        relay = "" if self.mode not in {"now", "at"} and self.one("relay") == PREVIEW else self.one("relay")
        way = way_of(
            office,
            relay=relay,
            at=at if self.mode == "at" else "now" if self.one("at") == "now" else "",
            expires=self.one("expires") or "24h",
            is_dry_run=is_dry_run,
        )
        if self.mode == "at" and relay == PREVIEW:
            raise InputProblem("the preview inbox waits for nothing: send it there now")
        waves: tuple[AskedWave, ...] = ()
        if self.mode == "waves":
            waves = self._waves(office)
        elif self.mode == "exclusive":
            if not self.one("exclusive") or not self.one("until"):
                raise InputProblem("an exclusive needs a contact, and until when it is theirs alone")
            selection = self.selection()
            waves = ask_exclusive(office, self.one("exclusive"), self.one("until"), lists=lists, selection=selection)
        elif self.mode == "offer":
            way["kind"] = MailingKind.OFFER
            waves = (AskedWave(lists=self.many("then_to")),) if self.many("then_to") else ()
        # those who are offered a release are asked to agree, however recently they got other news
        reasons = ("changed", "new_mailing", *(() if self.mode == "offer" else ("despite_recent", "not_agreed")))
        way |= {name: self.one(name) for name in reasons}
        return Request(
            release=self.slug,
            lists=lists,
            excepts=self.many("except"),
            selection=self.selection(),
            family=self.one("template"),
            sender=self.one("sender"),
            check_domains=bool(self.one("check_domains")),
            waves=waves,
            under_embargo=bool(self.one("under_embargo")) and self.mode != "offer",
            **way,
        )

    def _waves(self, office: Office) -> tuple[AskedWave, ...]:
        """Return the waves, from a file of the workspace or as they were filled in."""
        if file := self.one("waves_file"):
            if file not in waves_files(office.workspace):
                raise InputProblem(f'there is no waves file "{file}"')
            return ask_waves(office, read_text(office.workspace.root / file), source=file)
        tables = []
        for number in range(1, _MOST_WAVES + 1):
            if not self.many(f"w{number}_to"):
                continue
            when = self.one(f"w{number}_when") if number > 1 else "at"
            lines = ["[[wave]]", f"to = {_toml(self.many(f'w{number}_to'))}"]
            lines += [f"where = {_toml(self.one(f'w{number}_where'))}"] if self.one(f"w{number}_where") else []
            if when in {"accepted", "declined", "previous-done"}:
                lines.append(f'when = "{when}"')
            elif when == "after_h" and self.one(f"w{number}_after_h"):
                lines.append(f"after_h = {_toml(self._hours(number))}")
            elif self.one(f"w{number}_at"):
                lines.append(f"at = {_toml(self.one(f'w{number}_at'))}")
            tables.append("\n".join(lines))
        if not tables:
            raise InputProblem("no wave has a list", hint="Choose the lists of each wave in step 3.")
        return ask_waves(office, "\n\n".join(tables))

    def _hours(self, number: int) -> float:
        text = self.one(f"w{number}_after_h").replace(",", ".")
        try:
            return float(text)
        except ValueError:
            raise InputProblem(f'wave {number}: "{text}" is not a number of hours') from None

    def command(self) -> str:
        """Return the command that does the same."""
        words = ["embargo", "offer", self.slug] if self.mode == "offer" else ["send", self.slug]
        if not (self.mode == "waves" and self.one("waves_file")):
            words += [word for name in self.many("to") for word in ("--to", name)]
        words += [word for name in self.many("except") for word in ("--except", name)]
        words += [w for name in self.many("then_to") if self.mode == "offer" for w in ("--then-to", name)]
        for name in ("where", "limit", "sample", "seed", "template", "sender", "relay", *_REASONS[:4]):
            if self.one(name):
                words += [f"--{name.replace('_', '-')}", self.one(name)]
        words += [f"--{name.replace('_', '-')}" for name in ("under_embargo", "check_domains") if self.one(name)]
        match self.mode:
            case "at":
                words += ["--at", self.one("at")]
            case "waves":
                words += ["--waves", self.one("waves_file") or "waves.toml"]
            case "exclusive":
                words += ["--exclusive", self.one("exclusive"), "--until", self.one("until")]
        if self.one("expires") not in {"", "24h"} and self.mode != "offer":
            words += ["--expires", self.one("expires")]
        return command_line(*words)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def list_names(workspace: Workspace) -> list[str]:
    """Return the lists by which somebody at the desk may call them: those in the folder, and nothing elsewhere."""
    return [path.stem for path in workspace.lists()]


def waves_files(workspace: Workspace) -> list[str]:
    """Return the waves files of the workspace."""
    return [
        path.name
        for path in sorted(workspace.root.glob("*.toml"))
        if path.stat().st_size < 100_000 and "[[wave]]" in path.read_text("utf-8", "replace")
    ]


def choice_of(asked: DeskRequest) -> Choice:
    """Return what was chosen; a list, a release or a number that cannot be meant is told where it is used."""
    values = {name: asked.many(name) for name in _FIELDS}
    return Choice(asked.params["slug"], {name: each for name, each in values.items() if each})


def _release_of(office: Office, choice: Choice) -> None:
    """Refuse a release that is not in the folder: at the desk, nobody reads files elsewhere."""
    known = [path.stem for path in office.workspace.releases()]
    if choice.slug not in known:
        raise InputProblem(f'there is no release "{choice.slug}"{did_you_mean(choice.slug, known)}')


def _key(asked: DeskRequest, choice: Choice, *more: object) -> tuple[object, ...]:
    """Return what a look at this choice depends on."""
    workspace = Workspace(asked.desk.offices.root)
    wanted = {*choice.many("to"), *choice.many("except"), *choice.many("then_to")}
    wanted |= {name for number in range(1, _MOST_WAVES + 1) for name in choice.many(f"w{number}_to")}
    files = [path for path in workspace.lists() if path.stem in wanted]
    files += [workspace.root / choice.one("waves_file")] if choice.one("waves_file") else []
    return (choice.slug, choice.query(without=("as",)), print_of(workspace.root, files), *more)


# The four steps.


def show_send(asked: DeskRequest) -> Response:
    """Show a step of sending a release."""
    choice, step = choice_of(asked), asked.one("step", "who")
    step = step if step in STEPS else "who"
    with asked.reading() as office:
        _release_of(office, choice)
        shared: dict[str, Any] = {
            "own": {"who": _WHO, "what": _WHAT, "how": _HOW, "look": ()}[step],
            "choice": choice,
            "step": step,
            "steps": STEPS,
            "lists": list_names(office.workspace),
            "command": choice.command(),
            "has_lists": bool(choice.many("to")) or choice.mode == "waves",
        }
        settings = office.settings
        if step == "what":
            shared |= {"families": _twice(office.workspace.families()), "senders": _twice(settings.senders)}
        if step == "how":
            relays = [(name, describe_relay(each)) for name, each in settings.relays.items()]
            shared |= {
                "modes": MODES,
                "conditions": CONDITIONS,
                "relays": [*relays, (PREVIEW, describe_relay(PREVIEW_RELAY))],
                "files": _twice(waves_files(office.workspace)),
                "zone": settings.office.time_zone,
                "waves": _waves_shown(choice),
            }
    return {"who": _show_who, "what": _show_what, "how": _show_how, "look": _show_look}[step](asked, choice, shared)


def _twice(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return names as the choices of a select."""
    return [(each, each) for each in names]


def _waves_shown(choice: Choice) -> range:
    filled = [n for n in range(1, _MOST_WAVES + 1) if choice.many(f"w{n}_to")]
    wanted = choice.one("waves")
    return range(1, min(_MOST_WAVES, max([2, *filled, int(wanted) if wanted.isdecimal() else 0])) + 1)


def _surveyed(asked: DeskRequest, choice: Choice, *, reason: str = "", after: int = 0) -> Work[Surveyed]:
    """Return the count of who would get it, which may still be going on."""

    def count(work: Work[Surveyed]) -> Surveyed:
        with asked.reading() as office:
            return survey(office, choice.request(office), Surveyed(reason, after, _PAGE, work.tell))

    key = (asked.user.session, *_key(asked, choice, "survey", reason, after))
    return asked.desk.works.get(key, count, anew=True, group=(asked.user.session, "survey"))


# as a page says what a command names by its options
_ASKED: Final = {
    "excluded": "on an excluded list",
    "filtered": "who do not match",
    "not_sampled": "not drawn",
    "beyond_limit": "after the first ones",
}


def _said(reason: str) -> str:
    return _ASKED.get(reason, reason_words(reason))


def _show_who(asked: DeskRequest, choice: Choice, shared: dict[str, Any]) -> Response:
    reason, after = asked.one("reason"), asked.one("after")
    found: Surveyed | None = None
    error: MailerError | None = None
    counted = -1
    if shared["has_lists"]:
        work = _surveyed(asked, choice, reason=reason, after=int(after) if after.isdecimal() else 0)
        if not work.is_done(wait_s=_WAIT_S):
            counted = work.progress
        else:
            try:
                with work.using() as made:
                    found = made
            except MailerError as problem:
                error = problem
    with asked.reading() as office:
        rules = office.settings.audience
    return asked.render(
        "send_who.html",
        **shared,
        found=found,
        error=error,
        reasons=asked_for(error) if error else {},
        counted=counted,
        said=_said,
        rules=rules,
        page_size=_PAGE,
    )


def _looked(asked: DeskRequest, choice: Choice, person: str) -> Work[tuple[Looked, ...]]:
    """Return the mails of the first who get it; or that of one person, as they would get it."""

    def make(_: Work[tuple[Looked, ...]]) -> tuple[Looked, ...]:
        with asked.reading() as office:
            request = choice.request(office)
            seen = glance(office, request)
            people = [choose_contact(office, request.lists, person, request.selection)] if person else seen.first
            return tuple(look_at_mails(office, seen.plan, people))

    key = (asked.user.session, *_key(asked, choice, "mails", person))
    return asked.desk.works.get(key, make, anew=asked.path.endswith("/send"))


def _show_what(asked: DeskRequest, choice: Choice, shared: dict[str, Any]) -> Response:
    mails: tuple[Looked, ...] = ()
    mail: Looked | None = None
    error: MailerError | None = None
    if shared["has_lists"]:
        try:
            with _looked(asked, choice, "").using() as made:
                mails = made
            mail = mails[0] if mails else None
            if person := choice.one("as"):
                with _looked(asked, choice, person).using() as made:
                    mail = made[0]
        except MailerError as problem:
            error = problem
    return asked.render(
        "send_what.html",
        **shared,
        mails=mails,
        mail=mail,
        error=error,
        reasons=asked_for(error) if error else {},
    )


def show_mail(asked: DeskRequest) -> Response:
    """Answer with the HTML of somebody's mail, for a frame that runs nothing and loads nothing."""
    choice = choice_of(asked)
    with asked.reading() as office:
        _release_of(office, choice)
    person, number = choice.one("as"), asked.one("n", "0")
    with _looked(asked, choice, person).using() as mails:
        at = int(number) if number.isdecimal() else 0
        html = mails[at].html if at < len(mails) else ""
    return mail_page(html)


def mail_page(html: str) -> Response:
    """Return a mail as a page of its own, in which nothing runs."""
    body = html or "<!doctype html><title>No HTML</title><p>This mail has no HTML part.</p>"
    return HTMLResponse(body, headers={"content-security-policy": MAIL_POLICY})


def _show_how(asked: DeskRequest, choice: Choice, shared: dict[str, Any]) -> Response:
    error: MailerError | None = None
    found, estimate, request, counted = None, None, None, -1
    if shared["has_lists"]:
        try:
            with asked.reading() as office:
                request = choice.request(office)
            if choice.mode in {"now", "at"}:
                work = _surveyed(asked, choice)
                if not work.is_done(wait_s=_WAIT_S):
                    counted = work.progress
                else:
                    with work.using() as found, asked.reading() as office:
                        load = Load(found.domains, office.settings.pacing.by_domain(), request.expires_at)
                        start = request.at.at if request.at else office.clock()
                        relay = request.relay if request.pinned else found.plan.request.relay
                        estimate = estimate_at(office, relay, load, now=start)
        except MailerError as problem:
            error = problem
    return asked.render(
        "send_how.html",
        **shared,
        request=request,
        found=found,
        estimate=estimate,
        counted=counted,
        error=error,
        reasons=asked_for(error) if error else {},
    )


def _plan(asked: DeskRequest, choice: Choice) -> Work[Planned]:
    def make(office: Office) -> Ready:
        _release_of(office, choice)
        return make_ready(office, choice.request(office), is_dry_run=False)

    return planned(asked, _key(asked, choice), make, anew=asked.method == "GET")


def _show_look(asked: DeskRequest, choice: Choice, shared: dict[str, Any]) -> Response:
    work = _plan(asked, choice)
    error: MailerError | None = None
    if work.is_done(wait_s=_WAIT_S):
        try:
            with work.using() as made:
                return asked.render("send_look.html", **shared, made=made, error=None, reasons={}, waited=0)
        except MailerError as problem:
            error = problem
    return asked.render(
        "send_look.html",
        **shared,
        made=None,
        error=error,
        reasons=asked_for(error) if error else {},
        waited=work.waited_s,
    )


# What is done.


def confirm_send(asked: DeskRequest) -> Response:
    """Send what was looked at, or schedule it."""
    choice = choice_of(asked)
    work = _plan(asked, choice)
    with work.using() as made:
        is_preview, is_offer = made.is_preview, made.ready.plan.request.kind is MailingKind.OFFER
        at = made.ready.plan.request.at

    def go(mailing: str) -> Response:
        if is_preview:
            deliver_to_preview(asked, mailing)
            return asked.go("/preview-inbox", said="It is in the preview inbox. Nothing left this machine.")
        said = f"It is scheduled for {at.text}." if at else "It is on its way."
        name = mailing.removesuffix("/release-1")
        return asked.go(f"/mailings/{name}", said="The offer is on its way." if is_offer else said)

    return send(asked, work, on_confirmed=go)


def store_as_plan(asked: DeskRequest) -> Response:
    """Make a plan of what was looked at, for another person to approve."""
    return store(asked, _plan(asked, choice_of(asked)))


def deliver_to_preview(asked: DeskRequest, name: str) -> None:
    """Deliver a mailing into the preview inbox; a long one goes on in its own thread, since no worker takes it."""

    def run() -> None:
        with asked.writing() as (office, ledger):
            with ledger.reading() as connection:
                mailing = require_mailing(connection, name)
            asyncio.run(Run(office, ledger, mailing).to_preview())

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name="desk-preview", daemon=True)
    thread.start()
    thread.join(10.0)


def send_test(asked: DeskRequest) -> Response:
    """Send one mail, marked as a test, to the preview inbox or to an inbox of the office."""
    choice, inboxes = choice_of(asked), asked.one("inbox").replace(",", " ").split()
    with asked.reading() as office:
        _release_of(office, choice)
        asked_now = choice.request(office)
    with asked.writing(mails=bool(inboxes)) as (office, ledger):
        contact = choose_contact(office, asked_now.lists, choice.one("as"), asked_now.selection)
        way = office.relay("" if choice.one("relay") == PREVIEW else choice.one("relay")) if inboxes else PREVIEW_RELAY
        request = Request(
            release=choice.slug,
            relay=way,
            kind=MailingKind.TEST,
            pinned=bool(choice.one("relay")),
            family=choice.one("template"),
            sender=choice.one("sender"),
        )
        plan = prepare_test(office, request, contact, inboxes)
        try:
            password = asked.desk.offices.password(office, plan.request.relay) if inboxes else None
            mailing = confirm(office, ledger, plan)
            run = Run(office, ledger, mailing)
            asyncio.run(run.to_relay(plan.request.relay, password) if inboxes else run.to_preview())
            figures = read_outcome(office, ledger, mailing.full_name, deliveries=True).figures
        finally:
            plan.spool.close()
    done = Tested(plan, figures, None)
    if not inboxes:
        return asked.go("/preview-inbox", said=done)
    back = {name: list(each) for name, each in choice.values.items()}
    return asked.go(f"/releases/{choice.slug}/send", said=done, step="what", **back)


# The preview inbox.


def show_inbox(asked: DeskRequest) -> Response:
    """Show what arrived in the preview inbox, the newest first."""
    with asked.reading() as office:
        arrived = read_preview_inbox(office)
    return asked.render("preview_inbox.html", arrived=arrived)


def show_arrived(asked: DeskRequest) -> Response:
    """Answer with the HTML of a mail in the preview inbox."""
    with asked.reading() as office:
        found = read_preview_inbox(office, file=asked.params["file"])
    return mail_page(found[0].html if found else "")


WAYS = (
    Way("/releases/{slug}/send", get=show_send, post=confirm_send, reads=Act.WRITE, changes=Act.SEND),
    Way("/releases/{slug}/send/mail.html", get=show_mail),
    Way("/releases/{slug}/plan", post=store_as_plan),
    Way("/releases/{slug}/test", post=send_test),
    Way("/preview-inbox", get=show_inbox),
    Way("/preview-inbox/{file}", get=show_arrived),
)
