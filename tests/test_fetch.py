"""Outgoing HTTP with real sockets and real certificates: what is sent, what is bounded, and what is never told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.errors import ConfigProblem
from mailer.fetch import MOST_BYTES, Unreachable, post_form, post_openly
from tests.servers import HOST, make_certificates
from tests.tokens import TokenEndpoint, token_endpoint

FORM = {"refresh_token": "1//wick&oil=7741 ü"}


@contextlib.contextmanager
def saying(*pieces: bytes, pause_s: float = 0.0) -> Iterator[int]:
    """Answer one request with these bytes, one piece after the other; return the port."""
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError):
            read_request(client)
            for piece in pieces:
                client.sendall(piece)
                over.wait(pause_s)

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join()


def read_request(client: socket.socket) -> None:
    """Read a whole request: whoever closes with something unread cuts the connection."""
    head = b""
    while b"\r\n\r\n" not in head and (piece := client.recv(65536)):
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]) and (piece := client.recv(65536)):
        body += piece


async def unreachable(url: str, **more: str | float) -> str:
    with pytest.raises(Unreachable) as caught:
        await post_form(url, FORM, **more)  # type: ignore[arg-type]  # ca_file and limit_s, by name
    assert "wick" not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


async def test_a_form_is_posted_over_verified_https_and_arrives_as_it_was(tmp_path: Path) -> None:
    certificates = make_certificates()
    certificates.authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with token_endpoint(TokenEndpoint(certificates=certificates, answer=lambda _: (200, b"{}"))) as endpoint:
        answer = await post_form(endpoint.url, FORM, ca_file=str(tmp_path / "ca.pem"))
    assert (answer.status, answer.body) == (200, b"{}")
    assert endpoint.asked == [FORM]


async def test_an_authority_that_nobody_named_is_not_trusted() -> None:
    with token_endpoint(TokenEndpoint(certificates=make_certificates())) as endpoint:
        assert "its certificate cannot be trusted" in await unreachable(endpoint.url)
    assert endpoint.asked == []


async def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    certificates = make_certificates("tokens.example.org")
    certificates.authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with token_endpoint(TokenEndpoint(certificates=certificates)) as endpoint:
        fault = await unreachable(endpoint.url, ca_file=str(tmp_path / "ca.pem"))
    assert "its certificate cannot be trusted" in fault
    assert endpoint.asked == []


async def test_https_to_a_port_without_it_is_a_matter_of_tls() -> None:
    with token_endpoint() as endpoint:
        assert (await unreachable(endpoint.url.replace("http://", "https://"))).startswith("no TLS")


async def test_a_file_that_holds_no_certificates_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(ConfigProblem, match="is not a file of certificates"):
        await post_form("https://tokens.example.org/", FORM, ca_file=str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("url", ["http://tokens.example.org/", "ftp://127.0.0.1/", "http://127.0.0.1.example.org/"])
async def test_clear_text_is_for_this_machine_alone(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        await post_form(url, FORM)


async def test_a_redirect_is_an_answer_and_nobody_is_asked_instead() -> None:
    with token_endpoint() as elsewhere:
        line = f"HTTP/1.1 307 Elsewhere\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        with saying(line.encode()) as port:
            answer = await post_form(f"http://{HOST}:{port}/", FORM)
    assert answer.status == 307
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "pieces, told",
    [
        ((), "the connection was closed without an answer"),
        ((b"220 relay.example.org ESMTP\r\n",), "its answer is not HTTP"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",), "the answer was cut off"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{",), "the answer was cut off"),
        ((b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (MOST_BYTES + 1)), "the answer is too long"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x" * (MOST_BYTES + 1)), "the answer is too long"),
        ((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,), "its answer is not HTTP"),
        ((b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,), "its answer is not HTTP"),
    ],
)
async def test_what_is_no_whole_answer_is_none(pieces: tuple[bytes, ...], told: str) -> None:
    with saying(*pieces) as port:
        assert await unreachable(f"http://{HOST}:{port}/") == told


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(start: bytes) -> None:
    with saying(start, *[b"1"] * 500, pause_s=0.1) as port:
        assert await unreachable(f"http://{HOST}:{port}/", limit_s=0.5) == "no answer within 0.5 seconds"
        async with asyncio.timeout(60):  # the thread is free long before the last byte
            await asyncio.get_running_loop().shutdown_default_executor()


async def test_where_nobody_listens_that_is_said() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        fault = await unreachable(f"http://{HOST}:{taken.getsockname()[1]}/")
    assert fault == "nothing answers there (connection refused)"
    assert await unreachable("https://nowhere.invalid/") == "this name is not known"


async def test_neither_question_nor_answer_is_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with token_endpoint(TokenEndpoint(answer=lambda _: (200, b"gannet"))) as endpoint:
        answer = await post_form(endpoint.url, FORM)
    assert "gannet" not in repr(answer) + caplog.text
    assert "wick" not in caplog.text


async def test_what_is_no_secret_may_go_over_http_and_a_secret_never() -> None:
    url = "http://stamps.invalid/"
    with pytest.raises(Unreachable, match="name is not known"):
        await post_openly(url, b"digest", media_type="application/timestamp-query")
    with pytest.raises(ValueError, match="secrets"):
        await post_form(url, FORM)
    with pytest.raises(ValueError, match="secrets"):
        await post_openly("ftp://stamps.invalid/", b"digest", media_type="application/timestamp-query")
