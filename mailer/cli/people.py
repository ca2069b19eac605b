"""People: `mailer why`, `contacts` and `optouts`: one person's mailings and data, and who gets no mail.

Owns the questions, and where an export is written. A list of a million suppressions is written while it is read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.office import reading_office, run_reading, run_writing, writing_office
from mailer.cli.options import Audience, ChangeMode, DryRun, Person, Yes, argument, flag, option
from mailer.errors import InputProblem, did_you_mean
from mailer.pages.words import SUPPRESSED, count

if TYPE_CHECKING:
    from mailer.ledger.suppressions import Wanted
    from mailer.runs.people import PersonExport

app = typer.Typer()
contacts = typer.Typer(help="One person's data: export it or erase it.", no_args_is_help=True)


@app.command()
def why(
    email: Person,
    mailing: str = argument("[MAILING]", "A mailing that was sent.", ""),
    release: str = option("--for RELEASE", "A release that has not been sent yet.", ""),
    audience: Audience = Audience(),
) -> None:
    """Explain why a contact is or is not in a mailing. Shows list, row, rule, suppression and date.

    With a MAILING that was sent, the answer is in the ledger. With --for, a plan is made as `mailer send` would now.
    With neither, all that is known is shown: rows, opt-outs, bounces, mailings.

    \b
    Examples:
      mailer why ada@daily.example.com
      mailer why ada@daily.example.com harbour-seals
      mailer why ada@daily.example.com --for harbour-seals --to coast --except partners
    """
    from mailer.runs.people.why import why as explain
    from mailer.runs.planning.request import NO_RELAY

    request = audience.request(release, NO_RELAY)
    if mailing and release:
        raise InputProblem("give either a MAILING that was sent, or --for with a release that was not")
    if release and not audience.lists:
        raise InputProblem("--for needs --to", hint=f"mailer why EMAIL --for {release} --to LIST")
    if not release and audience != Audience():
        raise InputProblem("--to, --where, --limit and --sample need --for", hint="--for RELEASE --to LIST")
    with reading_office() as office:
        if release:
            office.workspace.release_path(release)  # a mistyped name is an error, not an answer
            for name in (*audience.lists, *audience.excepts):
                office.workspace.list_path(name)
        output.show(explain(office, email, mailing=mailing, request=request if release else None))


@contacts.command()
def forget(
    email: Person,
    reason: str = option("--reason TEXT", "The reason, kept with the suppression. Do not write a name in it.", ""),
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    """Erase a person from every list, undo copy, preview and log. A keyed digest keeps them suppressed.

    First shows what is held where. Figures of past mailings stay, without the person. What imports remember of them is
    erased too, so importing the old spreadsheet again may bring their row back; even then they get no mail. This cannot
    be undone.

    \b
    Examples:
      mailer contacts forget ada@daily.example.com --dry-run
      mailer contacts forget ada@daily.example.com --reason "asked by letter, 3 March"
      mailer contacts forget ada@daily.example.com --yes
    """
    from mailer.runs.people import forget as forget_person
    from mailer.runs.people import look_for

    found = run_reading(look_for, email)
    if dry_run:
        output.show(found)
        return 0
    output.show_page(found, to_stderr=True)
    hint = "It cannot be undone. Add --yes to go ahead."
    if not output.confirmed(f"Erase {found.address} for good?", yes=yes, hint=hint):
        output.print_unchanged()
        return 1
    done = run_writing(forget_person, email, reason=reason)
    output.show(done)
    return 0 if done.is_complete else 1


@contacts.command()
def export(
    email: Person,
    into: str = option("--output -o PLACE", "Output folder, or a file ending in .json or .html.", ""),
) -> None:
    """Show or export everything that is stored about a person.

    For an access request (GDPR Art. 15): rows of every list, mailings and their results, returned mail, notes, opt-outs
    and their grounds. Read it before you hand it out: it includes your own notes.

    \b
    Examples:
      mailer contacts export ada@daily.example.com
      mailer contacts export ada@daily.example.com --output ~/requests/     a page and JSON
    """
    from mailer.runs.people import export_person

    found = run_reading(export_person, email)
    if into:
        found = replace(found, written=tuple(_write(Path(into).expanduser(), found)))
    output.show(found)


def _write(target: Path, export: PersonExport) -> list[Path]:
    from mailer.pages.people import person_document, render_page
    from mailer.workspace import write_atomically

    document = person_document(export)
    contents = {".json": json.dumps(document, ensure_ascii=False, indent=1), ".html": render_page(document)}
    if target.suffix.lower() in contents and not target.is_dir():
        targets = [target]
    elif target.suffix and not target.is_dir():
        raise InputProblem(f"{target}: name a folder, or a file that ends in .json or .html")
    else:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        targets = [target / f"person-{export.made_at:%Y-%m-%d}{suffix}" for suffix in contents]
    for path in targets:
        write_atomically(path, contents[path.suffix.lower()].encode(), mode=0o600)
    return targets


optouts = typer.Typer(help="Suppressed addresses: list, add, remove.", no_args_is_help=True)

Scope = Annotated[str, option("--scope SCOPE", "everywhere, list:NAME or kind:KIND (release, follow-up …).")]
Reason = Annotated[str, option("--reason REASON", "Only this reason: opted_out, complained, dead_address …")]
Target = Annotated[str, argument("EMAIL", "The address, *@DOMAIN, or outlet:NAME.")]


@optouts.command()
def add(
    email: Target = "",
    token: str = option("--token TOKEN", "The token, link or address from their message.", ""),
    reason: str = option(
        "--reason REASON", "opted_out, complained, do_not_contact, manual or dead_address.", "opted_out"
    ),
    scope: Scope = "everywhere",
    note: str = option("--note TEXT", "How you know, kept with it.", ""),
    confirmed: bool = flag("--confirm", "Confirm an opt-out that has not been reviewed yet."),
    follows: str = option("--follows OLD", "The person's old address; its suppression applies here too.", ""),
) -> None:
    """Suppress an address, a domain or an outlet.

    Give the address, or the token, link or address from their mail. A whole domain (with its subdomains) is
    *@outlet.example; an outlet, as it is named in lists, is "outlet:The Daily".

    --confirm settles an opt-out that is in force and waits for you (mailer optouts list --unconfirmed): a reader of
    news@outlet.example used the link, or a person wrote it in their own words. If they do want mail, remove it instead.

    --follows applies the suppressions of a person's old address to the new one, except a dead address.

    \b
    Examples:
      mailer optouts add ada@daily.example.com --note "by telephone, 3 March"
      mailer optouts add --token optout+TOKEN@example.org
      mailer optouts add cy@coast.example.com --scope list:coast
      mailer optouts add bo@evening.example.com --reason do_not_contact
      mailer optouts add "*@outlet.example" --reason manual
      mailer optouts add news@outlet.example --confirm
      mailer optouts add bo.lindqvist@morning.example.com --follows bo@evening.example.com
    """
    from mailer.runs.lists.follow import follow, suppress_by_staff
    from mailer.runs.suppressions.opt_out import StatedReason, confirm, opt_out_by_token

    if bool(email) == bool(token):
        raise InputProblem("give either an address or --token")
    if (confirmed or follows) and (token or (confirmed and follows)):
        raise InputProblem("--token, --confirm and --follows cannot be combined")
    if confirmed and (note or (reason, scope) != ("opted_out", "everywhere")):
        raise InputProblem("--confirm takes only an address; the suppression is kept as it is")
    with writing_office() as (office, ledger):
        if confirmed:
            output.show(confirm(office, ledger, email))
        elif follows:
            output.show(follow(office, ledger, follows, email, note=note))
        elif token:
            output.show(opt_out_by_token(office, ledger, token, note=note))
        else:
            output.show(suppress_by_staff(office, ledger, email, StatedReason(reason, note, scope)))


@optouts.command()
def remove(
    email: Target = "",
    reason: str = option("--reason WHY", "How you know that they want mail.", ""),
    evidence: str = option("--evidence TEXT|FILE", "Their words, or a file; its name and SHA-256 are kept.", ""),
    scope: Scope = "",
    from_mailing: str = option("--from-mailing MAILING", "All dead addresses found by this mailing.", "", "mailing"),
) -> None:
    """Lift a suppression. An opt-out or a complaint needs a reason and evidence.

    The evidence is a text, or a file, whose name and SHA-256 are kept. A dead address needs no reason.

    \b
    Examples:
      mailer optouts remove bounced@daily.example.com
      mailer optouts remove --from-mailing harbour-seals      all dead addresses that this mailing found
      mailer optouts remove ada@daily.example.com --reason "asks for it again" --evidence letter.eml
      mailer optouts remove cy@coast.example.com --scope list:coast --reason "…" --evidence "…"
    """
    from mailer.runs.suppressions.opt_out import Grounds, lift, lift_mailing, read_evidence

    if bool(email) == bool(from_mailing):
        raise InputProblem("give either an address or --from-mailing MAILING")
    if from_mailing and (scope or evidence):
        raise InputProblem("--from-mailing lifts only dead addresses; it cannot be combined with --scope or --evidence")
    with writing_office() as (office, ledger):
        if from_mailing:
            output.show(lift_mailing(office, ledger, from_mailing, reason))
        else:
            output.show(lift(office, ledger, email, Grounds(reason, read_evidence(evidence), scope)))


def _wanted(reason: str, scope: str, since: str = "", find: str = "", **more: bool) -> Wanted:
    from mailer.runs.suppressions.opt_out import parse_wanted

    if reason:
        _refuse_unknown(reason, SUPPRESSED, "reason")
    return parse_wanted(reason, scope, since, find, **more)


def _refuse_unknown(given: str, known: Iterable[str], what: str) -> None:
    names = list(known)
    if given not in names:
        raise InputProblem(f'"{given}" is not a {what}; use one of: {", ".join(names)}{did_you_mean(given, names)}')


@optouts.command("list")
def list_optouts(
    email: str = argument("EMAIL", "An address, *@DOMAIN, or outlet:NAME.", ""),
    reason: Reason = "",
    scope: Scope = "",
    since: str = option("--since DATE", "Only since this date: 2026-03-01.", ""),
    find: str = option("--find TEXT", "Only addresses that contain this.", ""),
    lifted: bool = flag("--lifted", "Include lifted suppressions."),
    unconfirmed: bool = flag("--unconfirmed", "Only opt-outs that wait for confirmation."),
    proposals: bool = flag("--proposals", "Contacts who may be suppressed under an old address."),
    reject: tuple[str, str] = option("--reject OLD NEW", "With --proposals: these are two different people.", ("", "")),
) -> None:
    """List suppressed addresses with their reasons. Shows the newest 200, or all with --json.

    With an EMAIL: every suppression of that address, domain or outlet, past and present. With --proposals: contacts on
    the lists who may be suppressed under an old address.

    \b
    Examples:
      mailer optouts list --reason complained --since 2026-01-01
      mailer optouts list --scope list:coast
      mailer optouts list --find daily.example.com --lifted
      mailer optouts list --unconfirmed
      mailer optouts list ada@daily.example.com
      mailer optouts list --proposals
      mailer optouts list --proposals --reject bo@evening.example.com bo.lind@morning.example.com
    """
    from mailer.pages import document
    from mailer.runs.lists.editing import reject_follow
    from mailer.runs.lists.follow import read_moves
    from mailer.runs.suppressions.opt_out import read_held, read_listed, stream_rows

    if any(reject) and not proposals:
        raise InputProblem("--reject needs --proposals")
    if any(reject):
        run_writing(reject_follow, *reject)
    wanted = _wanted(reason, scope, since, find, lifted=lifted, unconfirmed=unconfirmed)
    with reading_office() as office:
        if proposals:
            output.show(read_moves(office))
        elif email:
            output.show(read_held(office, email))
        elif output.is_json():

            def make(keep: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
                for each in stream_rows(office, wanted):
                    keep(document(each))
                return {}

            output.print_json_rows("suppressed", make)
        else:
            output.show(read_listed(office, wanted))


@optouts.command("import")
def import_(
    file: str = argument("FILE", "The file of the other tool.", ""),
    format_: str = option("--format FORMAT", "auto, csv, listmonk, mailchimp, mailtrain …", "auto"),
    scope: Scope = "",
    reason: str = option("--reason REASON", "The reason for rows without one.", ""),
    undo: int | None = option("--undo ID", "Undo an import.", None),
    spool: str = option("--spool DIR", "Import the opt-outs that mailer serve --spool collected.", ""),
    mode: ChangeMode = ChangeMode(),
) -> None:
    """Import suppressions from another tool.

    The file: an export of listmonk, Mailchimp (its zip, too), Mailtrain, Brevo, HubSpot, SendGrid, Postmark, Mailgun or
    Amazon SES, or one address or *@domain per line.

    In an export of contacts, only those count that unsubscribed, bounced, complained, or were cleaned or blocklisted.
    Dates are kept. Importing the same file again adds nothing, and an import can be undone as a whole.

    \b
    Examples:
      mailer optouts import unsubscribed.csv --dry-run
      mailer optouts import audience_export.zip
      mailer optouts import old-list.txt --reason manual --scope list:coast --yes
      mailer optouts import --undo 3
      mailer optouts import --spool optouts     from a small host (docs/serve.md), each line once
    """
    from mailer.contacts.suppression_files import FORMATS
    from mailer.runs.suppressions.exchange import ImportWanted, import_optouts
    from mailer.runs.suppressions.opt_out import import_spool

    others = {"FILE": file, "--undo": undo is not None, "--scope": scope, "--reason": reason}
    given = [name for name, value in others.items() if value]
    if spool and given:
        raise InputProblem(f"--spool cannot be combined with {given[0]}")
    if spool:
        folder = Path(spool).expanduser()
        if mode.dry_run:
            output.show(run_reading(import_spool, folder))
        else:
            output.show(run_writing(lambda office, ledger: import_spool(office, folder, ledger)))
        return
    if bool(file) == (undo is not None):
        raise InputProblem("give a file, --spool DIR, or --undo with the number of an import")
    if undo is not None:
        _undo_import(undo, mode)
        return
    _refuse_unknown(format_, FORMATS, "format")
    wanted = ImportWanted(Path(file).expanduser(), format_, scope, reason)
    if mode.dry_run or not mode.yes:
        seen = run_reading(import_optouts, wanted)
        is_over = mode.dry_run or not seen.new
        if not output.is_json() or is_over:
            output.show(seen)
        if is_over:
            return
        if not output.confirmed(f"Suppress {count(seen.new.total(), 'address', 'addresses')} now?", yes=False):
            raise typer.Abort
    output.show(run_writing(lambda office, ledger: import_optouts(office, wanted, ledger)))


def _undo_import(number: int, mode: ChangeMode) -> None:
    from mailer.runs.suppressions.exchange import undo_import

    done = run_reading(undo_import, number)
    output.show_interim(done)
    if not mode.dry_run:
        if not output.confirmed(f"Lift {count(done.suppressed, 'suppression')}?", yes=mode.yes):
            raise typer.Abort
        with writing_office() as (office, ledger):
            done = undo_import(office, number, ledger)
    if output.is_json() or not mode.dry_run:
        output.show(done)


@optouts.command("export")
def export_suppressed(
    form: str = option("--format FORMAT", "csv, listmonk or json.", "csv"),
    file: str = option("--output -o FILE", "Output file. Default: stdout.", ""),
    reason: Reason = "",
    scope: Scope = "",
    key: str = option("--key FILE", "Write the key for a small host to this file instead (0600).", ""),
    yes: Yes = False,
) -> None:
    """Export suppressions for another tool. CSV and JSON can be imported again.

    With --key: write the key that a small host without a ledger needs to accept opt-outs, with the name of your
    organisation and the address for questions. Anyone who steals it can forge opt-outs, but can neither read addresses
    nor forge bounces.

    \b
    Examples:
      mailer optouts export --output suppressions.csv
      mailer optouts export --format listmonk --output blocklist.csv
      mailer optouts export --format json --reason complained
      mailer optouts export --key door.key     for mailer serve --spool DIR --key FILE on a small host
    """
    from mailer.runs.suppressions.exchange import FORMS, count_exported, export_optouts, write_key

    others = {"--format": form != FORMS[0], "--output": file, "--reason": reason, "--scope": scope}
    if key and (given := next((name for name, value in others.items() if value), "")):
        raise InputProblem(f"--key writes no addresses and cannot be combined with {given}")
    if key:
        with reading_office() as office:
            office.sender()  # raises before anything is written
        output.show(run_writing(write_key, Path(key).expanduser()))
        return
    _refuse_unknown(form, FORMS, "format")
    wanted = _wanted(reason, scope)
    if output.is_json() and not file:
        form = "json"
    with reading_office() as office:
        pieces = export_optouts(office, wanted, form=form)
        if file:
            output.write_private(Path(file).expanduser(), (each.encode() for each in pieces), yes=yes)
        else:
            sys.stdout.writelines(pieces)
        done = count_exported(office, wanted, form=form, file=file)
    if file:
        output.show(done)
    else:
        output.show_page(done)
