"""`mailer send` and a relay that cannot be used: exit code 4, all recipients pending, and no password leaked."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Desk, times_taken
from tests.servers import Act, ScriptedServer, make_certificates, threaded_server

SEND = ("send", "lamps", "--to", "coast", "--yes")
PASSWORD = "wick-and-oil-7741"
ENV = {"MAILER_TEST_PASSWORD": PASSWORD}


@pytest.fixture
def secured() -> Iterator[ScriptedServer]:
    """A relay that requires TLS and a login, as real ones do."""
    script = ScriptedServer(tls="starttls", certificates=make_certificates(), users={"press": PASSWORD})
    with threaded_server(script) as running:
        yield running


@pytest.fixture
def secured_desk(desk: Desk, secured: ScriptedServer) -> Desk:
    assert secured.certificates is not None
    secured.certificates.authority.cert_pem.write_to_path(desk.root / "ca.pem")
    with_login(desk, secured)
    return desk


def with_login(desk: Desk, server: ScriptedServer, **keys: str) -> None:
    login = {"security": "starttls", "username": "press", "password_env": "MAILER_TEST_PASSWORD"}
    desk.settings(server, **{**login, "ca_file": str(desk.root / "ca.pem"), **keys})


def all_pending(desk: Desk) -> bool:
    return set(desk.states().values()) == {"pending"}


def traces_of_password(texts: dict[str, bytes]) -> list[str]:
    """Return where the password, or anything that reveals it, can be found."""
    needles = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode())]
    # AUTH PLAIN is one base64 of all three parts
    needles.append(base64.b64encode(b"\0press\0" + PASSWORD.encode()))
    needles += [each.rstrip(b"=")[:-2] for each in needles[1:]]
    return [name for name, data in texts.items() if any(needle in data for needle in needles)]


def test_a_relay_with_tls_and_login_takes_the_mail_over_tls_alone(secured_desk: Desk, secured: ScriptedServer) -> None:
    done = secured_desk.run(*SEND, env=ENV)
    assert done.code == 0, done.err
    assert len(secured.accepted) == 5
    assert all(message.secure for message in secured.accepted)
    assert b"AUTH" not in secured.clear.replace(b"250-AUTH", b"")


def test_a_wrong_password_stops_before_anybody_is_touched(secured_desk: Desk, secured: ScriptedServer) -> None:
    wrong = {"MAILER_TEST_PASSWORD": "wax-and-string-1809"}
    done = secured_desk.run(*SEND, env=wrong)
    assert done.code == 4
    assert "refused the login" in done.err
    assert "wax-and-string" not in done.said
    assert not any(line.upper().startswith("MAIL") for line in secured.commands)
    assert all_pending(secured_desk)
    assert secured_desk.run(*SEND, env=ENV).code == 0
    assert set(times_taken(secured).values()) == {1}


def test_a_certificate_that_nobody_vouches_for_stops(secured_desk: Desk, secured: ScriptedServer) -> None:
    with_login(secured_desk, secured, ca_file="")
    done = secured_desk.run(*SEND, env=ENV)
    assert done.code == 4
    assert "cannot be made secure" in done.err
    assert secured.accepted == []
    assert all_pending(secured_desk)


@pytest.mark.slow
def test_a_relay_without_starttls_gets_neither_mail_nor_password(desk: Desk, server: ScriptedServer) -> None:
    text = 'security = "starttls"\nusername = "press"\npassword_env = "MAILER_TEST_PASSWORD"\n'
    settings = (desk.root / "mailer.toml").read_text("utf-8").replace('security = "plain"\n', text)
    desk.write("mailer.toml", settings)
    done = desk.run(*SEND, env=ENV)
    assert done.code == 4
    assert "cannot be made secure" in done.err
    assert not any(line.upper().startswith(("AUTH", "MAIL")) for line in server.commands)
    assert traces_of_password({"wire": bytes(server.received)}) == []
    assert all_pending(desk)


@pytest.mark.slow
def test_a_relay_that_is_down_leaves_everybody_pending_and_says_how_to_go_on(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.settings(server, port=1, connections=1)
    done = desk.run(*SEND, "--json")
    assert done.code == 4
    assert done.json["error"]["code"] == "relay"
    assert "cannot be reached" in done.json["error"]["message"]
    assert all_pending(desk)
    desk.settings(server)
    assert desk.run(*SEND).code == 0
    assert set(times_taken(server).values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("words", [SEND, (*SEND, "--json")], ids=["people", "json"])
def test_the_password_is_in_no_output_and_in_no_file(
    secured_desk: Desk, secured: ScriptedServer, words: tuple[str, ...]
) -> None:
    """Even if a relay repeats what it received, as some do when they refuse."""
    echo = base64.b64encode(b"\0press\0" + PASSWORD.encode()).decode()
    secured.at = {"auth": [Act(f"535 5.7.8 cannot make sense of {PASSWORD} ({echo})"), Act()]}
    secured.recipients = {"cy@c.example.com": Act("550 5.1.1 no such user")}
    before = set(Path(tempfile.gettempdir()).glob("mailer-fault-*"))
    outputs = [secured_desk.run(*words, env=ENV).said.encode()]
    assert traces_of_password(secured_desk.files()) == []
    commands = (words, ("report", "lamps", "--deliveries", "--json"), ("status",), ("report", "--csv"))
    outputs += [secured_desk.run(*command, env=ENV).said.encode() for command in commands]
    assert secured.accepted
    files = secured_desk.files()
    assert any(name.endswith("ledger.db") for name in files)
    assert traces_of_password(files) == []
    assert traces_of_password({str(number): text for number, text in enumerate(outputs)}) == []
    assert set(Path(tempfile.gettempdir()).glob("mailer-fault-*")) == before


def test_a_password_from_a_private_file_or_a_command_is_used_and_not_shown(
    secured_desk: Desk, secured: ScriptedServer
) -> None:
    path = secured_desk.write("relay.password", f"{PASSWORD}\n")
    path.chmod(0o644)
    with_login(secured_desk, secured, password_env="", password_file="relay.password")
    open_to_all = secured_desk.run(*SEND)
    assert open_to_all.code == 3
    assert "can be read by others" in open_to_all.err
    assert secured.connections == 0
    path.chmod(0o600)
    assert secured_desk.run(*SEND).code == 0
    path.unlink()
    assert len(secured.accepted) == 5
    assert traces_of_password(secured_desk.files()) == []


def test_what_a_failing_password_command_printed_is_not_shown(secured_desk: Desk, secured: ScriptedServer) -> None:
    with_login(secured_desk, secured, password_env="")
    text = (secured_desk.root / "mailer.toml").read_text("utf-8")
    command = f'password_command = ["sh", "-c", "echo {PASSWORD}; exit 3"]'
    secured_desk.write("mailer.toml", re.sub(r'password_env = ""', command, text))
    done = secured_desk.run(*SEND)
    assert done.code == 3
    assert "exit code 3" in done.err
    assert PASSWORD not in done.said
    assert secured.connections == 0
