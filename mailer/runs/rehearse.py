"""Rehearsal: the real mailing, against the embedded server and its faults, in a ledger that is thrown away.

Owns the rounds of tries, each begun at the moment of the next instead of waiting for it, and what is reckoned from what
happened: how long it takes at the relay's pace, who is tried again and when. Everything else is what
`send` does. The workspace's ledger is read, so that the same people are left out and skipped, and never written; the
tokens in these mails are of keys that nobody keeps, so that they opt nobody out.

Gaps: a complaint about our speed is heard, and what it slows down is not foreseen. Those of an earlier run of the same
mailing who still wait are not rehearsed. A server may be kinder to a second try than the script is.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailer.address import known_address
from mailer.errors import InputProblem, RelayUnavailable
from mailer.events import DeliveryState
from mailer.ledger import Ledger
from mailer.ledger.deliveries import next_due_at
from mailer.ledger.history import Told, read_deliveries
from mailer.ledger.mailings import Mailing, require_mailing
from mailer.ledger.refused import count_dead_refusals
from mailer.preview import Faults, PreviewPage, preview_server
from mailer.reply import Reply, Stage, asked_wait_s
from mailer.runs.casting import cast_faults
from mailer.runs.office import Office
from mailer.runs.planning.estimate import Estimate, Load, estimate_time
from mailer.runs.planning.plan import Plan
from mailer.runs.report import mailing_document
from mailer.runs.scratch import Clock, confirm_again, scratch_office, stand_in
from mailer.runs.sending.send import Ears, Sending, check_for_page
from mailer.settings import Dkim, Fault, Relay

_SKIPPED = DeliveryState.SKIPPED.value


@dataclass(frozen=True, slots=True)
class Retried:
    """Somebody who was put off: with which words, and when the next try is due (`at`, at the relay's pace)."""

    address: str
    attempt: int
    reason: str
    code: int | None
    enhanced: str
    text: str
    after_s: float
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Met:
    """A fault: how many people it is for (0 where it is for connections or messages), and how often it was played."""

    fault: Fault
    people: int
    played: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a real run would look like.

    `document` is the mailing's report. `estimate` counts the second tries too, and is None where nothing bounds the
    speed; `last_at` is when the last message leaves, with the waits of those who were put off. `later` counts whom a
    `send` would not stay for. `page` is where the mails can be looked at, if they were to be kept.
    """

    document: dict[str, Any]
    estimate: Estimate | None
    started_at: datetime
    last_at: datetime
    retries: Sequence[Retried]
    later: int
    faults: Sequence[Met]
    halted: str
    suppressed: int
    elapsed_s: float
    page: Path | None


async def rehearse(
    office: Office,
    plan: Plan,
    faults: Sequence[Fault],
    *,
    keep: Path | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Rehearsed:
    """Run a plan against the embedded server; with `keep` its mails lie in that folder afterwards, with their page.

    `on_step` hears a sentence for each round of tries, and what a run would tell people meanwhile.

    Raises:
        InputProblem: there is nobody to send to, or the mails cannot be kept there.
        ConfigProblem: mail is to be signed, and cannot be.
    """
    if not plan.tally.to_send:
        raise InputProblem("there is nobody to send to", hint="mailer lists check LIST   shows what is on a list")
    began = time.monotonic()
    if keep is not None:  # no signed mail that nobody sent lies about in files (`signing`)
        office = replace(office, settings=replace(office.settings, dkim=Dkim()))
    cast, people = cast_faults(faults, (each.address for each in plan.spool.read() if not each.skipped))
    playing = Faults(cast)
    with tempfile.TemporaryDirectory(prefix="mailer-rehearsal-") as folder:
        clock = Clock(office.clock)
        with scratch_office(office, Path(folder), clock) as (scratch, ledger):
            mailing = confirm_again(scratch, ledger, plan)
            rounds = _Rounds(scratch, ledger, mailing, clock, on_step)
            page = PreviewPage(keep, checks=check_for_page) if keep else None
            async with preview_server(
                keep,
                script=playing,
                on_arrival=(lambda _: page.changed()) if page else None,
            ) as server:
                await rounds.play(stand_in(plan.request.relay, server.host, server.port))
            with ledger.reading() as connection:
                document = mailing_document(connection, require_mailing(connection, mailing.full_name))
                told = [each for each in read_deliveries(connection, mailing.id) if each.state != _SKIPPED]
                suppressed = sum(count_dead_refusals(connection, mailing.id))
    estimate, retries = _reckon(office, plan, told, rounds)
    done_at = estimate.done_at if estimate else clock.started_at
    return Rehearsed(
        document={**document, "rehearsal": True},
        estimate=estimate,
        started_at=clock.started_at,
        last_at=max([done_at, *(each.at for each in retries)]),
        retries=retries,
        later=len({each.address for each in retries if each.after_s > office.settings.retry.stay_s}),
        faults=[Met(fault, people[fault], playing.played[fault]) for fault in dict.fromkeys(faults)],
        halted=rounds.halted,
        suppressed=suppressed,
        elapsed_s=time.monotonic() - began,
        page=page.flush() if page else None,
    )


@dataclass(slots=True)
class _Rounds:
    """One run after the other, until nobody waits any more."""

    office: Office
    ledger: Ledger
    mailing: Mailing
    clock: Clock
    on_step: Callable[[str], None]
    put_off: dict[tuple[str, int], tuple[Told, float]] = field(default_factory=dict)
    halted: str = ""

    async def play(self, relay: Relay) -> None:
        """Send, and go on at the moment of the next try, until nobody waits; or until the run halts."""
        last = None
        while True:
            began_at = self.clock.now()
            try:
                ended = await Sending(self.office, self.ledger, Ears(say=self.on_step)).to_relay(
                    self.mailing, relay, None
                )
            except RelayUnavailable as unavailable:
                self.halted = unavailable.message
                return
            took = self.clock.now() - began_at
            due = self._note(began_at)
            if ended.halted or due is None or due == last:
                self.halted = ended.halted
                return
            last = due
            self.clock.jump_to(due + took)  # all who were put off in that time are due then

    def _note(self, began_at: datetime) -> datetime | None:
        """Keep who was put off; return when the first of them is due."""
        with self.ledger.reading() as connection:
            due = next_due_at(connection, self.mailing.id)
            found = list(read_deliveries(connection, self.mailing.id, states=(DeliveryState.DEFERRED,)))
        new = 0
        for told in found:
            if (told.address, told.attempts) not in self.put_off and told.next_attempt_at is not None:
                new += 1
                waits_s = (told.next_attempt_at - began_at).total_seconds()
                self.put_off[told.address, told.attempts] = (told, self._delay_s(told, waits_s))
        if new and due is not None:
            self.on_step(f"{new} put off; on to the next try")
        return due

    def _delay_s(self, told: Told, waits_s: float) -> float:
        """Return the delay without what the round itself took: by mailer.toml, or as their server asked."""
        asked_s = asked_wait_s(Reply(Stage.RCPT, told.code or 0, told.text)) if told.reason == "onhold" else 0.0
        retry = self.office.settings.retry
        delays = {retry.delay_s(told.attempts), retry.delay_s(told.attempts, asked_s=asked_s)}
        return min(delays, key=lambda each: abs(waits_s - each))


def _reckon(office: Office, plan: Plan, told: Sequence[Told], rounds: _Rounds) -> tuple[Estimate | None, list[Retried]]:
    """Reckon how long all tries take at the real pace, and when each next try is due then."""
    started_at = rounds.clock.started_at
    tries: Counter[str] = Counter()
    for each in told:
        tries[known_address(each.address).ascii_domain] += max(1, each.attempts)
    load = Load(tries, office.settings.pacing.by_domain(), plan.request.expires_at)
    relay = plan.request.relay
    if office.ledger is None:
        estimate = estimate_time(None, relay, load, now=started_at)
    else:
        with office.ledger.reading() as connection:
            estimate = estimate_time(connection, relay, load, now=started_at)
    step = (estimate.done_at - started_at) / max(1, tries.total() - 1) if estimate else timedelta()
    states = {each.address: (number, each.state) for number, each in enumerate(told)}
    moments: dict[str, datetime] = {}
    retries = []
    for (address, attempt), (was, after_s) in sorted(rounds.put_off.items(), key=lambda item: item[0][1]):
        number, state = states[address]
        at = moments.get(address, started_at + step * number) + timedelta(seconds=after_s)
        moments[address] = at
        retries.append(
            Retried(address, attempt, was.reason, was.code, was.enhanced, was.text, after_s, at=at, state=state)
        )
    return estimate, retries
