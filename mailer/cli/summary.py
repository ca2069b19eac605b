"""Summary: what became of a mailing, and what can be done next.

Owns the words of the end, and of why somebody gets no mail. Everything one must know, nothing else; the words are
honest: accepted by the relay, never «delivered».
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mailer.cli import output
from mailer.cli.context import now
from mailer.events import MailingState
from mailer.pages.words import WHY

_LABEL = 12
REASONS = {
    "duplicate": "on the lists twice",
    "invalid": "without a usable address",
    "missing": "without an address",
    "marked": "marked in the list as not to be mailed",
    "excluded": "on an --except list",
    "already_planned": "in this mailing already",
    "retention_over": "kept past the list's own date",
    "filtered": "not meant by --where",
    "not_sampled": "not drawn by --sample",
    "beyond_limit": "beyond --limit",
    "outlet_cap": "one too many of their outlet",
    "mailed_recently": "who got news a short time ago",
    "embargo_not_agreed": "who have not agreed to keep an embargo",
    "away": "who are away, as they wrote",
    "opted_out": "opted out",
    "complained": "complained",
    "dead_address": "with a dead address",
    "do_not_contact": "not to be contacted",
    "manual": "suppressed by staff",
}
_DEAD = ("userunknown", "hostunknown", "hasmoved", "suspend")


def say_line(label: str, text: str, *, to_stderr: bool = True) -> None:
    """Print a line with its label in the left column."""
    output.say(f"  {label:{_LABEL}}{text}", to_stderr=to_stderr)


def say_outcome(document: Mapping[str, Any], *, to_stderr: bool = True) -> None:
    """Print what became of a mailing so far."""
    from mailer.runs.planning.when import describe

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
            after = f" ({_consequence(document['dead_addresses'])})" if refusal["reason"] in _DEAD else ""
            say_line("" if number else label, f"{refusal['count']} {why}{after}", to_stderr=to_stderr)
            said = f': "{_short(refusal["text"])}"' if refusal["text"] else ""
            say_line("", f"  {refusal['address']}{said}", to_stderr=to_stderr)
    reasons = Counter(doubt["reason"] or "" for doubt in document["in_doubt_people"])
    for number, (reason, count) in enumerate(reasons.most_common()):
        label = "" if number else "In doubt"
        text = f"{count}: {WHY.get(reason, reason or 'no answer was heard')}. The text had left; they may have it"
        say_line(label, text, to_stderr=to_stderr)
    if document["expired"]:
        say_line("Expired", f"{document['expired']}: it was too late for them to be news", to_stderr=to_stderr)


def _consequence(dead: Mapping[str, int]) -> str:
    """Return what follows from a dead address: a suppression only once most of the mailing was accepted."""
    if dead["suppressed"]:
        return "will be skipped from now on"
    return "not suppressed: less than half of the mailing was accepted" if dead["unconfirmed"] else "not suppressed"


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


def figures(document: Mapping[str, Any]) -> str:
    """Return in a line how far a mailing is whose command failed, and the command that goes on with it."""
    accepted, planned, in_doubt = document["accepted"], document["planned"], len(document["in_doubt_people"])
    left = document["pending"] + document["deferred"] + document["claimed"] + document["attempted"]
    waiting = left + document["in_doubt"] - in_doubt  # whoever a dead process had on the wire counts as in doubt
    said = f"{accepted} of {planned} accepted, {in_doubt} in doubt, {waiting} waiting."
    return f"{said} Go on with: mailer resume {document['mailing']}" if waiting else said


def next_steps(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the operator can do next, each a command and what it is for."""
    name = document["mailing"]
    waiting = document["pending"] + document["deferred"] + document["claimed"]
    if document["state"] == MailingState.PLANNING and document["was_planned"]:
        yield f"mailer send {document['release']} --to LIST", "adds them, where their planning was interrupted"
        yield f"mailer resume {name}", "goes on without them"
        return
    if document["state"] == MailingState.PLANNING:
        yield f"mailer send {document['release']} --to LIST", "plans it anew, where the planning was interrupted"
        yield f"mailer cancel {name}", "drops it"
        return
    if document["state"] == MailingState.SCHEDULED:
        yield "mailer worker", "sends it when it is time"
        yield f'mailer send {name} --to LIST --at "WHEN"', "moves it (or: --at now)"
        yield f"mailer cancel {name}", "ends it for good"
        return
    if waiting:
        yield f"mailer resume {name}", f"the {waiting} that wait"
    elif document["state"] == MailingState.SENDING and not document["attempted"]:
        yield f"mailer resume {name}", "closes it: there is nobody left to send to"
    if document["expired"] and document["state"] != MailingState.CANCELLED:
        yield f"mailer resume {name} --expired", f"sends to the {document['expired']} who expired, too"
    refused = document["rejected"] - document["dead_addresses"]["suppressed"]
    none_got_it = not document["accepted"] and document["state"] != MailingState.CANCELLED
    if refused and (none_got_it or document["state"] == MailingState.HALTED):
        yield f"mailer resume {name} --refused", f"sends to the {refused} refused, once the relay is right"
    if document["in_doubt_people"]:
        yield f"mailer reconcile {name}", "settles those in doubt for whom there is a proof"
    yield "mailer bounces collect", "what came back"
    yield f"mailer report {name}", "who got it"


def reason_words(reason: str) -> str:
    """Why people get no mail; a suppression that reaches not everywhere says how far (`opted_out list:coast`)."""
    head, _, reach = reason.partition(" ")
    words = REASONS.get(head, head)
    return f"{words} ({reach})" if reach else words


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:89]}…"
