"""`mailer bounces classify`, as a user types it: its two streams and its exit code, as a process if pipes matter."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.office import Desk, Done

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "bounces" / "corpus"
SCORE = ROOT.parent / "shared" / "samples" / "score_bounces.py"


def run(*words: str) -> Done:
    return Desk(ROOT).run("bounces", "classify", *words)


def run_process(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "mailer", "bounces", "classify", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, cwd=ROOT)


@pytest.mark.slow
def test_each_message_is_one_line_of_json_that_names_its_file() -> None:
    done = run_process("--jsonl", str(CORPUS))
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert done.stderr == b""
    assert [document["file"] for document in documents] == [str(file) for file in sorted(CORPUS.glob("*.eml"))]
    assert documents[0]["kind"] == "bounce"
    assert documents[0]["recipients"][0]["address"] == "ada@example.com"


def test_one_json_document_holds_all_messages() -> None:
    done = run("--json", str(CORPUS))
    assert len(json.loads(done.out)["messages"]) == len(list(CORPUS.glob("*.eml")))


@pytest.mark.slow
def test_a_pipe_is_read() -> None:
    done = run_process("--jsonl", "-", stdin=b"Subject: hello\n\nx")
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == ["-"]


def test_people_see_whom_it_is_about_and_why_and_how_many() -> None:
    done = run(str(CORPUS))
    shown = done.out
    assert done.code == 0
    assert "ada@example.com  failed  5.1.1  userunknown  permanent" in shown
    assert f"{len(list(CORPUS.glob('*.eml')))} messages" in shown
    assert "\x1b" not in shown  # a server's text cannot colour the terminal


def test_the_evidence_is_told_where_it_is_asked_for() -> None:
    one = str(CORPUS / "01-postfix-unknown-user.eml")
    shown = run("--explain", one).out
    for words in (
        "Final-Recipient",
        "no such user, by the words “user unknown” (addresses)",
        "at once",
        "Status field",
    ):
        assert words in shown
    explained, plain = (json.loads(run("--jsonl", one, *words).out) for words in (["--explain"], []))
    assert set(explained["recipients"][0].pop("why")) == {"address", "reason", "permanent", "suppress"}
    assert explained.pop("why") == {"kind": "delivery status (certain)"}
    assert explained == plain


def test_nothing_is_changed_and_no_ledger_appears(tmp_path: Path) -> None:
    message = tmp_path / "one.eml"
    message.write_bytes((CORPUS / "01-postfix-unknown-user.eml").read_bytes())
    run("--jsonl", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["one.eml"]


@pytest.mark.parametrize("words", [(), ("--jsonl",)], ids=["people", "jsonl"])
def test_a_path_that_is_not_there_is_told_without_a_traceback(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*words, str(tmp_path / "nowhere"))
    assert done.code == 2
    assert done.out == ""
    assert "no such file or folder" in done.err
    assert "Traceback" not in done.err


def test_an_error_is_json_when_json_was_asked_for(tmp_path: Path) -> None:
    done = run("--json", str(tmp_path / "nowhere"))
    assert done.code == 2
    assert json.loads(done.out)["error"]["code"] == "input"


def test_a_message_that_is_too_large_has_its_line_too(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"x" * 25_000_001)
    (tmp_path / "b.eml").write_bytes(b"Subject: small\n\n")
    first, second = (json.loads(line) for line in run("--jsonl", str(tmp_path)).out.splitlines())
    assert "25 MB" in first["problem"]
    assert (first["kind"], first["recipients"], second["subject"]) == ("none", [], "small")


@pytest.mark.slow
@pytest.mark.skipif(not SCORE.exists(), reason="the samples are not beside this checkout")
def test_real_messages_are_never_called_bounces_of_a_wrong_address() -> None:
    command = f"{shlex.quote(sys.executable)} -m mailer bounces classify --jsonl {{dir}}"
    done = subprocess.run([sys.executable, SCORE, command], capture_output=True, text=True, check=True, cwd=ROOT)
    figures = {name.strip(): int(value) for name, value in (line.rsplit(None, 1) for line in done.stdout.splitlines())}
    assert (figures["false bounce"], figures["not answered"]) == (0, 0)
    # a minimum just below what is reached, so that no change loses any; the label of one is cut off
    assert figures["a wrong address"] <= 2
    assert figures["all recipients"] >= 0.975 * figures["bounces"]
    assert figures["permanence ok"] >= 0.96 * figures["permanence judged"]
