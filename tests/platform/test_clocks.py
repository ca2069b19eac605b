"""A clock that jumps is not believed at once, wherever the jump comes from; waking from sleep is no jump."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.ledger.connection import LedgerClock
from mailer.platform.clocks import AHEAD_S, BACK_S, TOLERATED, Watch, boot_s, steady_now

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@dataclass
class Machine:
    """A machine with both clocks, which a test moves."""

    tick: float = 1000.0
    wall: datetime = NOON

    def passes(self, seconds: float) -> None:
        """Let time go by: asleep or awake, both clocks go on."""
        self.tick += seconds
        self.wall += timedelta(seconds=seconds)

    def watch(self) -> Watch:
        made = Watch(lambda: self.tick)
        made.check(self.wall)
        return made


def test_the_wall_is_believed_as_long_as_both_clocks_agree() -> None:
    machine = Machine()
    watch = machine.watch()
    for seconds in (0.0, 1.0, 59.0, 86_400.0, 8 * 3600.0):  # a night's sleep is no jump
        machine.passes(seconds)
        assert watch.check(machine.wall) == machine.wall
        assert watch.jumped is None


def test_small_steps_of_a_time_server_are_followed_however_many_there_are() -> None:
    machine = Machine()
    watch = machine.watch()
    for _ in range(100):
        machine.passes(10)
        machine.wall += timedelta(seconds=5)
        assert watch.check(machine.wall) == machine.wall
    assert watch.jumped is None


@pytest.mark.parametrize("by", [timedelta(days=3), timedelta(days=-1), timedelta(seconds=61), timedelta(seconds=-61)])
def test_after_a_jump_the_time_goes_on_as_before_until_the_clock_is_right_again(by: timedelta) -> None:
    machine = Machine()
    watch = machine.watch()
    machine.wall += by
    for _ in range(5):
        machine.passes(5)
        assert watch.check(machine.wall) == machine.wall - by
        assert watch.jumped == by
    machine.wall -= by
    assert watch.check(machine.wall) == machine.wall
    assert watch.jumped is None


@pytest.mark.parametrize("by, patience_s", [(timedelta(days=3), AHEAD_S), (timedelta(days=-1), BACK_S)])
def test_a_jump_that_lasts_is_believed_in_the_end(by: timedelta, patience_s: float) -> None:
    machine = Machine()
    watch = machine.watch()
    machine.wall += by
    watch.check(machine.wall)
    machine.passes(patience_s - 0.1)
    assert watch.check(machine.wall) == machine.wall - by
    machine.passes(0.2)
    assert watch.check(machine.wall) == machine.wall
    assert watch.jumped is None


def test_a_second_jump_begins_the_waiting_anew() -> None:
    machine = Machine()
    watch = machine.watch()
    machine.wall += timedelta(days=3)
    watch.check(machine.wall)
    machine.passes(AHEAD_S - 1)
    machine.wall += timedelta(days=1)
    watch.check(machine.wall)
    machine.passes(AHEAD_S - 1)
    assert watch.check(machine.wall) == machine.wall - timedelta(days=4)


@given(st.lists(st.tuples(st.floats(0, 5000), st.floats(-9e5, 9e5)), max_size=30))
def test_however_a_clock_is_set_what_is_believed_is_never_far_from_what_has_passed_or_what_lasts(
    moves: list[tuple[float, float]],
) -> None:
    """Either it went on by what has passed, or the wall is believed: nothing between."""
    machine = Machine()
    watch = machine.watch()
    before = machine.wall
    for seconds, by in moves:
        machine.passes(seconds)
        machine.wall += timedelta(seconds=by)
        now = watch.check(machine.wall)
        went_on = before + timedelta(seconds=seconds)
        assert now == machine.wall or abs(now - went_on) < timedelta(milliseconds=1)
        assert (watch.jumped is None) == (now == machine.wall) or abs(now - machine.wall) <= TOLERATED
        before = now


def test_the_time_of_a_server_that_hosts_share_is_held_against_the_same_clock() -> None:
    """A wrong clock of this machine is no jump there; one of the server's is, for all hosts."""
    machine = Machine()
    clock = LedgerClock(own=lambda: NOON + timedelta(seconds=machine.tick - 1000), watch=Watch(lambda: machine.tick))
    server = NOON + timedelta(hours=5)
    clock.sync(server)
    assert clock.now() == server
    machine.wall -= timedelta(days=2)
    machine.passes(10)
    assert clock.now() == server + timedelta(seconds=10)
    clock.sync(server + timedelta(days=3, seconds=10))
    assert clock.now() == server + timedelta(seconds=10)
    assert clock.watch is not None
    assert clock.watch.jumped == timedelta(days=3)
    clock.sync(server + timedelta(seconds=10))
    assert clock.now() == server + timedelta(seconds=10)
    assert clock.watch.jumped is None


def test_there_is_a_clock_that_goes_on_by_itself_on_each_system() -> None:
    for platform in ("linux", "darwin", "win32"):
        first = boot_s(platform=platform)
        time.sleep(0.01)
        assert boot_s(platform=platform) > first
    assert abs(steady_now() - datetime.now(UTC)) < timedelta(days=1)
