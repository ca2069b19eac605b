"""Preview: `mailer preview`, `test` and `rehearse`: look at a mailing before anybody gets it.

None of them changes a delivery of the real mailing. A rehearsal leaves the workspace unchanged. Nothing leaves this
machine except a test with --inbox.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import typer

from mailer.cli import output
from mailer.cli.office import password_of, reading_office, with_lasting_keys, writing_office
from mailer.cli.options import Audience, NamedRelease, Open, Reader, SendOptions, flag, option
from mailer.cli.progress import counting
from mailer.cli.send import request_of
from mailer.errors import InputProblem

app = typer.Typer()


@app.command(short_help="Build one recipient's exact message, to look at.")
def preview(
    release: NamedRelease,
    reader: Reader = Reader(),
    everybody: bool = flag("--all", "Every recipient's message, on one page."),
    open_it: Open = False,
) -> int:
    """Build one recipient's exact message as HTML, text and source, in .mailer/preview.

    \b
    Examples:
      mailer preview harbour-seals --to coast --open
      mailer preview harbour-seals --to coast --as ada@daily.example.com
      mailer preview harbour-seals --to coast --where 'language == "de"'     the first match
      mailer preview harbour-seals --to coast --all --open     every recipient, on one page
    """
    from mailer.runs.lists.looking import choose_contact
    from mailer.runs.planning.request import PREVIEW_RELAY
    from mailer.runs.previews import make_preview, preview_plan, write_contact_sheet, write_preview

    if everybody and (not reader.lists or reader.person):
        raise InputProblem("--all shows every recipient: it needs --to and cannot be combined with --as")
    with reading_office() as office:
        if everybody:
            request = reader.request(release, PREVIEW_RELAY, kind="preview", lists=tuple(reader.lists))
            lasting = with_lasting_keys(office)
            folder = office.workspace.make_machine_folder("preview")
            with counting("mails made") as report:
                sheet = write_contact_sheet(lasting, request, folder, selection=reader.selection, on_progress=report)
            page, code = sheet.page, 2 if sheet.wrong else 0
            output.show(sheet)
        else:
            contact = choose_contact(office, reader.lists, reader.person, reader.selection)
            plan = preview_plan(office, reader.request(release, PREVIEW_RELAY, kind="preview"), contact)
            lasting = with_lasting_keys(office)
            made = write_preview(lasting, make_preview(lasting, plan, contact))
            page, code = made.html or made.text, 0
            output.show(made)
    if open_it:
        output.open_page(page)
    return code


@app.command("test", short_help="Send one message, marked [TEST], to yourself.")
def send_test(
    release: NamedRelease,
    reader: Reader = Reader(),
    inbox: list[str] = option("--inbox EMAIL", "An inbox of yours. Can be repeated.", []),
    relay: str = option("--relay NAME", "With --inbox: a relay from mailer.toml.", ""),
    open_it: Open = False,
) -> int:
    """Send one message, marked [TEST], to the preview inbox or to an inbox of yours.

    \b
    Examples:
      mailer test harbour-seals --to coast --open         into the preview inbox
      mailer test harbour-seals --to coast --inbox me@example.org     over the relay, to you
    """
    import asyncio

    from mailer.runs.lists.looking import choose_contact
    from mailer.runs.planning.confirm import confirm
    from mailer.runs.planning.request import PREVIEW_RELAY
    from mailer.runs.previews import Tested, prepare_test
    from mailer.runs.reports import read_outcome
    from mailer.runs.sending.deliver import Run
    from mailer.settings import PREVIEW

    if relay not in {"", PREVIEW} and not inbox:
        raise InputProblem(
            "--relay needs --inbox: without one, a test goes to the preview inbox",
            hint=f"mailer test {release} … --relay {relay} --inbox YOU@…",
        )
    with writing_office(mails=bool(inbox)) as (office, ledger):
        contact = choose_contact(office, reader.lists, reader.person, reader.selection)
        chosen = office.relay(relay) if inbox else PREVIEW_RELAY
        plan = prepare_test(office, reader.request(release, chosen, kind="test", pinned=bool(relay)), contact, inbox)
        try:
            password = password_of(office, plan.request.relay) if inbox else None
            mailing = confirm(office, ledger, plan)
            run = Run(office, ledger, mailing)
            ended = asyncio.run(run.to_relay(plan.request.relay, password) if inbox else run.to_preview())
            for note in ended.notes:
                output.echo(f"  {note}", to_stderr=True)
            figures = read_outcome(office, ledger, mailing.full_name, deliveries=True).figures
        finally:
            plan.spool.close()
    done = Tested(plan, figures, ended.page)
    output.show(done, to_stderr=True)
    if open_it and ended.page is not None:
        output.open_page(ended.page)
    return 0 if done.is_done else 1


@app.command(short_help="Rehearse a mailing on this machine.")
def rehearse(
    release: NamedRelease = "",
    audience: Audience = Audience(),
    options: SendOptions = SendOptions(),
    relay: str = option("--relay NAME", "The relay whose pace and connection limits to use.", ""),
    expires: str = option("--expires WHEN", "Stop trying after this time: 24h, 2d.", "24h"),
    faults: str = option("--faults FILE", "Which errors occur: a TOML file, usual, or none.", "usual"),
    keep: str = option("--keep DIR", "Keep the messages in a new folder, with a page to browse them.", ""),
    show_faults: bool = flag("--show-faults", "Print the usual errors as a TOML file."),
) -> int:
    """Rehearse a mailing against a local mail server that produces errors.

    Nothing leaves this machine and nothing is recorded. The same contacts are left out and skipped as in a real run,
    and the ledger does not change. Shows how long it would take at the relay's pace, the retries and their times, and
    the report.

    \b
    Examples:
      mailer rehearse harbour-seals --to coast
      mailer rehearse harbour-seals --to coast --faults none --keep look     the mails, in look/
      mailer rehearse harbour-seals --to coast --faults bad-day.toml --json
      mailer rehearse --show-faults > bad-day.toml     a faults file to start from (docs/rehearsal.md)
    """
    import asyncio

    from mailer.config.reading import USUAL_FAULTS, parse_faults
    from mailer.runs.planning.prepare import foresee, prepare
    from mailer.runs.rehearse import rehearse as run
    from mailer.settings import PREVIEW
    from mailer.workspace import read_text

    if show_faults:
        output.echo(USUAL_FAULTS.rstrip())
        return 0
    if not release or not audience.lists:
        raise InputProblem("give a release and a list", hint="mailer rehearse RELEASE --to LIST")
    with reading_office() as office:
        text, source = USUAL_FAULTS if faults == "usual" else "", "the usual faults"
        if faults not in {"usual", "none"}:
            file = next((each for each in (Path(faults), office.workspace.root / faults) if each.is_file()), None)
            if file is None:
                hint = "To make one: mailer rehearse --show-faults > FILE"
                raise InputProblem(f'there is no faults file "{faults}"', hint=hint)
            text, source = read_text(file), file.name
        script = parse_faults(text, source=source)
        if relay == PREVIEW:
            raise InputProblem("a rehearsal never leaves this machine", hint="--relay chooses the rate to use")
        # without a relay there is no limit to the pace
        request = request_of(office, release, audience, options, relay=relay, at="", expires=expires, dry_run=True)
        folder = Path(keep) if keep else None
        if folder and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputProblem(f"{keep} already exists and is not empty", hint="--keep needs a new folder")
        plan = prepare(office, request)
        try:
            output.show_interim(foresee(office, plan, is_rehearsal=True), to_stderr=True)
            step = partial(output.echo, style="dim", to_stderr=True)
            done = asyncio.run(run(office, plan, script, keep=folder, on_step=lambda text: step(f"  … {text}")))
        finally:
            plan.spool.close()
    output.show(done, to_stderr=True)
    return 0
