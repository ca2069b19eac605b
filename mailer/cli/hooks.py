"""Hooks: the relays' webhooks that `mailer serve` answers, and `--check`, what to enter at each relay.

Owns the joining of routes, secrets and the desk with its ledger, and the page for people and the JSON of a check, which
changes nothing and asks nobody.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mailer.cli import output
from mailer.cli.context import current_workspace

if TYPE_CHECKING:
    from mailer.public.desks import Desk
    from mailer.public.webhooks import Routes
    from mailer.public.webhooks.checking import Check
    from mailer.settings import Settings


def hook_routes(desk: Desk, say: Callable[[str], None]) -> Routes:
    """Return the routes of the relays that mailer.toml names; a desk without a ledger has none.

    Raises:
        ConfigProblem: a secret is not there, a key is no key, or a package is missing.
    """
    from mailer.config import read_hook_secrets
    from mailer.public.desks import LedgerDesk

    if not isinstance(desk, LedgerDesk) or not desk.office.settings.webhooks.are_on:
        return []
    from mailer.public.webhooks import webhook_routes

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
