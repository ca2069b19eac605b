"""Published: which releases are out, by what went to the press, and which text of each is the one that stands.

A release is out from the moment in which its mailing is being sent; one that was stopped before anything of it was
accepted is not. What stands is the newest edition that is out, of the mailing itself or of a correction. Reads only.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, exists, func, select

from mailer.events import MAY_HAVE, MailingKind, MailingState
from mailer.frozen import dataclass
from mailer.ledger.embargoes import DECLINED, STARTED
from mailer.ledger.mailings import Corrected, Mailing, find_mailing, find_used, full_name, read_corrections
from mailer.ledger.tables import delivery, edition, mailing, wave

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
    """Return the newest edition of a mailing that is out, None where none is.

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
