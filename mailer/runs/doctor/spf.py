"""SPF: whether the domain of MAIL FROM says who may send for it, and names the relay (standards P2).

Owns these checks and the record to publish instead. Judges with `message.records`; asks the DNS that it was handed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailer.address import parse_address
from mailer.message.records.spf import MOST_EMPTY, MOST_QUESTIONS, SpfResult, Survey, client_at, judge_spf, survey_spf
from mailer.runs.doctor.providers import doubled, meant_spf, near_misses, provider_of
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit
from mailer.settings import Relay, is_loopback


def mail_froms(visit: Visit) -> dict[str, str]:
    """Return every MAIL FROM that mailer.toml leads to, by its domain: that of [bounces], else each sender's own."""
    given = visit.settings.bounces.address
    addresses = [given] if given else [sender.address for sender in visit.settings.senders.values()]
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(domain_of(address), address)
    return found


def domain_of(address: str) -> str:
    """Return the domain of an address of mailer.toml, which was checked when it was read, in A-labels."""
    return parse_address(address).ascii_domain


def look_at_spf(visit: Visit) -> Iterator[Check]:
    """Judge the record of each domain that stands in MAIL FROM, and whether it allows the relays."""
    for domain, address in mail_froms(visit).items():
        survey = survey_spf(domain, visit.ask)
        relays = visit.settings.relays_for(domain) or tuple(visit.settings.relays.values())
        yield _record(survey, relays, visit)
        if survey.record is not None and not survey.wrong:
            for relay in relays:
                yield _allows(address, survey, relay, visit)


def _record(survey: Survey, relays: tuple[Relay, ...], visit: Visit) -> Check:
    name, domain, record = f"spf {survey.domain}", survey.domain, survey.record
    facts: dict[str, Any] = {"domain": domain, "published": list(survey.records), "lookups": survey.questions}
    facts |= {"empty_lookups": list(survey.empty), "includes": list(survey.included), "costs": dict(survey.costs)}
    if not survey.records and survey.silent:
        why = visit.resolver.ask(domain, "TXT").why
        return Check(name, f"the DNS gave no answer about {domain}: {why}", "spf-silent", ASK_ANOTHER, facts)
    if not survey.records:
        near = near_misses(visit.resolver, domain, "spf")
        elsewhere = doubled(visit.resolver, domain, domain, "v=spf1")
        wanted = Record(domain, "TXT", meant_spf(visit.resolver, domain, elsewhere) or _suggested(relays))
        code, said = "spf-none", f"{domain} has no SPF record, so receivers cannot know that your relay may send for it"
        if near:
            code, said = "spf-unreadable", f"{domain} has no SPF record that can be read as one: {near}"
        elif elsewhere:
            code, said = "spf-misplaced", f"the SPF record is at {elsewhere}: the form added the domain again"
        return Check(name, said, code, "Publish:", facts, (wanted,))
    if record is None:
        said = f"{domain} has {len(survey.records)} SPF records; receivers then heed none (RFC 7208 §4.5)"
        merged = Record(domain, "TXT", _merged(survey.records))
        return Check(name, said, "spf-several", "Publish one, in place of them:", facts, (merged,))
    if survey.wrong:
        hint = "Receivers take a broken record for none (permerror). Correct these terms."
        return Check(name, f"{domain}: {'; '.join(survey.wrong)}", "spf-broken", hint, facts)
    count = survey.questions
    if count > MOST_QUESTIONS:
        heaviest = sorted(survey.costs.items(), key=lambda pair: -pair[1])[:4]
        dear = ", ".join(f'"{term}" asks {cost}' for term, cost in heaviest)
        said = f"{domain}: it makes receivers ask {count} questions; after {MOST_QUESTIONS} they give up (permerror)"
        return Check(name, said, "spf-questions", f"Take out what no longer sends for you. {dear}.", facts)
    if len(survey.empty) > MOST_EMPTY:
        many = f"{len(survey.empty)} of its questions come back empty"
        said = f"{domain}: {many}; after {MOST_EMPTY} receivers give up (permerror)"
        return Check(name, said, "spf-empty", f"Take out: {', '.join(survey.empty)}", facts)
    if record.all and record.all.qualifier == "+":
        said = f'{domain}: "{record.all.text}" allows everybody in the world'
        return Check(name, said, "spf-everybody", 'Let it end in "~all" instead.', facts)
    said = f"{domain} has one record; it asks {count} of {MOST_QUESTIONS} questions"
    remarks = []
    if record.all and record.unseen:
        remarks.append(f'beside "{record.all.text}" nobody looks at: {" ".join(record.unseen)}')
    if survey.silent:
        remarks.append(f"there was no answer about {', '.join(dict.fromkeys(survey.silent))}")
    if survey.old:
        remarks.append('"ptr" is slow, and many receivers pass over it')
    if record.all is None and record.redirect is None:
        remarks.append('it ends without "~all", so it does not cover other senders')
    if record.all and record.all.qualifier == "?":
        remarks.append(f'"{record.all.text}" does not cover other senders; "~all" does')
    if survey.empty:
        remarks.append(f"there is no answer for {', '.join(survey.empty)}")
    if remarks:
        return Check(name, f"{said}; {'; '.join(remarks)}", "spf-weak", record.text, facts)
    if count >= MOST_QUESTIONS - 1:
        return Check(name, said, "spf-nearly", "One more include, here or at a provider's, and it fails.", facts)
    return Check(name, said, facts=facts, rule=Rule.SPF)


def _suggested(relays: tuple[Relay, ...]) -> str:
    terms: list[str] = []
    for relay in relays:
        provider = provider_of(relay.host)
        if provider:
            terms.append(f"include:{provider.include}")
        elif not is_loopback(relay.host):
            terms.append(f"a:{relay.host}")
    return " ".join(["v=spf1", *(dict.fromkeys(terms) or ["mx"]), "~all"])


def _merged(records: tuple[str, ...]) -> str:
    """Return one record that says what several say, and ends as the mildest of them does."""
    words = [word for text in records for word in text.split()[1:]]
    ends = [word for word in words if word.lstrip("+-~?").lower() == "all"]
    end = "-all" if set(ends) == {"-all"} else "~all"
    return " ".join(["v=spf1", *dict.fromkeys(word for word in words if word not in ends), end])


def _with_term(text: str, term: str) -> str:
    """Return a record with one more term, in front of what ends it."""
    words = text.split()
    ends = (n for n, word in enumerate(words) if word.lstrip("+-~?").lower() == "all" or word.startswith("redirect="))
    at = next(ends, len(words))
    return " ".join([*words[:at], term, *words[at:]])


def _allows(mail_from: str, survey: Survey, relay: Relay, visit: Visit) -> Check:
    domain = survey.domain
    name, provider = f"spf {domain} {relay.key}", provider_of(relay.host)
    if provider is not None:
        facts: dict[str, Any] = {"provider": provider.name, "include": provider.include}
        if provider.include in survey.included:
            said = f"the SPF record includes {provider.name} ({provider.include})"
            return Check(name, said, facts=facts, rule=Rule.SPF)
        said = f"the SPF record does not include {provider.name}, whose relay sends for {domain}"
        code, hint = "spf-provider", "Publish instead:"
        if provider.own_return:
            code = "spf-provider-own"
            hint = f"Right where {provider.name} sets a MAIL FROM of its own (then DKIM must be aligned). Else publish:"
        record = Record(domain, "TXT", _with_term(survey.records[0], f"include:{provider.include}"))
        return Check(name, said, code, hint, facts, (record,))
    is_here, addresses = is_loopback(relay.host), visit.wishes.outgoing
    if not addresses and not is_here:
        addresses = visit.resolver.addresses(relay.host).records
    if not addresses:
        where = "this machine" if is_here else f"{relay.host}, whose address is unknown"
        hint = "mailer doctor --outgoing 192.0.2.25   with the address from which it delivers"
        said = f"the relay is {where}: whether SPF allows it cannot be told"
        return Check(name, said, "spf-relay-unknown", hint)
    results = {each: judge_spf(domain, client_at(each, mail_from), visit.ask) for each in addresses}
    facts = {"relay": relay.key, "addresses": {address: result.value for address, result in results.items()}}
    allowed = [address for address, result in results.items() if result is SpfResult.PASS]
    if allowed:
        some = "" if len(allowed) == len(results) else f" (not {', '.join(a for a in results if a not in allowed)})"
        said = f"the SPF record allows {', '.join(allowed)}{some}, the relay {relay.host}"
        return Check(name, said, "spf-relay-some" if some else "", facts=facts, rule=Rule.SPF)
    if SpfResult.TEMPERROR in results.values():
        said = f"some SPF lookups failed, so it is not known whether {relay.host} is allowed"
        return Check(name, said, "spf-relay-silent", ASK_ANOTHER, facts)
    why = ", ".join(set(results.values()))
    said = f"the SPF record does not allow {', '.join(results)}, the relay {relay.host}: {why}"
    term = " ".join(f"ip4:{each}" for each in addresses) if visit.wishes.outgoing else f"a:{relay.host}"
    hint = "Ask the relay's operator which addresses it delivers from. If this one, publish instead:"
    return Check(name, said, "spf-relay", hint, facts, (Record(domain, "TXT", _with_term(survey.records[0], term)),))
