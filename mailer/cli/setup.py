"""Setup: `mailer demo`, `init`, `doctor`, `dkim`, `ledger` and `purge`.

Owns their questions (before a ledger that was refused is adopted, or a folder that others can change is trusted), the
versions of the ledger's tables before and after, and the line that makes `mailer` a command in this terminal.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.office import (
    actor,
    current_settings,
    current_workspace,
    given_workspace,
    now,
    run_reading,
    run_writing,
    with_options,
    writing_office,
)
from mailer.cli.options import Yes, argument, flag, option
from mailer.cli.progress import checking
from mailer.errors import CONFIG_NAME, ConfigProblem, InputProblem, LedgerProblem, MailerError, Severity
from mailer.pages.layout import Page, Part, Tone, Verbatim, fact, line

app = typer.Typer()
dkim = typer.Typer(help="DKIM keys that sign your mail.", no_args_is_help=True)

Folder = Annotated[str, argument("DIR", "The folder.")]


@app.command(short_help="Run the whole job on this machine; nothing leaves it.")
def demo(
    folder: Folder = "mailer-demo", desk: bool = flag("--desk", "Then open the desk there, in the browser.")
) -> int:
    """Run the whole job on this machine. No account is needed and nothing leaves it.

    With --desk, the browser shows what was sent and what came back, and a third release is ready to be sent to the
    preview inbox, which needs no account either.

    \b
    Examples:
      mailer demo
      mailer demo --desk
      mailer demo /tmp/look --json
    """
    import asyncio

    from mailer.runs.demo import add_unsent, free_folder, make_workspace, run_demo

    if desk and output.is_json():
        raise InputProblem("--json cannot be combined with --desk, which keeps running")
    root = free_folder(Path(folder).expanduser())
    make_workspace(root)
    given_workspace.set(str(root))

    def step(sentence: str) -> None:
        output.echo(f"{sentence} …", style="bold", to_stderr=output.is_json() or desk)

    with writing_office(lasting=False) as (office, ledger):
        output.show(asyncio.run(run_demo(office, ledger, activation=_activation(), on_step=step)), to_stderr=desk)
    if not desk:
        return 0
    from mailer.cli.serve import open_desk

    add_unsent(current_workspace())
    return open_desk(current_settings().desk.replace(port=0), opens=True)


@app.command(short_help="Create a workspace.")
def init(
    folder: Folder = ".",
    fleet: bool = flag("--fleet", "Also write deploy/: units, containers and a web server for several hosts."),
) -> None:
    """Create a workspace: mailer.toml, templates, sample releases and a sample list.

    Existing files are not changed. In an existing workspace, --fleet writes only deploy/.

    \b
    Examples:
      mailer init press-office
      mailer init --fleet        for several hosts that share a ledger on PostgreSQL
    """
    from mailer.runs.demo import WorkspaceMade, make_workspace

    root = Path(folder).expanduser()
    output.show(WorkspaceMade(root, folder, tuple(make_workspace(root, fleet=fleet)), _activation(), fleet))


def _activation() -> tuple[str, ...]:
    """Return the line that makes `mailer` a command in this terminal, if it is not one yet."""
    if shutil.which("mailer") or sys.prefix == sys.base_prefix:
        return ()
    return (f"source {shlex.quote(str(Path(sys.prefix) / 'bin' / 'activate'))}",)


@app.command(short_help="Delete what is past its retention date.")
def purge(dry_run: bool = flag("--dry-run", "Show what would be deleted; delete nothing."), yes: Yes = False) -> int:
    """Delete what is past its retention date ([retention] in mailer.toml). Shows it first.

    Deletes returned mail, names in the log of past mailings (the figures stay), undo copies and previews. Contacts that
    have not been verified for a long time, or are past their own date, are only listed. Nothing is purged
    automatically, unless mailer.toml lets a worker do it once a day: [retention] by_worker = true.

    \b
    Examples:
      mailer purge --dry-run
      mailer purge --yes
    """
    from mailer.runs.purge import look
    from mailer.runs.purge import purge as purge_office

    found = run_reading(look)
    if not dry_run and not found.is_nothing:
        if not yes:
            output.show_page(found, to_stderr=True)
        hint = "It cannot be undone. Add --yes to go ahead."
        if not output.confirmed("Delete it for good?", yes=yes, hint=hint):
            output.print_unchanged()
            return 1
        found = run_writing(purge_office)
    elif not dry_run:
        found.done = True
    output.show(found)
    return 0 if found.is_compact else 1


@dkim.command("new-key")
def new_key(
    selector: str = option("--selector NAME", "The key's name in the DNS. Default: press + year.", ""),
    domain: str = option("--domain D", "The domain. Default: that of [dkim], else of the first sender.", ""),
    ed25519: bool = flag("--ed25519", "Create the second, short key (RFC 8463)."),
) -> None:
    """Create a DKIM key that signs your mail.

    Shows the DNS record to publish and the lines for mailer.toml.

    \b
    Examples:
      mailer dkim new-key
      mailer dkim new-key --selector press2027 --domain example.org
      mailer dkim new-key --ed25519      a second key beside the RSA key
    """
    from mailer.runs.office.signing import make_key

    name = selector or f"press{now():%Y}{'-ed' if ed25519 else ''}"
    output.show(make_key(current_workspace(), current_settings(), name, domain, ed25519=ed25519))


# The doctor.

_MOST_BYTES = 50_000_000
_RISK = """
This ledger does not have what another copy of it has sent or received since. Recipients who are open here may already
have the mail, a release that went out may look unsent, and later opt-outs must be entered again: from the mailbox with
mailer bounces collect, or by hand with mailer optouts add EMAIL.
"""
_LOSS = """
If you have a backup of .mailer/ledger.db and .mailer/keys, use that instead. With an empty ledger, a release that went
out looks unsent, so everybody on its lists would get it again, and all opt-outs are lost. Before you send anything,
read the mailbox again (mailer bounces collect), and enter the opt-outs that you have elsewhere: mailer optouts import
FILE, or mailer optouts add EMAIL.
"""


@app.command(short_help="Check the set-up: settings, relay, DNS, mailboxes, ledger.")
def doctor(
    message: str = option("--message FILE", "Check this mail, as it arrived and was saved; - for a pipe.", ""),
    offline: bool = flag("--offline", "No network: no DNS, no relay, no mailbox."),
    only: list[str] = option("--only NAME", "Check only this: relay, spf, ledger …", []),
    nameserver: str = option("--nameserver IP", "Name server, such as 127.0.0.1:5353. Default: [dns].", ""),
    selector: list[str] = option("--selector NAME", "Another DKIM selector to check.", []),
    outgoing: list[str] = option("--outgoing IP", "An address that your own mail server delivers from.", []),
    offer_sender: bool = flag("--offer-sender", "Check that the relay accepts our MAIL FROM; no mail is sent."),
    limit: float = option("--limit S", "Seconds for the whole check.", 30.0, min=1),
    fleet: bool = flag("--fleet", "Also check what several hosts that share a ledger on PostgreSQL need."),
    adopt_ledger: bool = flag("--adopt-ledger", "Accept a ledger that was refused; asks first."),
    trust: str = option("--trust DIR", "Trust this folder's mailer.toml, although others can change it.", ""),
    yes: bool = flag("--yes -y", "With --adopt-ledger: do not ask."),
) -> int:
    """Check the set-up before mail goes out, and show how to fix each problem.

    Checks the folder, its keys and the ledger; the relay (connects, secures the connection, logs in; sends no mail);
    SPF, DKIM, DMARC and mail servers in the DNS, with a record to publish for each problem; the mailboxes and the
    one-click host. Changes nothing. --offline uses no network. With --message, it checks a mail that arrived, and shows
    what happened to it on the way.

    \b
    Examples:
      mailer doctor
      mailer doctor --offline
      mailer doctor --only relay --only spf
      mailer doctor --message received.eml
      mailer doctor --fleet             on each host: clocks, keys, versions, connections
      mailer doctor --adopt-ledger      after an older ledger was put back; explains, then asks
    """
    from mailer.runs.doctor.arrived import examine_copy
    from mailer.runs.doctor.examining import examine
    from mailer.runs.doctor.values import Wishes
    from mailer.settings import Dns, Settings, is_selector
    from mailer.workspace import read_bytes

    if trust and adopt_ledger:
        raise InputProblem("--trust and --adopt-ledger cannot be combined")
    if yes and not adopt_ledger:
        raise InputProblem("--yes needs --adopt-ledger; nothing else asks")
    if trust:
        return _trust(Path(trust).expanduser().absolute() / CONFIG_NAME)
    if adopt_ledger:
        return _adopt(yes=yes)
    for name in selector:
        if not is_selector(name):
            raise InputProblem(f'--selector: "{name}" is not valid; use letters, digits and hyphens: press2026')
    try:
        addresses = tuple(str(ip_address(text)) for text in outgoing)
    except ValueError:
        raise InputProblem(f"--outgoing: an IP address, not {' '.join(outgoing)}") from None
    dns = with_options(Dns(), nameserver=nameserver) if nameserver else None
    if message:
        piped = message == "-"
        data = (
            sys.stdin.buffer.read(_MOST_BYTES) if piped else read_bytes(Path(message).expanduser(), limit=_MOST_BYTES)
        )
        try:
            settings = current_settings()
        except MailerError:  # a mail can be checked without a usable mailer.toml
            settings = Settings()
        resolver = None if offline else dns or settings.dns
        source = "standard input" if piped else message
        found = examine_copy(data, settings, source=source, dns=resolver, now=now())
        output.show(found, about={"file": message})
    else:
        workspace = current_workspace()
        wishes = Wishes(offline, tuple(only), tuple(selector), addresses, offer_sender, limit, fleet)
        with checking() as watch:
            found = examine(workspace, os.environ, wishes, dns=dns, watch=watch)
        output.show(found, about={"workspace": str(workspace.root)})
    return ConfigProblem.exit_code if found.count(Severity.ERROR) else 0


def _adopt(*, yes: bool) -> int:
    """Explain, ask, and adopt the ledger of this workspace, or an empty one if it is gone; return the exit code."""
    from mailer.config.memory import find_memory
    from mailer.ledger import open_ledger
    from mailer.ledger.mailings import Stamp
    from mailer.ledger.place import place_problem
    from mailer.runs.doctor.workspace import begin_anew, find_loss, plan_adoption

    workspace, url, memory = current_workspace(), current_settings().ledger.url, find_memory(os.environ)
    wrong_place = place_problem(url, workspace.root)
    if wrong_place:
        raise wrong_place
    ledger = open_ledger(url, workspace.root, create=False)
    if ledger is None:
        lost = find_loss(workspace, None, memory)
        if lost is None:
            raise LedgerProblem("there is no ledger here to adopt", hint="It is made with the first mailing.")
        what = (line(str(lost), depth=1), line(lost.hint.splitlines()[0], depth=1), Verbatim(_LOSS, depth=1))
        if not _show_and_confirm(what, "Begin with an empty ledger?", yes=yes):
            return 1
        begin_anew(workspace, memory)
        return _print_adoption("The next mailing begins an empty ledger.", ledger_id=None, runs=0)
    with closing(ledger):
        adoption = plan_adoption(workspace, ledger, memory)
        identity, last, refused = adoption.found.identity, adoption.found.remembered, adoption.refused
        if refused is None:
            message = "There is nothing to adopt: this is the ledger that was last used here."
            return _print_adoption(message, ledger_id=identity.ledger_id, runs=identity.runs, adopted=False)
        sent = f"last sent by {identity.sent_by}" if identity.sent_by else "nothing sent yet"
        known = f"{last.runs} runs, in {last.place}, by {last.actor}, {last.at}" if last else "nothing"
        still_open = []
        for name, count in adoption.still_open:
            who = "1 person" if count == 1 else f"{count} people"
            still_open.append(f"{name}: {who} would get it. If another copy sent it: mailer cancel {name}")
        facts = (
            fact("Refused", str(refused)),
            fact("Here", f"{identity.runs} runs, {sent} (ledger {identity.ledger_id})"),
            fact("Remembered", known),
            fact("Still open", still_open),
            Verbatim(_RISK, depth=1),
        )
        if not _show_and_confirm(facts, "Go on with this ledger?", yes=yes):
            return 1
        identity, remembered = adoption.do(Stamp(now(), actor()))
        if not remembered:
            output.echo("  This cannot be remembered on this machine: there is no permanent folder.", to_stderr=True)
        message = "Adopted. From now on, any other copy of it on this machine is refused."
        return _print_adoption(message, ledger_id=identity.ledger_id, runs=identity.runs)


def _show_and_confirm(what: tuple[Part | None, ...], question: str, *, yes: bool) -> bool:
    output.print_page(Page(what), to_stderr=True)
    if output.confirmed(question, yes=yes, hint="Add --yes to go ahead."):
        return True
    output.print_unchanged()
    return False


def _print_adoption(message: str, *, ledger_id: str | None, runs: int, adopted: bool = True) -> int:
    if output.is_json():
        output.print_json({"adopted": adopted, "id": ledger_id, "runs": runs})
    else:
        output.echo(message)
    return 0


def _trust(file: Path) -> int:
    """Remember that the mailer.toml of a folder may be used although others can change it; return the exit code."""
    from mailer.config.memory import find_memory
    from mailer.platform import find_exposed

    if not file.is_file():
        raise InputProblem(f"there is no {CONFIG_NAME} in {file.parent}")
    exposed = find_exposed(file)
    if exposed is None:
        output.echo(f"Nothing to do: only you and root can change {file}.")
        return 0
    if not find_memory(os.environ).trust(file.parent):
        hint = f"Name one in XDG_STATE_HOME. Or: {exposed.fix}"
        raise ConfigProblem("there is no permanent folder of yours to remember this in", hint=hint)
    output.echo(f"Trusted: {file}")
    output.echo(f"{exposed.path}: {exposed.fault}. Anyone who can change it can now run commands as you.")
    return 0


# The ledger of several hosts.

ledger = typer.Typer(help="The ledger: upgrade its tables.", no_args_is_help=True)


@ledger.command()
def migrate(dry_run: bool = flag("--dry-run", "Show the versions; change nothing.")) -> None:
    """Upgrade the ledger to the version of this mailer.

    Every command that writes upgrades the ledger if needed; this one does only that, ahead of time. On PostgreSQL the
    workers' jobs have tables too, in a schema of their own.

    \b
    Examples:
      mailer ledger migrate --dry-run
      mailer ledger migrate
    """
    from mailer.fleet.schema import bring_up, newest_version, read_versions
    from mailer.ledger import open_ledger
    from mailer.ledger.migrations import NEWEST

    url, before = current_settings().ledger.url, ("", "")
    found = open_ledger(url, current_workspace().root, create=False, as_it_is=True)
    if found is not None:
        before = read_versions(found)
        found.close()
    after, missing = "", ""
    if not url.startswith("sqlite"):
        try:
            after = newest_version()
        except ConfigProblem as problem:
            missing = problem.hint
    if not dry_run:
        with writing_office() as (_, opened):
            if after:
                bring_up(opened)
    tables = {"ledger": (before[0], NEWEST)} | ({"jobs": (before[1], after)} if after else {})
    if output.is_json():
        steps = {name: {"before": was, "after": now} for name, (was, now) in tables.items()}
        output.print_json({"dry_run": dry_run, "jobs": None} | steps)
        return
    changes = {name: (was, now) for name, (was, now) in tables.items() if was != now}
    done = "would be upgraded" if dry_run else "upgraded"
    output.print_page(
        Page(
            *(
                fact(name.capitalize(), f"{done} from {was or 'nothing'} to {now}")
                for name, (was, now) in changes.items()
            ),
            None if changes else line("Everything is up to date."),
            line(f"Workers need one more package: {missing}", Tone.CAREFUL) if missing else None,
        )
    )
