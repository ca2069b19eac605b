"""Senders: whether the addresses in our mail are our own and can be answered, and the names of what delivers it.

Owns the checks of From and Reply-To, of the mail servers of all our domains (an answer, an opt-out or a bounce may come
there, standards P2, F20), and of the names that lead back to the addresses that deliver (PTR, FCrDNS; Gmail's 5.7.25).
Never sends a mail to find out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any, Final

from mailer.lookup import Said
from mailer.message.records.dmarc import guess_organisation, is_free_mail
from mailer.runs.doctor.providers import provider_of
from mailer.runs.doctor.spf import domain_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit
from mailer.settings import is_loopback

_NOBODY: Final = re.compile(
    r"(?:.*[-_.+])?(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|keine?[-_.]?antwort|nicht[-_.]?antworten|"
    r"ne[-_.]?pas[-_.]?repondre|no[-_.]?responder|non[-_.]?rispondere|niet[-_.]?beantwoorden|unattended|noanswer)"
    r"(?:[-_.+].*)?@.*",
    re.IGNORECASE,
)


def look_at_senders(visit: Visit) -> Iterator[Check]:
    """Yield whether each sender writes in a name that is its own, and can be answered."""
    for sender in visit.settings.senders.values():
        name = f"sender {sender.key}"
        facts = {"address": sender.address, "reply_to": sender.reply_to or sender.address}
        mute = [each for each in (sender.address, sender.reply_to) if _NOBODY.fullmatch(each)]
        if sender.left_from_sample:
            left = " and ".join(sender.left_from_sample)
            said = f"{left} are still the sample's" if "and" in left else f"{left} is still that of the sample"
            hint = f"[senders.{sender.key}] {left} of your own; until then nothing is sent to a relay"
            yield Check(name, said, "sender-sample", hint, facts)
        elif is_free_mail(sender.domain):
            providers = [provider_of(relay.host) for relay in visit.settings.relays_for(sender.domain)]
            said = f"{sender.address} is in a domain that millions share"
            hint = f'[senders.{sender.key}] address = "press@…", in a domain of your own'
            if any(each and sender.domain in each.free_mail for each in providers):
                said += "; over its own relay it passes, but does not look like a press office"
                yield Check(name, said, "sender-free", hint, facts)
            else:
                said += (
                    f": mail from {sender.domain} that does not come from its own servers is refused or filed as spam"
                )
                yield Check(name, said, "sender-shared", hint, facts)
        elif mute:
            said = f"{mute[0]} looks as if nobody read it; journalists answer, and receivers ask that they can"
            hint = f'[senders.{sender.key}] reply_to = "…", a mailbox that somebody reads'
            yield Check(name, said, "sender-mute", hint, facts)
        else:
            said = f"mail is from {sender.address}, and answers go to {facts['reply_to']}"
            yield Check(name, said, facts=facts)


def look_at_mail_servers(visit: Visit) -> Iterator[Check]:
    """Yield whether the domains of all our addresses take mail."""
    settings = visit.settings
    named = [("From", sender.address) for sender in settings.senders.values()]
    named += [("Reply-To", sender.reply_to) for sender in settings.senders.values()]
    named += [("bounces", settings.bounces.address), ("opt-outs", settings.optout.mailto)]
    roles: dict[str, dict[str, None]] = {}
    for role, address in named:
        if address:
            roles.setdefault(domain_of(address), {})[role] = None
    for domain, held in roles.items():
        yield _mail_servers(domain, list(held), visit)


def _mail_servers(domain: str, roles: list[str], visit: Visit) -> Check:
    resolver, answer = visit.resolver, visit.resolver.ask(domain, "MX")
    facts: dict[str, Any] = {"domain": domain, "used_for": roles, "servers": list(answer.records)}
    rule = Rule.ADDRESSES if {"From", "Reply-To"} & set(roles) else None

    def check(said: str, code: str = "", hint: str = "", publish: str = "", *, met: bool | None = False) -> Check:
        records = (Record(domain, "MX", publish),) if publish else ()
        used = "" if met is None else f" ({', '.join(roles)})"
        return Check(f"mail to {domain}", f"{said}{used}", code, hint, facts, records, rule, met)

    if not answer.known:
        return check(f"the DNS gave no answer about {domain}: {answer.why}", "mx-silent", ASK_ANOTHER, met=None)
    if answer.said is Said.NO_NAME:
        hint = "Register it, or correct it in mailer.toml: a letter may be wrong."
        return check(f"there is no domain {domain}", "mx-no-domain", hint)
    if answer.records == (".",):
        hint = "Use an address in a domain that takes mail, or publish a mail server instead of the null MX:"
        return check(f"{domain} accepts no mail (null MX)", "mx-null", hint, f"10 mail.{domain}.")
    if not answer.records and resolver.addresses(domain).said in {Said.NONE, Said.NO_NAME}:
        return check(f"{domain} has no mail server", "mx-none", "Publish:", f"10 mail.{domain}.")
    if not answer.records:
        said = f"{domain} has no MX record; mail goes to its web address then, which not everybody tries"
        return check(said, "mx-implied", "Better publish:", f"10 {domain}.", met=True)
    hosts = {host: resolver.addresses(host) for host in answer.records}
    lame = [host for host in answer.records if hosts[host].known and not hosts[host].records]
    if len(lame) == len(answer.records):
        hint = "Nothing arrives there: give it an address, or name another server in the MX record."
        return check(f"no mail server of {domain} has an address: {', '.join(lame)}", "mx-lame", hint)
    if lame:
        said = f"{domain} names a mail server that has no address: {', '.join(lame)}"
        return check(said, "mx-one-lame", "Take it out of the MX records.", met=True)
    return check(f"{domain} takes mail at {', '.join(answer.records[:2])}", met=True)


# Reverse: asked for a relay that is the office's own alone; a provider's addresses are the provider's business (P6). A
# relay on this machine shows the world an address that is not known here, unless it is named.

_INSIDE: Final = {  # RFC 1918, RFC 6598, RFC 4193
    4: tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))),
    6: (ip_network("fc00::/7"),),
}


def look_at_reverse(visit: Visit) -> Iterator[Check]:
    """Look up the name of each address that delivers."""
    ours = {guess_organisation(domain) for domain in visit.from_domains}
    for relay in visit.settings.relays.values():
        name, host = f"reverse {relay.key}", relay.host
        provider, is_here = provider_of(host), is_loopback(host)
        is_ours = is_here or (provider is None and guess_organisation(host) in ours)
        addresses = visit.wishes.outgoing
        if not addresses and is_ours and not is_here:
            addresses = tuple(each for each in visit.resolver.addresses(host).records if not _is_hidden(each))
        for address in addresses:
            yield _judge_name(name, address, visit)
        if not addresses and is_ours:
            said = "the relay is our own, and the address that it shows the world is not known here"
            hint = "mailer doctor --outgoing 192.0.2.25   with the address from which it delivers"
            yield Check(name, said, "reverse-unknown", hint)
        elif not addresses:
            whose = provider.name if provider else guess_organisation(host)
            yield Check(name, f"the names of its addresses are {whose}'s business", rule=Rule.REVERSE, met=None)


def _is_hidden(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return True
    # is_private would count the addresses of documentation too
    return found.is_loopback or found.is_link_local or any(found in net for net in _INSIDE[found.version])


def _judge_name(name: str, address: str, visit: Visit) -> Check:
    name = f"{name} {address}"
    answer = visit.resolver.host_names(address)
    facts: dict[str, Any] = {"address": address, "names": list(answer.records)}
    if not answer.known:
        said = f"the DNS gave no answer about {address}: {answer.why}"
        return Check(name, said, "reverse-silent", ASK_ANOTHER, facts)
    if not answer.records:
        said = f"{address} has no name (PTR); Gmail refuses mail from such an address (5.7.25)"
        hint = "Your network provider sets it; ask for the name your server uses in EHLO."
        return Check(name, said, "reverse-none", hint, facts)
    for host in answer.records:
        if address in {str(ip_address(each)) for each in visit.resolver.addresses(host).records}:
            return Check(name, f"{address} is {host}, which leads back to it", facts=facts, rule=Rule.REVERSE)
    host = answer.records[0]
    said = f"{address} is called {host}, and {host} does not lead back to it"
    record = Record(host, "A" if ip_address(address).version == 4 else "AAAA", address)
    return Check(name, said, "reverse-astray", "Publish:", facts, (record,))
