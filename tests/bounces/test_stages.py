"""Which command the refusal in a report answered, as far as the report shows."""

from __future__ import annotations

import time

import pytest

from mailer.bounces.diagnosis import find_stage
from mailer.reply.values import Stage

CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY = Stage


@pytest.mark.parametrize(
    "text, stage",
    [
        ("host mx.example.com[192.0.2.7] said: 550 no (in reply to RCPT TO command)", RCPT),
        ("host mx.example.com[192.0.2.7] said: 550 no (in reply to MAIL FROM command)", MAIL),
        ("host mx.example.com[192.0.2.7] said: 550 no (in reply to end of DATA command)", BODY),
        ("host mx.example.com[192.0.2.7] said: 550 no (in reply to DATA command)", DATA),
        ("refused to talk to me: 550 no (in reply to EHLO command)", EHLO),
        ("SMTP error from remote mail server after RCPT TO:<ann@example.com>: host mx", RCPT),
        ("SMTP error from remote mail server after pipelined MAIL FROM:<a@example.org>", MAIL),
        ("SMTP error from remote mail server after end of data: host mx", BODY),
        ("SMTP error from remote server after RCPT command: host mx: 550 no", RCPT),
        (">>> RCPT To:<ann@example.com>\n<<< 550 no\n>>> DATA\n<<< 503 need RCPT", RCPT),
        (">>> RCPT To:<ann@example.com>\n>>> DATA\n<<< 550 no", DATA),
        (">>> MAIL From:<a@example.org>\n<<< 550 no", MAIL),
        ("no SMTP connection got far enough; most progress was RCPT TO response; 550 no", RCPT),
        ("192.0.2.7 does not like recipient.\nRemote host said: 550 no", RCPT),
        ("Connected to 192.0.2.7 but my name was rejected.\nRemote host said: 501 no", EHLO),
        ("Connected to 192.0.2.7 but sender was rejected.\nRemote host said: 550 no", MAIL),
        ("192.0.2.7 failed after I sent the message.\nRemote host said: 554 no", BODY),
        ("SMTP:RCPT host 192.0.2.7: 553 no", RCPT),
        ("550 no [RCPT_TO]", RCPT),
        ("SMTP error from remote mail server after initial connection: host mx: 554 no", CONNECT),
        ("host mx said: 550 no (in reply to\n    RCPT TO command)", RCPT),
        ("RCPT TO generated following response:\n550 no", RCPT),
        ("550 no in RCPT TO", RCPT),
        ("The error that the other server returned was: 550 no (state 14).", RCPT),
        ("The error that the other server returned was: 550 no (state 18).", BODY),
        ("550 no such user", None),
        ("<<< 550 no", None),
        ("", None),
    ],
)
def test_the_command_is_found_where_the_report_tells_it(text: str, stage: Stage | None) -> None:
    assert find_stage(text) is stage


def test_of_two_commands_in_a_text_the_first_has_the_word() -> None:
    assert find_stage("550 no") is None
    assert find_stage("after end of data, then in reply to RCPT TO command") is BODY


@pytest.mark.parametrize("piece", [">>> ", "<<< 5", "in ", "after ", "(state ", "\n \t("])
def test_a_long_text_takes_no_time(piece: str) -> None:
    start = time.process_time()
    find_stage(piece * 300_000)
    assert time.process_time() - start < 1.0
