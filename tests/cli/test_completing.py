"""Completion: what the shell offers on Tab, and that it never waits, prints or fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.office import Desk

BUSY = ("sqlalchemy", "openpyxl", "python_calamine", "aiosmtplib")


def offered(desk: Desk, *words: str, at: Path | None = None) -> list[str]:
    """Return the completions that bash gets for a line whose last word is being typed."""
    line = ["mailer", "--workspace", str(at or desk.root), *words]
    request = {"_MAILER_COMPLETE": "complete_bash", "COMP_WORDS": " ".join(line), "COMP_CWORD": str(len(line) - 1)}
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAILER_")} | request
    command = [sys.executable, "-c", "from mailer.cli import main; main()"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def office(desk: Desk) -> Desk:
    desk.write("lists/county.csv", "E-Mail;Vor Name;Beat\nrita@county.example.org;Rita;arts\n")
    return desk


@pytest.mark.slow
def test_list_names_are_offered_where_a_list_is_wanted(office: Desk) -> None:
    assert offered(office, "lists", "check", "co") == ["coast", "county"]
    assert offered(office, "send", "lamps", "--to", "cou") == ["county"]
    assert offered(office, "lists", "import", "x.csv", "--into", "coa") == ["coast"]


@pytest.mark.slow
def test_releases_and_mailings_are_offered(office: Desk) -> None:
    assert offered(office, "preview", "la") == ["lamps"]
    assert offered(office, "report", "la") == []
    assert office.run("send", "lamps", "--to", "coast", "--yes").code == 0
    assert offered(office, "report", "la") == ["lamps"]


@pytest.mark.slow
def test_columns_and_addresses_come_from_the_lists(office: Desk) -> None:
    assert offered(office, "lists", "export", "coast", "--split-by", "v") == ["vor_name"]
    assert offered(office, "send", "lamps", "--where", "be") == ["beat"]
    assert offered(office, "lists", "find", "ri") == ["rita@county.example.org"]
    assert offered(office, "lists", "find", "RI") == ["RIta@county.example.org"]


@pytest.mark.slow
def test_a_workspace_that_cannot_be_read_offers_nothing_and_says_nothing(office: Desk) -> None:
    (office.root / "lists" / "bad.csv").write_bytes(b'\xff\xfe"\x00never closed')
    assert "rita@county.example.org" in offered(office, "lists", "find", "ri")
    assert offered(office, "lists", "check", "co", at=office.root / "nowhere") == []


def test_a_press_of_the_key_loads_no_database_and_no_workbook(office: Desk) -> None:
    program = f"""
import sys
from mailer.cli.options import COMPLETIONS
import mailer.cli.app
sys.exit(bool(set(sys.modules) & set({BUSY!r})))
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=office.root, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("words", [("list",), ("show", "county")], ids=" ".join)
def test_looking_at_a_list_loads_neither_database_nor_renderer(office: Desk, words: tuple[str, ...]) -> None:
    program = f"""
import sys
from mailer.cli.app import app
app({("lists", *words)!r}, standalone_mode=False)
sys.exit(bool(set(sys.modules) & {{"sqlalchemy", "jinja2", "aiosmtplib", "openpyxl"}}))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=office.root, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


def test_help_and_what_reads_a_strangers_bytes_load_no_settings(office: Desk) -> None:
    program = """
import sys, mailer.bounces, mailer.contacts, mailer.release, mailer.text
from mailer.cli.app import app
app(["--help"], standalone_mode=False)
sys.exit(bool(set(sys.modules) & {"pydantic", "mailer.settings"}))
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=office.root, stdout=-3, check=False).returncode == 0


def test_the_completion_of_a_shell_can_be_shown(office: Desk) -> None:
    env = dict(os.environ) | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "mailer", "--show-completion", "bash"]
    done = subprocess.run(command, cwd=office.root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "_MAILER_COMPLETE=complete_bash" in done.stdout
