"""Relay events: what Amazon SES, SendGrid, Mailgun and Postmark report as JSON, read into the same reports as mail.

Theory of operation. Each relay has one function that turns its event into an `_Event`: a kind, the relay's own word for
it, its weight (`Word`), and the replies of the recipients' servers. Everything after that is the same for all relays.
The most important rule is that only a server's own words make an address dead at once (`diagnosis`). The
relay's word (“hard bounce”, “on our suppression list”) supplies the reason if the server's words leave it open, and at
most counts against the address over several mailings: relays often report blocks as hard bounces, and keep people on
their lists for long.

Never raises on any bytes, never checks a signature (`public.webhooks`), never uses an open or a click, since mailer
does not track people. An unknown event is kept for review: a report of kind `none` that names nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from mailer import lazy_re as re
from mailer.bounces.diagnosis import diagnose
from mailer.bounces.parts import parse_addresses, parse_message_ids, parse_typed
from mailer.bounces.values import Action, Kind, Report, ReportedRecipient, StatusFrom, Suppress
from mailer.frozen import dataclass, field, replace
from mailer.reply.values import MAX_TEXT as MAX_DIAGNOSTIC
from mailer.tokens import find_tokens
from mailer.words import read_section

MAX_TEXT: Final = 2_000
MAX_MEMBERS: Final = 5_000
MAX_KEPT: Final = 64_000
MAX_TOKENS: Final = 20
_MAX_RULE: Final = 100
_MOST_CONTENT: Final = 200_000
_OPEN: Final = frozenset({"", "onhold", "rejected", "systemerror"})  # reasons that mean no more than “no”
_BROKEN: Final = re.compile(r"!\n ")  # a long line as sendmail breaks it (its document “op”, mailer field L)


class Node:
    """A JSON value, or nothing: `node["bounce"]["timestamp"].text` is a text whatever was sent."""

    __slots__ = ("value",)

    def __init__(self, value: object = None) -> None:
        self.value = value

    def __getitem__(self, name: str) -> Node:
        """Return a member of an object, or an empty node."""
        return Node(self.value.get(name)) if isinstance(self.value, dict) else Node()

    def __iter__(self) -> Iterator[Node]:
        """Return the members of a list; anything else has none."""
        return map(Node, self.value[:MAX_MEMBERS]) if isinstance(self.value, list) else iter(())

    def has(self, name: str) -> bool:
        """Return whether an object has a member of this name, whatever its value is."""
        return isinstance(self.value, dict) and name in self.value

    @property
    def long_text(self) -> str:
        """Return a text, or a number as one, without lone surrogates and NULs, which no ledger can store."""
        if isinstance(self.value, str):
            return self.value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
        return "" if isinstance(self.value, bool) or not isinstance(self.value, (int, float)) else str(self.value)

    @property
    def text(self) -> str:
        """Return a text as `long_text` does, bounded."""
        return self.long_text[:MAX_TEXT]

    @property
    def word(self) -> str:
        """Return a text in lower case, in which names of events and reasons are compared."""
        return self.text.lower()

    @property
    def address(self) -> str:
        """Return the bare address; a text that is none stays as it is."""
        return next(iter(parse_addresses(self.text)), self.text)

    @property
    def is_true(self) -> bool:
        """Return whether it is `true`, or the text “true”."""
        return self.value is True or self.word == "true"

    @property
    def values(self) -> tuple[str, ...]:
        """Return the texts in an object or a list, those in lists below it too (tags, metadata)."""
        nodes = list(map(Node, list(self.value.values())[:MAX_MEMBERS] if isinstance(self.value, dict) else ())) or self
        return tuple(text for node in nodes for text in (node.text, *(each.text for each in node)) if text)

    @property
    def time(self) -> datetime | None:
        """Return a time from ISO 8601 or seconds since 1970; None if it is neither."""
        try:
            if isinstance(self.value, str) and not self.value.replace(".", "", 1).isdigit():
                at = datetime.fromisoformat(self.value[:60])
                return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
            return datetime.fromtimestamp(float(self.text), UTC)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def canonical(self) -> bytes:
        """Return its JSON, the same whatever the order and the blanks in which it came.

        Letters are not escaped, so that an address in it can be found and erased.
        """
        try:
            text = json.dumps(self.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        except (ValueError, RecursionError):
            return b""
        return text.encode("utf-8", "replace")

    @property
    def digest(self) -> str:
        """Return a digest of its content, as the id of an event to which its relay gave none."""
        return hashlib.sha256(self.canonical).hexdigest()


def parse_json(data: bytes) -> Node:
    """Read JSON; for anything else return a node without members we know, which keeps the text."""
    try:
        return Node(json.loads(data))
    except (ValueError, RecursionError):  # also not UTF-8, and numbers that are too long to be one
        return Node({"not JSON": data.decode("utf-8", "replace")[:MAX_KEPT]})


@dataclass(frozen=True, slots=True)
class RelayEvent:
    """An event of a relay. `id` is the same however often it is sent, alone or with others; `data` is its JSON."""

    id: str
    report: Report
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The weight of a relay's name for an event; `relays.toml` explains the fields."""

    reason: str = ""
    lasting: bool = False
    counts: bool = False
    unasked: bool = False
    ours: bool = False


_PLAIN: Final = Word()
_LASTING: Final = Word(lasting=True)
_WORTH: Final = ("lasting", "counts", "unasked", "ours")


NAMES: Final[Mapping[str, Mapping[str, tuple[Kind, Word]]]] = {
    table: {
        name.lower(): (
            Kind(kind),
            Word(
                reason=next((word for word in words if word not in _WORTH), ""),
                **{each: each in words for each in _WORTH},
            ),
        )
        for name, kind, *words in rows
    }
    for table, rows in read_section("relays", "names").items()
}


@dataclass(frozen=True, slots=True)
class _ServerReply:
    """The reply of a recipient's server, as a relay repeats it: its words, and its status if there is one."""

    address: str
    words: str = ""
    status: str = ""
    remote_mta: str = ""


@dataclass(frozen=True, slots=True)
class _Event:
    """An event, read; one without a kind is unknown. `name` is the relay's own name for it."""

    kind: Kind | None
    name: str
    people: tuple[_ServerReply, ...] = ()
    word: Word = _PLAIN
    feedback_type: str = "abuse"


def _named(table: str, name: str, to: str) -> _Event:
    """Return an event that is only a name; its kind is unknown if the relay's table does not have the name."""
    kind, _ = NAMES[table].get(name.lower(), (None, _PLAIN))
    return _Event(kind, name, (_ServerReply(to),))


def _relay_event(
    relay: str,
    event: _Event,
    node: Node,
    event_id: str,
    *,
    message_id: str,
    texts: Iterable[str],
    **head: Any,  # noqa: ANN401 - fields of `Report`, of more than one type
) -> RelayEvent:
    """Return an event with its report; that of an unknown event names nobody, so that nothing can follow from it.

    The mail that it is about can be found by our Message-ID, and by tokens of ours in the texts.
    """
    words = event.name if event.kind else f"{event.name or 'no event'}, kept"
    rule = " ".join(f"{relay}: {words}".split())[:_MAX_RULE]
    if event.kind is None:
        return RelayEvent(event_id, Report(kind=Kind.NONE, rule=rule), node.canonical)
    people: tuple[ReportedRecipient, ...] = ()
    if event.kind in {Kind.BOUNCE, Kind.DELAYED}:
        action = Action.FAILED if event.kind is Kind.BOUNCE else Action.DELAYED
        people = tuple(_judge(event.word, reply, action) for reply in event.people)
    elif event.kind is Kind.DELIVERED:
        reached = ((reply.address, reply.words) for reply in event.people)
        people = tuple(ReportedRecipient(address=a, action=Action.DELIVERED, diagnostic=words) for a, words in reached)
    elif event.kind in {Kind.FEEDBACK, Kind.OPTOUT} and len(event.people) == 1 and event.people[0].address:
        # of several recipients it is not known who complained or opted out: then only our own token shows it
        people = (ReportedRecipient(address=event.people[0].address),)
    else:
        head["from_address"] = event.people[0].address if event.kind not in {Kind.FEEDBACK, Kind.OPTOUT} else ""
    named = parse_message_ids(message_id) or parse_message_ids(f"<{message_id.strip()}>")
    report = Report(
        kind=event.kind,
        rule=rule,
        recipients=people,
        feedback_type=event.feedback_type if event.kind is Kind.FEEDBACK else "",
        original_message_id=named[0] if named else "",  # some relays write it without angle brackets
        returned_tokens=tuple(dict.fromkeys(token for text in texts for token in find_tokens(text)))[:MAX_TOKENS],
        **head,
    )
    return RelayEvent(event_id, report, node.canonical)


def _judge(word: Word, reply: _ServerReply, action: Action) -> ReportedRecipient:
    """Return the recipient, by the reply of their server and by the weight of the relay's word."""
    kind, text = parse_typed(reply.words)
    is_typed = kind in {"smtp", "x-unix", "x400"}
    read = diagnose(action, reply.status, reply.words if is_typed else f"smtp; {reply.words}")
    status, suppress = read.status, read.suppress
    if read.status_from is StatusFrom.INFERRED and not read.code and read.reason != "expired":
        # without a status, its class is the relay's word: permanent or temporary
        status = "5.0.0" if word.lasting and action is Action.FAILED else "4.0.0"
    is_open = word.unasked or read.reason in _OPEN
    if word.ours or action is Action.DELAYED:
        suppress = Suppress.NEVER
    elif is_open:
        suppress = Suppress.COUNT if word.counts else Suppress.NEVER
    elif suppress is Suppress.NOW and not word.lasting:
        suppress = Suppress.COUNT
    return replace(
        read,
        address=reply.address,
        status=status,
        permanent=action is Action.FAILED and word.lasting and not status.startswith("4"),
        reason=word.reason if is_open and word.reason else read.reason,
        suppress=suppress,
        diagnostic=(text if is_typed else reply.words)[:MAX_DIAGNOSTIC],
        remote_mta=reply.remote_mta,
    )


# Amazon SES: over SNS or through EventBridge. SES writes a Message-ID of its own into the mail, so the mail is found by
# the headers that SES repeats (if its configuration set includes them), by the token in MAIL FROM (`mail.source`), and
# then by the recipient. docs.aws.amazon.com/ses: “Contents of event data that Amazon SES publishes to Amazon SNS”, and
# “Amazon SNS notification contents”, which calls eventType notificationType.

_COMPLAINTS: Final = frozenset({"", "abuse", "fraud", "other"})  # the other types of RFC 5965 keep their names
_TRACES: Final = frozenset({"message-id", "list-unsubscribe", "return-path"})
_SECTIONS: Mapping[str, str] = {"deliverydelay": "deliveryDelay", "renderingfailure": "failure"}


def parse_ses(data: bytes) -> tuple[RelayEvent, ...]:
    """Read an event of SES, bare or as SNS and EventBridge wrap it; nothing for events that we do not read."""
    node = _unwrap(parse_json(data))
    name = node["eventType"].text or node["notificationType"].text
    key = "".join(name.lower().split())
    if key in {"open", "click", "send"}:
        return ()
    mail, detail = node["mail"], node[_SECTIONS.get(key, key)]
    event = _read_ses(name, key, mail, detail)
    headers = {each["name"].word: each["value"].text for each in mail["headers"]}
    common = mail["commonHeaders"]
    known = [value for each, value in headers.items() if each in _TRACES]
    mark = detail["feedbackId"].text or detail["timestamp"].text or detail.digest
    found = _relay_event(
        "SES",
        event,
        node,
        f"{key} {mail['messageId'].text} {mark}" if event.kind else node.digest,
        message_id=headers.get("message-id", "") or common["messageId"].text,
        texts=(mail["source"].text, common["returnPath"].text, *known, *mail["tags"].values),
        subject=common["subject"].text,
        sent_at=detail["timestamp"].time,
        arrived_at=mail["timestamp"].time,
        reporting_mta=parse_typed(detail["reportingMTA"].text)[1],
    )
    return (found,)


def _unwrap(node: Node) -> Node:
    """Return the event inside the envelope of SNS (also to a queue or a function) or EventBridge."""
    first = next(iter(node["Records"]), node)
    envelope = first["Sns"] if isinstance(first["Sns"].value, dict) else first
    if envelope["Message"].value is not None:
        return parse_json(envelope["Message"].long_text.encode())
    return envelope["detail"] if isinstance(envelope["detail"].value, dict) else envelope


def _read_ses(name: str, key: str, mail: Node, detail: Node) -> _Event:
    sent_to = [each.address for each in mail["destination"]]
    to = sent_to[0] if len(sent_to) == 1 else ""
    match key:
        case "bounce":
            sort = f"{detail['bounceType'].text}/{detail['bounceSubType'].text}"
            kind, word = NAMES["ses"].get(sort.lower(), (Kind.BOUNCE, Word(lasting=sort.startswith("Permanent/"))))
            kind = Kind.OPTOUT if sort.endswith("/UnsubscribedRecipient") else kind
            return _Event(kind, f"{name} {sort}", _ses_people(detail["bouncedRecipients"]), word)
        case "deliverydelay":
            why = detail["delayType"].text
            _, word = NAMES["ses_delays"].get(why.lower(), (Kind.DELAYED, _PLAIN))
            return _Event(Kind.DELAYED, f"{name} {why}", _ses_people(detail["delayedRecipients"]), word)
        case "complaint":
            feedback = detail["complaintFeedbackType"].word
            words = f"{name} {detail['complaintSubType'].text or feedback}"
            feedback_type = "abuse" if feedback in _COMPLAINTS else feedback
            people = _ses_people(detail["complainedRecipients"])
            return _Event(Kind.FEEDBACK, words, people, feedback_type=feedback_type)
        case "delivery":
            reached = tuple(_ServerReply(each.address, detail["smtpResponse"].text) for each in detail["recipients"])
            return _Event(Kind.DELIVERED, name, reached)
        case "reject" | "renderingfailure":  # SES itself refused the mail
            kind, word = NAMES["ses"][key]
            return _Event(kind, name, (_ServerReply(to, detail["reason"].text or detail["errorMessage"].text),), word)
        case "subscription":
            wishes = detail["newTopicPreferences"]
            topics = [each["subscriptionStatus"].word for each in wishes["topicSubscriptionStatus"]]
            is_optout = wishes["unsubscribeAll"].is_true or "optout" in topics
            return _Event(Kind.OPTOUT if is_optout else None, name, (_ServerReply(to),))
    return _Event(None, name)


def _ses_people(people: Node) -> tuple[_ServerReply, ...]:
    return tuple(
        _ServerReply(each["emailAddress"].address, each["diagnosticCode"].text, each["status"].text) for each in people
    )


# SendGrid: many events in one list. `smtp-id` is the Message-ID that we gave. twilio.com/docs/sendgrid, “Event Webhook
# Reference”.


def parse_sendgrid(data: bytes) -> tuple[RelayEvent, ...]:
    """Read a post of SendGrid: each event of the list by itself. Never raises."""
    whole = parse_json(data)
    found = []
    for node in whole if isinstance(whole.value, list) else [whole]:
        if node["event"].word in {"open", "click", "processed"}:
            continue
        message_id = node["smtp-id"].text
        texts, at = (message_id, *node["category"].values), node["timestamp"].time
        event, event_id = _read_sendgrid(node), node["sg_event_id"].text or node.digest
        found.append(_relay_event("SendGrid", event, node, event_id, message_id=message_id, texts=texts, sent_at=at))
    return tuple(found)


def _read_sendgrid(node: Node) -> _Event:
    name, to, status = node["event"].text, node["email"].address, node["status"].text
    reason, response = node["reason"].text, node["response"].text
    match name.lower():
        case "bounce" | "blocked":
            how, sort = node["type"].word, node["bounce_classification"].text
            _, word = NAMES["sendgrid_bounces"].get(sort.lower(), (Kind.BOUNCE, _LASTING))
            if how == "blocked":  # refused this time: SendGrid will try this address again
                word = Word(reason=word.reason, ours=word.ours)
            return _Event(Kind.BOUNCE, f"{name} {how} {sort}", (_ServerReply(to, reason or response, status),), word)
        case "dropped":
            drops = NAMES["sendgrid_drops"]
            fitting = (found for start, found in drops.items() if reason.lower().startswith(start))
            kind, word = next(fitting, drops["any other"])
            return _Event(kind, name, (_ServerReply(to, reason or response, status),), word)
        case "deferred":
            return _Event(Kind.DELAYED, name, (_ServerReply(to, response or reason, status),))
        case "delivered":
            return _Event(Kind.DELIVERED, name, (_ServerReply(to, response),))
    return _named("sendgrid", name, to)


# Mailgun: one event at a time, under `event-data`. `message.headers.message-id` is the Message-ID that we gave, without
# its angle brackets. documentation.mailgun.com, “Webhooks” and “Events: event structure”.


def parse_mailgun(data: bytes) -> tuple[RelayEvent, ...]:
    """Read a post of Mailgun. Return its event, or nothing if it is one that we do not read. Never raises."""
    whole = parse_json(data)
    node = whole["event-data"]
    if node["event"].word in {"opened", "clicked", "accepted", "stored"}:
        return ()
    event = _read_mailgun(node)
    headers = node["message"]["headers"]
    message_id, sender = headers["message-id"].text, node["envelope"]["sender"].text
    texts = (message_id, sender, *node["user-variables"].values, *node["tags"].values)
    subject, at = headers["subject"].text, node["timestamp"].time
    if event.kind is None and not isinstance(node.value, dict):
        # without the signature, which a reader here could otherwise use elsewhere
        members = whole.value.items() if isinstance(whole.value, dict) else ()
        node = Node({name: value for name, value in members if name != "signature"})
    # an id alone is used again on another day
    event_id = f"{node['id'].text} {node['timestamp'].text}" if node["id"].text else node.digest
    found = _relay_event(
        "Mailgun", event, node, event_id, message_id=message_id, texts=texts, subject=subject, sent_at=at
    )
    return (found,)


def _read_mailgun(node: Node) -> _Event:
    name, status = node["event"].text, node["delivery-status"]
    to, text = node["recipient"].address, status["message"].text
    match name.lower():
        case "failed":
            code, severity = status["code"].text, node["severity"].word
            reason, failures = node["reason"].word, NAMES["mailgun_failures"]
            kind, word = failures.get(code) or failures.get(reason, (Kind.BOUNCE, _LASTING))
            if severity == "temporary":
                kind, word = Kind.DELAYED, _PLAIN
            text = text or status["description"].text
            # the reply's three digits are beside its words; Mailgun's own codes begin with 6
            text = f"{code} {text}" if re.match(r"[45]..$", code) and not text.startswith(code) else text
            enhanced = status["enhanced-code"].text or status["bounce-code"].text
            people = (_ServerReply(to, text, enhanced, status["mx-host"].text),)
            return _Event(kind, f"{name} {severity} {reason}", people, word)
        case "rejected":  # Mailgun itself refused the mail (a virus, a limit of the account): not about the recipient
            text = f"{node['reject']['reason'].text} {node['reject']['description'].text}".strip()
            kind, word = NAMES["mailgun"]["rejected"]
            return _Event(kind, name, (_ServerReply(to, text),), word)
        case "delivered":
            return _Event(Kind.DELIVERED, name, (_ServerReply(to, text),))
    return _named("mailgun", name, to)


# Postmark: one record at a time. Its MessageID is its own, so the mail is found by a token in what it repeats of a
# bounce (`Content`) or in the metadata, and then by the recipient. postmarkapp.com/developer/webhooks: “Bounce …”,
# “Spam complaint …”, “Subscription change …”, “Delivery …”; postmarkapp.com/developer/api/bounce-api, “Bounce types”.


def parse_postmark(data: bytes) -> tuple[RelayEvent, ...]:
    """Read a post of Postmark. Return its record, or nothing if it is one that we do not read. Never raises."""
    node = parse_json(data)
    name = node["RecordType"].text
    if name.lower() in {"open", "click"}:
        return ()
    event = _read_postmark(node)
    headers = {each["Name"].word: each["Value"].text for each in node["Headers"]}
    times = (node[each].time for each in ("BouncedAt", "DeliveredAt", "ChangedAt"))
    at = node["DeliveredAt"].text or node["ChangedAt"].text
    # a bounce has an id, other events only have a time
    dated = f"{node['MessageID'].text} {node['Recipient'].text} {at}" if at else node.digest
    found = _relay_event(
        "Postmark",
        event,
        node,
        f"{name} {node['ID'].text or dated}" if event.kind else node.digest,
        message_id=headers.get("message-id", ""),
        texts=(node["Content"].long_text[:_MOST_CONTENT], *headers.values(), *node["Metadata"].values),
        subject=node["Subject"].text,
        sent_at=next((at for at in times if at), None),
    )
    return (found,)


def _read_postmark(node: Node) -> _Event:
    name, to = node["RecordType"].text, node["Email"].address or node["Recipient"].address
    match name.lower():
        case "bounce":
            kind, word = NAMES["postmark"].get(node["Type"].word, (None, _PLAIN))
            words = name if kind is Kind.FEEDBACK else f"{name} {node['Type'].text}"
            text = node["Details"].text or node["Description"].text
            return _Event(kind, words if kind else name, (_ServerReply(to, text),), word)
        case "spamcomplaint":
            return _Event(Kind.FEEDBACK, name, (_ServerReply(to),))
        case "delivery":
            return _Event(Kind.DELIVERED, name, (_ServerReply(to, node["Details"].text),))
        case "subscriptionchange" if node["SuppressSending"].is_true:  # a removal from Postmark's list is only kept
            why, origin = node["SuppressionReason"].text, node["Origin"].text
            words, changes = f"{why} by {origin}".lower(), NAMES["postmark_changes"]
            if found := changes.get(words) or changes.get(why.lower()):
                return _Event(found[0], f"{name} {why} by {origin}", (_ServerReply(to),), found[1])
    return _Event(None, name)


def parse_body(text: str) -> Report | None:
    """Read the body of a mail that is one event of a relay: SNS can deliver by mail. None if it is none.

    Text after the JSON (a footer) and line ends inside its texts are ignored.
    """
    if text.lstrip()[:1] != "{":
        return None
    try:
        value = json.JSONDecoder(strict=False).raw_decode(_BROKEN.sub("", text).lstrip())[0]
    except (ValueError, RecursionError):
        return None
    return _read_one(Node(value))


def parse_notice(data: bytes) -> Report | None:
    """Read a file that is one event of a relay, as JSON; None if it is none (SendGrid sends lists of events)."""
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _read_one(parse_json(data.removeprefix(b"\xef\xbb\xbf"))) if start.startswith(b"{") else None


def _read_one(node: Node) -> Report | None:
    """Read one event; its shape shows which relay it is from."""
    event, data = _unwrap(node), node.canonical
    events: tuple[RelayEvent, ...] = ()
    if isinstance(event["mail"].value, dict) and (event["eventType"].text or event["notificationType"].text):
        events = parse_ses(data)
    elif node["event-data"]["event"].text:
        events = parse_mailgun(data)
    elif node["RecordType"].text and node["MessageStream"].text:
        events = parse_postmark(data)
    return events[0].report if events else None
