"""Options that contradict each other, or do nothing alone, are refused before anything is done."""

from __future__ import annotations

import socket

import pytest

from tests.office import Desk


@pytest.mark.parametrize(
    "words, phrase",
    [
        ("lists check coast --remember --forget", "--remember and --forget cannot be combined"),
        ("lists check --all --forget", "--all takes no choices"),
        ("lists check --all --map email=Mail", "--all takes no choices"),
        ("test lamps --to coast --relay main", "--relay needs --inbox"),
        ("report --csv --unheard", "cannot be combined with --unheard"),
        ("optouts export --key door.key --format json", "cannot be combined with --format"),
        ("optouts export --key door.key --scope list:coast", "cannot be combined with --scope"),
        ("doctor --yes", "--yes needs --adopt-ledger"),
        ("doctor --trust . --adopt-ledger", "--trust and --adopt-ledger cannot be combined"),
        ("bounces list --reason mailboxful", 'is not a reason; did you mean "mailboxfull"?'),
        ("bounces list --reason nix", "mailer bounces list   shows the reasons"),
        ('release check lamps --at "2020-01-01 09:00 UTC"', "leave --at out to check it as of now"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, words: str, phrase: str) -> None:
    first, *quoted = words.split('"')
    done = desk.run(*first.split(), *quoted[:1])
    assert (done.code, phrase in done.err) == (2, True), done.err
    assert not (desk.root / ".mailer" / "ledger.db").exists()


def test_a_reason_that_nothing_came_back_for_is_none_that_is_unknown(desk: Desk) -> None:
    assert "No mail matches." in desk.run("bounces", "list", "--reason", "virusdetected").out


def test_nothing_is_called_forgotten_where_nothing_was_kept(desk: Desk) -> None:
    done = desk.run("lists", "check", "coast", "--forget")
    assert (done.code, "Nothing to forget" in done.err, "Forgotten" in done.err) == (0, True, False)
    assert not (desk.root / "lists" / ".columns.toml").exists()


def test_a_busy_port_of_the_newsroom_names_the_option_that_it_has(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        done = desk.run("newsroom", "build", "--serve", "--port", str(busy.getsockname()[1]))
    assert (done.code, "--port" in done.err, "[serve]" in done.err) == (3, True, False)
