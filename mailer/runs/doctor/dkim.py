"""DKIM: whether receivers find the key that signs our mail, and find it good (standards P2, RFC 6376).

Owns these checks. Judges with `message.records`; the private key is read to see whether the DNS has its public half.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mailer.config import read_dkim_keys
from mailer.errors import ConfigProblem
from mailer.message.dkim_key import dns_name, dns_value
from mailer.message.records.dkim_record import GOOD_BITS, LEAST_BITS, DkimRecord, is_dkim, parse_dkim_record
from mailer.runs.doctor.providers import doubled, provider_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit, wrong

_HOW = "mailer doctor --message COPY.eml   tells from a mail that arrived; --selector NAME looks at a key you know of"


@dataclass(frozen=True, slots=True)
class _Key:
    """A key that is looked for: `value` is the record of our own private key, where that can be read."""

    selector: str
    domain: str
    value: str = ""

    @property
    def name(self) -> str:
        return dns_name(self.selector, self.domain)

    @property
    def records(self) -> tuple[Record, ...]:
        return (Record(self.name, "TXT", self.value),) if self.value else ()


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
    if not keys:
        yield from _providers(visit)


def _providers(visit: Visit) -> Iterator[Check]:
    """Look where the provider usually has its customers publish a key; finding none says nothing for certain."""
    for domain in visit.from_domains:
        relays = visit.settings.relays_for(domain)
        found = [
            (provider.name, key)
            for provider in filter(None, (provider_of(relay.host) for relay in relays))
            for key in (_Key(selector, domain) for selector in provider.selectors)
            if any(map(is_dkim, visit.resolver.ask(key.name, "TXT").records))
        ]
        for _, key in found:
            yield _judge(key, visit)
        if not found:
            said = f"mailer signs no mail from {domain}; whether the relay does cannot be told from here"
            yield Check(f"dkim {domain}", said, "dkim-untold", _HOW, {"domain": domain}, rule=Rule.DKIM, met=None)


def _judge(key: _Key, visit: Visit) -> Check:
    name = f"dkim {key.selector}"
    answer = visit.resolver.ask(key.name, "TXT")
    facts: dict[str, Any] = {"record": key.name, "selector": key.selector, "domain": key.domain}
    if not answer.known:
        said = f"the DNS gave no answer about {key.name}: {answer.why}"
        return Check(name, said, "dkim-silent", ASK_ANOTHER, facts=facts, rule=Rule.DKIM, met=None)
    texts = [text for text in answer.records if is_dkim(text)] or list(answer.records)
    if not texts:
        return _absent(key, visit, facts)
    if len(texts) > 1:
        said = f"{key.name} has {len(texts)} records; which one counts is anybody's guess (RFC 6376 §3.6.2.2)"
        return _bad(Check(name, said, "dkim-several", "Leave one:", facts=facts, records=key.records))
    record = parse_dkim_record(texts[0])
    facts |= {"kind": record.kind, "bits": record.bits, "testing": record.testing, "revoked": record.revoked}
    return _judge_record(key, record, facts)


def _absent(key: _Key, visit: Visit, facts: dict[str, Any]) -> Check:
    elsewhere = doubled(visit.resolver, key.name, key.domain, "v=DKIM1")
    code, said = "dkim-none", f"there is no key at {key.name}, so no receiver can check a signature of ours"
    if elsewhere:
        code, said = "dkim-misplaced", f"the key stands at {elsewhere}: the form added the domain once more"
    hint = (
        "Publish:"
        if key.records
        else "Publish the record that goes with the key; mailer dkim new-key   makes a new one."
    )
    return _bad(Check(f"dkim {key.selector}", said, code, hint, facts=facts, records=key.records))


def _judge_record(key: _Key, record: DkimRecord, facts: dict[str, Any]) -> Check:
    name = f"dkim {key.selector}"
    if record.revoked:
        said = f"the key at {key.name} is revoked (p= is empty): receivers refuse what it signs"
        hint = "Publish it again, or make a new one with another selector: mailer dkim new-key --selector NAME"
        return _bad(Check(name, said, "dkim-revoked", hint, facts=facts, records=key.records))
    if record.wrong:
        hint = "Publish instead:" if key.records else "Paste it again as your provider shows it."
        return _bad(
            Check(name, f"{key.name}: {'; '.join(record.wrong)}", "dkim-broken", hint, facts=facts, records=key.records)
        )
    if key.value and record.public != parse_dkim_record(key.value).public:
        said = f"the key at {key.name} is not the one that signs here, so every signature fails"
        return _bad(
            Check(
                name,
                said,
                "dkim-other",
                "Publish the public half of the key in mailer.toml:",
                facts=facts,
                records=key.records,
            )
        )
    if record.kind == "rsa" and record.bits < LEAST_BITS:
        said = f"a key of {record.bits} bits: receivers take that for no signature (RFC 8301)"
        hint = "mailer dkim new-key --selector NAME   makes one of 2048"
        return _bad(Check(name, said, "dkim-short", hint, facts=facts))
    return _weak(name, record, facts) or _good(key, record, facts)


def _weak(name: str, record: DkimRecord, facts: dict[str, Any]) -> Check | None:
    if record.testing:
        said = "the record says that you are only trying (t=y): some receivers then count no signature"
        return Check(name, said, "dkim-testing", "Take t=y out of it.", facts, rule=Rule.DKIM, met=True)
    if record.kind == "rsa" and record.bits < GOOD_BITS:
        said = f"a key of {record.bits} bits; {GOOD_BITS} is what receivers want (RFC 8301)"
        hint = "mailer dkim new-key --selector NAME   makes one; both can stand in the DNS at once"
        return Check(name, said, "dkim-weak", hint, facts, rule=Rule.DKIM, met=True)
    return None


def _good(key: _Key, record: DkimRecord, facts: dict[str, Any]) -> Check:
    kind = "Ed25519" if record.kind == "ed25519" else f"RSA, {record.bits} bits"
    ours = ", and it is the one that signs here" if key.value else ""
    return Check(
        f"dkim {key.selector}", f"the key at {key.name} is good ({kind}){ours}", facts=facts, rule=Rule.DKIM, met=True
    )


def _bad(check: Check) -> Check:
    """Return a fault as one that breaks the rule."""
    return replace(check, rule=Rule.DKIM, met=False)
