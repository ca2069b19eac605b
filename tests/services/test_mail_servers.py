"""A release to 200 people over the mail servers that people really have; each server's own mail is counted."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.settings import Relay, Secret, Security, Timeouts
from mailer.smtp.session import open_session
from tests.office import Desk, finish, wait_until
from tests.servers import ScriptedServer
from tests.services.mail_servers import PASSWORD, USER, RealServer, exim_server, opensmtpd_server, postfix_server
from tests.tokens import TokenEndpoint, token_endpoint

PEOPLE = 200
CONNECTIONS = 4
SEND = ("send", "lamps", "--to", "big", "--yes")
ENV = {"MAILER_TEST_PASSWORD": PASSWORD}
FOUND = Callable[[str], str]
POSTFIX = pytest.param("postfix", marks=pytest.mark.service("postfix"))
ONLY_OLD = pytest.param("postfix, TLS 1.2 and CRAM-MD5 alone", marks=pytest.mark.service("postfix"))
SERVERS = [
    POSTFIX,
    ONLY_OLD,
    pytest.param("exim", marks=pytest.mark.service("exim")),
    pytest.param("opensmtpd", marks=pytest.mark.service("opensmtpd")),
]
OLD = "smtpd_tls_mandatory_protocols = TLSv1.2\nsmtpd_sasl_mechanism_filter = cram-md5\n"


@pytest.fixture
def real(request: pytest.FixtureRequest, as_root: Callable[[str], None]) -> Iterator[RealServer]:
    """Run the server that the test names."""
    name, _, rest = str(request.param).partition(",")
    as_root(name)
    if name == "postfix":
        programs = (request.getfixturevalue("postfix"), request.getfixturevalue("dovecot_for_logins"))
        with postfix_server(*programs, more=OLD if rest else "") as server:
            yield server
    elif name == "exim":
        with exim_server(request.getfixturevalue("exim")) as server:
            yield server
    else:
        with opensmtpd_server(request.getfixturevalue("opensmtpd")) as server:
            yield server


def office(folder: Path, server: RealServer, count: int = PEOPLE, **keys: Any) -> tuple[Desk, list[str]]:
    """Return a press office whose relay is this server, and the people on its list."""
    desk = Desk(folder)
    desk.release()
    people = desk.people("big", count)
    login = {"security": "starttls", "username": USER, "password_env": "MAILER_TEST_PASSWORD"}
    table = {**login, "ca_file": str(server.ca_file), "connections": CONNECTIONS, **keys}
    desk.settings(ScriptedServer(port=server.port), **table)
    return desk, people


@pytest.mark.parametrize("real", SERVERS, indirect=True)
def test_two_hundred_people_get_it_once_over_tls_with_a_login(real: RealServer, tmp_path: Path) -> None:
    desk, people = office(tmp_path, real)
    done = desk.run(*SEND, "--json", env=ENV)
    assert done.code == 0, done.err
    assert done.json["accepted"] == PEOPLE
    wait_until(lambda: real.submissions().total() >= PEOPLE)
    assert desk.run(*SEND, env=ENV).code == 0
    assert real.submissions() == dict.fromkeys(people, 1)
    assert set(desk.states().values()) == {"accepted"}


@pytest.mark.parametrize("real", [each for each in SERVERS if each is not ONLY_OLD], indirect=True)
def test_a_wrong_password_is_exit_code_4_and_reaches_nobody(real: RealServer, tmp_path: Path) -> None:
    desk, _ = office(tmp_path, real)
    done = desk.run(*SEND, env={"MAILER_TEST_PASSWORD": "skua-9000"})
    assert done.code == 4
    assert "refused the login" in done.err
    assert "skua-9000" not in done.said
    assert set(desk.states().values()) == {"pending"}
    desk, _ = office(tmp_path, real, ca_file="")
    done = desk.run("resume", "lamps", env=ENV)
    assert done.code == 4
    assert "cannot be made secure" in done.err
    assert real.submissions().total() == 0


@pytest.mark.parametrize("real, offered", [(POSTFIX.values[0], True)], indirect=["real"])
@pytest.mark.service("postfix")
async def test_postfix_offers_pipelining_so_that_the_mailings_here_are_pipelined(
    real: RealServer, *, offered: bool
) -> None:
    await assert_pipelining(real, offered=offered)


@pytest.mark.parametrize("real, offered", [("exim", True)], indirect=["real"])
@pytest.mark.service("exim")
async def test_exim_offers_pipelining_too(real: RealServer, *, offered: bool) -> None:
    await assert_pipelining(real, offered=offered)


@pytest.mark.parametrize("real, offered", [("opensmtpd", False)], indirect=["real"])
@pytest.mark.service("opensmtpd")
async def test_opensmtpd_does_not_so_that_one_command_at_a_time_is_tried_too(
    real: RealServer, *, offered: bool
) -> None:
    await assert_pipelining(real, offered=offered)


async def assert_pipelining(real: RealServer, *, offered: bool) -> None:
    relay = Relay(
        key="main",
        host="127.0.0.1",
        port=real.port,
        security=Security.STARTTLS,
        username=USER,
        password_env="X",
        ca_file=str(real.ca_file),
        timeouts=Timeouts(connect_s=60),
    )
    session = await open_session(relay, Secret(PASSWORD))
    assert ("pipelining" in session.offers) == offered
    await session.close()


@pytest.mark.service("postfix")
@pytest.mark.parametrize(
    "how, long", [("down", False), ("kill", True)], ids=["stopped, and soon back", "killed, and away for long"]
)
@pytest.mark.parametrize("real", [POSTFIX.values[0]], indirect=True)
def test_postfix_goes_in_the_middle_of_a_mailing_and_nobody_gets_it_twice_and_nobody_is_forgotten(
    real: RealServer, how: str, *, long: bool, tmp_path: Path
) -> None:
    if how == "down":
        desk, people = office(tmp_path, real, rate="40/s")
    else:
        desk, people = office(tmp_path, real, 5 * PEOPLE)  # as fast as it goes, so that much is on the wire
    sending = desk.start(*SEND, env=ENV)
    wait_until(lambda: len(list((real.box / "new").glob("*"))) >= 40)
    (real.down if how == "down" else real.kill)()
    assert sending.poll() is None
    assert real.submissions().total() < len(people)
    if long:
        done = finish(sending)
        assert done.code in {1, 4}, done.err
        real.up()
    else:
        real.up()
        finish(sending)
    for _ in range(5):
        if not {"pending", "deferred", "claimed"} & set(desk.states().values()):
            break
        desk.run("resume", "lamps", env=ENV)
    states = desk.states()
    assert set(states) == set(people)
    assert set(states.values()) <= {"accepted", "in_doubt"}
    accepted = {address for address, state in states.items() if state == "accepted"}
    assert len(states) - len(accepted) <= CONNECTIONS
    wait_until(lambda: accepted <= set(real.submissions()))
    counted = real.submissions()
    assert set(counted) <= set(people)
    assert set(counted.values()) == {1}


@pytest.mark.service("postfix")
@pytest.mark.parametrize("real", [POSTFIX.values[0]], indirect=True)
def test_mailer_is_killed_while_it_sends_to_postfix_and_resumes(real: RealServer, tmp_path: Path) -> None:
    desk, people = office(tmp_path, real, rate="60/s")
    for most in (30, 90):
        sending = desk.start(*SEND, env=ENV)
        wait_until(lambda most=most: real.submissions().total() >= most)  # type: ignore[misc]  # a default is the house's way to bind
        sending.send_signal(signal.SIGKILL)
        finish(sending)
    desk.run(*SEND, env=ENV)
    states = desk.states()
    accepted = {address for address, state in states.items() if state == "accepted"}
    assert set(states.values()) <= {"accepted", "in_doubt"}
    assert len(people) - len(accepted) <= 2 * CONNECTIONS
    wait_until(lambda: accepted <= set(real.submissions()))
    assert set(real.submissions().values()) == {1}


@pytest.mark.service("postfix")
@pytest.mark.parametrize("method", ["xoauth2", "oauthbearer"])
def test_an_access_token_logs_in_to_postfix_and_dovecot_and_a_revoked_one_is_renewed(
    method: str, postfix: str, dovecot_for_logins: str, as_root: Callable[[str], None], tmp_path: Path
) -> None:
    as_root("postfix")
    good: list[str] = []
    shown: list[str] = []

    def introspect(fields: dict[str, str]) -> tuple[int, dict[str, Any]] | None:
        """Whether a token is good: the newest alone, and the first one no longer once it has been shown often."""
        if "token" not in fields:
            return None
        shown.append(fields["token"])
        is_good = shown[-1] == good[-1] and (len(good) > 1 or len(shown) <= CONNECTIONS)
        return 200, {"active": is_good, "username": USER}

    script = TokenEndpoint(
        refresh_tokens={"1//refresh"}, answer=introspect, on_token=good.append, token=f"{'x' * 400}{{}}".format
    )
    more = f"smtpd_sasl_mechanism_filter = {method}\n"
    with (
        token_endpoint(script) as endpoint,
        postfix_server(postfix, dovecot_for_logins, more=more, introspection_url=endpoint.url) as real,
    ):
        desk, people = office(tmp_path, real)
        table = {
            "host": "127.0.0.1",
            "port": real.port,
            "username": USER,
            "ca_file": str(real.ca_file),
            "messages_per_connection": 20,
        }
        lines = [
            "[relays.main]",
            *(f"{key} = {json.dumps(value)}" for key, value in table.items()),
            "[relays.main.oauth]",
            f'token_url = "{endpoint.url}"',
            'client_id = "press-app"',
            'refresh_token_env = "MAILER_TEST_REFRESH"',
        ]
        desk.settings(None, more="\n".join(lines))
        done = desk.run(*SEND, "--json", env={"MAILER_TEST_REFRESH": "1//refresh"})
        assert done.code == 0, done.err
        wait_until(lambda: real.submissions().total() >= PEOPLE)
        assert real.submissions() == dict.fromkeys(people, 1)
    assert endpoint.given == 2
    assert "xxxx" not in done.said
