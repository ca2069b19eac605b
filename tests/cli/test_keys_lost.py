"""Keys that are missing or not the ledger's never look like an empty suppression list; rotating changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from tests.office import Desk, times_taken
from tests.servers import ScriptedServer

ADA, BO = "ada@a.example.com", "bo@b.example.com"


def lose(desk: Desk) -> dict[str, str]:
    (desk.root / ".mailer" / "keys").unlink()
    return {}


def replace(desk: Desk) -> dict[str, str]:
    (desk.root / ".mailer" / "keys").write_text(f"1 {secrets.token_hex(32)}\n", "ascii")
    return {}


def give_another(_: Desk) -> dict[str, str]:
    return {"MAILER_KEYS": f"1 {secrets.token_hex(32)}"}


def put_one_below(desk: Desk) -> dict[str, str]:
    path = desk.root / ".mailer" / "keys"
    path.write_text(f"0 {secrets.token_hex(32)}\n{path.read_text('ascii')}", "ascii")
    return {}


def drop_the_first(desk: Desk) -> dict[str, str]:
    (desk.root / ".mailer" / "keys").write_text(f"2 {secrets.token_hex(32)}\n", "ascii")
    return {}


FAULTS = [lose, replace, give_another, put_one_below, drop_the_first]
# commands that would send mail, or report whether somebody may be mailed
COMMANDS = [
    ("send", "seals", "--to", "coast", "--yes"),
    ("send", "seals", "--to", "coast", "--dry-run"),
    ("resume", "lamps"),
    ("preview", "seals", "--to", "coast"),
    ("test", "seals", "--to", "coast", "--inbox", ADA),
    ("rehearse", "seals", "--to", "coast"),
    ("why", ADA),
    ("lists", "find", ADA),
    ("lists", "list", "--stats"),
    ("lists", "import", "lists/coast.csv", "--as", "again", "--yes"),
    ("optouts", "list", ADA),
    ("optouts", "add", BO),
    ("bounces", "collect"),
    ("contacts", "export", ADA),
    ("contacts", "forget", ADA, "--yes"),
]


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Return an office in which Ada has opted out, one release was sent, and another is ready."""
    assert desk.run("optouts", "add", ADA).code == 0
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    desk.release("seals", headline="Seals are back", body="The seals are back in the harbour, all nine of them.")
    return desk


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.__name__)
def test_no_command_goes_on_with_keys_that_are_not_the_ledgers(
    office: Desk, server: ScriptedServer, fault: Callable[[Desk], dict[str, str]]
) -> None:
    before = len(server.accepted)
    env = fault(office)
    lists = {name: data for name, data in office.files().items() if name.startswith("lists/")}
    commands = COMMANDS if fault is lose else [*COMMANDS[:2], *COMMANDS[6:8]]
    passed = [" ".join(words) for words in commands if office.run(*words, env=env).code != 3]
    assert passed == []
    assert len(server.accepted) == before
    assert {name: data for name, data in office.files().items() if name.startswith("lists/")} == lists
    done = office.run("send", "seals", "--to", "coast", "--yes", env=env)
    assert "key" in done.said
    found = {each["name"]: each for each in office.run("doctor", "--offline", "--json", env=env).json["checks"]}
    assert found["ledger's keys"]["state"] == "wrong"


@pytest.mark.slow
def test_a_key_that_is_added_makes_new_tokens_and_finds_everybody_as_before(
    office: Desk, server: ScriptedServer
) -> None:
    path = office.root / ".mailer" / "keys"
    path.write_text(f"{path.read_text('ascii')}2 {secrets.token_hex(32)}\n", "ascii")
    assert office.run("contacts", "forget", BO, "--yes").code == 0
    done = office.run("send", "seals", "--to", "coast", "--yes", "--json")
    assert (done.code, done.json["skipped_reasons"]) == (0, {"opted_out": 1}), done.said
    assert times_taken(server)[ADA] == 0
    assert "key 2 is in use" in office.run("doctor", "--offline").said
    # the token of an earlier mail still opts out
    mail = next(message for message in server.accepted if message.rcpt_to == ("cy@c.example.com",))
    token = mail.mail_from.partition("+")[2].partition("@")[0]
    assert token
    headers = mail.data.decode().replace("\r\n ", " ")
    address = headers.partition("<mailto:")[2].partition(">")[0].partition("?")[0]
    assert office.run("optouts", "add", "--token", address).code == 0
    # without its line, the old mails and opt-outs would match nobody
    path.write_text(path.read_text("ascii").splitlines()[1] + "\n", "ascii")
    assert office.run("send", "seals", "--to", "coast", "--yes").code == 3
