"""Signing: whether the signatures of a mail that arrived hold, are its sender's, and cover what they have to.

Owns the judging. The keys are asked of the DNS; without it the hash of the body is checked alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailer.message import dns_name
from mailer.message.received.signatures import Signature, read_signatures
from mailer.message.received.verifying import Verdict, verify
from mailer.message.records.dkim_record import DkimRecord, is_dkim, parse_dkim_record
from mailer.runs.doctor.arrived.reading import Reading
from mailer.runs.doctor.arrived.verdicts import believed_results, passed_there
from mailer.runs.doctor.values import Check, Rule


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
_SAVE_AGAIN = (
    "Nothing to mend, as a rule: servers and programs change what they keep. “Show original” has it as it came."
)


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
