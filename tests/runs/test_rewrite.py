"""Lists change on disk: atomically, never over somebody else's work, and so that it can be undone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.errors import InputProblem
from mailer.runs.lists import changes
from mailer.runs.lists.changes import KEPT, Rewrite, read_steps, rewrite_lists, undo_step
from mailer.workspace import Workspace

NOW = datetime(2026, 3, 1, 9, 30, 5, tzinfo=UTC)
OLD = b"email\nada@daily.example.com\n"
NEW = b"email\nada@daily.example.com\nbo@kustnytt.example.net\n"


def rewrite_list(workspace: Workspace, path: Path, data: bytes, *, was: bytes, now: datetime) -> None:
    rewrite_lists(workspace, [Rewrite(path, was, data)], what=f"{path.stem} was changed", now=now)


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "coast.csv").write_bytes(OLD)
    (tmp_path / "lists" / "science.csv").write_bytes(OLD)
    return Workspace(tmp_path.resolve())


@pytest.fixture
def coast(office: Workspace) -> Path:
    return office.root / "lists" / "coast.csv"


@pytest.fixture
def science(office: Workspace) -> Path:
    return office.root / "lists" / "science.csv"


def told(call: object, *args: object, **kwargs: object) -> InputProblem:
    assert callable(call)
    with pytest.raises(InputProblem) as caught:
        call(*args, **kwargs)
    return caught.value


def test_a_change_can_be_undone_and_the_undo_too(office: Workspace, coast: Path) -> None:
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    assert coast.read_bytes() == NEW
    undo_step(office, now=NOW)
    assert coast.read_bytes() == OLD
    undo_step(office, now=NOW, redo=True)
    assert coast.read_bytes() == NEW
    undo_step(office, now=NOW)
    assert coast.read_bytes() == OLD


def test_undo_goes_back_step_by_step(office: Workspace, coast: Path) -> None:
    states = [OLD + b"p%d@x.example.com\n" % number for number in range(4)]
    before = OLD
    for state in states:
        rewrite_list(office, coast, state, was=before, now=NOW)
        before = state
    for wanted in [states[2], states[1], states[0], OLD]:
        undo_step(office, now=NOW)
        assert coast.read_bytes() == wanted
    assert "nothing to undo" in told(undo_step, office, now=NOW).message
    for wanted in states:
        undo_step(office, now=NOW, redo=True)
        assert coast.read_bytes() == wanted
    assert "no undo" in told(undo_step, office, now=NOW, redo=True).message


def test_after_a_new_change_an_older_undo_cannot_be_taken_back(office: Workspace, coast: Path) -> None:
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    undo_step(office, now=NOW)
    rewrite_list(office, coast, NEW + b"x@x.example.com\n", was=OLD, now=NOW)
    assert "no undo" in told(undo_step, office, now=NOW, redo=True).message


def test_files_of_one_step_are_undone_as_one(office: Workspace, coast: Path, science: Path) -> None:
    fresh = office.root / "lists" / "fresh.csv"
    changes = [Rewrite(coast, OLD, NEW), Rewrite(science, OLD, None), Rewrite(fresh, None, NEW)]
    rewrite_lists(office, changes, what="three lists were changed", now=NOW)
    assert (coast.read_bytes(), science.exists(), fresh.read_bytes()) == (NEW, False, NEW)
    assert undo_step(office, now=NOW).what == "three lists were changed"
    assert (coast.read_bytes(), science.read_bytes(), fresh.exists()) == (OLD, OLD, False)
    undo_step(office, now=NOW, redo=True)
    assert (coast.read_bytes(), science.exists(), fresh.read_bytes()) == (NEW, False, NEW)


def test_a_file_that_somebody_saved_meanwhile_is_not_overwritten(office: Workspace, coast: Path, science: Path) -> None:
    coast.write_bytes(b"email\nmine@x.example.com\n")
    problem = told(
        rewrite_lists, office, [Rewrite(science, OLD, NEW), Rewrite(coast, OLD, NEW)], what="changed", now=NOW
    )
    assert str(problem) == "lists/coast.csv: has changed since it was read; nothing was overwritten"
    assert "again" in problem.hint
    assert coast.read_bytes() == b"email\nmine@x.example.com\n"
    assert science.read_bytes() == OLD
    assert read_steps(office) == []


def test_a_file_that_appeared_meanwhile_is_not_overwritten(office: Workspace, coast: Path) -> None:
    problem = told(rewrite_lists, office, [Rewrite(coast, None, NEW)], what="made", now=NOW)
    assert "is there already" in problem.message
    assert coast.read_bytes() == OLD


def test_a_file_that_is_gone_is_told(office: Workspace, coast: Path) -> None:
    coast.unlink()
    assert "has been removed since it was read" in told(rewrite_list, office, coast, NEW, was=OLD, now=NOW).message


def test_undo_refuses_a_file_that_changed_since(office: Workspace, coast: Path, science: Path) -> None:
    rewrite_lists(office, [Rewrite(coast, OLD, NEW), Rewrite(science, OLD, NEW)], what="both were changed", now=NOW)
    science.write_bytes(NEW + b"x@x.example.com\n")
    problem = told(undo_step, office, now=NOW)
    assert (
        str(problem)
        == 'lists/science.csv: has changed since "both were changed" (01 March, 09:30 UTC); it was left as it is'
    )
    kept = next(line for line in problem.hint.splitlines() if ".mailer/undo/" in line).rpartition(" ")[2]
    assert (office.root / kept).read_bytes() == OLD
    assert coast.read_bytes() == NEW


def test_nothing_changed_is_no_step(office: Workspace, coast: Path) -> None:
    rewrite_list(office, coast, OLD, was=OLD, now=NOW)
    assert read_steps(office) == []


def test_copies_are_for_their_owner_alone_and_the_list_keeps_its_permissions(office: Workspace, coast: Path) -> None:
    coast.chmod(0o640)
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    assert coast.stat().st_mode & 0o777 == 0o640
    for path in (office.root / ".mailer").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize(
    "text", ["docs/lists.md", "docs/commands.md", "mailer/desk/templates/lists_history.html", "mailer/cli/lists.py"]
)
def test_what_is_said_of_undo_names_its_three_limits(text: str) -> None:
    said = " ".join((Path(__file__).parents[2] / text).read_text("utf-8").split())
    assert f"The last {KEPT} changes are kept" in said
    megabytes = changes._KEPT_BYTES // 1_000_000
    fewest = changes._KEPT_ANYWAY
    assert f"fewer if their copies exceed {megabytes} MB (never fewer than {fewest})" in said
    assert "undo_days" in said


@pytest.mark.slow
def test_only_the_newest_steps_are_kept(office: Workspace, coast: Path) -> None:
    before = OLD
    for number in range(KEPT + 3):
        after = OLD + b"p%d@x.example.com\n" % number
        rewrite_list(office, coast, after, was=before, now=NOW)
        before = after
    assert len(read_steps(office)) == KEPT
    assert len(list((office.machine / "undo").glob("*/0-coast.csv"))) == KEPT
    undo_step(office, now=NOW)
    assert coast.read_bytes().endswith(b"p%d@x.example.com\n" % (KEPT + 1))


@pytest.mark.parametrize(
    "lock,content,who",
    [
        (".~lock.coast.csv#", b",ada,desk-7,24.11.2026 10:00,file:///tmp;", "ada, desk-7"),
        (
            ".~lock.coast.csv#",
            "Ada Br\u00f6k\\, PhD,ada,desk-7,24.11.2026 10:00,x;".encode(),
            "Ada Br\u00f6k, PhD, desk-7",
        ),
        ("~$coast.csv", b"\x03Ada" + b" " * 51 + b"\x03\x00" + "Ada".encode("utf-16-le") + b" \x00" * 40, "Ada"),
        ("~$coast.csv", b"\x03Ada", "Ada"),
    ],
)
def test_a_file_that_a_spreadsheet_program_has_open_is_left_alone(
    office: Workspace, coast: Path, lock: str, content: bytes, who: str
) -> None:
    (coast.parent / lock).write_bytes(content)
    problem = told(rewrite_list, office, coast, NEW, was=OLD, now=NOW)
    assert str(problem) == f"lists/coast.csv: is open in a spreadsheet program ({who}); nothing was changed"
    assert lock in problem.hint
    assert coast.read_bytes() == OLD


def test_a_failure_in_the_second_file_leaves_the_first_as_it_was(office: Workspace, coast: Path) -> None:
    nowhere = office.root / "lists" / "gone" / "x.csv"
    changes = [Rewrite(coast, OLD, NEW), Rewrite(nowhere, None, NEW)]
    assert "cannot be written" in told(rewrite_lists, office, changes, what="two", now=NOW).message
    assert coast.read_bytes() == OLD
    assert read_steps(office) == []


def test_a_crash_between_two_files_is_undone_as_well(office: Workspace, coast: Path, science: Path) -> None:
    rewrite_lists(office, [Rewrite(coast, OLD, NEW), Rewrite(science, OLD, NEW)], what="two", now=NOW)
    science.write_bytes(OLD)  # as if the machine had stopped before its turn
    undo_step(office, now=NOW)
    assert (coast.read_bytes(), science.read_bytes()) == (OLD, OLD)


def test_a_step_that_never_began_is_passed_over(office: Workspace, coast: Path, science: Path) -> None:
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    rewrite_list(office, science, NEW, was=OLD, now=NOW)
    science.write_bytes(OLD)
    undo_step(office, now=NOW)
    assert coast.read_bytes() == OLD


def test_a_damaged_step_says_what_to_do(office: Workspace, coast: Path) -> None:
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    (office.machine / "undo" / "000001" / "step.json").write_text("{")
    problem = told(undo_step, office, now=NOW)
    assert ".mailer/undo/000001: is an undo step that cannot be read" in str(problem)


def test_a_damaged_copy_is_not_put_back(office: Workspace, coast: Path) -> None:
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    (office.machine / "undo" / "000001" / "0-coast.csv").write_bytes(b"half")
    assert "copy is gone or damaged" in told(undo_step, office, now=NOW).message
    assert coast.read_bytes() == NEW


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mailer.contacts.edits import AddRow, edit_list
from mailer.errors import InputProblem
from mailer.runs.lists.changes import Rewrite, rewrite_lists
from mailer.workspace import Workspace

root, who = Path(sys.argv[1]), sys.argv[2]
path = root / "lists" / "coast.csv"
for number in range(12):
    while True:
        was = path.read_bytes()
        data = edit_list(was, name="coast.csv", edits=[AddRow({0: f"{who}{number}@x.example.com"})])
        try:
            rewrite_lists(Workspace(root), [Rewrite(path, was, data)], what='edited', now=datetime.now(UTC))
        except InputProblem as problem:
            assert "changed since" in problem.message, problem
            print("told")
            continue
        break
"""


@pytest.mark.slow
def test_two_who_write_at_once_lose_nothing(office: Workspace, coast: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(office.root), who], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for who in "ab"
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    wanted = {f"{who}{number}@x.example.com" for who in "ab" for number in range(12)}
    found = coast.read_text().splitlines()[2:]
    assert len(found) == 24
    assert set(found) == wanted


FLIPPER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mailer.runs.lists.changes import Rewrite, rewrite_lists
from mailer.workspace import Workspace

root = Path(sys.argv[1])
paths = [root / "lists" / name for name in ("coast.csv", "science.csv")]
while True:
    changes = []
    for path in paths:
        was = path.read_bytes()
        letter = b"b" if was[:1] == b"a" else b"a"
        changes.append(Rewrite(path, was, letter * 400_000))
    rewrite_lists(Workspace(root), changes, what="flipped", now=datetime.now(UTC))
    print(flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_each_file_is_whole_and_undo_makes_them_agree(
    office: Workspace, coast: Path, science: Path
) -> None:
    wholes = {letter * 400_000 for letter in (b"a", b"b")}
    for round_ in range(6):
        coast.write_bytes(b"a" * 400_000)
        science.write_bytes(b"a" * 400_000)
        with subprocess.Popen([sys.executable, "-c", FLIPPER, str(office.root)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.003 * round_)
            os.kill(process.pid, signal.SIGKILL)
        assert {coast.read_bytes(), science.read_bytes()} <= wholes
        undo_step(office, now=NOW)
        assert coast.read_bytes() == science.read_bytes()
        assert coast.read_bytes() in wholes
        assert not list(coast.parent.glob(".mailer-*"))


def test_a_step_is_json_that_names_no_person(office: Workspace, coast: Path) -> None:
    rewrite_list(office, coast, NEW, was=OLD, now=NOW)
    text = (office.machine / "undo" / "000001" / "step.json").read_text()
    assert json.loads(text)["files"][0]["path"] == "lists/coast.csv"
    assert "@" not in text
