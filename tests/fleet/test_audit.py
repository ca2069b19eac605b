"""The audit of a fleet finds what it is there to find."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

from tests.fleet.audit import Connection, busiest_minute, most_open, read_log
from tests.fleet.hosts import Spell
from tests.fleet.storm import Kind, draw_faults


def test_connections_that_overlap_are_counted_where_they_last() -> None:
    open_at_once = [Connection(0.0, 10.0, "a"), Connection(5.0, 20.0, "b")]
    assert most_open(open_at_once, {}) == 2
    one_after_the_other = [Connection(0.0, 10.0, "a"), Connection(9.9, 20.0, "b")]  # its end is on the way
    assert most_open(one_after_the_other, {}) == 1
    assert most_open([Connection(0.0, float("inf"), "a"), Connection(1.0, float("inf"), "b")], {}) == 2


def test_what_a_suspended_host_left_open_counts_again_once_it_had_time_to_close_it() -> None:
    left_open, b = Connection(0.0, 60.0, "a"), "b"
    suspended, cut = ({"a": [Spell(10.0, 20.0, is_cut=is_cut)]} for is_cut in (False, True))
    assert most_open([left_open, Connection(11.0, 22.0, b)], suspended) == 1
    assert most_open([left_open, Connection(11.0, 24.0, b)], suspended) == 2
    assert most_open([left_open, Connection(11.0, 32.0, b)], cut) == 1
    assert most_open([left_open, Connection(11.0, 34.0, b)], cut) == 2
    assert most_open([left_open, Connection(5.0, 9.0, b)], suspended) == 2
    # cut off again before what vanished the first time was sent again: all of it took thirty seconds
    again = {"a": [Spell(10.0, 20.0, is_cut=True), Spell(30.0, 40.0, is_cut=True)]}
    assert most_open([left_open, Connection(41.0, 72.0, b)], again) == 1
    assert most_open([Connection(0.0, 80.0, "a"), Connection(41.0, 75.0, b)], again) == 2
    later = {"a": [Spell(10.0, 12.0, is_cut=True), Spell(30.0, 40.0, is_cut=True)]}
    assert most_open([left_open, Connection(41.0, 55.0, b)], later) == 2
    opened_since = [left_open, Connection(21.0, 22.5, "a"), Connection(21.0, 22.5, b)]
    assert most_open(opened_since, suspended) == 2


def test_the_busiest_minute_is_any_sixty_seconds() -> None:
    assert busiest_minute([]) == 0
    assert busiest_minute([0.0, 59.0, 61.0, 100.0, 118.9]) == 4
    assert busiest_minute([0.0, 60.0]) == 1


def test_the_servers_log_is_read_with_what_never_ended(tmp_path: Path) -> None:
    lines = (
        "1.0 open 1|1.1 hello 1 h0-1.example.org|2.0 taken 1 a@example.com <1@example.org>|3.0 later 1 bo@example.net"
    )
    (tmp_path / "log").write_text(f"{lines}|4.0 open 2|5.0 close 2|6.0 close 3".replace("|", "\n"), "ascii")
    log = read_log(tmp_path / "log")
    assert log.connections == [Connection(4.0, 5.0, ""), Connection(1.0, float("inf"), "h0-1.example.org")]
    assert [(each.address, each.message_id) for each in log.taken] == [("a@example.com", "<1@example.org>")]
    assert log.moments == [2.0, 3.0]


def test_a_seed_draws_the_same_faults_each_time_and_every_kind() -> None:
    drawn = [
        list(islice(draw_faults(random.Random(seed), hosts=3, lease_s=8.0, every_s=5.0), 200))  # noqa: S311 - moments
        for seed in (7, 7, 8)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert {fault.kind for fault in drawn[0]} == set(Kind)
    assert all(fault.lasts_s > 8.0 for fault in drawn[0] if fault.kind is Kind.STOP)
    assert all(fault.lasts_s < 8.0 * 0.75 for fault in drawn[0] if fault.kind is Kind.NAP)
