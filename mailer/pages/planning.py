"""Planning: what a mailing would do, before anybody says yes.

Everything one must know to agree, nothing else: who is left out and why, who gets which version, how long it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mailer.errors import Severity
from mailer.events import MailingKind, MailingState
from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import BAD, Page, Part, count, fact, gap, heading, line, people
from mailer.pages.words import reason_words
from mailer.runs.planning.edition import WAIVED
from mailer.runs.planning.plan import Estimate, Foreseen, Plan
from mailer.runs.planning.request import describe, tell_moment
from mailer.runs.sending.send import NO_RELAY
from mailer.settings import PREVIEW, Relay

_SHOWN_LEFT_OUT = 12
_SHOWN_FIELDS = 5
_SHOWN_HELD = 3
# Rows that are left out for reasons that need no looking at.
_QUIET = {"duplicate", "excluded", "already_planned", "filtered", "not_sampled", "beyond_limit", "mailed_recently"}

shape(Estimate, "done_at bound days late")


def _document(told: Foreseen) -> dict[str, Any]:
    """Return a plan in the words of a report; the estimate is null where nothing bounds the speed."""
    plan, tally, records = told.plan, told.plan.tally, told.plan.tally.records
    return {
        "mailing": plan.slug,
        "release": plan.slug,
        "headline": plan.release.headline,
        "kind": plan.request.kind,
        "subject": tally.first.rendered.subject if tally.first else None,
        "sender": plan.sender.address,
        "to_send": tally.to_send,
        "largest": tally.largest,
        "lists": tally.per_list,
        "selection": str(plan.request.selection) or None,
        "left_out": tally.left_out,
        "left_out_people": [
            {
                "reason": entry.reason,
                "list": entry.list_name,
                "row": entry.row,
                "line": entry.line,
                "email": entry.value,
                "message": entry.message,
            }
            for entry in tally.left_out_examples
        ],
        "held": [{"email": email, "until": until} for email, until in tally.held],
        "on_several_lists": {
            "people": records.people,
            "filled": {name: filled for name, filled in records.filled.items() if filled.total()},
            "conflicts": records.conflicts,
        },
        "role_addresses": tally.role_addresses,
        "languages": _languages(plan),
        "text_only": tally.text_only,
        "skipped_reasons": tally.skipped,
        "relay": plan.request.relay.key,
        "estimate": told.estimate,
        "scheduled_at": plan.request.at.at.isoformat() if plan.request.at else None,
        "embargo": _embargo_json(plan),
        "problems": plan.warnings,
    }


shape(
    Foreseen,
    "*plan dry_run:is_dry_run refused",
    plan=_document,
    refused=lambda told: told.refused and str(told.refused),
)


def _languages(plan: Plan) -> dict[str, int]:
    found = Counter[str]()
    for language, number in plan.tally.languages.items():
        found[language or plan.release.language] += number
    return dict(found)


def _embargo_json(plan: Plan) -> dict[str, Any] | None:
    """Return under which embargo it goes out, and to whom; None where the mail speaks of none."""
    embargo = plan.release.embargo
    if embargo is None or embargo.until is None or plan.request.kind is not MailingKind.RELEASE:
        return None
    return {"until": embargo.until.isoformat(), "only_who_agreed": not plan.request.not_agreed}


@page.register
def _(told: Foreseen) -> Page:
    plan, tally, release = told.plan, told.plan.tally, told.plan.release
    late = told.estimate.late if told.estimate else 0
    subject = tally.first.rendered.subject if tally.first else release.headline
    label = f"{release.label} · " if release.label else ""
    where = f"by {describe_relay(plan.request.relay)}{', rehearsed' if told.is_rehearsal else ''}"
    size = f", {max(1, round(tally.largest / 1000))} kB at most" if tally.to_send else ""
    more = f" · and {told.waiting} of an earlier run still wait" if told.waiting else ""
    to_send = f"{count(tally.to_send, 'message')}{size}{_by_when(told)}{more}"
    first = [*tally.first_people, *(["…"] if tally.to_send > len(tally.first_people) else [])]
    return Page(
        gap(),
        heading(release.headline),
        line(f"Subject: {subject}", depth=1) if subject != release.headline else None,
        line(f"{label}from {plan.sender.name} <{plan.sender.address}> · {where}", depth=1),
        gap(),
        fact("Lists", " + ".join(f"{name} {number}" for name, number in tally.per_list.items()) or "none"),
        fact("On several", _merged(plan)),
        fact("Left out", [*filter(None, [counts(tally.left_out)]), *_left_out(plan)]),
        fact("Held", _held(plan)),
        fact("Skipped", counts(tally.skipped)),
        fact("Goes out", _moment(plan, told.now)),
        fact("Embargo", _embargo(plan)),
        fact("To send", to_send),
        fact("Too late", f"{late} of them would leave after --expires, so never: give it more time" if late else ""),
        fact("Versions", " · ".join(_versions(plan))),
        fact("First", first),
        fact("Checks", _checks(plan)),
        gap(),
        _refused(told),
    )


def _refused(told: Foreseen) -> Iterator[Part]:
    if told.is_dry_run:
        yield line("Dry run: nothing was sent.", depth=1)
    if told.refused is not None:
        yield line(f"To send it would be refused: {told.refused}", BAD, depth=1)
        yield from (line(each, depth=1) for each in told.refused.hint.splitlines())


def _merged(plan: Plan) -> Iterator[str]:
    """Yield what lists after the first added to people who are on several, and where the lists differ."""
    merged = plan.tally.records
    if not merged.people:
        return
    yield f"{people(merged.people)} of these; each gets one mail"
    for name, filled in merged.filled.items():
        if filled.total():
            yield f"empty fields filled from {name}: {_fields(filled)}"
    if merged.conflicts:
        yield f"the lists differ about {_fields(merged.conflicts)}: the first list's word stands"


def _fields(found: Counter[str]) -> str:
    shown = [f"{name} {number}" for name, number in found.most_common(_SHOWN_FIELDS) if number]
    return ", ".join(shown) + (" …" if len(found) > _SHOWN_FIELDS else "")


def _left_out(plan: Plan) -> Iterator[str]:
    loud = [each for each in plan.tally.left_out_examples if each.reason.value not in _QUIET]
    yield from (f"{each.list_name} line {each.line}   {each.message}" for each in loud[:_SHOWN_LEFT_OUT])
    if len(loud) > _SHOWN_LEFT_OUT:
        yield "… `mailer lists check` shows them all"


def _held(plan: Plan) -> Iterator[str]:
    """Yield who is held because they got news a short time ago, and until when the last of them is."""
    held = plan.tally.held
    if not held:
        return
    until = max(until for _, until in held).astimezone()
    who = ", ".join(address for address, _ in held[:_SHOWN_HELD]) + (" …" if len(held) > _SHOWN_HELD else "")
    yield f"{len(held)} until {until:%A %d %B %H:%M} at the latest: {who}"
    yield 'the same command then reaches them; --despite-recent "why" does now'


def _moment(plan: Plan, now: datetime) -> Iterator[str]:
    """Yield when it will go; where it was to go at another moment, that too."""
    at, before = plan.request.at, plan.existing
    if at is not None:
        yield describe(at.text, at.at, now=now)
    if before is not None and before.state is MailingState.SCHEDULED and (at is None or before.scheduled_at != at.at):
        was = tell_moment(before, now=now)
        yield f"instead of {was}" if at else f"now; it was scheduled for {was}"


def _embargo(plan: Plan) -> Iterator[str]:
    """Yield under which embargo it goes out and to whom, or that the embargo is over by then."""
    if plan.request.kind is not MailingKind.RELEASE:
        return
    embargo = plan.release.embargo
    if embargo is None or embargo.until is None:
        yield next((each.message for each in plan.warnings if each.code == "embargo-lifted"), "")
        return
    who = "also to people who have not agreed" if plan.request.not_agreed else "only to people who agreed to it"
    yield f"until {embargo.until:%Y-%m-%d %H:%M %Z}: {who}"
    if plan.tally.left_out["embargo_not_agreed"]:
        yield '--not-agreed "why" sends it to the others, too'


def _versions(plan: Plan) -> Iterator[str]:
    """Yield how many get which version, and how many plain text; nothing where all are alike."""
    tally = plan.tally
    said = [f"{number} in {language}" for language, number in tally.languages.most_common() if language]
    yield from said
    if said and tally.languages[""]:
        yield f"{tally.languages['']} as the release ({plan.release.language})"
    if tally.text_only:
        yield f"{tally.text_only} of all as plain text"


def _by_when(told: Foreseen) -> str:
    """Return what bounds the speed, and when the last message leaves, in the time of this machine."""
    estimate = told.estimate
    if estimate is None:
        return ""
    done, today = estimate.done_at.astimezone(), told.now.astimezone().date()
    far = (done.date() - today).days > 6
    day = "" if done.date() == today else f"{done:%d %B} " if far else f"{done:%A} "
    how = f"over {estimate.days} days at {estimate.bound}," if estimate.days > 1 else f"at {estimate.bound}"
    return f"; {how} done by {day}{done:%H:%M}"


def _checks(plan: Plan) -> Iterator[str]:
    warnings = [problem for problem in plan.warnings if problem.severity is Severity.WARNING]
    built = (
        f"all {count(plan.tally.to_send, 'message')} built and checked" if plan.tally.to_send else "nothing to build"
    )
    waived = [problem.message for problem in plan.warnings if problem.code == WAIVED]
    yield " · ".join([built, *([count(len(warnings), "warning")] if warnings else []), *waived])
    for problem in warnings:
        yield str(problem)
        if problem.hint:
            yield f"  {problem.hint}"


def describe_relay(relay: Relay) -> str:
    """Describe a relay in half a line."""
    if relay.key == PREVIEW:
        return "the preview inbox on this machine (nothing leaves it)"
    if relay.key == NO_RELAY.key:
        return "no relay: mailer.toml names none yet"
    secured = {"implicit": "TLS", "starttls": "TLS", "plain": "this machine"}[relay.security.value]
    return f"relay {relay.key} ({relay.host}, {secured})"


def counts(found: Mapping[str, int]) -> str:
    """Return how many for which reason, in a line."""
    return " · ".join(f"{number} {reason_words(reason)}" for reason, number in found.items())
