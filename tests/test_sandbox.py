"""The child that reads what strangers made: its limits, its ends, and that the next file is read all the same."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailer.errors import InputProblem
from mailer.sandbox import Limits, ParseStopped, Sandbox
from tests import sandboxed

FEW = Limits(seconds=1, megabytes=200)
MANY = Limits(seconds=30, megabytes=200)  # where the limits are not what is asked about, and the machine may be busy
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has the wall clock alone")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def test_one_child_reads_one_file_after_the_other(sandbox: Sandbox) -> None:
    one = sandbox.call(MANY, "a", sandboxed.echoes, b"one")
    other = sandbox.call(MANY, "b", sandboxed.echoes, b"other")
    assert (one[1], other[1]) == (b"one", b"other")
    assert one[0] == other[0] != os.getpid()


@pytest.mark.slow
@pytest.mark.parametrize(
    "reader, said",
    [
        pytest.param(sandboxed.spins, "takes longer than 1 seconds", marks=POSIX),
        (sandboxed.sleeps, "takes longer than 1 seconds"),
        pytest.param(sandboxed.eats, "takes more than 200 MB of memory", marks=POSIX),
        (sandboxed.aborts, "is damaged, or takes too much memory"),
        (sandboxed.dies, "is damaged, or takes too much memory"),
        (sandboxed.fails, "its reader failed (KeyError: b'a')"),
        (sandboxed.panics, "its reader failed (Panic: a panic"),
    ],
)
def test_a_file_that_breaks_its_reader_is_named_and_the_next_one_is_read(
    sandbox: Sandbox, reader: Callable[[bytes], object], said: str
) -> None:
    with pytest.raises(ParseStopped) as stopped:
        sandbox.call(FEW, "bad.xls", reader, b"a")
    assert said in stopped.value.message
    assert str(stopped.value).startswith("bad.xls: ")
    assert sandbox.call(MANY, "good.xls", sandboxed.echoes, b"good")[1] == b"good"


def test_what_a_reader_refuses_arrives_as_it_was_said(sandbox: Sandbox) -> None:
    with pytest.raises(InputProblem) as refused:
        sandbox.call(MANY, "a.md", sandboxed.refuses, b"more")
    assert not isinstance(refused.value, ParseStopped)
    assert (str(refused.value), refused.value.hint) == ("a.md:3: is empty", "write more")


@pytest.mark.slow
@POSIX
def test_each_file_has_its_own_time_however_long_the_child_has_worked(sandbox: Sandbox) -> None:
    assert [sandbox.call(FEW, "a", sandboxed.works_for_a_third_of_a_second, bytes([n])) for n in range(5)] == [
        bytes([n]) for n in range(5)
    ]


@pytest.mark.slow
@POSIX
def test_of_a_batch_the_one_under_way_at_the_deadline_is_the_bad_one(sandbox: Sandbox) -> None:
    items = [(f"{n}.eml", sandboxed.BAD if n in {3, 4, 119} else str(n).encode()) for n in range(120)]
    found = list(sandbox.map(FEW, sandboxed.spins_where_told, items))
    assert [source for source, _ in found] == [source for source, _ in items]
    assert [source for source, each in found if isinstance(each, ParseStopped)] == ["3.eml", "4.eml", "119.eml"]
    assert [each for _, each in found if isinstance(each, bytes)] == [
        data for _, data in items if data != sandboxed.BAD
    ]


@pytest.mark.slow
def test_rows_come_back_while_the_reader_goes_on_and_those_before_its_end_are_kept(sandbox: Sandbox) -> None:
    rows: list[int] = []
    sandbox.stream(MANY, "a.xlsx", rows.append, sandboxed.counts, 10_000)
    assert rows == list(range(10_000))
    rows.clear()
    with pytest.raises(ParseStopped, match="longer than 1 seconds"):
        sandbox.stream(FEW, "a.xlsx", rows.append, sandboxed.counts_and_spins, 5)
    assert rows == list(range(5))


def test_whoever_takes_the_rows_and_fails_hears_of_their_own_failure_and_not_of_the_file(sandbox: Sandbox) -> None:
    def full(_row: int) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        sandbox.stream(MANY, "a.xlsx", full, sandboxed.counts, 10)
    assert sandbox.call(MANY, "b", sandboxed.echoes, b"good")[1] == b"good"


def test_what_is_nested_too_deep_is_named_and_the_child_goes_on(sandbox: Sandbox) -> None:
    process = sandbox.call(MANY, "a", sandboxed.echoes, b"")[0]
    with pytest.raises(ParseStopped, match="cannot be read: its parts are nested too deep"):
        sandbox.call(MANY, "a.eml", sandboxed.nests, 1)
    assert sandbox.call(MANY, "b", sandboxed.echoes, b"") == (process, b"")


def test_a_batch_larger_than_a_pipe_holds_arrives_whole(sandbox: Sandbox) -> None:
    items = [(str(n), bytes(300_000)) for n in range(40)]
    assert all(each == bytes(300_000) for _, each in sandbox.map(MANY, sandboxed.spins_where_told, items))


def test_what_a_library_prints_is_nowhere_and_no_answer(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert sandbox.call(MANY, "a", sandboxed.prints, b"words") == b"words"
    assert capfd.readouterr() == ("", "")


def test_the_child_has_no_secret_of_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_RELAY_PASSWORD", "secret")
    monkeypatch.setenv("PRESS_PASSWORD", "secret")
    assert "secret" not in sandbox.call(MANY, "a", sandboxed.environment, b"").values()


@pytest.mark.slow
def test_a_child_that_is_slow_to_start_takes_nothing_from_the_time_of_its_first_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(7)\n", "utf-8")  # longer than a file may wait
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sandbox.call(FEW, "a", sandboxed.echoes, b"one")[1] == b"one"


def test_threads_take_turns_and_each_gets_its_own_answer(sandbox: Sandbox) -> None:
    found: dict[int, list[bytes]] = {}

    def read(number: int) -> None:
        found[number] = [sandbox.call(MANY, "a", sandboxed.echoes, b"%d" % number)[1] for _ in range(50)]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == {number: [b"%d" % number] * 50 for number in range(4)}


def test_no_child_is_started_before_something_is_to_be_read_and_none_outlives_the_program() -> None:
    program = (
        "import os, sys, mailer.cli.app\n"
        "from mailer.sandbox import SANDBOX, Limits\n"
        "from tests.sandboxed import echoes\n"
        "assert SANDBOX._child is None\n"
        "print(SANDBOX.call(Limits(5, 200), 'a', echoes, b'')[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
