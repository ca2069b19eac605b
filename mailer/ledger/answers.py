"""Answers: what people wrote back for the press office to read, and what became of each: who takes it, is it done.

The letter itself stays in its mailbox; of it the ledger has who wrote, about what, and the Message-ID by which it is
found again (`inbound_text`, erasable), and the guess whether it waits for an answer. Two people may be at it at once:
each step is a conditional update, so that the second of them learns who was faster. Whoever was assigned a reply owes
an answer, whatever the guess was. Never reads a letter, never decides who is mailed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select

from mailer.events import EventKind, MailingKind
from mailer.frozen import dataclass, field
from mailer.ledger.mailings import Stamp
from mailer.ledger.returns import Sent, Taken
from mailer.ledger.tables import (
    answer,
    answer_note,
    change,
    delivery,
    event,
    has_row,
    inbound,
    inbound_text,
    mailing,
    mailing_name,
    read_all,
    value_of,
)


@dataclass(frozen=True, slots=True)
class AnswerNote:
    """What staff noted about a reply."""

    answer_id: int
    at: datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as the ledger has it; `address`, `sender` and `subject` are empty once they are erased.

    `asks` are kinds of `bounces.asking`, `fields` the contact as the mail was made for them, `source` where the letter
    lay, `digest` the SHA-256 of its bytes.
    """

    id: int
    mailing: str
    slug: str
    address: str
    sender: str
    subject: str
    message_id: str
    source: str
    digest: bytes
    written_at: datetime
    needs_answer: bool
    asks: tuple[str, ...]
    assigned: str
    assigned_at: datetime | None
    assigned_by: str
    done_at: datetime | None
    done_by: str
    fields: Mapping[str, str] = field(repr=False)
    notes: tuple[AnswerNote, ...]

    @property
    def is_open(self) -> bool:
        """Return whether somebody has still to answer it (as `IS_OPEN`)."""
        return self.done_at is None and (self.needs_answer or bool(self.assigned))

    @property
    def who(self) -> str:
        """Return the contact as people know them: name and outlet, else the address."""
        named = filter(None, (self.fields.get("name"), self.fields.get("outlet")))
        return ", ".join(named) or self.address or self.sender


IS_OPEN = and_(answer.c.done_at.is_(None), or_(answer.c.needs_answer, answer.c.assigned != ""))

_REPLIES = (
    select(answer, mailing_name, mailing.c.slug, delivery.c.address, delivery.c.merge_row)
    .add_columns(inbound.c.source, inbound.c.digest)
    .add_columns(inbound_text.c.sender, inbound_text.c.subject, inbound_text.c.message_id)
    .join(mailing, mailing.c.id == answer.c.mailing_id)
    .join(delivery, delivery.c.id == answer.c.delivery_id)
    .join(inbound, inbound.c.id == answer.c.inbound_id)
    .outerjoin(inbound_text, inbound_text.c.inbound_id == answer.c.inbound_id)
    .order_by(answer.c.written_at.desc(), answer.c.id.desc())
)


def add_answer(connection: Connection, taken: Taken, inbound_id: int, sent: Sent, *, needs_answer: bool) -> None:
    """Add a letter as a reply, once: it may lie in two mailboxes, with other bytes and the same Message-ID."""
    same = (inbound_text.c.inbound_id == answer.c.inbound_id, inbound_text.c.message_id == taken.message_id)
    if taken.message_id and has_row(connection, answer.c.delivery_id == sent.delivery_id, *same):
        return
    # a date before our mail, or in the future, is a wrong clock
    written_at = taken.written_at or taken.read_at
    is_time = (sent.attempted_at or written_at) <= written_at <= taken.read_at
    of = {"inbound_id": inbound_id, "delivery_id": sent.delivery_id, "mailing_id": sent.mailing_id}
    what = {"asks": " ".join(taken.asks), "needs_answer": needs_answer}
    connection.execute(insert(answer).values(**of, **what, written_at=written_at if is_time else taken.read_at))


def read_replies(
    connection: Connection,
    *,
    ids: Iterable[int] | None = None,
    mailing_id: int = 0,
    slug: str = "",
    address_digest: bytes = b"",
    is_open: bool = False,
    is_done: bool = False,
    is_assigned: bool = False,
    before: int = 0,
    most: int | None = None,
) -> list[Reply]:
    """Return replies, the newest first: these, or those to a mailing, to any of a release, or of one person.

    Of many, those that are `is_open`, `is_done`, `is_assigned`, and `most` of them, from behind the number `before`.
    """
    wanted: list[ColumnElement[bool]] = [] if ids is None else [answer.c.id.in_(list(ids))]
    wanted += [answer.c.mailing_id == mailing_id] if mailing_id else []
    wanted += [mailing.c.slug == slug] if slug else []
    wanted += [delivery.c.address_digest == address_digest] if address_digest else []
    wanted += [IS_OPEN] if is_open else []
    wanted += [answer.c.done_at.is_not(None)] if is_done else []
    wanted += [answer.c.assigned != ""] if is_assigned else []
    if before:
        last = select(answer.c.written_at).where(answer.c.id == before).scalar_subquery()
        wanted.append(or_(answer.c.written_at < last, and_(answer.c.written_at == last, answer.c.id < before)))
    rows = connection.execute(_REPLIES.where(*wanted).limit(most)).all()
    noted = _REPLIES.where(*wanted).limit(most).with_only_columns(answer.c.id).subquery()
    notes = select(answer_note).where(answer_note.c.answer_id.in_(select(noted.c.id))).order_by(answer_note.c.id)
    noted_of: dict[int, list[AnswerNote]] = {}
    for note in read_all(connection, AnswerNote, notes):
        noted_of.setdefault(note.answer_id, []).append(note)
    return [
        value_of(
            Reply,
            row,
            asks=tuple(row.asks.split()),
            fields=json.loads(row.merge_row or "{}"),
            notes=tuple(noted_of.get(row.id, ())),
        )
        for row in rows
    ]


# Steps: each says by what it returns whether the reply was as the caller had seen it.


def assign(connection: Connection, reply: Reply, name: str, *, stamp: Stamp) -> bool:
    """Assign a reply to somebody (or to nobody); False where somebody else was faster."""
    seen = (answer.c.assigned == reply.assigned, answer.c.done_at.is_(None))
    return change(connection, answer, reply.id, *seen, assigned=name, assigned_at=stamp.at, assigned_by=stamp.actor)


def finish(connection: Connection, reply: Reply, *, stamp: Stamp) -> bool:
    """Mark a reply as done; False where somebody else was faster."""
    return change(connection, answer, reply.id, answer.c.done_at.is_(None), done_at=stamp.at, done_by=stamp.actor)


def reopen(connection: Connection, reply: Reply) -> bool:
    """Take back that a reply is done; False where it is not."""
    return change(connection, answer, reply.id, answer.c.done_at.is_not(None), done_at=None, done_by="")


def add_note(connection: Connection, reply: Reply, text: str, *, stamp: Stamp) -> None:
    """Keep what staff note about a reply."""
    connection.execute(insert(answer_note).values(answer_id=reply.id, at=stamp.at, actor=stamp.actor, text=text))


def drop_note(connection: Connection, reply: Reply) -> bool:
    """Take back the newest note about a reply; False where there is none."""
    newest = select(func.max(answer_note.c.id)).where(answer_note.c.answer_id == reply.id).scalar_subquery()
    return bool(connection.execute(delete(answer_note).where(answer_note.c.id == newest)).rowcount)


# Who answered: for reports, and for whoever is about to write to the same people once more. What follows a mailing (a
# correction, a follow-up) is in its thread: an answer to it is one to the mailing, too.


def answered(connection: Connection, mailing_id: int) -> set[bytes]:
    """Return the address digests of those who answered a mailing, or what followed it, in their own words."""
    theirs = (event.c.kind == EventKind.REPLIED, delivery.c.id == event.c.delivery_id, _in_thread(mailing_id))
    rows = select(delivery.c.address_digest).where(*theirs, mailing.c.id == event.c.mailing_id)
    return set(connection.scalars(rows))


def asked(connection: Connection, mailing_id: int) -> set[bytes]:
    """Return the address digests of those among them whose reply still waits for an answer of ours."""
    theirs = (IS_OPEN, delivery.c.id == answer.c.delivery_id, mailing.c.id == answer.c.mailing_id)
    return set(connection.scalars(select(delivery.c.address_digest).where(*theirs, _in_thread(mailing_id))))


def _in_thread(mailing_id: int) -> ColumnElement[bool]:
    # a reply to its offer is one about the embargo
    after = and_(mailing.c.parent_id == mailing_id, mailing.c.kind != MailingKind.OFFER)
    return or_(mailing.c.id == mailing_id, after)
