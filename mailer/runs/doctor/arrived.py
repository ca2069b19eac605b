"""Arrived: a mail of ours that arrived, read again: what the receiver made of it, and what the way made of it.

What the DNS says before a mailing is one half; whether a mail that was really sent is believed at the other end is the
other, and only a copy of it shows that. Read from top to bottom: the receiver's verdicts, signatures, the way, changes
and format. All of it happens in the sandbox, as strangers wrote in the mail. The DNS is asked for the keys of its
signatures alone; nothing is changed or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from mailer.errors import InputProblem, Severity
from mailer.lookup import Resolver
from mailer.message.checks import check_message
from mailer.message.checks.look import FAULT_OF_OURS
from mailer.message.dkim_key import dns_name
from mailer.message.received import (
    Copy,
    Result,
    Results,
    Signature,
    Verdict,
    attached_copy,
    find_alterations,
    parse_copy,
    read_hops,
    read_opinions,
    read_results,
    read_signatures,
    verify,
)
from mailer.message.records.dkim_record import DkimRecord, is_dkim, parse_dkim_record
from mailer.message.records.dmarc import guess_organisation, organisation_of
from mailer.runs.doctor.values import Check, Examined, Group, Rule, Told, ask_with, compare
from mailer.runs.untrusted.mails import MAIL
from mailer.sandbox import SANDBOX
from mailer.settings import Dns, Settings

# what a server may do to a mail without harm, or what a copy saved from a mail program never has
_OTHERS_DOING: Final = frozenset({"line-ends", "body-line-length", "seven-bit", "line-length"})


def examine_copy(data: bytes, settings: Settings, *, source: str, dns: Dns | None, now: datetime) -> Examined:
    """Read a mail that arrived; where the DNS is not to be asked (None), no signature can be verified.

    `settings` tell who our senders are, and where bounces should come back to; `source` names the file in errors.

    Raises:
        InputProblem: this is no mail, or it cannot be read within its limits.
    """
    return SANDBOX.call(MAIL, source, examine_here, data, settings, source=source, dns=dns, now=now)


def examine_here(data: bytes, settings: Settings, *, source: str, dns: Dns | None, now: datetime) -> Examined:
    """Read a mail as `examine_copy` does, in this process."""
    copy = parse_copy(data)
    inner = attached_copy(copy)
    found_in = f"the file holds {copy.others + 1} mails: the first is read" if copy.others else ""
    if inner and inner.all("Received") and not copy.all("List-Unsubscribe"):
        copy, found_in = inner, "it was forwarded as an attachment; the attached message was checked"
    if not copy.all("From") or not (copy.all("Received") or copy.all("Date") or copy.all("Subject")):
        hint = "Save it from the mail program with all of its header: “Show original”, “Save as”, .eml."
        said = "this is no mail that arrived: it has no From, or nothing else of a header"
        raise InputProblem(said, source=source, hint=hint)
    resolver = Resolver(dns.address, timeout_s=dns.timeout_s) if dns else None
    reading = _Reading(copy, settings, resolver, now)
    looks: tuple[tuple[Group, Callable[[_Reading], Iterator[Check]]], ...] = (
        (Group.VERDICT, _verdicts),
        (Group.SIGNATURE, _signatures),
        (Group.WAY, _way),
        (Group.CHANGED, _changed),
        (Group.MAIL, _format),
    )
    told = [Told(Group.VERDICT, Check("copy", found_in))] if found_in else []
    told += [Told(group, check) for group, look in looks for check in look(reading)]
    return Examined(tuple(told), compare(each.check for each in told))


@dataclass(frozen=True)
class _Reading:
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
        if domain.lower() == ours or guess_organisation(domain) == guess_organisation(ours):
            return True
        if self.resolver is None:
            return False
        ask = ask_with(self.resolver)
        return organisation_of(domain, ask) == organisation_of(ours, ask)

    @cached_property
    def results(self) -> Results | None:
        """Return what the topmost server that took this mail wrote: others can write in its name (RFC 8601 §1.6).

        With it what the same server wrote in other fields. Where none names such a server the topmost has to do: some
        receivers sign with a name that is no host's.
        """
        every = read_results(self.copy)
        if not every:
            return None
        return next((each for each in every if self.took_it(each.server)), every[0]).joined(every)

    def took_it(self, server: str) -> bool:
        """Return whether a server is one of those that took the mail, or gives no name."""
        hosts = {guess_organisation(hop.receiver.lower()) for hop in read_hops(self.copy) if "." in hop.receiver}
        return not server or guess_organisation(server.lower()) in hosts

    @cached_property
    def is_believed(self) -> bool:
        """Return whether the results are the receiver's own; those above every Received are (Yahoo's)."""
        names = (field.name.lower() for field in self.copy.fields)
        first = next((name for name in names if name in {"authentication-results", "received"}), "")
        return self.results is not None and (self.took_it(self.results.server) or first != "received")

    def passed_there(self, signature: Signature) -> bool:
        """Return whether the receiver's own server, which is believed, found a signature good."""
        selector = signature.selector.lower()
        return self.is_believed and any(
            each.result == "pass"
            and each.domain == signature.domain
            and each.properties.get("header.s", selector).lower() == selector
            for each in (self.results.of("dkim") if self.results else ())
        )


# Verdicts: what the receiver's server made of SPF, DKIM and DMARC. Nothing is checked again.

_SPF_WORDS: Final = {
    "softfail": "the address that delivered is not allowed, mildly (~all)",
    "fail": "the address that delivered is not allowed",
    "neutral": "the record does not cover the delivering address",
    "none": "there is no SPF record",
    "permerror": "the SPF record is broken",
    "temperror": "the DNS did not answer",
}


def _verdicts(reading: _Reading) -> Iterator[Check]:
    top, ours = reading.results, reading.copy.from_domain
    if not reading.is_from_us:
        said = f"it is from {ours or 'nobody'}, which is no sender of mailer.toml"
        hint = "Forward it as an attachment to keep its header."
        yield Check("sender", said, "arrived-stranger", hint)
    if top is None:
        said = "it has no Authentication-Results, so what the receiver made of SPF, DKIM and DMARC is not in it"
        hint = "Send a test to Gmail, Outlook or Yahoo, and save that mail with all of its header."
        yield Check("results", said, "arrived-untold", hint)
        return
    others = [each.server for each in read_results(reading.copy) if each.server.lower() != top.server.lower()]
    facts = {"server": top.server, "others": others}
    named = ", ".join(dict.fromkeys(filter(None, others)))
    more = f". Others are not believed: {named}" if named else ""
    if reading.is_believed:
        writer = top.server or "a server that gives no name (as Microsoft's)"
        yield Check("results", f"{writer} wrote what follows; it is the receiver's own{more}", facts=facts)
    else:
        said = f"{top.server} wrote what follows, and is none of the servers that took this mail{more}"
        hint = "Where you do not know that name, somebody on the way may have written it: see the signatures below."
        yield Check("results", said, "arrived-strange", hint, facts)
    server = top.server or "the receiver's server"
    yield _spf(next(iter(top.of("spf")), None), server, reading)
    yield _dkim(top.of("dkim"), server, reading)
    yield from _dmarc(next(iter(top.of("dmarc")), None), server, ours)
    if any(each.result == "pass" for each in top.of("dmarc")):
        yield Check("alignment", f"From's domain ({ours}) is the one that passed", rule=Rule.ALIGNED)
    for result in top.of("arc"):
        yield Check("arc", f"arc={result.result}{_remark(result)}")
    for result in top.of("compauth"):  # what Microsoft makes of all of it together
        said = f"compauth={result.result}{_remark(result)}"
        if result.result == "fail":
            said += ": Microsoft does not believe that From is real, and puts the mail among the junk"
            yield Check("compauth", said, "filter-spam", "Fix SPF, DKIM and DMARC.")
        else:
            yield Check("compauth", said)


def _remark(result: Result) -> str:
    return f" ({result.comment})" if result.comment else ""


def _spf(found: Result | None, server: str, reading: _Reading) -> Check:
    if found is None:
        return Check("spf", f"{server} says nothing of SPF", "arrived-no-spf")
    facts = {"result": found.result, "domain": found.domain}
    if found.result == "pass":
        said = f"spf=pass for {found.domain or 'MAIL FROM'}"
        if not reading.is_ours(found.domain):
            said += f", which is not From's domain ({reading.copy.from_domain}): for DMARC the signature has to do"
        return Check("spf", said, facts=facts, rule=Rule.SPF)
    code = "arrived-spf-later" if found.result == "temperror" else "arrived-spf"
    said = f"spf={found.result} for {found.domain}: {_SPF_WORDS.get(found.result, found.result)}"
    return Check("spf", said, code, "mailer doctor --only spf   shows what to publish", facts)


def _dkim(found: tuple[Result, ...], server: str, reading: _Reading) -> Check:
    if all(each.result == "none" for each in found):
        hint = "Have the relay sign with your domain, or sign yourself: mailer dkim new-key"
        return Check("dkim", f"{server} found no signature", "arrived-unsigned", hint)
    passed = [each for each in found if each.result == "pass"]
    facts = {"results": [{"result": each.result, "domain": each.domain} for each in found]}
    told = ", ".join(f"dkim={each.result} for {each.domain}{_remark(each)}" for each in found)
    if any(reading.is_ours(each.domain) for each in passed):
        return Check("dkim", told, facts=facts, rule=Rule.DKIM)
    if passed:
        said = f"{told}; none is of From's domain ({reading.copy.from_domain})"
        hint = "Have the relay sign with your own domain; a stranger's signature does not count for DMARC."
        return Check("dkim", said, "arrived-foreign", hint, facts)
    return Check("dkim", told, "arrived-dkim", "See the signatures below.", facts)


def _dmarc(found: Result | None, server: str, ours: str) -> Iterator[Check]:
    if found is None:
        yield Check("dmarc", f"{server} says nothing of DMARC", "arrived-dmarc-untold")
        return
    facts = {"result": found.result, "domain": found.domain}
    only = "mailer doctor --only dmarc   shows what to publish"
    said = f"dmarc={found.result} for {found.domain}"
    if found.result == "pass":
        yield Check("dmarc", f"{said}{_remark(found)}", facts=facts, rule=Rule.DMARC)
    elif found.result in {"none", "bestguesspass"}:
        said = f"dmarc={found.result}: {found.domain or ours} has no policy"
        yield Check("dmarc", said, "arrived-no-dmarc", only, facts)
    elif found.result in {"temperror", "permerror"}:
        said += f": the receiver could not read the policy{_remark(found)}"
        yield Check("dmarc", said, "arrived-dmarc-untold", only, facts)
    else:
        said += f": neither SPF nor a signature passes for From's domain{_remark(found)}"
        yield Check("dmarc", said, "arrived-dmarc", "mailer doctor   shows which to fix", facts)
        yield Check("dmarc policy", f"the receiver found a policy of {found.domain or ours}", rule=Rule.DMARC)


# Signing: whether the signatures hold, are the sender's own, and cover what they have to. The keys are asked of the
# DNS; without it the hash of the body is checked alone, which still shows whether somebody changed the text.

_CHANGED: Final = {Verdict.BODY_CHANGED, Verdict.HEADER_CHANGED}
_VERDICTS: Final = {  # in words, and what to do
    Verdict.GOOD: ("holds: what it covers arrived as it was signed", ""),
    Verdict.BODY_CHANGED: (
        "does not hold: the body was changed after it was signed",
        "What changes mail on the way (footers, link tracking, scanners) has to come before signing.",
    ),
    Verdict.HEADER_CHANGED: (
        "does not hold: a field that it covers was changed, or another key signed",
        "Look for a gateway that rewrites Subject, To or List fields.",
    ),
    Verdict.NO_KEY: (
        "cannot be checked by anybody: there is no key",
        "mailer doctor --only dkim   shows what to publish",
    ),
    Verdict.EXPIRED: ("has ended (x=), as it does after some days", ""),
    Verdict.UNREADABLE: ("cannot be read", ""),
    Verdict.UNKNOWN: (
        "was not verified here",
        "Without --offline, and with pip install 'mailer[dkim]', it is verified.",
    ),
}
_SINCE: Final = (
    "held when the receiver looked, and not in this copy: it was changed since, or the key in the DNS was",
    "Usually nothing to fix: servers and programs change what they keep. “Show original” has it as it came.",
)


def _signatures(reading: _Reading) -> Iterator[Check]:
    signatures = read_signatures(reading.copy)
    if not signatures:
        if reading.results and any(each.result == "pass" for each in reading.results.of("dkim")):
            writer = reading.results.server or "the receiver's server"
            said = f"{writer} found a good signature, and this copy has none: it lost fields when it was saved"
            hint = "Save it again with all of its header: “Show original”."
            yield Check("signature", said, "signature-unsure", hint)
        else:
            yield Check("signature", "the mail is not signed", "signature-none", "mailer dkim new-key   docs/dkim.md")
        return
    judged = [(signature, *_verify(signature, reading)) for signature in signatures]
    for signature, verdict, key in judged:
        yield _signature(signature, verdict, key, reading)
    good = [signature for signature, verdict, _ in judged if verdict in {Verdict.GOOD, Verdict.UNKNOWN}]
    yield _button(reading, good or list(signatures))


def _verify(signature: Signature, reading: _Reading) -> tuple[Verdict, DkimRecord | None]:
    key, is_told = None, False
    if reading.resolver is not None:
        answer = reading.resolver.ask(dns_name(signature.selector, signature.domain), "TXT")
        text, is_told = next(filter(is_dkim, answer.records), ""), answer.known
        key = parse_dkim_record(text) if text else None
    verdict = verify(reading.copy, signature, key, now=int(reading.now.timestamp()))
    return (Verdict.UNKNOWN if verdict is Verdict.NO_KEY and not is_told else verdict), key


def _signature(signature: Signature, verdict: Verdict, key: DkimRecord | None, reading: _Reading) -> Check:
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
    is_since = verdict in _CHANGED and reading.passed_there(signature)
    words, hint = _SINCE if is_since else _VERDICTS[verdict]
    said = [f"{signature.algorithm} of {signature.domain} {words}"]
    if not ours:
        said.append(f"it is not of From's domain ({reading.copy.from_domain})")
    said += signature.wrong
    if signature.length is not None:
        said.append("l= leaves the end of the body open to anybody (standards F18)")
    if "from" not in signature.names:
        said.append("it does not cover From")
    elif ours and signature.names.count("from") == 1:
        said.append("From is listed once: a second From could be added")
    code = ""
    if not is_since and verdict in {*_CHANGED, Verdict.NO_KEY, Verdict.UNREADABLE}:
        code = "signature-broken"
    elif signature.length is not None or "from" not in signature.names:
        code = "signature-open"
    elif is_since or verdict in {Verdict.UNKNOWN, Verdict.EXPIRED}:
        code = "signature-unsure"
    name = f"signature {signature.selector}" if signature.selector else "signature"
    rule = Rule.ALIGNED if ours and verdict is Verdict.GOOD else None
    return Check(name, "; ".join(said), code, hint, facts, rule=rule)


def _button(reading: _Reading, signatures: list[Signature]) -> Check:
    """Return whether the unsubscribe button can be offered (RFC 8058 §4, standards F17)."""
    copy, name = reading.copy, "unsubscribe button"
    if not copy.all("List-Unsubscribe-Post") or "<https://" not in copy.first("List-Unsubscribe"):
        said = "the mail offers no one-click opt-out (List-Unsubscribe with https, and List-Unsubscribe-Post)"
        hint = '[optout] base_url = "https://…/o", or the relay took the fields out'
        return Check(name, said, "button-none", hint)
    covering = [signature for signature in signatures if not signature.uncovered(copy)]
    if covering:
        ours = [signature for signature in covering if reading.is_ours(signature.domain)]
        said = f"the signature of {(ours or covering)[0].domain} covers both of its fields"
        return Check(name, said, rule=Rule.ONE_CLICK)
    left = ", ".join(dict.fromkeys(each for signature in signatures for each in signature.uncovered(copy)))
    said = f"no good signature covers {left} (h=), so programs do not show the button (RFC 8058 §4)"
    hint = "Have the relay sign these fields too, or sign yourself: mailer dkim new-key"
    return Check(name, said, "button-hidden", hint)


# Way: through which servers the mail came, whether over TLS, and what filters wrote on it.


def _way(reading: _Reading) -> Iterator[Check]:
    hops = read_hops(reading.copy)
    facts = {
        "hops": [{"from": hop.sender, "by": hop.receiver, "with": hop.protocol, "tls": hop.secure} for hop in hops]
    }
    clear = [hop for hop in hops if hop.secure is False]
    secured = sum(hop.secure is True for hop in hops)
    if not hops:
        yield Check("servers", "it has no Received field, so it came through no server", "way-unknown")
    elif clear:
        steps = (f"{hop.sender or 'somebody'} to {hop.receiver or 'somebody'}" for hop in clear)
        hint = "Gmail asks for TLS; the server that sends there has to offer it (smtp_tls_security_level = may)."
        yield Check("servers", f"without TLS from {'; from '.join(steps)}", "way-clear", hint, facts)
    else:
        many = "1 step" if len(hops) == 1 else f"{len(hops)} steps"
        how = "with TLS" if secured == len(hops) else f"{secured} with TLS, the rest within one house"
        said = f"{many}, {how if secured else 'within one house'}"
        yield Check("servers", said, facts=facts, rule=Rule.TLS, met=True if secured else None)
    costs = "mailer release check NAME --spam   shows what costs points; the problems above cost most."
    for opinion in read_opinions(reading.copy):
        code, hint = ("filter-spam", costs) if opinion.spam else ("", "")
        yield Check(f"filter {opinion.filter}", opinion.said, code, hint)


# Changed: what the way made of it, and whether MAIL FROM arrived as we said it.


def _changed(reading: _Reading) -> Iterator[Check]:
    yield from _return_path(reading)
    found = find_alterations(reading.copy)
    for each in found:
        yield Check(each.code, each.said, each.code, each.hint)
    if not found:
        yield Check("unchanged", "nothing shows that it was changed on the way")


def _return_path(reading: _Reading) -> Iterator[Check]:
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
        yield Check(name, said, "return-lost", "The relay removes what follows +; ask its operator.", facts)
    else:
        yield Check(name, "bounces come back to us, each with its token", facts=facts)


def _format(reading: _Reading) -> Iterator[Check]:
    data = reading.copy.data if reading.copy.data.endswith(b"\r\n") else reading.copy.data + b"\r\n"
    checks = check_message(data)
    failed = [check for check in checks if not check.passed]
    for check in failed:
        mild = check.code in _OTHERS_DOING or check.severity is not Severity.ERROR
        hint = "A server on the way may have done that." if check.hint == FAULT_OF_OURS else check.hint
        yield Check(f"format {check.code}", check.message, "format-note" if mild else "format", hint)
    good = len(checks) - len(failed)
    yield Check("format", f"{good} of {len(checks)} checks of format, words and law hold", facts={"passed": good})
