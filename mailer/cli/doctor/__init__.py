"""Doctor: `mailer doctor`, what is wrong at this desk, on the way out, in the DNS; or with a mail that arrived.

Owns the options. What is looked at is in `runs.doctor`, what is printed in `telling`; `adopting` is for a ledger that
is refused.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace, now
from mailer.cli.doctor import telling
from mailer.cli.doctor.telling import adopt, trust_folder
from mailer.errors import InputProblem, MailerError
from mailer.workspace import read_bytes

if TYPE_CHECKING:
    from mailer.runs.doctor.values import Wishes
    from mailer.settings import Dns, Settings

_HELP = """Check the set-up before mail goes out, and show how to fix each problem.

The folder, its keys and the ledger; the relay (connected, secured, logged in: it never gets a mail); SPF, DKIM, DMARC
and mail servers in the DNS, each fault with the record to publish; the mailboxes and the one-click host. Changes
nothing. --offline calls nobody. With --message it reads a mail that arrived, and says what the way made of it.

\b
Examples:
  mailer doctor
  mailer doctor --offline
  mailer doctor --only relay --only spf
  mailer doctor --message received.eml
  mailer doctor --json
  mailer doctor --adopt-ledger      an older ledger was put back: explained, then asked
"""
_MOST_BYTES = 50_000_000


def doctor(
    message: Annotated[
        str,
        typer.Option(
            "--message", metavar="FILE", help="A mail that arrived, as saved by a mail program; - for a pipe."
        ),
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="No network: no DNS, no relay, no mailbox.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Check only this: relay, spf, ledger …")
    ] = None,
    nameserver: Annotated[
        str, typer.Option("--nameserver", metavar="IP", help="Ask this one; 127.0.0.1:5353 has a port. Default: [dns].")
    ] = "",
    selector: Annotated[
        list[str] | None, typer.Option("--selector", metavar="NAME", help="Another DKIM selector to check.")
    ] = None,
    outgoing: Annotated[
        list[str] | None,
        typer.Option("--outgoing", metavar="IP", help="An address from which your own mail server delivers."),
    ] = None,
    offer_sender: Annotated[
        bool, typer.Option("--offer-sender", help="Ask the relay whether it takes our MAIL FROM; no mail is sent.")
    ] = False,
    limit: Annotated[float, typer.Option("--limit", metavar="S", min=1, help="Seconds for the whole check.")] = 30.0,
    adopt_ledger: Annotated[
        bool, typer.Option("--adopt-ledger", help="Accept a ledger that was refused; asks first.")
    ] = False,
    trust: Annotated[
        str, typer.Option("--trust", metavar="DIR", help="Use this folder's mailer.toml although others can change it.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --adopt-ledger: do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")] = False,
) -> int:
    """Check the set-up: settings, relay, DNS, mailboxes, ledger."""
    from mailer.runs.doctor.values import Wishes

    if trust:
        return trust_folder(trust)
    if adopt_ledger:
        return adopt(yes=yes, as_json=as_json)
    wishes = Wishes(
        offline=offline,
        only=tuple(only or ()),
        selectors=_checked_selectors(selector or []),
        outgoing=_checked_addresses(outgoing or []),
        offer_sender=offer_sender,
        limit_s=limit,
    )
    dns = _dns(nameserver)
    if message:
        return _examine_copy(message, dns, offline=offline, as_json=as_json)
    return _examine(wishes, dns, as_json=as_json)


def _examine(wishes: Wishes, dns: Dns | None, *, as_json: bool) -> int:
    from mailer.runs.doctor.examining import examine

    workspace = current_workspace()
    with telling.progress() as watch:
        found = examine(workspace, os.environ, wishes, dns=dns, watch=watch)
    if as_json:
        output.print_json({"workspace": str(workspace.root), **telling.document(found)})
    else:
        telling.say(found)
    return telling.exit_code(found)


def _examine_copy(name: str, dns: Dns | None, *, offline: bool, as_json: bool) -> int:
    from mailer.runs.doctor.arrived import examine_copy

    data = _read(name)
    settings = _settings()
    asked = None if offline else dns or settings.dns
    source = "standard input" if name == "-" else name
    found = examine_copy(data, settings, source=source, dns=asked, now=now())
    if as_json:
        output.print_json({"file": name, **telling.document(found)})
    else:
        telling.say(found)
    return telling.exit_code(found)


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(_MOST_BYTES)
    return read_bytes(Path(name).expanduser(), limit=_MOST_BYTES)


def _settings() -> Settings:
    """Return mailer.toml; a mail can be read where there is none, or one that cannot be used."""
    from mailer.config import read_settings
    from mailer.settings import Settings

    try:
        return read_settings(current_workspace().root, os.environ)
    except MailerError:
        return Settings()


def _dns(nameserver: str) -> Dns | None:
    from mailer.settings import Dns, say_wrong

    if not nameserver:
        return None
    try:
        return Dns(nameserver=nameserver)
    except ValueError as error:
        raise InputProblem(f"--{say_wrong(error)}") from None


def _checked_selectors(names: list[str]) -> tuple[str, ...]:
    from mailer.settings import is_selector

    for name in names:
        if not is_selector(name):
            raise InputProblem(f'--selector: "{name}" cannot stand in the DNS; letters, digits and hyphens: press2026')
    return tuple(names)


def _checked_addresses(texts: list[str]) -> tuple[str, ...]:
    from ipaddress import ip_address

    try:
        return tuple(str(ip_address(text)) for text in texts)
    except ValueError:
        raise InputProblem(f"--outgoing: an IP address, not {' '.join(texts)}") from None


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("doctor", help=_HELP, short_help="Check the set-up: settings, relay, DNS, mailboxes, ledger.")(doctor)
