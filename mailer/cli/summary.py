"""Summary: what one must know before sending, and what became of it after.

Owns the words of the confirmation and of the end. Everything one must know, nothing else; the words are honest:
accepted by the relay, never «delivered».
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mailer.cli import output
from mailer.cli.context import now
from mailer.errors import Severity
from mailer.events import MailingState

if TYPE_CHECKING:
    from mailer.contacts.values import LeftOut
    from mailer.runs.estimate import Estimate
    from mailer.runs.plan import Plan

_LABEL = 12
REASONS = {
    "duplicate": "on the lists twice",
    "invalid": "without a usable address",
    "missing": "without an address",
    "marked": "marked in the list as not to be mailed",
    "excluded": "on an --except list",
    "already_planned": "in this mailing already",
    "opted_out": "opted out",
    "complained": "complained",
    "dead_address": "with a dead address",
    "manual": "suppressed by staff",
}
_SHOWN_LEFT_OUT = 12
# Reasons in the field's words, as sentences (reply.Outcome.reason).
WHY = {
    "userunknown": "the address does not exist",
    "hostunknown": "the domain takes no mail",
    "hasmoved": "the person has moved away",
    "suspend": "the mailbox is disabled",
    "mailboxfull": "the mailbox is full",
    "onhold": "put off (greylisted)",
    "systemerror": "their server asks to try later",
    "networkerror": "the connection broke",
    "policyviolation": "refused as policy",
    "spamdetected": "refused as spam",
    "badreputation": "our server is blocked there",
    "authfailure": "our sender domain did not pass their checks",
    "contenterror": "the message was refused",
    "mesgtoobig": "the message is too big",
    "speeding": "too fast for them",
    "rejected": "refused",
    "smtputf8": "the relay cannot take such an address",
    "process_died": "mailer was stopped in the middle",
    "by_hand": "settled by hand",
    "by_return": "settled: something came back about it",
    "by_copy": "settled: a copy of it was found",
}

_DEAD = ("userunknown", "hostunknown", "hasmoved", "suspend")


def say_line(label: str, text: str, *, to_stderr: bool = True) -> None:
    """Print a line with its label in the left column."""
    output.say(f"  {label:{_LABEL}}{text}", to_stderr=to_stderr)


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
    output.say(f"  {label}from {plan.sender.name} <{plan.sender.address}> · by {where}", to_stderr=True)
    output.say(to_stderr=True)
    lists = " + ".join(f"{name} {count}" for name, count in tally.per_list.items())
    say_line("Lists", lists or "none")
    if tally.left_out:
        say_line("Left out", _counts(tally.left_out))
        _say_left_out(tally.left_out_examples)
    if tally.skipped:
        say_line("Skipped", _counts(tally.skipped))
    size = f", {_kilobytes(tally.largest)} at most" if tally.to_send else ""
    more = f" · and {waiting} of an earlier run still wait" if waiting else ""
    _say_moment(plan)
    say_line("To send", f"{_messages(tally.to_send)}{size}{_by_when(estimate)}{more}")
    if estimate is not None and estimate.late:
        say_line("Too late", f"{estimate.late} of them would leave after --expires, so never: give it more time")
    for number, person in enumerate(tally.first_people):
        say_line("" if number else "First", person)
    if tally.to_send > len(tally.first_people):
        say_line("", "…")
    _say_warnings(plan)
    output.say(to_stderr=True)


def _say_moment(plan: Plan) -> None:
    """Say when it will go; where it was to go at another moment, that too."""
    from mailer.runs.schedule import tell_moment
    from mailer.runs.when import describe

    at = plan.request.at
    if at is not None:
        say_line("Goes out", describe(at.text, at.at, now=now()))
    before = plan.existing
    if before is not None and before.state is MailingState.SCHEDULED and (at is None or before.scheduled_at != at.at):
        was = tell_moment(before, now=now())
        say_line("" if at else "Goes out", f"instead of {was}" if at else f"now; it was scheduled for {was}")


def _by_when(estimate: Estimate | None) -> str:
    """Say what bounds the speed, and when the last message leaves, in the time of this machine."""
    if estimate is None:
        return ""
    done, today = estimate.done_at.astimezone(), now().astimezone().date()
    far = (done.date() - today).days > 6
    day = "" if done.date() == today else f"{done:%d %B} " if far else f"{done:%A} "
    how = f"over {estimate.days} days at {estimate.bound}," if estimate.days > 1 else f"at {estimate.bound}"
    return f"; {how} done by {day}{done:%H:%M}"


def _say_left_out(examples: Iterable[LeftOut]) -> None:
    quiet = {"duplicate", "excluded", "already_planned"}
    for number, entry in enumerate(each for each in examples if each.reason.value not in quiet):
        if number == _SHOWN_LEFT_OUT:
            say_line("", "… `mailer lists check` shows them all")
            return
        say_line("", f"{entry.list_name} line {entry.line}   {entry.message}")


def _say_warnings(plan: Plan) -> None:
    warnings = [problem for problem in plan.warnings if problem.severity is Severity.WARNING]
    built = f"all {_messages(plan.tally.to_send)} built and checked" if plan.tally.to_send else "nothing to build"
    say_line("Checks", f"{built} · {_number(len(warnings), 'warning')}" if warnings else built)
    for problem in warnings:
        say_line("", str(problem))


def say_outcome(document: Mapping[str, Any], *, to_stderr: bool = True) -> None:
    """Print what became of a mailing so far."""
    from mailer.runs.when import describe

    states = [
        f"{document[state]} {state.replace('_', ' ')}"
        for state in (
            "accepted",
            "rejected",
            "deferred",
            "in_doubt",
            "pending",
            "claimed",
            "attempted",
            "skipped",
            "cancelled",
            "expired",
        )
        if document[state] or state == "accepted"
    ]
    if document["state"] == MailingState.SCHEDULED:
        at = datetime.fromisoformat(document["scheduled_at"])
        label = "Goes out" if at > now() else "Was due"
        say_line(label, describe(document["scheduled_for"], at, now=now()), to_stderr=to_stderr)
    output.say(f"  {document['planned']} planned   {' · '.join(states)}", style="bold", to_stderr=to_stderr)
    for label, state in (("Rejected", "rejected"), ("Deferred", "deferred")):
        for number, refusal in enumerate(each for each in document["refusals"] if each["state"] == state):
            why = WHY.get(refusal["reason"], refusal["reason"] or "refused")
            after = " (will be skipped from now on)" if refusal["reason"] in _DEAD else ""
            say_line("" if number else label, f"{refusal['count']} {why}{after}", to_stderr=to_stderr)
            said = f': "{_short(refusal["text"])}"' if refusal["text"] else ""
            say_line("", f"  {refusal['address']}{said}", to_stderr=to_stderr)
    if document["in_doubt"]:
        say_line(
            "In doubt",
            f"{document['in_doubt']}: the connection broke after the text had left; they may have it",
            to_stderr=to_stderr,
        )


def say_doubt(person: Mapping[str, Any], *, to_stderr: bool = True) -> None:
    """Print who is in doubt, and all that is known: when, by which relay, how it ended, what came back since."""
    attempted = (person["attempted_at"] or "")[:19].replace("T", " ")
    ended = person["text"] or WHY.get(person["reason"] or "", person["reason"] or "nothing was heard")
    say_line("", person["address"] or "(forgotten)", to_stderr=to_stderr)
    say_line("", f"  attempted {attempted} UTC by relay {person['relay']}: {_short(ended)}", to_stderr=to_stderr)
    say_line("", f"  Message-ID {person['message_id']}", to_stderr=to_stderr)
    for sign in person["came_back"]:
        by = "only their address" if sign["matched_by"] == "recipient" else f"our {sign['matched_by']}"
        say_line("", f"  came back since: {sign['kind']}, with {by} in it: {sign['source']}", to_stderr=to_stderr)


def next_steps(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what the operator can do next, each a command and what it is for."""
    name = document["mailing"]
    waiting = document["pending"] + document["deferred"] + document["claimed"]
    if document["state"] == MailingState.SCHEDULED:
        yield "mailer worker", "sends it when it is time"
        yield f'mailer send {name} --to LIST --at "WHEN"', "moves it (or: --at now)"
        yield f"mailer cancel {name}", "ends it for good"
        return
    if waiting:
        yield f"mailer resume {name}", f"the {waiting} that wait"
    if document["in_doubt_people"]:
        yield f"mailer reconcile {name}", "settles those in doubt for whom there is a proof"
    yield "mailer bounces collect", "what came back"
    yield f"mailer report {name}", "who got it"


def _counts(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{count} {REASONS.get(reason, reason)}" for reason, count in counts.items())


def _messages(count: int) -> str:
    return _number(count, "message")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _kilobytes(size: int) -> str:
    return f"{max(1, round(size / 1000))} kB"


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:89]}…"
