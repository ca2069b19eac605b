"""Updates: mailings around a release that was sent: a follow-up, a correction, a retraction.

Each page has a form and, once it can be planned, the plan, as the command shows it. It is sent once the number of
recipients is typed, or stored for another person to approve. `runs.planning.updates` decides who gets it.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from mailer.desk.access import Right
from mailer.desk.html import command_line, with_file
from mailer.desk.jobs import Job, fingerprint
from mailer.desk.planned import Planned, confirming, planned, send, show, store, storing
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.desk.views.lists import list_names
from mailer.errors import InputProblem
from mailer.events import MailingKind
from mailer.ledger.mailings import require_mailing
from mailer.runs.office import Office
from mailer.runs.planning.request import NO_RELAY, About, Request
from mailer.runs.ready import Ready, make_ready

_FIELDS: Final = ("note", "minor", "text", "only", "with_release", "to", "template", "relay")
_NAMES: Final = {  # of the page, and of the command
    MailingKind.FOLLOW_UP: ("Follow up", "follow-up"),
    MailingKind.CORRECTION: ("Correct", "correct"),
    MailingKind.RETRACTION: ("Retract", "retract"),
}
_ONLY: Final = (
    ("", "recipients who have not replied"),
    ("asked", "recipients who asked something and are waiting for an answer"),
    ("accepted-embargo", "recipients who accepted the embargo"),
)


def _release(request: DeskRequest, office: Office) -> str:
    """Return the slug of a mailing's release. Raises InputProblem if nothing was sent."""
    if office.ledger is None:
        raise InputProblem("nothing has been sent from here yet")
    with office.ledger.reading() as connection:
        return require_mailing(connection, request.params["name"]).slug


def _request(request: DeskRequest, office: Office, kind: MailingKind, slug: str) -> Request:
    for name in request.many("to"):
        office.workspace.named_list(name)
    about = About(
        note=request.one("note"),
        minor=bool(request.one("minor")),
        text=request.one("text").strip(),
        with_release=bool(request.one("with_release")),
        only=request.one("only"),
        to=tuple(request.many("to")),
    )
    relay = request.one("relay")
    return Request(
        release=slug,
        relay=office.relay(relay) if relay or office.settings.relays else NO_RELAY,
        pinned=bool(relay),
        kind=kind,
        family=request.one("template"),
        about=about,
    )


def _plan(request: DeskRequest, kind: MailingKind) -> Job[Planned]:
    with request.reading() as office:
        slug = _release(request, office)
    root = request.desk.offices.root
    chosen = [(name, tuple(request.many(name))) for name in _FIELDS]
    lists = (root / "lists").glob("*") if request.many("to") else ()
    key = (kind.value, slug, urlencode(chosen, doseq=True), fingerprint(root, lists))

    def make(office: Office) -> Ready:
        return make_ready(office, _request(request, office, kind, slug))

    return planned(request, key, make)


def show_update(request: DeskRequest, kind: MailingKind) -> Response:
    """Show the form of a mailing around a release, and its plan if it can be made."""
    title, command = _NAMES[kind]
    with request.reading() as office:
        slug = _release(request, office)
        shared: dict[str, Any] = {
            "slug": slug,
            "kind": kind.value,
            "title": title,
            "path": f"/mailings/{slug}/{command}",
            "lists": list_names(office.workspace),
            "relays": list(office.settings.relays),
            "only": _ONLY,
            "command": _command(request, kind, slug),
            "pairs": [(name, each) for name in _FIELDS for each in request.many(name)],
        }
    can_plan = kind is MailingKind.FOLLOW_UP or request.one("note").strip()
    return show(request, "update.html", _plan(request, kind) if can_plan else None, **shared)


def _command(request: DeskRequest, kind: MailingKind, slug: str) -> str:
    words = [_NAMES[kind][1], slug, *(word for name in request.many("to") for word in ("--to", name))]
    for name in ("note", "only", "template", "relay"):
        words += [f"--{name}", request.one(name)] if request.one(name) else []
    words += [f"--{name.replace('_', '-')}" for name in ("minor", "with_release") if request.one(name)]
    if text := request.one("text").strip():
        return with_file(f"{slug}-{kind.value}.txt", text, *words, "--text")
    return command_line(*words)


def _routes(kind: MailingKind) -> tuple[DeskRoute, DeskRoute]:
    path = f"/mailings/{{name:path}}/{_NAMES[kind][1]}"
    view = partial(show_update, kind=kind)
    return (
        DeskRoute(
            path, get=view, post=confirming(lambda request: send(request, _plan(request, kind))), changes=Right.SEND
        ),
        DeskRoute(f"{path}/plan", post=storing(lambda request: store(request, _plan(request, kind)))),
    )


ROUTES = tuple(route for kind in _NAMES for route in _routes(kind))
