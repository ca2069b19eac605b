from __future__ import annotations

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from mailer.config.secrets import read_given_keys, read_keys, read_or_make_keys, unsaved_keys
from mailer.errors import ConfigProblem
from mailer.settings import KeyFile, Settings
from mailer.tokens import Keys

SECRET = "ab" * 32


def written(tmp_path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "keys"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def refusal(path: Path) -> ConfigProblem:
    with pytest.raises(ConfigProblem) as caught:
        read_keys(path)
    assert SECRET[:16] not in f"{caught.value!r} {caught.value.hint}"
    return caught.value


def secret_of(keys: Keys | None) -> bytes:
    assert keys is not None
    return keys.secrets[keys.current]


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = read_or_make_keys(Settings(), tmp_path, {})
    assert read_or_make_keys(Settings(), tmp_path, {}) == first
    assert read_given_keys(Settings(), tmp_path, {}) == first
    path = tmp_path / ".mailer" / "keys"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(secret_of(first)) == 32
    assert [file.name for file in path.parent.iterdir()] == ["keys"]


def test_two_workspaces_have_different_keys(tmp_path: Path) -> None:
    one, other = (read_or_make_keys(Settings(), tmp_path / name, {}) for name in ("a", "b"))
    assert secret_of(one) != secret_of(other)


def test_reading_makes_nothing(tmp_path: Path) -> None:
    assert read_given_keys(Settings(), tmp_path, {}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_can_lie_elsewhere(tmp_path: Path) -> None:
    made = read_or_make_keys(Settings(keys=KeyFile(file="private/hmac")), tmp_path, {})
    assert read_keys(tmp_path / "private" / "hmac") == made


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    read_or_make_keys(Settings(), tmp_path, {})
    given = read_or_make_keys(Settings(), tmp_path, {"MAILER_KEYS": f"1 {SECRET}, 7 {'cd' * 16}"})
    assert given == Keys(7, {1: bytes.fromhex(SECRET), 7: bytes.fromhex("cd" * 16)})


def test_the_last_line_is_the_current_key(tmp_path: Path) -> None:
    keys = read_keys(written(tmp_path, f"1 {SECRET}\n\n2 {'cd' * 32}\n"))
    assert keys == Keys(2, {1: bytes.fromhex(SECRET), 2: bytes.fromhex("cd" * 32)})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_key_file_that_others_can_open_is_not_used(tmp_path: Path, mode: int) -> None:
    problem = refusal(written(tmp_path, f"1 {SECRET}\n", mode))
    assert "can be read by others" in problem.message
    assert problem.hint.startswith("chmod 600 ")


@pytest.mark.parametrize(
    "content",
    [
        *("", "\n", SECRET, f"1 {SECRET} x", f"one {SECRET}", "1 nothex", f"1 {SECRET[:30]}", f"256 {SECRET}"),
        *(f"-1 {SECRET}", f"1 {SECRET}\n1 {'cd' * 32}", b"\xff\xfe", f"1 {SECRET}\n2 {SECRET[:-1]}"),
    ],
)
def test_a_damaged_key_file_is_told_and_left_as_it_is(tmp_path: Path, content: str | bytes) -> None:
    path = written(tmp_path, content)
    before = path.read_bytes()
    refusal(path)
    with pytest.raises(ConfigProblem):
        read_or_make_keys(Settings(keys=KeyFile(file="keys")), tmp_path, {})
    assert path.read_bytes() == before


def test_damaged_keys_in_the_environment_are_told_and_no_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match="MAILER_KEYS is damaged"):
        read_or_make_keys(Settings(), tmp_path, {"MAILER_KEYS": SECRET})
    assert list(tmp_path.iterdir()) == []


def test_where_no_key_can_be_kept_it_is_told(tmp_path: Path) -> None:
    (tmp_path / ".mailer").write_text("a file, not a folder")
    with pytest.raises(ConfigProblem, match="cannot be made"):
        read_or_make_keys(Settings(), tmp_path, {})


def _make(root: str, start: Barrier, made: multiprocessing.Queue[bytes]) -> None:
    start.wait()
    made.put(secret_of(read_or_make_keys(Settings(keys=KeyFile(file="new/keys")), Path(root), {})))


@pytest.mark.slow
def test_processes_that_make_a_key_at_the_same_time_end_with_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, made = context.Barrier(4), context.Queue()
    path = tmp_path / "new" / "keys"
    workers = [context.Process(target=_make, args=(str(tmp_path), start, made)) for _ in range(4)]
    for worker in workers:
        worker.start()
    found = {made.get(timeout=120) for _ in workers}
    for worker in workers:
        worker.join()
    assert found == {secret_of(read_keys(path))}
    assert [file.name for file in path.parent.iterdir()] == ["keys"]


def test_passing_keys_are_new_each_time_and_nowhere_kept() -> None:
    assert secret_of(unsaved_keys()) != secret_of(unsaved_keys())
