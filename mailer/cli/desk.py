"""Desk: `mailer desk`, all of mailer in the browser, on this machine or for the office (`--shared`).

Owns the address it listens on, the names by which it is reached, the one-time link, and opening the browser. The pages
are in `mailer.desk`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailer.cli import output
from mailer.cli.bounces import print_now
from mailer.cli.office import (
    actor,
    current_settings,
    current_workspace,
    find_refusal,
    now,
    password_of,
    reading_office,
    run_reading,
    typed_over,
    writing_office,
)
from mailer.cli.options import flag, option
from mailer.errors import ConfigProblem, InputProblem

if TYPE_CHECKING:  # --help waits for none of them
    from socket import socket

    from mailer.desk.access import Doors
    from mailer.desk.app import Desk
    from mailer.desk.shared import Provider
    from mailer.settings import DeskPage

app = typer.Typer()


@app.command(short_help="Open the desk in the browser.")
def desk(
    port: int | None = option("--port N", "Port. Default: 8026; 0 for any free one.", None),
    no_open: bool = flag("--no-open", "Do not open the browser."),
    path_prefix: str = option("--path-prefix PATH", 'A path before all others, such as "/press".', ""),
    shared: bool = flag("--shared", "Serve the whole office, behind a proxy that speaks TLS; everyone logs in."),
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
    place = typed_over(current_settings().desk, port=port, prefix=path_prefix, host=host)
    if shared:
        return open_shared_desk(place, makes_admin=admin_link)
    return open_desk(place, opens=not no_open)


def open_desk(place: DeskPage, *, opens: bool) -> int:
    """Serve the desk on this machine until Ctrl-C; `opens` it in the browser."""
    import webbrowser

    from mailer.public.server import bind

    root = _look()
    bound = bind("127.0.0.1", place.port, hint="[desk] port, or --port")
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    made = _make(root, place, _doors(f"{address}{place.prefix}", ()))
    address += made.login_path()
    output.echo(address)
    sys.stdout.flush()
    output.echo("  The desk is open; this address logs you in, once. Ctrl-C closes it.", to_stderr=True)
    if opens:
        webbrowser.open(address)
    return _serve(made, bound)


def open_shared_desk(place: DeskPage, *, makes_admin: bool) -> int:
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
    root = _look()
    if not (place.public_url and place.login.is_on):
        missing = "[desk.login] issuer and client_id" if place.public_url else "[desk] public_url"
        raise ConfigProblem(f"a shared desk needs {missing} in mailer.toml", hint=_SHARED)
    secret = read_secret(place.login.place_of("client_secret"), "[desk.login]", root, os.environ)
    login = Provider(place.login, secret, place.public_url)
    bound = bind(place.host, place.port, hint="[desk] host and port, or --host and --port")
    made = _make(root, place, _doors(place.public_url, place.proxies), login)
    makes_admin = makes_admin or not run_reading(has_admin)
    name = urlsplit(place.public_url).hostname or ""
    # as in mailer.toml, without the port if it is the default
    origin = min((each for each in made.doors.origins if name in each), key=len)
    output.echo(f"{origin}{made.login_path() if makes_admin else f'{made.doors.prefix}/'}")
    sys.stdout.flush()
    if makes_admin:
        said = "  The first person to log in at this address becomes an admin. It works once, within an hour."
        output.echo(said, to_stderr=True)
    listening = f"{place.host}, port {bound.getsockname()[1]}"
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


def _look() -> Path:
    """Return the folder of the workspace; raise first of all if the settings or the ledger cannot be used."""
    with reading_office(upgrades=True):
        return current_workspace().root.resolve()


def _doors(address: str, proxies: Sequence[str]) -> Doors:
    """Return the names by which a desk at this address is reached; this machine has two."""
    from ipaddress import ip_network
    from urllib.parse import urlsplit

    from mailer.desk.access import Doors

    url = urlsplit(address)
    prefix, is_secure, usual = url.path.rstrip("/"), url.scheme == "https", 443 if url.scheme == "https" else 80
    name, port = f"[{url.hostname}]" if ":" in (url.hostname or "") else f"{url.hostname}", url.port or usual
    names = {name, "localhost"} if name == "127.0.0.1" else {name}
    hosts = {f"{each}:{port}" for each in names} | (names if port == usual else set())
    kind = ("__Secure-" if prefix else "__Host-") if is_secure else ""
    return Doors(
        hosts=frozenset(hosts),
        origins=frozenset(f"{url.scheme}://{each}" for each in hosts),
        cookie=f"{kind}mailer_desk_{port}",
        prefix=prefix,
        is_secure=is_secure,
        proxies=tuple(ip_network(each, strict=False) for each in proxies),
    )


def _make(root: Path, place: DeskPage, doors: Doors, login: Provider | None = None) -> Desk:
    from mailer.desk.app import Desk, Offices
    from mailer.desk.worker import WorkerProcess

    return Desk(
        Offices(root, reading_office, writing_office, password_of, now, find_refusal),
        doors,
        session_h=place.session_h,
        worker=WorkerProcess(root) if place.worker else None,
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
