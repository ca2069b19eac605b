"""Mailings: a release sent as one kind of mailing, the editions of its text, and the mailings around it.

Owns the rows of `mailing`, `edition`, `edition_file` and `blob`. An edition is everything that the text of a mailing is
made from, stored by content: release source, template files, sender settings. Never reads today's files: resuming uses
only what is stored here.

A release has one mailing that counts. A mailing that was cancelled before anything was sent does not use up the name:
the next one has the next number, and the slug alone means the newest. The same is true if its planning was interrupted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, insert, not_, or_, select

from mailer import lazy_re as re
from mailer.errors import InputProblem, did_you_mean
from mailer.events import MAY_COME, MAY_HAVE, DeliveryState, EventKind, MailingKind, MailingState
from mailer.frozen import dataclass, field
from mailer.ledger.rows import change, count_rows, has_row, read_all, read_one, value_of, values_of
from mailer.ledger.tables import (
    absence,
    blob,
    delivery,
    edition,
    edition_file,
    event,
    event_text,
    events_beside,
    mailing,
    mailing_name,
)

# a release has one mailing of such a kind, which every further list extends; each mailing of another kind is separate
GOES_ON = (MailingKind.RELEASE, MailingKind.OFFER)
NOT_REAL = tuple(kind for kind in MailingKind if not kind.is_real)
HALTED_AS_DEAD = "dead_addresses"  # the relay called so many dead that it cannot be trusted
HALTED_AS_OLD = "dead_share"  # more are dead than in a maintained list

_NAME = re.compile(r"(?P<slug>[^/]+)(?:/(?P<kind>[a-z-]+)-(?P<sequence>\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When (aware UTC) and by whom (`user@host`)."""

    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class NewMailing:
    """A mailing to be added."""

    slug: str
    kind: MailingKind
    sequence: int
    headline: str
    relay: str
    parent_id: int | None = None  # the mailing of the release that this one follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing(NewMailing):
    """A mailing as the ledger has it."""

    id: int
    state: MailingState
    planned: int
    left_out: Mapping[str, int]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    halt_reason: str
    pinned: bool = False
    scheduled_at: datetime | None = None
    scheduled_text: str = ""
    stopped_at: datetime | None = None
    handed_over: bool = False
    planner: str = ""
    state_before: MailingState | None = None
    staged_after: int | None = None
    plan_hash: bytes | None = field(default=None, repr=False)  # of the newest plan that was sent (`plans`)
    is_superseded: bool = False
    counts: str = field(default="", repr=False)  # as `history.keep_counts` left them

    @property
    def name(self) -> str:
        """Return the name that commands take: the slug; for all but the release itself, with kind and number."""
        return self.slug if self.kind is MailingKind.RELEASE and not self.is_superseded else self.full_name

    @property
    def was_planned(self) -> bool:
        """Return whether any delivery was ever confirmed: not while the first planning is under way."""
        return self.state is not MailingState.PLANNING or self.state_before is not None

    @property
    def full_name(self) -> str:
        """Return `slug/kind-N`, from which delivery ids are made."""
        return full_name(self.slug, self.kind, self.sequence)


@dataclass(frozen=True, slots=True)
class Edition:
    """What a text is made from: files by (role, name); the two digests find the same news under another slug.

    `brings` is the id of the release's own edition whose whole text goes out in a mailing around it. `held_until` is
    the end of its embargo, for overviews: sending goes by the text itself.
    """

    files: Mapping[tuple[str, str], bytes] = field(repr=False)
    headline_digest: bytes
    body_digest: bytes
    brings: int | None = None
    held_until: datetime | None = None

    def digests(self) -> dict[tuple[str, str], bytes]:
        """Return the SHA-256 of each file."""
        return {place: hashlib.sha256(data).digest() for place, data in self.files.items()}


def full_name(slug: str, kind: MailingKind, sequence: int) -> str:
    """Return `slug/kind-N`."""
    return f"{slug}/{kind}-{sequence}"


_newer = mailing.alias()
_is_superseded = exists().where(
    _newer.c.slug == mailing.c.slug, _newer.c.kind == mailing.c.kind, _newer.c.sequence > mailing.c.sequence
)
_MAILINGS = select(mailing, _is_superseded.label("is_superseded"))
_MAY_BE_OUT = (*MAY_HAVE, DeliveryState.CLAIMED)
_UNUSED = or_(
    and_(mailing.c.state == MailingState.PLANNING, mailing.c.state_before.is_(None)),
    and_(
        mailing.c.state == MailingState.CANCELLED,
        not_(exists().where(delivery.c.mailing_id == mailing.c.id, delivery.c.state.in_(_MAY_BE_OUT))),
    ),
)


def find_mailing(connection: Connection, name: str) -> Mailing | None:
    """Find a mailing by slug (the newest of the release itself) or by `slug/kind-N`."""
    parts = _NAME.fullmatch(name)
    if parts is None:
        return None
    wanted = [mailing.c.slug == parts["slug"], mailing.c.kind == (parts["kind"] or MailingKind.RELEASE)]
    if parts["sequence"]:
        wanted.append(mailing.c.sequence == int(parts["sequence"]))
    return _newest(connection, *wanted)


def find_used(connection: Connection, slug: str, kind: MailingKind = MailingKind.RELEASE) -> Mailing | None:
    """Find the mailing of a release that counts: planned to the end, and not cancelled before anything was sent."""
    return _newest(connection, mailing.c.slug == slug, mailing.c.kind == kind, not_(_UNUSED))


def _newest(connection: Connection, *wanted: ColumnElement[bool]) -> Mailing | None:
    return read_one(connection, Mailing, _MAILINGS.where(*wanted).order_by(mailing.c.sequence.desc()).limit(1))


def require_mailing(connection: Connection, name: str) -> Mailing:
    """Find a mailing by name. Raises InputProblem, which names the nearest, if there is none."""
    found = find_mailing(connection, name)
    if found is None:
        known = [each.name for each in read_mailings(connection)]
        raise InputProblem(
            f'there is no mailing "{name}"{did_you_mean(name, known)}', hint="mailer status   lists them all"
        )
    return found


def read_mailings(connection: Connection, *wanted: ColumnElement[bool], most: int | None = None) -> list[Mailing]:
    """Return all mailings, or those that match, the newest first."""
    return read_all(connection, Mailing, _MAILINGS.where(*wanted).order_by(mailing.c.id.desc()).limit(most))


def read_mailing(connection: Connection, mailing_id: int) -> Mailing:
    """Return a mailing by its number."""
    return value_of(Mailing, connection.execute(_MAILINGS.where(mailing.c.id == mailing_id)).one())


def next_sequence(connection: Connection, slug: str, kind: MailingKind) -> int:
    """Return the number of the next mailing of a kind; a release continues its own, unless that was cancelled."""
    columns = select(mailing.c.sequence, mailing.c.state, mailing.c.state_before)
    newest = columns.where(mailing.c.slug == slug, mailing.c.kind == kind)
    found = connection.execute(newest.order_by(mailing.c.sequence.desc()).limit(1)).first()
    if found is None:
        return 1
    # one that was never planned to the end is planned anew, so that two simultaneous corrections make one mailing
    is_nothing = found.state == MailingState.PLANNING and found.state_before is None
    goes_on = found.state != MailingState.CANCELLED if kind in GOES_ON else kind.is_real and is_nothing
    return int(found.sequence) if goes_on else int(found.sequence) + 1


def add_mailing(
    connection: Connection, new: NewMailing, *, stamp: Stamp, state: MailingState = MailingState.PLANNED
) -> Mailing:
    """Add a mailing with nothing planned yet; a UNIQUE constraint decides between two processes that do so at once."""
    values = {**values_of(new), "state": state, "created_at": stamp.at, "actor": stamp.actor}
    return value_of(Mailing, connection.execute(insert(mailing).values(**values).returning(mailing)).one())


def add_edition(connection: Connection, mailing_id: int, content: Edition, *, reason: str, stamp: Stamp) -> int:
    """Store an edition, with each file stored only once in the ledger. Return its id."""
    # an abandoned edition has a negative number (`planning`), which is not used again
    newest = select(func.coalesce(func.max(func.abs(edition.c.number)), 0)).where(edition.c.mailing_id == mailing_id)
    values = {
        **values_of(content, without=("files",)),
        "mailing_id": mailing_id,
        "number": connection.execute(newest).scalar_one() + 1,
        "reason": reason,
        "created_at": stamp.at,
        "actor": stamp.actor,
    }
    edition_id: int = connection.execute(insert(edition).values(**values).returning(edition.c.id)).scalar_one()
    for (role, name), data in content.files.items():
        digest = keep_blob(connection, data)
        connection.execute(insert(edition_file).values(edition_id=edition_id, role=role, name=name, digest=digest))
    if reason:
        add_event(connection, EventKind.CHANGED, stamp, mailing_id=mailing_id)
    return edition_id


def keep_blob(connection: Connection, data: bytes) -> bytes:
    """Store the bytes of a file, once for the same content; return their SHA-256."""
    digest = hashlib.sha256(data).digest()
    if not has_row(connection, blob.c.digest == digest):
        connection.execute(insert(blob).values(digest=digest, data=data))
    return digest


def newest_edition(connection: Connection, mailing_id: int) -> tuple[int, Edition]:
    """Return the id and the content of the edition that new deliveries would get."""
    newest = select(edition.c.id).where(edition.c.mailing_id == mailing_id).order_by(edition.c.number.desc()).limit(1)
    edition_id: int = connection.execute(newest).scalar_one()
    return edition_id, read_edition(connection, edition_id)


def read_edition(connection: Connection, edition_id: int) -> Edition:
    """Return the content of an edition."""
    joined = select(edition_file.c.role, edition_file.c.name, blob.c.data).where(
        edition_file.c.edition_id == edition_id
    )
    rows = connection.execute(joined.join(blob, blob.c.digest == edition_file.c.digest))
    files = {(row.role, row.name): row.data for row in rows}
    head = connection.execute(select(edition).where(edition.c.id == edition_id)).one()
    return Edition(files, head.headline_digest, head.body_digest, head.brings, head.held_until)


def find_same_news(connection: Connection, content: Edition, *, slug: str) -> Mailing | None:
    """Find a release under another slug with the same headline or the same body: a copied file must not send twice."""
    same = or_(edition.c.headline_digest == content.headline_digest, edition.c.body_digest == content.body_digest)
    wanted = (same, edition.c.number > 0, mailing.c.slug != slug, mailing.c.kind == MailingKind.RELEASE, not_(_UNUSED))
    editions = _MAILINGS.join(edition, edition.c.mailing_id == mailing.c.id)
    return read_one(connection, Mailing, editions.where(*wanted).limit(1))


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction or a retraction of a release: when it was planned, and its note on what was wrong."""

    kind: MailingKind
    sequence: int
    at: datetime
    note: str


def read_corrections(connection: Connection, slug: str) -> list[Corrected]:
    """Return the corrections and retractions of a release, the oldest first; `note` is the reason of their edition."""
    kinds = (MailingKind.CORRECTION, MailingKind.RETRACTION)
    wanted = (mailing.c.slug == slug, mailing.c.kind.in_(kinds), edition.c.number == 1, not_(_UNUSED))
    own = (edition.c.created_at.label("at"), edition.c.reason.label("note"))
    rows = select(mailing.c.kind, mailing.c.sequence, *own).join(edition, edition.c.mailing_id == mailing.c.id)
    return sorted(read_all(connection, Corrected, rows.where(*wanted)), key=lambda each: each.at)


def add_planned(connection: Connection, mailing_id: int, planned: int, left_out: Mapping[str, int]) -> None:
    """Raise `planned` by a number, and store how many the newest planning left out, by reason."""
    raised = mailing.c.planned + planned
    change(connection, mailing, mailing_id, planned=raised, left_out=json.dumps(dict(left_out)))


def set_state(
    connection: Connection, mailing_id: int, state: MailingState, *, stamp: Stamp, unless: Collection[MailingState] = ()
) -> bool:
    """Move a mailing to a state, with its times; False if it is being planned, or in one of `unless`."""
    values: dict[str, object] = {"state": state, "halt_reason": None}
    if state is MailingState.SENDING:
        values |= {"started_at": func.coalesce(mailing.c.started_at, stamp.at), "finished_at": None, "stopped_at": None}
        values["handed_over"] = False
    if state is MailingState.FINISHED:
        values["finished_at"] = stamp.at
    free = (mailing.c.planner.is_(None), mailing.c.state.not_in(unless))
    if not change(connection, mailing, mailing_id, *free, **values):
        return False
    if state in _EVENTS:
        add_event(connection, _EVENTS[state], stamp, mailing_id=mailing_id)
    return True


_EVENTS = {
    MailingState.FINISHED: EventKind.FINISHED,
    MailingState.PAUSED: EventKind.PAUSED,
    MailingState.CANCELLED: EventKind.STOPPED,
}


def state_of(connection: Connection, mailing_id: int) -> MailingState:
    """Return the state of a mailing."""
    return MailingState(connection.execute(select(mailing.c.state).where(mailing.c.id == mailing_id)).scalar_one())


def was_halted(connection: Connection, mailing_id: int, cause: str) -> bool:
    """Return whether a mailing was ever halted for a cause."""
    return has_row(connection, *events_beside(mailing_id, EventKind.HALTED), event.c.reason == cause)


def read_halt_reason(connection: Connection, mailing_id: int) -> str:
    """Return why a mailing is halted now; empty if it is not."""
    where = (mailing.c.id == mailing_id, mailing.c.state == MailingState.HALTED)
    return connection.scalar(select(mailing.c.halt_reason).where(*where)) or ""


def halt(connection: Connection, mailing_id: int, *, reason: str, stamp: Stamp, cause: str = "") -> bool:
    """Halt a mailing that is sending because of a reply of the relay; its recipients stay pending.

    False if it was not sending: what staff decided meanwhile (paused, cancelled) remains. `cause` is a word by which
    `was_halted` finds it again.
    """
    return _stop(connection, mailing_id, EventKind.HALTED, reason, stamp, cause)


def pause_for(connection: Connection, mailing_id: int, *, reason: str, text: str, stamp: Stamp) -> bool:
    """Pause a mailing because of what came back; False if it is not sending, so that what staff decided remains.

    `reason` has the causes as words without personal data, which `read_paused_for` returns; `text` is for staff.
    """
    return _stop(connection, mailing_id, EventKind.PAUSED, text, stamp, reason, text)


def _stop(
    connection: Connection, mailing_id: int, kind: EventKind, why: str, stamp: Stamp, reason: str, text: str = ""
) -> bool:
    values = {"state": MailingState(kind.value), "halt_reason": why}
    if not change(connection, mailing, mailing_id, mailing.c.state == MailingState.SENDING, **values):
        return False
    add_event(connection, kind, stamp, mailing_id=mailing_id, reason=reason, text=text)
    return True


def read_paused_for(connection: Connection, mailing_id: int) -> frozenset[str]:
    """Return the causes for which a mailing was ever paused: staff know of them."""
    reasons = connection.scalars(select(event.c.reason).where(*events_beside(mailing_id, EventKind.PAUSED)))
    return frozenset(word for reason in reasons for word in reason.split())


def add_event(
    connection: Connection,
    kind: EventKind,
    stamp: Stamp,
    *,
    mailing_id: int | None = None,
    delivery_id: int | None = None,
    reason: str = "",
    text: str = "",
) -> None:
    """Add an event, of a mailing or a delivery where it concerns one; what people or servers wrote goes into `text`.

    Examples are the reason given in planning (`planned`), and the reply of a server that wants us slower (`slowed`).
    """
    values = {"at": stamp.at, "kind": kind, "actor": stamp.actor, "reason": reason}
    added = insert(event).values(mailing_id=mailing_id, delivery_id=delivery_id, **values).returning(event.c.id)
    event_id = connection.execute(added).scalar_one()
    if text:
        connection.execute(insert(event_text).values(event_id=event_id, text=text))


def read_policy_changes(connection: Connection, *, until: datetime, most: int) -> list[tuple[datetime, str, str]]:
    """Return when `[approval]` was changed, whose run noticed the change, and its old and new value; newest first."""
    wanted = select(event.c.at, event.c.actor, event_text.c.text).outerjoin(event_text)
    rows = wanted.where(*events_beside(None, EventKind.POLICY), event.c.at <= until).order_by(event.c.id.desc())
    return [(row.at, row.actor, row.text or "") for row in connection.execute(rows.limit(most))]


# Threads: a release and what went out around it, and who has which text of it. The mailing of a release and those that
# have it as their parent are one thread. Its text has editions, numbered by the release's own mailing; a mail around it
# that carries the whole text refers to one of them (`edition.brings`). A person has the newest one that the relay
# accepted for them, or may have accepted: in doubt counts, since a correction must reach everybody who may have the
# wrong text. Someone whose deliveries all failed has nothing. Reads only.

AROUND = (MailingKind.FOLLOW_UP, MailingKind.CORRECTION, MailingKind.RETRACTION)
CALLED_OFF = (MailingKind.FOLLOW_UP, MailingKind.CORRECTION)  # what a correction replaces
WITHDRAWN = (*CALLED_OFF, MailingKind.OFFER)  # what a retraction replaces
_LATELY = timedelta(days=14)  # how long an absence without a date of return counts
_OVER = (MailingState.FINISHED, MailingState.CANCELLED)
_carried = edition.alias("carried")
# the edition of the release that a mail carries, if it carries one
_text_id = case((mailing.c.kind == MailingKind.RELEASE, edition.c.id), else_=edition.c.brings)
_text = case((mailing.c.kind == MailingKind.RELEASE, edition.c.number), else_=_carried.c.number)
_DELIVERED = (
    delivery.join(mailing, mailing.c.id == delivery.c.mailing_id)
    .join(edition, edition.c.id == delivery.c.edition_id)
    .outerjoin(_carried, _carried.c.id == edition.c.brings)
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A delivery of a thread; `text` numbers the edition of the release that it carries, None if it carries none."""

    delivery_id: int
    address_digest: bytes
    address: str
    kind: MailingKind
    mailing: str
    state: DeliveryState
    text: int | None
    edition_id: int
    message_id: str
    finished_at: datetime | None
    list_name: str
    row: int
    fields: Mapping[str, str] = field(repr=False)

    @property
    def may_be_had(self) -> bool:
        """Return whether the person has it, or may have it."""
        return self.state in MAY_HAVE


def read_threads(connection: Connection, release_id: int) -> Generator[list[Copy]]:
    """Yield the deliveries of a thread, a list for each person, each in the order of planning."""
    rows = (
        _of_thread(connection, release_id)
        .add_columns(delivery, delivery.c.id.label("delivery_id"), delivery.c.merge_row.label("fields"))
        .add_columns(mailing.c.kind, mailing_name, _text.label("text"))
        .order_by(delivery.c.address_digest, delivery.c.id)
    )
    copies = (value_of(Copy, row) for row in connection.execute(rows.execution_options(yield_per=500)))
    return (list(group) for _, group in groupby(copies, key=attrgetter("address_digest")))


def read_thread_ids(connection: Connection, release_id: int) -> Sequence[int]:
    """Return the ids of the mailings of a thread."""
    in_thread = or_(mailing.c.id == release_id, and_(mailing.c.parent_id == release_id, mailing.c.kind.in_(AROUND)))
    return connection.scalars(select(mailing.c.id).where(in_thread)).all()


def _of_thread(connection: Connection, release_id: int) -> Select[()]:
    """Return the query for the deliveries of a thread; its mailings are found first, or all would be read."""
    ids = read_thread_ids(connection, release_id)
    # what is staged may never be confirmed (`planning`)
    confirmed = or_(mailing.c.staged_after.is_(None), delivery.c.id <= mailing.c.staged_after)
    return select().select_from(_DELIVERED).where(delivery.c.mailing_id.in_(ids), confirmed)


def count_behind(connection: Connection, release_id: int, text_id: int | None) -> int:
    """Count the people who may have another edition of a release than this one (None: any)."""
    wanted = _of_thread(connection, release_id).where(delivery.c.state.in_(MAY_HAVE), _text_id.is_not(None))
    if text_id is not None:
        wanted = wanted.where(_text_id.is_distinct_from(text_id))
    counted = wanted.add_columns(func.count(delivery.c.address_digest.distinct()))
    return int(connection.execute(counted).scalar_one())


def count_editions(
    connection: Connection, release_id: int, *, states: Mapping[str, int] | None = None
) -> dict[int, int]:
    """Count the people who have each edition of a release, by its number; each person has the newest they may have.

    `states` are the release's own counts, where they are known already.
    """
    numbers = set(read_text_numbers(connection, release_id).values())
    if len(numbers) == 1:  # most releases: everybody has the same
        got = (delivery.c.mailing_id == release_id, delivery.c.state.in_(MAY_HAVE))
        people = count_rows(connection, *got) if states is None else sum(states[each] for each in MAY_HAVE)
        return dict.fromkeys(numbers, people) if people else {}
    has = _of_thread(connection, release_id).where(delivery.c.state.in_(MAY_HAVE), _text.is_not(None))
    newest = has.add_columns(func.max(_text).label("text")).group_by(delivery.c.address_digest).subquery()
    counted = select(newest.c.text, func.count()).group_by(newest.c.text).order_by(newest.c.text)
    return {int(row[0]): int(row[1]) for row in connection.execute(counted)}


@dataclass(frozen=True, slots=True)
class Has:
    """Which edition of a release a person has or may have, of how many there are."""

    release: str
    edition: int
    newest: int


def read_has(connection: Connection, address_digest: bytes) -> list[Has]:
    """Return which edition of each release a person has, by name; a test does not count."""
    real = (mailing.c.kind == MailingKind.RELEASE, edition.c.number > 0)
    numbers = edition.join(mailing, mailing.c.id == edition.c.mailing_id)
    newest = select(mailing.c.slug, func.max(edition.c.number).label("newest")).select_from(numbers).where(*real)
    newest_of = newest.group_by(mailing.c.slug).subquery()
    had = (delivery.c.address_digest == address_digest, delivery.c.state.in_(MAY_HAVE), _text.is_not(None))
    got = select(mailing.c.slug, func.max(_text).label("edition")).select_from(_DELIVERED).where(*had)
    got_of = got.group_by(mailing.c.slug).subquery()
    rows = select(got_of.c.slug.label("release"), got_of.c.edition, newest_of.c.newest)
    return read_all(connection, Has, rows.join(newest_of, newest_of.c.slug == got_of.c.slug).order_by(got_of.c.slug))


def read_text_numbers(connection: Connection, mailing_id: int) -> dict[int, int]:
    """Return, by the ids of a mailing's editions, the number of the edition of the release that each carries."""
    joined = edition.join(mailing, mailing.c.id == edition.c.mailing_id)
    rows = select(edition.c.id, _text).select_from(joined.outerjoin(_carried, _carried.c.id == edition.c.brings))
    found = connection.execute(rows.where(edition.c.mailing_id == mailing_id, edition.c.number > 0, _text.is_not(None)))
    return {row[0]: row[1] for row in found}


def read_open_around(
    connection: Connection,
    release_id: int,
    *,
    but_for: Mailing | None = None,
    kinds: Sequence[MailingKind] = CALLED_OFF,
) -> list[Mailing]:
    """Return the mailings of these kinds around a release that are not over, the newest first."""
    own = but_for.id if but_for is not None else None
    wanted = (mailing.c.parent_id == release_id, mailing.c.kind.in_(kinds), mailing.c.state.not_in(_OVER))
    return [each for each in read_mailings(connection, *wanted) if each.id != own and each.was_planned]


def count_waiting(
    connection: Connection,
    release_id: int,
    *,
    but_for: Mailing | None = None,
    kinds: Sequence[MailingKind] = CALLED_OFF,
) -> int:
    """Count the recipients who wait in the mailings that `read_open_around` returns."""
    found = read_open_around(connection, release_id, but_for=but_for, kinds=kinds)
    waits = (delivery.c.mailing_id.in_([each.id for each in found]), delivery.c.state.in_(MAY_COME))
    return count_rows(connection, *waits)


def find_carrier(connection: Connection, release_id: int, text_id: int) -> Mailing | None:
    """Find the correction that carries an edition of a release: planned to the end, not cancelled."""
    carries = select(edition.c.mailing_id).where(edition.c.brings == text_id, edition.c.number > 0)
    corrections = (mailing.c.parent_id == release_id, mailing.c.kind == MailingKind.CORRECTION)
    wanted = (mailing.c.id.in_(carries), *corrections, mailing.c.state != MailingState.CANCELLED)
    return next((each for each in read_mailings(connection, *wanted) if each.was_planned), None)


def refuse_retracted(connection: Connection, slug: str) -> None:
    """Refuse to send anything more of a release that was withdrawn.

    Raises InputProblem, with the date and the reason.
    """
    for each in read_corrections(connection, slug):
        if each.kind is MailingKind.RETRACTION:
            raise InputProblem(
                f"{slug} was withdrawn on {each.at:%Y-%m-%d at %H:%M} UTC: {each.note}",
                hint="None of it is sent any more. Send new text as a release with another name.",
            )


def read_away(connection: Connection, *, now: datetime) -> dict[bytes, datetime | None]:
    """Return who is away now by their automatic replies, and until when; None if a recent one names no date."""
    until = func.max(case((absence.c.until > now, absence.c.until))).label("until")
    undated = and_(absence.c.until == absence.c.said_at, absence.c.said_at > now - _LATELY)
    away = or_(absence.c.until > now, undated)
    rows = select(absence.c.address_digest, until).where(away).group_by(absence.c.address_digest)
    return {row.address_digest: row.until for row in connection.execute(rows)}
