"""A Sent folder on a real IMAP server settles who was in doubt; it is only looked at, and what fails is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trustme

from mailer.inbox.mailbox import find_copies
from mailer.settings import Inbox, Secret
from tests.mailboxes import HOST, PASSWORD, SENT, USER, Dovecot
from tests.office import Desk, times_taken
from tests.servers import Act, ScriptedServer

pytestmark = pytest.mark.service("dovecot")

SEND = ("send", "lamps", "--to", "coast", "--yes")
ADA, BO = "ada@a.example.com", "bo@b.example.com"
ENV = {"SENT_PASSWORD": PASSWORD}


@pytest.fixture(autouse=True)
def _empty(dovecot: Dovecot) -> Iterator[None]:
    yield
    with dovecot.client() as client:
        client.select_folder(SENT)
        client.delete_messages(client.search())
        client.expunge()


def url(dovecot: Dovecot, *, scheme: str = "imaps", folder: str = SENT) -> str:
    port = dovecot.tls_port if scheme == "imaps" else dovecot.port
    return f"{scheme}://{quote(USER)}@{HOST}:{port}/{quote(folder)}"


def table(dovecot: Dovecot, **changes: Any) -> str:
    keys = {
        "url": url(dovecot),
        "holds": "sent",
        "password_env": "SENT_PASSWORD",
        "ca_file": str(dovecot.authority),
    } | changes
    return "\n".join(["[inbox.sent]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items() if value), ""])


def leave_in_doubt(desk: Desk, server: ScriptedServer, dovecot: Dovecot, *, taken: list[bool]) -> None:
    """Let the relay hang up on the first mails, and keep a copy of those among them that it took."""
    desk.settings(server, connections=1, more=table(dovecot))
    server.at = {"body": [Act(drop="before", taken=each) for each in taken]}
    assert desk.run(*SEND).code == 1
    server.at = {}
    in_doubt = {address for address, state in desk.states().items() if state == "in_doubt"}
    assert len(in_doubt) == len(taken)
    dovecot.append(*(message.data for message in server.accepted if in_doubt & set(message.rcpt_to)))


@pytest.fixture
def doubtful(desk: Desk, server: ScriptedServer, dovecot: Dovecot) -> Desk:
    """Ada is in doubt; the relay took her mail and kept a copy."""
    leave_in_doubt(desk, server, dovecot, taken=[True])
    return desk


def again(desk: Desk, server: ScriptedServer, dovecot: Dovecot, **changes: Any) -> None:
    """Write mailer.toml once more, with changes to the mailbox."""
    desk.settings(server, connections=1, more=table(dovecot, **changes))


def test_whose_copy_lies_in_the_sent_folder_was_accepted_and_the_other_stays_in_doubt(
    desk: Desk, server: ScriptedServer, dovecot: Dovecot
) -> None:
    leave_in_doubt(desk, server, dovecot, taken=[True, False])
    looked = desk.run("reconcile", "lamps", "--dry-run", env=ENV)
    assert (looked.code, "what would be settled" in looked.out) == (1, True)
    assert desk.states()[ADA] == "in_doubt"
    done = desk.run("reconcile", "lamps", "--json", env=ENV)
    assert done.code == 1  # somebody is left
    assert [(each["address"], each["reason"]) for each in done.json["settled"]] == [(ADA, "by_copy")]
    assert [each["address"] for each in done.json["in_doubt_people"]] == [BO]
    told = {each["address"]: each for each in desk.report()["deliveries"]}
    assert (told[ADA]["state"], told[BO]["state"]) == ("accepted", "in_doubt")
    assert told[ADA]["text"] == f"a copy with its Message-ID is in {url(dovecot)}, UID {uid(dovecot)}"
    # nobody sees that we looked, and nobody is sent to again unasked
    assert dovecot.flags() == [()]
    desk.run("resume", "lamps")
    assert times_taken(server) == {address: 1 for address in desk.states() if address != BO}
    assert PASSWORD not in done.said + looked.said + dovecot.log()


def uid(dovecot: Dovecot) -> int:
    with dovecot.client() as client:
        client.select_folder(SENT, readonly=True)
        found: list[int] = client.search()
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("scheme, folder", [("imap", SENT), ("imaps", ""), ("imap", "")])
def test_starttls_will_do_and_the_folder_is_found_by_its_mark(
    doubtful: Desk, server: ScriptedServer, dovecot: Dovecot, scheme: str, folder: str
) -> None:
    again(doubtful, server, dovecot, url=url(dovecot, scheme=scheme, folder=folder))
    settled = doubtful.run("reconcile", "lamps", "--json", env=ENV).json["settled"]
    assert [each["address"] for each in settled] == [ADA]
    assert SENT in settled[0]["evidence"] or quote(SENT) in settled[0]["evidence"]


def other_authority(folder: Path) -> str:
    path = folder / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


def failing(name: str, desk: Desk, dovecot: Dovecot) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        "no such folder": {"url": url(dovecot, folder="Sent Items")},
        "unknown authority": {"ca_file": ""},
        "another authority": {"ca_file": other_authority(desk.root)},
        "another name": {"url": url(dovecot).replace(HOST, "localhost")},
        "nobody listens": {"url": url(dovecot).replace(str(dovecot.tls_port), "1")},
        "TLS where STARTTLS is": {"url": url(dovecot).replace(str(dovecot.tls_port), str(dovecot.port))},
        "no file of certificates": {"ca_file": "mailer.toml"},
    }
    return changes.get(name, {})


@pytest.mark.parametrize(
    "name, env, code, said",
    [
        ("wrong password", {"SENT_PASSWORD": "gannet Möwe #8"}, 4, ["refused the login", "Authentication failed"]),
        ("no password", {}, 3, ["inbox sent: no password", "SENT_PASSWORD"]),
        ("no such folder", ENV, 3, ['does not open the folder "Sent Items"', "There are: ", SENT]),
        ("unknown authority", ENV, 4, ["no password was sent: ", "ca_file"]),
        ("another authority", ENV, 4, ["no password was sent: ", "certificate"]),
        ("another name", ENV, 4, ["no password was sent: Hostname mismatch", "localhost"]),
        ("nobody listens", ENV, 4, ["cannot be reached", "connection refused"]),
        ("TLS where STARTTLS is", ENV, 4, ["no TLS handshake"]),
        ("no file of certificates", ENV, 3, ["is not a file of certificates"]),
    ],
)
def test_what_fails_is_said_in_a_sentence_without_the_password_and_settles_nobody(
    doubtful: Desk,
    server: ScriptedServer,
    dovecot: Dovecot,
    name: str,
    env: dict[str, str],
    code: int,
    said: list[str],
) -> None:
    again(doubtful, server, dovecot, **failing(name, doubtful, dovecot))
    done = doubtful.run("reconcile", "lamps", env=env)
    as_json = doubtful.run("reconcile", "lamps", "--json", env=env)
    assert (done.code, as_json.code) == (code, code)
    assert [words for words in said if words not in done.err] == []
    assert len(as_json.json["errors"]) == 1
    assert as_json.json["settled"] == []
    assert doubtful.states()[ADA] == "in_doubt"
    assert "gannet" not in done.said + as_json.said + dovecot.log()
    assert "Traceback" not in done.said
    assert not any(b"gannet" in data for data in doubtful.files().values())


def test_many_are_looked_for_together_and_only_a_message_of_that_very_id_counts(dovecot: Dovecot) -> None:
    wanted = [f"<{number:04}.lamps@example.org>" for number in range(45)]
    dovecot.append(
        *(f"Message-ID: {each}\r\nSubject: x\r\n\r\nhi\r\n".encode() for each in wanted[::2]),
        f"Message-ID: <answer@example.net>\r\nIn-Reply-To: {wanted[1]}\r\n\r\n{wanted[1]}\r\n".encode(),
        f"Message-ID: <x{wanted[3][1:]}\r\nSubject: longer\r\n\r\nhi\r\n".encode(),
        f"MESSAGE-ID:\r\n {wanted[5]}\r\nSubject: folded\r\n\r\nhi\r\n".encode(),
    )
    inbox = Inbox(
        key="sent", url=url(dovecot), holds="sent", password_env="SENT_PASSWORD", ca_file=str(dovecot.authority)
    )
    found = find_copies(inbox, Path(), lambda: Secret(PASSWORD), wanted).where
    assert set(found) == {*wanted[::2], wanted[5]}
    assert len(set(found.values())) == len(found)
