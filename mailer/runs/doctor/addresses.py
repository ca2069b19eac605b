"""Addresses: whether what journalists answer to, and what comes back, arrives anywhere (standards P2, F20).

Owns the checks of From, Reply-To, the opt-out and the bounce address: does their domain take mail, does somebody read
it. Never sends a mail to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from mailer.lookup import Answer, Resolver, Said
from mailer.message.records.dmarc import is_free_mail
from mailer.runs.doctor.providers import provider_of
from mailer.runs.doctor.spf import domain_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit
from mailer.settings import Sender, Settings

_NOBODY: Final = re.compile(
    r"(?:.*[-_.+])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|keine?[-_.]?antwort|nicht[-_.]?antworten|"
    r"ne[-_.]?pas[-_.]?repondre|no[-_.]?responder|non[-_.]?rispondere|niet[-_.]?beantwoorden|unattended|noanswer)"
    r"(?:[-_.+].*)?@.*",
    re.IGNORECASE,
)


def look_at_senders(visit: Visit) -> Iterator[Check]:
    """Return whether a sender writes in a name that is its own, and can be answered."""
    for sender in visit.settings.senders.values():
        yield _sender(sender, visit)


def _sender(sender: Sender, visit: Visit) -> Check:
    name = f"sender {sender.key}"
    facts = {"address": sender.address, "reply_to": sender.reply_to or sender.address}
    if sender.left_from_sample:
        left = " and ".join(sender.left_from_sample)
        said = f"{left} are still the sample's" if "and" in left else f"{left} is still that of the sample"
        hint = f"[senders.{sender.key}] {left} of your own; until then nothing is sent to a relay"
        return Check(name, said, "sender-sample", hint, facts)
    if is_free_mail(sender.domain):
        return _free_mail(name, sender, visit, facts)
    mute = [each for each in (sender.address, sender.reply_to) if _NOBODY.fullmatch(each)]
    if mute:
        said = f"{mute[0]} looks as if nobody read it; journalists answer, and receivers ask for an address that can be"
        hint = f'[senders.{sender.key}] reply_to = "…", a mailbox that people read'
        return Check(name, said, "sender-mute", hint, facts)
    return Check(name, f"mail is from {sender.address}, and answers go to {facts['reply_to']}", facts=facts)


def _free_mail(name: str, sender: Sender, visit: Visit, facts: dict[str, str]) -> Check:
    providers = [provider_of(relay.host) for relay in visit.settings.relays_for(sender.domain)]
    own = any(each and sender.domain in each.free_mail for each in providers)
    said = f"{sender.address} is in a domain that millions share"
    hint = f'[senders.{sender.key}] address = "press@…", in a domain of your own'
    if own:
        said += "; over its own relay it passes, and looks like nobody's press office"
        return Check(name, said, "sender-free", hint, facts)
    said += f": mail from {sender.domain} that does not come from its own servers is refused or filed as spam"
    return Check(name, said, "sender-shared", hint, facts, rule=Rule.ALIGNED, met=False)


def look_at_mail_servers(visit: Visit) -> Iterator[Check]:
    """Return whether the domains of all our addresses take mail: an answer, an opt-out or a bounce may come there."""
    for domain, roles in _roles(visit.settings).items():
        yield _mail_servers(domain, roles, visit.resolver)


def _roles(settings: Settings) -> dict[str, list[str]]:
    named = [("From", sender.address) for sender in settings.senders.values()]
    named += [("Reply-To", sender.reply_to) for sender in settings.senders.values()]
    named += [("bounces", settings.bounces.address), ("opt-outs", settings.optout.mailto)]
    roles: dict[str, list[str]] = {}
    for role, address in named:
        if address:
            held = roles.setdefault(domain_of(address), [])
            held.extend([role] if role not in held else [])
    return roles


_LAME = "Nothing arrives there: give it an address, or name another server in the MX record."


def _mail_servers(domain: str, roles: list[str], resolver: Resolver) -> Check:
    name = f"mail to {domain}"
    answer = resolver.ask(domain, "MX")
    facts: dict[str, Any] = {"domain": domain, "used_for": roles, "servers": list(answer.records)}
    rule = Rule.ADDRESSES if {"From", "Reply-To"} & set(roles) else None
    used = f"({', '.join(roles)})"
    if not answer.known:
        said = f"the DNS gave no answer about {domain}: {answer.why}"
        return Check(name, said, "mx-silent", ASK_ANOTHER, facts=facts, rule=rule, met=None)
    code, said, hint, records = _fault(domain, answer, resolver)
    if code:
        return Check(name, f"{said} {used}", code, hint, facts, records, rule, met=False)
    if not answer.records:
        said = f"{domain} has no MX record; mail goes to its web address then, which not everybody tries {used}"
        record = Record(domain, "MX", f"10 {domain}.")
        return Check(name, said, "mx-implied", "Better publish:", facts, (record,), rule, met=True)
    hosts = {host: resolver.addresses(host) for host in answer.records}
    lame = [host for host in answer.records if hosts[host].known and not hosts[host].records]
    if len(lame) == len(answer.records):
        said = f"no mail server of {domain} has an address: {', '.join(lame)} {used}"
        return Check(name, said, "mx-lame", _LAME, facts, rule=rule, met=False)
    if lame:
        said = f"{domain} names a mail server that has no address: {', '.join(lame)} {used}"
        return Check(name, said, "mx-one-lame", "Take it out of the MX records.", facts, rule=rule, met=True)
    return Check(
        name, f"{domain} takes mail at {', '.join(answer.records[:2])} {used}", facts=facts, rule=rule, met=True
    )


def _fault(domain: str, answer: Answer, resolver: Resolver) -> tuple[str, str, str, tuple[Record, ...]]:
    if answer.said is Said.NO_NAME:
        hint = "Register it, or correct it in mailer.toml: a letter may be wrong."
        return "mx-no-domain", f"there is no domain {domain}", hint, ()
    if answer.records == (".",):
        hint = "Use an address in a domain that takes mail, or publish a mail server instead of the null MX:"
        said = f"{domain} says that it takes no mail (null MX)"
        return "mx-null", said, hint, (Record(domain, "MX", f"10 mail.{domain}."),)
    if not answer.records and resolver.addresses(domain).said in {Said.NONE, Said.NO_NAME}:
        return "mx-none", f"{domain} has no mail server", "Publish:", (Record(domain, "MX", f"10 mail.{domain}."),)
    return "", "", "", ()


def look_at_readers(visit: Visit) -> Iterator[Check]:
    """Return whether somebody reads the mailboxes to which opt-outs and bounces come."""
    settings = visit.settings
    for role, address in (("opt-outs", settings.optout.mailto), ("bounces", settings.bounces.address)):
        if address:
            yield _reader(role, address, settings)


def _reader(role: str, address: str, settings: Settings) -> Check:
    name = f"{role} read"
    boxes = [inbox for inbox in settings.inbox.values() if inbox.holds == "returns"]
    facts = {"address": address, "inboxes": [inbox.key for inbox in boxes]}
    if not boxes:
        said = f"nobody reads {address}: mailer.toml names no mailbox that holds what comes back"
        return Check(name, said, "mailbox-none", "[inbox.main] url = …   docs/collecting.md shows how", facts)
    users = {inbox.server.user.lower(): inbox.key for inbox in boxes if not inbox.is_file}
    local = address.rpartition("@")[0].lower()
    mine = users.get(address.lower()) or users.get(local)
    if mine:
        return Check(name, f"inbox {mine} is the mailbox of {address}", facts=facts)
    names = ", ".join(inbox.key for inbox in boxes)
    token = "" if role == "opt-outs" and settings.optout.token_in == "subject" else f" and {local}+TOKEN@"
    said = f"{address} has to come to inbox {names}"
    return Check(
        name, said, "", f"Mail to {address}{token} must arrive there: send one and run mailer bounces collect.", facts
    )
