"""DKIM: whether receivers find the key that signs our mail, and find it good (standards P2, RFC 6376).

Owns these checks. Judges with `message.records`; the private key is read to see whether the DNS has its public half.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailer.config.secrets import read_dkim_keys
from mailer.errors import ConfigProblem
from mailer.message.dkim_key import dns_name, dns_value
from mailer.message.records.dkim_record import GOOD_BITS, LEAST_BITS, is_dkim, parse_dkim_record
from mailer.runs.doctor.providers import doubled, provider_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit, wrong

_HOW = "mailer doctor --message COPY.eml   checks a message that arrived; --selector NAME checks a key you know of"


@dataclass(frozen=True, slots=True)
class _Key:
    """A key that is looked for: `value` is the record of our own private key, where that can be read."""

    selector: str
    domain: str
    value: str = ""


def look_at_dkim(visit: Visit) -> Iterator[Check]:
    """Judge the keys of [dkim], those named by hand, and where there are none those that the provider usually has."""
    keys: list[_Key] = []
    domains = list(visit.from_domains)
    dkim = visit.settings.dkim
    if dkim.is_on:
        domains = [dkim.ascii_domain]
        try:
            rsa, ed25519 = read_dkim_keys(dkim, visit.workspace.root)
            keys = [_Key(dkim.selector, dkim.ascii_domain, dns_value(rsa))]
            if ed25519 is not None:
                keys.append(_Key(dkim.ed25519_selector, dkim.ascii_domain, dns_value(ed25519, "ed25519_key_file")))
        except ConfigProblem as problem:
            yield wrong("dkim key", problem, "dkim-key")
            keys = [_Key(each, dkim.ascii_domain) for each in (dkim.selector, dkim.ed25519_selector) if each]
    keys += [_Key(selector, domain) for selector in visit.wishes.selectors for domain in domains]
    for key in keys:
        yield _judge(key, visit)
    # where the provider usually has its customers publish a key; finding none says nothing for certain
    for domain in () if keys else visit.from_domains:
        providers = filter(None, (provider_of(relay.host) for relay in visit.settings.relays_for(domain)))
        usual = [_Key(selector, domain) for provider in providers for selector in provider.selectors]
        there = [key for key in usual if any(map(is_dkim, visit.ask(dns_name(key.selector, domain), "TXT") or ()))]
        for key in there:
            yield _judge(key, visit)
        if not there:
            said = f"mailer does not sign mail from {domain}; whether the relay does cannot be seen from here"
            yield Check(f"dkim {domain}", said, "dkim-untold", _HOW, {"domain": domain})


def _judge(key: _Key, visit: Visit) -> Check:
    name, at = f"dkim {key.selector}", dns_name(key.selector, key.domain)
    answer = visit.resolver.ask(at, "TXT")
    facts: dict[str, Any] = {"record": at, "selector": key.selector, "domain": key.domain}
    ours = (Record(at, "TXT", key.value),) if key.value else ()
    if not answer.known:
        return Check(name, f"the DNS gave no answer about {at}: {answer.why}", "dkim-silent", ASK_ANOTHER, facts)
    texts = [text for text in answer.records if is_dkim(text)] or list(answer.records)
    if not texts:
        elsewhere = doubled(visit.resolver, at, key.domain, "v=DKIM1")
        code, said = "dkim-none", f"there is no key at {at}, so no receiver can check a signature of ours"
        if elsewhere:
            code, said = "dkim-misplaced", f"the key is at {elsewhere}: the form added the domain again"
        hint = "Publish the record that goes with the key; mailer dkim new-key   makes a new one."
        return Check(name, said, code, "Publish:" if ours else hint, facts, ours)
    if len(texts) > 1:
        said = f"{at} has {len(texts)} records; which one counts is anybody's guess (RFC 6376 §3.6.2.2)"
        return Check(name, said, "dkim-several", "Leave one:", facts, ours)
    record = parse_dkim_record(texts[0])
    facts |= {"kind": record.kind, "bits": record.bits, "testing": record.testing, "revoked": record.revoked}
    if record.revoked:
        said = f"the key at {at} is revoked (p= is empty): receivers refuse what it signs"
        hint = "Publish it again, or make a new one with another selector: mailer dkim new-key --selector NAME"
        return Check(name, said, "dkim-revoked", hint, facts, ours)
    if record.wrong:
        hint = "Publish instead:" if ours else "Paste it again as your provider shows it."
        return Check(name, f"{at}: {'; '.join(record.wrong)}", "dkim-broken", hint, facts, ours)
    if key.value and record.public != parse_dkim_record(key.value).public:
        said = f"the key at {at} is not the one that signs here, so every signature fails"
        return Check(name, said, "dkim-other", "Publish the public half of the key in mailer.toml:", facts, ours)
    if record.kind == "rsa" and record.bits < LEAST_BITS:
        said = f"a key of {record.bits} bits: receivers take that for no signature (RFC 8301)"
        return Check(name, said, "dkim-short", "mailer dkim new-key --selector NAME   makes one of 2048", facts)
    if record.testing:
        said = "the record is in test mode (t=y): some receivers then ignore the signature"
        return Check(name, said, "dkim-testing", "Take t=y out of it.", facts)
    if record.kind == "rsa" and record.bits < GOOD_BITS:
        said = f"a key of {record.bits} bits; {GOOD_BITS} is what receivers want (RFC 8301)"
        hint = "mailer dkim new-key --selector NAME   makes one; both can be published at once"
        return Check(name, said, "dkim-weak", hint, facts)
    kind = "Ed25519" if record.kind == "ed25519" else f"RSA, {record.bits} bits"
    signs = ", and it is the one that signs here" if key.value else ""
    return Check(name, f"the key at {at} is good ({kind}){signs}", facts=facts, rule=Rule.DKIM)
