"""The opt-out link on a ledger that hosts share: PostgreSQL says the same."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from tests.office import Desk, mail_of
from tests.postgres import Postgres
from tests.public.hosts import serving_here, suppressed, tokens_of
from tests.servers import ScriptedServer

ADA, BO = "ada@a.example.com", "bo@b.example.com"


@pytest.fixture
def shared(desk: Desk, server: ScriptedServer, shared_url: str) -> Desk:
    desk.settings(server, more=f'[ledger]\nurl = "{shared_url}"\n')
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert mail_of(server.accepted[0])["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return desk


@pytest.mark.slow
def test_on_postgresql_the_link_does_what_it_does_on_sqlite(
    shared: Desk, server: ScriptedServer, postgres: Postgres, shared_url: str
) -> None:
    tokens = tokens_of(server)
    with serving_here(shared) as one, serving_here(shared) as other:
        assert one.post(tokens[ADA]).status == 200
        assert other.post(tokens[ADA]).status == 200
        assert other.post(tokens[BO], "do=opt-out&scope=list&reason=nul%00+inside").status == 200
        assert suppressed(shared) == {ADA: "everywhere", BO: "list:coast"}
        assert one.post(tokens[ADA], "do=undo").title == "You will get our mail as before"
        assert postgres.hang_up(shared_url)  # a server that is restarted
        assert one.post(tokens[BO]).status in {200, 503}
        assert one.post(tokens[BO]).status == 200
        assert one.ask("GET", "/healthz").status == 200
    assert suppressed(shared).keys() == {BO}
    assert shared.report()["opted_out"] == 2


@pytest.mark.slow
def test_on_postgresql_a_spool_is_taken_in_once(shared: Desk, server: ScriptedServer, tmp_path: Path) -> None:
    assert shared.run("optouts", "export", "--key", str(shared.root / "door.key")).code == 0
    tokens = tokens_of(server)
    spool = tmp_path / "spool"
    with serving_here(shared, spool=spool) as small:
        assert {small.post(token).status for token in tokens.values()} == {200}
    first = shared.run("optouts", "import", "--spool", str(spool), "--json").json
    again = shared.run("optouts", "import", "--spool", str(spool), "--json").json
    assert (first["new"], again["new"], again["known"]) == (5, 0, 5)


@pytest.mark.slow
def test_a_host_whose_database_does_not_answer_says_that_it_is_not_ready_and_lives(
    shared: Desk, shared_url: str
) -> None:
    with serving_here(shared) as host:
        assert host.ask("GET", "/ready").status == 200
        with psycopg.connect(shared_url) as other:
            other.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
            answers = [host.ask("GET", "/ready") for _ in range(12)]
            assert {each.status for each in answers} == {503}
            assert {json.loads(each.text)["reason"] for each in answers} == {
                "no answer within 1 s from where opt-outs are kept"
            }
            assert host.ask("GET", "/health").status == 200
        assert host.ask("GET", "/ready").status == 200
