"""A mailer.toml that others may change runs no command, yields no secret, and is used where the user trusts them."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import pytest

from mailer.cli.app import _run
from mailer.config.reading import read_settings
from mailer.errors import ConfigProblem
from mailer.platform import find_exposed
from tests.office import Desk
from tests.servers import ScriptedServer

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the environment of an account that trusts nobody yet."""
    return {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("here"))}


@pytest.fixture
def asking(desk: Desk, server: ScriptedServer) -> Desk:
    """Return a desk whose mailer.toml runs a command, which leaves a trace, when the relay is logged in to."""
    command = json.dumps(["/bin/sh", "-c", f"touch {desk.root}/ran; echo secret"])
    desk.settings(server)
    toml = desk.root / "mailer.toml"
    relay = f'[relays.main]\nusername = "press"\npassword_command = {command}\n'
    toml.write_text(toml.read_text("utf-8").replace("[relays.main]\n", relay).replace('"plain"', '"starttls"'), "utf-8")
    return desk


def test_a_settings_file_that_everybody_may_write_to_runs_no_command(asking: Desk, here: dict[str, str]) -> None:
    toml = asking.root / "mailer.toml"
    asking.run("doctor", "--only", "relay", env=here)
    ran = asking.root / "ran"
    assert ran.exists()  # so that what follows can fail
    ran.unlink()
    toml.chmod(0o666)
    for words in (
        ("doctor", "--only", "relay"),
        ("send", "lamps", "--to", "coast", "--yes"),
        ("test", "lamps", "--to", "coast", "--inbox", "you@example.org"),
        ("worker", "--once"),
        ("serve",),
        ("bounces", "collect"),
    ):
        done = asking.run(*words, env=here)
        assert done.code == 3, words
        output = " ".join(done.said.split())  # the doctor wraps it
        assert "everybody on this machine can write to it" in output, words
        assert "mailer doctor --trust" in output, words
        assert f"chmod go-w {toml}" in output, words
    assert not ran.exists()
    assert not (asking.root / ".mailer").exists()


def test_the_command_that_the_refusal_names_puts_it_right(desk: Desk, here: dict[str, str]) -> None:
    (desk.root / "mailer.toml").chmod(0o666)
    refused = desk.run("send", "lamps", "--to", "coast", "--dry-run", env=here)
    command = next(line for line in refused.err.splitlines() if "chmod" in line).strip()
    assert os.system(command) == 0  # noqa: S605 - the command as it was printed
    assert desk.run("send", "lamps", "--to", "coast", "--dry-run", env=here).code == 0


def test_a_folder_that_is_trusted_is_used_by_this_account_and_by_no_other(
    desk: Desk, server: ScriptedServer, here: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    (desk.root / "mailer.toml").chmod(0o666)
    trusted = desk.run("doctor", "--trust", str(desk.root), env=here)
    assert (trusted.code, "Trusted" in trusted.out) == (0, True)
    assert desk.run("send", "lamps", "--to", "coast", "--yes", env=here).code == 0
    assert len(server.accepted) == 5
    other = {"XDG_STATE_HOME": str(tmp_path_factory.mktemp("other"))}
    assert desk.run("send", "lamps", "--to", "coast", "--yes", env=other).code == 3


def test_trusting_says_where_there_is_nothing_to_trust_and_where_it_cannot_be_remembered(
    desk: Desk, here: dict[str, str], tmp_path: Path
) -> None:
    assert "Nothing to do" in desk.run("doctor", "--trust", str(desk.root), env=here).out
    assert desk.run("doctor", "--trust", str(tmp_path / "none"), env=here).code == 2
    (desk.root / "mailer.toml").chmod(0o666)
    refused = desk.run("doctor", "--trust", str(desk.root), env={"XDG_STATE_HOME": "/proc/none"})
    assert (refused.code, "chmod go-w" in refused.err) == (3, True)


def test_a_folder_in_which_others_may_replace_the_file_is_refused(tmp_path: Path, here: dict[str, str]) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "mailer.toml").write_text("[checks]\nheadline = 90\n", "utf-8")
    folder.chmod(0o777)
    with pytest.raises(ConfigProblem, match="everybody on this machine can write to it") as refused:
        read_settings(folder, here)
    assert f"chmod go-w {folder}" in refused.value.hint
    folder.chmod(0o1777)  # as /tmp is: nobody can replace what belongs to others
    assert read_settings(folder, here).checks.headline == 90


def test_a_link_counts_as_what_it_leads_to_and_as_the_folder_that_this_lies_in(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real.toml"
    real.write_text("", "utf-8")
    link = tmp_path / "office" / "mailer.toml"
    link.symlink_to(real)
    assert find_exposed(link) is None
    real.chmod(0o666)
    exposed = find_exposed(link)
    assert exposed is not None
    assert exposed.path == real
    real.chmod(0o644)
    (tmp_path / "elsewhere").chmod(0o777)
    exposed = find_exposed(link)
    assert exposed is not None
    assert exposed.path == tmp_path / "elsewhere"


@needs_root
def test_a_settings_file_of_another_user_is_refused_and_so_is_their_link_or_folder(
    tmp_path: Path, here: dict[str, str]
) -> None:
    folder = tmp_path / "office"
    folder.mkdir()
    toml = folder / "mailer.toml"
    toml.write_text("[checks]\nheadline = 90\n", "utf-8")
    assert read_settings(folder, here).checks.headline == 90
    for path in (toml, folder):
        os.chown(path, NOBODY, NOBODY)
        with pytest.raises(ConfigProblem, match="belongs to") as refused:
            read_settings(folder, here)
        assert f"chown -h {pwd.getpwuid(0).pw_name} {path}" in refused.value.hint
        os.chown(path, 0, 0)
    toml.rename(folder / "mine.toml")
    toml.symlink_to("mine.toml")
    os.chown(toml, NOBODY, NOBODY, follow_symlinks=False)
    with pytest.raises(ConfigProblem, match="belongs to"):
        read_settings(folder, here)


@needs_root
def test_a_group_of_the_users_own_may_write_and_one_that_others_are_in_may_not(tmp_path: Path) -> None:
    toml = tmp_path / "mailer.toml"
    toml.write_text("", "utf-8")
    toml.chmod(0o664)
    os.chown(toml, 0, 0)
    assert find_exposed(toml) is None
    os.chown(toml, 0, NOBODY)
    exposed = find_exposed(toml)
    assert exposed is not None
    assert "the group" in exposed.fault


@needs_root
def test_whoever_called_sudo_is_no_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = tmp_path / "mailer.toml"
    toml.write_text("", "utf-8")
    os.chown(toml, 1234, 0)
    assert find_exposed(toml) is not None
    monkeypatch.setenv("SUDO_UID", "1234")
    assert find_exposed(toml) is None


def test_where_there_is_no_settings_file_nobody_is_refused(tmp_path: Path, here: dict[str, str]) -> None:
    tmp_path.chmod(0o777)
    assert read_settings(tmp_path, here).senders == {}


def test_what_init_and_demo_make_is_used_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert _run(["init", str(tmp_path / "office")]) == 0
    finally:
        os.umask(before)
    assert find_exposed(tmp_path / "office" / "mailer.toml") is None


def test_init_writes_what_keeps_the_ledger_out_of_a_repository_and_leaves_one_that_is_there(tmp_path: Path) -> None:
    assert _run(["init", str(tmp_path)]) == 0
    assert (tmp_path / ".gitignore").read_text("utf-8") == ".mailer/\n"
    (tmp_path / ".gitignore").write_text("*.pdf\n", "utf-8")
    assert _run(["init", str(tmp_path)]) == 0
    assert (tmp_path / ".gitignore").read_text("utf-8") == "*.pdf\n"
