"""Expired recipients can be sent to after all, on request."""

from __future__ import annotations

import pytest

from tests.office import Desk, in_the_ledger, let_pass, times_taken
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")


@pytest.fixture
def late(desk: Desk, server: ScriptedServer) -> Desk:
    """Return a desk whose mailing was deferred for all recipients, and then expired."""
    desk.settings(server, more="")
    server.at = {"mail": Act("451 4.3.0 not now")}
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text("utf-8").replace("[0.1]", "[600]"))
    desk.run("resume", "lamps")
    desk.run("send", "lamps", "--to", "coast", "--yes", "--expires", "1m", env={"MAILER_RETRY__STAY_S": "0"})
    let_pass(desk, hours=48)
    server.at = {}
    desk.run("resume", "lamps")
    return desk


@pytest.mark.slow
def test_the_closing_words_name_who_expired_and_the_command_that_brings_them_back(late: Desk) -> None:
    assert set(late.states().values()) == {"expired"}
    done = late.run(*SEND)
    assert done.code == 1
    assert "5 of its recipients expired" in done.err
    assert "everybody on these lists is in it" not in done.err
    assert "mailer resume lamps --expired" in done.err
    assert "Expired     5" in done.err


@pytest.mark.slow
def test_whoever_expired_gets_it_with_the_command_that_is_named(late: Desk, server: ScriptedServer) -> None:
    assert late.run("optouts", "add", "cy@c.example.com").code == 0
    assert late.run("resume", "lamps").code == 1  # no expired recipient is included without the option
    assert server.accepted == []
    done = late.run("resume", "lamps", "--expired", "--expires", "12h")
    assert done.code == 0, done.said
    assert sorted(times_taken(server)) == sorted(f"{name}@{name[0]}.example.com" for name in ("ada", "bo", "di", "ed"))
    assert late.states()["cy@c.example.com"] == "skipped"
    assert late.report()["state"] == "finished"
    events = in_the_ledger(late, "SELECT count(*) FROM event WHERE kind = 'revived'")
    assert events == [(5,)]


@pytest.mark.slow
def test_where_nobody_expired_or_the_new_end_is_over_nobody_is_brought_back(late: Desk) -> None:
    assert late.run("resume", "lamps", "--expires", "2d").code == 2
    assert late.run("resume", "lamps", "--expired", "--expires", "2020-01-01 09:00 UTC").code == 2
    assert late.run("resume", "lamps", "--expired").code == 0
    refused = late.run("resume", "lamps", "--expired")
    assert (refused.code, "nobody in lamps has expired" in refused.err) == (2, True)


@pytest.mark.slow
def test_whoever_was_refused_and_is_too_late_by_now_gets_it_with_both_flags(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, connections=1)
    server.at = {"rcpt": [Act("550 5.7.1 not from you")]}
    assert desk.run(*SEND).code == 1
    refused = [address for address, state in desk.states().items() if state == "rejected"]
    assert len(refused) == 1
    server.at = {}
    let_pass(desk, hours=48)
    alone = desk.run("resume", "lamps", "--refused")
    assert (alone.code, "mailer resume lamps --refused --expired" in alone.err) == (2, True)
    assert desk.states()[refused[0]] == "rejected"
    assert desk.run("resume", "lamps", "--refused", "--expired").code == 0  # nobody expired, which is no error
    assert set(times_taken(server).values()) == {1}
    assert set(desk.states().values()) == {"accepted"}
