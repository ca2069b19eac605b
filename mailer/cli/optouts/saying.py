"""Saying: `mailer optouts add|remove`, one person's no, by the staff's word.

Owns how these are asked for and told.
"""

from __future__ import annotations

from shlex import quote
from typing import Annotated

import typer

from mailer.cli import output
from mailer.cli.completing import complete_mailing
from mailer.cli.office import writing_office
from mailer.cli.options import AsJson
from mailer.cli.optouts.words import WORDS, ScopeChoice
from mailer.errors import InputProblem

_SHOWN = 12
# What `remove` asks for, by the reason of the suppression.
_GROUNDS = {
    "opted_out": ' --reason "added by mistake" --evidence "our own slip: the person said nothing"',
    "complained": ' --reason "added by mistake" --evidence "our own slip: the person said nothing"',
    "do_not_contact": ' --reason "added by mistake"',
}
_HELP = {
    "add": """Suppress an address, a domain or an outlet.

Give the address, or the token, link or address that their mail carried. A whole domain (with its subdomains) is
*@outlet.example, an outlet as lists name it is "outlet:The Daily".

--confirm settles an opt-out that is in force and waits for you (mailer optouts list --unconfirmed): somebody who reads
news@outlet.example used its link, or a person wrote it in their own words. If they do want mail, remove it instead.

--follows lets what stands about a person's old address stand at the new one too (not that it is dead).

\b
Examples:
  mailer optouts add ada@daily.example.com --note "on the phone, 3 March"
  mailer optouts add --token optout+TOKEN@example.org
  mailer optouts add cy@coast.example.com --scope list:coast
  mailer optouts add bo@evening.example.com --reason do_not_contact
  mailer optouts add "*@outlet.example" --reason manual
  mailer optouts add news@outlet.example --confirm
  mailer optouts add bo.lindqvist@morning.example.com --follows bo@evening.example.com
""",
    "remove": """Lift a suppression. An opt-out or a complaint needs a reason and evidence.

The evidence is a text, or a file of which name and SHA-256 are kept. A dead address needs nothing.

\b
Examples:
  mailer optouts remove bounced@daily.example.com
  mailer optouts remove --from-mailing harbour-seals      all dead addresses that this mailing brought
  mailer optouts remove ada@daily.example.com --reason "asks for it again" --evidence letter.eml
  mailer optouts remove cy@coast.example.com --scope list:coast --reason "…" --evidence "…"
""",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for name, command in (
        ("add", add),
        ("remove", remove),
    ):
        app.command(name, help=_HELP[name])(command)


def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address, *@DOMAIN, or outlet:NAME.")] = "",
    token: Annotated[str, typer.Option(metavar="TOKEN", help="The token, link or address from their message.")] = "",
    reason: Annotated[
        str, typer.Option(help="opted_out, complained, do_not_contact, manual or dead_address.")
    ] = "opted_out",
    scope: ScopeChoice = "everywhere",
    note: Annotated[str, typer.Option(metavar="TEXT", help="How you know, kept with it.")] = "",
    confirmed: Annotated[
        bool, typer.Option("--confirm", help="Confirm an opt-out that is in force and was not reviewed yet.")
    ] = False,
    follows: Annotated[
        str, typer.Option("--follows", metavar="OLD", help="The person's old address, whose opt-out goes on here.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Suppress somebody."""
    from mailer.ledger.scopes import EVERYWHERE, parse_scope
    from mailer.ledger.suppressions import DO_NOT_CONTACT, OPTED_OUT
    from mailer.runs.lists.follow import known_as
    from mailer.runs.lists.looking import unreached
    from mailer.runs.suppressions.opt_out import Said, opt_out_by_hand, opt_out_by_token

    if bool(email) == bool(token):
        raise InputProblem("give an address or --token, one of them")
    if (confirmed or follows) and (token or (confirmed and follows)):
        raise InputProblem("--token, --confirm and --follows exclude each other")
    if confirmed and (note or (reason, scope) != ("opted_out", "everywhere")):
        raise InputProblem("--confirm goes with the address alone: what stands there is kept as it is")
    if confirmed:
        return _confirm(email, as_json=as_json)
    if follows:
        return _follow(follows, email, note, as_json=as_json)
    unconfirmed, warning, replaced = False, "", ""
    with writing_office() as (office, ledger):
        if token:
            _, honoured = opt_out_by_token(office, ledger, token, note=note)
            who, fresh, unconfirmed = honoured.address, honoured.fresh, honoured.unconfirmed
            reason, scope = OPTED_OUT, EVERYWHERE
        else:
            person = known_as(office, email) if reason == DO_NOT_CONTACT else None
            added = opt_out_by_hand(office, ledger, email, Said(reason, note, scope, person))
            who, fresh, replaced = added.subject.text, added.is_new, added.replaced
            warning = unreached(office, added.subject.kind, who, parse_scope(scope))
    if as_json:
        found = {"email": who, "new": fresh, "reason": reason}
        output.print_json({**found, "scope": scope, "unconfirmed": unconfirmed, "warning": warning or None})
    elif fresh:
        narrowed = "" if _how_far(scope) == "" else f" --scope {quote(scope)}"
        output.say(f"{who} is suppressed{_how_far(scope)}.")
        output.say(f"Undo: mailer optouts remove {quote(who)}{narrowed}{_GROUNDS.get(reason, '')}")
        if replaced:
            before = f"mailer optouts add {quote(who)} --reason {replaced}{narrowed}"
            output.say(f"It was suppressed before ({WORDS[replaced]}); to put that back after the undo: {before}")
    else:
        output.say(f"{who} was suppressed already; the first reason stands.")
    if warning and not as_json:
        output.say(f"Careful: {warning}", style="yellow", to_stderr=True)
    if unconfirmed and not as_json:
        output.say(f"{who} is a desk: somebody there said so. Ask them, then:")
        output.say(f"  mailer optouts add {quote(who)} --confirm")
    return 0


def _how_far(scope: str) -> str:
    kind, _, name = scope.partition(":")
    return {"list": f" by the list {name}", "kind": f" with mailings of kind {name}"}.get(kind, "")


def remove(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address, *@DOMAIN, or outlet:NAME.")] = "",
    reason: Annotated[str, typer.Option(metavar="WHY", help="How you know that they want mail.")] = "",
    evidence: Annotated[
        str, typer.Option(metavar="TEXT|FILE", help="Their words, or a file, of which the name and SHA-256 are kept.")
    ] = "",
    scope: ScopeChoice = "",
    from_mailing: Annotated[
        str,
        typer.Option(
            metavar="MAILING", help="All dead addresses found by this mailing.", autocompletion=complete_mailing
        ),
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Lift a suppression, or all dead addresses of a mailing."""
    from mailer.runs.suppressions.opt_out import Grounds, lift, lift_mailing

    if bool(email) == bool(from_mailing):
        raise InputProblem("give an address or --from-mailing MAILING, one of them")
    if from_mailing and (scope or evidence):
        raise InputProblem("--from-mailing lifts dead addresses alone; --scope and --evidence do not go with it")
    if from_mailing:
        with writing_office() as (office, ledger):
            all_lifted = lift_mailing(office, ledger, from_mailing, reason)
        if as_json:
            emails = [each.address or None for each in all_lifted]
            output.print_json({"mailing": from_mailing, "was": "dead_address", "lifted": len(emails), "emails": emails})
        else:
            said = [each.address or "(forgotten)" for each in all_lifted]
            for address in said[:_SHOWN]:
                output.say(f"  {address}")
            if len(said) > _SHOWN:
                output.say(f"  … and {len(said) - _SHOWN} more")
            count = "1 address" if len(said) == 1 else f"{len(said)} addresses"
            output.say(f"{count} can be written to again (was: {WORDS['dead_address']}, because of {from_mailing}).")
        return 0
    with writing_office() as (office, ledger):
        lifted = lift(office, ledger, email, Grounds(reason, evidence, scope))
    if as_json:
        output.print_json(
            {"email": lifted.address or email, "was": lifted.reason, "scope": lifted.scope, "lifted": True}
        )
    else:
        was = WORDS[lifted.reason] + _how_far(lifted.scope)
        output.say(f"{lifted.address or email} can be written to again (was: {was}).")
    return 0


def _confirm(email: str, *, as_json: bool) -> int:
    """Confirm a desk's opt-out."""
    from mailer.runs.suppressions.opt_out import confirm

    with writing_office() as (office, ledger):
        subject = confirm(office, ledger, email)
    if as_json:
        output.print_json({"email": subject.text, "confirmed": True})
    else:
        output.say(f"{subject.text} wants no mail, and that is confirmed.")
    return 0


def _follow(old: str, new: str, note: str, *, as_json: bool) -> int:
    """Let a person's no follow them."""
    from mailer.runs.lists.follow import follow

    with writing_office() as (office, ledger):
        before, after, fresh = follow(office, ledger, old, new, note=note)
    if as_json:
        output.print_json({"old": str(before), "email": str(after), "new": fresh})
    elif fresh:
        output.say(f"{after} will not be written to either: the same person as {before}.")
    else:
        output.say(f"{after} was suppressed already.")
    return 0
