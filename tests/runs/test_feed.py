"""The feed: who is next, over a real ledger, while outcomes are on their way to it."""

from __future__ import annotations

import asyncio
import sys
import threading
from datetime import datetime

import pytest

from mailer.cli.office import given_workspace, writing_office
from mailer.events import EventKind
from mailer.frozen import replace
from mailer.ledger.deliveries import Result
from mailer.ledger.mailings import Stamp
from mailer.runs.sending.record import Feed, LedgerRetry, Recorder, Settled
from mailer.runs.sending.relays import Pacer
from mailer.settings import Pacing, Relay
from tests.ledger.rows import NOW, later, open_mailing, plan, start, states
from tests.office import Desk


@pytest.mark.parametrize("again_s", [600, 0], ids=["later", "at once"])
def test_who_is_put_off_while_the_feed_asks_how_long_to_wait_is_not_taken_for_forgotten(
    desk: Desk, again_s: int
) -> None:
    """The reply comes while the ledger's thread is on its way to that question, and its outcome is written after it."""
    asks, answered = threading.Event(), threading.Event()

    def clock() -> datetime:
        if sys._getframe(1).f_code.co_name == Feed._wait_s.__name__:  # in the thread of the ledger
            asks.set()
            answered.wait(60)
        return NOW

    async def run() -> None:
        recorder = Recorder(ledger, lock.owner, actor="ada@desk", clock=lambda: NOW, retry=LedgerRetry(0.0, print))
        stamp = Stamp(NOW, "ada@desk")
        relays = [Relay(key="main", host="smtp.example.org")]
        pacer = Pacer(recorder, relays, Pacing(), mailing_id=mailing.id, stamp=lambda: stamp, say=print)
        feed = Feed(
            *(replace(office, clock=clock), ledger, recorder, pacer),
            mailing_id=mailing.id,
            connections=2,
            stay_s=0.0,
            over=asyncio.Event(),
            say=print,
        )
        recording = asyncio.create_task(recorder.run())
        given = await feed.next("main")
        assert given is not None
        other = asyncio.create_task(feed.next("main"))
        assert await asyncio.to_thread(asks.wait, 60)
        again = later(again_s)
        result = Result(given.id, EventKind.DEFERRED, NOW, reason="mailboxfull", code=452, next_attempt_at=again)
        recorder.settle(Settled(result, mailing.id, is_dead=False))
        feed.done()
        answered.set()
        given_again = await other
        assert (given_again.id if given_again else None) == (None if again_s else given.id)
        recorder.finish()
        await recording

    given_workspace.set(str(desk.root))
    with writing_office(mails=True) as (office, ledger):
        with ledger.writing() as connection:
            mailing = open_mailing(connection)
            plan(connection, mailing, ["ada@a.example.com"])
            lock = start(connection, office.workspace.make_machine_folder("run"))
        try:
            asyncio.run(run())
            assert states(ledger) == ({"deferred": 1} if again_s else {"claimed": 1})
        finally:
            lock.free()
