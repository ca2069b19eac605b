"""Opt-out: whether the address that the unsubscribe button calls answers, over https, as `mailer serve` does.

Owns these checks. Only ever gets (standards U1): nothing is changed by looking. Gmail and Yahoo ask for one-click
opt-out (RFC 8058, standards F16, P1).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from mailer.errors import ConfigProblem
from mailer.fetch import Answer, Unreachable, get
from mailer.runs.doctor.clock import skew_of_date
from mailer.runs.doctor.relay import SOON_DAYS
from mailer.runs.doctor.values import Check, Rule, Visit
from mailer.settings import is_loopback

_LIMIT_S = 15.0
_NAME = "one-click"


def look_at_optout(visit: Visit) -> Iterator[Check]:
    """Call the opt-out host."""
    base = visit.settings.optout.base_url.rstrip("/")
    if not base:
        yield _none(visit)
        return
    begun = visit.now()
    facts: dict[str, Any] = {"url": f"{base}/healthz"}
    try:
        answer = asyncio.run(get(f"{base}/healthz", limit_s=_LIMIT_S))
    except (Unreachable, ConfigProblem, ValueError) as error:
        said = f"{base} cannot be reached: {error}"
        hint = "mailer serve   answers there, behind a web server with a certificate; docs/serve.md"
        yield Check(_NAME, said, "one-click-unreachable", hint, facts, rule=Rule.ONE_CLICK, met=False)
        return
    ended = visit.now()
    facts |= {"status": answer.status, "skew_s": skew_of_date(answer.date, begun, ended) if answer.date else None}
    yield judge_host(base, answer, facts, ended)


def _none(visit: Visit) -> Check:
    if visit.settings.optout.mailto:
        said = "opt-outs come by mail alone; Gmail and Yahoo ask those who write to many for one click"
        hint = 'mailer serve on a host of yours, then [optout] base_url = "https://…/o"; docs/serve.md'
        return Check(_NAME, said, "one-click-none", hint, rule=Rule.ONE_CLICK, met=False)
    said = "mailer.toml names no way off the list but an answer"
    hint = '[optout] mailto = "optout@…"   and, for one click, base_url = "https://…/o"'
    return Check(_NAME, said, "optout-none", hint, rule=Rule.ONE_CLICK, met=False)


def judge_host(base: str, answer: Answer, facts: dict[str, Any], now: datetime) -> Check:
    """Judge what the opt-out host answered; `facts` are told with it."""
    said, hint = _fault(base, answer)
    if said:
        return Check(_NAME, said, "one-click-strange", hint, facts, rule=Rule.ONE_CLICK, met=False)
    days = (answer.expires_at - now).days if answer.expires_at else None
    facts["certificate_days"] = days
    good = f"mailer serve answers at {base}; its certificate is good for {days} days"
    if _is_private(base):
        said = f"{base} answers here; nobody outside this network can reach it"
        hint = "The name has to lead to a host that the whole world can call."
        return Check(_NAME, said, "one-click-private", hint, facts, rule=Rule.ONE_CLICK, met=False)
    if days is not None and days < SOON_DAYS:
        hint = "Renew it before then: with an expired one the unsubscribe button is dead."
        return Check(_NAME, good, "one-click-ends", hint, facts, rule=Rule.ONE_CLICK, met=True)
    return Check(_NAME, good, facts=facts, rule=Rule.ONE_CLICK, met=True)


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


def _is_private(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return is_loopback(host)
