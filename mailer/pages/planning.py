"""Planning: what a mailing would do, before it is confirmed.

The page has only what the decision needs: who is left out and why, who gets which version, how long it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from mailer.contacts.meaning.answers import zone_of
from mailer.errors import Severity
from mailer.events import MailingKind, MailingState
from mailer.ledger.mailings import full_name
from mailer.ledger.plans import words_of
from mailer.pages import page
from mailer.pages.documents import pairs, rows, shape
from mailer.pages.layout import Fact, Page, Steps, Tone, fact, gap, heading, line, lines
from mailer.pages.words import clock, count, dotted, people, reason_words, short, short_text
from mailer.runs.planning.edition import WAIVED
from mailer.runs.planning.prepare import Around, Foreseen, Plan
from mailer.runs.planning.request import NO_RELAY, describe, describe_schedule
from mailer.runs.planning.stored import StoredPlan, own_plans
from mailer.settings import PREVIEW, Relay

_SHOWN_LEFT_OUT = 12
_SHOWN_FIELDS = 5
_SHOWN_HELD = 3
_SHOWN_ZONES = 4
# Rows that are left out for reasons that nobody needs to check.
QUIET = {"duplicate", "excluded", "already_planned", "filtered", "not_sampled", "beyond_limit", "mailed_recently"}


def _languages(plan: Plan) -> Counter[str]:
    found = Counter[str]()
    for language, number in plan.tally.languages.items():
        found[language or plan.release.language] += number
    return found


shape(
    Plan,
    "mailing release:slug headline:release.headline kind:request.kind subject:tally.first.rendered.subject"
    " sender:sender.address to_send:tally.to_send largest:tally.largest lists:tally.per_list selection?"
    " left_out:tally.left_out left_out_people held on_several_lists role_addresses:tally.role_addresses languages"
    " text_only:tally.text_only skipped_reasons:tally.skipped relay:request.relay.key made_by:tally.made_by?",
    mailing=lambda plan: short(full_name(plan.slug, plan.request.kind, plan.sequence)),
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
    "*plan estimate scheduled_at embargo problems:plan.warnings dry_run:is_dry_run refused around:plan.around",
    scheduled_at=lambda foreseen: foreseen.plan.request.at and foreseen.plan.request.at.at.isoformat(),
    embargo=lambda foreseen: (
        {"until": until.isoformat(), "only_who_agreed": not foreseen.plan.request.not_agreed}
        if (until := _under(foreseen.plan))
        else None
    ),
    refused=lambda foreseen: foreseen.refused and str(foreseen.refused),
)
shape(
    Around, "waiting_with_new_text:waiting called_off changes", changes=lambda around: list(map(_was_is, around.shows))
)


def _under(plan: Plan) -> datetime | None:
    """Return the end of the embargo that the mail names; None without one."""
    embargo = plan.release.embargo
    return embargo.until if embargo and plan.request.kind is MailingKind.RELEASE else None


@page.register
def _(foreseen: Foreseen) -> Page:
    plan, tally, release = foreseen.plan, foreseen.plan.tally, foreseen.plan.release
    subject = tally.first.rendered.subject if tally.first else release.headline
    label = f"{release.label} · " if release.label else ""
    where = f"by {describe_relay(plan.request.relay)}{', rehearsed' if foreseen.is_rehearsal else ''}"
    return Page(
        gap(),
        heading(release.headline),
        line(subject != release.headline and f"Subject: {subject}", depth=1),
        line(f"{label}from {plan.sender.name} <{plan.sender.address}> · {where}", depth=1),
        gap(),
        _about(foreseen),
        () if plan.request.renews else chain(_recipients(plan), _when(foreseen)),
        _messages(plan),
        gap(),
        line(foreseen.is_dry_run and "Dry run: nothing was sent.", depth=1),
        line(bool(foreseen.refused) and f"Sending it would be refused: {foreseen.refused}", Tone.BAD, depth=1),
        lines(foreseen.refused.hint.splitlines() if foreseen.refused else (), depth=1),
    )


def _was_is(change: Mapping[str, Any]) -> dict[str, str]:
    return {name: "".join(text for text, _ in change[name]) for name in ("was", "now")}


def _about(foreseen: Foreseen) -> Iterator[Fact | None]:
    """Yield what a mailing around a release is, the differences it shows, and its other effects."""
    around, request = foreseen.plan.around, foreseen.plan.request
    if request.renews:
        waiting = count(foreseen.waiting, "recipient", "recipients")
        yield fact("New text", f"for {waiting} still waiting for {foreseen.plan.slug}; nobody else gets anything")
    if around is None:
        return
    kind = request.kind.value.capitalize()
    yield fact(kind, [f"of {foreseen.plan.slug}, in its thread", *request.about.note.splitlines()])
    shown: list[str] = []
    for change in map(_was_is, around.shows):
        was, now = (short_text(change[name], 160) for name in ("was", "now"))
        shown += [f"was: {was}", f"now: {now}"] if was and now else [f"new: {now}" if now else f"taken out: {was}"]
    yield fact("Shows", shown)
    waiting, ended = (count(n, "recipient gets", "recipients get") for n in (around.waiting, around.called_off))
    yield fact("Waiting", around.waiting and f"{waiting} the new text and no correction")
    yield fact("Called off", around.called_off and f"{ended} nothing, as it had not reached them yet")


def _recipients(plan: Plan) -> Iterator[Fact | None]:
    """Yield who gets the mailing and who does not: left out, held because of a recent release, or skipped."""
    tally, merged = plan.tally, plan.tally.records
    yield fact("Lists", " + ".join(f"{name} {number}" for name, number in tally.per_list.items()) or "none")
    if merged.people:
        filled = (
            f"empty fields filled from {name}: {_fields(found)}"
            for name, found in merged.filled.items()
            if found.total()
        )
        differ = f"the lists differ about {_fields(merged.conflicts)}: the first list's value is used"
        one_mail = f"{people(merged.people)} of these; each gets one mail"
        yield fact("On several", [one_mail, *filled, *([differ] if merged.conflicts else [])])
    yield left_out_counts(plan)
    if held := tally.held:
        until = max(until for _, until in held).astimezone()
        names = ", ".join(address for address, _ in held[:_SHOWN_HELD]) + (" …" if len(held) > _SHOWN_HELD else "")
        how_many = f"{len(held)} until {until:%A %d %B %H:%M} at the latest: {names}"
        yield fact("Held", (how_many, 'run the command again then, or use --despite-recent "why" now'))
    yield fact("Skipped", _counts(tally.skipped))


def left_out_counts(plan: Plan) -> Fact | None:
    """Return the number of rows left out for each reason, and the rows that should be checked."""
    loud = [each for each in plan.tally.left_out_examples if each.reason.value not in QUIET]
    shown = []
    for each in loud[:_SHOWN_LEFT_OUT]:  # contacts from the ledger have the row that they were planned from
        place = f"line {each.line}" if each.line else f"row {each.row}"
        shown.append(f"{each.list_name} {place}   {each.message}")
    more = ["… mailer lists check shows all of them"] if len(loud) > _SHOWN_LEFT_OUT else []
    return fact("Left out", [*filter(None, [_counts(plan.tally.left_out)]), *shown, *more])


def times_elsewhere(at: datetime, zones: Mapping[str, int]) -> Iterator[str]:
    """Yield the time `at` in the time zones with the most contacts."""
    for name, number in sorted(zones.items(), key=lambda one: -one[1])[:_SHOWN_ZONES]:
        if (zone := zone_of(name)) is not None:
            yield f"  {at.astimezone(zone):%a %d %b %H:%M} in {name} ({number})"
    if (left := len(zones) - _SHOWN_ZONES) > 0:
        yield f"  and {count(left, 'more zone')} (--json has all)"


def _fields(found: Counter[str]) -> str:
    shown = [f"{name} {number}" for name, number in found.most_common(_SHOWN_FIELDS) if number]
    return ", ".join(shown) + (" …" if len(found) > _SHOWN_FIELDS else "")


def _when(foreseen: Foreseen) -> Iterator[Fact | None]:
    """Yield when the mailing goes out, under which embargo, what limits the pace, and when the last message leaves.

    Times are in the time zone of this machine.
    """
    plan, tally, estimate = foreseen.plan, foreseen.plan.tally, foreseen.estimate
    at, before = plan.request.at, plan.existing
    goes = [describe(at.text, at.at, now=foreseen.now)] if at is not None else []
    if before is not None and before.state is MailingState.SCHEDULED and (at is None or before.scheduled_at != at.at):
        was = describe_schedule(before, now=foreseen.now)
        goes.append(f"instead of {was}" if at else f"now; it was scheduled for {was}")
    yield fact("Goes out", goes)
    if until := _under(plan):
        only = (
            "also to contacts who have not agreed" if plan.request.not_agreed else "only to contacts who agreed to it"
        )
        others = ['--not-agreed "why" also sends it to the others'] if tally.left_out["embargo_not_agreed"] else []
        yield fact("Embargo", [f"until {until:%Y-%m-%d %H:%M %Z}: {only}", *others])
    elif plan.request.kind is MailingKind.RELEASE:
        yield fact("Embargo", next((each.message for each in plan.warnings if each.code == "embargo-lifted"), ""))
    by_when = ""
    if estimate is not None:
        how = f"over {estimate.days} days at {estimate.bound}," if estimate.days > 1 else f"at {estimate.bound}"
        by_when = f"; {how} done by {clock(estimate.done_at, foreseen.now)}"
    size = f", {max(1, round(tally.largest / 1000))} kB at most" if tally.to_send else ""
    more = f" · and {foreseen.waiting} still waiting from an earlier run" if foreseen.waiting else ""
    yield fact("To send", f"{count(tally.to_send, 'message')}{size}{by_when}{more}")
    late = estimate.late if estimate else 0
    yield fact("Too late", late and f"{late} would leave after --expires, so they are not sent: allow more time")


def _messages(plan: Plan) -> Iterator[Fact | None]:
    """Yield the number of recipients for each version (nothing if all get the same), and the checks."""
    tally = plan.tally
    versions = [f"{number} in {language}" for language, number in tally.languages.most_common() if language]
    if versions and tally.languages[""]:
        versions.append(f"{tally.languages['']} as the release ({plan.release.language})")
    if tally.text_only:
        versions.append(f"{tally.text_only} of all as plain text")
    yield fact("Versions", dotted(*versions))
    yield fact("Made by", dotted(*(f"{host} {number:,}" for host, number in tally.made_by.items())))
    yield first_people(plan)
    yield plan_checks(plan)


def first_people(plan: Plan) -> Fact | None:
    """Return the first recipients."""
    first = plan.tally.first_people
    return fact("First", [*first, *(["…"] if plan.tally.to_send > len(first) else [])])


def plan_checks(plan: Plan) -> Fact | None:
    """Return what was built and checked, and each warning with its remedy."""
    tally = plan.tally
    warnings = [problem for problem in plan.warnings if problem.severity is Severity.WARNING]
    built = f"{'all ' * (tally.to_send > 1)}{count(tally.to_send, 'message')} built and checked"
    built = built if tally.to_send else "nothing to build"
    waived = [problem.message for problem in plan.warnings if problem.code == WAIVED]
    checks = [dotted(built, count(len(warnings), "warning") if warnings else "", *waived)]
    for problem in warnings:
        checks += [str(problem), *([f"  {problem.hint}"] if problem.hint else [])]
    return fact("Checks", checks)


def describe_relay(relay: Relay) -> str:
    """Return a short description of a relay."""
    if relay.key == PREVIEW:
        return "the preview inbox on this machine (nothing leaves it)"
    if relay.key == NO_RELAY.key:
        return "no relay (mailer.toml names none yet)"
    secured = {"implicit": "TLS", "starttls": "TLS", "plain": "this machine"}[relay.security.value]
    return f"relay {relay.key} ({relay.host}, {secured})"


def _counts(found: Mapping[str, int]) -> str:
    return dotted(*(f"{number} {reason_words(reason)}" for reason, number in found.items()))


# A plan that was stored for another person to approve.

shape(
    StoredPlan,
    "hash:kept.hash words planned planner:kept.planner valid_until approval_needed:is_needed new:is_new *plan"
    " to_send:kept.recipients lists left_out skipped_reasons",  # of all waves
    words=lambda made: words_of(made.kept.hash),
    planned=lambda made: sum(each.spool.count for each in own_plans(made.plan)),
    lists=lambda made: _summed(each.tally.per_list for each in own_plans(made.plan)),
    left_out=lambda made: _summed(each.tally.left_out for each in own_plans(made.plan)),
    skipped_reasons=lambda made: _summed(each.tally.skipped for each in own_plans(made.plan)),
)


def _summed(counts: Iterable[Counter[str]]) -> Counter[str]:
    found = Counter[str]()
    for each in counts:
        found.update(each)  # unlike a sum, this keeps lists without recipients
    return found


@page.register
def _(made: StoredPlan) -> Page:
    name = made.kept.name
    valid = f"{made.valid_until.astimezone():%A %d %B, %H:%M}"
    return Page(
        gap(),
        fact("Plan", [made.kept.hash.hex(), words_of(made.kept.hash)]),
        fact("Planned by", f"{made.kept.planner}; it can be sent until {valid}"),
        line(not made.is_new and "The same was planned before; its approvals still count.", depth=1),
        Steps(
            (
                (f"mailer plans show {name} --html plan.html", "all of it on one page, for the approver"),
                (f"mailer approve {name} --key ~/.ssh/id_ed25519", "another person approves it"),
                (f"mailer send --plan {name}", "sends exactly this, and nothing else"),
            )
        ),
    )


# Warnings, for pages of single mails.


def warnings(plan: Plan) -> Fact | None:
    """Return the warnings about a plan."""
    return fact("Warning", (str(each) for each in plan.warnings if each.severity is Severity.WARNING), aside=True)
