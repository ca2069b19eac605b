"""Reading over POP3: what was read is known by the server's names, long lines are mail, and nothing is deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailer.errors import MailboxUnavailable, Problem
from mailer.inbox.mailbox import open_mailbox
from mailer.inbox.values import ConnectionBroken, LoginRefused, Mailbox, Position, RawMessage, Wanted
from mailer.settings import Inbox, Secret
from tests.inbox.line_peer import HOST, LinePeer, line_peer
from tests.servers import Certificates, make_certificates

PASSWORD = "gannet Möwe #7"


@dataclass
class PopScript:
    """A mailbox with these messages, by the names that the server has for them."""

    messages: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    breaks_at: str = "-"
    knows_uidl: bool = True
    login: bytes = b"+OK welcome\r\n"

    def __call__(self, line: str) -> bytes | None:
        verb, _, rest = line.partition(" ")
        if line.startswith(self.breaks_at):
            return None
        names = list(self.messages)
        if verb == "RETR":
            name = names[int(rest) - 1]
            stuffed = self.messages[name].replace(b"\r\n.", b"\r\n..")
            return b"-ERR cannot read it\r\n" if name in self.refused else b"+OK\r\n" + stuffed + b".\r\n"
        if verb == "UIDL" and not self.knows_uidl:
            return b"-ERR no\r\n"
        if verb in {"UIDL", "LIST"}:
            sizes = {name: self.sizes.get(name, len(data)) for name, data in self.messages.items()}
            lines = [f"{number} {name if verb == 'UIDL' else sizes[name]}" for number, name in enumerate(names, 1)]
            return "".join(f"{each}\r\n" for each in ["+OK", *lines, "."]).encode()
        return self.login if verb == "PASS" else b"+OK\r\n"


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return make_certificates()


@pytest.fixture
def script() -> PopScript:
    return PopScript({name: f"Subject: {name}\r\n\r\n.hi\r\n".encode() for name in ("a1", "b2", "c3")})


@pytest.fixture
def peer(script: PopScript, certificates: Certificates) -> Iterator[LinePeer]:
    with line_peer(b"+OK ready\r\n", script, certificates.server) as running:
        yield running


@pytest.fixture
def authority(certificates: Certificates, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    certificates.authority.cert_pem.write_to_path(str(path))
    return str(path)


def opened(peer: LinePeer, authority: str) -> Mailbox:
    inbox = Inbox(key="main", url=f"pop3s://press@{HOST}:{peer.port}", password_env="X", ca_file=authority)
    return open_mailbox(inbox, Path(), Secret(PASSWORD))


def read(
    peer: LinePeer,
    authority: str,
    start: Position = Position(),  # noqa: B008 - a frozen value
) -> tuple[list[bytes], list[Problem], Position]:
    """Read to the end; return the messages, the problems and the last position."""
    mailbox = opened(peer, authority)
    try:
        found = list(mailbox.read(start))
    finally:
        mailbox.close()
    last = found[-1]
    assert isinstance(last, Position)
    messages = [each.data for each in found if isinstance(each, RawMessage)]
    return messages, [each for each in found if isinstance(each, Problem)], last


def test_bytes_come_as_they_are_and_what_was_read_is_not_fetched_again(
    peer: LinePeer, script: PopScript, authority: str
) -> None:
    messages, _, reached = read(peer, authority)
    assert messages == list(script.messages.values())
    assert len(reached.seen) == 3
    del script.messages["a1"]
    script.messages["d4"] = b"Subject: d4\r\n\r\n"
    peer.received.clear()
    messages, _, reached = read(peer, authority, reached)
    assert messages == [b"Subject: d4\r\n\r\n"]
    assert len(reached.seen) == 3  # what is gone is forgotten
    assert [line for line in peer.received if line.startswith(("RETR", "DELE"))] == ["RETR 3"]


def test_a_line_of_many_thousand_letters_is_mail(peer: LinePeer, script: PopScript, authority: str) -> None:
    script.messages = {"long": b"X-Long: " + b"x" * 200_000 + b"\r\n\r\nhi\r\n"}
    assert read(peer, authority)[0] == list(script.messages.values())


def test_what_is_too_large_or_cannot_be_delivered_is_told(peer: LinePeer, script: PopScript, authority: str) -> None:
    script.sizes, script.refused = {"a1": 25_000_001}, {"b2"}
    messages, problems, reached = read(peer, authority)
    assert messages == [script.messages["c3"]]
    assert [each.code for each in problems] == ["message-too-large", "message-unreadable"]
    assert len(reached.seen) == 2
    script.refused = set()
    assert read(peer, authority, reached)[0] == [script.messages["b2"]]


@pytest.mark.parametrize("by_bytes", [True, False])
def test_a_message_is_found_again_by_its_bytes_before_one_with_the_same_message_id(
    peer: LinePeer, script: PopScript, authority: str, *, by_bytes: bool
) -> None:
    own, other = (f"Message-ID: <one@example.net>\r\n\r\n{text}\r\n".encode() for text in ("hi", "forged"))
    script.messages = {"a": own, "b": b"Subject: no\r\n\r\n", "c": other}
    digest = hashlib.sha256(own).digest() if by_bytes else bytes(32)
    mailbox = opened(peer, authority)
    found = mailbox.find(Wanted("pop3s://elsewhere, message 9", digest, "<one@example.net>"))
    nothing = mailbox.find(Wanted("", bytes(32), "<two@example.net>"))
    mailbox.close()
    assert found is not None
    assert (found.data, nothing) == (own if by_bytes else other, None)
    assert not [line for line in peer.received if line.startswith("DELE")]


def test_a_server_without_names_for_its_messages_is_told(peer: LinePeer, script: PopScript, authority: str) -> None:
    script.knows_uidl = False
    with pytest.raises(MailboxUnavailable, match="cannot distinguish its messages") as caught:
        read(peer, authority)
    assert "imaps://" in caught.value.hint


@pytest.mark.parametrize("command", ["USER", "PASS", "UIDL", "LIST", "RETR 1", "RETR 3"])
def test_a_connection_that_breaks_is_one_that_another_may_mend(
    peer: LinePeer, script: PopScript, authority: str, command: str
) -> None:
    """An end is no refusal, neither of the login nor of the last message, after which nobody would notice it."""
    script.breaks_at = command
    with pytest.raises(ConnectionBroken, match="the connection was cut"):
        read(peer, authority)


def test_a_refused_login_does_not_repeat_the_password(peer: LinePeer, script: PopScript, authority: str) -> None:
    script.login = f"-ERR [AUTH] not {PASSWORD}\r\n".encode()
    with pytest.raises(LoginRefused) as caught:
        opened(peer, authority)
    assert "not ***" in caught.value.message
    assert "gannet" not in caught.value.message


def test_a_password_of_two_lines_is_no_second_command(peer: LinePeer, authority: str) -> None:
    inbox = Inbox(key="main", url=f"pop3s://press@{HOST}:{peer.port}", password_env="X", ca_file=authority)
    with pytest.raises(LoginRefused):
        open_mailbox(inbox, Path(), Secret("gannet\r\nDELE 1"))
    assert not any("DELE" in line for line in peer.received)
