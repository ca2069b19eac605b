"""SendGrid: the events that it posts, many in one list.

Owns the names of its events and what its words for a failure are worth. `smtp-id` is the Message-ID that we gave.
Opens, clicks and the mere taking of a mail (`processed`) are not read.
twilio.com/docs/sendgrid, “Event Webhook Reference”.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailer.bounces.relay_events.judging import Told, Word, judge
from mailer.bounces.relay_events.reading import Node, canonical, digest_of, parse_json
from mailer.bounces.relay_events.values import (
    RelayEvent,
    Trace,
    address_of,
    make_report,
    message_id_of,
    person,
    tokens_of,
    unknown_event,
)
from mailer.bounces.values import Action, Kind, Report, ReportedRecipient

_UNREAD = frozenset({"open", "click", "processed"})

# bounce_classification, where the server's words leave it open
CLASSES: Mapping[str, Word] = {
    "invalid address": Word(reason="userunknown", lasting=True, counts=True),
    "mailbox unavailable": Word(lasting=True, counts=True),
    "technical": Word(reason="networkerror", lasting=True, counts=True),
    "content": Word(reason="contenterror", lasting=True, ours=True),
    "reputation": Word(reason="badreputation", lasting=True, ours=True),
    "frequency or volume too high": Word(reason="speeding", lasting=True, ours=True),
}
# Why SendGrid did not even try; by the beginning of the reason.
DROPS: tuple[tuple[str, Word], ...] = (
    ("bounced address", Word(reason="userunknown", lasting=True, counts=True, asked=False)),
    ("invalid smtpapi", Word(reason="contenterror", lasting=True, asked=False, ours=True)),
    ("invalid", Word(reason="userunknown", lasting=True, counts=True, asked=False)),
    ("spam content", Word(reason="spamdetected", lasting=True, asked=False, ours=True)),
    ("recipient list over", Word(reason="speeding", lasting=True, asked=False, ours=True)),
)
_OTHER_DROP = Word(reason="rejected", lasting=True, asked=False, ours=True)

_Parse = Callable[[Node, Trace, str], Report | None]


def parse_sendgrid(data: bytes) -> tuple[RelayEvent, ...]:
    """Read what SendGrid posts: each event of the list by itself. Never raises."""
    node = parse_json(data)
    members = list(node) if isinstance(node.value, list) else [node]
    return tuple(event for each in members for event in _event(each))


def _event(node: Node) -> tuple[RelayEvent, ...]:
    name = node["event"].text
    if name.lower() in _UNREAD:
        return ()
    event_id = node["sg_event_id"].text or digest_of(node)
    parse = _EVENTS.get(name.lower())
    report = parse(node, _trace(node), name) if parse else None
    if report is None:
        return (unknown_event("SendGrid", name, node, event_id),)
    return (RelayEvent(event_id, report, canonical(node)),)


def _trace(node: Node) -> Trace:
    return Trace(
        message_id=message_id_of(node["smtp-id"].text),
        tokens=tokens_of(node["smtp-id"].text, *node["category"].values),
        to=address_of(node["email"]),
        sent_at=node["timestamp"].time,
    )


def _bounce(node: Node, trace: Trace, name: str) -> Report:
    """Read a bounce; SendGrid calls a refusal of today `blocked`, and will try this address again."""
    how, sort = node["type"].text.lower(), node["bounce_classification"].text
    word = CLASSES.get(sort.lower(), Word(lasting=True))
    if how == "blocked":
        word = Word(reason=word.reason, ours=word.ours)
    words = " ".join(each for each in (name, how, sort) if each)
    return make_report(Kind.BOUNCE, f"SendGrid: {words}", trace, (judge(word, _told(node, trace, "reason")),))


def _dropped(node: Node, trace: Trace, name: str) -> Report:
    start = node["reason"].text.lower()
    rule = f"SendGrid: {name}"
    if start.startswith("unsubscribed"):
        return make_report(Kind.OPTOUT, rule, trace, person(trace.to))
    if start.startswith("spam report"):
        return make_report(Kind.FEEDBACK, rule, trace, person(trace.to), feedback_type="abuse")
    word = next((word for words, word in DROPS if start.startswith(words)), _OTHER_DROP)
    return make_report(Kind.BOUNCE, rule, trace, (judge(word, _told(node, trace, "reason")),))


def _deferred(node: Node, trace: Trace, name: str) -> Report:
    told = _told(node, trace, "response", Action.DELAYED)
    return make_report(Kind.DELAYED, f"SendGrid: {name}", trace, (judge(Word(), told),))


def _told(node: Node, trace: Trace, text: str, action: Action = Action.FAILED) -> Told:
    said = node[text].text or node["reason"].text or node["response"].text
    return Told(address=trace.to, status=node["status"].text, diagnostic=said, action=action)


def _delivered(node: Node, trace: Trace, name: str) -> Report:
    reached = ReportedRecipient(address=trace.to, action=Action.DELIVERED, diagnostic=node["response"].text)
    return make_report(Kind.DELIVERED, f"SendGrid: {name}", trace, (reached,))


def _spam_report(_: Node, trace: Trace, name: str) -> Report:
    return make_report(Kind.FEEDBACK, f"SendGrid: {name}", trace, person(trace.to), feedback_type="abuse")


def _unsubscribe(_: Node, trace: Trace, name: str) -> Report:
    return make_report(Kind.OPTOUT, f"SendGrid: {name}", trace, person(trace.to))


# group_resubscribe is not here: whoever said no takes it back with us, or by staff who know how (standards B7)
_EVENTS: Mapping[str, _Parse] = {
    "bounce": _bounce,
    "blocked": _bounce,
    "dropped": _dropped,
    "deferred": _deferred,
    "delivered": _delivered,
    "spamreport": _spam_report,
    "unsubscribe": _unsubscribe,
    "group_unsubscribe": _unsubscribe,
}
