"""Clocks: somebody sets the clock while a mailing is on its way, and nobody may be lost, doubled or too late for it.

Owns the scenes. The sender runs under libfaketime (apt: faketime), which reads from a file what its clock says, and
leaves alone the clock that no setting moves, as a real setting would (FAKETIME_DONT_FAKE_MONOTONIC). A scene begins
after a few were accepted; `back` puts the clock right again once the sender has said that it waits.

    python -m tests.kill --scenes clock        plays them all; each takes up to a minute
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.office import STATES, Desk, finish, times_taken, wait_until
from tests.servers import threaded_server

PEOPLE = 40
_BEFORE = 5
_LIBRARIES = ("/usr/lib", "/usr/local/lib", "/usr/lib64")


@dataclass(frozen=True, slots=True)
class Scene:
    """By how much the clock jumps, whether it is put right again, and what the relay's rate is."""

    name: str
    by: str
    back: bool
    rate: str = "600/min"


SCENES = (
    Scene("three days ahead, and back", "+3d", back=True),
    Scene("a day back, and right again", "-1d", back=True),
    Scene("a day back for good, with a rate", "-1d", back=False),
    Scene("two minutes ahead, and back, without a rate", "+2m", back=True, rate=""),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a scene; `broken` names each promise that was."""

    scene: Scene
    states: dict[str, int]
    twice: int
    said: str
    broken: tuple[str, ...]


def find_faketime() -> Path | None:
    """Return the library that is loaded before a program, for one with threads; None where it is not installed."""
    found = (path for base in _LIBRARIES for path in sorted(Path(base).rglob("libfaketimeMT.so.1")))
    return next(found, None)


def clock_of(control: Path, library: Path) -> dict[str, str]:
    """Return the environment of a program whose clock says what stands in a file: `+0`, `+3d`, `-1d`."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(control),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # it lets threads wait ten times as long as they asked for
        "NO_FAKE_STAT": "1",
    }


def set_clock(control: Path, by: str) -> None:
    """Let the clock jump; whoever reads meanwhile finds the old setting or the new one (libfaketime ends at half)."""
    new = control.with_name("new")
    new.write_text(f"{by}\n", "ascii")
    new.replace(control)


def play(folder: Path, scene: Scene, library: Path) -> Ended:
    """Send a mailing while its clock jumps, and hold the relay's log against the ledger."""
    desk, control = Desk(folder / "office"), folder / "clock"
    set_clock(control, "+0")
    env = clock_of(control, library) | {"XDG_STATE_HOME": str(folder / "state")}
    with threaded_server() as server:
        desk.release()
        desk.people("coast", PEOPLE)
        desk.settings(server, **({"rate": scene.rate} if scene.rate else {}))
        if not scene.rate:
            server.watch = lambda moment: time.sleep(0.05) if moment.stage == "body" else None
        process = desk.start("send", "lamps", "--to", "coast", "--yes", env=env)
        wait_until(lambda: len(server.accepted) >= _BEFORE)
        set_clock(control, scene.by)
        if scene.back:
            time.sleep(4.0)  # long enough that a sender which believes it has expired everybody
            set_clock(control, "+0")
        done = finish(process)
        set_clock(control, "+0")
        twice = sum(count > 1 for count in times_taken(server).values())
        reached = len(times_taken(server))
    states = {state: count for state in STATES if (count := int(desk.report()[state]))}
    return Ended(scene, states, twice, done.said, tuple(_broken(done.code, states, twice, reached, done.said)))


def _broken(code: int, states: dict[str, int], twice: int, reached: int, said: str) -> Iterator[str]:
    if states != {"accepted": PEOPLE}:
        yield f"not everybody was accepted: {states}"
    if reached != PEOPLE:
        yield f"{PEOPLE - reached} were lost"
    if twice:
        yield f"{twice} got it twice"
    if "The clock jumped" not in said:
        yield "nothing was said of the jump"
    if code:
        yield f"it ended with {code}"
