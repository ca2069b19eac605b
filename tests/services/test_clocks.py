"""The clock is set while mail goes out (libfaketime): nobody is too late for it, lost, or sent to twice."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.kill.clocks import SCENES, Scene, clock_of, play, set_clock
from tests.office import Desk, finish, interrupt
from tests.servers import ScriptedServer

pytestmark = pytest.mark.service("faketime")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_clock_that_jumps_while_mail_goes_out_expires_nobody_and_stalls_nobody(
    tmp_path: Path, faketime: Path, scene: Scene
) -> None:
    ended = play(tmp_path, scene, faketime)
    assert ended.broken == (), ended.said


def test_a_scheduled_mailing_does_not_go_out_because_the_clock_jumped(
    desk: Desk, server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory, faketime: Path
) -> None:
    """It may be under an embargo."""
    control = tmp_path_factory.mktemp("clock") / "clock"
    set_clock(control, "+0")
    env = clock_of(control, faketime)
    at = ("--at", f"{datetime.now(UTC) + timedelta(hours=3):%Y-%m-%d %H:%M} UTC", "--expires", "2d")
    assert desk.run("send", "lamps", "--to", "coast", "--yes", *at).code == 0
    worker = desk.start("worker", env=env)
    assert worker.stderr is not None
    assert "working for" in worker.stderr.readline()
    set_clock(control, "+3d")
    time.sleep(6)  # it looks every second
    set_clock(control, "+0")
    interrupt(worker, signal.SIGINT)
    assert finish(worker).code == 0
    assert server.accepted == []
    assert desk.report()["state"] == "scheduled"
