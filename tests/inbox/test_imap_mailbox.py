"""Reading a folder as servers show it on bad days: what is refused, vanishes, is too large, or cannot be marked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from mailer.errors import MailboxUnavailable, Problem
from mailer.inbox.mailbox import open_mailbox
from mailer.inbox.values import ConnectionBroken, Entry, LoginRefused, Mailbox, Position, RawMessage
from mailer.settings import Inbox, Secret
from tests.inbox.line_peer import HOST, ImapScript, LinePeer, line_peer
from tests.servers import Certificates, make_certificates

PASSWORD = "gannet Möwe #7"
GREETING = b"* OK ready\r\n"


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return make_certificates()


@pytest.fixture
def script() -> ImapScript:
    return ImapScript({uid: f"Subject: letter {uid}\r\n\r\nhi\r\n".encode() for uid in range(1, 6)})


@pytest.fixture
def peer(script: ImapScript, certificates: Certificates) -> Iterator[LinePeer]:
    with line_peer(GREETING, script, certificates.server) as running:
        yield running


@pytest.fixture
def authority(certificates: Certificates, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    certificates.authority.cert_pem.write_to_path(str(path))
    return str(path)


def opened(peer: LinePeer, authority: str, **keys: Any) -> Mailbox:
    url = f"imaps://press@{HOST}:{peer.port}/INBOX"
    inbox = Inbox(key="main", url=url, password_env="X", ca_file=authority, **keys)
    return open_mailbox(inbox, Path(), Secret(PASSWORD))


def uids(entries: list[Entry | Position]) -> list[int]:
    return [int(each.source.rpartition(" ")[2]) for each in entries if isinstance(each, RawMessage)]


def read(mailbox: Mailbox, start: Position = Position()) -> list[Entry | Position]:  # noqa: B008 - a frozen value
    try:
        return list(mailbox.read(start))
    finally:
        mailbox.close()


def test_messages_are_given_then_marked_and_only_then_is_the_position_reached(peer: LinePeer, authority: str) -> None:
    mailbox = opened(peer, authority)
    entries = mailbox.read(Position(7, 2))
    given = [next(entries) for _ in range(3)]
    assert uids(list(given)) == [3, 4, 5]
    assert not any("STORE" in line for line in peer.received)
    assert next(entries) == Position(7, 5)
    assert peer.received[-1].endswith("UID STORE 3,4,5 +FLAGS.SILENT ($Processed)")
    assert list(entries) == [Position(7, 5)]
    mailbox.close()
    assert not any(word in line for line in peer.received for word in ("\\Seen", "\\Deleted", "EXPUNGE", "BODY[]"))


@pytest.mark.parametrize("start", [Position(), Position(6, 4)])
def test_the_first_time_and_under_another_numbering_all_is_read(
    peer: LinePeer, authority: str, start: Position
) -> None:
    assert uids(read(opened(peer, authority), start)) == [1, 2, 3, 4, 5]


def test_what_the_server_cannot_deliver_is_told_and_holds_the_position(
    peer: LinePeer, script: ImapScript, authority: str
) -> None:
    script.refused = {3}
    found = read(opened(peer, authority))
    assert uids(found) == [1, 2, 4, 5]
    (problem,) = [each for each in found if isinstance(each, Problem)]
    assert (problem.code, "SERVERBUG" in problem.message) == ("message-unreadable", True)
    assert found[-1] == Position(7, 2)
    script.refused = set()
    assert uids(read(opened(peer, authority), Position(7, 2))) == [3, 4, 5]


def test_what_was_deleted_meanwhile_is_passed_over(peer: LinePeer, script: ImapScript, authority: str) -> None:
    script.vanished = {2, 5}
    found = read(opened(peer, authority))
    assert (uids(found), found[-1]) == ([1, 3, 4], Position(7, 5))


def test_what_is_too_large_is_told_and_neither_fetched_nor_marked(
    peer: LinePeer, script: ImapScript, authority: str
) -> None:
    script.sizes = {2: 25_000_001}
    found = read(opened(peer, authority))
    assert (uids(found), found[-1]) == ([1, 3, 4, 5], Position(7, 5))
    assert [each.code for each in found if isinstance(each, Problem)] == ["message-too-large"]
    assert any("FETCH 1,3,4,5 (BODY.PEEK[])" in line for line in peer.received)
    assert any("STORE 1,3,4,5 " in line for line in peer.received)


def test_many_are_fetched_together_in_batches_of_a_bounded_size(
    peer: LinePeer, script: ImapScript, authority: str
) -> None:
    script.messages = dict.fromkeys(range(1, 1202), b"x")
    script.sizes = {5: 3_999_990, 6: 24_000_000}
    assert len(uids(read(opened(peer, authority)))) == 1201
    fetched = [line.split(" ")[3].split(",") for line in peer.received if "BODY.PEEK[]" in line]
    assert sum(map(len, fetched)) == 1201
    assert max(map(len, fetched)) == 100
    assert ["6"] in fetched  # a large one comes alone
    assert len(fetched) < 20


@pytest.mark.parametrize(
    "changes, keys, note, stored",
    [
        ({}, {"after": "move"}, "cannot move messages without deleting them", 1),
        ({"flags": "\\Seen \\Deleted"}, {}, "keeps no keywords", 0),
        ({"flags": "\\Seen"}, {"after": "move"}, "keeps no keywords", 0),
        ({"flags": "\\Seen $processed"}, {}, "", 1),
        ({"read_only": True}, {}, "read-only", 0),
        ({"capabilities": "IMAP4rev1 AUTH=PLAIN MOVE"}, {"after": "keep"}, "", 0),
    ],
)
def test_where_the_server_cannot_do_what_was_asked_it_is_said_and_nothing_is_deleted(
    peer: LinePeer,
    script: ImapScript,
    authority: str,
    changes: dict[str, Any],
    keys: dict[str, Any],
    note: str,
    stored: int,
) -> None:
    for name, value in changes.items():
        setattr(script, name, value)
    mailbox = opened(peer, authority, **keys)
    assert uids(read(mailbox)) == [1, 2, 3, 4, 5]
    assert note in " ".join(mailbox.notes)
    assert bool(note) == bool(mailbox.notes)
    assert sum("STORE" in line for line in peer.received) == stored
    assert not any(word in line for line in peer.received for word in ("COPY", "MOVE ", "\\Deleted", "EXPUNGE"))


def test_a_connection_that_breaks_is_one_that_another_may_mend(
    peer: LinePeer, script: ImapScript, authority: str
) -> None:
    script.broken_after = 0
    with pytest.raises(ConnectionBroken, match="broke off"):
        read(opened(peer, authority))


@pytest.mark.parametrize(
    "login, kind",
    [
        ("NO [AUTHENTICATIONFAILED] wrong", LoginRefused),
        ("NO [UNAVAILABLE] try later", ConnectionBroken),
        (f"NO not {PASSWORD}", LoginRefused),
    ],
)
def test_a_refused_login_is_not_tried_again_unless_the_server_is_at_fault(
    peer: LinePeer, script: ImapScript, authority: str, login: str, kind: type[MailboxUnavailable]
) -> None:
    script.login = login
    with pytest.raises(MailboxUnavailable) as caught:
        opened(peer, authority)
    assert type(caught.value) is kind
    assert "gannet" not in caught.value.message


@pytest.mark.parametrize(
    "nonsense",
    [
        b"* 1 FETCH (UID\r\n",
        b"* SEARCH one two\r\n",
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",
        b"* 1 FETCH (UID 1 RFC822.SIZE many)\r\n",
        b"\xff\xfe\r\n",
        b"* 1 FETCH ((((((((((\r\n",
    ],
)
def test_an_answer_that_is_nonsense_is_a_sentence_and_no_fault_of_ours(
    certificates: Certificates, authority: str, nonsense: bytes
) -> None:
    script = ImapScript({1: b"x"})

    def answer(line: str) -> bytes | None:
        if " UID FETCH" in line:
            return nonsense + f"{line.split(' ', maxsplit=1)[0]} OK done\r\n".encode() if b"{" not in nonsense else None
        return script(line)

    with line_peer(GREETING, answer, certificates.server) as peer:
        with pytest.raises(MailboxUnavailable) as caught:
            read(opened(peer, authority))
        assert caught.value.message


def test_waiting_without_idle_is_left_to_whoever_waits(peer: LinePeer, authority: str) -> None:
    mailbox = opened(peer, authority)
    assert not mailbox.wait(60, lambda: False)
    mailbox.close()


def test_waiting_ends_when_it_is_over_and_when_mail_comes(certificates: Certificates, authority: str) -> None:
    script = ImapScript({1: b"x"}, capabilities="IMAP4rev1 AUTH=PLAIN IDLE")
    arrived = threading.Event()

    def answer(line: str) -> bytes | None:
        if line.endswith(" IDLE"):
            script._tag = line.split(" ", maxsplit=1)[0]
            return b"+ idling\r\n" + (b"* 2 EXISTS\r\n" if arrived.is_set() else b"")
        return f"{script._tag} OK done\r\n".encode() if line == "DONE" else script(line)

    with line_peer(GREETING, answer, certificates.server) as peer:
        mailbox = opened(peer, authority)
        over = chain([False], repeat(True))
        assert mailbox.wait(60, lambda: next(over))
        arrived.set()
        assert mailbox.wait(60, lambda: False)
        mailbox.close()
    assert peer.received.count("DONE") == sum(line.endswith(" IDLE") for line in peer.received) >= 2
