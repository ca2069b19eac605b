from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PASTED = (Path(__file__).parents[1] / "release" / "pasted" / "01-statement.txt").read_text("utf-8")


def mailer(workspace: Path, *words: str, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mailer", "--workspace", str(workspace), *words]
    data = stdin.encode() if isinstance(stdin, str) else stdin
    run = subprocess.run(command, capture_output=True, input=data, check=False)
    return subprocess.CompletedProcess(command, run.returncode, run.stdout.decode(), run.stderr.decode())


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "mailer.toml").write_text("", "utf-8")
    return tmp_path


@pytest.mark.slow
def test_new_release_is_written_and_never_over_another(workspace: Path) -> None:
    run = mailer(workspace, "release", "new", "Harbour seals")
    assert (run.returncode, run.stdout) == (0, "releases/harbour-seals.md\n")
    path = workspace / "releases" / "harbour-seals.md"
    text = path.read_text("utf-8")
    assert "headline: Harbour seals\n" in text
    again = mailer(workspace, "release", "new", "harbour-seals")
    assert again.returncode == 2
    assert "releases/harbour-seals.md is there already\nmailer release show harbour-seals" in again.stderr
    assert path.read_text("utf-8") == text
    assert not (workspace / ".mailer").exists()


@pytest.mark.slow
def test_new_release_tells_every_gap_when_it_is_checked(workspace: Path) -> None:
    mailer(workspace, "release", "new", "seals")
    run = mailer(workspace, "release", "check", "seals", "--json")
    assert run.returncode == 2
    document = json.loads(run.stdout)
    assert document["ok"] is False
    gaps = {problem["about"] for problem in document["problems"] if problem["code"] == "leftover"}
    assert {"CITY", "Name of the press officer", "+00 00 0000 0000", "What it means, in one sentence"} <= gaps
    assert {problem["severity"] for problem in document["problems"] if problem["about"] in gaps} >= {"error"}
    assert len(gaps) >= 9


@pytest.mark.slow
def test_import_writes_the_release_and_says_what_was_recognised(workspace: Path) -> None:
    (workspace / "ferry.txt").write_text(PASTED, "utf-8")
    run = mailer(workspace, "release", "import", str(workspace / "ferry.txt"))
    assert (run.returncode, run.stdout) == (0, "releases/ferry.md\n")
    assert "line 1  headline        Plan to Close the Night Ferry" in run.stderr
    assert "line 6  contact         Rosa Tellmann, 555-010-4471" in run.stderr
    assert "ferry.txt:20: " in run.stderr
    assert "reads like the caption" in run.stderr
    shown = json.loads(mailer(workspace, "release", "show", "ferry", "--json").stdout)
    original = json.loads(mailer(workspace, "release", "show", str(workspace / "ferry.txt"), "--json").stdout)
    assert {**shown, "problems": []} == {**original, "problems": [], "kept": []}
    assert original["kept"], "every word of the source is somewhere, if it opened a section"


@pytest.mark.slow
def test_import_from_a_pipe_is_named_after_its_headline(workspace: Path) -> None:
    run = mailer(workspace, "release", "import", "-", stdin=PASTED)
    assert run.stdout == "releases/plan-to-close-the-night-ferry-ignores-everyone-who-works.md\n"
    named = mailer(workspace, "release", "import", "-", "--as", "Ferry", stdin=PASTED)
    assert named.stdout == "releases/ferry.md\n"


@pytest.mark.slow
def test_import_replaces_only_when_forced_and_keeps_the_old_one(workspace: Path) -> None:
    (workspace / "releases").mkdir()
    old = workspace / "releases" / "ferry.md"
    old.write_text("---\nheadline: Old\n---\n", "utf-8")
    assert mailer(workspace, "release", "import", "-", "--as", "ferry", stdin=PASTED).returncode == 2
    assert old.read_text("utf-8") == "---\nheadline: Old\n---\n"
    assert mailer(workspace, "release", "import", "-", "--as", "ferry", "--force", stdin=PASTED).returncode == 0
    (copy,) = (workspace / ".mailer" / "undo").iterdir()
    assert copy.read_text("utf-8") == "---\nheadline: Old\n---\n"


@pytest.mark.slow
@pytest.mark.parametrize("data, says", [(b"", "is empty"), (b"%PDF-1.4", "a PDF"), (b"a" * 1_100_000, "1.1 MB")])
def test_import_refuses_what_is_no_release_and_writes_nothing(workspace: Path, data: bytes, says: str) -> None:
    run = mailer(workspace, "release", "import", "-", "--as", "x", stdin=data)
    assert (run.returncode, run.stdout) == (2, "")
    assert says in run.stderr
    assert "Traceback" not in run.stderr
    assert not (workspace / "releases").exists()


@pytest.mark.slow
def test_ten_megabytes_are_refused_in_a_sentence(workspace: Path) -> None:
    (workspace / "big.txt").write_bytes(b"seals " * 1_700_000)
    run = mailer(workspace, "release", "show", str(workspace / "big.txt"))
    assert run.returncode == 2
    assert "has 10.2 MB of text; a release has up to 1 MB: copy the release alone into a file" in run.stderr


@pytest.mark.slow
def test_show_lays_out_every_field(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (workspace / "ferry.txt").write_text(PASTED, "utf-8")
    run = mailer(workspace, "release", "show", str(workspace / "ferry.txt"))
    assert run.returncode == 0
    words = " ".join(run.stdout.split())
    for part in (
        "Plan to Close the Night Ferry",
        "Date 2027-03-09",
        "— Idris Okafor, Deputy Secretary for Transport, Night",
    ):
        assert part in words
    for part in (
        "Contact Rosa Tellmann, 555-010-4471",
        "[Picture: A baker holds",
        "Call Sign up",
    ):
        assert part in words
    assert "Kept" not in words
    assert max(map(len, run.stdout.splitlines())) <= 80


@pytest.mark.slow
def test_errors_are_all_told_with_their_lines_and_exit_2(workspace: Path) -> None:
    (workspace / "releases").mkdir()
    (workspace / "releases" / "a.md").write_text("---\nheadlien: A\ndate: soon\n---\n\nText.\n", "utf-8")
    run = mailer(workspace, "release", "check", "a")
    assert run.returncode == 2
    assert 'releases/a.md:2: there is no field "headlien"; did you mean "headline"?' in run.stderr
    assert "releases/a.md:3: date:" in run.stderr
    document = json.loads(mailer(workspace, "release", "check", "a", "--json").stdout)
    assert [problem["line"] for problem in document["error"]["problems"]] == [1, 2, 3]


@pytest.mark.slow
def test_check_exits_2_on_an_error_and_0_on_warnings(workspace: Path) -> None:
    (workspace / "releases").mkdir()
    path = workspace / "releases" / "a.md"
    path.write_text("---\nheadline: A\nembargo: 2099-12-01 09:00\n---\n\nText.\n", "utf-8")
    run = mailer(workspace, "release", "check", "a")
    assert run.returncode == 2
    assert "releases/a.md:3: embargo: it names no time zone" in run.stdout
    assert "1 error and 2 warnings. It cannot be sent like this." in run.stdout
    path.write_text("---\nheadline: A\n---\n\nText.\n", "utf-8")
    run = mailer(workspace, "release", "check", "a")
    assert (run.returncode, run.stdout.splitlines()[-2]) == (0, "2 warnings. It can be sent.")


def test_unknown_release_names_the_nearest(workspace: Path) -> None:
    (workspace / "releases").mkdir()
    (workspace / "releases" / "harbour-seals.md").write_text("---\nheadline: A\n---\n", "utf-8")
    run = mailer(workspace, "release", "show", "harbor-seals")
    assert run.returncode == 2
    assert 'did you mean "harbour-seals"?' in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["release"], *(["release", verb, "--help"] for verb in ("new", "import", "show", "check"))]
)
def test_help_shows_an_example(workspace: Path, words: list[str]) -> None:
    run = mailer(workspace, *words)
    assert "mailer release" in run.stdout + run.stderr
    assert len(words) == 1 or "Example" in run.stdout


CZECH = "Přístav otevírá nové molo\n\nPRAHA, 3 March 2027 - Městská rada schválila stavbu, řekla Žofie Dvořáková.\n"
UNSURE = "Seals\n\nEASTPORT, 3 March 2027 - The council of Eastport thanked Mr. Ško for it all.\n"


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["cp1250", "iso8859_2", "mac_latin2", "utf-8"])
def test_a_release_is_read_in_the_encoding_that_it_was_written_in(workspace: Path, codec: str) -> None:
    (workspace / "molo.txt").write_bytes(CZECH.encode(codec))
    document = json.loads(mailer(workspace, "release", "show", str(workspace / "molo.txt"), "--json").stdout)
    assert document["headline"] == "Přístav otevírá nové molo"
    assert "Žofie Dvořáková" in document["body"][0]["text"]


@pytest.mark.slow
def test_a_release_whose_encoding_is_not_sure_is_an_error_until_it_is_named(workspace: Path) -> None:
    (workspace / "releases").mkdir()
    (workspace / "releases" / "seals.txt").write_bytes(UNSURE.encode("iso8859_2"))
    for words in (("check", "seals"), ("import", "releases/seals.txt")):
        run = mailer(workspace, "release", *words)
        assert run.returncode == 2
        for phrase in ("releases/seals.txt:3", '"Eastport thanked Mr. ©ko', 'Ško for it all."', "--encoding iso8859_2"):
            assert phrase in run.stderr
    shown = json.loads(mailer(workspace, "release", "show", "seals", "--json").stdout)
    assert [one["severity"] for one in shown["problems"] if one["code"] == "encoding"] == ["error"]
    shown = json.loads(mailer(workspace, "release", "show", "seals", "--encoding", "iso8859_2", "--json").stdout)
    assert shown["body"][0]["text"].startswith("The council of Eastport thanked Mr. Ško")
    assert not shown["problems"]
    assert mailer(workspace, "release", "check", "seals", "--encoding", "iso8859_2").returncode == 0
    assert mailer(workspace, "release", "check", "seals", "--encoding", "klingon").returncode == 2


@pytest.mark.slow
def test_what_is_piped_in_takes_an_encoding_too(workspace: Path) -> None:
    run = mailer(
        workspace,
        "release",
        "import",
        "-",
        "--as",
        "seals",
        "--encoding",
        "iso8859_2",
        stdin=UNSURE.encode("iso8859_2"),
    )
    assert run.returncode == 0, run.stderr
    assert "Mr. Ško" in (workspace / "releases" / "seals.md").read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["release show", "release check", "release import", "preview", "test", "send", "rehearse", "why"]
)
def test_every_command_that_reads_a_release_takes_its_encoding(workspace: Path, command: str) -> None:
    assert "--encoding" in mailer(workspace, *command.split(), "--help").stdout
