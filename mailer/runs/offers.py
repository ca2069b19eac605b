"""Offers: offers of a release, the release for those who agree, and waves for the others, each recipient exactly once.

An offer is a notice that says what a release is about and when its embargo ends, and has none of its text. The release
is planned together with the offer, for the same people, so that any failure appears before anybody is asked. Its text
is stored at once, as the edition of the release's own mailing, which has no recipients yet; so contacts who accept get
what was reviewed on the day of the offer, and a plan that has to be approved names the people of the offer and the
bytes that each of them would get. A release is offered to each person once: the same command with a longer list reaches
only new people. People who broke an embargo are left out.

The terms are those in the mail, in its language and with the reader's own time; their SHA-256 is kept with the answer.
An answer on the page counts at once. A reply in words is read by a program, so it is only noted, and counts once staff
have confirmed it. The newest answer counts: someone who agreed may decline later, and the other way round. People who
have not answered are reported as silent, but not those who never got the offer. Staff mark a person as having broken an
embargo, with a reason; this applies to every release until it is lifted.

All waves are planned before anybody confirms them: their mails are made and checked, and nobody in an earlier wave is
in a later one. Then they are stored: the text as the newest edition of the mailing, the people of each wave as rows.
Starting a wave plans these people again, with that text, into the one mailing of the release (`prepare_for`,
`confirm_part`), so that people who have opted out meanwhile are skipped and nobody is in it twice. All waves are sent
in this way, including the first, and so is the release for those who agreed to an offer. If it is interrupted, it is
simply repeated; `start_wave` records that it was done. A text that was approved under embargo goes out without its
banner once the embargo is over, and is otherwise unchanged (`edition.set_lifted`).

A wave waits while its mailing is paused, halted, cancelled, being planned or stopped by hand, since that was a
decision. Raises `InputProblem`, `ConfigProblem`, `LedgerProblem`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

from mailer.address import known_address, parse_address
from mailer.config.reading import parse_waves
from mailer.contacts.audience import Selection
from mailer.contacts.values import Contact, whole_fields
from mailer.errors import CONFIG_NAME, InputProblem, MailerError, NotApproved, did_you_mean
from mailer.events import MAY_COME, DeliveryState, MailingKind, MailingState
from mailer.frozen import dataclass, field, replace
from mailer.ledger import Connection, Ledger, mailings, offers, plans
from mailer.ledger.deliveries import open_count
from mailer.ledger.mailings import Edition, Mailing
from mailer.ledger.offers import AGREED, DECLINED, EmbargoAnswer, Offered, Wave, WaveRecipient
from mailer.ledger.returns import finish, read_replies
from mailer.ledger.rows import in_parts
from mailer.message.context import embargo_context
from mailer.runs import approval
from mailer.runs.approval import Gate
from mailer.runs.office import Office
from mailer.runs.planning.confirm import confirm, confirm_part
from mailer.runs.planning.edition import embargo_of, is_same_content, set_lifted, unpack
from mailer.runs.planning.making import NOTICE, Text, manner_of
from mailer.runs.planning.prepare import Covered, Foreseen, Plan, Spool, Tally, foresee, prepare, prepare_for
from mailer.runs.planning.request import (
    PREVIOUS_DONE,
    Moment,
    Request,
    WaveRequest,
    describe_schedule,
    is_waiting,
    parse_at,
)
from mailer.runs.planning.stored import request_command, request_document, request_of
from mailer.tokens import address_digest
from mailer.workspace import Workspace, write_atomically

_STOPPED_STATES = (MailingState.PAUSED, MailingState.HALTED, MailingState.CANCELLED, MailingState.PLANNING)
# of a wave's request
_KEPT_FIELDS = {"lists", "relay", "pinned", "not_agreed", "despite_recent", "expires", "expires_at"}
_MAX_BYTES = 1_000_000  # of a waves file


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """A wave as it would go out: what it does, and its time for contacts in other time zones."""

    number: int
    request: WaveRequest
    foreseen: Foreseen
    at: datetime | None
    elsewhere: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WavesPlan:
    """All waves of a release, planned; `replaced` counts the waves to come that they replace."""

    request: Request
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
        """Return the number of messages in all waves."""
        return sum(each.foreseen.plan.tally.to_send for each in self.waves)

    def close(self) -> None:
        """Close the files of what was planned."""
        for each in self.waves:
            each.foreseen.plan.spool.close()


def plan_waves(office: Office, request: Request, *, is_dry_run: bool = False) -> WavesPlan:
    """Plan every wave of a release (`request.waves`); the caller closes the result (`close`).

    Raises InputProblem if the release or a list is wrong, a wave has no recipients, or the release is scheduled.
    """
    now, earlier, planned = office.clock(), dict[bytes, int](), list[PlannedWave]()
    due_at: datetime | None = now
    number, replaced = 1, 0
    with ExitStack() as unless_planned:
        for each in request.waves:
            if each.at is not None:
                due_at = each.at.at
            elif each.after_h is not None and due_at is not None:
                due_at += timedelta(hours=each.after_h)
            elif each.on_event:
                due_at = None
            at = each.at or (Moment(due_at, "") if due_at is not None and due_at > now else None)
            wanted = replace(request, lists=each.lists, selection=each.selection, at=at, is_wave=True)
            plan = prepare(office, wanted, earlier=earlier)
            unless_planned.callback(plan.spool.close)
            if not planned:
                refuse_scheduled(plan.existing, now=now)
                if office.ledger is not None and plan.existing is not None:
                    with office.ledger.reading() as connection:
                        kept = offers.read_waves(connection, plan.existing.id)
                    started = [one.number for one in kept if one.state == offers.STARTED]
                    number, replaced = max(started, default=0) + 1, len(kept) - len(started)
            earlier |= dict.fromkeys((person.address_digest for person in plan.spool.read()), number)
            planned.append(PlannedWave(number, each, foresee(office, plan), due_at, plan.zones()))
            number += 1
        if empty := next((each for each in planned if not each.foreseen.plan.spool.count), None):
            hint = "Everybody on its lists is left out or in an earlier wave; mailer lists check LIST   shows a list"
            raise InputProblem(f"wave {empty.number} has no recipients", hint=hint)
        unless_planned.pop_all()
    return WavesPlan(request, tuple(planned), now, replaced, is_dry_run)


def refuse_scheduled(existing: Mailing | None, *, now: datetime) -> None:
    """Refuse waves and offers of a release that is scheduled as a whole. Raises InputProblem."""
    if existing is not None and is_waiting(existing, now=now):
        raise InputProblem(
            f"{existing.name} is scheduled for {describe_schedule(existing, now=now)}, for everybody at once",
            hint=f"mailer cancel {existing.name}   ends that; then the same command again",
        )


def hold_text(office: Office, ledger: Ledger, plan: Plan) -> Mailing:
    """Store the text of a plan in the mailing of its release, without recipients yet; return the mailing.

    Raises as `confirm`.
    """
    edition, is_there = _text_to_hold(office, plan)
    if is_there and plan.existing is not None:
        return plan.existing
    tally, request = Tally(left_out=plan.tally.left_out), replace(plan.request, at=None)
    with closing(Spool()) as spool:
        held = replace(plan, spool=spool, tally=tally, edition=edition, request=request)
        return confirm_part(office, ledger, held)


def _text_to_hold(office: Office, plan: Plan) -> tuple[Edition, bool]:
    """Return the text to store for a plan, and whether its mailing has it already."""
    if office.ledger is not None and plan.existing is not None:
        with office.ledger.reading() as connection:
            newest = mailings.newest_edition(connection, plan.existing.id)[1]
        if is_same_content(newest, plan.edition):
            return newest, True
    return set_lifted(plan.edition, is_lifted=False), False  # those who are waiting in it get it now


def covered(office: Office, parts: Sequence[Plan]) -> Covered:
    """Return what one approval covers: the plans of a release, with its text under embargo and after it."""
    edition, _ = _text_to_hold(office, parts[0])
    until = embargo_of(edition)
    lifted = (until is not None,) if until is None or until <= office.clock() else (False, True)
    return Covered(tuple(parts), tuple(set_lifted(edition, is_lifted=each) for each in lifted))


def as_one_plan(office: Office, planned: WavesPlan | OfferPlan) -> Plan:
    """Return all waves, or an offer with what it promises, as one plan, which another person can approve."""
    if isinstance(planned, OfferPlan):
        afterwards = [each.foreseen.plan for each in planned.then.waves] if planned.then else []
        return replace(planned.offer.plan, covers=covered(office, [planned.material, *afterwards]))
    parts = [each.foreseen.plan for each in planned.waves]
    warnings = tuple(dict.fromkeys(problem for each in parts for problem in each.warnings))
    request = replace(planned.request, relay=planned.first.request.relay)
    return replace(planned.first, request=request, covers=covered(office, parts), warnings=warnings)


def confirm_waves(office: Office, ledger: Ledger, plan: WavesPlan, plan_hash: bytes | None) -> Mailing:
    """Store the text and all waves of a plan; return their mailing. `plan_hash` is that of its stored plan, if any.

    Raises as `confirm`.
    """
    approver = approval.require(
        office, ledger, MailingKind.RELEASE, plan_hash, how=request_command(office, plan.request)
    )
    mailing = hold_text(office, ledger, plan.first)

    def note(connection: Connection) -> None:
        if plan_hash is None:
            plans.mark_unplanned(connection, mailing.id)
        else:
            plans.mark_sent(connection, plan_hash, mailing.id, approver, stamp=office.stamp())

    keep_waves(office, ledger, mailing, plan, note=note)
    return mailing


def keep_waves(
    office: Office,
    ledger: Ledger,
    mailing: Mailing,
    plan: WavesPlan,
    *,
    note: Callable[[Connection], None] = lambda _: None,
) -> None:
    """Store all waves of a plan, replacing those of the mailing that are still to come.

    Rows are written in short transactions, as `ledger.planning` does. The waves take effect with the last one, in
    which `note` writes, too.
    """
    with ledger.writing() as connection:
        offers.drop_waves(connection, mailing.id)
    for each in plan.waves:
        planned, wave = each.foreseen.plan, each.request
        request = {name: value for name, value in request_document(planned.request).items() if name in _KEPT_FIELDS}
        with ledger.writing() as connection:
            wave_id = offers.add_wave(
                connection,
                mailing.id,
                stamp=office.stamp(),
                number=each.number,
                request=json.dumps(request),
                recipients=planned.spool.count,
                at=wave.at.at if wave.at else None,
                after_h=wave.after_h,
                on_event=wave.on_event,
                told=wave.condition,
            )
        for batch in in_parts(planned.spool.read()):
            ledger.step(partial(offers.add_recipients, wave_id=wave_id, people=batch))
    with ledger.writing() as connection:
        offers.move_waves(connection, mailing.id, (offers.PLANNED,), offers.WAITING)
        note(connection)


def parse_waves_text(
    office: Office, text: str, *, source: str = "the waves", find_list: Callable[[str], object] | None = None
) -> tuple[WaveRequest, ...]:
    """Read the text of a waves file. Raises InputProblem with everything that is wrong in it, by line.

    `find_list` raises it for a list that is not allowed; by default, any file on this machine is.
    """
    read = partial(parse_at, now=office.clock(), zone=office.settings.office.time_zone)
    found = parse_waves(text, read, find_list or office.workspace.list_path, source=source)
    return tuple(
        WaveRequest(
            lists=each.to,
            selection=Selection(where=each.where),
            at=at,
            after_h=each.after_h or None,
            on_event=each.when,
        )
        for each, at in found
    )


def waves_files(workspace: Workspace) -> list[str]:
    """Return the names of the waves files in the folder of a workspace."""
    return [
        path.name
        for path in sorted(workspace.root.glob("*.toml"))
        if path.stat().st_size < _MAX_BYTES and "[[wave]]" in path.read_text("utf-8", "replace")
    ]


def keep_waves_file(office: Office, name: str, data: bytes) -> str:
    """Save a valid waves file in the folder of the workspace; return its name.

    It replaces one of the same name, of which a copy is kept. Raises InputProblem with everything that is wrong in it,
    by line, or if it has the name of another file.
    """
    workspace, path = office.workspace, office.workspace.root / name
    if path.suffix != ".toml" or name.startswith(".") or len(data) > _MAX_BYTES:
        raise InputProblem("this is not a waves file", source=name, hint="Its name ends in .toml.")
    try:
        parse_waves_text(office, data.decode("utf-8-sig"), source=name, find_list=workspace.named_list)
    except UnicodeDecodeError:
        raise InputProblem("it is not UTF-8 text", source=name) from None
    if name.lower() == CONFIG_NAME or (path.exists() and name not in waves_files(workspace)):
        raise InputProblem("another file has this name", source=name, hint="Give the waves file a name of its own.")
    if path.exists():
        workspace.keep_for_undo(path, office.clock())
    write_atomically(path, data)
    return name


def exclusive_waves(
    office: Office, email: str, until: str, *, lists: Sequence[str], selection: Selection
) -> tuple[WaveRequest, ...]:
    """Return the two waves of an exclusive: one person at once, the rest at a given time, or once that one declines."""
    at = parse_at(until, now=office.clock(), zone=office.settings.office.time_zone, option="--until")
    one = Selection(where=f'email == "{parse_address(email)}"')
    return (
        WaveRequest(lists=tuple(lists), selection=one),
        WaveRequest(lists=tuple(lists), selection=selection, at=at, on_event=DECLINED),
    )


# Offers.


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """An offer, planned: the notice, the material that it promises, and who gets it once the embargo is over."""

    offer: Foreseen
    material: Plan
    then: WavesPlan | None
    until: datetime
    has_page: bool

    def close(self) -> None:
        """Close the files of what was planned."""
        self.offer.plan.spool.close()
        self.material.spool.close()
        if self.then is not None:
            self.then.close()


def plan_offer(office: Office, request: Request, *, is_dry_run: bool = False) -> OfferPlan:
    """Plan an offer to lists; `request.family` is that of the notice, `request.waves` who gets the release afterwards.

    Raises InputProblem with every problem of the release and the lists, or if there is no embargo, or it is over.
    """
    with ExitStack() as unless_planned:
        offer = prepare(office, replace(request, kind=MailingKind.OFFER))
        unless_planned.callback(offer.spool.close)
        release = replace(request, kind=MailingKind.RELEASE, family="")
        promised = replace(release, by_offer=True, is_wave=True, despite_recent="offered under embargo")
        material = prepare(office, promised)
        unless_planned.callback(material.spool.close)
        refuse_scheduled(material.existing, now=office.clock())
        until = material.release.embargo.until if material.release.embargo else None
        assert until is not None  # noqa: S101 - an offer without one was refused
        then = None
        if request.waves:
            typed = f"{until:%Y-%m-%d %H:%M} {getattr(until.tzinfo, 'key', '') or until.tzname()}"
            waves = tuple(replace(each, at=Moment(until, typed)) for each in request.waves)
            then = plan_waves(office, replace(release, waves=waves, despite_recent="the embargo is over"))
        unless_planned.pop_all()
    foreseen = foresee(office, offer, is_dry_run=is_dry_run)
    return OfferPlan(foreseen, material, then, until, bool(office.settings.optout.base_url))


def confirm_offer(office: Office, ledger: Ledger, plan: OfferPlan, plan_hash: bytes | None) -> Mailing:
    """Store the promised text and who gets it afterwards, then the offer; return the mailing of the offer.

    `plan_hash` is that of the stored plan with which it was compared. Raises as `confirm`.
    """
    offer = replace(plan.offer.plan, plan_hash=plan_hash)
    approval.require(office, ledger, MailingKind.OFFER, plan_hash)
    mailing = hold_text(office, ledger, plan.material)
    if plan.then is not None:
        keep_waves(office, ledger, mailing, plan.then)
    return confirm(office, ledger, offer)


# Starting what is due.


@dataclass(frozen=True, slots=True)
class Started:
    """A wave that was started (0: those who accepted an offer), with its recipients; or the error if it was not."""

    mailing: str
    wave: int
    recipients: int = 0
    problem: MailerError | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Return the key of this wave among those that are waiting."""
        return f"{self.mailing} wave {self.wave}" if self.wave else f"{self.mailing} embargo"


def start_waves(office: Office, ledger: Ledger, *, slug: str = "", but_for: Container[str] = ()) -> list[Started]:
    """Plan everybody who is due, for one release or all: those who accepted an offer, and waves that are due.

    An error of one is returned in its place, and does not stop the others. `but_for` has the keys of those that have
    just failed.
    """
    with ledger.reading() as connection:
        agreed = offers.due_answer_slugs(connection)
        waiting = offers.read_waiting(connection)
        mailing_of = {each.mailing_id: mailings.read_mailing(connection, each.mailing_id) for each in waiting}
    started: list[Started] = []
    for name in agreed:
        if slug in {"", name} and Started(name, 0).key not in but_for:
            started += _send_to_agreed(office, ledger, name)
    for each in waiting:
        name = mailing_of[each.mailing_id].name
        if slug in {"", mailing_of[each.mailing_id].slug} and Started(name, each.number).key not in but_for:
            started += _start(office, ledger, each)
    return started


def start_now(office: Office, ledger: Ledger, slug: str) -> None:
    """Plan everybody of a release who is due; raise the error that prevents one of its waves from starting."""
    for each in start_waves(office, ledger, slug=slug):
        if each.problem is not None:
            raise each.problem


def _why_held(connection: Connection, mailing: Mailing) -> str:
    """Return why no recipients are added to a mailing now, in a sentence; empty if they are."""
    if any(each.kind is MailingKind.RETRACTION for each in mailings.read_corrections(connection, mailing.slug)):
        return "the release was withdrawn"
    if mailing.stopped_at is not None:
        return "its mailing has been stopped"
    state = "being planned" if mailing.state is MailingState.PLANNING else mailing.state
    return f"its mailing is {state}" if mailing.state in _STOPPED_STATES else ""


def _send_to_agreed(office: Office, ledger: Ledger, slug: str) -> Iterator[Started]:
    """Plan the material for everybody who has accepted its embargo and was not planned yet."""
    with ledger.reading() as connection:
        mailing = mailings.find_used(connection, slug)
        if mailing is None or _why_held(connection, mailing) or is_waiting(mailing, now=office.clock()):
            return
        answers = offers.read_answers(connection, slug)
        due = {one.address_digest for one in answers if one.verdict == AGREED and one.released_at is None}
        people = [each for each in offers.read_offered(connection, slug) if each.address_digest in due]
    try:
        request = _request(office, mailing, {"relay": mailing.relay, "pinned": mailing.pinned})
        count = _plan_kept(office, ledger, mailing, replace(request, by_offer=True), people)
        with ledger.writing() as connection:
            offers.mark_released(connection, slug, due, at=office.clock())
        if people:
            yield Started(mailing.name, 0, count)
    except MailerError as error:
        yield Started(mailing.name, 0, problem=error)


def _start(office: Office, ledger: Ledger, each: Wave) -> Iterator[Started]:
    with ledger.reading() as connection:
        mailing = mailings.read_mailing(connection, each.mailing_id)
        if not _is_due(connection, mailing, each, now=office.clock()):
            return
    try:
        request = _request(office, mailing, json.loads(each.request))
        people = chain.from_iterable(ledger.pages(offers.read_recipients, wave_id=each.id))  # it may be a long list
        count = _plan_kept(office, ledger, mailing, request, people)
        with ledger.writing() as connection:
            is_ours = offers.start_wave(connection, each.id, at=office.clock())
        if is_ours:
            yield Started(mailing.name, each.number, count)
    except MailerError as error:
        if isinstance(error, NotApproved):  # waiting does not help: a person has to approve it, and to resume it
            with ledger.writing() as connection:
                offers.hold_wave(connection, each.id, reason=str(error))
        yield Started(mailing.name, each.number, problem=error)


def _is_due(connection: Connection, mailing: Mailing, each: Wave, *, now: datetime) -> bool:
    if _why_held(connection, mailing):
        return False
    if each.at is not None and each.at <= now:
        return True
    if each.at is None and each.after_h is None and not each.on_event:
        return True
    # the wave before it: of this plan, or started by one that was replaced
    before = next((one for one in offers.read_waves(connection, mailing.id) if one.number == each.number - 1), None)
    if before is None or before.started_at is None:
        return False
    if each.after_h is not None:
        return before.started_at + timedelta(hours=each.after_h) <= now
    if each.on_event == PREVIOUS_DONE:
        return not open_count(connection, mailing.id, MAY_COME)
    answers = {one.address_digest: one.verdict for one in offers.read_answers(connection, mailing.slug)}
    verdicts = [answers.get(digest, "") for digest in offers.wave_digests(connection, before.id)]
    if each.on_event == AGREED:
        return AGREED in verdicts
    return each.on_event == DECLINED and set(verdicts) == {DECLINED}


def _request(office: Office, mailing: Mailing, kept: Mapping[str, Any]) -> Request:
    document = {"release": mailing.slug, "under_embargo": True, "is_wave": True, **kept}
    if not document.get("expires") and not document.get("expires_at"):
        document |= {"expires": "24h", "expires_at": None}
    return request_of(office, document)


def _plan_kept(
    office: Office, ledger: Ledger, mailing: Mailing, request: Request, people: Iterable[Offered | WaveRecipient]
) -> int:
    """Plan people as they were stored, with the newest text of their mailing; return how many get it."""
    with ledger.reading() as connection:
        edition = mailings.newest_edition(connection, mailing.id)[1]
    until = embargo_of(edition)
    kept = set_lifted(edition, is_lifted=until is not None and until <= office.clock())

    def contact(one: Offered | WaveRecipient) -> Contact:
        # whether the privacy notice is due is decided again: an offer or another release may have had it
        fields = {name: value for name, value in one.merge_row.items() if name != NOTICE}
        return Contact(known_address(one.address), whole_fields(fields), one.list_name, one.row, one.row)

    plan = prepare_for(office, request, map(contact, people), problems=[], kept=kept)
    with closing(plan.spool):
        if plan.spool.count:
            confirm_part(office, ledger, plan)
    return plan.tally.to_send


# Answers to an offer: by its link, in a reply, or to staff.


_NOT_REACHED = (DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.EXPIRED, DeliveryState.REJECTED)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that a recipient is asked to accept, as in their mail; `phrases` are those of its language."""

    language: str
    headline: str
    line: str
    text: str
    phrases: Mapping[str, str] = field(repr=False)

    @property
    def hash(self) -> bytes:
        """Return the SHA-256 of what is accepted: the release and the terms."""
        return hashlib.sha256(f"{self.headline}\n{self.text}\n".encode()).digest()


def terms_of(text: Text, fields: Mapping[str, str]) -> Terms:
    """Return the terms of an offer as a recipient with these merge fields reads them."""
    manner = manner_of(text, fields.get("language", ""), "", fields.get("time_zone", ""))
    tongue, release = text.styling.tongues.of(manner.words), text.versions[manner.version].release
    context = embargo_context(release, tongue, zone=manner.zone)
    return Terms(manner.words, release.headline, context["line"], context["terms"], tongue.phrases)


def answer_by_link(connection: Connection, office: Office, delivery: bytes, verdict: str) -> bool:
    """Record an answer given on the page; return False if this ledger has no such offer."""
    offered = next(iter(offers.read_offered(connection, token_id=delivery)), None)
    if offered is None:
        return False
    _add(connection, office, offered, verdict, offers.LINK)
    return True


def find_offered(connection: Connection, delivery_id: int, slug: str) -> Offered | None:
    """Return the offer that a delivery was, or the mail of a wave whose answer another wave waits for."""
    offered = next(iter(offers.read_offered(connection, id=delivery_id)), None)
    mailing = None if offered else mailings.find_used(connection, slug)
    if mailing is not None and offers.awaits_answer(connection, mailing.id):
        offered = offers.read_mailed(connection, id=delivery_id)
    return offered


def note_unconfirmed(connection: Connection, office: Office, offered: Offered, verdict: str, words: str) -> bool:
    """Record an answer found in a reply to an offer, for staff to confirm; return False if it is known already."""
    slug = offered.slug
    known = [*offers.read_answers(connection, slug), *offers.read_unconfirmed(connection, slug)]
    if any(one.address_digest == offered.address_digest and one.verdict == verdict for one in known):
        return False
    _add(connection, office, offered, verdict, offers.REPLY, note=words, confirmed=False)
    return True


def _add(
    connection: Connection,
    office: Office,
    offered: Offered,
    verdict: str,
    evidence: str,
    *,
    note: str = "",
    confirmed: bool = True,
) -> None:
    stamp = office.stamp()
    terms = terms_of(unpack(mailings.read_edition(connection, offered.edition_id)), offered.merge_row).hash
    person = (offered.slug, offered.address_digest, offered.address)
    answer = EmbargoAnswer(*person, verdict, evidence, stamp.at, offered.delivery_id, terms, confirmed, note)
    offers.add_embargo_answer(connection, answer, stamp=stamp)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer that staff recorded; `confirmed_reply` has the words of the reply that it confirms.

    `state` is that of the release's own mail to them, None if none was planned yet; `held` says why none is planned.
    """

    email: str
    slug: str
    verdict: str
    confirmed_reply: str = ""
    under_embargo: bool = True
    state: DeliveryState | None = None
    held: str = ""


def record_answer(office: Office, ledger: Ledger, email: str, verdict: str, *, slug: str, why: str = "") -> Recorded:
    """Record an answer that staff were given, or confirm the one found in a reply.

    Raises InputProblem if the person was not offered this release, nor mailed by a wave that another one waits for.
    """
    from mailer.bounces.letter import needs_answer  # noqa: PLC0415 - sending records no answers

    address = parse_address(email)
    digest = address_digest(office.keys, address.key)
    with ledger.writing() as connection:
        mailing, mailed = mailings.find_used(connection, slug), None
        if mailing is not None:
            mailed = offers.read_mailed(connection, mailing_id=mailing.id, address_digest=digest)
        everyone = offers.read_offered(connection, slug)
        offered = next((each for each in everyone if each.address_digest == digest), mailed)
        if offered is None:
            slugs = offers.offered_slugs(connection)
            raise InputProblem(
                f"{address} was not offered {slug}{'' if slug in slugs else did_you_mean(slug, slugs)}",
                hint="mailer embargo status   shows who was offered what",
            )
        waiting = offers.read_unconfirmed(connection, slug)
        under_embargo = embargo_of(mailings.read_edition(connection, offered.edition_id)) is not None
        if not (under_embargo or waiting or offers.awaits_answer(connection, offered.mailing_id)):
            raise InputProblem(
                f"{slug} is not under embargo, and no wave of it waits for an answer; nothing was recorded",
                hint=f"mailer status {slug}   shows what became of it",
            )
        reply = next((e for e in waiting if e.address_digest == digest and e.verdict == verdict), None)
        note = " · ".join(filter(None, (reply.note if reply else "", why)))
        _add(connection, office, offered, verdict, offers.REPLY if reply else offers.STAFF, note=note)
        for letter in read_replies(connection, slug=slug, address_digest=digest, is_open=True):
            if verdict in letter.asks and not letter.assigned and not needs_answer(set(letter.asks) - {verdict}):
                finish(connection, letter, stamp=office.stamp())  # it asked for nothing else
        held = _why_held(connection, mailing) if mailing is not None else ""
    state = mailed.state if mailed else None
    return Recorded(str(address), slug, verdict, reply.note if reply else "", under_embargo, state, held)


@dataclass(frozen=True, slots=True)
class Broken:
    """A person who broke an embargo, or (`is_lifted`) is trusted again."""

    email: str
    why: str
    slug: str
    at: datetime
    is_lifted: bool = False


def mark_broken(office: Office, ledger: Ledger, email: str, *, why: str, slug: str = "", lift: bool = False) -> Broken:
    """Record that a person broke an embargo, or that this is forgiven.

    Raises InputProblem if it is to be lifted, and the person is not marked.
    """
    address, stamp = parse_address(email), office.stamp()
    digest = address_digest(office.keys, address.key)
    with ledger.writing() as connection:
        if lift and digest not in offers.read_broken(connection, [digest]):
            raise InputProblem(f"{address} is not marked as having broken an embargo")
        offered = (e for e in offers.read_offered(connection, slug) if e.address_digest == digest) if slug else ()
        delivery_id = next((each.delivery_id for each in offered), None)
        verdict = offers.FORGIVEN if lift else offers.BROKEN
        answer = EmbargoAnswer(slug, digest, str(address), verdict, offers.STAFF, stamp.at, delivery_id, note=why)
        offers.add_embargo_answer(connection, answer, stamp=stamp)
    return Broken(str(address), why, slug, stamp.at, lift)


# The status of the offers.


@dataclass(frozen=True, slots=True)
class Person:
    """A person and their answer: `sent` says whether the material was planned for them, `words` what they wrote."""

    email: str
    at: datetime | None = None
    evidence: str = ""
    words: str = ""
    sent: bool = False
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class OfferStatus:
    """The status of the offers of a release: who accepted, declined or is `silent`; some may have been erased."""

    release: str
    headline: str
    until: datetime | None
    offered: int
    agreed: tuple[Person, ...]
    declined: tuple[Person, ...]
    silent: tuple[Person, ...]
    not_reached: tuple[Person, ...]
    unconfirmed: tuple[Person, ...]
    waves: tuple[Wave, ...]
    held: str = ""  # why those who accepted are sent nothing


@dataclass(frozen=True, slots=True)
class OfferStatuses:
    """The offers of every release, the newest first, and who broke an embargo."""

    releases: tuple[OfferStatus, ...]
    broken: tuple[Person, ...]
    now: datetime


def read_offer_statuses(office: Office, slug: str = "") -> OfferStatuses:
    """Return the status of the offers of one release or of all. Raises InputProblem if this one was not offered."""
    if office.ledger is None:
        return OfferStatuses((), (), office.clock())
    with office.ledger.reading() as connection:
        slugs = offers.offered_slugs(connection)
        if slug and slug not in slugs:
            hint = f"mailer embargo offer {slug} --to LIST"
            raise InputProblem(f"{slug} was not offered under embargo{did_you_mean(slug, slugs)}", hint=hint)
        found = [_read_status(connection, each) for each in slugs if slug in {"", each}]
        mailing_of = {each.release: mailings.find_used(connection, each.release) for each in found}
        broken = offers.read_broken(connection).values()
    for number, each in enumerate(found):
        mailing = mailing_of[each.release]
        if mailing is not None and not each.held and any(not one.sent for one in each.agreed):
            try:
                Gate(office, office.ledger, mailing)
            except NotApproved as problem:
                found[number] = replace(each, held=str(problem))
    return OfferStatuses(tuple(found), tuple(map(_person, broken)), office.clock())


def _read_status(connection: Connection, slug: str) -> OfferStatus:
    offered, mailing = offers.read_offered(connection, slug), mailings.find_used(connection, slug)
    answers = {each.address_digest: each for each in offers.read_answers(connection, slug)}
    silent = [each for each in offered if each.address_digest not in answers]
    headline, until = slug, None
    if mailing is not None:
        text = unpack(mailings.newest_edition(connection, mailing.id)[1])
        headline, until = text.release.headline, text.embargo_until

    def answered(verdict: str) -> tuple[Person, ...]:
        return tuple(_person(each) for each in answers.values() if each.verdict == verdict)

    return OfferStatus(
        release=slug,
        headline=headline,
        until=until,
        offered=len(offered),
        agreed=answered(AGREED),
        declined=answered(DECLINED),
        silent=tuple(Person(each.address) for each in silent if each.state not in _NOT_REACHED),
        not_reached=tuple(Person(each.address, evidence=each.state) for each in silent if each.state in _NOT_REACHED),
        unconfirmed=tuple(map(_person, offers.read_unconfirmed(connection, slug))),
        waves=tuple(offers.read_waves(connection, mailing.id)) if mailing is not None else (),
        held=_why_held(connection, mailing) if mailing is not None else "",
    )


def _person(one: EmbargoAnswer) -> Person:
    return Person(one.address, one.at, one.evidence, one.note, one.released_at is not None, one.verdict)
