"""The recorder: one writer, in order, and nobody waits for it for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from mailer.errors import LedgerProblem, LedgerUnavailable
from mailer.events import EventKind
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import open_ledger
from mailer.ledger.deliveries import Result, allow_attempts
from mailer.ledger.processes import end
from mailer.ledger.tables import ledger_info
from mailer.runs.sending.record import LedgerRetry, Recorder, Settled
from tests.ledger.rows import NOW, STAMP, claimed, open_mailing, people, plan, start, states


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger("sqlite:///ledger.db", tmp_path)
    assert opened is not None
    yield opened
    opened.close()


def recorder_of(
    ledger: Ledger, *, owner: str = "me", limit_s: float = 0.0, say: Callable[[str], None] = lambda _: None
) -> Recorder:
    retry = LedgerRetry(limit_s, say)
    return Recorder(ledger, owner, actor="ada@desk", clock=lambda: NOW, retry=retry)


def note(name: str) -> Callable[[Connection], list[str]]:
    """Return an errand that notes a name, and gives all that are noted."""

    def work(connection: Connection) -> list[str]:
        connection.execute(insert(ledger_info).values(name=f"note {name}", value="x"))
        names = connection.execute(select(ledger_info.c.name)).scalars()
        return sorted(each.removeprefix("note ") for each in names if each.startswith("note "))

    return work


def test_errands_run_in_their_order_and_give_what_they_found(ledger: Ledger) -> None:
    async def run() -> list[list[str]]:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        found = await asyncio.gather(*(recorder.run_in_ledger(note(name)) for name in "abc"))
        recorder.finish()
        await recording
        assert recorder.commits == 1  # what comes together is one commit
        return found

    assert asyncio.run(run()) == [["a"], ["a", "b"], ["a", "b", "c"]]


def test_nothing_can_be_handed_over_once_it_is_over(ledger: Ledger) -> None:
    async def run() -> None:
        recorder = recorder_of(ledger)
        recorder.finish()
        await recorder.run()
        with pytest.raises(LedgerProblem, match="over"):
            await recorder.may_attempt(1)
        with pytest.raises(LedgerProblem, match="over"):
            await recorder.run_in_ledger(note("late"))

    asyncio.run(run())


def test_who_waits_is_told_where_the_writing_is_cancelled(ledger: Ledger) -> None:
    async def run() -> None:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(recorder.run_in_ledger(note(name))) for name in "ab"]
        await asyncio.sleep(0)
        recording.cancel()
        for each in waiting:
            with pytest.raises((LedgerProblem, asyncio.CancelledError)):
                await asyncio.wait_for(each, timeout=60)

    asyncio.run(run())


def unavailable(times: int, work: Callable[[Connection], list[str]]) -> Callable[[Connection], list[str]]:
    """Return an errand before which the ledger is unavailable so many times."""
    left = iter(range(times))

    def tried(connection: Connection) -> list[str]:
        found = work(connection)
        if next(left, None) is not None:
            raise LedgerUnavailable("the ledger cannot be used: database is locked")
        return found

    return tried


def test_a_ledger_that_is_unavailable_is_tried_again_and_what_is_written_is_written_once(ledger: Ledger) -> None:
    reports: list[str] = []

    async def run() -> list[str]:
        recorder = recorder_of(ledger, limit_s=600, say=reports.append)
        recording = asyncio.create_task(recorder.run())
        found = await recorder.run_in_ledger(unavailable(2, note("a")))
        assert await recorder.run_in_ledger(note("b")) == ["a", "b"]
        recorder.finish()
        await recording
        return found

    assert asyncio.run(run()) == ["a"]
    assert reports == [
        (
            "the ledger cannot be used: database is locked. Waiting for it, 10 minutes at most; "
            "nothing new is sent meanwhile"
        ),
        "the ledger can be used again; sending goes on",
    ]


def test_a_ledger_that_stays_unavailable_ends_the_writing_when_patience_is_at_its_end(ledger: Ledger) -> None:
    async def run() -> None:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        with pytest.raises(LedgerUnavailable, match="locked"):
            await recorder.run_in_ledger(unavailable(1, note("a")))
        with pytest.raises(LedgerUnavailable):
            await recording
        with pytest.raises(LedgerUnavailable):
            await recorder.may_attempt(1)

    asyncio.run(run())


def test_patience_that_has_ended_is_not_begun_anew(ledger: Ledger) -> None:
    """Ten minutes for the ledger are enough: the end of the run is tried once."""
    tries: list[bool] = []

    def never(again: bool) -> None:  # noqa: FBT001 - as `LedgerRetry` calls it
        tries.append(again)
        raise LedgerUnavailable("the ledger cannot be used: database is locked")

    async def run() -> None:
        retry = LedgerRetry(600, lambda _: None)
        retry.end()
        with pytest.raises(LedgerUnavailable):
            await retry.run(never)

    asyncio.run(run())
    assert tries == [False]
    assert ledger.on_this_machine


def test_outcomes_that_are_known_when_the_writing_fails_are_written_with_the_last_transaction(
    ledger: Ledger, tmp_path: Path
) -> None:
    """One that was handed over with the commit that failed, and one that the relay answered after it."""

    def fails(_: Connection) -> None:
        raise LedgerProblem("not today")

    with ledger.writing() as connection:
        lock = start(connection, tmp_path)
        mailing = open_mailing(connection)
        plan(connection, mailing, people(3))
        ids = [each.id for each in claimed(connection, mailing, lock.owner)]
        allow_attempts(connection, ids, lock.owner, stamp=STAMP)

    async def run() -> Recorder:
        recorder = recorder_of(ledger, owner=lock.owner)
        recorder.settle(Settled(Result(ids[0], EventKind.ACCEPTED, NOW, code=250, attempt=1), mailing.id))
        recording = asyncio.create_task(recorder.run())
        with pytest.raises(LedgerProblem, match="not today"):
            await recorder.run_in_ledger(fails)
        await asyncio.wait([recording])
        assert states(ledger) == {"attempted": 3}
        recorder.settle(Settled(Result(ids[1], EventKind.ACCEPTED, NOW, code=250, attempt=1), mailing.id))
        return recorder

    recorder = asyncio.run(run())
    with ledger.writing() as connection:
        recorder.write_left(connection)
        recorder.write_left(connection)  # as if the commit that failed had been written all the same
        end(connection, lock.owner, now=NOW)
    lock.free()
    assert states(ledger) == {"accepted": 2, "in_doubt": 1}


def test_an_attempt_that_nobody_waits_for_any_more_is_not_written(ledger: Ledger, tmp_path: Path) -> None:
    """Its connection was given up meanwhile, and no body follows: nobody is in doubt because of it."""
    with ledger.writing() as connection:
        lock = start(connection, tmp_path)
        mailing = open_mailing(connection)
        plan(connection, mailing, people(2))
        ids = [each.id for each in claimed(connection, mailing, lock.owner)]

    async def run() -> None:
        recorder = recorder_of(ledger, owner=lock.owner)
        given_up, waiting = (asyncio.create_task(recorder.may_attempt(each)) for each in ids)
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        recording = asyncio.create_task(recorder.run())
        assert await waiting
        recorder.finish()
        await recording

    asyncio.run(run())
    lock.free()
    assert states(ledger) == {"attempted": 1, "claimed": 1}


def test_a_failed_commit_is_told_to_all_who_wait_and_keeps_nothing_of_it(ledger: Ledger) -> None:
    def fails(_: Connection) -> None:
        raise LedgerProblem("the disk is full")

    async def run() -> None:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        waits = [recorder.run_in_ledger(each) for each in (note("a"), fails)]
        errors = await asyncio.gather(*waits, return_exceptions=True)
        assert [str(error) for error in errors] == ["the disk is full"] * 2
        with pytest.raises(LedgerProblem, match="full"):
            await recording

    asyncio.run(run())
    with ledger.reading() as connection:
        names = connection.execute(select(ledger_info.c.name)).scalars().all()
    assert not [name for name in names if name.startswith("note")]
