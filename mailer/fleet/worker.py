"""Worker: the loop of `mailer worker`, which sends what is due and keeps running, and its other duties.

Owns the duties, the check for what is due, one run for each mailing that is, and the waiting after failures: a relay
that cannot be reached is tried again later, and its mailings wait as they are, not halted. Ledger and settings are read
each time, so that a worker can be killed at any time, several can work on one ledger, and a corrected setting applies
at once. What is paused, halted, cancelled or stopped by hand is left alone.

A worker whose ledger was migrated to a newer version is of no use any more, and would take wake-ups and duties from
newer workers: it finishes what is on the wire, gives back the rest, and ends by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Final

from mailer.errors import LedgerProblem, LedgerTooNew, MailerError, NotApproved, RelayUnavailable
from mailer.events import MailingState
from mailer.fleet.schema import bring_up
from mailer.frozen import dataclass, replace
from mailer.ledger import Ledger
from mailer.ledger.connection import jobs_schema
from mailer.ledger.history import read_books
from mailer.ledger.mailings import Mailing, require_mailing, set_state
from mailer.ledger.planning import Due, count_ready, find_planner, read_agenda
from mailer.ledger.processes import (
    SEEN_EVERY,
    WorkerStatus,
    claim_period,
    forget_worker,
    free_dead_processes,
    record_worker,
)
from mailer.reply.values import Verdict
from mailer.runs.newsroom import Keeper
from mailer.runs.offers import start_waves
from mailer.runs.office import Office
from mailer.runs.planning.confirm import settle_plannings
from mailer.runs.sending.deliver import Run, Waits, backoff_s, is_final, start
from mailer.settings import Credential, Relay

# Duties: what a worker does by itself besides sending, as one table: a name, a period, a function. Each reads the
# ledger and changes it only by conditional steps, so that it may be interrupted anywhere, and done by several at once.
# What follows from returned mail, including alarms, happens as each message is read (`runs.mailboxes`). Workers erase
# nothing unless mailer.toml lets them purge.

_LONGEST: Final = timedelta(minutes=5)  # longer than any wait after a failure


class Memory:
    """What a worker remembers from one round to the next; it is in no ledger.

    Whatever failed waits, longer each time, by a key: a relay, a mailing, a wave, or the ledger.
    """

    def __init__(self, clock: Callable[[], datetime], say: Callable[[str], None]) -> None:
        """Take the clock, and `say`, which gets a line for each thing that happens."""
        self.say = say
        self.failed: list[MailerError] = []
        self.newsroom = Keeper(say)
        self.purged_on: date | None = None
        self._clock = clock
        self._waits_until: dict[str, datetime] = {}
        self._tries: Counter[str] = Counter()

    def postpone(self, key: str) -> float:
        """Postpone the next try after a failure; return for how many seconds."""
        wait_s = backoff_s(self._tries[key])
        self._tries[key] += 1
        self._waits_until[key] = self._clock() + timedelta(seconds=wait_s)
        return wait_s

    def recovered(self, key: str) -> bool:
        """Record that something works; return whether it had failed before."""
        self._waits_until.pop(key, None)
        return self._tries.pop(key, None) is not None

    def waits(self) -> dict[str, float]:
        """Return what still waits, and for how many seconds; a time further ahead is due to a wrong clock."""
        now = self._clock()
        left = {key: until - now for key, until in list(self._waits_until.items())}
        return {key: each.total_seconds() for key, each in left.items() if timedelta() < each <= _LONGEST}


def _start_waves(office: Office, ledger: Ledger, memory: Memory) -> None:
    """Plan the recipients who agreed to an embargo, and each wave that is due; a failure is tried again later."""
    for each in start_waves(office, ledger, but_for=memory.waits().keys()):
        if each.problem is None:
            memory.recovered(each.key)
            reason = f"wave {each.wave} has started" if each.wave else "its embargo was agreed to"
            memory.say(f"{each.mailing}: {reason}, {each.recipients} to send to")
        else:
            memory.failed.append(each.problem)
            wait_s = memory.postpone(each.key)
            is_held = each.wave and isinstance(each.problem, NotApproved)
            next_step = "held; mailer resume checks again" if is_held else f"looking at it again in {wait_s:.0f} s"
            memory.say(f"{each.key}: {each.problem}; {next_step}")


def _purge(office: Office, ledger: Ledger, memory: Memory) -> None:
    """Erase what is past its retention date, once a day, if mailer.toml says so, and while nothing is being sent."""
    today = ledger.now().date()
    if not office.settings.retention.by_worker or memory.purged_on == today:
        return
    from mailer.pages.people import in_a_line  # noqa: PLC0415 - once a day at most
    from mailer.runs.purge import purge_daily  # noqa: PLC0415 - see above

    try:
        found = purge_daily(office, ledger)
    except (MailerError, OSError) as error:
        memory.purged_on = today
        memory.say(f"purge: {error}; trying again tomorrow")
        return
    if found is not None:
        memory.purged_on = today
        if summary := in_a_line(found):
            memory.say(summary)


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that workers do by themselves; `everywhere`: each host for itself, without a claim.

    `every` is the period for which one of many workers on a shared ledger claims it. The duties of each host (all of
    them, if the ledger is on this machine) are done at each look, on one machine each second: with nothing to do that
    is a few reads, two milliseconds for all, and a wave starts on its second.
    """

    name: str
    do: Callable[[Office, Ledger, Memory], None]
    everywhere: bool = False
    every: timedelta = timedelta(seconds=15)


# In this order, if one process does them all.
DUTIES: Final = (
    # frees what dead processes held: only their own host can ask its kernel, others wait for the lease
    Duty(
        "free_dead",
        lambda office, ledger, _: free_dead_processes(
            ledger, office.workspace.make_machine_folder("run"), now=office.clock()
        ),
        everywhere=True,
    ),
    # removes what dead planners have staged; otherwise their mailings would miss their time
    Duty("plannings", lambda office, ledger, _: settle_plannings(office, ledger)),
    Duty("waves", _start_waves),
    # builds this host's newsroom again, if it has one and something happened that its pages show
    Duty("newsroom", lambda office, _, memory: memory.newsroom.look(office), everywhere=True),
    # each host has files of its own; the ledger's part is claimed by one of them
    Duty("purge", _purge, everywhere=True),
)


_LOOK_S = 1.0
_SHARED_LOOK_S = 15.0  # where jobs announce earlier that there is something to do
_SOON_S = 0.5  # on a shared ledger, between two looks for deferred deliveries: so that one connection serves several
_GRACE_S = 0.9
_JOIN_ABOVE = 200  # waiting recipients: with fewer, the worker that sends them is as fast alone
_LEAVE_S = 3.0  # for the jobs to be given back
# A stopped worker has 20 s, after which systemd or a container may kill it: for so long it waits for the relay,
_DRAIN = Waits(stop_s=12.0)
_CUT_S = 16.0  # and for so long for a ledger that does not answer
_NOT_HALTED = tuple(state for state in MailingState if state is not MailingState.HALTED)


class Worker:
    """Sends what is due, until it is stopped."""

    def __init__(
        self,
        *,
        office: Callable[[], AbstractContextManager[Office]],
        password: Callable[[Office, Relay], Credential | None],
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        """Take what opens the office for each look and each job, passwords, the clock, and `say` for messages."""
        self._office = office
        self._password = password
        self._clock = clock
        self._say = say
        self._stopped = asyncio.Event()
        self._woken = asyncio.Event()
        self._shared: tuple[str, str] | None = None  # a ledger on PostgreSQL: its address, and its jobs' schema
        self._name = secrets.token_hex(8)
        self._later_s = _SOON_S * secrets.randbelow(100) / 100  # so that one worker has begun before the others look
        self._memory = Memory(clock, say)
        self._jobs: dict[int, asyncio.Task[None]] = {}
        self._runs: dict[int, Run] = {}
        self._left: dict[int, float] = {}  # since when, by `monotonic`, no process works on a mailing, or we began it
        self._helping: asyncio.Task[None] | None = None
        self._not_helped: set[str] = set()
        self._seen_in: Ledger | None = None  # where we record our status for the others, open as long as we run
        self._status: WorkerStatus | None = None  # as last recorded for the others
        self._accepted = 0  # by runs that are over
        self._reported = 0  # how many were accepted when the status was last recorded
        self.worked_on: list[str] = []
        self.in_doubt: dict[str, int] = {}  # by mailing: not answered by the relay when we were stopped
        self.failed = self._memory.failed
        self.too_new: LedgerTooNew | None = None  # the reason if we ended by ourselves

    def stop(self) -> None:
        """Finish what is on the wire and end, within 20 s; call it from the event loop."""
        self._stopped.set()
        self._woken.set()
        for run in self._runs.values():
            run.stop()
        asyncio.get_running_loop().call_later(_CUT_S, lambda: [job.cancel() for job in self._jobs.values()])

    async def run(self) -> None:
        """Work until stopped; a ledger that cannot be read now may be later."""
        memory, jobs = self._memory, None
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                due, wait_s, planner = await asyncio.to_thread(self._look, is_seen=True)
                if memory.recovered("ledger"):
                    self._say("the ledger can be read again")
            except LedgerTooNew as error:
                self._say(f"{error}; this worker ends")
                self.too_new = error
                self.stop()
                break
            except MailerError as error:
                due, wait_s, planner = [], memory.postpone("ledger"), ""
                self._say(f"{error}; looking again in {wait_s:.0f} s")
            self._reap()
            now = time.monotonic()
            left = {each.mailing.id for each in due if each.is_left or each.mailing.id in self._left}
            self._left = {each: self._left.get(each, now) for each in left}
            for each in due:
                # a mailing just left is taken at a later look: the process that confirmed it may be about to begin
                if now - self._left.get(each.mailing.id, 0.0) > _GRACE_S and self._begin(each):
                    self._left[each.mailing.id] = now
            if jobs is None and self._shared is not None:
                from mailer.fleet.jobs import Jobs  # noqa: PLC0415 - an extra, not to be loaded on SQLite

                jobs = asyncio.create_task(Jobs(*self._shared, wake=self._wake, do=self._do).run(self._stopped))
            if planner:
                self._wake(planner)
            if any(since > now - _GRACE_S for since in self._left.values()):
                wait_s = min(wait_s, _LOOK_S)
            wait_s = min((wait_s, *memory.waits().values()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), timeout=wait_s)
        if jobs is not None:
            jobs.cancel()
            await asyncio.wait({jobs}, timeout=_LEAVE_S)
        await self._finish()

        def leave(ledger: Ledger, status: WorkerStatus) -> None:
            """Remove this worker's status, if the ledger can be written."""
            with contextlib.suppress(MailerError):
                ledger.step(partial(forget_worker, worker_id=status.id))
            ledger.close()

        if self._seen_in is not None and self._status is not None:
            await asyncio.to_thread(leave, self._seen_in, self._status)

    async def once(self) -> None:
        """Send what is due now, and end. Raises LedgerProblem if the ledger cannot be used."""
        due, *_ = await asyncio.to_thread(self._look)
        for each in due:
            self._begin(each)
        await self._finish()
        with self._office() as office:
            await asyncio.to_thread(self._memory.newsroom.look, office)  # it has to show what was sent

    def _look(self, *, is_seen: bool = False) -> tuple[list[Due], float, str]:
        """Do the duties; return what is due, how long to wait before looking again, and a planner that needs help.

        With `is_seen`, record for the others what we do.
        """
        with self._office() as office:
            ledger, now = office.ledger, office.clock()
            if ledger is None:
                return [], _LOOK_S, ""
            if is_seen:
                self._describe(ledger, now)
            if is_seen and not ledger.on_this_machine and self._shared is None:
                bring_up(ledger)
                with ledger.reading() as connection:
                    self._shared = ledger.address, jobs_schema(connection)
            for duty in DUTIES:
                if duty.everywhere or self._shared is None:  # else they are jobs
                    duty.do(office, ledger, self._memory)
            with ledger.reading() as connection:
                agenda = read_agenda(connection, now=now, joins_above=_JOIN_ABOVE if self._shared else None)
                planner = find_planner(connection, now=now, but_for=self._not_helped) if self._shared else ""
        wait_s = _LOOK_S if self._shared is None else _SHARED_LOOK_S
        if agenda.begins_at:
            wait_s = min(wait_s, (agenda.begins_at - now).total_seconds())
        if agenda.changes_at and self._shared is not None:
            wait_s = min(wait_s, max(_SOON_S, (agenda.changes_at - now).total_seconds()) + self._later_s)
        return agenda.due, wait_s, planner

    async def _do(self, duty: Duty) -> bool:
        """Do a duty of the whole fleet, if we claim it for this period, and then look for what is due."""

        def work() -> bool:
            with self._office() as office:
                if office.ledger is None:
                    return False
                with office.ledger.writing() as connection:
                    now = office.ledger.now()  # not before it was our turn to write
                    is_ours = claim_period(connection, duty.name, every=duty.every, owner=self._name, now=now)
                if is_ours:
                    duty.do(office, office.ledger, self._memory)
                return is_ours

        try:
            is_ours = await asyncio.to_thread(work)
        except LedgerTooNew:
            self._woken.set()  # the look reports it, and ends us
            return False
        except MailerError as error:
            self._say(f"{duty.name}: {error}")
            return False
        if is_ours:
            self._woken.set()
        return is_ours

    def _wake(self, planner: str = "") -> None:
        """Look at once; for a planner, make parts of its plan, unless we make some already or leave its to others."""

        def work() -> None:
            from mailer.runs.planning.distributing import make_parts  # noqa: PLC0415 - not to be loaded on SQLite

            with contextlib.suppress(MailerError), self._office() as office:  # a look reports what is wrong
                if office.ledger is not None:
                    make_parts(office, office.ledger, is_stopped=self._stopped.is_set, but_for=self._not_helped)

        is_idle = self._helping is None or self._helping.done()
        if not planner:
            self._woken.set()
        elif is_idle and planner not in self._not_helped and not self._stopped.is_set():
            self._helping = asyncio.create_task(asyncio.to_thread(work))

    def _describe(self, ledger: Ledger, now: datetime) -> None:
        """Record what this worker does: when that changes, and every 20 seconds."""
        runs, last = list(self._runs.values()), self._status
        doing = ", ".join(sorted(run.mailing.name for run in runs))
        if last is not None and last.doing == doing and last.seen_at <= now < last.seen_at + SEEN_EVERY:
            return
        accepted = self._accepted + sum(run.counts[Verdict.ACCEPTED] for run in runs)
        if last is None:
            host, pid = socket.gethostname(), os.getpid()
            last = WorkerStatus(self._name, host, pid, version("mailer"), started_at=now, seen_at=now)
        minutes = (now - last.seen_at).total_seconds() / 60
        per_minute = round((accepted - self._reported) / minutes) if minutes > 0 else 0
        status = replace(last, seen_at=now, doing=doing, per_minute=max(0, per_minute))
        with ledger.writing() as connection:
            record_worker(connection, status)
        self._seen_in, self._status, self._reported = ledger, status, accepted

    def _begin(self, due: Due) -> bool:
        """Begin a mailing, unless it is being sent here, or it or its relay has to wait."""
        mailing, waits = due.mailing, self._memory.waits()
        if mailing.id in self._jobs or f"mailing {mailing.full_name}" in waits:
            return False
        if due.waiting and f"relay {mailing.relay}" in waits:  # expiring deliveries, or finishing, needs no relay
            return False
        self._jobs[mailing.id] = asyncio.create_task(self._job(due), name=mailing.name)
        return True

    def _reap(self) -> None:
        for number, job in list(self._jobs.items()):
            if job.done():
                del self._jobs[number]
                if job.cancelled():
                    self._say(f"{job.get_name()}: the ledger did not answer; what was on the wire is in doubt")
                else:
                    job.result()

    async def _finish(self) -> None:
        if under_way := [*self._jobs.values(), *filter(None, [self._helping])]:
            await asyncio.wait(under_way)
        self._reap()

    async def _job(self, due: Due) -> None:
        """Work on one mailing; a failure is reported, and affects only this mailing or its relay."""
        key = f"mailing {due.mailing.full_name}"
        try:
            with contextlib.ExitStack() as opened:
                # in a thread: a server that does not answer must not hold up other mailings, nor their leases
                office = await asyncio.to_thread(opened.enter_context, self._office())
                if office.ledger is None:
                    raise LedgerProblem("the ledger is gone")
                moved = await self._send(office, office.ledger, due)
        except MailerError as error:
            self.failed.append(error)
            again = f"looking at it again in {self._memory.postpone(key):.0f} s"
            self._say(f"{due.mailing.name}: {error}{'' if self._stopped.is_set() else f'; {again}'}")
        else:
            if moved:
                self._memory.recovered(key)
            else:
                self._memory.postpone(key)

    async def _send(self, office: Office, ledger: Ledger, due: Due) -> bool:
        """Send a mailing, as far as possible; return whether there was any progress."""
        mailing = due.mailing
        relay = office.relay(mailing.relay)
        password = await asyncio.to_thread(self._password, office, relay)
        run = Run(
            office,
            ledger,
            mailing,
            say=lambda text: self._say(f"{mailing.name}: {text}"),
            password_of=self._password,
            stay_s=0.0,
            waits=_DRAIN,
        )
        if due.waiting and not await self._is_there(run, relay, password):
            return True  # about the relay, and recorded for it
        if mailing.state is MailingState.SCHEDULED and not await asyncio.to_thread(start, office, ledger, mailing):
            return True  # another process was faster, or it was paused, rescheduled or cancelled since the look
        self._say(f"{mailing.name}: {due.waiting} to send to, over relay {relay.key}")
        self.worked_on.append(mailing.full_name)
        self._runs[mailing.id] = run
        self._woken.set()  # the next look records what we do
        if self._stopped.is_set():
            run.stop()
        try:
            ended = await run.to_relay(relay, password)
        except RelayUnavailable as error:
            await asyncio.to_thread(self._report_figures, ledger, mailing)
            # waiting does not help after a refusal behind the login, or a final one
            if run.refusal is None or is_final(run.refusal):
                self._report_halted(mailing, error)
                return True
            resume = partial(
                set_state, mailing_id=mailing.id, state=MailingState.SENDING, stamp=office.stamp(), unless=_NOT_HALTED
            )
            await asyncio.to_thread(ledger.step, resume)  # only the network is to blame
            self._report_outage(relay, str(error))
            return True
        except NotApproved as error:
            self._report_halted(mailing, error)
            return True
        except LedgerProblem:
            with contextlib.suppress(LedgerProblem):  # the first one is raised
                await asyncio.to_thread(self._report_figures, ledger, mailing)
            raise
        finally:
            self._runs.pop(mailing.id, None)
            self._woken.set()
            self._accepted += run.counts[Verdict.ACCEPTED]
        if ended.in_doubt:
            self.in_doubt[mailing.name] = ended.in_doubt
        now, left = await asyncio.to_thread(self._report_figures, ledger, mailing)
        if ended.lost:
            self._say(
                f"{now.name}: this worker was suspended or without its ledger for too long, and another process has "
                "taken over what it held"
            )
        if ended.halted:
            self._report_halted(now, MailerError(ended.halted))
        return now.state is not MailingState.SENDING or left < due.waiting or not due.waiting

    async def _is_there(self, run: Run, relay: Relay, password: Credential | None) -> bool:
        """Return whether the relay can be reached; give up at once when the worker is stopped."""
        trying = asyncio.create_task(run.find_outage(relay, password))
        stopping = asyncio.create_task(self._stopped.wait())
        await asyncio.wait((trying, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not trying.done():
            trying.cancel()
            await asyncio.wait((trying,))
            return False
        reason = trying.result()
        if reason:
            self._report_outage(relay, reason)
        elif self._memory.recovered(f"relay {relay.key}"):
            self._say(f"relay {relay.key} is there again")
        return not reason

    def _report_outage(self, relay: Relay, reason: str) -> None:
        self.failed.append(RelayUnavailable(reason))
        wait_s = self._memory.postpone(f"relay {relay.key}")
        self._say(f"relay {relay.key}: {reason}; trying again in {wait_s:.0f} s; no recipient is affected")

    def _report_halted(self, mailing: Mailing, error: MailerError) -> None:
        self.failed.append(error)
        self._say(f"{mailing.name} is halted. {error}. When it is fixed: mailer resume {mailing.name}")

    def _report_figures(self, ledger: Ledger, before: Mailing) -> tuple[Mailing, int]:
        """Report how far a mailing is; return it, and how many of it can be sent to now."""
        with ledger.reading() as connection:
            mailing = require_mailing(connection, before.full_name)
            states = read_books(connection, mailing).states
            left = count_ready(connection, mailing.id, now=self._clock())
        figures = " · ".join(
            f"{count} {state.replace('_', ' ')}" for state, count in states.items() if count or state == "accepted"
        )
        self._say(f"{mailing.name} ({mailing.state}): {figures}")
        return mailing, left
