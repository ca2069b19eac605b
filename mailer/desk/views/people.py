"""People: the page of a contact, and suppressed addresses.

The data about a contact comes from the ledger, by the digest of the address, and from the lists in memory. Erasing
first shows what is held where, and requires the address to be typed; it cannot be undone. Lifting a suppression
requires grounds that depend on its reason; the evidence is a text, or an uploaded file of which the name and the
SHA-256 are kept, never a file on this machine.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from starlette.responses import Response

from mailer.address import InvalidAddress, address_of, parse_address
from mailer.contacts.suppression_files import FORMATS
from mailer.desk.access import Right
from mailer.desk.background import in_background
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.desk.views.lists import ask, attachment, list_names, name_of
from mailer.errors import InputProblem
from mailer.events import REASONS
from mailer.frozen import replace
from mailer.ledger.suppressions import EVERYWHERE, PERSON, Wanted
from mailer.pages.people import person_document, render_page
from mailer.pages.words import SUPPRESSED
from mailer.runs.lists.follow import suppress_by_staff
from mailer.runs.people import export_person, forget, look_for
from mailer.runs.people.why import why
from mailer.runs.planning.request import NO_RELAY, Request
from mailer.runs.reports import read_names
from mailer.runs.suppressions import exchange, opt_out
from mailer.runs.suppressions.opt_out import Grounds, StatedReason, confirm, lift

_IMPORT: Final = ("optouts", "import", "FILE")
_STAFF_REASONS: Final = ("opted_out", "complained", "do_not_contact", "manual", "dead_address")


@in_background("The lists are being looked through.", when=lambda request: request.one("release"))
def show_person(request: DeskRequest) -> Response:
    """Show what is known about a contact, and whether they get a mailing."""
    email = str(parse_address(request.params["email"]))
    mailing, release, names = request.one("mailing"), request.one("release"), request.many("list")
    with request.reading() as office:
        workspace = office.workspace
        opening = request.desk.indexes.opening(workspace, parse_address(email).local)
        plan_request = None
        if release:
            if not names:
                raise InputProblem("Choose the lists that the release would go to")
            slug = workspace.release_path(release).stem if "/" not in release else ""
            lists = tuple(str(workspace.named_list(each)) for each in names)
            plan_request = Request(release=slug, relay=NO_RELAY, lists=lists)
        answer = why(office, email, mailing=mailing, request=plan_request, opening=opening)
        all_lists = {workspace.show(path): name_of(workspace, path) for path in workspace.lists()}
        releases = [path.stem for path in workspace.releases()]
        mailings = read_names(office)
    options = [mailing] if mailing else ["--for", release, "--to", *names] if release else []
    return request.render(
        "person.html",
        answer=answer,
        email=email,
        person=answer.person,
        all_lists=all_lists,
        names=names,
        releases=releases,
        mailings=mailings,
        mailing=mailing,
        release=release,
        reasons=_STAFF_REASONS,
        back=f"/people/{email}",
        command=("why", email, *options),
    )


@in_background("All data about this person is being collected.")
def export(request: DeskRequest) -> Response:
    """Return all data about a person, as JSON or as a page for printing."""
    found = request.read(export_person, str(parse_address(request.params["email"])))
    document = person_document(found)
    name = f"person-{found.made_at:%Y-%m-%d}"
    if request.one("format") == "html":
        return attachment(name, "html", render_page(document).encode())
    return attachment(name, "json", json.dumps(document, ensure_ascii=False, indent=1).encode())


@in_background("The lists are being looked through.")
def show_forget(request: DeskRequest) -> Response:
    """Show what would be erased of a person."""
    email = str(parse_address(request.params["email"]))
    found = request.read(look_for, email)
    return request.render("person_forget.html", found=found, email=email, command=("contacts", "forget", email))


@in_background("This person is being erased.")
def do_forget(request: DeskRequest) -> Response:
    """Erase a person, if their address was typed."""
    address = parse_address(request.params["email"])
    typed = address_of(request.one("typed"))
    if typed is None or typed.key != address.key:
        raise InputProblem(f"Type the address to erase it: {address}", hint="Nothing was erased.")
    done = request.write(forget, str(address), reason=request.one("reason").strip())
    request.desk.indexes.clear()
    request.desk.jobs.clear()
    request.desk.uploads.clear()
    return request.go("/lists", done, announce="lists")


# Suppressions.


def _filters(request: DeskRequest) -> Wanted:
    reason, scope, since, find = (request.one(name).strip() for name in ("reason", "scope", "since", "find"))
    flags = {name: request.one(name) == "1" for name in ("lifted", "unconfirmed")}
    reason = reason if reason in REASONS else ""
    return opt_out.parse_wanted(reason, scope, since, find, **flags, before=request.number("before") or None)


def show_suppressions(request: DeskRequest) -> Response:
    """Show suppressed addresses, the newest first, a page at a time."""
    wanted = _filters(request)
    with request.reading() as office:
        found = opt_out.read_listed(office, wanted)
        names = list_names(office.workspace)
    after = found.rows[-1].id if len(found.rows) >= opt_out.LISTED else None
    words = ("reason", "scope", "since", "find")
    options = [part for word in words if request.one(word) for part in (f"--{word}", request.one(word))]
    return request.render(
        "suppressions.html",
        found=found,
        wanted=wanted,
        filters={word: request.one(word) for word in (*words, "lifted", "unconfirmed") if request.one(word)},
        after=after,
        reasons=_STAFF_REASONS,
        names=names,
        since=request.one("since"),
        command=("optouts", "list", *options),
    )


def show_suppression(request: DeskRequest) -> Response:
    """Show all suppressions, past and present, of an address, a domain or an outlet."""
    who = request.one("who")
    held = request.read(opt_out.read_held, who)
    return request.render("suppression.html", held=held, who=who, command=("optouts", "list", who))


@in_background("The lists are being looked through.")
def add(request: DeskRequest) -> Response:
    """Suppress an address, a domain or an outlet."""
    scope = request.one("scope").strip() or EVERYWHERE
    stated = StatedReason(request.one("reason") or "opted_out", request.one("note").strip(), scope)
    return _back(request, request.write(suppress_by_staff, request.one("who").strip(), stated))


def lift_or_confirm(request: DeskRequest) -> Response:
    """Lift a suppression with the grounds it requires, or confirm an unconfirmed one."""
    who = request.one("who").strip()
    file = request.file("file")
    evidence = request.one("evidence").strip()
    if file is not None:
        evidence = f"{evidence} {opt_out.name_evidence(file.name, file.data)}".strip()
    with request.writing() as (office, ledger):
        if request.one("do") == "confirm":
            return _back(request, confirm(office, ledger, who))
        done = lift(office, ledger, who, Grounds(request.one("reason").strip(), evidence, request.one("scope")))
    return _back(request, done)


def _back(request: DeskRequest, done: object) -> Response:
    with suppress(InvalidAddress):
        if request.one("from") == PERSON:
            return request.go(f"/people/{parse_address(request.one('who').strip())}", done)
    return request.go("/suppressions", done)


def show_exchange(request: DeskRequest) -> Response:
    """Show the imports, and the forms for an import and an export."""
    imports = request.read(exchange.list_imports)
    return request.render(
        "suppressions_exchange.html",
        imports=imports,
        formats=FORMATS,
        forms=exchange.FORMS,
        reasons=SUPPRESSED,
        command=_IMPORT,
    )


@in_background("The suppressions are being lifted.", when=lambda request: request.one("do") == "undo")
def take_file(request: DeskRequest) -> Response:
    """Take a file of suppressions, or undo an import; the effect is shown first."""
    if request.one("do") == "undo":
        return _undo(request)
    file = request.file("file")
    if file is None:
        raise InputProblem("Choose a file")
    kept = request.desk.uploads.put(request.user, file)
    options = {word: request.one(word) for word in ("format", "scope", "reason") if request.one(word)}
    return request.go(f"/suppressions/exchange/{kept}", None, **options)


def _undo(request: DeskRequest) -> Response:
    number = request.number("number")
    if not request.one("sure"):
        plan = request.read(exchange.undo_import, number)
        return ask(request, plan, "Undo an import", "Lift them", "/suppressions/exchange", command=_IMPORT)
    done = request.write(lambda office, ledger: exchange.undo_import(office, number, ledger))
    return request.go("/suppressions/exchange", done)


def _import_wanted(request: DeskRequest) -> exchange.ImportWanted:
    file = request.desk.uploads.find(request.user, request.params["upload"])
    form = request.one("format") if request.one("format") in FORMATS else "auto"
    return exchange.ImportWanted(Path(file.name), form, request.one("scope").strip(), request.one("reason"), file.data)


@in_background("The file is being read.")
def show_import(request: DeskRequest) -> Response:
    """Show what an import of suppressions would do."""
    wanted = _import_wanted(request)
    found = request.read(exchange.import_optouts, wanted)
    label = f"Suppress {found.new.total():,}" if found.new else "Nothing is new: go back"
    return ask(request, found, f"Import {wanted.path.name}", label, "/suppressions/exchange", command=_IMPORT)


@in_background("The file is being imported.")
def do_import(request: DeskRequest) -> Response:
    """Suppress the addresses of a file."""
    done = request.write(lambda office, ledger: exchange.import_optouts(office, _import_wanted(request), ledger))
    request.desk.uploads.drop(request.user, request.params["upload"])
    return request.go("/suppressions/exchange", done)


@in_background("The file is being written.")
def download(request: DeskRequest) -> Response:
    """Return the suppressions as a file for another tool."""
    form = request.one("format") if request.one("format") in exchange.FORMS else "csv"
    with request.reading() as office:
        data = "".join(exchange.export_optouts(office, replace(_filters(request), before=None), form=form)).encode()
    return attachment("suppressions", "json" if form == "json" else "csv", data)


ROUTES = (
    DeskRoute("/people/{email}", get=show_person),
    DeskRoute("/people/{email}/export", get=export, reads=Right.WRITE),
    DeskRoute("/people/{email}/forget", get=show_forget, post=do_forget, reads=Right.WRITE, changes=Right.ADMINISTER),
    DeskRoute("/suppressions", get=show_suppressions, post=add),
    DeskRoute("/suppressions/of", get=show_suppression),
    DeskRoute("/suppressions/lift", post=lift_or_confirm),
    DeskRoute("/suppressions/export", get=download),
    DeskRoute("/suppressions/exchange", get=show_exchange, post=take_file),
    DeskRoute("/suppressions/exchange/{upload}", get=show_import, post=do_import),
)
