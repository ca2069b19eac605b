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
# a `planned` wave is being written, and becomes `waiting` together with all others of its plan
PLANNED, WAITING, HELD, STARTED, CANCELLED = "planned", "waiting", "held", "started", "cancelled"
_EVENTS = {
    AGREED: EventKind.EMBARGO_AGREED,
    DECLINED: EventKind.EMBARGO_DECLINED,
    BROKEN: EventKind.EMBARGO_BROKEN,
    FORGIVEN: EventKind.LIFTED,
}
VERDICTS = (AGREED, DECLINED)  # how someone answers an offer


@dataclass(frozen=True, slots=True)
class EmbargoAnswer:
    """How someone answered an embargo, or what staff know of them; `delivery_id` is that of the offer."""

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


def add_embargo_answer(connection: Connection, response: EmbargoAnswer, *, stamp: Stamp) -> None:
    """Store an answer; a confirmed one is also an event of the offer, with the first digits of the terms' hash.

    Someone forgiven is sent what they had agreed to after all: it was withheld from them.
    """
    connection.execute(insert(embargo_answer).values(**values_of(response), actor=stamp.actor))
    if response.verdict == FORGIVEN:
        agreements = (embargo_answer.c.address_digest == response.address_digest, embargo_answer.c.verdict == AGREED)
        connection.execute(update(embargo_answer).where(*agreements).values(released_at=None))
    if response.confirmed:
        offer_mailing = select(delivery.c.mailing_id).where(delivery.c.id == response.delivery_id)
        terms = response.terms_hash.hex()[:16] if response.terms_hash else ""
        add_event(
            connection,
            _EVENTS[response.verdict],
            stamp,
            mailing_id=connection.scalar(offer_mailing),
            delivery_id=response.delivery_id,
            reason=" ".join(filter(None, (f"embargo_{response.evidence}", terms))),
        )


def _newest(*wanted: ColumnElement[bool], verdicts: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """Return the query for the newest confirmed answer of each person and release, of these verdicts."""
    last = func.max(embargo_answer.c.id)
    counts = (embargo_answer.c.confirmed.is_(True), embargo_answer.c.verdict.in_(verdicts), *wanted)
    newest = select(last).where(*counts).group_by(embargo_answer.c.address_digest, embargo_answer.c.slug)
    return select(embargo_answer).where(embargo_answer.c.id.in_(newest)).order_by(embargo_answer.c.id)


def read_answers(connection: Connection, slug: str) -> list[EmbargoAnswer]:
    """Return the answers that count for a release, one a person, the oldest first."""
    return read_all(connection, EmbargoAnswer, _newest(embargo_answer.c.slug == slug, verdicts=VERDICTS))


def read_unconfirmed(connection: Connection, slug: str) -> list[EmbargoAnswer]:
    """Return the answers read from replies that staff have not confirmed, unless there is a newer one of the person."""
    later = embargo_answer.alias()
    same = (later.c.slug == embargo_answer.c.slug, later.c.address_digest == embargo_answer.c.address_digest)
    open_ = (embargo_answer.c.slug == slug, embargo_answer.c.confirmed.is_(False))
    newer = exists().where(*same, later.c.id > embargo_answer.c.id)
    return read_all(
        connection, EmbargoAnswer, select(embargo_answer).where(*open_, ~newer).order_by(embargo_answer.c.id)
    )


def agreed_digests(connection: Connection, slug: str, digests: Collection[bytes] | None = None) -> frozenset[bytes]:
    """Return who agreed to the embargo of a release and has not declined since; only among `digests`, if given."""
    rows = _newest(embargo_answer.c.slug == slug, *_of(digests), verdicts=VERDICTS)
    return frozenset(
        each.address_digest for each in read_all(connection, EmbargoAnswer, rows) if each.verdict == AGREED
    )


def read_broken(connection: Connection, digests: Collection[bytes] | None = None) -> dict[bytes, EmbargoAnswer]:
    """Return who broke an embargo and was not forgiven, by digest; only among `digests`, if given."""
    rows = select(embargo_answer).where(embargo_answer.c.verdict.in_((BROKEN, FORGIVEN)), *_of(digests))
    found = {
        each.address_digest: each for each in read_all(connection, EmbargoAnswer, rows.order_by(embargo_answer.c.id))
    }
    return {digest: each for digest, each in found.items() if each.verdict == BROKEN}


def _of(digests: Collection[bytes] | None) -> tuple[ColumnElement[bool], ...]:
    return () if digests is None else (embargo_answer.c.address_digest.in_(digests),)


def due_answer_slugs(connection: Connection) -> list[str]:
    """Return the releases that someone has agreed to without having been planned for it yet."""
    open_ = _newest(verdicts=VERDICTS).subquery()
    wanted = select(open_.c.slug).distinct().where(open_.c.verdict == AGREED, open_.c.released_at.is_(None))
    return list(connection.scalars(wanted))


def mark_released(connection: Connection, slug: str, digests: Iterable[bytes], *, at: datetime) -> None:
    """Record that the material was planned for these people."""
    for part in in_parts(digests):
        of_people = (embargo_answer.c.slug == slug, embargo_answer.c.address_digest.in_(part))
        rows = update(embargo_answer).where(*of_people, embargo_answer.c.released_at.is_(None))
        connection.execute(rows.values(released_at=at))


# Offers: the people a release was offered to, in all its mailings of that kind.


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer as it was sent to someone: the list and row they came from, and its state."""

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
    """Return the offers of a release; or the offers by columns of `delivery`: `token_id`, `id`."""
    return _mailed(connection, mailing.c.kind == MailingKind.OFFER, *([mailing.c.slug == slug] if slug else []), **by)


def read_mailed(connection: Connection, **by: object) -> Offered | None:
    """Return one delivery of any kind, in the form of an offer, by columns of `delivery`."""
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
    """A recipient of a wave, as planned."""

    id: int
    address_digest: bytes
    address: str
    merge_row: Mapping[str, str] = field(repr=False)
    list_name: str = ""
    row: int = 0


def add_wave(connection: Connection, mailing_id: int, *, stamp: Stamp, **values: object) -> int:
    """Store a wave by its columns, as one that is still being written; return its id."""
    common = {"mailing_id": mailing_id, "state": PLANNED, "created_at": stamp.at, "actor": stamp.actor}
    added = insert(wave).values(**values, **common).returning(wave.c.id)
    return int(connection.execute(added).scalar_one())


def add_recipients(connection: Connection, wave_id: int, people: Iterable[Planned]) -> None:
    """Store some of the recipients of a wave."""
    names = ("address_digest", "address", "merge_row", "list_name", "row")
    rows = [{"wave_id": wave_id, **{name: getattr(each, name) for name in names}} for each in people]
    if rows:
        connection.execute(insert(wave_recipient), rows)


def read_recipients(connection: Connection, wave_id: int, *, after: int, limit: int) -> list[WaveRecipient]:
    """Return some of the recipients of a wave, in the order in which they were planned."""
    which = (wave_recipient.c.wave_id == wave_id, wave_recipient.c.id > after)
    rows = select(wave_recipient).where(*which).order_by(wave_recipient.c.id).limit(limit)
    return read_all(connection, WaveRecipient, rows)


def wave_digests(connection: Connection, wave_id: int) -> frozenset[bytes]:
    """Return the digests of the recipients of a wave."""
    digests = select(wave_recipient.c.address_digest).where(wave_recipient.c.wave_id == wave_id)
    return frozenset(connection.scalars(digests))


def read_waves(connection: Connection, mailing_id: int) -> list[Wave]:
    """Return the waves of a mailing in their order."""
    rows = select(wave).where(wave.c.mailing_id == mailing_id, wave.c.state != PLANNED).order_by(wave.c.number)
    return read_all(connection, Wave, rows)


def count_to_come(connection: Connection) -> dict[int, Counter[str]]:
    """Return, for each mailing with waves that may still start, how many are waiting and how many held."""
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
    """Mark a waiting wave as started; return False if another process was faster, or it no longer waits."""
    return change(connection, wave, wave_id, wave.c.state == WAITING, state=STARTED, started_at=at)


def hold_wave(connection: Connection, wave_id: int, *, reason: str) -> None:
    """Hold a waiting wave that may not start, and store the reason, which names no person."""
    change(connection, wave, wave_id, wave.c.state == WAITING, state=HELD, reason=reason)


def move_waves(connection: Connection, mailing_id: int, states: Sequence[str], to: str) -> int:
    """Hold, cancel or release the waves of a mailing that are in one of these states; return how many."""
    which = (wave.c.mailing_id == mailing_id, wave.c.state.in_(states))
    return connection.execute(update(wave).where(*which).values(state=to, reason="")).rowcount


def exclusive_until(connection: Connection, mailing_id: int, *, now: datetime) -> datetime | None:
    """Return until when a release is exclusive to one outlet, None if it is not.

    It ends when the others get it, even if that wave was cancelled; unless the outlet declines first.
    """
    exclusive = (wave.c.mailing_id == mailing_id, wave.c.state != STARTED, wave.c.on_event == DECLINED, wave.c.at > now)
    until: datetime | None = connection.scalar(select(func.max(wave.c.at)).where(*exclusive))
    return until


def awaits_answer(connection: Connection, mailing_id: int) -> bool:
    """Return whether a wave of a mailing waits for someone's answer in an earlier one."""
    waits = (wave.c.mailing_id == mailing_id, wave.c.state.in_((WAITING, HELD)))
    return has_row(connection, *waits, wave.c.on_event.in_(VERDICTS))


# Published: which releases are out, by what went to the press, and which text of each is the current one. A release is
# out as soon as its mailing is being sent; one that was stopped before any of it was accepted is not. The current text
# is the newest edition that is out, of the mailing itself or of a correction. Reads only.

_PUBLIC = (MailingKind.RELEASE, MailingKind.CORRECTION, MailingKind.RETRACTION)


@dataclass(frozen=True, slots=True)
class Published:
    """A release that is out: its mailing, its current edition, and its corrections since, the oldest first."""

    mailing: Mailing
    edition_id: int
    notes: tuple[Corrected, ...] = ()


def read_published(connection: Connection, only: str = "") -> list[Published]:
    """Return every release that is out, in the order of their names, or `only` one."""
    begun = [mailing.c.kind == MailingKind.RELEASE, mailing.c.started_at.is_not(None)]
    begun += [mailing.c.slug == only] if only else []
    found: list[Published] = []
    for slug in connection.scalars(select(mailing.c.slug).where(*begun).distinct().order_by(mailing.c.slug)):
        own = find_used(connection, slug)
        edition_out = _edition_out(connection, own) if own else None
        if own is None or edition_out is None:
            continue
        corrections = []
        for each in read_corrections(connection, slug):
            correction = find_mailing(connection, full_name(slug, each.kind, each.sequence))
            edition_id = _edition_out(connection, correction) if correction else None
            if edition_id is not None:
                corrections.append(each)
                edition_out = max(edition_out, edition_id) if each.kind is MailingKind.CORRECTION else edition_out
        found.append(Published(own, edition_out, tuple(corrections)))
    return found


def read_mark(connection: Connection) -> bytes:
    """Return a digest that changes with whatever the newsroom's pages may have to show."""
    states = select(mailing.c.id, mailing.c.state, mailing.c.started_at.is_not(None)).where(mailing.c.kind.in_(_PUBLIC))
    newest = connection.scalar(select(func.max(edition.c.id)))
    rows = [tuple(row) for row in connection.execute(states.order_by(mailing.c.id))]
    exclusive = select(wave.c.id).where(wave.c.state != STARTED, wave.c.on_event == DECLINED)
    exclusives = connection.scalars(exclusive.order_by(wave.c.id)).all()
    return hashlib.sha256(repr((newest, rows, exclusives)).encode()).digest()


def _edition_out(connection: Connection, about: Mailing) -> int | None:
    """Return the newest edition of a mailing that is out, None if none is.

    A correction counts once it was sent, even if no server accepted it: readers of the page need it as well.
    """
    numbered = select(edition.c.id).where(edition.c.mailing_id == about.id, edition.c.number > 0)
    newest = numbered.order_by(edition.c.number.desc()).limit(1)
    is_done = about.state is MailingState.FINISHED
    if about.state is MailingState.SENDING or (is_done and about.kind is not MailingKind.RELEASE):
        return connection.scalar(newest)
    of_it = (delivery.c.mailing_id == about.id, delivery.c.state.in_(MAY_HAVE))
    went = connection.scalar(newest.where(exists().where(*of_it, delivery.c.edition_id == edition.c.id)))
    return connection.scalar(newest) if is_done and went is not None else went
