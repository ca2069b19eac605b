"""`mailer doctor` and this machine: files, disk, version control, single checks, and the output."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.errors import InputProblem
from mailer.runs.doctor.examining import NAMES, examine
from mailer.runs.doctor.values import Check, Group, Record, Step, Visit, Wishes
from mailer.runs.doctor.workspace import judge_disk, judge_durability
from mailer.workspace import Workspace
from tests.office import Desk, environment


def look(desk: Desk, *words: str) -> dict[str, Any]:
    document = desk.run("doctor", "--offline", "--json", *words).json
    return {each["name"]: each for each in document["checks"]}


def test_lists_and_releases_are_counted(desk: Desk) -> None:
    found = look(desk)["workspace"]
    assert (found["state"], found["lists"], found["releases"]) == ("ok", 1, 1)


def test_secrets_that_others_can_read_are_told_with_the_command_to_mend_it(desk: Desk) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    assert look(desk)["private files"]["state"] == "ok"
    (desk.root / ".mailer").chmod(0o755)
    found = look(desk)["private files"]
    assert found["code"] == "files-open"
    assert f"chmod 700 {desk.root / '.mailer'}" in found["hint"]
    (desk.root / ".mailer").chmod(0o700)
    for name in ("relay.password", "mailgun.key"):
        desk.write(name, "wick").chmod(0o644)
    text = (desk.root / "mailer.toml").read_text().replace('security = "plain"', 'security = "starttls"')
    text = text.replace("[relays.main]", '[relays.main]\nusername = "x"\npassword_file = "relay.password"')
    desk.write("mailer.toml", f'{text}\n[webhooks.mailgun]\nsigning_key_file = "mailgun.key"\n')
    assert set(look(desk)["private files"]["files"]) == {"relay.password", "mailgun.key"}


def test_a_repository_that_would_take_in_people_and_keys_is_told(desk: Desk) -> None:
    desk.run("send", "lamps", "--to", "coast", "--yes")
    (desk.root / ".git").mkdir()
    assert look(desk)["version control"]["code"] == "git-exposed"
    desk.write(".gitignore", "*.pyc\n.mailer/\n")
    assert "version control" not in look(desk)


@pytest.mark.parametrize(
    "free, code", [(49_000_000, "disk-full"), (499_000_000, "disk-low"), (500_000_000, ""), (3_000_000_000, "")]
)
def test_a_disk_with_little_room_is_told_before_it_stops_a_mailing(free: int, code: str) -> None:
    check = judge_disk(free, 4_000_000_000)
    assert check.code == code
    assert "of 4.0 GB" in check.message


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Run as a user to whom file permissions apply, since they do not stop root."""
    if os.geteuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_that_cannot_be_used_is_told_with_the_command_to_mend_it() -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = Desk(Path(folder))
        office.settings(None)
        office.people("coast", 2)
        look(office, "--only", "workspace")  # "nobody" may not be allowed to read what it imports
        office.root.chmod(0o555)
        with as_nobody():
            locked = look(office, "--only", "workspace")["workspace"]
        (office.root / "lists" / "coast.csv").chmod(0o000 if os.geteuid() else 0o600)
        with as_nobody():
            closed = look(office, "--only", "workspace")["workspace"]
        office.root.chmod(0o755)
    assert (locked["code"], f"chmod u+w {folder}" in locked["hint"]) == ("workspace-locked", True)
    assert (closed["code"], "lists/coast.csv" in closed["message"]) == ("workspace-closed", True)


def test_a_package_that_the_settings_ask_for_is_told_with_the_command_to_install_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.settings(None, more='[ledger]\nurl = "postgresql://press@127.0.0.1/press"\n')
    monkeypatch.setitem(sys.modules, "psycopg", None)  # Python's own mark for a module that must not be imported
    found = look(desk, "--only", "settings")["packages"]
    assert (found["code"], found["hint"]) == ("package-missing", "pip install 'mailer[postgres]'")


@pytest.mark.parametrize(
    "facts, code",
    [
        ({"journal_mode": "wal", "synchronous": "full"}, ""),
        ({"journal_mode": "delete", "synchronous": "full"}, "ledger-fleeting"),
        ({"fsync": "on", "synchronous_commit": "on"}, ""),
        ({"fsync": "on", "synchronous_commit": "off"}, "ledger-fleeting"),
        ({"fsync": "off", "synchronous_commit": "on"}, "ledger-fleeting"),
    ],
)
def test_a_ledger_that_a_power_loss_can_shorten_is_told(facts: dict[str, str], code: str) -> None:
    assert judge_durability(facts).code == code


def test_the_room_on_the_disk_is_told(desk: Desk) -> None:
    found = look(desk)["disk"]
    usage = os.statvfs(desk.root)
    assert found["total_bytes"] == usage.f_blocks * usage.f_frsize


def test_who_reads_opt_outs_and_bounces_is_told(desk: Desk) -> None:
    found = look(desk)
    assert found["opt-outs read"]["state"] == "ok"
    assert "optout+TOKEN@" in found["opt-outs read"]["hint"]
    text = (desk.root / "mailer.toml").read_text()
    desk.write("mailer.toml", text.replace('[inbox.main]\nurl = "maildir:returned"\n', ""))
    found = look(desk)
    assert {found[name]["code"] for name in ("opt-outs read", "bounces read")} == {"mailbox-none"}
    inbox = '[inbox.main]\nurl = "imaps://bounces%40example.org@mail.example.org"\npassword_env = "P"\n'
    desk.write("mailer.toml", text.replace('[inbox.main]\nurl = "maildir:returned"\n', inbox))
    assert look(desk)["bounces read"]["message"] == "inbox main is the mailbox of bounces@example.org"


def test_settings_that_cannot_be_read_hide_nothing_that_needs_none(desk: Desk) -> None:
    desk.write("mailer.toml", "[dns]\nnameserver = 'ns.example.org'\ntimeout_s = 900\n")
    done = desk.run("doctor", "--json")
    found = {each["name"]: each for each in done.json["checks"]}
    assert done.code == 3
    assert (
        "mailer.toml:1: dns.nameserver" in found["settings"]["message"] or "nameserver" in found["settings"]["message"]
    )
    assert found["workspace"]["state"] == "ok"
    assert "relay main" not in found


@pytest.mark.parametrize("name", NAMES)
def test_each_check_can_be_asked_for_alone(desk: Desk, name: str) -> None:
    done = desk.run("doctor", "--offline", "--json", "--only", name)
    if name in {"relay", "mx", "spf", "dkim", "dmarc", "reverse", "one-click", "newsroom", "clock"}:
        assert (done.code, "--offline leaves out" in done.said) == (2, True)
        return
    assert done.code == 0, done.said
    groups = {each["group"] for each in done.json["checks"]}
    assert len(groups) <= 1
    assert done.json["bulk_senders"] == []


@pytest.mark.parametrize(
    "words, phrase",
    [
        (("--only", "spff"), 'did you mean "spf"?'),
        (("--nameserver", "ns.example.org"), "--nameserver: an IP address"),
        (("--nameserver", "127.0.0.1:99999"), "--nameserver: an IP address"),
        (("--selector", "a b"), "is not valid"),
        (("--outgoing", "relay"), "--outgoing: an IP address"),
    ],
)
def test_what_cannot_be_asked_for_is_told(desk: Desk, words: tuple[str, ...], phrase: str) -> None:
    done = desk.run("doctor", *words)
    assert done.code == 2
    assert phrase in done.err


def test_a_fault_of_our_own_in_one_look_hides_no_other(desk: Desk) -> None:
    from mailer.lookup import Resolver
    from mailer.runs.doctor.examining import _run
    from mailer.settings import Settings

    def broken(_: Visit) -> Any:
        yield Check("first", "seen before it broke")
        raise ZeroDivisionError("by zero")

    def good(_: Visit) -> Any:
        yield Check("second", "seen")

    def refused(_: Visit) -> Any:
        raise InputProblem("this is no place for it")

    visit = Visit(Workspace(desk.root), {}, Settings(), Wishes(), Resolver(("127.0.0.1", 1)), lambda: None)  # type: ignore[arg-type,return-value]
    steps = [Step("broken", Group.DESK, broken), Step("refused", Group.DESK, refused), Step("good", Group.DESK, good)]
    results = _run(steps, visit, None)
    assert [each.name for each in results] == ["first", "broken", "refused", "second"]
    assert results[2].code == "look-refused"
    assert results[1].code == "look-broken"
    assert "ZeroDivisionError" in results[1].message


def test_whoever_watches_is_told_what_is_still_under_way(desk: Desk) -> None:
    seen: list[tuple[int, int, tuple[str, ...]]] = []
    found = examine(
        Workspace(desk.root),
        {},
        Wishes(offline=True),
        watch=lambda done, total, names: seen.append((done, total, tuple(names))),
    )
    assert found.checks
    assert all(0 <= done < total and names for done, total, names in seen)


@pytest.mark.slow
def test_at_a_terminal_what_is_under_way_is_shown_and_gone_at_the_end(desk: Desk) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mailer", "--workspace", str(desk.root), "doctor", "--offline"]
    with environment({"COLUMNS": "80"}):
        process = subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(60) == 0
    assert shown.rstrip().endswith(b"good\x1b[0m")
    assert b"Looking" not in shown.rpartition(b"This desk")[2]
    assert b"Traceback" not in shown


def test_a_record_is_shown_as_it_is_typed() -> None:
    assert str(Record("_dmarc.example.org", "TXT", "v=DMARC1; p=none")) == '_dmarc.example.org TXT "v=DMARC1; p=none"'
    assert str(Record("example.org", "MX", "10 mail.example.org.")) == "example.org MX 10 mail.example.org."
