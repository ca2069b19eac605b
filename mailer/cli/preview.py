"""Preview: `mailer preview` and `mailer test`, looking at mail before anybody gets it.

Owns opening the browser. Neither command touches a delivery of the real mailing.
"""

from __future__ import annotations

import asyncio
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.completing import complete_address, complete_list, complete_release
from mailer.cli.office import password_of, reading_office, with_lasting_keys, writing_office
from mailer.cli.options import AsJson, ReleaseEncoding, Where, selection_of
from mailer.cli.planned import describe
from mailer.cli.progress import counting
from mailer.cli.summary import REASONS, say_line
from mailer.errors import InputProblem, Severity

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.preview.sheet import Seen
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Plan
    from mailer.runs.previews import Sheet

_PREVIEW_HELP = """Build one recipient's exact message as HTML, text and source.

\b
Examples:
  mailer preview harbour-seals --to coast --open
  mailer preview harbour-seals --to coast --as ada@daily.example.com
  mailer preview harbour-seals --to coast --where 'language == "de"'     the first of these
  mailer preview harbour-seals --to coast --all --open     everybody, on one page
"""
_TEST_HELP = """Send one message, marked [TEST], to the preview inbox or to an inbox of yours.

\b
Examples:
  mailer test harbour-seals --to coast --open         into the preview inbox
  mailer test harbour-seals --to coast --inbox me@example.org     over the relay, to you
"""

Release = Annotated[
    str, typer.Argument(metavar="RELEASE", help="A name in releases/, or a path.", autocompletion=complete_release)
]
To = Annotated[
    list[str],
    typer.Option("--to", metavar="LIST", help="The list with the recipient.", autocompletion=complete_list),
]
As = Annotated[
    str,
    typer.Option(
        "--as", metavar="EMAIL", help="The recipient. Default: the first on the list.", autocompletion=complete_address
    ),
]
Template = Annotated[str, typer.Option(metavar="FAMILY", help="Template family. Default: the release's, else release.")]
SenderName = Annotated[str, typer.Option("--sender", metavar="NAME", help="A sender from mailer.toml.")]
Open = Annotated[bool, typer.Option("--open", help="Open it in the browser.")]


def preview(
    release: Release,
    to: To = [],  # noqa: B006 - typer copies it
    person: As = "",
    where: Where = "",
    template: Template = "",
    sender: SenderName = "",
    everybody: Annotated[bool, typer.Option("--all", help="Every recipient's message, on one page.")] = False,
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="Output folder. Default: .mailer/preview.")] = "",
    open_it: Open = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> int:
    """Make one person's exact mail and write it as files."""
    if everybody:
        return show_everybody(Asked(release, to, person, where, template, sender, into, open_it, as_json))
    from mailer.events import MailingKind
    from mailer.runs.lists.choosing import choose_contact
    from mailer.runs.planning.plan import Request
    from mailer.runs.previews import exact_mail, preview_plan, write_preview
    from mailer.runs.sending.send import PREVIEW_RELAY

    with reading_office() as office:
        contact = choose_contact(office, to, person, selection_of(where))
        request = Request(
            release=release, relay=PREVIEW_RELAY, kind=MailingKind.PREVIEW, sender=sender, family=template
        )
        plan = preview_plan(office, request, contact)
        merged = exact_mail(with_lasting_keys(office), plan, contact)
        folder = _folder(office, into)
        written = write_preview(folder, plan.slug, merged)
    if as_json:
        paths = {
            "html": str(written.html) if written.html else None,
            "text": str(written.text),
            "source": str(written.source),
        }
        problems = [output.problem_json(problem) for problem in plan.warnings]
        said = {"email": str(contact.address), "subject": merged.rendered.subject}
        output.print_json({**said, **paths, "problems": problems})
    else:
        output.say(merged.rendered.text)
        output.say(to_stderr=True)
        _say_warnings(plan)
        say_line("HTML", str(written.html or "none: this person gets plain text"))
        for label, path in (("Text", written.text), ("Source", written.source)):
            say_line(label, str(path))
    if open_it:
        _open(written.html or written.text)
    return 0


def send_test(
    release: Release,
    to: To = [],  # noqa: B006 - typer copies it
    person: As = "",
    where: Where = "",
    inbox: Annotated[
        list[str], typer.Option("--inbox", metavar="EMAIL", help="An inbox of yours. Can be repeated.")
    ] = [],  # noqa: B006 - typer copies it
    template: Template = "",
    sender: SenderName = "",
    relay: Annotated[str, typer.Option(metavar="NAME", help="With --inbox: a relay from mailer.toml.")] = "",
    open_it: Open = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> int:
    """Send one marked mail to look at."""
    from mailer.events import MailingKind
    from mailer.runs.lists.choosing import choose_contact
    from mailer.runs.planning.plan import Request
    from mailer.runs.previews import prepare_test
    from mailer.runs.sending.send import PREVIEW_RELAY

    with writing_office(mails=bool(inbox)) as (office, ledger):
        contact = choose_contact(office, to, person, selection_of(where))
        request = Request(
            release=release,
            relay=office.relay(relay) if inbox else PREVIEW_RELAY,
            pinned=bool(relay),
            kind=MailingKind.TEST,
            sender=sender,
            family=template,
        )
        plan = prepare_test(office, request, contact, inbox)
        try:
            return _send_test(office, ledger, plan, open_it=open_it, as_json=as_json)
        finally:
            plan.spool.close()


def _send_test(office: Office, ledger: Ledger, plan: Plan, *, open_it: bool, as_json: bool) -> int:
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.planning.confirm import confirm
    from mailer.runs.reports import mailing_document
    from mailer.runs.sending.send import PREVIEW_RELAY, Sending

    relay = plan.request.relay
    is_preview = relay is PREVIEW_RELAY
    password = None if is_preview else password_of(office, relay)
    mailing = confirm(office, ledger, plan)
    sending = Sending(office, ledger)
    page: Path | None = None
    if is_preview:
        _, page = asyncio.run(sending.to_preview(mailing))
    else:
        asyncio.run(sending.to_relay(mailing, relay, password))
        for note in sending.notes:
            output.say(f"  {note}", to_stderr=True)
    with ledger.reading() as connection:
        document = mailing_document(connection, require_mailing(connection, mailing.full_name), deliveries=True)
    if as_json:
        output.print_json(document | {"page": str(page) if page else None})
    else:
        _say_warnings(plan)
        for delivery in document["deliveries"]:
            said = f' ("{delivery["text"]}")' if delivery["state"] != "accepted" and delivery["text"] else ""
            say_line(delivery["state"].capitalize(), f"{delivery['address']} by {describe(relay)}{said}")
        if page is not None:
            say_line("Look at it", page.as_uri())
    if open_it and page is not None:
        _open(page)
    return 0 if document["accepted"] == document["planned"] else 1


def _folder(office: Office, into: str) -> Path:
    if into:
        Path(into).mkdir(parents=True, exist_ok=True)
        return Path(into).resolve()
    return office.workspace.make_machine_folder("preview")


def _say_warnings(plan: Plan) -> None:
    for problem in plan.warnings:
        if problem.severity is Severity.WARNING:
            say_line("Warning", str(problem))


def _open(path: Path) -> None:
    if not webbrowser.open(path.as_uri()):
        output.say(f"  No browser could be opened; open it yourself: {path.as_uri()}", to_stderr=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("preview", help=_PREVIEW_HELP, short_help="Build one recipient's exact message, to look at.")(preview)
    app.command("test", help=_TEST_HELP, short_help="Send one message, marked [TEST], to yourself.")(send_test)


# Contact sheet: `mailer preview --all`, everybody's mail on one page.

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    release: str
    lists: list[str]
    person: str
    where: str
    template: str
    sender: str
    into: str
    open_it: bool
    as_json: bool


def show_everybody(asked: Asked) -> int:
    """Make everybody's mail and the page of all of them; exit code 2 where something is wrong with somebody's.

    Raises:
        InputProblem: no list is named, or the release, a template or a list cannot be used.
    """
    sheet = _make(asked)
    wrong = [each for each in sheet.people if each.problems]
    if asked.as_json:
        output.print_json(_document(sheet))
    else:
        _say(sheet, wrong)
    if asked.open_it and not webbrowser.open(sheet.page.as_uri()):
        output.say(f"  No browser could be opened; open it yourself: {sheet.page.as_uri()}", to_stderr=True)
    return 2 if wrong else 0


def _make(asked: Asked) -> Sheet:
    from mailer.events import MailingKind
    from mailer.runs.planning.plan import Request
    from mailer.runs.previews import write_contact_sheet
    from mailer.runs.sending.send import PREVIEW_RELAY

    if not asked.lists or asked.person:
        raise InputProblem("--all is about everybody on a list: it needs --to, and no --as")
    with reading_office() as office, counting("mails made") as tell:
        request = Request(
            release=asked.release,
            relay=PREVIEW_RELAY,
            lists=tuple(asked.lists),
            kind=MailingKind.PREVIEW,
            sender=asked.sender,
            family=asked.template,
        )
        return write_contact_sheet(
            with_lasting_keys(office),
            request,
            Path(asked.into).resolve() if asked.into else office.workspace.make_machine_folder("preview"),
            selection=selection_of(asked.where),
            on_progress=tell,
        )


def _say(sheet: Sheet, wrong: list[Seen]) -> None:
    made = sum(bool(each.text) for each in sheet.people)
    skipped = sum(bool(each.skipped) for each in sheet.people)
    out = f" · {skipped} skipped" if skipped else ""
    waiting = sum(each.waits for each in sheet.people)
    say_line("Made", f"{made} of {len(sheet.people)} mails{out}", to_stderr=False)
    if waiting:
        say_line("Embargo", f"{waiting} have not agreed to keep it (column embargo_agreed)", to_stderr=False)
    for each in wrong[:_SHOWN]:
        say_line("Wrong", f"{each.email}: {each.problems[0]}", to_stderr=False)
    if len(wrong) > _SHOWN:
        say_line("", f"… and {len(wrong) - _SHOWN} more; they stand first on the page", to_stderr=False)
    for problem in sheet.plan.warnings:
        if problem.severity is Severity.WARNING:
            say_line("Warning", str(problem), to_stderr=False)
    say_line("Look at it", sheet.page.as_uri(), to_stderr=False)


def _document(sheet: Sheet) -> dict[str, Any]:
    folder = sheet.page.parent
    people = [
        {
            "email": each.email,
            "name": each.name or None,
            "place": each.place,
            "subject": each.subject or None,
            "manner": each.manner or None,
            "bytes": each.size,
            "waits_for_embargo": each.waits,
            "skipped": REASONS.get(each.skipped, each.skipped) or None,
            **{kind: str(folder / name) if name else None for kind, name in _files(each)},
            "problems": list(each.problems),
        }
        for each in sheet.people
    ]
    return {
        "release": sheet.plan.slug,
        "headline": sheet.plan.release.headline,
        "page": str(sheet.page),
        "people": people,
        "problems": [output.problem_json(problem) for problem in sheet.plan.warnings],
    }


def _files(each: Seen) -> tuple[tuple[str, str], ...]:
    return (("html", each.html), ("text", each.text), ("source", each.source))
