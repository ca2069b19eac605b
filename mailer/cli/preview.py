"""Preview: `mailer preview` and `mailer test`, looking at mail before anybody gets it.

Owns opening the browser. Neither command touches a delivery of the real mailing.
"""

from __future__ import annotations

import asyncio
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_release
from mailer.cli.office import password_of, reading_office, with_lasting_keys, writing_office
from mailer.cli.options import AsJson, Reader, ReleaseEncoding, grouped
from mailer.cli.progress import counting
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.ledger import Ledger
    from mailer.runs.office import Office
    from mailer.runs.planning.plan import Plan

Release = Annotated[
    str, typer.Argument(metavar="RELEASE", help="A name in releases/, or a path.", autocompletion=complete_release)
]
Open = Annotated[bool, typer.Option("--open", help="Open it in the browser.")]


@grouped
def preview(
    release: Release,
    reader: Reader = Reader(),
    everybody: Annotated[bool, typer.Option("--all", help="Every recipient's message, on one page.")] = False,
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="Output folder. Default: .mailer/preview.")] = "",
    open_it: Open = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> int:
    """Build one recipient's exact message as HTML, text and source.

    \b
    Examples:
      mailer preview harbour-seals --to coast --open
      mailer preview harbour-seals --to coast --as ada@daily.example.com
      mailer preview harbour-seals --to coast --where 'language == "de"'     the first of these
      mailer preview harbour-seals --to coast --all --open     everybody, on one page
    """
    from mailer.runs.lists.choosing import choose_contact
    from mailer.runs.previews import Previewed, exact_mail, preview_plan, write_contact_sheet, write_preview
    from mailer.runs.sending.send import PREVIEW_RELAY

    if everybody and (not reader.to or reader.person):
        raise InputProblem("--all is about everybody on a list: it needs --to, and no --as")
    with reading_office() as office:
        request = reader.request(release, PREVIEW_RELAY, "preview")
        if everybody:
            lasting = with_lasting_keys(office)
            whole = replace(request, lists=tuple(reader.to))
            with counting("mails made") as tell:
                folder = _folder(office, into)
                sheet = write_contact_sheet(lasting, whole, folder, selection=reader.selection, on_progress=tell)
            page, code = sheet.page, 2 if sheet.wrong else 0
            output.show(sheet, as_json=as_json)
        else:
            contact = choose_contact(office, reader.to, reader.person, reader.selection)
            plan = preview_plan(office, request, contact)
            merged = exact_mail(with_lasting_keys(office), plan, contact)
            files = write_preview(_folder(office, into), plan.slug, merged)
            page, code = files.html or files.text, 0
            made = Previewed(contact, plan, merged.rendered.subject, merged.rendered.text, files)
            output.show(made, as_json=as_json)
    if open_it:
        _open(page)
    return code


@grouped
def send_test(
    release: Release,
    reader: Reader = Reader(),
    inbox: Annotated[
        list[str], typer.Option("--inbox", metavar="EMAIL", help="An inbox of yours. Can be repeated.")
    ] = [],  # noqa: B006 - typer copies it
    relay: Annotated[str, typer.Option(metavar="NAME", help="With --inbox: a relay from mailer.toml.")] = "",
    open_it: Open = False,
    _encoding: ReleaseEncoding = "",
    as_json: AsJson = False,
) -> int:
    """Send one message, marked [TEST], to the preview inbox or to an inbox of yours.

    \b
    Examples:
      mailer test harbour-seals --to coast --open         into the preview inbox
      mailer test harbour-seals --to coast --inbox me@example.org     over the relay, to you
    """
    from mailer.runs.lists.choosing import choose_contact
    from mailer.runs.previews import prepare_test
    from mailer.runs.sending.send import PREVIEW_RELAY

    with writing_office(mails=bool(inbox)) as (office, ledger):
        contact = choose_contact(office, reader.to, reader.person, reader.selection)
        request = reader.request(release, office.relay(relay) if inbox else PREVIEW_RELAY, "test")
        plan = prepare_test(office, replace(request, pinned=bool(relay)), contact, inbox)
        try:
            return _send_test(office, ledger, plan, open_it=open_it, as_json=as_json)
        finally:
            plan.spool.close()


def _send_test(office: Office, ledger: Ledger, plan: Plan, *, open_it: bool, as_json: bool) -> int:
    from mailer.ledger.mailings import require_mailing
    from mailer.runs.planning.confirm import confirm
    from mailer.runs.previews import Tested
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
    done = Tested(plan, document, page)
    output.show(done, as_json=as_json, to_stderr=True)
    if open_it and page is not None:
        _open(page)
    return 0 if done.is_done else 1


def _folder(office: Office, into: str) -> Path:
    if into:
        Path(into).mkdir(parents=True, exist_ok=True)
        return Path(into).resolve()
    return office.workspace.make_machine_folder("preview")


def _open(path: Path) -> None:
    if not webbrowser.open(path.as_uri()):
        output.say(f"  No browser could be opened; open it yourself: {path.as_uri()}", to_stderr=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("preview", short_help="Build one recipient's exact message, to look at.")(preview)
    app.command("test", short_help="Send one message, marked [TEST], to yourself.")(send_test)
