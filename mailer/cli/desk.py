"""Desk: `mailer desk`, the whole work in the browser.

Owns where it listens, the one-time address, and opening the browser. What it shows is `mailer.desk`'s.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

import typer

from mailer.cli import output
from mailer.cli.bounces import say_now
from mailer.cli.office import (
    actor,
    current_settings,
    current_workspace,
    find_refusal,
    now,
    password_of,
    reading_office,
    writing_office,
)
from mailer.cli.options import flag, option
from mailer.errors import InputProblem

app = typer.Typer()


@app.command()
def desk(
    port: int | None = option("--port N", "Port. Default: 8026; 0 for any free one.", None),
    no_open: bool = flag("--no-open", "Do not open the browser."),
    path_prefix: str = option("--path-prefix PATH", 'A path before all others, such as "/press".', ""),
) -> int:
    """Open the desk in the browser: releases, lists, sending, replies, settings. Runs until Ctrl-C.

    It listens on this machine only. The first line printed is an address that logs you in, once. Beside it, a worker
    sends what was confirmed or scheduled and reads the mailboxes; a mailing goes on when the desk is closed.

    \b
    Examples:
      mailer desk
      mailer desk --port 9000 --no-open
    """
    from mailer.settings import say_wrong

    if output.is_json():
        raise InputProblem("--json does not go with the desk: it keeps running")
    settings = current_settings()
    try:
        place = settings.desk.replace(
            port=settings.desk.port if port is None else port, prefix=path_prefix or settings.desk.prefix
        )
    except ValueError as error:
        raise InputProblem(f"--{say_wrong(error).replace('prefix', 'path-prefix', 1)}") from None
    return open_desk(place, opens=not no_open)


def open_desk(place: object, *, opens: bool) -> int:
    """Serve the desk until Ctrl-C; with `opens` the browser is shown it."""
    import webbrowser

    from mailer.desk.access import Doors
    from mailer.desk.app import Desk, Offices, make_app
    from mailer.desk.worker import WorkerProcess
    from mailer.public.server import bind, serve_here
    from mailer.settings import DeskPage

    assert isinstance(place, DeskPage)  # noqa: S101
    with reading_office():  # unreadable settings, or a wrong ledger, are told before anything else
        root = current_workspace().root.resolve()
    bound = bind("127.0.0.1", place.port, hint="[desk] port, or --port")
    number = bound.getsockname()[1]
    names = [f"{host}:{number}" for host in ("127.0.0.1", "localhost")]
    doors = Doors(
        hosts=frozenset(names),
        origins=frozenset(f"http://{name}" for name in names),
        cookie=f"mailer_desk_{number}",
        prefix=place.prefix,
    )
    made = Desk(
        Offices(root, reading_office, writing_office, password_of, now, find_refusal),
        doors,
        session_h=place.session_h,
        worker=WorkerProcess(root) if place.worker else None,
        actor=actor(),
    )
    address = f"http://{names[0]}{made.login_path()}"
    output.say(address)
    sys.stdout.flush()
    output.say("  The desk is open; this address logs you in, once. Ctrl-C closes it.", to_stderr=True)
    if opens:
        webbrowser.open(address)

    def fault(error: Exception) -> None:
        handle, name = tempfile.mkstemp(prefix="mailer-fault-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            traceback.print_exception(error, file=file)
        say_now(f"A fault of the desk ({type(error).__name__}); details, for a bug report, are in {name}")

    serve_here(make_app(made, fault=fault), bound, on_stop=made.live.close)
    return 0
