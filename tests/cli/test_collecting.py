"""`mailer bounces collect`: which mailboxes are read, what a dry run leaves alone, and --watch."""

from __future__ import annotations

import signal
from datetime import UTC, datetime

import pytest

from mailer.preview.server import compose_dsn
from tests.office import Desk, finish, in_the_ledger, interrupt, put_into_maildir, wait_until
from tests.servers import ScriptedServer

COLLECT = ("bounces", "collect")
NOW = datetime(2026, 10, 3, 8, tzinfo=UTC)


@pytest.fixture
def bounces(desk: Desk, server: ScriptedServer) -> list[bytes]:
    desk.settings(server, more='[inbox.other]\nurl = "maildir:elsewhere"\n')
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    return [
        compose_dsn(each.mail_from, each.rcpt_to[0], each.data, answer=(550, "5.1.1 unknown user"), now=NOW)
        for each in server.accepted
    ]


def taken_in(desk: Desk) -> int:
    return int(in_the_ledger(desk, "SELECT count(*) FROM inbound")[0][0])


def test_one_mailbox_is_read_or_all_and_one_that_is_missing_keeps_no_other_from_being_read(
    desk: Desk, bounces: list[bytes]
) -> None:
    put_into_maildir(desk.root / "elsewhere", bounces[:2])
    done = desk.run(*COLLECT, "--json")
    assert (done.code, done.json["messages"]) == (2, 2)
    assert [each["source"] for each in done.json["problems"]] == [str(desk.root / "returned")]
    put_into_maildir(desk.root / "returned", bounces[2:])
    one = desk.run(*COLLECT, "--inbox", "main", "--json")
    assert (one.code, one.json["messages"]) == (0, 3)
    assert desk.run(*COLLECT, "--json").json["known"] == 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, code, phrase",
    [
        (("--inbox", "mian"), 3, 'there is no inbox "mian" in mailer.toml that is read; did you mean "main"?'),
        (("--inbox", "main", "elsewhere"), 2, "cannot be combined with a path"),
        (("--watch", "elsewhere"), 2, "cannot be combined with a path"),
        (("--watch", "--json"), 2, "runs until Ctrl-C"),
        (("--watch", "--dry-run"), 2, "runs until Ctrl-C"),
        (("--watch", "--inbox", "mian"), 3, "did you mean"),
    ],
)
def test_what_does_not_go_together_is_said(
    desk: Desk, bounces: list[bytes], words: tuple[str, ...], code: int, phrase: str
) -> None:
    assert bounces
    done = desk.run(*COLLECT, *words)
    assert done.code == code
    assert phrase in done.said


def test_a_dry_run_tells_what_it_would_do_and_the_ledger_knows_nothing_of_it(desk: Desk, bounces: list[bytes]) -> None:
    put_into_maildir(desk.root / "returned", [*bounces, bounces[0]])
    done = desk.run(*COLLECT, "--inbox", "main", "--dry-run", "--json")
    assert done.code == 0
    assert (done.json["messages"], done.json["known"], done.json["people"]) == (6, 1, {"bounced_hard": 5})
    assert taken_in(desk) == 0
    assert in_the_ledger(desk, "SELECT count(*) FROM suppression") == [(0,)]
    assert in_the_ledger(desk, "SELECT count(*) FROM inbox_cursor") == [(0,)]


@pytest.mark.slow
def test_a_watch_takes_what_arrives_in_a_maildir_and_tells_each_thing_once(desk: Desk, bounces: list[bytes]) -> None:
    put_into_maildir(desk.root / "returned", bounces[:1])
    process = desk.start(*COLLECT, "--watch", "--inbox", "main")
    wait_until(lambda: taken_in(desk) == 1)
    put_into_maildir(desk.root / "returned", bounces[1:3])
    wait_until(lambda: taken_in(desk) == 3)
    interrupt(process, signal.SIGTERM)
    done = finish(process)
    assert (done.code, done.out) == (0, "")
    assert done.err.count("is suppressed from now on") == 3
    assert "Traceback" not in done.err


@pytest.mark.slow
def test_a_worker_reads_beside_sending_and_a_mailbox_that_is_missing_fails_nothing(
    desk: Desk, bounces: list[bytes]
) -> None:
    put_into_maildir(desk.root / "elsewhere", bounces)
    done = desk.run("worker", "--once")
    assert done.code == 0
    assert "inbox main: " in done.err
    assert "there is no such file or folder" in done.err
    assert taken_in(desk) == 5
    assert "5 bounced: the address is dead" in done.err
    assert "@" not in done.err  # nothing is erased from a journal


@pytest.mark.slow
def test_a_mailbox_that_is_kept_from_the_worker_is_read_by_collect_alone(desk: Desk, bounces: list[bytes]) -> None:
    put_into_maildir(desk.root / "elsewhere", bounces)
    env = {"MAILER_INBOX__OTHER__BY_WORKER": "false"}
    done = desk.run("worker", "--once", env=env)
    assert (done.code, taken_in(desk)) == (0, 0)
    assert "other" not in done.err
    assert desk.run(*COLLECT, "--inbox", "other", env=env).code == 0
    assert taken_in(desk) == 5


def test_a_worker_names_a_mailbox_without_a_password_once(desk: Desk, server: ScriptedServer) -> None:
    desk.settings(server, more='[inbox.away]\nurl = "imaps://press@127.0.0.1:1/INBOX"\npassword_env = "NOT_SET"\n')
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    errors = desk.run("worker", "--once").err
    assert "inbox away: no password" in errors
    assert errors.count("inbox away") == 1
