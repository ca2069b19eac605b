"""`kill -9` at many moments: nobody is lost, nobody gets it twice, and who cannot be known about is in doubt."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kill.kills import ANEW_S, FORKED_S, Kind, draw_kills
from tests.kill.series import Ended, Series, Shape
from tests.nursery import Nursery
from tests.office import BODY, Desk, finish, in_the_ledger, text_of, times_taken, wait_until
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
SEED = 20261124


def killed(place: Path, shape: Shape, kills: int, nursery: Nursery | None) -> list[Ended]:
    """Send mailings whose senders are killed so many times in all; return what became of each.

    One is enough where little is sent between two kills; a fast machine may need another.
    """
    chance = random.Random(f"{SEED} {shape}")  # noqa: S311 - moments, not secrets
    ended: list[Ended] = []
    while (left := kills - sum(each.kills.total() for each in ended)) > 0:
        plan = draw_kills(left, chance, spread=2 * shape.connections, start_s=FORKED_S if nursery else ANEW_S)
        ended.append(Series(place / str(len(ended)), shape, chance, nursery=nursery).run(plan))
        assert ended[-1].kills, "the mailing was over before anybody could be killed"
    return ended


@pytest.mark.first
@pytest.mark.slow
def test_sixty_kills_lose_nobody_and_double_nobody(tmp_path: Path) -> None:
    """Four kills at each of fifteen kinds of moment, in two mailings side by side: one with PIPELINING, one without.

    The relay's own log is the witness: on the disk before it says 250, so that it outlives every sender.
    """
    with Nursery() as nursery, ThreadPoolExecutor(2) as threads:
        riding = threads.submit(killed, tmp_path / "riding", Shape(people=400), 48, nursery)
        plain = threads.submit(killed, tmp_path / "plain", Shape(people=200, pipelining=False), 16, None)
        ended = [*riding.result(), *plain.result()]
    kills = sum((each.kills for each in ended), Counter[Kind]())
    assert [line for each in ended for line in each.broken] == []
    assert {(each.lost, each.twice) for each in ended} == {(0, 0)}
    assert kills.total() >= 64
    assert set(kills) == set(Kind)
    assert sum(each.bodies_cut for each in ended) >= 1  # else every body was out of its sender's hands when it died
    assert min(sum(each.in_doubt for each in ended), max(each.most_at_once for each in ended)) >= 1
    for each in ended:
        assert each.in_doubt <= each.allowed
        assert each.accepted + each.in_doubt == each.people
        assert each.sent_again == each.in_doubt
        assert each.most_at_once <= 4


@pytest.mark.first
@pytest.mark.slow
def test_two_senders_of_one_mailing_are_killed_and_lose_nobody(tmp_path: Path) -> None:
    with Nursery() as nursery:
        mailings = killed(tmp_path / "two", Shape(people=160, connections=2, processes=2), 10, nursery)
    for ended in mailings:
        assert ended.broken == []
        assert (ended.lost, ended.twice) == (0, 0)
        assert ended.accepted + ended.in_doubt == ended.people
        assert ended.in_doubt <= ended.allowed


@pytest.mark.slow
def test_what_a_killed_process_held_is_free_at_once(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 20)
    server.at = {"data": Act(until=threading.Event())}  # which nobody sets
    process = desk.start(*SEND)
    wait_until(lambda: "DATA" in server.commands)
    process.kill()
    process.communicate()
    assert "claimed" in desk.states().values()
    server.at = {}
    in_the_ledger(desk, "UPDATE process SET lease_until = '2999-01-01 00:00:00.000000'")  # nobody could wait for that
    assert finish(desk.start("resume", "lamps")).code == 0
    assert times_taken(server) == dict.fromkeys(people, 1)


@pytest.mark.slow
def test_a_text_can_be_mended_after_a_kill(desk: Desk, server: ScriptedServer) -> None:
    """What the dead process had leased gets the new text too, and nobody has to send the old one first."""
    people = desk.people("coast", 20)
    server.at = {"data": [Act(), Act(), *[Act(until=threading.Event())] * 10]}
    process = desk.start(*SEND)
    wait_until(lambda: server.commands.count("DATA") >= 4)
    process.kill()
    process.communicate()
    assert "claimed" in desk.states().values()
    server.at = {}
    before = len(server.accepted)
    desk.release(body=BODY.replace("on Friday", "on Saturday"))
    done = desk.run(*SEND, "--changed", "the day was wrong")
    assert done.code in {0, 1}, done.err  # 1 where the kill left somebody in doubt
    assert len(server.accepted) > before
    assert all("on Saturday" in text_of(message) for message in server.accepted[before:])
    assert set(times_taken(server).values()) == {1}
    assert set(people) - set(times_taken(server)) <= {a for a, s in desk.states().items() if s == "in_doubt"}
