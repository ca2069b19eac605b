"""Serve: the commands that keep running: `mailer worker`, `serve` for the opt-out page, and `desk`.

Owns the lines that a worker prints and its clean stop; what is behind the opt-out page (the ledger, or a spool on a
host without one), and what has to be entered at relays; the address of the desk, the names by which it is reached, its
one-time link, and opening the browser. The pages are in `mailer.public` and `mailer.desk`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Thread, Timer
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.office import (
    actor,
    current_settings,
    current_workspace,
    find_refusal,
    now,
    password_of,
    reading_office,
    run_reading,
    with_options,
    writing_office,
)
from mailer.cli.options import flag, option
from mailer.cli.progress import run_interruptible, stopping
from mailer.cli.returns import make_watch, print_now
from mailer.errors import ConfigProblem, InputProblem, LedgerProblem, MailerError
from mailer.frozen import dataclass
from mailer.pages.documents import json_of, shape
from mailer.pages.layout import Page, Part, Tone, Verbatim, fact, gap, line

if TYPE_CHECKING:
    from socket import socket

    from mailer.desk.access import Hosting
    from mailer.desk.app import Desk
    from mailer.desk.shared import Provider
    from mailer.fleet.worker import Worker
    from mailer.ledger.connection import KeptLedger
    from mailer.public.recording import OptOutRecorder
    from mailer.public.webhooks import Routes
    from mailer.settings import DeskPage, Serve, Settings

app = typer.Typer()
_DEADLINE_S = 18.0  # after which a stopped worker ends in any case: it has 20 s


@app.command(short_help="Send what is due, and keep running.")
def worker(
    once: bool = flag("--once", "Send what is due now, then exit."),
    until_eof: bool = flag("--until-eof", "Stop cleanly when standard input ends, for a parent program."),
) -> int:
    """Send what is due: scheduled mailings, retries, and the work of a process that died.

    Keeps running. Ctrl-C or SIGTERM finishes what is on the wire, within 20 seconds. It can be killed at any moment and
    started again, and several may run at once: nobody gets anything twice. Mailings that are paused, halted or were
    stopped by hand are left alone.

    It also reads the mailboxes of mailer.toml, like `bounces collect`, immediately where the server supports IDLE:
    bounces and opt-outs are recorded without further steps.

    \b
    Examples:
      mailer worker
      mailer worker --once       for cron; ends when everything due is done
    """
    if output.is_json() and not once:
        raise InputProblem("--json needs --once: a worker that keeps running has no result to print")
    from mailer.config.secrets import find_missing
    from mailer.fleet.schema import bring_up
    from mailer.ledger.connection import KeptLedger, is_away

    settings, root = current_settings(), current_workspace().root
    is_shared = not once and not settings.ledger.url.startswith("sqlite")

    def stop() -> None:
        print_now(f"stopped after {_DEADLINE_S:.0f} s, before everything was done. The next process continues")
        os._exit(1)  # as safe as a kill, and the only way to end a thread that waits for a database

    deadline = Timer(_DEADLINE_S, stop)
    deadline.daemon = True
    with ExitStack() as stack:
        kept = stack.enter_context(closing(KeptLedger()))
        try:
            with reading_office(mails=True, kept=kept) as office:  # raises first of all if the ledger is wrong
                if is_shared and office.ledger is not None:
                    bring_up(office.ledger)
        except LedgerProblem as problem:
            if not is_shared or not is_away(problem):
                raise  # otherwise the worker itself reports it and waits
        if not settings.relays:
            missing = "  mailer.toml names no relay yet, so nothing can be sent"
            output.echo(missing, style="yellow", to_stderr=True)
        if not once:
            print_now(f"working for {root.resolve()}; Ctrl-C stops cleanly")
        for each in find_missing(settings, root, os.environ) if is_shared else ():
            output.echo(f"  this host lacks a secret: {each}", style="yellow", to_stderr=True)
        if not once and settings.fleet.address is not None:
            from mailer.public.metrics import serving_metrics

            figures = partial(reading_office, kept=kept)
            stack.enter_context(serving_metrics(settings.fleet.address, figures, print_now))
        done = run_interruptible(_work(deadline, kept, once=once, until_eof=until_eof))
    deadline.cancel()
    if not once:
        doubts = ", ".join(f"{count} of {name}" for name, count in done.in_doubt.items())
        print_now(f"stopped; in doubt because the relay did not answer: {doubts}" if doubts else "stopped")
        if done.too_new is not None:
            raise done.too_new
        return 0
    if output.is_json():
        from mailer.pages import document
        from mailer.runs.reports import read_outcome

        with reading_office() as office:
            ended = [read_outcome(office, office.ledger, name) for name in done.worked_on if office.ledger]
        output.print_json({"mailings": [document(each) for each in ended]})
    return done.failed[0].exit_code if done.failed else 0


async def _work(deadline: Timer, kept: KeptLedger, *, once: bool, until_eof: bool) -> Worker:
    """Send what is due and read the mailboxes, once or until stopped; then start the timer `at_last`."""
    import asyncio

    from mailer.fleet.worker import Worker

    office = partial(reading_office, mails=True, kept=kept)
    made = Worker(office=office, password=password_of, clock=now, say=print_now)
    reading = make_watch(kept=kept)

    def stop() -> None:
        made.stop()
        reading.stop()
        if deadline.ident is None:  # the first time
            deadline.start()

    if until_eof:
        _at_end_of_input(partial(asyncio.get_running_loop().call_soon_threadsafe, stop))
    with stopping(stop):
        if once:
            await asyncio.gather(made.once(), asyncio.to_thread(reading.once))
        else:
            reading.start()
            try:
                await made.run()
            finally:
                reading.stop()
                await asyncio.to_thread(reading.join)
    # a Maildir that is not there yet is no failure
    made.failed += [error for error in reading.failures if not isinstance(error, InputProblem)]
    return made


def _at_end_of_input(stop: Callable[[], object]) -> None:
    """Stop at the end of standard input, when the parent program has closed it or has ended."""

    def wait() -> None:
        with suppress(OSError):  # no standard input
            while os.read(0, 4096):  # not sys.stdin, whose lock would be held at exit
                pass
        with suppress(RuntimeError):  # the loop has ended
            stop()

    Thread(target=wait, name="end-of-input", daemon=True).start()


# The opt-out page.


@dataclass(frozen=True, slots=True)
class _Spool:
    """A host without a ledger: the folder for opt-outs, and the file with the opt-out key."""

    folder: Path
    key: Path


@app.command()
def serve(
    host: str = option("--host ADDRESS", "Address to listen on. Default: 127.0.0.1.", ""),
    port: int | None = option("--port N", "Port. Default: 8025; 0 for any free one.", None),
    processes: int | None = option("--processes N", "Number of processes. Default: 1.", None),
    spool: str = option("--spool DIR", "Keep opt-outs in this folder, on a host without a ledger.", ""),
    key: str = option("--key FILE", "With --spool: the key from mailer optouts export --key.", ""),
    check: bool = flag("--check", "Only show what to enter at the relay, and any problems."),
) -> int:
    """Serve the unsubscribe page and one-click opt-outs. Runs until Ctrl-C.

    It answers the links that begin with [optout] base_url. Put a web server with TLS in front of it (docs/serve.md
    shows nginx and Caddy). Without it, people opt out by mail.

    With --spool, it runs on a small public host that has no ledger: it has only the opt-out key, and keeps each opt-out
    in a file, to be imported with   mailer optouts import --spool DIR

    It also receives events from Amazon SES, SendGrid, Mailgun and Postmark, if mailer.toml names them: bounces,
    complaints, unsubscribes (docs/webhooks.md). --check prints what to enter there.

    \b
    Examples:
      mailer serve
      mailer serve --port 8025 --processes 2
      mailer serve --check
      mailer serve --spool optouts --key door.key
    """
    from mailer.platform.signals import serve_in_processes
    from mailer.public.server import bind, serve_here

    if check or output.is_json():
        return _show_hook_checks()
    settings = current_settings()
    table = with_options(settings.serve, host=host, port=port, processes=processes)
    if bool(spool) != bool(key):
        hint = "To make the key, on the machine with the ledger: mailer optouts export --key FILE"
        raise InputProblem("--spool and --key need each other", hint=hint)
    kept = _Spool(Path(spool).expanduser().absolute(), Path(key).expanduser().absolute()) if spool else None
    base_url = _check_recorder(settings, kept)
    bound = bind(table.host, table.port)
    first = os.getpid()

    def announce() -> None:
        _print_address(table.replace(port=bound.getsockname()[1]), base_url, kept)
        if kept is None and settings.webhooks.names:
            from mailer.public.webhooks import GUIDES, hook_url

            for relay in settings.webhooks.names:
                where = hook_url(base_url, relay) or f"/hooks/{relay}"
                output.echo(f"  {GUIDES[relay].name} posts events to {where} (mailer serve --check)", to_stderr=True)

    def serve_process() -> int:
        from mailer.public.app import Manner, make_app
        from mailer.public.metrics import serving_metrics

        figures = None if spool else settings.fleet.address
        try:
            with _recorder(kept) as (recorder, routes), serving_metrics(figures, reading_office, print_now):
                fault = "An internal error ({}); the request was not confirmed."
                manner = Manner(
                    table.prefix, table.proxies, print_now, lambda error: print_now(fault.format(type(error).__name__))
                )
                serve_here(make_app(recorder, routes, manner=manner), bound, parent=first if table.processes > 1 else 0)
        except MailerError as error:
            if table.processes == 1:
                raise
            output.print_error_text(error)  # each process prints what stopped it
            return error.exit_code
        return 0

    if table.processes > 1:
        return serve_in_processes(serve_process, table.processes, announce=announce)
    announce()
    return serve_process()


def _check_recorder(settings: Settings, spool: _Spool | None) -> str:
    """Open and close what the processes will open, so that a problem is raised once, here. Return the base URL."""
    from mailer.config.secrets import read_opt_out_key_file

    if spool is None:
        with reading_office(upgrades=True) as office:
            office.sender()  # raises before anything is made: the page names the sender
    with _recorder(spool):
        return read_opt_out_key_file(spool.key).base_url if spool else settings.optout.base_url


@contextmanager
def _recorder(spool: _Spool | None) -> Iterator[tuple[OptOutRecorder, Routes]]:
    """Yield what records opt-outs, and the routes of the relays that mailer.toml names; a spool has none."""
    from mailer.config.secrets import read_hook_secrets, read_opt_out_key_file
    from mailer.runs.people.link_page import House

    if spool is None:
        from mailer.ledger.connection import check_keys
        from mailer.public.recording import LedgerRecorder

        with writing_office() as (office, ledger):
            sender = office.sender()
            with ledger.writing() as connection:
                check_keys(connection, office.keys)
            routes: Routes = []
            if office.settings.webhooks.names:
                from mailer.public.webhooks import webhook_routes

                secrets = read_hook_secrets(office.settings.webhooks, office.workspace.root, os.environ)
                routes = webhook_routes(office, ledger, secrets, say=print_now)
            yield LedgerRecorder(office, ledger, House(sender.organisation, sender.reply_to or sender.address)), routes
        return
    from mailer.public.recording import SpoolRecorder

    key_file = read_opt_out_key_file(spool.key)
    try:
        spool.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigProblem(f"{spool.folder} cannot be made: {error.strerror or error}") from None
    if not os.access(spool.folder, os.W_OK | os.X_OK | os.R_OK):
        raise ConfigProblem(f"{spool.folder} is not writable for this account")
    yield SpoolRecorder(spool.folder, key_file.keys, House(key_file.organisation, key_file.write_to), now), []


def _print_address(table: Serve, base_url: str, spool: _Spool | None) -> None:
    from mailer.settings import is_loopback

    shown = f"[{table.host}]" if ":" in table.host else table.host
    several = f", {table.processes} processes" if table.processes > 1 else ""
    output.echo(f"Listening for opt-outs at http://{shown}:{table.port}{several}. Ctrl-C stops.", to_stderr=True)
    if spool is not None:
        output.echo(f"  They are kept in {spool.folder}", to_stderr=True)
        output.echo("  To import them where the ledger is: mailer optouts import --spool DIR", to_stderr=True)
    if base_url:
        output.echo(f"  Mails link to {base_url}/TOKEN, which must lead here (docs/serve.md)", to_stderr=True)
    else:
        missing = '  No mail carries a link yet: [optout] base_url = "https://YOUR-HOST/o" in mailer.toml'
        output.echo(missing, style="yellow", to_stderr=True)
    if not is_loopback(table.host):
        exposed = f"  Careful: {table.host} can be reached from outside, without TLS. Only your web server should"
        output.echo(f"{exposed} have access to this port.", style="yellow", to_stderr=True)


# What to enter at each relay for its webhooks.


def _show_hook_checks() -> int:
    """Show every relay whose webhooks are set up, and those that could be; return 3 if something is wrong with one."""
    from mailer.public.webhooks import GUIDES, Check, check_webhooks, likely_relays

    settings = current_settings()
    checks = check_webhooks(settings, current_workspace().root, os.environ)
    likely, code = list(likely_relays(settings)), 3 if any(each.wrong for each in checks) else 0
    if output.is_json():
        shape(Check, "relay name:guide.name url? steps events:guide.choose leave_out:guide.leave found wrong")
        output.print_json({"webhooks": json_of(checks), "not_configured": likely})
        return code
    parts: list[Part | None] = []
    for each in checks:
        parts += [line(each.guide.name, Tone.STRONG), fact("Address", each.url or "(none yet)")]
        parts += [line(f"{number}. {step}", depth=1) for number, step in enumerate(each.steps, start=1)]
        parts += [fact("Events", ", ".join(each.guide.choose))]
        parts += [fact("", f"not: {', '.join(each.guide.leave)} (ignored)", Tone.QUIET)]
        parts += [fact("Here", each.found, Tone.GOOD), fact("Wrong", each.wrong, Tone.BAD), gap()]
    for relay in likely:
        parts += [line(f"{GUIDES[relay].name} can report what happens to messages. In mailer.toml:", Tone.STRONG)]
        parts += [Verbatim(GUIDES[relay].table, depth=1), line("Then run again: mailer serve --check", depth=1), gap()]
    if not parts:
        none = "No webhooks are set up: mailer.toml has no [webhooks.ses], .sendgrid, .mailgun or .postmark."
        parts = [line(none), line("They are optional. Mail that comes back is read by   mailer bounces collect")]
    output.print_page(Page(parts))
    return code


# The desk.


@app.command(short_help="Open the desk in the browser.")
def desk(
    port: int | None = option("--port N", "Port. Default: 8026; 0 for any free one.", None),
    no_open: bool = flag("--no-open", "Do not open the browser."),
    path_prefix: str = option("--path-prefix PATH", 'A path before all others, such as "/press".', ""),
    shared: bool = flag("--shared", "Serve the whole office, behind a proxy with TLS; everyone logs in."),
    host: str = option("--host ADDRESS", "With --shared: address to listen on. Default: 127.0.0.1.", ""),
    admin_link: bool = flag("--admin-link", "With --shared: print a link that makes another admin."),
) -> int:
    """Open the desk in the browser: releases, lists, sending, replies, settings. Runs until Ctrl-C.

    It listens on this machine only. The first line printed is an address that logs you in, once. A worker runs beside
    it: it sends what was confirmed or scheduled, and reads the mailboxes. It ends with the desk: a mailing then waits,
    and continues when the desk is opened again.

    With --shared, everyone in the office logs in at the OpenID Connect provider of [desk.login], and [desk] public_url
    is the address of your web server, which adds TLS. As long as there is no admin, the first line is an address that
    makes an admin of the first person to log in there.

    \b
    Examples:
      mailer desk
      mailer desk --port 9000 --no-open
      mailer desk --shared
    """
    if output.is_json():
        raise InputProblem("--json cannot be combined with the desk, which keeps running")
    if not shared and (host or admin_link):
        raise InputProblem(
            f"{'--host' if host else '--admin-link'} needs --shared: without it, the desk is for you alone"
        )
    table = with_options(current_settings().desk, port=port, prefix=path_prefix, host=host)
    if shared:
        return open_shared_desk(table, makes_admin=admin_link)
    return open_desk(table, opens=not no_open)


def open_desk(table: DeskPage, *, opens: bool) -> int:
    """Serve the desk on this machine until Ctrl-C; `opens` it in the browser."""
    import webbrowser

    from mailer.public.server import bind

    root = _usable_root()
    bound = bind("127.0.0.1", table.port, hint="[desk] port, or --port")
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    made = _make(root, table, _hosting(f"{address}{table.prefix}", ()))
    address += made.login_path()
    output.echo(address)
    sys.stdout.flush()
    output.echo("  The desk is open; this address logs you in, once. Ctrl-C closes it.", to_stderr=True)
    if opens:
        webbrowser.open(address)
    return _serve(made, bound)


def open_shared_desk(table: DeskPage, *, makes_admin: bool) -> int:
    """Serve the desk to the office until Ctrl-C; print a link for an admin if there is none, or if `makes_admin`."""
    from urllib.parse import urlsplit

    from mailer.config.secrets import read_secret
    from mailer.public.server import bind
    from mailer.runs.users import has_admin

    try:
        from mailer.desk.shared import Provider
    except ImportError:
        hint = "pip install 'mailer[shared]'"
        raise ConfigProblem("a shared desk needs the authlib package, which is not installed", hint=hint) from None
    root = _usable_root()
    if not (table.public_url and table.login.is_on):
        missing = "[desk.login] issuer and client_id" if table.public_url else "[desk] public_url"
        raise ConfigProblem(f"a shared desk needs {missing} in mailer.toml", hint=_SHARED)
    secret = read_secret(table.login.place_of("client_secret"), "[desk.login]", root, os.environ)
    login = Provider(table.login, secret, table.public_url)
    bound = bind(table.host, table.port, hint="[desk] host and port, or --host and --port")
    made = _make(root, table, _hosting(table.public_url, table.proxies), login)
    makes_admin = makes_admin or not run_reading(has_admin)
    name = urlsplit(table.public_url).hostname or ""
    # as in mailer.toml, without the port if it is the default
    origin = min((each for each in made.hosting.origins if name in each), key=len)
    output.echo(f"{origin}{made.login_path() if makes_admin else f'{made.hosting.prefix}/'}")
    sys.stdout.flush()
    if makes_admin:
        text = "  The first person to log in at this address becomes an admin. It works once, within an hour."
        output.echo(text, to_stderr=True)
    listening = f"{table.host}, port {bound.getsockname()[1]}"
    output.echo(f"  The desk is open to the proxy at {listening}. Ctrl-C closes it.", to_stderr=True)
    return _serve(made, bound)


_SHARED = """\
[desk]
public_url = "https://desk.example.org"
[desk.login]
issuer = "https://login.example.org"
client_id = "mailer"
client_secret_env = "MAILER_DESK_SECRET"
At the provider, enter this redirect URI: public_url, followed by /login/callback."""


def _usable_root() -> Path:
    """Return the folder of the workspace; raise first of all if the settings or the ledger cannot be used."""
    with reading_office(upgrades=True):
        return current_workspace().root.resolve()


def _hosting(address: str, proxies: Sequence[str]) -> Hosting:
    """Return the names by which a desk at this address is reached; this machine has two."""
    from ipaddress import ip_network
    from urllib.parse import urlsplit

    from mailer.desk.access import Hosting

    url = urlsplit(address)
    prefix, is_secure, usual = url.path.rstrip("/"), url.scheme == "https", 443 if url.scheme == "https" else 80
    name, port = f"[{url.hostname}]" if ":" in (url.hostname or "") else f"{url.hostname}", url.port or usual
    names = {name, "localhost"} if name == "127.0.0.1" else {name}
    hosts = {f"{each}:{port}" for each in names} | (names if port == usual else set())
    kind = ("__Secure-" if prefix else "__Host-") if is_secure else ""
    return Hosting(
        hosts=frozenset(hosts),
        origins=frozenset(f"{url.scheme}://{each}" for each in hosts),
        cookie=f"{kind}mailer_desk_{port}",
        prefix=prefix,
        is_secure=is_secure,
        proxies=tuple(ip_network(each, strict=False) for each in proxies),
    )


def _make(root: Path, table: DeskPage, hosting: Hosting, login: Provider | None = None) -> Desk:
    from mailer.desk.app import Desk, Offices
    from mailer.desk.worker import WorkerProcess

    return Desk(
        Offices(root, reading_office, writing_office, password_of, now, find_refusal),
        hosting,
        session_h=table.session_h,
        worker=WorkerProcess(root) if table.worker else None,
        actor=actor(),
        login=login,
    )


def _serve(made: Desk, bound: socket) -> int:
    from mailer.desk.app import make_app
    from mailer.public.server import serve_here

    def fault(error: Exception) -> None:
        kept = output.keep_fault(error)
        print_now(f"An internal error of the desk ({type(error).__name__}); details for a bug report are in {kept}")

    serve_here(make_app(made, fault=fault), bound, on_stop=made.live.close)
    return 0
