"""Arrived: a mail of ours that arrived, read again: what the receiver made of it, and what the way made of it.

Owns the order, and the judging of changes and of format. All of it happens in the sandbox, as strangers wrote in the
mail. Asks the DNS for the keys of its signatures alone. Changes nothing, and sends nothing.

    reading.py   the mail, and whose domains are its sender's     verdicts.py  Authentication-Results
    signing.py   its signatures                                   way.py       servers, TLS, time, filters
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from mailer.errors import InputProblem, Severity
from mailer.lookup import Resolver
from mailer.message import check_message
from mailer.message.checks.transport import FAULT_OF_OURS
from mailer.message.received.alterations import find_alterations
from mailer.message.received.fields import Copy, attached_copy, parse_copy
from mailer.runs.doctor import bulk
from mailer.runs.doctor.arrived.reading import Reading
from mailer.runs.doctor.arrived.signing import look_at_signatures
from mailer.runs.doctor.arrived.verdicts import look_at_verdicts
from mailer.runs.doctor.arrived.way import look_at_way
from mailer.runs.doctor.examining import Examined, Told
from mailer.runs.doctor.values import Check, Group
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
