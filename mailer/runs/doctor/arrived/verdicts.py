"""Verdicts: what the receiver's server made of SPF, DKIM and DMARC, and what that means.

Owns the judging of Authentication-Results. The topmost field of a server that took the mail is believed, with what the
same server wrote in others, and that is said; nothing is checked again.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailer.message.received.hops import read_hops
from mailer.message.received.results import Result, Results, read_results
from mailer.message.records.organisation import guess_organisation
from mailer.runs.doctor.arrived.reading import Reading
from mailer.runs.doctor.values import Check, Rule


def look_at_verdicts(reading: Reading) -> Iterator[Check]:
    """Yield what the topmost Authentication-Results holds."""
    every = read_results(reading.copy)
    top = believed_results(reading)
    if top is None:
        said = "it has no Authentication-Results, so what the receiver made of SPF, DKIM and DMARC is not in it"
        hint = "Send a test to Gmail, Outlook or Yahoo, and save that mail with all of its header."
        yield Check("results", said, "arrived-untold", hint)
        return
    yield _whose(top, every, reading)
    yield _spf(top, reading)
    yield from _dkim(top, reading)
    yield from _dmarc(top, reading)
    if any(each.result == "pass" for each in top.of("dmarc")):
        said = f"From's domain ({reading.copy.from_domain}) is the one that passed"
        yield Check("alignment", said, rule=Rule.ALIGNED, met=True)
    for result in top.of("arc"):
        yield Check("arc", f"arc={result.result}{_remark(result)}")
    yield from _compauth(top)


def believed_results(reading: Reading) -> Results | None:
    """Return what the topmost server that took this mail wrote: anybody can write in another's name (RFC 8601 §1.6).

    Where none names such a server the topmost has to do: some receivers sign with a name that is no host's.
    """
    every = read_results(reading.copy)
    if not every:
        return None
    return next((each for each in every if _took_it(each.server, reading)), every[0]).joined(every)


def _took_it(server: str, reading: Reading) -> bool:
    hosts = {guess_organisation(hop.receiver.lower()) for hop in read_hops(reading.copy) if "." in hop.receiver}
    return not server or guess_organisation(server.lower()) in hosts


def _whose(top: Results, every: tuple[Results, ...], reading: Reading) -> Check:
    others = [each.server for each in every if each.server.lower() != top.server.lower()]
    facts = {"server": top.server, "others": others}
    named = ", ".join(dict.fromkeys(filter(None, others)))
    more = f". Others are not believed: {named}" if named else ""
    if not _took_it(top.server, reading) and not _is_on_top(reading):
        said = f"{top.server} wrote what follows, and is none of the servers that took this mail{more}"
        hint = (
            "Where you do not know that name, somebody on the way may have written it: judge by the signatures below."
        )
        return Check("results", said, "arrived-strange", hint, facts)
    writer = top.server or "a server that gives no name (as Microsoft's)"
    said = f"{writer} wrote what follows; it is the receiver's own{more}"
    return Check("results", said, facts=facts)


def _is_on_top(reading: Reading) -> bool:
    """Return whether the results stand above every Received: each server writes on top (Yahoo)."""
    names = (field.name.lower() for field in reading.copy.fields)
    return next((name for name in names if name in {"authentication-results", "received"}), "") != "received"


def _remark(result: Result) -> str:
    return f" ({result.comment})" if result.comment else ""


_SPF_WORDS = {
    "softfail": "the address that delivered is not allowed, mildly (~all)",
    "fail": "the address that delivered is not allowed",
    "neutral": "the record says nothing of the address that delivered",
    "none": "there is no SPF record",
    "permerror": "the SPF record is broken",
    "temperror": "the DNS did not answer",
}


def _spf(top: Results, reading: Reading) -> Check:
    found = next(iter(top.of("spf")), None)
    if found is None:
        return Check("spf", f"{top.name} says nothing of SPF", "arrived-no-spf", rule=Rule.SPF)
    facts = {"result": found.result, "domain": found.domain}
    if found.result == "pass":
        said = f"spf=pass for {found.domain or 'MAIL FROM'}"
        if not reading.is_ours(found.domain):
            said += f", which is not From's domain ({reading.copy.from_domain}): for DMARC the signature has to do"
        return Check("spf", said, facts=facts, rule=Rule.SPF, met=True)
    words = _SPF_WORDS.get(found.result, found.result)
    code = "arrived-spf-later" if found.result == "temperror" else "arrived-spf"
    hint = "mailer doctor --only spf   says what to publish"
    said = f"spf={found.result} for {found.domain}: {words}"
    return Check("spf", said, code, hint, facts, rule=Rule.SPF, met=False)


def _dkim(top: Results, reading: Reading) -> Iterator[Check]:
    found = top.of("dkim")
    if not found or all(each.result == "none" for each in found):
        said = f"{top.name} found no signature"
        hint = "Have the relay sign with your domain, or sign yourself: mailer dkim new-key"
        yield Check("dkim", said, "arrived-unsigned", hint, rule=Rule.DKIM, met=False)
        return
    passed = [each for each in found if each.result == "pass"]
    ours = [each for each in passed if reading.is_ours(each.domain)]
    facts = {"results": [{"result": each.result, "domain": each.domain} for each in found]}
    told = ", ".join(f"dkim={each.result} for {each.domain}{_remark(each)}" for each in found)
    if ours:
        yield Check("dkim", told, facts=facts, rule=Rule.DKIM, met=True)
    elif passed:
        said = f"{told}; none is of From's domain ({reading.copy.from_domain})"
        hint = "Have the relay sign with your own domain; a stranger's signature does not count for DMARC."
        yield Check("dkim", said, "arrived-foreign", hint, facts, rule=Rule.DKIM, met=True)
    else:
        yield Check("dkim", told, "arrived-dkim", "See the signatures below.", facts, rule=Rule.DKIM, met=False)


def _dmarc(top: Results, reading: Reading) -> Iterator[Check]:
    found = next(iter(top.of("dmarc")), None)
    if found is None:
        yield Check("dmarc", f"{top.name} says nothing of DMARC", "arrived-dmarc-untold", rule=Rule.DMARC)
        return
    facts = {"result": found.result, "domain": found.domain}
    only = "mailer doctor --only dmarc   says what to publish"
    said = f"dmarc={found.result} for {found.domain}"
    if found.result == "pass":
        yield Check("dmarc", f"{said}{_remark(found)}", facts=facts, rule=Rule.DMARC, met=True)
    elif found.result in {"none", "bestguesspass"}:
        said = f"dmarc={found.result}: {found.domain or reading.copy.from_domain} has no policy"
        yield Check("dmarc", said, "arrived-no-dmarc", only, facts, rule=Rule.DMARC, met=False)
    elif found.result in {"temperror", "permerror"}:
        said += f": the receiver could not read the policy{_remark(found)}"
        yield Check("dmarc", said, "arrived-dmarc-untold", only, facts, rule=Rule.DMARC)
    else:
        said += f": neither SPF nor a signature passes for From's domain{_remark(found)}"
        hint = "mailer doctor   tells which of them to mend"
        yield Check("dmarc", said, "arrived-dmarc", hint, facts, rule=Rule.ALIGNED, met=False)
        there = f"the receiver found a policy of {found.domain or reading.copy.from_domain}"
        yield Check("dmarc policy", there, rule=Rule.DMARC, met=True)


def passed_there(domain: str, selector: str, reading: Reading) -> bool:
    """Return whether the receiver's own server, which is believed, found a signature of a domain good."""
    top = believed_results(reading)
    if top is None or not (_took_it(top.server, reading) or _is_on_top(reading)):
        return False
    return any(
        each.result == "pass"
        and each.domain == domain
        and each.properties.get("header.s", selector).lower() == selector.lower()
        for each in top.of("dkim")
    )


def _compauth(top: Results) -> Iterator[Check]:
    """Yield what Microsoft makes of all of it together."""
    for result in top.of("compauth"):
        said = f"compauth={result.result}{_remark(result)}"
        if result.result == "fail":
            said += ": Microsoft does not believe that From is real, and puts the mail among the junk"
            yield Check("compauth", said, "filter-spam", "Mend what is wrong with SPF, DKIM and DMARC.")
        else:
            yield Check("compauth", said)
