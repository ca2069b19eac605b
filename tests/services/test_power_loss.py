"""The power fails as a body's first byte leaves: what is on the disk by then knows of the attempt.

A real send runs under strace; from the writes that were synced by then the ledger is put together as it would be found,
and SQLite itself is asked (tests/kill/power.py).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kill.power import COMMAND, is_remembered, read_moments
from tests.office import Desk, times_taken
from tests.servers import EXTENSIONS, ScriptedServer

pytestmark = pytest.mark.service("strace")

MAILER = ("-m", "mailer")
# the slip that this test is for: in WAL mode NORMAL survives a kill, and forgets in a power cut
LOOSE = """
from sqlalchemy import Engine, event

@event.listens_for(Engine, "engine_connect")
def loosen(connection):
    connection.connection.driver_connection.execute("PRAGMA synchronous=NORMAL")

from mailer.cli import main
main()
"""


def send_under_strace(strace: str, desk: Desk, program: tuple[str, ...]) -> dict[str, bool]:
    """Send a mailing; return for each Message-ID whether its attempt would survive."""
    log = desk.root.parent / "strace.log"
    words = ("--workspace", str(desk.root), "send", "lamps", "--to", "coast", "--yes")
    command = [strace, *COMMAND[1:], "-o", str(log), sys.executable, *program, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, bool] = {}
    with log.open(encoding="ascii") as lines:
        for number, moment in enumerate(read_moments(lines)):
            place = desk.root.parent / f"disk-{number}"
            place.mkdir()
            found[moment.message_id] = is_remembered(moment, place)
    return found


@pytest.fixture
def office(tmp_path: Path, server: ScriptedServer) -> Desk:
    desk = Desk(tmp_path / "office")
    desk.release()
    desk.people("coast", 30)
    desk.settings(server, connections=3)
    return desk


@pytest.mark.parametrize("pipelining", [True, False])
def test_each_attempt_is_on_the_disk_before_the_first_byte_of_its_body_leaves(
    strace: str, office: Desk, server: ScriptedServer, *, pipelining: bool
) -> None:
    server.extensions = [each for each in EXTENSIONS if pipelining or each != "PIPELINING"]
    found = send_under_strace(strace, office, MAILER)
    assert len(times_taken(server)) == 30
    assert {str(each["message_id"]) for each in office.report()["deliveries"]} == found.keys()
    assert [each for each, remembered in found.items() if not remembered] == []


def test_a_ledger_that_does_not_wait_for_the_disk_would_be_found_out(strace: str, office: Desk) -> None:
    found = send_under_strace(strace, office, ("-c", LOOSE))
    assert len(found) == 30
    assert [each for each, remembered in found.items() if not remembered]
