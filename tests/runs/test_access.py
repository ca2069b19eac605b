"""Access tokens: shared, renewed in time, renewed once when refused; with a real token endpoint and a real relay."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailer.errors import ConfigProblem, MailerError
from mailer.reply.policy import classify
from mailer.reply.values import Scope, Stage
from mailer.runs.office.access_tokens import Access
from mailer.settings import Grant, OAuth, Relay, Secret, Security, Timeouts
from mailer.smtp.session import RelayRefusal
from tests.servers import HOST, Act, ScriptedServer, make_certificates, scripted_server
from tests.tokens import TokenEndpoint, token_endpoint

NAME = "press@example.org"
REFRESH = "1//refresh-gannet-7431"
CERTIFICATES = make_certificates()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with token_endpoint(TokenEndpoint(refresh_tokens={REFRESH}, certificates=CERTIFICATES)) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    CERTIFICATES.authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "refresh").write_text(REFRESH)
    (tmp_path / "refresh").chmod(0o600)
    return tmp_path


def server_for(endpoint: TokenEndpoint, **script: Any) -> ScriptedServer:
    """Return a relay that takes the token that the endpoint gave last."""
    users: dict[str, str] = {NAME: "none yet"}
    endpoint.on_token = lambda token: users.update({NAME: token})
    return ScriptedServer(tls="implicit", certificates=CERTIFICATES, users=users, mechanisms="PLAIN XOAUTH2", **script)


def access(server: ScriptedServer, url: str, desk: Path, clock: Clock, **changes: Any) -> Access:
    place = changes.pop("place", {"refresh_token_env": "T"})
    ca_file = str(desk / "ca.pem")
    oauth = OAuth(**({"client_id": "press-app", "token_url": url, "ca_file": ca_file} | place | changes))
    relay = Relay(
        key="main",
        host=HOST,
        port=server.port or 1,
        security=Security.IMPLICIT,
        username=NAME,
        ca_file=ca_file,
        oauth=oauth,
        timeouts=Timeouts(connect_s=60),
    )
    return Access(
        relay, Grant(Secret(REFRESH), Secret("s") if "client_secret_env" in changes else None), root=desk, clock=clock
    )


def logins(server: ScriptedServer) -> int:
    return len([line for line in server.commands if line.startswith("AUTH")])


async def connect(way: Access, times: int = 1) -> None:
    """Open so many sessions at once, and close them."""
    for session in await asyncio.gather(*(way.connect() for _ in range(times))):
        await session.close()


async def failed(way: Access) -> MailerError:
    with pytest.raises(MailerError) as caught:
        await way.connect()
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.hint + repr(caught.value)
    assert REFRESH not in shown
    assert "access-token" not in shown
    return caught.value


async def test_all_connections_share_one_token(endpoint: TokenEndpoint, desk: Path, clock: Clock) -> None:
    async with scripted_server(server_for(endpoint)) as server:
        way = access(server, endpoint.url, desk, clock)
        await connect(way, 3)
        await connect(way, 3)
    assert logins(server) == 6
    assert endpoint.asked == [{"grant_type": "refresh_token", "client_id": "press-app", "refresh_token": REFRESH}]
    assert way.notes == ()


async def test_the_clients_secret_and_the_scope_go_with_it(endpoint: TokenEndpoint, desk: Path, clock: Clock) -> None:
    endpoint.client = ("press-app", "s")
    async with scripted_server(server_for(endpoint)) as server:
        await connect(access(server, endpoint.url, desk, clock, client_secret_env="S", preset="microsoft365"))
    assert endpoint.asked[0]["client_secret"] == "s"
    assert endpoint.asked[0]["scope"] == "https://outlook.office.com/SMTP.Send offline_access"


@pytest.mark.parametrize(
    "lasts, in_time_s, too_late_s", [(3600, 3400, 3500), ("3600", 3400, 3500), (None, 400, 500), (-5, 400, 500)]
)
async def test_a_token_is_renewed_shortly_before_it_expires(
    lasts: float | str | None, in_time_s: float, too_late_s: float, endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    endpoint.lasts_s = lasts
    async with scripted_server(server_for(endpoint)) as server:
        way = access(server, endpoint.url, desk, clock)
        await connect(way)
        start = clock.now
        clock.now = start + timedelta(seconds=in_time_s)
        await connect(way)
        assert endpoint.given == 1
        clock.now = start + timedelta(seconds=too_late_s)
        await connect(way, 3)
    assert endpoint.given == 2
    assert logins(server) == 5


async def test_a_token_that_the_relay_no_longer_takes_is_renewed_once_for_all_connections(
    endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    script = server_for(endpoint)
    assert isinstance(script.users, dict)
    async with scripted_server(script) as server:
        way = access(server, endpoint.url, desk, clock)
        for turn in (2, 3):
            await connect(way, 3)
            script.users[NAME] = "revoked"
            await connect(way, 3)
            assert endpoint.given == turn


async def test_where_a_fresh_token_is_refused_too_nobody_tries_a_third(
    endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    script = server_for(endpoint)
    endpoint.on_token = lambda _: None
    async with scripted_server(script) as server:
        way = access(server, endpoint.url, desk, clock)
        for _ in range(3):
            refusal = await failed(way)
            assert isinstance(refusal, RelayRefusal)
            assert (refusal.reply.stage, refusal.reply.code) == (Stage.AUTH, 535)
            assert classify(refusal.reply).scope is Scope.RUN
    assert endpoint.given == 2
    assert logins(server) == 2 + 1 + 1


@pytest.mark.parametrize("line", ["454 4.7.0 Later", "534 5.7.9 Other method", "550 5.7.30 Not for you"])
async def test_other_refusals_are_not_about_the_token(
    line: str, endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    async with scripted_server(server_for(endpoint, at={"auth": Act(line)})) as server:
        await failed(access(server, endpoint.url, desk, clock))
    assert (endpoint.given, logins(server)) == (1, 1)


@pytest.mark.parametrize(
    "status, body",
    [
        (400, {"error": "invalid_grant", "error_description": f"AADSTS70000: {REFRESH} was revoked"}),
        (400, {"error": "interaction_required"}),
    ],
)
async def test_a_refresh_token_that_is_no_longer_taken_asks_for_signing_in_once(
    status: int, body: dict[str, Any], endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    endpoint.answer = lambda _: (status, body)
    way = access(ScriptedServer(), endpoint.url, desk, clock)
    problem = await failed(way)
    assert isinstance(problem, ConfigProblem)
    assert problem.exit_code == 3
    assert f"relay main: the token endpoint ({HOST}) no longer takes the refresh token" in problem.message
    assert body["error"] in problem.message
    assert ("AADSTS70000" in problem.message) == ("error_description" in body)
    assert problem.hint.startswith("Sign in again")
    await failed(way)
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize(
    "status, body, message",
    [
        (401, {"error": "invalid_client"}, "gives no access token: 401 invalid_client"),
        (400, {"error": "invalid_scope", "error_description": "AADSTS70011: no"}, "400 invalid_scope AADSTS70011"),
        (400, {"error": f"token {REFRESH} is bad"}, "400 and no reason that can be read"),
        (404, b"<html>nothing here</html>", "404 and no reason that can be read"),
        (302, {}, "302 and no reason that can be read"),
        (200, {"token_type": "Bearer"}, "gave no access token"),
        (200, {"access_token": "a\x01auth=b"}, "gave no access token"),
        (200, {"access_token": ["a"]}, "gave no access token"),
        (200, b"[" * 30_000, "gave no access token"),
        (200, b"\xff", "gave no access token"),
    ],
)
async def test_what_will_not_mend_by_itself_is_a_matter_of_the_settings(
    status: int, body: dict[str, Any] | bytes, message: str, endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    endpoint.answer = lambda _: (status, body)
    problem = await failed(access(ScriptedServer(), endpoint.url, desk, clock))
    assert isinstance(problem, ConfigProblem)
    assert message in problem.message


@pytest.mark.parametrize(
    "answer", [(503, b"busy"), (500, {"error": "server_error"}), (429, {}), (400, {"error": "slow_down"})]
)
async def test_an_endpoint_that_is_busy_is_asked_again_later(
    answer: tuple[int, Any], endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    answers = [answer]
    endpoint.answer = lambda _: answers.pop() if answers else None
    async with scripted_server(server_for(endpoint)) as server:
        way = access(server, endpoint.url, desk, clock)
        refusal = await failed(way)
        assert isinstance(refusal, RelayRefusal)
        assert classify(refusal.reply).scope is Scope.CONNECTION
        assert f"it answered {answer[0]}" in refusal.message
        await connect(way)
    assert endpoint.given == 1


async def test_an_endpoint_that_is_not_there_is_a_relay_that_cannot_be_used_now(desk: Path, clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        url = f"https://{HOST}:{taken.getsockname()[1]}/token"
        refusal = await failed(access(ScriptedServer(), url, desk, clock))
    assert isinstance(refusal, RelayRefusal)
    assert refusal.exit_code == 4
    assert refusal.message == (
        f"relay main: the token endpoint ({HOST}) cannot be reached: nothing answers there (connection refused)"
    )
    assert classify(refusal.reply).scope is Scope.CONNECTION


async def test_an_endpoint_that_nobody_vouches_for_gets_nothing(
    endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    refusal = await failed(access(ScriptedServer(), endpoint.url, desk, clock, ca_file=""))
    assert "its certificate cannot be trusted" in str(refusal)
    assert endpoint.asked == []


async def test_a_new_refresh_token_is_kept_in_the_file_and_used_next(
    endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    endpoint.rotates = True
    async with scripted_server(server_for(endpoint)) as server:
        way = access(server, endpoint.url, desk, clock, place={"refresh_token_file": "refresh"})
        await connect(way)
        assert (desk / "refresh").read_text() == "refresh-token-number-2\n"
        clock.now += timedelta(hours=2)
        await connect(way)
    assert [each["refresh_token"] for each in endpoint.asked] == [REFRESH, "refresh-token-number-2"]
    assert (desk / "refresh").read_text() == "refresh-token-number-3\n"
    assert way.notes == ()


async def test_a_new_refresh_token_without_a_file_is_used_as_long_as_this_runs_and_told(
    endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    endpoint.rotates = True
    async with scripted_server(server_for(endpoint)) as server:
        way = access(server, endpoint.url, desk, clock)
        for _ in range(3):
            await connect(way)
            clock.now += timedelta(hours=2)
    assert endpoint.given == 3
    (note,) = way.notes
    assert "with refresh_token_file it would be kept" in note
    assert "refresh-token-number" not in note


async def test_a_refresh_token_that_another_process_put_into_the_file_is_the_one_that_counts(
    endpoint: TokenEndpoint, desk: Path, clock: Clock
) -> None:
    async with scripted_server(server_for(endpoint)) as server:
        way = access(server, endpoint.url, desk, clock, place={"refresh_token_file": "refresh"})
        await connect(way)
        endpoint.refresh_tokens = {"newer"}
        (desk / "refresh").write_text("newer\n")
        clock.now += timedelta(hours=2)
        await connect(way)
    assert [each["refresh_token"] for each in endpoint.asked] == [REFRESH, "newer"]
