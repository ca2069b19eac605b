"""Plans: `mailer plan`, `plans`, `approve` and `reject`: another person approves a mailing before it goes out.

Owns how a mailing is stored as a plan instead of being sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.office import run_reading, writing_office
from mailer.cli.options import Audience, NamedRelease, SendOptions, WaveOptions, Yes, argument, option
from mailer.cli.send import At, Expires, Mode, carry_out, request_of
from mailer.errors import InputProblem

app = typer.Typer()
plans = typer.Typer(help="Plans: what waits for approval, and what was approved.", no_args_is_help=True)

_MAX_SIGNATURE = 100_000

PlanName = Annotated[str, argument("HASH", "The plan's hash, its first digits, or its eight words in quotes.")]


@app.command()
def plan(
    release: NamedRelease,
    audience: Audience = Audience(),
    options: SendOptions = SendOptions(),
    relay: str = option("--relay NAME", "A relay from mailer.toml.", ""),
    expires: Expires = "24h",
    at: At = "",
    wave_options: WaveOptions = WaveOptions(),
    planner: str = option("--as NAME", "Who plans it. Required where keys approve. Default: you, as user@host.", ""),
    yes: Yes = False,  # noqa: ARG001 - there is no question here, but scripts pass it to every command
) -> int:
    """Plan a mailing for another person to approve. Everything is checked as for `send`, but nothing is sent.

    Planning the same again gives the same hash and renews its validity.

    \b
    Examples:
      mailer plan harbour-seals --to coast --to science --as ada
      mailer plan harbour-seals --to coast --at "2026-12-01 09:00 Europe/Berlin"
      mailer plan harbour-seals --waves waves.toml   one approval for all waves
      mailer plans show 3f9a --html plan.html   a page for the approver
      mailer approve 3f9a --key FILE            by another person
      mailer send --plan 3f9a
    """
    from mailer.settings import PREVIEW

    wave_options.check(audience, "plan", release, is_timed=bool(at) or relay == PREVIEW)
    if relay == PREVIEW:
        raise InputProblem("mail for the preview inbox needs no plan", hint=f"mailer send {release} --relay preview")
    return carry_out(
        lambda office: request_of(
            office, release, audience, options, relay=relay, at=at, expires=expires, wave_options=wave_options
        ),
        Mode(planner=planner),
    )


@plans.command("list", short_help="List all plans.")
def list_plans() -> None:
    """List all plans, newest first.

    \b
    Examples:
      mailer plans list
      mailer plans list --json
    """
    from mailer.runs.plans import list_plans as read

    output.show(run_reading(read))


@plans.command(short_help="Show a plan: everything an approver needs.")
def show(
    plan: PlanName,
    html: str = option("--html FILE", "Write a self-contained page, with the mail as it looks.", ""),
    sign_file: str = option("--sign-file FILE", "Write the file to be signed by an approver elsewhere.", ""),
) -> None:
    """Show a plan: who gets what, who does not, warnings, and what changed since the last version sent.

    \b
    Examples:
      mailer plans show 3f9a
      mailer plans show 3f9a --html plan.html
      mailer plans show 3f9a --sign-file plan.json
      ssh-keygen -Y sign -n mailer-plan -f KEY plan.json   by the approver
    """
    from mailer.runs.plans import show_plan
    from mailer.workspace import write_atomically

    export = Path(sign_file).expanduser() if sign_file else None
    shown = run_reading(show_plan, plan, with_mails=bool(html), export=export)
    if html:
        from mailer.pages.plans import page_for_approver

        path = Path(html).expanduser()
        write_atomically(path, page_for_approver(shown).encode("utf-8", "replace"), mode=0o600)
        output.echo(f"  Written: {path}", to_stderr=True)
        if not output.is_json():
            return
    output.show(shown)


@plans.command(short_help="Show how two plans differ.")
def diff(old: PlanName, new: PlanName) -> None:
    """Show how two plans differ: texts, recipients in and out, settings.

    \b
    Example:
      mailer plans diff 3f9a 81c2
    """
    from mailer.runs.plans import diff_plans

    output.show(run_reading(diff_plans, old, new))


@app.command(short_help="Approve a plan that another person made.")
def approve(
    plan: PlanName,
    who: str = option("--as NAME", "Who approves. Default: the owner of the key, else you, as user@host.", ""),
    key: str = option("--key FILE", "Sign with this SSH key; FILE.pub uses the SSH agent.", ""),
    signature: str = option("--signature FILE", "Use a signature that was made elsewhere.", ""),
    yes: Yes = False,
) -> int:
    """Approve a plan that another person made, with an SSH key.

    The key must be in the file of allowed signers that mailer.toml names ([approval] allowed_signers). Without a key,
    your account (user@host) counts only where mailer.toml says so ([approval] trust_local).

    \b
    Examples:
      mailer approve 3f9a --key ~/.ssh/id_ed25519
      mailer approve "acorn kettle tulip window copper igloo radio zebra" --key ~/.ssh/id_ed25519.pub
      mailer approve 3f9a --signature plan.json.sig
    """
    from mailer.runs.plans import Approve, show_plan
    from mailer.runs.plans import approve as approve_plan
    from mailer.workspace import read_bytes

    if key and signature:
        raise InputProblem("--key signs here, --signature is from elsewhere: give one of them")
    with writing_office() as (office, _):
        shown = show_plan(office, plan)
        output.show_interim(shown, to_stderr=True)
        hint = f"To see it: mailer plans show {shown.kept.name}. Then add --yes."
        if not output.confirmed(f"Approve plan {shown.kept.name}?", yes=yes, hint=hint):
            output.echo("  Nothing was approved.", to_stderr=True)
            return 1
        made = read_bytes(Path(signature).expanduser(), limit=_MAX_SIGNATURE) if signature else b""
        signed = Path(key) if key else None
        asks = output.is_interactive()
        approval = Approve(plan=shown.kept.hash.hex(), name=who, asks=asks, key=signed, signature=made)
        output.show(approve_plan(office, approval))
    return 0


@app.command()
def reject(
    plan: PlanName,
    why: str = option("--why TEXT", "The reason, for the planner.", ""),
    who: str = option("--as NAME", "Who rejects it. Default: you, as user@host.", ""),
    yes: Yes = False,
) -> int:
    """Reject a plan. Every earlier approval is withdrawn; a mailing that is being sent from it is halted.

    \b
    Example:
      mailer reject 3f9a --why "The second quote is not cleared."
    """
    from mailer.runs.plans import find_plan
    from mailer.runs.plans import reject as reject_plan

    with writing_office() as (office, _):
        kept = find_plan(office, plan)[1]
        if why.strip() and not output.confirmed(f"Reject plan {kept.name}?", yes=yes, hint="Add --yes."):
            return 1
        output.show(reject_plan(office, kept.hash.hex(), who, why))
    return 0
