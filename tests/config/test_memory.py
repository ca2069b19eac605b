"""The user's state folder: where it is, and what is kept in it."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from mailer.config.memory import Memory, Remembered, find_memory

ID = "0123456789abcdef"
SIX = Remembered(6, "mark", "/office", "ada@desk", "2026-10-03T08:00:00+00:00")


@pytest.mark.parametrize(
    "environ, platform, expected",
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/"}, "linux", "/state/mailer"),
        ({"XDG_STATE_HOME": "/state"}, "darwin", "/state/mailer"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/"}, "linux", "/.local/state/mailer"),
        ({"HOME": "/"}, "linux", "/.local/state/mailer"),
        ({"HOME": "/"}, "freebsd14", "/.local/state/mailer"),
        ({"HOME": "/"}, "darwin", "/Library/Application Support/mailer"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/mailer"),
        ({}, "win32", None),
        ({"HOME": "/nonexistent/home"}, "linux", None),
        ({"HOME": "not/absolute"}, "linux", None),
    ],
)
def test_the_state_folder_is_where_the_system_keeps_such_things(
    environ: dict[str, str], platform: str, expected: str | None
) -> None:
    assert find_memory(environ, platform=platform).folder == (Path(expected) if expected else None)


def test_without_home_it_is_that_of_the_account() -> None:
    import os
    import pwd

    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    expected = home / ".local" / "state" / "mailer" if home.is_dir() else None
    assert find_memory({}, platform="linux").folder == expected


def test_what_is_kept_is_recalled_and_private(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "state" / "mailer")
    assert memory.lasts
    assert memory.recall(ID) is None
    assert not (tmp_path / "state").exists()  # looking makes nothing
    assert memory.keep(ID, SIX)
    assert memory.recall(ID) == SIX
    folder = tmp_path / "state" / "mailer"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()} == {
        *((name, 0o600) for name in (f"{ID}.json", "lock"))
    }


def test_a_number_is_never_lowered(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.keep(ID, SIX)
    assert memory.keep(ID, Remembered(5, "older"))
    assert memory.recall(ID) == SIX
    memory.keep(ID, Remembered(7, "newer"))
    assert memory.recall(ID) == Remembered(7, "newer")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"runs": 1}', '{"runs": "many"}', '"runs"', "\udcff"])
def test_what_is_damaged_is_not_known_and_can_be_kept_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{ID}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    memory = Memory(tmp_path)
    assert memory.recall(ID) is None
    assert memory.keep(ID, SIX)
    assert memory.recall(ID) == SIX


@pytest.mark.parametrize("ledger_id", ["../../etc/passwd", "", "ABCDEF0123456789", "0123456789abcdef/x"])
def test_an_id_that_is_none_leads_nowhere(tmp_path: Path, ledger_id: str) -> None:
    memory = Memory(tmp_path / "mailer")
    assert not memory.keep(ledger_id, SIX)
    assert memory.recall(ledger_id) is None
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_kept_nothing_breaks(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file" / "mailer"):
        memory = Memory(folder)
        assert not memory.lasts
        assert not memory.keep(ID, SIX)
        assert memory.recall(ID) is None


def _count_up(folder: str) -> None:
    for number in range(1, 41):
        Memory(Path(folder)).keep(ID, Remembered(number))


@pytest.mark.slow
def test_processes_that_write_at_once_leave_the_highest_number(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count_up, args=(str(tmp_path),)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert json.loads((tmp_path / f"{ID}.json").read_text("utf-8"))["runs"] == 40
    assert {path.name for path in tmp_path.iterdir()} == {f"{ID}.json", "lock"}
