"""`mailer init`, `mailer demo` and `--help`: the first minute."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from mailer.cli.app import app, whole_command
from mailer.config.reading import read_settings
from mailer.settings import SAMPLE
from tests.office import Desk, times_taken
from tests.servers import Act, ScriptedServer


def mailer(folder: Path, *words: str, path: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, without our variables in its environment."""
    environ = {"PATH": path or os.environ["PATH"], "HOME": "/nonexistent"}
    command = [sys.executable, "-m", "mailer", *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@cache
def all_commands() -> list[tuple[str, ...]]:
    """Return the words of every command and group."""

    def walk(words: tuple[str, ...], command: Any) -> list[tuple[str, ...]]:
        inner = getattr(command, "commands", {})
        return [words, *(found for name, each in inner.items() for found in walk((*words, name), each))]

    return walk((), typer.main.get_command(app))


@pytest.mark.slow
def test_a_new_workspace_can_be_looked_at_tested_and_sent_from(tmp_path: Path, server: ScriptedServer) -> None:
    desk = Desk(tmp_path / "office")
    made = mailer(tmp_path, "init", "office")
    assert made.returncode == 0, made.stderr
    for name in ("mailer.toml", "lists/journalists.csv", "releases/harbour-seals.md", "templates/release/email.html"):
        assert (desk.root / name).is_file()
    assert not (desk.root / ".mailer").exists()
    assert desk.run("release", "check", "harbour-seals").code == 0
    assert desk.run("lists", "check", "journalists").code == 0
    assert desk.run("preview", "harbour-seals", "--to", "journalists").code == 0
    assert desk.run("test", "harbour-seals", "--to", "journalists").code == 0
    send = ("send", "harbour-seals", "--to", "journalists", "--yes")
    without_relay = desk.run(*send)
    assert without_relay.code == 3
    assert "names no relay" in without_relay.err
    relay = f'\n[relays.main]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "plain"\n'
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text("utf-8") + relay)
    assert desk.run(*send).code == 0
    assert len(times_taken(server)) == 12


FAR = '\n[relays.far]\nhost = "relay.example.com"\nport = 587\nsecurity = "starttls"\n'  # never reached: no socket


@pytest.fixture
def sampled(tmp_path: Path) -> Desk:
    """A new workspace in which only a relay was added to mailer.toml."""
    desk = Desk(tmp_path / "office")
    assert mailer(tmp_path, "init", "office").returncode == 0
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text("utf-8") + FAR)
    return desk


@pytest.mark.slow
def test_what_counts_as_the_sample_is_what_init_writes(sampled: Desk) -> None:
    sender = read_settings(sampled.root, {}).senders["main"]
    assert set(sender.left_from_sample) == set(SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("send", "harbour-seals", "--to", "journalists", "--yes"),
        ("send", "harbour-seals", "--to", "journalists", "--dry-run"),
        ("test", "harbour-seals", "--inbox", "ada@example.org"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("left", [*SAMPLE, ""])
def test_the_samples_name_and_address_never_leave_this_machine(
    sampled: Desk, command: tuple[str, ...], left: str
) -> None:
    toml = (sampled.root / "mailer.toml").read_text("utf-8")
    for key, value in SAMPLE.items():
        if key != left and left:
            toml = toml.replace(f'"{value}"', '"Somebody else, 4 Wick Lane"')
    sampled.write("mailer.toml", toml)
    refused = sampled.run(*command)
    assert refused.code == 3
    assert f"[senders.main] {left or ' and '.join(SAMPLE)}: still what `mailer init` wrote" in refused.err


@pytest.mark.slow
def test_the_samples_name_written_a_little_otherwise_is_still_the_samples(sampled: Desk) -> None:
    toml = (sampled.root / "mailer.toml").read_text("utf-8")
    sampled.write("mailer.toml", toml.replace('"Eastport Seal Trust"', '" EASTPORT  Seal Trust"'))
    assert sampled.run("send", "harbour-seals", "--to", "journalists", "--dry-run").code == 3


@pytest.mark.slow
def test_with_names_of_ones_own_the_sample_is_no_hindrance(sampled: Desk) -> None:
    toml = (sampled.root / "mailer.toml").read_text("utf-8")
    for value in SAMPLE.values():
        toml = toml.replace(f'"{value}"', '"Somebody else, 4 Wick Lane"')
    sampled.write("mailer.toml", toml)
    assert sampled.run("send", "harbour-seals", "--to", "journalists", "--dry-run").code == 0


@pytest.mark.slow
def test_a_mailing_made_with_the_sample_does_not_go_on_over_a_relay_elsewhere(
    sampled: Desk, server: ScriptedServer
) -> None:
    near = f'\n[relays.near]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "plain"\n'
    sampled.write("mailer.toml", (sampled.root / "mailer.toml").read_text("utf-8") + near)
    server.at = {"mail": Act("550 5.7.1 not you")}
    send = ("send", "harbour-seals", "--to", "journalists", "--yes", "--relay", "near")
    assert sampled.run(*send).code == 4
    refused = sampled.run("resume", "harbour-seals", "--relay", "far")
    assert refused.code == 3
    assert "still what `mailer init` wrote" in refused.err
    server.at = {}
    assert sampled.run("resume", "harbour-seals", "--relay", "near").code == 0
    assert len(times_taken(server)) == 12


def test_the_version_is_printed(tmp_path: Path) -> None:
    done = mailer(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"mailer {importlib.metadata.version('mailer')}\n")


@pytest.mark.slow
@pytest.mark.parametrize("words", [each for each in all_commands() if each], ids=" ".join)
def test_every_command_takes_the_workspace_after_it_too(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = Desk(tmp_path).run(*words, "--workspace")
    assert "requires an argument" in refused.said


@pytest.mark.slow
@pytest.mark.parametrize("place", [("--workspace", "office"), ("--workspace=office",)], ids=" ".join)
def test_the_workspace_may_stand_before_the_command_or_anywhere_after_it(
    tmp_path: Path, place: tuple[str, ...]
) -> None:
    assert mailer(tmp_path, "init", "office").returncode == 0
    lines = [
        (*place, "lists", "check", "journalists"),
        ("lists", *place, "check", "journalists"),
        ("lists", "check", *place, "journalists"),
        ("lists", "check", "journalists", *place),
        ("--workspace", "elsewhere", "lists", "check", "journalists", *place),  # the nearest one counts
    ]
    outputs = {mailer(tmp_path, *line).stdout for line in lines}
    assert len(outputs) == 1
    assert "journalists" in outputs.pop()


@pytest.mark.slow
def test_init_leaves_what_is_there_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mailer.toml").write_text("# ours\n", "utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "journalists.csv").write_text("email\n", "utf-8")
    assert mailer(tmp_path, "init").returncode == 0
    assert (tmp_path / "mailer.toml").read_text("utf-8") == "# ours\n"
    assert (tmp_path / "lists" / "journalists.csv").read_text("utf-8") == "email\n"
    assert (tmp_path / "releases").is_dir()
    assert "All files were there already" in mailer(tmp_path, "init").stdout


def test_init_where_a_file_is_says_so(desk: Desk) -> None:
    file = desk.write("notes", "")
    for place in (file, file / "below"):
        done = desk.run("init", str(place))
        assert (done.code, f"{file} is a file, not a folder" in done.err) == (2, True)


def test_init_for_a_fleet_adds_deploy_alone_to_a_workspace_and_overwrites_nothing(desk: Desk) -> None:
    before = desk.files()
    made = desk.run("init", "--fleet", str(desk.root), "--json").json
    new = set(desk.files()) - set(before)
    assert {str(Path(each).relative_to(desk.root)) for each in made["files"]} == new
    assert {name for name in new if not name.startswith("deploy/")} <= {".gitignore"}
    assert {"deploy/compose.yaml", "deploy/systemd/mailer-worker@.service", "deploy/README.md"} <= new
    desk.write("deploy/compose.yaml", "# ours\n")
    (desk.root / "deploy" / "nginx.conf").unlink()
    assert [Path(each).name for each in desk.run("init", "--fleet", str(desk.root), "--json").json["files"]] == [
        "nginx.conf"
    ]
    assert (desk.root / "deploy" / "compose.yaml").read_text("utf-8") == "# ours\n"


def test_init_for_a_fleet_makes_the_workspace_where_there_is_none_and_a_laptop_gets_no_deploy(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    done = desk.run("init", "--fleet", str(tmp_path / "fleet"))
    assert (tmp_path / "fleet" / "mailer.toml").is_file()
    assert "mailer doctor --fleet" in done.out
    assert desk.run("init", str(tmp_path / "laptop")).code == 0
    assert not (tmp_path / "laptop" / "deploy").exists()


def test_what_starts_a_fleet_names_commands_that_there_are_and_no_image_but_two(desk: Desk) -> None:
    assert desk.run("init", "--fleet", str(desk.root)).code == 0
    deploy = desk.root / "deploy"
    document = yaml.safe_load((deploy / "compose.yaml").read_text("utf-8"))
    services = document["services"]
    assert set(services) == {"db", "worker", "serve", "desk"}
    assert {name: each["image"] for name, each in services.items()} == {
        "db": "postgres:17",
        **dict.fromkeys(("worker", "serve", "desk"), "mailer:local"),
    }
    assert re.findall(r"(?m)^FROM (.*)", (deploy / "Dockerfile").read_text("utf-8")) == ["debian:trixie-slim"]
    assert services["worker"]["deploy"]["replicas"] == 2
    for each in ("worker", "serve", "desk"):
        assert desk.run(*services[each]["command"], "--help").code == 0
    for unit in sorted((deploy / "systemd").iterdir()):
        text = unit.read_text("utf-8")
        command = re.search(r"(?m)^ExecStart=/opt/mailer/bin/mailer --workspace /srv/press (.*)", text)
        assert command is not None
        assert desk.run(*command[1].split(), "--help").code == 0
        for line in ("TimeoutStopSec=25", "KillSignal=SIGTERM", "Restart=always", "NoNewPrivileges=yes"):
            assert f"\n{line}\n" in text


@pytest.mark.slow
def test_init_says_what_to_type_next_and_it_works(tmp_path: Path) -> None:
    text = mailer(tmp_path, "init", "my office").stdout
    assert "cd 'my office'" in text
    line = next(line.strip() for line in text.splitlines() if "mailer preview" in line)
    assert mailer(tmp_path / "my office", *line.removesuffix(" --open").split()[1:]).returncode == 0


@pytest.mark.slow
def test_the_demo_plays_the_whole_job_and_accounts_for_everybody(tmp_path: Path) -> None:
    """In a folder of its own: an existing one is left alone, and the next free number is used."""
    for name in ("mailer-demo", "mailer-demo-2"):
        (tmp_path / name).mkdir()
    done = mailer(tmp_path, "demo", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == {"workspace", "reports"}
    assert Path(document["workspace"]) == (tmp_path / "mailer-demo-3").resolve()
    assert list((tmp_path / "mailer-demo").iterdir()) == []
    first, second = document["reports"]
    assert (first["planned"], first["accepted"], first["rejected"]) == (12, 11, 1)
    assert (first["bounced"], first["opted_out"], first["state"]) == ({"hard": 1, "soft": 0}, 1, "finished")
    assert sorted(each["attempts"] for each in first["deliveries"])[-2:] == [1, 2]
    assert (second["planned"], second["accepted"], second["skipped"]) == (12, 9, 3)
    assert second["skipped_reasons"] == {"dead_address": 2, "opted_out": 1}
    skipped = {each["address"] for each in second["deliveries"] if each["state"] == "skipped"}
    hurt = {each["address"] for each in first["deliveries"] if each["came_back"] or each["state"] == "rejected"}
    assert skipped == hurt


@pytest.mark.slow
def test_the_demo_tells_people_where_to_look_and_what_to_type(tmp_path: Path) -> None:
    done = mailer(tmp_path, "demo", "look")
    assert done.returncode == 0, done.stderr
    shown = [line.strip() for line in done.stdout.splitlines()]
    page = next(line.split("file://")[1] for line in shown if "file://" in line)
    assert Path(page).is_file()
    place = tmp_path / "look"
    commands = [line for line in shown if line.startswith("mailer ")]
    assert len(commands) >= 3
    for command in commands:
        ran = mailer(place, *command.removesuffix(" --open").split()[1:])
        assert ran.returncode == 0, f"{command}: {ran.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("words", all_commands(), ids=" ".join)
def test_every_command_has_narrow_help_that_needs_no_workspace_and_cuts_nothing_off(
    words: tuple[str, ...], desk: Desk
) -> None:
    done = desk.run(*words, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: mailer {' '.join(words)}".rstrip())
    lines = done.out.splitlines()
    assert [line for line in lines[1:] if line.endswith("...")] == []
    assert [line for line in lines if len(line) > 100 and not line.strip().startswith("mailer ")] == []
    if len(words) < 2:  # one parser takes it for all of a group
        assert desk.run(*words, "-h").out == done.out


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--help",), ("send", "--help"), ("bounces", "collect", "--help")])
def test_help_works_in_an_empty_folder_and_leaves_nothing(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = mailer(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A folder in which nothing can be created: by its permissions or, for root, because it is not on a disk."""
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    try:
        (closed / "probe").mkdir()
    except OSError:
        return closed
    if not Path("/sys/kernel").is_dir():
        pytest.skip("nothing is closed to this user")
    return Path("/sys")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("--help",), ("send", "--help"), ("status",), ("status", "--json"), ("optouts", "list"), ("lists", "list")],
)
def test_what_only_reads_works_where_nothing_can_be_written(unwritable: Path, words: tuple[str, ...]) -> None:
    done = mailer(unwritable, *words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("words, code", [(("init",), 2), (("demo",), 2), (("optouts", "add", "ada@a.example.com"), 3)])
def test_what_writes_says_in_a_sentence_that_it_cannot(unwritable: Path, words: tuple[str, ...], code: int) -> None:
    done = mailer(unwritable, *words)
    assert done.returncode == code
    assert "internal error" not in done.stderr
    assert "ermi" in done.stderr  # permission denied, not permitted: the system's words


@pytest.mark.slow
def test_a_terminal_in_a_folder_that_is_gone_is_told_so(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"cd '{gone}' && rmdir '{gone}' && '{sys.executable}' -m mailer status"
    done = subprocess.run([shutil.which("sh") or "sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "the current folder no longer exists" in done.stderr


@pytest.mark.slow
def test_a_workspace_that_does_not_exist_is_told_with_the_way_to_make_it(tmp_path: Path) -> None:
    done = mailer(tmp_path, "--workspace", "nowhere", "status")
    assert done.returncode == 2
    assert "mailer init nowhere" in done.stderr


@pytest.mark.slow
def test_the_workspace_is_the_nearest_folder_with_a_mailer_toml(desk: Desk) -> None:
    inner = desk.root / "releases" / "deep"
    inner.mkdir()
    done = mailer(inner, "lists", "list", "--json")
    assert "coast" in done.stdout


def test_the_first_help_shows_every_command_once_by_what_somebody_is_about_to_do(desk: Desk) -> None:
    output = desk.run("--help").out
    sections = re.split(r"^(\S[^\n]*):\n", output, flags=re.MULTILINE)
    groups = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert [*groups][1:] == ["Start", "Releases", "Lists", "Send", "After sending", "Set-up"]
    shown = [
        line.split()[0] for name, text in groups.items() if name != "Options" for line in text.splitlines() if line
    ]
    assert sorted(shown) == sorted(whole_command().commands)
