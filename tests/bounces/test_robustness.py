"""What strangers may send: any bytes, and much of them. Nothing raises, and nothing takes long."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.bounces.parts import MAX_DEPTH, MAX_PARTS, parse_message
from mailer.bounces.report import parse_report, report_document
from mailer.bounces.values import Kind

CORPUS = [file.read_bytes() for file in sorted((Path(__file__).parent / "corpus").glob("*.eml"))]
PIECES = st.sampled_from(
    [
        *(
            b"\n",
            b"\r\n",
            b"\r",
            b"\x00",
            b":",
            b";",
            b"=",
            b"<",
            b">",
            b"(",
            b")",
            b'"',
            b"\\",
            b"\xff",
            b"--",
            b"\n\n",
        ),
        *(
            b"Content-Type: multipart/report; boundary=b\n\n--b\n",
            b"Content-Transfer-Encoding: base64\n",
            b"=?utf-7?q?",
        ),
        *(b"Content-Type: message/delivery-status\n\n", b"Final-Recipient: utf-8; \\x{110000}\n", b"Status: 5.1.1\n"),
        *(b"charset=punycode", b"charset=utf-16", b"Date: Mon, 99 Foo 99999 25:61:61 +9999\n", b"Action: failed\n"),
    ]
)


def read(data: bytes) -> str:
    return json.dumps(report_document(parse_report(data), "x")).encode("utf-8").decode()


@given(st.binary(max_size=2000))
def test_no_bytes_stop_the_reading(data: bytes) -> None:
    assert read(data)


@given(st.lists(PIECES | st.binary(max_size=20), max_size=40).map(b"".join))
def test_no_pile_of_pieces_stops_the_reading(data: bytes) -> None:
    assert read(data)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(CORPUS), st.data())
def test_no_damage_to_a_real_report_stops_the_reading(message: bytes, data: st.DataObject) -> None:
    damaged = bytearray(message)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged)))
        damaged[at : at + data.draw(st.integers(0, 60))] = data.draw(PIECES | st.binary(max_size=8))
    assert read(bytes(damaged))


def nested(depth: int) -> bytes:
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))


STATUS = b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
# Made when its test asks for it: together they are 160 MB, and each worker would hold them.
HOSTILE = {
    "ten megabytes of one line": lambda: b"Subject: x\n\n" + b"a" * 10_000_000,
    "ten megabytes of boundaries": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 2_500_000,
    "a thousand levels, one boundary": lambda: (
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 1000) + b"x" * 8_000_000
    ),
    "ten thousand levels": lambda: nested(10_000),
    "a long header": lambda: b"X: " + b"y" * 10_000_000,
    "many fields": lambda: b"To: a@example.com\n" * 500_000,
    "folds": lambda: b"To: a" + b"\n a" * 3_000_000,
    "blanks in a field": lambda: STATUS + b"Final-Recipient: rfc822; " + b" " * 5_000_000 + b"x",
    "parentheses": lambda: STATUS + b"Action: " + b"(" * 5_000_000,
    "groups": lambda: STATUS + b"Final-Recipient: rfc822; a@example.com\nAction: failed\n\n" * 100_000,
    "brackets": lambda: b"To: " + b"<" * 8_000_000,
    "at signs": lambda: b"To: " + b"a@" * 4_000_000,
    "no at sign": lambda: b"To: " + b"a" * 8_000_000,
    "encoded words": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 500_000,
    "quotes in parameters": lambda: b'Content-Type: multipart/mixed; boundary="' + b'\\"' * 4_000_000,
    "parameters": lambda: b"Content-Type: multipart/mixed" + b';a="' * 2_000_000,
    "base64": lambda: (
        STATUS.replace(b"\n\n--b\n", b"\n\n--b\nContent-Transfer-Encoding: base64\n") + b"QUFB" * 2_500_000
    ),
    "messages in messages": lambda: (
        b"From: postmaster@example.org\n" + nested(5) + b"Content-Type: message/rfc822\n\n" * 100_000
    ),
    "wrapped many times": lambda: (
        b"From: postmaster@example.org\nContent-Type: multipart/mixed; boundary=b\n\n"
        + (b"--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=c\n\n" + b"x" * 300_000 + b"\n")
        * 26
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_takes_less_than_a_second(name: str) -> None:
    message = HOSTILE[name]()
    start = time.process_time()
    assert read(message)
    assert time.process_time() - start < 1.0


def test_parts_beyond_the_limits_are_not_read() -> None:
    wide = parse_message(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 500)
    assert len(wide.parts) == MAX_PARTS
    depth, part = 0, parse_message(nested(50))
    while part.parts:
        depth, part = depth + 1, part.parts[0]
    assert depth == MAX_DEPTH


def test_a_report_behind_a_large_returned_message_is_found() -> None:
    large = b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\n" + b"picture " * 800_000 + b"\n"
    head, _, tail = STATUS.partition(b"--b\n")
    data = (
        head
        + large
        + b"--b\n"
        + tail
        + b"Final-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.1.1\n--b--\n"
    )
    assert parse_report(data).kind is Kind.BOUNCE
