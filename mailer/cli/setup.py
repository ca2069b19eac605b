"""Setup: `mailer demo`, `init`, `dkim new-key` and `purge`, the house around the work.

Owns what they print and ask: where the files are, what to type next, what is deleted.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailer.cli import output
from mailer.cli.context import current_workspace, given_workspace, now
from mailer.cli.office import reading_office, writing_office
from mailer.cli.options import AsJson
from mailer.cli.summary import say_line
from mailer.errors import ConfigProblem, InputProblem

if TYPE_CHECKING:
    from mailer.ledger.retention import Kept
    from mailer.runs.demo import Told
    from mailer.runs.purge import Overdue, Purged
    from mailer.settings import Settings

Folder = Annotated[str, typer.Argument(metavar="DIR", help="The folder.")]


def init(folder: Folder = ".") -> int:
    """Create a workspace: mailer.toml, templates, sample releases and a sample list.

    Existing files are not changed.

    \b
    Example:
      mailer init press-office
    """
    from mailer.runs.demo import make_workspace

    place = Path(folder).expanduser()
    made = make_workspace(place)
    for path in made:
        output.say(f"  {path.relative_to(place)}")
    output.say(f"{len(made)} new files in {place.resolve()}" if made else "Everything was there already.")
    move = "" if folder == "." else f"cd {shlex.quote(folder)}; "
    output.say("Next:")
    for line in _activation():
        say_line("", line, to_stderr=False)
    say_line("", f"{move}edit mailer.toml: who you are, and your relay", to_stderr=False)
    release = next((path.stem for path in sorted((place / "releases").glob("*.md"))), "RELEASE")
    say_line("", f"mailer preview {release} --to journalists --open", to_stderr=False)
    return 0


def demo(
    folder: Folder = "mailer-demo",
    as_json: Annotated[bool, typer.Option("--json", help="Print the two reports as one JSON document.")] = False,
) -> int:
    """Run the whole job on this machine. No account is needed and nothing leaves it.

    \b
    Examples:
      mailer demo
      mailer demo /tmp/look --json
    """
    from mailer.cli.office import writing_office
    from mailer.runs.demo import free_folder, make_workspace, run_demo

    place = free_folder(Path(folder).expanduser())
    make_workspace(place)
    given_workspace.set(str(place))

    def step(sentence: str) -> None:
        output.say(f"{sentence} …", style="bold", to_stderr=as_json)

    with writing_office(lasting=False) as (office, ledger):
        told = asyncio.run(run_demo(office, ledger, on_step=step))
    if as_json:
        output.print_json({"workspace": str(place.resolve()), "reports": list(told.reports)})
    else:
        _tell(place, told)
    return 0


def _tell(place: Path, told: Told) -> None:
    first, second = told.reports
    _say(first, "The first release")
    _say(second, "The second release: opted-out and dead addresses were skipped")
    output.say()
    output.say("Results", style="bold")
    say_line("The mails", told.page.resolve().as_uri(), to_stderr=False)
    say_line("The list", str(place / "lists" / "journalists.csv"), to_stderr=False)
    say_line("The ledger", str(place / ".mailer" / "ledger.db"), to_stderr=False)
    output.say("What to type next", style="bold")
    for command in (
        *_activation(),
        f"cd {shlex.quote(str(place))}",
        f"mailer report {first['mailing']} --deliveries",
        "mailer optouts list",
        f"mailer preview {second['mailing']} --to journalists --open",
    ):
        say_line("", command, to_stderr=False)


def _activation() -> list[str]:
    """Return the line that makes `mailer` a command in this terminal, where it is not one yet."""
    if shutil.which("mailer") or sys.prefix == sys.base_prefix:
        return []
    return [f"source {shlex.quote(str(Path(sys.prefix) / 'bin' / 'activate'))}"]


def _say(report: dict[str, Any], title: str) -> None:
    from mailer.runs.reports import Report

    output.say()
    output.say(title, style="bold")
    figures = {name: value for name, value in report.items() if name != "deliveries"}
    output.show(Report(figures, now()), as_json=False)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    app.command("demo", short_help="Run the whole job on this machine; nothing leaves it.")(demo)
    app.command("init", short_help="Create a workspace.")(init)
    app.command("purge", short_help="Delete what is past its retention date.")(purge)


# Purge: `mailer purge`, what has been kept long enough goes.


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted; delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
) -> int:
    """Delete what is past its retention date ([retention] in mailer.toml). Shows it first.

    Mail that came back, names in the log of past mailings (the figures stay), copies for undo, previews. Contacts that
    nobody has verified for long, or whose own date is over, are only told. Nothing is ever purged by itself.

    \b
    Examples:
      mailer purge --dry-run
      mailer purge --yes
    """
    from mailer.runs.purge import look
    from mailer.runs.purge import purge as purge_office

    with reading_office() as office:
        found = look(office)
    if dry_run:
        return _tell_purged(found, as_json=as_json, done=False)
    if not found.is_nothing and not yes:
        _say_purged(found, done=False, to_stderr=True)
        if sys.stdin is None or not sys.stdin.isatty():
            raise InputProblem("cannot ask for confirmation here", hint="It cannot be undone. Add --yes to go ahead.")
        if not typer.confirm("  Take it away for good?", err=True):
            output.say("  Nothing was changed.", to_stderr=True)
            return 1
    if found.is_nothing:
        return _tell_purged(found, as_json=as_json, done=True)
    with writing_office() as (office, ledger):
        found = purge_office(office, ledger)
    return _tell_purged(found, as_json=as_json, done=True)


def _tell_purged(found: Purged, *, as_json: bool, done: bool) -> int:
    if as_json:
        output.print_json(_document(found, done=done))
    else:
        _say_purged(found, done=done)
    return 0 if found.is_compact else 1


def _counts(found: Purged) -> list[tuple[str, str, Kept]]:
    return [
        ("raw_mails", "mails that came back, as they were kept", found.ledger.raw),
        ("letters", "senders and subjects of answers", found.ledger.letters),
        ("absences", "absences that are over", found.ledger.absences),
        ("proposals", "proposals for the lists", found.ledger.proposals),
        ("names", "deliveries that say to whom (figures stay)", found.ledger.names),
        ("answers", "answers of servers", found.ledger.answers),
        ("reports", "reports' words on people", found.ledger.reports),
        ("undo_copies", "copies for undo", found.oldest(found.undo)),
        ("previews", "previews and test mails", found.oldest(found.previews)),
    ]


def _document(found: Purged, *, done: bool) -> dict[str, Any]:
    counts = {
        name: {"count": kept.count, "oldest": kept.oldest.isoformat(timespec="seconds") if kept.oldest else None}
        for name, _, kept in _counts(found)
    }
    told = found.told
    return {
        "done": done,
        "goes": counts,
        "unverified": {"count": told.unverified_count, "first": [_overdue(each) for each in told.unverified]},
        "past_retention": {
            "count": told.past_retention_count,
            "first": [_overdue(each) for each in told.past_retention],
        },
        "problems": [output.problem_json(each) for each in told.problems],
    }


def _overdue(each: Overdue) -> dict[str, Any]:
    day = each.day.isoformat() if each.day else None
    return {"list": each.list_name, "line": each.line, "email": each.email, "day": day}


def _say_purged(found: Purged, *, done: bool, to_stderr: bool = False) -> None:
    if found.is_nothing:
        output.say("  Nothing is past its retention date.", to_stderr=to_stderr)
    for _, noun, kept in _counts(found):
        if kept.count:
            since = f", the oldest of {kept.oldest:%Y-%m-%d}" if kept.oldest else ""
            output.say(f"  {'gone' if done else 'goes':6}{kept.count:>7}  {noun}{since}", to_stderr=to_stderr)
    told = found.told
    for count, first, what in (
        (told.unverified_count, told.unverified, "contacts nobody has verified for long: look at them"),
        (told.past_retention_count, told.past_retention, "contacts kept past their own date: they get no mail"),
    ):
        if count:
            output.say(f"  {'stays':6}{count:>7}  {what}", style="yellow", to_stderr=to_stderr)
            for each in first[:8]:
                day = f" ({each.day:%Y-%m-%d})" if each.day else ""
                output.say(f"{'':17}{each.list_name} line {each.line}: {each.email}{day}", to_stderr=to_stderr)
    output.say_problems(told.problems)
    if not found.is_compact:
        output.say("  Another program reads the ledger, so its log could not be emptied: run this again.", style="red")


# Dkim: `mailer dkim new-key`, from nothing to a key, the DNS record to publish and the lines for mailer.toml.

dkim_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@dkim_app.callback()
def root() -> None:
    """Sign your mail (DKIM)."""


@dkim_app.command("new-key")
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
    """Create a DKIM key that signs your mail.

    Shows the DNS record to publish and the lines for mailer.toml.

    \b
    Examples:
      mailer dkim new-key
      mailer dkim new-key --selector press2027 --domain example.org
      mailer dkim new-key --ed25519      a second key beside the RSA key
    """
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
    _say_key(str(path), place, strings, lines)
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


def _say_key(path: str, name: str, strings: list[str], lines: list[str]) -> None:
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
