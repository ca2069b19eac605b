"""Mailings: the state, the report and the proof of a mailing, and steering it from elsewhere or after a crash.

`status`, `report` and `proof` only read. Owns the question before a mailing is cancelled, and how recipients in doubt
are settled.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output, progress
from mailer.cli.office import password_of, reading_office, run_reading, run_writing, writing_office
from mailer.cli.options import OneMailing, Yes, flag, option
from mailer.cli.send import deliver, show_scheduled
from mailer.errors import InputProblem

if TYPE_CHECKING:
    from mailer.runs.sending.steer import Steered

app = typer.Typer()

Deliveries = Annotated[bool, option("--deliveries", "Include every recipient.")]


@app.command()
def status(
    mailing: OneMailing = "",
    deliveries: Deliveries = False,
    workers: bool = flag("--workers", "Show the workers instead: where each runs, and what it is doing."),
) -> None:
    """Show the state of one mailing, or of all.

    \b
    Examples:
      mailer status
      mailer status harbour-seals --json
      mailer status --workers
    """
    from mailer.runs.reports import read_overview, read_status, read_workers

    if workers and mailing:
        raise InputProblem("--workers shows all workers and takes no mailing")
    with reading_office() as office:
        if workers:
            output.show(read_workers(office))
        else:
            output.show(read_status(office, mailing, deliveries=deliveries) if mailing else read_overview(office))


@app.command(short_help="Report what happened to each recipient.")
def report(
    mailing: OneMailing = "",
    deliveries: Deliveries = False,
    unheard: bool = flag("--unheard", "List recipients without any response, one per line."),
    as_csv: bool = flag("--csv", "Print every recipient as CSV."),
) -> None:
    """Report what happened to each recipient of a mailing (default: the newest).

    \b
    Examples:
      mailer report harbour-seals
      mailer report harbour-seals --deliveries
      mailer report harbour-seals --csv > harbour-seals.csv
      mailer report harbour-seals --unheard      recipients who have not responded in any way
    """
    from mailer.runs.reports import read_csv, read_report, read_silent

    if as_csv and unheard:
        raise InputProblem("--csv prints every recipient and cannot be combined with --unheard")
    with reading_office() as office:
        if as_csv:
            sys.stdout.writelines(read_csv(office, mailing))
        elif unheard:
            output.show(read_silent(office, mailing))
        else:
            output.show(read_report(office, mailing, deliveries=deliveries))


@app.command()
def pause(mailing: OneMailing) -> int:
    """Pause a mailing. Messages already on the wire are finished first.

    If recipients are being planned at the moment, that stops too, and none of them are added.

    \b
    Example:
      mailer pause harbour-seals       then: mailer resume harbour-seals
    """
    from mailer.runs.sending.steer import pause as pause_mailing

    return _show_steered(run_writing(pause_mailing, mailing), mailing)


@app.command()
def cancel(mailing: OneMailing, yes: Yes = False) -> int:
    """Cancel a mailing for good. Recipients who have not received it will not receive it.

    If recipients are being planned at the moment, that stops too.

    \b
    Example:
      mailer cancel harbour-seals
    """
    from mailer.runs.sending.steer import cancel as cancel_mailing

    if not output.confirmed(f"Cancel {mailing} for good?", yes=yes, hint="Cancelling cannot be undone. Add --yes."):
        return 1
    return _show_steered(run_writing(cancel_mailing, mailing), mailing)


def _show_steered(done: Steered, mailing: str) -> int:
    from mailer.runs.reports import read_status

    if output.is_json():
        output.show(run_reading(read_status, mailing))
    else:
        output.show(done)
    return 0


@app.command(short_help="Continue a mailing.")
def resume(
    mailing: OneMailing,
    relay: str = option("--relay NAME", "Use only this relay from mailer.toml.", ""),
    in_doubt: bool = flag("--retry-in-doubt", "Include recipients in doubt: they may receive it twice."),
    only: list[str] = option("--only EMAIL", "With --retry-in-doubt: only these recipients.", []),
    expired: bool = flag("--expired", "Include expired recipients."),
    expires: str = option("--expires WHEN", "With --expired: stop trying then (24h, 2d, or a date and time).", "24h"),
    refused: bool = flag("--refused", "Include recipients that the relay rejected, unless suppressed."),
) -> int:
    """Continue a mailing: pending recipients, and deferred ones that are due.

    Recipients in doubt (the connection broke after the message had left) may already have it, and get it again only
    with --retry-in-doubt. The mail keeps its Message-ID, so that many mail programs show it once. If the text was
    changed since, they get the new one.

    Use --expired to send to recipients whose mail expired before it went out. Use --refused if the relay rejected
    recipients by mistake and now accepts them; suppressed recipients are left out. If rejected mail has also expired,
    use both.

    \b
    Examples:
      mailer resume harbour-seals
      mailer resume harbour-seals --retry-in-doubt
      mailer resume harbour-seals --retry-in-doubt --only ada@daily.example.com
      mailer resume harbour-seals --expired --expires 12h
      mailer resume harbour-seals --refused
      mailer resume harbour-seals --refused --expired
    """
    from mailer.runs.planning.request import parse_expiry
    from mailer.runs.sending.steer import Resume, find_relay, resume_mailing, resume_waves

    if only and not in_doubt:
        raise InputProblem("--only needs --retry-in-doubt")
    if expires != "24h" and not expired:
        raise InputProblem("--expires needs --expired")
    with writing_office(mails=True) as (office, ledger):
        found, chosen = find_relay(office, ledger, mailing, relay)
        password = password_of(office, chosen)
        until = parse_expiry(expires, now=office.clock()) if expired else None
        scheduled = resume_mailing(
            office, ledger, Resume(found, chosen, bool(relay), in_doubt, tuple(only), until, refused)
        )
        if scheduled is not None:
            return show_scheduled(office, ledger, scheduled)
        resume_waves(office, ledger, found)
        return deliver(office, ledger, found, chosen, password)


@app.command(short_help="Settle recipients in doubt.")
def reconcile(
    mailing: OneMailing,
    accepted: list[str] = option("--accepted EMAIL", "The relay accepted it.", []),
    not_sent: list[str] = option("--not-sent EMAIL", "It never arrived.", []),
    note: str = option("--note TEXT", "How you know, kept with it.", ""),
    dry_run: bool = flag("--dry-run", "Search only; settle nothing."),
) -> int:
    """Settle recipients in doubt: by returned mail, by copies of sent mail, or by hand.

    Returned mail that proves that the relay took a message is in the ledger. Copies of sent mail are searched for in
    the mailboxes of mailer.toml that hold them (holds = "sent"). If nothing is found, that proves nothing: decide for
    yourself, or leave it.

    \b
    Examples:
      mailer reconcile harbour-seals
      mailer reconcile harbour-seals --accepted ada@daily.example.com --note "relay log, 10:41"
      mailer reconcile harbour-seals --not-sent bo@kustnytt.example.net      then: mailer resume
    """
    from mailer.pages import Page, page
    from mailer.runs.mailboxes import sent_archives
    from mailer.runs.reconcile import reconcile as reconcile_mailing
    from mailer.runs.reports import read_outcome, read_settlement
    from mailer.runs.sending.steer import Settled, settle

    by_hand = [Settled(mailing, email, accepted=email in accepted, evidence=note) for email in (*accepted, *not_sent)]
    if by_hand and dry_run:
        raise InputProblem("--dry-run is for a search; decisions by hand take effect at once")
    with writing_office() as (office, ledger):
        if by_hand:
            for each in by_hand:
                settle(office, ledger, each)
            if output.is_json():
                output.show(read_outcome(office, ledger, mailing))
            else:
                output.print_page(Page(*(page(each).parts for each in by_hand)))
            return 0
        found = reconcile_mailing(office, ledger, mailing, sent_archives(office, password_of), dry_run=dry_run)
        output.show(read_settlement(ledger, found, dry_run=dry_run))
    for error in found.errors:
        output.print_error_text(error)
    if output.is_json():
        output.print_problems(found.problems)
    return found.errors[0].exit_code if found.errors else int(bool(found.left))


@app.command(short_help="Write proof of a mailing that anyone can check.")
def proof(
    mailing: OneMailing,
    out: Annotated[str, option("--out -o PLACE", "A new folder, or a new file ending in .zip.")],
    key: str = option(
        "--key FILE",
        "Sign it with this SSH key (FILE.pub uses the SSH agent). Default: [proof] key.",
        "",
    ),
    timestamp: str = option("--timestamp URL", "Time-stamp authority (RFC 3161). Default: [proof] timestamp.", ""),
    everybody: bool = flag("--all", "Include every message that was sent, not only the first."),
    person: str = option("--as EMAIL", "Include the message to this recipient instead of the first.", ""),
) -> None:
    """Write proof of a mailing: a folder that a lawyer can check without mailer.

    It contains every recipient with each attempt and the relay's answers, returned mail, the text, the plans with their
    approvals and signatures, a message as it was sent, checksums, a README in plain words, and a small program that
    checks that everything agrees. Contacts who were erased are not in it.

    \b
    Examples:
      mailer proof harbour-seals --out proof/
      mailer proof harbour-seals --out harbour-seals.zip --all
      mailer proof harbour-seals --out proof/ --as ada@daily.example.com
      mailer proof harbour-seals --out proof/ --key ~/.ssh/id_ed25519 --timestamp https://tsa.example.org/
    """
    from mailer.runs.proofs import ProofWanted, write_proof

    if person and everybody:
        raise InputProblem("--as is for one message, --all for all of them: give one of them")
    wanted = ProofWanted(
        mailing=mailing,
        target=Path(out).expanduser(),
        key=Path(key).expanduser() if key else None,
        authority=timestamp,
        person=person,
        everybody=everybody,
        asks=output.is_interactive(),  # ssh-keygen asks for a passphrase, or a touch of a security key
    )
    with reading_office() as office, progress.counting("recipients written") as on_progress:
        written = write_proof(office, wanted, on_progress=on_progress)
    output.show(written)
