"""Confirm: a plan becomes rows in the ledger, all of them or none.

Owns the one transaction in which a mailing, its edition and its deliveries appear. From here on today's files no
longer matter. Two people who confirm the same mailing at once take turns; the second adds only whom the first did not.
Raises `InputProblem` where the mailing changed between planning and confirming.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.events import DeliveryState, EventKind, MailingState
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import check_keys
from mailer.ledger.deliveries import Place, Planned, add_deliveries, open_count, read_open, replace_content
from mailer.ledger.mailings import (
    Edition,
    Mailing,
    NewMailing,
    Stamp,
    add_edition,
    add_mailing,
    add_planned,
    add_remark,
    find_mailing,
    full_name,
    newest_edition,
    require_mailing,
    set_state,
)
from mailer.ledger.processes import free_dead
from mailer.ledger.schedule import use_relay
from mailer.ledger.steering import Step, move_idle
from mailer.runs.office import Office
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.merge import Merger
from mailer.runs.planning.plan import Plan
from mailer.runs.planning.schedule import check_schedule, go_now, wait_for

_BATCH = 500


def confirm(office: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Write a plan into the ledger and set its mailing to `sending`, or to `scheduled` where it waits for a moment.

    Raises:
        InputProblem: somebody else planned this mailing with another text meanwhile, or steered it.
        LedgerProblem: the keys are not the ledger's own.
    """
    stamp = office.stamp()
    with ledger.writing() as connection:
        check_keys(connection, office.keys)
        # what a dead process still seems to hold must not keep anybody from mending the text
        free_dead(connection, office.workspace.make_machine_folder("run"), now=stamp.at)
        mailing, edition_id = _mailing(connection, office, plan, stamp)
        place = Place(mailing.id, edition_id, plan.request.expires_at)
        new = sum(add_deliveries(connection, place, batch) for batch in _batches(plan.spool.read()))
        add_planned(connection, mailing.id, new, plan.tally.left_out)
        _take_out(connection, mailing, plan, stamp)
        _remark(connection, mailing, plan, stamp)
        use_relay(connection, mailing.id, plan.request.relay.key, pinned=plan.request.pinned)
        if plan.request.at is not None:
            wait_for(connection, mailing, plan.request, stamp=stamp)
        else:
            go_now(connection, mailing, plan.request)
            set_state(connection, mailing.id, MailingState.SENDING, stamp=stamp, unless=_over(new))
        return require_mailing(connection, mailing.full_name)


def _take_out(connection: Connection, mailing: Mailing, plan: Plan, stamp: Stamp) -> None:
    """Take out who was planned before their list said not to mail them."""
    rest = iter(sorted(plan.tally.marked_since))
    while digests := list(islice(rest, _BATCH)):
        move_idle(connection, mailing.id, Step(EventKind.CANCELLED, "marked"), stamp=stamp, digests=digests)


def _remark(connection: Connection, mailing: Mailing, plan: Plan, stamp: Stamp) -> None:
    """Keep what was asked for beside the lists; an address in it does not, for its person may want to be forgotten."""
    request = plan.request
    if not request.selection.is_everybody:
        text = re.sub(r"[^\s\"'(,]*@[^\s\"'),]*", "…@…", str(request.selection))
        add_remark(connection, mailing.id, reason="selection", text=text, stamp=stamp)
    if request.not_agreed:
        add_remark(connection, mailing.id, reason="not_agreed", text=request.not_agreed, stamp=stamp)
    if request.despite_recent:
        add_remark(connection, mailing.id, reason="despite_recent", text=request.despite_recent, stamp=stamp)


def _over(new: int) -> tuple[MailingState, ...]:
    """A cancelled or paused mailing stays so; a finished one goes on only where there is somebody new."""
    stays = (MailingState.CANCELLED, MailingState.PAUSED)
    return stays if new else (*stays, MailingState.FINISHED)


def _mailing(connection: Connection, office: Office, plan: Plan, stamp: Stamp) -> tuple[Mailing, int]:
    """Find or make the mailing, and the edition that new deliveries get."""
    request = plan.request
    name = full_name(plan.slug, request.kind, plan.sequence)
    mailing = find_mailing(connection, name)
    if mailing is None:
        new = NewMailing(plan.slug, request.kind, plan.sequence, plan.release.headline, request.relay.key)
        mailing = add_mailing(connection, new, stamp=stamp)
        return mailing, add_edition(connection, mailing.id, plan.edition, reason=request.new_mailing, stamp=stamp)
    check_schedule(connection, mailing, request, now=stamp.at)
    edition_id, newest = newest_edition(connection, mailing.id)
    if newest.digests() == plan.edition.digests():
        return mailing, edition_id
    if plan.existing is None or not plan.is_changed:
        raise InputProblem(
            f"{mailing.name} was planned by somebody else a moment ago, with another text",
            hint="Look at it with `mailer status`, then run the same command again.",
        )
    if open_count(connection, mailing.id, (DeliveryState.CLAIMED,)):
        raise InputProblem(f"{mailing.name} is being sent right now; its text can be changed when that has ended")
    edition_id = add_edition(connection, mailing.id, plan.edition, reason=request.changed, stamp=stamp)
    _renew_open(connection, office, (edition_id, plan.edition), mailing)
    return mailing, edition_id


def _renew_open(connection: Connection, office: Office, edition: tuple[int, Edition], mailing: Mailing) -> None:
    """Give the new text to whoever is planned and has not got the old one."""
    edition_id, content = edition
    text = unpack(content)
    merger = Merger(text, mailing=mailing.full_name, kind=mailing.kind, keys=office.keys)
    for waiting in read_open(connection, mailing.id):
        merged = merger.merge(parse_address(waiting.address), waiting.merge_row, date=office.clock())
        replace_content(
            connection,
            waiting.id,
            edition_id=edition_id,
            content_hash=merged.content_hash,
            size=len(merged.envelope.data),
            message_id=merged.envelope.message_id,
            tells=bool(text.ways.privacy.url),
        )


def _batches(rows: Iterator[Planned]) -> Iterator[Sequence[Planned]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch
