"""When refusals are no longer about single people, the run halts and the rest stay pending."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mailer.ledger.suppressions import DeadTally
from mailer.reply.policy import classify
from mailer.reply.values import Reply, Stage
from mailer.runs.sending.relays import IN_A_ROW, Breaker, judge_dead, judge_share
from tests.office import Desk, times_taken
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast", "--yes")
POLICY = Reply(Stage.RCPT, 550, "5.7.1 your messages are not accepted by policy")
DEAD = Reply(Stage.RCPT, 550, "5.1.1 no such user")
THROTTLED = Reply(Stage.RCPT, 450, "4.7.0 too many messages")
FULL = Reply(Stage.RCPT, 552, "5.2.2 mailbox full")
TAKEN = Reply(Stage.BODY, 250, "2.0.0 ok")


def notes(*replies: Reply) -> list[str]:
    breaker = Breaker()
    return [breaker.note(classify(reply), reply) for reply in replies]


@pytest.mark.parametrize("reply", [POLICY, THROTTLED])
def test_one_kind_of_refusal_in_a_row_trips_it(reply: Reply) -> None:
    sentences = notes(*[reply] * IN_A_ROW)
    assert sentences[:-1] == [""] * (IN_A_ROW - 1)
    assert str(reply) in sentences[-1]


@pytest.mark.parametrize("reply", [FULL, TAKEN])
def test_what_is_about_single_people_does_not(reply: Reply) -> None:
    assert not any(notes(*[reply] * 3 * IN_A_ROW))


def test_an_acceptance_between_starts_the_row_anew() -> None:
    row = [POLICY] * (IN_A_ROW - 1)
    assert not any(notes(*row, TAKEN, *row))


def tally(
    *in_a_row: str, sendable: int = 100, settled: int = 60, dead: int = 0, replies: Sequence[str] = ()
) -> DeadTally:
    return DeadTally(sendable, settled, dead or len(in_a_row), in_a_row, tuple(replies))


@pytest.mark.parametrize(
    "found, reason",
    [
        (tally(*"abcab"), "called 5 addresses in a row, at 3 domains, dead."),
        (tally(*"abca"), ""),
        (tally(*"ababa"), ""),
        (tally(*["a"] * IN_A_ROW), "called 10 addresses in a row, at 1 domain, dead."),
        (tally(*["a"] * (IN_A_ROW - 1)), ""),
        (tally(settled=11, dead=11), "called 11 of the first 11 addresses dead."),
        (tally(settled=50, dead=11), "called 11 of the first 50 addresses dead."),
        (tally(settled=50, dead=10), ""),
        (tally(settled=51, dead=11), ""),
        (tally("a", "a", sendable=2, dead=2), ""),
        (tally("a", "a", "a", sendable=3), "called all 3 addresses dead."),
        (tally(sendable=20, settled=20, dead=20), "called all 20 addresses dead."),
        (tally(sendable=20, settled=20, dead=9), ""),
        (tally(sendable=21, settled=51, dead=21), ""),
        (tally(sendable=0, settled=0), ""),
    ],
)
def test_dead_addresses_in_a_row_among_the_first_fifty_or_everybody_of_a_few_trip_it(
    found: DeadTally, reason: str
) -> None:
    assert reason in judge_dead(found)
    assert bool(judge_dead(found)) == bool(reason)


def test_a_list_with_more_dead_addresses_than_a_kept_one_is_asked_about() -> None:
    assert "3 of the first 50 addresses are dead: is this an old list?" in judge_share(tally(settled=50, dead=3))
    assert not judge_share(tally(settled=49, dead=3))
    assert not judge_share(tally(settled=60, dead=3))
    assert judge_share(tally(settled=999, dead=50))
    assert not judge_share(tally(settled=999, dead=51))  # looked at for each tenth part more
    assert judge_share(tally(settled=999, dead=60))


def test_the_replies_that_tripped_it_are_shown_each_with_how_often_it_came() -> None:
    other = [Reply(Stage.RCPT, 550, f"5.7.1 not accepted by policy {letter}") for letter in "abcd"]
    sentence = notes(*[POLICY] * 6, *other)[-1]
    assert sentence.startswith(f"10 refusals of one kind in a row: “{POLICY}” (6 times) · “{other[0]}” · “{other[1]}”")
    assert sentence.endswith(" · and 2 in other words")
    dead = judge_share(tally(settled=50, dead=3, replies=[str(DEAD), str(DEAD), "550 5.1.2 no such host"]))
    assert dead.endswith(f"said: “{DEAD}” (2 times) · “550 5.1.2 no such host”")


def test_being_too_fast_again_and_again_trips_it() -> None:
    assert notes(*[Reply(Stage.BODY, 450, "4.2.0 slow down")] * IN_A_ROW)[-1]


@pytest.mark.slow
def test_a_blocked_sender_halts_with_the_rest_pending_and_resume_goes_on(desk: Desk, server: ScriptedServer) -> None:
    people = desk.people("coast", 40)
    desk.settings(server, connections=1)
    server.at = {"rcpt": Act("550 5.7.1 your messages are not accepted by policy")}
    done = desk.run(*SEND)
    assert done.code == 1
    assert "10 refusals of one kind in a row" in done.err
    assert "550 5.7.1 your messages are not accepted by policy” (10 times)" in " ".join(done.err.split())
    report = desk.report()
    assert (report["state"], report["rejected"], report["pending"]) == ("halted", IN_A_ROW, 40 - IN_A_ROW)
    server.at = {}
    assert desk.run("resume", "lamps").code == 1
    assert sorted(times_taken(server)) == sorted(people[IN_A_ROW:])
