"""Mailgun: the event that it posts, one at a time, under `event-data`.

Owns the names of its events and what its reasons are worth. `message.headers.message-id` is the Message-ID that we
gave, without its angle brackets. Opens, clicks and the mere taking of a mail (`accepted`) are not read.
documentation.mailgun.com, “Webhooks” and “Events: event structure”.
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

_UNREAD = frozenset({"opened", "clicked", "accepted", "stored"})

REASONS: Mapping[str, Word] = {
    "bounce": Word(lasting=True),
    "generic": Word(lasting=True),
    "old": Word(reason="expired", counts=True),  # tried for hours, and given up
    "suppress-bounce": Word(reason="userunknown", lasting=True, counts=True, asked=False),
    "espblock": Word(reason="badreputation", lasting=True, ours=True),
}
# delivery-status.code, where Mailgun did not ask the server: the same as suppress-…
_SUPPRESSED = {"605": "suppress-bounce", "606": "suppress-unsubscribe", "607": "suppress-complaint"}

_Parse = Callable[[Node, Trace, str], Report]


def parse_mailgun(data: bytes) -> tuple[RelayEvent, ...]:
    """Read what Mailgun posts. Return the event, or nothing where it is not ours to read. Never raises."""
    whole = parse_json(data)
    node = whole["event-data"]
    name = node["event"].text
    if name.lower() in _UNREAD:
        return ()
    parse = _EVENTS.get(name.lower())
    if parse is None:
        # without the signature: whoever reads it here must not be able to show it somewhere else
        kept = node if node.is_object else Node({k: v for k, v in _members(whole) if k != "signature"})
        return (unknown_event("Mailgun", name, kept, _id(node)),)
    report = parse(node, _trace(node), name)
    return (RelayEvent(_id(node) or digest_of(node), report, canonical(node)),)


def _id(node: Node) -> str:
    """Name an event: by its id and its time, as the id by itself comes again on another day."""
    return f"{node['id'].text} {node['timestamp'].text}" if node["id"].text else ""


def is_mailgun(node: Node) -> bool:
    """Return whether this is an event of Mailgun, as far as its shape tells."""
    return bool(node["event-data"]["event"].text)


def _members(node: Node) -> list[tuple[str, object]]:
    return list(node.value.items()) if isinstance(node.value, dict) else []


def _trace(node: Node) -> Trace:
    headers, envelope = node["message"]["headers"], node["envelope"]
    return Trace(
        message_id=message_id_of(headers["message-id"].text),
        tokens=tokens_of(
            headers["message-id"].text, envelope["sender"].text, *node["user-variables"].values, *node["tags"].values
        ),
        to=address_of(node["recipient"]),
        subject=headers["subject"].text,
        sent_at=node["timestamp"].time,
    )


def _failed(node: Node, trace: Trace, name: str) -> Report:
    severity = node["severity"].text.lower()
    reason = _SUPPRESSED.get(node["delivery-status"]["code"].text) or node["reason"].text.lower()
    rule = f"Mailgun: {' '.join(each for each in (name, severity, reason) if each)}"
    if severity == "temporary":
        return make_report(Kind.DELAYED, rule, trace, (judge(Word(), _told(node, trace, Action.DELAYED)),))
    if reason == "suppress-unsubscribe":
        return make_report(Kind.OPTOUT, rule, trace, person(trace.to))
    if reason == "suppress-complaint":
        return make_report(Kind.FEEDBACK, rule, trace, person(trace.to), feedback_type="abuse")
    word = REASONS.get(reason, Word(lasting=True))
    return make_report(Kind.BOUNCE, rule, trace, (judge(word, _told(node, trace)),))


def _told(node: Node, trace: Trace, action: Action = Action.FAILED) -> Told:
    status = node["delivery-status"]
    said = status["message"].text or status["description"].text
    code = status["code"].text
    # the reply's three digits stand beside its words; Mailgun's own codes begin with 6
    whole = f"{code} {said}" if code[:1] in {"4", "5"} and len(code) == 3 and not said.startswith(code) else said
    return Told(
        address=trace.to,
        status=status["enhanced-code"].text or status["bounce-code"].text,
        diagnostic=whole,
        remote_mta=status["mx-host"].text,
        action=action,
    )


def _rejected(node: Node, trace: Trace, name: str) -> Report:
    """Read that Mailgun itself refused a mail (a virus, a limit of the account): nothing about the person."""
    said = " ".join(each for each in (node["reject"]["reason"].text, node["reject"]["description"].text) if each)
    word = Word(reason="rejected", lasting=True, asked=False, ours=True)
    refused = judge(word, Told(address=trace.to, diagnostic=said))
    return make_report(Kind.BOUNCE, f"Mailgun: {name}", trace, (refused,))


def _complained(_: Node, trace: Trace, name: str) -> Report:
    return make_report(Kind.FEEDBACK, f"Mailgun: {name}", trace, person(trace.to), feedback_type="abuse")


def _unsubscribed(_: Node, trace: Trace, name: str) -> Report:
    return make_report(Kind.OPTOUT, f"Mailgun: {name}", trace, person(trace.to))


def _delivered(node: Node, trace: Trace, name: str) -> Report:
    said = node["delivery-status"]["message"].text
    reached = ReportedRecipient(address=trace.to, action=Action.DELIVERED, diagnostic=said)
    return make_report(Kind.DELIVERED, f"Mailgun: {name}", trace, (reached,))


_EVENTS: Mapping[str, _Parse] = {
    "failed": _failed,
    "rejected": _rejected,
    "complained": _complained,
    "unsubscribed": _unsubscribed,
    "delivered": _delivered,
}
