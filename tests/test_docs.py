"""What is written for people and what the command line does are one: help with examples, README and docs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.cli.app import whole_command
from tests.office import Desk
from tests.reference import PAGE, whole_page

ROOT = Path(__file__).parents[1]
# Commands that send or change something: who types one for the first time wants to see it done.
DOING = {
    *(
        "demo",
        "init",
        "preview",
        "test",
        "rehearse",
        "send",
        "resume",
        "worker",
        "report",
        "proof",
        "release new",
        "release import",
    ),
    *("bounces collect", "optouts add", "optouts remove", "pause", "cancel", "reconcile", "doctor", "dkim new-key"),
    *("contacts forget", "contacts export", "purge"),
}

PRESS_EXPORT = """\
Full name,Work e-mail,Publication,Job title,Topics,Subscription
Ruta Vance,ruta.vance@gannet-times.example.org,The Gannet Times,Reporter,coast,subscribed
Jorunn Skår,jorunn.skaar@kystposten.example.net,Kystposten,News editor,sea and islands,subscribed
Bram Sluis,bram.sluis@getij.example.com,Getij,Editor,sea,unsubscribed
Odile Marn,odile.marn@lamaree,La Marée du Matin,Photographer,pictures,subscribed
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command that does something (no group, but for one that shows by itself), by the words typed."""

    def walk(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, Any]]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield " ".join(words), command
            return
        if command.invoke_without_command and words:
            yield " ".join(words), command
        for name, each in inner.items():
            yield from walk((*words, name), each)

    return walk((), whole_command())


COMMANDS = dict(commands())


def examples(command: Any) -> list[str]:
    """Return the command lines in a command's help."""
    lines = [line.strip() for line in (command.help or "").splitlines()]
    return [re.split(r"\s{3,}", line)[0] for line in lines if line.startswith("mailer ")]


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def typed_in(page: Path) -> list[str]:
    """Return the command lines of a page that are shown as typed (`$ mailer …`)."""
    return re.findall(r"(?m)^\$ (mailer [^\n#]*)", page.read_text("utf-8"))


def test_the_walk_finds_the_commands() -> None:
    assert {"send", "status", "optouts add", "bounces collect", "release show", "lists check"} <= set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_says_what_it_is_for(words: str) -> None:
    said = (COMMANDS[words].help or "").strip().splitlines()
    assert said
    assert said[0].endswith(".")


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_does(words: str) -> None:
    silent = [each.name for each in COMMANDS[words].params if each.name != "help" and not getattr(each, "help", None)]
    assert silent == []


@pytest.mark.parametrize("words", sorted(DOING))
def test_a_command_that_changes_something_shows_an_example(words: str) -> None:
    assert any(line.startswith(f"mailer {words}") for line in examples(COMMANDS[words]))


EXAMPLES = [line for command in COMMANDS.values() for line in examples(command)]


@pytest.mark.slow
@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_in_a_help_can_be_typed(line: str, desk: Desk) -> None:
    assert_can_be_typed(line, desk)


@pytest.mark.slow
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_command_line_on_a_page_can_be_typed(page: Path, desk: Desk) -> None:
    lines = typed_in(page)
    if page.name == "README.md":
        assert len(lines) >= 5
    for line in lines:
        assert_can_be_typed(line.partition(" && ")[0], desk)


def assert_can_be_typed(line: str, desk: Desk) -> None:
    """Parse a line as the command line does, and stop before it is done: `--help` at its end."""
    words = shlex.split(line.partition(" > ")[0])[1:]
    if words[:1] == ["replies"] and " ".join(words[:2]) not in COMMANDS:  # it lists without a word more
        words.insert(1, "list")
    known = [name for name in COMMANDS if words[: len(name.split())] == name.split()]
    assert known, f"there is no such command: {line}"
    command = COMMANDS[max(known, key=len)]
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used <= options, f"no such option: {used - options} in {line}"
    assert desk.run(*words, "--help").code == 0


def test_the_reference_says_what_the_command_line_says() -> None:
    assert PAGE.read_text("utf-8") == whole_page(), "write it anew: python -m tests.reference"


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_in_the_reference(words: str) -> None:
    assert re.search(rf"^### `mailer {words}[ `]", PAGE.read_text("utf-8"), re.MULTILINE)


def test_the_first_line_of_the_readme_with_the_demo_is_one_command_to_paste() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    line = next(line for line in text.splitlines() if "mailer demo" in line)
    assert "venv" in line
    assert line.endswith("mailer demo")


def documented_keys(command: str) -> set[str]:
    """Return the keys in the first column of the table below the heading with this command."""
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    (section,) = (each for each in page.split("\n## ")[1:] if command in each.partition("\n")[0])
    rows = (line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


def test_programs_get_every_key_that_the_page_names(desk: Desk) -> None:
    assert documented_keys("release show") <= set(desk.run("release", "show", "lamps", "--json").json)
    assert documented_keys("lists check") <= set(desk.run("lists", "check", "coast", "--json").json)
    assert desk.run("send", "lamps", "--to", "coast", "--yes", "--json").code == 0
    report = desk.run("report", "lamps", "--deliveries", "--json").json
    assert documented_keys("report") <= set(report)
    columns = (
        (ROOT / "docs" / "json.md")
        .read_text(encoding="utf-8")
        .partition("The columns of `--csv`:")[2]
        .partition("##")[0]
    )
    assert set(re.findall(r"`(\w+)`", columns)) == set(report["deliveries"][0])
    letter = desk.root / "letter.eml"
    letter.write_bytes(b"From: bo@b.example.com\r\nSubject: Lamps\r\n\r\nThank you.\r\n")
    (line,) = desk.run("bounces", "classify", str(letter), "--jsonl").out.splitlines()
    assert documented_keys("bounces classify") <= set(json.loads(line))


@pytest.mark.parametrize("page", [*pages(), ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"(?ms)^```.*?^```|`[^`\n]+`", "", page.read_text("utf-8"))
    links = re.findall(r"\]\((?!https?://|mailto:|#)([^)#\s]+)", prose)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_import_in_the_readme_shows_what_such_an_import_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = (ROOT / "README.md").read_text("utf-8").split("$ mailer lists import press-export.csv --as gannet\n")[1]
    desk.write("press-export.csv", PRESS_EXPORT)
    monkeypatch.chdir(desk.root)
    monkeypatch.setenv("COLUMNS", "100")
    said = desk.run("lists", "import", "press-export.csv", "--as", "gannet", "--dry-run").out
    assert said.startswith(shown[: shown.index("  Make the list")])


def test_the_tutorial_works_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type every command of the tutorial, with its files, from an empty folder to the report."""
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    files = dict(re.findall(r"(?s)Save this as `([\w.]+)`.*?```text\n(.*?)```", page))
    lines = re.findall(r"(?m)^\$ mailer (.+)$", page)
    monkeypatch.chdir(tmp_path)
    assert Desk(tmp_path).run(*shlex.split(lines[0])).code == 0  # mailer init office
    monkeypatch.chdir("office")
    office = Desk(Path.cwd())
    for name, text in files.items():
        office.write(name, text)
    done = [office.run(*shlex.split(line)) for line in lines[1:]]
    assert [each.code for each in done] == [0] * len(done)
    sent = [each.said for line, each in zip(lines[1:], done, strict=True) if line.startswith("send ")]
    assert "2 accepted" in sent[0]
    assert "Skipped     1 opted out" in sent[1]
