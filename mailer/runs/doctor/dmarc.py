"""DMARC: whether the sender's domain has a policy, and whether our mail passes it (standards P2, RFC 9989).

Owns these checks. Mail passes where the domain that signs, or the one in MAIL FROM, belongs to the one in From.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailer.message.records.dmarc import Dmarc, Found, aligned, find_dmarc, guess_organisation, organisation_of
from mailer.runs.doctor.providers import doubled, near_misses, provider_of
from mailer.runs.doctor.spf import domain_of, mail_froms
from mailer.runs.doctor.values import ASK_ANOTHER, Check, Record, Rule, Visit

_WORDS = {
    "none": "reports alone (p=none), which is enough for Gmail, Yahoo and Microsoft",
    "quarantine": "the spam folder for mail that fails (p=quarantine)",
    "reject": "refusal of mail that fails (p=reject)",
}


def look_at_dmarc(visit: Visit) -> Iterator[Check]:
    """Judge the policy for each sender's domain, and what our mail makes of it."""
    for domain in visit.from_domains:
        found = find_dmarc(domain, visit.ask)
        yield _policy(found, visit)
        if found.dmarc is not None and not found.several and not found.dmarc.wrong:
            yield from _reports(found, found.dmarc, visit)
        yield _alignment(found, visit)


def _policy(found: Found, visit: Visit) -> Check:
    name, domain, dmarc = f"dmarc {found.domain}", found.organisation, found.dmarc
    facts: dict[str, Any] = {"domain": found.domain, "organisation": domain, "at": found.at or None}
    if found.several:
        said = f"_dmarc.{found.domain} has {len(found.several)} policies; receivers then heed none"
        one = Record(f"_dmarc.{found.domain}", "TXT", found.several[0])
        return Check(name, said, "dmarc-several", "Leave one:", facts, (one,))
    if dmarc is None and found.silent:
        why = visit.resolver.ask(f"_dmarc.{found.domain}", "TXT").why
        said = f"the DNS gave no answer about _dmarc.{found.domain}: {why}"
        return Check(name, said, "dmarc-silent", ASK_ANOTHER, facts)
    if dmarc is None:
        code, said = "dmarc-none", f"{found.domain} has no DMARC policy; Gmail, Yahoo and Microsoft ask for one"
        if near := near_misses(visit.resolver, f"_dmarc.{domain}", "dmarc"):
            code, said = "dmarc-unreadable", f"_dmarc.{domain} has a record that is not a valid policy: {near}"
        elif twice := doubled(visit.resolver, f"_dmarc.{domain}", domain, "v=DMARC1"):
            code, said = "dmarc-misplaced", f"the policy is at {twice}: the form added the domain again"
        elif any(text.startswith("v=DMARC1") for text in visit.resolver.ask(domain, "TXT").records):
            code, said = "dmarc-misplaced", f"the policy is at {domain} itself; receivers look at _dmarc.{domain}"
        return Check(name, said, code, "Publish:", facts, (_suggested(domain, visit, None),))
    policy = dmarc.policy if found.at == found.domain else dmarc.subdomains
    facts |= {"policy": policy, "text": dmarc.text, "reports": list(dmarc.reports), "testing": dmarc.testing}
    where = f"_dmarc.{found.at}"
    if dmarc.wrong:
        mended = (_suggested(found.at, visit, dmarc),)
        return Check(name, f"{where}: {'; '.join(dmarc.wrong)}", "dmarc-broken", "Publish instead:", facts, mended)
    said = f"{where} asks receivers for {_WORDS.get(policy, policy)}"
    remarks = [*dmarc.remarks, *(["t=y: the policy is only being tried"] if dmarc.testing else [])]
    if remarks:
        return Check(name, f"{said}; {'; '.join(remarks)}", "dmarc-remarks", dmarc.text, facts)
    return Check(name, said, facts=facts, rule=Rule.DMARC)


def _suggested(domain: str, visit: Visit, old: Dmarc | None) -> Record:
    """Return a policy that harms nobody; reports go to where they went, or to the first sender's own domain."""
    senders = [sender.address for sender in visit.settings.senders.values()]
    ours = [each for each in senders if guess_organisation(domain_of(each)) == guess_organisation(domain)]
    reports = (old.reports if old else ()) or (*ours, f"postmaster@{domain}")[:1]
    rua = ",".join(f"mailto:{each}" for each in reports)
    return Record(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p={old.policy if old else 'none'}; rua={rua}")


def _reports(found: Found, dmarc: Dmarc, visit: Visit) -> Iterator[Check]:
    name = f"dmarc reports {found.domain}"
    if not dmarc.reports:
        said = "the reports go nowhere (no rua=), so you cannot see who sends in your name"
        record = Record(f"_dmarc.{found.at}", "TXT", f"{dmarc.text.rstrip('; ')}; rua=mailto:dmarc@{found.at}")
        yield Check(name, said, "dmarc-unheard", "With an address that is read:", records=(record,))
    for address in dmarc.reports:
        theirs = address.rpartition("@")[2].lower()
        if not theirs or guess_organisation(theirs) == guess_organisation(found.at):
            continue
        allowing = f"{found.at}._report._dmarc.{theirs}"
        answer = visit.resolver.ask(allowing, "TXT")
        if answer.known and not any(text.startswith("v=DMARC1") for text in answer.records):
            said = f"{theirs} does not accept reports about {found.at}, so none are sent to {address}"
            record = Record(allowing, "TXT", "v=DMARC1")
            yield Check(name, said, "dmarc-reports-refused", f"The operator of {theirs} publishes:", records=(record,))


def _alignment(found: Found, visit: Visit) -> Check:
    """Return whether a domain that is authenticated belongs to the one in From (RFC 9989 §4.4)."""
    name, domain = f"alignment {found.domain}", found.domain
    strict_dkim = found.dmarc.strict_dkim if found.dmarc else False
    strict_spf = found.dmarc.strict_spf if found.dmarc else False
    signing = visit.settings.dkim.ascii_domain if visit.settings.dkim.is_on else ""
    returns = list(mail_froms(visit))
    providers = [provider_of(relay.host) for relay in visit.settings.relays_for(domain)]
    own_return = any(each and each.own_return for each in providers)  # then MAIL FROM is not what we say
    keeps_mail_from = visit.settings.bounces.verp == "on" and not own_return
    by_dkim = bool(signing) and _together(domain, signing, visit, strict=strict_dkim)
    by_spf = keeps_mail_from and any(_together(domain, each, visit, strict=strict_spf) for each in returns)
    facts = {"dkim_domain": signing or None, "mail_from_domains": returns, "by_dkim": by_dkim, "by_spf": by_spf}
    facts |= {"strict_dkim": strict_dkim, "strict_spf": strict_spf}
    if by_dkim or by_spf:
        ways = [f"the signature of {signing}"] * by_dkim + [f"MAIL FROM at {', '.join(returns)}"] * by_spf
        return Check(name, f"From {domain} agrees with {' and with '.join(ways)}", facts=facts, rule=Rule.ALIGNED)
    if not signing:
        said = f"MAIL FROM is at {', '.join(returns)}, so From {domain} needs a signature of the relay's for {domain}"
        hint = "Have the relay sign with your domain, or sign yourself: mailer dkim new-key"
        return Check(name, said, "alignment-relay" if keeps_mail_from else "alignment-provider", hint, facts)
    how = " (adkim=s, aspf=s: exactly the same)" if strict_dkim or strict_spf else ""
    seen = f"{signing} signs, MAIL FROM is at {', '.join(returns)}{how}"
    hint = f'[dkim] domain = "{domain}" with a key of that domain, or [bounces] address at {domain}'
    return Check(name, f"From {domain} agrees with nothing that is checked: {seen}", "alignment-none", hint, facts)


def _together(one: str, other: str, visit: Visit, *, strict: bool) -> bool:
    """Whether two domains count as one, as receivers with and without the tree walk of RFC 9989 would both say."""
    walked = (organisation_of(one, visit.ask), organisation_of(other, visit.ask))
    listed = (guess_organisation(one), guess_organisation(other))
    return any(aligned(one, other, strict=strict, organisations=pair) for pair in (walked, listed))
