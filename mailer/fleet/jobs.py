"""Jobs: Procrastinate, which wakes the workers of a ledger on PostgreSQL and hands each duty to one of them.

A job is short and holds nothing: it makes the worker look at the ledger, or do a duty, and the result is in the ledger.
So it does no harm if the queue repeats or loses a job. Precautions all the same:

- A server that restarts ends Procrastinate's worker without an error: it is started again, until we are stopped.
- Jobs that a dead worker had begun would stay so for ever: `stalled_jobs` lets others take them.
- `retry` sends a wake-up back that a stopping worker has just taken. No job has a `queueing_lock`, with which a retried
  job hangs, or a `lock`, which one that is due later would hold.
- Every session sets the schema of the jobs: Procrastinate's own SQL never does.
- Jobs that have succeeded are deleted at once, since each start reads through all that are kept.

Gaps: behind PgBouncer in transaction mode, and on Windows, no notification arrives; then workers look by themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final

from procrastinate import App, PsycopgConnector

from mailer.fleet.worker import DUTIES, Duty

_POLL_S: Final = 1.0  # jobs that are due later are found by polling
_AGAIN_S: Final = 1.0
_STALLED_S: Final = 30  # a worker without a heartbeat for so long is dead; heartbeats come every ten
_FEW: Final = 4  # jobs at once: one of each duty, and room for a wake-up
_STALLED: Final = Duty("stalled_jobs", lambda *_: None, every=timedelta(seconds=30))


class Jobs:
    """The jobs of a ledger that one worker does."""

    def __init__(
        self, address: str, schema: str, *, wake: Callable[[str], None], do: Callable[[Duty], Awaitable[bool]]
    ) -> None:
        """Take the jobs' address and schema, a function to wake the worker, and one to do a duty, if it is ours.

        `wake` gets the planner if there are parts of a large plan to make, else an empty text.
        """
        self._address = address
        self._schema = schema
        self._wake = wake
        self._do = do
        self._doing: set[str] = set()
        logging.getLogger("procrastinate").addHandler(logging.NullHandler())
        logging.getLogger("procrastinate").propagate = False  # the worker's own look reports a ledger that fails

    async def run(self, stopped: asyncio.Event) -> None:
        """Work on jobs until stopped; cancel it then. A server that is away is tried again and again."""
        asyncio.get_running_loop().set_exception_handler(_pass_over)
        while not stopped.is_set():
            app = self._app()
            try:
                await app.open_async()
                await app.run_worker_async(
                    concurrency=_FEW,
                    fetch_job_polling_interval=_POLL_S,
                    stalled_worker_timeout=_STALLED_S,
                    shutdown_graceful_timeout=2.0,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
            except Exception:  # noqa: BLE001, S110 - without jobs the worker looks by itself, which takes longer
                pass
            finally:
                with suppress(Exception):
                    await app.close_async()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), _AGAIN_S)

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=self._address, min_size=1, max_size=_FEW, timeout=5.0, configure=self._configure
        )
        app = App(connector=connector)
        for name in ("send", "schedule", "plan_part"):
            app.task(name=name, retry=1)(self._woken)
        for duty in (*(each for each in DUTIES if not each.everywhere), _STALLED):
            task = app.task(name=duty.name)(partial(self._on_duty, app, duty))
            app.periodic(cron=f"* * * * * */{duty.every.seconds}")(task)
        return app

    async def _configure(self, connection: Any) -> None:  # noqa: ANN401 - the driver's own type
        await connection.execute("SELECT set_config('search_path', %s, false)", [self._schema])
        await connection.commit()

    async def _woken(self, mailing_id: int = 0, planner: str = "") -> None:  # noqa: ARG002 - for people who read the jobs
        self._wake(planner)

    async def _on_duty(self, app: App, duty: Duty, timestamp: int) -> None:  # noqa: ARG002 - from a clock that may be wrong
        if duty.name in self._doing:  # it takes longer than its period, and must not use up the room for wake-ups
            return
        self._doing.add(duty.name)
        try:
            if await self._do(duty) and duty is _STALLED:
                for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
                    await app.job_manager.retry_job(job)
                await app.job_manager.delete_old_jobs(
                    24, include_failed=True, include_cancelled=True, include_aborted=True
                )
        finally:
            self._doing.discard(duty.name)


def _pass_over(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ignore a job whose end could not be recorded because the server was away or the job gone: that is no fault."""
    task = context.get("future")
    if not isinstance(task, asyncio.Task) or not task.get_name().startswith("process job"):
        loop.default_exception_handler(context)
