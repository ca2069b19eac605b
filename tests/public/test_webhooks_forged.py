"""Webhooks that no relay sent: forged, changed on the way, replayed, too old, too large. Nothing changes."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailer.config.secrets import HookSecrets
from mailer.errors import ConfigProblem
from mailer.public.webhooks import MOST_BYTES, is_at_sns, is_signing_certificate, make_gates
from mailer.settings import SendGridHook, Webhooks
from tests.hooks import (
    CERT_URL,
    Hooks,
    Sns,
    basic,
    mailgun_body,
    make_pem,
    running_hooks,
    running_sns,
    sendgrid_headers,
    sns_invitation,
    sns_message,
    toml,
)
from tests.office import Desk, in_the_ledger
from tests.relays import mailgun, mailgun_failed, postmark_bounce, sendgrid_bounce, ses_bounce
from tests.servers import HOST, ScriptedServer

CY = "cy@c.example.com"
OTHER_KEY = generate_private_key(public_exponent=65537, key_size=2048)
ELSEWHERE = "https://sns.eu-west-1.amazonaws.com.evil.example.net/x.pem"

NOT_AT_SNS = (
    "http://sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.evil.example.com/a.pem",
    ELSEWHERE,
    "https://sns.eu-west-1.amazonaws.com@evil.example.net/a.pem",
    "https://evil.example.net/sns.eu-west-1.amazonaws.com/a.pem",
    "https://evil.example.net#sns.eu-west-1.amazonaws.com/a.pem",
    "https://evil.example.net\\@sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
    "https://SNS.eu-west-1.amazonaws.com/a.pem",
    "https://x.sns.eu-west-1.amazonaws.com/a.pem",
    "https://snsxeu-west-1.amazonaws.com/a.pem",
    "https://s3.amazonaws.com/sns/a.pem",
    "https://sns.eu-west-1.amazonaws.comx/a.pem",
    "https://sns.eu-west-1\n.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com/a.txt",
    "https://sns.eu-west-1.amazonaws.com/a.pem?x=1",
    "https://sns.eu-west-1.amazonaws.com/../a.pem",
    "https://sns.eu-west-1.amazonaws.com/",
    "https://[::1/a.pem",
    "file:///etc/a.pem",
    "",
)


@pytest.fixture
def sent(desk: Desk, server: ScriptedServer) -> Desk:
    desk.settings(server, more=toml())
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    return desk


@pytest.fixture
def sns(tmp_path: Path) -> Iterator[Sns]:
    with running_sns(tmp_path) as running:
        yield running


@pytest.fixture
def hooks(sent: Desk, sns: Sns) -> Iterator[Hooks]:
    with running_hooks(sent, sns) as running:
        yield running
    assert in_the_ledger(sent, "SELECT kind FROM inbound") == []
    assert sent.run("optouts", "list", "--json").json["suppressed"] == []


def genuine(**changes: Any) -> dict[str, Any]:
    return sns_message(ses_bounce(CY), **changes)


def post(hooks: Hooks, message: dict[str, Any]) -> int:
    return hooks.post("ses", json.dumps(message).encode())


def test_a_message_of_sns_that_was_changed_after_it_was_signed_is_refused(hooks: Hooks) -> None:
    for name, value in {
        "Message": ses_bounce("di@d.example.com").decode(),
        "MessageId": "another",
        "Timestamp": genuine(back=timedelta(minutes=1))["Timestamp"],
        "Subject": "added",
        "Signature": base64.b64encode(b"x" * 256).decode(),
        "SignatureVersion": "2",
    }.items():
        assert post(hooks, genuine() | {name: value}) == 403, name
    flipped = bytearray(base64.b64decode(genuine()["Signature"]))
    flipped[7] ^= 1
    assert post(hooks, genuine() | {"Signature": base64.b64encode(flipped).decode()}) == 403


NO_STRINGS: tuple[Any, ...] = (None, True, 7, [], ["x"], {}, {"a": "b"})


def test_a_field_of_sns_that_is_not_a_string_is_refused(hooks: Hooks) -> None:
    """What is no string is not in the text that is signed: it would stand beside the signature unsigned."""
    names = ("Type", "Message", "MessageId", "Subject", "TopicArn", "Timestamp", "Signature", "SignatureVersion")
    for name in (*names, "SigningCertURL"):
        for value in NO_STRINGS:
            assert post(hooks, genuine() | {name: value}) == 403, (name, value)
        if name != "Subject":
            assert post(hooks, {key: value for key, value in genuine().items() if key != name}) == 403, name
    for name in ("Token", "SubscribeURL"):
        assert post(hooks, sns_invitation() | {name: None}) == 403


def test_fields_of_sns_cannot_be_moved_into_the_one_before_them(hooks: Hooks) -> None:
    """The text that is signed is the same; a field that is missing in it is refused."""
    message = genuine()
    number = message.pop("MessageId")
    assert post(hooks, message | {"Message": f"{message['Message']}\nMessageId\n{number}"}) == 403


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        yield from _paths(inner, (*path, key))


def _with(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    if isinstance(value, dict):
        return value | {path[0]: _with(value[path[0]], path[1:], new)}
    return [_with(inner, path[1:], new) if number == path[0] else inner for number, inner in enumerate(value)]


@pytest.mark.slow
def test_a_field_of_a_wrong_type_anywhere_in_what_a_relay_posts_never_breaks_the_server(sent: Desk, sns: Sns) -> None:
    odd = (*NO_STRINGS, -1.5, float("inf"), float("nan"), "", "\ud800", "\x00", {"": None}, ["\ud800"], [[["x"]]])
    with running_hooks(sent, sns) as hooks:

        def send(relay: str, body: bytes) -> int:
            return hooks.post(relay, body, sendgrid_headers(body) if relay == "sendgrid" else basic())

        posted = {
            "mailgun": json.loads(mailgun_body(mailgun_failed(CY))),
            "postmark": postmark_bounce(CY),
            "sendgrid": [sendgrid_bounce(CY)],
        }
        for relay, whole in posted.items():
            for path in _paths(whole):
                for value in odd:
                    assert send(relay, json.dumps(_with(whole, path, value)).encode()) < 500, (relay, path, value)
        inner = json.loads(ses_bounce(CY))
        for path in _paths(inner):
            for value in odd:
                event = json.dumps(_with(inner, path, value))
                assert send("ses", json.dumps(sns_message(event)).encode()) < 500, (path, value)


def test_a_signature_of_mailgun_of_a_wrong_type_is_refused(hooks: Hooks) -> None:
    whole = json.loads(mailgun_body(mailgun_failed(CY)))
    for path in _paths({"signature": whole["signature"]}):
        for value in NO_STRINGS:
            assert hooks.post("mailgun", json.dumps(_with(whole, path, value)).encode()) == 403, (path, value)


def test_an_unknown_signature_version_is_refused(hooks: Hooks) -> None:
    for version in ("0", "3", "", None):
        assert post(hooks, genuine() | {"SignatureVersion": version}) == 403


def test_a_message_for_another_topic_is_refused_and_nothing_is_fetched_for_it(hooks: Hooks, sns: Sns) -> None:
    other = "arn:aws:sns:eu-west-1:210987654321:mail-events"
    assert post(hooks, genuine(TopicArn=other)) == 403
    assert post(hooks, sns_invitation(TopicArn=other)) == 403
    assert sns.asked == []


def test_a_certificate_that_does_not_lie_at_sns_is_not_fetched(hooks: Hooks, sns: Sns) -> None:
    for url in NOT_AT_SNS:
        assert not is_signing_certificate(url), url
        assert post(hooks, genuine(SigningCertURL=url)) == 403, url
    assert sns.asked == []


def test_the_hosts_of_sns_are_known_in_every_partition() -> None:
    assert is_signing_certificate(CERT_URL)
    assert is_signing_certificate("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem")
    assert is_at_sns("https://sns.us-gov-west-1.amazonaws.com/?Action=ConfirmSubscription")


def test_a_message_signed_by_another_key_is_refused(hooks: Hooks) -> None:
    assert post(hooks, genuine(key=OTHER_KEY)) == 403


@pytest.mark.slow
@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_a_certificate_that_does_not_hold_today_is_not_believed(hooks: Hooks, sns: Sns, days: tuple[int, int]) -> None:
    sns.lies = {"/SimpleNotificationService-7741.pem": make_pem(days=days)}
    assert post(hooks, genuine()) == 403


@pytest.mark.slow
@pytest.mark.parametrize("pem", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"x" * 70_000])
def test_what_is_no_certificate_is_asked_for_once_and_the_message_later_again(
    hooks: Hooks, sns: Sns, pem: bytes
) -> None:
    sns.lies = {"/SimpleNotificationService-7741.pem": pem}
    assert [post(hooks, genuine()) for _ in range(3)] == [503] * 3
    assert len(sns.asked) == 1


def test_where_sns_cannot_be_reached_the_message_is_asked_for_again(sent: Desk, sns: Sns) -> None:
    sns.port = 1
    with running_hooks(sent, sns) as hooks:
        assert post(hooks, genuine()) == 503
        assert any("SNS cannot be reached" in line for line in hooks.said)


def test_what_was_signed_long_ago_or_in_the_future_is_refused(hooks: Hooks) -> None:
    body = json.dumps([sendgrid_bounce(CY)]).encode()
    for hours in (26, 24 * 400, -0.2):
        back = timedelta(hours=hours)
        assert post(hooks, genuine(back=back)) == 403
        assert hooks.post("sendgrid", body, sendgrid_headers(body, back=back)) == 403
        assert hooks.post("mailgun", mailgun_body(mailgun_failed(CY), back=back)) == 403
    assert post(hooks, genuine(back=timedelta(hours=3))) == 403
    assert hooks.post("mailgun", mailgun_body(mailgun_failed(CY), back=timedelta(hours=10))) == 403


def test_what_sns_tries_again_within_its_hour_is_taken(sent: Desk, sns: Sns) -> None:
    with running_hooks(sent, sns) as hooks:
        assert post(hooks, genuine(back=timedelta(minutes=61))) == 200
    assert [each["email"] for each in sent.run("optouts", "list", "--json").json["suppressed"]] == [CY]


def test_a_confirmation_is_given_at_sns_alone(hooks: Hooks, sns: Sns) -> None:
    assert post(hooks, sns_invitation(SubscribeURL="https://evil.example.net/?Action=ConfirmSubscription")) == 403
    assert post(hooks, sns_invitation(SubscribeURL="http://sns.eu-west-1.amazonaws.com/")) == 403
    assert all(path.endswith(".pem") for path in sns.asked)
    forged = sns_invitation() | {"Token": "another"}
    assert post(hooks, forged) == 403
    assert all(path.endswith(".pem") for path in sns.asked)


def test_what_is_no_message_of_sns_is_refused(hooks: Hooks) -> None:
    for body in (b"", b"{}", b"[]", b"no json", b"[" * 90_000, ses_bounce(CY), b'{"Type": "Moonrise"}'):
        assert hooks.post("ses", body) == 403


def test_a_body_of_sendgrid_that_was_changed_is_refused(hooks: Hooks) -> None:
    body = json.dumps([sendgrid_bounce(CY)]).encode()
    headers = sendgrid_headers(body)
    for position in (0, len(body) // 2, len(body) - 1):
        flipped = bytearray(body)
        flipped[position] ^= 1
        assert hooks.post("sendgrid", bytes(flipped), headers) == 403
    assert hooks.post("sendgrid", body + b" ", headers) == 403
    stamp = "X-Twilio-Email-Event-Webhook-Timestamp"
    assert hooks.post("sendgrid", body, headers | {stamp: str(int(headers[stamp]) + 1)}) == 403
    assert hooks.post("sendgrid", body) == 403
    signature = "X-Twilio-Email-Event-Webhook-Signature"
    for wrong in ("", "@@@", "AAAA", base64.b64encode(b"x" * 72).decode()):
        assert hooks.post("sendgrid", body, headers | {signature: wrong}) == 403


def test_what_mailgun_did_not_sign_is_refused(hooks: Hooks) -> None:
    whole = json.loads(mailgun_body(mailgun_failed(CY)))
    for name, value in {
        "signature": "0" * 64,
        "token": "another",
        "timestamp": "1791014400",
    }.items():
        changed = whole | {"signature": whole["signature"] | {name: value}}
        assert hooks.post("mailgun", json.dumps(changed).encode()) == 403, name
    for body in (b"", b"{}", b"[1]", b'{"signature": null}', json.dumps(whole | {"signature": {}}).encode()):
        assert hooks.post("mailgun", body) == 403


def test_a_signature_of_mailgun_is_good_for_one_event(sent: Desk) -> None:
    """The HMAC does not cover the event: another one beside a signature that was seen is a forgery."""
    with running_hooks(sent) as hooks:
        body = mailgun_body(mailgun("delivered", "di@d.example.com"))
        assert hooks.post("mailgun", body) == 200
        forged = json.loads(body) | {"event-data": mailgun_failed(CY)}
        assert hooks.post("mailgun", json.dumps(forged).encode()) == 403
        assert hooks.post("mailgun", body) == 200
    assert sent.run("optouts", "list", "--json").json["suppressed"] == []


def test_who_shows_postmark_no_password_is_asked_for_it(hooks: Hooks) -> None:
    for headers in (
        {},
        basic(password="wrong"),
        basic(username="wrong"),
        basic(password=""),
        {"Authorization": "Basic"},
        {"Authorization": "Basic @@@"},
        {"Authorization": "Basic w6k="},
        {"Authorization": basic()["Authorization"].replace("Basic", "Bearer")},
    ):
        status, answered, answer = hooks.ask("postmark", json.dumps(postmark_bounce(CY)).encode(), headers)
        assert (status, answer) == (401, b"")
        assert answered["www-authenticate"].startswith("Basic ")
    assert not any("wick" in line for line in hooks.said)


def test_a_body_that_is_too_large_is_not_read(hooks: Hooks) -> None:
    for relay in ("ses", "sendgrid", "mailgun", "postmark"):
        assert hooks.post(relay, b" " * (MOST_BYTES + 1)) == 413


def test_a_body_that_does_not_say_how_large_it_is_is_bounded_too(hooks: Hooks) -> None:
    client = http.client.HTTPConnection(HOST, hooks.port, timeout=60)
    pieces = (b" " * 100_000 for _ in range(11))
    with contextlib.closing(client):
        client.request("POST", "/hooks/ses", pieces, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        assert client.getresponse().status == 413


def test_a_refusal_is_told_to_the_operator_once_and_never_what_was_in_it(hooks: Hooks) -> None:
    body = json.dumps([sendgrid_bounce(CY)]).encode()
    for _ in range(5):
        assert hooks.ask("sendgrid", body)[0] == 403
    assert len(hooks.said) == 1
    assert "/hooks/sendgrid" in hooks.said[0]
    assert CY not in hooks.said[0]


def test_a_key_that_is_not_sendgrids_stops_the_start() -> None:
    der = generate_ec(SECP384R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for key in ("AAAA", base64.b64encode(der).decode()):
        with pytest.raises(ConfigProblem, match="not SendGrid's key"):
            make_gates(Webhooks(sendgrid=SendGridHook(public_key=key)), HookSecrets(), _nobody)


async def _nobody(url: str) -> Any:
    raise AssertionError(url)


@pytest.mark.slow
def test_json_nested_to_any_depth_never_breaks_the_server(sent: Desk, sns: Sns) -> None:
    with running_hooks(sent, sns) as hooks:
        for depth in (10, 300, 900, 990, 1_000, 5_000, 100_000):
            for opening, closing in (("[", "]"), ('{"a":', "}"), ('[{"event":', "}]")):
                for inner in (f"{opening * depth}1{closing * depth}", opening * depth):
                    body = f'{{"RecordType": "Bounce", "Type": "Notification", "Metadata": {inner[:900_000]}}}'.encode()
                    assert hooks.post("postmark", body, basic()) < 500
                    assert hooks.post("sendgrid", body, sendgrid_headers(body)) < 500
                    assert (hooks.post("ses", body), hooks.post("mailgun", body)) == (403, 403)
