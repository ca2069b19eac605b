"""Arrived: one of our mails that arrived: the receiver's verdicts, and changes on the way.

The DNS shows only half of it before a mailing; whether receivers trust a mail can only be seen in a copy that arrived.
The order is: the receiver's verdicts, signatures, the route, changes and format. All of it is read in the sandbox,
since strangers wrote parts of the mail. The DNS is asked only for the keys of its signatures; nothing is changed or
sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Final

from mailer.errors import InputProblem, Severity
from mailer.frozen import dataclass, replace
from mailer.lookup import Resolver
from mailer.message.checks import check_message
from mailer.message.checks.look import FAULT_OF_OURS
from mailer.message.received import (
    Copy,
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
from mailer.message.records import DkimRecord, guess_organisation, is_aligned, is_dkim, parse_dkim_record
from mailer.message.sign import dns_name
from mailer.runs.doctor.values import Check, Examined, Group, compare, first, found, phrase
from mailer.runs.untrusted import MAIL
from mailer.sandbox import SANDBOX
from mailer.settings import Dns, Settings
from mailer.words import read_section

# harmless changes by a server, and what a copy saved from a mail program never has
_NOT_OURS: Final = frozenset({"line-ends", "body-line-length", "seven-bit", "line-length"})
_CHANGED: Final = {Verdict.BODY_CHANGED, Verdict.HEADER_CHANGED}


def examine_copy(data: bytes, settings: Settings, *, source: str, dns: Dns | None, now: datetime) -> Examined:
    """Check a mail that arrived; without a `dns` to ask, no signature can be verified.

    `settings` name our senders and the return address for bounces; `source` names the file in errors.

    Raises:
        InputProblem: this is no mail, or it cannot be read within the limits of the sandbox.
    """
    return SANDBOX.call(MAIL, source, examine_here, data, settings, source=source, dns=dns, now=now)


def examine_here(data: bytes, settings: Settings, *, source: str, dns: Dns | None, now: datetime) -> Examined:
    """Check a mail as `examine_copy` does, in this process."""
    copy = parse_copy(data)
    inner = attached_copy(copy)
    found_in = f"the file holds {copy.others + 1} mails: the first is read" if copy.others else ""
    if inner and inner.all("Received") and not copy.all("List-Unsubscribe"):
        copy, found_in = inner, "it was forwarded as an attachment; the attached message was checked"
    if not copy.all("From") or not (copy.all("Received") or copy.all("Date") or copy.all("Subject")):
        hint = "Save it from the mail program with all of its header: “Show original”, “Save as”, .eml."
        message = "this is not a mail that arrived: it has no From field, or no other header fields"
        raise InputProblem(message, source=source, hint=hint)
    resolver = Resolver(dns.address, timeout_s=dns.timeout_s) if dns else None
    reading = _Reading(copy, settings, resolver, now)
    steps: tuple[tuple[Group, Callable[[_Reading], Iterator[Check]]], ...] = (
        (Group.VERDICT, _verdicts),
        (Group.SIGNATURE, _signatures),
        (Group.ROUTE, _route),
        (Group.CHANGED, _changed),
        (Group.MAIL, _format),
    )
    checks = [Check("copy", found_in)] if found_in else []
    checks += [replace(check, group=group) for group, look in steps for check in look(reading)]
    return Examined(tuple(checks), compare(checks))


@dataclass(frozen=True)
class _Reading:
    """A mail that arrived, with what is needed to judge it; without a resolver no DNS is asked."""

    copy: Copy
    settings: Settings
    resolver: Resolver | None
    now: datetime

    @property
    def is_from_us(self) -> bool:
        """Return whether the mail is from a sender in mailer.toml; True if it has no senders."""
        senders = [sender.domain for sender in self.settings.senders.values()]
        return not senders or self.copy.from_domain in senders

    def is_ours(self, domain: str) -> bool:
        """Return whether a domain belongs to the one in From (relaxed alignment)."""
        ours, ask = self.copy.from_domain, self.resolver.records if self.resolver else None
        return bool(domain and ours) and is_aligned(domain, ours, ask)

    @cached_property
    def results(self) -> Results | None:
        """Return the results of the topmost server that received this mail: others may be forged (RFC 8601 §1.6).

        The results of the same server in other fields are added. If none names such a server, the topmost is used:
        some receivers write a name that is no host name.
        """
        every = read_results(self.copy)
        if not every:
            return None
        return next((each for each in every if self.is_receiver(each.server)), every[0]).joined(every)

    def is_receiver(self, server: str) -> bool:
        """Return whether a server is one of those that received the mail, or has no name."""
        hosts = {guess_organisation(hop.receiver.lower()) for hop in read_hops(self.copy) if "." in hop.receiver}
        return not server or guess_organisation(server.lower()) in hosts

    @cached_property
    def is_trusted(self) -> bool:
        """Return whether the results are the receiver's own, as those above every Received are (Yahoo's)."""
        names = (field.name.lower() for field in self.copy.fields)
        top = next((name for name in names if name in {"authentication-results", "received"}), "")
        return self.results is not None and (self.is_receiver(self.results.server) or top != "received")

    def passed_there(self, signature: Signature) -> bool:
        """Return whether the receiver's own server verified a signature."""
        selector = signature.selector.lower()
        return self.is_trusted and any(
            each.result == "pass"
            and each.domain == signature.domain
            and each.properties.get("header.s", selector).lower() == selector
            for each in (self.results.of("dkim") if self.results else ())
        )


# Verdicts: the results of SPF, DKIM and DMARC at the receiver's server. Nothing is checked again.


def _verdicts(reading: _Reading) -> Iterator[Check]:
    top, ours = reading.results, reading.copy.from_domain
    if not reading.is_from_us:
        yield found("arrived-stranger", "sender", whose=ours or "nobody")
    if top is None:
        yield found("arrived-untold", "results")
        return
    others = [each.server for each in read_results(reading.copy) if each.server.lower() != top.server.lower()]
    named = ", ".join(dict.fromkeys(filter(None, others)))
    yield found(
        "results" if reading.is_trusted else "arrived-strange",
        "results",
        {"server": top.server, "others": others},
        writer=top.server or "a server that gives no name (as Microsoft's)",
        more=f". Not trusted: {named}" if named else "",
    )
    server = top.server or "the receiver's server"
    yield _spf(top, server, reading)
    yield _dkim(top, server, reading)
    yield from _dmarc(top, server, ours)
    if any(each.result == "pass" for each in top.of("dmarc")):
        yield found("arrived-alignment", "alignment", ours=ours)
    for result in top.of("arc"):
        yield found("arrived-arc", "arc", result=result.result, remark=result.remark)
    for result in top.of("compauth"):  # Microsoft's verdict on all of these together
        key = "filter-spam.microsoft" if result.result == "fail" else "arrived-compauth"
        yield found(key, "compauth", result=result.result, remark=result.remark)


def _spf(top: Results, server: str, reading: _Reading) -> Check:
    result = next(iter(top.of("spf")), None)
    if result is None:
        return found("arrived-no-spf", "spf", server=server)
    key = first(
        ("arrived-spf-later", result.result == "temperror"),
        ("arrived-spf", result.result != "pass"),
        ("arrived-spf.good", reading.is_ours(result.domain)),
        ("arrived-spf.other", True),
    )
    known = result.result in {"softfail", "fail", "neutral", "none", "permerror", "temperror"}
    meaning = phrase(f"spf.{result.result}") if known else result.result
    facts = {"result": result.result, "domain": result.domain}
    whose = result.domain or "MAIL FROM"
    return found(key, "spf", facts, meaning=meaning, whose=whose, ours=reading.copy.from_domain)


def _dkim(top: Results, server: str, reading: _Reading) -> Check:
    results = top.of("dkim")
    if all(each.result == "none" for each in results):
        return found("arrived-unsigned", "dkim", server=server)
    passed = [each.domain for each in results if each.result == "pass"]
    key = first(
        ("arrived-dkim.good", any(map(reading.is_ours, passed))), ("arrived-foreign", passed), ("arrived-dkim", True)
    )
    text = ", ".join(f"dkim={each.result} for {each.domain}{each.remark}" for each in results)
    facts = {"results": [{"result": each.result, "domain": each.domain} for each in results]}
    return found(key, "dkim", facts, said=text, ours=reading.copy.from_domain)


def _dmarc(top: Results, server: str, ours: str) -> Iterator[Check]:
    result = next(iter(top.of("dmarc")), None)
    if result is None:
        yield found("arrived-dmarc-untold", "dmarc", server=server)
        return
    key = first(
        ("arrived-dmarc.good", result.result == "pass"),
        ("arrived-no-dmarc", result.result in {"none", "bestguesspass"}),
        ("arrived-dmarc-untold.broken", result.result in {"temperror", "permerror"}),
        ("arrived-dmarc", True),
    )
    facts, whose = {"result": result.result, "domain": result.domain}, result.domain or ours
    yield found(key, "dmarc", facts, whose=whose, remark=result.remark)
    if key == "arrived-dmarc":
        yield found("arrived-dmarc.policy", "dmarc policy", whose=whose)


# Signing: whether the signatures are valid, are the sender's own, and cover the required fields. The keys are in the
# DNS; without it only the hash of the body is checked, which still shows whether someone changed the text.


def _signatures(reading: _Reading) -> Iterator[Check]:
    signatures = read_signatures(reading.copy)
    if not signatures:
        results = reading.results
        lost = results is not None and any(each.result == "pass" for each in results.of("dkim"))
        server = (results.server if results else "") or "the receiver's server"
        yield found("signature-unsure.lost" if lost else "signature-none", "signature", server=server)
        return
    judged = [(signature, *_verify(signature, reading)) for signature in signatures]
    for signature, verdict, key in judged:
        yield _signature(signature, verdict, key, reading)
    good = [signature for signature, verdict, _ in judged if verdict in {Verdict.GOOD, Verdict.UNKNOWN}]
    yield _button(reading, good or list(signatures))


def _verify(signature: Signature, reading: _Reading) -> tuple[Verdict, DkimRecord | None]:
    key, is_known = None, False
    if reading.resolver is not None:
        answer = reading.resolver.ask(dns_name(signature.selector, signature.domain), "TXT")
        text, is_known = next(filter(is_dkim, answer.records), ""), answer.known
        key = parse_dkim_record(text) if text else None
    verdict = verify(reading.copy, signature, key, now=int(reading.now.timestamp()))
    return (Verdict.UNKNOWN if verdict is Verdict.NO_KEY and not is_known else verdict), key


def _signature(signature: Signature, verdict: Verdict, key: DkimRecord | None, reading: _Reading) -> Check:
    ours = reading.is_ours(signature.domain)
    is_since = verdict in _CHANGED and reading.passed_there(signature)
    covers_from = "from" in signature.names
    verdicts = {name: (words, *hint) for name, words, *hint in read_section("doctor", "verdicts")["rows"]}
    words, hint = (*verdicts["since" if is_since else verdict.value], "")[:2]
    remarks = {
        "stranger": not ours,
        "length": signature.length is not None,
        "from": not covers_from,
        "once": ours and signature.names.count("from") == 1,
    }
    texts = [phrase(f"signature.{name}", ours=reading.copy.from_domain) for name, holds in remarks.items() if holds]
    return found(
        first(
            ("signature-broken", not is_since and verdict in {*_CHANGED, Verdict.NO_KEY, Verdict.UNREADABLE}),
            ("signature-open", signature.length is not None or not covers_from),
            ("signature-unsure", is_since or verdict in {Verdict.UNKNOWN, Verdict.EXPIRED}),
            ("signature.ours", ours),
            ("signature", True),
        ),
        f"signature {signature.selector}" if signature.selector else "signature",
        {
            "domain": signature.domain,
            "selector": signature.selector,
            "algorithm": signature.algorithm,
            "verdict": verdict.value,
            "aligned": ours,
            "covers": list(signature.names),
            "bits": key.bits if key else None,
        },
        said="; ".join([f"{signature.algorithm} of {signature.domain} {words}", *signature.wrong, *texts]),
        hint=hint,
    )


def _button(reading: _Reading, signatures: list[Signature]) -> Check:
    """Return whether a mail program can offer an unsubscribe button (RFC 8058 §4)."""
    copy = reading.copy
    is_offered = copy.all("List-Unsubscribe-Post") and "<https://" in copy.first("List-Unsubscribe")
    covering = [signature.domain for signature in signatures if not signature.uncovered(copy)]
    left = dict.fromkeys(each for signature in signatures for each in signature.uncovered(copy))
    key = first(("button-none", not is_offered), ("button", covering), ("button-hidden", True))
    signers = [*filter(reading.is_ours, covering), *covering]
    return found(key, "unsubscribe button", signers=signers, left=list(left))


# Route: the servers that the mail went through, whether over TLS, and what filters wrote into its header.


def _route(reading: _Reading) -> Iterator[Check]:
    hops = read_hops(reading.copy)
    servers = [{"from": hop.sender, "by": hop.receiver, "with": hop.protocol, "tls": hop.secure} for hop in hops]
    clear = [f"{hop.sender or 'somebody'} to {hop.receiver or 'somebody'}" for hop in hops if hop.secure is False]
    secured = sum(hop.secure is True for hop in hops)
    steps = "1 step" if len(hops) == 1 else f"{len(hops)} steps"
    yield found(
        first(("way-unknown", not hops), ("way-clear", clear), ("way", secured), ("way.inside", True)),
        "servers",
        {"hops": servers} if hops else {},
        clear=clear,
        steps=steps,
        how="with TLS" if secured == len(hops) else f"{secured} with TLS, the rest within one house",
    )
    for opinion in read_opinions(reading.copy):
        yield found("filter-spam" if opinion.spam else "filter", f"filter {opinion.filter}", said=opinion.sentence)


# Changed: changes to the mail on its way, and whether MAIL FROM arrived as we sent it.


def _changed(reading: _Reading) -> Iterator[Check]:
    bounces = reading.settings.bounces
    path = reading.copy.first("Return-Path").strip("<> ").lower()
    if (
        bounces.address and path and reading.is_from_us
    ):  # a relay that sets a return address of its own gets the bounces
        local, _, domain = bounces.address.lower().rpartition("@")
        is_other = path.rpartition("@")[2] != domain or not path.startswith(local)
        key = first(
            ("return-known", is_other and bounces.verp == "off"),
            ("return-other", is_other),
            ("return-lost", bounces.verp == "on" and not path.startswith(f"{local}+")),
            ("return", True),
        )
        yield found(key, "return address", {"return_path": path}, address=bounces.address)
    signs = list(find_alterations(reading.copy))
    for key, words in signs:
        yield found(key, key.partition(".")[0], **words)
    if not signs:
        yield found("unchanged", "unchanged")


def _format(reading: _Reading) -> Iterator[Check]:
    data = reading.copy.data if reading.copy.data.endswith(b"\r\n") else reading.copy.data + b"\r\n"
    checks = check_message(data)
    failed = [check for check in checks if not check.passed]
    for check in failed:
        mild = check.code in _NOT_OURS or check.severity is not Severity.ERROR
        hint = "A server on the way may have done that." if check.hint == FAULT_OF_OURS else check.hint
        yield found("format-note" if mild else "format", f"format {check.code}", said=check.message, hint=hint)
    good = len(checks) - len(failed)
    yield found("format.good", "format", {"passed": good}, count=len(checks))
