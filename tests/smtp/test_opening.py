"""Connecting, securing and logging in, with a real server and real certificates."""

from __future__ import annotations

import base64
import logging
import socket
import traceback
from pathlib import Path
from typing import Any

import pytest

from mailer.reply.policy import classify
from mailer.reply.values import Scope, Stage, Verdict
from mailer.settings import Relay, Secret, Security
from mailer.smtp.session import RelayRefusal, open_session
from tests.servers import HOST, Act, Certificates, ScriptedServer, make_certificates, scripted_server
from tests.smtp.relays import PATIENT, brief, connect, letter, yes

PASSWORD = "gannet-Möwe-7431"
USERS = {"press": PASSWORD}
TLS = pytest.mark.parametrize("security", [Security.STARTTLS, Security.IMPLICIT])


def secured(security: Security, certificates: Certificates, **script: Any) -> ScriptedServer:
    tls = "implicit" if security is Security.IMPLICIT else "starttls"
    return ScriptedServer(tls=tls, certificates=certificates, users=USERS, **script)  # type: ignore[arg-type]  # mypy widens the literal


def login(ca_file: Path | str, **changes: Any) -> dict[str, Any]:
    values = {"username": "press", "password_env": "X", "ca_file": str(ca_file)}
    return {"security": Security.STARTTLS, **values, **changes}


async def refused(server: ScriptedServer, password: str | None = None, **changes: Any) -> RelayRefusal:
    with pytest.raises(RelayRefusal) as caught:
        await connect(server, password, **changes)
    return caught.value


@TLS
async def test_mail_goes_out_secured_and_logged_in(
    security: Security, certificates: Certificates, ca_file: Path
) -> None:
    async with scripted_server(secured(security, certificates)) as server:
        session = await connect(server, PASSWORD, **login(ca_file, security=security))
        reply = await session.send(letter(), may_write=yes)
        await session.close()
    assert reply is not None
    assert reply.code == 250
    assert [message.secure for message in server.accepted] == [True]
    clear = [] if security is Security.IMPLICIT else [b"EHLO [127.0.0.1]", b"STARTTLS"]
    assert bytes(server.clear).split() == b" ".join(clear).split()


async def test_what_was_offered_in_clear_text_is_forgotten_after_starttls(
    certificates: Certificates, ca_file: Path
) -> None:
    async with scripted_server(secured(Security.STARTTLS, certificates)) as server:
        await (await connect(server, PASSWORD, **login(ca_file))).close()
    assert [line.split(" ")[0] for line in server.commands] == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]


async def test_without_starttls_nothing_is_sent_in_clear_text(certificates: Certificates, ca_file: Path) -> None:
    offer = ("AUTH PLAIN LOGIN", "SIZE 1000000")
    async with scripted_server(ScriptedServer(extensions=offer, certificates=certificates, users=USERS)) as server:
        refusal = await refused(server, PASSWORD, **login(ca_file))
    assert refusal.reply.stage is Stage.STARTTLS
    assert classify(refusal.reply).scope is Scope.RUN
    assert b"AUTH" not in server.received
    assert [line.split(" ")[0] for line in server.commands] == ["EHLO"]
    assert "cannot be made secure, so nothing was sent" in refusal.message
    assert "implicit" in refusal.hint


@pytest.mark.parametrize("line", ["454 4.7.0 TLS not available", "501 5.5.4 No", "220-", "502 5.5.1 What?"])
async def test_a_refused_starttls_ends_it(line: str, certificates: Certificates, ca_file: Path) -> None:
    script = secured(Security.STARTTLS, certificates, at={"starttls": Act(line, drop="after")})
    async with scripted_server(script) as server:
        refusal = await refused(server, PASSWORD, **login(ca_file))
    assert refusal.reply.stage is Stage.STARTTLS
    assert classify(refusal.reply).scope is Scope.RUN
    assert b"AUTH" not in server.received


@TLS
async def test_a_certificate_of_an_unknown_authority_ends_it(security: Security, certificates: Certificates) -> None:
    async with scripted_server(secured(security, certificates)) as server:
        refusal = await refused(server, PASSWORD, **login("", security=security))
    assert refusal.reply.stage is Stage.STARTTLS
    assert classify(refusal.reply).scope is Scope.RUN
    assert "self-signed certificate" in refusal.message or "unable to get local issuer" in refusal.message
    assert "AUTH" not in " ".join(server.commands)
    assert "ca_file" in refusal.hint


@TLS
async def test_a_certificate_for_another_name_ends_it(security: Security, tmp_path: Path) -> None:
    elsewhere = make_certificates("mail.example.org")
    elsewhere.authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with scripted_server(secured(security, elsewhere)) as server:
        refusal = await refused(server, PASSWORD, **login(tmp_path / "ca.pem", security=security))
    assert refusal.reply.stage is Stage.STARTTLS
    assert classify(refusal.reply).scope is Scope.RUN
    assert HOST in refusal.message
    assert "AUTH" not in " ".join(server.commands)


async def test_implicit_tls_to_a_port_without_it_is_a_matter_of_tls(ca_file: Path) -> None:
    async with scripted_server() as server:
        refusal = await refused(server, PASSWORD, **login(ca_file, security=Security.IMPLICIT))
    assert refusal.reply.stage is Stage.STARTTLS
    assert classify(refusal.reply).scope is Scope.RUN
    assert '"starttls" for 587' in refusal.hint


@pytest.mark.parametrize("content", [None, b"", b"not a certificate\n"])
async def test_a_ca_file_that_is_none_is_told_before_connecting(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    async with scripted_server() as server:
        refusal = await refused(server, PASSWORD, **login(path))
    assert f"ca_file {path} is not a file of certificates" in refusal.message
    assert classify(refusal.reply).scope is Scope.RUN
    assert server.connections == 0


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "LOGIN PLAIN CRAM-MD5", "PLAIN"])
async def test_each_method_logs_in(mechanisms: str, certificates: Certificates, ca_file: Path) -> None:
    async with scripted_server(secured(Security.IMPLICIT, certificates, mechanisms=mechanisms)) as server:
        session = await connect(server, PASSWORD, **login(ca_file, security=Security.IMPLICIT))
        reply = await session.send(letter(), may_write=yes)
        await session.close()
    assert reply is not None
    assert reply.code == 250


async def test_a_wrong_password_is_tried_once_and_stops_the_run(certificates: Certificates, ca_file: Path) -> None:
    script = secured(Security.STARTTLS, certificates, mechanisms="PLAIN LOGIN CRAM-MD5")
    async with scripted_server(script) as server:
        refusal = await refused(server, "wrong-password", **login(ca_file))
    assert (refusal.reply.stage, refusal.reply.code) == (Stage.AUTH, 535)
    assert refusal.reply.enhanced == "5.7.8"
    assert classify(refusal.reply).scope is Scope.RUN
    assert len([line for line in server.commands if line.startswith("AUTH")]) == 1
    assert "refused the login: 535 5.7.8 Username and password not accepted" in refusal.message
    assert refusal.exit_code == 4


async def test_a_login_that_is_out_of_service_is_tried_again_later(certificates: Certificates, ca_file: Path) -> None:
    script = secured(Security.STARTTLS, certificates, at={"auth": Act("454 4.7.0 Temporary")})
    async with scripted_server(script) as server:
        refusal = await refused(server, PASSWORD, **login(ca_file))
    assert refusal.reply.code == 454
    assert classify(refusal.reply).scope is Scope.CONNECTION


@pytest.mark.parametrize("mechanisms", ["", "GSSAPI NTLM"])
async def test_a_relay_without_a_login_that_we_know_stops_the_run(
    mechanisms: str, certificates: Certificates, ca_file: Path
) -> None:
    async with scripted_server(secured(Security.STARTTLS, certificates, mechanisms=mechanisms)) as server:
        refusal = await refused(server, PASSWORD, **login(ca_file))
    assert refusal.reply.stage is Stage.AUTH
    assert classify(refusal.reply).scope is Scope.RUN
    assert "PLAIN, LOGIN, CRAM-MD5" in refusal.message
    assert not [line for line in server.commands if line.startswith("AUTH")]


@pytest.mark.parametrize("echo", ["", "as sent", "readable"])
async def test_a_password_is_in_no_message_repr_traceback_or_log(
    echo: str, certificates: Certificates, ca_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain = base64.b64encode(f"\0press\0{PASSWORD}".encode()).decode()
    echoed = {"": "", "as sent": plain, "readable": f"{PASSWORD} is wrong"}[echo]
    act = Act(f"535 5.7.8 Refused {echoed}")
    caplog.set_level(logging.DEBUG)
    async with scripted_server(secured(Security.STARTTLS, certificates, at={"auth": act})) as server:
        refusal = await refused(server, PASSWORD, **login(ca_file))
    assert plain in server.received.decode("utf-8", "replace")
    shown = "\n".join(
        [
            *(str(refusal), repr(refusal), repr(refusal.reply), refusal.hint, caplog.text),
            *traceback.format_exception(refusal, chain=True),
            repr(Secret(PASSWORD)),
            str(Secret(PASSWORD)),
        ]
    )
    for secret in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), plain):
        assert secret not in shown


async def test_where_nobody_listens_the_relay_is_named_and_may_be_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        with pytest.raises(RelayRefusal) as caught:
            await open_session(Relay(key="main", host=HOST, port=port, security=Security.PLAIN), None)
    assert caught.value.reply.stage is Stage.CONNECT
    assert classify(caught.value.reply).verdict is Verdict.RETURNED
    assert classify(caught.value.reply).scope is Scope.CONNECTION
    assert caught.value.message.startswith(f"relay main ({HOST}:{port}) cannot be reached")


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..example.org", "x" * 64 + ".example.org"])
async def test_a_name_that_leads_nowhere_is_told(host: str) -> None:
    with pytest.raises(RelayRefusal) as caught:
        await open_session(Relay(key="main", host=host, timeouts=brief("connect")), None)
    assert caught.value.reply.stage is Stage.CONNECT
    assert host in caught.value.message


@pytest.mark.parametrize(
    "act, code, scope",
    [
        (Act("554 5.3.2 Not today"), 554, Scope.RUN),
        (Act("521 We take no mail"), 521, Scope.RUN),
        (Act("421 4.3.2 Too busy", drop="after"), 421, Scope.CONNECTION),
        (Act(drop="before"), 0, Scope.CONNECTION),
        (Act(silent=True), 0, Scope.CONNECTION),
        (Act("hello there"), 0, Scope.CONNECTION),
    ],
)
async def test_a_greeting_that_is_none_is_one_at_connect(act: Act, code: int, scope: Scope) -> None:
    async with scripted_server(ScriptedServer(at={"connect": act})) as server:
        refusal = await refused(server, timeouts=brief("connect") if act.silent else PATIENT)
    assert (refusal.reply.stage, refusal.reply.code) == (Stage.CONNECT, code)
    assert classify(refusal.reply).scope is scope
    assert not server.commands


@pytest.mark.parametrize(
    "act, code, scope",
    [
        (Act("550 5.7.1 Go away"), 550, Scope.RUN),
        (Act("421 4.3.2 Busy", drop="after"), 421, Scope.CONNECTION),
        (Act(drop="before"), 0, Scope.CONNECTION),
        (Act(silent=True), 0, Scope.CONNECTION),
    ],
)
async def test_a_refused_hello_is_one_at_ehlo(act: Act, code: int, scope: Scope) -> None:
    async with scripted_server(ScriptedServer(at={"ehlo": act})) as server:
        refusal = await refused(server, timeouts=brief("connect") if act.silent else PATIENT)
    assert (refusal.reply.stage, refusal.reply.code) == (Stage.EHLO, code)
    assert classify(refusal.reply).scope is scope


async def test_the_machine_does_not_tell_its_own_name() -> None:
    async with scripted_server() as server:
        await (await connect(server)).close()
        await (await connect(server, ehlo_name="press.example.org")).close()
    hellos = [line for line in server.commands if line.startswith("EHLO")]
    assert hellos == ["EHLO [127.0.0.1]", "EHLO press.example.org"]
    assert socket.gethostname() not in server.received.decode()


async def test_a_greeting_of_several_lines_is_a_greeting() -> None:
    act = Act("220-relay.example.org\r\n220-No spam here\r\n220 ready", slowly=True)
    async with scripted_server(ScriptedServer(at={"connect": act})) as server:
        session = await connect(server)
        assert session.usable
        await session.close()
