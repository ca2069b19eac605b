"""`mailer serve` killed, stopped and shared: whoever was answered is out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.office import Desk, wait_until
from tests.public.hosts import Process, Sent, send_to, serving, suppressed

PEOPLE = 240


@pytest.fixture(scope="session")
def many_sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    return send_to(tmp_path_factory.mktemp("many"), [f"p{n:03}@outlet-{n % 7}.example.com" for n in range(PEOPLE)])


@pytest.fixture
def many(many_sent: Sent, tmp_path: Path) -> Iterator[Desk]:
    desk = many_sent.copy(tmp_path / "office")
    yield desk
    desk.end()


def post_all(host: Process, sent: Sent, *, kill_after: int = 0, stop_after: int = 0) -> set[str]:
    """Post everybody's one-click from many sides, and kill or stop the server in the midst of it.

    Return whose was answered as done.
    """
    answered: list[str] = []

    def post(person: tuple[str, str]) -> None:
        address, token = person
        try:
            if host.post(token).status == 200:
                answered.append(address)
        except (OSError, HTTPException):
            return
        if kill_after and len(answered) >= kill_after:
            host.kill()
        if stop_after and len(answered) >= stop_after:
            host.process.terminate()

    people = [each for each in sent.tokens.items() if "@outlet-" in each[0]]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(post, people))
    return set(answered)


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_everybody_who_was_answered_is_out_after_kill_9(many: Desk, many_sent: Sent, processes: str) -> None:
    with serving(many, "--processes", processes) as host:
        answered = post_all(host, many_sent, kill_after=80)
    assert 80 <= len(answered) < PEOPLE
    assert answered <= set(suppressed(many))
    with serving(many, "--processes", processes) as host:
        assert post_all(host, many_sent) == set(suppressed(many))
    assert len(suppressed(many)) == PEOPLE


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_every_line_that_was_answered_is_in_the_spool_after_kill_9(many: Desk, many_sent: Sent, processes: str) -> None:
    spool, key = many.root / "spool", many.root / "door.key"
    assert many.run("optouts", "export", "--key", str(key)).code == 0
    words = ("--spool", str(spool), "--key", str(key), "--processes", processes)
    with serving(many, *words) as host:
        answered = post_all(host, many_sent, kill_after=80)
    assert 80 <= len(answered) < PEOPLE
    done = many.run("optouts", "import", "--spool", str(spool), "--json").json
    assert done["bad"] == 0
    assert answered <= set(suppressed(many))


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_stop_in_the_midst_ends_well_and_loses_nothing(many: Desk, many_sent: Sent, processes: str) -> None:
    with serving(many, "--processes", processes) as host:
        answered = post_all(host, many_sent, stop_after=80)
        assert host.process.wait(60) == 0
    assert len(answered) >= 80
    assert answered == set(suppressed(many))


@pytest.mark.slow
def test_a_process_that_dies_is_replaced(many: Desk, many_sent: Sent) -> None:
    with serving(many, "--processes", "2") as host:
        wait_until(lambda: len(children(host)) == 2)
        before = children(host)
        os.kill(min(before), 9)
        wait_until(lambda: len(children(host)) == 2 and children(host) != before)
        assert len(post_all(host, many_sent)) == PEOPLE
    assert len(suppressed(many)) == PEOPLE


@pytest.mark.slow
def test_no_process_outlives_the_first(many: Desk) -> None:
    with serving(many, "--processes", "2") as host:
        wait_until(lambda: len(children(host)) == 2)
        workers = children(host)
        host.process.kill()  # perhaps before they have begun
        wait_until(lambda: not any(is_alive(each) for each in workers))


@pytest.mark.slow
@pytest.mark.parametrize("wait_s", [0.0, 0.05, 0.3])
def test_a_stop_right_at_the_beginning_stops_all(many: Desk, wait_s: float) -> None:
    with serving(many, "--processes", "3") as host:
        time.sleep(wait_s)
        workers = children(host)
        assert host.stop() == 0
        wait_until(lambda: not any(is_alive(each) for each in workers))


@pytest.mark.slow
def test_several_hosts_share_one_ledger(many: Desk, many_sent: Sent) -> None:
    with serving(many) as one, serving(many, "--processes", "2") as other, ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda host: post_all(host, many_sent), (one, other)))
    assert both[0] == both[1] == set(suppressed(many))
    assert many.report()["opted_out"] == PEOPLE


def children(host: Process) -> set[int]:
    own = host.process.pid
    return {int(each) for each in Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()}


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
