"""`mailer bounces collect` from a real Dovecot: each message counts once, is marked once it is safe, and stays."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.mailboxes import PASSWORD, USER, Dovecot
from tests.office import Desk, finish, in_the_ledger, interrupt, wait_until
from tests.servers import ScriptedServer
from tests.services.bounced import COLLECT, ENV, bounces, counted_once, inbox_table, send_to_many, taken_in, use

pytestmark = pytest.mark.service("dovecot")

PROCESSED = b"$Processed"
OVER = [(None, "")]


@pytest.fixture
def mail(dovecot: Dovecot) -> Iterator[Dovecot]:
    dovecot.empty()
    yield dovecot
    dovecot.empty()


@pytest.fixture
def sent(desk: Desk, server: ScriptedServer, mail: Dovecot) -> list[bytes]:
    """A mailing went out, and everybody's bounce is at hand; the mailbox is still empty."""
    use(desk, server, inbox_table(mail))
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    return bounces(server)


def again(desk: Desk, server: ScriptedServer, mail: Dovecot, **changes: Any) -> None:
    use(desk, server, inbox_table(mail, **changes))


def collect(desk: Desk, *words: str) -> dict[str, Any]:
    done = desk.run(*COLLECT, *words, "--json", env=ENV)
    assert done.code == 0, done.said
    assert PASSWORD not in done.said
    document: dict[str, Any] = done.json
    return document


@pytest.mark.parametrize("scheme", ["imaps", "imap", "pop3s", "pop3"])
def test_bounces_are_read_over_every_door_and_stay_unseen(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes], scheme: str
) -> None:
    again(desk, server, mail, scheme=scheme)
    mail.append(*sent[:3], folder="INBOX")
    told = collect(desk)
    assert (told["messages"], told["known"], told["people"]) == (3, 0, {"bounced_hard": 3})
    flags = set(mail.inbox().values())
    assert flags == ({(PROCESSED,)} if scheme.startswith("imap") else flags)
    assert not any(b"\\Deleted" in each for each in flags)
    mail.append(*sent[3:], folder="INBOX")
    told = collect(desk)
    assert (told["messages"], told["people"]) == (2, {"bounced_hard": 2})  # what was read is not fetched again
    assert len(mail.inbox()) == 5
    assert collect(desk)["messages"] == 0
    counted_once(desk, 5)
    assert not any(PASSWORD.encode() in data for data in desk.files().values())
    assert PASSWORD not in mail.log()


def test_a_mailbox_that_is_kept_as_it_is_is_not_even_opened_for_writing(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    again(desk, server, mail, after="keep")
    mail.append(*sent, folder="INBOX")
    assert collect(desk)["messages"] == 5
    assert collect(desk)["messages"] == 0
    assert set(mail.inbox().values()) == {()}


def test_what_was_read_moves_to_a_folder_that_is_made_for_it(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    again(desk, server, mail, after="move", folder="Gelesen/Rückläufer")
    mail.append(*sent, b"From: ada@a.example.com\r\nSubject: Re: lamps\r\n\r\nMay I call you?\r\n", folder="INBOX")
    assert collect(desk)["messages"] == 6
    assert list(mail.inbox().values()) == [()]  # a letter stays where people read it
    read = "Gelesen.Rückläufer"  # the server's own separator
    assert set(mail.inbox(read).values()) == {()}
    mail.append(sent[0], folder="INBOX")
    told = collect(desk)
    assert (told["messages"], told["known"]) == (1, 1)
    assert len(mail.inbox(read)) == 6
    assert desk.report()["bounced"] == {"hard": 5, "soft": 0}


def test_a_dry_run_says_what_it_would_do_and_leaves_mailbox_and_ledger_alone(
    desk: Desk, mail: Dovecot, sent: list[bytes]
) -> None:
    mail.append(*sent[:2], folder="INBOX")
    told = collect(desk, "--dry-run")
    assert (told["dry_run"], told["messages"], told["people"]) == (True, 2, {"bounced_hard": 2})
    assert set(mail.inbox().values()) == {()}
    assert taken_in(desk) == 0
    assert in_the_ledger(desk, "SELECT * FROM inbox_cursor") == []
    assert desk.report()["bounced"] == {"hard": 0, "soft": 0}
    shown = desk.run(*COLLECT, "--dry-run", env=ENV)
    assert "nothing was recorded or marked as read" in shown.out
    assert collect(desk)["people"] == {"bounced_hard": 2}


def test_another_numbering_reads_all_again_and_counts_nothing_twice(
    desk: Desk, mail: Dovecot, sent: list[bytes]
) -> None:
    mail.append(*sent[:4], folder="INBOX")
    assert collect(desk)["messages"] == 4
    folder = mail.root / "mail" / USER / "Maildir"
    for name in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
        (folder / name).unlink(missing_ok=True)
    listed = folder / "dovecot-uidlist"
    listed.write_text("3 V4711 N1 Gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n")
    mail.append(sent[4], folder="INBOX")
    told = collect(desk)
    assert (told["messages"], told["known"], told["people"]) == (5, 4, {"bounced_hard": 1})
    assert any("has renumbered its messages" in each for each in told["notes"])
    assert collect(desk)["messages"] == 0
    counted_once(desk, 5)


def test_a_mailbox_that_cannot_be_read_keeps_no_other_from_being_read_and_is_remembered(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    gone = inbox_table(mail, key="gone").replace(str(mail.tls_port), "1")
    use(desk, server, gone, inbox_table(mail, key="other"))
    mail.append(*sent, folder="INBOX")
    done = desk.run(*COLLECT, "--json", env=ENV)
    assert done.code == 4
    assert done.json["people"] == {"bounced_hard": 5}
    assert [each["code"] for each in done.json["problems"]] == ["mailbox"]
    since = in_the_ledger(desk, "SELECT failed_since, failure FROM inbox_cursor WHERE name LIKE 'gone %'")
    assert since[0][0]
    assert "connection refused" in since[0][1]
    desk.run(*COLLECT, env=ENV)
    later = in_the_ledger(desk, "SELECT failed_since FROM inbox_cursor WHERE name LIKE 'gone %'")
    assert later == [since[0][:1]]  # since the first of them
    use(desk, server, inbox_table(mail, key="gone"))
    assert desk.run(*COLLECT, env=ENV).code == 0
    assert in_the_ledger(desk, "SELECT failed_since, failure FROM inbox_cursor WHERE name LIKE 'gone %'") == [
        (None, "")
    ]


@pytest.mark.parametrize(
    "changes, env, code, said",
    [
        ({}, {"BOUNCES_PASSWORD": "gannet Möwe #8"}, 4, "refused the login"),
        ({"scheme": "pop3s"}, {"BOUNCES_PASSWORD": "gannet Möwe #8"}, 4, "refused the login"),
        ({}, {}, 3, "no password"),
        ({"mailbox": "Rückläufer"}, ENV, 3, 'does not open the folder "Rückläufer"'),
        ({"ca_file": ""}, ENV, 4, "no password was sent"),
        ({"scheme": "pop3", "ca_file": ""}, ENV, 4, "no password was sent"),
    ],
)
def test_what_fails_is_one_sentence_without_the_password(
    desk: Desk,
    server: ScriptedServer,
    mail: Dovecot,
    sent: list[bytes],
    changes: dict[str, Any],
    env: dict[str, str],
    code: int,
    said: str,
) -> None:
    again(desk, server, mail, **changes)
    done = desk.run(*COLLECT, env=env)
    assert done.code == code
    assert said in done.said
    assert "Traceback" not in done.said
    assert "gannet" not in done.said + mail.log()
    assert not any(b"gannet" in data for data in desk.files().values())
    assert sent


def test_the_watch_hears_of_new_mail_at_once_and_stops_politely(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    again(desk, server, mail, every_s=3600)  # whoever only polled would wait in vain
    mail.append(sent[0], folder="INBOX")
    process = desk.start(*COLLECT, "--watch", env=ENV)
    wait_until(lambda: taken_in(desk) == 1)
    wait_until(lambda: set(mail.inbox().values()) == {(PROCESSED,)})
    mail.append(*sent[1:4], folder="INBOX")
    wait_until(lambda: taken_in(desk) == 4)
    mail.kill()
    mail.start()
    mail.append(sent[4], folder="INBOX")
    wait_until(lambda: taken_in(desk) == 5)
    interrupt(process, signal.SIGINT)
    done = finish(process)
    assert (done.code, done.out) == (0, "")
    assert re.search(r"inbox main: 1 new message · 1 bounced: the address is dead", done.err)
    assert re.search(r"inbox main: cy@c.example.com is suppressed from now on", done.err)
    assert PASSWORD not in done.err
    counted_once(desk, 5)


def worker_that_waits(desk: Desk, mail: Dovecot) -> subprocess.Popen[str]:
    """Start a worker, and wait until it has read the mailbox."""
    before = mail.log().count("Logged in: ")
    process = desk.start("worker", env=ENV)
    wait_until(lambda: mail.log().count("Logged in: ") > before)
    return process


def test_a_worker_reads_the_mailbox_by_itself(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    again(desk, server, mail, every_s=3600)
    mail.append(*sent[:2], folder="INBOX")
    assert desk.run("worker", "--once", env=ENV).code == 0
    assert taken_in(desk) == 2
    one = worker_that_waits(desk, mail)
    two = worker_that_waits(desk, mail)
    mail.append(*sent[2:], folder="INBOX")
    wait_until(lambda: taken_in(desk) == 5)
    for process in (one, two):
        interrupt(process, signal.SIGTERM)
    for process in (one, two):
        done = finish(process)
        assert done.code == 0
        assert "Traceback" not in done.err
    counted_once(desk, 5)


def test_a_worker_tells_once_that_a_mailbox_is_gone_and_once_that_it_is_back(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    again(desk, server, mail)
    mail.kill()
    worker = desk.start("worker", env=ENV)
    wait_until(lambda: in_the_ledger(desk, "SELECT count(*) FROM inbox_cursor WHERE failure != ''") == [(1,)])
    mail.start()
    mail.append(sent[0], folder="INBOX")
    wait_until(lambda: taken_in(desk) == 1)
    interrupt(worker, signal.SIGTERM)
    done = finish(worker)
    assert done.err.count("connection refused") == 1
    assert "inbox main can be read again" in done.err


def test_thousands_of_messages_are_read_and_marked(desk: Desk, server: ScriptedServer, mail: Dovecot) -> None:
    """Letters to nobody in particular: what is counted here is that none is lost on the way."""
    again(desk, server, mail)
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    mail.deliver([f"From: a{n}@example.net\r\nSubject: letter {n}\r\n\r\nHello.\r\n".encode() for n in range(2500)])
    told = collect(desk)
    assert (told["messages"], told["known"], told["kinds"]) == (2500, 0, {"none": 2500})
    assert set(mail.inbox().values()) == {(PROCESSED,)}
    assert in_the_ledger(desk, "SELECT uid FROM inbox_cursor") == [(max(mail.inbox()),)]


@pytest.mark.parametrize("scheme, after", [("imaps", "keyword"), ("imaps", "move"), ("pop3s", "")])
def test_a_mail_server_that_is_killed_six_times_loses_nothing_and_doubles_nothing(
    desk: Desk, server: ScriptedServer, mail: Dovecot, scheme: str, after: str
) -> None:
    messages = send_to_many(desk, server, inbox_table(mail, scheme=scheme, after=after))
    mail.deliver(messages)
    process = desk.start(*COLLECT, env=ENV)
    for kill in range(6):
        goal = (2 * kill + 1) * len(messages) // 12
        wait_until(lambda: taken_in(desk) >= goal or process.poll() is not None)  # noqa: B023 - at once
        mail.kill()
        mail.start()
        if process.poll() is not None:
            process = desk.start(*COLLECT, env=ENV)
    finish(process)
    assert desk.run(*COLLECT, env=ENV).code == 0
    counted_once(desk, len(messages))
    all_there(mail, after, len(messages))


@pytest.mark.parametrize("scheme, after", [("imaps", "move"), ("pop3s", "")])
def test_a_reader_that_is_killed_six_times_loses_nothing_and_doubles_nothing(
    desk: Desk, server: ScriptedServer, mail: Dovecot, scheme: str, after: str
) -> None:
    messages = send_to_many(desk, server, inbox_table(mail, scheme=scheme, after=after))
    mail.deliver(messages)
    for kill in range(6):
        process = desk.start(*COLLECT, env=ENV)
        goal = (2 * kill + 1) * len(messages) // 12
        wait_until(lambda: taken_in(desk) >= goal or process.poll() is not None)  # noqa: B023 - at once
        process.kill()
        finish(process)
    assert desk.run(*COLLECT, env=ENV).code == 0
    counted_once(desk, len(messages))
    all_there(mail, after, len(messages))


def all_there(mail: Dovecot, after: str, count: int) -> None:
    """Every message is still there, marked as it was asked for, and nobody saw that it was read."""
    read = mail.inbox("Processed") if after == "move" else mail.inbox()
    assert len(read) == count
    if after == "keyword":
        assert set(read.values()) == {(PROCESSED,)}
    if after == "move":
        assert mail.inbox() == {}
        assert set(read.values()) == {()}
    assert not any(b"\\Deleted" in flags for flags in read.values())


def test_the_doctor_looks_whether_each_mailbox_can_be_read_and_changes_nothing(
    desk: Desk, server: ScriptedServer, mail: Dovecot, sent: list[bytes]
) -> None:
    mail.append(*sent[:2], folder="INBOX")
    wrong = inbox_table(mail, key="wrong", mailbox="Nowhere")
    use(desk, server, inbox_table(mail, after="move"), wrong, inbox_table(mail, key="pop", scheme="pop3s"))
    done = desk.run("doctor", "--only", "mailboxes", "--json", env=ENV)
    found = {each["name"]: each for each in done.json["checks"]}
    assert done.code == 3
    assert found["inbox main"]["message"] == "2 messages in INBOX; what was read is moved to Processed"
    assert "they stay on the server" in found["inbox pop"]["message"]
    assert (found["inbox wrong"]["state"], "Nowhere" in found["inbox wrong"]["message"]) == ("wrong", True)
    assert set(mail.inbox().values()) == {()}
    with mail.client() as client:
        assert not client.folder_exists("Processed")
