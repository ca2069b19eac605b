"""Webhooks: what a relay tells is tied to a person, counts once, and is answered when it is committed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.hooks import (
    TOPIC,
    Hooks,
    Sns,
    basic,
    mailgun_body,
    running_hooks,
    running_sns,
    sendgrid_headers,
    sns_invitation,
    sns_message,
    toml,
)
from tests.office import Desk, in_the_ledger, put_into_maildir, wait_until
from tests.relays import (
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
from tests.servers import Accepted, Act, ScriptedServer

CY = "cy@c.example.com"
DI = "di@d.example.com"
STRANGER = "nobody@never.example.net"


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


def post_sendgrid(hooks: Hooks, *events: dict[str, Any]) -> int:
    body = json.dumps(events).encode()
    return hooks.post("sendgrid", body, sendgrid_headers(body))


def post_until_taken(hooks: Hooks, *events: dict[str, Any]) -> int:
    """Post events as a provider does, which posts again what was answered with 503; return the last status."""
    while (status := post_sendgrid(hooks, *events)) == 503:
        time.sleep(0.5)
    return status


def post_ses(hooks: Hooks, event: bytes, **changes: Any) -> int:
    body = json.dumps(sns_message(event, **changes)).encode()
    return hooks.post("ses", body, {"Content-Type": "text/plain; charset=UTF-8"})


def post_postmark(hooks: Hooks, record: dict[str, Any]) -> int:
    return hooks.post("postmark", json.dumps(record).encode(), basic())


def suppressed(desk: Desk) -> dict[str, str]:
    return {each["email"]: each["reason"] for each in desk.run("optouts", "list", "--json").json["suppressed"]}


def counts(desk: Desk) -> dict[str, Any]:
    report = desk.report()
    return {key: report[key] for key in ("bounced", "complained", "opted_out", "auto_replied") if report[key]}


def kept(desk: Desk) -> list[tuple[str, str]]:
    """Return kind and rule of all that came in."""
    return in_the_ledger(desk, "SELECT kind, rule FROM inbound ORDER BY id")


def mail_to(server: ScriptedServer, address: str = CY) -> Accepted:
    return next(message for message in server.accepted if message.rcpt_to == (address,))


def header(server: ScriptedServer, name: str) -> str:
    lines = mail_to(server).data.decode().replace("\r\n ", " ").split("\r\n")
    return next(line.partition(": ")[2] for line in lines if line.lower().startswith(f"{name}:"))


NO_BOUNCE = {"hard": 0, "soft": 0}
ONE_HARD = {"hard": 1, "soft": 0}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_at_ses_suppresses_a_dead_address(hooks: Hooks, sent: Desk, sns: Sns, version: str) -> None:
    assert post_ses(hooks, ses_bounce(CY), version=version, Subject="Amazon SES Email Event Notification") == 200
    assert suppressed(sent) == {CY: "dead_address"}
    assert counts(sent)["bounced"] == ONE_HARD
    assert post_ses(hooks, ses_bounce(CY), version=version, MessageId="told-again") == 200
    assert counts(sent)["bounced"] == ONE_HARD
    assert len(kept(sent)) == 1
    assert len(sns.asked) == 1  # the certificate is kept


def test_an_event_of_ses_is_tied_to_a_mail_by_the_return_path_and_by_our_message_id(
    hooks: Hooks, sent: Desk, server: ScriptedServer
) -> None:
    by_token = ses_bounce(STRANGER, source=mail_to(server).mail_from)
    assert post_ses(hooks, by_token) == 200
    headers = [{"name": "Message-ID", "value": header(server, "message-id")}]
    assert post_ses(hooks, ses_complaint(STRANGER, headers=headers)) == 200
    found = in_the_ledger(sent, "SELECT matched_by, kind FROM finding ORDER BY id")
    assert found == [("token", "bounce-dead"), ("token", "feedback-abuse")]  # our Message-ID is one of our tokens
    assert suppressed(sent) == {CY: "complained"}


def test_a_subscription_to_a_listed_topic_is_confirmed_and_its_end_is_kept(hooks: Hooks, sent: Desk, sns: Sns) -> None:
    assert hooks.post("ses", json.dumps(sns_invitation()).encode()) == 200
    assert sns.asked[-1] == "/?Action=ConfirmSubscription&Token=wick"
    assert hooks.post("ses", json.dumps(sns_invitation("UnsubscribeConfirmation")).encode()) == 200
    assert kept(sent) == [("none", "SES: UnsubscribeConfirmation, kept")]
    assert len(sns.asked) == 2  # the certificate and one confirmation: nobody subscribes again by itself


def test_what_sendgrid_tells_of_people_is_honoured(hooks: Hooks, sent: Desk) -> None:
    bo, ed, ada = "bo@b.example.com", "ed@e.example.com", "ada@a.example.com"
    events = [
        sendgrid_bounce(CY),
        sendgrid_bounce(DI, number=2, type="blocked", status="5.7.1", reason="554 5.7.1 blocked using rbl.example.net"),
        sendgrid("spamreport", bo),
        sendgrid("unsubscribe", ed),
        sendgrid("open", ada),
        sendgrid("moonrise", ada),
    ]
    assert post_sendgrid(hooks, *events) == 200
    assert suppressed(sent) == {CY: "dead_address", bo: "complained", ed: "opted_out"}
    assert counts(sent) == {"bounced": {"hard": 1, "soft": 1}, "complained": 1, "opted_out": 1}
    assert [kind for kind, _ in kept(sent)] == ["bounce", "bounce", "feedback", "optout", "none"]


@pytest.mark.slow
def test_what_nobody_knows_is_kept_to_be_looked_at(hooks: Hooks, sent: Desk) -> None:
    import zlib

    assert post_sendgrid(hooks, sendgrid("moonrise", CY, colour="amber")) == 200
    ((data,),) = in_the_ledger(sent, "SELECT data FROM inbound_raw")
    assert json.loads(zlib.decompress(data))["colour"] == "amber"
    (shown,) = sent.run("bounces", "list", "--unmatched", "--json").json["unmatched"]
    assert (shown["kind"], shown["unmatched"], shown["email"]) == ("event", "unknown-event", None)
    listed = sent.run("bounces", "list", "--unmatched").out
    assert "SendGrid: moonrise, kept" in listed
    assert "an unknown event from the relay" in listed
    assert "amber" in sent.run("bounces", "show", str(shown["id"])).out
    assert sent.run("bounces", "show", str(shown["id"]), "--ignore").code == 0
    assert sent.run("bounces", "list", "--unmatched", "--json").json["unmatched"] == []
    assert suppressed(sent) == {}


def test_a_batch_told_twice_overlapping_and_backwards_counts_once(hooks: Hooks, sent: Desk) -> None:
    events = [sendgrid_bounce(CY), sendgrid("delivered", DI), sendgrid("spamreport", "bo@b.example.com")]
    assert post_sendgrid(hooks, *events[:2]) == 200
    assert post_sendgrid(hooks, *events) == 200
    assert post_sendgrid(hooks, *reversed(events)) == 200
    assert len(kept(sent)) == 3
    assert counts(sent) == {"bounced": ONE_HARD, "complained": 1}


def test_a_complaint_that_comes_before_the_bounce_stays(hooks: Hooks, sent: Desk) -> None:
    assert post_sendgrid(hooks, sendgrid("spamreport", CY)) == 200
    assert post_sendgrid(hooks, sendgrid_bounce(CY)) == 200
    assert suppressed(sent) == {CY: "complained"}


@pytest.mark.slow
def test_a_thousand_events_come_in_one_request(hooks: Hooks, sent: Desk) -> None:
    strangers = [sendgrid_bounce(f"p{number}@never.example.net", number=number) for number in range(999)]
    assert post_until_taken(hooks, *strangers, sendgrid_bounce(CY, number=7741)) == 200
    assert suppressed(sent) == {CY: "dead_address"}
    assert len(kept(sent)) == 1000


@pytest.mark.slow
def test_whoever_sends_or_opts_out_gets_their_turn_while_a_large_batch_comes_in(hooks: Hooks, sent: Desk) -> None:
    strangers = [sendgrid_bounce(f"p{number}@never.example.net", number=number) for number in range(500)]
    with ThreadPoolExecutor(1) as beside:
        batch = beside.submit(post_until_taken, hooks, *strangers)
        wait_until(lambda: in_the_ledger(sent, "SELECT count(*) FROM inbound")[0][0] >= 100)
        assert sent.run("optouts", "add", DI, "--reason", "opted_out").code == 0
        came_in = in_the_ledger(sent, "SELECT count(*) FROM inbound")[0][0]
        assert batch.result() == 200
    assert came_in < 500
    assert len(kept(sent)) == 500


@pytest.mark.slow
def test_two_identical_requests_at_the_same_moment_count_once(hooks: Hooks, sent: Desk) -> None:
    events = [sendgrid_bounce(CY), *(sendgrid("unsubscribe", DI, number) for number in range(50))]
    body = json.dumps(events).encode()
    headers = sendgrid_headers(body)
    with ThreadPoolExecutor(6) as several:
        statuses = list(several.map(lambda _: hooks.post("sendgrid", body, headers), range(6)))
    assert statuses == [200] * 6
    assert len(kept(sent)) == 51
    assert counts(sent) == {"bounced": ONE_HARD, "opted_out": 1}


def test_mailgun_tells_in_the_same_way(hooks: Hooks, sent: Desk, server: ScriptedServer) -> None:
    ours = header(server, "message-id").strip("<>")
    event = mailgun_failed(STRANGER) | {"message": {"headers": {"message-id": ours}}}
    assert hooks.post("mailgun", mailgun_body(event)) == 200
    assert hooks.post("mailgun", mailgun_body(event, token="t-2")) == 200
    assert suppressed(sent) == {CY: "dead_address"}
    assert hooks.post("mailgun", mailgun_body(mailgun("unsubscribed", DI), token="t-3")) == 200
    assert suppressed(sent) == {CY: "dead_address", DI: "opted_out"}
    assert len(kept(sent)) == 2


def test_postmark_tells_in_the_same_way(hooks: Hooks, sent: Desk) -> None:
    assert post_postmark(hooks, postmark_bounce(CY)) == 200
    assert post_postmark(hooks, postmark_bounce(CY)) == 200
    assert post_postmark(hooks, postmark_change(DI, reason="ManualSuppression")) == 200
    assert post_postmark(hooks, postmark_bounce("bo@b.example.com", "AutoResponder", 9)) == 200
    assert suppressed(sent) == {CY: "dead_address", DI: "opted_out"}
    assert counts(sent) == {"bounced": ONE_HARD, "opted_out": 1, "auto_replied": 1}
    assert len(kept(sent)) == 3


def test_whoever_was_never_mailed_from_here_is_not_touched(hooks: Hooks, sent: Desk) -> None:
    assert post_ses(hooks, ses_bounce(STRANGER)) == 200
    assert post_sendgrid(hooks, sendgrid("unsubscribe", STRANGER), sendgrid("spamreport", STRANGER)) == 200
    assert hooks.post("mailgun", mailgun_body(mailgun_failed(STRANGER))) == 200
    assert post_postmark(hooks, postmark_bounce(STRANGER)) == 200
    assert suppressed(sent) == {}
    assert counts(sent) == {"bounced": NO_BOUNCE}
    unmatched = sent.run("bounces", "list", "--unmatched", "--json").json["unmatched"]
    assert [each["unmatched"] for each in unmatched] == ["not-sent-to"] * 5


def test_somebody_in_doubt_is_settled_when_the_relay_tells_of_their_mail(
    desk: Desk, server: ScriptedServer, sns: Sns
) -> None:
    desk.settings(server, connections=1, more=toml())
    server.at = {"body": [Act(drop="before", taken=True)]}
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 1
    ada = next(address for address, state in desk.states().items() if state == "in_doubt")
    with running_hooks(desk, sns) as hooks:
        mail_from = mail_to(server, ada).mail_from
        assert post_ses(hooks, ses("Delivery", "delivery", {"recipients": [ada]}, source=mail_from)) == 200
    assert desk.states()[ada] == "accepted"


@pytest.mark.slow
def test_where_the_ledger_cannot_be_written_the_relay_is_told_to_try_again(hooks: Hooks, sent: Desk) -> None:
    body = json.dumps([sendgrid_bounce(CY)]).encode()
    other = sqlite3.connect(sent.root / ".mailer" / "ledger.db", isolation_level=None)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON finding BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    status, headers, answer = hooks.ask("sendgrid", body, sendgrid_headers(body))
    assert (status, headers["retry-after"], answer) == (503, "60", b"")
    assert kept(sent) == []
    other.execute("DROP TRIGGER full")
    other.close()
    assert hooks.post("sendgrid", body, sendgrid_headers(body)) == 200
    assert suppressed(sent) == {CY: "dead_address"}
    assert any("will send it again" in line for line in hooks.said)


def test_a_relay_that_is_not_configured_has_no_address(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more=f'[webhooks.ses]\ntopics = ["{TOPIC}"]\n')
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    with running_hooks(desk) as hooks:
        body = json.dumps([sendgrid_bounce(CY)]).encode()
        assert hooks.post("sendgrid", body, sendgrid_headers(body)) == 404
        assert hooks.post("postmark", body, basic()) == 404
        assert hooks.post("ses", b"", method="GET") == 405
    assert suppressed(desk) == {}


def test_a_file_in_a_mailbox_that_looks_like_an_event_is_not_believed_as_one(sent: Desk) -> None:
    """Nobody has signed it: like any report without a trace of ours it counts, and suppresses nobody."""
    put_into_maildir(sent.root / "returned", [ses_bounce(CY), ses_complaint(DI)])
    assert sent.run("bounces", "collect", "--json").json["messages"] == 2
    assert suppressed(sent) == {}


def test_a_report_that_claims_the_last_hour_of_time_stops_nobody(hooks: Hooks, sent: Desk) -> None:
    last = "9999-12-31T23:59:59Z"
    assert post_ses(hooks, ses_bounce(CY, timestamp=last)) == 200
    assert suppressed(sent) == {CY: "dead_address"}
    letter = b"From: MAILER-DAEMON@example.net\r\nDate: Fri, 31 Dec 9999 23:59:59 +0000\r\n\r\n"
    put_into_maildir(sent.root / "returned", [letter + ses_bounce(DI, timestamp=last)])
    assert sent.run("bounces", "collect", "--json").json["messages"] == 1


@pytest.mark.slow
def test_without_its_package_a_relay_that_signs_stops_the_start() -> None:
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from mailer.public.webhooks import require_cryptography\n"
        "from mailer.errors import ConfigProblem\n"
        "try:\n    require_cryptography('ses')\nexcept ConfigProblem as problem:\n    print(problem, problem.hint)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ("[webhooks.ses] needs one more package to check signatures pip install 'mailer[webhooks]'\n")


def test_an_answer_says_nothing_and_is_kept_by_nobody(hooks: Hooks) -> None:
    body = json.dumps([sendgrid("delivered", DI)]).encode()
    status, headers, answer = hooks.ask("sendgrid", body, sendgrid_headers(body))
    assert (status, answer, headers["cache-control"]) == (200, b"", "no-store")
    assert "set-cookie" not in headers


@pytest.mark.slow
def test_on_a_ledger_that_hosts_share_an_event_counts_once_too(
    desk: Desk, server: ScriptedServer, shared_url: str
) -> None:
    desk.settings(server, more=f'{toml()}\n[ledger]\nurl = "{shared_url}"\n')
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    body = json.dumps([sendgrid_bounce(CY), sendgrid("unsubscribe", "dı\x00@d.example.com"), {"event": "\x00\ud800"}])
    headers = sendgrid_headers(body.encode())
    with running_hooks(desk) as hooks, ThreadPoolExecutor(4) as several:
        statuses = list(several.map(lambda _: hooks.post("sendgrid", body.encode(), headers), range(4)))
    assert statuses == [200] * 4
    assert suppressed(desk) == {CY: "dead_address"}
    assert counts(desk) == {"bounced": ONE_HARD}
