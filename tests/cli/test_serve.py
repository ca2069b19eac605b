"""`mailer serve` and `mailer optouts export --key` as they are typed: the output, and what is refused."""

from __future__ import annotations

import socket

import pytest

from mailer.settings import Serve
from tests.office import Desk
from tests.public.hosts import serving


def test_it_says_where_it_listens_and_what_has_to_lead_there(desk: Desk) -> None:
    with serving(desk) as host:
        assert host.ask("GET", "/healthz").status == 200
    text = "\n".join(host.said)
    assert f"http://127.0.0.1:{host.port}" in text
    assert "https://press.example.org/o/TOKEN" in text
    assert "Careful" not in text


@pytest.mark.slow
def test_it_says_what_is_missing_and_what_others_could_reach(desk: Desk) -> None:
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace('base_url = "https://press.example.org/o"\n', ""))
    with serving(desk, "--host", "0.0.0.0") as host:  # noqa: S104 - that is what is asked
        assert host.ask("GET", "/healthz").status == 200
    output = "\n".join(host.said)
    assert '[optout] base_url = "https://YOUR-HOST/o"' in output
    assert "Careful: 0.0.0.0 can be reached from outside" in output


def test_settings_of_the_file_are_those_that_nothing_else_is_said_of(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = (desk.root / "mailer.toml").read_text("utf-8")
        desk.write("mailer.toml", f"{text}\n[serve]\nport = {port}\n")
        done = desk.run("serve")
    assert done.code == 3
    assert f"cannot listen on 127.0.0.1, port {port}" in done.err


@pytest.mark.parametrize(
    "words, phrase",
    [
        (("--spool", "spool"), "--spool and --key need each other"),
        (("--processes", "0"), "--processes: 1 to 64"),
        (("--port", "70000"), "--port: a number up to 65535"),
        (("--host", "nowhere.invalid", "--port", "0"), "cannot listen on nowhere.invalid"),
        (("--spool", "spool", "--key", "missing.key"), "missing.key cannot be read"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(desk: Desk, words: tuple[str, ...], phrase: str) -> None:
    done = desk.run("serve", *words)
    assert done.code in {2, 3}
    assert phrase in done.err


def test_a_ledger_with_other_keys_is_not_served(desk: Desk) -> None:
    assert desk.run("optouts", "add", "ada@a.example.com").code == 0
    (desk.root / ".mailer" / "keys").write_text("1 " + "ab" * 32 + "\n", "ascii")
    done = desk.run("serve", "--port", "0", "--processes", "2")
    assert done.code == 3
    assert "is not the one this ledger was made with" in done.err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"kind": "mailer opt-out key", "keys": {}}',
        '{"kind": "mailer opt-out key", "keys": {"1": "ab"}}',
    ],
)
def test_a_key_file_that_is_none_is_refused(desk: Desk, text: str) -> None:
    file = desk.write("door.key", text)
    file.chmod(0o600)
    done = desk.run("serve", "--spool", str(desk.root / "spool"), "--key", str(file))
    assert done.code == 3
    assert "door.key is" in done.err


def test_a_key_file_that_others_can_read_is_refused(desk: Desk) -> None:
    file = desk.root / "door.key"
    assert desk.run("optouts", "export", "--key", str(file)).code == 0
    file.chmod(0o644)
    done = desk.run("serve", "--spool", str(desk.root / "spool"), "--key", str(file))
    assert done.code == 3
    assert "can be read by others" in done.err


def test_the_key_command_says_what_to_do_next(desk: Desk) -> None:
    done = desk.run("optouts", "export", "--key", str(desk.root / "door.key"))
    assert "mailer serve --spool optouts --key door.key" in done.out
    assert desk.run("optouts", "export", "--key", str(desk.root / "none" / "door.key")).code == 3


@pytest.mark.parametrize("more", [("file.csv",), ("--undo", "1"), ("--scope", "list:coast"), ("--reason", "manual")])
def test_an_import_of_a_spool_takes_nothing_else(desk: Desk, more: tuple[str, ...]) -> None:
    done = desk.run("optouts", "import", "--spool", str(desk.root), *more)
    assert done.code == 2
    assert "cannot be combined" in done.err


def test_a_spool_that_is_not_there_is_said(desk: Desk) -> None:
    done = desk.run("optouts", "import", "--spool", str(desk.root / "nowhere"))
    assert done.code == 2
    assert "there is no such folder" in done.err


@pytest.mark.parametrize(
    "values, phrase",
    [
        ({"port": -1}, "port: "),
        ({"processes": 65}, "processes: "),
        ({"prefix": "press"}, "prefix: "),
        ({"prefix": "/press/"}, "prefix: "),
        ({"proxies": ("proxy.example.org",)}, 'proxies: "proxy.example.org"'),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(values: dict[str, object], phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        Serve(**values)  # type: ignore[arg-type]


def test_without_a_sender_nothing_is_made(desk: Desk) -> None:
    desk.write("mailer.toml", "")
    for words in (("serve", "--port", "0"), ("optouts", "export", "--key", str(desk.root / "door.key"))):
        done = desk.run(*words)
        assert done.code == 3
        assert "names no sender" in done.err
    assert not (desk.root / ".mailer").exists()
