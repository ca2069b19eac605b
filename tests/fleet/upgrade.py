"""A rolling upgrade: workers of an older commit and of this one on the same mailings, one host after the other.

Both versions are built as wheels and unpacked into folders of their own; what they need is this environment's. The
older one makes the ledger and plans. A third on, a host begins with the new one, which migrates the ledger where there
is something to migrate; two thirds on the old worker is asked to end, and its host goes on with the new one, too. One
that met a newer shape may have ended by itself, with code 3. Nobody dies, so nobody may be in doubt.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.fleet.audit import read_log
from tests.fleet.fleet import running_fleet
from tests.fleet.hosts import ROOT
from tests.fleet.rounds import Ended, look_at
from tests.office import wait_until
from tests.postgres import Postgres

_CONNECTIONS = 4
_RATE = 60_000
_DELAY_S = 0.04
_TOO_NEW = 3
_OPEN = "SELECT count(*) FROM mailing WHERE state <> 'finished'"


def build(commit: str, folder: Path) -> Path:
    """Build a commit's wheel and unpack it; return the folder in which Python finds it."""
    source, unpacked = folder / f"source-{commit[:12]}", folder / f"mailer-{commit[:12]}"
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x"], cwd=source, input=archive, check=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder / "wheels"), str(source)], check=True)
    wheel = max((folder / "wheels").glob("*.whl"), key=lambda path: path.stat().st_mtime)
    subprocess.run([*pip, "install", "--no-deps", "--target", str(unpacked), str(wheel)], check=True)
    return unpacked


def upgrade(folder: Path, server: tuple[Postgres, Path], *, old: Path, new: Path, people: int) -> Ended:
    """Send while one host after the other is upgraded, and hold log and ledger together."""
    ended = Ended(seed=0)
    toml = f'connections = {_CONNECTIONS}\nrate = "{_RATE}/min"\n'
    running = running_fleet(folder, server, people=people, workers=2, toml=toml, delay_s=_DELAY_S, program=old)
    with running as fleet:
        first, second = fleet.hosts
        began = time.monotonic()
        first.start(old)
        names = [first.name]
        fleet.begin()
        wait_until(lambda: len(read_log(fleet.log).taken) > people / 3)
        second.start(new)
        names.append(second.name)
        wait_until(lambda: len(read_log(fleet.log).taken) > people * 2 / 3)
        first.ask_to_end()
        wait_until(first.has_ended)
        first.codes = [(name, code) for name, code in first.codes if code != _TOO_NEW]
        first.start(new)
        names.append(first.name)
        wait_until(lambda: fleet.postgres.rows(fleet.url, _OPEN) == [(0,)])
        fleet.end()
        ended.seconds = time.monotonic() - began
        look_at(ended, fleet, connections=_CONNECTIONS, rate=_RATE)
        worked = {each.name for each in read_log(fleet.log).connections}
        ended.broken += [f"{name} never talked to the relay" for name in names[:2] if name not in worked]
    return ended
