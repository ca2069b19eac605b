"""Mailings: one release going out as one kind, and the editions of its text.

Owns the rows of `mailing`, `edition`, `edition_file` and `blob`. An edition is all that the text of a mailing is made
from, kept by content: release source, template files, sender settings. Never looks at today's files: resuming uses
only what stands here.

A release has one mailing that counts. One that was cancelled before anything of it was sent does not use up the name:
the next has the next number, and the slug alone means the newest. Nor does one whose planning was broken off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, not_, or_, select

from mailer import lazy_re as re
from mailer.errors import InputProblem, did_you_mean
from mailer.events import MAY_HAVE, DeliveryState, EventKind, MailingKind, MailingState
from mailer.frozen import dataclass, field
from mailer.ledger.tables import (
    blob,
    change,
    delivery,
    edition,
    edition_file,
    event,
    event_text,
    events_beside,
    has_row,
    mailing,
    read_all,
    read_one,
    value_of,
    values_of,
)

# one mailing of a release, which every further list extends; each other one stands for itself
GOES_ON = (MailingKind.RELEASE, MailingKind.OFFER)
NOT_REAL = tuple(kind for kind in MailingKind if not kind.is_real)
HALTED_AS_DEAD = "dead_addresses"  # the relay called too many dead for that to be believed
HALTED_AS_OLD = "dead_share"  # more are dead than a list that is kept has

_NAME = re.compile(r"(?P<slug>[^/]+)(?:/(?P<kind>[a-z-]+)-(?P<sequence>\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When (aware UTC) and by whom (`user@host`)."""

    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mailing as the ledger has it."""

    id: int
    slug: str
    kind: MailingKind
    sequence: int
    state: MailingState
    headline: str
    planned: int
    left_out: Mapping[str, int]
    relay: str
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
    parent_id: int | None = None  # the mailing of the release that this one is about
    plan_hash: bytes | None = field(default=None, repr=False)  # of the newest plan that was sent (`plans`)
    is_superseded: bool = False
    counts: str = field(default="", repr=False)  # as `history.keep_counts` left them

    @property
    def name(self) -> str:
        """Return the name that commands take: the slug, and for all but the release itself kind and number."""
        return self.slug if self.kind is MailingKind.RELEASE and not self.is_superseded else self.full_name

    @property
    def was_planned(self) -> bool:
        """Return whether anybody's delivery was ever confirmed: not while the first planning is under way."""
        return self.state is not MailingState.PLANNING or self.state_before is not None

    @property
    def full_name(self) -> str:
        """Return `slug/kind-N`, from which delivery ids are made."""
        return full_name(self.slug, self.kind, self.sequence)


@dataclass(frozen=True, slots=True)
class Edition:
    """What a text is made from: files by (role, name); the two digests find the same news under another slug.

    `brings` is the id of the release's own edition whose whole text goes out in a mailing around it; `held_until` the
    end of its embargo, for who looks at many: what is sent goes by the text itself.
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
    """Find a mailing by name.

    Raises:
        InputProblem: there is none; names the nearest.
    """
    found = find_mailing(connection, name)
    if found is None:
        known = [each.name for each in read_mailings(connection)]
        raise InputProblem(
            f'there is no mailing "{name}"{did_you_mean(name, known)}', hint="mailer status   lists them all"
        )
    return found


def read_mailings(connection: Connection, *wanted: ColumnElement[bool], most: int | None = None) -> list[Mailing]:
    """Return all mailings, or those of which all of this holds, the newest first."""
    return read_all(connection, Mailing, _MAILINGS.where(*wanted).order_by(mailing.c.id.desc()).limit(most))


def read_mailing(connection: Connection, mailing_id: int) -> Mailing:
    """Return a mailing by its number."""
    return value_of(Mailing, connection.execute(_MAILINGS.where(mailing.c.id == mailing_id)).one())


def next_sequence(connection: Connection, slug: str, kind: MailingKind) -> int:
    """Return the number of the next mailing of a kind; a release goes on with its own, unless that was cancelled."""
    columns = select(mailing.c.sequence, mailing.c.state, mailing.c.state_before)
    newest = columns.where(mailing.c.slug == slug, mailing.c.kind == kind)
    found = connection.execute(newest.order_by(mailing.c.sequence.desc()).limit(1)).first()
    if found is None:
        return 1
    # one that never came to be is planned anew, so that two who correct a release at once make one mailing
    is_nothing = found.state == MailingState.PLANNING and found.state_before is None
    goes_on = found.state != MailingState.CANCELLED if kind in GOES_ON else kind.is_real and is_nothing
    return int(found.sequence) if goes_on else int(found.sequence) + 1


@dataclass(frozen=True, slots=True)
class NewMailing:
    """A mailing to be added."""

    slug: str
    kind: MailingKind
    sequence: int
    headline: str
    relay: str
    parent_id: int | None = None


def add_mailing(
    connection: Connection, new: NewMailing, *, stamp: Stamp, state: MailingState = MailingState.PLANNED
) -> Mailing:
    """Add a mailing with nothing planned yet; the UNIQUE constraint decides between two who do so at once."""
    values = {**values_of(new), "state": state, "created_at": stamp.at, "actor": stamp.actor}
    return value_of(Mailing, connection.execute(insert(mailing).values(**values).returning(mailing)).one())


def add_edition(connection: Connection, mailing_id: int, content: Edition, *, reason: str, stamp: Stamp) -> int:
    """Keep an edition; files already kept are not kept twice. Return its id."""
    # one that was given up has a number below zero (`planning`), which is not used again
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
    """Keep the bytes of a file, which are not kept twice; return their SHA-256."""
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
    """A correction or a retraction of a release: when it was planned, and what it says was wrong."""

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
    """Raise what is planned by a number, and remember who was left out by the newest planning."""
    raised = mailing.c.planned + planned
    change(connection, mailing, mailing_id, planned=raised, left_out=json.dumps(dict(left_out)))


def set_state(
    connection: Connection, mailing_id: int, state: MailingState, *, stamp: Stamp, unless: Collection[MailingState] = ()
) -> bool:
    """Move a mailing to a state, with its times; False where it is being planned, or in one of `unless`."""
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
    """Return where a mailing stands now."""
    return MailingState(connection.execute(select(mailing.c.state).where(mailing.c.id == mailing_id)).scalar_one())


def was_halted(connection: Connection, mailing_id: int, cause: str) -> bool:
    """Return whether a mailing was ever halted for a cause."""
    return has_row(connection, *events_beside(mailing_id, EventKind.HALTED), event.c.reason == cause)


def read_halt_reason(connection: Connection, mailing_id: int) -> str:
    """Return why a mailing is halted now; empty where it is not."""
    where = (mailing.c.id == mailing_id, mailing.c.state == MailingState.HALTED)
    return connection.scalar(select(mailing.c.halt_reason).where(*where)) or ""


def halt(connection: Connection, mailing_id: int, *, reason: str, stamp: Stamp, cause: str = "") -> bool:
    """Stop a mailing that is sending because of what the relay said; its people stay pending.

    False where it was not sending: what staff decided meanwhile (paused, cancelled) stands. `cause` is a word by which
    `was_halted` knows it again.
    """
    return _stop(connection, mailing_id, EventKind.HALTED, reason, stamp, cause)


def pause_for(connection: Connection, mailing_id: int, *, reason: str, text: str, stamp: Stamp) -> bool:
    """Pause a mailing because of what came back; False where it is not sending, and what staff decided stands.

    `reason` has the causes as words that name nobody, by which `read_paused_for` knows them again; `text` tells people.
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
    """Return the causes for which a mailing was paused so far: staff have seen them."""
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
    """Add an event, of a mailing or a delivery where it concerns one; the words of people and servers are its `text`.

    So are kept what was said when people were planned (`planned`), and what a server said that wants us slower
    (`slowed`).
    """
    values = {"at": stamp.at, "kind": kind, "actor": stamp.actor, "reason": reason}
    added = insert(event).values(mailing_id=mailing_id, delivery_id=delivery_id, **values).returning(event.c.id)
    event_id = connection.execute(added).scalar_one()
    if text:
        connection.execute(insert(event_text).values(event_id=event_id, text=text))


def read_policy_changes(connection: Connection, *, until: datetime, most: int) -> list[tuple[datetime, str, str]]:
    """Return when `[approval]` was changed last, by whom the change was met, and what it was and is; newest first."""
    wanted = select(event.c.at, event.c.actor, event_text.c.text).outerjoin(event_text)
    rows = wanted.where(*events_beside(None, EventKind.POLICY), event.c.at <= until).order_by(event.c.id.desc())
    return [(row.at, row.actor, row.text or "") for row in connection.execute(rows.limit(most))]
