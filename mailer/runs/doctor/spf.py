"""SPF: whether the domain of MAIL FROM says who may send for it, and names the relay (standards P2).

Owns these checks and the record to publish instead. Judges with `message.records`; asks the DNS that it was handed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mailer.address import parse_address
from mailer.lookup import Resolver
from mailer.message.records.spf import MOST_EMPTY, MOST_QUESTIONS, SpfResult, Survey, client_at, judge_spf, survey_spf
from mailer.runs.doctor.providers import Provider, doubled, meant_spf, near_misses, provider_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit
from mailer.settings import Relay, is_loopback


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM as it will be: the address, its domain, and the sender's domain that it stands behind."""

    address: str
    domain: str


def envelopes(visit: Visit) -> tuple[Envelope, ...]:
    """Return every MAIL FROM that mailer.toml leads to: that of [bounces], else each sender's own."""
    given = visit.settings.bounces.address
    addresses = [given] if given else [sender.address for sender in visit.settings.senders.values()]
    found = {domain_of(address): Envelope(address, domain_of(address)) for address in reversed(addresses)}
    return tuple(reversed(found.values()))


def domain_of(address: str) -> str:
    """Return the domain of an address of mailer.toml, which was checked when it was read, in A-labels."""
    return parse_address(address).ascii_domain


def look_at_spf(visit: Visit) -> Iterator[Check]:
    """Judge the record of each domain that stands in MAIL FROM, and whether it allows the relays."""
    for envelope in envelopes(visit):
        survey = survey_spf(envelope.domain, visit.ask)
        relays = visit.settings.relays_for(envelope.domain) or tuple(visit.settings.relays.values())
        yield _record(survey, relays, visit)
        if survey.record is not None and not survey.wrong:
            for relay in relays:
                yield _allows(envelope, survey, relay, visit)


def _record(survey: Survey, relays: tuple[Relay, ...], visit: Visit) -> Check:
    name, domain = f"spf {survey.domain}", survey.domain
    facts: dict[str, Any] = {"domain": domain, "published": list(survey.records), "lookups": survey.questions}
    facts |= {"empty_lookups": list(survey.empty), "includes": list(survey.included), "costs": dict(survey.costs)}
    if not survey.records and survey.silent:
        why = visit.resolver.ask(domain, "TXT").why
        return _unknown(name, f"the DNS gave no answer about {domain}: {why}", "spf-silent", ASK_ANOTHER, facts=facts)
    if not survey.records:
        return _missing(survey, relays, visit, facts)
    if len(survey.records) > 1:
        said = f"{domain} has {len(survey.records)} SPF records; receivers then heed none (RFC 7208 §4.5)"
        merged = Record(domain, "TXT", merge(survey.records))
        return _bad(Check(name, said, "spf-several", "Publish one, in place of them:", facts=facts, records=(merged,)))
    code, said, hint = _faults(survey)
    if code:
        return _bad(Check(name, f"{domain}: {said}", code, hint, facts=facts))
    return _fine(survey, name, facts)


def _faults(survey: Survey) -> tuple[str, str, str]:
    """Return what makes the record void: its code, a sentence, and what to do."""
    if survey.wrong:
        hint = "Receivers take a broken record for none (permerror). Mend these words of it."
        return "spf-broken", "; ".join(survey.wrong), hint
    if survey.questions > MOST_QUESTIONS:
        dear = ", ".join(f'"{term}" asks {count}' for term, count in survey.heaviest[:4])
        said = f"it makes receivers ask {survey.questions} questions; after {MOST_QUESTIONS} they give up (permerror)"
        return "spf-questions", said, f"Take out what no longer sends for you. {dear}."
    if len(survey.empty) > MOST_EMPTY:
        said = f"{len(survey.empty)} of its questions come back empty; after {MOST_EMPTY} receivers give up (permerror)"
        return "spf-empty", said, f"Take out: {', '.join(survey.empty)}"
    if survey.record and survey.record.all and survey.record.all.qualifier == "+":
        said = f'"{survey.record.all.text}" allows everybody in the world'
        return "spf-everybody", said, 'Let it end in "~all" instead.'
    return "", "", ""


def _fine(survey: Survey, name: str, facts: dict[str, Any]) -> Check:
    record = survey.record
    assert record is not None  # noqa: S101 - there is exactly one
    count = survey.questions
    said = f"{survey.domain} has one record; it asks {count} of {MOST_QUESTIONS} questions"
    remarks = list(record.remarks)
    if survey.silent:
        remarks.append(f"nobody answered about {', '.join(dict.fromkeys(survey.silent))}")
    if survey.old:
        remarks.append('"ptr" is slow, and many receivers pass over it')
    if record.all is None and record.redirect is None:
        remarks.append('it ends without "~all", so it says nothing of anybody else')
    if record.all is not None and record.all.qualifier == "?":
        remarks.append(f'"{record.all.text}" says nothing of anybody else; "~all" does')
    if survey.empty:
        remarks.append(f"nothing stands behind {', '.join(survey.empty)}")
    if remarks:
        return Check(name, f"{said}; {'; '.join(remarks)}", "spf-weak", record.text, facts, rule=Rule.SPF, met=True)
    if count >= MOST_QUESTIONS - 1:
        hint = "One more include, here or at a provider's, and it fails."
        return Check(name, said, "spf-nearly", hint, facts, rule=Rule.SPF, met=True)
    return Check(name, said, facts=facts, rule=Rule.SPF, met=True)


def _missing(survey: Survey, relays: tuple[Relay, ...], visit: Visit, facts: dict[str, Any]) -> Check:
    name, domain = f"spf {survey.domain}", survey.domain
    near = near_misses(visit.resolver, domain, "spf")
    elsewhere = doubled(visit.resolver, domain, domain, "v=spf1")
    record = Record(domain, "TXT", meant_spf(visit.resolver, domain, elsewhere) or _suggested(relays))
    code, said = "spf-none", f"{domain} has no SPF record, so nobody can tell that your relay may send for it"
    if near:
        code, said = "spf-unreadable", f"{domain} has no SPF record that can be read as one: {near}"
    elif elsewhere:
        code, said = "spf-misplaced", f"the SPF record stands at {elsewhere}: the form added the domain once more"
    return _bad(Check(name, said, code, "Publish:", facts=facts, records=(record,)))


def _suggested(relays: tuple[Relay, ...]) -> str:
    terms = dict.fromkeys(term for relay in relays if (term := _term(relay)))
    return " ".join(["v=spf1", *(terms or ["mx"]), "~all"])


def _term(relay: Relay) -> str:
    provider = provider_of(relay.host)
    if provider:
        return f"include:{provider.include}"
    return "" if is_loopback(relay.host) else f"a:{relay.host}"


def merge(records: tuple[str, ...]) -> str:
    """Return one record that says what several say, and ends as the mildest of them does."""
    words = [word for text in records for word in text.split()[1:]]
    ends = [word for word in words if word.lstrip("+-~?").lower() == "all"]
    end = "-all" if set(ends) == {"-all"} else "~all"
    return " ".join(["v=spf1", *dict.fromkeys(word for word in words if word not in ends), end])


def with_term(text: str, term: str) -> str:
    """Return a record with one more term, in front of what ends it."""
    words = text.split()
    ends = (n for n, word in enumerate(words) if word.lstrip("+-~?").lower() == "all" or word.startswith("redirect="))
    at = next(ends, len(words))
    return " ".join([*words[:at], term, *words[at:]])


def _allows(envelope: Envelope, survey: Survey, relay: Relay, visit: Visit) -> Check:
    name = f"spf {envelope.domain} {relay.key}"
    provider = provider_of(relay.host)
    if provider is not None:
        return _includes(name, envelope, survey, provider)
    addresses = visit.wishes.outgoing or (() if is_loopback(relay.host) else _addresses(relay, visit.resolver))
    if not addresses:
        where = "this machine" if is_loopback(relay.host) else f"{relay.host}, whose address nobody gives"
        hint = "mailer doctor --outgoing 192.0.2.25   with the address from which it delivers"
        return _unknown(
            name, f"the relay is {where}: whether SPF allows it cannot be told", "spf-relay-unknown", hint, facts={}
        )
    results = {each: judge_spf(envelope.domain, client_at(each, envelope.address), visit.ask) for each in addresses}
    facts = {"relay": relay.key, "addresses": {address: result.value for address, result in results.items()}}
    allowed = [address for address, result in results.items() if result is SpfResult.PASS]
    if allowed:
        some = "" if len(allowed) == len(results) else f" (not {', '.join(a for a in results if a not in allowed)})"
        said = f"the SPF record allows {', '.join(allowed)}{some}, the relay {relay.host}"
        return Check(name, said, "spf-relay-some" if some else "", facts=facts, rule=Rule.SPF, met=True)
    if SpfResult.TEMPERROR in results.values():
        said = f"nobody answered all that SPF asks, so whether it allows {relay.host} cannot be told"
        return _unknown(name, said, "spf-relay-silent", ASK_ANOTHER, facts=facts)
    why = ", ".join(set(results.values()))
    said = f"the SPF record does not allow {', '.join(results)}, the relay {relay.host}: {why}"
    term = f"a:{relay.host}" if not visit.wishes.outgoing else " ".join(f"ip4:{each}" for each in addresses)
    hint = "Ask whoever runs the relay from which addresses it delivers. If from this one, publish instead:"
    record = Record(envelope.domain, "TXT", with_term(survey.records[0], term))
    return Check(name, said, "spf-relay", hint, facts, (record,), Rule.SPF, met=False)


def _includes(name: str, envelope: Envelope, survey: Survey, provider: Provider) -> Check:
    facts = {"provider": provider.name, "include": provider.include}
    if provider.include in survey.included:
        return Check(
            name, f"the SPF record includes {provider.name} ({provider.include})", facts=facts, rule=Rule.SPF, met=True
        )
    record = Record(envelope.domain, "TXT", with_term(survey.records[0], f"include:{provider.include}"))
    said = f"the SPF record does not include {provider.name}, whose relay sends for {envelope.domain}"
    if provider.own_return:
        hint = f"Right where {provider.name} sets a MAIL FROM of its own (then DKIM must be aligned). Else publish:"
        return Check(name, said, "spf-provider-own", hint, facts, (record,), Rule.SPF, met=None)
    return Check(name, said, "spf-provider", "Publish instead:", facts, (record,), Rule.SPF, met=False)


def _addresses(relay: Relay, resolver: Resolver) -> tuple[str, ...]:
    return resolver.addresses(relay.host).records


def _bad(check: Check) -> Check:
    """Return a fault as one that breaks the rule."""
    return replace(check, rule=Rule.SPF, met=False)


def _unknown(name: str, said: str, code: str, hint: str = "", *, facts: dict[str, Any]) -> Check:
    return Check(name, said, code, hint, facts, rule=Rule.SPF, met=None)
