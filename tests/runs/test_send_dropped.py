"""The relay hangs up: at every stage, with and without a 421, and nobody is lost or gets it twice."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.kill.audit import compare, read_people
from tests.kill.series import write_long_release
from tests.kill.witness import Witness
from tests.office import STATES, Desk
from tests.servers import Act, Moment

SEND = ("send", "lamps", "--to", "coast", "--yes")
SEED = 20261124
GONE = "421 4.3.2 Going down for maintenance"
BEFORE_A_BODY = [
    *((stage, Act(drop="before")) for stage in ("connect", "ehlo", "mail", "rcpt", "data")),
    *((stage, Act(drop="after")) for stage in ("connect", "ehlo", "mail", "rcpt")),
    *((stage, Act(GONE, drop="after")) for stage in ("connect", "ehlo", "mail", "rcpt", "data")),
]
IN_A_BODY = [
    ("data", Act(drop="after")),  # the 354 is out
    ("data", Act(f"354 Send it\r\n{GONE}", drop="after")),
    ("body", Act(body_bytes=1)),
    ("body", Act(body_bytes=9000)),
    ("body", Act(drop="before")),  # the dot has come, and the mail is forgotten
    ("body", Act(drop="before", taken=True)),  # the dot has come, and the mail is kept
    ("body", Act(GONE, drop="after")),
    ("body", Act(drop="after")),  # its 250 is out
]


@dataclass(slots=True)
class Storm:
    """Faults that come one after the other, with some friendly moments in between; `hit` are those in a body."""

    faults: list[tuple[str, Act]]
    calm: int
    hit: set[str] = field(default_factory=set)
    _since: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, moment: Moment) -> Act | None:
        with self._guard:
            self._since += 1
            found = next((each for each in self.faults if each[0] == moment.stage), None)
            if found is None or self._since < self.calm:
                return None
            self._since = 0
            self.faults.remove(found)
            if found in IN_A_BODY:
                self.hit.add(moment.argument)
            return found[1]


@pytest.mark.slow
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_relay_that_hangs_up_at_every_stage_loses_nobody_and_doubles_nobody(
    tmp_path: Path, *, pipelining: bool
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - moments, not secrets
    faults = [*BEFORE_A_BODY, *IN_A_BODY]
    chance.shuffle(faults)
    storm = Storm(faults, calm=12)
    witness = Witness(tmp_path / "relay.log", chance, pipelining=pipelining, faults=storm)
    desk = Desk(tmp_path / "office")
    with witness.relay() as relay:
        write_long_release(desk)
        people = desk.people("coast", 150)
        desk.settings(relay, connections=3, messages_per_connection=6)
        done = desk.run(*SEND)
        assert storm.faults == [], "the mailing was over before every fault had come"
        assert "Traceback" not in done.said
        found = compare(people, read_people(desk.root / ".mailer" / "ledger.db"), witness.read_log(), allowed=8)
        assert found.broken == []
        assert set(found.in_doubt) <= storm.hit
        assert len(found.in_doubt) >= 4
        books = json.loads(desk.run("status", "lamps", "--json").out)
        assert sum(books[state] for state in STATES) == books["planned"] == len(people)
        assert desk.run("resume", "lamps", "--retry-in-doubt").code == 0
    ledger, log = read_people(desk.root / ".mailer" / "ledger.db"), witness.read_log()
    assert compare(people, ledger, log, allowed=0, again=frozenset(found.in_doubt)).broken == []
