"""Dkim: `mailer dkim new-key`, from nothing to a key, the DNS record to publish and the lines for mailer.toml.

Owns the words and the names that are chosen where none is given. Never prints a private key, never changes mailer.toml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace, now
from mailer.errors import ConfigProblem, InputProblem

if TYPE_CHECKING:
    from mailer.settings import Settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_NEW_KEY_HELP = """Create a DKIM key that signs your mail.

Shows the DNS record to publish and the lines for mailer.toml.

\b
Examples:
  mailer dkim new-key
  mailer dkim new-key --selector press2027 --domain example.org
  mailer dkim new-key --ed25519      a second key beside the RSA key
"""


@app.callback()
def root() -> None:
    """Sign your mail (DKIM)."""


@app.command("new-key", help=_NEW_KEY_HELP)
def new_key(
    selector: Annotated[
        str, typer.Option(metavar="NAME", help="The key's name in the DNS. Default: press + year.")
    ] = "",
    domain: Annotated[
        str, typer.Option(metavar="D", help="The domain. Default: that of [dkim], else of the first sender.")
    ] = "",
    ed25519: Annotated[bool, typer.Option("--ed25519", help="Create the second, short key (RFC 8463).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")] = False,
) -> int:
    """Make a DKIM key."""
    import os

    from mailer.config import read_settings, write_dkim_key
    from mailer.message import dns_name, dns_strings, dns_value, make_dkim_key

    workspace = current_workspace()
    name = _checked_selector(selector or f"press{now():%Y}{'-ed' if ed25519 else ''}")
    at = _checked_domain(domain, read_settings(workspace.root, os.environ))
    pem = make_dkim_key(ed25519=ed25519)
    path = workspace.root / f"dkim-{name}.pem"
    write_dkim_key(path, pem)
    place, value = dns_name(name, at), dns_value(pem)
    strings = list(dns_strings(value))
    lines = _lines(name, at, path.name, ed25519=ed25519)
    if as_json:
        algorithm = "ed25519-sha256" if ed25519 else "rsa-sha256"
        told = {"domain": at, "selector": name, "algorithm": algorithm, "key_file": str(path)}
        record = {"name": place, "type": "TXT", "value": value, "strings": strings}
        output.print_json({**told, "record": record, "settings": "\n".join(lines)})
        return 0
    _say(str(path), place, strings, lines)
    return 0


def _checked_selector(text: str) -> str:
    from mailer.settings import is_selector

    if not is_selector(text):
        raise InputProblem(f'--selector: "{text}" cannot stand in the DNS; letters, digits and hyphens: press2026')
    return text


def _checked_domain(text: str, settings: Settings) -> str:
    """Return the domain in A-labels: the one asked for, that of [dkim], or that of the first sender."""
    from mailer.settings import Dkim

    if text:
        try:
            return Dkim(domain=text, selector="a", key_file="a").ascii_domain
        except ValueError:
            raise InputProblem(f'--domain: "{text}" is not a domain such as example.org') from None
    if settings.dkim.is_on:
        return settings.dkim.ascii_domain
    for sender in settings.senders.values():
        return sender.domain
    raise ConfigProblem("mailer.toml names no sender, so whose domain signs?", hint="--domain example.org")


def _lines(selector: str, domain: str, file: str, *, ed25519: bool) -> list[str]:
    if ed25519:  # no [dkim] above them: a second table of that name would be an error
        return [f'ed25519_selector = "{selector}"', f'ed25519_key_file = "{file}"']
    return ["[dkim]", f'domain = "{domain}"', f'selector = "{selector}"', f'key_file = "{file}"']


def _say(path: str, name: str, strings: list[str], lines: list[str]) -> None:
    below = "" if lines[0] == "[dkim]" else ", under [dkim]"
    output.say(path)
    output.say(
        "  Whoever has this file can sign mail as you: only you can read it; keep it out of mail, git and shared"
    )
    output.say("  folders. Lost, it is replaced by a new one with another selector.")
    output.say()
    output.say("1. Publish this TXT record. In a web form:", style="bold")
    output.say(f"  Name   {name}")
    output.say(f"  Value  {''.join(strings)}")
    output.say("   In a zone file:", style="bold")
    output.say(f"  {name}. IN TXT (")
    for string in strings:
        output.say(f'    "{string}"')
    output.say("  )")
    output.say()
    output.say(f"2. Once the record can be seen (minutes to hours), write into mailer.toml{below}:", style="bold")
    for line in lines:
        output.say(f"  {line}")
    output.say()
    output.say("3. Try it:  mailer test RELEASE --inbox you@example.org", style="bold")
    output.say('  The mail that arrives should say "dkim=pass" in its Authentication-Results.')
