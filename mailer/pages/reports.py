"""Reports: the result of a mailing, its state, and what can be done next.

The words are honest: accepted by the relay, never “delivered”. A report has the figures first, then the recipients who
were refused and why, then what came back, and last what to type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mailer.events import MailingState
from mailer.pages import page
from mailer.pages.documents import json_of, shape
from mailer.pages.layout import Bars, Fact, Page, Part, Steps, Tone, fact, gap, heading, line, lines, problems, table
from mailer.pages.words import FORGOTTEN, WHY, count, dotted, one_account, people, reason_words, short_text, why
from mailer.runs.reconcile import Proof
from mailer.runs.reports import Outcome, Overview, Report, Settlement, Status, Unheard, Workers

shape(Settlement, "*figures dry_run settled looked_in errors problems")
shape(Proof, "address:doubt.address state reason evidence")
for _each in (Report, Status, Outcome):
    shape(_each, "*figures")
shape(
    Workers,
    "workers",
    workers=lambda found: [json_of(each) | {"silent": each.is_silent(found.at)} for each in found.workers],
)

Figures = Mapping[str, Any]
_DEAD = ("userunknown", "hostunknown", "hasmoved", "suspend")
_LOWERED = {"rate": "it found us too fast", "connections": "it asked for fewer connections"}
_STATES = (
    *("accepted", "rejected", "deferred", "in_doubt", "pending", "claimed", "attempted", "skipped", "cancelled"),
    "expired",
)
_MOST = 8


@page.register
def _(report: Report) -> Page:
    figures, state, began = report.figures, state_in_words(report.figures), _began(report.figures)
    when = f" {began} UTC" if state == "scheduled" else f" · {began} UTC" if began else ""
    open_replies = figures["replies_open"]
    answers = (
        f"{each['from'] or each['address'] or FORGOTTEN}: {each['subject'] or '(no subject)'}"
        for each in figures["answers"]
    )
    return Page(
        gap(),
        heading(figures["headline"]),
        line(f"{figures['mailing']} · {state}{when} · by relay {figures['relay']}", depth=1),
        gap(),
        Bars(tuple(bars(figures))),
        gap(),
        outcome(figures, report.now),
        fact("Came back", (f"{number} {why(reason)}" for reason, number in figures["bounce_reasons"].items())),
        fact("Answered", answers, most=_MOST),
        fact("", open_replies and f"{open_replies} to be answered: mailer replies {figures['mailing']} --open"),
        about(figures),
        alarms(figures),
        _deliveries(figures),
    )


def about(figures: Figures) -> Iterator[Part | None]:
    """Yield absences, recipients who did not get the mailing and why, its approvals and corrections."""
    away = (
        f"{each['address'] or FORGOTTEN} {f'until {day}' if (day := each['until']) else '(no date)'}"
        for each in figures["absences"]
    )
    # those planned earlier were skipped by the newest planning, but are not left out of the mailing
    left_out = {reason: number for reason, number in figures["left_out"].items() if reason != "already_planned"}
    yield fact("Away", away, most=_MOST)
    yield fact("Skipped", (f"{number} {reason_words(reason)}" for reason, number in figures["skipped_reasons"].items()))
    yield fact("Left out", (f"{number} {reason_words(reason)}" for reason, number in left_out.items()))
    yield from approval(figures)
    yield from _corrections(figures)
    yield fact("", "Accepted means that the relay took the message, not that anybody read it.", Tone.QUIET)


def approval(figures: Figures) -> Iterator[Part | None]:
    """Yield the plans that the mailing was sent from, their approvers, and changes of the policy."""
    found = figures.get("approval", {"plans": [], "policy_changes": [], "added_without_plan": False})
    named = (
        (f"plan {each['hash'][:12]}, approved by {each['approved_by'] or 'nobody'}", each) for each in found["plans"]
    )
    approvals = [dotted(name, one_account(each["same_account"])) for name, each in named]
    yield fact("Plans", [*approvals, *(["more was sent later without a plan"] if found["added_without_plan"] else [])])
    changes = (f"{each['at'][:10]}, noticed by {each['by']}: {each['what']}" for each in found["policy_changes"])
    yield fact("Approval", changes)


@page.register
def _(status: Status) -> Page:
    figures = status.figures
    left = len(figures["in_doubt_people"]) - figures["in_doubt"]
    return Page(
        heading(f"{figures['mailing']} · {state_in_words(figures)} · {figures['headline']}"),
        outcome(figures, status.now),
        fact("In doubt", left > 0 and f"{left} being sent when mailer was stopped; they may have it"),
        _corrections(figures),
        pace_facts(figures),
        (part for person in figures["in_doubt_people"] for part in doubt(person)),
        line(figures["halt_reason"], Tone.BAD, depth=1),
        (wave_fact(each, status.now) for each in figures["waves"]),
        Steps(tuple(_next_steps(figures))),
        alarms(figures),
        _deliveries(figures),
    )


def wave_fact(each: Mapping[str, Any], now: datetime) -> Fact | None:
    """Return the state of a wave, from its JSON; an overdue wave names the command that starts it."""
    started, at = each["started_at"], each["at"]
    is_late = not started and at is not None and datetime.fromisoformat(at) + timedelta(minutes=1) < now
    late = "due: a running `mailer worker` starts it, or `mailer resume`" if is_late else ""
    held = f"held: {each['reason'] or 'mailer resume continues it'}"
    state = {"held": held, "cancelled": "cancelled"}.get(each["state"], late)
    when = f"started {started[:16].replace('T', ' ')} UTC" if started else each["when"]
    return fact(f"Wave {each['number']}", dotted(people(each["recipients"]), when, state))


@page.register
def _(ended: Outcome) -> Page:
    all_skipped = 0 < ended.figures["planned"] == ended.figures["skipped"]
    nobody = "Nothing was sent: every recipient is suppressed.   mailer optouts list"
    return Page(
        outcome(ended.figures, ended.now),
        Steps(tuple(_next_steps(ended.figures))),
        line(all_skipped and nobody, Tone.BAD, depth=1),
    )


@page.register
def _(found: Overview) -> Page:
    rows = [
        (
            each["mailing"],
            state_in_words(each),
            *(str(each[name]) for name in ("planned", "accepted", "rejected")),
            str(each["pending"] + each["deferred"] + each["claimed"] + each["attempted"]),
            str(each["skipped"]),
            _began(each),
        )
        for each in found.mailings
    ]
    head = ("MAILING", "STATE", "PLANNED", "ACCEPTED", "REJECTED", "WAITING", "SKIPPED", "STARTED (UTC)")
    nothing = "Nothing has been sent from here yet. To look at a release: mailer preview RELEASE --open"
    return Page(table(rows, head=head, right=(2, 3, 4, 5, 6)), line(not rows and nothing), overdue(found.overdue))


@page.register
def _(found: Workers) -> Page:
    rows = [
        (
            each.host,
            str(each.pid),
            each.version,
            f"{each.started_at:%d %b %H:%M}",
            "silent" if each.is_silent(found.at) else f"sending {each.doing}" if each.doing else "waiting",
            str(each.per_minute or ""),
            f"{each.seen_at:%d %b %H:%M:%S}",
        )
        for each in found.workers
    ]
    head = ("HOST", "PID", "VERSION", "SINCE (UTC)", "DOING", "A MINUTE", "LAST SEEN (UTC)")
    versions = sorted({each.version for each in found.workers if not each.is_silent(found.at)})
    mixed = len(versions) > 1 and f"These workers run different versions of mailer: {', '.join(versions)}."
    return Page(
        table(rows, head=head, right=(1, 5)),
        line(not rows and "No worker is running. To start one: mailer worker"),
        line(mixed, Tone.BAD),
    )


@page.register
def _(found: Unheard) -> Page:
    return Page(lines(address or FORGOTTEN for address in found.unheard))


@page.register
def _(found: Settlement) -> Page:
    name, left = found.figures["mailing"], found.figures["in_doubt_people"]
    if not found.settled and not left:
        return Page(line(f"No delivery of {name} is in doubt.", depth=1), problems(found.problems))
    evidence = ((each.doubt.address or FORGOTTEN, f"  {each.evidence}") for each in found.settled)
    first = Page(
        line(found.dry_run and bool(found.settled) and "Dry run: this is what would be settled.", Tone.STRONG, depth=1),
        fact("Accepted", (text for both in evidence for text in both)),
    )
    if not left:
        return Page(first.parts, problems(found.problems))
    more = 'a mailbox with copies of sent mail would be searched, too: [inbox.sent] with holds = "sent"'
    email = left[0]["address"]
    return Page(
        first.parts,
        fact("In doubt", f"{people(len(left))}: no proof was found, which settles nothing"),
        (part for person in left for part in doubt(person)),
        fact("Searched", dotted("returned mail", *found.looked_in)),
        fact("", not found.looked_in and not found.errors and more),
        Steps(
            (
                ("mailer bounces collect", "returned mail settles them by itself"),
                (f"mailer reconcile {name} --accepted {email}", "you know that it arrived"),
                (f"mailer reconcile {name} --not-sent {email}", "you know that it did not"),
                (f"mailer resume {name} --retry-in-doubt", "send again, with the same Message-ID"),
            )
        ),
        problems(found.problems),
    )


def state_in_words(figures: Figures) -> str:
    """Return the state in words: “unfinished” if nothing sends it, and not “finished” if there are waves to come."""
    if figures["state"] == MailingState.FINISHED:
        return waves_to_come(Counter(each["state"] for each in figures["waves"])) or "finished"
    left = len(figures["in_doubt_people"]) - figures["in_doubt"]
    idle = figures["state"] == "sending" and (left > 0 or not figures["claimed"] + figures["attempted"])
    return "unfinished" if idle else str(figures["state"])


def waves_to_come(waves: Mapping[str, int]) -> str:
    """Return in words how many waves may still start; empty if none."""
    to_come = (("waiting", "to come"), ("held", "held"))
    return ", ".join(f"{count(waves[state], 'wave')} {words}" for state, words in to_come if waves.get(state))


def _began(figures: Figures) -> str:
    waits = figures["state"] == "scheduled"
    at = (figures["scheduled_at" if waits else "started_at"] or "")[:16].replace("T", " ")
    return f"at {at}" if waits else at


def bars(figures: Figures) -> Iterator[tuple[str, int, Tone]]:
    """Yield the number of deliveries in each state, and of each kind of returned mail."""
    yield "accepted by the relay", figures["accepted"], Tone.GOOD
    for label, number, tone in (
        ("… at a later attempt", figures["retried"], Tone.GOOD),
        ("rejected", figures["rejected"], Tone.BAD),
        ("deferred", figures["deferred"], Tone.CAREFUL),
        ("waiting", figures["pending"] + figures["claimed"] + figures["attempted"], Tone.PLAIN),
        ("in doubt", figures["in_doubt"], Tone.CAREFUL),
        ("skipped", figures["skipped"], Tone.PLAIN),
        ("bounced, address dead", figures["bounced"]["hard"], Tone.BAD),
        ("bounced, other", figures["bounced"]["soft"], Tone.CAREFUL),
        ("complained", figures["complained"], Tone.BAD),
        ("opted out", figures["opted_out"], Tone.PLAIN),
        ("answered automatically", figures["auto_replied"], Tone.PLAIN),
        ("no longer there", figures["moved"], Tone.CAREFUL),
        ("challenges", figures["challenged"], Tone.CAREFUL),
        ("letters", figures["replied"], Tone.GOOD),
        ("no response since", figures["unheard"] if figures["unheard"] < figures["accepted"] else 0, Tone.PLAIN),
    ):
        if number:
            yield label, number, tone


def outcome(figures: Figures, now: datetime) -> Iterator[Part | None]:
    """Yield the result of a mailing so far in one line, and why some messages were not accepted."""
    if figures["state"] == MailingState.SCHEDULED:
        from mailer.runs.planning.request import describe  # noqa: PLC0415 - few mailings wait for a time

        at = datetime.fromisoformat(figures["scheduled_at"])
        yield fact("Goes out" if at > now else "Was due", describe(figures["scheduled_for"], at, now=now))
    shown = (state for state in _STATES if figures[state] or state == "accepted")
    states = dotted(*(f"{figures[state]} {state.replace('_', ' ')}" for state in shown))
    yield line(f"{figures['planned']} planned   {states}", Tone.STRONG, depth=1)
    yield from why_not(figures)


def why_not(figures: Figures) -> Iterator[Fact | None]:
    """Yield why some messages were not accepted, a fact for each state."""
    dead = figures["dead_addresses"]
    dead_follows = " (not suppressed)"  # a suppression follows only once most of the mailing is accepted
    if dead["suppressed"]:
        dead_follows = " (will be skipped from now on)"
    elif dead["unconfirmed"]:
        dead_follows = " (not suppressed: less than half of the mailing was accepted)"
    for label, state in (("Rejected", "rejected"), ("Deferred", "deferred")):
        texts = []
        for each in figures["refusals"]:
            if each["state"] == state:
                follows, text = dead_follows if each["reason"] in _DEAD else "", short_text(each["text"] or "")
                texts.append(f"{each['count']} {WHY.get(each['reason'], each['reason'] or 'refused')}{follows}")
                texts.append(f"  {each['address']}" + (f': "{text}"' if text else ""))
        yield fact(label, texts)
    reasons = Counter(each["reason"] or "" for each in figures["in_doubt_people"]).most_common()
    left = "The message had left; they may have it"
    yield fact("In doubt", (f"{n}: {WHY.get(each, each or 'no answer came')}. {left}" for each, n in reasons))
    yield fact("Expired", figures["expired"] and f"{figures['expired']}: it was too late to be news")


def doubt(person: Figures) -> Iterator[Part | None]:
    """Yield a recipient in doubt with the evidence: time, relay, how the attempt ended, what came back since."""
    attempted = (person["attempted_at"] or "")[:19].replace("T", " ")
    ended = person["text"] or WHY.get(person["reason"] or "", person["reason"] or "no answer came")
    since = []
    for each in person["came_back"]:
        by = "only their address" if each["matched_by"] == "recipient" else f"our {each['matched_by']}"
        since.append(f"  came back since: {each['kind']}, with {by} in it: {each['source']}")
    yield fact(
        "",
        [
            person["address"] or FORGOTTEN,
            f"  attempted {attempted} UTC by relay {person['relay']}: {short_text(ended)}",
            f"  Message-ID {person['message_id']}",
            *since,
        ],
    )


def so_far(figures: Figures) -> str:
    """Return the progress of a mailing whose command failed, and the command that continues it."""
    in_doubt = len(figures["in_doubt_people"])
    left = figures["pending"] + figures["deferred"] + figures["claimed"] + figures["attempted"]
    waiting = left + figures["in_doubt"] - in_doubt  # those that a dead process was sending count as in doubt
    summary = f"{figures['accepted']} of {figures['planned']} accepted, {in_doubt} in doubt, {waiting} waiting."
    return f"{summary} Go on with: mailer resume {figures['mailing']}" if waiting else summary


def _next_steps(figures: Figures) -> Iterator[tuple[str, str]]:
    name = figures["mailing"]
    waiting = figures["pending"] + figures["deferred"] + figures["claimed"]
    if figures["state"] == MailingState.PLANNING and figures["was_planned"]:
        yield f"mailer send {figures['release']} --to LIST", "adds them; their planning was interrupted"
        yield f"mailer resume {name}", "continues without them"
        return
    if figures["state"] == MailingState.PLANNING:
        yield f"mailer send {figures['release']} --to LIST", "plans it again; the planning was interrupted"
        yield f"mailer cancel {name}", "drops it"
        return
    if figures["state"] == MailingState.SCHEDULED:
        yield "mailer worker", "sends it at that time"
        yield f'mailer send {name} --to LIST --at "WHEN"', "moves it (or: --at now)"
        yield f"mailer cancel {name}", "ends it for good"
        return
    if waiting:
        yield f"mailer resume {name}", f"the {waiting} that wait"
        if figures["deferred"] and figures["state"] == MailingState.SENDING:  # due later than `[retry] stay_s`
            yield "mailer worker", f"retries the {figures['deferred']} deferred when they are due"
    elif figures["state"] == MailingState.SENDING and not figures["attempted"]:
        yield f"mailer resume {name}", "closes it: no recipients are left"
    if figures["expired"] and figures["state"] != MailingState.CANCELLED:
        yield f"mailer resume {name} --expired", f"also sends to the {figures['expired']} expired"
    refused = figures["rejected"] - figures["dead_addresses"]["suppressed"]
    none_got_it = not figures["accepted"] and figures["state"] != MailingState.CANCELLED
    if refused and (none_got_it or figures["state"] == MailingState.HALTED):
        yield f"mailer resume {name} --refused", f"sends to the {refused} refused, once the relay is right"
    if figures["in_doubt_people"]:
        yield f"mailer reconcile {name}", "settles those in doubt for which there is proof"
    yield "mailer bounces collect", "what came back"
    yield f"mailer report {name}", "who got it"


def pace_facts(figures: Figures) -> Iterator[Part | None]:
    """Yield the pace of a mailing and what recipients wait for; nothing if nobody waits or the pace is not limited."""
    pace, waiting = figures.get("pace"), figures.get("waiting")
    if not pace or not waiting:
        return
    yield fact("Pace", _pace(pace))
    turn = f"{waiting['turn']} for their turn" if waiting["turn"] else ""
    domains = (f"{number} for {domain}" for domain, number in waiting["domains"].items())
    next_at = f", the next at {_clock(waiting['next_attempt_at'])}" if waiting["next_attempt_at"] else ""
    again = f"{waiting['deferred']} to be retried{next_at}" if waiting["deferred"] else ""
    yield fact("Waiting", dotted(turn, *domains, again))


def _pace(pace: Figures) -> Iterator[str]:
    relay, day = pace["relay"], pace["day"]
    words = [relay["rate"] or "as fast as it takes them", count(relay["connections"], "connection")]
    if day:
        full = f", room again at {_clock(day['more_at'])}" if day["more_at"] else ""
        words.append(f"{day['used']:,} of {day['most']:,} in 24 hours{full}")
    yield f"relay {relay['key']}: {' · '.join(words)}{_lowered(relay)}"
    for domain in pace["domains"]:
        at_once = f"{domain['in_flight']} at once" if domain["in_flight"] else ""
        next_at = f"the next at {_clock(domain['next_at'])}" if domain["next_at"] else ""
        yield f"{domain['domain']}: {dotted(domain['rate'] or '', at_once, next_at)}{_lowered(domain)}"


def _lowered(each: Figures) -> str:
    if not each["raise_at"]:
        return ""
    reason = _LOWERED.get(each["lowered_for"], "it asked for less")
    return f" ({reason}; faster again from {_clock(each['raise_at'])})"


def _clock(time: str) -> str:
    return f"{time[:16].replace('T', ' ')} UTC"


def alarms(figures: Figures) -> Iterator[Part | None]:
    """Yield what is wrong with a mailing as a whole, and what has waited for longer than 48 hours."""
    yield from lines(figures.get("alarms", ()), Tone.BAD, depth=1)
    yield from overdue(figures.get("overdue", {"opt_outs": [], "mailboxes": []}))


def overdue(found: Figures) -> Iterator[Part | None]:
    """Yield what has waited for longer than 48 hours, from `runs.reports.overdue_document`."""
    if waiting := found["opt_outs"]:
        since = min(each["read_at"] for each in waiting)[:10]
        some = "An opt-out has" if len(waiting) == 1 else f"{len(waiting)} opt-outs have"
        yield line(f"{some} been waiting to be matched since {since}", Tone.BAD, depth=1)
        settle = f"mailer bounces show {waiting[0]['id']} --as EMAIL"
        yield line(f"mailer bounces list --unmatched   then: {settle}", depth=2)
    for each in found["mailboxes"]:
        cannot = f"The mailbox {each['name']} has been unreadable since {each['failed_since'][:10]}: {each['failure']}"
        yield line(cannot, Tone.BAD, depth=1)
        yield line("It may contain opt-outs. Fix it, then: mailer bounces collect", depth=2)


def _corrections(figures: Figures) -> Iterator[Part | None]:
    """Yield corrections and retractions, and the number of recipients with each text if there are several."""
    for each in figures["corrections"]:
        at, name = each["at"][:16].replace("T", " "), each["mailing"].rpartition("/")[2]
        note = " ".join(each["note"].split())
        yield fact("Withdrawn" if name.startswith("retraction") else "Corrected", f"{at} UTC · {name} · {note}")
    if len(figures["editions"]) > 1 or figures["corrections"]:
        yield fact("Editions", dotted(*(f"{people(n)} with edition {each}" for each, n in figures["editions"].items())))


def _deliveries(figures: Figures) -> Iterator[Part | None]:
    rows = []
    for each in figures.get("deliveries", ()):
        reason, tries = each["reason"], f" at attempt {each['attempts']}" if each["attempts"] > 1 else ""
        happened = [WHY.get(reason, reason_words(reason))] if reason else []
        happened += [word.replace("_", " ") for word in each["came_back"]]
        state, row = each["state"].replace("_", " "), f"{each['list']} row {each['row']}"
        rows.append((each["address"] or FORGOTTEN, f"{state}{tries}", ", ".join(happened), row))
    if rows:
        yield gap()
        yield table(rows, head=("ADDRESS", "STATE", "WHAT HAPPENED", "FROM"))
