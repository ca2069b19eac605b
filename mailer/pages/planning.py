"""Planning: what a mailing would do before anybody says yes, one person's exact mail, and how a run ended.

Everything one must know to agree, nothing else: who is left out and why, who gets which version, how long it takes.
What is wrong with a mail stands beside it; a mailing that stopped says why, and names the command that goes on with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mailer.errors import Severity
from mailer.events import MailingKind, MailingState
from mailer.pages import page, sentence
from mailer.pages.documents import pairs, rows, shape
from mailer.pages.layout import Fact, Page, Tone, Verbatim, fact, gap, heading, line, lines
from mailer.pages.words import LEFT_OUT, count, dotted, people, reason_words
from mailer.runs.planning.edition import WAIVED
from mailer.runs.planning.plan import Foreseen, Plan
from mailer.runs.planning.request import describe, tell_moment
from mailer.runs.previews import Previewed, Sheet, Tested
from mailer.runs.sending.deliver import RunEnded
from mailer.runs.sending.send import NO_RELAY
from mailer.runs.sending.steer import Settled, Steered
from mailer.settings import PREVIEW, Relay

_SHOWN_LEFT_OUT = 12
_SHOWN_FIELDS = 5
_SHOWN_HELD = 3
_SHOWN_WRONG = 10
# Rows that are left out for reasons that need no looking at.
_QUIET = {"duplicate", "excluded", "already_planned", "filtered", "not_sampled", "beyond_limit", "mailed_recently"}


def _languages(plan: Plan) -> Counter[str]:
    found = Counter[str]()
    for language, number in plan.tally.languages.items():
        found[language or plan.release.language] += number
    return found


shape(
    Plan,
    "mailing:slug release:slug headline:release.headline kind:request.kind subject sender:sender.address"
    " to_send:tally.to_send largest:tally.largest lists:tally.per_list selection? left_out:tally.left_out"
    " left_out_people held on_several_lists role_addresses:tally.role_addresses languages text_only:tally.text_only"
    " skipped_reasons:tally.skipped relay:request.relay.key",
    subject=lambda plan: plan.tally.first.rendered.subject if plan.tally.first else None,
    selection=lambda plan: str(plan.request.selection),
    left_out_people=rows("tally.left_out_examples", "reason list:list_name row line email:value message"),
    held=pairs("tally.held", "email until"),
    on_several_lists=lambda plan: {
        "people": plan.tally.records.people,
        "filled": {name: filled for name, filled in plan.tally.records.filled.items() if filled.total()},
        "conflicts": plan.tally.records.conflicts,
    },
    languages=_languages,
)
shape(
    Foreseen,
    "*plan estimate scheduled_at embargo problems:plan.warnings dry_run:is_dry_run refused",
    scheduled_at=lambda told: told.plan.request.at and told.plan.request.at.at.isoformat(),
    embargo=lambda told: (
        {"until": until.isoformat(), "only_who_agreed": not told.plan.request.not_agreed}
        if (until := _under(told.plan))
        else None
    ),
    refused=lambda told: told.refused and str(told.refused),
)


def _under(plan: Plan) -> datetime | None:
    """Return until when the embargo is under which it goes out; None where the mail speaks of none."""
    embargo = plan.release.embargo
    return embargo.until if embargo and plan.request.kind is MailingKind.RELEASE else None


@page.register
def _(told: Foreseen) -> Page:
    plan, tally, release = told.plan, told.plan.tally, told.plan.release
    late = told.estimate.late if told.estimate else 0
    subject = tally.first.rendered.subject if tally.first else release.headline
    label = f"{release.label} · " if release.label else ""
    where = f"by {_describe(plan.request.relay)}{', rehearsed' if told.is_rehearsal else ''}"
    size = f", {max(1, round(tally.largest / 1000))} kB at most" if tally.to_send else ""
    more = f" · and {told.waiting} of an earlier run still wait" if told.waiting else ""
    to_send = f"{count(tally.to_send, 'message')}{size}{_by_when(told)}{more}"
    first = [*tally.first_people, *(["…"] if tally.to_send > len(tally.first_people) else [])]
    return Page(
        gap(),
        heading(release.headline),
        line(subject != release.headline and f"Subject: {subject}", depth=1),
        line(f"{label}from {plan.sender.name} <{plan.sender.address}> · {where}", depth=1),
        gap(),
        fact("Lists", " + ".join(f"{name} {number}" for name, number in tally.per_list.items()) or "none"),
        fact("On several", _merged(plan)),
        fact("Left out", [*filter(None, [_counts(tally.left_out)]), *_left_out(plan)]),
        fact("Held", _held(plan)),
        fact("Skipped", _counts(tally.skipped)),
        fact("Goes out", _moment(plan, told.now)),
        fact("Embargo", _embargo(plan)),
        fact("To send", to_send),
        fact("Too late", late and f"{late} of them would leave after --expires, so never: give it more time"),
        fact("Versions", dotted(*_versions(plan))),
        fact("First", first),
        fact("Checks", _checks(plan)),
        gap(),
        line(told.is_dry_run and "Dry run: nothing was sent.", depth=1),
        line(bool(told.refused) and f"To send it would be refused: {told.refused}", Tone.BAD, depth=1),
        lines(told.refused.hint.splitlines() if told.refused else (), depth=1),
    )


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
        yield f"the lists differ about {_fields(merged.conflicts)}: the first list's value is used"


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
    until = _under(plan)
    if until is None:
        yield next((each.message for each in plan.warnings if each.code == "embargo-lifted"), "")
        return
    who = "also to contacts who have not agreed" if plan.request.not_agreed else "only to contacts who agreed to it"
    yield f"until {until:%Y-%m-%d %H:%M %Z}: {who}"
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
    yield dotted(built, count(len(warnings), "warning") if warnings else "", *waived)
    for problem in warnings:
        yield str(problem)
        if problem.hint:
            yield f"  {problem.hint}"


def _describe(relay: Relay) -> str:
    """Describe a relay in half a line."""
    if relay.key == PREVIEW:
        return "the preview inbox on this machine (nothing leaves it)"
    if relay.key == NO_RELAY.key:
        return "no relay: mailer.toml names none yet"
    secured = {"implicit": "TLS", "starttls": "TLS", "plain": "this machine"}[relay.security.value]
    return f"relay {relay.key} ({relay.host}, {secured})"


def _counts(found: Mapping[str, int]) -> str:
    """Return how many for which reason, in a line."""
    return dotted(*(f"{number} {reason_words(reason)}" for reason, number in found.items()))


# One person's mail, everybody's on one page, and what became of a test.


def _warnings(plan: Plan) -> Fact | None:
    return fact("Warning", (str(each) for each in plan.warnings if each.severity is Severity.WARNING), aside=True)


shape(
    Previewed,
    "email subject:subject html:files.html text:files.text source:files.source problems:plan.warnings",
    email=lambda made: str(made.contact.address),
)


@page.register
def _(made: Previewed) -> Page:
    files = made.files
    return Page(
        Verbatim(made.body),
        gap(),
        _warnings(made.plan),
        fact("HTML", str(files.html or "none: this contact gets plain text"), aside=True),
        fact("Text", str(files.text), aside=True),
        fact("Source", str(files.source), aside=True),
    )


shape(Tested, "*figures page")


@page.register
def _(done: Tested) -> Page:
    relay = _describe(done.plan.request.relay)
    states: dict[str, list[str]] = {}
    for each in done.figures["deliveries"]:
        said = f' ("{each["text"]}")' if each["state"] != "accepted" and each["text"] else ""
        states.setdefault(each["state"].capitalize(), []).append(f"{each['address']} by {relay}{said}")
    return Page(
        _warnings(done.plan),
        (fact(state, lines) for state, lines in states.items()),
        fact("Look at it", done.page.as_uri() if done.page else ""),
    )


def _people(sheet: Sheet) -> list[dict[str, Any]]:
    folder = sheet.page.parent

    def file(name: str) -> str:
        return str(folder / name) if name else ""

    return rows(
        "people",
        "email name? place subject? manner? bytes:size waits_for_embargo:waits skipped? html? text? source? problems",
        skipped=lambda each: LEFT_OUT.get(each.skipped, each.skipped),
        html=lambda each: file(each.html),
        text=lambda each: file(each.text),
        source=lambda each: file(each.source),
    )(sheet)


shape(Sheet, "release:plan.slug headline:plan.release.headline page people problems:plan.warnings", people=_people)


@page.register
def _(sheet: Sheet) -> Page:
    made, skipped = sum(bool(each.text) for each in sheet.people), sum(bool(each.skipped) for each in sheet.people)
    waiting = sum(each.waits for each in sheet.people)
    wrong = [f"{each.email}: {each.problems[0]}" for each in sheet.wrong[:_SHOWN_WRONG]]
    if len(sheet.wrong) > _SHOWN_WRONG:
        wrong.append(f"… and {len(sheet.wrong) - _SHOWN_WRONG} more; they come first on the page")
    return Page(
        fact("Made", f"{made} of {len(sheet.people)} mails{f' · {skipped} skipped' if skipped else ''}"),
        fact("Embargo", waiting and f"{waiting} have not agreed to keep it (column embargo_agreed)"),
        fact("Wrong", wrong),
        _warnings(sheet.plan),
        fact("Look at it", sheet.page.as_uri()),
    )


# What somebody did to a mailing from another terminal, or after a crash, and how a run ended.


@page.register
def _(done: Steered) -> Page:
    found = done.mailing
    planning = f"The planning of {found.name} was stopped; no recipients were added."
    if found.state is MailingState.PAUSED:
        then = f"{found.name} is paused. Go on with: mailer resume {found.name}"
    elif done.is_pause:
        then = f"There is nothing else to pause. To plan it anew: mailer send {found.slug} --to LIST"
    else:
        then = f"{found.name} is {found.state}; {people(done.cancelled)} will not get it."
    return Page(line(done.stopped_planning and planning), line(then))


@page.register
def _(run: RunEnded) -> Page:
    ended, go_on = run.ended, f"mailer resume {run.mailing}"
    told = [*lines(run.notes, depth=1)]
    if ended.halted:
        told.append(line(ended.halted, Tone.BAD, depth=1))
        told.append(line(f"The rest waits, untouched. When it is fixed: {go_on}", depth=1))
    elif ended.stopped:
        told.append(line(f"Stopped. Go on with: {go_on}", depth=1))
    elif ended.lost:
        lost = "Stopped: this command was suspended for more than 60 seconds, and another process has taken over"
        told.append(line(f"{lost} what it held. Go on with: {go_on}", Tone.BAD, depth=1))
    elif ended.full_until is not None:
        when = f"{ended.full_until.astimezone():%A %H:%M}"
        full = f"Relay {run.relay} has had what it takes in 24 hours; there is room again on {when}."
        told.append(line(full, depth=1))
        told.append(line(f"The rest waits: {go_on}, or a running mailer worker.", depth=1))
    return Page(told, fact("Look at it", run.page.as_uri() if run.page else ""))


_AGAIN = "is planned again. Send with: mailer resume"
sentence(Settled, lambda done: f"{done.email} {'counts as accepted.' if done.accepted else f'{_AGAIN} {done.mailing}'}")
