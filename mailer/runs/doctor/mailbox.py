"""Mailbox: checks what our mails lead back to: mailboxes, the host of the one-click opt-out, the newsroom.

Nothing in a mailbox is fetched, marked or created. The opt-out host gets GET requests only, never a POST: a check
changes nothing (standards U1). Gmail and Yahoo require one-click opt-out (RFC 8058, F16, P1). The newsroom's front page
is compared with the file in the folder: the folder must be on the web server before the next mail goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mailer.config.secrets import read_credential
from mailer.errors import ConfigProblem, MailerError
from mailer.fetch import Answer, Unreachable, get
from mailer.runs.doctor.relay import skew_of_date
from mailer.runs.doctor.values import SOON_DAYS, Check, Visit, first, found, wrong
from mailer.runs.mailboxes import MailboxAccess
from mailer.settings import is_loopback
from mailer.site.values import FRONT

_LIMIT_S: Final = 15.0


def look_at_mailboxes(visit: Visit) -> Iterator[Check]:
    """Check each mailbox on a server that holds what comes back: connected, secured, logged in, its folder opened."""
    root, environ = visit.workspace.root, visit.environ
    for inbox in visit.settings.inbox.values():
        if inbox.holds != "returns" or inbox.is_file:
            continue
        access = MailboxAccess(inbox, root, partial(read_credential, inbox, root, environ), clock=visit.now)
        try:
            with closing(access.open()) as mailbox:
                opened = mailbox.look()
        except MailerError as problem:
            yield wrong(f"inbox {inbox.key}", problem, "mailbox-unreadable")
        else:
            yield found("mailbox", f"inbox {inbox.key}", opened=opened)


def look_at_readers(visit: Visit) -> Iterator[Check]:
    """Yield whether somebody reads the mailboxes to which opt-outs and bounces come."""
    settings = visit.settings
    boxes = [inbox for inbox in settings.inbox.values() if inbox.holds == "returns"]
    users = {inbox.server.user.lower(): inbox.key for inbox in boxes if not inbox.is_file}
    for role, address in (("opt-outs", settings.optout.mailto), ("bounces", settings.bounces.address)):
        if not address:
            continue
        local, keys = address.rpartition("@")[0].lower(), [inbox.key for inbox in boxes]
        mine = users.get(address.lower()) or users.get(local)
        is_plain = role == "opt-outs" and settings.optout.token_in == "subject"
        yield found(
            first(("mailbox-none", not boxes), ("read", mine), ("read.through", True)),
            f"{role} read",
            {"address": address, "inboxes": keys},
            mine=mine,
            token="" if is_plain else f" and {local}+TOKEN@",
        )


def look_at_optout(visit: Visit) -> Iterator[Check]:
    """Call the opt-out host: whether the address that the unsubscribe button calls answers as `mailer serve` does."""
    base = visit.settings.optout.base_url.rstrip("/")
    if not base:
        yield found("one-click-none" if visit.settings.optout.mailto else "optout-none", "one-click")
        return
    begun = visit.now()
    facts: dict[str, Any] = {"url": f"{base}/healthz"}
    try:
        answer = asyncio.run(get(f"{base}/healthz", limit_s=_LIMIT_S))
    except (Unreachable, ConfigProblem, ValueError) as error:
        yield found("one-click-unreachable", "one-click", facts, base=base, error=error)
        return
    ended = visit.now()
    facts |= {"status": answer.status, "skew_s": skew_of_date(answer.date, begun, ended) if answer.date else None}
    yield judge_host(base, answer, facts, ended)


def judge_host(base: str, answer: Answer, facts: dict[str, Any], now: datetime) -> Check:
    """Judge what the opt-out host answered; `facts` are told with it."""
    said, status = (answer.status, answer.body.strip()), answer.status
    days = (answer.expires_at - now).days if answer.expires_at else None
    host = urlsplit(base).hostname or ""
    try:
        is_private = ip_address(host).is_private
    except ValueError:
        is_private = is_loopback(host)
    key = first(
        ("one-click-strange.down", said == (503, b"not ok")),
        ("one-click-strange.moved", 300 <= status < 400),
        ("one-click-strange.behind", status in {502, 503, 504}),
        ("one-click-strange", said != (200, b"ok")),
        ("one-click-private", is_private),
        ("one-click-ends", days is not None and days < SOON_DAYS),
        ("one-click", True),
    )
    if not key.startswith("one-click-strange"):
        facts["certificate_days"] = days
    return found(key, "one-click", facts, base=base, status=status)


def look_at_newsroom(visit: Visit) -> Iterator[Check]:
    """Call the newsroom, where the office has one."""
    settings = visit.settings.newsroom
    if not settings.url:
        return
    url = f"{settings.url.rstrip('/')}/"
    built, place = b"", visit.workspace.root / Path(settings.place).expanduser()
    with suppress(OSError):
        built = (place / FRONT).read_bytes()
    if not built:
        yield found("newsroom-none", "newsroom", {"url": url}, folder=visit.workspace.show(place))
        return
    try:
        answer = asyncio.run(get(url, limit_s=_LIMIT_S))
    except (Unreachable, ConfigProblem, ValueError) as error:
        yield found("newsroom-unreachable", "newsroom", {"url": url}, error=error)
        return
    key = first(
        ("newsroom-unreachable.status", answer.status != 200),
        ("newsroom-older", answer.body != built),
        ("newsroom", True),
    )
    yield found(key, "newsroom", {"url": url, "status": answer.status}, folder=visit.workspace.show(place))
