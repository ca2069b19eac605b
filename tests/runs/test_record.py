"""The recorder: one writer, in order, and nobody waits for it for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from mailer.errors import LedgerProblem
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import open_ledger
from mailer.ledger.tables import ledger_info
from mailer.runs.sending.record import Recorder


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger("sqlite:///ledger.db", tmp_path)
    assert opened is not None
    yield opened
    opened.close()


def recorder_of(ledger: Ledger) -> Recorder:
    return Recorder(ledger, "me", actor="ada@desk", clock=lambda: datetime.now(UTC))


def note(name: str) -> Callable[[Connection], list[str]]:
    """Give an errand that notes a name, and gives all that are noted."""

    def work(connection: Connection) -> list[str]:
        connection.execute(insert(ledger_info).values(name=f"note {name}", value="x"))
        names = connection.execute(select(ledger_info.c.name)).scalars()
        return sorted(each.removeprefix("note ") for each in names if each.startswith("note "))

    return work


def test_errands_run_in_their_order_and_give_what_they_found(ledger: Ledger) -> None:
    async def run() -> list[list[str]]:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        found = await asyncio.gather(*(recorder.run_errand(note(name)) for name in "abc"))
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
            await recorder.attempted(1)
        with pytest.raises(LedgerProblem, match="over"):
            await recorder.run_errand(note("late"))

    asyncio.run(run())


def test_who_waits_is_told_where_the_writing_is_cancelled(ledger: Ledger) -> None:
    async def run() -> None:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(recorder.run_errand(note(name))) for name in "ab"]
        await asyncio.sleep(0)
        recording.cancel()
        for each in waiting:
            with pytest.raises((LedgerProblem, asyncio.CancelledError)):
                await asyncio.wait_for(each, timeout=60)

    asyncio.run(run())


def test_a_failed_commit_is_told_to_all_who_wait_and_keeps_nothing_of_it(ledger: Ledger) -> None:
    def fails(_: Connection) -> None:
        raise LedgerProblem("the disk is full")

    async def run() -> None:
        recorder = recorder_of(ledger)
        recording = asyncio.create_task(recorder.run())
        told = await asyncio.gather(recorder.run_errand(note("a")), recorder.run_errand(fails), return_exceptions=True)
        assert [str(error) for error in told] == ["the disk is full"] * 2
        with pytest.raises(LedgerProblem, match="full"):
            await recording

    asyncio.run(run())
    with ledger.reading() as connection:
        names = connection.execute(select(ledger_info.c.name)).scalars().all()
    assert not [name for name in names if name.startswith("note")]
