"""Threads: a release and what went out around it, and who has which text of it.

The mailing of a release and those that have it for a parent are one thread. Its text has editions, numbered by the
release's own mailing; a mail around it that carries the whole text says which of them (`edition.brings`). What a
person has is the newest that the relay took for them, or may have taken: in doubt counts, since a correction must reach
everybody who may have the wrong text. Who was to get it and did not has nothing. Reads only.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from mailer.errors import InputProblem
from mailer.events import MAY_COME, MAY_HAVE, DeliveryState, MailingKind, MailingState
from mailer.frozen import dataclass, field
from mailer.ledger.deliveries import open_count
from mailer.ledger.mailings import Mailing, read_corrections, read_mailings
from mailer.ledger.tables import absence, count_rows, delivery, edition, mailing, mailing_name, read_all, value_of

AROUND = (MailingKind.FOLLOW_UP, MailingKind.CORRECTION, MailingKind.RETRACTION)
CALLED_OFF = (MailingKind.FOLLOW_UP, MailingKind.CORRECTION)  # what a correction takes the place of
WITHDRAWN = (*CALLED_OFF, MailingKind.OFFER)  # and a retraction
_LATELY = timedelta(days=14)  # for so long somebody is away who does not say when they are back
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
    """A delivery of a thread; `text` numbers the edition of the release that it carries, None where it carries none."""

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
        """Return whether the person has it, as far as can be known."""
        return self.state in MAY_HAVE


def read_threads(connection: Connection, release_id: int) -> Generator[list[Copy]]:
    """Yield what each person was planned for in a thread, in the order of planning, one person after the other."""
    rows = (
        _of_thread(connection, release_id)
        .add_columns(delivery, mailing.c.kind, mailing_name, _text.label("text"))
        .order_by(delivery.c.address_digest, delivery.c.id)
    )
    copies = (
        value_of(Copy, row, delivery_id=row.id, fields=json.loads(row.merge_row or "{}"))
        for row in connection.execute(rows.execution_options(yield_per=500))
    )
    return (list(group) for _, group in groupby(copies, key=attrgetter("address_digest")))


def read_ids(connection: Connection, release_id: int) -> Sequence[int]:
    """Return the ids of the mailings of a thread."""
    of_it = or_(mailing.c.id == release_id, and_(mailing.c.parent_id == release_id, mailing.c.kind.in_(AROUND)))
    return connection.scalars(select(mailing.c.id).where(of_it)).all()


def _of_thread(connection: Connection, release_id: int) -> Select[()]:
    """Return the deliveries of a thread; its mailings are found first, or the database would read all there are."""
    ids = read_ids(connection, release_id)
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
    """Count the people who have each edition of a release, by its number; each has one, the newest they may have.

    `states` are the release's own counts, where they are known already.
    """
    numbers = set(read_editions(connection, release_id).values())
    if len(numbers) == 1:  # most releases: nobody need be told apart
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
    """Return what a person has of each release, by name; what they have of a test is none."""
    real = (mailing.c.kind == MailingKind.RELEASE, edition.c.number > 0)
    numbers = edition.join(mailing, mailing.c.id == edition.c.mailing_id)
    newest = select(mailing.c.slug, func.max(edition.c.number).label("newest")).select_from(numbers).where(*real)
    newest_of = newest.group_by(mailing.c.slug).subquery()
    theirs = (delivery.c.address_digest == address_digest, delivery.c.state.in_(MAY_HAVE), _text.is_not(None))
    got = select(mailing.c.slug, func.max(_text).label("edition")).select_from(_DELIVERED).where(*theirs)
    got_of = got.group_by(mailing.c.slug).subquery()
    rows = select(got_of.c.slug.label("release"), got_of.c.edition, newest_of.c.newest)
    return read_all(connection, Has, rows.join(newest_of, newest_of.c.slug == got_of.c.slug).order_by(got_of.c.slug))


def read_editions(connection: Connection, mailing_id: int) -> dict[int, int]:
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
    """Count who waits in those."""
    found = read_open_around(connection, release_id, but_for=but_for, kinds=kinds)
    return sum(open_count(connection, each.id, MAY_COME) for each in found)


def find_carrier(connection: Connection, release_id: int, text_id: int) -> Mailing | None:
    """Find the correction that brings an edition of a release, planned to the end; a cancelled one does not."""
    carries = select(edition.c.mailing_id).where(edition.c.brings == text_id, edition.c.number > 0)
    corrections = (mailing.c.parent_id == release_id, mailing.c.kind == MailingKind.CORRECTION)
    wanted = (mailing.c.id.in_(carries), *corrections, mailing.c.state != MailingState.CANCELLED)
    return next((each for each in read_mailings(connection, *wanted) if each.was_planned), None)


def refuse_retracted(connection: Connection, slug: str) -> None:
    """Refuse to send anything more of a release that was withdrawn.

    Raises:
        InputProblem: it was; since when, and why.
    """
    for each in read_corrections(connection, slug):
        if each.kind is MailingKind.RETRACTION:
            raise InputProblem(
                f"{slug} was withdrawn on {each.at:%Y-%m-%d at %H:%M} UTC: {each.note}",
                hint="Nothing of it is sent any more. New text goes out as a release with a name of its own.",
            )


def read_away(connection: Connection, *, now: datetime) -> dict[bytes, datetime | None]:
    """Return who is away now, as their automatic replies say, and until when: None where they said so only lately."""
    until = func.max(case((absence.c.until > now, absence.c.until))).label("until")
    undated = and_(absence.c.until == absence.c.said_at, absence.c.said_at > now - _LATELY)
    away = or_(absence.c.until > now, undated)
    rows = select(absence.c.address_digest, until).where(away).group_by(absence.c.address_digest)
    return {row.address_digest: row.until for row in connection.execute(rows)}
