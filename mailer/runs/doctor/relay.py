"""Relay: connected to, secured, logged in to, and asked for its limits; then left again. It never gets a mail.

Owns these checks, and the comparison of what a relay announces with what mailer.toml says of it. Where asked for, MAIL
FROM is said, and RSET behind it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Final

from mailer.config.secrets import read_credential
from mailer.errors import ConfigProblem
from mailer.message.attachments import MAX_ENCODED_BYTES
from mailer.runs.doctor.values import SOON_DAYS, Check, Group, Rule, Step, Visit, wrong
from mailer.runs.office.access_tokens import Access
from mailer.settings import Relay, Security, Timeouts
from mailer.smtp.session import Probed, RelayRefusal, probe_session

_PATIENCE: Final = Timeouts(connect_s=10.0, command_s=15.0)
_REFUSALS: Final = {"starttls": "relay-tls", "auth": "relay-login"}
_USEFUL: Final = ("pipelining", "8bitmime", "smtputf8", "dsn", "enhancedstatuscodes")


def relay_steps(visit: Visit) -> list[Step]:
    """Return a step for each relay, as one that hangs says nothing of the others."""
    if not visit.settings.relays:
        return [Step("relay", Group.RELAY, _none, calls=True)]
    return [
        Step("relay", Group.RELAY, partial(_look, relay), calls=True, label=f"relay {relay.key}")
        for relay in visit.settings.relays.values()
    ]


def _none(_: Visit) -> Iterator[Check]:
    said = "mailer.toml names no relay, so nothing can be sent but into the preview inbox"
    yield Check("relay", said, "relay-none", "[relays.main]   docs/settings.md")


def _look(relay: Relay, visit: Visit) -> Iterator[Check]:
    name, root = f"relay {relay.key}", visit.workspace.root
    first = next(iter(visit.settings.senders.values()), None)
    mail_from = visit.settings.bounces.address or (first.address if first else "")
    offered = mail_from if visit.wishes.offer_sender else ""
    begun = visit.now()
    try:
        credential = read_credential(relay, root, visit.environ)
        access = Access(relay.replace(timeouts=_PATIENCE), credential, root=root, clock=visit.now)
        probed = asyncio.run(_probe(access, offered))
    except RelayRefusal as refusal:
        yield wrong(name, refusal, _REFUSALS.get(refusal.reply.stage, "relay-connect"))
        return
    except ConfigProblem as problem:
        yield wrong(name, problem, "relay-settings")
        return
    yield _connection(relay, probed, visit, skew_of_greeting(probed.greeting, begun, visit.now()))
    yield _limits(relay, probed)
    if probed.sender is not None:
        name, reply = f"{relay.key} sender", probed.sender
        facts = {"mail_from": mail_from, "reply": reply.code, "text": reply.text}
        if 200 <= reply.code < 300:
            yield Check(name, f"it takes mail from {mail_from}", facts=facts)
        else:
            hint = "The account must be allowed to send as this address; ask the relay's operator."
            yield Check(name, f"it refuses mail from {mail_from}: {reply}", "relay-sender", hint, facts)


async def _probe(access: Access, mail_from: str) -> Probed:
    return await probe_session(await access.connect(), mail_from=mail_from, limit_s=_PATIENCE.command_s)


def _connection(relay: Relay, probed: Probed, visit: Visit, skew_s: float | None) -> Check:
    days = (probed.expires_at - visit.now()).days if probed.expires_at else None
    facts: dict[str, Any] = {
        "host": relay.host,
        "port": relay.port_number,
        "address": probed.address,
        "tls": probed.tls or None,
        "certificate_days": days,
        "certificate_names": list(probed.names),
        "extensions": sorted(probed.offers),
        "skew_s": skew_s,
    }
    name = f"relay {relay.key}"
    login = f", logged in as {relay.username}" if relay.username else ", no login asked for"
    said = f"{relay.host}:{relay.port_number} answers"
    if relay.security is Security.PLAIN:
        return Check(name, f"{said}, on this machine, in clear text{login}", facts=facts, rule=Rule.TLS, met=None)
    said = f"{said}, {probed.tls.replace('v', ' ', 1)}, its certificate is good for {days} days{login}"
    if days is not None and days < SOON_DAYS:
        hint = "The relay's operator must renew it; after that day nothing can be sent."
        return Check(name, said, "relay-ends", hint, facts)
    if not relay.username:
        hint = 'Where the relay knows you by your address that is right; else: username = "…" and a password.'
        return Check(name, said, "", hint, facts, rule=Rule.TLS)
    return Check(name, said, facts=facts, rule=Rule.TLS)


def _limits(relay: Relay, probed: Probed) -> Check:
    name = f"{relay.key} limits"
    offers = [word.upper() for word in _USEFUL if word in probed.offers]
    size = probed.size_limit
    facts: dict[str, Any] = {"size": size, "mail_max": probed.mail_limit, "offers": offers}
    facts["limits"] = probed.offers.get("limits", "")
    much = f"{size / 1e6:.0f} MB" if size >= 1_000_000 else f"{size / 1000:.0f} kB"
    takes = f"a message may have {much}" if size else "it announces no size"
    said = f"{takes}; it offers {', '.join(offers) or 'no extension of use'}"
    most = probed.mail_limit
    if most:
        said += f"; {most} messages on one connection"
    if 0 < size < MAX_ENCODED_BYTES:
        ours = f"{MAX_ENCODED_BYTES / 1e6:.0f} MB"
        hint = f"Pictures and attachments by link keep a release below it; mailer allows {ours}."
        return Check(name, said, "relay-small", hint, facts)
    if 0 < most < relay.messages_per_connection:
        said += f", where mailer.toml has {relay.messages_per_connection}"
        hint = f"The relay's limit is respected anyway; messages_per_connection = {most} would match it."
        return Check(name, said, "relay-few", hint, facts)
    if "pipelining" not in probed.offers:
        return Check(name, said, "", "Without PIPELINING a message takes four round trips instead of two.", facts)
    return Check(name, said, facts=facts)


# Clock: this machine's, against those of the servers that were met on the way. A wrong one makes Date, DKIM's `t=` and
# embargoes wrong (standards F8). No time server is asked: the relay's greeting and the Date of the opt-out host are
# there anyway.

_TOLERATED_S: Final = 60.0
_WRONG_S: Final = 300.0
_MOMENT: Final = re.compile(
    r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UTC)", re.ASCII | re.IGNORECASE
)


def skew_of_date(date: str, begun: datetime, ended: datetime) -> float | None:
    """By how many seconds this clock is ahead of the one that wrote an RFC 5322 date between two moments of ours.

    Whatever the way took, and the fraction of a second that a date leaves out, counts for nobody.
    """
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    early, late = (begun - theirs).total_seconds() - 1, (ended - theirs).total_seconds()
    return 0.0 if early <= 0 <= late else early if early > 0 else late


def skew_of_greeting(greeting: str, begun: datetime, ended: datetime) -> float | None:
    """Return the same for the words of a mail server, where they have the time in them."""
    found = _MOMENT.search(greeting)
    return skew_of_date(found[0], begun, ended) if found else None


def judge_clock(checks: Iterable[Check]) -> Iterator[Check]:
    """Yield how far this clock is off, as far as anybody who was asked said what time it is."""
    told = {check.name: check.facts["skew_s"] for check in checks if check.facts.get("skew_s") is not None}
    if not told:
        said = "the clock could not be checked: no time server answered"
        yield Check("clock", said, "clock-unknown", facts={"skew_s": None})
        return
    # two that agree are right; of two that differ, the nearer one is believed
    name, skew = min(told.items(), key=lambda pair: abs(pair[1]))
    facts = {"skew_s": round(skew, 1), "against": name}
    if abs(skew) <= _TOLERATED_S:
        yield Check("clock", f"it agrees with {name}", facts=facts)
        return
    size = f"{abs(skew) / 60:.0f} minutes" if abs(skew) >= 120 else f"{abs(skew):.0f} seconds"
    said = f"this machine is {size} {'ahead of' if skew > 0 else 'behind'} {name}"
    code = "clock-wrong" if abs(skew) > _WRONG_S else "clock-off"
    hint = "Let the system set it (timedatectl set-ntp true): Date, signatures and embargoes go by it."
    yield Check("clock", said, code, hint, facts)
