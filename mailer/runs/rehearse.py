"""Rehearsal: the real mailing, against the embedded server and its faults, in a temporary ledger.

Owns the rounds of attempts, each started with the clock set to its time instead of waiting for it, and the estimates
from the results: how long it takes at the relay's pace, who is tried again and when. Everything else is done as by
`send`. The workspace's ledger is only read, so that the same people are left out and skipped; the tokens in these mails
belong to temporary keys, so they unsubscribe nobody.

Gaps: complaints about our speed are noticed, but the estimate does not include the slower pace. Recipients still
waiting from an earlier run of the same mailing are not rehearsed. A real server may accept a second attempt that the
script refuses.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailer.address import known_address, parse_address
from mailer.config.memory import Memory
from mailer.config.secrets import unsaved_keys
from mailer.errors import InputProblem, LedgerProblem, RelayUnavailable
from mailer.events import DeliveryState
from mailer.frozen import dataclass, replace
from mailer.ledger import Ledger, open_ledger
from mailer.ledger.deliveries import next_due_at
from mailer.ledger.history import ReportedDelivery, read_deliveries
from mailer.ledger.mailings import Mailing, full_name, require_mailing
from mailer.ledger.suppressions import count_dead_refusals
from mailer.preview.page import PreviewPage
from mailer.preview.server import Faults, Script, preview_server
from mailer.reply.policy import asked_wait_s
from mailer.reply.values import Reply, Stage
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Merger
from mailer.runs.planning.prepare import Estimate, Plan, Spool, estimate_at
from mailer.runs.reports import mailing_document
from mailer.runs.sending.deliver import Run, check_for_page, stand_in
from mailer.settings import Approval, Dkim, Fault, Pacing, Relay
from mailer.settings.table import ascii_domain
from mailer.tokens import address_digest
from mailer.workspace import Workspace

_SKIPPED = DeliveryState.SKIPPED.value


@dataclass(frozen=True, slots=True)
class Retried:
    """A deferred delivery: its report, the delay, and when the next try is due (`at`, at the relay's pace)."""

    delivery: ReportedDelivery
    after_s: float
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class PlayedFault:
    """A fault: how many people it is for (0 if it is for connections or messages), and how often it was played."""

    fault: Fault
    people: int
    played: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a real run would look like.

    `document` is the mailing's report. `estimate` includes the second tries, and is None if nothing limits the speed;
    `last_at` is when the last message leaves, including the waits of deferred deliveries. `later` counts the recipients
    for whom a `send` would not stay. `page` shows the mails, if they were to be kept.
    """

    document: dict[str, Any]
    estimate: Estimate | None
    started_at: datetime
    last_at: datetime
    retries: Sequence[Retried]
    later: int
    faults: Sequence[PlayedFault]
    halted: str
    suppressed: int
    elapsed_s: float
    page: Path | None
    now: datetime
    connections: int
    stay_s: float

    @property
    def recipients(self) -> int:
        """Return how many would get it."""
        return int(self.document["planned"] - self.document["skipped"])


async def rehearse(
    office: Office,
    plan: Plan,
    faults: Sequence[Fault],
    *,
    keep: Path | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> Rehearsed:
    """Run a plan against the embedded server; with `keep`, its mails and a page of them are in that folder afterwards.

    `on_step` is called with a sentence for each round of tries, and with what a run would report meanwhile. Raises
    InputProblem if there are no recipients, or the mails cannot be kept there; ConfigProblem if mail is to be signed
    and cannot be.
    """
    if not plan.tally.to_send:
        raise InputProblem("there are no recipients", hint="mailer lists check LIST   shows what is on a list")
    began = time.monotonic()
    if keep is not None:  # no signed mail that was never sent is left in files (`signing`)
        office = replace(office, settings=office.settings.replace(dkim=Dkim()))
    cast, people = cast_faults(faults, (each.address for each in plan.spool.read() if not each.skipped))
    playing, clock = Faults(cast), Clock(office.clock)
    page = PreviewPage(keep, checks=check_for_page) if keep else None
    with (
        tempfile.TemporaryDirectory(prefix="mailer-rehearsal-") as folder,
        scratch_office(office, Path(folder), clock) as (scratch, ledger),
    ):
        mailing = confirm_again(scratch, ledger, plan)
        async with preview_server(keep, script=playing, on_arrival=page.changed if page else None) as server:
            relay = stand_in(plan.request.relay, server.host, server.port)
            deferred, halted = await _play(scratch, ledger, mailing, relay, clock, on_step)
        with ledger.reading() as connection:
            document = mailing_document(connection, require_mailing(connection, mailing.full_name))
            reported = [each for each in read_deliveries(connection, mailing.id) if each.state != _SKIPPED]
            suppressed = sum(count_dead_refusals(connection, mailing.id))
    # how long all tries take at the real pace, and when each next try is due then
    started_at = clock.started_at
    tries: Counter[str] = Counter()
    for each in reported:
        tries[known_address(each.address).ascii_domain] += max(1, each.attempts)
    expires_at = plan.request.expires_at
    estimate = estimate_at(office, plan.request.relay, tries, now=started_at, expires_at=expires_at)
    step = (estimate.done_at - started_at) / max(1, tries.total() - 1) if estimate else timedelta()
    states = {each.address: (number, each.state) for number, each in enumerate(reported)}
    due: dict[str, datetime] = {}
    retries = []
    for delivery, after_s in sorted(deferred.values(), key=lambda item: item[0].attempts):
        number, state = states[delivery.address]
        at = due.get(delivery.address, started_at + step * number) + timedelta(seconds=after_s)
        due[delivery.address] = at
        retries.append(Retried(delivery, after_s, at, state))
    stay_s = office.settings.retry.stay_s
    return Rehearsed(
        document={**document, "rehearsal": True},
        estimate=estimate,
        started_at=started_at,
        last_at=max([estimate.done_at if estimate else started_at, *due.values()]),
        retries=retries,
        later=len({each.delivery.address for each in retries if each.after_s > stay_s}),
        faults=[PlayedFault(fault, people[fault], playing.played[fault]) for fault in dict.fromkeys(faults)],
        halted=halted,
        suppressed=suppressed,
        elapsed_s=time.monotonic() - began,
        page=page.flush() if page else None,
        now=office.clock(),
        connections=plan.request.relay.connections,
        stay_s=stay_s,
    )


async def _play(
    office: Office, ledger: Ledger, mailing: Mailing, relay: Relay, clock: Clock, on_step: Callable[[str], None]
) -> tuple[dict[tuple[str, int], tuple[ReportedDelivery, float]], str]:
    """Send, and continue at the time of the next try, one run after another, until nobody is waiting or a run halts.

    Return the deferred deliveries by address and attempt, each with its delay without the duration of the round; and
    why the run halted, usually empty.
    """
    deferred: dict[tuple[str, int], tuple[ReportedDelivery, float]] = {}
    retry, last = office.settings.retry, None
    while True:
        began_at = clock.now()
        try:
            ended = await Run(office, ledger, mailing, say=on_step).to_relay(relay, None)
        except RelayUnavailable as unavailable:
            return deferred, unavailable.message
        duration, before = clock.now() - began_at, len(deferred)
        with ledger.reading() as connection:
            due = next_due_at(connection, mailing.id)
            found = list(read_deliveries(connection, mailing.id, states=(DeliveryState.DEFERRED,)))
        for one in found:
            if (one.address, one.attempts) in deferred or one.next_attempt_at is None:
                continue
            wait_s = (one.next_attempt_at - began_at).total_seconds()
            # from mailer.toml, or as the server asked
            asked_s = asked_wait_s(Reply(Stage.RCPT, one.code or 0, one.text)) if one.reason == "onhold" else 0.0
            delays = {retry.delay_s(one.attempts), retry.delay_s(one.attempts, asked_s=asked_s)}
            deferred[one.address, one.attempts] = one, min(delays, key=lambda each: (abs(wait_s - each), each))
        if due is not None and len(deferred) > before:
            on_step(f"{len(deferred) - before} deferred; next attempt")
        if ended.halted or due is None or due == last:
            return deferred, ended.halted
        last = due
        clock.jump_to(due + duration)  # all that were deferred in that time are due then


# Casting: which recipients get which fault in a rehearsal: by address, by domain, by number, or by a digest of the
# address, so that the choice is always the same for the same lists. `preview` plays the faults.


def cast_faults(faults: Sequence[Fault], people: Iterable[str]) -> tuple[Script, Counter[Fault]]:
    """Choose the recipients of each fault; return them, and their number for each.

    `people` are the addresses that would be sent to, in the order of the lists: `nth` and `every` count them from 1.
    """
    chosen: dict[str, list[Fault]] = defaultdict(list)
    counts: Counter[Fault] = Counter()
    keys = {fault: parse_address(fault.address).key for fault in faults if fault.address}
    domains = {fault: f".{ascii_domain(fault.domain, 'domain')}" for fault in faults if fault.domain}
    for number, text in enumerate(people, start=1):
        address = known_address(text)
        for entry, fault in enumerate(faults):
            if fault.is_before_rcpt:
                continue
            if fault.address:
                is_chosen = address.key == keys[fault]
            elif fault.domain:
                is_chosen = f".{address.ascii_domain}".endswith(domains[fault])
            elif fault.share:
                # a number from 0 to 1 of this person and entry: two entries choose different people
                digest = hashlib.sha256(f"{entry}\0{address.key}".encode("utf-8", "surrogatepass")).digest()
                is_chosen = int.from_bytes(digest[:8], "big") / 2**64 < fault.share
            else:
                is_chosen = fault.counts(number)
            if is_chosen:
                chosen[address.key].append(fault)
                counts[fault] += 1
    return Script(people=dict(chosen), of_nobody=[fault for fault in faults if fault.is_before_rcpt]), counts


# Scratch: an office for a rehearsal. Nothing is left in the workspace, and no link in its mails works: the staff's
# files are the real ones, all files of the program itself are in a temporary folder, and the tokens are made with keys
# that are not kept.

_URL = "sqlite:///ledger.db"


class Clock:
    """The time of a rehearsal: it runs as ours does, and jumps over the waits of a real run."""

    def __init__(self, own: Callable[[], datetime]) -> None:
        self._own = own
        self._ahead = timedelta()
        self.started_at = own()

    def now(self) -> datetime:
        """Return the time in the rehearsal."""
        return self._own() + self._ahead

    def jump_to(self, time: datetime) -> None:
        """Set the time, unless it is later already."""
        self._ahead += max(time - self.now(), timedelta())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scratch(Workspace):
    """The staff's folder, with another folder for the program's own files."""

    place: Path

    @property
    def machine(self) -> Path:
        return self.place / "machine"


@contextmanager
def scratch_office(office: Office, folder: Path, clock: Clock) -> Iterator[tuple[Office, Ledger]]:
    """Yield the office with a ledger, keys, settings and memory of its own, all of them in the folder.

    Raises LedgerProblem if the ledger cannot be made there.
    """
    ledger = open_ledger(_URL, folder, clock=clock.now)
    if ledger is None:
        raise LedgerProblem("the ledger of the rehearsal cannot be made")
    settings = office.settings
    # without pace and jitter: their time is added afterwards, and a rehearsal must be repeatable
    retry = settings.retry.replace(jitter=0.0, stay_s=0.0)
    settings = settings.replace(pacing=Pacing(), approval=Approval(), retry=retry)
    scratch = replace(
        office,
        workspace=_Scratch(root=office.workspace.root, encoding=office.workspace.encoding, place=folder),
        settings=settings,
        ledger=ledger,
        keys=unsaved_keys(),
        clock=ledger.now,
        memory=Memory(None),
    )
    with closing(ledger):
        yield scratch, ledger


def confirm_again(scratch: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Write the plan into the scratch ledger, with each message made again with its keys, which unsubscribe nobody.

    Raises InputProblem if a message cannot be made.
    """
    kind = plan.request.kind
    name = full_name(plan.slug, kind, plan.sequence)
    merger = Merger(unpack(plan.edition), mailing=name, kind=kind, keys=scratch.keys)
    with closing(Spool()) as spool:
        for planned in plan.spool.read():
            address = known_address(planned.address)
            merged = merger.merge(address, json.loads(planned.merge_row), date=scratch.clock())
            spool.append(
                replace(
                    planned,
                    token_id=merged.envelope.delivery,
                    address_digest=address_digest(scratch.keys, address.key),
                    content_hash=merged.content_hash,
                    size=len(merged.envelope.data),
                    message_id=merged.envelope.message_id,
                )
            )
        request = replace(plan.request, at=None, at_once=False)
        return confirm(scratch, ledger, replace(plan, request=request, spool=spool, existing=None, is_changed=False))
