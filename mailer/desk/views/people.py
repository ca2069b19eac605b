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
from mailer.desk.beside import beside
from mailer.desk.routing import DeskRequest, Way
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
_BY_HAND: Final = ("opted_out", "complained", "do_not_contact", "manual", "dead_address")


@beside("The lists are being looked through.", when=lambda asked: asked.one("release"))
def show_person(asked: DeskRequest) -> Response:
    """Show what is known about a contact, and whether they get a mailing."""
    email = str(parse_address(asked.params["email"]))
    mailing, release, names = asked.one("mailing"), asked.one("release"), asked.many("list")
    with asked.reading() as office:
        workspace = office.workspace
        opening = asked.desk.indexes.opening(workspace, parse_address(email).local)
        request = None
        if release:
            if not names:
                raise InputProblem("Choose the lists that the release would go to")
            slug = workspace.release_path(release).stem if "/" not in release else ""
            lists = tuple(str(workspace.named_list(each)) for each in names)
            request = Request(release=slug, relay=NO_RELAY, lists=lists)
        answer = why(office, email, mailing=mailing, request=request, opening=opening)
        all_lists = {workspace.show(path): name_of(workspace, path) for path in workspace.lists()}
        releases = [path.stem for path in workspace.releases()]
        mailings = read_names(office)
    words = [mailing] if mailing else ["--for", release, "--to", *names] if release else []
    return asked.render(
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
        reasons=_BY_HAND,
        back=f"/people/{email}",
        command=("why", email, *words),
    )


@beside("All data about this person is being collected.")
def export(asked: DeskRequest) -> Response:
    """Return all data about a person, as JSON or as a page for printing."""
    found = asked.read(export_person, str(parse_address(asked.params["email"])))
    document = person_document(found)
    name = f"person-{found.made_at:%Y-%m-%d}"
    if asked.one("format") == "html":
        return attachment(name, "html", render_page(document).encode())
    return attachment(name, "json", json.dumps(document, ensure_ascii=False, indent=1).encode())


@beside("The lists are being looked through.")
def show_forget(asked: DeskRequest) -> Response:
    """Show what would be erased of a person."""
    email = str(parse_address(asked.params["email"]))
    found = asked.read(look_for, email)
    return asked.render("person_forget.html", found=found, email=email, command=("contacts", "forget", email))


@beside("This person is being erased.")
def do_forget(asked: DeskRequest) -> Response:
    """Erase a person, if their address was typed."""
    address = parse_address(asked.params["email"])
    typed = address_of(asked.one("typed"))
    if typed is None or typed.key != address.key:
        raise InputProblem(f"Type the address to erase it: {address}", hint="Nothing was erased.")
    done = asked.write(forget, str(address), reason=asked.one("reason").strip())
    asked.desk.indexes.clear()
    asked.desk.works.clear()
    asked.desk.uploads.clear()
    return asked.go("/lists", done, announce="lists")


# Suppressions.


def _wanted(asked: DeskRequest) -> Wanted:
    reason, scope, since, find = (asked.one(name).strip() for name in ("reason", "scope", "since", "find"))
    flags = {name: asked.one(name) == "1" for name in ("lifted", "unconfirmed")}
    reason = reason if reason in REASONS else ""
    return opt_out.parse_wanted(reason, scope, since, find, **flags, before=asked.number("before") or None)


def show_suppressions(asked: DeskRequest) -> Response:
    """Show suppressed addresses, the newest first, a page at a time."""
    wanted = _wanted(asked)
    with asked.reading() as office:
        found = opt_out.read_listed(office, wanted)
        names = list_names(office.workspace)
    after = found.rows[-1].id if len(found.rows) >= opt_out.LISTED else None
    words = ("reason", "scope", "since", "find")
    options = [part for word in words if asked.one(word) for part in (f"--{word}", asked.one(word))]
    return asked.render(
        "suppressions.html",
        found=found,
        wanted=wanted,
        asked_for={word: asked.one(word) for word in (*words, "lifted", "unconfirmed") if asked.one(word)},
        after=after,
        reasons=_BY_HAND,
        names=names,
        since=asked.one("since"),
        command=("optouts", "list", *options),
    )


def show_suppression(asked: DeskRequest) -> Response:
    """Show all suppressions, past and present, of an address, a domain or an outlet."""
    who = asked.one("who")
    held = asked.read(opt_out.read_held, who)
    return asked.render("suppression.html", held=held, who=who, command=("optouts", "list", who))


@beside("The lists are being looked through.")
def add(asked: DeskRequest) -> Response:
    """Suppress an address, a domain or an outlet."""
    scope = asked.one("scope").strip() or EVERYWHERE
    said = StatedReason(asked.one("reason") or "opted_out", asked.one("note").strip(), scope)
    return _back(asked, asked.write(suppress_by_staff, asked.one("who").strip(), said))


def take_back(asked: DeskRequest) -> Response:
    """Lift a suppression with the grounds it requires, or confirm an unconfirmed one."""
    who = asked.one("who").strip()
    file = asked.file("file")
    evidence = asked.one("evidence").strip()
    if file is not None:
        evidence = f"{evidence} {opt_out.name_evidence(file.name, file.data)}".strip()
    with asked.writing() as (office, ledger):
        if asked.one("do") == "confirm":
            return _back(asked, confirm(office, ledger, who))
        done = lift(office, ledger, who, Grounds(asked.one("reason").strip(), evidence, asked.one("scope")))
    return _back(asked, done)


def _back(asked: DeskRequest, done: object) -> Response:
    with suppress(InvalidAddress):
        if asked.one("from") == PERSON:
            return asked.go(f"/people/{parse_address(asked.one('who').strip())}", done)
    return asked.go("/suppressions", done)


def show_exchange(asked: DeskRequest) -> Response:
    """Show the imports, and the forms for an import and an export."""
    imports = asked.read(exchange.list_imports)
    return asked.render(
        "suppressions_exchange.html",
        imports=imports,
        formats=FORMATS,
        forms=exchange.FORMS,
        reasons=SUPPRESSED,
        command=_IMPORT,
    )


@beside("The suppressions are being lifted.", when=lambda asked: asked.one("do") == "undo")
def take_file(asked: DeskRequest) -> Response:
    """Take a file of suppressions, or undo an import; the effect is shown first."""
    if asked.one("do") == "undo":
        return _undo(asked)
    file = asked.file("file")
    if file is None:
        raise InputProblem("Choose a file")
    kept = asked.desk.uploads.put(asked.user, file)
    options = {word: asked.one(word) for word in ("format", "scope", "reason") if asked.one(word)}
    return asked.go(f"/suppressions/exchange/{kept}", None, **options)


def _undo(asked: DeskRequest) -> Response:
    number = asked.number("number")
    if not asked.one("sure"):
        plan = asked.read(exchange.undo_import, number)
        return ask(asked, plan, "Undo an import", "Lift them", "/suppressions/exchange", command=_IMPORT)
    done = asked.write(lambda office, ledger: exchange.undo_import(office, number, ledger))
    return asked.go("/suppressions/exchange", done)


def _given_file(asked: DeskRequest) -> exchange.ImportWanted:
    file = asked.desk.uploads.find(asked.user, asked.params["upload"])
    form = asked.one("format") if asked.one("format") in FORMATS else "auto"
    return exchange.ImportWanted(Path(file.name), form, asked.one("scope").strip(), asked.one("reason"), file.data)


@beside("The file is being read.")
def show_import(asked: DeskRequest) -> Response:
    """Show what an import of suppressions would do."""
    given = _given_file(asked)
    found = asked.read(exchange.import_optouts, given)
    label = f"Suppress {found.new.total():,}" if found.new else "Nothing is new: go back"
    return ask(asked, found, f"Import {given.path.name}", label, "/suppressions/exchange", command=_IMPORT)


@beside("The file is being imported.")
def do_import(asked: DeskRequest) -> Response:
    """Suppress the addresses of a file."""
    done = asked.write(lambda office, ledger: exchange.import_optouts(office, _given_file(asked), ledger))
    asked.desk.uploads.drop(asked.user, asked.params["upload"])
    return asked.go("/suppressions/exchange", done)


@beside("The file is being written.")
def download(asked: DeskRequest) -> Response:
    """Return the suppressions as a file for another tool."""
    form = asked.one("format") if asked.one("format") in exchange.FORMS else "csv"
    with asked.reading() as office:
        data = "".join(exchange.export_optouts(office, replace(_wanted(asked), before=None), form=form)).encode()
    return attachment("suppressions", "json" if form == "json" else "csv", data)


WAYS = (
    Way("/people/{email}", get=show_person),
    Way("/people/{email}/export", get=export, reads=Right.WRITE),
    Way("/people/{email}/forget", get=show_forget, post=do_forget, reads=Right.WRITE, changes=Right.ADMINISTER),
    Way("/suppressions", get=show_suppressions, post=add),
    Way("/suppressions/of", get=show_suppression),
    Way("/suppressions/lift", post=take_back),
    Way("/suppressions/export", get=download),
    Way("/suppressions/exchange", get=show_exchange, post=take_file),
    Way("/suppressions/exchange/{upload}", get=show_import, post=do_import),
)
