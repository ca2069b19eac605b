"""Arrived: a mail of ours that arrived, read again: what the receiver made of it, and what the way made of it.

What the DNS says before a mailing is one half; whether a mail that was really sent is believed at the other end is the
other, and only a copy of it shows that. Read from top to bottom: changes and format, signatures, the receiver's
verdicts, the way. All of it happens in the sandbox, as strangers wrote in the mail. The DNS is asked for the keys of
its signatures alone; nothing is changed or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mailer.errors import InputProblem, Severity
from mailer.lookup import Resolver
from mailer.message.checks import check_message
from mailer.message.checks.look import FAULT_OF_OURS
from mailer.message.dkim_key import dns_name
from mailer.message.received.alterations import find_alterations
from mailer.message.received.fields import Copy, attached_copy, parse_copy
from mailer.message.received.filters import read_opinions
from mailer.message.received.hops import Hop, read_hops
from mailer.message.received.results import Result, Results, read_results
from mailer.message.received.signatures import Signature, read_signatures
from mailer.message.received.verifying import Verdict, verify
from mailer.message.records.dkim_record import DkimRecord, is_dkim, parse_dkim_record
from mailer.message.records.dmarc import aligned, guess_organisation, organisation_of
from mailer.runs.doctor import bulk
from mailer.runs.doctor.examining import Examined, Told
from mailer.runs.doctor.values import Check, Group, Rule, ask_with
from mailer.runs.untrusted.mails import MAIL
from mailer.sandbox import SANDBOX
from mailer.settings import Dns, Settings


def examine_copy(data: bytes, settings: Settings, *, source: str, dns: Dns | None, now: datetime) -> Examined:
    """Read a mail that arrived; where the DNS is not to be asked (None), no signature can be verified.

    `settings` tell who our senders are, and where bounces should come back to; `source` names the file in errors.

    Raises:
        InputProblem: this is no mail, or it cannot be read within its limits.
    """
    return SANDBOX.call(MAIL, source, examine_here, data, settings, source=source, dns=dns, now=now)


def examine_here(data: bytes, settings: Settings, *, source: str, dns: Dns | None, now: datetime) -> Examined:
    """Read a mail as `examine_copy` does, in this process."""
    copy, found_in = _unpacked(parse_copy(data))
    resolver = Resolver(dns.address, timeout_s=dns.timeout_s) if dns else None
    reading = Reading(copy, settings, resolver, now)
    if not copy.all("From") or not (copy.all("Received") or copy.all("Date") or copy.all("Subject")):
        hint = "Save it from the mail program with all of its header: “Show original”, “Save as”, .eml."
        raise InputProblem(
            "this is no mail that arrived: it has no From, or nothing else of a header", source=source, hint=hint
        )
    looks: tuple[tuple[Group, Callable[[Reading], Iterator[Check]]], ...] = (
        (Group.VERDICT, _sender),
        (Group.VERDICT, look_at_verdicts),
        (Group.SIGNATURE, look_at_signatures),
        (Group.WAY, look_at_way),
        (Group.CHANGED, _changed),
        (Group.MAIL, _format),
    )
    told = tuple(Told(group, check) for group, look in looks for check in look(reading))
    if found_in:
        told = (Told(Group.VERDICT, Check("copy", found_in)), *told)
    return Examined(told, bulk.compare(each.check for each in told))


def _unpacked(copy: Copy) -> tuple[Copy, str]:
    """Return the mail to be read, and how it was found where the file holds more than one."""
    inner = attached_copy(copy)
    if inner and inner.all("Received") and not copy.all("List-Unsubscribe"):
        return inner, "somebody passed it on as an attachment: what is attached is read"
    several = f"the file holds {copy.others + 1} mails: the first is read" if copy.others else ""
    return copy, several


def _sender(reading: Reading) -> Iterator[Check]:
    if not reading.is_from_us:
        said = f"it is from {reading.copy.from_domain or 'nobody'}, which is no sender of mailer.toml"
        hint = "If somebody passed it on: as an attachment, it keeps its header; as text, it has none."
        yield Check("sender", said, "arrived-stranger", hint)


def _changed(reading: Reading) -> Iterator[Check]:
    yield from _return_path(reading)
    found = find_alterations(reading.copy)
    for each in found:
        yield Check(each.code, each.said, each.code, each.hint)
    if not found:
        yield Check("unchanged", "nothing shows that it was changed on the way")


def _return_path(reading: Reading) -> Iterator[Check]:
    """Return whether MAIL FROM arrived as we said it: a relay that sets its own gets the bounces (standards S15)."""
    bounces, name = reading.settings.bounces, "return address"
    path = reading.copy.first("Return-Path").strip("<> ").lower()
    if not bounces.address or not path or not reading.is_from_us:
        return
    local, _, domain = bounces.address.lower().rpartition("@")
    facts = {"return_path": path}
    if path.rpartition("@")[2] != domain or not path.startswith(local):
        said = f"the relay set MAIL FROM to {path}, so bounces come there and not to {bounces.address}"
        hint = '[bounces] verp = "off" where that has to be so; then have the relay report bounces (docs/webhooks.md)'
        code = "return-known" if bounces.verp == "off" else "return-other"
        yield Check(name, said, code, hint, facts)
    elif bounces.verp == "on" and not path.startswith(f"{local}+"):
        said = f"the token in the return address was lost ({path}), so a bounce does not say whose it is"
        yield Check(name, said, "return-lost", "The relay strips what stands behind +; ask whoever runs it.", facts)
    else:
        yield Check(name, "bounces come back to us, each with its token", facts=facts)


# What a server may do to a mail without harm, or what a copy saved from a mail program never has.
_OTHERS_DOING: Final = frozenset({"line-ends", "body-line-length", "seven-bit", "line-length"})


def _format(reading: Reading) -> Iterator[Check]:
    data = reading.copy.data if reading.copy.data.endswith(b"\r\n") else reading.copy.data + b"\r\n"
    checks = check_message(data)
    failed = [check for check in checks if not check.passed]
    for check in failed:
        mild = check.code in _OTHERS_DOING or check.severity is not Severity.ERROR
        hint = "A server on the way may have done that." if check.hint == FAULT_OF_OURS else check.hint
        yield Check(f"format {check.code}", check.message, "format-note" if mild else "format", hint)
    good = len(checks) - len(failed)
    yield Check("format", f"{good} of {len(checks)} checks of format, words and law hold", facts={"passed": good})


# Reading: the mail as it was saved, and whose domains are its sender's. The DNS is asked only where it may be.


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail that arrived, with what is needed to judge it; without a resolver nobody is asked."""

    copy: Copy
    settings: Settings
    resolver: Resolver | None
    now: datetime

    @property
    def is_from_us(self) -> bool:
        """Return whether a sender of mailer.toml wrote it; where there is none, whoever asks knows."""
        senders = [sender.domain for sender in self.settings.senders.values()]
        return not senders or self.copy.from_domain in senders

    def is_ours(self, domain: str) -> bool:
        """Return whether a domain belongs to the one in From (relaxed alignment)."""
        ours = self.copy.from_domain
        if not domain or not ours:
            return False
        listed = aligned(
            domain, ours, strict=False, organisations=(guess_organisation(domain), guess_organisation(ours))
        )
        if listed or self.resolver is None:
            return listed
        ask = ask_with(self.resolver)
        return organisation_of(domain, ask) == organisation_of(ours, ask)


# Signing: whether the signatures hold, are the sender's own, and cover what they have to. The keys are asked of the
# DNS; without it the hash of the body is checked alone, which still shows whether somebody changed the text.


def look_at_signatures(reading: Reading) -> Iterator[Check]:
    """Return whether each signature holds, and whether the unsubscribe button can be offered."""
    signatures = read_signatures(reading.copy)
    if not signatures:
        yield _unsigned(reading)
        return
    judged = [(signature, *_verify(signature, reading)) for signature in signatures]
    for signature, verdict, key in judged:
        yield _signature(signature, verdict, key, reading)
    good = [signature for signature, verdict, _ in judged if verdict in {Verdict.GOOD, Verdict.UNKNOWN}]
    yield _button(reading, good or [signature for signature, _, _ in judged])


def _unsigned(reading: Reading) -> Check:
    results = believed_results(reading)
    if results and any(each.result == "pass" for each in results.of("dkim")):
        said = f"{results.name} found a good signature, and this copy has none: it lost fields when it was saved"
        return Check("signature", said, "signature-unsure", "Save it again with all of its header: “Show original”.")
    return Check("signature", "the mail is not signed", "signature-none", "mailer dkim new-key   docs/dkim.md")


def _verify(signature: Signature, reading: Reading) -> tuple[Verdict, DkimRecord | None]:
    if reading.resolver is None:
        verdict = verify(reading.copy, signature, None, now=int(reading.now.timestamp()))
        return (Verdict.UNKNOWN if verdict is Verdict.NO_KEY else verdict), None
    answer = reading.resolver.ask(dns_name(signature.selector, signature.domain), "TXT")
    texts = [text for text in answer.records if is_dkim(text)]
    key = parse_dkim_record(texts[0]) if texts else None
    verdict = verify(reading.copy, signature, key, now=int(reading.now.timestamp()))
    return (Verdict.UNKNOWN if verdict is Verdict.NO_KEY and not answer.known else verdict), key


_VERDICTS = {
    Verdict.GOOD: "holds: what it covers arrived as it was signed",
    Verdict.BODY_CHANGED: "does not hold: the body was changed after it was signed",
    Verdict.HEADER_CHANGED: "does not hold: a field that it covers was changed, or another key signed",
    Verdict.NO_KEY: "cannot be checked by anybody: there is no key",
    Verdict.EXPIRED: "has ended (x=), as it does after some days",
    Verdict.UNREADABLE: "cannot be read",
    Verdict.UNKNOWN: "was not verified here",
}
_BAD = {Verdict.BODY_CHANGED, Verdict.HEADER_CHANGED, Verdict.NO_KEY, Verdict.UNREADABLE}


_CHANGED = {Verdict.BODY_CHANGED, Verdict.HEADER_CHANGED}
_SINCE = "held when the receiver looked, and not in this copy: it was changed since, or the key in the DNS was"
_SAVE_AGAIN = "Usually nothing to fix: servers and programs change what they keep. “Show original” has it as it came."


def _signature(signature: Signature, verdict: Verdict, key: DkimRecord | None, reading: Reading) -> Check:
    ours = reading.is_ours(signature.domain)
    facts: dict[str, Any] = {
        "domain": signature.domain,
        "selector": signature.selector,
        "algorithm": signature.algorithm,
        "verdict": verdict.value,
        "aligned": ours,
        "covers": list(signature.names),
        "bits": key.bits if key else None,
    }
    since = verdict in _CHANGED and passed_there(signature.domain, signature.selector, reading)
    said = f"{signature.algorithm} of {signature.domain} {_SINCE if since else _VERDICTS[verdict]}"
    said += "" if ours else f"; it is not of From's domain ({reading.copy.from_domain})"
    remarks = list(signature.wrong)
    if signature.length is not None:
        remarks.append("l= leaves the end of the body open to anybody (standards F18)")
    if "from" not in signature.names:
        remarks.append("it does not cover From")
    elif ours and not signature.seals_from:
        remarks.append("From is listed once: a second From could be added")
    code = _code(signature, Verdict.UNKNOWN if since else verdict)
    hint = _SAVE_AGAIN if since else _HINTS.get(verdict, "")
    name = f"signature {signature.selector}" if signature.selector else "signature"
    rule = Rule.ALIGNED if ours and verdict is Verdict.GOOD else None
    return Check(name, "; ".join([said, *remarks]), code, hint, facts, rule=rule, met=True if rule else None)


def _code(signature: Signature, verdict: Verdict) -> str:
    if verdict in _BAD:
        return "signature-broken"
    if signature.length is not None or "from" not in signature.names:
        return "signature-open"
    return "signature-unsure" if verdict in {Verdict.UNKNOWN, Verdict.EXPIRED} else ""


_HINTS = {
    Verdict.BODY_CHANGED: "What changes mail on the way (footers, link tracking, scanners) has to come before signing.",
    Verdict.HEADER_CHANGED: "Look for a gateway that rewrites Subject, To or List fields.",
    Verdict.NO_KEY: "mailer doctor --only dkim   says what to publish",
    Verdict.UNKNOWN: "Without --offline, and with pip install 'mailer[dkim]', it is verified.",
}


def _button(reading: Reading, signatures: list[Signature]) -> Check:
    """Return whether the unsubscribe button can be offered (RFC 8058 §4, standards F17)."""
    copy, name = reading.copy, "unsubscribe button"
    if not copy.all("List-Unsubscribe-Post") or "<https://" not in copy.first("List-Unsubscribe"):
        said = "the mail offers no one-click opt-out (List-Unsubscribe with https, and List-Unsubscribe-Post)"
        hint = '[optout] base_url = "https://…/o", or the relay took the fields out'
        return Check(name, said, "button-none", hint, rule=Rule.ONE_CLICK, met=False)
    covering = [signature for signature in signatures if not signature.uncovered(copy)]
    if covering:
        ours = [signature for signature in covering if reading.is_ours(signature.domain)]
        said = f"the signature of {(ours or covering)[0].domain} covers both of its fields"
        return Check(name, said, rule=Rule.ONE_CLICK, met=True)
    left = ", ".join(dict.fromkeys(each for signature in signatures for each in signature.uncovered(copy)))
    said = f"no good signature covers {left} (h=), so programs do not show the button (RFC 8058 §4)"
    hint = "Tell the relay to sign these fields too, or sign yourself: mailer dkim new-key"
    return Check(name, said, "button-hidden", hint, rule=Rule.ONE_CLICK, met=False)


# Verdicts: what the receiver's server made of SPF, DKIM and DMARC. The topmost Authentication-Results of a server that
# took the mail is believed, with what the same server wrote in others: anybody further down the way could have written
# the rest. Nothing is checked again.


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
        hint = "mailer doctor   shows which to fix"
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


# Way: through which servers the mail came, whether over TLS, and what filters wrote on it.

_COSTS: Final = "mailer release check NAME --spam   says what costs points; what is wrong above costs most."


def look_at_way(reading: Reading) -> Iterator[Check]:
    """Yield how it came, and what the filters on the way thought."""
    hops = read_hops(reading.copy)
    if not hops:
        yield Check("servers", "it has no Received field, so it came through no server", "way-unknown")
    else:
        yield _tls(hops)
    for opinion in read_opinions(reading.copy):
        code, hint = ("filter-spam", _COSTS) if opinion.spam else ("", "")
        yield Check(f"filter {opinion.filter}", opinion.said, code, hint)


def _tls(hops: tuple[Hop, ...]) -> Check:
    facts = {
        "hops": [{"from": hop.sender, "by": hop.receiver, "with": hop.protocol, "tls": hop.secure} for hop in hops]
    }
    clear = [hop for hop in hops if hop.secure is False]
    secured = sum(hop.secure is True for hop in hops)
    if clear:
        said = f"without TLS from {'; from '.join(hop.said for hop in clear)}"
        hint = "Gmail asks for TLS; the server that sends there has to offer it (smtp_tls_security_level = may)."
        return Check("servers", said, "way-clear", hint, facts, rule=Rule.TLS, met=False)
    steps = "1 step" if len(hops) == 1 else f"{len(hops)} steps"
    how = ", with TLS" if secured == len(hops) else f", {secured} with TLS, the rest within one house"
    said = steps + (how if secured else ", within one house")
    return Check("servers", said, facts=facts, rule=Rule.TLS, met=True if secured else None)
