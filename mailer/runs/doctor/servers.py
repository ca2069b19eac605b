"""Servers: the relay, and what our mails refer to: mailboxes, the host of the one-click opt-out, the newsroom.

Connects to a relay, secures the connection, logs in, compares its limits with mailer.toml, and quits. It never sends a
mail: if requested, it issues MAIL FROM, followed by RSET. Nothing in a mailbox is fetched, marked or created. The
opt-out host gets only GET requests, never a POST: a check changes nothing. Gmail and Yahoo require one-click opt-out
(RFC 8058). The newsroom's front page is compared with the file in the folder: the folder must be on the web server
before the next mail goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from mailer import lazy_re as re
from mailer.config.secrets import read_credential
from mailer.errors import ConfigProblem, MailerError
from mailer.fetch import Fetched, Unreachable, get
from mailer.message.compose import MAX_ENCODED_BYTES
from mailer.runs.doctor.values import SOON_DAYS, Check, Group, Step, Visit, first, found, wrong
from mailer.runs.mailboxes import MailboxAccess
from mailer.runs.office.access_tokens import Access
from mailer.settings import Relay, Security, Timeouts, is_loopback
from mailer.site.values import FRONT
from mailer.smtp.session import Probed, RelayRefusal, probe_session

_PATIENCE: Final = Timeouts(connect_s=10.0, command_s=15.0)
_REFUSALS: Final = {"starttls": "relay-tls", "auth": "relay-login"}
_USEFUL: Final = ("pipelining", "8bitmime", "smtputf8", "dsn", "enhancedstatuscodes")


def relay_steps(visit: Visit) -> list[Step]:
    """Return a step for each relay, so that one that hangs does not hide the others."""
    looks = [(f"relay {relay.key}", partial(_look, relay)) for relay in visit.settings.relays.values()]
    none = [("relay", lambda _: iter((found("relay-none", "relay"),)))]
    return [Step("relay", Group.RELAY, look, calls=True, label=label) for label, look in looks or none]


def _look(relay: Relay, visit: Visit) -> Iterator[Check]:
    name, root = f"relay {relay.key}", visit.workspace.root
    sender = next((each.address for each in visit.settings.senders.values()), "")
    mail_from = visit.settings.bounces.address or sender
    begun = visit.now()

    async def probe(access: Access) -> Probed:
        offered = mail_from if visit.wishes.offer_sender else ""
        return await probe_session(await access.connect(), mail_from=offered, limit_s=_PATIENCE.command_s)

    try:
        credential = read_credential(relay, root, visit.environ)
        access = Access(relay.replace(timeouts=_PATIENCE), credential, root=root, clock=visit.now)
        probed = asyncio.run(probe(access))
    except RelayRefusal as refusal:
        yield wrong(name, refusal, _REFUSALS.get(refusal.reply.stage, "relay-connect"))
        return
    except ConfigProblem as problem:
        yield wrong(name, problem, "relay-settings")
        return
    time = _DATE.search(probed.session.greeting)  # some servers have it in their greeting
    yield _connection(relay, probed, visit, skew_of_date(time[0], begun, visit.now()) if time else None)
    yield _limits(relay, probed)
    if (reply := probed.sender) is not None:
        facts = {"mail_from": mail_from, "reply": reply.code, "text": reply.text}
        key = "relay-sender.good" if 200 <= reply.code < 300 else "relay-sender"
        yield found(key, f"{relay.key} sender", facts, answer=reply)


def _connection(relay: Relay, probed: Probed, visit: Visit, skew_s: float | None) -> Check:
    days = (probed.expires_at - visit.now()).days if probed.expires_at else None
    facts: dict[str, Any] = {
        "host": relay.host,
        "port": relay.port_number,
        "address": probed.address,
        "tls": probed.tls or None,
        "certificate_days": days,
        "certificate_names": list(probed.names),
        "extensions": sorted(probed.session.offers),
        "skew_s": skew_s,
    }
    key = first(
        ("relay.plain", relay.security is Security.PLAIN),
        ("relay-ends", days is not None and days < SOON_DAYS),
        ("relay", relay.username),
        ("relay.open", True),
    )
    login = f", logged in as {relay.username}" if relay.username else ", no login asked for"
    return found(key, f"relay {relay.key}", facts, secured=probed.tls.replace("v", " ", 1), login=login)


def _limits(relay: Relay, probed: Probed) -> Check:
    size, most = probed.session.size_limit, probed.session.mail_limit
    offers = [word.upper() for word in _USEFUL if word in probed.session.offers]
    facts = {"size": size, "mail_max": most, "offers": offers, "limits": probed.session.offers.get("limits", "")}
    key = first(
        ("relay-small", 0 < size < MAX_ENCODED_BYTES),
        ("relay-few", 0 < most < relay.messages_per_connection),
        ("limits.slow", "pipelining" not in probed.session.offers),
        ("limits", True),
    )
    much = f"{size / 1e6:.0f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"
    takes = f"a message may have {much}" if size else "it announces no size"
    takes += f"; it offers {', '.join(offers) or 'no extension of use'}"
    more = f"; {most} messages on one connection" if most else ""
    ours, set_to = f"{MAX_ENCODED_BYTES / 1e6:.0f} MB", relay.messages_per_connection
    return found(key, f"{relay.key} limits", facts, takes=takes, more=more, ours=ours, set_to=set_to)


# Clock: this machine's clock, compared with those of the servers that the other checks call. If it is wrong, so are
# Date, DKIM's `t=` and embargoes (RFC 5322 §3.3). No time server is asked: the relay's greeting and the Date of the
# opt-out host are there anyway.

_TOLERATED_S: Final = 60.0
_WRONG_S: Final = 300.0
_DATE: Final = re.compile(
    r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UTC)", re.ASCII | re.IGNORECASE
)


def skew_of_date(date: str, begun: datetime, ended: datetime) -> float | None:
    """Return by how many seconds this clock is ahead of one that wrote an RFC 5322 date between two times of ours.

    The time that the answer took, and the fraction of a second that a date leaves out, are not counted.
    """
    try:
        written = parsedate_to_datetime(date)
    except ValueError:
        return None
    if written.tzinfo is None:
        return None
    early, late = (begun - written).total_seconds() - 1, (ended - written).total_seconds()
    return 0.0 if early <= 0 <= late else early if early > 0 else late


def judge_clock(checks: Iterable[Check]) -> Check:
    """Return how far this clock is off, judging by the servers that sent their time."""
    skews = {check.name: check.facts["skew_s"] for check in checks if check.facts.get("skew_s") is not None}
    if not skews:
        return found("clock-unknown", "clock", {"skew_s": None})
    # if two servers differ, the one whose time is nearer to ours is trusted
    name, skew = min(skews.items(), key=lambda pair: abs(pair[1]))
    off = abs(skew)
    key = first(("clock", off <= _TOLERATED_S), ("clock-off", off <= _WRONG_S), ("clock-wrong", True))
    size = f"{off / 60:.0f} minutes" if off >= 120 else f"{off:.0f} seconds"
    side = "ahead of" if skew > 0 else "behind"
    return found(key, "clock", {"skew_s": round(skew, 1), "against": name}, size=size, side=side)


# Back: the addresses in our mails to which something comes back.

_LIMIT_S: Final = 15.0


def look_at_mailboxes(visit: Visit) -> Iterator[Check]:
    """Check each mailbox on a server that gets returned mail: connect, secure, log in, open its folder."""
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
    """Check whether a mailbox that is read gets opt-outs and bounces."""
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
    """Check whether the address that the unsubscribe button calls answers as `mailer serve` does."""
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


def judge_host(base: str, answer: Fetched, facts: dict[str, Any], now: datetime) -> Check:
    """Judge the answer of the opt-out host; `facts` are those of the check."""
    reply, status = (answer.status, answer.body.strip()), answer.status
    days = (answer.expires_at - now).days if answer.expires_at else None
    host = urlsplit(base).hostname or ""
    try:
        is_private = ip_address(host).is_private
    except ValueError:
        is_private = is_loopback(host)
    key = first(
        ("one-click-strange.down", reply == (503, b"not ok")),
        ("one-click-strange.moved", 300 <= status < 400),
        ("one-click-strange.behind", status in {502, 503, 504}),
        ("one-click-strange", reply != (200, b"ok")),
        ("one-click-private", is_private),
        ("one-click-ends", days is not None and days < SOON_DAYS),
        ("one-click", True),
    )
    if not key.startswith("one-click-strange"):
        facts["certificate_days"] = days
    return found(key, "one-click", facts, base=base, status=status)


def look_at_newsroom(visit: Visit) -> Iterator[Check]:
    """Check whether the newsroom shows what was built last, if the office has one."""
    settings = visit.settings.newsroom
    if not settings.url:
        return
    url = f"{settings.url.rstrip('/')}/"
    built, folder = b"", visit.workspace.root / Path(settings.place).expanduser()
    with suppress(OSError):
        built = (folder / FRONT).read_bytes()
    if not built:
        yield found("newsroom-none", "newsroom", {"url": url}, folder=visit.workspace.show(folder))
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
    yield found(key, "newsroom", {"url": url, "status": answer.status}, folder=visit.workspace.show(folder))
