"""Waves: a release goes out in steps, each with a condition of its own, and each exactly once.

Theory of operation. All waves of a plan are planned before anybody says yes: their mails are made and checked, and who
is in an earlier wave is in no later one. Then they are kept: the text as the newest edition of the mailing, the people
of each wave as rows of their own. Starting a wave plans these people again, with that text, into the one mailing of the
release (`prepare_for`, `confirm`), so that who opted out meanwhile is skipped and nobody is in it twice. It is the only
way in which a wave becomes mail, also for the first one and for those who agreed to an offer. Broken off anywhere it is
simply done again; `start_wave` says that it was done.

A text that was approved under embargo goes out without its banner once the embargo is over, and in no other way is it
changed (`edition.at_moment`).

A wave waits while its mailing is paused, halted, cancelled, being planned, or was stopped by hand: that was a decision.
Raises `InputProblem`, `LedgerProblem`.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from mailer.address import known_address, parse_address
from mailer.config.reading import read_waves
from mailer.contacts.audience.selection import EVERYBODY, Selection
from mailer.contacts.meaning.answers import zone_of
from mailer.contacts.values import Contact, whole_fields
from mailer.errors import InputProblem, MailerError
from mailer.events import DeliveryState, MailingState
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger, embargoes
from mailer.ledger.deliveries import open_count
from mailer.ledger.embargoes import Wave, WaveRecipient
from mailer.ledger.mailings import Mailing, find_used, newest_edition, read_mailing
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm
from mailer.runs.planning.edition import at_moment, differ_by_moment, unpack
from mailer.runs.planning.merge import NOTICE
from mailer.runs.planning.plan import Foreseen, Plan, Spool, Tally, foresee
from mailer.runs.planning.prepare import prepare, prepare_for
from mailer.runs.planning.request import Moment, Request, is_waiting, parse_at, parse_expiry, tell_moment

ACCEPTED, DECLINED, PREVIOUS_DONE = "accepted", "declined", "previous-done"
ON_EVENTS: Final = (ACCEPTED, DECLINED, PREVIOUS_DONE)
_OPEN = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.ATTEMPTED, DeliveryState.DEFERRED)
_STANDS_STILL = (MailingState.PAUSED, MailingState.HALTED, MailingState.CANCELLED, MailingState.PLANNING)
_BATCH = 500
_MOST_ZONES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWave:
    """One wave as it is asked for: lists, who of them, and at most one condition; without any it goes at once.

    An exclusive has two for the wave behind it: `at` and `on_event`, whichever comes first.
    """

    lists: tuple[str, ...]
    selection: Selection = EVERYBODY
    at: Moment | None = None
    after_h: float | None = None
    on_event: str = ""

    @property
    def told(self) -> str:
        """Return the condition in words."""
        after = f"{self.after_h:g} h after the wave before it" if self.after_h is not None else ""
        event = {
            ACCEPTED: "once somebody in the wave before it accepts",
            DECLINED: "once everybody in the wave before it declines",
            PREVIOUS_DONE: "once the wave before it has been sent",
        }.get(self.on_event, "")
        return " or ".join(filter(None, (self.at.text if self.at else "", after, event))) or "at once"


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """A wave as it would go: what it does, and when that is for contacts in other time zones."""

    number: int
    asked: AskedWave
    foreseen: Foreseen
    at: datetime | None
    elsewhere: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class WavesPlan:
    """All waves of a release, planned; `replaced` are waves to come that they take the place of."""

    waves: tuple[PlannedWave, ...]
    now: datetime
    replaced: int = 0
    is_dry_run: bool = False

    @property
    def first(self) -> Plan:
        """Return the plan of the first wave."""
        return self.waves[0].foreseen.plan

    @property
    def recipients(self) -> int:
        """Return how many get it in all waves."""
        return sum(each.foreseen.plan.tally.to_send for each in self.waves)

    def close(self) -> None:
        """Let go of what was planned."""
        for each in self.waves:
            each.foreseen.plan.spool.close()


def plan_waves(office: Office, request: Request, asked: Sequence[AskedWave], *, is_dry_run: bool = False) -> WavesPlan:
    """Plan every wave of a release; their plans are open (`close`).

    Raises:
        InputProblem: something is wrong with the release or a list; a wave has nobody; the release is scheduled.
    """
    now, earlier, planned = office.clock(), dict[bytes, int](), list[PlannedWave]()
    comes: datetime | None = now
    number, replaced = 1, 0
    try:
        for each in asked:
            if each.at is not None:
                comes = each.at.at
            elif each.after_h is not None and comes is not None:
                comes += timedelta(hours=each.after_h)
            elif each.on_event:
                comes = None
            moment = each.at or (Moment(comes, "") if comes is not None and comes > now else None)
            wanted = replace(request, lists=each.lists, selection=each.selection, at=moment, is_wave=True)
            plan = prepare(office, wanted, earlier=earlier)
            if not planned:
                refuse_scheduled(plan.existing, now=now)
                number, replaced = _waves_there(office, plan.existing)
            zones: dict[str, int] = {}
            for person in plan.spool.read():
                earlier[person.address_digest] = number
                zone = json.loads(person.merge_row).get("time_zone", "").strip()
                if zone and zone_of(zone) is not None:
                    zones[zone] = zones.get(zone, 0) + 1
            elsewhere = tuple(sorted(zones.items(), key=lambda one: -one[1])[:_MOST_ZONES])
            planned.append(PlannedWave(number, each, foresee(office, plan), comes, elsewhere))
            number += 1
    except BaseException:
        WavesPlan(tuple(planned), now).close()
        raise
    found = WavesPlan(tuple(planned), now, replaced, is_dry_run)
    if empty := next((each for each in planned if not each.foreseen.plan.spool.count), None):
        found.close()
        hint = "Everybody on its lists is left out or in an earlier wave; mailer lists check LIST   shows a list"
        raise InputProblem(f"wave {empty.number} has no recipients", hint=hint)
    return found


def _waves_there(office: Office, existing: Mailing | None) -> tuple[int, int]:
    """Return the number of the next wave of a mailing, and how many waves to come a new plan would replace."""
    if office.ledger is None or existing is None:
        return 1, 0
    with office.ledger.reading() as connection:
        kept = embargoes.read_waves(connection, existing.id)
    started = [each.number for each in kept if each.state == embargoes.STARTED]
    return max(started, default=0) + 1, len(kept) - len(started)


def refuse_scheduled(existing: Mailing | None, *, now: datetime) -> None:
    """Refuse waves and offers of a release that waits for its moment as a whole. Raises InputProblem."""
    if existing is not None and is_waiting(existing, now=now):
        raise InputProblem(
            f"{existing.name} is scheduled for {tell_moment(existing, now=now)}, for everybody at once",
            hint=f"mailer cancel {existing.name}   ends that; then the same command again",
        )


def hold_text(office: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Keep the text of a plan in the mailing of its release, with nobody in it yet; return the mailing.

    Raises as `confirm`.
    """
    if plan.existing is not None:
        with ledger.reading() as connection:
            if differ_by_moment(newest_edition(connection, plan.existing.id)[1], plan.edition):
                return plan.existing
    spool, tally = Spool(), Tally(left_out=plan.tally.left_out)
    edition = at_moment(plan.edition, is_lifted=False)  # whoever waits in it now gets it now
    held = replace(plan, spool=spool, tally=tally, edition=edition, request=replace(plan.request, at=None))
    try:
        return confirm(office, ledger, held)
    finally:
        spool.close()


def keep_waves(office: Office, ledger: Ledger, mailing: Mailing, plan: WavesPlan, *, expires: str = "24h") -> None:
    """Keep all waves of a plan, in place of those that the mailing still had before it; they count from the last step.

    Rows are written in short transactions, as `ledger.planning` does.
    """
    with ledger.writing() as connection:
        embargoes.drop_waves(connection, mailing.id)
    for each in plan.waves:
        made, asked = each.foreseen.plan, each.asked
        request = made.request
        told = {
            "lists": asked.lists,
            "relay": request.relay.key,
            "pinned": request.pinned,
            "not_agreed": request.not_agreed,
            "despite_recent": request.despite_recent,
            "expires": expires,
        }
        condition: dict[str, object] = {"after_h": asked.after_h, "on_event": asked.on_event, "told": asked.told}
        condition |= {"at": asked.at.at if asked.at else None}
        with ledger.writing() as connection:
            wave_id = embargoes.add_wave(
                connection,
                mailing.id,
                stamp=office.stamp(),
                number=each.number,
                request=json.dumps(told),
                recipients=made.spool.count,
                **condition,
            )
        people = made.spool.read()
        while batch := list(islice(people, _BATCH)):
            ledger.step(partial(embargoes.add_recipients, wave_id=wave_id, people=batch))
    with ledger.writing() as connection:
        embargoes.move_waves(connection, mailing.id, (embargoes.PLANNED,), embargoes.WAITING)


def ask_waves(office: Office, path: Path) -> tuple[AskedWave, ...]:
    """Read a waves file. Raises InputProblem with all that is wrong in it, by line."""
    now, zone = office.clock(), office.settings.office.time_zone
    found = read_waves(path, lambda text: parse_at(text, now=now, zone=zone))
    return tuple(
        AskedWave(
            lists=each.to,
            selection=Selection(where=each.where),
            at=moment,
            after_h=each.after_h or None,
            on_event=each.when,
        )
        for each, moment in found
    )


def ask_exclusive(
    office: Office, email: str, until: str, *, lists: Sequence[str], selection: Selection
) -> tuple[AskedWave, ...]:
    """Return the two waves of an exclusive: one person at once, the rest at a moment, or once that one declines."""
    moment = parse_at(until, now=office.clock(), zone=office.settings.office.time_zone)
    one = Selection(where=f'email == "{parse_address(email)}"')
    return (
        AskedWave(lists=tuple(lists), selection=one),
        AskedWave(lists=tuple(lists), selection=selection, at=moment, on_event=DECLINED),
    )


# Starting what is due.


@dataclass(frozen=True, slots=True)
class Started:
    """What was started: so many people of a mailing, by which wave (0: they agreed to an offer), or why it was not."""

    mailing: str
    wave: int
    recipients: int = 0
    problem: MailerError | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Return by what it is known among the things that wait."""
        return f"{self.mailing} wave {self.wave}" if self.wave else f"{self.mailing} embargo"


def start_waves(office: Office, ledger: Ledger, *, slug: str = "", but_for: Container[str] = ()) -> list[Started]:
    """Plan everybody whose turn has come, of one release or of all: who agreed to an offer, and waves that are due.

    What goes wrong with one is told in its place, and keeps no other back. `but_for` has the keys of those that failed
    a moment ago.
    """
    with ledger.reading() as connection:
        agreed = embargoes.due_answer_slugs(connection)
        waiting = embargoes.read_waiting(connection)
        of = {each.mailing_id: read_mailing(connection, each.mailing_id) for each in waiting}
    started: list[Started] = []
    for name in agreed:
        if slug in {"", name} and Started(name, 0).key not in but_for:
            started += _send_to_agreed(office, ledger, name)
    for each in waiting:
        name = of[each.mailing_id].name
        if slug in {"", of[each.mailing_id].slug} and Started(name, each.number).key not in but_for:
            started += _start(office, ledger, each)
    return started


def _stands_still(mailing: Mailing) -> bool:
    return mailing.state in _STANDS_STILL or mailing.stopped_at is not None


def _send_to_agreed(office: Office, ledger: Ledger, slug: str) -> Iterator[Started]:
    """Plan the material for everybody who agreed to its embargo and has not been planned."""
    with ledger.reading() as connection:
        mailing = find_used(connection, slug)
        if mailing is None or _stands_still(mailing) or is_waiting(mailing, now=office.clock()):
            return
        due = embargoes.due_answers(connection, slug)
        people = [
            WaveRecipient(each.delivery_id, each.address_digest, each.address, row, each.list_name, each.row)
            for each in embargoes.read_offered(connection, slug)
            # the privacy notice went with the offer, where one was due
            if each.address_digest in due and (row := {k: v for k, v in each.merge_row.items() if k != NOTICE})
        ]
    try:
        request = _request(office, mailing, {"relay": mailing.relay, "pinned": mailing.pinned})
        count = _plan_kept(office, ledger, mailing, replace(request, by_offer=True), iter(people))
        with ledger.writing() as connection:
            embargoes.mark_released(connection, slug, due, at=office.clock())
        if people:
            yield Started(mailing.name, 0, count)
    except MailerError as error:
        yield Started(mailing.name, 0, problem=error)


def _start(office: Office, ledger: Ledger, each: Wave) -> Iterator[Started]:
    """Plan the people of a wave, if its turn has come."""
    with ledger.reading() as connection:
        mailing = read_mailing(connection, each.mailing_id)
        if not _is_due(connection, mailing, each, now=office.clock()):
            return
    try:
        request = _request(office, mailing, json.loads(each.request))
        count = _plan_kept(office, ledger, mailing, request, _people(ledger, each.id))
        with ledger.writing() as connection:
            is_ours = embargoes.start_wave(connection, each.id, at=office.clock())
        if is_ours:
            yield Started(mailing.name, each.number, count)
    except MailerError as error:
        yield Started(mailing.name, each.number, problem=error)


def _is_due(connection: Connection, mailing: Mailing, each: Wave, *, now: datetime) -> bool:
    if _stands_still(mailing):
        return False
    if each.at is not None and each.at <= now:
        return True
    if each.at is None and each.after_h is None and not each.on_event:
        return True
    # the wave before it: of this plan, or started by one that was replaced
    before = next((one for one in embargoes.read_waves(connection, mailing.id) if one.number == each.number - 1), None)
    if before is None or before.started_at is None:
        return False
    if each.after_h is not None:
        return before.started_at + timedelta(hours=each.after_h) <= now
    if each.on_event == PREVIOUS_DONE:
        return not open_count(connection, mailing.id, _OPEN)
    said = {one.address_digest: one.verdict for one in embargoes.read_answers(connection, mailing.slug)}
    verdicts = [said.get(digest, "") for digest in embargoes.wave_digests(connection, before.id)]
    if each.on_event == ACCEPTED:
        return ACCEPTED in verdicts
    return each.on_event == DECLINED and set(verdicts) == {DECLINED}


def _request(office: Office, mailing: Mailing, told: dict[str, object]) -> Request:
    now, zone = office.clock(), office.settings.office.time_zone
    lists = told.get("lists", ())
    return Request(
        release=mailing.slug,
        relay=office.relay(str(told["relay"])),
        pinned=bool(told["pinned"]),
        lists=tuple(map(str, lists)) if isinstance(lists, list) else (),
        under_embargo=True,
        is_wave=True,
        not_agreed=str(told.get("not_agreed", "")),
        despite_recent=str(told.get("despite_recent", "")),
        expires_at=parse_expiry(str(told.get("expires", "24h")), now=now, zone=zone),
    )


def _plan_kept(
    office: Office, ledger: Ledger, mailing: Mailing, request: Request, people: Iterator[WaveRecipient]
) -> int:
    """Plan people as they were kept, with the newest text of their mailing; return how many get it."""
    with ledger.reading() as connection:
        edition = newest_edition(connection, mailing.id)[1]
    until = unpack(edition).embargo_until
    kept = at_moment(edition, is_lifted=until is not None and until <= office.clock())
    entries = (
        Contact(known_address(one.address), whole_fields(one.merge_row), one.list_name, one.row, one.row)
        for one in people
    )
    plan = prepare_for(office, request, entries, problems=[], kept=kept)
    try:
        if plan.spool.count:
            confirm(office, ledger, plan)
    finally:
        plan.spool.close()
    return plan.tally.to_send


def _people(ledger: Ledger, wave_id: int) -> Iterator[WaveRecipient]:
    """Yield the people of a wave, some at a time: a wave may be as long as a list."""
    after = 0
    while True:
        with ledger.reading() as connection:
            found = embargoes.read_recipients(connection, wave_id, after=after, limit=_BATCH)
        if not found:
            return
        yield from found
        after = found[-1].id
