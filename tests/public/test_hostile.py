"""What strangers send on purpose: bodies, fields, lines and bytes that mean nothing."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from mailer.public.app import client_of, parse_form
from mailer.public.pages import LANGUAGES, choose_language
from mailer.runs.suppressions.opt_out import LONGEST_REASON, Spooled, line_of, parse_line, tidy_reason
from tests.office import Desk
from tests.public.hosts import Host, Sent, suppressed

KINDS = (
    *("", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x"),
    *("multipart/form-data; boundary=x; charset=rot13", 'multipart/form-data; boundary="', "application/json"),
)
PIECES = st.sampled_from(
    [
        b"--x",
        b"--",
        b"\r\n",
        b"\n",
        b"Content-Disposition: form-data; name=",
        b'"do"',
        b"undo",
        b"a=b&",
        b"%",
        b"\xff",
        b"\0",
    ]
)


@pytest.mark.slow
@given(
    kind=st.sampled_from(KINDS), body=st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=30).map(b"".join))
)
@settings(max_examples=400)
def test_no_body_breaks_the_reading_of_a_form(kind: str, body: bytes) -> None:
    found = asyncio.run(parse_form(Headers({"content-type": kind}), body))
    assert len(found) <= 20


@given(peer=st.text(max_size=40), fields=st.lists(st.text(max_size=80), max_size=4), accepted=st.text(max_size=200))
def test_no_field_breaks_anything(peer: str, fields: list[str], accepted: str) -> None:
    assert client_of(peer, fields, [ip_network("127.0.0.1"), ip_network("::/0")])
    assert choose_language(peer, accepted) in LANGUAGES


@given(st.text(max_size=2000))
def test_a_reason_is_one_line_that_can_be_kept_anywhere(text: str) -> None:
    tidied = tidy_reason(text)
    assert len(tidied) <= LONGEST_REASON
    assert tidied.isprintable()
    assert len(tidied.splitlines()) <= 1


@pytest.mark.slow
@given(
    st.one_of(
        st.binary(max_size=300), st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(repr).map(str.encode)
    )
)
def test_a_line_of_a_spool_is_read_or_refused(line: bytes) -> None:
    try:
        found = parse_line(line)
    except ValueError:
        return
    assert isinstance(found, Spooled)
    assert parse_line(line_of(found)[:-1]) == found


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"\0" * 5000,
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n",
        ),
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: " + b"b" * 70_000,
    ],
)
def test_bytes_that_are_no_request_leave_the_host_well(office: Desk, host: Host, sent: Sent, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", host.port), timeout=60) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except OSError:
            pass  # hung up on: that is an answer too
    assert host.ask("GET", "/healthz").status == 200
    assert host.post(sent.tokens["ada@ada.example.com"]).status == 200
    assert set(suppressed(office)) == {"ada@ada.example.com"}
