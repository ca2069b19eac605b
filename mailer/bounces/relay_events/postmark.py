"""Postmark: the record that it posts, one at a time.

Owns what the types of its bounces mean. Its MessageID is its own, so the mail is found by a token in what it repeats of
a bounce (`Content`) or in the metadata, and then by the recipient. Opens, clicks and deliveries' like are told apart by
RecordType; an open or a click is not read.
postmarkapp.com/developer/webhooks: “Bounce webhook”, “Spam complaint …”, “Subscription change …”, “Delivery …”;
postmarkapp.com/developer/api/bounce-api, “Bounce types”.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

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

_UNREAD = frozenset({"open", "click"})
_MOST_CONTENT = 200_000
_OURS = {"lasting": True, "ours": True}

# Type (TypeCode): what somebody is told by it; only a Bounce has a word that judges it
TYPES: Mapping[str, tuple[Kind, Word]] = {
    "HardBounce": (Kind.BOUNCE, Word(lasting=True, counts=True)),  # 1
    "Transient": (Kind.DELAYED, Word()),  # 2
    "Unsubscribe": (Kind.OPTOUT, Word()),  # 16
    "AutoResponder": (Kind.AUTOREPLY, Word()),  # 64
    "AddressChange": (Kind.MOVED, Word()),  # 128
    "DnsError": (Kind.BOUNCE, Word(reason="hostunknown", counts=True)),  # 256
    "SpamNotification": (Kind.BOUNCE, Word(reason="spamdetected", **_OURS)),  # 512
    "Unknown": (Kind.BOUNCE, Word()),  # 2048
    "SoftBounce": (Kind.BOUNCE, Word()),  # 4096
    "VirusNotification": (Kind.BOUNCE, Word(reason="virusdetected", **_OURS)),  # 8192
    "ChallengeVerification": (Kind.CHALLENGE, Word()),  # 16384
    "BadEmailAddress": (Kind.BOUNCE, Word(reason="userunknown", lasting=True, counts=True, asked=False)),  # 100000
    "SpamComplaint": (Kind.FEEDBACK, Word()),  # 100001
    "ManuallyDeactivated": (Kind.BOUNCE, Word(reason="suspend", asked=False)),  # 100002, by somebody at Postmark's
    "Unconfirmed": (Kind.BOUNCE, Word(reason="onhold", asked=False)),  # 100003
    "Blocked": (Kind.BOUNCE, Word(reason="blocked", **_OURS)),  # 100006
    "SMTPApiError": (Kind.BOUNCE, Word(reason="systemerror", **_OURS)),  # 100007
    "DMARCPolicy": (Kind.BOUNCE, Word(reason="authfailure", **_OURS)),  # 100009
    "TemplateRenderingFailed": (Kind.BOUNCE, Word(reason="contenterror", **_OURS)),  # 100010
}
_BY_LOWER = {name.lower(): name for name in TYPES}

_Parse = Callable[[Node, Trace, str], Report | None]


def parse_postmark(data: bytes) -> tuple[RelayEvent, ...]:
    """Read what Postmark posts. Return the record, or nothing where it is not ours to read. Never raises."""
    node = parse_json(data)
    name = node["RecordType"].text
    if name.lower() in _UNREAD:
        return ()
    parse = _EVENTS.get(name.lower())
    report = parse(node, _trace(node), name) if parse else None
    if report is None:
        return (unknown_event("Postmark", name, node),)
    return (RelayEvent(f"{name} {_id(node)}", report, canonical(node)),)


def is_postmark(node: Node) -> bool:
    """Return whether this is a record of Postmark, as far as its shape tells."""
    return bool(node["RecordType"].text and node["MessageStream"].text)


def _id(node: Node) -> str:
    """Name a record: a bounce has an id, what else happens to a mail happens at a time."""
    if node["ID"].text:
        return node["ID"].text
    at = node["DeliveredAt"].text or node["ChangedAt"].text
    return f"{node['MessageID'].text} {node['Recipient'].text} {at}" if at else digest_of(node)


def _trace(node: Node) -> Trace:
    content = node["Content"].long_text[:_MOST_CONTENT]
    headers = {each["Name"].text.lower(): each["Value"].text for each in node["Headers"]}
    times = (node[name].time for name in ("BouncedAt", "DeliveredAt", "ChangedAt"))
    return Trace(
        message_id=message_id_of(headers.get("message-id", "")),
        tokens=tokens_of(content, *headers.values(), *node["Metadata"].values),
        to=address_of(node["Email"]) or address_of(node["Recipient"]),
        subject=node["Subject"].text,
        sent_at=next((at for at in times if at), None),
    )


def _bounce(node: Node, trace: Trace, name: str) -> Report | None:
    said = node["Type"].text
    kind, word = TYPES.get(_BY_LOWER.get(said.lower(), ""), (None, Word()))
    rule = f"Postmark: {name} {said}"
    match kind:
        case None:
            return None
        case Kind.BOUNCE | Kind.DELAYED:
            action = Action.FAILED if kind is Kind.BOUNCE else Action.DELAYED
            told = Told(address=trace.to, diagnostic=node["Details"].text or node["Description"].text, action=action)
            return make_report(kind, rule, trace, (judge(word, told),))
        case Kind.FEEDBACK:
            return _complaint(node, trace, name)
        case Kind.OPTOUT:
            return make_report(kind, rule, trace, person(trace.to))
        case _:
            return replace(make_report(kind, rule, trace), from_address=trace.to)


def _complaint(_: Node, trace: Trace, name: str) -> Report:
    return make_report(Kind.FEEDBACK, f"Postmark: {name}", trace, person(trace.to), feedback_type="abuse")


def _delivery(node: Node, trace: Trace, name: str) -> Report:
    reached = ReportedRecipient(address=trace.to, action=Action.DELIVERED, diagnostic=node["Details"].text)
    return make_report(Kind.DELIVERED, f"Postmark: {name}", trace, (reached,))


def _change(node: Node, trace: Trace, name: str) -> Report | None:
    """Read that an address was put on Postmark's list, or taken off it; the latter is only kept."""
    why, origin = node["SuppressionReason"].text, node["Origin"].text
    if not node["SuppressSending"].is_true:
        return None
    rule = f"Postmark: {name} {why} by {origin}"
    match why.lower(), origin.lower():
        case "spamcomplaint", _:
            return make_report(Kind.FEEDBACK, rule, trace, person(trace.to), feedback_type="abuse")
        case "manualsuppression", "recipient":  # they pressed Postmark's own unsubscribe link
            return make_report(Kind.OPTOUT, rule, trace, person(trace.to))
        case "hardbounce", _:
            word = Word(reason="userunknown", lasting=True, counts=True, asked=False)
            return make_report(Kind.BOUNCE, rule, trace, (judge(word, Told(address=trace.to)),))
        case _:
            return None


_EVENTS: Mapping[str, _Parse] = {
    "bounce": _bounce,
    "spamcomplaint": _complaint,
    "delivery": _delivery,
    "subscriptionchange": _change,
}
