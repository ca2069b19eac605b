"""Serve: `mailer serve`, the opt-out page and one-click for the world.

Owns which desk stands behind the page (the ledger, or a spool on a host that has none), what is printed about where it
listens, and what people have to enter elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace, now
from mailer.cli.office import reading_office, writing_office
from mailer.errors import ConfigProblem, InputProblem, MailerError

if TYPE_CHECKING:
    from mailer.public.app import Manner
    from mailer.public.desks import Desk
    from mailer.public.webhooks.checking import Check
    from mailer.public.webhooks.routes import Routes
    from mailer.settings import Serve, Settings


@dataclass(frozen=True, slots=True)
class _Spool:
    """A host without a ledger: where lines are kept, and the file with the opt-out key."""

    folder: Path
    key: Path


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on. Default: 127.0.0.1.")] = "",
    port: Annotated[int | None, typer.Option(metavar="N", help="Port. Default: 8025; 0 for any free one.")] = None,
    processes: Annotated[int | None, typer.Option(metavar="N", help="Number of processes. Default: 1.")] = None,
    spool: Annotated[
        str, typer.Option(metavar="DIR", help="Keep opt-outs in this folder, on a host without a ledger.")
    ] = "",
    key: Annotated[str, typer.Option(metavar="FILE", help="With --spool: what mailer optouts export --key made.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only show what to enter at the relay, and any problems.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --check: print one JSON document.")] = False,
) -> int:
    """Serve the unsubscribe page and one-click opt-outs. Runs until Ctrl-C.

    It answers what [optout] base_url leads to. Before it stands a web server of yours that speaks TLS (docs/serve.md
    shows nginx and Caddy). Without any of this, people opt out by mail.

    With --spool it runs on a small public host that has no ledger: it knows the opt-out key alone, and keeps each
    opt-out in a file, to be taken in with   mailer optouts import --spool DIR

    Where mailer.toml names them, it also listens to what Amazon SES, SendGrid, Mailgun and Postmark tell of the mail:
    bounces, complaints, unsubscribes (docs/webhooks.md). --check prints what to enter there.

    \b
    Examples:
      mailer serve
      mailer serve --port 8025 --processes 2
      mailer serve --check
      mailer serve --spool optouts --key door.key
    """
    if check or as_json:
        return show_hook_checks(as_json=as_json)
    from mailer.config import read_settings
    from mailer.platform import serve_in_processes
    from mailer.public.server import bind, serve_here

    settings = read_settings(current_workspace().root, os.environ)
    place = _place(settings.serve, host, port, processes)
    without_ledger = _spool(spool, key)
    base_url = _look(settings, without_ledger)
    bound = bind(place.host, place.port)

    def announce() -> None:
        _say_where(place.replace(port=bound.getsockname()[1]), base_url, without_ledger)
        if without_ledger is None:
            say_hooks(settings)

    first = os.getpid()

    def here() -> None:
        from mailer.public.app import make_app

        with _desk(without_ledger) as desk:
            parent = first if place.processes > 1 else 0
            serve_here(make_app(desk, hook_routes(desk, _say), manner=_manner(place)), bound, parent=parent)

    if place.processes == 1:
        announce()
        here()
        return 0
    return serve_in_processes(_told(here), place.processes, announce=announce)


def _place(settings: Serve, host: str, port: int | None, processes: int | None) -> Serve:
    """Return where to listen: what is said here over what mailer.toml says.

    Raises:
        InputProblem: it cannot be meant.
    """
    from mailer.settings import say_wrong

    try:
        return settings.replace(
            host=host or settings.host,
            port=settings.port if port is None else port,
            processes=settings.processes if processes is None else processes,
        )
    except ValueError as error:
        raise InputProblem(f"--{say_wrong(error)}") from None


def _spool(folder: str, key: str) -> _Spool | None:
    if bool(folder) != bool(key):
        raise InputProblem(
            "--spool and --key go together",
            hint="The key: mailer optouts export --key FILE, on the machine with the ledger",
        )
    return _Spool(Path(folder).expanduser().absolute(), Path(key).expanduser().absolute()) if folder else None


def _look(settings: Settings, spool: _Spool | None) -> str:
    """Open and close what the processes will open, so that what is wrong is told once, here. Return the base URL."""
    if spool is None:
        with reading_office() as office:
            office.sender()  # before anything is made: a page without a sender is none
        with _desk(None) as desk:
            hook_routes(desk, _say)
            return settings.optout.base_url
    from mailer.config import read_door_key

    with _desk(spool):
        return read_door_key(spool.key).base_url


@contextmanager
def _desk(spool: _Spool | None) -> Iterator[Desk]:
    from mailer.runs.people.link_page import House

    if spool is None:
        from mailer.ledger.connection import check_keys
        from mailer.public.desks import LedgerDesk

        with writing_office() as (office, ledger):
            sender = office.sender()
            with ledger.writing() as connection:
                check_keys(connection, office.keys)
            yield LedgerDesk(office, ledger, House(sender.organisation, sender.reply_to or sender.address))
        return
    from mailer.config import read_door_key
    from mailer.public.spool import SpoolDesk

    door = read_door_key(spool.key)
    try:
        spool.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigProblem(f"{spool.folder} cannot be made: {error.strerror or error}") from None
    if not os.access(spool.folder, os.W_OK | os.X_OK | os.R_OK):
        raise ConfigProblem(f"{spool.folder} cannot be written to by this account")
    yield SpoolDesk(spool.folder, door.keys, House(door.organisation, door.write_to), now)


def _manner(place: Serve) -> Manner:
    from mailer.public.app import Manner

    def fault(error: Exception) -> None:
        _say(f"A fault of ours ({type(error).__name__}); nothing was answered as done.")

    return Manner(place.prefix, place.proxies, _say, fault)


def _say(line: str) -> None:
    output.say(f"{now():%Y-%m-%d %H:%M} UTC  {line}", to_stderr=True)


def _told(work: Callable[[], None]) -> Callable[[], int]:
    """Let a process say itself what stopped it, and give its exit code."""

    def run() -> int:
        try:
            work()
        except MailerError as error:
            output.say_error(error, as_json=False)
            return error.exit_code
        return 0

    return run


def _say_where(place: Serve, base_url: str, spool: _Spool | None) -> None:
    from mailer.settings import is_loopback

    shown = f"[{place.host}]" if ":" in place.host else place.host
    several = f", {place.processes} processes" if place.processes > 1 else ""
    output.say(f"Opt-outs are taken at http://{shown}:{place.port}{several}. Ctrl-C stops.", to_stderr=True)
    if spool is not None:
        output.say(f"  They are kept in {spool.folder}", to_stderr=True)
        output.say("  Take them in where the ledger is: mailer optouts import --spool DIR", to_stderr=True)
    if base_url:
        output.say(f"  Mail carries {base_url}/TOKEN, which has to lead here (docs/serve.md)", to_stderr=True)
    else:
        missing = '  No mail carries a link yet: [optout] base_url = "https://YOUR-HOST/o" in mailer.toml'
        output.say(missing, style="yellow", to_stderr=True)
    if not is_loopback(place.host):
        open_to = f"  Careful: {place.host} can be reached from outside, and this speaks no TLS. Let your web server"
        output.say(f"{open_to} stand before it, and nobody else come to this port.", style="yellow", to_stderr=True)


# Hooks: the relays' webhooks that `mailer serve` answers, and `--check`, what to enter at each relay.


def hook_routes(desk: Desk, say: Callable[[str], None]) -> Routes:
    """Return the routes of the relays that mailer.toml names; a desk without a ledger has none.

    Raises:
        ConfigProblem: a secret is not there, a key is no key, or a package is missing.
    """
    from mailer.config import read_hook_secrets
    from mailer.public.desks import LedgerDesk

    if not isinstance(desk, LedgerDesk) or not desk.office.settings.webhooks.are_on:
        return []
    from mailer.public.webhooks.routes import webhook_routes

    secrets = read_hook_secrets(desk.office.settings.webhooks, desk.office.workspace.root, os.environ)
    return webhook_routes(desk.office, desk.ledger, secrets, say=say)


def say_hooks(settings: Settings) -> None:
    """Say where relays post, when the server begins."""
    if not settings.webhooks.are_on:
        return
    from mailer.public.webhooks.checking import GUIDES, hook_url

    for relay in settings.webhooks.names:
        where = hook_url(settings.optout.base_url, relay) or f"/hooks/{relay}"
        output.say(f"  {GUIDES[relay].name} tells at {where} (mailer serve --check)", to_stderr=True)


def show_hook_checks(*, as_json: bool) -> int:
    """Show every relay that is listened to, and those that could be; 3 where something is wrong with one."""
    from mailer.config import read_settings
    from mailer.public.webhooks.checking import check_webhooks, likely_relays

    workspace = current_workspace()
    settings = read_settings(workspace.root, os.environ)
    checks = check_webhooks(settings, workspace.root, os.environ)
    if as_json:
        likely = list(likely_relays(settings))
        output.print_json({"webhooks": [_document(each) for each in checks], "not_configured": likely})
    else:
        for each in checks:
            _show(each)
        _show_rest(settings, bool(checks))
    return 3 if any(each.wrong for each in checks) else 0


def _document(check: Check) -> dict[str, Any]:
    return {
        "relay": check.relay,
        "name": check.guide.name,
        "url": check.url or None,
        "steps": list(check.steps),
        "events": list(check.guide.choose),
        "leave_out": list(check.guide.leave),
        "found": list(check.found),
        "wrong": list(check.wrong),
    }


def _show(check: Check) -> None:
    output.say(check.guide.name, style="bold")
    output.say(f"  Address   {check.url or '(none yet)'}")
    for number, step in enumerate(check.steps, start=1):
        output.say(f"  {number}. {step}")
    output.say(f"  Events    {', '.join(check.guide.choose)}")
    output.say(f"            not: {', '.join(check.guide.leave)} (they are not read)", style="dim")
    for found in check.found:
        output.say(f"  Here      {found}", style="green")
    for wrong in check.wrong:
        output.say(f"  Wrong     {wrong}", style="red")
    output.say()


def _show_rest(settings: Settings, is_any: bool) -> None:
    from mailer.public.webhooks.checking import GUIDES, likely_relays

    likely = likely_relays(settings)
    for relay in likely:
        output.say(f"{GUIDES[relay].name} could tell what becomes of the mail. In mailer.toml:", style="bold")
        for line in GUIDES[relay].table.splitlines():
            output.say(f"  {line}")
        output.say("  Then again: mailer serve --check\n")
    if not is_any and not likely:
        output.say("No relay is listened to: mailer.toml has no [webhooks.ses], .sendgrid, .mailgun or .postmark.")
        output.say("That is no fault: what comes back by mail is read by   mailer bounces collect")
