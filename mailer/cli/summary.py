"""Summary: what became of a mailing, and what can be done next.

Owns the words of the end, and of why somebody gets no mail. Everything one must know, nothing else; the words are
honest: accepted by the relay, never «delivered».
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mailer.cli import output
from mailer.cli.context import now
from mailer.cli.reason_words import WHY
from mailer.events import MailingState

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
    if document["expired"]:
        say_line("Expired", f"{document['expired']}: it was too late for them to be news", to_stderr=to_stderr)


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
    if document["expired"] and document["state"] != MailingState.CANCELLED:
        yield f"mailer resume {name} --expired", f"sends to the {document['expired']} who expired, too"
    if document["in_doubt_people"]:
        yield f"mailer reconcile {name}", "settles those in doubt for whom there is a proof"
    yield "mailer bounces collect", "what came back"
    yield f"mailer report {name}", "who got it"


def reason_words(reason: str) -> str:
    """Say why people get no mail; a suppression that reaches not everywhere says how far (`opted_out list:coast`)."""
    head, _, reach = reason.partition(" ")
    words = REASONS.get(head, head)
    return f"{words} ({reach})" if reach else words


def _short(text: str) -> str:
    return text if len(text) <= 90 else f"{text[:89]}…"
