"""Offers: who agreed to an embargo, who broke one, the waves of a release, and which of them have gone out.

Theory of operation. Answers are rows that are only added; for each person and release the newest confirmed one counts.
An answer that was read from a reply in words is unconfirmed until staff have looked at it, and does not count before.
Someone who broke an embargo is excluded for every release, until a later row lifts this.

A wave is stored with everything that it needs, including its recipients as they were planned, so that later changes to
lists make no difference. `start_wave` is one conditional update: only one of two workers succeeds. In addition,
UNIQUE(mailing, address) protects what it sends: someone in two waves gets one mail, even if a process died between
planning a wave and recording it.

Never decides whether a wave is due, or what an answer leads to (`runs.offers`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, select, update

from mailer.events import MAY_HAVE, DeliveryState, EventKind, MailingKind, MailingState
from mailer.frozen import dataclass, field
from mailer.ledger.deliveries import Planned
from mailer.ledger.mailings import (
    Corrected,
    Mailing,
    Stamp,
    add_event,
    find_mailing,
    find_used,
    full_name,
    read_corrections,
)
from mailer.ledger.rows import change, has_row, in_parts, read_all, values_of
from mailer.ledger.tables import delivery, edition, embargo_answer, mailing, wave, wave_recipient

AGREED, DECLINED, BROKEN, FORGIVEN = "accepted", "declined", "broken", "forgiven"  # as stored and in JSON
LINK, REPLY, STAFF = "link", "reply", "staff"
# one that is `planned` is being written, and becomes `waiting` together with all others of its plan
PLANNED, WAITING, HELD, STARTED, CANCELLED = "planned", "waiting", "held", "started", "cancelled"
_EVENTS = {
    AGREED: EventKind.EMBARGO_AGREED,
    DECLINED: EventKind.EMBARGO_DECLINED,
    BROKEN: EventKind.EMBARGO_BROKEN,
    FORGIVEN: EventKind.LIFTED,
}
VERDICTS = (AGREED, DECLINED)  # what someone says of an offer


@dataclass(frozen=True, slots=True)
class EmbargoAnswer:
    """What someone said of an embargo, or what staff know of them; `delivery_id` is that of the offer."""

    slug: str
    address_digest: bytes
    address: str
    verdict: str
    evidence: str
    at: datetime
    delivery_id: int | None = None
    terms_hash: bytes | None = field(default=None, repr=False)
    confirmed: bool = True
    note: str = ""
    released_at: datetime | None = None


def add_embargo_answer(connection: Connection, said: EmbargoAnswer, *, stamp: Stamp) -> None:
    """Keep an answer; one that counts is an event of the offer, with the terms' hash in short.

    Who is forgiven gets what they had agreed to after all: it was kept from them.
    """
    connection.execute(insert(embargo_answer).values(**values_of(said), actor=stamp.actor))
    if said.verdict == FORGIVEN:
        whose = (embargo_answer.c.address_digest == said.address_digest, embargo_answer.c.verdict == AGREED)
        connection.execute(update(embargo_answer).where(*whose).values(released_at=None))
    if said.confirmed:
        of = select(delivery.c.mailing_id).where(delivery.c.id == said.delivery_id)
        terms = said.terms_hash.hex()[:16] if said.terms_hash else ""
        add_event(
            connection,
            _EVENTS[said.verdict],
            stamp,
            mailing_id=connection.scalar(of),
            delivery_id=said.delivery_id,
            reason=" ".join(filter(None, (f"embargo_{said.evidence}", terms))),
        )


def _newest(*wanted: ColumnElement[bool], verdicts: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Return the newest confirmed answer of each person and release, of these verdicts."""
    last = func.max(embargo_answer.c.id)
    counts = (embargo_answer.c.confirmed.is_(True), embargo_answer.c.verdict.in_(verdicts), *wanted)
    of = select(last).where(*counts).group_by(embargo_answer.c.address_digest, embargo_answer.c.slug)
    return select(embargo_answer).where(embargo_answer.c.id.in_(of)).order_by(embargo_answer.c.id)


def read_answers(connection: Connection, slug: str) -> list[EmbargoAnswer]:
    """Return what counts for a release, one answer a person, the oldest first."""
    return read_all(connection, EmbargoAnswer, _newest(embargo_answer.c.slug == slug, verdicts=VERDICTS))


def read_unconfirmed(connection: Connection, slug: str) -> list[EmbargoAnswer]:
    """Return what was read out of replies and nobody has looked at, if nothing newer is known of the person."""
    later = embargo_answer.alias()
    same = (later.c.slug == embargo_answer.c.slug, later.c.address_digest == embargo_answer.c.address_digest)
    open_ = (embargo_answer.c.slug == slug, embargo_answer.c.confirmed.is_(False))
    newer = exists().where(*same, later.c.id > embargo_answer.c.id)
    return read_all(
        connection, EmbargoAnswer, select(embargo_answer).where(*open_, ~newer).order_by(embargo_answer.c.id)
    )


def agreed_digests(connection: Connection, slug: str, digests: Collection[bytes] | None = None) -> frozenset[bytes]:
    """Return who agreed to the embargo of a release and has not declined since; of a batch of people, where given."""
    rows = _newest(embargo_answer.c.slug == slug, *_of(digests), verdicts=VERDICTS)
    return frozenset(
        each.address_digest for each in read_all(connection, EmbargoAnswer, rows) if each.verdict == AGREED
    )


def read_broken(connection: Connection, digests: Collection[bytes] | None = None) -> dict[bytes, EmbargoAnswer]:
    """Return who broke an embargo and was not forgiven, by their digests; of a batch of people, where given."""
    rows = select(embargo_answer).where(embargo_answer.c.verdict.in_((BROKEN, FORGIVEN)), *_of(digests))
    found = {
        each.address_digest: each for each in read_all(connection, EmbargoAnswer, rows.order_by(embargo_answer.c.id))
    }
    return {digest: each for digest, each in found.items() if each.verdict == BROKEN}


def _of(digests: Collection[bytes] | None) -> tuple[ColumnElement[bool], ...]:
    return () if digests is None else (embargo_answer.c.address_digest.in_(digests),)


def due_answer_slugs(connection: Connection) -> list[str]:
    """Return the releases that someone has agreed to and was not planned for yet."""
    open_ = _newest(verdicts=VERDICTS).subquery()
    wanted = select(open_.c.slug).distinct().where(open_.c.verdict == AGREED, open_.c.released_at.is_(None))
    return list(connection.scalars(wanted))


def mark_released(connection: Connection, slug: str, digests: Iterable[bytes], *, at: datetime) -> None:
    """Remember that the material was planned for these people."""
    for part in in_parts(digests):
        whose = (embargo_answer.c.slug == slug, embargo_answer.c.address_digest.in_(part))
        rows = update(embargo_answer).where(*whose, embargo_answer.c.released_at.is_(None))
        connection.execute(rows.values(released_at=at))


# Offers: whom a release was offered to, in all its mailings of that kind.


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as it went to someone: by which row of which list, and what became of it."""

    delivery_id: int
    mailing_id: int
    edition_id: int
    slug: str
    address_digest: bytes
    address: str
    merge_row: Mapping[str, str] = field(repr=False)
    list_name: str = ""
    row: int = 0
    state: DeliveryState = DeliveryState.PENDING


def read_offered(connection: Connection, slug: str = "", **by: object) -> list[Offered]:
    """Return everybody a release was offered to; or the offers by columns of `delivery`: `token_id`, `id`."""
    return _mailed(connection, mailing.c.kind == MailingKind.OFFER, *([mailing.c.slug == slug] if slug else []), **by)


def read_mailed(connection: Connection, **by: object) -> Offered | None:
    """Return a delivery of whatever kind, as an offer is read, by columns of `delivery`."""
    return next(iter(_mailed(connection, **by)), None)


def _mailed(connection: Connection, *wanted: ColumnElement[bool], **by: object) -> list[Offered]:
    columns = select(delivery, delivery.c.id.label("delivery_id"), mailing.c.slug)
    rows = columns.join(mailing, mailing.c.id == delivery.c.mailing_id).where(*wanted)
    which = (delivery.c[name] == value for name, value in by.items())
    return read_all(connection, Offered, rows.where(*which).order_by(delivery.c.id))


def offered_slugs(connection: Connection) -> list[str]:
    """Return the releases that were offered, the newest first."""
    newest = func.max(mailing.c.id)
    wanted = select(mailing.c.slug).where(mailing.c.kind == MailingKind.OFFER).group_by(mailing.c.slug)
    return list(connection.scalars(wanted.order_by(newest.desc())))


# Waves.


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave of a mailing: when it starts (`at`, `after_h` or `on_event`), with which settings, and whether it has."""

    id: int
    mailing_id: int
    number: int
    state: str
    at: datetime | None
    after_h: float | None
    on_event: str
    told: str
    request: str = field(repr=False)
    recipients: int
    started_at: datetime | None = None
    reason: str = ""  # why it is held, if nobody paused it


@dataclass(frozen=True, slots=True)
class WaveRecipient:
    """A person of a wave, as planned."""

    id: int
    address_digest: bytes
    address: str
    merge_row: Mapping[str, str] = field(repr=False)
    list_name: str = ""
    row: int = 0


def add_wave(connection: Connection, mailing_id: int, *, stamp: Stamp, **values: object) -> int:
    """Keep a wave by its columns, as one that is still being written; return its id."""
    whose = {"mailing_id": mailing_id, "state": PLANNED, "created_at": stamp.at, "actor": stamp.actor}
    added = insert(wave).values(**values, **whose).returning(wave.c.id)
    return int(connection.execute(added).scalar_one())


def add_recipients(connection: Connection, wave_id: int, people: Iterable[Planned]) -> None:
    """Keep some of the people of a wave."""
    names = ("address_digest", "address", "merge_row", "list_name", "row")
    rows = [{"wave_id": wave_id, **{name: getattr(each, name) for name in names}} for each in people]
    if rows:
        connection.execute(insert(wave_recipient), rows)


def read_recipients(connection: Connection, wave_id: int, *, after: int, limit: int) -> list[WaveRecipient]:
    """Return some of the people of a wave, in the order in which they were planned."""
    which = (wave_recipient.c.wave_id == wave_id, wave_recipient.c.id > after)
    rows = select(wave_recipient).where(*which).order_by(wave_recipient.c.id).limit(limit)
    return read_all(connection, WaveRecipient, rows)


def wave_digests(connection: Connection, wave_id: int) -> frozenset[bytes]:
    """Return the people of a wave by their digests."""
    theirs = select(wave_recipient.c.address_digest).where(wave_recipient.c.wave_id == wave_id)
    return frozenset(connection.scalars(theirs))


def read_waves(connection: Connection, mailing_id: int) -> list[Wave]:
    """Return the waves of a mailing in their order."""
    rows = select(wave).where(wave.c.mailing_id == mailing_id, wave.c.state != PLANNED).order_by(wave.c.number)
    return read_all(connection, Wave, rows)


def count_to_come(connection: Connection) -> dict[int, Counter[str]]:
    """Return, for each mailing with waves that have not started and may still, how many are waiting and held."""
    found = defaultdict[int, Counter[str]](Counter)
    for row in connection.execute(select(wave.c.mailing_id, wave.c.state).where(wave.c.state.in_((WAITING, HELD)))):
        found[row.mailing_id][row.state] += 1
    return found


def read_waiting(connection: Connection) -> list[Wave]:
    """Return every wave that waits, of all mailings, in their order."""
    rows = select(wave).where(wave.c.state == WAITING).order_by(wave.c.mailing_id, wave.c.number)
    return read_all(connection, Wave, rows)


def drop_waves(connection: Connection, mailing_id: int) -> int:
    """Remove the waves of a mailing that have not started, since another plan replaces them; return how many."""
    open_ = select(wave.c.id).where(wave.c.mailing_id == mailing_id, wave.c.state != STARTED)
    connection.execute(delete(wave_recipient).where(wave_recipient.c.wave_id.in_(open_)))
    return connection.execute(delete(wave).where(wave.c.mailing_id == mailing_id, wave.c.state != STARTED)).rowcount


def start_wave(connection: Connection, wave_id: int, *, at: datetime) -> bool:
    """Mark a waiting wave as started; return False if someone was faster, or it waits no more."""
    return change(connection, wave, wave_id, wave.c.state == WAITING, state=STARTED, started_at=at)


def hold_wave(connection: Connection, wave_id: int, *, reason: str) -> None:
    """Hold a waiting wave that may not start, and remember why; the reason names nobody."""
    change(connection, wave, wave_id, wave.c.state == WAITING, state=HELD, reason=reason)


def move_waves(connection: Connection, mailing_id: int, states: Sequence[str], to: str) -> int:
    """Hold, cancel or let go on the waves of a mailing that are in one of these states; return how many that were."""
    which = (wave.c.mailing_id == mailing_id, wave.c.state.in_(states))
    return connection.execute(update(wave).where(*which).values(state=to, reason="")).rowcount


def exclusive_until(connection: Connection, mailing_id: int, *, now: datetime) -> datetime | None:
    """Return until when a release is one outlet's alone, None if it is not.

    It is until the moment at which the others get it, also where it was cancelled; unless that outlet declines first.
    """
    to_come = (wave.c.mailing_id == mailing_id, wave.c.state != STARTED, wave.c.on_event == DECLINED, wave.c.at > now)
    until: datetime | None = connection.scalar(select(func.max(wave.c.at)).where(*to_come))
    return until


def awaits_answer(connection: Connection, mailing_id: int) -> bool:
    """Return whether a wave of a mailing waits for what someone before it says."""
    waits = (wave.c.mailing_id == mailing_id, wave.c.state.in_((WAITING, HELD)))
    return has_row(connection, *waits, wave.c.on_event.in_(VERDICTS))


# Published: which releases are out, by what went to the press, and which text of each is the one that stands. A release
# is out from the moment in which its mailing is being sent; one that was stopped before anything of it was accepted is
# not. What stands is the newest edition that is out, of the mailing itself or of a correction. Reads only.

_PUBLIC = (MailingKind.RELEASE, MailingKind.CORRECTION, MailingKind.RETRACTION)


@dataclass(frozen=True, slots=True)
class Published:
    """A release that is out: its mailing, the edition that stands, and what was said of it since, the oldest first."""

    mailing: Mailing
    edition_id: int
    notes: tuple[Corrected, ...] = ()


def read_published(connection: Connection, only: str = "") -> list[Published]:
    """Return every release that is out, by name, or `only` one."""
    begun = [mailing.c.kind == MailingKind.RELEASE, mailing.c.started_at.is_not(None)]
    begun += [mailing.c.slug == only] if only else []
    found: list[Published] = []
    for slug in connection.scalars(select(mailing.c.slug).where(*begun).distinct().order_by(mailing.c.slug)):
        own = find_used(connection, slug)
        stands = _edition_out(connection, own) if own else None
        if own is None or stands is None:
            continue
        notes = []
        for each in read_corrections(connection, slug):
            about = find_mailing(connection, full_name(slug, each.kind, each.sequence))
            edition_id = _edition_out(connection, about) if about else None
            if edition_id is not None:
                notes.append(each)
                stands = max(stands, edition_id) if each.kind is MailingKind.CORRECTION else stands
        found.append(Published(own, stands, tuple(notes)))
    return found


def read_mark(connection: Connection) -> bytes:
    """Return a digest that is another one once something has happened that pages could have to show."""
    states = select(mailing.c.id, mailing.c.state, mailing.c.started_at.is_not(None)).where(mailing.c.kind.in_(_PUBLIC))
    newest = connection.scalar(select(func.max(edition.c.id)))
    rows = [tuple(row) for row in connection.execute(states.order_by(mailing.c.id))]
    to_come = select(wave.c.id).where(wave.c.state != STARTED, wave.c.on_event == DECLINED)
    exclusives = connection.scalars(to_come.order_by(wave.c.id)).all()
    return hashlib.sha256(repr((newest, rows, exclusives)).encode()).digest()


def _edition_out(connection: Connection, about: Mailing) -> int | None:
    """Return the newest edition of a mailing that is out, None if none is.

    A correction counts once it was sent, even if no server took it: its readers are those of the page as well.
    """
    numbered = select(edition.c.id).where(edition.c.mailing_id == about.id, edition.c.number > 0)
    newest = numbered.order_by(edition.c.number.desc()).limit(1)
    is_done = about.state is MailingState.FINISHED
    if about.state is MailingState.SENDING or (is_done and about.kind is not MailingKind.RELEASE):
        return connection.scalar(newest)
    of_it = (delivery.c.mailing_id == about.id, delivery.c.state.in_(MAY_HAVE))
    went = connection.scalar(newest.where(exists().where(*of_it, delivery.c.edition_id == edition.c.id)))
    return connection.scalar(newest) if is_done and went is not None else went
