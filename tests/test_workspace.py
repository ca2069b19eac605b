from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailer.errors import InputProblem
from mailer.workspace import (
    KEPT_COPIES,
    MAX_RELEASE_BYTES,
    NO_FAMILIES,
    Workspace,
    find_workspace,
    read_bytes,
    read_text,
    shipped,
    write_atomically,
)

NOW = datetime(2026, 3, 1, 9, 30, 5, 123456, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    root = tmp_path / "office"
    for name in ("lists/coast.csv", "lists/Harbour Desk.xlsx", "releases/seals.md", "releases/ferry.txt"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return find_workspace(tmp_path, given=str(root))


def told(call: object, *args: object, **kwargs: object) -> InputProblem:
    assert callable(call)
    with pytest.raises(InputProblem) as caught:
        call(*args, **kwargs)
    return caught.value


def test_the_nearest_folder_with_a_mailer_toml_is_the_workspace(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (tmp_path / "mailer.toml").touch()
    (tmp_path / "a" / "b" / "mailer.toml").touch()
    assert find_workspace(deep).root == (tmp_path / "a" / "b").resolve()
    assert find_workspace(tmp_path / "a").root == tmp_path.resolve()


def test_a_folder_named_mailer_toml_is_no_sign_of_a_workspace(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    (tmp_path / "mailer.toml").mkdir()
    inner.mkdir()
    assert find_workspace(inner).root == inner.resolve()


def test_without_one_the_current_folder_is_it_and_nothing_is_made(tmp_path: Path) -> None:
    assert find_workspace(tmp_path).root == tmp_path.resolve()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_given_is_the_workspace_whatever_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "mailer.toml").touch()
    (tmp_path / "given").mkdir()
    assert find_workspace(tmp_path, given=str(tmp_path / "given")).root == (tmp_path / "given").resolve()
    problem = told(find_workspace, tmp_path, given=str(tmp_path / "nowhere"))
    assert "is not a folder" in problem.message
    assert problem.hint.startswith("mailer init ")


@pytest.mark.parametrize("name", ["coast", "coast.csv", "lists/coast.csv"])
def test_a_list_is_found_by_name_or_by_path(
    office: Workspace, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert office.list_path(name) == office.root / "lists" / "coast.csv"
    assert office.list_path(str(office.root / "lists" / "coast.csv")) == office.root / "lists" / "coast.csv"


def test_a_list_is_found_from_where_the_command_runs(
    office: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "export.csv").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert office.list_path("export.csv") == (tmp_path / "export.csv").resolve()


@pytest.mark.parametrize("name", sorted(NO_FAMILIES))
def test_a_folder_of_templates_with_another_use_is_no_family(office: Workspace, name: str) -> None:
    (office.root / "templates" / name).mkdir(parents=True)
    (office.root / "templates" / name / "email.html").write_text("<p>")
    assert name not in office.families()
    assert f'no template family "{name}"' in told(office.family_folder, name).message


def test_a_release_is_found_by_its_slug(office: Workspace) -> None:
    assert office.release_path("seals").name == "seals.md"
    assert office.release_path("ferry").name == "ferry.txt"


@pytest.mark.parametrize(
    "name, said",
    [
        ("cost", 'there is no list "cost"; did you mean "coast"? lists/ has: Harbour Desk, coast.'),
        (
            "harbour desk",
            'there is no list "harbour desk"; did you mean "Harbour Desk"? lists/ has: Harbour Desk, coast.',
        ),
        ("zzz", 'there is no list "zzz". lists/ has: Harbour Desk, coast.'),
    ],
)
def test_an_unknown_list_is_told_with_the_nearest_and_what_there_is(office: Workspace, name: str, said: str) -> None:
    assert told(office.list_path, name).message == said


def test_where_there_are_no_lists_that_is_told(tmp_path: Path) -> None:
    assert told(Workspace(tmp_path).list_path, "coast").message == 'there is no list "coast". lists/ has none yet.'


@pytest.mark.parametrize("name", ["", ".", "lists", "a\0b", "x" * 5000, "../../etc", "coast/"])
def test_what_cannot_be_a_file_is_told_and_no_fault(office: Workspace, name: str) -> None:
    assert "there is no list" in told(office.list_path, name).message


def test_lists_are_given_by_name_without_what_is_hidden_or_open_elsewhere(office: Workspace) -> None:
    for name in (".hidden.csv", "~$coast.xlsx", "notes.md", "b.tsv", "C.CSV"):
        (office.root / "lists" / name).write_text("x")
    (office.root / "lists" / "folder.csv").mkdir()
    assert [path.name for path in office.lists()] == ["C.CSV", "Harbour Desk.xlsx", "b.tsv", "coast.csv"]
    assert [path.name for path in office.releases()] == ["ferry.txt", "seals.md"]


def test_a_path_is_shown_as_staff_know_it(office: Workspace, tmp_path: Path) -> None:
    assert office.show(office.root / "lists" / "coast.csv") == "lists/coast.csv"
    assert office.show(tmp_path / "elsewhere.csv") == str(tmp_path / "elsewhere.csv")


def test_the_machines_folder_is_private_and_comes_only_when_asked_for(office: Workspace) -> None:
    assert not office.machine.exists()
    folder = office.make_machine_folder("run", "locks")
    assert folder == office.root / ".mailer" / "run" / "locks"
    assert {path.stat().st_mode & 0o777 for path in (office.machine, folder.parent, folder)} == {0o700}
    assert office.make_machine_folder("run", "locks") == folder


def test_where_the_machines_folder_cannot_be_made_it_is_told(office: Workspace) -> None:
    office.machine.write_text("a file")
    assert "cannot be made" in told(office.make_machine_folder, "run").message


def test_a_copy_is_kept_for_undo_that_only_the_owner_can_read(office: Workspace) -> None:
    path = office.root / "lists" / "coast.csv"
    path.write_bytes(b"email\r\nada@example.com\r\n")
    path.chmod(0o644)
    os.utime(path, (0, 0))
    copy = office.keep_for_undo(path, NOW)
    assert copy.name == "20260301T093005123456-coast.csv"
    assert copy.read_bytes() == path.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    assert copy.stat().st_mtime > path.stat().st_mtime  # purge goes by age: it is kept from today, however old the text
    path.write_bytes(b"changed")
    assert copy.read_bytes() != b"changed"


def test_of_copies_for_undo_the_newest_fifty_of_a_file_stay(office: Workspace) -> None:
    path = office.root / "lists" / "coast.csv"
    kept = [office.keep_for_undo(path, NOW + timedelta(seconds=number)) for number in range(KEPT_COPIES + 2)]
    other = office.root / "lists" / "new-coast.csv"
    other.write_bytes(b"email\n")
    kept_of_other = office.keep_for_undo(other, NOW)
    assert [copy.exists() for copy in kept] == [False, False, *[True] * KEPT_COPIES]
    assert [each.name for each in office.versions(path)] == [each.name for each in kept[:1:-1]]
    assert [each.name for each in office.versions(other)] == [kept_of_other.name]


def test_what_is_not_saved_yet_is_read_in_the_place_of_the_file(office: Workspace) -> None:
    path = office.root / "releases" / "seals.md"
    path.write_bytes(b"on file")
    assert replace(office, unsaved={path: b"typed"}).read_release(path) == b"typed"
    assert office.read_release(path) == b"on file"


def test_the_familys_templates_come_from_the_workspace_or_as_shipped(office: Workspace) -> None:
    assert {"email.html", "email.txt", "subject.txt"} <= set(office.family_files("release"))
    own = office.root / "templates" / "release"
    own.mkdir(parents=True)
    (own / "email.html").write_text("own")
    assert office.family_files("release") == {"email.html": "own"}


@pytest.mark.parametrize(
    "family, said", [("relaese", 'did you mean "release"?'), ("../release", "not the name"), ("", "")]
)
def test_an_unknown_family_is_told(office: Workspace, family: str, said: str) -> None:
    assert said in told(office.family_files, family).message


def test_what_the_package_ships_is_found(office: Workspace) -> None:
    assert (shipped("templates", "release") / "email.html").is_file()
    assert list(shipped("lists").glob("*.csv"))
    assert not shipped("templates").is_relative_to(office.root)


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.md"
    path.write_bytes(b"x" * 1001)
    assert "can be read" in told(read_bytes, path, limit=1000).message
    assert len(read_bytes(path, limit=1001)) == 1001
    with path.open("wb") as file:
        file.truncate(MAX_RELEASE_BYTES + 1)
    assert "5.0 MB" in told(read_text, path).message


@pytest.mark.parametrize("name", ["nowhere.md", "folder"])
def test_what_cannot_be_read_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    problem = told(read_bytes, tmp_path / name, limit=100_000)
    assert problem.source == str(tmp_path / name)
    assert problem.message.startswith("cannot be read: ")


def test_text_is_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfM\xc3\xb6we\r\n")
    assert read_text(path) == "Möwe\r\n"
    path.write_bytes(b"one\ntwo\nM\xf6we\n")
    problem = told(read_text, path)
    assert (problem.message, problem.line) == ("is not UTF-8 text", 3)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "coast.csv"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomically(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", mode)
    write_atomically(path, b"newer", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["coast.csv"]


def test_a_new_file_is_readable_as_files_are(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new.md", b"x")
    assert (tmp_path / "new.md").stat().st_mode & 0o777 == 0o644


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    target, link = tmp_path / "share" / "coast.csv", tmp_path / "coast.csv"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 250 + ".csv")
    path.write_bytes(b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("name", ["nowhere/a.md", "file/a.md", "folder"])
def test_what_cannot_be_written_is_told_and_nothing_is_left(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert "cannot be written" in told(write_atomically, tmp_path / name, b"x").message
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "coast.csv"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        problem = told(write_atomically, path, b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert "cannot be written" in problem.message
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["coast.csv"]


_WRITER = """
import sys
from pathlib import Path
from mailer.workspace import write_atomically
path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for letter in (b"a", b"b"):
        write_atomically(path, letter * 300_000)
"""


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.03, 0.07])
def test_a_writer_that_is_killed_leaves_one_version_whole(tmp_path: Path, after_s: float) -> None:
    path = tmp_path / "coast.csv"
    path.write_bytes(b"a" * 300_000)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, env=environment
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(after_s)
        writer.send_signal(signal.SIGKILL)
    content = path.read_bytes()
    assert len(content) == 300_000
    assert len(set(content)) == 1


def test_a_name_that_is_not_there_is_answered_on_one_line_however_many_lists_there_are(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    for number in range(40):
        (tmp_path / "lists" / f"list-{number:02}.csv").touch()
    said = told(Workspace(tmp_path).list_path, "lost-07").message
    assert said.startswith('there is no list "lost-07"; did you mean "list-')
    assert said.endswith("lists/ has: list-00, list-01, list-02, …")
    assert len(said) <= 100
