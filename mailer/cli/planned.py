"""Planned: what a send would do, before anybody says yes.

Owns the words of the confirmation and the JSON of a dry run. Everything one must know, nothing else: who is left out
and why, who gets which version, how long it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mailer.cli import output
from mailer.cli.context import now
from mailer.cli.summary import say_line
from mailer.errors import Severity
from mailer.events import MailingKind, MailingState
from mailer.pages.words import reason_words

if TYPE_CHECKING:
    from mailer.contacts.audience.records import Merged
    from mailer.contacts.values import LeftOut
    from mailer.runs.planning.estimate import Estimate
    from mailer.runs.planning.plan import Plan
    from mailer.settings import Relay

_SHOWN_LEFT_OUT = 12
_SHOWN_FIELDS = 5
_SHOWN_HELD = 3
_WIDE = 94


def say_plan(plan: Plan, *, where: str, waiting: int = 0, estimate: Estimate | None = None) -> None:
    """Print what a send would do; `where` describes the relay, `waiting` counts those of an earlier run.

    `estimate` says how long it takes, where something bounds the speed.
    """
    tally, release = plan.tally, plan.release
    output.say(to_stderr=True)
    output.say(f"  {release.headline}", style="bold", to_stderr=True)
    if tally.first is not None and tally.first.rendered.subject != release.headline:
        output.say(f"  Subject: {tally.first.rendered.subject}", to_stderr=True)
    label = f"{release.label} · " if release.label else ""
    who = f"  {label}from {plan.sender.name} <{plan.sender.address}>"
    apart = "\n  " if len(who) + len(where) > _WIDE else " · "
    output.say(f"{who}{apart}by {where}", to_stderr=True)
    output.say(to_stderr=True)
    lists = " + ".join(f"{name} {count}" for name, count in tally.per_list.items())
    say_line("Lists", lists or "none")
    _say_merged(tally.records)
    if tally.left_out:
        say_line("Left out", _counts(tally.left_out))
        _say_left_out(tally.left_out_examples)
    _say_held(tally.held)
    if tally.skipped:
        say_line("Skipped", _counts(tally.skipped))
    size = f", {_kilobytes(tally.largest)} at most" if tally.to_send else ""
    more = f" · and {waiting} of an earlier run still wait" if waiting else ""
    _say_moment(plan)
    _say_embargo(plan)
    say_line("To send", f"{_messages(tally.to_send)}{size}{_by_when(estimate)}{more}")
    if estimate is not None and estimate.late:
        say_line("Too late", f"{estimate.late} of them would leave after --expires, so never: give it more time")
    _say_versions(plan)
    for number, person in enumerate(tally.first_people):
        say_line("" if number else "First", person)
    if tally.to_send > len(tally.first_people):
        say_line("", "…")
    _say_warnings(plan)
    output.say(to_stderr=True)


def _say_merged(merged: Merged) -> None:
    """Say what lists after the first added to people who stand on several, and where the lists differ."""
    if not merged.people:
        return
    say_line("On several", f"{_number(merged.people, 'person', 'people')} of these; each gets one mail")
    for name, filled in merged.filled.items():
        if filled.total():
            say_line("", f"empty fields filled from {name}: {_fields(filled)}")
    if merged.conflicts:
        say_line("", f"the lists differ about {_fields(merged.conflicts)}: the first list's word stands")


def _fields(counts: Counter[str]) -> str:
    shown = [f"{name} {count}" for name, count in counts.most_common(_SHOWN_FIELDS) if count]
    return ", ".join(shown) + (" …" if len(counts) > _SHOWN_FIELDS else "")


def _say_versions(plan: Plan) -> None:
    """Say how many get which version, and how many plain text; nothing where all are alike."""
    tally, own = plan.tally, plan.release.language
    said = [f"{count} in {language}" for language, count in tally.languages.most_common() if language]
    if said and tally.languages[""]:
        said.append(f"{tally.languages['']} as the release ({own})")
    if tally.text_only:
        said.append(f"{tally.text_only} of all as plain text")
    if said:
        say_line("Versions", " · ".join(said))


def _say_held(held: Sequence[tuple[str, datetime]]) -> None:
    """Say who is held because they got news a short time ago, and until when the last of them is."""
    if not held:
        return
    until = max(until for _, until in held).astimezone()
    who = ", ".join(address for address, _ in held[:_SHOWN_HELD]) + (" …" if len(held) > _SHOWN_HELD else "")
    say_line("Held", f"{len(held)} until {until:%A %d %B %H:%M} at the latest: {who}")
    say_line("", 'the same command then reaches them; --despite-recent "why" does now')


def _say_moment(plan: Plan) -> None:
    """Say when it will go; where it was to go at another moment, that too."""
    from mailer.runs.planning.schedule import tell_moment
    from mailer.runs.planning.when import describe

    at = plan.request.at
    if at is not None:
        say_line("Goes out", describe(at.text, at.at, now=now()))
    before = plan.existing
    if before is not None and before.state is MailingState.SCHEDULED and (at is None or before.scheduled_at != at.at):
        was = tell_moment(before, now=now())
        say_line("" if at else "Goes out", f"instead of {was}" if at else f"now; it was scheduled for {was}")


def _say_embargo(plan: Plan) -> None:
    """Say under which embargo it goes out and to whom, or that the embargo is over by then."""
    if plan.request.kind is not MailingKind.RELEASE:
        return
    embargo = plan.release.embargo
    lifted = next((each.message for each in plan.warnings if each.code == "embargo-lifted"), "")
    if embargo is not None and embargo.until is not None:
        who = "also to people who have not agreed" if plan.request.not_agreed else "only to people who agreed to it"
        say_line("Embargo", f"until {embargo.until:%Y-%m-%d %H:%M %Z}: {who}")
        if plan.tally.left_out["embargo_not_agreed"]:
            say_line("", '--not-agreed "why" sends it to the others, too')
    elif lifted:
        say_line("Embargo", lifted)


def _embargo(plan: Plan) -> dict[str, Any] | None:
    """Return under which embargo it goes out, and to whom; None where the mail speaks of none."""
    embargo = plan.release.embargo
    if embargo is None or embargo.until is None or plan.request.kind is not MailingKind.RELEASE:
        return None
    return {"until": embargo.until.isoformat(), "only_who_agreed": not plan.request.not_agreed}


def _by_when(estimate: Estimate | None) -> str:
    """Return what bounds the speed, and when the last message leaves, in the time of this machine."""
    if estimate is None:
        return ""
    done, today = estimate.done_at.astimezone(), now().astimezone().date()
    far = (done.date() - today).days > 6
    day = "" if done.date() == today else f"{done:%d %B} " if far else f"{done:%A} "
    how = f"over {estimate.days} days at {estimate.bound}," if estimate.days > 1 else f"at {estimate.bound}"
    return f"; {how} done by {day}{done:%H:%M}"


def _say_left_out(examples: Iterable[LeftOut]) -> None:
    quiet = {"duplicate", "excluded", "already_planned", "filtered", "not_sampled", "beyond_limit", "mailed_recently"}
    for number, entry in enumerate(each for each in examples if each.reason.value not in quiet):
        if number == _SHOWN_LEFT_OUT:
            say_line("", "… `mailer lists check` shows them all")
            return
        say_line("", f"{entry.list_name} line {entry.line}   {entry.message}")


def _say_warnings(plan: Plan) -> None:
    from mailer.runs.planning.sources import WAIVED

    warnings = [problem for problem in plan.warnings if problem.severity is Severity.WARNING]
    built = f"all {_messages(plan.tally.to_send)} built and checked" if plan.tally.to_send else "nothing to build"
    waived = [problem.message for problem in plan.warnings if problem.code == WAIVED]
    open_ones = [_number(len(warnings), "warning")] if warnings else []
    say_line("Checks", " · ".join([built, *open_ones, *waived]))
    for problem in warnings:
        say_line("", str(problem))
        if problem.hint:
            say_line("", f"  {problem.hint}")


def plan_document(plan: Plan, estimate: Estimate | None = None) -> dict[str, Any]:
    """Return a plan as JSON, in the words of a report; `estimate` is null where nothing bounds the speed."""
    tally = plan.tally
    return {
        "mailing": plan.slug,
        "release": plan.slug,
        "headline": plan.release.headline,
        "kind": plan.request.kind.value,
        "subject": tally.first.rendered.subject if tally.first else None,
        "sender": plan.sender.address,
        "to_send": tally.to_send,
        "largest": tally.largest,
        "lists": dict(tally.per_list),
        "selection": str(plan.request.selection) or None,
        "left_out": dict(tally.left_out),
        "left_out_people": [
            {
                "reason": entry.reason.value,
                "list": entry.list_name,
                "row": entry.row,
                "line": entry.line,
                "email": entry.value,
                "message": entry.message,
            }
            for entry in tally.left_out_examples
        ],
        "held": [{"email": email, "until": until.isoformat(timespec="seconds")} for email, until in tally.held],
        "on_several_lists": {
            "people": tally.records.people,
            "filled": {name: dict(filled) for name, filled in tally.records.filled.items() if filled.total()},
            "conflicts": dict(tally.records.conflicts),
        },
        "role_addresses": tally.role_addresses,
        "languages": _languages(plan),
        "text_only": tally.text_only,
        "skipped_reasons": dict(tally.skipped),
        "relay": plan.request.relay.key,
        "estimate": {
            "done_at": estimate.done_at.isoformat(timespec="seconds"),
            "bound": estimate.bound,
            "days": estimate.days,
            "late": estimate.late,
        }
        if estimate
        else None,
        "scheduled_at": plan.request.at.at.isoformat() if plan.request.at else None,
        "embargo": _embargo(plan),
        "problems": [output.problem_json(problem) for problem in plan.warnings],
    }


def describe(relay: Relay) -> str:
    """Describe a relay in half a line."""
    from mailer.runs.sending.send import NO_RELAY, PREVIEW

    if relay.key == PREVIEW:
        return "the preview inbox on this machine (nothing leaves it)"
    if relay.key == NO_RELAY.key:
        return "no relay: mailer.toml names none yet"
    secured = {"implicit": "TLS", "starttls": "TLS", "plain": "this machine"}[relay.security.value]
    return f"relay {relay.key} ({relay.host}, {secured})"


def _languages(plan: Plan) -> dict[str, int]:
    found = Counter[str]()
    for language, count in plan.tally.languages.items():
        found[language or plan.release.language] += count
    return dict(found)


def _counts(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{count} {reason_words(reason)}" for reason, count in counts.items())


def _messages(count: int) -> str:
    return _number(count, "message")


def _number(count: int, noun: str, several: str = "") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {several or noun + 's'}"


def _kilobytes(size: int) -> str:
    return f"{max(1, round(size / 1000))} kB"
