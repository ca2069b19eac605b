"""DKIM as staff set it up and as a relay gets it: a new key, its record, a release, and an independent verdict."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.message.dkim_mails import verdicts
from tests.office import Desk, mail_of
from tests.servers import ScriptedServer

DNS = dict[str, str]


def new_key(desk: Desk, *words: str) -> dict[str, Any]:
    done = desk.run("dkim", "new-key", *words, "--json")
    assert done.code == 0, done.said
    document: dict[str, Any] = done.json
    return document


def signing_desk(desk: Desk, server: ScriptedServer, *, ed25519: bool = True) -> DNS:
    """Set up signing as the command says; return the DNS."""
    rsa = new_key(desk, "--selector", "press2026")
    keys, lines = [rsa], rsa["settings"]
    if ed25519:
        keys.append(new_key(desk, "--selector", "second", "--ed25519"))
        lines += "\n" + keys[1]["settings"]
    desk.settings(server, more=lines)
    return {key["record"]["name"]: key["record"]["value"] for key in keys}


def send(desk: Desk, *more: str) -> None:
    done = desk.run("send", "lamps", "--to", "coast", "--yes", *more)
    assert done.code == 0, done.said


@pytest.mark.slow
def test_mail_that_a_relay_gets_is_verified_by_an_independent_program(desk: Desk, server: ScriptedServer) -> None:
    dns = signing_desk(desk, server)
    send(desk)
    assert len(server.accepted) == 5
    for message in server.accepted:
        assert verdicts(message.data, dns) == [True, True]
        sent_at = int(mail_of(message)["Date"].datetime.timestamp())
        assert re.findall(rb"t=(\d+)", message.data)[:2] == [b"%d" % sent_at] * 2


@pytest.mark.slow
def test_a_signature_is_no_part_of_what_was_approved(desk: Desk, server: ScriptedServer) -> None:
    send(desk)
    dns = signing_desk(desk, server)
    desk.people("more", ["fay@f.example.com"])
    done = desk.run("send", "lamps", "--to", "more", "--yes")  # no --changed: the text is the same
    assert done.code == 0, done.said
    plain, last = server.accepted[0].data, server.accepted[-1].data
    assert verdicts(plain, dns) == []
    assert verdicts(last, dns) == [True, True]


@pytest.mark.slow
def test_a_rehearsal_needs_the_keys_like_a_run_and_keeps_no_signed_mail(desk: Desk, server: ScriptedServer) -> None:
    signing_desk(desk, server)
    words = ("rehearse", "lamps", "--to", "coast", "--faults", "none")
    assert desk.run(*words, "--keep", str(desk.root / "look")).code == 0
    kept = list((desk.root / "look" / "Maildir" / "new").iterdir())
    assert len(kept) == 5
    assert not [mail for mail in kept if b"DKIM-Signature" in mail.read_bytes()]
    for key in desk.root.glob("dkim-*.pem"):
        key.unlink()
    done = desk.run(*words)
    assert done.code == 3
    assert "cannot be read" in done.said


@pytest.mark.slow
def test_a_test_to_an_inbox_is_signed_and_what_only_we_look_at_is_not(desk: Desk, server: ScriptedServer) -> None:
    dns = signing_desk(desk, server)
    assert desk.run("test", "lamps", "--to", "coast", "--inbox", "me@example.org").code == 0
    assert [verdicts(message.data, dns) for message in server.accepted] == [[True, True]]
    for key in desk.root.glob("dkim-*.pem"):
        key.unlink()  # looking needs no key
    assert desk.run("preview", "lamps", "--to", "coast").code == 0
    assert desk.run("test", "lamps", "--to", "coast").code == 0
    assert desk.run("send", "lamps", "--to", "coast", "--relay", "preview", "--yes").code == 0
    looked_at = [data for name, data in desk.files().items() if name.startswith(".mailer/preview/")]
    assert len(looked_at) > 5
    assert not [data for data in looked_at if b"DKIM-Signature" in data]


@pytest.mark.slow
def test_the_private_keys_are_in_their_files_and_nowhere_else(desk: Desk, server: ScriptedServer) -> None:
    signing_desk(desk, server)
    send(desk)
    for key in desk.root.glob("dkim-*.pem"):
        secret = key.read_bytes().splitlines()[1]
        assert key.stat().st_mode & 0o777 == 0o600
        assert [name for name, data in desk.files().items() if secret in data] == [key.name]


def spoil(desk: Desk, how: str) -> None:
    key = desk.root / "dkim-press2026.pem"
    if how == "missing":
        key.unlink()
    elif how == "readable":
        key.chmod(0o640)
    else:
        key.write_text("no key")


@pytest.mark.parametrize(
    "how, phrase",
    [
        ("missing", "dkim-press2026.pem cannot be read: No such file"),
        ("readable", "dkim-press2026.pem can be read by others on this machine"),
        ("damaged", "this is not a private key in PEM form"),
    ],
)
def test_a_key_that_cannot_be_used_stops_everything_before_the_relay_is_called(
    desk: Desk, server: ScriptedServer, how: str, phrase: str
) -> None:
    signing_desk(desk, server, ed25519=False)
    spoil(desk, how)
    for words in (("--yes",), ("--dry-run",)):
        done = desk.run("send", "lamps", "--to", "coast", *words)
        assert done.code == 3
        assert "[dkim] key_file: " in done.said
        assert phrase in done.said
    assert desk.run("test", "lamps", "--inbox", "me@example.org").code == 3
    assert server.commands == []


@pytest.mark.slow
def test_a_mailing_that_goes_on_without_its_key_stays_as_it_was(desk: Desk, server: ScriptedServer) -> None:
    signing_desk(desk, server, ed25519=False)
    send(desk)
    before, taken = desk.report(), len(server.accepted)
    spoil(desk, "missing")
    assert desk.run("resume", "lamps").code == 3
    assert desk.report() == before
    assert len(server.accepted) == taken


def test_a_sender_of_another_domain_is_refused_in_words(desk: Desk, server: ScriptedServer) -> None:
    key = new_key(desk, "--domain", "example.net")
    desk.settings(server, more=key["settings"])
    done = desk.run("send", "lamps", "--to", "coast", "--yes")
    assert done.code == 3
    assert "sender main writes from example.org, and [dkim] signs for example.net" in done.said
    assert server.commands == []


BLOCKED = "import sys; sys.modules['cryptography'] = None; from mailer.cli import main; main(sys.argv[1:])"


@pytest.mark.slow
def test_without_the_extra_signing_says_what_to_install_and_all_else_works(desk: Desk, server: ScriptedServer) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", BLOCKED, "--workspace", str(desk.root), *words]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)

    for words in (("send", "lamps", "--to", "coast", "--yes"), ("dkim", "new-key", "--selector", "other")):
        if words[0] == "send":
            signing_desk(desk, server, ed25519=False)
        done = run(*words)
        assert done.returncode == 3
        assert "pip install 'mailer[dkim]'" in done.stderr
        assert "Traceback" not in done.stderr
    assert server.commands == []
    assert not (desk.root / "dkim-other.pem").exists()
    desk.settings(server)
    assert run("send", "lamps", "--to", "coast", "--yes").returncode == 0
    assert len(server.accepted) == 5


def test_new_key_writes_a_private_file_and_prints_what_to_publish(desk: Desk) -> None:
    done = desk.run("dkim", "new-key", "--selector", "press2027")
    assert done.code == 0
    key = desk.root / "dkim-press2027.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text().splitlines()[1] not in done.said
    assert "press2027._domainkey.example.org" in done.out
    value = re.search(r"Value +(v=DKIM1; k=rsa; p=\S+)", done.out)
    assert value is not None
    zone = re.findall(r'^ +"([^"]+)"$', done.out, re.MULTILINE)
    assert "".join(zone) == value[1]
    assert max(map(len, zone)) <= 255
    assert 'selector = "press2027"' in done.out


def test_a_key_is_never_replaced(desk: Desk) -> None:
    path = Path(new_key(desk)["key_file"])
    before = path.read_bytes()
    done = desk.run("dkim", "new-key", "--json")
    assert done.code == 3
    assert "--selector NAME" in json.loads(done.out)["error"]["hint"]
    assert path.read_bytes() == before


def test_the_domain_comes_from_the_settings_or_is_asked_for(tmp_path: Path, desk: Desk) -> None:
    desk.settings(None, more='[dkim]\ndomain = "bücher.example.net"\nselector = "old"\nkey_file = "old.pem"\n')
    assert new_key(desk)["domain"] == "xn--bcher-kva.example.net"
    assert new_key(desk, "--domain", "example.com", "--selector", "b")["domain"] == "example.com"
    empty = Desk(tmp_path / "empty")
    empty.root.mkdir()
    done = empty.run("dkim", "new-key")
    assert done.code == 3
    assert "--domain" in done.said


@pytest.mark.parametrize("words", [("--selector", "two words"), ("--selector", "a/b"), ("--domain", "nodot")])
def test_names_that_cannot_stand_in_the_dns_are_refused(desk: Desk, words: tuple[str, str]) -> None:
    done = desk.run("dkim", "new-key", *words)
    assert done.code == 2
    assert words[0] in done.said
    assert not list(desk.root.glob("*.pem"))
