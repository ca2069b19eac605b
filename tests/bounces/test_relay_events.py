"""Events of relays: the same readings as of mail, and nothing that is not theirs to say."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from mailer.bounces.relay_events import NAMES, RelayEvent, parse_mailgun, parse_postmark, parse_sendgrid, parse_ses
from mailer.bounces.report import parse_report
from mailer.bounces.values import Kind, Report, Suppress
from tests.relays import (
    AT,
    SES_ID,
    mailgun,
    mailgun_failed,
    postmark_bounce,
    postmark_change,
    sendgrid,
    sendgrid_bounce,
    ses,
    ses_bounce,
    ses_complaint,
)

CY = "cy@c.example.com"
TOKEN = "abcdefghijabcdefghijabcdefghijabcdefghij"
OURS = "<wick.7741@press.example.org>"
PARSERS: tuple[Callable[[bytes], tuple[RelayEvent, ...]], ...] = (
    parse_ses,
    parse_sendgrid,
    parse_mailgun,
    parse_postmark,
)


def only(events: tuple[RelayEvent, ...]) -> Report:
    (event,) = events
    return event.report


def ses_of(data: bytes) -> Report:
    return only(parse_ses(data))


def sendgrid_of(**event: Any) -> Report:
    return only(parse_sendgrid(json.dumps([event]).encode()))


def mailgun_of(event: dict[str, Any]) -> Report:
    return only(parse_mailgun(json.dumps({"signature": {"token": "secret"}, "event-data": event}).encode()))


def postmark_of(record: dict[str, Any]) -> Report:
    return only(parse_postmark(json.dumps(record).encode()))


def verdict(report: Report) -> tuple[str, str, bool, str]:
    """Return kind, reason, permanent and suppress of a report about one person."""
    (recipient,) = report.recipients
    assert recipient.as_sent == CY
    return report.kind.value, recipient.reason, recipient.permanent, recipient.suppress.value


FULL = "smtp; 552 5.2.2 mailbox full"
BLOCKED = "smtp; 554 5.7.1 client host blocked using rbl.example.net"
VAGUE = "smtp; 550 5.0.0 Message rejected"
LISTED = "The relay did not send this: the address is on the suppression list for your account"


@pytest.mark.parametrize(
    "sort, status, said, read",
    [
        (("Permanent", "General"), "5.1.1", "smtp; 550 5.1.1 user unknown", ("userunknown", True, "now")),
        (("Permanent", "NoEmail"), "5.1.1", "smtp; 550 5.1.1 user unknown", ("userunknown", True, "now")),
        (("Permanent", "General"), "5.7.1", BLOCKED, ("blocked", True, "never")),
        (("Permanent", "General"), "5.0.0", VAGUE, ("rejected", True, "never")),
        (("Permanent", "Suppressed"), "5.1.1", LISTED, ("userunknown", True, "after")),
        (("Permanent", "OnAccountSuppressionList"), "5.1.1", LISTED, ("userunknown", True, "after")),
        (("Transient", "General"), "5.1.1", "smtp; 550 5.1.1 user unknown", ("userunknown", False, "after")),
        (("Transient", "General"), "", "", ("onhold", False, "never")),
        (("Transient", "MailboxFull"), "5.2.2", FULL, ("mailboxfull", False, "after")),
        (("Transient", "MailboxFull"), "", "", ("mailboxfull", False, "after")),
        (("Transient", "MessageTooLarge"), "", "", ("mesgtoobig", False, "never")),
        (("Transient", "ContentRejected"), "5.1.1", "smtp; 550 5.1.1 no", ("userunknown", False, "never")),
        (("Transient", "AttachmentRejected"), "", "", ("contenterror", False, "never")),
        (("Undetermined", "Undetermined"), "5.1.1", "smtp; 550 5.1.1 no", ("userunknown", False, "after")),
        (("Permanent", "NewWord"), "5.0.0", VAGUE, ("rejected", True, "never")),
    ],
)
def test_a_bounce_of_ses_is_for_good_only_where_the_server_said_so(
    sort: tuple[str, str], status: str, said: str, read: tuple[str, bool, str]
) -> None:
    assert verdict(ses_of(ses_bounce(CY, sort=sort, status=status, said=said))) == ("bounce", *read)


def test_no_kind_of_bounce_of_ses_makes_an_address_dead_by_itself() -> None:
    for kind, _, more in (name.partition("/") for name in NAMES["ses"]):
        report = ses_of(ses_bounce(CY, sort=(kind, more), status="", said=""))
        assert report.recipients[0].suppress is not Suppress.NOW, (kind, more)


def test_a_mail_sent_over_ses_is_found_by_the_headers_and_the_return_path_that_ses_repeats() -> None:
    headers = [
        {"name": "Message-ID", "value": OURS},
        {"name": "List-Unsubscribe", "value": f"<https://press.example.org/o/{TOKEN}>"},
    ]
    report = ses_of(ses_bounce(CY, source=f"bounces+{TOKEN.upper()}@example.org", headers=headers))
    assert report.original_message_id == OURS
    assert report.returned_tokens == (TOKEN,)
    assert report.tokens == ()  # those would have to be ours, or all is thrown away as forged
    assert report.reporting_mta == "a8-1.smtp-out.example.net"
    assert report.sent_at == report.arrived_at == AT
    common = ses_of(ses_bounce(CY, commonHeaders={"messageId": OURS, "subject": "Lamps"}))
    assert (common.original_message_id, common.subject) == (OURS, "Lamps")


@pytest.mark.parametrize(
    "kind, expected",
    [("abuse", "abuse"), (None, "abuse"), ("fraud", "abuse"), ("other", "abuse"), ("not-spam", "not-spam")],
)
def test_a_complaint_at_ses_is_one_but_for_its_opposite(kind: str | None, expected: str) -> None:
    report = ses_of(ses_complaint(CY, kind=kind))
    assert (report.kind, report.feedback_type) == (Kind.FEEDBACK, expected)
    assert [each.address for each in report.recipients] == [CY]


def test_where_ses_names_several_who_may_have_complained_it_names_nobody() -> None:
    both = [{"emailAddress": CY}, {"emailAddress": "di@d.example.com"}]
    report = ses_of(ses("Complaint", "complaint", {"complainedRecipients": both, "feedbackId": "f"}))
    assert (report.kind, report.recipients) == (Kind.FEEDBACK, ())


def test_a_delay_a_delivery_a_refusal_and_a_wish_at_ses_are_what_they_are() -> None:
    slow = {"emailAddress": CY, "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 mailbox full"}
    delay = ses_of(ses("DeliveryDelay", "deliveryDelay", {"delayType": "MailboxFull", "delayedRecipients": [slow]}))
    assert verdict(delay)[:3] == ("delayed", "mailboxfull", False)
    reached = ses_of(ses("Delivery", "delivery", {"recipients": [CY], "smtpResponse": "250 ok"}))
    assert (reached.kind, reached.recipients[0].address) == (Kind.DELIVERED, CY)
    refused = ses_of(ses("Reject", "reject", {"reason": "Bad content"}, destination=[CY]))
    assert verdict(refused) == ("bounce", "virusdetected", True, "never")
    broken = ses_of(ses("Rendering Failure", "failure", {"errorMessage": "no such field"}, destination=[CY]))
    assert verdict(broken) == ("bounce", "contenterror", True, "never")
    out = ses_of(
        ses("Subscription", "subscription", {"newTopicPreferences": {"unsubscribeAll": True}}, destination=[CY])
    )
    assert (out.kind, out.recipients[0].address) == (Kind.OPTOUT, CY)
    back = {"newTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": []}}
    assert ses_of(ses("Subscription", "subscription", back, destination=[CY])).kind is Kind.NONE


def test_an_event_of_ses_is_named_by_its_feedback_however_it_is_wrapped_and_called() -> None:
    bare = ses_bounce(CY)
    called = bare.replace(b'"eventType"', b'"notificationType"')
    wrapped = json.dumps({"Type": "Notification", "MessageId": "1", "Message": bare.decode()}).encode()
    to_function = json.dumps({"Records": [{"Sns": {"MessageId": "2", "Message": bare.decode()}}]}).encode()
    bridged = json.dumps({"source": "aws.ses", "detail": json.loads(bare)}).encode()
    names = {parse_ses(each)[0].id for each in (bare, called, wrapped, to_function, bridged)}
    assert names == {f"bounce {SES_ID} fb-1"}
    assert parse_ses(ses_bounce(CY, feedback_id="fb-9"))[0].id not in names


@pytest.mark.parametrize(
    "more, read",
    [
        ({}, ("bounce", "userunknown", True, "now")),
        ({"type": "blocked"}, ("bounce", "userunknown", False, "after")),
        (
            {"type": "blocked", "status": "5.7.1", "reason": "554 5.7.1 Service unavailable; blocked using rbl"},
            ("bounce", "blocked", False, "never"),
        ),
        (
            {"status": "5.0.0", "reason": "550 nessun utente", "bounce_classification": "Invalid Address"},
            ("bounce", "userunknown", True, "after"),
        ),
        ({"status": "5.2.2", "reason": "552 5.2.2 mailbox full"}, ("bounce", "mailboxfull", True, "after")),
        (
            {"status": "5.0.0", "reason": "550 no", "bounce_classification": "Reputation"},
            ("bounce", "badreputation", True, "never"),
        ),
        ({"status": "", "reason": ""}, ("bounce", "onhold", True, "never")),
    ],
)
def test_a_bounce_at_sendgrid_is_read_by_the_words_of_the_server(
    more: dict[str, Any], read: tuple[str, str, bool, str]
) -> None:
    assert verdict(sendgrid_of(**sendgrid_bounce(CY, **more))) == read


@pytest.mark.parametrize(
    "reason, kind, suppress",
    [
        ("Bounced Address", Kind.BOUNCE, Suppress.COUNT),
        ("Invalid", Kind.BOUNCE, Suppress.COUNT),
        ("Spam Content", Kind.BOUNCE, Suppress.NEVER),
        ("Recipient List over Package Quota", Kind.BOUNCE, Suppress.NEVER),
        ("Something new", Kind.BOUNCE, Suppress.NEVER),
        ("Unsubscribed Address", Kind.OPTOUT, Suppress.NEVER),
        ("Spam Reporting Address", Kind.FEEDBACK, Suppress.NEVER),
    ],
)
def test_what_sendgrid_drops_is_told_by_its_reason(reason: str, kind: Kind, suppress: Suppress) -> None:
    report = sendgrid_of(**sendgrid("dropped", CY, reason=reason))
    assert (report.kind, report.recipients[0].address, report.recipients[0].suppress) == (kind, CY, suppress)


def test_at_sendgrid_a_person_says_no_and_only_they_take_it_back() -> None:
    for name in ("unsubscribe", "group_unsubscribe"):
        assert sendgrid_of(**sendgrid(name, CY)).kind is Kind.OPTOUT
    back = sendgrid_of(**sendgrid("group_resubscribe", CY))
    assert (back.kind, back.recipients, back.original_message_id) == (Kind.NONE, (), "")
    assert sendgrid_of(**sendgrid("spamreport", CY)).feedback_type == "abuse"
    waiting = sendgrid_of(**sendgrid("deferred", CY, response="452 4.2.2 mailbox full", attempt="3"))
    assert verdict(waiting)[:3] == ("delayed", "mailboxfull", False)
    assert sendgrid_of(**sendgrid("delivered", CY, response="250 OK")).kind is Kind.DELIVERED


def test_sendgrid_repeats_our_message_id() -> None:
    assert sendgrid_of(**sendgrid_bounce(CY, **{"smtp-id": OURS})).original_message_id == OURS


@pytest.mark.parametrize(
    "event, read",
    [
        (mailgun_failed(CY), ("bounce", "userunknown", True, "now")),
        (mailgun_failed(CY, severity="temporary", code=452, message="4.2.2 full"), ("delayed", "mailboxfull", False)),
        (mailgun_failed(CY, code=605, message="Previously bounced"), ("bounce", "userunknown", True, "after")),
        (mailgun_failed(CY, **{"message": "full", "enhanced-code": "5.2.2"}), ("bounce", "mailboxfull", True, "after")),
        (mailgun_failed(CY, code=602, message="Too old") | {"reason": "old"}, ("bounce", "expired", False, "after")),
        (mailgun_failed(CY, message="no") | {"reason": "espblock"}, ("bounce", "badreputation", True, "never")),
        (mailgun("rejected", CY, reject={"reason": "Sandbox"}), ("bounce", "rejected", True, "never")),
    ],
)
def test_a_failure_at_mailgun_is_read_by_the_words_of_the_server(
    event: dict[str, Any], read: tuple[str, str, bool, str]
) -> None:
    report = mailgun_of(event)
    assert verdict(report)[: len(read)] == read
    assert report.original_message_id == "<x@example.org>"


@pytest.mark.parametrize(
    "event, kind",
    [
        (mailgun("complained", CY), Kind.FEEDBACK),
        (mailgun("unsubscribed", CY), Kind.OPTOUT),
        (mailgun("delivered", CY), Kind.DELIVERED),
        (mailgun_failed(CY, code=606), Kind.OPTOUT),
        (mailgun_failed(CY, code=607), Kind.FEEDBACK),
        (mailgun("list_member_uploaded", CY), Kind.NONE),
    ],
)
def test_mailgun_tells_who_said_no(event: dict[str, Any], kind: Kind) -> None:
    report = mailgun_of(event)
    assert report.kind is kind
    assert [each.address for each in report.recipients] == ([] if kind is Kind.NONE else [CY])


def test_an_id_of_mailgun_may_come_again_on_another_day() -> None:
    event = mailgun("complained", CY)
    events = [
        parse_mailgun(json.dumps({"event-data": event | {"timestamp": at}}).encode())[0] for at in (1.5, 1.5, 90000)
    ]
    assert events[0].id == events[1].id != events[2].id


def test_the_signature_of_mailgun_is_not_kept() -> None:
    for body in ({"event-data": mailgun("complained", CY)}, {"event-data": {"event": "new"}}, {"event": "old form"}):
        (event,) = parse_mailgun(json.dumps({"signature": {"token": "secret"}, **body}).encode())
        assert b"secret" not in event.data


@pytest.mark.parametrize(
    "kind, read",
    [
        ("HardBounce", ("bounce", "userunknown", True, "now")),
        ("SoftBounce", ("bounce", "userunknown", False, "after")),
        ("Transient", ("delayed", "userunknown", False, "never")),
        ("Blocked", ("bounce", "userunknown", True, "never")),
        ("SpamNotification", ("bounce", "userunknown", True, "never")),
    ],
)
def test_a_bounce_at_postmark_is_read_by_its_type_and_the_words_of_the_server(
    kind: str, read: tuple[str, str, bool, str]
) -> None:
    assert verdict(postmark_of(postmark_bounce(CY, kind))) == read


def test_no_type_of_postmark_makes_an_address_dead_by_itself() -> None:
    for kind in NAMES["postmark"]:
        report = postmark_of(postmark_bounce(CY, kind, Details="", Description=""))
        assert all(each.suppress is not Suppress.NOW for each in report.recipients), kind


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("SpamComplaint", Kind.FEEDBACK),
        ("Unsubscribe", Kind.OPTOUT),
        ("AutoResponder", Kind.AUTOREPLY),
        ("AddressChange", Kind.MOVED),
        ("ChallengeVerification", Kind.CHALLENGE),
        ("Subscribe", Kind.NONE),
        ("OpenRelayTest", Kind.NONE),
        ("Something", Kind.NONE),
    ],
)
def test_what_postmark_calls_a_bounce_may_be_none(kind: str, expected: Kind) -> None:
    assert postmark_of(postmark_bounce(CY, kind)).kind is expected


@pytest.mark.parametrize(
    "record, kind",
    [
        (postmark_change(CY, reason="ManualSuppression"), Kind.OPTOUT),
        (postmark_change(CY, reason="ManualSuppression", origin="Customer"), Kind.NONE),
        (postmark_change(CY, reason="SpamComplaint"), Kind.FEEDBACK),
        (postmark_change(CY, reason="HardBounce"), Kind.BOUNCE),
        (postmark_change(CY, reason="", suppress=False), Kind.NONE),
    ],
)
def test_a_change_at_postmark_is_an_opt_out_only_where_the_recipient_made_it(
    record: dict[str, Any], kind: Kind
) -> None:
    report = postmark_of(record)
    assert report.kind is kind
    assert all(each.suppress is not Suppress.NOW for each in report.recipients)


def test_postmark_repeats_the_bounce_in_which_our_token_stands() -> None:
    content = f"Reporting-MTA: dns; mx.example.net\nReturn-Path: <bounces+{TOKEN}@example.org>\n"
    assert postmark_of(postmark_bounce(CY, Content=content)).returned_tokens == (TOKEN,)
    assert postmark_of(postmark_bounce(CY, Metadata={"mail": TOKEN})).returned_tokens == (TOKEN,)


def test_opens_and_clicks_are_not_read() -> None:
    assert parse_ses(ses("Open", "open", {"userAgent": "x"})) == ()
    assert parse_ses(ses("Click", "click", {"link": "x"})) == ()
    assert parse_sendgrid(json.dumps([sendgrid("open", CY), sendgrid("click", CY)]).encode()) == ()
    assert parse_mailgun(json.dumps({"event-data": mailgun("opened", CY)}).encode()) == ()
    assert parse_postmark(json.dumps({"RecordType": "Open", "Recipient": CY}).encode()) == ()


@pytest.mark.parametrize("parse", PARSERS)
def test_an_event_that_nobody_knows_is_kept_and_names_nobody(parse: Callable[[bytes], tuple[RelayEvent, ...]]) -> None:
    body = {"event": "moonrise", "eventType": "Moonrise", "email": CY, "mail": {"source": f"b+{TOKEN}@example.org"}}
    for data in (json.dumps(body).encode(), b'"a text"', b"{}", b"not json at all"):
        (event,) = parse(data)
        report = event.report
        assert (report.kind, report.recipients, report.tokens, report.returned_tokens) == (Kind.NONE, (), (), ())
        assert report.original_message_id == ""
        assert event.id == parse(data)[0].id


@pytest.mark.parametrize("parse", PARSERS)
def test_a_text_that_is_no_json_is_kept_as_it_stands(parse: Callable[[bytes], tuple[RelayEvent, ...]]) -> None:
    first, second = (parse(text)[0] for text in (b"This topic was validated.", b"Another word."))
    assert b"This topic was validated." in first.data
    assert first.id != second.id


@pytest.mark.parametrize("parse", PARSERS)
def test_the_order_of_names_and_the_blanks_make_no_other_event(
    parse: Callable[[bytes], tuple[RelayEvent, ...]],
) -> None:
    body = {"event": "moonrise", "b": [1, {"y": 2, "x": 1}], "a": "ü"}
    told_again = json.dumps(dict(reversed(body.items())), indent=2, ensure_ascii=False).encode()
    first, second = parse(json.dumps(body).encode()), parse(told_again)
    assert [(each.id, each.data) for each in first] == [(each.id, each.data) for each in second]


def test_a_file_that_is_an_event_is_classified_like_the_mail_it_stands_for() -> None:
    wrapped = json.dumps({"Type": "Notification", "Message": ses_bounce(CY).decode()}, indent=1).encode()
    for data in (ses_bounce(CY), wrapped, b"\xef\xbb\xbf\r\n" + wrapped):
        report = parse_report(data)
        assert verdict(report) == ("bounce", "userunknown", True, "now")
        assert not report.vouched  # a file proves nothing
    assert verdict(parse_report(json.dumps({"event-data": mailgun_failed(CY)}).encode()))[0] == "bounce"
    assert verdict(parse_report(json.dumps(postmark_bounce(CY)).encode()))[0] == "bounce"
    assert parse_report(b'{"some": "json"}').kind is Kind.NONE


def test_an_event_that_sns_writes_as_mail_is_read_out_of_it() -> None:
    wrapped = json.dumps({"Type": "Notification", "Message": ses_bounce(CY).decode()}, indent=1)
    head = b"From: Events <no-reply@sns.example.com>\r\nTo: bounces@example.org\r\nSubject: Notice\r\n"
    footer = "\r\n\r\n--\r\nTo end this, follow https://sns.example.com/x\r\n"
    broken = ses_bounce(CY).decode()
    broken = f"{broken[:120]}!\n {broken[120:240]}!\n {broken[240:]}"
    for body in (wrapped + footer, ses_bounce(CY).decode() + footer, broken):
        report = parse_report(head + b"\r\n" + body.encode())
        assert verdict(report) == ("bounce", "userunknown", True, "now")
        assert (report.subject, report.to_addresses) == ("Notice", ("bounces@example.org",))
        assert not report.vouched
    folded = base64.b64encode((wrapped + footer).encode())
    assert verdict(parse_report(head + b"Content-Transfer-Encoding: base64\r\n\r\n" + folded))[0] == "bounce"
    letter = b'{"notificationType": "Bounce"} is what I see in our log. Can you help?'
    assert parse_report(head + b"\r\n" + letter).kind is Kind.NONE
