"""Confirm: writes a plan into the ledger, all rows or none.

Owns the order in which a mailing, its edition and its deliveries are written, in transactions so short that no other
writer waits for long (`ledger.planning` has the rules), and the rollback if it is interrupted. After the final update
(`_flip`), today's files no longer matter. Two people who confirm the same mailing at once take turns; the second adds
only recipients whom the first did not, and is informed if the first takes long. Raises `InputProblem` if
the mailing changed between planning and confirming.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from mailer.address import parse_address
from mailer.errors import InputProblem, LedgerProblem, NotApproved
from mailer.events import Delivery, DeliveryState, EventKind, MailingKind, MailingState
from mailer.frozen import dataclass, replace
from mailer.ledger import Connection, Ledger, deliveries, mailings, offers, planning, plans
from mailer.ledger.connection import verify_keys
from mailer.ledger.deliveries import Content, Place, Planned, Step, move_idle
from mailer.ledger.mailings import (
    CALLED_OFF,
    WITHDRAWN,
    Edition,
    Mailing,
    count_behind,
    read_open_around,
    refuse_retracted,
)
from mailer.ledger.planning import renew_expiry, schedule, unschedule, use_relay
from mailer.ledger.processes import ProcessLock, end, free_dead_processes, hold_lock, register, renew
from mailer.ledger.rows import in_parts
from mailer.runs import approval
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.making import Merger, Text
from mailer.runs.planning.request import check_schedule

if TYPE_CHECKING:  # confirming a stored plan prepares nothing
    from mailer.runs.planning.prepare import Around, Plan

_BATCH = 500
_WAIT_S = 5.0  # for another user who plans the same mailing: most lists are written quickly
_POLL_S = 0.1


def confirm(office: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Write a plan into the ledger and set its mailing to `sending`, or to `scheduled` if it has a time to wait for.

    Raises NotApproved if it needs an approved plan (`runs.approval`) and is none; InputProblem if another user has
    planned this mailing with another text meanwhile, steered it, or is planning it; LedgerProblem if the keys are not
    the ledger's own.
    """
    approver = approval.require(office, ledger, plan.request.kind, plan.plan_hash)
    if plan.around is not None:
        plan = _prepare_release(office, ledger, plan, plan.around)
    return _write(office, ledger, plan, approver)


def confirm_part(office: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Write a part of what was confirmed and approved as a whole: a text without recipients yet, or a wave.

    Raises as `confirm`, also if one of its messages is in no approved plan of the mailing.
    """
    if plan.spool.count and plan.existing is not None:
        gate = approval.Gate(office, ledger, plan.existing)
        if refused := sum(not each.skipped and not gate.allows(each) for each in plan.spool.read()):
            raise NotApproved(
                f"{refused} of its messages are in no approved plan of {plan.existing.name}",
                hint="mailer plans list   shows the plans; what changed since needs a new one",
            )
    return _write(office, ledger, plan)


def _write(office: Office, ledger: Ledger, plan: Plan, approver: str = "") -> Mailing:
    lock = hold_lock(office.workspace.make_machine_folder("run"))
    try:
        planner = _begin(office, ledger, plan, lock)
        try:
            return planner.run(plan, approver)
        except BaseException:
            with contextlib.suppress(LedgerProblem, InputProblem):  # else the next process does it
                planner.put_back()
            raise
        finally:
            with contextlib.suppress(LedgerProblem):  # the free lock shows it, too
                ledger.step(lambda connection: end(connection, lock.owner, now=office.clock()))
    finally:
        lock.free()


def _prepare_release(office: Office, ledger: Ledger, plan: Plan, around: Around) -> Plan:
    """Do what comes before a mailing about a release; return its plan, with the edition that it brings.

    Each step can be repeated. If it is interrupted, the same command continues: nobody gets an earlier text any more,
    and the ledger still knows who has one.
    """
    kind = plan.request.kind
    with ledger.reading() as connection:
        if plan.existing is None:
            refuse_retracted(connection, plan.slug)
        text_id, _ = mailings.newest_edition(connection, around.release_id)
        kinds = WITHDRAWN if kind is MailingKind.RETRACTION else CALLED_OFF if kind is MailingKind.CORRECTION else ()
        ended = read_open_around(connection, around.release_id, but_for=plan.existing, kinds=kinds)
        if kind is MailingKind.RETRACTION:
            ended.append(mailings.read_mailing(connection, around.release_id))
    if text_id != around.text_id:
        raise InputProblem(
            f"the text of {plan.slug} has changed meanwhile", hint="Nothing was sent. Run the same command again."
        )
    for each in ended:
        call_off(office, ledger, each.full_name)
    if kind is MailingKind.FOLLOW_UP:
        return plan
    if around.renewal is not None:
        _write(office, ledger, around.renewal)
    with ledger.reading() as connection:
        text_id, _ = mailings.newest_edition(connection, around.release_id)
        current = text_id if kind is MailingKind.CORRECTION else None
        more = count_behind(connection, around.release_id, current) - around.behind
    if more > 0:
        raise InputProblem(
            f"{more} more got the earlier text while this was planned",
            hint="Nobody else gets that text. Run the same command again: it reaches them, too.",
        )
    if kind is MailingKind.CORRECTION and plan.existing is None:
        plan = replace(plan, edition=replace(plan.edition, brings=text_id))
    return plan


def call_off(office: Office, ledger: Ledger, name: str) -> tuple[bool, int, bool, int]:
    """Cancel a mailing and its waves to come: nobody gets it any more, and nobody is added to it.

    Return whether it was over, how many will not get it, whether its planning was stopped, and how many waves were
    cancelled. An interrupted call can be repeated.
    """
    stopped = stop_planning(office, ledger, name, EventKind.STOPPED)
    free_dead_processes(ledger, office.workspace.make_machine_folder("run"), now=office.clock())
    over = (MailingState.FINISHED, MailingState.CANCELLED)
    with ledger.writing() as connection:
        mailing = mailings.require_mailing(connection, name)
        if mailing.planner:
            planning.refuse_planning(connection, mailing)
        waves = offers.move_waves(connection, mailing.id, (offers.WAITING, offers.HELD), offers.CANCELLED)
        cancel = partial(mailings.set_state, connection, mailing.id, MailingState.CANCELLED)
        is_over = not cancel(stamp=office.stamp(), unless=over)
    cancelled = 0
    if not is_over or mailing.state is MailingState.CANCELLED:  # it can be interrupted, and repeated
        step = Step(EventKind.CANCELLED, "cancelled")
        move = partial(move_idle, mailing_id=mailing.id, step=step, stamp=office.stamp(), limit=_BATCH)
        while moved := len(ledger.step(move)):
            cancelled += moved
    return is_over, cancelled, stopped, waves


def stop_planning(office: Office, ledger: Ledger, name: str, kind: EventKind) -> bool:
    """Stop the planning of a mailing, which is then as it was before. Return whether a live process planned it."""
    settle_plannings(office, ledger)
    with ledger.writing() as connection:
        stopped = planning.stop(connection, mailings.require_mailing(connection, name).id, kind, stamp=office.stamp())
    if stopped:
        settle_plannings(office, ledger)
    return stopped


def settle_plannings(office: Office, ledger: Ledger) -> None:
    """Remove what planners that died have staged or left to workers; each mailing is as it was before.

    Raises LedgerProblem if the ledger cannot be written, or the keys are not its own.
    """
    if not ledger.on_this_machine:
        with ledger.writing(sharing=True) as connection:
            planning.drop_abandoned_parts(connection, now=ledger.now())
    with ledger.reading() as connection:
        if not planning.has_planners(connection):
            return
        verify_keys(connection, office.keys)
    free_dead_processes(ledger, office.workspace.make_machine_folder("run"), now=office.clock())
    with ledger.reading() as connection:
        abandoned = planning.find_abandoned(connection)
    for each in abandoned:
        with contextlib.suppress(InputProblem):  # another process was faster
            _Planner(office, ledger, each, each.planner).put_back()


def _begin(office: Office, ledger: Ledger, plan: Plan, lock: ProcessLock) -> _Planner:
    """Claim the mailing of a plan, created if missing, with the edition that its new deliveries get."""
    until = time.monotonic() + _WAIT_S
    while True:
        settle_plannings(office, ledger)
        # what a dead process still seems to hold must not prevent anybody from correcting the text
        free_dead_processes(ledger, lock.folder, now=office.clock())
        with office.writing(ledger) as connection:
            mailing, edition_id, changed = _take(connection, office, plan, lock.owner)
            if edition_id is not None:
                register(connection, lock, now=office.clock())
                return _Planner(office, ledger, mailing, lock.owner, edition_id, changed)
            busy = planning.being_planned(connection, mailing)
        if time.monotonic() > until:
            raise busy
        time.sleep(_POLL_S)


def _take(connection: Connection, office: Office, plan: Plan, owner: str) -> tuple[Mailing, int | None, Edition | None]:
    """Claim the mailing of a plan; return it as it was before, with the edition that its new deliveries get.

    The edition itself comes with it if it is new. There is none at all if another process is planning the mailing.
    """
    request, stamp = plan.request, office.stamp()
    name = mailings.full_name(plan.slug, request.kind, plan.sequence)
    mailing = mailings.find_mailing(connection, name)
    if mailing is None:
        parent = plan.around.release_id if plan.around is not None else None
        if request.kind is MailingKind.OFFER and (release := mailings.find_used(connection, plan.slug)) is not None:
            parent = release.id  # the offer promises its text, and is approved with it
        known = (plan.slug, request.kind, plan.sequence)
        new = mailings.NewMailing(*known, plan.release.headline, request.relay.key, parent)
        mailing = mailings.add_mailing(connection, new, stamp=stamp, state=MailingState.PLANNING)
    if not planning.take(connection, mailing.id, owner):
        return mailing, None, None
    if not mailing.was_planned:
        reason = request.new_mailing or request.about.note
        edition_id = mailings.add_edition(connection, mailing.id, plan.edition, reason=reason, stamp=stamp)
        planning.stage_edition(connection, mailing.id, plan.release.headline, before=None)
        return mailing, edition_id, None
    if mailing.state is MailingState.CANCELLED and not request.renews:
        raise InputProblem(f"{mailing.name} has just been cancelled", hint="Nothing was sent.")
    check_schedule(connection, mailing, request, now=stamp.at)
    edition_id, newest = mailings.newest_edition(connection, mailing.id)
    if newest.digests() == plan.edition.digests():
        return mailing, edition_id, None
    if plan.existing is None or not plan.is_changed:
        raise InputProblem(
            f"{mailing.name} has just been planned by another user, with another text",
            hint="Look at it with `mailer status`, then run the same command again.",
        )
    if deliveries.open_count(connection, mailing.id, (DeliveryState.CLAIMED, DeliveryState.ATTEMPTED)):
        raise InputProblem(
            f"{mailing.name} is being sent right now; its text can be changed when that has ended",
            hint=f"mailer pause {mailing.name}   then run the same command again" if request.renews else "",
        )
    changed_id = mailings.add_edition(connection, mailing.id, plan.edition, reason=request.changed, stamp=stamp)
    planning.stage_edition(connection, mailing.id, plan.release.headline, before=edition_id)
    return mailing, changed_id, plan.edition


@dataclass(frozen=True, slots=True)
class _Planner:
    """A process that plans a mailing, step by step, or removes what a dead one left (then without an edition)."""

    _office: Office
    _ledger: Ledger
    _mailing: Mailing
    _owner: str
    _edition_id: int | None = None
    _changed: Edition | None = None

    def run(self, plan: Plan, approver: str = "") -> Mailing:
        """Write everything that was planned, and confirm it with the last step, which names the plan's approver."""
        assert self._edition_id is not None  # noqa: S101 - one that only removes never runs
        mailing, request, step = self._mailing, plan.request, self._ledger.step
        if self._changed is not None:
            self._renew(self._edition_id, self._changed)
        place = Place(mailing.id, self._edition_id, request.expires_at)

        def stage(batch: Sequence[Planned], connection: Connection) -> int:
            added = deliveries.add_deliveries(connection, place, batch)  # those in it already are passed over
            self._hold(connection, added)
            return added

        def take_out(digests: Sequence[bytes], connection: Connection) -> None:
            self._hold(connection)  # they were planned before their list said not to mail them
            marked = Step(EventKind.CANCELLED, "marked")
            move_idle(connection, mailing.id, marked, stamp=self._office.stamp(), digests=digests)

        new = sum(step(partial(stage, batch)) for batch in in_parts(plan.spool.read()))
        for digests in in_parts(sorted(plan.tally.marked_since)):
            step(partial(take_out, digests))
        # the time of the whole mailing changes, and with it the expiry
        goes_at_once = request.at_once and mailing.state is MailingState.SCHEDULED
        moves = mailing.was_planned and (request.at is not None or goes_at_once)
        if moves:
            self._renew_expiry(request.expires_at)
        confirmed = step(lambda connection: self._flip(connection, plan, new, approver))
        if moves:
            self._renew_expiry(request.expires_at, after=confirmed)
        return confirmed

    def put_back(self) -> None:
        """Remove what was staged; the mailing is as it was before."""
        mailing_id, owner, step = self._mailing.id, self._owner, self._ledger.step
        drop = partial(planning.drop_staged, mailing_id=mailing_id, owner=owner, limit=_BATCH)
        while step(drop):
            pass
        with self._ledger.reading() as connection:
            before = planning.edition_before(connection, mailing_id)
            content = None if before is None else mailings.read_edition(connection, before)
        if before is not None and content is not None:
            headline = self._renew(before, content)
            step(partial(planning.give_up_edition, mailing_id=mailing_id, owner=owner, headline=headline))
        step(partial(planning.give_back, mailing_id=mailing_id, owner=owner))

    def _hold(self, connection: Connection, count: int = 0) -> None:
        planning.stage(connection, self._mailing.id, self._owner, count)
        # a planner that only removes does it for a process that has ended for good
        if self._edition_id is not None and not renew(connection, self._owner, now=self._office.clock()):
            raise planning.taken_over(connection, self._mailing.id, self._owner)

    def _flip(self, connection: Connection, plan: Plan, new: int, approver: str) -> Mailing:
        """Confirm everything that was staged, in one update, and set the new state of the mailing."""
        mailing, request, stamp = self._mailing, plan.request, self._office.stamp()
        self._hold(connection)
        planning.flip(connection, mailing.id, self._owner)
        if plan.plan_hash is not None:  # with the flip: a plan is sent once, whenever the process dies
            plans.mark_sent(connection, plan.plan_hash, mailing.id, approver, stamp=stamp)
        if request.renews:
            return mailings.require_mailing(connection, mailing.full_name)
        mailings.add_planned(connection, mailing.id, 0, plan.tally.left_out)
        # what was requested besides the lists, without addresses: these people may want to be forgotten
        recorded = {"not_agreed": request.not_agreed, "despite_recent": request.despite_recent}
        if not request.selection.is_everybody:
            recorded = {"selection": re.sub(r"[^\s\"'(,]*@[^\s\"'),]*", "…@…", str(request.selection))} | recorded
        note = partial(mailings.add_event, connection, EventKind.PLANNED, stamp, mailing_id=mailing.id)
        for reason, text in recorded.items():
            if text:
                note(reason=reason, text=text)
        use_relay(connection, mailing.id, request.relay.key, pinned=request.pinned)
        if plan.plan_hash is None and not request.is_wave and (new or self._changed is not None):
            plans.mark_unplanned(connection, mailing.id)
        if request.at is not None:
            if not schedule(connection, mailing.id, request.at.at, request.at.text, stamp=stamp):
                raise InputProblem(f"{mailing.name} has just been paused or cancelled; nothing is scheduled")
        else:
            if request.at_once and mailing.state is MailingState.SCHEDULED:
                unschedule(connection, mailing.id)
            # a cancelled or paused mailing stays so; one with nobody left to send to only continues with new recipients
            over = () if new else (MailingState.FINISHED, MailingState.PLANNED)
            stays = (MailingState.CANCELLED, MailingState.PAUSED, *over)
            mailings.set_state(connection, mailing.id, MailingState.SENDING, stamp=stamp, unless=stays)
        return mailings.require_mailing(connection, mailing.full_name)

    def _renew(self, edition_id: int, content: Edition) -> str:
        """Move everybody planned who has not been sent another text to this edition; return its headline."""
        text, remake = remaker(self._office, self._mailing, content)

        def replace_batch(connection: Connection) -> None:
            self._hold(connection)
            deliveries.replace_content(
                connection, made, edition_id=edition_id, has_notice=bool(text.settings.privacy.url)
            )

        for rows in self._ledger.pages(deliveries.read_open, mailing_id=self._mailing.id, not_of=edition_id):
            made = remake(rows)
            self._ledger.step(replace_batch)
        return text.release.headline

    def _renew_expiry(self, expires_at: datetime | None, *, after: Mailing | None = None) -> None:
        """Move the expiry with the mailing: to a later time before `_flip`, to an earlier one `after` it.

        After it, the mailing is confirmed and may be moved again at once. If it was, this time is no longer its own,
        and some deliveries keep an expiry that is too late.
        """

        def change(connection: Connection) -> bool:
            if after is None:
                self._hold(connection)
            else:
                found = mailings.require_mailing(connection, self._mailing.full_name)
                is_ours = not found.planner and found.scheduled_at == after.scheduled_at
                if not is_ours or not renew(connection, self._owner, now=self._office.clock()):
                    return False
            renew_expiry(connection, ids, expires_at, later=after is None)
            return True

        for rows in self._ledger.pages(deliveries.read_pending, mailing_id=self._mailing.id):
            ids = [each.id for each in rows]
            if not self._ledger.step(change):
                return


def renew_text(connection: Connection, office: Office, mailing: Mailing, ids: Sequence[int]) -> None:
    """Assign the newest text to those who are to get a mailing after all: they were not in it when it changed."""
    edition_id, content = mailings.newest_edition(connection, mailing.id)
    rows = deliveries.read_open(connection, mailing.id, not_of=edition_id, ids=ids)
    if not rows:
        return
    text, remake = remaker(office, mailing, content)
    deliveries.replace_content(
        connection, remake(rows), edition_id=edition_id, has_notice=bool(text.settings.privacy.url)
    )


def remaker(
    office: Office, mailing: Mailing, content: Edition
) -> tuple[Text, Callable[[Iterable[Delivery]], list[Content]]]:
    """Return the text of an edition, and a function that makes messages of it for those who are planned."""
    text = unpack(content)
    merger = Merger(text, mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)

    def remake(rows: Iterable[Delivery]) -> list[Content]:
        made, date = [], office.clock()
        for each in rows:
            merged = merger.merge(parse_address(each.address), each.merge_row, date=date)
            envelope = merged.envelope
            made.append(Content(each.id, merged.content_hash, len(envelope.data), envelope.message_id))
        return made

    return text, remake
