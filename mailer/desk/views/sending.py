"""Sending: from a release to a mailing in four steps: who, what, when and how, review.

All choices are in the address of the page, so that nothing is lost by a reload, by Back, or by passing the address on.
The steps only gather the options of `mailer send`; their meaning is decided in the same place as for the command
(`runs.ready`, `runs.planning`), and a refusal names the field that lets the user continue.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from mailer.contacts.audience import DEFAULT_SEED, Selection
from mailer.desk.access import Right
from mailer.desk.background import in_background
from mailer.desk.html import command_line, mail_page, with_file
from mailer.desk.index import page_wait_s
from mailer.desk.jobs import Job, fingerprint
from mailer.desk.planned import Planned, confirming, fields_named_in, planned, send, show, store, storing
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.desk.views.lists import list_names
from mailer.errors import InputProblem, MailerError
from mailer.events import MailingKind
from mailer.frozen import dataclass, replace
from mailer.pages.planning import describe_relay
from mailer.pages.words import reason_words
from mailer.runs.lists.looking import choose_contact
from mailer.runs.offers import exclusive_waves, keep_waves_file, parse_waves_text, waves_files
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.prepare import Surveyed, estimate_at, glance, survey
from mailer.runs.planning.request import PREVIEW_RELAY, Request, WaveRequest
from mailer.runs.previews import Looked, Tested, look_at_mails, prepare_test, read_preview_inbox
from mailer.runs.ready import Ready, make_ready, sending_fields
from mailer.runs.reports import read_outcome
from mailer.runs.sending.deliver import Run
from mailer.settings import PREVIEW
from mailer.words import read_section
from mailer.workspace import read_text

STEPS: Final = {"who": "Who gets it", "what": "What they get", "how": "When and how", "look": "Look it over"}
MODES: Final = dict(read_section("desk", "modes")["rows"])
_WAVES: Final = range(1, 7)
_REASONS: Final = ("changed", "new_mailing", "despite_recent", "not_agreed", "under_embargo")
_STEP_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "who": ("to", "except", "where", "limit", "sample", "seed", "check_domains"),
    "what": ("template", "sender", "as"),
    "how": (
        *("mode", "at", "relay", "expires", "exclusive", "until", "then_to", "waves_file", "waves"),
        *(f"w{number}_{name}" for number in _WAVES for name in ("to", "where", "when", "at", "after_h")),
    ),
    "look": (),
}
_FIELDS: Final = (*(name for names in _STEP_FIELDS.values() for name in names), *_REASONS)
# The fields that are options of the command; those that a mode does not use; and placeholders for those it needs.
_OPTIONS: Final = (
    *("to", "except", "then_to", "where", "limit", "sample", "seed", "template", "sender", "relay", *_REASONS),
    *("check_domains", "at", "exclusive", "until", "expires"),
)
_IDLE: Final = {
    "now": {"at", "exclusive", "until", "then_to"},
    "at": {"exclusive", "until", "then_to"},
    "waves": {"at", "exclusive", "until", "then_to", "to", "where", "limit", "sample", "seed"},
    "exclusive": {"at", "then_to"},
    "offer": {"at", "exclusive", "until", "despite_recent", "not_agreed", "under_embargo", "expires"},
}
_NEEDED: Final = {"to": "LIST", "at": "WHEN", "exclusive": "EMAIL", "until": "WHEN"}
_SEVERAL: Final = {"to", "except", "then_to", *(f"w{number}_to" for number in _WAVES)}
_FLAGS: Final = {"under_embargo", "check_domains"}
_LEFT_OUT: Final = dict(read_section("desk", "left_out")["rows"])
_PAGE: Final = 100


class NotYet(InputProblem):
    """A field is not filled in yet."""

    code = "not_yet"


@dataclass(frozen=True, slots=True)
class Choice:
    """The choices for a release, as in the address of the page."""

    slug: str
    values: Mapping[str, Sequence[str]]

    def one(self, name: str, default: str = "") -> str:
        """Return a field."""
        return self.values[name][-1] if name in self.values else default

    def many(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return tuple(self.values.get(name, ()))

    @property
    def mode(self) -> str:
        """Return when it goes out, one of `MODES`."""
        return self.one("mode") if self.one("mode") in MODES else "now"

    @property
    def idle(self) -> set[str]:
        """Return the fields that have no effect: those of another mode, and those that need another field."""
        is_stepwise = self.mode not in {"now", "at"}  # such mailings cannot go to the preview inbox
        return {
            *_IDLE[self.mode],
            *(("seed",) if not self.one("sample") else ()),
            *(("relay",) if is_stepwise and self.one("relay") == PREVIEW else ()),
            *(("expires",) if self.one("expires") == "24h" else ()),
        }

    @property
    def meant(self) -> Choice:
        """Return the choices without fields that have no effect."""
        idle = self.idle
        return Choice(self.slug, {name: each for name, each in self.values.items() if name not in idle})

    def query(self, *, without: Sequence[str] = (), **more: str) -> str:
        """Return the choices as the query of an address."""
        kept = {name: each for name, each in self.values.items() if name not in without}
        return urlencode({**kept, **more}, doseq=True)

    def hidden(self, *but: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the hidden fields of a form, without the fields that it has itself."""
        own = {name for each in but for name in each}
        return ((name, each) for name, every in self.values.items() if name not in own for each in every)

    def selection(self) -> Selection:
        """Return the selection of contacts. Raises InputProblem if a number is not valid, or nobody can be selected."""
        limit, sample = (self._number(name) for name in ("limit", "sample"))
        return Selection(where=self.one("where"), limit=limit, sample=sample, seed=self.one("seed", DEFAULT_SEED))

    def _number(self, name: str) -> int | None:
        text = self.one(name)
        if text and not text.isdecimal():
            raise InputProblem(f'--{name}: "{text}" is not a number')
        return int(text) if text else None

    def request(self, office: Office, *, is_dry_run: bool = True) -> Request:
        """Return the request, as `mailer send` would make it. Raises InputProblem, ConfigProblem."""
        meant, selection = self.meant, self.meant.selection()
        waves = self._waves(office) if self.mode == "waves" else ()
        lists = tuple(dict.fromkeys(name for each in waves for name in each.lists)) or meant.many("to")
        if not lists:
            raise NotYet("no list is chosen", hint="Step 1: choose one or more lists.")
        for name in (*lists, *meant.many("except"), *meant.many("then_to")):
            office.workspace.named_list(name)  # the desk reads no files elsewhere
        relay, at, expires = (meant.one(name) for name in ("relay", "at", "expires"))
        schedule = sending_fields(office, relay=relay, at=at, expires=expires or "24h", is_dry_run=is_dry_run)
        if self.mode == "at" and not at:
            raise NotYet("no date and time was given", hint="Step 3: fill in the date and time.")
        if self.mode == "at" and relay == PREVIEW:
            raise InputProblem("mail to the preview inbox cannot be scheduled: send it now")
        if self.mode == "exclusive":
            person, until = meant.one("exclusive"), meant.one("until")
            if not person or not until:
                hint = "Step 3: fill in the contact and the end of the exclusive."
                raise NotYet("an exclusive needs a contact and an end", hint=hint)
            waves = exclusive_waves(office, person, until, lists=lists, selection=selection)
        if self.mode == "offer":  # offers do not expire
            schedule |= {"kind": MailingKind.OFFER, "expires": "", "expires_at": None}
            waves = (WaveRequest(lists=meant.many("then_to")),) if meant.many("then_to") else ()
        reasons = {name: meant.one(name) for name in _REASONS[:4]}
        flags = {name: bool(meant.one(name)) for name in _FLAGS}
        return Request(
            release=self.slug,
            lists=lists,
            excepts=meant.many("except"),
            selection=selection,
            family=meant.one("template"),
            sender=meant.one("sender"),
            waves=waves,
            **schedule | reasons | flags,
        )

    def _waves(self, office: Office) -> tuple[WaveRequest, ...]:
        """Return the waves, from a file in the workspace or from the form."""
        find = office.workspace.named_list
        if file := self.one("waves_file"):
            if file not in waves_files(office.workspace):
                raise InputProblem(f'there is no waves file "{file}"')
            return parse_waves_text(office, read_text(office.workspace.root / file), source=file, find_list=find)
        for number in _WAVES:
            hours = self.one(f"w{number}_after_h")
            if hours.strip("0123456789.,"):
                raise InputProblem(f'wave {number}: "{hours}" is not a number of hours')
        if not (text := self.waves_text()):
            raise NotYet("no wave has a list", hint="Step 3: choose the lists of each wave.")
        return parse_waves_text(office, text, find_list=find)

    def waves_text(self) -> str:
        """Return the waves of the form as the text of a waves file."""
        tables = []
        for number in _WAVES:
            when = self.one(f"w{number}_when", "at") if number > 1 else "at"
            wave: dict[str, object] = {"to": self.many(f"w{number}_to"), "where": self.one(f"w{number}_where")}
            match when:
                case "at":
                    wave["at"] = self.one(f"w{number}_at")
                case "after_h":
                    wave["after_h"] = self.one(f"w{number}_after_h").replace(",", ".")
                case _:
                    wave["when"] = when
            if wave["to"]:
                lines = (f"{name} = {json.dumps(each, ensure_ascii=False)}" for name, each in wave.items() if each)
                tables.append("\n".join(["[[wave]]", *lines]))
        return "\n\n".join(tables)

    def command(self) -> str:
        """Return the command that does the same; it first writes the waves of the form into a file."""
        words = ["embargo", "offer", self.slug] if self.mode == "offer" else ["send", self.slug]
        idle, meant = self.idle, self.meant
        for name in _OPTIONS:
            needed = [_NEEDED[name]] if name in _NEEDED and name not in idle else []
            for each in meant.many(name) or needed:
                words += [f"--{name.replace('_', '-')}", *([] if name in _FLAGS else [each])]
        if self.mode != "waves":
            return command_line(*words)
        if file := self.one("waves_file"):
            return command_line(*words, "--waves", file)
        return with_file(f"{self.slug}-waves.toml", self.waves_text(), *words, "--waves")


def choice_of(request: DeskRequest) -> Choice:
    """Return the choices; an invalid list, release or number raises only where it is used."""
    given = {name: [each.strip() for each in request.many(name)] for name in _FIELDS}
    kept = {name: each if name in _SEVERAL else each[-1:] for name, each in given.items() if each}
    return Choice(request.params["slug"], kept)


def _key(request: DeskRequest, choice: Choice, *more: object) -> tuple[object, ...]:
    """Return the key of jobs for these choices, with everything they depend on."""
    workspace = request.workspace
    file = workspace.root / choice.one("waves_file")  # may name any list
    wanted = {each for name in _SEVERAL for each in choice.many(name)}
    files = [file, *(path for path in workspace.lists() if file.is_file() or wanted & {path.stem, path.name})]
    return (request.user.session, choice.slug, choice.query(without=("as",)), fingerprint(workspace.root, files), *more)


# The four steps.


@in_background(
    "The recipients are being searched.",
    when=lambda request: (
        request.one("step") == "what" or (request.one("step"), request.one("mode")) == ("how", "exclusive")
    ),
)
def show_send(request: DeskRequest) -> Response:
    """Show a step of sending a release."""
    choice, step = choice_of(request), request.one("step")
    step = step if step in STEPS else "who"
    filled = [number for number in _WAVES if choice.many(f"w{number}_to")]
    with request.reading() as office:
        office.workspace.named_release(choice.slug)
        shared: dict[str, Any] = {
            "own": _STEP_FIELDS[step],
            "choice": choice,
            "step": step,
            "steps": STEPS,
            "settings": office.settings,
            "lists": list_names(office.workspace),
            "families": office.workspace.families(),
            "files": waves_files(office.workspace),
            "modes": MODES,
            "conditions": dict(read_section("desk", "conditions")["rows"]),
            "waves": _WAVES[: max([2, request.number("waves"), *filled])],
            "command": choice.command(),
            "has_lists": bool(choice.many("to")) or choice.mode == "waves",
            "relays": [(each.key, describe_relay(each)) for each in (*office.settings.relays.values(), PREVIEW_RELAY)],
        }
    if step == "look":
        return show(request, "send_look.html", _plan(request), **shared)
    found: Mapping[str, Any] = {}
    error: MailerError | None = None
    try:
        if shared["has_lists"]:
            found = {"who": _who, "what": _what, "how": _how}[step](request, choice)
    except MailerError as problem:
        error = problem
    return request.render(f"send_{step}.html", **shared, **found, error=error, reasons=fields_named_in(error))


def _count(request: DeskRequest, choice: Choice, *, reason: str = "", after: int = 0) -> tuple[Surveyed | None, int]:
    """Return the count of recipients (None while it is under way), and its progress."""

    def count(job: Job[Surveyed]) -> Surveyed:
        with request.reading() as office:
            return survey(office, choice.request(office), Surveyed(reason, after, _PAGE, job.report))

    key = _key(request, choice, "survey", reason, after)
    job = request.desk.jobs.get(key, count, anew=True, group=(request.user.session, "survey"))
    if not job.is_done(wait_s=page_wait_s(*request.workspace.lists())):
        return None, job.progress
    with job.using() as found:
        return found, found.on_lists


def _who(request: DeskRequest, choice: Choice) -> Mapping[str, Any]:
    found, counted = _count(request, choice, reason=request.one("reason"), after=request.number("after"))
    words = dict(read_section("desk", "left_out")["rows"])
    words_of = lambda why: words.get(why, reason_words(why))  # noqa: E731 - for the template
    return {"found": found, "counted": counted, "page_size": _PAGE, "words_of": words_of}


def _mails(request: DeskRequest, choice: Choice, person: str) -> Job[tuple[Looked, ...]]:
    """Return the mails of the first recipients, or that of one contact."""

    def make(office: Office) -> tuple[Looked, ...]:
        plan_request = choice.request(office)
        seen = glance(office, plan_request)
        people = [choose_contact(office, plan_request.lists, person, plan_request.selection)] if person else seen.first
        return tuple(look_at_mails(office, seen.plan, people))

    return request.job(_key(request, choice, "mails", person), make, anew=request.path.endswith("/send"))


def _what(request: DeskRequest, choice: Choice) -> Mapping[str, Any]:
    with _mails(request, choice, "").using() as mails:
        mail = mails[0] if mails else None
    if person := choice.one("as"):
        with _mails(request, choice, person).using() as one:
            mail = one[0]
    return {"mails": mails, "mail": mail}


def show_mail(request: DeskRequest) -> Response:
    """Return the HTML of a recipient's mail, for a frame that runs and loads nothing."""
    choice, number = choice_of(request), request.one("n", "0")
    with request.reading() as office:
        office.workspace.named_release(choice.slug)
    with _mails(request, choice, choice.one("as")).using() as mails:
        at = int(number) if number.isdecimal() else 0
        return mail_page(mails[at].html if at < len(mails) else "")


def _how(request: DeskRequest, choice: Choice) -> Mapping[str, Any]:
    plan_request = request.read(choice.request)
    is_whole, counted, estimate = choice.mode in {"now", "at"}, 0, None
    found: Surveyed | None = None
    if is_whole:
        found, counted = _count(request, choice)
    if found is not None:
        with request.reading() as office:
            start = plan_request.at.at if plan_request.at else office.clock()
            relay = plan_request.relay if plan_request.pinned else found.plan.request.relay
            estimate = estimate_at(office, relay, found.domains, now=start, expires_at=plan_request.expires_at)
    return {
        "plan_request": plan_request,
        "is_whole": is_whole,
        "found": found,
        "counted": counted,
        "estimate": estimate,
    }


def keep_waves(request: DeskRequest) -> Response:
    """Save a waves file in the workspace, and continue with it."""
    choice, file = choice_of(request), request.file("waves_upload")
    if file is None:
        raise InputProblem("choose a file first", hint="docs/newsroom.md explains waves files.")
    name = request.read(keep_waves_file, file.name, file.data)
    return _back(request, choice, "how", f"{name} is saved in the workspace.", mode="waves", waves_file=name)


def _back(request: DeskRequest, choice: Choice, step: str, done: object, **more: str) -> Response:
    query: dict[str, Any] = {"step": step, **{name: list(each) for name, each in choice.values.items()}, **more}
    return request.go(f"/releases/{choice.slug}/send", done, **query)


# Sending.


def _plan(request: DeskRequest) -> Job[Planned]:
    choice = choice_of(request)

    def make(office: Office) -> Ready:
        office.workspace.named_release(choice.slug)
        plan_request = choice.request(office)
        # as for the command, the lists come only from the waves file
        return make_ready(office, replace(plan_request, lists=()) if choice.mode == "waves" else plan_request)

    return planned(request, _key(request, choice), make)


@in_background("The recipient is being searched.")
def send_test(request: DeskRequest) -> Response:
    """Send one mail, marked as a test, to the preview inbox or to the user's own addresses."""
    choice, inboxes = choice_of(request), request.one("inbox").replace(",", " ").split()
    with request.reading() as office:
        office.workspace.named_release(choice.slug)
        chosen = choice.request(office)
    with request.writing(mails=bool(inboxes)) as (office, ledger):
        contact = choose_contact(office, chosen.lists, choice.one("as"), chosen.selection)
        name = "" if choice.one("relay") == PREVIEW else choice.one("relay")
        plan_request = Request(
            release=choice.slug,
            relay=office.relay(name) if inboxes else PREVIEW_RELAY,
            kind=MailingKind.TEST,
            pinned=bool(choice.one("relay")),
            family=choice.one("template"),
            sender=choice.one("sender"),
        )
        plan = prepare_test(office, plan_request, contact, inboxes)
        try:
            password = request.desk.offices.password(office, plan.request.relay) if inboxes else None
            mailing = confirm(office, ledger, plan)
            run = Run(office, ledger, mailing)
            asyncio.run(run.to_relay(plan.request.relay, password) if inboxes else run.to_preview())
            figures = read_outcome(office, ledger, mailing.full_name, deliveries=True).figures
        finally:
            plan.spool.close()
    done = Tested(plan, figures, None)
    if not inboxes:
        return request.go("/preview-inbox", done)
    return _back(request, choice, "what", done)


# The preview inbox.


def show_inbox(request: DeskRequest) -> Response:
    """Show the mails in the preview inbox, newest first."""
    return request.render("preview_inbox.html", arrived=request.read(read_preview_inbox))


def show_arrived(request: DeskRequest) -> Response:
    """Return the HTML of a mail in the preview inbox."""
    found = request.read(read_preview_inbox, file=request.params["file"])
    return mail_page(found[0].html if found else "")


ROUTES = (
    DeskRoute(
        "/releases/{slug}/send",
        get=show_send,
        post=confirming(lambda request: send(request, _plan(request))),
        reads=Right.WRITE,
        changes=Right.SEND,
    ),
    DeskRoute("/releases/{slug}/send/mail.html", get=show_mail),
    DeskRoute("/releases/{slug}/waves", post=keep_waves),
    DeskRoute("/releases/{slug}/plan", post=storing(lambda request: store(request, _plan(request)))),
    DeskRoute("/releases/{slug}/test", post=send_test),
    DeskRoute("/preview-inbox", get=show_inbox),
    DeskRoute("/preview-inbox/{file}", get=show_arrived),
)
