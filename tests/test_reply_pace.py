"""What servers say about our speed, in the words in which they say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.reply.policy import Complaint, Slower, asked_wait_s, classify, is_used_up, read_complaint
from mailer.reply.values import Reply, Scope, Stage

CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY = Stage
FEWER, SLOWER = Complaint(Slower.CONNECTIONS), Complaint(Slower.RATE)
FEWER_THERE, SLOWER_THERE = Complaint(Slower.CONNECTIONS, by_domain=True), Complaint(Slower.RATE, by_domain=True)


def reply(stage: Stage, text: str) -> Reply:
    code, _, words = text.partition(" ")
    return Reply(stage, int(code), words)


@pytest.mark.parametrize(
    "stage, text, complaint",
    [
        # Postfix anvil, Exim, Sendmail, Dovecot submission, Exchange Online, Gmail, Yahoo, SES, Outlook.com
        (CONNECT, "421 4.7.0 mail.example.org Error: too many connections from 192.0.2.9", FEWER),
        (CONNECT, "421 Too many concurrent SMTP connections; please try again later.", FEWER),
        (CONNECT, "421 4.3.2 Connection rate limit exceeded.", FEWER),
        (CONNECT, "421 4.3.2 Too many open connections.", FEWER),
        (CONNECT, "421 4.3.2 Service not available, maximum number of connections reached", FEWER),
        (MAIL, "432 4.3.2 Concurrent connections limit exceeded. Visit https://example.com", FEWER),
        (BODY, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", FEWER),
        (BODY, "432 4.3.2 Come later", FEWER),
        (RCPT, "451 4.3.0 Too many sessions opened, close some", FEWER),
        (CONNECT, "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to unexpected volume", SLOWER),
        (MAIL, "450 4.7.1 Error: too much mail from 192.0.2.9", SLOWER),
        (MAIL, "421 4.7.0 Error: too many recipients from 192.0.2.9", SLOWER),
        (RCPT, "450 4.7.1 <ada@daily.example.com>: Recipient address rejected: rate limit exceeded", SLOWER),
        (RCPT, "452 4.5.3 Too many recipients received this hour", SLOWER),
        (BODY, "454 Throttling failure: Maximum sending rate exceeded.", SLOWER),
        (BODY, "421 4.7.28 Our system has detected an unusual rate of unsolicited mail", SLOWER),
        (BODY, "451 4.7.650 The mail server [192.0.2.9] has been temporarily rate limited", SLOWER),
        (BODY, "451 4.7.500 Server busy. Please try again later from [192.0.2.9]", SLOWER),
        (BODY, "451 Please slow down", SLOWER),
        (BODY, "450 4.3.2 You are sending too fast", SLOWER),
        (DATA, "452 Too many messages in this session", SLOWER),
        (MAIL, "450 4.2.1 You have exceeded 30 messages per minute", SLOWER),
        (MAIL, "451 4.7.1 Not now", SLOWER),
        # handed on from the recipient's side
        (RCPT, "451 host mx.gmail.com[192.0.2.5] said: 421-4.7.28 unusual rate of mail", SLOWER_THERE),
        (RCPT, "450 4.7.1 Too many messages to daily.example.com, slow down", SLOWER_THERE),
        (RCPT, "450 4.7.1 Too many connections for <ada@daily.example.com>", FEWER_THERE),
        (RCPT, "451 4.4.2 Too many connections to the destination domain", FEWER_THERE),
        (MAIL, "451 4.7.1 Too many messages for daily.example.com", SLOWER),  # nobody has been named to it yet
        # about one person, or about no speed at all
        (RCPT, "450 4.2.1 The user you are trying to contact is receiving mail too quickly", None),
        (RCPT, "450 4.2.1 The user you are trying to contact is receiving mail at a rate that\n4.2.1 prevents", None),
        (RCPT, "452 4.2.2 The recipient has exceeded its storage", None),
        (RCPT, "450 4.7.1 Greylisted, see http://greylist.example.org", None),
        (MAIL, "451 4.7.1 Greylisting in action, please come back in 00:04:59", None),
        (RCPT, "450 4.7.1 Please try again later", None),
        (CONNECT, "450 4.7.25 Client host rejected: cannot find your reverse hostname", None),
        (MAIL, "451 4.7.24 SPF record could not be read", None),
        (EHLO, "450 4.7.1 Helo command rejected: Host not found", None),
        (RCPT, "452 4.5.3 Too many recipients", None),
        (BODY, "452 4.3.1 Insufficient system storage", None),
        (CONNECT, "421 4.3.2 Shutting down", None),
        (BODY, "250 2.0.0 No rate limit exceeded, thanks", None),
        # a quota that is used up stops the run; waiting a little would not help
        (BODY, "454 Throttling failure: Daily message quota exceeded.", None),
        (RCPT, "550 5.4.5 Daily user sending limit exceeded", None),
        (RCPT, "550 5.7.1 Too many connections", None),
        (CONNECT, "0 ", None),
    ],
)
def test_words_about_our_speed_are_read(stage: Stage, text: str, complaint: Complaint | None) -> None:
    assert read_complaint(reply(stage, text), "daily.example.com") == complaint


@pytest.mark.parametrize(
    "stage, text, used_up",
    [
        (MAIL, "421 4.7.0 too many messages", True),
        (MAIL, "421 too many messages in this connection", True),
        (BODY, "421 4.7.0 Too many mails, closing", True),
        (RCPT, "452 4.5.3 Too many recipients in this session", True),
        (MAIL, "451 4.3.2 message limit per SMTP connection reached", True),
        (MAIL, "421 session transaction limit exceeded", True),
        (MAIL, "421 4.7.0 maximum number of messages reached", True),
        (MAIL, "451 4.7.0 too many messages", False),
        (MAIL, "421 4.7.0 too many messages, slow down", False),
        (MAIL, "421 4.7.0 too many messages per hour", False),
        (MAIL, "421 4.7.0 too many messages from 192.0.2.9", False),
        (MAIL, "421 4.7.0 too many messages in the last 60 seconds", False),
        (MAIL, "421 4.7.0 message rate limit exceeded", False),
        (MAIL, "421 4.7.0 too many connections", False),
        (MAIL, "421 4.3.2 Shutting down", False),
        (MAIL, "550 5.7.1 too many messages in this connection", False),
        (CONNECT, "421 4.7.0 too many messages", False),
    ],
)
def test_words_about_the_messages_of_one_connection_are_told_from_those_about_our_speed(
    stage: Stage, text: str, used_up: object
) -> None:
    assert is_used_up(reply(stage, text)) is used_up


def test_a_complaint_never_concerns_more_than_a_moment() -> None:
    """Whatever is read as one is a 4xx that leaves the person waiting, not refused."""
    answer = reply(RCPT, "450 4.7.0 too many messages")
    assert read_complaint(answer)
    assert classify(answer).reason == "speeding"
    assert classify(answer).scope is Scope.ADDRESS


@given(
    stage=st.sampled_from(list(Stage)), code=st.sampled_from([0, 250, 421, 450, 550]), text=st.text(), domain=st.text()
)
def test_no_words_make_it_stumble(stage: Stage, code: int, text: str, domain: str) -> None:
    answer = Reply(stage, code, text)
    found = read_complaint(answer, domain)
    assert found is None or answer.severity == 4
    assert asked_wait_s(answer) >= 0


@pytest.mark.parametrize(
    "text, wait_s",
    [
        ("450 4.2.0 Greylisted, see http://postgrey.example.org/help/example.org.html", 0),
        ("451 4.7.1 Greylisting in action, please come back in 00:04:59", 299),
        ("450 4.7.1 Greylisted for 300 seconds", 300),
        ("451 Greylisted, please try again in 5 minutes", 300),
        ("450 4.7.0 try again after 1 hour", 3600),
        ("451 4.7.1 Greylisted, retry in 60s", 60),
        ("451 4.7.1 Greylisted: wait\n451 4.7.1 for 2 min.", 120),
        ("450 4.7.1 Greylisted for 192.0.2.9", 0),
        ("450 4.7.1 Greylisted for 3 recipients", 0),
        ("550 5.7.1 Try again in 5 minutes", 0),
    ],
)
def test_the_wait_that_a_server_names_is_read(text: str, wait_s: float) -> None:
    assert asked_wait_s(reply(RCPT, text)) == wait_s
