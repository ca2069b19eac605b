"""What a mail server does on a bad day ends in one sentence, and the password reaches nobody but it, over TLS."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from mailer.errors import ConfigProblem, MailboxUnavailable, MailerError
from mailer.inbox.mailbox import find_copies
from mailer.settings import Inbox, Secret
from tests.inbox.imap_peer import HOST, Script, imap_peer
from tests.servers import Certificates, make_certificates

PASSWORD = "gannet Möwe #7"
IN_BASE64 = base64.b64encode(f"\0press\0{PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return make_certificates()


@pytest.fixture
def authority(certificates: Certificates, tmp_path: Path) -> str:
    path = tmp_path / "authority.pem"
    certificates.authority.cert_pem.write_to_path(str(path))
    return str(path)


def inbox(port: int, authority: str, *, scheme: str = "imaps", folder: str = "Sent", **more: Any) -> Inbox:
    url = f"{scheme}://press@{HOST}:{port}/{folder}"
    return Inbox(key="sent", url=url, holds="sent", password_env="X", ca_file=authority, **more)


def find(place: Inbox) -> dict[str, str]:
    return dict(find_copies(place, Path(), lambda: Secret(PASSWORD), ["<a@example.org>"]).where)


def header(message_id: str, *, uid: int = 7) -> str:
    field = f"Message-ID: {message_id}\r\n\r\n"
    return f"* 1 FETCH (UID {uid} BODY[HEADER.FIELDS (MESSAGE-ID)] {{{len(field)}}}\r\n{field})\r\n{{tag}} OK done"


def test_a_server_where_nothing_is_found_is_asked_in_plain_words_and_left(
    certificates: Certificates, authority: str
) -> None:
    with imap_peer({}, certificates.server) as peer:
        assert find(inbox(peer.port, authority)) == {}
    sent = peer.received.decode()
    assert "EXAMINE" in sent
    assert "SEARCH HEADER" in sent.upper()
    assert "a@example.org" in sent
    assert "SELECT" not in sent
    assert sent.rstrip().endswith("LOGOUT")


SESSIONS: list[tuple[Script, str]] = [
    ({"": "* BYE too many connections"}, "cannot be reached: "),
    ({"": "220 smtp.example.org ESMTP"}, "cannot be reached: "),
    ({"": None}, "cannot be reached: "),
    ({"CAPABILITY": None}, "cannot be reached: "),
    ({"AUTHENTICATE": "{tag} NO [AUTHENTICATIONFAILED] wrong"}, "refused the login: [AUTHENTICATIONFAILED] wrong"),
    ({"AUTHENTICATE": None}, "refused the login: "),
    ({"login": f"{{tag}} NO not {IN_BASE64}"}, "refused the login: not ***"),
    ({"login": f"{{tag}} NO not {PASSWORD}"}, "refused the login: not ***"),
    ({"EXAMINE": None}, "broke off: "),
    ({"UID": None}, "could not be searched: "),
    ({"UID": "{tag} BAD no such thing"}, "could not be searched: "),
    ({"UID": "* SEARCH seven\r\n{tag} OK done"}, "could not be searched: "),
]


@pytest.mark.parametrize("changes, said", SESSIONS, ids=lambda each: str(each)[:40])
def test_what_a_server_does_on_a_bad_day_is_one_sentence(
    certificates: Certificates, authority: str, changes: Script, said: str
) -> None:
    with imap_peer(changes, certificates.server) as peer, pytest.raises(MailboxUnavailable) as caught:
        find(inbox(peer.port, authority))
    assert_error(caught.value, said)


def assert_error(error: MailerError, said: str) -> None:
    assert said in error.message
    assert error.hint
    for secret in (PASSWORD, IN_BASE64, "gannet"):
        assert secret not in f"{error!r} {error.message} {error.hint} {error.problems}"
    assert error.__suppress_context__ or error.__context__ is None


def test_a_folder_that_is_not_opened_is_a_mistake_in_mailer_toml(certificates: Certificates, authority: str) -> None:
    with imap_peer({"EXAMINE": "{tag} NO no such folder"}, certificates.server) as peer:
        with pytest.raises(ConfigProblem) as caught:
            find(inbox(peer.port, authority))
        assert_error(caught.value, 'does not open the folder "Sent"')
        assert "INBOX" in caught.value.hint


def test_a_server_that_marks_no_folder_wants_it_named(certificates: Certificates, authority: str) -> None:
    changes = {"LIST": "{tag} OK done"}
    with imap_peer(changes, certificates.server) as peer, pytest.raises(ConfigProblem) as caught:
        find(inbox(peer.port, authority, folder=""))
    assert_error(caught.value, "marks no folder as the one for sent mail")


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=PLAIN", "IMAP4rev1 STARTTLS AUTH=PLAIN"])
def test_no_password_leaves_in_clear_text_whatever_the_server_offers(authority: str, capabilities: str) -> None:
    """The one offers no STARTTLS at all, the other says no when it is asked; also on this machine."""
    changes = {"CAPABILITY": f"* CAPABILITY {capabilities}\r\n{{tag}} OK done", "STARTTLS": "{tag} NO not today"}
    with imap_peer(changes, None) as peer, pytest.raises(MailboxUnavailable) as caught:
        find(inbox(peer.port, authority, scheme="imap"))
    assert_error(caught.value, "cannot be made secure, so no password was sent")
    assert b"AUTHENTICATE" not in peer.received
    assert b"LOGIN" not in peer.received


def test_a_server_with_login_alone_takes_only_ascii_and_that_is_said(
    certificates: Certificates, authority: str
) -> None:
    changes = {"CAPABILITY": "* CAPABILITY IMAP4rev1\r\n{tag} OK done", "LOGIN": "{tag} OK done"}
    with imap_peer(changes, certificates.server) as peer:
        with pytest.raises(MailboxUnavailable) as caught:
            find(inbox(peer.port, authority))
        assert_error(caught.value, "only ASCII")
        place = inbox(peer.port, authority)
        assert find_copies(place, Path(), lambda: Secret("gannet 7"), ["<a@example.org>"]).where == {}
    assert b'LOGIN press "gannet 7"' in peer.received


@pytest.mark.parametrize(
    "found, expected",
    [("<a@example.org>", {"<a@example.org>"}), ("<aa@example.org>", set()), ("<A@example.org>", set())],
)
def test_what_a_search_names_is_held_against_the_id_itself(
    certificates: Certificates, authority: str, found: str, expected: set[str]
) -> None:
    """A server may match loosely; only the very Message-ID counts."""
    both = {"UID": f"* SEARCH 7\r\n{header(found)}"}  # the answer to SEARCH and to FETCH at once
    with imap_peer(both, certificates.server) as peer:
        place = inbox(peer.port, authority)
        assert set(find(place)) == expected


def test_nobody_is_asked_for_a_password_where_files_are_searched(tmp_path: Path) -> None:
    def never() -> Secret:
        raise AssertionError

    (tmp_path / "sent" / "new").mkdir(parents=True)
    place = Inbox(key="sent", url="maildir:sent", holds="sent")
    assert find_copies(place, tmp_path, never, ["<a@example.org>"]).where == {}


def test_the_peer_is_what_the_client_believes_it_is(certificates: Certificates) -> None:
    """Without its authority it is not believed, and hears no password."""
    with imap_peer({}, certificates.server) as peer, pytest.raises(MailboxUnavailable) as caught:
        find(inbox(peer.port, ""))
    assert_error(caught.value, "no password was sent")
    assert peer.received == b""
