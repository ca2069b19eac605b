"""Returns: whether what comes back is read and taken: the mailboxes, and the host of the one-click opt-out.

Owns these checks. Nothing in a mailbox is fetched, marked or made. The opt-out host is only ever got, never posted to:
looking changes nothing (standards U1). Gmail and Yahoo ask for it (RFC 8058, F16, P1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from mailer.config.secrets import read_credential
from mailer.errors import ConfigProblem, MailerError
from mailer.fetch import Answer, Unreachable, get
from mailer.runs.doctor.relay import skew_of_date
from mailer.runs.doctor.values import SOON_DAYS, Check, Rule, Visit, wrong
from mailer.runs.mailboxes import MailboxAccess
from mailer.settings import is_loopback


def look_at_mailboxes(visit: Visit) -> Iterator[Check]:
    """Check each mailbox on a server that holds what comes back: connected, secured, logged in, its folder opened."""
    root, environ = visit.workspace.root, visit.environ
    for inbox in visit.settings.inbox.values():
        if inbox.holds != "returns" or inbox.is_file:
            continue
        access = MailboxAccess(inbox, root, partial(read_credential, inbox, root, environ), clock=visit.now)
        try:
            with closing(access.open()) as mailbox:
                said = mailbox.look()
        except MailerError as problem:
            yield wrong(f"inbox {inbox.key}", problem, "mailbox-unreadable")
        else:
            yield Check(f"inbox {inbox.key}", said)


def look_at_readers(visit: Visit) -> Iterator[Check]:
    """Yield whether somebody reads the mailboxes to which opt-outs and bounces come."""
    settings = visit.settings
    boxes = [inbox for inbox in settings.inbox.values() if inbox.holds == "returns"]
    users = {inbox.server.user.lower(): inbox.key for inbox in boxes if not inbox.is_file}
    for role, address in (("opt-outs", settings.optout.mailto), ("bounces", settings.bounces.address)):
        if not address:
            continue
        name, local = f"{role} read", address.rpartition("@")[0].lower()
        facts = {"address": address, "inboxes": [inbox.key for inbox in boxes]}
        mine = users.get(address.lower()) or users.get(local)
        if not boxes:
            said = f"{address} is not read: mailer.toml names no mailbox for it"
            yield Check(name, said, "mailbox-none", "[inbox.main] url = …   docs/collecting.md shows how", facts)
        elif mine:
            yield Check(name, f"inbox {mine} is the mailbox of {address}", facts=facts)
        else:
            said = f"{address} has to come to inbox {', '.join(inbox.key for inbox in boxes)}"
            token = "" if role == "opt-outs" and settings.optout.token_in == "subject" else f" and {local}+TOKEN@"
            hint = f"Mail to {address}{token} must arrive there: send one and run mailer bounces collect."
            yield Check(name, said, "", hint, facts)


# One-click: whether the address that the unsubscribe button calls answers, over https, as `mailer serve` does.

_LIMIT_S: Final = 15.0
_NAME: Final = "one-click"


def look_at_optout(visit: Visit) -> Iterator[Check]:
    """Call the opt-out host."""
    base = visit.settings.optout.base_url.rstrip("/")
    if not base and visit.settings.optout.mailto:
        said = "opt-outs come by mail only; Gmail and Yahoo require one-click unsubscribe of bulk senders"
        hint = 'mailer serve on a host of yours, then [optout] base_url = "https://…/o"; docs/serve.md'
        yield Check(_NAME, said, "one-click-none", hint)
        return
    if not base:
        said = "mailer.toml names no way off the list but an answer"
        hint = '[optout] mailto = "optout@…"   and, for one click, base_url = "https://…/o"'
        yield Check(_NAME, said, "optout-none", hint)
        return
    begun = visit.now()
    facts: dict[str, Any] = {"url": f"{base}/healthz"}
    try:
        answer = asyncio.run(get(f"{base}/healthz", limit_s=_LIMIT_S))
    except (Unreachable, ConfigProblem, ValueError) as error:
        said = f"{base} cannot be reached: {error}"
        hint = "mailer serve   answers there, behind a web server with a certificate; docs/serve.md"
        yield Check(_NAME, said, "one-click-unreachable", hint, facts)
        return
    ended = visit.now()
    facts |= {"status": answer.status, "skew_s": skew_of_date(answer.date, begun, ended) if answer.date else None}
    yield judge_host(base, answer, facts, ended)


def judge_host(base: str, answer: Answer, facts: dict[str, Any], now: datetime) -> Check:
    """Judge what the opt-out host answered; `facts` are told with it."""
    said, hint = _fault(base, answer)
    if said:
        return Check(_NAME, said, "one-click-strange", hint, facts)
    days = (answer.expires_at - now).days if answer.expires_at else None
    facts["certificate_days"] = days
    good = f"mailer serve answers at {base}; its certificate is good for {days} days"
    host = urlsplit(base).hostname or ""
    try:
        is_private = ip_address(host).is_private
    except ValueError:
        is_private = is_loopback(host)
    if is_private:
        said = f"{base} answers here, but cannot be reached from outside this network"
        hint = "The name has to lead to a host that the whole world can call."
        return Check(_NAME, said, "one-click-private", hint, facts)
    if days is not None and days < SOON_DAYS:
        hint = "Renew it before then: with an expired one the unsubscribe button is dead."
        return Check(_NAME, good, "one-click-ends", hint, facts)
    return Check(_NAME, good, facts=facts, rule=Rule.ONE_CLICK)


def _fault(base: str, answer: Answer) -> tuple[str, str]:
    body = answer.body.strip()
    if answer.status == 200 and body == b"ok":
        return "", ""
    if answer.status == 503 and body == b"not ok":
        return f"mailer serve runs at {base}, and cannot use its ledger", "Look at what it printed there."
    if 300 <= answer.status < 400:
        said = f"{base} leads elsewhere ({answer.status}); the unsubscribe button follows nowhere (RFC 8058 §3.1)"
        return said, "Write the address that answers by itself into [optout] base_url."
    if answer.status in {502, 503, 504}:
        said = f"the web server at {base} answers {answer.status}: mailer serve does not run behind it"
        return said, "mailer serve   docs/serve.md shows how to keep it running"
    said = f"something else than mailer serve answers at {base} ({answer.status})"
    return said, "Let the web server pass everything below that path to mailer serve; docs/serve.md"
