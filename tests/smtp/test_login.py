"""Access tokens and passwords, each method over real TLS, judged by a server that checks every octet of them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import logging
import socket
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

import pytest

from mailer.reply.policy import classify
from mailer.reply.values import Scope, Stage
from mailer.settings import OAuth, Relay, Secret, Security
from mailer.smtp.session import RelayRefusal, open_session
from tests.servers import Act, Certificates, ScriptedServer, scripted_server
from tests.smtp.relays import connect, letter, relay_of, yes

TOKEN = "ya29.gannet-Moewe_7431/kittiwake+fulmar.razorbill"
LONG = ".".join(["eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9", *(f"{number:04}skua" * 20 for number in range(15)), "end-_"])
NAME = "press=office,desk@example.org"
OAUTH = OAuth(preset="google", client_id="press-app", refresh_token_env="X")
METHODS = pytest.mark.parametrize("method", ["XOAUTH2", "OAUTHBEARER"])


def offering(mechanisms: str, certificates: Certificates, user: str, secret: str, **script: Any) -> ScriptedServer:
    return ScriptedServer(
        tls="implicit", certificates=certificates, users={user: secret}, mechanisms=mechanisms, **script
    )


def with_token(ca_file: Path) -> dict[str, Any]:
    return {"security": Security.IMPLICIT, "username": NAME, "oauth": OAUTH, "ca_file": str(ca_file)}


async def refused(server: ScriptedServer, token: str, ca_file: Path) -> RelayRefusal:
    with pytest.raises(RelayRefusal) as caught:
        await connect(server, token, **with_token(ca_file))
    return caught.value


def authentications(server: ScriptedServer) -> list[str]:
    return [line.split(" ")[1] for line in server.commands if line.startswith("AUTH")]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.IMPLICIT])
@pytest.mark.parametrize("method", ["PLAIN", "LOGIN", "CRAM-MD5"])
async def test_each_method_proves_a_password_over_tls_alone(
    method: str, security: Security, certificates: Certificates, ca_file: Path
) -> None:
    server = offering(method, certificates, "press", "gannet-Möwe-7431")
    server.tls = "implicit" if security is Security.IMPLICIT else "starttls"
    changes = {"security": security, "username": "press", "password_env": "X", "ca_file": str(ca_file)}
    async with scripted_server(server):
        session = await connect(server, "gannet-Möwe-7431", **changes)
        reply = await session.send(letter(), may_write=yes)
        await session.close()
        with pytest.raises(RelayRefusal, match="refused the login: 535"):
            await connect(server, "gannet-Möwe-7432", **changes)
    assert reply is not None
    assert reply.code == 250
    assert authentications(server) == [method, method]
    assert b"AUTH" not in server.clear


@METHODS
@pytest.mark.parametrize("token", [TOKEN, LONG], ids=["short", "longer than a command may be"])
async def test_an_access_token_logs_in(method: str, token: str, certificates: Certificates, ca_file: Path) -> None:
    name = NAME if method == "XOAUTH2" else NAME.replace("=", "=3D").replace(",", "=2C")
    async with scripted_server(offering(method, certificates, name, token)) as server:
        session = await connect(server, token, **with_token(ca_file))
        reply = await session.send(letter(), may_write=yes)
        await session.close()
    assert reply is not None
    assert reply.code == 250
    assert authentications(server) == [method]
    (command,) = [line for line in server.commands if line.startswith("AUTH")]
    assert len(command) <= 510
    assert command.count(" ") == (2 if token == TOKEN else 1)


async def test_the_method_that_providers_document_comes_first_and_no_other_is_tried(
    certificates: Certificates, ca_file: Path
) -> None:
    async with scripted_server(offering("PLAIN LOGIN OAUTHBEARER XOAUTH2", certificates, NAME, TOKEN)) as server:
        refusal = await refused(server, "another-token", ca_file)
    assert authentications(server) == ["XOAUTH2"]
    assert (refusal.reply.stage, refusal.reply.code) == (Stage.AUTH, 535)
    assert classify(refusal.reply).scope is Scope.RUN


@METHODS
async def test_the_question_that_comes_with_a_refusal_is_answered_and_the_code_follows(
    method: str, certificates: Certificates, ca_file: Path
) -> None:
    async with scripted_server(offering(method, certificates, NAME, TOKEN)) as server:
        refusal = await refused(server, "another-token", ca_file)
    assert "refused the login: 535 5.7.8 Username and password not accepted" in refusal.message
    assert "SMTP AUTH" in refusal.hint


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", ""])
async def test_a_token_is_never_shown_where_passwords_are_wanted(
    mechanisms: str, certificates: Certificates, ca_file: Path
) -> None:
    async with scripted_server(offering(mechanisms, certificates, NAME, TOKEN)) as server:
        refusal = await refused(server, TOKEN, ca_file)
    assert "it offers none of XOAUTH2, OAUTHBEARER" in refusal.message
    assert authentications(server) == []


@METHODS
@pytest.mark.parametrize("part", ["all", "beginning", "end", "middle", "readable"])
async def test_a_token_that_the_relay_repeats_whole_or_in_part_is_told_to_nobody(
    part: str, method: str, certificates: Certificates, ca_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sent = base64.b64encode(f"user={NAME}\x01auth=Bearer {TOKEN}\x01\x01".encode()).decode()
    if method == "OAUTHBEARER":
        server = relay_of(ScriptedServer(), **{**with_token(ca_file), "port": 465})
        where = f"n,a={NAME.replace('=', '=3D').replace(',', '=2C')},\x01host={server.host}\x01port=465"
        sent = base64.b64encode(f"{where}\x01auth=Bearer {TOKEN}\x01\x01".encode()).decode()
    echo = {"all": sent, "beginning": sent[:-9], "end": sent[7:], "middle": sent[5:-6], "readable": f"<{TOKEN[:30]}>"}
    caplog.set_level(logging.DEBUG)
    script = offering(method, certificates, NAME, TOKEN, at={"auth": Act(f"535 5.7.8 Bad credentials: {echo[part]}")})
    async with scripted_server(script) as server_:
        refusal = await refused(server_, TOKEN, ca_file)
    shown = "\n".join(
        [
            *(str(refusal), repr(refusal), repr(refusal.reply), refusal.hint, caplog.text, repr(Secret(TOKEN))),
            *traceback.format_exception(refusal, chain=True),
        ]
    )
    assert "Bad credentials: " in shown
    assert "***" in shown
    for size in (TOKEN[:20], TOKEN[10:30], sent[20:40], sent[40:60], sent[-30:-10]):
        assert size not in shown


@pytest.mark.parametrize("answer", [b"535 5.7.8 No", b"235 2.7.0 Welcome"], ids=["refused", "welcome, and goodbye"])
def test_no_connection_is_left_open_though_the_relay_never_ends_tls(
    answer: bytes, certificates: Certificates, ca_file: Path
) -> None:
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        with certificates.server.wrap_socket(listener.accept()[0], server_side=True) as client:
            client.sendall(b"220 relay\r\n")
            for words in (b"250-relay\r\n250 AUTH PLAIN", answer, *([b"221 Bye"] if answer[:1] == b"2" else [])):
                client.recv(1000)
                client.sendall(words + b"\r\n")
            over.wait(60)  # and reads nothing more, so that TLS is never ended in good order

    async def come_and_go(relay: Relay) -> None:
        with contextlib.suppress(RelayRefusal):
            await (await open_session(relay, Secret("gannet"))).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        relay = Relay(
            key="main",
            host="127.0.0.1",
            port=listener.getsockname()[1],
            security=Security.IMPLICIT,
            username="press",
            password_env="X",
            ca_file=str(ca_file),
        )
        asyncio.run(come_and_go(relay))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            gc.collect()
        over.set()
        thread.join()
    assert [str(each.message) for each in caught] == []
