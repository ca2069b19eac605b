"""Reverse: whether the address that delivers has a name that leads back to it (PTR, FCrDNS; Gmail's 5.7.25).

Owns these checks, for a relay that is the office's own alone: a provider's addresses are the provider's business, which
is said (standards P6). A relay on this machine shows the world an address that is not known here, unless it is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any, Final

from mailer.lookup import Resolver
from mailer.message.records.organisation import guess_organisation
from mailer.runs.doctor.providers import provider_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit
from mailer.settings import Relay, is_loopback

_INSIDE: Final = {  # RFC 1918, RFC 6598, RFC 4193
    4: tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))),
    6: (ip_network("fc00::/7"),),
}
_HOW: Final = "mailer doctor --outgoing 192.0.2.25   with the address from which it delivers"


def look_at_reverse(visit: Visit) -> Iterator[Check]:
    """Look up the name of each address that delivers."""
    for relay in visit.settings.relays.values():
        name = f"reverse {relay.key}"
        addresses = visit.wishes.outgoing or _addresses(relay, visit)
        if addresses:
            for address in addresses:
                yield _judge(name, address, visit.resolver)
        elif _is_ours(relay, visit):
            said = "the relay is our own, and the address that it shows the world is not known here"
            yield Check(name, said, "reverse-unknown", _HOW, rule=Rule.REVERSE)
        else:
            provider = provider_of(relay.host)
            whose = provider.name if provider else guess_organisation(relay.host)
            yield Check(name, f"the names of its addresses are {whose}'s business", rule=Rule.REVERSE)


def _is_ours(relay: Relay, visit: Visit) -> bool:
    if is_loopback(relay.host):
        return True
    if provider_of(relay.host):
        return False
    return guess_organisation(relay.host) in {guess_organisation(domain) for domain in visit.from_domains}


def _addresses(relay: Relay, visit: Visit) -> tuple[str, ...]:
    """Return the addresses of a relay of ours that the world can see."""
    if is_loopback(relay.host) or not _is_ours(relay, visit):
        return ()
    found = visit.resolver.addresses(relay.host).records
    return tuple(address for address in found if not _is_hidden(address))


def _is_hidden(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return True
    # is_private would count the addresses of documentation too
    return found.is_loopback or found.is_link_local or any(found in net for net in _INSIDE[found.version])


def _judge(name: str, address: str, resolver: Resolver) -> Check:
    name = f"{name} {address}"
    answer = resolver.host_names(address)
    facts: dict[str, Any] = {"address": address, "names": list(answer.records)}
    if not answer.known:
        said = f"the DNS gave no answer about {address}: {answer.why}"
        return Check(name, said, "reverse-silent", ASK_ANOTHER, facts=facts, rule=Rule.REVERSE)
    if not answer.records:
        said = f"{address} has no name (PTR); Gmail refuses mail from such an address (5.7.25)"
        hint = "Whoever gives you the address sets it; ask for the name that your server says in EHLO."
        return Check(name, said, "reverse-none", hint, facts, rule=Rule.REVERSE, met=False)
    back = [host for host in answer.records if address in _same(resolver.addresses(host).records)]
    if back:
        said = f"{address} is {back[0]}, which leads back to it"
        return Check(name, said, facts=facts, rule=Rule.REVERSE, met=True)
    host = answer.records[0]
    said = f"{address} is called {host}, and {host} does not lead back to it"
    record = Record(host, "A" if ip_address(address).version == 4 else "AAAA", address)
    return Check(name, said, "reverse-astray", "Publish:", facts, (record,), Rule.REVERSE, met=False)


def _same(addresses: tuple[str, ...]) -> set[str]:
    return {str(ip_address(each)) for each in addresses}
