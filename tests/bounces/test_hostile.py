"""Messages that are made to be slow: the size of what is read is bounded, and time grows with size and no faster.

The bound here is generous, against hangs alone; `python -m tests.bench bounces` measures.
"""

from __future__ import annotations

import base64
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.bounces.report import parse_report, report_document
from mailer.bounces.values import Suppress
from mailer.reply.values import DEAD

BOUND_S = 5.0
MB = 1_000_000
CORPUS = [file.read_bytes() for file in sorted((Path(__file__).parent / "corpus").glob("*.eml"))]
FROM = b"From: Mail Delivery System <mailer-daemon@example.net>\nTo: press@example.org\n"
FAILED = FROM + b"Subject: Undelivered Mail Returned to Sender\n"
STATUS = (
    FAILED
    + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n"
    + b"Content-Type: message/delivery-status\n\n"
)
ONE = b"Final-Recipient: rfc822; ann@example.com\nAction: failed\nStatus: 5.1.1\n"


def many(piece: bytes, size: int = 4 * MB) -> bytes:
    return piece * (size // len(piece))


def nested(depth: int, inner: bytes, *, kind: bytes = b"mixed") -> bytes:
    head = b"".join(b"Content-Type: multipart/%s; boundary=b%d\n\n--b%d\n" % (kind, n, n) for n in range(depth))
    return head + inner + b"".join(b"\n--b%d--" % n for n in reversed(range(depth)))


# Made when its test asks for it: together they are 300 MB, and each worker would hold them.
HOSTILE = {
    "ten megabytes of prose": lambda: FAILED + b"\n" + many(b"We could not deliver it to some people. ", 10 * MB),
    "ten megabytes of lines": lambda: FAILED + b"\n" + many(b"<ann@example.com>:\n550 no such user\n\n", 10 * MB),
    "ten megabytes of one address": lambda: FAILED + b"\n<" + many(b"a", 10 * MB) + b"@example.com>: no",
    "ten megabytes of base64": lambda: (
        FAILED + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(many(b"The mailbox is full. ", 7 * MB))
    ),
    "ten megabytes quoted": lambda: (
        FAILED + b"Content-Transfer-Encoding: quoted-printable\n\n" + many(b"=41=\n", 10 * MB)
    ),
    "a hundred thousand parts": lambda: (
        FROM + b"Content-Type: multipart/report; boundary=b\n\n" + many(b"--b\n\nx\n", 700_000)
    ),
    "a hundred thousand reports": lambda: (
        STATUS + many(b"\n--b\nContent-Type: message/delivery-status\n\n" + ONE, 8 * MB)
    ),
    "parts in parts": lambda: FROM + nested(2000, STATUS + ONE, kind=b"report"),
    "one boundary for all levels": lambda: FROM + (b"Content-Type: multipart/report; boundary=b\n\n--b\n" * 5000) + ONE,
    "boundaries that almost are": lambda: STATUS + many(b"--b-\n--bb\n-b\n --b\n--b x\n", 8 * MB),
    "a boundary of blanks": lambda: (
        FROM + b'Content-Type: multipart/mixed; boundary="' + b" " * 60 + b'"\n\n' + many(b"--\n")
    ),
    "a boundary of patterns": lambda: (
        FROM + b'Content-Type: multipart/mixed; boundary="(.*)*$"\n\n' + many(b"--(.*)*$\n", 4 * MB)
    ),
    "a boundary of a megabyte": lambda: (
        FROM + b"Content-Type: multipart/mixed; boundary=" + many(b"b", MB) + b"\n\n--b\n"
    ),
    "no boundary named": lambda: FROM + b"Content-Type: multipart/report\n\n" + many(b"--x y z\n--\n"),
    "messages in messages": lambda: FROM + (b"Content-Type: message/rfc822\n\n" + FAILED) * 20_000,
    "folds without end": lambda: b"Subject: x" + many(b"\n ", 8 * MB) + b"\n\n",
    "folds of tabs": lambda: b"To: x" + many(b"\n\t\t\t", 8 * MB) + b"\n\n",
    "header lines without colon": lambda: many(b"not a header\n", 8 * MB),
    "encoded words without end": lambda: b"Subject: " + many(b"=?utf-8?b?", 2 * MB) + b"\n\n",
    "encoded words folded": lambda: FROM + b"Subject:" + many(b"\n =?utf-8?q?Undelivered_?=", 4 * MB) + b"\n\n",
    "comments in comments": lambda: STATUS + b"Final-Recipient: rfc822; " + many(b"(", MB) + many(b")", MB) + b"\n",
    "one diagnostic": lambda: STATUS + ONE + b"Diagnostic-Code: smtp; 550 " + many(b"user unknown ", 8 * MB),
    "one diagnostic, folded": lambda: STATUS + ONE + b"Diagnostic-Code: smtp;" + many(b"\n 550-5.1.1 no such", 8 * MB),
    "a diagnostic of at signs": lambda: STATUS + ONE + b"Diagnostic-Code: smtp; 550 " + many(b"a@", 8 * MB),
    "a diagnostic of links": lambda: STATUS + ONE + b"Diagnostic-Code: smtp; 550 " + many(b"http://a?p=", 8 * MB),
    "a diagnostic of hyphens": lambda: STATUS + ONE + b"Diagnostic-Code: smtp; 550 " + many(b"a-", 8 * MB),
    "a diagnostic of commands": lambda: STATUS + ONE + b"Diagnostic-Code: smtp; " + many(b">>> RCPT <<< 5", 8 * MB),
    "groups without end": lambda: STATUS + many(ONE + b"\n", 8 * MB),
    "groups of blanks": lambda: STATUS + many(b" \n\n\t\n", 8 * MB),
    "tags": lambda: FAILED + b"Content-Type: text/html\n\n" + many(b"<p"),
    "tags that open": lambda: FAILED + b"Content-Type: text/html\n\n" + many(b"<div><style><a href="),
    "entities": lambda: FAILED + b"Content-Type: text/html\n\n" + many(b"&amp;&#x41;&"),
    "quotes of quotes": lambda: FAILED + b"\n" + many(b"> > > > > > > wrote:\n"),
    "quoted to the depth": lambda: b"From: ann@example.com\nSubject: Re: hello\n\n" + many(b">" * 500 + b"\n"),
    "dashes": lambda: FAILED + b"\n" + many(b"-" * 70 + b"\n"),
    "one long dash": lambda: FAILED + b"\n" + many(b"-", 8 * MB),
    "blanks": lambda: (
        b"From: ann@example.com\nSubject: out of office\nAuto-Submitted: auto-replied\n\n" + many(b" ", 8 * MB)
    ),
    "line ends": lambda: FAILED + b"\n" + many(b"\n", 8 * MB),
    "a reply of dates": lambda: (
        b"From: ann@example.com\nSubject: Out of office\n\nBack on " + many(b"1 January 2027, until ", 8 * MB)
    ),
    "a reply of addresses": lambda: (
        b"From: ann@example.com\nSubject: Out of office\n\nAsk " + many(b"bo@example.com or ", 8 * MB)
    ),
    "a reply of digits": lambda: b"From: ann@example.com\nSubject: Out of office\n\nuntil " + many(b"1.", 8 * MB),
    "a reply that wants out": lambda: (
        b"From: ann@example.com\nSubject: Re: news\n\n" + many(b"please take me off ", 8 * MB)
    ),
    "a reply without blanks": lambda: b"From: ann@example.com\nSubject: Re: news\n\n" + many(b"unsubscribe", 8 * MB),
    "a reply in Japanese": lambda: (
        b"From: ann@example.com\nSubject: Re\nContent-Type: text/plain; charset=utf-8\n\n"
        + many("配信停止".encode(), 8 * MB)
    ),
    "UTF-7": lambda: FAILED + b"Content-Type: text/plain; charset=utf-7\n\n" + many(b"+AGE", 4 * MB),
    "ISO-2022-JP that shifts": lambda: (
        FAILED + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + many(b"\x1b$B\x1b(B", 4 * MB)
    ),
    "zeros": lambda: FAILED + b"\n" + many(b"\0", 10 * MB),
    "complaints": lambda: (
        FROM
        + b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n"
        + b"Content-Type: message/feedback-report\n\n"
        + many(b"Feedback-Type: abuse\nOriginal-Rcpt-To: ann@example.com\n", 8 * MB)
    ),
    "a JSON of brackets": lambda: FROM + b"Content-Type: application/json\n\n" + many(b"[", 4 * MB),
    "a JSON in a letter": lambda: FROM + b"Subject: Amazon SES Email Event Notification\n\n" + many(b'{"a":', 4 * MB),
}


def read(data: bytes) -> str:
    return json.dumps(report_document(parse_report(data), "x"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_message_made_to_be_slow_is_not(name: str) -> None:
    message = HOSTILE[name]()
    start = time.process_time()
    assert len(read(message)) < 4 * MB
    assert time.process_time() - start < BOUND_S


@pytest.mark.parametrize("seed", range(12))
def test_reports_grown_to_megabytes_are_not_slow(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, nothing secret
    message = bytearray()
    while len(message) < 3 * MB:
        piece = chance.choice(CORPUS)
        begin = chance.randrange(len(piece))
        message += piece[begin : begin + chance.randrange(1, 400)] * chance.choice([1, 1, 1, 50, 2000])
    start = time.process_time()
    assert read(chance.choice([FAILED, STATUS, b""]) + bytes(message))
    assert time.process_time() - start < BOUND_S


TEXT = st.sampled_from(
    [
        *(b"<ann@example.com>: host mx said: 550 5.1.1 user unknown (in reply to RCPT TO command)\n",),
        *(b"Your message could not be delivered to:\n\n    ann@example.com\n\n", b"   ----- Transcript -----\n"),
        *(b">>> RCPT To:<ann@example.com>\n<<< 550 no\n", b"I am out of the office until 3 March.\n", b"\n", ONE),
        *(b"Please take me off this list.\n", b"> quoted\n", b"-- \n", b"Feedback-Type: abuse\n", b"=?utf-8?q?=C3?=\n"),
    ]
)
TYPES = st.sampled_from(
    [
        *(b"text/plain; charset=utf-8", b"text/html", b"text/plain; charset=iso-2022-jp", b"text/rfc822-headers"),
        *(b"message/rfc822", b"message/delivery-status", b"message/global-delivery-status", b"application/json"),
        *(b"message/feedback-report", b"message/disposition-notification", b"message/partial", b"nonsense", b""),
    ]
)
ENCODINGS = st.sampled_from([b"", b"base64", b"quoted-printable", b"x-uuencode", b"8bit"])
BOUNDARIES = st.sampled_from([b"b", b"b b", b"=_b", b"b--", b"(", b""])


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    body = b"".join(draw(st.lists(TEXT | st.binary(max_size=30), max_size=8)))
    encoding = draw(ENCODINGS)
    if encoding == b"base64" and draw(st.booleans()):
        body = base64.encodebytes(body)
    return b"Content-Type: %s\nContent-Transfer-Encoding: %s\n\n%s" % (draw(TYPES), encoding, body)


@st.composite
def branches(draw: st.DrawFn, inner: st.SearchStrategy[bytes]) -> bytes:
    mark = draw(BOUNDARIES)
    kind = draw(st.sampled_from([b"mixed", b"report; report-type=delivery-status", b"alternative", b"report"]))
    parts = draw(st.lists(inner, max_size=4))
    end = draw(st.sampled_from([b"\n--%s--\n" % mark, b"", b"\n--%s\n" % mark]))
    joined = b"".join(b"\n--%s\n%s" % (mark, part) for part in parts)
    return b'Content-Type: multipart/%s; boundary="%s"\n\n%s%s' % (kind, mark, joined, end)


TREES = st.recursive(leaves(), branches, max_leaves=12)
HEADS = st.sampled_from(
    [FAILED, FROM, b"", b"Return-Path: <>\nSubject: failure notice\n", b"Auto-Submitted: auto-replied\nSubject: away\n"]
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(HEADS, TREES)
def test_no_tree_of_parts_stops_the_reading(head: bytes, tree: bytes) -> None:
    report = parse_report(head + tree)
    assert json.dumps(report_document(report, "x")).encode()
    assert report == parse_report((head + tree).replace(b"\r\n", b"\n"))
    for recipient in report.recipients:
        assert recipient.suppress is not Suppress.NOW or (recipient.permanent and recipient.reason in DEAD)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(CORPUS), st.sampled_from(CORPUS), st.integers(0, 10_000), st.integers(0, 10_000))
def test_two_reports_sewn_together_do_not_stop_the_reading(first: bytes, second: bytes, cut: int, join: int) -> None:
    assert read(first[: cut % (len(first) + 1)] + second[join % (len(second) + 1) :])
