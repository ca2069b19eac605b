"""SES: what Amazon SES tells over Amazon SNS, or through EventBridge, as JSON.

Owns the names of its events and what its kinds of bounces are worth. SES writes a Message-ID of its own into the mail,
so the mail is found by the headers that SES repeats (if its configuration set includes them), by the token in MAIL
FROM (`mail.source`), and then by the recipient. Opens, clicks and the mere taking of a mail are not read.
docs.aws.amazon.com/ses: “Contents of event data that Amazon SES publishes to Amazon SNS”, and “Amazon SNS notification
contents”, which calls eventType notificationType.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailer.bounces.fields import parse_typed
from mailer.bounces.relay_events.judging import Told, Word, judge
from mailer.bounces.relay_events.reading import Node, canonical, digest_of, parse_json
from mailer.bounces.relay_events.values import (
    RelayEvent,
    Trace,
    address_of,
    make_report,
    message_id_of,
    only,
    person,
    tokens_of,
    unknown_event,
)
from mailer.bounces.values import Action, Kind, Report, ReportedRecipient

_TRACES = frozenset({"message-id", "list-unsubscribe", "return-path"})
_LIST = Word(reason="userunknown", lasting=True, counts=True, asked=False)
_MAIL = {"lasting": True, "asked": False, "ours": True}

BOUNCES: Mapping[tuple[str, str], Word] = {
    ("Permanent", "General"): Word(lasting=True),
    ("Permanent", "NoEmail"): Word(lasting=True),  # SES found no address in the bounce: nothing about the mailbox
    ("Permanent", "Suppressed"): _LIST,
    ("Permanent", "OnAccountSuppressionList"): _LIST,
    ("Permanent", "EmailValidationSuppressed"): _LIST,
    ("Transient", "General"): Word(),  # often an automatic reply
    ("Transient", "MailboxFull"): Word(reason="mailboxfull", counts=True),
    ("Transient", "MessageTooLarge"): Word(reason="mesgtoobig", ours=True),
    ("Transient", "CustomTimeoutExceeded"): Word(reason="expired", counts=True),
    ("Transient", "ContentRejected"): Word(reason="contenterror", ours=True),
    ("Transient", "AttachmentRejected"): Word(reason="contenterror", ours=True),
    ("Undetermined", "Undetermined"): Word(),
}
DELAYS: Mapping[str, str] = {
    "MailboxFull": "mailboxfull",
    "SpamDetected": "spamdetected",
    "IPFailure": "blocked",
    "TransientCommunicationFailure": "networkerror",
    "RecipientServerError": "systemerror",
    "SendingDeferral": "systemerror",
    "InternalFailure": "systemerror",
}
# What a complaint is called where it is one; the other types of RFC 5965 and not-spam keep their names
_COMPLAINTS = frozenset({"", "abuse", "fraud", "other"})
_UNREAD = frozenset({"open", "click", "send"})

_Parse = Callable[[Node, Trace, str], Report | None]


def parse_ses(data: bytes) -> tuple[RelayEvent, ...]:
    """Read an event of SES, bare or as SNS and EventBridge wrap it. Return it, or nothing where it is not ours to read.

    What nobody here knows is kept (`unknown_event`). Never raises.
    """
    node = unwrap(parse_json(data))
    name = _name(node)
    key = "".join(name.lower().split())
    if key in _UNREAD:
        return ()
    section, parse = _EVENTS.get(key, ("", None))
    detail = node[section]
    report = parse(detail, _trace(node["mail"], detail), name) if parse else None
    if report is None:
        return (unknown_event("SES", name, node),)
    mark = detail["feedbackId"].text or detail["timestamp"].text or digest_of(detail)
    return (RelayEvent(f"{key} {node['mail']['messageId'].text} {mark}", report, canonical(node)),)


def unwrap(node: Node) -> Node:
    """Return the event inside what SNS (also to a queue or a function) or EventBridge puts round it."""
    first = next(iter(node["Records"]), node)
    envelope = first["Sns"] if first["Sns"].is_object else first
    if envelope["Message"].value is not None:
        return parse_json(envelope["Message"].long_text.encode())
    return envelope["detail"] if envelope["detail"].is_object else envelope


def is_ses(node: Node) -> bool:
    """Return whether this is an event of SES, as far as its shape tells."""
    event = unwrap(node)
    return bool(_name(event)) and event["mail"].is_object


def _name(node: Node) -> str:
    return node["eventType"].text or node["notificationType"].text


def _trace(mail: Node, detail: Node) -> Trace:
    headers = {each["name"].text.lower(): each["value"].text for each in mail["headers"]}
    common = mail["commonHeaders"]
    known = [value for name, value in headers.items() if name in _TRACES]
    return Trace(
        message_id=message_id_of(headers.get("message-id", "") or common["messageId"].text),
        tokens=tokens_of(mail["source"].text, common["returnPath"].text, *known, *mail["tags"].values),
        to=only(address_of(each) for each in mail["destination"]),
        subject=common["subject"].text,
        sent_at=detail["timestamp"].time,
        arrived_at=mail["timestamp"].time,
        reporting_mta=parse_typed(detail["reportingMTA"].text)[1],
    )


def _bounce(detail: Node, trace: Trace, name: str) -> Report:
    kind, sub = detail["bounceType"].text, detail["bounceSubType"].text
    word = BOUNCES.get((kind, sub), Word(lasting=kind == "Permanent"))
    people = tuple(judge(word, _told(each)) for each in detail["bouncedRecipients"])
    rule = f"SES: {name} {kind}/{sub}"
    if sub == "UnsubscribedRecipient":
        return make_report(Kind.OPTOUT, rule, trace, person(only(each.address for each in people)))
    return make_report(Kind.BOUNCE, rule, trace, people)


def _delay(detail: Node, trace: Trace, name: str) -> Report:
    word = Word(reason=DELAYS.get(detail["delayType"].text, ""))
    people = tuple(judge(word, _told(each, Action.DELAYED)) for each in detail["delayedRecipients"])
    return make_report(Kind.DELAYED, f"SES: {name} {detail['delayType'].text}", trace, people)


def _told(each: Node, action: Action = Action.FAILED) -> Told:
    status, said = each["status"].text, each["diagnosticCode"].text
    return Told(address=address_of(each["emailAddress"]), status=status, diagnostic=said, action=action)


def _complaint(detail: Node, trace: Trace, name: str) -> Report:
    said = detail["complaintFeedbackType"].text.lower()
    kind = "abuse" if said in _COMPLAINTS else said
    # several are those who may have complained: then only our own token tells who it was
    who = only(address_of(each["emailAddress"]) for each in detail["complainedRecipients"])
    rule = " ".join((f"SES: {name}", detail["complaintSubType"].text or said))
    return make_report(Kind.FEEDBACK, rule, trace, person(who), feedback_type=kind)


def _delivery(detail: Node, trace: Trace, name: str) -> Report:
    said = detail["smtpResponse"].text
    people = tuple(
        ReportedRecipient(address=address_of(each), action=Action.DELIVERED, diagnostic=said)
        for each in detail["recipients"]
    )
    return make_report(Kind.DELIVERED, f"SES: {name}", trace, people)


def _reject(detail: Node, trace: Trace, name: str) -> Report:
    return _refused(Word(reason="virusdetected", **_MAIL), detail["reason"].text, trace, name)


def _failure(detail: Node, trace: Trace, name: str) -> Report:
    return _refused(Word(reason="contenterror", **_MAIL), detail["errorMessage"].text, trace, name)


def _refused(word: Word, said: str, trace: Trace, name: str) -> Report:
    """Return the report of a mail that SES itself refused."""
    return make_report(Kind.BOUNCE, f"SES: {name}", trace, (judge(word, Told(address=trace.to, diagnostic=said)),))


def _subscription(detail: Node, trace: Trace, name: str) -> Report | None:
    wishes = detail["newTopicPreferences"]
    topics = (each["subscriptionStatus"].text.lower() for each in wishes["topicSubscriptionStatus"])
    if not wishes["unsubscribeAll"].is_true and "optout" not in topics:
        return None
    return make_report(Kind.OPTOUT, f"SES: {name}", trace, person(trace.to))


_EVENTS: Mapping[str, tuple[str, _Parse]] = {
    "bounce": ("bounce", _bounce),
    "complaint": ("complaint", _complaint),
    "delivery": ("delivery", _delivery),
    "deliverydelay": ("deliveryDelay", _delay),
    "reject": ("reject", _reject),
    "renderingfailure": ("failure", _failure),
    "subscription": ("subscription", _subscription),
}
