"""DNS: the records of the sender's domain: mail servers, SPF, DKIM, DMARC, and the names of IP addresses (PTR).

Owns these checks, and the record to publish if one is missing (Gmail's 5.7.25). Judges with `message.records`; uses
the given DNS, and never sends a mail to find out. Which provider a relay belongs to, and
what its customers publish, is data (`mailer/words/doctor.toml`): such facts lead to advice, never to a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any, Final

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.config.secrets import read_dkim_keys
from mailer.errors import ConfigProblem
from mailer.frozen import dataclass, replace
from mailer.lookup import AnswerKind
from mailer.message.records import (
    GOOD_BITS,
    LEAST_BITS,
    MOST_EMPTY,
    MOST_QUESTIONS,
    Dmarc,
    FoundDmarc,
    SpfResult,
    Survey,
    client_at,
    find_dmarc,
    guess_organisation,
    is_aligned,
    is_dkim,
    is_dmarc,
    is_free_mail,
    is_spf,
    judge_spf,
    parse_dkim_record,
    survey_spf,
)
from mailer.message.sign import dns_name, dns_value
from mailer.runs.doctor.values import Check, Record, Visit, first, found, phrase, wrong
from mailer.settings import Relay, is_loopback
from mailer.words import read_section


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: `include` goes into SPF; `selectors` are those of the DKIM keys that its customers usually publish.

    `own_return`: it sets MAIL FROM to a domain of its own, unless a customer's is set up there.
    """

    name: str
    hosts: str
    include: str = ""
    selectors: Sequence[str] = ()
    own_return: bool = False
    free_mail: Sequence[str] = ()


def provider_of(host: str) -> Provider | None:
    """Return the provider that a relay's host belongs to; None if it is not known."""
    rows: tuple[dict[str, Any], ...] = read_section("doctor", "providers")["rows"]
    return next((Provider(**row) for row in rows if re.fullmatch(row["hosts"], host.lower().rstrip("."))), None)


def _providers_of(domain: str, visit: Visit) -> list[Provider]:
    return [each for relay in visit.settings.relays_for(domain) if (each := provider_of(relay.host))]


def domain_of(address: str) -> str:
    """Return the domain of an address in mailer.toml, in A-labels; the address was checked when it was read."""
    return parse_address(address).ascii_domain


# Misplaced: a record that was published in the wrong place or form. The provider's form added the domain once more
# (`_dmarc.example.org.example.org`), or it was pasted with quotation marks, or with the wrong first word.


def _doubled(visit: Visit, name: str, domain: str, begins: str) -> str:
    """Return the name with the domain twice if the record is there."""
    texts = visit.ask(f"{name}.{domain}", "TXT") or ()
    is_there = any(re.match(rf"\W*{re.escape(begins)}", text, re.IGNORECASE) for text in texts)
    return f"{name}.{domain}" if is_there else ""


def _near_miss(visit: Visit, name: str, pattern: str, is_one: Callable[[str], bool]) -> str:
    """Return a record that was meant to be of a kind, but begins so that no receiver reads it as such."""
    texts = (text for text in visit.ask(name, "TXT") or () if re.match(pattern, text, re.IGNORECASE))
    return next((f'"{text[:60]}"' for text in texts if not is_one(text)), "")


# Senders: whether the addresses in our mail are our own, can be answered, and accept mail.

_MUTE: Final = "|".join(read_section("doctor", "shared")["mute"])
_NOBODY: Final = re.compile(rf"(?:.*[-_.+])?(?:{_MUTE})(?:[-_.+].*)?@.*", re.IGNORECASE)


def look_at_senders(visit: Visit) -> Iterator[Check]:
    """Check whether each sender has an address of its own domain that can be answered."""
    for sender in visit.settings.senders.values():
        mute = [each for each in (sender.address, sender.reply_to) if _NOBODY.fullmatch(each)]
        is_free = is_free_mail(sender.domain)
        by_its_own = any(sender.domain in each.free_mail for each in _providers_of(sender.domain, visit))
        yield found(
            first(
                ("sender-sample", sender.left_from_sample),
                ("sender-free", is_free and by_its_own),
                ("sender-shared", is_free),
                ("sender-mute", mute),
                ("sender", True),
            ),
            f"sender {sender.key}",
            {"address": sender.address, "reply_to": sender.reply_to or sender.address},
            sender=sender,
            mute=mute,
            fields=sender.left_from_sample,
        )


def look_at_mail_servers(visit: Visit) -> Iterator[Check]:
    """Check whether the domains of all our addresses accept mail: replies, opt-outs and bounces go there."""
    settings, resolver = visit.settings, visit.resolver
    named = [("From", sender.address) for sender in settings.senders.values()]
    named += [("Reply-To", sender.reply_to) for sender in settings.senders.values()]
    named += [("bounces", settings.bounces.address), ("opt-outs", settings.optout.mailto)]
    used_for: dict[str, dict[str, None]] = {}
    for role, address in named:
        if address:
            used_for.setdefault(domain_of(address), {})[role] = None
    for domain, roles in used_for.items():
        answer = resolver.ask(domain, "MX")
        servers = answer.records
        is_bare = answer.known and not servers and answer.kind is not AnswerKind.NO_NAME
        hosts = {} if servers == (".",) else {host: resolver.addresses(host) for host in servers}
        lame = [host for host, addresses in hosts.items() if addresses.known and not addresses.records]
        key = first(
            ("mx-silent", not answer.known),
            ("mx-no-domain", answer.kind is AnswerKind.NO_NAME),
            ("mx-null", servers == (".",)),
            ("mx-none", is_bare and resolver.addresses(domain).kind in {AnswerKind.NONE, AnswerKind.NO_NAME}),
            ("mx-implied", is_bare),
            ("mx-lame", len(lame) == len(servers)),
            ("mx-one-lame", lame),
            ("mx", True),
        )
        publish = {"mx-null": f"10 mail.{domain}.", "mx-none": f"10 mail.{domain}.", "mx-implied": f"10 {domain}."}
        check = found(
            key,
            f"mail to {domain}",
            {"domain": domain, "used_for": list(roles), "servers": list(servers)},
            [Record(domain, "MX", publish[key])] if key in publish else [],
            why=answer.why,
            lame=lame,
            first_two=servers[:2],
        )
        yield check if roles.keys() & {"From", "Reply-To"} else replace(check, rule="")


# SPF: whether the domain of MAIL FROM publishes who may send for it, and includes the relay.


def mail_froms(visit: Visit) -> dict[str, str]:
    """Return each MAIL FROM by its domain: the address in [bounces], else those of the senders."""
    given = visit.settings.bounces.address
    addresses = [given] if given else [sender.address for sender in visit.settings.senders.values()]
    by_domain: dict[str, str] = {}
    for address in addresses:
        by_domain.setdefault(domain_of(address), address)
    return by_domain


def look_at_spf(visit: Visit) -> Iterator[Check]:
    """Check the record of each domain in MAIL FROM, and whether it allows the relays."""
    for domain, address in mail_froms(visit).items():
        survey = survey_spf(domain, visit.ask)
        relays = visit.settings.relays_for(domain) or tuple(visit.settings.relays.values())
        yield _spf_record(survey, relays, visit)
        if survey.record is not None and not survey.wrong:
            for relay in relays:
                yield _spf_allows(address, survey, relay, visit)


def _spf_record(survey: Survey, relays: tuple[Relay, ...], visit: Visit) -> Check:
    domain, record, count = survey.domain, survey.record, survey.questions
    end = record.all if record else None
    near = elsewhere = ""
    if not survey.records and not survey.silent:
        near = _near_miss(visit, domain, r"\W*(?:v\s*=\s*)?spf\s?[12]?\b", is_spf)
        elsewhere = _doubled(visit, domain, domain, "v=spf1")
    words = {"survey": survey, "record": record, "end": end, "silent": list(dict.fromkeys(survey.silent))}
    weak = {
        "unseen": end and record and record.unseen,
        "silent": survey.silent,
        "old": survey.old,
        "open": record and end is None and record.redirect is None,
        "neutral": end and end.qualifier == "?",
        "empty": survey.empty,
    }
    remarks = [phrase(f"spf-weak.{name}", **words) for name, holds in weak.items() if holds]
    heaviest = sorted(survey.costs.items(), key=lambda pair: -pair[1])[:4]
    key = first(
        ("spf-silent", not survey.records and survey.silent),
        ("spf-unreadable", near),
        ("spf-misplaced", elsewhere),
        ("spf-none", not survey.records),
        ("spf-several", record is None),
        ("spf-broken", survey.wrong),
        ("spf-questions", count > MOST_QUESTIONS),
        ("spf-empty", len(survey.empty) > MOST_EMPTY),
        ("spf-everybody", end and end.qualifier == "+"),
        ("spf-weak", remarks),
        ("spf-nearly", count >= MOST_QUESTIONS - 1),
        ("spf", True),
    )
    publish = ""
    if key in {"spf-none", "spf-unreadable", "spf-misplaced"}:
        # a misplaced or quoted record may name others who send: it is kept, since a new one would leave them out
        texts = (text for name in (domain, elsewhere) if name for text in visit.ask(name, "TXT") or ())
        bare_texts = (bare for text in texts if is_spf(bare := text.strip("\"'\\“”„ ")))
        terms = dict.fromkeys(
            f"include:{provider.include}" if (provider := provider_of(relay.host)) else f"a:{relay.host}"
            for relay in relays
            if not is_loopback(relay.host)
        )
        publish = next(bare_texts, "") or " ".join(["v=spf1", *(terms or ["mx"]), "~all"])
    elif key == "spf-several":  # one record with the terms of all, and the mildest of their ends
        every = [word for text in survey.records for word in text.split()[1:]]
        mildest = "-all" if set(filter(_is_end, every)) == {"-all"} else "~all"
        publish = " ".join(["v=spf1", *dict.fromkeys(word for word in every if not _is_end(word)), mildest])
    return found(
        key,
        f"spf {domain}",
        {
            "domain": domain,
            "published": list(survey.records),
            "lookups": count,
            "empty_lookups": list(survey.empty),
            "includes": list(survey.included),
            "costs": dict(survey.costs),
        },
        [Record(domain, "TXT", publish)] if publish else [],
        why=visit.resolver.ask(domain, "TXT").why,
        near=near,
        elsewhere=elsewhere,
        dear=[f'"{term}" asks {cost}' for term, cost in heaviest],
        remarks=remarks,
        **words,
    )


def _is_end(word: str) -> bool:
    return word.lstrip("+-~?").lower() == "all"


def _spf_with(survey: Survey, term: str) -> Record:
    """Return the domain's record with one more term, before its end."""
    words = survey.records[0].split()
    ends = (index for index, word in enumerate(words) if _is_end(word) or word.startswith("redirect="))
    at = next(ends, len(words))
    return Record(survey.domain, "TXT", " ".join([*words[:at], term, *words[at:]]))


def _spf_allows(mail_from: str, survey: Survey, relay: Relay, visit: Visit) -> Check:
    domain, host, provider = survey.domain, relay.host, provider_of(relay.host)
    name = f"spf {domain} {relay.key}"
    if provider is not None:
        key = first(
            ("spf.provider", provider.include in survey.included),
            ("spf-provider-own", provider.own_return),
            ("spf-provider", True),
        )
        records = [] if key == "spf.provider" else [_spf_with(survey, f"include:{provider.include}")]
        return found(key, name, {"provider": provider.name, "include": provider.include}, records, domain=domain)
    is_here, addresses = is_loopback(host), visit.wishes.outgoing
    if not addresses and not is_here:
        addresses = visit.resolver.addresses(host).records
    if not addresses:
        where = "this machine" if is_here else f"{host}, whose address is unknown"
        return found("spf-relay-unknown", name, where=where)
    results = {each: judge_spf(domain, client_at(each, mail_from), visit.ask) for each in addresses}
    allowed = [address for address, result in results.items() if result is SpfResult.PASS]
    key = first(
        ("spf.relay", len(allowed) == len(results)),
        ("spf-relay-some", allowed),
        ("spf-relay-silent", SpfResult.TEMPERROR in results.values()),
        ("spf-relay", True),
    )
    term = " ".join(f"ip4:{each}" for each in addresses) if visit.wishes.outgoing else f"a:{host}"
    return found(
        key,
        name,
        {"relay": relay.key, "addresses": {address: result.value for address, result in results.items()}},
        [_spf_with(survey, term)] if key == "spf-relay" else [],
        addresses=list(results),
        allowed=allowed,
        others=[address for address in results if address not in allowed],
        host=host,
        results=list(set(results.values())),
    )


# DKIM: whether receivers find the key that signs our mail, and can use it (RFC 6376).


def look_at_dkim(visit: Visit) -> Iterator[Check]:
    """Check the keys of [dkim] and those named by hand; if there are none, those that the provider usually uses."""
    dkim, domains = visit.settings.dkim, visit.from_domains
    keys: list[tuple[str, str, str]] = []  # selector, domain, and the record for our private key if we have it
    if dkim.is_on:
        domains = (dkim.ascii_domain,)
        try:
            rsa, ed25519 = read_dkim_keys(dkim, visit.workspace.root)
            keys = [(dkim.selector, dkim.ascii_domain, dns_value(rsa))]
            if ed25519 is not None:
                keys.append((dkim.ed25519_selector, dkim.ascii_domain, dns_value(ed25519, "ed25519_key_file")))
        except ConfigProblem as problem:
            yield wrong("dkim key", problem, "dkim-key")
            keys = [(each, dkim.ascii_domain, "") for each in (dkim.selector, dkim.ed25519_selector) if each]
    keys += [(selector, domain, "") for selector in visit.wishes.selectors for domain in domains]
    for key in keys:
        yield _judge_key(*key, visit)
    # where customers of the provider usually publish a key; if none is there, that proves nothing
    for domain in () if keys else visit.from_domains:
        usual = [selector for provider in _providers_of(domain, visit) for selector in provider.selectors]
        published = [each for each in usual if any(map(is_dkim, visit.ask(dns_name(each, domain), "TXT") or ()))]
        for selector in published:
            yield _judge_key(selector, domain, "", visit)
        if not published:
            yield found("dkim-untold", f"dkim {domain}", {"domain": domain})


def _judge_key(selector: str, domain: str, own: str, visit: Visit) -> Check:
    name = dns_name(selector, domain)
    answer = visit.resolver.ask(name, "TXT")
    texts = [text for text in answer.records if is_dkim(text)] or list(answer.records)
    elsewhere = "" if texts or not answer.known else _doubled(visit, name, domain, "v=DKIM1")
    facts: dict[str, Any] = {"record": name, "selector": selector, "domain": domain}
    record = parse_dkim_record(texts[0] if texts else "")
    if len(texts) == 1:
        facts |= {"kind": record.kind, "bits": record.bits, "testing": record.testing, "revoked": record.revoked}
    is_rsa = record.kind == "rsa"
    key = first(
        ("dkim-silent", not answer.known),
        ("dkim-misplaced", elsewhere),
        ("dkim-none", not texts),
        ("dkim-several", len(texts) > 1),
        ("dkim-revoked", record.revoked),
        ("dkim-broken", record.wrong),
        ("dkim-other", own and record.public != parse_dkim_record(own).public),
        ("dkim-short", is_rsa and record.bits < LEAST_BITS),
        ("dkim-testing", record.testing),
        ("dkim-weak", is_rsa and record.bits < GOOD_BITS),
        ("dkim", True),
    )
    to_publish = {"dkim-misplaced", "dkim-none", "dkim-several", "dkim-revoked", "dkim-broken", "dkim-other"}
    is_shown = bool(own) and key in to_publish
    return found(
        f"{key}.ours" if is_shown and key in {"dkim-misplaced", "dkim-none", "dkim-broken"} else key,
        f"dkim {selector}",
        facts,
        [Record(name, "TXT", own)] if is_shown else [],
        why=answer.why,
        elsewhere=elsewhere,
        texts=texts,
        key=record,
        kind_of_key=f"RSA, {record.bits} bits" if is_rsa else "Ed25519",
        signs=", and it is the one that signs here" if own else "",
    )


# DMARC: whether the sender's domain has a policy, and whether our mail passes it (RFC 9989), because the domain that
# signs, or the one in MAIL FROM, belongs to the one in From.


def look_at_dmarc(visit: Visit) -> Iterator[Check]:
    """Check the policy for each sender's domain, and whether our mail passes it."""
    for domain in visit.from_domains:
        published = find_dmarc(domain, visit.ask)
        yield _policy(published, visit)
        if published.dmarc is not None and not published.several and not published.dmarc.wrong:
            yield from _reports(published, published.dmarc, visit)
        yield _alignment(published, visit)


def _policy(published: FoundDmarc, visit: Visit) -> Check:
    domain, organisation, dmarc = published.domain, published.organisation, published.dmarc
    facts: dict[str, Any] = {"domain": domain, "organisation": organisation, "at": published.at or None}
    near = twice = asks = policy = ""
    is_bare = False
    remarks: list[str] = []
    if dmarc is None and not published.several and not published.silent:
        near = _near_miss(visit, f"_dmarc.{organisation}", r'\W*v\s*=\s*"?DMARC', is_dmarc)
        twice = _doubled(visit, f"_dmarc.{organisation}", organisation, "v=DMARC1")
        is_bare = any(text.startswith("v=DMARC1") for text in visit.ask(organisation, "TXT") or ())
    elif dmarc is not None and not published.several:
        policy = dmarc.policy if published.at == domain else dmarc.subdomains
        facts |= {"policy": policy, "text": dmarc.text, "reports": list(dmarc.reports), "testing": dmarc.testing}
        asks = "" if dmarc.wrong else phrase(f"dmarc.{policy}", at=published.at)
        remarks = [*dmarc.remarks, *(["t=y: the policy is only being tried"] if dmarc.testing else [])]
    key = first(
        ("dmarc-several", published.several),
        ("dmarc-silent", dmarc is None and published.silent),
        ("dmarc-unreadable", near),
        ("dmarc-misplaced", twice),
        ("dmarc-misplaced.bare", is_bare),
        ("dmarc-none", dmarc is None),
        ("dmarc-broken", dmarc and dmarc.wrong),
        ("dmarc-remarks", remarks),
        ("dmarc", True),
    )
    records = []
    if key == "dmarc-several":
        records = [Record(f"_dmarc.{domain}", "TXT", published.several[0])]
    elif key == "dmarc-broken" or (dmarc is None and key != "dmarc-silent"):
        records = [_suggested_dmarc(published.at or organisation, visit, dmarc)]
    return found(
        key,
        f"dmarc {domain}",
        facts,
        records,
        there=published,
        dmarc=dmarc,
        why=visit.resolver.ask(f"_dmarc.{domain}", "TXT").why,
        near=near,
        twice=twice,
        asks=asks,
        remarks=remarks,
    )


def _suggested_dmarc(domain: str, visit: Visit, old: Dmarc | None) -> Record:
    """Return the old policy or p=none, with the old address for reports or else one of the domain's own."""
    senders = [sender.address for sender in visit.settings.senders.values()]
    ours = [each for each in senders if is_aligned(domain_of(each), domain)]
    reports = (old.reports if old else ()) or (*ours, f"postmaster@{domain}")[:1]
    rua = ",".join(f"mailto:{each}" for each in reports)
    return Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p={old.policy if old else 'none'}; rua={rua}")


def _reports(published: FoundDmarc, dmarc: Dmarc, visit: Visit) -> Iterator[Check]:
    name = f"dmarc reports {published.domain}"
    if not dmarc.reports:
        text = f"{dmarc.text.rstrip('; ')}; rua=mailto:dmarc@{published.at}"
        yield found("dmarc-unheard", name, {}, [Record(f"_dmarc.{published.at}", "TXT", text)])
    for address in dmarc.reports:
        target = address.rpartition("@")[2].lower()
        if not target or is_aligned(target, published.at):
            continue
        allowing = Record(f"{published.at}._report._dmarc.{target}", "TXT", "v=DMARC1")
        answer = visit.ask(allowing.name, "TXT")
        if answer is not None and not any(text.startswith("v=DMARC1") for text in answer):
            yield found("dmarc-reports-refused", name, {}, [allowing], theirs=target, at=published.at, address=address)


def _alignment(published: FoundDmarc, visit: Visit) -> Check:
    """Check whether an authenticated domain belongs to the one in From (RFC 9989 §4.4)."""
    domain, dkim = published.domain, visit.settings.dkim
    strict_dkim, strict_spf = (
        (published.dmarc.strict_dkim, published.dmarc.strict_spf) if published.dmarc else (False, False)
    )
    signing, returns = dkim.ascii_domain if dkim.is_on else "", list(mail_froms(visit))
    own_return = any(each.own_return for each in _providers_of(domain, visit))  # then MAIL FROM is not the one we send
    keeps_mail_from = visit.settings.bounces.verp == "on" and not own_return
    by_dkim = bool(signing) and is_aligned(domain, signing, visit.ask, strict=strict_dkim)
    by_spf = keeps_mail_from and any(is_aligned(domain, each, visit.ask, strict=strict_spf) for each in returns)
    return found(
        first(
            ("alignment", by_dkim or by_spf),
            ("alignment-none", signing),
            ("alignment-relay", keeps_mail_from),
            ("alignment-provider", True),
        ),
        f"alignment {domain}",
        {
            "dkim_domain": signing or None,
            "mail_from_domains": returns,
            "by_dkim": by_dkim,
            "by_spf": by_spf,
            "strict_dkim": strict_dkim,
            "strict_spf": strict_spf,
        },
        domain=domain,
        ways=[f"the signature of {signing}"] * by_dkim + [f"MAIL FROM at {', '.join(returns)}"] * by_spf,
        how=" (adkim=s, aspf=s: exactly the same)" if strict_dkim or strict_spf else "",
    )


# Reverse: whether the IP addresses that deliver have names that lead back to them (PTR, FCrDNS). Only checked for a
# relay of the office's own; the addresses of a provider are its own business. The public address of a relay on this
# machine is not known here, unless an option names it.

_INSIDE: Final = tuple(  # RFC 1918, RFC 6598, RFC 4193; is_private would count the addresses of documentation too
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


def look_at_reverse(visit: Visit) -> Iterator[Check]:
    """Check the names of each IP address that delivers."""
    for relay in visit.settings.relays.values():
        name, host = f"reverse {relay.key}", relay.host
        provider, is_here = provider_of(host), is_loopback(host)
        is_ours = is_here or (provider is None and any(is_aligned(host, domain) for domain in visit.from_domains))
        addresses = visit.wishes.outgoing
        if not addresses and is_ours and not is_here:
            addresses = tuple(each for each in visit.resolver.addresses(host).records if not _is_private(each))
        for address in addresses:
            yield _judge_name(f"{name} {address}", address, visit)
        if not addresses:
            whose = provider.name if provider else guess_organisation(host)
            yield found("reverse-unknown" if is_ours else "reverse.theirs", name, whose=whose)


def _is_private(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return True
    return ip.is_loopback or ip.is_link_local or any(ip in net for net in _INSIDE)


def _judge_name(name: str, address: str, visit: Visit) -> Check:
    answer = visit.resolver.host_names(address)
    back = [
        host
        for host in answer.records
        if address in {str(ip_address(each)) for each in visit.resolver.addresses(host).records}
    ]
    key = first(
        ("reverse-silent", not answer.known),
        ("reverse-none", not answer.records),
        ("reverse", back),
        ("reverse-astray", True),
    )
    host = next(iter((*back, *answer.records)), "")
    kind = "A" if ip_address(address).version == 4 else "AAAA"
    records = [Record(host, kind, address)] if key == "reverse-astray" else []
    return found(key, name, {"address": address, "names": list(answer.records)}, records, why=answer.why, host=host)
